//! Paths between two points: straight, or bent where the function is lower, and the barrier on them.
//!
//! The bend is the middle control point of a quadratic Bézier curve, trained to lower the mean of the function along it (Garipov,
//! Izmailov, Podoprikhin, Vetrov and Wilson, NeurIPS 2018) by Adam's steps (Kingma and Ba, ICLR 2015). The barrier is the height
//! over the straight line between the ends' values (Frankle, Dziugaite, Roy and Carbin, ICML 2020) and over the higher end.

use super::objective::Objective;
use super::slice::even;
use super::vectors::{difference, norm};
use crate::random::{Key, Stream};

/// Values on a path from t = 0 to t = 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    pub t: Vec<f64>,
    pub values: Vec<f64>,
    /// Where the value is highest, found between the given points too.
    pub highest: (f64, f64),
    pub barrier: Barrier,
    /// The distance along the path over that between its ends.
    pub detour: f64,
}

/// The height of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Barrier {
    /// The largest excess over the straight line between the values of the ends; 0 where there is none.
    pub above_line: f64,
    /// The excess of the highest value over the higher end; 0 where there is none.
    pub above_ends: f64,
}

/// How a bend is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    pub steps: usize,
    /// The step of Adam, in the units of the variables; it falls to zero as a half cosine.
    pub rate: f64,
    /// Places on the curve that a step looks at, one in each of as many equal parts.
    pub places: usize,
    pub key: Key,
}

/// The straight path, at `points` places.
pub fn straight(objective: &mut dyn Objective, from: &[f64], to: &[f64], points: usize) -> Result<Path, String> {
    walk(objective, from, &[difference(to, from)], |t| vec![t], points, 1.0)
}

/// The Bézier path with the given middle control point.
pub fn bent(objective: &mut dyn Objective, from: &[f64], to: &[f64], bend: &[f64], points: usize) -> Result<Path, String> {
    let (side, base) = (difference(bend, from), difference(to, from));
    // The speed of the curve, integrated by Simpson's rule.
    let speed = |t: f64| norm(&side.iter().zip(&base).map(|(s, b)| (2.0 - 4.0 * t) * s + 2.0 * t * b).collect::<Vec<f64>>());
    let parts = 64;
    let weight = |i: usize| {
        if i == 0 || i == parts {
            1.0
        } else if i % 2 == 1 {
            4.0
        } else {
            2.0
        }
    };
    let along = (0..=parts).map(|i| weight(i) * speed(i as f64 / parts as f64)).sum::<f64>() / (3 * parts) as f64;
    let across = norm(&base);
    let detour = if across > 0.0 { along / across } else { f64::INFINITY };
    walk(objective, from, &[side, base], |t| vec![2.0 * t * (1.0 - t), t * t], points, detour)
}

fn walk(
    objective: &mut dyn Objective,
    from: &[f64],
    directions: &[Vec<f64>],
    coordinates: impl Fn(f64) -> Vec<f64>,
    points: usize,
    detour: f64,
) -> Result<Path, String> {
    if points < 2 {
        return Err("a path needs two points at least".into());
    }
    let mut at = |ts: &[f64]| {
        let places: Vec<Vec<f64>> = ts.iter().map(|t| coordinates(*t)).collect();
        let mut values = vec![0.0; ts.len()];
        objective.slice(from, directions, &places, &mut values);
        values
    };
    let t = even(0.0, 1.0, points);
    let values = at(&t);
    let (first, last) = (values[0], values[points - 1]);
    let excess = |t: f64, value: f64| value - (first * (1.0 - t) + last * t);
    let highest = refined(&t, &values, &mut at, |_, value| value);
    let steepest = refined(&t, &values, &mut at, excess);
    let barrier =
        Barrier { above_line: excess(steepest.0, steepest.1).max(0.0), above_ends: (highest.1 - first.max(last)).max(0.0) };
    Ok(Path { t, values, highest, barrier, detour })
}

/// The place and value where `height` is largest: the best of the points, and then of finer ones beside it.
fn refined(t: &[f64], values: &[f64], at: &mut impl FnMut(&[f64]) -> Vec<f64>, height: impl Fn(f64, f64) -> f64) -> (f64, f64) {
    let of = |i: usize| height(t[i], values[i]);
    let best = (0..t.len()).fold(0, |best, i| if of(i) > of(best) { i } else { best });
    let mut top = (t[best], values[best]);
    if best == 0 || best + 1 == t.len() {
        return top;
    }
    let mut reach = t[best + 1] - t[best];
    for _ in 0..6 {
        let around: Vec<f64> =
            [-0.75, -0.5, -0.25, 0.25, 0.5, 0.75].iter().map(|c| (top.0 + c * reach).clamp(0.0, 1.0)).collect();
        for (t, value) in around.iter().zip(at(&around)) {
            if height(*t, value) > height(top.0, top.1) {
                top = (*t, value);
            }
        }
        reach *= 0.25;
    }
    top
}

/// The middle control point that lowers the mean of the function along the curve, from the midpoint on; with the mean that each
/// step saw. Leaves the objective at a point of the curve.
pub fn train_bend(
    objective: &mut dyn Objective,
    from: &[f64],
    to: &[f64],
    training: &Training,
) -> Result<(Vec<f64>, Vec<f64>), String> {
    if training.places == 0 || !(training.rate > 0.0 && training.rate.is_finite()) {
        return Err("the bend of a path needs a place to look at and a positive rate".into());
    }
    let n = from.len();
    let mut bend: Vec<f64> = from.iter().zip(to).map(|(a, b)| 0.5 * (a + b)).collect();
    let (mut mean, mut square) = (vec![0.0; n], vec![0.0; n]);
    let (mut point, mut gradient, mut total) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    let mut history = Vec::with_capacity(training.steps);
    let (mut first_power, mut second_power) = (1.0, 1.0);
    for step in 0..training.steps {
        let mut stream = Stream::new(training.key.derive(step as u64));
        total.fill(0.0);
        let mut value = 0.0;
        for place in 0..training.places {
            let t = (place as f64 + stream.uniform()) / training.places as f64;
            let share = [(1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t];
            for i in 0..n {
                point[i] = share[0] * from[i] + share[1] * bend[i] + share[2] * to[i];
            }
            objective.move_to(&point);
            value += objective.gradient(&mut gradient) / training.places as f64;
            super::vectors::add(share[1] / training.places as f64, &gradient, &mut total);
        }
        if !value.is_finite() || !norm(&total).is_finite() {
            return Err(format!("the function is not finite on the path after {step} steps; a lower rate may help"));
        }
        history.push(value);
        first_power *= 0.9;
        second_power *= 0.999;
        let rate = training.rate * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * step as f64 / training.steps as f64));
        for i in 0..n {
            mean[i] = 0.9 * mean[i] + 0.1 * total[i];
            square[i] = 0.999 * square[i] + 0.001 * total[i] * total[i];
            bend[i] -= rate * (mean[i] / (1.0 - first_power)) / ((square[i] / (1.0 - second_power)).sqrt() + 1e-12);
        }
    }
    Ok((bend, history))
}
