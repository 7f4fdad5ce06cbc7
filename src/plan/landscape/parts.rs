//! The arrays that a probe gives: their names, axes and shapes.

use super::{Directions, Probe};
use crate::results::{AxisValues, Coordinates};

/// An array that a look gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What is added to the quantity's name; empty for the first part.
    pub suffix: &'static str,
    /// Its named dimensions, then those without names.
    pub axes: Vec<AxisValues>,
    pub shape: Vec<usize>,
}

impl Part {
    fn of(suffix: &'static str, axes: &[AxisValues], shape: &[usize]) -> Part {
        Part { suffix, axes: axes.to_vec(), shape: shape.to_vec() }
    }

    /// All sizes, those of the axes first.
    pub fn sizes(&self) -> Vec<usize> {
        self.axes.iter().map(|a| a.coordinates.len()).chain(self.shape.iter().copied()).collect()
    }
}

/// What a projection can look like, in the order of [`Probe::CriticalPoint`]'s values.
pub const KINDS: [&str; 4] = ["minimum", "maximum", "saddle", "flat"];

fn numbered(name: &str, count: usize) -> AxisValues {
    AxisValues { name: name.into(), coordinates: Coordinates::Int((0..count as i64).collect()) }
}

/// Equal steps from the first to the last.
pub fn steps(range: (f64, f64), points: usize) -> Vec<f64> {
    let last = points.max(2) - 1;
    (0..points).map(|k| if k == last { range.1 } else { range.0 + (range.1 - range.0) * k as f64 / last as f64 }).collect()
}

fn stepped(name: &str, range: (f64, f64), points: usize) -> AxisValues {
    AxisValues { name: name.into(), coordinates: Coordinates::Real(steps(range, points)) }
}

/// So many images.
fn images(name: &str, count: usize, [rows, columns]: [usize; 2]) -> Vec<AxisValues> {
    vec![numbered(name, count), numbered("row", rows), numbered("column", columns)]
}

/// The axes of a slice along some directions.
fn plane(directions: &Directions, range: (f64, f64), points: usize) -> Vec<AxisValues> {
    ["α", "β"].iter().take(directions.count()).map(|name| stepped(name, range, points)).collect()
}

impl Probe {
    /// The arrays that it gives. `dimension`: the number of variables; `times`: the axis of the trajectory that it looks at.
    pub fn parts(&self, dimension: usize, times: Option<&AxisValues>) -> Vec<Part> {
        let number = || vec![Part::of("", &[], &[])];
        match self {
            Probe::Eigenvalues { largest, smallest, .. } => {
                let n = largest + smallest;
                vec![Part::of("", &[], &[n]), Part::of("residual", &[], &[n])]
            }
            Probe::Spectrum { .. } => vec![Part::of("", &[], &[dimension])],
            Probe::Density { points, range, .. } => {
                let grid = [match range {
                    Some(range) => stepped("grid", *range, *points),
                    None => numbered("grid", *points),
                }];
                vec![Part::of("", &grid, &[]), Part::of("eigenvalue", &grid, &[])]
            }
            Probe::Curvatures { projections } => {
                let axis = [numbered("projection", *projections)];
                ["", "first", "second"].iter().map(|suffix| Part::of(suffix, &axis, &[])).collect()
            }
            Probe::CriticalPoint { .. } => {
                let kinds = Coordinates::Text(KINDS.iter().map(|k| k.to_string()).collect());
                vec![Part::of("", &[AxisValues { name: "kind".into(), coordinates: kinds }], &[])]
            }
            Probe::Slice { directions, range, points } | Probe::EigenvalueMap { directions, range, points, .. } => {
                vec![Part::of("", &plane(directions, *range, *points), &[])]
            }
            Probe::Trajectory { directions } => {
                let times: Vec<AxisValues> = times.cloned().into_iter().collect();
                vec![Part::of("", &times, &[directions.count()]), Part::of("explained", &[], &[directions.count()])]
            }
            Probe::Interpolation { points, range, .. } => {
                vec![Part::of("", &[stepped("t", *range, *points)], &[]), Part::of("barrier", &[], &[])]
            }
            Probe::Stationary { .. } => {
                let mut parts: Vec<Part> =
                    ["", "gradient_norm", "index", "distance"].iter().map(|suffix| Part::of(suffix, &[], &[])).collect();
                parts.push(Part::of("point", &[], &[dimension]));
                parts
            }
            Probe::Variables { shape, .. } => vec![Part::of("", &[], shape)],
            Probe::AnnealedImportance { .. } => vec![Part::of("", &[], &[]), Part::of("effective", &[], &[])],
            Probe::Mixing { .. } => vec![Part::of("", &[], &[]), Part::of("r_hat", &[], &[])],
            Probe::SingularValues { count, .. } => vec![Part::of("", &[], &[*count])],
            Probe::ReceptiveFields { units, image, .. } => vec![Part::of("", &images("unit", *units, *image), &[])],
            Probe::Gallery { count, image, .. } => vec![Part::of("", &images("example", *count, *image), &[])],
            Probe::Completion { count, image, .. } => {
                vec![Part::of("", &images("example", *count, *image), &[]), Part::of("error", &[], &[])]
            }
            Probe::Loss
            | Probe::PseudoLikelihood
            | Probe::Reconstruction
            | Probe::FreeEnergy
            | Probe::LogLikelihood
            | Probe::LogZ
            | Probe::Divergence { .. }
            | Probe::Metric(_)
            | Probe::Rate
            | Probe::GradientNorm
            | Probe::WeightNorm { .. }
            | Probe::Distance
            | Probe::Trace { .. }
            | Probe::MeanCurvature { .. }
            | Probe::Index { .. }
            | Probe::Condition
            | Probe::Sharpness { .. } => number(),
        }
    }
}
