//! Transposition of matrices in single precision, eight by eight numbers in registers.

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
    let block =
        |(b, to): (usize, &mut [f32])| lines(&from[b * SIDE..], [rows, SIDE.min(columns - b * SIDE)], pitch, to, to_pitch);
    if rows * columns < LARGE {
        to.chunks_mut(SIDE * to_pitch).enumerate().for_each(block);
    } else {
        to.par_chunks_mut(SIDE * to_pitch).enumerate().for_each(block);
    }
}

fn lines(from: &[f32], [rows, columns]: [usize; 2], pitch: usize, to: &mut [f32], to_pitch: usize) {
    let mut whole = [0, 0];
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        whole = [rows / 8 * 8, columns / 8 * 8];
        for r in (0..whole[0]).step_by(8) {
            for c in (0..whole[1]).step_by(8) {
                // The last of eight rows has eight numbers on either side.
                let (from, to) = (&from[r * pitch + c..][..7 * pitch + 8], &mut to[c * to_pitch + r..][..7 * to_pitch + 8]);
                // SAFETY: the processor has AVX2, and both hold eight rows of eight.
                unsafe { x86::eight(from.as_ptr(), pitch, to.as_mut_ptr(), to_pitch) };
            }
        }
    }
    for c in 0..columns {
        let first = if c < whole[1] { whole[0] } else { 0 };
        for r in first..rows {
            to[c * to_pitch + r] = from[r * pitch + c];
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    /// Pairs, then fours, then halves change places.
    ///
    /// # Safety
    /// The processor has AVX2, and eight rows of eight numbers are valid at either pointer.
    #[target_feature(enable = "avx2")]
    pub unsafe fn eight(from: *const f32, pitch: usize, to: *mut f32, to_pitch: usize) {
        // SAFETY: as the caller promises.
        let mut a = [_mm256_setzero_ps(); 8];
        for (k, a) in a.iter_mut().enumerate() {
            *a = unsafe { _mm256_loadu_ps(from.add(k * pitch)) };
        }
        let mut b = a;
        for k in (0..8).step_by(2) {
            (b[k], b[k + 1]) = (_mm256_unpacklo_ps(a[k], a[k + 1]), _mm256_unpackhi_ps(a[k], a[k + 1]));
        }
        let mut c = b;
        for k in (0..8).step_by(4) {
            for l in 0..2 {
                let (x, y) = (b[k + l], b[k + l + 2]);
                c[k + 2 * l] = _mm256_shuffle_ps::<0b01_00_01_00>(x, y);
                c[k + 2 * l + 1] = _mm256_shuffle_ps::<0b11_10_11_10>(x, y);
            }
        }
        for k in 0..4 {
            let (low, high) = (_mm256_permute2f128_ps::<0x20>(c[k], c[k + 4]), _mm256_permute2f128_ps::<0x31>(c[k], c[k + 4]));
            // SAFETY: as the caller promises.
            unsafe {
                _mm256_storeu_ps(to.add(k * to_pitch), low);
                _mm256_storeu_ps(to.add((k + 4) * to_pitch), high);
            }
        }
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
