//! The energies that the rows run.

use ann_lang::kernels::generic::{Operation, ScalarGraph};
use ann_lang::kernels::random::{Key, Stream};
use ann_lang::kernels::sampler::{Lane, PairEnergy, Start};

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
