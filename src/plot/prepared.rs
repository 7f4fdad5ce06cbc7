//! A figure made ready for any renderer: cleaned of what cannot be drawn, with every place as a fraction of the frame.
//! Owns what is skipped and the notes that say so; must not know pixels or characters.

use super::figure::{Figure, Scale, Series, Style};
use super::label::Label;
use super::scale::{LARGEST, Range};

/// Lines with more points than this are thinned to the extremes of narrow columns, which looks the same.
const MANY: usize = 6000;
/// Columns used for that.
const COLUMNS: usize = 1500;
/// Cells a side used to drop points that coincide; a cell is smaller than the smallest marker.
const CELLS: f64 = 300.0;

/// A place in the frame, the lower left corner being (0, 0) and the upper right (1, 1).
pub(crate) type Place = (f64, f64);

/// A point of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub at: Place,
    /// Ends of the error bar.
    pub error: Option<(f64, f64)>,
}

/// A series without its gaps: each segment is a run of points to be joined.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    pub label: Option<Label>,
    pub style: Style,
    pub segments: Vec<Vec<Point>>,
    /// Bars only: left and right edge and the place of the value.
    pub bars: Vec<(f64, f64, Point)>,
}

/// A guide inside the frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Guide {
    pub x: Option<f64>,
    pub y: Option<f64>,
    pub label: Label,
}

/// A heat map with places of the edges of its cells and values scaled to 0..1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heat {
    pub columns: Vec<f64>,
    pub rows: Vec<f64>,
    /// Row-major; none for a value that is not finite.
    pub values: Vec<Option<f64>>,
    pub range: Range,
    /// True if zero lies well inside the values: then zero is the middle of a two-sided colour scale.
    pub two_sided: bool,
    pub label: Label,
}

/// The figure, ready.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prepared {
    pub title: Label,
    pub legend_title: Label,
    pub x_label: Label,
    pub y_label: Label,
    pub x: Range,
    pub y: Range,
    pub curves: Vec<Curve>,
    pub guides: Vec<Guide>,
    pub heat: Option<Heat>,
    /// What was left out or changed, in words.
    pub notes: Vec<String>,
}

/// Smallest and largest of what was added.
#[derive(Debug, Clone, Copy, Default)]
struct Extent(Option<(f64, f64)>);

impl Extent {
    fn add(&mut self, v: f64) {
        self.0 = Some(self.0.map_or((v, v), |(a, b)| (a.min(v), b.max(v))));
    }
}

fn drawable(scale: Scale, v: f64) -> bool {
    v.is_finite() && v.abs() <= LARGEST && (scale == Scale::Linear || v > 0.0)
}

impl Prepared {
    pub fn new(figure: &Figure) -> Prepared {
        let mut notes = Vec::new();
        let field = figure.field.as_ref().and_then(|field| match super::heat::Grid::new(field, figure.x.scale, figure.y.scale) {
            Ok(grid) => Some(grid),
            Err(note) => {
                notes.push(note);
                None
            }
        });
        let (x_extent, y_extent) = extents(figure, field.as_ref());
        let margin = if field.is_some() { 0.0 } else { 0.045 };
        let (x, x_note) = Range::fit(&figure.x, x_extent.0, margin);
        let (y, y_note) = Range::fit(&figure.y, y_extent.0, if field.is_some() { 0.0 } else { 0.06 });
        notes.extend(x_note.map(|n| format!("x axis: {n}")));
        notes.extend(y_note.map(|n| format!("y axis: {n}")));

        let bar_series = figure.series.iter().filter(|s| s.style == Style::Bars).count();
        let mut bar_index = 0;
        let mut curves = Vec::new();
        for (index, series) in figure.series.iter().enumerate() {
            let (curve, skipped) = curve(series, &x, &y, (bar_index, bar_series));
            bar_index += usize::from(series.style == Style::Bars);
            let name = series.label.as_ref().map_or_else(|| format!("series {}", index + 1), |l| format!("series `{l}`"));
            if series.x.len() != series.y.len() {
                notes.push(format!("{name}: {} values of x and {} of y; the rest is not drawn", series.x.len(), series.y.len()));
            }
            if skipped > 0 {
                let log = figure.x.scale == Scale::Log || figure.y.scale == Scale::Log;
                let why = if log { "not finite, or not positive on a logarithmic axis" } else { "not finite" };
                notes.push(format!("{name}: {skipped} of {} points not drawn ({why})", series.x.len().min(series.y.len())));
            }
            curves.push(curve);
        }
        let label = |text: &Option<String>| Label::parse(text.as_deref().unwrap_or_default());
        let mut guides = Vec::new();
        for mark in &figure.marks {
            let inside = |range: &Range, v: f64| range.place(v).filter(|at| (-1e-9..=1.0 + 1e-9).contains(at));
            let (gx, gy) = (mark.x.map(|v| inside(&x, v)), mark.y.map(|v| inside(&y, v)));
            if gx == Some(None) || gy == Some(None) || (gx, gy) == (None, None) {
                notes
                    .push(format!("mark `{}` lies outside the axes and is not drawn", mark.label.as_deref().unwrap_or_default()));
            } else {
                guides.push(Guide { x: gx.flatten(), y: gy.flatten(), label: label(&mark.label) });
            }
        }
        Prepared {
            title: label(&figure.title),
            legend_title: label(&figure.legend_title),
            x_label: label(&figure.x.label),
            y_label: label(&figure.y.label),
            heat: field.map(|grid| grid.place(&x, &y, label(&figure.field.as_ref().and_then(|f| f.label.clone())))),
            x,
            y,
            curves,
            guides,
            notes,
        }
    }
}

/// What the axes have to show: data with their error bars, and marks that lie near them.
fn extents(figure: &Figure, field: Option<&super::heat::Grid>) -> (Extent, Extent) {
    let (xs, ys) = (figure.x.scale, figure.y.scale);
    let (mut x, mut y) = (Extent::default(), Extent::default());
    if let Some(grid) = field {
        grid.columns.iter().for_each(|v| x.add(*v));
        grid.rows.iter().for_each(|v| y.add(*v));
    }
    let shown = |v: f64| figure.x.range.is_none_or(|[a, b]| v >= a.min(b) && v <= a.max(b) || !(a.is_finite() && b.is_finite()));
    for series in &figure.series {
        for (i, (&vx, &vy)) in series.x.iter().zip(&series.y).enumerate() {
            if !drawable(xs, vx) || !drawable(ys, vy) {
                continue;
            }
            x.add(vx);
            if !shown(vx) {
                continue;
            }
            y.add(vy);
            if let Some(e) = series.error.as_ref().and_then(|e| e.get(i)).map(|e| e.abs()) {
                [vy - e, vy + e].into_iter().filter(|v| drawable(ys, *v)).for_each(|v| y.add(v));
            }
        }
        if series.style == Style::Bars {
            let gap = narrowest_gap(series, xs);
            if let (Some((a, b)), Scale::Linear) = (x.0, xs) {
                x.add((a - gap / 2.0).max(-LARGEST));
                x.add((b + gap / 2.0).min(LARGEST));
            }
            if ys == Scale::Linear && y.0.is_some() {
                y.add(0.0);
            }
        }
    }
    for mark in &figure.marks {
        for (extent, scale, value) in [(&mut x, xs, mark.x), (&mut y, ys, mark.y)] {
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
    (x, y)
}

/// The smallest distance of neighbouring `x`: the room of a bar. One for a single bar.
fn narrowest_gap(series: &Series, scale: Scale) -> f64 {
    let mut xs: Vec<f64> = series.x.iter().copied().filter(|v| drawable(scale, *v)).collect();
    xs.sort_by(f64::total_cmp);
    let gap = xs.windows(2).map(|w| w[1] - w[0]).filter(|d| *d > 0.0).fold(f64::INFINITY, f64::min);
    if gap.is_finite() { gap } else { 1.0 }
}

fn curve(series: &Series, x: &Range, y: &Range, (bar, bar_series): (usize, usize)) -> (Curve, usize) {
    let mut curve = Curve {
        label: series.label.as_deref().map(Label::parse).filter(|l| !l.is_blank()),
        style: series.style,
        segments: vec![Vec::new()],
        bars: Vec::new(),
    };
    let mut skipped = 0;
    for (i, (&vx, &vy)) in series.x.iter().zip(&series.y).enumerate() {
        let (Some(px), Some(py)) = (x.place(vx), y.place(vy)) else {
            skipped += 1;
            if curve.segments.last().is_some_and(|s| !s.is_empty()) {
                curve.segments.push(Vec::new());
            }
            continue;
        };
        let error = series.error.as_ref().and_then(|e| e.get(i)).map(|e| e.abs()).filter(|e| e.is_finite());
        let error = error.and_then(|e| {
            // Where the bar reaches zero on a logarithmic axis it leaves through the floor of the frame.
            let low = if vy - e >= -LARGEST { y.place(vy - e).unwrap_or(-1.0) } else { -1.0 };
            Some((low, y.place(vy + e)?))
        });
        if let Some(segment) = curve.segments.last_mut() {
            segment.push(Point { at: (px, py), error });
        }
    }
    curve.segments.retain(|s| !s.is_empty());
    match series.style {
        Style::Bars => {
            let points: Vec<Point> = curve.segments.drain(..).flatten().collect();
            curve.bars = bars(&points, bar, bar_series);
        }
        Style::Step => curve.segments.iter_mut().for_each(|s| *s = steps(s)),
        Style::Points => curve.segments = vec![distinct(curve.segments.concat())],
        Style::Line | Style::LinePoints | Style::Band => {}
    }
    if series.style != Style::Points {
        curve.segments.iter_mut().for_each(thin);
    }
    (curve, skipped)
}

fn bars(points: &[Point], bar: usize, bar_series: usize) -> Vec<(f64, f64, Point)> {
    let mut xs: Vec<f64> = points.iter().map(|p| p.at.0).collect();
    xs.sort_by(f64::total_cmp);
    let gap = xs.windows(2).map(|w| w[1] - w[0]).filter(|d| *d > 1e-9).fold(f64::INFINITY, f64::min);
    let gap = if gap.is_finite() { gap } else { 0.2 };
    let width = 0.84 * gap / bar_series.max(1) as f64;
    let shift = (bar as f64 - (bar_series.max(1) as f64 - 1.0) / 2.0) * width;
    let place = |p: &Point| {
        let centre = p.at.0 + shift;
        (centre - width / 2.0, centre + width / 2.0, Point { at: (centre, p.at.1), error: p.error })
    };
    points.iter().map(place).collect()
}

fn steps(points: &[Point]) -> Vec<Point> {
    let mut out = Vec::with_capacity(2 * points.len());
    let bare = |x: f64, y: f64| Point { at: (x, y), error: None };
    for (i, p) in points.iter().enumerate() {
        let reach = |other: Option<&Point>| other.map(|q| (p.at.0 + q.at.0) / 2.0);
        let before = reach(i.checked_sub(1).and_then(|j| points.get(j)));
        let after = reach(points.get(i + 1));
        let half = after.map(|a| a - p.at.0).or(before.map(|b| p.at.0 - b)).unwrap_or(0.02);
        out.push(bare(before.unwrap_or(p.at.0 - half), p.at.1));
        if p.error.is_some() {
            out.push(*p);
        }
        out.push(bare(after.unwrap_or(p.at.0 + half), p.at.1));
    }
    out
}

/// Keeps one of the points that fall on the same spot.
fn distinct(points: Vec<Point>) -> Vec<Point> {
    if points.len() <= MANY {
        return points;
    }
    let cell = |v: f64| (v * CELLS).round() as i64;
    let mut seen = std::collections::BTreeSet::new();
    points.into_iter().filter(|p| seen.insert((cell(p.at.0), cell(p.at.1)))).collect()
}

/// Keeps first, lowest, highest and last of each run of points in one narrow column.
fn thin(points: &mut Vec<Point>) {
    if points.len() <= MANY {
        return;
    }
    let column = |p: &Point| (p.at.0 * COLUMNS as f64).floor() as i64;
    let mut out = Vec::new();
    for run in points.chunk_by(|a, b| column(a) == column(b)) {
        let by_height = |a: &usize, b: &usize| run[*a].at.1.total_cmp(&run[*b].at.1);
        let lowest = (0..run.len()).min_by(by_height).unwrap_or(0);
        let highest = (0..run.len()).max_by(by_height).unwrap_or(0);
        let mut kept = [0, lowest, highest, run.len() - 1].to_vec();
        kept.sort_unstable();
        kept.dedup();
        out.extend(kept.into_iter().map(|i| run[i]));
    }
    *points = out;
}

/// The part of a straight line inside a rectangle (Liang and Barsky 1984), if any.
pub(crate) fn clip(a: Place, b: Place, low: Place, high: Place) -> Option<(Place, Place)> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut from, mut to) = (0.0f64, 1.0f64);
    for (step, room) in [(-dx, a.0 - low.0), (dx, high.0 - a.0), (-dy, a.1 - low.1), (dy, high.1 - a.1)] {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            from = from.max(room / step);
        } else {
            to = to.min(room / step);
        }
    }
    // Ends that were inside are kept as they are, so that consecutive lines still join exactly.
    let along = |t: f64| (a.0 + t * dx, a.1 + t * dy);
    (from <= to).then(|| (if from > 0.0 { along(from) } else { a }, if to < 1.0 { along(to) } else { b }))
}
