//! Transposition of matrices in single precision, large ones by several threads.

use crate::tensor::ops::transpose;
use rayon::prelude::*;

/// Rows of the result that are written together: a line of the cache of each row that is read.
const SIDE: usize = 16;
/// Elements from which several threads turn a matrix.
const LARGE: usize = 1 << 16;

/// `from` [rows, columns], rows `pitch` apart, to its transpose `to` [columns, rows], rows `to_pitch` apart.
pub(super) fn turn(from: &[f32], [rows, columns]: [usize; 2], pitch: usize, to: &mut [f32], to_pitch: usize) {
    assert!(columns <= pitch && rows <= to_pitch && from.len() >= rows * pitch && to.len() >= columns * to_pitch);
    if rows == 0 || columns == 0 {
        return;
    }
    let to = &mut to[..columns * to_pitch];
    let block = |(b, to): (usize, &mut [f32])| {
        transpose(&from[b * SIDE..], [rows, SIDE.min(columns - b * SIDE)], pitch, to, to_pitch);
    };
    if rows * columns < LARGE {
        to.chunks_mut(SIDE * to_pitch).enumerate().for_each(block);
    } else {
        to.par_chunks_mut(SIDE * to_pitch).enumerate().for_each(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        for [rows, columns] in [[1, 1], [8, 8], [7, 9], [16, 40], [33, 21], [300, 260]] {
            let (pitch, to_pitch) = (columns + 3, rows + 5);
            let from: Vec<f32> = (0..rows * pitch).map(|k| k as f32).collect();
            let mut to = vec![-1.0; columns * to_pitch];
            turn(&from, [rows, columns], pitch, &mut to, to_pitch);
            for (c, line) in to.chunks(to_pitch).enumerate() {
                assert!(line[..rows].iter().enumerate().all(|(r, x)| *x == from[r * pitch + c]));
                assert!(line[rows..].iter().all(|x| *x == -1.0));
            }
        }
    }
}
