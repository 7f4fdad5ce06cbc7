//! `ann lsp` as an editor sees it: scripted sessions over the real protocol.

use crate::common;
mod session;

use common::Folder;
use serde_json::{Value, json};
use session::{Session, edited, labels, part, position};

const SCRIPT: &str = "## Ising, small.
use std.lattice
use std.spin

param β_c = 0.5 * ln(1 + sqrt(2))  ## the critical 𝛽
let sizes = [4, 6]
## Twice a number.
fn twice(x, factor: Real = 2) = factor * x

sample scan over L in sizes, T in linspace(2.0, 2.6, 3) {
    model: ising(square(L, L))
    temperature: T
    method: wolff
    warmup: 100
    sweeps: 1_000

    observe {
        m = mean(s)
    }
    estimate {
        binder = 1 - avg(m^4) / (3 * avg(m^2)^2)
    }
}

let best = peak(scan.binder, along: T)
show twice(β_c, factor: 3)
";

#[test]
fn a_session_from_the_first_message_to_the_last() {
    let folder = Folder::new("lsp-session");
    let uri = "file:///tmp/ising%20small.ann";
    let mut s = Session::begun(&folder);
    assert_eq!(s.open(uri, SCRIPT), json!([]));

    // A wrong name, behind characters of several UTF-16 units: diagnostics as one types, and the repair.
    let wrong = SCRIPT.replace("show twice(β_c", "show \"𝛽β\", twise(β_c");
    s.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [{
            "range": { "start": position(SCRIPT, "show |twice"), "end": position(SCRIPT, "show twice|(") }, "text": "\"𝛽β\", twise" }] }),
    );
    let found = s.diagnostics(uri);
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    assert_eq!((&found[0]["code"], &found[0]["severity"]), (&json!("E0201"), &json!(1)));
    assert_eq!(part(&wrong, &found[0]["range"]), "twise");
    let params = json!({ "textDocument": { "uri": uri }, "range": found[0]["range"], "context": { "diagnostics": found } });
    let actions = s.ask("textDocument/codeAction", params);
    assert_eq!(actions[0]["title"], "Change `twise` to `twice`");
    assert_eq!(edited(&wrong, &actions[0]["edit"]["changes"][uri]), wrong.replace("twise", "twice"));

    // Outline, hover and completion while the text is wrong.
    let hover = s.at("hover", uri, &wrong, "fn twi|ce");
    assert!(hover["contents"]["value"].as_str().unwrap().contains("Twice a number."), "{hover}");
    s.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": uri, "version": 3 }, "contentChanges": [{ "text": SCRIPT.replace("let best = peak(scan.binder, along: T)", "let best = peak(scan.") }] }),
    );
    let open = SCRIPT.replace("let best = peak(scan.binder, along: T)", "let best = peak(scan.");
    let members = s.at("completion", uri, &open, "peak(scan.|");
    assert_eq!(labels(&members), ["L", "T", "binder", "m", "at"]);
    let symbols = s.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
    let names: Vec<&str> = symbols.as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert!(names.starts_with(&["β_c", "sizes", "twice", "scan"]), "{names:?}");

    s.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": uri, "version": 4 }, "contentChanges": [{ "text": SCRIPT }] }),
    );
    assert_eq!(s.at("documentHighlight", uri, SCRIPT, "sizes|, T").as_array().unwrap().len(), 2);
    s.end();
}

#[test]
fn hover_tells_documentation_values_and_shapes() {
    let folder = Folder::new("lsp-hover");
    let uri = "file:///tmp/hover.ann";
    let mut s = Session::begun(&folder);
    s.open(uri, SCRIPT);
    for (place, words) in [
        ("lin|space", &["linspace(", "Real", "*built in: lists and arrays*"][..]),
        ("temp|erature: T", &["a setting of `sample`", "Boltzmann"]),
        ("wol|ff", &["Wolff"]),
        ("model: is|ing", &["model ising(grid: Graph", "std.spin"]),
        ("obse|rve", &["a block of"]),
        ("sam|ple scan", &["an item of a script"]),
        ("use std.sp|in", &["a module of the standard library"]),
        ("param β|_c", &["the critical 𝛽", "0.440686", "real number"]),
        ("in si|zes", &["let sizes = [4, 6]", "shape [2]"]),
        ("sample sc|an", &["over L (2), T (3)", "6 points", "`binder`"]),
        ("scan.bin|der", &["binder = 1 - avg", "over L (2), T (3)"]),
        ("avg(|m^4)", &["m = mean(s)"]),
        ("let be|st", &["over L (2)"]),
        ("mean(|s)", &["spins s on grid"]),
        ("linspace(2.0, 2.6, 3|)", &[]),
    ] {
        let hover = s.at("hover", uri, SCRIPT, place);
        let text = hover["contents"]["value"].as_str().unwrap_or_default();
        assert!(words.iter().all(|w| text.contains(w)), "{place}: {text}");
        assert_eq!(words.is_empty(), text.is_empty(), "{place}: {text}");
    }
    s.end();
}

#[test]
fn completion_knows_its_place() {
    let folder = Folder::new("lsp-completion");
    folder.script("common.ann", "fn shared(x) = x\n");
    let uri = format!("file://{}", folder.file("a.ann").display());
    let mut s = Session::begun(&folder);
    let mut version = 1;
    s.open(&uri, "");
    let mut complete = |s: &mut Session, marked: &str| {
        version += 1;
        let text = marked.replace('|', "");
        s.tell(
            "textDocument/didChange",
            json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": [{ "text": text }] }),
        );
        let before = marked.rsplit_once('|').unwrap().0;
        s.at("completion", &uri, &text, &format!("{before}|"))
    };
    let has = |result: &Value, yes: &[&str], no: &[&str]| {
        let all = labels(result);
        assert!(yes.iter().all(|w| all.contains(w)), "{yes:?} of {all:?}");
        assert!(!no.iter().any(|w| all.contains(w)), "{no:?} of {all:?}");
    };
    has(&complete(&mut s, "sam|"), &["sample", "let", "plot"], &["linspace", "warmup"]);
    has(&complete(&mut s, "use std.|"), &["spin", "lattice"], &["sample"]);
    has(&complete(&mut s, "use \"|"), &["common.ann"], &["sample"]);
    has(&complete(&mut s, "sample a {\n    war|"), &["warmup", "observe", "let"], &["linspace", "optimiser"]);
    has(&complete(&mut s, "train a {\n    |"), &["optimiser", "record"], &["warmup"]);
    let methods = complete(&mut s, "sample a {\n    method: w|");
    has(&methods, &["wolff", "sqrt"], &["warmup"]);
    let rank = |label: &str| methods["items"].as_array().unwrap().iter().position(|i| i["label"] == label);
    assert!(rank("wolff") < rank("sqrt"));
    has(&complete(&mut s, "use std.spin\nfn f(alpha) = al|"), &["alpha", "ising", "sqrt", "if"], &["warmup", "honeycomb"]);
    has(&complete(&mut s, "let x = linspace(|"), &["count:", "sqrt"], &["warmup"]);
    has(&complete(&mut s, "use \"common.ann\" as c\nshow c.|"), &["shared"], &["sqrt"]);
    has(&complete(&mut s, "use std.lattice\nlet grid = square(4)\nshow grid.|"), &["sites", "shell"], &["sqrt"]);
    assert!(labels(&complete(&mut s, "# sam|")).is_empty());
    let all = complete(&mut s, "let x = linsp|");
    let item = all["items"].as_array().unwrap().iter().find(|i| i["label"] == "linspace").unwrap().clone();
    let whole = s.ask("completionItem/resolve", item);
    assert!(whole["documentation"]["value"].as_str().unwrap().contains("linspace("), "{whole}");
    s.end();
}

#[test]
fn definitions_and_names_reach_into_modules() {
    let folder = Folder::new("lsp-places");
    let module = "## Shared.\nfn shared(x, scale: Real = 1) = scale * x\nfn other(y) = shared(y)\n";
    folder.script("common.ann", module);
    let text = "use \"./common.ann\" as c\nuse std.lattice\nlet grid = square(4)\nshow c.shared(2, scale: 3)\nlet β = [i^2 for i in 0..3]\nshow β[0] + β[1]\n";
    let uri = format!("file://{}", folder.script("a.ann", text).display());
    let home = format!("file://{}", folder.file("common.ann").display());
    let mut s = Session::begun(&folder);
    assert_eq!(s.open(&uri, text), json!([]));
    let found = s.at("definition", &uri, text, "β[0] + |β");
    assert_eq!((found["uri"].as_str(), part(text, &found["range"])), (Some(uri.as_str()), "β"));
    let found = s.at("definition", &uri, text, "c.sha|red");
    assert_eq!((found["uri"].as_str(), part(module, &found["range"])), (Some(home.as_str()), "shared"));
    let found = s.at("definition", &uri, text, "common|.ann");
    assert_eq!(found["uri"], home);
    // A copy of the standard library's module, which an editor can open.
    let found = s.at("definition", &uri, text, "squ|are");
    let file = found["uri"].as_str().unwrap().strip_prefix("file://").unwrap();
    let library = std::fs::read_to_string(file).unwrap();
    assert_eq!(part(&library, &found["range"]), "square");

    let rename = |s: &mut Session, marked: &str, new: &str| {
        let params = json!({ "textDocument": { "uri": uri }, "position": position(text, marked), "newName": new });
        s.answer("textDocument/rename", params)
    };
    let done = rename(&mut s, "let β|", "values");
    assert_eq!(edited(text, &done["result"]["changes"][&uri]), text.replace('β', "values"));
    // In the module too: at its definition and where it is called.
    let done = rename(&mut s, "c.sha|red", "common_one");
    assert_eq!(edited(text, &done["result"]["changes"][&uri]), text.replace("shared", "common_one"));
    assert_eq!(edited(module, &done["result"]["changes"][&home]), module.replace("shared(", "common_one("));
    for (place, new) in [("squ|are", "box"), ("let β|", "if"), ("let β|", "a b"), ("let β|", "grid"), ("show| β", "x")] {
        assert!(rename(&mut s, place, new)["error"]["message"].is_string(), "{place} {new}");
    }
    // A module that is open and not saved is seen as it is in the editor.
    s.open(&home, "fn another(x) = x\n");
    let found = s.diagnostics(&uri);
    assert!(found[0]["message"].as_str().unwrap().contains("shared"), "{found}");
    s.end();
}

#[test]
fn axes_of_one_name_are_one_symbol() {
    let folder = Folder::new("lsp-axes");
    let uri = "file:///tmp/axes.ann";
    let mut s = Session::begun(&folder);
    s.open(uri, SCRIPT);
    let params = json!({ "textDocument": { "uri": uri }, "position": position(SCRIPT, "along: |T"), "newName": "temp" });
    let done = s.ask("textDocument/rename", params);
    let expected = SCRIPT.replace("T in", "temp in").replace(": T", ": temp");
    assert_eq!(edited(SCRIPT, &done["changes"][uri]), expected);
    s.end();
}

#[test]
fn layout_colours_and_folds() {
    let folder = Folder::new("lsp-layout");
    let uri = "file:///tmp/layout.ann";
    let untidy = SCRIPT.replace("let sizes = [4, 6]", "let   sizes=[4,6]");
    let mut s = Session::begun(&folder);
    s.open(uri, &untidy);
    let document = json!({ "textDocument": { "uri": uri }, "options": { "tabSize": 4, "insertSpaces": true } });
    let edits = s.ask("textDocument/formatting", document.clone());
    assert_eq!(edited(&untidy, &edits), SCRIPT);
    assert_eq!(edits[0]["range"]["start"]["line"], 5);

    let legend = ann_lang::lsp::colours::TYPES;
    let data = s.ask("textDocument/semanticTokens/full", document.clone())["data"].clone();
    let numbers: Vec<usize> = data.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let (mut line, mut column, mut found) = (0, 0, Vec::new());
    for token in numbers.chunks(5) {
        column = if token[0] == 0 { column + token[1] } else { token[1] };
        line += token[0];
        let place = |c: usize| json!({ "line": line, "character": c });
        found.push((part(&untidy, &json!({ "start": place(column), "end": place(column + token[2]) })), legend[token[3]]));
    }
    for expected in [
        ("## Ising, small.", "comment"),
        ("use", "keyword"),
        ("std", "namespace"),
        ("β_c", "variable"),
        ("sqrt", "function"),
        ("Real", "type"),
        ("factor", "parameter"),
        ("twice", "function"),
        ("scan", "event"),
        ("over", "keyword"),
        ("T", "parameter"),
        ("model", "property"),
        ("ising", "class"),
        ("observe", "keyword"),
        ("binder", "property"),
        ("1_000", "number"),
    ] {
        assert!(found.contains(&expected), "{expected:?} of {found:?}");
    }
    let folds = s.ask("textDocument/foldingRange", document);
    assert!(folds.as_array().unwrap().iter().any(|f| f["startLine"] == 9), "{folds}");
    s.end();
}

#[test]
fn nonsense_is_survived() {
    let folder = Folder::new("lsp-nonsense");
    let mut s = Session::bare(&folder);
    assert_eq!(s.answer("textDocument/hover", json!({}))["error"]["code"], -32002);
    s.ask("initialize", json!({}));
    s.raw("Content-Length: 5\r\n\r\n{nope");
    assert_eq!(s.receive()["error"]["code"], -32700);
    s.raw("What: is this\r\n\r\n");
    assert_eq!(s.receive()["error"]["code"], -32700);
    s.send(&json!({ "jsonrpc": "2.0", "id": "x" }));
    assert_eq!(s.receive()["error"]["code"], -32600);
    assert_eq!(s.answer("textDocument/unheardOf", json!({}))["error"]["code"], -32601);
    assert_eq!(s.answer("textDocument/hover", json!({}))["error"]["code"], -32602);
    assert_eq!(s.answer("textDocument/hover", json!({ "textDocument": { "uri": "file:///none" } }))["error"]["code"], -32602);
    s.tell("$/cancelRequest", json!({ "id": 1 }));
    s.tell("textDocument/didChange", json!([1, 2]));
    // Texts in every state of being written, and positions that are nowhere.
    let uri = "untitled:Untitled-1";
    s.open(uri, "");
    let cut: Vec<usize> = SCRIPT.char_indices().map(|(at, _)| at).step_by(37).collect();
    for at in cut {
        s.tell(
            "textDocument/didChange",
            json!({ "textDocument": { "uri": uri, "version": at }, "contentChanges": [{ "text": &SCRIPT[..at] }] }),
        );
        let place = json!({ "textDocument": { "uri": uri }, "position": { "line": 9999, "character": 9999 } });
        for method in [
            "hover",
            "completion",
            "definition",
            "documentSymbol",
            "semanticTokens/full",
            "foldingRange",
            "formatting",
            "references",
        ] {
            s.ask(&format!("textDocument/{method}"), place.clone());
        }
    }
    s.end();
}

#[test]
fn repairs_are_made_where_they_are_known() {
    let folder = Folder::new("lsp-repairs");
    let uri = "file:///tmp/repairs.ann";
    let mut s = Session::begun(&folder);
    for (k, (wrong, right)) in [
        ("use std.spin\n\nlet g = honeycomb(4)\n", "use std.lattice\nuse std.spin\n\nlet g = honeycomb(4)\n"),
        ("## Of g.\nlet g = honeycomb(4)\n", "use std.lattice\n## Of g.\nlet g = honeycomb(4)\n"),
        ("let a = 1\nlet b = a and not a && true\n", "let a = 1\nlet b = a and not a and true\n"),
        ("sample a {\n    warmpu: 3\n}\n", "sample a {\n    warmup: 3\n}\n"),
    ]
    .into_iter()
    .enumerate()
    {
        let uri = format!("{uri}{k}");
        let found = s.open(&uri, wrong);
        let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
        let params = json!({ "textDocument": { "uri": uri }, "range": whole, "context": { "diagnostics": found } });
        let actions = s.ask("textDocument/codeAction", params);
        assert_eq!(edited(wrong, &actions[0]["edit"]["changes"][&uri]), right, "{found}");
    }
    s.end();
}
