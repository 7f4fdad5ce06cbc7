//! Quantities derived from results: values and errors of expressions over tasks.
//!
//! An expression is evaluated at one position of its axes at a time. Its error comes from the joint
//! jackknife replicates of every point that it uses: points are independent sources.

use crate::plan::{Analysis, Expr, Op, Reduction};
use crate::results::{AxisValues, PointResult, Quantity, TaskResult};
use crate::statistics::{CrossingWindow, Group, PeakWindow, interpolate, propagate};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

/// A value with its shape, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub data: Vec<f64>,
}

impl Tensor {
    pub(super) fn number(x: f64) -> Tensor {
        Tensor { shape: vec![], data: vec![x] }
    }
}

/// A derived quantity with its errors, row-major over its axes, then over its shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    pub axes: Vec<AxisValues>,
    pub shape: Vec<usize>,
    pub value: Vec<f64>,
    pub error: Vec<f64>,
}

/// The results that expressions may use.
pub struct Results<'r> {
    pub(super) tasks: BTreeMap<&'r str, &'r TaskResult>,
    /// A point that is missing beside others that are there is no number, rather than an error.
    partial: bool,
    /// What many positions and replicates share.
    pub(super) memory: super::analyses::Memory,
}

/// What is chosen on the central values and kept for the replicates: windows of fits, and errors,
/// which have no errors of their own.
#[derive(Default)]
pub(super) struct Windows {
    pub fixed: HashMap<String, Tensor>,
    crossings: HashMap<String, CrossingWindow>,
    peaks: HashMap<String, PeakWindow>,
    pub fits: HashMap<String, super::analyses::fit::Central>,
}

/// What an error comes from: each is varied by itself, with all others at their central values.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// The replicates of a point of a task: one bin of time left out.
    Point { task: String, point: usize, bins: usize },
    /// The realisations along an axis: one left out.
    Realisations { axis: String, count: usize },
    /// The realisations along an axis, drawn with repetition.
    Resamples { axis: String, key: (u64, u64), count: usize },
    /// The points of a curve without errors: one left out of its fit. Named by the fit.
    Scatter { fit: String, count: usize },
}

impl Source {
    fn replicates(&self) -> usize {
        match self {
            Source::Point { bins, .. } => *bins,
            Source::Realisations { count, .. } | Source::Resamples { count, .. } | Source::Scatter { count, .. } => *count,
        }
    }
}

/// One evaluation: which replicate of which source stands in for the central values.
pub(super) struct Evaluation<'e> {
    pub results: &'e Results<'e>,
    pub windows: &'e RefCell<Windows>,
    pub replaced: Option<(&'e Source, usize)>,
    /// What was used, in order.
    pub used: RefCell<Vec<Source>>,
    /// How many disorder averages are being taken: the errors of single runs are in their spread.
    pub sealed: Cell<u32>,
    /// Values of bound indices.
    pub locals: RefCell<Vec<(u32, Tensor)>>,
}

pub(super) type Position = Vec<(String, usize)>;

impl<'r> Results<'r> {
    pub fn new(tasks: &'r [TaskResult]) -> Results<'r> {
        Results { tasks: tasks.iter().map(|t| (t.name.as_str(), t)).collect(), partial: false, memory: Default::default() }
    }

    /// Results of which points may be missing.
    pub fn partial(tasks: &'r [TaskResult]) -> Results<'r> {
        Results { partial: true, ..Results::new(tasks) }
    }

    /// Whether points may be missing.
    pub(super) fn is_partial(&self) -> bool {
        self.partial
    }

    /// The axes that an expression runs over.
    pub fn axes(&self, e: &Expr) -> Vec<AxisValues> {
        let mut axes: Vec<AxisValues> = Vec::new();
        match e {
            Expr::Result { task, quantity, at } => {
                if let Some(t) = self.tasks.get(task.as_str()) {
                    let all = t.axes.iter().chain(t.own_axes(quantity));
                    axes.extend(all.filter(|a| !at.iter().any(|(n, _)| *n == a.name)).cloned());
                }
            }
            other => {
                other.for_each_part(&mut |part| {
                    for axis in self.axes(part) {
                        if !axes.iter().any(|a| a.name == axis.name) {
                            axes.push(axis);
                        }
                    }
                });
                if let Expr::Analyse(analysis, _) = other {
                    axes.retain(|a| !analysis.bound().contains(&a.name.as_str()));
                    axes.extend(analysis.made());
                }
            }
        }
        axes
    }

    /// The value and the errors of an expression at all positions of its axes.
    pub fn derive(&self, e: &Expr) -> Result<Labelled, String> {
        let axes = self.axes(e);
        let mut out = Labelled { axes: axes.clone(), shape: vec![], value: vec![], error: vec![] };
        for position in Self::positions(&axes) {
            let (tensor, error) = self.derive_at(e, &position)?;
            out.shape = tensor.shape;
            out.value.extend(tensor.data);
            out.error.extend(error);
        }
        Ok(out)
    }

    /// All positions of an expression's axes, row by row.
    fn positions(axes: &[AxisValues]) -> impl Iterator<Item = Position> + '_ {
        let count: usize = axes.iter().map(|a| a.coordinates.len()).product();
        (0..count).map(move |k| {
            let mut rest = k;
            let mut position = Vec::new();
            for axis in axes.iter().rev() {
                position.push((axis.name.clone(), rest % axis.coordinates.len()));
                rest /= axis.coordinates.len();
            }
            position
        })
    }

    /// The replicates of an expression that the first point of a task stands for alone: `[bin][element]`.
    pub fn replicates(&self, e: &Expr, task: &str) -> Result<Vec<Vec<f64>>, String> {
        let point = self.tasks.get(task).and_then(|t| t.points.first()).and_then(|p| p.as_ref());
        let quantities = point.map(|p| &p.quantities[..]).unwrap_or_default();
        let bins = quantities.iter().map(|(_, q)| q.replicates.len()).max().unwrap_or(0);
        let source = Source::Point { task: task.to_string(), point: 0, bins };
        let axes = self.axes(e);
        let mut out = vec![Vec::new(); bins];
        for position in Self::positions(&axes) {
            let windows = RefCell::new(Windows::default());
            // What the replicates share is chosen on the central values.
            Evaluation::new(self, &windows, None).eval(e, &mut position.clone())?;
            for (bin, all) in out.iter_mut().enumerate() {
                all.extend(Evaluation::new(self, &windows, Some((&source, bin))).eval(e, &mut position.clone())?.data);
            }
        }
        Ok(out)
    }

    /// The value and the error at one position.
    pub(super) fn derive_at(&self, e: &Expr, position: &Position) -> Result<(Tensor, Vec<f64>), String> {
        let windows = RefCell::new(Windows::default());
        let central = Evaluation::new(self, &windows, None);
        let value = central.eval(e, &mut position.clone())?;
        let sources: Vec<Source> = central.used.into_inner().into_iter().filter(|s| s.replicates() > 1).collect();
        // Each source's replicates enter as one input: the number of the replicate. Zero is the
        // central value, so that all that comes from a source moves together.
        let inputs = vec![0.0; sources.len()];
        let groups: Vec<Group> = sources
            .iter()
            .enumerate()
            .map(|(k, s)| Group { inputs: vec![k], replicates: (1..=s.replicates()).map(|b| vec![b as f64]).collect() })
            .collect();
        let size = value.data.len();
        let derived = propagate(&inputs, &groups, &mut |x: &[f64]| {
            let replaced = x.iter().position(|&b| b != 0.0).map(|k| (&sources[k], x[k] as usize - 1));
            match Evaluation::new(self, &windows, replaced).eval(e, &mut position.clone()) {
                Ok(t) => t.data,
                Err(_) => vec![f64::NAN; size],
            }
        })?;
        let error = derived
            .iter()
            .map(|d| {
                if d.error.is_nan() {
                    return d.error;
                }
                // Resamples scatter as the estimate itself does: Σ(..)² / (B - 1), where a jackknife has (B - 1)/B Σ(..)².
                let part = |(p, s): (&f64, &Source)| match s {
                    Source::Resamples { count, .. } => p * (*count as f64).sqrt() / (*count as f64 - 1.0),
                    _ => *p,
                };
                d.parts.iter().zip(&sources).map(part).map(|p| p * p).sum::<f64>().sqrt()
            })
            .collect();
        Ok((value, error))
    }
}

/// What stands for a point that is missing: no numbers, in the shape that the quantity has at another point.
fn nothing(task: &TaskResult, quantity: &str) -> Option<Tensor> {
    let other = task.points.iter().flatten().find_map(|p| p.quantity(quantity))?;
    let shape = other.shape.get(task.own_axes(quantity).len()..)?.to_vec();
    Some(Tensor { data: vec![f64::NAN; shape.iter().product()], shape })
}

impl<'e> Evaluation<'e> {
    fn new(results: &'e Results<'e>, windows: &'e RefCell<Windows>, replaced: Option<(&'e Source, usize)>) -> Evaluation<'e> {
        Evaluation { results, windows, replaced, used: RefCell::default(), sealed: Cell::new(0), locals: RefCell::default() }
    }

    /// Notes that the errors of a source count.
    pub(super) fn uses(&self, source: Source) {
        let mut used = self.used.borrow_mut();
        if self.sealed.get() == 0 && !used.contains(&source) {
            used.push(source);
        }
    }

    pub(super) fn eval(&self, e: &Expr, at: &mut Position) -> Result<Tensor, String> {
        Ok(match e {
            Expr::Number(x) => Tensor::number(*x),
            Expr::Coordinate { value, .. } => Tensor::number(*value),
            Expr::Local(k) => {
                let locals = self.locals.borrow();
                let found = locals.iter().rev().find(|(n, _)| n == k).map(|(_, t)| t.clone());
                found.ok_or_else(|| "an index has no value after the run".to_string())?
            }
            Expr::Array(a) => Tensor { shape: a.shape.clone(), data: a.data.clone() },
            Expr::Random(d) => Tensor { shape: d.shape.clone(), data: d.materialise() },
            Expr::List(parts) => {
                let parts: Vec<Tensor> = parts.iter().map(|p| self.eval(p, at)).collect::<Result<_, _>>()?;
                let mut shape = vec![parts.len()];
                shape.extend(parts.first().map(|p| p.shape.clone()).unwrap_or_default());
                Tensor { shape, data: parts.into_iter().flat_map(|p| p.data).collect() }
            }
            Expr::Index(base, indices) => self.index(base, indices, at)?,
            Expr::Result { task, quantity, at: fixed } => self.result(task, quantity, fixed, at)?,
            Expr::Unary(f, x) => {
                let t = self.eval(x, at)?;
                Tensor { shape: t.shape, data: t.data.into_iter().map(|x| f.apply(x)).collect() }
            }
            Expr::Binary(op, a, b) => binary(*op, self.eval(a, at)?, self.eval(b, at)?)?,
            Expr::If(c, a, b) => {
                let c = self.eval(c, at)?;
                if c.shape.is_empty() {
                    self.eval(if c.data[0] != 0.0 { a } else { b }, at)?
                } else {
                    let (a, b) = (self.eval(a, at)?, self.eval(b, at)?);
                    let pick = |t: &Tensor, k: usize| t.data[if t.shape.is_empty() { 0 } else { k }];
                    let data = (0..c.data.len()).map(|k| if c.data[k] != 0.0 { pick(&a, k) } else { pick(&b, k) }).collect();
                    Tensor { shape: c.shape, data }
                }
            }
            Expr::Fold(op, x) => Tensor::number(op.of(&self.eval(x, at)?.data)),
            Expr::Analyse(analysis, parts) => self.analyse(analysis, parts, e, at)?,
            _ => return Err("an expression of a state has no value after the run".to_string()),
        })
    }

    fn index(&self, base: &Expr, indices: &[Expr], at: &mut Position) -> Result<Tensor, String> {
        let t = self.eval(base, at)?;
        let mut offset = 0;
        let mut size = t.data.len();
        for (e, n) in indices.iter().zip(&t.shape) {
            let i = self.eval(e, at)?.data[0];
            if !(i >= 0.0 && i < *n as f64) {
                return Err(format!("the index {i} is outside of 0 to {}", n.saturating_sub(1)));
            }
            size /= n;
            offset += i as usize * size;
        }
        let shape = t.shape[indices.len().min(t.shape.len())..].to_vec();
        Ok(Tensor { shape, data: t.data[offset..offset + size].to_vec() })
    }

    fn result(&self, task: &str, quantity: &str, fixed: &[(String, usize)], at: &Position) -> Result<Tensor, String> {
        let t = self.results.tasks.get(task).ok_or_else(|| format!("the task `{task}` has not run"))?;
        let place = |axes: &[AxisValues]| -> Result<usize, String> {
            axes.iter().try_fold(0, |place, axis| {
                let i = fixed.iter().chain(at.iter().rev()).find(|(n, _)| *n == axis.name).map(|(_, i)| *i);
                let i = i.ok_or_else(|| format!("the axis `{}` is not fixed here", axis.name))?;
                Ok(place * axis.coordinates.len() + i)
            })
        };
        let point = place(&t.axes)?;
        let missing = || format!("`{task}` has no result at {}", labels(t, point));
        let result = match t.points.get(point).and_then(|p| p.as_ref()).filter(|p| p.failed.is_none()) {
            Some(result) => result,
            None if self.results.partial => return nothing(t, quantity).ok_or_else(missing),
            None => return Err(missing()),
        };
        let q: &Quantity = result.quantity(quantity).ok_or_else(missing)?;
        let data = match self.replicate(task, point, result) {
            Some(bin) if bin < q.replicates.len() => &q.replicates[bin],
            _ => &q.value,
        };
        let own = t.own_axes(quantity);
        if own.is_empty() {
            return Ok(Tensor { shape: q.shape.clone(), data: data.clone() });
        }
        // The part at a place of its own axes, which are the first dimensions.
        let shape = q.shape.get(own.len()..).unwrap_or_default().to_vec();
        let size: usize = shape.iter().product();
        let at = place(own)? * size;
        Ok(Tensor { shape, data: data.get(at..at + size).ok_or_else(missing)?.to_vec() })
    }

    /// Notes that a point is used; the replicate of it that stands in, if one does.
    pub(super) fn replicate(&self, task: &str, point: usize, result: &PointResult) -> Option<usize> {
        let bins = result.quantities.iter().map(|(_, q)| q.replicates.len()).max().unwrap_or(0);
        self.uses(Source::Point { task: task.to_string(), point, bins });
        match self.replaced {
            Some((Source::Point { task: name, point: p, .. }, bin)) if name == task && *p == point => Some(bin),
            _ => None,
        }
    }

    /// The values of a scalar expression along an axis, with the coordinates.
    fn curve(&self, e: &Expr, along: &str, at: &mut Position) -> Result<(Vec<f64>, Vec<Tensor>), String> {
        let axes = self.results.axes(e);
        let axis = axes.iter().find(|a| a.name == along).ok_or_else(|| format!("there is no axis `{along}`"))?;
        let mut x = Vec::new();
        let mut y = Vec::new();
        for i in 0..axis.coordinates.len() {
            at.push((along.to_string(), i));
            let value = self.eval(e, at);
            at.pop();
            x.push(axis.coordinates.number(i).unwrap_or(i as f64));
            y.push(value?);
        }
        Ok((x, y))
    }

    pub(super) fn scalars(&self, e: &Expr, along: &str, at: &mut Position) -> Result<(Vec<f64>, Vec<f64>), String> {
        let (x, y) = self.curve(e, along, at)?;
        Ok((x, y.into_iter().map(|t| t.data.first().copied().unwrap_or(f64::NAN)).collect()))
    }

    /// The standard errors of a curve where it is a result as it stands.
    pub(super) fn errors(&self, e: &Expr, along: &str, at: &Position, n: usize) -> Vec<f64> {
        (0..n)
            .map(|i| {
                let mut position = at.clone();
                position.push((along.to_string(), i));
                self.results.derive_at(e, &position).ok().and_then(|(_, e)| e.first().copied()).unwrap_or(f64::NAN)
            })
            .collect()
    }

    fn analyse(&self, analysis: &Analysis, parts: &[Expr], whole: &Expr, at: &mut Position) -> Result<Tensor, String> {
        // The windows of one node and position are shared by all replicates.
        let key = format!("{:p} {at:?}", whole);
        Ok(match analysis {
            Analysis::Crossing { along } => {
                let (x, one) = self.scalars(&parts[0], along, at)?;
                let (_, two) = self.scalars(&parts[1], along, at)?;
                let d: Vec<f64> = one.iter().zip(&two).map(|(a, b)| a - b).collect();
                let known = self.windows.borrow().crossings.get(&key).cloned();
                let window = match known {
                    Some(window) => window,
                    None => {
                        let a = self.errors(&parts[0], along, at, x.len());
                        let b = self.errors(&parts[1], along, at, x.len());
                        let errors: Vec<f64> = a.iter().zip(&b).map(|(a, b)| (a * a + b * b).sqrt()).collect();
                        let usable = errors.iter().all(|e| e.is_finite() && *e > 0.0);
                        let window = CrossingWindow::find(&x, &d, usable.then_some(errors.as_slice()))?;
                        self.windows.borrow_mut().crossings.insert(key, window.clone());
                        window
                    }
                };
                Tensor::number(window.solve(&d)?)
            }
            Analysis::Peak { along, at: abscissa } => {
                let (x, y) = self.scalars(&parts[0], along, at)?;
                let known = self.windows.borrow().peaks.get(&key).cloned();
                let window = match known {
                    Some(window) => window,
                    None => {
                        let errors = self.errors(&parts[0], along, at, x.len());
                        let usable = errors.iter().all(|e| e.is_finite() && *e > 0.0);
                        let window = PeakWindow::find(&x, &y, usable.then_some(errors.as_slice()))?;
                        self.windows.borrow_mut().peaks.insert(key, window.clone());
                        window
                    }
                };
                let (place, height) = window.solve(&y)?;
                Tensor::number(if *abscissa { place } else { height })
            }
            Analysis::Interpolate { along } => {
                let (x, y) = self.scalars(&parts[0], along, at)?;
                let place = self.eval(&parts[1], at)?.data[0];
                Tensor::number(interpolate(&x, &y, place)?)
            }
            Analysis::Along { axis, op } => {
                let (_, y) = self.curve(&parts[0], axis, at)?;
                let shape = y.first().map(|t| t.shape.clone()).unwrap_or_default();
                let size = y.first().map_or(0, |t| t.data.len());
                let data = (0..size)
                    .map(|k| {
                        let column: Vec<f64> = y.iter().filter_map(|t| t.data.get(k).copied()).collect();
                        if *op == Reduction::Mean { crate::statistics::sum::mean(&column) } else { op.of(&column) }
                    })
                    .collect();
                Tensor { shape, data }
            }
            Analysis::Agrees { .. } | Analysis::ZScore | Analysis::ErrorOf => {
                let known = self.windows.borrow().fixed.get(&key).cloned();
                if let Some(known) = known {
                    return Ok(known);
                }
                let value = self.of_errors(analysis, parts, at)?;
                self.windows.borrow_mut().fixed.insert(key, value.clone());
                value
            }
            other => self.analyse_whole(other, parts, key, at)?,
        })
    }

    /// Analyses that look at errors.
    fn of_errors(&self, analysis: &Analysis, parts: &[Expr], at: &Position) -> Result<Tensor, String> {
        Ok(match analysis {
            Analysis::Agrees { sigmas } => {
                let z = self.z_scores(parts, at)?;
                let data = z.data.iter().map(|z| f64::from(u8::from(z.abs() <= *sigmas))).collect();
                Tensor { shape: z.shape, data }
            }
            Analysis::ErrorOf => {
                let (t, error) = self.results.derive_at(&parts[0], at)?;
                Tensor { shape: t.shape, data: error }
            }
            _ => self.z_scores(parts, at)?,
        })
    }

    /// (a - b) / error(a - b), the correlation of a and b included. Without errors: 0 where they are
    /// equal to 1e-9, else infinite.
    fn z_scores(&self, parts: &[Expr], at: &Position) -> Result<Tensor, String> {
        let difference = Expr::Binary(Op::Subtract, parts[0].clone().boxed(), parts[1].clone().boxed());
        let (d, error) = self.results.derive_at(&difference, at)?;
        let (a, _) = self.results.derive_at(&parts[0], at)?;
        let data = d
            .data
            .iter()
            .zip(&error)
            .enumerate()
            .map(|(k, (d, e))| {
                let scale = a.data[if a.shape.is_empty() { 0 } else { k }].abs().max(1e-300);
                if d.is_nan() || e.is_nan() {
                    f64::NAN
                } else if *e > 0.0 {
                    d / e
                } else if d.abs() <= 1e-9 * scale || d.abs() < 1e-12 {
                    0.0
                } else {
                    f64::INFINITY.copysign(*d)
                }
            })
            .collect();
        Ok(Tensor { shape: d.shape, data })
    }
}

fn binary(op: Op, a: Tensor, b: Tensor) -> Result<Tensor, String> {
    if a.shape == b.shape {
        let data = a.data.iter().zip(&b.data).map(|(x, y)| op.apply(*x, *y)).collect();
        return Ok(Tensor { shape: a.shape, data });
    }
    if b.shape.is_empty() {
        let y = b.data[0];
        return Ok(Tensor { shape: a.shape, data: a.data.into_iter().map(|x| op.apply(x, y)).collect() });
    }
    if a.shape.is_empty() {
        let x = a.data[0];
        return Ok(Tensor { shape: b.shape, data: b.data.into_iter().map(|y| op.apply(x, y)).collect() });
    }
    Err("the shapes of two results do not fit".to_string())
}

pub(super) fn labels(t: &TaskResult, point: usize) -> String {
    let mut rest = point;
    let mut labels = Vec::new();
    for axis in t.axes.iter().rev() {
        labels.push(format!("{} = {}", axis.name, axis.coordinates.label(rest % axis.coordinates.len())));
        rest /= axis.coordinates.len();
    }
    labels.reverse();
    if labels.is_empty() { "its point".to_string() } else { labels.join(", ") }
}
