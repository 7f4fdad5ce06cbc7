//! Adaptation before anything is measured: of proposal windows to an acceptance, and of step sizes by dual averaging.

/// The share of window proposals that should be accepted.
const WINDOW_TARGET: f64 = 0.45;

/// The factor for a window after the `round`th sweep (from 0) with this share of acceptances: Robbins and Monro with gains that
/// fall as (1 + round)^-0.6, so that the window settles.
pub(super) fn window_factor(accepted: u64, proposed: u64, round: u64) -> f64 {
    if proposed == 0 {
        return 1.0;
    }
    let share = accepted as f64 / proposed as f64;
    libm::exp(2.0 * libm::pow(1.0 + round as f64, -0.6) * (share - WINDOW_TARGET))
}

/// Dual averaging of the logarithm of a step size: M. D. Hoffman and A. Gelman, J. Mach. Learn. Res. 15, 1593 (2014), section
/// 3.2.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tuner {
    /// The step to use now.
    pub step: f64,
    /// ln of the averaged step.
    average: f64,
    /// The mean of (target - acceptance).
    error: f64,
    /// The point that ln step is drawn to.
    anchor: f64,
    rounds: f64,
}

impl Tuner {
    pub fn new(step: f64) -> Tuner {
        Tuner { step, average: libm::log(step), error: 0.0, anchor: libm::log(10.0 * step), rounds: 0.0 }
    }

    pub fn has_begun(&self) -> bool {
        self.rounds > 0.0
    }

    /// Starts afresh from a step.
    pub fn anchor(&mut self, step: f64) {
        *self = Tuner::new(step);
    }

    /// Learns the acceptance probability of a trajectory.
    pub fn learn(&mut self, acceptance: f64, target: f64) {
        const GAMMA: f64 = 0.05;
        const T0: f64 = 10.0;
        const KAPPA: f64 = 0.75;
        self.rounds += 1.0;
        let t = self.rounds;
        let acceptance = if acceptance.is_nan() { 0.0 } else { acceptance.min(1.0) };
        self.error += (target - acceptance - self.error) / (t + T0);
        let log = (self.anchor - t.sqrt() / GAMMA * self.error).clamp(-60.0, 60.0);
        let weight = libm::pow(t, -KAPPA);
        self.average = weight * log + (1.0 - weight) * self.average;
        self.step = libm::exp(log);
    }

    /// Turns to the averaged step, for measurements.
    pub fn settle(&mut self) {
        if self.has_begun() {
            self.step = libm::exp(self.average);
        }
    }

    /// Turns back to the step that learning uses next.
    pub fn resume(&mut self) {
        if self.has_begun() {
            let log = (self.anchor - self.rounds.sqrt() / 0.05 * self.error).clamp(-60.0, 60.0);
            self.step = libm::exp(log);
        }
    }

    pub fn save(&self) -> [f64; 5] {
        [self.step, self.average, self.error, self.anchor, self.rounds]
    }

    pub fn restore(saved: [f64; 5]) -> Tuner {
        let [step, average, error, anchor, rounds] = saved;
        Tuner { step, average, error, anchor, rounds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the acceptance is exp(-step²), the step that is found gives the target.
    #[test]
    fn dual_averaging_finds_the_step() {
        for first in [1e-4, 1.0, 1e3] {
            let mut tuner = Tuner::new(first);
            for _ in 0..2000 {
                tuner.learn(libm::exp(-tuner.step * tuner.step), 0.8);
            }
            tuner.settle();
            assert!((libm::exp(-tuner.step * tuner.step) - 0.8).abs() < 0.01, "{tuner:?}");
        }
    }
}
