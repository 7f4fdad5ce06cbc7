//! A model on its way to a kernel: its forms, each made once and only where a kernel asks for it.

use super::circle::as_vectors;
use super::graph_sink::{component_graph, graph_bytes, scalar_graph};
use super::kernel::Coordinates;
use super::machine::{Recognised, recognise_with as recognise};
use super::materials::Materials;
use super::normal_form::NormalForm;
use super::overlaps::{OverlapForm, overlap_energy, overlap_form};
use super::pairs::{self, affine};
use super::potts::potts_energy;
use super::size::{domain_size, estimate};
use super::uniform::uniform;
use super::vectors::vector_energy;
use crate::kernels::bitpacked::Uniform;
use crate::kernels::continuous::FieldModel;
use crate::kernels::field::{Block, Space as FieldSpace};
use crate::kernels::generic::ScalarGraph;
use crate::kernels::overlap::OverlapModel;
use crate::kernels::potts::PottsEnergy;
use crate::kernels::sampler::PairEnergy;
use crate::kernels::vector::VectorEnergy;
use crate::plan::{Model, Plan, Space};
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
    potts: OnceLock<Result<Arc<PottsEnergy>, String>>,
    graph: OnceLock<Result<Arc<ScalarGraph>, String>>,
    vectors: OnceLock<Result<Arc<VectorEnergy>, String>>,
    field_model: OnceLock<Result<Arc<FieldModel>, String>>,
    machine: OnceLock<Result<Arc<Recognised>, String>>,
    overlaps: OnceLock<Result<OverlapForm, String>>,
    overlap_model: OnceLock<Result<Arc<OverlapModel>, String>>,
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
        Prepared {
            materials,
            model,
            form,
            uniform,
            pairs: OnceLock::new(),
            potts: OnceLock::new(),
            graph: OnceLock::new(),
            vectors: OnceLock::new(),
            field_model: OnceLock::new(),
            machine: OnceLock::new(),
            overlaps: OnceLock::new(),
            overlap_model: OnceLock::new(),
        }
    }

    /// The energy as pairs of ±1 spins, or why it is none.
    pub fn pairs(&self) -> Result<Arc<PairEnergy>, String> {
        let make = || {
            self.may_be_pairs()?;
            // Squares of sums have far more terms than pairs: the couplings are better added up pattern by pattern.
            if self.terms_of_pairs()?.is_some_and(|terms| terms > self.most_pairs())
                && let Ok(form) = self.overlaps()
                && form.shape(&self.materials)?.quadratic
                && let Some(pairs) = overlap_energy(&self.materials, self.model, form)?.pairs()
            {
                return Ok(Arc::new(pairs));
            }
            pairs::pair_energy(&self.materials, self.model, self.form.as_ref().map_err(String::as_str)).map(Arc::new)
        };
        self.pairs.get_or_init(make).clone()
    }

    /// The two layers of units without couplings inside that this is, or why it is none.
    pub fn machine(&self) -> Result<Arc<Recognised>, String> {
        let make = || {
            if self.model.variables.len() < 2 {
                return Err("it has one variable, and layers are two".to_string());
            }
            if let Some(n) = estimate(&self.materials, self.model, &self.model.energy)?.filter(|n| *n > 10.0 * MOST_EXPANDED) {
                return Err(format!("its energy of about {n:.0} operations is not expanded"));
            }
            recognise(&self.materials, self.model).map(Arc::new)
        };
        self.machine.get_or_init(make).clone()
    }

    /// The energy as that of a Potts model, or why it is none.
    pub fn potts(&self) -> Result<Arc<PottsEnergy>, String> {
        self.potts.get_or_init(|| potts_energy(&self.materials, self.model).map(Arc::new)).clone()
    }

    /// The sum of the spin values from that of their positions, where one map serves all: (values at zero, value of one unit).
    pub fn position_map(&self) -> Option<(f64, f64)> {
        let first = self.model.variables.first()?.values();
        let (low, unit) = (*first.first()?, first.get(1)? - first.first()?);
        let even = first.iter().enumerate().all(|(k, v)| *v == low + k as f64 * unit);
        let alike = self.model.variables.iter().all(|v| v.values() == first);
        (even && alike).then_some((low * self.model.sites() as f64, unit))
    }

    /// The energy as pairs of unit vectors, or why it is none.
    pub fn vectors(&self) -> Result<Arc<VectorEnergy>, String> {
        let make = || {
            if self.vector_coordinates() == Coordinates::VectorsForAngles {
                let model = as_vectors(self.model)?;
                let form = NormalForm::new(&self.materials, &model)?;
                return vector_energy(&self.materials, &model, &form).map(Arc::new);
            }
            super::vectors::components(self.model)?;
            vector_energy(&self.materials, self.model, self.form.as_ref().map_err(String::clone)?).map(Arc::new)
        };
        self.vectors.get_or_init(make).clone()
    }

    /// Whether vectors stand for the model's angles.
    pub(super) fn vector_coordinates(&self) -> Coordinates {
        let circle = matches!(&self.model.variables[..], [v] if v.space == Space::Circle);
        if circle { Coordinates::VectorsForAngles } else { Coordinates::Same }
    }

    /// The variables as the kernel of fields takes them.
    pub fn blocks(&self) -> Vec<Block> {
        let space = |s: &Space| match s {
            Space::Finite(values) => FieldSpace::Finite(values.clone()),
            Space::Circle => FieldSpace::Circle,
            Space::Sphere(n) => FieldSpace::Sphere(*n),
            Space::Line { low, high } => FieldSpace::Line { low: *low, high: *high },
        };
        self.model.variables.iter().map(|v| Block { sites: v.sites, space: space(&v.space) }).collect()
    }

    /// The energy of components of any kind.
    pub fn field_model(&self) -> Result<Arc<FieldModel>, String> {
        let make = || {
            let graph = component_graph(&self.materials, self.model)?;
            Ok(Arc::new(FieldModel { blocks: self.blocks(), graph }))
        };
        self.field_model.get_or_init(make).clone()
    }

    /// The energy as a function of overlaps with patterns, or why it is none.
    pub fn overlaps(&self) -> Result<&OverlapForm, String> {
        self.overlaps.get_or_init(|| overlap_form(&self.materials, self.model)).as_ref().map_err(String::clone)
    }

    /// The same, laid out for its kernel.
    pub fn overlap_model(&self) -> Result<Arc<OverlapModel>, String> {
        let make = || OverlapModel::new(&overlap_energy(&self.materials, self.model, self.overlaps()?)?);
        self.overlap_model.get_or_init(make).clone()
    }

    /// The energy as a graph of operations.
    pub fn graph(&self) -> Result<Arc<ScalarGraph>, String> {
        self.graph.get_or_init(|| scalar_graph(&self.materials, self.model).map(Arc::new)).clone()
    }

    /// Refuses couplings that add up to more than a number can hold.
    pub fn overflow(&self) -> Result<(), String> {
        let Ok(form) = &self.form else { return Ok(()) };
        let mut total = form.constant.abs();
        for term in form.terms.iter().filter(|t| t.weights.is_empty() && t.filters.is_empty()) {
            let mut size = 1.0;
            for domain in &term.over {
                size *= domain_size(&self.materials, domain)?;
            }
            let values = term.spins.iter().map(|s| {
                let largest = self.model.variables[usize::from(s.variable)].values().iter().fold(1.0, |a: f64, x| a.max(x.abs()));
                libm::pow(largest, f64::from(s.power))
            });
            total += size * term.coefficient.abs() * values.product::<f64>();
        }
        if total.is_finite() { Ok(()) } else { Err("its couplings add up to more than a number can hold".into()) }
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
        let n = self.model.sites() as f64;
        match self.terms_of_pairs()? {
            None => Ok(self.pairs()?.bonds.len() as f64),
            Some(terms) if terms > self.most_pairs() => Ok(0.5 * n * (n - 1.0)),
            Some(terms) => Ok(terms),
        }
    }

    /// Whether the couplings of pairs would first have to be added up from patterns, which takes long where they are many.
    pub fn is_made_of_patterns(&self) -> Result<bool, String> {
        match self.overlaps() {
            Ok(form) => Ok(form.shape(&self.materials)?.quadratic),
            Err(_) => Ok(false),
        }
    }

    /// More terms than this are not all of different pairs.
    fn most_pairs(&self) -> f64 {
        2.0 * libm::pow(self.model.sites() as f64, 2.0)
    }

    /// The number of terms of two spins, where the description tells: without making pairs, which asks for it. Errors: why there are
    /// no pairs.
    fn terms_of_pairs(&self) -> Result<Option<f64>, String> {
        self.may_be_pairs()?;
        let Ok(form) = &self.form else { return Ok(None) };
        if form.terms.iter().any(|t| !t.filters.is_empty()) {
            return Ok(None);
        }
        let mut count = 0.0;
        for term in form.terms.iter().filter(|t| t.spins.len() == 2) {
            let mut size = 1.0;
            for domain in &term.over {
                size *= domain_size(&self.materials, domain)?;
            }
            count += size;
        }
        Ok(Some(count))
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
