//! The kernel against full enumeration, against a slow twin, and against itself.

mod bits;
mod ergodic;
mod exact;
mod twin;

use super::*;
use crate::random::Key;
use crate::sampler::{Lane, Start};

/// Lanes at one temperature, randomly started, with keys of their own.
fn lanes(n: usize, beta: f64, seed: u64) -> Vec<Lane> {
    (0..n as u64).map(|i| Lane { beta, key: Key(seed, 77).derive(i), start: Start::Random }).collect()
}

fn model(geometry: Geometry, coupling: f64, field: f64) -> Uniform {
    Uniform { geometry, coupling, field, constant: 0.75 }
}

fn geometry(lattice: Lattice, extents: &[usize], boundary: &[Boundary]) -> Geometry {
    Geometry { lattice, extents: extents.to_vec(), boundary: boundary.to_vec() }
}

const P: Boundary = Boundary::Periodic;
const O: Boundary = Boundary::Open;
const A: Boundary = Boundary::Antiperiodic;

/// Every lattice, even and odd, with every boundary: small, word-filling and awkward extents.
fn zoo() -> Vec<Geometry> {
    vec![
        geometry(Lattice::Chain, &[10], &[P]),
        geometry(Lattice::Chain, &[10], &[O]),
        geometry(Lattice::Chain, &[7], &[A]),
        geometry(Lattice::Chain, &[2], &[P]),
        geometry(Lattice::Chain, &[1], &[O]),
        geometry(Lattice::Chain, &[4096], &[A]),
        geometry(Lattice::Square, &[4, 4], &[P, P]),
        geometry(Lattice::Square, &[2, 4], &[P, P]),
        geometry(Lattice::Square, &[3, 3], &[O, O]),
        geometry(Lattice::Square, &[5, 6], &[P, A]),
        geometry(Lattice::Square, &[4, 6], &[O, A]),
        geometry(Lattice::Square, &[64, 64], &[P, P]),
        geometry(Lattice::Square, &[64, 64], &[A, O]),
        geometry(Lattice::Square, &[100, 100], &[P, P]),
        geometry(Lattice::Square, &[37, 41], &[P, P]),
        geometry(Lattice::Square, &[1, 12], &[O, P]),
        geometry(Lattice::Triangular, &[4, 4], &[P, P]),
        geometry(Lattice::Triangular, &[3, 5], &[P, A]),
        geometry(Lattice::Triangular, &[64, 96], &[A, A]),
        geometry(Lattice::Triangular, &[30, 30], &[O, P]),
        geometry(Lattice::Triangular, &[2, 2], &[P, P]),
        geometry(Lattice::Honeycomb, &[2, 3], &[P, P]),
        geometry(Lattice::Honeycomb, &[1, 1], &[P, P]),
        geometry(Lattice::Honeycomb, &[5, 8], &[A, O]),
        geometry(Lattice::Honeycomb, &[64, 64], &[P, A]),
        geometry(Lattice::Cubic, &[2, 2, 4], &[P, P, P]),
        geometry(Lattice::Cubic, &[3, 4, 5], &[O, A, P]),
        geometry(Lattice::Cubic, &[16, 16, 16], &[P, P, P]),
        geometry(Lattice::Cubic, &[16, 16, 16], &[P, O, A]),
    ]
}
