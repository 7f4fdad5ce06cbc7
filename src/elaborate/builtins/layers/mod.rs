//! Layers of networks: a row each, in a file for each kind.

mod activations;
mod dense;
mod images;
mod losses;
mod normalise;
mod shapes;

use super::super::Elaborator;
use super::super::arguments::Arguments;
use super::super::value::{Eval, Value};
use super::{Builtin, Constant, Group};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::network::Initialiser;

/// The rows, by kind.
pub const THEMES: &[&[Builtin]] = &[activations::ROWS, dense::ROWS, images::ROWS, losses::ROWS, normalise::ROWS, shapes::ROWS];

pub const CONSTANTS: &[Constant] = &[
    initialiser("standard", "An initialiser: uniform within ±1/√(fan in); what layers have without `init`.", || {
        Value::Initialiser(Initialiser::Standard)
    }),
    initialiser("glorot", "An initialiser: uniform within ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010).", || {
        Value::Initialiser(Initialiser::Glorot { normal: false })
    }),
    initialiser("glorot_normal", "An initialiser: normal of variance 2 / (fan in + fan out).", || {
        Value::Initialiser(Initialiser::Glorot { normal: true })
    }),
    initialiser("he", "An initialiser: normal of variance 2 / fan in, for relu (He et al. 2015).", || {
        Value::Initialiser(Initialiser::He { normal: true })
    }),
    initialiser("he_uniform", "An initialiser: uniform of variance 2 / fan in.", || {
        Value::Initialiser(Initialiser::He { normal: false })
    }),
];

const fn initialiser(name: &'static str, doc: &'static str, value: fn() -> Value) -> Constant {
    Constant { name, aliases: &[], group: Group::Layers, doc, value }
}

/// One or two whole numbers from `least`: of a window, a stride, a padding.
pub(super) fn sides(
    e: &mut Elaborator,
    a: &Arguments,
    k: usize,
    default: [usize; 2],
    least: i64,
    what: &str,
) -> Eval<[usize; 2]> {
    if !a.has(k) {
        return Ok(default);
    }
    let items = match a.get(k) {
        Value::List(items) if items.len() == 2 => (*items).clone(),
        one @ Value::Int(_) => vec![one.clone(), one],
        other => return e.wrong_type(&other, a.place(k), "a whole number, or a list of two,"),
    };
    let mut out = [0; 2];
    for (side, item) in out.iter_mut().zip(&items) {
        let n = e.whole(item, a.place(k), what)?;
        if n < least || n > 1 << 20 {
            let d = Diagnostic::error(codes::DOMAIN, a.place(k), format!("{what} of {n}"))
                .expected(format!("a whole number from {least}"));
            return Err(e.fail(d));
        }
        *side = n as usize;
    }
    Ok(out)
}

/// A count of units, channels, rows.
pub(super) fn units(e: &mut Elaborator, a: &Arguments, k: usize, what: &str) -> Eval<usize> {
    let n = e.whole(&a.get(k), a.place(k), what)?;
    if !(1..=1 << 24).contains(&n) {
        let message = if n < 1 { format!("{what} must be at least 1") } else { format!("{what} is too large") };
        let d = Diagnostic::error(codes::DOMAIN, a.place(k), message)
            .label(format!("this is {}", crate::elaborate::limits::grouped(n)))
            .expected(format!("a whole number from 1 to {}", crate::elaborate::limits::grouped(1 << 24)));
        return Err(e.fail(d));
    }
    Ok(n as usize)
}
