//! Series: areas, lines, error bars and markers, and the samples of ink that keep the legend off them.
//! Must not know axes or text.

use super::canvas::{Canvas, Path, Rect};
use super::layout::Layout;
use crate::plot::figure::Style;
use crate::plot::palette::{self, Colour};
use crate::plot::prepared::{Curve, Place, Point, Prepared, clip};

/// More points than this of a series are drawn as mere dots.
const CROWDED: usize = 120;
/// Size of a marker in points.
const RADIUS: f64 = 2.4;
const CAP: f64 = 2.2;
/// More samples than this are not needed to find a free corner.
const MOST_SAMPLES: usize = 200_000;

/// How a series is told from the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    pub colour: Colour,
    shape: usize,
    dashed: bool,
}

impl Look {
    pub fn new(index: usize, curves: &[Curve]) -> Look {
        // In grey, lines without markers are told apart by dashes; an ordered scale of colours keeps its order in grey.
        let lines_before = curves[..index].iter().filter(|c| c.style == Style::Line).count();
        let dashed = curves[index].style == Style::Line && lines_before % 2 == 1 && curves.len() <= palette::CATEGORIES.len();
        Look { colour: palette::series(index, curves.len()), shape: index, dashed }
    }

    pub fn stroke(&self) -> String {
        let dashes = if self.dashed { " stroke-dasharray=\"5 2\"" } else { "" };
        format!(
            "fill=\"none\" stroke=\"{}\" stroke-width=\"1.1\" stroke-linejoin=\"round\" stroke-linecap=\"round\"{dashes}",
            self.colour.hex()
        )
    }
}

/// Bands and bars, which lie under everything.
pub(super) fn areas(canvas: &mut Canvas, prepared: &Prepared, layout: &Layout) {
    let frame = layout.frame;
    canvas.open("clip-path=\"url(#frame)\"");
    for (i, curve) in prepared.curves.iter().enumerate() {
        let look = Look::new(i, &prepared.curves);
        let within = |v: f64| v.clamp(-0.5, 1.5);
        let mut path = Path::default();
        if curve.style == Style::Band {
            for segment in curve.segments.iter().filter(|s| s.len() > 1) {
                let end = |p: &Point, upper: bool| {
                    let v = p.error.map_or(p.at.1, |(low, high)| if upper { high } else { low });
                    frame.at((within(p.at.0), within(v)))
                };
                let mut outline: Vec<Place> = segment.iter().map(|p| end(p, true)).collect();
                outline.extend(segment.iter().rev().map(|p| end(p, false)));
                path.polygon(&outline);
            }
            canvas.path(&path, &format!("fill=\"{}\" fill-opacity=\"0.2\"", look.colour.hex()));
        }
        for (left, right, point) in &curve.bars {
            let floor = within(prepared.y.floor());
            let corners = [(*left, floor), (*right, floor), (*right, point.at.1), (*left, point.at.1)];
            path.polygon(&corners.map(|(x, y)| frame.at((within(x), within(y)))));
        }
        if !curve.bars.is_empty() {
            canvas.path(&path, &format!("fill=\"{}\" fill-opacity=\"0.8\"", look.colour.hex()));
        }
    }
    canvas.close();
}

/// Lines, then error bars, then markers of each series in turn.
pub(super) fn lines(canvas: &mut Canvas, prepared: &Prepared, layout: &Layout) {
    for (i, curve) in prepared.curves.iter().enumerate() {
        let look = Look::new(i, &prepared.curves);
        canvas.open("clip-path=\"url(#frame)\"");
        if curve.style != Style::Points {
            line(canvas, curve, &look, layout.frame, prepared.heat.is_some());
        }
        if curve.style != Style::Band {
            let own = if curve.style == Style::Bars { super::INK.to_string() } else { look.colour.hex() };
            error_bars(canvas, curve, &own, layout.frame);
        }
        canvas.close();
        if matches!(curve.style, Style::Points | Style::LinePoints) {
            // Markers on the edge of the frame stay whole, so they are not clipped.
            let shown: Vec<Place> = curve
                .segments
                .iter()
                .flatten()
                .map(|p| layout.frame.at(p.at))
                .filter(|p| layout.frame.contains(*p, 0.1))
                .collect();
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

fn line(canvas: &mut Canvas, curve: &Curve, look: &Look, frame: Rect, on_field: bool) {
    let mut path = Path::default();
    for segment in &curve.segments {
        if let ([only], true) = (segment.as_slice(), curve.style != Style::LinePoints) {
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
    let thin = if curve.style == Style::LinePoints && !on_field { " stroke-opacity=\"0.75\"" } else { "" };
    canvas.path(&path, &format!("{}{thin}", look.stroke()));
}

fn error_bars(canvas: &mut Canvas, curve: &Curve, colour: &str, frame: Rect) {
    let mut path = Path::default();
    let points = curve.segments.iter().flatten().chain(curve.bars.iter().map(|b| &b.2));
    let crowded = points.clone().count() > CROWDED;
    for point in points {
        let Some((low, high)) = point.error.filter(|(low, high)| high > low) else { continue };
        let x = point.at.0;
        if !(-0.02..=1.02).contains(&x) || low > 1.02 || high < -0.02 {
            continue;
        }
        let (a, b) = (frame.at((x, low.max(-0.02))), frame.at((x, high.min(1.02))));
        path.segment(a, b);
        for (end, p) in [(low, a), (high, b)] {
            if (0.0..=1.0).contains(&end) && !crowded {
                path.segment((p.0 - CAP, p.1), (p.0 + CAP, p.1));
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

/// Points of the page that series cover, dense enough that no gap holds a legend.
pub(super) fn ink(prepared: &Prepared, frame: Rect) -> Vec<Place> {
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
    for curve in &prepared.curves {
        for segment in &curve.segments {
            if curve.style != Style::Points {
                segment.windows(2).for_each(|w| along(&mut ink, w[0].at, w[1].at));
            }
            for p in segment {
                let (low, high) = p.error.unwrap_or((p.at.1, p.at.1));
                along(&mut ink, (p.at.0, low), (p.at.0, high));
            }
        }
        for (left, right, p) in &curve.bars {
            let high = p.error.map_or(p.at.1, |e| e.1).max(p.at.1);
            for k in 0..=4 {
                let x = left + (right - left) * f64::from(k) / 4.0;
                along(&mut ink, (x, prepared.y.floor()), (x, high));
            }
        }
    }
    for guide in &prepared.guides {
        match (guide.x, guide.y) {
            (Some(x), Some(y)) => along(&mut ink, (x, y), (x, y)),
            (Some(x), None) => along(&mut ink, (x, 0.0), (x, 1.0)),
            (None, Some(y)) => along(&mut ink, (0.0, y), (1.0, y)),
            (None, None) => {}
        }
    }
    ink
}
