//! Cluster updates of O(n) spins by embedding: the components along a random axis are Ising spins with couplings J_ij |σ_i| |σ_j|
//! (Wolff, Phys. Rev. Lett. 62, 361 (1989)), whose clusters are reflected whole.
//!
//! A bond joins where β J σ_i σ_j > 0, with probability 1 - exp(-2 β J σ_i σ_j), so couplings of either sign and dilution are served;
//! in frustrated models the clusters are valid, and inefficient. States are double precision here.

use super::energy::VectorEnergy;
use super::lane::{MOVES, start};
use crate::field::{Field, FieldLane};
use crate::random::{Key, Stream};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// Sweeps between renormalisations: each reflection changes a length by some 10^-16.
const RENORMALISE: u64 = 256;

pub(super) struct Cluster {
    energy: VectorEnergy,
    /// One cluster from a random site a sweep, instead of the decomposition into all clusters.
    single: bool,
    /// Neighbours by site, compressed rows: site and coupling.
    first: Vec<u32>,
    halves: Vec<(u32, f64)>,
    lanes: Vec<Chain>,
    scratch: Scratch,
    measured: RefCell<Vec<Option<f64>>>,
}

struct Chain {
    beta: f64,
    key: Key,
    stream: Stream,
    state: Vec<f64>,
    sweeps: u64,
    /// Clusters a sweep.
    clusters: u64,
}

#[derive(Default)]
struct Scratch {
    along: Vec<f64>,
    queue: Vec<u32>,
    inside: Vec<bool>,
    root: Vec<u32>,
    flip: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    beta: f64,
    key: (u64, u64),
    position: u64,
    sweeps: u64,
    clusters: u64,
    state: Vec<f64>,
}

const NAME: &[u8; 4] = b"vcl1";

/// Says why cluster updates cannot serve a model, or that they can.
pub(super) fn check(energy: &VectorEnergy) -> Result<(), String> {
    if !energy.matrices.is_empty() {
        return Err("reflection clusters need isotropic couplings J S_i·S_j, not coupling matrices".into());
    }
    if energy.fields.iter().any(|&h| h != 0.0) {
        return Err("reflection clusters need a model without a field".into());
    }
    if energy.anisotropy.iter().any(|&d| d != 0.0) {
        return Err("reflection clusters need a model without on-site anisotropy".into());
    }
    Ok(())
}

impl Cluster {
    /// `energy` must have passed its check and [`check`].
    pub fn new(energy: &VectorEnergy, single: bool, lanes: &[FieldLane]) -> Result<Cluster, String> {
        let mut first = vec![0u32; energy.sites + 1];
        for &(i, j, _) in &energy.bonds {
            first[i as usize + 1] += 1;
            first[j as usize + 1] += 1;
        }
        for i in 0..energy.sites {
            first[i + 1] += first[i];
        }
        let mut next = first.clone();
        let mut halves = vec![(0, 0.0); 2 * energy.bonds.len()];
        for &(i, j, coupling) in &energy.bonds {
            for (from, to) in [(i, j), (j, i)] {
                halves[next[from as usize] as usize] = (to, coupling);
                next[from as usize] += 1;
            }
        }
        let lanes: Vec<Chain> = lanes
            .iter()
            .map(|lane| {
                let state = start(energy, lane)?;
                let key = lane.key.derive(MOVES);
                Ok(Chain { beta: lane.beta, key, stream: Stream::new(key), state, sweeps: 0, clusters: 1 })
            })
            .collect::<Result<_, String>>()?;
        let scratch = Scratch { along: vec![0.0; energy.sites], inside: vec![false; energy.sites], ..Scratch::default() };
        let measured = RefCell::new(vec![None; lanes.len()]);
        Ok(Cluster { energy: energy.clone(), single, first, halves, lanes, scratch, measured })
    }

    fn sweep(&mut self, lane: usize) {
        let clusters = if self.single { self.lanes[lane].clusters } else { 1 };
        for _ in 0..clusters {
            match self.single {
                true => {
                    self.wolff(lane);
                }
                false => self.swendsen_wang(lane),
            }
        }
        let chain = &mut self.lanes[lane];
        chain.sweeps += 1;
        if chain.sweeps.is_multiple_of(RENORMALISE) {
            normalise(&mut chain.state, self.energy.n);
        }
    }

    /// Grows a cluster from a random site and reflects it; gives its size.
    fn wolff(&mut self, lane: usize) -> u64 {
        let n = self.energy.n;
        let chain = &mut self.lanes[lane];
        let axis = axis(n, &mut chain.stream);
        let seed = chain.stream.below(self.energy.sites as u32);
        let Scratch { along, queue, inside, .. } = &mut self.scratch;
        let component = |state: &[f64], i: u32| dot(&state[i as usize * n..][..n], &axis);
        queue.clear();
        queue.push(seed);
        inside[seed as usize] = true;
        along[seed as usize] = component(&chain.state, seed);
        let mut head = 0;
        while head < queue.len() {
            let i = queue[head] as usize;
            head += 1;
            let pull = 2.0 * chain.beta * along[i];
            for &(j, coupling) in &self.halves[self.first[i] as usize..self.first[i + 1] as usize] {
                if !inside[j as usize] && coupling != 0.0 {
                    let other = component(&chain.state, j);
                    if joins(pull * (coupling * other), &mut chain.stream) {
                        inside[j as usize] = true;
                        along[j as usize] = other;
                        queue.push(j);
                    }
                }
            }
        }
        for &i in queue.iter() {
            inside[i as usize] = false;
            reflect(&mut chain.state[i as usize * n..][..n], &axis, along[i as usize]);
        }
        queue.len() as u64
    }

    /// Joins all bonds, and reflects each cluster with probability 1/2 (Swendsen and Wang, Phys. Rev. Lett. 58, 86 (1987)).
    fn swendsen_wang(&mut self, lane: usize) {
        let n = self.energy.n;
        let chain = &mut self.lanes[lane];
        let axis = axis(n, &mut chain.stream);
        let Scratch { along, root, flip, .. } = &mut self.scratch;
        for (s, spin) in along.iter_mut().zip(chain.state.chunks_exact(n)) {
            *s = dot(spin, &axis);
        }
        root.clear();
        root.extend(0..self.energy.sites as u32);
        for &(i, j, coupling) in &self.energy.bonds {
            let doubt = 2.0 * chain.beta * along[i as usize] * (coupling * along[j as usize]);
            if coupling != 0.0 && joins(doubt, &mut chain.stream) {
                let (a, b) = (find(root, i), find(root, j));
                // The smaller site is the root, so that one pass in order finds every root before its sites.
                root[a.max(b) as usize] = a.min(b);
            }
        }
        flip.clear();
        let (mut word, mut left) = (0u32, 0);
        for i in 0..self.energy.sites {
            let above = root[i] as usize;
            let now = if above == i {
                if left == 0 {
                    (word, left) = (chain.stream.next_u32(), 32);
                }
                left -= 1;
                (word >> left & 1) as u8
            } else {
                flip[above]
            };
            flip.push(now);
            if now == 1 {
                reflect(&mut chain.state[i * n..][..n], &axis, along[i]);
            }
        }
    }
}

/// Whether a bond joins: with probability 1 - exp(-x) for x > 0.
#[inline(always)]
fn joins(x: f64, stream: &mut Stream) -> bool {
    // A product of infinity and zero joins nothing.
    if x.is_nan() || x <= 0.0 {
        return false;
    }
    let u = (f64::from(stream.next_u32()) + 0.5) * (1.0 / 4_294_967_296.0);
    // x - x²/2 <= 1 - exp(-x) <= x spares most exponentials.
    if u >= x {
        false
    } else if u < x - 0.5 * x * x {
        true
    } else {
        u < -libm::expm1(-x)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn reflect(spin: &mut [f64], axis: &[f64], along: f64) {
    for (x, a) in spin.iter_mut().zip(axis) {
        *x -= 2.0 * along * a;
    }
}

/// A uniform direction.
fn axis(n: usize, stream: &mut Stream) -> Vec<f64> {
    loop {
        let mut axis: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let square = dot(&axis, &axis);
        if square > 1e-12 {
            normalise(&mut axis, n);
            return axis;
        }
    }
}

/// Brings every spin to length 1.
fn normalise(state: &mut [f64], n: usize) {
    for spin in state.chunks_exact_mut(n) {
        let length = dot(spin, spin).sqrt();
        spin.iter_mut().for_each(|x| *x /= length);
    }
}

/// The root of a site, with the paths halved on the way.
fn find(root: &mut [u32], mut i: u32) -> u32 {
    while root[i as usize] != i {
        let above = root[root[i as usize] as usize];
        root[i as usize] = above;
        i = above;
    }
    i
}

impl Field for Cluster {
    fn lanes(&self) -> usize {
        self.lanes.len()
    }

    fn components(&self) -> usize {
        self.energy.sites * self.energy.n
    }

    fn advance(&mut self, sweeps: u64) {
        for lane in 0..self.lanes.len() {
            for _ in 0..sweeps {
                self.sweep(lane);
            }
            self.measured.borrow_mut()[lane] = None;
        }
    }

    /// Wolff: so many sweeps of N reflected spins each, after which a sweep is ceil(N / mean size of the clusters of the second
    /// half) clusters. The number stays fixed while measuring, where one that depends on the clusters would bias.
    fn warm_up(&mut self, sweeps: u64) {
        if !self.single || sweeps < 2 {
            return self.advance(sweeps);
        }
        let n = self.energy.sites as u64;
        for lane in 0..self.lanes.len() {
            let (mut flipped, mut grown) = (0u64, 0u64);
            for _ in 0..2 {
                (flipped, grown) = (0, 0);
                while flipped < (sweeps / 2).saturating_mul(n) {
                    flipped += self.wolff(lane);
                    grown += 1;
                }
            }
            let clusters = (u128::from(n) * u128::from(grown)).div_ceil(u128::from(flipped.max(1)));
            self.lanes[lane].clusters = clusters.max(1) as u64;
            normalise(&mut self.lanes[lane].state, self.energy.n);
            self.measured.borrow_mut()[lane] = None;
        }
    }

    fn energy(&self, lane: usize) -> f64 {
        *self.measured.borrow_mut()[lane].get_or_insert_with(|| self.energy.energy(&self.lanes[lane].state))
    }

    fn read(&self, lane: usize, state: &mut [f64]) {
        state.copy_from_slice(&self.lanes[lane].state);
    }

    fn write(&mut self, lane: usize, state: &[f64]) {
        self.lanes[lane].state.copy_from_slice(state);
        self.measured.borrow_mut()[lane] = None;
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.lanes[lane].beta = beta;
    }

    fn save(&self) -> Vec<u8> {
        let saved: Vec<Saved> = self
            .lanes
            .iter()
            .map(|chain| Saved {
                beta: chain.beta,
                key: (chain.key.0, chain.key.1),
                position: chain.stream.position(),
                sweeps: chain.sweeps,
                clusters: chain.clusters,
                state: chain.state.clone(),
            })
            .collect();
        // Plain numbers in vectors cannot fail to be written.
        [NAME.to_vec(), postcard::to_stdvec(&saved).unwrap_or_default()].concat()
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let rest = saved.strip_prefix(NAME.as_slice()).ok_or("the saved state is of another kernel")?;
        let saved: Vec<Saved> = postcard::from_bytes(rest).map_err(|_| "the saved state of the cluster kernel is damaged")?;
        if saved.len() != self.lanes.len() {
            return Err(format!("the saved state has {} lanes, the kernel has {}", saved.len(), self.lanes.len()));
        }
        for (chain, from) in self.lanes.iter().zip(&saved) {
            if from.state.len() != chain.state.len() || from.key != (chain.key.0, chain.key.1) {
                return Err("the saved state is of another model or another lane".into());
            }
            if from.beta.is_nan() || from.state.iter().any(|x| x.is_nan() || x.abs() > 2.0) {
                return Err("the saved state of the cluster kernel is damaged".into());
            }
        }
        for (chain, from) in self.lanes.iter_mut().zip(saved) {
            chain.stream = Stream::at(chain.key, from.position);
            (chain.beta, chain.sweeps, chain.clusters, chain.state) = (from.beta, from.sweeps, from.clusters.max(1), from.state);
        }
        self.measured.borrow_mut().fill(None);
        Ok(())
    }
}
