//! A sampler of single spins with a cluster move between paired lanes now and then.

use super::{Activations, ReplicaClusters};
use crate::cluster::saved::{Reader, Writer};
use crate::random::{Key, Stream};
use crate::sampler::{Lane, PairEnergy, Sampler};

/// The tag of the sub-stream of a pair's first lane that its cluster moves read.
const MOVES: u64 = 0x7265_706c_6963_6173;

/// A cluster move between two replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicaMove {
    /// See [`ReplicaClusters::houdayer`].
    Houdayer,
    /// See [`ReplicaClusters::jorg`].
    Jorg,
}

/// A sampler whose lanes 2k and 2k + 1 are replicas of each other: after every so many sweeps of the inner sampler each
/// pair makes one cluster move.
///
/// The lanes of a pair are meant to have one β. While they differ (in the middle of an exchange of temperatures) the moves are those
/// for two inverse temperatures, which leave the joint distribution invariant as well.
pub struct WithReplicaClusters<S> {
    inner: S,
    clusters: ReplicaClusters,
    which: ReplicaMove,
    every: u64,
    /// Sweeps since the last cluster moves.
    since: u64,
    pairs: Vec<Pair>,
    states: [Vec<u8>; 2],
}

struct Pair {
    betas: [f64; 2],
    moves: Key,
    stream: Stream,
    activations: Option<Activations>,
    /// Sites moved, and moves made, by clusters.
    moved: u64,
    made: u64,
}

impl<S: Sampler> WithReplicaClusters<S> {
    /// Puts cluster moves around a sampler of `energy` that was built with `lanes`. Err for an odd number of lanes, a number of
    /// sweeps that is zero, a sampler of another size, or a model that is not sound.
    pub fn new(inner: S, energy: &PairEnergy, lanes: &[Lane], which: ReplicaMove, every: u64) -> Result<Self, String> {
        let clusters = ReplicaClusters::new(energy)?;
        if lanes.len() % 2 == 1 {
            return Err(format!("cluster moves between replicas need pairs of chains, there are {}", lanes.len()));
        }
        if inner.lanes() != lanes.len() || inner.sites() != energy.sites {
            return Err(format!(
                "the sampler has {} chains of {} spins, the model {} of {}",
                inner.lanes(),
                inner.sites(),
                lanes.len(),
                energy.sites
            ));
        }
        if every == 0 {
            return Err("cluster moves between replicas need at least one sweep in between".into());
        }
        let pair = |two: &[Lane]| {
            let moves = two[0].key.derive(MOVES);
            let betas = [two[0].beta, two[1].beta];
            Pair { betas, moves, stream: Stream::new(moves), activations: None, moved: 0, made: 0 }
        };
        let pairs = lanes.chunks_exact(2).map(pair).collect();
        let states = [vec![0; energy.sites], vec![0; energy.sites]];
        Ok(WithReplicaClusters { inner, clusters, which, every, since: 0, pairs, states })
    }

    /// The sampler of single spins.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// The mean fraction of the spins that a cluster move of a pair has moved (swapped, or flipped in both replicas); none before
    /// the first move. Near zero or one (Houdayer), or one half (Jörg: one cluster holds everything), the moves help little.
    pub fn moved(&self, pair: usize) -> Option<f64> {
        let p = &self.pairs[pair];
        (p.made > 0).then(|| p.moved as f64 / (p.made as f64 * self.clusters.sites().max(1) as f64))
    }

    fn move_clusters(&mut self) {
        let [a, b] = &mut self.states;
        for (k, pair) in self.pairs.iter_mut().enumerate() {
            self.inner.read(2 * k, a);
            self.inner.read(2 * k + 1, b);
            let moved = match self.which {
                ReplicaMove::Houdayer => self.clusters.houdayer_with(a, b, pair.betas, &mut pair.stream),
                ReplicaMove::Jorg => {
                    let activations = pair.activations.get_or_insert_with(|| self.clusters.activations(pair.betas));
                    self.clusters.jorg_with(a, b, activations, &mut pair.stream)
                }
            };
            pair.moved += moved as u64;
            pair.made += 1;
            if moved > 0 {
                self.inner.write(2 * k, a);
                self.inner.write(2 * k + 1, b);
            }
        }
    }
}

impl<S: Sampler> Sampler for WithReplicaClusters<S> {
    fn lanes(&self) -> usize {
        self.inner.lanes()
    }

    fn sites(&self) -> usize {
        self.inner.sites()
    }

    fn advance(&mut self, sweeps: u64) {
        let mut left = sweeps;
        while left > 0 {
            let now = left.min(self.every - self.since);
            self.inner.advance(now);
            left -= now;
            self.since += now;
            if self.since == self.every {
                self.since = 0;
                self.move_clusters();
            }
        }
    }

    fn energy(&self, lane: usize) -> f64 {
        self.inner.energy(lane)
    }

    fn total(&self, lane: usize) -> Option<f64> {
        self.inner.total(lane)
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        self.inner.read(lane, state);
    }

    fn write(&mut self, lane: usize, state: &[u8]) {
        self.inner.write(lane, state);
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.inner.set_beta(lane, beta);
        let pair = &mut self.pairs[lane / 2];
        pair.betas[lane % 2] = beta;
        pair.activations = None;
    }

    fn save(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.number(self.pairs.len() as u64);
        writer.number(self.since);
        for pair in &self.pairs {
            let numbers = [
                pair.moves.0,
                pair.moves.1,
                pair.stream.position(),
                pair.betas[0].to_bits(),
                pair.betas[1].to_bits(),
                pair.moved,
                pair.made,
            ];
            for x in numbers {
                writer.number(x);
            }
        }
        writer.0.extend(self.inner.save());
        writer.0
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let mut reader = Reader(saved);
        reader.expect(self.pairs.len() as u64, "number of pairs")?;
        let since = reader.number()?;
        if since >= self.every {
            return Err(format!("the saved kernel has {since} sweeps since its last cluster moves, of {}", self.every));
        }
        let mut pairs = Vec::with_capacity(self.pairs.len());
        for pair in &self.pairs {
            reader.expect(pair.moves.0, "key")?;
            reader.expect(pair.moves.1, "key")?;
            let stream = Stream::at(pair.moves, reader.number()?);
            let betas = [f64::from_bits(reader.number()?), f64::from_bits(reader.number()?)];
            let (moved, made) = (reader.number()?, reader.number()?);
            pairs.push(Pair { betas, moves: pair.moves, stream, activations: None, moved, made });
        }
        self.inner.restore(reader.0)?;
        self.since = since;
        self.pairs = pairs;
        Ok(())
    }
}
