//! A figure as SVG, in the manner of a printed paper: white ground, thin frame, faint grid, colours and marker shapes
//! that stay distinct for colour-blind readers and in grey. Must not know files.

mod canvas;
mod curves;
mod field;
mod layout;
mod legend;

use self::canvas::{Canvas, Path, Rect};
use self::layout::{Layout, SMALL};
use super::Drawing;
use super::figure::Figure;
use super::metrics::label_width;
use super::prepared::Prepared;

/// Text and frame.
const INK: &str = "#222222";
/// Grid lines.
const FAINT: &str = "#e9e9e9";
/// Guides.
const GUIDE: &str = "#707070";

/// Draws a figure as the source of an SVG file. Never fails: what cannot be drawn is left out and noted.
#[must_use]
pub fn svg(figure: &Figure) -> Drawing<String> {
    let prepared = Prepared::new(figure);
    let (width, height) = figure.size_cm();
    let (mut canvas, page) = Canvas::new(width, height);
    let layout = Layout::new(&prepared, page, figure.legend);
    canvas.clip("frame", layout.frame);
    if let (Some(heat), Some(bar)) = (&prepared.heat, &layout.colour_bar) {
        field::draw(&mut canvas, heat, &layout, bar);
    } else {
        grid(&mut canvas, &layout);
    }
    curves::areas(&mut canvas, &prepared, &layout);
    guides(&mut canvas, &layout, prepared.heat.is_some());
    curves::lines(&mut canvas, &prepared, &layout);
    axes(&mut canvas, &layout);
    if let Some(place) = &layout.legend {
        legend::draw(&mut canvas, &layout.legend_entries, place);
    }
    Drawing { content: canvas.finish(), notes: prepared.notes }
}

fn grid(canvas: &mut Canvas, layout: &Layout) {
    let frame = layout.frame;
    let mut path = Path::default();
    for tick in layout.x_ticks.ticks.iter().filter(|t| t.text.is_some()) {
        path.segment(frame.at((tick.at, 0.0)), frame.at((tick.at, 1.0)));
    }
    for tick in layout.y_ticks.ticks.iter().filter(|t| t.text.is_some()) {
        path.segment(frame.at((0.0, tick.at)), frame.at((1.0, tick.at)));
    }
    canvas.path(&path, &format!("stroke=\"{FAINT}\" stroke-width=\"0.6\" fill=\"none\""));
}

fn guides(canvas: &mut Canvas, layout: &Layout, on_field: bool) {
    let colour = if on_field { INK } else { GUIDE };
    let dashes = format!("stroke=\"{colour}\" stroke-width=\"0.8\" stroke-dasharray=\"4 2.5\" fill=\"none\"");
    for guide in &layout.guides {
        let ends = match (guide.x, guide.y) {
            (Some(x), None) => Some(((x, 0.0), (x, 1.0))),
            (None, Some(y)) => Some(((0.0, y), (1.0, y))),
            _ => None,
        };
        if let Some((a, b)) = ends {
            let (a, b) = (layout.frame.at(a), layout.frame.at(b));
            if on_field {
                canvas.line(a, b, "stroke=\"#ffffff\" stroke-opacity=\"0.75\" stroke-width=\"1.8\" fill=\"none\"");
            }
            canvas.line(a, b, &dashes);
        } else if let (Some(x), Some(y)) = (guide.x, guide.y) {
            let p = layout.frame.at((x, y));
            canvas.circle(p, 4.2, "fill=\"none\" stroke=\"#ffffff\" stroke-width=\"2.2\"");
            canvas.circle(p, 4.2, &format!("fill=\"none\" stroke=\"{INK}\" stroke-width=\"0.9\""));
            canvas.circle(p, 1.0, &format!("fill=\"{INK}\" stroke=\"#ffffff\" stroke-width=\"0.5\""));
        }
        let inside = guide.x.is_some() && guide.y.is_some();
        if inside && !guide.label.is_blank() {
            // A light ground keeps the label of a marked point legible on curves and on dark fields.
            let (x, y) = guide.text_at;
            let ground = Rect { x: x - 2.0, y: y - SMALL, width: label_width(&guide.label, SMALL) + 4.0, height: SMALL + 3.0 };
            canvas.rect(ground, "fill=\"#ffffff\" fill-opacity=\"0.85\" rx=\"1.5\"");
        }
        let attributes = format!("fill=\"{}\"", if inside { INK } else { GUIDE });
        canvas.text(&guide.label, guide.text_at, SMALL, guide.anchor, 0.0, &attributes);
    }
}

fn axes(canvas: &mut Canvas, layout: &Layout) {
    let frame = layout.frame;
    canvas.rect(frame, &format!("fill=\"none\" stroke=\"{INK}\" stroke-width=\"0.8\""));
    let (mut major, mut minor) = (Path::default(), Path::default());
    let fill = format!("fill=\"{INK}\"");
    for tick in &layout.x_ticks.ticks {
        let p = frame.at((tick.at, 0.0));
        let (path, length) = if tick.text.is_some() { (&mut major, layout::TICK) } else { (&mut minor, 0.55 * layout::TICK) };
        path.segment(p, (p.0, p.1 + length));
    }
    for tick in &layout.y_ticks.ticks {
        let p = frame.at((0.0, tick.at));
        let (path, length) = if tick.text.is_some() { (&mut major, layout::TICK) } else { (&mut minor, 0.55 * layout::TICK) };
        path.segment(p, (p.0 - length, p.1));
    }
    canvas.path(&major, &format!("stroke=\"{INK}\" stroke-width=\"0.8\" fill=\"none\""));
    canvas.path(&minor, &format!("stroke=\"{INK}\" stroke-width=\"0.5\" fill=\"none\""));
    for text in &layout.texts {
        canvas.text(&text.label, text.at, text.size, text.anchor, text.turn, &fill);
    }
}
