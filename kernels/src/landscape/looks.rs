//! The laws of what a saddle looks like in random projections.
//!
//! For `up` directions of curvature +1 and `down` of -1 the Hessian in the coordinates of k independent Gaussian directions is the
//! difference of two independent Wishart matrices, A with `up` and B with `down` degrees of freedom. Its signs are those of
//! x - 1/2 for the roots x of A (A + B)⁻¹, which have the density of the matrix beta law,
//!
//!   ∏ x^((up - k - 1)/2) (1 - x)^((down - k - 1)/2) ∏ |xᵢ - xⱼ|   (Muirhead, Aspects of Multivariate Statistical Theory).
//!
//! The probability that all roots lie below 1/2 is a beta function for k = 1, an elementary expression in them for k = 2 (Roy's
//! largest root), and a ratio of Pfaffians for any k (de Bruijn, J. Indian Math. Soc. 19, 133 (1955); Chiani, J. Multivar. Anal.
//! 143, 467 (2016)), whose elements are integrated numerically here.

use super::special::{beta_below, gauss_legendre, legendre, ln_duplication};

/// The most directions that [`looks_like`] takes.
pub const MOST_DIRECTIONS: usize = 32;

/// The probabilities that a saddle with `up` directions of curvature +c and `down` of -c looks like a minimum, a maximum, a
/// saddle along `directions` random directions (Gaussian, or of unit length). `Err` where the projected Hessian is singular.
pub fn looks_like(up: usize, down: usize, directions: usize) -> Result<[f64; 3], String> {
    if directions == 0 || directions > up + down {
        return Err(format!("{directions} directions through {} curved ones have no definite look", up + down));
    }
    if directions > MOST_DIRECTIONS {
        return Err(format!("the look along {directions} directions is known for at most {MOST_DIRECTIONS}"));
    }
    let minimum = all_below_half(down, up, directions);
    let maximum = all_below_half(up, down, directions);
    let saddle = match directions {
        // Nothing between the two.
        1 => 0.0,
        2 => saddle_in_two(up, down),
        _ => (1.0 - minimum - maximum).max(0.0),
    };
    Ok([minimum, maximum, saddle])
}

/// The probability that one random direction curves upwards: chi-squares of `up` and `down` degrees of freedom compared.
pub fn curves_up(up: usize, down: usize) -> f64 {
    match (up, down) {
        (0, 0) => 0.0,
        (0, _) => 0.0,
        (_, 0) => 1.0,
        _ => beta_below(0.5, 0.5 * down as f64, 0.5 * up as f64),
    }
}

/// One minus both definite looks, without cancellation: 2^(-n/2) B((up-1)/2, (down-1)/2) / B(up-1, down-1)
/// for n = up + down.
fn saddle_in_two(up: usize, down: usize) -> f64 {
    let (p, q) = (up as f64, down as f64);
    match (up, down) {
        (0, _) | (_, 0) => 0.0,
        (1, _) => libm::exp2(-0.5 * (q - 1.0)),
        (_, 1) => libm::exp2(-0.5 * (p - 1.0)),
        _ => libm::exp(ln_duplication(0.5 * (p - 1.0), 0.5 * (q - 1.0))).min(1.0),
    }
}

/// The probability that all roots of A (A + B)⁻¹ are below 1/2, for Wishart matrices of size k with `a` and `b` degrees of freedom:
/// that B - A is positive definite.
fn all_below_half(a: usize, b: usize, k: usize) -> f64 {
    if a == 0 {
        // B alone, of full rank since a + b >= k.
        return 1.0;
    }
    if b < k {
        return 0.0;
    }
    if a < k {
        // Roots that are not zero: the same law with other numbers, for X Xᵀ and Xᵀ X share theirs.
        return all_below_half(k, a + b - k, a);
    }
    let (p, q) = (a as f64, b as f64);
    match k {
        1 => beta_below(0.5, 0.5 * p, 0.5 * q),
        2 => {
            let taken = saddle_in_two(a, b) * beta_below(0.5, 0.5 * (p - 1.0), 0.5 * (q - 1.0));
            (beta_below(0.5, p - 1.0, q - 1.0) - taken).clamp(0.0, 1.0)
        }
        _ => Law::new(a - k, b - k, k).below_half(),
    }
}

/// The law of k roots x = sin² θ, in θ: its weight sin^m θ cos^n θ is smooth.
struct Law {
    k: usize,
    /// Panels' ends; π/4 is one of them.
    ends: Vec<f64>,
    sines: usize,
    cosines: usize,
    peak: f64,
    middle: f64,
    width: f64,
}

const POINTS: usize = 20;
const HALF: f64 = std::f64::consts::FRAC_PI_4;

impl Law {
    fn new(sines: usize, cosines: usize, k: usize) -> Law {
        // Where the weight and the k - 1 powers that repel the roots have their bulk.
        let (m, n) = (sines as f64 + k as f64, cosines as f64 + k as f64);
        let middle = m / (m + n);
        let width = (middle * (1.0 - middle) / (m + n)).sqrt() * 2.0;
        let mut law = Law { k, ends: Vec::new(), sines, cosines, peak: 0.0, middle, width };
        law.peak = law.log_weight(libm::atan2((sines as f64).sqrt(), (cosines as f64).sqrt()));
        // Panels as fine as the weight's width; those that hold nothing are left out.
        let turn = std::f64::consts::FRAC_PI_2;
        let count = (8.0 + 4.0 * ((sines + cosines) as f64).sqrt()) as usize;
        let edge = |i: usize, from: f64, to: f64| from + (to - from) * i as f64 / count as f64;
        let all: Vec<f64> = (0..count).map(|i| edge(i, 0.0, HALF)).chain((0..=count).map(|i| edge(i, HALF, turn))).collect();
        let matters = |x: f64| law.log_weight(x) - law.peak > -90.0;
        let first = all.iter().position(|x| matters(*x)).unwrap_or(0).saturating_sub(1);
        let last = (all.iter().rposition(|x| matters(*x)).unwrap_or(all.len() - 1) + 1).min(all.len() - 1);
        law.ends = all[first..=last].to_vec();
        law
    }

    fn log_weight(&self, x: f64) -> f64 {
        let part = |power: usize, of: f64| if power == 0 { 0.0 } else { power as f64 * libm::log(of.max(1e-300)) };
        part(self.sines, libm::sin(x)) + part(self.cosines, libm::cos(x))
    }

    /// The orthonormal polynomials of the normal law, in the root: any polynomials of rising degrees give the same ratio, and
    /// these keep it well conditioned.
    fn polynomials(&self, x: f64) -> Vec<f64> {
        let sine = libm::sin(x);
        let u = (sine * sine - self.middle) / self.width;
        let mut h = vec![1.0; self.k];
        if self.k > 1 {
            h[1] = u;
        }
        for d in 2..self.k {
            let l = d as f64;
            h[d] = (u * h[d - 1] - (l - 1.0).sqrt() * h[d - 2]) / l.sqrt();
        }
        h
    }

    fn below_half(&self) -> f64 {
        let last = self.ends.len() - 1;
        match self.ends.iter().position(|x| *x == HALF) {
            // All of the weight lies on one side.
            None if self.ends[last] < HALF => return 1.0,
            None => return 0.0,
            Some(0) => return 0.0,
            Some(at) if at == last => return 1.0,
            Some(_) => (),
        }
        let k = self.k;
        let size = k + k % 2;
        let (nodes, weights) = gauss_legendre(POINTS);
        // inner[r][q]: the weight of node q in the integral from the panel's left end to node r.
        let inner: Vec<Vec<f64>> = nodes.iter().map(|r| (0..POINTS).map(|q| up_to(*r, nodes[q], weights[q])).collect()).collect();
        let mut pairs = vec![0.0; size * size];
        let mut sums = vec![0.0; k];
        let mut below = None;
        for panel in self.ends.windows(2) {
            let half = 0.5 * (panel[1] - panel[0]);
            let values: Vec<Vec<f64>> = (nodes.iter())
                .map(|t| {
                    let x = panel[0] + half * (1.0 + t);
                    let w = half * libm::exp(self.log_weight(x) - self.peak);
                    self.polynomials(x).iter().map(|h| h * w).collect()
                })
                .collect();
            for r in 0..POINTS {
                let so_far: Vec<f64> =
                    (0..k).map(|i| sums[i] + (0..POINTS).map(|q| inner[r][q] * values[q][i]).sum::<f64>()).collect();
                for i in 0..k {
                    for j in 0..k {
                        pairs[i * size + j] += weights[r] * (so_far[i] * values[r][j] - values[r][i] * so_far[j]);
                    }
                }
            }
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum += (0..POINTS).map(|q| weights[q] * values[q][i]).sum::<f64>();
            }
            if panel[1] == HALF {
                below = Some(ln_pfaffian(bordered(&pairs, &sums, size), size));
            }
        }
        let all = ln_pfaffian(bordered(&pairs, &sums, size), size);
        match below {
            Some((log, sign)) if sign * all.1 > 0.0 => libm::exp(log - all.0).min(1.0),
            _ => 0.0,
        }
    }
}

/// ∫ from -1 to r of the polynomial that is 1 / weight at the node q and 0 at the other nodes, times the weight of q.
fn up_to(r: f64, q: f64, weight: f64) -> f64 {
    let (at_r, at_q) = (legendre(POINTS + 1, r), legendre(POINTS, q));
    let rest: f64 = (1..POINTS).map(|l| 0.5 * (at_r[l + 1] - at_r[l - 1]) * at_q[l]).sum();
    weight * (0.5 * (r + 1.0) + rest)
}

/// For an odd number of roots the single integrals make a last row and column.
fn bordered(pairs: &[f64], sums: &[f64], size: usize) -> Vec<f64> {
    let mut a = pairs.to_vec();
    if sums.len() < size {
        for (i, sum) in sums.iter().enumerate() {
            a[i * size + size - 1] = *sum;
            a[(size - 1) * size + i] = -sum;
        }
    }
    a
}

/// ln |Pf A| and the sign of Pf A, for a skew-symmetric matrix of even size: elimination with pivots (Parlett and Reid, BIT 10, 386
/// (1970)).
fn ln_pfaffian(mut a: Vec<f64>, n: usize) -> (f64, f64) {
    let (mut log, mut sign) = (0.0, 1.0);
    for k in (0..n).step_by(2) {
        let pivot = (k + 1..n).max_by(|&i, &j| a[k * n + i].abs().total_cmp(&a[k * n + j].abs())).unwrap_or(k + 1);
        if pivot != k + 1 {
            (0..n).for_each(|j| a.swap((k + 1) * n + j, pivot * n + j));
            (0..n).for_each(|i| a.swap(i * n + k + 1, i * n + pivot));
            sign = -sign;
        }
        let head = a[k * n + k + 1];
        if head == 0.0 {
            return (f64::NEG_INFINITY, 0.0);
        }
        log += libm::log(head.abs());
        sign *= head.signum();
        for i in k + 2..n {
            for j in k + 2..n {
                let change = (a[k * n + i] * a[(k + 1) * n + j] - a[k * n + j] * a[(k + 1) * n + i]) / head;
                a[i * n + j] -= change;
            }
        }
    }
    (log, sign)
}
