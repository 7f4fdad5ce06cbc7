//! Against the definition, full enumeration, and the kernel of dense pairs.

use std::sync::Arc;

use super::super::dense::Dense;
use super::super::random::{Key, Stream};
use super::super::sampler::{PairEnergy, Rule, Sampler, Start};
use super::super::sparse::Simd;
use super::super::sparse::enumerate::{compare, each, ising, lanes, moments, obeys_the_contract, states};
use super::layer::spin;
use super::{Form, OfSum, One, Overlap, OverlapEnergy, OverlapModel, Patterns, Program, Step, Two, Visit};

const RULES: [Rule; 2] = [Rule::Metropolis, Rule::HeatBath];
const VISITS: [Visit; 2] = [Visit::Sequential, Visit::Random];

fn sign(s: &mut Stream) -> f64 {
    if s.below(2) == 0 { -1.0 } else { 1.0 }
}

fn real(s: &mut Stream) -> f64 {
    s.normal()
}

/// Two numbers that are not opposite.
fn biased(s: &mut Stream) -> f64 {
    if s.below(3) == 0 { 1.25 } else { -0.5 }
}

fn step(of: One) -> Program {
    Program::new(vec![Step::Argument, Step::One(of, 0)]).unwrap()
}

/// -x⁴ / 50
fn quartic() -> Program {
    let steps = vec![Step::Argument, Step::One(One::Power(4), 0), Step::Number(-0.02), Step::Two(Two::Multiply, 1, 2)];
    Program::new(steps).unwrap()
}

/// -cosh(x) times a number of the pattern
fn cosh(patterns: usize) -> Program {
    let column = (0..patterns).map(|k| -0.05 - 0.01 * k as f64).collect();
    let cosh = One::Other(Arc::new(|x: f64| libm::cosh(x)));
    Program::new(vec![Step::Argument, Step::One(cosh, 0), Step::Column(Arc::new(column)), Step::Two(Two::Multiply, 1, 2)])
        .unwrap()
}

fn group(patterns: usize, sites: usize, seed: u64, draw: fn(&mut Stream) -> f64, form: Form) -> Patterns {
    let mut s = Stream::new(Key(seed, 99));
    let numbers = (0..patterns * sites).map(|_| draw(&mut s)).collect();
    let offsets = (0..patterns).map(|k| if seed.is_multiple_of(2) { 0.5 * k as f64 } else { 0.0 }).collect();
    Patterns { numbers: Arc::new(numbers), offsets, form }
}

fn energy(sites: usize, groups: Vec<Patterns>) -> OverlapEnergy {
    let mut s = Stream::new(Key(sites as u64, 5));
    OverlapEnergy { sites, constant: 0.25, fields: (0..sites).map(|_| 0.3 * s.normal()).collect(), groups }
}

/// Every kind of group, `p` patterns of `n` sites, with a name.
fn kinds(n: usize, p: usize) -> Vec<(&'static str, OverlapEnergy)> {
    let all = n as f64;
    let uniform = || Form::Quadratic(vec![-0.5 / all; p]);
    let function = |each: Program| Form::Function { each, of: OfSum::Itself };
    let log = |of: Program| Form::Function { each: Program::identity(), of: OfSum::LogSumExp(of) };
    let root =
        Form::Function { each: step(One::Power(2)), of: OfSum::Function(step(One::Other(Arc::new(|x: f64| -libm::sqrt(x))))) };
    let uneven = Form::Quadratic((0..p).map(|k| 0.1 - 0.07 * k as f64).collect());
    let one = |g: Patterns| energy(n, vec![g]);
    vec![
        ("whole", one(group(p, n, 1, sign, uniform()))),
        ("whole, with offsets", one(group(p, n, 2, biased, uniform()))),
        ("uneven", one(group(p, n, 3, sign, uneven))),
        ("real", one(group(p, n, 4, real, uniform()))),
        ("quartic of signs", one(group(p, n, 5, sign, function(quartic())))),
        ("quartic of two numbers", one(group(p, n, 6, biased, function(quartic())))),
        ("quartic of reals", one(group(p, n, 7, real, function(quartic())))),
        ("cosh with weights", one(group(p, n, 8, sign, function(cosh(p))))),
        ("logarithm, signs", one(group(p, n, 9, sign, log(step(One::Negate))))),
        ("logarithm, two numbers", one(group(p, n, 10, biased, log(step(One::Negate))))),
        ("logarithm, reals", one(group(p, n, 11, real, log(step(One::Negate))))),
        ("a function of the sum", one(group(p, n, 12, real, root.clone()))),
        ("a function of the sum, signs", one(group(p, n, 13, sign, root))),
        ("two groups", energy(n, vec![group(p, n, 14, sign, uniform()), group(2, n, 15, biased, function(quartic()))])),
    ]
}

/// What a flip raises the energy by is the difference of two energies by the definition, after any number of flips.
#[test]
fn rises_are_differences_of_energies() {
    for (n, p) in [(5, 1), (37, 9), (40, 16)] {
        for (name, energy) in kinds(n, p) {
            let model = OverlapModel::with(&energy, Simd::detect(), false).unwrap();
            let mut s = Stream::new(Key(3, n as u64));
            let mut state: Vec<u8> = (0..n).map(|_| s.below(2) as u8).collect();
            let mut cells: Vec<_> = model.layers.iter().map(|l| l.start(&state)).collect();
            for _ in 0..60 {
                let site = s.below(n as u32) as usize;
                let t = spin(state[site]);
                let before = energy.energy(&state);
                let mut rise = 2.0 * model.fields[site] * t;
                for (layer, cells) in model.layers.iter().zip(&mut cells) {
                    rise += layer.rise(cells, site, t);
                    layer.flip(cells, site, t);
                }
                state[site] ^= 1;
                let after = energy.energy(&state);
                let size = 1.0 + before.abs() + after.abs();
                assert!((after - before - rise).abs() < 1e-11 * size, "{name} {n} {p}: {before} to {after}, said {rise}");
                let kept: f64 = model.layers.iter().zip(&cells).map(|(l, c)| l.energy(c, &state)).sum();
                let field: f64 = energy.fields.iter().zip(&state).map(|(h, &p)| h * spin(p)).sum();
                assert!((energy.constant - field + kept - after).abs() < 1e-11 * size, "{name}");
            }
        }
    }
}

/// Exponents far beyond what a number holds: one term rules, and rules no more after a flip.
#[test]
fn logarithms_of_sums_of_huge_exponentials() {
    for draw in [|s: &mut Stream| 300.0 * sign(s), |s: &mut Stream| 300.0 * s.normal(), |s: &mut Stream| 100.0 * biased(s)] {
        for p in [1, 3, 20] {
            let form = Form::Function { each: Program::identity(), of: OfSum::LogSumExp(step(One::Negate)) };
            let energy = energy(12, vec![group(p, 12, 1, draw, form)]);
            let model = OverlapModel::new(&energy).unwrap();
            let mut s = Stream::new(Key(4, 4));
            let mut state: Vec<u8> = (0..12).map(|_| s.below(2) as u8).collect();
            let mut cells = model.layers[0].start(&state);
            for _ in 0..100 {
                let site = s.below(12) as usize;
                let t = spin(state[site]);
                let before = energy.energy(&state);
                let rise = 2.0 * energy.fields[site] * t + model.layers[0].rise(&mut cells, site, t);
                model.layers[0].flip(&mut cells, site, t);
                state[site] ^= 1;
                let after = energy.energy(&state);
                assert!(
                    after.is_finite() && (after - before - rise).abs() < 1e-10 * (1.0 + after.abs()),
                    "{before} {after} {rise}"
                );
            }
        }
    }
}

#[test]
fn every_form_samples_the_boltzmann_distribution() {
    for (name, energy) in kinds(7, 3) {
        // At temperatures where the lowest and the highest state differ in weight by e³, so that all are met often.
        let fold = |(low, high): (f64, f64), s: &[u8]| (low.min(energy.energy(s)), high.max(energy.energy(s)));
        let (low, high) = each(&ising(7), &mut [0; 7], (f64::INFINITY, f64::NEG_INFINITY), fold);
        let spread = high - low;
        for rule in RULES {
            for visit in VISITS {
                for share in [3.0, -2.0, 0.0] {
                    let beta = share / spread;
                    let model = OverlapModel::new(&energy).unwrap();
                    assert_eq!(model.is_whole(), name.starts_with("whole"), "{name}");
                    let mut kernel = Overlap::new(&model, rule, visit, &lanes(4, beta, 21)).unwrap();
                    let exact = moments(&ising(7), beta, |s| energy.energy(s));
                    compare(&mut kernel, &ising(7), exact, 70);
                }
            }
        }
    }
}

/// Hopfield's couplings in the kernel of dense pairs, the energy up to a constant.
fn pairs(energy: &OverlapEnergy) -> PairEnergy {
    let n = energy.sites;
    let mut pairs = PairEnergy { sites: n, fields: energy.fields.clone(), ..PairEnergy::default() };
    let Form::Quadratic(c) = &energy.groups[0].form else { panic!("squares") };
    for i in 0..n {
        for j in 0..i {
            let product =
                |(mu, c): (usize, &f64)| c * energy.groups[0].numbers[mu * n + i] * energy.groups[0].numbers[mu * n + j];
            pairs.bonds.push((j as u32, i as u32, -2.0 * c.iter().enumerate().map(product).sum::<f64>()));
        }
    }
    pairs
}

/// The same uniform numbers decide about the same fields: the same states as the kernel of dense pairs, spin by spin.
#[test]
fn the_same_states_as_dense_pairs() {
    for (n, p, c) in [(100, 5, -0.5), (64, 1, -0.5), (97, 12, 0.5), (33, 40, -0.5)] {
        let quadratic = Form::Quadratic(vec![c / n as f64; p]);
        let energy = energy(n, vec![group(p, n, 1, sign, quadratic)]);
        for rule in RULES {
            for beta in [1.5, -0.7, f64::INFINITY] {
                let lanes = lanes(2, beta, 8);
                let mut dense = Dense::new(&pairs(&energy), rule, &lanes).unwrap();
                let mut all = Vec::new();
                for (simd, whole) in
                    [(Simd::detect(), true), (Simd::Portable, true), (Simd::detect(), false), (Simd::Portable, false)]
                {
                    let model = OverlapModel::with(&energy, simd, whole).unwrap();
                    assert_eq!(model.is_whole(), whole);
                    all.push(Overlap::new(&model, rule, Visit::Sequential, &lanes).unwrap());
                }
                for _ in 0..12 {
                    dense.advance(3);
                    for kernel in &mut all {
                        kernel.advance(3);
                        assert_eq!(states(kernel), states(&dense), "{n} {p} {rule:?} {beta}");
                    }
                }
            }
        }
    }
}

/// In random order too the integers give the states that 64-bit numbers give.
#[test]
fn the_same_states_in_random_order() {
    for (n, p) in [(64, 1), (97, 20)] {
        let energy = energy(n, vec![group(p, n, 1, sign, Form::Quadratic(vec![-0.5 / n as f64; p]))]);
        for rule in RULES {
            let kernels = [(Simd::detect(), true), (Simd::Portable, true), (Simd::detect(), false)].map(|(simd, whole)| {
                let model = OverlapModel::with(&energy, simd, whole).unwrap();
                let mut kernel = Overlap::new(&model, rule, Visit::Random, &lanes(2, 0.9, 8)).unwrap();
                kernel.advance(30);
                states(&kernel)
            });
            assert!(kernels[0] == kernels[1] && kernels[1] == kernels[2], "{n} {p} {rule:?}");
        }
    }
}

/// Overlaps of more than 15 bits: the same states as in 64-bit numbers.
#[test]
fn large_overlaps() {
    let n = 33_000;
    let mut group = group(3, n, 1, sign, Form::Quadratic(vec![-0.5 / n as f64; 3]));
    group.numbers = Arc::new(group.numbers.iter().enumerate().map(|(k, x)| if k % 3 == 0 { 2.0 * x } else { *x }).collect());
    let given = (0..n).map(|i| u8::from(group.numbers[i] > 0.0)).collect();
    let energy = energy(n, vec![group]);
    let mut lane = lanes(1, 0.8, 3);
    lane[0].start = Start::Given(given);
    let kernels = [true, false].map(|whole| {
        let model = OverlapModel::with(&energy, Simd::detect(), whole).unwrap();
        assert_eq!(model.is_whole(), whole);
        let mut kernel = Overlap::new(&model, Rule::HeatBath, Visit::Sequential, &lane).unwrap();
        kernel.advance(3);
        kernel
    });
    assert_eq!(states(&kernels[0]), states(&kernels[1]));
    let exact = energy.energy(&states(&kernels[0])[0]);
    for kernel in &kernels {
        assert!((kernel.energy(0) - exact).abs() < 1e-9 * exact.abs());
    }
}

/// Zero temperature: the energy never rises.
#[test]
fn zero_temperature() {
    for (name, energy) in kinds(30, 4) {
        for rule in RULES {
            for visit in VISITS {
                let model = OverlapModel::new(&energy).unwrap();
                let mut kernel = Overlap::new(&model, rule, visit, &lanes(2, f64::INFINITY, 22)).unwrap();
                let mut before = [f64::INFINITY; 2];
                for _ in 0..100 {
                    kernel.advance(1);
                    for (l, before) in before.iter_mut().enumerate() {
                        let e = kernel.energy(l);
                        assert!(e <= *before + 1e-9 * (1.0 + e.abs()), "{name}: {before} to {e}");
                        *before = e;
                    }
                }
            }
        }
    }
}

/// After many sweeps the energy is that of the state, also of patterns whose overlaps drift.
#[test]
fn energies_are_those_of_the_states() {
    for (name, energy) in kinds(50, 6) {
        for visit in VISITS {
            let model = OverlapModel::new(&energy).unwrap();
            let mut kernel = Overlap::new(&model, Rule::Metropolis, visit, &lanes(2, 0.2, 5)).unwrap();
            kernel.advance(1000);
            for (l, state) in states(&kernel).iter().enumerate() {
                let exact = energy.energy(state);
                assert!((kernel.energy(l) - exact).abs() < 1e-11 * (1.0 + exact.abs()), "{name}");
                let total: f64 = state.iter().map(|&p| spin(p)).sum();
                assert_eq!(kernel.total(l), Some(total));
            }
        }
    }
}

#[test]
fn checkpoints_and_lanes() {
    // So hot that lanes do not fall into one deep state of large overlaps: the contract asks for lanes that differ.
    for (_, energy) in kinds(40, 5).into_iter().filter(|k| !k.0.starts_with("cosh")) {
        let model = OverlapModel::new(&energy).unwrap();
        for visit in VISITS {
            let mut all = lanes(5, 0.0005, 31);
            all[3].beta = f64::INFINITY;
            obeys_the_contract(&all, |lanes| Overlap::new(&model, Rule::HeatBath, visit, lanes).unwrap());
        }
    }
}

/// Patterns that join few spins leave out half of the proposals, as graphs of few neighbours do.
#[test]
fn few_neighbours() {
    let ring: Vec<f64> =
        (0..6).flat_map(|mu| (0..6).map(move |i| if i == mu || i == (mu + 1) % 6 { 1.0 } else { 0.0 })).collect();
    let form = Form::Quadratic(vec![-0.5; 6]);
    let energy = OverlapEnergy {
        sites: 6,
        groups: vec![Patterns { numbers: Arc::new(ring), offsets: vec![0.0; 6], form }],
        ..OverlapEnergy::default()
    };
    let model = OverlapModel::new(&energy).unwrap();
    assert_eq!(model.most_neighbours, 2);
    let mut kernel = Overlap::new(&model, Rule::Metropolis, Visit::Sequential, &lanes(4, 0.5, 2)).unwrap();
    compare(&mut kernel, &ising(6), moments(&ising(6), 0.5, |s| energy.energy(s)), 200);
}

#[test]
fn what_is_wrong_is_said() {
    let good = kinds(5, 2).remove(0).1;
    let broken = |change: fn(&mut OverlapEnergy)| {
        let mut energy = good.clone();
        change(&mut energy);
        OverlapModel::new(&energy).err().unwrap()
    };
    assert_eq!(broken(|e| e.fields[2] = f64::NAN), "the field of spin 2 is NaN");
    assert_eq!(broken(|e| e.sites = 4), "5 fields for 4 spins");
    assert_eq!(broken(|e| e.groups[0].offsets.push(0.0)), "10 numbers for 3 patterns of 5 spins");
    assert!(broken(|e| e.groups[0].form = Form::Quadratic(vec![f64::INFINITY; 2])).contains("coefficients"));
    assert!(Program::new(vec![Step::One(One::Exp, 0)]).is_err() && Program::new(vec![]).is_err());
    let model = OverlapModel::new(&good).unwrap();
    let mut lane = lanes(1, 1.0, 1);
    lane[0].start = Start::Given(vec![0; 4]);
    assert!(Overlap::new(&model, Rule::Metropolis, Visit::Sequential, &lane).is_err());
}

/// Squares of overlaps as pairs: the same energies, by the definition.
#[test]
fn squares_of_overlaps_are_pairs() {
    let (n, mut stream) = (13, crate::random::Stream::new(Key(4, 9)));
    let mut number = |whole: bool| if whole { f64::from(stream.below(3)) - 1.0 } else { stream.uniform() - 0.5 };
    let group = |p: usize, whole: bool, number: &mut dyn FnMut(bool) -> f64| Patterns {
        numbers: Arc::new((0..p * n).map(|_| number(whole)).collect()),
        offsets: (0..p).map(|_| number(false)).collect(),
        form: Form::Quadratic((0..p).map(|_| if whole { 0.125 } else { number(false) }).collect()),
    };
    let groups = vec![group(5, true, &mut number), group(3, false, &mut number)];
    let energy = OverlapEnergy { sites: n, constant: 0.7, fields: (0..n).map(|_| number(false)).collect(), groups };
    let pairs = energy.pairs().expect("squares alone");
    for _ in 0..50 {
        let state: Vec<u8> = (0..n).map(|_| u8::from(number(false) > 0.0)).collect();
        assert!((pairs.energy(&state) - energy.energy(&state)).abs() < 1e-12);
    }
}
