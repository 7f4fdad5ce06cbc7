//! How well the chains of a machine mix: series of the energy along them.

use crate::kernels::machine::train::Ladder;
use crate::kernels::machine::{Chains, Machine as _, Sweeps};
use crate::kernels::random::Key;
use crate::lower::machine::{Machine, each_machine};
use crate::statistics::autocorrelation::{Tau, integrated_time};
use crate::statistics::summary::rhat;

/// Chains that go on from step to step of a training.
#[derive(Clone, Debug)]
pub enum Running {
    Chains(Chains),
    Ladder(Ladder),
}

/// What the series of energies say.
pub struct Mixing {
    pub tau: Tau,
    pub r_hat: f64,
}

/// Over so many sweeps of copies of the running chains, or of `count` chains from random states that have made as many sweeps before.
pub fn measured(machine: &Machine, running: Option<Running>, count: usize, sweeps: usize, key: Key) -> Mixing {
    let series = each_machine!(machine, m => {
        let mut chains = running.unwrap_or_else(|| {
            let mut chains = m.start(count, key.derive(1));
            m.sweep(&mut chains, &Sweeps::free(sweeps as u64));
            Running::Chains(chains)
        });
        // The copies draw numbers of their own, not those of the training's next sweeps.
        if let Running::Chains(chains) = &mut chains {
            chains.key = key.derive(2);
        }
        let mut energies = vec![];
        let mut series: Vec<Vec<f64>> = vec![];
        for _ in 0..sweeps {
            let rows = match &mut chains {
                Running::Chains(chains) => {
                    m.sweep(chains, &Sweeps::free(1));
                    chains.rows()
                }
                Running::Ladder(ladder) => {
                    ladder.advance(&**m, 1);
                    ladder.first().rows()
                }
            };
            energies.resize(rows.count, 0.0);
            series.resize(rows.count, Vec::with_capacity(sweeps));
            m.energies(&rows, &mut energies);
            series.iter_mut().zip(&energies).for_each(|(s, e)| s.push(*e));
        }
        series
    });
    let slices: Vec<&[f64]> = series.iter().map(Vec::as_slice).collect();
    Mixing { tau: integrated_time(&slices), r_hat: rhat(&slices) }
}
