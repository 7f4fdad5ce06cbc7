//! Estimates from correlated series: means with honest errors, autocorrelation times, binning and
//! jackknife, propagation of errors, histograms, and features of tabulated curves.
//!
//! Everything here works on plain arrays of `f64`. It must not know about tasks, plans, files or
//! models. Results depend on the values and their order only, never on threads or clocks: sums have
//! a fixed shape and elementary functions come from `libm`.
//!
//! Conventions: the integrated autocorrelation time `tau` is 0.5 for uncorrelated data and the
//! effective sample size is `n / (2 tau)`. Times are in samples. An error is one standard
//! deviation. What cannot be told from the data is NaN; nothing panics, whatever the data.

pub mod autocorrelation;
pub mod binning;
pub mod collapse;
pub mod crossing;
pub mod curves;
pub mod distribution;
mod fit;
mod fourier;
pub mod histogram;
pub mod least_squares;
pub mod local;
pub mod peak;
pub mod propagate;
pub mod reweight;
pub mod sum;
pub mod summary;

pub use autocorrelation::{Tau, autocorrelation, integrated_time};
pub use binning::{BinnedMeans, Bins, Estimate, bins};
pub use crossing::CrossingWindow;
pub use curves::interpolate;
pub use histogram::Histogram;
pub use peak::PeakWindow;
pub use propagate::{Derived, Group, propagate};
pub use summary::{Summary, rhat, summarise};

#[cfg(test)]
mod test_series;
