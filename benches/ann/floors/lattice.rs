//! The floor of one-bit spins with exact probabilities: random bits, adders and comparisons in registers, 512 spins at a time.
//!
//! For 512 spins of the square lattice in two registers of 256 bits: 9 draws of SFC64 (9 instructions each register) and 9 places of
//! the comparison, of which the first two, where all probabilities have a 0, take one instruction and the others
//! seven; four loads, an adder of nine, nine more for the classes and the flip, and a store. That is
//! 2 × (81 + 51 + 23) = 310 instructions, 78 cycles at four a cycle, 21 spins/ns at 3.2 GHz; a Zen 3 left alone gets 18 from
//! this loop. What the loop leaves out: the places after the ninth (one spin in 512 is still undecided), the question whether
//! there are any, neighbours beyond the side of a block, and the table that says where neighbours are.

// Loops over registers, classes and neighbours run to constants and index several arrays at once.
#![allow(clippy::needless_range_loop)]

use super::register::Register;
use crate::clock::Effort;
use crate::models::{CUBIC_CRITICAL, GLASS, SQUARE_CRITICAL};
use std::hint::black_box;
use std::sync::OnceLock;

pub const SQUARE_NOTE: &str = "measured: 9 draws of SFC64 and 9 places of the comparison for 512 spins, four neighbours from the \
first cache, adder and flip in registers; a core, times the threads; or the memory's floor (two bits a spin and the table of neighbours) where that is lower";
pub const CUBIC_NOTE: &str = "measured: the same with six neighbours and three probabilities";
pub const GLASS_NOTE: &str = "measured: the same with a word of signs for each neighbour (copies of one lattice in the bits of a word, which no \
kernel of any graph need use)";

/// Places that are drawn: 2^-9 of the spins would need more.
const DRAWS: usize = 9;
/// Words of 512 spins, 16 KiB with their margins: they stay in the first cache.
const WORDS: usize = 256;
/// How far the farthest neighbour is.
const FAR: usize = 8;

/// Attempts per nanosecond of a core on the square lattice at its transition.
pub fn square(effort: &Effort) -> f64 {
    static FLOOR: OnceLock<f64> = OnceLock::new();
    *FLOOR.get_or_init(|| attempts::<4, 2, 2, false>(effort, SQUARE_CRITICAL))
}

/// The same on the cubic lattice at its transition.
pub fn cubic(effort: &Effort) -> f64 {
    static FLOOR: OnceLock<f64> = OnceLock::new();
    *FLOOR.get_or_init(|| attempts::<6, 3, 1, false>(effort, CUBIC_CRITICAL))
}

/// The same for the ±J glass on the cubic lattice.
pub fn glass(effort: &Effort) -> f64 {
    static FLOOR: OnceLock<f64> = OnceLock::new();
    *FLOOR.get_or_init(|| attempts::<6, 3, 5, true>(effort, GLASS))
}

struct Work {
    state: Vec<u64>,
    /// For each place and class the place's bit, spread over 512.
    planes: Vec<[u64; 8]>,
    signs: Vec<u64>,
}

/// Z neighbours, C classes |S| > 0 with a probability each, whose first B places are all 0.
fn attempts<const Z: usize, const C: usize, const B: usize, const BONDS: bool>(effort: &Effort, beta: f64) -> f64 {
    let planes = (0..DRAWS)
        .flat_map(|place| {
            let bits: Vec<bool> =
                (1..=C).map(|c| libm::exp(-4.0 * beta * c as f64) * 2f64.powi(place as i32 + 1) % 2.0 >= 1.0).collect();
            // The others as the exclusive or with the first, which every spin begins with.
            (0..C).map(move |c| if (c > 0 && bits[0]) ^ bits[c] { [!0; 8] } else { [0; 8] }).collect::<Vec<_>>()
        })
        .collect::<Vec<_>>();
    assert!(planes[..B * C].iter().all(|p| p[0] == 0), "the first places of exp(-4β) are 0");
    let numbers = |n: usize| (0..n as u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17)).collect::<Vec<_>>();
    let mut work = Work { state: numbers((WORDS + 2 * FAR) * 8), planes, signs: numbers(WORDS * 8 * if BONDS { Z } else { 0 }) };
    let seconds = effort.least(|n| {
        for _ in 0..n {
            best::<Z, C, B, BONDS>(black_box(&mut work));
        }
    });
    (512 * WORDS * ROUNDS) as f64 / seconds * 1e-9
}

/// Passes over the words in one call.
const ROUNDS: usize = 8;

fn best<const Z: usize, const C: usize, const B: usize, const BONDS: bool>(work: &mut Work) {
    // SAFETY: the instructions are there.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        if is_x86_feature_detected!("avx512f") {
            return avx512::<Z, C, B, BONDS>(work);
        }
        if is_x86_feature_detected!("avx2") {
            return avx2::<Z, C, B, BONDS>(work);
        }
    }
    // SAFETY: plain numbers need no special instructions.
    unsafe { passes::<u64, 8, Z, C, B, BONDS>(work) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn avx2<const Z: usize, const C: usize, const B: usize, const BONDS: bool>(work: &mut Work) {
    // SAFETY: the instructions are enabled.
    unsafe { passes::<std::arch::x86_64::__m256i, 2, Z, C, B, BONDS>(work) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn avx512<const Z: usize, const C: usize, const B: usize, const BONDS: bool>(work: &mut Work) {
    // SAFETY: the instructions are enabled.
    unsafe { passes::<std::arch::x86_64::__m512i, 1, Z, C, B, BONDS>(work) }
}

/// SFC64 (Doty-Humphrey, PractRand 0.94) in N registers.
struct Random<R, const N: usize> {
    a: [R; N],
    b: [R; N],
    c: [R; N],
    counter: R,
}

impl<R: Register, const N: usize> Random<R, N> {
    #[inline(always)]
    unsafe fn next(&mut self) -> [R; N] {
        // SAFETY: the caller's promise.
        unsafe {
            let mut out = self.a;
            for k in 0..N {
                out[k] = self.a[k].add(self.counter).add(self.b[k]);
                self.a[k] = self.b[k].xor(self.b[k].right11());
                self.b[k] = self.c[k].add(self.c[k].left3());
                self.c[k] = self.c[k].rotate24().add(out[k]);
            }
            self.counter = self.counter.add(R::spread(1));
            out
        }
    }
}

#[inline(always)]
unsafe fn passes<R: Register, const N: usize, const Z: usize, const C: usize, const B: usize, const BONDS: bool>(
    work: &mut Work,
) {
    // SAFETY: R's instructions are there by the caller's promise; N registers are 512 bits; neighbours are at most FAR words away.
    unsafe {
        let seed = |k: u64| std::array::from_fn(|i| R::spread((k + i as u64).wrapping_mul(0xD134_2543_DE82_EF95)));
        let mut random = Random::<R, N> { a: seed(1), b: seed(11), c: seed(21), counter: R::spread(1) };
        let full = |p: *const u64| -> [R; N] { std::array::from_fn(|k| R::load(p.add(k * R::NUMBERS))) };
        let adder = |a: R, b: R, c: R| {
            let ab = a.xor(b);
            (ab.xor(c), a.and(b).or(ab.and(c)))
        };
        let ones = R::spread(!0);
        let offsets: [isize; 6] = [-1, 1, -4, 4, -8, 8];
        for _ in 0..ROUNDS {
            for w in 0..WORDS {
                let p = work.state.as_mut_ptr().add((w + FAR) * 8);
                let mut near = [[ones; N]; Z];
                for d in 0..Z {
                    near[d] = full(p.offset(offsets[d] * 8));
                    if BONDS {
                        let signs = full(work.signs.as_ptr().add((w * Z + d) * 8));
                        for k in 0..N {
                            near[d][k] = near[d][k].xor(signs[k]);
                        }
                    }
                }
                let own = full(p);
                // Majority, ties, and the classes from the second on.
                let (mut open, mut turned) = ([ones; N], [ones; N]);
                let mut class = [[ones; N]; 2];
                for k in 0..N {
                    let (s, c) = adder(near[0][k], near[1][k], near[2][k]);
                    let (up, tie);
                    if Z == 4 {
                        let carry = s.and(near[3][k]);
                        let (b0, b1) = (s.xor(near[3][k]), c.xor(carry));
                        tie = b1.less(b0);
                        up = c.and(carry).or(b1.and(b0));
                        class[0][k] = ones.less(b0);
                    } else {
                        let (t, d) = adder(near[3][k], near[4][k], near[5][k]);
                        let b0 = s.xor(t);
                        let (b1, b2) = adder(c, d, s.and(t));
                        tie = b0.and(b1);
                        up = b2;
                        class[0][k] = b0.less(b1);
                        class[1][k] = ones.less(b0.or(b1.xor(b2)));
                    }
                    open[k] = ones.less(own[k].xor(up)).less(tie);
                    turned[k] = ones.less(open[k]);
                }
                for place in 0..DRAWS {
                    let x = random.next();
                    let plane = work.planes.as_ptr().add(place * C).cast::<u64>();
                    for k in 0..N {
                        if place < B {
                            open[k] = open[k].less(x[k]);
                            continue;
                        }
                        let mut t = R::load(plane);
                        for c in 1..C {
                            t = t.xor(class[c - 1][k].and(R::load(plane.add(8 * c))));
                        }
                        let decided = open[k].and(x[k].xor(t));
                        turned[k] = turned[k].or(decided.and(t));
                        open[k] = open[k].xor(decided);
                    }
                }
                for k in 0..N {
                    own[k].xor(turned[k]).store(p.add(k * R::NUMBERS));
                }
            }
        }
    }
}
