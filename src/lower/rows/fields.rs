//! Kernels of angles, vectors, reals, and of models that mix them with spins.

use super::super::kernel::{Coordinates, OfFields, vectors_from_angles};
use super::super::prepared::Prepared;
use super::super::state::start_values;
use super::{Built, Chain, Cost, Row, cost, sites};
use crate::kernels::continuous::{Continuous, FieldRule};
use crate::kernels::field::{FieldLane, FieldStart};
use crate::kernels::vector::{Vector, VectorRule};
use crate::plan::{Method, Order};

pub const ROWS: &[Row] = &[
    Row {
        name: "vectors",
        order: "colour after colour of the graph, or clusters",
        fields: true,
        serves: |m| vector_rule(m).is_some(),
        fits: vectors,
        build: build_vectors,
        lanes: |_| 1,
    },
    Row {
        name: "continuous",
        order: "colour after colour of the graph, or all sites together",
        fields: true,
        serves: |m| field_rule(m).is_some(),
        fits: |p, m, _| continuous(p, m),
        build: |p, m, chains| {
            let rule = field_rule(m).ok_or("it does not move fields")?;
            let inner = Continuous::new(&*p.field_model()?, rule, &lanes(p, chains, Coordinates::Same)?)?;
            Ok(Box::new(OfFields { inner, coordinates: Coordinates::Same }))
        },
        lanes: |_| 1,
    },
];

fn vector_rule(m: Method) -> Option<VectorRule> {
    Some(match m {
        Method::Metropolis { order: Order::Any | Order::Checkerboard } => VectorRule::Metropolis,
        Method::HeatBath { order: Order::Any | Order::Checkerboard } => VectorRule::HeatBath,
        Method::OverRelaxation { per } => VectorRule::OverRelaxation { per, heat_bath: true },
        Method::Wolff => VectorRule::Wolff,
        Method::SwendsenWang => VectorRule::SwendsenWang,
        _ => return None,
    })
}

fn field_rule(m: Method) -> Option<FieldRule> {
    Some(match m {
        Method::Metropolis { order: Order::Any | Order::Checkerboard } => FieldRule::Metropolis,
        Method::HeatBath { order: Order::Any | Order::Checkerboard } => FieldRule::HeatBath,
        Method::Hmc { steps, step } => FieldRule::Hmc { steps: Some(steps), step },
        Method::Langevin { step, adjusted } => FieldRule::Langevin { step, adjusted },
        _ => return None,
    })
}

fn vectors(p: &Prepared, m: Method, _: usize) -> Result<Cost, String> {
    let rule = vector_rule(m).ok_or("it does not move vectors")?;
    let energy = p.vectors()?;
    Vector::fits(&energy, rule)?;
    let n = energy.n as f64;
    let bonds = energy.bonds.len() as f64;
    let degree = 2.0 * bonds / sites(p).max(1.0);
    let each = match rule {
        VectorRule::Wolff | VectorRule::SwendsenWang => 40.0,
        VectorRule::OverRelaxation { per, .. } => (3.0 + n) * (1.0 + f64::from(per)),
        _ => 3.0 + n,
    };
    let reason = format!("pairs of unit vectors of {n} components, {degree:.3} couplings a site");
    cost(p, each + 0.2 * degree, 40.0 * bonds, 12.0 * n * sites(p), reason)
}

fn build_vectors(p: &Prepared, m: Method, chains: &[Chain]) -> Built {
    let rule = vector_rule(m).ok_or("it does not move vectors")?;
    let coordinates = p.vector_coordinates();
    let inner = Vector::new(&*p.vectors()?, rule, &lanes(p, chains, coordinates)?)?;
    Ok(Box::new(OfFields { inner, coordinates }))
}

fn continuous(p: &Prepared, m: Method) -> Result<Cost, String> {
    if p.model.is_finite() {
        return Err("its variables are spins".into());
    }
    let rule = field_rule(m).ok_or("it does not move fields")?;
    rule.fits(&p.blocks())?;
    let (nodes, bytes) = p.graph_size()?;
    super::memory::check("the energy as a graph of operations", bytes)?;
    let each = nodes / sites(p).max(1.0);
    let steps = if let FieldRule::Hmc { steps, .. } = rule { f64::from(steps.unwrap_or(1)) } else { 1.0 };
    cost(p, (20.0 + 3.0 * each) * steps, bytes as f64, 64.0 * sites(p), "it runs every energy of fields".into())
}

/// What kernels of fields are asked to be.
fn lanes(p: &Prepared, chains: &[Chain], coordinates: Coordinates) -> Result<Vec<FieldLane>, String> {
    let lane = |c: &Chain| {
        let start = match start_values(&c.start, p.model, c.key)? {
            None => FieldStart::Random,
            Some(values) if coordinates == Coordinates::VectorsForAngles => FieldStart::Given(vectors_from_angles(&values)),
            Some(values) => FieldStart::Given(values),
        };
        Ok(FieldLane { beta: c.beta, key: c.key, start })
    };
    chains.iter().map(lane).collect()
}
