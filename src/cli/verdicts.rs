//! How two results stand to each other, data set by data set, and why: for `ann diff` and `ann reproduce`.

use super::terminal::{self, Terminal};
use crate::results::Header;
use crate::store::{Comparison, Verdict};

/// Prints the verdict of each data set, then how many there are of each kind. `quiet`: only what is not the same.
pub(super) fn print(all: &[Comparison], quiet: bool, terminal: &Terminal) {
    let width = all.iter().map(|c| c.path.chars().count()).max().unwrap_or(0);
    for c in all {
        let good = c.verdict.reproduced();
        if good && quiet {
            continue;
        }
        let colour = match c.verdict {
            Verdict::Identical | Verdict::Rounding { .. } => "32",
            Verdict::WithinErrors { .. } => "33",
            Verdict::Different { .. } | Verdict::Missing { .. } => "1;31",
        };
        terminal::line(&format!("{:width$}  {}", c.path, terminal.paint(colour, &c.verdict.to_string())));
    }
}

/// `12 data sets: 10 identical, 2 within errors`
pub(super) fn counts(all: &[Comparison]) -> String {
    let of = |wanted: fn(&Verdict) -> bool| all.iter().filter(|c| wanted(&c.verdict)).count();
    let kinds = [
        (of(|v| matches!(v, Verdict::Identical)), "identical"),
        (of(|v| matches!(v, Verdict::Rounding { .. })), "equal up to rounding"),
        (of(|v| matches!(v, Verdict::WithinErrors { .. })), "within errors"),
        (of(|v| matches!(v, Verdict::Different { .. })), "different"),
        (of(|v| matches!(v, Verdict::Missing { .. })), "missing"),
    ];
    let said: Vec<String> = kinds.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    format!("{}: {}", sets(all.len()), said.join(", "))
}

/// `1 data set`, `5 data sets`
pub(super) fn sets(n: usize) -> String {
    if n == 1 { "1 data set".to_string() } else { format!("{n} data sets") }
}

/// What differs between the circumstances of two runs: that may be why their numbers do.
pub(super) fn reasons(a: &Header, b: &Header) -> Vec<String> {
    let mut all = Vec::new();
    if a.seed != b.seed {
        all.push(format!("the seed: {} and {}", a.seed, b.seed));
    }
    for name in names(&a.params, &b.params) {
        let of = |h: &Header| h.params.iter().find(|(n, ..)| *n == name).map_or("none".to_string(), |(.., v)| v.clone());
        let (x, y) = (of(a), of(b));
        if x != y {
            all.push(format!("the parameter `{name}`: {x} and {y}"));
        }
    }
    all.extend(scripts(a, b));
    if a.ann_version != b.ann_version {
        all.push(format!("the version of Ann: {} and {}", a.ann_version, b.ann_version));
    }
    let (x, y) = (instructions(a), instructions(b));
    if x != y {
        let said = |i: Option<&str>| i.unwrap_or("not recorded").to_string();
        all.push(format!("the instruction set of the processor: {} and {}", said(x), said(y)));
    }
    all
}

fn names(a: &[(String, Option<String>, String)], b: &[(String, Option<String>, String)]) -> Vec<String> {
    let mut all: Vec<String> = a.iter().map(|(n, ..)| n.clone()).collect();
    all.extend(b.iter().filter(|(n, ..)| !a.iter().any(|(m, ..)| m == n)).map(|(n, ..)| n.clone()));
    all
}

/// The scripts and modules whose texts differ, with the first line that does.
fn scripts(a: &Header, b: &Header) -> Vec<String> {
    let mut all = Vec::new();
    // The scripts go with each other, whatever their files are called; modules by their names.
    let pairs = |h: &Header| {
        let one = |(k, (name, text)): (usize, &(String, String))| {
            (if k == 0 { String::new() } else { name.clone() }, name.clone(), text.clone())
        };
        h.sources.iter().enumerate().map(one).collect::<Vec<_>>()
    };
    let (first, second) = (pairs(a), pairs(b));
    for (key, name, text) in &first {
        match second.iter().find(|(k, ..)| k == key) {
            Some((_, _, other)) if other == text => {}
            Some((_, _, other)) => {
                let line = text.lines().zip(other.lines()).take_while(|(x, y)| x == y).count() + 1;
                let what = if key.is_empty() { "the script".to_string() } else { format!("the module `{name}`") };
                all.push(format!("{what}, from line {line} on"));
            }
            None => all.push(format!("the module `{name}` is used by the first only")),
        }
    }
    let more = second.iter().filter(|(k, ..)| !first.iter().any(|(l, ..)| l == k));
    all.extend(more.map(|(_, name, _)| format!("the module `{name}` is used by the second only")));
    all
}

/// The instruction set that a run's host had, as its file says.
fn instructions(h: &Header) -> Option<&str> {
    h.host.rsplit_once('(').map(|(_, inside)| inside.trim_end_matches(')'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(script: &str, value: &str, host: &str) -> Header {
        Header {
            sources: vec![("a.ann".into(), script.into())],
            params: vec![("n".into(), None, value.into())],
            host: host.into(),
            ann_version: "1.0.0".into(),
            ..Header::default()
        }
    }

    #[test]
    fn what_differs_is_named() {
        let a = header("let a = 1\nlet b = 2\n", "5", "x (linux, x86_64, avx2)");
        assert!(reasons(&a, &Header { host: "y (linux, x86_64, avx2)".into(), ..a.clone() }).is_empty());
        let mut b = header("let a = 1\nlet b = 3\n", "6", "y (linux, x86_64, avx512)");
        b.ann_version = "1.1.0".into();
        b.seed = 9;
        b.sources.push(("std.spin".into(), String::new()));
        assert_eq!(
            reasons(&a, &b),
            [
                "the seed: 0 and 9",
                "the parameter `n`: 5 and 6",
                "the script, from line 2 on",
                "the module `std.spin` is used by the second only",
                "the version of Ann: 1.0.0 and 1.1.0",
                "the instruction set of the processor: linux, x86_64, avx2 and linux, x86_64, avx512",
            ]
        );
    }

    #[test]
    fn verdicts_are_counted() {
        let one = |verdict| Comparison { path: "a/b".into(), verdict };
        let all = [one(Verdict::Identical), one(Verdict::Identical), one(Verdict::WithinErrors { max_sigma: 1.0 })];
        assert_eq!(counts(&all), "3 data sets: 2 identical, 1 within errors");
    }
}
