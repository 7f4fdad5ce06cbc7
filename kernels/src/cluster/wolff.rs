//! The Wolff sampler: lanes, the number of clusters a sweep, and the path for unlike couplings.

use super::bits::{Bernoulli, Bits};
use super::graph::{Graph, MOVES, check, gauge, start};
use super::in_field::{self, Fields};
use super::rows::Rows;
use super::saved::{Reader, Writer};
use super::wolff_regular::{Pool, Regular};
use crate::random::Key;
use crate::sampler::{Lane, PairEnergy, Sampler};

/// Wolff's single-cluster updates of an Ising model (Phys. Rev. Lett. 62, 361 (1989)). In a field, a cluster bound to it stays.
///
/// One sweep is a fixed number of clusters, one unless [`Wolff::set_clusters_per_sweep`] or [`Wolff::calibrate`] says otherwise.
/// The number must not depend on the clusters that are being measured: "until N spins were flipped" stops more often after a
/// large cluster and so measures a biased distribution. A lane's numbers depend on its own [`Lane`] only, not on the
/// other lanes, the processor or how the sweeps are split over calls.
pub struct Wolff {
    energy: PairEnergy,
    graph: Graph,
    gauged: Option<Gauged>,
    fields: Option<Fields>,
    /// For the energy, where the graph is regular.
    rows: Option<Box<Rows>>,
    lanes: Vec<Chain>,
    queue: Vec<u32>,
}

/// The path for alike couplings.
struct Gauged {
    regular: Regular,
    /// The gauge (0 or 1 a site) where all couplings are ferromagnetic.
    gauge: Vec<u8>,
}

struct Chain {
    beta: f64,
    moves: Key,
    bits: Bits,
    pool: Pool,
    draws: Vec<Bernoulli>,
    /// Bonds to the ghost spin, by strength of the field.
    ghost: Vec<Bernoulli>,
    clusters: u64,
    /// Whether the path for alike couplings serves the lane. Its gauge is the wrong one where β is negative.
    gauged: bool,
    /// General path: the spin in bit 0, a mark in bit 1 while a cluster grows. Gauged path: see [`Regular::cell`].
    cells: Vec<u8>,
}

impl Wolff {
    /// A sampler of a model. Err says why the model or a lane cannot be served: a bond, a field or a state that does not fit.
    pub fn new(energy: &PairEnergy, lanes: &[Lane]) -> Result<Wolff, String> {
        Wolff::build(energy, lanes, true)
    }

    /// The same on the path for unlike couplings, the twin that the tests compare with.
    #[cfg(test)]
    pub(super) fn general(energy: &PairEnergy, lanes: &[Lane]) -> Result<Wolff, String> {
        Wolff::build(energy, lanes, false)
    }

    fn build(energy: &PairEnergy, lanes: &[Lane], regular: bool) -> Result<Wolff, String> {
        check(energy)?;
        let graph = Graph::new(energy);
        let fields = Fields::of(energy);
        let fitting = if regular && fields.is_none() { Regular::find(&graph).zip(gauge(energy)) } else { None };
        let gauged = fitting.map(|(regular, signs)| {
            let gauge = signs.iter().map(|&g| u8::from(g < 0)).collect();
            Gauged { regular, gauge }
        });
        let rows = Rows::find(energy).filter(|_| regular && fields.is_none()).map(Box::new);
        let queue = vec![0; energy.sites + 1];
        let mut sampler =
            Wolff { energy: energy.clone(), graph, gauged, fields, rows, lanes: Vec::with_capacity(lanes.len()), queue };
        for lane in lanes {
            let cells = start(lane, energy.sites)?;
            let moves = lane.key.derive(MOVES);
            let (bits, pool, draws) = (Bits::new(moves), Pool::default(), Vec::new());
            sampler.lanes.push(Chain {
                beta: 0.0,
                moves,
                bits,
                pool,
                draws,
                ghost: Vec::new(),
                clusters: 1,
                gauged: false,
                cells,
            });
            sampler.set_beta(sampler.lanes.len() - 1, lane.beta);
        }
        Ok(sampler)
    }

    /// Whether the fast path for alike couplings serves the model.
    pub fn is_regular(&self) -> bool {
        self.gauged.is_some()
    }

    /// Makes one sweep of every lane so many clusters (at least one).
    pub fn set_clusters_per_sweep(&mut self, clusters: u64) {
        for chain in &mut self.lanes {
            chain.clusters = clusters.max(1);
        }
    }

    /// The number of clusters in a sweep of a lane.
    pub fn clusters_per_sweep(&self, lane: usize) -> u64 {
        self.lanes[lane].clusters
    }

    /// Warms every lane up until it has flipped `sweeps` N spins, and fixes its number of clusters a sweep at ceil(N / mean
    /// size of the clusters of the second half), so that a sweep flips about N spins from then on.
    ///
    /// To be called before anything is measured: the warm-up itself stops at a cluster that depends on the states. The number
    /// is a function of the lane's own description, is kept by `save`, and stays when β changes.
    pub fn calibrate(&mut self, sweeps: u64) {
        let n = self.energy.sites as u64;
        let half = sweeps.max(1).saturating_mul(n).div_ceil(2);
        for lane in 0..self.lanes.len() {
            let mut counted = (0u64, 0u64);
            for _ in 0..2 {
                counted = (0, 0);
                while counted.0 < half {
                    counted.0 += self.cluster(lane);
                    counted.1 += 1;
                }
            }
            let (flipped, clusters) = counted;
            self.lanes[lane].clusters = (u128::from(n) * u128::from(clusters)).div_ceil(u128::from(flipped)).max(1) as u64;
        }
    }

    /// One cluster of a lane; gives its size (in a field: the number of spins it was grown to).
    fn cluster(&mut self, lane: usize) -> u64 {
        let chain = &mut self.lanes[lane];
        let seed = chain.bits.below(self.energy.sites as u64) as u32;
        match &self.gauged {
            Some(gauged) if chain.gauged => {
                let draw = chain.draws[0];
                gauged.regular.grow(&mut chain.cells, &mut self.queue, seed, draw, &mut chain.pool, &mut chain.bits)
            }
            _ => match &self.fields {
                None => chain.grow(&self.graph, &mut self.queue, seed),
                Some(fields) => {
                    let (opposite, draws) = (u8::from(chain.beta < 0.0), (&chain.draws[..], &chain.ghost[..]));
                    let room = (&mut chain.cells[..], &mut self.queue[..]);
                    in_field::grow((&self.graph, fields), room, seed, draws, opposite, &mut chain.bits)
                }
            },
        }
    }

    /// The state of a lane as positions.
    fn positions(&self, lane: usize) -> Vec<u8> {
        let mut state = vec![0; self.energy.sites];
        self.read(lane, &mut state);
        state
    }
}

impl Chain {
    /// Grows and flips one cluster where couplings may be unlike or frustrated, with marks.
    ///
    /// In frustrated graphs a member of the cluster may be joined to another by an unsatisfied bond, so that the flip does
    /// not tell members from others.
    fn grow(&mut self, graph: &Graph, queue: &mut [u32], seed: u32) -> u64 {
        const MARK: u8 = 2;
        let opposite = u8::from(self.beta < 0.0);
        let cells = &mut self.cells;
        cells[seed as usize] ^= 1 | MARK;
        queue[0] = seed;
        let (mut head, mut tail) = (0, 1);
        while head < tail {
            let i = queue[head] as usize;
            head += 1;
            let old = (cells[i] & 1) ^ 1 ^ opposite;
            for half in graph.halves(i) {
                let j = half.site as usize;
                // A satisfied bond to a spin without a mark leaves both bits zero.
                let open = cells[j] ^ old ^ u8::from(half.negative()) == 0;
                if open && self.draws[half.strength()].draw(&mut self.bits) {
                    cells[j] ^= 1 | MARK;
                    queue[tail] = j as u32;
                    tail += 1;
                }
            }
        }
        for &i in &queue[..tail] {
            cells[i as usize] &= !MARK;
        }
        tail as u64
    }
}

impl Sampler for Wolff {
    fn lanes(&self) -> usize {
        self.lanes.len()
    }

    fn sites(&self) -> usize {
        self.energy.sites
    }

    fn advance(&mut self, sweeps: u64) {
        for lane in 0..self.lanes.len() {
            for _ in 0..sweeps.saturating_mul(self.lanes[lane].clusters) {
                self.cluster(lane);
            }
        }
    }

    fn energy(&self, lane: usize) -> f64 {
        let state = self.positions(lane);
        match &self.rows {
            Some(rows) => {
                let mut packed = Vec::with_capacity(rows.rows * rows.words);
                rows.pack(&state, &mut packed);
                rows.energy(&packed)
            }
            None => self.energy.energy(&state),
        }
    }

    fn total(&self, lane: usize) -> Option<f64> {
        let up: u64 = self.positions(lane).iter().map(|&s| u64::from(s)).sum();
        Some(2.0 * up as f64 - self.energy.sites as f64)
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        let chain = &self.lanes[lane];
        match &self.gauged {
            Some(gauged) if chain.gauged => {
                for ((s, cell), g) in state.iter_mut().zip(&chain.cells).zip(&gauged.gauge) {
                    *s = (cell ^ g) & 1;
                }
            }
            _ => state.copy_from_slice(&chain.cells),
        }
    }

    fn write(&mut self, lane: usize, state: &[u8]) {
        let chain = &mut self.lanes[lane];
        chain.cells = match &self.gauged {
            Some(gauged) if chain.gauged => {
                let spins = state.iter().zip(&gauged.gauge);
                spins.enumerate().map(|(i, (s, g))| gauged.regular.cell(i, (s ^ g) & 1)).collect()
            }
            _ => state.iter().map(|s| s & 1).collect(),
        };
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        let chain = &mut self.lanes[lane];
        if chain.beta.to_bits() != beta.to_bits() {
            // Draws made for another probability are of no use.
            chain.pool = Pool::default();
        }
        chain.beta = beta;
        let gauged = self.gauged.is_some() && beta >= 0.0;
        if chain.gauged != gauged {
            let state = self.positions(lane);
            self.lanes[lane].gauged = gauged;
            self.write(lane, &state);
        }
        let activations = |strengths: &[f64]| strengths.iter().map(|&s| Bernoulli::activation(beta, s)).collect();
        self.lanes[lane].draws = activations(&self.graph.strengths);
        self.lanes[lane].ghost = self.fields.as_ref().map_or(Vec::new(), |fields| activations(&fields.strengths));
    }

    fn save(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.number(self.lanes.len() as u64);
        writer.number(self.energy.sites as u64);
        for (lane, chain) in self.lanes.iter().enumerate() {
            let fields = [
                chain.moves.0,
                chain.moves.1,
                chain.bits.position(),
                chain.pool.word,
                chain.pool.left,
                chain.clusters,
                chain.beta.to_bits(),
            ];
            for x in fields {
                writer.number(x);
            }
            writer.state(&self.positions(lane));
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
            let position = reader.number()?;
            let pool = Pool { word: reader.number()?, left: reader.number()?.min(64) };
            let (clusters, beta) = (reader.number()?, f64::from_bits(reader.number()?));
            lanes.push((position, pool, clusters, beta, reader.state(self.energy.sites)?));
        }
        reader.end()?;
        for (lane, (position, pool, clusters, beta, state)) in lanes.into_iter().enumerate() {
            self.set_beta(lane, beta);
            self.write(lane, &state);
            let chain = &mut self.lanes[lane];
            chain.bits = Bits::at(chain.moves, position);
            chain.pool = pool;
            chain.clusters = clusters.max(1);
        }
        Ok(())
    }
}
