//! The choice of a kernel for a model and a method: the cheapest that fits, and why the others were not taken.

use super::kernel::{Chain, Kernel};
use super::prepared::Prepared;
use super::rows::{Cost, Row, SYNCHRONOUS, UNITS, rows};
use super::stable::Stability;
use crate::plan::method::{FIELDS_SUFFICE, NO_ENERGY};
use crate::plan::{Method, Model, Order, Plan, Space, Variable};
use serde::{Deserialize, Serialize};

/// Why nothing can be chosen, for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// "`wolff` cannot sample this model"
    pub message: String,
    /// "it has a field"
    pub why: String,
    /// "use `metropolis` or `heat_bath`"
    pub instead: String,
}

/// A kernel for a model, not yet built.
pub struct Choice<'p> {
    pub kernel: &'static str,
    /// Why it fits.
    pub reason: String,
    /// The other kernels of this method, each with the reason.
    pub rejected: Vec<(&'static str, String)>,
    /// Of all chains together, roughly.
    pub memory_bytes: u64,
    /// Of one chain on one thread, roughly.
    pub seconds_per_sweep: f64,
    /// The energy in normal form, printed; or why it has none.
    pub normal_form: Result<String, String>,
    row: &'static Row,
    method: Method,
    prepared: Prepared<'p>,
}

/// The kernel for `chains` chains of a model. The model's energy must not depend on results any more.
pub fn choose<'p>(plan: &'p Plan, model: &'p Model, method: Method, chains: usize) -> Result<Choice<'p>, Refusal> {
    choose_among(plan, model, method, chains, None)
}

/// A kernel by its name, whether or not another would be cheaper.
#[cfg(test)]
pub fn choose_named<'p>(
    plan: &'p Plan,
    model: &'p Model,
    method: Method,
    chains: usize,
    kernel: &str,
) -> Result<Choice<'p>, Refusal> {
    choose_among(plan, model, method, chains, Some(kernel))
}

/// The order in which a kernel updates the sites; nothing for a kernel that does not sample.
pub fn order(kernel: &str) -> &'static str {
    rows().find(|r| r.name == kernel).map_or("", |r| r.order)
}

/// The names of all kernels that serve a method.
#[cfg(test)]
pub fn kernels(method: Method) -> Vec<&'static str> {
    rows().filter(|r| (r.serves)(method)).map(|r| r.name).collect()
}

fn choose_among<'p>(
    plan: &'p Plan,
    model: &'p Model,
    method: Method,
    chains: usize,
    only: Option<&str>,
) -> Result<Choice<'p>, Refusal> {
    if model.is_deferred() {
        let message = "no kernel can be chosen for this model yet".to_string();
        let why = "its energy depends on results that are not there yet".to_string();
        return Err(Refusal { message, why, instead: "run the tasks before it".into() });
    }
    let prepared = Prepared::new(plan, model);
    prepared.overflow().map_err(|why| Refusal {
        message: format!("`{}` cannot sample this model", method.text()),
        why,
        instead: "measure the energy in larger units".into(),
    })?;
    let mut best: Option<(&'static Row, Cost)> = None;
    let mut fitting: Vec<(&'static str, f64)> = Vec::new();
    let mut rejected: Vec<(&'static str, String)> = Vec::new();
    // Kernels of another kind of variables are named only where the method has no other.
    let serving: Vec<&'static Row> = rows().filter(|r| (r.serves)(method) && only.is_none_or(|name| name == r.name)).collect();
    // With an energy, units are moved by fields of their own only where the method asks for it.
    let by_fields = |name: &str| name == UNITS || name == SYNCHRONOUS;
    let own = model.field.is_some() || matches!(method, Method::Units { .. } | Method::Synchronous { .. });
    let serving: Vec<&'static Row> = serving.into_iter().filter(|r| by_fields(r.name) == own).collect();
    if serving.is_empty() && model.field.is_some() {
        return Err(without_energy(method));
    }
    let suits = |r: &&Row| r.fields != model.is_finite() && !for_others(r.name, &prepared);
    let any_suits = serving.iter().any(suits);
    for row in serving.into_iter().filter(|r| !any_suits || suits(r)) {
        match (row.fits)(&prepared, method, chains.max(1)) {
            Ok(cost) => {
                fitting.push((row.name, cost.seconds_per_sweep));
                if best.as_ref().is_none_or(|b| cost.seconds_per_sweep < b.1.seconds_per_sweep) {
                    best = Some((row, cost));
                }
            }
            Err(why) => rejected.push((row.name, why)),
        }
    }
    let Some((row, cost)) = best else { return Err(refusal(model, method, rejected)) };
    for (name, seconds) in fitting.into_iter().filter(|f| f.0 != row.name) {
        let times = seconds / cost.seconds_per_sweep;
        let times = if times < 10.0 { format!("{times:.1}") } else { format!("{times:.0}") };
        rejected.push((name, format!("it fits, but would take about {times} times as long")));
    }
    Ok(Choice {
        kernel: row.name,
        reason: cost.reason,
        rejected,
        memory_bytes: (cost.shared_bytes + cost.chain_bytes * chains.max(1) as f64) as u64,
        seconds_per_sweep: cost.seconds_per_sweep,
        normal_form: match &prepared.form {
            _ if model.field.is_some() => Err("it gives local fields instead of an energy".into()),
            Ok(form) => Ok(form.print(model, plan)),
            Err(why) => Err(why.clone()),
        },
        row,
        method,
        prepared,
    })
}

/// Whether a kernel is for spins of other numbers of values than a model has, or for energies of quite another form.
fn for_others(kernel: &str, prepared: &Prepared) -> bool {
    let model = prepared.model;
    let two_valued = model.variables.iter().all(|v| v.values().len() == 2);
    match kernel {
        "wolff" | "swendsen_wang" => !two_valued,
        "block_gibbs" => model.variables.len() < 2,
        "gaussian_block_gibbs" => {
            let served = |v: &Variable| matches!(v.space, Space::Finite(_) | Space::Line { .. });
            model.variables.len() < 2 || !model.variables.iter().all(served)
        }
        "potts" | "potts_wolff" | "potts_swendsen_wang" => two_valued,
        "overlap" | "overlap_random_order" => prepared.overlaps().is_err(),
        _ => false,
    }
}

/// What is said of a method that needs an energy where there is none.
fn without_energy(method: Method) -> Refusal {
    Refusal {
        message: format!("`{}` cannot move this model", method.text()),
        why: NO_ENERGY.into(),
        instead: FIELDS_SUFFICE.into(),
    }
}

fn refusal(model: &Model, method: Method, rejected: Vec<(&'static str, String)>) -> Refusal {
    let name = method.text();
    let spins = model.is_finite();
    let instead = match method {
        Method::Exact => "exact results are not sampled",
        Method::Metropolis { order: Order::Any } => "make the model smaller",
        Method::Metropolis { .. } if !spins => "use `metropolis`, which takes angles, vectors and reals in an order of its own",
        m if m.is_ladder() => "use `metropolis`, with `exchange` along the axis of temperatures where it gets stuck",
        _ if !spins => "use `metropolis`, which serves every model",
        Method::Metropolis { .. } | Method::HeatBath { .. } => "use `metropolis`",
        _ => "use `metropolis` or `heat_bath`",
    };
    // The last row of a method is the one that serves the most.
    let why = rejected.into_iter().next_back().map_or_else(|| "no kernel serves it".to_string(), |r| r.1);
    Refusal { message: format!("`{name}` cannot sample this model"), why, instead: instead.into() }
}

impl<'p> Choice<'p> {
    /// A kernel at work on some chains.
    pub fn build(&self, chains: &[Chain]) -> Result<Box<dyn Kernel>, String> {
        (self.row.build)(&self.prepared, self.method, chains)
    }

    /// How many chains one sampler should hold, of so many at a point.
    pub fn lanes_hint(&self, chains: usize) -> usize {
        (self.row.lanes)(chains.max(1)).max(1)
    }

    /// What tells whether a state is a fixed point at temperature 0, for kernels that cannot tell themselves.
    pub fn stability(&self) -> Result<Stability, String> {
        Stability::new(&self.prepared)
    }

    pub fn prepared(&self) -> &Prepared<'p> {
        &self.prepared
    }
}
