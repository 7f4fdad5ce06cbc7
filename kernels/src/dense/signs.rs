//! Couplings of one modulus between all pairs of spins: a bit each.
//!
//! A panel of N times 256 bits stays in the nearer caches where integers would not. Flips are counted in carry-save adders, eight of
//! them at a time, and the counts are spread over the fields once.

use super::super::sampler::PairEnergy;
use super::super::sparse::Simd;
use super::rows::{self, Missed, RUN, Rest, Rows, Run, signed_sum, wide};
#[cfg(target_arch = "x86_64")]
use super::x86;
use crate::cache::fetch;

/// Runs of a panel.
const SIDE: usize = 8;

/// Binary places of a count of flips: with four times the count, those of 16 bits.
const PLACES: usize = 14;

/// The bit of each of sixteen sites.
const BITS: [u16; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15];

/// What a spin has in common with a panel: 1 for a positive coupling. A spin's coupling with itself counts as -1.
type Line = [u32; SIDE];

pub(crate) struct Signs {
    /// Whether there are vectors of 256 bits.
    wide: bool,
    sites: usize,
    panels: usize,
    unit: f64,
    /// Line `p * sites + i` is what site i has in common with panel p.
    lines: Vec<Line>,
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

/// Adds two lines to the sum, and gives what is carried. Where the mask is not 0, all bits of the two are turned over.
#[inline(always)]
fn carry(sum: &mut Line, a: &Line, b: &Line, mask: u32) -> Line {
    let mut carried = [0; SIDE];
    for k in 0..SIDE {
        let (a, b) = (a[k] ^ mask, b[k] ^ mask);
        let odd = sum[k] ^ a;
        carried[k] = sum[k] & a | odd & b;
        sum[k] = odd ^ b;
    }
    carried
}

/// Adds eight lines to counts, of which the first `used` places may become different from 0.
#[inline(always)]
fn count(eight: [&Line; 8], mask: u32, places: &mut [Line; PLACES], used: usize) {
    let [ones, twos, fours, above @ ..] = places;
    let [a, b, c, d, e, f, g, h] = eight;
    let (first, second) = (carry(ones, a, b, mask), carry(ones, c, d, mask));
    let low = carry(twos, &first, &second, 0);
    let (first, second) = (carry(ones, e, f, mask), carry(ones, g, h, mask));
    let high = carry(twos, &first, &second, 0);
    let mut carried = carry(fours, &low, &high, 0);
    for place in &mut above[..used.saturating_sub(3)] {
        for k in 0..SIDE {
            let both = place[k] & carried[k];
            place[k] ^= carried[k];
            carried[k] = both;
        }
    }
}

impl Signs {
    /// Every pair of spins must stand in the list once, with a coupling of plus or minus the unit; at most 16,000 spins.
    pub fn new(energy: &PairEnergy, unit: f64, simd: Simd) -> Signs {
        let panels = energy.sites.div_ceil(RUN * SIDE);
        let mut lines = vec![[0; SIDE]; energy.sites * panels];
        for &(i, j, c) in &energy.bonds {
            if c > 0.0 {
                for (i, j) in [(i as usize, j as usize), (j as usize, i as usize)] {
                    lines[j / (RUN * SIDE) * energy.sites + i][j / RUN % SIDE] |= 1 << (j % RUN);
                }
            }
        }
        Signs { wide: wide(simd), sites: energy.sites, panels, unit, lines }
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

    #[inline(always)]
    fn panel(&self, panel: usize) -> &[Line] {
        &self.lines[panel * self.sites..(panel + 1) * self.sites]
    }
}

impl Rows for Signs {
    type Field = i16;
    const SCALE: f64 = 1.0;
    const OWN: i64 = 1;
    const EXACT: bool = true;
    const PANEL: usize = RUN * SIDE;
    const EAGER: bool = false;

    fn sites(&self) -> usize {
        self.sites
    }

    fn stride(&self) -> usize {
        self.panels * Self::PANEL
    }

    fn unit(&self) -> f64 {
        self.unit
    }

    fn most_neighbours(&self) -> usize {
        self.sites.saturating_sub(1)
    }

    fn fields(&self, masks: &[i16]) -> Vec<i16> {
        let mut fields = vec![0i16; self.stride()];
        for (panel, fields) in fields.chunks_mut(Self::PANEL).enumerate() {
            for (line, mask) in self.panel(panel).iter().zip(masks) {
                let s = mask | 1;
                for (run, &bits) in fields.as_chunks_mut::<RUN>().0.iter_mut().zip(line) {
                    run.iter_mut().for_each(|x| *x = x.wrapping_sub(s));
                    spread(bits, 2 * s, run);
                }
            }
        }
        fields
    }

    #[inline(always)]
    fn add(&self, missed: Missed, panel: usize, fields: &mut [i16]) {
        let flips = missed.up.len() + missed.down.len();
        let used = ((flips + 1).next_power_of_two().trailing_zeros() as usize).clamp(3, PLACES);
        let lines = self.panel(panel);
        let mut places = [[0; SIDE]; PLACES];
        // 2 J where the spin went up and -2 J where it went down, with J = 2 bit - 1.
        for (sites, mask) in [(missed.up, 0), (missed.down, u32::MAX)] {
            let (eights, rest) = sites.as_chunks::<8>();
            for eight in eights {
                let line = |k: usize| &lines[eight[k] as usize];
                let eight = [line(0), line(1), line(2), line(3), line(4), line(5), line(6), line(7)];
                count(eight, mask, &mut places, used);
            }
            if !rest.is_empty() {
                let none = [mask; SIDE];
                let line = |k: usize| rest.get(k).map_or(&none, |&site| &lines[site as usize]);
                let eight = [line(0), line(1), line(2), line(3), line(4), line(5), line(6), line(7)];
                count(eight, mask, &mut places, used);
            }
        }
        let lost = (2 * flips) as i16;
        for (k, run) in fields.as_chunks_mut::<RUN>().0.iter_mut().enumerate() {
            #[cfg(target_arch = "x86_64")]
            if self.wide {
                // SAFETY: the processor has AVX2, as `wide` says.
                unsafe { x86::add_counts(&places[..used], k, lost, run) };
                continue;
            }
            run.iter_mut().for_each(|x| *x = x.wrapping_sub(lost));
            for (p, place) in places[..used].iter().enumerate() {
                spread(place[k], 4 << p, run);
            }
        }
    }

    #[inline(always)]
    fn add_to_run(&self, missed: Missed, first: usize, fields: &mut [i16; RUN]) {
        let (lines, k) = (self.panel(first / Self::PANEL), first / RUN % SIDE);
        #[cfg(target_arch = "x86_64")]
        if self.wide {
            // SAFETY: the processor has AVX2, as `wide` says.
            return unsafe { x86::add_bits(lines, missed, k, fields) };
        }
        for (sites, sign) in [(missed.up, 1), (missed.down, -1)] {
            for &site in sites {
                fields.iter_mut().for_each(|x| *x = x.wrapping_sub(2 * sign));
                spread(lines[site as usize][k], 4 * sign, fields);
            }
        }
    }

    #[inline(always)]
    fn prefetch_own(&self, first: usize) {
        fetch(&self.panel(first / Self::PANEL)[first..self.sites.min(first + RUN)]);
    }

    #[inline(always)]
    fn decide(&self, run: &Run<i16>, exactly: impl FnMut(usize, i16, u32) -> bool) -> u32 {
        let (own, side) = (&self.panel(run.first / Self::PANEL)[run.first..], run.first / RUN % SIDE);
        #[cfg(target_arch = "x86_64")]
        if self.wide {
            // SAFETY: the processor has AVX2, as `wide` says.
            return unsafe { x86::decide_bits(own, side, run) };
        }
        let add = |k: usize, up: bool, fields: &mut [i16; RUN]| {
            let sign = if up { 1 } else { -1 };
            fields.iter_mut().for_each(|x| *x = x.wrapping_sub(2 * sign));
            spread(own[k][side], 4 * sign, fields);
        };
        rows::decide(run, add, exactly)
    }

    fn slack(&self, _: usize) -> &[f64; RUN] {
        &[0.0; RUN]
    }

    fn exact(&self, _: usize, stored: i16, _: &[i16]) -> i64 {
        i64::from(stored)
    }

    fn bonds(&self, fields: &[i16], masks: &[i16], _: &mut Rest) -> i128 {
        signed_sum(&fields[..self.sites], &masks[..self.sites], 1)
    }
}
