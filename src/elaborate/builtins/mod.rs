//! The built-in names: one row each. Checking, `ann doc`, completion and the reference are read off these tables.

pub mod analysis;
pub mod data;
pub mod exact;
pub mod graphs;
pub mod landscape;
pub mod layers;
pub mod lists;
pub mod machines;
pub mod math;
pub mod memory;
pub mod methods;
pub mod observables;
pub mod optimisers;
pub mod random;
pub mod schedules;
pub mod transforms;

use super::Elaborator;
use super::arguments::Arguments;
use super::scope::Scope;
use super::value::{Eval, Value};
use crate::plan::Function;
use std::rc::Rc;

/// A built-in function.
pub struct Builtin {
    pub name: &'static str,
    /// Other names of the same.
    pub aliases: &'static [&'static str],
    pub group: Group,
    pub params: &'static [Param],
    /// Takes any number of arguments, all by position.
    pub variadic: bool,
    /// What it gives, in words.
    pub gives: &'static str,
    pub doc: &'static str,
    /// Runs as a script.
    pub example: &'static str,
    /// The elementary function that it applies, where it is one.
    pub function: Option<Function>,
    pub run: fn(&mut Elaborator, &'static Builtin, &Arguments) -> Eval,
}

pub struct Param {
    pub name: &'static str,
    pub ty: Type,
    /// As it is written; `None`: must be given.
    pub default: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Int,
    Real,
    /// A number, a list, an array or a result.
    Numeric,
    Bool,
    Text,
    List,
    Function,
    Graph,
    Data,
    Result,
    Axis,
    /// A word, written bare or as a text.
    Word,
    /// A point in the space of the variables, or a list of them: `zeros` and `initial` are words.
    Point,
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Math,
    Lists,
    Random,
    Graphs,
    Data,
    Schedules,
    Methods,
    Observables,
    Layers,
    Optimisers,
    Landscape,
    Machines,
    Analysis,
    Exact,
}

/// A built-in constant or word.
pub struct Constant {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub group: Group,
    pub doc: &'static str,
    pub value: fn() -> Value,
}

impl Type {
    pub fn name(self) -> &'static str {
        match self {
            Type::Int => "Int",
            Type::Real => "Real",
            Type::Numeric => "Numeric",
            Type::Bool => "Bool",
            Type::Text => "Text",
            Type::List => "List",
            Type::Function => "Function",
            Type::Graph => "Graph",
            Type::Data => "Data",
            Type::Result => "Result",
            Type::Axis => "Axis",
            Type::Word => "Word",
            Type::Point | Type::Any => "Any",
        }
    }
}

impl Group {
    pub fn title(self) -> &'static str {
        match self {
            Group::Math => "Mathematics",
            Group::Lists => "Lists and arrays",
            Group::Random => "Random draws",
            Group::Graphs => "Graphs and lattices",
            Group::Data => "Data sets",
            Group::Schedules => "Schedules",
            Group::Methods => "Methods and starting states",
            Group::Observables => "Measurements of states",
            Group::Layers => "Layers of networks",
            Group::Optimisers => "Optimisers",
            Group::Landscape => "Landscapes",
            Group::Machines => "Learning of weights",
            Group::Analysis => "Analysis of results",
            Group::Exact => "Exact results",
        }
    }
}

impl Builtin {
    /// `linspace(first: Real, last: Real, count: Int)`
    pub fn signature(&self) -> String {
        if self.variadic {
            return format!("{}(...)", self.name);
        }
        let params: Vec<String> = self
            .params
            .iter()
            .map(|p| match p.default {
                Some(d) => format!("{}: {} = {d}", p.name, p.ty.name()),
                None => format!("{}: {}", p.name, p.ty.name()),
            })
            .collect();
        format!("{}({})", self.name, params.join(", "))
    }

    /// How it is called with what must be given: `linspace(first, last, count)`
    pub fn call(&self) -> String {
        let given: Vec<&str> = self.params.iter().filter(|p| p.default.is_none()).map(|p| p.name).collect();
        format!("{}({})", self.name, if self.variadic { "...".to_string() } else { given.join(", ") })
    }
}

/// A parameter that must be given.
pub(crate) const fn need(name: &'static str, ty: Type) -> Param {
    Param { name, ty, default: None }
}

/// A parameter with a default.
pub(crate) const fn may(name: &'static str, ty: Type, default: &'static str) -> Param {
    Param { name, ty, default: Some(default) }
}

/// A row with the fields that most rows share.
pub(crate) const fn row(
    group: Group,
    name: &'static str,
    params: &'static [Param],
    gives: &'static str,
    doc: &'static str,
    example: &'static str,
    run: fn(&mut Elaborator, &'static Builtin, &Arguments) -> Eval,
) -> Builtin {
    Builtin { name, aliases: &[], group, params, variadic: false, gives, doc, example, function: None, run }
}

/// Every built-in function, group by group.
pub fn functions() -> impl Iterator<Item = &'static Builtin> {
    [
        math::ROWS,
        lists::ROWS,
        random::ROWS,
        graphs::ROWS,
        memory::ROWS,
        transforms::ROWS,
        schedules::ROWS,
        methods::ROWS,
        observables::ROWS,
        analysis::ROWS,
        exact::ROWS,
        optimisers::ROWS,
    ]
    .into_iter()
    .flatten()
    .chain(
        analysis::THEMES
            .iter()
            .chain(landscape::THEMES)
            .chain(machines::THEMES)
            .chain(layers::THEMES)
            .chain(data::ROWS)
            .copied()
            .flatten(),
    )
}

/// Every built-in constant and word.
pub fn constants() -> impl Iterator<Item = &'static Constant> {
    [math::CONSTANTS, graphs::CONSTANTS, methods::CONSTANTS, layers::CONSTANTS].into_iter().flatten()
}

/// The scope that lies under every script.
pub fn root_scope() -> Rc<Scope> {
    let scope = Scope::default();
    for f in functions() {
        for name in std::iter::once(&f.name).chain(f.aliases) {
            scope.define(name, methods::default(f.name).map_or(Value::Builtin(f), Value::Method), None);
        }
    }
    for c in constants() {
        for name in std::iter::once(&c.name).chain(c.aliases) {
            scope.define(name, (c.value)(), None);
        }
    }
    Rc::new(scope)
}
