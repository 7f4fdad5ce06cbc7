//! The energy axis of a flat-histogram walk: a growing window of levels, each with its ln g and its visits.
//!
//! A level has an integer index; what energy that is, the terrain knows. Unknown levels hold -∞ while ln g is learnt by
//! Wang-Landau (so that they are entered at once) and +∞ in production (so that they are not entered).

use serde::{Deserialize, Serialize};

/// The most levels that a walk keeps.
pub(crate) const MOST_LEVELS: usize = 1 << 22;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Level {
    pub ln_g: f64,
    pub visits: u64,
}

/// What stands for ln g beyond the levels of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Beyond {
    /// -∞: every new level is entered.
    Enter,
    /// +∞: none is.
    Refuse,
    /// The continuation of ln g as a straight line.
    Slope,
}

/// Levels `first..first + levels.len()`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Window {
    pub first: i64,
    pub levels: Vec<Level>,
    /// Which levels have been visited at any time.
    pub seen: Vec<bool>,
    pub beyond: Beyond,
    /// The change of ln g a level below the window and above it, for [`Beyond::Slope`].
    pub slopes: (f64, f64),
}

impl Window {
    /// A window of one level.
    pub fn new(index: i64, beyond: Beyond) -> Window {
        let mut window = Window { first: index, levels: Vec::new(), seen: Vec::new(), beyond, slopes: (0.0, 0.0) };
        window.levels.push(Level { ln_g: window.unknown(), visits: 0 });
        window.seen.push(false);
        window
    }

    fn unknown(&self) -> f64 {
        match self.beyond {
            Beyond::Enter => f64::NEG_INFINITY,
            Beyond::Refuse => f64::INFINITY,
            Beyond::Slope => 0.0,
        }
    }

    /// The index behind the last level.
    pub fn end(&self) -> i64 {
        self.first + self.levels.len() as i64
    }

    /// Extends the window to an index, with room for more of the kind. False where it would be too wide.
    pub fn reach(&mut self, index: i64) -> bool {
        let room = (self.levels.len() / 2).clamp(16, 1 << 16) as i64;
        let (mut from, mut to) = (self.first, self.end());
        if index < from {
            from = index.saturating_sub(room);
        } else if index >= to {
            to = index.saturating_add(room);
        }
        let wide = |from: i64, to: i64| to.checked_sub(from).is_none_or(|width| width > MOST_LEVELS as i64);
        if wide(from, to) {
            (from, to) = (self.first.min(index), self.end().max(index.saturating_add(1)));
            if wide(from, to) {
                return false;
            }
        }
        let (below, above) = ((self.first - from) as usize, (to - self.end()) as usize);
        let (low, high) = (self.levels[0].ln_g, self.levels[self.levels.len() - 1].ln_g);
        let unknown = self.unknown();
        let value = |edge: f64, slope: f64, distance: usize| {
            if self.beyond == Beyond::Slope { edge + slope * distance as f64 } else { unknown }
        };
        let mut levels: Vec<Level> =
            (0..below).map(|k| Level { ln_g: value(low, self.slopes.0, below - k), visits: 0 }).collect();
        levels.extend_from_slice(&self.levels);
        levels.extend((0..above).map(|k| Level { ln_g: value(high, self.slopes.1, k + 1), visits: 0 }));
        self.levels = levels;
        self.seen.splice(0..0, std::iter::repeat_n(false, below));
        self.seen.resize(self.levels.len(), false);
        self.first = from;
        true
    }

    /// The place of an index in the window.
    pub fn at(&self, index: i64) -> Option<usize> {
        usize::try_from(index.checked_sub(self.first)?).ok().filter(|&k| k < self.levels.len())
    }

    /// Indices of the levels that have been visited, ascending.
    pub fn known(&self) -> impl DoubleEndedIterator<Item = i64> + '_ {
        self.seen.iter().enumerate().filter(|(_, seen)| **seen).map(|(k, _)| self.first + k as i64)
    }

    pub fn clear_visits(&mut self) {
        self.levels.iter_mut().for_each(|level| level.visits = 0);
    }

    /// The least number of visits over the mean, among the levels of a list (ascending indices); 0 where one is missing.
    pub fn flatness(&self, known: &[i64]) -> f64 {
        let visits = |index: &i64| self.at(*index).map_or(0, |k| self.levels[k].visits);
        let total: u64 = known.iter().map(visits).sum();
        let least = known.iter().map(visits).min().unwrap_or(0);
        if total == 0 { 0.0 } else { least as f64 * known.len() as f64 / total as f64 }
    }

    /// Whether the window hangs together, for what comes from a checkpoint.
    pub fn is_sound(&self) -> bool {
        let width = self.levels.len();
        width > 0 && width <= MOST_LEVELS && self.seen.len() == width && self.first.checked_add(width as i64).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_grows_both_ways_and_keeps_what_it_has() {
        let mut window = Window::new(5, Beyond::Slope);
        window.levels[0] = Level { ln_g: 2.0, visits: 7 };
        window.seen[0] = true;
        window.slopes = (-0.5, 0.25);
        assert!(window.reach(3) && window.reach(9));
        let ln_g = |window: &Window, index| window.levels[window.at(index).unwrap()].ln_g;
        assert_eq!((ln_g(&window, 5), ln_g(&window, 3), ln_g(&window, 9)), (2.0, 1.0, 3.0));
        assert_eq!(window.known().collect::<Vec<_>>(), [5]);
        assert_eq!(window.levels[window.at(5).unwrap()].visits, 7);
        assert!(!window.reach(i64::MAX) && !window.reach(i64::MIN) && window.is_sound());
    }

    #[test]
    fn flatness_counts_levels_that_were_missed() {
        let mut window = Window::new(0, Beyond::Enter);
        assert!(window.reach(2));
        for (index, visits) in [(0, 8), (1, 10), (2, 12)] {
            let at = window.at(index).unwrap();
            window.levels[at].visits = visits;
        }
        assert_eq!(window.flatness(&[0, 1, 2]), 0.8);
        assert_eq!(window.flatness(&[0, 1, 1_000_000]), 0.0);
    }
}
