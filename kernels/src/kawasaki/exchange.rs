//! Which sites exchange their values, and the starts that conserve a composition.
//!
//! Knows sites, sets and keys; no energy.

use std::ops::Range;

use super::super::random::Stream;
use super::super::random_order::words::{below, second};
use super::super::sampler::{Lane, Start};
use super::super::sparse::lanes::start_state;
use super::super::sparse::wide::LaneKey;

/// Tag of the sub-stream that draws a start state.
const START: u64 = 0x6b61_7773_7461_7274;

/// Sites whose values are exchanged among themselves: those of one variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub sites: Range<u32>,
    /// How many sites have each value of the set. `None`: as equal numbers as possible, the first values getting what is left over.
    pub composition: Option<Vec<u64>>,
}

/// Which two sites are tried.
#[derive(Clone, Debug, PartialEq)]
pub enum Moves {
    /// A pair of this list, picked uniformly (the bonds: nearest-neighbour exchange). A pair that stands twice is tried
    /// twice as often. The composition of every connected part is conserved; see [`Exchange::connected`].
    Pairs(Vec<(u32, u32)>),
    /// A site picked uniformly, and another one of its group.
    Global,
}

/// The exchange dynamics of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// Every site belongs to one of them.
    pub groups: Vec<Group>,
    pub moves: Moves,
}

impl Exchange {
    /// One variable over `sites` sites.
    pub fn of_all(sites: usize, composition: Option<Vec<u64>>, moves: Moves) -> Exchange {
        Exchange { groups: vec![Group { sites: 0..sites as u32, composition }], moves }
    }

    /// Whether exchanges can bring a value to any site of its group, so that every state of the composition can be reached
    /// (at a finite temperature and where no energy is infinite).
    pub fn connected(&self) -> bool {
        let Moves::Pairs(pairs) = &self.moves else { return true };
        let n = self.groups.iter().map(|g| g.sites.end as usize).max().unwrap_or(0);
        let mut parent: Vec<usize> = (0..n).collect();
        fn root(parent: &mut [usize], mut i: usize) -> usize {
            while parent[i] != i {
                parent[i] = parent[parent[i]];
                i = parent[i];
            }
            i
        }
        for &(i, j) in pairs.iter().filter(|p| (p.0.max(p.1) as usize) < n) {
            let (a, b) = (root(&mut parent, i as usize), root(&mut parent, j as usize));
            parent[a] = b;
        }
        self.groups.iter().all(|g| {
            let mut roots = g.sites.clone().map(|i| root(&mut parent, i as usize));
            roots.next().is_none_or(|first| roots.all(|r| r == first))
        })
    }

    /// Checks the groups, compositions and pairs of a model whose sites have these numbers of values; sites of one group must be
    /// alike by `alike`. `Err` says what is wrong.
    pub(super) fn check(&self, sizes: &[u16], alike: impl Fn(usize, usize) -> bool) -> Result<Plan, String> {
        let n = sizes.len();
        let mut group_of = vec![u32::MAX; n];
        for (g, group) in self.groups.iter().enumerate() {
            let Range { start, end } = group.sites;
            if start >= end || end as usize > n {
                return Err(format!("the spins {start}..{end} are no part of {n} spins"));
            }
            for i in start..end {
                if std::mem::replace(&mut group_of[i as usize], g as u32) != u32::MAX {
                    return Err(format!("spin {i} is in two groups"));
                }
                if !alike(start as usize, i as usize) {
                    return Err(format!("the spins {start} and {i} have different sets of values and cannot exchange them"));
                }
            }
            if let Some(composition) = &group.composition {
                let q = usize::from(sizes[start as usize]);
                if composition.len() != q {
                    return Err(format!("a composition of {} numbers for spins of {q} values", composition.len()));
                }
                let sum = composition.iter().fold(0u64, |a, &b| a.saturating_add(b));
                if sum != u64::from(end - start) {
                    return Err(format!("a composition of {sum} spins for {} spins", end - start));
                }
            }
        }
        if let Some(i) = group_of.iter().position(|&g| g == u32::MAX) {
            return Err(format!("spin {i} takes no part in the exchange and would never move"));
        }
        let pairs = match &self.moves {
            Moves::Pairs(pairs) => {
                for &(i, j) in pairs {
                    if i.max(j) as usize >= n || i == j {
                        return Err(format!("({i}, {j}) are not two of {n} spins"));
                    }
                    if group_of[i as usize] != group_of[j as usize] {
                        return Err(format!("the spins {i} and {j} are of different variables and cannot exchange their values"));
                    }
                }
                if pairs.len() >= u32::MAX as usize {
                    return Err(format!("{} pairs are more than this kernel can address", pairs.len()));
                }
                Some(pairs.clone())
            }
            Moves::Global => None,
        };
        let movable = pairs.as_ref().map_or(self.groups.iter().any(|g| g.sites.len() > 1), |p| !p.is_empty());
        if !movable {
            return Err("there are no two spins that could exchange their values".into());
        }
        Ok(Plan { groups: self.groups.clone(), group_of, pairs })
    }
}

/// Checked exchanges.
pub(super) struct Plan {
    groups: Vec<Group>,
    group_of: Vec<u32>,
    pub pairs: Option<Vec<(u32, u32)>>,
}

/// What one trial exchanges.
pub(super) struct Choice {
    pub i: usize,
    pub j: usize,
    /// Its place in the list of pairs.
    pub pair: Option<usize>,
}

impl Plan {
    /// The two sites of a trial; `None` for a site without another one in its group.
    #[inline(always)]
    pub fn choose(&self, words: [u32; 2], key: &LaneKey, sweep: u64, trial: u32) -> Option<Choice> {
        if let Some(pairs) = &self.pairs {
            let k = below(words[0], pairs.len() as u32, key, sweep, trial) as usize;
            return Some(Choice { i: pairs[k].0 as usize, j: pairs[k].1 as usize, pair: Some(k) });
        }
        let i = below(words[0], self.group_of.len() as u32, key, sweep, trial);
        let sites = &self.groups[self.group_of[i as usize] as usize].sites;
        if sites.len() < 2 {
            return None;
        }
        let other = sites.start + second(words[1], sites.end - sites.start - 1, key, sweep, trial);
        Some(Choice { i: i as usize, j: (other + u32::from(other >= i)) as usize, pair: None })
    }

    /// The start of a lane. `Err` where a given state does not have the composition, or nothing could ever move.
    pub fn start(&self, lane: &Lane, sizes: &[u16]) -> Result<Vec<u8>, String> {
        const STUCK: &str =
            "all spins of a variable have the same value: an exchange leaves the state as it is, and nothing could move";
        let state = match &lane.start {
            Start::Uniform(_) => return Err(STUCK.into()),
            Start::Given(_) => start_state(lane, sizes.len(), |i| usize::from(sizes[i]))?,
            Start::Random => {
                let mut state = vec![0; sizes.len()];
                let mut stream = Stream::new(lane.key.derive(START));
                for group in &self.groups {
                    let own = &mut state[group.sites.start as usize..group.sites.end as usize];
                    let q = usize::from(sizes[group.sites.start as usize]);
                    let composition = group.composition.clone().unwrap_or_else(|| equal(own.len(), q));
                    let values = composition.iter().enumerate().flat_map(|(v, &n)| (0..n).map(move |_| v as u8));
                    own.iter_mut().zip(values).for_each(|(to, v)| *to = v);
                    // Fisher and Yates.
                    for last in (1..own.len()).rev() {
                        own.swap(last, stream.below(last as u32 + 1) as usize);
                    }
                }
                state
            }
        };
        let mut movable = false;
        for group in &self.groups {
            let own = &state[group.sites.start as usize..group.sites.end as usize];
            let mut found = vec![0; usize::from(sizes[group.sites.start as usize])];
            own.iter().for_each(|&p| found[usize::from(p)] += 1);
            if let Some(wanted) = &group.composition
                && *wanted != found
            {
                return Err(format!("a start state has the composition {found:?} instead of {wanted:?}"));
            }
            movable |= found.iter().filter(|&&n| n > 0).count() > 1;
        }
        if movable { Ok(state) } else { Err(STUCK.into()) }
    }
}

fn equal(sites: usize, values: usize) -> Vec<u64> {
    (0..values).map(|v| (sites / values + usize::from(v < sites % values)) as u64).collect()
}
