//! Physical time: whole sweeps and a part of one, so that a long run loses no resolution.

use serde::{Deserialize, Serialize};

/// A time in sweeps. `part` is in 0..1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub(crate) struct Time {
    pub sweeps: u64,
    pub part: f64,
}

impl Time {
    pub const START: Time = Time { sweeps: 0, part: 0.0 };
    pub const NEVER: Time = Time { sweeps: u64::MAX, part: 0.0 };

    /// The time later by `wait` >= 0; waits beyond 2^62 sweeps are for ever.
    #[inline(always)]
    pub fn after(self, wait: f64) -> Time {
        let part = self.part + wait;
        if part < 1.0 {
            return Time { part, ..self };
        }
        if part < 4.6e18 {
            let whole = libm::floor(part);
            return Time { sweeps: self.sweeps.saturating_add(whole as u64), part: part - whole };
        }
        Time::NEVER
    }

    /// The time from an earlier one to this.
    pub fn since(self, earlier: Time) -> f64 {
        (self.sweeps - earlier.sweeps) as f64 + (self.part - earlier.part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_add_and_compare() {
        let t = Time::START.after(2.75).after(0.5);
        assert_eq!(t, Time { sweeps: 3, part: 0.25 });
        assert_eq!(t.since(Time { sweeps: 1, part: 0.5 }), 1.75);
        assert!(t < t.after(1e-9) && t.after(f64::INFINITY) == Time::NEVER && t.after(f64::NAN) == Time::NEVER);
    }
}
