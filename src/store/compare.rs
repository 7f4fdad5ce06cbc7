//! Two results of one script, data set by data set, for `ann reproduce`: the same bits, the same up to
//! rounding, the same within errors, or different. Times, hosts and command lines are not compared.

use super::number::{format_number, format_value};
use crate::results::{Claim, Coordinates, Derived, Kept, PointResult, Quantity, RunResult, TaskResult};

/// Relative differences up to this are rounding: sums of millions of terms in another order, or
/// another instruction set.
const ROUNDING: f64 = 1e-9;
/// Two independent runs differ by more than this many combined standard errors about once in 1e6.
const SIGMAS: f64 = 5.0;

/// How one data set of the second result stands to the first. Ordered from best to worst.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Identical,
    /// The largest difference relative to the larger value or its error.
    Rounding {
        max_relative: f64,
    },
    /// The largest difference in combined standard errors.
    WithinErrors {
        max_sigma: f64,
    },
    Different {
        what: String,
    },
    Missing {
        what: String,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// As in the file: `scan/m`, `derived/Tc`, `expects/...`.
    pub path: String,
    pub verdict: Verdict,
}

impl Verdict {
    fn rank(&self) -> u8 {
        match self {
            Verdict::Identical => 0,
            Verdict::Rounding { .. } => 1,
            Verdict::WithinErrors { .. } => 2,
            Verdict::Different { .. } => 3,
            Verdict::Missing { .. } => 4,
        }
    }

    /// Whether the results agree: bit for bit, or up to rounding.
    pub fn reproduced(&self) -> bool {
        self.rank() <= 1
    }

    /// The worse of two; of two equally bad ones, the one with the larger number.
    pub fn or_worse(self, other: Verdict) -> Verdict {
        match (&self, &other) {
            (Verdict::Rounding { max_relative: a }, Verdict::Rounding { max_relative: b }) if b > a => other,
            (Verdict::WithinErrors { max_sigma: a }, Verdict::WithinErrors { max_sigma: b }) if b > a => other,
            _ if other.rank() > self.rank() => other,
            _ => self,
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Verdict::Identical => write!(f, "identical"),
            Verdict::Rounding { max_relative } => write!(f, "equal up to rounding ({max_relative:.1e})"),
            Verdict::WithinErrors { max_sigma } => write!(f, "within errors ({max_sigma:.1} sigma)"),
            Verdict::Different { what } => write!(f, "different: {what}"),
            Verdict::Missing { what } => write!(f, "missing: {what}"),
        }
    }
}

/// Compares `b`, the reproduction, with `a`, in the order of `a`.
pub fn compare(a: &RunResult, b: &RunResult) -> Vec<Comparison> {
    let mut all = Vec::new();
    let mut add = |path: String, verdict: Verdict| all.push(Comparison { path, verdict });
    if a.header.seed != b.header.seed {
        add("seed".into(), different(format!("{} and {}", a.header.seed, b.header.seed)));
    }
    if values(&a.header.params) != values(&b.header.params) {
        add("params".into(), different("other values of the parameters".into()));
    }
    for task in &a.tasks {
        match b.tasks.iter().find(|t| t.name == task.name) {
            Some(other) => tasks(task, other, &mut add),
            None => add(task.name.clone(), missing("the task is not in the second result")),
        }
    }
    for task in b.tasks.iter().filter(|t| !a.tasks.iter().any(|u| u.name == t.name)) {
        add(task.name.clone(), missing("the task is not in the first result"));
    }
    for (i, d) in a.derived.iter().enumerate() {
        let path = format!("derived/{}", d.name);
        // Names may repeat (`show` of the same expression twice): the k-th goes with the k-th.
        let earlier = a.derived[..i].iter().filter(|e| e.name == d.name).count();
        match b.derived.iter().filter(|e| e.name == d.name).nth(earlier) {
            Some(e) => add(path, derived(d, e)),
            None => add(path, missing("it is not in the second result")),
        }
    }
    for (i, claim) in a.claims.iter().enumerate() {
        let path = format!("expects/{}", claim.expression);
        match b.claims.get(i).filter(|c| c.expression == claim.expression) {
            Some(c) => add(path, claims(claim, c)),
            None => add(path, missing("the claim is not in the second result")),
        }
    }
    all
}

/// The worst verdict of all.
pub fn worst(all: &[Comparison]) -> Verdict {
    all.iter().fold(Verdict::Identical, |v, c| v.or_worse(c.verdict.clone()))
}

fn values(params: &[(String, Option<String>, String)]) -> Vec<(&str, &str)> {
    params.iter().map(|(name, _, value)| (name.as_str(), value.as_str())).collect()
}

fn different(what: String) -> Verdict {
    Verdict::Different { what }
}

fn missing(what: &str) -> Verdict {
    Verdict::Missing { what: what.to_owned() }
}

fn tasks(a: &TaskResult, b: &TaskResult, add: &mut impl FnMut(String, Verdict)) {
    if a.axes.len() != b.axes.len() || a.axes.iter().zip(&b.axes).any(|(x, y)| x.name != y.name) {
        return add(a.name.clone(), different("the axes differ".into()));
    }
    for (x, y) in a.axes.iter().zip(&b.axes) {
        let path = format!("{}/{}", a.name, x.name);
        let verdict = coordinates(&x.coordinates, &y.coordinates);
        let stop = verdict.rank() > 1;
        add(path, verdict);
        if stop {
            return;
        }
    }
    own_axes(a, b).into_iter().for_each(|(path, verdict)| add(path, verdict));
    let points: Vec<(Option<&PointResult>, Option<&PointResult>)> =
        a.points.iter().map(Option::as_ref).zip(b.points.iter().map(Option::as_ref)).collect();
    for name in names(&points, |p| p.quantities.iter().map(|(n, _)| n.clone()).collect()) {
        let verdict = over_points(&points, |p, q| match (p.quantity(&name), q.quantity(&name)) {
            (Some(x), Some(y)) => quantity(x, y),
            (None, None) => Verdict::Identical,
            _ => missing("it is at one of the two only"),
        });
        add(format!("{}/{name}", a.name), verdict);
    }
    for name in names(&points, |p| p.kept.iter().map(|(n, _)| n.clone()).collect()) {
        let verdict = over_points(&points, |p, q| {
            let of = |p: &'_ PointResult| p.kept.iter().filter(|(n, _)| *n == name).map(|(_, k)| k.clone()).collect::<Vec<_>>();
            let (x, y) = (of(p), of(q));
            if x.len() != y.len() {
                return missing("it is at one of the two only");
            }
            x.iter().zip(&y).fold(Verdict::Identical, |v, (x, y)| v.or_worse(kept(x, y)))
        });
        add(format!("{}/keep/{name}", a.name), verdict);
    }
    let status =
        over_points(
            &points,
            |p, q| if p.failed == q.failed { Verdict::Identical } else { different("one of the two failed".into()) },
        );
    if status != Verdict::Identical {
        add(format!("{}/points", a.name), status);
    }
}

/// The axes that quantities have besides those of the task, each name once. Where a quantity has others, that is said of it.
fn own_axes(a: &TaskResult, b: &TaskResult) -> Vec<(String, Verdict)> {
    let mut all: Vec<(String, Verdict)> = Vec::new();
    for (i, d) in a.descriptions.iter().enumerate() {
        // What is kept may be called like a quantity: the k-th goes with the k-th. A quantity that is in one
        // of the two only is missed where the quantities are compared.
        let earlier = a.descriptions[..i].iter().filter(|e| e.name == d.name).count();
        let Some(e) = b.descriptions.iter().filter(|e| e.name == d.name).nth(earlier) else { continue };
        if d.axes.len() != e.axes.len() || d.axes.iter().zip(&e.axes).any(|(x, y)| x.name != y.name) {
            all.push((format!("{}/{}", a.name, d.name), different("its own axes differ".into())));
            continue;
        }
        for (x, y) in d.axes.iter().zip(&e.axes) {
            let (path, verdict) = (format!("{}/{}", a.name, x.name), coordinates(&x.coordinates, &y.coordinates));
            match all.iter_mut().find(|(p, _)| *p == path) {
                Some((_, worst)) => *worst = worst.clone().or_worse(verdict),
                None => all.push((path, verdict)),
            }
        }
    }
    all
}

fn names(points: &[(Option<&PointResult>, Option<&PointResult>)], of: impl Fn(&PointResult) -> Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for point in points.iter().flat_map(|(a, b)| [a, b]).flatten() {
        for name in of(point) {
            if !all.contains(&name) {
                all.push(name);
            }
        }
    }
    all
}

/// The worst over all points; a difference says at which point it is, a missing point is no agreement.
fn over_points(
    points: &[(Option<&PointResult>, Option<&PointResult>)],
    of: impl Fn(&PointResult, &PointResult) -> Verdict,
) -> Verdict {
    points.iter().enumerate().fold(Verdict::Identical, |worst, (i, pair)| {
        let verdict = match pair {
            (Some(a), Some(b)) => of(a, b),
            (None, None) => Verdict::Identical,
            _ => missing("the point is in one of the two only"),
        };
        worst.or_worse(match verdict {
            Verdict::Different { what } => Verdict::Different { what: format!("{what}, at point {i}") },
            Verdict::Missing { what } => Verdict::Missing { what: format!("{what}, at point {i}") },
            other => other,
        })
    })
}

fn coordinates(a: &Coordinates, b: &Coordinates) -> Verdict {
    match (a, b) {
        (Coordinates::Real(x), Coordinates::Real(y)) => numbers(x, y),
        _ if a == b => Verdict::Identical,
        _ => different("the coordinates differ".into()),
    }
}

fn quantity(a: &Quantity, b: &Quantity) -> Verdict {
    if a.shape != b.shape || a.value.len() != b.value.len() {
        return different("the shapes differ".into());
    }
    let value = estimates(&a.value, &a.error, &b.value, &b.error);
    let flat = |q: &Quantity| q.replicates.iter().flatten().copied().collect::<Vec<_>>();
    let rest = [(&a.error, &b.error), (&a.tau, &b.tau), (&a.ess, &b.ess), (&a.rhat, &b.rhat), (&flat(a), &flat(b))];
    let rest = rest.into_iter().fold(Verdict::Identical, |v, (x, y)| v.or_worse(numbers(x, y)));
    match (value, rest) {
        // Other samples give other error bars: no more than the values themselves allow.
        (Verdict::Identical | Verdict::Rounding { .. }, Verdict::Different { .. }) => {
            different("the errors differ, not the values".into())
        }
        (value @ Verdict::WithinErrors { .. }, _) => value,
        (value, rest) => value.or_worse(rest),
    }
}

fn derived(a: &Derived, b: &Derived) -> Verdict {
    if a.axes.len() != b.axes.len() || a.shape != b.shape || a.value.len() != b.value.len() {
        return different("the axes or shapes differ".into());
    }
    let axes =
        a.axes.iter().zip(&b.axes).fold(Verdict::Identical, |v, (x, y)| v.or_worse(coordinates(&x.coordinates, &y.coordinates)));
    let text = if a.text == b.text { Verdict::Identical } else { different("the texts differ".into()) };
    // The text says the numbers, so it differs wherever they do.
    let text = if a.value.is_empty() { text } else { Verdict::Identical };
    let value = estimates(&a.value, &a.error, &b.value, &b.error);
    let value = if matches!(value, Verdict::WithinErrors { .. }) { value } else { value.or_worse(numbers(&a.error, &b.error)) };
    axes.or_worse(text).or_worse(value)
}

fn claims(a: &Claim, b: &Claim) -> Verdict {
    if a.holds == b.holds {
        Verdict::Identical
    } else {
        let say = |c: &Claim| if c.holds { "holds" } else { "fails" };
        different(format!("it {} in the first and {} in the second", say(a), say(b)))
    }
}

fn kept(a: &Kept, b: &Kept) -> Verdict {
    match (a, b) {
        (
            Kept::Histogram { low: l, high: h, density: x, error: e, outside: o },
            Kept::Histogram { low, high, density, error, outside },
        ) => {
            let value = estimates(x, e, density, error);
            if matches!(value, Verdict::WithinErrors { .. }) {
                return numbers(&[*l, *h], &[*low, *high]).or_worse(value);
            }
            value.or_worse(numbers(&[*l, *h, *o], &[*low, *high, *outside])).or_worse(numbers(e, error))
        }
        (Kept::Series { chains: c, data: x, .. }, Kept::Series { chains, data, .. }) if c == chains => numbers(x, data),
        (Kept::States { chains: c, samples: s, data: x, .. }, Kept::States { chains, samples, data, .. })
            if c == chains && s == samples =>
        {
            let wide = |v: &[f32]| v.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
            numbers(&wide(x), &wide(data))
        }
        (Kept::Array { shape: s, data: x, .. }, Kept::Array { shape, data, .. }) if s == shape => numbers(x, data),
        _ => different("the shapes differ".into()),
    }
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// Numbers without errors: identical, rounding, or different.
fn numbers(a: &[f64], b: &[f64]) -> Verdict {
    if a.len() != b.len() {
        return different("the lengths differ".into());
    }
    estimates(a, &[], b, &[])
}

fn estimates(a: &[f64], a_error: &[f64], b: &[f64], b_error: &[f64]) -> Verdict {
    let mut worst = Verdict::Identical;
    for (i, (&x, &y)) in a.iter().zip(b).enumerate() {
        if same(x, y) {
            continue;
        }
        let error = |e: &[f64]| e.get(i).copied().filter(|e| e.is_finite()).unwrap_or(0.0);
        let (ex, ey) = (error(a_error), error(b_error));
        // A value near zero is as uncertain as its error says: rounding is measured against that.
        let scale = x.abs().max(y.abs()).max(ex).max(ey);
        let relative = if x == y { 0.0 } else { (x - y).abs() / scale };
        let sigma = (x - y).abs() / ex.hypot(ey);
        worst = worst.or_worse(if relative <= ROUNDING {
            Verdict::Rounding { max_relative: relative }
        } else if sigma <= SIGMAS {
            Verdict::WithinErrors { max_sigma: sigma }
        } else if ex > 0.0 || ey > 0.0 {
            different(format!("{} and {}, {sigma:.1} sigma", format_value(x, ex), format_value(y, ey)))
        } else {
            different(format!("{} and {}", format_number(x), format_number(y)))
        });
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::run;

    fn verdict_of(all: &[Comparison], path: &str) -> Verdict {
        all.iter().find(|c| c.path == path).unwrap_or_else(|| panic!("no {path}")).verdict.clone()
    }

    fn changed(change: impl Fn(&mut Quantity)) -> Verdict {
        let (a, mut b) = (run(), run());
        change(&mut b.tasks[0].points[0].as_mut().unwrap().quantities[0].1);
        let all = compare(&a, &b);
        assert_eq!(worst(&all), verdict_of(&all, "scan/m"));
        verdict_of(&all, "scan/m")
    }

    #[test]
    fn what_does_not_matter_is_ignored() {
        let (a, mut b) = (run(), run());
        b.header.created = "another day".into();
        b.header.host = "elsewhere".into();
        b.header.command.push("--quiet".into());
        b.tasks[0].points[0].as_mut().unwrap().wall_seconds += 1.0;
        let all = compare(&a, &b);
        assert!(all.len() > 10 && all.iter().all(|c| c.verdict == Verdict::Identical), "{all:?}");
    }

    #[test]
    fn differences_are_graded() {
        assert!(matches!(changed(|q| q.value[0] *= 1.0 + 1e-12), Verdict::Rounding { max_relative } if max_relative < 2e-12));
        assert!(
            matches!(changed(|q| q.value[0] += q.error[0]), Verdict::WithinErrors { max_sigma } if (max_sigma - 0.707).abs() < 0.01)
        );
        assert!(matches!(changed(|q| q.value[0] += 20.0 * q.error[0]), Verdict::Different { .. }));
        assert!(matches!(changed(|q| q.value[0] = f64::NAN), Verdict::Different { .. }));
        assert!(matches!(changed(|q| q.error[0] *= 2.0), Verdict::Different { .. }));
        assert!(matches!(changed(|q| q.replicates[0][0] *= 1.0 + 1e-12), Verdict::Rounding { .. }));
        assert!(matches!(changed(|q| q.shape = vec![1]), Verdict::Different { .. }));
    }

    #[test]
    fn what_is_missing_or_decided_otherwise_is_said() {
        let (a, mut b) = (run(), run());
        b.tasks[0].points[0] = None;
        b.derived.remove(1);
        b.claims[0].holds = false;
        b.header.seed += 1;
        let all = compare(&a, &b);
        assert!(matches!(verdict_of(&all, "scan/m"), Verdict::Missing { .. }));
        assert!(matches!(verdict_of(&all, "derived/ratio"), Verdict::Missing { .. }));
        assert!(matches!(verdict_of(&all, &format!("expects/{}", a.claims[0].expression)), Verdict::Different { .. }));
        assert!(matches!(verdict_of(&all, "seed"), Verdict::Different { .. }));
        assert!(!worst(&all).reproduced());
        b.tasks.clear();
        assert!(matches!(verdict_of(&compare(&a, &b), "scan"), Verdict::Missing { .. }));
    }
}
