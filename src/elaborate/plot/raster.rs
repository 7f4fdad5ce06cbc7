//! What a raster draws: states that a task keeps, over their sweeps and units, and lists of the times of events.

use super::{Elaborator, Reading};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::elaborate::symbolic::shape_text;
use crate::elaborate::value::{Eval, Failed, Kind, Symbolic, Value};
use crate::plan::data::{Source, States};
use crate::plan::expr::Array;
use crate::plan::output::{FieldPlan, FieldStyle, PlotX};
use crate::plan::{Expr, Keep, PlotPlan, SamplePoint, Work};
use crate::results::{AxisValues, Coordinates};
use crate::syntax::ast::ExprKind;
use std::sync::Arc;

/// The axes of kept states: time to the right, units upwards.
const SWEEP: &str = "sweep";
const UNIT: &str = "unit";
const CHAIN: &str = "chain";
const TIME: &str = "time";

/// Settings that say how values look, of which a raster shows none.
const OF_VALUES: &[&str] = &["range", "colours", "levels", "label", "bins", "by", "average", "labels", "band"];

impl Elaborator<'_> {
    /// States that a task keeps, as a quantity over `sweep`, `unit` and the axes that are not chosen; of anything else nothing.
    pub(super) fn states_over_time(
        &mut self,
        r: &Reading,
        value: &Value,
        span: Span,
    ) -> Eval<Option<(Symbolic, Vec<AxisValues>)>> {
        let Value::Data(set) = value else { return Ok(None) };
        let (Source::States(states), []) = (&set.source, &set.steps[..]) else {
            let d = Diagnostic::error(codes::TYPE, span, "a plot draws no data set")
                .expected("the states that a task keeps, as they are: `field: scan.states`");
            return Err(self.fail(d));
        };
        let plan = &self.elaborated.plan;
        let Some(task) = plan.tasks.iter().find(|t| t.name == states.task) else { return Err(Failed) };
        let Work::Sample { points, .. } = &task.work else { return Err(Failed) };
        let Some(first) = states.points.first().and_then(|p| points.get(p.0 as usize)) else { return Err(Failed) };
        let times = times(first);
        let (chains, units) = (first.chains as usize * first.replicas as usize, states.shape.iter().product::<usize>());
        let (free, mut at) = chosen(states, &task.axes);
        let [times_of, chains_of] = [
            states.points.iter().any(|p| self::times(&points[p.0 as usize]) != times),
            states.points.iter().any(|p| (points[p.0 as usize].chains * points[p.0 as usize].replicas) as usize != chains),
        ];
        let task = task.name.clone();
        if times.len() < 2 {
            let d = Diagnostic::error(codes::TYPE, span, format!("`{task}` keeps one state of each chain"))
                .label("nothing runs over time")
                .expected("`keep { states: all }`, or `states: every 10 sweeps`, in the task");
            return Err(self.fail(d));
        }
        if times_of || chains_of {
            let d = Diagnostic::error(codes::SHAPE, span, format!("the points of `{task}` keep states at different times"))
                .help(format!("take those of one point: `{task}.at(...).states`"));
            return Err(self.fail(d));
        }
        let counted =
            |name: &str, n: usize| AxisValues { name: name.into(), coordinates: Coordinates::Int((0..n as i64).collect()) };
        let mut axes = vec![AxisValues { name: SWEEP.into(), coordinates: Coordinates::Int(times) }, counted(UNIT, units)];
        axes.extend(free);
        if let Some(s) = r.find("average") {
            let d = Diagnostic::error(codes::CONFLICT, s.name.span, "states are drawn as they are, not averaged")
                .help("observe an average in the task, or leave it out");
            return Err(self.fail(d));
        }
        let named = |s: &crate::syntax::ast::Setting| matches!(&*s.value.kind, ExprKind::Name(n) if n == CHAIN);
        if r.find("panels").is_some_and(named) {
            axes.push(counted(CHAIN, chains));
        } else {
            at.push((CHAIN.into(), 0));
        }
        if let Some(axis) = axes[2..].iter().find(|a| [SWEEP, UNIT].contains(&a.name.as_str())) {
            let message = format!("`{}` is an axis of `{task}` and of its states", axis.name);
            let d =
                Diagnostic::error(codes::CONFLICT, span, message).help(format!("take one place of it: `{task}.at(...).states`"));
            return Err(self.fail(d));
        }
        let expr = Expr::Result { task, quantity: "states".into(), at };
        Ok(Some((Symbolic { expr, kind: Kind::Real, shape: vec![], axes: axes.clone(), index: None }, axes)))
    }

    /// A raster counts its rows, and shows marks rather than values.
    pub(super) fn raster_rows(&mut self, r: &Reading, rows: Option<&AxisValues>, span: Span) -> Eval<()> {
        if let Some(s) = r.settings.iter().find(|s| OF_VALUES.contains(&s.name.text.as_str())) {
            let message = format!("`{}` belongs to values; a raster shows marks", s.name.text);
            let d =
                Diagnostic::error(codes::CONFLICT, s.name.span, message).help("leave it out, or draw the values: `style: heat`");
            return Err(self.fail(d));
        }
        let Some(axis) = rows else { return Ok(()) };
        let consecutive =
            matches!(&axis.coordinates, Coordinates::Int(v) if v.windows(2).all(|w| w[1].checked_sub(w[0]) == Some(1)));
        if consecutive {
            return Ok(());
        }
        let d = Diagnostic::error(codes::TYPE, span, format!("the axis `{}` does not count its places one by one", axis.name))
            .label("each place of it would be a row of the raster")
            .expected("an axis of units upwards: `y: unit`, or `style: heat`");
        Err(self.fail(d))
    }

    /// `plot NAME { events: ... }`: a row of marks for each list of times.
    pub(super) fn events_plot(&mut self, r: &Reading) -> Eval<PlotPlan> {
        let Some(setting) = r.find("events") else { return Err(Failed) };
        let e = &setting.value;
        if let Some(s) = ["x", "y", "field", "style", "trajectory"].into_iter().find_map(|key| r.find(key)) {
            let d = Diagnostic::error(codes::CONFLICT, s.name.span, format!("`{}` stands beside `events`", s.name.text))
                .label("time runs to the right and the units upwards")
                .help("a plot draws events, a field or curves");
            return Err(self.fail(d));
        }
        self.raster_rows(r, None, e.span)?;
        let value = self.eval(e, r.scope)?;
        let (s, counts) = match ragged(&value) {
            Some((data, counts)) => {
                let expr = Expr::Array(Arc::new(Array { shape: vec![data.len()], data }));
                (Symbolic { expr, kind: Kind::Real, shape: vec![counts.len(), 0], axes: vec![], index: None }, Some(counts))
            }
            None => (self.lift(&value, e.span)?, None),
        };
        let look = self.plot_look(r, &s.axes)?;
        let others: Vec<String> =
            s.axes.iter().filter(|a| Some(&a.name) != look.panels.as_ref()).map(|a| a.name.clone()).collect();
        if s.shape.len() != 2 || !others.is_empty() {
            let over = match others.is_empty() {
                true => String::new(),
                false => format!(" over {}", crate::elaborate::expression::quoted(&others)),
            };
            let d = Diagnostic::error(codes::SHAPE, e.span, "events are a list of times for each unit")
                .label(format!("this is {}{over}", shape_text(&s.shape)))
                .expected("lists in a list, `[[0.1, 0.4], [], [0.2]]`, or an array `[unit, event]` in which places without an event are no numbers");
            return Err(self.fail(d));
        }
        let (log_x, log_y, _) = self.plot_scales(r.find("scale"), false)?;
        let mut plan = self.plot_common(r, PlotX::Axis(TIME.into()), vec![(self.source_text(e.span), s.expr)], &s.axes)?;
        let field = FieldPlan { y: UNIT.into(), style: FieldStyle::Events, counts, ..FieldPlan::default() };
        (plan.field, plan.log_x, plan.log_y, plan.look) = (Some(field), log_x, log_y, look);
        Ok(plan)
    }
}

/// Lists of numbers one after the other, and how many are in each.
fn ragged(value: &Value) -> Option<(Vec<f64>, Vec<usize>)> {
    let Value::List(units) = value else { return None };
    let (mut data, mut counts) = (Vec::new(), Vec::new());
    for unit in units.iter() {
        let Value::List(times) = unit else { return None };
        data.extend(times.iter().map(Value::number).collect::<Option<Vec<f64>>>()?);
        counts.push(times.len());
    }
    Some((data, counts))
}

/// The sweeps of the measurement at which states are kept.
fn times(p: &SamplePoint) -> Vec<i64> {
    let measurements = if p.looks.at_end || p.method.population() > 1 { 1 } else { p.sweeps / p.every };
    let stride = p.looks.keep.iter().find_map(|k| match k {
        Keep::States { every, last: false } => Some(every.div_ceil(p.every).max(1)),
        _ => None,
    });
    let Some(stride) = stride else { return Vec::new() };
    // The first measurement comes after `every` sweeps.
    (0..measurements.div_ceil(stride)).map(|k| ((k * stride + 1) * p.every) as i64).collect()
}

/// Of the axes of a task: those that run over several of the points, whole, and the places on the others.
fn chosen(states: &States, axes: &[AxisValues]) -> (Vec<AxisValues>, Vec<(String, usize)>) {
    let mut each = axes.iter().map(|a| a.coordinates.len()).product::<usize>();
    let (mut free, mut fixed) = (Vec::new(), Vec::new());
    for axis in axes {
        let n = axis.coordinates.len().max(1);
        each /= n;
        let place = |p: &(u32, u32)| p.0 as usize / each.max(1) % n;
        match states.points.first().map(place) {
            Some(only) if states.points.iter().all(|p| place(p) == only) => fixed.push((axis.name.clone(), only)),
            _ => free.push(axis.clone()),
        }
    }
    (free, fixed)
}
