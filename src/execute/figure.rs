//! The figures of a script: what a `plot` draws, from the results of its tasks.

use super::derive::{Labelled, Results};
use super::raster;
use super::table::labels;
use crate::plan::output::{CurveStyle, FieldColours, FieldPlan, FieldStyle, PlotX};
use crate::plan::{Analysis, Expr, PlotPlan, Reduction};
use crate::plot;
use crate::plot::{Axis, Colours, Field, Figure, Histogram, Layer, Mark, Panel, Scale, Series, Style, Trajectory};
use crate::results::{AxisValues, Coordinates};

/// Values of an expression at all positions, by position of its axes.
struct Values {
    l: Labelled,
}

/// A place on some axes: their names with indices of coordinates.
type Position = Vec<(String, usize)>;

impl Values {
    fn at(&self, position: &[(String, usize)]) -> Option<(f64, f64)> {
        let mut k = 0;
        for axis in &self.l.axes {
            let i = position.iter().find(|(n, _)| *n == axis.name)?.1;
            k = k * axis.coordinates.len() + i;
        }
        Some((*self.l.value.get(k)?, *self.l.error.get(k)?))
    }

    /// The first number of the plane of two axes at a place of the others, and the steps along the two.
    fn plane(&self, fixed: &[(String, usize)], x: &str, y: &str) -> Option<(usize, usize, usize)> {
        let (mut first, mut steps, mut step) = (0, [0, 0], 1);
        for axis in self.l.axes.iter().rev() {
            match &axis.name {
                name if name == x => steps[0] = step,
                name if name == y => steps[1] = step,
                name => first += step * fixed.iter().find(|(n, _)| n == name)?.1,
            }
            step *= axis.coordinates.len();
        }
        Some((first, steps[0], steps[1]))
    }
}

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

    /// The curves at a place of the panels' axis, and the heading of their legend.
    fn curves(&self, fixed: &Position) -> Result<(Panel, Option<String>), String> {
        let plan = self.plan;
        if let Some(bins) = plan.look.bins {
            return Ok(self.binned(bins as usize, fixed));
        }
        let x_axis = match &plan.x {
            PlotX::Axis(name) => Some(self.axis(name)?),
            PlotX::Quantity(..) => None,
        };
        let by = plan.by.as_ref().and_then(|name| self.axes.iter().find(|a| a.name == *name));
        let free = |a: &&AxisValues| !fixed.iter().any(|(n, _)| *n == a.name);
        // Axes that are neither x nor `by` make curves of their own.
        let others: Vec<AxisValues> = self
            .axes
            .iter()
            .filter(free)
            .filter(|a| Some(a.name.as_str()) != x_axis.map(|x| x.name.as_str()))
            .filter(|a| self.abscissae.is_none() || Some(&a.name) == plan.by.as_ref())
            .cloned()
            .collect();
        let run: Vec<AxisValues> = match x_axis {
            Some(axis) => vec![axis.clone()],
            None => self.axes.iter().filter(free).filter(|a| Some(&a.name) != plan.by.as_ref()).cloned().collect(),
        };
        let named = by.is_some_and(|b| others.len() == 1 && self.quantities.len() == 1 && others[0].name == b.name);
        let mut layers = Vec::new();
        for (label, values) in &self.quantities {
            for k in 0..size(&others) {
                let place = position(&others, k);
                let mut line = Line::default();
                for i in 0..size(&run) {
                    let mut at = fixed.clone();
                    at.extend(place.iter().cloned());
                    at.extend(position(&run, i));
                    let Some((y, e)) = values.at(&at) else { continue };
                    let (x, x_error) = match (x_axis, &self.abscissae) {
                        (Some(axis), _) => (axis.coordinates.number(i).unwrap_or(i as f64), 0.0),
                        (None, Some(x)) => x.at(&at).unwrap_or((f64::NAN, 0.0)),
                        (None, None) => (i as f64, 0.0),
                    };
                    line.add((x, x_error), (y, e));
                }
                let mut name: Vec<String> = Vec::new();
                if self.quantities.len() > 1 || !plan.look.labels.is_empty() {
                    name.push(label.clone());
                }
                for (axis, (_, i)) in others.iter().zip(&place) {
                    let value = labels(std::slice::from_ref(axis), *i).remove(0);
                    name.push(if named { value } else { format!("{} = {value}", axis.name) });
                }
                layers.push(line.layer(name.join(", "), plan, x_axis.is_some()));
            }
        }
        let x_name = match &plan.x {
            PlotX::Axis(name) => name.clone(),
            PlotX::Quantity(text, _) => short(text),
        };
        let y_name = if plan.y.len() == 1 { short(&plan.y[0].0) } else { String::new() };
        let panel = self.frame(x_name, y_name).with_all(layers);
        Ok((panel, by.filter(|_| named).map(|b| b.name.clone())))
    }

    /// Histograms of the values at a place of the panels' axis, in common bins.
    fn binned(&self, bins: usize, fixed: &Position) -> (Panel, Option<String>) {
        let plan = self.plan;
        let by = plan.by.as_ref().and_then(|name| self.axes.iter().find(|a| a.name == *name));
        let mut samples: Vec<(String, Vec<f64>)> = Vec::new();
        for (label, values) in &self.quantities {
            for k in 0..by.map_or(1, |b| b.coordinates.len()) {
                let mut at = fixed.clone();
                at.extend(by.map(|b| (b.name.clone(), k)));
                let free = |a: &&AxisValues| !at.iter().any(|(n, _)| *n == a.name);
                let run: Vec<AxisValues> = values.l.axes.iter().filter(free).cloned().collect();
                let one = |i: usize| {
                    let mut place = at.clone();
                    place.extend(position(&run, i));
                    values.at(&place).map(|v| v.0)
                };
                let mut name = Vec::new();
                if self.quantities.len() > 1 || !plan.look.labels.is_empty() {
                    name.push(label.clone());
                }
                if let Some(b) = by {
                    let value = labels(std::slice::from_ref(b), k).remove(0);
                    name.push(if self.quantities.len() == 1 { value } else { format!("{} = {value}", b.name) });
                }
                samples.push((name.join(", "), (0..size(&run)).filter_map(one).collect()));
            }
        }
        let all: Vec<f64> = samples.iter().flat_map(|(_, v)| v.iter().copied()).collect();
        let edges = super::binned::edges(&all, bins, plan.look.x_range, plan.log_x);
        let layers: Vec<Layer> = samples
            .into_iter()
            .map(|(label, values)| {
                let density = super::binned::densities(&values, &edges);
                Histogram { label: Some(label), edges: edges.clone(), density, error: None }.into()
            })
            .collect();
        let x_name = if plan.y.len() == 1 { short(&plan.y[0].0) } else { String::new() };
        let title = by.filter(|_| self.quantities.len() == 1).map(|b| b.name.clone());
        (self.frame(x_name, "density".into()).with_all(layers), title)
    }

    /// The field at a place of the panels' axis.
    fn field(&self, field: &FieldPlan, fixed: &Position) -> Result<Panel, String> {
        let PlotX::Axis(x_name) = &self.plan.x else { return Err("a field runs over two axes".to_string()) };
        let Some((name, values)) = self.quantities.first() else { return Err("there is no field".to_string()) };
        if field.style == FieldStyle::Events {
            return self.events(values, field, fixed);
        }
        let (x, y) = (ascending(self.axis(x_name)?), ascending(self.axis(&field.y)?));
        let place = values.plane(fixed, x_name, &field.y);
        let value = |i: usize, j: usize| {
            let found = place.and_then(|(first, dx, dy)| values.l.value.get(first + i * dx + j * dy));
            found.copied().unwrap_or(f64::NAN)
        };
        if matches!(field.style, FieldStyle::Raster | FieldStyle::Flips) {
            let first = y.first().map_or(0, |(_, at)| *at as i64);
            let over = x.first().zip(x.last()).map(|(a, b)| [a.1, b.1]);
            let rows = y.iter().map(|(j, _)| x.iter().map(|(i, at)| (*at, value(*i, *j))).collect());
            let marks = raster::marked(field.style, first, over, rows);
            return Ok(self.frame(x_name.clone(), field.y.clone()).with(marks).with_all(self.trajectory.clone()));
        }
        let z = y.iter().flat_map(|(j, _)| x.iter().map(move |(i, _)| (*i, *j))).map(|(i, j)| value(i, j)).collect();
        let style = match field.style {
            FieldStyle::Contour => plot::FieldStyle::Contour,
            FieldStyle::Surface => plot::FieldStyle::Surface,
            FieldStyle::Categories => plot::FieldStyle::Categories,
            _ => plot::FieldStyle::Heat,
        };
        let colours = match field.colours {
            None => Colours::Auto,
            Some(FieldColours::Sequential) => Colours::Sequential,
            Some(FieldColours::Diverging) => Colours::Diverging,
        };
        let shown = Field {
            x: x.into_iter().map(|(_, v)| v).collect(),
            y: y.into_iter().map(|(_, v)| v).collect(),
            z,
            label: Some(field.label.clone().unwrap_or_else(|| name.clone())),
            style,
            scale: field.log.map(|log| if log { Scale::Log } else { Scale::Linear }),
            range: field.range,
            levels: field.levels.clone(),
            colours,
            bare: self.plan.look.band == Some(false),
            categories: self.plan.look.labels.clone(),
            ..Field::default()
        };
        let mut frame = self.frame(x_name.clone(), field.y.clone());
        frame.y.reversed = field.image;
        Ok(frame.with(shown).with_all(self.trajectory.clone()))
    }

    /// Listed events at a place of the panels' axis.
    fn events(&self, values: &Values, field: &FieldPlan, fixed: &Position) -> Result<Panel, String> {
        let PlotX::Axis(x_name) = &self.plan.x else { return Err("events run over time".to_string()) };
        let each = values.l.shape.iter().product::<usize>();
        let place = values.l.axes.iter().try_fold(0, |k, axis| {
            let at = fixed.iter().find(|(n, _)| *n == axis.name)?.1;
            Some(k * axis.coordinates.len() + at)
        });
        let numbers = place.and_then(|k| values.l.value.get(k * each..(k + 1) * each)).unwrap_or(&[]);
        let marks = raster::listed(numbers, &values.l.shape, field.counts.as_deref());
        Ok(self.frame(x_name.clone(), field.y.clone()).with(marks))
    }
}

/// The points of a curve with their errors.
#[derive(Default)]
struct Line {
    x: Vec<f64>,
    y: Vec<f64>,
    x_error: Vec<f64>,
    error: Vec<f64>,
}

impl Line {
    fn add(&mut self, x: (f64, f64), y: (f64, f64)) {
        self.x.push(x.0);
        self.x_error.push(x.1);
        self.y.push(y.0);
        self.error.push(y.1);
    }

    fn layer(self, label: String, plan: &PlotPlan, joined: bool) -> Layer {
        let some = |e: Vec<f64>| e.iter().any(|e| *e > 0.0).then_some(e);
        let (error, x_error) = (some(self.error), some(self.x_error));
        let band = plan.look.band == Some(true);
        let style = match plan.look.style {
            Some(CurveStyle::Histogram) => {
                let mut order: Vec<usize> = (0..self.x.len()).filter(|k| self.x[*k].is_finite()).collect();
                order.sort_by(|a, b| self.x[*a].total_cmp(&self.x[*b]));
                let pick = |of: &[f64]| order.iter().map(|k| of[*k]).collect::<Vec<_>>();
                let edges = edges(&pick(&self.x));
                let error = error.map(|e| pick(&e));
                return Histogram { label: Some(label), edges, density: pick(&self.y), error }.into();
            }
            _ if band => Style::Band,
            Some(CurveStyle::Line) => Style::Line,
            Some(CurveStyle::Points) => Style::Points,
            Some(CurveStyle::Steps) => Style::Step,
            Some(CurveStyle::Sticks) => Style::Sticks,
            Some(CurveStyle::Bars) => Style::Bars,
            None if joined => Style::LinePoints,
            None => Style::Points,
        };
        Series { label: Some(label), x: self.x, y: self.y, error, x_error, style }.into()
    }
}

/// An array in one direction as an axis that counts its elements, one in two as rows and columns.
fn counted(mut l: Labelled) -> Labelled {
    let names: &[&str] = match l.shape.len() {
        1 => &["number"],
        2 => &["row", "column"],
        _ => return l,
    };
    for (name, n) in names.iter().zip(std::mem::take(&mut l.shape)) {
        l.axes.push(AxisValues { name: (*name).into(), coordinates: Coordinates::Int((0..n as i64).collect()) });
    }
    l
}

/// A state as a quantity over the rows and columns of its lattice.
fn on_plane(mut l: Labelled, sizes: [usize; 2]) -> Labelled {
    for (name, n) in ["row", "column"].into_iter().zip(sizes) {
        l.axes.push(AxisValues { name: name.into(), coordinates: Coordinates::Int((0..n as i64).collect()) });
    }
    l.shape.clear();
    l
}

/// The edges of bins around their middles.
fn edges(middles: &[f64]) -> Vec<f64> {
    let half = |a: Option<&f64>, b: Option<&f64>| a.zip(b).map_or(0.5, |(a, b)| (b - a) / 2.0);
    let n = middles.len();
    let (Some(first), Some(last)) = (middles.first(), middles.last()) else { return Vec::new() };
    let mut edges = vec![first - half(Some(first), middles.get(1))];
    edges.extend(middles.windows(2).map(|w| w[0] + (w[1] - w[0]) / 2.0));
    edges.push(last + half(n.checked_sub(2).and_then(|k| middles.get(k)), Some(last)));
    edges
}

/// Points of a path, two or three numbers each.
fn trajectory(text: &str, l: &Labelled) -> Trajectory {
    let each = l.shape.last().copied().unwrap_or(2).max(1);
    let points = l.value.chunks_exact(each);
    let along = |k: usize| points.clone().map(|p| p.get(k).copied().unwrap_or(f64::NAN)).collect::<Vec<_>>();
    // A list is no name for a path.
    let label = Some(short(text)).filter(|t| !t.starts_with('['));
    Trajectory { label, x: along(0), y: along(1), z: (each == 3).then(|| along(2)) }
}

/// The coordinates of an axis in ascending order, with their indices.
fn ascending(axis: &AxisValues) -> Vec<(usize, f64)> {
    let number = |i: usize| axis.coordinates.number(i).unwrap_or(i as f64);
    let mut order: Vec<(usize, f64)> = (0..axis.coordinates.len()).map(|i| (i, number(i))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    order
}

fn size(axes: &[AxisValues]) -> usize {
    axes.iter().map(|a| a.coordinates.len()).product()
}

fn position(axes: &[AxisValues], k: usize) -> Position {
    let mut rest = k;
    let mut out: Position = Vec::new();
    for axis in axes.iter().rev() {
        out.push((axis.name.clone(), rest % axis.coordinates.len()));
        rest /= axis.coordinates.len();
    }
    out.reverse();
    out
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

    #[test]
    fn bins_lie_around_their_middles() {
        assert_eq!(super::edges(&[1.0, 2.0, 4.0]), [0.5, 1.5, 3.0, 5.0]);
        assert_eq!(super::edges(&[3.0]), [2.5, 3.5]);
        assert!(super::edges(&[]).is_empty());
    }
}
