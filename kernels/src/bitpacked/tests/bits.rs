//! What must hold to the last bit: energies, instructions, threads, checkpoints, refusals.

use super::*;
use crate::sampler::{Rule, Sampler};

fn read(kernel: &BitPacked, lane: usize) -> Vec<u8> {
    let mut state = vec![2; kernel.sites()];
    kernel.read(lane, &mut state);
    state
}

#[test]
fn energy_is_the_energy_of_the_bonds() {
    for geometry in zoo() {
        for n in [1, 3, 40] {
            let model = model(geometry.clone(), -0.7, 0.2);
            let mut kernel = BitPacked::new(&model, Rule::Metropolis, &lanes(n, 0.3, 4)).unwrap();
            let pairs = kernel.pair_energy();
            for _ in 0..2 {
                for lane in [0, n - 1] {
                    let state = read(&kernel, lane);
                    let expected = pairs.energy(&state);
                    let spins: i64 = state.iter().map(|s| 2 * i64::from(*s) - 1).sum();
                    assert!((kernel.energy(lane) - expected).abs() < 1e-9 * pairs.sites as f64, "{geometry:?}");
                    assert_eq!(kernel.total(lane), Some(spins as f64));
                }
                kernel.advance(2);
            }
        }
    }
}

#[test]
fn bonds_are_counted() {
    let bonds = |lattice, extents: &[usize], boundary| Geometry::new(lattice, extents, boundary);
    let count = |g: Geometry| model(g, 1.0, 0.0).pair_energy().bonds.len();
    assert_eq!(count(bonds(Lattice::Square, &[4, 5], P)), 40);
    assert_eq!(count(bonds(Lattice::Square, &[4, 5], O)), 31);
    assert_eq!(count(bonds(Lattice::Triangular, &[4, 5], P)), 60);
    assert_eq!(count(bonds(Lattice::Triangular, &[4, 5], O)), 43);
    assert_eq!(count(bonds(Lattice::Honeycomb, &[4, 5], P)), 60);
    assert_eq!(count(bonds(Lattice::Honeycomb, &[4, 5], O)), 51);
    assert_eq!(count(bonds(Lattice::Cubic, &[2, 3, 4], P)), 72);
    assert_eq!(count(bonds(Lattice::Cubic, &[2, 3, 4], O)), 46);
}

#[test]
fn a_state_comes_back() {
    for geometry in zoo() {
        let model = model(geometry, 1.0, 0.0);
        let given: Vec<u8> = (0..model.geometry.sites()).map(|i| (i * i / 3 % 2) as u8).collect();
        let mut description = lanes(4, 0.3, 4);
        description[2].start = Start::Given(given.clone());
        let mut kernel = BitPacked::new(&model, Rule::Metropolis, &description).unwrap();
        assert_eq!(read(&kernel, 2), given);
        let other = read(&kernel, 3);
        kernel.write(1, &given);
        assert_eq!((read(&kernel, 1), read(&kernel, 3)), (given, other));
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    for geometry in zoo() {
        for field in [0.0, 0.4] {
            let model = model(geometry.clone(), 1.0, field);
            let run = |instructions| {
                let mut kernel = BitPacked::new(&model, Rule::HeatBath, &lanes(3, 0.4, 6)).unwrap();
                kernel.use_instructions(instructions);
                kernel.advance(5);
                (kernel.save(), kernel.energy(2))
            };
            let portable = run(Instructions::Portable);
            for instructions in Instructions::available() {
                assert!(run(instructions) == portable, "{geometry:?} {instructions:?}");
            }
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let strips = [
        geometry(Lattice::Square, &[1024, 1024], &[P, P]),
        geometry(Lattice::Chain, &[1 << 20], &[A]),
        geometry(Lattice::Honeycomb, &[1024, 512], &[O, P]),
        geometry(Lattice::Cubic, &[128, 64, 128], &[P, O, P]),
        geometry(Lattice::Triangular, &[1030, 1024], &[P, P]),
        geometry(Lattice::Square, &[64, 64], &[P, P]),
    ];
    for geometry in strips {
        let many = if geometry.sites() < 1 << 20 { 70 } else { 1 };
        let model = model(geometry.clone(), 1.0, 0.0);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut kernel = BitPacked::new(&model, Rule::Metropolis, &lanes(many, 0.4, 6)).unwrap();
            pool.install(|| kernel.advance(4));
            kernel.save()
        };
        let one = run(1);
        assert!(run(2) == one && run(5) == one, "{geometry:?}");
    }
}

/// Where a lattice fills its words, a lane does not depend on its neighbours.
#[test]
fn full_lanes_are_alone() {
    let model = model(geometry(Lattice::Square, &[64, 64], &[P, P]), 1.0, 0.0);
    let description = lanes(5, 0.44, 12);
    let mut all = BitPacked::new(&model, Rule::Metropolis, &description).unwrap();
    let mut alone = BitPacked::new(&model, Rule::Metropolis, &description[3..4]).unwrap();
    assert_eq!(all.lanes_in_a_word(), 1);
    all.advance(10);
    alone.advance(10);
    assert_eq!(read(&all, 3), read(&alone, 0));
}

#[test]
fn goes_on_from_a_saved_state() {
    for geometry in zoo() {
        let model = model(geometry, 1.0, 0.25);
        let mut kernel = BitPacked::new(&model, Rule::HeatBath, &lanes(6, 0.3, 2)).unwrap();
        kernel.advance(3);
        kernel.set_beta(4, 0.6);
        let saved = kernel.save();
        kernel.advance(4);
        let mut other = BitPacked::new(&model, Rule::HeatBath, &lanes(6, 0.1, 99)).unwrap();
        other.restore(&saved).unwrap();
        other.advance(4);
        assert_eq!(kernel.save(), other.save());
        assert_eq!(kernel.energy(4), other.energy(4));
    }
}

#[test]
fn a_foreign_state_is_refused() {
    let square = |l: usize, rule| {
        let model = model(Geometry::new(Lattice::Square, &[l, l], P), 1.0, 0.0);
        BitPacked::new(&model, rule, &lanes(2, 0.3, 2)).unwrap()
    };
    let mut kernel = square(8, Rule::Metropolis);
    let before = kernel.save();
    assert!(kernel.restore(&[]).unwrap_err().contains("not one of the bit-packed kernel"));
    assert!(kernel.restore(&[7; 80]).is_err());
    assert!(kernel.restore(&square(16, Rule::Metropolis).save()).unwrap_err().contains("another lattice"));
    assert!(kernel.restore(&square(8, Rule::HeatBath).save()).unwrap_err().contains("rule"));
    for cut in [9, 16, 80, before.len() - 8, before.len() - 1] {
        assert!(kernel.restore(&before[..cut]).is_err());
    }
    assert_eq!(kernel.save(), before);
}

#[test]
fn refusals_say_why() {
    let fits = |lattice, extents: &[usize], boundary| BitPacked::fits(&Geometry::new(lattice, extents, boundary));
    for geometry in zoo() {
        assert_eq!(BitPacked::fits(&geometry), Ok(()));
    }
    assert!(fits(Lattice::Square, &[1, 4], P).unwrap_err().contains("bond a site to itself"));
    assert_eq!(fits(Lattice::Square, &[1, 4], O), Ok(()));
    assert!(fits(Lattice::Square, &[4], P).unwrap_err().contains("dimension 2"));
    assert!(fits(Lattice::Cubic, &[4, 0, 4], P).unwrap_err().contains("extent of 0"));
    assert!(fits(Lattice::Cubic, &[1 << 40, 1 << 40, 2], P).unwrap_err().contains("2^32"));
    assert!(fits(Lattice::Chain, &[4_294_967_291], P).unwrap_err().contains("no divisors"));
    let ok = model(Geometry::new(Lattice::Chain, &[4], P), 1.0, 0.0);
    let lane = |start| vec![Lane { beta: 1.0, key: Key(0, 0), start }];
    let new = |model: &Uniform, lanes: &[Lane]| BitPacked::new(model, Rule::Metropolis, lanes).err().unwrap_or_default();
    assert!(new(&ok, &lane(Start::Given(vec![1; 3]))).contains("3 spins"));
    assert!(new(&ok, &lane(Start::Uniform(2))).contains("neither"));
    assert!(new(&ok, &[Lane { beta: f64::NAN, ..lane(Start::Random)[0].clone() }]).contains("not a number"));
    assert!(new(&Uniform { field: f64::INFINITY, ..ok.clone() }, &lane(Start::Random)).contains("finite"));
    assert_eq!(new(&ok, &[]), "");
}
