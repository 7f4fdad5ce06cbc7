//! Native measurements as data: what is measured of which arrays. See `kernels::observables` for the formulas.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Measure {
    /// C(r) for r = 0..=L/2 along one direction of a lattice, or the mean over all.
    Correlation {
        along: Option<u16>,
    },
    /// The mean of x_i · x_j over the pairs at each of the distances of [`super::graph::Graph::distance_list`].
    CorrelationByDistance {
        within: f64,
    },
    /// S(k) at these wave vectors; at all of the lattice where there are none.
    StructureFactor {
        k: Vec<Vec<i32>>,
    },
    Magnetisation,
    /// With the sign of the sublattice, + where site 0 is.
    Staggered,
    /// The share of sites at each value of a variable.
    Shares,
    Nematic,
    /// Of two arrays.
    Overlap,
    LinkOverlap,
    Vortices,
    /// Along one direction, or each.
    Winding {
        along: Option<u16>,
    },
    Stiffness {
        along: u16,
    },
    /// `[number, largest, mean size, sites, histogram...]`; only sites of a value.
    Clusters {
        value: Option<f64>,
    },
    /// `[any, each direction...]`
    Wrapping {
        value: Option<f64>,
    },
    Spanning {
        value: Option<f64>,
    },
}
