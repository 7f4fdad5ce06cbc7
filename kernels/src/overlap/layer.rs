//! One group of patterns and its overlaps: what a flip would raise the energy by, and the flip.
//!
//! Knows no temperature and no random number.

use super::energy::{Form, Patterns};
use super::function::FunctionOf;
use super::quadratic::Quadratic;
use super::rows::{SIDE, Scaled, scaled};

pub(super) enum Kind {
    Quadratic(Quadratic),
    Function(FunctionOf),
}

/// A group, in its own units.
pub(super) struct Layer {
    pub scaled: Scaled,
    pub patterns: usize,
    /// Padded.
    pub offsets: Vec<f64>,
    pub kind: Kind,
    form: Form,
}

/// What one chain keeps of a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cells {
    /// Σ_i x_i s_i in units, padded with zeros.
    pub sums: Vec<f64>,
    /// What follows from them.
    pub weights: Vec<f64>,
    pub candidates: [Vec<f64>; 4],
    /// What the group adds to the energy, where that is a function of a sum.
    pub value: f64,
    /// What exponents are taken relative to.
    pub shift: f64,
    /// For use on the way.
    pub scratch: Vec<f64>,
    pub after: Vec<f64>,
    pub room: Vec<[f64; SIDE]>,
}

/// ±1 of a position.
#[inline(always)]
pub(super) fn spin(position: u8) -> f64 {
    2.0 * f64::from(position) - 1.0
}

impl Layer {
    pub fn new(group: &Patterns, sites: usize) -> Layer {
        let patterns = group.count();
        let scaled = scaled(&group.numbers, patterns, sites);
        let mut offsets = group.offsets.clone();
        offsets.resize(scaled.stride, 0.0);
        let kind = match &group.form {
            Form::Quadratic(c) => Kind::Quadratic(Quadratic::new(&scaled, c, sites)),
            Form::Function { each, of } => Kind::Function(FunctionOf::new(&scaled, each, of, &offsets, patterns, sites)),
        };
        Layer { scaled, patterns, offsets, kind, form: group.form.clone() }
    }

    fn sums(&self, state: &[u8]) -> Vec<f64> {
        let mut sums = vec![0.0; self.scaled.stride];
        state.iter().enumerate().for_each(|(i, &p)| self.scaled.add(i, spin(p), &mut sums));
        sums
    }

    /// A chain's share at a state.
    pub fn start(&self, state: &[u8]) -> Cells {
        let mut cells = Cells { sums: self.sums(state), ..Cells::default() };
        self.follow(&mut cells);
        cells
    }

    /// Brings up to date what follows from the sums.
    #[inline(always)]
    pub fn follow(&self, cells: &mut Cells) {
        match &self.kind {
            Kind::Quadratic(q) => q.follow(self, cells),
            Kind::Function(f) => f.follow(self, cells),
        }
    }

    /// What the energy rises by where the spin `t` of a site turns over.
    #[inline(always)]
    pub fn rise(&self, cells: &mut Cells, site: usize, t: f64) -> f64 {
        match &self.kind {
            Kind::Quadratic(q) => q.rise(self, cells, site, t),
            Kind::Function(f) => f.rise(self, cells, site, t),
        }
    }

    /// The spin `t` of a site turns over.
    #[inline(always)]
    pub fn flip(&self, cells: &mut Cells, site: usize, t: f64) {
        self.scaled.add(site, -2.0 * t, &mut cells.sums);
        self.follow(cells);
    }

    /// What the group adds to the energy of a state.
    pub fn energy(&self, cells: &Cells, state: &[u8]) -> f64 {
        let known;
        let sums = if self.scaled.whole {
            &cells.sums
        } else {
            known = self.sums(state);
            &known
        };
        let overlap = |(o, m): (&f64, &f64)| o + self.scaled.unit * m;
        let overlaps: Vec<f64> = self.offsets.iter().zip(sums).map(overlap).take(self.patterns).collect();
        self.form.value(&overlaps)
    }
}
