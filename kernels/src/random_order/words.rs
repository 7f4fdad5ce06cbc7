//! The random words of dynamics that pick their sites at random: one Philox block a trial or half a block.
//!
//! Knows keys and sweeps; no model.

use super::super::sparse::functions::{heat_bath_level, ln, metropolis_level};
use super::super::sparse::wide::{LaneKey, REFINE};

/// Further bits of an acceptance.
const ACCEPT: u32 = 3;
/// Uniform numbers below this many 2^-32 get further bits.
const FEW: u32 = 1 << 22;
/// How many trials a sweep has.
const COUNT: u32 = 4;
/// Further words of a second choice.
const SECOND: u32 = 5;

/// The number of trials of a sweep of `n` sites: n with probability 1/2, n - 1 and n + 1 with probability 1/4 each.
///
/// Where every move is accepted (β = 0, or spins without energy) a two-valued spin system changes its parity with each trial,
/// and with n trials a sweep it would keep it, or alternate, for ever. With P the matrix of one trial a sweep is
/// P^(n-1) ((1 + P) / 2)^2, in which the eigenvalue -1 of P becomes 0; the mean is n trials.
pub(crate) fn trials(key: &LaneKey, sweep: u64, n: usize) -> usize {
    match (n, key.block(COUNT, sweep, 0)[0] >> 30) {
        (0, _) => 0,
        (_, 0) => n - 1,
        (_, 1) => n + 1,
        _ => n,
    }
}

/// Calls `f` with the number of each trial of a sweep and a block of its own.
#[inline(always)]
pub(crate) fn each_block(key: &LaneKey, sweep: u64, count: usize, mut f: impl FnMut(u32, [u32; 4])) {
    for first in (0..count).step_by(8) {
        let words = key.eight(sweep, first as u32);
        for b in 0..8.min(count - first) {
            f((first + b) as u32, words.map(|w| w[b] as u32));
        }
    }
}

/// As [`each_block`], with two words a trial.
#[inline(always)]
pub(crate) fn each_pair(key: &LaneKey, sweep: u64, count: usize, mut f: impl FnMut(u32, [u32; 2])) {
    for first in (0..count).step_by(16) {
        let words = key.eight(sweep, (first / 2) as u32);
        for t in 0..16.min(count - first) {
            let (b, half) = (t / 2, 2 * (t % 2));
            f((first + t) as u32, [words[half][b] as u32, words[half + 1][b] as u32]);
        }
    }
}

/// Uniform in 0..n from a word, without bias: the few words that would bring one are replaced (Lemire, ACM TOMACS 29, 3 (2019)).
#[inline(always)]
pub(crate) fn below(word: u32, n: u32, key: &LaneKey, sweep: u64, trial: u32) -> u32 {
    refined(word, n, key, REFINE, sweep, trial)
}

/// As [`below`], for a second choice of the same trial.
#[inline(always)]
pub(crate) fn second(word: u32, n: u32, key: &LaneKey, sweep: u64, trial: u32) -> u32 {
    refined(word, n, key, SECOND, sweep, trial)
}

#[inline(always)]
fn refined(word: u32, n: u32, key: &LaneKey, purpose: u32, sweep: u64, trial: u32) -> u32 {
    let m = u64::from(word) * u64::from(n);
    if (m as u32) < n && (m as u32) < n.wrapping_neg() % n {
        let more = key.block(purpose, sweep, trial);
        // Four refusals in a row, below 2^-96 for few sites, are let pass.
        let fits = |w: &u32| (u64::from(*w) * u64::from(n)) as u32 >= n.wrapping_neg() % n;
        let word = more.iter().copied().find(|w| fits(w)).unwrap_or(more[0]);
        return ((u64::from(word) * u64::from(n)) >> 32) as u32;
    }
    (m >> 32) as u32
}

/// The further 32 bits of an acceptance, for the rare case that the first do not decide.
#[cold]
pub(crate) fn further(key: &LaneKey, sweep: u64, trial: u32) -> u32 {
    key.block(ACCEPT, sweep, trial)[0]
}

/// Uniform in (0, 1) from two words, a multiple of 2^-54.
#[inline(always)]
pub(crate) fn fraction(low: u32, high: u32) -> f64 {
    let bits = (u64::from(high) << 32 | u64::from(low)) >> 11;
    (bits as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0)
}

/// -ln u from a word; small u, which decide about rare moves, get 32 bits more.
#[inline(always)]
pub(crate) fn fine_metropolis_level(word: u32, more: impl FnOnce() -> u32) -> f64 {
    if word < FEW { -ln(longer(word, more())) } else { metropolis_level(u64::from(word)) }
}

/// ln((1 - u) / u) from a word; small u get 32 bits more.
#[inline(always)]
pub(crate) fn fine_glauber_level(word: u32, more: impl FnOnce() -> u32) -> f64 {
    if word < FEW {
        let u = longer(word, more());
        -ln(u / (1.0 - u))
    } else {
        -heat_bath_level(u64::from(word))
    }
}

fn longer(word: u32, more: u32) -> f64 {
    ((u64::from(word) << 32 | u64::from(more)) as f64 + 0.5) * (1.0 / 18_446_744_073_709_551_616.0)
}

#[cfg(test)]
mod tests {
    use super::super::super::random::Key;
    use super::*;

    #[test]
    fn sweeps_have_n_trials_on_average_and_no_parity() {
        let key = LaneKey::new(Key(1, 2));
        let mut seen = [0; 3];
        for sweep in 0..4000 {
            seen[trials(&key, sweep, 7) - 6] += 1;
        }
        // Six standard errors of a binomial number: 190 about 2000, 165 about 1000.
        assert!((1810..2190).contains(&seen[1]) && (835..1165).contains(&seen[0]) && (835..1165).contains(&seen[2]), "{seen:?}");
        assert_eq!(trials(&key, 3, 0), 0);
    }

    #[test]
    fn blocks_and_halves() {
        let key = LaneKey::new(Key(5, 6));
        let (mut blocks, mut halves) = (Vec::new(), Vec::new());
        each_block(&key, 9, 11, |t, words| blocks.push((t, words)));
        each_pair(&key, 9, 21, |t, words| halves.push((t, words)));
        assert_eq!((blocks.len(), halves.len()), (11, 21));
        for (t, words) in halves {
            let block = blocks[t as usize / 2].1;
            assert_eq!(words, if t % 2 == 0 { [block[0], block[1]] } else { [block[2], block[3]] });
        }
    }

    #[test]
    fn levels_join_where_bits_are_added() {
        for word in [FEW / 2, FEW - 1] {
            let fine = fine_metropolis_level(word, || 1 << 31);
            assert!((fine - metropolis_level(u64::from(word))).abs() < 1e-9);
            assert!((fine_glauber_level(word, || 1 << 31) + heat_bath_level(u64::from(word))).abs() < 1e-9);
        }
    }
}
