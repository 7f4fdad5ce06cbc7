//! Population annealing: replicas cooled together through the temperatures of a line, from the highest to the lowest.
//!
//! They begin as random states, at infinite temperature, where Z is the number of states. Each step resamples them and moves them by `sweeps`
//! sweeps; at each temperature of the line every replica is measured once. Where two temperatures are so far apart that the weights would
//! leave less than [`EFFECTIVE`] of the population effective, steps are put in between: each goes as far as leaves that much of the
//! present population. Several chains are independent populations, averaged with their estimates of Z as weights (Machta 2010).

use super::chains::{CHECKPOINT, SLICE};
use super::exchange::compiled;
use super::identity::stream;
use super::look::Look;
use super::measure::{Columns, assemble};
use super::replicas::Replicas;
use super::units::Rung;
use super::{Stopped, Surroundings};
use crate::diagnostic::codes;
use crate::kernels::population::{FEW_FAMILIES, Population};
use crate::kernels::sampler::Sampler;
use crate::lower::{Chain, Compiled, choose, inverse_temperature};
use crate::plan::{Method, SamplePoint, Start};
use crate::results::{PointResult, Quantity, Warning};
use crate::statistics::binning::jackknife_error;
use crate::statistics::{BinnedMeans, Summary};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// The part of the population that the weights of a step leave effective, (Σ w)² / (R Σ w²), at least.
const EFFECTIVE: f64 = 0.5;
/// The most steps between two temperatures of the line.
const STEPS: f64 = 10_000.0;
/// Groups of initial replicas whose families are left out together for errors.
const BLOCKS: u32 = 50;
/// Attempted changes of all replicas between questions whether to stop.
const STRETCH: u64 = 1 << 22;

/// What one population gave at one temperature.
#[derive(Serialize, Deserialize)]
struct Seen {
    /// ln Z(β) - ln Z(0), and without each block.
    ln_z: f64,
    ln_z_without: Vec<f64>,
    /// For each block its replicas, and for each series the sum over them.
    blocks: Vec<(f64, Vec<f64>)>,
    /// R / ρ_t, and what is to be said of it.
    families: f64,
    warning: Option<String>,
}

/// Where a run stands; a checkpoint.
#[derive(Serialize, Deserialize)]
struct Progress {
    beta: f64,
    /// Sweeps of the present step that are still to do.
    left: u64,
    population: Population,
    replicas: Vec<u8>,
    /// `[chain][temperature]`, from the highest temperature; the last chain is under way.
    seen: Vec<Vec<Seen>>,
}

/// What does not change in the course of a run.
struct Course<'c> {
    s: &'c Surroundings<'c>,
    p: &'c SamplePoint,
    size: u32,
    /// The points from the highest temperature to the lowest: (place in the line, β).
    order: Vec<(usize, f64)>,
}

pub fn run(s: &Surroundings, line: &[Rung], size: u32) -> Result<Vec<PointResult>, Stopped> {
    let failed = Stopped::Failed;
    let (p, model) = (line[0].p, line[0].model);
    let betas: Vec<f64> = line.iter().map(|r| inverse_temperature(&r.p.temperature)).collect::<Result<_, _>>().map_err(failed)?;
    if let Some(b) = betas.iter().find(|b| !(**b >= 0.0 && b.is_finite())) {
        return Err(failed(format!("a population is cooled to temperatures above 0, not to {}", 1.0 / b)));
    }
    let refused = |r: crate::lower::Refusal| failed(format!("{}: {}", r.message, r.why));
    choose(s.plan, model, p.method, size as usize).map_err(refused)?;
    let choice = choose(s.plan, model, Method::METROPOLIS, size as usize).map_err(refused)?;
    let compiled = compiled(s, line, &betas).map_err(failed)?;
    let mut order: Vec<(usize, f64)> = betas.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let course = Course { s, p, size, order };
    let begin = |chain: u32| -> Result<(Population, Replicas), Stopped> {
        let key = stream(s.plan.seed, s.task, s.point, chain, 0);
        let lanes: Vec<Chain> =
            (0..size).map(|r| Chain { beta: 0.0, key: key.derive(u64::from(r)), start: Start::Random }).collect();
        let key = stream(s.plan.seed, s.task, s.point, chain, u32::MAX);
        let population = Population::new(key, size as usize, BLOCKS.min(size) as usize).map_err(failed)?;
        Ok((population, Replicas::new(&choice, &lanes, model).map_err(failed)?))
    };
    let (population, mut replicas) = begin(0)?;
    let mut run = Progress { beta: 0.0, left: 0, population, replicas: vec![], seen: vec![vec![]] };
    let saved = s.parts.and_then(|p| p.read_checkpoint(s.hash)).and_then(|b| postcard::from_bytes::<Progress>(&b).ok());
    if let Some(saved) = saved.filter(|r| course.is_sound(r)) {
        let (_, mut again) = begin(saved.seen.len() as u32 - 1)?;
        if again.restore(&saved.replicas).is_ok() {
            (run, replicas) = (saved, again);
            let done: usize = run.seen.iter().map(Vec::len).sum();
            s.watch.advanced(done as u64 * p.sweeps * u64::from(size));
        }
    }
    let mut last = Instant::now();
    loop {
        course.cool(&mut run, &mut replicas, &mut last, &|at, population, replicas| {
            let mut look = Look::new(&compiled[at], model);
            let mut blocks = vec![(0.0, vec![0.0; compiled[at].series()]); BLOCKS.min(size) as usize];
            for replica in 0..size as usize {
                look.measure(&compiled[at], false, &|_| replicas.place(replica))?;
                let block = &mut blocks[population.block(replica)];
                block.0 += 1.0;
                block.1.iter_mut().zip(&look.out).for_each(|(sum, x)| *sum += x);
            }
            Ok(blocks)
        })?;
        let chain = run.seen.len() as u32;
        if chain == p.chains {
            break;
        }
        (run.population, replicas) = begin(chain)?;
        (run.beta, run.left) = (0.0, 0);
        run.seen.push(vec![]);
    }
    let ln_states: f64 = model.variables.iter().map(|v| v.sites as f64 * libm::log(v.values().len() as f64)).sum();
    let mut results: Vec<Option<PointResult>> = line.iter().map(|_| None).collect();
    for (k, &(at, beta)) in course.order.iter().enumerate() {
        let seen: Vec<&Seen> = run.seen.iter().map(|chain| &chain[k]).collect();
        results[at] = Some(result(line[at].p, &compiled[at], &seen, size, beta, ln_states, choice.kernel));
    }
    Ok(results.into_iter().flatten().collect())
}

type Measure<'m> = dyn Fn(usize, &Population, &Replicas) -> Result<Vec<(f64, Vec<f64>)>, String> + 'm;

impl Course<'_> {
    /// Whether a checkpoint is of this run.
    fn is_sound(&self, run: &Progress) -> bool {
        let (size, blocks) = (self.size as usize, BLOCKS.min(self.size) as usize);
        let chains = run.seen.len();
        let whole = |k: usize, seen: &Vec<Seen>| {
            if k + 1 < chains { seen.len() == self.order.len() } else { seen.len() <= self.order.len() }
        };
        (1..=self.p.chains as usize).contains(&chains)
            && run.population.check(size, blocks).is_ok()
            && run.seen.iter().enumerate().all(|(k, seen)| whole(k, seen))
    }

    /// Takes the present population to the lowest temperature.
    fn cool(&self, run: &mut Progress, replicas: &mut Replicas, last: &mut Instant, measure: &Measure) -> Result<(), Stopped> {
        let chain = run.seen.len() - 1;
        let size = u64::from(self.size);
        let stretch = (STRETCH / (size * replicas.sites().max(1) as u64)).max(1);
        let mut since = Instant::now();
        while let Some(&(at, target)) = self.order.get(run.seen[chain].len()) {
            while run.left > 0 {
                let n = run.left.min(stretch);
                replicas.advance(n);
                run.left -= n;
                if run.beta == target {
                    self.s.watch.advanced(n * size);
                }
                if since.elapsed() > SLICE {
                    since = Instant::now();
                    self.pause(run, replicas, last)?;
                }
            }
            if run.beta == target {
                let blocks = measure(at, &run.population, replicas).map_err(Stopped::Failed)?;
                let families = run.population.families();
                run.seen[chain].push(Seen {
                    ln_z: run.population.ln_z().value,
                    ln_z_without: run.population.ln_z_without().to_vec(),
                    blocks,
                    families: size as f64 / families.rho_t,
                    warning: families.warning(self.size as usize),
                });
                continue;
            }
            let energies: Vec<f64> = (0..self.size as usize).map(|r| replicas.energy(r)).collect();
            if energies.iter().any(|e| !e.is_finite()) {
                return Err(Stopped::Failed(
                    "population annealing begins with random states, some of which have no finite energy".into(),
                ));
            }
            let next = next_beta(&energies, run.beta, target);
            run.population.step(replicas, run.beta, next, 0).map_err(Stopped::Failed)?;
            (run.beta, run.left) = (next, self.p.sweeps);
            if since.elapsed() > SLICE {
                since = Instant::now();
                self.pause(run, replicas, last)?;
            }
        }
        Ok(())
    }

    /// Leaves a checkpoint when it is time, or when the run is to stop.
    fn pause(&self, run: &mut Progress, replicas: &Replicas, last: &mut Instant) -> Result<(), Stopped> {
        let stop = self.s.watch.stop();
        if stop || last.elapsed() > CHECKPOINT {
            if let Some(parts) = self.s.parts {
                run.replicas = replicas.save();
                if let Ok(bytes) = postcard::to_stdvec(&*run) {
                    // A checkpoint that cannot be written costs time later, not results now.
                    let _ = parts.write_checkpoint(self.s.hash, &bytes);
                }
            }
            *last = Instant::now();
        }
        if stop { Err(Stopped::Interrupted) } else { Ok(()) }
    }
}

/// How far a step may go towards a temperature.
fn next_beta(energies: &[f64], beta: f64, target: f64) -> f64 {
    let least = energies.iter().copied().fold(f64::INFINITY, f64::min);
    let effective = |step: f64| {
        let (sum, squares) = energies.iter().fold((0.0, 0.0), |(sum, squares), e| {
            let w = libm::exp(-step * (e - least));
            (sum + w, squares + w * w)
        });
        sum * sum / (energies.len() as f64 * squares)
    };
    let whole = target - beta;
    if effective(whole) >= EFFECTIVE {
        return target;
    }
    let (mut good, mut bad) = (0.0, whole);
    for _ in 0..30 {
        let middle = 0.5 * (good + bad);
        if effective(middle) >= EFFECTIVE { good = middle } else { bad = middle }
    }
    let next = beta + good.max(whole / STEPS);
    // What is left over must be worth a step.
    if target - next < 1e-3 * whole { target } else { next }
}

/// The result of a point from all populations.
fn result(
    p: &SamplePoint,
    compiled: &Compiled,
    seen: &[&Seen],
    size: u32,
    beta: f64,
    ln_states: f64,
    kernel: &str,
) -> PointResult {
    let most = seen.iter().map(|x| x.ln_z).fold(f64::NEG_INFINITY, f64::max);
    let z: Vec<f64> = seen.iter().map(|x| libm::exp(x.ln_z - most)).collect();
    let total: f64 = z.iter().sum();
    let share = |chain: usize| z[chain] / total / f64::from(size);
    let means: Vec<f64> = (0..compiled.series())
        .map(|k| seen.iter().enumerate().map(|(c, x)| share(c) * x.blocks.iter().map(|b| b.1[k]).sum::<f64>()).sum())
        .collect();
    let deviation = |c: usize, (count, sums): &(f64, Vec<f64>)| {
        (share(c) * count, sums.iter().zip(&means).map(|(s, m)| share(c) * (s - count * m)).collect())
    };
    let parts: Vec<(f64, Vec<f64>)> =
        seen.iter().enumerate().flat_map(|(c, x)| x.blocks.iter().map(move |b| (c, b))).map(|(c, b)| deviation(c, b)).collect();
    let binned = BinnedMeans::of_parts(means, &parts, 1.0);
    let families: f64 = seen.iter().map(|x| x.families).sum();
    let summary = |k: usize| {
        let e = binned.jackknife(&mut |means| means[k]);
        let n = seen.len() * size as usize;
        Summary { mean: e.value, error: e.error, tau: f64::NAN, ess: families, rhat: f64::NAN, n, short: false }
    };
    let summaries: Vec<Summary> = (0..compiled.series()).map(summary).collect();
    let estimate = |averages: &[f64], out: &mut [f64]| compiled.estimate(averages, out);
    let observed = compiled.observed().iter().map(|place| place.start..place.start + place.len).collect();
    let (mut quantities, mut warnings) =
        assemble(&p.looks, &Columns { observed, estimate: &estimate }, &binned, &summaries, seen.len());
    for (_, q) in &mut quantities {
        // There is no time in a population.
        (q.tau, q.rhat) = (vec![], vec![]);
    }
    let mut add = |name: &str, q: Quantity| {
        if !quantities.iter().any(|(n, _)| n == name) {
            quantities.push((name.to_string(), q));
        }
    };
    let ln_z = libm::log(total / seen.len() as f64) + most + ln_states;
    let without: Vec<f64> = seen
        .iter()
        .zip(&z)
        .flat_map(|(x, z)| x.ln_z_without.iter().map(move |l| libm::exp(l - most) - z))
        .map(|change| libm::log((total + change) / seen.len() as f64) + most + ln_states)
        .collect();
    add(
        "free_energy",
        if beta == 0.0 {
            Quantity { value: vec![f64::NEG_INFINITY], error: vec![f64::NAN], ..Quantity::default() }
        } else {
            Quantity {
                value: vec![-ln_z / beta],
                error: vec![jackknife_error(&without) / beta],
                replicates: without.iter().map(|x| vec![-x / beta]).collect(),
                ..Quantity::default()
            }
        },
    );
    add("families", Quantity::exact(families));
    if families < FEW_FAMILIES
        && let Some(message) = seen.iter().find_map(|x| x.warning.clone())
    {
        warnings.push(Warning { code: codes::FEW_FAMILIES.0.to_string(), message });
    }
    let kernel = format!("population_annealing of {kernel}");
    PointResult { hash: String::new(), kernel, wall_seconds: 0.0, quantities, kept: vec![], warnings, failed: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_leave_half_of_the_population_effective() {
        let energies: Vec<f64> = (0..1000).map(|k| f64::from(k) * 0.1).collect();
        let mut beta = 0.0;
        let mut steps = 0;
        while beta < 1.0 {
            let next = next_beta(&energies, beta, 1.0);
            assert!(next > beta && next <= 1.0);
            (beta, steps) = (next, steps + 1);
        }
        // Uniform over 100: the effective part is 1/2 near a step of 0.04.
        assert!((20..30).contains(&steps), "{steps}");
        assert_eq!(next_beta(&[1.0, 1.0], 0.0, 1e6), 1e6);
    }
}
