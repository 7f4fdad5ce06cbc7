//! A symmetric matrix of couplings in panels, and what flips make of the local fields.
//!
//! A panel holds the couplings of all sites with some neighbouring ones, so that the fields of these are brought up to date in one go,
//! from whatever has flipped in the meantime, and are written once. Owns the order of the additions: integers, so that any order gives
//! the same fields. Knows no temperature and no random number.

use super::super::sampler::PairEnergy;
use super::super::sparse::Simd;
use super::matrix::{Whole, Widen};
use crate::cache::fetch;

/// Sites whose levels are drawn and whose fields are looked at together.
pub(crate) const RUN: usize = 32;

/// Sites that have gone up, and sites that have gone down. A site may stand in both, in any order.
#[derive(Clone, Copy)]
pub(crate) struct Missed<'a> {
    pub up: &'a [u32],
    pub down: &'a [u32],
}

/// The sites of a run before any of them flips.
pub(crate) struct Run<F> {
    pub first: usize,
    /// Stored fields, up to date.
    pub fields: [F; RUN],
    /// Bit k where the spin is down.
    pub down: u32,
    /// -1 at negative temperature, where the field counts with the other sign, and 0 otherwise.
    pub inverted: F,
    /// Where a stored field times the spin is at most `surely`, the site flips; where it is at most `perhaps`, it may.
    pub surely: [F; RUN],
    pub perhaps: [F; RUN],
}

/// What the inner loop asks of a matrix.
///
/// A stored field times [`Rows::SCALE`] is Σ_j J_ij s_j in units of the couplings, less [`Rows::OWN`] s_i, up to `slack(i)` units of a
/// stored field. Vectors of fields are padded to whole panels; what stands there has no meaning.
pub(crate) trait Rows: Send + Sync + 'static {
    type Field: Whole;
    /// What a stored field is counted in.
    const SCALE: f64;
    /// What a stored field times the spin lacks.
    const OWN: i64;
    /// Whether fields are stored without loss.
    const EXACT: bool;
    /// Sites of a panel, some runs.
    const PANEL: usize;
    /// Whether the flips of each run are added to the whole panel before the next run of it; if not, [`Rows::add_to_run`] adds them where
    /// they are needed.
    const EAGER: bool;

    fn sites(&self) -> usize;
    /// The padded number of sites.
    fn stride(&self) -> usize;
    fn unit(&self) -> f64;
    /// The largest number of neighbours of a site, or any number above 2.
    fn most_neighbours(&self) -> usize;
    /// The stored fields of a state of masks, 0 for +1 and -1 for -1.
    fn fields(&self, masks: &[Self::Field]) -> Vec<Self::Field>;
    /// Adds flips to the fields of a panel.
    fn add(&self, missed: Missed, panel: usize, fields: &mut [Self::Field]);
    /// Adds flips to the fields of one run of a panel: fewer than 256 of them, all of the same panel.
    #[inline(always)]
    fn add_to_run(&self, missed: Missed, first: usize, fields: &mut [Self::Field; RUN]) {
        let _ = (missed, first, fields);
    }
    /// Starts bringing into the caches what [`Rows::decide`] reads.
    fn prefetch_own(&self, first: usize);
    /// The sites of a run that flip, one after the other, each seeing those before it. `exactly` is asked where a stored field does not
    /// decide: for the site, its stored field, and the sites that have flipped before it.
    fn decide(&self, run: &Run<Self::Field>, exactly: impl FnMut(usize, Self::Field, u32) -> bool) -> u32;
    /// How far the stored fields of a run may be from the fields, in units of a stored field; for padding, any number.
    fn slack(&self, first: usize) -> &[f64; RUN];
    /// The field of a site without loss, in units of the couplings, from its stored one.
    fn exact(&self, site: usize, stored: Self::Field, masks: &[Self::Field]) -> i64;
    /// Twice the sum of J s s' over the bonds, in units. `rest` belongs to one chain and is only read by this function.
    fn bonds(&self, fields: &[Self::Field], masks: &[Self::Field], rest: &mut Rest) -> i128;
}

/// What a chain keeps of the lost part of its fields: the state that the numbers belong to, and the numbers.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    pub up: Vec<bool>,
    pub fields: Vec<i32>,
}

/// Bit k is set where the flag is.
#[inline(always)]
pub(crate) fn gather(flags: [u8; RUN]) -> u32 {
    let mut bits = 0;
    for (g, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
        // Byte k is moved to bit 56 + k.
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= (gathered as u32) << (8 * g);
    }
    bits
}

/// [`Rows::decide`], with `add` for what a flip (the site of the run, and whether it goes up) does to the run's fields.
#[inline(always)]
pub(crate) fn decide<F: Whole>(
    run: &Run<F>,
    add: impl Fn(usize, bool, &mut [F; RUN]),
    mut exactly: impl FnMut(usize, F, u32) -> bool,
) -> u32 {
    let mut fields = run.fields;
    let inverted = run.inverted != F::default();
    // The spins that flip do not come again.
    let signs: [F; RUN] = std::array::from_fn(|k| F::narrow(-i64::from((run.down >> k & 1 != 0) != inverted)));
    let accepted = |fields: &[F; RUN]| {
        let mut flags = [0u8; RUN];
        for k in 0..RUN {
            flags[k] = u8::from(fields[k].signed(signs[k]) <= run.perhaps[k]);
        }
        gather(flags)
    };
    let mut flipped = 0;
    let mut bits = accepted(&fields);
    while bits != 0 {
        let k = bits.trailing_zeros() as usize;
        bits &= bits - 1;
        if fields[k].signed(signs[k]) > run.surely[k] && !exactly(k, fields[k], flipped) {
            continue;
        }
        flipped |= 1 << k;
        add(k, run.down >> k & 1 != 0, &mut fields);
        // What lies behind stays as it is.
        bits = accepted(&fields) & (!1 << k);
    }
    flipped
}

/// Whether the instructions asked for are wide ones and the processor has them.
pub(crate) fn wide(simd: Simd) -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        simd == Simd::Avx2 && std::arch::is_x86_feature_detected!("avx2")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = simd;
        false
    }
}

/// Σ s x, with `own` for each site.
pub(crate) fn signed_sum<F: Whole>(fields: &[F], masks: &[F], own: i64) -> i128 {
    let one = |(x, m): (&F, &F)| i128::from((m.wide() | 1) * x.wide() + own);
    fields.iter().zip(masks).map(one).sum()
}

/// The couplings in units, row after row, each bond rounded.
pub(crate) fn sums(energy: &PairEnergy, unit: f64, stride: usize) -> Vec<i64> {
    let mut sums = vec![0i64; energy.sites * stride];
    for &(i, j, c) in &energy.bonds {
        let whole = libm::round(c / unit) as i64;
        sums[i as usize * stride + j as usize] += whole;
        sums[j as usize * stride + i as usize] += whole;
    }
    sums
}

/// A matrix given by rows, in panels of `side` runs: `side` lines from line `(p * sites + i) * side` on are what site i has in common with
/// panel p.
pub(crate) fn lines<L>(matrix: &[i64], stride: usize, side: usize, line: impl Fn(&[i64; RUN]) -> L) -> Vec<L> {
    let panels = 0..stride / (side * RUN);
    let pieces = panels.flat_map(|p| matrix.chunks(stride).map(move |row| &row[p * side * RUN..(p + 1) * side * RUN]));
    pieces.flat_map(|piece| piece.as_chunks().0).map(line).collect()
}

/// The largest number of entries of a row that are not 0, or any number above 2.
pub(crate) fn most_neighbours(sums: &[i64], stride: usize) -> usize {
    sums.chunks(stride.max(1)).map(|row| row.iter().filter(|&&c| c != 0).take(3).count()).max().unwrap_or(0)
}

/// One integer a coupling, without loss.
pub(crate) struct Plain<C, F> {
    sites: usize,
    stride: usize,
    unit: f64,
    most_neighbours: usize,
    /// Twice the couplings, as [`lines`] orders them.
    twice: Vec<[C; RUN]>,
    field: std::marker::PhantomData<fn() -> F>,
}

impl<C: Widen<F>, F: Whole> Plain<C, F> {
    pub fn new(energy: &PairEnergy, unit: f64) -> Plain<C, F> {
        let stride = energy.sites.next_multiple_of(RUN);
        let sums = sums(energy, unit, stride);
        let most_neighbours = most_neighbours(&sums, stride);
        let twice = lines(&sums, stride, 1, |line| line.map(|x| C::narrow(2 * x)));
        Plain { sites: energy.sites, stride, unit, most_neighbours, twice, field: std::marker::PhantomData }
    }

    #[inline(always)]
    fn panel(&self, panel: usize) -> &[[C; RUN]] {
        &self.twice[panel * self.sites..(panel + 1) * self.sites]
    }
}

impl<C: Widen<F>, F: Whole> Rows for Plain<C, F> {
    type Field = F;
    const SCALE: f64 = 1.0;
    const OWN: i64 = 0;
    const EXACT: bool = true;
    const PANEL: usize = RUN;
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

    fn fields(&self, masks: &[F]) -> Vec<F> {
        let mut fields = Vec::with_capacity(self.stride);
        for panel in 0..self.stride / RUN {
            let mut sums = [0i64; RUN];
            for (line, mask) in self.panel(panel).iter().zip(masks) {
                sums.iter_mut().zip(line).for_each(|(sum, twice)| *sum += (mask.wide() | 1) * (twice.wide() / 2));
            }
            fields.extend(sums.map(F::narrow));
        }
        fields
    }

    #[inline(always)]
    fn add(&self, missed: Missed, panel: usize, fields: &mut [F]) {
        let Some(fields) = fields.first_chunk_mut::<RUN>() else { return };
        let (lines, mut sums) = (self.panel(panel), *fields);
        for (sites, mask) in [(missed.up, F::default()), (missed.down, F::narrow(-1))] {
            for &site in sites {
                sums.iter_mut().zip(&lines[site as usize]).for_each(|(x, c)| *x = x.plus(c.widen().signed(mask)));
            }
        }
        *fields = sums;
    }

    #[inline(always)]
    fn prefetch_own(&self, first: usize) {
        let lines = self.panel(first / RUN);
        fetch(&lines[first..self.sites.min(first + RUN)]);
    }

    #[inline(always)]
    fn decide(&self, run: &Run<F>, exactly: impl FnMut(usize, F, u32) -> bool) -> u32 {
        let own = &self.panel(run.first / RUN)[run.first..];
        let add = |k: usize, up: bool, fields: &mut [F; RUN]| {
            let mask = F::narrow(i64::from(up) - 1);
            fields.iter_mut().zip(&own[k]).for_each(|(x, c)| *x = x.plus(c.widen().signed(mask)));
        };
        decide(run, add, exactly)
    }

    fn slack(&self, _: usize) -> &[f64; RUN] {
        &[0.0; RUN]
    }

    fn exact(&self, _: usize, stored: F, _: &[F]) -> i64 {
        stored.wide()
    }

    fn bonds(&self, fields: &[F], masks: &[F], _: &mut Rest) -> i128 {
        signed_sum(&fields[..self.sites], &masks[..self.sites], 0)
    }
}
