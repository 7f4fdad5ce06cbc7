//! Critical points of any index: points where the gradient vanishes, not only minima.
//!
//! Newton's method on the gradient with inner solves of least residual (Newton-MR; Roosta, Liu, Xu and Mahoney, EURO J. Comput.
//! Optim. 10, 100035 (2022)): the step lowers |∇f|² whatever the signs of the Hessian's eigenvalues. It can also come to rest
//! where the gradient lies in the kernel of the Hessian, which is not a critical point (Frye et al., Neural Computation 33, 1469
//! (2021)); that is found and said.

use super::critical::{Signature, signature};
use super::dense::symmetric;
use super::eigen::{self, Ends, ends};
use super::minres::solve;
use super::objective::Objective;
use super::operator::{Hessian, Operator, finite, matrix};
use super::vectors::{add, dot, norm};
use crate::kernels::random::Key;

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
const FLAT: f64 = 1e-7;

/// Searches from a point. Leaves the objective at the point that it found.
pub fn search(objective: &mut dyn Objective, start: &[f64], settings: &Settings) -> Result<Stationary, String> {
    let n = start.len();
    let mut x = start.to_vec();
    let (mut g, mut ahead, mut hg) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    objective.move_to(&x);
    let mut value = objective.gradient(&mut g);
    let mut slope = norm(&g);
    finite(value, "the value")?;
    finite(slope, "the gradient")?;
    let mut out = Stationary { point: Vec::new(), value, slope, outcome: Outcome::Unfinished, products: 0, history: Vec::new() };
    let first = slope;
    while slope > settings.tolerance && out.history.len() < settings.steps && out.products + 2 <= settings.products {
        out.history.push(slope);
        Hessian(objective).apply(&g, &mut hg)?;
        out.products += 1;
        let negative: Vec<f64> = g.iter().map(|g| -g).collect();
        // More digits as the end comes near, so that the last steps are Newton's.
        let digits = (slope / first).min(0.1).max(1e-10);
        let most = settings.inner.min(settings.products - out.products).max(1);
        let newton = solve(&mut Hessian(objective), &negative, digits, most)?;
        out.products += newton.products;
        // |H p|² = |g|² - |r|², for the residual r is orthogonal to H p.
        let gain = slope * slope * (1.0 - newton.residual * newton.residual).max(0.0);
        let moved = descend(objective, &x, &newton.x, slope, gain, &mut ahead)?;
        // The gradient of |∇f|²/2, where Newton's step leads nowhere.
        let moved = match moved {
            Some(found) => Some(found),
            None => {
                let pull = dot(&hg, &hg);
                let length = if pull > 0.0 { slope * slope / pull } else { 0.0 };
                let down: Vec<f64> = hg.iter().map(|h| -length * h).collect();
                descend(objective, &x, &down, slope, length * pull, &mut ahead)?
            }
        };
        let Some((point, found)) = moved else {
            objective.move_to(&x);
            out.outcome = if rests(objective, &hg, slope, &mut ahead)? { Outcome::GradientFlat } else { Outcome::Stalled };
            break;
        };
        x = point;
        value = found;
        std::mem::swap(&mut g, &mut ahead);
        let shorter = norm(&g);
        // Too little for many steps: either at rest, or as near as rounding allows.
        let crawling = out.history.len() > 20 && shorter > 0.999 * out.history[out.history.len() - 20];
        slope = shorter;
        if crawling && slope > settings.tolerance {
            Hessian(objective).apply(&g, &mut hg)?;
            out.products += 1;
            out.outcome = if rests(objective, &hg, slope, &mut ahead)? { Outcome::GradientFlat } else { Outcome::Stalled };
            break;
        }
    }
    if slope <= settings.tolerance {
        out.outcome = Outcome::Critical;
    }
    Ok(Stationary { point: x, value, slope, ..out })
}

/// Whether |H g| is nothing beside |H| |g|.
fn rests(objective: &mut dyn Objective, hg: &[f64], slope: f64, w: &mut [f64]) -> Result<bool, String> {
    // The size of H from a random vector: the root mean square of its eigenvalues, at most its norm.
    let mut v = vec![0.0; hg.len()];
    super::draws::signs(Key(0x7265_7374, 0), &mut v);
    Hessian(objective).apply(&v, w)?;
    Ok(norm(hg) <= FLAT * slope * norm(w) / (hg.len() as f64).sqrt())
}

/// Halves a step until |∇f|² falls by a part of what is promised; the new point and value, with its gradient in `ahead`.
fn descend(
    objective: &mut dyn Objective,
    x: &[f64],
    step: &[f64],
    slope: f64,
    gain: f64,
    ahead: &mut [f64],
) -> Result<Option<(Vec<f64>, f64)>, String> {
    let mut share = 1.0;
    for _ in 0..40 {
        let mut trial = x.to_vec();
        add(share, step, &mut trial);
        if trial == x {
            break;
        }
        objective.move_to(&trial);
        let value = objective.gradient(ahead);
        let found = norm(ahead);
        if value.is_finite() && found < slope && found * found <= slope * slope - 2e-4 * share * gain {
            return Ok(Some((trial, value)));
        }
        share *= 0.5;
    }
    Ok(None)
}

/// What kind of critical point the objective is at.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// From the whole spectrum.
    Whole { signature: Signature, values: Vec<f64> },
    /// From its ends: minimum or maximum where these agree, and otherwise a saddle of unknown index.
    Ends { found: Ends, signature: Signature },
}

/// Matrices up to this size are decomposed whole by [`classify`] and [`spectrum`].
pub const WHOLE: usize = 2000;

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
    if operator.dimension() <= WHOLE {
        let values = spectrum(operator, false)?.values;
        return Ok(Kind::Whole { signature: signature(&values, zero), values });
    }
    let found = ends(operator, &eigen::Settings { copies: false, ..eigen::Settings::new(1, 1, key) })?;
    let values: Vec<f64> = found.smallest.iter().chain(&found.largest).map(|p| p.value).collect();
    Ok(Kind::Ends { signature: signature(&values, zero), found })
}
