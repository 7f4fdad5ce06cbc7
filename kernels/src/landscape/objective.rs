//! What optimisers and probes ask of a function.

use super::vectors::dot;

/// A differentiable function of a vector, at a point that it remembers. All vectors are f64 here, whatever the function computes in.
///
/// `move_to` is dear (activations, back-propagated errors); what follows at the same point uses what it left.
pub trait Objective {
    /// The number of variables.
    fn dimension(&self) -> usize;
    /// The named pieces that the variables consist of, in their order.
    fn blocks(&self) -> &[Block];
    /// The point for all that follows.
    fn move_to(&mut self, x: &[f64]);
    fn value(&mut self) -> f64;
    /// The gradient; returns the value.
    fn gradient(&mut self, out: &mut [f64]) -> f64;
    /// H v, exact.
    fn hessian(&mut self, v: &[f64], out: &mut [f64]);
    /// dᵢᵀ H dⱼ of directions for i ≤ j, row after row.
    fn forms(&mut self, directions: &[Vec<f64>]) -> Vec<f64> {
        let mut w = vec![0.0; self.dimension()];
        let mut all = Vec::new();
        for (i, d) in directions.iter().enumerate() {
            self.hessian(d, &mut w);
            all.extend(directions[i..].iter().map(|e| dot(e, &w)));
        }
        all
    }
    /// (G v): the Gauss-Newton matrix, Jᵀ (∂²loss/∂outputs²) J. `Err` where the function has no outputs that a loss is taken of.
    fn gauss_newton(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String>;
    /// The Fisher matrix of the distribution that the outputs predict, times v: the mean over examples x of E [(∇ln p(y|x) · v) ∇ln p(y|x)]
    /// over targets y that are drawn from p(y|x) itself.
    fn fisher(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        let _ = (v, out);
        Err("only a distribution of targets has a Fisher matrix".into())
    }
    /// The empirical Fisher matrix times v: the mean over examples of (∇l · v) ∇l at the targets that the data have.
    fn empirical_fisher(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        let _ = (v, out);
        Err("only a mean over examples has an empirical Fisher matrix".into())
    }
    /// The values at origin + Σ_k c_k directions[k] for each row c of `points`; leaves the point as it was.
    fn slice(&mut self, origin: &[f64], directions: &[Vec<f64>], points: &[Vec<f64>], out: &mut [f64]);
}

/// A piece of the variables: one array of weights, or one variable of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub name: String,
    pub start: usize,
    pub shape: Vec<usize>,
    /// The dimensions that number filters or units of the layer: `normalise: filter` scales each of them by itself. For a dense
    /// layer [in, out] that is 1, for a convolution [out, in, h, w] it is 0; `None` for biases and the like.
    pub unit: Option<usize>,
}

impl Block {
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    pub fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.size()
    }
}
