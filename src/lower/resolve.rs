//! Results of earlier tasks become numbers in what later tasks are made of.

use super::materials::depends_on_state;
use crate::plan::draw::{Draw, key_from};
use crate::plan::expr::Array;
use crate::plan::model::Field;
use crate::plan::network::Initial;
use crate::plan::{Expr, Looks, Model, Schedule, Temperature};
use std::borrow::Cow;
use std::sync::Arc;

/// Gives the value of an expression of results.
pub type Lookup<'a> = &'a mut dyn FnMut(&Expr) -> Result<f64, String>;

/// An expression with its largest parts that depend on results, but not on a state or a bound index, replaced by their values.
pub fn resolve(e: &Expr, lookup: Lookup) -> Result<Expr, String> {
    if !e.is_deferred() {
        return Ok(e.clone());
    }
    let bound = |e: &Expr| matches!(e, Expr::Local(_) | Expr::List(_) | Expr::BondValue { .. } | Expr::PairValue { .. });
    if !depends_on_state(e) && !e.contains(&bound) {
        return lookup(e).map(Expr::Number);
    }
    let mut failed = None;
    let resolved = e.map_parts(&mut |part| match resolve(part, lookup) {
        Ok(part) => part,
        Err(reason) => {
            failed.get_or_insert(reason);
            part.clone()
        }
    });
    match failed {
        Some(reason) => Err(reason),
        None => Ok(resolved),
    }
}

/// A model whose energy no longer depends on results.
pub fn model(model: &Model, lookup: Lookup) -> Result<Model, String> {
    let field = match &model.field {
        Some(f) => Some(Field { local: f.local, body: resolve(&f.body, lookup)? }),
        None => None,
    };
    Ok(Model { energy: resolve(&model.energy, lookup)?, field, ..model.clone() })
}

/// The arrays of a model's weights, from all of its weights one after the other.
pub fn arrays(model: &Model, weights: &[f64]) -> Vec<Arc<Array>> {
    let mut rest = weights;
    let mut next = |shape: &[usize]| {
        let (own, more) = rest.split_at(shape.iter().product::<usize>().min(rest.len()));
        rest = more;
        Arc::new(Array { shape: shape.to_vec(), data: own.to_vec() })
    };
    model.weights.iter().map(|w| next(&w.shape)).collect()
}

/// An expression with numbers for the weights.
fn with_arrays(e: &Expr, arrays: &[Arc<Array>]) -> Expr {
    match e {
        Expr::Weight(k) => arrays.get(*k as usize).map_or_else(|| e.clone(), |a| Expr::Array(a.clone())),
        other => other.map_parts(&mut |part| with_arrays(part, arrays)),
    }
}

/// A model whose weights are numbers: every kernel serves it as it serves any other.
pub fn weighted(model: &Model, arrays: &[Arc<Array>]) -> Model {
    let field = model.field.as_ref().map(|f| Field { local: f.local, body: with_arrays(&f.body, arrays) });
    Model { energy: with_arrays(&model.energy, arrays), field, weights: vec![], ..model.clone() }
}

/// What is looked at, with numbers for the weights.
pub fn weighted_looks(looks: &Arc<Looks>, arrays: &[Arc<Array>]) -> Arc<Looks> {
    let speaks = |e: &Expr| e.contains(&|e| matches!(e, Expr::Weight(_)));
    if !looks.observe.iter().chain(&looks.estimate).any(|c| speaks(&c.expr)) {
        return looks.clone();
    }
    let mut own = (**looks).clone();
    own.observe.iter_mut().chain(&mut own.estimate).for_each(|c| c.expr = with_arrays(&c.expr, arrays));
    Arc::new(own)
}

/// Arrays that stand in for weights that are not known yet: what can be said of a model before it runs does not depend on them.
pub fn stand_ins(model: &Model) -> Vec<Arc<Array>> {
    let array = |name: &str, shape: &Vec<usize>, initial: &Initial| {
        let size = shape.iter().product();
        let data = match initial {
            Initial::Given(values) => (**values).clone(),
            Initial::Draw(d) => {
                Draw::new(d.clone(), shape.clone(), key_from(0, name, &[])).map_or_else(|_| vec![0.0; size], |d| d.materialise())
            }
            _ => (0..size).map(|k| 0.01 * (1.0 + libm::fmod(0.618 * k as f64, 1.0))).collect(),
        };
        Arc::new(Array { shape: shape.clone(), data })
    };
    model.weights.iter().map(|w| array(&w.name, &w.shape, &w.initial)).collect()
}

/// The model, with stand-ins for its weights where it has some.
pub fn standing_in(model: &Model) -> Cow<'_, Model> {
    if model.weights.is_empty() { Cow::Borrowed(model) } else { Cow::Owned(weighted(model, &stand_ins(model))) }
}

/// A temperature that is a number.
pub fn temperature(temperature: &Temperature, lookup: Lookup) -> Result<Temperature, String> {
    Ok(match temperature {
        Temperature::Temperature(e) => Temperature::Temperature(resolve(e, lookup)?),
        Temperature::Beta(e) => Temperature::Beta(resolve(e, lookup)?),
    })
}

/// A schedule of numbers.
pub fn schedule(s: &Schedule, lookup: Lookup) -> Result<Schedule, String> {
    let mut pair = |a: &Expr, b: &Expr| Ok::<_, String>((resolve(a, lookup)?, resolve(b, lookup)?));
    Ok(match s {
        same @ (Schedule::Automatic | Schedule::Steps { .. }) => same.clone(),
        Schedule::WarmUp { over, then } => Schedule::WarmUp { over: *over, then: Box::new(schedule(then, lookup)?) },
        Schedule::Function(e) => Schedule::Function(resolve(e, lookup)?),
        Schedule::Constant(a) => Schedule::Constant(resolve(a, lookup)?),
        Schedule::Linear(a, b) => pair(a, b).map(|(a, b)| Schedule::Linear(a, b))?,
        Schedule::Geometric(a, b) => pair(a, b).map(|(a, b)| Schedule::Geometric(a, b))?,
        Schedule::Cosine(a, b) => pair(a, b).map(|(a, b)| Schedule::Cosine(a, b))?,
        Schedule::Inverse(a, b) => pair(a, b).map(|(a, b)| Schedule::Inverse(a, b))?,
        Schedule::Table(values) => Schedule::Table(values.iter().map(|e| resolve(e, lookup)).collect::<Result<_, _>>()?),
        Schedule::Sequence(parts) => {
            let mut resolved = Vec::new();
            for (share, part) in parts {
                resolved.push((*share, schedule(part, lookup)?));
            }
            Schedule::Sequence(resolved)
        }
    })
}
