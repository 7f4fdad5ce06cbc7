//! Comparison of uniform random numbers with the probabilities of the classes, 512 at once.
//!
//! A spin of class c is turned with probability p_c = 0.b1 b2 b3... (binary) by drawing the places of a uniform number
//! one after the other until every spin has seen a place where its number and its p differ: about 10.3 places for 512 spins
//! instead of 64. Knows tables and masks; no neighbours.

// Loops over the classes run to constants and index several arrays at once.
#![allow(clippy::needless_range_loop)]

use super::generator::Live;
use super::thresholds::Table;
use super::wide::Wide;

/// Settles the spins whose probability is 1.
///
/// # Safety
/// As for every method of [`Wide`]; the table has `classes` classes, and so many masks are given.
#[inline(always)]
pub(super) unsafe fn sure<W: Wide>(table: &Table, mask: &[W], classes: usize, open: &mut W, turned: &mut W) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut all = W::load(table.sure[0].0.as_ptr());
        for c in 1..classes {
            all = all.xor(mask[c].and(W::load(table.sure[c].0.as_ptr())));
        }
        *turned = turned.or(open.and(all));
        *open = open.without(all);
    }
}

/// One place of the comparison of the uniform numbers with the probabilities.
///
/// # Safety
/// As for every method of [`Wide`]; the table has `classes` classes, and so many masks are given.
#[inline(always)]
pub(super) unsafe fn compare<W: Wide>(
    table: &Table,
    x: W,
    place: usize,
    classes: usize,
    mask: &[W],
    open: &mut W,
    turned: &mut W,
) {
    // SAFETY: the table holds `classes` words for each of PLACES places.
    unsafe {
        if table.blank >> place & 1 == 1 {
            *open = open.without(x);
            return;
        }
        let p = table.planes.as_ptr().add(place * classes).cast::<u64>();
        let mut t = W::load(p);
        for c in 1..classes {
            t = t.xor(mask[c].and(W::load(p.add(8 * c))));
        }
        let decided = open.and(x.xor(t));
        *turned = turned.or(decided.and(t));
        *open = open.xor(decided);
    }
}

/// The places from `first` on, until nothing is open. Bits that stay open to the end have equal numbers, hence are not turned.
///
/// # Safety
/// As for every method of [`Wide`]; the table has `classes` classes, and so many masks are given.
#[inline(always)]
pub(super) unsafe fn places<W: Wide>(
    table: &Table,
    first: usize,
    classes: usize,
    mask: &[W],
    mut open: W,
    mut turned: W,
    random: &mut Live<W>,
) -> W {
    // SAFETY: the caller's promise; `depth` is at most PLACES.
    unsafe {
        let mut place = first;
        while place < table.depth && !open.is_zero() {
            let x = random.next();
            compare(table, x, place, classes, mask, &mut open, &mut turned);
            place += 1;
        }
        turned
    }
}
