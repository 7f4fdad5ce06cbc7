//! What is done to a data set, written `data.name(...)`. A row gets its arguments and, after them, the data set.

use super::super::Group;
use super::{BY, Builtin, Type, may, need, row};
use crate::diagnostic::codes;
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::data::parts;
use crate::elaborate::value::{Eval, Value};
use crate::plan::data::{DataSet, Over, Part, Scale, Share, Split, Step};
use std::sync::Arc;

pub const ROWS: &[Builtin] = &[
    row(
        Group::Data,
        "split",
        &[
            may("test", Type::Real, "0.25"),
            may("validation", Type::Real, "none"),
            BY,
            may("stratify", Type::Bool, "true"),
            may("shuffle", Type::Bool, "true"),
        ],
        "a split: `.train`, `.test` and perhaps `.validation`",
        "Parts that have no example in common. `test` and `validation` are fractions, or numbers of examples. Every class has the same share of each part unless `stratify: false`; examples are dealt out at random by the key `by`, or in their order, the test part last, with `shuffle: false`.",
        "let split = digits().split(test: 0.25)\nshow split.train.count\nshow split.test.count",
        split,
    ),
    row(
        Group::Data,
        "take",
        &[need("n", Type::Int)],
        "a data set",
        "The first n examples.",
        "show digits().take(100).count",
        |e, _, a| {
            let n = e.data_count(a, 0, "the number of examples")?;
            e.data_step(a, Step::Take(n))
        },
    ),
    row(
        Group::Data,
        "shuffle",
        &[BY],
        "a data set",
        "The same examples in a random order; `by` is its key.",
        "show digits().shuffle(1).count",
        |e, b, a| {
            let key = e.data_key(b.name, a, 0)?;
            e.data_step(a, Step::Shuffle { key })
        },
    ),
    row(
        Group::Data,
        "normalise",
        &[may("by", Type::Data, "these examples"), may("to", Type::Word, "standard"), may("over", Type::Word, "features")],
        "a data set",
        "Inputs shifted and scaled to mean 0 and variance 1 (`to: standard`), or to 0..1 (`to: unit`), by the statistics of the examples `by`, usually the training part. Statistics are of each input (`over: features`), of each channel of images (`channels`) or of everything (`all`). Inputs that do not vary are shifted only. On a split, `by` is its training part.",
        "let split = digits().split(test: 0.25).normalise(over: all)\nshow split.test.count",
        normalise,
    ),
    row(
        Group::Data,
        "relabel",
        &[need("fraction", Type::Real), BY],
        "a data set",
        "A fraction of the examples, drawn by the key `by`, gets classes that are drawn uniformly from all (Zhang et al. 2017, arXiv:1611.03530).",
        "show digits().relabel(0.1).count",
        |e, b, a| {
            let key = e.data_key(b.name, a, 1)?;
            let fraction = e.known_number(a, 0, 0.0, "the fraction")?;
            e.data_step(a, Step::Relabel { fraction, key })
        },
    ),
    row(
        Group::Data,
        "threshold",
        &[may("at", Type::Real, "0.5"), may("low", Type::Real, "0"), may("high", Type::Real, "1")],
        "a data set",
        "Inputs above `at` become `high`, all others `low`: pictures in black and white, states of two values.",
        "show digits().threshold(0.5, low: -1).take(1).inputs",
        |e, _, a| {
            let at = e.known_number(a, 0, 0.5, "the threshold")?;
            let (low, high) = (e.known_number(a, 1, 0.0, "the low value")?, e.known_number(a, 2, 1.0, "the high value")?);
            if !(at.is_finite() && low.is_finite() && high.is_finite()) {
                return e.error(crate::diagnostic::codes::DOMAIN, a.span, "a threshold and its two values are finite numbers");
            }
            e.data_step(a, Step::Threshold { at, low, high })
        },
    ),
    row(
        Group::Data,
        "one_hot",
        &[],
        "a data set",
        "Classes as values: 1 for the class of the example and 0 for the others.",
        "show digits().one_hot().count",
        |e, _, a| e.data_step(a, Step::OneHot),
    ),
    row(
        Group::Data,
        "flatten",
        &[],
        "a data set",
        "The inputs of an example in one row.",
        "show digits().reshape([1, 8, 8]).flatten().shape",
        |e, _, a| e.data_step(a, Step::Flatten),
    ),
    row(
        Group::Data,
        "reshape",
        &[need("shape", Type::List)],
        "a data set",
        "The inputs of an example in another shape, such as [1, 8, 8] for images of one channel.",
        "show digits().reshape([1, 8, 8]).shape",
        |e, _, a| {
            let shape = whole(e, a, 0, "a size")?;
            e.data_step(a, Step::Reshape(shape))
        },
    ),
    row(
        Group::Data,
        "classes",
        &[need("classes", Type::List)],
        "a data set",
        "The examples of these classes, which are numbered anew in this order.",
        "show digits().classes([3, 8]).count",
        |e, _, a| {
            let classes = whole(e, a, 0, "a class")?;
            e.data_step(a, Step::Classes(classes))
        },
    ),
];

fn whole(e: &mut Elaborator, a: &Arguments, k: usize, what: &str) -> Eval<Vec<usize>> {
    let items = match a.get(k) {
        Value::List(items) => items.to_vec(),
        Value::Range(first, end) => {
            e.few(end.saturating_sub(first), a.place(k))?;
            (first..end).map(Value::Int).collect()
        }
        other => return e.wrong_type(&other, a.place(k), "a list of whole numbers"),
    };
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        match usize::try_from(e.whole(&item, a.place(k), what)?) {
            Ok(n) => all.push(n),
            Err(_) => return e.error(codes::DOMAIN, a.place(k), format!("{what} must not be negative")),
        }
    }
    Ok(all)
}

/// A fraction, or (as a whole number) a count.
fn share(e: &mut Elaborator, a: &Arguments, k: usize, what: &str) -> Eval<Share> {
    match a.get(k) {
        Value::Int(n) => match usize::try_from(n) {
            Ok(n) if n > 0 => Ok(Share::Count(n)),
            _ => e.error(codes::DOMAIN, a.place(k), format!("{n} examples for {what}")),
        },
        v => match v.number() {
            Some(f) => Ok(Share::Fraction(f)),
            None => e.not_known_yet(a.place(k), what),
        },
    }
}

fn split(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let test = if a.has(0) { share(e, a, 0, "the test part")? } else { Share::Fraction(0.25) };
    let validation = if a.has(1) { Some(share(e, a, 1, "the validation part")?) } else { None };
    let key = e.data_key(b.name, a, 2)?;
    let (stratify, shuffle) = (e.truth(a, 3, true)?, e.truth(a, 4, true)?);
    let split = Split { test, validation, stratify, key: shuffle.then_some(key) };
    let mut made = Vec::new();
    for (name, part) in [("train", Part::Train), ("validation", Part::Validation), ("test", Part::Test)] {
        if part != Part::Validation || validation.is_some() {
            made.push((name, e.data_step(a, Step::Split { part, split: split.clone() })?));
        }
    }
    Ok(parts(made))
}

fn normalise(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let by = match a.get(0) {
        Value::Data(by) => Some(Arc::new(DataSet::clone(&by))),
        _ => None,
    };
    let scale = match e.word(a, 1, "standard")?.as_str() {
        "standard" => Scale::Standard,
        "unit" => Scale::Unit,
        other => {
            return e.error(
                codes::DOMAIN,
                a.place(1),
                format!("inputs are normalised to `standard` or `unit`, not to `{other}`"),
            );
        }
    };
    let over = match e.word(a, 2, "features")?.as_str() {
        "features" => Over::Features,
        "channels" => Over::Channels,
        "all" => Over::All,
        other => {
            return e.error(
                codes::DOMAIN,
                a.place(2),
                format!("statistics are over `features`, `channels` or `all`, not over `{other}`"),
            );
        }
    };
    e.data_step(a, Step::Normalise { scale, over, by })
}
