//! Scripts from parts, the check of a script, and comparisons in standard errors.

use super::common::{load, options};
use ann_lang::diagnostic::Diagnostic;
use ann_lang::elaborate::Options;
use ann_lang::results::{Kept, PointResult, RunResult};
use ann_lang::session::{self, Loaded, Quiet};

/// Standard errors that a comparison allows: 3e-10 to be further off by chance.
pub const SIGMAS: f64 = 6.3;

/// A model and what is looked at.
pub struct System {
    pub name: &'static str,
    /// Items before the model.
    pub items: &'static str,
    pub variables: &'static str,
    /// An expression that a task understands too.
    pub energy: &'static str,
    pub temperature: f64,
    pub looks: &'static str,
    /// Methods that must serve it.
    pub served: &'static [&'static str],
}

impl System {
    pub fn header(&self) -> String {
        format!(
            "use std.lattice\nuse std.spin\n{}\nmodel system() {{\n{}\nenergy = {}\n}}\n",
            self.items, self.variables, self.energy
        )
    }

    /// A script with one task, `run`; `e` is the kernel's energy and `f` the same from the state.
    pub fn script(&self, method: &str, settings: &str) -> String {
        format!(
            "{}sample run {{\nmodel: system()\ntemperature: {:?}\nmethod: {method}\n{settings}\n\
             observe {{\ne = energy\nf = {}\n{}\n}}\nkeep {{ series: [e, f] }}\n}}\n",
            self.header(),
            self.temperature,
            self.energy,
            self.looks
        )
    }

    /// Exact averages of what is looked at.
    pub fn exact(&self) -> PointResult {
        let script = format!(
            "{}sample run {{\nmodel: system()\ntemperature: {:?}\nmethod: exact\nobserve {{\ne = energy\n{}\n}}\n}}\n",
            self.header(),
            self.temperature,
            self.looks
        );
        point(&run_one(&script))
    }
}

pub fn check(script: &str) -> Loaded {
    session::load_text("test.ann", script.to_string(), Options::default())
}

/// The errors of a script, which must load into something: no panic, and each with a code.
pub fn errors(script: &str) -> Vec<Diagnostic> {
    check(script).diagnostics.into_iter().filter(Diagnostic::is_error).collect()
}

pub fn run_one(script: &str) -> RunResult {
    let outcome = session::run(&load(script), &options(None, 1), &Quiet).unwrap_or_else(|d| panic!("{d:?}\n{script}"));
    let failed: Vec<_> = outcome.diagnostics.iter().filter(|d| d.is_error()).collect();
    assert!(failed.is_empty(), "{failed:?}\n{script}");
    outcome.result
}

/// The first point of the last task.
pub fn point(result: &RunResult) -> PointResult {
    result.tasks.last().and_then(|t| t.points[0].clone()).expect("a point")
}

/// Compares all elements of a quantity with the truth; a quantity that never changed must be right to rounding.
pub fn compare(label: &str, point: &PointResult, name: &str, truth: &[f64]) -> Vec<f64> {
    let q = point.quantity(name).unwrap_or_else(|| panic!("{label}: no {name}: {:?}", point.failed));
    assert_eq!(q.value.len(), truth.len(), "{label}: {name}");
    let mut z = Vec::new();
    for (k, t) in truth.iter().enumerate() {
        let (value, error) = (q.value[k], q.error[k]);
        let d = value - t;
        assert!(
            d.abs() <= SIGMAS * error + 1e-9 * t.abs().max(1.0),
            "{label} ({}): {name}[{k}] = {value} ± {error}, expected {t}: {:.1} standard errors",
            point.kernel,
            d / error
        );
        if error > 0.0 {
            z.push(d / error);
        }
    }
    z
}

/// The kept series of a quantity.
pub fn series(point: &PointResult, name: &str) -> Vec<f64> {
    let kept = point.kept.iter().find(|k| k.0 == name).unwrap_or_else(|| panic!("no series {name}"));
    match &kept.1 {
        Kept::Series { data, .. } => data.clone(),
        other => panic!("{other:?}"),
    }
}

/// The kernel's energy of every measurement is that of its state. Kernels of vectors hold components of single precision.
pub fn energies_agree(label: &str, point: &PointResult) {
    for (t, (e, f)) in series(point, "e").iter().zip(series(point, "f")).enumerate() {
        assert!((e - f).abs() <= 5e-6 * f.abs().max(1.0), "{label} ({}): energy {e}, of the state {f} at {t}", point.kernel);
    }
}

/// A refusal of the method has its code, says why, and says what would do.
pub fn assert_refused(label: &str, script: &str) {
    let errors = errors(script);
    assert!(!errors.is_empty(), "{label} was accepted");
    for d in &errors {
        assert_eq!(d.code.0, "E0701", "{label}: {d:?}");
        assert!(!d.message.is_empty() && d.help.is_some(), "{label}: {d:?}");
    }
}
