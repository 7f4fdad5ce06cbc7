//! The acceptance probabilities of the classes of local fields, copy by copy, as bit planes.
//!
//! A site of local field S (in units) is of class |S| / 2 where S is even and (|S| - 1) / 2 where it is odd. With the
//! direction that lowers β E called down-hill, both rules have the same form: Metropolis turns a down-hill spin up-hill with
//! probability (1 - ε) exp(-2 |β S|), heat bath leaves any spin up-hill with probability 1 / (1 + exp(2 |β S|)). All
//! other moves (up-hill spins and S = 0) have one probability for all: 1 - ε, or 1/2.
//!
//! Probabilities are kept to 64 binary places. Knows no graph and no spin.

use super::super::bitpacked::wide::Word;
use super::super::sampler::Rule;
use super::super::sparse::Simd;
use super::super::sparse::block::dispatch;
use std::collections::BTreeMap;

/// The binary places of a probability.
pub(super) const PLACES: usize = 64;

/// What belongs to a β.
#[derive(Clone, Debug, PartialEq)]
struct Column {
    /// Whether ε is 1/2, and whether β is negative.
    half: bool,
    negative: bool,
    /// The probabilities, one a class: of the even classes, then of the odd ones, as p 2^64 rounded down.
    values: Vec<u64>,
}

/// The tables of a block of copies.
///
/// With t_k place k of p, a spin takes t_k at the first k where a random bit d_k is set. Let o_k say that none of d_0..=d_k is
/// set: then the outcome is t_0 ^ ⊕_k o_k (t_k ^ t_{k+1}). So t_0 and the changes t_k ^ t_{k+1} are what is stored.
#[derive(Clone, Debug)]
pub(super) struct Table {
    rule: Rule,
    unit: f64,
    classes: [usize; 2],
    /// Whether all copies have one β.
    pub uniform: bool,
    /// Of the common β: bit 63 - k of entry c is t_k ^ t_{k+1} of class c; even classes and odd classes.
    pub changes: [Vec<u64>; 2],
    /// Of the common β: t_0 of each class.
    pub first: [Vec<Word>; 2],
    /// Of many β: the changes of class c at place k in entry 64 c + k.
    pub planes: [Vec<Word>; 2],
    /// Classes from here on have probability 0 in every copy.
    pub used: [usize; 2],
    /// The copies whose ε is 1/2 (in the others it is 1/16).
    pub half: Word,
    /// The copies of negative β.
    pub negative: Word,
    columns: Vec<Column>,
    /// Where the column of a β is, by its bits.
    places: BTreeMap<u64, usize>,
    /// The last β looked for under a hash, and its place: exchanged temperatures are found here.
    recent: [(u64, usize); RECENT],
}

/// Entries of the memory for places.
const RECENT: usize = 256;

fn probability(rule: Rule, x: f64, kept: f64) -> u64 {
    let e = libm::exp(-2.0 * x);
    let p = match rule {
        Rule::Metropolis => kept * e,
        Rule::HeatBath => e / (1.0 + e),
    };
    // Below 1, so that the product fits; exact, as it only moves the exponent.
    (p * 18_446_744_073_709_551_616.0) as u64
}

/// Turns eight matrices of 64 × 64 bits over: bit j of row i comes from bit i of row j. Number g of each row is of matrix g.
pub(super) fn transpose(m: &mut [Word; 64]) {
    turn_over(Simd::detect(), m);
}

#[inline(always)]
fn turn_over_body(m: &mut [Word; 64]) {
    let (mut width, mut mask) = (32, 0x0000_0000_FFFF_FFFFu64);
    while width != 0 {
        let mut k = 0;
        while k < 64 {
            for g in 0..8 {
                let t = (m[k].0[g] >> width ^ m[k + width].0[g]) & mask;
                m[k].0[g] ^= t << width;
                m[k + width].0[g] ^= t;
            }
            k = (k + width + 1) & !width;
        }
        width >>= 1;
        mask ^= mask << width;
    }
}
dispatch!(turn_over => turn_over_body [] <> (m: &mut [Word; 64]));

impl Table {
    /// `classes`: of even and of odd sums.
    pub fn new(rule: Rule, unit: f64, classes: [usize; 2]) -> Table {
        Table {
            rule,
            unit,
            classes,
            uniform: true,
            changes: classes.map(|c| vec![0; c]),
            first: classes.map(|c| vec![Word::ZERO; c]),
            planes: [Vec::new(), Vec::new()],
            used: [0, 0],
            half: Word::ZERO,
            negative: Word::ZERO,
            columns: Vec::new(),
            places: BTreeMap::new(),
            recent: [(0, usize::MAX); RECENT],
        }
    }

    /// The place of the column of β, which is made where it is not known.
    fn column(&mut self, beta: f64, kept: &impl Fn(f64) -> f64) -> usize {
        let key = beta.to_bits();
        let hash = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize % RECENT;
        if self.recent[hash].0 == key && self.recent[hash].1 < self.columns.len() {
            return self.recent[hash].1;
        }
        let at = *self.places.entry(key).or_insert(self.columns.len());
        if at == self.columns.len() {
            let kept = kept(beta);
            let size = (beta * self.unit).abs();
            // Class 0 of the even sums is S = 0, which has no entry of its own. A factor of 0 cannot meet an infinite β.
            let fields = (0..self.classes[0]).map(|c| 2 * c).chain((0..self.classes[1]).map(|c| 2 * c + 1));
            let value = |m: usize| if m == 0 { 0 } else { probability(self.rule, size * m as f64, kept) };
            self.columns.push(Column { half: kept == 0.5, negative: beta < 0.0, values: fields.map(value).collect() });
        }
        self.recent[hash] = (key, at);
        at
    }

    /// Sets all temperatures: copy l of unit bits `u` stands at the bits l, l + u, l + 2u ... Copies beyond `betas` take the first.
    pub fn set(&mut self, betas: &[f64], unit_bits: usize, kept: impl Fn(f64) -> f64) {
        if self.columns.len() > 2 * betas.len() + 256 {
            self.columns.clear();
            self.places.clear();
            self.recent = [(0, usize::MAX); RECENT];
        }
        self.uniform = betas.iter().all(|b| b.to_bits() == betas[0].to_bits());
        if self.uniform {
            let at = self.column(betas[0], &kept);
            let Column { half, negative, values } = &self.columns[at];
            let all = |set: bool| if set { Word::ONES } else { Word::ZERO };
            (self.half, self.negative) = (all(*half), all(*negative));
            let (even, odd) = values.split_at(self.classes[0]);
            for (parity, values) in [even, odd].into_iter().enumerate() {
                for (c, &p) in values.iter().enumerate() {
                    self.changes[parity][c] = p ^ p << 1;
                    self.first[parity][c] = all(p >> 63 == 1);
                }
                self.used[parity] = values.iter().rposition(|&p| p != 0).map_or(0, |c| c + 1);
            }
            return;
        }
        let at: Vec<usize> = betas.iter().map(|&b| self.column(b, &kept)).collect();
        // The column of each bit.
        let at: [usize; Word::BITS] = std::array::from_fn(|bit| at.get(bit % unit_bits).copied().unwrap_or(at[0]));
        let (mut half, mut negative) = (Word::ZERO, Word::ZERO);
        for (bit, &at) in at.iter().enumerate() {
            half.0[bit / 64] |= u64::from(self.columns[at].half) << (bit % 64);
            negative.0[bit / 64] |= u64::from(self.columns[at].negative) << (bit % 64);
        }
        (self.half, self.negative) = (half, negative);
        let mut offset = 0;
        for parity in 0..2 {
            self.used[parity] = 0;
            self.planes[parity].resize(self.classes[parity] * PLACES, Word::ZERO);
            for c in 0..self.classes[parity] {
                let mut matrix = [Word::ZERO; 64];
                for (r, row) in matrix.iter_mut().enumerate() {
                    row.0 = std::array::from_fn(|group| self.columns[at[64 * group + r]].values[offset + c]);
                }
                if matrix.iter().all(|row| *row == Word::ZERO) {
                    self.first[parity][c] = Word::ZERO;
                    self.planes[parity][c * PLACES..][..PLACES].fill(Word::ZERO);
                    continue;
                }
                self.used[parity] = c + 1;
                transpose(&mut matrix);
                // Row 63 - k holds place k of all copies.
                self.first[parity][c] = matrix[63];
                let mut next = Word::ZERO;
                for (row, plane) in matrix.iter().zip(self.planes[parity][c * PLACES..][..PLACES].iter_mut().rev()) {
                    plane.0 = std::array::from_fn(|g| row.0[g] ^ next.0[g]);
                    next = *row;
                }
            }
            offset += self.classes[parity];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposition() {
        let number = |i: u64| (i + 3).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut m: [Word; 64] = std::array::from_fn(|i| Word(std::array::from_fn(|g| number((64 * g + i) as u64))));
        let before = m;
        transpose(&mut m);
        for (i, row) in m.iter().enumerate() {
            for (j, column) in before.iter().enumerate() {
                for g in 0..8 {
                    assert_eq!(row.0[g] >> j & 1, column.0[g] >> i & 1);
                }
            }
        }
    }

    /// Every probability can be read back from the planes, whatever the width of a unit.
    #[test]
    fn planes_hold_the_probabilities() {
        let kept = |beta: f64| if beta == 0.0 { 0.5 } else { 0.9375 };
        for rule in [Rule::Metropolis, Rule::HeatBath] {
            for (unit_bits, lanes) in [(8, 5), (64, 64), (128, 100), (512, 300)] {
                let betas: Vec<f64> = (0..lanes).map(|l| [0.0, 0.3, -0.7, f64::INFINITY, 0.01 * l as f64][l % 5]).collect();
                let mut table = Table::new(rule, 0.5, [4, 3]);
                table.set(&betas, unit_bits, kept);
                assert!(!table.uniform);
                for bit in 0..512 {
                    let beta = betas.get(bit % unit_bits).copied().unwrap_or(betas[0]);
                    assert_eq!(table.half.get(bit), beta == 0.0);
                    for (parity, count) in [4, 3].into_iter().enumerate() {
                        for c in 0..count {
                            let m = 2 * c + parity;
                            let mut t = table.first[parity][c].get(bit);
                            let mut p = 0u64;
                            for k in 0..PLACES {
                                p = p << 1 | u64::from(t);
                                t ^= table.planes[parity][c * PLACES + k].get(bit);
                            }
                            assert!(!t);
                            let x = (0.5 * beta * m as f64).abs();
                            assert_eq!(p, if m == 0 { 0 } else { probability(rule, x, kept(beta)) });
                        }
                    }
                }
                let mut cold = Table::new(rule, 0.5, [4, 3]);
                cold.set(&vec![f64::INFINITY; lanes], unit_bits, kept);
                assert!(cold.uniform && cold.used == [0, 0]);
            }
        }
    }
}
