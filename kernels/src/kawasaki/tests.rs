//! Against enumeration of the states of one composition and the exact matrix of one exchange.

use super::super::generic::tests::{blume_capel, from_pairs, nonlinear, potts, sets};
use super::super::generic::{Operation, ScalarGraph};
use super::super::random::Key;
use super::super::random_order::tests::{after, place, real, small, spreads_as};
use super::super::sampler::{Lane, PairEnergy, Sampler, Start};
use super::super::sparse::enumerate::{compare, each, ising, lanes, obeys_the_contract, random_pairs, states};
use super::{Exchange, Group, Kawasaki, Moves};

fn ring(n: u32) -> Vec<(u32, u32)> {
    (0..n).map(|i| (i, (i + 1) % n)).collect()
}

fn counts(state: &[u8], q: usize) -> Vec<u64> {
    (0..q as u8).map(|v| state.iter().filter(|&&p| p == v).count() as u64).collect()
}

/// Averages as those of `moments`, among the states that pass.
fn within(sets: &[Vec<f64>], beta: f64, energy: impl Fn(&[u8]) -> f64, passes: impl Fn(&[u8]) -> bool) -> [f64; 4] {
    let (mut sums, mut z) = ([0.0; 4], 0.0);
    each(sets, &mut vec![0; sets.len()], (), |(), s| {
        if passes(s) && energy(s).is_finite() {
            let e = energy(s);
            let m: f64 = s.iter().zip(sets).map(|(&p, set)| set[p as usize]).sum();
            let w = libm::exp(-beta * e);
            z += w;
            sums.iter_mut().zip([e, e * e, m, m * m]).for_each(|(sum, x)| *sum += w * x);
        }
    });
    sums.map(|s| s / z)
}

#[test]
fn pairwise_energies_sample_the_states_of_their_composition() {
    for draw in [small, real] {
        for (moves, beta) in [(Moves::Global, 0.5), (Moves::Pairs(ring(8)), 0.3), (Moves::Global, 0.0)] {
            for composition in [None, Some(vec![6, 2])] {
                let energy = random_pairs(200, 8, true, draw);
                let wanted = composition.clone().unwrap_or(vec![4, 4]);
                let exchange = Exchange::of_all(8, composition, moves.clone());
                let mut kernel = Kawasaki::new(&energy, &exchange, &lanes(4, beta, 201)).unwrap();
                let exact = within(&ising(8), beta, |s| energy.energy(s), |s| counts(s, 2) == wanted);
                compare(&mut kernel, &ising(8), exact, 800);
                assert!(states(&kernel).iter().all(|s| counts(s, 2) == wanted));
            }
        }
    }
}

#[test]
fn graphs_sample_the_states_of_their_composition() {
    for (graph, wanted) in [(blume_capel(), vec![1, 2, 3]), (potts(), vec![2, 1, 1, 1]), (nonlinear(), vec![5, 4])] {
        let n = graph.sites();
        for by_graph in [false, true] {
            for moves in [Moves::Global, Moves::Pairs(ring(n as u32))] {
                let exchange = Exchange::of_all(n, Some(wanted.clone()), moves);
                let mut kernel = Kawasaki::on_terrain(&graph, &exchange, &lanes(2, 0.6, 202), by_graph).unwrap();
                let exact = within(&sets(&graph), 0.6, |s| graph.evaluate(s), |s| counts(s, wanted.len()) == wanted);
                compare(&mut kernel, &sets(&graph), exact, 400);
                for (l, s) in states(&kernel).iter().enumerate() {
                    assert_eq!(counts(s, wanted.len()), wanted);
                    assert!((kernel.energy(l) - graph.evaluate(s)).abs() < 1e-12);
                }
            }
        }
    }
}

/// The distribution after one sweep of n trials, P^(n-1) ((1 + P) / 2)^2, with P from the definition; P obeys
/// detailed balance. Includes two sites with unequal values, whose free exchange would alternate for ever.
#[test]
fn sweeps_spread_as_the_matrix_of_exchanges() {
    for (pairs, start) in [(vec![(0u32, 1u32), (1, 2), (2, 3), (0, 1)], vec![1u8, 0, 0, 1]), (vec![(0, 1)], vec![0, 1])] {
        let n = start.len();
        for draw in [small, real] {
            let energy = random_pairs(203, n, true, draw);
            for global in [false, true] {
                for beta in [0.4, 0.0] {
                    let all: Vec<(u32, u32)> = (0..n as u32).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
                    let (tried, moves) = if global { (all, Moves::Global) } else { (pairs.clone(), Moves::Pairs(pairs.clone())) };
                    let size = 1 << n;
                    let mut matrix = vec![vec![0.0; size]; size];
                    let mut weights = vec![0.0; size];
                    each(&ising(n), &mut vec![0; n], (), |(), s| {
                        let from = place(&ising(n), s);
                        weights[from] = libm::exp(-beta * energy.energy(s));
                        for &(i, j) in &tried {
                            let mut new = s.to_vec();
                            new.swap(i as usize, j as usize);
                            let p = libm::exp(-beta * (energy.energy(&new) - energy.energy(s))).min(1.0) / tried.len() as f64;
                            matrix[from][place(&ising(n), &new)] += p;
                            matrix[from][from] += 1.0 / tried.len() as f64 - p;
                        }
                    });
                    for a in 0..size {
                        for b in 0..size {
                            assert!((weights[a] * matrix[a][b] - weights[b] * matrix[b][a]).abs() < 1e-12);
                        }
                    }
                    let mut p = vec![0.0; size];
                    p[place(&ising(n), &start)] = 1.0;
                    for _ in 1..n {
                        p = after(&matrix, &p);
                    }
                    for _ in 0..2 {
                        p = after(&matrix, &p).iter().zip(&p).map(|(x, y)| 0.5 * (x + y)).collect();
                    }
                    let exchange = Exchange::of_all(n, None, moves);
                    let given: Vec<Lane> =
                        lanes(100, beta, 204).into_iter().map(|l| Lane { start: Start::Given(start.clone()), ..l }).collect();
                    let mut kernel = Kawasaki::new(&energy, &exchange, &given).unwrap();
                    spreads_as(&mut kernel, &ising(n), &start, 1, 200, &p);
                    let graph = from_pairs(&energy);
                    let mut kernel = Kawasaki::of_graph(&graph, &exchange, &given).unwrap();
                    spreads_as(&mut kernel, &ising(n), &start, 1, 100, &p);
                }
            }
        }
    }
}

/// Two variables with sets of their own: each keeps its composition.
#[test]
fn variables_exchange_within_themselves() {
    let mut b = ScalarGraph::builder(vec![vec![-1.0, 0.0, 1.0], vec![-1.0, 1.0]], vec![0, 0, 0, 0, 1, 1, 1, 1]).unwrap();
    let s: Vec<_> = (0..8).map(|i| b.value(i)).collect();
    let mut terms: Vec<_> = (0..8).map(|i| b.mul(s[i], s[(i + 3) % 8])).collect();
    terms.push(b.product(vec![s[0], s[1], s[5]]));
    let root = b.sum(terms);
    let graph = b.finish(root);
    let groups = vec![Group { sites: 0..4, composition: None }, Group { sites: 4..8, composition: Some(vec![1, 3]) }];
    let exchange = Exchange { groups, moves: Moves::Global };
    let mut kernel = Kawasaki::of_graph(&graph, &exchange, &lanes(2, 0.5, 205)).unwrap();
    let passes = |s: &[u8]| counts(&s[..4], 3) == [2, 1, 1] && counts(&s[4..], 2) == [1, 3];
    let exact = within(&sets(&graph), 0.5, |s| graph.evaluate(s), passes);
    compare(&mut kernel, &sets(&graph), exact, 400);
    assert!(states(&kernel).iter().all(|s| passes(s)));
}

/// Hard cores on a ring, with an attraction of second neighbours. If `prescribed`, the energy itself allows three particles only.
fn hard_cores(prescribed: bool) -> ScalarGraph {
    let mut b = ScalarGraph::builder(vec![vec![0.0, 1.0]], vec![0; 9]).unwrap();
    let s: Vec<_> = (0..9).map(|i| b.value(i)).collect();
    let (high, low) = (b.constant(f64::INFINITY), b.constant(0.0));
    let mut terms = Vec::new();
    for i in 0..9 {
        let both = b.binary(Operation::And, s[i], s[(i + 1) % 9]);
        terms.push(b.choose(both, high, low));
        let far = b.mul(s[i], s[(i + 2) % 9]);
        terms.push(b.neg(far));
    }
    if prescribed {
        let (total, three) = (b.sum(s), b.constant(3.0));
        let right = b.binary(Operation::Equal, total, three);
        terms.push(b.choose(right, low, high));
    }
    let root = b.sum(terms);
    b.finish(root)
}

/// Between the two changes of an exchange a forbidden state may lie, in one order or in both.
#[test]
fn forbidden_states_between_are_passed() {
    for prescribed in [false, true] {
        let graph = hard_cores(prescribed);
        for by_graph in [false, true] {
            let exchange = Exchange::of_all(9, Some(vec![6, 3]), Moves::Pairs(ring(9)));
            let start = Start::Given(vec![1, 0, 1, 0, 0, 1, 0, 0, 0]);
            let all = [Lane { beta: 0.7, key: Key(1, 206), start }];
            let mut kernel = Kawasaki::on_terrain(&graph, &exchange, &all, by_graph).unwrap();
            let exact = within(&sets(&graph), 0.7, |s| graph.evaluate(s), |s| counts(s, 2) == [6, 3]);
            compare(&mut kernel, &sets(&graph), exact, 800);
            assert!(kernel.energy(0).is_finite());
        }
    }
}

#[test]
fn the_contract() {
    let mut all = lanes(6, 0.05, 207);
    all[3].beta = 0.1;
    let exchange = Exchange::of_all(37, None, Moves::Pairs(ring(37)));
    for draw in [real, small] {
        let energy = random_pairs(208, 37, true, draw);
        obeys_the_contract(&all, |lanes| Kawasaki::new(&energy, &exchange, lanes).unwrap());
        let graph = from_pairs(&energy);
        obeys_the_contract(&all, |lanes| Kawasaki::on_terrain(&graph, &exchange, lanes, false).unwrap());
        obeys_the_contract(&all, |lanes| Kawasaki::on_terrain(&graph, &exchange, lanes, true).unwrap());
    }
}

#[test]
fn energies_are_those_of_the_definition() {
    for draw in [real, small] {
        let energy = random_pairs(209, 40, true, draw);
        for moves in [Moves::Global, Moves::Pairs(ring(40))] {
            let exchange = Exchange::of_all(40, Some(vec![13, 27]), moves);
            let mut kernel = Kawasaki::new(&energy, &exchange, &lanes(3, 0.1, 210)).unwrap();
            for _ in 0..40 {
                kernel.advance(10);
                for (l, s) in states(&kernel).iter().enumerate() {
                    assert!((kernel.energy(l) - energy.energy(s)).abs() < 1e-10);
                    assert_eq!((kernel.total(l), counts(s, 2)), (Some(14.0), vec![13, 27]));
                }
            }
            kernel.set_beta(0, f64::INFINITY);
            let mut before = kernel.energy(0);
            for _ in 0..50 {
                kernel.advance(1);
                assert!(kernel.energy(0) <= before + 1e-10);
                before = kernel.energy(0);
            }
        }
    }
}

#[test]
fn starts_and_refusals() {
    let energy = PairEnergy { sites: 5, bonds: vec![(0, 1, 1.0)], ..PairEnergy::default() };
    let lane = |start| [Lane { beta: 1.0, key: Key(1, 2), start }];
    let make = |exchange: &Exchange, start| Kawasaki::new(&energy, exchange, &lane(start)).map(|k| states(&k)[0].clone());
    let all = |composition, moves| Exchange::of_all(5, composition, moves);
    assert_eq!(counts(&make(&all(None, Moves::Global), Start::Random).unwrap(), 2), [3, 2]);
    assert_eq!(make(&all(Some(vec![4, 1]), Moves::Global), Start::Given(vec![0, 0, 1, 0, 0])).unwrap(), [0, 0, 1, 0, 0]);
    let refused = |exchange: &Exchange, start, reason: &str| {
        let said = make(exchange, start).unwrap_err();
        assert!(said.contains(reason), "{said}");
    };
    refused(&all(None, Moves::Global), Start::Uniform(1), "nothing could move");
    refused(&all(None, Moves::Global), Start::Given(vec![1; 5]), "nothing could move");
    refused(&all(Some(vec![5, 0]), Moves::Global), Start::Random, "nothing could move");
    refused(&all(Some(vec![4, 1]), Moves::Global), Start::Given(vec![0, 1, 1, 0, 0]), "composition [3, 2]");
    refused(&all(Some(vec![4, 2]), Moves::Global), Start::Random, "composition of 6 spins");
    refused(&all(Some(vec![u64::MAX, 6]), Moves::Global), Start::Random, "for 5 spins");
    refused(&all(Some(vec![5]), Moves::Global), Start::Random, "spins of 2 values");
    refused(&all(None, Moves::Pairs(vec![])), Start::Random, "no two spins");
    refused(&all(None, Moves::Pairs(vec![(2, 2)])), Start::Random, "not two");
    refused(&all(None, Moves::Pairs(vec![(2, 5)])), Start::Random, "not two");
    let group = |sites| Group { sites, composition: None };
    let groups = |groups, moves| Exchange { groups, moves };
    refused(&groups(vec![group(0..3)], Moves::Global), Start::Random, "takes no part");
    refused(&groups(vec![group(0..3), group(2..5)], Moves::Global), Start::Random, "two groups");
    refused(&groups(vec![group(0..3), group(3..6)], Moves::Global), Start::Random, "no part of 5");
    refused(&groups(vec![group(0..3), group(3..5)], Moves::Pairs(vec![(2, 3)])), Start::Random, "different variables");
    let mut mixed = ScalarGraph::builder(vec![vec![0.0, 1.0], vec![0.0, 2.0]], vec![0, 1]).unwrap();
    let root = mixed.value(0);
    let graph = mixed.finish(root);
    let exchange = Exchange::of_all(2, None, Moves::Global);
    assert!(Kawasaki::of_graph(&graph, &exchange, &lane(Start::Random)).is_err());
}

#[test]
fn connection() {
    let all = |moves| Exchange::of_all(5, None, moves);
    assert!(all(Moves::Global).connected() && all(Moves::Pairs(ring(5))).connected());
    assert!(!all(Moves::Pairs(vec![(0, 1), (2, 3), (3, 4)])).connected());
    let group = |sites| Group { sites, composition: None };
    let two = Exchange { groups: vec![group(0..2), group(2..5)], moves: Moves::Pairs(vec![(0, 1), (2, 3), (3, 4)]) };
    assert!(two.connected());
}
