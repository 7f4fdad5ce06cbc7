//! The turns that Metropolis moves propose to spins of two and three components.
//!
//! A batch of blocks shares sixteen turns, one a place, and every spin draws for itself whether it turns this way or back. Given
//! the turns, each spin's proposal is symmetric and drawn independently of the others, so each spin's move satisfies detailed
//! balance, as with a step size that changes from sweep to sweep. The arithmetic and the random numbers of a turn are paid
//! once for up to sixteen spins.

use super::draws::Words;
use super::math::{dot, polish};
use super::simd::{F, I, Simd};
use super::update::UNIFORM_STEP;

/// Sixteen rotations R = even + odd, whose inverses are even - odd.
///
/// Two components: even = cos δ, odd = sin δ times a quarter turn. Three components, from a unit quaternion (w, v):
/// even = (w² - |v|²) 1 + 2 v vᵀ, odd = 2 w v ×.
#[derive(Clone, Copy)]
pub(super) struct Turn<S: Simd> {
    scale: F<S>,
    /// √2 v.
    axis: [F<S>; 3],
    /// sin δ, or 2 w v.
    odd: [F<S>; 3],
}

impl<S: Simd> Turn<S> {
    /// Turns for spins of N components: N is 2 or 3.
    #[inline(always)]
    pub fn draw<const N: usize>(step: f32, live: &mut impl Words<S>) -> Turn<S> {
        if N == 2 { Turn::in_plane(step, live) } else { Turn::in_space(step, live) }
    }

    /// An angle δ with tan(δ/2) = p/q: nearly uniform over (-π, π) for the largest step, and over |δ| < 2 step for small ones.
    #[inline(always)]
    fn in_plane(step: f32, live: &mut impl Words<S>) -> Turn<S> {
        let v = live.signed();
        let v2 = v * v;
        let (p, q) = (v * (v2 * -0.189_430_5 + 1.0) * step, F::splat(1.0) - v2);
        let (p2, q2) = (p * p, q * q);
        let inverse = F::splat(1.0) / (p2 + q2);
        Turn { scale: (q2 - p2) * inverse, axis: [F::zero(); 3], odd: [(p * q) * (inverse * 2.0), F::zero(), F::zero()] }
    }

    /// A rotation about a random axis: uniform over all rotations for the largest step; by an angle δ with tan(δ/2) uniform
    /// below step/2 for smaller ones.
    #[inline(always)]
    fn in_space(step: f32, live: &mut impl Words<S>) -> Turn<S> {
        let (w, v): (F<S>, [F<S>; 3]) = if step < UNIFORM_STEP {
            let size = live.unit() * (0.5 * step);
            let [x, y, z] = live.direction::<3>(3);
            (F::splat(1.0), [x * size, y * size, z * size])
        } else {
            let [w, x, y, z] = live.direction::<4>(4);
            (w, [x, y, z])
        };
        let (w2, v2) = (w * w, v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
        let inverse = F::splat(1.0) / (w2 + v2);
        let (along, across) = ((inverse * 2.0).sqrt(), w * inverse * 2.0);
        Turn { scale: (w2 - v2) * inverse, axis: times(v, along), odd: times(v, across) }
    }

    /// The spins turned, backwards where the highest bit of `back` is set; of length 1 to the rounding.
    #[inline(always)]
    pub fn of<const N: usize>(&self, old: &[F<S>; N], back: I<S>) -> [F<S>; N] {
        let mut new = *old;
        if N == 2 {
            let sin = flip(self.odd[0], back);
            new[0] = self.scale.fma(old[0], -(sin * old[1]));
            new[1] = self.scale.fma(old[1], sin * old[0]);
        } else {
            let (x, y, z) = (old[0], old[1], old[2 % N]);
            let odd = [flip(self.odd[0], back), flip(self.odd[1], back), flip(self.odd[2], back)];
            let d = dot(3, &self.axis, &[x, y, z]);
            new[0] = self.scale.fma(x, self.axis[0].fma(d, odd[1].fma(z, -(odd[2] * y))));
            new[1] = self.scale.fma(y, self.axis[1].fma(d, odd[2].fma(x, -(odd[0] * z))));
            new[2 % N] = self.scale.fma(z, self.axis[2].fma(d, odd[0].fma(y, -(odd[1] * x))));
        }
        polish(N, &mut new);
        new
    }
}

/// The sign of x turned where the highest bit of `back` is set.
#[inline(always)]
fn flip<S: Simd>(x: F<S>, back: I<S>) -> F<S> {
    (x.bits() ^ back).as_float()
}

#[inline(always)]
fn times<S: Simd>(v: [F<S>; 3], by: F<S>) -> [F<S>; 3] {
    [v[0] * by, v[1] * by, v[2] * by]
}
