//! Couplings of 29 bits as a high and a low part of 16 bits.
//!
//! The inner loop reads the high part alone: half the memory that goes through the caches with every flip. What the low part can do
//! to a field is bounded by the sum of its moduli over the row, and a uniform number lies so near the threshold about once in some
//! hundred attempts; only then is the low part of the row added up. The energy needs the low part of all fields, and gets it by the
//! rows of the spins that have changed since it was last asked for. Decisions and energies are those of the 29 bits, exactly.

use super::super::sampler::PairEnergy;
use super::super::sparse::Simd;
use super::matrix::Whole;
use super::rows::{self, Missed, RUN, Rest, Rows, Run, lines, most_neighbours, signed_sum, sums, wide};
#[cfg(target_arch = "x86_64")]
use super::x86;
use crate::cache::fetch;

/// Runs of a panel: what a flip adds to it is one piece of memory, long enough for the processor to fetch it at the full rate.
pub(super) const SIDE: usize = 16;

/// The low part's units in one of the high part.
const PARTS: i64 = 1 << 16;

/// Eight high parts still fit into 16 bits.
const HIGHEST: i64 = 4095;

/// The largest coupling, in units.
pub(crate) const LARGEST: f64 = (HIGHEST * PARTS) as f64;

/// The fields of the low part stay within 32 bits up to this number of spins.
pub(crate) const MOST: usize = (1 << 16) - 1;

/// High parts of couplings with the sites of a run, in a cache line of their own and in the order of [`place`].
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Line(pub [i16; RUN]);

/// Where the site of a run stands: eight sites alternate with the next eight, so that a product by pairs (one of each pair with 0)
/// widens eight sites in their order.
const fn place(k: usize) -> usize {
    k / 16 * 16 + 2 * (k % 8) + k / 8 % 2
}

impl Line {
    fn of(couplings: &[i64; RUN]) -> Line {
        let mut line = Line([0; RUN]);
        couplings.iter().enumerate().for_each(|(k, &c)| line.0[place(k)] = ((c + PARTS / 2) >> 16) as i16);
        line
    }

    /// Adds `factor` times the line.
    #[inline(always)]
    fn add(&self, factor: i32, fields: &mut [i32; RUN]) {
        for (k, x) in fields.iter_mut().enumerate() {
            *x += factor * i32::from(self.0[place(k)]);
        }
    }
}

pub(crate) struct Halves {
    /// Whether there are vectors of 256 bits.
    wide: bool,
    sites: usize,
    stride: usize,
    unit: f64,
    most_neighbours: usize,
    /// The high parts, as [`lines`] orders them.
    high: Vec<Line>,
    /// Of each site's high parts the line of its own run. The next attempts wait for it when a spin flips, and in one piece it stays
    /// in a nearer cache than the matrix.
    own: Vec<Line>,
    /// The low parts by rows.
    low: Vec<i16>,
    /// The bound of the low part of a field in units of the high part, rounded up; run by run.
    slack: Vec<[f64; RUN]>,
}

impl Halves {
    /// The couplings are at most [`LARGEST`] units and the spins at most [`MOST`].
    pub fn new(energy: &PairEnergy, unit: f64, simd: Simd) -> Halves {
        let stride = energy.sites.next_multiple_of(Self::PANEL);
        let sums = sums(energy, unit, stride);
        let low: Vec<i16> = sums.iter().map(|&c| (c - ((c + PARTS / 2) >> 16) * PARTS) as i16).collect();
        let bound = |row: &[i16]| row.iter().map(|&d| i64::from(d).abs()).sum::<i64>();
        // A little more, for what the threshold is rounded by.
        let mut slack: Vec<f64> = low.chunks(stride.max(1)).map(|row| bound(row) as f64 / PARTS as f64 + 0.01).collect();
        slack.resize(stride, 0.0);
        let slack = slack.as_chunks().0.to_vec();
        let most_neighbours = most_neighbours(&sums, stride);
        let own = sums.chunks(stride.max(1)).enumerate().map(|(i, row)| Line::of(&row.as_chunks().0[i / RUN])).collect();
        let high = lines(&sums, stride, SIDE, Line::of);
        Halves { wide: wide(simd), sites: energy.sites, stride, unit, most_neighbours, high, own, low, slack }
    }

    /// What each site has in common with a panel.
    #[inline(always)]
    fn panel(&self, panel: usize) -> &[[Line; SIDE]] {
        &self.high.as_chunks().0[panel * self.sites..(panel + 1) * self.sites]
    }

    #[inline(always)]
    fn row(&self, i: usize) -> &[i16] {
        &self.low[i * self.stride..(i + 1) * self.stride]
    }

    /// Adds flips, given by sites and factors of 2 or -2, to the fields of the low part.
    fn add_low(&self, flips: &[(usize, i32)], fields: &mut [i32]) {
        for (k, four) in flips.chunks(4).enumerate() {
            flips.iter().skip(4 * k + 4).take(4).for_each(|flip| fetch(self.row(flip.0)));
            #[cfg(target_arch = "x86_64")]
            if self.wide && four.len() == 4 {
                let rows: [&[i16]; 4] = std::array::from_fn(|f| self.row(four[f].0));
                // SAFETY: the processor has AVX2, as `wide` says.
                unsafe { x86::add_low(rows, std::array::from_fn(|f| four[f].1 >> 31), fields) };
                continue;
            }
            for &(site, factor) in four {
                for (x, &d) in fields.iter_mut().zip(self.row(site)) {
                    *x += factor * i32::from(d);
                }
            }
        }
    }
}

impl Rows for Halves {
    type Field = i32;
    const SCALE: f64 = PARTS as f64;
    const OWN: i64 = 0;
    const EXACT: bool = false;
    const PANEL: usize = SIDE * RUN;
    const EAGER: bool = true;

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
        for (panel, fields) in fields.chunks_mut(Self::PANEL).enumerate() {
            for (piece, mask) in self.panel(panel).iter().zip(masks) {
                fields.as_chunks_mut().0.iter_mut().zip(piece).for_each(|(fields, line)| line.add(mask | 1, fields));
            }
        }
        fields
    }

    #[inline(always)]
    fn add(&self, missed: Missed, panel: usize, fields: &mut [i32]) {
        let pieces = self.panel(panel);
        let fields = fields.as_chunks_mut::<RUN>().0;
        for (sites, factor) in [(missed.up, 2), (missed.down, -2)] {
            #[cfg(target_arch = "x86_64")]
            if self.wide {
                // SAFETY: the processor has AVX2, as `wide` says.
                unsafe { x86::add_pieces(pieces, sites, factor, fields) };
                continue;
            }
            for &site in sites {
                fields.iter_mut().zip(&pieces[site as usize]).for_each(|(fields, line)| line.add(factor, fields));
            }
        }
    }

    #[inline(always)]
    fn prefetch_own(&self, first: usize) {
        fetch(&self.own[first..self.sites.min(first + RUN)]);
    }

    #[inline(always)]
    fn decide(&self, run: &Run<i32>, exactly: impl FnMut(usize, i32, u32) -> bool) -> u32 {
        let own = &self.own[run.first..];
        #[cfg(target_arch = "x86_64")]
        if self.wide {
            let pieces = &self.panel(run.first / Self::PANEL)[run.first..];
            // SAFETY: the processor has AVX2, as `wide` says.
            return unsafe { x86::decide(own, run, |k| fetch(self.row(run.first + k)), |k| fetch(&pieces[k]), exactly) };
        }
        rows::decide(run, |k, up, fields| own[k].add(if up { 2 } else { -2 }, fields), exactly)
    }

    #[inline(always)]
    fn slack(&self, first: usize) -> &[f64; RUN] {
        &self.slack[first / RUN]
    }

    #[inline(always)]
    fn exact(&self, site: usize, stored: i32, masks: &[i32]) -> i64 {
        #[cfg(target_arch = "x86_64")]
        if self.wide {
            // SAFETY: the processor has AVX2, as `wide` says.
            return i64::from(stored) * PARTS + i64::from(unsafe { x86::low_sum(self.row(site), masks) });
        }
        let low: i32 = self.row(site).iter().zip(masks).map(|(&d, &m)| i32::from(d).signed(m)).sum();
        i64::from(stored) * PARTS + i64::from(low)
    }

    fn bonds(&self, fields: &[i32], masks: &[i32], rest: &mut Rest) -> i128 {
        if rest.fields.is_empty() {
            // The fields of all spins up, from which any state is reached by its changes.
            rest.up = vec![true; self.sites];
            rest.fields = vec![0; self.stride];
            for i in 0..self.sites {
                rest.fields.iter_mut().zip(self.row(i)).for_each(|(x, &d)| *x += i32::from(d));
            }
        }
        let mut flips = Vec::new();
        for (i, (before, &mask)) in rest.up.iter_mut().zip(masks).enumerate() {
            let up = mask == 0;
            if *before != up {
                *before = up;
                flips.push((i, if up { 2 } else { -2 }));
            }
        }
        self.add_low(&flips, &mut rest.fields);
        let n = self.sites;
        signed_sum(&fields[..n], &masks[..n], 0) * i128::from(PARTS) + signed_sum(&rest.fields[..n], &masks[..n], 0)
    }
}
