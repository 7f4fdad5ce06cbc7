//! Bernoulli words: for every class of local fields, 512 bits that are set with the probabilities of the copies.
//!
//! The place at which a uniform number first differs from a probability is geometric with parameter 1/2 whatever the
//! probability is. So bits d_0, d_1, ... are drawn until every copy has seen one that is set, and the outcome is the place of
//! p where that happened (see [`Table`]): about 9.1 draws for 512 spins. As the number of draws does not depend on spins or
//! temperatures, no copy has a part in the random numbers of another.
//!
//! One set of draws serves all classes: a spin is of one class only. Knows tables; no neighbours.

// Loops over the words of a batch index several arrays at once.
#![allow(clippy::needless_range_loop)]

use super::super::bitpacked::generator::Live;
use super::super::bitpacked::wide::{Wide, Word};
use super::layout::BATCH;
use super::table::{PLACES, Table};

/// Places that each word of a batch draws on its own. After them one bit in 256 is open, and the words of a batch
/// hardly ever have open bits in common: they go on together.
const EARLY: usize = 8;

/// The draws of a batch of words, and what they decide.
pub(super) struct Draws<W: Wide> {
    /// The bits that are still open after each of the early places.
    open: [[W; BATCH]; EARLY],
    /// The same of the later places, of all words together or of each.
    late: [[W; PLACES - EARLY]; BATCH],
    lengths: [usize; BATCH],
    together: bool,
    /// The outcome of each class in each word.
    pub outcome: [[W; BATCH]; 64],
    /// Bits of probability 1 - ε, or 1/2 in heat bath.
    pub free: [W; BATCH],
}

impl<W: Wide> Draws<W> {
    /// # Safety
    /// As for every method of [`Wide`].
    #[inline(always)]
    pub unsafe fn new() -> Draws<W> {
        // SAFETY: the caller's promise.
        unsafe {
            let zero = W::zero();
            Draws {
                open: [[zero; BATCH]; EARLY],
                late: [[zero; PLACES - EARLY]; BATCH],
                lengths: [0; BATCH],
                together: true,
                outcome: [[zero; BATCH]; 64],
                free: [zero; BATCH],
            }
        }
    }

    /// Draws for a batch, whatever the number of words in it.
    ///
    /// # Safety
    /// As for every method of [`Wide`].
    #[inline(always)]
    pub unsafe fn draw(&mut self, random: &mut Live<W>) {
        // SAFETY: the caller's promise.
        unsafe {
            for i in 0..BATCH {
                let mut open = W::load(Word::ONES.0.as_ptr());
                for k in 0..EARLY {
                    open = open.without(random.next());
                    self.open[k][i] = open;
                }
            }
            let last = &self.open[EARLY - 1];
            let (mut all, mut clash) = (last[0], W::zero());
            for &open in &last[1..] {
                clash = clash.or(all.and(open));
                all = all.or(open);
            }
            self.together = clash.is_zero();
            if self.together {
                self.lengths[0] = later(all, &mut self.late[0], random);
            } else {
                for i in 0..BATCH {
                    self.lengths[i] = later(self.open[EARLY - 1][i], &mut self.late[i], random);
                }
            }
        }
    }

    /// Decides the classes of a parity below `classes`, and the free bits.
    ///
    /// # Safety
    /// As for every method of [`Wide`]; the table has so many classes, at most 64.
    #[inline(always)]
    pub unsafe fn decide(&mut self, table: &Table, parity: usize, classes: usize, heat_bath: bool) {
        // SAFETY: the caller's promise; planes hold PLACES words a class.
        unsafe {
            // All of the first four places unset, or the first one: 1/16 or 1/2.
            let half = W::load(if heat_bath { Word::ONES.0.as_ptr() } else { table.half.0.as_ptr() });
            for i in 0..BATCH {
                let kept_out = self.open[3][i].or(self.open[0][i].and(half));
                self.free[i] = W::load(Word::ONES.0.as_ptr()).without(kept_out);
            }
            let used = classes.min(*table.used.get_unchecked(parity));
            for c in 1 - parity..used {
                let mut b = [W::load(table.first.get_unchecked(parity).get_unchecked(c).0.as_ptr()); BATCH];
                if table.uniform {
                    let changes = *table.changes.get_unchecked(parity).get_unchecked(c);
                    let mut early = changes >> (PLACES - EARLY);
                    while early != 0 {
                        // Bit EARLY - 1 - k of these is place k.
                        let k = EARLY - 1 - early.trailing_zeros() as usize;
                        for i in 0..BATCH {
                            b[i] = b[i].xor(self.open.get_unchecked(k)[i]);
                        }
                        early &= early - 1;
                    }
                } else {
                    let planes = table.planes.get_unchecked(parity).as_ptr().add(c * PLACES).cast::<u64>();
                    for k in 0..EARLY {
                        let plane = W::load(planes.add(8 * k));
                        for i in 0..BATCH {
                            b[i] = b[i].xor(self.open[k][i].and(plane));
                        }
                    }
                }
                if self.together {
                    let late = self.late(table, parity, c, 0);
                    for i in 0..BATCH {
                        b[i] = b[i].xor(late.and(self.open[EARLY - 1][i]));
                    }
                } else {
                    for i in 0..BATCH {
                        b[i] = b[i].xor(self.late(table, parity, c, i));
                    }
                }
                *self.outcome.get_unchecked_mut(c) = b;
            }
            for c in used.max(1 - parity)..classes {
                *self.outcome.get_unchecked_mut(c) = [W::zero(); BATCH];
            }
            if parity == 0 {
                self.outcome[0] = self.free;
            }
        }
    }

    /// What the later places change in a class.
    #[inline(always)]
    unsafe fn late(&self, table: &Table, parity: usize, c: usize, set: usize) -> W {
        // SAFETY: the caller's promise.
        unsafe {
            let mut late = W::zero();
            let length = *self.lengths.get_unchecked(set);
            let open = self.late.get_unchecked(set);
            if table.uniform {
                let changes = *table.changes.get_unchecked(parity).get_unchecked(c) << EARLY;
                for k in 0..length {
                    if changes << k >> 63 == 1 {
                        late = late.xor(*open.get_unchecked(k));
                    }
                }
            } else {
                let planes = table.planes.get_unchecked(parity).as_ptr().add(c * PLACES + EARLY).cast::<u64>();
                for k in 0..length {
                    late = late.xor(open.get_unchecked(k).and(W::load(planes.add(8 * k))));
                }
            }
            late
        }
    }
}

/// The later places, until nothing is open; gives their number. Bits that stay open to the end take place 64, which is 0.
#[inline(always)]
unsafe fn later<W: Wide>(mut open: W, late: &mut [W; PLACES - EARLY], random: &mut Live<W>) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        let mut n = 0;
        while n < PLACES - EARLY && !open.is_zero() {
            open = open.without(random.next());
            *late.get_unchecked_mut(n) = open;
            n += 1;
        }
        n
    }
}
