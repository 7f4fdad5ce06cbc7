//! How models move: the methods with their parameters.

use serde::{Deserialize, Serialize};

/// Why there is no energy where there are local fields, and what needs none.
pub const NO_ENERGY: &str =
    "it gives local fields, which need not come from an energy: couplings J_ij that differ from J_ji have none";
pub const FIELDS_SUFFICE: &str = "use `synchronous`, `glauber` or `metropolis`, which need the field of a unit alone";

/// How a model moves, or that it is solved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Method {
    Metropolis {
        order: Order,
    },
    HeatBath {
        order: Order,
    },
    /// The same two rules where it matters what a unit does whose values are equally good, at temperature 0.
    Units {
        rule: UnitRule,
        order: Order,
        ties: Ties,
    },
    /// All units at once, each by its conditional distribution given the others as they were (Little 1974).
    Synchronous {
        ties: Ties,
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

/// How a unit is moved that is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnitRule {
    Metropolis,
    HeatBath,
}

/// What a unit does at temperature 0 when none of its values is better: the sign of 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ties {
    /// It stays.
    Keep,
    /// One of the best values, each alike.
    Random,
    /// It takes the highest of them.
    Up,
    /// It always leaves its value, as Metropolis does where the energy stays the same.
    Move,
}

/// Rates of rejection-free dynamics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rates {
    Metropolis,
    HeatBath,
}

impl Ties {
    pub fn name(self) -> &'static str {
        match self {
            Ties::Keep => "keep",
            Ties::Random => "random",
            Ties::Up => "up",
            Ties::Move => "move",
        }
    }
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
            Method::Units { rule: UnitRule::Metropolis, .. } => "metropolis",
            Method::Units { rule: UnitRule::HeatBath, .. } => "heat_bath",
            Method::Synchronous { .. } => "synchronous",
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
            Method::Units { order, ties, .. } => {
                if order != Order::Any {
                    with.push(format!("order: {}", order.name()));
                }
                with.push(format!("ties: {}", ties.name()));
            }
            Method::Synchronous { ties } if ties != Ties::Keep => with.push(format!("ties: {}", ties.name())),
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

    /// Whether it moves units by their local fields alone, so that it needs no energy.
    pub fn moves_units(self) -> bool {
        matches!(self, Method::Metropolis { .. } | Method::HeatBath { .. } | Method::Units { .. } | Method::Synchronous { .. })
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
