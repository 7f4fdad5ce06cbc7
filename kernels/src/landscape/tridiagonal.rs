//! Eigenvalues of a symmetric tridiagonal matrix by the implicit QL method (Dubrulle, Martin and Wilkinson, Numerische Mathematik
//! 12, 377 (1968)), with its plane rotations handed to whoever turns eigenvectors along.

/// A rotation of the columns `at` and `at + 1`: (x, y) becomes (c x - s y, s x + c y).
#[derive(Clone, Copy, Debug)]
pub(super) struct Rotation {
    pub at: usize,
    pub c: f64,
    pub s: f64,
}

const MOST_SWEEPS: usize = 100;

/// Replaces the diagonal by the eigenvalues, in no order. `off[i]` couples i and i + 1, and is destroyed.
pub(super) fn ql(diagonal: &mut [f64], off: &mut [f64], mut rotate: impl FnMut(Rotation)) -> Result<(), String> {
    let n = diagonal.len();
    if diagonal.iter().chain(off.iter()).any(|x| !x.is_finite()) {
        return Err("a matrix whose eigenvalues are asked for is not finite".into());
    }
    // Two elements count as zero beside their neighbours, or beside the whole matrix.
    let size = diagonal.iter().chain(off.iter()).fold(0.0f64, |m, x| m.max(x.abs()));
    let small = |d: &[f64], e: f64, m: usize| {
        e.abs() <= f64::EPSILON * (d[m].abs() + d[m + 1].abs()) || e.abs() <= f64::EPSILON * f64::EPSILON * size
    };
    for l in 0..n {
        for sweep in 0.. {
            let m = (l..n - 1).find(|&m| small(diagonal, off[m], m)).unwrap_or(n - 1);
            if m == l {
                break;
            }
            if sweep == MOST_SWEEPS {
                return Err("the eigenvalues of a tridiagonal matrix did not converge".into());
            }
            // Wilkinson's shift, from the corner's 2 x 2 matrix.
            let mut g = (diagonal[l + 1] - diagonal[l]) / (2.0 * off[l]);
            let r = libm::hypot(g, 1.0);
            g = diagonal[m] - diagonal[l] + off[l] / (g + libm::copysign(r, g));
            let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
            let mut split = false;
            for i in (l..m).rev() {
                let f = s * off[i];
                let b = c * off[i];
                let r = libm::hypot(f, g);
                if i + 1 < m {
                    off[i + 1] = r;
                }
                if r == 0.0 {
                    diagonal[i + 1] -= p;
                    if m < n - 1 {
                        off[m] = 0.0;
                    }
                    split = true;
                    break;
                }
                s = f / r;
                c = g / r;
                g = diagonal[i + 1] - p;
                let r = (diagonal[i] - g) * s + 2.0 * c * b;
                p = s * r;
                diagonal[i + 1] = g + p;
                g = c * r - b;
                rotate(Rotation { at: i, c, s });
            }
            if !split {
                diagonal[l] -= p;
                off[l] = g;
            }
            if m < n - 1 {
                off[m] = 0.0;
            }
        }
    }
    Ok(())
}
