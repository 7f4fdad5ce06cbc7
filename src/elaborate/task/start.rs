//! Where chains start: the setting `start`, checked against the model.

use super::super::Elaborator;
use super::super::value::{Eval, Instance, Symbolic, Value, describe, format_real};
use super::Settings;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::{Expr, Space, Start};
use std::rc::Rc;
use std::sync::Arc;

/// The numbers of an array that is known before the run: rows of draws too.
pub(crate) fn known_numbers(e: &Expr) -> Option<Vec<f64>> {
    match e {
        Expr::Array(a) => Some(a.data.clone()),
        Expr::Random(d) => Some(d.materialise()),
        Expr::Index(base, at) => {
            let shape = match &**base {
                Expr::Array(a) => &a.shape,
                Expr::Random(d) => &d.shape,
                _ => return None,
            };
            let size: usize = shape[at.len().min(shape.len())..].iter().product();
            let mut place = 0;
            for (i, n) in at.iter().zip(shape) {
                let i = i.number().filter(|i| *i >= 0.0 && *i < *n as f64)?;
                place = place * n + i as usize;
            }
            let range = place * size..(place + 1) * size;
            match &**base {
                Expr::Array(a) => a.data.get(range).map(<[f64]>::to_vec),
                Expr::Random(d) => Some(range.map(|k| d.value(k as u64)).collect()),
                _ => None,
            }
        }
        // Elementwise operations on such arrays: 2 * x - 1.
        Expr::Unary(f, x) => Some(known_numbers(x)?.into_iter().map(|x| f.apply(x)).collect()),
        Expr::Binary(op, a, b) => match (a.number(), b.number()) {
            (Some(a), _) => Some(known_numbers(b)?.into_iter().map(|b| op.apply(a, b)).collect()),
            (_, Some(b)) => Some(known_numbers(a)?.into_iter().map(|a| op.apply(a, b)).collect()),
            _ => {
                let (a, b) = (known_numbers(a)?, known_numbers(b)?);
                (a.len() == b.len()).then(|| a.iter().zip(&b).map(|(a, b)| op.apply(*a, *b)).collect())
            }
        },
        Expr::List(parts) => {
            let rows: Option<Vec<Vec<f64>>> =
                parts.iter().map(|p| p.number().map(|x| vec![x]).or_else(|| known_numbers(p))).collect();
            rows.map(|r| r.concat())
        }
        _ => None,
    }
}

impl Elaborator<'_> {
    pub(super) fn start(&mut self, settings: &Settings, model: &Rc<Instance>) -> Eval<Start> {
        let Some((value, span)) = settings.get("start").cloned() else { return Ok(Start::Random) };
        if let Value::List(items) = &value
            && (self.lists_starts(items, model) || items.iter().any(|v| matches!(v, Value::Start(_) | Value::Text(_))))
        {
            let starts = items.iter().map(|v| self.one_start(v, span)).collect::<Eval<Vec<Start>>>()?;
            starts.iter().try_for_each(|s| self.fitting_start(s, model, span))?;
            return Ok(Start::Each(starts));
        }
        let mut start = self.one_start(&value, span)?;
        if settings.contains_key("clamp") {
            self.lowest_hidden(&mut start, model);
        }
        self.fitting_start(&start, model, span)?;
        Ok(start)
    }

    /// Where sites are clamped, the first variable is enough: the others then begin at their lowest values.
    fn lowest_hidden(&self, start: &mut Start, model: &Rc<Instance>) {
        let variables = &self.elaborated.plan.models[model.index as usize].variables;
        if let Start::Given(data) = start
            && data.len() == variables[0].components()
        {
            let lowest = |v: &crate::plan::Variable| vec![v.values().first().copied().unwrap_or(0.0); v.components()];
            *start = Start::Given(Arc::new(data.iter().copied().chain(variables[1..].iter().flat_map(lowest)).collect()));
        }
    }

    /// Whether these are states of a model, and not the values of one.
    fn lists_starts(&self, items: &[Value], model: &Rc<Instance>) -> bool {
        let components = self.elaborated.plan.models[model.index as usize].components();
        let length = |v: &Value| match v {
            Value::List(items) => items.len(),
            Value::Symbolic(s) => s.shape.iter().product(),
            _ => 0,
        };
        !items.is_empty() && items.iter().all(|v| length(v) == components) && components > 1
    }

    /// A value as a start: also what `flip` takes.
    pub(crate) fn one_start(&mut self, value: &Value, span: Span) -> Eval<Start> {
        match value {
            Value::Text(t) if &**t == "random" => Ok(Start::Random),
            Value::Text(t) if &**t == "up" => Ok(Start::Highest),
            Value::Text(t) if &**t == "down" => Ok(Start::Lowest),
            Value::Start(s) => Ok((**s).clone()),
            Value::List(_) | Value::Symbolic(_) => {
                let s = self.lift(value, span)?;
                self.state_of(&s, span)
            }
            other => {
                self.wrong_type(other, span, "`random`, `up`, `down`, a list of spin values, or `flip(pattern, fraction: 0.1)`")
            }
        }
    }

    fn state_of(&mut self, s: &Symbolic, span: Span) -> Eval<Start> {
        self.few(s.shape.iter().fold(1i64, |n, k| n.saturating_mul(*k as i64)), span)?;
        if let Some(axis) = s.axes.iter().find(|a| !self.point.iter().any(|p| p.0 == a.name)) {
            let d = Diagnostic::error(codes::MISALIGNED, span, format!("this state runs over the axis `{}`", axis.name))
                .help(format!("select a coordinate with `.at({}: ...)`, or give the task this axis", axis.name));
            return Err(self.fail(d));
        }
        match known_numbers(&s.expr) {
            Some(data) => Ok(Start::Given(Arc::new(data))),
            None if s.expr.is_deferred() && !s.expr.has_state() => Ok(Start::Computed(Arc::new(s.expr.clone()))),
            None => self.not_known_yet(span, "the starting state"),
        }
    }

    /// A start that the model's variables can have.
    fn fitting_start(&mut self, start: &Start, model: &Rc<Instance>, span: Span) -> Eval<()> {
        let m = &self.elaborated.plan.models[model.index as usize];
        match start {
            Start::Flip { of, fraction: _ } => {
                if let Some(v) = m.variables.iter().find(|v| v.values().is_empty()) {
                    let message = format!("`flip` needs spins, and `{}` are {}", v.name, v.kind());
                    return self.error(codes::TYPE, span, message);
                }
                self.fitting_start(of, model, span)
            }
            Start::Given(data) => self.fitting_state(data, model, span),
            _ => Ok(()),
        }
    }

    fn fitting_state(&mut self, data: &[f64], model: &Rc<Instance>, span: Span) -> Eval<()> {
        let plan_model = &self.elaborated.plan.models[model.index as usize];
        let sites = plan_model.components();
        if data.len() != sites {
            let message = format!("the starting state has {} values, the model {sites}", data.len());
            let d = Diagnostic::error(codes::SHAPE, span, message).expected(format!("{sites} values"));
            return Err(self.fail(d));
        }
        let mut rest = data.iter();
        for v in &plan_model.variables {
            let own: Vec<f64> = rest.by_ref().take(v.components()).copied().collect();
            let wrong = match &v.space {
                Space::Finite(values) => own
                    .iter()
                    .find(|x| !values.contains(x))
                    .map(|x| (*x, format!("values of {}", describe(&Value::Set(Rc::new(values.clone())))))),
                Space::Circle => own.iter().find(|x| !x.is_finite()).map(|x| (*x, "angles in radians".to_string())),
                Space::Line { low, high } => own
                    .iter()
                    .find(|x| !(**x >= *low && **x <= *high && x.is_finite()))
                    .map(|x| (*x, format!("numbers from {low} to {high}"))),
                Space::Sphere(n) => own
                    .chunks(*n as usize)
                    .map(|v| v.iter().map(|x| x * x).sum::<f64>())
                    .find(|length| (length - 1.0).abs() > 1e-6 || length.is_nan())
                    .map(|x| (x, "vectors of length 1".to_string())),
            };
            if let Some((x, expected)) = wrong {
                let what = if matches!(v.space, Space::Sphere(_)) { "the squared length of a vector of" } else { "a value of" };
                let message = format!("{} is not {what} `{}`", format_real(x), v.name);
                let d = Diagnostic::error(codes::DOMAIN, span, message).expected(expected);
                return Err(self.fail(d));
            }
        }
        Ok(())
    }
}
