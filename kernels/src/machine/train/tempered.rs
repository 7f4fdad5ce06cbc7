//! Chains at several inverse temperatures that exchange states: the ones at β = 1 mix by way of the hot ones.

use super::super::{Chains, Machine, Rows, Sweeps};
use crate::random::{Key, Stream};

/// `chains` ladders of chains, temperature after temperature: row t · chains + k is chain k at the t-th temperature.
#[derive(Clone, Debug, PartialEq)]
pub struct Ladder {
    betas: Vec<f64>,
    all: Chains,
    /// Those of the first temperature.
    first: Chains,
    /// Exchanges tried and done between neighbouring temperatures.
    pub tried: Vec<u64>,
    pub done: Vec<u64>,
    rounds: u64,
}

impl Ladder {
    /// The first of the inverse temperatures is that of the machine, 1.
    pub fn new<M: Machine>(machine: &M, chains: usize, betas: &[f64], key: Key) -> Result<Ladder, String> {
        if betas.first() != Some(&1.0) || betas.iter().any(|b| !(*b >= 0.0 && b.is_finite())) {
            return Err("the inverse temperatures of exchanging chains begin with 1 and are not negative".into());
        }
        if machine.real() && betas.contains(&0.0) {
            return Err("real units have no law at β = 0".into());
        }
        let all = machine.start(chains * betas.len(), key);
        let gaps = betas.len() - 1;
        let mut ladder = Ladder {
            betas: betas.to_vec(),
            first: Chains { count: chains, visible: vec![], hidden: vec![], key, sweeps: 0 },
            all,
            tried: vec![0; gaps],
            done: vec![0; gaps],
            rounds: 0,
        };
        ladder.copy_first();
        Ok(ladder)
    }

    /// The chains at β = 1.
    pub fn first(&self) -> &Chains {
        &self.first
    }

    fn copy_first(&mut self) {
        let (n, k) = (self.all.count, self.first.count);
        self.first.visible = self.all.visible[..self.all.visible.len() / n * k].to_vec();
        self.first.hidden = self.all.hidden[..self.all.hidden.len() / n * k].to_vec();
        self.first.sweeps = self.all.sweeps;
    }

    /// Sweeps, and after each one exchanges between neighbours, of even and of odd pairs in turn.
    pub fn advance<M: Machine>(&mut self, machine: &M, sweeps: u64) {
        let k = self.first.count;
        let betas: Vec<f64> = self.betas.iter().flat_map(|b| std::iter::repeat_n(*b, k)).collect();
        let mut energies = vec![0.0; betas.len()];
        for _ in 0..sweeps {
            machine.sweep(&mut self.all, &Sweeps { count: 1, betas: &betas, clamped: None });
            let rows = Rows { count: self.all.count, visible: &self.all.visible, hidden: Some(&self.all.hidden) };
            machine.energies(&rows, &mut energies);
            let mut stream = Stream::new(self.all.key.derive(0x6578_6368).derive(self.rounds));
            for t in (self.rounds as usize % 2..self.betas.len().saturating_sub(1)).step_by(2) {
                for c in 0..k {
                    let (a, b) = (t * k + c, (t + 1) * k + c);
                    let gain = (self.betas[t] - self.betas[t + 1]) * (energies[a] - energies[b]);
                    let u = stream.uniform();
                    self.tried[t] += 1;
                    if gain >= 0.0 || u < libm::exp(gain) {
                        self.done[t] += 1;
                        swap(&mut self.all.visible, betas.len(), a, b);
                        swap(&mut self.all.hidden, betas.len(), a, b);
                        energies.swap(a, b);
                    }
                }
            }
            self.rounds += 1;
        }
        self.copy_first();
    }
}

/// Exchanges rows a < b of `rows`.
fn swap(values: &mut [f32], rows: usize, a: usize, b: usize) {
    let width = values.len() / rows;
    let (low, high) = values.split_at_mut(b * width);
    low[a * width..(a + 1) * width].swap_with_slice(&mut high[..width]);
}
