//! Rows of zeros and ones, thirty-two columns in a word: the left factors of [`super::product`].

/// Columns of a panel.
pub(super) const PANEL: usize = 32;

/// A matrix of bits: panel after panel of 32 columns, in each a word for every row. Bits beyond the columns are 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bits {
    pub rows: usize,
    pub columns: usize,
    pub words: Vec<u32>,
}

impl Bits {
    pub fn new(rows: usize, columns: usize) -> Bits {
        Bits { rows, columns, words: vec![0; rows * columns.div_ceil(PANEL)] }
    }

    /// From rows of numbers, if they are all 0 or 1.
    pub fn pack(rows: usize, columns: usize, values: &[f32]) -> Option<Bits> {
        let mut bits = Bits::new(rows, columns);
        let mut fits = true;
        for (r, line) in values.chunks_exact(columns.max(1)).take(rows).enumerate() {
            for (p, part) in line.chunks(PANEL).enumerate() {
                let mut word = 0;
                for (k, x) in part.iter().enumerate() {
                    let one = *x == 1.0;
                    fits &= one | (*x == 0.0);
                    word |= u32::from(one) << k;
                }
                bits.words[p * rows + r] = word;
            }
            if !fits {
                return None;
            }
        }
        Some(bits)
    }

    #[cfg(test)]
    pub fn get(&self, row: usize, column: usize) -> bool {
        self.words[column / PANEL * self.rows + row] >> (column % PANEL) & 1 == 1
    }

    #[cfg(test)]
    pub fn set(&mut self, row: usize, column: usize) {
        self.words[column / PANEL * self.rows + row] |= 1 << (column % PANEL);
    }

    /// The bits as numbers, row after row.
    pub fn unpack(&self, out: &mut [f32]) {
        for (r, line) in out.chunks_exact_mut(self.columns.max(1)).take(self.rows).enumerate() {
            for (p, part) in line.chunks_mut(PANEL).enumerate() {
                let word = self.words[p * self.rows + r];
                for (k, x) in part.iter_mut().enumerate() {
                    *x = (word >> k & 1) as f32;
                }
            }
        }
    }

    /// The rows of several, one after another.
    pub fn stack(parts: &[&Bits]) -> Bits {
        let rows = parts.iter().map(|b| b.rows).sum();
        let mut all =
            Bits { rows, columns: parts[0].columns, words: Vec::with_capacity(rows * parts[0].columns.div_ceil(PANEL)) };
        for p in 0..all.columns.div_ceil(PANEL) {
            parts.iter().for_each(|b| all.words.extend_from_slice(&b.words[p * b.rows..(p + 1) * b.rows]));
        }
        all
    }

    /// Rows become columns.
    pub fn transpose(&self) -> Bits {
        let mut out = Bits::new(self.columns, self.rows);
        for p in 0..self.columns.div_ceil(PANEL) {
            for q in 0..self.rows.div_ceil(PANEL) {
                let mut block = [0u32; 32];
                let rows = PANEL.min(self.rows - q * PANEL);
                block[..rows].copy_from_slice(&self.words[p * self.rows + q * PANEL..][..rows]);
                turn(&mut block);
                let columns = PANEL.min(self.columns - p * PANEL);
                out.words[q * out.rows + p * PANEL..][..columns].copy_from_slice(&block[..columns]);
            }
        }
        out
    }

    /// The number of ones of each column.
    pub fn sums(&self, mut f: impl FnMut(usize, u32)) {
        let turned = self.transpose();
        for c in 0..self.columns {
            f(c, (0..self.rows.div_ceil(PANEL)).map(|q| turned.words[q * turned.rows + c].count_ones()).sum());
        }
    }
}

/// Transposes 32 words of 32 bits by halves.
fn turn(a: &mut [u32; 32]) {
    let mut width = 16;
    let mut mask = 0x0000_FFFFu32;
    while width > 0 {
        let mut k = 0;
        while k < 32 {
            let t = (a[k] >> width ^ a[k + width]) & mask;
            a[k] ^= t << width;
            a[k + width] ^= t;
            k = (k + width + 1) & !width;
        }
        width /= 2;
        mask ^= mask << width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Stream};

    #[test]
    fn packing_turning_and_stacking() {
        let mut stream = Stream::new(Key(1, 2));
        let (rows, columns) = (37, 70);
        let values: Vec<f32> = (0..rows * columns).map(|_| stream.below(2) as f32).collect();
        let bits = Bits::pack(rows, columns, &values).expect("zeros and ones");
        let mut back = vec![5.0; values.len()];
        bits.unpack(&mut back);
        assert_eq!(back, values);
        let turned = bits.transpose();
        for r in 0..rows {
            for c in 0..columns {
                assert_eq!(turned.get(c, r), values[r * columns + c] == 1.0);
                assert_eq!(bits.get(r, c), values[r * columns + c] == 1.0);
            }
        }
        let both = Bits::stack(&[&bits, &bits]);
        assert!((0..columns).all(|c| (0..rows).all(|r| both.get(r + rows, c) == bits.get(r, c))));
        bits.sums(|c, n| assert_eq!(n as usize, (0..rows).filter(|r| values[r * columns + c] == 1.0).count()));
        assert!(Bits::pack(1, 2, &[0.5, 1.0]).is_none());
    }
}
