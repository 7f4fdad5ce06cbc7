//! Energies of single changes on an axis of levels.
//!
//! A terrain turns the energy into a place: an energy in units of the level spacing, counted from an origin. Places of exact
//! levels are whole numbers; in bins a place lies in the level of its floor. A change that leads to no finite energy gives a
//! place that no range contains.

use super::super::generic::Landscape;
use super::super::sampler::PairEnergy;
use super::super::sparse::adjacency::Adjacency;

/// How energies become levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The energy of place 0.
    pub origin: f64,
    /// The energy of one level.
    pub unit: f64,
    /// Whether every energy is a whole number of units from the origin; bins otherwise.
    pub exact: bool,
}

impl Scale {
    /// The energy of a level: itself where levels are exact, the middle of a bin otherwise.
    pub fn energy(&self, index: i64) -> f64 {
        self.origin + self.unit * (index as f64 + if self.exact { 0.0 } else { 0.5 })
    }

    pub(crate) fn place(&self, energy: f64) -> f64 {
        let place = (energy - self.origin) / self.unit;
        if self.exact { place.round_ties_even() } else { place }
    }

    /// The level of an energy.
    pub fn index(&self, energy: f64) -> i64 {
        self.place(energy).floor() as i64
    }
}

/// A finite-spin energy as flat-histogram walks see it.
pub(crate) trait Terrain: Send + Sync {
    type Place: Copy + PartialOrd + Send;
    /// Whether every site has two values.
    const BINARY: bool;
    fn sites(&self) -> usize;
    fn size(&self, site: usize) -> usize;
    fn scale(&self) -> Scale;
    fn load(place: f64) -> Self::Place;
    fn store(place: Self::Place) -> f64;
    fn index(place: Self::Place) -> i64;
    /// The energy of a state, computed afresh.
    fn energy(&self, state: &[u8]) -> f64;
    /// How many running numbers a walk keeps, and those of a state.
    fn running(&self) -> usize;
    fn start(&self, state: &[u8], running: &mut Vec<f64>);
    /// The place after a change of one site; to be settled.
    fn changed(&self, running: &mut [f64], state: &[u8], site: usize, new: u8, place: Self::Place) -> Self::Place;
    fn settle(&self, running: &mut [f64], site: usize, accepted: bool);
}

/// A pairwise Ising energy in whole units: a level is two of them.
pub(crate) struct Whole {
    start: Vec<u32>,
    /// Neighbours, and twice the coupling to them.
    rows: Vec<(u32, i32)>,
    /// Of each site the field that it feels when all others are at position 0.
    base: Vec<i32>,
    scale: Scale,
    energy: PairEnergy,
}

/// Largest local field in units.
const LARGEST: f64 = 1e8;

impl Whole {
    /// `None` where couplings and fields are not multiples of one unit.
    pub fn new(energy: &PairEnergy, adjacency: &Adjacency<f64>) -> Option<Whole> {
        let values: Vec<f64> = adjacency.rows.iter().map(|entry| entry.1).chain(adjacency.fields.iter().copied()).collect();
        let unit = common_unit(&values)?;
        let whole = |x: f64| libm::round(x / unit);
        let reach = |i: usize| adjacency.row(i).iter().map(|e| whole(e.1).abs()).sum::<f64>() + whole(adjacency.fields[i]).abs();
        if (0..adjacency.sites()).any(|i| reach(i) > LARGEST) {
            return None;
        }
        let base = |i: usize| whole(adjacency.fields[i]) - adjacency.row(i).iter().map(|e| whole(e.1)).sum::<f64>();
        // The energy of the state of positions 0 as a sum of whole units, so that levels carry no rounding.
        let bonds: f64 = 0.5 * adjacency.rows.iter().map(|e| whole(e.1)).sum::<f64>();
        let fields: f64 = adjacency.fields.iter().map(|&h| whole(h)).sum();
        let origin = energy.constant + unit * (fields - bonds);
        Some(Whole {
            start: adjacency.start.clone(),
            rows: adjacency.rows.iter().map(|&(j, c)| (j, 2 * whole(c) as i32)).collect(),
            base: (0..adjacency.sites()).map(|i| base(i) as i32).collect(),
            scale: Scale { origin, unit: 2.0 * unit, exact: true },
            energy: energy.clone(),
        })
    }
}

impl Terrain for Whole {
    type Place = i64;
    const BINARY: bool = true;

    fn sites(&self) -> usize {
        self.base.len()
    }

    fn size(&self, _site: usize) -> usize {
        2
    }

    fn scale(&self) -> Scale {
        self.scale
    }

    fn load(place: f64) -> i64 {
        place as i64
    }

    fn store(place: i64) -> f64 {
        place as f64
    }

    #[inline(always)]
    fn index(place: i64) -> i64 {
        place
    }

    fn energy(&self, state: &[u8]) -> f64 {
        self.energy.energy(state)
    }

    fn running(&self) -> usize {
        0
    }

    fn start(&self, _state: &[u8], _running: &mut Vec<f64>) {}

    #[inline(always)]
    fn changed(&self, _running: &mut [f64], state: &[u8], site: usize, _new: u8, place: i64) -> i64 {
        let mut field = self.base[site];
        for &(j, twice) in &self.rows[self.start[site] as usize..self.start[site + 1] as usize] {
            field += twice * i32::from(state[j as usize]);
        }
        // E changes by 2 s h units, which is s h levels.
        place + i64::from(field * (2 * i32::from(state[site]) - 1))
    }

    #[inline(always)]
    fn settle(&self, _running: &mut [f64], _site: usize, _accepted: bool) {}
}

/// A pairwise Ising energy with any couplings; `ROUND` where places are whole all the same.
pub(crate) struct Reals<const ROUND: bool> {
    pub adjacency: Adjacency<f64>,
    pub energy: PairEnergy,
    pub scale: Scale,
}

impl<const ROUND: bool> Terrain for Reals<ROUND> {
    type Place = f64;
    const BINARY: bool = true;

    fn sites(&self) -> usize {
        self.energy.sites
    }

    fn size(&self, _site: usize) -> usize {
        2
    }

    fn scale(&self) -> Scale {
        self.scale
    }

    fn load(place: f64) -> f64 {
        place
    }

    fn store(place: f64) -> f64 {
        place
    }

    #[inline(always)]
    fn index(place: f64) -> i64 {
        place.floor() as i64
    }

    fn energy(&self, state: &[u8]) -> f64 {
        self.energy.energy(state)
    }

    fn running(&self) -> usize {
        0
    }

    fn start(&self, _state: &[u8], _running: &mut Vec<f64>) {}

    #[inline(always)]
    fn changed(&self, _running: &mut [f64], state: &[u8], site: usize, _new: u8, place: f64) -> f64 {
        let spin = |i: usize| f64::from(2 * i32::from(state[i]) - 1);
        let mut field = self.adjacency.fields[site];
        for &(j, coupling) in self.adjacency.row(site) {
            field += coupling * spin(j as usize);
        }
        let place = place + 2.0 * spin(site) * field / self.scale.unit;
        if ROUND { place.round_ties_even() } else { place }
    }

    #[inline(always)]
    fn settle(&self, _running: &mut [f64], _site: usize, _accepted: bool) {}
}

/// Any landscape of single changes.
pub(crate) struct Changes<L, const ROUND: bool> {
    pub landscape: L,
    pub sizes: Vec<u16>,
    pub scale: Scale,
}

impl<L: Landscape, const ROUND: bool> Terrain for Changes<L, ROUND> {
    type Place = f64;
    const BINARY: bool = false;

    fn sites(&self) -> usize {
        self.sizes.len()
    }

    fn size(&self, site: usize) -> usize {
        usize::from(self.sizes[site])
    }

    fn scale(&self) -> Scale {
        self.scale
    }

    fn load(place: f64) -> f64 {
        place
    }

    fn store(place: f64) -> f64 {
        place
    }

    #[inline(always)]
    fn index(place: f64) -> i64 {
        place.floor() as i64
    }

    fn energy(&self, state: &[u8]) -> f64 {
        self.landscape.energy(state)
    }

    fn running(&self) -> usize {
        self.landscape.running()
    }

    fn start(&self, state: &[u8], running: &mut Vec<f64>) {
        self.landscape.start(state, running);
    }

    #[inline(always)]
    fn changed(&self, running: &mut [f64], state: &[u8], site: usize, new: u8, place: f64) -> f64 {
        let (before, after) = self.landscape.two(running, state, site, new);
        let place = place + (after - before) / self.scale.unit;
        if ROUND { place.round_ties_even() } else { place }
    }

    #[inline(always)]
    fn settle(&self, running: &mut [f64], site: usize, accepted: bool) {
        self.landscape.settle(running, site, accepted);
    }
}

/// The largest unit of which every value is a whole multiple up to 10^6 of them, within 10^-9; the least value may be up to
/// twelve units, and one below 10^-13 of the largest counts as 0. `None` where there is none.
pub(crate) fn common_unit(values: &[f64]) -> Option<f64> {
    let largest = values.iter().fold(0.0, |a: f64, v| a.max(v.abs()));
    if !largest.is_finite() {
        return None;
    }
    let nothing = 1e-13 * largest;
    let smallest = values.iter().map(|v| v.abs()).filter(|&v| v > nothing).fold(f64::INFINITY, f64::min);
    if smallest == f64::INFINITY {
        return Some(1.0);
    }
    let fits = |unit: f64| {
        values.iter().all(|v| {
            let n = v / unit;
            n.abs() <= 1e6 && (n - libm::round(n)).abs() <= 1e-9
        })
    };
    (1..=12).map(|k| smallest / f64::from(k)).find(|&unit| unit.is_normal() && fits(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_found() {
        assert_eq!(common_unit(&[1.0, -0.5, 1.5]), Some(0.5));
        assert_eq!(common_unit(&[1.0, -2.0 / 3.0, 0.0]), Some(1.0 / 3.0));
        // A four-state clock: cosines that ought to be 0 are not quite.
        let clock: Vec<f64> = (0..4).map(|k| libm::cos(std::f64::consts::FRAC_PI_2 * f64::from(k))).collect();
        assert_eq!(common_unit(&clock), Some(1.0));
        assert_eq!(common_unit(&[1.0, 0.618_033_988_749]), None);
        assert_eq!(common_unit(&[1.0, f64::INFINITY]), None);
        assert_eq!(common_unit(&[0.0]), Some(1.0));
    }
}
