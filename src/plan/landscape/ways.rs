//! The words that choose between ways to look: the matrix, how its trace is taken, what sharpness is.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matrix {
    Hessian,
    GaussNewton,
    /// Of the distribution that the outputs predict.
    Fisher,
    /// Of the gradients at the targets of the data.
    EmpiricalFisher,
}

impl Matrix {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Matrix::Hessian => "hessian",
            Matrix::GaussNewton => "gauss_newton",
            Matrix::Fisher => "fisher",
            Matrix::EmpiricalFisher => "empirical_fisher",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TraceMethod {
    /// Exact where the layers allow it, else Hutchinson with signs.
    Automatic,
    Exact,
    Rademacher,
    Gaussian,
    HutchPlusPlus,
    /// From values along random lines: no products with the Hessian.
    Values,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sharpness {
    Worst,
    Average,
    /// One step up the gradient (Foret et al. 2021).
    Sam,
}
