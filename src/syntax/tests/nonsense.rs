//! Texts that mean nothing, or nest without end: no panic, no overflow, no hang.

use super::scripts::EXAMPLES;
use super::{good, read};
use crate::diagnostic::{Sources, codes, render};
use crate::syntax::{format, parse_prompt};

#[test]
fn depth_is_limited() {
    let nested = |n: usize| format!("let x = {}1{}\nlet y = 2\n", "(".repeat(n), ")".repeat(n));
    assert_eq!(good(&nested(300)).items.len(), 2);
    let lists = format!("let x = {}1{}", "f([".repeat(150), "])".repeat(150));
    assert_eq!(good(&lists).items.len(), 1);
    let n = 5_000;
    for text in [
        nested(n),
        format!("let x = {}1\nlet y = 2", "-".repeat(n)),
        format!("let x = {}1\nlet y = 2", "not ".repeat(n)),
        format!("let x = {}1\nlet y = 2", "x -> ".repeat(n)),
        format!("let x = {}1\nlet y = 2", "a^".repeat(n)),
        format!("let x = {}1\nlet y = 2", "a + ".repeat(n)),
        format!("let x = a{}\nlet y = 2", ".b".repeat(n)),
        format!("let x = a{}\nlet y = 2", "(1)".repeat(n)),
        format!("let x = {}1\nlet y = 2", "if a then b else ".repeat(n)),
        format!("let x = {}1{}\nlet y = 2", "if ".repeat(n), " then 1 else 2".repeat(n)),
        format!("let x = {}1{}\nlet y = 2", "f(x -> {".repeat(n), "})".repeat(n)),
        format!("let x = {}1{}\nlet y = 2", "2^-(".repeat(n), ")".repeat(n)),
        format!("let x = {}1{}\nlet y = 2", "⟨".repeat(n), "⟩".repeat(n)),
        format!("let x = {}1{}\nlet y = 2", "sum(i in ".repeat(n), ": i)".repeat(n)),
        format!("let x = {}1{}\nlet y = 2", "{ let y = ".repeat(n), "\n y }".repeat(n)),
        format!("let x = {}1\nlet y = 2", "lambda x: ".repeat(n)),
    ] {
        let (script, problems) = read(&text);
        assert!(problems.iter().any(|d| d.code == codes::TOO_DEEP), "{}", &text[..40]);
        assert_eq!(script.items.len(), 1, "{}", &text[..40]);
    }
    // Long is not deep.
    assert_eq!(good(&format!("let x = [{}]", "a + 1, if b then c else d, ".repeat(5_000))).items.len(), 1);
    assert_eq!(good(&format!("let x = {}1", "a <= ".repeat(5_000))).items.len(), 1);
    // Open brackets alone.
    for open in ["(", "[", "{", "f(", "⟨", "sum(<", "if ", "[x for y in "] {
        assert!(!read(&format!("let x = {}", open.repeat(n))).1.is_empty());
    }
}

/// xorshift64*: the same texts in every run.
pub(super) struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n
    }
}

const SOUP: &[&str] = &[
    "let",
    "param",
    "fn",
    "use",
    "sample",
    "model",
    "show",
    "expect",
    "plot",
    "lattice",
    "couplings",
    "schedule",
    "network",
    "train",
    "probe",
    "input",
    "metric",
    "loss",
    "output",
    "layers:",
    "nn.Linear(",
    "every epoch",
    "experiment",
    "x",
    "s",
    "β",
    "energy",
    "observe",
    "over",
    "in",
    "on",
    "by",
    "of",
    "at",
    "end",
    "every",
    "requires",
    "replica",
    "lambda",
    "if",
    "then",
    "else",
    "for",
    "not",
    "and",
    "or",
    "true",
    "1",
    "2.5",
    "1e3",
    "\"t\"",
    "'",
    "“",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "⟨",
    "⟩",
    "<",
    ">",
    "=",
    ":",
    ",",
    ".",
    "..",
    "..=",
    "->",
    "~",
    "+",
    "-",
    "*",
    "/",
    "^",
    "==",
    "!=",
    "<=",
    "≤",
    "&&",
    "||",
    "!",
    ";",
    "**",
    "#",
    "##",
    "//",
    "/*",
    "\n",
    "\n",
    "\n    ",
    " ",
    "\t",
    "\r\n",
    "\"",
    "\\",
    "sum(i in",
    "²",
    "\u{0}",
    "return",
    "def",
    "print",
    "sweeps",
    "10 ms",
];

#[test]
fn nonsense_neither_panics_nor_changes_in_format() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for round in 0..1_000 {
        let mut text = String::new();
        for _ in 0..dice.below(60) {
            text.push_str(SOUP[dice.below(SOUP.len())]);
            if dice.below(3) > 0 {
                text.push(' ');
            }
        }
        if round % 4 == 0 {
            let bytes: Vec<u8> = (0..dice.below(80)).map(|_| dice.below(256) as u8).collect();
            text = String::from_utf8_lossy(&bytes).into_owned();
        }
        check(&text);
    }
}

#[test]
fn broken_examples_do_not_panic() {
    let mut dice = Dice(7);
    for round in 0..300 {
        let mut chars: Vec<char> = EXAMPLES[round % EXAMPLES.len()].chars().collect();
        for _ in 0..1 + dice.below(3) {
            let at = dice.below(chars.len());
            match dice.below(3) {
                0 => drop(chars.remove(at)),
                1 => chars.splice(at..at, SOUP[dice.below(SOUP.len())].chars()).for_each(drop),
                _ => chars.truncate(at.max(1)),
            }
        }
        check(&chars.into_iter().collect::<String>());
    }
}

pub(super) fn check(text: &str) {
    let (script, problems) = read(text);
    for d in &problems {
        let span = d.span.expect("a place");
        assert!(span.start <= span.end && d.message.len() < 400, "{text:?} {d:?}");
    }
    let mut sources = Sources::default();
    let id = sources.add("t.ann", text);
    render::render(&problems, &sources, render::Format::Human { color: false });
    parse_prompt(&sources, id);
    if let Ok(once) = format(text) {
        assert_eq!(once, crate::syntax::format::arrange(text), "{text:?}");
        let again = good(&once);
        assert_eq!(
            crate::syntax::format::without_spans(&again),
            crate::syntax::format::without_spans(&script),
            "{text:?}\n{once:?}"
        );
        assert_eq!(format(&once).expect("formatted text can be read"), once, "{text:?}");
    }
}

#[test]
fn long_scripts() {
    let mut text = String::new();
    for i in 0..2_500 {
        text.push_str(&format!("let x{i} = sum(<i, j> in g{i}: J[i, j] * s[i] * s[j]) / {i} + f(x, order: 2)   # c\nsample t{i} over T in linspace(1, 2, 3) {{\n    model: ising(square({i}))\n}}\n"));
    }
    assert_eq!(good(&text).items.len(), 5_000);
}
