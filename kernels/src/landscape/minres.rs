//! Vectors with the least residual of a symmetric system, indefinite or singular: MINRES (Paige and Saunders, SIAM J. Numer. Anal.
//! 12, 617 (1975)), and conjugate gradients on the normal equations within a radius (Steihaug, SIAM J. Numer. Anal. 20, 626 (1983)),
//! which take two products a step but set out along the steepest descent of the residual.

use super::operator::Operator;
use super::vectors::{add, dot, norm, scale};

/// What is left when the solver stops.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    pub x: Vec<f64>,
    /// |b - A x| over |b|.
    pub residual: f64,
    pub products: usize,
}

/// Stops when |b - A x| is at most `tolerance` |b|, when what remains is orthogonal to the range of A, when |x| would exceed `radius`
/// (then with |x| = radius), or after `most` products.
pub fn solve(operator: &mut dyn Operator, b: &[f64], tolerance: f64, radius: f64, most: usize) -> Result<Solution, String> {
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
        let alpha = dot(&v, &w);
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
        let earlier = phi;
        phi *= s;
        let mut d = v.clone();
        add(-epsilon, &d2, &mut d);
        add(-delta, &d1, &mut d);
        scale(1.0 / gamma, &mut d);
        let (whole, along) = (dot(&x, &x), dot(&x, &d) * step);
        add(step, &d, &mut x);
        if norm(&x) > radius {
            // Back along the last step, to where |x|² = |x before|² + 2 θ along + θ² square is the radius'.
            let square = dot(&d, &d) * step * step;
            let room = (radius * radius - whole).max(0.0);
            let theta = room / (along + (along * along + square * room).sqrt());
            add((theta - 1.0) * step, &d, &mut x);
            // The last step's share of the residual is orthogonal to what remains after it.
            phi = libm::hypot(phi, (1.0 - theta) * ((earlier - phi) * (earlier + phi)).max(0.0).sqrt());
            break;
        }
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

/// The same by conjugate gradients on A A x = A b, on the way to which the residual falls and |x| grows; it ends where |x| would
/// exceed `radius`, on that radius.
pub fn within(operator: &mut dyn Operator, b: &[f64], tolerance: f64, radius: f64, most: usize) -> Result<Solution, String> {
    let n = b.len();
    let (mut x, mut r, mut s, mut q) = (vec![0.0; n], b.to_vec(), vec![0.0; n], vec![0.0; n]);
    let length = norm(b);
    if length == 0.0 || most < 2 {
        return Ok(Solution { x, residual: if length == 0.0 { 0.0 } else { 1.0 }, products: 0 });
    }
    operator.apply(&r, &mut s)?;
    let mut products = 1;
    let mut d = s.clone();
    let (mut square, first) = (dot(&s, &s), norm(&s));
    while products + 2 <= most && square.sqrt() > 1e-14 * first {
        operator.apply(&d, &mut q)?;
        let moved = dot(&q, &q);
        if moved == 0.0 {
            break;
        }
        let mut step = square / moved;
        let (whole, along, across) = (dot(&x, &x), dot(&x, &d), dot(&d, &d));
        let far = whole + step * (2.0 * along + step * across) > radius * radius;
        if far {
            let room = (radius * radius - whole).max(0.0);
            step = room / (along + (along * along + across * room).sqrt());
        }
        add(step, &d, &mut x);
        add(-step, &q, &mut r);
        products += 1;
        if far || norm(&r) <= tolerance * length {
            break;
        }
        operator.apply(&r, &mut s)?;
        products += 1;
        let next = dot(&s, &s);
        scale(next / square, &mut d);
        add(1.0, &s, &mut d);
        square = next;
    }
    Ok(Solution { x, residual: norm(&r) / length, products })
}
