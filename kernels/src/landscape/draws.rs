//! Random vectors by key: normal numbers and signs. An element is a function of the key and of its place alone.

use crate::continuous::elementary::{cos, sin};
use crate::random::{Key, Stream};
use crate::sparse::Simd;
use crate::sparse::block::dispatch;
use crate::sparse::functions::ln;
use crate::sparse::wide::{Eight, philox8};

/// Uniform in [0, 1), a multiple of 2^-52.
#[inline(always)]
fn uniform(low: u64, high: u64) -> f64 {
    f64::from_bits(0x3FF0_0000_0000_0000 | (low & 0xFFFF_FFFF | high << 32) >> 12) - 1.0
}

/// Sixteen elements of eight blocks: the cosines' eight, then the sines' (Box and Muller).
#[inline(always)]
fn normals_body(key: Key, out: &mut [f64]) {
    let lanes = |x: u64| [x & 0xFFFF_FFFF; 8];
    let k = [lanes(key.0), lanes(key.0 >> 32)];
    let (c2, c3) = (lanes(key.1), lanes(key.1 >> 32));
    for (group, out) in out.chunks_mut(16).enumerate() {
        let first = 8 * group as u64;
        let c0: Eight = std::array::from_fn(|b| (first + b as u64) & 0xFFFF_FFFF);
        let words = philox8([c0, lanes(first >> 32), c2, c3], k);
        let (mut radius, mut turn, mut c, mut s) = ([0.0; 8], [0.0; 8], [0.0; 8], [0.0; 8]);
        for b in 0..8 {
            radius[b] = (-2.0 * ln(1.0 - uniform(words[0][b], words[1][b]))).max(0.0).sqrt();
            turn[b] = std::f64::consts::TAU * uniform(words[2][b], words[3][b]);
        }
        cos(&turn, &mut c, 8);
        sin(&turn, &mut s, 8);
        let mut all = [0.0; 16];
        for b in 0..8 {
            all[b] = c[b] * radius[b];
            all[b + 8] = s[b] * radius[b];
        }
        out.copy_from_slice(&all[..out.len()]);
    }
}
dispatch!(normals_simd => normals_body [] <> (key: Key, out: &mut [f64]));

/// Independent standard normal numbers.
pub fn normals(key: Key, out: &mut [f64]) {
    normals_simd(Simd::detect(), key.derive(0x6e6f_726d), out);
}

/// Independent numbers +1 and -1, each with probability 1/2.
pub fn signs(key: Key, out: &mut [f64]) {
    let mut stream = Stream::new(key.derive(0x7369_676e));
    for out in out.chunks_mut(32) {
        let word = stream.next_u32();
        for (bit, x) in out.iter_mut().enumerate() {
            *x = if word >> bit & 1 == 0 { 1.0 } else { -1.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moments of 2^17 normal numbers and signs, each within five standard errors (false alarms below 1e-6 a moment).
    #[test]
    fn moments() {
        let n = 1 << 17;
        let mut x = vec![0.0; n];
        normals(Key(8, 5), &mut x);
        for (m, mean, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0f64)] {
            let found = x.iter().map(|x| x.powi(m)).sum::<f64>() / n as f64;
            assert!((found - mean).abs() < 5.0 * (variance / n as f64).sqrt(), "moment {m}: {found}");
        }
        for lag in [1, 8, 16] {
            let product = x.iter().zip(&x[lag..]).map(|(a, b)| a * b).sum::<f64>() / (n - lag) as f64;
            assert!(product.abs() < 5.0 / ((n - lag) as f64).sqrt(), "lag {lag}: {product}");
        }
        signs(Key(8, 5), &mut x);
        assert!(x.iter().all(|x| x.abs() == 1.0));
        assert!((x.iter().sum::<f64>() / n as f64).abs() < 5.0 / (n as f64).sqrt());
    }

    /// The beginning does not depend on the length, nor the bits on the instruction set.
    #[test]
    fn an_element_is_a_function_of_key_and_place() {
        let (mut long, mut short) = (vec![0.0; 1000], vec![0.0; 37]);
        normals(Key(1, 2), &mut long);
        normals(Key(1, 2), &mut short);
        assert_eq!(long[..37], short);
        normals_body(Key(1, 2).derive(0x6e6f_726d), &mut short);
        assert_eq!(long[..37], short);
        signs(Key(1, 2), &mut long);
        signs(Key(1, 2), &mut short);
        assert_eq!(long[..37], short);
    }
}
