//! The `exact` method: which exact solution serves a model and what is looked at, and its values.

use super::choose::Refusal;
use super::observe::Compiled;
use super::prepared::Prepared;
use super::size;
use super::state::View;
use super::tables::table_energy;
use crate::kernels::bitpacked::{Boundary, Lattice};
use crate::kernels::exact;
use crate::kernels::sampler::PairEnergy;
use crate::plan::{Model, Plan};
use std::sync::Arc;

/// How exact values are computed.
enum Solution {
    /// All states of two-valued spins.
    Spins(Arc<PairEnergy>),
    /// All states of any finite spins.
    States,
    /// The torus of the uniform square lattice: width, height, coupling, constant.
    Kaufman(usize, usize, f64, f64),
    Transfer(Arc<PairEnergy>),
    /// Any finite spins on a narrow graph.
    FiniteTransfer(exact::FiniteTransfer),
}

/// An exact solution, chosen.
pub struct ExactChoice<'p> {
    pub kernel: &'static str,
    pub reason: String,
    pub rejected: Vec<(&'static str, String)>,
    /// Of one temperature, roughly.
    pub seconds: f64,
    pub normal_form: Result<String, String>,
    solution: Solution,
    prepared: Prepared<'p>,
}

/// The values of one point: the elements of `observe` and of `estimate`, as [`Compiled`] orders them.
#[derive(Clone, Debug, PartialEq)]
pub struct ExactValues {
    pub observe: Vec<f64>,
    pub estimate: Vec<f64>,
}

/// Chooses the exact solution that serves all looks.
pub fn choose_exact<'p>(plan: &'p Plan, model: &'p Model, compiled: &Compiled) -> Result<ExactChoice<'p>, Refusal> {
    let prepared = Prepared::new(plan, model);
    let normal_form = prepared.form.as_ref().map(|f| f.print(model, plan)).map_err(String::clone);
    let chosen = |kernel, reason: String, rejected, seconds, solution, prepared| {
        Ok(ExactChoice { kernel, reason, rejected, seconds, normal_form, solution, prepared })
    };
    let n = model.sites();
    let operations = 5.0 + compiled.operations() as f64;
    let mut rejected = Vec::new();
    let refuse = |why: String| Refusal {
        message: "`exact` cannot serve this".into(),
        why,
        instead: "use `metropolis` or another method that samples, or make the model smaller".into(),
    };
    if let Some(v) = model.variables.iter().find(|v| v.values().is_empty()) {
        return Err(refuse(format!("`{}` are {}, whose states cannot be counted", v.name, v.kind())));
    }
    if compiled.replicas() > 1 {
        return Err(refuse("`exact` knows no replicas".into()));
    }
    // Averages that follow from the moments of E (and M) alone need no enumeration.
    let polynomials: Vec<Option<[f64; 6]>> = (0..compiled.series()).map(|k| compiled.polynomial(k)).collect();
    let of_energy = |p: &Option<[f64; 6]>| p.is_some_and(|p| p[2] == 0.0 && p[4] == 0.0 && p[5] == 0.0);
    let of_both = |p: &Option<[f64; 6]>| p.is_some_and(|p| p[4] == 0.0);
    match torus(&prepared) {
        Ok((w, h, j, c)) => match polynomials.iter().position(|p| !of_energy(p)) {
            None => {
                let reason = format!("a uniform Ising model on a {w} × {h} torus, and averages of the energy alone");
                return chosen("kaufman", reason, rejected, 1e-7 * w.min(h) as f64, Solution::Kaufman(w, h, j, c), prepared);
            }
            Some(k) => {
                rejected.push(("kaufman", format!("it gives the energy and its square, not `{}`", compiled.series_name(k))))
            }
        },
        Err(why) => rejected.push(("kaufman", why)),
    }
    let few_spins = n <= exact::MOST_SPINS;
    let two_valued = model.variables.iter().all(|v| v.values().len() == 2);
    let states = model.variables.iter().fold(1.0, |all, v| all * libm::pow(v.values().len() as f64, v.sites as f64));
    if !two_valued && states > FEW_STATES {
        match finite_strip(&prepared) {
            Ok(strip) => match polynomials.iter().position(|p| !of_both(p)) {
                None => {
                    let reason = format!(
                        "a narrow graph (a frontier of {} states), and averages of the energy and the sum of the spins alone",
                        strip.states()
                    );
                    let seconds = 1e-8 * strip.operations();
                    return chosen("transfer_matrix", reason, rejected, seconds, Solution::FiniteTransfer(strip), prepared);
                }
                Some(k) => rejected.push(("transfer_matrix", not_moments(compiled.series_name(k)))),
            },
            Err(why) => rejected.push(("transfer_matrix", why)),
        }
    }
    if two_valued && (n > 20 || !few_spins) {
        match strip(&prepared) {
            Ok((pairs, width)) => match polynomials.iter().position(|p| !of_both(p)) {
                None => {
                    let seconds = 1e-8 * n as f64 * f64::from(1u32 << width.min(30));
                    let reason = format!(
                        "a narrow graph (a frontier of {width} spins), and averages of the energy and the sum of the spins alone"
                    );
                    return chosen("transfer_matrix", reason, rejected, seconds, Solution::Transfer(pairs), prepared);
                }
                Some(k) => rejected.push(("transfer_matrix", not_moments(compiled.series_name(k)))),
            },
            Err(why) => rejected.push(("transfer_matrix", why)),
        }
    }
    if few_spins
        && two_valued
        && let Ok(pairs) = prepared.pairs()
    {
        let reason = format!("{n} spins: all {states} states are visited");
        return chosen("enumeration", reason, rejected, 1e-9 * operations * states, Solution::Spins(pairs), prepared);
    }
    if let Some(v) = model.variables.iter().find(|v| v.values().len() > 255) {
        return Err(refuse(format!("`{}` has {} values: at most 255 can be enumerated", v.name, v.values().len())));
    }
    if states <= exact::MOST_STATES as f64 {
        prepared.graph().map_err(refuse)?;
        let reason = format!("{n} spins: all {states} states are visited");
        let (nodes, _) = prepared.graph_size().map_err(refuse)?;
        return chosen("enumeration", reason, rejected, 1e-9 * (operations + nodes) * states, Solution::States, prepared);
    }
    let column = polynomials.iter().position(|p| !of_both(p)).map(|k| compiled.series_name(k).to_string());
    let size = if two_valued {
        format!("{n} spins are too many: at most {}", exact::MOST_SPINS)
    } else {
        format!("{states:.1e} states are too many: at most 2^30")
    };
    Err(match column {
        Some(name) if !name.contains(' ') => refuse(format!("`exact` needs enumeration for `{name}`, and {size}")),
        Some(name) => refuse(format!("`exact` needs enumeration for {name}, and {size}")),
        None => refuse(format!("{size}; {}", rejected.into_iter().next_back().map_or_else(String::new, |r| r.1))),
    })
}

/// Width, height, coupling and constant where Kaufman's solution serves.
fn torus(p: &Prepared) -> Result<(usize, usize, f64, f64), String> {
    let uniform = p.uniform.as_ref().map_err(String::clone)?;
    let g = &uniform.geometry;
    if g.lattice != Lattice::Square || g.boundary.iter().any(|b| *b != Boundary::Periodic) {
        return Err("it needs the square lattice, periodic both ways".into());
    }
    if uniform.field != 0.0 {
        return Err("it has a field".into());
    }
    let &[w, h] = &g.extents[..] else { return Err("it needs two directions".into()) };
    // Refuses what it cannot serve at any temperature.
    exact::kaufman(w, h, uniform.coupling, uniform.coupling, 0.0)?;
    Ok((w, h, uniform.coupling, uniform.constant))
}

/// States that are rather enumerated than left to a transfer matrix.
const FEW_STATES: f64 = 1e6;
const MOST_COUPLINGS: f64 = 2e6;

fn not_moments(name: &str) -> String {
    format!("it gives the energy, the sum of the spins and their squares, not `{name}`")
}

/// The transfer matrix of any finite spins.
fn finite_strip(p: &Prepared) -> Result<exact::FiniteTransfer, String> {
    let too_large = || "the graph is too large for a transfer matrix".to_string();
    if size::estimate(&p.materials, p.model, &p.model.energy)?.is_some_and(|n| n > 20.0 * MOST_COUPLINGS) {
        return Err(too_large());
    }
    let tables = table_energy(&p.materials, p.model)?;
    if tables.bonds.len() as f64 > MOST_COUPLINGS || tables.sizes.len() as f64 > MOST_COUPLINGS {
        return Err(too_large());
    }
    exact::FiniteTransfer::new(&tables)
}

/// The pairs and the width of the frontier where a transfer matrix serves.
fn strip(p: &Prepared) -> Result<(Arc<PairEnergy>, usize), String> {
    let bonds = p.pair_count()?;
    if bonds > MOST_COUPLINGS {
        return Err("the graph is too large for a transfer matrix".into());
    }
    let pairs = p.pairs()?;
    let width = exact::frontier_width(&pairs).saturating_sub(1);
    if width > exact::MOST_FRONTIER {
        return Err(format!("its frontier has {width} spins, at most {} can be served", exact::MOST_FRONTIER));
    }
    Ok((pairs, width))
}

/// Any energy over its states.
struct Finite<'a> {
    sizes: Vec<u8>,
    graph: &'a crate::kernels::generic::ScalarGraph,
}

impl exact::FiniteEnergy for Finite<'_> {
    fn sizes(&self) -> &[u8] {
        &self.sizes
    }

    fn energy(&self, state: &[u8]) -> f64 {
        self.graph.evaluate(state)
    }
}

impl ExactChoice<'_> {
    /// The exact values at an inverse temperature. Errors: a β that the solution does not serve.
    pub fn values(&self, compiled: &Compiled, beta: f64) -> Result<ExactValues, String> {
        let averages = self.averages(compiled, beta)?;
        let mut estimate = vec![0.0; compiled.estimates()];
        compiled.estimate(&averages, &mut estimate);
        let observed = compiled.observed().iter().map(|p| p.len).sum();
        Ok(ExactValues { observe: averages[..observed].to_vec(), estimate })
    }

    /// The exact averages of all series.
    pub fn averages(&self, compiled: &Compiled, beta: f64) -> Result<Vec<f64>, String> {
        let count = compiled.series();
        let map = self.prepared.total_map();
        match &self.solution {
            Solution::Kaufman(w, h, j, c) => {
                let torus = exact::kaufman(*w, *h, *j, *j, beta)?;
                self.of_moments(compiled, [torus.energy + c, torus.energy_variance, 0.0, 0.0])
            }
            Solution::Transfer(pairs) => {
                let strip = exact::transfer(pairs, &[beta])?.into_iter().next().ok_or("no temperature")?;
                let (zero, unit) = map.unwrap_or((0.0, 1.0));
                let total = zero + unit * strip.total;
                let squared = zero * zero + 2.0 * zero * unit * strip.total + unit * unit * strip.total_squared;
                self.of_moments(compiled, [strip.energy, strip.energy_variance, total, squared])
            }
            Solution::FiniteTransfer(solution) => {
                let variables = &self.prepared.model.variables;
                let values: Vec<&[f64]> = variables.iter().flat_map(|v| std::iter::repeat_n(v.values(), v.sites)).collect();
                let strip = solution.averages(&values, &[beta])?.into_iter().next().ok_or("no temperature")?;
                self.of_moments(compiled, [strip.energy, strip.energy_variance, strip.total, strip.total_squared])
            }
            Solution::Spins(pairs) => {
                let n = pairs.sites;
                let look = |s: &exact::EnumState, out: &mut [f64]| {
                    let mut state = [0u8; exact::MOST_SPINS];
                    let total = map.map(|(zero, unit)| zero + unit * f64::from(s.total));
                    if compiled.reads_state() || total.is_none() {
                        state.iter_mut().enumerate().for_each(|(i, x)| *x = (s.bits >> i & 1) as u8);
                    }
                    compiled.measure_state(s.energy, total, View::Positions(&state[..n]), out);
                };
                first(exact::enumerate(pairs, &[beta], count, &look)?)
            }
            Solution::States => {
                let graph = self.prepared.graph()?;
                let sizes: Vec<u8> = (0..graph.sites()).map(|i| graph.values(i).len().min(255) as u8).collect();
                let look = |state: &[u8], energy: f64, out: &mut [f64]| {
                    compiled.measure_state(energy, None, View::Positions(state), out)
                };
                first(exact::enumerate_finite(&Finite { sizes, graph: &graph }, &[beta], count, &look)?)
            }
        }
    }

    /// Averages from ⟨E⟩, Var E, ⟨M⟩, ⟨M²⟩.
    fn of_moments(&self, compiled: &Compiled, [e, variance, m, mm]: [f64; 4]) -> Result<Vec<f64>, String> {
        let value = |k: usize| {
            let p = compiled.polynomial(k)?;
            Some(p[0] + p[1] * e + p[2] * m + p[3] * (variance + e * e) + p[5] * mm)
        };
        (0..compiled.series())
            .map(|k| value(k).ok_or_else(|| "a quantity does not follow from the moments".to_string()))
            .collect()
    }
}

fn first(averages: Vec<exact::Averages>) -> Result<Vec<f64>, String> {
    averages.into_iter().next().map(|a| a.means).ok_or_else(|| "no temperature".into())
}
