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
    assert_eq!(answer.sources.line_column(answer.diagnostics[0].span.unwrap()), (1, 13));
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
