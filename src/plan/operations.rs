//! The operations that expressions are made of, and what they do to numbers.

use serde::{Deserialize, Serialize};

/// Binary operations, elementwise. Comparisons and logic give 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Op {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    /// Remainder with the sign of the divisor.
    Modulo,
    Atan2,
    Minimum,
    Maximum,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
}

/// Elementary functions, elementwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Function {
    Negate,
    Not,
    Abs,
    Sign,
    Sqrt,
    Cbrt,
    Exp,
    Expm1,
    Ln,
    Log2,
    Log10,
    Log1p,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Asinh,
    Acosh,
    Atanh,
    Erf,
    Erfc,
    Gamma,
    LnGamma,
    Floor,
    Ceil,
    Round,
    /// max(x, 0)
    Relu,
    /// 1 / (1 + exp(-x))
    Sigmoid,
    /// ln(1 + exp(x))
    Softplus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reduction {
    Sum,
    Product,
    Mean,
    Min,
    Max,
    /// The number of elements that are true (of all elements where there is no condition).
    Count,
    Any,
    All,
}

impl Op {
    /// The operation on numbers.
    pub fn apply(self, a: f64, b: f64) -> f64 {
        let truth = |t: bool| if t { 1.0 } else { 0.0 };
        match self {
            Op::Add => a + b,
            Op::Subtract => a - b,
            Op::Multiply => a * b,
            Op::Divide => a / b,
            Op::Power => power(a, b),
            Op::Modulo => a - b * (a / b).floor(),
            Op::Atan2 => libm::atan2(a, b),
            Op::Minimum => {
                if a.is_nan() || b.is_nan() {
                    f64::NAN
                } else {
                    a.min(b)
                }
            }
            Op::Maximum => {
                if a.is_nan() || b.is_nan() {
                    f64::NAN
                } else {
                    a.max(b)
                }
            }
            Op::Equal => truth(a == b),
            Op::NotEqual => truth(a != b),
            Op::Less => truth(a < b),
            Op::LessEqual => truth(a <= b),
            Op::Greater => truth(a > b),
            Op::GreaterEqual => truth(a >= b),
            Op::And => truth(a != 0.0 && b != 0.0),
            Op::Or => truth(a != 0.0 || b != 0.0),
        }
    }

    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Op::Add => "+",
            Op::Subtract => "-",
            Op::Multiply => "*",
            Op::Divide => "/",
            Op::Power => "^",
            Op::Modulo => "mod",
            Op::Atan2 => "atan2",
            Op::Minimum => "min",
            Op::Maximum => "max",
            Op::Equal => "==",
            Op::NotEqual => "!=",
            Op::Less => "<",
            Op::LessEqual => "<=",
            Op::Greater => ">",
            Op::GreaterEqual => ">=",
            Op::And => "and",
            Op::Or => "or",
        }
    }
}

/// a^b; whole exponents by repeated multiplication, so that they are exact where the result is.
pub fn power(a: f64, b: f64) -> f64 {
    if b == b.trunc() && b.abs() <= 64.0 {
        let mut n = b.abs() as u32;
        let (mut base, mut result) = (a, 1.0);
        while n > 0 {
            if n & 1 == 1 {
                result *= base;
            }
            base *= base;
            n >>= 1;
        }
        if b < 0.0 { 1.0 / result } else { result }
    } else {
        libm::pow(a, b)
    }
}

impl Function {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Function::Negate => "-",
            Function::Not => "not",
            Function::Abs => "abs",
            Function::Sign => "sign",
            Function::Sqrt => "sqrt",
            Function::Cbrt => "cbrt",
            Function::Exp => "exp",
            Function::Expm1 => "expm1",
            Function::Ln => "ln",
            Function::Log2 => "log2",
            Function::Log10 => "log10",
            Function::Log1p => "log1p",
            Function::Sin => "sin",
            Function::Cos => "cos",
            Function::Tan => "tan",
            Function::Asin => "asin",
            Function::Acos => "acos",
            Function::Atan => "atan",
            Function::Sinh => "sinh",
            Function::Cosh => "cosh",
            Function::Tanh => "tanh",
            Function::Asinh => "asinh",
            Function::Acosh => "acosh",
            Function::Atanh => "atanh",
            Function::Erf => "erf",
            Function::Erfc => "erfc",
            Function::Gamma => "gamma",
            Function::LnGamma => "lngamma",
            Function::Floor => "floor",
            Function::Ceil => "ceil",
            Function::Round => "round",
            Function::Relu => "relu",
            Function::Sigmoid => "sigmoid",
            Function::Softplus => "softplus",
        }
    }

    /// The function of a number.
    pub fn apply(self, x: f64) -> f64 {
        match self {
            Function::Negate => -x,
            Function::Not => {
                if x == 0.0 {
                    1.0
                } else {
                    0.0
                }
            }
            Function::Abs => x.abs(),
            Function::Sign => {
                if x > 0.0 {
                    1.0
                } else if x < 0.0 {
                    -1.0
                } else {
                    x
                }
            }
            Function::Sqrt => x.sqrt(),
            Function::Cbrt => libm::cbrt(x),
            Function::Exp => libm::exp(x),
            Function::Expm1 => libm::expm1(x),
            Function::Ln => libm::log(x),
            Function::Log2 => libm::log2(x),
            Function::Log10 => libm::log10(x),
            Function::Log1p => libm::log1p(x),
            Function::Sin => libm::sin(x),
            Function::Cos => libm::cos(x),
            Function::Tan => libm::tan(x),
            Function::Asin => libm::asin(x),
            Function::Acos => libm::acos(x),
            Function::Atan => libm::atan(x),
            Function::Sinh => libm::sinh(x),
            Function::Cosh => libm::cosh(x),
            Function::Tanh => libm::tanh(x),
            Function::Asinh => libm::asinh(x),
            Function::Acosh => libm::acosh(x),
            Function::Atanh => libm::atanh(x),
            Function::Erf => libm::erf(x),
            Function::Erfc => libm::erfc(x),
            Function::Gamma => libm::tgamma(x),
            Function::LnGamma => libm::lgamma(x),
            Function::Floor => x.floor(),
            Function::Ceil => x.ceil(),
            Function::Round => x.round(),
            // A value that is not a number stays one.
            Function::Relu => {
                if x < 0.0 {
                    0.0
                } else {
                    x
                }
            }
            Function::Sigmoid => {
                if x >= 0.0 {
                    1.0 / (1.0 + libm::exp(-x))
                } else {
                    let e = libm::exp(x);
                    e / (1.0 + e)
                }
            }
            Function::Softplus => libm::fmax(x, 0.0) + libm::log1p(libm::exp(-x.abs())),
        }
    }
}

impl Reduction {
    const ALL_KINDS: [Reduction; 8] = [
        Reduction::Sum,
        Reduction::Product,
        Reduction::Mean,
        Reduction::Min,
        Reduction::Max,
        Reduction::Count,
        Reduction::Any,
        Reduction::All,
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Reduction::Sum => "sum",
            Reduction::Product => "prod",
            Reduction::Mean => "mean",
            Reduction::Min => "min",
            Reduction::Max => "max",
            Reduction::Count => "count",
            Reduction::Any => "any",
            Reduction::All => "all",
        }
    }

    /// The reduction of a name.
    pub fn from_name(name: &str) -> Option<Reduction> {
        Reduction::ALL_KINDS.into_iter().find(|r| r.name() == name)
    }

    /// The reduction of some numbers.
    pub fn of(self, values: &[f64]) -> f64 {
        let truth = |t: bool| if t { 1.0 } else { 0.0 };
        match self {
            Reduction::Sum => values.iter().sum(),
            Reduction::Product => values.iter().product(),
            Reduction::Mean => values.iter().sum::<f64>() / values.len() as f64,
            Reduction::Min => values.iter().copied().reduce(|a, b| Op::Minimum.apply(a, b)).unwrap_or(f64::INFINITY),
            Reduction::Max => values.iter().copied().reduce(|a, b| Op::Maximum.apply(a, b)).unwrap_or(f64::NEG_INFINITY),
            Reduction::Count => values.iter().filter(|&&x| x != 0.0).count() as f64,
            Reduction::Any => truth(values.iter().any(|&x| x != 0.0)),
            Reduction::All => truth(values.iter().all(|&x| x != 0.0)),
        }
    }
}
