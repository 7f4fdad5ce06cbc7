//! Against full enumeration, against exact transition matrices, and against itself in other layouts.

use super::super::bitpacked::Instructions;
use super::super::random::{Key, Stream};
use super::super::sampler::{Lane, PairEnergy, Rule, Sampler, Start};
use super::super::sparse::enumerate::{compare, ising, lanes, moments, random_pairs, states};
use super::layout::{self, Layout};
use super::{Sliced, integers};
use std::collections::BTreeSet;

const RULES: [Rule; 2] = [Rule::Metropolis, Rule::HeatBath];

/// Couplings and fields of -3..=3 half units: up to seven neighbours make sums of local fields beyond 7.
fn small(s: &mut Stream) -> f64 {
    f64::from(s.below(7) as i32 - 3) * 0.5
}

fn signs(s: &mut Stream) -> f64 {
    f64::from(2 * s.below(2) as i32 - 1)
}

/// A ring of signs with some bonds across, diluted and double: sums of local fields of 0 to 7.
fn narrow(seed: u64, sites: u32) -> PairEnergy {
    let mut s = Stream::new(Key(seed, 0x6e61));
    let mut energy = PairEnergy { sites: sites as usize, constant: -0.5, ..PairEnergy::default() };
    for i in 0..sites {
        energy.bonds.push((i, (i + 1) % sites, signs(&mut s)));
        energy.bonds.push((i, (i + 3) % sites, f64::from(s.below(3) as i32 - 1)));
        if i % 4 == 0 {
            energy.bonds.push(((i + 1) % sites, i, 1.0));
        }
    }
    energy.fields = (0..sites).map(|i| f64::from(i % 3 == 0) * signs(&mut s)).collect();
    energy
}

#[test]
fn one_temperature_samples_the_boltzmann_distribution() {
    for (seed, rule) in RULES.into_iter().enumerate() {
        for (count, fields) in [(1, true), (3, true), (20, false), (60, true), (512, true)] {
            for energy in [random_pairs(seed as u64, 8, fields, small), narrow(seed as u64, 8)] {
                let mut kernel = Sliced::new(&energy, rule, &lanes(count, 0.35, 11)).unwrap();
                let exact = moments(&ising(8), 0.35, |s| energy.energy(s));
                compare(&mut kernel, &ising(8), exact, (450 / count as u64).max(5));
            }
        }
    }
}

/// Every lane is compared with its own β on its own. Of 16 β × 2 models × 2 rules × 2 widths × 2 moments, 256 comparisons at
/// 6.5 errors (Student's t, 31 degrees of freedom: 3e-7 each), a false alarm happens with a chance below 1e-4 in the space
/// of seeds; the seed is fixed.
#[test]
#[allow(clippy::needless_range_loop)]
fn every_lane_has_its_own_temperature() {
    let betas: Vec<f64> = (0..16).map(|b| [0.0, -0.2, 0.02 * f64::from(b), 0.4 - 0.02 * f64::from(b)][b as usize % 4]).collect();
    for rule in RULES {
        for (count, sweeps) in [(16, 3000), (128, 400)] {
            for energy in [random_pairs(5, 7, true, small), narrow(6, 9)] {
                let n = energy.sites;
                let mut all = lanes(count, 0.0, 21);
                all.iter_mut().enumerate().for_each(|(l, lane)| lane.beta = betas[l % 16]);
                let mut kernel = Sliced::new(&energy, rule, &all).unwrap();
                kernel.advance(100);
                const BINS: usize = 32;
                let mut bins = vec![[[0.0; BINS]; 2]; 16];
                for b in 0..BINS {
                    for _ in 0..sweeps / BINS {
                        kernel.advance(1);
                        for l in 0..count {
                            let one = 16.0 / (count * (sweeps / BINS)) as f64;
                            bins[l % 16][0][b] += kernel.energy(l) * one;
                            bins[l % 16][1][b] += kernel.total(l).unwrap() * one;
                        }
                    }
                }
                for (b, bins) in bins.iter().enumerate() {
                    let exact = moments(&ising(n), betas[b], |s| energy.energy(s));
                    for (bin, exact) in bins.iter().zip([exact[0], exact[2]]) {
                        let mean = bin.iter().sum::<f64>() / BINS as f64;
                        let variance = bin.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (BINS - 1) as f64;
                        let error = (variance / BINS as f64).sqrt() + 1e-9;
                        assert!((mean - exact).abs() <= 6.5 * error, "β = {}: {mean} +- {error}, exactly {exact}", betas[b]);
                    }
                }
            }
        }
    }
}

/// P(s → s') of one sweep, from the definition: sites in the kernel's order, each with its probability.
fn sweep_matrix(energy: &PairEnergy, order: &[usize], rule: Rule, beta: f64, kept: f64) -> Vec<Vec<f64>> {
    let count = 1usize << energy.sites;
    let state = |x: usize| (0..energy.sites).map(|i| (x >> i & 1) as u8).collect::<Vec<u8>>();
    let e: Vec<f64> = (0..count).map(|x| energy.energy(&state(x))).collect();
    let mut p: Vec<Vec<f64>> = (0..count).map(|x| (0..count).map(|y| f64::from(u8::from(x == y))).collect()).collect();
    for &i in order {
        for row in &mut p {
            let before = row.clone();
            row.fill(0.0);
            for (x, &weight) in before.iter().enumerate() {
                let rise = beta * (e[x ^ 1 << i] - e[x]);
                let turn = match rule {
                    Rule::Metropolis => kept * libm::exp(-rise).min(1.0),
                    Rule::HeatBath => 1.0 / (1.0 + libm::exp(rise)),
                };
                row[x ^ 1 << i] += weight * turn;
                row[x] += weight * (1.0 - turn);
            }
        }
    }
    p
}

/// The order in which the sites are tried. Sites of one word or batch commute.
fn order(energy: &PairEnergy, unit: usize) -> Vec<usize> {
    let layout = Layout::new(&integers(energy).unwrap().0, unit);
    layout.own.iter().map(|&e| (e >> 1) as usize).filter(|&i| i < energy.sites).collect()
}

/// The kernel's transition matrix is the one of the definition, and that leaves the Boltzmann distribution as it is. From each
/// state, 512 lanes make one sweep again and again; χ² over the end states against the exact row. The bound of
/// mean + 6.5 standard deviations + 20 is a false alarm well below 1e-6 a row (χ² of up to 15 degrees of freedom).
#[test]
fn a_sweep_is_the_one_of_the_definition() {
    let chain = PairEnergy { sites: 3, bonds: vec![(0, 1, 1.0), (1, 2, -1.0)], fields: vec![], constant: 0.0 };
    let star = PairEnergy {
        sites: 4,
        bonds: vec![(0, 1, 1.0), (0, 2, -2.0), (0, 3, 1.0), (1, 0, 1.0), (2, 3, 7.0)],
        fields: vec![1.0, 0.0, -3.0, 2.0],
        constant: 0.25,
    };
    for (energy, kept) in [(chain, 0.5), (star, 0.9375)] {
        for rule in RULES {
            for (count, beta) in [(512, 0.2), (40, -0.1), (512, 0.7), (1, 0.7)] {
                let p = sweep_matrix(&energy, &order(&energy, super::unit_bits(count)), rule, beta, kept);
                let weights: Vec<f64> = (0..1usize << energy.sites)
                    .map(|x| libm::exp(-beta * energy.energy(&(0..energy.sites).map(|i| (x >> i & 1) as u8).collect::<Vec<_>>())))
                    .collect();
                for y in 0..weights.len() {
                    let flow: f64 = (0..weights.len()).map(|x| weights[x] * p[x][y]).sum();
                    assert!((flow / weights[y] - 1.0).abs() < 1e-12);
                }
                let mut all = lanes(count, beta, 33);
                // Half of the cases with temperatures of their own in the other lanes, whose path is another.
                let own = count == 512 && beta == 0.7;
                all.iter_mut().skip(256).for_each(|l| l.beta = if own { 0.01 } else { beta });
                let measured = if own { 256 } else { count };
                let mut kernel = Sliced::new(&energy, rule, &all).unwrap();
                for (x, row) in p.iter().enumerate() {
                    let start: Vec<u8> = (0..energy.sites).map(|i| (x >> i & 1) as u8).collect();
                    let mut seen = vec![0u32; row.len()];
                    let rounds = 8_192 / measured;
                    for _ in 0..rounds {
                        (0..count).for_each(|l| kernel.write(l, &start));
                        kernel.advance(1);
                        let mut now = vec![0; energy.sites];
                        for l in 0..measured {
                            kernel.read(l, &mut now);
                            seen[now.iter().enumerate().map(|(i, &s)| usize::from(s) << i).sum::<usize>()] += 1;
                        }
                    }
                    let n = (rounds * measured) as f64;
                    let (mut chi, mut cells, mut rare) = (0.0, 0.0f64, (0.0, 0.0));
                    for (&seen, &p) in seen.iter().zip(row) {
                        if p * n >= 10.0 {
                            chi += (f64::from(seen) - p * n) * (f64::from(seen) - p * n) / (p * n);
                            cells += 1.0;
                        } else {
                            rare = (rare.0 + f64::from(seen), rare.1 + p * n);
                        }
                    }
                    assert!(chi <= cells + 6.5 * (2.0 * cells).sqrt() + 20.0, "{rule:?}, β {beta}, from {x}: χ² {chi}, {cells}");
                    // Poisson: 30 beyond the mean of at most 100 in 16 cells of less than 10 is far below 1e-6 for what occurs here.
                    assert!(rare.0 <= rare.1 + 7.0 * rare.1.sqrt() + 15.0, "{rare:?}");
                }
            }
        }
    }
}

/// At zero temperature a ferromagnet's energy never rises and most copies end in a ground state, and a free spin keeps moving.
#[test]
fn zero_temperature() {
    for rule in RULES {
        for (count, wide) in [(1, 1), (64, 9), (512, 1)] {
            let mut bonds: Vec<_> = (0..20).map(|i| (i, (i + 1) % 20, f64::from(wide))).collect();
            bonds.extend((0..20).map(|i| (i, (i + 5) % 20, 2.0)));
            let energy = PairEnergy { sites: 21, bonds, fields: vec![], constant: 0.0 };
            let mut kernel = Sliced::new(&energy, rule, &lanes(count, f64::INFINITY, 14)).unwrap();
            let mut before: Vec<f64> = (0..count).map(|l| kernel.energy(l)).collect();
            let mut free = [0, 0];
            for _ in 0..200 {
                kernel.advance(1);
                for (l, s) in states(&kernel).iter().enumerate() {
                    assert!(kernel.energy(l) <= before[l]);
                    before[l] = kernel.energy(l);
                    free[usize::from(s[20])] += 1;
                }
            }
            // 200 fair or nearly fair coins at the least: 40 of a side fail with a chance below 1e-17.
            assert!(free[0] >= 40 && free[1] >= 40, "{free:?}");
        }
    }
}

/// The couplings here are binary fractions, so that both sums are exact.
#[test]
fn energies_are_those_of_the_definition() {
    for count in [1, 7, 16, 33, 65, 200, 300, 700] {
        for energy in [random_pairs(9, 21, true, small), narrow(3, 43)] {
            let mut kernel = Sliced::new(&energy, Rule::Metropolis, &lanes(count, 0.2, 15)).unwrap();
            for _ in 0..3 {
                kernel.advance(1);
                for (l, s) in states(&kernel).iter().enumerate() {
                    assert_eq!(kernel.energy(l), energy.energy(s));
                    let total: i32 = s.iter().map(|&p| 2 * i32::from(p) - 1).sum();
                    assert_eq!(kernel.total(l), Some(f64::from(total)));
                }
            }
        }
    }
}

fn mixed(count: usize) -> Vec<Lane> {
    let mut all = lanes(count, 0.3, 16);
    all.iter_mut().enumerate().for_each(|(l, lane)| lane.beta = [0.0, 0.3, f64::INFINITY, 0.01 * l as f64][l % 4]);
    all
}

#[test]
fn checkpoints_are_exact() {
    for rule in RULES {
        for count in [1, 12, 70, 520] {
            let energy = random_pairs(10, 21, true, small);
            let mut whole = Sliced::new(&energy, rule, &mixed(count)).unwrap();
            whole.advance(5);
            whole.set_beta(0, 0.3);
            whole.advance(3);
            let saved = whole.save();
            whole.advance(9);
            let mut resumed = Sliced::new(&energy, rule, &mixed(count)).unwrap();
            resumed.restore(&saved).unwrap();
            resumed.advance(4);
            resumed.advance(5);
            assert_eq!(whole.save(), resumed.save());
            assert_eq!(whole.energy(count - 1), resumed.energy(count - 1));
            for cut in [0, 1, 8, 40, saved.len() - 8] {
                assert!(resumed.restore(&saved[..cut]).is_err());
            }
            assert!(Sliced::new(&energy, rule, &mixed(count + 1)).unwrap().restore(&saved).is_err());
            let distinct: BTreeSet<_> = states(&whole).into_iter().collect();
            assert!(count < 70 || distinct.len() > count / 4);
        }
    }
}

/// Another β or state of some lanes leaves the paths of the others as they were, and `set_beta` there and back changes nothing.
#[test]
fn a_lane_does_not_see_the_others() {
    for rule in RULES {
        for count in [3, 64, 130] {
            for energy in [random_pairs(12, 15, true, small), narrow(7, 26)] {
                let mut one = Sliced::new(&energy, rule, &lanes(count, 0.4, 18)).unwrap();
                let mut other = Sliced::new(&energy, rule, &lanes(count, 0.4, 18)).unwrap();
                other.set_beta(1, 1.5);
                other.write(2, &vec![1; energy.sites]);
                other.set_beta(0, 2.0);
                other.set_beta(0, 0.4);
                one.advance(40);
                other.advance(40);
                let (one, other) = (states(&one), states(&other));
                assert_ne!(one[1], other[1]);
                for l in (0..count).filter(|&l| l != 1 && l != 2) {
                    assert_eq!(one[l], other[l], "lane {l}");
                }
            }
        }
    }
}

/// Also over enough batches that the words of some of them must go on alone.
#[test]
fn every_instruction_set_gives_the_same_path() {
    for rule in RULES {
        for count in [1, 16, 30, 60, 100, 256, 512] {
            for energy in [random_pairs(21, 20, true, small), narrow(8, 50)] {
                for all in [mixed(count), lanes(count, 0.2, 17)] {
                    let run = |instructions| {
                        let mut kernel = Sliced::new(&energy, rule, &all).unwrap();
                        kernel.use_instructions(instructions);
                        kernel.advance(60);
                        (kernel.save(), (0..count).map(|l| kernel.energy(l)).collect::<Vec<_>>())
                    };
                    let portable = run(Instructions::Portable);
                    for instructions in Instructions::available() {
                        assert!(run(instructions) == portable, "{instructions:?}, {count} lanes");
                    }
                }
            }
        }
    }
}

/// Up to three lanes are moved one by one: each takes the path that it takes alone.
#[test]
fn few_lanes_do_not_share_words() {
    let energy = random_pairs(13, 40, true, small);
    let all = mixed(3);
    let mut together = Sliced::new(&energy, Rule::Metropolis, &all).unwrap();
    together.advance(30);
    for (l, lane) in all.iter().enumerate() {
        let mut alone = Sliced::new(&energy, Rule::Metropolis, std::slice::from_ref(lane)).unwrap();
        alone.advance(30);
        assert_eq!(states(&alone)[0], states(&together)[l]);
    }
}

/// Blocks of more than 512 lanes are moved by several threads, with the same result as by one.
#[test]
fn threads_change_nothing() {
    let energy = narrow(2, 600);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut kernel = Sliced::new(&energy, Rule::Metropolis, &lanes(1100, 0.3, 5)).unwrap();
        pool.install(|| kernel.advance(3));
        kernel.save()
    };
    assert_eq!(run(1), run(3));
}

/// Sums of local fields up to the largest one, even and odd, against enumeration: a hub with many neighbours in fields.
#[test]
fn the_largest_local_fields() {
    for (hub, rule) in [(127, Rule::Metropolis), (126, Rule::HeatBath), (63, Rule::HeatBath), (9, Rule::Metropolis)] {
        let energy = PairEnergy {
            sites: 5,
            bonds: vec![(0, 1, 2.0), (0, 2, -1.0), (0, 3, 3.0), (1, 2, 1.0)],
            fields: vec![f64::from(hub - 6), 1.0, 0.0, -17.0, 5.0],
            constant: 0.0,
        };
        let beta = 0.04;
        let mut kernel = Sliced::new(&energy, rule, &lanes(128, beta, 3)).unwrap();
        let exact = moments(&ising(5), beta, |s| energy.energy(s));
        compare(&mut kernel, &ising(5), exact, 40);
        let mut more = energy.clone();
        more.fields[0] += 127.0 - f64::from(hub) + 1.0;
        assert!(Sliced::fits(&more).is_err());
    }
}

/// Words hold what they say: every site once, no two neighbours in a batch.
#[test]
fn layouts() {
    for unit in [1, 8, 16, 32, 64, 128, 256, 512] {
        for energy in [random_pairs(2, 20, true, small), narrow(4, 200), random_pairs(3, 40, false, signs)] {
            let graph = integers(&energy).unwrap().0;
            let layout = Layout::new(&graph, unit);
            let slots = layout.sites_a_word();
            let mut sites: Vec<usize> = layout.own.iter().map(|&e| (e >> 1) as usize).filter(|&i| i < energy.sites).collect();
            sites.sort_unstable();
            assert_eq!(sites, (0..energy.sites).collect::<Vec<_>>());
            let mut words = 0;
            for b in &layout.batches {
                assert!(b.first == words && (1..=layout::BATCH).contains(&(b.words as usize)));
                words += b.words as usize;
                let own: BTreeSet<u32> = layout.own[b.first * slots..words * slots].iter().map(|e| e >> 1).collect();
                for &i in own.iter().filter(|&&i| (i as usize) < energy.sites) {
                    assert!(graph.row(i as usize).iter().all(|(j, _)| !own.contains(j)));
                }
            }
            assert_eq!(words * slots, layout.own.len());
            let places: BTreeSet<usize> = (0..=energy.sites).map(|i| layout.place(i)).collect();
            assert!(places.len() == energy.sites + 1 && places.iter().all(|&p| p < layout.units()));
            if unit == 1 {
                // The sites of a word lie side by side.
                for (slot, &e) in layout.own.iter().enumerate().filter(|(_, e)| (**e >> 1) < energy.sites as u32) {
                    assert_eq!(layout.place((e >> 1) as usize), slot);
                }
            }
        }
    }
}

/// Sites that need room at different binary places of |coupling| may share a word, which then has more entries than any site.
#[test]
fn words_of_mixed_couplings() {
    let mut energy = PairEnergy { sites: 70, fields: vec![0.0; 70], ..PairEnergy::default() };
    // The sites 0 to 4 have sums of 127, and site 5 is filled up to that.
    for (hub, leaves, coupling) in [(0, 63, 2.0), (1, 31, 4.0), (2, 15, 8.0), (3, 7, 16.0), (4, 3, 32.0)] {
        energy.bonds.extend((0..leaves).map(|leaf| (hub, 6 + leaf, coupling)));
        energy.fields[hub as usize] = 127.0 - f64::from(leaves) * coupling;
    }
    energy.fields[5] = 1.0;
    let graph = integers(&energy).unwrap().0;
    let entries = |w: &layout::LargeWord| w.counts.iter().map(|&c| usize::from(c)).sum::<usize>();
    let most = Layout::new(&graph, 64).large.iter().map(entries).max().unwrap();
    assert!((200..=super::update::MOST_ENTRIES).contains(&most), "{most}");
    for count in [1, 64] {
        let mut kernel = Sliced::new(&energy, Rule::HeatBath, &lanes(count, f64::INFINITY, 3)).unwrap();
        kernel.advance(3);
        let before: Vec<f64> = (0..count).map(|l| kernel.energy(l)).collect();
        kernel.advance(3);
        for (l, s) in states(&kernel).iter().enumerate() {
            assert_eq!(kernel.energy(l), energy.energy(s));
            assert!(kernel.energy(l) <= before[l]);
        }
    }
}

#[test]
fn starts_and_refusals() {
    let energy = random_pairs(2, 5, false, small);
    let lane = |start| [Lane { beta: 1.0, key: Key(1, 2), start }];
    let make = |start| Sliced::new(&energy, Rule::Metropolis, &lane(start));
    assert_eq!(states(&make(Start::Uniform(1)).unwrap())[0], [1; 5]);
    assert_eq!(states(&make(Start::Given(vec![0, 1, 1, 0, 1])).unwrap())[0], [0, 1, 1, 0, 1]);
    assert!(make(Start::Uniform(2)).is_err());
    assert!(make(Start::Given(vec![0; 4])).is_err());
    let nan = [Lane { beta: f64::NAN, key: Key(1, 2), start: Start::Random }];
    assert!(Sliced::new(&energy, Rule::Metropolis, &nan).is_err());
    for bonds in [vec![(0, 0, 1.0)], vec![(0, 5, 1.0)], vec![(0, 1, f64::NAN)], vec![(0, 1, 1.0), (1, 2, 0.618_033)]] {
        let wrong = PairEnergy { sites: 5, bonds, fields: vec![], constant: 0.0 };
        assert!(Sliced::fits(&wrong).is_err());
        assert!(Sliced::new(&wrong, Rule::Metropolis, &lane(Start::Random)).is_err());
    }
    assert!(Sliced::fits(&energy).is_ok());
    let mut kernel = Sliced::new(&PairEnergy::default(), Rule::HeatBath, &lane(Start::Random)).unwrap();
    kernel.advance(3);
    assert_eq!(kernel.energy(0), 0.0);
    let mut none = Sliced::new(&energy, Rule::HeatBath, &[]).unwrap();
    none.advance(3);
    assert_eq!(none.lanes(), 0);
    assert!(none.restore(&none.save()).is_ok());
}
