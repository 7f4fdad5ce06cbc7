//! Block Gibbs: two layers of units without couplings inside, each drawn whole given the other.

use super::super::kernel::Kernel;
use super::super::machine::Machine;
use super::super::prepared::Prepared;
use super::super::state::{States, View, start_values};
use super::{Built, Chain, Cost, Row, cost, sites};
use crate::kernels::machine::{Bipartite, Chains, Machine as _, Rows, Sweeps};
use crate::plan::{Method, Model, Order, Space};
use std::cell::OnceCell;

/// What stands for temperature 0: finite, so that a field of 0 stays one.
const COLD: f64 = 1e30;

pub const ROWS: &[Row] = &[
    Row {
        name: "block_gibbs",
        order: "layer after layer",
        fields: false,
        serves: |m| matches!(m, Method::BlockGibbs | Method::HeatBath { order: Order::Any | Order::Checkerboard }),
        fits: |p, _, chains| layers(p, chains),
        build,
        lanes: |chains| chains.min(256),
    },
    Row {
        name: "gaussian_block_gibbs",
        order: "layer after layer",
        fields: true,
        serves: |m| matches!(m, Method::BlockGibbs | Method::HeatBath { order: Order::Any | Order::Checkerboard }),
        fits: |p, _, chains| match p.model.variables.iter().all(|v| matches!(v.space, Space::Finite(_))) {
            true => Err("no unit is real".into()),
            false => layers(p, chains),
        },
        build,
        lanes: |chains| chains.min(256),
    },
];

fn layers(p: &Prepared, chains: usize) -> Result<Cost, String> {
    let found = p.machine()?;
    let Machine::Bipartite(machine) = &found.machine else { return Err(found.reason.clone()) };
    let (rows, columns) = machine.columns();
    let weights = (rows * columns) as f64;
    // Of one chain alone the weights come from memory at every sweep.
    let each = if chains < 8 { 0.4 } else { 0.1 };
    let reason = format!("two layers without couplings inside, {rows} × {columns}");
    cost(p, 3.0 + each * 2.0 * weights / sites(p).max(1.0), 24.0 * weights, 8.0 * sites(p), reason)
}

fn build(p: &Prepared, _: Method, lanes: &[Chain]) -> Built {
    let found = p.machine()?;
    let Machine::Bipartite(machine) = &found.machine else { return Err(found.reason.clone()) };
    let first = lanes.first().ok_or("there are no chains")?;
    let chains = machine.start(lanes.len(), first.key);
    let mut kernel = OfMachine {
        machine: (**machine).clone(),
        chains,
        betas: lanes.iter().map(|l| l.beta.min(COLD)).collect(),
        constant: found.constant,
        sets: sets(p.model),
        energies: OnceCell::new(),
    };
    for (k, lane) in lanes.iter().enumerate() {
        if let Some(values) = start_values(&lane.start, p.model, lane.key)? {
            kernel.put(k, &values);
        }
    }
    Ok(Box::new(kernel))
}

/// By site: its values, none for a real one.
fn sets(model: &Model) -> Vec<Option<Vec<f64>>> {
    let of = |space: &Space| match space {
        Space::Finite(values) => Some(values.clone()),
        _ => None,
    };
    model.variables.iter().flat_map(|v| std::iter::repeat_n(of(&v.space), v.components())).collect()
}

/// Chains of a machine of two layers.
struct OfMachine {
    machine: Bipartite,
    chains: Chains,
    betas: Vec<f64>,
    /// What the energy has beside that of the machine.
    constant: f64,
    sets: Vec<Option<Vec<f64>>>,
    /// Of all chains, where they have been asked for.
    energies: OnceCell<Vec<f64>>,
}

impl OfMachine {
    /// The number of a site of a chain: the place of its value in its set, or the value.
    fn number(&self, lane: usize, site: usize) -> f32 {
        let (v, h) = (self.machine.visible(), self.machine.hidden());
        if site < v { self.chains.visible[lane * v + site] } else { self.chains.hidden[lane * h + site - v] }
    }

    fn set_number(&mut self, lane: usize, site: usize, x: f32) {
        let (v, h) = (self.machine.visible(), self.machine.hidden());
        if site < v {
            self.chains.visible[lane * v + site] = x;
        } else {
            self.chains.hidden[lane * h + site - v] = x;
        }
        self.energies.take();
    }

    fn put(&mut self, lane: usize, values: &[f64]) {
        for (site, x) in values.iter().enumerate() {
            let number = match &self.sets[site] {
                Some(set) => set.iter().position(|y| y == x).unwrap_or(0) as f32,
                None => *x as f32,
            };
            self.set_number(lane, site, number);
        }
    }
}

impl Kernel for OfMachine {
    fn lanes(&self) -> usize {
        self.chains.count
    }

    fn advance(&mut self, sweeps: u64) {
        self.energies.take();
        self.machine.sweep(&mut self.chains, &Sweeps { count: sweeps, betas: &self.betas, clamped: None });
    }

    fn energy(&self, lane: usize) -> f64 {
        let all = self.energies.get_or_init(|| {
            let mut out = vec![0.0; self.chains.count];
            let rows = Rows { count: self.chains.count, visible: &self.chains.visible, hidden: Some(&self.chains.hidden) };
            self.machine.energies(&rows, &mut out);
            out
        });
        all[lane] + self.constant
    }

    fn read(&self, lane: usize, states: &mut States, at: usize) {
        let n = self.sets.len();
        match states {
            States::Positions(all) => {
                all[at * n..(at + 1) * n].iter_mut().enumerate().for_each(|(k, s)| *s = self.number(lane, k) as u8);
            }
            States::Components(all) => {
                for (k, x) in all[at * n..(at + 1) * n].iter_mut().enumerate() {
                    let number = self.number(lane, k);
                    *x = self.sets[k].as_ref().map_or(f64::from(number), |set| set[number as usize]);
                }
            }
        }
    }

    fn write(&mut self, lane: usize, states: &States, at: usize) {
        let n = self.sets.len();
        match states.view() {
            View::Positions(all) => {
                for (k, s) in all[at * n..(at + 1) * n].iter().enumerate() {
                    self.set_number(lane, k, f32::from(*s));
                }
            }
            View::Components(all) => self.put(lane, &all[at * n..(at + 1) * n]),
        }
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.betas[lane] = beta.min(COLD);
    }

    fn save(&self) -> Vec<u8> {
        let mut out = self.chains.sweeps.to_le_bytes().to_vec();
        self.betas.iter().for_each(|b| out.extend(b.to_le_bytes()));
        self.chains.visible.iter().chain(&self.chains.hidden).for_each(|x| out.extend(x.to_le_bytes()));
        out
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let numbers = self.chains.visible.len() + self.chains.hidden.len();
        if saved.len() != 8 + 8 * self.betas.len() + 4 * numbers {
            return Err("what was saved is of other chains".into());
        }
        let word = |k: usize| -> [u8; 8] { std::array::from_fn(|i| saved[8 * k + i]) };
        self.chains.sweeps = u64::from_le_bytes(word(0));
        self.betas.iter_mut().enumerate().for_each(|(k, b)| *b = f64::from_le_bytes(word(k + 1)));
        let rest = &saved[8 + 8 * self.betas.len()..];
        let all = self.chains.visible.iter_mut().chain(&mut self.chains.hidden);
        all.zip(rest.chunks_exact(4)).for_each(|(x, b)| *x = f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        self.energies.take();
        Ok(())
    }
}
