//! The temperatures that annealing runs through where the script gives none.

use super::prepared::Prepared;
use crate::kernels::continuous::{Continuous, FieldRule};
use crate::kernels::field::{Field, FieldLane, FieldStart, Space};
use crate::kernels::random::{Key, Stream};
use crate::kernels::sampler::PairEnergy;
use crate::plan::{Expr, Schedule};

/// A flip against the typical strongest field is accepted with this probability at the start ...
const HOT: f64 = 0.5;
/// ... and one against the weakest bond with this at the end.
const COLD: f64 = 0.01;
/// States from which the scale of an energy that is no sum of pairs is estimated.
const STATES: u64 = 64;
/// "cool": the key of those states.
const SEED: u64 = 0x636f_6f6c;

impl Prepared<'_> {
    /// A geometric schedule by the couplings: a flip changes the energy by 2|h|, where the local field h of a random state is about
    /// the root of the sum of the squared couplings. Errors: a model without any coupling.
    pub fn cooling(&self) -> Result<Schedule, String> {
        let (largest, smallest) = match self.pairs() {
            Ok(pairs) => of_pairs(&pairs),
            Err(_) => {
                let scale = self.spread()?;
                (scale, 0.05 * scale)
            }
        };
        if !(largest > 0.0 && largest.is_finite()) {
            return Err("nothing couples its spins: give a schedule, such as `temperature: geometric(3.0, 0.1)`".into());
        }
        let (hot, cold) = (2.0 * largest / -libm::log(HOT), 2.0 * smallest / -libm::log(COLD));
        Ok(Schedule::Geometric(Expr::Number(hot), Expr::Number(cold.clamp(1e-4 * hot, 0.5 * hot))))
    }

    /// The change of energy at a site of a random state, from the fluctuation of the energies of random states.
    fn spread(&self) -> Result<f64, String> {
        let blocks = self.blocks();
        let finite = blocks.iter().all(|b| matches!(b.space, Space::Finite(_)));
        let energies: Vec<f64> = (if finite { self.of_random_values()? } else { self.of_random_components()? })
            .into_iter()
            .filter(|e| e.is_finite())
            .collect();
        let count = energies.len().max(1) as f64;
        let mean = energies.iter().sum::<f64>() / count;
        let variance = energies.iter().map(|e| (e - mean) * (e - mean)).sum::<f64>() / count;
        let sites: usize = blocks.iter().map(|b| b.sites).sum();
        Ok(libm::sqrt(variance / sites.max(1) as f64))
    }

    /// Energies of states whose sites take each value alike.
    fn of_random_values(&self) -> Result<Vec<f64>, String> {
        let graph = self.graph()?;
        let state = |k| -> Vec<u8> {
            let mut stream = Stream::new(Key(SEED, k));
            (0..graph.sites()).map(|i| ((u64::from(stream.next_u32()) * graph.values(i).len() as u64) >> 32) as u8).collect()
        };
        Ok((0..STATES).map(|k| graph.evaluate(&state(k))).collect())
    }

    /// Energies of the random starts of components: uniform directions and angles, numbers uniform between their bounds, or of
    /// variance 1 where they have none.
    fn of_random_components(&self) -> Result<Vec<f64>, String> {
        // A temperature beyond all energies, at which unbounded numbers still have a distribution.
        let lane = |k| FieldLane { beta: f64::MIN_POSITIVE, key: Key(SEED, k), start: FieldStart::Random };
        let lanes: Vec<FieldLane> = (0..STATES).map(lane).collect();
        let kernel = Continuous::new(&*self.field_model()?, FieldRule::Metropolis, &lanes)?;
        Ok((0..lanes.len()).map(|k| kernel.energy(k)).collect())
    }
}

/// The largest typical local field, and the weakest of the strongest bonds of the sites.
fn of_pairs(pairs: &PairEnergy) -> (f64, f64) {
    let mut squares = vec![0.0; pairs.sites];
    let mut strongest = vec![0.0f64; pairs.sites];
    let mut add = |i: usize, x: f64| {
        squares[i] += x * x;
        strongest[i] = strongest[i].max(x.abs());
    };
    for &(i, j, coupling) in &pairs.bonds {
        add(i as usize, coupling);
        add(j as usize, coupling);
    }
    pairs.fields.iter().enumerate().for_each(|(i, h)| add(i, *h));
    let largest = squares.iter().fold(0.0f64, |a, x| a.max(*x));
    let smallest = strongest.iter().filter(|x| **x > 0.0).fold(f64::INFINITY, |a, x| a.min(*x));
    (libm::sqrt(largest), smallest)
}
