//! Series, histograms and rasters as places in the frame; very many points are thinned to what looks the same.

use super::{Curve, Form, Place, Point};
use crate::plot::layer::{Histogram, Raster, Series, Style};
use crate::plot::scale::{LARGEST, Range};

/// Lines with more points than this are thinned to the extremes of narrow columns, which looks the same.
const MANY: usize = 6000;
/// Columns used for that.
const COLUMNS: usize = 1500;
/// Cells a side used to drop points that coincide; a cell is smaller than the smallest marker.
const CELLS: f64 = 300.0;
/// Ticks of one row of a raster nearer than this fall together.
const TICK_CELLS: f64 = 2000.0;
/// More rows than this are finer than a printed page shows.
const TICK_ROWS: usize = 800;
/// About so many ticks are drawn at most.
const MOST_TICKS: f64 = 400_000.0;

fn form(style: Style) -> Form {
    match style {
        Style::Line => Form::Line,
        Style::Points => Form::Points,
        Style::LinePoints => Form::LinePoints,
        Style::Band => Form::Band,
        Style::Step => Form::Step,
        Style::Bars => Form::Bars,
        Style::Sticks => Form::Sticks,
    }
}

/// A histogram in the ranges of its axes, and how many of its bins were skipped.
pub(super) fn histogram(h: &Histogram, x: &Range, y: &Range) -> (Curve, usize) {
    let mut curve = Curve::new(&h.label, Form::Histogram);
    let bins = h.density.len().min(h.edges.len().saturating_sub(1));
    for (k, &d) in h.density.iter().enumerate().take(bins) {
        // The first bin on a logarithmic axis may begin at zero: it reaches to the end of the frame.
        let left = if h.edges[k] == 0.0 { x.place(0.0).or(Some(-1.0)) } else { x.place(h.edges[k]) };
        let (Some(left), Some(right)) = (left, x.place(h.edges[k + 1])) else { continue };
        let height = if d == 0.0 { Some(y.floor()) } else { y.place(d) };
        let (Some(height), true) = (height, right > left) else { continue };
        let error = h.error.as_ref().and_then(|e| e.get(k)).map(|e| e.abs()).filter(|e| e.is_finite());
        let error = error.and_then(|e| Some((y.place(d - e).unwrap_or(y.floor()), y.place(d + e)?)));
        let at = ((left + right) / 2.0, height);
        curve.bars.push((left, right, Point { at, error, x_error: None }));
    }
    let skipped = h.density.len() - curve.bars.len();
    (curve, skipped)
}

/// A raster in the ranges of its axes, each tick a point with the ends of the tick for its error; and how many events
/// were skipped.
pub(super) fn raster(r: &Raster, x: &Range, y: &Range) -> (Curve, usize) {
    let mut curve = Curve::new(&r.label, Form::Raster);
    let mut skipped = 0;
    // Of very many rows some share one, and very many ticks stand in wider cells.
    let share = r.events.len().div_ceil(TICK_ROWS).max(1);
    let cells = (MOST_TICKS * share as f64 / r.events.len().max(1) as f64).clamp(200.0, TICK_CELLS);
    for (k, rows) in r.events.chunks(share).enumerate() {
        let row = r.first as f64 + (k * share) as f64;
        let last = row + rows.len() as f64 - 1.0;
        let count: usize = rows.iter().map(Vec::len).sum();
        let (Some(low), Some(at), Some(high)) = (y.place(row - 0.4), y.place((row + last) / 2.0), y.place(last + 0.4)) else {
            skipped += count;
            continue;
        };
        let mut places: Vec<f64> = rows.iter().flatten().filter_map(|v| x.place(*v)).collect();
        skipped += count - places.len();
        places.sort_by(f64::total_cmp);
        places.dedup_by_key(|p| (*p * cells).round() as i64);
        curve.segments.push(places.iter().map(|p| Point { at: (*p, at), error: Some((low, high)), x_error: None }).collect());
    }
    (curve, skipped)
}

/// A series in the ranges of its axes, and how many of its points were skipped.
/// `bar`: the place of its bars among those of `bar_series` series.
pub(super) fn curve(series: &Series, x: &Range, y: &Range, (bar, bar_series): (usize, usize)) -> (Curve, usize) {
    let mut curve = Curve::new(&series.label, form(series.style));
    curve.segments.push(Vec::new());
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
        let x_error = series.x_error.as_ref().and_then(|e| e.get(i)).map(|e| e.abs()).filter(|e| e.is_finite());
        let x_error = x_error.and_then(|e| {
            let low = if vx - e >= -LARGEST { x.place(vx - e).unwrap_or(-1.0) } else { -1.0 };
            Some((low, x.place(vx + e)?))
        });
        if let Some(segment) = curve.segments.last_mut() {
            segment.push(Point { at: (px, py), error, x_error });
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
        Style::Sticks => curve.segments = vec![tallest(curve.segments.concat())],
        Style::Line | Style::LinePoints | Style::Band => {}
    }
    if !matches!(series.style, Style::Points | Style::Sticks) {
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
        (centre - width / 2.0, centre + width / 2.0, Point { at: (centre, p.at.1), error: p.error, x_error: None })
    };
    points.iter().map(place).collect()
}

fn steps(points: &[Point]) -> Vec<Point> {
    let mut out = Vec::with_capacity(2 * points.len());
    let bare = |x: f64, y: f64| Point { at: (x, y), error: None, x_error: None };
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

/// Keeps the tallest of the sticks that stand in one narrow column.
fn tallest(mut points: Vec<Point>) -> Vec<Point> {
    if points.len() <= MANY {
        return points;
    }
    let column = |p: &Point| (p.at.0 * COLUMNS as f64).floor() as i64;
    points.sort_by(|a, b| column(a).cmp(&column(b)).then(b.at.1.total_cmp(&a.at.1)));
    points.dedup_by_key(|p| column(p));
    points
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
