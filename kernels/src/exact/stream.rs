//! Boltzmann sums that cannot overflow, added up in an order that does not depend on threads.

/// Exact averages at one inverse temperature.
#[derive(Clone, Debug, PartialEq)]
pub struct Averages {
    pub log_z: f64,
    /// The mean energy.
    pub energy: f64,
    /// The variance of the energy; the heat capacity is β² times it.
    pub energy_variance: f64,
    /// The means of the observables, in the caller's order.
    pub means: Vec<f64>,
}

/// Sums of weights, relative to the state of greatest weight so far: so neither overflow nor, at low temperature, a loss of the
/// energy's variance to cancellation.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    beta: f64,
    /// The energy of the greatest weight so far; NaN before the first state.
    reference: f64,
    /// Σ w (E - reference)^0, ^1, ^2.
    moments: [f64; 3],
    values: Vec<f64>,
}

impl Sums {
    pub fn new(beta: f64, values: usize) -> Sums {
        Sums { beta, reference: f64::NAN, moments: [0.0; 3], values: vec![0.0; values] }
    }

    pub fn clear(&mut self) {
        self.reference = f64::NAN;
        self.moments = [0.0; 3];
        self.values.fill(0.0);
    }

    /// Adds states of one energy: how many, and the sums of the observables over them.
    #[inline(always)]
    pub fn add(&mut self, energy: f64, count: f64, values: &[f64]) {
        let mut exponent = self.beta * (self.reference - energy);
        // The negated form lets the first state, where the reference is not a number, through.
        #[allow(clippy::neg_cmp_op_on_partial_ord)]
        if !(exponent <= 0.0) {
            self.move_reference(energy);
            exponent = 0.0;
        }
        let weight = if exponent == 0.0 { 1.0 } else { libm::exp(exponent) };
        let (w, e) = (weight * count, energy - self.reference);
        self.moments[0] += w;
        self.moments[1] += w * e;
        self.moments[2] += w * e * e;
        for (sum, value) in self.values.iter_mut().zip(values) {
            *sum += weight * value;
        }
    }

    #[cold]
    #[inline(never)]
    fn move_reference(&mut self, energy: f64) {
        if !self.reference.is_nan() {
            let shift = self.reference - energy;
            let factor = libm::exp(-self.beta * shift);
            let [a, b, c] = self.moments;
            self.moments = [factor * a, factor * (b + shift * a), factor * (c + 2.0 * shift * b + shift * shift * a)];
            for sum in &mut self.values {
                *sum *= factor;
            }
        }
        self.reference = energy;
    }

    /// Adds the sums over other states at the same β.
    pub fn merge(&mut self, other: &Sums) {
        if other.reference.is_nan() {
            return;
        }
        #[allow(clippy::neg_cmp_op_on_partial_ord)]
        if !(self.beta * (self.reference - other.reference) <= 0.0) {
            self.move_reference(other.reference);
        }
        let mut other = other.clone();
        other.move_reference(self.reference);
        for (a, b) in self.moments.iter_mut().zip(other.moments) {
            *a += b;
        }
        for (a, b) in self.values.iter_mut().zip(&other.values) {
            *a += b;
        }
    }

    pub fn averages(&self) -> Averages {
        let [z, e, ee] = self.moments;
        let mean = e / z;
        Averages {
            log_z: if z > 0.0 { libm::log(z) - self.beta * self.reference } else { f64::NEG_INFINITY },
            energy: self.reference + mean,
            energy_variance: (ee / z - mean * mean).max(0.0),
            means: self.values.iter().map(|v| v / z).collect(),
        }
    }
}

/// Refuses what no Boltzmann weight can be made of.
pub(super) fn check_betas(betas: &[f64]) -> Result<(), String> {
    match betas.iter().find(|b| !b.is_finite()) {
        Some(beta) => Err(format!("exact averages need a finite β, not {beta}")),
        None => Ok(()),
    }
}
