//! Operators on values: exact whole numbers, elementwise lists, expressions for what is not known yet.

use super::Elaborator;
use super::symbolic::settle;
use super::value::{Eval, Kind, Symbolic, Value};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::{Expr, Function, Op};
use crate::syntax::ast::{BinaryOp, CompareOp, UnaryOp};

/// Where the parts of an operation stand.
#[derive(Clone, Copy)]
pub(crate) struct Places {
    pub whole: Span,
    pub left: Span,
    pub right: Span,
}

impl Elaborator<'_> {
    pub(crate) fn unary(&mut self, op: UnaryOp, value: Value, span: Span) -> Eval {
        match (op, &value) {
            (_, Value::Failed) => Err(super::value::Failed),
            (UnaryOp::Negate, Value::Int(i)) => match i.checked_neg() {
                Some(n) => Ok(Value::Int(n)),
                None => self.overflow(span),
            },
            (UnaryOp::Negate, Value::Real(x)) => Ok(Value::Real(-x)),
            (UnaryOp::Plus, Value::Int(_) | Value::Real(_)) => Ok(value),
            (UnaryOp::Not, Value::Bool(b)) => Ok(Value::Bool(!b)),
            (_, Value::List(items)) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items.iter() {
                    out.push(self.unary(op, item.clone(), span)?);
                }
                Ok(Value::list(out))
            }
            (UnaryOp::Negate | UnaryOp::Plus, Value::Symbolic(_) | Value::Range(..)) => {
                let s = self.lift(&value, span)?;
                if s.kind == Kind::Bool {
                    return self.wrong_type(&value, span, "a number");
                }
                if op == UnaryOp::Plus {
                    return Ok(value);
                }
                Ok(settle(Symbolic { expr: Expr::Unary(Function::Negate, s.expr.boxed()), index: None, ..s }))
            }
            (UnaryOp::Not, Value::Symbolic(s)) if s.kind == Kind::Bool => {
                let s = (**s).clone();
                Ok(settle(Symbolic { expr: Expr::Unary(Function::Not, s.expr.boxed()), index: None, ..s }))
            }
            (UnaryOp::Not, _) => self.wrong_type(&value, span, "a truth value"),
            _ => self.wrong_type(&value, span, "a number"),
        }
    }

    pub(crate) fn wrong_type<T>(&mut self, value: &Value, span: Span, expected: &str) -> Eval<T> {
        let label = match value {
            Value::Text(t) if t.len() <= 40 => format!("this is the text {t:?}"),
            _ => format!("this is {}", value.kind_name()),
        };
        let d = Diagnostic::error(codes::TYPE, span, format!("{} is needed here, but this is {}", expected, value.kind_name()))
            .label(label)
            .expected(expected.trim_end_matches(','));
        let d = match value {
            Value::ModelKind(_) | Value::LatticeKind(_) | Value::Function(_) => {
                d.help("call it with its arguments in parentheses")
            }
            Value::Builtin(b) if expected.starts_with("a number") => d.help(format!("call it: `{}`", b.call())),
            Value::Couplings(_) if expected == "a number" => d.help("couplings are indexed by the ends of a bond: `J[i, j]`"),
            Value::Record(r) if r.what == super::data::SPLIT && expected == "a data set" => {
                d.help("name a part of the split: `.train` or `.test`")
            }
            Value::Task(t) if !t.quantities.is_empty() => {
                d.help(format!("name one of its quantities: `{}.{}`", t.name, t.quantities[0].name))
            }
            _ => d,
        };
        Err(self.fail(d))
    }

    pub(crate) fn overflow<T>(&mut self, span: Span) -> Eval<T> {
        let d = Diagnostic::error(codes::OVERFLOW, span, "the result does not fit into a 64-bit whole number")
            .label("too large")
            .help("write one of the numbers with a point (`2.0`) to compute with real numbers");
        Err(self.fail(d))
    }

    pub(crate) fn binary(&mut self, op: BinaryOp, left: Value, right: Value, at: Places) -> Eval {
        if matches!(left, Value::Failed) || matches!(right, Value::Failed) {
            return Err(super::value::Failed);
        }
        if let BinaryOp::And | BinaryOp::Or = op {
            return self.logic(op, left, right, at);
        }
        if let (Value::Int(a), Value::Int(b)) = (&left, &right) {
            return self.whole_numbers(op, *a, *b, at);
        }
        if let (BinaryOp::Add, Value::Text(a), Value::Text(b)) = (op, &left, &right) {
            return self.joined(a, b, at.whole);
        }
        let plan_op = plan_op(op);
        if let (Some(a), Some(b)) = (plain_number(&left), plain_number(&right)) {
            return self.real_numbers(plan_op, a, b, at);
        }
        if !left.is_numeric() || matches!(left, Value::Bool(_)) {
            return self.wrong_type(&left, at.left, "a number");
        }
        if !right.is_numeric() || matches!(right, Value::Bool(_)) {
            return self.wrong_type(&right, at.right, "a number");
        }
        if (matches!(left, Value::List(_)) || matches!(right, Value::List(_)))
            && let Some(result) = self.lists(op, &left, &right, at)?
        {
            return Ok(result);
        }
        let kind = |a: Kind, b: Kind| {
            if a == Kind::Real || b == Kind::Real || op == BinaryOp::Divide || op == BinaryOp::Power {
                Kind::Real
            } else {
                Kind::Int
            }
        };
        self.combine(plan_op, left, right, at, kind)
    }

    /// Two symbolic (or liftable) operands.
    pub(crate) fn combine(&mut self, op: Op, left: Value, right: Value, at: Places, kind: impl Fn(Kind, Kind) -> Kind) -> Eval {
        let a = self.lifted(left, at.left)?;
        let b = self.lifted(right, at.right)?;
        let shape = self.broadcast(&a.shape, &b.shape, at.whole)?;
        let axes = self.align(&a.axes, &b.axes, at.whole)?;
        if op == Op::Divide && b.expr.number() == Some(0.0) {
            return self.division(at.right);
        }
        let kind = kind(a.kind, b.kind);
        let expr = simplify(op, a.expr, b.expr);
        Ok(settle(Symbolic { expr, kind, shape, axes, index: None }))
    }

    /// Elementwise on lists of known values; `None` if a side is symbolic as a whole.
    fn lists(&mut self, op: BinaryOp, left: &Value, right: &Value, at: Places) -> Eval<Option<Value>> {
        let (a, b) = match (left, right) {
            (Value::List(a), Value::List(b)) => {
                if a.len() != b.len() {
                    self.broadcast(&[a.len()], &[b.len()], at.whole)?;
                }
                ((**a).clone(), (**b).clone())
            }
            (Value::List(a), Value::Int(_) | Value::Real(_)) => ((**a).clone(), vec![right.clone(); a.len()]),
            (Value::Int(_) | Value::Real(_), Value::List(b)) => (vec![left.clone(); b.len()], (**b).clone()),
            _ => return Ok(None),
        };
        let mut out = Vec::with_capacity(a.len());
        for (x, y) in a.into_iter().zip(b) {
            self.step(at.whole)?;
            out.push(self.binary(op, x, y, at)?);
        }
        Ok(Some(Value::list(out)))
    }

    fn division<T>(&mut self, span: Span) -> Eval<T> {
        let d = Diagnostic::error(codes::DIVISION, span, "division by zero").label("this is zero");
        Err(self.fail(d))
    }

    fn whole_numbers(&mut self, op: BinaryOp, a: i64, b: i64, at: Places) -> Eval {
        let result = match op {
            BinaryOp::Add => a.checked_add(b),
            BinaryOp::Subtract => a.checked_sub(b),
            BinaryOp::Multiply => a.checked_mul(b),
            BinaryOp::Divide => {
                if b == 0 {
                    return self.division(at.right);
                }
                return Ok(if a % b == 0 && a != i64::MIN { Value::Int(a / b) } else { Value::Real(a as f64 / b as f64) });
            }
            BinaryOp::Power => {
                if b < 0 {
                    return self.real_numbers(Op::Power, a as f64, b as f64, at);
                }
                match u32::try_from(b) {
                    Ok(n) => a.checked_pow(n),
                    Err(_) if a == 0 || a == 1 => Some(a),
                    Err(_) => None,
                }
            }
            BinaryOp::And | BinaryOp::Or => None,
        };
        match result {
            Some(n) => Ok(Value::Int(n)),
            None => self.overflow(at.whole),
        }
    }

    pub(crate) fn real_numbers(&mut self, op: Op, a: f64, b: f64, at: Places) -> Eval {
        if op == Op::Divide && b == 0.0 {
            return self.division(at.right);
        }
        let x = op.apply(a, b);
        if x.is_nan() && !a.is_nan() && !b.is_nan() {
            let d = Diagnostic::error(codes::DOMAIN, at.whole, "the result is not a real number").label(format!(
                "{} {} {}",
                super::value::format_real(a),
                op.symbol(),
                super::value::format_real(b)
            ));
            return Err(self.fail(d));
        }
        Ok(Value::Real(x))
    }

    fn logic(&mut self, op: BinaryOp, left: Value, right: Value, at: Places) -> Eval {
        let is_truth = |v: &Value| matches!(v, Value::Bool(_)) || matches!(v, Value::Symbolic(s) if s.kind == Kind::Bool);
        if !is_truth(&left) {
            return self.wrong_type(&left, at.left, "a truth value");
        }
        if !is_truth(&right) {
            return self.wrong_type(&right, at.right, "a truth value");
        }
        if let (Value::Bool(a), Value::Bool(b)) = (&left, &right) {
            return Ok(Value::Bool(if op == BinaryOp::And { *a && *b } else { *a || *b }));
        }
        self.combine(plan_op(op), left, right, at, |_, _| Kind::Bool)
    }

    pub(crate) fn compare(&mut self, op: CompareOp, left: &Value, right: &Value, at: Places) -> Eval {
        if matches!(left, Value::Failed) || matches!(right, Value::Failed) {
            return Err(super::value::Failed);
        }
        let plan_op = match op {
            CompareOp::Equal => Op::Equal,
            CompareOp::NotEqual => Op::NotEqual,
            CompareOp::Less => Op::Less,
            CompareOp::LessEqual => Op::LessEqual,
            CompareOp::Greater => Op::Greater,
            CompareOp::GreaterEqual => Op::GreaterEqual,
        };
        if let (Value::Int(a), Value::Int(b)) = (left, right) {
            return Ok(Value::Bool(match op {
                CompareOp::Equal => a == b,
                CompareOp::NotEqual => a != b,
                CompareOp::Less => a < b,
                CompareOp::LessEqual => a <= b,
                CompareOp::Greater => a > b,
                CompareOp::GreaterEqual => a >= b,
            }));
        }
        if let (Some(a), Some(b)) = (plain_number(left), plain_number(right)) {
            return Ok(Value::Bool(plan_op.apply(a, b) != 0.0));
        }
        if left.is_numeric() && right.is_numeric() {
            return self.combine(plan_op, left.clone(), right.clone(), at, |_, _| Kind::Bool);
        }
        if matches!(op, CompareOp::Equal | CompareOp::NotEqual) && left.kind_name() == right.kind_name() {
            let (mut a, mut b) = (String::new(), String::new());
            super::value::fingerprint(left, &mut a);
            super::value::fingerprint(right, &mut b);
            return Ok(Value::Bool((a == b) == (op == CompareOp::Equal)));
        }
        if left.is_numeric() { self.wrong_type(right, at.right, "a number") } else { self.wrong_type(left, at.left, "a number") }
    }
}

/// A number that is known without looking into an expression.
fn plain_number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(i) => Some(*i as f64),
        Value::Real(x) => Some(*x),
        _ => None,
    }
}

fn plan_op(op: BinaryOp) -> Op {
    match op {
        BinaryOp::Add => Op::Add,
        BinaryOp::Subtract => Op::Subtract,
        BinaryOp::Multiply => Op::Multiply,
        BinaryOp::Divide => Op::Divide,
        BinaryOp::Power => Op::Power,
        BinaryOp::And => Op::And,
        BinaryOp::Or => Op::Or,
    }
}

/// An operation, with numbers folded and neutral elements removed.
fn simplify(op: Op, a: Expr, b: Expr) -> Expr {
    match (op, a.number(), b.number()) {
        (_, Some(x), Some(y)) => Expr::Number(op.apply(x, y)),
        (Op::Multiply, Some(1.0), _) | (Op::Add, Some(0.0), _) => b,
        (Op::Multiply | Op::Divide, _, Some(1.0)) | (Op::Add | Op::Subtract, _, Some(0.0)) => a,
        _ => Expr::Binary(op, a.boxed(), b.boxed()),
    }
}
