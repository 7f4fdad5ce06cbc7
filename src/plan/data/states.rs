//! States that a task of the plan keeps, as examples: how many there are is known before the run, their numbers after it.

use super::arrays::{Loaded, Outline, Raw};
use super::{Target, bounded, elements};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// States that a task keeps, point after point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct States {
    pub task: String,
    /// Points of the task, and how many states each keeps.
    pub points: Vec<(u32, u32)>,
    /// Of one state.
    pub shape: Vec<usize>,
    /// A class for each point, and how many there are.
    pub labels: Option<(Arc<Vec<u32>>, usize)>,
    /// Values for each point: their shape, and the numbers point after point.
    pub values: Option<(Vec<usize>, Arc<Vec<f64>>)>,
}

/// States by task and point, as far as they are known.
pub type Known = BTreeMap<(String, u32), Arc<Vec<f32>>>;

impl States {
    fn examples(&self) -> usize {
        self.points.iter().map(|p| p.1 as usize).sum()
    }

    pub(super) fn outline(&self) -> Result<Outline, String> {
        let examples = self.examples();
        if examples == 0 {
            return Err(format!("`{}` keeps no states", self.task));
        }
        bounded(examples, &self.shape)?;
        let each = |k: usize| self.points[k].1 as usize;
        let (target, labels) = match (&self.labels, &self.values) {
            (Some((labels, classes)), _) => {
                let all = labels.iter().enumerate().flat_map(|(k, l)| std::iter::repeat_n(*l, each(k))).collect();
                (Target::Classes(*classes), Some(all))
            }
            (None, Some((shape, _))) => (Target::Values(shape.clone()), None),
            (None, None) => (Target::None, None),
        };
        Ok(Outline { examples, shape: self.shape.clone(), target, labels, columns: Vec::new(), classes: Vec::new() })
    }

    pub(super) fn load(&self, known: &Known) -> Result<Loaded, String> {
        let size = elements(&self.shape).unwrap_or(0);
        let mut inputs = Vec::with_capacity(self.examples() * size);
        let mut targets = Vec::new();
        for (k, (point, count)) in self.points.iter().enumerate() {
            let Some(states) = known.get(&(self.task.clone(), *point)) else {
                return Err(format!("the states of `{}` are known only after it has run", self.task));
            };
            if states.len() != *count as usize * size {
                return Err(format!(
                    "`{}` kept {} numbers, where {} were expected",
                    self.task,
                    states.len(),
                    *count as usize * size
                ));
            }
            inputs.extend_from_slice(states);
            if let Some((shape, values)) = &self.values {
                let n = elements(shape).unwrap_or(1);
                (0..*count).for_each(|_| targets.extend_from_slice(&values[k * n..(k + 1) * n]));
            }
        }
        Ok(Loaded { inputs: Raw::Single(inputs), values: self.values.is_some().then_some(targets) })
    }
}
