//! Metropolis of the kernels that try sites in a fixed order, on small graphs against full enumeration, from two kinds of start.

use super::super::dense::Dense;
use super::super::generic::{Generic, Method, ScalarGraph};
use super::super::random::Key;
use super::super::sampler::{Lane, PairEnergy, Rule, Sampler, Start};
use super::super::sliced::Sliced;
use super::super::sparse::enumerate::{each, ising};
use super::super::sparse::{Representation, Sparse};
use super::kept;

const LANES: usize = 128;

type Bonds = Vec<(usize, usize)>;

/// E, E², |M|.
fn observables(e: f64, m: f64) -> [f64; 3] {
    [e, e * e, m.abs()]
}

fn exact(energy: &PairEnergy, beta: f64) -> [f64; 3] {
    let mut sums = [0.0; 4];
    each(&ising(energy.sites), &mut vec![0; energy.sites], (), |(), state| {
        let e = energy.energy(state);
        let m: f64 = state.iter().map(|&p| 2.0 * f64::from(p) - 1.0).sum();
        let weight = libm::exp(-beta * e);
        sums[3] += weight;
        sums.iter_mut().zip(observables(e, m)).for_each(|(sum, x)| *sum += weight * x);
    });
    [0, 1, 2].map(|k| sums[k] / sums[3])
}

/// Lanes of one start, so that a chain shut in a class of states shows whatever the other classes are. Their independent
/// time averages give the error; 5.5 errors are a false alarm of 2e-7 (Student's t of 127 degrees of freedom).
fn agrees(name: &str, energy: &PairEnergy, beta: f64, make: impl Fn(&[Lane]) -> Box<dyn Sampler>) {
    const SWEEPS: usize = 80;
    let expected = exact(energy, beta);
    for (seed, start) in [(1, Start::Random), (2, Start::Uniform(1))] {
        let lane = |l| Lane { beta, key: Key(seed, 0x7468_696e).derive(l), start: start.clone() };
        let all: Vec<Lane> = (0..LANES as u64).map(lane).collect();
        let mut kernel = make(&all);
        kernel.advance(100);
        let mut averages = vec![[0.0; 3]; LANES];
        for _ in 0..SWEEPS {
            kernel.advance(1);
            for (l, average) in averages.iter_mut().enumerate() {
                let now = observables(kernel.energy(l), kernel.total(l).unwrap());
                average.iter_mut().zip(now).for_each(|(a, x)| *a += x / SWEEPS as f64);
            }
        }
        for (k, expected) in expected.iter().enumerate() {
            let n = LANES as f64;
            let mean = averages.iter().map(|a| a[k]).sum::<f64>() / n;
            let variance = averages.iter().map(|a| (a[k] - mean) * (a[k] - mean)).sum::<f64>() / (n - 1.0);
            let error = (variance / n).sqrt() + 1e-9;
            assert!(
                (mean - expected).abs() <= 5.5 * error,
                "{name}, {start:?}: observable {k} is {mean} +- {error}, exactly {expected}"
            );
        }
    }
}

fn graph(sites: usize, bonds: impl IntoIterator<Item = (usize, usize)>, coupling: f64) -> PairEnergy {
    let bonds = bonds.into_iter().map(|(i, j)| (i as u32, j as u32, coupling)).collect();
    PairEnergy { sites, bonds, fields: vec![], constant: 0.25 }
}

/// The bonds of a piece of the square lattice; those of a closed direction of width two are double.
fn square(rows: usize, columns: usize, closed: [bool; 2]) -> Bonds {
    let mut bonds = Vec::new();
    for x in 0..rows {
        for y in 0..columns {
            if x + 1 < rows || closed[0] {
                bonds.push((x * columns + y, (x + 1) % rows * columns + y));
            }
            if y + 1 < columns || closed[1] {
                bonds.push((x * columns + y, x * columns + (y + 1) % columns));
            }
        }
    }
    bonds
}

fn complete(n: usize) -> Bonds {
    (0..n).flat_map(|i| (0..i).map(move |j| (j, i))).collect()
}

/// The graphs by name, each with couplings of both signs, and an inverse temperature.
fn zoo() -> Vec<(String, PairEnergy, f64)> {
    let mut shapes: Vec<(String, usize, Bonds, f64)> = Vec::new();
    for n in 3..=10 {
        shapes.push((format!("ring of {n}"), n, (0..n).map(|i| (i, (i + 1) % n)).collect(), 0.5));
    }
    for n in [2, 3, 5, 8] {
        shapes.push((format!("chain of {n}"), n, (1..n).map(|i| (i - 1, i)).collect(), 0.5));
    }
    // The sweep meets the sites of this ring in another order than their own.
    shapes.push(("shuffled ring".into(), 8, (0..8).map(|i| (i * 3 % 8, (i + 1) * 3 % 8)).collect(), 0.5));
    shapes.push(("star".into(), 6, (1..6).map(|i| (0, i)).collect(), 0.5));
    shapes.push(("star from outside".into(), 6, (0..5).map(|i| (i, 5)).collect(), 0.5));
    shapes.push(("tree".into(), 7, (1..7).map(|i| ((i - 1) / 2, i)).collect(), 0.5));
    for (rows, columns, closed) in [(2, 3, [false, true]), (2, 4, [false, true]), (2, 4, [false; 2]), (2, 5, [false; 2])] {
        shapes.push((format!("ladder {rows} x {columns} {closed:?}"), rows * columns, square(rows, columns, closed), 0.4));
    }
    shapes.push(("torus 3 x 3".into(), 9, square(3, 3, [true; 2]), 0.25));
    shapes.push(("torus 2 x 4".into(), 8, square(2, 4, [true; 2]), 0.25));
    shapes.push(("torus 2 x 2".into(), 4, square(2, 2, [true; 2]), 0.25));
    for n in [4, 5] {
        shapes.push((format!("complete graph of {n}"), n, complete(n), 0.25));
    }
    let signs = |(name, n, bonds, beta): (String, usize, Bonds, f64)| {
        [1.0, -1.0].map(|j| (format!("{name}, J {j}"), graph(n, bonds.clone(), j), beta))
    };
    shapes.into_iter().flat_map(signs).collect()
}

/// The same beside a pair with a coupling of its own, so that the couplings have no common unit.
fn without_unit(energy: &PairEnergy) -> PairEnergy {
    let n = energy.sites as u32;
    let mut all = energy.clone();
    all.sites += 2;
    all.bonds.push((n, n + 1, std::f64::consts::FRAC_1_PI));
    all
}

fn as_graph(energy: &PairEnergy) -> ScalarGraph {
    let mut b = ScalarGraph::builder(vec![vec![-1.0, 1.0]], vec![0; energy.sites]).unwrap();
    let mut terms = vec![b.constant(energy.constant)];
    for &(i, j, c) in &energy.bonds {
        let (c, si, sj) = (b.constant(-c), b.value(i as usize), b.value(j as usize));
        terms.push(b.product(vec![c, si, sj]));
    }
    let root = b.sum(terms);
    b.finish(root)
}

const RULE: Rule = Rule::Metropolis;

#[test]
fn sparse_integers() {
    for (name, energy, beta) in zoo() {
        agrees(&name, &energy, beta, |lanes| {
            let kernel = Sparse::new(&energy, RULE, lanes).unwrap();
            assert!(matches!(kernel.representation(), Representation::Integer { .. }));
            Box::new(kernel)
        });
    }
}

#[test]
fn sliced() {
    for (name, energy, beta) in zoo() {
        agrees(&name, &energy, beta, |lanes| Box::new(Sliced::new(&energy, RULE, lanes).unwrap()));
    }
}

#[test]
fn sparse_reals() {
    for (name, energy, beta) in zoo() {
        let energy = without_unit(&energy);
        agrees(&name, &energy, beta, |lanes| {
            let kernel = Sparse::new(&energy, RULE, lanes).unwrap();
            assert_eq!(kernel.representation(), Representation::Real);
            Box::new(kernel)
        });
    }
}

#[test]
fn dense() {
    for (name, energy, beta) in zoo() {
        for energy in [energy.clone(), without_unit(&energy)] {
            agrees(&name, &energy, beta, |lanes| Box::new(Dense::new(&energy, RULE, lanes).unwrap()));
        }
    }
}

#[test]
fn generic_by_tables() {
    for (name, energy, beta) in zoo() {
        agrees(&name, &energy, beta, |lanes| {
            let kernel = Generic::new(&as_graph(&energy), RULE, lanes).unwrap();
            assert_eq!(kernel.method(), Method::Tables);
            Box::new(kernel)
        });
    }
}

#[test]
fn generic_by_the_graph() {
    for (name, energy, beta) in zoo() {
        agrees(&name, &energy, beta, |lanes| Box::new(Generic::with_graph(&as_graph(&energy), RULE, lanes).unwrap()));
    }
}

/// Negative temperature, and zero temperature, where a wall between two domains of an open chain wanders until it
/// leaves: every chain ends in a ground state.
#[test]
fn limits_of_temperature() {
    let ring = graph(7, (0..7).map(|i| (i, (i + 1) % 7)), 1.0);
    for energy in [ring.clone(), without_unit(&ring)] {
        agrees("sparse", &energy, -0.4, |lanes| Box::new(Sparse::new(&energy, RULE, lanes).unwrap()));
        agrees("dense", &energy, -0.4, |lanes| Box::new(Dense::new(&energy, RULE, lanes).unwrap()));
        agrees("generic", &energy, -0.4, |lanes| Box::new(Generic::new(&as_graph(&energy), RULE, lanes).unwrap()));
        let cold = |l| Lane { beta: f64::INFINITY, key: Key(3, 3).derive(l), start: Start::Random };
        let lanes: Vec<Lane> = (0..32).map(cold).collect();
        let kernels: [Box<dyn Sampler>; 3] = [
            Box::new(Sparse::new(&energy, RULE, &lanes).unwrap()),
            Box::new(Dense::new(&energy, RULE, &lanes).unwrap()),
            Box::new(Generic::new(&as_graph(&energy), RULE, &lanes).unwrap()),
        ];
        let ground = energy.energy(&vec![1; energy.sites]);
        for mut kernel in kernels {
            // A pair of walls meets within some ten sweeps; 600 leave a chance far below 1e-9.
            kernel.advance(600);
            for l in 0..lanes.len() {
                assert!((kernel.energy(l) - ground).abs() < 1e-9, "lane {l}");
            }
        }
    }
}

#[test]
fn the_factors() {
    assert_eq!([kept(2, 0.7), kept(3, -0.7), kept(3, f64::INFINITY), kept(9, 0.0)], [0.5, 0.9375, 0.9375, 0.5]);
    for (n, beta) in [(2, 1.0), (3, 1.0)] {
        assert_eq!((kept(n, beta) * 65_536.0).fract(), 0.0);
    }
}
