//! Learning of weights from data, and looks at the law that they give: a row each, in a file of its theme. See `kernels::machine`.

mod images;
mod law;
mod learning;
mod weights;

use super::{Builtin, Param, Type, may};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::value::Eval;
use crate::plan::landscape::Probe;

macro_rules! look {
    ($quantity:literal) => {
        concat!(
            "use std.boltzmann\nlet stripes = examples([[1, 1, 0, 0], [0, 0, 1, 1]])\n",
            "probe a of rbm(visible: 4, hidden: 3) {\n    data: stripes\n    q = ",
            $quantity,
            "\n}\nshow a.q"
        )
    };
}

use look;

/// The rows of all themes.
pub const THEMES: &[&[Builtin]] = &[learning::ROWS, law::ROWS, weights::ROWS, images::ROWS];

const DATA: Param = may("data", Type::Any, "the task's data");

fn count(e: &mut Elaborator, a: &Arguments, k: usize, default: u64, least: i64) -> Eval<u64> {
    if a.has(k) { super::lists::count(e, a, k, least).map(|n| n as u64) } else { Ok(default) }
}

/// A diagnostic unless a machine is looked at.
fn machine(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval<u32> {
    e.looks_here(b, a)?;
    if let Some(m) = e.looking.as_ref().and_then(|l| l.machine) {
        return Ok(m);
    }
    let d = Diagnostic::error(codes::NOT_HERE, a.span, format!("`{}` is of a model that has `weights`", b.name))
        .help("a Boltzmann machine is one: `ann doc std.boltzmann`");
    Err(e.fail(d))
}

/// A look of the data in argument k.
fn simple(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, k: usize, probe: Probe) -> Eval {
    machine(e, b, a)?;
    let data = e.look_data(a.values.get(k).cloned().flatten(), a.place(k))?;
    e.look(probe, data, a.span, b.name)
}

fn bare(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, probe: Probe) -> Eval {
    machine(e, b, a)?;
    e.look(probe, None, a.span, b.name)
}

/// The array of weights that argument 0 names: its place among the variables and its shape.
fn block(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval<(String, usize, Vec<usize>)> {
    let m = machine(e, b, a)?;
    let name = e.word(a, 0, "")?;
    let model = &e.elaborated.plan.models[m as usize];
    let Some(k) = model.weights.iter().position(|w| w.name == name) else {
        let names: Vec<String> = model.weights.iter().map(|w| w.name.clone()).collect();
        let d = Diagnostic::error(codes::UNDEFINED, a.place(0), format!("`{name}` is not among the weights"))
            .expected(format!("one of {}", crate::elaborate::expression::quoted(&names)));
        return Err(e.fail(d));
    };
    Ok((name, model.weight_offset(k), model.weights[k].shape.clone()))
}
