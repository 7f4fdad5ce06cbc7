//! Looks at the law that the weights of a model give: likelihoods, sums over states, annealing, the spectrum of weights.

use super::{Looker, array, errors, mixing};
use crate::kernels::landscape::{Block, Objective, dense};
use crate::kernels::machine::measure::{self, LogZ};
use crate::kernels::machine::{Likelihood, Machine as _, Single, Sweeps};
use crate::kernels::random::Key;
use crate::lower::data::Stored;
use crate::lower::machine::{Machine, each_machine, recognise, rows, states};
use crate::plan::landscape::{Look, Probe, Subject};
use crate::results::Quantity;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
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
                if let Entry::Vacant(place) = law.data.entry(k) {
                    let batch = self.sets.get::<f32>(self.plan, k)?;
                    place.insert(Arc::new(states(model, &batch.data[0])?));
                }
                law.data[&k].clone()
            }
        };
        Ok((&mut law.machine, examples, law.width))
    }

    /// The negative log-likelihood of a data set as a function of the weights.
    pub(super) fn likelihood(&mut self, data: Option<u32>) -> Result<Box<dyn Objective>, String> {
        let Subject::Machine(k) = self.subject else { return Err("this is of a model that has `weights`".into()) };
        let model = &self.plan.models[k as usize];
        let block = |(k, w): (usize, &crate::plan::network::Parameter)| Block {
            name: w.name.clone(),
            start: model.weight_offset(k),
            shape: w.shape.clone(),
            unit: None,
        };
        let blocks = model.weights.iter().enumerate().map(block).collect();
        let (machine, examples, _) = self.law(data)?;
        Ok(each_machine!(machine, m => Box::new(Likelihood::new((**m).clone(), examples, blocks)?) as Box<dyn Objective>))
    }

    /// Where an array of weights stands, with its shape.
    pub(super) fn block(&self, name: &str) -> Result<(Vec<usize>, Range<usize>), String> {
        let Subject::Machine(m) = self.subject else { return Err("there are no such weights".into()) };
        let model = &self.plan.models[m as usize];
        let k = model.weights.iter().position(|w| w.name == name).ok_or("there is no such array")?;
        let first = model.weight_offset(k);
        Ok((model.weights[k].shape.clone(), first..first + model.weights[k].size()))
    }

    /// The values of a visible unit; none of a real one.
    fn visible_sets(&self) -> Result<Vec<f64>, String> {
        let Subject::Machine(m) = self.subject else { return Err("there are no visible units".into()) };
        Ok(self.plan.models[m as usize].variables[0].values().to_vec())
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
            Probe::Mixing { chains, sweeps } => {
                let running = self.running.clone();
                let (machine, ..) = self.law(None)?;
                let found = mixing::measured(machine, running, *chains, *sweeps, key);
                if !found.tau.resolved {
                    self.warn(format!("chains mix more slowly than {sweeps} sweeps tell: their times are lower bounds"));
                }
                let tau = errors::moved(vec![], vec![found.tau.tau], &[vec![found.tau.error]], self.source);
                Ok(vec![tau, Quantity::exact(found.r_hat)])
            }
            Probe::SingularValues { block, .. } => {
                let (shape, range) = self.block(block)?;
                let values = singular_values(&self.point[range], shape[0], shape[1])?;
                Ok(vec![array(vec![values.len()], values)])
            }
            Probe::ReceptiveFields { block, units, image } => {
                let (_, range) = self.block(block)?;
                let w = &self.point[range];
                let pixels = image[0] * image[1];
                let fields = (0..units * pixels).map(|k| w[k % pixels * units + k / pixels]).collect();
                Ok(vec![array(vec![*units, image[0], image[1]], fields)])
            }
            Probe::Gallery { count, sweeps, image } => {
                let sets = self.visible_sets()?;
                let (machine, ..) = self.law(None)?;
                let states = each_machine!(machine, m => {
                    let mut chains = m.start(*count, key);
                    m.sweep(&mut chains, &Sweeps::free(*sweeps as u64));
                    chains.visible
                });
                let values = states.iter().map(|x| value(&sets, *x)).collect();
                Ok(vec![array(vec![*count, image[0], image[1]], values)])
            }
            Probe::Completion { given, count, sweeps, image } => {
                let sets = self.visible_sets()?;
                let (machine, data, width) = self.law(own)?;
                if data.len() < count * width {
                    return Err(format!("the data have {} examples, fewer than {count}", data.len() / width));
                }
                let data = &data[..count * width];
                let (means, error) = completed(machine, data, width, given, *sweeps, key, &sets);
                Ok(vec![array(vec![*count, image[0], image[1]], means), Quantity::exact(error)])
            }
            _ => Err("this is no look at a law".into()),
        }
    }
}

/// What a number of the kernels is in the set of values of a unit; a real unit's is itself.
fn value(set: &[f64], x: f32) -> f64 {
    if set.is_empty() { f64::from(x) } else { set[x as usize] }
}

/// Means of the visible units while some of them keep the values of examples, over the later half of the sweeps, and the mean square by
/// which the others miss.
fn completed(
    machine: &mut Machine,
    data: &[f32],
    width: usize,
    given: &[u32],
    sweeps: usize,
    key: Key,
    set: &[f64],
) -> (Vec<f64>, f64) {
    let mut means = vec![0.0; data.len()];
    let kept = sweeps - sweeps / 2;
    each_machine!(machine, m => {
        let mut clamped = vec![false; m.visible() + m.hidden()];
        given.iter().for_each(|k| clamped[*k as usize] = true);
        let mut chains = m.start(data.len() / width, key);
        for (row, own) in chains.visible.chunks_exact_mut(width).zip(data.chunks_exact(width)) {
            given.iter().for_each(|k| row[*k as usize] = own[*k as usize]);
        }
        let one = Sweeps { count: 1, betas: &[1.0], clamped: Some(&clamped) };
        for k in 0..sweeps {
            m.sweep(&mut chains, &one);
            if k >= sweeps / 2 {
                means.iter_mut().zip(&chains.visible).for_each(|(m, x)| *m += value(set, *x) / kept as f64);
            }
        }
        let misses: Vec<f64> = (0..data.len())
            .filter(|k| !clamped[k % width])
            .map(|k| (means[k] - value(set, data[k])).powi(2))
            .collect();
        let error = misses.iter().sum::<f64>() / misses.len().max(1) as f64;
        (means, error)
    })
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
