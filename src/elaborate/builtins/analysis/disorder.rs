//! Functions over realisations of disorder.

use super::super::{Builtin, Group, Type, may, need, row};
use super::count;
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::symbolic::settle;
use crate::elaborate::value::{Eval, Kind, Symbolic, Value};
use crate::plan::draw::key_from;
use crate::plan::{Analysis, Expr, Op, Reduction};

macro_rules! example {
    ($rest:literal) => {
        concat!(
            "use std.spin\nuse std.lattice\nsample glass over r in 0..8 {\n    model: edwards_anderson(square(4), draw: r)\n    temperature: 1\n    method: exact\n    observe { e = energy / count(s), m2 = mean(s)^2 }\n}\n",
            $rest
        )
    };
}

pub const ROWS: &[Builtin] = &[
    row(
        Group::Analysis,
        "spread",
        &[need("x", Type::Result), need("along", Type::Axis)],
        "a number with its error",
        "The standard deviation of a result over realisations along an axis: how much single samples of the disorder differ. It includes the statistical errors of the runs. Its error comes from leaving out one realisation at a time.",
        example!("show mean(glass.e, along: r)\nshow spread(glass.e, along: r)"),
        spread,
    ),
    row(
        Group::Analysis,
        "bootstrap",
        &[
            need("x", Type::Result),
            need("along", Type::Axis),
            may("f", Type::Function, "the mean"),
            may("samples", Type::Int, "400"),
        ],
        "a number with its error",
        "A function of the list of realisations along an axis, with the error that the bootstrap gives: the standard deviation of the function over `samples` lists drawn from them with repetition (Efron, Ann. Stat. 7, 1 (1979)). The draws depend on the seed and on the name of the axis only, so quantities of the same realisations are resampled together.",
        example!("show bootstrap(glass.e, along: r, f: values -> max(values) - min(values))"),
        bootstrap,
    ),
];

fn realisations(e: &mut Elaborator, a: &Arguments) -> Eval<(Symbolic, String)> {
    super::plain(e, a.span)?;
    let of = e.lift(&a.get(0), a.place(0))?;
    let axis = e.axis_name(&a.get(1), a.place(1))?;
    e.has_axis(&of, &axis, a.place(1))?;
    let n = of.axes.iter().find(|x| x.name == axis).map_or(0, |x| x.coordinates.len());
    if n < 2 {
        let d = Diagnostic::error(codes::DOMAIN, a.place(1), "one realisation has no spread")
            .label(format!("`{axis}` has one coordinate"))
            .help("run over more realisations");
        return Err(e.fail(d));
    }
    Ok((of, axis))
}

fn spread(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let (of, axis) = realisations(e, a)?;
    let n = of.axes.iter().find(|x| x.name == axis).map_or(2, |x| x.coordinates.len());
    let local = e.next_local;
    e.next_local += 1;
    let list = || Expr::Local(local).boxed();
    let mean = Expr::Fold(Reduction::Mean, list()).boxed();
    let square = Expr::Binary(Op::Power, Expr::Binary(Op::Subtract, list(), mean).boxed(), Expr::Number(2.0).boxed());
    let variance = Expr::Fold(Reduction::Mean, square.boxed());
    // Replicates have one value less, which changes their common factor alone.
    let factor = Expr::Number((n as f64 / (n as f64 - 1.0)).sqrt());
    let form = Expr::Binary(Op::Multiply, factor.boxed(), Expr::Unary(crate::plan::Function::Sqrt, variance.boxed()).boxed());
    Ok(disorder(of, axis, local, None, form))
}

fn bootstrap(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let (of, axis) = realisations(e, a)?;
    let n = of.axes.iter().find(|x| x.name == axis).map_or(0, |x| x.coordinates.len());
    let samples = count(e, a, 3, 400, 20..=100_000)?;
    let local = e.next_local;
    e.next_local += 1;
    let form = if a.has(2) {
        let list = Value::array(Expr::Local(local), Kind::Real, vec![n]);
        let value = e.call_value(&a.get(2), vec![list], a.place(2))?;
        let s = e.lift(&value, a.place(2))?;
        super::scalar(e, &s, a.place(2))?;
        s.expr
    } else {
        Expr::Fold(Reduction::Mean, Expr::Local(local).boxed())
    };
    let key = key_from(e.seed, "bootstrap", std::slice::from_ref(&axis));
    Ok(disorder(of, axis, local, Some((key.0, key.1, samples)), form))
}

fn disorder(of: Symbolic, axis: String, local: u32, resamples: Option<(u64, u64, usize)>, form: Expr) -> Value {
    let axes = of.axes.iter().filter(|x| x.name != axis).cloned().collect();
    let expr = Expr::Analyse(Analysis::Disorder { axis, local, resamples }, vec![of.expr, form]);
    settle(Symbolic { expr, kind: Kind::Real, shape: of.shape, axes, index: None })
}
