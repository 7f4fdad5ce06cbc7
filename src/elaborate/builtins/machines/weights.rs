//! The weights themselves: arrays and their singular values.

use super::{block, look};
use crate::diagnostic::codes;
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::builtins::{Builtin, Group, Type, need, row};
use crate::elaborate::value::Eval;
use crate::plan::landscape::Probe;

pub const ROWS: &[Builtin] = &[
    row(
        Group::Machines,
        "singular_values",
        &[need("of", Type::Word)],
        "an array, downwards",
        "The singular values of an array of weights of two dimensions, by its name: `singular_values(\"W\")`.",
        look!("singular_values(\"W\")"),
        singular,
    ),
    row(
        Group::Machines,
        "weight_values",
        &[need("of", Type::Word)],
        "an array",
        "An array of weights, by its name, as it was declared: `weight_values(\"W\")`.",
        look!("weight_values(\"b\")"),
        weight_values,
    ),
];

fn singular(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let (name, _, shape) = block(e, b, a)?;
    let [rows, columns] = shape[..] else {
        return e.error(codes::SHAPE, a.place(0), format!("`{name}` is no matrix"));
    };
    e.look(Probe::SingularValues { block: name, count: rows.min(columns) }, None, a.span, b.name)
}

fn weight_values(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let (_, start, shape) = block(e, b, a)?;
    e.look(Probe::Variables { start, shape }, None, a.span, b.name)
}
