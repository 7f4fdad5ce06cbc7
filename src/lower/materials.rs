//! What descriptions of the plan stand for, made once each: bonds, neighbours, couplings, draws.
//!
//! Random graphs and draws are pure functions of their description, but making them costs time in proportion to their size;
//! everything in this room that needs them asks here. Knows no kernel.

use crate::plan::draw::Draw;
use crate::plan::graph::{Bond, Boundary, Bravais, Graph, Neighbours};
use crate::plan::{CouplingValues, Expr, Plan};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

type Table<K, V> = Mutex<BTreeMap<K, Arc<V>>>;

/// The tables of a plan, materialised where asked for. Cheap to make; holds what it made until it is dropped.
pub struct Materials<'p> {
    plan: &'p Plan,
    bonds: Table<u32, Vec<Bond>>,
    neighbours: Table<u32, Neighbours>,
    couplings: Table<u32, Vec<f64>>,
    pairs: Table<u32, HashMap<(u32, u32), f64>>,
    distances: Table<(u32, usize), Vec<f64>>,
    draws: Table<usize, Vec<f64>>,
}

fn made<K: Ord, V>(table: &Table<K, V>, key: K, make: impl FnOnce() -> Result<V, String>) -> Result<Arc<V>, String> {
    // What is made under the lock is whole or not there, so that a poisoned lock loses nothing.
    if let Some(known) = table.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(known.clone());
    }
    let new = Arc::new(make()?);
    Ok(table.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert(new).clone())
}

impl<'p> Materials<'p> {
    pub fn new(plan: &'p Plan) -> Materials<'p> {
        Materials {
            plan,
            bonds: Table::default(),
            neighbours: Table::default(),
            couplings: Table::default(),
            pairs: Table::default(),
            distances: Table::default(),
            draws: Table::default(),
        }
    }

    pub fn plan(&self) -> &'p Plan {
        self.plan
    }

    /// A graph of the plan. Errors: an index that is not there.
    pub fn graph(&self, graph: u32) -> Result<&'p Graph, String> {
        self.plan.graphs.get(graph as usize).ok_or_else(|| format!("the plan has no graph {graph}"))
    }

    /// Whether bonds of a graph change the sign of what is at their second end.
    pub fn is_antiperiodic(&self, graph: u32) -> bool {
        matches!(self.graph(graph), Ok(Graph::Lattice(l)) if l.boundary.contains(&Boundary::Antiperiodic))
    }

    /// A graph that is a lattice.
    pub fn lattice(&self, graph: u32) -> Result<&'p Bravais, String> {
        match self.graph(graph)? {
            Graph::Lattice(lattice) => Ok(lattice),
            other => Err(format!("cells and sublattices need a lattice, found {}", other.describe())),
        }
    }

    /// The bonds, in their order.
    pub fn bonds(&self, graph: u32) -> Result<Arc<Vec<Bond>>, String> {
        let g = self.graph(graph)?;
        made(&self.bonds, graph, || Ok(g.bonds()))
    }

    /// The number of bonds; drawn graphs are drawn once.
    pub fn bond_count(&self, graph: u32) -> Result<usize, String> {
        match self.graph(graph)? {
            Graph::ErdosRenyi { .. } | Graph::Shell { .. } => Ok(self.bonds(graph)?.len()),
            other => Ok(other.bond_count()),
        }
    }

    pub fn neighbours(&self, graph: u32) -> Result<Arc<Neighbours>, String> {
        let sites = self.graph(graph)?.sites();
        let bonds = self.bonds(graph)?;
        made(&self.neighbours, graph, || Neighbours::new(sites, &bonds))
    }

    /// The one value of uniform couplings.
    pub fn uniform(&self, couplings: u32) -> Option<f64> {
        match &self.plan.couplings.get(couplings as usize)?.values {
            CouplingValues::Uniform(e) => super::number::constant(e),
            _ => None,
        }
    }

    /// The couplings, one a bond, in the order of the bonds.
    pub fn couplings(&self, couplings: u32) -> Result<Arc<Vec<f64>>, String> {
        let table =
            self.plan.couplings.get(couplings as usize).ok_or_else(|| format!("the plan has no couplings {couplings}"))?;
        let bonds = self.bond_count(table.graph)?;
        made(&self.couplings, couplings, || {
            let values = match &table.values {
                CouplingValues::Uniform(e) => {
                    let value = super::number::constant(e);
                    vec![
                        value.ok_or_else(|| format!("the couplings `{}` depend on results that are not there yet", table.name))?;
                        bonds
                    ]
                }
                CouplingValues::Random(draw) => draw.materialise(),
                CouplingValues::PerBond(array) => array.data.clone(),
                CouplingValues::LowRank { patterns, scale } => {
                    let list = self.bonds(table.graph)?;
                    CouplingValues::of_patterns(patterns, *scale, list.iter().map(|b| (b.i, b.j)))
                }
            };
            if values.len() == bonds {
                Ok(values)
            } else {
                Err(format!("the couplings `{}` are {} numbers for {bonds} bonds", table.name, values.len()))
            }
        })
    }

    /// The coupling between two sites, the sum over the bonds between them; zero where there is none.
    pub fn pair(&self, couplings: u32, i: usize, j: usize) -> Result<f64, String> {
        let table =
            self.plan.couplings.get(couplings as usize).ok_or_else(|| format!("the plan has no couplings {couplings}"))?;
        let values = self.couplings(couplings)?;
        let bonds = self.bonds(table.graph)?;
        let map = made(&self.pairs, couplings, || {
            let mut map = HashMap::with_capacity(bonds.len());
            for (b, &value) in bonds.iter().zip(values.iter()) {
                *map.entry((b.i.min(b.j), b.i.max(b.j))).or_insert(0.0) += value;
            }
            Ok(map)
        })?;
        let key = (i.min(j) as u32, i.max(j) as u32);
        Ok(map.get(&key).copied().unwrap_or(0.0))
    }

    /// The distance of two sites.
    pub fn distance(&self, graph: u32, i: usize, j: usize) -> Result<f64, String> {
        let g = self.graph(graph)?;
        let missing = || format!("the graph has no sites {i} and {j}");
        match g {
            Graph::Lattice(lattice) => lattice.distance(i, j).ok_or_else(missing),
            Graph::Complete { .. } | Graph::Bipartite { .. } => g.distance(i, j).ok_or_else(missing),
            _ => {
                let neighbours = self.neighbours(graph)?;
                if i >= neighbours.sites() {
                    return Err(missing());
                }
                let row = made(&self.distances, (graph, i), || {
                    let steps = neighbours.distances_from(i);
                    Ok(steps.into_iter().map(|d| if d == u32::MAX { f64::INFINITY } else { f64::from(d) }).collect())
                })?;
                row.get(j).copied().ok_or_else(missing)
            }
        }
    }

    /// The numbers of a random array.
    pub fn draw(&self, draw: &Arc<Draw>) -> Result<Arc<Vec<f64>>, String> {
        // The plan holds its draws for as long as this borrows it, so an address stands for one draw.
        made(&self.draws, Arc::as_ptr(draw) as usize, || {
            draw.check()?;
            Ok(draw.materialise())
        })
    }
}

/// Whether an expression can change from state to state.
pub fn depends_on_state(e: &Expr) -> bool {
    e.contains(&|e| {
        matches!(e, Expr::Variable { .. } | Expr::Element { .. } | Expr::Energy { .. } | Expr::Observable(_) | Expr::Average(_))
    })
}
