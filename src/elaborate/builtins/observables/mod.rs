//! Native measurements of the state, for `observe`.
//!
//! Each row checks that the graph has what the measurement needs, so that a chain without plaquettes or an open lattice that nothing
//! can wrap around is refused before the run. The numerics are in `kernels::observables`.

mod arguments;
mod rows;

use super::Builtin;
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::symbolic::settle;
use crate::elaborate::value::{Eval, Kind, Symbolic, Value};
use crate::plan::graph::{Boundary, Bravais, Graph};
use crate::plan::{Expr, Function, Measure, Op, Reduction};
use arguments::Array;
pub use rows::ROWS;

/// A measurement of arrays on a graph.
fn measure(what: Measure, graph: Option<u32>, arrays: Vec<Array>, shape: Vec<usize>) -> Symbolic {
    let angles = arrays.iter().any(|a| a.angles);
    let of = arrays.into_iter().map(|a| a.expr).collect();
    let expr = Expr::Measure { what, graph, couplings: None, angles, of, shape: shape.clone() };
    Symbolic { expr, kind: Kind::Real, shape, axes: vec![], index: None }
}

fn given(s: Symbolic) -> Eval {
    Ok(settle(s))
}

/// One element of a measurement of several numbers.
fn element(s: &Symbolic, k: usize, kind: Kind) -> Value {
    let expr = Expr::Index(s.expr.clone().boxed(), vec![Expr::Number(k as f64)]);
    settle(Symbolic { expr, kind, shape: vec![], axes: vec![], index: None })
}

fn components(array: &Array) -> Vec<usize> {
    if array.components() == 1 { vec![] } else { vec![array.components()] }
}

fn correlation(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let x = e.array(b, a, 0, Some(2))?;
    let (graph, lattice) = e.lattice_of(b, a, &x, 3)?;
    let along = e.along_argument(a, 1, &lattice)?;
    let shortest = match along {
        Some(d) => lattice.sizes[usize::from(d)],
        None => lattice.sizes.iter().copied().min().unwrap_or(1),
    };
    given(measure(Measure::Correlation { along }, Some(graph), vec![x], vec![shortest / 2 + 1]))
}

fn by_distance(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let x = e.array(b, a, 0, Some(2))?;
    let graph = e.graph_argument(b, a, &x, 3)?;
    let within = if a.has(1) { a.number(1) } else { f64::INFINITY };
    if let Graph::Lattice(l) = e.graph(graph)
        && l.boundary.contains(&Boundary::Antiperiodic)
    {
        let why = "across an antiperiodic boundary the sign of a pair depends on the way between";
        return e.lacks(b, a, "a lattice without antiperiodic boundaries", why, None);
    }
    let list = e.distance_list(graph, within, a)?;
    given(measure(Measure::CorrelationByDistance { within }, Some(graph), vec![x], vec![list.len()]))
}

fn distances(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let value = a.get(0);
    let Some(graph) = e.graph_of(&value) else { return e.wrong_type(&value, a.place(0), "a lattice or another graph") };
    let within = if a.has(1) { a.number(1) } else { f64::INFINITY };
    let list = e.distance_list(graph, within, a)?;
    Ok(Value::reals(list.iter().copied()))
}

fn structure_factor(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let x = e.array(b, a, 0, Some(2))?;
    let (graph, lattice) = e.lattice_of(b, a, &x, 3)?;
    if let Some(d) = lattice.boundary.iter().position(|&b| b == Boundary::Antiperiodic) {
        let why = format!("along the antiperiodic direction {d} the wave vectors are odd multiples of π/L");
        return e.lacks(b, a, "a lattice without antiperiodic boundaries", &why, None);
    }
    let (k, shape) = if a.has(1) { e.wave_vectors(a, 1, lattice.dimension())? } else { (vec![], lattice.sizes.clone()) };
    given(measure(Measure::StructureFactor { k }, Some(graph), vec![x], shape))
}

fn magnetisation(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let x = e.array(b, a, 0, Some(1))?;
    let shape = components(&x);
    given(measure(Measure::Magnetisation, None, vec![x], shape))
}

fn staggered(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let x = e.array(b, a, 0, Some(1))?;
    let graph = e.graph_argument(b, a, &x, 2)?;
    if !e.graph(graph).is_bipartite() {
        let why = format!("{} is not bipartite: some loop of its bonds has an odd length", e.graph(graph).describe());
        let way = "give the signs yourself: `mean(i in s: sign_of[i] * s[i])`";
        return e.lacks(b, a, "a graph of two sublattices", &why, Some(way));
    }
    let shape = components(&x);
    given(measure(Measure::Staggered, Some(graph), vec![x], shape))
}

/// The shares of the values, and how many values there are.
fn shares(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval<(Symbolic, usize)> {
    let x = e.array(b, a, 0, None)?;
    let Expr::Variable { variable, .. } = x.expr else {
        return e.wrong_type(&a.get(0), a.place(0), "a variable of the model with a finite set of values");
    };
    let q = e.variables.get(usize::from(variable)).map_or(0, |v| v.values().len());
    if q < 2 {
        return e.wrong_type(&a.get(0), a.place(0), "a variable of the model with a finite set of values");
    }
    Ok((measure(Measure::Shares, None, vec![x], vec![q]), q))
}

fn densities(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let (s, _) = shares(e, b, a)?;
    given(s)
}

fn potts_order(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let (s, q) = shares(e, b, a)?;
    let q = q as f64;
    let most = Expr::Fold(Reduction::Max, s.expr.boxed());
    let above = Expr::Binary(Op::Subtract, Expr::Binary(Op::Multiply, Expr::Number(q).boxed(), most.boxed()).boxed(), one());
    let expr = Expr::Binary(Op::Divide, above.boxed(), Expr::Number(q - 1.0).boxed());
    Ok(Value::symbolic(expr, Kind::Real))
}

fn one() -> Box<Expr> {
    Expr::Number(1.0).boxed()
}

fn clock_order(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let (s, q) = shares(e, b, a)?;
    let part = |f: fn(f64) -> f64| {
        let weights = (0..q).map(|k| f(2.0 * std::f64::consts::PI * k as f64 / q as f64)).collect();
        let weights = Expr::Array(std::sync::Arc::new(crate::plan::expr::Array { shape: vec![q], data: weights }));
        let sum = Expr::Fold(Reduction::Sum, Expr::Binary(Op::Multiply, s.expr.clone().boxed(), weights.boxed()).boxed());
        Expr::Binary(Op::Multiply, sum.clone().boxed(), sum.boxed())
    };
    let square = Expr::Binary(Op::Add, part(libm::cos).boxed(), part(libm::sin).boxed());
    Ok(Value::symbolic(Expr::Unary(Function::Sqrt, square.boxed()), Kind::Real))
}

fn nematic_order(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let x = e.array(b, a, 0, Some(1))?;
    if x.components() < 2 {
        let d = Diagnostic::error(codes::TYPE, a.place(0), "nematic order is of unit vectors or of angles")
            .label("this is one number a site")
            .help("for angles write `angles: true`");
        return Err(e.fail(d));
    }
    given(measure(Measure::Nematic, None, vec![x], vec![]))
}

fn link_overlap(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let (x, y) = e.two_arrays(b, a, Some(3))?;
    let graph = e.graph_argument(b, a, &x, 2)?;
    if e.graph(graph).bond_count() == 0 {
        return e.lacks(b, a, "a graph with bonds", "this one has none", None);
    }
    given(measure(Measure::LinkOverlap, Some(graph), vec![x, y], vec![]))
}

fn vortex_density(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let x = e.angles(b, a, 0)?;
    let (graph, lattice) = e.lattice_of(b, a, &x, 1)?;
    if lattice.boundary.contains(&Boundary::Antiperiodic) {
        return e.lacks(b, a, "a lattice without antiperiodic boundaries", "an angle has no opposite sign across them", None);
    }
    let width = match lattice.plaquette_width() {
        Ok(width) => width,
        Err(reason) => return e.lacks(b, a, "a lattice with plaquettes", &reason, None),
    };
    // Loops of the infinite lattice may not fit into this piece.
    let fits = lattice.sizes.iter().zip(&lattice.boundary).all(|(&l, &b)| l > 1 || b != Boundary::Open);
    if width.is_none() || !fits {
        let why = format!("{} has none: no loop of 3 to 6 bonds", e.graph(graph).describe());
        return e.lacks(b, a, "a lattice with plaquettes", &why, None);
    }
    given(measure(Measure::Vortices, Some(graph), vec![Array { angles: false, ..x }], vec![]))
}

fn winding(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let x = e.angles(b, a, 0)?;
    let (graph, lattice) = e.lattice_of(b, a, &x, 2)?;
    let along = e.along_argument(a, 1, &lattice)?;
    let wanted: Vec<usize> = along.map_or_else(|| (0..lattice.dimension()).collect(), |d| vec![usize::from(d)]);
    for &d in &wanted {
        e.must_be_periodic(b, a, &lattice, d)?;
        let straight = |k: usize| {
            let step = |o: &crate::plan::graph::Offset| o.cell.iter().enumerate().all(|(x, c)| *c == i32::from(x == d));
            lattice.offsets.iter().any(|o| o.from == k && o.to == k && step(o))
        };
        if !(0..lattice.basis.len()).all(straight) {
            let why = format!("no bonds join the sites of neighbouring cells along direction {d}");
            return e.lacks(b, a, "a lattice with straight rows of bonds", &why, None);
        }
    }
    let shape = if along.is_some() { vec![] } else { vec![wanted.len()] };
    given(measure(Measure::Winding { along }, Some(graph), vec![Array { angles: false, ..x }], shape))
}

fn stiffness_terms(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let x = e.angles(b, a, 0)?;
    let (graph, lattice) = e.lattice_of(b, a, &x, 3)?;
    let along = e.along_argument(a, 1, &lattice)?.unwrap_or(0);
    e.must_be_periodic(b, a, &lattice, usize::from(along))?;
    let what = Measure::Stiffness { along };
    let s = measure(what, Some(graph), vec![Array { angles: true, ..x }], vec![2]);
    if !a.has(2) {
        return given(s);
    }
    match a.get(2) {
        Value::Couplings(c) => {
            if e.elaborated.plan.couplings[c as usize].graph != graph {
                return e.error(codes::SHAPE, a.place(2), "these couplings are on another graph than the angles");
            }
            let Expr::Measure { what, graph, angles, of, shape, .. } = s.expr else {
                return Err(crate::elaborate::value::Failed);
            };
            let expr = Expr::Measure { what, graph, couplings: Some(c), angles, of, shape };
            given(Symbolic { expr, ..s })
        }
        value => {
            let places = crate::elaborate::arithmetic::Places { whole: a.span, left: a.place(2), right: a.span };
            e.binary(crate::syntax::ast::BinaryOp::Multiply, value, settle(s), places)
        }
    }
}

/// The numbers of all clusters.
fn clusters(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval<(Symbolic, usize)> {
    let x = e.array(b, a, 0, None)?;
    let graph = e.graph_argument(b, a, &x, 2)?;
    let value = e.value_argument(a, 1)?;
    let sites = e.graph(graph).sites();
    use crate::kernels::observables::clusters::{Clusters, HEAD};
    let classes = Clusters::classes(sites);
    Ok((measure(Measure::Clusters { value }, Some(graph), vec![x], vec![HEAD + classes]), classes))
}

fn cluster_number(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, k: usize, kind: Kind) -> Eval {
    let (s, _) = clusters(e, b, a)?;
    Ok(element(&s, k, kind))
}

fn cluster_sizes(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let (s, classes) = clusters(e, b, a)?;
    let first = crate::kernels::observables::clusters::HEAD;
    let parts = (first..first + classes).map(|k| Expr::Index(s.expr.clone().boxed(), vec![Expr::Number(k as f64)]));
    given(Symbolic { expr: Expr::List(parts.collect()), kind: Kind::Int, shape: vec![classes], axes: vec![], index: None })
}

fn reaching(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, around: bool) -> Eval {
    let x = e.array(b, a, 0, None)?;
    let (graph, lattice) = e.lattice_of(b, a, &x, 3)?;
    let along = e.along_argument(a, 1, &lattice)?;
    let value = e.value_argument(a, 2)?;
    let d = lattice.dimension();
    if around && d > crate::kernels::observables::wrapping::MOST_DIRECTIONS {
        return e.lacks(b, a, "a lattice of at most 8 directions", &format!("this one has {d}"), None);
    }
    let closed = |k: usize| lattice.boundary[k] != Boundary::Open;
    match along.map(usize::from) {
        Some(k) if around && !closed(k) => {
            let why = format!("direction {k} of {} is open", e.graph(graph).describe());
            return e.lacks(b, a, "a direction that comes back", &why, Some("`spanning` asks for clusters from side to side"));
        }
        None if around && !(0..d).any(closed) => {
            let why = format!("all directions of {} are open", e.graph(graph).describe());
            return e.lacks(b, a, "a direction that comes back", &why, Some("`spanning` asks for clusters from side to side"));
        }
        Some(k) if !around && closed(k) => {
            let why = format!("direction {k} of {} has no sides", e.graph(graph).describe());
            return e.lacks(b, a, "an open direction", &why, Some("`wrapping` asks for clusters around the lattice"));
        }
        None if !around && !(0..d).all(|k| !closed(k)) => {
            let why = format!("{} has directions without sides", e.graph(graph).describe());
            return e.lacks(b, a, "open directions", &why, Some("name one: `along: 0`; or use `wrapping`"));
        }
        _ => {}
    }
    let what = if around { Measure::Wrapping { value } } else { Measure::Spanning { value } };
    let s = measure(what, Some(graph), vec![x], vec![1 + d]);
    Ok(element(&s, along.map_or(0, |k| 1 + usize::from(k)), Kind::Int))
}

/// `overlap` where an array of the state is concerned; `None` where a product of whole variables serves as well.
pub(super) fn native_overlap(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval<Option<Value>> {
    use crate::elaborate::Stage;
    if e.stage != Stage::Observe {
        return Ok(None);
    }
    let angles = a.has(2);
    let state = |k: usize| matches!(a.get(k), Value::Symbolic(s) if s.expr.has_state() && !s.shape.is_empty());
    let whole =
        |k: usize| matches!(a.get(k), Value::Symbolic(s) if matches!(s.expr, Expr::Variable { .. }) && s.shape.len() == 1);
    if (whole(0) && whole(1) && !angles) || !(state(0) || state(1)) {
        return Ok(None);
    }
    let (x, y) = e.two_arrays(b, a, Some(2))?;
    Ok(Some(settle(measure(Measure::Overlap, None, vec![x, y], vec![]))))
}

impl Elaborator<'_> {
    fn must_be_periodic(&mut self, b: &Builtin, a: &Arguments, lattice: &Bravais, d: usize) -> Eval<()> {
        match lattice.boundary[d] {
            Boundary::Periodic => Ok(()),
            other => {
                let word = if other == Boundary::Open { "open" } else { "antiperiodic" };
                self.lacks(b, a, "a periodic direction", &format!("direction {d} of {} is {word}", lattice.name), None)
            }
        }
    }
}
