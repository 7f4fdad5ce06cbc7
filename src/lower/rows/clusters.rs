//! Kernels that move clusters of spins.

use super::super::kernel::OfSpins;
use super::super::prepared::Prepared;
use super::{Cost, Row, cost, degree, lanes, sites};
use crate::kernels::bitpacked::Boundary;
use crate::kernels::cluster::{self, SwendsenWang, Wolff};
use crate::plan::Method;

pub const ROWS: &[Row] = &[
    Row {
        name: "wolff",
        order: "single clusters",
        fields: false,
        serves: |m| m == Method::Wolff,
        fits: |p, _, _| ising(p, 8.0),
        build: |p, _, chains| {
            Ok(Box::new(OfSpins { inner: Wolff::new(&*p.pairs()?, &lanes(p, chains)?)?, total: p.total_map() }))
        },
        lanes: |_| 1,
    },
    Row {
        name: "swendsen_wang",
        order: "all clusters",
        fields: false,
        serves: |m| m == Method::SwendsenWang,
        fits: |p, _, _| ising(p, 4.0),
        build: |p, _, chains| {
            Ok(Box::new(OfSpins { inner: SwendsenWang::new(&*p.pairs()?, &lanes(p, chains)?)?, total: p.total_map() }))
        },
        lanes: |_| 1,
    },
];

/// Whether cluster updates serve: pairs without frustration among them.
fn ising(p: &Prepared, nanoseconds: f64) -> Result<Cost, String> {
    let frustrated = "its couplings are frustrated: no choice of signs makes all of them ferromagnetic";
    let (bonds, _) = degree(p).map_err(|why| format!("it needs an Ising model of pairs: {why}"))?;
    if let Ok(uniform) = &p.uniform {
        let turned = uniform.geometry.boundary.contains(&Boundary::Antiperiodic);
        if (uniform.coupling < 0.0 || turned) && cluster::gauge(&*p.pairs()?).is_none() {
            return Err(frustrated.into());
        }
    } else {
        let pairs = p.pairs()?;
        cluster::check(&pairs)?;
        if cluster::gauge(&pairs).is_none() {
            return Err(frustrated.into());
        }
    }
    let reason = "a pairwise Ising model without frustration".into();
    cost(p, nanoseconds, 48.0 * bonds + 16.0 * sites(p), 8.0 * sites(p), reason)
}
