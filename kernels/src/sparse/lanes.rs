//! What the single-spin kernels share about lanes: start states, temperatures, checkpoints.
//!
//! Knows positions of spins in their sets; no energy and no layout.

use super::super::random::Stream;
use super::super::sampler::{Lane, PairEnergy, Start};

/// Tag of the sub-stream that draws a start state.
const START: u64 = 0x7374_6172_7400;

/// The start state of a lane as positions; `size(i)` is the number of values of site `i`.
pub(crate) fn start_state(lane: &Lane, sites: usize, size: impl Fn(usize) -> usize) -> Result<Vec<u8>, String> {
    let state: Vec<u8> = match &lane.start {
        Start::Random => {
            let mut stream = Stream::new(lane.key.derive(START));
            (0..sites).map(|i| stream.below(size(i) as u32) as u8).collect()
        }
        Start::Uniform(position) => vec![*position; sites],
        Start::Given(given) => given.clone(),
    };
    if state.len() != sites {
        return Err(format!("a start state has {} spins, the model has {sites}", state.len()));
    }
    match (0..sites).find(|&i| usize::from(state[i]) >= size(i)) {
        Some(i) => Err(format!("a start state gives spin {i} the position {}, its set has {} values", state[i], size(i))),
        None => Ok(state),
    }
}

/// Checks what a kernel relies on: sites in range, no bond of a site with itself, finite numbers.
pub(crate) fn check_pairs(energy: &PairEnergy) -> Result<(), String> {
    let n = energy.sites;
    if n >= u32::MAX as usize {
        return Err(format!("{n} spins are more than this kernel can address"));
    }
    if !energy.fields.is_empty() && energy.fields.len() != n {
        return Err(format!("{} fields for {n} spins", energy.fields.len()));
    }
    for &(i, j, coupling) in &energy.bonds {
        if i as usize >= n || j as usize >= n || i == j {
            return Err(format!("bond ({i}, {j}) does not join two of {n} spins"));
        }
        if !coupling.is_finite() {
            return Err(format!("the coupling of bond ({i}, {j}) is {coupling}"));
        }
    }
    match energy.fields.iter().position(|h| !h.is_finite()) {
        Some(i) => Err(format!("the field of spin {i} is {}", energy.fields[i])),
        None => Ok(()),
    }
}

/// β with infinity replaced by the largest number, so that β * 0 stays 0.
pub(crate) fn finite_beta(beta: f64) -> f64 {
    beta.clamp(-f64::MAX, f64::MAX)
}

/// A unit of which every value is an integer multiple, at most `largest` of them (rounding to four
/// units in the last place forgiven), or None. The smallest value may itself be up to twelve units.
pub(crate) fn common_unit(values: impl Iterator<Item = f64> + Clone, largest: f64) -> Option<f64> {
    let smallest = values.clone().filter(|v| *v != 0.0).map(f64::abs).fold(f64::INFINITY, f64::min);
    if smallest == f64::INFINITY {
        return Some(1.0);
    }
    (1..=12).map(|k| smallest / f64::from(k)).find(|&unit| {
        unit.is_normal()
            && values.clone().all(|v| {
                let n = libm::round(v / unit);
                n.abs() <= largest && (n * unit - v).abs() <= 4.0 * f64::EPSILON * v.abs()
            })
    })
}

/// The contents of a checkpoint of a single-spin kernel.
#[derive(Debug, PartialEq)]
pub(crate) struct Saved {
    pub sweeps: u64,
    pub betas: Vec<f64>,
    pub states: Vec<Vec<u8>>,
    /// Running numbers of a lane that its state does not determine to the last bit.
    pub running: Vec<Vec<f64>>,
}

impl Saved {
    /// Little-endian bytes behind a four-byte name of the kernel.
    pub fn encode(&self, kernel: &[u8; 4]) -> Vec<u8> {
        let sites = self.states.first().map_or(0, Vec::len);
        let running = self.running.first().map_or(0, Vec::len);
        let mut out = kernel.to_vec();
        for n in [self.sweeps, self.betas.len() as u64, sites as u64, running as u64] {
            out.extend_from_slice(&n.to_le_bytes());
        }
        for beta in &self.betas {
            out.extend_from_slice(&beta.to_le_bytes());
        }
        for state in &self.states {
            out.extend_from_slice(state);
        }
        for x in self.running.iter().flatten() {
            out.extend_from_slice(&x.to_le_bytes());
        }
        out
    }

    /// Reads what [`Saved::encode`] wrote and checks that it fits; `size(i)` as in [`start_state`].
    pub fn decode(
        bytes: &[u8],
        kernel: &[u8; 4],
        shape: (usize, usize, usize),
        size: impl Fn(usize) -> usize,
    ) -> Result<Saved, String> {
        let (lanes, sites, running) = shape;
        let mut rest = bytes.strip_prefix(kernel.as_slice()).ok_or("the saved state is of another kernel")?;
        let mut word = || -> Result<[u8; 8], String> {
            let (head, tail) = rest.split_first_chunk::<8>().ok_or("the saved state is cut short")?;
            rest = tail;
            Ok(*head)
        };
        let sweeps = u64::from_le_bytes(word()?);
        for (what, expected) in [("lanes", lanes), ("spins", sites), ("running values", running)] {
            let found = u64::from_le_bytes(word()?);
            if found != expected as u64 {
                return Err(format!("the saved state has {found} {what}, the kernel has {expected}"));
            }
        }
        let betas = (0..lanes).map(|_| word().map(f64::from_le_bytes)).collect::<Result<Vec<f64>, String>>()?;
        if rest.len() != lanes * (sites + 8 * running) {
            return Err("the saved state is cut short or too long".into());
        }
        let (states, numbers) = rest.split_at(lanes * sites);
        let states: Vec<Vec<u8>> = (0..lanes).map(|l| states[l * sites..(l + 1) * sites].to_vec()).collect();
        if states.iter().any(|s| s.iter().enumerate().any(|(i, &p)| usize::from(p) >= size(i))) {
            return Err("the saved state has a spin outside its set".into());
        }
        let mut numbers = numbers.chunks_exact(8).map(|c| f64::from_le_bytes([c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]]));
        let running = (0..lanes).map(|_| numbers.by_ref().take(running).collect()).collect();
        Ok(Saved { sweeps, betas, states, running })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        let unit = |v: &[f64]| common_unit(v.iter().copied(), 20.0);
        assert_eq!(unit(&[1.0, -1.0, 3.0]), Some(1.0));
        assert_eq!(unit(&[1.0, -1.5]), Some(0.5));
        assert_eq!(unit(&[0.3, -0.1, 0.0]), Some(0.1));
        assert_eq!(unit(&[1.0, 0.618_033_988_749]), None);
        assert_eq!(unit(&[1.0, 100.0]), None);
        assert_eq!(unit(&[]), Some(1.0));
    }

    #[test]
    fn a_checkpoint_that_does_not_fit_is_refused() {
        let saved = Saved {
            sweeps: 7,
            betas: vec![1.0, f64::INFINITY],
            states: vec![vec![0, 1], vec![1, 1]],
            running: vec![vec![0.5]; 2],
        };
        let bytes = saved.encode(b"test");
        let read = |bytes: &[u8], kernel: &[u8; 4], shape, size: usize| Saved::decode(bytes, kernel, shape, |_| size);
        assert_eq!(read(&bytes, b"test", (2, 2, 1), 2), Ok(saved));
        assert!(read(&bytes, b"tent", (2, 2, 1), 2).is_err());
        assert!(read(&bytes, b"test", (2, 2, 1), 1).is_err());
        assert!(read(&bytes, b"test", (1, 4, 1), 2).is_err());
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut], b"test", (2, 2, 1), 2).is_err());
        }
    }
}
