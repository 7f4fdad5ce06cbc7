//! Where the choices of a cluster update come from: a keyed stream, or, in tests, every outcome in turn.

use super::bits::{Bernoulli, Bits};
use crate::random::Stream;

/// A source of random choices. Updates that are written against it can be enumerated exactly in tests.
pub(crate) trait Coin {
    /// True with the probability `p`.
    fn chance(&mut self, p: Bernoulli) -> bool;

    /// Uniform in 0..n; `n` must be positive.
    fn below(&mut self, n: u32) -> u32;

    /// An index with a probability in proportion to its weight. Weights are finite, at least one is positive.
    fn pick(&mut self, weights: &[f64]) -> usize;
}

/// The index at which the running sum of the weights passes `u` (in 0..1) times their total.
fn at(weights: &[f64], u: f64) -> usize {
    let mut rest = u * weights.iter().sum::<f64>();
    let mut last = 0;
    for (k, &w) in weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
        last = k;
        rest -= w;
        if rest < 0.0 {
            break;
        }
    }
    last
}

impl Coin for Bits {
    #[inline(always)]
    fn chance(&mut self, p: Bernoulli) -> bool {
        p.draw(self)
    }

    #[inline(always)]
    fn below(&mut self, n: u32) -> u32 {
        Bits::below(self, u64::from(n)) as u32
    }

    fn pick(&mut self, weights: &[f64]) -> usize {
        at(weights, (self.word() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0))
    }
}

impl Coin for Stream {
    #[inline(always)]
    fn chance(&mut self, p: Bernoulli) -> bool {
        p.accepts(self.next_u64())
    }

    #[inline(always)]
    fn below(&mut self, n: u32) -> u32 {
        Stream::below(self, n)
    }

    fn pick(&mut self, weights: &[f64]) -> usize {
        at(weights, self.uniform())
    }
}
