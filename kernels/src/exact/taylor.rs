//! Truncated Taylor series: a value with its first two derivatives in one variable, exact by the rules of differentiation.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// f, f' and f''.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Taylor {
    pub v: f64,
    pub d: f64,
    pub dd: f64,
}

impl Taylor {
    pub fn constant(v: f64) -> Taylor {
        Taylor { v, d: 0.0, dd: 0.0 }
    }

    /// The variable itself, times a factor.
    pub fn variable(x: f64, factor: f64) -> Taylor {
        Taylor { v: factor * x, d: factor, dd: 0.0 }
    }

    pub fn scale(self, c: f64) -> Taylor {
        Taylor { v: c * self.v, d: c * self.d, dd: c * self.dd }
    }

    /// g(f) from g, g' and g'' at f.
    fn chain(self, g: f64, dg: f64, ddg: f64) -> Taylor {
        Taylor { v: g, d: dg * self.d, dd: dg * self.dd + ddg * self.d * self.d }
    }

    pub fn exp(self) -> Taylor {
        let e = libm::exp(self.v);
        self.chain(e, e, e)
    }

    pub fn exp_m1(self) -> Taylor {
        let e = libm::exp(self.v);
        self.chain(libm::expm1(self.v), e, e)
    }

    pub fn ln(self) -> Taylor {
        self.chain(libm::log(self.v), 1.0 / self.v, -1.0 / (self.v * self.v))
    }

    pub fn ln_1p(self) -> Taylor {
        let inverse = 1.0 / (1.0 + self.v);
        self.chain(libm::log1p(self.v), inverse, -inverse * inverse)
    }

    pub fn sqrt(self) -> Taylor {
        let root = libm::sqrt(self.v);
        self.chain(root, 0.5 / root, -0.25 / (root * self.v))
    }

    /// A positive integer power by repeated squaring, so that zero bases keep their derivatives.
    pub fn power(self, mut n: u64) -> Taylor {
        let (mut base, mut out) = (self, Taylor::constant(1.0));
        while n > 0 {
            if n & 1 == 1 {
                out = out * base;
            }
            base = base * base;
            n >>= 1;
        }
        out
    }
}

impl Add for Taylor {
    type Output = Taylor;
    fn add(self, o: Taylor) -> Taylor {
        Taylor { v: self.v + o.v, d: self.d + o.d, dd: self.dd + o.dd }
    }
}

impl Sub for Taylor {
    type Output = Taylor;
    fn sub(self, o: Taylor) -> Taylor {
        self + -o
    }
}

impl Neg for Taylor {
    type Output = Taylor;
    fn neg(self) -> Taylor {
        self.scale(-1.0)
    }
}

impl Mul for Taylor {
    type Output = Taylor;
    fn mul(self, o: Taylor) -> Taylor {
        Taylor { v: self.v * o.v, d: self.d * o.v + self.v * o.d, dd: self.dd * o.v + 2.0 * self.d * o.d + self.v * o.dd }
    }
}

impl Div for Taylor {
    type Output = Taylor;
    fn div(self, o: Taylor) -> Taylor {
        let inverse = 1.0 / o.v;
        self * o.chain(inverse, -inverse * inverse, 2.0 * inverse * inverse * inverse)
    }
}
