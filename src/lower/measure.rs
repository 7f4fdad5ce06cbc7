//! Measurements of the plan as kernels: geometries are laid out here, once for a point.

use super::materials::Materials;
use crate::kernels::observables::clusters::{Clusters, Spanning};
use crate::kernels::observables::correlation::Correlation;
use crate::kernels::observables::distance::{ByDisplacement, ByPair};
use crate::kernels::observables::links::{LinkOverlap, Overlap};
use crate::kernels::observables::order::{Mean, Nematic, Shares};
use crate::kernels::observables::stiffness::Stiffness;
use crate::kernels::observables::structure_factor::{All, Chosen};
use crate::kernels::observables::vortices::{Vortices, Winding};
use crate::kernels::observables::wrapping::{MOST_DIRECTIONS, Wrapping};
use crate::kernels::observables::{Edge, Grid, Observable};
use crate::plan::Measure;
use crate::plan::graph::{Boundary, Bravais, Graph, Pairs};
use std::sync::Arc;

/// A kernel, shared by those who measure.
pub type Shared = Arc<dyn Observable>;

/// What a measurement is made for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    pub what: Measure,
    pub graph: Option<u32>,
    pub couplings: Option<u32>,
    /// Sites of each array.
    pub sites: usize,
    /// Numbers a site, after angles became unit vectors.
    pub components: usize,
    /// The number of values of a variable, where its positions are measured.
    pub values: usize,
}

fn grid(lattice: &Bravais) -> Grid {
    let edges = lattice.boundary.iter().map(|b| match b {
        Boundary::Periodic => Edge::Periodic,
        Boundary::Open => Edge::Open,
        Boundary::Antiperiodic => Edge::Antiperiodic,
    });
    Grid { sizes: lattice.sizes.clone(), basis: lattice.basis.len(), edges: edges.collect() }
}

impl Wanted {
    /// The kernel. Errors: a graph that has no such structure, said for people.
    pub fn build(&self, materials: &Materials) -> Result<Shared, String> {
        let graph = || self.graph.ok_or_else(|| "a measurement lacks its graph".to_string());
        let lattice = || materials.lattice(graph()?);
        let pairs = || Ok::<_, String>(materials.bonds(graph()?)?.iter().map(|b| (b.i, b.j)).collect::<Vec<_>>());
        let (sites, components) = (self.sites, self.components);
        if let Some(g) = self.graph
            && materials.graph(g)?.sites() != sites
        {
            return Err(format!("an array of {sites} sites is measured on a graph of {}", materials.graph(g)?.sites()));
        }
        let direction = |along: u16, d: usize| {
            if usize::from(along) < d { Ok(usize::from(along)) } else { Err(format!("the lattice has no direction {along}")) }
        };
        let directions = |along: &Option<u16>, d: usize| match along {
            Some(a) => direction(*a, d).map(|a| vec![a]),
            None => Ok((0..d).collect()),
        };
        Ok(match &self.what {
            Measure::Correlation { along } => {
                let grid = grid(lattice()?);
                let along = directions(along, grid.sizes.len())?;
                Arc::new(Correlation::new(grid, components, along)?)
            }
            Measure::CorrelationByDistance { within } => by_distance(materials.graph(graph()?)?, *within, components)?,
            Measure::StructureFactor { k } => {
                let lattice = lattice()?;
                let places = lattice.places()?;
                if k.is_empty() {
                    Arc::new(All::new(&grid(lattice), &places, components))
                } else {
                    Arc::new(Chosen::new(&grid(lattice), &places, components, k))
                }
            }
            Measure::Magnetisation => Arc::new(Mean { components, sites, signs: vec![] }),
            Measure::Staggered => {
                let graph = materials.graph(graph()?)?;
                let colours = graph.two_colouring().ok_or("the graph is not bipartite: it has no two sublattices")?;
                let signs = colours.into_iter().map(|c| 1.0 - 2.0 * f64::from(c)).collect();
                Arc::new(Mean { components, sites, signs })
            }
            Measure::Shares => Arc::new(Shares { count: self.values, sites }),
            Measure::Nematic => Arc::new(Nematic { components, sites }),
            Measure::Overlap => Arc::new(Overlap { sites }),
            Measure::LinkOverlap => Arc::new(LinkOverlap { components, bonds: pairs()? }),
            Measure::Vortices => Arc::new(Vortices::new(&lattice()?.plaquettes()?)?),
            Measure::Winding { along } => {
                let grid = grid(lattice()?);
                let directions = directions(along, grid.sizes.len())?;
                Arc::new(Winding { grid, directions })
            }
            Measure::Stiffness { along } => {
                let lattice = lattice()?;
                let unit = lattice.unit_vector(direction(*along, lattice.dimension())?);
                let steps = (0..lattice.offsets.len()).map(|o| lattice.displacement(o));
                let lengths: Vec<f64> = steps.map(|r| r.iter().zip(&unit).map(|(r, e)| r * e).sum()).collect();
                let values = match self.couplings {
                    Some(c) => Some(materials.couplings(c)?),
                    None => None,
                };
                let (mut bonds, mut couplings, mut m) = (Vec::new(), Vec::new(), 0);
                lattice.for_each_bond_of_cell(|b, o| {
                    if lengths[o].abs() > 1e-12 {
                        bonds.push((b.i, b.j, lengths[o]));
                        couplings.extend(values.as_ref().and_then(|v| v.get(m)));
                    }
                    m += 1;
                });
                Arc::new(Stiffness { bonds, couplings })
            }
            Measure::Clusters { value } => Arc::new(Clusters { sites, bonds: pairs()?, only: *value }),
            Measure::Wrapping { value } => {
                let lattice = lattice()?;
                let dimension = lattice.dimension();
                if dimension > MOST_DIRECTIONS {
                    return Err(format!("wrapping is found in up to {MOST_DIRECTIONS} directions, the lattice has {dimension}"));
                }
                let mut bonds = Vec::new();
                lattice.for_each_bond_of_cell(|b, o| bonds.push((b.i, b.j, o as u32)));
                let kinds = lattice.offsets.iter().map(|o| o.cell.clone()).collect();
                Arc::new(Wrapping { sites, dimension, bonds, kinds, only: *value })
            }
            Measure::Spanning { value } => {
                let lattice = lattice()?;
                let side = |d: usize, at: usize| {
                    let here = |i: &u32| lattice.cell(*i as usize).is_some_and(|(cell, _)| cell[d] == at);
                    (0..sites as u32).filter(here).collect::<Vec<u32>>()
                };
                let sides = (0..lattice.dimension()).map(|d| (side(d, 0), side(d, lattice.sizes[d] - 1))).collect();
                Arc::new(Spanning { sites, bonds: pairs()?, only: *value, sides })
            }
        })
    }
}

fn by_distance(graph: &Graph, within: f64, components: usize) -> Result<Shared, String> {
    let distances = graph.pair_distances(within)?;
    let count = distances.list.len();
    Ok(match (distances.pairs, graph) {
        (Pairs::FromFirstCell(classes), Graph::Lattice(lattice)) => {
            let basis = lattice.basis.len();
            let mut class = |b: usize, c: usize, cell: usize| Some(classes[b][cell * basis + c]).filter(|&k| k != u32::MAX);
            Arc::new(ByDisplacement::new(&lattice.sizes, basis, components, count, &mut class))
        }
        (Pairs::All(classes), _) => Arc::new(ByPair::new(graph.sites(), components, count, classes)),
        _ => return Err("distances by displacement need a lattice".into()),
    })
}
