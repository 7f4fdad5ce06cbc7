//! One panel: the room that its texts need on each side of its frame, and where they stand. Must not draw.

use super::guides::{self, PlacedGuide, Rows};
use super::{SMALL, TEXT, TICK, Text, fit_to};
use crate::plot::label::Label;
use crate::plot::layer::FieldStyle;
use crate::plot::metrics::label_width;
use crate::plot::prepared::Ready;
use crate::plot::scale::{Range, Ticks};
use crate::plot::svg::canvas::{Anchor, Rect};
use crate::plot::svg::curves;

/// Width of a colour bar, and its distance from the frame.
const BAR: f64 = 10.0;
const BAR_GAP: f64 = 10.0;

/// The colour bar of a field.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::plot::svg) struct ColourBar {
    pub place: Rect,
    pub ticks: Ticks,
}

/// A panel on the page.
#[derive(Debug, Clone)]
pub(in crate::plot::svg) struct PanelLayout {
    pub frame: Rect,
    pub x_ticks: Ticks,
    pub y_ticks: Ticks,
    /// Titles, axis labels and tick texts.
    pub texts: Vec<Text>,
    pub guides: Vec<PlacedGuide>,
    pub colour_bar: Option<ColourBar>,
}

/// Which names and tick texts a panel writes: shared axes are written once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    pub x: bool,
    pub y: bool,
}

/// What stands left and right of a frame.
pub(super) struct Sides {
    pub left: f64,
    pub right: f64,
    y_ticks: Ticks,
    bar_ticks: Option<Ticks>,
    guide_width: f64,
}

/// What stands above and below a frame.
pub(super) struct Ends {
    pub top: f64,
    pub bottom: f64,
    x_ticks: Ticks,
    rows: Rows,
    above: Vec<(PlacedGuide, usize)>,
}

impl Sides {
    /// For a frame of about the given size.
    pub fn new(panel: &Ready, (width, height): (f64, f64), page: Rect, names: Names) -> Sides {
        let wanted = (height / 23.0).max(2.0) as usize;
        let flat = panel.surface().is_none();
        let y_ticks = if flat { panel.y.two_ticks(wanted) } else { Ticks::default() };
        let y_label = if panel.y_label.is_blank() { 0.0 } else { TEXT + 6.0 };
        let left = if flat && names.y { y_label + widest(&y_ticks) + TICK + 3.0 } else { 0.0 };
        let field = panel.field.as_ref().filter(|f| f.has_bar());
        let bar_ticks = field.map(|f| match f.style {
            FieldStyle::Contour if !f.levels.ticks.is_empty() => thinned(&f.levels, (height / (SMALL + 3.0)).max(2.0) as usize),
            _ => f.range.two_ticks(wanted),
        });
        let bar_width = bar_ticks.as_ref().map_or(0.0, |ticks| {
            let label = field.is_some_and(|f| !f.label.is_blank());
            BAR_GAP + BAR + 5.0 + widest(ticks) + if label { TEXT + 6.0 } else { 0.0 }
        });
        let room = guide_room(page);
        let beside = panel.guides.iter().filter(|g| g.x.is_none() && !g.label.is_blank());
        let guide_width = beside.map(|g| label_width(&g.label, SMALL).min(room) + 4.0).fold(0.0, f64::max);
        let right = guide_width + bar_width;
        // The last tick text reaches beyond the frame.
        let last = x_ticks(&panel.x, width).ticks.into_iter().filter_map(|t| t.text).next_back();
        let reach = if flat && names.x { last.map_or(0.0, |t| text_width(&t) / 2.0 - 5.0) } else { 0.0 };
        Sides { left, right: right.max(reach), y_ticks, bar_ticks, guide_width }
    }
}

impl Ends {
    /// For a frame from `left` of a width.
    pub fn new(panel: &Ready, sides: &Sides, left: f64, width: f64, page: Rect, names: Names) -> Ends {
        let flat = panel.surface().is_none();
        let x_ticks = if flat { x_ticks(&panel.x, width) } else { Ticks::default() };
        let mut rows = Rows::default();
        if let Some(f) = factor(&sides.y_ticks).filter(|_| names.y) {
            rows.take(left, label_width(&f, SMALL));
        }
        if let Some(f) = sides.bar_ticks.as_ref().and_then(factor) {
            rows.take(left + width + sides.guide_width + BAR_GAP, label_width(&f, SMALL));
        }
        let above = if flat { guides::above(&panel.guides, left, width, page, &mut rows) } else { Vec::new() };
        let title = if panel.title.is_blank() { 0.0 } else { TEXT + 4.0 };
        let named = !panel.x_label.is_blank() || x_ticks.factor.is_some();
        let names_below = TICK + 3.0 + SMALL + if named { TEXT + 6.0 } else { 0.0 };
        let bottom = if !flat {
            0.0
        } else if names.x {
            names_below
        } else {
            TICK
        };
        Ends { top: title + rows.height() + 1.0, bottom, x_ticks, rows, above }
    }
}

impl PanelLayout {
    /// The panel around its frame; `left` and `bottom` are what its column and row leave free there.
    pub(super) fn new(
        panel: &Ready,
        (sides, ends): (Sides, Ends),
        frame: Rect,
        (left, bottom): (f64, f64),
        page: Rect,
        names: Names,
    ) -> PanelLayout {
        let mut placed: Vec<PlacedGuide> = Vec::new();
        for (mut guide, row) in ends.above {
            guide.text_at.1 = frame.y - 4.0 - row as f64 * guides::ROW;
            placed.push(guide);
        }
        if panel.surface().is_none() {
            placed.extend(guides::beside(&panel.guides, frame, guide_room(page)));
            let ink = curves::ink(panel, frame);
            let mut taken = Vec::new();
            for guide in &panel.guides {
                let at = frame.at((guide.x.unwrap_or(0.0), guide.y.unwrap_or(0.0)));
                placed.extend(guides::by_point(guide, at, frame, &ink, &mut taken));
            }
        }
        let bar = |ticks| ColourBar {
            place: Rect { x: frame.right() + sides.guide_width + BAR_GAP, y: frame.y, width: BAR, height: frame.height },
            ticks,
        };
        let mut layout = PanelLayout {
            frame,
            x_ticks: ends.x_ticks,
            y_ticks: sides.y_ticks,
            texts: Vec::new(),
            guides: placed,
            colour_bar: sides.bar_ticks.map(bar),
        };
        if !panel.title.is_blank() {
            let mut title =
                guides::heading(&panel.title, TEXT, frame.x + frame.width / 2.0, frame.y - ends.rows.height() - 6.0, page);
            (title.label, title.size) = fit_to(&panel.title, TEXT, frame.width + left);
            layout.texts.push(title);
        }
        layout.write_axes(panel, (left, bottom), page, names);
        layout.write_bar(panel);
        layout
    }

    /// The right end of what belongs to the panel, beside its tick texts.
    pub fn right(&self) -> f64 {
        let bar = self.colour_bar.as_ref().map_or(0.0, |b| b.place.right() + 5.0 + widest(&b.ticks));
        let texts = self.texts.iter().filter(|t| t.turn != 0.0).map(|t| t.at.0 + 3.0).fold(0.0, f64::max);
        let guides = self.guides.iter().filter(|g| g.x.is_none()).map(|g| g.text_at.0 + label_width(&g.label, SMALL));
        self.frame.right().max(bar).max(texts).max(guides.fold(0.0, f64::max))
    }

    fn write_axes(&mut self, panel: &Ready, (left, bottom): (f64, f64), page: Rect, names: Names) {
        if panel.surface().is_some() {
            return;
        }
        let frame = self.frame;
        let texts = &mut self.texts;
        let mut add = |label: Label, at, size, anchor, turn| texts.push(Text { label, at, size, anchor, turn });
        if names.x {
            for (at, text) in self.x_ticks.ticks.iter().filter_map(|t| Some((t.at, t.text.as_ref()?))) {
                add(Label::parse(text), (frame.at((at, 0.0)).0, frame.bottom() + TICK + 2.0 + SMALL), SMALL, Anchor::Middle, 0.0);
            }
            let baseline = frame.bottom() + bottom;
            let mut room = page.width - 14.0;
            if let Some(factor) = factor(&self.x_ticks) {
                room = (frame.width - 2.0 * label_width(&factor, SMALL) - 12.0).max(20.0);
                add(factor, (frame.right(), baseline), SMALL, Anchor::End, 0.0);
            }
            let (label, size) = fit_to(&panel.x_label, TEXT, room);
            let half = label_width(&label, size) / 2.0;
            let centre = frame.x + frame.width / 2.0;
            let x = centre.clamp((7.0 + half).min(page.width / 2.0), (page.width - 7.0 - half).max(page.width / 2.0));
            add(label, (x, baseline), size, Anchor::Middle, 0.0);
        }
        if names.y {
            for (at, text) in self.y_ticks.ticks.iter().filter_map(|t| Some((t.at, t.text.as_ref()?))) {
                let at = (frame.x - TICK - 2.5, frame.at((0.0, at)).1 + 0.35 * SMALL);
                add(Label::parse(text), at, SMALL, Anchor::End, 0.0);
            }
            if let Some(factor) = factor(&self.y_ticks) {
                add(factor, (frame.x, frame.y - 4.0), SMALL, Anchor::Start, 0.0);
            }
            let (label, size, y) = upright(&panel.y_label, frame);
            add(label, (frame.x - left + 0.85 * TEXT, y), size, Anchor::Middle, -90.0);
        }
    }

    fn write_bar(&mut self, panel: &Ready) {
        let (Some(bar), Some(field)) = (&self.colour_bar, &panel.field) else { return };
        let mut add = |label: Label, at, size, anchor, turn| self.texts.push(Text { label, at, size, anchor, turn });
        for (at, text) in bar.ticks.ticks.iter().filter_map(|t| Some((t.at, t.text.as_ref()?))) {
            let p = bar.place.at((1.0, at));
            add(Label::parse(text), (p.0 + 5.0, p.1 + 0.35 * SMALL), SMALL, Anchor::Start, 0.0);
        }
        if let Some(factor) = factor(&bar.ticks) {
            add(factor, (bar.place.x, self.frame.y - 4.0), SMALL, Anchor::Start, 0.0);
        }
        let x = bar.place.right() + 5.0 + widest(&bar.ticks) + TEXT + 3.0;
        let (label, size, y) = upright(&field.label, self.frame);
        add(label, (x, y), size, Anchor::Middle, -90.0);
    }
}

/// How far labels beside a frame may reach.
fn guide_room(page: Rect) -> f64 {
    0.25 * page.width
}

/// A label to be written upwards along a frame, its size, and the height of its middle: it may reach a little beyond.
fn upright(label: &Label, frame: Rect) -> (Label, f64, f64) {
    let (label, size) = fit_to(label, TEXT, (frame.height + TICK + SMALL).max(20.0));
    let half = label_width(&label, size) / 2.0;
    let middle = frame.y + frame.height / 2.0;
    (label, size, middle.max(frame.y + half))
}

fn text_width(text: &str) -> f64 {
    label_width(&Label::parse(text), SMALL)
}

pub(in crate::plot::svg) fn widest(ticks: &Ticks) -> f64 {
    ticks.ticks.iter().filter_map(|t| t.text.as_deref()).map(text_width).fold(0.0, f64::max)
}

fn factor(ticks: &Ticks) -> Option<Label> {
    ticks.factor.as_deref().map(Label::parse)
}

/// Every k-th level only, so that about `most` are left.
fn thinned(levels: &Ticks, most: usize) -> Ticks {
    let every = levels.ticks.len().div_ceil(most.max(1)).max(1);
    Ticks { ticks: levels.ticks.iter().step_by(every).cloned().collect(), factor: levels.factor.clone() }
}

/// As many ticks as have room side by side.
fn x_ticks(range: &Range, width: f64) -> Ticks {
    let most = (width / 32.0).clamp(2.0, 10.0) as usize;
    let labelled = |t: &Ticks| t.ticks.iter().filter(|t| t.text.is_some()).count();
    let candidates = (1..=most).rev().chain(most + 1..most + 4).map(|wanted| range.ticks(wanted));
    let fitting: Vec<Ticks> = candidates.filter(|ticks| !crowded(ticks, width)).collect();
    fitting.iter().find(|t| labelled(t) > 1).or(fitting.first()).cloned().unwrap_or_else(|| range.ticks(1))
}

fn crowded(ticks: &Ticks, width: f64) -> bool {
    let labelled: Vec<(f64, f64)> =
        ticks.ticks.iter().filter_map(|t| Some((t.at * width, text_width(t.text.as_deref()?) / 2.0))).collect();
    labelled.windows(2).any(|w| w[1].0 - w[0].0 < w[0].1 + w[1].1 + 15.0)
}
