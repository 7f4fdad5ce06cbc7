//! Quantities with axes of their own: histories of trainings, slices of landscapes, fractions of kinds.

use super::{assert_same, everything, folder, run};
use crate::results::*;
use crate::store::*;
use hdf5::types::VarLenUnicode;
use proptest::prelude::*;

pub(crate) fn axis(name: &str, coordinates: Coordinates) -> AxisValues {
    AxisValues { name: name.into(), coordinates }
}

pub(crate) fn texts(list: &[&str]) -> Coordinates {
    Coordinates::Text(list.iter().map(|t| t.to_string()).collect())
}

pub(crate) fn described(name: &str, axes: &[AxisValues]) -> Description {
    Description { name: name.into(), expression: format!("look({name})"), axes: axes.to_vec(), ..Description::default() }
}

pub(crate) fn quantity(shape: &[usize], of: impl Fn(usize) -> f64) -> Quantity {
    let n: usize = shape.iter().product();
    Quantity { shape: shape.to_vec(), value: (0..n).map(of).collect(), error: vec![0.0; n], ..Quantity::default() }
}

fn point(hash: String, quantities: Vec<(String, Quantity)>) -> PointResult {
    PointResult {
        hash,
        kernel: "adam in f32".into(),
        wall_seconds: 0.5,
        quantities,
        kept: vec![],
        warnings: vec![],
        failed: None,
    }
}

fn array(dimensions: &[&str], shape: &[usize], seed: f64) -> Kept {
    Kept::Array {
        dimensions: dimensions.iter().map(|d| d.to_string()).collect(),
        shape: shape.to_vec(),
        data: (0..shape.iter().product::<usize>()).map(|i| seed + i as f64 / 8.0).collect(),
    }
}

/// A training of networks of two widths, three runs each: records every epoch and every fifth, and what it keeps.
pub(crate) fn training(epochs: i64) -> TaskResult {
    let every = axis("epoch", Coordinates::Int((0..=epochs).collect()));
    let fifth = axis("epoch", Coordinates::Int((0..=epochs).step_by(5).collect()));
    let kind = axis("kind", texts(&["minimum", "maximum", "saddle", "flat"]));
    let (times, few) = (every.coordinates.len(), fifth.coordinates.len());
    let widths = [16usize, 64];
    let points = (0..6usize).map(|p| {
        let (width, run) = (widths[p / 3], p % 3);
        let loss = |k: usize| (1.0 + run as f64 / 4.0) / (1.0 + k as f64 * width as f64 / 16.0);
        let mut noisy = quantity(&[few], |k| 40.0 / (1.0 + k as f64));
        noisy.error = vec![0.25; few];
        noisy.replicates = [1.0, -1.0].iter().map(|s| noisy.value.iter().map(|v| v + s * 0.25).collect()).collect();
        let mut point = point(
            format!("{p:04x}"),
            vec![
                ("train".into(), quantity(&[times], loss)),
                ("test".into(), quantity(&[times], |k| 0.1 + loss(k))),
                ("trace".into(), noisy),
                ("top".into(), quantity(&[few, 2], |k| k as f64 + 0.5)),
                ("nature".into(), quantity(&[few, 4], |k| if k % 4 == 2 { 0.75 } else { 0.25 / 3.0 })),
                ("final_loss".into(), quantity(&[], |_| loss(times - 1))),
                ("epochs_run".into(), quantity(&[], |_| epochs as f64)),
            ],
        );
        let (x, seed) = (3 * width + 1, p as f64);
        point.kept = vec![
            ("weights/h1.weight".into(), array(&["h1.weight_0", "h1.weight_1"], &[width, 2], seed)),
            ("weights/h1.bias".into(), array(&["h1.bias_0"], &[width], seed)),
            ("parameters".into(), array(&["epoch", "parameter"], &[few, x], seed)),
        ];
        Some(point)
    });
    TaskResult {
        name: "fit".into(),
        kind: "train".into(),
        doc: None,
        plan_hash: "abc".into(),
        updates: String::new(),
        axes: vec![axis("width", Coordinates::Int(vec![16, 64])), axis("run", Coordinates::Int(vec![0, 1, 2]))],
        descriptions: vec![
            described("train", std::slice::from_ref(&every)),
            described("test", std::slice::from_ref(&every)),
            described("trace", std::slice::from_ref(&fifth)),
            described("top", std::slice::from_ref(&fifth)),
            described("nature", &[fifth.clone(), kind]),
            described("final_loss", &[]),
            described("epochs_run", &[]),
            described("parameters", std::slice::from_ref(&fifth)),
        ],
        points: points.collect(),
    }
}

/// A probe of one point: a slice, a density, an interpolation, kinds, and numbers.
pub(crate) fn probing() -> TaskResult {
    let steps = |n: usize| Coordinates::Real((0..n).map(|k| k as f64 / (n - 1) as f64 * 2.0 - 1.0).collect());
    let plane = [axis("α", steps(41)), axis("β", steps(41))];
    let grid = axis("grid", Coordinates::Int((0..50).collect()));
    let kind = axis("kind", texts(&["minimum", "maximum", "saddle", "flat"]));
    let t = axis("t", steps(9));
    let place = |k: usize| ((k / 41) as f64 / 20.0 - 1.0, (k % 41) as f64 / 20.0 - 1.0);
    let quantities = vec![
        ("sharp".into(), quantity(&[41, 41], |k| 0.12 + place(k).0.powi(2) * 3.3 + place(k).1.powi(2) * 1.88)),
        ("density".into(), quantity(&[50], |k| k as f64 / 100.0)),
        ("density_eigenvalue".into(), quantity(&[50], |k| k as f64 - 5.0)),
        ("path".into(), quantity(&[9], |k| (k as f64 - 4.0).powi(2))),
        ("path_barrier".into(), Quantity::exact(1.25)),
        ("nature".into(), quantity(&[4], |k| [0.25, 0.0, 0.75, 0.0][k])),
        ("top".into(), quantity(&[5], |k| 10.0 / (1.0 + k as f64))),
    ];
    TaskResult {
        name: "look".into(),
        kind: "probe".into(),
        doc: None,
        plan_hash: "def".into(),
        updates: String::new(),
        axes: vec![],
        descriptions: vec![
            described("sharp", &plane),
            described("density", std::slice::from_ref(&grid)),
            described("density_eigenvalue", std::slice::from_ref(&grid)),
            described("path", &[t]),
            described("path_barrier", &[]),
            described("nature", &[kind]),
            described("top", &[]),
        ],
        points: vec![Some(PointResult { kernel: "gradients in f64".into(), ..point("ff".into(), quantities) })],
    }
}

fn with(tasks: Vec<TaskResult>) -> RunResult {
    RunResult { tasks, ..RunResult::default() }
}

/// The names of the dimensions of a data set, by its scales.
fn dimensions(file: &hdf5::File, path: &str) -> Vec<String> {
    let dataset = file.dataset(path).unwrap_or_else(|_| panic!("no {path}"));
    (0..dataset.ndim()).map(|i| super::super::scales::name_of(&dataset, i)).collect()
}

#[test]
fn own_axes_are_dimension_scales_shared_by_all_that_run_over_them() {
    let dir = folder("own");
    let out = dir.join("a.h5");
    let mut half = training(20);
    half.points[1] = None;
    half.points[4].as_mut().unwrap().failed = Some("a reason".into());
    half.points[4].as_mut().unwrap().quantities.clear();
    half.points[4].as_mut().unwrap().kept.clear();
    let written = with(vec![training(20), probing(), TaskResult { name: "half".into(), ..half }]);
    publish(&written, &out).unwrap();
    assert_same(&written, &read(&out).unwrap());
    publish(&read(&out).unwrap(), &out).unwrap();
    assert_same(&written, &read(&out).unwrap());

    let file = hdf5::File::open(&out).unwrap();
    for task in ["fit", "half"] {
        let of = |path: &str| dimensions(&file, &format!("{task}/{path}"));
        assert_eq!(of("train"), ["width", "run", "epoch"]);
        assert_eq!(of("test_error"), ["width", "run", "epoch"]);
        assert_eq!(of("trace"), ["width", "run", "epoch_2"]);
        assert_eq!(of("replicates/trace"), ["width", "run", "bin", "epoch_2"]);
        assert_eq!(of("top"), ["width", "run", "epoch_2", "top_dim_0"]);
        assert_eq!(of("nature"), ["width", "run", "epoch_2", "kind"]);
        assert_eq!(of("parameters"), ["width", "run", "epoch_2", "parameter"]);
        assert_eq!(of("weights/h1.weight"), ["width", "run", "h1.weight_0", "h1.weight_1"]);
        // The larger width makes room for the smaller.
        assert_eq!(file.dataset(&format!("{task}/weights/h1.weight")).unwrap().shape(), [2, 3, 64, 2]);
    }
    assert_eq!(dimensions(&file, "look/sharp"), ["α", "β"]);
    let kinds = file.dataset("look/kind").unwrap().read_raw::<VarLenUnicode>().unwrap();
    assert_eq!(kinds.iter().map(|k| k.as_str()).collect::<Vec<_>>(), ["minimum", "maximum", "saddle", "flat"]);
    let entries = everything(&out);
    let epochs = entries.iter().filter(|e| e.path.starts_with("fit/epoch") && e.shape.as_ref().is_some_and(|s| s.len() == 1));
    assert_eq!(epochs.map(|e| e.path.as_str()).collect::<Vec<_>>(), ["fit/epoch", "fit/epoch_2"], "each once");
    assert!(entries.iter().any(|e| e.path == "fit/weights/h1.bias"));
}

#[test]
fn names_that_clash_and_shapes_that_do_not_fit_come_back_too() {
    let dir = folder("clash");
    let out = dir.join("a.h5");
    let mut task = training(10);
    // A quantity, a folder and points' columns called like axes; an axis called like one of the task.
    task.descriptions.push(described("epoch", &[]));
    task.descriptions
        .push(described("odd", &[axis("width", Coordinates::Real(vec![f64::NAN, -0.0])), axis("hash", texts(&["a"]))]));
    task.descriptions
        .push(described("twice", &[axis("t", Coordinates::Int(vec![1, 2])), axis("t", Coordinates::Int(vec![1, 2]))]));
    task.descriptions.push(described("none", &[axis("void", Coordinates::Int(vec![]))]));
    for (p, point) in task.points.iter_mut().flatten().enumerate() {
        point.quantities.push(("epoch".into(), Quantity::exact(3.0)));
        // Shorter than its axis, longer, of another rank, not there.
        let odd: &[usize] = [&[2, 1][..], &[1, 1], &[3, 1], &[], &[2], &[2, 4]][p];
        point.quantities.push(("odd".into(), quantity(odd, |k| k as f64 - 7.0)));
        point.quantities.push(("twice".into(), quantity(&[2, 2], |k| k as f64)));
        point.quantities.push(("none".into(), quantity(&[0], |k| k as f64)));
        point.quantities.push(("weights".into(), Quantity::exact(1.0)));
        point.kept.push(("weights/epoch".into(), array(&["epoch"], &[3 + p], 0.0)));
        point.kept.push(("weights/a/b".into(), array(&["a"], &[2], 0.0)));
        point.kept.push(("/odd".into(), array(&[], &[], 0.0)));
        point.kept.push(("more/".into(), array(&["x", "x"], &[2, 2], 0.0)));
    }
    let mut written = run();
    written.tasks.push(task);
    publish(&written, &out).unwrap();
    assert_same(&written, &read(&out).unwrap());
    let file = hdf5::File::open(&out).unwrap();
    assert_eq!(dimensions(&file, "fit/odd"), ["width", "run", "dim_0", "dim_1"]);
    assert_eq!(dimensions(&file, "fit/twice"), ["width", "run", "t", "t_2"]);
    assert_eq!(file.dataset("fit/epoch").unwrap().shape(), [11], "the axis has its name");
    assert_eq!(file.dataset("fit/epoch_3").unwrap().shape(), [2, 3]);
}

#[test]
fn files_from_before_quantities_had_axes_are_read() {
    let dir = folder("before");
    let out = dir.join("a.h5");
    publish(&with(vec![super::task(&[8], 2)]), &out).unwrap();
    let file = hdf5::File::open_rw(&out).unwrap();
    let group = file.group("scan").unwrap();
    let index = group.attr("index").unwrap().read_scalar::<VarLenUnicode>().unwrap().as_str().replace(",\"axes\":[]", "");
    assert!(!index.contains("\"doc\":null,\"axes\""));
    group.delete_attr("index").unwrap();
    super::super::columns::text_attribute(&group, "index", &index).unwrap();
    file.close().unwrap();
    assert_same(&with(vec![super::task(&[8], 2)]), &read(&out).unwrap());
}

#[test]
fn histories_and_their_axes_are_compared() {
    let a = with(vec![training(10), probing()]);
    let verdict = |b: &RunResult, path: &str| {
        compare(&a, b).into_iter().find(|c| c.path == path).unwrap_or_else(|| panic!("no {path}")).verdict
    };
    let all = compare(&a, &a);
    assert!(all.iter().all(|c| c.verdict == Verdict::Identical), "{all:?}");
    for path in
        ["fit/epoch", "fit/kind", "fit/train", "fit/keep/weights/h1.weight", "fit/keep/parameters", "look/α", "look/sharp"]
    {
        assert_eq!(verdict(&a, path), Verdict::Identical);
    }
    let mut b = a.clone();
    b.tasks[0].points[3].as_mut().unwrap().quantities[0].1.value[4] += 1.0;
    assert!(matches!(verdict(&b, "fit/train"), Verdict::Different { what } if what.contains("at point 3")));
    assert!(matches!(verdict(&b, "fit/test"), Verdict::Identical));
    let mut b = a.clone();
    b.tasks[1].descriptions[0].axes[0] = axis("α", Coordinates::Real((0..41).map(|k| k as f64).collect()));
    assert!(matches!(verdict(&b, "look/α"), Verdict::Different { .. }));
    let mut b = a.clone();
    b.tasks[0].descriptions[0].axes.clear();
    assert!(matches!(verdict(&b, "fit/train"), Verdict::Different { .. }));
    let mut b = a.clone();
    if let Kept::Array { data, .. } = &mut b.tasks[0].points[5].as_mut().unwrap().kept[0].1 {
        data[3] = 7.0;
    }
    assert!(matches!(verdict(&b, "fit/keep/weights/h1.weight"), Verdict::Different { .. }));
}

fn coordinates() -> impl Strategy<Value = Coordinates> {
    prop_oneof![
        proptest::collection::vec(any::<i64>(), 1..5).prop_map(Coordinates::Int),
        proptest::collection::vec(any::<u32>(), 1..5)
            .prop_map(|v| Coordinates::Real(v.into_iter().map(|b| f64::from(f32::from_bits(b))).collect())),
        proptest::collection::vec("[a-zäβ/ .]{0,5}", 1..4).prop_map(Coordinates::Text),
    ]
}

/// Names from few, so that they clash often with each other and with what the file has of its own.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(vec![
            "m",
            "t",
            "epoch",
            "kind",
            "points",
            "replicates",
            "bin",
            "hash",
            "m_error",
            "weights",
            "α"
        ])
        .prop_map(str::to_owned),
        "[a-c./]{1,3}",
    ]
}

fn own_axes(most: usize) -> impl Strategy<Value = Vec<AxisValues>> {
    proptest::collection::vec((name(), coordinates()).prop_map(|(name, coordinates)| AxisValues { name, coordinates }), 0..=most)
}

/// A column of a task: its description, its shape without its own axes, and how its points fill it.
#[derive(Clone, Debug)]
struct Column {
    description: Description,
    rest: Vec<usize>,
    bins: usize,
    /// Of each point in turn: how much is cut from the first dimension; `None`: the point lacks it.
    cut: Vec<Option<usize>>,
}

fn column() -> impl Strategy<Value = Column> {
    let cut = proptest::collection::vec(proptest::option::weighted(0.9, 0usize..3), 8);
    (name(), own_axes(3), proptest::collection::vec(1usize..4, 0..2), 0usize..3, cut).prop_map(|(name, axes, rest, bins, cut)| {
        Column { description: Description { axes, ..described(&name, &[]) }, rest, bins, cut }
    })
}

fn filled(c: &Column, p: usize) -> Option<(String, Quantity)> {
    let mut shape: Vec<usize> = c.description.axes.iter().map(|a| a.coordinates.len()).chain(c.rest.iter().copied()).collect();
    let cut = c.cut[p % c.cut.len()]?;
    if let Some(first) = shape.first_mut() {
        *first = first.saturating_sub(cut);
    }
    let mut q = quantity(&shape, |k| (k * 31 + p) as f64 / 7.0);
    let n = q.value.len();
    q.replicates = (0..c.bins).map(|b| vec![b as f64; n]).collect();
    if cut == 1 {
        q.error.clear();
        q.tau = vec![1.0; n];
    }
    Some((c.description.name.clone(), q))
}

fn any_task() -> impl Strategy<Value = TaskResult> {
    (own_axes(2), proptest::collection::vec(column(), 1..5), proptest::collection::vec((name(), own_axes(1), 1usize..4), 0..3))
        .prop_map(|(axes, mut columns, kept)| {
            let mut seen = std::collections::BTreeSet::new();
            columns.retain(|c| seen.insert(c.description.name.clone()));
            let count: usize = axes.iter().map(|a| a.coordinates.len()).product();
            let mut descriptions: Vec<Description> = columns.iter().map(|c| c.description.clone()).collect();
            let mut arrays: Vec<(String, Vec<String>, usize)> = Vec::new();
            for (name, own, length) in &kept {
                if arrays.iter().all(|(n, ..)| n != name) {
                    let dimensions = own.iter().map(|a| a.name.clone()).chain(["x".to_owned()]).collect();
                    arrays.push((name.clone(), dimensions, *length));
                    descriptions.push(Description { axes: own.clone(), ..described(name, &[]) });
                }
            }
            let points = (0..count).map(|p| {
                let mut made = point(format!("{p:04x}"), columns.iter().filter_map(|c| filled(c, p)).collect());
                for (name, dimensions, length) in &arrays {
                    let shape: Vec<usize> = dimensions.iter().map(|_| length + p % 2).collect();
                    let names: Vec<&str> = dimensions.iter().map(String::as_str).collect();
                    made.kept.push((name.clone(), array(&names, &shape, p as f64)));
                }
                (p % 5 != 4).then_some(made)
            });
            TaskResult { axes, descriptions, points: points.collect(), ..training(5) }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_task_comes_back(task in any_task()) {
        let dir = folder("property");
        let out = dir.join("a.h5");
        let written = with(vec![task]);
        // Not published: a hundred flushes to the disk take a minute.
        let file = hdf5::File::create(&out).unwrap();
        super::super::write_root::write_root(&file, &written).unwrap();
        file.close().unwrap();
        let back = read(&out).unwrap();
        assert_same(&written, &back);
        assert!(compare(&written, &back).iter().all(|c| c.verdict == Verdict::Identical));
    }
}
