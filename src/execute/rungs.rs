//! The replicas of an exchange in their kernels.

use super::Surroundings;
use super::identity::stream;
use super::look::Place;
use super::units::Rung;
use crate::kernels::exchange::{Exchange, Swap, log_ratio};
use crate::lower::{Chain, Choice, Kernel, States, choose};
use rayon::prelude::*;

/// What changes places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Movement {
    /// Replicas keep their states and change temperatures; the replicas of a set are numbered through all kernels.
    Temperatures,
    /// Points keep their temperatures and energies, and change states. There is one kernel a point; its last lanes are for
    /// trying states of its neighbours.
    States,
}

pub struct Rungs {
    movement: Movement,
    pub kernel: &'static str,
    kernels: Vec<Box<dyn Kernel>>,
    /// For each lane the kernel and the lane in it. Temperatures: by set, then by replica. States: by point, then by set.
    places: Vec<(usize, usize)>,
    points: usize,
    sets: usize,
    /// Whether all points have one energy.
    one_energy: bool,
    room: States,
}

impl Rungs {
    /// All replicas at their starts, replica k of each set at point k.
    pub fn new(s: &Surroundings, line: &[Rung], betas: &[f64]) -> Result<Rungs, String> {
        let first = line[0].p;
        let (points, sets) = (line.len(), (first.chains * first.replicas) as usize);
        let one_energy = line.iter().all(|r| std::ptr::eq(r.model, line[0].model));
        let chain = |set: usize, point: usize| {
            let (chain, replica) = (set as u32 / first.replicas, set as u32 % first.replicas);
            let key = stream(s.plan.seed, s.task, line[point].point, chain, replica);
            Chain { beta: betas[point], key, start: line[point].p.start.of(chain).clone() }
        };
        let refused = |r: crate::lower::Refusal| format!("{}: {}", r.message, r.why);
        let choice = choose(s.plan, line[0].model, first.method, points * sets).map_err(refused)?;
        let room = States::new(line[0].model, 2);
        let mut rungs = Rungs {
            movement: Movement::Temperatures,
            kernel: choice.kernel,
            kernels: vec![],
            places: vec![],
            points,
            sets,
            one_energy,
            room,
        };
        if one_energy {
            let all: Vec<Chain> = (0..sets * points).map(|n| chain(n / points, n % points)).collect();
            for part in all.chunks(choice.lanes_hint(all.len())) {
                rungs.places.extend((0..part.len()).map(|lane| (rungs.kernels.len(), lane)));
                rungs.kernels.push(choice.build(part)?);
            }
            if !rungs.calibrates() {
                return Ok(rungs);
            }
        }
        rungs.movement = Movement::States;
        (rungs.kernels, rungs.places) = (vec![], vec![]);
        let mut own: Option<Choice>;
        for (k, rung) in line.iter().enumerate() {
            let choice = if one_energy {
                &choice
            } else {
                own = Some(choose(s.plan, rung.model, rung.p.method, sets + 2).map_err(refused)?);
                own.as_ref().ok_or("no kernel")?
            };
            let mut lanes: Vec<Chain> = (0..sets).map(|set| chain(set, k)).collect();
            let trial = stream(s.plan.seed, s.task, rung.point, u32::MAX, 1);
            // Two, for kernels that take replicas in pairs.
            lanes.extend([0, 1].map(|k| Chain { key: trial.derive(k), ..lanes[0].clone() }));
            rungs.places.extend((0..sets).map(|lane| (k, lane)));
            rungs.kernels.push(choice.build(&lanes)?);
        }
        Ok(rungs)
    }

    pub fn calibrates(&self) -> bool {
        self.kernels.iter().any(|k| k.calibrates())
    }

    /// One sweep of every replica.
    pub fn advance(&mut self) {
        self.each(|kernel| kernel.advance(1));
    }

    pub fn warm_up(&mut self, sweeps: u64) {
        self.each(|kernel| kernel.warm_up(sweeps));
    }

    fn each(&mut self, f: impl Fn(&mut Box<dyn Kernel>) + Sync + Send) {
        match &mut self.kernels[..] {
            [only] => f(only),
            all => all.par_iter_mut().for_each(f),
        }
    }

    /// The kernel and the lane of what stands at a point of a set.
    pub fn place(&self, set: usize, point: usize, replica: usize) -> Place<'_> {
        let (kernel, lane) = self.at(set, point, replica);
        (&*self.kernels[kernel], lane)
    }

    fn at(&self, set: usize, point: usize, replica: usize) -> (usize, usize) {
        match self.movement {
            Movement::Temperatures => self.places[set * self.points + replica],
            Movement::States => self.places[point * self.sets + set],
        }
    }

    /// ln of the ratio of probabilities for swapping the replicas at a point and the next.
    pub fn log_ratio(&mut self, betas: &[f64], set: usize, point: usize, replicas: (usize, usize)) -> f64 {
        let (a, b) = (self.at(set, point, replicas.0), self.at(set, point + 1, replicas.1));
        let own = (self.kernels[a.0].energy(a.1), self.kernels[b.0].energy(b.1));
        let cross = if self.one_energy { own } else { (self.tried(a, b.0), self.tried(b, a.0)) };
        log_ratio((betas[point], betas[point + 1]), own, cross)
    }

    /// The energy that another kernel gives a state.
    fn tried(&mut self, (kernel, lane): (usize, usize), other: usize) -> f64 {
        self.kernels[kernel].read(lane, &mut self.room, 0);
        let trial = self.sets;
        self.kernels[other].write(trial, &self.room, 0);
        self.kernels[other].energy(trial)
    }

    /// Carries out a swap that was accepted.
    pub fn swap(&mut self, swap: Swap, betas: &[f64]) {
        let Swap { set, point, replicas } = swap;
        match self.movement {
            Movement::Temperatures => {
                for (replica, beta) in [(replicas.0, betas[point]), (replicas.1, betas[point + 1])] {
                    let (kernel, lane) = self.places[set * self.points + replica];
                    self.kernels[kernel].set_beta(lane, beta);
                }
            }
            Movement::States => {
                let (a, b) = (self.places[point * self.sets + set], self.places[(point + 1) * self.sets + set]);
                self.kernels[a.0].read(a.1, &mut self.room, 0);
                self.kernels[b.0].read(b.1, &mut self.room, 1);
                self.kernels[a.0].write(a.1, &self.room, 1);
                self.kernels[b.0].write(b.1, &self.room, 0);
            }
        }
    }

    /// New temperatures for all points.
    pub fn set_betas(&mut self, betas: &[f64], exchange: &Exchange) {
        for set in 0..self.sets {
            for (point, beta) in betas.iter().enumerate() {
                let (kernel, lane) = self.at(set, point, exchange.replica_at(set, point));
                self.kernels[kernel].set_beta(lane, *beta);
            }
        }
    }

    pub fn save(&self) -> Vec<Vec<u8>> {
        self.kernels.iter().map(|k| k.save()).collect()
    }

    pub fn restore(&mut self, saved: &[Vec<u8>]) -> Result<(), String> {
        if saved.len() != self.kernels.len() {
            return Err("a checkpoint of another run".into());
        }
        self.kernels.iter_mut().zip(saved).try_for_each(|(k, bytes)| k.restore(bytes))
    }
}
