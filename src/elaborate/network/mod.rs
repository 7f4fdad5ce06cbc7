//! Networks: declarations checked, and instances with their arguments filled in. Layers are rows of `builtins::layers`; what they
//! share is in [`nodes`].

mod initial;
mod nodes;

pub use initial::Initialiser;
pub(crate) use nodes::bracketed;

use super::scope::Scope;
use super::symbolic::shape_text;
use super::value::{Eval, Failed, Kind, OfData, Symbolic, Value, describe, fingerprint};
use super::{Elaborator, Stage};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::network::{Compute, Input, Network, Node};
use crate::plan::{Expr, Layer};
use crate::syntax::ast::{self, ExprKind, NetworkEntry};
use std::rc::Rc;

/// A network without its arguments.
pub struct NetworkDefinition {
    pub name: String,
    pub span: Span,
    pub params: Vec<ast::Parameter>,
    pub requires: Vec<ast::Expr>,
    pub body: Vec<NetworkEntry>,
    pub scope: Rc<Scope>,
}

/// A network with its arguments.
pub struct NetworkInstance {
    /// An index into the plan's networks.
    pub index: u32,
    pub name: String,
    /// Its parameters, bindings, loss and metrics.
    pub scope: Rc<Scope>,
}

/// The network that is being built.
pub struct Building {
    pub network: Network,
    /// The names of the bindings that are being evaluated, the outermost first.
    pub path: Vec<String>,
}

impl Elaborator<'_> {
    /// What can be said of a network without its arguments.
    pub(crate) fn check_network(&mut self, n: &Rc<NetworkDefinition>) -> bool {
        let before = self.diagnostics.len();
        let losses: Vec<Span> =
            n.body.iter().filter_map(|e| if let NetworkEntry::Loss { span, .. } = e { Some(*span) } else { None }).collect();
        if losses.is_empty() {
            let d = Diagnostic::error(codes::NO_ENERGY, n.span, format!("the network `{}` has no loss", n.name))
                .label("this network")
                .expected("an entry such as `loss = cross_entropy(y, label)`");
            self.fail(d);
        }
        if let [first, second, ..] = losses[..] {
            let d = Diagnostic::error(codes::DUPLICATE, second, "a network has one loss")
                .related(first, "the first one")
                .help("add the terms in one expression");
            self.fail(d);
        }
        if !n.body.iter().any(|e| matches!(e, NetworkEntry::Input { .. })) {
            let d = Diagnostic::error(codes::BAD_VARIABLE, n.span, format!("the network `{}` has no input", n.name))
                .expected("an entry such as `input x: [64], label: class(10)`");
            self.fail(d);
        }
        self.check_network_names(n);
        self.diagnostics.len() == before
    }

    /// A network with its arguments. Equal arguments give the same instance.
    pub(crate) fn build_network(
        &mut self,
        n: &Rc<NetworkDefinition>,
        values: Vec<Option<Value>>,
        span: Span,
    ) -> Eval<Rc<NetworkInstance>> {
        if self.network.is_some() {
            let message = format!("the network `{}` stands inside another", n.name);
            let d = Diagnostic::error(codes::NOT_HERE, span, message)
                .help("write what both share as a function of layers: `fn block(x, width) = relu(dense(x, width))`");
            return Err(self.fail(d));
        }
        let mut key = format!("{:p}", Rc::as_ptr(n));
        for v in &values {
            key.push(';');
            if let Some(v) = v {
                fingerprint(v, &mut key);
            }
        }
        if let Some(known) = self.networks.get(&key) {
            return Ok(known.clone());
        }
        let saved = (self.stage, self.next_local, self.filters, std::mem::take(&mut self.ranges));
        let caller = self.caller;
        if self.is_library(n.span.source) && caller.is_none() {
            self.caller = Some(span);
        }
        (self.stage, self.next_local, self.filters) = (Stage::Plain, 0, 0);
        self.calls.push(span);
        let result = self.deeper(span, |e| {
            let scope = e.parameter_scope(&n.name, &n.params, &n.requires, values, &n.scope, span)?;
            e.network = Some(Building { network: Network::default(), path: vec![] });
            let built = e.network_body(n, &scope, span);
            e.network = None;
            built
        });
        self.calls.pop();
        self.caller = caller;
        (self.stage, self.next_local, self.filters, self.ranges) = saved;
        if let Ok(instance) = &result {
            self.networks.insert(key, instance.clone());
        }
        result
    }

    fn network_body(&mut self, n: &Rc<NetworkDefinition>, scope: &Rc<Scope>, span: Span) -> Eval<Rc<NetworkInstance>> {
        let arguments: Vec<String> = n
            .params
            .iter()
            .filter_map(|p| scope.own(&p.name.text).map(|v| format!("{} = {}", p.name.text, describe(&v))))
            .collect();
        let name = format!("{}({})", n.name, arguments.join(", "));
        let body = Scope::inside(scope);
        let mut failed = false;
        let mut loss = None;
        let mut metrics = Vec::new();
        for entry in &n.body {
            match entry {
                NetworkEntry::Requires(condition) => self.require(&n.name, condition, &body, span)?,
                NetworkEntry::Input { name, value, .. } => {
                    if self.input(name, value, &body).is_err() {
                        failed = true;
                        body.define(&name.text, Value::Failed, Some(name.span));
                    }
                }
                NetworkEntry::Let(l) => failed |= matches!(self.let_in(l, &body), Value::Failed),
                NetworkEntry::Bind { name, value } => {
                    let made = self.bound_node(name, value, &body);
                    failed |= made.is_err();
                    self.define(name, made.unwrap_or(Value::Failed), &body);
                }
                NetworkEntry::Loss { value, .. } => match self.number_node("loss", value, &body) {
                    Ok(node) => loss = Some(node),
                    Err(_) => failed = true,
                },
                NetworkEntry::Metric { name, value, .. } => match self.number_node(&name.text, value, &body) {
                    Ok(node) => metrics.push((name.clone(), node)),
                    Err(_) => failed = true,
                },
            }
        }
        let (Some(loss), false) = (loss, failed) else { return Err(Failed) };
        let Some(building) = self.network.take() else { return Err(Failed) };
        let mut network = Network { name: name.clone(), loss, ..building.network };
        if network.parameters.is_empty() {
            let d = Diagnostic::error(codes::BAD_VARIABLE, n.span, format!("the network `{}` has no weights", n.name))
                .help("use a layer that has some, such as `dense(x, 10)`");
            return Err(self.fail(d));
        }
        let members = Scope::inside(&body);
        members.define("loss", Value::OfData(OfData::Loss), None);
        for (k, (metric, node)) in metrics.into_iter().enumerate() {
            members.define(&metric.text, Value::OfData(OfData::Metric(k as u32, Rc::from(metric.text.as_str()))), None);
            network.metrics.push((metric.text, node));
        }
        for (n, v) in scope.entries().into_iter().chain(body.entries()) {
            if members.own(&n).is_none() {
                members.define(&n, v, None);
            }
        }
        let networks = &mut self.elaborated.plan.networks;
        networks.push(network);
        Ok(Rc::new(NetworkInstance { index: networks.len() as u32 - 1, name, scope: members }))
    }

    /// `input x: [64]`, `label: class(10)`
    fn input(&mut self, name: &ast::Name, value: &ast::Expr, scope: &Rc<Scope>) -> Eval<()> {
        let of_class = match &*value.kind {
            ExprKind::Call { callee, arguments } => match (&*callee.kind, &arguments[..]) {
                (ExprKind::Name(f), [only]) if f == "class" => Some(&only.value),
                _ => None,
            },
            _ => None,
        };
        let mut input = Input { name: name.text.clone(), shape: vec![], classes: None };
        let mut kind = Kind::Real;
        if let Some(count) = of_class {
            let n = self.eval(count, scope)?;
            let n = self.whole(&n, count.span, "the number of classes")?;
            if !(2..=1 << 20).contains(&n) {
                let d = Diagnostic::error(codes::DOMAIN, count.span, format!("{n} classes")).expected("a whole number from 2");
                return Err(self.fail(d));
            }
            (input.classes, kind) = (Some(n as usize), Kind::Int);
        } else {
            let list = self.eval(value, scope)?;
            input.shape = self.sizes(&list, value.span, "the shape of an input")?;
        }
        let (shape, number) = (input.shape.clone(), self.building()?.inputs.len() as u32);
        self.building()?.inputs.push(input);
        let node = self.push_node(Node {
            name: Some(name.text.clone()),
            value: Compute::Input(number),
            shape: shape.clone(),
            batched: true,
        })?;
        let s = Symbolic { expr: Expr::Node(node), kind, shape, axes: vec![], index: None };
        self.define(name, Value::Symbolic(Rc::new(s)), scope);
        Ok(())
    }

    /// `h = relu(dense(x, 256))`: layers inside are named after the binding.
    fn bound_node(&mut self, name: &ast::Name, value: &ast::Expr, scope: &Rc<Scope>) -> Eval {
        let value = self.named(&name.text, |e| e.eval(value, scope))?;
        if let Value::Symbolic(s) = &value
            && let Expr::Node(k) = s.expr
            && let Some(node) = self.building()?.nodes.get_mut(k as usize)
            && node.name.is_none()
        {
            node.name = Some(name.text.clone());
        }
        Ok(value)
    }

    /// Evaluates under the name of a binding; what depends on the inputs or the weights becomes a node, so that its further uses share it.
    pub(crate) fn named(&mut self, name: &str, value: impl FnOnce(&mut Self) -> Eval) -> Eval {
        let Some(building) = &mut self.network else { return value(self) };
        building.path.push(name.to_string());
        let result = value(self);
        if let Some(building) = &mut self.network {
            building.path.pop();
        }
        match result? {
            Value::Symbolic(s) if s.expr.contains(&|e| matches!(e, Expr::Node(_))) => {
                let node = self.node_of(&s)?;
                Ok(Value::Symbolic(Rc::new(Symbolic { expr: Expr::Node(node), ..(*s).clone() })))
            }
            other => Ok(other),
        }
    }

    /// The loss or a metric: one number for a batch.
    fn number_node(&mut self, what: &str, value: &ast::Expr, scope: &Rc<Scope>) -> Eval<u32> {
        let v = self.named(what, |e| e.eval(value, scope))?;
        let s = self.lift(&v, value.span)?;
        if !s.shape.is_empty() {
            let d = Diagnostic::error(codes::NOT_SCALAR, value.span, format!("`{what}` must be one number for a batch"))
                .label(format!("this has {} an example", shape_text(&s.shape)))
                .help("take the mean: `mean(...)`");
            return Err(self.fail(d));
        }
        if !s.expr.contains(&|e| matches!(e, Expr::Node(_))) {
            let d = Diagnostic::error(codes::NOT_SCALAR, value.span, format!("`{what}` does not depend on the network"))
                .expected("a function of its layers, such as `cross_entropy(y, label)`");
            return Err(self.fail(d));
        }
        if self.is_batched(&s.expr) {
            let d = Diagnostic::error(codes::NOT_SCALAR, value.span, format!("`{what}` must be one number for a batch"))
                .label("this has a value for each example")
                .help("take the mean over the examples: `mean(...)`");
            return Err(self.fail(d));
        }
        self.node_of(&s)
    }

    /// Whole numbers of a list, or one: a shape.
    pub(crate) fn sizes(&mut self, value: &Value, span: Span, what: &str) -> Eval<Vec<usize>> {
        let items = match value {
            Value::List(items) => (**items).clone(),
            Value::Int(_) => vec![value.clone()],
            other => return self.wrong_type(other, span, "a shape, such as `[64]` or `[3, 32, 32]`,"),
        };
        let mut out = Vec::new();
        for item in &items {
            let n = self.whole(item, span, what)?;
            if !(1..=1 << 24).contains(&n) {
                let d = Diagnostic::error(codes::DOMAIN, span, format!("{what} has the size {n}")).expected("sizes from 1");
                return Err(self.fail(d));
            }
            out.push(n as usize);
        }
        Ok(out)
    }

    /// `h.weight`: an array of weights, by the name of the binding of its layer.
    pub(crate) fn weights_of(&mut self, node: u32, member: &str) -> Option<Value> {
        let network = match &self.network {
            Some(b) => &b.network,
            None => self.elaborated.plan.networks.get(self.looking.as_ref()?.network? as usize)?,
        };
        let owner = network.nodes.get(node as usize)?.name.as_ref()?;
        let wanted = format!("{owner}.{member}");
        let k = network.parameters.iter().position(|p| p.name == wanted)?;
        let at = network.nodes.iter().position(|n| n.value == Compute::Parameter(k as u32))?;
        let shape = network.parameters[k].shape.clone();
        Some(Value::array(Expr::Node(at as u32), Kind::Real, shape))
    }

    /// A layer as a value.
    pub(crate) fn layer(&mut self, layer: Layer, args: Vec<u32>, shape: Vec<usize>, kind: Kind) -> Eval {
        let batched = match &layer {
            Layer::Loss(_) => false,
            _ => args.iter().any(|a| self.building().is_ok_and(|n| n.nodes[*a as usize].batched)),
        };
        let node = self.push_node(Node { name: None, value: Compute::Layer(layer, args), shape: shape.clone(), batched })?;
        Ok(Value::array(Expr::Node(node), kind, shape))
    }
}
