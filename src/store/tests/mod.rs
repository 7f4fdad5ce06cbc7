//! Whole files: the round trip, refusals, dimension scales. Also the examples that the other tests of
//! this room use.

pub(super) mod own_axes;
mod tables;

use super::*;
use crate::diagnostic::codes;
use crate::results::*;
use std::fs;
use std::path::{Path, PathBuf};

/// A fresh empty folder, removed with the guard.
pub(super) struct Folder(PathBuf);

pub(super) fn folder(name: &str) -> Folder {
    let dir = std::env::temp_dir().join(format!("ann-store-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    Folder(dir)
}

impl std::ops::Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A point with a scalar, a vector of `n` and an exact number.
pub(super) fn point(hash: &str, n: usize) -> PointResult {
    let x = n as f64;
    let m = Quantity {
        shape: vec![],
        value: vec![0.5 + x / 7.0],
        error: vec![0.01],
        tau: vec![1.5],
        ess: vec![1000.0],
        rhat: vec![1.001],
        replicates: (0..4).map(|b| vec![0.5 + x / 7.0 + b as f64 * 1e-3]).collect(),
    };
    let v = Quantity {
        shape: vec![n],
        value: (0..n).map(|i| i as f64 / 3.0).collect(),
        error: vec![0.1; n],
        replicates: (0..4).map(|b| vec![b as f64; n]).collect(),
        ..Quantity::default()
    };
    PointResult {
        hash: hash.to_owned(),
        kernel: format!("kernel {}", n % 2),
        wall_seconds: 0.25,
        quantities: vec![("m".into(), m), ("overlap".into(), v), ("n".into(), Quantity::exact(x))],
        kept: vec![],
        warnings: vec![],
        failed: None,
    }
}

/// A task over `L` and `temperatures` values of `T`.
pub(super) fn task(sizes: &[i64], temperatures: usize) -> TaskResult {
    let axes = vec![
        AxisValues { name: "L".into(), coordinates: Coordinates::Int(sizes.to_vec()) },
        AxisValues {
            name: "T".into(),
            coordinates: Coordinates::Real((0..temperatures).map(|i| 1.0 + i as f64 * 0.1).collect()),
        },
    ];
    let describe = |name: &str, expression: &str| Description {
        name: name.into(),
        expression: expression.into(),
        units: None,
        doc: None,
        axes: vec![],
    };
    let mut m = describe("m", "mean(s)");
    m.units = Some("1".into());
    m.doc = Some("magnetisation per site".into());
    TaskResult {
        name: "scan".into(),
        kind: "sample".into(),
        doc: Some("a scan".into()),
        plan_hash: "abc".into(),
        updates: "site after site".into(),
        axes,
        descriptions: vec![m, describe("overlap", "s . ξ / N"), describe("n", "1")],
        points: (0..sizes.len() * temperatures).map(|p| Some(point(&format!("{p:04x}"), 2 + p % 3))).collect(),
    }
}

/// Everything that a file can hold, with all that is awkward.
pub(super) fn run() -> RunResult {
    let mut scan = task(&[8, 16], 3);
    scan.points[4] = None;
    for (p, point) in scan.points.iter_mut().enumerate() {
        let Some(point) = point else { continue };
        let samples = 5 + p;
        let spin = |i: usize| if i.is_multiple_of(3) { -1.0 } else { 1.0 };
        point.kept = vec![
            ("e".into(), Kept::Series { chains: 2, samples, data: (0..2 * samples).map(|i| -(i as f64) / 9.0).collect() }),
            ("s".into(), Kept::States { chains: 2, samples: 3, sites: 4 + p, data: (0..6 * (4 + p)).map(spin).collect() }),
            ("q".into(), Kept::Histogram { low: -1.0, high: 1.0, density: vec![0.25; 4], error: vec![0.01; 4], outside: 0.0 }),
            (
                "r".into(),
                Kept::Histogram {
                    low: -(p as f64),
                    high: 0.1 + p as f64,
                    density: vec![0.5; 2 + p],
                    error: vec![],
                    outside: -0.0,
                },
            ),
            (
                "G".into(),
                Kept::Array {
                    dimensions: vec!["site".into(), "site".into()],
                    shape: vec![2, 2],
                    data: vec![1.0, 2.0, 3.0, p as f64],
                },
            ),
            ("x".into(), Kept::States { chains: 1, samples: 1, sites: 2, data: vec![0.5, -0.0] }),
        ];
    }
    let odd = scan.points[1].as_mut().unwrap();
    odd.quantities[0].1.value[0] = f64::from_bits(0x7ff8_0000_0000_beef);
    odd.quantities[0].1.error[0] = f64::INFINITY;
    odd.quantities[1].1.value[0] = -0.0;
    odd.quantities[1].1.value[1] = 5e-324;
    odd.quantities[0].1.tau.clear();
    odd.quantities.swap(0, 2);
    odd.warnings = vec![Warning { code: "W0101".into(), message: "short: \"τ\" = 3\nreally".into() }];
    let failed = scan.points[5].as_mut().unwrap();
    failed.failed = Some(String::new());
    failed.quantities.remove(0);
    failed.kept.truncate(1);

    let mut plain = task(&[8], 1);
    plain.name = "plan".into();
    plain.doc = None;
    plain.axes.clear();
    plain.points[0].as_mut().unwrap().kept = vec![("chain".into(), Kept::Series { chains: 1, samples: 2, data: vec![1.0, 2.0] })];
    let mut texts = task(&[1, 2], 1);
    texts.name = "wie_β".into();
    texts.axes[0] =
        AxisValues { name: "how".into(), coordinates: Coordinates::Text(vec!["metropolis".into(), "größe β".into()]) };
    texts.axes[1].name = "kernel".into();

    let number = |name: &str, value: f64, error: f64| Derived {
        name: name.into(),
        expression: format!("crossing({name})"),
        doc: Some("where curves cross".into()),
        axes: vec![],
        shape: vec![],
        value: vec![value],
        error: vec![error],
        text: None,
    };
    let mut over = number("ratio", 0.0, 0.0);
    over.axes = scan.axes.clone();
    over.value = (0..6).map(|i| i as f64 / 7.0).collect();
    over.error = vec![0.0; 6];
    let mut other = number("T", 0.0, 0.0);
    other.axes = vec![AxisValues { name: "T".into(), coordinates: Coordinates::Real(vec![f64::NAN, -0.0]) }];
    other.shape = vec![2];
    other.value = vec![1.0, 2.0, 3.0, f64::NAN];
    other.error = vec![];
    let mut said = number("said", 0.0, 0.0);
    (said.value, said.error, said.text) = (vec![], vec![], Some("Grüße\n".into()));
    let claim = |expression: &str, holds| Claim { expression: expression.into(), holds, detail: "2.2689(4) vs 2.26919".into() };
    RunResult {
        header: Header {
            ann_version: "0.1.0".into(),
            created: "2026-01-02T03:04:05Z".into(),
            seed: 7,
            command: vec!["ann".into(), "run".into(), "scan.ann".into()],
            host: "here".into(),
            title: Some("A scan".into()),
            attributes: vec![("authors".into(), "A. Nother".into()), ("seed".into(), "not the seed".into())],
            doc: Some("long\ntext".into()),
            sources: vec![
                ("scan.ann".into(), "param L = 8\n".into()),
                ("../lib/scan.ann".into(), "".into()),
                ("a|b".into(), "β".into()),
            ],
            params: vec![
                ("L".into(), Some("size".into()), "8".into()),
                ("x".into(), None, "0.1".into()),
                ("name".into(), None, "\"text\"".into()),
                ("list".into(), None, "[1, 2.5]".into()),
            ],
            overrides: vec!["L=8".into()],
            plan: "{\"tasks\": []}".into(),
            complete: false,
        },
        tasks: vec![scan, plain, texts],
        derived: vec![number("Tc", 2.2692, 0.0014), over, other, said, number("Tc", 1.0, 0.0)],
        claims: vec![claim("abs(Tc - 2.269) < 0.01", true), claim("Tc > 3", false)],
    }
}

/// Equality of bits: `Debug` writes the shortest text that reads back as the same number, and the
/// sign of zero; NaNs are compared apart.
fn assert_same(a: &RunResult, b: &RunResult) {
    assert_eq!(format!("{a:#?}"), format!("{b:#?}"));
    for (a, b) in a.tasks.iter().zip(&b.tasks) {
        for (a, b) in a.points.iter().flatten().zip(b.points.iter().flatten()) {
            for ((_, a), (_, b)) in a.quantities.iter().zip(&b.quantities) {
                let bits = |q: &Quantity| q.value.iter().chain(&q.error).map(|x| x.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(a), bits(b));
            }
        }
    }
}

#[test]
fn everything_comes_back_bit_for_bit() {
    let dir = folder("round");
    let out = dir.join("a.h5");
    let written = run();
    publish(&written, &out).unwrap();
    let back = read(&out).unwrap();
    assert_same(&written, &back);
    assert_eq!(back.tasks[0].points[1].as_ref().unwrap().quantity("m").unwrap().value[0].to_bits(), 0x7ff8_0000_0000_beef);
    // What was read can be written again, in place.
    publish(&back, &out).unwrap();
    assert_same(&written, &read(&out).unwrap());
    assert_eq!(fs::read_dir(out.parent().unwrap()).unwrap().count(), 1, "nothing else is left");
    publish(&RunResult::default(), &out).unwrap();
    assert_same(&RunResult::default(), &read(&out).unwrap());
}

#[test]
fn large_arrays_are_compressed_and_come_back() {
    let dir = folder("large");
    let out = dir.join("a.h5");
    let mut written = RunResult { tasks: vec![task(&[8], 2)], ..RunResult::default() };
    let series: Vec<f64> = (0..100_000).map(|i| f64::from(i % 100)).collect();
    let states: Vec<f32> = (0..1_000_000).map(|i| if i % 5 == 0 { 1.0 } else { -1.0 }).collect();
    written.tasks[0].points[0].as_mut().unwrap().kept = vec![
        ("e".into(), Kept::Series { chains: 2, samples: 50_000, data: series }),
        ("s".into(), Kept::States { chains: 2, samples: 50, sites: 10_000, data: states }),
    ];
    publish(&written, &out).unwrap();
    let size = fs::metadata(&out).unwrap().len();
    assert!(size < 500_000, "{size} bytes");
    assert!(read(&out).unwrap() == written);
}

#[test]
fn every_dimension_of_a_task_is_named() {
    let dir = folder("scales");
    let out = dir.join("a.h5");
    publish(&run(), &out).unwrap();
    let file = hdf5::File::open(&out).unwrap();
    let mut seen = 0;
    for entry in everything(&out) {
        let Some(shape) = entry.shape.filter(|s| !s.is_empty()) else { continue };
        if ["sources", "params"].iter().any(|g| entry.path.starts_with(g)) {
            continue;
        }
        let dataset = file.dataset(&entry.path).unwrap();
        if dataset.attr("CLASS").is_ok() {
            assert_eq!(shape.len(), 1, "{}", entry.path);
            continue;
        }
        let scales = dataset.attr("DIMENSION_LIST").unwrap_or_else(|_| panic!("{} has bare dimensions", entry.path));
        assert_eq!(scales.shape(), [shape.len()], "{}", entry.path);
        assert!(
            entry.expression.is_some() || entry.path.contains("points") || entry.path.starts_with("expects"),
            "{}",
            entry.path
        );
        seen += 1;
    }
    assert!(seen > 60, "{seen}");
    let text =
        |name: &str| file.dataset("scan/m").unwrap().attr(name).unwrap().read_scalar::<hdf5::types::VarLenUnicode>().unwrap();
    assert_eq!((text("expression").as_str(), text("units").as_str()), ("mean(s)", "1"));
}

#[test]
fn files_that_are_not_ours_are_refused_and_left() {
    let dir = folder("foreign");
    let good = dir.join("good.h5");
    publish(&run(), &good).unwrap();
    let whole = fs::read(&good).unwrap();
    let foreign = dir.join("foreign.h5");
    hdf5::File::create(&foreign).unwrap().new_dataset::<f64>().create("x").unwrap();
    fs::write(dir.join("text.h5"), "a, b\n1, 2\n").unwrap();
    fs::write(dir.join("empty.h5"), "").unwrap();
    fs::write(dir.join("half.h5"), &whole[..whole.len() / 2]).unwrap();
    fs::write(dir.join("head.h5"), &whole[..20]).unwrap();
    fs::copy(&good, dir.join("later.h5")).unwrap();
    let later = hdf5::File::open_rw(dir.join("later.h5")).unwrap();
    later.delete_attr("format").unwrap();
    columns::text_attribute(&later, "format", "ann/2").unwrap();
    later.close().unwrap();
    let cases = [
        ("foreign.h5", "not a result of Ann"),
        ("text.h5", "not an HDF5 file"),
        ("empty.h5", "is empty"),
        ("half.h5", "truncated"),
        ("head.h5", "is damaged"),
        ("later.h5", "later version"),
    ];
    for (name, words) in cases {
        let path = dir.join(name);
        let before = fs::read(&path).unwrap();
        for refused in [read(&path).unwrap_err(), check_target(&path).unwrap_err(), publish(&run(), &path).unwrap_err()] {
            assert_eq!(refused.code, codes::FOREIGN_FILE, "{name}");
            assert!(refused.message.contains(words), "{name}: {}", refused.message);
        }
        assert_eq!(fs::read(&path).unwrap(), before, "{name}");
    }
    assert_eq!(read(&dir.join("none.h5")).unwrap_err().code, codes::CANNOT_READ);
    check_target(&good).unwrap();
    check_target(&dir.join("none.h5")).unwrap();
    assert!(!dir.join("none.h5").exists());
}

#[test]
fn a_damaged_file_gives_a_diagnostic_and_never_a_panic() {
    let dir = folder("bits");
    let good = dir.join("good.h5");
    let mut small = run();
    small.tasks.truncate(1);
    publish(&small, &good).unwrap();
    let whole = fs::read(&good).unwrap();
    let bad = dir.join("bad.h5");
    for i in 0..60 {
        let mut bytes = whole.clone();
        let place = (i * 7919 * 13) % bytes.len();
        bytes[place..].iter_mut().take(8).for_each(|b| *b ^= 0x55);
        fs::write(&bad, &bytes).unwrap();
        if let Err(refused) = read(&bad) {
            assert!([codes::FOREIGN_FILE, codes::CANNOT_READ].contains(&refused.code));
        }
    }
    // Ours by its mark, with content that does not fit the schema.
    fs::write(&bad, &whole).unwrap();
    let file = hdf5::File::open_rw(&bad).unwrap();
    file.group("scan/points").unwrap().unlink("layout").unwrap();
    file.close().unwrap();
    assert_eq!(read(&bad).unwrap_err().code, codes::FOREIGN_FILE);
}

#[test]
fn targets_that_cannot_be_written_are_named_before_the_run() {
    let dir = folder("targets");
    fs::write(dir.join("file"), "").unwrap();
    let cases = [
        (dir.join("no/such/a.h5"), "does not exist"),
        (dir.join("file/a.h5"), "not a folder"),
        (dir.to_path_buf(), "it is a folder"),
        (PathBuf::from(""), "does not name a file"),
    ];
    for (path, words) in cases {
        for refused in [check_target(&path).unwrap_err(), publish(&run(), &path).unwrap_err()] {
            assert_eq!(refused.code, codes::CANNOT_WRITE);
            assert!(refused.message.contains(words), "{}", refused.message);
        }
    }
    #[cfg(unix)]
    assert!(check_target(Path::new("/dev/null")).unwrap_err().message.contains("not an ordinary file"));
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let dir = folder("link");
    publish(&RunResult::default(), &dir.join("real.h5")).unwrap();
    std::os::unix::fs::symlink(dir.join("real.h5"), dir.join("link.h5")).unwrap();
    publish(&run(), &dir.join("link.h5")).unwrap();
    assert!(fs::symlink_metadata(dir.join("link.h5")).unwrap().is_symlink());
    assert_same(&run(), &read(&dir.join("real.h5")).unwrap());
}

#[test]
fn a_kill_while_the_file_is_assembled_leaves_the_earlier_one() {
    let dir = folder("kill");
    let out = dir.join("a.h5");
    publish(&run(), &out).unwrap();
    let before = fs::read(&out).unwrap();
    // What the kill leaves: a half-written file aside. The published one reads on, and the next run goes over it.
    fs::write(write::assembling(&out), &before[..before.len() / 3]).unwrap();
    assert_same(&run(), &read(&out).unwrap());
    publish(&run(), &out).unwrap();
    assert_same(&run(), &read(&out).unwrap());
    assert!(!write::assembling(&out).exists());
}

#[test]
fn a_run_goes_on_from_the_published_file() {
    let dir = folder("resume");
    let out = dir.join("a.h5");
    publish(&run(), &out).unwrap();
    let back = read(&out).unwrap();
    let known = |hash: &str| back.tasks[0].points.iter().flatten().find(|p| p.hash == hash && p.failed.is_none()).cloned();
    let original = run();
    let first = original.tasks[0].points[0].as_ref().unwrap();
    assert_eq!(known("0000").as_ref(), Some(first), "with its replicates and what was kept");
    assert!(known("0004").is_none() && known("0005").is_none(), "the missing and the failed one run");
}

#[test]
fn a_look_inside() {
    let dir = folder("look");
    let out = dir.join("a.h5");
    publish(&run(), &out).unwrap();
    assert_eq!(look(&out, "/sources/scan.ann").unwrap(), Item::Text { shape: vec![], values: vec!["param L = 8\n".into()] });
    assert_eq!(look(&out, "scan/L").unwrap(), Item::Whole { shape: vec![2], values: vec![8, 16] });
    let Item::Real { shape, values } = look(&out, "scan/n").unwrap() else { panic!() };
    assert_eq!((shape, values[0], values[4].is_nan()), (vec![2, 3], 2.0, true));
    assert!(look(&out, "scan/n").unwrap().render(1).contains("… 1 rows more"));
    let Item::Group(entries) = look(&out, "scan").unwrap() else { panic!() };
    assert!(entries.iter().any(|e| e.path == "scan/m_error") && entries.iter().all(|e| e.path.starts_with("scan/")));
    assert!(!entries.iter().any(|e| e.path == "scan/chain"), "bare dimensions are not shown");
    assert!(look(&out, "").unwrap().render(1000).contains("mean(s)"));
    let refused = look(&out, "scan/mm").unwrap_err();
    assert_eq!(refused.code, codes::CANNOT_READ);
    assert!(refused.help.unwrap().contains("scan/m"));
}

/// Every group and data set of a file.
fn everything(path: &Path) -> Vec<Entry> {
    match look(path, "").unwrap() {
        Item::Group(all) => all,
        other => panic!("{other:?}"),
    }
}
