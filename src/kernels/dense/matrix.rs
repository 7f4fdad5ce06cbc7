//! Couplings as a square matrix of integers in one unit.
//!
//! Owns the choice of the unit and of the widths of the numbers. Local fields kept as integers do
//! not drift: after any number of flips they are exactly the sums over the present state.

use super::super::sampler::PairEnergy;
use super::super::sparse::lanes::common_unit;

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
    fn minus(self, other: Self) -> Self;
}

macro_rules! whole {
    ($($t:ty),*) => {$(
        impl Whole for $t {
            #[inline(always)]
            fn from_f64(x: f64) -> $t {
                x as $t
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
            #[inline(always)]
            fn minus(self, other: $t) -> $t {
                self.wrapping_sub(other)
            }
        }
    )*};
}
whole!(i8, i16, i32, i64);

/// Which integers, and their unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Width {
    /// Couplings in 8 bits and fields in 16, exact.
    Small,
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
    let (mut sums, mut squares) = (vec![0.0f64; n], vec![0.0f64; n]);
    for &(i, j, c) in &energy.bonds {
        for k in [i, j] {
            sums[k as usize] += c.abs();
            squares[k as usize] += c * c;
        }
    }
    let widest = sums.iter().fold(0.0, |a: f64, &b| a.max(b));
    if let Some(unit) = common_unit(energy.bonds.iter().map(|b| b.2), 1e9) {
        let largest = energy.bonds.iter().fold(0.0, |a: f64, b| a.max(b.2.abs())) / unit;
        let repeated = repeated(energy);
        if widest / unit <= 16_000.0 && largest * repeated <= 63.0 {
            return (unit, Width::Small);
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
    if n > FEW && unit * libm::sqrt(n as f64) <= NOISE * libm::sqrt(least) {
        (unit, Width::Medium)
    } else {
        (power(60), Width::Large)
    }
}

/// How often the most repeated pair stands in the list.
fn repeated(energy: &PairEnergy) -> f64 {
    let mut pairs: Vec<(u32, u32)> = energy.bonds.iter().map(|b| (b.0.min(b.1), b.0.max(b.1))).collect();
    pairs.sort_unstable();
    pairs.chunk_by(|a, b| a == b).map(<[_]>::len).max().unwrap_or(0) as f64
}

/// A symmetric matrix of twice the couplings in units, rows padded with zeros.
pub(crate) struct Matrix<C> {
    pub sites: usize,
    pub stride: usize,
    pub unit: f64,
    twice: Vec<C>,
}

impl<C: Whole> Matrix<C> {
    pub fn new(energy: &PairEnergy, unit: f64) -> Matrix<C> {
        let n = energy.sites;
        let stride = n.next_multiple_of(64);
        let mut sums = vec![0i64; n * stride];
        for &(i, j, c) in &energy.bonds {
            let twice = 2 * libm::round(c / unit) as i64;
            sums[i as usize * stride + j as usize] += twice;
            sums[j as usize * stride + i as usize] += twice;
        }
        let twice = sums.iter().map(|&x| C::narrow(x)).collect();
        Matrix { sites: n, stride, unit, twice }
    }

    /// The largest number of neighbours of a site, or any number above 2.
    pub fn most_neighbours(&self) -> usize {
        let zero = C::default();
        (0..self.sites).map(|i| self.row(i).iter().filter(|&&c| c != zero).take(3).count()).max().unwrap_or(0)
    }

    #[inline(always)]
    pub fn row(&self, i: usize) -> &[C] {
        &self.twice[i * self.stride..(i + 1) * self.stride]
    }
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
        assert_eq!(choose(&complete(600, irrational)).1, Width::Medium);
        let uneven = |i: u32, j: u32| if i == 1 { 1e9 } else { irrational(i, j) };
        assert_eq!(choose(&complete(600, uneven)).1, Width::Large);
    }
}
