//! A figure as SVG, in the manner of a printed paper: white ground, thin frame, faint grid, colours and marker shapes
//! that stay distinct for colour-blind readers and in grey. Must not know files.

mod canvas;
mod curves;
mod field;
mod layout;
mod legend;
mod levels;
mod picture;
mod space;
mod spots;
mod surface;
mod trail;

pub(crate) use self::canvas::base64;
use self::canvas::{Anchor, Canvas, Path, Rect};
use self::curves::Look;
use self::layout::{Layout, PanelLayout, PlacedGuide, SMALL};
pub use self::spots::{Spot, spots};
use super::Drawing;
use super::figure::Figure;
use super::layer::FieldStyle;
use super::metrics::label_width;
use super::prepared::{Place, Prepared, Ready};

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
    for (k, (ready, place)) in prepared.panels.iter().zip(&layout.panels).enumerate() {
        panel(&mut canvas, ready, place, k);
    }
    if let Some(title) = &layout.title {
        text(&mut canvas, title);
    }
    if let Some(place) = &layout.legend {
        legend::draw(&mut canvas, &layout.legend_entries, place);
    }
    Drawing { content: canvas.finish(), notes: prepared.notes }
}

fn panel(canvas: &mut Canvas, ready: &Ready, place: &PanelLayout, index: usize) {
    if let (Some(field), Some(bar)) = (&ready.field, &place.colour_bar) {
        field::bar(canvas, field, bar);
    }
    if let Some(shown) = ready.surface() {
        surface::draw(canvas, ready, shown, place);
        place.texts.iter().for_each(|t| text(canvas, t));
        return;
    }
    let name = if index == 0 { "frame".to_string() } else { format!("frame{}", index + 1) };
    let clip = format!("clip-path=\"url(#{name})\"");
    let frame = place.frame;
    canvas.clip(&name, frame);
    match &ready.field {
        None => grid(canvas, place),
        Some(shown) if shown.style == FieldStyle::Contour => {
            field::contours(canvas, shown, place, &clip, &curves::ink(ready, frame));
        }
        Some(shown) => field::cells(canvas, shown, frame, &clip),
    }
    curves::areas(canvas, ready, frame, &clip);
    guide_lines(canvas, place, ready.field.is_some());
    curves::lines(canvas, ready, frame, &clip);
    axes(canvas, place);
    for path in &ready.trails {
        let step = |p: &Place| trail::Step { at: frame.at(*p), shown: true, dot: true };
        let steps: Vec<trail::Step> = path.points.iter().map(|(p, _)| step(p)).collect();
        let look = Look::path(path.look, ready.field.is_some());
        canvas.open(&clip);
        trail::draw(canvas, &steps, &look);
        canvas.close();
        // Ends on the edge of the frame stay whole.
        trail::draw_ends(canvas, &steps, &look, |s| frame.contains(s.at, 0.1));
    }
    place.guides.iter().for_each(|g| guide_label(canvas, g, frame.at((g.x.unwrap_or(0.0), g.y.unwrap_or(0.0)))));
}

fn grid(canvas: &mut Canvas, layout: &PanelLayout) {
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

fn guide_lines(canvas: &mut Canvas, layout: &PanelLayout, on_field: bool) {
    let colour = if on_field { INK } else { GUIDE };
    let dashes = format!("stroke=\"{colour}\" stroke-width=\"0.8\" stroke-dasharray=\"4 2.5\" fill=\"none\"");
    for guide in &layout.guides {
        let (a, b) = match (guide.x, guide.y) {
            (Some(x), None) => ((x, 0.0), (x, 1.0)),
            (None, Some(y)) => ((0.0, y), (1.0, y)),
            _ => continue,
        };
        let (a, b) = (layout.frame.at(a), layout.frame.at(b));
        if on_field {
            canvas.line(a, b, "stroke=\"#ffffff\" stroke-opacity=\"0.75\" stroke-width=\"1.8\" fill=\"none\"");
        }
        canvas.line(a, b, &dashes);
    }
}

/// The label of a guide, and the symbol of a marked point at `p`.
fn guide_label(canvas: &mut Canvas, guide: &PlacedGuide, p: Place) {
    let inside = guide.x.is_some() && guide.y.is_some();
    if inside && !guide.text_only {
        canvas.circle(p, 4.2, "fill=\"none\" stroke=\"#ffffff\" stroke-width=\"2.2\"");
        canvas.circle(p, 4.2, &format!("fill=\"none\" stroke=\"{INK}\" stroke-width=\"0.9\""));
        canvas.circle(p, 1.0, &format!("fill=\"{INK}\" stroke=\"#ffffff\" stroke-width=\"0.5\""));
    }
    if inside && !guide.label.is_blank() {
        // A light ground keeps the label of a marked point legible on curves and on dark fields.
        let (x, y) = guide.text_at;
        let ground = Rect { x: x - 2.0, y: y - SMALL, width: label_width(&guide.label, SMALL) + 4.0, height: SMALL + 3.0 };
        canvas.rect(ground, "fill=\"#ffffff\" fill-opacity=\"0.85\" rx=\"1.5\"");
    }
    let attributes = format!("fill=\"{}\"", if inside { INK } else { GUIDE });
    canvas.text(&guide.label, guide.text_at, SMALL, Anchor::Start, 0.0, &attributes);
}

fn axes(canvas: &mut Canvas, layout: &PanelLayout) {
    let frame = layout.frame;
    canvas.rect(frame, &format!("fill=\"none\" stroke=\"{INK}\" stroke-width=\"0.8\""));
    let (mut major, mut minor) = (Path::default(), Path::default());
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
    layout.texts.iter().for_each(|t| text(canvas, t));
}

fn text(canvas: &mut Canvas, text: &layout::Text) {
    canvas.text(&text.label, text.at, text.size, text.anchor, text.turn, &format!("fill=\"{INK}\""));
}
