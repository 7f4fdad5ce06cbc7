//! The guide is true: every script of README.md runs and its claims hold, and the reference is that of the tables.

mod common;

use std::process::Command;

/// The fenced `ann` blocks of a text.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        match (&mut open, line.trim()) {
            (None, "```ann") => open = Some(String::new()),
            (Some(_), "```") => blocks.extend(open.take()),
            (Some(block), _) => {
                block.push_str(line);
                block.push('\n');
            }
            _ => {}
        }
    }
    blocks
}

#[test]
fn the_scripts_of_the_readme_run() {
    let blocks = blocks(include_str!("../README.md"));
    assert!(blocks.len() >= 2);
    for block in blocks {
        let outcome = common::run(&block);
        assert!(outcome.is_good(), "{:?} {:?}\n{block}", outcome.diagnostics, outcome.result.claims);
    }
}

/// `make reference` writes it.
#[test]
fn the_reference_is_that_of_the_tables() {
    let out = Command::new(env!("CARGO_BIN_EXE_ann")).args(["doc", "--markdown"]).output().unwrap();
    assert!(out.status.success());
    assert!(
        String::from_utf8_lossy(&out.stdout) == include_str!("../docs/REFERENCE.md"),
        "docs/REFERENCE.md is out of date: run `make reference`"
    );
}
