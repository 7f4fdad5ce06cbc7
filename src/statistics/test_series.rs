//! Series of known statistics, for the tests of this folder.

use crate::kernels::random::{Key, Stream};

/// A stationary AR(1) series of mean 0 and variance 1 with x_{t+1} = a x_t + noise.
/// Its integrated autocorrelation time is (1 + a) / (2 (1 - a)).
pub fn ar1(stream: &mut Stream, a: f64, n: usize) -> Vec<f64> {
    let kick = (1.0 - a * a).sqrt();
    let mut x = stream.normal();
    (0..n)
        .map(|_| {
            let now = x;
            x = a * x + kick * stream.normal();
            now
        })
        .collect()
}

/// The integrated autocorrelation time of [`ar1`].
pub fn ar1_tau(a: f64) -> f64 {
    (1.0 + a) / (2.0 * (1.0 - a))
}

/// A stream for a test and a seed.
pub fn stream(test: u64, seed: u64) -> Stream {
    Stream::new(Key(0x5747, test).derive(seed))
}

/// The chains as slices.
pub fn slices(chains: &[Vec<f64>]) -> Vec<&[f64]> {
    chains.iter().map(Vec::as_slice).collect()
}

/// Mean and mean square of standardised deviations.
pub fn moments(z: &[f64]) -> (f64, f64) {
    let n = z.len() as f64;
    (z.iter().sum::<f64>() / n, z.iter().map(|z| z * z).sum::<f64>() / n)
}
