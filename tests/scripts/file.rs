//! The result file under fire: kills, interruptions, two runs at once, files that are not ours.

use crate::common;

use common::{Folder, numbers};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ANN: &str = env!("CARGO_BIN_EXE_ann");

/// Some seconds of work in many points, and one point that is long.
const LONG: &str = "use std.lattice
use std.spin
sample scan over T in linspace(1.5, 3.5, 40) {
    model: ising(square(32))
    temperature: T
    method: swendsen_wang
    warmup: 20
    sweeps: 600
    observe { m = mean(s), e = energy / count(s) }
    estimate { chi = avg(m^2) - avg(abs(m))^2 }
}
sample long { model: ising(square(48)), temperature: 2.3, warmup: 100, sweeps: 30_000, observe { m = mean(s) } }
let top = peak(scan.chi, along: T)
";

fn ann(folder: &Folder, arguments: &[&str]) -> Command {
    let mut c = Command::new(ANN);
    c.current_dir(&folder.0).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
    c
}

fn start(folder: &Folder, output: &str) -> Child {
    ann(folder, &["run", "long.ann", "-o", output, "--threads", "2", "--no-plots"]).spawn().expect("ann starts")
}

/// Waits until the run has finished some points.
fn wait_for_parts(folder: &Folder, output: &str) {
    let parts = folder.file(&format!("{output}.parts"));
    let begun = Instant::now();
    while std::fs::read_dir(&parts).map(|d| d.count()).unwrap_or(0) < 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "no part after a minute");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn read(path: &Path) -> String {
    numbers(&ann_lang::store::read(path).expect("a readable file"))
}

#[test]
fn killed_again_and_again_it_ends_with_the_same_numbers() {
    let folder = Folder::new("kill");
    folder.script("long.ann", LONG);
    assert!(start(&folder, "whole.h5").wait().unwrap().success());
    let whole = read(&folder.file("whole.h5"));
    let mut kills = 0;
    for delay in [15, 150, 400, 40, 700, 90, 1200] {
        let mut child = start(&folder, "killed.h5");
        std::thread::sleep(Duration::from_millis(delay));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += 1;
        }
        child.wait().unwrap();
        // Whatever is there can be read.
        if folder.file("killed.h5").exists() {
            read(&folder.file("killed.h5"));
        }
    }
    assert!(kills >= 3);
    assert!(start(&folder, "killed.h5").wait().unwrap().success());
    assert_eq!(read(&folder.file("killed.h5")), whole);
}

#[test]
fn a_second_run_into_the_same_file_is_refused() {
    let folder = Folder::new("two");
    folder.script("long.ann", LONG);
    let mut first = start(&folder, "same.h5");
    wait_for_parts(&folder, "same.h5");
    let second = ann(&folder, &["run", "long.ann", "-o", "same.h5", "--no-plots"]).output().unwrap();
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("E0804"), "{}", String::from_utf8_lossy(&second.stderr));
    assert!(first.wait().unwrap().success());
}

#[test]
fn an_interruption_keeps_what_is_done_and_says_how_to_go_on() {
    let folder = Folder::new("interrupt");
    folder.script("long.ann", LONG);
    let child = start(&folder, "part.h5");
    wait_for_parts(&folder, "part.h5");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).to_string();
    assert!(!ended.status.success());
    assert!(said.contains("same command"), "{said}");
    let part = ann_lang::store::read(&folder.file("part.h5")).expect("a readable partial file");
    assert!(!part.header.complete);
    assert!(start(&folder, "part.h5").wait().unwrap().success());
    let done = ann_lang::store::read(&folder.file("part.h5")).unwrap();
    assert!(done.header.complete);
}

#[test]
fn files_that_are_not_ours_stay_as_they_are() {
    let folder = Folder::new("foreign");
    folder.script(
        "short.ann",
        "use std.lattice\nuse std.spin\nsample a { model: ising(chain(8)), sweeps: 50, warmup: 5, observe { e = energy } }\n",
    );
    std::fs::write(folder.file("text.h5"), "my notes").unwrap();
    std::fs::create_dir(folder.file("folder.h5")).unwrap();
    assert!(ann(&folder, &["run", "short.ann", "-o", "good.h5"]).status().unwrap().success());
    let whole = std::fs::read(folder.file("good.h5")).unwrap();
    std::fs::write(folder.file("cut.h5"), &whole[..whole.len() / 2]).unwrap();
    for name in ["text.h5", "cut.h5", "folder.h5", "missing/out.h5"] {
        let before = std::fs::read(folder.file(name)).ok();
        let out = ann(&folder, &["run", "short.ann", "-o", name]).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).to_string();
        assert!(!out.status.success(), "{name}");
        assert!(said.contains("E08"), "{name}: {said}");
        assert_eq!(std::fs::read(folder.file(name)).ok(), before, "{name} was touched");
        let shown = ann(&folder, &["show", name]).output().unwrap();
        assert!(!shown.status.success());
    }
}

#[test]
fn reproduce_finds_the_same_numbers() {
    let folder = Folder::new("reproduce");
    folder.script("short.ann", "param n = 50\nuse std.lattice\nuse std.spin\nsample a over T in [1, 2] { model: ising(square(6)), temperature: T, sweeps: n, warmup: 5, observe { e = energy } }\nlet d = a.e.at(T: 2) - a.e.at(T: 1)\n");
    assert!(ann(&folder, &["run", "short.ann", "--set", "n=80", "--seed", "5"]).status().unwrap().success());
    let out = Command::new(ANN).current_dir(&folder.0).args(["reproduce", "short.h5"]).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).to_string();
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
    assert!(text.contains("identical"), "{text}");
}

#[test]
fn reproduce_succeeds_within_errors_unless_every_bit_counts() {
    let folder = Folder::new("agreement");
    folder.script("short.ann", "use std.lattice\nuse std.spin\nsample a { model: ising(square(6)), temperature: 3, sweeps: 50, warmup: 5, observe { e = energy } }\n");
    assert!(ann(&folder, &["run", "short.ann"]).status().unwrap().success());
    let original = ann_lang::store::read(&folder.file("short.h5")).unwrap();
    for (shift, word, good, exact) in [
        // In standard errors of the value.
        (0.0, "reproduced: 1 data set: 1 identical", true, true),
        (1e-11, "reproduced: 1 data set: 1 equal up to rounding", true, false),
        (1.0, "reproduced within errors: 1 data set: 1 within errors", true, false),
        (30.0, "not reproduced: 1 of 1 data set: 1 different", false, false),
    ] {
        let mut other = original.clone();
        let q = &mut other.tasks[0].points[0].as_mut().unwrap().quantities[0].1;
        q.value[0] += shift * q.error[0];
        ann_lang::store::publish(&other, &folder.file("other.h5")).unwrap();
        let plain = Command::new(ANN).current_dir(&folder.0).args(["reproduce", "other.h5"]).output().unwrap();
        let text = String::from_utf8_lossy(&plain.stdout).to_string();
        assert!(text.contains(&format!("\n{word}\n")), "{shift}: {text}");
        let strict = Command::new(ANN).current_dir(&folder.0).args(["reproduce", "other.h5", "--exact"]).output().unwrap();
        assert_eq!((plain.status.success(), strict.status.success()), (good, exact), "{shift}: {text}");
        let said = String::from_utf8_lossy(&plain.stderr).to_string();
        assert_eq!(said.contains("not the same to the last bit"), good && !exact, "{said}");
    }
}

/// Reads a file with the real xarray, installed by `make test`.
fn xarray(folder: &Folder, arguments: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let packages = root.join(".tools/python");
    assert!(packages.exists(), "xarray is not there: run the tests with `make test`, which installs it into .tools/");
    let out = Command::new("python3")
        .env("PYTHONPATH", &packages)
        .arg(root.join("tests/python/check_xarray.py"))
        .args(arguments)
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
}

#[test]
fn xarray_shows_labelled_axes() {
    let folder = Folder::new("xarray");
    folder.script("scan.ann", "use std.lattice\nuse std.spin\nsample scan over L in [4, 6], T in [2.0, 2.5, 3.0], how in [metropolis, wolff] { model: ising(square(L)), temperature: T, method: how, sweeps: 100, warmup: 10, chains: 2, observe { m = mean(s), e = energy / count(s) }, estimate { chi = avg(m^2) }, keep { series: [m], states: last, m: histogram(bins: 5, range: [-1, 1]) } }\n");
    assert!(ann(&folder, &["run", "scan.ann"]).status().unwrap().success());
    xarray(&folder, &["scan.h5", "scan", "--axes", "L,T,how", "--quantity", "m,chi"]);
}

#[test]
fn xarray_shows_the_own_axes_of_quantities_and_weights_in_a_group() {
    use ann_lang::results::{AxisValues, Coordinates, Description, Kept, PointResult, Quantity, RunResult, TaskResult};
    let folder = Folder::new("own");
    let axis = |name: &str, coordinates| AxisValues { name: name.into(), coordinates };
    let epoch = axis("epoch", Coordinates::Int(vec![0, 1, 2, 5]));
    let late = axis("epoch", Coordinates::Int(vec![0, 5]));
    let kind = axis("kind", Coordinates::Text(vec!["minimum".into(), "sattel β".into(), "flat".into()]));
    let plane = [axis("α", Coordinates::Real(vec![-0.5, 0.0, 0.5])), axis("β", Coordinates::Real(vec![0.25, 0.75]))];
    let described = |name: &str, axes: &[AxisValues]| Description {
        name: name.into(),
        expression: format!("{name}(data)"),
        axes: axes.to_vec(),
        ..Description::default()
    };
    let descriptions = vec![
        described("train", std::slice::from_ref(&epoch)),
        described("top", std::slice::from_ref(&late)),
        described("nature", &[late.clone(), kind]),
        described("sharp", &plane),
        described("final_loss", &[]),
        described("parameters", std::slice::from_ref(&late)),
    ];
    let quantity = |shape: &[usize], from: f64| {
        let n: usize = shape.iter().product();
        Quantity {
            shape: shape.to_vec(),
            value: (0..n).map(|k| from + k as f64).collect(),
            error: vec![0.5; n],
            replicates: vec![vec![from; n]; 2],
            ..Quantity::default()
        }
    };
    let kept = |dimensions: &[&str], shape: &[usize]| Kept::Array {
        dimensions: dimensions.iter().map(|d| d.to_string()).collect(),
        shape: shape.to_vec(),
        data: (0..shape.iter().product::<usize>()).map(|k| k as f64).collect(),
    };
    let point = |p: usize| {
        let (from, width) = (100.0 * p as f64, [16, 64][p / 3]);
        PointResult {
            hash: format!("{p:032x}"),
            kernel: "adam in f32".into(),
            wall_seconds: 0.0,
            quantities: vec![
                ("train".into(), quantity(&[4], from)),
                ("top".into(), quantity(&[2, 3], from)),
                ("nature".into(), quantity(&[2, 3], from)),
                ("sharp".into(), quantity(&[3, 2], from)),
                ("final_loss".into(), quantity(&[], from)),
            ],
            kept: vec![
                ("weights/h1.weight".into(), kept(&["h1.weight_0", "h1.weight_1"], &[width, 2])),
                ("parameters".into(), kept(&["epoch", "parameter"], &[2, 2 * width])),
            ],
            warnings: vec![],
            failed: None,
        }
    };
    let fit = TaskResult {
        name: "fit".into(),
        kind: "train".into(),
        doc: None,
        plan_hash: "0".into(),
        updates: String::new(),
        axes: vec![axis("width", Coordinates::Int(vec![16, 64])), axis("run", Coordinates::Int(vec![0, 1, 2]))],
        descriptions,
        points: (0..6).map(|p| Some(point(p))).collect(),
    };
    let written = RunResult { tasks: vec![fit], ..RunResult::default() };
    ann_lang::store::publish(&written, &folder.file("fit.h5")).unwrap();
    assert!(ann_lang::store::read(&folder.file("fit.h5")).unwrap() == written);
    let mut arguments = vec!["fit.h5", "fit", "--axes", "width,run", "--quantity", "train,nature,sharp,final_loss"];
    for dims in [
        "train:width,run,epoch",
        "train_error:width,run,epoch",
        "top:width,run,epoch_2,top_dim_0-",
        "nature:width,run,epoch_2,kind",
        "sharp:width,run,α,β",
        "replicates/train:width,run,bin-,epoch",
        "parameters:width,run,epoch_2,parameter-",
        "weights/h1.weight:width,run,h1.weight_0-,h1.weight_1-",
    ] {
        arguments.extend(["--dims", dims]);
    }
    xarray(&folder, &arguments);
    let shown = Command::new(ANN).current_dir(&folder.0).args(["show", "fit.h5", "fit"]).output().unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).to_string();
    for part in
        ["width  run  epoch  train\n16     0    0      0.00(50)", "nature(sattel β)", "sharp(α, β)\n16     0    from 0 to 5"]
    {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let drawn = Command::new(ANN).current_dir(&folder.0).args(["show", "fit.h5", "fit/train", "--plot"]).output().unwrap();
    let drawn = String::from_utf8_lossy(&drawn.stdout).to_string();
    assert!(drawn.contains("fit.train") && drawn.contains("epoch") && drawn.contains("width = 64, run = 2"), "{drawn}");
}
