//! The values that names stand for while a script is elaborated.

mod things;
mod words;

pub use things::*;
pub use words::{describe, fingerprint, format_real};

use super::builtins::Builtin;
use super::network::{Initialiser, NetworkDefinition, NetworkInstance};
use super::scope::Scope;
use crate::plan::landscape::Directions;
use crate::plan::training::{LearningRule, Optimising};
use crate::plan::{Expr, Method, Schedule};
use crate::results::AxisValues;
use std::rc::Rc;

/// A diagnostic has been given; whatever needs this value is silent about it.
#[derive(Clone, Copy, Debug)]
pub struct Failed;

pub type Eval<T = Value> = Result<T, Failed>;

#[derive(Clone)]
pub enum Value {
    Int(i64),
    Real(f64),
    Bool(bool),
    Text(Rc<str>),
    List(Rc<Vec<Value>>),
    /// `start..end`, the end not included.
    Range(i64, i64),
    /// Values of a spin, ascending, each once.
    Set(Rc<Vec<f64>>),
    /// A value that depends on a state, on averages, on a bound index, or on results; or a large array.
    Symbolic(Rc<Symbolic>),
    /// A bare name given where an axis is expected.
    Axis(Rc<str>),
    Function(Rc<Closure>),
    Builtin(&'static Builtin),
    Distribution(Rc<DrawKind>),
    Method(Method),
    /// Temperatures to begin with, that a run is to place.
    Adaptive(Rc<Vec<f64>>),
    Schedule(Rc<Schedule>),
    /// An index into the plan's graphs.
    Graph(u32),
    /// An index into the plan's couplings.
    Couplings(u32),
    /// Which sites of a lattice are bonded.
    Bonds(BondRule),
    /// The neighbours of a site of a graph.
    Neighbours(u32, Rc<Expr>),
    ModelKind(Rc<ModelDefinition>),
    LatticeKind(Rc<LatticeDefinition>),
    Model(Rc<Instance>),
    NetworkKind(Rc<NetworkDefinition>),
    Network(Rc<NetworkInstance>),
    /// The loss or a metric of a network: called with a data set.
    OfData(OfData),
    Initialiser(Initialiser),
    Optimiser(Rc<Optimising>),
    /// Where the gradient of a machine comes from.
    Learning(Rc<LearningRule>),
    /// Directions in the space of the variables.
    Directions(Rc<Directions>),
    Task(Rc<TaskHandle>),
    /// A task at some of its coordinates: (axis, position).
    TaskAt(Rc<TaskHandle>, Rc<Vec<(String, usize)>>),
    Data(Rc<crate::plan::data::DataSet>),
    Module(Rc<Scope>),
    /// What `keep` understands.
    Keep(Rc<KeepSpec>),
    /// Named values that belong together: a fit, a collapse.
    Record(Rc<Record>),
    /// A starting state.
    Start(Rc<crate::plan::Start>),
    /// The energy of a model that has none.
    NoEnergy,
    /// Its definition failed.
    Failed,
}

/// An expression of the plan with what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbolic {
    pub expr: Expr,
    pub kind: Kind,
    /// Sizes of the directions without names.
    pub shape: Vec<usize>,
    /// Axes of tasks that the value runs over.
    pub axes: Vec<AxisValues>,
    /// For an index: the set it runs over.
    pub index: Option<IndexSet>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Int,
    Real,
}

/// Where a bound index comes from, so that `s[i]` can be checked.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexSet {
    pub start: i64,
    pub end: i64,
    /// The graph whose sites these are.
    pub graph: Option<u32>,
    /// The binder of a bond, and which end this is (0 or 1).
    pub bond: Option<(u32, u8)>,
}

impl Value {
    pub fn text(s: &str) -> Value {
        Value::Text(Rc::from(s))
    }

    pub fn list(values: Vec<Value>) -> Value {
        Value::List(Rc::new(values))
    }

    pub fn reals(values: impl IntoIterator<Item = f64>) -> Value {
        Value::list(values.into_iter().map(Value::Real).collect())
    }

    pub fn symbolic(expr: Expr, kind: Kind) -> Value {
        Value::Symbolic(Rc::new(Symbolic { expr, kind, shape: vec![], axes: vec![], index: None }))
    }

    pub fn array(expr: Expr, kind: Kind, shape: Vec<usize>) -> Value {
        Value::Symbolic(Rc::new(Symbolic { expr, kind, shape, axes: vec![], index: None }))
    }

    /// What it is, for a message: `a number`, `a list`.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Value::Int(_) => "a whole number",
            Value::Real(_) => "a real number",
            Value::Bool(_) => "a truth value",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Range(..) => "a range",
            Value::Set(_) => "a set",
            Value::Symbolic(s) if !s.axes.is_empty() || s.expr.is_deferred() => "a result",
            Value::Symbolic(s) if !s.shape.is_empty() => "an array",
            Value::Symbolic(s) if s.index.is_some() => "an index",
            Value::Symbolic(s) if s.kind == Kind::Bool => "a truth value that depends on the state",
            Value::Symbolic(_) => "a number that depends on the state",
            Value::Axis(_) => "the name of an axis",
            Value::Function(_) | Value::Builtin(_) => "a function",
            Value::Distribution(_) => "a distribution",
            Value::Method(_) => "a method",
            Value::Adaptive(_) => "a placement of temperatures",
            Value::Schedule(_) => "a schedule",
            Value::Graph(_) => "a lattice",
            Value::Couplings(_) => "couplings",
            Value::Bonds(_) => "a rule for bonds",
            Value::Neighbours(..) => "the neighbours of a site",
            Value::ModelKind(_) => "a model without its arguments",
            Value::LatticeKind(_) => "a lattice without its arguments",
            Value::Model(_) => "a model",
            Value::NetworkKind(_) => "a network without its arguments",
            Value::Network(_) => "a network",
            Value::OfData(OfData::Loss) => "the loss of a network",
            Value::OfData(_) => "a metric of a network",
            Value::Initialiser(_) => "an initialiser",
            Value::Optimiser(_) => "an optimiser",
            Value::Learning(_) => "a way to learn from data",
            Value::Directions(_) => "directions",
            Value::Task(_) | Value::TaskAt(..) => "a task",
            Value::Data(_) => "a data set",
            Value::Module(_) => "a module",
            Value::Keep(_) => "a way to keep data",
            Value::Record(r) => r.what,
            Value::Start(_) => "a starting state",
            Value::NoEnergy => "the energy of a model that has none",
            Value::Failed => "a value that failed",
        }
    }

    /// The number, where it is known now.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Int(i) => Some(*i as f64),
            Value::Real(x) => Some(*x),
            Value::Symbolic(s) if s.shape.is_empty() => closed(&s.expr),
            _ => None,
        }
    }

    /// The whole number, where it is one and is known now. A real number without a fraction counts.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Value::Int(i) => Some(*i),
            _ => self.number().filter(|x| *x == x.trunc() && x.abs() < 9.0e15).map(|x| x as i64),
        }
    }

    pub fn is_numeric(&self) -> bool {
        match self {
            Value::Int(_) | Value::Real(_) | Value::Bool(_) | Value::Symbolic(_) | Value::Range(..) => true,
            Value::List(items) => items.iter().all(Value::is_numeric),
            _ => false,
        }
    }
}

/// The value of an expression that needs nothing but the coordinates of its point.
pub fn closed(expr: &Expr) -> Option<f64> {
    Some(match expr {
        Expr::Number(x) => *x,
        Expr::Coordinate { value, .. } => *value,
        Expr::Unary(f, x) => f.apply(closed(x)?),
        Expr::Binary(op, a, b) => op.apply(closed(a)?, closed(b)?),
        Expr::If(c, a, b) => {
            if closed(c)? != 0.0 {
                closed(a)?
            } else {
                closed(b)?
            }
        }
        _ => return None,
    })
}
