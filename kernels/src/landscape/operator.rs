//! Symmetric matrices known by their products with vectors: the Hessian and the Gauss-Newton matrix of an objective at its point.

use super::objective::Objective;
use super::vectors::dot;

/// A symmetric matrix.
pub trait Operator {
    fn dimension(&self) -> usize;
    /// A v. `Err` where there is no such matrix, or where the product is not a number.
    fn apply(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String>;
    /// dᵢᵀ A dⱼ of directions for i ≤ j, row after row: by products, unless there is a shorter way.
    fn forms(&mut self, directions: &[Vec<f64>]) -> Result<Vec<f64>, String> {
        let mut w = vec![0.0; self.dimension()];
        let mut all = Vec::new();
        for (i, d) in directions.iter().enumerate() {
            self.apply(d, &mut w)?;
            all.extend(directions[i..].iter().map(|e| dot(e, &w)));
        }
        Ok(all)
    }
}

/// The Hessian of an objective at its point.
pub struct Hessian<'a>(pub &'a mut dyn Objective);

/// The Gauss-Newton matrix of an objective at its point.
pub struct GaussNewton<'a>(pub &'a mut dyn Objective);

/// The Fisher matrix of an objective at its point.
pub struct Fisher<'a>(pub &'a mut dyn Objective);

/// The empirical Fisher matrix of an objective at its point.
pub struct EmpiricalFisher<'a>(pub &'a mut dyn Objective);

/// What a length that is not a finite number means.
pub(super) fn finite(length: f64, what: &str) -> Result<(), String> {
    if length.is_finite() { Ok(()) } else { Err(format!("{what} is not finite at this point")) }
}

impl Operator for Hessian<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn apply(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.0.hessian(v, out);
        finite(super::vectors::norm(out), "a product with the Hessian")
    }

    fn forms(&mut self, directions: &[Vec<f64>]) -> Result<Vec<f64>, String> {
        let all = self.0.forms(directions);
        all.iter().try_for_each(|x| finite(*x, "a second derivative"))?;
        Ok(all)
    }
}

impl Operator for GaussNewton<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn apply(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.0.gauss_newton(v, out)?;
        finite(super::vectors::norm(out), "a product with the Gauss-Newton matrix")
    }
}

impl Operator for Fisher<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn apply(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.0.fisher(v, out)?;
        finite(super::vectors::norm(out), "a product with the Fisher matrix")
    }
}

impl Operator for EmpiricalFisher<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn apply(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.0.empirical_fisher(v, out)?;
        finite(super::vectors::norm(out), "a product with the empirical Fisher matrix")
    }
}

/// The whole matrix, row by row, by one product a column; the two halves are averaged, so that it is symmetric to the bit.
pub fn matrix(operator: &mut dyn Operator) -> Result<Vec<f64>, String> {
    let n = operator.dimension();
    let mut a = vec![0.0; n * n];
    let mut v = vec![0.0; n];
    for (i, row) in a.chunks_exact_mut(n.max(1)).enumerate() {
        v[i] = 1.0;
        operator.apply(&v, row)?;
        v[i] = 0.0;
    }
    for i in 0..n {
        for j in 0..i {
            let mean = 0.5 * (a[i * n + j] + a[j * n + i]);
            a[i * n + j] = mean;
            a[j * n + i] = mean;
        }
    }
    Ok(a)
}
