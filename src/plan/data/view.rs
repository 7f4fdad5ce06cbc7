//! The steps at work: which rows of a source remain, with which classes, in which shape and scale.

use super::arrays::{Loaded, Outline, Raw};
use super::rows::permutation;
use super::scaling::{self, Scaling};
use super::step::{Over, Scale, Step, classes_of};
use super::{DataSet, Examples, Facts, Numbers, Target, Targets, elements, shown};
use crate::kernels::random::{Key, Stream};
use rayon::prelude::*;
use std::sync::Arc;

/// What the steps so far leave of a source.
#[derive(Clone)]
pub(super) struct View {
    /// Rows of the source; `None`: all.
    rows: Option<Vec<u32>>,
    count: usize,
    /// The class of each example that remains.
    labels: Option<Vec<u32>>,
    shape: Vec<usize>,
    target: Target,
    /// Values come from the classes.
    one_hot: bool,
    columns: Vec<String>,
    classes: Vec<String>,
    scalings: Vec<Arc<Scaling>>,
}

/// Gives the scaling of a step, of a set or of the view in hand; nothing where numbers are not wanted.
pub(super) type Statistics<'a> = dyn FnMut(Option<&DataSet>, &View, Scale, Over) -> Result<Option<Arc<Scaling>>, String> + 'a;

impl View {
    pub fn new(outline: &Outline) -> View {
        View {
            rows: None,
            count: outline.examples,
            labels: outline.labels.clone(),
            shape: outline.shape.clone(),
            target: outline.target.clone(),
            one_hot: false,
            columns: outline.columns.clone(),
            classes: outline.classes.clone(),
            scalings: Vec::new(),
        }
    }

    pub fn facts(&self) -> Facts {
        Facts {
            examples: self.count,
            shape: self.shape.clone(),
            target: self.target.clone(),
            columns: self.columns.clone(),
            classes: self.classes.clone(),
        }
    }

    /// Keeps examples of this view, by number.
    fn keep(&mut self, order: Vec<u32>) {
        if let Some(labels) = &mut self.labels {
            *labels = order.iter().map(|&k| labels[k as usize]).collect();
        }
        self.count = order.len();
        self.rows = Some(match &self.rows {
            Some(rows) => order.iter().map(|&k| rows[k as usize]).collect(),
            None => order,
        });
    }

    /// Does one more step.
    pub fn apply(&mut self, step: &Step, statistics: &mut Statistics) -> Result<(), String> {
        match step {
            Step::Take(n) if *n == 0 || *n > self.count => {
                return Err(format!("{n} examples cannot be taken of {}", self.count));
            }
            Step::Take(n) => self.keep((0..*n as u32).collect()),
            Step::Shuffle { key } => self.keep(permutation(self.count, *key)),
            Step::Split { part, split } => {
                let rows = split.rows(self.count, self.labels.as_deref(), *part)?;
                self.keep(rows);
            }
            Step::Normalise { scale, over, by } => {
                let scaling = statistics(by.as_deref(), self, *scale, *over)?;
                self.scalings.extend(scaling);
            }
            Step::Threshold { at, low, high } => {
                let threshold = Some([*at, *low, *high]);
                self.scalings.push(Arc::new(Scaling { shift: Vec::new(), factor: Vec::new(), threshold }));
            }
            Step::Relabel { fraction, key } => self.relabel(*fraction, *key)?,
            Step::OneHot => {
                let classes = classes_of(&self.target, "`one_hot`")?;
                self.target = Target::Values(vec![classes]);
                self.one_hot = true;
            }
            Step::Flatten => self.shape = vec![elements(&self.shape).unwrap_or(usize::MAX)],
            Step::Reshape(shape) => {
                if elements(shape) != elements(&self.shape) {
                    return Err(format!("inputs of shape {} cannot take the shape {}", shown(&self.shape), shown(shape)));
                }
                self.shape = shape.clone();
            }
            Step::Classes(wanted) => self.choose(wanted)?,
        }
        Ok(())
    }

    fn relabel(&mut self, fraction: f64, key: Key) -> Result<(), String> {
        let classes = classes_of(&self.target, "`relabel`")?;
        if !(0.0..=1.0).contains(&fraction) {
            return Err(format!("a fraction lies between 0 and 1, found {fraction}"));
        }
        let chosen = permutation(self.count, key.derive(1));
        let mut stream = Stream::new(key.derive(2));
        if let Some(labels) = &mut self.labels {
            for &k in &chosen[..libm::round(fraction * self.count as f64) as usize] {
                labels[k as usize] = stream.below(classes as u32);
            }
        }
        Ok(())
    }

    fn choose(&mut self, wanted: &[usize]) -> Result<(), String> {
        let classes = classes_of(&self.target, "`classes`")?;
        let mut new = vec![None; classes];
        for (number, &class) in wanted.iter().enumerate() {
            match new.get_mut(class) {
                None => return Err(format!("there is no class {class}: they are 0 to {}", classes.saturating_sub(1))),
                Some(Some(_)) => return Err(format!("class {class} is listed twice")),
                Some(place) => *place = Some(number as u32),
            }
        }
        let labels = self.labels.take().unwrap_or_default();
        let kept: Vec<u32> = (0..labels.len() as u32).filter(|&k| new[labels[k as usize] as usize].is_some()).collect();
        if kept.is_empty() {
            return Err("no example is of the listed classes".into());
        }
        self.labels = Some(labels.iter().map(|&l| new[l as usize].unwrap_or(0)).collect());
        self.keep(kept);
        self.target = Target::Classes(wanted.len());
        if !self.classes.is_empty() {
            self.classes = wanted.iter().map(|&c| self.classes[c].clone()).collect();
        }
        Ok(())
    }

    fn features(&self) -> usize {
        elements(&self.shape).unwrap_or(0)
    }

    fn row(&self, i: usize) -> usize {
        self.rows.as_ref().map_or(i, |rows| rows[i] as usize)
    }

    /// The inputs of example `i`, scaled.
    fn example(&self, inputs: &Raw, i: usize, out: &mut [f64]) {
        let start = self.row(i) * out.len();
        match inputs {
            Raw::Bytes { data, unit } => {
                out.iter_mut().zip(&data[start..]).for_each(|(o, b)| *o = f64::from(f32::from(*b) / unit));
            }
            Raw::Single(v) => out.iter_mut().zip(&v[start..]).for_each(|(o, x)| *o = f64::from(*x)),
            Raw::Double(v) => out.iter_mut().zip(&v[start..]).for_each(|(o, x)| *o = *x),
        }
        for s in &self.scalings {
            out.iter_mut().zip(&s.shift).zip(&s.factor).for_each(|((o, shift), factor)| *o = (*o - shift) * factor);
            if let Some([at, low, high]) = s.threshold {
                out.iter_mut().for_each(|o| *o = if *o > at { high } else { low });
            }
        }
    }

    /// The scaling that normalises the examples of this view.
    pub fn statistics(&self, loaded: &Loaded, scale: Scale, over: Over) -> Scaling {
        scaling::of(self.count, &self.shape, scale, over, |i, out| self.example(&loaded.inputs, i, out))
    }

    /// The numbers of this view.
    pub fn examples(&self, loaded: &Loaded) -> Examples {
        let features = self.features();
        let inputs = match &loaded.inputs {
            Raw::Double(_) => {
                let mut out = vec![0.0; self.count * features];
                out.par_chunks_mut(features.max(1)).enumerate().for_each(|(i, row)| self.example(&loaded.inputs, i, row));
                Numbers::Double(out)
            }
            single => {
                let mut out = vec![0f32; self.count * features];
                out.par_chunks_mut(features.max(1)).enumerate().for_each_init(
                    || vec![0.0; features],
                    |values, (i, row)| {
                        self.example(single, i, values);
                        row.iter_mut().zip(values).for_each(|(o, x)| *o = *x as f32);
                    },
                );
                Numbers::Single(out)
            }
        };
        Examples { count: self.count, inputs, shape: self.shape.clone(), targets: self.targets(loaded) }
    }

    fn targets(&self, loaded: &Loaded) -> Targets {
        match (&self.target, &self.labels, &loaded.values) {
            (Target::Values(shape), Some(labels), _) if self.one_hot => {
                let classes = shape[0];
                let mut values = vec![0.0; self.count * classes];
                labels.iter().enumerate().for_each(|(i, &l)| values[i * classes + l as usize] = 1.0);
                Targets::Values { values, shape: shape.clone() }
            }
            (Target::Values(shape), _, Some(all)) => {
                let size = elements(shape).unwrap_or(0);
                let values = (0..self.count).flat_map(|i| all[self.row(i) * size..][..size].iter().copied()).collect();
                Targets::Values { values, shape: shape.clone() }
            }
            (Target::Classes(classes), Some(labels), _) => Targets::Labels { labels: labels.clone(), classes: *classes },
            _ => Targets::None,
        }
    }
}
