//! The energies that the rows run.

use ann_lang::kernels::continuous::FieldModel;
use ann_lang::kernels::field::{Block, Space};
use ann_lang::kernels::generic::{Operation, ScalarGraph};
use ann_lang::kernels::overlap::{Form, OverlapEnergy, Patterns};
use ann_lang::kernels::random::{Key, Stream};
use ann_lang::kernels::sampler::{Lane, PairEnergy, Start};
use std::sync::Arc;

/// β at the transition of the square lattice, ln(1 + √2) / 2 (Onsager, Phys. Rev. 65, 117 (1944)).
pub const SQUARE_CRITICAL: f64 = 0.440_686_793_509_772;

/// β at the transition of the cubic lattice (Ferrenberg, Xu, Landau, Phys. Rev. E 97, 043301 (2018)).
pub const CUBIC_CRITICAL: f64 = 0.221_654_626;

/// β of the plain loops for the ±J glass, and of the rows.
pub const GLASS: f64 = 0.9;

pub fn lanes(n: usize, beta: f64, start: Start) -> Vec<Lane> {
    (0..n).map(|l| Lane { beta, key: Key(1, 2).derive(l as u64), start: start.clone() }).collect()
}

/// The neighbours of the sites of a periodic lattice of L^D sites: forwards in each direction, then backwards.
pub fn neighbours<const Z: usize>(l: usize) -> Vec<[u32; Z]> {
    let d = Z / 2;
    (0..l.pow(d as u32))
        .map(|i| {
            std::array::from_fn(|k| {
                let stride = l.pow((k % d) as u32);
                let x = i / stride % l;
                let to = if k < d { (x + 1) % l } else { (x + l - 1) % l };
                (i + to * stride - x * stride) as u32
            })
        })
        .collect()
}

/// The periodic lattice of L^D sites with couplings drawn bond by bond.
pub fn torus<const Z: usize>(l: usize, mut coupling: impl FnMut() -> f64) -> PairEnergy {
    let near = neighbours::<Z>(l);
    let mut bonds = Vec::new();
    for (i, n) in near.iter().enumerate() {
        for &j in &n[..Z / 2] {
            bonds.push((i as u32, j, coupling()));
        }
    }
    PairEnergy { sites: near.len(), bonds, ..PairEnergy::default() }
}

/// ±1 with equal probability.
pub fn signs(key: Key) -> impl FnMut() -> f64 {
    let mut stream = Stream::new(key);
    move || if stream.below(2) == 0 { 1.0 } else { -1.0 }
}

/// Sherrington and Kirkpatrick: normal couplings of variance 1/N for every pair.
pub fn sherrington_kirkpatrick(n: usize) -> PairEnergy {
    let mut stream = Stream::new(Key(7, 8));
    let scale = 1.0 / (n as f64).sqrt();
    let pairs = (0..n as u32).flat_map(|i| (0..i).map(move |j| (i, j)));
    PairEnergy { sites: n, bonds: pairs.map(|(i, j)| (i, j, stream.normal() * scale)).collect(), ..PairEnergy::default() }
}

/// Couplings plus or minus 1/√N for every pair.
pub fn sherrington_kirkpatrick_signs(n: usize) -> PairEnergy {
    let mut sign = signs(Key(7, 9));
    let scale = 1.0 / (n as f64).sqrt();
    let pairs = (0..n as u32).flat_map(|i| (0..i).map(move |j| (i, j)));
    PairEnergy { sites: n, bonds: pairs.map(|(i, j)| (i, j, sign() * scale)).collect(), ..PairEnergy::default() }
}

/// Hopfield's model: -(1/2N) Σ_μ (Σ_i ξ_i^μ s_i)² with patterns of ±1, and the first of them as a state.
pub fn hopfield(n: usize, patterns: usize) -> (OverlapEnergy, Vec<u8>) {
    let mut sign = signs(Key(7, 10));
    let numbers: Vec<f64> = (0..n * patterns).map(|_| sign()).collect();
    let first = numbers[..n].iter().map(|x| u8::from(*x > 0.0)).collect();
    let form = Form::Quadratic(vec![-0.5 / n as f64; patterns]);
    let group = Patterns { numbers: Arc::new(numbers), offsets: vec![0.0; patterns], form };
    (OverlapEnergy { sites: n, groups: vec![group], ..OverlapEnergy::default() }, first)
}

/// A random graph of three neighbours a site and couplings of ±1. Ends of bonds are paired at random; the few bonds of a site with
/// itself are left out.
pub fn regular(n: usize) -> PairEnergy {
    let mut stream = Stream::new(Key(3, 2));
    let mut ends: Vec<u32> = (0..3 * n as u32).map(|k| k / 3).collect();
    for i in (1..ends.len()).rev() {
        ends.swap(i, stream.below(i as u32 + 1) as usize);
    }
    let mut sign = signs(Key(3, 3));
    let bonds = ends.as_chunks::<2>().0.iter().filter(|e| e[0] != e[1]).map(|e| (e[0], e[1], sign())).collect();
    PairEnergy { sites: n, bonds, ..PairEnergy::default() }
}

/// Couplings of ±1 between a share of all pairs, as the cut of a graph with weights.
pub fn maximum_cut(n: u32, density: f64, instance: u64) -> PairEnergy {
    let mut stream = Stream::new(Key(5, 2 + instance));
    let mut bonds = Vec::new();
    for i in 0..n {
        for j in 0..i {
            if stream.uniform() < density {
                bonds.push((i, j, if stream.below(2) == 0 { -1.0 } else { 1.0 }));
            }
        }
    }
    PairEnergy { sites: n as usize, bonds, ..PairEnergy::default() }
}

/// The lattice field E = Σ_bonds (φ - φ')² / 2 + Σ (mass φ² / 2 + coupling φ⁴ / 4) on L² sites.
pub fn phi_four(l: usize, coupling: f64, mass: f64) -> FieldModel {
    let near = neighbours::<4>(l);
    let mut b = ScalarGraph::over_components(near.len());
    let (half, two, four) = (b.constant(0.5), b.constant(2.0), b.constant(4.0));
    let (mass, coupling) = (b.constant(0.5 * mass), b.constant(0.25 * coupling));
    let mut terms = Vec::new();
    for (i, n) in near.iter().enumerate() {
        let x = b.value(i);
        for &j in &n[..2] {
            let y = b.value(j as usize);
            let difference = b.sub(x, y);
            let square = b.pow(difference, two);
            terms.push(b.mul(half, square));
        }
        let (square, fourth) = (b.pow(x, two), b.pow(x, four));
        terms.push(b.mul(mass, square));
        terms.push(b.mul(coupling, fourth));
    }
    let root = b.sum(terms);
    let space = Space::Line { low: f64::NEG_INFINITY, high: f64::INFINITY };
    FieldModel { blocks: vec![Block { sites: near.len(), space }], graph: b.finish(root) }
}

/// The Potts model of three states on the square lattice, E = -Σ δ(s_i, s_j), as an expression.
pub fn potts(l: usize) -> ScalarGraph {
    let near = neighbours::<4>(l);
    let mut b = ScalarGraph::builder(vec![vec![0.0, 1.0, 2.0]], vec![0; near.len()]).expect("three values a site");
    let mut terms = Vec::new();
    for (i, n) in near.iter().enumerate() {
        for &j in &n[..2] {
            let (x, y) = (b.value(i), b.value(j as usize));
            let equal = b.binary(Operation::Equal, x, y);
            terms.push(b.neg(equal));
        }
    }
    let root = b.sum(terms);
    b.finish(root)
}
