//! Where the numbers of a figure lie on its page: what a reader points at, and what is there.

use super::Canvas;
use super::canvas::Rect;
use super::layout::Layout;
use super::space::Space;
use crate::plot::field::Shown;
use crate::plot::field::surface::{Camera, visible};
use crate::plot::figure::{Figure, Panel};
use crate::plot::label::Label;
use crate::plot::layer::{Field, Layer};
use crate::plot::prepared::{Prepared, Ready};

/// Lines of a surface's grid, each way, whose numbers can be pointed at.
const SURFACE_LINES: usize = 60;

/// A number of a figure at its place on the page, in points from the upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    pub at: (f64, f64),
    /// The curve that it belongs to, as plain text.
    pub curve: Option<String>,
    pub x: f64,
    pub y: f64,
    /// The standard error of `y`.
    pub error: Option<f64>,
    /// Of a field: the value at `x` and `y`.
    pub z: Option<f64>,
    /// The panel, from the upper left.
    pub panel: usize,
}

/// The numbers that a drawn figure shows, without those outside of its frames; of very many an even choice.
#[must_use]
pub fn spots(figure: &Figure, most: usize) -> Vec<Spot> {
    let prepared = Prepared::new(figure);
    let (width, height) = figure.size_cm();
    let (_, page) = Canvas::new(width, height);
    let layout = Layout::new(&prepared, page, figure.legend);
    let mut all = Vec::new();
    for (k, ((panel, ready), place)) in figure.panels.iter().zip(&prepared.panels).zip(&layout.panels).enumerate() {
        if let Some(shown) = ready.surface() {
            surface(panel, ready, shown, place.frame, k, &mut all);
            continue;
        }
        let mut here = Here { ready, frame: place.frame, panel: k, all: &mut all };
        panel.layers.iter().for_each(|layer| here.layer(layer));
    }
    let (count, kept) = (all.len(), all.len().min(most));
    if count > kept {
        all = (0..kept).map(|i| all[i * count / kept].clone()).collect();
    }
    all
}

/// One panel.
struct Here<'a> {
    ready: &'a Ready,
    frame: Rect,
    panel: usize,
    all: &'a mut Vec<Spot>,
}

impl Here<'_> {
    fn layer(&mut self, layer: &Layer) {
        match layer {
            Layer::Series(s) => {
                let error = |i: usize| s.error.as_ref().and_then(|e| e.get(i)).copied().filter(|e| *e > 0.0);
                s.x.iter().zip(&s.y).enumerate().for_each(|(i, (x, y))| self.add(&s.label, *x, *y, error(i), None));
            }
            Layer::Histogram(h) => {
                for (i, (ends, d)) in h.edges.windows(2).zip(&h.density).enumerate() {
                    let error = h.error.as_ref().and_then(|e| e.get(i)).copied().filter(|e| *e > 0.0);
                    self.add(&h.label, (ends[0] + ends[1]) / 2.0, *d, error, None);
                }
            }
            Layer::Trajectory(t) => t.x.iter().zip(&t.y).for_each(|(x, y)| self.add(&t.label, *x, *y, None, None)),
            Layer::Field(f) => self.field(f),
            Layer::Raster(r) => {
                for (k, events) in r.events.iter().enumerate() {
                    events.iter().for_each(|x| self.add(&r.label, *x, r.first as f64 + k as f64, None, None));
                }
            }
            Layer::Mark(_) => {}
        }
    }

    fn field(&mut self, f: &Field) {
        for (row, y) in f.z.chunks(f.x.len().max(1)).zip(&f.y) {
            for (z, x) in row.iter().zip(&f.x).filter(|(z, _)| z.is_finite()) {
                self.add(&f.label, *x, *y, None, Some(*z));
            }
        }
    }

    fn add(&mut self, curve: &Option<String>, x: f64, y: f64, error: Option<f64>, z: Option<f64>) {
        let inside = |at: Option<f64>| at.filter(|at| (-1e-9..=1.0 + 1e-9).contains(at));
        let (Some(px), Some(py)) = (inside(self.ready.x.place(x)), inside(self.ready.y.place(y))) else { return };
        self.all.push(Spot { at: self.frame.at((px, py)), curve: plain(curve), x, y, error, z, panel: self.panel });
    }
}

/// A label as plain text, where there is one.
fn plain(label: &Option<String>) -> Option<String> {
    label.as_deref().map(|text| Label::parse(text).plain()).filter(|text| !text.trim().is_empty())
}

/// The numbers of a surface that its near parts do not hide; of a fine grid some of its lines.
fn surface(panel: &Panel, ready: &Ready, shown: &Shown, frame: Rect, k: usize, all: &mut Vec<Spot>) {
    let space = Space::new(Camera::new(&shown.view), ready, shown, frame);
    let mut add = |label: &Option<String>, [x, y, z]: [f64; 3]| {
        let inside = |at: Option<f64>| at.filter(|at| (-1e-9..=1.0 + 1e-9).contains(at));
        let places = (inside(ready.x.place(x)), inside(ready.y.place(y)), shown.range.place(z));
        let (Some(px), Some(py), Some(height)) = places else { return };
        let at = [px, py, height.clamp(0.0, 1.0)];
        if visible(shown, &space.camera, at) {
            all.push(Spot { at: space.page(at), curve: plain(label), x, y, error: None, z: Some(z), panel: k });
        }
    };
    for layer in &panel.layers {
        match layer {
            Layer::Field(f) => {
                let every = |n: usize| n.div_ceil(SURFACE_LINES).max(1);
                let (across, up) = (every(f.x.len()), every(f.y.len()));
                for (row, y) in f.z.chunks(f.x.len().max(1)).zip(&f.y).step_by(up) {
                    row.iter()
                        .zip(&f.x)
                        .step_by(across)
                        .filter(|(z, _)| z.is_finite())
                        .for_each(|(z, x)| add(&f.label, [*x, *y, *z]));
                }
            }
            Layer::Trajectory(t) => {
                let heights = t.z.iter().flatten();
                t.x.iter().zip(&t.y).zip(heights).for_each(|((x, y), z)| add(&t.label, [*x, *y, *z]));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Axis, Field, FieldStyle, Raster, Series, View};

    #[test]
    fn numbers_lie_where_they_are_drawn() {
        let series = Series::new("L = 8", vec![0.0, 1.0, f64::NAN, 9.0], vec![0.0, 1.0, 0.5, 0.5]).error(vec![0.1; 4]);
        let figure = Figure::of(Panel::new(Axis::new("T").range(0.0, 1.0), Axis::new("m").range(0.0, 1.0)).with(series));
        let all = spots(&figure, 100);
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(all[0].at.0 < all[1].at.0 && all[0].at.1 > all[1].at.1, "{all:?}");
        assert_eq!((all[1].curve.as_deref(), all[1].error), (Some("L = 8"), Some(0.1)));
        // Where the drawing has its markers.
        let drawn = super::super::svg(&figure).content;
        let at =
            format!("cx=\"{}\" cy=\"{}\"", super::super::canvas::number(all[1].at.0), super::super::canvas::number(all[1].at.1));
        assert!(drawn.contains(&at), "{at}");
        assert_eq!(spots(&figure, 1).len(), 1);
    }

    #[test]
    fn a_surface_is_pointed_at_where_it_is_seen() {
        // A ridge across the view: what lies behind it is hidden.
        let ridge = |x: f64| if x == 3.0 { 1.0 } else { 0.0 };
        let places: Vec<f64> = (0..7).map(f64::from).collect();
        let field = |z: &dyn Fn(f64, f64) -> f64| Field {
            z: places.iter().flat_map(|y| places.iter().map(|x| z(*x, *y)).collect::<Vec<_>>()).collect(),
            x: places.clone(),
            y: places.clone(),
            label: Some("E".into()),
            style: FieldStyle::Surface,
            view: View { azimuth: 0.0, elevation: 20.0, perspective: false },
            range: Some([0.0, 1.0]),
            ..Field::default()
        };
        let figure = |f: Field| Figure::of(Panel::new(Axis::new("a"), Axis::new("b")).with(f));
        let flat = spots(&figure(field(&|_, _| 0.0)), 1000);
        assert_eq!(flat.len(), 49);
        let seen = spots(&figure(field(&|x, _| ridge(x))), 1000);
        // The viewer stands in the direction of x.
        for x in [3.0, 4.0, 5.0, 6.0] {
            assert_eq!(seen.iter().filter(|s| s.x == x).count(), 7, "x = {x}");
        }
        assert!(!seen.iter().any(|s| s.x == 2.0), "{seen:?}");
        assert!(seen.iter().all(|s| s.z == Some(ridge(s.x)) && s.curve.as_deref() == Some("E")));
        // Higher on the page where it is higher.
        let at = |all: &[Spot]| all.iter().find(|s| (s.x, s.y) == (3.0, 3.0)).map(|s| s.at);
        assert!(at(&seen).unwrap().1 < at(&flat).unwrap().1 - 20.0);
    }

    #[test]
    fn events_are_told_with_their_unit() {
        let raster = Raster { first: 5, events: vec![vec![1.0], vec![2.0, 3.0]], ..Raster::default() };
        let all = spots(&Figure::of(Panel::new(Axis::new("t"), Axis::new("unit")).with(raster)), 100);
        assert_eq!(all.iter().map(|s| (s.x, s.y)).collect::<Vec<_>>(), [(1.0, 5.0), (2.0, 6.0), (3.0, 6.0)]);
        assert!(all[0].at.1 > all[1].at.1);
    }
}
