//! Classes of rates in 0..=1 within a factor of two of each other, for energies with many different rates.
//!
//! After an event the rates of the few spins that depend on the changed one are computed at once. Where they are many, all
//! spins are only marked: they stand in a class of bound 1, which no rate exceeds, until one comes up as a candidate and
//! is looked at. So an event costs no more than trials with rejection would, and no more than one look at every spin.

/// The class of sites that never move.
pub(crate) const STILL: u16 = 1023;
/// The class of sites whose rate has not been looked at: any rate is at most 1.
pub(crate) const UNKNOWN: u16 = 1024;

/// The largest number of spins whose rates are computed at once.
pub(crate) const AT_ONCE: usize = 64;

/// The class of a rate: the k with 2^-(k+1) < rate <= 2^-k. Rates below the smallest normal number share class 1022.
#[inline(always)]
pub(crate) fn class(rate: f64) -> u16 {
    if rate.is_nan() || rate <= 0.0 {
        return STILL;
    }
    let bits = rate.to_bits();
    // The exponent, rounded up unless the rate is a power of two.
    let exponent = (bits >> 52) as i32 - 1023 + i32::from(bits & ((1 << 52) - 1) != 0);
    (-exponent).clamp(0, 1022) as u16
}

/// The bounds of all classes.
pub(crate) fn bounds() -> Vec<f64> {
    let mut bounds: Vec<f64> = (0..1023u64).map(|k| f64::from_bits((1023 - k) << 52)).collect();
    bounds.extend([0.0, 1.0]);
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_within_their_bounds() {
        let bounds = bounds();
        assert_eq!((bounds.len(), bounds[0], bounds[1], bounds[1022]), (1025, 1.0, 0.5, f64::MIN_POSITIVE));
        let mut rate = 1.0;
        while rate > 1e-307 {
            let bound = bounds[usize::from(class(rate))];
            assert!(rate <= bound && 2.0 * rate > bound, "{rate}");
            rate *= 0.83;
        }
        assert_eq!((class(0.5), class(0.25), class(0.0), class(1e-310), class(f64::NAN)), (1, 2, STILL, 1022, STILL));
    }
}
