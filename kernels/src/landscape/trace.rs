//! The trace of a symmetric matrix from random vectors.
//!
//! Hutchinson, Communications in Statistics 19, 433 (1990): E vᵀ A v = tr A for independent elements of mean 0 and variance 1.
//! Hutch++ (Meyer, Musco, Musco and Woodruff, SOSA 2021, 142) takes the trace over the range of some products exactly and
//! samples the rest: its error falls as 1/m with the vectors m where eigenvalues decay, instead of 1/√m. Only the range needs
//! products; all else are numbers vᵀ A v, which a Hessian has for half the work.

use super::draws::{normals, signs};
use super::estimate::Estimate;
use super::operator::Operator;
use super::vectors::{add, dot, norm, unit};
use crate::random::Key;

/// How the random vectors are drawn, and what is done with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Elements +1 and -1: no error on diagonal matrices.
    Rademacher,
    /// Normal elements.
    Gaussian,
    /// A third of the vectors span a range, a third find its trace, a third sample what it leaves.
    HutchPlusPlus,
}

/// The trace by at most `count` vectors, at least one. The error is 0 where they span all that the matrix moves.
pub fn trace(operator: &mut dyn Operator, method: Method, count: usize, key: Key) -> Result<Estimate, String> {
    if count == 0 {
        return Err("the trace of a matrix needs one random vector at least".into());
    }
    match method {
        Method::HutchPlusPlus if count >= 3 => plus_plus(operator, count, key),
        Method::Gaussian => plain(operator, normals, count, key),
        _ => plain(operator, signs, count, key),
    }
}

/// vᵀ A v
fn form(operator: &mut dyn Operator, v: Vec<f64>) -> Result<f64, String> {
    Ok(operator.forms(&[v])?[0])
}

fn plain(operator: &mut dyn Operator, draw: fn(Key, &mut [f64]), count: usize, key: Key) -> Result<Estimate, String> {
    let n = operator.dimension();
    let mut samples = Vec::with_capacity(count);
    for k in 0..count {
        let mut v = vec![0.0; n];
        draw(key.derive(k as u64), &mut v);
        samples.push(form(operator, v)?);
    }
    Ok(Estimate::mean(&samples))
}

fn plus_plus(operator: &mut dyn Operator, count: usize, key: Key) -> Result<Estimate, String> {
    let n = operator.dimension();
    let rank = (count / 3).min(n);
    let (mut v, mut w) = (vec![0.0; n], vec![0.0; n]);
    // An orthonormal basis of the range.
    let mut range: Vec<Vec<f64>> = Vec::with_capacity(rank);
    for k in 0..rank {
        signs(key.derive(k as u64), &mut v);
        operator.apply(&v, &mut w)?;
        let length = norm(&w);
        project_out(&range, &mut w);
        project_out(&range, &mut w);
        // Less than this is rounding: the range is spanned.
        if unit(&mut w) > 1e-12 * length && length > 0.0 {
            range.push(w.clone());
        }
    }
    let mut known = 0.0;
    for q in &range {
        known += form(operator, q.clone())?;
    }
    if range.len() == n {
        return Ok(Estimate::exact(known));
    }
    let mut rest = Vec::new();
    for k in rank + range.len()..count {
        let mut v = vec![0.0; n];
        signs(key.derive((1 << 32) + k as u64), &mut v);
        project_out(&range, &mut v);
        rest.push(form(operator, v)?);
    }
    Ok(Estimate::mean(&rest).plus(known))
}

fn project_out(range: &[Vec<f64>], v: &mut [f64]) {
    for q in range {
        let c = dot(q, v);
        add(-c, q, v);
    }
}
