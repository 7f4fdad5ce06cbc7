//! Looks at the landscape of a loss or an energy, at one point of a probe or of a training.

mod columns;
mod errors;
mod looks;
mod machine;
mod mixing;
mod points;
mod slices;

pub use columns::columns;
pub use mixing::Running;
pub use points::{AVERAGES, Found, found, kept_name};

use crate::kernels::landscape::Objective;
use crate::kernels::random::Key;
use crate::lower::data::{DataSets, Stored};
use crate::lower::drift::Drift;
use crate::lower::function::Function;
use crate::lower::landscape::{Batch, Landscape, Source};
use crate::plan::Plan;
use crate::plan::draw::key_from;
use crate::plan::landscape::{Directions, Look, Probe, Subject};
use crate::results::Quantity;
use std::collections::BTreeMap;

/// Why there are no numbers.
pub enum Unlooked {
    Stopped,
    /// No look could be had; the first reason.
    Failed(String),
}

/// What is looked at: a function of a subject, and where.
pub struct Looker<'a, T: Stored> {
    pub plan: &'a Plan,
    pub sets: &'a DataSets,
    pub subject: Subject,
    /// The task's own data.
    pub data: Option<u32>,
    /// By data set.
    functions: BTreeMap<Option<u32>, Function<T>>,
    /// The law that the weights of a model give.
    law: Option<machine::Law>,
    /// The chains of the training that is recorded.
    pub running: Option<Running>,
    /// What batch normalisation keeps.
    buffers: Vec<Vec<f64>>,
    point: Vec<f64>,
    /// Where the training began, and the rate now.
    pub begin: Vec<f64>,
    pub rate: f64,
    /// The parameters of the training that is probed, at the times that were kept.
    pub path: Vec<Vec<f64>>,
    /// The axis of these times.
    pub times: Option<crate::results::AxisValues>,
    /// Other points that looks name: those of tasks are filled in.
    pub others: &'a dyn Fn(&crate::plan::At) -> Result<Found, String>,
    /// What random draws are keyed by, beside the look's own stream.
    pub keys: Vec<String>,
    pub seed: u64,
    pub task: &'a str,
    /// What was said on the way: looks that failed, results that did not converge.
    pub warnings: Vec<String>,
    /// Points that are no results: of trainings that diverged.
    pub diverged: Vec<String>,
    /// The number of the first source of errors of the next look.
    pub source: usize,
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
        others: &'a dyn Fn(&crate::plan::At) -> Result<Found, String>,
    ) -> Looker<'a, T> {
        Looker {
            plan,
            sets,
            subject,
            data,
            functions: BTreeMap::new(),
            law: None,
            running: None,
            buffers: vec![],
            point: vec![],
            begin: vec![],
            rate: f64::NAN,
            path: vec![],
            times: None,
            others,
            keys,
            seed: plan.seed,
            task,
            warnings: vec![],
            diverged: vec![],
            source: 0,
            eigenvectors: vec![],
        }
    }

    /// Moves to a point; `buffers`: what batch normalisation keeps there.
    pub fn move_to(&mut self, point: &[f64], buffers: &[Vec<f64>]) {
        self.point = point.to_vec();
        self.buffers = buffers.to_vec();
        self.eigenvectors.clear();
        self.law = self.law.take().map(machine::Law::moved);
        for f in self.functions.values_mut() {
            f.fix(buffers);
            f.move_to(point);
        }
    }

    /// The function of a data set, at the point.
    fn function(&mut self, data: Option<u32>) -> Result<&mut Function<T>, String> {
        let data = match self.subject {
            Subject::Model(_) => None,
            Subject::Network(_) | Subject::Machine(_) => {
                Some(data.or(self.data).ok_or("there are no data to evaluate the loss on")?)
            }
        };
        if !self.functions.contains_key(&data) {
            let mut f = match self.subject {
                Subject::Machine(_) => Function::Law(self.likelihood(data)?),
                _ => self.graph(data)?,
            };
            f.move_to(&self.point);
            self.functions.insert(data, f);
        }
        let point = self.point.clone();
        let f = self.functions.get_mut(&data).ok_or("a function is missing")?;
        // Looks may leave it elsewhere.
        f.move_to(&point);
        Ok(f)
    }

    /// The loss or the energy as a graph.
    fn graph(&self, data: Option<u32>) -> Result<Function<T>, String> {
        let source = Source::of(self.plan, self.subject, &self.buffers)?;
        let batch: Batch<T> = match data {
            Some(k) => self.sets.get(self.plan, k)?,
            None => Batch::default(),
        };
        let mut f = Landscape::new(source, batch);
        f.check()?;
        Ok(Function::Graph(Box::new(f)))
    }

    /// What batch normalisation keeps on the way to other points; `None` where it keeps nothing.
    fn drift(&self, ends: &[Found]) -> Option<Drift> {
        let Subject::Network(n) = self.subject else { return None };
        if self.buffers.is_empty() {
            return None;
        }
        let variances = self.plan.networks[n as usize].variances();
        let ends: Vec<_> = ends.iter().map(|f| (f.point.clone(), f.buffers.clone())).collect();
        Some(Drift::new(&self.point, &self.buffers, &ends, &variances))
    }

    /// The same for a look that goes along directions.
    fn drift_along(&mut self, directions: &Directions) -> Result<Option<Drift>, String> {
        let Directions::To(points) = directions else { return Ok(None) };
        let ends = points.iter().map(|p| self.other(p)).collect::<Result<Vec<Found>, String>>()?;
        Ok(self.drift(&ends))
    }

    /// The key of a look's random numbers.
    fn key(&self, look: &Look) -> Key {
        let mut by = self.keys.clone();
        by.push(look.stream.clone());
        key_from(self.seed, self.task, &by)
    }

    /// The arrays that some of the looks give (nothing of the others), their sources of errors being numbered from the round of `looks`
    /// that it is; a look that fails has no numbers, and says why. `Err` where all of them fail.
    pub fn looks(
        &mut self,
        looks: &[Look],
        needed: &dyn Fn(usize) -> bool,
        round: usize,
        mut done: impl FnMut() -> bool,
    ) -> Result<Vec<Vec<Quantity>>, Unlooked> {
        self.source = round * looks.iter().map(errors::sources).sum::<usize>();
        let mut found = Vec::with_capacity(looks.len());
        let (mut good, mut why) = (false, None);
        for (k, look) in looks.iter().enumerate() {
            let mut parts = vec![];
            if needed(k) {
                if done() {
                    return Err(Unlooked::Stopped);
                }
                match self.look(look) {
                    Ok(p) => {
                        good = true;
                        parts = p;
                    }
                    Err(reason) => {
                        let reason = format!("`{}`: {reason}", look.quantity());
                        self.warn(reason.clone());
                        why = why.or(Some(reason));
                        let times = self.times.as_ref();
                        let sizes = look.what.parts(self.point.len(), times).into_iter().map(|p| p.sizes());
                        parts = sizes.map(|s| array(s.clone(), vec![f64::NAN; s.iter().product()])).collect();
                    }
                }
            }
            self.source += errors::sources(look);
            found.push(parts);
        }
        match why {
            Some(reason) if !good => Err(Unlooked::Failed(reason)),
            _ => Ok(found),
        }
    }

    /// Says that a point is that of a training that diverged.
    pub fn junk(&mut self, training: &str) {
        let message = format!("`{training}` diverged: this looks at its last weights, which are no minimum of anything");
        if !self.diverged.contains(&message) {
            self.diverged.push(message);
        }
    }

    /// Another point, which a look goes to.
    fn other(&mut self, at: &crate::plan::At) -> Result<Found, String> {
        let found = (self.others)(at)?;
        if let Some(name) = &found.diverged {
            self.junk(name);
        }
        Ok(found)
    }

    /// Says something once.
    fn warn(&mut self, message: String) {
        if !self.warnings.contains(&message) {
            self.warnings.push(message);
        }
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
            Probe::Variables { start, shape } => {
                let size: usize = shape.iter().product();
                let own = self.point.get(*start..start + size).ok_or("there are no such variables")?;
                Ok(vec![array(shape.clone(), own.to_vec())])
            }
            what if what.of_machine() => self.of_law(look),
            Probe::WeightNorm { block } => {
                let range = match block {
                    None => 0..self.point.len(),
                    Some(name) if matches!(self.subject, Subject::Machine(_)) => self.block(name)?.1,
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
