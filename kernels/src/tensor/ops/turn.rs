//! Transposition of matrices, square by square in registers.

use super::super::real::Real;
use super::Simd;
use super::lanes::Lanes;
use super::simd::dispatch_lanes;

/// `from` [rows, columns], rows `pitch` apart, to its transpose, or added to it.
#[inline(always)]
pub(super) fn turn_in<V: Lanes>(
    from: &[V::T],
    [rows, columns]: [usize; 2],
    pitch: usize,
    to: &mut [V::T],
    to_pitch: usize,
    add: bool,
) {
    if rows == 0 || columns == 0 {
        return;
    }
    assert!(from.len() >= (rows - 1) * pitch + columns && to.len() >= (columns - 1) * to_pitch + rows);
    let whole = [rows / V::WIDTH * V::WIDTH, columns / V::WIDTH * V::WIDTH];
    for c in (0..whole[1]).step_by(V::WIDTH) {
        for r in (0..whole[0]).step_by(V::WIDTH) {
            // SAFETY: the squares lie within, by the lengths asserted.
            unsafe {
                let turned = V::turned(from.as_ptr().add(r * pitch + c), pitch);
                for (k, line) in turned.iter().take(V::WIDTH).enumerate() {
                    let to = to.as_mut_ptr().add((c + k) * to_pitch + r);
                    (if add { V::load(to).add(*line) } else { *line }).store(to);
                }
            }
        }
    }
    for c in 0..columns {
        let first = if c < whole[1] { whole[0] } else { 0 };
        for r in first..rows {
            let (x, to) = (from[r * pitch + c], &mut to[c * to_pitch + r]);
            *to = if add { *to + x } else { x };
        }
    }
}

dispatch_lanes!(
    /// The transpose of a matrix, by the instructions at hand.
    turn => turn_in(from: &[T], sizes: [usize; 2], pitch: usize, to: &mut [T], to_pitch: usize, add: bool)
);

/// The transpose of a matrix [rows, columns], rows `pitch` apart.
pub fn transpose<T: Real>(from: &[T], sizes: [usize; 2], pitch: usize, to: &mut [T], to_pitch: usize) {
    turn(Simd::detect(), from, sizes, pitch, to, to_pitch, false);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns<T: Real>() {
        for [rows, columns] in [[1, 1], [8, 8], [7, 9], [16, 40], [33, 21]] {
            let (pitch, to_pitch) = (columns + 3, rows + 5);
            let from: Vec<T> = (0..rows * pitch).map(|k| T::from_f64(k as f64)).collect();
            for &simd in Simd::all() {
                let mut to = vec![T::ONE; columns * to_pitch];
                turn(simd, &from, [rows, columns], pitch, &mut to, to_pitch, true);
                turn(simd, &from, [rows, columns], pitch, &mut to, to_pitch, true);
                turn(simd, &from, [rows, columns], pitch, &mut to[..(columns - 1) * to_pitch + rows], to_pitch, true);
                for (c, line) in to.chunks(to_pitch).enumerate() {
                    let right = |r: usize| 3.0 * from[r * pitch + c].to_f64() + 1.0;
                    assert!(line[..rows].iter().enumerate().all(|(r, x)| x.to_f64() == right(r)));
                    assert!(line[rows..].iter().all(|x| *x == T::ONE));
                }
                turn(simd, &from, [rows, columns], pitch, &mut to, to_pitch, false);
                assert!(rows < 2 || to[1] == from[pitch]);
            }
        }
    }

    #[test]
    fn rows_become_columns() {
        turns::<f32>();
        turns::<f64>();
    }
}
