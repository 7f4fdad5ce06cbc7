//! Named quantities that look at a landscape: the entries of `observe` in a probe and of `record` in a training.

use super::super::Elaborator;
use super::super::scope::Scope;
use super::super::symbolic::shape_text;
use super::super::value::{Eval, Failed, OfData, Symbolic, Value};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::Expr;
use crate::plan::landscape::{LookColumn, Probe, Subject};
use crate::results::AxisValues;
use crate::syntax::ast;
use std::rc::Rc;

impl Elaborator<'_> {
    /// What entries may speak of: the task's names, the network's members, `energy` of a model.
    pub(super) fn looking_scope(&self, scope: &Rc<Scope>, value: &Value) -> Rc<Scope> {
        let members = match value {
            Value::Network(n) => n.scope.clone(),
            Value::Model(m) => m.scope.clone(),
            _ => Rc::new(Scope::default()),
        };
        let inner = Scope::inside_with(scope, members);
        match value {
            Value::Network(n) => {
                for (name, v) in n.scope.entries() {
                    if matches!(v, Value::OfData(_)) {
                        inner.define(&name, v, None);
                    }
                }
            }
            // Weights have no loss of their own: what is looked at is the law that they give.
            _ if self.looking.as_ref().is_some_and(|l| l.machine.is_some()) => {
                if let Some(k) = self.looking.as_ref().and_then(|l| l.data) {
                    inner.define("data", Value::Data(Rc::new(self.elaborated.plan.data[k as usize].clone())), None);
                }
            }
            _ => ["loss", "energy"].iter().for_each(|name| inner.define(name, Value::OfData(OfData::Loss), None)),
        }
        inner
    }

    /// The columns of some entries; `taken`: names of quantities that are there, `axes`: of the task.
    pub(super) fn look_columns(
        &mut self,
        entries: &[ast::BlockEntry],
        scope: &Rc<Scope>,
        axes: &[AxisValues],
        taken: &mut Vec<String>,
    ) -> Eval<Vec<LookColumn>> {
        let inner = Scope::inside(scope);
        let mut out = Vec::new();
        let mut failed = false;
        for entry in entries {
            let name = &entry.name;
            if axes.iter().any(|a| a.name == name.text) || taken.contains(&name.text) {
                let what = if taken.contains(&name.text) { "is there twice" } else { "is an axis of this task" };
                let d = Diagnostic::error(codes::DUPLICATE, name.span, format!("the quantity `{}` {what}", name.text))
                    .help("choose another name");
                self.fail(d);
                failed = true;
                continue;
            }
            match self.look_entry(entry, &inner) {
                Ok(columns) => {
                    inner.define(&name.text, entry_value(&columns), Some(name.span));
                    taken.extend(columns.iter().map(|c| c.name.clone()));
                    out.extend(columns);
                }
                Err(_) => {
                    inner.define(&name.text, Value::Failed, Some(name.span));
                    failed = true;
                }
            }
        }
        if failed { Err(Failed) } else { Ok(out) }
    }

    fn look_entry(&mut self, entry: &ast::BlockEntry, scope: &Rc<Scope>) -> Eval<Vec<LookColumn>> {
        if let Some(looking) = &mut self.looking {
            (looking.name, looking.count) = (entry.name.text.clone(), 0);
        }
        let mut value = self.eval(&entry.value, scope)?;
        // `acc = accuracy`: of the task's own data.
        if let Value::OfData(what) = &value {
            value = self.of_data(&what.clone(), None, entry.value.span)?;
        }
        let mut s = self.lift(&value, entry.value.span)?;
        if s.expr.contains(&|e| matches!(e, Expr::Variable { .. } | Expr::Element { .. })) {
            s = self.with_variables(s, entry.value.span)?;
        }
        if s.expr.contains(&|e| matches!(e, Expr::Node(_) | Expr::Variable { .. } | Expr::Element { .. })) {
            let d = Diagnostic::error(
                codes::NOT_HERE,
                entry.value.span,
                "the values inside of a network or a model are not looked at here",
            )
            .expected("`loss(data)`, a metric, `weight_norm(...)`, or another look at the landscape")
            .help("a function of the layers is a `metric` of the network");
            return Err(self.fail(d));
        }
        let elements: usize =
            s.shape.iter().chain(s.axes.iter().map(|a| a.coordinates.len()).collect::<Vec<_>>().iter()).product();
        if elements > 1 << 22 {
            let d = Diagnostic::error(
                codes::MEMORY,
                entry.value.span,
                format!("`{}` has {}", entry.name.text, shape_text(&[elements])),
            );
            return Err(self.fail(d));
        }
        let looking = self.looking.as_ref().ok_or(Failed)?;
        Ok(looking.columns(&entry.name.text, &s))
    }

    /// Variables of the model as looks at the point: what is derived from results serves them too.
    fn with_variables(&mut self, s: Symbolic, span: Span) -> Eval<Symbolic> {
        let Some(Subject::Model(m)) = self.looking.as_ref().map(|l| l.subject) else { return Ok(s) };
        let model = &self.elaborated.plan.models[m as usize];
        let places: Vec<(usize, Vec<usize>)> =
            model.variables.iter().enumerate().map(|(k, v)| (model.offset(k), v.shape())).collect();
        let mut looks: Vec<Option<Expr>> = vec![None; places.len()];
        let mut used = std::collections::BTreeSet::new();
        variables_of(&s.expr, &mut used);
        for k in used {
            let Some((start, shape)) = places.get(k as usize).cloned() else { continue };
            let Value::Symbolic(look) = self.look(Probe::Variables { start, shape }, None, span, "variables")? else { continue };
            looks[k as usize] = Some(look.expr.clone());
        }
        let expr = in_looks(&s.expr, &looks);
        let strange = |e: &Expr| {
            !matches!(
                e,
                Expr::Number(_)
                    | Expr::Array(_)
                    | Expr::List(_)
                    | Expr::Index(..)
                    | Expr::Look { .. }
                    | Expr::Unary(..)
                    | Expr::Binary(..)
                    | Expr::If(..)
                    | Expr::Fold(..)
                    | Expr::Coordinate { .. }
                    | Expr::Analyse(..)
            )
        };
        if expr.contains(&strange) {
            let d = Diagnostic::error(codes::NOT_HERE, span, "this function of the variables is not looked at here")
                .expected("elements (`x[0]`), whole variables, and elementwise functions, sums and means of these")
                .help("with a whole variable: `sum(x^2)` in place of `sum(i in sites: x[i]^2)`");
            return Err(self.fail(d));
        }
        Ok(Symbolic { expr, ..s })
    }

    /// Starts to look at a subject.
    pub(super) fn begin_looking(&mut self, subject: Subject, data: Option<u32>, times: Option<AxisValues>, training: bool) {
        let dimension = self.dimension(subject);
        let (network, machine) = match subject {
            Subject::Network(n) => (Some(n), None),
            Subject::Machine(m) => (None, Some(m)),
            Subject::Model(_) => (None, None),
        };
        self.looking = Some(super::super::landscape::Looking {
            subject,
            network,
            machine,
            dimension,
            data,
            times,
            training,
            looks: vec![],
            name: String::new(),
            count: 0,
        });
    }
}

/// The variables in an expression.
fn variables_of(e: &Expr, used: &mut std::collections::BTreeSet<u16>) {
    if let Expr::Variable { variable, .. } | Expr::Element { variable, .. } = e {
        used.insert(*variable);
    }
    e.for_each_part(&mut |part| variables_of(part, used));
}

/// An expression with looks in place of variables.
fn in_looks(e: &Expr, looks: &[Option<Expr>]) -> Expr {
    let of = |k: u16| looks.get(k as usize).cloned().flatten();
    match e {
        Expr::Variable { variable, .. } => of(*variable).unwrap_or_else(|| e.clone()),
        Expr::Element { variable, site, bond: None, .. } => match of(*variable) {
            Some(look) => Expr::Index(look.boxed(), vec![in_looks(site, looks)]),
            None => e.clone(),
        },
        other => other.map_parts(&mut |part| in_looks(part, looks)),
    }
}

/// What later entries see of an entry.
fn entry_value(columns: &[LookColumn]) -> Value {
    use super::super::value::Kind;
    let Some(c) = columns.first() else { return Value::Failed };
    let s = Symbolic { expr: c.expr.clone(), kind: Kind::Real, shape: c.shape.clone(), axes: c.axes.clone(), index: None };
    Value::Symbolic(Rc::new(s))
}
