//! The Swendsen-Wang sampler: lanes, and the choice between rows of bits and a general graph.

use super::bits::{Bernoulli, Bits};
use super::general::Forest;
use super::graph::{Graph, MOVES, check, start};
use super::in_field::{self, Fields};
use super::rows::Rows;
use super::runs::Runs;
use super::saved::{Reader, Writer};
use crate::random::Key;
use crate::sampler::{Lane, PairEnergy, Sampler};

/// Swendsen-Wang updates of an Ising model (Phys. Rev. Lett. 58, 86 (1987)).
///
/// One sweep is one decomposition of the whole lattice; each cluster is flipped with probability 1/2, in a field by heat bath. A lane's numbers depend on
/// its own [`Lane`] only, not on the other lanes, the processor or how the sweeps are split over calls.
pub struct SwendsenWang {
    energy: PairEnergy,
    shape: Shape,
    lanes: Vec<Chain>,
}

enum Shape {
    Regular(Box<Rows>, Runs),
    General(Graph, Forest),
    /// With scratch of one number a site.
    InField(Graph, Forest, Fields, Vec<f64>),
}

struct Chain {
    beta: f64,
    moves: Key,
    bits: Bits,
    draws: Vec<Bernoulli>,
    /// Packed by row where the graph is regular.
    packed: Vec<u64>,
    /// Positions where it is not.
    state: Vec<u8>,
}

impl SwendsenWang {
    /// A sampler of a model. Err says why the model or a lane cannot be served: a bond, a field or a state that does not fit.
    pub fn new(energy: &PairEnergy, lanes: &[Lane]) -> Result<SwendsenWang, String> {
        SwendsenWang::build(energy, lanes, true)
    }

    /// The same on the path for general graphs, the twin that the tests compare with.
    #[cfg(test)]
    pub(super) fn general(energy: &PairEnergy, lanes: &[Lane]) -> Result<SwendsenWang, String> {
        SwendsenWang::build(energy, lanes, false)
    }

    fn build(energy: &PairEnergy, lanes: &[Lane], regular: bool) -> Result<SwendsenWang, String> {
        check(energy)?;
        let shape = match Fields::of(energy) {
            Some(fields) => Shape::InField(Graph::new(energy), Forest::new(energy.sites), fields, Vec::new()),
            None => match Rows::find(energy).filter(|_| regular) {
                Some(rows) => {
                    let runs = Runs::new(&rows);
                    Shape::Regular(Box::new(rows), runs)
                }
                None => Shape::General(Graph::new(energy), Forest::new(energy.sites)),
            },
        };
        let mut sampler = SwendsenWang { energy: energy.clone(), shape, lanes: Vec::with_capacity(lanes.len()) };
        for lane in lanes {
            let state = start(lane, energy.sites)?;
            let moves = lane.key.derive(MOVES);
            let bits = Bits::new(moves);
            sampler.lanes.push(Chain { beta: 0.0, moves, bits, draws: Vec::new(), packed: Vec::new(), state: Vec::new() });
            sampler.set_beta(sampler.lanes.len() - 1, lane.beta);
            sampler.write(sampler.lanes.len() - 1, &state);
        }
        Ok(sampler)
    }

    /// Whether the fast path for regular lattices serves the model.
    pub fn is_regular(&self) -> bool {
        matches!(self.shape, Shape::Regular(..))
    }
}

impl Sampler for SwendsenWang {
    fn lanes(&self) -> usize {
        self.lanes.len()
    }

    fn sites(&self) -> usize {
        self.energy.sites
    }

    fn advance(&mut self, sweeps: u64) {
        for chain in &mut self.lanes {
            let opposite = chain.beta < 0.0;
            for _ in 0..sweeps {
                match &mut self.shape {
                    Shape::Regular(rows, runs) => {
                        let opposite = if opposite { !0 } else { 0 };
                        runs.sweep(rows, &mut chain.packed, &chain.draws, opposite, &mut chain.bits);
                    }
                    Shape::General(graph, forest) => {
                        forest.sweep(graph, &mut chain.state, &chain.draws, u8::from(opposite), &mut chain.bits);
                    }
                    Shape::InField(graph, forest, fields, sums) => {
                        let model = (&*graph, &*fields);
                        in_field::sweep(model, (forest, sums), &mut chain.state, &chain.draws, chain.beta, &mut chain.bits);
                    }
                }
            }
        }
    }

    fn energy(&self, lane: usize) -> f64 {
        match &self.shape {
            Shape::Regular(rows, _) => rows.energy(&self.lanes[lane].packed),
            _ => self.energy.energy(&self.lanes[lane].state),
        }
    }

    fn total(&self, lane: usize) -> Option<f64> {
        let chain = &self.lanes[lane];
        Some(match &self.shape {
            Shape::Regular(rows, _) => rows.total(&chain.packed),
            _ => chain.state.iter().map(|&s| 2 * i64::from(s) - 1).sum::<i64>() as f64,
        })
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        match &self.shape {
            Shape::Regular(rows, _) => rows.unpack(&self.lanes[lane].packed, state),
            _ => state.copy_from_slice(&self.lanes[lane].state),
        }
    }

    fn write(&mut self, lane: usize, state: &[u8]) {
        let chain = &mut self.lanes[lane];
        match &self.shape {
            Shape::Regular(rows, _) => rows.pack(state, &mut chain.packed),
            _ => {
                chain.state.clear();
                chain.state.extend(state.iter().map(|s| s & 1));
            }
        }
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        let strengths = match &self.shape {
            Shape::Regular(rows, _) => &rows.strengths,
            Shape::General(graph, _) | Shape::InField(graph, ..) => &graph.strengths,
        };
        let chain = &mut self.lanes[lane];
        chain.beta = beta;
        chain.draws = strengths.iter().map(|&s| Bernoulli::activation(beta, s)).collect();
    }

    fn save(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.number(self.lanes.len() as u64);
        writer.number(self.energy.sites as u64);
        let mut state = vec![0; self.energy.sites];
        for (lane, chain) in self.lanes.iter().enumerate() {
            writer.number(chain.moves.0);
            writer.number(chain.moves.1);
            writer.number(chain.bits.position());
            writer.number(chain.beta.to_bits());
            self.read(lane, &mut state);
            writer.state(&state);
        }
        writer.0
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let mut reader = Reader(saved);
        reader.expect(self.lanes.len() as u64, "number of lanes")?;
        reader.expect(self.energy.sites as u64, "number of spins")?;
        let mut lanes = Vec::with_capacity(self.lanes.len());
        for chain in &self.lanes {
            reader.expect(chain.moves.0, "key")?;
            reader.expect(chain.moves.1, "key")?;
            lanes.push((reader.number()?, f64::from_bits(reader.number()?), reader.state(self.energy.sites)?));
        }
        reader.end()?;
        for (lane, (position, beta, state)) in lanes.into_iter().enumerate() {
            self.lanes[lane].bits = Bits::at(self.lanes[lane].moves, position);
            self.set_beta(lane, beta);
            self.write(lane, &state);
        }
        Ok(())
    }
}
