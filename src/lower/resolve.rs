//! Results of earlier tasks become numbers in what later tasks are made of.

use super::materials::depends_on_state;
use crate::plan::model::Field;
use crate::plan::{Expr, Model, Schedule, Temperature};

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
