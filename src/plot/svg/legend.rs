//! The legend: its entries, its size and its drawing. Must not know where on the page it may stand.

use super::canvas::{Anchor, Canvas, Path, Rect};
use super::curves::{self, Look};
use super::layout::SMALL;
use crate::plot::figure::Style;
use crate::plot::label::Label;
use crate::plot::metrics::{fit, label_width};
use crate::plot::prepared::Prepared;

const ROW: f64 = 12.5;
const PAD: f64 = 5.0;
const HANDLE: f64 = 20.0;
const GAP: f64 = 5.0;

/// What a legend lists.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entries {
    title: Label,
    rows: Vec<(Label, Option<(Look, Style)>)>,
}

impl Entries {
    /// The labelled series, as many as fit into a height and cut to a width.
    pub fn new(prepared: &Prepared, width: f64, height: f64) -> Entries {
        let room = (width - 2.0 * PAD - HANDLE - GAP).max(12.0);
        let titled = usize::from(!prepared.legend_title.is_blank());
        let most = (((height - 2.0 * PAD) / ROW) as usize).saturating_sub(titled).max(1);
        let all: Vec<_> = (0..prepared.curves.len()).filter(|i| prepared.curves[*i].label.is_some()).collect();
        let shown = if all.len() > most { most.saturating_sub(1) } else { all.len() };
        let mut rows: Vec<_> = all[..shown]
            .iter()
            .map(|&i| {
                let curve = &prepared.curves[i];
                let label = curve.label.clone().unwrap_or_default();
                (fit(&label, SMALL, room), Some((Look::new(i, &prepared.curves), curve.style)))
            })
            .collect();
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
    for (label, series) in &entries.rows {
        let middle = baseline - 0.36 * SMALL;
        let left = place.x + PAD;
        if let Some((look, style)) = series {
            let (a, b, centre) = ((left, middle), (left + HANDLE, middle), (left + HANDLE / 2.0, middle));
            let mut line = Path::default();
            line.segment(a, b);
            match style {
                Style::Bars => {
                    let swatch = Rect { x: left + 4.0, y: middle - 3.5, width: HANDLE - 8.0, height: 7.0 };
                    canvas.rect(swatch, &format!("fill=\"{}\" fill-opacity=\"0.8\"", look.colour.hex()));
                }
                Style::Band => {
                    let swatch = Rect { x: left, y: middle - 3.5, width: HANDLE, height: 7.0 };
                    canvas.rect(swatch, &format!("fill=\"{}\" fill-opacity=\"0.2\"", look.colour.hex()));
                    canvas.path(&line, &look.stroke());
                }
                Style::Line | Style::Step => canvas.path(&line, &look.stroke()),
                Style::Points => curves::marker(canvas, look, centre),
                Style::LinePoints => {
                    canvas.path(&line, &look.stroke());
                    curves::marker(canvas, look, centre);
                }
            }
        }
        canvas.text(label, (left + HANDLE + GAP, baseline), SMALL, Anchor::Start, 0.0, &ink);
        baseline += ROW;
    }
}
