//! `plot`: which quantities, along which axes, and in what style. Curves here; fields and words beside it.

mod field;
mod raster;
mod words;

use super::Elaborator;
use super::scope::Scope;
use super::settings::PLOT;
use super::value::{Eval, Failed, Value};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::output::{CurveStyle, PlotLook, PlotX};
use crate::plan::{Expr, Output, PlotPlan};
use crate::results::{AxisValues, Coordinates};
use crate::syntax::ast::{self, ExprKind, Setting};
use std::rc::Rc;

/// The plot that is read, and where its settings are looked up.
struct Reading<'a> {
    name: &'a ast::Name,
    settings: &'a [Setting],
    scope: &'a Rc<Scope>,
    doc: Option<String>,
}

impl<'a> Reading<'a> {
    fn find(&self, name: &str) -> Option<&'a Setting> {
        self.settings.iter().find(|s| s.name.text == name)
    }
}

/// Settings that only a field has, and only curves.
const OF_FIELDS: &[&str] = &["trajectory", "levels", "colours", "range", "label"];
const OF_CURVES: &[&str] = &["by", "bins"];

/// The axis that counts the elements of an array.
const NUMBER: &str = "number";

const CURVES: &[(&str, CurveStyle)] = &[
    ("line", CurveStyle::Line),
    ("points", CurveStyle::Points),
    ("steps", CurveStyle::Steps),
    ("sticks", CurveStyle::Sticks),
    ("bars", CurveStyle::Bars),
    ("histogram", CurveStyle::Histogram),
];

impl Elaborator<'_> {
    pub(crate) fn plot(&mut self, name: &ast::Name, settings: &[Setting], doc: Option<String>, scope: &Rc<Scope>) {
        let _ = self.try_plot(Reading { name, settings, scope, doc });
    }

    fn try_plot(&mut self, r: Reading) -> Eval<()> {
        let mut failed = false;
        for s in r.settings.iter().filter(|s| !PLOT.iter().any(|row| row.name == s.name.text)) {
            self.unknown_setting("plot", &s.name, PLOT);
            failed = true;
        }
        let is_events = r.find("events").is_some();
        let is_field = r.find("field").is_some() || is_events;
        let (others, what) = if is_field { (OF_CURVES, "curves") } else { (OF_FIELDS, "a field") };
        for s in r.settings.iter().filter(|s| others.contains(&s.name.text.as_str())) {
            let d = Diagnostic::error(codes::CONFLICT, s.name.span, format!("`{}` is a setting of {what}", s.name.text));
            self.fail(if is_field {
                d.expected("`panels: AXIS` for one panel at each coordinate, or `.at(...)` for one coordinate")
            } else {
                d.expected("`field: QUANTITY`, a quantity over two axes, beside it")
            });
            failed = true;
        }
        let needed: &[&str] = match is_field {
            true => &[],
            false if self.bins_values(&r) => &["x"],
            false => &["y"],
        };
        for needed in needed.iter().filter(|n| r.find(n).is_none()) {
            let d =
                Diagnostic::error(codes::MISSING_SETTING, r.name.span, format!("the plot `{}` has no `{needed}`", r.name.text))
                    .expected(if *needed == "x" {
                        "an axis: `x: T`"
                    } else {
                        "a quantity: `y: scan.m`, or a field over two axes: `field: scan.m`"
                    });
            self.fail(d);
            failed = true;
        }
        if failed {
            return Err(Failed);
        }
        let plan = match is_field {
            true if is_events => self.events_plot(&r)?,
            true => self.field_plot(&r)?,
            false if self.bins_values(&r) => self.binned_plot(&r)?,
            false => self.curve_plot(&r)?,
        };
        self.elaborated.plan.outputs.push(Output::Plot(plan));
        Ok(())
    }

    /// Whether a plot is a histogram of the values of `x`.
    fn bins_values(&self, r: &Reading) -> bool {
        let bare = |e: &ast::Expr| matches!(&*e.kind, ExprKind::Name(n) if r.scope.look_up(n).is_none());
        let style = r.find("style").is_some_and(|s| matches!(&*s.value.kind, ExprKind::Name(n) if n == "histogram"));
        style && r.find("y").is_none() && r.find("x").is_some_and(|x| !bare(&x.value))
    }

    fn binned_plot(&mut self, r: &Reading) -> Eval<PlotPlan> {
        let Some(x) = r.find("x") else { return Err(Failed) };
        let (curves, axes) = self.plot_quantities(&x.value, r)?;
        let by = self.plot_axis(r, "by", &axes)?;
        let (log_x, log_y, _) = self.plot_scales(r.find("scale"), false)?;
        let mut look = self.plot_look(r, &axes)?;
        (look.style, look.bins) = (Some(CurveStyle::Histogram), Some(self.plot_bins(r)?));
        let Some((text, expr)) = curves.first().cloned() else { return Err(Failed) };
        let mut plan = self.plot_common(r, PlotX::Quantity(text, expr), curves, &axes)?;
        (plan.by, plan.log_x, plan.log_y, plan.look) = (by, log_x, log_y, look);
        Ok(plan)
    }

    fn curve_plot(&mut self, r: &Reading) -> Eval<PlotPlan> {
        let Some(y) = r.find("y") else { return Err(Failed) };
        let (curves, axes) = self.plot_quantities(&y.value, r)?;
        let (px, x_span) = match r.find("x") {
            Some(x) => match axis_word(&x.value, &axes) {
                Some(axis) => (PlotX::Axis(axis), x.value.span),
                None => (self.plot_abscissa(&x.value, &axes, r)?, x.value.span),
            },
            None => (PlotX::Axis(self.plot_longest(r, &axes)?), r.name.span),
        };
        let by = self.plot_axis(r, "by", &axes)?;
        let (log_x, log_y, _) = self.plot_scales(r.find("scale"), false)?;
        let mut look = self.plot_look(r, &axes)?;
        look.style = match r.find("style") {
            Some(s) => Some(self.plot_style(s, CURVES, "a plot of curves", field::STYLES, "`field: QUANTITY` instead of `y`")?),
            None => None,
        };
        if look.style == Some(CurveStyle::Histogram) && !matches!(px, PlotX::Axis(_)) {
            let d = Diagnostic::error(codes::TYPE, x_span, "the bins of a histogram are the coordinates of an axis")
                .expected("an axis: `x: m`")
                .help("without `y` the values of `x` are sorted into bins");
            return Err(self.fail(d));
        }
        if let Some(s) = r.find("bins") {
            let d = Diagnostic::error(codes::CONFLICT, s.name.span, "`bins` belongs to a histogram of values")
                .expected("`x: QUANTITY, style: histogram`, without `y`");
            return Err(self.fail(d));
        }
        if !look.labels.is_empty() && look.labels.len() != curves.len() && curves.len() > 1 {
            let span = r.find("labels").map_or(r.name.span, |s| s.value.span);
            let (given, wanted) = (look.labels.len(), curves.len());
            let d = Diagnostic::error(codes::ARGUMENTS, span, format!("{given} labels for {wanted} quantities"))
                .expected("one text for each quantity of `y`");
            return Err(self.fail(d));
        }
        let mut plan = self.plot_common(r, px, curves, &axes)?;
        (plan.by, plan.log_x, plan.log_y, plan.look) = (by, log_x, log_y, look);
        Ok(plan)
    }

    /// The quantities of `y` with their texts, and all their axes.
    #[allow(clippy::type_complexity)]
    fn plot_quantities(&mut self, e: &ast::Expr, r: &Reading) -> Eval<(Vec<(String, Expr)>, Vec<AxisValues>)> {
        let parts: Vec<&ast::Expr> = match &*e.kind {
            ExprKind::List(items) => items.iter().collect(),
            _ => vec![e],
        };
        let mut curves = Vec::new();
        let mut axes: Vec<AxisValues> = Vec::new();
        for part in parts {
            let value = self.eval(part, r.scope)?;
            let s = self.lift(&value, part.span)?;
            let mut own = s.axes.clone();
            // The elements of an array are counted.
            if let [n] = s.shape[..]
                && !own.iter().any(|a| a.name == NUMBER)
            {
                own.push(AxisValues { name: NUMBER.into(), coordinates: Coordinates::Int((0..n as i64).collect()) });
            } else if own.is_empty() || !s.shape.is_empty() {
                let what = match s.shape.is_empty() {
                    true => format!("this is {}, one number", value.kind_name()),
                    false => format!("this is {} at each point", super::symbolic::shape_text(&s.shape)),
                };
                let d = Diagnostic::error(codes::TYPE, part.span, "a plot draws a quantity that runs over an axis")
                    .label(what)
                    .expected(
                        "a result that runs over an axis, such as `scan.m`, or an array in one direction, such as `p.spectrum`",
                    );
                return Err(self.fail(d));
            }
            axes = self.align(&axes, &own, part.span)?;
            curves.push((self.source_text(part.span), s.expr));
        }
        Ok((curves, axes))
    }

    /// `x` where it is not given: the last axis of numbers that has no other part in the plot.
    fn plot_longest(&mut self, r: &Reading, axes: &[AxisValues]) -> Eval<String> {
        let named = |key: &str, axis: &AxisValues| {
            r.find(key).is_some_and(|s| matches!(&*s.value.kind, ExprKind::Name(n) if *n == axis.name))
        };
        let free = |a: &&AxisValues| {
            a.coordinates.len() > 1
                && a.coordinates.number(0).is_some()
                && !["by", "panels", "average"].iter().any(|key| named(key, a))
        };
        match axes.iter().rfind(free) {
            Some(axis) => Ok(axis.name.clone()),
            None => {
                let d = Diagnostic::error(codes::MISSING_SETTING, r.name.span, format!("the plot `{}` has no `x`", r.name.text))
                    .expected("an axis: `x: T`");
                Err(self.fail(d))
            }
        }
    }

    /// `x` where it is no axis: a quantity for each point.
    fn plot_abscissa(&mut self, e: &ast::Expr, axes: &[AxisValues], r: &Reading) -> Eval<PlotX> {
        if let ExprKind::Name(n) = &*e.kind
            && r.scope.look_up(n).is_none()
        {
            let d =
                Diagnostic::error(codes::NO_AXIS, e.span, format!("`{n}` is neither an axis of what is drawn nor a quantity"))
                    .expected(one_of(axes));
            return Err(self.fail(d));
        }
        let value = self.eval(e, r.scope)?;
        let s = self.lift(&value, e.span)?;
        self.align(axes, &s.axes, e.span)?;
        Ok(PlotX::Quantity(self.source_text(e.span), s.expr))
    }

    /// An axis of what is drawn, named by a setting.
    fn plot_axis(&mut self, r: &Reading, key: &str, axes: &[AxisValues]) -> Eval<Option<String>> {
        let Some(s) = r.find(key) else { return Ok(None) };
        match axis_word(&s.value, axes) {
            Some(axis) => Ok(Some(axis)),
            None => {
                let d = Diagnostic::error(codes::NO_AXIS, s.value.span, format!("`{key}` names an axis of what is drawn"))
                    .expected(one_of(axes));
                Err(self.fail(d))
            }
        }
    }

    /// What curves and fields have in common.
    fn plot_common(&mut self, r: &Reading, x: PlotX, y: Vec<(String, Expr)>, axes: &[AxisValues]) -> Eval<PlotPlan> {
        let average = self.plot_axis(r, "average", axes)?;
        let average_draws = average.as_ref().is_some_and(|a| y.iter().any(|(_, e)| self.counts_draws(e, a)));
        Ok(PlotPlan {
            name: r.name.text.clone(),
            doc: r.doc.clone(),
            title: self.plot_text(r, "title")?,
            x,
            y,
            by: None,
            average,
            average_draws,
            marks: self.plot_marks(r)?,
            log_x: false,
            log_y: false,
            x_label: self.plot_text(r, "x_label")?,
            y_label: self.plot_text(r, "y_label")?,
            field: None,
            look: PlotLook::default(),
        })
    }

    /// Vertical lines at numbers, points at pairs.
    fn plot_marks(&mut self, r: &Reading) -> Eval<Vec<(String, Expr)>> {
        let Some(s) = r.find("marks") else { return Ok(Vec::new()) };
        let value = self.eval(&s.value, r.scope)?;
        let items = match &value {
            Value::List(items) => (**items).clone(),
            single => vec![single.clone()],
        };
        let texts: Vec<String> = match &*s.value.kind {
            ExprKind::List(list) => list.iter().map(|e| self.source_text(e.span)).collect(),
            _ => vec![self.source_text(s.value.span)],
        };
        let mut marks = Vec::new();
        for (k, item) in items.iter().enumerate() {
            let m = self.lift(item, s.value.span)?;
            if !(m.shape.is_empty() || m.shape == [2]) {
                let d = Diagnostic::error(codes::SHAPE, s.value.span, "a mark is a number or a pair of numbers")
                    .expected("`marks: [T_c]` for a vertical line, `marks: [[0.5, 1.0]]` for a point");
                return Err(self.fail(d));
            }
            marks.push((texts.get(k).cloned().unwrap_or_default(), m.expr));
        }
        Ok(marks)
    }
}

/// The axis that a word names.
fn axis_word(e: &ast::Expr, axes: &[AxisValues]) -> Option<String> {
    match &*e.kind {
        ExprKind::Name(n) if axes.iter().any(|a| a.name == *n) => Some(n.clone()),
        _ => None,
    }
}

fn one_of(axes: &[AxisValues]) -> String {
    let names: Vec<String> = axes.iter().map(|a| a.name.clone()).collect();
    format!("one of {}", super::expression::quoted(&names))
}
