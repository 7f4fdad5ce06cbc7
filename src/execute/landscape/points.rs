//! Points in the space of the variables: drawn, given, or the results of tasks.

use crate::kernels::landscape::draws::normals;
use crate::kernels::random::Key;
use crate::plan::draw::{Draw, key_from};
use crate::plan::landscape::{At, Subject};
use crate::plan::network::{Initial, Parameter};
use crate::plan::{Plan, Space};
use crate::results::{Kept, PointResult, TaskResult};

/// A point, with what batch normalisation keeps there.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub point: Vec<f64>,
    pub buffers: Vec<Vec<f64>>,
    /// The training that diverged before it came here.
    pub diverged: Option<String>,
}

impl Found {
    fn of(point: Vec<f64>, buffers: Vec<Vec<f64>>) -> Found {
        Found { point, buffers, diverged: None }
    }
}

/// The kept array of what batch normalisation has kept at each moment.
pub const AVERAGES: &str = "running_averages";

/// The name of kept weights in a result.
pub fn kept_name(name: &str) -> String {
    format!("weights/{name}")
}

/// Where networks and models begin; `seed` is that of the task beside the plan's.
pub fn initial(plan: &Plan, subject: Subject, seed: i64) -> Result<Found, String> {
    let key = |name: &str| key_from(plan.seed, name, &["initial".to_string(), seed.to_string()]);
    match subject {
        Subject::Network(n) => {
            let n = &plan.networks[n as usize];
            let point = first(&n.parameters, &key)?;
            Ok(Found::of(point, n.buffers.iter().map(|b| vec![b.initial; b.size]).collect()))
        }
        Subject::Machine(m) => {
            let point = first(&plan.models[m as usize].weights, &|name| key(&format!("weights {name}")))?;
            Ok(Found::of(point, vec![]))
        }
        Subject::Model(m) => {
            let m = &plan.models[m as usize];
            let mut point = Vec::with_capacity(m.components());
            for v in &m.variables {
                let mut own = vec![0.0; v.components()];
                normals(key(&v.name), &mut own);
                let uniform = |x: f64| 0.5 * (1.0 + libm::erf(x * std::f64::consts::FRAC_1_SQRT_2));
                match v.space {
                    Space::Circle => own.iter_mut().for_each(|x| *x = std::f64::consts::PI * (2.0 * uniform(*x) - 1.0)),
                    Space::Line { low, high } if low.is_finite() && high.is_finite() => {
                        own.iter_mut().for_each(|x| *x = low + (high - low) * uniform(*x));
                    }
                    Space::Line { low, .. } if low.is_finite() => own.iter_mut().for_each(|x| *x = low + x.abs()),
                    Space::Line { high, .. } if high.is_finite() => own.iter_mut().for_each(|x| *x = high - x.abs()),
                    _ => {}
                }
                point.extend(own);
            }
            Ok(Found::of(point, vec![]))
        }
    }
}

/// Weights before training, array after array.
fn first(parameters: &[Parameter], key: &dyn Fn(&str) -> Key) -> Result<Vec<f64>, String> {
    let mut point = Vec::with_capacity(parameters.iter().map(Parameter::size).sum());
    for p in parameters {
        match &p.initial {
            Initial::Constant(x) => point.resize(point.len() + p.size(), *x),
            Initial::Given(values) => point.extend(values.iter()),
            Initial::Draw(d) => point.extend(Draw::new(d.clone(), p.shape.clone(), key(&p.name))?.materialise()),
            Initial::Orthogonal { gain } => point.extend(orthogonal(&p.shape, *gain, key(&p.name))?),
        }
    }
    Ok(point)
}

/// A matrix [rows, columns] (further dimensions count as columns, as in a convolution) with orthonormal rows or columns, times a gain.
fn orthogonal(shape: &[usize], gain: f64, key: Key) -> Result<Vec<f64>, String> {
    let rows = shape.first().copied().unwrap_or(1);
    let columns: usize = shape.iter().skip(1).product();
    let (short, long) = (rows.min(columns), rows.max(columns));
    let mut basis = vec![vec![0.0; long]; short];
    for (k, b) in basis.iter_mut().enumerate() {
        normals(key.derive(k as u64), b);
    }
    crate::kernels::landscape::directions::gram_schmidt(&mut basis)?;
    for b in &mut basis {
        crate::kernels::landscape::vectors::unit(b);
    }
    let at = |i: usize, j: usize| if rows <= columns { basis[i][j] } else { basis[j][i] };
    Ok((0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))).map(|(i, j)| gain * at(i, j)).collect())
}

/// A point that a plan names.
pub fn found(plan: &Plan, before: &[TaskResult], subject: Subject, at: &At, seed: i64) -> Result<Found, String> {
    let buffers = || match subject {
        Subject::Network(n) => plan.networks[n as usize].buffers.iter().map(|b| vec![b.initial; b.size]).collect(),
        Subject::Model(_) | Subject::Machine(_) => vec![],
    };
    let dimension = match subject {
        Subject::Network(n) => plan.networks[n as usize].dimension(),
        Subject::Model(m) => plan.models[m as usize].components(),
        Subject::Machine(m) => plan.models[m as usize].dimension(),
    };
    match at {
        At::Initial => initial(plan, subject, seed),
        At::Zeros => Ok(Found::of(vec![0.0; dimension], buffers())),
        At::Given(point) => Ok(Found::of((**point).clone(), buffers())),
        At::Task { task, point } | At::Kept { task, point, .. } => {
            let name = &plan.tasks[*task as usize].name;
            let missing = || format!("the result of `{name}` that this point uses is not there");
            let task = before.iter().find(|t| t.name == *name).ok_or_else(missing)?;
            let result = task.points.get(*point as usize).and_then(|p| p.as_ref()).ok_or_else(missing)?;
            if let Some(reason) = &result.failed {
                return Err(format!("`{name}`, whose result this point uses, failed: {reason}"));
            }
            if let At::Kept { moment, .. } = at {
                return of_moment(plan, result, subject, *moment as usize).ok_or_else(missing)?;
            }
            let mut found = of_result(plan, result, subject).ok_or_else(missing)?;
            let diverged = result.warnings.iter().any(|w| w.code == crate::diagnostic::codes::DIVERGED.0);
            found.diverged = diverged.then(|| name.clone());
            Ok(found)
        }
    }
}

/// The parameters that a training kept at a moment.
fn of_moment(plan: &Plan, result: &PointResult, subject: Subject, moment: usize) -> Option<Result<Found, String>> {
    let row = |name: &str| {
        result.kept.iter().find(|(n, _)| n == name).and_then(|(_, k)| match k {
            Kept::Array { shape, data, .. } if shape.len() == 2 => {
                data.get(moment * shape[1]..(moment + 1) * shape[1]).map(<[f64]>::to_vec)
            }
            _ => None,
        })
    };
    let point = row("parameters")?;
    if point.iter().any(|x| x.is_nan()) {
        return Some(Err("the training ended before the moment whose parameters are asked for".into()));
    }
    let Subject::Network(n) = subject else { return Some(Ok(Found::of(point, vec![]))) };
    let sizes: Vec<usize> = plan.networks[n as usize].buffers.iter().map(|b| b.size).collect();
    let mut rest = if sizes.is_empty() { vec![] } else { row(AVERAGES)? };
    let buffers = sizes.iter().map(|size| rest.drain(..*size).collect()).collect();
    Some(Ok(Found::of(point, buffers)))
}

/// The weights that a training kept, or the best state of an anneal.
fn of_result(plan: &Plan, result: &PointResult, subject: Subject) -> Option<Found> {
    let array = |name: &str| {
        result.kept.iter().find(|(n, _)| n == name).and_then(|(_, k)| match k {
            Kept::Array { data, .. } => Some(data.clone()),
            _ => None,
        })
    };
    match subject {
        Subject::Network(n) => {
            let n = &plan.networks[n as usize];
            let mut point = Vec::with_capacity(n.dimension());
            for p in &n.parameters {
                point.extend(array(&kept_name(&p.name))?);
            }
            let buffers = n.buffers.iter().map(|b| array(&kept_name(&b.name))).collect::<Option<Vec<_>>>()?;
            Some(Found::of(point, buffers))
        }
        Subject::Machine(m) => {
            let mut point = Vec::new();
            for p in &plan.models[m as usize].weights {
                point.extend(array(&kept_name(&p.name))?);
            }
            Some(Found::of(point, vec![]))
        }
        Subject::Model(m) => {
            if let Some(best) = array("best_state") {
                return Some(Found::of(best, vec![]));
            }
            let m = &plan.models[m as usize];
            let mut point = Vec::new();
            for v in &m.variables {
                point.extend(array(&kept_name(&v.name))?);
            }
            Some(Found::of(point, vec![]))
        }
    }
}
