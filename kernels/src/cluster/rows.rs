//! The regular part of a graph: rows of spins, 64 to a word, and bundles of parallel bonds between them.
//!
//! Owns the discovery of rows in a list of bonds and the packed state. A bundle holds the bonds of one strength that lead from
//! the sites x of one row to the sites x + shift (around the row) of another; on a regular lattice a few bundles a row hold
//! everything, whatever the lattice is called and wherever its boundaries are.

use super::graph::strengths;
use crate::sampler::PairEnergy;
use std::collections::BTreeMap;

/// The bonds of one strength from the sites of row `a` to those of row `b`, `a <= b`, shifted around the row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bundle {
    pub a: u32,
    pub b: u32,
    pub shift: u32,
    /// Index into the strengths.
    pub class: u32,
}

/// A graph as rows and bundles.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub sites: usize,
    pub width: usize,
    pub rows: usize,
    /// Words in a row.
    pub words: usize,
    /// By row `b`; in a row, the bonds from x to x + 1 of the row itself come first.
    pub bundles: Vec<Bundle>,
    /// For each row the first bundle, the first that is not along the row, and the end.
    pub spans: Vec<[u32; 3]>,
    /// For each bundle and word: which bonds there are.
    pub masks: Vec<u64>,
    /// Which of them are negative.
    pub negative: Vec<u64>,
    pub strengths: Vec<f64>,
    /// The number of bonds of each strength.
    counts: Vec<u64>,
    constant: f64,
}

/// Rows pay where a quarter of the bits of the bundles' words stand for bonds.
const MOST_WORDS_PER_64_BONDS: usize = 4;
const MOST_STRENGTHS: usize = 16;

impl Rows {
    /// Looks for a width at which the graph is regular. None where it is better seen as an irregular one.
    pub fn find(energy: &PairEnergy) -> Option<Rows> {
        let strengths = strengths(energy);
        let n = energy.sites;
        if strengths.is_empty() || strengths.len() > MOST_STRENGTHS {
            return None;
        }
        let bonds = energy.bonds.iter().filter(|b| b.2 != 0.0).count();
        // The distance in the numbering between neighbouring rows is a width.
        let mut distances: BTreeMap<usize, usize> = BTreeMap::new();
        for &(i, j, _) in &energy.bonds {
            *distances.entry(i.abs_diff(j) as usize).or_default() += 1;
            if distances.len() > 4096 {
                return None;
            }
        }
        let common = |(&d, &count): (&usize, &usize)| (d > 1 && n.is_multiple_of(d) && 16 * count >= n).then_some(d);
        let mut widths: Vec<usize> = distances.iter().filter_map(common).collect();
        widths.push(n);
        let mut best: Option<Rows> = None;
        for width in widths {
            let most = best.as_ref().map_or(bonds * MOST_WORDS_PER_64_BONDS / 64, |r| r.masks.len().saturating_sub(1));
            if let Some(rows) = Rows::with_width(energy, &strengths, width, most) {
                best = Some(rows);
            }
        }
        best
    }

    /// The graph as rows of a width, if that takes at most so many words of masks.
    fn with_width(energy: &PairEnergy, strengths: &[f64], width: usize, most: usize) -> Option<Rows> {
        if width < 2 {
            return None;
        }
        let words = width.div_ceil(64);
        let rows = energy.sites / width;
        // Key: row b, whether not along the row, row a, shift, strength. Value: copies, for bonds that stand several times.
        type BundleKey = (usize, bool, usize, usize, usize);
        let mut found: BTreeMap<BundleKey, Vec<usize>> = BTreeMap::new();
        let (mut masks, mut negative) = (Vec::new(), Vec::new());
        let mut counts = vec![0; strengths.len()];
        let mut slots = 0;
        for &(i, j, coupling) in energy.bonds.iter().filter(|b| b.2 != 0.0) {
            let (i, j) = (i.min(j) as usize, i.max(j) as usize);
            let class = strengths.partition_point(|&s| s < coupling.abs());
            counts[class] += 1;
            let (a, b) = (i / width, j / width);
            let mut x = i % width;
            let mut shift = (j % width + width - x) % width;
            if a == b && 2 * shift > width {
                x = j % width;
                shift = width - shift;
            }
            let copies = found.entry((b, a != b || shift != 1, a, shift, class)).or_default();
            let (word, bit) = (x / 64, 1u64 << (x % 64));
            let free = copies.iter().copied().find(|&slot: &usize| masks[slot * words + word] & bit == 0);
            let slot = free.unwrap_or_else(|| {
                copies.push(slots);
                slots += 1;
                masks.resize(slots * words, 0u64);
                negative.resize(slots * words, 0u64);
                slots - 1
            });
            if slots * words > most {
                return None;
            }
            masks[slot * words + word] |= bit;
            if coupling < 0.0 {
                negative[slot * words + word] |= bit;
            }
        }
        let mut ordered = Rows {
            sites: energy.sites,
            width,
            rows,
            words,
            bundles: Vec::with_capacity(slots),
            spans: vec![[0; 3]; rows],
            masks: Vec::with_capacity(masks.len()),
            negative: Vec::with_capacity(masks.len()),
            strengths: strengths.to_vec(),
            counts,
            constant: energy.constant,
        };
        let mut along = vec![0; rows];
        let mut all = vec![0; rows];
        for (&(b, across, a, shift, class), copies) in &found {
            for &slot in copies {
                ordered.bundles.push(Bundle { a: a as u32, b: b as u32, shift: shift as u32, class: class as u32 });
                ordered.masks.extend_from_slice(&masks[slot * words..(slot + 1) * words]);
                ordered.negative.extend_from_slice(&negative[slot * words..(slot + 1) * words]);
                along[b] += u32::from(!across);
                all[b] += 1;
            }
        }
        let mut first = 0;
        for (row, span) in ordered.spans.iter_mut().enumerate() {
            *span = [first, first + along[row], first + all[row]];
            first += all[row];
        }
        Some(ordered)
    }

    /// Packs a state of positions: each row begins a word; bits beyond the width are zero.
    pub fn pack(&self, state: &[u8], packed: &mut Vec<u64>) {
        packed.clear();
        for row in state.chunks_exact(self.width) {
            for chunk in row.chunks(64) {
                let mut word = 0u64;
                for (k, eight) in chunk.chunks(8).enumerate() {
                    let byte = if let Ok(eight) = <[u8; 8]>::try_from(eight) {
                        // The product brings the lowest bit of byte k to bit 56 + k.
                        (u64::from_le_bytes(eight) & 0x0101_0101_0101_0101).wrapping_mul(0x0102_0408_1020_4080) >> 56
                    } else {
                        eight.iter().enumerate().fold(0, |b, (i, s)| b | u64::from(s & 1) << i)
                    };
                    word |= byte << (8 * k);
                }
                packed.push(word);
            }
        }
    }

    /// Writes a packed state as positions.
    pub fn unpack(&self, packed: &[u64], state: &mut [u8]) {
        for (row, words) in state.chunks_exact_mut(self.width).zip(packed.chunks_exact(self.words)) {
            for (chunk, word) in row.chunks_mut(64).zip(words) {
                for (k, s) in chunk.iter_mut().enumerate() {
                    *s = (word >> k & 1) as u8;
                }
            }
        }
    }

    /// The energy of a packed state: one multiplication for each distinct strength.
    pub fn energy(&self, packed: &[u64]) -> f64 {
        let mut unsatisfied = vec![0u64; self.strengths.len()];
        for (index, bundle) in self.bundles.iter().enumerate() {
            let a = &packed[bundle.a as usize * self.words..][..self.words];
            let b = &packed[bundle.b as usize * self.words..][..self.words];
            let masks = &self.masks[index * self.words..][..self.words];
            let negative = &self.negative[index * self.words..][..self.words];
            let mut count = 0;
            for w in 0..self.words {
                let other = rotated(b, self.width, w, bundle.shift as usize);
                count += ((a[w] ^ other ^ negative[w]) & masks[w]).count_ones();
            }
            unsatisfied[bundle.class as usize] += u64::from(count);
        }
        let mut energy = self.constant;
        for ((strength, &bonds), &broken) in self.strengths.iter().zip(&self.counts).zip(&unsatisfied) {
            energy -= strength * (bonds as f64 - 2.0 * broken as f64);
        }
        energy
    }

    /// The sum of the spins of a packed state.
    pub fn total(&self, packed: &[u64]) -> f64 {
        let up: u64 = packed.iter().map(|w| u64::from(w.count_ones())).sum();
        2.0 * up as f64 - self.sites as f64
    }
}

/// Word `w` of a row read from `shift` on around the row. Bits beyond the width are arbitrary.
#[inline(always)]
pub(super) fn rotated(row: &[u64], width: usize, w: usize, shift: usize) -> u64 {
    if shift == 0 {
        return row[w];
    }
    let mut from = 64 * w + shift;
    if from >= width {
        from -= width;
    }
    let (word, bit) = (from / 64, from % 64);
    let low = row[word] >> bit;
    let have = (width - from).min(64 - bit);
    if have >= 64 {
        return low;
    }
    // What follows is the next word, or the row's beginning; both where the last word is short.
    let next = if from + have < width { word + 1 } else { 0 };
    let both = (low & ((1u64 << have) - 1)) | row[next] << have;
    if from + have < width && width - from < 64 { both & ((1u64 << (width - from)) - 1) | row[0] << (width - from) } else { both }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Stream};

    #[test]
    fn rotation_reads_around_the_row() {
        let mut stream = Stream::new(Key(5, 6));
        for width in [2usize, 3, 31, 63, 64, 65, 100, 127, 128, 129, 190, 200, 256] {
            let bits: Vec<u8> = (0..width).map(|_| (stream.next_u32() & 1) as u8).collect();
            let mut row = vec![0u64; width.div_ceil(64)];
            for (x, &b) in bits.iter().enumerate() {
                row[x / 64] |= u64::from(b) << (x % 64);
            }
            for shift in 0..width {
                for x in 0..width {
                    let word = rotated(&row, width, x / 64, shift);
                    assert_eq!((word >> (x % 64) & 1) as u8, bits[(x + shift) % width], "{width} {shift} {x}");
                }
            }
        }
    }

    /// A torus with double bonds and signs, in a few shapes: the packed energy is the plain one.
    #[test]
    fn energies_agree() {
        let mut stream = Stream::new(Key(7, 8));
        for (width, height) in [(64usize, 8usize), (100, 2), (40, 30), (128, 3), (70, 70)] {
            let n = width * height;
            let mut energy = PairEnergy { sites: n, constant: 0.25, ..Default::default() };
            for i in 0..n {
                let (x, y) = (i % width, i / width);
                let right = y * width + (x + 1) % width;
                let up = (y + 1) % height * width + x;
                let diagonal = (y + 1) % height * width + (x + 1) % width;
                for (j, strength) in [(right, 1.0), (up, 0.5), (diagonal, 1.0)] {
                    let sign = if stream.next_u32() & 1 == 0 { 1.0 } else { -1.0 };
                    energy.bonds.push((i as u32, j as u32, sign * strength));
                }
            }
            let rows = Rows::find(&energy).expect("a torus is regular");
            let state: Vec<u8> = (0..n).map(|_| (stream.next_u32() & 1) as u8).collect();
            let mut packed = Vec::new();
            rows.pack(&state, &mut packed);
            let mut back = vec![0; n];
            rows.unpack(&packed, &mut back);
            assert_eq!(back, state);
            assert_eq!(rows.energy(&packed), energy.energy(&state));
            let total: f64 = state.iter().map(|&s| 2.0 * f64::from(s) - 1.0).sum();
            assert_eq!(rows.total(&packed), total);
        }
    }

    #[test]
    fn an_irregular_graph_has_no_rows() {
        let mut stream = Stream::new(Key(9, 9));
        let mut energy = PairEnergy { sites: 1000, ..Default::default() };
        for i in 0..1000u32 {
            let j = (i + 1 + stream.below(999)) % 1000;
            energy.bonds.push((i, j, 1.0));
        }
        assert!(Rows::find(&energy).is_none());
    }
}
