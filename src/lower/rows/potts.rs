//! Kernels of Potts models: spins of three values or more that are equal or not.

use super::super::kernel::OfSpins;
use super::super::prepared::Prepared;
use super::{Cost, Row, cost, lanes, rule, sites};
use crate::kernels::potts::{PottsEnergy, PottsLocal, PottsSwendsenWang, PottsWolff};
use crate::kernels::sampler::Rule;
use crate::plan::{Method, Order};
use std::sync::Arc;

pub const ROWS: &[Row] = &[
    Row {
        name: "potts",
        order: "site after site",
        fields: false,
        serves: |m| {
            matches!(
                m,
                Method::Metropolis { order: Order::Any | Order::Sequential }
                    | Method::HeatBath { order: Order::Any | Order::Sequential }
            )
        },
        fits: local,
        build: |p, method, chains| {
            Ok(Box::new(OfSpins {
                inner: PottsLocal::new(&*p.potts()?, rule(method), &lanes(p, chains)?)?,
                total: p.position_map(),
            }))
        },
        lanes: |chains| if chains < 4 { 1 } else { chains.min(32) },
    },
    Row {
        name: "potts_wolff",
        order: "single clusters",
        fields: false,
        serves: |m| m == Method::Wolff,
        fits: |p, _, _| clusters(p, 130.0, "one cluster after the other"),
        build: |p, _, chains| {
            Ok(Box::new(OfSpins { inner: PottsWolff::new(&*p.potts()?, &lanes(p, chains)?)?, total: p.position_map() }))
        },
        lanes: |_| 1,
    },
    Row {
        name: "potts_swendsen_wang",
        order: "all clusters",
        fields: false,
        serves: |m| m == Method::SwendsenWang,
        fits: |p, _, _| clusters(p, 33.0, "all clusters at once"),
        build: |p, _, chains| {
            Ok(Box::new(OfSpins { inner: PottsSwendsenWang::new(&*p.potts()?, &lanes(p, chains)?)?, total: p.position_map() }))
        },
        lanes: |_| 1,
    },
];

/// The energy where these kernels serve it best.
fn energy(p: &Prepared) -> Result<Arc<PottsEnergy>, String> {
    if p.model.variables.iter().all(|v| v.values().len() == 2) {
        return Err("two-valued spins are left to the kernels of Ising models".into());
    }
    let potts = p.potts().map_err(|why| format!("it is no Potts model: {why}"))?;
    potts.check()?;
    Ok(potts)
}

fn described(energy: &PottsEnergy) -> String {
    let field = if energy.fields.is_empty() { "" } else { " in a field" };
    let degree = 2.0 * energy.bonds.len() as f64 / energy.sites.max(1) as f64;
    format!("a Potts model of {} values{field}, {degree:.3} couplings a spin", energy.states)
}

fn shared_bytes(energy: &PottsEnergy) -> f64 {
    64.0 * energy.bonds.len() as f64 + 16.0 * energy.fields.len() as f64 + 24.0 * energy.sites as f64
}

fn local(p: &Prepared, m: Method, chains: usize) -> Result<Cost, String> {
    let energy = energy(p)?;
    // One size of couplings is what the tables of the kernel take at any rate; other couplings may still be multiples of a unit.
    let alike = energy.fields.is_empty() && energy.bonds.windows(2).all(|b| b[0].2.abs() == b[1].2.abs());
    let chains = chains as f64;
    let nanoseconds = match (rule(m), alike) {
        (Rule::Metropolis, true) => {
            if chains < 4.0 {
                12.0
            } else {
                (40.0 / chains).max(3.3)
            }
        }
        (Rule::HeatBath, true) => {
            if chains < 6.0 {
                25.0
            } else {
                (100.0 / chains).max(10.0)
            }
        }
        (Rule::Metropolis, false) => 33.0,
        (Rule::HeatBath, false) => 60.0,
    };
    let degree = 2.0 * energy.bonds.len() as f64 / sites(p).max(1.0);
    cost(p, nanoseconds * (1.0 + degree) / 5.0, shared_bytes(&energy), 16.0 * sites(p), described(&energy))
}

fn clusters(p: &Prepared, nanoseconds: f64, how: &str) -> Result<Cost, String> {
    let energy = energy(p)?;
    let degree = 2.0 * energy.bonds.len() as f64 / sites(p).max(1.0);
    let reason = format!("{}, {how}", described(&energy));
    cost(p, nanoseconds * (1.0 + degree) / 5.0, shared_bytes(&energy), 16.0 * sites(p), reason)
}
