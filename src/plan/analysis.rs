//! Functions of whole results, as the plan keeps them.

use super::expr::Expr;
use super::operations::Reduction;
use crate::kernels::exact::Known;
use crate::results::{AxisValues, Coordinates};
use serde::{Deserialize, Serialize};

/// Functions of results as a whole. Arguments are expressions with axes; constants are [`Expr::Number`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Analysis {
    /// Arguments: the curve at one coordinate of another axis, and at another. Gives the abscissa.
    Crossing { along: String },
    /// The abscissa (`at` true) or the height of a maximum.
    Peak { along: String, at: bool },
    /// Linear interpolation of a curve at an abscissa (second argument).
    Interpolate { along: String },
    /// A reduction over one axis.
    Along { axis: String, op: Reduction },
    /// Arguments: value, reference. Truth value.
    Agrees { sigmas: f64 },
    /// The standard error of its argument.
    ErrorOf,
    /// Deviation of two values in units of their common error.
    ZScore,

    /// The argument at one coordinate of an axis that the argument makes or keeps by itself.
    At { axis: String, index: usize },
    /// The coordinates of an axis of the argument.
    Coordinate { axis: String },
    /// Least squares. Arguments: the curve, and a formula in which [`Expr::Local`] `first` is the abscissa and the next
    /// numbers are the parameters.
    Fit { along: String, first: u32, start: Vec<f64>, linear: bool, range: (f64, f64), gives: FitMember },
    /// A finite-size-scaling collapse of the argument.
    Collapse(Box<CollapsePlan>),
    /// Averages at other temperatures, from kept series.
    Reweight(Box<ReweightPlan>),
    /// The slope at each point, from the polynomial of a degree through some points.
    Derivative { along: String, points: usize, degree: usize },
    /// The area under a curve, between limits or its ends.
    Integral { along: String, low: Option<f64>, high: Option<f64>, trapezoid: bool },
    /// A function of the realisations along an axis. Arguments: the values, and a form in which [`Expr::Local`] `local` is their list.
    /// Its error is the spread of the realisations: by leaving one out, or by `resamples` drawn with the seed's key.
    Disorder { axis: String, local: u32, resamples: Option<(u64, u64, usize)> },
    /// The autocorrelation function at the lags of a new axis `lag`, or its integral in measurements.
    Autocorrelation { quantity: String, lags: usize, integrated: bool },
    /// Times of passages in sweeps, or the largest step, from a series whose measurements are `every` sweeps apart.
    Passage { quantity: String, every: u64, passage: Passage },
    /// An exactly known function of its arguments.
    Known(Known),
}

/// What a quantity is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Passage {
    Below(f64),
    Above(f64),
    /// A change of sign.
    Reversal,
    /// Not a time: the largest step upwards.
    Rise,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FitMember {
    /// By its number among the parameters.
    Parameter(usize),
    Chi2,
    Freedom,
    PValue,
    Covariance,
}

/// y(T, L) = L^κ f((T - T_c) L^(1/ν)); exponents in the order T_c, ν, κ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CollapsePlan {
    pub along: String,
    pub over: String,
    pub start: [f64; 3],
    pub free: [bool; 3],
    /// Points outside of this range of abscissae do not count.
    pub range: (f64, f64),
    /// Nor do those that are further from T_c at the start, in the scaled variable.
    pub window: f64,
    pub gives: CollapseMember,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CollapseMember {
    /// By its number in the order above.
    Exponent(usize),
    Quality,
    PValue,
    Freedom,
    /// The degree of the master curve.
    Degree,
    /// (T - T_c) L^(1/ν) at each point.
    X,
    /// y L^-κ at each point.
    Y,
}

/// What is reweighted, from which series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReweightPlan {
    pub along: String,
    /// The axis holds inverse temperatures.
    pub inverse: bool,
    pub to: Vec<f64>,
    /// `to` is a list, which makes an axis.
    pub listed: bool,
    pub gives: ReweightMember,
    /// What the points look at; different kinds each once.
    pub cases: Vec<SeriesCase>,
    /// The case of each point of the task.
    pub case_of: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ReweightMember {
    Quantity,
    /// The effective number of samples.
    Effective,
    /// βF less its value at this temperature.
    FreeEnergy {
        from: f64,
    },
}

/// How a quantity follows from kept series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesCase {
    /// A function of averages of observables.
    pub form: Expr,
    /// The names of the observables, by their numbers in the form.
    pub observables: Vec<String>,
    /// The series of the energy, and what to multiply it with for the energy of the whole system.
    pub energy: (String, f64),
}

impl Analysis {
    /// The mean over realisations along an axis.
    pub fn mean_of_draws(axis: &str, of: Expr) -> Expr {
        let local = u32::MAX;
        let form = Expr::Fold(Reduction::Mean, Expr::Local(local).boxed());
        Expr::Analyse(Analysis::Disorder { axis: axis.to_string(), local, resamples: None }, vec![of, form])
    }

    /// The axes of the arguments that the result does not have.
    pub fn bound(&self) -> Vec<&str> {
        match self {
            Analysis::Crossing { along }
            | Analysis::Peak { along, .. }
            | Analysis::Interpolate { along }
            | Analysis::Fit { along, .. }
            | Analysis::Integral { along, .. } => vec![along],
            Analysis::Along { axis, .. } | Analysis::At { axis, .. } | Analysis::Disorder { axis, .. } => vec![axis],
            Analysis::Collapse(c) if !c.pointwise() => vec![&c.along, &c.over],
            Analysis::Reweight(r) => vec![&r.along],
            _ => vec![],
        }
    }

    /// An axis that the arguments do not have, or not with these coordinates.
    pub fn made(&self) -> Option<AxisValues> {
        match self {
            Analysis::Reweight(r) if r.listed => {
                Some(AxisValues { name: r.along.clone(), coordinates: Coordinates::Real(r.to.clone()) })
            }
            Analysis::Autocorrelation { lags, integrated: false, .. } => {
                Some(AxisValues { name: "lag".into(), coordinates: Coordinates::Int((0..=*lags as i64).collect()) })
            }
            _ => None,
        }
    }

    /// Whether the result has this axis, but needs all of its argument at each of its points.
    pub fn holds(&self, axis: &str) -> bool {
        match self {
            Analysis::Derivative { along, .. } => along == axis,
            Analysis::Coordinate { axis: own } => own == axis,
            Analysis::Collapse(c) => c.pointwise() && (c.along == axis || c.over == axis),
            other => other.made().is_some_and(|a| a.name == axis),
        }
    }
}

impl CollapsePlan {
    /// Whether it gives something at each point of the curves.
    pub fn pointwise(&self) -> bool {
        matches!(self.gives, CollapseMember::X | CollapseMember::Y)
    }
}
