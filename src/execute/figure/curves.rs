//! Curves with their errors, and histograms.

use super::super::binned;
use super::super::table::labels;
use super::places::{Position, position, size};
use super::{Drawn, short};
use crate::plan::PlotPlan;
use crate::plan::output::{CurveStyle, PlotX};
use crate::plot::{Histogram, Layer, Panel, Series, Style};
use crate::results::AxisValues;

impl Drawn<'_> {
    /// The curves at a place of the panels' axis, and the heading of their legend.
    pub(super) fn curves(&self, fixed: &Position) -> Result<(Panel, Option<String>), String> {
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
        let edges = binned::edges(&all, bins, plan.look.x_range, plan.log_x);
        let layers: Vec<Layer> = samples
            .into_iter()
            .map(|(label, values)| {
                let density = binned::densities(&values, &edges);
                Histogram { label: Some(label), edges: edges.clone(), density, error: None }.into()
            })
            .collect();
        let x_name = if plan.y.len() == 1 { short(&plan.y[0].0) } else { String::new() };
        let title = by.filter(|_| self.quantities.len() == 1).map(|b| b.name.clone());
        (self.frame(x_name, "density".into()).with_all(layers), title)
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

#[cfg(test)]
mod tests {
    #[test]
    fn bins_lie_around_their_middles() {
        assert_eq!(super::edges(&[1.0, 2.0, 4.0]), [0.5, 1.5, 3.0, 5.0]);
        assert_eq!(super::edges(&[3.0]), [2.5, 3.5]);
        assert!(super::edges(&[]).is_empty());
    }
}
