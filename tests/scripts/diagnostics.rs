//! Broken scripts and what Ann says about them.
//!
//! Each script of `cases/` states in its first line the codes that it must give; the snapshot beside it holds the
//! script and the messages together. A script of `cases/ok/` must give none. Lines `# set: NAME=VALUE` below the
//! first are what `--set` would give.

use ann_lang::diagnostic::codes::{self, Page};
use ann_lang::diagnostic::render::{Format, render};
use ann_lang::elaborate::Options;
use ann_lang::session::{self, Loaded};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Codes that only a run, a result file or the command line gives: they have no script here.
const OF_A_RUN: &[&str] = &[
    "E0802", "E0803", "E0804", "E0805", "E0901", "E0902", "E0903", "E0904", "E0905", "W0101", "W0102", "W0106", "W0107", "W0108",
    "W0109", "W0110",
];

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// The scripts of a folder, in the order of their names.
fn scripts(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(cases().join(folder))
        .unwrap_or_else(|e| panic!("{folder}: {e}"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|x| x == "ann"))
        .collect();
    files.sort();
    files
}

/// What `# set: ` lines give.
fn options(text: &str) -> Options {
    let set = text
        .lines()
        .skip(1)
        .map_while(|line| line.strip_prefix("# set: "))
        .map(|s| s.split_once('=').unwrap_or_else(|| panic!("not NAME=VALUE: {s}")))
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    Options { set, ..Options::default() }
}

fn load(path: &Path) -> (String, Loaded) {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let name = path.file_name().map(|n| n.to_string_lossy().to_string()).unwrap_or_default();
    let options = Options { folder: path.parent().map(Path::to_path_buf).unwrap_or_default(), ..options(&text) };
    let loaded = session::load_text(&name, text.clone(), options);
    (text, loaded)
}

fn messages(loaded: &Loaded) -> String {
    render(&loaded.diagnostics, &loaded.sources, Format::Human { color: false })
}

fn given(loaded: &Loaded) -> BTreeSet<&'static str> {
    loaded.diagnostics.iter().map(|d| d.code.0).collect()
}

/// The codes of the first line.
fn expected(text: &str) -> BTreeSet<&str> {
    let first = text.lines().next().unwrap_or_default();
    first.strip_prefix("# expect: ").map(|codes| codes.split(", ").collect()).unwrap_or_default()
}

/// Folders of broken scripts.
const BROKEN: &[&str] = &["parse", "name", "type", "shape", "domain", "model", "task", "file", "command", "method", "analysis"];

#[test]
fn broken_scripts_say_what_is_wrong() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for folder in BROKEN {
        for path in scripts(folder) {
            count += 1;
            let (text, loaded) = load(&path);
            let (found, wanted) = (given(&loaded), expected(&text));
            if found != wanted || wanted.is_empty() {
                wrong.push(format!("{}: expected {wanted:?}, found {found:?}\n{}", path.display(), messages(&loaded)));
            }
            // No line may say the same twice, or speak of the program's own parts.
            for d in &loaded.diagnostics {
                let all = format!("{} {:?} {:?} {:?}", d.message, d.label, d.expected, d.help);
                for word in ["Symbolic(", "Expr::", "Value::", "Some(", "unwrap", "panicked"] {
                    let own = all.replace("Some(\"", "");
                    if own.contains(word) {
                        wrong.push(format!("{}: {all}", path.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} scripts:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 200, "only {count} scripts were found");
}

#[test]
fn messages_are_as_reviewed() {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| {
        for folder in BROKEN {
            for path in scripts(folder) {
                let (text, loaded) = load(&path);
                // A line that is longer than anyone reads is a test of a limit.
                let cut = |text: &str| -> String {
                    text.lines()
                        .map(|line| {
                            // The memory of this machine is not that of another.
                            let line = match line.split_once(", this machine has ") {
                                Some((start, _)) => &format!("{start}, this machine has ..."),
                                None => line,
                            };
                            // Nor is the folder of this checkout that of another.
                            let line = line.replace(concat!(env!("CARGO_MANIFEST_DIR"), "/"), "");
                            if line.chars().count() > 240 {
                                line.chars().take(100).chain(" ...".chars()).collect()
                            } else {
                                line.trim_end().to_string()
                            }
                        })
                        .collect::<Vec<String>>()
                        .join("\n")
                };
                let name = format!("{folder}__{}", path.file_stem().map(|n| n.to_string_lossy().to_string()).unwrap_or_default());
                insta::assert_snapshot!(name, format!("{}\n\n{}", cut(text.trim_end()), cut(&messages(&loaded))));
            }
        }
    });
}

#[test]
fn good_scripts_give_no_diagnostic() {
    let files = scripts("ok");
    assert!(files.len() > 5);
    for path in files {
        let (_, loaded) = load(&path);
        assert!(loaded.diagnostics.is_empty(), "{}:\n{}", path.display(), messages(&loaded));
    }
}

#[test]
fn every_code_has_a_case() {
    let covered: BTreeSet<String> = BROKEN
        .iter()
        .flat_map(|folder| scripts(folder))
        .flat_map(|path| {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            expected(&text).into_iter().map(str::to_string).collect::<Vec<_>>()
        })
        .collect();
    for page in codes::PAGES {
        let code = page.code.0;
        assert!(covered.contains(code) || OF_A_RUN.contains(&code), "{code} ({}) has no case in tests/cases", page.title);
        assert!(
            !page.title.is_empty() && !page.text.is_empty() && !page.wrong.is_empty() && !page.right.is_empty(),
            "the page of {code} is not complete"
        );
    }
    for code in covered {
        assert!(codes::page(&code).is_some(), "{code} has no page");
    }
}

/// Whether a page's example is a script as it stands.
fn is_a_script(example: &str) -> bool {
    !example.starts_with('#') && !example.contains("...")
}

fn of_page(page: &Page, example: &str) -> Loaded {
    let set = example.rsplit_once("--set ").and_then(|(_, s)| s.split_once('=')).map(|(n, v)| (n.to_string(), v.to_string()));
    let options = Options { set: set.into_iter().collect(), folder: cases(), ..Options::default() };
    session::load_text(&format!("{}.ann", page.code.0), format!("{example}\n"), options)
}

#[test]
fn examples_of_pages_are_true() {
    for page in codes::PAGES {
        let code = page.code.0;
        if is_a_script(page.wrong) && !OF_A_RUN.contains(&code) {
            let loaded = of_page(page, page.wrong);
            assert!(
                given(&loaded).contains(code),
                "the wrong example of {code} gives {:?}:\n{}\n{}",
                given(&loaded),
                page.wrong,
                messages(&loaded)
            );
        }
        if is_a_script(page.right) {
            let loaded = of_page(page, page.right);
            assert!(loaded.diagnostics.is_empty(), "the right example of {code} is not:\n{}\n{}", page.right, messages(&loaded));
        }
    }
}

/// Every page of `ann doc`: what it shows as an example runs.
#[test]
fn examples_of_built_in_names_are_true() {
    let mut count = 0;
    for f in ann_lang::elaborate::builtins::functions().filter(|f| is_a_script(f.example)) {
        let loaded = session::load_text(f.name, format!("{}\n", f.example), Options { folder: cases(), ..Options::default() });
        assert!(loaded.is_good(), "the example of `{}`:\n{}\n{}", f.name, f.example, messages(&loaded));
        count += 1;
    }
    assert!(count > 50);
}

/// Scripts that are nearly right, or ask for far too much: nothing may panic, and each is answered in time.
#[test]
fn mutilated_scripts_are_survived() {
    const NUMBERS: &[&str] = &["0", "-1", "1e308", "9223372036854775807", "100000000", "0.5", "inf", "-1e-300", "1e400"];
    const WORDS: &[&str] = &[
        "complete(10000000)",
        "square(100000000)",
        "hypercubic(2, 8)",
        "s",
        "energy",
        "x -> x",
        "[]",
        "{}",
        "linspace(0, 1, 4000000)",
        "0..9223372036854775807",
        "\"text\"",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |n: usize| {
        // SplitMix64 (Steele, Lea and Flood 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    };
    let rounds: usize = std::env::var("ANN_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    for path in scripts("ok") {
        let text = std::fs::read_to_string(&path).expect("a script");
        let words = tokens(&text);
        for _ in 0..rounds {
            let mut changed: Vec<&str> = words.clone();
            for _ in 0..1 + next(3) {
                let at = next(changed.len());
                match next(6) {
                    0 => drop(changed.remove(at)),
                    1 => changed.insert(at, words[next(words.len())]),
                    2 => {
                        let other = next(changed.len());
                        changed.swap(at, other);
                    }
                    3 | 4 => {
                        let numbers: Vec<usize> =
                            (0..changed.len()).filter(|&k| changed[k].starts_with(|c: char| c.is_ascii_digit())).collect();
                        if let Some(&k) = numbers.get(next(numbers.len())) {
                            changed[k] = NUMBERS[next(NUMBERS.len())];
                        }
                    }
                    _ => changed[at] = WORDS[next(WORDS.len())],
                }
            }
            let script: String = changed.concat();
            if std::env::var_os("ANN_MUTATIONS_TRACE").is_some() {
                std::fs::write(std::env::temp_dir().join("mutated.ann"), &script).expect("a trace");
            }
            let options = Options { folder: path.parent().map(Path::to_path_buf).unwrap_or_default(), ..Options::default() };
            let loaded = session::load_text("mutated.ann", script, options);
            // Rendering must not fail either, whatever the spans.
            let _ = messages(&loaded);
        }
    }
}

/// Words, numbers, signs and blanks, one by one.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |c: char| {
        if c.is_alphanumeric() || c == '_' {
            0
        } else if c.is_whitespace() {
            1
        } else {
            2
        }
    };
    let mut out = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in text.char_indices() {
        if before.is_some_and(|b| b != kind(c) || b == 2) {
            out.push(&text[start..at]);
            start = at;
        }
        before = Some(kind(c));
    }
    out.push(&text[start..]);
    out
}
