//! What the kernels of machines call a way to learn, and why some do not serve a machine.

use super::{Machine, each_machine};
use crate::kernels::machine::train::Options;
use crate::kernels::machine::{Machine as _, Method, serves, serves_single};
use crate::kernels::machine::{Single, measure};
use crate::plan::landscape::Probe;
use crate::plan::training::{Learning, LearningRule};

/// Of the kernels; chains are as many as a batch has examples unless given.
pub fn method(rule: &LearningRule, batch: usize) -> Method {
    let count = |chains: &Option<u64>| chains.map_or(batch, |c| c as usize);
    match rule {
        LearningRule::Contrastive { steps } => Method::Contrastive { steps: *steps },
        LearningRule::Persistent { steps, chains } => Method::Persistent { chains: count(chains), steps: *steps },
        // Rates of Tieleman and Hinton 2009.
        LearningRule::Fast { steps, chains } => {
            Method::FastPersistent { chains: count(chains), steps: *steps, rate: 0.01, decay: 19.0 / 20.0 }
        }
        LearningRule::Tempered { steps, chains, temperatures } => {
            let last = (*temperatures - 1).max(1) as f64;
            let betas = (0..*temperatures).map(|k| 1.0 - 0.5 * k as f64 / last).collect();
            Method::Tempered { chains: count(chains), steps: *steps, betas }
        }
        LearningRule::Exact => Method::Exact,
        LearningRule::MeanField { order, steps } => Method::MeanField { order: *order, steps: *steps as u32, persistent: None },
        LearningRule::PseudoLikelihood => Method::PseudoLikelihood,
        LearningRule::RatioMatching => Method::RatioMatching,
    }
}

/// Of the kernels.
pub fn options(learning: &Learning) -> Options {
    Options { centring: learning.centring, sparsity: learning.sparsity, clamped_steps: learning.clamped }
}

/// A setting of a training that does not serve its machine.
pub struct Misfit {
    /// The setting.
    pub place: &'static str,
    pub message: String,
    pub why: String,
    pub instead: String,
}

impl Machine {
    /// What of a training does not serve the machine.
    pub fn misfit(&self, learning: &Learning) -> Option<Misfit> {
        let method = method(&learning.rule, 1);
        let all = options(learning);
        let tried = |options: Options| each_machine!(self, m => serves(&**m, &method, &options));
        let plain = Options { centring: None, sparsity: None, ..all };
        if let Err(why) = tried(plain) {
            let message = format!("`{}` cannot learn these weights", learning.rule.name());
            return Some(Misfit { place: "method", message, why, instead: self.instead(&learning.rule) });
        }
        if let Err(why) = tried(Options { sparsity: None, ..all }) {
            let message = "these weights cannot be centred".to_string();
            let instead = "leave `centring` out: a machine such as `rbm` of `std.boltzmann` has what it needs".to_string();
            return Some(Misfit { place: "centring", message, why, instead });
        }
        if let Err(why) = tried(all) {
            let message = "the hidden units of this model cannot be kept sparse".to_string();
            return Some(Misfit { place: "sparsity", message, why, instead: "leave `sparsity` out".to_string() });
        }
        None
    }

    /// What learns where a way does not.
    fn instead(&self, rule: &LearningRule) -> String {
        let chains = "`contrastive_divergence(steps: 5)`";
        match rule {
            LearningRule::Exact => {
                format!("write {chains}, which draws states in place of summing over them, or make the model smaller")
            }
            LearningRule::MeanField { order, .. } if *order > 2 && each_machine!(self, m => m.reacts(2)).is_ok() => {
                "write `tap(order: 2)`".into()
            }
            LearningRule::MeanField { .. } => format!("write `mean_field_gradient`, or {chains}"),
            LearningRule::RatioMatching if each_machine!(self, m => serves_single(&**m, Single::PseudoLikelihood)).is_ok() => {
                format!("write `pseudo_likelihood`, which serves units of any finite set, or {chains}")
            }
            _ => format!("write {chains}, which serves every machine"),
        }
    }

    /// Why a look cannot be had of the machine's law.
    pub fn unseen(&self, look: &Probe) -> Result<(), String> {
        match look {
            Probe::PseudoLikelihood => each_machine!(self, m => serves_single(&**m, Single::PseudoLikelihood)),
            Probe::FreeEnergy => each_machine!(self, m => m.summable()),
            Probe::LogZ => each_machine!(self, m => m.enumerable(1)),
            Probe::LogLikelihood => each_machine!(self, m => m.summable().and_then(|_| m.enumerable(1))),
            Probe::Divergence { target } => each_machine!(self, m => {
                m.summable()?;
                match measure::visible_count(&**m)? {
                    n if n == target.len() as u64 => Ok(()),
                    n => Err(format!("{} probabilities for {n} states of the visible units", target.len())),
                }
            }),
            Probe::Rate | Probe::WeightNorm { .. } | Probe::Distance | Probe::Variables { .. } => Ok(()),
            what if what.of_machine() => Ok(()),
            // Looks at the landscape of the log-likelihood.
            _ => each_machine!(self, m => m.enumerable(2)),
        }
    }
}
