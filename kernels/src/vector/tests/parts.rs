//! The parts: elementary functions, layout, local fields.

use super::super::draws::{Generator, Live, Words};
use super::super::layout::{Fetch, Layout};
use super::super::math;
use super::super::model::Model;
use super::super::simd::{F, Portable, Row, WIDTH};
use super::*;
use crate::random::Stream;

type P = F<Portable>;

fn relative(f: impl Fn(P) -> P, exact: impl Fn(f64) -> f64, low: f32, high: f32) -> f64 {
    let mut worst = 0.0f64;
    let count = 200_000;
    for k in 0..count {
        let x = low + (high - low) * (k as f32 / count as f32);
        let found = f64::from(f(P::splat(x)).array()[3]);
        let wanted = exact(f64::from(x));
        if wanted != 0.0 {
            worst = worst.max((found / wanted - 1.0).abs());
        }
    }
    worst * 16_777_216.0
}

/// In units of 2^-24, as stated at each function.
#[test]
fn elementary_functions() {
    assert!(relative(math::exp, libm::exp, -87.0, 0.0) < 3.0);
    assert!(relative(math::exp, libm::exp, -0.01, 0.0) < 3.0);
    assert!(relative(math::ln, libm::log, 1e-9, 1e-3) < 4.0);
    assert!(relative(math::ln, libm::log, 1e-3, 0.999) < 4.0);
    assert!(relative(math::one_less_exp, |x| -libm::expm1(-x), 1e-12, 1e-3) < 4.0);
    assert!(relative(math::one_less_exp, |x| -libm::expm1(-x), 1e-3, 40.0) < 4.0);
    assert!(relative(math::minus_ln_one_less, |x| -libm::log1p(-x), 1e-9, 1e-3) < 4.0);
    assert!(relative(math::minus_ln_one_less, |x| -libm::log1p(-x), 1e-3, 0.25) < 4.0);
    let pi = std::f64::consts::PI;
    assert!(relative(|x| math::sin_cos_quarter(x).0, |x| libm::sin(pi * x), -0.25, 0.25) < 3.0);
    assert!(relative(|x| math::sin_cos_quarter(x).1, |x| libm::cos(pi * x), -0.25, 0.25) < 3.0);
}

/// Against SFC64 written as its definition, one generator after the other; and a generator put to rest goes on.
#[test]
fn eight_generators_side_by_side() {
    let mut stream = Stream::new(Key(5, 6));
    let mut seeds = [[0u64; 8]; 3];
    seeds.iter_mut().flatten().for_each(|x| *x = stream.next_u64());
    let mut generator = Generator::new(Key(5, 6));
    let mut outputs = Vec::new();
    for _ in 0..2 {
        let mut live = Live::<Portable>::wake(&generator);
        for _ in 0..20 {
            let mut row = [0; 8];
            live.next().store(&mut row);
            outputs.push(row);
        }
        live.rest(&mut generator);
    }
    for l in 0..8 {
        let (mut a, mut b, mut c) = (seeds[0][l], seeds[1][l], seeds[2][l]);
        for i in 0..52u64 {
            let out = a.wrapping_add(b).wrapping_add(i + 1);
            (a, b) = (b ^ (b >> 11), c.wrapping_add(c << 3));
            c = c.rotate_left(24).wrapping_add(out);
            if i >= 12 {
                assert_eq!(outputs[i as usize - 12][l], out);
            }
        }
    }
}

fn graphs() -> Vec<VectorEnergy> {
    let complete = (0..40u32).flat_map(|i| (0..i).map(move |j| (j, i, 0.5))).collect();
    let star = (1..50u32).map(|i| (0, i, f64::from(i))).collect();
    vec![
        lattice(&[64, 64], 2, 1.0),
        lattice(&[16, 16, 16], 3, 0.7),
        lattice(&[10, 7], 2, 1.0),
        lattice(&[2, 3], 3, 1.0),
        chain(5, 2, 1.0),
        VectorEnergy { n: 3, sites: 40, bonds: complete, ..VectorEnergy::default() },
        VectorEnergy { n: 2, sites: 51, bonds: star, ..VectorEnergy::default() },
        VectorEnergy { n: 2, sites: 17, ..VectorEnergy::default() },
    ]
}

#[test]
fn local_fields_are_those_of_the_bonds() {
    for mut energy in graphs() {
        let n = energy.n;
        let mut stream = Stream::new(Key(1, 2));
        for variant in 0..3 {
            if variant == 1 {
                energy.bonds.iter_mut().for_each(|b| b.2 = stream.normal());
                energy.fields = (0..energy.sites * n).map(|_| stream.normal()).collect();
            }
            if variant == 2 {
                energy.matrices = (0..energy.bonds.len() * n * n).map(|_| stream.normal()).collect();
            }
            let model = Model::new(&energy);
            let mut state: Vec<f64> = (0..energy.sites * n).map(|_| stream.normal()).collect();
            let mut rows = vec![Row([0.0f32; WIDTH]); model.length()];
            model.write(&mut rows, &state);
            model.read(&rows, &mut state);
            assert!(
                (model.measure(&rows) - energy.energy(&state)).abs() < 1e-12 * energy.unit() * energy.bonds.len().max(1) as f64
            );
            let mut wanted = energy.fields.clone();
            wanted.resize(energy.sites * n, 0.0);
            for (b, &(i, j, coupling)) in energy.bonds.iter().enumerate() {
                let (i, j) = (i as usize, j as usize);
                for c in 0..n {
                    for d in 0..n {
                        let m = if energy.matrices.is_empty() {
                            coupling * f64::from(c == d)
                        } else {
                            energy.matrices[(b * n + c) * n + d]
                        };
                        wanted[i * n + c] += m * state[j * n + d];
                        wanted[j * n + d] += m * state[i * n + c];
                    }
                }
            }
            for site in 0..energy.sites {
                let place = model.layout.place[site] as usize;
                let two = model.field::<Portable, 3>(n, place / WIDTH, &rows);
                for c in 0..n {
                    let found = f64::from(two[c].array()[place % WIDTH]) * model.unit;
                    assert!((found - wanted[site * n + c]).abs() < 2e-5 * energy.unit(), "{found} {}", wanted[site * n + c]);
                }
            }
        }
    }
}

/// No block holds two neighbours, and on even lattices no neighbour needs a gather.
#[test]
fn blocks_of_one_colour_in_runs() {
    for energy in graphs() {
        let layout = Layout::new(energy.sites, &energy.bonds);
        let mut places = layout.place.clone();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), energy.sites);
        for &(i, j, _) in &energy.bonds {
            assert_ne!(layout.place[i as usize] as usize / WIDTH, layout.place[j as usize] as usize / WIDTH);
        }
    }
    for dims in [&[64, 64][..], &[16, 16, 16]] {
        let energy = lattice(dims, 2, 1.0);
        let layout = Layout::new(energy.sites, &energy.bonds);
        assert_eq!(layout.blocks.len() * WIDTH, energy.sites);
        let gathers = layout.slots.iter().filter(|s| s.fetch == Fetch::Gather).count();
        let runs = layout.slots.iter().filter(|s| s.fetch == Fetch::Runs).count();
        assert_eq!(gathers, 0, "{dims:?}: {} runs of {}", runs, layout.slots.len());
    }
}
