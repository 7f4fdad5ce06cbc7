//! Energies that depend on the spins through overlaps with patterns, found by their form.
//!
//! Any spelling counts: a sum over patterns of a function of a sum over sites, double sums and ordered pairs whose weights are
//! products of a number of each site, and couplings that are made of patterns. Works on the description alone; the patterns themselves
//! are made only for a kernel. Knows no method.

mod function;
mod numbers;
mod pairs;
mod split;

use super::materials::Materials;
use super::normal_form::Term;
use super::size::domain_size;
use crate::plan::{Domain, Expr, Model};

pub use numbers::overlap_energy;
pub use split::overlap_form;

/// The argument of a function: an index that no set binds.
const ARGUMENT: u32 = u32::MAX;

/// factor × Σ over the sets of (weights × F(overlap)) where the filters hold, or a function of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What the patterns are counted by.
    pub over: Vec<Domain>,
    pub filters: Vec<Expr>,
    pub factor: f64,
    pub weights: Vec<Expr>,
    /// A sum of terms of at most one spin; they may use the indices of `over`.
    pub overlap: Vec<Term>,
    /// F, of [`ARGUMENT`].
    pub each: Expr,
    pub of: Of,
    /// Of a square: without the squares of single spins.
    pub without_squares: bool,
}

/// What is made of the sum over the patterns.
#[derive(Clone, Debug, PartialEq)]
pub enum Of {
    Itself,
    /// factor × G(the sum)
    Function(f64, Expr),
    /// factor × G(ln Σ weights exp F)
    LogSumExp(f64, Expr),
}

/// An energy by its overlaps.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OverlapForm {
    /// Terms of at most one spin.
    pub linear: Vec<Term>,
    pub parts: Vec<Part>,
}

/// What decides about a kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    pub patterns: f64,
    /// Whether the energy is a sum of squares of overlaps.
    pub quadratic: bool,
}

impl OverlapForm {
    /// The number of patterns, and what is made of their overlaps.
    pub fn shape(&self, materials: &Materials) -> Result<Shape, String> {
        let mut shape = Shape { patterns: 0.0, quadratic: true };
        for part in &self.parts {
            let mut size = 1.0;
            for domain in &part.over {
                size *= domain_size(materials, domain)?;
            }
            shape.patterns += size;
            shape.quadratic &= part.is_quadratic();
        }
        Ok(shape)
    }

    /// Whether the numbers of the patterns decide if it can be evaluated: logarithms need weights above 0.
    pub fn is_doubtful(&self) -> bool {
        self.parts.iter().any(|part| matches!(part.of, Of::LogSumExp(..)) && !part.weights.is_empty())
    }

    /// For people: what the energy is.
    pub fn describe(&self, shape: Shape) -> String {
        let what = match (shape.quadratic, &self.parts[..]) {
            (true, _) => "squares of",
            (false, [Part { of: Of::LogSumExp(..), .. }]) => "the logarithm of a sum of exponentials of",
            _ => "functions of",
        };
        let s = if shape.patterns == 1.0 { "" } else { "s" };
        format!("{what} the overlap{s} with {} pattern{s}", shape.patterns)
    }
}

impl Part {
    fn is_quadratic(&self) -> bool {
        self.of == Of::Itself && function::degree(&self.each).is_some_and(|d| d <= 2)
    }
}

/// The largest index that an expression binds or uses.
fn largest_index(model: &Model) -> u32 {
    fn walk(e: &Expr, most: &mut u32) {
        match e {
            Expr::Local(l) => *most = (*most).max(*l),
            Expr::BondValue { binder, .. } => *most = (*most).max(*binder),
            Expr::Reduce { domains, .. } => {
                for l in domains.iter().flat_map(super::rewrite::bound) {
                    *most = (*most).max(l);
                }
            }
            _ => {}
        }
        e.for_each_part(&mut |part| walk(part, most));
    }
    let mut most = 0;
    walk(&model.energy, &mut most);
    most
}
