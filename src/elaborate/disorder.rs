//! Which axes count draws of disorder.

use super::Elaborator;
use super::repetitions::repeated;
use crate::plan::{CouplingValues, Expr, Model, Plan, Task, Work};
use crate::results::Coordinates;

impl Elaborator<'_> {
    /// Whether an axis of the results in an expression counts draws: its coordinates are whole numbers, and the models along
    /// it differ in tables of numbers (couplings, fields, patterns) and in nothing else; or trainings, and probes of them, that
    /// differ in their seeds and draws only.
    pub(crate) fn counts_draws(&self, e: &Expr, axis: &str) -> bool {
        let mut tasks: Vec<&str> = Vec::new();
        collect(e, &mut tasks);
        let plan = &self.elaborated.plan;
        let with: Vec<&Task> =
            plan.tasks.iter().filter(|t| tasks.contains(&t.name.as_str()) && t.axes.iter().any(|a| a.name == axis)).collect();
        !with.is_empty() && with.iter().all(|t| draws_along(plan, t, axis))
    }
}

fn collect<'e>(e: &'e Expr, out: &mut Vec<&'e str>) {
    if let Expr::Result { task, .. } = e {
        out.push(task);
    }
    e.for_each_part(&mut |part| collect(part, out));
}

fn draws_along(plan: &Plan, task: &Task, axis: &str) -> bool {
    let Some(k) = task.axes.iter().position(|a| a.name == axis) else { return false };
    let axis = &task.axes[k];
    if axis.coordinates.len() < 2 || !matches!(axis.coordinates, Coordinates::Int(_)) {
        return false;
    }
    let stride: usize = task.axes[k + 1..].iter().map(|a| a.coordinates.len()).product();
    if matches!(task.work, Work::Train { .. } | Work::Probe { .. }) {
        return (1..axis.coordinates.len()).all(|i| repeated(plan, &task.work, 0, i * stride));
    }
    // The first point of the other axes stands for all.
    let model = |i: usize| match &task.work {
        Work::Sample { points, .. } => points.get(i * stride).map(|p| p.model),
        Work::Anneal { points } => points.get(i * stride).map(|p| p.model),
        _ => None,
    };
    let same_settings = |i: usize| match &task.work {
        Work::Sample { points, .. } => match (points.first(), points.get(i * stride)) {
            (Some(a), Some(b)) => a.temperature == b.temperature && a.method == b.method,
            _ => false,
        },
        _ => true,
    };
    let (Some(a), Some(b)) = (model(0), model(1)) else { return false };
    let mut differ = false;
    let alike = same_settings(1) && alike(plan, &plan.models[a as usize], &plan.models[b as usize], &mut differ);
    alike && differ
}

/// Whether two models are equal but for tables of numbers.
pub(super) fn alike(plan: &Plan, a: &Model, b: &Model, differ: &mut bool) -> bool {
    let variables = a.variables.len() == b.variables.len()
        && a.variables.iter().zip(&b.variables).all(|(x, y)| x.name == y.name && x.sites == y.sites && x.space == y.space);
    variables && expressions(plan, &a.energy, &b.energy, differ)
}

fn expressions(plan: &Plan, a: &Expr, b: &Expr, differ: &mut bool) -> bool {
    match (a, b) {
        (Expr::Random(x), Expr::Random(y)) => {
            *differ |= x.key != y.key;
            x.distribution == y.distribution && x.shape == y.shape
        }
        (Expr::Array(x), Expr::Array(y)) => {
            *differ |= x.data != y.data;
            x.shape == y.shape
        }
        (Expr::BondValue { couplings: x, .. }, Expr::BondValue { couplings: y, .. }) => couplings(plan, *x, *y, differ),
        (Expr::PairValue { couplings: x, first: f1, second: s1 }, Expr::PairValue { couplings: y, first: f2, second: s2 }) => {
            couplings(plan, *x, *y, differ) && expressions(plan, f1, f2, differ) && expressions(plan, s1, s2, differ)
        }
        _ => {
            let (mut parts, mut others) = (Vec::new(), Vec::new());
            a.for_each_part(&mut |p| parts.push(p));
            b.for_each_part(&mut |p| others.push(p));
            if parts.is_empty() || parts.len() != others.len() {
                return leaf(a, b);
            }
            std::mem::discriminant(a) == std::mem::discriminant(b)
                && own(a, b)
                && parts.iter().zip(others).all(|(x, y)| expressions(plan, x, y, differ))
        }
    }
}

/// Leaves; numbers of bound indices depend on the order of elaboration and say nothing.
fn leaf(a: &Expr, b: &Expr) -> bool {
    match (a, b) {
        (Expr::Local(_), Expr::Local(_)) => true,
        _ => a == b,
    }
}

/// What two expressions of one kind have besides their parts.
fn own(a: &Expr, b: &Expr) -> bool {
    match (a, b) {
        (Expr::Unary(f, _), Expr::Unary(g, _)) => f == g,
        (Expr::Binary(f, ..), Expr::Binary(g, ..)) => f == g,
        (Expr::Fold(f, _), Expr::Fold(g, _)) => f == g,
        (Expr::Reduce { op: f, domains: d, .. }, Expr::Reduce { op: g, domains: e, .. }) => f == g && d.len() == e.len(),
        (Expr::Element { variable: f, replica: r, .. }, Expr::Element { variable: g, replica: s, .. }) => f == g && r == s,
        _ => true,
    }
}

fn couplings(plan: &Plan, a: u32, b: u32, differ: &mut bool) -> bool {
    let (x, y) = (&plan.couplings[a as usize], &plan.couplings[b as usize]);
    match (&x.values, &y.values) {
        (CouplingValues::Random(p), CouplingValues::Random(q)) => {
            *differ |= p.key != q.key || x.graph != y.graph;
            p.distribution == q.distribution && p.shape == q.shape
        }
        (CouplingValues::PerBond(p), CouplingValues::PerBond(q)) => {
            *differ |= p.data != q.data;
            p.shape == q.shape
        }
        (CouplingValues::LowRank { patterns: p, scale: a }, CouplingValues::LowRank { patterns: q, scale: b }) => {
            *differ |= p.data != q.data;
            p.shape == q.shape && a == b
        }
        (CouplingValues::Uniform(p), CouplingValues::Uniform(q)) => expressions(plan, p, q, differ),
        _ => false,
    }
}
