//! Where examples come from.

use super::arrays::{self, Loaded, Outline, Raw, Stored};
use super::formats::csv::Csv;
use super::formats::hdf5::Sets;
use super::formats::idx::Idx;
use super::formats::npy::Npy;
use super::formats::{cifar, csv, digits, idx, images};
use super::generated::Generated;
use super::states::{Known, States};
use super::{Target, bounded, elements, shown};
use crate::plan::expr::Array;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a file's targets are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wanted {
    Nothing,
    /// A class each; `None`: as many as the largest says.
    Label {
        classes: Option<usize>,
    },
    /// Numbers each.
    Values,
}

/// A source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Source {
    /// 1797 handwritten digits of 8 × 8 pixels.
    Digits,
    /// A part of MNIST, or of Fashion-MNIST, in its four IDX files.
    Mnist {
        folder: String,
        fashion: bool,
        test: bool,
    },
    /// A part of CIFAR-10 in its binary batches.
    Cifar10 {
        folder: String,
        test: bool,
    },
    Csv(Csv),
    /// A NumPy array, and one of targets.
    Npy {
        inputs: String,
        targets: Option<String>,
        wanted: Wanted,
    },
    /// Arrays of a NumPy archive.
    Npz {
        path: String,
        inputs: String,
        targets: Option<String>,
        wanted: Wanted,
    },
    /// Data sets of an HDF5 file; several are columns.
    Hdf5 {
        path: String,
        inputs: Vec<String>,
        targets: Vec<String>,
        wanted: Wanted,
    },
    /// IDX files; bytes are pixels.
    Idx {
        inputs: String,
        targets: Option<String>,
        wanted: Wanted,
    },
    /// A folder for each class with its images.
    Images {
        folder: String,
    },
    Generated(Generated),
    /// Numbers that are known: the first direction of the inputs counts the examples, and so does that of the values.
    Table {
        name: String,
        inputs: Arc<Array>,
        values: Option<Arc<Array>>,
        labels: Option<(Arc<Vec<u32>>, usize)>,
    },
    /// States that a task of the same plan keeps.
    States(States),
}

const FASHION: &[&str] =
    &["T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

/// What makes a pair of arrays: inputs, and targets where there are some.
type Pair = (Box<dyn Stored>, Option<Box<dyn Stored>>, Wanted);

impl Source {
    /// In a word or two, for people.
    pub fn name(&self) -> String {
        match self {
            Source::Digits => "digits".into(),
            Source::Mnist { folder, fashion, test } => {
                format!("{}mnist({folder:?}).{}", if *fashion { "fashion_" } else { "" }, if *test { "test" } else { "train" })
            }
            Source::Cifar10 { folder, test } => format!("cifar10({folder:?}).{}", if *test { "test" } else { "train" }),
            Source::Csv(csv) => format!("csv({:?})", csv.path),
            Source::Npy { inputs, .. } => format!("npy({inputs:?})"),
            Source::Npz { path, inputs, .. } => format!("npz({path:?}, {inputs:?})"),
            Source::Hdf5 { path, inputs, .. } => format!("hdf5_table({path:?}, {inputs:?})"),
            Source::Idx { inputs, .. } => format!("idx({inputs:?})"),
            Source::Images { folder } => format!("images({folder:?})"),
            Source::Generated(g) => {
                let name = match g.rule {
                    super::Rule::Moons => "two_moons",
                    super::Rule::Spirals { .. } => "spirals",
                    super::Rule::Parity { .. } => "xor",
                    super::Rule::Blobs { .. } => "blobs",
                };
                format!("{name}({})", g.examples)
            }
            Source::Table { name, .. } => name.clone(),
            Source::States(s) => format!("{}.states", s.task),
        }
    }

    /// The arrays, where the source is arrays.
    fn pair(&self) -> Result<Option<Pair>, String> {
        let idx = |path: &String, unit: f32| Box::new(Idx { path: path.clone(), unit }) as Box<dyn Stored>;
        let npy = |path: &String, entry: Option<&String>| {
            Box::new(Npy { path: path.clone(), entry: entry.cloned() }) as Box<dyn Stored>
        };
        let sets =
            |path: &String, names: &[String]| Box::new(Sets { path: path.clone(), names: names.to_vec() }) as Box<dyn Stored>;
        Ok(Some(match self {
            Source::Mnist { folder, test, .. } => {
                let (images, labels) = idx::mnist(folder, *test)?;
                (Box::new(images), Some(Box::new(labels)), Wanted::Label { classes: Some(10) })
            }
            Source::Npy { inputs, targets, wanted } => (npy(inputs, None), targets.as_ref().map(|t| npy(t, None)), *wanted),
            Source::Npz { path, inputs, targets, wanted } => {
                (npy(path, Some(inputs)), targets.as_ref().map(|t| npy(path, Some(t))), *wanted)
            }
            Source::Hdf5 { path, inputs, targets, wanted } => {
                (sets(path, inputs), (!targets.is_empty()).then(|| sets(path, targets)), *wanted)
            }
            Source::Idx { inputs, targets, wanted } => (idx(inputs, 255.0), targets.as_ref().map(|t| idx(t, 1.0)), *wanted),
            _ => return Ok(None),
        }))
    }

    /// What is there.
    pub(super) fn outline(&self) -> Result<Outline, String> {
        if let Some((inputs, targets, wanted)) = self.pair()? {
            let mut outline = arrays::outline(&*inputs, targets.as_deref(), &wanted)?;
            match self {
                Source::Mnist { fashion, .. } => {
                    outline.shape = vec![1, 28, 28];
                    outline.classes = if *fashion {
                        FASHION.iter().map(|c| c.to_string()).collect()
                    } else {
                        (0..10).map(|d| d.to_string()).collect()
                    };
                }
                Source::Hdf5 { inputs, .. } if inputs.len() > 1 => outline.columns = inputs.clone(),
                _ => {}
            }
            return Ok(outline);
        }
        match self {
            Source::Digits => digits::outline(),
            Source::Cifar10 { folder, test } => cifar::outline(folder, *test),
            Source::Csv(table) => csv::read(table).map(|r| r.0),
            Source::Images { folder } => images::outline(folder),
            Source::Generated(g) => g.outline(),
            Source::States(s) => s.outline(),
            Source::Table { inputs, values, labels, .. } => table(inputs, values.as_deref(), labels.as_ref()),
            _ => Err(format!("{} cannot be read", self.name())),
        }
    }

    /// The numbers; `known`: the states of tasks that have run.
    pub(super) fn load(&self, known: &Known) -> Result<Loaded, String> {
        if let Some((inputs, targets, wanted)) = self.pair()? {
            return arrays::load(&*inputs, targets.as_deref(), &wanted);
        }
        match self {
            Source::Digits => digits::load(),
            Source::Cifar10 { folder, test } => cifar::load(folder, *test),
            Source::Csv(table) => csv::read(table).map(|r| r.1),
            Source::Images { folder } => images::load(folder),
            Source::Generated(g) => g.load(),
            Source::States(s) => s.load(known),
            Source::Table { inputs, values, .. } => {
                Ok(Loaded { inputs: Raw::Double(inputs.data.clone()), values: values.as_ref().map(|v| v.data.clone()) })
            }
            _ => Err(format!("{} cannot be read", self.name())),
        }
    }

    /// Whether the files of large sets are as long as they promise; what [`Source::outline`] reads to the end is.
    pub(super) fn whole(&self) -> Result<(), String> {
        match self {
            Source::Mnist { folder, test, .. } => {
                let (images, labels) = idx::mnist(folder, *test)?;
                images.whole()?;
                labels.whole()
            }
            Source::Idx { inputs, targets, .. } => {
                std::iter::once(inputs).chain(targets).try_for_each(|path| Idx { path: path.clone(), unit: 1.0 }.whole())
            }
            Source::Images { folder } => images::whole(folder),
            _ => Ok(()),
        }
    }

    /// The files that it reads, in their order.
    pub(super) fn files(&self) -> Result<Vec<String>, String> {
        Ok(match self {
            Source::Digits | Source::Generated(_) | Source::Table { .. } | Source::States(_) => Vec::new(),
            Source::Mnist { folder, test, .. } => {
                let (images, labels) = idx::mnist(folder, *test)?;
                vec![images.path, labels.path]
            }
            Source::Cifar10 { folder, test } => cifar::batches(folder, *test)?,
            Source::Csv(table) => vec![table.path.clone()],
            Source::Npy { inputs, targets, .. } | Source::Idx { inputs, targets, .. } => {
                std::iter::once(inputs).chain(targets).cloned().collect()
            }
            Source::Npz { path, .. } | Source::Hdf5 { path, .. } => vec![path.clone()],
            Source::Images { folder } => images::files(folder)?.into_iter().map(|f| f.1.to_string_lossy().into_owned()).collect(),
        })
    }
}

/// What a table of known numbers holds.
fn table(inputs: &Array, values: Option<&Array>, labels: Option<&(Arc<Vec<u32>>, usize)>) -> Result<Outline, String> {
    let parts = |a: &Array, what: &str| -> Result<(usize, Vec<usize>), String> {
        let Some((&n, rest)) = a.shape.split_first() else {
            return Err(format!("the {what} need a direction that counts examples"));
        };
        if n == 0 || rest.contains(&0) || elements(&a.shape) != Some(a.data.len()) {
            return Err(format!("{} {what} of shape {} are no table", a.data.len(), shown(&a.shape)));
        }
        if let Some(k) = a.data.iter().position(|x| !x.is_finite()) {
            return Err(format!("{what}: expected a finite number, found {} for example {}", a.data[k], k / (a.data.len() / n)));
        }
        Ok((n, if rest.is_empty() { vec![1] } else { rest.to_vec() }))
    };
    let (examples, shape) = parts(inputs, "inputs")?;
    bounded(examples, &shape)?;
    let mut outline = Outline { examples, shape, target: Target::None, labels: None, columns: Vec::new(), classes: Vec::new() };
    if let Some((labels, classes)) = labels {
        if labels.len() != examples {
            return Err(format!("{examples} examples, but {} classes", labels.len()));
        }
        if let Some(k) = labels.iter().position(|l| *l as usize >= *classes) {
            return Err(format!("example {k} has class {} of {classes}, which count from 0", labels[k]));
        }
        outline.labels = Some(labels.to_vec());
        outline.target = Target::Classes(*classes);
    } else if let Some(values) = values {
        let (n, shape) = parts(values, "values")?;
        if n != examples {
            return Err(format!("{examples} examples, but values for {n}"));
        }
        outline.target = Target::Values(shape);
    }
    Ok(outline)
}
