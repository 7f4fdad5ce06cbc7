//! The point itself: its slope, its size, the way that it has come, and the stationary point beside it.

use super::arguments::{DATA, count, simple};
use super::example;
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::builtins::{Builtin, Group, Type, may, row};
use crate::elaborate::value::Eval;
use crate::plan::landscape::Probe;

pub const ROWS: &[Builtin] = &[
    row(
        Group::Landscape,
        "gradient_norm",
        &[DATA],
        "a number",
        "The Euclidean norm of the gradient.",
        example!("gradient_norm()"),
        |e, b, a| simple(e, b, a, 0, Probe::GradientNorm),
    ),
    row(
        Group::Landscape,
        "weight_norm",
        &[may("of", Type::Text, "all")],
        "a number",
        "The Euclidean norm of the variables, or of one array of weights by its name: `weight_norm(\"h.weight\")`.",
        example!("weight_norm()"),
        weight_norm,
    ),
    row(
        Group::Landscape,
        "distance",
        &[],
        "a number",
        "The Euclidean distance of the weights from where the training began. In `record`.",
        "# record every 1 epoch { d = distance() }",
        |e, b, a| training_only(e, b, a, Probe::Distance),
    ),
    row(
        Group::Landscape,
        "learning_rate",
        &[],
        "a number",
        "The rate of the step before this moment; at the beginning that of the first step. In `record`.",
        "# record every 1 epoch { η = learning_rate() }",
        |e, b, a| training_only(e, b, a, Probe::Rate),
    ),
    row(
        Group::Landscape,
        "stationary_point",
        &[may("steps", Type::Int, "200"), may("tolerance", Type::Real, "1e-8"), DATA],
        "the function at the point that is found",
        "The critical point, of whatever index, that Newton steps on the size of the gradient lead to; `NAME_gradient_norm`, `NAME_index` (the number of negative eigenvalues; -1 where there are too many variables to tell), `NAME_distance` and `NAME_point` (its variables) stand beside it.",
        example!("stationary_point()"),
        |e, b, a| {
            let steps = count(e, a, 0, 200, 1)?;
            let tolerance = e.known_number(a, 1, 1e-8, "the tolerance")?;
            simple(e, b, a, 2, Probe::Stationary { steps, tolerance })
        },
    ),
];

fn training_only(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, probe: Probe) -> Eval {
    if e.looking.as_ref().is_some_and(|l| l.training) {
        return e.look(probe, None, a.span, b.name);
    }
    let d = Diagnostic::error(codes::NOT_HERE, a.span, format!("`{}` belongs to the `record` of a `train`", b.name));
    Err(e.fail(d))
}

fn weight_norm(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    e.looks_here(b, a)?;
    let block = if a.has(0) { Some(e.word(a, 0, "")?) } else { None };
    if let Some(name) = &block {
        let network = e.looking.as_ref().and_then(|l| l.network);
        let machine = e.looking.as_ref().and_then(|l| l.machine);
        let names: Vec<String> = match (network, machine) {
            (Some(n), _) => e.elaborated.plan.networks[n as usize].parameters.iter().map(|p| p.name.clone()).collect(),
            (None, Some(m)) => e.elaborated.plan.models[m as usize].weights.iter().map(|p| p.name.clone()).collect(),
            _ => vec![],
        };
        if !names.contains(name) {
            return e.one_of(a, 0, name, names.iter().map(String::as_str));
        }
    }
    e.look(Probe::WeightNorm { block }, None, a.span, b.name)
}
