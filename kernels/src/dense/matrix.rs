//! The integers that couplings and local fields are kept in, and their unit.
//!
//! Local fields kept as integers do not drift: after any number of flips they are exactly the sums over the present state.
//! Knows no state and no temperature.

use super::super::sampler::PairEnergy;
use super::super::sparse::lanes::common_unit;
use super::halves;
use super::signs::Signs;

/// An integer that couplings or local fields are kept in.
pub(crate) trait Whole: Copy + Default + Send + Sync + Ord + 'static {
    /// Saturating.
    fn from_f64(x: f64) -> Self;
    /// For numbers known to fit.
    fn narrow(x: i64) -> Self;
    fn wide(self) -> i64;
    /// x for mask 0 and -x for mask -1.
    fn signed(self, mask: Self) -> Self;
    fn plus(self, other: Self) -> Self;
}

/// Of a whole number or an infinity, saturating. The standard's conversion asks for more than vectors can do at once.
#[inline(always)]
fn to_i32(x: f64, largest: f64) -> i32 {
    let x = if x > largest { largest } else { x };
    let x = if x > -largest - 1.0 { x } else { -largest - 1.0 };
    // SAFETY: it lies within the numbers of 32 bits, and is no NaN: that would not be larger than the least of them.
    unsafe { x.to_int_unchecked() }
}

macro_rules! whole {
    ($($t:ty: $from:expr),*) => {$(
        impl Whole for $t {
            #[inline(always)]
            fn from_f64(x: f64) -> $t {
                $from(x)
            }
            #[inline(always)]
            fn narrow(x: i64) -> $t {
                x as $t
            }
            #[inline(always)]
            fn wide(self) -> i64 {
                i64::from(self)
            }
            #[inline(always)]
            fn signed(self, mask: $t) -> $t {
                (self ^ mask).wrapping_sub(mask)
            }
            #[inline(always)]
            fn plus(self, other: $t) -> $t {
                self.wrapping_add(other)
            }
        }
    )*};
}
whole!(
    i8: |x| to_i32(x, 127.0) as i8,
    i16: |x| to_i32(x, 32_767.0) as i16,
    i32: |x| to_i32(x, 2_147_483_647.0),
    i64: |x: f64| x as i64
);

/// Coupling integers that can be widened to the integers of the fields.
pub(crate) trait Widen<F>: Whole {
    fn widen(self) -> F;
}
macro_rules! widen {
    ($($c:ty => $f:ty),*) => {$(
        impl Widen<$f> for $c {
            #[inline(always)]
            fn widen(self) -> $f {
                <$f>::from(self)
            }
        }
    )*};
}
widen!(i8 => i16, i32 => i32, i64 => i64);

/// Which integers, and their unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Width {
    /// Couplings of one modulus between all pairs, in a bit each, and fields in 16 bits, exact.
    Signs,
    /// Couplings in 8 bits and fields in 16, exact.
    Small,
    /// Couplings in a high and a low part of 16 bits; exact if every coupling is a multiple of the unit.
    Halves,
    /// Couplings and fields in 32 bits; exact if every coupling is a multiple of the unit.
    Medium,
    /// Couplings and fields in 64 bits.
    Large,
}

/// Couplings rounded to 32 bits may add noise to a local field of at most this fraction of the
/// field's own typical size (the root of the sum of squares).
const NOISE: f64 = 1.0 / 131_072.0;

/// Up to this number of spins 64 bits cost little, since the matrix stays in the caches.
const FEW: usize = 512;

/// The unit and width for a checked energy.
pub(crate) fn choose(energy: &PairEnergy) -> (f64, Width) {
    let n = energy.sites;
    // Smaller matrices stay in the caches as they are.
    let many = n > FEW;
    let (mut sums, mut squares) = (vec![0.0f64; n], vec![0.0f64; n]);
    for &(i, j, c) in &energy.bonds {
        for k in [i, j] {
            sums[k as usize] += c.abs();
            squares[k as usize] += c * c;
        }
    }
    let widest = sums.iter().fold(0.0, |a: f64, &b| a.max(b));
    let common = common_unit(energy.bonds.iter().map(|b| b.2), 1e9);
    if let Some(unit) = common.filter(|&unit| many && Signs::fit(energy, unit)) {
        return (unit, Width::Signs);
    }
    let largest = largest(energy);
    let halves = |unit: f64| many && n <= halves::MOST && largest / unit <= halves::LARGEST;
    if let Some(unit) = common {
        if widest / unit <= 16_000.0 && largest / unit <= 63.0 {
            return (unit, Width::Small);
        }
        if halves(unit) {
            return (unit, Width::Halves);
        }
        if widest / unit <= 1e9 {
            return (unit, Width::Medium);
        }
    }
    // A little more than the widest sum, so that twice one coupling, rounded up, still fits.
    let exponent = libm::ilogb((widest * 1.000_001).clamp(f64::MIN_POSITIVE, f64::MAX)) + 1;
    let power = |bits: i32| libm::scalbn(1.0, (exponent - bits).max(-1000));
    let unit = power(30);
    let least = squares.iter().copied().filter(|&s| s > 0.0).fold(f64::INFINITY, f64::min);
    let quiet = |unit: f64| many && unit * libm::sqrt(n as f64) <= NOISE * libm::sqrt(least);
    // The largest coupling has 28 bits, rounded ones included.
    let fine = libm::scalbn(1.0, (libm::ilogb((largest * 1.000_3).clamp(f64::MIN_POSITIVE, f64::MAX)) - 27).max(-1000));
    if quiet(fine) && halves(fine) {
        (fine, Width::Halves)
    } else if quiet(unit) {
        (unit, Width::Medium)
    } else {
        (power(60), Width::Large)
    }
}

/// The largest sum of moduli of the couplings of one pair.
fn largest(energy: &PairEnergy) -> f64 {
    let mut pairs: Vec<(u32, u32, f64)> = energy.bonds.iter().map(|b| (b.0.min(b.1), b.0.max(b.1), b.2.abs())).collect();
    pairs.sort_unstable_by_key(|pair| (pair.0, pair.1));
    let sums = pairs.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).map(|same| same.iter().map(|pair| pair.2).sum());
    sums.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(n: u32, coupling: impl Fn(u32, u32) -> f64) -> PairEnergy {
        let bonds = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| (i, j, coupling(i, j))).collect();
        PairEnergy { sites: n as usize, bonds, fields: vec![], constant: 0.0 }
    }

    #[test]
    fn widths() {
        assert_eq!(choose(&complete(50, |i, j| if (i ^ j) % 3 == 0 { 0.2 } else { -0.2 })), (0.2, Width::Small));
        assert_eq!(choose(&complete(50, |i, _| f64::from(i) * 100.0)), (100.0, Width::Small));
        assert_eq!(choose(&complete(80, |i, _| f64::from(i * i + 1))), (1.0, Width::Medium));
        let irrational = |i: u32, j: u32| libm::sin(f64::from(i * 1000 + j));
        assert_eq!(choose(&complete(20, irrational)).1, Width::Large);
        assert_eq!(choose(&complete(600, irrational)).1, Width::Halves);
        assert_eq!(choose(&complete(600, |i, j| f64::from((i * i + j * j) % 1000) + 1.0)), (1.0, Width::Halves));
        assert_eq!(choose(&complete(600, |i, j| if (i ^ j) % 3 == 0 { 0.2 } else { -0.2 })), (0.2, Width::Signs));
        let mut double = complete(600, |_, _| 1.0);
        double.bonds[7] = double.bonds[8];
        assert_eq!(choose(&double).1, Width::Small);
        let uneven = |i: u32, j: u32| if i == 1 { 1e9 } else { irrational(i, j) };
        assert_eq!(choose(&complete(600, uneven)).1, Width::Large);
    }
}
