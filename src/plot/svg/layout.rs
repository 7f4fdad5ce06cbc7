//! Where everything stands on the page: margins from the widths of texts, guide labels in rows above and beside the
//! frame, the legend where no data are. Must not draw.

use super::canvas::{Anchor, Rect};
use super::curves;
use super::legend::Entries;
use crate::plot::figure::Legend;
use crate::plot::label::Label;
use crate::plot::metrics::{fit, label_width};
use crate::plot::prepared::{Guide, Place, Prepared};
use crate::plot::scale::{Range, Ticks};

/// Font sizes in points: title, axis labels, and everything smaller.
pub(super) const TITLE: f64 = 10.5;
pub(super) const TEXT: f64 = 9.5;
pub(super) const SMALL: f64 = 8.3;
/// Length of a labelled tick.
pub(super) const TICK: f64 = 3.6;
/// Free edge of the page.
const EDGE: f64 = 7.0;
const GUIDE_ROW: f64 = SMALL + 3.0;
const GUIDE_ROWS: usize = 4;
const BAR: f64 = 10.0;

/// A label with its baseline point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub label: Label,
    pub at: Place,
    pub size: f64,
    pub anchor: Anchor,
    pub turn: f64,
}

/// A guide and where its label stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PlacedGuide {
    pub x: Option<f64>,
    pub y: Option<f64>,
    pub label: Label,
    pub text_at: Place,
    pub anchor: Anchor,
}

/// The colour bar of a heat map.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ColourBar {
    pub place: Rect,
    pub ticks: Ticks,
}

/// The whole page.
pub(super) struct Layout {
    pub frame: Rect,
    pub x_ticks: Ticks,
    pub y_ticks: Ticks,
    /// Title, axis labels and tick texts.
    pub texts: Vec<Text>,
    pub guides: Vec<PlacedGuide>,
    pub colour_bar: Option<ColourBar>,
    pub legend_entries: Entries,
    pub legend: Option<Rect>,
}

impl Layout {
    pub fn new(prepared: &Prepared, page: Rect, legend: Legend) -> Layout {
        let beside = Entries::new(prepared, 0.38 * page.width, 0.8 * page.height);
        let mut layout = Layout::around(prepared, page, 0.0);
        let inside = Entries::new(
            prepared,
            (0.6 * layout.frame.width).max(110.0_f64.min(0.9 * layout.frame.width)),
            0.85 * layout.frame.height,
        );
        layout.legend_entries = inside;
        if legend == Legend::Hidden || beside.is_empty() {
            return layout;
        }
        let ink = curves::ink(prepared, layout.frame);
        let corner = match legend {
            Legend::TopRight => Some((1.0, 0.0)),
            Legend::TopLeft => Some((0.0, 0.0)),
            Legend::BottomRight => Some((1.0, 1.0)),
            Legend::BottomLeft => Some((0.0, 1.0)),
            _ => None,
        };
        let (w, h) = layout.legend_entries.size();
        let at = |frame: &Rect, (fx, fy): Place| {
            let inset = 5.0;
            let room = ((frame.width - w - 2.0 * inset).max(0.0), (frame.height - h - 2.0 * inset).max(0.0));
            Rect { x: frame.x + inset + fx * room.0, y: frame.y + inset + fy * room.1, width: w, height: h }
        };
        if let Some(corner) = corner {
            layout.legend = Some(at(&layout.frame, corner));
            return layout;
        }
        let fits = w + 10.0 <= layout.frame.width && h + 10.0 <= layout.frame.height;
        let covered = |place: Place| {
            let r = at(&layout.frame, place);
            ink.iter().filter(|p| r.contains(**p, 4.0)).count()
        };
        if legend == Legend::Auto && prepared.heat.is_none() && fits {
            let edges = [(1.0, 0.0), (0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.5), (0.0, 0.5), (0.5, 0.0), (0.5, 1.0)];
            let between = (0..=6).flat_map(|j| (0..=8).map(move |i| (f64::from(i) / 8.0, f64::from(j) / 6.0)));
            if let Some(free) = edges.into_iter().chain(between).find(|place| covered(*place) == 0) {
                layout.legend = Some(at(&layout.frame, free));
                return layout;
            }
        }
        let (width, height) = beside.size();
        let mut outside = Layout::around(prepared, page, width + 6.0);
        if outside.frame.width < 0.4 * page.width && prepared.heat.is_none() {
            // No room beside a small frame: the corner with the least ink.
            let corners = [(1.0, 0.0), (0.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
            let best = corners.into_iter().min_by_key(|c| covered(*c)).unwrap_or((1.0, 0.0));
            layout.legend = Some(at(&layout.frame, best));
            return layout;
        }
        outside.legend = Some(Rect { x: page.width - width - 2.0, y: outside.frame.y - 2.0, width, height });
        outside.legend_entries = beside;
        outside
    }

    /// The page with `reserved` points kept free at the right edge.
    fn around(prepared: &Prepared, page: Rect, reserved: f64) -> Layout {
        let wanted_y = ((page.height - 60.0) / 23.0).max(2.0) as usize;
        let y_ticks = prepared.y.ticks(wanted_y);
        let y_label = if prepared.y_label.is_blank() { 0.0 } else { TEXT + 6.0 };
        let left = EDGE + y_label + widest(&y_ticks) + TICK + 3.0;

        let bar_ticks = prepared.heat.as_ref().map(|heat| heat.range.ticks(wanted_y));
        let bar_width = bar_ticks.as_ref().map_or(0.0, |ticks| {
            let label = prepared.heat.as_ref().is_some_and(|h| !h.label.is_blank());
            10.0 + BAR + 5.0 + widest(ticks) + if label { TEXT + 6.0 } else { 0.0 }
        });
        let beside = prepared.guides.iter().filter(|g| g.x.is_none());
        let guide_room = 0.25 * page.width;
        let guide_width = beside.map(|g| label_width(&g.label, SMALL).min(guide_room) + 4.0).fold(0.0, f64::max);
        let right_parts = guide_width + bar_width + reserved;

        let mut x_ticks = x_ticks(&prepared.x, page.width - left - EDGE - right_parts);
        let half_last = x_ticks.ticks.iter().filter_map(|t| t.text.as_ref()).next_back().map_or(0.0, |t| text_width(t) / 2.0);
        let right = EDGE.max(half_last + 2.0 - right_parts) + right_parts;
        let width = (page.width - left - right).max(30.0);
        if crowded(&x_ticks, width) {
            x_ticks = self::x_ticks(&prepared.x, width);
        }

        let titled = !prepared.title.is_blank();
        let mut rows: Vec<Vec<(f64, f64)>> = Vec::new();
        let factor = |ticks: &Ticks| ticks.factor.as_deref().map(Label::parse);
        let mut taken = |from: f64, label: &Label| rows_place(&mut rows, from, label_width(label, SMALL));
        if let Some(f) = factor(&y_ticks) {
            taken(left, &f);
        }
        if let Some(f) = bar_ticks.as_ref().and_then(factor) {
            taken(left + width + guide_width + 10.0, &f);
        }
        let mut vertical: Vec<&Guide> = prepared.guides.iter().filter(|g| g.y.is_none()).collect();
        vertical.sort_by(|a, b| a.x.unwrap_or(0.0).total_cmp(&b.x.unwrap_or(0.0)));
        let mut above = Vec::new();
        for guide in vertical {
            let x = guide.x.unwrap_or(0.0);
            let label = fit(&guide.label, SMALL, 0.5 * page.width);
            let w = label_width(&label, SMALL);
            let start = (left + x * width - w / 2.0).clamp(3.0, (page.width - w - 3.0).max(3.0));
            match rows_place(&mut rows, start, w) {
                _ if label.is_blank() => above.push((guide, label, start, 0)),
                Some(row) => above.push((guide, label, start, row)),
                None => above.push((guide, Label::default(), start, 0)),
            }
        }
        let header = rows.iter().filter(|r| !r.is_empty()).count() as f64 * GUIDE_ROW;
        let top = EDGE + if titled { TITLE + 6.0 } else { 0.0 } + header + 1.0;
        let x_label = !prepared.x_label.is_blank() || x_ticks.factor.is_some();
        let bottom = EDGE + TICK + 3.0 + SMALL + if x_label { TEXT + 6.0 } else { 0.0 };
        let frame = Rect { x: left, y: top, width, height: (page.height - top - bottom).max(20.0) };

        let mut guides: Vec<PlacedGuide> = above
            .into_iter()
            .map(|(guide, label, start, row)| PlacedGuide {
                x: guide.x,
                y: None,
                label,
                text_at: (start, frame.y - 4.0 - row as f64 * GUIDE_ROW),
                anchor: Anchor::Start,
            })
            .collect();
        guides.extend(beside_frame(&prepared.guides, frame, guide_room));
        let ink = curves::ink(prepared, frame);
        guides.extend(prepared.guides.iter().filter_map(|g| by_point(g, frame, &ink)));

        let colour_bar = bar_ticks.map(|ticks| ColourBar {
            place: Rect { x: frame.right() + guide_width + 10.0, y: frame.y, width: BAR, height: frame.height },
            ticks,
        });
        let mut layout = Layout {
            frame,
            x_ticks,
            y_ticks,
            texts: Vec::new(),
            guides,
            colour_bar,
            legend_entries: Entries::new(prepared, 0.0, 0.0),
            legend: None,
        };
        layout.write_axes(prepared, page);
        layout
    }

    fn write_axes(&mut self, prepared: &Prepared, page: Rect) {
        let frame = self.frame;
        let mut texts = Vec::new();
        let mut add = |label: Label, at, size, anchor, turn| texts.push(Text { label, at, size, anchor, turn });
        for tick in &self.x_ticks.ticks {
            if let Some(text) = &tick.text {
                let at = (frame.at((tick.at, 0.0)).0, frame.bottom() + TICK + 2.0 + SMALL);
                add(Label::parse(text), at, SMALL, Anchor::Middle, 0.0);
            }
        }
        for tick in &self.y_ticks.ticks {
            if let Some(text) = &tick.text {
                let at = (frame.x - TICK - 2.5, frame.at((0.0, tick.at)).1 + 0.35 * SMALL);
                add(Label::parse(text), at, SMALL, Anchor::End, 0.0);
            }
        }
        let baseline = page.height - EDGE;
        let mut label_room = page.width - 2.0 * EDGE;
        if let Some(factor) = self.x_ticks.factor.as_deref().map(Label::parse) {
            label_room = (frame.width - 2.0 * label_width(&factor, SMALL) - 12.0).max(20.0);
            add(factor, (frame.right(), baseline), SMALL, Anchor::End, 0.0);
        }
        if let Some(factor) = self.y_ticks.factor.as_deref().map(Label::parse) {
            add(factor, (frame.x, frame.y - 4.0), SMALL, Anchor::Start, 0.0);
        }
        let centred = |label: &Label, size: f64, centre: f64, length: f64| {
            let half = label_width(label, size) / 2.0;
            centre.clamp((EDGE + half).min(length / 2.0), (length - EDGE - half).max(length / 2.0))
        };
        let (label, size) = set(&prepared.x_label, TEXT, label_room);
        let x = centred(&label, size, frame.x + frame.width / 2.0, page.width);
        add(label, (x, baseline), size, Anchor::Middle, 0.0);
        // The label of y keeps clear of the corners, which the title and the label of x may reach.
        let (high, low) = (if prepared.title.is_blank() { EDGE } else { EDGE + TITLE + 4.0 }, frame.bottom() + TICK + SMALL);
        let upright = |label: &Label| {
            let (label, size) = set(label, TEXT, (low - high).max(20.0));
            let half = label_width(&label, size) / 2.0;
            let y =
                (frame.y + frame.height / 2.0).clamp((high + half).min((high + low) / 2.0), (low - half).max((high + low) / 2.0));
            (label, size, y)
        };
        let (label, size, y) = upright(&prepared.y_label);
        add(label, (EDGE + 0.85 * TEXT, y), size, Anchor::Middle, -90.0);
        let (label, size) = set(&prepared.title, TITLE, page.width - 2.0 * EDGE);
        let x = centred(&label, size, frame.x + frame.width / 2.0, page.width);
        add(label, (x, EDGE + 0.85 * TITLE), size, Anchor::Middle, 0.0);
        if let (Some(bar), Some(heat)) = (&self.colour_bar, &prepared.heat) {
            for tick in &bar.ticks.ticks {
                if let Some(text) = &tick.text {
                    let p = bar.place.at((1.0, tick.at));
                    add(Label::parse(text), (p.0 + 5.0, p.1 + 0.35 * SMALL), SMALL, Anchor::Start, 0.0);
                }
            }
            if let Some(factor) = bar.ticks.factor.as_deref().map(Label::parse) {
                add(factor, (bar.place.x, frame.y - 4.0), SMALL, Anchor::Start, 0.0);
            }
            let x = bar.place.right() + 5.0 + widest(&bar.ticks) + TEXT + 3.0;
            let (label, size, y) = upright(&heat.label);
            add(label, (x, y), size, Anchor::Middle, -90.0);
        }
        self.texts = texts;
    }
}

/// A label and its font size for a length: somewhat too long a text is set smaller, one much too long is cut.
fn set(label: &Label, size: f64, room: f64) -> (Label, f64) {
    let size = (size * room / label_width(label, size).max(1e-9)).clamp(0.75 * size, size);
    (fit(label, size, room + 1e-6), size)
}

fn text_width(text: &str) -> f64 {
    label_width(&Label::parse(text), SMALL)
}

fn widest(ticks: &Ticks) -> f64 {
    ticks.ticks.iter().filter_map(|t| t.text.as_deref()).map(text_width).fold(0.0, f64::max)
}

/// As many ticks as have room side by side.
fn x_ticks(range: &Range, width: f64) -> Ticks {
    let most = (width / 32.0).clamp(2.0, 10.0) as usize;
    let candidates = (1..=most).rev().map(|wanted| range.ticks(wanted));
    let fitting = candidates.into_iter().find(|ticks| !crowded(ticks, width));
    fitting.unwrap_or_else(|| range.ticks(1))
}

fn crowded(ticks: &Ticks, width: f64) -> bool {
    let labelled: Vec<(f64, f64)> =
        ticks.ticks.iter().filter_map(|t| Some((t.at * width, text_width(t.text.as_deref()?) / 2.0))).collect();
    labelled.windows(2).any(|w| w[1].0 - w[0].0 < w[0].1 + w[1].1 + 15.0)
}

/// Takes room from `start` on in the first row that has it, and gives that row.
fn rows_place(rows: &mut Vec<Vec<(f64, f64)>>, start: f64, width: f64) -> Option<usize> {
    if width <= 0.0 {
        return None;
    }
    let free = |row: &Vec<(f64, f64)>| row.iter().all(|(a, b)| start > b + 5.0 || start + width < a - 5.0);
    let row = rows.iter().position(free).unwrap_or(rows.len());
    if row >= GUIDE_ROWS {
        return None;
    }
    if row == rows.len() {
        rows.push(Vec::new());
    }
    rows[row].push((start, start + width));
    Some(row)
}

/// Horizontal guides with their labels to the right of the frame, pushed apart where they would overlap.
fn beside_frame(guides: &[Guide], frame: Rect, room: f64) -> Vec<PlacedGuide> {
    let mut placed: Vec<PlacedGuide> = guides
        .iter()
        .filter(|g| g.x.is_none())
        .map(|g| PlacedGuide {
            x: None,
            y: g.y,
            label: fit(&g.label, SMALL, room),
            text_at: (frame.right() + 4.0, frame.at((0.0, g.y.unwrap_or(0.0))).1 + 0.35 * SMALL),
            anchor: Anchor::Start,
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

/// A marked point with its label on the side that covers the least.
fn by_point(guide: &Guide, frame: Rect, ink: &[Place]) -> Option<PlacedGuide> {
    let p = frame.at((guide.x?, guide.y?));
    let label = fit(&guide.label, SMALL, 0.5 * frame.width);
    let w = label_width(&label, SMALL);
    let sides = [
        (8.0, 3.0),
        (8.0, -7.0),
        (8.0, 13.0),
        (-w - 8.0, 3.0),
        (-w - 8.0, -7.0),
        (-w - 8.0, 13.0),
        (-w / 2.0, -9.0),
        (-w / 2.0, 15.0),
    ];
    let cost = |(dx, dy): &Place| {
        let area = Rect { x: p.0 + dx, y: p.1 + dy - SMALL, width: w, height: SMALL + 2.0 };
        let corners = [(area.x, area.y), (area.right(), area.bottom())];
        let outside = corners.iter().filter(|c| !frame.contains(**c, 0.0)).count();
        outside * 1_000_000 + ink.iter().filter(|q| area.contains(**q, 1.0)).count()
    };
    let (dx, dy) = sides.into_iter().min_by_key(cost)?;
    Some(PlacedGuide { x: guide.x, y: guide.y, label, text_at: (p.0 + dx, p.1 + dy), anchor: Anchor::Start })
}
