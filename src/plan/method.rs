//! How models move: the methods with their parameters.

use serde::{Deserialize, Serialize};

/// How a model moves, or that it is solved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Method {
    Metropolis {
        order: Order,
    },
    HeatBath {
        order: Order,
    },
    /// So many microcanonical sweeps after each heat-bath sweep.
    OverRelaxation {
        per: u32,
    },
    /// Units that are not coupled to each other are drawn together: layer after layer, or colour after colour.
    BlockGibbs,
    Wolff,
    SwendsenWang,
    /// Values of two sites change places: neighbours, or any two.
    Kawasaki {
        global: bool,
    },
    /// Rejection-free.
    Kinetic {
        rates: Rates,
    },
    /// Clusters between two replicas after every so many sweeps.
    Houdayer {
        every: u32,
    },
    Jorg {
        every: u32,
    },
    /// `step`: of the leapfrog, found in the warm-up where it is not given.
    Hmc {
        steps: u32,
        step: Option<f64>,
    },
    Langevin {
        step: Option<f64>,
        adjusted: bool,
    },
    WangLandau {
        flatness: f64,
        final_ln_f: f64,
        width: Option<f64>,
    },
    Multicanonical {
        rounds: u32,
        width: Option<f64>,
    },
    /// So many copies.
    Population {
        size: u32,
    },
    Exact,
}

/// The order in which sites are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// What the kernel is fastest with: site after site, or colour after colour.
    Any,
    Sequential,
    /// Each site drawn at random.
    Random,
    /// Colour after colour.
    Checkerboard,
}

/// Rates of rejection-free dynamics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rates {
    Metropolis,
    HeatBath,
}

impl Order {
    pub fn name(self) -> &'static str {
        match self {
            Order::Any => "any",
            Order::Sequential => "sequential",
            Order::Random => "random",
            Order::Checkerboard => "checkerboard",
        }
    }
}

impl Method {
    pub const METROPOLIS: Method = Method::Metropolis { order: Order::Any };
    pub const HEAT_BATH: Method = Method::HeatBath { order: Order::Any };

    /// The name that it has in a script.
    pub fn name(self) -> &'static str {
        match self {
            Method::Metropolis { .. } => "metropolis",
            Method::HeatBath { .. } => "heat_bath",
            Method::OverRelaxation { .. } => "over_relaxation",
            Method::BlockGibbs => "block_gibbs",
            Method::Wolff => "wolff",
            Method::SwendsenWang => "swendsen_wang",
            Method::Kawasaki { .. } => "kawasaki",
            Method::Kinetic { .. } => "kinetic",
            Method::Houdayer { .. } => "houdayer",
            Method::Jorg { .. } => "jorg",
            Method::Hmc { .. } => "hmc",
            Method::Langevin { .. } => "langevin",
            Method::WangLandau { .. } => "wang_landau",
            Method::Multicanonical { .. } => "multicanonical",
            Method::Population { .. } => "population",
            Method::Exact => "exact",
        }
    }

    /// As it is written in a script, with what is not the default.
    pub fn text(self) -> String {
        let mut with: Vec<String> = Vec::new();
        match self {
            Method::Metropolis { order } | Method::HeatBath { order } if order != Order::Any => {
                with.push(format!("order: {}", order.name()))
            }
            Method::OverRelaxation { per } if per != 5 => with.push(format!("per: {per}")),
            Method::Kawasaki { global: true } => with.push("global: true".into()),
            Method::Kinetic { rates: Rates::HeatBath } => with.push("rates: heat_bath".into()),
            Method::Houdayer { every } | Method::Jorg { every } if every != 1 => with.push(format!("every: {every}")),
            Method::Hmc { steps, step } => {
                if steps != 10 {
                    with.push(format!("steps: {steps}"));
                }
                with.extend(step.map(|s| format!("step: {s}")));
            }
            Method::Langevin { step, adjusted } => {
                with.extend(step.map(|s| format!("step: {s}")));
                if !adjusted {
                    with.push("adjusted: false".into());
                }
            }
            Method::WangLandau { flatness, final_ln_f, width } => {
                if flatness != 0.8 {
                    with.push(format!("flatness: {flatness}"));
                }
                if final_ln_f != 1e-8 {
                    with.push(format!("final_ln_f: {final_ln_f}"));
                }
                with.extend(width.map(|w| format!("width: {w}")));
            }
            Method::Multicanonical { rounds, width } => {
                if rounds != 20 {
                    with.push(format!("rounds: {rounds}"));
                }
                with.extend(width.map(|w| format!("width: {w}")));
            }
            Method::Population { size } if size != 1000 => with.push(format!("size: {size}")),
            _ => {}
        }
        if with.is_empty() { self.name().to_string() } else { format!("{}({})", self.name(), with.join(", ")) }
    }

    /// Whether it walks over the levels of energy, so that one run serves all temperatures.
    pub fn is_flat(self) -> bool {
        matches!(self, Method::WangLandau { .. } | Method::Multicanonical { .. })
    }

    /// How many copies a chain is.
    pub fn population(self) -> u64 {
        if let Method::Population { size } = self { u64::from(size) } else { 1 }
    }

    /// Whether it runs all temperatures of an axis together.
    pub fn is_ladder(self) -> bool {
        matches!(self, Method::WangLandau { .. } | Method::Multicanonical { .. } | Method::Population { .. })
    }
}
