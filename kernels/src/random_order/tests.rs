//! Against full enumeration and the exact matrix of one trial.

use super::super::generic::ScalarGraph;
use super::super::generic::tests::{blume_capel, from_pairs, many_spin, nonlinear, potts, sets};
use super::super::random::{Key, Stream};
use super::super::sampler::{Lane, PairEnergy, Rule, Sampler, Start};
use super::super::sparse::enumerate::{compare, each, ising, lanes, moments, obeys_the_contract, random_pairs, states};
use super::RandomOrder;

pub(crate) const RULES: [Rule; 2] = [Rule::Metropolis, Rule::HeatBath];

pub(crate) fn real(s: &mut Stream) -> f64 {
    s.normal()
}

pub(crate) fn small(s: &mut Stream) -> f64 {
    f64::from(s.below(7) as i32 - 3) * 0.5
}

/// The place of a state in the order of [`each`].
pub(crate) fn place(sets: &[Vec<f64>], state: &[u8]) -> usize {
    state.iter().zip(sets).rev().fold(0, |place, (&p, set)| place * set.len() + usize::from(p))
}

/// The exact matrix of one trial at a site picked uniformly: entry [s][s'] is the probability of s -> s'. Written from the
/// definition, without the code of the kernels.
pub(crate) fn trial_matrix(sets: &[Vec<f64>], rule: Rule, beta: f64, energy: impl Fn(&[u8]) -> f64) -> Vec<Vec<f64>> {
    let n = sets.len();
    let size: usize = sets.iter().map(Vec::len).product();
    let mut matrix = vec![vec![0.0; size]; size];
    each(sets, &mut vec![0; n], (), |(), s| {
        let from = place(sets, s);
        for i in 0..n {
            let q = sets[i].len();
            let mut new = s.to_vec();
            let mut rise = |v: usize| {
                new[i] = v as u8;
                (energy(&new) - energy(s), place(sets, &new))
            };
            let weights: Vec<(f64, usize)> = (0..q).map(&mut rise).collect();
            let z: f64 = weights.iter().map(|w| libm::exp(-beta * w.0)).sum();
            let mut stays = 1.0;
            for (v, &(de, to)) in weights.iter().enumerate().filter(|(v, _)| *v != usize::from(s[i])) {
                let p = match rule {
                    Rule::Metropolis => libm::exp(-beta * de).min(1.0) / (q - 1) as f64,
                    Rule::HeatBath => libm::exp(-beta * weights[v].0) / z,
                };
                stays -= p;
                matrix[from][to] += p / n as f64;
            }
            matrix[from][from] += stays / n as f64;
        }
    });
    matrix
}

/// A distribution after one trial.
pub(crate) fn after(matrix: &[Vec<f64>], p: &[f64]) -> Vec<f64> {
    let mut next = vec![0.0; p.len()];
    for (row, weight) in matrix.iter().zip(p) {
        next.iter_mut().zip(row).for_each(|(x, m)| *x += weight * m);
    }
    next
}

/// Boltzmann weights in the order of [`each`], of sum 1.
pub(crate) fn boltzmann(sets: &[Vec<f64>], beta: f64, energy: impl Fn(&[u8]) -> f64) -> Vec<f64> {
    let mut weights = Vec::new();
    each(sets, &mut vec![0; sets.len()], (), |(), s| weights.push(libm::exp(-beta * energy(s))));
    let z: f64 = weights.iter().sum();
    weights.iter().map(|w| w / z).collect()
}

/// Starts all lanes from a state again and again and compares the numbers of visits of each state after `sweeps` with a
/// distribution: chi-squared over `runs` times the number of lanes. With d degrees of freedom the bound d + 6 sqrt(2 d) + 24 is
/// passed with a probability below 1e-8.
pub(crate) fn spreads_as(kernel: &mut dyn Sampler, sets: &[Vec<f64>], start: &[u8], sweeps: u64, runs: usize, exact: &[f64]) {
    let mut counts = vec![0.0; exact.len()];
    for _ in 0..runs {
        for lane in 0..kernel.lanes() {
            kernel.write(lane, start);
        }
        kernel.advance(sweeps);
        for s in states(kernel) {
            counts[place(sets, &s)] += 1.0;
        }
    }
    let total = (runs * kernel.lanes()) as f64;
    // Rare states are taken together.
    let (mut chi, mut cells, mut rare) = (0.0, 0.0, (0.0, 0.0));
    for (&n, &p) in counts.iter().zip(exact) {
        if p * total < 10.0 {
            rare = (rare.0 + n, rare.1 + p * total);
        } else {
            chi += (n - p * total) * (n - p * total) / (p * total);
            cells += 1.0;
        }
    }
    if rare.1 > 5.0 {
        chi += (rare.0 - rare.1) * (rare.0 - rare.1) / rare.1;
        cells += 1.0;
    }
    assert!(chi < cells - 1.0 + 6.0 * libm::sqrt(2.0 * (cells - 1.0)) + 24.0, "chi squared {chi} of {cells} cells");
}

/// Graphs of a few sites, small enough for matrices.
pub(crate) fn tiny_graphs() -> Vec<ScalarGraph> {
    let mut b = ScalarGraph::builder(vec![vec![-1.0, 0.0, 1.0], vec![0.5, 2.0]], vec![0, 1, 0, 1]).unwrap();
    let s: Vec<_> = (0..4).map(|i| b.value(i)).collect();
    let terms = vec![b.mul(s[0], s[1]), b.mul(s[1], s[2]), b.product(vec![s[0], s[2], s[3]]), s[3]];
    let root = b.sum(terms);
    vec![b.finish(root), from_pairs(&random_pairs(77, 4, true, real))]
}

/// One sweep is P^(n-1) ((1 + P) / 2)^2, as the module says; also at β = 0, where nothing is refused.
#[test]
fn sweeps_spread_as_the_matrix_of_trials() {
    for (k, rule) in RULES.into_iter().enumerate() {
        for beta in [0.0, 0.5] {
            for draw in [small, real] {
                let energy = random_pairs(60, 4, true, draw);
                let sets = ising(4);
                let matrix = trial_matrix(&sets, rule, beta, |s| energy.energy(s));
                let mut kernel = RandomOrder::new(&energy, rule, &lanes(100, beta, 61)).unwrap();
                spreads_as(&mut kernel, &sets, &[1, 0, 1, 1], 1, 300, &sweep(&matrix, place(&sets, &[1, 0, 1, 1])));
            }
            let graph = &tiny_graphs()[0];
            let matrix = trial_matrix(&sets(graph), rule, beta, |s| graph.evaluate(s));
            let exact = sweep(&matrix, place(&sets(graph), &[2, 1, 0, 0]));
            let mut kernel = RandomOrder::on_terrain(graph, rule, &lanes(100, beta, 62), k == 1).unwrap();
            spreads_as(&mut kernel, &sets(graph), &[2, 1, 0, 0], 1, 300, &exact);
        }
    }
}

/// The distribution after one sweep of four sites.
fn sweep(matrix: &[Vec<f64>], start: usize) -> Vec<f64> {
    let mut p = vec![0.0; matrix.len()];
    p[start] = 1.0;
    for _ in 0..3 {
        p = after(matrix, &p);
    }
    for _ in 0..2 {
        p = after(matrix, &p).iter().zip(&p).map(|(a, b)| 0.5 * (a + b)).collect();
    }
    p
}

#[test]
fn pairwise_energies_sample_their_boltzmann_distribution() {
    for (seed, rule) in RULES.into_iter().enumerate() {
        for draw in [small, real] {
            for beta in [0.4, 0.0, -0.3] {
                let energy = random_pairs(80 + seed as u64, 8, true, draw);
                let mut kernel = RandomOrder::new(&energy, rule, &lanes(4, beta, 63)).unwrap();
                compare(&mut kernel, &ising(8), moments(&ising(8), beta, |s| energy.energy(s)), 800);
            }
        }
    }
}

#[test]
fn graphs_sample_their_boltzmann_distribution() {
    for graph in [blume_capel(), potts(), many_spin(), nonlinear()] {
        for rule in RULES {
            for by_graph in [false, true] {
                let mut kernel = RandomOrder::on_terrain(&graph, rule, &lanes(2, 0.6, 64), by_graph).unwrap();
                compare(&mut kernel, &sets(&graph), moments(&sets(&graph), 0.6, |s| graph.evaluate(s)), 400);
            }
        }
    }
}

/// Bipartite graphs and free spins: no parity survives, at any temperature.
#[test]
fn parity_is_forgotten() {
    let ring =
        |coupling| PairEnergy { sites: 8, bonds: (0..8).map(|i| (i, (i + 1) % 8, coupling)).collect(), ..Default::default() };
    for (energy, beta) in [(ring(1.0), 0.0), (ring(0.0), 0.7), (ring(1.0), 1e-9), (ring(1.0), 0.5), (ring(-1.0), 1.0)] {
        let all = [Lane { beta, key: Key(3, 65), start: Start::Uniform(1) }];
        let mut kernel = RandomOrder::new(&energy, Rule::Metropolis, &all).unwrap();
        compare(&mut kernel, &ising(8), moments(&ising(8), beta, |s| energy.energy(s)), 2000);
        let mut even = 0;
        for _ in 0..4000 {
            kernel.advance(1);
            even += states(&kernel)[0].iter().map(|&p| u32::from(p)).sum::<u32>() % 2;
        }
        // A half within 1/8, which is above ten standard errors even where parities of sweeps have a correlation time of ten.
        if beta < 0.1 || energy.bonds[0].2 == 0.0 {
            assert!((1500..2500).contains(&even), "{even}");
        }
    }
}

#[test]
fn energies_are_those_of_the_definition() {
    for draw in [real, small] {
        let energy = random_pairs(90, 40, true, draw);
        let mut kernel = RandomOrder::new(&energy, Rule::HeatBath, &lanes(3, 0.2, 66)).unwrap();
        // Long enough for a fresh summation of real fields.
        for _ in 0..40 {
            kernel.advance(10);
            for (l, s) in states(&kernel).iter().enumerate() {
                assert!((kernel.energy(l) - energy.energy(s)).abs() < 1e-10);
                let total: i32 = s.iter().map(|&p| 2 * i32::from(p) - 1).sum();
                assert_eq!(kernel.total(l), Some(f64::from(total)));
            }
        }
    }
    for graph in [potts(), nonlinear()] {
        let mut kernel = RandomOrder::of_graph(&graph, Rule::Metropolis, &lanes(2, 0.4, 67)).unwrap();
        kernel.advance(500);
        for (l, s) in states(&kernel).iter().enumerate() {
            assert!((kernel.energy(l) - graph.evaluate(s)).abs() < 1e-12);
            let total: f64 = s.iter().enumerate().map(|(i, &p)| graph.values(i)[p as usize]).sum();
            assert!((kernel.total(l).unwrap() - total).abs() < 1e-12);
        }
    }
}

#[test]
fn the_contract() {
    let mut all = lanes(6, 0.05, 68);
    all[3].beta = 0.1;
    for rule in RULES {
        for draw in [real, small] {
            let energy = random_pairs(91, 37, true, draw);
            obeys_the_contract(&all, |lanes| RandomOrder::new(&energy, rule, lanes).unwrap());
        }
        let graph = from_pairs(&random_pairs(92, 30, true, real));
        obeys_the_contract(&all, |lanes| RandomOrder::on_terrain(&graph, rule, lanes, false).unwrap());
        obeys_the_contract(&all, |lanes| RandomOrder::on_terrain(&graph, rule, lanes, true).unwrap());
    }
}

#[test]
fn zero_temperature_never_rises() {
    for rule in RULES {
        for draw in [real, small] {
            let energy = random_pairs(93, 20, true, draw);
            let mut kernel = RandomOrder::new(&energy, rule, &lanes(4, f64::INFINITY, 69)).unwrap();
            let mut before: Vec<f64> = (0..4).map(|l| kernel.energy(l)).collect();
            for _ in 0..100 {
                kernel.advance(1);
                for (l, before) in before.iter_mut().enumerate() {
                    assert!(kernel.energy(l) <= *before + 1e-12);
                    *before = kernel.energy(l);
                }
            }
        }
    }
}

#[test]
fn refusals() {
    let lane = [Lane { beta: 1.0, key: Key(1, 2), start: Start::Uniform(2) }];
    let energy = random_pairs(94, 5, false, small);
    assert!(RandomOrder::new(&energy, Rule::Metropolis, &lane).is_err());
    let wrong = PairEnergy { sites: 5, bonds: vec![(0, 5, 1.0)], ..PairEnergy::default() };
    assert!(RandomOrder::new(&wrong, Rule::Metropolis, &lanes(1, 1.0, 70)).is_err());
    let mut empty = RandomOrder::new(&PairEnergy::default(), Rule::Metropolis, &lanes(1, 1.0, 70)).unwrap();
    empty.advance(3);
    assert_eq!(empty.energy(0), 0.0);
}
