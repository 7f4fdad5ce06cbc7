//! The slow twin of every finite-spin kernel, for tests: sums over all states.

use super::super::random::{Key, Stream};
use super::super::sampler::{Lane, PairEnergy, Sampler, Start};

/// Boltzmann averages of E, E^2, M and M^2, with M the sum of the values.
pub(crate) fn moments(sets: &[Vec<f64>], beta: f64, energy: impl Fn(&[u8]) -> f64) -> [f64; 4] {
    let mut sums = [0.0; 4];
    let mut z = 0.0;
    let mut state = vec![0u8; sets.len()];
    let lowest = each(sets, &mut state, f64::INFINITY, |low, s| low.min(energy(s)));
    each(sets, &mut state, (), |(), s| {
        let e = energy(s);
        let m: f64 = s.iter().zip(sets).map(|(&p, set)| set[p as usize]).sum();
        let w = if beta == f64::INFINITY { f64::from(u8::from(e <= lowest + 1e-9)) } else { libm::exp(-beta * (e - lowest)) };
        z += w;
        for (sum, x) in sums.iter_mut().zip([e, e * e, m, m * m]) {
            *sum += w * x;
        }
    });
    sums.map(|s| s / z)
}

/// Folds over all states.
pub(crate) fn each<A>(sets: &[Vec<f64>], state: &mut [u8], start: A, mut f: impl FnMut(A, &[u8]) -> A) -> A {
    state.fill(0);
    let mut a = start;
    loop {
        a = f(a, state);
        let Some(i) = (0..state.len()).find(|&i| usize::from(state[i]) + 1 < sets[i].len()) else { return a };
        state[..i].fill(0);
        state[i] += 1;
    }
}

/// Runs the kernel and compares the four moments, averaged over lanes of one temperature, with the
/// exact ones. The error is taken from 40 bins of the run (so autocorrelation is inside); the bound
/// of 6 such errors is a false alarm of about 4e-7 for Student's t of 39 degrees of freedom.
pub(crate) fn compare(kernel: &mut dyn Sampler, sets: &[Vec<f64>], exact: [f64; 4], sweeps_a_bin: u64) {
    kernel.advance(200);
    let mut bins = [[0.0; 40]; 4];
    let mut state = vec![0u8; kernel.sites()];
    for b in 0..40 {
        for _ in 0..sweeps_a_bin {
            kernel.advance(1);
            for lane in 0..kernel.lanes() {
                kernel.read(lane, &mut state);
                let m: f64 = state.iter().zip(sets).map(|(&p, set)| set[p as usize]).sum();
                let e = kernel.energy(lane);
                for (bin, x) in bins.iter_mut().zip([e, e * e, m, m * m]) {
                    bin[b] += x / (sweeps_a_bin as f64 * kernel.lanes() as f64);
                }
            }
        }
    }
    for (k, bin) in bins.iter().enumerate() {
        let mean = bin.iter().sum::<f64>() / 40.0;
        let variance = bin.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 39.0;
        let error = (variance / 40.0).sqrt() + 1e-9 * (1.0 + exact[k].abs());
        assert!((mean - exact[k]).abs() <= 6.0 * error, "moment {k}: {mean} +- {error}, exact {}", exact[k]);
    }
}

/// A random pairwise energy: about half of all pairs, some twice, with couplings and fields from `draw`.
pub(crate) fn random_pairs(seed: u64, sites: usize, fields: bool, mut draw: impl FnMut(&mut Stream) -> f64) -> PairEnergy {
    let mut stream = Stream::new(Key(seed, 0x6772_6170));
    let mut energy = PairEnergy { sites, constant: 0.75, ..PairEnergy::default() };
    for i in 0..sites as u32 {
        for j in 0..i {
            for _ in 0..[0, 0, 1, 1, 1, 2][stream.below(6) as usize] {
                energy.bonds.push((i, j, draw(&mut stream)));
            }
        }
    }
    if fields {
        energy.fields = (0..sites).map(|_| draw(&mut stream)).collect();
    }
    energy
}

/// Random starts with keys of their own, at one temperature.
pub(crate) fn lanes(count: usize, beta: f64, seed: u64) -> Vec<Lane> {
    (0..count).map(|l| Lane { beta, key: Key(seed, 7).derive(l as u64), start: Start::Random }).collect()
}

/// The sets of Ising spins.
pub(crate) fn ising(sites: usize) -> Vec<Vec<f64>> {
    vec![vec![-1.0, 1.0]; sites]
}

/// The states of all lanes.
pub(crate) fn states(kernel: &dyn Sampler) -> Vec<Vec<u8>> {
    (0..kernel.lanes())
        .map(|l| {
            let mut s = vec![0; kernel.sites()];
            kernel.read(l, &mut s);
            s
        })
        .collect()
}

/// The tests that every kernel passes alike: checkpoints are exact, and a lane does not see the others.
pub(crate) fn obeys_the_contract<K: Sampler>(all: &[Lane], make: impl Fn(&[Lane]) -> K) {
    let mut whole = make(all);
    whole.advance(5);
    whole.set_beta(0, 0.3);
    whole.advance(3);
    let saved = whole.save();
    whole.advance(9);
    let mut resumed = make(all);
    resumed.restore(&saved).unwrap();
    resumed.advance(4);
    resumed.advance(5);
    assert_eq!(states(&whole), states(&resumed));
    assert_eq!(whole.save(), resumed.save());
    assert!(resumed.restore(&saved[1..]).is_err());
    assert!(make(&all[1..]).restore(&saved).is_err());

    let mut together = make(all);
    together.advance(20);
    let together = states(&together);
    for l in [0, all.len() / 2, all.len() - 1] {
        let mut alone = make(&all[l..=l]);
        alone.advance(20);
        assert_eq!(states(&alone)[0], together[l], "lane {l}");
    }
    let distinct: std::collections::BTreeSet<_> = together.iter().collect();
    assert_eq!(distinct.len(), all.len());
}
