//! The prompt through a pseudo-terminal, driven by the standard library of Python.
#![cfg(unix)]

use crate::common;

use common::Folder;
use std::process::Command;

const ANN: &str = env!("CARGO_BIN_EXE_ann");

#[test]
fn a_person_at_a_terminal() {
    let folder = Folder::new("prompt");
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/prompt.py");
    let out = Command::new("python3").arg(script).arg(ANN).arg(&folder.0).output().expect("python3 runs");
    assert!(out.status.success(), "{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
}

#[test]
fn figures_after_the_fact() {
    let folder = Folder::new("plot-after");
    folder.script(
        "a.ann",
        "use std.spin\nuse std.lattice\nparam L = 6\nsample scan over T in [1, 2, 3] { model: ising(chain(L)), temperature: T, method: exact\n\
         observe { e = energy, m2 = mean(s)^2 } }\nplot own { y: scan.e }\n",
    );
    let ann = |arguments: &[&str]| {
        let out = Command::new(ANN).current_dir(&folder.0).args(arguments).output().expect("ann runs");
        (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr))
    };
    assert_eq!(ann(&["run", "a.ann", "--quiet"]).0, Some(0));
    assert_eq!(ann(&["run", "a.ann", "-o", "b.h5", "--set", "L=8", "--quiet"]).0, Some(0));
    let (code, text) =
        ann(&["plot", "a.h5", "scan.e", "scan.m2", "-o", "two.svg", "-o", "two.pdf", "--size", "8.6,6", "--title", "χ_{max}"]);
    assert_eq!((code, text.as_str()), (Some(0), "two.svg\ntwo.pdf\n"));
    let svg = std::fs::read_to_string(folder.file("two.svg")).unwrap();
    assert!(svg.contains("width=\"8.6cm\"") && svg.contains("m2"), "{svg}");
    assert!(std::fs::read(folder.file("two.pdf")).unwrap().starts_with(b"%PDF-"));
    // The figure of the script, by its name and of a run with another parameter; two files are two panels.
    assert_eq!(ann(&["plot", "b.h5", "own", "-o", "own.png"]), (Some(0), "own.png\n".to_string()));
    let (code, text) = ann(&["plot", "a.h5", "b.h5", "scan.e", "-o", "both.svg"]);
    assert_eq!(code, Some(0), "{text}");
    let svg = std::fs::read_to_string(folder.file("both.svg")).unwrap();
    assert_eq!(svg.matches("<clipPath").count(), 2);
    // A state over the plane of its lattice.
    let state = "sample g { model: ising(square(6, 4)), temperature: 1, warmup: 5, sweeps: 5, observe at end { config = s } }";
    folder.script("g.ann", &format!("use std.spin\nuse std.lattice\n{state}\n"));
    assert_eq!(ann(&["run", "g.ann", "--quiet"]).0, Some(0));
    let (code, text) = ann(&["plot", "g.h5", "g.config", "--style", "heat", "-o", "g.svg"]);
    assert_eq!(code, Some(0), "{text}");
    let svg = std::fs::read_to_string(folder.file("g.svg")).unwrap();
    assert!(svg.contains(">row<") && svg.contains(">column<"), "{svg}");
    let (_, drawn) = ann(&["plot", "a.h5", "scan.e"]);
    assert!(drawn.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "{drawn}");
    for (wrong, what) in [
        (vec!["plot", "a.h5", "scan.nothing"], "nothing"),
        (vec!["plot", "a.h5", "scan.e", "-o", "a.gif"], ".svg, .png or .pdf"),
        (vec!["plot", "scan.e"], "result file first"),
        (vec!["plot", "a.h5", "scan.e", "--size", "1,1"], "8.6,6"),
    ] {
        let (code, text) = ann(&wrong);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(what), "{text}");
    }
    assert!(!folder.file("a.gif").exists());
}
