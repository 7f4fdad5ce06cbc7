//! Which axes repeat trainings: points along them differ in their seeds and in what is drawn, and in nothing else.
//!
//! A training is one realisation without an error of its own, so that the spread over such an axis is the error of a mean.

use super::disorder::alike;
use crate::plan::data::{DataSet, Generated, Source, Step};
use crate::plan::landscape::{At, Look, Subject};
use crate::plan::network::{Initial, Network};
use crate::plan::{Plan, ProbePoint, TrainPoint, Work};

/// Whether two points of a training or a probe are repetitions of each other.
pub(super) fn repeated(plan: &Plan, work: &Work, a: usize, b: usize) -> bool {
    match work {
        Work::Train { points } => points.get(a).zip(points.get(b)).is_some_and(|(a, b)| trainings(plan, a, b)),
        Work::Probe { points } => points.get(a).zip(points.get(b)).is_some_and(|(a, b)| probes(plan, a, b)),
        _ => false,
    }
}

fn trainings(plan: &Plan, a: &TrainPoint, b: &TrainPoint) -> bool {
    a.optimiser == b.optimiser
        && (a.batch, a.epochs, a.precision) == (b.batch, b.epochs, b.precision)
        && a.stop == b.stop
        && subjects(plan, a.subject, b.subject)
        && sets(plan, a.data, b.data)
        && places(plan, &a.start, &b.start)
        && a.looks.blocks == b.looks.blocks
        && a.looks.parameters == b.looks.parameters
        && looks(plan, &a.looks.looks, &b.looks.looks)
}

fn probes(plan: &Plan, a: &ProbePoint, b: &ProbePoint) -> bool {
    let of = match (a.of, b.of) {
        (Some((s, i)), Some((t, j))) => places(plan, &At::Task { task: s, point: i }, &At::Task { task: t, point: j }),
        (one, other) => one == other,
    };
    of && a.precision == b.precision
        && subjects(plan, a.subject, b.subject)
        && sets(plan, a.data, b.data)
        && places(plan, &a.at, &b.at)
        && a.columns == b.columns
        && looks(plan, &a.looks, &b.looks)
}

/// Looks may name other points and data sets, which are repetitions too.
fn looks(plan: &Plan, a: &[Look], b: &[Look]) -> bool {
    use crate::plan::Probe;
    use crate::plan::landscape::Directions;
    let what = |a: &Probe, b: &Probe| match (a, b) {
        (
            Probe::Interpolation { to: p, points: n, range: r, bend: s },
            Probe::Interpolation { to: q, points: m, range: t, bend: u },
        ) => (n, r, s) == (m, t, u) && places(plan, p, q),
        (
            Probe::Slice { directions: Directions::To(p), range: r, points: n },
            Probe::Slice { directions: Directions::To(q), range: s, points: m },
        ) => (r, n) == (s, m) && p.len() == q.len() && p.iter().zip(q).all(|(p, q)| places(plan, p, q)),
        _ => a == b,
    };
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| what(&a.what, &b.what) && sets(plan, a.data, b.data))
}

fn places(plan: &Plan, a: &At, b: &At) -> bool {
    match (a, b) {
        (At::Task { task: s, point: i }, At::Task { task: t, point: j }) => {
            s == t
                && (i == j
                    || plan.tasks.get(*s as usize).is_some_and(|task| repeated(plan, &task.work, *i as usize, *j as usize)))
        }
        (At::Kept { task: s, point: i, moment: k }, At::Kept { task: t, point: j, moment: l }) => {
            k == l && places(plan, &At::Task { task: *s, point: *i }, &At::Task { task: *t, point: *j })
        }
        _ => a == b,
    }
}

fn subjects(plan: &Plan, a: Subject, b: Subject) -> bool {
    match (a, b) {
        (Subject::Network(a), Subject::Network(b)) => a == b || networks(&plan.networks[a as usize], &plan.networks[b as usize]),
        (Subject::Model(a), Subject::Model(b)) => {
            a == b || alike(plan, &plan.models[a as usize], &plan.models[b as usize], &mut false)
        }
        _ => false,
    }
}

/// Networks that differ at most in weights that were drawn by the script.
fn networks(a: &Network, b: &Network) -> bool {
    let initial = |a: &Initial, b: &Initial| match (a, b) {
        (Initial::Given(a), Initial::Given(b)) => a.len() == b.len(),
        _ => a == b,
    };
    a.inputs == b.inputs
        && a.parameters.len() == b.parameters.len()
        && a.parameters.iter().zip(&b.parameters).all(|(p, q)| p.shape == q.shape && initial(&p.initial, &q.initial))
        && (&a.buffers, &a.nodes, a.loss, &a.metrics) == (&b.buffers, &b.nodes, b.loss, &b.metrics)
}

fn sets(plan: &Plan, a: Option<u32>, b: Option<u32>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b || data(&plan.data[a as usize], &plan.data[b as usize]),
        (a, b) => a == b,
    }
}

/// Data sets that differ in their draws at most: in keys, and in tables of numbers of one shape.
fn data(a: &DataSet, b: &DataSet) -> bool {
    let source = match (&a.source, &b.source) {
        (Source::Generated(a), Source::Generated(b)) => Generated { key: a.key, ..b.clone() } == *a,
        (Source::Table { inputs: a, values: v, labels: l, .. }, Source::Table { inputs: b, values: w, labels: m, .. }) => {
            let classes = |l: &Option<(std::sync::Arc<Vec<u32>>, usize)>| l.as_ref().map(|l| l.1);
            let shape = |v: &Option<std::sync::Arc<crate::plan::expr::Array>>| v.as_ref().map(|v| v.shape.clone());
            a.shape == b.shape && shape(v) == shape(w) && classes(l) == classes(m)
        }
        (a, b) => a == b,
    };
    source && a.steps.len() == b.steps.len() && a.steps.iter().zip(&b.steps).all(|(a, b)| step(a, b))
}

fn step(a: &Step, b: &Step) -> bool {
    match (a, b) {
        (Step::Shuffle { .. }, Step::Shuffle { .. }) => true,
        (Step::Split { part: p, split: s }, Step::Split { part: q, split: t }) => {
            p == q && (s.test, s.validation, s.stratify, s.key.is_some()) == (t.test, t.validation, t.stratify, t.key.is_some())
        }
        (Step::Relabel { fraction: f, .. }, Step::Relabel { fraction: g, .. }) => f == g,
        (Step::Normalise { scale: s, over: o, by: Some(x) }, Step::Normalise { scale: t, over: p, by: Some(y) }) => {
            (s, o) == (t, p) && data(x, y)
        }
        _ => a == b,
    }
}
