//! Very many cells as a PNG picture. Must not know the page.

use resvg::tiny_skia::{Pixmap, PremultipliedColorU8};

use super::field::shade;
use crate::plot::field::Shown;

/// Pixels a side for cells of unequal size, and the least for those of equal size: viewers that smooth pictures then
/// blur little.
const PIXELS: usize = 900;

/// The part of the frame that a picture covers (left, lower, right and upper end) and the bytes of its file.
pub(super) fn of_cells(shown: &Shown) -> Option<([f64; 4], Vec<u8>)> {
    let (x, y) = (pixels(&shown.columns)?, pixels(&shown.rows)?);
    let wide = shown.columns.len() - 1;
    let mut map = Pixmap::new(x.cells.len() as u32, y.cells.len() as u32)?;
    let colours: Vec<PremultipliedColorU8> = shown
        .values
        .iter()
        .map(|v| shade(shown, *v))
        .map(|c| PremultipliedColorU8::from_rgba(c.0, c.1, c.2, 255))
        .collect::<Option<_>>()?;
    // The first row of a picture is its uppermost.
    let places = y.cells.iter().rev().flat_map(|j| x.cells.iter().map(move |i| (*i, *j)));
    map.pixels_mut().iter_mut().zip(places).for_each(|(pixel, (i, j))| *pixel = colours[j * wide + i]);
    Some(([x.from, y.from, x.to, y.to], map.encode_png().ok()?))
}

struct Pixels {
    from: f64,
    to: f64,
    /// The cell of each pixel.
    cells: Vec<usize>,
}

/// The pixels along one direction: a few for each cell, or finer ones where cells differ in size.
fn pixels(edges: &[f64]) -> Option<Pixels> {
    let count = edges.len().checked_sub(1)?;
    let (first, last) = (*edges.first()?, *edges.last()?);
    let even = edges.windows(2).all(|w| ((w[1] - w[0]) * count as f64 - (last - first)).abs() < 1e-6 * (last - first).abs());
    if even && (-0.5..=0.5).contains(&first) && (0.5..=1.5).contains(&last) {
        let each = (PIXELS / 2 / count).max(1);
        return Some(Pixels { from: first, to: last, cells: (0..count * each).map(|p| p / each).collect() });
    }
    let (from, to) = (first.max(0.0), last.min(1.0));
    let cell = |p: usize| {
        let at = from + (to - from) * (p as f64 + 0.5) / PIXELS as f64;
        edges.partition_point(|e| *e <= at).saturating_sub(1).min(count - 1)
    };
    (to > from).then(|| Pixels { from, to, cells: (0..PIXELS).map(cell).collect() })
}
