//! Trainings of the weights of models, and looks at their laws, against what the machines allow.

use crate::diagnostic::{Diagnostic, Span, codes};
use crate::elaborate::task::Places;
use crate::kernels::machine::Machine as _;
use crate::lower::machine::{self, Machine, Misfit, each_machine};
use crate::lower::memory;
use crate::lower::programs::Programs;
use crate::plan::data::Source;
use crate::plan::landscape::{Look, Probe, ProbePoint};
use crate::plan::training::{Learning, LearningRule, Optimiser, TrainPoint};
use std::collections::{BTreeMap, BTreeSet};

/// What has been looked at, so that each thing is done and said once a task.
#[derive(Default)]
pub struct Seen {
    machines: BTreeMap<u32, Machine>,
    data: BTreeSet<(u32, u32)>,
    learning: Vec<(u32, Learning)>,
    looks: Vec<(u32, Look)>,
}

pub fn train(programs: &mut Programs, p: &TrainPoint, model: u32, places: &Places, seen: &mut Seen) -> Vec<Diagnostic> {
    if let name @ ("lbfgs" | "sgld" | "escape") = p.optimiser.rule.name() {
        let message = format!("`{name}` cannot learn the weights of a model");
        let d = Diagnostic::error(codes::METHOD_MODEL, places.of("optimiser"), message);
        return vec![
            d.label("it needs the function itself, and chains give its gradient alone")
                .help("use `rate`, `sgd`, `adam`, `adamw`, `rmsprop` or `natural_gradient`"),
        ];
    }
    let mut out = recognised(programs, model, places, "model", seen);
    let (Some(machine), Some(learning)) = (seen.machines.get(&model), &p.learning) else { return out };
    let known = (model, learning.clone());
    if !seen.learning.contains(&known) {
        seen.learning.push(known);
        if let Some(Misfit { place, message, why, instead }) = machine.misfit(learning) {
            out.push(Diagnostic::error(codes::METHOD_MODEL, places.of(place), message).label(why).help(instead));
            return out;
        }
    }
    if let Optimiser::NaturalGradient { .. } = p.optimiser.rule
        && let Some(d) = natural(programs, p, machine, learning, places)
    {
        out.push(d);
        return out;
    }
    out.extend(states(programs, model, p.data, &p.looks.looks, places, seen));
    out
}

pub fn probe(programs: &mut Programs, p: &ProbePoint, model: u32, places: &Places, seen: &mut Seen) -> Vec<Diagnostic> {
    let mut out = recognised(programs, model, places, "of", seen);
    if seen.machines.contains_key(&model) {
        out.extend(states(programs, model, p.data, &p.looks, places, seen));
    }
    out
}

/// Whether the model is a machine.
fn recognised(programs: &Programs, model: u32, places: &Places, place: &str, seen: &mut Seen) -> Vec<Diagnostic> {
    let plan = programs.plan;
    let m = &plan.models[model as usize];
    if seen.machines.contains_key(&model) {
        return vec![];
    }
    match machine::recognise(plan, m) {
        Ok(found) => seen.machines.insert(model, found.machine),
        Err(why) => {
            let message = format!("the weights of `{}` cannot be learnt", m.name);
            let d = Diagnostic::error(codes::METHOD_MODEL, places.of(place), message).label(why);
            return vec![
                d.help("the energy is a sum of weights times products of functions of single units, as in `std.boltzmann`"),
            ];
        }
    };
    match machine::unused(plan, m) {
        Ok(unused) if place == "model" && !unused.is_empty() => {
            let names: Vec<String> = unused.iter().map(|n| format!("`{n}`")).collect();
            let message = format!("no state of `{}` feels {}", m.name, names.join(", "));
            vec![Diagnostic::warning(codes::UNUSED, places.of(place), message).label("these weights are never trained")]
        }
        _ => vec![],
    }
}

/// Whether steps can go along the natural gradient.
fn natural(
    programs: &mut Programs,
    p: &TrainPoint,
    machine: &Machine,
    learning: &Learning,
    places: &Places,
) -> Option<Diagnostic> {
    let name = learning.rule.name();
    if !learning.rule.has_states() {
        let message = format!("`natural_gradient` needs states of the law, which `{name}` does not bring here");
        let d = Diagnostic::error(codes::CONFLICT, places.of("optimiser"), message)
            .label("its matrix is the covariance of the statistics over such states");
        return Some(d.help("write `method: contrastive_divergence(persistent: true)`, or for small models `exact_gradient`"));
    }
    if learning.centring.is_some() {
        let d =
            Diagnostic::error(codes::CONFLICT, places.of("centring"), "the natural gradient is that of centred units already")
                .label("it is the same whichever offsets the units have");
        return Some(d.help("leave `centring` out"));
    }
    let dimension = each_machine!(machine, m => m.dimension());
    if learning.rule == LearningRule::Exact {
        let why = each_machine!(machine, m => m.enumerable(2)).err()?;
        let d =
            Diagnostic::error(codes::METHOD_MODEL, places.of("optimiser"), "this natural gradient is too large a sum").label(why);
        return Some(d.help("write `method: contrastive_divergence(persistent: true)`, whose chains stand for the states"));
    }
    let batch = p.batch.unwrap_or_else(|| programs.examples(p.data) as u64);
    let chains = match &learning.rule {
        LearningRule::Persistent { chains, .. } | LearningRule::Fast { chains, .. } | LearningRule::Tempered { chains, .. } => {
            chains.unwrap_or(batch)
        }
        _ => batch,
    };
    let bytes = chains.saturating_mul(8 * dimension as u64);
    let reason = memory::check(&format!("the statistics of {chains} chains, {dimension} each,"), bytes).err()?;
    let d = Diagnostic::error(codes::MEMORY, places.of("optimiser"), reason);
    Some(d.help("take fewer `chains`, or `adam`"))
}

/// Whether the looks can be had of the law, and data are states of the visible units.
fn states(
    programs: &mut Programs,
    model: u32,
    own: Option<u32>,
    looks: &[Look],
    places: &Places,
    seen: &mut Seen,
) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    let plan = programs.plan;
    let m = &plan.models[model as usize];
    let Some(machine) = seen.machines.get(&model) else { return out };
    for look in looks {
        let known = (model, look.clone());
        if seen.looks.contains(&known) {
            continue;
        }
        seen.looks.push(known);
        if let Probe::Loss | Probe::Metric(_) = look.what {
            let message = format!("`{}` is not known of the law of `{}`", look.what.name(), m.name);
            out.push(
                Diagnostic::error(codes::METHOD_MODEL, places.quantity(look.quantity()), message)
                    .expected("`log_likelihood`, `pseudo_likelihood`, `annealed_importance`, or another look at a law"),
            );
            return out;
        }
        if let (Probe::Completion { count, .. }, Some(k)) = (&look.what, look.data.or(own))
            && let Ok(facts) = programs.facts(k)
            && facts.examples < *count
        {
            let message = format!("`completion` of {count} examples, and the data have {}", facts.examples);
            let d = Diagnostic::error(codes::DOMAIN, places.quantity(look.quantity()), message);
            out.push(d.help(format!("write `count: {}`", facts.examples)));
            return out;
        }
        if let Err(why) = machine.unseen(&look.what) {
            let message = format!("`{}` cannot be had of `{}`", look.what.name(), m.name);
            let d = Diagnostic::error(codes::METHOD_MODEL, places.quantity(look.quantity()), message).label(why);
            out.push(d.help(match look.what {
                Probe::LogLikelihood => "give ln Z: `log_likelihood(data, annealed_importance())`, or make the model smaller",
                Probe::LogZ => "write `annealed_importance()`, or make the model smaller",
                Probe::PseudoLikelihood | Probe::FreeEnergy => "`reconstruction_error(data)` serves every machine",
                Probe::Divergence { .. } => {
                    "list one probability for each state of the visible units, the first unit turning fastest"
                }
                _ => "the landscape of a log-likelihood is looked at by sums over all states: make the model smaller",
            }));
            return out;
        }
    }
    let named = looks.iter().filter_map(|l| l.data.map(|k| (k, places.quantity(l.quantity()))));
    let all: Vec<(u32, Span)> = own.map(|k| (k, places.of("data"))).into_iter().chain(named).collect();
    for (k, span) in all {
        // States that are not there yet are judged when they are.
        if !seen.data.insert((model, k)) || plan.data[k as usize].sources().iter().any(|s| matches!(s, Source::States(_))) {
            continue;
        }
        match programs.materialise(k).map(|e| e.inputs.into_single()) {
            Err(reason) => {
                out.push(Diagnostic::error(codes::CANNOT_READ, span, reason).label("these data cannot be read in full"))
            }
            Ok(numbers) => {
                if let Err(reason) = machine::states(m, &numbers) {
                    let d = Diagnostic::error(codes::DOMAIN, span, "the data are no states of the visible units").label(reason);
                    out.push(d.help("bring the inputs to these values first, such as by `data.threshold(0.5)`"));
                }
            }
        }
    }
    out
}
