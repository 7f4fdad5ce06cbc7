//! Trainings and probes against what their functions and data allow, and what fits in memory.

use super::machine;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::elaborate::task::Places;
use crate::lower::memory;
use crate::lower::network::Mode;
use crate::lower::parts::Part;
use crate::lower::programs::Programs;
use crate::lower::work;
use crate::plan::landscape::{Directions, Look, Matrix, Precision, Probe, ProbePoint, TraceMethod};
use crate::plan::network::{Compute, Layer};
use crate::plan::training::{Optimiser, TrainPoint};
use crate::plan::{Model, Space, Subject, Task, Work};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What has been looked at, so that each thing is said once a task.
#[derive(Default)]
struct Seen {
    subjects: Vec<(Subject, Mode)>,
    looks: Vec<(Subject, Look)>,
    data: BTreeSet<u32>,
    machines: machine::Seen,
    /// What the memory of a point depends on: function, data, batch, precision, looks.
    sizes: Vec<Size>,
}

/// (function, data, batch, precision, looks)
type Size = (Subject, Option<u32>, Option<u64>, bool, usize);

/// What can be said of a training or a probe before it runs; the first point that has something wrong says it.
pub fn check(programs: &mut Programs, task: &Task, places: &Places) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    let mut seen = Seen::default();
    match &task.work {
        Work::Train { points } => {
            for p in points {
                out.extend(train(programs, task, p, places, &mut seen));
                if out.iter().any(Diagnostic::is_error) {
                    break;
                }
            }
        }
        Work::Probe { points } => {
            for p in points {
                out.extend(probe(programs, task, p, places, &mut seen));
                if out.iter().any(Diagnostic::is_error) {
                    break;
                }
            }
        }
        _ => {}
    }
    out
}

fn name(programs: &Programs, subject: Subject) -> String {
    match subject {
        Subject::Model(m) | Subject::Machine(m) => programs.plan.models[m as usize].name.clone(),
        Subject::Network(n) => programs.plan.networks[n as usize].name.clone(),
    }
}

fn train(programs: &mut Programs, task: &Task, p: &TrainPoint, places: &Places, seen: &mut Seen) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    if let Subject::Machine(m) = p.subject {
        return machine::train(programs, p, m, places, &mut seen.machines);
    }
    if let Optimiser::NaturalGradient { .. } = p.optimiser.rule {
        let message = format!("`natural_gradient` cannot move `{}`", name(programs, p.subject));
        let d = Diagnostic::error(codes::METHOD_MODEL, places.of("optimiser"), message)
            .label("its matrix is that of a law of states, which models with `weights` have");
        return vec![d.help("use `sgd`, `adam` or `lbfgs`")];
    }
    let first = !seen.subjects.contains(&(p.subject, Mode::Training));
    if first {
        seen.subjects.push((p.subject, Mode::Training));
        out.extend(moves(programs, p, places));
        if !out.iter().any(Diagnostic::is_error) {
            out.extend(differentiable(programs, p.subject, Mode::Training, places, "model"));
        }
    }
    out.extend(optimiser(programs, p, places));
    if out.iter().any(Diagnostic::is_error) {
        return out;
    }
    out.extend(looks(programs, p.subject, &p.looks.looks, places, seen));
    out.extend(data(programs, p.data, &p.looks.looks, places, seen));
    let size = (p.subject, p.data, p.batch, p.precision == Precision::F64, Arc::as_ptr(&p.looks) as usize);
    if !out.iter().any(Diagnostic::is_error) && !seen.sizes.contains(&size) {
        seen.sizes.push(size);
        let way = match p.looks.parameters {
            Some(_) => "keep the parameters less often, or make the network, the batch or the data smaller",
            None => "make the network, the batch or the data smaller",
        };
        out.extend(fits(task, programs.training_memory(p), places.of("model"), way));
    }
    out
}

fn probe(programs: &mut Programs, task: &Task, p: &ProbePoint, places: &Places, seen: &mut Seen) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    if let Subject::Machine(m) = p.subject {
        return machine::probe(programs, p, m, places, &mut seen.machines);
    }
    if !seen.subjects.contains(&(p.subject, Mode::Evaluation)) {
        seen.subjects.push((p.subject, Mode::Evaluation));
        out.extend(differentiable(programs, p.subject, Mode::Evaluation, places, "of"));
        if !out.is_empty() {
            return out;
        }
    }
    out.extend(looks(programs, p.subject, &p.looks, places, seen));
    out.extend(data(programs, p.data, &p.looks, places, seen));
    let size = (p.subject, p.data, None, p.precision == Precision::F64, Arc::as_ptr(&p.looks) as usize);
    if !out.iter().any(Diagnostic::is_error) && !seen.sizes.contains(&size) {
        seen.sizes.push(size);
        let way = "look at less of the data (`data.take(1000)`), or at a smaller network";
        out.extend(fits(task, programs.probe_memory(p), places.of("of"), way));
    }
    out
}

/// Whether the function can be lowered and has a gradient; warnings of weights that have none.
fn differentiable(programs: &mut Programs, subject: Subject, mode: Mode, places: &Places, place: &str) -> Vec<Diagnostic> {
    let called = name(programs, subject);
    let span = places.of(place);
    let found = programs.program(subject, mode, Part::Gradient).and_then(|_| programs.flat(subject, mode));
    let flat = match found {
        Ok(flat) => flat,
        Err(why) => {
            let message = format!("`{called}` cannot be differentiated");
            // A cause that is a size is one of memory.
            let code = if why.contains("would need about") { codes::MEMORY } else { codes::METHOD_MODEL };
            return vec![Diagnostic::error(code, span, message).label(why)];
        }
    };
    // A flat function can be looked at.
    if mode == Mode::Evaluation {
        return vec![];
    }
    let what = if matches!(subject, Subject::Model(_)) { ("energy", "variables") } else { ("loss", "weights") };
    if flat.iter().all(|f| *f) {
        let message = format!("the {} of `{called}` has a derivative of zero everywhere", what.0);
        let d = Diagnostic::error(codes::METHOD_MODEL, span, message)
            .label(format!("no step would change its {}", what.1))
            .help(match subject {
                Subject::Network(_) => {
                    "`argmax`, comparisons and rounding have no slope: take a loss of the scores, such as `cross_entropy(y, label)`"
                }
                Subject::Model(_) | Subject::Machine(_) => "signs, comparisons and rounding have no slope: `anneal` and `sample` need none",
            });
        return vec![d];
    }
    let Subject::Network(n) = subject else { return vec![] };
    let n = &programs.plan.networks[n as usize];
    let still: Vec<String> = n.parameters.iter().zip(&flat).filter(|f| *f.1).map(|f| format!("`{}`", f.0.name)).collect();
    if still.is_empty() {
        return vec![];
    }
    let d = Diagnostic::warning(codes::UNUSED, span, format!("the loss of `{called}` does not depend on {}", still.join(", ")))
        .label("these weights are never trained")
        .help("use what the layer gives, or take it out of the network");
    vec![d]
}

/// What cannot be moved by any optimiser.
fn moves(programs: &Programs, p: &TrainPoint, places: &Places) -> Option<Diagnostic> {
    let Subject::Model(m) = p.subject else { return None };
    let model: &Model = &programs.plan.models[m as usize];
    let bounded = model.variables.iter().find_map(|v| match v.space {
        Space::Line { low, high } if low.is_finite() || high.is_finite() => Some((v, low, high)),
        _ => None,
    });
    let (v, low, high) = bounded?;
    let x = &v.name;
    let penalty = match (low.is_finite(), high.is_finite()) {
        (true, true) if low == -high => format!("100 * sum(max(abs({x}) - {high}, 0)^2)"),
        (true, true) => format!("100 * sum(max({low} - {x}, 0)^2 + max({x} - {high}, 0)^2)"),
        (true, false) => format!("100 * sum(max({low} - {x}, 0)^2)"),
        _ => format!("100 * sum(max({x} - {high}, 0)^2)"),
    };
    let d = Diagnostic::error(codes::METHOD_MODEL, places.of("model"), format!("a training would leave the bounds of `{x}`"))
        .label("an optimiser knows no bounds")
        .help(format!("declare `reals {x}` without bounds and add a penalty to the energy, such as `{penalty}`"));
    Some(d)
}

/// Optimisers where they make no sense.
fn optimiser(programs: &mut Programs, p: &TrainPoint, places: &Places) -> Option<Diagnostic> {
    let plan = programs.plan;
    let drops = |subject: Subject| match subject {
        Subject::Network(n) => plan.networks[n as usize]
            .nodes
            .iter()
            .any(|node| matches!(node.value, Compute::Layer(Layer::Dropout { rate }, _) if rate > 0.0)),
        Subject::Model(_) | Subject::Machine(_) => false,
    };
    let rule = p.optimiser.rule.name();
    match &p.optimiser.rule {
        Optimiser::Lbfgs { .. } if drops(p.subject) => {
            let message = format!("`{rule}` cannot train `{}`", name(programs, p.subject));
            let d = Diagnostic::error(codes::METHOD_MODEL, places.of("optimiser"), message)
                .label("its line search needs one function, and dropout gives another at each step");
            Some(d.help("take the `dropout` out, or use `sgd` or `adam`"))
        }
        Optimiser::Langevin { .. } if p.stop.is_some() => {
            let d = Diagnostic::error(codes::CONFLICT, places.of("stop_on"), "sampling has no best point at which it could stop")
                .label(format!("`{rule}` samples exp(-loss / T)"));
            Some(d.help("leave `stop_on` out, or train with `sgd`"))
        }
        Optimiser::Escape { every, .. } => {
            let steps = programs.steps(p);
            if *every <= steps || steps == 0 {
                return None;
            }
            let message = format!("`{rule}` would never leave along a negative curvature");
            let d = Diagnostic::error(codes::CONFLICT, places.of("optimiser"), message)
                .label(format!("it looks for one every {every} steps, and there are {steps}"));
            Some(d.help("lower `every`, or train longer"))
        }
        _ => None,
    }
}

/// Looks that a function does not allow.
fn looks(programs: &mut Programs, subject: Subject, looks: &[Look], places: &Places, seen: &mut Seen) -> Option<Diagnostic> {
    for look in looks {
        if seen.looks.iter().any(|(s, l)| *s == subject && l == look) {
            continue;
        }
        seen.looks.push((subject, look.clone()));
        let span = places.quantity(look.quantity());
        let matrix = match &look.what {
            Probe::Eigenvalues { matrix, .. }
            | Probe::Spectrum { matrix }
            | Probe::Trace { matrix, .. }
            | Probe::Density { matrix, .. } => *matrix,
            other => match other.directions() {
                Some(Directions::Hessian { matrix, .. }) => *matrix,
                _ => Matrix::Hessian,
            },
        };
        if matrix != Matrix::Hessian
            && let Err(why) = programs.program(subject, Mode::Evaluation, work::product(matrix))
        {
            let message = format!("`{}` has no matrix `{}`", name(programs, subject), matrix.word());
            let way = match matrix {
                Matrix::Fisher => "leave `matrix` out, or let the loss be one `cross_entropy`, `binary_cross_entropy` or `mse`",
                _ => "leave `matrix` out, or let the loss be one `cross_entropy`, `mse`, ... of the outputs alone",
            };
            return Some(Diagnostic::error(codes::METHOD_MODEL, span, message).label(why).help(way));
        }
        if let Probe::Trace { method: TraceMethod::Exact, .. } = look.what
            && let Err(why) = programs.exact_trace(subject, matrix)
        {
            let message =
                format!("the trace of the matrix `{}` of `{}` has no exact form", matrix.word(), name(programs, subject));
            let dimension = programs.dimension(subject);
            let sum = match matrix {
                Matrix::Hessian => "sum(hessian_spectrum())".to_string(),
                other => format!("sum(hessian_spectrum(matrix: {}))", other.word()),
            };
            let way = match dimension <= crate::kernels::landscape::stationary::WHOLE {
                true => format!("write `{sum}`, which is exact, or take `method: hutchpp`"),
                false => "take `method: hutchpp` or `method: rademacher`".to_string(),
            };
            return Some(Diagnostic::error(codes::METHOD_MODEL, span, message).label(why).help(way));
        }
    }
    None
}

/// Data that cannot be read to their end.
fn data(programs: &mut Programs, own: Option<u32>, looks: &[Look], places: &Places, seen: &mut Seen) -> Option<Diagnostic> {
    let named = looks.iter().filter_map(|l| l.data.map(|k| (k, places.quantity(l.quantity()))));
    let all: Vec<(u32, Span)> = own.map(|k| (k, places.of("data"))).into_iter().chain(named).collect();
    for (k, span) in all {
        if seen.data.insert(k)
            && let Err(reason) = programs.whole(k)
        {
            return Some(Diagnostic::error(codes::CANNOT_READ, span, reason).label("these data cannot be read in full"));
        }
    }
    None
}

/// The memory that a point needs.
fn fits(task: &Task, bytes: u64, span: Span, way: &str) -> Option<Diagnostic> {
    let reason = memory::check(&format!("`{}`", task.name), bytes).err()?;
    Some(Diagnostic::error(codes::MEMORY, span, reason).help(way))
}
