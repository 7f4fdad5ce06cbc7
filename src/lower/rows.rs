//! The table of kernels: for each whether it fits a model, what it costs, and how it is made.
//!
//! To add a kernel, add a row. Costs are rough figures for one core of 2021 and decide only which kernel is taken.

use super::kernel::{Kernel, OfValues};
use super::memory;
use super::prepared::Prepared;
use crate::kernels::bitpacked::{BitPacked, Boundary};
use crate::kernels::cluster::{self, SwendsenWang, Wolff};
use crate::kernels::dense::Dense;
use crate::kernels::generic::Generic;
use crate::kernels::sampler::{Lane, Rule};
use crate::kernels::sparse::Sparse;
use crate::plan::Method;

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

type Built = Result<Box<dyn Kernel>, String>;

/// A kernel.
pub struct Row {
    pub name: &'static str,
    pub serves: fn(Method) -> bool,
    pub fits: fn(&Prepared) -> Result<Cost, String>,
    pub build: fn(&Prepared, Rule, &[Lane]) -> Built,
    /// How many chains one sampler should hold, of so many.
    pub lanes: fn(usize) -> usize,
}

fn single_spin(m: Method) -> bool {
    matches!(m, Method::Metropolis | Method::HeatBath)
}

/// All kernels.
pub const ROWS: [Row; 6] = [
    Row {
        name: "bitpacked",
        serves: single_spin,
        fits: bitpacked_fits,
        build: |p, rule, lanes| {
            let kernel = BitPacked::new(p.uniform.as_ref().map_err(String::clone)?, rule, lanes)?;
            Ok(Box::new(OfValues { inner: kernel, total: p.total_map() }))
        },
        // Small lattices share words, so that a chain depends on those beside it: all chains of a point stay together.
        lanes: |chains| chains,
    },
    Row {
        name: "sparse",
        serves: single_spin,
        fits: sparse_fits,
        build: |p, rule, lanes| Ok(Box::new(OfValues { inner: Sparse::new(&*p.pairs()?, rule, lanes)?, total: p.total_map() })),
        lanes: |chains| if chains < 4 { 1 } else { chains.min(64) },
    },
    Row {
        name: "dense",
        serves: single_spin,
        fits: dense_fits,
        build: |p, rule, lanes| Ok(Box::new(OfValues { inner: Dense::new(&*p.pairs()?, rule, lanes)?, total: p.total_map() })),
        // The matrix is held once a sampler.
        lanes: |chains| chains,
    },
    Row {
        name: "generic",
        serves: single_spin,
        fits: generic_fits,
        build: |p, rule, lanes| {
            Ok(Box::new(OfValues { inner: Generic::new(&*p.graph()?, rule, lanes)?, total: Some((0.0, 1.0)) }))
        },
        lanes: |_| 1,
    },
    Row {
        name: "wolff",
        serves: |m| m == Method::Wolff,
        fits: |p| cluster_fits(p, 8.0),
        build: |p, _, lanes| Ok(Box::new(OfValues { inner: Wolff::new(&*p.pairs()?, lanes)?, total: p.total_map() })),
        lanes: |_| 1,
    },
    Row {
        name: "swendsen_wang",
        serves: |m| m == Method::SwendsenWang,
        fits: |p| cluster_fits(p, 4.0),
        build: |p, _, lanes| Ok(Box::new(OfValues { inner: SwendsenWang::new(&*p.pairs()?, lanes)?, total: p.total_map() })),
        lanes: |_| 1,
    },
];

fn sites(p: &Prepared) -> f64 {
    p.model.sites() as f64
}

fn cost(p: &Prepared, nanoseconds: f64, shared: f64, chain: f64, reason: String) -> Result<Cost, String> {
    memory::check("it", (shared + chain) as u64)?;
    Ok(Cost { seconds_per_sweep: 1e-9 * nanoseconds * sites(p), shared_bytes: shared, chain_bytes: chain, reason })
}

fn bitpacked_fits(p: &Prepared) -> Result<Cost, String> {
    let uniform = p.uniform.as_ref().map_err(String::clone)?;
    BitPacked::fits(&uniform.geometry)?;
    let lattice = format!("{:?}", uniform.geometry.lattice).to_lowercase();
    let n = sites(p);
    // Lattices below some thousand spins do not fill their words.
    let nanoseconds = if n >= 4096.0 { 0.1 } else { 0.1 * 4096.0 / n.max(64.0) };
    cost(p, nanoseconds, n / 64.0, n / 8.0 + 4096.0, format!("a uniform Ising model on the {lattice} lattice"))
}

/// Pairs: their number for each spin.
fn degree(p: &Prepared) -> Result<(f64, f64), String> {
    let bonds = p.pair_count()?;
    Ok((bonds, 2.0 * bonds / sites(p).max(1.0)))
}

fn sparse_fits(p: &Prepared) -> Result<Cost, String> {
    let (bonds, degree) = degree(p)?;
    let reason = format!("pairs of two-valued spins, {degree:.3} couplings a spin");
    cost(p, 1.5 + 0.5 * degree, 40.0 * bonds + 24.0 * sites(p), 16.0 * sites(p), reason)
}

fn dense_fits(p: &Prepared) -> Result<Cost, String> {
    const MOST: f64 = 131_072.0;
    let n = sites(p);
    if n > MOST {
        return Err(format!("{n} spins are too many for a dense matrix of couplings (at most {MOST})"));
    }
    let (bonds, degree) = degree(p)?;
    // A flip adds a row of the matrix; about a quarter of the attempts are flips.
    let reason = format!("pairs of two-valued spins, {degree:.1} couplings a spin of at most {}", n - 1.0);
    cost(p, 4.0 + 0.03 * n, 4.0 * n * n + 16.0 * bonds, 8.0 * n, reason)
}

fn generic_fits(p: &Prepared) -> Result<Cost, String> {
    if let Some(v) = p.model.variables.iter().find(|v| v.values.is_empty() || v.values.len() > 256) {
        return Err(format!("`{}` has {} values: 1 to 256 are possible", v.name, v.values.len()));
    }
    let (nodes, bytes) = p.graph_size()?;
    memory::check("the energy as a graph of operations", bytes)?;
    let each = nodes / sites(p).max(1.0);
    cost(p, 20.0 + 6.0 * each, bytes as f64, 16.0 * sites(p), "it runs every energy of finite spins".into())
}

/// Whether cluster updates serve: pairs without a field and without frustration.
fn cluster_fits(p: &Prepared, nanoseconds: f64) -> Result<Cost, String> {
    let frustrated = "its couplings are frustrated: no choice of signs makes all of them ferromagnetic";
    let (bonds, _) = degree(p).map_err(|why| format!("it needs an Ising model of pairs: {why}"))?;
    if let Ok(uniform) = &p.uniform {
        if uniform.field != 0.0 {
            return Err("it has a field".into());
        }
        let turned = uniform.geometry.boundary.contains(&Boundary::Antiperiodic);
        if (uniform.coupling < 0.0 || turned) && cluster::gauge(&*p.pairs()?).is_none() {
            return Err(frustrated.into());
        }
    } else {
        let pairs = p.pairs()?;
        if pairs.fields.iter().any(|h| *h != 0.0) {
            return Err("it has a field".into());
        }
        cluster::check(&pairs)?;
        if cluster::gauge(&pairs).is_none() {
            return Err(frustrated.into());
        }
    }
    let reason = "a pairwise Ising model without a field and without frustration".into();
    cost(p, nanoseconds, 48.0 * bonds + 16.0 * sites(p), 8.0 * sites(p), reason)
}
