//! The largest and the smallest eigenvalues of a symmetric matrix that is known by its products, with their vectors.
//!
//! Krylov spaces of one vector hold one copy of an eigenvalue. Further copies are looked for by a second process, orthogonal to
//! what was found, that goes on until it would have met one (but for one start in a million; Kuczyński and Woźniakowski, SIAM J.
//! Matrix Anal. Appl. 13, 1094 (1992)). Small matrices are decomposed whole.

use super::basis::Stored;
use super::dense::symmetric;
use super::lanczos::{Lanczos, Ritz, Step};
use super::operator::{Operator, matrix};
use super::vectors::{add, norm};
use crate::random::Key;

/// What to look for, and how long.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many eigenvalues at the upper end of the spectrum.
    pub largest: usize,
    /// How many at the lower end.
    pub smallest: usize,
    /// The residual |A y - λ y| that counts as converged, over |λ| (over a thousandth of the largest |λ| where λ is smaller).
    pub tolerance: f64,
    /// The most products.
    pub products: usize,
    /// Whether to look for further copies of eigenvalues.
    pub copies: bool,
    /// A vector to start from, where a good one is known.
    pub start: Option<Vec<f64>>,
    pub key: Key,
}

impl Settings {
    /// To a thousandth, with at most a thousand products.
    pub fn new(largest: usize, smallest: usize, key: Key) -> Settings {
        Settings { largest, smallest, tolerance: 1e-3, products: 1000, copies: true, start: None, key }
    }
}

/// An eigenvalue with its vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    pub value: f64,
    /// At least |A y - λ y| for the unit vector y: an eigenvalue lies as near to `value`.
    pub residual: f64,
    pub converged: bool,
    pub vector: Vec<f64>,
}

/// Both ends of a spectrum.
#[derive(Clone, Debug, PartialEq)]
pub struct Ends {
    /// From the largest down.
    pub largest: Vec<Pair>,
    /// From the smallest up.
    pub smallest: Vec<Pair>,
    pub products: usize,
    /// Whether all that was asked for is there, converged, with its copies looked for where that was asked.
    pub converged: bool,
}

/// Matrices up to this size are decomposed whole.
const SMALL: usize = 64;
/// From this size on, and with tolerances from [`COARSE`] on, vectors are stored in single precision.
const LONG: usize = 50_000;
const COARSE: f64 = 1e-5;

/// The ends of the spectrum.
pub fn ends(operator: &mut dyn Operator, settings: &Settings) -> Result<Ends, String> {
    let n = operator.dimension();
    let wanted = settings.largest + settings.smallest;
    if wanted == 0 || n == 0 {
        return Ok(Ends { largest: Vec::new(), smallest: Vec::new(), products: 0, converged: true });
    }
    if !(settings.tolerance > 0.0 && settings.tolerance < 1.0) {
        return Err(format!("the tolerance of eigenvalues must be between 0 and 1, found {}", settings.tolerance));
    }
    if n <= SMALL || n <= 3 * wanted && n <= settings.products {
        return whole(operator, settings);
    }
    if n >= LONG && settings.tolerance >= COARSE {
        iterate::<f32>(operator, settings)
    } else {
        iterate::<f64>(operator, settings)
    }
}

/// By decomposition. The residuals are those of the matrix as its products gave it.
fn whole(operator: &mut dyn Operator, settings: &Settings) -> Result<Ends, String> {
    let n = operator.dimension();
    let a = matrix(operator)?;
    let spectrum = symmetric(&mut a.clone(), n, true)?;
    let size = spectrum.values.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    let pair = |i: usize| {
        let (value, vector) = (spectrum.values[i], spectrum.vectors[i].clone());
        let mut r: Vec<f64> = a.chunks_exact(n).map(|row| super::vectors::dot(row, &vector)).collect();
        add(-value, &vector, &mut r);
        let residual = norm(&r);
        Pair { value, residual, converged: residual <= bar(value, size, settings.tolerance), vector }
    };
    let largest: Vec<Pair> = (0..settings.largest.min(n)).map(|i| pair(n - 1 - i)).collect();
    let smallest: Vec<Pair> = (0..settings.smallest.min(n)).map(pair).collect();
    let enough = settings.largest.max(settings.smallest) <= n;
    let converged = enough && largest.iter().chain(&smallest).all(|p| p.converged);
    Ok(Ends { largest, smallest, products: n, converged })
}

fn bar(value: f64, size: f64, tolerance: f64) -> f64 {
    // Rounding in sums of this size is never counted against a pair.
    tolerance * value.abs().max(1e-3 * size) + 16.0 * f64::EPSILON * size
}

/// What a process is to find: pairs at both ends, or proof that none lies beyond a bound.
struct Goal {
    high: usize,
    low: usize,
    /// Nothing above the first nor below the second is missing once this process says so.
    bounds: Option<(f64, f64)>,
}

fn iterate<T: Stored>(operator: &mut dyn Operator, settings: &Settings) -> Result<Ends, String> {
    let start = settings.start.as_deref().filter(|s| s.len() == operator.dimension());
    let goal = Goal { high: settings.largest, low: settings.smallest, bounds: None };
    let first = process::<T>(operator, settings, &[], start, &goal, settings.products, settings.key.derive(0))?;
    let mut products = first.products;
    let mut converged = first.done;
    let (mut largest, mut smallest) = (first.high, first.low);
    let mut round = 1;
    while settings.copies && converged && !first.complete {
        let mut locked: Vec<Vec<f64>> = largest.iter().chain(&smallest).map(|p| p.vector.clone()).collect();
        orthonormal(&mut locked);
        let edge = |pairs: &[Pair], none: f64| pairs.last().map_or(none, |p| p.value);
        let bounds = (edge(&largest, f64::INFINITY), edge(&smallest, f64::NEG_INFINITY));
        let goal = Goal { high: usize::from(!largest.is_empty()), low: usize::from(!smallest.is_empty()), bounds: Some(bounds) };
        let cap = settings.products.saturating_sub(products);
        let more = process::<T>(operator, settings, &locked, None, &goal, cap, settings.key.derive(round))?;
        products += more.products;
        converged = more.done;
        let high = insert(&mut largest, more.high, settings.largest, |new, old| new > old);
        let low = insert(&mut smallest, more.low, settings.smallest, |new, old| new < old);
        if !high && !low {
            break;
        }
        round += 1;
    }
    converged &= largest.len() == settings.largest && smallest.len() == settings.smallest;
    converged &= largest.iter().chain(&smallest).all(|p| p.converged);
    Ok(Ends { largest, smallest, products, converged })
}

/// Puts what is further out than the last of the pairs in its place; whether anything was.
fn insert(pairs: &mut Vec<Pair>, new: Vec<Pair>, count: usize, further: impl Fn(f64, f64) -> bool) -> bool {
    let mut changed = false;
    for pair in new {
        // A copy is as good as what it is a copy of: only what differs by more than its error takes a place.
        let Some(last) = pairs.last() else { continue };
        let margin = pair.residual + last.residual;
        let outside = further(pair.value, last.value) && (pair.value - last.value).abs() > margin;
        if pair.converged && outside {
            pairs.push(pair);
            pairs.sort_by(|a, b| if further(a.value, b.value) { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater });
            pairs.truncate(count);
            changed = true;
        }
    }
    changed
}

/// Takes out of each vector what lies along those before it; both ends may hold the same one.
fn orthonormal(vectors: &mut Vec<Vec<f64>>) {
    let mut out: Vec<Vec<f64>> = Vec::new();
    for mut v in vectors.drain(..) {
        for _ in 0..2 {
            for u in &out {
                let c = super::vectors::dot(u, &v);
                add(-c, u, &mut v);
            }
        }
        if super::vectors::unit(&mut v) > 0.5 {
            out.push(v);
        }
    }
    *vectors = out;
}

struct Found {
    high: Vec<Pair>,
    low: Vec<Pair>,
    products: usize,
    done: bool,
    complete: bool,
}

fn process<T: Stored>(
    operator: &mut dyn Operator,
    settings: &Settings,
    locked: &[Vec<f64>],
    start: Option<&[f64]>,
    goal: &Goal,
    cap: usize,
    key: Key,
) -> Result<Found, String> {
    let n = operator.dimension();
    let room = n - locked.len();
    let wanted = goal.high + goal.low;
    let most = (4 * wanted + 20).clamp(40.min(room), room);
    let mut lanczos = Lanczos::<T>::new(n, locked, start, key);
    let mut complete = room == 0;
    let mut next_look = wanted.max(if goal.bounds.is_some() { 6 } else { 2 });
    loop {
        while !complete && lanczos.products < cap && lanczos.len() < most.min(next_look) {
            complete = lanczos.step(operator)? == Step::Complete;
        }
        let pairs = lanczos.ritz()?;
        let size = pairs.iter().fold(0.0f64, |m, p| m.max(p.value.abs()));
        let passes = |p: &Ritz| p.residual <= bar(p.value, size, settings.tolerance);
        let (high, low) = (goal.high.min(pairs.len()), goal.low.min(pairs.len()));
        let top = || pairs.iter().rev().take(high);
        let bottom = || pairs.iter().take(low);
        let enough = pairs.len() >= wanted;
        let seen = |beyond: fn((f64, f64), f64, f64) -> bool| {
            let (Some(bounds), Some(low), Some(high)) = (goal.bounds, pairs.first(), pairs.last()) else { return false };
            let fraction = unseen(n, lanczos.products.min(most));
            // The ends of this process are themselves known to this fraction only.
            let width = (high.value - low.value) / (1.0 - fraction).max(0.1);
            fraction < 0.5 && !beyond(bounds, low.value - fraction * width, high.value + fraction * width)
        };
        let high_done = top().all(passes) || seen(|(above, _), _, high| high >= above);
        let low_done = bottom().all(passes) || seen(|(_, below), low, _| low <= below);
        let done = complete || enough && high_done && low_done;
        // Nothing gets better where only what is lost remains.
        let stuck = enough && lanczos.len() >= most && top().chain(bottom()).all(|p| passes(p) || p.residual <= 1.01 * p.lost);
        if done || stuck || lanczos.products >= cap {
            let all: Vec<&Ritz> = top().chain(bottom()).collect();
            let vectors = lanczos.vectors(&all);
            let pair =
                |(p, vector): (&&Ritz, Vec<f64>)| Pair { value: p.value, residual: p.residual, converged: passes(p), vector };
            let mut pairs: Vec<Pair> = all.iter().zip(vectors).map(pair).collect();
            let low = pairs.split_off(high);
            return Ok(Found { high: pairs, low, products: lanczos.products, done, complete });
        }
        if lanczos.len() >= most {
            // Pairs beyond the wanted ones are kept too, in proportion: they will be wanted's neighbours.
            let keep = (wanted + (most - wanted) * 2 / 5).min(most - 2);
            let up = (keep * goal.high / wanted).max(goal.high);
            let down = keep.saturating_sub(up).max(goal.low);
            let mut pairs = pairs;
            let rest = pairs.len() - up;
            let mut kept: Vec<Ritz> = pairs.drain(rest..).collect();
            kept.extend(pairs.into_iter().take(down));
            lanczos.restart(&kept);
        }
        next_look = lanczos.len() + (lanczos.len() / 16).max(2);
    }
}

/// The fraction of the spectrum's width by which the ends of a process of `steps` products from a random start fall short, but
/// for one start in a million.
fn unseen(n: usize, steps: usize) -> f64 {
    let depth = libm::log(1.648 * (n as f64).sqrt() / 1e-6) / (2.0 * steps as f64 - 1.0).max(1.0);
    depth * depth
}
