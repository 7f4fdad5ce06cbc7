//! Paths: a cased line with dots, its start a ring and its end a disc. Must not know how places came about.

use super::canvas::{Canvas, Path};
use super::curves::Look;
use crate::plot::prepared::Place;

/// Paths with more points than this have no dots.
const DOTS: usize = 80;
/// Dots nearer than this, in points, are left out.
const APART: f64 = 3.0;

/// A point of a path on the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    pub at: Place,
    /// False where something stands before it.
    pub shown: bool,
    /// It has a dot.
    pub dot: bool,
}

/// Draws a path without its ends; what is hidden is drawn faint.
pub(super) fn draw(canvas: &mut Canvas, steps: &[Step], look: &Look) {
    let (mut seen, mut hidden) = (Path::default(), Path::default());
    let mut pen: Option<(Place, bool)> = None;
    for pair in steps.windows(2) {
        let shown = pair[0].shown && pair[1].shown;
        let path = if shown { &mut seen } else { &mut hidden };
        if pen != Some((pair[0].at, shown)) {
            path.move_to(pair[0].at);
        }
        path.line_to(pair[1].at);
        pen = Some((pair[1].at, shown));
    }
    let round = "fill=\"none\" stroke-linejoin=\"round\" stroke-linecap=\"round\"";
    let colour = look.colour.hex();
    canvas.path(
        &hidden,
        &format!("{round} stroke=\"{colour}\" stroke-opacity=\"0.45\" stroke-width=\"0.9\" stroke-dasharray=\"0.1 2.4\""),
    );
    canvas.path(&seen, &format!("{round} stroke=\"#ffffff\" stroke-opacity=\"0.9\" stroke-width=\"2.8\""));
    canvas.path(&seen, &format!("{round} stroke=\"{colour}\" stroke-width=\"1.4\""));
    if steps.iter().filter(|s| s.dot).count() <= DOTS {
        let mut dots = Path::default();
        let mut before: Option<Place> = None;
        for p in steps.iter().filter(|s| s.dot && s.shown).map(|s| s.at) {
            if before.is_none_or(|q| (q.0 - p.0).hypot(q.1 - p.1) >= APART) {
                dots.segment(p, (p.0 + 0.01, p.1));
                before = Some(p);
            }
        }
        canvas.path(&dots, &format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"3\" stroke-linecap=\"round\""));
    }
}

/// Draws the symbols of start and end, each where its step passes.
pub(super) fn draw_ends(canvas: &mut Canvas, steps: &[Step], look: &Look, passes: impl Fn(&Step) -> bool) {
    if let Some(last) = steps.last().filter(|s| passes(s)) {
        end(canvas, last.at, look);
    }
    if let Some(first) = steps.first().filter(|s| passes(s)) {
        start(canvas, first.at, look);
    }
}

/// The symbols of start and end.
pub(super) fn ends(canvas: &mut Canvas, from: Place, to: Place, look: &Look) {
    end(canvas, to, look);
    start(canvas, from, look);
}

fn end(canvas: &mut Canvas, at: Place, look: &Look) {
    canvas.circle(at, 4.0, "fill=\"#ffffff\"");
    canvas.circle(at, 3.2, &format!("fill=\"{}\"", look.colour.hex()));
}

fn start(canvas: &mut Canvas, at: Place, look: &Look) {
    canvas.circle(at, 3.9, "fill=\"#ffffff\"");
    canvas.circle(at, 2.7, &format!("fill=\"#ffffff\" stroke=\"{}\" stroke-width=\"1.4\"", look.colour.hex()));
}
