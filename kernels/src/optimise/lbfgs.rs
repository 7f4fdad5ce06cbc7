//! Limited-memory BFGS with a line search by the strong Wolfe conditions (Nocedal and Wright, Numerical Optimization, 2006, ch. 3.5 and
//! 7.2).

use crate::landscape::vectors::{add, dot, norm};
use std::collections::VecDeque;

const DECREASE: f64 = 1e-4;
const CURVATURE: f64 = 0.9;
const TRIALS: usize = 40;

/// The state of a descent.
#[derive(Clone, Debug)]
pub struct Lbfgs {
    memory: usize,
    /// Steps and differences of gradients, the newest last.
    pairs: VecDeque<(Vec<f64>, Vec<f64>)>,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ended {
    Moved,
    /// No point along the direction is lower: as far as the numbers tell, this is the bottom.
    Stuck,
}

/// A value and its gradient.
type Function<'f> = &'f mut dyn FnMut(&[f64], &mut [f64]) -> f64;

impl Lbfgs {
    pub fn new(memory: usize) -> Lbfgs {
        Lbfgs { memory: memory.max(1), pairs: VecDeque::new() }
    }

    /// One step: x, its value and its gradient are replaced by those of the new point.
    pub fn step(&mut self, f: Function, x: &mut [f64], value: &mut f64, gradient: &mut [f64]) -> Ended {
        let mut direction = self.direction(gradient);
        let mut slope = dot(&direction, gradient);
        if slope.is_nan() || slope >= 0.0 {
            self.pairs.clear();
            direction = gradient.iter().map(|g| -g).collect();
            slope = dot(&direction, gradient);
        }
        if slope == 0.0 {
            return Ended::Stuck;
        }
        let first = if self.pairs.is_empty() { (1.0 / norm(gradient)).min(1.0) } else { 1.0 };
        let mut line = Line { f, x, direction: &direction, point: x.to_vec(), gradient: gradient.to_vec() };
        let Some(found) = line.search(*value, slope, first) else {
            // What was remembered may mislead; the plain gradient is tried before giving up.
            if self.pairs.is_empty() {
                return Ended::Stuck;
            }
            self.pairs.clear();
            return self.step(f, x, value, gradient);
        };
        let (point, new) = (line.point, line.gradient);
        let step: Vec<f64> = point.iter().zip(x.iter()).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = new.iter().zip(gradient.iter()).map(|(a, b)| a - b).collect();
        if dot(&step, &change) > 1e-14 * norm(&step) * norm(&change) {
            if self.pairs.len() == self.memory {
                self.pairs.pop_front();
            }
            self.pairs.push_back((step, change));
        }
        x.copy_from_slice(&point);
        gradient.copy_from_slice(&new);
        *value = found;
        Ended::Moved
    }

    /// -H g by the two-loop recursion.
    fn direction(&self, gradient: &[f64]) -> Vec<f64> {
        let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let mut factors = Vec::with_capacity(self.pairs.len());
        for (s, y) in self.pairs.iter().rev() {
            let a = dot(s, &q) / dot(s, y);
            add(-a, y, &mut q);
            factors.push(a);
        }
        if let Some((s, y)) = self.pairs.back() {
            let scale = dot(s, y) / dot(y, y);
            q.iter_mut().for_each(|q| *q *= scale);
        }
        for ((s, y), a) in self.pairs.iter().zip(factors.iter().rev()) {
            let b = dot(y, &q) / dot(s, y);
            add(a - b, s, &mut q);
        }
        q
    }
}

/// The function along a line; `point` and `gradient` are those of the last trial.
struct Line<'l, 'f> {
    f: &'l mut (dyn FnMut(&[f64], &mut [f64]) -> f64 + 'f),
    x: &'l [f64],
    direction: &'l [f64],
    point: Vec<f64>,
    gradient: Vec<f64>,
}

/// A trial: length of the step, value, slope.
#[derive(Clone, Copy)]
struct Trial {
    t: f64,
    value: f64,
    slope: f64,
}

impl Line<'_, '_> {
    fn at(&mut self, t: f64) -> Trial {
        self.point.copy_from_slice(self.x);
        add(t, self.direction, &mut self.point);
        let value = (self.f)(&self.point, &mut self.gradient);
        Trial { t, value, slope: dot(&self.gradient, self.direction) }
    }

    /// The value at a step that fulfils the strong Wolfe conditions (or, when the trials run out, one that is lower).
    fn search(&mut self, value: f64, slope: f64, first: f64) -> Option<f64> {
        let start = Trial { t: 0.0, value, slope };
        let enough = |p: &Trial| p.value <= value + DECREASE * p.t * slope;
        let flat = |p: &Trial| p.slope.abs() <= -CURVATURE * slope;
        let mut before = start;
        let mut t = first;
        for k in 0..TRIALS {
            let here = self.at(t);
            if !here.value.is_finite() {
                t = 0.5 * (before.t + t);
                continue;
            }
            if !enough(&here) || (k > 0 && here.value >= before.value) {
                return self.zoom(before, here, &enough, &flat, value);
            }
            if flat(&here) {
                return Some(here.value);
            }
            if here.slope >= 0.0 {
                return self.zoom(here, before, &enough, &flat, value);
            }
            before = here;
            t *= 2.0;
        }
        (before.t > 0.0).then(|| self.at(before.t).value)
    }

    /// Between two trials, of which `low` is the lower one.
    fn zoom(
        &mut self,
        mut low: Trial,
        mut high: Trial,
        enough: &dyn Fn(&Trial) -> bool,
        flat: &dyn Fn(&Trial) -> bool,
        value: f64,
    ) -> Option<f64> {
        for _ in 0..TRIALS {
            let here = self.at(between(&low, &high));
            if !enough(&here) || here.value >= low.value || !here.value.is_finite() {
                high = here;
            } else {
                if flat(&here) {
                    return Some(here.value);
                }
                if here.slope * (high.t - low.t) >= 0.0 {
                    high = low;
                }
                low = here;
            }
            if (high.t - low.t).abs() <= 1e-14 * low.t.abs().max(1e-300) {
                break;
            }
        }
        if low.t > 0.0 && low.value < value {
            return Some(self.at(low.t).value);
        }
        None
    }
}

/// The minimum of the cubic through two trials with their slopes, kept away from both.
fn between(a: &Trial, b: &Trial) -> f64 {
    let width = b.t - a.t;
    let middle = a.t + 0.5 * width;
    let d = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.t - b.t);
    let root = d * d - a.slope * b.slope;
    if !(root >= 0.0 && b.value.is_finite()) {
        return middle;
    }
    let w = root.sqrt() * width.signum();
    let t = b.t - width * (b.slope + w - d) / (b.slope - a.slope + 2.0 * w);
    let (low, high) = (a.t + 0.1 * width, a.t + 0.9 * width);
    if t.is_finite() { t.clamp(low.min(high), low.max(high)) } else { middle }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minimised(f: Function, start: &[f64], steps: usize) -> (Vec<f64>, f64) {
        let (mut x, mut g) = (start.to_vec(), vec![0.0; start.len()]);
        let mut value = f(&x, &mut g);
        let mut lbfgs = Lbfgs::new(10);
        for _ in 0..steps {
            if lbfgs.step(f, &mut x, &mut value, &mut g) == Ended::Stuck || norm(&g) < 1e-12 {
                break;
            }
        }
        (x, value)
    }

    #[test]
    fn finds_the_bottom_of_rosenbrocks_valley() {
        let mut rosenbrock = |x: &[f64], g: &mut [f64]| {
            g.fill(0.0);
            let mut value = 0.0;
            for k in 0..x.len() - 1 {
                let (a, b) = (x[k + 1] - x[k] * x[k], 1.0 - x[k]);
                value += 100.0 * a * a + b * b;
                g[k] += -400.0 * a * x[k] - 2.0 * b;
                g[k + 1] += 200.0 * a;
            }
            value
        };
        let (x, value) = minimised(&mut rosenbrock, &[-1.2, 1.0, -0.5, 0.3, 2.0], 500);
        assert!(value < 1e-20 && x.iter().all(|x| (x - 1.0).abs() < 1e-9), "{x:?} {value}");
    }

    #[test]
    fn a_quadratic_of_condition_ten_thousand() {
        let scales: Vec<f64> = (0..40).map(|k| libm::pow(10.0, 4.0 * f64::from(k) / 39.0)).collect();
        let mut f = |x: &[f64], g: &mut [f64]| {
            x.iter()
                .zip(g)
                .zip(&scales)
                .map(|((x, g), s)| {
                    *g = s * x;
                    0.5 * s * x * x
                })
                .sum::<f64>()
        };
        let (x, _) = minimised(&mut f, &[1.0; 40], 2000);
        assert!(x.iter().all(|x| x.abs() < 1e-8), "{x:?}");
    }

    #[test]
    fn stays_where_there_is_nothing_lower_and_survives_walls() {
        let mut flat = |_: &[f64], g: &mut [f64]| {
            g.fill(0.0);
            1.0
        };
        assert_eq!(minimised(&mut flat, &[0.5], 5).0, [0.5]);
        // ln x beyond 0 is not a number.
        let mut wall = |x: &[f64], g: &mut [f64]| {
            g[0] = 1.0 - 1.0 / x[0];
            x[0] - libm::log(x[0])
        };
        assert!((minimised(&mut wall, &[5.0], 100).0[0] - 1.0).abs() < 1e-9);
    }
}
