//! Against enumeration and closed forms.
//!
//! ln g of Wang-Landau has a systematic error of order √ln f besides the scatter between walkers, so those comparisons have a floor; reweighted
//! averages of production have none.

use std::collections::BTreeMap;

use super::super::exact::kaufman;
use super::super::generic::{Builder, Node, Operation, ScalarGraph};
use super::super::random::Key;
use super::super::sampler::{Lane, PairEnergy, Sampler, Start};
use super::super::sparse::enumerate::{each, ising, moments, obeys_the_contract, random_pairs};
use super::*;

fn lanes(count: usize, seed: u64) -> Vec<Lane> {
    (0..count).map(|l| Lane { beta: 0.0, key: Key(seed, 7).derive(l as u64), start: Start::Random }).collect()
}

fn square(side: u32) -> PairEnergy {
    let mut energy = PairEnergy { sites: (side * side) as usize, ..PairEnergy::default() };
    for y in 0..side {
        for x in 0..side {
            energy.bonds.push((y * side + x, y * side + (x + 1) % side, 1.0));
            energy.bonds.push((y * side + x, (y + 1) % side * side + x, 1.0));
        }
    }
    energy
}

fn potts(side: usize, q: u32) -> ScalarGraph {
    let set = (0..q).map(f64::from).collect();
    let mut b: Builder = ScalarGraph::builder(vec![set], vec![0; side * side]).unwrap();
    let s: Vec<Node> = (0..side * side).map(|i| b.value(i)).collect();
    let mut terms = Vec::new();
    for y in 0..side {
        for x in 0..side {
            for other in [y * side + (x + 1) % side, (y + 1) % side * side + x] {
                let equal = b.binary(Operation::Equal, s[y * side + x], s[other]);
                terms.push(b.neg(equal));
            }
        }
    }
    let root = b.sum(terms);
    b.finish(root)
}

fn sets(graph: &ScalarGraph) -> Vec<Vec<f64>> {
    (0..graph.sites()).map(|i| graph.values(i).to_vec()).collect()
}

/// ln of the number of states of each level.
fn exact(sets: &[Vec<f64>], scale: Scale, energy: impl Fn(&[u8]) -> f64) -> BTreeMap<i64, f64> {
    let mut state = vec![0; sets.len()];
    let mut counts = BTreeMap::new();
    each(sets, &mut state, (), |(), s| *counts.entry(scale.index(energy(s) + 1e-9)).or_insert(0.0) += 1.0);
    counts.into_iter().map(|(index, n): (i64, f64)| (index, libm::log(n))).collect()
}

/// Every level is there, and ln g is right within a tolerance that is some 6 times the scatter of the seeds tried.
fn assert_density(got: &DensityOfStates, exact: &BTreeMap<i64, f64>, tolerance: f64) {
    assert!(got.complete);
    assert_eq!(got.indices, exact.keys().copied().collect::<Vec<_>>());
    for ((s, e), (index, x)) in got.ln_g.iter().zip(&got.errors).zip(exact) {
        assert!((s - x).abs() < tolerance && *e < tolerance, "level {index}: {s} +- {e}, exact {x}");
    }
    let total = density::ln_sum(&got.ln_g) - density::ln_sum(&exact.values().copied().collect::<Vec<_>>());
    assert!(total.abs() < 1e-9, "normalisation {total}");
}

fn settings(method: Learning) -> LearnSettings {
    let flatness = if method == Learning::Multicanonical { 0.9 } else { 0.8 };
    let last_ln_f = if method == Learning::InverseTime { 1e-5 } else { 1e-6 };
    LearnSettings { method, flatness, last_ln_f, every: Some(2000), ..LearnSettings::default() }
}

fn learn(sampler: &mut FlatSampler, method: Learning) -> DensityOfStates {
    let learnt = sampler.learn(&settings(method), &mut || false).unwrap();
    assert!(learnt.finished);
    learnt.density
}

/// Production reweighted to several β against exact <E> and <E²>, errors from 40 bins of the run of all walkers by the jackknife. 6 errors
/// of 39 degrees of freedom: a false alarm of about 5e-7 each.
fn assert_reweighted(sampler: &mut FlatSampler, betas: &[f64], exact: impl Fn(f64) -> [f64; 2], sweeps_a_bin: u64) {
    sampler.advance(sweeps_a_bin);
    let samples: Vec<Vec<(f64, f64)>> = (0..40)
        .map(|_| {
            let mut bin = Vec::new();
            for _ in 0..sweeps_a_bin {
                sampler.advance(1);
                bin.extend((0..sampler.lanes()).map(|l| (sampler.ln_g(l), sampler.energy(l))));
            }
            bin
        })
        .collect();
    for &beta in betas {
        let exponent = |s: &(f64, f64)| s.0 - beta * s.1;
        let most = samples.iter().flatten().map(exponent).fold(f64::NEG_INFINITY, f64::max);
        for (power, exact) in exact(beta).iter().enumerate() {
            let sums: Vec<(f64, f64)> = samples
                .iter()
                .map(|bin| {
                    bin.iter().fold((0.0, 0.0), |(a, w), s| {
                        let weight = libm::exp(exponent(s) - most);
                        (a + weight * s.1.powi(power as i32 + 1), w + weight)
                    })
                })
                .collect();
            let total = sums.iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
            let mean = total.0 / total.1;
            let without: Vec<f64> = sums.iter().map(|s| (total.0 - s.0) / (total.1 - s.1)).collect();
            let centre = without.iter().sum::<f64>() / 40.0;
            let error = (without.iter().map(|x| (x - centre) * (x - centre)).sum::<f64>() * 39.0 / 40.0).sqrt();
            assert!((mean - exact).abs() < 6.0 * error + 1e-9, "β {beta} moment {power}: {mean} +- {error}, exact {exact}");
            assert!(error < 0.1 * (1.0 + exact.abs()), "β {beta}: an error of {error} says nothing of {exact}");
        }
    }
}

const ALL: [Learning; 3] = [Learning::WangLandau, Learning::InverseTime, Learning::Multicanonical];

#[test]
fn the_square_lattice_of_4_x_4() {
    let energy = square(4);
    for method in ALL {
        let mut sampler = FlatSampler::pairs(&energy, &Settings::default(), &lanes(4, 1)).unwrap();
        let counts = exact(&ising(16), sampler.scale(), |s| energy.energy(s));
        let density = learn(&mut sampler, method);
        assert_eq!((counts.len(), density.energies[0], density.energies[14]), (15, -32.0, 32.0));
        assert_density(&density, &counts, 0.06);
        assert_reweighted(
            &mut sampler,
            &[0.0, 0.3, 0.44, 1.0, -0.5],
            |b| {
                let m = moments(&ising(16), b, |s| energy.energy(s));
                [m[0], m[1]]
            },
            500,
        );
        assert_eq!(sampler.unknown(), 0);
        assert!(sampler.round_trips().iter().all(|&trips| trips > 20), "{:?}", sampler.round_trips());
        assert_density(&sampler.refined().unwrap(), &counts, 0.06);
    }
}

/// 6 x 6 against the closed form: mean energy and its variance at several temperatures from ln g alone.
#[test]
fn the_square_lattice_of_6_x_6() {
    for method in [Learning::WangLandau, Learning::Multicanonical] {
        let mut sampler = FlatSampler::pairs(&square(6), &Settings::default(), &lanes(4, 2)).unwrap();
        let density = learn(&mut sampler, method);
        assert_eq!((density.energies[0], density.indices.len()), (-72.0, 35));
        assert!((density.ln_g[0] - std::f64::consts::LN_2).abs() < 0.15);
        for beta in [0.2, 0.4, 0.44, 0.6] {
            let (t, k) = (density.at(beta).unwrap(), kaufman(6, 6, 1.0, 1.0, beta).unwrap());
            assert!((t.ln_z - k.log_z).abs() < 0.1, "{t:?} {k:?}");
            assert!((t.energy - k.energy).abs() < 0.5 && (t.variance / k.energy_variance - 1.0).abs() < 0.1, "{t:?} {k:?}");
        }
        assert_reweighted(
            &mut sampler,
            &[0.2, 0.44, 0.6],
            |b| {
                let k = kaufman(6, 6, 1.0, 1.0, b).unwrap();
                [k.energy, k.energy * k.energy + k.energy_variance]
            },
            250,
        );
    }
}

#[test]
fn three_state_potts() {
    let graph = potts(3, 3);
    for method in ALL {
        let mut sampler = FlatSampler::graph(&graph, &Settings::default(), &lanes(3, 3)).unwrap();
        assert!(sampler.scale().exact && sampler.scale().unit == 1.0);
        let counts = exact(&sets(&graph), sampler.scale(), |s| graph.evaluate(s));
        let density = learn(&mut sampler, method);
        assert_density(&density, &counts, 0.06);
        assert_reweighted(
            &mut sampler,
            &[0.5, 1.0, 2.0],
            |b| {
                let m = moments(&sets(&graph), b, |s| graph.evaluate(s));
                [m[0], m[1]]
            },
            200,
        );
    }
}

#[test]
fn a_glass_with_fields() {
    let energy = random_pairs(21, 12, true, |s| if s.below(2) == 0 { 0.5 } else { -0.5 });
    for method in ALL {
        let mut sampler = FlatSampler::pairs(&energy, &Settings::default(), &lanes(4, 4)).unwrap();
        let counts = exact(&ising(12), sampler.scale(), |s| energy.energy(s));
        let density = learn(&mut sampler, method);
        assert_density(&density, &counts, 0.08);
        assert_reweighted(
            &mut sampler,
            &[0.3, 1.0, 2.0],
            |b| {
                let m = moments(&ising(12), b, |s| energy.energy(s));
                [m[0], m[1]]
            },
            250,
        );
    }
}

/// Gaussian couplings in bins, over all energies and over a part of them.
#[test]
fn gaussian_couplings_in_bins() {
    let energy = random_pairs(22, 10, true, |s| s.normal());
    let automatic = FlatSampler::pairs(&energy, &Settings::default(), &lanes(1, 5)).unwrap().scale();
    assert!(!automatic.exact && (0.1..3.0).contains(&automatic.unit), "{automatic:?}");
    for (levels, method) in [
        (Levels::Width(3.0), Learning::WangLandau),
        (Levels::Width(3.0), Learning::InverseTime),
        (Levels::Count(12), Learning::Multicanonical),
    ] {
        let mut sampler = FlatSampler::pairs(&energy, &Settings { levels, ..Settings::default() }, &lanes(4, 5)).unwrap();
        assert!(!sampler.scale().exact);
        let counts = exact(&ising(10), sampler.scale(), |s| energy.energy(s) - 1e-9);
        assert!(levels != Levels::Count(12) || (9..=14).contains(&counts.len()), "{}", counts.len());
        let density = learn(&mut sampler, method);
        assert_density(&density, &counts, 0.15);
        assert_reweighted(
            &mut sampler,
            &[0.1, 0.5, 1.0],
            |b| {
                let m = moments(&ising(10), b, |s| energy.energy(s));
                [m[0], m[1]]
            },
            500,
        );
    }
}

/// A range holds: no walker leaves it, and inside it ln g has the right differences.
#[test]
fn a_restricted_range() {
    let energy = square(4);
    for method in ALL {
        let settings = Settings { low: -20.0, high: 4.0, ..Settings::default() };
        let mut all = lanes(3, 6);
        all[0].start = Start::Uniform(1);
        let mut sampler = FlatSampler::pairs(&energy, &settings, &all).unwrap();
        let counts = exact(&ising(16), sampler.scale(), |s| energy.energy(s));
        let density = learn(&mut sampler, method);
        assert!(!density.complete);
        assert_eq!((density.energies[0], density.energies[density.energies.len() - 1]), (-20.0, 4.0));
        let shift = density.ln_g[0] - counts[&density.indices[0]];
        for (index, s) in density.indices.iter().zip(&density.ln_g) {
            assert!((s - shift - counts[index]).abs() < 0.08, "level {index}: {s}");
        }
        for _ in 0..200 {
            sampler.advance(3);
            for lane in 0..3 {
                let mut state = vec![0; 16];
                sampler.read(lane, &mut state);
                assert!((-20.0..=4.0).contains(&energy.energy(&state)));
                assert_eq!(energy.energy(&state), sampler.energy(lane));
                assert_eq!(density.of_index(sampler.scale().index(sampler.energy(lane))), Some(sampler.ln_g(lane)));
            }
        }
    }
}

/// By the graph (no tables) there is no unit to be found; with one stated, levels are exact, with a wrong one learning says so.
#[test]
fn an_energy_that_is_no_sum_of_small_terms() {
    let mut b = ScalarGraph::builder(vec![vec![0.0, 1.0, 2.0]], vec![0; 9]).unwrap();
    let values = (0..9).map(|i| b.value(i)).collect();
    let (sum, nine) = (b.sum(values), b.constant(9.0));
    let off = b.sub(sum, nine);
    let two = b.constant(2.0);
    let root = b.pow(off, two);
    let graph = b.finish(root);
    let with =
        |unit| FlatSampler::graph(&graph, &Settings { levels: Levels::Unit(unit), ..Settings::default() }, &lanes(3, 7)).unwrap();
    let mut sampler = with(1.0);
    let counts = exact(&sets(&graph), sampler.scale(), |s| graph.evaluate(s));
    assert_density(&learn(&mut sampler, Learning::WangLandau), &counts, 0.06);
    assert!(with(0.7).learn(&settings(Learning::WangLandau), &mut || false).unwrap_err().contains("unit"));
    assert!(!FlatSampler::graph(&graph, &Settings::default(), &lanes(1, 7)).unwrap().scale().exact);
}

#[test]
fn learning_goes_on_from_a_checkpoint_bit_for_bit() {
    let (energy, graph) = (random_pairs(23, 12, true, |s| s.normal()), potts(3, 3));
    type Make<'a> = &'a dyn Fn() -> FlatSampler;
    let bins = Settings { levels: Levels::Width(2.0), ..Settings::default() };
    let makes: [Make; 2] = [&|| FlatSampler::pairs(&energy, &bins, &lanes(3, 8)).unwrap(), &|| {
        FlatSampler::graph(&graph, &Settings::default(), &lanes(3, 8)).unwrap()
    }];
    for make in makes {
        for method in ALL {
            let settings = LearnSettings { last_ln_f: 1e-3, flatness: 0.6, every: Some(100), ..settings(method) };
            let mut whole = make();
            let done = whole.learn(&settings, &mut || false).unwrap();
            whole.advance(10);
            let mut resumed = make();
            let mut stops = 0;
            loop {
                let mut looks = 0;
                let learnt = resumed
                    .learn(&settings, &mut || {
                        looks += 1;
                        looks > 3
                    })
                    .unwrap();
                let saved = resumed.save();
                resumed = make();
                resumed.restore(&saved).unwrap();
                stops += 1;
                if learnt.finished {
                    assert_eq!(learnt.density, done.density);
                    break;
                }
            }
            assert!(stops > 2);
            resumed.advance(4);
            resumed.advance(6);
            assert_eq!(whole.save(), resumed.save());
        }
    }
}

#[test]
fn the_contract_of_kernels() {
    let energy = square(4);
    obeys_the_contract(&lanes(5, 9), |all| FlatSampler::pairs(&energy, &Settings::default(), all).unwrap());
    let graph = potts(3, 4);
    obeys_the_contract(&lanes(5, 9), |all| FlatSampler::graph(&graph, &Settings::default(), all).unwrap());
}

/// A state with an energy that has no weight: the walker finds its way back.
#[test]
fn a_written_state_outside_the_levels() {
    let energy = square(4);
    let mut sampler =
        FlatSampler::pairs(&energy, &Settings { low: -16.0, high: 0.0, ..Settings::default() }, &lanes(2, 10)).unwrap();
    learn(&mut sampler, Learning::WangLandau);
    sampler.write(0, &[1; 16]);
    assert_eq!((sampler.energy(0), sampler.ln_g(0)), (-32.0, f64::INFINITY));
    sampler.advance(2000);
    assert!(sampler.ln_g(0).is_finite() && (-16.0..=0.0).contains(&sampler.energy(0)));
}

#[test]
fn a_density_from_elsewhere() {
    let energy = square(4);
    let mut first = FlatSampler::pairs(&energy, &Settings::default(), &lanes(2, 11)).unwrap();
    let density = learn(&mut first, Learning::WangLandau);
    let mut second = FlatSampler::pairs(&energy, &Settings::default(), &lanes(2, 12)).unwrap();
    assert!(second.density().is_none() && second.refined().is_err());
    second.set_density(&density).unwrap();
    assert_eq!(second.density(), Some(&density));
    second.advance(1000);
    assert_eq!(second.refined().unwrap().indices.len(), 15);
    let bad = DensityOfStates { ln_g: vec![f64::NAN; 15], ..density };
    assert!(second.set_density(&bad).is_err() && second.set_density(&DensityOfStates::default()).is_err());
}

#[test]
fn what_makes_no_sense_is_refused() {
    let energy = square(4);
    let make = |levels, low, high| FlatSampler::pairs(&energy, &Settings { levels, low, high }, &lanes(1, 1)).err();
    let (least, most) = (f64::NEG_INFINITY, f64::INFINITY);
    assert!(make(Levels::Automatic, 1.0, 1.0).is_some() && make(Levels::Automatic, f64::NAN, most).is_some());
    assert!(make(Levels::Automatic, 0.1, 0.2).unwrap().contains("no energy level"));
    assert!(make(Levels::Width(0.0), least, most).is_some() && make(Levels::Unit(f64::NAN), least, most).is_some());
    assert!(make(Levels::Count(0), least, most).is_some());
    assert!(FlatSampler::pairs(&energy, &Settings::default(), &[]).is_err());
    let mut sampler = FlatSampler::pairs(&energy, &Settings::default(), &lanes(1, 1)).unwrap();
    let bad = [
        LearnSettings { flatness: 1.0, ..LearnSettings::default() },
        LearnSettings { first_ln_f: 1e-9, ..LearnSettings::default() },
        LearnSettings { last_ln_f: f64::NAN, ..LearnSettings::default() },
        LearnSettings { every: Some(0), ..LearnSettings::default() },
    ];
    assert!(bad.iter().all(|settings| sampler.learn(settings, &mut || false).is_err()));
    // A range that is not there: learning ends unfinished after its sweeps.
    let nowhere = Settings { low: 100.0, ..Settings::default() };
    let mut sampler = FlatSampler::pairs(&energy, &nowhere, &lanes(1, 1)).unwrap();
    let learnt = sampler.learn(&LearnSettings { most_sweeps: 5000, ..LearnSettings::default() }, &mut || false).unwrap();
    assert!(!learnt.finished && learnt.sweeps == 5000);
    // More levels than can be kept.
    let tiny = Settings { levels: Levels::Width(1e-9), ..Settings::default() };
    let mut sampler = FlatSampler::pairs(&energy, &tiny, &lanes(1, 1)).unwrap();
    assert!(sampler.learn(&LearnSettings::default(), &mut || false).unwrap_err().contains("wider bins"));
}
