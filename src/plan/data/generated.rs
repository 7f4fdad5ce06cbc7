//! Data sets that a rule generates. Example k is a function of the key and of k, so that more examples change none.

use super::Target;
use super::arrays::{Loaded, Outline, Raw};
use crate::kernels::random::Key;
use crate::plan::draw::{Distribution, Draw, key_pair};
use serde::{Deserialize, Serialize};

/// A rule with classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generated {
    pub rule: Rule,
    pub examples: usize,
    /// The standard deviation of the normal noise on each input.
    pub noise: f64,
    #[serde(with = "key_pair")]
    pub key: Key,
}

/// What is generated before noise. Example k is of class k modulo the number of classes, but for `Parity`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Rule {
    /// Two half circles of radius 1 that reach into each other: (cos t, sin t) and (1 − cos t, 1/2 − sin t), t in 0..π.
    Moons,
    /// Arms r (cos φ, sin φ) with φ = 2π (turns r + c / classes), r uniform in 0..1 (after Lang and Witbrock 1988).
    Spirals { classes: usize, turns: f64 },
    /// Corners of the cube {−1, +1}^inputs in their order; class 1 where an odd number of inputs is −1.
    Parity { inputs: usize },
    /// Points around centres, one a class, `inputs` numbers each.
    Blobs { centres: Vec<f64>, inputs: usize },
}

impl Rule {
    fn inputs(&self) -> usize {
        match self {
            Rule::Moons | Rule::Spirals { .. } => 2,
            Rule::Parity { inputs } | Rule::Blobs { inputs, .. } => *inputs,
        }
    }

    fn classes(&self) -> usize {
        match self {
            Rule::Moons | Rule::Parity { .. } => 2,
            Rule::Spirals { classes, .. } => *classes,
            Rule::Blobs { centres, inputs } => centres.len() / (*inputs).max(1),
        }
    }

    fn class(&self, k: usize) -> u32 {
        match self {
            Rule::Parity { inputs } => (corner(k, *inputs).count_ones()) & 1,
            _ => (k % self.classes()) as u32,
        }
    }
}

/// The corner of example `k`: bit i is set where input i is −1.
fn corner(k: usize, inputs: usize) -> u64 {
    if inputs >= 64 { k as u64 } else { k as u64 % (1u64 << inputs) }
}

impl Generated {
    /// Whether it can be generated; the reason if not.
    pub fn check(&self) -> Result<(), String> {
        if self.examples == 0 {
            return Err("a data set needs at least one example".into());
        }
        if !(self.noise.is_finite() && self.noise >= 0.0) {
            return Err(format!("the noise must not be negative, found {}", self.noise));
        }
        match &self.rule {
            Rule::Spirals { classes: 0, .. } => Err("there must be at least one class".into()),
            Rule::Spirals { turns, .. } if !turns.is_finite() => {
                Err(format!("the number of turns must be finite, found {turns}"))
            }
            Rule::Parity { inputs } if !(1..=63).contains(inputs) => {
                Err(format!("the number of inputs lies in 1..=63, found {inputs}"))
            }
            Rule::Blobs { centres, inputs } if *inputs == 0 || centres.is_empty() || centres.len() % inputs != 0 => {
                Err("each centre needs one number for each input".into())
            }
            Rule::Blobs { centres, .. } if centres.iter().any(|c| !c.is_finite()) => Err("the centres must be finite".into()),
            _ => super::bounded(self.examples, &[self.rule.inputs()]),
        }
    }

    /// Counts and classes.
    pub(super) fn outline(&self) -> Result<Outline, String> {
        self.check()?;
        Ok(Outline {
            examples: self.examples,
            shape: vec![self.rule.inputs()],
            target: Target::Classes(self.rule.classes()),
            labels: Some((0..self.examples).map(|k| self.rule.class(k)).collect()),
            columns: Vec::new(),
            classes: Vec::new(),
        })
    }

    /// The inputs.
    pub(super) fn load(&self) -> Result<Loaded, String> {
        self.check()?;
        let inputs = self.rule.inputs();
        let draw = |distribution, n: usize, tag| Draw::new(distribution, vec![n], self.key.derive(tag));
        let along = draw(Distribution::Uniform { low: 0.0, high: 1.0 }, self.examples, 1)?;
        let noise = draw(Distribution::Normal { mean: 0.0, sd: 1.0 }, self.examples * inputs, 2)?;
        let mut x = Vec::with_capacity(self.examples * inputs);
        for k in 0..self.examples {
            self.example(k, &along, &mut x);
            if self.noise > 0.0 {
                let from = k * inputs;
                (from..from + inputs).for_each(|i| x[i] += self.noise * noise.value(i as u64));
            }
        }
        Ok(Loaded { inputs: Raw::Double(x), values: None })
    }

    fn example(&self, k: usize, along: &Draw, out: &mut Vec<f64>) {
        match &self.rule {
            Rule::Moons => {
                let t = std::f64::consts::PI * along.value(k as u64);
                let (c, s) = (libm::cos(t), libm::sin(t));
                out.extend(if k.is_multiple_of(2) { [c, s] } else { [1.0 - c, 0.5 - s] });
            }
            Rule::Spirals { classes, turns } => {
                let r = along.value(k as u64);
                let phi = std::f64::consts::TAU * (turns * r + (k % classes) as f64 / *classes as f64);
                out.extend([r * libm::cos(phi), r * libm::sin(phi)]);
            }
            Rule::Parity { inputs } => {
                let bits = corner(k, *inputs);
                out.extend((0..*inputs).map(|i| if bits >> i & 1 == 1 { -1.0 } else { 1.0 }));
            }
            Rule::Blobs { centres, inputs } => {
                let class = k % self.rule.classes();
                out.extend_from_slice(&centres[class * inputs..(class + 1) * inputs]);
            }
        }
    }
}
