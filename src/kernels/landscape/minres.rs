//! The vector with the least residual of a symmetric system, indefinite or singular (MINRES; Paige and Saunders, SIAM J. Numer.
//! Anal. 12, 617 (1975)).

use super::operator::Operator;
use super::vectors::{add, norm, scale};

/// What is left when the solver stops.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    pub x: Vec<f64>,
    /// |b - A x| over |b|.
    pub residual: f64,
    pub products: usize,
}

/// Stops when |b - A x| is at most `tolerance` |b|, when what remains is orthogonal to the range of A, or after `most` products.
pub fn solve(operator: &mut dyn Operator, b: &[f64], tolerance: f64, most: usize) -> Result<Solution, String> {
    let n = b.len();
    let mut x = vec![0.0; n];
    let length = norm(b);
    if length == 0.0 {
        return Ok(Solution { x, residual: 0.0, products: 0 });
    }
    let (mut before, mut v, mut w) = (vec![0.0; n], b.to_vec(), vec![0.0; n]);
    scale(1.0 / length, &mut v);
    // The last two directions of descent, and the rotation that reaches into this step.
    let (mut d1, mut d2) = (vec![0.0; n], vec![0.0; n]);
    let (mut c, mut s) = (-1.0, 0.0);
    let (mut delta_next, mut epsilon_next, mut phi, mut beta) = (0.0, 0.0, length, 0.0);
    let mut size = 0.0f64;
    let mut products = 0;
    while products < most {
        operator.apply(&v, &mut w)?;
        products += 1;
        let alpha = super::vectors::dot(&v, &w);
        add(-alpha, &v, &mut w);
        if products > 1 {
            add(-beta, &before, &mut w);
        }
        let next = norm(&w);
        size = size.max(libm::hypot(libm::hypot(alpha, beta), next));
        // The column of the tridiagonal matrix, turned by the earlier rotations and by one of its own.
        let delta = c * delta_next + s * alpha;
        let bar = s * delta_next - c * alpha;
        let epsilon = epsilon_next;
        epsilon_next = s * next;
        delta_next = -c * next;
        // |A r| / |r| of the residual before this step.
        let rise = libm::hypot(bar, delta_next);
        let gamma = libm::hypot(bar, next);
        if rise <= 1e-14 * size || gamma == 0.0 {
            break;
        }
        c = bar / gamma;
        s = next / gamma;
        let step = c * phi;
        phi *= s;
        let mut d = v.clone();
        add(-epsilon, &d2, &mut d);
        add(-delta, &d1, &mut d);
        scale(1.0 / gamma, &mut d);
        add(step, &d, &mut x);
        (d2, d1) = (d1, d);
        if phi.abs() <= tolerance * length || next <= 1e-14 * size {
            break;
        }
        beta = next;
        std::mem::swap(&mut before, &mut v);
        std::mem::swap(&mut v, &mut w);
        scale(1.0 / beta, &mut v);
    }
    Ok(Solution { x, residual: phi.abs() / length, products })
}
