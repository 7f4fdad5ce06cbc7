//! Times at which a quantity first gets somewhere, or changes its sign, and its largest step, from kept series.

use super::super::{Builtin, Group, Type, may, need, row};
use super::autocorrelation::kept_series;
use super::plain;
use crate::diagnostic::codes;
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::symbolic::settle;
use crate::elaborate::value::{Eval, Kind, Symbolic};
use crate::plan::analysis::Passage;
use crate::plan::{Analysis, Expr};

pub const ROWS: &[Builtin] = &[
    row(
        Group::Analysis,
        "first_passage",
        &[need("quantity", Type::Result), may("below", Type::Real, "none"), may("above", Type::Real, "none")],
        "a number of sweeps with its error",
        "The mean time, in sweeps after the warm-up, at which a quantity is first measured at or below (or at or above) a level, over the chains of the run: `keep { series: [m] }`. Its error is the spread of the chains. It is as fine as measurements are close (`every`); for the decay of a state write `start: up` and `warmup: 0`.",
        "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(6), h: -0.5)\n    temperature: 2\n    start: up\n    warmup: 0\n    sweeps: 2000\n    chains: 8\n    observe { m = mean(s) }\n    keep { series: [m] }\n}\nshow first_passage(a.m, below: 0)",
        |e, _, a| {
            let passage = match (a.has(1), a.has(2)) {
                (true, false) => Passage::Below(a.number(1)),
                (false, true) => Passage::Above(a.number(2)),
                _ => return e.error(codes::ARGUMENTS, a.span, "`first_passage` takes one level: `below: 0` or `above: 0.5`"),
            };
            passed(e, a, passage)
        },
    ),
    row(
        Group::Analysis,
        "reversal_time",
        &[need("quantity", Type::Result)],
        "a number of sweeps with its error",
        "The mean time in sweeps between two changes of sign of a quantity, from its series: `keep { series: [m] }`. Measurements of zero belong to the sign before. Its error is a jackknife over the blocks of the run.",
        "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(6))\n    temperature: 2.3\n    sweeps: 20_000\n    observe { m = mean(s) }\n    keep { series: [m] }\n}\nshow reversal_time(a.m)",
        |e, _, a| passed(e, a, Passage::Reversal),
    ),
    row(
        Group::Analysis,
        "largest_rise",
        &[need("quantity", Type::Result)],
        "a number",
        "The largest step upwards of a quantity from one measurement to the next, over all chains of the run, from its series: `keep { series: [e] }`. It is 0 or less where the quantity never rises, and has no error.",
        "use std.memory\nlet ξ ~ random_patterns(3, 40)\nsample a {\n    model: hopfield(ξ)\n    temperature: 0\n    warmup: 0\n    sweeps: 20\n    chains: 8\n    observe { e = energy }\n    keep { series: [e] }\n}\nexpect largest_rise(a.e) <= 0",
        |e, _, a| passed(e, a, Passage::Rise),
    ),
];

fn passed(e: &mut Elaborator, a: &Arguments, passage: Passage) -> Eval {
    plain(e, a.span)?;
    let (s, quantity, points) = kept_series(e, a)?;
    let every = points[0].every;
    if points.iter().any(|p| p.every != every) {
        return e.error(
            codes::CONFLICT,
            a.place(0),
            "the points of the task measure at different distances: give all the same `every`",
        );
    }
    let expr = Expr::Analyse(Analysis::Passage { quantity, every, passage }, vec![s.expr]);
    Ok(settle(Symbolic { expr, kind: Kind::Real, shape: vec![], axes: s.axes, index: None }))
}
