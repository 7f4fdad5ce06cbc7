//! The one expression IR: energies, observables, estimates and derived results.
//!
//! Graphs and couplings are named by their index in the plan's tables; variables by their index in
//! the model that the expression belongs to.
//!
//! Everything that was known at elaboration is already a number in here; what remains depends on the
//! state of a model, on averages over a run, or on the results of tasks. Values are f64 throughout
//! (truth values are 0 and 1). Expressions are plain data: they can be compared, hashed and printed.

pub use super::analysis::Analysis;
use super::draw::Draw;
use super::measure::Measure;
pub use super::operations::{Function, Op, Reduction, power};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Expr {
    Number(f64),
    /// A bound index of an enclosing [`Expr::Reduce`], numbered from the outside in.
    Local(u32),
    /// A constant array, row-major.
    Array(Arc<Array>),
    /// A random array that has not been drawn yet.
    Random(Arc<Draw>),
    /// Several values side by side: shape `[n, shape of each...]`.
    List(Vec<Expr>),
    /// An element, or with fewer indices a row, of an array. Indices are in range.
    Index(Box<Expr>, Vec<Expr>),

    /// A variable of the model, whole: shape `[sites]`.
    Variable {
        variable: u16,
        replica: u16,
    },
    /// An array of weights of the model, whole, with its shape.
    Weight(u32),
    /// The value of a variable at a site. `bond`: the binder of the bond whose second end `site` is;
    /// across an antiperiodic boundary the value then changes sign.
    Element {
        variable: u16,
        replica: u16,
        site: Box<Expr>,
        bond: Option<u32>,
    },
    /// The coupling of the bond that a [`Domain::Bonds`] of this binder is at.
    BondValue {
        couplings: u32,
        binder: u32,
    },
    /// The coupling between two sites; zero where there is no bond.
    PairValue {
        couplings: u32,
        first: Box<Expr>,
        second: Box<Expr>,
    },
    /// A cell coordinate of a site of a lattice.
    Cell {
        graph: u32,
        site: Box<Expr>,
        direction: u16,
    },
    /// The sublattice (position in the basis) of a site.
    Sublattice {
        graph: u32,
        site: Box<Expr>,
    },
    /// The site some cells away in one direction, around periodic boundaries.
    Shift {
        graph: u32,
        site: Box<Expr>,
        direction: u16,
        by: Box<Expr>,
    },
    /// The distance of two sites: Euclidean (nearest image) on lattices, in steps on other graphs.
    Distance {
        graph: u32,
        first: Box<Expr>,
        second: Box<Expr>,
    },
    /// A node of the network that the expression belongs to.
    Node(u32),
    /// In `record` and `probe`: part `part` of a look at the landscape, by its number.
    Look {
        look: u32,
        part: u16,
    },
    /// The energy of the model, in observables.
    Energy {
        replica: u16,
    },

    /// A numeric coordinate of the point, kept by name so that points share one expression.
    Coordinate {
        axis: String,
        value: f64,
    },
    /// In `estimate`: a quantity of `observe`, at one measurement.
    Observable(u16),
    /// The ensemble average ⟨x⟩.
    Average(Box<Expr>),
    /// A quantity of a task, with its axes, of which some are fixed.
    Result {
        task: String,
        quantity: String,
        at: Vec<(String, usize)>,
    },

    Unary(Function, Box<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A reduction of a whole array (or of the elements of a list) to a number.
    Fold(Reduction, Box<Expr>),
    /// A reduction over index sets.
    Reduce {
        op: Reduction,
        domains: Vec<Domain>,
        filter: Option<Box<Expr>>,
        body: Box<Expr>,
    },
    /// A function of whole results: `crossing`, `agrees`, ... (see [`Analysis`]).
    Analyse(Analysis, Vec<Expr>),
    /// A native measurement of arrays over the sites of a graph, in observables. `angles`: the arrays are angles, of which the unit
    /// vectors are measured. Shape `shape`; empty for a number.
    Measure {
        what: Measure,
        graph: Option<u32>,
        couplings: Option<u32>,
        angles: bool,
        of: Vec<Expr>,
        shape: Vec<usize>,
    },
}

/// A constant array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Array {
    pub shape: Vec<usize>,
    pub data: Vec<f64>,
}

/// What a reduction runs over. Later domains of one reduction may use the locals of earlier ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Domain {
    /// `start..end`: whole numbers, or the sites of a variable or a graph.
    Range { local: u32, start: i64, end: i64 },
    /// Each bond of a graph of the model once.
    Bonds { graph: u32, binder: u32, first: u32, second: u32 },
    /// `locals[0] < locals[1] < ...` in `start..end`.
    Ordered { locals: Vec<u32>, start: i64, end: i64 },
    /// Listed tuples of whole numbers.
    Tuples { locals: Vec<u32>, tuples: Arc<Vec<Vec<i64>>> },
    /// The neighbours of a site, double bonds twice.
    Neighbours { graph: u32, of: Box<Expr>, local: u32 },
}

impl Expr {
    pub fn boxed(self) -> Box<Expr> {
        Box::new(self)
    }

    pub fn number(&self) -> Option<f64> {
        match self {
            Expr::Number(x) => Some(*x),
            _ => None,
        }
    }

    /// Calls `f` on the direct parts.
    pub fn for_each_part<'a>(&'a self, f: &mut dyn FnMut(&'a Expr)) {
        match self {
            Expr::Number(_)
            | Expr::Local(_)
            | Expr::Array(_)
            | Expr::Random(_)
            | Expr::Variable { .. }
            | Expr::Weight(_)
            | Expr::BondValue { .. }
            | Expr::Node(_)
            | Expr::Look { .. }
            | Expr::Energy { .. }
            | Expr::Coordinate { .. }
            | Expr::Observable(_)
            | Expr::Result { .. } => {}
            Expr::List(parts) | Expr::Analyse(_, parts) | Expr::Measure { of: parts, .. } => parts.iter().for_each(f),
            Expr::Index(base, indices) => {
                f(base);
                indices.iter().for_each(f);
            }
            Expr::Element { site, .. } | Expr::Cell { site, .. } | Expr::Sublattice { site, .. } => f(site),
            Expr::PairValue { first, second, .. } | Expr::Distance { first, second, .. } => {
                f(first);
                f(second);
            }
            Expr::Shift { site, by, .. } => {
                f(site);
                f(by);
            }
            Expr::Average(x) | Expr::Unary(_, x) | Expr::Fold(_, x) => f(x),
            Expr::Binary(_, a, b) => {
                f(a);
                f(b);
            }
            Expr::If(a, b, c) => {
                f(a);
                f(b);
                f(c);
            }
            Expr::Reduce { domains, filter, body, .. } => {
                for domain in domains {
                    if let Domain::Neighbours { of, .. } = domain {
                        f(of);
                    }
                }
                if let Some(filter) = filter {
                    f(filter);
                }
                f(body);
            }
        }
    }

    /// The same expression with its direct parts replaced.
    pub fn map_parts(&self, f: &mut dyn FnMut(&Expr) -> Expr) -> Expr {
        let mut go = |e: &Expr| f(e).boxed();
        match self {
            Expr::List(parts) => Expr::List(parts.iter().map(|e| *go(e)).collect()),
            Expr::Analyse(a, parts) => Expr::Analyse(a.clone(), parts.iter().map(|e| *go(e)).collect()),
            Expr::Measure { what, graph, couplings, angles, of, shape } => Expr::Measure {
                what: what.clone(),
                graph: *graph,
                couplings: *couplings,
                angles: *angles,
                of: of.iter().map(|e| *go(e)).collect(),
                shape: shape.clone(),
            },
            Expr::Index(base, indices) => Expr::Index(go(base), indices.iter().map(|e| *go(e)).collect()),
            Expr::Element { variable, replica, site, bond } => {
                Expr::Element { variable: *variable, replica: *replica, site: go(site), bond: *bond }
            }
            Expr::Cell { graph, site, direction } => Expr::Cell { graph: *graph, site: go(site), direction: *direction },
            Expr::Sublattice { graph, site } => Expr::Sublattice { graph: *graph, site: go(site) },
            Expr::PairValue { couplings, first, second } => {
                Expr::PairValue { couplings: *couplings, first: go(first), second: go(second) }
            }
            Expr::Distance { graph, first, second } => Expr::Distance { graph: *graph, first: go(first), second: go(second) },
            Expr::Shift { graph, site, direction, by } => {
                Expr::Shift { graph: *graph, site: go(site), direction: *direction, by: go(by) }
            }
            Expr::Average(x) => Expr::Average(go(x)),
            Expr::Unary(op, x) => Expr::Unary(*op, go(x)),
            Expr::Fold(op, x) => Expr::Fold(*op, go(x)),
            Expr::Binary(op, a, b) => Expr::Binary(*op, go(a), go(b)),
            Expr::If(a, b, c) => Expr::If(go(a), go(b), go(c)),
            Expr::Reduce { op, domains, filter, body } => Expr::Reduce {
                op: *op,
                domains: domains
                    .iter()
                    .map(|d| match d {
                        Domain::Neighbours { graph, of, local } => {
                            Domain::Neighbours { graph: *graph, of: go(of), local: *local }
                        }
                        other => other.clone(),
                    })
                    .collect(),
                filter: filter.as_ref().map(|e| go(e)),
                body: go(body),
            },
            leaf => leaf.clone(),
        }
    }

    /// Whether some part (this one included) fulfils the predicate.
    pub fn contains(&self, predicate: &dyn Fn(&Expr) -> bool) -> bool {
        if predicate(self) {
            return true;
        }
        let mut found = false;
        self.for_each_part(&mut |part| found = found || part.contains(predicate));
        found
    }

    /// Whether it depends on the results of tasks.
    pub fn is_deferred(&self) -> bool {
        self.contains(&|e| matches!(e, Expr::Result { .. }))
    }

    /// Whether it depends on the state of a model or on a measurement.
    pub fn has_state(&self) -> bool {
        self.contains(&|e| {
            matches!(
                e,
                Expr::Variable { .. }
                    | Expr::Weight(_)
                    | Expr::Node(_)
                    | Expr::Look { .. }
                    | Expr::Element { .. }
                    | Expr::Energy { .. }
                    | Expr::Observable(_)
                    | Expr::Average(_)
                    | Expr::BondValue { .. }
                    | Expr::PairValue { .. }
            )
        })
    }
}
