//! Couplings of attractor networks from patterns: matrices of numbers, for `couplings W on complete(N) = ...`.

use super::transforms::{known, misfit};
use super::{Builtin, Group, Type, may, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::value::{Eval, Kind, Value, describe};
use crate::kernels::patterns;
use crate::kernels::random::Key;
use crate::plan::Expr;
use crate::plan::draw::key_from;
use crate::plan::expr::Array;
use std::sync::Arc;

const PATTERNS: super::Param = need("patterns", Type::Any);
const BY: super::Param = may("by", Type::Any, "0");

pub const ROWS: &[Builtin] = &[
    row(
        Group::Graphs,
        "pseudo_inverse",
        &[PATTERNS],
        "a matrix of n × n numbers",
        "The projection onto the patterns (Personnaz, Guyon and Dreyfus 1985), W_ij = (1/n) Σ_μν ξ_i^μ (C⁻¹)_μν ξ_j^ν with the overlaps C of the patterns, and W_ii = 0. Every pattern is a fixed point for up to n linearly independent patterns.",
        "let ξ ~ bimodal(0.5, shape: [10, 20])\ncouplings W on complete(20) = pseudo_inverse(ξ)\nshow W.bonds",
        |e, _, a| {
            let (x, p, n) = of_patterns(e, a)?;
            e.steps += (p * n * (2 * p + n) / 64) as u64;
            match patterns::pseudo_inverse(&x, n) {
                Ok(w) => matrix(w, n),
                Err(why) => {
                    let d = Diagnostic::error(codes::DOMAIN, a.place(0), "the patterns are not linearly independent")
                        .label(why)
                        .expected(format!("at most {n} patterns, none of them a sum of others"));
                    Err(e.fail(d))
                }
            }
        },
    ),
    row(
        Group::Graphs,
        "storkey",
        &[PATTERNS],
        "a matrix of n × n numbers",
        "Storkey's rule (1997), local and pattern by pattern: W_ij += (1/n) (ξ_i ξ_j - ξ_i h_ji - h_ij ξ_j) with h_ij = Σ_{k ≠ i, j} W_ik ξ_k. It stores more patterns than `hebb`.",
        "let ξ ~ bimodal(0.5, shape: [5, 20])\ncouplings W on complete(20) = storkey(ξ)\nshow W.bonds",
        |e, _, a| {
            let (x, p, n) = of_patterns(e, a)?;
            e.steps += (p * n * n / 16) as u64;
            matrix(patterns::storkey(&x, n), n)
        },
    ),
    row(
        Group::Graphs,
        "unlearn",
        &[need("W", Type::Any), need("dreams", Type::Int), may("rate", Type::Real, "0.01"), BY],
        "a matrix of n × n numbers",
        "Unlearning (Hopfield, Feinstein and Palmer 1983): `dreams` times a random state of ±1 settles in the couplings W, and W_ij falls by (rate / n) s_i s_j of what it settled in, which weakens spurious states more than patterns. `by` is the key of the draws.",
        "let ξ ~ bimodal(0.5, shape: [4, 20])\ncouplings W on complete(20) = unlearn(hebb(ξ), 50)\nshow W.bonds",
        |e, b, a| {
            let (w, n) = of_matrix(e, a)?;
            let dreams = super::lists::count(e, a, 1, 0)? as usize;
            let rate = if a.has(2) { a.number(2) } else { 0.01 };
            if !(rate >= 0.0 && rate.is_finite()) {
                return e.error(codes::DOMAIN, a.place(2), "the rate of unlearning is a number that is not negative");
            }
            let work = (dreams as i64).saturating_mul((n * n) as i64);
            e.few(work / 64, a.span)?;
            let key = key(e, b, a, 3)?;
            matrix(patterns::unlearn(w, n, dreams, rate, key), n)
        },
    ),
    row(
        Group::Graphs,
        "dilute",
        &[need("W", Type::Any), need("keep", Type::Real), may("symmetric", Type::Any, "true"), BY],
        "a matrix of n × n numbers",
        "Each coupling is kept with probability `keep` and divided by it, else 0: W_ij and W_ji together, or with `symmetric: false` each by itself (Derrida, Gardner and Zippelius 1987), for models that give a `field`. `by` is the key of the draw.",
        "let ξ ~ bimodal(0.5, shape: [3, 20])\ncouplings W on complete(20) = dilute(hebb(ξ), 0.5)\nshow W.bonds",
        |e, b, a| {
            let (w, n) = of_matrix(e, a)?;
            let keep = a.number(1);
            if !(keep > 0.0 && keep <= 1.0) {
                let d = Diagnostic::error(codes::DOMAIN, a.place(1), "the share of kept couplings lies between 0 and 1")
                    .label(format!("this is {}", describe(&a.get(1))));
                return Err(e.fail(d));
            }
            let symmetric = match a.has(2).then(|| a.get(2)) {
                None => true,
                Some(Value::Bool(symmetric)) => symmetric,
                Some(other) => return e.wrong_type(&other, a.place(2), "`true` or `false`"),
            };
            let key = key(e, b, a, 3)?;
            matrix(patterns::dilute(w, n, keep, symmetric, key), n)
        },
    ),
    row(
        Group::Lists,
        "evaluated",
        &[need("x", Type::Any)],
        "an array of numbers",
        "The numbers of an array that is described by draws and operations, worked out at once. Large draws stay descriptions until a task needs them; what is made of them by many operations is better worked out once.",
        "let x ~ normal(0, 1, shape: [3])\nshow evaluated(2 * x)",
        |e, _, a| {
            let s = e.lift(&a.get(0), a.place(0))?;
            let (data, shape) = known(e, a, 0, "an array")?;
            Ok(Value::array(Expr::Array(Arc::new(Array { shape: shape.clone(), data })), s.kind, shape))
        },
    ),
];

/// Patterns, their number and their length.
fn of_patterns(e: &mut Elaborator, a: &Arguments) -> Eval<(Vec<f64>, usize, usize)> {
    let (data, shape) = known(e, a, 0, "a matrix of patterns")?;
    let [p, n] = shape[..] else { return misfit(e, a.place(0), &shape, "patterns × sites, a matrix".into()) };
    e.few((n as i64).saturating_mul(n as i64), a.span)?;
    Ok((data, p, n))
}

fn of_matrix(e: &mut Elaborator, a: &Arguments) -> Eval<(Vec<f64>, usize)> {
    let (data, shape) = known(e, a, 0, "a matrix of couplings")?;
    match shape[..] {
        [n, m] if n == m => Ok((data, n)),
        _ => misfit(e, a.place(0), &shape, "a square matrix, one row a unit".into()),
    }
}

fn matrix(data: Vec<f64>, n: usize) -> Eval {
    Ok(Value::array(Expr::Array(Arc::new(Array { shape: vec![n, n], data })), Kind::Real, vec![n, n]))
}

fn key(e: &mut Elaborator, b: &Builtin, a: &Arguments, k: usize) -> Eval<Key> {
    let by = if a.has(k) { describe(&a.get(k)) } else { "0".to_string() };
    if matches!(a.get(k), Value::Symbolic(_)) && a.get(k).number().is_none() {
        return e.not_known_yet(a.place(k), "the key of a draw");
    }
    Ok(key_from(e.seed, b.name, &[by]))
}
