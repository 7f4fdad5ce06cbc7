//! Curves: areas, lines, sticks, ticks, error bars and markers, and the samples of ink that keep the legend off them.
//! Must not know axes or text.

use super::canvas::{Canvas, Path, Rect};
use crate::plot::palette::{self, Colour};
use crate::plot::prepared::{Curve, Form, Place, Point, Ready, clip};

/// More points than this of a series are drawn as mere dots.
const CROWDED: usize = 120;
/// More sticks than this have no heads.
const HEADS: usize = 60;
/// Size of a marker in points.
pub(super) const RADIUS: f64 = 2.4;
const CAP: f64 = 2.2;
/// More samples than this are not needed to find a free corner.
const MOST_SAMPLES: usize = 200_000;

/// How a curve is told from the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    pub colour: Colour,
    shape: usize,
    dashed: bool,
}

impl Look {
    pub fn of(curve: &Curve) -> Look {
        // The first of rasters is in the colour of text.
        let colour = match (curve.form, curve.look) {
            (Form::Raster, 0) => Colour(34, 34, 34),
            _ => palette::series(curve.look, curve.looks),
        };
        Look { colour, shape: curve.look, dashed: curve.dashed }
    }

    /// Of a path.
    pub fn path(index: usize, on_field: bool) -> Look {
        let colour = if on_field { palette::path(index) } else { palette::series(index, palette::CATEGORIES.len()) };
        Look { colour, shape: 0, dashed: false }
    }

    pub fn stroke(&self) -> String {
        let dashes = if self.dashed { " stroke-dasharray=\"5 2\"" } else { "" };
        format!(
            "fill=\"none\" stroke=\"{}\" stroke-width=\"1.1\" stroke-linejoin=\"round\" stroke-linecap=\"round\"{dashes}",
            self.colour.hex()
        )
    }

    /// How the area of a curve is filled, if it has one.
    pub fn fill(&self, form: Form) -> Option<String> {
        let opacity = match form {
            Form::Band => 0.2,
            Form::Bars => 0.8,
            Form::Histogram => 0.3,
            _ => return None,
        };
        Some(format!("fill=\"{}\" fill-opacity=\"{opacity}\"", self.colour.hex()))
    }
}

fn within(v: f64) -> f64 {
    v.clamp(-0.5, 1.5)
}

/// Bands, bars and histograms, which lie under everything.
pub(super) fn areas(canvas: &mut Canvas, panel: &Ready, frame: Rect, clip: &str) {
    canvas.open(clip);
    for curve in &panel.curves {
        let Some(fill) = Look::of(curve).fill(curve.form) else { continue };
        let mut path = Path::default();
        if curve.form == Form::Band {
            for segment in curve.segments.iter().filter(|s| s.len() > 1) {
                let end = |p: &Point, upper: bool| {
                    let v = p.error.map_or(p.at.1, |(low, high)| if upper { high } else { low });
                    frame.at((within(p.at.0), within(v)))
                };
                let mut outline: Vec<Place> = segment.iter().map(|p| end(p, true)).collect();
                outline.extend(segment.iter().rev().map(|p| end(p, false)));
                path.polygon(&outline);
            }
        }
        let floor = within(panel.y.floor());
        for (left, right, point) in &curve.bars {
            path.block(frame.at((within(*left), floor)), frame.at((within(*right), within(point.at.1))));
        }
        canvas.path(&path, &fill);
    }
    canvas.close();
}

/// Lines, then error bars, then markers of each curve in turn.
pub(super) fn lines(canvas: &mut Canvas, panel: &Ready, frame: Rect, clip: &str) {
    for curve in &panel.curves {
        let look = Look::of(curve);
        canvas.open(clip);
        match curve.form {
            Form::Points => {}
            Form::Sticks => sticks(canvas, curve, &look, frame, panel.y.floor()),
            Form::Raster => raster(canvas, curve, &look, frame),
            Form::Histogram => outline(canvas, curve, &look, frame, panel.y.floor()),
            _ => line(canvas, curve, &look, frame, panel.field.is_some()),
        }
        if !matches!(curve.form, Form::Band | Form::Raster) {
            let own = if curve.form == Form::Bars { super::INK.to_string() } else { look.colour.hex() };
            error_bars(canvas, curve, &own, frame);
        }
        canvas.close();
        if matches!(curve.form, Form::Points | Form::LinePoints) {
            // Markers on the edge of the frame stay whole, so they are not clipped.
            let places = curve.segments.iter().flatten().map(|p| frame.at(p.at));
            let shown: Vec<Place> = places.filter(|p| frame.contains(*p, 0.1)).collect();
            if shown.len() > CROWDED {
                // Dots of one path, as round ends of lines that have hardly a length: short, and quick to draw.
                let mut dots = Path::default();
                shown.into_iter().for_each(|p| dots.segment(p, (p.0 + 0.01, p.1)));
                canvas
                    .path(&dots, &format!("stroke=\"{}\" stroke-width=\"{RADIUS}\" stroke-linecap=\"round\"", look.colour.hex()));
            } else {
                shown.into_iter().for_each(|p| marker(canvas, &look, p));
            }
        }
    }
}

/// Vertical lines with heads.
fn sticks(canvas: &mut Canvas, curve: &Curve, look: &Look, frame: Rect, floor: f64) {
    let (mut path, mut heads) = (Path::default(), Path::default());
    let points: Vec<&Point> = curve.segments.iter().flatten().filter(|p| (-0.02..=1.02).contains(&p.at.0)).collect();
    for p in &points {
        let (foot, head) = (frame.at((p.at.0, within(floor))), frame.at((p.at.0, within(p.at.1))));
        path.segment(foot, head);
        heads.segment(head, (head.0 + 0.01, head.1));
    }
    let (many, colour) = (points.len() > HEADS, look.colour.hex());
    let width = if many { 0.8 } else { 1.1 };
    canvas.path(&path, &format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\""));
    if !many {
        canvas.path(&heads, &format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"3.4\" stroke-linecap=\"round\""));
    }
}

/// Rows of short ticks.
fn raster(canvas: &mut Canvas, curve: &Curve, look: &Look, frame: Rect) {
    let mut path = Path::default();
    let count: usize = curve.segments.iter().map(Vec::len).sum();
    for p in curve.segments.iter().flatten().filter(|p| (-0.01..=1.01).contains(&p.at.0)) {
        let Some((low, high)) = p.error.filter(|(low, high)| *low < 1.01 && *high > -0.01) else { continue };
        path.segment(frame.at((p.at.0, low)), frame.at((p.at.0, high)));
    }
    let colour = look.colour.hex();
    let width = if count > 3000 { 0.45 } else { 0.8 };
    canvas.path(&path, &format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\""));
}

/// The upper outline of a histogram, down to the floor where bins do not touch.
fn outline(canvas: &mut Canvas, curve: &Curve, look: &Look, frame: Rect, floor: f64) {
    let mut path = Path::default();
    let floor = within(floor);
    let mut pen: Option<Place> = None;
    for (left, right, p) in &curve.bars {
        let (left, right, top) = (within(*left), within(*right), within(p.at.1));
        if pen.is_none_or(|p| (p.0 - left).abs() > 1e-9) {
            if let Some(end) = pen {
                path.line_to(frame.at((end.0, floor)));
            }
            path.move_to(frame.at((left, floor)));
        }
        path.line_to(frame.at((left, top)));
        path.line_to(frame.at((right, top)));
        pen = Some((right, top));
    }
    if let Some(end) = pen {
        path.line_to(frame.at((end.0, floor)));
    }
    canvas.path(&path, &look.stroke());
}

fn line(canvas: &mut Canvas, curve: &Curve, look: &Look, frame: Rect, on_field: bool) {
    let mut path = Path::default();
    for segment in &curve.segments {
        if let ([only], true) = (segment.as_slice(), curve.form != Form::LinePoints) {
            if frame.contains(frame.at(only.at), 0.0) {
                canvas.circle(frame.at(only.at), 1.2, &format!("fill=\"{}\"", look.colour.hex()));
            }
            continue;
        }
        let mut pen: Option<Place> = None;
        for pair in segment.windows(2) {
            // Cut a little outside the frame so that the ends of cut lines do not show.
            if let Some((a, b)) = clip(pair[0].at, pair[1].at, (-0.02, -0.02), (1.02, 1.02)) {
                if pen != Some(a) {
                    path.move_to(frame.at(a));
                }
                path.line_to(frame.at(b));
                pen = Some(b);
            } else {
                pen = None;
            }
        }
    }
    if on_field {
        // A white casing keeps the line visible on any colour.
        canvas.path(
            &path,
            "fill=\"none\" stroke=\"#ffffff\" stroke-opacity=\"0.85\" stroke-width=\"2.4\" stroke-linejoin=\"round\"",
        );
    }
    let thin = if curve.form == Form::LinePoints && !on_field { " stroke-opacity=\"0.75\"" } else { "" };
    canvas.path(&path, &format!("{}{thin}", look.stroke()));
}

fn error_bars(canvas: &mut Canvas, curve: &Curve, colour: &str, frame: Rect) {
    let mut path = Path::default();
    let points = curve.segments.iter().flatten().chain(curve.bars.iter().map(|b| &b.2));
    let crowded = points.clone().count() > CROWDED;
    let near = |v: f64| (-0.02..=1.02).contains(&v);
    let cut = |(low, high): (f64, f64)| (low.max(-0.02), high.min(1.02));
    let shown = |ends: Option<(f64, f64)>| ends.filter(|(low, high)| high > low && *low <= 1.02 && *high >= -0.02);
    for point in points {
        let (x, y) = point.at;
        for (ends, across, upright) in [(shown(point.error), x, true), (shown(point.x_error), y, false)] {
            let Some(ends) = ends.filter(|_| near(across)) else { continue };
            let place = |v: f64| frame.at(if upright { (across, v) } else { (v, across) });
            let (low, high) = cut(ends);
            path.segment(place(low), place(high));
            for end in [ends.0, ends.1].into_iter().filter(|v| (0.0..=1.0).contains(v) && !crowded) {
                let (p, d) = (place(end), if upright { (CAP, 0.0) } else { (0.0, CAP) });
                path.segment((p.0 - d.0, p.1 - d.1), (p.0 + d.0, p.1 + d.1));
            }
        }
    }
    canvas.path(&path, &format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"0.8\""));
}

/// Draws the marker of a series.
pub(super) fn marker(canvas: &mut Canvas, look: &Look, p: Place) {
    let attributes = format!("fill=\"{}\" stroke=\"#ffffff\" stroke-width=\"0.5\"", look.colour.hex());
    // Corners as multiples of the radius, sized to look as large as the circle.
    let corners: &[Place] = match look.shape % 6 {
        0 => return canvas.circle(p, RADIUS, &attributes),
        1 => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        2 => &[(0.0, -1.3), (1.2, 0.8), (-1.2, 0.8)],
        3 => &[(0.0, -1.35), (1.1, 0.0), (0.0, 1.35), (-1.1, 0.0)],
        4 => &[(0.0, 1.3), (1.2, -0.8), (-1.2, -0.8)],
        _ => &[(0.0, -1.15), (1.1, -0.36), (0.68, 0.93), (-0.68, 0.93), (-1.1, -0.36)],
    };
    let mut path = Path::default();
    path.polygon(&corners.iter().map(|c| (p.0 + RADIUS * c.0, p.1 + RADIUS * c.1)).collect::<Vec<_>>());
    canvas.path(&path, &attributes);
}

/// Points of the page that a panel's data cover, dense enough that no gap holds a legend.
pub(super) fn ink(panel: &Ready, frame: Rect) -> Vec<Place> {
    let mut ink = Vec::new();
    let along = |ink: &mut Vec<Place>, a: Place, b: Place| {
        let Some((a, b)) = clip(a, b, (0.0, 0.0), (1.0, 1.0)) else { return };
        let (a, b) = (frame.at(a), frame.at(b));
        let pieces = ((b.0 - a.0).hypot(b.1 - a.1) / 3.0).ceil().clamp(1.0, 500.0);
        let mut k = 0.0;
        while k <= pieces && ink.len() < MOST_SAMPLES {
            ink.push((a.0 + (b.0 - a.0) * k / pieces, a.1 + (b.1 - a.1) * k / pieces));
            k += 1.0;
        }
    };
    for curve in &panel.curves {
        for segment in &curve.segments {
            if !matches!(curve.form, Form::Points | Form::Sticks | Form::Raster) {
                segment.windows(2).for_each(|w| along(&mut ink, w[0].at, w[1].at));
            }
            for p in segment {
                let foot = if curve.form == Form::Sticks { panel.y.floor() } else { p.at.1 };
                let (low, high) = p.error.unwrap_or((foot, p.at.1));
                along(&mut ink, (p.at.0, low), (p.at.0, high));
                if let Some((low, high)) = p.x_error {
                    along(&mut ink, (low, p.at.1), (high, p.at.1));
                }
            }
        }
        for (left, right, p) in &curve.bars {
            let high = p.error.map_or(p.at.1, |e| e.1).max(p.at.1);
            for k in 0..=4 {
                let x = left + (right - left) * f64::from(k) / 4.0;
                along(&mut ink, (x, panel.y.floor()), (x, high));
            }
        }
    }
    for trail in &panel.trails {
        trail.points.windows(2).for_each(|w| along(&mut ink, w[0].0, w[1].0));
        trail.points.iter().for_each(|p| along(&mut ink, p.0, p.0));
    }
    for guide in &panel.guides {
        match (guide.x, guide.y) {
            (Some(x), Some(y)) => along(&mut ink, (x, y), (x, y)),
            (Some(x), None) => along(&mut ink, (x, 0.0), (x, 1.0)),
            (None, Some(y)) => along(&mut ink, (0.0, y), (1.0, y)),
            (None, None) => {}
        }
    }
    ink
}
