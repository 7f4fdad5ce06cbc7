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

fn overlaps(p: &Prepared, visit: Visit) -> Result<Cost, String> {
    let form = p.overlaps()?;
    let shape = form.shape(&p.materials)?;
    let nanoseconds = match (shape.quadratic, visit) {
        (true, Visit::Sequential) => 6.0 + 0.06 * shape.patterns,
        (true, Visit::Random) => 16.0 + 0.3 * shape.patterns,
        // About a quarter of the attempts are flips, which evaluate the function.
        (false, _) => 10.0 + (0.5 + 0.5 * shape.steps) * shape.patterns,
    };
    let numbers = shape.patterns * sites(p);
    cost(p, nanoseconds, 12.0 * numbers, 4.0 * sites(p) + 64.0 * shape.patterns, form.describe(shape))
}
