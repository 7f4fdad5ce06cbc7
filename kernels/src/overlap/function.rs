//! Any function of the overlaps, summed over the patterns, and functions of such sums.
//!
//! Where each pattern has two numbers only, an attempt chooses for each pattern between two values that were made at the last flip;
//! otherwise the function is evaluated at each attempt.

use super::energy::OfSum;
use super::layer::{Cells, Layer};
use super::program::Program;
use super::rows::{SIDE, Scaled, together};

pub(super) struct FunctionOf {
    each: Program,
    of: OfSum,
    two: Option<TwoNumbers>,
    table: Option<Table>,
}

/// F at all overlaps that can be, where they are whole multiples of one unit and few.
struct Table {
    values: Vec<f64>,
    /// The place of a sum of 0, for each pattern; padded.
    zero: Vec<i32>,
}

/// Values that a table may have.
const MOST_VALUES: f64 = 65_536.0;

/// The table of a function, where one is possible.
fn table(scaled: &Scaled, each: &Program, offsets: &[f64], patterns: usize, sites: usize) -> Option<Table> {
    if !scaled.whole || each.has_columns() || patterns == 0 {
        return None;
    }
    let mut reach = vec![0.0; scaled.stride];
    for i in 0..sites {
        for first in (0..scaled.stride).step_by(SIDE) {
            let x = scaled.eight(i, first);
            (0..SIDE).for_each(|k| reach[first + k] += x[k].abs());
        }
    }
    let place = |mu: usize| libm::round(offsets[mu] / scaled.unit);
    let whole = |mu: usize| (place(mu) * scaled.unit - offsets[mu]).abs() <= 4.0 * f64::EPSILON * offsets[mu].abs();
    let low = (0..patterns).map(|mu| place(mu) - reach[mu]).fold(f64::INFINITY, f64::min);
    let high = (0..patterns).map(|mu| place(mu) + reach[mu]).fold(f64::NEG_INFINITY, f64::max);
    let count = high - low + 1.0;
    if !(count <= MOST_VALUES && (0..patterns).all(whole)) {
        return None;
    }
    let overlaps: Vec<f64> = (0..count as usize).map(|k| scaled.unit * (low + k as f64)).collect();
    let mut zero: Vec<i32> = (0..patterns).map(|mu| (place(mu) - low) as i32).collect();
    zero.resize(scaled.stride, 0);
    Some(Table { values: each.all(&overlaps), zero })
}

/// Patterns of two numbers each.
struct TwoNumbers {
    /// Twice the numbers, in units, padded.
    low: Vec<f64>,
    high: Vec<f64>,
    /// -1 where a site has the high one; a row a site.
    masks: Vec<i8>,
    /// Whether high = -low in each pattern.
    opposite: bool,
}

/// The two numbers of each pattern, where there are no more.
fn two_numbers(scaled: &Scaled, patterns: usize, sites: usize) -> Option<TwoNumbers> {
    let stride = scaled.stride;
    let (mut low, mut high) = (vec![f64::INFINITY; stride], vec![f64::NEG_INFINITY; stride]);
    for i in 0..sites {
        for first in (0..stride).step_by(SIDE) {
            let x = scaled.eight(i, first);
            for k in 0..SIDE {
                low[first + k] = low[first + k].min(x[k]);
                high[first + k] = high[first + k].max(x[k]);
            }
        }
    }
    let mut masks = vec![0i8; sites * stride];
    for i in 0..sites {
        for first in (0..stride).step_by(SIDE) {
            let x = scaled.eight(i, first);
            for k in 0..SIDE {
                if x[k] != low[first + k] && x[k] != high[first + k] {
                    return None;
                }
                masks[i * stride + first + k] = if x[k] == low[first + k] { 0 } else { -1 };
            }
        }
    }
    let opposite = (0..patterns).all(|mu| high[mu] == -low[mu]);
    let twice = |v: Vec<f64>| v.into_iter().map(|x| 2.0 * x).collect();
    Some(TwoNumbers { low: twice(low), high: twice(high), masks, opposite })
}

impl FunctionOf {
    pub fn new(scaled: &Scaled, each: &Program, of: &OfSum, offsets: &[f64], patterns: usize, sites: usize) -> FunctionOf {
        let table = table(scaled, each, offsets, patterns, sites);
        FunctionOf { each: each.clone(), of: of.clone(), two: two_numbers(scaled, patterns, sites), table }
    }

    /// F at the overlaps when the sums have changed by `factor` times `step`, for the patterns; zeros behind them.
    #[inline(always)]
    fn values(&self, layer: &Layer, cells: &mut Cells, factor: f64, step: &[f64], to: &mut Vec<f64>) {
        to.resize(cells.sums.len(), 0.0);
        if let Some(table) = &self.table {
            for (((y, m), d), z) in to.iter_mut().zip(&cells.sums).zip(step).zip(&table.zero).take(layer.patterns) {
                // Sums and steps are whole and lie within the table.
                let place = (m + factor * d) as i32 + z;
                *y = table.values.get(place as usize).copied().unwrap_or(f64::NAN);
            }
            return;
        }
        let unit = layer.scaled.unit;
        for first in (0..cells.sums.len()).step_by(SIDE) {
            let mut x = [0.0; SIDE];
            for k in 0..SIDE {
                x[k] = layer.offsets[first + k] + unit * (cells.sums[first + k] + factor * step[first + k]);
            }
            let y = self.each.eight(first, &x, &mut cells.room);
            to[first..first + SIDE].copy_from_slice(&y);
        }
        to[layer.patterns..].fill(0.0);
    }

    /// Brings what follows from the sums up to date.
    #[inline(always)]
    pub fn follow(&self, layer: &Layer, cells: &mut Cells) {
        let mut now = std::mem::take(&mut cells.weights);
        let zeros = &layer.offsets;
        self.values(layer, cells, 0.0, zeros, &mut now);
        cells.weights = now;
        let p = layer.patterns;
        match &self.of {
            OfSum::Itself => {}
            OfSum::Function(g) => cells.value = self.outer(g, sum(&cells.weights), cells),
            OfSum::LogSumExp(g) => {
                let most = cells.weights[..p].iter().copied().fold(f64::NEG_INFINITY, f64::max);
                cells.shift = if most.is_finite() { most } else { 0.0 };
                let mut all = std::mem::take(&mut cells.after);
                all.clone_from(&cells.weights);
                let s = self.log_sum(&mut all, p);
                cells.after = all;
                cells.value = self.outer(g, s, cells);
            }
        }
        let Some(two) = &self.two else { return };
        let made = if two.opposite { 2 } else { 4 };
        for which in 0..made {
            let mut to = std::mem::take(&mut cells.candidates[which]);
            let (factor, step) = match which {
                0 => (-1.0, &two.low),
                1 => (-1.0, &two.high),
                2 => (1.0, &two.low),
                _ => (1.0, &two.high),
            };
            self.values(layer, cells, factor, step, &mut to);
            match &self.of {
                OfSum::Itself => to.iter_mut().zip(&cells.weights).for_each(|(y, f)| *y -= f),
                OfSum::Function(_) => {}
                OfSum::LogSumExp(_) => {
                    self.exponentials(cells.shift, &mut to);
                    to[p..].fill(0.0);
                }
            }
            cells.candidates[which] = to;
        }
    }

    #[inline(always)]
    fn exponentials(&self, shift: f64, all: &mut [f64]) {
        for eight in all.as_chunks_mut::<SIDE>().0 {
            let x = eight.map(|x| x - shift);
            super::super::continuous::elementary::exp(&x, eight, SIDE);
        }
    }

    #[inline(always)]
    fn outer(&self, g: &Program, x: f64, cells: &mut Cells) -> f64 {
        if g.is_identity() { x } else { g.eight(0, &[x; SIDE], &mut cells.room)[0] }
    }

    /// ln Σ exp of the numbers of the patterns, which are replaced.
    #[inline(always)]
    fn log_sum(&self, all: &mut [f64], patterns: usize) -> f64 {
        let most = all[..patterns].iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if most.is_infinite() {
            return most;
        }
        self.exponentials(most, all);
        all[patterns..].fill(0.0);
        most + libm::log(sum(all))
    }

    #[inline(always)]
    pub fn rise(&self, layer: &Layer, cells: &mut Cells, site: usize, t: f64) -> f64 {
        // Chosen sums of logarithms leave the range of numbers where an overlap is dominated by another that falls by far.
        const RANGE: std::ops::Range<f64> = 1e-250..1e250;
        if let Some(two) = &self.two {
            let (low, high) = match (t > 0.0, two.opposite) {
                (true, _) => (0, 1),
                (false, true) => (1, 0),
                (false, false) => (2, 3),
            };
            let stride = layer.scaled.stride;
            let masks = &two.masks[site * stride..(site + 1) * stride];
            let s = chosen(&cells.candidates[low], &cells.candidates[high], masks);
            match &self.of {
                OfSum::Itself => return s,
                OfSum::Function(g) => return self.outer(g, s, cells) - cells.value,
                OfSum::LogSumExp(g) if RANGE.contains(&s) => {
                    let x = cells.shift + libm::log(s);
                    return self.outer(g, x, cells) - cells.value;
                }
                OfSum::LogSumExp(_) => {}
            }
        }
        let mut step = std::mem::take(&mut cells.scratch);
        step.clear();
        step.resize(layer.scaled.stride, 0.0);
        layer.scaled.add(site, 1.0, &mut step);
        let mut after = std::mem::take(&mut cells.after);
        self.values(layer, cells, -2.0 * t, &step, &mut after);
        let rise = match &self.of {
            OfSum::Itself => {
                after.iter_mut().zip(&cells.weights).for_each(|(y, f)| *y -= f);
                sum(&after)
            }
            OfSum::Function(g) => self.outer(g, sum(&after), cells) - cells.value,
            OfSum::LogSumExp(g) => {
                let s = self.log_sum(&mut after, layer.patterns);
                self.outer(g, s, cells) - cells.value
            }
        };
        (cells.scratch, cells.after) = (step, after);
        rise
    }
}

#[inline(always)]
fn sum(all: &[f64]) -> f64 {
    let mut sums = [0.0; SIDE];
    for eight in all.as_chunks::<SIDE>().0 {
        (0..SIDE).for_each(|k| sums[k] += eight[k]);
    }
    together(sums)
}

/// Σ of the first numbers where the mask is 0 and of the second where it is -1.
#[inline(always)]
fn chosen(low: &[f64], high: &[f64], masks: &[i8]) -> f64 {
    let mut sums = [0.0; SIDE];
    let both = low.as_chunks::<SIDE>().0.iter().zip(high.as_chunks::<SIDE>().0);
    for ((a, b), mask) in both.zip(masks.as_chunks::<SIDE>().0) {
        for k in 0..SIDE {
            let (a, b) = (a[k].to_bits(), b[k].to_bits());
            sums[k] += f64::from_bits(a ^ (a ^ b) & i64::from(mask[k]) as u64);
        }
    }
    together(sums)
}
