//! Couplings of one modulus between all pairs of spins: a bit each.
//!
//! A row of N bits stays in the nearer caches where integers would not. Flips are counted in bit-sliced adders, up to fifteen of them at
//! once, before the counts are spread over the fields.

use super::super::sampler::PairEnergy;
use super::super::sparse::Simd;
use super::rows::{Flip, RUN, Rest, Rows, prefetch, signed_sum, wide};
#[cfg(target_arch = "x86_64")]
use super::x86;

/// Sites that are counted side by side.
const SIDE: usize = 8;

/// Binary places of a count of flips.
const PLACES: usize = 4;

/// The bit of each of sixteen sites.
const BITS: [u16; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15];

pub(crate) struct Signs {
    /// Whether there are vectors of 256 bits.
    wide: bool,
    sites: usize,
    unit: f64,
    /// Words of a row.
    words: usize,
    /// 1 for a positive coupling. A spin's coupling with itself counts as -1.
    bits: Vec<u32>,
}

/// Adds `weight` where the bit is set.
#[inline(always)]
fn spread(bits: u32, weight: i16, fields: &mut [i16; RUN]) {
    for half in 0..2 {
        let word = (bits >> (16 * half)) as u16;
        for k in 0..16 {
            let add = if word & BITS[k] != 0 { weight } else { 0 };
            fields[16 * half + k] = fields[16 * half + k].wrapping_add(add);
        }
    }
}

impl Signs {
    /// Every pair of spins must stand in the list once, with a coupling of plus or minus the unit; at most 16,000 spins.
    pub fn new(energy: &PairEnergy, unit: f64, simd: Simd) -> Signs {
        let words = energy.sites.next_multiple_of(RUN * SIDE) / RUN;
        let mut bits = vec![0u32; energy.sites * words];
        for &(i, j, c) in &energy.bonds {
            if c > 0.0 {
                bits[i as usize * words + j as usize / RUN] |= 1 << (j as usize % RUN);
                bits[j as usize * words + i as usize / RUN] |= 1 << (i as usize % RUN);
            }
        }
        Signs { wide: wide(simd), sites: energy.sites, unit, words, bits }
    }

    /// Whether an energy has that form.
    pub fn fit(energy: &PairEnergy, unit: f64) -> bool {
        let n = energy.sites;
        if n > 16_000 || energy.bonds.len() != n * n.saturating_sub(1) / 2 || energy.bonds.iter().any(|b| b.2.abs() != unit) {
            return false;
        }
        // As many pairs as there are: all different means all of them.
        let words = n.div_ceil(64);
        let mut seen = vec![0u64; n * words];
        energy.bonds.iter().all(|b| {
            let (i, j) = (b.0.min(b.1) as usize, b.0.max(b.1) as usize);
            let (word, bit) = (&mut seen[i * words + j / 64], 1 << (j % 64));
            let new = *word & bit == 0;
            *word |= bit;
            new
        })
    }

    /// Adds 4 times the counts whose binary places are given, less `lost`.
    #[inline(always)]
    fn add_counts<const N: usize>(&self, places: [u32; N], lost: i16, run: &mut [i16; RUN]) {
        #[cfg(target_arch = "x86_64")]
        if self.wide {
            // SAFETY: the processor has AVX2, as `wide` says.
            return unsafe { x86::add_counts(places, lost, run) };
        }
        run.iter_mut().for_each(|x| *x = x.wrapping_sub(lost));
        for (p, &bits) in places.iter().enumerate() {
            spread(bits, 4 << p, run);
        }
    }

    #[inline(always)]
    fn row(&self, i: usize) -> &[u32] {
        &self.bits[i * self.words..(i + 1) * self.words]
    }
}

impl Rows for Signs {
    type Field = i16;
    const SCALE: f64 = 1.0;
    const OWN: i64 = 1;
    const EXACT: bool = true;
    const TOGETHER: usize = (1 << PLACES) - 1;

    fn sites(&self) -> usize {
        self.sites
    }

    fn stride(&self) -> usize {
        self.words * RUN
    }

    fn unit(&self) -> f64 {
        self.unit
    }

    fn most_neighbours(&self) -> usize {
        self.sites.saturating_sub(1)
    }

    fn fields(&self, masks: &[i16]) -> Vec<i16> {
        let mut fields = vec![0i16; self.stride()];
        // The index is that of a site, of which several arrays speak.
        #[allow(clippy::needless_range_loop)]
        for i in 0..self.sites {
            let s = masks[i] | 1;
            for (run, &bits) in fields.as_chunks_mut::<RUN>().0.iter_mut().zip(self.row(i)) {
                run.iter_mut().for_each(|x| *x = x.wrapping_sub(s));
                spread(bits, 2 * s, run);
            }
        }
        fields
    }

    #[inline(always)]
    fn add_to_run(&self, flip: Flip, first: usize, run: &mut [i16; RUN]) {
        // 2 J where the spin went up and -2 J where it went down, with J = 2 bit - 1.
        let bits = self.row(flip.site as usize)[first / RUN] ^ flip.mask as u32;
        self.add_counts([bits], 2, run);
    }

    #[inline(always)]
    fn add(&self, flips: &[Flip], fields: &mut [i16]) {
        let lost = 2 * flips.len() as i16;
        for (block, runs) in fields.as_chunks_mut::<RUN>().0.chunks_exact_mut(SIDE).enumerate() {
            let mut places = [[0u32; SIDE]; PLACES];
            for flip in flips {
                let row = &self.row(flip.site as usize)[block * SIDE..(block + 1) * SIDE];
                let mask = flip.mask as u32;
                for k in 0..SIDE {
                    let mut carry = row[k] ^ mask;
                    for place in &mut places {
                        let both = place[k] & carry;
                        place[k] ^= carry;
                        carry = both;
                    }
                }
            }
            for (k, run) in runs.iter_mut().enumerate() {
                self.add_counts(places.map(|place| place[k]), lost, run);
            }
        }
    }

    #[inline(always)]
    fn prefetch(&self, site: usize) {
        prefetch(self.row(site));
    }

    fn slack(&self, _: usize) -> f64 {
        0.0
    }

    fn exact(&self, _: usize, stored: i16, _: &[i16]) -> i64 {
        i64::from(stored)
    }

    fn bonds(&self, fields: &[i16], masks: &[i16], _: &mut Rest) -> i128 {
        signed_sum(&fields[..self.sites], &masks[..self.sites], 1)
    }
}
