//! Population annealing: replicas cooled together, and resampled so that they stay in equilibrium.
//!
//! K. Hukushima and Y. Iba, AIP Conf. Proc. 690, 200 (2003); J. Machta, Phys. Rev. E 82, 026704 (2010); W. Wang, J. Machta and
//! H. G. Katzgraber, Phys. Rev. E 92, 063307 (2015) for the measures of equilibration. A driver over any [`Sampler`]: the replicas are its
//! lanes. Their number is kept by systematic resampling over replicas in the order of their families, whose expected numbers of copies are
//! the weights, so that the estimate of Z is free of bias. A family is what descends from one initial replica.

mod blocks;
#[cfg(test)]
mod tests;

pub use blocks::{Estimate, combine};

use blocks::jackknife;
use serde::{Deserialize, Serialize};

use super::random::{Key, Stream};
use super::sampler::Sampler;

/// Below this many effective families (R / ρ_t) results are not to be trusted (Wang, Machta and Katzgraber ask for 100).
pub const FEW_FAMILIES: f64 = 100.0;

/// Families, as they are after a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Families {
    /// How many initial replicas have descendants.
    pub count: usize,
    /// The replicas of the largest.
    pub largest: usize,
    /// ρ_t = R Σ n², n the fractions of the population in each family: its effective mean size.
    pub rho_t: f64,
    /// ρ_s = R exp(Σ n ln n), the entropic size.
    pub rho_s: f64,
}

impl Families {
    /// What is to be said where few families are left.
    pub fn warning(&self, replicas: usize) -> Option<String> {
        let effective = replicas as f64 / self.rho_t;
        (effective < FEW_FAMILIES).then(|| {
            format!(
                "the population descends from {effective:.0} effective families of {replicas}: \
                 more replicas, more temperatures or more sweeps are needed"
            )
        })
    }
}

/// What a step did.
#[derive(Clone, Debug, PartialEq)]
pub struct StepReport {
    /// ln of the mean weight exp(-(β' - β) E): the step's part of ln Z.
    pub ln_q: f64,
    /// ln Z(β') - ln Z(β of the start) so far.
    pub ln_z: f64,
    /// (Σ w)² / (R Σ w²): the fraction of replicas that the weights leave effective.
    pub effective: f64,
    /// Replicas that were replaced by copies of others.
    pub replaced: usize,
    pub families: Families,
}

/// The population's memory: families and free energy. The states are the sampler's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Population {
    key: (u64, u64),
    /// The initial replica of which each replica descends.
    family: Vec<u32>,
    steps: u64,
    ln_z: f64,
    /// ln Z without each block of initial replicas.
    ln_z_without: Vec<f64>,
}

impl Population {
    /// A population of `replicas`, its families gathered in `blocks` groups of initial replicas for errors (20 to 100 are good).
    ///
    /// # Errors
    /// For fewer than two replicas or blocks, or more blocks than replicas.
    pub fn new(key: Key, replicas: usize, blocks: usize) -> Result<Population, String> {
        if blocks < 2 || replicas < blocks || replicas > u32::MAX as usize {
            return Err(format!(
                "a population of {replicas} replicas in {blocks} blocks: two blocks are needed, and a replica in each"
            ));
        }
        let family = (0..replicas as u32).collect();
        Ok(Population { key: (key.0, key.1), family, steps: 0, ln_z: 0.0, ln_z_without: vec![0.0; blocks] })
    }

    pub fn replicas(&self) -> usize {
        self.family.len()
    }

    /// The initial replica of which a replica descends.
    pub fn family(&self, replica: usize) -> usize {
        self.family[replica] as usize
    }

    /// The block of initial replicas that a replica descends from. Blocks are independent but for the common normalisation.
    pub fn block(&self, replica: usize) -> usize {
        (u64::from(self.family[replica]) * self.ln_z_without.len() as u64 / self.family.len() as u64) as usize
    }

    /// From `beta_from`, where the lanes are in equilibrium, to `beta_to`: resamples, sets β, and moves all lanes by `sweeps`.
    /// β must rise or fall in all steps alike only where that is wanted; each step is exact by itself.
    ///
    /// # Errors
    /// Where the lanes are not the population's, a β or an energy is not finite.
    pub fn step(&mut self, sampler: &mut dyn Sampler, beta_from: f64, beta_to: f64, sweeps: u64) -> Result<StepReport, String> {
        let r = self.replicas();
        if sampler.lanes() != r {
            return Err(format!("{} lanes for a population of {r}", sampler.lanes()));
        }
        if !(beta_from.is_finite() && beta_to.is_finite()) {
            return Err(format!("population annealing from β = {beta_from} to {beta_to}: both must be finite"));
        }
        let energies: Vec<f64> = (0..r).map(|lane| sampler.energy(lane)).collect();
        if let Some(lane) = energies.iter().position(|e| !e.is_finite()) {
            return Err(format!("replica {lane} has the energy {}", energies[lane]));
        }
        let (report, copies) = self.weigh(&energies, beta_to - beta_from);
        self.resample(sampler, &copies);
        for lane in 0..r {
            sampler.set_beta(lane, beta_to);
        }
        sampler.advance(sweeps);
        Ok(StepReport { families: self.families(), ..report })
    }

    /// Weights of a step, the estimates that follow from them, and the copies that each replica is to have.
    fn weigh(&mut self, energies: &[f64], step: f64) -> (StepReport, Vec<u32>) {
        let r = energies.len();
        let exponents: Vec<f64> = energies.iter().map(|e| if step == 0.0 { 0.0 } else { -step * e }).collect();
        let most = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = exponents.iter().map(|x| libm::exp(x - most)).collect();
        let (mut of_block, mut in_block) = (vec![0.0; self.ln_z_without.len()], vec![0usize; self.ln_z_without.len()]);
        for (replica, w) in weights.iter().enumerate() {
            of_block[self.block(replica)] += w;
            in_block[self.block(replica)] += 1;
        }
        let total: f64 = weights.iter().sum();
        let squares: f64 = weights.iter().map(|w| w * w).sum();
        let ln_q = most + libm::log(total / r as f64);
        self.ln_z += ln_q;
        for (block, ln_z) in self.ln_z_without.iter_mut().enumerate() {
            // Where one block is all that is left, there is no telling what the others would give.
            let rest: f64 = of_block.iter().enumerate().filter(|(b, _)| *b != block).map(|(_, w)| w).sum();
            *ln_z += if r > in_block[block] { most + libm::log(rest / (r - in_block[block]) as f64) } else { f64::NAN };
        }
        // One uniform number and a comb of R teeth over the cumulative weights, families side by side.
        let mut order: Vec<u32> = (0..r as u32).collect();
        order.sort_by_key(|&replica| self.family[replica as usize]);
        let offset = Stream::new(Key(self.key.0, self.key.1).derive(self.steps)).uniform();
        let (mut copies, mut sum, mut taken) = (vec![0u32; r], 0.0, 0);
        for (k, &replica) in order.iter().enumerate() {
            sum += weights[replica as usize];
            let teeth = libm::floor(sum / total * r as f64 + offset) as usize;
            let upto = if k + 1 == r { r } else { teeth.clamp(taken, r) };
            copies[replica as usize] = (upto - taken) as u32;
            taken = upto;
        }
        self.steps += 1;
        let replaced = copies.iter().filter(|c| **c == 0).count();
        let effective = total * total / (r as f64 * squares);
        (StepReport { ln_q, ln_z: self.ln_z, effective, replaced, families: self.families() }, copies)
    }

    /// Copies of replicas take the lanes of those that have none; a replica that lives keeps its lane.
    fn resample(&mut self, sampler: &mut dyn Sampler, copies: &[u32]) {
        let mut state = vec![0u8; sampler.sites()];
        let mut free = copies.iter().enumerate().filter(|(_, c)| **c == 0).map(|(lane, _)| lane);
        for (lane, &count) in copies.iter().enumerate().filter(|(_, c)| **c > 1) {
            sampler.read(lane, &mut state);
            for to in free.by_ref().take(count as usize - 1) {
                sampler.write(to, &state);
                self.family[to] = self.family[lane];
            }
        }
    }

    /// The families as they are.
    pub fn families(&self) -> Families {
        let r = self.replicas();
        let mut sizes = vec![0usize; r];
        self.family.iter().for_each(|&f| sizes[f as usize] += 1);
        let fractions = sizes.iter().filter(|s| **s > 0).map(|&s| s as f64 / r as f64);
        let squares: f64 = fractions.clone().map(|n| n * n).sum();
        let entropy: f64 = fractions.clone().map(|n| -n * libm::log(n)).sum();
        Families {
            count: fractions.count(),
            largest: sizes.iter().copied().max().unwrap_or(0),
            rho_t: r as f64 * squares,
            rho_s: r as f64 * libm::exp(-entropy),
        }
    }

    /// ln Z at the present β less ln Z at the first, with a jackknife error over the blocks; to have ln Z itself from a start
    /// at β = 0, add the logarithm of the number of states. The estimate of Z is free of bias, not that of its logarithm.
    pub fn ln_z(&self) -> Estimate {
        let b = self.ln_z_without.len() as f64;
        let mean = self.ln_z_without.iter().sum::<f64>() / b;
        let squares: f64 = self.ln_z_without.iter().map(|x| (x - mean) * (x - mean)).sum();
        Estimate { value: self.ln_z, error: libm::sqrt(squares * (b - 1.0) / b) }
    }

    /// [`Population::ln_z`] without each block of initial replicas; NaN where one block was all that is left.
    pub fn ln_z_without(&self) -> &[f64] {
        &self.ln_z_without
    }

    /// The population mean of a value of each replica, with a jackknife error over the blocks of families: replicas of one family
    /// are correlated, so errors that take replicas as independent would be too small.
    ///
    /// # Errors
    /// Where there is not one value a replica.
    pub fn average(&self, values: &[f64]) -> Result<Estimate, String> {
        if values.len() != self.replicas() {
            return Err(format!("{} values for a population of {}", values.len(), self.replicas()));
        }
        let mut sums = vec![(0.0, 0.0); self.ln_z_without.len()];
        for (replica, value) in values.iter().enumerate() {
            let sum = &mut sums[self.block(replica)];
            *sum = (sum.0 + value, sum.1 + 1.0);
        }
        Ok(jackknife(&sums))
    }

    /// Whether what came from a checkpoint is sound and of this shape.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, replicas: usize, blocks: usize) -> Result<(), String> {
        if self.replicas() != replicas || self.ln_z_without.len() != blocks {
            return Err(format!("the saved population has {} replicas in {} blocks", self.replicas(), self.ln_z_without.len()));
        }
        if self.family.iter().any(|&f| f as usize >= replicas) {
            return Err("the saved population is damaged".into());
        }
        Ok(())
    }
}
