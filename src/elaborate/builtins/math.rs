//! Elementary functions, elementwise on lists, arrays and results.

use super::{Builtin, Constant, Group, Type, may, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::arithmetic::Places;
use crate::elaborate::symbolic::settle;
use crate::elaborate::value::{Eval, Kind, Symbolic, Value, format_real};
use crate::plan::{Expr, Function, Op};

const OF_X: &[super::Param] = &[need("x", Type::Numeric)];

const fn elementary(name: &'static str, function: Function, doc: &'static str, example: &'static str) -> Builtin {
    Builtin {
        name,
        aliases: &[],
        group: Group::Math,
        params: OF_X,
        variadic: false,
        gives: "a number, or as many as `x` has",
        doc,
        example,
        function: Some(function),
        run: apply,
    }
}

pub const ROWS: &[Builtin] = &[
    elementary("abs", Function::Abs, "The absolute value.", "show abs(-3)"),
    elementary("sign", Function::Sign, "-1, 0 or 1.", "show sign(-0.2)"),
    elementary("sqrt", Function::Sqrt, "The square root, of a number that is not negative.", "show sqrt(2)"),
    elementary("cbrt", Function::Cbrt, "The cube root.", "show cbrt(27)"),
    elementary("exp", Function::Exp, "The exponential function.", "show exp(1)"),
    elementary("expm1", Function::Expm1, "exp(x) - 1, exact for small x.", "show expm1(1e-9)"),
    elementary("ln", Function::Ln, "The natural logarithm of a positive number.", "show ln(2)"),
    elementary("log2", Function::Log2, "The logarithm to base 2.", "show log2(1024)"),
    elementary("log10", Function::Log10, "The logarithm to base 10.", "show log10(1000)"),
    elementary("log1p", Function::Log1p, "ln(1 + x), exact for small x.", "show log1p(1e-9)"),
    elementary("sin", Function::Sin, "The sine of an angle in radians.", "show sin(pi / 6)"),
    elementary("cos", Function::Cos, "The cosine of an angle in radians.", "show cos(pi / 3)"),
    elementary("tan", Function::Tan, "The tangent of an angle in radians.", "show tan(pi / 4)"),
    elementary("asin", Function::Asin, "The inverse sine, for -1 <= x <= 1.", "show asin(1)"),
    elementary("acos", Function::Acos, "The inverse cosine, for -1 <= x <= 1.", "show acos(0)"),
    elementary("atan", Function::Atan, "The inverse tangent.", "show atan(1)"),
    elementary("sinh", Function::Sinh, "The hyperbolic sine.", "show sinh(1)"),
    elementary("cosh", Function::Cosh, "The hyperbolic cosine.", "show cosh(1)"),
    elementary("tanh", Function::Tanh, "The hyperbolic tangent.", "show tanh(1)"),
    elementary("asinh", Function::Asinh, "The inverse hyperbolic sine.", "show asinh(1)"),
    elementary("acosh", Function::Acosh, "The inverse hyperbolic cosine, for x >= 1.", "show acosh(2)"),
    elementary("atanh", Function::Atanh, "The inverse hyperbolic tangent, for -1 < x < 1.", "show atanh(0.5)"),
    elementary("erf", Function::Erf, "The error function.", "show erf(1)"),
    elementary("erfc", Function::Erfc, "1 - erf(x), exact for large x.", "show erfc(3)"),
    elementary("gamma", Function::Gamma, "The gamma function.", "show gamma(5)"),
    elementary("lngamma", Function::LnGamma, "The logarithm of the gamma function.", "show lngamma(100)"),
    elementary("floor", Function::Floor, "The largest whole number that is not above x.", "show floor(2.7)"),
    elementary("ceil", Function::Ceil, "The smallest whole number that is not below x.", "show ceil(2.1)"),
    elementary("round", Function::Round, "The nearest whole number; halves go away from zero.", "show round(2.5)"),
    row(
        Group::Math,
        "mod",
        &[need("a", Type::Numeric), need("b", Type::Numeric)],
        "a number with the sign of `b`",
        "The remainder of a divided by b: `mod(-1, 8)` is 7, so it wraps an index around a periodic boundary.",
        "show mod(-1, 8)",
        modulo,
    ),
    row(
        Group::Math,
        "atan2",
        &[need("y", Type::Numeric), need("x", Type::Numeric)],
        "an angle in (-pi, pi]",
        "The angle of the point (x, y).",
        "show atan2(1, -1)",
        atan2,
    ),
    row(
        Group::Math,
        "log",
        &[need("x", Type::Numeric), may("base", Type::Real, "e")],
        "a number",
        "The logarithm to a base; without one, the natural logarithm (`ln`).",
        "show log(8, 2)",
        log,
    ),
];

pub const CONSTANTS: &[Constant] = &[
    Constant {
        name: "pi",
        aliases: &["π"],
        group: Group::Math,
        doc: "The ratio of a circle's circumference to its diameter.",
        value: || Value::Real(std::f64::consts::PI),
    },
    Constant {
        name: "inf",
        aliases: &["infinity"],
        group: Group::Math,
        doc: "Infinity: `beta: inf` is zero temperature.",
        value: || Value::Real(f64::INFINITY),
    },
];

fn apply(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    match b.function {
        Some(function) => e.elementwise(function, b.name, &a.get(0), a.place(0)),
        None => Err(crate::elaborate::value::Failed),
    }
}

impl Elaborator<'_> {
    /// An elementary function of a value, with its domain checked where the value is known.
    pub(crate) fn elementwise(&mut self, f: Function, name: &str, value: &Value, span: crate::diagnostic::Span) -> Eval {
        match value {
            Value::Int(i) if matches!(f, Function::Abs | Function::Sign | Function::Floor | Function::Ceil | Function::Round) => {
                match f {
                    Function::Abs => i.checked_abs().map(Value::Int).map_or_else(|| self.overflow(span), Ok),
                    Function::Sign => Ok(Value::Int(i.signum())),
                    _ => Ok(Value::Int(*i)),
                }
            }
            Value::Int(_) | Value::Real(_) => {
                let x = value.number().unwrap_or(f64::NAN);
                let y = f.apply(x);
                if (y.is_nan() && !x.is_nan())
                    || (y.is_infinite()
                        && x.is_finite()
                        && matches!(f, Function::Ln | Function::Log2 | Function::Log10 | Function::Atanh))
                {
                    let d = Diagnostic::error(codes::DOMAIN, span, format!("`{name}` is not defined at {}", format_real(x)))
                        .label(format!("this is {}", format_real(x)))
                        .expected(domain(f));
                    return Err(self.fail(d));
                }
                if matches!(f, Function::Floor | Function::Ceil | Function::Round) && y.abs() < 9.0e15 {
                    return Ok(Value::Int(y as i64));
                }
                Ok(Value::Real(y))
            }
            Value::List(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items.iter() {
                    out.push(self.elementwise(f, name, item, span)?);
                }
                Ok(Value::list(out))
            }
            _ => {
                let s = self.lift(value, span)?;
                if s.kind == Kind::Bool {
                    return self.wrong_type(value, span, "a number");
                }
                let whole = matches!(f, Function::Floor | Function::Ceil | Function::Round)
                    || (s.kind == Kind::Int && matches!(f, Function::Abs | Function::Sign));
                let kind = if whole { Kind::Int } else { Kind::Real };
                Ok(settle(Symbolic { expr: Expr::Unary(f, s.expr.boxed()), kind, index: None, ..s }))
            }
        }
    }
}

fn domain(f: Function) -> &'static str {
    match f {
        Function::Sqrt => "a number that is not negative",
        Function::Ln | Function::Log2 | Function::Log10 => "a positive number",
        Function::Log1p => "a number above -1",
        Function::Asin | Function::Acos => "a number from -1 to 1",
        Function::Atanh => "a number between -1 and 1",
        Function::Acosh => "a number from 1 upwards",
        _ => "a number for which the function is defined",
    }
}

fn places(a: &Arguments) -> Places {
    Places { whole: a.span, left: a.place(0), right: a.place(1) }
}

fn modulo(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    if let (Value::Int(x), Value::Int(y)) = (a.get(0), a.get(1)) {
        if y == 0 {
            return e.error(codes::DIVISION, a.place(1), "division by zero");
        }
        let r = x.wrapping_rem(y);
        return Ok(Value::Int(if r != 0 && (r < 0) != (y < 0) { r + y } else { r }));
    }
    if a.get(1).number() == Some(0.0) {
        return e.error(codes::DIVISION, a.place(1), "division by zero");
    }
    e.combine(
        Op::Modulo,
        a.get(0),
        a.get(1),
        places(a),
        |x, y| if x == Kind::Int && y == Kind::Int { Kind::Int } else { Kind::Real },
    )
}

fn atan2(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    e.combine(Op::Atan2, a.get(0), a.get(1), places(a), |_, _| Kind::Real)
}

fn log(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let top = e.elementwise(Function::Ln, "log", &a.get(0), a.place(0))?;
    if !a.has(1) {
        return Ok(top);
    }
    let base = e.elementwise(Function::Ln, "log", &a.get(1), a.place(1))?;
    e.binary(crate::syntax::ast::BinaryOp::Divide, top, base, places(a))
}
