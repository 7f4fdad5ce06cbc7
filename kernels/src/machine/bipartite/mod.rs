//! Machines of two layers without couplings inside a layer: -E = Σ v_i W_ij h_j + Σ b_i v_i + Σ c_j h_j - Σ v² / 2σ² (real units
//! only).
//!
//! η = (W by rows, b, c), over columns: a unit of q labels has q columns, of which one is 1. Units of two values other than 0 and
//! 1 are turned into columns of 0 and 1 with other weights and fields, so that every product has bits on its left.

mod anneal;
mod draw;
mod exact;
mod layer;
mod machine;
mod mean_field;
mod moments;
mod partition;
mod second;
mod singles;
mod state;

pub use layer::{Layer, Unit};

use super::Coordinates;
use super::bits::PANEL;
use super::turn::turn;
use crate::tensor::Op;
use crate::tensor::ops::Prepared;
use layer::Side;
use std::sync::OnceLock;

/// A machine of two layers.
#[derive(Clone, Debug)]
pub struct Bipartite {
    visible: Side,
    hidden: Side,
    coordinates: Coordinates,
    eta: Vec<f64>,
    /// Of columns of 0 and 1: what stands for η.
    fields: [Vec<f64>; 2],
    constant: f64,
    /// The same in single precision, padded with zeros to whole panels: [visible columns, hidden], [hidden columns, visible].
    forth: Vec<f32>,
    back: Vec<f32>,
    biases: [Vec<f32>; 2],
    /// Packed for rows that are no bits: visible to hidden, hidden to visible.
    packed: [OnceLock<Prepared<f32>>; 2],
}

/// Elements from which arrays are filled by several threads.
const LARGE: usize = 1 << 16;

impl Bipartite {
    /// A machine with all coefficients at their base. `coordinates` are of visible columns × hidden columns + visible + hidden
    /// coefficients.
    pub fn new(visible: &Layer, hidden: &Layer, coordinates: Coordinates) -> Result<Bipartite, String> {
        let (visible, hidden) = (Side::new(visible)?, Side::new(hidden)?);
        if visible.units == 0 || hidden.units == 0 {
            let which = if hidden.units == 0 { "hidden" } else { "visible" };
            return Err(format!("a machine of two layers needs {which} units"));
        }
        let len = visible.columns * hidden.columns + visible.columns + hidden.columns;
        if coordinates.len() != len {
            return Err(format!("{} coefficients for {} × {} columns", coordinates.len(), visible.columns, hidden.columns));
        }
        let mut machine = Bipartite {
            eta: Vec::new(),
            fields: [vec![], vec![]],
            constant: 0.0,
            forth: vec![0.0; visible.columns * hidden.padded()],
            back: vec![0.0; hidden.columns * visible.padded()],
            biases: [vec![0.0; visible.padded()], vec![0.0; hidden.padded()]],
            packed: [OnceLock::new(), OnceLock::new()],
            visible,
            hidden,
            coordinates,
        };
        machine.renew(&vec![0.0; machine.coordinates.dimension()])?;
        Ok(machine)
    }

    /// Binary units {0, 1} or spins, with θ = η.
    pub fn plain(visible: &Layer, hidden: &Layer) -> Result<Bipartite, String> {
        let (v, h) = (Side::new(visible)?.columns, Side::new(hidden)?.columns);
        Bipartite::new(visible, hidden, Coordinates::same(v * h + v + h))
    }

    /// Columns of the visible and of the hidden layer.
    pub fn columns(&self) -> (usize, usize) {
        (self.visible.columns, self.hidden.columns)
    }

    /// The coefficients (W by rows, b, c).
    pub fn coefficients(&self) -> &[f64] {
        &self.eta
    }

    /// The weight between columns of 0 and 1.
    fn weight(&self, i: usize, j: usize) -> f64 {
        self.visible.step[i] * self.hidden.step[j] * self.eta[i * self.hidden.columns + j]
    }

    fn renew(&mut self, theta: &[f64]) -> Result<(), String> {
        self.coordinates.apply(theta, &mut self.eta)?;
        let (v, h) = (&self.visible, &self.hidden);
        let (w, rest) = self.eta.split_at(v.columns * h.columns);
        let (b, c) = rest.split_at(v.columns);
        let mut fields = [b.to_vec(), c.to_vec()];
        let mut constant = 0.0;
        if !(v.plain && h.plain) {
            for (i, line) in w.chunks_exact(h.columns).enumerate() {
                let mut sum = 0.0;
                for (j, w) in line.iter().enumerate() {
                    sum += h.low[j] * w;
                    fields[1][j] += v.low[i] * w;
                }
                fields[0][i] += sum;
                constant += v.low[i] * (sum + b[i]);
            }
            constant += c.iter().zip(&h.low).map(|(c, low)| c * low).sum::<f64>();
            fields[0].iter_mut().zip(&v.step).for_each(|(x, s)| *x *= s);
            fields[1].iter_mut().zip(&h.step).for_each(|(x, s)| *x *= s);
        }
        let plain = v.plain && h.plain;
        let line = |(i, out): (usize, &mut [f32])| {
            let w = &w[i * h.columns..(i + 1) * h.columns];
            if plain {
                out.iter_mut().zip(w).for_each(|(o, w)| *o = *w as f32);
            } else {
                out.iter_mut().zip(w).zip(&h.step).for_each(|((o, w), s)| *o = (v.step[i] * s * w) as f32);
            }
        };
        use rayon::prelude::*;
        if w.len() < LARGE {
            self.forth.chunks_exact_mut(h.padded()).enumerate().for_each(line);
        } else {
            self.forth.par_chunks_exact_mut(h.padded()).with_min_len(32).enumerate().for_each(line);
        }
        turn(&self.forth, [v.columns, h.columns], h.padded(), &mut self.back, v.padded());
        for (bias, field) in self.biases.iter_mut().zip(&fields) {
            bias.iter_mut().zip(field).for_each(|(b, x)| *b = *x as f32);
        }
        (self.fields, self.constant) = (fields, constant);
        self.packed = [OnceLock::new(), OnceLock::new()];
        Ok(())
    }

    /// The weights packed for rows of numbers: to the hidden units, or back.
    fn prepared(&self, to_hidden: bool) -> &Prepared<f32> {
        let (v, h) = (&self.visible, &self.hidden);
        let (values, shape) =
            if to_hidden { (&self.forth, [v.columns, h.padded()]) } else { (&self.back, [h.columns, v.padded()]) };
        self.packed[usize::from(!to_hidden)]
            .get_or_init(|| Prepared::new(&Op::Linear { transposed: false }, values, &shape).expect("a linear operation"))
    }
}

const _: () = assert!(PANEL == 32);
