//! What the axes of a panel have to show: data with their errors, fields, and marks that lie near them.

use super::drawable;
use crate::plot::field::grid::Grid;
use crate::plot::figure::{Panel, Scale};
use crate::plot::layer::{Layer, Mark, Series, Style};
use crate::plot::scale::LARGEST;

/// Smallest and largest of what was added.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Extent(pub Option<(f64, f64)>);

impl Extent {
    fn add(&mut self, v: f64) {
        self.0 = Some(self.0.map_or((v, v), |(a, b)| (a.min(v), b.max(v))));
    }

    pub fn join(&mut self, other: Extent) {
        if let Some((a, b)) = other.0 {
            self.add(a);
            self.add(b);
        }
    }
}

/// The extents of x and y.
pub(super) fn extents(panel: &Panel, field: Option<&Grid>) -> (Extent, Extent) {
    let (xs, ys) = (panel.x.scale, panel.y.scale);
    let (mut x, mut y) = (Extent::default(), Extent::default());
    if let Some(grid) = field {
        grid.columns.iter().for_each(|v| x.add(*v));
        grid.rows.iter().for_each(|v| y.add(*v));
        // A field fills its frame; what lies outside of it is not shown.
        return (x, y);
    }
    let shown = |v: f64| panel.x.range.is_none_or(|[a, b]| v >= a.min(b) && v <= a.max(b) || !(a.is_finite() && b.is_finite()));
    for layer in &panel.layers {
        match layer {
            Layer::Series(series) => add_series(series, (xs, ys), shown, (&mut x, &mut y)),
            Layer::Histogram(h) => {
                h.edges.iter().filter(|v| drawable(xs, **v)).for_each(|v| x.add(*v));
                for (k, d) in h.density.iter().enumerate().filter(|(_, d)| drawable(ys, **d)) {
                    y.add(*d);
                    let e = h.error.as_ref().and_then(|e| e.get(k)).map_or(0.0, |e| e.abs());
                    [d - e, d + e].into_iter().filter(|v| drawable(ys, *v)).for_each(|v| y.add(v));
                }
                if ys == Scale::Linear && y.0.is_some() {
                    y.add(0.0);
                }
            }
            Layer::Raster(r) => {
                r.events.iter().flatten().chain(r.over.iter().flatten()).filter(|v| drawable(xs, **v)).for_each(|v| x.add(*v));
                if !r.events.is_empty() {
                    y.add(r.first as f64 - 0.5);
                    y.add(r.first as f64 + r.events.len() as f64 - 0.5);
                }
            }
            Layer::Trajectory(t) => {
                for (vx, vy) in t.x.iter().zip(&t.y).filter(|(vx, vy)| drawable(xs, **vx) && drawable(ys, **vy)) {
                    x.add(*vx);
                    y.add(*vy);
                }
            }
            Layer::Field(_) | Layer::Mark(_) => {}
        }
    }
    panel.marks().for_each(|m| add_mark(m, (xs, ys), (&mut x, &mut y)));
    (x, y)
}

fn add_series(series: &Series, (xs, ys): (Scale, Scale), shown: impl Fn(f64) -> bool, (x, y): (&mut Extent, &mut Extent)) {
    let error = |of: &Option<Vec<f64>>, i: usize| of.as_ref().and_then(|e| e.get(i)).map(|e| e.abs());
    for (i, (&vx, &vy)) in series.x.iter().zip(&series.y).enumerate() {
        if !drawable(xs, vx) || !drawable(ys, vy) {
            continue;
        }
        x.add(vx);
        if !shown(vx) {
            continue;
        }
        y.add(vy);
        if let Some(e) = error(&series.error, i) {
            [vy - e, vy + e].into_iter().filter(|v| drawable(ys, *v)).for_each(|v| y.add(v));
        }
        if let Some(e) = error(&series.x_error, i) {
            [vx - e, vx + e].into_iter().filter(|v| drawable(xs, *v)).for_each(|v| x.add(v));
        }
    }
    if matches!(series.style, Style::Bars | Style::Sticks) {
        if series.style == Style::Bars {
            let gap = narrowest_gap(series, xs);
            if let (Some((a, b)), Scale::Linear) = (x.0, xs) {
                x.add((a - gap / 2.0).max(-LARGEST));
                x.add((b + gap / 2.0).min(LARGEST));
            }
        }
        if ys == Scale::Linear && y.0.is_some() {
            y.add(0.0);
        }
    }
}

fn add_mark(mark: &Mark, (xs, ys): (Scale, Scale), (x, y): (&mut Extent, &mut Extent)) {
    for (extent, scale, value) in [(x, xs, mark.x), (y, ys, mark.y)] {
        let Some(v) = value.filter(|v| drawable(scale, *v)) else { continue };
        match extent.0 {
            None => extent.add(v),
            Some((a, b)) => {
                let c = |v: f64| if scale == Scale::Log { libm::log10(v) } else { v };
                let reach = 0.6 * (c(b) - c(a));
                if a == b || (c(v) >= c(a) - reach && c(v) <= c(b) + reach) {
                    extent.add(v);
                }
            }
        }
    }
}

/// The smallest distance of neighbouring `x`: the room of a bar. One for a single bar.
fn narrowest_gap(series: &Series, scale: Scale) -> f64 {
    let mut xs: Vec<f64> = series.x.iter().copied().filter(|v| drawable(scale, *v)).collect();
    xs.sort_by(f64::total_cmp);
    let gap = xs.windows(2).map(|w| w[1] - w[0]).filter(|d| *d > 0.0).fold(f64::INFINITY, f64::min);
    if gap.is_finite() { gap } else { 1.0 }
}
