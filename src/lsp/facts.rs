//! What is known of the values of a script's names: kind, value, type and shape, in words. Taken from the elaborator's scope.

use crate::elaborate::Elaborator;
use crate::elaborate::scope::Scope;
use crate::elaborate::value::{Value, describe};
use std::collections::BTreeMap;

/// A name's value in words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fact {
    /// `a list`
    pub kind: String,
    /// As it is written, where that says more than its kind.
    pub value: Option<String>,
    /// Sizes, axes, sites: one line each.
    pub notes: Vec<String>,
    /// What can stand behind a point, with a few words on each.
    pub members: Vec<(String, String)>,
    /// Defined in the text, not built in or from a module.
    pub own: bool,
}

pub type Facts = BTreeMap<String, Fact>;

/// The facts of all names of a scope, those of modules among them.
pub fn facts(elaborator: &Elaborator, scope: &Scope) -> Facts {
    let mut all = Facts::new();
    for (name, value) in scope.entries() {
        if !matches!(value, Value::Failed) {
            let own = scope.place(&name).flatten().is_some();
            all.insert(name, Fact { own, ..fact(elaborator, &value) });
        }
    }
    all
}

fn fact(elaborator: &Elaborator, value: &Value) -> Fact {
    let (kind, written) = (value.kind_name(), describe(value));
    let mut fact = Fact { kind: kind.to_string(), ..Fact::default() };
    fact.value = (written != kind).then_some(written);
    fact.members = elaborator.members_of(value).into_iter().map(|m| (m, String::new())).collect();
    match value {
        Value::List(_) => fact.notes.push(format!("shape {}", bracketed(&lengths(value)))),
        Value::Range(a, b) => fact.notes.push(format!("{} values", (b - a).max(0))),
        Value::Symbolic(s) => {
            if !s.shape.is_empty() {
                fact.notes.push(format!("shape {}", bracketed(&s.shape)));
            }
            if !s.axes.is_empty() {
                fact.notes.push(format!("over {}", axes(&s.axes)));
            }
        }
        Value::Graph(g) => graph(elaborator, *g, &mut fact),
        Value::Couplings(c) => {
            if let Some(c) = elaborator.elaborated.plan.couplings.get(*c as usize) {
                graph(elaborator, c.graph, &mut fact);
            }
        }
        Value::Task(t) => {
            if !t.axes.is_empty() {
                fact.notes.push(format!("over {}", axes(&t.axes)));
            }
            let points: usize = t.axes.iter().map(|a| a.coordinates.len()).product();
            fact.notes.push(if points == 1 { "1 point".to_string() } else { format!("{points} points") });
            fact.members = t.axes.iter().map(|a| (a.name.clone(), format!("axis of {} values", a.coordinates.len()))).collect();
            fact.members.extend(t.quantities.iter().map(|q| {
                let mut words =
                    vec![if q.shape.is_empty() { "a number".to_string() } else { format!("shape {}", bracketed(&q.shape)) }];
                let over: Vec<_> = t.axes.iter().chain(&q.axes).cloned().collect();
                if !over.is_empty() {
                    words.push(format!("over {}", axes(&over)));
                }
                (q.name.clone(), words.join(", "))
            }));
        }
        Value::Model(m) => fact.members = inner(elaborator, &m.scope),
        Value::Network(n) => fact.members = inner(elaborator, &n.scope),
        Value::Module(m) => fact.members = m.entries().iter().map(|(n, v)| (n.clone(), v.kind_name().to_string())).collect(),
        Value::Record(r) => fact.members = r.members.iter().map(|(n, v)| (n.clone(), short(elaborator, v))).collect(),
        _ => {}
    }
    fact
}

fn inner(elaborator: &Elaborator, scope: &Scope) -> Vec<(String, String)> {
    scope.entries().iter().map(|(n, v)| (n.clone(), short(elaborator, v))).collect()
}

/// A value in a few words.
fn short(elaborator: &Elaborator, value: &Value) -> String {
    let fact = match value {
        // Their own members are not asked for, so that nothing goes round in a circle.
        Value::Model(_) | Value::Network(_) | Value::Record(_) => Fact { kind: value.kind_name().to_string(), ..Fact::default() },
        _ => fact(elaborator, value),
    };
    fact.line()
}

fn graph(elaborator: &Elaborator, index: u32, fact: &mut Fact) {
    if let Some(graph) = elaborator.elaborated.plan.graphs.get(index as usize) {
        fact.value = Some(graph.describe());
        fact.notes.push(format!("{} sites, {} bonds", graph.sites(), graph.bond_count()));
    }
}

impl Fact {
    /// Everything in one line.
    pub fn line(&self) -> String {
        let mut parts = vec![self.kind.clone()];
        parts.extend(self.value.clone());
        parts.extend(self.notes.iter().cloned());
        parts.join(", ")
    }
}

fn axes(axes: &[crate::results::AxisValues]) -> String {
    axes.iter().map(|a| format!("{} ({})", a.name, a.coordinates.len())).collect::<Vec<_>>().join(", ")
}

fn bracketed(shape: &[usize]) -> String {
    format!("[{}]", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", "))
}

/// The lengths of nested lists.
fn lengths(value: &Value) -> Vec<usize> {
    match value {
        Value::List(items) => std::iter::once(items.len()).chain(items.first().into_iter().flat_map(lengths)).collect(),
        _ => Vec::new(),
    }
}
