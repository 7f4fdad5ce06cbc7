//! A run in a few lines: where it comes from, what it computed, found and claimed.

use super::table::{counted, quantity_names, sets, vector};
use crate::results::{Derived, Kept, RunResult, TaskResult};
use std::fmt::Write;

/// A run in a few lines: where it comes from, its tasks, derived results and claims.
pub fn run_summary(run: &RunResult) -> String {
    let mut text = String::new();
    let header = &run.header;
    if let Some(title) = &header.title {
        let _ = writeln!(text, "{title}");
    }
    let script = header.sources.first().map_or("no script", |(name, _)| name.as_str());
    let state = if header.complete { "" } else { ", not complete" };
    let _ = writeln!(text, "{script}, seed {}, ann {}, {}{state}", header.seed, header.ann_version, header.created);
    for task in &run.tasks {
        let done = task.points.iter().flatten().filter(|p| p.failed.is_none()).count();
        let failed = task.points.iter().flatten().count() - done;
        let missing = task.points.len() - done - failed;
        let over: Vec<String> = task.axes.iter().map(|a| format!("{} ({})", a.name, a.coordinates.len())).collect();
        let _ = write!(text, "{} {}", task.kind, task.name);
        if !over.is_empty() {
            let _ = write!(text, " over {}", over.join(", "));
        }
        let _ = write!(text, ": {}", counted(task.points.len(), "point"));
        for (count, what) in [(failed, "failed"), (missing, "missing")] {
            if count > 0 {
                let _ = write!(text, ", {count} {what}");
            }
        }
        for what in besides(task) {
            let _ = write!(text, "; {what}");
        }
        let seconds: f64 = task.points.iter().flatten().map(|p| p.wall_seconds).sum();
        let mut kernels: Vec<&str> = task.points.iter().flatten().map(|p| p.kernel.as_str()).filter(|k| !k.is_empty()).collect();
        kernels.sort_unstable();
        kernels.dedup();
        let _ =
            writeln!(text, "; {}; {seconds:.1} s", if kernels.is_empty() { "no kernel".to_owned() } else { kernels.join(", ") });
    }
    for derived in &run.derived {
        let _ = writeln!(text, "{}", derived_line(derived));
    }
    for claim in &run.claims {
        let mark = if claim.holds { "holds" } else { "FAILS" };
        let _ = writeln!(
            text,
            "{mark}: {}{}",
            claim.expression,
            if claim.detail.is_empty() { String::new() } else { format!(" ({})", claim.detail) }
        );
    }
    text
}

/// `Tc = 2.2692(14)`; a result over axes says its size and its first values.
pub fn derived_line(derived: &Derived) -> String {
    if let Some(text) = derived.text.as_ref().filter(|_| derived.value.is_empty()) {
        return format!("{} = {text}", derived.name);
    }
    let axes: Vec<&str> = derived.axes.iter().map(|a| a.name.as_str()).collect();
    let over = if axes.is_empty() { String::new() } else { format!(" over {}", axes.join(", ")) };
    let shape = if axes.is_empty() { derived.shape.clone() } else { vec![derived.value.len()] };
    format!("{}{over} = {}", derived.name, vector(&shape, &derived.value, &derived.error))
}

/// What a task has besides numbers at its points: `train, test over epoch (201)`, `weights (4 arrays)`.
fn besides(task: &TaskResult) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for set in sets(task, &quantity_names(task)) {
        let over: Vec<String> = set.axes.iter().map(|a| format!("{} ({})", a.name, a.coordinates.len())).collect();
        let what = match set.names.len() {
            1..=3 => set.names.join(", "),
            n => format!("{n} quantities"),
        };
        all.push(format!("{what} over {}", over.join(", ")));
    }
    let mut folders: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, kept) in task.points.iter().flatten().flat_map(|p| &p.kept) {
        let (Some((folder, name)), Kept::Array { .. }) = (name.split_once('/'), kept) else { continue };
        match folders.iter_mut().find(|(f, _)| *f == folder) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => folders.push((folder, vec![name])),
        }
    }
    all.extend(folders.iter().map(|(folder, names)| format!("{folder} ({})", counted(names.len(), "array"))));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::own_axes::{probing, training};
    use crate::store::tests::run;

    #[test]
    fn a_run_in_a_few_lines() {
        let text = run_summary(&run());
        for part in [
            "scan.ann",
            "seed 7",
            "sample scan over L (2), T (3): 6 points, 1 failed, 1 missing",
            "Tc = 2.2692(14)",
            "holds: ",
            "FAILS: ",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn trainings_and_probes_in_a_line() {
        let text = run_summary(&RunResult { tasks: vec![training(20), probing()], ..RunResult::default() });
        for part in [
            "train fit over width (2), run (3): 6 points; train, test over epoch (21); trace, top over epoch (5); \
             nature over epoch (5), kind (4); weights (2 arrays); adam in f32; 3.0 s",
            "probe look: 1 point; sharp over α (41), β (41); density, density_eigenvalue over grid (50); \
             path over t (9); nature over kind (4); gradients in f64; 0.5 s",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}
