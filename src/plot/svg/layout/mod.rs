//! Where everything stands on the page: frames in rows and columns with margins from the widths of texts, and the
//! legend where no data are. Must not draw.

mod guides;
mod panel;

pub(super) use self::guides::{PlacedGuide, by_point};
pub(super) use self::panel::{ColourBar, PanelLayout};
use self::panel::{Ends, Names, Sides};
use super::canvas::{Anchor, Rect};
use super::curves;
use super::legend::Entries;
use crate::plot::figure::Legend;
use crate::plot::label::Label;
use crate::plot::metrics::{fit, label_width};
use crate::plot::prepared::{Place, Prepared};

/// Font sizes in points: title, axis labels, and everything smaller.
pub(super) const TITLE: f64 = 10.5;
pub(super) const TEXT: f64 = 9.5;
pub(super) const SMALL: f64 = 8.3;
/// Length of a labelled tick.
pub(super) const TICK: f64 = 3.6;
/// Free edge of the page.
const EDGE: f64 = 7.0;
/// Room between panels.
const BETWEEN: Place = (12.0, 9.0);
/// Distance of a legend from the frame that it stands in.
const INSET: f64 = 5.0;

/// A label with its baseline point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub label: Label,
    pub at: Place,
    pub size: f64,
    pub anchor: Anchor,
    pub turn: f64,
}

/// The whole page.
pub(super) struct Layout {
    pub title: Option<Text>,
    pub panels: Vec<PanelLayout>,
    pub legend_entries: Entries,
    pub legend: Option<Rect>,
}

impl Layout {
    pub fn new(prepared: &Prepared, page: Rect, legend: Legend) -> Layout {
        let beside = Entries::new(prepared, 0.38 * page.width, 0.8 * page.height);
        let mut layout = Layout::around(prepared, page, 0.0);
        if legend == Legend::Hidden || beside.is_empty() {
            return layout;
        }
        if let [only] = layout.panels.as_slice() {
            let (frame, single) = (only.frame, &prepared.panels[0]);
            let room = (0.6 * frame.width).max(110.0_f64.min(0.9 * frame.width));
            let inside = Entries::new(prepared, room, 0.85 * frame.height);
            let (w, h) = inside.size();
            let at = |(fx, fy): Place| {
                let free = ((frame.width - w - 2.0 * INSET).max(0.0), (frame.height - h - 2.0 * INSET).max(0.0));
                Rect { x: frame.x + INSET + fx * free.0, y: frame.y + INSET + fy * free.1, width: w, height: h }
            };
            let mut ink = curves::ink(single, frame);
            ink.extend(only.guides.iter().filter(|g| g.x.is_some() && g.y.is_some()).map(|g| g.text_at));
            let covered = |place: Place| ink.iter().filter(|p| at(place).contains(**p, 4.0)).count();
            let corners = [(1.0, 0.0), (0.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
            let fits = w + 2.0 * INSET <= frame.width && h + 2.0 * INSET <= frame.height;
            let chosen = match legend {
                Legend::TopRight => Some((1.0, 0.0)),
                Legend::TopLeft => Some((0.0, 0.0)),
                Legend::BottomRight => Some((1.0, 1.0)),
                Legend::BottomLeft => Some((0.0, 1.0)),
                // The box of a surface leaves the upper corners of its frame free.
                Legend::Auto if single.surface().is_some() && w < 0.33 * frame.width => Some((0.0, 0.0)),
                Legend::Auto if single.field.is_none() && fits => {
                    let edges = [(1.0, 0.5), (0.0, 0.5), (0.5, 0.0), (0.5, 1.0)];
                    let between = (0..=6).flat_map(|j| (0..=8).map(move |i| (f64::from(i) / 8.0, f64::from(j) / 6.0)));
                    corners.into_iter().chain(edges).chain(between).find(|place| covered(*place) == 0)
                }
                _ => None,
            };
            let narrow = Layout::around(prepared, page, beside.size().0 + 6.0).panels[0].frame.width < 0.4 * page.width;
            // No room beside a small frame: the corner with the least ink.
            let crowded = (chosen.is_none() && narrow && single.field.is_none())
                .then(|| corners.into_iter().min_by_key(|c| covered(*c)).unwrap_or((1.0, 0.0)));
            if let Some(place) = chosen.or(crowded) {
                layout.legend = Some(at(place));
                layout.legend_entries = inside;
                return layout;
            }
        }
        let (width, height) = beside.size();
        let mut outside = Layout::around(prepared, page, width + 6.0);
        let top = outside.panels.iter().map(|p| p.frame.y).fold(f64::INFINITY, f64::min);
        let right = page.width - width - 2.0;
        let last = outside.panels.iter().map(|p| p.right()).fold(0.0, f64::max);
        // A narrowed figure keeps its legend near.
        let x = (last + 6.0).min(right);
        outside.legend = Some(Rect { x, y: top - 2.0, width, height });
        outside.legend_entries = beside;
        outside
    }

    /// The page with `reserved` points kept free at the right edge.
    fn around(prepared: &Prepared, page: Rect, reserved: f64) -> Layout {
        let inner = Rect { x: EDGE, y: EDGE, width: page.width - 2.0 * EDGE - reserved, height: page.height - 2.0 * EDGE };
        let free = Layout::arrange(prepared, page, inner);
        let (Some(aspect), Some(first)) = (prepared.aspect, free.panels.first()) else { return free };
        let (w, h) = (first.frame.width, first.frame.height);
        let too_wide = (w - aspect * h).max(0.0) * prepared.columns as f64;
        let too_high = (h - w / aspect).max(0.0) * prepared.rows as f64;
        let inner = Rect {
            x: inner.x + too_wide / 2.0,
            y: inner.y + too_high / 2.0,
            width: inner.width - too_wide,
            height: inner.height - too_high,
        };
        Layout::arrange(prepared, page, inner)
    }

    /// Title and panels in a part of the page.
    fn arrange(prepared: &Prepared, page: Rect, inner: Rect) -> Layout {
        let (rows, columns) = (prepared.rows, prepared.columns);
        let count = prepared.panels.len();
        let heading = if prepared.title.is_blank() { 0.0 } else { TITLE + 6.0 };
        let area = Rect { y: inner.y + heading, height: inner.height - heading, ..inner };
        let gaps = ((columns - 1) as f64 * BETWEEN.0, (rows - 1) as f64 * BETWEEN.1);
        let guess = (
            ((area.width - gaps.0) / columns as f64 - 50.0).max(30.0),
            ((area.height - gaps.1) / rows as f64 - if rows > 1 && prepared.share_x { 12.0 } else { 38.0 }).max(20.0),
        );
        // The lowest panel of a column writes shared names of x, also where the last row is not full.
        let names =
            |k: usize| Names { x: !prepared.share_x || k + columns >= count, y: !prepared.share_y || k.is_multiple_of(columns) };
        let sides: Vec<Sides> = prepared.panels.iter().enumerate().map(|(k, p)| Sides::new(p, guess, page, names(k))).collect();
        let most = |n: usize, of: &dyn Fn(usize) -> (usize, f64)| {
            let mut out = vec![0.0f64; n];
            (0..count).map(of).for_each(|(i, v)| out[i] = out[i].max(v));
            out
        };
        let left = most(columns, &|k| (k % columns, sides[k].left));
        let right = most(columns, &|k| (k % columns, sides[k].right));
        let taken: f64 = left.iter().chain(&right).sum();
        let width = ((area.width - gaps.0 - taken) / columns as f64).max(30.0);
        let mut x = vec![area.x + left[0]];
        (1..columns).for_each(|c| x.push(x[c - 1] + width + right[c - 1] + BETWEEN.0 + left[c]));

        let ends: Vec<Ends> = prepared
            .panels
            .iter()
            .zip(&sides)
            .enumerate()
            .map(|(k, (p, s))| Ends::new(p, s, x[k % columns], width, page, names(k)))
            .collect();
        let top = most(rows, &|k| (k / columns, ends[k].top));
        let bottom = most(rows, &|k| (k / columns, ends[k].bottom));
        let taken: f64 = top.iter().chain(&bottom).sum();
        let height = ((area.height - gaps.1 - taken) / rows as f64).max(20.0);
        let mut y = vec![area.y + top[0]];
        (1..rows).for_each(|r| y.push(y[r - 1] + height + bottom[r - 1] + BETWEEN.1 + top[r]));

        let both = sides.into_iter().zip(ends).enumerate();
        let panels: Vec<PanelLayout> = both
            .map(|(k, sides_and_ends)| {
                let (r, c) = (k / columns, k % columns);
                let frame = Rect { x: x[c], y: y[r], width, height };
                PanelLayout::new(&prepared.panels[k], sides_and_ends, frame, (left[c], bottom[r]), page, names(k))
            })
            .collect();
        let centre = (x[0] + x[columns - 1] + width) / 2.0;
        let title = (heading > 0.0).then(|| guides::heading(&prepared.title, TITLE, centre, inner.y + 0.85 * TITLE, page));
        Layout { title, panels, legend_entries: Entries::new(prepared, 0.0, 0.0), legend: None }
    }
}

/// A label and its font size for a length: somewhat too long a text is set smaller, one much too long is cut.
pub(super) fn fit_to(label: &Label, size: f64, room: f64) -> (Label, f64) {
    let size = (size * room / label_width(label, size).max(1e-9)).clamp(0.75 * size, size);
    (fit(label, size, room + 1e-6), size)
}
