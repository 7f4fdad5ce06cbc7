//! The bytes of a saved kernel: numbers of eight bytes, the lowest first, behind the name of the kernel.

use super::metropolis::Count;
use super::tuner::Tuner;
use super::{Chain, Continuous};

const NAME: &[u8; 8] = b"ann-con1";

/// What is needed to go on bit for bit. Slopes are not kept: they are the same bits when evaluated again.
pub(super) fn encode(kernel: &Continuous) -> Vec<u8> {
    let mut words =
        vec![kernel.sweeps, kernel.chains.len() as u64, kernel.plan.components as u64, kernel.plan.blocks.len() as u64];
    for chain in &kernel.chains {
        words.push(chain.given_beta.to_bits());
        words.extend(chain.state[..kernel.plan.components].iter().map(|x| x.to_bits()));
        words.extend(chain.windows.iter().map(|x| x.to_bits()));
        words.extend(chain.tuner.save().map(f64::to_bits));
        words.extend([chain.rounds, chain.count.proposed, chain.count.accepted]);
    }
    NAME.iter().copied().chain(words.into_iter().flat_map(u64::to_le_bytes)).collect()
}

/// One lane of a saved kernel.
struct Lane {
    beta: f64,
    state: Vec<f64>,
    windows: Vec<f64>,
    tuner: Tuner,
    counts: [u64; 3],
}

/// Reads everything before anything is changed.
pub(super) fn decode(kernel: &mut Continuous, bytes: &[u8]) -> Result<(), String> {
    let rest = bytes.strip_prefix(NAME.as_slice()).ok_or("the saved state is of another kernel")?;
    let (words, left) = rest.as_chunks::<8>();
    if !left.is_empty() {
        return Err("the saved state is cut short".into());
    }
    let mut words = words.iter().map(|w| u64::from_le_bytes(*w));
    let mut word = move || words.next().ok_or_else(|| String::from("the saved state is cut short"));
    let sweeps = word()?;
    let (components, blocks) = (kernel.plan.components, kernel.plan.blocks.len());
    for (what, expected) in [("lanes", kernel.chains.len()), ("components", components), ("blocks", blocks)] {
        let found = word()?;
        if found != expected as u64 {
            return Err(format!("the saved state has {found} {what}, the kernel has {expected}"));
        }
    }
    let mut lanes = Vec::new();
    for _ in 0..kernel.chains.len() {
        let mut number = || word().map(f64::from_bits);
        let beta = number()?;
        let state = (0..components).map(|_| number()).collect::<Result<Vec<f64>, String>>()?;
        let windows = (0..blocks).map(|_| number()).collect::<Result<Vec<f64>, String>>()?;
        let mut tuner = [0.0; 5];
        for x in &mut tuner {
            *x = number()?;
        }
        let sound = |x: &f64| x.is_finite() && *x > 0.0;
        if !state.iter().chain(&tuner).all(|x| x.is_finite()) || !windows.iter().all(sound) || !sound(&tuner[0]) {
            return Err("the saved state holds what is no number".into());
        }
        if beta.is_nan() || beta < 0.0 || !is_inside(kernel, &state) {
            return Err("the saved state is outside the variables' ranges".into());
        }
        let counts = [word()?, word()?, word()?];
        lanes.push(Lane { beta, state, windows, tuner: Tuner::restore(tuner), counts });
    }
    if word().is_ok() {
        return Err("the saved state is too long".into());
    }
    kernel.sweeps = sweeps;
    for (chain, lane) in kernel.chains.iter_mut().zip(lanes) {
        put(chain, lane);
    }
    Ok(())
}

fn put(chain: &mut Chain, lane: Lane) {
    chain.state[..lane.state.len()].copy_from_slice(&lane.state);
    chain.beta = super::finite_beta(lane.beta);
    chain.given_beta = lane.beta;
    chain.windows = lane.windows;
    chain.tuner = lane.tuner;
    let [rounds, proposed, accepted] = lane.counts;
    chain.rounds = rounds;
    chain.count = Count { proposed, accepted };
    chain.slope = None;
}

/// Whether an arranged state is of the model.
fn is_inside(kernel: &Continuous, state: &[f64]) -> bool {
    use crate::field::Space;
    kernel.plan.segments().all(|segment| {
        let space = &kernel.plan.blocks[segment.block].space;
        let component = |c: usize| &state[segment.first + c * segment.sites..][..segment.sites];
        match space {
            Space::Finite(values) => component(0).iter().all(|x| values.contains(x)),
            Space::Circle => component(0).iter().all(|x| x.abs() <= std::f64::consts::PI),
            Space::Line { low, high } => component(0).iter().all(|x| (*low..=*high).contains(x)),
            Space::Sphere(n) => (0..segment.sites).all(|k| {
                let square: f64 = (0..*n as usize).map(|c| component(c)[k] * component(c)[k]).sum();
                (square - 1.0).abs() < 1e-6
            }),
        }
    })
}
