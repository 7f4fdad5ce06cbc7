//! The order in which a transfer matrix takes up sites: one with a narrow frontier.
//!
//! The frontier holds the sites that have been taken up and still have a neighbour that has not. On a strip, site after site, it is as
//! wide as the strip, and twice that where the strip closes on itself along its length.

use super::transfer::MOST_FRONTIER;
use crate::sampler::PairEnergy;
use std::collections::BTreeSet;

/// An order and the width of its widest frontier, the site in hand included.
pub(super) struct Order {
    pub sites: Vec<u32>,
    pub width: usize,
}

/// The least frontier that was found for a model, the site in hand included: a transfer matrix needs 2^width numbers. Where it is more
/// than can be served, that of the given order. Bonds must lie within the sites.
pub fn frontier_width(energy: &PairEnergy) -> usize {
    best_order(energy.sites, &neighbours(energy)).width
}

/// The neighbours of each site, each once, ascending.
pub(super) fn neighbours(energy: &PairEnergy) -> Vec<Vec<u32>> {
    let mut near = vec![Vec::new(); energy.sites];
    for &(i, j, coupling) in &energy.bonds {
        if coupling != 0.0 {
            near[i as usize].push(j);
            near[j as usize].push(i);
        }
    }
    for list in &mut near {
        list.sort_unstable();
        list.dedup();
    }
    near
}

/// The best of the given order and some greedy ones.
pub(super) fn best_order(sites: usize, near: &[Vec<u32>]) -> Order {
    let natural: Vec<u32> = (0..sites as u32).collect();
    let mut best = Order { width: width(&natural, near), sites: natural };
    // A site of the fewest neighbours lies at an end where there is one; the last site taken up from there lies at the other.
    let least = (0..sites as u32).min_by_key(|&i| near[i as usize].len()).unwrap_or(0);
    let mut start = least;
    for round in 0..3 {
        let Some(order) = greedy(start, near) else { continue };
        let width = width(&order, near);
        start = if round == 0 { order.last().copied().unwrap_or(0) } else { 0 };
        if width < best.width {
            best = Order { sites: order, width };
        }
    }
    best
}

fn width(order: &[u32], near: &[Vec<u32>]) -> usize {
    let mut missing: Vec<usize> = near.iter().map(Vec::len).collect();
    let mut taken = vec![false; near.len()];
    let (mut now, mut most) = (0usize, 0);
    for &site in order {
        taken[site as usize] = true;
        now += 1;
        most = most.max(now);
        now -= finished(site, near, &mut missing, &taken).count();
    }
    most
}

/// The sites that have their last neighbour in `site`, which is just taken up, itself included.
pub(super) fn finished<'a>(
    site: u32,
    near: &'a [Vec<u32>],
    missing: &'a mut [usize],
    taken: &'a [bool],
) -> impl Iterator<Item = u32> + 'a {
    let around = &near[site as usize];
    for &j in around {
        missing[j as usize] -= 1;
    }
    let missing = &*missing;
    around.iter().copied().chain([site]).filter(move |&j| taken[j as usize] && missing[j as usize] == 0)
}

/// Takes up, of the sites next to the frontier, the one that leaves the narrowest frontier, and of these the one next to the oldest.
/// None as soon as the frontier is wider than can be served, so that a hopeless graph costs little.
fn greedy(start: u32, near: &[Vec<u32>]) -> Option<Vec<u32>> {
    let mut frontier = 0usize;
    let n = near.len();
    let mut missing: Vec<usize> = near.iter().map(Vec::len).collect();
    let mut taken = vec![false; n];
    let mut age = vec![usize::MAX; n];
    let mut order = Vec::with_capacity(n);
    let mut candidates: BTreeSet<u32> = BTreeSet::new();
    let mut next_fresh = 0;
    while order.len() < n {
        let score = |&i: &u32| {
            let around = &near[i as usize];
            let gone = around.iter().filter(|&&j| taken[j as usize] && missing[j as usize] == 1).count();
            let grows = 1 + usize::from(missing[i as usize] > 0) - gone.min(1 + usize::from(missing[i as usize] > 0));
            let oldest = around.iter().map(|&j| age[j as usize]).min().unwrap_or(usize::MAX);
            (grows, oldest, i)
        };
        let site = candidates.iter().copied().min_by_key(score).unwrap_or_else(|| {
            // A new component.
            if order.is_empty() && n > 0 {
                return start;
            }
            while taken[next_fresh] {
                next_fresh += 1;
            }
            next_fresh as u32
        });
        candidates.remove(&site);
        taken[site as usize] = true;
        age[site as usize] = order.len();
        order.push(site);
        for &j in &near[site as usize] {
            missing[j as usize] -= 1;
            if !taken[j as usize] {
                candidates.insert(j);
            } else if missing[j as usize] == 0 {
                frontier -= 1;
            }
        }
        frontier += usize::from(missing[site as usize] > 0);
        if frontier > MOST_FRONTIER {
            return None;
        }
    }
    Some(order)
}
