//! The box of a surface on the page: its place in the frame, and the three edges that carry ticks and texts.

use super::canvas::{Anchor, Rect};
use super::layout::{SMALL, TICK, Text, fit_to};
use super::surface::TITLE;
use crate::plot::field::Shown;
use crate::plot::field::surface::{Camera, Point3};
use crate::plot::label::{Label, Position, Run};
use crate::plot::metrics::label_width;
use crate::plot::prepared::{Place, Ready};
use crate::plot::scale::{Range, Ticks};

fn corners() -> impl Iterator<Item = Point3> {
    (0..8u32).map(|k| [k & 1, k >> 1 & 1, k >> 2 & 1].map(f64::from))
}

/// From the box to the page.
pub(super) struct Space {
    pub camera: Camera,
    /// The sides of the box along x and y that are nearer to the viewer.
    pub near: (f64, f64),
    scale: f64,
    origin: Place,
}

/// An edge with an axis.
pub(super) struct Edge {
    pub from: Place,
    pub to: Place,
    /// Ticks with the places along the edge, seen in perspective, beside those along the axis.
    pub ticks: Ticks,
    places: Vec<Place>,
    /// The direction of ticks, of length one.
    pub out: Place,
    name: Label,
}

impl Space {
    /// The box as large as the frame allows beside its texts.
    pub fn new(camera: Camera, panel: &Ready, shown: &Shown, frame: Rect) -> Space {
        // Texts keep their size, so their room is found by trying: left, right, above and below.
        let mut free = [6.0; 4];
        let mut space = Space::within(camera, frame, free);
        for _ in 0..5 {
            let texts = space.edges(panel, shown).iter().flat_map(Edge::texts).collect::<Vec<_>>();
            let (low, high) = space.bounds(&texts);
            let beyond = [frame.x - low.0, high.0 - frame.right(), frame.y - low.1, high.1 - frame.bottom()];
            let most = [0.4 * frame.width, 0.4 * frame.width, 0.4 * frame.height, 0.4 * frame.height];
            (0..4).for_each(|k| free[k] = (free[k] + beyond[k] + 1.0).clamp(2.0, most[k]));
            space = Space::within(camera, frame, free);
        }
        space
    }

    fn within(camera: Camera, frame: Rect, [left, right, top, bottom]: [f64; 4]) -> Space {
        let ends = |of: fn(&Place) -> f64| {
            let seen = corners().map(|p| of(&camera.project(p)));
            seen.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)))
        };
        let ((x0, x1), (y0, y1)) = (ends(|p| p.0), ends(|p| p.1));
        let room = ((frame.width - left - right).max(20.0), (frame.height - top - bottom).max(20.0));
        let scale = (room.0 / (x1 - x0)).min(room.1 / (y1 - y0));
        let middle = (frame.x + left + room.0 / 2.0, frame.y + top + room.1 / 2.0);
        let origin = (middle.0 - scale * (x0 + x1) / 2.0, middle.1 + scale * (y0 + y1) / 2.0);
        Space { camera, near: camera.near_sides(), scale, origin }
    }

    /// The corners of the page's rectangle around box and texts.
    fn bounds(&self, texts: &[Text]) -> (Place, Place) {
        let mut points: Vec<Place> = corners().map(|p| self.page(p)).collect();
        for text in texts.iter().filter(|t| !t.label.is_blank()) {
            let (half, turn) = (label_width(&text.label, text.size) / 2.0, text.turn.to_radians());
            let (s, c) = (libm::sin(turn), libm::cos(turn));
            for (u, v) in [(-half, 0.25), (half, 0.25), (-half, -0.85), (half, -0.85)].map(|(u, v)| (u, v * text.size)) {
                points.push((text.at.0 + u * c - v * s, text.at.1 + u * s + v * c));
            }
        }
        points.iter().fold(((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY)), |(a, b), p| {
            ((a.0.min(p.0), a.1.min(p.1)), (b.0.max(p.0), b.1.max(p.1)))
        })
    }

    pub fn page(&self, p: Point3) -> Place {
        let (x, y) = self.camera.project(p);
        (self.origin.0 + self.scale * x, self.origin.1 - self.scale * y)
    }

    /// The edges of x, y and height.
    pub fn edges(&self, panel: &Ready, shown: &Shown) -> [Edge; 3] {
        let (sx, sy) = self.near;
        let x = self.edge(|t| [t, sy, 0.0], |t| [t, 2.0 * sy - 0.5, 0.0], &panel.x, &panel.x_label);
        let y = self.edge(|t| [sx, t, 0.0], |t| [2.0 * sx - 0.5, t, 0.0], &panel.y, &panel.y_label);
        // The height stands at the left of the two upright edges of the outline.
        let (a, b) = ((sx, 1.0 - sy), (1.0 - sx, sy));
        let (zx, zy) = if self.page([a.0, a.1, 0.0]).0 < self.page([b.0, b.1, 0.0]).0 { a } else { b };
        let mut z = self.edge(|t| [zx, zy, t], |t| [zx, zy, t], &shown.range, &shown.label);
        z.out = (-1.0, 0.0);
        [x, y, z]
    }

    fn edge(&self, on: impl Fn(f64) -> Point3, beyond: impl Fn(f64) -> Point3, range: &Range, label: &Label) -> Edge {
        let (from, to) = (self.page(on(0.0)), self.page(on(1.0)));
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let ticks = range.two_ticks((length / 26.0).clamp(2.0, 7.0) as usize);
        let (p, q) = (self.page(on(0.5)), self.page(beyond(0.5)));
        let far = (q.0 - p.0).hypot(q.1 - p.1).max(1e-9);
        let mut name = label.clone();
        if let (Some(factor), false) = (&ticks.factor, label.is_blank()) {
            name.runs.push(Run { text: "  ".to_string(), position: Position::Base, rise: 0.0, scale: 1.0 });
            name.runs.extend(Label::parse(factor).runs);
        }
        let places = ticks.ticks.iter().map(|t| self.page(on(t.at))).collect();
        Edge { from, to, places, ticks, out: ((q.0 - p.0) / far, (q.1 - p.1) / far), name }
    }
}

impl Edge {
    /// Places along the axis that are labelled.
    pub fn labelled(&self) -> impl Iterator<Item = f64> {
        self.ticks.ticks.iter().filter(|t| t.text.is_some()).map(|t| t.at.clamp(0.0, 1.0))
    }

    /// The labelled ticks: places on the page with their texts.
    pub fn marks(&self) -> impl Iterator<Item = (Place, Label)> {
        self.ticks.ticks.iter().zip(&self.places).filter_map(|(t, p)| Some((*p, Label::parse(t.text.as_ref()?))))
    }

    /// Tick texts and the title, which runs along the edge.
    pub fn texts(&self) -> Vec<Text> {
        let mut texts = Vec::new();
        let (dx, dy) = (self.to.0 - self.from.0, self.to.1 - self.from.1);
        let length = dx.hypot(dy).max(1e-9);
        // At right angles to the edge, outwards.
        let mut normal = (-dy / length, dx / length);
        if normal.0 * self.out.0 + normal.1 * self.out.1 < 0.0 {
            normal = (-normal.0, -normal.1);
        }
        let mut reach: f64 = TICK;
        for (p, label) in self.marks() {
            let half = (label_width(&label, SMALL) / 2.0, 0.36 * SMALL);
            let away = TICK + 2.5 + self.out.0.abs() * half.0 + self.out.1.abs() * half.1;
            let centre = (p.0 + away * self.out.0, p.1 + away * self.out.1);
            let own = away * (self.out.0 * normal.0 + self.out.1 * normal.1) + normal.0.abs() * half.0 + normal.1.abs() * half.1;
            reach = reach.max(own);
            texts.push(Text { label, at: (centre.0, centre.1 + half.1), size: SMALL, anchor: Anchor::Middle, turn: 0.0 });
        }
        let (name, size) = fit_to(&self.name, TITLE, 1.25 * length.max(40.0));
        let slope = libm::atan2(dy, dx).to_degrees();
        // A title beside an upright edge is read upwards.
        let turn = match slope {
            s if s > 75.0 => s - 180.0,
            s if s < -105.0 => s + 180.0,
            s => s,
        };
        let away = reach + 3.0 + 0.5 * size;
        let middle = ((self.from.0 + self.to.0) / 2.0, (self.from.1 + self.to.1) / 2.0);
        let (s, c) = (libm::sin(turn.to_radians()), libm::cos(turn.to_radians()));
        let drop = 0.33 * size;
        let at = (middle.0 + away * normal.0 - drop * s, middle.1 + away * normal.1 + drop * c);
        texts.push(Text { label: name, at, size, anchor: Anchor::Middle, turn });
        texts
    }
}
