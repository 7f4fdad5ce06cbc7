//! What a script shows, claims and draws, from the results of its tasks.

use super::derive::{Labelled, Results};
use super::figure::figure;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::output::Shown;
use crate::plan::{Analysis, Expr, Op, Output};
use crate::plot::Figure;
use crate::results::{Claim, Derived, TaskResult};
use crate::session::Line;
use crate::store::{format_value, task_table};

/// The lines of a script's outputs, with what the file stores of them.
#[derive(Default)]
pub struct Outputs {
    pub lines: Vec<Line>,
    pub derived: Vec<Derived>,
    pub claims: Vec<Claim>,
    pub diagnostics: Vec<Diagnostic>,
}

/// The figures of a plan that can be drawn from a part of its results.
pub fn figures_so_far(list: &[Output], tasks: &[TaskResult]) -> Vec<(String, Figure)> {
    let results = Results::partial(tasks);
    let plots = list.iter().filter_map(|o| if let Output::Plot(plan) = o { Some(plan) } else { None });
    plots.filter_map(|plan| Some((plan.name.clone(), figure(plan, &results).ok()?))).collect()
}

/// Evaluates all outputs of a plan. `partial`: points may be missing; what is missing in a task that has some is no number,
/// and named quantities that cannot be computed are left out.
pub fn outputs(list: &[Output], tasks: &[TaskResult], partial: bool) -> Outputs {
    let results = if partial { Results::partial(tasks) } else { Results::new(tasks) };
    let mut out = Outputs::default();
    for output in list {
        match output {
            Output::Derived { name, expr, source, doc } => match results.derive(expr) {
                Ok(l) => out.keep(derived(name, source, doc.clone(), &l)),
                Err(_) if partial => {}
                Err(reason) => out.failed(name, &reason),
            },
            Output::Show { name, source, value } => match value {
                Shown::Text(text) => {
                    out.lines.push(Line::Show { source: source.clone(), text: text.clone() });
                }
                Shown::Task(task) => {
                    let text = tasks.iter().find(|t| t.name == *task).map(|t| task_table(t, 60)).unwrap_or_default();
                    out.lines.push(Line::Show { source: source.clone(), text });
                }
                Shown::Quantity(expr) => match results.derive(expr) {
                    Ok(l) => {
                        out.keep(derived(name, source, None, &l));
                        out.lines.push(Line::Show { source: source.clone(), text: super::table::text(&l) });
                    }
                    Err(reason) => out.failed(source, &reason),
                },
            },
            Output::Expect { source, expr } => {
                let claim = claim(source, expr, &results);
                out.claims.push(claim.clone());
                out.lines.push(Line::Claim(claim));
            }
            Output::Plot(plan) => match figure(plan, &results) {
                Ok(figure) => out.lines.push(Line::Figure { name: plan.name.clone(), figure: Box::new(figure) }),
                Err(reason) => out.failed(&plan.name, &reason),
            },
        }
    }
    out
}

impl Outputs {
    fn keep(&mut self, d: Derived) {
        match self.derived.iter_mut().find(|x| x.name == d.name) {
            Some(same) => *same = d,
            None => self.derived.push(d),
        }
    }

    fn failed(&mut self, name: &str, reason: &str) {
        self.diagnostics.push(Diagnostic::general(codes::RUN_FAILED, format!("`{name}` could not be computed: {reason}")));
    }
}

fn derived(name: &str, source: &str, doc: Option<String>, l: &Labelled) -> Derived {
    Derived {
        name: name.to_string(),
        expression: source.to_string(),
        doc,
        axes: l.axes.clone(),
        shape: l.shape.clone(),
        value: l.value.clone(),
        error: l.error.clone(),
        text: None,
    }
}

fn claim(source: &str, expr: &Expr, results: &Results) -> Claim {
    let verdict = results.derive(expr);
    match verdict {
        Ok(l) => {
            let holds = !l.value.is_empty() && l.value.iter().all(|x| *x != 0.0 && !x.is_nan());
            let mut detail = detail(expr, results);
            if l.value.len() > 1 {
                let failing = l.value.iter().filter(|x| **x == 0.0 || x.is_nan()).count();
                detail = if failing == 0 {
                    format!("at all {} points", l.value.len())
                } else {
                    format!("not at {failing} of {} points", l.value.len())
                };
            }
            Claim { expression: source.to_string(), holds, detail }
        }
        Err(reason) => Claim { expression: source.to_string(), holds: false, detail: reason },
    }
}

/// The numbers behind a claim.
fn detail(expr: &Expr, results: &Results) -> String {
    let show = |e: &Expr| results.derive(e).ok().filter(|l| l.value.len() == 1).map(|l| format_value(l.value[0], l.error[0]));
    match expr {
        Expr::Analyse(Analysis::Agrees { .. }, parts) => {
            let z = results.derive(&Expr::Analyse(Analysis::ZScore, parts.clone())).ok().and_then(|l| l.value.first().copied());
            match (show(&parts[0]), show(&parts[1]), z) {
                (Some(a), Some(b), Some(z)) if z.is_finite() => format!("{a} and {b}, {:.1} sigma apart", z.abs()),
                (Some(a), Some(b), _) => format!("{a} and {b}"),
                _ => String::new(),
            }
        }
        Expr::Binary(op @ (Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual | Op::Equal | Op::NotEqual), a, b) => {
            match (show(a), show(b)) {
                (Some(a), Some(b)) => format!("{a} {} {b}", op.symbol()),
                _ => String::new(),
            }
        }
        Expr::Binary(Op::And, a, b) => {
            [detail(a, results), detail(b, results)].into_iter().filter(|d| !d.is_empty()).collect::<Vec<_>>().join("; ")
        }
        _ => String::new(),
    }
}
