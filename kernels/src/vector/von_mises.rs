//! Angles from the density exp(K cos θ), sixteen at a time, by rejection from a proposal without transcendental functions.
//!
//! With v uniform in (-1, 1), tan(θ/2) = P/Q with P = c v (1 + a v²), Q = 1 - v²: for small K nearly uniform, for large K nearly
//! normal with tails that stay above those of the target. The weight of a proposal is w = exp(-K (1 - cos θ)) dθ/dv, and it is
//! accepted with probability w/M. As w falls with K at every v, the M of the lower end of an interval of K bounds the whole
//! interval. c and a matter for the speed only: 84 % to 99.7 % are accepted, of Best and Fisher's proposals 66 % to 100 %.

use super::draws::{Live, Words};
use super::math::exp;
use super::simd::{F, I, M, Simd};
use std::sync::OnceLock;

/// Intervals of K an octave.
const STEPS: u32 = 16;
/// Below this K there is one interval.
const SMALLEST: f32 = 0.0625;
/// Octaves above it: to 2^50, beyond the largest K in use.
const OCTAVES: u32 = 54;

/// c √(K + 1/4) and a at some K, found by maximising the acceptance.
const KNOTS: [(f64, f64, f64); 14] = [
    (0.0, 0.785, -0.19),
    (0.1, 0.841, -0.19),
    (0.25, 0.879, -0.215),
    (0.5, 0.883, -0.296),
    (0.75, 0.857, -0.396),
    (1.0, 0.833, -0.5),
    (1.5, 0.803, -0.596),
    (2.0, 0.781, -0.684),
    (3.0, 0.760, -0.734),
    (4.0, 0.760, -0.821),
    (6.0, 0.737, -0.778),
    (12.0, 0.731, -0.84),
    (40.0, 0.721, -0.84),
    (f64::INFINITY, 0.718, -0.85),
];

/// c, a and 2c/M of the intervals.
pub(super) struct Table {
    c: Vec<f32>,
    a: Vec<f32>,
    scale: Vec<f32>,
}

/// The parameters of sixteen proposals.
#[derive(Clone, Copy)]
pub(super) struct Parameters<S: Simd> {
    pub strength: F<S>,
    pub c: F<S>,
    pub a: F<S>,
    pub scale: F<S>,
}

/// The table, made at its first use.
pub(super) fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let cells = (OCTAVES * STEPS) as usize;
        let mut table = Table { c: Vec::with_capacity(cells), a: Vec::with_capacity(cells), scale: Vec::with_capacity(cells) };
        for cell in 0..OCTAVES * STEPS {
            let edge = f64::from(f32::from_bits(SMALLEST.to_bits() + cell * ((1 << 23) / STEPS)));
            let (c, a) = shape(edge);
            let low = if cell == 0 { 0.0 } else { edge };
            let (c, a) = (c as f32, a as f32);
            // The weights lie on a fine grid: the largest one is missed by less than the margin.
            let steps = 256;
            let largest = (0..=steps).map(|s| weight(low, f64::from(c), f64::from(a), f64::from(s) / f64::from(steps)));
            let bound = 1.001 * largest.fold(0.0, f64::max);
            table.c.push(c);
            table.a.push(a);
            table.scale.push((2.0 * f64::from(c) / bound) as f32);
        }
        table
    })
}

/// c and a by interpolation between the knots.
fn shape(strength: f64) -> (f64, f64) {
    let right = KNOTS.iter().position(|k| strength < k.0).unwrap_or(KNOTS.len() - 1).max(1);
    let (low, high) = (KNOTS[right - 1], KNOTS[right]);
    let share = if high.0.is_finite() { (strength - low.0) / (high.0 - low.0) } else { 1.0 - low.0 / strength };
    ((low.1 + share * (high.1 - low.1)) / (strength + 0.25).sqrt(), low.2 + share * (high.2 - low.2))
}

/// w(v).
fn weight(strength: f64, c: f64, a: f64, v: f64) -> f64 {
    let v2 = v * v;
    let (p, q) = (c * v * (1.0 + a * v2), 1.0 - v2);
    let d = p * p + q * q;
    libm::exp(-2.0 * strength * p * p / d) * 2.0 * c * (1.0 + (3.0 * a + 1.0) * v2 - a * v2 * v2) / d
}

impl Table {
    /// The parameters for some strengths of at most 10^15.
    #[inline(always)]
    pub fn look_up<S: Simd>(&self, strength: F<S>) -> Parameters<S> {
        let cell = (strength.max(SMALLEST).bits() - I::splat(SMALLEST.to_bits())).right::<19>();
        let mut index = [0u64; 8];
        cell.store(&mut index);
        let index = index.as_ptr().cast::<u32>();
        // SAFETY: the strengths are at most 2^50, so that the cells are within the table (`strengths_find_their_interval`).
        unsafe {
            Parameters {
                strength,
                c: F(S::gather(self.c.as_ptr(), index)),
                a: F(S::gather(self.a.as_ptr(), index)),
                scale: F(S::gather(self.scale.as_ptr(), index)),
            }
        }
    }
}

/// One try for sixteen angles: cosines, sines, and which were accepted.
#[inline(always)]
pub(super) fn attempt<S: Simd>(with: &Parameters<S>, live: &mut Live<S>) -> (F<S>, F<S>, M<S>) {
    let one = F::splat(1.0);
    let v = live.signed();
    let v2 = v * v;
    let (p, q) = (with.c * v * (with.a * v2 + one), one - v2);
    let (p2, q2) = (p * p, q * q);
    let d = p2 + q2;
    let inverse = one / d;
    let slope = (with.a * 3.0 + one) * v2 - with.a * v2 * v2 + one;
    let height = exp(-(with.strength * 2.0 * p2 * inverse)) * with.scale * slope;
    let accept = (live.unit() * d).le(height);
    ((q2 - p2) * inverse, p * q * inverse * 2.0, accept)
}

#[cfg(test)]
mod tests {
    use super::super::simd::Portable;
    use super::*;

    /// M bounds the weight at every K of its interval and every v, and the acceptance is what the module says.
    #[test]
    fn the_bound_holds() {
        let table = table();
        for cell in (0..table.c.len()).step_by(3) {
            let edge = |k: usize| f64::from(f32::from_bits(SMALLEST.to_bits() + k as u32 * ((1 << 23) / STEPS)));
            let (c, a) = (f64::from(table.c[cell]), f64::from(table.a[cell]));
            let bound = 2.0 * c / f64::from(table.scale[cell]);
            for strength in [edge(cell), 0.5 * (edge(cell) + edge(cell + 1)), edge(cell + 1)] {
                let mut sum = 0.0;
                for s in 0..=1000 {
                    let w = weight(strength, c, a, f64::from(s) / 1000.0);
                    assert!((0.0..=bound).contains(&w), "K = {strength}: {w} of {bound}");
                    sum += w / 1001.0;
                }
                assert!(sum / bound > 0.82, "K = {strength}: acceptance {}", sum / bound);
            }
        }
    }

    #[test]
    fn strengths_find_their_interval() {
        let table = table();
        for (strength, cell) in [(1e-15, 0), (0.0625, 0), (0.0663, 0), (0.0665, 1), (0.125, 16), (1.0, 64), (1e15, 860)] {
            let found = table.look_up(F::<Portable>::splat(strength));
            assert_eq!(found.c.array()[7], table.c[cell], "K = {strength}");
            assert_eq!(found.scale.array()[7], table.scale[cell], "K = {strength}");
        }
    }
}
