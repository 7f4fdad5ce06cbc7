//! States as the executor holds them: positions of spins in their sets, or the components of any other variables.

use crate::kernels::random::{Key, Stream};
use crate::plan::{Model, Space, Start};
use serde::{Deserialize, Serialize};

/// Some states, one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum States {
    /// Of models of spins alone: the position of each spin in its set.
    Positions(Vec<u8>),
    /// Of all other models: one number a component.
    Components(Vec<f64>),
}

/// States to look at.
#[derive(Clone, Copy, Debug)]
pub enum View<'s> {
    Positions(&'s [u8]),
    Components(&'s [f64]),
}

impl States {
    /// No state yet, of the kind that a model has.
    pub fn none(model: &Model) -> States {
        if model.is_finite() { States::Positions(Vec::new()) } else { States::Components(Vec::new()) }
    }

    /// So many states of a model, to be written over.
    pub fn new(model: &Model, count: usize) -> States {
        let n = count * model.components();
        if model.is_finite() { States::Positions(vec![0; n]) } else { States::Components(vec![0.0; n]) }
    }

    pub fn view(&self) -> View<'_> {
        match self {
            States::Positions(s) => View::Positions(s),
            States::Components(s) => View::Components(s),
        }
    }

    /// The numbers held: sites or components of all states.
    pub fn len(&self) -> usize {
        match self {
            States::Positions(s) => s.len(),
            States::Components(s) => s.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn clear(&mut self) {
        match self {
            States::Positions(s) => s.clear(),
            States::Components(s) => s.clear(),
        }
    }

    /// Adds the first `count` numbers of other states of the same kind.
    pub fn extend(&mut self, other: &States, count: usize) {
        match (self, other) {
            (States::Positions(a), States::Positions(b)) => a.extend_from_slice(&b[..count]),
            (States::Components(a), States::Components(b)) => a.extend_from_slice(&b[..count]),
            _ => debug_assert!(false, "states of two kinds"),
        }
    }

    /// Puts those of `other` after one's own.
    pub fn append(&mut self, other: &States) {
        self.extend(other, other.len());
    }

    /// The values of all variables.
    pub fn values(&self, model: &Model) -> Vec<f64> {
        match self {
            States::Components(s) => s.clone(),
            States::Positions(s) => {
                let sets: Vec<&[f64]> =
                    model.variables.iter().flat_map(|v| std::iter::repeat_n(v.values(), v.components())).collect();
                s.iter().enumerate().map(|(k, &x)| sets[k % sets.len()][usize::from(x)]).collect()
            }
        }
    }
}

/// Tag of the sub-stream that draws which spins of a start are flipped.
const FLIPS: u64 = 0x666c_6970_7300;

/// The values that a start gives every variable of a chain; `None` where they are drawn by the kernel. Errors: values that the
/// variables do not have.
pub fn start_values(start: &Start, model: &Model, key: Key) -> Result<Option<Vec<f64>>, String> {
    let high = match start {
        Start::Random => return Ok(None),
        Start::Given(values) if values.len() != model.components() => {
            return Err(format!("a starting state has {} values, the model {}", values.len(), model.components()));
        }
        Start::Given(values) => return Ok(Some((**values).clone())),
        Start::Lowest => false,
        Start::Highest => true,
        Start::Computed(_) => return Err("a starting state depends on results that are not there yet".into()),
        Start::Each(all) => return start_values(all.first().unwrap_or(&Start::Random), model, key),
        Start::Flip { of, fraction } => {
            let Some(mut values) = start_values(of, model, key)? else { return Ok(None) };
            flip(&mut values, *fraction, model, key)?;
            return Ok(Some(values));
        }
    };
    let mut all = Vec::with_capacity(model.components());
    for v in &model.variables {
        match &v.space {
            Space::Finite(values) => {
                let value = if high { values.last() } else { values.first() };
                all.extend(std::iter::repeat_n(value.copied().unwrap_or(f64::NAN), v.sites));
            }
            Space::Circle => all.extend(std::iter::repeat_n(if high { 0.0 } else { std::f64::consts::PI }, v.sites)),
            Space::Sphere(n) => {
                for _ in 0..v.sites {
                    all.push(if high { 1.0 } else { -1.0 });
                    all.extend(std::iter::repeat_n(0.0, *n as usize - 1));
                }
            }
            Space::Line { low, high: top } => {
                let value = match (high, *low, *top) {
                    (true, _, top) if top.is_finite() => top,
                    (false, low, _) if low.is_finite() => low,
                    (true, low, _) => low.max(1.0),
                    (false, _, top) => top.min(-1.0),
                };
                all.extend(std::iter::repeat_n(value, v.sites));
            }
        }
    }
    Ok(Some(all))
}

/// Gives exactly round(fraction × sites) of the spins, each choice of them alike, another of their values.
fn flip(values: &mut [f64], fraction: f64, model: &Model, key: Key) -> Result<(), String> {
    let n = values.len();
    if !model.is_finite() || n >= u32::MAX as usize {
        return Err("`flip` needs spins".into());
    }
    let sets: Vec<&[f64]> = model.variables.iter().flat_map(|v| std::iter::repeat_n(v.values(), v.sites)).collect();
    let mut stream = Stream::new(key.derive(FLIPS));
    let mut order: Vec<u32> = (0..n as u32).collect();
    for k in 0..(libm::round(fraction * n as f64) as usize).min(n) {
        order.swap(k, k + stream.below((n - k) as u32) as usize);
        let site = order[k] as usize;
        let set = sets[site];
        let own =
            set.iter().position(|x| *x == values[site]).ok_or_else(|| format!("{} is not a value of a spin", values[site]))?;
        let other = if set.len() > 2 { stream.below(set.len() as u32 - 1) as usize } else { 0 };
        if set.len() > 1 {
            values[site] = set[other + usize::from(other >= own)];
        }
    }
    Ok(())
}

/// Values of spins as positions in their sets. Errors: a value that is none of them.
pub fn positions(values: &[f64], model: &Model) -> Result<Vec<u8>, String> {
    let sets = model.variables.iter().flat_map(|v| std::iter::repeat_n(v, v.sites));
    let place = |(x, v): (&f64, &crate::plan::Variable)| {
        let at = v.values().iter().position(|y| y == x);
        at.map(|p| p as u8).ok_or_else(|| format!("{x} is not a value of `{}`", v.name))
    };
    values.iter().zip(sets).map(place).collect()
}
