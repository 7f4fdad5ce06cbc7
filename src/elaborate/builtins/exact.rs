//! Exactly known results: infinite lattices, finite tori, the Curie-Weiss model, critical temperatures.

use super::{Builtin, Group, Type, may, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::arguments::Arguments;
use crate::elaborate::symbolic::settle;
use crate::elaborate::value::{Eval, Kind, Symbolic, Value};
use crate::elaborate::{Elaborator, Stage};
use crate::kernels::exact::Known;
use crate::kernels::exact::critical::{self, Planar};
use crate::plan::graph::Graph;
use crate::plan::{Analysis, Expr};

const ONSAGER: &[super::Param] = &[need("T", Type::Numeric), may("J", Type::Real, "1"), may("J2", Type::Real, "J")];
const KAUFMAN: &[super::Param] = &[
    need("Lx", Type::Numeric),
    need("Ly", Type::Numeric),
    need("T", Type::Numeric),
    may("J", Type::Real, "1"),
    may("J2", Type::Real, "J"),
];
const CURIE_WEISS: &[super::Param] = &[need("T", Type::Numeric), may("h", Type::Numeric, "0"), may("J", Type::Real, "1")];

pub const ROWS: &[Builtin] = &[
    row(
        Group::Exact,
        "onsager_energy",
        ONSAGER,
        "an energy per spin, in units of J",
        "The energy per spin of the Ising model E = -J Σ s s' on the infinite square lattice at temperature T (k_B = 1), with the coupling J along one direction and J2 along the other (Onsager, Phys. Rev. 65, 117 (1944)).",
        "show onsager_energy(2.0)\nshow onsager_energy([2.0, 3.0], J: 1, J2: 0.5)",
        |e, _, a| onsager(e, a, Known::OnsagerEnergy),
    ),
    row(
        Group::Exact,
        "onsager_magnetisation",
        ONSAGER,
        "a number from 0 to 1",
        "The spontaneous magnetisation per spin of the Ising model on the infinite square lattice, zero above the critical temperature (Yang, Phys. Rev. 85, 808 (1952); Chang for unlike couplings).",
        "show onsager_magnetisation(2.0)",
        |e, _, a| onsager(e, a, Known::OnsagerMagnetisation),
    ),
    row(
        Group::Exact,
        "onsager_specific_heat",
        ONSAGER,
        "a number (k_B = 1); infinite at the critical temperature",
        "The specific heat per spin of the Ising model on the infinite square lattice: the derivative of `onsager_energy` by T (Onsager 1944).",
        "show onsager_specific_heat(2.0)",
        |e, _, a| onsager(e, a, Known::OnsagerSpecificHeat),
    ),
    row(
        Group::Exact,
        "onsager_free_energy",
        ONSAGER,
        "an energy per spin, in units of J",
        "The free energy per spin, -T ln Z / N, of the Ising model on the infinite square lattice (Onsager 1944).",
        "show onsager_free_energy(2.0)",
        |e, _, a| onsager(e, a, Known::OnsagerFreeEnergy),
    ),
    row(
        Group::Exact,
        "kaufman_energy",
        KAUFMAN,
        "an energy per spin, in units of J",
        "The energy per spin of the Ising model on a torus of Lx by Ly spins (both from 2; a side of two has double bonds), with couplings J along Lx and J2 along Ly (Kaufman, Phys. Rev. 76, 1232 (1949); Ferdinand and Fisher 1969).",
        "show kaufman_energy(8, 8, 2.269)",
        |e, _, a| kaufman(e, a, Known::KaufmanEnergy),
    ),
    row(
        Group::Exact,
        "kaufman_specific_heat",
        KAUFMAN,
        "a number (k_B = 1)",
        "The specific heat per spin of the Ising model on a torus of Lx by Ly spins (Ferdinand and Fisher, Phys. Rev. 185, 832 (1969)).",
        "show kaufman_specific_heat(8, 8, 2.269)",
        |e, _, a| kaufman(e, a, Known::KaufmanSpecificHeat),
    ),
    row(
        Group::Exact,
        "kaufman_free_energy",
        KAUFMAN,
        "an energy per spin, in units of J",
        "The free energy per spin, -T ln Z / N, of the Ising model on a torus of Lx by Ly spins (Kaufman 1949).",
        "show kaufman_free_energy(8, 8, 2.269)",
        |e, _, a| kaufman(e, a, Known::KaufmanFreeEnergy),
    ),
    row(
        Group::Exact,
        "curie_weiss_magnetisation",
        CURIE_WEISS,
        "a number from -1 to 1",
        "The magnetisation per spin of the Curie-Weiss model E = -(J / 2N) (Σ s)² - h Σ s for large N: the root of m = tanh((J m + h) / T) with the sign of h, positive for h = 0. The critical temperature is J.",
        "show curie_weiss_magnetisation(0.5)\nshow curie_weiss_magnetisation(1.5, h: 0.1)",
        |e, _, a| curie_weiss(e, a, Known::CurieWeissMagnetisation),
    ),
    row(
        Group::Exact,
        "curie_weiss_free_energy",
        CURIE_WEISS,
        "an energy per spin, in units of J",
        "The free energy per spin of the Curie-Weiss model for large N: J m²/2 - T ln(2 cosh((J m + h) / T)) at its magnetisation m.",
        "show curie_weiss_free_energy(0.5)",
        |e, _, a| curie_weiss(e, a, Known::CurieWeissFreeEnergy),
    ),
    row(
        Group::Exact,
        "critical_temperature",
        &[
            need("lattice", Type::Any),
            may("q", Type::Int, "an Ising model"),
            may("J", Type::Real, "1"),
            may("J2", Type::Real, "J"),
        ],
        "a temperature, in units of J (k_B = 1)",
        "The exact critical temperature of the Ising model E = -J Σ s s' (s = ±1), or with `q` of the Potts model E = -J Σ δ(s, s'), on the infinite lattice of a name or of a lattice: \"square\" (2 / ln(1 + √2); with J2 the root of sinh(2J/T) sinh(2J2/T) = 1; Potts 1 / ln(1 + √q)), \"triangular\" (4 / ln 3), \"honeycomb\" (2 / ln(2 + √3)), \"kagome\" (4 / ln(3 + 2√3); Ising only), \"curie_weiss\" (J). Potts on the triangular and honeycomb lattice: the roots of v³ + 3v² = q and v³ - 3qv = q² with v = exp(J/T) - 1 (Baxter, Temperley and Ashley 1978).",
        "use std.lattice\nshow critical_temperature(\"square\")\nshow critical_temperature(triangular(8), q: 3)\nshow critical_temperature(\"square\", J: 1, J2: 0.5)",
        critical_temperature,
    ),
];

fn onsager(e: &mut Elaborator, a: &Arguments, known: Known) -> Eval {
    let j = coupling(e, a, 1, 1.0)?;
    let j2 = coupling(e, a, 2, j)?;
    apply(e, a, known, &[0], &[j, j2])
}

fn kaufman(e: &mut Elaborator, a: &Arguments, known: Known) -> Eval {
    let j = coupling(e, a, 3, 1.0)?;
    let j2 = coupling(e, a, 4, j)?;
    apply(e, a, known, &[0, 1, 2], &[j, j2])
}

fn curie_weiss(e: &mut Elaborator, a: &Arguments, known: Known) -> Eval {
    let j = coupling(e, a, 2, 1.0)?;
    apply(e, a, known, &[0, 1], &[j])
}

/// A coupling, which is known before the run.
fn coupling(e: &mut Elaborator, a: &Arguments, k: usize, default: f64) -> Eval<f64> {
    if !a.has(k) {
        return Ok(default);
    }
    let j = a.number(k);
    if j.is_finite() { Ok(j) } else { e.not_known_yet(a.place(k), "a coupling") }
}

/// The function of the arguments at some places (elementwise over lists and results) and of couplings.
fn apply(e: &mut Elaborator, a: &Arguments, known: Known, places: &[usize], couplings: &[f64]) -> Eval {
    let mut shape: Vec<usize> = vec![];
    let mut axes = vec![];
    let mut parts = Vec::new();
    for &k in places {
        let value = if a.has(k) { a.get(k) } else { Value::Real(0.0) };
        let s = e.lift(&value, a.place(k))?;
        shape = e.broadcast(&shape, &s.shape, a.span)?;
        axes = e.align(&axes, &s.axes, a.span)?;
        parts.push(s);
    }
    let constants: Option<Vec<Vec<f64>>> = parts.iter().map(|s| constant(&s.expr)).collect();
    if let Some(columns) = constants {
        let n: usize = shape.iter().product();
        let mut out = Vec::with_capacity(n);
        for i in 0..n {
            let mut x: Vec<f64> = columns.iter().map(|c| c[if c.len() == 1 { 0 } else { i }]).collect();
            x.extend(couplings);
            match known.of(&x) {
                Ok(y) => out.push(y),
                Err(reason) => return e.error(codes::DOMAIN, a.span, reason),
            }
        }
        return match shape[..] {
            [] => Ok(Value::Real(out[0])),
            [_] => Ok(Value::reals(out)),
            _ => {
                let array = crate::plan::expr::Array { shape: shape.clone(), data: out };
                Ok(Value::array(Expr::Array(std::sync::Arc::new(array)), Kind::Real, shape))
            }
        };
    }
    if e.stage != Stage::Plain || parts.iter().any(|s| s.expr.has_state()) {
        let d = Diagnostic::error(codes::NOT_HERE, a.span, "this is a function of numbers and results, not of a state")
            .help("use it at top level, after the task");
        return Err(e.fail(d));
    }
    if !shape.is_empty() {
        let d = Diagnostic::error(codes::SHAPE, a.span, "a result with several values at a point cannot stand here")
            .help("choose an element of it");
        return Err(e.fail(d));
    }
    let mut arguments: Vec<Expr> = parts.into_iter().map(|s| s.expr).collect();
    arguments.extend(couplings.iter().map(|j| Expr::Number(*j)));
    let expr = Expr::Analyse(Analysis::Known(known), arguments);
    Ok(settle(Symbolic { expr, kind: Kind::Real, shape: vec![], axes, index: None }))
}

/// The numbers of an expression that is known now.
fn constant(e: &Expr) -> Option<Vec<f64>> {
    match e {
        Expr::Array(a) => Some(a.data.clone()),
        other => crate::elaborate::value::closed(other).map(|x| vec![x]),
    }
}

fn critical_temperature(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let name = match a.get(0) {
        Value::Text(t) => t.to_string(),
        Value::Graph(g) => match e.graph(g) {
            // A lattice may be called anything: its cell must be that of the name.
            Graph::Lattice(b) => {
                let cell = [("square", 1, 2), ("triangular", 1, 3), ("honeycomb", 2, 3), ("kagome", 3, 6)];
                let own = (b.sizes.len(), b.basis.len(), b.offsets.len());
                let same = cell.iter().any(|(n, sites, bonds)| *n == b.name && own == (2, *sites, *bonds));
                if same { b.name.clone() } else { e.graph(g).describe() }
            }
            other => other.describe(),
        },
        Value::LatticeKind(l) => l.name.clone(),
        Value::Builtin(b) => b.name.to_string(),
        other => return e.wrong_type(&other, a.place(0), "the name of a lattice, or a lattice,"),
    };
    let lattice = match name.as_str() {
        "square" => Some(Planar::Square),
        "triangular" => Some(Planar::Triangular),
        "honeycomb" => Some(Planar::Honeycomb),
        "kagome" => Some(Planar::Kagome),
        "curie_weiss" => None,
        _ => {
            let known = ["square", "triangular", "honeycomb", "kagome", "curie_weiss"];
            let mut d =
                Diagnostic::error(codes::DOMAIN, a.place(0), format!("no exact critical temperature is known for `{name}`"))
                    .expected("one of \"square\", \"triangular\", \"honeycomb\", \"kagome\", \"curie_weiss\"");
            if let Some(near) = crate::diagnostic::nearest(&name, known) {
                d = d.help(format!("did you mean \"{near}\"?"));
            }
            return Err(e.fail(d));
        }
    };
    let j = coupling(e, a, 2, 1.0)?;
    let result = match (lattice, a.has(1), a.has(3)) {
        (None, false, false) if j > 0.0 => Ok(j),
        (None, ..) => Err("the Curie-Weiss model has one positive coupling and no `q`".to_string()),
        (Some(Planar::Square), false, true) => {
            let j2 = coupling(e, a, 3, j)?;
            critical::square_ising(j, j2)
        }
        (Some(_), _, true) => Err("two couplings are solved for the Ising model on the square lattice only".to_string()),
        (Some(lattice), true, false) => critical::potts(lattice, a.number(1), j),
        (Some(lattice), false, false) => critical::ising(lattice, j),
    };
    match result {
        Ok(t) => Ok(Value::Real(t)),
        Err(reason) => e.error(codes::DOMAIN, a.span, reason),
    }
}
