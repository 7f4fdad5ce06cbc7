//! The labels of contour lines: where a line is straight and free, it is opened for its number.
//! Must not know fields.

use super::canvas::{Anchor, Canvas, Rect};
use crate::plot::label::Label;
use crate::plot::metrics::label_width;
use crate::plot::prepared::Place;

const SIZE: f64 = 7.2;
/// Room left before and after a number.
const GAP: f64 = 2.0;
/// Labels of one level at most.
const MOST: usize = 2;

/// Labels in a frame, with what they keep off.
pub(super) struct Labels {
    frame: Rect,
    taken: Vec<Place>,
    /// Where the last level's label stands, with the turn in degrees.
    fresh: Vec<(Label, Place, f64)>,
}

impl Labels {
    pub fn new(frame: Rect, taken: &[Place]) -> Labels {
        Labels { frame, taken: taken.to_vec(), fresh: Vec::new() }
    }

    /// Places the labels of a level and gives its lines, opened where these stand.
    pub fn add(&mut self, text: &str, lines: &[Vec<Place>]) -> Vec<Vec<Place>> {
        let label = Label::parse(text);
        let width = label_width(&label, SIZE);
        let need = width + 2.0 * GAP;
        let mut order: Vec<(f64, usize)> = lines.iter().map(|l| *lengths(l).last().unwrap_or(&0.0)).zip(0..).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut open: Vec<Option<(f64, f64)>> = vec![None; lines.len()];
        for (length, index) in order.into_iter().take(MOST) {
            if length < 2.4 * need || label.is_blank() {
                break;
            }
            if let Some((from, at, turn)) = self.place(&lines[index], width) {
                open[index] = Some((from, from + need));
                self.taken.push(at);
                let along = turn.to_radians();
                let (c, s) = (libm::cos(along), libm::sin(along));
                // Both ends too: later labels keep off the whole number.
                self.taken.extend([-0.5, 0.5].map(|k| (at.0 + k * width * c, at.1 + k * width * s)));
                // The baseline lies a third of the size beside the line.
                let base = (at.0 - 0.36 * SIZE * s, at.1 + 0.36 * SIZE * c);
                self.fresh.push((label.clone(), base, turn));
            }
        }
        lines.iter().zip(open).flat_map(|(line, open)| opened(line, open)).collect()
    }

    /// Writes the labels that were placed last, each in the colour for its place.
    pub fn write(&mut self, canvas: &mut Canvas, colour: impl Fn(Place) -> String) {
        for (label, at, turn) in self.fresh.drain(..) {
            canvas.text(&label, at, SIZE, Anchor::Middle, turn, &format!("fill=\"{}\"", colour(at)));
        }
    }

    /// Where along a line a number stands best: the beginning of its gap, its middle and its turn.
    fn place(&self, line: &[Place], width: f64) -> Option<(f64, Place, f64)> {
        let need = width + 2.0 * GAP;
        let lengths = lengths(line);
        let total = *lengths.last()?;
        let tries = ((total - need) / 4.0).clamp(1.0, 400.0) as usize;
        let mut best: Option<(f64, (f64, Place, f64))> = None;
        for k in 0..=tries {
            let from = (total - need) * k as f64 / tries as f64;
            let (a, b) = (along(line, &lengths, from), along(line, &lengths, from + need));
            let chord = (b.0 - a.0).hypot(b.1 - a.1);
            let middle = ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
            let on_line = along(line, &lengths, from + need / 2.0);
            let bent = (on_line.0 - middle.0).hypot(on_line.1 - middle.1);
            if chord < 0.9 * need || bent > 2.0 || !self.frame.contains(middle, -(0.5 * width + 4.0).min(0.4 * self.frame.width))
            {
                continue;
            }
            let room = |p: &Place| (p.0 - middle.0).hypot(p.1 - middle.1);
            let nearest = self.taken.iter().map(room).fold(f64::INFINITY, f64::min);
            if nearest < 0.5 * width + 7.0 {
                continue;
            }
            let slope = libm::atan2(b.1 - a.1, b.0 - a.0).to_degrees();
            let turn = if slope > 90.0 {
                slope - 180.0
            } else if slope < -90.0 {
                slope + 180.0
            } else {
                slope
            };
            // Straight, not upright, apart from others, and rather in the middle of the line.
            let off_middle = ((from + need / 2.0) / total - 0.5).abs();
            let cost = 3.0 * bent + turn.abs() / 30.0 + 20.0 / nearest + 2.0 * off_middle;
            if best.is_none_or(|(c, _)| cost < c - 1e-9) {
                best = Some((cost, (from, ((middle.0 + on_line.0) / 2.0, (middle.1 + on_line.1) / 2.0), turn)));
            }
        }
        best.map(|(_, found)| found)
    }
}

/// Lengths from the beginning of a line to each of its points.
fn lengths(line: &[Place]) -> Vec<f64> {
    let mut sum = 0.0;
    let steps = line.windows(2).map(|w| {
        sum += (w[1].0 - w[0].0).hypot(w[1].1 - w[0].1);
        sum
    });
    std::iter::once(0.0).chain(steps).collect()
}

/// The point at a length.
fn along(line: &[Place], lengths: &[f64], at: f64) -> Place {
    let k = lengths.partition_point(|l| *l <= at).clamp(1, line.len() - 1);
    let (l0, l1) = (lengths[k - 1], lengths[k]);
    let t = if l1 > l0 { ((at - l0) / (l1 - l0)).clamp(0.0, 1.0) } else { 0.0 };
    let (a, b) = (line[k - 1], line[k]);
    (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
}

/// A line without the part between two lengths.
fn opened(line: &[Place], gap: Option<(f64, f64)>) -> Vec<Vec<Place>> {
    let Some((from, to)) = gap else { return vec![line.to_vec()] };
    let lengths = lengths(line);
    let (mut before, mut after) = (Vec::new(), vec![along(line, &lengths, to)]);
    for (p, l) in line.iter().zip(&lengths) {
        if *l < from {
            before.push(*p);
        } else if *l > to {
            after.push(*p);
        }
    }
    before.push(along(line, &lengths, from));
    [before, after].into_iter().filter(|piece| piece.len() > 1).collect()
}
