//! First to third derivatives of elementary functions, and what they are at kinks and ends.

use super::super::super::graph::{Binary, Unary};
use super::super::{gradient, jvp};
use super::bench::{Bench, near};

/// Every smooth or piecewise smooth function, with intervals inside of its domain.
const ALL: [(Unary, f64, f64); 36] = [
    (Unary::Neg, -2.0, 2.0),
    (Unary::Not, 0.5, 2.0),
    (Unary::Abs, -2.0, 2.0),
    (Unary::Sign, -2.0, 2.0),
    (Unary::Recip, 0.5, 2.0),
    (Unary::Square, -2.0, 2.0),
    (Unary::Sqrt, 0.5, 2.0),
    (Unary::Cbrt, 0.5, 2.0),
    (Unary::Exp, -2.0, 2.0),
    (Unary::Expm1, -2.0, 2.0),
    (Unary::Ln, 0.5, 2.0),
    (Unary::Log2, 0.5, 2.0),
    (Unary::Log10, 0.5, 2.0),
    (Unary::Log1p, -0.5, 2.0),
    (Unary::Sin, -2.0, 2.0),
    (Unary::Cos, -2.0, 2.0),
    (Unary::Tan, -1.0, 1.0),
    (Unary::Asin, -0.8, 0.8),
    (Unary::Acos, -0.8, 0.8),
    (Unary::Atan, -2.0, 2.0),
    (Unary::Sinh, -2.0, 2.0),
    (Unary::Cosh, -2.0, 2.0),
    (Unary::Tanh, -2.0, 2.0),
    (Unary::Asinh, -2.0, 2.0),
    (Unary::Acosh, 1.5, 2.0),
    (Unary::Atanh, -0.8, 0.8),
    (Unary::Erf, -2.0, 2.0),
    (Unary::Erfc, -2.0, 2.0),
    (Unary::Gamma, 1.5, 3.0),
    (Unary::LnGamma, 0.7, 3.0),
    (Unary::Digamma, 0.7, 3.0),
    (Unary::Trigamma, -1.8, -1.2),
    (Unary::Relu, -2.0, 2.0),
    (Unary::Step, -2.0, 2.0),
    (Unary::Sigmoid, -2.0, 2.0),
    (Unary::Softplus, -2.0, 2.0),
];

#[test]
fn functions_and_their_derivatives_agree_with_differences() {
    for (k, (f, low, high)) in ALL.into_iter().enumerate() {
        for batched in [false, true] {
            let mut b = Bench::new(3, k as u64);
            let x = b.leaf(&[2, 3], batched, low, high);
            let mut y = b.g.unary(f, x);
            for order in 0..3 {
                b.check(y, &[x], &format!("{f:?}, derivative {order}"));
                y = gradient(&mut b.g, y, &[x])[0];
            }
        }
    }
}

#[test]
fn rounding_has_no_derivative() {
    let mut b = Bench::new(1, 5);
    let x = b.leaf(&[4], false, 0.1, 0.4);
    for f in [Unary::Floor, Unary::Ceil, Unary::Round] {
        let y = b.g.unary(f, x);
        let t = b.like(x);
        assert_eq!(jvp(&mut b.g, &[y], &[(x, t)]), [None]);
    }
}

#[test]
fn third_derivatives_of_gamma_have_known_values() {
    // ψ''(1) = -2 ζ(3), ψ''(1/2) = -14 ζ(3); ψ''(x + 1) = ψ''(x) + 2 / x³.
    const ZETA_3: f64 = 1.202_056_903_159_594_3;
    let mut b = Bench::new(1, 0);
    let x = b.place(&[4], false, vec![1.0, 0.5, -0.3, 0.7]);
    let y = b.g.unary(Unary::Trigamma, x);
    let slope = gradient(&mut b.g, y, &[x])[0];
    let d = b.one(slope);
    near(&d[..2], &[-2.0 * ZETA_3, -14.0 * ZETA_3], 1e-12, "ψ''");
    near(&d[3..], &[d[2] - 2.0 / 0.027], 1e-12, "recurrence");
}

#[test]
fn powers_and_angles() {
    let pairs = [
        (Binary::Add, -1.0),
        (Binary::Sub, -1.0),
        (Binary::Mul, -1.0),
        (Binary::Div, 0.5),
        (Binary::Pow, 0.5),
        (Binary::Mod, 0.5),
        (Binary::Atan2, -1.0),
        (Binary::Min, -1.0),
        (Binary::Max, -1.0),
        (Binary::Less, -1.0),
    ];
    for (k, (f, low)) in pairs.into_iter().enumerate() {
        for (first, second) in [(false, false), (true, true), (true, false), (false, true)] {
            let mut b = Bench::new(3, 100 + k as u64);
            let x = b.leaf(&[2, 3], first, low, 2.0);
            let y = b.leaf(&[2, 3], second, low, 2.0);
            let z = b.g.binary(f, x, y);
            b.check(z, &[x, y], &format!("{f:?}"));
            b.check(z, &[y], &format!("{f:?} by the second"));
            let by = gradient(&mut b.g, z, &[x, y]);
            by.iter().for_each(|z| b.check(*z, &[x, y], &format!("{f:?}, second derivative")));
        }
    }
    for c in [-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 7.0] {
        let mut b = Bench::new(2, 3);
        let (low, high) = if c == libm::floor(c) { (-2.0, -0.5) } else { (0.5, 2.0) };
        let x = b.leaf(&[3], true, low, high);
        let exponent = b.g.constant(c, &[3]);
        let mut y = b.g.binary(Binary::Pow, x, exponent);
        for order in 0..3 {
            b.check(y, &[x], &format!("x^{c}, derivative {order}"));
            y = gradient(&mut b.g, y, &[x])[0];
        }
    }
}

/// The value and its first two derivatives at a point are these.
fn jet(f: impl Fn(&mut Bench, super::super::Id) -> super::super::Id, x: f64, expected: [f64; 3]) {
    let mut b = Bench::new(1, 0);
    let x = b.place(&[], false, vec![x]);
    let y = f(&mut b, x);
    let first = gradient(&mut b.g, y, &[x])[0];
    let second = gradient(&mut b.g, first, &[x])[0];
    let out = b.eval(&[y, first, second]);
    assert_eq!([out[0][0], out[1][0], out[2][0]], expected);
}

#[test]
fn kinks_and_ends_have_finite_derivatives() {
    let of = |f: Unary| move |b: &mut Bench, x| b.g.unary(f, x);
    let power = |c: f64| {
        move |b: &mut Bench, x| {
            let c = b.g.constant(c, &[]);
            b.g.binary(Binary::Pow, x, c)
        }
    };
    for f in [Unary::Abs, Unary::Relu, Unary::Sqrt, Unary::Cbrt] {
        jet(of(f), 0.0, [0.0; 3]);
    }
    jet(of(Unary::Acosh), 1.0, [0.0; 3]);
    jet(of(Unary::Asin), 1.0, [std::f64::consts::FRAC_PI_2, 0.0, 0.0]);
    jet(power(0.5), 0.0, [0.0; 3]);
    jet(power(1.5), 0.0, [0.0; 3]);
    jet(power(2.0), 0.0, [0.0, 0.0, 2.0]);
    jet(power(1.0), 0.0, [0.0, 1.0, 0.0]);
    jet(power(3.0), -2.0, [-8.0, 12.0, -12.0]);
    jet(power(5.0), 0.0, [0.0; 3]);
    // |x|, as the root of a square.
    let root = |b: &mut Bench, x| {
        let z = b.g.unary(Unary::Square, x);
        b.g.unary(Unary::Sqrt, z)
    };
    jet(root, 0.0, [0.0; 3]);
    // The second of equal ones.
    let larger = |b: &mut Bench, x| {
        let zero = b.g.constant(0.0, &[]);
        b.g.binary(Binary::Max, x, zero)
    };
    jet(larger, 0.0, [0.0; 3]);
    let smaller = |b: &mut Bench, x| {
        let double = b.g.binary(Binary::Add, x, x);
        b.g.binary(Binary::Min, double, x)
    };
    jet(smaller, 0.0, [0.0, 1.0, 0.0]);
    // A branch that is not taken does no harm, whatever its slope.
    let guarded = |f: Unary| {
        move |b: &mut Bench, x| {
            let y = b.g.unary(f, x);
            let y = b.g.binary(Binary::Mul, y, x);
            let y = b.g.unary(Unary::Neg, y);
            let square = b.g.unary(Unary::Square, x);
            let zero = b.g.constant(0.0, &[]);
            let positive = b.g.binary(Binary::Less, zero, x);
            b.g.select(positive, y, square)
        }
    };
    for f in [Unary::Ln, Unary::Recip, Unary::Sqrt, Unary::Acosh, Unary::LnGamma] {
        jet(guarded(f), 0.0, [0.0, 0.0, 2.0]);
        jet(guarded(f), -1.0, [1.0, -2.0, 2.0]);
    }
    jet(guarded(Unary::Recip), 2.0, [-1.0, 0.0, 0.0]);
    let both = |b: &mut Bench, x| {
        // if x > 0: (if x < 700: exp(x²) else x) else 1 / x, at 1000
        let (zero, large) = (b.g.constant(0.0, &[]), b.g.constant(700.0, &[]));
        let square = b.g.unary(Unary::Square, x);
        let power = b.g.unary(Unary::Exp, square);
        let small = b.g.binary(Binary::Less, x, large);
        let inner = b.g.select(small, power, x);
        let positive = b.g.binary(Binary::Greater, x, zero);
        let reciprocal = b.g.unary(Unary::Recip, x);
        b.g.select(positive, inner, reciprocal)
    };
    jet(both, 1000.0, [1000.0, 1.0, 0.0]);
    jet(both, -2.0, [-0.5, -0.25, -0.25]);
    // x^y at 0 with y a variable.
    let mut b = Bench::new(1, 0);
    let (x, y) = (b.place(&[], false, vec![0.0]), b.place(&[], false, vec![2.0]));
    let z = b.g.binary(Binary::Pow, x, y);
    let first = gradient(&mut b.g, z, &[x, y]);
    let second = gradient(&mut b.g, first[0], &[x, y]);
    let other = gradient(&mut b.g, first[1], &[x, y]);
    for id in first.into_iter().chain(second).chain(other) {
        assert!(b.one(id)[0].is_finite());
    }
}
