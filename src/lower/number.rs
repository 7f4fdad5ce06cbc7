//! Expressions that are numbers already, and temperatures as functions of progress.

use crate::plan::{Expr, Schedule, Temperature};

/// The value of a scalar expression of numbers and coordinates alone; `None` where something else remains.
pub fn constant(e: &Expr) -> Option<f64> {
    match e {
        Expr::Number(x) => Some(*x),
        Expr::Coordinate { value, .. } => Some(*value),
        Expr::Random(draw) if draw.shape.is_empty() => Some(draw.value(0)),
        Expr::Unary(f, x) => Some(f.apply(constant(x)?)),
        Expr::Binary(op, a, b) => Some(op.apply(constant(a)?, constant(b)?)),
        Expr::If(c, a, b) => {
            if constant(c)? != 0.0 {
                constant(a)
            } else {
                constant(b)
            }
        }
        Expr::Fold(op, parts) => {
            let values: Vec<f64> = match &**parts {
                Expr::List(parts) => parts.iter().map(constant).collect::<Option<_>>()?,
                Expr::Array(array) => array.data.clone(),
                _ => return None,
            };
            Some(op.of(&values))
        }
        Expr::Index(base, indices) => {
            let Expr::Array(array) = &**base else { return None };
            if indices.len() != array.shape.len() {
                return None;
            }
            let mut at = 0;
            for (index, &n) in indices.iter().zip(&array.shape) {
                let i = constant(index)?;
                if !(i >= 0.0 && i < n as f64) {
                    return None;
                }
                at = at * n + i as usize;
            }
            array.data.get(at).copied()
        }
        _ => None,
    }
}

/// The inverse temperature. Errors: a temperature that depends on results, is negative or is not a number.
pub fn inverse_temperature(temperature: &Temperature) -> Result<f64, String> {
    let (e, what) = match temperature {
        Temperature::Temperature(e) => (e, "temperature"),
        Temperature::Beta(e) => (e, "inverse temperature"),
    };
    let x = constant(e).ok_or_else(|| format!("the {what} depends on results that are not there yet"))?;
    match temperature {
        Temperature::Temperature(_) if x >= 0.0 => Ok(1.0 / x),
        Temperature::Beta(_) if !x.is_nan() => Ok(x),
        _ => Err(format!("the {what} is {x}")),
    }
}

/// The value of a schedule at progress `x` of [0, 1] of a run of `length` sweeps or epochs; NaN where it depends on results that are not
/// there yet.
pub fn schedule_at(schedule: &Schedule, x: f64, length: f64) -> f64 {
    let n = |e: &Expr| constant(e).unwrap_or(f64::NAN);
    let x = x.clamp(0.0, 1.0);
    match schedule {
        Schedule::Automatic => f64::NAN,
        Schedule::Constant(a) => n(a),
        Schedule::Steps { first, factor, every } => first * libm::pow(*factor, libm::floor(x * length / *every as f64 + 1e-9)),
        Schedule::WarmUp { over, then } => {
            let over = *over as f64;
            match x * length < over {
                true => schedule_at(then, 0.0, length - over) * (x * length / over),
                false => schedule_at(then, (x * length - over) / (length - over).max(f64::MIN_POSITIVE), length - over),
            }
        }
        Schedule::Function(e) => of_time(e, x * length).unwrap_or(f64::NAN),
        // Both ends exactly.
        _ if x == 1.0 => last(schedule),
        Schedule::Linear(a, b) => n(a) + (n(b) - n(a)) * x,
        Schedule::Geometric(a, b) => n(a) * libm::pow(n(b) / n(a), x),
        Schedule::Cosine(a, b) => n(b) + (n(a) - n(b)) * (1.0 + libm::cos(std::f64::consts::PI * x)) / 2.0,
        Schedule::Inverse(a, b) => 1.0 / (1.0 / n(a) + (1.0 / n(b) - 1.0 / n(a)) * x),
        Schedule::Table(values) => {
            let Some(most) = values.len().checked_sub(1) else { return f64::NAN };
            let at = x * most as f64;
            let k = (at as usize).min(most.saturating_sub(1));
            let low = n(&values[k]);
            match values.get(k + 1) {
                Some(high) => low + (n(high) - low) * (at - k as f64),
                None => low,
            }
        }
        Schedule::Sequence(parts) => {
            let whole: f64 = parts.iter().map(|p| p.0).sum();
            let mut before = 0.0;
            for (share, part) in parts {
                let share = share / whole;
                if x < before + share {
                    return schedule_at(part, (x - before) / share, length * share);
                }
                before += share;
            }
            last(schedule)
        }
    }
}

/// The value of a function of the epoch.
fn of_time(e: &Expr, time: f64) -> Option<f64> {
    let at = |e: &Expr| of_time(e, time);
    Some(match e {
        Expr::Coordinate { axis, .. } if axis == "epoch" => time,
        Expr::Unary(f, x) => f.apply(at(x)?),
        Expr::Binary(op, a, b) => op.apply(at(a)?, at(b)?),
        Expr::If(c, a, b) => at(if at(c)? != 0.0 { a } else { b })?,
        other => constant(other)?,
    })
}

fn last(schedule: &Schedule) -> f64 {
    let n = |e: &Expr| constant(e).unwrap_or(f64::NAN);
    match schedule {
        Schedule::Automatic | Schedule::Steps { .. } | Schedule::WarmUp { .. } | Schedule::Function(_) => f64::NAN,
        Schedule::Constant(a) => n(a),
        Schedule::Linear(_, b) | Schedule::Geometric(_, b) | Schedule::Cosine(_, b) | Schedule::Inverse(_, b) => n(b),
        Schedule::Table(values) => values.last().map_or(f64::NAN, n),
        Schedule::Sequence(parts) => parts.iter().rev().find(|p| p.0 > 0.0).map_or(f64::NAN, |p| last(&p.1)),
    }
}
