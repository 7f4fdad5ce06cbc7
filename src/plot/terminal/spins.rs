//! A configuration of spins as half blocks, two sites a character. Must not know lattices beyond rows and columns.

use super::grid::{Grid, Ink};
use crate::plot::palette;

/// Draws `state` (row-major, `rows` rows of `columns`) into at most `width` × `height` characters.
///
/// Ising spins (no value but +1 and -1): up is filled and down is empty, or red and blue with `colour`. A lattice with
/// more sites than half characters is reduced by averaging blocks. Other values are states of a Potts or clock model
/// and are told apart by colour (by shade without); a block then shows its first site.
/// A `state` that has not `rows * columns` values, and an empty one, give an empty picture.
#[must_use]
pub fn spins(state: &[i8], columns: usize, rows: usize, width: usize, height: usize, colour: bool) -> String {
    if columns == 0 || rows == 0 || width == 0 || height == 0 || columns.checked_mul(rows) != Some(state.len()) {
        return String::new();
    }
    let block = columns.div_ceil(width).max(rows.div_ceil(height.saturating_mul(2))).max(1);
    let (wide, high) = (columns.div_ceil(block), rows.div_ceil(block));
    let mut grid = Grid::new(wide, high.div_ceil(2));
    let ising = state.iter().all(|s| *s == 1 || *s == -1);
    let (least, most) = state.iter().fold((i8::MAX, i8::MIN), |(a, b), s| (a.min(*s), b.max(*s)));

    // The level of a block from 0 to 1: for Ising spins the fraction of spins that are up.
    let level = |i: usize, j: usize| -> Option<f64> {
        if j >= high {
            return None;
        }
        let first = state[j * block * columns + i * block];
        if !ising {
            let span = f64::from(most) - f64::from(least);
            return Some(if span > 0.0 { (f64::from(first) - f64::from(least)) / span } else { 0.5 });
        }
        let (mut sum, mut n) = (0i64, 0i64);
        for y in j * block..((j + 1) * block).min(rows) {
            for s in &state[y * columns + i * block..y * columns + ((i + 1) * block).min(columns)] {
                sum += i64::from(*s);
                n += 1;
            }
        }
        Some(0.5 + 0.5 * sum as f64 / n as f64)
    };
    let exact = |level: f64| {
        let c = if ising { palette::diverging(0.08 + 0.84 * level) } else { palette::sequential(level) };
        [c.0, c.1, c.2]
    };
    for row in 0..high.div_ceil(2) {
        for column in 0..wide {
            let (upper, lower) = (level(column, 2 * row), level(column, 2 * row + 1));
            let up = upper.unwrap_or(0.0);
            let (c, ink) = match (colour, lower) {
                (true, Some(low)) => ('▀', Ink::Exact(exact(up), exact(low))),
                // The half line below an odd lattice keeps the terminal's own background.
                (true, None) => ('▀', Ink::Indexed(nearest(exact(up)))),
                (false, _) if ising => (half_block(up >= 0.5, lower.is_some_and(|l| l >= 0.5)), Ink::Plain),
                (false, _) => (shade((up + lower.unwrap_or(up)) / 2.0), Ink::Plain),
            };
            grid.put(column, row, c, ink);
        }
    }
    grid.render(colour)
}

fn half_block(upper: bool, lower: bool) -> char {
    match (upper, lower) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}

/// A character of a density from 0 to 1.
pub(super) fn shade(level: f64) -> char {
    const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
    SHADES[((level.clamp(0.0, 1.0) * 5.0) as usize).min(4)]
}

/// The nearest colour of the 6×6×6 cube in a terminal's 256.
fn nearest(rgb: [u8; 3]) -> u8 {
    let step = |v: u8| ((u16::from(v) * 5 + 127) / 255) as u8;
    16 + 36 * step(rgb[0]) + 6 * step(rgb[1]) + step(rgb[2])
}
