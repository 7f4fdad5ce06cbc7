//! The gradient of a convolution's weights: for every weight the product of two images, summed over places and examples.

use super::super::super::graph::Conv;
use super::super::super::real::Real;
use super::super::lanes::Lanes;
use super::super::{Arg, Scratch, Simd};
use super::{channels, places};

/// The sum over a chunk, added to `out` where `accumulate` is set.
#[allow(clippy::too_many_arguments)]
pub(in super::super) fn weights<T: Real>(
    simd: Simd,
    c: &Conv,
    x: &Arg<T>,
    g: &Arg<T>,
    n: usize,
    out: &mut [T],
    scratch: &mut Scratch<T>,
    accumulate: bool,
) {
    if !accumulate {
        out.fill(T::ZERO);
    }
    let mut add = |x: &[T], g: &[T], n: usize| {
        let Scratch { first, second, third, .. } = &mut *scratch;
        // A register of output channels should be full.
        if c.kernel[0] / c.groups < <T::Plain as Lanes>::WIDTH {
            places::sum::<T>(simd, c, x, g, n, [first, second], out);
        } else {
            channels::sum::<T>(simd, c, x, g, n, [first, second, third], out);
        }
    };
    if x.batched == g.batched {
        add(x.values, g.values, if x.batched { n } else { 1 });
    } else {
        (0..n).for_each(|e| add(x.example(e), g.example(e), 1));
    }
}
