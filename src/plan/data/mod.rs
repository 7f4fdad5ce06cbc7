//! Data sets as descriptions: a source (a file, a rule that generates, a table) and steps (a part of it, a scaling).
//!
//! A description is a few bytes. [`Loader`] reads it: [`Loader::facts`] as little as says what is there, and
//! [`Loader::materialise`] the numbers. What the numbers are for is not known here.

mod arrays;
mod formats;
mod generated;
mod identity;
mod loader;
mod rows;
mod scaling;
mod source;
mod split;
mod states;
mod step;
#[cfg(test)]
mod tests;
mod view;

pub use formats::csv::{Column, Csv};
pub use formats::images::MOST_PIXELS;
pub use generated::{Generated, Rule};
pub use loader::Loader;
pub use source::{Source, Wanted};
pub use split::{Part, Share, Split};
pub use states::States;
pub use step::{Over, Scale, Step};

use serde::{Deserialize, Serialize};

/// Examples with inputs, and with a class or values each where there are any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataSet {
    pub source: Source,
    /// Applied one after the other.
    pub steps: Vec<Step>,
}

impl DataSet {
    /// The files that its numbers come from, those of a normalisation too. Errors: a folder that cannot be read.
    pub fn files(&self) -> Result<Vec<String>, String> {
        let mut all = self.source.files()?;
        for step in &self.steps {
            if let Step::Normalise { by: Some(by), .. } = step {
                all.extend(by.files()?);
            }
        }
        Ok(all)
    }
}

/// What an example is to be answered with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Target {
    None,
    /// A whole number below this.
    Classes(usize),
    /// Numbers of a shape.
    Values(Vec<usize>),
}

/// What is known of a data set without its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    pub examples: usize,
    /// Of the inputs of one example.
    pub shape: Vec<usize>,
    pub target: Target,
    /// Names of the inputs where they have some: one for each number of an example, or none.
    pub columns: Vec<String>,
    /// Names of the classes where they have some.
    pub classes: Vec<String>,
}

/// Numbers in the precision of their source.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    Single(Vec<f32>),
    Double(Vec<f64>),
}

/// What the examples are to be answered with.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    None,
    /// A class each.
    Labels {
        labels: Vec<u32>,
        classes: usize,
    },
    /// Numbers of a shape each, example by example.
    Values {
        values: Vec<f64>,
        shape: Vec<usize>,
    },
}

/// The numbers of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    pub count: usize,
    /// Example by example, each in row-major order.
    pub inputs: Numbers,
    /// Of the inputs of one example.
    pub shape: Vec<usize>,
    pub targets: Targets,
}

impl DataSet {
    /// All of a source.
    pub fn new(source: Source) -> DataSet {
        DataSet { source, steps: Vec::new() }
    }

    /// The same with one more step.
    pub fn then(&self, step: Step) -> DataSet {
        let mut steps = self.steps.clone();
        steps.push(step);
        DataSet { source: self.source.clone(), steps }
    }

    /// What is there, read from headers and counts where that is possible.
    #[cfg(test)]
    pub fn facts(&self) -> Result<Facts, String> {
        Loader::default().facts(self)
    }

    /// The numbers.
    #[cfg(test)]
    pub fn materialise(&self) -> Result<Examples, String> {
        Loader::default().materialise(self)
    }

    /// A text that is equal for equal data: of a file its content counts, and not its name.
    pub fn identity(&self) -> Result<String, String> {
        identity::of(self)
    }

    /// A text that is equal for equal descriptions, without a look at files.
    pub fn likeness(&self) -> String {
        identity::likeness(self)
    }

    /// Its source, and those of the sets that it is scaled by.
    pub fn sources(&self) -> Vec<&Source> {
        let mut all = vec![&self.source];
        for step in &self.steps {
            if let Step::Normalise { by: Some(by), .. } = step {
                all.extend(by.sources());
            }
        }
        all
    }

    /// The number of steps, those of sets that are scaled by included.
    pub fn weight(&self) -> usize {
        self.steps.iter().fold(1, |n, step| match step {
            Step::Normalise { by: Some(by), .. } => n.saturating_add(1).saturating_add(by.weight()),
            _ => n.saturating_add(1),
        })
    }

    /// In a few words, for people: `digits, 1 step`.
    pub fn describe(&self) -> String {
        let mut text = self.source.name();
        for step in &self.steps {
            text += ".";
            text += step.name();
        }
        text
    }
}

impl Numbers {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Numbers::Single(v) => v.len(),
            Numbers::Double(v) => v.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number `k`, which must exist.
    pub fn get(&self, k: usize) -> f64 {
        match self {
            Numbers::Single(v) => f64::from(v[k]),
            Numbers::Double(v) => v[k],
        }
    }

    /// All in single precision.
    pub fn into_single(self) -> Vec<f32> {
        match self {
            Numbers::Single(v) => v,
            Numbers::Double(v) => v.into_iter().map(|x| x as f32).collect(),
        }
    }

    /// All in double precision.
    pub fn into_double(self) -> Vec<f64> {
        match self {
            Numbers::Single(v) => v.into_iter().map(f64::from).collect(),
            Numbers::Double(v) => v,
        }
    }
}

/// The number of elements of a shape, if it can be counted.
pub(crate) fn elements(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |n, &s| n.checked_mul(s))
}

/// Numbers of one data set; more would not fit into the memory of today's machines.
const MOST_NUMBERS: usize = 1 << 32;

/// Refuses what cannot be held.
pub(crate) fn bounded(examples: usize, shape: &[usize]) -> Result<(), String> {
    match elements(shape).and_then(|n| n.checked_mul(examples)) {
        Some(n) if n <= MOST_NUMBERS && examples <= u32::MAX as usize => Ok(()),
        _ => Err(format!("{examples} examples of {} numbers are too many to hold", shown(shape))),
    }
}

/// `3 × 32 × 32`, or `1` for a single number.
pub(crate) fn shown(shape: &[usize]) -> String {
    if shape.is_empty() { "1".into() } else { shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ") }
}
