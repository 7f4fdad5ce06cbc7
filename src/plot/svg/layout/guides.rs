//! Where the labels of guides stand: in rows above the frame, beside it, or around a marked point.

use super::{SMALL, Text, fit_to};
use crate::plot::label::Label;
use crate::plot::metrics::{fit, label_width};
use crate::plot::prepared::{Guide, Place};
use crate::plot::svg::canvas::{Anchor, Rect};

/// Height of a row of labels above a frame.
pub(super) const ROW: f64 = SMALL + 3.0;
const ROWS: usize = 4;

/// A guide and where its label stands.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::plot::svg) struct PlacedGuide {
    pub x: Option<f64>,
    pub y: Option<f64>,
    pub label: Label,
    pub text_at: Place,
    pub text_only: bool,
}

/// Rows above a frame, and what has taken room in them.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows(Vec<Vec<(f64, f64)>>);

impl Rows {
    /// Takes room from `start` on in the first row that has it, and gives that row.
    pub fn take(&mut self, start: f64, width: f64) -> Option<usize> {
        if width <= 0.0 {
            return None;
        }
        let free = |row: &Vec<(f64, f64)>| row.iter().all(|(a, b)| start > b + 5.0 || start + width < a - 5.0);
        let row = self.0.iter().position(free).unwrap_or(self.0.len());
        if row >= ROWS {
            return None;
        }
        if row == self.0.len() {
            self.0.push(Vec::new());
        }
        self.0[row].push((start, start + width));
        Some(row)
    }

    pub fn height(&self) -> f64 {
        self.0.len() as f64 * ROW
    }
}

/// Vertical guides with the left ends and the rows of their labels, for a frame from `left` of a width.
pub(super) fn above(guides: &[Guide], left: f64, width: f64, page: Rect, rows: &mut Rows) -> Vec<(PlacedGuide, usize)> {
    let mut vertical: Vec<&Guide> = guides.iter().filter(|g| g.y.is_none()).collect();
    vertical.sort_by(|a, b| a.x.unwrap_or(0.0).total_cmp(&b.x.unwrap_or(0.0)));
    let mut out = Vec::new();
    for guide in vertical {
        let label = fit(&guide.label, SMALL, 0.5 * page.width);
        let w = label_width(&label, SMALL);
        let start = (left + guide.x.unwrap_or(0.0) * width - w / 2.0).clamp(3.0, (page.width - w - 3.0).max(3.0));
        let row = if label.is_blank() { None } else { rows.take(start, w) };
        let label = if row.is_some() { label } else { Label::default() };
        let placed = PlacedGuide { x: guide.x, y: None, label, text_at: (start, 0.0), text_only: guide.text_only };
        out.push((placed, row.unwrap_or(0)));
    }
    out
}

/// Horizontal guides with their labels to the right of the frame, pushed apart where they would overlap.
pub(super) fn beside(guides: &[Guide], frame: Rect, room: f64) -> Vec<PlacedGuide> {
    let mut placed: Vec<PlacedGuide> = guides
        .iter()
        .filter(|g| g.x.is_none())
        .map(|g| PlacedGuide {
            x: None,
            y: g.y,
            label: fit(&g.label, SMALL, room),
            text_at: (frame.right() + 4.0, frame.at((0.0, g.y.unwrap_or(0.0))).1 + 0.35 * SMALL),
            text_only: g.text_only,
        })
        .collect();
    placed.sort_by(|a, b| a.text_at.1.total_cmp(&b.text_at.1));
    let mut lowest = f64::NEG_INFINITY;
    for guide in placed.iter_mut().filter(|g| !g.label.is_blank()) {
        guide.text_at.1 = guide.text_at.1.max(lowest + SMALL + 1.5);
        lowest = guide.text_at.1;
    }
    let mut highest = frame.bottom() + SMALL;
    for guide in placed.iter_mut().rev().filter(|g| !g.label.is_blank()) {
        guide.text_at.1 = guide.text_at.1.min(highest);
        highest = guide.text_at.1 - SMALL - 1.5;
    }
    placed
}

/// A marked point at `p` with its label on the side that covers the least; the label's area joins `taken`.
pub(in crate::plot::svg) fn by_point(
    guide: &Guide,
    p: Place,
    frame: Rect,
    ink: &[Place],
    taken: &mut Vec<Rect>,
) -> Option<PlacedGuide> {
    let (x, y) = (guide.x?, guide.y?);
    let label = fit(&guide.label, SMALL, 0.5 * frame.width);
    let w = label_width(&label, SMALL);
    let around = [
        (8.0, 3.0),
        (8.0, -7.0),
        (8.0, 13.0),
        (-w - 8.0, 3.0),
        (-w - 8.0, -7.0),
        (-w - 8.0, 13.0),
        (-w / 2.0, -9.0),
        (-w / 2.0, 15.0),
    ];
    let over = [(-w / 2.0, 0.35 * SMALL)];
    let sides: &[Place] = if guide.text_only { &over } else { &around };
    let area = |(dx, dy): Place| Rect { x: p.0 + dx - 2.0, y: p.1 + dy - SMALL, width: w + 4.0, height: SMALL + 3.0 };
    let cost = |side: &&Place| {
        let area = area(**side);
        let corners = [(area.x, area.y), (area.right(), area.bottom())];
        let outside = corners.iter().filter(|c| !frame.contains(**c, 0.0)).count();
        let crossed = taken.iter().filter(|t| t.crosses(&area)).count();
        outside * 1_000_000 + crossed * 10_000 + ink.iter().filter(|q| area.contains(**q, 1.0)).count()
    };
    let (dx, dy) = *sides.iter().min_by_key(cost)?;
    if !label.is_blank() {
        taken.push(area((dx, dy)));
    }
    Some(PlacedGuide { x: Some(x), y: Some(y), label, text_at: (p.0 + dx, p.1 + dy), text_only: guide.text_only })
}

/// A title centred over a width, its baseline at `y`.
pub(super) fn heading(label: &Label, size: f64, centre: f64, y: f64, page: Rect) -> Text {
    let (label, size) = fit_to(label, size, page.width - 14.0);
    let half = label_width(&label, size) / 2.0;
    let x = centre.clamp((7.0 + half).min(page.width / 2.0), (page.width - 7.0 - half).max(page.width / 2.0));
    Text { label, at: (x, y), size, anchor: Anchor::Middle, turn: 0.0 }
}
