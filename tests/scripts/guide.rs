//! The guide is true: every script of README.md and of the book runs and its claims hold, no page or link is lost, and the reference is
//! that of the tables.

use crate::common;

use std::path::{Path, PathBuf};
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

/// Every script of a text runs, and its claims hold.
fn runs(name: &str, text: &str) -> usize {
    let blocks = blocks(text);
    for block in &blocks {
        let outcome = common::run(block);
        assert!(outcome.is_good(), "{name}: {:?} {:?}\n{block}", outcome.diagnostics, outcome.result.claims);
    }
    blocks.len()
}

/// The pages of the book, by their place.
fn pages() -> Vec<PathBuf> {
    fn collect(folder: &Path, pages: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, pages);
            } else if path.extension().is_some_and(|e| e == "md") {
                pages.push(path);
            }
        }
    }
    let mut pages = Vec::new();
    collect(&book(), &mut pages);
    pages.sort();
    pages
}

fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src")
}

/// What follows `](` up to the bracket that closes it.
fn links(text: &str) -> Vec<&str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect()
}

#[test]
fn the_scripts_of_the_readme_run() {
    assert!(runs("README.md", include_str!("../../README.md")) >= 2);
}

#[test]
fn the_scripts_of_the_book_run() {
    let count = |page: &PathBuf| runs(&page.display().to_string(), &std::fs::read_to_string(page).unwrap());
    assert!(pages().iter().map(count).sum::<usize>() >= 15);
}

#[test]
fn every_page_of_the_book_is_in_its_contents_and_every_link_leads_somewhere() {
    let contents = std::fs::read_to_string(book().join("SUMMARY.md")).unwrap();
    for page in pages() {
        let name = page.strip_prefix(book()).unwrap().to_str().unwrap().to_owned();
        assert!(name == "SUMMARY.md" || contents.contains(&format!("({name})")), "{name} is in no contents");
        let text = std::fs::read_to_string(&page).unwrap();
        // Between fences stands code, whose brackets are no links.
        let prose: String = text.split("```").step_by(2).collect();
        for link in links(&prose).into_iter().filter(|l| !l.starts_with("http") && !l.starts_with('#')) {
            let target = page.parent().unwrap().join(link.split('#').next().unwrap());
            assert!(target.exists(), "{name} has a link to {link}, which is not there");
        }
    }
}

/// `make reference` writes it.
#[test]
fn the_reference_is_that_of_the_tables() {
    let out = Command::new(env!("CARGO_BIN_EXE_ann")).args(["doc", "--markdown"]).output().unwrap();
    assert!(out.status.success());
    assert!(
        String::from_utf8_lossy(&out.stdout) == include_str!("../../docs/REFERENCE.md"),
        "docs/REFERENCE.md is out of date: run `make reference`"
    );
}
