//! The figures of a script: what a `plot` draws, from the results of its tasks.

mod curves;
mod fields;
mod places;
mod raster;

use super::derive::Results;
use super::table::labels;
use crate::plan::output::{FieldPlan, FieldStyle, PlotX};
use crate::plan::{Analysis, Expr, PlotPlan, Reduction};
use crate::plot::{Axis, Figure, Mark, Panel, Scale, Trajectory};
use crate::results::AxisValues;
use fields::trajectory;
use places::{Position, Values, counted, on_plane};

/// What a plot draws, with all of its values.
struct Drawn<'p> {
    plan: &'p PlotPlan,
    /// Labels and values of the quantities.
    quantities: Vec<(String, Values)>,
    /// All axes of the quantities.
    axes: Vec<AxisValues>,
    /// Of a plot whose `x` is no axis.
    abscissae: Option<Values>,
    trajectory: Option<Trajectory>,
    marks: Vec<Mark>,
}

/// Draws a plan.
pub fn figure(plan: &PlotPlan, results: &Results) -> Result<Figure, String> {
    let drawn = Drawn::new(plan, results)?;
    let panels_axis = plan.look.panels.as_ref().and_then(|name| drawn.axes.iter().find(|a| a.name == *name));
    let mut panels = Vec::new();
    let mut legend_title = None;
    for k in 0..panels_axis.map_or(1, |a| a.coordinates.len()) {
        let fixed: Position = panels_axis.map(|a| vec![(a.name.clone(), k)]).unwrap_or_default();
        let mut panel = match &plan.field {
            Some(field) => drawn.field(field, &fixed)?,
            None => {
                let (panel, title) = drawn.curves(&fixed)?;
                legend_title = title;
                panel
            }
        };
        if let Some(axis) = panels_axis {
            panel = panel.title(format!("{} = {}", axis.name, labels(std::slice::from_ref(axis), k).remove(0)));
        }
        panels.push(panel.with_all(drawn.marks.clone()));
    }
    let several = panels.len() > 1;
    let fallback = match several {
        false => (13.0, 9.0),
        true => {
            let (rows, columns) = Figure { panels: panels.clone(), ..Figure::default() }.rows_and_columns();
            (3.0 + 6.0 * columns as f64, 2.0 + 5.0 * rows as f64)
        }
    };
    let (width_cm, height_cm) = plan.look.size.map_or(fallback, |[w, h]| (w, h));
    let title = plan.title.clone();
    let (share_x, share_y) = (several, several);
    Ok(Figure {
        title,
        panels,
        legend_title,
        share_x,
        share_y,
        aspect: plan.look.aspect,
        width_cm,
        height_cm,
        ..Figure::default()
    })
}

impl<'p> Drawn<'p> {
    fn new(plan: &'p PlotPlan, results: &Results) -> Result<Self, String> {
        let mut axes: Vec<AxisValues> = Vec::new();
        let mut quantities = Vec::new();
        for (k, (label, expr)) in plan.y.iter().enumerate() {
            // An average over an axis is a derived quantity with its own error.
            let expr = match &plan.average {
                Some(axis) if plan.average_draws => Analysis::mean_of_draws(axis, expr.clone()),
                Some(axis) => Expr::Analyse(Analysis::Along { axis: axis.clone(), op: Reduction::Mean }, vec![expr.clone()]),
                None => expr.clone(),
            };
            let l = match &plan.field {
                Some(FieldPlan { kept: Some(axes), .. }) => raster::states(&expr, axes, results)?,
                Some(FieldPlan { style: FieldStyle::Events, .. }) => results.derive(&expr)?,
                Some(FieldPlan { state: Some(sizes), .. }) => on_plane(results.derive(&expr)?, *sizes),
                _ => counted(results.derive(&expr)?),
            };
            for axis in &l.axes {
                if !axes.iter().any(|a| a.name == axis.name) {
                    axes.push(axis.clone());
                }
            }
            let own = plan.look.labels.get(k).filter(|_| plan.field.is_none());
            quantities.push((own.cloned().unwrap_or_else(|| short(label)), Values { l }));
        }
        let abscissae = match &plan.x {
            PlotX::Quantity(_, expr) => Some(Values { l: counted(results.derive(expr)?) }),
            PlotX::Axis(_) => None,
        };
        let trajectory = match plan.field.as_ref().and_then(|f| f.trajectory.as_ref()) {
            Some((text, expr)) => Some(trajectory(text, &results.derive(expr)?)),
            None => None,
        };
        let mut marks = Vec::new();
        for (label, expr) in &plan.marks {
            match results.derive(expr)?.value.as_slice() {
                [x, y] => marks.push(Mark::point(*x, *y, label.clone())),
                values => marks.push(Mark::vertical(values.first().copied().unwrap_or(f64::NAN), label.clone())),
            }
        }
        Ok(Drawn { plan, quantities, axes, abscissae, trajectory, marks })
    }

    fn axis(&self, name: &str) -> Result<&AxisValues, String> {
        self.axes.iter().find(|a| a.name == name).ok_or_else(|| format!("there is no axis `{name}`"))
    }

    /// The axes of the frame: with the labels, scales and ranges that are given.
    fn frame(&self, x: String, y: String) -> Panel {
        let plan = self.plan;
        let axis = |own: &Option<String>, other: String, log: bool, range: Option<[f64; 2]>| {
            let scale = if log { Scale::Log } else { Scale::Linear };
            Axis { label: Some(own.clone().unwrap_or(other)), scale, range, ..Axis::default() }
        };
        Panel::new(axis(&plan.x_label, x, plan.log_x, plan.look.x_range), axis(&plan.y_label, y, plan.log_y, plan.look.y_range))
    }
}

/// `scan.binder` is drawn as `binder`, and so is `scan.binder.at(L: 8)`.
fn short(text: &str) -> String {
    let word = |t: &str| t.chars().all(|c| c.is_alphanumeric() || c == '_');
    let whole = match text.split_once(".at(") {
        Some((quantity, place)) if place.ends_with(')') && !place[..place.len() - 1].contains(['(', ')']) => quantity,
        _ => text,
    };
    match whole.rsplit_once('.') {
        Some((task, name)) if word(task) && word(name) => name.to_string(),
        _ => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn quantities_have_short_names() {
        for (text, name) in [
            ("scan.m", "m"),
            ("scan.m.at(L: 8)", "m"),
            ("a.m / b.m", "a.m / b.m"),
            ("f(a.m)", "f(a.m)"),
            ("scan.m.at(L: 8) - scan.m.at(L: 4)", "scan.m.at(L: 8) - scan.m.at(L: 4)"),
        ] {
            assert_eq!(super::short(text), name);
        }
    }
}
