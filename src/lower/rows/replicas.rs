//! Single spins with cluster moves between the replicas of a pair.

use super::super::kernel::OfSpins;
use super::super::prepared::Prepared;
use super::{Built, Cost, Row, cost, degree, lanes};
use crate::kernels::dense::Dense;
use crate::kernels::replica_clusters::{ReplicaMove, WithReplicaClusters};
use crate::kernels::sampler::Rule;
use crate::kernels::sliced::Sliced;
use crate::kernels::sparse::Sparse;
use crate::plan::Method;

pub const ROWS: &[Row] = &[Row {
    name: "replica_clusters",
    order: "colour after colour or site after site, then clusters between replicas",
    fields: false,
    serves: |m| matches!(m, Method::Houdayer { .. } | Method::Jorg { .. }),
    fits: |p, m, chains| fits(p, m, chains),
    build,
    // Pairs stay together.
    lanes: |chains| chains,
}];

fn fits(p: &Prepared, m: Method, chains: usize) -> Result<Cost, String> {
    let (bonds, degree) = degree(p).map_err(|why| format!("it needs an Ising model of pairs: {why}"))?;
    if chains % 2 == 1 {
        return Err("its clusters are exchanged between two replicas: write `replicas: 2`".into());
    }
    if matches!(m, Method::Jorg { .. }) && p.pairs()?.fields.iter().any(|h| *h != 0.0) {
        return Err("it has a field".into());
    }
    let reason = format!("pairs of two-valued spins, {degree:.3} couplings a spin, and clusters between replicas");
    cost(p, 8.0 + degree, 60.0 * bonds, 32.0 * p.model.sites() as f64, reason)
}

fn build(p: &Prepared, m: Method, chains: &[super::Chain]) -> Built {
    let (lanes, pairs) = (lanes(p, chains)?, p.pairs()?);
    let (which, every) = match m {
        Method::Jorg { every } => (ReplicaMove::Jorg, u64::from(every)),
        Method::Houdayer { every } => (ReplicaMove::Houdayer, u64::from(every)),
        _ => return Err("it moves no clusters between replicas".into()),
    };
    let total = p.total_map();
    // The one of the kernels of single spins that suits such models: many neighbours, a few copies, or many of them.
    if 2 * pairs.bonds.len() > 64 * pairs.sites {
        let inner = WithReplicaClusters::new(Dense::new(&pairs, Rule::Metropolis, &lanes)?, &pairs, &lanes, which, every)?;
        return Ok(Box::new(OfSpins { inner, total }));
    }
    if lanes.len() >= 8 && Sliced::fits(&pairs).is_ok() {
        let inner = WithReplicaClusters::new(Sliced::new(&pairs, Rule::Metropolis, &lanes)?, &pairs, &lanes, which, every)?;
        return Ok(Box::new(OfSpins { inner, total }));
    }
    let inner = WithReplicaClusters::new(Sparse::new(&pairs, Rule::Metropolis, &lanes)?, &pairs, &lanes, which, every)?;
    Ok(Box::new(OfSpins { inner, total }))
}
