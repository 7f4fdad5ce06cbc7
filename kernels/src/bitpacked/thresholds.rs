//! The acceptance probabilities of the classes of spins, as bit planes.
//!
//! A spin whose neighbours sum to S feels the field f = J S + h. With the direction of sign(β f) called down-hill,
//! both rules have the same form. Metropolis: an up-hill spin turns down-hill; a down-hill one turns up-hill
//! with probability exp(-2 β|f|). Heat bath: any spin ends up-hill with probability 1 / (1 + exp(2 β|f|)). So each class of S
//! has one probability p, kept here to 64 binary places, one word a place so that chains may differ
//! in temperature. Knows no lattice.

use super::wide::Word;
use crate::sampler::Rule;

/// The binary places of a probability.
pub(super) const PLACES: usize = 64;

/// The table of the classes of some set of sums S.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// The sums of neighbours, one a class.
    sums: Vec<f64>,
    /// Place after place, class after class. Class 0 as it is, the others as the exclusive or with class 0: then the
    /// place of a site is the exclusive or of class 0 and of the entry of its own class.
    pub planes: Vec<Word>,
    /// The bits of chains whose p is 1, in the same form.
    pub sure: Vec<Word>,
    /// The bits of chains where down-hill is the spin -1, in the same form.
    pub down: Vec<Word>,
    /// Places from here on are 0 in every class and chain.
    pub depth: usize,
    /// Bit k: place k is 0 in every class and chain.
    pub blank: u64,
    pub any_sure: bool,
}

/// p of a class: `None` stands for 1, else p 2^64 rounded down.
pub(super) fn probability(rule: Rule, beta: f64, field: f64) -> Option<u64> {
    let x = downhill(beta, field).abs();
    let e = libm::exp(-2.0 * x);
    let p = match rule {
        Rule::Metropolis => e,
        Rule::HeatBath => e / (1.0 + e),
    };
    // 2^64 p is exact in floating point, and below 2^64 where p < 1.
    if p >= 1.0 { None } else { Some((p * 18_446_744_073_709_551_616.0) as u64) }
}

/// β f, with 0 for ∞ · 0.
fn downhill(beta: f64, field: f64) -> f64 {
    let x = beta * field;
    if field == 0.0 || x.is_nan() { 0.0 } else { x }
}

impl Table {
    pub fn new(sums: Vec<f64>) -> Table {
        let k = sums.len();
        let zeros = |n| vec![Word::ZERO; n];
        Table { planes: zeros(k * PLACES), sure: zeros(k), down: zeros(k), sums, depth: 0, blank: !0, any_sure: false }
    }

    /// The classes |S| = z, z - 2, ... > 0, which are enough without a field as S and -S mirror each other.
    pub fn folded(coordination: usize) -> Table {
        Table::new((0..coordination.div_ceil(2)).map(|k| (coordination - 2 * k) as f64).collect())
    }

    /// The classes S = -z, -z + 2, ..., z.
    pub fn every_sum(coordination: usize) -> Table {
        let z = coordination as f64;
        Table::new((0..=coordination).map(|k| 2.0 * k as f64 - z).collect())
    }

    /// The classes S = -z, -z + 1, ..., z of sites that may lack neighbours.
    pub fn every_half(coordination: usize) -> Table {
        let z = coordination as f64;
        Table::new((0..=2 * coordination).map(|k| k as f64 - z).collect())
    }

    /// Sets the probabilities of the bits of `mask`. Call [`Table::finish`] after the last one.
    pub fn set(&mut self, mask: &Word, rule: Rule, beta: f64, coupling: f64, field: f64) {
        let put = |w: &mut Word, value: bool| {
            for (x, m) in w.0.iter_mut().zip(mask.0) {
                *x = if value { *x | m } else { *x & !m };
            }
        };
        let k = self.sums.len();
        let mut first = (0, false, false);
        for c in 0..k {
            let f = coupling * self.sums[c] + field;
            let p = probability(rule, beta, f);
            let down = downhill(beta, f) < 0.0;
            let this = (p.unwrap_or(0), p.is_none(), down);
            if c == 0 {
                first = this;
            }
            let base = if c == 0 { (0, false, false) } else { first };
            let bits = this.0 ^ base.0;
            for place in 0..PLACES {
                put(&mut self.planes[place * k + c], bits >> (63 - place) & 1 == 1);
            }
            put(&mut self.sure[c], this.1 != base.1);
            put(&mut self.down[c], this.2 != base.2);
        }
    }

    /// Brings `depth` and `any_sure` up to date.
    pub fn finish(&mut self) {
        let k = self.sums.len();
        self.blank =
            (0..PLACES).filter(|p| self.planes[p * k..(p + 1) * k].iter().all(|w| *w == Word::ZERO)).fold(0, |b, p| b | 1 << p);
        self.depth = PLACES - self.blank.leading_ones() as usize;
        self.any_sure = self.sure.iter().any(|w| *w != Word::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_exact() {
        let half = Some(1 << 63);
        for beta in [0.0, 0.4, 1e3, f64::INFINITY] {
            assert_eq!(probability(Rule::Metropolis, beta, 0.0), None);
            assert_eq!(probability(Rule::HeatBath, beta, 0.0), half);
        }
        for field in [-4.0, -0.3, 2.0] {
            assert_eq!(probability(Rule::Metropolis, 0.0, field), None);
            assert_eq!(probability(Rule::HeatBath, 0.0, field), half);
            assert_eq!(probability(Rule::Metropolis, f64::INFINITY, field), Some(0));
            assert_eq!(probability(Rule::HeatBath, f64::INFINITY, field), Some(0));
        }
    }

    /// Every class of every chain can be read back from the planes, to all places.
    #[test]
    fn planes_hold_the_probabilities() {
        let mut table = Table::every_sum(4);
        let betas = [0.0, 0.3, -0.7, f64::INFINITY];
        for (i, &beta) in betas.iter().enumerate() {
            table.set(&Word::range(128 * i..128 * (i + 1)), Rule::Metropolis, beta, 1.0, 0.25);
        }
        table.finish();
        for (i, &beta) in betas.iter().enumerate() {
            for c in 0..5 {
                let at = |words: &[Word], n: usize| words[n + c].get(128 * i + 77) ^ (c > 0 && words[n].get(128 * i + 77));
                let f = 2.0 * c as f64 - 4.0 + 0.25;
                let bits = (0..PLACES).fold(0u64, |p, place| p << 1 | u64::from(at(&table.planes, place * 5)));
                let p = probability(Rule::Metropolis, beta, f);
                assert_eq!(bits, p.unwrap_or(0));
                assert_eq!(at(&table.sure, 0), p.is_none());
                assert_eq!(at(&table.down, 0), beta * f < 0.0);
            }
        }
        assert!(table.any_sure && table.depth > 40);
    }
}
