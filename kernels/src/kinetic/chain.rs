//! One lane in continuous time: candidates, events and the clock, over any model of rates.
//!
//! Knows classes and times; what an event does is the model's.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::random::{Key, Stream};
use super::super::sparse::lanes::finite_beta;
use super::Passage;
use super::classes::Classes;
use super::clock::Time;

/// Tag of the sub-stream of events.
const EVENTS: u64 = 0x6b69_6e65_7469_6300;

/// Rates of single-spin moves and what they do.
pub(crate) trait Model: Send + Sync {
    /// One chain's spins and whatever is kept for them.
    type Chain: Send;

    fn sites(&self) -> usize;
    /// The bound of each class at a (finite) inverse temperature.
    fn bounds(&self, beta: f64) -> Vec<f64>;
    /// A chain at a state, with every site in its class.
    fn start(&self, state: &[u8], beta: f64, classes: &mut Classes) -> Self::Chain;
    /// Brings the classes to another temperature; their bounds are set already.
    fn retemper(&self, chain: &mut Self::Chain, beta: f64, classes: &mut Classes);
    /// A candidate: perhaps an event. Returns whether a spin has changed.
    fn try_event(&self, chain: &mut Self::Chain, beta: f64, site: usize, classes: &mut Classes, stream: &mut Stream) -> bool;
    fn energy(&self, chain: &Self::Chain) -> f64;
    fn total(&self, chain: &Self::Chain) -> f64;
    fn read(&self, chain: &Self::Chain, state: &mut [u8]);
    /// Numbers that the state does not determine to the last bit.
    fn save(&self, chain: &Self::Chain) -> Vec<f64>;
    /// A chain from a state and those numbers; `None` where their number does not fit.
    fn restore(&self, state: &[u8], numbers: &[f64]) -> Option<Self::Chain>;
    /// The rate of each site (for tests).
    #[cfg(test)]
    fn rates(&self, chain: &mut Self::Chain, beta: f64) -> Vec<f64>;
}

/// Everything that a lane needs to go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SavedLane {
    pub beta: f64,
    pub state: Vec<u8>,
    numbers: Vec<f64>,
    classes: Vec<u16>,
    order: Vec<u32>,
    position: u64,
    now: Time,
    next: Time,
    candidate: u32,
    events: u64,
}

pub(crate) struct Chain<M: Model> {
    model: Arc<M>,
    key: Key,
    stream: Stream,
    beta: f64,
    chain: M::Chain,
    classes: Classes,
    now: Time,
    /// When the next candidate comes, and which site it is. Kept across calls, so that a path does not depend on how
    /// its time is cut into calls.
    next: Time,
    candidate: u32,
    events: u64,
}

/// A lane, whatever its model.
pub(crate) trait Mover: Send {
    fn advance(&mut self, sweeps: u64);
    fn first_passage(&mut self, passage: Passage, horizon: f64) -> Option<f64>;
    fn events(&self) -> u64;
    fn energy(&self) -> f64;
    fn total(&self) -> f64;
    fn read(&self, state: &mut [u8]);
    fn write(&mut self, state: &[u8]);
    fn set_beta(&mut self, beta: f64);
    fn save(&self) -> SavedLane;
    /// `size(i)` is the number of values of site `i`.
    fn restore(&mut self, saved: SavedLane, size: &dyn Fn(usize) -> usize) -> Result<(), String>;
    #[cfg(test)]
    fn rates(&mut self) -> Vec<f64>;
}

impl<M: Model> Chain<M> {
    pub fn new(model: Arc<M>, key: Key, beta: f64, state: &[u8]) -> Chain<M> {
        let mut classes = Classes::new(model.sites(), model.bounds(finite_beta(beta)));
        let chain = model.start(state, finite_beta(beta), &mut classes);
        let key = key.derive(EVENTS);
        let (now, next) = (Time::START, Time::NEVER);
        let mut all = Chain { stream: Stream::new(key), model, key, beta, chain, classes, now, next, candidate: 0, events: 0 };
        all.plan(all.now);
        all
    }

    /// Draws the next candidate after a time up to which all is known.
    #[inline(always)]
    fn plan(&mut self, from: Time) {
        match self.classes.draw(&mut self.stream) {
            Some((wait, site)) => (self.next, self.candidate) = (from.after(wait), site),
            None => self.next = Time::NEVER,
        }
    }

    /// Whether the next candidate changes a spin.
    #[inline(always)]
    fn step(&mut self) -> bool {
        let site = self.candidate as usize;
        let event = self.model.try_event(&mut self.chain, finite_beta(self.beta), site, &mut self.classes, &mut self.stream);
        self.events += u64::from(event);
        self.plan(self.next);
        event
    }
}

impl<M: Model> Mover for Chain<M> {
    fn advance(&mut self, sweeps: u64) {
        let end = Time { sweeps: self.now.sweeps.saturating_add(sweeps), ..self.now };
        while self.next < end {
            self.step();
        }
        self.now = end;
    }

    fn first_passage(&mut self, passage: Passage, horizon: f64) -> Option<f64> {
        let start = self.now;
        let end = start.after(horizon.max(0.0));
        if passage.reached(self.total()) {
            return Some(0.0);
        }
        while self.next < end {
            let time = self.next;
            if self.step() && passage.reached(self.total()) {
                self.now = time;
                return Some(time.since(start));
            }
        }
        self.now = end;
        None
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn energy(&self) -> f64 {
        self.model.energy(&self.chain)
    }

    fn total(&self) -> f64 {
        self.model.total(&self.chain)
    }

    fn read(&self, state: &mut [u8]) {
        self.model.read(&self.chain, state);
    }

    fn write(&mut self, state: &[u8]) {
        self.classes.clear();
        self.chain = self.model.start(state, finite_beta(self.beta), &mut self.classes);
        self.plan(self.now);
    }

    /// The wait for the next event starts anew, which an exponential wait allows.
    fn set_beta(&mut self, beta: f64) {
        if beta.to_bits() != self.beta.to_bits() {
            self.beta = beta;
            self.classes.set_bounds(self.model.bounds(finite_beta(beta)));
            self.model.retemper(&mut self.chain, finite_beta(beta), &mut self.classes);
            self.plan(self.now);
        }
    }

    fn save(&self) -> SavedLane {
        let mut state = vec![0; self.model.sites()];
        self.read(&mut state);
        SavedLane {
            beta: self.beta,
            state,
            numbers: self.model.save(&self.chain),
            classes: self.classes.classes(),
            order: self.classes.order(),
            position: self.stream.position(),
            now: self.now,
            next: self.next,
            candidate: self.candidate,
            events: self.events,
        }
    }

    fn restore(&mut self, saved: SavedLane, size: &dyn Fn(usize) -> usize) -> Result<(), String> {
        let n = self.model.sites();
        if [saved.state.len(), saved.order.len(), saved.classes.len()] != [n; 3] {
            return Err(format!("the saved state has {} spins, the kernel has {n}", saved.state.len()));
        }
        let mut seen = vec![false; n];
        let fits = |i: &u32| (*i as usize) < n && !std::mem::replace(&mut seen[*i as usize], true);
        if !saved.order.iter().all(fits) || (saved.candidate as usize >= n && n > 0) {
            return Err("the saved state has an order that is none".into());
        }
        if saved.state.iter().enumerate().any(|(i, &p)| usize::from(p) >= size(i)) {
            return Err("the saved state has a spin outside its set".into());
        }
        let mut classes = Classes::new(n, self.model.bounds(finite_beta(saved.beta)));
        if saved.next < saved.now || !(0.0..1.0).contains(&saved.now.part) {
            return Err("the saved state has an event in the past".into());
        }
        if saved.classes.iter().any(|&c| usize::from(c) >= classes.bounds.len()) {
            return Err("the saved state is of another kernel".into());
        }
        for &site in &saved.order {
            classes.put(site as usize, saved.classes[site as usize]);
        }
        let chain = self.model.restore(&saved.state, &saved.numbers).ok_or("the saved state is of another kernel")?;
        (self.chain, self.classes, self.beta) = (chain, classes, saved.beta);
        self.stream = Stream::at(self.key, saved.position);
        (self.now, self.next, self.candidate, self.events) = (saved.now, saved.next, saved.candidate, saved.events);
        Ok(())
    }

    #[cfg(test)]
    fn rates(&mut self) -> Vec<f64> {
        self.model.rates(&mut self.chain, finite_beta(self.beta))
    }
}
