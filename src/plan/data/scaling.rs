//! Statistics of inputs, and the shift and scale that follow from them.

use super::step::{Over, Scale};
use rayon::prelude::*;

/// x becomes (x − shift) × factor, feature by feature.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scaling {
    pub shift: Vec<f64>,
    pub factor: Vec<f64>,
    /// Then what is above the first number becomes the last, and the rest the second.
    pub threshold: Option<[f64; 3]>,
}

/// Examples whose statistics are taken together before they are merged; fixed, so that threads do not matter.
const CHUNK: usize = 1024;

/// Count, mean, sum of squared deviations, least and largest value.
#[derive(Clone, Copy)]
struct Moments {
    n: f64,
    mean: f64,
    squares: f64,
    low: f64,
    high: f64,
}

const EMPTY: Moments = Moments { n: 0.0, mean: 0.0, squares: 0.0, low: f64::INFINITY, high: f64::NEG_INFINITY };

impl Moments {
    fn add(&mut self, x: f64) {
        self.n += 1.0;
        let d = x - self.mean;
        self.mean += d / self.n;
        self.squares += d * (x - self.mean);
        self.low = self.low.min(x);
        self.high = self.high.max(x);
    }

    /// The moments of two groups together (Chan, Golub and LeVeque, Am. Stat. 37, 242 (1983)).
    fn merge(self, other: Moments) -> Moments {
        if self.n == 0.0 || other.n == 0.0 {
            return if self.n == 0.0 { other } else { self };
        }
        let (n, d) = (self.n + other.n, other.mean - self.mean);
        Moments {
            n,
            mean: self.mean + d * (other.n / n),
            squares: self.squares + other.squares + d * d * (self.n * other.n / n),
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }
}

/// The scaling that normalises these examples. `row(i, out)` gives the inputs of example i, `shape` their shape.
pub(super) fn of(count: usize, shape: &[usize], scale: Scale, over: Over, row: impl Fn(usize, &mut [f64]) + Sync) -> Scaling {
    let features: usize = shape.iter().product();
    let chunks: Vec<Vec<Moments>> = (0..count.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let mut moments = vec![EMPTY; features];
            let mut values = vec![0.0; features];
            for i in chunk * CHUNK..((chunk + 1) * CHUNK).min(count) {
                row(i, &mut values);
                moments.iter_mut().zip(&values).for_each(|(m, x)| m.add(*x));
            }
            moments
        })
        .collect();
    let mut each = vec![EMPTY; features];
    for chunk in chunks {
        each.iter_mut().zip(chunk).for_each(|(m, c)| *m = m.merge(c));
    }
    let group = match over {
        Over::Features => 1,
        Over::Channels => features / shape.first().copied().unwrap_or(1).max(1),
        Over::All => features,
    };
    let mut scaling = Scaling { shift: Vec::with_capacity(features), factor: Vec::with_capacity(features), threshold: None };
    for members in each.chunks(group.max(1)) {
        let m = members.iter().fold(EMPTY, |a, b| a.merge(*b));
        let (shift, width) = match scale {
            Scale::Standard => (m.mean, libm::sqrt(m.squares / m.n)),
            Scale::Unit => (m.low, m.high - m.low),
        };
        // What does not vary is shifted only; rounding may leave a trace of a width.
        let varies = m.high > m.low && width.is_finite() && width > 0.0;
        let factor = if varies { 1.0 / width } else { 1.0 };
        for _ in members {
            scaling.shift.push(shift);
            scaling.factor.push(if factor.is_finite() { factor } else { 1.0 });
        }
    }
    scaling
}
