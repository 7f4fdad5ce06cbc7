//! A quadratic energy of small whole patterns in integers: layouts, fields of a run of sites, flips.
//!
//! E = c Σ_μ (o_μ + u M_μ)² with whole M_μ: what the offsets o give is linear, so that the field of a site is κ Σ_μ x_i^μ M_μ and
//! never rounded. The fields of 32 sites are made at once; a flip changes those of its run by products of patterns made
//! beforehand. Knows no temperature and no random number.

use super::super::sparse::Simd;
use super::energy::{Form, OverlapEnergy};
use super::layer::{Kind, Layer};
use super::rows::Rows;

/// Sites whose fields are made at once.
pub(super) const RUN: usize = 32;

/// Overlaps below this are kept in one part of 16 bits, others in two.
const PART: i32 = 1 << 15;

pub(super) struct Whole {
    pub sites: usize,
    pub patterns: usize,
    /// Of a row of one site.
    stride: usize,
    /// Run after run: for two patterns after two patterns, two numbers of each site.
    by_run: Vec<i8>,
    by_site: Vec<i8>,
    /// Σ_μ x_i x_j of each site i and the sites j of its run.
    near: Vec<[i16; RUN]>,
    /// Σ_μ x_i², padded.
    pub own: Vec<f64>,
    /// 2 h / κ, padded.
    pub tilt: Vec<f64>,
    /// A flip of s_i raises the energy by κ (s_i A_i - Σ_μ x_i²) + 2 h_i s_i, A_i = Σ_μ x_i^μ M_μ.
    pub kappa: f64,
    wide: bool,
    constant: f64,
    fields: Vec<f64>,
    pub most_neighbours: usize,
}

/// What one chain keeps.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cells {
    /// 0 for +1 and -1 for -1, padded.
    pub masks: Vec<i32>,
    sums: Vec<i32>,
    /// The overlaps in parts of 16 bits: low, high.
    low: Vec<i16>,
    high: Vec<i16>,
}

impl Whole {
    /// The energy in integers; `None` where it is not of this form or they are too large.
    pub fn new(energy: &OverlapEnergy, layers: &[Layer], most_neighbours: usize) -> Option<Whole> {
        let [layer] = layers else { return None };
        let group = energy.groups.iter().find(|g| g.count() > 0)?;
        let (Kind::Quadratic(_), Form::Quadratic(c), Rows::Small(rows)) = (&layer.kind, &group.form, &layer.scaled.rows) else {
            return None;
        };
        let c = match c[..] {
            [first, ..] if first != 0.0 && c.iter().all(|x| *x == first) => first,
            _ => return None,
        };
        let (n, p, unit) = (energy.sites, layer.patterns, layer.scaled.unit);
        let most = rows.iter().map(|x| i64::from(x.unsigned_abs())).max().unwrap_or(0).max(1);
        let (p_most, n_most) = (p as i64 * most * most, n as i64 * most);
        let kappa = -4.0 * c * unit * unit;
        // Products within a run, overlaps in two parts, and fields must fit.
        let fits = p_most <= i64::from(i16::MAX) && n_most < 1 << 29 && p_most * n as i64 <= i64::from(i32::MAX) / 4;
        if !(fits && kappa.is_normal()) {
            return None;
        }
        let row = |i: usize| &rows[i * layer.scaled.stride..][..p];
        let (stride, pairs) = (p.next_multiple_of(16), p.div_ceil(2));
        let runs = n.div_ceil(RUN);
        let mut by_site = vec![0i8; n * stride];
        let mut by_run = vec![0i8; runs * pairs * 2 * RUN];
        for i in 0..n {
            by_site[i * stride..][..p].copy_from_slice(row(i));
            for (mu, &x) in row(i).iter().enumerate() {
                by_run[((i / RUN) * pairs + mu / 2) * 2 * RUN + 2 * (i % RUN) + mu % 2] = x;
            }
        }
        let product = |i: usize, j: usize| row(i).iter().zip(row(j)).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum::<i32>();
        let near = |i: usize| {
            std::array::from_fn(|k| {
                let j = i / RUN * RUN + k;
                if j < n { product(i, j) as i16 } else { 0 }
            })
        };
        let near: Vec<[i16; RUN]> = (0..n).map(near).collect();
        let mut own: Vec<f64> = (0..n).map(|i| f64::from(near[i][i % RUN])).collect();
        // (o + u M)² = o² + 2 o u M + u² M²
        let mut fields = energy.fields.clone();
        fields.resize(n, 0.0);
        let mut constant = energy.constant;
        for (mu, &o) in group.offsets.iter().enumerate().filter(|(_, o)| **o != 0.0) {
            constant += c * o * o;
            fields.iter_mut().enumerate().for_each(|(i, h)| *h -= 2.0 * c * o * unit * f64::from(row(i)[mu]));
        }
        let mut tilt: Vec<f64> = fields.iter().map(|h| (2.0 * h / kappa).clamp(-1e300, 1e300)).collect();
        own.resize(runs * RUN, 0.0);
        tilt.resize(runs * RUN, 0.0);
        let wide = n_most >= i64::from(PART);
        Some(Whole {
            sites: n,
            patterns: p,
            stride,
            by_run,
            by_site,
            near,
            own,
            tilt,
            kappa,
            wide,
            constant,
            fields,
            most_neighbours,
        })
    }

    pub fn start(&self, state: &[u8]) -> Cells {
        let mut masks: Vec<i32> = state.iter().map(|&p| if p == 0 { -1 } else { 0 }).collect();
        let mut sums = vec![0i32; self.stride];
        for (row, mask) in self.by_site.chunks_exact(self.stride).zip(&masks) {
            sums.iter_mut().zip(row).for_each(|(m, &x)| *m += (i32::from(x) ^ mask) - mask);
        }
        masks.resize(self.sites.next_multiple_of(RUN), 0);
        let mut cells = Cells { masks, sums, low: vec![0; self.stride], high: vec![0; self.stride] };
        self.follow(&mut cells);
        cells
    }

    /// The parts of the overlaps.
    #[inline(always)]
    fn follow(&self, cells: &mut Cells) {
        if self.wide {
            for ((low, high), m) in cells.low.iter_mut().zip(&mut cells.high).zip(&cells.sums) {
                *low = (m & (PART - 1)) as i16;
                *high = (m >> 15) as i16;
            }
        } else {
            cells.low.iter_mut().zip(&cells.sums).for_each(|(low, m)| *low = *m as i16);
        }
    }

    /// A_i of the sites of a run.
    #[inline(always)]
    pub fn run(&self, cells: &Cells, first: usize, simd: Simd) -> [i32; RUN] {
        let size = self.patterns.div_ceil(2) * 2 * RUN;
        let block = &self.by_run[first / RUN * size..][..size];
        let mut sums = products(block, &cells.low, simd);
        if self.wide {
            let high = products(block, &cells.high, simd);
            sums.iter_mut().zip(high).for_each(|(a, h)| *a += h * PART);
        }
        sums
    }

    /// What the energy rises by where a site turns over.
    #[inline(always)]
    pub fn rise(&self, cells: &Cells, site: usize, simd: Simd) -> f64 {
        let row = &self.by_site[site * self.stride..][..self.stride];
        let mut field = product(row, &cells.low, simd);
        if self.wide {
            field += product(row, &cells.high, simd) * PART;
        }
        let t = f64::from(cells.masks[site] | 1);
        self.kappa * (t * f64::from(field) - self.own[site]) + 2.0 * self.fields[site] * t
    }

    /// The spin of a site turns over; `run` are the fields of its run.
    #[inline(always)]
    pub fn flip_in_run(&self, cells: &mut Cells, site: usize, run: &mut [i32; RUN]) {
        let mask = !cells.masks[site];
        for (a, &k) in run.iter_mut().zip(&self.near[site]) {
            *a += 2 * ((i32::from(k) ^ mask) - mask);
        }
        self.flip(cells, site);
    }

    /// The spin of a site turns over.
    #[inline(always)]
    pub fn flip(&self, cells: &mut Cells, site: usize) {
        let mask = !cells.masks[site];
        let row = &self.by_site[site * self.stride..][..self.stride];
        for (m, &x) in cells.sums.iter_mut().zip(row) {
            *m += 2 * ((i32::from(x) ^ mask) - mask);
        }
        cells.masks[site] = mask;
        self.follow(cells);
    }

    pub fn energy(&self, cells: &Cells) -> f64 {
        let spin = |mask: i32| f64::from(mask | 1);
        let field: f64 = self.fields.iter().zip(&cells.masks).map(|(h, &m)| h * spin(m)).sum();
        let squares: f64 = cells.sums[..self.patterns].iter().map(|&m| f64::from(m) * f64::from(m)).sum();
        self.constant - 0.25 * self.kappa * squares - field
    }
}

/// Σ_μ x_k^μ m_μ of 32 sites.
#[inline(always)]
fn products(block: &[i8], m: &[i16], simd: Simd) -> [i32; RUN] {
    #[cfg(target_arch = "x86_64")]
    if simd == Simd::Avx2 && std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as has just been found.
        return unsafe { super::x86::products(block, m) };
    }
    let _ = simd;
    let mut sums = [0i32; RUN];
    for (two, m) in block.as_chunks::<{ 2 * RUN }>().0.iter().zip(m.as_chunks::<2>().0) {
        for k in 0..RUN {
            sums[k] += i32::from(two[2 * k]) * i32::from(m[0]) + i32::from(two[2 * k + 1]) * i32::from(m[1]);
        }
    }
    sums
}

/// Σ_μ x_μ m_μ of one site.
#[inline(always)]
fn product(row: &[i8], m: &[i16], simd: Simd) -> i32 {
    #[cfg(target_arch = "x86_64")]
    if simd == Simd::Avx2 && std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as has just been found.
        return unsafe { super::x86::product(row, m) };
    }
    let _ = simd;
    row.iter().zip(m).map(|(x, m)| i32::from(*x) * i32::from(*m)).sum()
}
