//! Any energy of continuous and of mixed variables.
//!
//! The energy is a [`ScalarGraph`] over the components of the state ([`ScalarGraph::over_components`]). It is cut into terms of
//! a few sites; terms of one form are evaluated side by side, and their gradients by a reverse sweep. A term of more than 16
//! sites is re-evaluated where it depends on the site that moves.
//!
//! **Metropolis** tries each site once a sweep, in the order of a greedy colouring. Circles: uniform from a window, wrapped.
//! Lines: the same, reflected at the walls. Spheres: a normal step, projected. Finite sets: one of the other values alike, with
//! some proposals left out as in `kernels::thinning`. All are symmetric (proposals of q values to q / 2^32), so detailed balance
//! is exact to that, to the 2^-33 of an acceptance, and to rounding. A warm-up
//! adapts the windows, one a block and lane, to an acceptance of 0.45; they start at π/2 on circles, half of an interval, 1 on
//! lines that are not bounded on both sides, and 0.5 on spheres.
//!
//! **Heat bath** serves finite sets alone: conditional distributions of continuous sites have no closed form here.
//!
//! **Hmc** moves lines and circles together, a trajectory a sweep; spheres and finite sites of a mixed model get a Metropolis
//! sweep before each. The step is given, or adapted in the warm-up to an acceptance of 0.8 by dual averaging, and is varied by
//! 20 per cent either way.
//!
//! **Langevin** is x ← x - h ∇E + √(2 h T) ξ, reflected at walls, with the same sweep of the other sites. Adjusted (MALA: P. J.
//! Rossky, J. D. Doll and H. L. Friedman, J. Chem. Phys. 69, 4628 (1978)) it is a trajectory of one step of length √(2 h T),
//! whose acceptance makes it exact; unadjusted it samples a distribution that is off by O(h). A step that is not given is
//! adapted to an acceptance of 0.574, the best one for many dimensions (G. O. Roberts and J. S. Rosenthal, J. R. Stat. Soc. B
//! 60, 255 (1998)).
//!
//! An energy that is not a number, or a trajectory that goes astray, is a rejection. β = 0 samples the uniform distribution of
//! bounded spaces (Langevin draws afresh there); unbounded lines have none and are refused. At β = ∞ no move raises the energy:
//! trajectories then start from rest with the force of β = 1. Changing β later adapts nothing: windows and steps stay until the
//! next warm-up, and an unbounded line that is taken to β = 0 wanders freely.

mod batch;
mod derivative;
mod draws;
pub(crate) mod elementary;
mod flow;
mod large;
mod metropolis;
mod plan;
mod program;
mod saved;
mod space;
#[cfg(test)]
mod tests;
mod tuner;

use std::sync::Arc;

use super::field::{Block, Field, FieldLane, FieldStart, Space};
use super::generic::ScalarGraph;
use super::sparse::Simd;
use super::sparse::lanes::finite_beta;
use super::sparse::wide::LaneKey;
use flow::{End, Slope, Spare, Trajectory};
use metropolis::{Count, Room, Sweep, windows};
use plan::Plan;
use tuner::{Tuner, window_factor};

/// Random starts that are tried before a model is said to have none of finite energy.
const STARTS: u64 = 100;
/// Leapfrog steps of a trajectory where none are given.
const STEPS: u32 = 16;
const HMC_TARGET: f64 = 0.8;
const LANGEVIN_TARGET: f64 = 0.574;

/// Variables and the energy of their components.
#[derive(Clone, Debug)]
pub struct FieldModel {
    pub blocks: Vec<Block>,
    pub graph: ScalarGraph,
}

/// How a lane moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldRule {
    Metropolis,
    HeatBath,
    /// Leapfrog steps of a trajectory (16 where not given) and their length, in units of x at velocities of variance 1.
    Hmc {
        steps: Option<u32>,
        step: Option<f64>,
    },
    /// The step h of x ← x - h ∇E + √(2 h T) ξ.
    Langevin {
        step: Option<f64>,
        adjusted: bool,
    },
}

impl FieldRule {
    fn flows(&self) -> bool {
        matches!(self, FieldRule::Hmc { .. } | FieldRule::Langevin { .. })
    }

    /// The acceptance that a step is adapted to, if it is.
    fn target(&self) -> Option<f64> {
        match self {
            FieldRule::Hmc { step: None, .. } => Some(HMC_TARGET),
            FieldRule::Langevin { step: None, .. } => Some(LANGEVIN_TARGET),
            _ => None,
        }
    }

    /// Whether the rule moves such variables; `Err` says why not.
    pub fn fits(&self, blocks: &[Block]) -> Result<(), String> {
        let flows = |b: &Block| matches!(b.space, Space::Line { .. } | Space::Circle);
        match self {
            FieldRule::Metropolis => {}
            FieldRule::HeatBath => {
                if blocks.iter().any(|b| !matches!(b.space, Space::Finite(_))) {
                    return Err("heat bath draws from the exact distribution of a variable given the others, which continuous \
                                variables do not offer here; `metropolis` serves"
                        .into());
                }
            }
            FieldRule::Hmc { .. } | FieldRule::Langevin { .. } if !blocks.iter().any(flows) => {
                return Err("no variable is a real number or an angle, which trajectories need; `metropolis` serves".into());
            }
            FieldRule::Hmc { steps: Some(0), .. } => return Err("a trajectory of 0 steps goes nowhere".into()),
            FieldRule::Langevin { step: None, adjusted: false } => {
                return Err("Langevin dynamics without acceptance needs a step: nothing tells which is small enough".into());
            }
            FieldRule::Hmc { .. } | FieldRule::Langevin { .. } => {}
        }
        match self {
            FieldRule::Hmc { step: Some(h), .. } | FieldRule::Langevin { step: Some(h), .. } if !(h.is_finite() && *h > 0.0) => {
                Err(format!("a step of {h}: it must be positive and finite"))
            }
            _ => Ok(()),
        }
    }
}

struct Chain {
    key: LaneKey,
    beta: f64,
    given_beta: f64,
    /// Arranged, with room for a chunk beyond.
    state: Vec<f64>,
    /// By block.
    windows: Vec<f64>,
    /// Sweeps that adapted the windows.
    rounds: u64,
    tuner: Tuner,
    /// At the state, where that is known.
    slope: Option<Slope>,
    count: Count,
}

/// The kernel.
pub struct Continuous {
    plan: Arc<Plan>,
    rule: FieldRule,
    simd: Simd,
    sweeps: u64,
    chains: Vec<Chain>,
    room: Room,
    spare: Spare,
}

impl Continuous {
    /// A kernel with its lanes at their starts. `Err` says why a rule does not serve, what is wrong with a start, or that the
    /// energy is not finite there.
    pub fn new(model: &FieldModel, rule: FieldRule, lanes: &[FieldLane]) -> Result<Continuous, String> {
        rule.fits(&model.blocks)?;
        let swept = |space: &Space| !(rule.flows() && matches!(space, Space::Line { .. } | Space::Circle));
        let plan = Plan::new(&model.blocks, &model.graph, swept)?;
        let mut room = Room::default();
        room.scratch.fit(plan.batches.iter().chain(plan.colours.iter().flat_map(|c| &c.batches)));
        let mut kernel = Continuous {
            plan: Arc::new(plan),
            rule,
            simd: Simd::detect(),
            sweeps: 0,
            chains: Vec::new(),
            room,
            spare: Spare::default(),
        };
        for lane in lanes {
            let chain = kernel.chain(lane)?;
            kernel.chains.push(chain);
        }
        Ok(kernel)
    }

    fn chain(&mut self, lane: &FieldLane) -> Result<Chain, String> {
        if lane.beta.is_nan() || lane.beta < 0.0 {
            return Err(format!("an inverse temperature of {}: continuous variables need one that is not negative", lane.beta));
        }
        let plan = Arc::clone(&self.plan);
        let blocks = &plan.blocks;
        if lane.beta == 0.0 && blocks.iter().any(|b| b.sites > 0 && !space::is_bounded(&b.space)) {
            return Err("at infinite temperature a real number without bounds has no distribution".into());
        }
        let limits: Vec<(f64, f64)> = blocks.iter().map(|b| windows(&b.space)).collect();
        let first_step = match self.rule {
            FieldRule::Hmc { step: Some(step), .. } | FieldRule::Langevin { step: Some(step), .. } => step,
            _ => 0.1,
        };
        let attempts = if lane.start == FieldStart::Random { STARTS } else { 1 };
        let mut refused = String::new();
        for attempt in 0..attempts {
            let given = space::start(blocks, lane.key, &lane.start, attempt)?;
            let mut chain = Chain {
                key: LaneKey::new(lane.key),
                beta: finite_beta(lane.beta),
                given_beta: lane.beta,
                state: self.arranged(&given),
                windows: limits.iter().map(|w| w.0).collect(),
                rounds: 0,
                tuner: Tuner::new(first_step),
                slope: None,
                count: Count::default(),
            };
            let energy = evaluate(&self.plan, self.simd, &chain.state);
            // Metropolis finds its way out of a forbidden state; a force does not.
            if !(energy.is_finite() || energy == f64::INFINITY && !self.rule.flows()) {
                refused = format!("the energy is {energy}");
                continue;
            }
            if self.rule.flows() {
                let slope = self.slope(&mut chain);
                let finite = slope.is_finite(&self.plan);
                chain.slope = Some(slope);
                if !finite {
                    refused = "the gradient of the energy is not finite".into();
                    continue;
                }
            }
            return Ok(chain);
        }
        Err(match attempts {
            1 => format!("{refused} at the start state"),
            _ => format!("{refused} at {attempts} random start states; give a start"),
        })
    }

    fn arranged(&self, given: &[f64]) -> Vec<f64> {
        let mut state = vec![0.0; self.plan.components + batch::WIDE];
        for (x, &place) in given.iter().zip(&self.plan.place) {
            state[place as usize] = *x;
        }
        state
    }

    /// The slope at a chain's state, out of the chain or afresh.
    fn slope(&mut self, chain: &mut Chain) -> Slope {
        chain.slope.take().unwrap_or_else(|| {
            let mut slope = Slope::default();
            slope.evaluate(&self.plan, self.simd, &chain.state, &mut self.room);
            slope
        })
    }

    fn move_lanes(&mut self, sweeps: u64, learn: bool) {
        let mut chains = std::mem::take(&mut self.chains);
        for chain in &mut chains {
            if learn && self.rule.target().is_some() {
                if chain.tuner.has_begun() {
                    chain.tuner.resume();
                } else if chain.beta > 0.0 {
                    let step = self.reasonable_step(chain);
                    chain.tuner.anchor(step);
                }
            }
            for sweep in self.sweeps..self.sweeps + sweeps {
                self.sweep(chain, sweep, learn);
            }
            if learn && self.rule.target().is_some() {
                chain.tuner.settle();
            }
        }
        self.chains = chains;
        self.sweeps += sweeps;
    }

    fn sweep(&mut self, chain: &mut Chain, sweep: u64, learn: bool) {
        let plan = Arc::clone(&self.plan);
        if plan.swept() > 0 {
            let mut counts = vec![Count::default(); plan.blocks.len()];
            let run = Sweep { plan: &plan, simd: self.simd, key: &chain.key, sweep, beta: chain.beta, windows: &chain.windows };
            match self.rule {
                FieldRule::HeatBath => run.heat_bath(&mut chain.state, &mut self.room),
                _ => run.metropolis(&mut chain.state, &mut self.room, &mut counts),
            }
            if self.rule.flows() {
                chain.slope = None;
            }
            if learn {
                for ((window, count), block) in chain.windows.iter_mut().zip(&counts).zip(&plan.blocks) {
                    let widest = windows(&block.space).1;
                    *window = (*window * window_factor(count.accepted, count.proposed, chain.rounds)).clamp(1e-12, widest);
                }
                chain.rounds += 1;
            } else if !self.rule.flows() {
                chain.count.proposed += counts.iter().map(|c| c.proposed).sum::<u64>();
                chain.count.accepted += counts.iter().map(|c| c.accepted).sum::<u64>();
            }
        }
        if self.rule.flows() {
            self.flow(chain, sweep, learn);
        }
    }

    fn flow(&mut self, chain: &mut Chain, sweep: u64, learn: bool) {
        let plan = Arc::clone(&self.plan);
        let step = chain.tuner.step.min(self.longest_step());
        let run = trajectory(&plan, self.simd, self.rule, chain, sweep, step);
        if chain.beta == 0.0 && matches!(self.rule, FieldRule::Langevin { .. }) {
            run.redraw(&mut chain.state);
            chain.slope = None;
            chain.count.proposed += u64::from(!learn);
            chain.count.accepted += u64::from(!learn);
            return;
        }
        let mut slope = self.slope(chain);
        let (probability, taken) = run.run(&mut chain.state, &mut slope, &mut self.room, &mut self.spare);
        chain.slope = Some(slope);
        match self.rule.target() {
            // At β = 0 every step is accepted and nothing can be learnt.
            Some(target) if learn && chain.beta > 0.0 => chain.tuner.learn(probability, target),
            _ if learn => {}
            _ => {
                chain.count.proposed += 1;
                chain.count.accepted += u64::from(taken);
            }
        }
    }

    /// Where nothing pulls, every step is accepted and learning would lengthen it without end: a step of HMC that is not given
    /// is at most half of the narrowest space.
    fn longest_step(&self) -> f64 {
        if !matches!(self.rule, FieldRule::Hmc { step: None, .. }) {
            return f64::INFINITY;
        }
        let width = |b: &Block| match b.space {
            Space::Line { low, high } => high - low,
            Space::Circle => std::f64::consts::TAU,
            _ => f64::INFINITY,
        };
        0.5 * self.plan.blocks.iter().map(width).fold(f64::INFINITY, f64::min)
    }

    /// A step whose acceptance over one leapfrog step is near 1/2: doubled or halved until it crosses that (Hoffman and Gelman,
    /// algorithm 4). The state stays.
    fn reasonable_step(&mut self, chain: &mut Chain) -> f64 {
        let plan = Arc::clone(&self.plan);
        let start = self.slope(chain);
        let mut step = chain.tuner.step;
        let mut direction = None;
        for _ in 0..100 {
            let mut run = trajectory(&plan, self.simd, self.rule, chain, self.sweeps, step);
            (run.steps, run.jitter) = (1, false);
            let (mut state, mut slope) = (chain.state.clone(), start.clone());
            let (probability, _) = run.run(&mut state, &mut slope, &mut self.room, &mut self.spare);
            let up = probability > 0.5;
            if *direction.get_or_insert(up) != up {
                break;
            }
            step *= if up { 2.0 } else { 0.5 };
        }
        chain.slope = Some(start);
        step.clamp(1e-20, 1e20)
    }
}

fn evaluate(plan: &Plan, simd: Simd, state: &[f64]) -> f64 {
    let mut scratch = batch::Scratch::default();
    scratch.fit(plan.batches.iter());
    let mut energy = plan.constant;
    for batch in &plan.batches {
        batch.add_total(simd, state, &mut energy, &mut scratch);
    }
    energy
}

/// The trajectory of a rule; `step` in the rule's own units.
fn trajectory<'a>(plan: &'a Plan, simd: Simd, rule: FieldRule, chain: &Chain, sweep: u64, step: f64) -> Trajectory<'a> {
    let (steps, length, jitter, end) = match rule {
        FieldRule::Langevin { adjusted, .. } => {
            // x - h ∇E + √(2 h T) ξ is one leapfrog step of this length: its square is twice h over the force's factor.
            let force = if chain.beta == f64::MAX { 1.0 } else { chain.beta };
            (1, (2.0 * step / force).sqrt(), false, if adjusted { End::Metropolis } else { End::Always })
        }
        FieldRule::Hmc { steps, .. } => (steps.unwrap_or(STEPS), step, true, End::Metropolis),
        _ => (1, step, false, End::Metropolis),
    };
    Trajectory { plan, simd, key: chain.key, sweep, beta: chain.beta, steps, step: length, jitter, end }
}

impl Field for Continuous {
    fn lanes(&self) -> usize {
        self.chains.len()
    }

    fn components(&self) -> usize {
        self.plan.components
    }

    /// A sweep is as many attempted updates as there are sites, or a trajectory (with a sweep of what does not flow).
    fn advance(&mut self, sweeps: u64) {
        self.move_lanes(sweeps, false);
    }

    fn warm_up(&mut self, sweeps: u64) {
        self.move_lanes(sweeps, true);
    }

    fn energy(&self, lane: usize) -> f64 {
        evaluate(&self.plan, self.simd, &self.chains[lane].state)
    }

    fn read(&self, lane: usize, state: &mut [f64]) {
        for (x, &place) in state.iter_mut().zip(&self.plan.place) {
            *x = self.chains[lane].state[place as usize];
        }
    }

    /// Points outside a space are replaced by the nearest one of it, and what is no number by 0.
    fn write(&mut self, lane: usize, state: &[f64]) {
        let mut given = state.to_vec();
        given.resize(self.plan.components, 0.0);
        let mut at = 0;
        for block in &self.plan.blocks {
            for _ in 0..block.sites {
                let end = at + block.space.components();
                space::project(&block.space, &mut given[at..end]);
                at = end;
            }
        }
        self.chains[lane].state = self.arranged(&given);
        self.chains[lane].slope = None;
    }

    /// A negative or missing number counts as 0.
    fn set_beta(&mut self, lane: usize, beta: f64) {
        let beta = if beta > 0.0 { beta } else { 0.0 };
        self.chains[lane].given_beta = beta;
        self.chains[lane].beta = finite_beta(beta);
    }

    fn acceptance(&self) -> Option<f64> {
        let proposed: u64 = self.chains.iter().map(|c| c.count.proposed).sum();
        let accepted: u64 = self.chains.iter().map(|c| c.count.accepted).sum();
        (proposed > 0).then(|| accepted as f64 / proposed as f64)
    }

    fn save(&self) -> Vec<u8> {
        saved::encode(self)
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        saved::decode(self, saved)
    }
}
