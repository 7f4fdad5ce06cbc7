//! Swendsen-Wang on rows of bits: union-find over runs.
//!
//! A run is a maximal stretch of a row whose neighbours are joined by active bonds. Active bonds are drawn 64 at a time; only
//! runs enter the union-find (about half as many as spins at the critical point of the square lattice), after Hoshen and
//! Kopelman, Phys. Rev. B 14, 3438 (1976). A root is the least run of its cluster, so that one pass in ascending order
//! carries the roots' random signs to all runs, and runs become bits again by a deposit and a prefix sum modulo two.

use super::bits::{Bernoulli, Bits};
use super::rows::{Rows, rotated};

/// Scratch of one decomposition, used again for every sweep.
#[derive(Clone, Debug)]
pub(super) struct Runs {
    /// The first site of each run, as bits.
    starts: Vec<u64>,
    /// The number of runs before each word.
    rank: Vec<u32>,
    /// The parent of each run; in the last pass, its sign.
    parent: Vec<u32>,
}

impl Runs {
    pub fn new(rows: &Rows) -> Runs {
        let words = rows.rows * rows.words;
        Runs { starts: vec![0; words], rank: vec![0; words], parent: vec![0; rows.sites] }
    }

    /// One sweep: every cluster of the whole lattice is flipped with probability 1/2.
    ///
    /// `draws` holds the activation of each strength; `opposite` is all ones where β is negative, else zero.
    pub fn sweep(&mut self, rows: &Rows, state: &mut [u64], draws: &[Bernoulli], opposite: u64, bits: &mut Bits) {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("bmi1")
            && std::is_x86_feature_detected!("bmi2")
            && std::is_x86_feature_detected!("popcnt")
        {
            // SAFETY: the processor has the three extensions, which was asked just now.
            unsafe { self.sweep_bmi(rows, state, draws, opposite, bits) };
            return;
        }
        self.sweep_with::<false>(rows, state, draws, opposite, bits);
    }

    /// # Safety
    /// The processor must have BMI1, BMI2 and POPCNT.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "bmi1,bmi2,popcnt")]
    unsafe fn sweep_bmi(&mut self, rows: &Rows, state: &mut [u64], draws: &[Bernoulli], opposite: u64, bits: &mut Bits) {
        self.sweep_with::<true>(rows, state, draws, opposite, bits);
    }

    /// The portable form, which the tests compare with the other.
    #[cfg(test)]
    pub fn sweep_portable(&mut self, rows: &Rows, state: &mut [u64], draws: &[Bernoulli], opposite: u64, bits: &mut Bits) {
        self.sweep_with::<false>(rows, state, draws, opposite, bits);
    }

    #[inline(always)]
    fn sweep_with<const BMI: bool>(
        &mut self,
        rows: &Rows,
        state: &mut [u64],
        draws: &[Bernoulli],
        opposite: u64,
        bits: &mut Bits,
    ) {
        let mut runs = 0;
        for row in 0..rows.rows {
            runs = self.along(rows, row, runs, state, draws, opposite, bits);
            self.across(rows, row, state, draws, opposite, bits);
        }
        self.flip::<BMI>(rows, state, bits);
    }

    /// Draws the bonds along a row, numbers its runs from `runs` on, and gives the next number.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn along(
        &mut self,
        rows: &Rows,
        row: usize,
        runs: u32,
        state: &[u64],
        draws: &[Bernoulli],
        opposite: u64,
        bits: &mut Bits,
    ) -> u32 {
        let words = rows.words;
        let spins = &state[row * words..][..words];
        let [first, end, _] = rows.spans[row];
        let mut next = runs;
        let mut carry = 0;
        for w in 0..words {
            let shifted = rotated(spins, rows.width, w, 1);
            let mut active = 0;
            for index in first as usize..end as usize {
                let at = index * words + w;
                let satisfied = rows.masks[at] & !(spins[w] ^ shifted ^ rows.negative[at] ^ opposite);
                active |= draws[rows.bundles[index].class as usize].draws(bits, satisfied);
            }
            let valid = if w + 1 == words && !rows.width.is_multiple_of(64) { (1u64 << (rows.width % 64)) - 1 } else { !0 };
            let starts = !(active << 1 | carry) & valid;
            self.starts[row * words + w] = starts;
            self.rank[row * words + w] = next;
            next += starts.count_ones();
            carry = active >> ((rows.width - 1) % 64) & 1;
            if w + 1 < words {
                carry = active >> 63;
            }
        }
        for run in runs..next {
            self.parent[run as usize] = run;
        }
        if carry == 1 {
            self.join(runs, next - 1);
        }
        next
    }

    /// Draws the bonds from a row to those before it, and joins runs.
    #[inline(always)]
    fn across(&mut self, rows: &Rows, row: usize, state: &[u64], draws: &[Bernoulli], opposite: u64, bits: &mut Bits) {
        let words = rows.words;
        let [_, first, end] = rows.spans[row];
        for index in first as usize..end as usize {
            let bundle = &rows.bundles[index];
            let (a, b, shift) = (bundle.a as usize * words, bundle.b as usize * words, bundle.shift as usize);
            let draw = draws[bundle.class as usize];
            for w in 0..words {
                let other = rotated(&state[b..b + words], rows.width, w, shift);
                let at = index * words + w;
                let satisfied = rows.masks[at] & !(state[a + w] ^ other ^ rows.negative[at] ^ opposite);
                let mut active = draw.draws(bits, satisfied);
                let (starts_a, rank_a) = (self.starts[a + w], self.rank[a + w].wrapping_sub(1));
                if shift == 0 {
                    let (starts_b, rank_b) = (self.starts[b + w], self.rank[b + w].wrapping_sub(1));
                    while active != 0 {
                        let upto = active ^ (active - 1);
                        active &= active - 1;
                        let run_a = rank_a.wrapping_add((starts_a & upto).count_ones());
                        let run_b = rank_b.wrapping_add((starts_b & upto).count_ones());
                        self.join(run_a, run_b);
                    }
                } else {
                    while active != 0 {
                        let upto = active ^ (active - 1);
                        let mut x = 64 * w + active.trailing_zeros() as usize + shift;
                        active &= active - 1;
                        if x >= rows.width {
                            x -= rows.width;
                        }
                        let run_a = rank_a.wrapping_add((starts_a & upto).count_ones());
                        let before = self.starts[b + x / 64] & (!0u64 >> (63 - x % 64));
                        let run_b = self.rank[b + x / 64] + before.count_ones() - 1;
                        self.join(run_a, run_b);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn root(&self, mut run: u32) -> u32 {
        loop {
            // SAFETY: runs are numbered below the number of sites, which is the length of `parent`.
            let parent = unsafe { *self.parent.get_unchecked(run as usize) };
            if parent == run {
                return run;
            }
            run = parent;
        }
    }

    #[inline(always)]
    fn join(&mut self, a: u32, b: u32) {
        debug_assert!((a as usize) < self.parent.len() && (b as usize) < self.parent.len());
        let (root_a, root_b) = (self.root(a), self.root(b));
        let least = root_a.min(root_b);
        // SAFETY: as in `root`.
        unsafe {
            *self.parent.get_unchecked_mut(root_a as usize) = least;
            *self.parent.get_unchecked_mut(root_b as usize) = least;
            *self.parent.get_unchecked_mut(a as usize) = least;
            *self.parent.get_unchecked_mut(b as usize) = least;
        }
    }

    /// Gives every root a random sign, every run its root's, and flips the spins.
    #[inline(always)]
    fn flip<const BMI: bool>(&mut self, rows: &Rows, state: &mut [u64], bits: &mut Bits) {
        let mut run = 0usize;
        for row in 0..rows.rows {
            let mut carry = 0u64;
            let words = row * rows.words..(row + 1) * rows.words;
            for (word, &starts) in state[words.clone()].iter_mut().zip(&self.starts[words]) {
                let count = starts.count_ones() as usize;
                let random = bits.word();
                let mut signs = 0u64;
                for k in 0..count {
                    // A parent's number is not above its child's, so its entry is a sign by now unless it is the run itself.
                    let parent = self.parent[run + k] as usize;
                    self.parent[run + k] = (random >> k & 1) as u32;
                    // SAFETY: parents are runs, as in `root`.
                    let sign = unsafe { *self.parent.get_unchecked(parent) };
                    self.parent[run + k] = sign;
                    signs |= u64::from(sign) << k;
                }
                run += count;
                // A change of sign at a start, summed from the left, is the sign of every site.
                let changes = signs ^ (signs << 1 | carry);
                let changes = if count == 64 { changes } else { changes & ((1u64 << count) - 1) };
                let mut flips = deposit::<BMI>(changes, starts);
                for shift in [1, 2, 4, 8, 16, 32] {
                    flips ^= flips << shift;
                }
                flips ^= carry.wrapping_neg();
                if count > 0 {
                    carry = signs >> (count - 1) & 1;
                }
                *word ^= flips;
            }
            if !rows.width.is_multiple_of(64) {
                state[(row + 1) * rows.words - 1] &= (1u64 << (rows.width % 64)) - 1;
            }
        }
    }
}

/// Puts the low bits of `bits` at the set positions of `places`, in order.
#[inline(always)]
fn deposit<const BMI: bool>(bits: u64, places: u64) -> u64 {
    #[cfg(target_arch = "x86_64")]
    if BMI {
        // SAFETY: `BMI` is set only under `sweep_bmi`.
        return unsafe { std::arch::x86_64::_pdep_u64(bits, places) };
    }
    let (mut bits, mut places, mut out) = (bits, places, 0);
    while places != 0 && bits != 0 {
        let place = places & places.wrapping_neg();
        out |= place & (bits & 1).wrapping_neg();
        bits >>= 1;
        places ^= place;
    }
    out
}
