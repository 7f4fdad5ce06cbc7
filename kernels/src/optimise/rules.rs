//! First-order rules: a step from a gradient, a rate, and what is remembered of earlier gradients.

use crate::landscape::draws::normals;
use crate::random::Key;
use crate::sparse::Simd;
use crate::sparse::block::dispatch;
use crate::tensor::Real;
use std::ops::Range;

/// How a step follows from a gradient g; θ are the parameters, η the rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// v ← m v + g, θ ← θ - η v; with `nesterov` θ ← θ - η (g + m v).
    Sgd { momentum: f64, nesterov: bool },
    /// Kingma and Ba 2015; `decoupled`: θ ← θ - η `decay` θ apart from the gradient (Loshchilov and Hutter 2019).
    Adam { beta1: f64, beta2: f64, epsilon: f64, decoupled: Option<f64> },
    /// Tieleman and Hinton 2012, with momentum.
    RmsProp { memory: f64, epsilon: f64, momentum: f64 },
    /// θ ← θ - η g + √(2 η T) ξ (Welling and Teh 2011).
    Langevin,
}

/// A rule with what it remembers.
#[derive(Clone, Debug, PartialEq)]
pub struct Stepper<T> {
    rule: Rule,
    /// Added to the gradient, times the parameters.
    decay: f64,
    /// The largest norm of a gradient.
    clip: Option<f64>,
    first: Vec<T>,
    second: Vec<T>,
    steps: u64,
    /// The gradient as the decay and the largest norm make it.
    own: Vec<T>,
}

impl<T: Real> Stepper<T> {
    pub fn new(rule: Rule, decay: f64, clip: Option<f64>, dimension: usize) -> Stepper<T> {
        let zeros = || vec![T::default(); dimension];
        let (first, second) = match rule {
            Rule::Sgd { momentum: 0.0, .. } | Rule::Langevin => (vec![], vec![]),
            Rule::Sgd { .. } => (zeros(), vec![]),
            Rule::RmsProp { momentum: 0.0, .. } => (vec![], zeros()),
            Rule::Adam { .. } | Rule::RmsProp { .. } => (zeros(), zeros()),
        };
        Stepper { rule, decay, clip, first, second, steps: 0, own: vec![] }
    }

    /// What a checkpoint needs: the averages of both kinds, and the number of steps.
    pub fn memory(&self) -> (&[T], &[T], u64) {
        (&self.first, &self.second, self.steps)
    }

    /// Goes on from a checkpoint of the same rule and dimension.
    pub fn restore(&mut self, first: Vec<T>, second: Vec<T>, steps: u64) -> Result<(), String> {
        if first.len() != self.first.len() || second.len() != self.second.len() {
            return Err("the checkpoint is of another optimiser".into());
        }
        (self.first, self.second, self.steps) = (first, second, steps);
        Ok(())
    }

    /// One step. The gradient comes in pieces, one after the other; `temperature` and `key` are of Langevin's noise.
    pub fn step(&mut self, x: &mut [T], gradient: &[&[T]], rate: f64, temperature: f64, key: Key) {
        let mut own = std::mem::take(&mut self.own);
        let changed = [self.changed(x, gradient, &mut own)];
        let pieces = if changed[0].is_empty() { gradient } else { &changed };
        let mut noise = vec![];
        if self.rule == Rule::Langevin {
            noise.resize(x.len(), 0.0);
            normals(key, &mut noise);
            let width = (2.0 * rate * temperature).sqrt();
            noise.iter_mut().for_each(|ξ| *ξ *= width);
        }
        self.steps += 1;
        let mut at = 0;
        for g in pieces {
            let range = at..at + g.len();
            at = range.end;
            let memory = [part(&mut self.first, &range), part(&mut self.second, &range)];
            piece_simd(Simd::detect(), (self.rule, self.steps), &mut x[range.clone()], g, memory, part(&mut noise, &range), rate);
        }
        self.own = own;
    }

    /// The gradient with the decay added, and not longer than it may be; empty where neither is asked for.
    fn changed<'a>(&self, x: &[T], gradient: &[&[T]], own: &'a mut Vec<T>) -> &'a [T] {
        own.clear();
        if self.decay == 0.0 && self.clip.is_none() {
            return own;
        }
        gradient.iter().for_each(|g| own.extend_from_slice(g));
        if self.decay != 0.0 {
            for (g, x) in own.iter_mut().zip(x.iter()) {
                *g = T::from_f64(g.to_f64() + self.decay * x.to_f64());
            }
        }
        if let Some(most) = self.clip {
            let norm = blocked(own).sqrt();
            if norm > most {
                let factor = most / norm;
                own.iter_mut().for_each(|g| *g = T::from_f64(g.to_f64() * factor));
            }
        }
        own
    }
}

/// What belongs to a stretch of the parameters of something that may not be kept at all.
fn part<'a, T>(all: &'a mut [T], range: &Range<usize>) -> &'a mut [T] {
    if all.is_empty() { all } else { &mut all[range.clone()] }
}

dispatch!(
    piece_simd => piece_body [T: Real] <T> (by: (Rule, u64), x: &mut [T], g: &[T], memory: [&mut [T]; 2], noise: &[f64], rate: f64)
);

/// Each element by itself, in double precision: the same bits on every instruction set.
#[inline(always)]
fn piece_body<T: Real>((rule, steps): (Rule, u64), x: &mut [T], g: &[T], memory: [&mut [T]; 2], noise: &[f64], rate: f64) {
    let both = x.iter_mut().zip(g.iter());
    let [first, second] = memory;
    match rule {
        Rule::Sgd { momentum: 0.0, .. } => {
            for (x, g) in both {
                *x = T::from_f64(x.to_f64() - rate * g.to_f64());
            }
        }
        Rule::Sgd { momentum, nesterov } => {
            // The share of the gradient and of the velocity in the step.
            let (of_g, of_v) = if nesterov { (1.0, momentum) } else { (0.0, 1.0) };
            for ((x, g), v) in both.zip(first) {
                let g = g.to_f64();
                let new = momentum * v.to_f64() + g;
                *v = T::from_f64(new);
                *x = T::from_f64(x.to_f64() - rate * (of_g * g + of_v * new));
            }
        }
        Rule::Adam { beta1, beta2, epsilon, decoupled } => {
            let n = steps as f64;
            let (c1, c2) = (1.0 - libm::pow(beta1, n), 1.0 - libm::pow(beta2, n));
            let keep = 1.0 - rate * decoupled.unwrap_or(0.0);
            for (((x, g), m), v) in both.zip(first).zip(second) {
                let g = g.to_f64();
                let mean = beta1 * m.to_f64() + (1.0 - beta1) * g;
                let square = beta2 * v.to_f64() + (1.0 - beta2) * g * g;
                (*m, *v) = (T::from_f64(mean), T::from_f64(square));
                *x = T::from_f64(x.to_f64() * keep - rate * (mean / c1) / ((square / c2).sqrt() + epsilon));
            }
        }
        Rule::RmsProp { memory, epsilon, momentum } => {
            let scaled = |g: &T, s: &mut T| {
                let g = g.to_f64();
                let square = memory * s.to_f64() + (1.0 - memory) * g * g;
                *s = T::from_f64(square);
                g / (square.sqrt() + epsilon)
            };
            if momentum == 0.0 {
                for ((x, g), s) in both.zip(second) {
                    *x = T::from_f64(x.to_f64() - rate * scaled(g, s));
                }
            } else {
                for (((x, g), s), v) in both.zip(second).zip(first) {
                    let along = scaled(g, s) + momentum * v.to_f64();
                    *v = T::from_f64(along);
                    *x = T::from_f64(x.to_f64() - rate * along);
                }
            }
        }
        Rule::Langevin => {
            for ((x, g), ξ) in both.zip(noise) {
                *x = T::from_f64(x.to_f64() - rate * g.to_f64() + ξ);
            }
        }
    }
}

/// The sum of squares, in blocks of one size.
fn blocked<T: Real>(g: &[T]) -> f64 {
    g.chunks(1024).map(|c| c.iter().map(|x| x.to_f64() * x.to_f64()).sum::<f64>()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bowl with unlike curvatures: every rule must reach its bottom.
    #[test]
    fn every_rule_reaches_the_bottom_of_a_bowl() {
        let rules = [
            (Rule::Sgd { momentum: 0.0, nesterov: false }, 0.1),
            (Rule::Sgd { momentum: 0.9, nesterov: false }, 0.02),
            (Rule::Sgd { momentum: 0.9, nesterov: true }, 0.02),
            (Rule::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decoupled: None }, 0.01),
            (Rule::RmsProp { memory: 0.9, epsilon: 1e-8, momentum: 0.0 }, 0.001),
            (Rule::RmsProp { memory: 0.9, epsilon: 1e-8, momentum: 0.5 }, 0.001),
            (Rule::Langevin, 0.1),
        ];
        for (rule, rate) in rules {
            let mut stepper: Stepper<f64> = Stepper::new(rule, 0.0, None, 3);
            let mut x = [1.0, -2.0, 0.5];
            for _ in 0..4000 {
                let g = [x[0], 3.0 * x[1], 0.5 * x[2]];
                stepper.step(&mut x, &[&g], rate, 0.0, Key(0, 0));
            }
            assert!(x.iter().all(|x| x.abs() < 1e-2), "{rule:?}: {x:?}");
        }
    }

    /// The first steps by hand, from the published formulas.
    #[test]
    fn first_steps() {
        let one = |rule, decay, clip| {
            let mut stepper: Stepper<f64> = Stepper::new(rule, decay, clip, 1);
            let mut x = [1.0];
            let mut trail = vec![];
            for _ in 0..2 {
                stepper.step(&mut x, &[&[2.0]], 0.1, 0.0, Key(0, 0));
                trail.push(x[0]);
            }
            trail
        };
        let near = |a: Vec<f64>, b: [f64; 2]| assert!(a.iter().zip(&b).all(|(x, y)| (x - y).abs() < 1e-12), "{a:?} {b:?}");
        let sgd = |momentum, nesterov| Rule::Sgd { momentum, nesterov };
        near(one(sgd(0.0, false), 0.0, None), [0.8, 0.6]);
        near(one(sgd(0.5, false), 0.0, None), [0.8, 0.5]);
        near(one(sgd(0.5, true), 0.0, None), [0.7, 0.35]);
        near(one(sgd(0.0, false), 0.5, None), [0.75, 0.5125]);
        near(one(sgd(0.0, false), 0.0, Some(1.0)), [0.9, 0.8]);
        let adam = Rule::Adam { beta1: 0.9, beta2: 0.999, epsilon: 0.0, decoupled: None };
        near(one(adam, 0.0, None), [0.9, 0.8]);
        let adamw = Rule::Adam { beta1: 0.9, beta2: 0.999, epsilon: 0.0, decoupled: Some(0.1) };
        near(one(adamw, 0.0, None), [0.89, 0.7811]);
    }

    /// In a harmonic well of stiffness k the chain x ← (1 - ηk) x + √(2ηT) ξ has the variance 2T / (k (2 - ηk)), exactly. 10^6 steps of
    /// 100 wells; the bound is six standard errors (the autocorrelation time is 1 / ηk).
    #[test]
    fn langevin_samples_a_well() {
        let (rate, temperature, n) = (0.2, 0.7, 100);
        let mut stepper: Stepper<f64> = Stepper::new(Rule::Langevin, 0.0, None, n);
        let mut x = vec![0.0; n];
        let (mut sum, mut count) = (0.0, 0.0);
        for k in 0..10_000u64 {
            let g = x.clone();
            stepper.step(&mut x, &[&g], rate, temperature, Key(3, k));
            if k >= 100 {
                sum += x.iter().map(|x| x * x).sum::<f64>();
                count += n as f64;
            }
        }
        let exact = 2.0 * temperature / (2.0 - rate);
        let (found, error) = (sum / count, exact * (2.0 / (count * rate / 2.0)).sqrt());
        assert!((found - exact).abs() < 6.0 * error, "{found} {exact} {error}");
    }

    /// Where the gradient is cut does not matter.
    #[test]
    fn pieces_are_the_whole() {
        let rules = [
            Rule::Sgd { momentum: 0.0, nesterov: false },
            Rule::Sgd { momentum: 0.5, nesterov: true },
            Rule::Adam { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, decoupled: Some(0.1) },
            Rule::RmsProp { memory: 0.9, epsilon: 1e-8, momentum: 0.5 },
            Rule::Langevin,
        ];
        for rule in rules {
            for (decay, clip) in [(0.0, None), (0.1, Some(0.5))] {
                let (mut whole, mut cut): (Stepper<f32>, _) =
                    (Stepper::new(rule, decay, clip, 5), Stepper::new(rule, decay, clip, 5));
                let (mut x, mut y) = ([0.5f32, -1.0, 2.0, 0.25, 3.0], [0.5f32, -1.0, 2.0, 0.25, 3.0]);
                for k in 0..3 {
                    let g = [0.3f32, -0.2, 0.7, 0.1, -0.4];
                    whole.step(&mut x, &[&g], 0.1, 0.7, Key(2, k));
                    cut.step(&mut y, &[&g[..2], &[], &g[2..]], 0.1, 0.7, Key(2, k));
                }
                assert_eq!(x, y, "{rule:?}");
                assert_ne!(x[0], 0.5);
            }
        }
    }

    #[test]
    fn goes_on_from_a_checkpoint() {
        let rule = Rule::Adam { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, decoupled: None };
        let mut whole: Stepper<f32> = Stepper::new(rule, 0.01, None, 2);
        let (mut x, mut y) = ([1.0f32, 2.0], [1.0f32, 2.0]);
        let go = |s: &mut Stepper<f32>, x: &mut [f32; 2]| {
            let g = [x[0], -x[1]];
            s.step(x, &[&g], 0.1, 0.0, Key(0, 0));
        };
        (0..10).for_each(|_| go(&mut whole, &mut x));
        let mut half: Stepper<f32> = Stepper::new(rule, 0.01, None, 2);
        (0..5).for_each(|_| go(&mut half, &mut y));
        let (first, second, steps) = half.memory();
        let mut other: Stepper<f32> = Stepper::new(rule, 0.01, None, 2);
        other.restore(first.to_vec(), second.to_vec(), steps).unwrap();
        (0..5).for_each(|_| go(&mut other, &mut y));
        assert_eq!(x, y);
        assert!(other.restore(vec![], vec![], 0).is_err());
    }
}
