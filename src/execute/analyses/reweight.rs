//! Reweighting of results by the kept series of their energies.

use super::super::derive::{Evaluation, Position, Tensor, labels, place};
use super::series::series;
use crate::plan::Expr;
use crate::plan::analysis::{ReweightMember, ReweightPlan, SeriesCase};
use crate::plan::scalar::{Leaves, averages, number};
use crate::results::TaskResult;
use crate::statistics::binning::bins_of;
use crate::statistics::integrated_time;
use crate::statistics::reweight::{Run, Runs, Solution, connected};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Independent samples that a reweighted average must rest on.
const FEWEST: f64 = 10.0;

/// The run and the bin that a replicate lacks.
type LeftOut = Option<(usize, usize)>;

/// All runs that reach the temperatures asked for, and what they gave so far.
pub struct Prepared {
    /// The point of the task that each run is.
    points: Vec<usize>,
    runs: Runs,
    solution: Solution,
    /// By the run and bin that are left out: what each temperature gives.
    values: RefCell<HashMap<LeftOut, Rc<Vec<Vec<f64>>>>>,
    /// The longest autocorrelation time of the energy and of what is averaged, in measurements.
    tau: f64,
}

/// The series of one point.
struct Sampled {
    beta: f64,
    energy: Vec<f64>,
    averaged: Vec<Vec<f64>>,
    bin: Vec<usize>,
}

struct Sample<'s> {
    observables: &'s [&'s [f64]],
    at: usize,
    coordinates: &'s [(String, f64)],
}

impl Leaves for Sample<'_> {
    fn coordinate(&self, axis: &str) -> f64 {
        self.coordinates.iter().find(|(n, _)| n == axis).map_or(f64::NAN, |c| c.1)
    }
    fn observable(&self, k: u16) -> f64 {
        self.observables.get(k as usize).and_then(|o| o.get(self.at)).copied().unwrap_or(f64::NAN)
    }
}

struct Averaged<'a> {
    averages: &'a [f64],
    coordinates: &'a [(String, f64)],
}

impl Leaves for Averaged<'_> {
    fn coordinate(&self, axis: &str) -> f64 {
        self.coordinates.iter().find(|(n, _)| n == axis).map_or(f64::NAN, |c| c.1)
    }
    fn average(&self, k: usize) -> f64 {
        self.averages.get(k).copied().unwrap_or(f64::NAN)
    }
}

impl ReweightPlan {
    fn beta(&self, coordinate: f64) -> f64 {
        if self.inverse { coordinate } else { 1.0 / coordinate }
    }
}

/// The runs of a task along an axis, and where they are asked for.
struct Along<'a> {
    plan: &'a ReweightPlan,
    case: &'a SeriesCase,
    task: &'a str,
    t: &'a TaskResult,
    points: &'a [usize],
    /// Of the other axes, and the place on this one.
    coordinates: &'a [(String, f64)],
    targets: &'a [f64],
}

impl Evaluation<'_> {
    pub(super) fn reweight(&self, plan: &ReweightPlan, of: &Expr, at: &mut Position) -> Result<Tensor, String> {
        let Expr::Result { task, at: fixed, .. } = of else { return Err("only a quantity of a task can be reweighted".into()) };
        let t = *self.results.tasks.get(task.as_str()).ok_or_else(|| format!("the task `{task}` has not run"))?;
        let target = match plan.listed {
            true => at.iter().rev().find(|(n, _)| *n == plan.along).map(|p| p.1).ok_or("the new axis is not fixed here")?,
            false => 0,
        };
        let axis = t.axes.iter().find(|a| a.name == plan.along).ok_or_else(|| format!("there is no axis `{}`", plan.along))?;
        let mut points = Vec::new();
        for i in 0..axis.coordinates.len() {
            at.push((plan.along.clone(), i));
            let point = place(&t.axes, fixed, at);
            at.pop();
            points.push(point?);
        }
        let case = &plan.cases[plan.case_of[points[0]] as usize];
        // An average may hold the temperature itself: its series then belong to one target.
        let own = averages(&case.form)
            .iter()
            .any(|a| a.contains(&|e| matches!(e, Expr::Coordinate { axis, .. } if *axis == plan.along)));
        let targets: Vec<f64> = if own { vec![plan.to[target]] } else { plan.to.clone() };
        let place = if own { 0 } else { target };
        let mut coordinates: Vec<(String, f64)> = coordinates_of(t, points[0]);
        coordinates.iter_mut().filter(|(n, _)| *n == plan.along).for_each(|c| c.1 = plan.to[target]);
        let reach = match plan.gives {
            ReweightMember::FreeEnergy { from } => vec![from, plan.to[target]],
            _ => vec![plan.to[target]],
        };
        let runs = Along { plan, case, task, t, points: &points, coordinates: &coordinates, targets: &targets };
        let prepared = self.prepared(&runs, &reach)?;
        let mut left_out = None;
        for (k, &point) in prepared.points.iter().enumerate() {
            let result = self.finished(task, point)?;
            if let Some(bin) = self.replicate(task, point, result) {
                left_out = Some((k, bin));
            }
        }
        let known = prepared.values.borrow().get(&left_out).cloned();
        let values = match known {
            Some(known) => known,
            None => {
                let solution = match left_out {
                    None => prepared.solution.clone(),
                    some => prepared.runs.solve(some, Some(&prepared.solution))?,
                };
                let mut betas: Vec<f64> = targets.iter().map(|x| plan.beta(*x)).collect();
                if let ReweightMember::FreeEnergy { from } = plan.gives {
                    betas.push(plan.beta(from));
                }
                let all = prepared.runs.at(&solution, &betas);
                let origin = all.last().map_or(0.0, |r| r.free_energy);
                let rows = all.iter().map(|r| {
                    let mut row = vec![r.effective, r.free_energy - origin];
                    row.extend(&r.averages);
                    row
                });
                let values = Rc::new(rows.collect::<Vec<_>>());
                prepared.values.borrow_mut().insert(left_out, values.clone());
                values
            }
        };
        let row = &values[place];
        if plan.gives == ReweightMember::Effective {
            // A property of the samples, without an error of its own.
            let central = prepared.values.borrow().get(&None).cloned();
            return Ok(Tensor::number(central.map_or(row[0], |v| v[place][0])));
        }
        let independent = row[0] / (2.0 * prepared.tau);
        if independent < FEWEST {
            return Err(format!(
                "at {} = {} the runs leave {independent:.1} independent samples, too few: add a run nearer to it, or more sweeps",
                plan.along, plan.to[target]
            ));
        }
        Ok(Tensor::number(match plan.gives {
            ReweightMember::FreeEnergy { .. } => row[1],
            _ => number(&case.form, &Averaged { averages: &row[2..], coordinates: &coordinates }, &mut 0),
        }))
    }

    /// The runs that reach all of some temperatures, weighted together.
    fn prepared(&self, asked: &Along, reach: &[f64]) -> Result<Rc<Prepared>, String> {
        let Along { plan, case, task, points, targets, .. } = *asked;
        let mut sampled: Option<Vec<Sampled>> = None;
        let memory = &self.results.memory.runs;
        // Which runs reach a temperature is found once.
        let mut chosen: Option<Vec<usize>> = None;
        for &x in reach {
            let name = format!("reach {task} {points:?} {:?} {x:?}", case.energy);
            let known = self.results.memory.reach.borrow().get(&name).cloned();
            let joined = match known {
                Some(known) => known?,
                None => {
                    if sampled.is_none() {
                        sampled = Some(self.sampled(asked)?);
                    }
                    let all = sampled.as_deref().unwrap_or_default();
                    let found = reached(all, points, plan.beta(x));
                    self.results.memory.reach.borrow_mut().insert(name, found.clone());
                    found?
                }
            };
            match &chosen {
                None => chosen = Some(joined),
                Some(same) if *same == joined => {}
                Some(_) => {
                    return Err(format!(
                        "the energies of the runs between {} = {} and {} do not overlap: add runs between them",
                        plan.along, reach[0], x
                    ));
                }
            }
        }
        let chosen = chosen.ok_or("no temperature is asked for")?;
        let from = match plan.gives {
            ReweightMember::FreeEnergy { from } => Some(from),
            _ => None,
        };
        let name = format!("{task} {chosen:?} {:?} {:?} {targets:?} {from:?}", case, plan.inverse);
        if let Some(known) = memory.borrow().get(&name).cloned() {
            return known;
        }
        let all = match sampled {
            Some(all) => all,
            None => self.sampled(asked)?,
        };
        let kept: Vec<&Sampled> = all.iter().zip(points).filter(|(_, p)| chosen.contains(p)).map(|(s, _)| s).collect();
        let made = prepare(&kept, chosen).map(Rc::new);
        memory.borrow_mut().insert(name, made.clone());
        made
    }

    /// The series of all points along the axis, and in them the averages that the form is made of.
    fn sampled(&self, asked: &Along) -> Result<Vec<Sampled>, String> {
        let Along { plan, case, task, t, points, coordinates, targets } = *asked;
        let mut out = Vec::with_capacity(points.len());
        let mut here = coordinates.to_vec();
        here.iter_mut().filter(|(n, _)| *n == plan.along).for_each(|c| c.1 = targets[0]);
        for &point in points {
            let result = self.finished(task, point)?;
            let (chains, energy) = series(t, point, result, &case.energy.0)?;
            let mut observables: Vec<&[f64]> = Vec::new();
            for name in &case.observables {
                observables.push(series(t, point, result, name).map_or(&[], |s| s.1));
            }
            let averaged = averages(&case.form)
                .iter()
                .map(|a| {
                    (0..energy.len())
                        .map(|at| number(a, &Sample { observables: &observables, at, coordinates: &here }, &mut 0))
                        .collect()
                })
                .collect();
            let own = coordinates_of(t, point);
            let x = own.iter().find(|(n, _)| *n == plan.along).map_or(f64::NAN, |c| c.1);
            let bins = result.replicates().max(1);
            let energy: Vec<f64> = energy.iter().map(|e| e * case.energy.1).collect();
            out.push(Sampled { beta: plan.beta(x), bin: bins_of(chains, energy.len(), bins), energy, averaged });
        }
        if out.iter().any(|s| s.averaged.iter().flatten().any(|x| !x.is_finite())) {
            return Err(format!("a kept series of `{task}` holds a value that is not finite near {}", labels(t, points[0])));
        }
        Ok(out)
    }
}

fn coordinates_of(t: &TaskResult, point: usize) -> Vec<(String, f64)> {
    let mut rest = point;
    let mut out = Vec::new();
    for axis in t.axes.iter().rev() {
        let n = axis.coordinates.len();
        out.push((axis.name.clone(), axis.coordinates.number(rest % n).unwrap_or((rest % n) as f64)));
        rest /= n;
    }
    out
}

fn runs<'s>(all: &[&'s Sampled]) -> Vec<Run<'s>> {
    all.iter().map(|s| Run { beta: s.beta, energy: &s.energy, observables: &s.averaged, block: &s.bin }).collect()
}

/// The points that overlap, one after the other, with what lies next to an inverse temperature.
fn reached(all: &[Sampled], points: &[usize], beta: f64) -> Result<Vec<usize>, String> {
    let every: Vec<&Sampled> = all.iter().collect();
    Ok(connected(&runs(&every), beta)?.into_iter().map(|k| points[k]).collect())
}

fn prepare(all: &[&Sampled], points: Vec<usize>) -> Result<Prepared, String> {
    let runs = Runs::new(&runs(all))?;
    let solution = runs.solve(None, None)?;
    let series = all.iter().flat_map(|s| s.averaged.iter().chain([&s.energy]));
    let tau = series.map(|x| integrated_time(&[x]).tau).filter(|t| t.is_finite()).fold(0.5, f64::max);
    Ok(Prepared { points, runs, solution, values: RefCell::default(), tau })
}
