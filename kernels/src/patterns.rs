//! Couplings of attractor networks from patterns: matrices of n × n numbers, row-major, without a diagonal.
//!
//! W_ij is what unit j gives to unit i. Patterns are p × n numbers, row-major. Knows arrays and keys.

use super::random::{Key, Stream};

/// Hopfield (1982): W_ij = (1/n) Σ_μ ξ_i^μ ξ_j^μ.
#[cfg(test)]
fn hebb(patterns: &[f64], n: usize) -> Vec<f64> {
    let mut w = vec![0.0; n * n];
    for pattern in patterns.chunks_exact(n.max(1)) {
        add_outer(&mut w, pattern, pattern, 1.0);
    }
    w.iter_mut().for_each(|w| *w /= n as f64);
    without_diagonal(w, n)
}

/// Personnaz, Guyon and Dreyfus (1985): W_ij = (1/n) Σ_μν ξ_i^μ (C⁻¹)_μν ξ_j^ν with the overlaps C_μν = (1/n) Σ_i ξ_i^μ ξ_i^ν: the
/// projection onto the patterns. Errors: patterns of which one is a sum of others.
pub fn pseudo_inverse(patterns: &[f64], n: usize) -> Result<Vec<f64>, String> {
    let rows: Vec<&[f64]> = patterns.chunks_exact(n.max(1)).collect();
    let mut w = vec![0.0; n * n];
    let mut orthonormal: Vec<Vec<f64>> = Vec::with_capacity(rows.len());
    for (a, pattern) in rows.iter().enumerate() {
        let mut row: Vec<f64> = pattern.iter().map(|x| x / libm::sqrt(n as f64)).collect();
        let own: f64 = dot(&row, &row);
        // Twice, so that what rounding leaves of the earlier rows is taken away too.
        for _ in 0..2 {
            for known in &orthonormal {
                let c = dot(&row, known);
                row.iter_mut().zip(known).for_each(|(x, y)| *x -= c * y);
            }
        }
        let left = dot(&row, &row);
        if left <= 1e-10 * own.max(f64::MIN_POSITIVE) {
            return Err(format!("pattern {a} is a sum of multiples of the patterns before it"));
        }
        let length = libm::sqrt(left);
        row.iter_mut().for_each(|x| *x /= length);
        add_outer(&mut w, &row, &row, 1.0);
        orthonormal.push(row);
    }
    Ok(without_diagonal(w, n))
}

/// Storkey (ICANN 1997): pattern after pattern, W_ij += (1/n) (ξ_i ξ_j - ξ_i h_ji - h_ij ξ_j) with the local fields
/// h_ij = Σ_{k ≠ i, j} W_ik ξ_k.
pub fn storkey(patterns: &[f64], n: usize) -> Vec<f64> {
    let mut w = vec![0.0; n * n];
    for pattern in patterns.chunks_exact(n.max(1)) {
        let whole: Vec<f64> = w.chunks_exact(n).map(|row| dot(row, pattern)).collect();
        let before = w.clone();
        // There is no diagonal, so that only the term of j is to be left out.
        let field = |i: usize, j: usize| whole[i] - before[i * n + j] * pattern[j];
        for i in 0..n {
            for j in 0..i {
                let change = pattern[i] * pattern[j] - pattern[i] * field(j, i) - field(i, j) * pattern[j];
                w[i * n + j] += change / n as f64;
                w[j * n + i] += change / n as f64;
            }
        }
    }
    without_diagonal(w, n)
}

/// Unlearning (Hopfield, Feinstein and Palmer, Nature 304, 158 (1983)): `dreams` times a random state of ±1 is left to settle, unit
/// after unit in random order, and what it settles in is taken away: W_ij -= (rate / n) s_i s_j.
pub fn unlearn(mut w: Vec<f64>, n: usize, dreams: usize, rate: f64, key: Key) -> Vec<f64> {
    // A state settles long before; a matrix that is not symmetric may never.
    const MOST: usize = 200;
    for dream in 0..dreams {
        let mut stream = Stream::new(key.derive(dream as u64));
        let mut s: Vec<f64> = (0..n).map(|_| if stream.below(2) == 0 { -1.0 } else { 1.0 }).collect();
        let mut h: Vec<f64> = w.chunks_exact(n.max(1)).map(|row| dot(row, &s)).collect();
        let mut order: Vec<usize> = (0..n).collect();
        for _ in 0..MOST {
            let mut moved = false;
            for k in 0..n {
                order.swap(k, k + stream.below((n - k) as u32) as usize);
                let i = order[k];
                if h[i] * s[i] < -1e-12 {
                    s[i] = -s[i];
                    moved = true;
                    h.iter_mut().enumerate().for_each(|(j, h)| *h += 2.0 * s[i] * w[j * n + i]);
                }
            }
            if !moved {
                break;
            }
        }
        add_outer(&mut w, &s, &s, -rate / n as f64);
        w = without_diagonal(w, n);
    }
    w
}

/// Keeps each coupling with probability `keep` and divides it by that; W_ij and W_ji together where `symmetric`, else each by itself
/// (Derrida, Gardner and Zippelius, Europhys. Lett. 4, 167 (1987)).
pub fn dilute(mut w: Vec<f64>, n: usize, keep: f64, symmetric: bool, key: Key) -> Vec<f64> {
    let mut stream = Stream::new(key);
    for i in 0..n {
        for j in 0..i {
            let upper = stream.uniform() < keep;
            let lower = if symmetric { upper } else { stream.uniform() < keep };
            for (at, kept) in [(i * n + j, lower), (j * n + i, upper)] {
                w[at] = if kept { w[at] / keep } else { 0.0 };
            }
        }
    }
    without_diagonal(w, n)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (x, y)| sum + x * y)
}

fn add_outer(w: &mut [f64], a: &[f64], b: &[f64], c: f64) {
    for (row, x) in w.chunks_exact_mut(b.len().max(1)).zip(a) {
        let x = c * x;
        row.iter_mut().zip(b).for_each(|(w, y)| *w += x * y);
    }
}

fn without_diagonal(mut w: Vec<f64>, n: usize) -> Vec<f64> {
    (0..n).for_each(|i| w[i * n + i] = 0.0);
    w
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(p: usize, n: usize, tag: u64) -> Vec<f64> {
        let mut stream = Stream::new(Key(7, tag));
        (0..p * n).map(|_| if stream.below(2) == 0 { -1.0 } else { 1.0 }).collect()
    }

    #[test]
    fn hebb_by_its_formula() {
        let (p, n) = (3, 7);
        let x = patterns(p, n, 1);
        let w = hebb(&x, n);
        for i in 0..n {
            for j in 0..n {
                let sum: f64 = (0..p).map(|m| x[m * n + i] * x[m * n + j]).sum();
                assert_eq!(w[i * n + j], if i == j { 0.0 } else { sum / n as f64 });
            }
        }
    }

    /// With its diagonal the projection leaves every pattern as it is: W ξ = ξ - diagonal ξ.
    #[test]
    fn the_pseudo_inverse_projects_onto_the_patterns() {
        let (p, n) = (20, 40);
        let x = patterns(p, n, 2);
        let w = pseudo_inverse(&x, n).expect("independent");
        // The trace of a projection is its rank, so that what the diagonal lacks is known from each unit's own row.
        for pattern in x.chunks_exact(n) {
            for i in 0..n {
                let h = dot(&w[i * n..(i + 1) * n], pattern);
                let diagonal = (pattern[i] - h) * pattern[i];
                assert!(diagonal > 0.0 && diagonal < 1.0, "{diagonal}");
                for other in x.chunks_exact(n) {
                    let again = (other[i] - dot(&w[i * n..(i + 1) * n], other)) * other[i];
                    assert!((again - diagonal).abs() < 1e-9);
                }
            }
        }
        let mut dependent = x[..3 * n].to_vec();
        dependent.extend((0..n).map(|i| x[i] + x[n + i]));
        assert!(pseudo_inverse(&dependent, n).is_err());
    }

    #[test]
    fn storkey_by_its_formula() {
        let (p, n) = (4, 6);
        let x = patterns(p, n, 3);
        let mut w = vec![0.0; n * n];
        for pattern in x.chunks_exact(n) {
            let before = w.clone();
            let h = |i: usize, j: usize| -> f64 {
                (0..n).filter(|&k| k != i && k != j).map(|k| before[i * n + k] * pattern[k]).sum()
            };
            for i in 0..n {
                for j in 0..n {
                    if i != j {
                        w[i * n + j] += (pattern[i] * pattern[j] - pattern[i] * h(j, i) - h(i, j) * pattern[j]) / n as f64;
                    }
                }
            }
        }
        let found = storkey(&x, n);
        assert!(found.iter().zip(&w).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    #[test]
    fn unlearning_takes_away_what_states_settle_in() {
        let n = 30;
        let x = patterns(1, n, 4);
        let w = hebb(&x, n);
        // One pattern: every dream ends in it or in its mirror image, which is the same matrix.
        let after = unlearn(w.clone(), n, 10, 0.01, Key(1, 2));
        assert!(after.iter().zip(&w).all(|(a, b)| (a - 0.9 * b).abs() < 1e-12));
    }

    /// The share of kept couplings of 4950 pairs is within 6 standard deviations of its mean.
    #[test]
    fn dilution_keeps_a_share() {
        let n = 100;
        let w = vec![1.0; n * n];
        let d = dilute(w.clone(), n, 0.3, true, Key(3, 4));
        let kept = d.iter().filter(|x| **x != 0.0).count() as f64 / 2.0;
        assert!((kept - 0.3 * 4950.0).abs() < 6.0 * (4950.0f64 * 0.21).sqrt());
        assert!((0..n).all(|i| (0..n).all(|j| d[i * n + j] == d[j * n + i] && (i != j || d[i * n + j] == 0.0))));
        assert!(d.iter().all(|x| *x == 0.0 || (*x - 1.0 / 0.3).abs() < 1e-12));
        let a = dilute(w, n, 0.3, false, Key(3, 5));
        assert!((0..n).any(|i| (0..n).any(|j| a[i * n + j] != a[j * n + i])));
    }
}
