//! The grammars for editors know the same words as the language: they cannot drift apart unseen.

use ann_lang::elaborate::builtins;
use ann_lang::syntax::ITEM_WORDS;
use ann_lang::syntax::lexemes::{CONTEXTUAL, RESERVED, UNITS, VARIABLES};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

type Words = BTreeSet<String>;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("editors").join(path)).expect(path)
}

fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Words {
    words.into_iter().map(str::to_string).collect()
}

fn textmate() -> Value {
    serde_json::from_str(&read("textmate/ann.tmLanguage.json")).expect("JSON")
}

/// The words of the first group of a rule's pattern that lists words.
fn listed(rule: &Value) -> Words {
    let pattern = rule["match"].as_str().expect("a pattern");
    let group = pattern.split(['(', ')']).filter(|part| !part.starts_with('?') && part.contains('|')).max_by_key(|p| p.len());
    words(group.expect("a list of words").split('|'))
}

#[test]
fn the_textmate_grammar_knows_the_words() {
    let grammar = textmate();
    let rule = |name: &str| listed(&grammar["repository"][name]);
    assert_eq!(rule("items"), words(ITEM_WORDS.iter().copied()));
    assert_eq!(rule("words"), words(CONTEXTUAL.iter().copied()));
    assert_eq!(rule("variables"), words(VARIABLES.iter().copied()));
    assert_eq!(rule("quantities"), words(UNITS.iter().copied()));
    let reserved: Words = rule("control").union(&rule("booleans")).cloned().collect();
    assert_eq!(reserved, words(RESERVED.iter().copied()));
}

#[test]
fn the_textmate_grammar_knows_the_built_in_names() {
    let grammar = textmate();
    let rule = |name: &str| listed(&grammar["repository"][name]);
    let functions = words(builtins::functions().flat_map(|f| std::iter::once(f.name).chain(f.aliases.iter().copied())));
    let constants = words(builtins::constants().flat_map(|c| std::iter::once(c.name).chain(c.aliases.iter().copied())));
    let known: Words = rule("calls").union(&rule("constants")).cloned().collect();
    let all: Words = functions.union(&constants).cloned().collect();
    let missing: Vec<&String> = all.difference(&known).collect();
    let gone: Vec<&String> = known.difference(&all).collect();
    assert!(missing.is_empty() && gone.is_empty(), "missing: {missing:?}\ngone: {gone:?}");
}

#[test]
fn every_rule_of_the_textmate_grammar_is_there() {
    let grammar = textmate();
    let text = grammar.to_string();
    for include in text.split("\"include\":\"#").skip(1) {
        let name = &include[..include.find('"').unwrap()];
        assert!(grammar["repository"].get(name).is_some(), "{name}");
    }
    for name in grammar["repository"].as_object().unwrap().keys() {
        assert!(text.contains(&format!("\"include\":\"#{name}\"")), "`{name}` is not used");
    }
}

/// The words in quotes of a text.
fn quoted(text: &str) -> Words {
    let code = text.lines().map(|l| l.split("//").next().unwrap_or_default()).filter(|l| !l.trim_start().starts_with(['*', ';']));
    let code: String = code.collect::<Vec<_>>().join("\n");
    words(
        code.split('"')
            .skip(1)
            .step_by(2)
            .filter(|w| w.len() > 1 || UNITS.contains(w))
            .filter(|w| w.chars().all(char::is_alphabetic)),
    )
}

#[test]
fn the_tree_sitter_grammar_knows_the_words() {
    let all = [ITEM_WORDS, CONTEXTUAL, RESERVED, VARIABLES, UNITS].concat();
    let all = words(all);
    let grammar = read("tree-sitter-ann/grammar.js");
    // The grammar's own words: its name, and the names of the fields.
    let fields: Words = grammar.split("field(\"").skip(1).map(|f| f[..f.find('"').unwrap()].to_string()).collect();
    let found: Words = quoted(&grammar).into_iter().filter(|w| w != "ann" && (all.contains(w) || !fields.contains(w))).collect();
    let missing: Vec<&String> = all.difference(&found).collect();
    let strange: Vec<&String> = found.difference(&all).collect();
    assert!(missing.is_empty() && strange.is_empty(), "missing: {missing:?}\nstrange: {strange:?}");
    // And the colours those that are words where they stand.
    let colours = quoted(&read("tree-sitter-ann/queries/highlights.scm"));
    let units: Words = words(UNITS.iter().copied());
    let coloured: Words =
        all.iter().filter(|w| !units.contains(*w) && !["true", "false"].contains(&w.as_str())).cloned().collect();
    assert_eq!(colours, coloured);
}

#[test]
fn the_generated_parser_is_of_this_grammar() {
    let parser = read("tree-sitter-ann/src/parser.c");
    for word in [ITEM_WORDS, CONTEXTUAL, VARIABLES].concat() {
        assert!(parser.contains(&format!("= \"{word}\",")), "generate src/parser.c again: it has no `{word}`");
    }
}

#[test]
fn the_extension_is_whole() {
    let package: Value = serde_json::from_str(&read("vscode/package.json")).expect("JSON");
    let contributes = &package["contributes"];
    assert_eq!(contributes["languages"][0]["extensions"][0], ".ann");
    for path in [&contributes["languages"][0]["configuration"], &contributes["grammars"][0]["path"], &package["main"]] {
        let path = path.as_str().expect("a path");
        // The grammar is copied into the extension when it is packed.
        let path = path.replace("./syntaxes/", "../textmate/");
        assert!(!read(&format!("vscode/{path}")).is_empty(), "{path}");
    }
    let configuration = read("vscode/language-configuration.json");
    assert!(serde_json::from_str::<Value>(&configuration).is_ok());
}
