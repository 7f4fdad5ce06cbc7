//! States of a layer as factors of products: bits where every column is 0 or 1, else numbers.

use super::super::bits::Bits;
use super::layer::Side;

/// Rows of columns.
#[derive(Clone, Debug)]
pub(super) enum State {
    Bits(Bits),
    Dense { rows: usize, values: Vec<f32> },
}

impl State {
    /// Of rows of labels.
    pub fn new(side: &Side, rows: usize, labels: &[f32]) -> State {
        assert!(labels.len() == rows * side.units);
        if side.two {
            return match Bits::pack(rows, side.columns, labels) {
                Some(bits) => State::Bits(bits),
                None => State::Dense { rows, values: labels.to_vec() },
            };
        }
        let mut values = vec![0.0f32; rows * side.columns];
        for (labels, out) in labels.chunks_exact(side.units.max(1)).zip(values.chunks_exact_mut(side.columns.max(1))) {
            side.expand(labels, out);
        }
        match Bits::pack(rows, side.columns, &values) {
            Some(bits) if !side.real => State::Bits(bits),
            _ => State::Dense { rows, values },
        }
    }

    pub fn rows(&self) -> usize {
        match self {
            State::Bits(bits) => bits.rows,
            State::Dense { rows, .. } => *rows,
        }
    }

    /// Rows of numbers.
    pub fn columns(&self, side: &Side) -> Vec<f32> {
        match self {
            State::Bits(bits) => {
                let mut out = vec![0.0; bits.rows * side.columns];
                bits.unpack(&mut out);
                out
            }
            State::Dense { values, .. } => values.clone(),
        }
    }

    /// The labels of all rows.
    pub fn labels(&self, side: &Side, out: &mut [f32]) {
        match self {
            State::Bits(bits) if side.two => bits.unpack(out),
            State::Dense { values, .. } if side.columns == side.units => out.copy_from_slice(values),
            _ => {
                let columns = self.columns(side);
                for (line, out) in columns.chunks_exact(side.columns.max(1)).zip(out.chunks_exact_mut(side.units.max(1))) {
                    for (unit, i, c) in side.each() {
                        out[i] = match unit.wide() {
                            1 => line[c],
                            q => (0..q).find(|k| line[c + k] == 1.0).unwrap_or(0) as f32,
                        };
                    }
                }
            }
        }
    }

    /// Σ_columns f · column of each row.
    pub fn dot(&self, side: &Side, row: usize, f: impl Fn(usize) -> f64) -> f64 {
        match self {
            State::Bits(bits) => {
                let mut sum = 0.0;
                for p in 0..side.panels() {
                    let mut word = bits.words[p * bits.rows + row];
                    while word != 0 {
                        sum += f(p * 32 + word.trailing_zeros() as usize);
                        word &= word - 1;
                    }
                }
                sum
            }
            State::Dense { values, .. } => {
                let line = &values[row * side.columns..(row + 1) * side.columns];
                line.iter().enumerate().map(|(c, x)| f64::from(*x) * f(c)).sum()
            }
        }
    }
}
