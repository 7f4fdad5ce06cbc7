//! What the arguments of looks at a landscape mean, and where such looks may stand.

use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::builtins::{Builtin, Param, Type, may};
use crate::elaborate::value::{Eval, Value};
use crate::plan::landscape::{Directions, Matrix, Normalise, Probe};

pub(super) const DATA: Param = may("data", Type::Any, "the task's data");
/// The matrices that a look can be of, the default first.
const MATRICES: [Matrix; 4] = [Matrix::Hessian, Matrix::GaussNewton, Matrix::Fisher, Matrix::EmpiricalFisher];
pub(super) const MATRIX: Param = may("matrix", Type::Word, "hessian");

/// A look of the data in argument k.
pub(super) fn simple(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, k: usize, probe: Probe) -> Eval {
    e.looks_here(b, a)?;
    let data = e.look_data(a.values.get(k).cloned().flatten(), a.place(k))?;
    e.look(probe, data, a.span, b.name)
}

pub(super) fn count(e: &mut Elaborator, a: &Arguments, k: usize, default: usize, least: i64) -> Eval<usize> {
    /// More of anything is a slip.
    const MOST: i64 = 4_000_000;
    if !a.has(k) {
        return Ok(default);
    }
    let n = e.whole(&a.get(k), a.place(k), "a whole number")?;
    if n < least || n > MOST {
        let grouped = crate::elaborate::limits::grouped;
        let d = Diagnostic::error(
            codes::DOMAIN,
            a.place(k),
            format!("{} is too {} here", grouped(n), if n < least { "few" } else { "many" }),
        )
        .expected(format!("a whole number from {least} to {}", grouped(MOST)));
        return Err(e.fail(d));
    }
    Ok(n as usize)
}

pub(super) fn ends(e: &mut Elaborator, a: &Arguments, default: (usize, usize)) -> Eval<(usize, usize)> {
    if !a.has(0) && !a.has(1) {
        return Ok(default);
    }
    let (largest, smallest) = (count(e, a, 0, 0, 0)?, count(e, a, 1, 0, 0)?);
    if largest + smallest == 0 {
        let d =
            Diagnostic::error(codes::DOMAIN, a.span, "how many eigenvalues?").expected("`largest: 1`, `smallest: 1`, or both");
        return Err(e.fail(d));
    }
    Ok((largest, smallest))
}

pub(super) fn matrix(e: &mut Elaborator, a: &Arguments, k: usize) -> Eval<Matrix> {
    let found = e.choice(a, k, &MATRICES.map(|m| (m.word(), m)))?;
    if found != Matrix::Hessian && e.looking.as_ref().is_some_and(|l| l.network.is_none()) {
        let d = Diagnostic::error(codes::NOT_HERE, a.place(k), "only a network has this matrix")
            .help("the energy of a model has its Hessian");
        return Err(e.fail(d));
    }
    Ok(found)
}

pub(super) fn range(e: &mut Elaborator, a: &Arguments, k: usize, default: (f64, f64)) -> Eval<(f64, f64)> {
    if !a.has(k) {
        return Ok(default);
    }
    let ends: Option<Vec<f64>> = match a.get(k) {
        Value::List(items) => items.iter().map(Value::number).collect(),
        _ => None,
    };
    match ends.as_deref() {
        Some([low, high]) if low < high && low.is_finite() && high.is_finite() => Ok((*low, *high)),
        _ => {
            let d = Diagnostic::error(codes::DOMAIN, a.place(k), "a range is a list of two numbers, the first below the second")
                .expected("such as `[-1, 1]`");
            Err(e.fail(d))
        }
    }
}

pub(super) fn directions(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, default: Directions) -> Eval<Directions> {
    e.looks_here(b, a)?;
    let found = match a.values.first().cloned().flatten() {
        None => default,
        Some(Value::Directions(d)) => (*d).clone(),
        Some(list @ (Value::List(_) | Value::Symbolic(_))) => e.given_directions(&list, a.place(0))?,
        Some(other) => return e.wrong_type(&other, a.place(0), "directions, such as `random_directions(2)`,"),
    };
    let dimension = e.looking.as_ref().map_or(0, |l| l.dimension);
    if found.count() > dimension {
        let d = Diagnostic::error(codes::DOMAIN, a.place(0), format!("{} directions in {dimension} dimensions", found.count()))
            .expected(format!("at most {dimension}"));
        return Err(e.fail(d));
    }
    if matches!(found, Directions::Random { normalise: Normalise::Filter, .. })
        && e.looking.as_ref().is_some_and(|l| l.network.is_none())
    {
        let d = Diagnostic::error(codes::NOT_HERE, a.place(0), "the variables of a model are no filters")
            .help("write `random_directions(2, normalise: unit)`");
        return Err(e.fail(d));
    }
    if matches!(found, Directions::Trajectory { .. }) && e.looking.as_ref().is_some_and(|l| l.times.is_none()) {
        let d = Diagnostic::error(codes::NOT_HERE, a.place(0), "there is no path whose principal components could be taken")
            .help("probe a training (`probe NAME of fit`) that has `keep { parameters: every 1 epoch }`");
        return Err(e.fail(d));
    }
    Ok(found)
}
