//! Data sets that are generated, or known in the script.

use super::super::Group;
use super::{BY, Builtin, Param, Type, may, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::value::{Eval, Value};
use crate::kernels::random::Key;
use crate::plan::data::{Generated, Rule, Source};
use crate::plan::draw::{Distribution, Draw};
use crate::plan::expr::{Array, Expr};
use std::sync::Arc;

const NOISE: Param = may("noise", Type::Real, "0");

pub const ROWS: &[Builtin] = &[
    row(
        Group::Data,
        "two_moons",
        &[need("n", Type::Int), may("noise", Type::Real, "0.1"), BY],
        "a data set",
        "n points of the plane on two half circles that reach into each other, in two classes, with normal noise. `by` is the key of the draw.",
        "show two_moons(100).shape",
        |e, b, a| generate(e, b, a, Rule::Moons, (1, 0.1), 2),
    ),
    row(
        Group::Data,
        "spirals",
        &[need("n", Type::Int), may("classes", Type::Int, "2"), may("turns", Type::Real, "1.5"), NOISE, BY],
        "a data set",
        "n points of the plane on spirals around the origin, one a class (after Lang and Witbrock 1988), with normal noise.",
        "show spirals(90, classes: 3).count",
        |e, b, a| {
            let classes = if a.has(1) { e.data_count(a, 1, "the number of classes")? } else { 2 };
            let turns = e.known_number(a, 2, 1.5, "the number of turns")?;
            generate(e, b, a, Rule::Spirals { classes, turns }, (3, 0.0), 4)
        },
    ),
    row(
        Group::Data,
        "xor",
        &[need("n", Type::Int), may("inputs", Type::Int, "2"), NOISE, BY],
        "a data set",
        "The parity of signs: n corners of the cube {-1, +1}^inputs in their order and again from the first; the class is 1 where an odd number of inputs is -1. Normal noise is added to the inputs.",
        "show xor(4).inputs",
        |e, b, a| {
            let inputs = if a.has(1) { e.data_count(a, 1, "the number of inputs")? } else { 2 };
            generate(e, b, a, Rule::Parity { inputs }, (2, 0.0), 3)
        },
    ),
    row(
        Group::Data,
        "blobs",
        &[
            need("n", Type::Int),
            may("classes", Type::Int, "3"),
            may("inputs", Type::Int, "2"),
            may("noise", Type::Real, "1"),
            may("distance", Type::Real, "5"),
            may("centres", Type::List, "drawn"),
            BY,
        ],
        "a data set",
        "n points around centres, one a class, with normal noise. Unless they are listed, the coordinates of the centres are normal with the standard deviation `distance`.",
        "show blobs(30, centres: [[0, 0], [4, 0]]).shape",
        blobs,
    ),
    row(
        Group::Data,
        "function",
        &[
            need("f", Type::Function),
            may("n", Type::Int, "none"),
            may("low", Type::Numeric, "-1"),
            may("high", Type::Numeric, "1"),
            may("grid", Type::Any, "none"),
            NOISE,
            may("classes", Type::Int, "values"),
            BY,
        ],
        "a data set",
        "Examples of a function of one number or more, which gives a number or a list: at n points drawn uniformly between `low` and `high` (a number, or one for each input), or on a `grid` of so many points in each direction (a number, or one for each input), its ends included. Normal `noise` is added to the values. With `classes` the function gives the class instead.",
        "show function(x -> sin(pi * x), n: 100).shape\nshow function((x, y) -> x * y, grid: 11).count",
        function,
    ),
    row(
        Group::Data,
        "examples",
        &[
            need("inputs", Type::Any),
            may("label", Type::Any, "no classes"),
            may("target", Type::Any, "no values"),
            may("classes", Type::Int, "one more than the largest"),
        ],
        "a data set",
        "Examples that the script lists or draws: one row of `inputs` each, and a class (`label`) or values (`target`) each.",
        "show examples([[0, 0], [0, 1], [1, 0], [1, 1]], label: [0, 1, 1, 0]).count",
        examples,
    ),
];

/// `noise`: the place of the argument and its default.
fn generate(e: &mut Elaborator, b: &Builtin, a: &Arguments, rule: Rule, noise: (usize, f64), by: usize) -> Eval {
    let noise = e.known_number(a, noise.0, noise.1, "the noise")?;
    let examples = e.data_count(a, 0, "the number of examples")?;
    let key = e.data_key(b.name, a, by)?;
    let made = Generated { rule, examples, noise, key };
    match made.check() {
        Ok(()) => e.data_of(Source::Generated(made), a, 0, ""),
        Err(reason) => e.error(codes::DOMAIN, a.span, reason),
    }
}

fn blobs(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let (mut classes, mut inputs) = (3, 2);
    let centres = if a.has(5) {
        let array = numbers(e, a, 5, "the centres")?;
        let [n, size] = array.shape[..] else {
            return e.wrong_type(&a.get(5), a.place(5), "a list of centres, each a list of coordinates");
        };
        for (k, found, what) in [(1, n, "centres"), (2, size, "coordinates")] {
            if a.has(k) && e.data_count(a, k, "a number")? != found {
                return e.error(codes::CONFLICT, a.place(k), format!("the centres say otherwise: there are {found} {what}"));
            }
        }
        inputs = size;
        array.data.clone()
    } else {
        if a.has(1) {
            classes = e.data_count(a, 1, "the number of classes")?;
        }
        if a.has(2) {
            inputs = e.data_count(a, 2, "the number of inputs")?;
        }
        e.few((classes as i64).saturating_mul(inputs as i64), a.span)?;
        let key = e.data_key("blobs.centres", a, 6)?;
        let sd = e.known_number(a, 4, 5.0, "the distance")?;
        draw(e, a, Distribution::Normal { mean: 0.0, sd }, vec![classes, inputs], key)?
    };
    generate(e, b, a, Rule::Blobs { centres, inputs }, (3, 1.0), 6)
}

fn draw(e: &mut Elaborator, a: &Arguments, distribution: Distribution, shape: Vec<usize>, key: Key) -> Eval<Vec<f64>> {
    match Draw::new(distribution, shape, key) {
        Ok(draw) => Ok(draw.materialise()),
        Err(reason) => e.error(codes::DOMAIN, a.span, reason),
    }
}

/// Numbers that are known before the run.
fn numbers(e: &mut Elaborator, a: &Arguments, k: usize, what: &str) -> Eval<Arc<Array>> {
    let s = e.lift(&a.get(k), a.place(k))?;
    match &s.expr {
        Expr::Array(array) => Ok(array.clone()),
        Expr::Random(draw) => {
            e.few(draw.len() as i64, a.place(k))?;
            Ok(Arc::new(Array { shape: draw.shape.clone(), data: draw.materialise() }))
        }
        Expr::Number(x) => Ok(Arc::new(Array { shape: vec![], data: vec![*x] })),
        _ => e.not_known_yet(a.place(k), what),
    }
}

/// One number for each of `n` inputs, from a number or a list.
fn each(e: &mut Elaborator, a: &Arguments, k: usize, n: usize, default: f64, what: &str) -> Eval<Vec<f64>> {
    if !a.has(k) {
        return Ok(vec![default; n]);
    }
    let array = numbers(e, a, k, what)?;
    match array.data.len() {
        1 if array.shape.is_empty() => Ok(vec![array.data[0]; n]),
        found if found == n && array.shape.len() == 1 => Ok(array.data.clone()),
        found => {
            let d = Diagnostic::error(codes::SHAPE, a.place(k), format!("{what} does not fit the function's {n} arguments"))
                .label(format!("this has {found} numbers"))
                .expected(format!("one number, or a list of {n}"));
            Err(e.fail(d))
        }
    }
}

fn function(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let f = a.get(0);
    let inputs = match &f {
        Value::Function(f) => f.params.iter().filter(|p| p.default.is_none()).count(),
        Value::Builtin(b) if !b.variadic => b.params.iter().filter(|p| p.default.is_none()).count(),
        _ => 0,
    };
    if inputs == 0 {
        return e.wrong_type(&f, a.place(0), "a function of numbers, such as `x -> x^2`");
    }
    let (low, high) = (each(e, a, 2, inputs, -1.0, "`low`")?, each(e, a, 3, inputs, 1.0, "`high`")?);
    if let Some(k) = (0..inputs).find(|&k| low[k] >= high[k] || !(high[k] - low[k]).is_finite()) {
        return e.error(codes::DOMAIN, a.span, format!("the range {}..{} is empty or without end", low[k], high[k]));
    }
    let points = match (a.has(1), a.has(4)) {
        (true, true) => return e.error(codes::CONFLICT, a.place(4), "points are drawn (`n`) or on a `grid`, not both"),
        (false, false) => {
            let d = Diagnostic::error(codes::ARGUMENTS, a.span, "`function` lacks its points")
                .expected("`n`, a number of points that are drawn, or `grid`, the points in each direction");
            return Err(e.fail(d));
        }
        (true, false) => {
            let n = e.data_count(a, 1, "the number of points")?;
            e.few((n as i64).saturating_mul(inputs as i64), a.place(1))?;
            let key = e.data_key(b.name, a, 7)?;
            let mut x = draw(e, a, Distribution::Uniform { low: 0.0, high: 1.0 }, vec![n, inputs], key.derive(1))?;
            x.iter_mut().enumerate().for_each(|(k, x)| *x = low[k % inputs] + (high[k % inputs] - low[k % inputs]) * *x);
            x
        }
        (false, true) => grid(e, a, &low, &high)?,
    };
    tabulated(e, b, a, &f, inputs, points)
}

/// The points of a grid, the last input running fastest.
fn grid(e: &mut Elaborator, a: &Arguments, low: &[f64], high: &[f64]) -> Eval<Vec<f64>> {
    let inputs = low.len();
    let sizes = each(e, a, 4, inputs, 2.0, "`grid`")?;
    if sizes.iter().any(|s| *s < 2.0 || *s != libm::trunc(*s) || *s > 1e9) {
        return e.wrong_type(&a.get(4), a.place(4), "whole numbers of points from 2");
    }
    let total = sizes.iter().product::<f64>();
    e.few((total * inputs as f64) as i64, a.place(4))?;
    let mut points = Vec::with_capacity(total as usize * inputs);
    for k in 0..total as usize {
        let (mut rest, from) = (k, points.len());
        points.resize(from + inputs, 0.0);
        for i in (0..inputs).rev() {
            let n = sizes[i] as usize;
            let t = (rest % n) as f64 / (n - 1) as f64;
            points[from + i] = low[i] * (1.0 - t) + high[i] * t;
            rest /= n;
        }
    }
    Ok(points)
}

fn tabulated(e: &mut Elaborator, b: &Builtin, a: &Arguments, f: &Value, inputs: usize, points: Vec<f64>) -> Eval {
    let n = points.len() / inputs;
    let mut values = Vec::new();
    let mut shape: Option<Vec<usize>> = None;
    for point in points.chunks(inputs) {
        e.step(a.place(0))?;
        let given = e.call_value(f, point.iter().map(|x| Value::Real(*x)).collect(), a.place(0))?;
        let row: Option<Vec<f64>> = match &given {
            Value::List(items) => items.iter().map(Value::number).collect(),
            Value::Bool(b) => Some(vec![f64::from(u8::from(*b))]),
            v => v.number().map(|x| vec![x]),
        };
        let Some(row) = row else {
            return e.wrong_type(&given, a.place(0), "a function that gives a number or a list of numbers");
        };
        if let Some(x) = row.iter().find(|x| !x.is_finite()) {
            return e.error(codes::DOMAIN, a.place(0), format!("the function is {x} at ({})", listed(point)));
        }
        let this = if matches!(given, Value::List(_)) { vec![row.len()] } else { vec![] };
        if *shape.get_or_insert_with(|| this.clone()) != this || row.is_empty() {
            return e.error(
                codes::SHAPE,
                a.place(0),
                "the function must give the same number of values everywhere, at least one",
            );
        }
        values.extend(row);
        e.few(values.len() as i64, a.place(0))?;
    }
    let inputs = Arc::new(Array { shape: vec![n, inputs], data: points });
    let labelled = a.has(6);
    let noise = e.known_number(a, 5, 0.0, "the noise")?;
    if noise < 0.0 || (noise > 0.0 && labelled) {
        let reason = if labelled { "noise is added to values, and classes are none" } else { "the noise must not be negative" };
        return e.error(codes::DOMAIN, a.place(5), reason);
    }
    if noise > 0.0 {
        let key = e.data_key(b.name, a, 7)?;
        let eta = draw(e, a, Distribution::Normal { mean: 0.0, sd: noise }, vec![values.len()], key.derive(2))?;
        values.iter_mut().zip(eta).for_each(|(v, x)| *v += x);
    }
    let mut whole = vec![n];
    whole.extend(shape.unwrap_or_default());
    let values = Arc::new(Array { shape: whole, data: values });
    let name = format!("function({})", e.source_text(a.place(0)));
    let source = if labelled {
        let classes = e.data_count(a, 6, "the number of classes")?;
        Source::Table { name, inputs, values: None, labels: Some(labels(e, a, 0, &values, Some(classes))?) }
    } else {
        Source::Table { name, inputs, values: Some(values), labels: None }
    };
    e.data_of(source, a, 0, "")
}

fn listed(point: &[f64]) -> String {
    point.iter().map(f64::to_string).collect::<Vec<_>>().join(", ")
}

/// Classes from numbers.
fn labels(e: &mut Elaborator, a: &Arguments, k: usize, values: &Array, classes: Option<usize>) -> Eval<(Arc<Vec<u32>>, usize)> {
    let end = classes.map_or(1e6, |n| n as f64);
    if values.shape.len() != 1 {
        return e.error(codes::SHAPE, a.place(k), "a class is one whole number for each example");
    }
    if let Some(x) = values.data.iter().find(|x| !(**x >= 0.0 && **x < end && **x == libm::trunc(**x))) {
        let d = Diagnostic::error(codes::DOMAIN, a.place(k), format!("{x} is no class"))
            .expected(format!("whole numbers from 0 to {}", end as u64 - 1));
        return Err(e.fail(d));
    }
    let labels: Vec<u32> = values.data.iter().map(|x| *x as u32).collect();
    let classes = classes.unwrap_or_else(|| labels.iter().max().map_or(0, |m| *m as usize + 1));
    Ok((Arc::new(labels), classes))
}

fn examples(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let inputs = numbers(e, a, 0, "the inputs")?;
    let name = format!("examples({})", e.source_text(a.place(0)));
    let source = match (a.has(1), a.has(2)) {
        (true, true) => {
            return e.error(
                codes::CONFLICT,
                a.place(2),
                "an example has a class or values, not both: leave out `label` or `target`",
            );
        }
        (true, false) => {
            let classes = if a.has(3) { Some(e.data_count(a, 3, "the number of classes")?) } else { None };
            let values = numbers(e, a, 1, "the classes")?;
            Source::Table { name, inputs, values: None, labels: Some(labels(e, a, 1, &values, classes)?) }
        }
        (false, true) => Source::Table { name, inputs, values: Some(numbers(e, a, 2, "the values")?), labels: None },
        (false, false) => Source::Table { name, inputs, values: None, labels: None },
    };
    e.data_of(source, a, 0, "")
}
