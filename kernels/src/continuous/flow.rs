//! Moves along the gradient: Hamiltonian trajectories, of which one step is Langevin dynamics.
//!
//! Positions are the components on lines and circles; velocities have unit variance, so that H = β E + v²/2, and a step is a
//! length of x. The leapfrog flies straight between kicks: walls reflect the flight and turn the velocity round, angles wrap.
//! Each flight and each kick preserves volume and is undone by turning the velocities, so the walls change neither reversibility
//! nor detailed balance. Reference: R. M. Neal, "MCMC using Hamiltonian dynamics", Handbook of Markov Chain Monte Carlo (2011),
//! sections 2.3 and 5.1.

use super::draws::{TRAJECTORY, VELOCITY, bits, eight, normals, uniform};
use super::metropolis::Room;
use super::plan::Plan;
use super::space::{is_bounded, reflect, wrap};
use crate::field::Space;
use crate::sparse::Simd;
use crate::sparse::block::dispatch;
use crate::sparse::wide::LaneKey;

/// Steps of trajectories differ by up to this part, so that no motion keeps its phase.
const JITTER: f64 = 0.2;

/// The energy and its gradient at a state.
#[derive(Clone, Debug, Default)]
pub(super) struct Slope {
    pub energy: f64,
    pub gradient: Vec<f64>,
}

impl Slope {
    /// Evaluates at a state (with the numbers beyond the last component that batches ask for).
    pub fn evaluate(&mut self, plan: &Plan, simd: Simd, state: &[f64], room: &mut Room) {
        self.gradient.clear();
        self.gradient.resize(plan.components, 0.0);
        self.energy = plan.constant;
        for batch in &plan.batches {
            batch.add_gradient(simd, state, &mut self.energy, &mut self.gradient, &mut room.scratch);
        }
    }

    /// Whether energy and forces are finite on everything that flows.
    pub fn is_finite(&self, plan: &Plan) -> bool {
        self.energy.is_finite() && flowing(plan).all(|(_, range)| self.gradient[range].iter().all(|g| g.is_finite()))
    }
}

/// The spaces and the components that flow.
pub(super) fn flowing(plan: &Plan) -> impl Iterator<Item = (&Space, std::ops::Range<usize>)> {
    plan.held.iter().map(|s| (&plan.blocks[s.block].space, s.first..s.first + s.sites))
}

/// What decides at the end of a trajectory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    /// min(1, exp(-ΔH)).
    Metropolis,
    /// Every end is taken that has an energy (but at β = ∞ only those that do not raise it).
    Always,
}

/// One trajectory to be.
pub(super) struct Trajectory<'a> {
    pub plan: &'a Plan,
    pub simd: Simd,
    pub key: LaneKey,
    pub sweep: u64,
    pub beta: f64,
    pub steps: u32,
    /// The length of a step, before jitter.
    pub step: f64,
    pub jitter: bool,
    pub end: End,
}

impl Trajectory<'_> {
    /// Whether the temperature is zero: velocities are then zero at the start, the force is that of β = 1, and no move may raise
    /// E.
    fn is_cold(&self) -> bool {
        self.beta == f64::MAX
    }

    fn force(&self) -> f64 {
        if self.is_cold() { 1.0 } else { self.beta }
    }

    /// Moves the state; `slope` is that of the state, before and after. Gives the acceptance probability and whether it was
    /// taken.
    pub fn run(&self, state: &mut Vec<f64>, slope: &mut Slope, room: &mut Room, spare: &mut Spare) -> (f64, bool) {
        let words = self.key.block(TRAJECTORY, self.sweep, 0).map(u64::from);
        let (u, shake) = (uniform(bits(words[0], words[1])), uniform(bits(words[2], words[3])));
        let step = if self.jitter { self.step * (1.0 + JITTER * (2.0 * shake - 1.0)) } else { self.step };
        let Spare { velocity, position, slope: there } = spare;
        velocity.clear();
        velocity.resize(self.plan.components + 16, 0.0);
        if !self.is_cold() {
            draw(self.simd, self, velocity);
        }
        position.clone_from(state);
        there.clone_from(slope);
        let kinetic = |velocity: &[f64]| {
            let energy = |range: std::ops::Range<usize>| velocity[range].iter().map(|v| 0.5 * v * v).sum::<f64>();
            flowing(self.plan).map(|(_, range)| energy(range)).sum::<f64>()
        };
        let before = kinetic(velocity);
        self.leapfrog(step, position, velocity, there, room);
        let rise = there.energy - slope.energy;
        let difference = if self.is_cold() {
            if rise <= 0.0 { 0.0 } else { f64::INFINITY }
        } else {
            self.beta * rise + (kinetic(velocity) - before)
        };
        // NaN, from a trajectory that went astray, is no acceptance.
        let probability = if difference <= 0.0 { 1.0 } else { libm::exp(-difference) };
        let probability = if probability.is_nan() || !there.is_finite(self.plan) { 0.0 } else { probability };
        let free = self.end == End::Always && !self.is_cold() && there.is_finite(self.plan);
        let taken = free || u < probability;
        if taken {
            std::mem::swap(state, position);
            std::mem::swap(slope, there);
        }
        (probability, taken)
    }

    /// Integrates so many steps; `slope` is that of the position, before and after.
    pub fn leapfrog(&self, step: f64, position: &mut [f64], velocity: &mut [f64], slope: &mut Slope, room: &mut Room) {
        let push = step * self.force();
        for k in 0..self.steps {
            let part = if k == 0 { 0.5 } else { 1.0 };
            for (space, range) in flowing(self.plan) {
                let (x, v) = (&mut position[range.clone()], &mut velocity[range.clone()]);
                fly(self.simd, space, part * push, step, &slope.gradient[range], x, v);
            }
            slope.evaluate(self.plan, self.simd, position, room);
        }
        for (_, range) in flowing(self.plan) {
            for (v, g) in velocity[range.clone()].iter_mut().zip(&slope.gradient[range]) {
                *v -= 0.5 * push * g;
            }
        }
    }

    /// At β = 0 Langevin noise is without bound, and its limit is a fresh draw: of bounded spaces; the unbounded stay.
    pub fn redraw(&self, state: &mut [f64]) {
        for (space, range) in flowing(self.plan) {
            if !is_bounded(space) {
                continue;
            }
            for i in range {
                let words = self.key.block(VELOCITY, self.sweep, i as u32).map(u64::from);
                let u = uniform(bits(words[0], words[1]));
                state[i] = match space {
                    Space::Line { low, high } => (low + (high - low) * u).clamp(*low, *high),
                    _ => std::f64::consts::PI * (1.0 - 2.0 * u),
                };
            }
        }
    }
}

/// Room for a trajectory.
#[derive(Debug, Default)]
pub(super) struct Spare {
    pub velocity: Vec<f64>,
    pub position: Vec<f64>,
    pub slope: Slope,
}

#[inline(always)]
fn draw_in(run: &Trajectory, velocity: &mut [f64]) {
    for (_, range) in flowing(run.plan) {
        // Sixteen numbers from eight blocks, addressed by the component.
        let mut at = range.start - range.start % 16;
        while at < range.end {
            let two = normals(&eight(&run.key, VELOCITY, run.sweep, at as u32 / 2));
            for (c, normal) in two.iter().enumerate() {
                for (k, x) in normal.iter().enumerate() {
                    let i = at + 8 * c + k;
                    if range.contains(&i) {
                        velocity[i] = *x;
                    }
                }
            }
            at += 16;
        }
    }
}
dispatch!(draw => draw_in [] <> (run: &Trajectory, velocity: &mut [f64]));

/// A kick and a straight flight.
#[inline(always)]
fn fly_in(space: &Space, push: f64, step: f64, gradient: &[f64], position: &mut [f64], velocity: &mut [f64]) {
    let all = position.iter_mut().zip(velocity).zip(gradient);
    match space {
        Space::Line { low, high } if low.is_finite() || high.is_finite() => {
            for ((x, v), g) in all {
                *v -= push * g;
                let (y, sign) = reflect(*x + step * *v, *low, *high);
                *x = y;
                *v *= sign;
            }
        }
        Space::Circle => {
            for ((x, v), g) in all {
                *v -= push * g;
                *x = wrap(*x + step * *v);
            }
        }
        _ => {
            for ((x, v), g) in all {
                *v -= push * g;
                *x += step * *v;
            }
        }
    }
}
dispatch!(fly => fly_in [] <> (
    space: &Space, push: f64, step: f64, gradient: &[f64], position: &mut [f64], velocity: &mut [f64]));
