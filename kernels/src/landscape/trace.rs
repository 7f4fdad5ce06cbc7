//! The trace of a symmetric matrix, and of its square, from products with random vectors.
//!
//! Hutchinson, Communications in Statistics 19, 433 (1990): E vᵀ A v = tr A for independent elements of mean 0 and variance 1.
//! Hutch++ (Meyer, Musco, Musco and Woodruff, SOSA 2021, 142) takes the trace over the range of some products exactly and
//! samples the rest: its error falls as 1/m with the products m where eigenvalues decay, instead of 1/√m.

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
    /// A third of the products span a range, a third find its trace, a third sample what it leaves.
    HutchPlusPlus,
}

/// tr A and tr A², that is the sums of the eigenvalues and of their squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traces {
    pub first: Estimate,
    pub second: Estimate,
    /// Whether the first is exact.
    pub exact: bool,
    pub products: usize,
}

/// Both traces by at most `products` products, at least one. Where the matrix knows its trace, that is taken.
pub fn traces(operator: &mut dyn Operator, method: Method, products: usize, key: Key) -> Result<Traces, String> {
    if products == 0 {
        return Err("the trace of a matrix needs one product at least".into());
    }
    let exact = operator.exact_trace();
    let mut out = match method {
        Method::HutchPlusPlus if products >= 3 => plus_plus(operator, products, key)?,
        Method::Gaussian => plain(operator, normals, products, key)?,
        _ => plain(operator, signs, products, key)?,
    };
    if let Some(trace) = exact {
        out.first = Estimate::exact(trace);
        out.exact = true;
    }
    Ok(out)
}

/// The trace alone, without any product where the matrix knows it.
pub fn trace(operator: &mut dyn Operator, method: Method, products: usize, key: Key) -> Result<Estimate, String> {
    match operator.exact_trace() {
        Some(trace) => Ok(Estimate::exact(trace)),
        None => Ok(traces(operator, method, products, key)?.first),
    }
}

fn plain(operator: &mut dyn Operator, draw: fn(Key, &mut [f64]), products: usize, key: Key) -> Result<Traces, String> {
    let n = operator.dimension();
    let (mut v, mut w) = (vec![0.0; n], vec![0.0; n]);
    let (mut first, mut second) = (Vec::with_capacity(products), Vec::with_capacity(products));
    for k in 0..products {
        draw(key.derive(k as u64), &mut v);
        operator.apply(&v, &mut w)?;
        first.push(dot(&v, &w));
        second.push(dot(&w, &w));
    }
    Ok(Traces { first: Estimate::mean(&first), second: Estimate::mean(&second), exact: false, products })
}

fn plus_plus(operator: &mut dyn Operator, products: usize, key: Key) -> Result<Traces, String> {
    let n = operator.dimension();
    let rank = (products / 3).min(n);
    let mut used = 0;
    let (mut v, mut w) = (vec![0.0; n], vec![0.0; n]);
    // An orthonormal basis of the range.
    let mut range: Vec<Vec<f64>> = Vec::with_capacity(rank);
    for k in 0..rank {
        signs(key.derive(k as u64), &mut v);
        operator.apply(&v, &mut w)?;
        used += 1;
        let length = norm(&w);
        project_out(&range, &mut w);
        project_out(&range, &mut w);
        // Less than this is rounding: the range is spanned.
        if unit(&mut w) > 1e-12 * length && length > 0.0 {
            range.push(w.clone());
        }
    }
    let (mut first, mut second) = (0.0, 0.0);
    for q in &range {
        operator.apply(q, &mut w)?;
        used += 1;
        first += dot(q, &w);
        second += dot(&w, &w);
    }
    if range.len() == n {
        return Ok(Traces { first: Estimate::exact(first), second: Estimate::exact(second), exact: true, products: used });
    }
    let (mut rest, mut rest_of_square) = (Vec::new(), Vec::new());
    while used < products {
        signs(key.derive((1 << 32) + used as u64), &mut v);
        project_out(&range, &mut v);
        operator.apply(&v, &mut w)?;
        used += 1;
        rest.push(dot(&v, &w));
        rest_of_square.push(dot(&w, &w));
    }
    let (first, second) = (Estimate::mean(&rest).plus(first), Estimate::mean(&rest_of_square).plus(second));
    Ok(Traces { first, second, exact: false, products: used })
}

fn project_out(range: &[Vec<f64>], v: &mut [f64]) {
    for q in range {
        let c = dot(q, v);
        add(-c, q, v);
    }
}
