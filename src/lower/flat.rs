//! Walkers on the energy axis for a model.

use super::choose::Choice;
use super::kernel::{Chain, Kernel, OfSpins};
use super::prepared::Prepared;
use super::rows::lanes;
use crate::kernels::flat::{FlatSampler, Levels, Settings};
use crate::kernels::random::{Key, Stream};
use crate::plan::Method;

/// Random states that are looked at for forbidden ones, and the most operations that this may take.
const LOOKS: u64 = 1 << 14;
const OPERATIONS: u64 = 1 << 26;

/// Walkers, as those that measure them and those that teach them see them.
pub struct Flat(OfSpins<FlatSampler>);

impl Flat {
    /// The walkers as chains.
    pub fn kernel(&self) -> &dyn Kernel {
        &self.0
    }

    pub fn walkers(&self) -> &FlatSampler {
        &self.0.inner
    }

    pub fn walkers_mut(&mut self) -> &mut FlatSampler {
        &mut self.0.inner
    }
}

/// Walkers of a model: on pairs of spins where its energy is a sum of them, else on any energy.
pub(super) fn walkers(p: &Prepared, method: Method, chains: &[Chain]) -> Result<OfSpins<FlatSampler>, String> {
    let width = match method {
        Method::WangLandau { width, .. } | Method::Multicanonical { width, .. } => width,
        _ => None,
    };
    let settings = Settings { levels: width.map_or(Levels::Automatic, Levels::Width), ..Settings::default() };
    let lanes = lanes(p, chains)?;
    let inner = match p.pairs() {
        Ok(pairs) => FlatSampler::pairs(&pairs, &settings, &lanes)?,
        Err(_) => FlatSampler::graph(&*p.graph()?, &settings, &lanes)?,
    };
    Ok(OfSpins { inner, total: None })
}

impl Choice<'_> {
    /// Walkers, one for each chain. Errors: a method that has none, or what is wrong with the energy.
    pub fn walkers(&self, method: Method, chains: &[Chain]) -> Result<Flat, String> {
        walkers(self.prepared(), method, chains).map(Flat)
    }

    /// The logarithm of the number of states; `None` where some of them are forbidden by an infinite energy, so that they cannot be
    /// counted by the sizes of the sets. That is seen at random states: fewer than a thousandth may escape, which count little.
    pub fn ln_states(&self) -> Result<Option<f64>, String> {
        let p = self.prepared();
        let all = p.model.variables.iter().map(|v| v.sites as f64 * libm::log(v.values().len() as f64)).sum();
        if p.pairs().is_ok() {
            return Ok(Some(all));
        }
        let graph = p.graph()?;
        let n = graph.sites();
        let looks = (OPERATIONS / (8 * n as u64).max(1)).clamp(64, LOOKS);
        let mut state = vec![0u8; n];
        for look in 0..looks {
            let mut stream = Stream::new(Key(0x0063_6f75_6e74, look));
            state.iter_mut().enumerate().for_each(|(i, x)| *x = stream.below(graph.values(i).len() as u32) as u8);
            if !graph.evaluate(&state).is_finite() {
                return Ok(None);
            }
        }
        Ok(Some(all))
    }
}
