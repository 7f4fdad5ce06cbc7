//! Couplings of 30 bits as a high and a low part of 16 bits.
//!
//! The inner loop reads the high part alone: half the memory that goes through the caches with every flip. What the low part can do
//! to a field is bounded by the sum of its moduli over the row, and a uniform number lies so near the threshold about once in some
//! hundred attempts; only then is the low part of the row added up. The energy needs the low part of all fields, and gets it by the
//! rows of the spins that have changed since it was last asked for. Decisions and energies are those of the 30 bits, exactly.

use super::super::sampler::PairEnergy;
use super::super::sparse::Simd;
use super::matrix::Whole;
use super::rows::{Flip, RUN, Rest, Rows, most_neighbours, own_runs, prefetch, signed_sum, sums, wide};
#[cfg(target_arch = "x86_64")]
use super::x86;

/// The low part's units in one of the high part.
const PARTS: i64 = 1 << 16;

/// Four high parts with signs still fit into 16 bits.
const HIGHEST: i64 = 8191;

/// The largest coupling, in units.
pub(crate) const LARGEST: f64 = (HIGHEST * PARTS) as f64;

/// The fields of the low part stay within 32 bits up to this number of spins.
pub(crate) const MOST: usize = (1 << 16) - 1;

pub(crate) struct Halves {
    /// Whether there are vectors of 256 bits.
    wide: bool,
    sites: usize,
    stride: usize,
    unit: f64,
    most_neighbours: usize,
    high: Vec<i16>,
    low: Vec<i16>,
    own_runs: Vec<[i16; RUN]>,
    /// The bound of the low part of a field in units of the high part, rounded up.
    slack: Vec<f64>,
}

impl Halves {
    /// The couplings are at most [`LARGEST`] units and the spins at most [`MOST`].
    pub fn new(energy: &PairEnergy, unit: f64, simd: Simd) -> Halves {
        let stride = energy.sites.next_multiple_of(64);
        let sums = sums(energy, unit, stride);
        let high: Vec<i16> = sums.iter().map(|&c| ((c + PARTS / 2) >> 16) as i16).collect();
        let low: Vec<i16> = sums.iter().zip(&high).map(|(&c, &h)| (c - i64::from(h) * PARTS) as i16).collect();
        let bound = |row: &[i16]| row.iter().map(|&d| i64::from(d).abs()).sum::<i64>();
        // A little more, for what the threshold is rounded by.
        let slack = low.chunks(stride.max(1)).map(|row| bound(row) as f64 / PARTS as f64 + 0.01).collect();
        let most_neighbours = most_neighbours(&sums, stride);
        let own_runs = own_runs(&high, stride);
        Halves { wide: wide(simd), sites: energy.sites, stride, unit, most_neighbours, high, low, own_runs, slack }
    }

    #[inline(always)]
    fn row<'a>(&self, part: &'a [i16], i: usize) -> &'a [i16] {
        &part[i * self.stride..(i + 1) * self.stride]
    }

    /// Adds a flip to a run, given the part of its row.
    #[inline(always)]
    fn add_part(&self, flip: Flip, part: &[i16; RUN], run: &mut [i32; RUN]) {
        #[cfg(target_arch = "x86_64")]
        if self.wide {
            // SAFETY: the processor has AVX2, as `wide` says.
            return unsafe { x86::add_high_to_run(part, i16::from(flip.mask), run) };
        }
        for (x, &c) in run.iter_mut().zip(part) {
            *x += 2 * i32::from(c).signed(i32::from(flip.mask));
        }
    }

    /// Adds flips to the fields of the low part.
    fn add_low(&self, flips: &[Flip], fields: &mut [i32]) {
        for (k, four) in flips.chunks(4).enumerate() {
            flips.iter().skip(4 * k + 4).take(4).for_each(|flip| prefetch(self.row(&self.low, flip.site as usize)));
            #[cfg(target_arch = "x86_64")]
            if self.wide && four.len() == 4 {
                let rows: [&[i16]; 4] = std::array::from_fn(|f| self.row(&self.low, four[f].site as usize));
                // SAFETY: the processor has AVX2, as `wide` says.
                unsafe { x86::add_low(rows, std::array::from_fn(|f| i32::from(four[f].mask)), fields) };
                continue;
            }
            for flip in four {
                for (x, &d) in fields.iter_mut().zip(self.row(&self.low, flip.site as usize)) {
                    *x += 2 * i32::from(d).signed(i32::from(flip.mask));
                }
            }
        }
    }

    /// Adds N <= 4 flips: their sum fits into 16 bits, so that it is widened once.
    #[inline(always)]
    fn add_some<const N: usize>(&self, flips: &[Flip], fields: &mut [i32]) {
        let rows: [&[i16]; N] = std::array::from_fn(|f| self.row(&self.high, flips[f].site as usize));
        let masks: [i16; N] = std::array::from_fn(|f| i16::from(flips[f].mask));
        #[cfg(target_arch = "x86_64")]
        if self.wide {
            // SAFETY: the processor has AVX2, as `wide` says.
            return unsafe { x86::add_high(rows, masks, fields) };
        }
        let turned = -masks.iter().sum::<i16>();
        for (k, x) in fields.iter_mut().enumerate() {
            let mut sum = turned;
            for f in 0..N {
                sum = sum.wrapping_add(rows[f][k] ^ masks[f]);
            }
            *x += 2 * i32::from(sum);
        }
    }
}

impl Rows for Halves {
    type Field = i32;
    const SCALE: f64 = PARTS as f64;
    const OWN: i64 = 0;
    const EXACT: bool = false;
    const TOGETHER: usize = 8;

    fn sites(&self) -> usize {
        self.sites
    }

    fn stride(&self) -> usize {
        self.stride
    }

    fn unit(&self) -> f64 {
        self.unit
    }

    fn most_neighbours(&self) -> usize {
        self.most_neighbours
    }

    fn fields(&self, masks: &[i32]) -> Vec<i32> {
        let mut fields = vec![0; self.stride];
        // The index is that of a site, of which several arrays speak.
        #[allow(clippy::needless_range_loop)]
        for i in 0..self.sites {
            let s = masks[i] | 1;
            for (x, &c) in fields.iter_mut().zip(self.row(&self.high, i)) {
                *x += s * i32::from(c);
            }
        }
        fields
    }

    #[inline(always)]
    fn add_to_run(&self, flip: Flip, first: usize, run: &mut [i32; RUN]) {
        self.add_part(flip, &self.row(&self.high, flip.site as usize).as_chunks().0[first / RUN], run);
    }

    #[inline(always)]
    fn add_to_own_run(&self, flip: Flip, _: usize, run: &mut [i32; RUN]) {
        self.add_part(flip, &self.own_runs[flip.site as usize], run);
    }

    #[inline(always)]
    fn add(&self, flips: &[Flip], fields: &mut [i32]) {
        let (fours, rest) = flips.as_chunks::<4>();
        for four in fours {
            self.add_some::<4>(four, fields);
        }
        match rest.len() {
            3 => self.add_some::<3>(rest, fields),
            2 => self.add_some::<2>(rest, fields),
            1 => self.add_some::<1>(rest, fields),
            _ => {}
        }
    }

    #[inline(always)]
    fn prefetch(&self, site: usize) {
        prefetch(self.row(&self.high, site));
    }

    fn slack(&self, site: usize) -> f64 {
        self.slack[site]
    }

    #[inline(always)]
    fn exact(&self, site: usize, stored: i32, masks: &[i32]) -> i64 {
        #[cfg(target_arch = "x86_64")]
        if self.wide {
            // SAFETY: the processor has AVX2, as `wide` says.
            return i64::from(stored) * PARTS + i64::from(unsafe { x86::low_sum(self.row(&self.low, site), masks) });
        }
        let low: i32 = self.row(&self.low, site).iter().zip(masks).map(|(&d, &m)| i32::from(d).signed(m)).sum();
        i64::from(stored) * PARTS + i64::from(low)
    }

    fn bonds(&self, fields: &[i32], masks: &[i32], rest: &mut Rest) -> i128 {
        if rest.fields.is_empty() {
            // The fields of all spins up, from which any state is reached by its changes.
            rest.up = vec![true; self.sites];
            rest.fields = vec![0; self.stride];
            for i in 0..self.sites {
                rest.fields.iter_mut().zip(self.row(&self.low, i)).for_each(|(x, &d)| *x += i32::from(d));
            }
        }
        let mut flips = Vec::new();
        for (i, (before, &mask)) in rest.up.iter_mut().zip(masks).enumerate() {
            let up = mask == 0;
            if *before != up {
                *before = up;
                flips.push(Flip { site: i as u32, mask: if up { 0 } else { -1 } });
            }
        }
        self.add_low(&flips, &mut rest.fields);
        let n = self.sites;
        signed_sum(&fields[..n], &masks[..n], 0) * i128::from(PARTS) + signed_sum(&rest.fields[..n], &masks[..n], 0)
    }
}
