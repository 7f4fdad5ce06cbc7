//! The inner loop: sums of neighbours in bit-sliced adders, classes, decisions, a batch of words at a time.
//!
//! Knows words, entries and tables; no copy and no temperature.

use super::super::bitpacked::Instructions;
use super::super::bitpacked::generator::{Generator, Live};
use super::super::bitpacked::wide::{Wide, Word};
use super::draws::Draws;
use super::gather::{fetch, gather, prefetch, put, scatter};
use super::layout::{BATCH, Batch, LARGEST, LargeWord, Layout, PLANES};
use super::table::Table;

/// States beyond this do not stay in the nearer caches: neighbours are fetched a batch ahead.
const FETCH_FROM: usize = 1 << 18;

/// What one call of [`sweep`] does.
pub(super) struct Job<'a> {
    pub layout: &'a Layout,
    pub table: &'a Table,
    pub heat_bath: bool,
    pub sweeps: u64,
}

/// Moves all copies of a block.
///
/// # Safety
/// `state` points to the units of the layout, aligned to 64 bytes, and nobody else uses them. `instructions` are ones
/// that the processor has.
pub(super) unsafe fn sweep(instructions: Instructions, job: &Job, state: *mut u8, generator: &mut Generator) {
    // SAFETY: the caller's promise.
    unsafe {
        match instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => sweep_avx2(job, state, generator),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => sweep_avx512(job, state, generator),
            _ => sweep_as::<[u64; 8]>(job, state, generator),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1")]
unsafe fn sweep_avx2(job: &Job, state: *mut u8, generator: &mut Generator) {
    // SAFETY: the caller's promise; the instructions are enabled for this function.
    unsafe { sweep_as::<super::super::bitpacked::wide::Avx2>(job, state, generator) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,bmi1")]
unsafe fn sweep_avx512(job: &Job, state: *mut u8, generator: &mut Generator) {
    // SAFETY: the caller's promise; the instructions are enabled for this function.
    unsafe { sweep_as::<super::super::bitpacked::wide::Avx512>(job, state, generator) }
}

#[inline(always)]
unsafe fn sweep_as<W: Wide>(job: &Job, state: *mut u8, generator: &mut Generator) {
    // SAFETY: the caller's promise; a unit of 64 bytes is a word.
    unsafe {
        if job.layout.unit == Word::BITS {
            batches::<W, true>(job, state, generator)
        } else {
            batches::<W, false>(job, state, generator)
        }
    }
}

/// The most entries of a large word. Its sites may need room at different places of |coupling|: at place p up to `LARGEST` / 2^p of
/// them, rounded up to an even number.
pub(super) const MOST_ENTRIES: usize = 2 * (LARGEST as usize + 1);

/// The words that the sites of a batch see, put together from narrow units beforehand.
struct Near<W: Wide> {
    /// Of a small batch: word after word, entry after entry. Of a large word: its entries.
    entries: [W; MOST_ENTRIES],
    own: [W; BATCH],
}

#[inline(always)]
unsafe fn batches<W: Wide, const WIDE: bool>(job: &Job, state: *mut u8, generator: &mut Generator) {
    // SAFETY: the caller's promise; the layout's batches, words and entries belong together.
    unsafe {
        let layout = job.layout;
        let slots = layout.sites_a_word();
        let mut random = Live::<W>::wake(generator);
        let mut draws = Draws::<W>::new();
        let mut near = Near { entries: [W::zero(); MOST_ENTRIES], own: [W::zero(); BATCH] };
        let bytes = layout.unit / 8;
        let far = layout.units() * bytes >= FETCH_FROM;
        for _ in 0..job.sweeps {
            for (b, batch) in layout.batches.iter().enumerate() {
                if far && let Some(next) = layout.batches.get(b + 1) {
                    let end = layout.batches.get(b + 2).map_or(layout.entries.len(), |after| after.entries);
                    for &e in layout.entries.get_unchecked(next.entries..end) {
                        prefetch(state, bytes, e);
                    }
                }
                draws.draw(&mut random);
                draws.decide(job.table, batch.parity as usize, batch.classes as usize, job.heat_bath);
                let words = batch.words as usize;
                let own_sites = layout.own.as_ptr().add(batch.first * slots);
                if !WIDE {
                    // Of single bits, the sites of a word are a word of the state.
                    if layout.unit == 1 {
                        for i in 0..words {
                            near.own[i] = W::load(state.add((batch.first + i) * 64).cast());
                        }
                    } else {
                        fetch(bytes, state, own_sites, words, near.own.as_mut_ptr());
                    }
                    if batch.kind != 0 {
                        neighbours(layout, state, batch.entries, words * batch.kind as usize, near.entries.as_mut_ptr());
                    }
                }
                match batch.kind {
                    1 => small::<W, WIDE, 1>(job, batch, &draws, &mut near, state),
                    2 => small::<W, WIDE, 2>(job, batch, &draws, &mut near, state),
                    3 => small::<W, WIDE, 3>(job, batch, &draws, &mut near, state),
                    4 => small::<W, WIDE, 4>(job, batch, &draws, &mut near, state),
                    5 => small::<W, WIDE, 5>(job, batch, &draws, &mut near, state),
                    6 => small::<W, WIDE, 6>(job, batch, &draws, &mut near, state),
                    7 => small::<W, WIDE, 7>(job, batch, &draws, &mut near, state),
                    _ => large::<W, WIDE>(job, batch, &draws, &mut near, state),
                }
                if !WIDE && layout.unit == 1 {
                    for i in 0..words {
                        near.own[i].store(state.add((batch.first + i) * 64).cast());
                    }
                } else if !WIDE {
                    put(bytes, state, own_sites, words, near.own.as_ptr());
                }
            }
        }
        random.rest(generator);
    }
}

/// The words of the entries from `first` on, of units narrower than a word.
#[inline(always)]
unsafe fn neighbours<W: Wide>(layout: &Layout, state: *const u8, first: usize, n: usize, to: *mut W) {
    // SAFETY: the caller's promise.
    unsafe {
        if layout.unit == 1 {
            layout.bits.fetch(state, first, n, to);
        } else {
            fetch(layout.unit / 8, state, layout.entries.as_ptr().add(first), n, to);
        }
    }
}

/// Own spins, from the state or from what was fetched.
#[inline(always)]
unsafe fn own<W: Wide, const WIDE: bool>(job: &Job, batch: &Batch, i: usize, near: &Near<W>, state: *const u8) -> W {
    // SAFETY: the caller's promise.
    unsafe {
        if WIDE { gather::<W, 64>(state, job.layout.own.as_ptr().add(batch.first + i)) } else { *near.own.get_unchecked(i) }
    }
}

#[inline(always)]
unsafe fn renew<W: Wide, const WIDE: bool>(job: &Job, batch: &Batch, i: usize, near: &mut Near<W>, state: *mut u8, new: W) {
    // SAFETY: the caller's promise.
    unsafe {
        if WIDE {
            scatter::<W, 64>(state, job.layout.own.as_ptr().add(batch.first + i), new);
        } else {
            *near.own.get_unchecked_mut(i) = new;
        }
    }
}

/// a + b + c of every bit: sum and carry.
///
/// # Safety
/// As for every method of [`Wide`].
#[inline(always)]
pub(super) unsafe fn full<W: Wide>(a: W, b: W, c: W) -> (W, W) {
    // SAFETY: the caller's promise.
    unsafe {
        let half = a.xor(b);
        (half.xor(c), a.and(b).or(half.and(c)))
    }
}

/// `yes` where the bit of `choice` is set, else `no`.
#[inline(always)]
unsafe fn select<W: Wide>(choice: W, yes: W, no: W) -> W {
    // SAFETY: the caller's promise.
    unsafe { no.xor(choice.and(yes.xor(no))) }
}

/// The new spins, from the direction that is down-hill at positive temperature and the outcome of each site's class.
#[inline(always)]
unsafe fn moved<W: Wide>(job: &Job, own: W, up: W, outcome: W, free: W) -> W {
    // SAFETY: the caller's promise.
    unsafe {
        let up = up.xor(W::load(job.table.negative.0.as_ptr()));
        if job.heat_bath {
            return up.xor(outcome);
        }
        // Metropolis turns up-hill spins freely: such a spin is !up before and up after a turn.
        let ones = W::load(Word::ONES.0.as_ptr());
        up.xor(select(own.xor(up), ones.without(free), outcome))
    }
}

/// Moves a batch whose sites have Z neighbours, each counted as often as its coupling says.
#[inline(always)]
unsafe fn small<W: Wide, const WIDE: bool, const Z: usize>(
    job: &Job,
    batch: &Batch,
    draws: &Draws<W>,
    fetched: &mut Near<W>,
    state: *mut u8,
) {
    // SAFETY: the caller's promise: the batch has so many words of Z entries a site.
    unsafe {
        let entries = job.layout.entries.as_ptr().wrapping_add(batch.entries);
        for i in 0..batch.words as usize {
            // Constant inputs make the sum 4 or more exactly where the local field is not negative.
            let constant = [W::zero(), W::load(Word::ONES.0.as_ptr())];
            let near: [W; 7] = std::array::from_fn(|e| match e {
                _ if e < Z && WIDE => gather::<W, 64>(state, entries.add(i * Z + e)),
                _ if e < Z => *fetched.entries.get_unchecked(i * Z + e),
                _ => constant[usize::from(e < Z + 4 - Z.div_ceil(2))],
            });
            let (s0, c0) = full(near[0], near[1], near[2]);
            let (s1, c1) = full(near[3], near[4], near[5]);
            let (d0, c2) = full(s0, s1, near[6]);
            let (d1, top) = full(c0, c1, c2);
            // From there the class is the distance.
            let of = |c: usize| draws.outcome[c][i];
            let outcome = if Z % 2 == 1 {
                let (i0, i1) = (constant[1].without(d0.xor(top)), constant[1].without(d1.xor(top)));
                match Z {
                    1 => of(0),
                    3 => select(i0, of(1), of(0)),
                    5 => select(i1, of(2), select(i0, of(1), of(0))),
                    _ => select(i1, select(i0, of(3), of(2)), select(i0, of(1), of(0))),
                }
            } else {
                let i1 = d1.xor(d0.without(top));
                match Z {
                    2 => select(d0, of(1), of(0)),
                    4 => select(i1, of(2), select(d0, of(1), of(0))),
                    _ => select(i1, select(d0, of(3), of(2)), select(d0, of(1), of(0))),
                }
            };
            let own = own::<W, WIDE>(job, batch, i, fetched, state);
            let new = moved(job, own, top, outcome, draws.free[i]);
            renew::<W, WIDE>(job, batch, i, fetched, state, new);
        }
    }
}

/// Binary places of the sums of a large word.
const DIGITS: usize = 8;

/// Moves a batch of words with many neighbours or large couplings.
#[inline(always)]
unsafe fn large<W: Wide, const WIDE: bool>(job: &Job, batch: &Batch, draws: &Draws<W>, fetched: &mut Near<W>, state: *mut u8) {
    // SAFETY: the caller's promise: `large` describes so many words from `batch.large` on.
    unsafe {
        for i in 0..batch.words as usize {
            let word = job.layout.large.get_unchecked(batch.large + i);
            let (digits, sum) = sum_large::<W, WIDE>(job, word, fetched, state);
            let (top, index) = class(digits, sum, word.sum & 1 == 1);
            let outcome = choose(draws, i, word.sum as usize / 2 + 1, &index);
            let own = own::<W, WIDE>(job, batch, i, fetched, state);
            let new = moved(job, own, top, outcome, draws.free[i]);
            renew::<W, WIDE>(job, batch, i, fetched, state, new);
        }
    }
}

/// The number of places, and the number of satisfied-with-+1 units of coupling plus what makes the highest place the sign of the local field.
#[inline(always)]
unsafe fn sum_large<W: Wide, const WIDE: bool>(
    job: &Job,
    word: &LargeWord,
    fetched: &mut Near<W>,
    state: *const u8,
) -> (usize, [W; DIGITS]) {
    // SAFETY: the caller's promise.
    unsafe {
        let half = usize::from(word.sum).div_ceil(2);
        // sum / 2 < 2^(digits - 1): the sum is at most 127, hence there are at most 7.
        let digits = half.max(usize::from(word.sum) / 2 + 1).next_power_of_two().trailing_zeros() as usize + 1;
        let start = (1usize << (digits - 1)) - half;
        let constant = [W::zero(), W::load(Word::ONES.0.as_ptr())];
        let mut sum: [W; DIGITS] = std::array::from_fn(|d| constant[start >> d & 1]);
        let entries = job.layout.entries.as_ptr().wrapping_add(word.entries);
        if !WIDE {
            let all = word.counts.iter().map(|&c| usize::from(c)).sum();
            neighbours(job.layout, state, word.entries, all, fetched.entries.as_mut_ptr());
        }
        let near = |e: usize| if WIDE { gather::<W, 64>(state, entries.add(e)) } else { *fetched.entries.get_unchecked(e) };
        let mut at = 0;
        for p in 0..PLANES.min(digits) {
            let mut left = word.counts[p] as usize;
            while left >= 4 {
                let x: [W; 4] = std::array::from_fn(|e| near(at + e));
                let (s, c0) = full(*sum.get_unchecked(p), x[0], x[1]);
                let (s, c1) = full(s, x[2], x[3]);
                *sum.get_unchecked_mut(p) = s;
                let mut carry = c0;
                if p + 1 < DIGITS {
                    let (s, c) = full(*sum.get_unchecked(p + 1), c0, c1);
                    *sum.get_unchecked_mut(p + 1) = s;
                    carry = c;
                }
                ripple(&mut sum, carry, p + 2, digits);
                at += 4;
                left -= 4;
            }
            if left >= 2 {
                let [x, y] = [0, 1].map(|e| near(at + e));
                let (s, c) = full(*sum.get_unchecked(p), x, y);
                *sum.get_unchecked_mut(p) = s;
                ripple(&mut sum, c, p + 1, digits);
                at += 2;
            }
        }
        (digits, sum)
    }
}

#[inline(always)]
unsafe fn ripple<W: Wide>(sum: &mut [W; DIGITS], mut carry: W, from: usize, digits: usize) {
    // SAFETY: the caller's promise; digits is at most DIGITS.
    unsafe {
        for d in from..digits {
            let s = *sum.get_unchecked(d);
            *sum.get_unchecked_mut(d) = s.xor(carry);
            carry = carry.and(s);
        }
    }
}

/// The sign of the local field and the binary places of its class.
#[inline(always)]
unsafe fn class<W: Wide>(digits: usize, sum: [W; DIGITS], odd: bool) -> (W, [W; DIGITS]) {
    // SAFETY: the caller's promise.
    unsafe {
        let top = *sum.get_unchecked(digits - 1);
        let down = W::load(Word::ONES.0.as_ptr()).without(top);
        let mut index = sum;
        // Below zero: the complement, and one more where zero is a class of its own.
        let mut carry = if odd { W::zero() } else { down };
        for d in 0..digits - 1 {
            let turned = sum.get_unchecked(d).xor(down);
            *index.get_unchecked_mut(d) = turned.xor(carry);
            carry = carry.and(turned);
        }
        (top, index)
    }
}

/// The outcome of each site's class, by halving the number of classes once a place.
#[inline(always)]
unsafe fn choose<W: Wide>(draws: &Draws<W>, i: usize, classes: usize, index: &[W; DIGITS]) -> W {
    // SAFETY: the caller's promise; the outcomes of `classes` <= 64 classes have been decided.
    unsafe {
        let mut rest = [W::zero(); 32];
        let mut n = classes.div_ceil(2);
        for j in 0..n {
            let no = draws.outcome.get_unchecked(2 * j)[i];
            *rest.get_unchecked_mut(j) =
                if 2 * j + 1 < classes { select(index[0], draws.outcome.get_unchecked(2 * j + 1)[i], no) } else { no };
        }
        let mut d = 1;
        while n > 1 {
            let bit = *index.get_unchecked(d);
            for j in 0..n.div_ceil(2) {
                let no = *rest.get_unchecked(2 * j);
                *rest.get_unchecked_mut(j) = if 2 * j + 1 < n { select(bit, *rest.get_unchecked(2 * j + 1), no) } else { no };
            }
            n = n.div_ceil(2);
            d += 1;
        }
        *rest.get_unchecked(0)
    }
}
