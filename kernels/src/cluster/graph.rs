//! What the cluster kernels need to know of a model: its bonds by site, its distinct couplings, its gauge.

use crate::random::{Key, Stream};
use crate::sampler::{Lane, PairEnergy, Start};
use std::collections::BTreeMap;

/// Says why cluster updates cannot serve a model, or that they can.
pub fn check(energy: &PairEnergy) -> Result<(), String> {
    if energy.sites == 0 {
        return Err("the model has no spins".into());
    }
    if energy.sites >= i32::MAX as usize || energy.bonds.len() >= i32::MAX as usize {
        return Err(format!(
            "{} spins with {} bonds are more than the cluster kernels can index",
            energy.sites,
            energy.bonds.len()
        ));
    }
    if !energy.fields.is_empty() && energy.fields.len() != energy.sites {
        return Err(format!("{} fields for {} spins", energy.fields.len(), energy.sites));
    }
    if let Some(i) = energy.fields.iter().position(|h| !h.is_finite()) {
        return Err(format!("the field of spin {i} is {}", energy.fields[i]));
    }
    for &(i, j, coupling) in &energy.bonds {
        if i as usize >= energy.sites || j as usize >= energy.sites {
            return Err(format!("the bond ({i}, {j}) leaves the {} spins", energy.sites));
        }
        if i == j {
            return Err(format!("the bond ({i}, {j}) joins a spin to itself"));
        }
        if !coupling.is_finite() {
            return Err(format!("the coupling of the bond ({i}, {j}) is {coupling}"));
        }
    }
    Ok(())
}

/// The gauge that makes every coupling ferromagnetic, if there is one: signs g with J g_i g_j >= 0 on every bond.
///
/// None where some closed loop is frustrated. Bonds must lie within the sites.
pub fn gauge(energy: &PairEnergy) -> Option<Vec<i8>> {
    let graph = Graph::new(energy);
    let mut sign = vec![0i8; energy.sites];
    let mut queue = Vec::with_capacity(energy.sites);
    for root in 0..energy.sites {
        if sign[root] != 0 {
            continue;
        }
        sign[root] = 1;
        queue.clear();
        queue.push(root);
        let mut head = 0;
        while head < queue.len() {
            let i = queue[head];
            head += 1;
            for half in graph.halves(i) {
                let j = half.site as usize;
                let wanted = if half.negative() { -sign[i] } else { sign[i] };
                if sign[j] == 0 {
                    sign[j] = wanted;
                    queue.push(j);
                } else if sign[j] != wanted {
                    return None;
                }
            }
        }
    }
    Some(sign)
}

/// What keeps cluster updates from helping: exact they are with each of these, but slow with frustration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frustration {
    /// Every coupling and every field can be satisfied at once.
    None,
    /// Every coupling can be satisfied, but not the fields with them (random fields of both signs). Clusters larger than the
    /// domains that the fields prefer rarely flip.
    Fields,
    /// Some closed loop has no state that satisfies all of its couplings. Clusters percolate at temperatures where the model is
    /// not yet correlated, and then flip nearly everything at once.
    Couplings,
}

/// Whether a model is frustrated. Bonds must lie within the sites.
pub fn frustration(energy: &PairEnergy) -> Frustration {
    if gauge(energy).is_none() {
        return Frustration::Couplings;
    }
    // A field is a coupling to one more spin.
    let ghost = energy.sites as u32;
    let fields = energy.fields.iter().take(energy.sites).enumerate().map(|(i, &h)| (i as u32, ghost, h));
    let bonds = energy.bonds.iter().copied().chain(fields).collect();
    let with_ghost = PairEnergy { sites: energy.sites + 1, bonds, ..Default::default() };
    if gauge(&with_ghost).is_none() { Frustration::Fields } else { Frustration::None }
}

/// One end of a bond: the site at the other end, and the coupling.
#[derive(Clone, Copy, Debug)]
pub(super) struct Half {
    pub site: u32,
    /// Index into the strengths, times two, plus one for a negative coupling.
    code: u32,
}

impl Half {
    #[inline(always)]
    pub fn negative(self) -> bool {
        self.code & 1 == 1
    }

    #[inline(always)]
    pub fn strength(self) -> usize {
        (self.code >> 1) as usize
    }
}

/// A graph by site (compressed rows). Bonds of no strength are left out.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    first: Vec<u32>,
    halves: Vec<Half>,
    /// The distinct |J|, ascending.
    pub strengths: Vec<f64>,
}

impl Graph {
    pub fn new(energy: &PairEnergy) -> Graph {
        let strengths = strengths(energy);
        let mut first = vec![0u32; energy.sites + 1];
        let bonds = || energy.bonds.iter().filter(|bond| bond.2 != 0.0);
        for &(i, j, _) in bonds() {
            first[i as usize + 1] += 1;
            first[j as usize + 1] += 1;
        }
        for i in 0..energy.sites {
            first[i + 1] += first[i];
        }
        let mut next = first.clone();
        let mut halves = vec![Half { site: 0, code: 0 }; first[energy.sites] as usize];
        for &(i, j, coupling) in bonds() {
            let index = strengths.partition_point(|&s| s < coupling.abs()) as u32;
            let code = 2 * index + u32::from(coupling < 0.0);
            for (from, to) in [(i, j), (j, i)] {
                halves[next[from as usize] as usize] = Half { site: to, code };
                next[from as usize] += 1;
            }
        }
        Graph { first, halves, strengths }
    }

    pub fn sites(&self) -> usize {
        self.first.len() - 1
    }

    #[inline(always)]
    pub fn halves(&self, site: usize) -> &[Half] {
        &self.halves[self.first[site] as usize..self.first[site + 1] as usize]
    }
}

/// The distinct non-zero |J|, ascending.
pub(super) fn strengths(energy: &PairEnergy) -> Vec<f64> {
    let mut distinct = BTreeMap::new();
    for bond in &energy.bonds {
        if bond.2 != 0.0 {
            // The bits of positive numbers are ordered as the numbers are.
            distinct.insert(bond.2.abs().to_bits(), ());
        }
    }
    distinct.keys().map(|&bits| f64::from_bits(bits)).collect()
}

/// Purposes of the sub-streams of a lane's key.
pub(super) const MOVES: u64 = 0x434c_5553;
const START: u64 = 0x5354_5254;

/// The first state of a lane, as positions.
pub(super) fn start(lane: &Lane, sites: usize) -> Result<Vec<u8>, String> {
    if lane.beta.is_nan() {
        return Err("the inverse temperature is not a number".into());
    }
    match &lane.start {
        Start::Random => {
            let mut stream = Stream::new(Key::derive(lane.key, START));
            let mut word = 0;
            Ok((0..sites)
                .map(|i| {
                    if i % 32 == 0 {
                        word = stream.next_u32();
                    }
                    (word >> (i % 32) & 1) as u8
                })
                .collect())
        }
        Start::Uniform(position) if *position < 2 => Ok(vec![*position; sites]),
        Start::Uniform(position) => Err(format!("an Ising spin has no position {position}")),
        Start::Given(state) if state.len() != sites => {
            Err(format!("the given state has {} spins, the model has {sites}", state.len()))
        }
        Start::Given(state) => match state.iter().find(|&&s| s > 1) {
            Some(position) => Err(format!("an Ising spin has no position {position}")),
            None => Ok(state.clone()),
        },
    }
}
