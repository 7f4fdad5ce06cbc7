//! Looks at the visible units of a machine as images: receptive fields, samples, completions.

use super::{DATA, block, count, look, machine};
use crate::diagnostic::codes;
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::builtins::{Builtin, Group, Type, may, need, row};
use crate::elaborate::value::{Eval, Value};
use crate::plan::landscape::Probe;
use std::sync::Arc;

pub const ROWS: &[Builtin] = &[
    row(
        Group::Machines,
        "receptive_fields",
        &[need("of", Type::Word), need("rows", Type::Int), need("columns", Type::Int)],
        "a field over `row` and `column`, for every `unit`",
        "The weights between the visible units, taken as an image, and each hidden one: a matrix of weights by its name. A figure draws one with `field: q.fields.at(unit: 0)`, and all with `panels: unit`.",
        look!("receptive_fields(\"W\", rows: 2, columns: 2)"),
        fields,
    ),
    row(
        Group::Machines,
        "gallery",
        &[need("rows", Type::Int), need("columns", Type::Int), may("count", Type::Int, "10"), may("sweeps", Type::Int, "1000")],
        "a field over `row` and `column`, for every `example`",
        "Visible states of so many chains after so many sweeps from a random start, taken as images.",
        look!("gallery(rows: 2, columns: 2, count: 3)"),
        gallery,
    ),
    row(
        Group::Machines,
        "completion",
        &[
            need("given", Type::Any),
            need("rows", Type::Int),
            need("columns", Type::Int),
            DATA,
            may("count", Type::Int, "10"),
            may("sweeps", Type::Int, "1000"),
        ],
        "a field over `row` and `column`, for every `example`",
        "Means of the visible units, taken as images, where only the sites `given` of each of the first examples are known, over the later half of the sweeps. `NAME_error` beside it is the mean square by which the other sites miss the examples.",
        look!("completion(given: 0..2, rows: 2, columns: 2, count: 2)"),
        completion,
    ),
];

/// Rows and columns, from argument k on, that `pixels` units fill.
fn image(e: &mut Elaborator, a: &Arguments, k: usize, pixels: usize) -> Eval<[usize; 2]> {
    let (rows, columns) = (count(e, a, k, 1, 1)? as usize, count(e, a, k + 1, 1, 1)? as usize);
    if rows.checked_mul(columns) != Some(pixels) {
        let message = format!("{pixels} units do not fill an image of {rows} × {columns}");
        return e.error(codes::SHAPE, a.place(k), message);
    }
    Ok([rows, columns])
}

/// The number of visible units of the machine that is looked at.
fn visible(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval<usize> {
    let m = machine(e, b, a)?;
    Ok(e.elaborated.plan.models[m as usize].variables[0].components())
}

fn fields(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let (name, _, shape) = block(e, b, a)?;
    let [pixels, units] = shape[..] else {
        return e.error(codes::SHAPE, a.place(0), format!("`{name}` is no matrix"));
    };
    let image = image(e, a, 1, pixels)?;
    e.look(Probe::ReceptiveFields { block: name, units, image }, None, a.span, b.name)
}

fn gallery(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let pixels = visible(e, b, a)?;
    let image = image(e, a, 0, pixels)?;
    let (count, sweeps) = (count(e, a, 2, 10, 1)? as usize, count(e, a, 3, 1000, 1)? as usize);
    e.look(Probe::Gallery { count, sweeps, image }, None, a.span, b.name)
}

fn completion(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let pixels = visible(e, b, a)?;
    let image = image(e, a, 1, pixels)?;
    let items = match a.get(0) {
        Value::List(items) => (*items).clone(),
        Value::Range(from, to) => (from..to).map(Value::Int).collect(),
        other => return e.wrong_type(&other, a.place(0), "a list or a range of sites"),
    };
    let mut given = Vec::with_capacity(items.len());
    for item in &items {
        given.push(e.position(item, a.place(0), pixels)? as u32);
    }
    given.sort_unstable();
    given.dedup();
    if given.len() == pixels {
        return e.error(codes::DOMAIN, a.place(0), "all sites are given, and nothing is left to complete");
    }
    let data = e.look_data(a.values.get(3).cloned().flatten(), a.place(3))?;
    let (count, sweeps) = (count(e, a, 4, 10, 1)? as usize, count(e, a, 5, 1000, 1)? as usize);
    e.look(Probe::Completion { given: Arc::new(given), count, sweeps, image }, data, a.span, b.name)
}
