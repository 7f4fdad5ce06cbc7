//! Looks at the law that the weights of a model give: likelihoods, sums over states, annealing, the spectrum of weights.

use super::{Looker, array, errors};
use crate::kernels::landscape::dense;
use crate::kernels::machine::measure::{self, LogZ};
use crate::kernels::machine::{Machine as _, Single, Sweeps};
use crate::kernels::random::Key;
use crate::lower::data::Stored;
use crate::lower::machine::{Machine, each_machine, recognise, rows, states};
use crate::plan::landscape::{Look, Probe, Subject};
use crate::results::Quantity;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Examples that the units at the beginning of annealing take their means from, at most.
const MEANS: usize = 10_000;

/// A machine at a point, with the data sets that it was asked about.
pub struct Law {
    machine: Machine,
    width: usize,
    /// The weights are those of the point.
    set: bool,
    data: BTreeMap<u32, Arc<Vec<f32>>>,
}

impl Law {
    /// The same, somewhere else.
    pub fn moved(self) -> Law {
        Law { set: false, ..self }
    }
}

impl<T: Stored> Looker<'_, T> {
    /// The machine with the weights of the point, and the states of a data set.
    fn law(&mut self, data: Option<u32>) -> Result<(&mut Machine, Arc<Vec<f32>>, usize), String> {
        let Subject::Machine(m) = self.subject else { return Err("this is of a model that has `weights`".into()) };
        let model = &self.plan.models[m as usize];
        if self.law.is_none() {
            let found =
                recognise(self.plan, model).map_err(|why| format!("`{}` gives no law that is served: {why}", model.name))?;
            let width = model.variables[0].components();
            self.law = Some(Law { machine: found.machine, width, set: false, data: BTreeMap::new() });
        }
        let law = self.law.as_mut().ok_or("the law is missing")?;
        if !law.set {
            law.machine.set(&self.point)?;
            law.set = true;
        }
        let examples = match data {
            None => Arc::default(),
            Some(k) => {
                if !law.data.contains_key(&k) {
                    let batch = self.sets.get::<f32>(self.plan, k)?;
                    law.data.insert(k, Arc::new(states(model, &batch.data[0])?));
                }
                law.data[&k].clone()
            }
        };
        Ok((&mut law.machine, examples, law.width))
    }

    /// Where an array of weights stands, with its shape.
    pub(super) fn block(&self, name: &str) -> Result<(Vec<usize>, Range<usize>), String> {
        let Subject::Machine(m) = self.subject else { return Err("there are no such weights".into()) };
        let model = &self.plan.models[m as usize];
        let k = model.weights.iter().position(|w| w.name == name).ok_or("there is no such array")?;
        let first = model.weight_offset(k);
        Ok((model.weights[k].shape.clone(), first..first + model.weights[k].size()))
    }

    pub(super) fn of_law(&mut self, look: &Look) -> Result<Vec<Quantity>, String> {
        let key = self.key(look);
        let own = look.data.or(self.data);
        let number = |x: f64| Ok(vec![Quantity::exact(x)]);
        match &look.what {
            Probe::PseudoLikelihood => {
                let (machine, data, width) = self.law(own)?;
                let data = rows(&data, width);
                number(-each_machine!(machine, m => m.singles(&data, Single::PseudoLikelihood, None))?)
            }
            Probe::Reconstruction => {
                let (machine, data, width) = self.law(own)?;
                let data = rows(&data, width);
                number(each_machine!(machine, m => measure::reconstruction_error(&**m, &data))?)
            }
            Probe::FreeEnergy => {
                let (machine, data, width) = self.law(own)?;
                let data = rows(&data, width);
                number(each_machine!(machine, m => measure::free_energy(&**m, &data))?.0)
            }
            Probe::LogLikelihood => {
                let (machine, data, width) = self.law(own)?;
                let data = rows(&data, width);
                let log_z = each_machine!(&*machine, m => m.log_z(1.0))
                    .map_err(|why| format!("{why}: give ln Z, as in `log_likelihood(data, annealed_importance())`"))?;
                number(each_machine!(machine, m => measure::log_likelihood(&**m, &data, log_z))?)
            }
            Probe::LogZ => {
                let (machine, ..) = self.law(None)?;
                number(each_machine!(machine, m => m.log_z(1.0))?)
            }
            Probe::AnnealedImportance { chains, temperatures, fitted, back } => {
                let (machine, data, width) = self.law(if *fitted { own } else { None })?;
                let some = &data[..data.len().min(MEANS * width)];
                let base = fitted.then(|| rows(some, width));
                let LogZ { value, error, effective } = match back {
                    false => each_machine!(machine, m => measure::annealed(&**m, *chains, *temperatures, base, key))?,
                    true => backwards(machine, *chains, *temperatures, base, key)?,
                };
                let own = errors::moved(vec![], vec![value], &[vec![error]], self.source);
                Ok(vec![own, Quantity::exact(effective)])
            }
            Probe::Divergence { target } => {
                let (machine, ..) = self.law(None)?;
                number(each_machine!(machine, m => measure::kl_divergence(&**m, target))?)
            }
            Probe::SingularValues { block, .. } => {
                let (shape, range) = self.block(block)?;
                let values = singular_values(&self.point[range], shape[0], shape[1])?;
                Ok(vec![array(vec![values.len()], values)])
            }
            _ => Err("this is no look at a law".into()),
        }
    }
}

/// Annealing from states of the machine, which are drawn by sweeps from a random start.
fn backwards(
    machine: &Machine,
    chains: usize,
    temperatures: usize,
    base: Option<crate::kernels::machine::Rows>,
    key: Key,
) -> Result<LogZ, String> {
    each_machine!(machine, m => {
        let mut from = m.start(chains, key.derive(1));
        m.sweep(&mut from, &Sweeps::free(temperatures.max(100) as u64));
        measure::annealed_back(&**m, &from.rows(), temperatures, base, key.derive(2))
    })
}

/// The singular values of a matrix, downwards, as roots of the eigenvalues of its smaller product with itself.
fn singular_values(a: &[f64], rows: usize, columns: usize) -> Result<Vec<f64>, String> {
    let n = rows.min(columns);
    let at = |i: usize, k: usize| if rows <= columns { a[i * columns + k] } else { a[k * columns + i] };
    let mut product = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..rows.max(columns)).map(|k| at(i, k) * at(j, k)).sum();
            product[i * n + j] = sum;
            product[j * n + i] = sum;
        }
    }
    let mut values: Vec<f64> = dense::symmetric(&mut product, n, false)?.values.iter().map(|x| libm::sqrt(x.max(0.0))).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    Ok(values)
}
