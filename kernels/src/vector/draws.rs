//! Random numbers for sixteen sites at a time.
//!
//! Owns the generator of a lane and the elementary distributions: uniform numbers, directions. Knows no couplings.

use super::math::{dot, ln, sin_cos_quarter};
use super::simd::{F, I, Simd};
use crate::random::{Key, Stream};
use serde::{Deserialize, Serialize};

/// Eight SFC64 generators side by side (Doty-Humphrey, PractRand 0.94) at rest, seeded from a key. They pass the test batteries
/// without a linear part and give sixteen 32-bit words in ten instructions a register; Philox would take a multiple of
/// the arithmetic of an update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Generator {
    words: [[u64; 8]; 3],
    counter: u64,
}

impl Generator {
    /// The generator of a key.
    pub fn new(key: Key) -> Generator {
        let mut stream = Stream::new(key);
        let mut words = [[0; 8]; 3];
        for x in words.iter_mut().flatten() {
            *x = stream.next_u64();
        }
        let mut generator = Generator { words, counter: 1 };
        let mut live = Live::<super::simd::Portable>::wake(&generator);
        for _ in 0..12 {
            live.next();
        }
        live.rest(&mut generator);
        generator
    }
}

/// A generator in registers.
pub(super) struct Live<S: Simd> {
    a: I<S>,
    b: I<S>,
    c: I<S>,
    counter: I<S>,
    drawn: u64,
}

impl<S: Simd> Live<S> {
    #[inline(always)]
    pub fn wake(g: &Generator) -> Live<S> {
        // SAFETY: as everywhere in this room, code of S runs only where `dispatch` found its instructions.
        let counter = unsafe { I(S::isplat64(g.counter)) };
        Live { a: I::load(&g.words[0]), b: I::load(&g.words[1]), c: I::load(&g.words[2]), counter, drawn: 0 }
    }

    #[inline(always)]
    pub fn rest(&self, g: &mut Generator) {
        self.a.store(&mut g.words[0]);
        self.b.store(&mut g.words[1]);
        self.c.store(&mut g.words[2]);
        g.counter = g.counter.wrapping_add(self.drawn);
    }
}

impl<S: Simd> Words<S> for Live<S> {
    #[inline(always)]
    fn next(&mut self) -> I<S> {
        // SAFETY: as in `wake`.
        unsafe {
            let out = I(S::add64(S::add64(self.a.0, self.b.0), self.counter.0));
            self.counter = I(S::add64(self.counter.0, S::isplat64(1)));
            self.a = self.b ^ I(S::right64::<11>(self.b.0));
            self.b = I(S::add64(self.c.0, S::left64::<3>(self.c.0)));
            let turned = I::<S>(S::left64::<24>(self.c.0)) | I(S::right64::<40>(self.c.0));
            self.c = I(S::add64(turned.0, out.0));
            self.drawn += 1;
            out
        }
    }
}

/// Words drawn beforehand.
pub(super) struct Drawn<'a>(pub std::slice::Iter<'a, [u64; 8]>);

impl<S: Simd> Words<S> for Drawn<'_> {
    #[inline(always)]
    fn next(&mut self) -> I<S> {
        // Whoever draws them draws enough.
        self.0.next().map_or_else(|| I::splat(0), I::load)
    }
}

/// Where random words come from, and what is made of them.
pub(super) trait Words<S: Simd> {
    /// Sixteen random words.
    fn next(&mut self) -> I<S>;

    /// Uniform in (0, 1], from 31 bits; multiples of 2^-33 near 0, rounded to single precision elsewhere.
    #[inline(always)]
    fn unit(&mut self) -> F<S> {
        self.next().right::<1>().number() * (1.0 / 2_147_483_648.0) + 1.0 / 8_589_934_592.0
    }

    /// Uniform in [-1, 1].
    #[inline(always)]
    fn signed(&mut self) -> F<S> {
        self.next().number() * (1.0 / 2_147_483_648.0) + 1.0 / 4_294_967_296.0
    }

    /// A uniform point on the circle: an angle of [-π/4, π/4], turned by a random multiple of π/2.
    #[inline(always)]
    fn circle(&mut self) -> (F<S>, F<S>) {
        let word = self.next();
        // The two lowest bits, which the rounding of the angle drops, choose the quadrant.
        let (s, c) = sin_cos_quarter(word.number() * (1.0 / 8_589_934_592.0));
        let c = (c.bits() ^ (word.left::<31>())).as_float();
        let swap = ((word & I::splat(2)).number()).lt(F::splat(1.0));
        (swap.select(s, c), swap.select(c, s))
    }

    /// A uniform point on the unit sphere in n dimensions (N >= n, n >= 2).
    #[inline(always)]
    fn direction<const N: usize>(&mut self, n: usize) -> [F<S>; N] {
        let mut out = [F::splat(0.0); N];
        match n {
            2 => (out[0], out[1]) = self.circle(),
            3 => {
                let z = self.signed();
                let radius = (F::splat(1.0) - z * z).max(0.0).sqrt();
                let (x, y) = self.circle();
                out[0] = radius * x;
                out[1] = radius * y;
                out[2 % N] = z;
            }
            4 => {
                // Two circles whose squared radii share 1 uniformly.
                let share = self.unit();
                let (p, q) = (share.sqrt(), (F::splat(1.0) - share).max(0.0).sqrt());
                let ((x, y), (z, w)) = (self.circle(), self.circle());
                out[0] = p * x;
                out[1] = p * y;
                out[2 % N] = q * z;
                out[3 % N] = q * w;
            }
            _ => {
                for c in (0..n).step_by(2) {
                    let radius = (ln(self.unit()) * -2.0).max(0.0).sqrt();
                    let (x, y) = self.circle();
                    out[c % N] = radius * x;
                    if c + 1 < n {
                        out[(c + 1) % N] = radius * y;
                    }
                }
                let scale = F::splat(1.0) / dot(n, &out, &out).max(1e-30).sqrt();
                for x in out.iter_mut().take(n) {
                    *x = *x * scale;
                }
            }
        }
        out
    }
}
