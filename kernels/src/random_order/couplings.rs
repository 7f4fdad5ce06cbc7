//! Pairwise couplings with local fields that are kept up to date.
//!
//! Owns the couplings (as whole units where that is exact, else as real numbers), one chain's spins and fields, and the
//! chance that a spin turns. Knows no order of updates and no random numbers beyond words handed in.

use std::ops::{Add, Neg};
use std::sync::Arc;

use super::super::sampler::{PairEnergy, Rule};
use super::super::sparse::adjacency::Adjacency;
use super::super::sparse::lanes::{check_pairs, finite_beta};
use super::rates::flip;
use super::words::{fine_glauber_level, fine_metropolis_level};

/// The largest sum of |J| and |h| over the bonds of a spin, in units, of the whole-number representation.
pub(crate) const LARGEST: i32 = 126;

/// Flips, in units of the number of sites, after which real local fields are summed afresh.
const REFRESH: u64 = 64;

/// A coupling: whole units, or a real number.
pub(crate) trait Number: Copy + Send + Sync + PartialEq + Add<Output = Self> + Neg<Output = Self> + 'static {
    /// Whether sums are exact.
    const WHOLE: bool;
    const ZERO: Self;
    fn real(self) -> f64;
    /// The number that [`Number::real`] gave.
    fn from_real(x: f64) -> Self;
    /// The whole number, meaningless for reals.
    fn whole(self) -> i32;
}

impl Number for i16 {
    const WHOLE: bool = true;
    const ZERO: i16 = 0;
    fn real(self) -> f64 {
        f64::from(self)
    }
    fn from_real(x: f64) -> i16 {
        x as i16
    }
    fn whole(self) -> i32 {
        i32::from(self)
    }
}

impl Number for f64 {
    const WHOLE: bool = false;
    const ZERO: f64 = 0.0;
    fn real(self) -> f64 {
        self
    }
    fn from_real(x: f64) -> f64 {
        x
    }
    fn whole(self) -> i32 {
        0
    }
}

#[inline(always)]
pub(crate) fn signed<T: Number>(x: T, spin: i8) -> T {
    if spin < 0 { -x } else { x }
}

/// What the chains share.
pub(crate) struct Couplings<T> {
    pub rows: Adjacency<T>,
    /// Energy of one unit (1 for reals).
    pub unit: f64,
    pub constant: f64,
}

/// Either representation.
pub(crate) enum Either {
    Whole(Arc<Couplings<i16>>),
    Real(Arc<Couplings<f64>>),
}

/// A spin and its local field Σ J s + h, in units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cell<T> {
    pub field: T,
    pub spin: i8,
}

/// One chain.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cells<T> {
    pub cells: Vec<Cell<T>>,
    /// In units, without the constant.
    energy: f64,
    pub total: i64,
    flips: u64,
}

/// The couplings of an energy, in whole units if possible. `Err` says what is wrong with it.
pub(crate) fn couplings(energy: &PairEnergy) -> Result<Either, String> {
    check_pairs(energy)?;
    let rows = Adjacency::new(energy)?;
    let constant = energy.constant;
    Ok(match rows.integers(LARGEST) {
        Some((whole, unit)) => Either::Whole(Arc::new(Couplings { rows: whole.map(i16::from), unit, constant })),
        None => Either::Real(Arc::new(Couplings { rows, unit: 1.0, constant })),
    })
}

impl<T: Number> Couplings<T> {
    pub fn sites(&self) -> usize {
        self.rows.sites()
    }

    /// A chain at a state of positions (0 is -1, anything else +1).
    pub fn start(&self, state: &[u8]) -> Cells<T> {
        let spin = |p: &u8| if *p == 0 { -1 } else { 1 };
        let cells = state.iter().map(|p| Cell { field: T::ZERO, spin: spin(p) }).collect();
        let mut chain = Cells { cells, energy: 0.0, total: 0, flips: 0 };
        self.refresh(&mut chain);
        chain
    }

    /// Sums fields, energy and total afresh.
    fn refresh(&self, chain: &mut Cells<T>) {
        let (mut twice, mut total) = (0.0, 0);
        for i in 0..chain.cells.len() {
            let mut field = self.rows.fields[i];
            for &(j, c) in self.rows.row(i) {
                field = field + signed(c, chain.cells[j as usize].spin);
            }
            let cell = &mut chain.cells[i];
            cell.field = field;
            twice -= signed(field, cell.spin).real() + signed(self.rows.fields[i], cell.spin).real();
            total += i64::from(cell.spin);
        }
        (chain.energy, chain.total) = (0.5 * twice, total);
    }

    /// s f of a spin: half the rise of the energy, in units, if it turns.
    #[inline(always)]
    pub fn half_rise(&self, chain: &Cells<T>, i: usize) -> T {
        let cell = chain.cells[i];
        signed(cell.field, cell.spin)
    }

    /// The coupling of two spins, in units.
    pub fn between(&self, i: usize, j: usize) -> T {
        let row = self.rows.row(i);
        // The neighbours above i come first, then those below, each part ascending.
        let above = row.partition_point(|e| e.0 as usize > i);
        let part = if j > i { &row[..above] } else { &row[above..] };
        part.binary_search_by_key(&(j as u32), |e| e.0).map_or(T::ZERO, |k| part[k].1)
    }

    /// Turns a spin over.
    #[inline(always)]
    pub fn flip(&self, chain: &mut Cells<T>, i: usize) {
        let cell = &mut chain.cells[i];
        let spin = cell.spin;
        chain.energy += 2.0 * signed(cell.field, spin).real();
        chain.total -= 2 * i64::from(spin);
        cell.spin = -spin;
        for &(j, c) in self.rows.row(i) {
            let field = &mut chain.cells[j as usize].field;
            *field = *field + signed(-(c + c), spin);
        }
        chain.flips += 1;
        // Whole numbers never drift.
        if !T::WHOLE && chain.flips.is_multiple_of(REFRESH * chain.cells.len() as u64) {
            self.refresh(chain);
        }
    }

    /// The energy of a chain, the constant included.
    pub fn energy(&self, chain: &Cells<T>) -> f64 {
        self.constant + self.unit * chain.energy
    }

    /// How many numbers of a chain its spins do not determine to the last bit.
    pub fn running(&self) -> usize {
        if T::WHOLE { 0 } else { self.sites() + 2 }
    }

    /// Those numbers.
    pub fn save(&self, chain: &Cells<T>) -> Vec<f64> {
        if T::WHOLE {
            return Vec::new();
        }
        chain.cells.iter().map(|c| c.field.real()).chain([chain.energy, f64::from_bits(chain.flips)]).collect()
    }

    /// The chain that [`Couplings::save`] was given; `numbers` has [`Couplings::running`] of them.
    pub fn restore(&self, state: &[u8], numbers: &[f64]) -> Cells<T> {
        let mut chain = self.start(state);
        if !T::WHOLE
            && let [fields @ .., energy, flips] = numbers
        {
            chain.cells.iter_mut().zip(fields).for_each(|(cell, &f)| cell.field = T::from_real(f));
            (chain.energy, chain.flips) = (*energy, flips.to_bits());
        }
        chain
    }
}

impl<T: Number> Cells<T> {
    pub fn read(&self, state: &mut [u8]) {
        for (position, cell) in state.iter_mut().zip(&self.cells) {
            *position = u8::from(cell.spin > 0);
        }
    }
}

/// The chance that a trial is accepted, as a function of half the rise of the energy in units.
#[derive(Clone, Debug)]
pub(crate) struct Acceptance {
    rule: Rule,
    /// β times two units.
    scale: f64,
    /// For whole numbers in -reach..=reach: the chance times 2^64.
    table: Vec<u64>,
    reach: i32,
}

impl Acceptance {
    /// For half rises of at most `reach` units. The table is for whole numbers only.
    pub fn new<T: Number>(rule: Rule, beta: f64, unit: f64, reach: i32) -> Acceptance {
        let reach = if T::WHOLE { reach } else { -1 };
        // The cast saturates: what is certain fails once in 2^64.
        let entry = |k: i32| (flip(rule, finite_beta(beta), 2.0 * unit * f64::from(k)) * 18_446_744_073_709_551_616.0) as u64;
        Acceptance {
            rule,
            scale: finite_beta(finite_beta(beta) * 2.0 * unit),
            table: (-reach..=reach).map(entry).collect(),
            reach,
        }
    }

    /// Whether the trial with this word is accepted. Probabilities are exact to 2^-64 (whole numbers), or to a relative 2^-23
    /// and the rounding of the field (reals).
    #[inline(always)]
    pub fn accepts<T: Number>(&self, half_rise: T, word: u32, more: impl FnOnce() -> u32) -> bool {
        if T::WHOLE {
            let chance = self.table[(half_rise.whole() + self.reach) as usize];
            let first = (chance >> 32) as u32;
            return if word == first { u64::from(more()) < chance & 0xFFFF_FFFF } else { word < first };
        }
        let y = half_rise.real() * self.scale;
        match self.rule {
            Rule::Metropolis => y <= 0.0 || y <= fine_metropolis_level(word, more),
            Rule::HeatBath => y <= fine_glauber_level(word, more),
        }
    }
}
