//! Where the numbers of a figure lie on its page: what a reader points at, and what is there.

use super::Canvas;
use super::canvas::Rect;
use super::layout::Layout;
use crate::plot::figure::Figure;
use crate::plot::label::Label;
use crate::plot::layer::{Field, Layer};
use crate::plot::prepared::{Prepared, Ready};

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
        if ready.surface().is_some() {
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
            Layer::Raster(_) | Layer::Mark(_) => {}
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
        let curve = curve.as_deref().map(|text| Label::parse(text).plain()).filter(|text| !text.trim().is_empty());
        self.all.push(Spot { at: self.frame.at((px, py)), curve, x, y, error, z, panel: self.panel });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Axis, Panel, Series};

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
}
