//! The grammar and the tree, item by item; recovery; and texts that mean nothing.

mod networks;
mod nonsense;
mod scripts;

use super::ast::*;
use super::*;
use crate::diagnostic::{Diagnostic, Sources, codes};
use scripts::{EVERYTHING, GLASS, ISING};

fn read(text: &str) -> (Script, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let id = sources.add("t.ann", text);
    parse(&sources, id)
}

fn good(text: &str) -> Script {
    let (script, problems) = read(text);
    assert_eq!(problems, [], "{text}");
    script
}

fn found(text: &str) -> Vec<(&'static str, String)> {
    read(text)
        .1
        .into_iter()
        .map(|d| (d.code.0, text.get(d.span.map_or(0..0, |s| s.start as usize..s.end as usize)).unwrap_or("").to_string()))
        .collect()
}

/// An expression with all its brackets.
fn whole(e: &Expr) -> String {
    match &*e.kind {
        ExprKind::Int(v) => v.to_string(),
        ExprKind::Real(v) => format!("{v:?}"),
        ExprKind::Quantity(v, unit) => format!("{}_{}", whole(v), unit.text),
        ExprKind::Text(t) => format!("{t:?}"),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Name(n) => n.clone(),
        ExprKind::List(v) => format!("[{}]", many(v)),
        ExprKind::Set(v) => format!("{{{}}}", many(v)),
        ExprKind::Tuple(v) => format!("<{}>", many(v)),
        ExprKind::Range { start, end, inclusive } => {
            format!("({} {} {})", whole(start), if *inclusive { "..=" } else { ".." }, whole(end))
        }
        ExprKind::Unary(op, v) => format!("({op:?} {})", whole(v)),
        ExprKind::Binary { op, left, right, .. } => format!("({} {op:?} {})", whole(left), whole(right)),
        ExprKind::Compare { first, rest } => {
            format!("({}{})", whole(first), rest.iter().map(|(op, e)| format!(" {op:?} {}", whole(e))).collect::<String>())
        }
        ExprKind::If { condition, then, otherwise } => format!("if({}, {}, {})", whole(condition), whole(then), whole(otherwise)),
        ExprKind::Call { callee, arguments } => {
            let all: Vec<String> = arguments
                .iter()
                .map(|a| a.name.as_ref().map_or(String::new(), |n| format!("{}: ", n.text)) + &whole(&a.value))
                .collect();
            format!("{}({})", whole(callee), all.join(", "))
        }
        ExprKind::Member { base, name } => format!("{}.{}", whole(base), name.text),
        ExprKind::Index { base, indices } => {
            let all: Vec<String> = indices
                .iter()
                .map(|i| match i {
                    IndexArgument::Value(e) => whole(e),
                    IndexArgument::Replica(e, _) => format!("replica {}", whole(e)),
                })
                .collect();
            format!("{}[{}]", whole(base), all.join(", "))
        }
        ExprKind::Comprehension { body, clauses, filter } => {
            format!("[{} for {}{}]", whole(body), binders(clauses), condition(filter))
        }
        ExprKind::Lambda { params, body } => {
            format!("({} -> {})", params.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" "), whole(body))
        }
        ExprKind::Block { lets, value } => format!("{{{} lets; {}}}", lets.len(), whole(value)),
        ExprKind::Reduce { op, binders: b, filter, body } => {
            format!("{}({}{}: {})", op.text, binders(b), condition(filter), whole(body))
        }
        ExprKind::Average(e) => format!("⟨{}⟩", whole(e)),
    }
}

fn many(v: &[Expr]) -> String {
    v.iter().map(whole).collect::<Vec<_>>().join(", ")
}

fn condition(filter: &Option<Expr>) -> String {
    filter.as_ref().map_or(String::new(), |f| format!(" if {}", whole(f)))
}

fn binders(all: &[Binder]) -> String {
    let words = |names: &[Name]| names.iter().map(|n| n.text.as_str()).collect::<Vec<_>>().join(" ");
    let one = |b: &Binder| match b {
        Binder::Each { names, domain } => format!("each {} in {}", words(names), whole(domain)),
        Binder::Bond { first, second, domain } => format!("bond {} {} in {}", first.text, second.text, whole(domain)),
        Binder::Ordered { names, domain } => format!("ordered {} in {}", words(names), whole(domain)),
    };
    all.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn value(text: &str) -> String {
    let script = good(&format!("let value = {text}\n"));
    match &script.items[..] {
        [Item { kind: ItemKind::Let(Let { value: Binding::Is(e), .. }), .. }] => whole(e),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn precedence() {
    for (text, tree) in [
        ("-2^2", "(Negate (2 Power 2))"),
        ("2^-1 * 3", "((2 Power (Negate 1)) Multiply 3)"),
        ("2^3^4", "(2 Power (3 Power 4))"),
        ("2^-3^4", "(2 Power (Negate (3 Power 4)))"),
        ("1 - 2 - 3", "((1 Subtract 2) Subtract 3)"),
        ("a / b * c", "((a Divide b) Multiply c)"),
        ("-a * b", "((Negate a) Multiply b)"),
        ("1 + 2 * 3^k[0].x", "(1 Add (2 Multiply (3 Power k[0].x)))"),
        ("0..up + down", "(0 .. (up Add down))"),
        ("0..=2 * n", "(0 ..= (2 Multiply n))"),
        ("not a == b and c", "((Not (a Equal b)) And c)"),
        ("a or b and not c", "(a Or (b And (Not c)))"),
        ("a < b <= c", "(a Less b LessEqual c)"),
        ("(a < b) < c", "((a Less b) Less c)"),
        ("a ≤ b ≠ c ≥ d", "(a LessEqual b NotEqual c GreaterEqual d)"),
        ("a · b × c", "((a Multiply b) Multiply c)"),
        ("a − b", "(a Subtract b)"),
        ("x -> y -> x + y", "(x -> (y -> (x Add y)))"),
        ("(x, y) -> x or y", "(x y -> (x Or y))"),
        ("() -> 1", "( -> 1)"),
        ("if a then b else c + 1", "if(a, b, (c Add 1))"),
        ("1 + if a then b else c", "(1 Add if(a, b, c))"),
        ("if a then x -> x else y", "if(a, (x -> x), y)"),
        ("f(x)(y).z[1, -2]", "f(x)(y).z[1, (Negate 2)]"),
        ("+1 - -1", "((Plus 1) Subtract (Negate 1))"),
    ] {
        assert_eq!(value(text), tree, "{text}");
    }
}

#[test]
fn operands() {
    for (text, tree) in [
        ("1_000 + 1e-3 + 0.5", "((1000 Add 0.001) Add 0.5)"),
        ("f(10 ms, 3 sweeps)", "f(10_ms, 3_sweeps)"),
        ("\"a\\n\\\"β\\u{3b3}\\\\\"", "\"a\\n\\\"βγ\\\\\""),
        ("f(x, order: 2, in: 3, model: m,)", "f(x, order: 2, in: 3, model: m)"),
        ("s[replica 0] + s[replica k] + s[replica]", "((s[replica 0] Add s[replica k]) Add s[replica])"),
        ("sum(i in grid: f(i))", "sum(each i in grid: f(i))"),
        ("sum(<i, j> in g.shell(2) if i != j: J[i, j])", "sum(bond i j in g.shell(2) if (i NotEqual j): J[i, j])"),
        ("count(i < j < k in S: a < b)", "count(ordered i j k in S: (a Less b))"),
        ("any((i, j, k) in p, m in h: b)", "any(each i j k in p, each m in h: b)"),
        ("[f(x) for x in xs for (a, b) in ys if x > a]", "[f(x) for each x in xs, each a b in ys if (x Greater a)]"),
        ("[1, 2,]", "[1, 2]"),
        ("{-1, +1}", "{(Negate 1), (Plus 1)}"),
        ("{ y + 1 }", "{0 lets; (y Add 1)}"),
        ("{ let y = 1, y + 1 }", "{1 lets; (y Add 1)}"),
        ("{\n let y = 1\n\n let z = y\n y + z\n}", "{2 lets; (y Add z)}"),
        ("()", "<>"),
        ("(a, b)", "<a, b>"),
        ("((a))", "a"),
        ("⟨m^2⟩ - ⟨m⟩^2", "(⟨(m Power 2)⟩ Subtract (⟨m⟩ Power 2))"),
        ("energy / count(s) + sweeps + every + at + of", "(((((energy Divide count(s)) Add sweeps) Add every) Add at) Add of)"),
        ("lambda + replica", "(lambda Add replica)"),
        ("true and false", "(true And false)"),
        ("α₂ + β_c", "(α₂ Add β_c)"),
        ("0..5", "(0 .. 5)"),
        ("r.at(T: 2.27)", "r.at(T: 2.27)"),
    ] {
        assert_eq!(value(text), tree, "{text}");
    }
}

#[test]
fn newlines() {
    for (text, tree) in [
        ("1 +\n 2", "(1 Add 2)"),
        ("1\n  * 2", "(1 Multiply 2)"),
        ("a\n  .at(T: 1)\n  .b", "a.at(T: 1).b"),
        ("(1\n + 2\n)", "(1 Add 2)"),
        ("f(a,\n\n b\n)", "f(a, b)"),
        ("\n 3", "3"),
        ("if a\n then b\n else c", "if(a, b, c)"),
        ("[1, # one\n 2]", "[1, 2]"),
        ("x ->\n x", "(x -> x)"),
        ("a # c\n and b", "(a And b)"),
        ("f(x -> {\n let y = x\n y\n})", "f((x -> {1 lets; y}))"),
    ] {
        assert_eq!(value(text), tree, "{text}");
    }
    assert_eq!(good("let a = 1\nlet b = 2, let c = 3\r\nlet d = 4").items.len(), 4);
    // A sign may begin an expression, so it does not continue the line before.
    assert_eq!(found("let a = 1\n+ 2\n"), [("E0101", "+ 2".to_string())]);
    // An item below an unfinished line is not part of it.
    let (script, problems) = read("let a = 1 +\nlet b = 2\n");
    assert_eq!((script.items.len(), problems.len()), (1, 1));
}

#[test]
fn every_item() {
    let script = good(EVERYTHING);
    let kinds: Vec<&str> = script
        .items
        .iter()
        .map(|i| match &i.kind {
            ItemKind::Experiment { title, settings } => {
                assert_eq!(title.as_ref().map(|t| t.0.as_str()), Some("a title"));
                assert_eq!(settings.len(), 2);
                "experiment"
            }
            ItemKind::Use { path: UsePath::File(file, _), alias } => {
                assert_eq!((file.as_str(), alias.as_ref().map(|a| a.text.as_str())), ("./common.ann", Some("c")));
                "use file"
            }
            ItemKind::Use { path: UsePath::Module(parts), .. } => {
                assert_eq!(parts.len(), 2);
                "use"
            }
            ItemKind::Let(Let { value: Binding::Draw { by, .. }, .. }) => {
                assert_eq!(by.len(), 2);
                "draw"
            }
            ItemKind::Let(_) => "let",
            ItemKind::Fn(f) => {
                assert_eq!((f.params.len(), f.requires.len(), i.doc.as_deref()), (2, 2, Some("adds")));
                assert_eq!(f.params[1].ty.as_ref().map(|t| t.text.as_str()), Some("Int"));
                "fn"
            }
            ItemKind::Couplings(Couplings { on: Some(_), value: Binding::Is(_), .. }) => "couplings on",
            ItemKind::Couplings(_) => "couplings",
            ItemKind::Lattice { requires, settings, .. } => {
                assert_eq!((requires.len(), settings.len()), (1, 2));
                "lattice"
            }
            ItemKind::Model { params, body, .. } => {
                assert_eq!((params.len(), body.len()), (2, 8));
                let variables: Vec<&Variable> =
                    body.iter().filter_map(|e| if let ModelEntry::Variable(v) = e { Some(v) } else { None }).collect();
                assert_eq!(
                    variables.iter().map(|v| v.kind.text.as_str()).collect::<Vec<_>>(),
                    ["spins", "angles", "vectors", "reals", "weights"]
                );
                assert_eq!((variables[4].shape.len(), variables[4].initial.is_some()), (2, true));
                assert_eq!((variables[3].on.is_some(), variables[3].within.is_some()), (true, true));
                "model"
            }
            ItemKind::Task(t) => {
                assert_eq!((t.axes.len(), t.of.is_some(), t.body.len()), (1, true, 5));
                let TaskEntry::Block(record) = &t.body[4] else { panic!("{:?}", t.body[4]) };
                assert_eq!(record.every.as_ref().map(whole), Some("5_epochs".to_string()));
                assert_eq!(record.entries[0].doc.as_deref(), Some("velocities"));
                let TaskEntry::Block(observe) = &t.body[3] else { panic!("{:?}", t.body[3]) };
                assert!(observe.at_end.is_some());
                "task"
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        kinds,
        ["experiment", "use file", "use", "draw", "fn", "couplings on", "couplings", "lattice", "model", "task", "let", "let"]
    );
    assert_eq!(good(ISING).items.len(), 9);
    assert_eq!(good(GLASS).items.len(), 6);
}

#[test]
fn one_value_between_braces() {
    let script = good("model m() { spins s on g in {1}, let f = x -> { x }, energy = 0 }");
    let ItemKind::Model { body, .. } = &script.items[0].kind else { panic!() };
    let ModelEntry::Variable(v) = &body[0] else { panic!() };
    assert_eq!(v.within.as_ref().map(whole), Some("{1}".to_string()));
    let ModelEntry::Let(Let { value: Binding::Is(f), .. }) = &body[1] else { panic!() };
    assert_eq!(whole(f), "(x -> {0 lets; x})");
}

#[test]
fn words_are_contextual() {
    good("sample s { model: m, method: f, sample: 1, in: 2, let: 3, observe: 4 }");
    good("let e = f(sample: 1).model.in + lattice.sites + model");
    good("model m(lattice, model: Real, at, by) {\n energy = lattice\n}\nlet energy = 3\nlet end = 2");
}

#[test]
fn documentation() {
    let script = good("## The script.\n## More.\n\n## of a\n## and more\nparam a = 1 ## here\nlet b = 2\n# no\nlet c = 3\n");
    assert_eq!(script.doc.as_deref(), Some("The script.\nMore."));
    let docs: Vec<Option<&str>> = script.items.iter().map(|i| i.doc.as_deref()).collect();
    assert_eq!(docs, [Some("of a\nand more\nhere"), None, None]);
    assert_eq!(good(ISING).items[2].doc.as_deref(), Some("linear sizes L"));
    assert_eq!(good(ISING).items[0].doc, None);
    assert!(good(ISING).doc.is_some());
    let script = good("## of a\nlet a = 1\n");
    assert_eq!((script.doc, script.items[0].doc.as_deref()), (None, Some("of a")));
    assert_eq!(good("## only this\n").doc.as_deref(), Some("only this"));
}

#[test]
fn good_items_are_kept() {
    let (script, problems) = read(
        "let a = 1\nlet b = (1 + ]\nlet c = 3\nsample s {\n    sweeps: * 3\n    warmup: 4\n    observe {\n        x = 3 +* 4\n        y = 5\n    }\n}\nlet d = 1 2\nshow c\n",
    );
    assert!(problems.len() >= 4, "{problems:?}");
    let lines: Vec<u32> = problems.iter().map(|d| d.span.unwrap().start).collect();
    assert!(lines.is_sorted());
    let names: Vec<String> = script.items.iter().map(|i| format!("{:?}", i.kind).chars().take(4).collect()).collect();
    assert_eq!(names, ["Let(", "Let(", "Task", "Show"]);
    let ItemKind::Task(task) = &script.items[2].kind else { panic!() };
    let TaskEntry::Setting(warmup) = &task.body[0] else { panic!() };
    let TaskEntry::Block(observe) = &task.body[1] else { panic!() };
    assert_eq!((warmup.name.text.as_str(), observe.entries.len(), observe.entries[0].name.text.as_str()), ("warmup", 1, "y"));
}

#[test]
fn slips_are_explained() {
    for (text, code, place) in [
        ("parameter L = 8", "E0104", "parameter"),
        ("def f(x): return x", "E0104", "def"),
        ("import std.spin", "E0104", "import"),
        ("var x = 3", "E0104", "var"),
        ("x = 3", "E0104", "x"),
        ("let x == 3", "E0104", "=="),
        ("let x = y ** 2", "E0104", "**"),
        ("let x = a && b", "E0104", "&&"),
        ("let x = !b", "E0104", "!"),
        ("let x = 3;", "E0104", ";"),
        ("let x = 3 // c", "E0104", "//"),
        ("let x = 'a'", "E0104", "'a'"),
        ("let x = “a”", "E0104", "“a”"),
        ("let x = True", "E0104", "True"),
        ("let f = lambda x: x + 1", "E0104", "lambda x: x + 1"),
        ("let y = f(x=2)", "E0104", "="),
        ("for x in xs:\n    show x", "E0104", "for"),
        ("if x > 2 { show x }", "E0104", "if"),
        ("model f():\n    energy = 3", "E0104", ":"),
        ("class A:\n    x = 3", "E0104", "class"),
        ("param L: 8", "E0104", ":"),
        ("fn f(x) { x }", "E0104", "{"),
        ("sample s { sweeps = 3 }", "E0104", "="),
        ("sample s { observe { e: 3 } }", "E0104", ":"),
        ("let x = 0..5..1", "E0101", ".."),
        ("model m { spins s on g in {-1 +1} }", "E0101", "+"),
        ("let x = a[1:3]", "E0101", ":"),
        ("1 + 2", "E0101", "1 + 2"),
        ("sampel s { sweeps: 3 }", "E0101", "sampel"),
        ("let x = 3)", "E0101", ")"),
        ("let x = y²", "E0101", "²"),
        ("let x = (1 + 2", "E0102", "("),
        ("let x = \"abc", "E0102", "\"abc"),
        ("let x = [1, (2, 3]", "E0102", "("),
        ("model m {\n    energy = 3\nlet x = 3", "E0102", "{"),
        ("let x = 99999999999999999999", "E0103", "99999999999999999999"),
        ("let x = 1e999", "E0103", "1e999"),
        ("let x = 1.5.2", "E0103", "1.5.2"),
        ("let x = .5", "E0103", ".5"),
        ("let x = 5ms", "E0103", "5ms"),
        ("let model = 3", "E0105", "model"),
        ("let if = 3", "E0105", "if"),
        ("fn f(a, if) = 3", "E0105", "if"),
        ("neuron n {\n    state v = 3\n}", "E0105", "neuron"),
    ] {
        let all = found(text);
        assert_eq!(all.first(), Some(&(code, place.to_string())), "{text}: {all:?}");
    }
}

#[test]
fn a_missing_brace_is_found_by_its_indentation() {
    let text = "sample s {\n    sweeps: 3\n    observe {\n        e = 1\n    keep {\n        q: 2\n    }\n}\nshow 3\n";
    let (script, problems) = read(text);
    assert_eq!(problems.len(), 1);
    assert_eq!((problems[0].code, &text[problems[0].span.unwrap().start as usize - 8..][..9]), (codes::UNCLOSED, "observe {"));
    assert!(matches!(script.items.last().map(|i| &i.kind), Some(ItemKind::Show(_))));
}

#[test]
fn prompt() {
    let ask = |text: &str| {
        let mut sources = Sources::default();
        let id = sources.add("prompt", text);
        parse_prompt(&sources, id)
    };
    for text in ["let x = (1 +", "sample s {", "let x =", "1 +", "f(1,", "let f = x ->", "[1, 2", "if a then"] {
        assert_eq!(ask(text), Prompt::Incomplete, "{text}");
    }
    for (text, items, problems) in [
        ("1 + 2", 1, 0),
        ("", 0, 0),
        ("x", 1, 0),
        ("let x = 3", 1, 0),
        ("x = 3", 1, 1),
        ("1 )", 1, 1),
        ("1 2", 0, 1),
        ("\"abc", 1, 1),
        ("# c", 0, 0),
    ] {
        match ask(text) {
            Prompt::Complete(script, found) => {
                assert_eq!((script.items.len(), found.len()), (items, problems), "{text} {found:?}")
            }
            Prompt::Incomplete => panic!("{text}"),
        }
    }
}
