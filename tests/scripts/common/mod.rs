//! What the tests of whole scripts share.
#![allow(dead_code)]

use ann_lang::elaborate::Options;
use ann_lang::results::RunResult;
use ann_lang::session::{self, Loaded, Outcome, Quiet, RunOptions};
use std::path::{Path, PathBuf};

/// A folder of its own for a test; removed when it goes out of scope.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("ann-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Folder(path)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.file(name);
        std::fs::write(&path, text).expect("a script");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn load(text: &str) -> Loaded {
    let loaded = session::load_text("test.ann", text.to_string(), Options::default());
    let shown = ann_lang::diagnostic::render::render(
        &loaded.diagnostics,
        &loaded.sources,
        ann_lang::diagnostic::render::Format::Human { color: false },
    );
    assert!(loaded.is_good(), "{shown}");
    loaded
}

pub fn options(output: Option<&Path>, threads: usize) -> RunOptions {
    RunOptions {
        output: output.map(Path::to_path_buf),
        threads,
        fresh: false,
        figures: false,
        command: vec!["ann".into()],
        overrides: vec![],
    }
}

pub fn run(text: &str) -> Outcome {
    let loaded = load(text);
    session::run(&loaded, &options(None, 2), &Quiet).unwrap_or_else(|d| panic!("{d:?}"))
}

pub fn run_with_seed(text: &str, seed: u64) -> Outcome {
    let loaded = session::load_text("test.ann", text.to_string(), Options { seed: Some(seed), ..Options::default() });
    assert!(loaded.is_good());
    session::run(&loaded, &options(None, 2), &Quiet).unwrap_or_else(|d| panic!("{d:?}"))
}

/// The value and error of a quantity at a point.
pub fn quantity(result: &RunResult, task: &str, name: &str, point: usize) -> (f64, f64) {
    let t = result.tasks.iter().find(|t| t.name == task).expect("the task");
    let p = t.points[point].as_ref().expect("the point");
    let q = p.quantity(name).unwrap_or_else(|| panic!("no {name}: {:?}", p.failed));
    (q.value[0], q.error[0])
}

/// Everything that a run computed, without times and dates: equal for equal numbers, bit for bit.
pub fn numbers(result: &RunResult) -> String {
    let mut out = String::new();
    for t in &result.tasks {
        out += &format!("task {} {:?}\n", t.name, t.axes);
        for p in &t.points {
            match p {
                None => out += "missing\n",
                Some(p) => {
                    for (name, q) in &p.quantities {
                        let bits = |v: &[f64]| v.iter().map(|x| format!("{:x}", x.to_bits())).collect::<Vec<_>>().join(" ");
                        out += &format!(
                            "{name} {:?} {} | {} | {} | {}\n",
                            q.shape,
                            bits(&q.value),
                            bits(&q.error),
                            bits(&q.tau),
                            bits(&q.rhat)
                        );
                        for r in &q.replicates {
                            out += &bits(r);
                            out.push('\n');
                        }
                    }
                    for k in &p.kept {
                        out += &format!("{k:?}\n");
                    }
                }
            }
        }
    }
    for d in &result.derived {
        out += &format!("{} {:?} {:?}\n", d.name, d.value, d.error);
    }
    out
}
