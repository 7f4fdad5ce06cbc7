//! What is no number, infinities, ties.

use super::super::super::graph::{Binary, Op, Unary};
use super::{Value, fast};

fn unary(f: Unary, x: f64) -> [f64; 2] {
    let x = Value { values: vec![x; 9], batched: true, shape: vec![] };
    let (a, b) = (fast::<f64>(&Op::Unary(f), std::slice::from_ref(&x), &[], 9), fast::<f32>(&Op::Unary(f), &[x], &[], 9));
    // The remainder behind whole registers goes the same way.
    for all in [&a, &b] {
        assert!(all.iter().all(|y| y.to_bits() == all[0].to_bits()), "{f:?} {all:?}");
    }
    [a[0], b[0]]
}

fn binary(f: Binary, a: f64, b: f64) -> f64 {
    let v = |x| Value { values: vec![x; 9], batched: true, shape: vec![] };
    fast::<f64>(&Op::Binary(f), &[v(a), v(b)], &[], 9)[8]
}

const INF: f64 = f64::INFINITY;

#[test]
fn no_number_stays_none() {
    use Unary::*;
    for f in [
        Neg, Abs, Sign, Recip, Square, Sqrt, Cbrt, Exp, Expm1, Ln, Log2, Log10, Log1p, Sin, Cos, Tan, Asin, Acos, Atan, Sinh,
        Cosh, Tanh, Asinh, Acosh, Atanh, Erf, Erfc, Gamma, LnGamma, Digamma, Trigamma, Floor, Ceil, Round, Relu, Sigmoid,
        Softplus,
    ] {
        assert!(unary(f, f64::NAN).iter().all(|y| y.is_nan()), "{f:?}");
    }
    for f in [Binary::Add, Binary::Mul, Binary::Min, Binary::Max, Binary::Div, Binary::Mod] {
        assert!(binary(f, f64::NAN, 1.0).is_nan() && binary(f, 1.0, f64::NAN).is_nan(), "{f:?}");
    }
}

#[test]
fn infinities() {
    use Unary::*;
    for (f, x, y) in [
        (Exp, INF, INF),
        (Exp, -INF, 0.0),
        (Exp, 1e6, INF),
        (Exp, -1e6, 0.0),
        (Expm1, -INF, -1.0),
        (Expm1, INF, INF),
        (Ln, 0.0, -INF),
        (Ln, INF, INF),
        (Log1p, -1.0, -INF),
        (Log1p, INF, INF),
        (Tanh, INF, 1.0),
        (Tanh, -INF, -1.0),
        (Sigmoid, INF, 1.0),
        (Sigmoid, -INF, 0.0),
        (Softplus, INF, INF),
        (Softplus, -INF, 0.0),
        (Erf, INF, 1.0),
        (Erf, -INF, -1.0),
        (Relu, -INF, 0.0),
        (Relu, INF, INF),
        (Recip, INF, 0.0),
        (Sign, -INF, -1.0),
        (Digamma, INF, INF),
        (Trigamma, INF, 0.0),
    ] {
        assert_eq!(unary(f, x), [y; 2], "{f:?} {x}");
    }
    for (f, x) in [(Ln, -1.0), (Log1p, -2.0), (Sin, INF), (Cos, -INF), (Sqrt, -1.0), (Digamma, -3.0)] {
        assert!(unary(f, x).iter().all(|y| y.is_nan()), "{f:?} {x}");
    }
}

#[test]
fn steps_and_truths() {
    use Unary::*;
    for (f, x, y) in [
        (Not, 0.0, 1.0),
        (Not, -2.0, 0.0),
        (Sign, 0.0, 0.0),
        (Sign, -3.0, -1.0),
        (Step, 0.0, 0.0),
        (Step, 1e-30, 1.0),
        (Relu, -1.0, 0.0),
        (Round, 2.5, 3.0),
        (Round, -2.5, -3.0),
        (Floor, -0.5, -1.0),
        (Ceil, 0.5, 1.0),
    ] {
        assert_eq!(unary(f, x), [y; 2], "{f:?} {x}");
    }
    for (f, a, b, y) in [
        (Binary::Mod, -1.0, 3.0, 2.0),
        (Binary::Mod, 7.0, -3.0, -2.0),
        (Binary::Pow, 2.0, 10.0, 1024.0),
        (Binary::Pow, 2.0, -2.0, 0.25),
        (Binary::Pow, -3.0, 3.0, -27.0),
        (Binary::Pow, 0.0, 0.0, 1.0),
        (Binary::Equal, 1.0, 1.0, 1.0),
        (Binary::NotEqual, 1.0, 1.0, 0.0),
        (Binary::Less, 1.0, 2.0, 1.0),
        (Binary::LessEqual, 2.0, 2.0, 1.0),
        (Binary::Greater, 1.0, 2.0, 0.0),
        (Binary::GreaterEqual, 2.0, 2.0, 1.0),
        (Binary::And, 1.0, 0.0, 0.0),
        (Binary::Or, 0.0, -1.0, 1.0),
        (Binary::Min, -1.0, 2.0, -1.0),
        (Binary::Max, -1.0, 2.0, 2.0),
        (Binary::Max, INF, -INF, INF),
    ] {
        assert_eq!(binary(f, a, b), y, "{f:?} {a} {b}");
    }
    assert_eq!(binary(Binary::Pow, 2.0, 0.5), libm::pow(2.0, 0.5));
    assert_eq!(binary(Binary::Atan2, 1.0, -2.0), libm::atan2(1.0, -2.0));
}

/// A power by products goes by its own exponent, whatever its neighbours have.
#[test]
fn powers_do_not_depend_on_their_neighbours() {
    let v = |values: Vec<f64>| Value { batched: true, shape: vec![], values };
    let mixed = fast::<f32>(&Op::Binary(Binary::Pow), &[v(vec![1.1, 1.7, 1.3]), v(vec![3.0, 0.3, 5.0])], &[], 3);
    let alone = fast::<f32>(&Op::Binary(Binary::Pow), &[v(vec![1.1]), v(vec![3.0])], &[], 1);
    assert_eq!(mixed[0], alone[0]);
}
