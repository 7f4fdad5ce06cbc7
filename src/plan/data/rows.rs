//! Keyed random orders.

use crate::kernels::random::{Key, Stream};

/// A permutation of 0..n, drawn uniformly (Fisher and Yates). `n` must be below 2^32.
pub(super) fn permutation(n: usize, key: Key) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    let mut stream = Stream::new(key);
    for k in (1..n).rev() {
        order.swap(k, stream.below(k as u32 + 1) as usize);
    }
    order
}
