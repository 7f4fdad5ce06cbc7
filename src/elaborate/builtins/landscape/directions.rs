//! Directions from the point, for slices and projections.

use super::arguments::{MATRIX, count, ends, matrix};
use super::example;
use crate::diagnostic::codes;
use crate::elaborate::builtins::{Builtin, Group, Type, may, need, row};
use crate::elaborate::value::{Eval, Value};
use crate::plan::landscape::{At, Directions, Normalise};
use std::rc::Rc;

pub const ROWS: &[Builtin] = &[
    row(
        Group::Landscape,
        "random_directions",
        &[may("count", Type::Int, "2"), may("normalise", Type::Word, "none")],
        "directions",
        "Directions of standard normal components. `normalise`: `unit` (length 1), `filter` (each filter as long as that of the weights: Li et al. 2018), `layer`, `weight`, or `none`.",
        example!("slice(random_directions(1), points: 3)"),
        |e, _, a| {
            let n = count(e, a, 0, 2, 1)?;
            let words = [
                ("none", Normalise::No),
                ("unit", Normalise::Unit),
                ("filter", Normalise::Filter),
                ("layer", Normalise::Layer),
                ("weight", Normalise::Weight),
            ];
            let normalise = e.choice(a, 1, &words)?;
            Ok(Value::Directions(Rc::new(Directions::Random { count: n, normalise })))
        },
    ),
    row(
        Group::Landscape,
        "hessian_directions",
        &[may("largest", Type::Int, "1"), may("smallest", Type::Int, "1"), MATRIX],
        "directions",
        "Eigenvectors of the Hessian of the largest and of the smallest eigenvalues, of length 1.",
        example!("slice(hessian_directions(largest: 1, smallest: 1), points: 3)"),
        |e, _, a| {
            let (largest, smallest) = ends(e, a, (1, 1))?;
            let matrix = matrix(e, a, 2)?;
            Ok(Value::Directions(Rc::new(Directions::Hessian { largest, smallest, matrix })))
        },
    ),
    row(
        Group::Landscape,
        "pca_directions",
        &[may("count", Type::Int, "2")],
        "directions",
        "The principal components of the path of a training, of length 1: `keep { parameters: every 1 epoch }`.",
        "# probe path of fit { surface = slice(pca_directions(2)) }",
        |e, _, a| {
            let n = count(e, a, 0, 2, 1)?;
            Ok(Value::Directions(Rc::new(Directions::Trajectory { count: n })))
        },
    ),
    row(
        Group::Landscape,
        "gradient_direction",
        &[],
        "directions",
        "The gradient at the point, of length 1.",
        example!("slice(gradient_direction(), points: 3)"),
        |_, _, _| Ok(Value::Directions(Rc::new(Directions::Gradient))),
    ),
    row(
        Group::Landscape,
        "directions_to",
        &[need("points", Type::Point)],
        "directions",
        "From the point to each of some other points: trainings at a point, lists of numbers, `zeros`, or `initial`.",
        example!("slice(directions_to([[1, 0, 0, 0], [0, 0, 0, 1]]), points: 3)"),
        |e, _, a| {
            let Value::List(items) = a.get(0) else { return e.wrong_type(&a.get(0), a.place(0), "a list of points") };
            let points = items.iter().map(|p| e.point_in_space(p, a.place(0))).collect::<Eval<Vec<At>>>()?;
            if points.is_empty() || points.len() > 2 {
                return e.error(codes::DOMAIN, a.place(0), "a slice has one or two directions");
            }
            Ok(Value::Directions(Rc::new(Directions::To(points))))
        },
    ),
];
