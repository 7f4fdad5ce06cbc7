//! Chains that run until they stay where they are, or come back: each for itself, at most so many sweeps.

use super::Stopped;
use super::chains::{CHECKPOINT, Gathered, Group};
use super::look::{Look, keep_states};
use crate::lower::{Kernel, Stability, States};
use crate::plan::{Method, Until};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// The quantities that `until` adds, in the order of their series.
pub const COLUMNS: [&str; 3] = ["sweeps_run", "converged", "period"];

/// How a chain ended, or where it is on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Chase {
    /// Sweeps so far; of a chain that has ended, until then.
    pub sweeps: u64,
    /// 0: not ended. 1: at a fixed point. Else the length of a cycle.
    pub period: u64,
    /// The state that it ended with; until then one that a cycle is looked for from (Brent, BIT 20, 176 (1980)).
    state: States,
    /// The sweep of that state, and after how many more it is replaced.
    since: u64,
    power: u64,
    energy: f64,
}

/// Looks at chains after each sweep.
struct Watch<'g> {
    until: Until,
    synchronous: bool,
    group: &'g Group<'g>,
    stability: Option<Stability>,
    room: States,
}

impl Watch<'_> {
    fn begin(&mut self, kernel: &mut dyn Kernel, lane: usize) -> Result<Chase, Stopped> {
        let mut state = States::new(self.group.model, 1);
        kernel.read(lane, &mut state, 0);
        let mut c = Chase { sweeps: 0, period: 0, state, since: 0, power: 1, energy: kernel.energy(lane) };
        if self.until == Until::FixedPoint && self.settled(kernel, lane)? {
            c.period = 1;
        }
        Ok(c)
    }

    /// After a sweep of a chain that has not ended.
    fn look(&mut self, kernel: &mut dyn Kernel, lane: usize, c: &mut Chase) -> Result<(), Stopped> {
        c.sweeps += 1;
        if self.until == Until::Cycle {
            kernel.read(lane, &mut self.room, 0);
            if self.room == c.state {
                c.period = c.sweeps - c.since;
            } else if c.sweeps - c.since == c.power {
                (c.since, c.power) = (c.sweeps, 2 * c.power);
                std::mem::swap(&mut c.state, &mut self.room);
            }
            return Ok(());
        }
        // A sweep that lowered the energy was not yet of a fixed point, as a rule; the next one will tell.
        let energy = kernel.energy(lane);
        let moved = energy < c.energy && !self.synchronous;
        c.energy = energy;
        if !moved && self.settled(kernel, lane)? {
            c.period = 1;
            kernel.read(lane, &mut c.state, 0);
        }
        Ok(())
    }

    fn settled(&mut self, kernel: &mut dyn Kernel, lane: usize) -> Result<bool, Stopped> {
        if let Some(known) = kernel.settled(lane) {
            return Ok(known);
        }
        if self.stability.is_none() {
            self.stability = Some(self.group.choice.stability().map_err(Stopped::Failed)?);
        }
        kernel.read(lane, &mut self.room, 0);
        Ok(self.stability.as_mut().is_some_and(|s| s.holds(self.room.view())))
    }
}

impl Group<'_> {
    /// Runs every chain to its end, and looks at it there once.
    pub(super) fn chase(&self, until: Until, mut kernel: Box<dyn Kernel>, mut g: Gathered) -> Result<Gathered, Stopped> {
        let lanes = kernel.lanes();
        if self.beta.is_finite() {
            return Err(Stopped::Failed("chains come to an end at temperature 0 only".into()));
        }
        let mut watch = Watch {
            until,
            synchronous: matches!(self.p.method, Method::Synchronous { .. }),
            group: self,
            stability: None,
            room: States::new(self.model, 1),
        };
        if g.chases.is_empty() {
            g.chases = (0..lanes).map(|lane| watch.begin(&mut *kernel, lane)).collect::<Result<_, _>>()?;
        }
        let mut last = Instant::now();
        let mut sweep = g.warmed;
        while sweep < self.p.sweeps && g.chases.iter().any(|c| c.period == 0) {
            kernel.advance(1);
            sweep += 1;
            g.warmed = sweep;
            self.s.watch.advanced(lanes as u64);
            for lane in 0..lanes {
                if g.chases[lane].period == 0 {
                    watch.look(&mut *kernel, lane, &mut g.chases[lane])?;
                }
            }
            if last.elapsed() > super::chains::SLICE && (self.s.watch.stop() || last.elapsed() > CHECKPOINT) {
                self.pause(&mut *kernel, &mut g, &mut last)?;
            }
        }
        self.s.watch.advanced((self.p.sweeps - sweep) * lanes as u64);
        // A chain stays what it was when it ended, however long those beside it ran on.
        for (lane, c) in g.chases.iter().enumerate().filter(|c| c.1.period > 0) {
            kernel.write(lane, &c.state, 0);
        }
        let mut look = Look::new(self.compiled, self.model);
        let replicas = self.p.replicas as usize;
        for chain in 0..self.chains.len() {
            look.measure(self.compiled, keep_states(self.p).is_some(), &|r| (&*kernel, chain * replicas + r))
                .map_err(Stopped::Failed)?;
            g.record(chain, self.p, 0, &look);
        }
        g.measured = 1;
        let own = self.compiled.series();
        for (lane, c) in g.chases.iter().enumerate() {
            let numbers = [c.sweeps as f64, f64::from(u8::from(c.period > 0)), c.period as f64];
            for (series, x) in g.series[own..].iter_mut().zip(numbers) {
                series[lane / replicas].push(x);
            }
        }
        Ok(g)
    }
}
