//! The kernel that keeps overlaps with patterns, in both orders.

use super::super::kernel::{Chain, OfSpins};
use super::super::prepared::Prepared;
use super::{Built, Cost, Row, cost, lanes, rule, single_spin, sites};
use crate::kernels::overlap::{Overlap, Visit};
use crate::plan::{Method, Order};

pub const ROWS: &[Row] = &[
    Row {
        name: "overlap",
        order: "site after site",
        fields: false,
        serves: |m| single_spin(m) || order(m) == Some(Order::Sequential),
        fits: |p, _, _| overlaps(p, Visit::Sequential),
        build: |p, method, chains| build(p, method, chains, Visit::Sequential),
        // The patterns are shared by all samplers.
        lanes: |_| 1,
    },
    Row {
        name: "overlap_random_order",
        order: "sites drawn at random",
        fields: false,
        serves: |m| order(m) == Some(Order::Random),
        fits: |p, _, _| overlaps(p, Visit::Random),
        build: |p, method, chains| build(p, method, chains, Visit::Random),
        lanes: |_| 1,
    },
];

fn order(m: Method) -> Option<Order> {
    match m {
        Method::Metropolis { order } | Method::HeatBath { order } => Some(order),
        _ => None,
    }
}

fn build(p: &Prepared, method: Method, chains: &[Chain], visit: Visit) -> Built {
    let kernel = Overlap::new(&p.overlap_model()?, rule(method), visit, &lanes(p, chains)?)?;
    Ok(Box::new(OfSpins { inner: kernel, total: p.total_map() }))
}

/// Numbers of patterns that are made for the choice alone.
const FEW: f64 = 4e6;

fn overlaps(p: &Prepared, visit: Visit) -> Result<Cost, String> {
    let form = p.overlaps()?;
    let shape = form.shape(&p.materials)?;
    let numbers = shape.patterns * sites(p);
    let whole = (numbers <= FEW || form.is_doubtful()) && p.overlap_model()?.is_whole();
    // Against dense couplings at flips of any number: near a pattern 5 ns and 0.02 a pattern, where a quarter of the attempts are flips
    // 20 ns and 0.1 a pattern. The kernels of 1000 spins meet at about 170 patterns.
    let nanoseconds = match (shape.quadratic, visit) {
        (true, Visit::Sequential) if whole => 6.0 + 0.16 * shape.patterns,
        (true, Visit::Sequential) => 20.0 + 0.5 * shape.patterns,
        (true, Visit::Random) => 40.0 + 4.0 * shape.patterns,
        (false, _) => 30.0 + 8.0 * shape.patterns,
    };
    cost(p, nanoseconds, 20.0 * numbers, 4.0 * sites(p) + 64.0 * shape.patterns, form.describe(shape))
}
