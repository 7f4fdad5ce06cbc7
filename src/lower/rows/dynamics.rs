//! Dynamics of spins whose order or time matters: random and checkerboard order, conserved and rejection-free dynamics.

use super::super::kernel::{OfSpins, WarmUp};
use super::super::prepared::Prepared;
use super::spins::finite_graph;
use super::{Built, Cost, Row, cost, degree, lanes, rule};
use crate::kernels::checkerboard::Checkerboard;
use crate::kernels::generic::{Generic, ScalarGraph};
use crate::kernels::kawasaki::{Exchange, Group, Kawasaki, Moves};
use crate::kernels::kinetic::Kinetic;
use crate::kernels::random_order::RandomOrder;
use crate::kernels::sampler::{PairEnergy, Rule};
use crate::kernels::sparse::Sparse;
use crate::plan::graph::Graph;
use crate::plan::{Method, Order, Rates};

pub const ROWS: &[Row] = &[
    Row {
        name: "random_order",
        order: "sites drawn at random",
        fields: false,
        serves: |m| order(m) == Some(Order::Random),
        fits: |p, _, _| any(p, 10.0, "each site drawn at random"),
        build: |p, m, chains| {
            let lanes = lanes(p, chains)?;
            either(p, |pairs| RandomOrder::new(pairs, rule(m), &lanes), |graph| RandomOrder::of_graph(graph, rule(m), &lanes))
        },
        lanes: |_| 1,
    },
    Row {
        name: "checkerboard",
        order: "colour after colour of the graph",
        fields: false,
        serves: |m| order(m) == Some(Order::Checkerboard),
        fits: |p, _, _| any(p, 6.0, "colour after colour of its graph"),
        build: |p, m, chains| {
            let lanes = lanes(p, chains)?;
            either(p, |pairs| Checkerboard::new(pairs, rule(m), &lanes), |graph| Checkerboard::of_graph(graph, rule(m), &lanes))
        },
        lanes: |_| 1,
    },
    Row {
        name: "sparse",
        order: "site after site",
        fields: false,
        serves: |m| order(m) == Some(Order::Sequential),
        fits: |p, _, _| any(p, 6.0, "site after site"),
        build: |p, m, chains| {
            let lanes = lanes(p, chains)?;
            either(p, |pairs| Sparse::new(pairs, rule(m), &lanes), |graph| Generic::new(graph, rule(m), &lanes))
        },
        lanes: |chains| if chains < 4 { 1 } else { chains.min(64) },
    },
    Row {
        name: "kinetic",
        order: "in continuous time, site by its rate",
        fields: false,
        serves: |m| matches!(m, Method::Kinetic { .. }),
        fits: |p, _, _| any(p, 10.0, "rejection-free, in continuous time"),
        build: |p, m, chains| {
            let lanes = lanes(p, chains)?;
            let rule = if m == (Method::Kinetic { rates: Rates::HeatBath }) { Rule::HeatBath } else { Rule::Metropolis };
            either(p, |pairs| Kinetic::new(pairs, rule, &lanes), |graph| Kinetic::of_graph(graph, rule, &lanes))
        },
        lanes: |_| 1,
    },
    Row {
        name: "kawasaki",
        order: "pairs of sites drawn at random",
        fields: false,
        serves: |m| matches!(m, Method::Kawasaki { .. }),
        fits: |p, m, _| {
            let exchange = exchange(p, m)?;
            if !exchange.connected() {
                return Err("its graph has parts that no bond joins: values cannot travel between them".into());
            }
            any(p, 30.0, "values of two sites change places")
        },
        build: |p, m, chains| {
            let (lanes, exchange) = (lanes(p, chains)?, exchange(p, m)?);
            either(p, |pairs| Kawasaki::new(pairs, &exchange, &lanes), |graph| Kawasaki::of_graph(graph, &exchange, &lanes))
        },
        lanes: |_| 1,
    },
];

fn order(m: Method) -> Option<Order> {
    match m {
        Method::Metropolis { order } | Method::HeatBath { order } => Some(order),
        Method::BlockGibbs => Some(Order::Checkerboard),
        _ => None,
    }
}

/// Every energy of finite spins.
fn any(p: &Prepared, nanoseconds: f64, how: &str) -> Result<Cost, String> {
    match degree(p) {
        Ok((bonds, degree)) => cost(p, nanoseconds + degree, 40.0 * bonds, 64.0 * p.model.sites() as f64, how.into()),
        Err(_) => {
            let (nodes, bytes) = finite_graph(p)?;
            let each = nodes / p.model.sites().max(1) as f64;
            cost(p, nanoseconds + 20.0 + 6.0 * each, bytes as f64, 64.0 * p.model.sites() as f64, how.into())
        }
    }
}

/// A kernel of pairs where the energy is one of pairs, or else of its graph of operations.
fn either<A: WarmUp + 'static, B: WarmUp + 'static>(
    p: &Prepared,
    pairs: impl FnOnce(&PairEnergy) -> Result<A, String>,
    graph: impl FnOnce(&ScalarGraph) -> Result<B, String>,
) -> Built {
    match p.pairs() {
        Ok(energy) => Ok(Box::new(OfSpins { inner: pairs(&energy)?, total: p.total_map() })),
        Err(_) => Ok(Box::new(OfSpins { inner: graph(&*p.graph()?)?, total: Some((0.0, 1.0)) })),
    }
}

/// Which sites exchange their values: neighbours on the variable's graph, or all sites of a variable.
fn exchange(p: &Prepared, m: Method) -> Result<Exchange, String> {
    let mut groups = Vec::new();
    let mut pairs = Vec::new();
    for (k, v) in p.model.variables.iter().enumerate() {
        let first = p.model.offset(k) as u32;
        groups.push(Group { sites: first..first + v.sites as u32, composition: None });
        if m == (Method::Kawasaki { global: true }) {
            continue;
        }
        let Some(graph) = v.graph else {
            return Err(format!(
                "`{}` does not live on a graph, so that its sites have no neighbours: write `kawasaki(global: true)`",
                v.name
            ));
        };
        if let Graph::Lattice(l) = p.materials.graph(graph)?
            && l.bond_count() == 0
        {
            return Err("its graph has no bonds".into());
        }
        pairs.extend(p.materials.bonds(graph)?.iter().map(|b| (first + b.i, first + b.j)));
    }
    let moves = if m == (Method::Kawasaki { global: true }) { Moves::Global } else { Moves::Pairs(pairs) };
    Ok(Exchange { groups, moves })
}
