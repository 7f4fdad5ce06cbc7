//! The inner loop: sums of neighbours in bit-sliced adders, classes, decisions, a few words at a time.
//!
//! Knows words and tables; no lattice, no chain, no thread.

// Loops over the classes and the directions run to constants and index several arrays at once.
#![allow(clippy::needless_range_loop)]

use super::draws::{compare, places, sure};
use super::generator::{Generator, Live};
use super::geometry::Geometry;
use super::instructions::Instructions;
use super::layout::{CROSSING, Crossing, Layout, Run, WORD_SHIFT};
use super::thresholds::Table;
use super::wide::{Wide, Word};
use crate::sampler::Rule;

/// What one call of [`sweep`] does.
pub(super) struct Job<'a> {
    pub layout: &'a Layout,
    /// The classes of sites with all their neighbours: folded without a field, else every sum.
    pub bulk: &'a Table,
    /// The classes of sites that may lack some; empty where all sides are closed.
    pub edge: &'a Table,
    pub field: bool,
    pub heat_bath: bool,
    pub thinning: Thinning,
    /// The bits that hold spins.
    pub live: Word,
    /// The words to move, in sequence.
    pub runs: &'a [Run],
    /// The number of the first sweep, counted from the start of the chain.
    pub first: u64,
    pub sweeps: u64,
}

/// Which sweeps are thinned: two passes that attempt each spin with probability 1/2, instead of one pass that attempts all.
///
/// Metropolis needs this where moves that are always accepted leave nothing to chance. In one dimension without a
/// field a spin between unequal neighbours always turns, so that domain walls fly past
/// each other on their sublattices and the number of those that go right less those that go left is conserved; at infinite
/// temperature every spin turns in every pass. Also where such moves are rare a few states reach no others: in two
/// dimensions diagonal stripes of width two, on which every spin sees as many neighbours up as down, move on for ever.
/// A thinned pass leads from every state to every other with a positive probability, so one among many sweeps is enough to make
/// the chain irreducible and aperiodic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinning {
    Never,
    /// One sweep in [`Thinning::PERIOD`].
    Sometimes,
    Always,
}

impl Thinning {
    /// The time of a thinned sweep is twice that of another: 3 % in all.
    pub const PERIOD: u64 = 32;

    /// The thinning for a rule, on a lattice with or without full sites that turn in any case.
    pub fn of(rule: Rule, sure: bool, geometry: &Geometry) -> Thinning {
        match rule {
            Rule::HeatBath => Thinning::Never,
            Rule::Metropolis if sure || geometry.is_narrow() => Thinning::Always,
            Rule::Metropolis => Thinning::Sometimes,
        }
    }

    /// Whether a sweep is thinned, by its number.
    pub fn thins(self, sweep: u64) -> bool {
        match self {
            Thinning::Never => false,
            Thinning::Sometimes => sweep % Thinning::PERIOD == 1,
            Thinning::Always => true,
        }
    }
}

/// Moves the words of a job.
///
/// # Safety
/// `state` points to the words of the job's layout, with one more word before and behind. While this runs nobody else
/// reads the job's words, and nobody writes the words next to them (their neighbours on the lattice and in
/// memory). `instructions` are ones that the processor has.
pub(super) unsafe fn sweep(instructions: Instructions, job: &Job, state: *mut u64, generator: &mut Generator) {
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
#[target_feature(enable = "avx2,popcnt")]
unsafe fn sweep_avx2(job: &Job, state: *mut u64, generator: &mut Generator) {
    // SAFETY: the caller's promise; the instructions are enabled for this function.
    unsafe { sweep_as::<super::wide::Avx2>(job, state, generator) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,popcnt")]
unsafe fn sweep_avx512(job: &Job, state: *mut u64, generator: &mut Generator) {
    // SAFETY: the caller's promise; the instructions are enabled for this function.
    unsafe { sweep_as::<super::wide::Avx512>(job, state, generator) }
}

#[inline(always)]
unsafe fn sweep_as<W: Wide>(job: &Job, state: *mut u64, generator: &mut Generator) {
    // SAFETY: the caller's promise.
    unsafe {
        match (job.layout.coordination, job.field) {
            (2, false) => words::<W, 2, false>(job, state, generator),
            (3, false) => words::<W, 3, false>(job, state, generator),
            (4, false) => words::<W, 4, false>(job, state, generator),
            (6, false) => words::<W, 6, false>(job, state, generator),
            (2, true) => words::<W, 2, true>(job, state, generator),
            (3, true) => words::<W, 3, true>(job, state, generator),
            (4, true) => words::<W, 4, true>(job, state, generator),
            (6, true) => words::<W, 6, true>(job, state, generator),
            (z, _) => unreachable!("no lattice has coordination {z}"),
        }
    }
}

/// Words that are decided together.
pub(super) const BATCH: usize = 4;

/// Places that every word of a batch draws on its own. After them one bit in 256 is open, and the words of a
/// batch hardly ever have open bits in common.
pub(super) const EARLY: usize = 8;

#[inline(always)]
unsafe fn words<W: Wide, const Z: usize, const FIELD: bool>(job: &Job, state: *mut u64, generator: &mut Generator) {
    // SAFETY: the caller's promise; the table of neighbours holds Z entries a word, all of words of the layout.
    unsafe {
        let mut random = Live::<W>::wake(generator);
        let mut batch = Batch::<W>::new();
        let passes = |sweep: u64| {
            let thin = job.thinning.thins(sweep);
            std::iter::repeat_n(thin, if thin { 2 } else { 1 })
        };
        for thin in (job.first..job.first + job.sweeps).flat_map(passes) {
            for run in job.runs {
                let order = &job.layout.order[run.range.clone()];
                if run.edge {
                    for &w in order {
                        edge::<W, Z>(job, thin, state, w as usize, &mut random);
                    }
                } else {
                    for words in order.chunks(BATCH) {
                        for (i, &w) in words.iter().enumerate() {
                            gather::<W, Z, FIELD>(job, state, w as usize, &mut batch, i);
                        }
                        let classes = if FIELD { Z + 1 } else { Z.div_ceil(2) };
                        let ties = !FIELD && Z.is_multiple_of(2);
                        decide(job, words.len(), classes, ties, &mut batch, &mut random);
                        for (i, &w) in words.iter().enumerate() {
                            let p = state.add(w as usize * 8);
                            put(thin, p, batch.turned[i].xor(batch.up[i]), &mut random);
                        }
                    }
                }
            }
        }
        random.rest(generator);
    }
}

/// Stores new spins.
#[inline(always)]
unsafe fn put<W: Wide>(thin: bool, p: *mut u64, new: W, random: &mut Live<W>) {
    // SAFETY: the caller's promise.
    unsafe {
        if thin {
            let own = W::load(p);
            own.xor(own.xor(new).and(random.next())).store(p);
        } else {
            new.store(p);
        }
    }
}

/// Words on their way.
struct Batch<W: Wide> {
    /// Where down-hill is the spin +1.
    up: [W; BATCH],
    /// The spins that may turn up-hill and have not been decided.
    open: [W; BATCH],
    /// The spins that have been decided to be up-hill.
    turned: [W; BATCH],
    /// The open spins of the class S = 0 where the table leaves it out.
    ties: [W; BATCH],
    /// The classes 1.. of the table.
    mask: [[W; 7]; BATCH],
}

impl<W: Wide> Batch<W> {
    #[inline(always)]
    unsafe fn new() -> Batch<W> {
        // SAFETY: the caller runs where W's instructions exist.
        let z = unsafe { W::zero() };
        Batch { up: [z; BATCH], open: [z; BATCH], turned: [z; BATCH], ties: [z; BATCH], mask: [[z; 7]; BATCH] }
    }
}

/// The neighbours of a word in one direction; anything where there is none.
///
/// # Safety
/// As for [`sweep`].
#[inline(always)]
pub(super) unsafe fn neighbour<W: Wide>(state: *const u64, crossings: &[Crossing], entry: u32) -> W {
    // SAFETY: a crossing reads at most the eight words before and behind its source, which exist.
    unsafe {
        let p = state.add((entry >> WORD_SHIFT) as usize * 8);
        let id = (entry & CROSSING) as usize;
        if id == 0 {
            return W::load(p);
        }
        let crossing = crossings.get_unchecked(id);
        let mut all = W::load(crossing.flip.0.as_ptr());
        for term in &crossing.terms {
            let from = p.offset(term.lanes);
            let mut part = W::load(from);
            if term.shift != 0 {
                part = part.right(term.shift).or(W::load(from.add(1)).left(64 - term.shift));
            }
            all = all.xor(part.and(W::load(term.mask.0.as_ptr())));
        }
        all
    }
}

/// The number of set bits among Z words, at each position, in binary.
#[inline(always)]
unsafe fn count<W: Wide, const Z: usize>(n: [W; Z]) -> [W; 3] {
    // SAFETY: the caller runs where W's instructions exist.
    unsafe {
        let adder = |a: W, b: W, c: W| {
            let ab = a.xor(b);
            (ab.xor(c), a.and(b).or(ab.and(c)))
        };
        match Z {
            2 => [n[0].xor(n[1]), n[0].and(n[1]), W::zero()],
            3 => {
                let (s, c) = adder(n[0], n[1], n[2]);
                [s, c, W::zero()]
            }
            4 => {
                let (s, c) = adder(n[0], n[1], n[2]);
                let carry = s.and(n[3]);
                [s.xor(n[3]), c.xor(carry), c.and(carry)]
            }
            _ => {
                let (s, c) = adder(n[0], n[1], n[2]);
                let (t, d) = adder(n[3], n[4], n[5]);
                let (b1, b2) = adder(c, d, s.and(t));
                [s.xor(t), b1, b2]
            }
        }
    }
}

/// The classes and the down-hill directions of a word all of whose sites have all neighbours.
#[inline(always)]
unsafe fn gather<W: Wide, const Z: usize, const FIELD: bool>(
    job: &Job,
    state: *const u64,
    w: usize,
    batch: &mut Batch<W>,
    i: usize,
) {
    // SAFETY: the caller's promise; the table has the classes of Z neighbours.
    unsafe {
        let table = job.bulk;
        let entries = &*job.layout.neighbours.as_ptr().add(w * Z).cast::<[u32; Z]>();
        let mut near = [W::zero(); Z];
        if entries.iter().fold(0, |all, e| all | e) & CROSSING == 0 {
            // The inside of the blocks, which is most of a large lattice: nothing but loads.
            for d in 0..Z {
                near[d] = W::load(state.add((entries[d] >> WORD_SHIFT) as usize * 8));
            }
        } else {
            for d in 0..Z {
                near[d] = neighbour(state, &job.layout.crossings, entries[d]);
            }
        }
        let [b0, b1, b2] = count(near);
        let mask = &mut batch.mask[i];
        let mut up = W::load(table.down[0].0.as_ptr());
        let mut tie = W::zero();
        if FIELD {
            let bits = [b0, b1, b2];
            for c in 1..=Z {
                let mut m = bits[c.trailing_zeros() as usize];
                for (i, b) in bits.iter().enumerate() {
                    m = if c >> i & 1 == 1 { m.and(*b) } else { m.without(*b) };
                }
                mask[c] = m;
                up = up.xor(m.and(W::load(table.down[c].0.as_ptr())));
            }
            up = W::load(Word::ONES.0.as_ptr()).without(up);
        } else {
            let majority = match Z {
                2 => {
                    tie = b0;
                    b1
                }
                3 => {
                    mask[1] = b0.xor(b1);
                    b1
                }
                4 => {
                    tie = b1.without(b0);
                    mask[1] = b0;
                    b2.or(b1.and(b0))
                }
                _ => {
                    tie = b0.and(b1);
                    mask[1] = b0.without(b1);
                    mask[2] = b1.xor(b2).without(b0);
                    b2
                }
            };
            up = up.xor(majority);
        }
        let heat = W::load(if job.heat_bath { Word::ONES.0.as_ptr() } else { Word::ZERO.0.as_ptr() });
        let own = W::load(state.add(w * 8));
        let mut open = W::load(job.live.0.as_ptr()).without(own.xor(up).without(heat));
        let ties = tie.and(open);
        open = open.without(ties);
        let mut turned = W::zero();
        if table.any_sure {
            sure(table, mask, if FIELD { Z + 1 } else { Z.div_ceil(2) }, &mut open, &mut turned);
        }
        if !job.heat_bath {
            turned = turned.or(ties);
        }
        batch.up[i] = up;
        batch.ties[i] = ties;
        batch.open[i] = open;
        batch.turned[i] = turned;
    }
}

/// Decides the open spins of `n` words.
#[inline(always)]
unsafe fn decide<W: Wide>(job: &Job, n: usize, classes: usize, ties: bool, batch: &mut Batch<W>, random: &mut Live<W>) {
    // SAFETY: the caller's promise; n is at most BATCH.
    unsafe {
        let table = job.bulk;
        let early = EARLY.min(table.depth);
        for i in 0..n {
            let (mut open, mut turned) = (batch.open[i], batch.turned[i]);
            let mask = &batch.mask[i];
            let mut place = 0;
            if ties && job.heat_bath {
                // At S = 0 the first place alone decides, half and half.
                let x = random.next();
                turned = turned.or(batch.ties[i].without(x));
                compare(table, x, 0, classes, mask, &mut open, &mut turned);
                place = 1;
            }
            while place < early {
                let x = random.next();
                compare(table, x, place, classes, mask, &mut open, &mut turned);
                place += 1;
            }
            batch.open[i] = open;
            batch.turned[i] = turned;
        }
        if table.depth <= EARLY {
            return;
        }
        // The few bits that are still open go on together, as if they were of one word, unless two words have the same
        // bit open: each bit of the random words still serves one spin.
        let mut all = batch.open[0];
        let mut clash = W::zero();
        for i in 1..n {
            clash = clash.or(all.and(batch.open[i]));
            all = all.or(batch.open[i]);
        }
        if clash.is_zero() {
            let mut mask = [W::zero(); 7];
            for i in 0..n {
                for c in 1..classes {
                    mask[c] = mask[c].or(batch.mask[i][c].and(batch.open[i]));
                }
            }
            let turned = places(table, EARLY, classes, &mask, all, W::zero(), random);
            for i in 0..n {
                batch.turned[i] = batch.turned[i].or(turned.and(batch.open[i]));
            }
        } else {
            for i in 0..n {
                batch.turned[i] = places(table, EARLY, classes, &batch.mask[i], batch.open[i], batch.turned[i], random);
            }
        }
    }
}

/// Moves a word some of whose sites lack neighbours: S goes in steps of one.
#[inline(always)]
unsafe fn edge<W: Wide, const Z: usize>(job: &Job, thin: bool, state: *mut u64, w: usize, random: &mut Live<W>) {
    // SAFETY: the caller's promise; the table has the classes of up to Z neighbours.
    unsafe {
        // S + Z = 2 (neighbours that are +1) + (neighbours that are missing).
        let entries = &*job.layout.neighbours.as_ptr().add(w * Z).cast::<[u32; Z]>();
        let (mut near, mut missing) = ([W::zero(); Z], [W::zero(); Z]);
        for d in 0..Z {
            missing[d] = W::load(job.layout.crossings[(entries[d] & CROSSING) as usize].missing.0.as_ptr());
            near[d] = neighbour::<W>(state, &job.layout.crossings, entries[d]).without(missing[d]);
        }
        let [u0, u1, u2] = count(near);
        let [m0, m1, m2] = count(missing);
        let mut bits = [m0, m1, m2, W::zero()];
        let mut carry = W::zero();
        for (b, u) in bits[1..].iter_mut().zip([u0, u1, u2]) {
            let half = b.xor(u);
            let next = b.and(u).or(half.and(carry));
            *b = half.xor(carry);
            carry = next;
        }
        let classes = 2 * Z + 1;
        let mut mask = [W::zero(); 13];
        let mut up = W::load(job.edge.down[0].0.as_ptr());
        for c in 1..classes {
            let mut m = bits[c.trailing_zeros() as usize];
            for (i, b) in bits.iter().enumerate() {
                m = if c >> i & 1 == 1 { m.and(*b) } else { m.without(*b) };
            }
            mask[c] = m;
            up = up.xor(m.and(W::load(job.edge.down[c].0.as_ptr())));
        }
        up = W::load(Word::ONES.0.as_ptr()).without(up);
        let p = state.add(w * 8);
        let own = W::load(p);
        let heat = W::load(if job.heat_bath { Word::ONES.0.as_ptr() } else { Word::ZERO.0.as_ptr() });
        let mut open = W::load(job.live.0.as_ptr()).without(own.xor(up).without(heat));
        let mut turned = W::zero();
        if job.edge.any_sure {
            sure(job.edge, &mask, classes, &mut open, &mut turned);
        }
        let new = places(job.edge, 0, classes, &mask, open, turned, random).xor(up);
        put(thin, p, new, random);
    }
}
