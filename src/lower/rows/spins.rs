//! Kernels that move single spins.

use super::super::kernel::OfSpins;
use super::super::memory;
use super::super::prepared::Prepared;
use super::{Cost, Row, cost, degree, lanes, rule, single_spin, sites};
use crate::kernels::bitpacked::BitPacked;
use crate::kernels::dense::Dense;
use crate::kernels::generic::Generic;
use crate::kernels::sliced::Sliced;
use crate::kernels::sparse::Sparse;

pub const ROWS: &[Row] = &[
    Row {
        name: "bitpacked",
        order: "sublattice after sublattice",
        fields: false,
        serves: single_spin,
        fits: |p, _, _| bitpacked(p),
        build: |p, method, chains| {
            let kernel = BitPacked::new(p.uniform.as_ref().map_err(String::clone)?, rule(method), &lanes(p, chains)?)?;
            Ok(Box::new(OfSpins { inner: kernel, total: p.total_map() }))
        },
        // Small lattices share words, so that a chain depends on those beside it: all chains of a point stay together.
        lanes: |chains| chains,
    },
    Row {
        name: "sparse",
        order: "site after site",
        fields: false,
        serves: single_spin,
        fits: |p, _, chains| sparse(p, chains),
        build: |p, method, chains| {
            let kernel = Sparse::new(&*p.pairs()?, rule(method), &lanes(p, chains)?)?;
            Ok(Box::new(OfSpins { inner: kernel, total: p.total_map() }))
        },
        lanes: |chains| if chains < 4 { 1 } else { chains.min(64) },
    },
    Row {
        name: "sliced",
        order: "colour after colour of the graph",
        fields: false,
        serves: single_spin,
        fits: |p, _, chains| sliced(p, chains),
        build: |p, method, chains| {
            let kernel = Sliced::new(&*p.pairs()?, rule(method), &lanes(p, chains)?)?;
            Ok(Box::new(OfSpins { inner: kernel, total: p.total_map() }))
        },
        // Chains share words.
        lanes: |chains| chains,
    },
    Row {
        name: "dense",
        order: "site after site",
        fields: false,
        serves: single_spin,
        fits: |p, _, _| dense(p),
        build: |p, method, chains| {
            let kernel = Dense::new(&*p.pairs()?, rule(method), &lanes(p, chains)?)?;
            Ok(Box::new(OfSpins { inner: kernel, total: p.total_map() }))
        },
        // The matrix is held once a sampler.
        lanes: |chains| chains,
    },
    Row {
        name: "generic",
        order: "site after site",
        fields: false,
        serves: single_spin,
        fits: |p, _, _| generic(p),
        build: |p, method, chains| {
            let kernel = Generic::new(&*p.graph()?, rule(method), &lanes(p, chains)?)?;
            Ok(Box::new(OfSpins { inner: kernel, total: Some((0.0, 1.0)) }))
        },
        lanes: |_| 1,
    },
];

fn bitpacked(p: &Prepared) -> Result<Cost, String> {
    let uniform = p.uniform.as_ref().map_err(String::clone)?;
    BitPacked::fits(&uniform.geometry)?;
    let lattice = format!("{:?}", uniform.geometry.lattice).to_lowercase();
    let n = sites(p);
    // Lattices below some thousand spins do not fill their words.
    let nanoseconds = if n >= 4096.0 { 0.1 } else { 0.1 * 4096.0 / n.max(64.0) };
    cost(p, nanoseconds, n / 64.0, n / 8.0 + 4096.0, format!("a uniform Ising model on the {lattice} lattice"))
}

fn sparse(p: &Prepared, chains: usize) -> Result<Cost, String> {
    let (bonds, degree) = degree(p)?;
    let reason = format!("pairs of two-valued spins, {degree:.3} couplings a spin");
    // Few chains run one by one; more of them side by side, in vectors.
    let nanoseconds =
        if chains < 4 { 6.0 + 1.2 * degree } else { ((30.0 + 2.0 * degree) / chains as f64).max(1.0 + 0.02 * degree) };
    cost(p, nanoseconds, 40.0 * bonds + 24.0 * sites(p), 16.0 * sites(p), reason)
}

/// Sums over patterns that couple a spin to so many others are not added up for the choice alone: they are far from the 127 units that
/// fit, unless nearly all of them are 0.
const MANY: f64 = 500.0;

fn sliced(p: &Prepared, chains: usize) -> Result<Cost, String> {
    if let Ok(uniform) = &p.uniform
        && BitPacked::fits(&uniform.geometry).is_ok()
    {
        return Err("one bit a spin serves a uniform lattice better than one bit a copy".into());
    }
    let (bonds, degree) = degree(p)?;
    if degree > MANY && p.is_made_of_patterns()? {
        return Err(format!("{degree} couplings a spin would first have to be added up from the patterns"));
    }
    let pairs = p.pairs()?;
    Sliced::fits(&pairs)?;
    // A sweep of a word costs the same for one copy and for 512.
    let copies = chains.clamp(1, 512) as f64;
    let word = 1.5 + 0.4 * degree + 0.085 * degree * degree;
    let reason = format!("pairs of two-valued spins with small whole couplings, {degree:.3} a spin; {chains} copies, a bit each");
    cost(p, 0.06 + 0.01 * degree + word / copies, 40.0 * bonds, sites(p), reason)
}

fn dense(p: &Prepared) -> Result<Cost, String> {
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

fn generic(p: &Prepared) -> Result<Cost, String> {
    let (nodes, bytes) = finite_graph(p)?;
    let each = nodes / sites(p).max(1.0);
    cost(p, 20.0 + 6.0 * each, bytes as f64, 16.0 * sites(p), "it runs every energy of finite spins".into())
}

/// Operations and bytes of the graph of an energy of finite spins.
pub(super) fn finite_graph(p: &Prepared) -> Result<(f64, u64), String> {
    if let Some(v) = p.model.variables.iter().find(|v| v.values().is_empty()) {
        return Err(format!("`{}` are {}, not spins", v.name, v.kind()));
    }
    if let Some(v) = p.model.variables.iter().find(|v| v.values().len() > 256) {
        return Err(format!("`{}` has {} values: 1 to 256 are possible", v.name, v.values().len()));
    }
    let (nodes, bytes) = p.graph_size()?;
    memory::check("the energy as a graph of operations", bytes)?;
    Ok((nodes, bytes))
}
