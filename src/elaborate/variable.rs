//! Variables of models: on which sites they live and which values they take.

use super::Elaborator;
use super::scope::Scope;
use super::value::{Eval, Failed, Kind, Symbolic, Value};
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::plan::network::{Initial, Parameter};
use crate::plan::{Expr, Space, Variable};
use crate::syntax::ast::{self, ExprKind};
use std::rc::Rc;
use std::sync::Arc;

/// The kinds of variables: as they are declared.
pub const KINDS: &[(&str, &str)] = &[
    ("spins", "spins s on GRAPH in {-1, +1}"),
    ("angles", "angles θ on GRAPH"),
    ("vectors", "vectors S on GRAPH in sphere(3)"),
    ("reals", "reals x on GRAPH"),
    ("weights", "weights W[n, m] ~ normal(0, 0.01)"),
];

/// Numbers of all weights of a model.
const MOST_WEIGHTS: usize = 1 << 28;

const MOST_COMPONENTS: i64 = 16;

impl Elaborator<'_> {
    /// `spins s on grid in {-1, +1}`
    pub(super) fn variable(&mut self, v: &ast::Variable, scope: &Rc<Scope>) -> Eval<()> {
        if v.kind.text == "weights" {
            let array = self.weights_array(v, scope);
            let failed = array.is_err();
            self.define(&v.name, array.unwrap_or(Value::Failed), scope);
            return if failed { Err(super::value::Failed) } else { Ok(()) };
        }
        match self.declared(v, scope) {
            Ok(variable) => {
                let whole = variable.values().iter().all(|x| *x == x.trunc()) && !variable.values().is_empty();
                let shape = variable.shape();
                let index = self.variables.len() as u16;
                self.variables.push(variable);
                let value = Value::Symbolic(Rc::new(Symbolic {
                    expr: Expr::Variable { variable: index, replica: 0 },
                    kind: if whole { Kind::Int } else { Kind::Real },
                    shape,
                    axes: vec![],
                    index: None,
                }));
                self.define(&v.name, value, scope);
                Ok(())
            }
            Err(failed) => {
                self.define(&v.name, Value::Failed, scope);
                Err(failed)
            }
        }
    }

    fn declared(&mut self, v: &ast::Variable, scope: &Rc<Scope>) -> Eval<Variable> {
        let kind = v.kind.text.as_str();
        let Some((_, form)) = KINDS.iter().find(|k| k.0 == kind) else {
            let names = KINDS.iter().map(|k| k.0);
            let mut d = Diagnostic::error(codes::BAD_VARIABLE, v.kind.span, format!("`{kind}` is not a kind of variable"))
                .expected("`spins`, `angles`, `vectors`, `reals` or `weights`");
            if let Some(near) = nearest(kind, names) {
                d = d.help(format!("did you mean `{near}`?"));
            }
            return Err(self.fail(d));
        };
        let Some(on) = &v.on else {
            let d = Diagnostic::error(codes::BAD_VARIABLE, v.span, format!("on which sites does `{}` live?", v.name.text))
                .expected(format!("`{}`", named(form, kind, &v.name.text)));
            return Err(self.fail(d));
        };
        let sites = self.eval(on, scope);
        let space = self.space(v, on, scope);
        let (sites, space) = (sites?, space?);
        let (count, graph) = match &sites {
            Value::Graph(_) | Value::Couplings(_) => {
                let g = self.graph_of(&sites).ok_or(Failed)?;
                (self.graph(g).sites() as i64, Some(g))
            }
            Value::Range(0, n) => (*n, None),
            Value::Int(n) => (*n, None),
            other => {
                let d =
                    Diagnostic::error(codes::BAD_VARIABLE, on.span, "a variable lives on a lattice, another graph, or a range")
                        .label(format!("this is {}", other.kind_name()))
                        .expected("`on square(L, L)`, `on J`, or `on 0..n`");
                return Err(self.fail(d));
            }
        };
        let most = i64::from(u32::MAX) / space.components() as i64;
        if !(1..=most).contains(&count) {
            let d = Diagnostic::error(codes::BAD_VARIABLE, on.span, format!("`{}` cannot live on {count} sites", v.name.text))
                .expected("from 1 to 2^32 - 1 sites");
            return Err(self.fail(d));
        }
        if v.initial.is_some() || !v.shape.is_empty() {
            let d = Diagnostic::error(codes::BAD_VARIABLE, v.span, format!("{kind} have neither a shape nor a distribution"))
                .help("the start of a run is its setting `start`");
            return Err(self.fail(d));
        }
        Ok(Variable { name: v.name.text.clone(), sites: count as usize, graph, space })
    }

    /// `weights W[n, m] ~ normal(0, 0.01)`, `weights b[n] = 0`, `weights b[n]`
    fn weights_array(&mut self, v: &ast::Variable, scope: &Rc<Scope>) -> Eval {
        let name = &v.name.text;
        if let Some(e) = v.on.as_ref().or(v.within.as_ref()) {
            let d = Diagnostic::error(codes::BAD_VARIABLE, e.span, "weights have a shape, and live on no sites")
                .expected(format!("`weights {name}[n, m] ~ normal(0, 0.01)`"));
            return Err(self.fail(d));
        }
        if v.shape.is_empty() {
            let d = Diagnostic::error(codes::BAD_VARIABLE, v.span, format!("how many weights are in `{name}`?"))
                .expected(format!("a shape, such as `weights {name}[n, m]`; one weight is `weights {name}[1]`"));
            return Err(self.fail(d));
        }
        let mut shape = Vec::new();
        for e in &v.shape {
            let n = self.eval(e, scope)?;
            let n = self.whole(&n, e.span, "the size of an array of weights")?;
            if n < 1 {
                let d = Diagnostic::error(codes::DOMAIN, e.span, format!("`{name}` has the size {n}")).expected("sizes from 1");
                return Err(self.fail(d));
            }
            shape.push(n as usize);
        }
        let here: usize = self.weights.iter().map(Parameter::size).sum();
        let size = shape.iter().try_fold(1usize, |n, k| n.checked_mul(*k)).and_then(|n| n.checked_add(here));
        if size.is_none_or(|n| n > MOST_WEIGHTS) {
            let message = format!("the weights `{name}` of {} do not fit in memory", super::symbolic::shape_text(&shape));
            return self.error(codes::MEMORY, v.span, message);
        }
        let initial = match &v.initial {
            None => Initial::Constant(0.0),
            Some(e) => match self.eval(e, scope)? {
                Value::Distribution(d) if d.shape.is_none() => {
                    if let Err(reason) = d.distribution.check() {
                        return self.error(codes::DOMAIN, e.span, reason);
                    }
                    Initial::Draw(d.distribution.clone())
                }
                Value::Distribution(_) => {
                    let d = Diagnostic::error(codes::CONFLICT, e.span, format!("`{name}` has its shape before the `~`"));
                    return Err(self.fail(d.help("leave out `shape`")));
                }
                value => self.first_weights(&value, &shape, e)?,
            },
        };
        let index = self.weights.len() as u32;
        self.weights.push(Parameter { name: name.clone(), shape: shape.clone(), initial, unit: None });
        Ok(Value::array(Expr::Weight(index), Kind::Real, shape))
    }

    /// Numbers for weights to begin with: one for all, or an array of their shape.
    fn first_weights(&mut self, value: &Value, shape: &[usize], e: &ast::Expr) -> Eval<Initial> {
        let s = self.lift(value, e.span)?;
        if s.expr.is_deferred() || !s.axes.is_empty() {
            return self.not_known_yet(e.span, "what weights begin with");
        }
        let initial = match &s.expr {
            _ if s.shape.is_empty() && value.number().is_some() => Initial::Constant(value.number().unwrap_or(0.0)),
            Expr::Array(a) if s.shape == shape => Initial::Given(Arc::new(a.data.clone())),
            Expr::Random(d) if s.shape == shape => Initial::Given(Arc::new(d.materialise())),
            _ => {
                let d = Diagnostic::error(codes::SHAPE, e.span, "these numbers do not have the shape of the weights")
                    .label(super::symbolic::shape_text(&s.shape))
                    .expected(format!("one number, a distribution, or {} numbers", super::symbolic::shape_text(shape)));
                return Err(self.fail(d));
            }
        };
        let finite = match &initial {
            Initial::Constant(x) => x.is_finite(),
            Initial::Given(all) => all.iter().all(|x| x.is_finite()),
            _ => true,
        };
        if finite { Ok(initial) } else { self.error(codes::DOMAIN, e.span, "weights begin with finite numbers") }
    }

    /// What follows `in`.
    fn space(&mut self, v: &ast::Variable, on: &ast::Expr, scope: &Rc<Scope>) -> Eval<Space> {
        match (v.kind.text.as_str(), &v.within) {
            ("angles", None) => Ok(Space::Circle),
            ("angles", Some(within)) => {
                let d = Diagnostic::error(codes::BAD_VARIABLE, within.span, "angles run around the whole circle").help(format!(
                    "leave out the `in`; for angles that are whole parts of the circle use `spins {} on {} in 0..8`",
                    v.name.text,
                    self.source_text(on.span)
                ));
                Err(self.fail(d))
            }
            ("reals", None) => Ok(Space::Line { low: f64::NEG_INFINITY, high: f64::INFINITY }),
            ("reals", Some(within)) => self.bounds(within, scope),
            ("vectors", within) => self.sphere(v, within.as_ref(), on, scope),
            (_, Some(within)) => self.finite(within, scope),
            (_, None) => {
                let d = Diagnostic::error(codes::BAD_VARIABLE, v.span, format!("which values can `{}` take?", v.name.text))
                    .expected(format!("`spins {} on {} in {{-1, +1}}`", v.name.text, self.source_text(on.span)));
                Err(self.fail(d))
            }
        }
    }

    fn finite(&mut self, within: &ast::Expr, scope: &Rc<Scope>) -> Eval<Space> {
        let mut values: Vec<f64> = match &self.eval(within, scope)? {
            Value::Set(values) => (**values).clone(),
            Value::Range(a, b) if b.saturating_sub(*a) <= 256 => (*a..*b).map(|i| i as f64).collect(),
            Value::Range(a, b) => {
                let d = Diagnostic::error(codes::BAD_VARIABLE, within.span, "the set of values does not fit")
                    .label(format!("{} different values", b.saturating_sub(*a)))
                    .expected("from 2 to 256 finite numbers");
                return Err(self.fail(d));
            }
            Value::List(items) if items.iter().all(|i| i.number().is_some()) => items.iter().filter_map(Value::number).collect(),
            other => {
                let d = Diagnostic::error(codes::BAD_VARIABLE, within.span, "the values of spins are a set of numbers")
                    .label(format!("this is {}", other.kind_name()))
                    .expected("`{-1, +1}`, `{0, 1}` or `0..q`");
                return Err(self.fail(d));
            }
        };
        values.sort_by(f64::total_cmp);
        values.dedup();
        if values.len() < 2 || values.len() > 256 || values.iter().any(|x| !x.is_finite()) {
            let d = Diagnostic::error(codes::BAD_VARIABLE, within.span, "the set of values does not fit")
                .label(format!("{} different values", values.len()))
                .expected("from 2 to 256 finite numbers");
            return Err(self.fail(d));
        }
        Ok(Space::Finite(values))
    }

    /// `in [-1, 1]`
    fn bounds(&mut self, within: &ast::Expr, scope: &Rc<Scope>) -> Eval<Space> {
        let value = self.eval(within, scope)?;
        let ends: Option<Vec<f64>> = match &value {
            Value::List(items) => items.iter().map(Value::number).collect(),
            _ => None,
        };
        match ends.as_deref() {
            Some(&[low, high]) if low < high => Ok(Space::Line { low, high }),
            _ => {
                let mut d = Diagnostic::error(
                    codes::BAD_VARIABLE,
                    within.span,
                    "the bounds of reals are two numbers, the first below the second",
                )
                .expected("bounds such as `[-1, 1]`");
                if matches!(value, Value::Set(_)) {
                    d = d.help("a set of values is for `spins`; an interval is written with square brackets");
                }
                Err(self.fail(d))
            }
        }
    }

    /// `in sphere(3)`
    fn sphere(&mut self, v: &ast::Variable, within: Option<&ast::Expr>, on: &ast::Expr, scope: &Rc<Scope>) -> Eval<Space> {
        if let Some(within) = within
            && let ExprKind::Call { callee, arguments } = &*within.kind
            && matches!(&*callee.kind, ExprKind::Name(n) if n == "sphere")
            && let [ast::Argument { name: None, value }] = &arguments[..]
        {
            let n = self.eval(value, scope)?;
            let n = self.whole(&n, value.span, "the number of components")?;
            if !(2..=MOST_COMPONENTS).contains(&n) {
                let d = Diagnostic::error(codes::BAD_VARIABLE, value.span, format!("unit vectors cannot have {n} components"))
                    .expected(format!("from 2 to {MOST_COMPONENTS}"))
                    .help("a vector of one component is a spin in {-1, +1}");
                return Err(self.fail(d));
            }
            return Ok(Space::Sphere(n as u32));
        }
        let d = Diagnostic::error(
            codes::BAD_VARIABLE,
            within.map_or(v.span, |w| w.span),
            format!("how many components do the vectors `{}` have?", v.name.text),
        )
        .expected(format!("`vectors {} on {} in sphere(3)`", v.name.text, self.source_text(on.span)));
        Err(self.fail(d))
    }
}

/// A form of declaration with the variable's own name.
fn named(form: &str, kind: &str, name: &str) -> String {
    let rest = form.strip_prefix(kind).unwrap_or(form).trim_start();
    let rest = rest.split_once(' ').map_or("", |r| r.1);
    format!("{kind} {name} {rest}")
}
