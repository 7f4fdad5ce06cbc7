//! A model on its way to a kernel: its forms, each made once and only where a kernel asks for it.

use super::graph_sink::{graph_bytes, scalar_graph};
use super::materials::Materials;
use super::normal_form::NormalForm;
use super::pairs::{self, affine};
use super::size::{domain_size, estimate};
use super::uniform::uniform;
use crate::kernels::bitpacked::Uniform;
use crate::kernels::generic::ScalarGraph;
use crate::kernels::sampler::PairEnergy;
use crate::plan::{Model, Plan};
use std::sync::{Arc, OnceLock};

/// The forms of one model.
pub struct Prepared<'p> {
    pub materials: Materials<'p>,
    pub model: &'p Model,
    /// The normal form, or why there is none.
    pub form: Result<NormalForm, String>,
    /// The uniform Ising model on a well-known lattice that this is, or what it lacks.
    pub uniform: Result<Uniform, String>,
    pairs: OnceLock<Result<Arc<PairEnergy>, String>>,
    graph: OnceLock<Result<Arc<ScalarGraph>, String>>,
}

/// Operations of an energy without a normal form that is still expanded into pairs.
const MOST_EXPANDED: f64 = 2e6;

impl<'p> Prepared<'p> {
    pub fn new(plan: &'p Plan, model: &'p Model) -> Prepared<'p> {
        let materials = Materials::new(plan);
        let form = NormalForm::new(&materials, model);
        let uniform = match &form {
            Ok(form) => uniform(&materials, model, form),
            Err(reason) => Err(reason.clone()),
        };
        Prepared { materials, model, form, uniform, pairs: OnceLock::new(), graph: OnceLock::new() }
    }

    /// The energy as pairs of ±1 spins, or why it is none.
    pub fn pairs(&self) -> Result<Arc<PairEnergy>, String> {
        let make = || {
            self.may_be_pairs()?;
            pairs::pair_energy(&self.materials, self.model, self.form.as_ref().map_err(String::as_str)).map(Arc::new)
        };
        self.pairs.get_or_init(make).clone()
    }

    /// The energy as a graph of operations.
    pub fn graph(&self) -> Result<Arc<ScalarGraph>, String> {
        self.graph.get_or_init(|| scalar_graph(&self.materials, self.model).map(Arc::new)).clone()
    }

    /// What the description says against pairs.
    fn may_be_pairs(&self) -> Result<(), String> {
        affine(self.model)?;
        match &self.form {
            Ok(form) => pairs::is_pairwise(self.model, form),
            Err(reason) => match estimate(&self.materials, self.model, &self.model.energy)? {
                Some(n) if n <= MOST_EXPANDED => Ok(()),
                _ => Err(format!("{reason}, and it is too large to be expanded spin by spin")),
            },
        }
    }

    /// The number of couplings, without making them where the description tells. Errors: why there are no pairs.
    pub fn pair_count(&self) -> Result<f64, String> {
        self.may_be_pairs()?;
        let Ok(form) = &self.form else { return Ok(self.pairs()?.bonds.len() as f64) };
        if form.terms.iter().any(|t| !t.filters.is_empty()) {
            return Ok(self.pairs()?.bonds.len() as f64);
        }
        let mut count = 0.0;
        for term in form.terms.iter().filter(|t| t.spins.len() == 2) {
            let mut size = 1.0;
            for domain in &term.over {
                size *= domain_size(&self.materials, domain)?;
            }
            count += size;
        }
        Ok(count)
    }

    /// The operations of the energy as a graph and the bytes it needs, from above.
    pub fn graph_size(&self) -> Result<(f64, u64), String> {
        let nodes = estimate(&self.materials, self.model, &self.model.energy)?;
        let bytes = graph_bytes(&self.materials, self.model)?;
        Ok((nodes.unwrap_or(10.0 * self.model.sites() as f64), bytes))
    }

    /// The sum of the spin values from that of ±1 spins, where one map serves all: (values at zero, value of one unit).
    pub fn total_map(&self) -> Option<(f64, f64)> {
        let [map] = affine(self.model).ok()?[..] else { return None };
        Some((map.middle * self.model.sites() as f64, map.half))
    }
}
