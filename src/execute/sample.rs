//! The driver of `sample`: chains over kernels, measurements, checkpoints, quantities.

use super::identity::stream;
use super::measure::{Measured, quantities};
use super::{Stopped, Surroundings};
use crate::kernels::sampler::{Lane, Start};
use crate::lower::{Choice, Compiled, Kernel, Materials, choose, choose_exact, inverse_temperature};
use crate::plan::{Keep, Method, Model, SamplePoint};
use crate::results::{Kept, PointResult, Quantity};
use crate::statistics::{Histogram, bins};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// How often a long point leaves a checkpoint.
const CHECKPOINT: Duration = Duration::from_secs(20);
/// How long the kernel runs before it is asked again whether to stop.
const SLICE: Duration = Duration::from_millis(40);

/// The start of the kernels, from the start of the plan.
pub fn start(s: &crate::plan::Start, model: &Model) -> Start {
    match s {
        crate::plan::Start::Random => Start::Random,
        crate::plan::Start::Uniform(k) => Start::Uniform(*k),
        crate::plan::Start::Lowest => Start::Uniform(0),
        crate::plan::Start::Highest => {
            let state = model.variables.iter().flat_map(|v| std::iter::repeat_n((v.values.len() - 1) as u8, v.sites)).collect();
            Start::Given(state)
        }
        crate::plan::Start::Given(state) => Start::Given((**state).clone()),
    }
}

/// Some chains that one kernel moves side by side.
struct Group<'g> {
    s: &'g Surroundings<'g>,
    p: &'g SamplePoint,
    model: &'g Model,
    choice: &'g Choice<'g>,
    compiled: &'g Compiled,
    name: String,
    /// The chains' numbers.
    chains: std::ops::Range<u32>,
    beta: f64,
}

/// What a group has gathered; a checkpoint together with the kernel's state.
#[derive(Serialize, Deserialize, Default)]
struct Gathered {
    warmed: u64,
    measured: u64,
    kernel: Vec<u8>,
    /// `[series][chain][measurement]`
    series: Vec<Vec<Vec<f64>>>,
    /// `[chain]`, all kept states one after the other.
    states: Vec<Vec<u8>>,
}

pub fn run(s: &Surroundings, p: &SamplePoint, model: &Model) -> Result<PointResult, Stopped> {
    let failed = Stopped::Failed;
    let beta = inverse_temperature(&p.temperature).map_err(failed)?;
    let labels = s
        .task
        .axes
        .iter()
        .zip(s.task.position(s.point))
        .map(|(a, i)| (a.name.clone(), a.coordinates.number(i)))
        .collect::<Vec<_>>();
    let coordinate = |axis: &str| labels.iter().find(|(n, _)| n == axis).and_then(|(_, x)| *x);
    let materials = Materials::new(s.plan);
    let compiled = Compiled::new(&materials, model, &p.looks, p.replicas as usize, &coordinate).map_err(failed)?;
    if p.method == Method::Exact {
        let chosen = choose_exact(s.plan, model, &compiled).map_err(|r| failed(format!("{}: {}", r.message, r.why)))?;
        let values = chosen.values(&compiled, beta).map_err(failed)?;
        s.watch.advanced(1);
        let columns = compiled
            .observed()
            .iter()
            .map(|place| (place, &values.observe))
            .chain(compiled.estimated().iter().map(|place| (place, &values.estimate)));
        let quantities = columns
            .map(|(place, data)| {
                let value = data[place.start..place.start + place.len].to_vec();
                (
                    place.name.clone(),
                    Quantity { shape: place.shape.clone(), error: vec![0.0; value.len()], value, ..Quantity::default() },
                )
            })
            .collect();
        return Ok(result(chosen.kernel.to_string(), quantities, vec![], vec![]));
    }
    let choice = choose(s.plan, model, p.method, (p.chains * p.replicas) as usize)
        .map_err(|r| failed(format!("{}: {}", r.message, r.why)))?;
    let replicas = p.replicas as usize;
    let per_group = (choice.lanes_hint(p.chains as usize * replicas) / replicas).clamp(1, p.chains as usize) as u32;
    let groups: Vec<Group> = (0..p.chains)
        .step_by(per_group as usize)
        .map(|first| Group {
            s,
            p,
            model,
            choice: &choice,
            compiled: &compiled,
            name: format!("{}-{first}", s.hash),
            chains: first..(first + per_group).min(p.chains),
            beta,
        })
        .collect();
    let gathered: Vec<Result<Gathered, Stopped>> = groups.par_iter().map(Group::run).collect();
    let mut series: Vec<Vec<Vec<f64>>> = vec![Vec::new(); compiled.series()];
    let mut states = Vec::new();
    let mut stopped = None;
    for g in gathered {
        match g {
            Ok(g) => {
                for (all, own) in series.iter_mut().zip(g.series) {
                    all.extend(own);
                }
                states.extend(g.states);
            }
            // A failure says more than an interruption.
            Err(Stopped::Failed(reason)) => stopped = Some(Stopped::Failed(reason)),
            Err(other) => stopped = stopped.or(Some(other)),
        }
    }
    if let Some(stopped) = stopped {
        return Err(stopped);
    }
    let estimate = |averages: &[f64], out: &mut [f64]| compiled.estimate(averages, out);
    let observed = compiled.observed().iter().map(|place| place.start..place.start + place.len).collect();
    let measured = Measured { series: &series, observed, averages: 0..series.len(), estimate: &estimate };
    let (quantities, warnings) = quantities(&p.looks, &measured);
    let kept = kept(p, model, &compiled, &series, &states);
    if let Some(parts) = s.parts {
        groups.iter().for_each(|g| parts.remove_checkpoint(&g.name));
    }
    Ok(result(choice.kernel.to_string(), quantities, kept, warnings))
}

fn result(
    kernel: String,
    quantities: Vec<(String, crate::results::Quantity)>,
    kept: Vec<(String, Kept)>,
    warnings: Vec<crate::results::Warning>,
) -> PointResult {
    PointResult { hash: String::new(), kernel, wall_seconds: 0.0, quantities, kept, warnings, failed: None }
}

impl Group<'_> {
    fn run(&self) -> Result<Gathered, Stopped> {
        let replicas = self.p.replicas;
        let mut lanes = Vec::new();
        for chain in self.chains.clone() {
            for replica in 0..replicas {
                let key = stream(self.s.plan.seed, self.s.task, self.s.point, chain, replica);
                lanes.push(Lane { beta: self.beta, key, start: start(&self.p.start, self.model) });
            }
        }
        let mut kernel = self.choice.build(&lanes).map_err(Stopped::Failed)?;
        let chains = self.chains.len();
        let mut g = Gathered {
            series: vec![vec![Vec::new(); chains]; self.compiled.series()],
            states: vec![Vec::new(); chains],
            ..Gathered::default()
        };
        let saved =
            self.s.parts.and_then(|p| p.read_checkpoint(&self.name)).and_then(|b| postcard::from_bytes::<Gathered>(&b).ok());
        if let Some(saved) = saved
            && saved.series.len() == g.series.len()
            && kernel.restore(&saved.kernel).is_ok()
        {
            g = saved;
            self.s.watch.advanced((g.warmed + g.measured * self.p.every) * lanes.len() as u64);
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
        let mut buffers = Buffers::new(self, kernel.sites());
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
            buffers.measure(self, &mut *kernel, &mut g)?;
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
        self.s.watch.advanced(done * lanes as u64);
        done
    }

    /// Leaves a checkpoint when it is time, or when the run is to stop.
    fn pause(&self, kernel: &mut dyn Kernel, g: &mut Gathered, last: &mut Instant) -> Result<(), Stopped> {
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

struct Buffers {
    state: Vec<u8>,
    out: Vec<f64>,
    energies: Vec<f64>,
    totals: Vec<Option<f64>>,
    sites: usize,
}

impl Buffers {
    fn new(group: &Group, sites: usize) -> Buffers {
        let replicas = group.p.replicas as usize;
        Buffers {
            state: vec![0; sites * replicas],
            out: vec![0.0; group.compiled.series()],
            energies: vec![0.0; replicas],
            totals: vec![None; replicas],
            sites,
        }
    }

    /// One measurement of every chain.
    fn measure(&mut self, group: &Group, kernel: &mut dyn Kernel, g: &mut Gathered) -> Result<(), Stopped> {
        let replicas = group.p.replicas as usize;
        let keep_states = group.p.looks.keep.iter().find_map(|k| match k {
            Keep::States { every, last } => Some((*every, *last)),
            _ => None,
        });
        for chain in 0..group.chains.len() {
            let lane = chain * replicas;
            for r in 0..replicas {
                self.energies[r] = kernel.energy(lane + r);
                self.totals[r] = if group.compiled.needs_total() { kernel.total(lane + r) } else { None };
            }
            let total_missing = group.compiled.needs_total() && self.totals.iter().any(Option::is_none);
            if group.compiled.reads_state() || keep_states.is_some() || total_missing {
                for r in 0..replicas {
                    kernel.read(lane + r, &mut self.state[r * self.sites..(r + 1) * self.sites]);
                }
            }
            let state = &self.state;
            group.compiled.measure(&self.energies, &self.totals, &mut || state, &mut self.out);
            if let Some(k) = self.out.iter().position(|x| x.is_nan()) {
                return Err(Stopped::Failed(format!("{} is not a number in some state", group.compiled.series_name(k))));
            }
            for (series, x) in g.series.iter_mut().zip(&self.out) {
                series[chain].push(*x);
            }
            if let Some((every, last)) = keep_states {
                if last {
                    g.states[chain].clear();
                }
                if last || g.measured.is_multiple_of(every) {
                    g.states[chain].extend_from_slice(&self.state[..self.sites]);
                }
            }
        }
        Ok(())
    }
}

/// What `keep` asked for.
fn kept(
    p: &SamplePoint,
    model: &Model,
    compiled: &Compiled,
    series: &[Vec<Vec<f64>>],
    states: &[Vec<u8>],
) -> Vec<(String, Kept)> {
    let mut out = Vec::new();
    let columns = compiled.observed();
    let column = |name: &str| columns.iter().find(|place| place.name == name).map(|place| place.start..place.start + place.len);
    for keep in &p.looks.keep {
        match keep {
            Keep::Series { names } => {
                for name in names {
                    let Some(range) = column(name) else { continue };
                    let size = range.len();
                    for (i, k) in range.enumerate() {
                        let chains = series[k].len();
                        let samples = series[k].first().map_or(0, Vec::len);
                        let label = if size == 1 { name.clone() } else { format!("{name}_{i}") };
                        out.push((label, Kept::Series { chains, samples, data: series[k].concat() }));
                    }
                }
            }
            Keep::Histogram { name, bins: cells, low, high } => {
                let Some(range) = column(name) else { continue };
                let chains: Vec<&[f64]> = series[range.start].iter().map(Vec::as_slice).collect();
                let tau = crate::statistics::integrated_time(&chains).tau;
                let lengths: Vec<usize> = chains.iter().map(|c| c.len()).collect();
                if let Ok(h) = Histogram::new(&chains, &bins(&lengths, tau), *low, *high, *cells) {
                    let outside = if h.total > 0 { h.outside as f64 / h.total as f64 } else { 0.0 };
                    out.push((
                        name.clone(),
                        Kept::Histogram { low: *low, high: *high, density: h.density, error: h.error, outside },
                    ));
                }
            }
            Keep::States { .. } => {
                let sites = model.sites();
                let table: Vec<&[f64]> =
                    model.variables.iter().flat_map(|v| std::iter::repeat_n(v.values.as_slice(), v.sites)).collect();
                let samples = states.first().map_or(0, |s| s.len() / sites.max(1));
                let data =
                    states.iter().flat_map(|s| s.iter().enumerate().map(|(k, &x)| table[k % sites][x as usize] as f32)).collect();
                out.push(("states".to_string(), Kept::States { chains: states.len(), samples, sites, data }));
            }
        }
    }
    out
}
