//! The Swendsen-Wang sampler of Potts models.

use super::chains::{Chains, of_chains};
use super::clusters::{Scratch, fortuin_kasteleyn, pairs_of_colours};
use super::model::{Model, PottsEnergy};
use crate::sampler::{Lane, Sampler};

/// Swendsen-Wang updates of a Potts model, in a field or not.
///
/// One sweep is one decomposition of the whole graph. At temperatures where every β J >= 0 each cluster draws a new colour;
/// otherwise clusters exchange pairs of colours. A lane's numbers depend on its own [`Lane`] only.
pub struct PottsSwendsenWang {
    chains: Chains,
    scratch: Scratch,
}

impl PottsSwendsenWang {
    /// A sampler of a model. Err says why the model or a lane cannot be served.
    pub fn new(energy: &PottsEnergy, lanes: &[Lane]) -> Result<PottsSwendsenWang, String> {
        let model = Model::new(energy)?;
        let scratch = Scratch::new(&model);
        Ok(PottsSwendsenWang { chains: Chains::new(model, lanes)?, scratch })
    }
}

impl Sampler for PottsSwendsenWang {
    fn advance(&mut self, sweeps: u64) {
        let Chains { model, lanes } = &mut self.chains;
        for chain in lanes {
            let attracts = model.attracts(chain.beta);
            for _ in 0..sweeps {
                let (state, draws, bits) = (&mut chain.state, &chain.draws, &mut chain.bits);
                if attracts {
                    fortuin_kasteleyn(model, &mut self.scratch, state, draws, chain.beta, bits);
                } else {
                    pairs_of_colours(model, &mut self.scratch, state, draws, chain.beta, bits);
                }
            }
        }
    }

    of_chains!();
}
