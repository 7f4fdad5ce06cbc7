//! Boltzmann machines: chains, statistics, exact sums and gradients of models of an exponential family with visible and hidden
//! units.
//!
//! A machine's law is p(x; θ) ∝ exp(Σ_m η_m φ_m(x)) at β = 1, x = (v, h), so -E = Σ η φ (+ what does not depend on θ), and η =
//! base + A θ ([`Coordinates`]): the caller puts the sign of the energy and a temperature into `base` and A. θ is flat, in double
//! precision.
//!
//! ```text
//! Machine (trait)        set(θ), start, sweep, energies, statistics, contrast, divergence, free_energies, reconstruct, singles,
//!                        log_z, exact, covariance, means_given, covariance_given, fields, anneal, centre, sparsity, features
//! Bipartite              two layers without couplings inside: -E = Σ v_i W_ij h_j + Σ b_i v_i + Σ c_j h_j, η = (W by rows, b, c)
//!                        layers of groups of units: Two { low, high }, Labels(q) (one column for each label), Real { sigma }
//! General                sums of products of functions of units of any finite sets; hidden units may couple
//! Trainer                the gradient of an objective by Method::{Contrastive, Persistent, FastPersistent, Tempered, Exact, MeanField,
//!                        PseudoLikelihood, RatioMatching}, with centring and sparsity; its chains are kept from step to step
//! natural::direction     F⁻¹ g with F the covariance of φ, by conjugate gradients; Trainer::natural from a method's own states
//! serves                 whether a method and its options serve a machine, and why not
//! Likelihood             the mean of -ln p over rows as an objective: value, gradient and products with its Hessian
//! measure                log_likelihood, annealed (AIS with error and effective sample size), kl_divergence, reconstruction_error
//! ```
//!
//! States are rows of labels in single precision, row after row: of a unit of a finite set the place of its value in the set (0, 1, ...;
//! for `Two` 0 is `low` and 1 is `high`, and data may lie between as a mean), of a real unit its value. Visible units come first.
//!
//! Every number is a function of keys and places: draws are Philox words addressed by (key, purpose, sweep, row, unit), sums have a fixed
//! shape. The number of threads changes nothing.

mod bipartite;
mod bits;
mod coordinates;
mod general;
mod likelihood;
mod logistic;
pub mod measure;
pub mod natural;
mod product;
mod serves;
#[cfg(test)]
mod tests;
pub mod train;
mod turn;
mod words;

pub use bipartite::{Bipartite, Layer, Unit};
pub use coordinates::Coordinates;
pub use general::{Factor, General};
pub use likelihood::Likelihood;
pub use serves::{serves, serves_single};
pub use train::{Method, Trainer};

use super::random::Key;

/// States, row after row: of the visible units, and of the hidden ones where they are known.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    pub count: usize,
    /// `[count, visible]`
    pub visible: &'a [f32],
    /// `[count, hidden]`
    pub hidden: Option<&'a [f32]>,
}

impl<'a> Rows<'a> {
    /// Visible states alone.
    pub fn visible(count: usize, visible: &'a [f32]) -> Rows<'a> {
        Rows { count, visible, hidden: None }
    }
}

/// Markov chains side by side, and where their random streams stand: all that a checkpoint needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Chains {
    pub count: usize,
    pub visible: Vec<f32>,
    pub hidden: Vec<f32>,
    pub key: Key,
    /// Sweeps done since the start: the next one draws the words of this number.
    pub sweeps: u64,
}

impl Chains {
    /// All states.
    pub fn rows(&self) -> Rows<'_> {
        Rows { count: self.count, visible: &self.visible, hidden: Some(&self.hidden) }
    }
}

/// What [`Machine::sweep`] does.
#[derive(Clone, Copy, Debug)]
pub struct Sweeps<'a> {
    pub count: u64,
    /// The inverse temperature: one for all chains, or one for each.
    pub betas: &'a [f64],
    /// Units that keep their values (visible, then hidden), the same in all chains.
    pub clamped: Option<&'a [bool]>,
}

impl Sweeps<'_> {
    /// Free sweeps at β = 1.
    pub fn free(count: u64) -> Sweeps<'static> {
        Sweeps { count, betas: &[1.0], clamped: None }
    }

    fn beta(&self, row: usize) -> f64 {
        self.betas[if self.betas.len() == 1 { 0 } else { row }]
    }
}

/// The objectives that look at one visible unit at a time, given all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Single {
    /// -Σ_i ln p(v_i | the others) (Besag, The Statistician 24, 179 (1975)).
    PseudoLikelihood,
    /// Σ_i (1 - p(v_i | the others))², for units of two values (Hyvärinen, Comput. Stat. Data Anal. 51, 2499 (2007)).
    RatioMatching,
}

/// A path of annealing, from a product law (β = 0) to the machine (β = 1), or back.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    /// Ascending, from 0 to 1.
    pub betas: &'a [f64],
    /// Rows of the data whose means set the fields of the visible units at β = 0; without them the law there is uniform
    /// (real units: centred at 0).
    pub base: Option<Rows<'a>>,
    pub key: Key,
}

/// What annealing gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Annealed {
    /// ln Z of the product law.
    pub base: f64,
    /// ln w of each chain: forward ln Z = base + ln mean w, backward ln Z = base - ln mean w.
    pub weights: Vec<f64>,
    /// Where the chains ended.
    pub visible: Vec<f32>,
}

/// A law of visible and hidden units with parameters θ. Rows are checked by [`Machine::check`] beforehand; sizes are asserted.
pub trait Machine: Clone + Send + Sync {
    /// The number of parameters.
    fn dimension(&self) -> usize;
    fn visible(&self) -> usize;
    fn hidden(&self) -> usize;
    /// Columns of means of the visible and of the hidden units: one for each unit, q for a unit of q > 2 labels.
    fn widths(&self) -> (usize, usize);
    /// Whether some visible unit is real.
    fn real(&self) -> bool;
    /// How many values a unit has (visible units first), or none for a real one.
    fn values(&self, unit: usize) -> Option<usize>;
    /// Whether hidden units are independent given the visible ones: then conditional means are exact and need no chain.
    fn independent(&self) -> bool;
    /// Puts parameters in; `Err` where one is no finite number.
    fn set(&mut self, theta: &[f64]) -> Result<(), String>;
    /// `count` chains in states drawn from the uniform law (real units: normal around 0).
    fn start(&self, count: usize, key: Key) -> Chains;
    /// Block Gibbs: every sweep draws the hidden units given the visible ones, and then the visible ones given the hidden.
    fn sweep(&self, chains: &mut Chains, how: &Sweeps);
    /// The energy of each row; hidden states are needed.
    fn energies(&self, rows: &Rows, out: &mut [f64]);
    /// Adds `scale` Σ_rows ∂(-E)/∂θ: averaged over the hidden units given the visible ones where they are independent, else at the
    /// hidden states of the rows.
    fn statistics(&self, rows: &Rows, scale: f64, out: &mut [f64]);
    /// Mean ∂(-E)/∂θ over `model` less that over `data`: the gradient of the negative log-likelihood of an example.
    fn contrast(&self, data: &Rows, model: &Rows, out: &mut [f64]) {
        out.fill(0.0);
        self.statistics(model, 1.0 / model.count as f64, out);
        self.statistics(data, -1.0 / data.count as f64, out);
    }
    /// Contrastive divergence: [`Machine::contrast`] of the data and of chains that made `steps` sweeps from it (hidden states are
    /// needed where hidden units couple).
    fn divergence(&self, data: &Rows, steps: u64, key: Key, out: &mut [f64]) {
        let mut chains = self.start(data.count, key);
        chains.visible.copy_from_slice(data.visible);
        if let Some(hidden) = data.hidden {
            chains.hidden.copy_from_slice(hidden);
        }
        self.sweep(&mut chains, &Sweeps::free(steps));
        self.contrast(data, &chains.rows(), out);
    }
    /// -ln Σ_h exp(-β E(v, h)) of each row. `Err` where hidden units couple and are too many to enumerate.
    fn free_energies(&self, rows: &Rows, beta: f64, out: &mut [f64]) -> Result<(), String>;
    /// The columns of the visible states of rows, and the means of the hidden columns given them: [rows, both widths]. Where hidden units
    /// couple, their means are those of mean field.
    fn expand(&self, rows: &Rows, out: &mut [f64]);
    /// The means of the visible columns given the means of the hidden ones given the rows, [rows, first width].
    fn reconstruct(&self, rows: &Rows, out: &mut [f32]) -> Result<(), String>;
    /// The mean over rows of an objective, and its gradient (overwritten) where asked for.
    fn singles(&self, rows: &Rows, what: Single, out: Option<&mut [f64]>) -> Result<f64, String>;
    /// ln Z at β by enumeration of at most 2^25 states.
    fn log_z(&self, beta: f64) -> Result<f64, String>;
    /// ln Z and (overwritten) the mean of ∂(-E)/∂θ, by enumeration.
    fn exact(&self, out: &mut [f64]) -> Result<f64, String>;
    /// Whether enumeration gives ln Z and its first derivatives (`order` 1), or the second ones too (2): `Err` says why not.
    fn enumerable(&self, order: u8) -> Result<(), String>;
    /// Whether [`Machine::free_energies`] can sum the hidden units out: `Err` says why not.
    fn summable(&self) -> Result<(), String>;
    /// Whether [`Machine::fields`] knows an order: `Err` says why not.
    fn reacts(&self, order: u8) -> Result<(), String>;
    /// Cov[φ] x (overwritten), φ = ∂(-E)/∂θ, by enumeration; `log_z` and `means` as [`Machine::exact`] gives them. It is the matrix of
    /// second derivatives of ln Z, and the Fisher matrix of the law of all units.
    fn covariance(&self, log_z: f64, means: &[f64], x: &[f64], out: &mut [f64]) -> Result<(), String>;
    /// The mean over rows of E[φ | v] (overwritten), exactly and in double precision.
    fn means_given(&self, rows: &Rows, out: &mut [f64]) -> Result<(), String>;
    /// The mean over rows of Cov[φ | v] x (overwritten), exactly.
    fn covariance_given(&self, rows: &Rows, x: &[f64], out: &mut [f64]) -> Result<(), String>;
    /// The mean of ∂(-E)/∂θ in mean field (`order` 1) or with the reaction of the fields (2, 3: Thouless, Anderson, Palmer), at
    /// the fixed points that `steps` damped iterations find from rows of means ([rows, both widths]), which are replaced. Gives the mean of the free energies found.
    fn fields(&self, means: &mut [f64], order: u8, steps: u32, out: &mut [f64]) -> Result<f64, String>;
    /// Annealed importance sampling (Neal 2001; Salakhutdinov, Murray, ICML 2008) with `count` chains from the product law.
    fn anneal(&self, count: usize, path: &Path) -> Result<Annealed, String>;
    /// The same backwards, from states of the machine to the product law.
    fn anneal_back(&self, from: &Rows, path: &Path) -> Result<Annealed, String>;
    /// Turns a gradient into that of centred units (Melchior, Fischer, Wiskott, J. Mach. Learn. Res. 17, 99 (2016)), with offsets as
    /// [`Machine::means`] gives them. `Err` where a coupling has no fields of its own.
    fn centre(&self, offsets: &[f64], gradient: &mut [f64]) -> Result<(), String>;
    /// The means of all columns over the rows (of the values, not of labels; visible units first, hidden ones given them).
    fn means(&self, rows: &Rows, out: &mut [f64]);
    /// Adds the gradient of `strength` Σ_j (q_j - target)², q_j the mean over rows of the probability that hidden unit j has its last
    /// value (Lee, Ekanadham, Ng, NIPS 20 (2008)), and gives its value.
    fn sparsity(&self, rows: &Rows, target: f64, strength: f64, out: &mut [f64]) -> Result<f64, String>;
    /// ∂(-E)/∂θ at one state (overwritten).
    fn features(&self, visible: &[f32], hidden: &[f32], out: &mut [f64]);

    /// Whether rows are states of the visible units: their number, their width and each value.
    fn check(&self, visible: &[f32], fractions: bool) -> Result<usize, String> {
        let width = self.visible();
        if visible.is_empty() || width == 0 {
            return Err("there are no data".into());
        }
        if !visible.len().is_multiple_of(width) {
            return Err(format!("{} numbers do not make rows of {width} units", visible.len()));
        }
        for (k, x) in visible.iter().enumerate() {
            let fits = match self.values(k % width) {
                None => x.is_finite(),
                Some(2) if fractions => (0.0..=1.0).contains(x),
                Some(q) => *x >= 0.0 && *x < q as f32 && x.trunc() == *x,
            };
            if !fits {
                return Err(format!("row {} has {x} for unit {}, which is none of its values", k / width, k % width));
            }
        }
        Ok(visible.len() / width)
    }
}
