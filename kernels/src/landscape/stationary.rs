//! Critical points of any index: points where the gradient vanishes, not only minima.
//!
//! Newton's method on the gradient with inner solves of least residual (Newton-MR; Roosta, Liu, Xu and Mahoney, EURO J. Comput.
//! Optim. 10, 100035 (2022)): the step lowers |∇f|² whatever the signs of the Hessian's eigenvalues. Inner solves end where a step is
//! no longer trusted, so that directions that the Hessian hardly moves do not run away with it. It can also come to rest
//! where the gradient lies in the kernel of the Hessian, which is not a critical point (Frye et al., Neural Computation 33, 1469
//! (2021)); that is found and said.

use super::critical::{Signature, signature};
use super::dense::symmetric;
use super::eigen::{self, Ends, ends};
use super::minres::{solve, within};
use super::objective::Objective;
use super::operator::{Hessian, Operator, finite, matrix};
use super::vectors::{add, norm};
use crate::random::Key;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The length of the gradient that counts as zero.
    pub tolerance: f64,
    pub steps: usize,
    /// The most products with the Hessian, in all.
    pub products: usize,
    /// The most products for one step.
    pub inner: usize,
}

impl Settings {
    /// To the given length of the gradient, within 200 steps and 20,000 products.
    pub fn new(tolerance: f64) -> Settings {
        Settings { tolerance, steps: 200, products: 20_000, inner: 500 }
    }
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The gradient is as short as asked.
    Critical,
    /// The gradient is not zero, but the Hessian takes it to (nearly) nothing: |∇f|² is at rest here.
    GradientFlat,
    /// No step shortens the gradient further.
    Stalled,
    /// The steps or the products ran out.
    Unfinished,
}

/// Where a search ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Stationary {
    pub point: Vec<f64>,
    pub value: f64,
    /// The length of the gradient.
    pub slope: f64,
    pub outcome: Outcome,
    pub products: usize,
    /// The length of the gradient before each step.
    pub history: Vec<f64>,
}

/// Below this |H g| / (|H| |g|) the gradient counts as one that the Hessian does not move.
const FLAT: f64 = 1e-3;

/// Searches from a point. Leaves the objective at the point that it found.
pub fn search(objective: &mut dyn Objective, start: &[f64], settings: &Settings) -> Result<Stationary, String> {
    let n = start.len();
    let mut x = start.to_vec();
    let (mut g, mut ahead) = (vec![0.0; n], vec![0.0; n]);
    objective.move_to(&x);
    let mut value = objective.gradient(&mut g);
    let mut slope = norm(&g);
    finite(value, "the value")?;
    finite(slope, "the gradient")?;
    let mut out = Stationary { point: Vec::new(), value, slope, outcome: Outcome::Unfinished, products: 0, history: Vec::new() };
    let first = slope;
    // How far a step is trusted; the first is as long as it likes.
    let mut trust = f64::INFINITY;
    while slope > settings.tolerance && out.history.len() < settings.steps && out.products + 4 < settings.products {
        let negative: Vec<f64> = g.iter().map(|g| -g).collect();
        // More digits as the end comes near, so that the last steps are Newton's.
        let digits = (slope / first).clamp(1e-10, 0.1);
        let most = settings.inner.min(settings.products - out.products - 4);
        let mut newton = solve(&mut Hessian(objective), &negative, digits, trust, most)?;
        out.products += newton.products;
        if norm(&newton.x) >= 0.99 * trust {
            // MINRES sets out along the gradient; within a small radius only the descent of |∇f|² is sure to get somewhere.
            let most = settings.inner.min(settings.products - out.products - 2);
            let sure = within(&mut Hessian(objective), &negative, digits, trust, most)?;
            out.products += sure.products;
            if sure.residual < newton.residual {
                newton = sure;
            }
        }
        let length = norm(&newton.x);
        let mut trial = x.clone();
        add(1.0, &newton.x, &mut trial);
        objective.move_to(&trial);
        let there = objective.gradient(&mut ahead);
        let found = norm(&ahead);
        // |H p|² = |g|² - |r|² is promised, for the residual r is orthogonal to H p.
        let promised = (1.0 - newton.residual) * (1.0 + newton.residual);
        let gained = (slope - found) / slope * ((slope + found) / slope);
        let share = if there.is_finite() && found.is_finite() && promised > 0.0 { gained / promised } else { -1.0 };
        if share > 1e-4 {
            out.history.push(slope);
            (x, value, slope) = (trial, there, found);
            std::mem::swap(&mut g, &mut ahead);
            if share > 0.75 && length >= 0.9 * trust {
                trust *= 2.0;
            }
        } else {
            objective.move_to(&x);
        }
        if share < 0.25 {
            trust = 0.25 * length;
        }
        // A step that cannot be seen in x, or promises nothing, is the last.
        let ended = share <= 1e-4 && (length <= 1e-15 * norm(&x) || promised <= 1e-12);
        if slope > settings.tolerance && (ended || crawls(&out.history, slope)) {
            out.outcome = if rests(objective, &g)? { Outcome::GradientFlat } else { Outcome::Stalled };
            out.products += 2;
            break;
        }
    }
    if slope <= settings.tolerance {
        out.outcome = Outcome::Critical;
    }
    Ok(Stationary { point: x, value, slope, ..out })
}

/// Whether many steps shortened the gradient by next to nothing.
fn crawls(history: &[f64], slope: f64) -> bool {
    history.len() > 20 && slope > 0.999 * history[history.len() - 20]
}

/// Whether |H g| is nothing beside |H| |g|.
fn rests(objective: &mut dyn Objective, g: &[f64]) -> Result<bool, String> {
    let (mut v, mut w) = (vec![0.0; g.len()], vec![0.0; g.len()]);
    // The size of H from a random vector: the root mean square of its eigenvalues, at most its norm.
    super::draws::signs(Key(0x7265_7374, 0), &mut v);
    Hessian(objective).apply(&v, &mut w)?;
    let size = norm(&w) / (g.len() as f64).sqrt();
    Hessian(objective).apply(g, &mut w)?;
    Ok(norm(&w) <= FLAT * norm(g) * size)
}

/// What kind of critical point the objective is at.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// From the whole spectrum.
    Whole { signature: Signature, values: Vec<f64> },
    /// From its ends: minimum or maximum where these agree, and otherwise a saddle of unknown index.
    Ends { found: Ends, signature: Signature },
}

/// Matrices up to this size are decomposed whole by [`spectrum`].
pub const WHOLE: usize = 5000;

/// Larger ones are classified by the ends of their spectrum: a whole one costs n³ operations for each point that was found.
const BY_ENDS: usize = 2000;

/// All eigenvalues, ascending, by as many products as there are variables; vectors where asked.
pub fn spectrum(operator: &mut dyn Operator, vectors: bool) -> Result<super::dense::Spectrum, String> {
    let n = operator.dimension();
    if n > WHOLE {
        return Err(format!("a whole spectrum is found for at most {WHOLE} variables, and there are {n}"));
    }
    symmetric(&mut matrix(operator)?, n, vectors)
}

/// Classifies by eigenvalues; those up to `zero` times the largest size count as zero.
pub fn classify(operator: &mut dyn Operator, zero: f64, key: Key) -> Result<Kind, String> {
    if operator.dimension() <= BY_ENDS {
        let values = spectrum(operator, false)?.values;
        return Ok(Kind::Whole { signature: signature(&values, zero), values });
    }
    let found = ends(operator, &eigen::Settings { copies: false, ..eigen::Settings::new(1, 1, key) })?;
    let values: Vec<f64> = found.smallest.iter().chain(&found.largest).map(|p| p.value).collect();
    Ok(Kind::Ends { signature: signature(&values, zero), found })
}
