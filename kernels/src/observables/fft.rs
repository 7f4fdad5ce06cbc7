//! Discrete Fourier transforms of any length: X(k) = Σ_x z(x) e^{-2πi k x / n}.
//!
//! Powers of two by Cooley and Tukey's algorithm, Math. Comput. 19, 297 (1965); other lengths by Bluestein's, IEEE Trans. Audio
//! Electroacoust. 18, 451 (1970), which makes a convolution of a power-of-two length of them. Relative errors grow like
//! log n times the rounding unit.

/// A transform of one length.
pub struct Fft {
    n: usize,
    kind: Kind,
}

enum Kind {
    Two(Radix),
    /// The convolution's transform, the chirp e^{-πi x²/n}, and the transform of its conjugate.
    Chirp {
        inner: Radix,
        chirp: Vec<(f64, f64)>,
        filter: (Vec<f64>, Vec<f64>),
    },
}

struct Radix {
    n: usize,
    /// e^{-2πi k/n} for k < n/2.
    roots: Vec<(f64, f64)>,
}

/// e^{-2πi p/q}
fn root(p: usize, q: usize) -> (f64, f64) {
    let angle = -2.0 * std::f64::consts::PI * (p % q) as f64 / q as f64;
    (libm::cos(angle), libm::sin(angle))
}

impl Radix {
    fn new(n: usize) -> Radix {
        Radix { n, roots: (0..n / 2).map(|k| root(k, n)).collect() }
    }

    fn run(&self, re: &mut [f64], im: &mut [f64]) {
        let n = self.n;
        let (re, im) = (&mut re[..n], &mut im[..n]);
        let bits = n.trailing_zeros();
        for i in 1..n {
            let j = i.reverse_bits() >> (usize::BITS - bits);
            if i < j {
                re.swap(i, j);
                im.swap(i, j);
            }
        }
        let mut half = 1;
        while half < n {
            let stride = n / (2 * half);
            for start in (0..n).step_by(2 * half) {
                let (lr, hr) = re[start..start + 2 * half].split_at_mut(half);
                let (li, hi) = im[start..start + 2 * half].split_at_mut(half);
                for k in 0..half {
                    let (c, s) = self.roots[k * stride];
                    let (x, y) = (hr[k] * c - hi[k] * s, hr[k] * s + hi[k] * c);
                    (hr[k], hi[k]) = (lr[k] - x, li[k] - y);
                    (lr[k], li[k]) = (lr[k] + x, li[k] + y);
                }
            }
            half *= 2;
        }
    }
}

impl Fft {
    /// A transform of `n` (at least 1) numbers.
    pub fn new(n: usize) -> Fft {
        if n.is_power_of_two() {
            return Fft { n, kind: Kind::Two(Radix::new(n)) };
        }
        let m = (2 * n - 1).next_power_of_two();
        let inner = Radix::new(m);
        // x² modulo 2n, so that the angle keeps its accuracy.
        let chirp: Vec<(f64, f64)> = (0..n).map(|x| root((x as u128 * x as u128 % (2 * n) as u128) as usize, 2 * n)).collect();
        let mut filter = (vec![0.0; m], vec![0.0; m]);
        for (x, &(c, s)) in chirp.iter().enumerate() {
            for at in [x, (m - x) % m] {
                (filter.0[at], filter.1[at]) = (c, -s);
            }
        }
        inner.run(&mut filter.0, &mut filter.1);
        Fft { n, kind: Kind::Chirp { inner, chirp, filter } }
    }

    pub fn len(&self) -> usize {
        self.n
    }

    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Transforms in place; `work` is memory. With `re` and `im` exchanged it is the inverse, times n.
    pub fn run(&self, re: &mut [f64], im: &mut [f64], work: &mut Vec<f64>) {
        match &self.kind {
            Kind::Two(radix) => radix.run(re, im),
            Kind::Chirp { inner, chirp, filter } => {
                let m = inner.n;
                work.clear();
                work.resize(2 * m, 0.0);
                let (a, b) = work.split_at_mut(m);
                for (x, &(c, s)) in chirp.iter().enumerate() {
                    (a[x], b[x]) = (re[x] * c - im[x] * s, re[x] * s + im[x] * c);
                }
                inner.run(a, b);
                for k in 0..m {
                    let (x, y) = (a[k] * filter.0[k] - b[k] * filter.1[k], a[k] * filter.1[k] + b[k] * filter.0[k]);
                    (a[k], b[k]) = (x, y);
                }
                // The inverse, by exchange of the parts.
                inner.run(b, a);
                let scale = 1.0 / m as f64;
                for (k, &(c, s)) in chirp.iter().enumerate() {
                    let (x, y) = (a[k] * scale, b[k] * scale);
                    (re[k], im[k]) = (x * c - y * s, x * s + y * c);
                }
            }
        }
    }
}

/// Transforms along every direction of a row-major array.
pub struct Grid {
    sizes: Vec<usize>,
    ffts: Vec<Fft>,
}

impl Grid {
    pub fn new(sizes: &[usize]) -> Grid {
        Grid { sizes: sizes.to_vec(), ffts: sizes.iter().map(|&n| Fft::new(n)).collect() }
    }

    pub fn cells(&self) -> usize {
        self.sizes.iter().product()
    }

    /// Transforms in place, as [`Fft::run`].
    pub fn run(&self, re: &mut [f64], im: &mut [f64], line: &mut Vec<f64>, work: &mut Vec<f64>) {
        let cells = self.cells();
        let mut stride = cells;
        for (fft, &n) in self.ffts.iter().zip(&self.sizes) {
            stride /= n;
            if stride == 1 {
                for (re, im) in re[..cells].chunks_exact_mut(n).zip(im[..cells].chunks_exact_mut(n)) {
                    fft.run(re, im, work);
                }
                continue;
            }
            line.clear();
            line.resize(2 * n, 0.0);
            let (a, b) = line.split_at_mut(n);
            for block in (0..cells).step_by(n * stride) {
                for first in block..block + stride {
                    for x in 0..n {
                        (a[x], b[x]) = (re[first + x * stride], im[first + x * stride]);
                    }
                    fft.run(a, b, work);
                    for x in 0..n {
                        (re[first + x * stride], im[first + x * stride]) = (a[x], b[x]);
                    }
                }
            }
        }
    }
}
