//! The legend: its entries, its size and its drawing. Must not know where on the page it may stand.

use super::canvas::{Anchor, Canvas, Path, Rect};
use super::curves::{self, Look};
use super::layout::SMALL;
use super::trail;
use crate::plot::label::Label;
use crate::plot::metrics::{fit, label_width};
use crate::plot::palette::{self, Colour};
use crate::plot::prepared::{Form, Prepared};

const ROW: f64 = 12.5;
const PAD: f64 = 5.0;
const HANDLE: f64 = 20.0;
const GAP: f64 = 5.0;

/// What stands before a label.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Handle {
    Curve(Look, Form),
    Trail(Look),
    Kind(Colour),
}

/// What a legend lists.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entries {
    title: Label,
    rows: Vec<(Label, Option<Handle>)>,
}

impl Entries {
    /// What has a label, each once, as many as fit into a height and cut to a width.
    pub fn new(prepared: &Prepared, width: f64, height: f64) -> Entries {
        let room = (width - 2.0 * PAD - HANDLE - GAP).max(12.0);
        let titled = usize::from(!prepared.legend_title.is_blank());
        let most = (((height - 2.0 * PAD) / ROW) as usize).saturating_sub(titled).max(1);
        let several = prepared.panels.len() > 1;
        let mut all: Vec<(Label, Option<Handle>)> = Vec::new();
        for panel in &prepared.panels {
            let kinds = panel.field.iter().flat_map(|f| f.kinds.iter().map(|(k, label)| (label, f.map.colour(*k as f64))));
            let kinds = kinds.map(|(label, colour)| (label.clone(), Some(Handle::Kind(colour))));
            let curves = panel.curves.iter().filter_map(|c| Some((c.label.clone()?, Some(Handle::Curve(Look::of(c), c.form)))));
            let on_field = panel.field.is_some();
            let trails = panel.trails.iter();
            let trails = trails.filter_map(|t| Some((t.label.clone()?, Some(Handle::Trail(Look::path(t.look, on_field))))));
            for entry in kinds.chain(curves).chain(trails) {
                if !(several && all.contains(&entry)) {
                    all.push(entry);
                }
            }
        }
        let shown = if all.len() > most { most.saturating_sub(1) } else { all.len() };
        let mut rows: Vec<_> = all[..shown].iter().map(|(label, handle)| (fit(label, SMALL, room), *handle)).collect();
        if shown < all.len() {
            rows.push((fit(&Label::parse(&format!("and {} more", all.len() - shown)), SMALL, room), None));
        }
        Entries { title: fit(&prepared.legend_title, SMALL, room + HANDLE + GAP), rows }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Width and height in points.
    pub fn size(&self) -> (f64, f64) {
        let widest = self.rows.iter().map(|(label, _)| label_width(label, SMALL)).fold(0.0, f64::max);
        let titled = !self.title.is_blank();
        let width = (HANDLE + GAP + widest).max(label_width(&self.title, SMALL)) + 2.0 * PAD;
        (width, ROW * (self.rows.len() + usize::from(titled)) as f64 + 2.0 * PAD - 3.0)
    }
}

/// Draws a legend into a rectangle of its size.
pub(super) fn draw(canvas: &mut Canvas, entries: &Entries, place: &Rect) {
    canvas.rect(*place, "fill=\"#ffffff\" fill-opacity=\"0.92\" stroke=\"#dcdcdc\" stroke-width=\"0.6\" rx=\"2\"");
    let ink = format!("fill=\"{}\"", super::INK);
    let mut baseline = place.y + PAD + 0.62 * ROW;
    if !entries.title.is_blank() {
        // The title stands over the texts, where the values are that it names.
        let narrow = label_width(&entries.title, SMALL) <= place.width - 2.0 * PAD - HANDLE - GAP;
        let x = place.x + PAD + if narrow { HANDLE + GAP } else { 0.0 };
        canvas.text(&entries.title, (x, baseline), SMALL, Anchor::Start, 0.0, &ink);
        baseline += ROW;
    }
    for (label, handle) in &entries.rows {
        let middle = baseline - 0.36 * SMALL;
        let left = place.x + PAD;
        if let Some(handle) = handle {
            draw_handle(canvas, *handle, left, middle);
        }
        canvas.text(label, (left + HANDLE + GAP, baseline), SMALL, Anchor::Start, 0.0, &ink);
        baseline += ROW;
    }
}

fn draw_handle(canvas: &mut Canvas, handle: Handle, left: f64, middle: f64) {
    let (a, b, centre) = ((left, middle), (left + HANDLE, middle), (left + HANDLE / 2.0, middle));
    let mut line = Path::default();
    line.segment(a, b);
    let swatch = |inset: f64| Rect { x: left + inset, y: middle - 3.5, width: HANDLE - 2.0 * inset, height: 7.0 };
    match handle {
        Handle::Kind(colour) => {
            let edge = palette::toned(colour, -0.35).hex();
            canvas.rect(swatch(4.0), &format!("fill=\"{}\" stroke=\"{edge}\" stroke-width=\"0.5\"", colour.hex()));
        }
        Handle::Trail(look) => {
            canvas.path(&line, &look.stroke());
            trail::ends(canvas, (a.0 + 2.5, middle), (b.0 - 2.5, middle), &look);
        }
        Handle::Curve(look, form) => {
            if let Some(fill) = look.fill(form) {
                canvas.rect(swatch(if form == Form::Band { 0.0 } else { 4.0 }), &fill);
            }
            match form {
                Form::Bars => {}
                Form::Histogram => canvas.rect(swatch(4.0), &look.stroke()),
                Form::Line | Form::Step | Form::Band => canvas.path(&line, &look.stroke()),
                Form::Points => curves::marker(canvas, &look, centre),
                Form::LinePoints => {
                    canvas.path(&line, &look.stroke());
                    curves::marker(canvas, &look, centre);
                }
                Form::Sticks | Form::Raster => {
                    let mut ticks = Path::default();
                    (-1..=1).for_each(|k| {
                        let x = centre.0 + 5.0 * f64::from(k);
                        ticks.segment((x, middle - 3.5), (x, middle + 3.5));
                    });
                    canvas.path(&ticks, &look.stroke());
                }
            }
        }
    }
}
