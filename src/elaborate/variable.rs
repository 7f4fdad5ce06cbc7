//! Variables of models: on which sites they live and which values they take.

use super::Elaborator;
use super::scope::Scope;
use super::value::{Eval, Failed, Kind, Symbolic, Value};
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::plan::{Expr, Space, Variable};
use crate::syntax::ast::{self, ExprKind};
use std::rc::Rc;

/// The kinds of variables: as they are declared.
pub const KINDS: &[(&str, &str)] = &[
    ("spins", "spins s on GRAPH in {-1, +1}"),
    ("angles", "angles θ on GRAPH"),
    ("vectors", "vectors S on GRAPH in sphere(3)"),
    ("reals", "reals x on GRAPH"),
];

const MOST_COMPONENTS: i64 = 16;

impl Elaborator<'_> {
    /// `spins s on grid in {-1, +1}`
    pub(super) fn variable(&mut self, v: &ast::Variable, scope: &Rc<Scope>) -> Eval<()> {
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
                .expected("`spins`, `angles`, `vectors` or `reals`");
            if kind == "weights" {
                d = Diagnostic::error(codes::BAD_VARIABLE, v.kind.span, "this version of Ann has no `weights`")
                    .expected("`spins`, `angles`, `vectors` or `reals`");
            } else if let Some(near) = nearest(kind, names) {
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
