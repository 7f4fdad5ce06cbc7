//! Weights packed once for all the chunks that they meet.

use super::super::graph::Op;
use super::super::real::Real;
use super::conv::{Correlation, Winograd, correlate, pack, winograd};
use super::lanes::Lanes;
use super::products::{pack_linear, packed_len, rows};
use super::{Arg, Scratch, Simd, sparse};

#[derive(Clone, Debug)]
enum Form {
    /// [k, n], or [n, k] if transposed.
    Linear {
        shape: [usize; 2],
        transposed: bool,
    },
    Correlation(Box<Correlation>),
    Winograd(Box<Winograd>),
}

impl Form {
    fn new<T: Real>(op: &Op, shape: &[usize]) -> Option<Form> {
        let lanes = <T::Plain as Lanes>::WIDTH;
        match op {
            Op::Linear { transposed } => Some(Form::Linear { shape: [shape[0], shape[1]], transposed: *transposed }),
            Op::Conv(c) => Some(match Winograd::forward(c, lanes) {
                Some(w) => Form::Winograd(Box::new(w)),
                None => Form::Correlation(Box::new(Correlation::forward(c, lanes))),
            }),
            Op::ConvBack(c) => Some(match Winograd::back(c, lanes) {
                Some(w) => Form::Winograd(Box::new(w)),
                None => Form::Correlation(Box::new(Correlation::back(c, lanes))),
            }),
            _ => None,
        }
    }

    fn pack<T: Real>(&self, simd: Simd, weights: &[T], packed: &mut Lines<T>, shared: bool) {
        let len = match self {
            Form::Linear { shape: [a, b], transposed: false } => packed_len::<T>(*a, *b),
            Form::Linear { shape: [a, b], transposed: true } => packed_len::<T>(*b, *a),
            Form::Correlation(c) => c.packed_len(),
            Form::Winograd(w) => w.packed_len(),
        };
        let packed = packed.room(len);
        match self {
            Form::Linear { shape, transposed } => pack_linear(simd, weights, shape, *transposed, packed, shared),
            Form::Correlation(c) => pack(c, weights, packed),
            Form::Winograd(w) => w.pack(weights, packed),
        }
    }

    fn run<T: Real>(&self, simd: Simd, x: &[T], packed: &[T], n: usize, s: &mut Scratch<T>, out: &mut [T]) {
        match self {
            Form::Linear { shape: [a, b], transposed } => {
                let (k, across) = if *transposed { (*b, *a) } else { (*a, *b) };
                let m = out.len().checked_div(across).unwrap_or(0);
                if !sparse::rows(simd, x, [m, k, across], packed, out, s) {
                    rows(simd, x, m, k, across, packed, out);
                }
            }
            Form::Correlation(c) => correlate(simd, c, x, packed, n, &mut s.first, out),
            Form::Winograd(w) => winograd(simd, w, x, packed, n, &mut s.first, out),
        }
    }
}

/// Memory that begins with a line of the cache: registers read from it never lie in two lines.
#[derive(Clone, Debug, Default)]
pub struct Lines<T>(Vec<Line<T>>);

/// Numbers of a line, or of two.
const LINE: usize = 16;

#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line<T>([T; LINE]);

impl<T> Lines<T> {
    /// Nothing yet.
    pub fn new() -> Lines<T> {
        Lines(Vec::new())
    }
}

impl<T: Real> Lines<T> {
    /// So many numbers, for writing: the beginning of what is held, which may be longer.
    fn room(&mut self, len: usize) -> &mut [T] {
        let lines = len.div_ceil(LINE);
        if self.0.len() < lines {
            self.0.resize(lines, Line([T::ZERO; LINE]));
        }
        // SAFETY: a line is nothing but its numbers, for their sizes are multiples of 64 bytes.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), len) }
    }

    fn all(&self) -> &[T] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() * LINE) }
    }
}

/// An operation with its weights.
#[derive(Clone, Debug)]
pub struct Prepared<T> {
    form: Form,
    packed: Lines<T>,
}

impl<T: Real> Prepared<T> {
    /// For [`Op::Linear`], [`Op::Conv`] and [`Op::ConvBack`], from the values and the shape of their second argument.
    pub fn new(op: &Op, weights: &[T], shape: &[usize]) -> Option<Prepared<T>> {
        let mut prepared = Prepared { form: Form::new::<T>(op, shape)?, packed: Lines::new() };
        prepared.renew(weights);
        Some(prepared)
    }

    /// Other weights of the same shape. Large ones are packed on the current pool of threads.
    pub fn renew(&mut self, weights: &[T]) {
        self.form.pack(Simd::detect(), weights, &mut self.packed, true);
    }

    /// The operation on `n` examples, of which `x` has all values: the bits that [`super::evaluate`] gives, whatever the chunk.
    pub fn run(&self, x: &[T], n: usize, out: &mut [T], scratch: &mut Scratch<T>) {
        self.form.run(Simd::detect(), x, self.packed.all(), n, scratch, out);
    }
}

/// The same for weights that are used once.
pub(super) fn once<T: Real>(
    simd: Simd,
    op: &Op,
    x: &Arg<T>,
    weights: &Arg<T>,
    n: usize,
    out: &mut [T],
    scratch: &mut Scratch<T>,
) {
    let Some(form) = Form::new::<T>(op, weights.shape) else { return };
    let n = if x.batched { n } else { 1 };
    let mut packed = std::mem::take(&mut scratch.packed);
    form.pack(simd, weights.values, &mut packed, false);
    form.run(simd, x.values, packed.all(), n, scratch, out);
    scratch.packed = packed;
}
