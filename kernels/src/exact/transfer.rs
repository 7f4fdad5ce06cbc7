//! The transfer matrix of pairwise Ising models whose graph is narrow: chains, strips, ladders, trees.
//!
//! One site is taken up at a time and one whose bonds are all done is summed over: the sparse factorisation of the transfer matrix,
//! O(2^width) a site. Derivatives in β and in a uniform field are carried along, exactly; no finite differences.

use super::stream::check_betas;
use super::transfer_order::{best_order, finished, neighbours};
use crate::sampler::PairEnergy;

/// The widest frontier that is served: 2^22 states with five numbers each.
pub const MOST_FRONTIER: usize = 22;

/// Exact averages of a strip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strip {
    pub log_z: f64,
    /// The mean energy of the whole system.
    pub energy: f64,
    /// The variance of the energy; the heat capacity is β² times it.
    pub energy_variance: f64,
    /// The mean of the sum of the spins.
    pub total: f64,
    /// The mean of its square.
    pub total_squared: f64,
}

/// Z and its derivatives, as a function of the frontier: 1, ∂β, ∂β², ∂η, ∂η² with η conjugate to the sum of the spins.
type Entry = [f64; 5];

/// Exact averages of a model at each of `betas`.
///
/// Sites may stand in any order: one with a narrow frontier is looked for. A strip of width W needs a frontier of W + 1, with
/// the boundary across open or periodic; closed along its length, 2 W or a little more. Err where the frontier is wider than
/// [`MOST_FRONTIER`], for a model or a β that is not sound, and where all weights underflow: states of the frontier whose weight is
/// below exp(-700) of the greatest are lost, which matters from |β J| of about 50 on in frustrated graphs.
pub fn transfer(energy: &PairEnergy, betas: &[f64]) -> Result<Vec<Strip>, String> {
    check_betas(betas)?;
    let n = energy.sites;
    if n == 0 || n > u32::MAX as usize {
        return Err(format!("a transfer matrix cannot serve {n} spins"));
    }
    for &(i, j, coupling) in &energy.bonds {
        if i as usize >= n || j as usize >= n || i == j {
            return Err(format!("the bond ({i}, {j}) does not join two of the {n} spins"));
        }
        if !coupling.is_finite() {
            return Err(format!("the coupling of the bond ({i}, {j}) is {coupling}"));
        }
    }
    if !energy.fields.is_empty() && energy.fields.len() != n {
        return Err(format!("{} fields for {n} spins", energy.fields.len()));
    }
    if energy.fields.iter().chain([&energy.constant]).any(|h| !h.is_finite()) {
        return Err("a transfer matrix needs finite fields".into());
    }
    let steps = plan(energy)?;
    betas.iter().map(|&beta| run(energy, &steps, beta)).collect()
}

/// Taking up one site.
struct Step {
    field: f64,
    /// The places of its neighbours in the frontier, with the couplings.
    bonds: Vec<(u32, f64)>,
    /// The place that the new site takes: that of a neighbour which it completes, else a new one at the end.
    place: u32,
    replaces: bool,
    /// Places to be summed over afterwards, descending; those above them move down.
    sums: Vec<u32>,
}

fn plan(energy: &PairEnergy) -> Result<Vec<Step>, String> {
    let n = energy.sites;
    let near = neighbours(energy);
    let order = best_order(n, &near);
    if order.width > MOST_FRONTIER + 1 {
        return Err(format!(
            "the graph is too wide for a transfer matrix: its frontier has {} spins, and {} can be served",
            order.width - 1,
            MOST_FRONTIER
        ));
    }
    let mut couplings: Vec<Vec<(u32, f64)>> = vec![Vec::new(); n];
    for &(i, j, coupling) in energy.bonds.iter().filter(|b| b.2 != 0.0) {
        couplings[i as usize].push((j, coupling));
        couplings[j as usize].push((i, coupling));
    }
    let mut missing: Vec<usize> = near.iter().map(Vec::len).collect();
    let mut taken = vec![false; n];
    let mut frontier: Vec<u32> = Vec::new();
    let mut steps = Vec::with_capacity(n);
    for &site in &order.sites {
        taken[site as usize] = true;
        let mut done: Vec<u32> = finished(site, &near, &mut missing, &taken).collect();
        let place = |frontier: &[u32], i: u32| frontier.iter().position(|&f| f == i).map(|p| p as u32);
        // Several bonds to one neighbour are one.
        let mut bonds: Vec<(u32, f64)> = Vec::new();
        for &(j, coupling) in &couplings[site as usize] {
            if let Some(p) = place(&frontier, j) {
                match bonds.iter_mut().find(|b| b.0 == p) {
                    Some(bond) => bond.1 += coupling,
                    None => bonds.push((p, coupling)),
                }
            }
        }
        let replaced = done.iter().position(|&j| j != site);
        let taken_place = match replaced.map(|k| done.remove(k)).and_then(|j| place(&frontier, j)) {
            Some(p) => {
                frontier[p as usize] = site;
                p
            }
            None => {
                frontier.push(site);
                frontier.len() as u32 - 1
            }
        };
        let mut sums: Vec<u32> = done.iter().filter_map(|&j| place(&frontier, j)).collect();
        sums.sort_unstable_by(|a, b| b.cmp(a));
        for &p in &sums {
            frontier.remove(p as usize);
        }
        let field = energy.fields.get(site as usize).copied().unwrap_or(0.0);
        steps.push(Step { field, bonds, place: taken_place, replaces: replaced.is_some(), sums });
    }
    Ok(steps)
}

fn run(energy: &PairEnergy, steps: &[Step], beta: f64) -> Result<Strip, String> {
    let mut vector: Vec<Entry> = vec![[1.0, 0.0, 0.0, 0.0, 0.0]];
    let mut log_scale = -beta * energy.constant;
    // Derivatives are taken of Z exp(-β a - η b) with running a and b, so that variances do not drown in squared means.
    let (mut energy_shift, mut total_shift) = (0.0, 0.0);
    // Between rescalings the weights of the steps, each in (0, 1], must not underflow together.
    let widest = steps.iter().map(|step| step_scale(step, beta)).fold(0.0, f64::max);
    let interval = if widest < 20.0 { 8 } else { 1 };
    for (count, step) in steps.iter().enumerate() {
        if step.replaces {
            replace(&mut vector, step, beta);
        } else {
            append(&mut vector, step, beta);
        }
        for &p in &step.sums {
            sum_over(&mut vector, p);
        }
        log_scale += step_scale(step, beta);
        if (count + 1) % interval == 0 || count + 1 == steps.len() {
            let z: f64 = vector.iter().map(|e| e[0]).sum();
            if !(z > 0.0 && z.is_finite()) {
                return Err(format!("β = {beta} is too cold for a transfer matrix of this model: all weights underflow"));
            }
            let a = vector.iter().map(|e| e[1]).sum::<f64>() / z;
            let b = vector.iter().map(|e| e[3]).sum::<f64>() / z;
            let inverse = 1.0 / vector.iter().map(|e| e[0]).fold(0.0, f64::max);
            for e in &mut vector {
                let [v, v1, v2, w1, w2] = e.map(|x| x * inverse);
                *e = [v, v1 - a * v, v2 - 2.0 * a * v1 + a * a * v, w1 - b * v, w2 - 2.0 * b * w1 + b * b * v];
            }
            log_scale -= libm::log(inverse);
            energy_shift += a;
            total_shift += b;
        }
    }
    // All sites are summed over by now: one entry, centred by the last rescaling.
    let [z, e1, e2, m1, m2] = vector[0];
    let (de, dm) = (e1 / z, m1 / z);
    let total = total_shift + dm;
    Ok(Strip {
        log_z: libm::log(z) + log_scale,
        energy: energy.constant - (energy_shift + de),
        energy_variance: (e2 / z - de * de).max(0.0),
        total,
        total_squared: (m2 / z - dm * dm).max(0.0) + total * total,
    })
}

/// The logarithm of the largest weight of a step, which is taken out of its weights.
fn step_scale(step: &Step, beta: f64) -> f64 {
    beta.abs() * (step.bonds.iter().map(|b| b.1.abs()).sum::<f64>() + step.field.abs())
}

/// For the new spin down and up and every state of its neighbours in the frontier: -E of the step and its scaled weight.
fn weights(step: &Step, beta: f64) -> [Vec<(f64, f64)>; 2] {
    let scale = step_scale(step, beta);
    [-1.0, 1.0].map(|spin| {
        (0..1usize << step.bonds.len())
            .map(|states| {
                let local: f64 = step.bonds.iter().enumerate().map(|(k, b)| if states >> k & 1 == 1 { b.1 } else { -b.1 }).sum();
                let e = spin * (local + step.field);
                (e, libm::exp(beta * e - scale))
            })
            .collect()
    })
}

/// Gathers the states of a step's neighbours from a state of the frontier.
#[inline(always)]
fn gather(step: &Step, state: usize) -> usize {
    step.bonds.iter().enumerate().fold(0, |index, (k, b)| index | (state >> b.0 & 1) << k)
}

/// An entry times the weight of a step with the new spin at `spin`.
#[inline(always)]
fn times(e: &Entry, (energy, weight): (f64, f64), spin: f64) -> Entry {
    let [v, v1, v2, w1, w2] = *e;
    [
        weight * v,
        weight * (v1 + energy * v),
        weight * (v2 + energy * (2.0 * v1 + energy * v)),
        weight * (w1 + spin * v),
        weight * (w2 + 2.0 * spin * w1 + v),
    ]
}

/// Takes up a site at a new place.
fn append(vector: &mut Vec<Entry>, step: &Step, beta: f64) {
    let [down, up] = weights(step, beta);
    let states = vector.len();
    vector.resize(2 * states, [0.0; 5]);
    let (low, high) = vector.split_at_mut(states);
    for (state, (a, b)) in low.iter_mut().zip(high).enumerate() {
        let index = gather(step, state);
        *b = times(a, up[index], 1.0);
        *a = times(a, down[index], -1.0);
    }
}

/// Takes up a site in the place of one that it completes, which is summed over.
fn replace(vector: &mut [Entry], step: &Step, beta: f64) {
    let [down, up] = weights(step, beta);
    let bit = 1usize << step.place;
    for block in (0..vector.len()).step_by(2 * bit) {
        let (low, high) = vector[block..block + 2 * bit].split_at_mut(bit);
        for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
            let (from_down, from_up) = (gather(step, block + k), gather(step, block + k + bit));
            let (x, y) = (times(a, down[from_down], -1.0), times(b, down[from_up], -1.0));
            let (z, w) = (times(a, up[from_down], 1.0), times(b, up[from_up], 1.0));
            *a = std::array::from_fn(|c| x[c] + y[c]);
            *b = std::array::from_fn(|c| z[c] + w[c]);
        }
    }
}

/// Sums over the site at a place.
fn sum_over(vector: &mut Vec<Entry>, place: u32) {
    let bit = 1usize << place;
    let half = vector.len() / 2;
    for to in 0..half {
        let from = (to & !(bit - 1)) << 1 | to & (bit - 1);
        let (a, b) = (vector[from], vector[from | bit]);
        vector[to] = std::array::from_fn(|c| a[c] + b[c]);
    }
    vector.truncate(half);
}
