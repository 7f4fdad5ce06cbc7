//! Random draws as descriptions: a distribution, a shape and a key.
//!
//! Element k of a draw is a pure function of (key, k), so that any element can be had without the others and no order
//! of evaluation matters. Knows nothing of what the numbers are for.

use crate::kernels::random::{Key, philox};
use serde::{Deserialize, Serialize};

/// Serialises a [`Key`] as a pair of integers.
pub mod key_pair {
    use crate::kernels::random::Key;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes the two halves.
    pub fn serialize<S: Serializer>(key: &Key, serializer: S) -> Result<S::Ok, S::Error> {
        (key.0, key.1).serialize(serializer)
    }

    /// Reads the two halves.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
        <(u64, u64)>::deserialize(deserializer).map(|(a, b)| Key(a, b))
    }
}

/// The key of the draw of a name: a hash of the seed, the name and the values of what it is drawn `by`.
///
/// Every part is hashed with its length, so that no two lists of parts read the same.
pub fn key_from(seed: u64, name: &str, by: &[String]) -> Key {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"ann draw 1");
    hasher.update(&seed.to_le_bytes());
    for part in std::iter::once(name).chain(by.iter().map(String::as_str)) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut words = hasher.finalize_xof();
    let mut half = || {
        let mut bytes = [0; 8];
        words.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    };
    Key(half(), half())
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Distribution {
    /// One of the values, with probabilities proportional to the weights; no weights mean equal ones.
    Choice { values: Vec<f64>, weights: Vec<f64> },
    /// Normal with a mean and a standard deviation.
    Normal { mean: f64, sd: f64 },
    /// Uniform in low..high.
    Uniform { low: f64, high: f64 },
    /// Exponential with a mean.
    Exponential { mean: f64 },
    /// 1 with probability p, else 0.
    Bernoulli { p: f64 },
    /// +1 with probability p, else −1.
    Bimodal { p: f64 },
    /// A uniform integer of low..high, `high` excluded.
    Integers { low: i64, high: i64 },
    /// Log-normal with a mean and a coefficient of variation (standard deviation over mean).
    Lognormal { mean: f64, cv: f64 },
    /// Poisson with a mean.
    Poisson { mean: f64 },
    /// Laplace: density exp(−|x − mean| / scale) / (2 scale).
    Laplace { mean: f64, scale: f64 },
    /// Cauchy: density scale / (π ((x − median)² + scale²)).
    Cauchy { median: f64, scale: f64 },
    /// Gamma: density ∝ x^(shape − 1) exp(−x / scale).
    Gamma { shape: f64, scale: f64 },
}

/// Integers beyond this are not exact as 64-bit floating-point numbers.
const EXACT: i64 = 1 << 53;

fn finite(what: &str, x: f64) -> Result<(), String> {
    if x.is_finite() { Ok(()) } else { Err(format!("{what} must be finite, found {x}")) }
}

fn positive(what: &str, x: f64) -> Result<(), String> {
    if x.is_finite() && x > 0.0 { Ok(()) } else { Err(format!("{what} must be positive, found {x}")) }
}

fn not_negative(what: &str, x: f64) -> Result<(), String> {
    if x.is_finite() && x >= 0.0 { Ok(()) } else { Err(format!("{what} must not be negative, found {x}")) }
}

impl Distribution {
    /// Whether the parameters lie in their domains; the reason if not.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Distribution::Choice { values, weights } => check_choice(values, weights),
            Distribution::Normal { mean, sd } => {
                finite("the mean", *mean).and_then(|()| not_negative("the standard deviation", *sd))
            }
            Distribution::Uniform { low, high } => {
                finite("the lower end", *low)?;
                finite("the upper end", *high)?;
                finite("the length of the range", high - low)?;
                if low < high { Ok(()) } else { Err(format!("the range {low}..{high} is empty")) }
            }
            Distribution::Exponential { mean } => positive("the mean", *mean),
            Distribution::Bernoulli { p } | Distribution::Bimodal { p } => {
                if (0.0..=1.0).contains(p) {
                    Ok(())
                } else {
                    Err(format!("a probability lies in 0..=1, found {p}"))
                }
            }
            Distribution::Integers { low, high } => {
                if low >= high {
                    return Err(format!("the range {low}..{high} is empty"));
                }
                if *low < -EXACT || *high > EXACT { Err(format!("the range {low}..{high} exceeds ±2^53")) } else { Ok(()) }
            }
            Distribution::Lognormal { mean, cv } => {
                positive("the mean", *mean).and_then(|()| not_negative("the coefficient of variation", *cv))
            }
            Distribution::Poisson { mean } => {
                not_negative("the mean", *mean)?;
                if *mean <= 1e12 { Ok(()) } else { Err(format!("the mean of a Poisson draw must not exceed 1e12, found {mean}")) }
            }
            Distribution::Laplace { mean, scale } => finite("the mean", *mean).and_then(|()| not_negative("the scale", *scale)),
            Distribution::Cauchy { median, scale } => {
                finite("the median", *median).and_then(|()| not_negative("the scale", *scale))
            }
            Distribution::Gamma { shape, scale } => positive("the shape", *shape).and_then(|()| positive("the scale", *scale)),
        }
    }
}

fn check_choice(values: &[f64], weights: &[f64]) -> Result<(), String> {
    if values.is_empty() {
        return Err("a choice needs at least one value".into());
    }
    for &v in values {
        finite("a value", v)?;
    }
    if !weights.is_empty() && weights.len() != values.len() {
        return Err(format!("a choice needs a weight a value, found {} values and {} weights", values.len(), weights.len()));
    }
    for &w in weights {
        not_negative("a weight", w)?;
    }
    if weights.is_empty() { Ok(()) } else { positive("the sum of the weights", weights.iter().sum()) }
}

/// The random words of one element: the block counter is the element's index with the number of the block above it,
/// so that elements never share a block.
struct Element {
    key: Key,
    index: u64,
    block: u64,
    words: [u32; 4],
    used: usize,
}

/// Elements that an index may number; the counter's upper 16 bits number the blocks of one element.
const MOST: u64 = 1 << 48;

impl Element {
    fn new(key: Key, index: u64) -> Element {
        Element { key, index, block: 0, words: [0; 4], used: 4 }
    }

    fn bits(&mut self) -> u64 {
        if self.used == 4 {
            let c = self.index | self.block << 48;
            let (k0, k1) = (self.key.0, self.key.1);
            self.words = philox([c as u32, (c >> 32) as u32, k1 as u32, (k1 >> 32) as u32], [k0 as u32, (k0 >> 32) as u32]);
            // No method here comes near 2^16 blocks: each attempt is accepted with a probability above one half.
            self.block += 1;
            self.used = 0;
        }
        let (low, high) = (self.words[self.used], self.words[self.used + 1]);
        self.used += 2;
        u64::from(low) | u64::from(high) << 32
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform in (0, 1], a multiple of 2^-53.
    fn positive(&mut self) -> f64 {
        1.0 - self.uniform()
    }

    /// Uniform in 0..n; the bias is below n / 2^64.
    fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// Standard normal (Box and Muller), from one block.
    fn normal(&mut self) -> f64 {
        let (u, v) = (self.positive(), self.uniform());
        libm::sqrt(-2.0 * libm::log(u)) * libm::cos(std::f64::consts::TAU * v)
    }

    /// Gamma with unit scale (Marsaglia and Tsang, ACM TOMS 26, 363 (2000)).
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = libm::exp(libm::log(self.positive()) / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            if libm::log(self.positive()) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }

    /// Poisson: products of uniforms for small means, else transformed rejection (Hörmann, Insurance Math. Econom. 12,
    /// 39 (1993), algorithm PTRS).
    fn poisson(&mut self, mean: f64) -> f64 {
        if mean < 10.0 {
            let limit = libm::exp(-mean);
            let (mut product, mut k) = (self.positive(), 0.0);
            while product > limit {
                product *= self.positive();
                k += 1.0;
            }
            return k;
        }
        let b = 0.931 + 2.53 * libm::sqrt(mean);
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let quick = 0.9277 - 3.6224 / (b - 2.0);
        loop {
            let (u, v) = (self.uniform() - 0.5, self.positive());
            let us = 0.5 - u.abs();
            let k = libm::floor((2.0 * a / us + b) * u + mean + 0.43);
            if us >= 0.07 && v <= quick {
                return k;
            }
            if !(k >= 0.0 && k.is_finite()) || (us < 0.013 && v > us) {
                continue;
            }
            let density = k * libm::log(mean) - mean - libm::lgamma(k + 1.0);
            if libm::log(v * inverse_alpha / (a / (us * us) + b)) <= density {
                return k;
            }
        }
    }
}

/// An array of independent draws, described.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    pub distribution: Distribution,
    /// Empty for a single number.
    pub shape: Vec<usize>,
    #[serde(with = "key_pair")]
    pub key: Key,
}

impl Draw {
    /// Errors: parameters out of their domains, a shape that has too many elements.
    pub fn new(distribution: Distribution, shape: Vec<usize>, key: Key) -> Result<Draw, String> {
        let draw = Draw { distribution, shape, key };
        draw.check().map(|()| draw)
    }

    /// Whether this can be drawn; the reason if not.
    pub fn check(&self) -> Result<(), String> {
        self.distribution.check()?;
        match self.elements() {
            Some(n) if n as u64 <= MOST => Ok(()),
            _ => Err(format!("the shape {:?} has more than 2^48 elements", self.shape)),
        }
    }

    fn elements(&self) -> Option<usize> {
        self.shape.iter().try_fold(1usize, |n, &s| n.checked_mul(s))
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.elements().unwrap_or(usize::MAX)
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Element `k` in row-major order, whether or not the shape has so many.
    pub fn value(&self, k: u64) -> f64 {
        self.one(k, &self.cumulative())
    }

    /// All elements, row-major. The draw must have passed [`Draw::check`].
    pub fn materialise(&self) -> Vec<f64> {
        let cumulative = self.cumulative();
        (0..self.len() as u64).map(|k| self.one(k, &cumulative)).collect()
    }

    /// Sums of the weights of a choice; empty for equal weights and for everything else.
    fn cumulative(&self) -> Vec<f64> {
        let Distribution::Choice { weights, .. } = &self.distribution else { return Vec::new() };
        let mut sum = 0.0;
        let add = |w: &f64| {
            sum += w;
            sum
        };
        weights.iter().map(add).collect()
    }

    fn one(&self, k: u64, cumulative: &[f64]) -> f64 {
        let mut e = Element::new(self.key, k & (MOST - 1));
        match &self.distribution {
            Distribution::Choice { values, weights } => choose(&mut e, values, weights, cumulative),
            Distribution::Normal { mean, sd } => mean + sd * e.normal(),
            Distribution::Uniform { low, high } => {
                let x = low + (high - low) * e.uniform();
                // The sum may round up to the end that is excluded.
                if x < *high { x } else { *low }
            }
            Distribution::Exponential { mean } => -mean * libm::log(e.positive()),
            Distribution::Bernoulli { p } => f64::from(u8::from(e.uniform() < *p)),
            Distribution::Bimodal { p } => {
                if e.uniform() < *p {
                    1.0
                } else {
                    -1.0
                }
            }
            Distribution::Integers { low, high } => (low + e.below((high - low) as u64) as i64) as f64,
            Distribution::Lognormal { mean, cv } => {
                let variance = libm::log1p(cv * cv);
                mean * libm::exp(libm::sqrt(variance) * e.normal() - variance / 2.0)
            }
            Distribution::Poisson { mean } => e.poisson(*mean),
            Distribution::Laplace { mean, scale } => {
                let size = -scale * libm::log(e.positive());
                if e.bits() >> 63 == 0 { mean + size } else { mean - size }
            }
            Distribution::Cauchy { median, scale } => median + scale * libm::tan(std::f64::consts::PI * (e.uniform() - 0.5)),
            Distribution::Gamma { shape, scale } => scale * e.gamma(*shape),
        }
    }
}

fn choose(e: &mut Element, values: &[f64], weights: &[f64], cumulative: &[f64]) -> f64 {
    let Some(&total) = cumulative.last() else {
        return values.get(e.below(values.len() as u64) as usize).copied().unwrap_or(f64::NAN);
    };
    let x = e.uniform() * total;
    let at = cumulative.partition_point(|&c| c <= x);
    // Rounding may lead past the end; a value of weight zero is never the answer.
    let last = weights.iter().rposition(|&w| w > 0.0).unwrap_or(0);
    values.get(at.min(last)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
#[path = "draw_tests.rs"]
mod tests;
