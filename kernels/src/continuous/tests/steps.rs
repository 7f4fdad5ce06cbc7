//! Trajectories: reversibility, the order of their energy error, the steps that are found, moves at zero temperature.

use super::super::flow::{End, Slope, Trajectory};
use super::super::metropolis::Room;
use super::super::plan::Plan;
use super::super::{LaneKey, Simd, batch};
use super::*;
use crate::generic::Function;

/// An anharmonic ring with an angle and two walls; the walls are far enough, or near enough to be met.
fn ring(walls: f64) -> FieldModel {
    let blocks = vec![line(4), block(2, Space::Circle), block(2, Space::Line { low: -walls, high: walls })];
    model(blocks, |b, x| {
        let mut terms = Vec::new();
        for i in 0..8 {
            let cosine = b.unary(Function::Cos, x[(i + 1) % 8]);
            // Angles enter by their sines, so that the energy is smooth where they wrap.
            let own = if (4..6).contains(&i) { b.unary(Function::Sin, x[i]) } else { x[i] };
            terms.push(times(b, 0.7, &[own, cosine]));
            if !(4..6).contains(&i) {
                terms.push(power(b, 0.5, x[i], 2.0));
                terms.push(power(b, 0.1, x[i], 4.0));
            }
        }
        terms
    })
}

struct Bench {
    plan: Plan,
    state: Vec<f64>,
    velocity: Vec<f64>,
    slope: Slope,
    room: Room,
}

fn bench(walls: f64) -> Bench {
    let model = ring(walls);
    let plan = Plan::new(&model.blocks, &model.graph, |_| false).unwrap();
    let mut room = Room::default();
    room.scratch.fit(plan.batches.iter());
    let mut state = vec![0.3, -0.7, 1.1, 0.2, 2.9, -1.0, 0.25, -0.3];
    state.resize(8 + batch::WIDE, 0.0);
    let velocity = vec![0.5, -1.2, 0.8, 0.1, 1.9, -0.4, 1.3, -0.9];
    let mut slope = Slope::default();
    slope.evaluate(&plan, Simd::detect(), &state, &mut room);
    Bench { plan, state, velocity, slope, room }
}

impl Bench {
    fn go(&mut self, steps: u32, step: f64) {
        let key = LaneKey::new(Key(1, 1));
        let (plan, simd) = (&self.plan, Simd::detect());
        let run = Trajectory { plan, simd, key, sweep: 0, beta: 1.3, steps, step, jitter: false, end: End::Metropolis };
        run.leapfrog(step, &mut self.state, &mut self.velocity, &mut self.slope, &mut self.room);
    }

    fn hamiltonian(&self) -> f64 {
        1.3 * self.slope.energy + self.velocity.iter().map(|v| 0.5 * v * v).sum::<f64>()
    }
}

#[test]
fn trajectories_are_undone_by_turning_round() {
    for walls in [0.4, 50.0] {
        let mut b = bench(walls);
        let (state, velocity) = (b.state.clone(), b.velocity.clone());
        b.go(40, 0.11);
        assert!(b.state.iter().zip(&state).any(|(x, y)| (x - y).abs() > 0.5));
        assert!(b.state[6..8].iter().all(|x| x.abs() <= walls));
        b.velocity.iter_mut().for_each(|v| *v = -*v);
        b.go(40, 0.11);
        for (x, y) in b.state.iter().zip(&state).chain(b.velocity.iter().map(|v| -v).collect::<Vec<_>>().iter().zip(&velocity)) {
            assert!((x - y).abs() < 1e-9, "{x} {y}");
        }
    }
}

/// Over a fixed time the error of H falls with the square of the step: by 4 at each halving.
#[test]
fn energy_errors_are_of_second_order() {
    let error = |steps: u32| {
        let mut b = bench(50.0);
        let before = b.hamiltonian();
        b.go(steps, 1.6 / f64::from(steps));
        (b.hamiltonian() - before).abs()
    };
    for steps in [64, 128, 256] {
        let ratio = error(steps) / error(2 * steps);
        assert!((ratio - 4.0).abs() < 0.15, "{steps} steps: {ratio}");
    }
}

#[test]
fn warm_up_finds_steps_and_windows() {
    let model = ring(2.0);
    // Acceptances are means over thousands of moves; the ranges are wide compared with their errors (below 0.02).
    for (rule, low, high) in [(HMC, 0.65, 0.95), (MALA, 0.45, 0.7), (FieldRule::Metropolis, 0.38, 0.52)] {
        let mut kernel = Continuous::new(&model, rule, &lanes(8, 2.0)).unwrap();
        kernel.warm_up(300);
        kernel.warm_up(300);
        kernel.advance(1000);
        let acceptance = kernel.acceptance().unwrap();
        assert!((low..high).contains(&acceptance), "{rule:?}: {acceptance}");
    }
}

/// At β = ∞ no sweep raises the energy, and it comes down to a minimum.
#[test]
fn zero_temperature_only_descends() {
    let model = phi();
    for rule in [FieldRule::Metropolis, HMC, MALA, FieldRule::Langevin { step: Some(0.05), adjusted: false }] {
        let mut kernel = Continuous::new(&model, rule, &lanes(4, f64::INFINITY)).unwrap();
        let mut energy: Vec<f64> = (0..4).map(|l| kernel.energy(l)).collect();
        for round in 0..400 {
            if round < 200 {
                kernel.warm_up(1)
            } else {
                kernel.advance(1)
            }
            for (lane, before) in energy.iter_mut().enumerate() {
                let after = kernel.energy(lane);
                assert!(after <= *before + 1e-12, "{rule:?}: {before} {after}");
                *before = after;
            }
        }
        // Two wells at ±1 with the spins along: E = 2 (1/4 - 1/2) - 2 * 0.5, up to what single moves leave of the way.
        assert!(energy.iter().all(|e| *e < -1.2), "{rule:?}: {energy:?}");
    }
}

fn phi() -> FieldModel {
    model(vec![line(2), block(2, Space::Finite(vec![-1.0, 1.0]))], |b, x| {
        let mut terms = Vec::new();
        for i in 0..2 {
            terms.push(power(b, 0.25, x[i], 4.0));
            terms.push(power(b, -0.5, x[i], 2.0));
            terms.push(times(b, -0.5, &[x[i], x[2 + i]]));
        }
        terms
    })
}
