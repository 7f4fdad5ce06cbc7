//! What errors come from.

/// What an error comes from: each is varied by itself, with all others at their central values.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The replicates of a point of a task: one bin of time left out.
    Point { task: String, point: usize, bins: usize },
    /// The realisations along an axis: one left out.
    Realisations { axis: String, count: usize },
    /// The realisations along an axis, drawn with repetition.
    Resamples { axis: String, key: (u64, u64), count: usize },
    /// The points of a curve without errors: one left out of its fit. Named by the fit.
    Scatter { fit: String, count: usize },
}

impl Source {
    /// How many replicates it has.
    pub fn replicates(&self) -> usize {
        match self {
            Source::Point { bins, .. } => *bins,
            Source::Realisations { count, .. } | Source::Resamples { count, .. } | Source::Scatter { count, .. } => *count,
        }
    }
}
