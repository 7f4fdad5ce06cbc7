//! Data sets in the precision of a computation, each read once.

use super::landscape::Batch;
use crate::kernels::tensor::Real;
use crate::plan::Plan;
use crate::plan::data::{Loader, Source, Targets};
use crate::results::{Kept, TaskResult};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The data sets of a plan that have been read.
#[derive(Default)]
pub struct DataSets {
    loader: Mutex<Loader>,
    single: Mutex<BTreeMap<u32, Batch<f32>>>,
    double: Mutex<BTreeMap<u32, Batch<f64>>>,
}

/// A precision that data are kept in.
pub trait Stored: Real {
    fn store(sets: &DataSets) -> &Mutex<BTreeMap<u32, Batch<Self>>>;
}

impl Stored for f32 {
    fn store(sets: &DataSets) -> &Mutex<BTreeMap<u32, Batch<f32>>> {
        &sets.single
    }
}

impl Stored for f64 {
    fn store(sets: &DataSets) -> &Mutex<BTreeMap<u32, Batch<f64>>> {
        &sets.double
    }
}

impl DataSets {
    /// The states that a task has kept, for the data sets that are made of them.
    pub fn supply(&self, plan: &Plan, task: &TaskResult) {
        let mut loader = self.loader.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = |point: usize| {
            plan.data.iter().any(|set| {
                set.sources().iter().any(
                    |s| matches!(s, Source::States(s) if s.task == task.name && s.points.iter().any(|p| p.0 as usize == point)),
                )
            })
        };
        for (point, result) in task.points.iter().enumerate() {
            let Some(result) = result else { continue };
            for (_, kept) in &result.kept {
                if let Kept::States { data, .. } = kept
                    && wanted(point)
                {
                    loader.supply(&task.name, point as u32, data.clone());
                }
            }
        }
    }

    /// All examples of a data set: slot 0 the inputs, slot 1 the classes or targets.
    pub fn get<T: Stored>(&self, plan: &Plan, k: u32) -> Result<Batch<T>, String> {
        // One at a time: points that need the same set wait for the first, and do not read it again.
        let mut loader = self.loader.lock().unwrap_or_else(PoisonError::into_inner);
        let mut store = T::store(self).lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = store.get(&k) {
            return Ok(known.clone());
        }
        let examples = loader.materialise(&plan.data[k as usize])?;
        let inputs: Vec<T> = (0..examples.inputs.len()).map(|i| T::from_f64(examples.inputs.get(i))).collect();
        let mut data = vec![Arc::new(inputs)];
        match &examples.targets {
            Targets::None => {}
            Targets::Labels { labels, .. } => {
                data.push(Arc::new(labels.iter().map(|l| T::from_f64(f64::from(*l))).collect()));
            }
            Targets::Values { values, .. } => data.push(Arc::new(values.iter().map(|x| T::from_f64(*x)).collect())),
        }
        let batch = Batch { data, examples: examples.count };
        store.insert(k, batch.clone());
        Ok(batch)
    }
}
