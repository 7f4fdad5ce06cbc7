//! Layers of units, and the law of one unit in a field.

use super::super::bits::PANEL;
use super::super::logistic::{choose, log_sum, mean64, softplus64};
use super::super::words::{SECOND, Words, normal};
use crate::random::Key;

/// What values a unit takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    /// Two values.
    Two { low: f64, high: f64 },
    /// One of q labels, each with its own field and row of weights.
    Labels(usize),
    /// A real number with energy v² / (2 σ²) of its own.
    Real { sigma: f64 },
}

/// Groups of units of one kind, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer(pub Vec<(Unit, usize)>);

impl Layer {
    /// Units of values 0 and 1.
    pub fn binary(count: usize) -> Layer {
        Layer(vec![(Unit::Two { low: 0.0, high: 1.0 }, count)])
    }

    /// Units of values -1 and +1.
    pub fn spins(count: usize) -> Layer {
        Layer(vec![(Unit::Two { low: -1.0, high: 1.0 }, count)])
    }
}

/// Units of one kind, and where they stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub unit: Unit,
    pub count: usize,
    pub first: usize,
    pub column: usize,
}

/// A layer with its columns: one for each unit, q for a unit of q labels. A column of a unit of two values is 0 or 1.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub groups: Vec<Group>,
    pub units: usize,
    pub columns: usize,
    /// All units have two values.
    pub two: bool,
    /// Some unit is real.
    pub real: bool,
    /// The value of a column: low + step times its 0 or 1.
    pub low: Vec<f64>,
    pub step: Vec<f64>,
    /// All columns are their own values.
    pub plain: bool,
}

impl Side {
    pub fn new(layer: &Layer) -> Result<Side, String> {
        let mut side =
            Side { groups: vec![], units: 0, columns: 0, two: true, real: false, low: vec![], step: vec![], plain: true };
        for &(unit, count) in &layer.0 {
            let (wide, low, step) = match unit {
                Unit::Two { low, high } if low.is_finite() && high.is_finite() && low != high => (1, low, high - low),
                Unit::Labels(q) if (1..1 << 16).contains(&q) => (q, 0.0, 1.0),
                Unit::Real { sigma } if sigma > 0.0 && sigma.is_finite() => (1, 0.0, 1.0),
                _ => return Err(format!("{unit:?} is no kind of unit")),
            };
            side.groups.push(Group { unit, count, first: side.units, column: side.columns });
            side.units += count;
            side.columns += wide * count;
            side.two &= matches!(unit, Unit::Two { .. });
            side.real |= matches!(unit, Unit::Real { .. });
            side.plain &= low == 0.0 && step == 1.0;
            side.low.resize(side.columns, low);
            side.step.resize(side.columns, step);
        }
        Ok(side)
    }

    pub fn panels(&self) -> usize {
        self.columns.div_ceil(PANEL)
    }

    /// The columns, rounded up to whole panels.
    pub fn padded(&self) -> usize {
        self.panels() * PANEL
    }

    /// Every unit with its kind and its first column.
    pub fn each(&self) -> impl Iterator<Item = (Unit, usize, usize)> + '_ {
        self.groups.iter().flat_map(|g| (0..g.count).map(move |k| (g.unit, g.first + k, g.column + k * g.unit.wide())))
    }

    /// Kind and first column of a unit.
    pub fn unit(&self, unit: usize) -> (Unit, usize) {
        let k = self.groups.partition_point(|g| g.first + g.count <= unit);
        let g = &self.groups[k];
        (g.unit, g.column + (unit - g.first) * g.unit.wide())
    }

    /// Labels of one row as columns.
    pub fn expand<T: From<f32> + Copy>(&self, labels: &[f32], out: &mut [T]) {
        let (zero, one) = (T::from(0.0), T::from(1.0));
        for g in &self.groups {
            let labels = &labels[g.first..g.first + g.count];
            let out = &mut out[g.column..g.column + g.count * g.unit.wide()];
            match g.unit {
                Unit::Labels(q) => {
                    out.fill(zero);
                    labels.iter().zip(out.chunks_exact_mut(q)).for_each(|(l, o)| o[*l as usize] = one);
                }
                _ => out.iter_mut().zip(labels).for_each(|(o, l)| *o = T::from(*l)),
            }
        }
    }

    /// How many states the layer has, if it has finitely many below 2^64.
    pub fn states(&self) -> Option<u64> {
        self.groups.iter().try_fold(1u64, |n, g| match g.unit {
            Unit::Two { .. } => (g.count < 63).then(|| n.checked_mul(1 << g.count)).flatten(),
            Unit::Labels(q) => (0..g.count).try_fold(n, |n, _| n.checked_mul(q as u64)),
            Unit::Real { .. } if g.count == 0 => Some(n),
            Unit::Real { .. } => None,
        })
    }

    /// The labels of a state by its number; the first unit turns fastest.
    pub fn state(&self, mut number: u64, labels: &mut [f32]) {
        for (unit, i, _) in self.each() {
            let q = unit.values().unwrap_or(1) as u64;
            labels[i] = (number % q) as f32;
            number /= q;
        }
    }

    /// Σ ln Σ_values exp(y v - κ v² / 2σ²) over the units, `field` giving the field of each column.
    pub fn log_z(&self, kappa: f64, field: impl Fn(usize) -> f64) -> f64 {
        let mut sum = 0.0;
        for (unit, _, c) in self.each() {
            sum += unit.log_z(kappa, |k| field(c + k));
        }
        sum
    }

    /// Σ v² / 2σ² of the real units of a row of labels.
    pub fn own(&self, labels: &[f32]) -> f64 {
        let mut sum = 0.0;
        for g in &self.groups {
            if let Unit::Real { sigma } = g.unit {
                let squares: f64 = labels[g.first..g.first + g.count].iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
                sum += squares / (2.0 * sigma * sigma);
            }
        }
        sum
    }
}

/// The words of a layer's draws, both of a normal number's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    pub first: Words,
    second: Words,
}

impl Source {
    pub fn new(key: Key, purpose: u32, sweep: u64) -> Source {
        Source { first: Words::new(key, purpose, sweep), second: Words::new(key, purpose | SECOND, sweep) }
    }
}

impl Unit {
    /// The columns of the unit.
    pub(super) fn wide(self) -> usize {
        if let Unit::Labels(q) = self { q } else { 1 }
    }

    /// How many values the unit has, or none if it is real.
    pub fn values(self) -> Option<usize> {
        match self {
            Unit::Two { .. } => Some(2),
            Unit::Labels(q) => Some(q),
            Unit::Real { .. } => None,
        }
    }

    /// ln of the sum over values; columns of 0 and 1 for two values.
    pub(super) fn log_z(self, kappa: f64, field: impl Fn(usize) -> f64) -> f64 {
        match self {
            Unit::Two { .. } => softplus64(field(0)),
            Unit::Labels(q) => log_sum((0..q).map(&field)),
            Unit::Real { sigma } => {
                let (x, s) = (field(0), sigma * sigma / kappa);
                0.5 * (x * x * s + libm::log(std::f64::consts::TAU * s))
            }
        }
    }

    /// The mean of each column.
    pub(super) fn means(self, kappa: f64, field: impl Fn(usize) -> f64, mut out: impl FnMut(usize, f64)) {
        match self {
            Unit::Two { .. } => out(0, mean64(field(0))),
            Unit::Labels(q) => {
                let all = log_sum((0..q).map(&field));
                (0..q).for_each(|k| out(k, libm::exp(field(k) - all)));
            }
            Unit::Real { sigma } => out(0, sigma * sigma / kappa * field(0)),
        }
    }

    /// A label drawn in a field.
    pub(super) fn draw(self, kappa: f64, field: impl Fn(usize) -> f64, source: &Source, row: usize, unit: usize) -> f32 {
        let word = source.first.one(row, unit);
        match self {
            Unit::Two { .. } => f32::from(super::super::logistic::draw(field(0) as f32, word)),
            Unit::Labels(q) => choose((0..q).map(&field), word) as f32,
            Unit::Real { sigma } => {
                let s = sigma * sigma / kappa;
                (s * field(0) + libm::sqrt(s) * normal(word, source.second.one(row, unit))) as f32
            }
        }
    }
}
