//! The function on lines and planes through the point, and paths seen in them.

use super::arguments::{DATA, count, directions, range, simple};
use super::example;
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::builtins::{Builtin, Group, Type, may, need, row};
use crate::elaborate::value::Eval;
use crate::plan::landscape::{Directions, Normalise, Probe};

pub const ROWS: &[Builtin] = &[
    row(
        Group::Landscape,
        "slice",
        &[
            may("directions", Type::Any, "random_directions(2, normalise: filter)"),
            may("range", Type::List, "[-1, 1]"),
            may("points", Type::Int, "41"),
            DATA,
        ],
        "the function over the new axes `α` and `β` (one of them for one direction)",
        "The function at the point plus α times the first direction plus β times the second. Without `directions` they are random: of each filter's length in a network, of length 1 in a model. Batch normalisation keeps the running averages of the point, but along `directions_to` they go over into those of the other points as the weights do.",
        example!("slice(random_directions(2), range: [-1, 1], points: 5)"),
        slice,
    ),
    row(
        Group::Landscape,
        "trajectory",
        &[may("directions", Type::Any, "pca_directions(2)")],
        "the coordinates along each direction, over the times at which parameters were kept",
        "The path of a training (`keep { parameters: every 1 epoch }`) projected on directions through its end; `NAME_explained` beside it has the share of the variance along each.",
        "# probe path of fit { t = trajectory(pca_directions(2)) }",
        trajectory,
    ),
    row(
        Group::Landscape,
        "interpolation",
        &[
            need("to", Type::Point),
            may("points", Type::Int, "51"),
            may("range", Type::List, "[0, 1]"),
            may("bend", Type::Int, "0"),
            DATA,
        ],
        "the function over the new axis `t`",
        "The function on the way to another point (`to`: a training, a list of numbers, `zeros`, or `initial`): straight, or with `bend` steps of training along the quadratic Bézier curve of lowest mean loss (Garipov et al. 2018). `NAME_barrier` beside it is the largest height above the straight line between the ends. The running averages of batch normalisation go over in a straight line as well, so that both ends have the loss of their trainings; in between they are not those that a training would find there.",
        example!("interpolation([1, 1, 1, 1], points: 5)"),
        interpolation,
    ),
    row(
        Group::Landscape,
        "eigenvalue_map",
        &[
            may("directions", Type::Any, "random_directions(2)"),
            may("range", Type::List, "[-1, 1]"),
            may("points", Type::Int, "11"),
            may("end", Type::Word, "smallest"),
            DATA,
        ],
        "an eigenvalue over the new axes `α` and `β`",
        "The smallest (or largest) eigenvalue of the Hessian at each point of a slice.",
        example!("eigenvalue_map(random_directions(2), points: 3)"),
        map,
    ),
];

fn slice(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    // The variables of a model are no filters.
    let model = e.looking.as_ref().is_some_and(|l| l.network.is_none());
    let normalise = if model { Normalise::Unit } else { Normalise::Filter };
    let directions = directions(e, b, a, Directions::Random { count: 2, normalise })?;
    in_a_plane(e, a, &directions)?;
    let range = range(e, a, 1, (-1.0, 1.0))?;
    let points = count(e, a, 2, 41, 2)?;
    simple(e, b, a, 3, Probe::Slice { directions, range, points })
}

fn trajectory(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let directions = directions(e, b, a, Directions::Trajectory { count: 2 })?;
    if e.looking.as_ref().is_some_and(|l| l.times.is_none()) {
        let d = Diagnostic::error(codes::NOT_HERE, a.span, "there is no path to project")
            .help("probe a training (`probe NAME of fit`) that has `keep { parameters: every 1 epoch }`");
        return Err(e.fail(d));
    }
    e.look(Probe::Trajectory { directions }, None, a.span, b.name)
}

fn interpolation(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    e.looks_here(b, a)?;
    let to = e.point_in_space(&a.get(0), a.place(0))?;
    let points = count(e, a, 1, 51, 2)?;
    let range = range(e, a, 2, (0.0, 1.0))?;
    let bend = count(e, a, 3, 0, 0)?;
    simple(e, b, a, 4, Probe::Interpolation { to, points, range, bend: Some(bend).filter(|n| *n > 0) })
}

fn map(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let directions = directions(e, b, a, Directions::Random { count: 2, normalise: Normalise::No })?;
    in_a_plane(e, a, &directions)?;
    let range = range(e, a, 1, (-1.0, 1.0))?;
    let points = count(e, a, 2, 11, 2)?;
    let largest = e.choice(a, 3, &[("smallest", false), ("largest", true)])?;
    simple(e, b, a, 4, Probe::EigenvalueMap { directions, range, points, largest })
}

fn in_a_plane(e: &mut Elaborator, a: &Arguments, directions: &Directions) -> Eval<()> {
    if directions.count() <= 2 {
        return Ok(());
    }
    let d = Diagnostic::error(codes::DOMAIN, a.place(0), format!("a slice along {} directions", directions.count()))
        .expected("one or two directions");
    Err(e.fail(d))
}
