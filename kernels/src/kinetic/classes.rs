//! Sites in classes of bounded rates, and the draw of the next candidate for an event.
//!
//! The n-fold way (Bortz, Kalos, Lebowitz, J. Comput. Phys. 17, 10 (1975)) where a class holds equal rates, and composition
//! and rejection (Slepoy, Thompson, Plimpton, J. Chem. Phys. 128, 205101 (2008)) where it holds rates within a factor of
//! two. No sum of rates is kept, so nothing drifts: with n_c sites in class c of bound b_c, candidates come as a Poisson
//! process of rate Σ n_c b_c, and a candidate of class c is an event with probability rate / b_c (which the caller draws).
//! Knows no energy.

use super::super::random::Stream;
use super::super::sparse::functions::ln;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    class: u16,
    index: u32,
}

/// Which site is in which class.
#[derive(Clone, Debug)]
pub(crate) struct Classes {
    pub bounds: Vec<f64>,
    members: Vec<Vec<u32>>,
    places: Vec<Place>,
    /// A bit for each class that has members.
    occupied: Vec<u64>,
}

const NOWHERE: u16 = u16::MAX;

impl Classes {
    /// No site in any class yet.
    pub fn new(sites: usize, bounds: Vec<f64>) -> Classes {
        let members = vec![Vec::new(); bounds.len()];
        let occupied = vec![0; bounds.len().div_ceil(64)];
        Classes { bounds, members, places: vec![Place { class: NOWHERE, index: 0 }; sites], occupied }
    }

    #[inline(always)]
    pub fn class(&self, site: usize) -> u16 {
        self.places[site].class
    }

    /// Moves a site to a class, from the one that it is in.
    #[inline(always)]
    pub fn put(&mut self, site: usize, class: u16) {
        let Place { class: old, index } = self.places[site];
        if old == class {
            return;
        }
        if old != NOWHERE {
            let left = &mut self.members[usize::from(old)];
            left.swap_remove(index as usize);
            if let Some(&moved) = left.get(index as usize) {
                self.places[moved as usize].index = index;
            } else if left.is_empty() {
                self.occupied[usize::from(old) / 64] &= !(1 << (old % 64));
            }
        }
        let joined = &mut self.members[usize::from(class)];
        self.places[site] = Place { class, index: joined.len() as u32 };
        joined.push(site as u32);
        self.occupied[usize::from(class) / 64] |= 1 << (class % 64);
    }

    /// Takes every site out of its class.
    pub fn clear(&mut self) {
        self.members.iter_mut().for_each(Vec::clear);
        self.places.fill(Place { class: NOWHERE, index: 0 });
        self.occupied.fill(0);
    }

    /// Moves every site that is elsewhere to a class.
    pub fn put_all(&mut self, class: u16) {
        for word in 0..self.occupied.len() {
            let mut bits = self.occupied[word];
            while bits != 0 {
                let other = 64 * word + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                while other != usize::from(class)
                    && let Some(&site) = self.members[other].last()
                {
                    self.put(site as usize, class);
                }
            }
        }
    }

    /// Changes the bounds; members stay.
    pub fn set_bounds(&mut self, bounds: Vec<f64>) {
        self.bounds = bounds;
    }

    /// Calls `f` with each class that candidates come from and its rate, until `f` says that it is enough.
    #[inline(always)]
    fn each_active(&self, mut f: impl FnMut(usize, f64) -> bool) {
        for (word, &bits) in self.occupied.iter().enumerate() {
            let mut bits = bits;
            while bits != 0 {
                let class = 64 * word + bits.trailing_zeros() as usize;
                let weight = self.members[class].len() as f64 * self.bounds[class];
                if weight > 0.0 && f(class, weight) {
                    return;
                }
                bits &= bits - 1;
            }
        }
    }

    /// The rate of candidates.
    #[inline(always)]
    pub fn rate(&self) -> f64 {
        let mut sum = 0.0;
        self.each_active(|_, weight| {
            sum += weight;
            false
        });
        sum
    }

    /// The time to the next candidate and its site; `None` where nothing can happen any more.
    #[inline(always)]
    pub fn draw(&self, stream: &mut Stream) -> Option<(f64, u32)> {
        let rate = self.rate();
        if rate <= 0.0 {
            return None;
        }
        let wait = -ln(1.0 - stream.uniform()) / rate;
        let target = stream.uniform() * rate;
        let (mut sum, mut chosen) = (0.0, 0);
        self.each_active(|class, weight| {
            sum += weight;
            chosen = class;
            target < sum
        });
        let members = &self.members[chosen];
        Some((wait, members[stream.below(members.len() as u32) as usize]))
    }

    /// The class of each site.
    pub fn classes(&self) -> Vec<u16> {
        self.places.iter().map(|p| p.class).collect()
    }

    /// The sites in the order of classes and of members: enough, with the class of each, to put back the same order.
    pub fn order(&self) -> Vec<u32> {
        self.members.iter().flatten().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::random::Key;
    use super::*;

    #[test]
    fn sites_move_and_are_drawn_by_their_bounds() {
        let mut classes = Classes::new(6, vec![1.0, 0.25, 0.0]);
        for (site, class) in [2, 2, 2, 2, 2, 2].into_iter().enumerate() {
            classes.put(site, class);
        }
        assert!(classes.draw(&mut Stream::new(Key(1, 1))).is_none());
        for (site, class) in [(0, 0), (3, 1), (5, 1), (4, 0), (4, 1), (4, 2), (5, 1)] {
            classes.put(site, class);
        }
        assert_eq!(classes.rate(), 1.5);
        let mut stream = Stream::new(Key(2, 3));
        let (mut counts, mut time) = ([0; 6], 0.0);
        for _ in 0..30_000 {
            let (wait, site) = classes.draw(&mut stream).unwrap();
            counts[site as usize] += 1;
            time += wait;
        }
        // Five standard errors: of 20000 +- 82 and 5000 +- 65 of 30000, of the mean 2/3 of 30000 exponential times.
        assert!((counts[0] - 20_000i32).abs() < 410 && (counts[3] - 5000i32).abs() < 325 && (counts[5] - 5000i32).abs() < 325);
        assert_eq!(counts[1] + counts[2] + counts[4], 0);
        assert!((time / 30_000.0 - 2.0 / 3.0).abs() < 5.0 * 2.0 / 3.0 / libm::sqrt(30_000.0));
        classes.put_all(1);
        assert_eq!(classes.rate(), 1.5);
        classes.set_bounds(vec![1.0, 0.0, 3.0]);
        assert_eq!(classes.rate(), 0.0);
        assert_eq!(classes.order().len(), 6);
    }
}
