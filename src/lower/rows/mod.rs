//! The table of kernels: for each whether it fits a model, what it costs, and how it is made.
//!
//! To add a kernel, add a row in one of the files here. Costs are rough figures for one core of 2021 and decide only which kernel
//! is taken.

mod clusters;
mod dynamics;
mod fields;
mod ladders;
mod machines;
mod overlaps;
mod potts;
mod replicas;
mod spins;
mod units;

use super::kernel::{Chain, Kernel};
use super::memory;
use super::prepared::Prepared;
use super::state::{positions, start_values};
use crate::kernels::sampler::{Lane, Rule, Start};
use crate::plan::{Method, Order};
pub(super) use units::{SYNCHRONOUS, UNITS, of_energy};

/// What running a kernel takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// Of one chain.
    pub seconds_per_sweep: f64,
    /// What all chains share, and what each needs.
    pub shared_bytes: f64,
    pub chain_bytes: f64,
    /// Why the kernel fits.
    pub reason: String,
}

pub(super) type Built = Result<Box<dyn Kernel>, String>;

/// A kernel.
pub struct Row {
    pub name: &'static str,
    /// In which order it updates the sites.
    pub order: &'static str,
    /// Whether it moves angles, vectors and reals, and not spins.
    pub fields: bool,
    pub serves: fn(Method) -> bool,
    /// For so many chains side by side.
    pub fits: fn(&Prepared, Method, usize) -> Result<Cost, String>,
    pub build: fn(&Prepared, Method, &[Chain]) -> Built,
    /// How many chains one sampler should hold, of so many.
    pub lanes: fn(usize) -> usize,
}

/// All kernels.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [
        machines::ROWS,
        spins::ROWS,
        overlaps::ROWS,
        dynamics::ROWS,
        potts::ROWS,
        clusters::ROWS,
        replicas::ROWS,
        fields::ROWS,
        ladders::ROWS,
        units::ROWS,
    ]
    .into_iter()
    .flatten()
}

/// Single-site methods in an order of the kernel's own.
fn single_spin(m: Method) -> bool {
    matches!(m, Method::Metropolis { order: Order::Any } | Method::HeatBath { order: Order::Any })
}

fn rule(m: Method) -> Rule {
    if matches!(m, Method::HeatBath { .. } | Method::BlockGibbs) { Rule::HeatBath } else { Rule::Metropolis }
}

/// What kernels of spins are asked to be.
pub(super) fn lanes(p: &Prepared, chains: &[Chain]) -> Result<Vec<Lane>, String> {
    let lane = |c: &Chain| {
        let start = match start_values(&c.start, p.model, c.key)? {
            None => Start::Random,
            Some(values) => Start::Given(positions(&values, p.model)?),
        };
        Ok(Lane { beta: c.beta, key: c.key, start })
    };
    chains.iter().map(lane).collect()
}

fn sites(p: &Prepared) -> f64 {
    p.model.sites() as f64
}

fn cost(p: &Prepared, nanoseconds: f64, shared: f64, chain: f64, reason: String) -> Result<Cost, String> {
    memory::check("it", (shared + chain) as u64)?;
    Ok(Cost { seconds_per_sweep: 1e-9 * nanoseconds * sites(p), shared_bytes: shared, chain_bytes: chain, reason })
}

/// Pairs: their number, and that for each spin.
fn degree(p: &Prepared) -> Result<(f64, f64), String> {
    let bonds = p.pair_count()?;
    Ok((bonds, 2.0 * bonds / sites(p).max(1.0)))
}
