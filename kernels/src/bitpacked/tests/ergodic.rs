//! Metropolis where some of its moves are certain: on narrow and very small lattices, at fields that balance neighbours, from
//! states that such moves would shift for ever.

use super::exact::agrees;
use super::*;
use crate::sampler::{Rule, Sampler};

/// From random starts and, where the classes of states that certain moves leave apart are few, from a uniform one, whose
/// lanes would all be in the same class.
fn all_fields(geometry: Geometry, seed: u64) {
    for (i, coupling) in [1.0, -1.0].into_iter().enumerate() {
        for (j, field) in [0.0, 1.0, 2.0, 0.3].into_iter().enumerate() {
            let start = if i == 0 { Start::Uniform(1) } else { Start::Random };
            let model = model(geometry.clone(), coupling, field);
            agrees(&model, 0.35, Rule::Metropolis, start, 1000 + 100 * seed + 10 * i as u64 + j as u64);
        }
    }
}

#[test]
fn rings() {
    for (seed, l) in [(0, 3), (1, 4), (2, 8)] {
        all_fields(geometry(Lattice::Chain, &[l], &[P]), seed);
    }
}

#[test]
fn ladders() {
    all_fields(geometry(Lattice::Square, &[2, 5], &[O, P]), 3);
    all_fields(geometry(Lattice::Square, &[2, 4], &[O, O]), 4);
    all_fields(geometry(Lattice::Square, &[5, 2], &[P, P]), 5);
}

#[test]
fn small_squares() {
    all_fields(geometry(Lattice::Square, &[3, 3], &[P, P]), 6);
    all_fields(geometry(Lattice::Square, &[3, 4], &[P, P]), 7);
}

#[test]
fn cubes() {
    all_fields(geometry(Lattice::Cubic, &[2, 2, 2], &[P, P, P]), 8);
    all_fields(geometry(Lattice::Cubic, &[2, 2, 2], &[O, O, O]), 9);
}

#[test]
fn small_honeycombs_and_triangles() {
    all_fields(geometry(Lattice::Honeycomb, &[2, 2], &[P, P]), 10);
    all_fields(geometry(Lattice::Honeycomb, &[2, 3], &[P, P]), 11);
    all_fields(geometry(Lattice::Triangular, &[3, 3], &[P, P]), 12);
}

/// Every spin of diagonal stripes of width two sees as many neighbours up as down, and so it does once all spins of one colour
/// have turned: without a thinned sweep now and then the energy would be 0 for ever.
#[test]
fn diagonal_stripes_dissolve() {
    for l in [8, 64] {
        let g = Geometry::new(Lattice::Square, &[l, l], P);
        let state: Vec<u8> = (0..l * l).map(|i| ((i / l + i % l) / 2 % 2) as u8).collect();
        let lane = |k| Lane { beta: 0.4, key: Key(6, k), start: Start::Given(state.clone()) };
        let uniform = Uniform { constant: 0.0, ..model(g, 1.0, 0.0) };
        let mut kernel = BitPacked::new(&uniform, Rule::Metropolis, &[lane(1), lane(2), lane(3)]).unwrap();
        assert!((0..3).all(|k| kernel.energy(k) == 0.0));
        kernel.advance(1);
        assert!((0..3).all(|k| kernel.energy(k) == 0.0), "the first sweep turns every spin");
        let mut mean = 0.0;
        for _ in 0..100 {
            kernel.advance(2);
            mean += (0..3).map(|k| kernel.energy(k)).sum::<f64>() / (300 * l * l) as f64;
        }
        // In equilibrium -1.1 a spin, with a deviation of a lane's average far below 0.1.
        assert!(mean < -0.7, "{mean}");
    }
}
