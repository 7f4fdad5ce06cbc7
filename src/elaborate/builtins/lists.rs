//! Lists and arrays: making them, reducing them as a whole.

use super::{Builtin, Group, Type, may, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::arithmetic::Places;
use crate::elaborate::symbolic::settle;
use crate::elaborate::value::{Eval, Kind, Symbolic, Value};
use crate::plan::{Analysis, Expr, Reduction};
use crate::syntax::ast::BinaryOp;

use crate::elaborate::limits::ELEMENTS as LIMIT;

const OF_A_LIST: &[super::Param] = &[need("x", Type::Any), may("along", Type::Axis, "all elements")];

const fn reduction(name: &'static str, doc: &'static str, example: &'static str) -> Builtin {
    Builtin {
        name,
        aliases: &[],
        group: Group::Lists,
        params: OF_A_LIST,
        variadic: false,
        gives: "a number",
        doc,
        example,
        function: None,
        run: reduce,
    }
}

pub const ROWS: &[Builtin] = &[
    row(
        Group::Lists,
        "linspace",
        &[need("first", Type::Real), need("last", Type::Real), need("count", Type::Int)],
        "a list of `count` numbers",
        "Numbers at equal distances, both ends included.",
        "show linspace(2.0, 2.6, 4)",
        linspace,
    ),
    row(
        Group::Lists,
        "geomspace",
        &[need("first", Type::Real), need("last", Type::Real), need("count", Type::Int)],
        "a list of `count` numbers",
        "Numbers in equal ratios, both ends included and both positive.",
        "show geomspace(0.5, 2.0, 3)",
        geomspace,
    ),
    row(
        Group::Lists,
        "zeros",
        &[need("count", Type::Int)],
        "a list of `count` zeros",
        "A list of zeros.",
        "show zeros(3)",
        |e, _, a| filled(e, a, Value::Int(0)),
    ),
    row(
        Group::Lists,
        "ones",
        &[need("count", Type::Int)],
        "a list of `count` ones",
        "A list of ones.",
        "show ones(3)",
        |e, _, a| filled(e, a, Value::Int(1)),
    ),
    row(
        Group::Lists,
        "length",
        &[need("x", Type::List)],
        "a whole number",
        "The number of elements of a list.",
        "show length([4, 5])",
        |e, _, a| {
            let s = e.lift(&a.get(0), a.place(0))?;
            Ok(Value::Int(s.shape.first().copied().unwrap_or(1) as i64))
        },
    ),
    row(
        Group::Lists,
        "dot",
        &[need("a", Type::Numeric), need("b", Type::Numeric)],
        "a number",
        "The sum of the products of the elements.",
        "show dot([1, 2], [3, 4])",
        |e, _, a| {
            let product =
                e.binary(BinaryOp::Multiply, a.get(0), a.get(1), Places { whole: a.span, left: a.place(0), right: a.place(1) })?;
            e.reduce_whole(Reduction::Sum, &product, a.span)
        },
    ),
    row(
        Group::Lists,
        "overlap",
        &[need("a", Type::Numeric), need("b", Type::Numeric), may("angles", Type::Any, "false")],
        "a number",
        "The mean over the sites of the products: of two replicas, `overlap(s[replica 0], s[replica 1])`, or of a state with a pattern. Of angles (`angles: true`, in `observe`) the mean of cos(a - b), of vectors that of a · b.",
        "show overlap([1, -1], [1, 1])",
        |e, b, a| {
            if let Some(native) = super::observables::native_overlap(e, b, a)? {
                return Ok(native);
            }
            let product =
                e.binary(BinaryOp::Multiply, a.get(0), a.get(1), Places { whole: a.span, left: a.place(0), right: a.place(1) })?;
            e.reduce_whole(Reduction::Mean, &product, a.span)
        },
    ),
    reduction("sum", "The sum of the elements; over index sets write `sum(i in S: ...)`.", "show sum([1, 2, 3])"),
    reduction("prod", "The product of the elements.", "show prod([1, 2, 3])"),
    reduction(
        "mean",
        "The mean of the elements; of a result, `mean(r, along: T)`. Along an axis that counts draws of couplings, fields or patterns (whole numbers; points differ in tables of numbers only) it is the disorder average, and its error is the spread of the draws, which includes the errors of the single runs. A training is one realisation without an error of its own: along an axis of trainings, or of probes of them, that differ in their seeds and draws only, the error of the mean is the standard error of the points. Along any other axis the errors of the points are propagated, and the mean of exact numbers is exact.",
        "show mean([1, 2, 3])",
    ),
    Builtin {
        variadic: false,
        ..reduction(
            "count",
            "The number of elements (of a list of truth values: of those that are true). `count(s)` is the number of spins.",
            "show count([true, false])",
        )
    },
    reduction("any", "Whether some element is true.", "show any([true, false])"),
    reduction("all", "Whether every element is true.", "show all([true, false])"),
    Builtin {
        name: "min",
        aliases: &[],
        group: Group::Lists,
        params: &[],
        variadic: true,
        gives: "a number",
        doc: "The least of its arguments, or of the elements of a list; of a result, `min(r, along: T)`.",
        example: "show min(3, 2)",
        function: None,
        run: |e, _, a| extreme(e, a, Reduction::Min),
    },
    Builtin {
        name: "max",
        aliases: &[],
        group: Group::Lists,
        params: &[],
        variadic: true,
        gives: "a number",
        doc: "The greatest of its arguments, or of the elements of a list; of a result, `max(r, along: T)`.",
        example: "show max([3, 2])",
        function: None,
        run: |e, _, a| extreme(e, a, Reduction::Max),
    },
];

/// A count of elements within reason.
pub(crate) fn count(e: &mut Elaborator, a: &Arguments, k: usize, least: i64) -> Eval<i64> {
    let n = e.whole(&a.get(k), a.place(k), "the number of elements")?;
    if n < least || n > LIMIT {
        let d =
            Diagnostic::error(codes::DOMAIN, a.place(k), format!("a list of {} elements", crate::elaborate::limits::grouped(n)))
                .label(format!("this is {n}"))
                .expected(format!("a whole number from {least} to {}", crate::elaborate::limits::grouped(LIMIT)));
        return Err(e.fail(d));
    }
    Ok(n)
}

fn known(e: &mut Elaborator, a: &Arguments, k: usize, what: &str) -> Eval<f64> {
    match a.get(k).number() {
        Some(x) => Ok(x),
        None => e.not_known_yet(a.place(k), what),
    }
}

fn linspace(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let n = count(e, a, 2, 1)?;
    let (x, y) = (known(e, a, 0, "the first value")?, known(e, a, 1, "the last value")?);
    Ok(Value::reals((0..n).map(|i| if i == n - 1 && n > 1 { y } else { x + (y - x) * i as f64 / (n - 1).max(1) as f64 })))
}

fn geomspace(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let n = count(e, a, 2, 1)?;
    let (x, y) = (known(e, a, 0, "the first value")?, known(e, a, 1, "the last value")?);
    for (k, value) in [x, y].into_iter().enumerate() {
        if value <= 0.0 {
            let d = Diagnostic::error(codes::DOMAIN, a.place(k), "the ends of a geometric sequence must be positive")
                .label(format!("this is {}", crate::elaborate::value::format_real(value)))
                .expected("a positive number");
            return Err(e.fail(d));
        }
    }
    let ratio = libm::log(y / x);
    Ok(Value::reals((0..n).map(
        |i| {
            if i == n - 1 && n > 1 { y } else { x * libm::exp(ratio * i as f64 / (n - 1).max(1) as f64) }
        },
    )))
}

fn filled(e: &mut Elaborator, a: &Arguments, value: Value) -> Eval {
    let n = count(e, a, 0, 0)?;
    Ok(Value::list(vec![value; n as usize]))
}

fn reduce(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let op = Reduction::from_name(b.name).ok_or(crate::elaborate::value::Failed)?;
    if a.has(1) {
        let axis = e.axis_name(&a.get(1), a.place(1))?;
        return e.along(op, &a.get(0), &axis, a.place(0), a.place(1));
    }
    e.reduce_whole(op, &a.get(0), a.place(0))
}

/// The reduction of `min` and `max`, which runs along an axis where one is named.
pub(crate) fn extreme_of(name: &str) -> Option<Reduction> {
    match name {
        "min" => Some(Reduction::Min),
        "max" => Some(Reduction::Max),
        _ => None,
    }
}

fn extreme(e: &mut Elaborator, a: &Arguments, op: Reduction) -> Eval {
    if a.values.is_empty() {
        return e.error(codes::ARGUMENTS, a.span, format!("`{}` of nothing is not defined", op.name()));
    }
    if a.values.len() == 1 {
        return e.reduce_whole(op, &a.get(0), a.place(0));
    }
    let values = (0..a.values.len()).map(|k| a.get(k)).collect();
    e.fold_values(op, values, a.span, true)
}

impl Elaborator<'_> {
    /// A reduction of all elements of a list or an array.
    pub(crate) fn reduce_whole(&mut self, op: Reduction, value: &Value, span: crate::diagnostic::Span) -> Eval {
        match value {
            Value::Graph(_) | Value::Couplings(_) if op == Reduction::Count => {
                let g = self.graph_of(value).ok_or(crate::elaborate::value::Failed)?;
                return Ok(Value::Int(self.graph(g).sites() as i64));
            }
            Value::List(items) => {
                if op == Reduction::Count && !items.iter().all(|v| matches!(v, Value::Bool(_))) {
                    return Ok(Value::Int(items.len() as i64));
                }
                if !items.iter().any(|v| matches!(v, Value::List(_) | Value::Symbolic(_))) {
                    return self.fold_values(op, (**items).clone(), span, true);
                }
            }
            Value::Range(a, b) => {
                if op == Reduction::Count {
                    return Ok(Value::Int(b.saturating_sub(*a)));
                }
                self.few(b.saturating_sub(*a), span)?;
                let values = (*a..*b).map(Value::Int).collect();
                return self.fold_values(op, values, span, true);
            }
            Value::Set(items) if op == Reduction::Count => return Ok(Value::Int(items.len() as i64)),
            _ => {}
        }
        let s = self.lift(value, span)?;
        let kind = match op {
            Reduction::Any | Reduction::All => Kind::Bool,
            Reduction::Count => Kind::Int,
            Reduction::Mean => Kind::Real,
            _ => s.kind,
        };
        // Known numbers, such as the inputs of a data set.
        if let Expr::Array(a) = &s.expr
            && s.axes.is_empty()
            && !a.data.is_empty()
            && s.kind != Kind::Bool
            && !matches!(op, Reduction::Any | Reduction::All | Reduction::Count)
        {
            let x = if op == Reduction::Mean { crate::statistics::sum::mean(&a.data) } else { op.of(&a.data) };
            return Ok(settle(Symbolic { expr: Expr::Number(x), kind, shape: vec![], axes: vec![], index: None }));
        }
        // In a network: over the elements and over the batch.
        if self.network.is_some() && self.is_batched(&s.expr) {
            if !matches!(op, Reduction::Mean | Reduction::Sum | Reduction::Count) {
                let d = Diagnostic::error(codes::NOT_HERE, span, format!("`{}` of a batch has no form in a network", op.name()))
                    .expected("`mean`, `sum` or `count`");
                return Err(self.fail(d));
            }
            let expr = Expr::Fold(op, s.expr.boxed());
            return Ok(settle(Symbolic { expr, kind: Kind::Real, shape: vec![], axes: s.axes, index: None }));
        }
        if matches!(op, Reduction::Any | Reduction::All) && s.kind != Kind::Bool {
            return self.wrong_type(value, span, "a list of truth values");
        }
        if matches!(op, Reduction::Sum | Reduction::Mean) && matches!(s.expr, Expr::Variable { .. }) && s.shape.len() == 2 {
            let d = Diagnostic::error(codes::SHAPE, span, format!("the `{}` of vectors would mix their components", op.name()))
                .label(format!("{} vectors of {} components", s.shape[0], s.shape[1]))
                .help("in `observe`, `magnetisation(S)` is their mean vector; of one component write `sum(i in S: S[i, 2])`");
            return Err(self.fail(d));
        }
        // The vectors of a variable are counted, not their components.
        if op == Reduction::Count && matches!(s.expr, Expr::Variable { .. }) {
            return Ok(Value::Int(s.shape.first().copied().unwrap_or(1) as i64));
        }
        if op == Reduction::Count && s.kind != Kind::Bool {
            return Ok(Value::Int(s.shape.iter().product::<usize>() as i64));
        }
        if s.shape.is_empty() && s.axes.is_empty() {
            let mut d = Diagnostic::error(codes::TYPE, span, format!("`{}` needs a list or an array", op.name()))
                .label(format!("this is {}", value.kind_name()))
                .expected("a list, an array, or a reduction over an index set");
            if matches!(&s.expr, Expr::Observable(_)) {
                d = d.help("the ensemble average is `avg(...)`");
            }
            return Err(self.fail(d));
        }
        if s.shape.is_empty() {
            let d = Diagnostic::error(codes::ARGUMENTS, span, format!("over which axis should `{}` run?", op.name()))
                .label(format!(
                    "this runs over {}",
                    crate::elaborate::expression::quoted(&s.axes.iter().map(|a| a.name.clone()).collect::<Vec<_>>())
                ))
                .help(format!("name it: `{}(..., along: {})`", op.name(), s.axes[0].name));
            return Err(self.fail(d));
        }
        Ok(settle(Symbolic { expr: Expr::Fold(op, s.expr.boxed()), kind, shape: vec![], axes: s.axes, index: None }))
    }

    /// A reduction of a result over one of its axes.
    pub(crate) fn along(
        &mut self,
        op: Reduction,
        value: &Value,
        axis: &str,
        span: crate::diagnostic::Span,
        at: crate::diagnostic::Span,
    ) -> Eval {
        let s = self.lift(value, span)?;
        self.has_axis(&s, axis, at)?;
        let axes = s.axes.iter().filter(|a| a.name != axis).cloned().collect();
        let expr = if op == Reduction::Mean && self.counts_draws(&s.expr, axis) {
            Analysis::mean_of_draws(axis, s.expr)
        } else {
            Expr::Analyse(Analysis::Along { axis: axis.to_string(), op }, vec![s.expr])
        };
        Ok(settle(Symbolic { expr, kind: Kind::Real, shape: s.shape, axes, index: None }))
    }

    /// The name that stands for an axis.
    pub(crate) fn axis_name(&mut self, value: &Value, span: crate::diagnostic::Span) -> Eval<String> {
        match value {
            Value::Axis(name) | Value::Text(name) => Ok(name.to_string()),
            other => self.wrong_type(other, span, "the name of an axis"),
        }
    }

    /// A diagnostic unless the value runs over the axis.
    pub(crate) fn has_axis(&mut self, s: &Symbolic, axis: &str, span: crate::diagnostic::Span) -> Eval<()> {
        if s.axes.iter().any(|a| a.name == axis) {
            return Ok(());
        }
        let names: Vec<String> = s.axes.iter().map(|a| a.name.clone()).collect();
        let mut d =
            Diagnostic::error(codes::NO_AXIS, span, format!("there is no axis `{axis}`")).label("not an axis of the result");
        d = if names.is_empty() {
            d.expected("a result that runs over an axis")
        } else {
            d.expected(format!("one of {}", crate::elaborate::expression::quoted(&names)))
        };
        if let Some(near) = crate::diagnostic::nearest(axis, names.iter().map(String::as_str)) {
            d = d.help(format!("did you mean `{near}`?"));
        }
        Err(self.fail(d))
    }
}

/// Used by the analyses: two operands at the place of a call.
pub(crate) fn pair(a: &Arguments) -> Places {
    Places { whole: a.span, left: a.place(0), right: a.place(1) }
}
