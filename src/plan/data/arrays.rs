//! What the readers give: the outline of a source, and its numbers as they are stored.
//!
//! Formats that hold whole arrays implement [`Stored`]; this file makes examples of one array of inputs and perhaps one of
//! targets, whose first direction counts the examples.

use super::source::Wanted;
use super::{Target, bounded, elements, shown};

/// What is known of a source before its numbers are read.
#[derive(Clone, Debug)]
pub(super) struct Outline {
    pub examples: usize,
    pub shape: Vec<usize>,
    pub target: Target,
    /// One an example, where there are classes.
    pub labels: Option<Vec<u32>>,
    pub columns: Vec<String>,
    pub classes: Vec<String>,
}

/// Numbers as they are stored.
#[derive(Clone, Debug)]
pub(super) enum Raw {
    /// Bytes, to be divided by a number: 255 for pixels.
    Bytes {
        data: Vec<u8>,
        unit: f32,
    },
    Single(Vec<f32>),
    Double(Vec<f64>),
}

/// The numbers of a source.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    pub inputs: Raw,
    /// Values, where there are some.
    pub values: Option<Vec<f64>>,
}

impl Raw {
    pub fn len(&self) -> usize {
        match self {
            Raw::Bytes { data, .. } => data.len(),
            Raw::Single(v) => v.len(),
            Raw::Double(v) => v.len(),
        }
    }

    pub fn get(&self, k: usize) -> f64 {
        match self {
            Raw::Bytes { data, unit } => f64::from(f32::from(data[k]) / unit),
            Raw::Single(v) => f64::from(v[k]),
            Raw::Double(v) => v[k],
        }
    }

    fn doubles(self) -> Vec<f64> {
        match self {
            Raw::Double(v) => v,
            other => (0..other.len()).map(|k| other.get(k)).collect(),
        }
    }

    /// Refuses numbers that are none; `place(k)` says where number k stands.
    pub fn finite(&self, place: impl Fn(usize) -> String) -> Result<(), String> {
        let bad = match self {
            Raw::Bytes { .. } => None,
            Raw::Single(v) => v.iter().position(|x| !x.is_finite()),
            Raw::Double(v) => v.iter().position(|x| !x.is_finite()),
        };
        match bad {
            Some(k) => Err(format!("{}: expected a finite number, found {}", place(k), self.get(k))),
            None => Ok(()),
        }
    }
}

/// An array in a file.
pub(super) trait Stored {
    /// The file, and the place in it where that needs saying.
    fn name(&self) -> String;
    /// The whole shape, the first direction included.
    fn shape(&self) -> Result<Vec<usize>, String>;
    /// All numbers, row-major.
    fn read(&self) -> Result<Raw, String>;
    /// Where number k stands, with the name of the file.
    fn place(&self, k: usize) -> String {
        format!("{}: element {k}", self.name())
    }
}

/// Classes that a file without a declared number of them may have.
const MOST_CLASSES: f64 = 1e6;

/// The number of examples and the shape of one.
fn examples(of: &dyn Stored) -> Result<(usize, Vec<usize>), String> {
    let shape = of.shape()?;
    let Some((&n, rest)) = shape.split_first() else {
        return Err(format!("{}: expected an array whose first direction counts the examples, found a single number", of.name()));
    };
    if n == 0 || rest.contains(&0) {
        return Err(format!("{}: it holds no examples (its shape is {})", of.name(), shown(&shape)));
    }
    bounded(n, rest).map_err(|reason| format!("{}: {reason}", of.name()))?;
    // Features are counted, so a list of numbers is a list of examples with one feature.
    Ok((n, if rest.is_empty() { vec![1] } else { rest.to_vec() }))
}

/// The outline of inputs and targets.
pub(super) fn outline(inputs: &dyn Stored, target: Option<&dyn Stored>, wanted: &Wanted) -> Result<Outline, String> {
    let (examples_, shape) = examples(inputs)?;
    let mut outline =
        Outline { examples: examples_, shape, target: Target::None, labels: None, columns: Vec::new(), classes: Vec::new() };
    let Some(target) = target else { return Ok(outline) };
    let whole = target.shape()?;
    let n = whole.first().copied().unwrap_or(0);
    if n != outline.examples {
        return Err(format!("{} has {} examples, but {} has {n}", inputs.name(), outline.examples, target.name()));
    }
    match wanted {
        Wanted::Nothing => {}
        Wanted::Label { classes } => {
            let (labels, classes) = labels(target, &whole, *classes)?;
            outline.labels = Some(labels);
            outline.target = Target::Classes(classes);
        }
        Wanted::Values => outline.target = Target::Values(examples(target)?.1),
    }
    Ok(outline)
}

/// The numbers of inputs and targets.
pub(super) fn load(inputs: &dyn Stored, target: Option<&dyn Stored>, wanted: &Wanted) -> Result<Loaded, String> {
    let raw = inputs.read()?;
    raw.finite(|k| inputs.place(k))?;
    let values = match (target, wanted) {
        (Some(target), Wanted::Values) => {
            let values = target.read()?;
            values.finite(|k| target.place(k))?;
            Some(values.doubles())
        }
        _ => None,
    };
    Ok(Loaded { inputs: raw, values })
}

/// The classes of the examples and how many there are.
fn labels(of: &dyn Stored, shape: &[usize], classes: Option<usize>) -> Result<(Vec<u32>, usize), String> {
    if elements(shape) != shape.first().copied() {
        return Err(format!("{}: expected one class for each example, found the shape {}", of.name(), shown(shape)));
    }
    let raw = of.read()?;
    let mut labels = Vec::with_capacity(raw.len());
    let end = classes.map_or(MOST_CLASSES, |n| n as f64);
    for k in 0..raw.len() {
        let x = raw.get(k);
        if !(x >= 0.0 && x < end && x == libm::trunc(x)) {
            let expected = match classes {
                Some(n) => format!("a class from 0 to {}", n.saturating_sub(1)),
                None => "a class (a whole number from 0)".to_string(),
            };
            return Err(format!("{}: expected {expected}, found {x}", of.place(k)));
        }
        labels.push(x as u32);
    }
    let classes = classes.unwrap_or_else(|| labels.iter().max().map_or(0, |m| *m as usize + 1));
    Ok((labels, classes))
}
