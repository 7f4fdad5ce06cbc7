//! Against full enumeration, by tables and by the graph.

use super::super::random::{Key, Stream};
use super::super::sampler::{Lane, PairEnergy, Rule, Sampler, Start};
use super::super::sparse::enumerate::{compare, each, lanes, moments, obeys_the_contract, random_pairs, states};
use super::{Builder, Function, Generic, Method, Node, Operation, ScalarGraph};

const RULES: [Rule; 2] = [Rule::Metropolis, Rule::HeatBath];

fn uniform(sites: usize, set: &[f64]) -> Builder {
    ScalarGraph::builder(vec![set.to_vec()], vec![0; sites]).unwrap()
}

pub(crate) fn sets(graph: &ScalarGraph) -> Vec<Vec<f64>> {
    (0..graph.sites()).map(|i| graph.values(i).to_vec()).collect()
}

/// A graph written as a pairwise energy is.
pub(crate) fn from_pairs(energy: &PairEnergy) -> ScalarGraph {
    let mut b = uniform(energy.sites, &[-1.0, 1.0]);
    let mut terms = vec![b.constant(energy.constant)];
    for &(i, j, c) in &energy.bonds {
        let (c, si, sj) = (b.constant(-c), b.value(i as usize), b.value(j as usize));
        terms.push(b.product(vec![si, c, sj]));
    }
    for (i, &h) in energy.fields.iter().enumerate() {
        let (h, s) = (b.constant(h), b.value(i));
        let term = b.mul(h, s);
        terms.push(b.neg(term));
    }
    let root = b.sum(terms);
    b.finish(root)
}

/// Blume and Capel: a ring of {-1, 0, 1} with second neighbours and a crystal field.
pub(crate) fn blume_capel() -> ScalarGraph {
    let mut b = uniform(6, &[-1.0, 0.0, 1.0]);
    let s: Vec<Node> = (0..6).map(|i| b.value(i)).collect();
    let mut terms = Vec::new();
    for i in 0..6 {
        let (bond, half) = (b.mul(s[i], s[(i + 1) % 6]), b.constant(0.3));
        terms.push(b.neg(bond));
        let far = b.mul(s[i], s[(i + 2) % 6]);
        terms.push(b.mul(half, far));
        let two = b.constant(2.0);
        let square = b.pow(s[i], two);
        let field = b.constant(0.7);
        terms.push(b.mul(field, square));
    }
    let root = b.sum(terms);
    b.finish(root)
}

/// Four-state Potts with a field on one value and bonds of two strengths.
pub(crate) fn potts() -> ScalarGraph {
    let mut b = uniform(5, &[0.0, 1.0, 2.0, 3.0]);
    let s: Vec<Node> = (0..5).map(|i| b.value(i)).collect();
    let mut terms = Vec::new();
    for i in 0..5 {
        for j in 0..i {
            let equal = b.binary(Operation::Equal, s[i], s[j]);
            let strength = b.constant(if i - j == 1 { -1.0 } else { 0.37 });
            terms.push(b.mul(strength, equal));
        }
    }
    let two = b.constant(2.0);
    let is_two = b.binary(Operation::GreaterEqual, s[0], two);
    terms.push(is_two);
    let root = b.sum(terms);
    b.finish(root)
}

/// Random terms of three and five spins with a double one; the sites have sets of different sizes.
pub(crate) fn many_spin() -> ScalarGraph {
    let kinds = vec![vec![-1.0, 1.0], vec![-0.5, 0.25, 2.0]];
    let mut b = ScalarGraph::builder(kinds, (0..8).map(|i| u32::from(i % 3 == 0)).collect()).unwrap();
    let s: Vec<Node> = (0..8).map(|i| b.value(i)).collect();
    let mut stream = Stream::new(Key(31, 1));
    let mut terms = Vec::new();
    for k in 0..12 {
        let i = stream.below(6) as usize;
        let mut factors = vec![s[i], s[i + 1], s[i + 2]];
        if k % 4 == 0 {
            factors = vec![s[0], s[2], s[4], s[5], s[7]];
        }
        let (c, product) = (b.constant(stream.normal()), b.product(factors));
        terms.push(b.mul(c, product));
    }
    terms.push(terms[3]);
    let root = b.sum(terms);
    b.finish(root)
}

/// |Σ s|^1.5 / N, a maximum of products and a condition: nothing local.
pub(crate) fn nonlinear() -> ScalarGraph {
    let mut b = uniform(9, &[-1.0, 1.0]);
    let s: Vec<Node> = (0..9).map(|i| b.value(i)).collect();
    let total = b.sum(s.clone());
    let (size, power, n) = (b.unary(Function::Abs, total), b.constant(1.5), b.constant(9.0));
    let size = b.pow(size, power);
    let first = b.div(size, n);
    let products: Vec<Node> = (0..7).map(|i| b.mul(s[i], s[i + 2])).collect();
    let mut weighted = Vec::new();
    for (i, &p) in products.iter().enumerate() {
        let c = b.constant(0.2 * i as f64);
        weighted.push(b.mul(c, p));
    }
    let largest = b.max(weighted.clone());
    let smallest = b.min(products);
    let inner = b.sum(weighted);
    let inner = b.unary(Function::Tanh, inner);
    let zero = b.constant(0.0);
    let condition = b.binary(Operation::Less, total, zero);
    let second = b.choose(condition, largest, inner);
    let root = b.sum(vec![first, second, smallest, s[3]]);
    b.finish(root)
}

#[test]
fn every_energy_samples_its_boltzmann_distribution() {
    let energies =
        [blume_capel(), potts(), many_spin(), nonlinear(), from_pairs(&random_pairs(51, 8, true, |s| 0.5 * s.normal()))];
    for (k, graph) in energies.iter().enumerate() {
        for rule in RULES {
            for by_graph in [false, true] {
                for beta in [0.6, 0.0] {
                    let all = lanes(2, beta, 41);
                    let make = if by_graph { Generic::with_graph } else { Generic::new };
                    let mut kernel = make(graph, rule, &all).unwrap();
                    let expected = if by_graph || k == 3 { Method::Graph } else { Method::Tables };
                    assert_eq!(kernel.method(), expected);
                    let exact = moments(&sets(graph), beta, |s| graph.evaluate(s));
                    compare(&mut kernel, &sets(graph), exact, 300);
                }
            }
        }
    }
}

#[test]
fn energies_and_running_values_are_those_of_the_graph() {
    for graph in [blume_capel(), potts(), many_spin(), nonlinear()] {
        for make in [Generic::new, Generic::with_graph] {
            let mut kernel = make(&graph, Rule::Metropolis, &lanes(2, 0.4, 42)).unwrap();
            for sweep in 1..150 {
                kernel.advance(1);
                for (l, s) in states(&kernel).iter().enumerate() {
                    let exact = graph.evaluate(s);
                    assert!((kernel.energy(l) - exact).abs() < 1e-12);
                    let total: f64 = s.iter().enumerate().map(|(i, &p)| graph.values(i)[p as usize]).sum();
                    assert!((kernel.total(l).unwrap() - total).abs() < 1e-12);
                    if kernel.method() == Method::Graph {
                        let root = kernel.chains[l].running[graph.root.index()];
                        assert!((root - exact).abs() < 1e-12, "sweep {sweep}: {root} {exact}");
                    }
                }
            }
        }
    }
}

#[test]
fn tables_and_graph_take_the_same_path() {
    for graph in [potts(), many_spin()] {
        for rule in RULES {
            let all = lanes(3, 0.5, 43);
            let mut tables = Generic::new(&graph, rule, &all).unwrap();
            let mut whole = Generic::with_graph(&graph, rule, &all).unwrap();
            tables.advance(200);
            whole.advance(200);
            assert_eq!(states(&tables), states(&whole));
        }
    }
}

#[test]
fn the_contract() {
    // Enough sites for every lane to be in a state of its own.
    let pairs = from_pairs(&random_pairs(52, 30, true, |s| s.normal()));
    let mut all = lanes(6, 0.05, 44);
    all[3].beta = 0.1;
    for rule in RULES {
        obeys_the_contract(&all, |lanes| Generic::new(&pairs, rule, lanes).unwrap());
        obeys_the_contract(&all, |lanes| Generic::with_graph(&pairs, rule, lanes).unwrap());
    }
}

#[test]
fn zero_temperature_never_rises_and_finds_a_minimum() {
    for graph in [blume_capel(), potts(), nonlinear()] {
        for rule in RULES {
            let mut kernel = Generic::new(&graph, rule, &lanes(4, f64::INFINITY, 45)).unwrap();
            let mut before: Vec<f64> = (0..4).map(|l| kernel.energy(l)).collect();
            for _ in 0..50 {
                kernel.advance(1);
                for (l, before) in before.iter_mut().enumerate() {
                    assert!(kernel.energy(l) <= *before + 1e-12);
                    *before = kernel.energy(l);
                }
            }
            for mut s in states(&kernel) {
                let here = graph.evaluate(&s);
                for i in 0..s.len() {
                    let old = s[i];
                    for v in 0..graph.values(i).len() as u8 {
                        s[i] = v;
                        assert!(graph.evaluate(&s) >= here - 1e-12);
                    }
                    s[i] = old;
                }
            }
        }
    }
}

/// Hard cores on a ring: infinite energy where neighbours are both 1; NaN beside it.
#[test]
fn forbidden_states_are_left_and_not_entered() {
    for barrier in [f64::INFINITY, f64::NAN] {
        // A barrier that is no number is no law: it is met, and told.
        let senseless = barrier.is_nan();
        let mut b = uniform(8, &[0.0, 1.0]);
        let s: Vec<Node> = (0..8).map(|i| b.value(i)).collect();
        let (high, low) = (b.constant(barrier), b.constant(0.0));
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
            for make in [Generic::new, Generic::with_graph] {
                let all = [Lane { beta: 0.8, key: Key(1, 46), start: Start::Uniform(1) }];
                let mut kernel = make(&graph, rule, &all).unwrap();
                assert!(!kernel.energy(0).is_finite());
                if senseless {
                    kernel.advance(50);
                    assert!(kernel.energy(0).is_nan());
                } else {
                    compare(&mut kernel, &sets(&graph), exact, 1000);
                }
            }
        }
    }
}

#[test]
fn pairs_are_found_where_they_are() {
    let same = |graph: &ScalarGraph| {
        let energy = graph.as_pairs().expect("pairwise");
        each(&sets(graph), &mut vec![0; graph.sites()], (), |(), s| {
            let exact = graph.evaluate(s);
            assert!((energy.energy(s) - exact).abs() < 1e-10 * (1.0 + exact.abs()), "{s:?}");
        });
    };
    same(&from_pairs(&random_pairs(53, 9, true, |s| s.normal())));
    // (Σ s)^2 / N, a lattice gas, equal neighbours, a condition, |s + s'|, and s1 s2 s3 s3.
    let mut b = ScalarGraph::builder(vec![vec![-1.0, 1.0], vec![0.0, 1.0], vec![2.0, -3.5]], vec![0, 1, 2, 0, 1, 2, 0]).unwrap();
    let s: Vec<Node> = (0..7).map(|i| b.value(i)).collect();
    let (total, two, n) = (b.sum(s.clone()), b.constant(2.0), b.constant(7.0));
    let square = b.pow(total, two);
    let mean = b.div(square, n);
    let equal = b.binary(Operation::Equal, s[0], s[3]);
    let condition = b.choose(s[1], s[4], s[1]);
    let gas = b.mul(s[1], s[4]);
    let sum = b.add(s[2], s[5]);
    let modulus = b.unary(Function::Abs, sum);
    let squares = b.product(vec![s[0], s[6], s[3], s[6]]);
    let bent = b.sub(mean, gas);
    let root = b.sum(vec![bent, modulus, squares, equal, condition]);
    let graph = b.finish(root);
    same(&graph);
    assert_eq!(nonlinear().as_pairs(), None);
    assert_eq!(potts().as_pairs(), None);
    let mut b = uniform(3, &[-1.0, 1.0]);
    let s: Vec<Node> = (0..3).map(|i| b.value(i)).collect();
    let equal = b.binary(Operation::Equal, s[0], s[1]);
    let root = b.choose(equal, s[2], s[0]);
    assert_eq!(b.finish(root).as_pairs(), None);
}

#[test]
fn the_builder_folds_and_shares() {
    let mut b = uniform(3, &[-1.0, 1.0]);
    let (x, y) = (b.value(0), b.value(1));
    let first = b.mul(x, y);
    assert_eq!(b.mul(x, y), first);
    let (two, three) = (b.constant(2.0), b.constant(3.0));
    let five = b.add(two, three);
    assert_eq!(b.constant_value(five), Some(5.0));
    let six = b.product(vec![two, x, three]);
    let unused = b.unary(Function::Exp, y);
    assert_ne!(unused, six);
    let graph = b.finish(six);
    assert_eq!((graph.size(), graph.evaluate(&[0, 0, 0]), graph.evaluate(&[1, 0, 0])), (3, -6.0, 6.0));
    assert!(ScalarGraph::builder(vec![vec![]], vec![0]).is_err());
    assert!(ScalarGraph::builder(vec![vec![1.0]], vec![1]).is_err());
}
