//! What the larger values consist of: declarations, instances, tasks and their quantities.

use super::super::scope::Scope;
use super::Value;
use crate::diagnostic::Span;
use crate::plan::At;
use crate::plan::draw::Distribution;
use crate::results::AxisValues;
use crate::syntax::ast;
use std::rc::Rc;

/// What follows `~`.
#[derive(Clone, Debug)]
pub struct DrawKind {
    pub distribution: Distribution,
    /// Given with `shape: [...]`.
    pub shape: Option<Vec<usize>>,
}

/// Which sites of a lattice are bonded.
#[derive(Clone, Debug, PartialEq)]
pub enum BondRule {
    Nearest(usize),
    Within(f64),
}

pub struct Closure {
    pub name: String,
    pub params: Vec<ast::Parameter>,
    pub requires: Vec<ast::Expr>,
    pub body: ast::Expr,
    pub scope: Rc<Scope>,
}

pub struct ModelDefinition {
    pub name: String,
    pub span: Span,
    pub params: Vec<ast::Parameter>,
    pub body: Vec<ast::ModelEntry>,
    pub scope: Rc<Scope>,
}

pub struct LatticeDefinition {
    pub name: String,
    pub span: Span,
    pub params: Vec<ast::Parameter>,
    pub requires: Vec<ast::Expr>,
    pub settings: Vec<ast::Setting>,
    pub scope: Rc<Scope>,
}

/// A model with its arguments.
pub struct Instance {
    /// An index into the plan's models.
    pub index: u32,
    pub name: String,
    /// What its body defined: parameters, couplings, lets, variables (for replica 0).
    pub scope: Rc<Scope>,
    pub definition: Rc<ModelDefinition>,
    /// Where its weights are: as they begin, or as a training left them.
    pub weights: At,
}

/// What a network says of a data set.
#[derive(Clone, Debug, PartialEq)]
pub enum OfData {
    Loss,
    /// By number and name.
    Metric(u32, Rc<str>),
}

/// A task whose results later expressions may use.
pub struct TaskHandle {
    pub name: String,
    pub axes: Vec<AxisValues>,
    pub quantities: Vec<Quantity>,
    /// The networks and models that a training moved.
    pub subjects: Vec<Value>,
}

impl TaskHandle {
    /// Whether it has a quantity or an axis of this name.
    pub fn has(&self, name: &str) -> bool {
        self.quantities.iter().any(|q| q.name == name) || self.axes.iter().any(|a| a.name == name)
    }

    /// Whether it is a training.
    pub fn trains(&self) -> bool {
        !self.subjects.is_empty()
    }
}

/// A quantity of a task.
pub struct Quantity {
    pub name: String,
    pub shape: Vec<usize>,
    /// Its own named dimensions, besides the axes of the task.
    pub axes: Vec<AxisValues>,
}

/// Named values that belong together.
pub struct Record {
    /// With an article: `a fit`.
    pub what: &'static str,
    pub members: Vec<(String, Value)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum KeepSpec {
    Histogram { bins: usize, low: f64, high: f64 },
}
