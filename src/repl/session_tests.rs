//! Sessions without a terminal.

use super::*;
use crate::session::{Line, Quiet};

fn shown(answer: &Answer) -> Vec<String> {
    let texts = answer.diagnostics.iter().map(|d| d.message.clone());
    assert!(answer.accepted, "{:?}", texts.collect::<Vec<_>>());
    let lines = answer.outcome.iter().flat_map(|o| &o.lines);
    lines.map(|l| if let Line::Show { text, .. } = l { text.trim().to_string() } else { String::new() }).collect()
}

#[test]
fn an_error_leaves_the_session_as_it_was() {
    let mut session = Session::new(Path::new(""));
    assert!(session.feed("prompt", "let a = 2", &Quiet).accepted);
    let answer = session.feed("prompt", "let b = a + nonsense", &Quiet);
    assert!(!answer.accepted);
    assert_eq!(answer.diagnostics[0].span.unwrap().start, 12);
    assert!(!session.names().contains_key("b"));
    assert_eq!(shown(&session.feed("prompt", "a + 1", &Quiet)), ["3"]);
    assert!(!session.feed("prompt", "let c = (", &Quiet).accepted);
}

#[test]
fn a_new_definition_reaches_what_uses_it() {
    let mut session = Session::new(Path::new(""));
    for input in ["let a = 2", "let c = 5", "fn f(x) = a * x", "let a = c"] {
        assert!(session.feed("prompt", input, &Quiet).accepted, "{input}");
    }
    assert_eq!(shown(&session.feed("prompt", "f(2)\na", &Quiet)), ["10", "5"]);
    // Not where it would go round in a circle.
    assert!(session.feed("prompt", "let d = a + 1", &Quiet).accepted);
    assert!(!session.feed("prompt", "let a = d", &Quiet).accepted);
    assert_eq!(shown(&session.feed("prompt", "d", &Quiet)), ["6"]);
}

#[test]
fn tasks_run_once() {
    let mut session = Session::new(Path::new(""));
    let task = "use std.lattice\nuse std.spin\nsample scan over T in [1, 2] {\n model: ising(chain(8))\n temperature: T\n method: exact\n observe { e = energy }\n}";
    let first = session.feed("prompt", task, &Quiet);
    assert!(first.accepted && first.tasks == ["scan"]);
    assert_eq!(first.outcome.map(|o| o.computed), Some(2));
    let second = session.feed("prompt", "let e1 = scan.e.at(T: 1)", &Quiet);
    assert_eq!(second.outcome.map(|o| (o.computed, o.kept)), Some((0, 2)));
    assert_eq!(session.names()["scan"].members, ["T", "e"]);
    assert!(session.names()["e1"].own && !session.names()["pi"].own);
}

const TASK: &str =
    "sample scan over T in [1, 2] { model: ising(chain(size)), temperature: T, method: exact, observe { e = energy } }";

fn started() -> Session {
    let mut session = Session::new(Path::new(""));
    for input in ["use std.lattice\nuse std.spin", "let size = 6", TASK, "let low = scan.e.at(T: 1)"] {
        assert!(session.feed("prompt", input, &Quiet).accepted, "{input}");
    }
    session
}

#[test]
fn what_depends_on_a_change_is_computed_on_request() {
    let mut session = started();
    let answer = session.feed("prompt", "let size = 8", &Quiet);
    assert!(answer.accepted && answer.outdated == ["scan"]);
    assert_eq!(answer.outcome.map(|o| o.computed), Some(0));
    assert_eq!(session.open()["scan"], (0, 2));
    assert!(!session.feed("prompt", "low", &Quiet).accepted);
    // What does not need the task goes on.
    assert_eq!(shown(&session.feed("prompt", "size", &Quiet)), ["8"]);
    let answer = session.refresh(None, &Quiet);
    assert_eq!((answer.accepted, answer.outcome.map(|o| o.computed)), (true, Some(2)));
    assert!(session.open().is_empty());
    let eight = shown(&session.feed("prompt", "low", &Quiet));
    // A definition that comes back finds its results, and so does one that is taken back.
    let answer = session.feed("prompt", "let size = 6", &Quiet);
    assert!(answer.accepted && answer.outdated.is_empty() && session.open().is_empty());
    assert_ne!(shown(&session.feed("prompt", "low", &Quiet)), eight);
    assert_eq!(session.undo().as_deref(), Some("let size = 6"));
    assert_eq!(shown(&session.feed("prompt", "low", &Quiet)), eight);
}

#[test]
fn a_step_is_taken_back() {
    let mut session = started();
    assert_eq!(session.undo().as_deref(), Some("let low = scan.e.at(T: 1)"));
    assert!(session.undo().is_some_and(|what| what == TASK) && !session.names().contains_key("scan"));
    assert!(session.undo().is_some() && session.undo().is_some() && session.undo().is_none());
}

/// Stops once a point is there.
#[derive(Default)]
struct Impatient(std::sync::atomic::AtomicBool);

impl Watch for Impatient {
    fn point(&self) {
        self.0.store(true, std::sync::atomic::Ordering::SeqCst);
    }

    fn stop(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }
}

#[test]
fn a_task_that_is_stopped_keeps_its_points() {
    let mut session = Session::new(Path::new(""));
    session.threads = 1;
    assert!(session.feed("prompt", "use std.lattice\nuse std.spin", &Quiet).accepted);
    let task = "sample long over T in linspace(1, 3, 6) { model: ising(square(8)), temperature: T, warmup: 10, sweeps: 100, observe { m = mean(s) } }";
    let answer = session.feed("prompt", task, &Impatient::default());
    assert!(answer.accepted && answer.diagnostics.iter().any(|d| d.code == codes::INTERRUPTED));
    let (some, all) = session.open()["long"];
    assert!(some >= 1 && some < all && all == 6, "{some} of {all}");
    // What is there is shown, what is missing is no number.
    let part = shown(&session.feed("prompt", "long.m", &Quiet)).concat();
    assert!(part.contains("nan"), "{part}");
    let answer = session.refresh(None, &Quiet);
    assert_eq!(answer.outcome.map(|o| (o.kept, o.computed)), Some((some, all - some)));
    assert!(!shown(&session.feed("prompt", "long.m", &Quiet)).concat().contains("nan"));
}

#[test]
fn a_saved_session_is_a_script_of_the_same_results() {
    let mut session = started();
    for input in ["## twice\nlet twice = 2 * low", "twice", "plot curve { y: scan.e }", "expect twice < 0", "let size = 7"] {
        assert!(session.feed("prompt", input, &Quiet).accepted, "{input}");
    }
    session.refresh(None, &Quiet);
    let text = session.script(Path::new(""));
    assert!(text.contains("## twice") && text.contains("show twice") && !text.contains("let size = 6"), "{text}");
    let loaded = crate::session::load_text("saved.ann", text, Options::default());
    assert!(loaded.is_good());
    // Every point of the script is one that the session has.
    let outcome = session.run(&loaded.elaborated, &[], None, &Quiet).unwrap();
    assert_eq!((outcome.computed, outcome.kept), (0, 2));
    assert_eq!(outcome.lines.len(), 3);
}
