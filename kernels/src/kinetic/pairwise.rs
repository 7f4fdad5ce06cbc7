//! Rates of a pairwise Ising energy: a class for each local field where couplings are whole numbers, else classes within a
//! factor of two.

use std::sync::Arc;

use super::super::random::Stream;
use super::super::random_order::couplings::{Cells, Couplings, LARGEST, Number};
use super::super::random_order::rates::flip;
use super::super::sampler::Rule;
use super::chain::Model;
use super::classes::Classes;
use super::exponents::{self, AT_ONCE, UNKNOWN};

pub(super) struct Pairwise<T> {
    pub couplings: Arc<Couplings<T>>,
    pub rule: Rule,
}

/// The spins and, for real couplings, the rate of each.
pub(super) struct Spins<T> {
    cells: Cells<T>,
    rates: Vec<f64>,
}

impl<T: Number> Pairwise<T> {
    fn rate(&self, beta: f64, half_rise: T) -> f64 {
        flip(self.rule, beta, 2.0 * half_rise.real() * self.couplings.unit)
    }

    /// Looks at one site again.
    #[inline(always)]
    fn assess(&self, chain: &mut Spins<T>, beta: f64, site: usize, classes: &mut Classes) {
        let half_rise = self.couplings.half_rise(&chain.cells, site);
        let class = if T::WHOLE {
            (half_rise.whole() + LARGEST) as u16
        } else {
            let rate = self.rate(beta, half_rise);
            chain.rates[site] = rate;
            exponents::class(rate)
        };
        classes.put(site, class);
    }
}

impl<T: Number> Model for Pairwise<T> {
    type Chain = Spins<T>;

    fn sites(&self) -> usize {
        self.couplings.sites()
    }

    fn bounds(&self, beta: f64) -> Vec<f64> {
        if T::WHOLE {
            (-LARGEST..=LARGEST).map(|k| flip(self.rule, beta, 2.0 * f64::from(k) * self.couplings.unit)).collect()
        } else {
            exponents::bounds()
        }
    }

    fn start(&self, state: &[u8], beta: f64, classes: &mut Classes) -> Spins<T> {
        let rates = if T::WHOLE { Vec::new() } else { vec![0.0; state.len()] };
        let mut chain = Spins { cells: self.couplings.start(state), rates };
        for site in 0..state.len() {
            self.assess(&mut chain, beta, site, classes);
        }
        chain
    }

    fn retemper(&self, chain: &mut Spins<T>, beta: f64, classes: &mut Classes) {
        if !T::WHOLE {
            for site in 0..self.sites() {
                self.assess(chain, beta, site, classes);
            }
        }
    }

    #[inline(always)]
    fn try_event(&self, chain: &mut Spins<T>, beta: f64, site: usize, classes: &mut Classes, stream: &mut Stream) -> bool {
        if !T::WHOLE {
            let class = classes.class(site);
            let bound = classes.bounds[usize::from(class)];
            if class == UNKNOWN {
                self.assess(chain, beta, site, classes);
            }
            let rate = chain.rates[site];
            if rate < bound && stream.uniform() * bound >= rate {
                return false;
            }
        }
        self.couplings.flip(&mut chain.cells, site);
        let row = self.couplings.rows.row(site);
        if !T::WHOLE && row.len() > AT_ONCE {
            classes.put_all(UNKNOWN);
            return true;
        }
        self.assess(chain, beta, site, classes);
        for &(j, _) in row {
            self.assess(chain, beta, j as usize, classes);
        }
        true
    }

    fn energy(&self, chain: &Spins<T>) -> f64 {
        self.couplings.energy(&chain.cells)
    }

    fn total(&self, chain: &Spins<T>) -> f64 {
        chain.cells.total as f64
    }

    fn read(&self, chain: &Spins<T>, state: &mut [u8]) {
        chain.cells.read(state);
    }

    fn save(&self, chain: &Spins<T>) -> Vec<f64> {
        let mut numbers = self.couplings.save(&chain.cells);
        numbers.extend(&chain.rates);
        numbers
    }

    fn restore(&self, state: &[u8], numbers: &[f64]) -> Option<Spins<T>> {
        let (cells, rates) = numbers.split_at_checked(self.couplings.running())?;
        let fits = rates.len() == if T::WHOLE { 0 } else { self.sites() };
        fits.then(|| Spins { cells: self.couplings.restore(state, cells), rates: rates.to_vec() })
    }

    #[cfg(test)]
    fn rates(&self, chain: &mut Spins<T>, beta: f64) -> Vec<f64> {
        (0..self.sites()).map(|i| self.rate(beta, self.couplings.half_rise(&chain.cells, i))).collect()
    }
}
