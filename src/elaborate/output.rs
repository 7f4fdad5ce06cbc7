//! `show`, `expect`, `plot`, and top-level quantities that depend on results.

use super::Elaborator;
use super::scope::Scope;
use super::settings::PLOT;
use super::value::{Eval, Failed, Kind, Value, describe};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::output::{PlotX, Shown};
use crate::plan::{Expr, Output, PlotPlan};
use crate::syntax::ast::{self, Binding, ExprKind};
use std::rc::Rc;

impl Elaborator<'_> {
    /// A top-level `let` whose value depends on results is stored.
    pub(crate) fn derived(&mut self, name: &ast::Name, value: &Value, binding: &Binding, doc: Option<String>) {
        if let (Value::Record(r), Binding::Is(e)) = (value, binding) {
            let source = self.source_text(e.span);
            for (member, value) in &r.members {
                let Value::Symbolic(s) = value else { continue };
                let (name, source) = (format!("{}.{member}", name.text), format!("{source}.{member}"));
                let output = Output::Derived { name, expr: s.expr.clone(), source, doc: doc.clone() };
                self.elaborated.plan.outputs.push(output);
            }
        }
        if let (Value::Symbolic(s), Binding::Is(e)) = (value, binding)
            && s.expr.is_deferred()
        {
            let source = self.source_text(e.span);
            let output = Output::Derived { name: name.text.clone(), expr: s.expr.clone(), source, doc };
            self.elaborated.plan.outputs.push(output);
        }
    }

    pub(crate) fn show(&mut self, e: &ast::Expr, scope: &Rc<Scope>) {
        let Ok(value) = self.eval(e, scope) else { return };
        let source = self.source_text(e.span);
        self.show_count += 1;
        let name = match &*e.kind {
            ExprKind::Name(n) => n.clone(),
            _ => format!("show_{}", self.show_count),
        };
        if let Value::Record(r) = &value {
            for (member, value) in &r.members {
                // What has a value at each point of a curve is for plots.
                let Value::Symbolic(s) = value else { continue };
                if s.axes.is_empty() {
                    let (name, source) = (format!("{name}.{member}"), format!("{source}.{member}"));
                    self.elaborated.plan.outputs.push(Output::Show { name, source, value: Shown::Quantity(s.expr.clone()) });
                }
            }
            return;
        }
        let shown = match &value {
            Value::Task(t) => Shown::Task(t.name.clone()),
            Value::Symbolic(s) if s.expr.is_deferred() => Shown::Quantity(s.expr.clone()),
            Value::Symbolic(_) if value.is_numeric() => match self.known_text(&value, e.span) {
                Ok(text) => Shown::Text(text),
                Err(_) => return,
            },
            Value::Text(t) => Shown::Text(t.to_string()),
            Value::Graph(g) => Shown::Text(self.graph(*g).describe()),
            Value::List(items) if items.iter().any(|i| matches!(i, Value::Symbolic(s) if s.expr.is_deferred())) => {
                match self.lift(&value, e.span) {
                    Ok(s) => Shown::Quantity(s.expr),
                    Err(_) => return,
                }
            }
            Value::Builtin(b) => Shown::Text(format!("{}: {}", b.signature(), b.doc)),
            other => Shown::Text(describe(other)),
        };
        self.elaborated.plan.outputs.push(Output::Show { name, source, value: shown });
    }

    /// An array that is known, as text.
    fn known_text(&mut self, value: &Value, span: crate::diagnostic::Span) -> Eval<String> {
        let s = self.lift(value, span)?;
        let data = match &s.expr {
            Expr::Array(a) => a.data.clone(),
            Expr::Random(d) => (0..d.len().min(8) as u64).map(|k| d.value(k)).collect(),
            _ => match value.number() {
                Some(x) => return Ok(super::value::format_real(x)),
                None => {
                    let d =
                        Diagnostic::error(codes::NOT_HERE, span, "this depends on the state of a model, so it has no value here")
                            .help("observe it in a task");
                    return Err(self.fail(d));
                }
            },
        };
        let shown: Vec<String> = data.iter().take(8).map(|x| super::value::format_real(*x)).collect();
        let dots = if s.shape.iter().product::<usize>() > 8 { ", ..." } else { "" };
        Ok(format!("[{}{dots}]", shown.join(", ")))
    }

    pub(crate) fn expect(&mut self, e: &ast::Expr, scope: &Rc<Scope>) {
        let Ok(value) = self.eval(e, scope) else { return };
        let source = self.source_text(e.span);
        let expr = match &value {
            Value::Bool(b) => Expr::Number(f64::from(u8::from(*b))),
            Value::Symbolic(s) if s.kind == Kind::Bool && s.expr.has_state() => {
                let d = Diagnostic::error(codes::NOT_HERE, e.span, "a claim is about results, not about a state");
                self.fail(d);
                return;
            }
            Value::Symbolic(s) if s.kind == Kind::Bool => s.expr.clone(),
            other => {
                let other = other.clone();
                let _: Eval<()> = self.wrong_type(&other, e.span, "a claim that is true or false");
                return;
            }
        };
        self.elaborated.plan.outputs.push(Output::Expect { source, expr });
    }

    pub(crate) fn plot(&mut self, name: &ast::Name, settings: &[ast::Setting], doc: Option<String>, scope: &Rc<Scope>) {
        let _ = self.try_plot(name, settings, doc, scope);
    }

    fn try_plot(&mut self, name: &ast::Name, settings: &[ast::Setting], doc: Option<String>, scope: &Rc<Scope>) -> Eval<()> {
        let mut failed = false;
        for s in settings {
            if !PLOT.iter().any(|r| r.name == s.name.text) {
                self.unknown_setting("plot", &s.name, PLOT);
                failed = true;
            }
        }
        let find = |n: &str| settings.iter().find(|s| s.name.text == n);
        for needed in ["x", "y"] {
            if find(needed).is_none() {
                let d =
                    Diagnostic::error(codes::MISSING_SETTING, name.span, format!("the plot `{}` has no `{needed}`", name.text))
                        .expected(if needed == "x" { "an axis: `x: T`" } else { "a quantity: `y: scan.m`" });
                self.fail(d);
                failed = true;
            }
        }
        let (Some(x), Some(y), false) = (find("x"), find("y"), failed) else { return Err(Failed) };
        // y: a quantity or several.
        let parts: Vec<&ast::Expr> = match &*y.value.kind {
            ExprKind::List(items) => items.iter().collect(),
            _ => vec![&y.value],
        };
        let mut curves = Vec::new();
        let mut axes: Vec<crate::results::AxisValues> = Vec::new();
        for part in parts {
            let value = self.eval(part, scope)?;
            let s = self.lift(&value, part.span)?;
            if s.axes.is_empty() || !s.shape.is_empty() {
                let d = Diagnostic::error(codes::TYPE, part.span, "a plot draws a quantity that runs over an axis")
                    .label(format!("this is {}", value.kind_name()))
                    .expected("a result, such as `scan.m`");
                return Err(self.fail(d));
            }
            axes = self.align(&axes, &s.axes, part.span)?;
            curves.push((self.source_text(part.span), s.expr));
        }
        let axis_word = |e: &ast::Expr| match &*e.kind {
            ExprKind::Name(n) if axes.iter().any(|a| a.name == *n) => Some(n.clone()),
            _ => None,
        };
        let px = match axis_word(&x.value) {
            Some(axis) => PlotX::Axis(axis),
            None => {
                if let ExprKind::Name(n) = &*x.value.kind
                    && scope.look_up(n).is_none()
                {
                    let names: Vec<String> = axes.iter().map(|a| a.name.clone()).collect();
                    let d = Diagnostic::error(
                        codes::NO_AXIS,
                        x.value.span,
                        format!("`{n}` is neither an axis of what is drawn nor a quantity"),
                    )
                    .expected(format!("one of {}", super::expression::quoted(&names)));
                    return Err(self.fail(d));
                }
                let value = self.eval(&x.value, scope)?;
                let s = self.lift(&value, x.value.span)?;
                self.align(&axes, &s.axes, x.value.span)?;
                PlotX::Quantity(self.source_text(x.value.span), s.expr)
            }
        };
        let named_axis = |e: &mut Self, key: &str| -> Eval<Option<String>> {
            let Some(s) = find(key) else { return Ok(None) };
            match axis_word(&s.value) {
                Some(axis) => Ok(Some(axis)),
                None => {
                    let names: Vec<String> = axes.iter().map(|a| a.name.clone()).collect();
                    let d = Diagnostic::error(codes::NO_AXIS, s.value.span, format!("`{key}` names an axis of what is drawn"))
                        .expected(format!("one of {}", super::expression::quoted(&names)));
                    Err(e.fail(d))
                }
            }
        };
        let by = named_axis(self, "by")?;
        let average = named_axis(self, "average")?;
        let average_draws = average.as_ref().is_some_and(|a| curves.iter().any(|(_, e)| self.counts_draws(e, a)));
        let mut marks = Vec::new();
        if let Some(s) = find("marks") {
            let value = self.eval(&s.value, scope)?;
            let items = match &value {
                Value::List(items) => (**items).clone(),
                single => vec![single.clone()],
            };
            let texts: Vec<String> = match &*s.value.kind {
                ExprKind::List(list) => list.iter().map(|e| self.source_text(e.span)).collect(),
                _ => vec![self.source_text(s.value.span)],
            };
            for (k, item) in items.iter().enumerate() {
                let m = self.lift(item, s.value.span)?;
                marks.push((texts.get(k).cloned().unwrap_or_default(), m.expr));
            }
        }
        let (log_x, log_y) = self.scales(find("scale"))?;
        let text = |e: &mut Self, key: &str| -> Eval<Option<String>> {
            let Some(s) = find(key) else { return Ok(None) };
            match e.eval(&s.value, scope)? {
                Value::Text(t) => Ok(Some(t.to_string())),
                other => e.wrong_type(&other, s.value.span, "a text"),
            }
        };
        let plan = PlotPlan {
            name: name.text.clone(),
            doc,
            title: text(self, "title")?,
            x: px,
            y: curves,
            by,
            average_draws,
            average,
            marks,
            log_x,
            log_y,
            x_label: text(self, "x_label")?,
            y_label: text(self, "y_label")?,
        };
        self.elaborated.plan.outputs.push(Output::Plot(plan));
        Ok(())
    }

    fn scales(&mut self, s: Option<&ast::Setting>) -> Eval<(bool, bool)> {
        let Some(s) = s else { return Ok((false, false)) };
        let word = |e: &ast::Expr| match &*e.kind {
            ExprKind::Name(n) if n == "log" => Some(true),
            ExprKind::Name(n) if n == "linear" => Some(false),
            _ => None,
        };
        let found = match &*s.value.kind {
            ExprKind::List(items) if items.len() == 2 => word(&items[0]).zip(word(&items[1])),
            ExprKind::Name(_) => word(&s.value).map(|log| (false, log)),
            _ => None,
        };
        match found {
            Some(pair) => Ok(pair),
            None => {
                let d = Diagnostic::error(codes::TYPE, s.value.span, "a scale is `linear` or `log`")
                    .expected("`scale: log` (of y), or `scale: [linear, log]` (of x and y)");
                Err(self.fail(d))
            }
        }
    }
}
