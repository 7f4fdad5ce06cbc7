//! Data sets that are read: the digits that come with Ann, and files.

use super::super::Group;
use super::{Builtin, Param, Type, may, need, row};
use crate::diagnostic::codes;
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::data::parts;
use crate::elaborate::value::{Eval, Value};
use crate::plan::data::{Column, Csv, DataSet, Source, Step, Wanted};

const LABEL: Param = may("label", Type::Text, "no classes");
const TARGET: Param = may("target", Type::Text, "no values");
const CLASSES: Param = may("classes", Type::Int, "one more than the largest");
const FLAT: Param = may("flat", Type::Bool, "false");

pub const ROWS: &[Builtin] = &[
    row(
        Group::Data,
        "digits",
        &[],
        "a data set",
        "1797 handwritten digits of 8 by 8 pixels in 10 classes, in one row of 64 inputs from 0 to 1 (the 17 levels of the original over 16). They are the test set of UCI's \"Optical Recognition of Handwritten Digits\" (Alpaydin and Kaynak 1998, doi 10.24432/C50P49, CC BY 4.0) and come with Ann.",
        "show digits().count",
        |e, _, a| e.data_of(Source::Digits, a, 0, ""),
    ),
    row(
        Group::Data,
        "mnist",
        &[need("folder", Type::Text), FLAT],
        "a split: `.train`, `.test`",
        "MNIST (LeCun et al. 1998) in its four IDX files, plain or packed by gzip, under their usual names: 60,000 and 10,000 handwritten digits of the shape [1, 28, 28], or [784] if `flat`, from 0 to 1. A relative path starts at the script's folder.",
        "# let data = mnist(\"mnist\")\n# show data.train.count",
        |e, _, a| images(e, a, |folder, test| Source::Mnist { folder, fashion: false, test }),
    ),
    row(
        Group::Data,
        "fashion_mnist",
        &[need("folder", Type::Text), FLAT],
        "a split: `.train`, `.test`",
        "Fashion-MNIST (Xiao et al. 2017, arXiv:1708.07747): articles of clothing, in the form of `mnist`.",
        "# let data = fashion_mnist(\"fashion\", flat: true)",
        |e, _, a| images(e, a, |folder, test| Source::Mnist { folder, fashion: true, test }),
    ),
    row(
        Group::Data,
        "cifar10",
        &[need("folder", Type::Text), FLAT],
        "a split: `.train`, `.test`",
        "CIFAR-10 (Krizhevsky 2009) in its binary form, `data_batch_1.bin` to `test_batch.bin`: 50,000 and 10,000 photographs of the shape [3, 32, 32], or [3072] if `flat`, from 0 to 1.",
        "# let data = cifar10(\"cifar-10-batches-bin\")",
        |e, _, a| images(e, a, |folder, test| Source::Cifar10 { folder, test }),
    ),
    row(
        Group::Data,
        "csv",
        &[
            need("file", Type::Text),
            may("label", Type::Any, "no classes"),
            may("target", Type::Any, "no values"),
            may("inputs", Type::Any, "all other columns"),
            may("header", Type::Bool, "if no field of the first line is a number"),
            may("classes", Type::Any, "as they are found"),
        ],
        "a data set",
        "A table of text with commas, semicolons or tabs between its fields, plain or packed by gzip. Columns are given by name or by number (from 0, negative ones from the end), several as a list: `label` is the column of the class, `target` one column of values or more. Whole numbers are classes as they are, other labels are numbered in their order; `classes` is the number of classes or a list of their names.",
        "# let iris = csv(\"iris.csv\", label: \"species\")",
        csv,
    ),
    row(
        Group::Data,
        "npy",
        &[need("inputs", Type::Text), LABEL, TARGET, CLASSES],
        "a data set",
        "NumPy arrays, a file each, whose first direction counts the examples: `inputs`, and `label` (whole numbers) or `target`.",
        "# let data = npy(\"x.npy\", label: \"y.npy\")",
        |e, _, a| {
            let (wanted, targets) = wanted(e, a, 1)?;
            let targets = targets.map(|t| e.data_path(&t));
            let inputs = e.data_path(&text(a, 0));
            e.data_of(Source::Npy { inputs, targets, wanted }, a, 0, &text(a, 0))
        },
    ),
    row(
        Group::Data,
        "npz",
        &[need("file", Type::Text), may("inputs", Type::Text, "\"x\""), LABEL, TARGET, CLASSES],
        "a data set",
        "Arrays of one NumPy archive, by their names in there.",
        "# let data = npz(\"mnist.npz\", inputs: \"x_train\", label: \"y_train\")",
        |e, _, a| {
            let (wanted, targets) = wanted(e, a, 2)?;
            let inputs = if a.has(1) { text(a, 1) } else { "x".to_string() };
            let path = e.data_path(&text(a, 0));
            e.data_of(Source::Npz { path, inputs, targets, wanted }, a, 0, &text(a, 0))
        },
    ),
    row(
        Group::Data,
        "hdf5_table",
        &[need("file", Type::Text), need("inputs", Type::Any), LABEL, may("target", Type::Any, "no values"), CLASSES],
        "a data set",
        "Data sets of an HDF5 file, by their paths in there, whose first direction counts the examples. `inputs` is one of them, or a list of columns; so is `target`.",
        "# let data = hdf5_table(\"run.h5\", inputs: [\"t/a\", \"t/b\"], target: \"t/y\")",
        |e, _, a| {
            let inputs = texts(e, a, 1)?;
            let path = e.data_path(&text(a, 0));
            let (wanted, targets) = match (a.has(2), a.has(3)) {
                (true, true) => return both(e, a, 3),
                (true, false) => (label(e, a, 4)?, vec![text(a, 2)]),
                (false, true) => (Wanted::Values, texts(e, a, 3)?),
                (false, false) => (Wanted::Nothing, Vec::new()),
            };
            e.data_of(Source::Hdf5 { path, inputs, targets, wanted }, a, 0, &text(a, 0))
        },
    ),
    row(
        Group::Data,
        "idx",
        &[need("inputs", Type::Text), LABEL, TARGET, CLASSES],
        "a data set",
        "IDX files (the form of MNIST) of any size, plain or packed by gzip. Bytes are taken as pixels and divided by 255.",
        "# let letters = idx(\"emnist-images.gz\", label: \"emnist-labels.gz\").reshape([1, 28, 28])",
        |e, _, a| {
            let (wanted, targets) = wanted(e, a, 1)?;
            let targets = targets.map(|t| e.data_path(&t));
            let inputs = e.data_path(&text(a, 0));
            e.data_of(Source::Idx { inputs, targets, wanted }, a, 0, &text(a, 0))
        },
    ),
    row(
        Group::Data,
        "images",
        &[need("folder", Type::Text)],
        "a data set",
        "A folder with a folder for each class with its images: PNG, PGM or PPM, all of one size. Inputs have the shape [channels, height, width] and lie between 0 and 1; classes are numbered in the order of their names.",
        "# let cells = images(\"cells\")",
        |e, _, a| {
            let folder = e.data_path(&text(a, 0));
            e.data_of(Source::Images { folder }, a, 0, &text(a, 0))
        },
    ),
];

fn text(a: &Arguments, k: usize) -> String {
    match a.get(k) {
        Value::Text(t) => t.to_string(),
        _ => String::new(),
    }
}

/// One text or a list of them.
fn texts(e: &mut Elaborator, a: &Arguments, k: usize) -> Eval<Vec<String>> {
    let all = match a.get(k) {
        Value::Text(t) => Some(vec![t.to_string()]),
        Value::List(items) if !items.is_empty() => items
            .iter()
            .map(|item| match item {
                Value::Text(t) => Some(t.to_string()),
                _ => None,
            })
            .collect(),
        _ => None,
    };
    match all {
        Some(all) => Ok(all),
        None => e.wrong_type(&a.get(k), a.place(k), "the path of a data set, or a list of such paths"),
    }
}

fn both<T>(e: &mut Elaborator, a: &Arguments, k: usize) -> Eval<T> {
    e.error(codes::CONFLICT, a.place(k), "an example has a class or values, not both: leave out `label` or `target`")
}

fn label(e: &mut Elaborator, a: &Arguments, classes: usize) -> Eval<Wanted> {
    let classes = if a.has(classes) { Some(e.data_count(a, classes, "the number of classes")?) } else { None };
    Ok(Wanted::Label { classes })
}

/// `label`, `target` and `classes`, which follow each other.
fn wanted(e: &mut Elaborator, a: &Arguments, k: usize) -> Eval<(Wanted, Option<String>)> {
    match (a.has(k), a.has(k + 1)) {
        (true, true) => both(e, a, k + 1),
        (true, false) => Ok((label(e, a, k + 2)?, Some(text(a, k)))),
        (false, true) => Ok((Wanted::Values, Some(text(a, k + 1)))),
        (false, false) => Ok((Wanted::Nothing, None)),
    }
}

/// A set of images with its two parts.
fn images(e: &mut Elaborator, a: &Arguments, source: impl Fn(String, bool) -> Source) -> Eval {
    let flat = e.truth(a, 1, false)?;
    let folder = e.data_path(&text(a, 0));
    let mut made = Vec::new();
    for (name, test) in [("train", false), ("test", true)] {
        let mut set = DataSet::new(source(folder.clone(), test));
        if flat {
            set = set.then(Step::Flatten);
        }
        made.push((name, e.data_set(set, a.place(0), &text(a, 0))?));
    }
    Ok(parts(made))
}

fn csv(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let (wanted, targets) = match (a.has(1), a.has(2)) {
        (true, true) => return both(e, a, 2),
        (true, false) => {
            let targets = columns(e, a, 1)?;
            if targets.len() != 1 {
                return e.error(codes::ARGUMENTS, a.place(1), "a class is one column: for several values write `target`");
            }
            (Wanted::Label { classes: None }, targets)
        }
        (false, true) => (Wanted::Values, columns(e, a, 2)?),
        (false, false) => (Wanted::Nothing, Vec::new()),
    };
    let inputs = if a.has(3) { columns(e, a, 3)? } else { Vec::new() };
    let header = if a.has(4) { Some(e.truth(a, 4, true)?) } else { None };
    let (mut wanted, mut classes) = (wanted, Vec::new());
    if a.has(5) {
        if !matches!(wanted, Wanted::Label { .. }) {
            return e.error(
                codes::CONFLICT,
                a.place(5),
                "`classes` says how many classes there are: give their column as `label`",
            );
        }
        match a.get(5) {
            Value::Text(_) | Value::List(_) => classes = texts(e, a, 5)?,
            _ => wanted = Wanted::Label { classes: Some(e.data_count(a, 5, "the number of classes")?) },
        }
    }
    let path = e.data_path(&text(a, 0));
    e.data_of(Source::Csv(Csv { path, header, inputs, targets, wanted, classes }), a, 0, &text(a, 0))
}

/// A column, or a list of columns.
fn columns(e: &mut Elaborator, a: &Arguments, k: usize) -> Eval<Vec<Column>> {
    let one = |v: &Value| match v {
        Value::Text(t) => Some(Column::Name(t.to_string())),
        v => v.integer().map(Column::Number),
    };
    let all = match a.get(k) {
        Value::List(items) if !items.is_empty() => items.iter().map(one).collect(),
        Value::Range(first, end) if first < end && end - first < 1 << 20 => Some((first..end).map(Column::Number).collect()),
        v => one(&v).map(|c| vec![c]),
    };
    match all {
        Some(all) => Ok(all),
        None => e.wrong_type(&a.get(k), a.place(k), "a column (its name or its number) or a list of columns"),
    }
}
