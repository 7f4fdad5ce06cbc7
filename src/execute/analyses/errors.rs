//! Analyses that look at errors: they have none of their own, and are the same for all replicates.

use super::super::derive::{Evaluation, Position, Tensor};
use crate::plan::{Analysis, Expr, Op};

impl Evaluation<'_> {
    pub(super) fn of_errors(&self, analysis: &Analysis, parts: &[Expr], key: String, at: &Position) -> Result<Tensor, String> {
        let known = self.windows.borrow().fixed.get(&key).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let value = match analysis {
            Analysis::Agrees { sigmas } => {
                let z = self.z_scores(parts, at)?;
                let data = z.data.iter().map(|z| f64::from(u8::from(z.abs() <= *sigmas))).collect();
                Tensor { shape: z.shape, data }
            }
            Analysis::ErrorOf => {
                let (t, error) = self.results.derive_at(&parts[0], at)?;
                Tensor { shape: t.shape, data: error }
            }
            _ => self.z_scores(parts, at)?,
        };
        self.windows.borrow_mut().fixed.insert(key, value.clone());
        Ok(value)
    }

    /// (a - b) / error(a - b), the correlation of a and b included. Without errors: 0 where they are
    /// equal to 1e-9, else infinite.
    fn z_scores(&self, parts: &[Expr], at: &Position) -> Result<Tensor, String> {
        let difference = Expr::Binary(Op::Subtract, parts[0].clone().boxed(), parts[1].clone().boxed());
        let (d, error) = self.results.derive_at(&difference, at)?;
        let (a, _) = self.results.derive_at(&parts[0], at)?;
        let data = d
            .data
            .iter()
            .zip(&error)
            .enumerate()
            .map(|(k, (d, e))| {
                let scale = a.data[if a.shape.is_empty() { 0 } else { k }].abs().max(1e-300);
                if d.is_nan() || e.is_nan() {
                    f64::NAN
                } else if *e > 0.0 {
                    d / e
                } else if d.abs() <= 1e-9 * scale || d.abs() < 1e-12 {
                    0.0
                } else {
                    f64::INFINITY.copysign(*d)
                }
            })
            .collect();
        Ok(Tensor { shape: d.shape, data })
    }
}
