//! The mean of -ln p(v) over rows as a function of the parameters, by sums over all states: for optimisers and for looks at landscapes.
//!
//! Its gradient is E[φ] less the mean of E[φ | v], its Hessian Cov[φ] less the mean of Cov[φ | v], φ = ∂(-E)/∂θ: both exact.

use super::{Machine, Rows, measure};
use crate::landscape::{Block, Objective};
use std::sync::Arc;

/// The negative log-likelihood of an example, on average, at a point.
pub struct Likelihood<M: Machine> {
    machine: M,
    /// Visible states, row after row.
    data: Arc<Vec<f32>>,
    blocks: Vec<Block>,
    point: Vec<f64>,
    /// The machine has the parameters of the point: they are finite.
    set: bool,
    /// ln Z and E[φ] there.
    law: Option<(f64, Vec<f64>)>,
}

impl<M: Machine> Likelihood<M> {
    /// Of rows of visible states; `blocks` are the arrays of parameters. `Err` where states are too many, or data are none.
    pub fn new(machine: M, data: Arc<Vec<f32>>, blocks: Vec<Block>) -> Result<Likelihood<M>, String> {
        machine.enumerable(2)?;
        machine.check(&data, true)?;
        let point = vec![0.0; machine.dimension()];
        let mut f = Likelihood { machine, data, blocks, point: point.clone(), set: false, law: None };
        f.move_to(&point);
        Ok(f)
    }

    fn rows(&self) -> Rows<'_> {
        Rows::visible(self.data.len() / self.machine.visible(), &self.data)
    }

    fn law(&mut self) -> Result<&(f64, Vec<f64>), String> {
        if !self.set {
            return Err("the parameters are no finite numbers".into());
        }
        if self.law.is_none() {
            let mut means = vec![0.0; self.point.len()];
            let log_z = self.machine.exact(&mut means)?;
            self.law = Some((log_z, means));
        }
        self.law.as_ref().ok_or_else(|| "the law is missing".to_string())
    }

    fn loss(&self, log_z: f64) -> Result<f64, String> {
        Ok(measure::free_energy(&self.machine, &self.rows())?.0 + log_z)
    }

    fn try_value(&mut self) -> Result<f64, String> {
        if !self.set {
            return Err("the parameters are no finite numbers".into());
        }
        let log_z = match &self.law {
            Some(law) => law.0,
            None => self.machine.log_z(1.0)?,
        };
        self.loss(log_z)
    }

    fn try_gradient(&mut self, out: &mut [f64]) -> Result<f64, String> {
        let log_z = self.law()?.0;
        let mut given = vec![0.0; out.len()];
        self.machine.means_given(&self.rows(), &mut given)?;
        let means = &self.law()?.1;
        out.iter_mut().zip(means).zip(&given).for_each(|((o, m), g)| *o = m - g);
        self.loss(log_z)
    }

    fn try_hessian(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.law()?;
        let Some((log_z, means)) = &self.law else { return Err("the law is missing".into()) };
        self.machine.covariance(*log_z, means, v, out)?;
        let mut given = vec![0.0; out.len()];
        self.machine.covariance_given(&self.rows(), v, &mut given)?;
        out.iter_mut().zip(&given).for_each(|(o, g)| *o -= g);
        Ok(())
    }
}

/// Where something cannot be computed, it is no number.
impl<M: Machine> Objective for Likelihood<M> {
    fn dimension(&self) -> usize {
        self.point.len()
    }

    fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    fn move_to(&mut self, x: &[f64]) {
        if self.set && self.point == x {
            return;
        }
        self.point.copy_from_slice(x);
        self.law = None;
        self.set = self.machine.set(x).is_ok();
    }

    fn value(&mut self) -> f64 {
        self.try_value().unwrap_or(f64::NAN)
    }

    fn gradient(&mut self, out: &mut [f64]) -> f64 {
        self.try_gradient(out).unwrap_or_else(|_| {
            out.fill(f64::NAN);
            f64::NAN
        })
    }

    fn hessian(&mut self, v: &[f64], out: &mut [f64]) {
        if self.try_hessian(v, out).is_err() {
            out.fill(f64::NAN);
        }
    }

    fn gauss_newton(&mut self, _: &[f64], _: &mut [f64]) -> Result<(), String> {
        Err("a log-likelihood is no loss of outputs".into())
    }

    fn slice(&mut self, origin: &[f64], directions: &[Vec<f64>], points: &[Vec<f64>], out: &mut [f64]) {
        let here = self.point.clone();
        for (point, out) in points.iter().zip(out) {
            let mut x = origin.to_vec();
            for (c, d) in point.iter().zip(directions) {
                x.iter_mut().zip(d).for_each(|(x, d)| *x += c * d);
            }
            self.move_to(&x);
            *out = self.value();
        }
        self.move_to(&here);
    }
}
