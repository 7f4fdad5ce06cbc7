//! Against the exact generator of the process, full enumeration, and the dynamics with rejection.

use super::super::generic::tests::{blume_capel, from_pairs, many_spin, nonlinear, potts, sets};
use super::super::generic::{Operation, ScalarGraph};
use super::super::random::Key;
use super::super::random_order::RandomOrder;
use super::super::random_order::tests::{RULES, after, boltzmann, place, real, small, spreads_as, tiny_graphs, trial_matrix};
use super::super::sampler::{Lane, PairEnergy, Rule, Sampler, Start};
use super::super::sparse::enumerate::{compare, each, ising, lanes, moments, obeys_the_contract, random_pairs, states};
use super::{Kinetic, Passage};

/// The distribution at time t: trials at rate n, so a Poisson number of them.
fn at_time(matrix: &[Vec<f64>], n: usize, start: usize, t: f64) -> Vec<f64> {
    let mut p = vec![0.0; matrix.len()];
    p[start] = 1.0;
    let mut weight = libm::exp(-t * n as f64);
    let mut sum: Vec<f64> = p.iter().map(|x| x * weight).collect();
    for k in 1..200 {
        p = after(matrix, &p);
        weight *= t * n as f64 / f64::from(k);
        sum.iter_mut().zip(&p).for_each(|(s, x)| *s += weight * x);
    }
    sum
}

/// The rates that the kernel keeps are those of the definition, in every state, and these obey detailed balance; so the
/// Boltzmann distribution is stationary.
#[test]
fn rates_obey_detailed_balance() {
    let check = |kernel: &mut Kinetic, sets: &[Vec<f64>], rule, beta, energy: &dyn Fn(&[u8]) -> f64| {
        let matrix = trial_matrix(sets, rule, beta, energy);
        let weights = boltzmann(sets, beta, energy);
        let n = sets.len();
        each(sets, &mut vec![0; n], (), |(), s| {
            kernel.write(0, s);
            let (rates, from) = (kernel.rates(0), place(sets, s));
            for (i, rate) in rates.iter().enumerate() {
                let mut exact = 0.0;
                let mut new = s.to_vec();
                for v in (0..sets[i].len() as u8).filter(|&v| v != s[i]) {
                    new[i] = v;
                    let to = place(sets, &new);
                    exact += n as f64 * matrix[from][to];
                    assert!((weights[from] * matrix[from][to] - weights[to] * matrix[to][from]).abs() < 1e-14);
                }
                assert!((rate - exact).abs() < 1e-12, "{rate} {exact}");
            }
        });
        let stationary = after(&matrix, &weights);
        assert!(stationary.iter().zip(&weights).all(|(a, b)| (a - b).abs() < 1e-14));
    };
    for rule in RULES {
        for beta in [0.7, 0.0, -0.2] {
            for draw in [small, real] {
                let energy = random_pairs(100, 4, true, draw);
                let mut kernel = Kinetic::new(&energy, rule, &lanes(1, beta, 101)).unwrap();
                check(&mut kernel, &ising(4), rule, beta, &|s| energy.energy(s));
            }
            for graph in tiny_graphs() {
                for by_graph in [false, true] {
                    let mut kernel = Kinetic::on_terrain(&graph, rule, &lanes(1, beta, 102), by_graph).unwrap();
                    check(&mut kernel, &sets(&graph), rule, beta, &|s| graph.evaluate(s));
                }
            }
        }
    }
}

/// The distribution over states at a fixed time after a fixed start is exp(Q t), for every representation.
#[test]
fn time_is_that_of_the_generator() {
    for rule in RULES {
        for (t, beta) in [(1, 0.5), (2, 1.5), (1, 0.0)] {
            for draw in [small, real] {
                let energy = random_pairs(103, 4, true, draw);
                let matrix = trial_matrix(&ising(4), rule, beta, |s| energy.energy(s));
                let exact = at_time(&matrix, 4, place(&ising(4), &[1, 0, 1, 1]), t as f64);
                let mut kernel = Kinetic::new(&energy, rule, &lanes(100, beta, 104)).unwrap();
                spreads_as(&mut kernel, &ising(4), &[1, 0, 1, 1], t, 300, &exact);
            }
            let graph = &tiny_graphs()[0];
            let matrix = trial_matrix(&sets(graph), rule, beta, |s| graph.evaluate(s));
            let exact = at_time(&matrix, 4, place(&sets(graph), &[2, 1, 0, 0]), t as f64);
            for by_graph in [false, true] {
                let mut kernel = Kinetic::on_terrain(graph, rule, &lanes(100, beta, 105), by_graph).unwrap();
                spreads_as(&mut kernel, &sets(graph), &[2, 1, 0, 0], t, 150, &exact);
            }
        }
    }
}

#[test]
fn every_energy_samples_its_boltzmann_distribution() {
    for (seed, rule) in RULES.into_iter().enumerate() {
        for draw in [small, real] {
            for beta in [0.4, 0.0, -0.3] {
                let energy = random_pairs(110 + seed as u64, 8, true, draw);
                let mut kernel = Kinetic::new(&energy, rule, &lanes(4, beta, 111)).unwrap();
                compare(&mut kernel, &ising(8), moments(&ising(8), beta, |s| energy.energy(s)), 400);
            }
        }
        for graph in [blume_capel(), potts(), many_spin(), nonlinear()] {
            for by_graph in [false, true] {
                let mut kernel = Kinetic::on_terrain(&graph, rule, &lanes(2, 0.6, 112), by_graph).unwrap();
                compare(&mut kernel, &sets(&graph), moments(&sets(&graph), 0.6, |s| graph.evaluate(s)), 150);
            }
        }
    }
}

/// More neighbours than are looked at together: (Σ s)^2 / n over 80 sites as a pairwise energy of real couplings and as one
/// big term, against the sum over magnetisations.
#[test]
fn spins_that_all_depend_on_each_other() {
    let n = 80;
    let (strength, beta) = (std::f64::consts::FRAC_1_PI, 2.5);
    let mut pairs = PairEnergy { sites: n, ..PairEnergy::default() };
    for i in 0..n as u32 {
        pairs.bonds.extend((0..i).map(|j| (i, j, 2.0 * strength / n as f64 * (1.0 + 1e-9 * f64::from(i % 7)))));
    }
    let mut b = ScalarGraph::builder(vec![vec![-1.0, 1.0]], vec![0; n]).unwrap();
    let s: Vec<_> = (0..n).map(|i| b.value(i)).collect();
    let (total, two, c) = (b.sum(s), b.constant(2.0), b.constant(-strength / n as f64));
    let square = b.pow(total, two);
    let term = b.mul(c, square);
    let graph = b.finish(term);
    let (mut z, mut second, mut binomial) = (0.0, 0.0, 1.0);
    for up in 0..=n {
        let m = 2.0 * up as f64 - n as f64;
        let w = binomial * libm::exp(beta * strength * m * m / n as f64);
        (z, second) = (z + w, second + w * m * m);
        binomial *= (n - up) as f64 / (up + 1) as f64;
    }
    let exact = second / z;
    for rule in RULES {
        let all = lanes(20, beta, 113);
        for kernel in [&mut Kinetic::new(&pairs, rule, &all).unwrap(), &mut Kinetic::of_graph(&graph, rule, &all).unwrap()] {
            kernel.advance(100);
            // Lanes are independent; 7.5 standard errors of Student's t with 19 degrees of freedom: 4e-7.
            let mut means = [0.0; 20];
            for _ in 0..150 {
                kernel.advance(2);
                for (l, mean) in means.iter_mut().enumerate() {
                    let m = kernel.total(l).unwrap();
                    *mean += m * m / 150.0;
                }
            }
            let mean = means.iter().sum::<f64>() / 20.0;
            let error = libm::sqrt(means.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 19.0 / 20.0);
            assert!((mean - exact).abs() < 7.5 * error, "{mean} +- {error}, exact {exact}");
        }
    }
}

fn square(side: u32) -> PairEnergy {
    let n = side * side;
    let right = |i: u32| i / side * side + (i + 1) % side;
    let bonds = (0..n).flat_map(|i| [(i, right(i), 1.0), (i, (i + side) % n, 1.0)]).collect();
    PairEnergy { sites: n as usize, bonds, ..PairEnergy::default() }
}

/// One unit of time is one sweep of random-order dynamics: the magnetisation decays alike from the ordered start, above and
/// below the critical temperature. (A fixed number of trials a sweep instead of a Poisson number differs by a relative 1/n.)
#[test]
fn relaxation_is_that_of_the_dynamics_with_rejection() {
    let energy = square(24);
    for rule in RULES {
        for beta in [0.35, 0.5] {
            let all: Vec<Lane> = (0..40).map(|l| Lane { beta, key: Key(7, 120).derive(l), start: Start::Uniform(1) }).collect();
            let mut fast = Kinetic::new(&energy, rule, &all).unwrap();
            let mut slow = RandomOrder::new(&energy, rule, &all).unwrap();
            for step in [1, 2, 4, 8] {
                fast.advance(step);
                slow.advance(step);
                let mean = |kernel: &dyn Sampler| {
                    let m: Vec<f64> = (0..40).map(|l| kernel.total(l).unwrap() / 576.0).collect();
                    let mean = m.iter().sum::<f64>() / 40.0;
                    (mean, m.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 39.0 / 40.0)
                };
                let (a, b) = (mean(&fast), mean(&slow));
                // 5.5 standard errors: 5e-7 for Student's t of 78 degrees of freedom.
                assert!((a.0 - b.0).abs() < 5.5 * libm::sqrt(a.1 + b.1), "step {step}: {a:?} {b:?}");
            }
        }
    }
}

/// At zero temperature the energy never rises; once nothing can move, any time passes at once.
#[test]
fn zero_temperature_and_absorbing_states() {
    for rule in RULES {
        for draw in [small, real] {
            let energy = random_pairs(121, 20, true, draw);
            let mut kernel = Kinetic::new(&energy, rule, &lanes(4, f64::INFINITY, 122)).unwrap();
            let mut before: Vec<f64> = (0..4).map(|l| kernel.energy(l)).collect();
            for _ in 0..50 {
                kernel.advance(1);
                for (l, before) in before.iter_mut().enumerate() {
                    assert!(kernel.energy(l) <= *before + 1e-12);
                    *before = kernel.energy(l);
                }
            }
        }
        let all = [Lane { beta: f64::INFINITY, key: Key(1, 123), start: Start::Uniform(1) }];
        let mut kernel = Kinetic::new(&square(8), rule, &all).unwrap();
        kernel.advance(1 << 60);
        assert_eq!((kernel.events(0), kernel.total(0)), (0, Some(64.0)));
        let saved = kernel.save();
        kernel.set_beta(0, 0.3);
        kernel.advance(2);
        assert!(kernel.events(0) > 0);
        kernel.restore(&saved).unwrap();
        assert_eq!(kernel.events(0), 0);
    }
}

#[test]
fn energies_are_those_of_the_definition() {
    for draw in [real, small] {
        let energy = random_pairs(124, 30, true, draw);
        let mut kernel = Kinetic::new(&energy, Rule::HeatBath, &lanes(3, 0.2, 125)).unwrap();
        for _ in 0..40 {
            kernel.advance(10);
            for (l, s) in states(&kernel).iter().enumerate() {
                assert!((kernel.energy(l) - energy.energy(s)).abs() < 1e-10);
                let total: i32 = s.iter().map(|&p| 2 * i32::from(p) - 1).sum();
                assert_eq!(kernel.total(l), Some(f64::from(total)));
            }
        }
    }
    for graph in [potts(), many_spin(), nonlinear()] {
        for by_graph in [false, true] {
            let mut kernel = Kinetic::on_terrain(&graph, Rule::Metropolis, &lanes(2, 0.4, 126), by_graph).unwrap();
            kernel.advance(500);
            for (l, s) in states(&kernel).iter().enumerate() {
                assert!((kernel.energy(l) - graph.evaluate(s)).abs() < 1e-12);
                let total: f64 = s.iter().enumerate().map(|(i, &p)| graph.values(i)[p as usize]).sum();
                assert!((kernel.total(l).unwrap() - total).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn the_contract() {
    let mut all = lanes(6, 0.05, 127);
    all[3].beta = 0.1;
    for rule in RULES {
        for draw in [real, small] {
            let energy = random_pairs(128, 37, true, draw);
            obeys_the_contract(&all, |lanes| Kinetic::new(&energy, rule, lanes).unwrap());
        }
        let dense = random_pairs(129, 200, true, real);
        obeys_the_contract(&all, |lanes| Kinetic::new(&dense, rule, lanes).unwrap());
        let graph = from_pairs(&random_pairs(130, 30, true, real));
        obeys_the_contract(&all, |lanes| Kinetic::on_terrain(&graph, rule, lanes, false).unwrap());
        obeys_the_contract(&all, |lanes| Kinetic::on_terrain(&graph, rule, lanes, true).unwrap());
    }
}

#[test]
fn damaged_checkpoints_are_refused() {
    let energy = random_pairs(131, 9, true, real);
    let mut kernel = Kinetic::new(&energy, Rule::Metropolis, &lanes(2, 0.5, 132)).unwrap();
    kernel.advance(3);
    let saved = kernel.save();
    for cut in 0..saved.len() {
        assert!(kernel.restore(&saved[..cut]).is_err());
    }
    // No byte, whatever it becomes, leads to a panic.
    for at in 0..saved.len() {
        for change in [1, 0x40, 0x80, 0xFF] {
            let mut damaged = saved.clone();
            damaged[at] ^= change;
            let mut other = Kinetic::new(&energy, Rule::Metropolis, &lanes(2, 0.5, 132)).unwrap();
            let _ = other.restore(&damaged);
        }
    }
    kernel.restore(&saved).unwrap();
    assert_eq!(kernel.save(), saved);
}

/// Hard cores: infinite energy where neighbours on a ring are both 1, from a forbidden start.
#[test]
fn forbidden_states_are_left_and_not_entered() {
    let mut b = ScalarGraph::builder(vec![vec![0.0, 1.0]], vec![0; 8]).unwrap();
    let s: Vec<_> = (0..8).map(|i| b.value(i)).collect();
    let (high, low) = (b.constant(f64::INFINITY), b.constant(0.0));
    let mut terms = Vec::new();
    for i in 0..8 {
        let both = b.binary(Operation::And, s[i], s[(i + 1) % 8]);
        terms.push(b.choose(both, high, low));
    }
    let total = b.sum(s);
    terms.push(b.neg(total));
    let root = b.sum(terms);
    let graph = b.finish(root);
    let allowed = |s: &[u8]| if graph.evaluate(s).is_finite() { graph.evaluate(s) } else { 1e3 };
    let exact = moments(&sets(&graph), 0.8, allowed);
    for rule in RULES {
        for by_graph in [false, true] {
            let all = [Lane { beta: 0.8, key: Key(1, 133), start: Start::Uniform(1) }];
            let mut kernel = Kinetic::on_terrain(&graph, rule, &all, by_graph).unwrap();
            assert!(!kernel.energy(0).is_finite());
            compare(&mut kernel, &sets(&graph), exact, 800);
        }
    }
}

/// Mean times to reach a sum, against the linear equations of the generator.
#[test]
fn first_passage_times_are_those_of_the_generator() {
    let energy = PairEnergy { sites: 3, bonds: vec![(0, 1, 1.0), (1, 2, 1.0)], fields: vec![0.2; 3], constant: 0.0 };
    for (rule, beta) in [(Rule::Metropolis, 0.8), (Rule::HeatBath, 3.0)] {
        let matrix = trial_matrix(&ising(3), rule, beta, |s| energy.energy(s));
        // Mean times τ from the states that are not all up: n (1 - P) τ = 1, by iteration over the absorbing chain.
        let target = place(&ising(3), &[1; 3]);
        let mut tau = vec![0.0; 8];
        for _ in 0..200_000 {
            let next = |s: usize| 1.0 / 3.0 + (0..8).map(|t| matrix[s][t] * tau[t]).sum::<f64>();
            tau = (0..8).map(|s| if s == target { 0.0 } else { next(s) }).collect();
        }
        let all = [Lane { beta, key: Key(2, 134), start: Start::Uniform(0) }];
        let mut kernel = Kinetic::new(&energy, rule, &all).unwrap();
        let times: Vec<f64> = (0..4000)
            .map(|_| {
                kernel.write(0, &[0; 3]);
                kernel.first_passage(0, Passage::AtLeast(3.0), 1e12).unwrap()
            })
            .collect();
        let mean = times.iter().sum::<f64>() / 4000.0;
        let error = libm::sqrt(times.iter().map(|t| (t - mean) * (t - mean)).sum::<f64>()) / 4000.0;
        // 5.5 standard errors: 1e-7, the skewness of the times included.
        assert!((mean - tau[0]).abs() < 5.5 * error, "{mean} +- {error}, exact {}", tau[0]);
        assert_eq!(kernel.total(0), Some(3.0));
        assert_eq!(kernel.first_passage(0, Passage::AtLeast(2.0), 5.0), Some(0.0));
        assert_eq!(kernel.first_passage(0, Passage::AtMost(-5.0), 5.0), None);
    }
}

/// A search in pieces takes the path, and finds the time, of a search in one.
#[test]
fn a_horizon_cuts_no_path() {
    let energy = square(6);
    let all = [Lane { beta: 0.6, key: Key(5, 135), start: Start::Uniform(0) }];
    let mut whole = Kinetic::new(&energy, Rule::Metropolis, &all).unwrap();
    let time = whole.first_passage(0, Passage::AtLeast(0.0), 1e9).unwrap();
    let mut pieces = Kinetic::new(&energy, Rule::Metropolis, &all).unwrap();
    let mut passed = 0.0;
    let found = loop {
        match pieces.first_passage(0, Passage::AtLeast(0.0), 16.0) {
            Some(t) => break passed + t,
            None => passed += 16.0,
        }
    };
    assert!((time - found).abs() < 1e-9 * time, "{time} {found}");
    assert_eq!(states(&whole), states(&pieces));
    whole.advance(3);
    pieces.advance(3);
    assert_eq!(states(&whole), states(&pieces));
}

#[test]
fn refusals() {
    let lane = [Lane { beta: 1.0, key: Key(1, 2), start: Start::Uniform(2) }];
    assert!(Kinetic::new(&square(3), Rule::Metropolis, &lane).is_err());
    let wrong = PairEnergy { sites: 5, bonds: vec![(1, 1, 1.0)], ..PairEnergy::default() };
    assert!(Kinetic::fits(&wrong).is_err() && Kinetic::fits(&square(3)).is_ok());
    let mut empty = Kinetic::new(&PairEnergy::default(), Rule::Metropolis, &lanes(1, 1.0, 70)).unwrap();
    empty.advance(3);
    assert_eq!((empty.energy(0), empty.first_passage(0, Passage::AtLeast(1.0), 1e300)), (0.0, None));
    let saved = empty.save();
    empty.restore(&saved).unwrap();
}
