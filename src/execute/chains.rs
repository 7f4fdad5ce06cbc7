//! Some chains of one point that a kernel moves side by side: sweeps, measurements, checkpoints.

use super::identity::stream;
use super::look::{Look, keep_states};
use super::until::{COLUMNS, Chase};
use super::{Stopped, Surroundings};
use crate::lower::{Chain, Choice, Compiled, Kernel, States};
use crate::plan::{Model, SamplePoint};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// How often a long point leaves a checkpoint.
pub const CHECKPOINT: Duration = Duration::from_secs(20);
/// How long the kernel runs before it is asked again whether to stop.
pub const SLICE: Duration = Duration::from_millis(40);

/// Some chains that one kernel moves side by side.
pub struct Group<'g> {
    pub s: &'g Surroundings<'g>,
    pub p: &'g SamplePoint,
    pub model: &'g Model,
    pub choice: &'g Choice<'g>,
    pub compiled: &'g Compiled,
    pub name: String,
    /// The chains' numbers.
    pub chains: std::ops::Range<u32>,
    pub beta: f64,
}

/// What a group has gathered; a checkpoint together with the kernel's state.
#[derive(Serialize, Deserialize)]
pub struct Gathered {
    pub warmed: u64,
    pub measured: u64,
    pub kernel: Vec<u8>,
    /// `[series][chain][measurement]`
    pub series: Vec<Vec<Vec<f64>>>,
    /// `[chain]`, all kept states one after the other, of each measurement those of all replicas.
    pub states: Vec<States>,
    /// Of chains that run until they come to an end.
    pub chases: Vec<Chase>,
}

impl Gathered {
    pub fn new(model: &Model, series: usize, chains: usize) -> Gathered {
        Gathered {
            warmed: 0,
            measured: 0,
            kernel: vec![],
            series: vec![vec![Vec::new(); chains]; series],
            states: vec![States::none(model); chains],
            chases: vec![],
        }
    }

    /// Adds a measurement of a chain.
    pub fn record(&mut self, chain: usize, p: &SamplePoint, measured: u64, look: &Look) {
        for (series, x) in self.series.iter_mut().zip(&look.out) {
            series[chain].push(*x);
        }
        if let Some((every, last)) = keep_states(p) {
            if last {
                self.states[chain].clear();
            }
            if last || measured.is_multiple_of(every) {
                self.states[chain].append(&look.states);
            }
        }
    }
}

impl Group<'_> {
    pub fn run(&self) -> Result<Gathered, Stopped> {
        let replicas = self.p.replicas;
        let mut lanes = Vec::new();
        for chain in self.chains.clone() {
            for replica in 0..replicas {
                let key = stream(self.s.plan.seed, self.s.task, self.s.point, chain, replica);
                lanes.push(Chain { beta: self.beta, key, start: self.p.start.of(chain).clone() });
            }
        }
        let mut kernel = self.choice.build(&lanes).map_err(Stopped::Failed)?;
        let chains = self.chains.len();
        let further = if self.p.until.is_some() { COLUMNS.len() } else { 0 };
        let mut g = Gathered::new(self.model, self.compiled.series() + further, chains);
        let saved =
            self.s.parts.and_then(|p| p.read_checkpoint(&self.name)).and_then(|b| postcard::from_bytes::<Gathered>(&b).ok());
        if let Some(saved) = saved
            && saved.series.len() == g.series.len()
            && kernel.restore(&saved.kernel).is_ok()
        {
            g = saved;
            self.s.watch.advanced((g.warmed + g.measured * self.p.every) * lanes.len() as u64);
        }
        if let Some(until) = self.p.until {
            return self.chase(until, kernel, g);
        }
        let mut last = Instant::now();
        // The second half of the warm-up calibrates kernels that choose their pace.
        let first_half = self.p.warmup / 2;
        while g.warmed < first_half {
            let n = self.advance(&mut *kernel, first_half - g.warmed, lanes.len());
            g.warmed += n;
            self.pause(&mut *kernel, &mut g, &mut last)?;
        }
        if g.warmed < self.p.warmup {
            kernel.warm_up(self.p.warmup - g.warmed);
            self.s.watch.advanced((self.p.warmup - g.warmed) * lanes.len() as u64);
            g.warmed = self.p.warmup;
            self.pause(&mut *kernel, &mut g, &mut last)?;
        }
        let measurements = if self.p.looks.at_end { 1 } else { self.p.sweeps / self.p.every };
        let every = if self.p.looks.at_end { self.p.sweeps } else { self.p.every };
        let mut look = Look::new(self.compiled, self.model);
        let mut since = Instant::now();
        while g.measured < measurements {
            let mut left = every;
            while left > 0 {
                // A long stretch between two measurements is interrupted without a checkpoint: it is
                // done again from the last measurement.
                let n = self.advance(&mut *kernel, left, lanes.len());
                left -= n;
                if left > 0 && self.s.watch.stop() {
                    return Err(Stopped::Interrupted);
                }
            }
            for chain in 0..chains {
                let first = chain * replicas as usize;
                look.measure(self.compiled, keep_states(self.p).is_some(), &|r| (&*kernel, first + r))
                    .map_err(Stopped::Failed)?;
                let measured = g.measured;
                g.record(chain, self.p, measured, &look);
            }
            g.measured += 1;
            if since.elapsed() > SLICE {
                since = Instant::now();
                self.pause(&mut *kernel, &mut g, &mut last)?;
            }
        }
        Ok(g)
    }

    /// Moves by at most `most` sweeps, for about a slice of time; how many it were.
    fn advance(&self, kernel: &mut dyn Kernel, most: u64, lanes: usize) -> u64 {
        let done = advance(kernel, most);
        self.s.watch.advanced(done * lanes as u64);
        done
    }

    /// Leaves a checkpoint when it is time, or when the run is to stop.
    pub(super) fn pause(&self, kernel: &mut dyn Kernel, g: &mut Gathered, last: &mut Instant) -> Result<(), Stopped> {
        let stop = self.s.watch.stop();
        if stop || last.elapsed() > CHECKPOINT {
            if let Some(parts) = self.s.parts {
                g.kernel = kernel.save();
                if let Ok(bytes) = postcard::to_stdvec(&*g) {
                    // A checkpoint that cannot be written costs time later, not results now.
                    let _ = parts.write_checkpoint(&self.name, &bytes);
                }
            }
            *last = Instant::now();
        }
        if stop { Err(Stopped::Interrupted) } else { Ok(()) }
    }
}

/// Moves a kernel by at most `most` sweeps, for about a slice of time; how many it were.
pub fn advance(kernel: &mut dyn Kernel, most: u64) -> u64 {
    let started = Instant::now();
    let mut done = 0;
    let mut n = 1;
    while done < most {
        n = n.min(most - done);
        kernel.advance(n);
        done += n;
        let elapsed = started.elapsed();
        if elapsed > SLICE {
            break;
        }
        if elapsed < SLICE / 4 {
            n *= 2;
        }
    }
    done
}
