//! Averages against full enumeration and closed forms.

use super::*;
use crate::sampler::{Rule, Sampler};

/// E, E², M, M², |M|.
const OBSERVABLES: usize = 5;

fn observables(e: f64, m: f64) -> [f64; OBSERVABLES] {
    [e, e * e, m, m * m, m.abs()]
}

fn enumerate(model: &Uniform, beta: f64) -> [f64; OBSERVABLES] {
    let energy = model.pair_energy();
    let n = energy.sites;
    let all: Vec<(f64, f64)> = (0..1u32 << n)
        .map(|bits| {
            let state: Vec<u8> = (0..n).map(|i| (bits >> i & 1) as u8).collect();
            (energy.energy(&state), 2.0 * f64::from(bits.count_ones()) - n as f64)
        })
        .collect();
    let lowest = all.iter().map(|x| beta * x.0).fold(f64::MAX, f64::min);
    let (mut z, mut sums) = (0.0, [0.0; OBSERVABLES]);
    for (e, m) in all {
        let weight = libm::exp(lowest - beta * e);
        z += weight;
        sums.iter_mut().zip(observables(e, m)).for_each(|(s, o)| *s += weight * o);
    }
    sums.map(|s| s / z)
}

/// 512 independent lanes give 512 independent time averages, hence an honest error. A comparison within 5 standard errors
/// fails by chance with probability 6e-7.
pub(super) fn agrees(model: &Uniform, beta: f64, rule: Rule, start: Start, seed: u64) {
    const LANES: usize = 512;
    let (coupling, field) = (model.coupling, model.field);
    let exact = enumerate(model, beta);
    let description: Vec<Lane> = lanes(LANES, beta, seed).into_iter().map(|lane| Lane { start: start.clone(), ..lane }).collect();
    let mut kernel = BitPacked::new(model, rule, &description).unwrap();
    kernel.advance(200);
    let mut sums = vec![[0.0; OBSERVABLES]; LANES];
    const MEASURED: usize = 100;
    for _ in 0..MEASURED {
        kernel.advance(2);
        for (lane, sum) in sums.iter_mut().enumerate() {
            let now = observables(kernel.energy(lane), kernel.total(lane).unwrap());
            sum.iter_mut().zip(now).for_each(|(s, o)| *s += o / MEASURED as f64);
        }
    }
    for o in 0..OBSERVABLES {
        let n = LANES as f64;
        let mean = sums.iter().map(|s| s[o]).sum::<f64>() / n;
        let variance = sums.iter().map(|s| (s[o] - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let error = (variance / n).sqrt();
        assert!(
            (mean - exact[o]).abs() <= 5.0 * error + 1e-9,
            "{:?} J {coupling} h {field} {rule:?}: observable {o} is {mean} +- {error}, exactly {}",
            model.geometry,
            exact[o]
        );
    }
}

fn all_ways(geometry: Geometry, seed: u64) {
    for (i, rule) in [Rule::Metropolis, Rule::HeatBath].into_iter().enumerate() {
        for (j, (coupling, field)) in [(1.0, 0.0), (-1.0, 0.0), (0.7, 0.4), (-0.6, 0.3)].into_iter().enumerate() {
            let model = model(geometry.clone(), coupling, field);
            agrees(&model, 0.35, rule, Start::Random, 100 * seed + 10 * i as u64 + j as u64);
        }
    }
}

#[test]
fn square_closed() {
    all_ways(geometry(Lattice::Square, &[4, 4], &[P, P]), 1);
    all_ways(geometry(Lattice::Square, &[2, 4], &[P, P]), 2);
}

#[test]
fn square_turned_over() {
    all_ways(geometry(Lattice::Square, &[4, 4], &[A, A]), 3);
    all_ways(geometry(Lattice::Square, &[3, 4], &[A, P]), 4);
}

#[test]
fn square_open() {
    all_ways(geometry(Lattice::Square, &[4, 4], &[O, O]), 5);
    all_ways(geometry(Lattice::Square, &[3, 3], &[O, O]), 6);
    all_ways(geometry(Lattice::Square, &[4, 3], &[O, P]), 7);
}

#[test]
fn triangular() {
    all_ways(geometry(Lattice::Triangular, &[4, 4], &[P, P]), 8);
    all_ways(geometry(Lattice::Triangular, &[3, 4], &[O, P]), 9);
    all_ways(geometry(Lattice::Triangular, &[3, 3], &[P, A]), 10);
}

#[test]
fn honeycomb() {
    all_ways(geometry(Lattice::Honeycomb, &[2, 3], &[P, P]), 11);
    all_ways(geometry(Lattice::Honeycomb, &[2, 3], &[O, A]), 12);
}

#[test]
fn chain() {
    all_ways(geometry(Lattice::Chain, &[10], &[P]), 13);
    all_ways(geometry(Lattice::Chain, &[9], &[A]), 14);
    all_ways(geometry(Lattice::Chain, &[10], &[O]), 15);
}

#[test]
fn cubic() {
    all_ways(geometry(Lattice::Cubic, &[2, 2, 4], &[P, P, P]), 16);
    all_ways(geometry(Lattice::Cubic, &[2, 2, 3], &[O, P, A]), 17);
}

/// Lanes of one word may differ in temperature.
#[test]
fn a_temperature_a_lane() {
    let model = model(geometry(Lattice::Square, &[3, 4], &[P, P]), 1.0, 0.0);
    let betas: Vec<f64> = (0..8).map(|i| 0.1 * f64::from(i)).collect();
    let description: Vec<Lane> =
        lanes(512, 0.0, 9).into_iter().enumerate().map(|(i, lane)| Lane { beta: betas[i % 8], ..lane }).collect();
    let mut kernel = BitPacked::new(&model, Rule::HeatBath, &description).unwrap();
    assert!(kernel.lanes_in_a_word() > 8);
    let mut sums = vec![0.0; 512];
    kernel.advance(300);
    for _ in 0..200 {
        kernel.advance(2);
        sums.iter_mut().enumerate().for_each(|(lane, s)| *s += kernel.energy(lane) / 200.0);
    }
    for (i, &beta) in betas.iter().enumerate() {
        let own: Vec<f64> = sums.iter().skip(i).step_by(8).copied().collect();
        let mean = own.iter().sum::<f64>() / 64.0;
        let variance = own.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 63.0;
        // 5 standard errors from 64 lanes (Student's t): chance 5e-6 for each of eight; the seed is fixed.
        assert!((mean - enumerate(&model, beta)[0]).abs() < 5.0 * (variance / 64.0).sqrt(), "beta {beta}");
    }
}

/// The energy of a bond of the infinite square lattice (Onsager, Phys. Rev. 65, 117 (1944)), twice over: a spin's.
fn onsager(beta: f64) -> f64 {
    let (mut a, mut g) = (1.0f64, {
        let k = 2.0 * f64::sinh(2.0 * beta) / f64::cosh(2.0 * beta).powi(2);
        (1.0 - k * k).sqrt()
    });
    for _ in 0..40 {
        (a, g) = ((a + g) / 2.0, (a * g).sqrt());
    }
    let elliptic = std::f64::consts::FRAC_PI_2 / a;
    let t = libm::tanh(2.0 * beta);
    -(1.0 + 2.0 / std::f64::consts::PI * (2.0 * t * t - 1.0) * elliptic) / t
}

/// Lattices that fill their words, in strips and not, far above the transition where the torus is as good as infinite:
/// corrections are of order exp(-64/ξ), with ξ = 1/(ln coth β - 2 β) = 2.9.
#[test]
fn large_squares() {
    for (l, sweeps, rule, seed) in [
        (64, 4000, Rule::Metropolis, 1),
        (64, 4000, Rule::HeatBath, 2),
        (1024, 60, Rule::Metropolis, 3),
        (1024, 60, Rule::HeatBath, 4),
    ] {
        let beta = 0.35;
        let mut g = model(geometry(Lattice::Square, &[l, l], &[P, P]), 1.0, 0.0);
        g.constant = 0.0;
        let mut kernel = BitPacked::new(&g, rule, &lanes(1, beta, 40 + seed)).unwrap();
        kernel.advance(200);
        let mut mean = 0.0;
        for _ in 0..sweeps {
            kernel.advance(1);
            mean += kernel.energy(0) / (l * l) as f64 / f64::from(sweeps);
        }
        // Var(e) = c/(β² N) with a specific heat c < 0.5 at this temperature, and 2 τ < 10 sweeps.
        let error = (0.5 / (beta * beta) / (l * l) as f64 * 10.0 / f64::from(sweeps)).sqrt();
        assert!((mean - onsager(beta)).abs() < 5.0 * error, "L {l} {rule:?}: {mean}, exactly {}", onsager(beta));
    }
}

/// Zero temperature: no energy ever rises, and the ground state of the chain's neighbours is kept. Infinite temperature: heat bath
/// forgets everything in one sweep.
#[test]
fn limits_of_temperature() {
    for rule in [Rule::Metropolis, Rule::HeatBath] {
        for field in [0.0, 0.5] {
            let g = model(geometry(Lattice::Square, &[64, 64], &[P, P]), 1.0, field);
            let mut kernel = BitPacked::new(&g, rule, &lanes(3, f64::INFINITY, 5)).unwrap();
            let mut last = [f64::MAX; 3];
            for _ in 0..50 {
                kernel.advance(1);
                for (lane, e) in last.iter_mut().enumerate() {
                    assert!(kernel.energy(lane) <= *e);
                    *e = kernel.energy(lane);
                }
            }
            assert!(last[0] < -1.7 * 4096.0);
        }
    }
    for rule in [Rule::Metropolis, Rule::HeatBath] {
        for field in [0.0, 0.3] {
            let g = model(geometry(Lattice::Square, &[64, 64], &[P, P]), 1.0, field);
            let mut kernel = BitPacked::new(&g, rule, &[Lane { beta: 0.0, key: Key(1, 1), start: Start::Uniform(1) }]).unwrap();
            // Metropolis too: it turns each spin with probability 1/2 in each of the two passes of a sweep.
            let mut sum = 0.0;
            for _ in 0..100 {
                kernel.advance(1);
                sum += kernel.total(0).unwrap();
            }
            // 409,600 free spins: 5 standard deviations.
            assert!(sum.abs() < 5.0 * 640.0, "{rule:?} {sum}");
        }
    }
}

/// Spins that feel only a field turn with the rule's own probability. 5 standard deviations of a binomial.
#[test]
fn acceptance_probability() {
    for (lattice, extents) in
        [(Lattice::Square, vec![512, 512]), (Lattice::Honeycomb, vec![512, 256]), (Lattice::Cubic, vec![64, 64, 64])]
    {
        for rule in [Rule::Metropolis, Rule::HeatBath] {
            for x in [1e-4, 0.01, 0.2, 0.5, 1.0, 3.0, 4.5] {
                let mut g = model(Geometry::new(lattice, &extents, P), 0.0, x);
                g.constant = 0.0;
                let mut kernel =
                    BitPacked::new(&g, rule, &[Lane { beta: 1.0, key: Key(8, 9), start: Start::Uniform(1) }]).unwrap();
                let (n, e) = (kernel.sites() as f64, libm::exp(-2.0 * x));
                let p = if rule == Rule::Metropolis { e } else { e / (1.0 + e) };
                kernel.advance(1);
                let turned = (n - kernel.total(0).unwrap()) / 2.0;
                assert!((turned - n * p).abs() < 5.0 * (n * p * (1.0 - p)).sqrt() + 1.0, "{lattice:?} {rule:?} {x}: {turned}");
            }
        }
    }
}
