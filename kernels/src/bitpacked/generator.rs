//! A random generator that makes 512 bits at a time, the same ones on every machine.
//!
//! Knows keys and wide registers; neither lattices nor probabilities.

use super::wide::{Wide, Word};
use crate::random::{Key, Stream};

/// The state of a generator at rest: eight SFC64 generators side by side (Doty-Humphrey, PractRand 0.94),
/// whatever the machine's width. 192 bits of state and a counter in each, period at least 2^64.
///
/// Chosen because it passes the test batteries without a linear part, which matters here as every
/// output bit is used alone, and takes fewer instructions than the xoshiro family.
#[derive(Clone, Debug, PartialEq)]
pub struct Generator {
    pub words: [Word; 3],
    /// The counter of SFC64, the same for all eight.
    pub counter: u64,
}

impl Generator {
    /// The generator of a key.
    pub fn new(key: Key) -> Generator {
        let mut stream = Stream::new(key);
        let mut words = [Word::ZERO; 3];
        for w in &mut words {
            for x in &mut w.0 {
                *x = stream.next_u64();
            }
        }
        let mut g = Generator { words, counter: 1 };
        // SAFETY: the portable implementation needs no special instructions.
        unsafe {
            let mut live = Live::<[u64; 8]>::wake(&g);
            for _ in 0..12 {
                live.next();
            }
            live.rest(&mut g);
        }
        g
    }
}

/// A generator in registers.
pub struct Live<W: Wide> {
    a: W,
    b: W,
    c: W,
    counter: W::Number,
}

impl<W: Wide> Live<W> {
    /// # Safety
    /// As for every method of [`Wide`].
    #[inline(always)]
    pub unsafe fn wake(g: &Generator) -> Live<W> {
        // SAFETY: a `Word` is eight words; the rest is the caller's promise.
        unsafe {
            Live {
                a: W::load(g.words[0].0.as_ptr()),
                b: W::load(g.words[1].0.as_ptr()),
                c: W::load(g.words[2].0.as_ptr()),
                counter: W::number(g.counter),
            }
        }
    }

    /// # Safety
    /// As for every method of [`Wide`].
    #[inline(always)]
    pub unsafe fn rest(&self, g: &mut Generator) {
        // SAFETY: as for `wake`.
        unsafe {
            self.a.store(g.words[0].0.as_mut_ptr());
            self.b.store(g.words[1].0.as_mut_ptr());
            self.c.store(g.words[2].0.as_mut_ptr());
            g.counter = W::value(self.counter);
        }
    }

    /// 512 random bits.
    ///
    /// # Safety
    /// As for every method of [`Wide`].
    #[inline(always)]
    pub unsafe fn next(&mut self) -> W {
        // SAFETY: the caller's promise.
        unsafe {
            let out = self.a.add_number(self.counter).add(self.b);
            self.counter = W::next_number(self.counter);
            self.a = self.b.xor(self.b.right(11));
            self.b = self.c.add(self.c.left(3));
            self.c = self.c.rotate24().add(out);
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against SFC64 written as its definition, one lane after the other.
    #[test]
    fn eight_generators_side_by_side() {
        let mut stream = Stream::new(Key(5, 6));
        let mut seeds = [[0u64; 8]; 3];
        for row in &mut seeds {
            for x in row.iter_mut() {
                *x = stream.next_u64();
            }
        }
        let generator = Generator::new(Key(5, 6));
        let mut live = unsafe { Live::<[u64; 8]>::wake(&generator) };
        let outputs: Vec<[u64; 8]> = (0..50).map(|_| unsafe { live.next() }).collect();
        for lane in 0..8 {
            let (mut a, mut b, mut c, mut counter) = (seeds[0][lane], seeds[1][lane], seeds[2][lane], 1u64);
            for i in 0..62 {
                let out = a.wrapping_add(b).wrapping_add(counter);
                counter += 1;
                a = b ^ (b >> 11);
                b = c.wrapping_add(c << 3);
                c = c.rotate_left(24).wrapping_add(out);
                if i >= 12 {
                    assert_eq!(outputs[i - 12][lane], out);
                }
            }
        }
    }
}
