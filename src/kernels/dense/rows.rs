//! A symmetric matrix of couplings by rows, and what flips make of the local fields.
//!
//! Owns the order of the additions: integers, so that any order gives the same fields. Knows no temperature and no random number.

use super::super::sampler::PairEnergy;
use super::super::sparse::Simd;
use super::matrix::{Whole, Widen};

/// Sites whose levels are drawn and whose fields are looked at together.
pub(crate) const RUN: usize = 32;

/// A spin that has turned: its row is added to the fields twice where `mask` is 0 (it went up) and taken away twice where it is -1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flip {
    pub site: u32,
    pub mask: i8,
}

/// What the inner loop asks of a matrix.
///
/// A stored field times [`Rows::SCALE`] is Σ_j J_ij s_j in units of the couplings, less [`Rows::OWN`] s_i, up to `slack(i)` units of a
/// stored field. Vectors of fields are padded to whole runs; what stands there has no meaning.
pub(crate) trait Rows: Send + Sync + 'static {
    type Field: Whole;
    /// What a stored field is counted in.
    const SCALE: f64;
    /// What a stored field times the spin lacks.
    const OWN: i64;
    /// Whether fields are stored without loss.
    const EXACT: bool;
    /// Flips that are added together.
    const TOGETHER: usize;

    fn sites(&self) -> usize;
    /// The padded number of sites.
    fn stride(&self) -> usize;
    fn unit(&self) -> f64;
    /// The largest number of neighbours of a site, or any number above 2.
    fn most_neighbours(&self) -> usize;
    /// The stored fields of a state of masks, 0 for +1 and -1 for -1.
    fn fields(&self, masks: &[Self::Field]) -> Vec<Self::Field>;
    /// Adds a flip to the fields of the run that begins at `first`.
    fn add_to_run(&self, flip: Flip, first: usize, run: &mut [Self::Field; RUN]);
    /// The same for the run that the flip is in.
    #[inline(always)]
    fn add_to_own_run(&self, flip: Flip, first: usize, run: &mut [Self::Field; RUN]) {
        self.add_to_run(flip, first, run);
    }
    /// Adds at most [`Rows::TOGETHER`] flips to all fields.
    fn add(&self, flips: &[Flip], fields: &mut [Self::Field]);
    /// Starts bringing a row into the caches.
    fn prefetch(&self, site: usize);
    /// How far a stored field may be from the field, in units of a stored field.
    fn slack(&self, site: usize) -> f64;
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

/// Starts bringing the numbers into the cache.
#[inline(always)]
pub(crate) fn prefetch<T>(numbers: &[T]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        for k in (0..std::mem::size_of_val(numbers)).step_by(64) {
            // SAFETY: a prefetch has no effect on memory, whatever the address.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(numbers.as_ptr().cast::<i8>().wrapping_add(k)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = numbers;
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

/// The part of each row that belongs to the row's own run. The next attempts wait for it when a spin flips, and in
/// one piece it stays in a nearer cache than the matrix.
pub(crate) fn own_runs<C: Copy>(matrix: &[C], stride: usize) -> Vec<[C; RUN]> {
    matrix.chunks(stride.max(1)).enumerate().map(|(i, row)| row.as_chunks().0[i / RUN]).collect()
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
    twice: Vec<C>,
    own_runs: Vec<[C; RUN]>,
    field: std::marker::PhantomData<fn() -> F>,
}

impl<C: Widen<F>, F: Whole> Plain<C, F> {
    pub fn new(energy: &PairEnergy, unit: f64) -> Plain<C, F> {
        let stride = energy.sites.next_multiple_of(64);
        let sums = sums(energy, unit, stride);
        let most_neighbours = most_neighbours(&sums, stride);
        let twice: Vec<C> = sums.iter().map(|&x| C::narrow(2 * x)).collect();
        let own_runs = own_runs(&twice, stride);
        Plain { sites: energy.sites, stride, unit, most_neighbours, twice, own_runs, field: std::marker::PhantomData }
    }

    #[inline(always)]
    fn row(&self, i: usize) -> &[C] {
        &self.twice[i * self.stride..(i + 1) * self.stride]
    }

    #[inline(always)]
    fn add_some<const N: usize>(&self, flips: &[Flip], fields: &mut [F]) {
        let rows: [&[C]; N] = std::array::from_fn(|f| &self.row(flips[f].site as usize)[..fields.len()]);
        let masks: [F; N] = std::array::from_fn(|f| F::narrow(i64::from(flips[f].mask)));
        for (k, x) in fields.iter_mut().enumerate() {
            let mut sum = *x;
            for f in 0..N {
                sum = sum.plus(rows[f][k].widen().signed(masks[f]));
            }
            *x = sum;
        }
    }
}

impl<C: Widen<F>, F: Whole> Rows for Plain<C, F> {
    type Field = F;
    const SCALE: f64 = 1.0;
    const OWN: i64 = 0;
    const EXACT: bool = true;
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

    fn fields(&self, masks: &[F]) -> Vec<F> {
        let mut sums = vec![0i64; self.stride];
        // The index is that of a site, of which several arrays speak.
        #[allow(clippy::needless_range_loop)]
        for i in 0..self.sites {
            let s = masks[i].wide() | 1;
            for (sum, &twice) in sums.iter_mut().zip(self.row(i)) {
                *sum += s * (twice.wide() / 2);
            }
        }
        sums.into_iter().map(F::narrow).collect()
    }

    #[inline(always)]
    fn add_to_run(&self, flip: Flip, first: usize, run: &mut [F; RUN]) {
        let mask = F::narrow(i64::from(flip.mask));
        for (x, &c) in run.iter_mut().zip(&self.row(flip.site as usize)[first..first + RUN]) {
            *x = x.plus(c.widen().signed(mask));
        }
    }

    #[inline(always)]
    fn add_to_own_run(&self, flip: Flip, _: usize, run: &mut [F; RUN]) {
        let mask = F::narrow(i64::from(flip.mask));
        for (x, &c) in run.iter_mut().zip(&self.own_runs[flip.site as usize]) {
            *x = x.plus(c.widen().signed(mask));
        }
    }

    #[inline(always)]
    fn add(&self, flips: &[Flip], fields: &mut [F]) {
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
        prefetch(self.row(site));
    }

    fn slack(&self, _: usize) -> f64 {
        0.0
    }

    fn exact(&self, _: usize, stored: F, _: &[F]) -> i64 {
        stored.wide()
    }

    fn bonds(&self, fields: &[F], masks: &[F], _: &mut Rest) -> i128 {
        signed_sum(&fields[..self.sites], &masks[..self.sites], 0)
    }
}
