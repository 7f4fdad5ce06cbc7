//! The numbers of the patterns site by site, in the smallest type that holds them.
//!
//! Knows no function and no state.

use super::super::sparse::lanes::common_unit;

/// Numbers that are summed side by side: the shape of every sum over patterns, on any machine.
pub(super) const SIDE: usize = 8;

/// The largest whole number of units that patterns are read as.
const LARGEST: f64 = 1_048_576.0;

/// A row a site, padded with zeros to a multiple of [`SIDE`].
pub(super) enum Rows {
    Small(Vec<i8>),
    Single(Vec<f32>),
    Double(Vec<f64>),
}

/// What the patterns of a group are in.
pub(super) struct Scaled {
    pub rows: Rows,
    pub stride: usize,
    /// The numbers are multiples of this, or 1.
    pub unit: f64,
    /// Whether they are whole multiples, so that sums are exact.
    pub whole: bool,
}

/// Patterns given pattern after pattern.
pub(super) fn scaled(numbers: &[f64], patterns: usize, sites: usize) -> Scaled {
    let stride = patterns.next_multiple_of(SIDE).max(SIDE);
    let unit = common_unit(numbers.iter().copied(), LARGEST);
    let by = unit.unwrap_or(1.0);
    let number = |x: f64| if unit.is_some() { libm::round(x / by) } else { x };
    let most = numbers.iter().map(|x| number(*x).abs()).fold(0.0, f64::max);
    let exact = numbers.iter().all(|x| f64::from(number(*x) as f32) == number(*x));
    let place = |mut put: Box<dyn FnMut(usize, f64) + '_>| {
        for (mu, pattern) in numbers.chunks_exact(sites.max(1)).enumerate() {
            pattern.iter().enumerate().for_each(|(i, x)| put(i * stride + mu, number(*x)));
        }
    };
    let size = sites * stride;
    let rows = if unit.is_some() && most <= 127.0 {
        let mut v = vec![0i8; size];
        place(Box::new(|k, x| v[k] = x as i8));
        Rows::Small(v)
    } else if exact {
        let mut v = vec![0f32; size];
        place(Box::new(|k, x| v[k] = x as f32));
        Rows::Single(v)
    } else {
        let mut v = vec![0f64; size];
        place(Box::new(|k, x| v[k] = x));
        Rows::Double(v)
    };
    let whole = unit.is_some() && most * (sites as f64) < 4.5e15;
    Scaled { rows, stride, unit: by, whole }
}

/// Eight sums become one, in a fixed shape.
#[inline(always)]
pub(super) fn together(s: [f64; SIDE]) -> f64 {
    ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

#[inline(always)]
fn dot<T: Copy + Into<f64>>(row: &[T], w: &[f64]) -> f64 {
    let mut sums = [0.0; SIDE];
    for (x, w) in row.as_chunks::<SIDE>().0.iter().zip(w.as_chunks::<SIDE>().0) {
        for k in 0..SIDE {
            sums[k] += x[k].into() * w[k];
        }
    }
    together(sums)
}

#[inline(always)]
fn add<T: Copy + Into<f64>>(row: &[T], factor: f64, to: &mut [f64]) {
    for (x, y) in row.iter().zip(to) {
        *y += factor * (*x).into();
    }
}

impl Scaled {
    /// Σ_μ x_i^μ w_μ
    #[inline(always)]
    pub fn dot(&self, site: usize, w: &[f64]) -> f64 {
        let at = site * self.stride..(site + 1) * self.stride;
        match &self.rows {
            Rows::Small(v) => dot(&v[at], w),
            Rows::Single(v) => dot(&v[at], w),
            Rows::Double(v) => dot(&v[at], w),
        }
    }

    /// y_μ += factor x_i^μ
    #[inline(always)]
    pub fn add(&self, site: usize, factor: f64, to: &mut [f64]) {
        let at = site * self.stride..(site + 1) * self.stride;
        match &self.rows {
            Rows::Small(v) => add(&v[at], factor, to),
            Rows::Single(v) => add(&v[at], factor, to),
            Rows::Double(v) => add(&v[at], factor, to),
        }
    }

    /// The numbers of eight patterns at a site.
    #[inline(always)]
    pub fn eight(&self, site: usize, first: usize) -> [f64; SIDE] {
        let at = site * self.stride + first;
        match &self.rows {
            Rows::Small(v) => std::array::from_fn(|k| f64::from(v[at + k])),
            Rows::Single(v) => std::array::from_fn(|k| f64::from(v[at + k])),
            Rows::Double(v) => std::array::from_fn(|k| v[at + k]),
        }
    }
}
