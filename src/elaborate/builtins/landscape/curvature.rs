//! How the function curves around the point: in random planes, along chosen directions, within a ball.

use super::arguments::{DATA, count, directions, simple};
use super::example;
use crate::diagnostic::codes;
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::builtins::{Builtin, Group, Type, may, row};
use crate::elaborate::value::Eval;
use crate::plan::landscape::{Directions, Normalise, Probe, Sharpness};

pub const ROWS: &[Builtin] = &[
    row(
        Group::Landscape,
        "mean_curvature",
        &[may("projections", Type::Int, "500"), may("products", Type::Any, "true"), DATA],
        "a number with its error",
        "The mean curvature of the function over random planes: half the trace of the Hessian projected on two random directions of standard normal components, averaged over so many planes. Its expectation is the trace of the Hessian (Böttcher and Wheeler 2024). `products: false` takes it from values of the function alone.",
        example!("mean_curvature(projections: 100)"),
        |e, b, a| {
            let projections = count(e, a, 0, 500, 2)?;
            let products = e.truth(a, 1, true)?;
            simple(e, b, a, 2, Probe::MeanCurvature { projections, products })
        },
    ),
    row(
        Group::Landscape,
        "projected_curvatures",
        &[may("projections", Type::Int, "500"), DATA],
        "an array over the new axis `projection`",
        "The mean curvature in each of so many random planes; `NAME_first` and `NAME_second` beside it have the principal curvatures.",
        example!("projected_curvatures(projections: 10)"),
        |e, b, a| {
            let projections = count(e, a, 0, 500, 1)?;
            simple(e, b, a, 1, Probe::Curvatures { projections })
        },
    ),
    row(
        Group::Landscape,
        "critical_point",
        &[
            may("directions", Type::Any, "random_directions(2)"),
            may("draws", Type::Int, "1_000"),
            may("flat", Type::Real, "1e-10"),
            DATA,
        ],
        "shares over the new axis `kind`: minimum, maximum, saddle, flat",
        "What the point looks like in the plane (or space) of some directions, by the signs of the eigenvalues of the projected Hessian; for random directions the shares of so many draws, with their errors. `flat`: relative to the largest projected curvature.",
        example!("critical_point(directions: random_directions(2), draws: 100)"),
        critical_point,
    ),
    row(
        Group::Landscape,
        "sharpness",
        &[may("radius", Type::Real, "0.05"), may("kind", Type::Word, "worst"), may("probes", Type::Int, "100"), DATA],
        "a number; with its error for `average`",
        "How much the function rises in a ball around the point: at worst (ascent on the sphere), on average (over normal displacements of that root-mean-square length), or one step up the gradient (`sam`, Foret et al. 2021).",
        example!("sharpness(radius: 0.1)"),
        sharpness,
    ),
];

fn critical_point(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let directions = directions(e, b, a, Directions::Random { count: 2, normalise: Normalise::No })?;
    let draws = count(e, a, 1, 1_000, 1)?;
    let flat = e.known_number(a, 2, 1e-10, "the width of what counts as flat")?;
    simple(e, b, a, 3, Probe::CriticalPoint { directions, draws, flat })
}

fn sharpness(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let radius = e.known_number(a, 0, 0.05, "the radius")?;
    if !(radius > 0.0 && radius.is_finite()) {
        return e.error(codes::DOMAIN, a.place(0), "the radius of the ball is a positive number");
    }
    let words = [("worst", Sharpness::Worst), ("average", Sharpness::Average), ("sam", Sharpness::Sam)];
    let kind = e.choice(a, 1, &words)?;
    let probes = count(e, a, 2, 100, 2)?;
    simple(e, b, a, 3, Probe::Sharpness { radius, kind, probes })
}
