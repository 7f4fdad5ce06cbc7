//! What can be asked of a graph: a row a member, in a file of its theme.

mod bonds;
mod sites;
mod whole;

use super::Elaborator;
use super::call::Slot;
use super::scope::Scope;
use super::value::{Eval, Kind, Value};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::Expr;
use crate::plan::expr::Array;
use crate::plan::graph::Graph;
use crate::syntax::ast::{self, Argument};
use std::rc::Rc;
use std::sync::Arc;

/// What stands after the point of a graph.
pub struct Member {
    pub name: &'static str,
    /// The names of its arguments; none where it stands without parentheses.
    pub slots: Option<&'static [&'static str]>,
    /// What it gives, in words.
    pub gives: &'static str,
    /// Nothing where a graph of this kind has no such member.
    run: fn(&mut Elaborator, &Question) -> Eval<Option<Value>>,
}

/// Every member, in the order of the reference.
pub const MEMBERS: &[Member] = &[
    whole::SITES,
    whole::BONDS,
    whole::SIZE,
    whole::DIMENSION,
    whole::NAME,
    whole::LINEAR,
    whole::SHELL,
    sites::NEIGHBOURS,
    sites::CELL,
    sites::SUBLATTICE,
    sites::SHIFT,
    sites::DISTANCE,
    bonds::DIRECTION,
    bonds::DIRECTIONS,
    sites::COORDINATES,
    whole::PLAQUETTES,
    whole::TRIANGLES,
];

/// A graph and what is asked of it.
struct Question {
    graph: u32,
    values: Vec<(Value, Span)>,
    name: &'static str,
    /// Where the name stands, and the whole.
    name_span: Span,
    span: Span,
}

impl Question {
    /// The number of directions of the lattice, or a diagnostic where the graph is none.
    fn dimension(&self, e: &mut Elaborator) -> Eval<usize> {
        match e.graph(self.graph) {
            Graph::Lattice(lattice) => Ok(lattice.dimension()),
            _ => {
                let message = format!("`{}` needs a lattice; this graph has no cells", self.name);
                e.error(codes::TYPE, self.name_span, message)
            }
        }
    }

    /// Argument k as a site.
    fn site(&self, e: &mut Elaborator, k: usize) -> Eval<Expr> {
        let (value, span) = &self.values[k];
        e.site_expr(value, self.graph, *span)
    }
}

impl Elaborator<'_> {
    /// `grid.name`
    pub(crate) fn graph_member(&mut self, graph: u32, name: &str, span: Span) -> Eval<Option<Value>> {
        let Some(member) = MEMBERS.iter().find(|m| m.name == name) else { return Ok(None) };
        if member.slots.is_some() {
            let d = Diagnostic::error(codes::ARGUMENTS, span, format!("`{name}` needs parentheses"))
                .expected(member.gives.to_string());
            return Err(self.fail(d));
        }
        (member.run)(self, &Question { graph, values: vec![], name: member.name, name_span: span, span })
    }

    /// `grid.name(arguments)`
    pub(super) fn graph_method(
        &mut self,
        graph: u32,
        name: &ast::Name,
        arguments: &[Argument],
        span: Span,
        scope: &Rc<Scope>,
    ) -> Eval<Option<Value>> {
        let Some(member) = MEMBERS.iter().find(|m| m.name == name.text) else { return Ok(None) };
        let Some(slots) = member.slots else { return Ok(None) };
        let table: Vec<Slot> = slots.iter().map(|s| Slot { name: s, optional: false }).collect();
        let signature = format!("{}({})", name.text, slots.join(", "));
        let order = self.assign(&name.text, &signature, &table, arguments, span)?;
        let mut values = Vec::new();
        for k in order.into_iter().flatten() {
            values.push((self.eval(&arguments[k].value, scope)?, arguments[k].value.span));
        }
        (member.run)(self, &Question { graph, values, name: member.name, name_span: name.span, span })
    }
}

/// Numbers in a shape.
fn constant(shape: Vec<usize>, data: Vec<f64>, kind: Kind) -> Value {
    Value::array(Expr::Array(Arc::new(Array { shape: shape.clone(), data })), kind, shape)
}
