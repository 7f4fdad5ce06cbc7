//! Looks at the landscape of a loss or an energy, at one point of a probe or of a training.

mod columns;
mod looks;
mod points;
mod slices;

pub use columns::columns;
pub use points::{found, kept_name};

use crate::kernels::landscape::Objective;
use crate::kernels::random::Key;
use crate::lower::data::{DataSets, Stored};
use crate::lower::landscape::{Batch, Landscape, Source};
use crate::plan::Plan;
use crate::plan::draw::key_from;
use crate::plan::landscape::{Look, Probe, Subject};
use crate::results::Quantity;
use std::collections::BTreeMap;

/// What is looked at: a function of a subject, and where.
pub struct Looker<'a, T: Stored> {
    pub plan: &'a Plan,
    pub sets: &'a DataSets,
    pub subject: Subject,
    /// The task's own data.
    pub data: Option<u32>,
    /// By data set.
    functions: BTreeMap<Option<u32>, Landscape<T>>,
    /// What batch normalisation keeps.
    buffers: Vec<Vec<f64>>,
    point: Vec<f64>,
    /// Where the training began, and the rate now.
    pub begin: Vec<f64>,
    pub rate: f64,
    /// The parameters of the training that is probed, at the times that were kept.
    pub path: Vec<Vec<f64>>,
    /// Other points that looks name: those of tasks are filled in.
    pub others: &'a dyn Fn(&crate::plan::At) -> Result<Vec<f64>, String>,
    /// What random draws are keyed by, beside the look's own stream.
    pub keys: Vec<String>,
    pub seed: u64,
    pub task: &'a str,
    /// What was said on the way: results that did not converge.
    pub warnings: Vec<String>,
    /// Directions that several looks share: eigenvectors are found once.
    eigenvectors: Vec<(String, Vec<Vec<f64>>)>,
}

impl<'a, T: Stored> Looker<'a, T> {
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        plan: &'a Plan,
        sets: &'a DataSets,
        subject: Subject,
        data: Option<u32>,
        task: &'a str,
        keys: Vec<String>,
        others: &'a dyn Fn(&crate::plan::At) -> Result<Vec<f64>, String>,
    ) -> Looker<'a, T> {
        Looker {
            plan,
            sets,
            subject,
            data,
            functions: BTreeMap::new(),
            buffers: vec![],
            point: vec![],
            begin: vec![],
            rate: f64::NAN,
            path: vec![],
            others,
            keys,
            seed: plan.seed,
            task,
            warnings: vec![],
            eigenvectors: vec![],
        }
    }

    /// Moves to a point; `buffers`: what batch normalisation keeps there.
    pub fn move_to(&mut self, point: &[f64], buffers: &[Vec<f64>]) {
        self.point = point.to_vec();
        self.buffers = buffers.to_vec();
        self.eigenvectors.clear();
        for f in self.functions.values_mut() {
            f.fix(buffers);
            f.move_to(point);
        }
    }

    /// The function of a data set, at the point.
    fn function(&mut self, data: Option<u32>) -> Result<&mut Landscape<T>, String> {
        let data = match self.subject {
            Subject::Model(_) => None,
            Subject::Network(_) | Subject::Machine(_) => Some(data.or(self.data).ok_or("there are no data to evaluate the loss on")?),
        };
        if !self.functions.contains_key(&data) {
            let source = Source::of(self.plan, self.subject, &self.buffers)?;
            let batch: Batch<T> = match data {
                Some(k) => self.sets.get(self.plan, k)?,
                None => Batch::default(),
            };
            let mut f = Landscape::new(source, batch);
            f.check()?;
            f.move_to(&self.point);
            self.functions.insert(data, f);
        }
        let point = self.point.clone();
        let f = self.functions.get_mut(&data).ok_or("a function is missing")?;
        // Looks may leave it elsewhere.
        f.move_to(&point);
        Ok(f)
    }

    /// The key of a look's random numbers.
    fn key(&self, look: &Look) -> Key {
        let mut by = self.keys.clone();
        by.push(look.stream.clone());
        key_from(self.seed, self.task, &by)
    }

    /// The arrays that a look gives.
    pub fn look(&mut self, look: &Look) -> Result<Vec<Quantity>, String> {
        let number = |x: f64| Ok(vec![Quantity::exact(x)]);
        match &look.what {
            Probe::Loss => number(self.function(look.data)?.value()),
            Probe::Metric(k) => {
                let metrics = self.function(look.data)?.metrics()?;
                number(*metrics.get(*k as usize).ok_or("there is no such metric")?)
            }
            Probe::Rate => number(self.rate),
            Probe::Distance => {
                let square: f64 = self.point.iter().zip(&self.begin).map(|(a, b)| (a - b) * (a - b)).sum();
                number(square.sqrt())
            }
            Probe::WeightNorm { block } => {
                let range = match block {
                    None => 0..self.point.len(),
                    Some(name) => {
                        let f = self.function(look.data)?;
                        f.blocks().iter().find(|b| b.name == *name).map(|b| b.range()).ok_or("there is no such array")?
                    }
                };
                number(crate::kernels::landscape::vectors::norm(&self.point[range]))
            }
            _ => self.curved(look),
        }
    }
}

/// A quantity of a shape without errors.
fn array(shape: Vec<usize>, value: Vec<f64>) -> Quantity {
    Quantity { error: vec![0.0; value.len()], shape, value, ..Quantity::default() }
}

/// A quantity with independent errors.
fn estimated(shape: Vec<usize>, value: Vec<f64>, error: Vec<f64>) -> Quantity {
    let shifted = |sign: f64| value.iter().zip(&error).map(|(v, e)| v + sign * e).collect::<Vec<f64>>();
    let finite = error.iter().all(|e| e.is_finite()) && error.iter().any(|e| *e > 0.0);
    // Two replicates a distance apart give the jackknife just this error.
    let replicates = if finite { vec![shifted(1.0), shifted(-1.0)] } else { vec![] };
    Quantity { shape, value, error, replicates, ..Quantity::default() }
}
