//! The transfer matrix of spins with any finite numbers of values, whose energy is a sum of functions of one and of two spins, on
//! graphs that are narrow: Potts, clock and Blume-Capel models on chains, strips, trees.
//!
//! As in [`transfer`](super::transfer): one site is taken up at a time, one whose bonds are all done is summed over, and derivatives
//! in β and in a uniform field are carried along exactly.

use super::stream::check_betas;
use super::transfer::{MOST_FRONTIER, Strip};
use super::transfer_order::{best_order, finished};
use std::collections::BTreeMap;

/// The most states of a frontier that are served.
pub const MOST_FRONTIER_STATES: usize = 1 << 20;

/// E = constant + Σ c f(s_i) + Σ c f(s_i, s_j) over positions s, with functions as tables.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TableEnergy {
    /// The number of values of each site.
    pub sizes: Vec<u16>,
    pub constant: f64,
    /// Functions of one or two positions, the first running fastest.
    pub tables: Vec<Vec<f64>>,
    /// Sites, tables and coefficients of functions of one spin.
    pub fields: Vec<(u32, u32, f64)>,
    /// Sites, tables and coefficients of functions of two spins. A pair may stand several times.
    pub bonds: Vec<(u32, u32, u32, f64)>,
}

impl TableEnergy {
    /// The energy of a state of positions.
    pub fn energy(&self, state: &[u8]) -> f64 {
        let at = |i: u32| usize::from(state[i as usize]);
        let mut e = self.constant;
        for &(i, table, c) in &self.fields {
            e += c * self.tables[table as usize][at(i)];
        }
        for &(i, j, table, c) in &self.bonds {
            e += c * self.tables[table as usize][at(i) + usize::from(self.sizes[i as usize]) * at(j)];
        }
        e
    }

    /// Says what is wrong with the tables, or that nothing is.
    pub fn check(&self) -> Result<(), String> {
        let n = self.sizes.len();
        if n == 0 || n > u32::MAX as usize || self.sizes.contains(&0) {
            return Err("the model has no spins, or some without values".into());
        }
        let table = |k: u32, entries: usize| self.tables.get(k as usize).is_some_and(|t| t.len() == entries);
        let size = |i: u32| self.sizes.get(i as usize).map_or(0, |q| usize::from(*q));
        if self.fields.iter().any(|f| size(f.0) == 0 || !table(f.1, size(f.0))) {
            return Err("a function of one spin does not fit its spin".into());
        }
        let bond = |b: &(u32, u32, u32, f64)| b.0 != b.1 && size(b.0) * size(b.1) > 0 && table(b.2, size(b.0) * size(b.1));
        if !self.bonds.iter().all(bond) {
            return Err("a function of two spins does not fit its spins".into());
        }
        Ok(())
    }
}

/// Taking up one site.
struct Step {
    /// Of the new site.
    size: usize,
    site: u32,
    /// For each place of the old frontier: the number of values, the stride in the new frontier (0 where the site is summed over), and
    /// that in `energies` (0 where the new site does not depend on it).
    places: Vec<(usize, usize, usize)>,
    /// The stride of the new site, 0 where it is summed over at once.
    stride: usize,
    /// States of the new frontier.
    states: usize,
    /// The energy of the new site, its position running fastest, then those of its neighbours in the frontier. +∞ forbids a state.
    energies: Vec<f64>,
}

/// A model made ready.
pub struct FiniteTransfer {
    steps: Vec<Step>,
    constant: f64,
}

/// Z and its derivatives, as a function of the frontier: 1, ∂β, ∂β², ∂η, ∂η² with η conjugate to the sum of the values.
type Entry = [f64; 5];

impl FiniteTransfer {
    /// Looks for a narrow frontier. Err where the best that was found has more than [`MOST_FRONTIER_STATES`] states, or the tables
    /// are not sound: an energy may be +∞ (that state is forbidden), but not -∞ or no number.
    pub fn new(energy: &TableEnergy) -> Result<FiniteTransfer, String> {
        energy.check()?;
        if !energy.constant.is_finite() {
            return Err("a transfer matrix needs a finite energy".into());
        }
        let n = energy.sizes.len();
        let mut near: Vec<Vec<u32>> = vec![Vec::new(); n];
        let mut own: Vec<Vec<(u32, f64)>> = vec![Vec::new(); n];
        let mut joined: Vec<Vec<usize>> = vec![Vec::new(); n];
        for &(i, table, c) in &energy.fields {
            own[i as usize].push((table, c));
        }
        for (k, &(i, j, _, c)) in energy.bonds.iter().enumerate().filter(|b| b.1.3 != 0.0) {
            if !c.is_finite() {
                return Err(format!("the coupling of the bond ({i}, {j}) is {c}"));
            }
            for (a, b) in [(i, j), (j, i)] {
                near[a as usize].push(b);
                joined[a as usize].push(k);
            }
        }
        for list in &mut near {
            list.sort_unstable();
            list.dedup();
        }
        let order = best_order(n, &near);
        if order.width > MOST_FRONTIER + 1 {
            let width = order.width - 1;
            return Err(format!("the graph is too wide for a transfer matrix: its frontier has {width} spins"));
        }
        let mut missing: Vec<usize> = near.iter().map(Vec::len).collect();
        let mut taken = vec![false; n];
        let mut frontier: Vec<u32> = Vec::new();
        let mut steps = Vec::with_capacity(n);
        for &site in &order.sites {
            taken[site as usize] = true;
            let done: Vec<u32> = finished(site, &near, &mut missing, &taken).collect();
            let size = usize::from(energy.sizes[site as usize]);
            let (mut places, mut states, mut entries) = (Vec::with_capacity(frontier.len()), 1usize, size);
            let mut strides = BTreeMap::new();
            for &old in &frontier {
                let q = usize::from(energy.sizes[old as usize]);
                let kept = !done.contains(&old);
                let reads = near[site as usize].binary_search(&old).is_ok();
                places.push((q, if kept { states } else { 0 }, if reads { entries } else { 0 }));
                if reads {
                    strides.insert(old, entries);
                    entries *= q;
                }
                if kept {
                    states *= q;
                }
            }
            let stride = if done.contains(&site) { 0 } else { states };
            if stride > 0 {
                states = states.saturating_mul(size);
            }
            if states > MOST_FRONTIER_STATES {
                return Err(format!(
                    "the graph is too wide for a transfer matrix: its frontier has {states} states of at most {MOST_FRONTIER_STATES}"
                ));
            }
            let mut energies = vec![0.0; entries];
            for (index, e) in energies.iter_mut().enumerate() {
                let position = index % size;
                for &(table, c) in &own[site as usize] {
                    *e += c * energy.tables[table as usize][position];
                }
                for &k in &joined[site as usize] {
                    let (i, j, table, c) = energy.bonds[k];
                    let other = if i == site { j } else { i };
                    let Some(stride) = strides.get(&other) else { continue };
                    let far = index / stride % usize::from(energy.sizes[other as usize]);
                    let (a, b) = if i == site { (position, far) } else { (far, position) };
                    *e += c * energy.tables[table as usize][a + usize::from(energy.sizes[i as usize]) * b];
                }
                if e.is_nan() || *e == f64::NEG_INFINITY {
                    return Err(format!("the energy of spin {site} can be {e}"));
                }
            }
            steps.push(Step { size, site, places, stride, states, energies });
            frontier.retain(|old| !done.contains(old));
            if stride > 0 {
                frontier.push(site);
            }
        }
        Ok(FiniteTransfer { steps, constant: energy.constant })
    }

    /// The number of products of one temperature.
    pub fn operations(&self) -> f64 {
        let mut states = 1;
        let mut sum = 0.0;
        for step in &self.steps {
            sum += (states * step.size) as f64;
            states = step.states;
        }
        sum
    }

    /// The states of the widest frontier.
    pub fn states(&self) -> usize {
        self.steps.iter().map(|s| s.states).max().unwrap_or(1)
    }

    /// Exact averages at each of `betas`; `values` are those of each site, whose sum is `total`. Err for a β that is not finite, and
    /// where all weights underflow: states of the frontier whose weight is below exp(-700) of the greatest are lost.
    pub fn averages(&self, values: &[&[f64]], betas: &[f64]) -> Result<Vec<Strip>, String> {
        check_betas(betas)?;
        if self.steps.iter().any(|s| values.get(s.site as usize).is_none_or(|v| v.len() != s.size)) {
            return Err("the values are not those of the spins".into());
        }
        betas.iter().map(|&beta| self.run(values, beta)).collect()
    }

    fn run(&self, values: &[&[f64]], beta: f64) -> Result<Strip, String> {
        let mut vector: Vec<Entry> = vec![[1.0, 0.0, 0.0, 0.0, 0.0]];
        let mut log_scale = -beta * self.constant;
        // Derivatives are taken of Z exp(-β a - η b) with running a and b, so that variances do not drown in squared means.
        let (mut energy_shift, mut total_shift) = (0.0, 0.0);
        // The logarithm of what the weights since the last rescaling can have shrunk by.
        let mut shrunk = 0.0;
        for (count, step) in self.steps.iter().enumerate() {
            let (weights, top, span) = weights(step, beta);
            vector = take_up(&vector, step, &weights, values[step.site as usize]);
            log_scale += top;
            shrunk += span;
            let next = self.steps.get(count + 1).map_or(f64::INFINITY, |next| span_of(next, beta));
            if shrunk + next < 200.0 && (count + 1) % 8 != 0 {
                continue;
            }
            shrunk = 0.0;
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
        // All sites are summed over by now: one entry, centred by the last rescaling.
        let [z, e1, e2, m1, m2] = vector[0];
        let (de, dm) = (e1 / z, m1 / z);
        let total = total_shift + dm;
        Ok(Strip {
            log_z: libm::log(z) + log_scale,
            energy: self.constant - (energy_shift + de),
            energy_variance: (e2 / z - de * de).max(0.0),
            total,
            total_squared: (m2 / z - dm * dm).max(0.0) + total * total,
        })
    }
}

/// The greatest of -β E over the states that are not forbidden, and how far below it the others reach.
fn bounds(step: &Step, beta: f64) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for e in step.energies.iter().filter(|e| e.is_finite()) {
        (low, high) = (low.min(-beta * e), high.max(-beta * e));
    }
    if high.is_finite() { (high, high - low) } else { (0.0, 0.0) }
}

fn span_of(step: &Step, beta: f64) -> f64 {
    bounds(step, beta).1
}

/// For each entry of a step's energies -E and the weight, at most one; with the logarithm of the scale, and of the least weight.
fn weights(step: &Step, beta: f64) -> (Vec<(f64, f64)>, f64, f64) {
    let (top, span) = bounds(step, beta);
    let weight = |&e: &f64| if e.is_finite() { (-e, libm::exp(-beta * e - top)) } else { (0.0, 0.0) };
    (step.energies.iter().map(weight).collect(), top, span)
}

fn take_up(vector: &[Entry], step: &Step, weights: &[(f64, f64)], values: &[f64]) -> Vec<Entry> {
    let mut out = vec![[0.0; 5]; step.states];
    let mut digits = vec![0usize; step.places.len()];
    let (mut to, mut at) = (0, 0);
    for [v, v1, v2, w1, w2] in vector {
        for (k, (&(energy, weight), &value)) in weights[at..at + step.size].iter().zip(values).enumerate() {
            let sum = &mut out[to + k * step.stride];
            sum[0] += weight * v;
            sum[1] += weight * (v1 + energy * v);
            sum[2] += weight * (v2 + energy * (2.0 * v1 + energy * v));
            sum[3] += weight * (w1 + value * v);
            sum[4] += weight * (w2 + value * (2.0 * w1 + value * v));
        }
        for (digit, &(size, new, own)) in digits.iter_mut().zip(&step.places) {
            *digit += 1;
            to += new;
            at += own;
            if *digit < size {
                break;
            }
            *digit = 0;
            to -= new * size;
            at -= own * size;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::enumerate_finite;
    use crate::random::{Key, Stream};

    const VALUES: [&[f64]; 3] = [&[-1.0, 1.0], &[-1.0, 0.5, 2.0], &[0.0, 1.0, 2.0, 5.0]];

    /// A strip of spins with two to four values and normal couplings; `forbidden` makes some pairs impossible.
    fn mixed(width: u32, height: u32, forbidden: bool) -> TableEnergy {
        let n = width * height;
        let mut stream = Stream::new(Key(3, 14));
        let sizes: Vec<u16> = (0..n).map(|i| 2 + (i % 3) as u16).collect();
        let mut energy = TableEnergy { sizes, constant: 0.7, ..Default::default() };
        let mut table = |entries: usize, tables: &mut Vec<Vec<f64>>| {
            let mut new: Vec<f64> = (0..entries).map(|_| stream.normal()).collect();
            if forbidden && entries > 4 {
                new[1] = f64::INFINITY;
            }
            tables.push(new);
            tables.len() as u32 - 1
        };
        for i in 0..n {
            let q = usize::from(energy.sizes[i as usize]);
            let t = table(q, &mut energy.tables);
            energy.fields.push((i, t, 0.5));
            // Around the width, so that two sites of a strip of width two are joined twice.
            for j in [i / width * width + (i + 1) % width, i + width].into_iter().filter(|&j| j < n && j != i) {
                let t = table(q * usize::from(energy.sizes[j as usize]), &mut energy.tables);
                energy.bonds.push((i, j, t, if forbidden { 1.0 } else { -0.8 }));
            }
        }
        energy
    }

    #[test]
    fn it_agrees_with_enumeration() {
        for (energy, beta) in
            [(mixed(3, 3, false), 0.6), (mixed(2, 4, false), -0.9), (mixed(3, 3, true), 1.1), (mixed(1, 9, false), 3.0)]
        {
            let sizes: Vec<u8> = energy.sizes.iter().map(|&q| q as u8).collect();
            let values: Vec<&[f64]> = energy.sizes.iter().map(|&q| VALUES[usize::from(q) - 2]).collect();
            let observe = |s: &[u8], e: f64, out: &mut [f64]| {
                let m: f64 = s.iter().zip(&values).map(|(&s, v)| v[usize::from(s)]).sum();
                out.copy_from_slice(&[e, e * e, m, m * m]);
            };
            let exact = enumerate_finite(&(sizes, |s: &[u8]| energy.energy(s)), &[beta], 4, &observe).unwrap()[0].means.clone();
            let strip = FiniteTransfer::new(&energy).unwrap().averages(&values, &[beta]).unwrap()[0];
            let squared = strip.energy_variance + strip.energy * strip.energy;
            for (a, b) in [strip.energy, squared, strip.total, strip.total_squared].into_iter().zip(&exact) {
                assert!((a - b).abs() < 1e-10 * (1.0 + b.abs()), "{a} {b}");
            }
        }
    }

    /// Z = λ₊^N + (q - 1) λ₋^N with λ₊ = e^K + q - 1 and λ₋ = e^K - 1 (Potts, Proc. Camb. Phil. Soc. 48, 106 (1952)), and its derivatives.
    #[test]
    fn the_ring_of_potts_spins() {
        let (q, n, beta) = (5u32, 400u32, 1.3);
        let table = (0..q * q).map(|k| if k % q == k / q { 1.0 } else { 0.0 }).collect();
        let bonds = (0..n).map(|i| (i, (i + 1) % n, 0, -1.0)).collect();
        let energy = TableEnergy { sizes: vec![q as u16; n as usize], tables: vec![table], bonds, ..Default::default() };
        let values = [0.0, 1.0, 2.0, 3.0, 4.0];
        let solution = FiniteTransfer::new(&energy).unwrap();
        assert_eq!(solution.states(), 25);
        let strip = solution.averages(&vec![&values[..]; n as usize], &[beta]).unwrap()[0];
        let (q, n, e) = (f64::from(q), f64::from(n), libm::exp(beta));
        let (plus, minus) = (e + q - 1.0, e - 1.0);
        let ratio = libm::pow(minus / plus, n);
        let log_z = n * libm::log(plus) + libm::log1p((q - 1.0) * ratio);
        let mean = n * (e / plus + (q - 1.0) * ratio * e / minus) / (1.0 + (q - 1.0) * ratio);
        assert!((strip.log_z - log_z).abs() < 1e-9 && (strip.energy + mean).abs() < 1e-9);
        // The second derivative of ln Z, whose second eigenvalue is negligible here.
        assert!(ratio < 1e-60 && (strip.energy_variance - n * e * (q - 1.0) / (plus * plus)).abs() < 1e-9);
        assert!((strip.total - 2.0 * n).abs() < 1e-9);
    }

    #[test]
    fn what_is_refused() {
        let bonds = (0..30).flat_map(|i| (0..i).map(move |j| (i, j, 0, 1.0))).collect();
        let wide = TableEnergy { sizes: vec![3; 30], tables: vec![vec![0.0; 9]], bonds, ..Default::default() };
        assert!(FiniteTransfer::new(&wide).err().unwrap().contains("too wide"));
        let nothing =
            TableEnergy { sizes: vec![3; 2], tables: vec![vec![f64::NAN; 3]], fields: vec![(0, 0, 1.0)], ..Default::default() };
        assert!(FiniteTransfer::new(&nothing).err().unwrap().contains("can be NaN"));
        let free = TableEnergy { sizes: vec![3; 2], ..Default::default() };
        let strip = FiniteTransfer::new(&free).unwrap().averages(&[&[0.0, 1.0, 2.0][..]; 2], &[0.3]).unwrap()[0];
        assert!((strip.log_z - libm::log(9.0)).abs() < 1e-12 && (strip.total_squared - (4.0 + 4.0 / 3.0)).abs() < 1e-12);
    }
}
