//! The lattices of the standard library, declared as a script would, and what is known about them.

mod finite;
mod graphs;
mod known;

use super::*;
use Boundary::{Antiperiodic, Open, Periodic};

/// The same extent in every direction.
pub(super) fn lattice(name: &str, l: usize, bonds: &Bonds, boundary: Boundary) -> Bravais {
    let (vectors, basis) = cell(name);
    let sizes = vec![l; vectors.len()];
    Bravais::new(name, sizes, vectors, basis, bonds, vec![boundary]).unwrap()
}

pub(super) fn nearest(name: &str, l: usize, boundary: Boundary) -> Bravais {
    lattice(name, l, &Bonds::Nearest(1), boundary)
}

pub(super) fn with_sizes(name: &str, sizes: &[usize], boundary: &[Boundary]) -> Result<Bravais, String> {
    let (vectors, basis) = cell(name);
    Bravais::new(name, sizes.to_vec(), vectors, basis, &Bonds::Nearest(1), boundary.to_vec())
}

fn unit(d: usize) -> Vec<Vec<f64>> {
    (0..d).map(|a| (0..d).map(|b| if a == b { 1.0 } else { 0.0 }).collect()).collect()
}

pub(super) fn cell(name: &str) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let h = 3f64.sqrt() / 2.0;
    let rows = |v: &[&[f64]]| v.iter().map(|r| r.to_vec()).collect::<Vec<_>>();
    match name {
        "chain" => (unit(1), vec![]),
        "square" => (unit(2), vec![]),
        "cubic" => (unit(3), vec![]),
        "hypercubic" => (unit(4), vec![]),
        "triangular" => (rows(&[&[1.0, 0.0], &[0.5, h]]), vec![]),
        "honeycomb" => (rows(&[&[1.0, 0.0], &[0.5, h]]), rows(&[&[0.0, 0.0], &[0.5, h / 3.0]])),
        "kagome" => (rows(&[&[2.0, 0.0], &[1.0, 2.0 * h]]), rows(&[&[0.0, 0.0], &[1.0, 0.0], &[0.5, h]])),
        // Cubic cells with a basis, and the primitive cell beside them.
        "bcc" => (unit(3), rows(&[&[0.0; 3], &[0.5; 3]])),
        "fcc" => (unit(3), rows(&[&[0.0; 3], &[0.0, 0.5, 0.5], &[0.5, 0.0, 0.5], &[0.5, 0.5, 0.0]])),
        "fcc primitive" => (rows(&[&[0.0, 0.5, 0.5], &[0.5, 0.0, 0.5], &[0.5, 0.5, 0.0]]), vec![]),
        "diamond" => {
            let mut basis = cell("fcc").1;
            let shifted: Vec<Vec<f64>> = basis.iter().map(|r| r.iter().map(|x| x + 0.25).collect()).collect();
            basis.extend(shifted);
            (unit(3), basis)
        }
        other => panic!("no lattice {other}"),
    }
}

/// Numbers of bonds of the sites.
#[derive(Debug, PartialEq)]
pub(super) struct Degrees {
    pub min: usize,
    pub max: usize,
    pub mean: f64,
}

pub(super) fn degrees(graph: &Graph) -> Degrees {
    let mut of = vec![0usize; graph.sites()];
    graph.for_each_bond(|b| {
        of[b.i as usize] += 1;
        of[b.j as usize] += 1;
    });
    let (min, max) = (of.iter().min().copied().unwrap_or(0), of.iter().max().copied().unwrap_or(0));
    Degrees { min, max, mean: of.iter().sum::<usize>() as f64 / of.len() as f64 }
}
