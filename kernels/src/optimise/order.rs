//! The order in which an epoch takes the examples.

use crate::random::{Key, Stream};

/// The numbers below `n` in random order: a function of the key alone (Fisher and Yates).
pub fn shuffled(n: usize, key: Key) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    let mut stream = Stream::new(key);
    for k in (1..n).rev() {
        order.swap(k, stream.below(k as u32 + 1) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_once_and_by_the_key() {
        for n in [0, 1, 2, 3, 100] {
            let mut order = shuffled(n, Key(1, 2));
            assert_eq!(order, shuffled(n, Key(1, 2)));
            order.sort_unstable();
            assert!(order.iter().enumerate().all(|(k, x)| k as u32 == *x));
        }
        assert_ne!(shuffled(100, Key(1, 2)), shuffled(100, Key(1, 3)));
    }

    /// Each of 24 orders of four is drawn with probability 1/24: chi-square of 23 degrees of freedom; fails by chance with p < 1e-7
    /// for other keys.
    #[test]
    fn all_orders_are_equally_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for k in 0..24_000 {
            *counts.entry(shuffled(4, Key(7, k))).or_insert(0.0) += 1.0;
        }
        let chi: f64 = counts.values().map(|c: &f64| (c - 1000.0) * (c - 1000.0) / 1000.0).sum();
        assert!(counts.len() == 24 && chi < 83.0, "{chi}");
    }
}
