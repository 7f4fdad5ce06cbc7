//! A matrix by columns: what a unit that has moved adds to the fields of all others.
//!
//! A lane keeps the sums Σ_j W_ij p_j over the positions p = 0, 1, in units of the couplings. Full matrices of whole multiples are
//! 16-bit integers and their sums 64-bit floating-point numbers that hold them without loss; other matrices are as they are.

use super::super::sparse::Simd;
use super::super::sparse::block::dispatch;
use super::super::sparse::lanes::common_unit;
use super::Drive;
use super::matrix::Linear;

/// What all stores of a matrix share.
struct Shared {
    low: f64,
    high: f64,
    /// The value of one unit of the kept sums.
    unit: f64,
    /// The field of each unit where all others are low.
    base: Vec<f64>,
    bias: Vec<f64>,
    /// What of the field of each unit is rounding.
    slack: Vec<f64>,
    /// Whether sums are without loss.
    exact: bool,
    energy: Option<f64>,
}

/// Adds a column to the sums, once or taken away once.
trait Columns: Send + Sync {
    fn add(&self, column: usize, sign: f64, sums: &mut [f64]);
}

pub(super) struct Stored<C> {
    shared: Shared,
    columns: C,
}

pub(super) enum Either {
    Dense(Stored<Full<i16>>),
    DenseReal(Stored<Full<f64>>),
    Sparse(Stored<Sparse>),
}

/// All elements, column after column.
pub(super) struct Full<T> {
    n: usize,
    elements: Vec<T>,
    simd: Simd,
}

/// The elements that are not zero.
pub(super) struct Sparse {
    start: Vec<usize>,
    rows: Vec<u32>,
    elements: Vec<f64>,
}

/// The matrix in the form that is fastest.
pub(super) fn columns(linear: &Linear) -> Result<Either, String> {
    let n = linear.bias.len();
    if n >= u32::MAX as usize {
        return Err(format!("{n} units are more than can be numbered"));
    }
    let unit = common_unit(linear.weights.iter().map(|w| w.2), f64::from(i16::MAX));
    let (exact, unit) = (unit.is_some(), unit.unwrap_or(1.0));
    let mut base = linear.bias.clone();
    let mut size: Vec<f64> = linear.bias.iter().map(|b| b.abs()).collect();
    for &(i, _, w) in &linear.weights {
        base[i as usize] += linear.low * w;
        size[i as usize] += w.abs() * linear.low.abs().max(linear.high.abs());
    }
    let slack = size.iter().map(|s| 1e-12 * s * (linear.high - linear.low)).collect();
    let (low, high, energy) = (linear.low, linear.high, linear.energy);
    let shared = Shared { low, high, unit, base, bias: linear.bias.clone(), slack, exact, energy };
    let simd = Simd::detect();
    // A full column is added in vectors, an element of a sparse one by itself.
    if linear.weights.len() < n * n / 8 || n < 16 {
        let mut start = vec![0; n + 1];
        linear.weights.iter().for_each(|w| start[w.1 as usize + 1] += 1);
        (0..n).for_each(|k| start[k + 1] += start[k]);
        let rows = linear.weights.iter().map(|w| w.0).collect();
        let elements = linear.weights.iter().map(|w| if exact { libm::round(w.2 / unit) } else { w.2 }).collect();
        return Ok(Either::Sparse(Stored { shared, columns: Sparse { start, rows, elements } }));
    }
    if exact {
        let mut elements = vec![0i16; n * n];
        linear.weights.iter().for_each(|w| elements[w.1 as usize * n + w.0 as usize] = libm::round(w.2 / unit) as i16);
        return Ok(Either::Dense(Stored { shared, columns: Full { n, elements, simd } }));
    }
    let mut elements = vec![0.0; n * n];
    linear.weights.iter().for_each(|w| elements[w.1 as usize * n + w.0 as usize] = w.2);
    Ok(Either::DenseReal(Stored { shared, columns: Full { n, elements, simd } }))
}

#[inline(always)]
fn added<T: Copy + Into<f64>>(column: &[T], sign: f64, sums: &mut [f64]) {
    for (sum, x) in sums.iter_mut().zip(column) {
        *sum += sign * (*x).into();
    }
}

dispatch!(add_column => added [T: Copy + Into<f64>] <T> (column: &[T], sign: f64, sums: &mut [f64]));

impl<T: Copy + Into<f64> + Send + Sync> Columns for Full<T> {
    fn add(&self, column: usize, sign: f64, sums: &mut [f64]) {
        add_column(self.simd, &self.elements[column * self.n..(column + 1) * self.n], sign, sums);
    }
}

impl Columns for Sparse {
    fn add(&self, column: usize, sign: f64, sums: &mut [f64]) {
        let own = self.start[column]..self.start[column + 1];
        for (&row, x) in self.rows[own.clone()].iter().zip(&self.elements[own]) {
            sums[row as usize] += sign * x;
        }
    }
}

impl<C> Stored<C> {
    fn value(&self, position: u8) -> f64 {
        if position == 0 { self.shared.low } else { self.shared.high }
    }

    fn field(&self, sums: &[f64], site: usize) -> f64 {
        self.shared.base[site] + (self.shared.high - self.shared.low) * self.shared.unit * sums[site]
    }
}

impl<C: Columns> Drive for Stored<C> {
    type Work = Vec<f64>;

    fn sites(&self) -> usize {
        self.shared.base.len()
    }

    fn size(&self, _: usize) -> usize {
        2
    }

    fn start(&self, state: &[u8]) -> Vec<f64> {
        let mut sums = vec![0.0; state.len()];
        for (site, _) in state.iter().enumerate().filter(|s| *s.1 != 0) {
            self.columns.add(site, 1.0, &mut sums);
        }
        sums
    }

    fn save(&self, running: &Vec<f64>) -> Vec<f64> {
        running.clone()
    }

    fn saved(&self) -> usize {
        self.shared.base.len()
    }

    fn load(&self, _: &[u8], saved: &[f64]) -> Vec<f64> {
        saved.to_vec()
    }

    fn drifts(&self) -> bool {
        !self.shared.exact
    }

    #[inline(always)]
    fn energies(&self, running: &mut Vec<f64>, _: &[u8], site: usize, out: &mut [f64]) -> f64 {
        out[0] = 0.0;
        out[1] = -(self.shared.high - self.shared.low) * self.field(running, site);
        self.shared.slack[site]
    }

    fn change(&self, running: &mut Vec<f64>, _: &[u8], site: usize, new: u8) {
        self.columns.add(site, if new == 0 { -1.0 } else { 1.0 }, running);
    }

    fn energy(&self, running: &Vec<f64>, state: &[u8]) -> f64 {
        let Some(constant) = self.shared.energy else { return 0.0 };
        let twice: f64 = (0..state.len())
            .map(|i| self.value(state[i]) * (self.field(running, i) + self.shared.bias[i]))
            .fold(0.0, |sum, x| sum + x);
        constant - 0.5 * twice
    }

    fn total(&self, state: &[u8]) -> f64 {
        let high = state.iter().filter(|p| **p != 0).count() as f64;
        self.shared.low * (state.len() as f64 - high) + self.shared.high * high
    }
}
