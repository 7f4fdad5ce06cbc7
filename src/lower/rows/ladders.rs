//! Methods that give all temperatures from one run: walks on the energy axis, and populations.

use super::super::flat::walkers;
use super::super::prepared::Prepared;
use super::spins::finite_graph;
use super::{Cost, Row, cost, degree, rows, sites};
use crate::plan::Method;

pub const ROWS: &[Row] = &[
    Row {
        name: "flat_histogram",
        order: "site after site",
        fields: false,
        serves: |m| matches!(m, Method::WangLandau { .. } | Method::Multicanonical { .. }),
        fits: |p, _, _| flat(p),
        build: |p, method, chains| Ok(Box::new(walkers(p, method, chains)?)),
        // Walkers learn together.
        lanes: |chains| chains,
    },
    Row {
        name: "population_annealing",
        order: "as the kernel of single spins has it",
        fields: false,
        serves: |m| matches!(m, Method::Population { .. }),
        fits: |p, _, replicas| {
            let (row, cost) = moves(p, replicas)?;
            Ok(Cost { reason: format!("replicas moved by the kernel {}: {}", row.name, cost.reason), ..cost })
        },
        build: |p, _, chains| (moves(p, chains.len())?.0.build)(p, Method::METROPOLIS, chains),
        lanes: |chains| chains,
    },
];

/// Whether there are spins alone, and states that fit in bytes.
fn finite(p: &Prepared) -> Result<(), String> {
    match p.model.variables.iter().find(|v| !(1..=256).contains(&v.values().len())) {
        Some(v) if v.values().is_empty() => Err(format!("`{}` are {}, not spins", v.name, v.kind())),
        Some(v) => Err(format!("`{}` has {} values: 1 to 256 are possible", v.name, v.values().len())),
        None => Ok(()),
    }
}

fn flat(p: &Prepared) -> Result<Cost, String> {
    finite(p)?;
    match degree(p) {
        Ok((bonds, degree)) => {
            let reason = format!("pairs of two-valued spins, {degree:.3} couplings a spin, and a walk over the levels of energy");
            cost(p, 8.0 + 1.5 * degree, 60.0 * bonds, 1e5 + sites(p), reason)
        }
        Err(_) => {
            let (nodes, bytes) = finite_graph(p)?;
            let each = nodes / sites(p).max(1.0);
            cost(
                p,
                25.0 + 6.0 * each,
                bytes as f64,
                1e5 + 16.0 * sites(p),
                "finite spins, and a walk over the levels of energy".into(),
            )
        }
    }
}

/// The cheapest kernel of single spins for so many replicas.
fn moves(p: &Prepared, replicas: usize) -> Result<(&'static Row, Cost), String> {
    finite(p)?;
    let fitting = rows()
        .filter(|r| (r.serves)(Method::METROPOLIS))
        .filter_map(|r| Some((r, (r.fits)(p, Method::METROPOLIS, replicas).ok()?)));
    fitting
        .min_by(|a, b| a.1.seconds_per_sweep.total_cmp(&b.1.seconds_per_sweep))
        .ok_or_else(|| "no kernel moves single spins of it".to_string())
}
