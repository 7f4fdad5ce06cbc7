//! Couplings made of patterns and of other couplings.

use super::{Builtin, Group, Type, need, row};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::task::start::known_numbers;
use crate::elaborate::value::{Eval, Kind, Value};
use crate::plan::expr::Array;
use crate::plan::{CouplingValues, Expr};
use std::sync::Arc;

pub const ROWS: &[Builtin] = &[
    row(
        Group::Graphs,
        "hebb",
        &[need("patterns", Type::Any)],
        "a matrix of n × n numbers",
        "The couplings of Hopfield's model (1982), W_ij = (1/n) Σ_μ ξ_i^μ ξ_j^μ with W_ii = 0, of patterns given as p × n numbers.",
        "let ξ ~ bimodal(0.5, shape: [3, 20])\ncouplings W on complete(20) = hebb(ξ)\nshow W.bonds",
        hebb,
    ),
    row(
        Group::Graphs,
        "gauge",
        &[need("J", Type::Any), need("s", Type::Any)],
        "couplings",
        "The gauge transform J_ij s_i s_j of couplings, by a number a site (a pattern of ±1): energies of states s_i times as they were stay the same.",
        "use std.lattice\ncouplings J on square(4) ~ choice(-1, +1)\nlet ξ ~ bimodal(0.5, shape: [16])\ncouplings G = gauge(J, ξ)\nshow G.bonds",
        gauge,
    ),
];

/// Known numbers and their shape.
pub(super) fn known(e: &mut Elaborator, a: &Arguments, k: usize, what: &str) -> Eval<(Vec<f64>, Vec<usize>)> {
    let s = e.lift(&a.get(k), a.place(k))?;
    e.few(s.shape.iter().fold(1i64, |n, &m| n.saturating_mul(m as i64)), a.place(k))?;
    match known_numbers(&s.expr) {
        Some(data) if !s.shape.is_empty() => Ok((data, s.shape)),
        _ if s.shape.is_empty() => e.wrong_type(&a.get(k), a.place(k), what),
        _ => e.not_known_yet(a.place(k), what),
    }
}

pub(super) fn misfit<T>(e: &mut Elaborator, span: Span, found: &[usize], expected: String) -> Eval<T> {
    let d = Diagnostic::error(codes::SHAPE, span, "the shape does not fit")
        .label(crate::elaborate::symbolic::shape_text(found))
        .expected(expected);
    Err(e.fail(d))
}

/// The patterns that `hebb` is given, p × n numbers.
pub(crate) fn patterns(e: &mut Elaborator, a: &Arguments) -> Eval<Array> {
    let (data, shape) = known(e, a, 0, "a matrix of patterns")?;
    match shape[..] {
        [_, _] => Ok(Array { shape, data }),
        _ => misfit(e, a.place(0), &shape, "patterns × sites, a matrix".into()),
    }
}

fn hebb(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let Array { data, shape } = patterns(e, a)?;
    let [p, n] = shape[..] else { return Err(crate::elaborate::value::Failed) };
    e.few((n as i64).saturating_mul(n as i64), a.span)?;
    e.steps += (p * n * n / 64) as u64;
    let mut w = vec![0.0; n * n];
    for pattern in data.chunks_exact(n.max(1)) {
        for (row, &x) in w.chunks_exact_mut(n.max(1)).zip(pattern) {
            row.iter_mut().zip(pattern).for_each(|(w, y)| *w += x * y);
        }
    }
    for (k, w) in w.iter_mut().enumerate() {
        *w = if k % (n + 1) == 0 { 0.0 } else { *w / n as f64 };
    }
    Ok(Value::array(Expr::Array(Arc::new(Array { shape: vec![n, n], data: w })), Kind::Real, vec![n, n]))
}

fn gauge(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let Value::Couplings(c) = a.get(0) else { return e.wrong_type(&a.get(0), a.place(0), "couplings") };
    let values = e.known_couplings(c, a.place(0))?;
    let (s, shape) = known(e, a, 1, "a list of one number a site")?;
    let (graph, name) = {
        let couplings = &e.elaborated.plan.couplings[c as usize];
        (couplings.graph, format!("gauge({})", couplings.name))
    };
    let n = e.graph(graph).sites();
    if shape != [n] {
        return misfit(e, a.place(1), &shape, format!("{n} values, one a site"));
    }
    let bonds = e.graph(graph).bonds();
    let data: Vec<f64> = bonds.iter().zip(&values).map(|(b, j)| j * s[b.i as usize] * s[b.j as usize]).collect();
    e.bounded(&data, a.span)?;
    let array = Array { shape: vec![data.len()], data };
    Ok(e.new_couplings(&name, graph, CouplingValues::PerBond(Arc::new(array))))
}
