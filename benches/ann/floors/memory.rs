//! How fast a core reads memory in order.

use crate::clock::Effort;

/// Bytes a second, read in order by one core from a block of this size.
pub fn read(effort: &Effort, bytes: usize) -> f64 {
    let block = vec![1u64; bytes / 8];
    let mut sum = 0u64;
    let seconds = effort.least(|n| {
        for _ in 0..n {
            sum = sum.wrapping_add(total(std::hint::black_box(&block)));
        }
    });
    std::hint::black_box(sum);
    bytes as f64 / seconds
}

fn total(block: &[u64]) -> u64 {
    // Sixteen sums: as many as the adders can have on their way.
    let mut sums = [0u64; 16];
    let (chunks, _) = block.as_chunks::<16>();
    for chunk in chunks {
        for (s, x) in sums.iter_mut().zip(chunk) {
            *s = s.wrapping_add(*x);
        }
    }
    sums.iter().fold(0, |a, b| a.wrapping_add(*b))
}
