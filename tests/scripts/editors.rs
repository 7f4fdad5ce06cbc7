//! The grammars for editors know the same words as the language: they cannot drift apart unseen.

use ann_lang::elaborate::builtins;
use ann_lang::syntax::ITEM_WORDS;
use ann_lang::syntax::lexemes::{CONTEXTUAL, RESERVED, UNITS, VARIABLES};
use fancy_regex::Regex;
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

/// What a line is coloured as by the rules of the grammar: the first rule that matches earliest, as an editor does it.
fn coloured<'l>(rules: &[(Regex, String)], line: &'l str) -> Vec<(&'l str, String)> {
    let (mut at, mut out) = (0, Vec::new());
    while at < line.len() {
        let found = rules.iter().filter_map(|(rule, name)| Some((rule.captures_from_pos(line, at).expect("a match")?, name)));
        let Some((m, name)) = found.min_by_key(|(m, _)| m.get(0).map_or(usize::MAX, |g| g.start())) else { break };
        let whole = m.get(0).expect("a match");
        assert!(whole.end() > at, "{name} matches nothing in {line}");
        let parts: Vec<(usize, String)> = name.split(' ').enumerate().map(|(k, n)| (k, n.to_string())).collect();
        let groups = parts.len() > 1;
        for (k, name) in parts {
            let group = m.get(if groups { k + 1 } else { 0 }).expect("a group");
            out.push((group.as_str().trim(), name.trim_end_matches(".ann").to_string()));
        }
        at = whole.end();
    }
    out
}

/// Every expression of the grammar, in its order, with the name of what it matches, or of its groups.
fn rules() -> Vec<(Regex, String)> {
    let grammar = textmate();
    let name = |v: &Value| v["name"].as_str().unwrap_or_default().to_string();
    let one = |rule: &Value| {
        let captures = rule["captures"].as_object().map(|c| c.values().map(name).collect::<Vec<_>>().join(" "));
        let pattern = match rule["begin"].as_str() {
            // Texts, from their beginning to their end.
            Some(begin) => {
                let inner = rule["patterns"][0]["match"].as_str().expect("what may be in a text");
                format!("{begin}(?:{inner}|[^\"])*?(?:{})", rule["end"].as_str().expect("an end"))
            }
            None => rule["match"].as_str().expect("a pattern").to_string(),
        };
        (Regex::new(&pattern).unwrap_or_else(|e| panic!("{pattern}: {e}")), captures.unwrap_or_else(|| name(rule)))
    };
    let mut all = Vec::new();
    for include in grammar["patterns"].as_array().expect("patterns") {
        let rule = &grammar["repository"][include["include"].as_str().expect("a rule").trim_start_matches('#')];
        match rule["patterns"].as_array().filter(|_| rule["begin"].is_null()) {
            Some(several) => all.extend(several.iter().map(one)),
            None => all.push(one(rule)),
        }
    }
    all
}

#[test]
fn the_textmate_grammar_colours_a_script() {
    let rules = rules();
    let line = |text| coloured(&rules, text).into_iter().map(|(t, n)| format!("{t}={n}")).collect::<Vec<_>>().join(", ");
    for (text, wanted) in [
        ("## About \"this\"", "## About \"this\"=comment.line.documentation"),
        (
            "let T_c = 2.269  # K",
            "let=keyword.declaration, T_c=entity.name, ==keyword.operator, 2.269=constant.numeric, # K=comment.line.number-sign",
        ),
        (
            "    model: ising(square(16))",
            "model=variable.other.property, :=, ising=entity.name.function, square=support.function, 16=constant.numeric",
        ),
        (
            "    observe { m = abs(mean(s)) }",
            "observe=keyword.other, ==keyword.operator, abs=support.function, mean=support.function",
        ),
        (
            "    keep { states: every 100 sweeps }",
            "keep=keyword.other, states=variable.other.property, every=keyword.other, 100=constant.numeric, sweeps=keyword.other.unit",
        ),
        (
            "    spins s on g in {-1, +1}",
            "spins=storage.type, on=keyword.other, in=keyword.control, -=keyword.operator, 1=constant.numeric, +=keyword.operator, 1=constant.numeric",
        ),
        ("show \"m \\\" = # \", true", "show=keyword.declaration, \"m \\\" = # \"=string.quoted.double, true=constant.language"),
    ] {
        assert_eq!(line(text).replace(":=, ", ""), wanted.replace(":=, ", ""), "{text}");
    }
    // Every example, to its end.
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")).expect("examples") {
        let path = entry.expect("an example").path();
        if path.extension().is_some_and(|e| e == "ann") {
            std::fs::read_to_string(&path).expect("a script").lines().for_each(|l| drop(coloured(&rules, l)));
        }
    }
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
