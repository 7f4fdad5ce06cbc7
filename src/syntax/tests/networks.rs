//! Networks, training and probes: the tree, the layout, and what people write who know another library.

use super::nonsense::{Dice, check};
use super::scripts::{GEOMETRY, LANDSCAPE, MACHINE, SADDLE};
use super::{found, good, read, whole};
use crate::syntax::ast::*;
use crate::syntax::format;

fn network(text: &str) -> Network {
    let script = good(text);
    let found = script.items.into_iter().find_map(|i| if let ItemKind::Network(n) = i.kind { Some(n) } else { None });
    found.expect("a network")
}

fn task(text: &str, name: &str) -> Task {
    let tasks = good(text).items.into_iter().filter_map(|i| if let ItemKind::Task(t) = i.kind { Some(t) } else { None });
    tasks.into_iter().find(|t| t.name.text == name).expect("a task")
}

fn shown(entry: &NetworkEntry) -> String {
    match entry {
        NetworkEntry::Input { name, value, .. } => format!("input {}: {}", name.text, whole(value)),
        NetworkEntry::Let(Let { name, value: Binding::Is(value) }) => format!("let {} = {}", name.text, whole(value)),
        NetworkEntry::Let(Let { name, .. }) => format!("let {} ~", name.text),
        NetworkEntry::Bind { name, value } => format!("{} = {}", name.text, whole(value)),
        NetworkEntry::Loss { value, .. } => format!("loss {}", whole(value)),
        NetworkEntry::Metric { name, value, .. } => format!("metric {} = {}", name.text, whole(value)),
        NetworkEntry::Requires(value) => format!("requires {}", whole(value)),
    }
}

fn entries(text: &str) -> Vec<String> {
    network(text).body.iter().map(shown).collect()
}

#[test]
fn a_network_has_inputs_layers_a_loss_and_metrics() {
    let n = network(LANDSCAPE);
    assert_eq!((n.name.text.as_str(), n.params.len(), n.requires.len()), ("classifier", 1, 0));
    assert_eq!(
        n.body.iter().map(shown).collect::<Vec<_>>(),
        [
            "input x: [64]",
            "input label: class(10)",
            "h1 = tanh(dense(x, width))",
            "h2 = tanh(dense(h1, width))",
            "y = dense(h2, 10)",
            "loss cross_entropy(y, label)",
            "metric accuracy = mean((argmax(y) Equal label))",
        ]
    );
    let n = network(GEOMETRY);
    assert_eq!(n.requires.iter().map(whole).collect::<Vec<_>>(), ["(width Greater 0)", "(slope Greater 0)"]);
    let kinds: Vec<String> = n.body.iter().map(shown).map(|s| s.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        kinds,
        [
            "requires (width",
            "input x:",
            "input target:",
            "let inner",
            "h =",
            "y =",
            "loss mse(y,",
            "metric error",
            "metric largest",
        ]
    );
    let docs: Vec<Option<&str>> = n
        .body
        .iter()
        .filter_map(|e| match e {
            NetworkEntry::Input { doc, .. } | NetworkEntry::Metric { doc, .. } => Some(doc.as_deref()),
            _ => None,
        })
        .collect();
    assert_eq!(docs, [Some("what is seen"), Some("what is to be found"), Some("mean absolute error"), None]);
    let NetworkEntry::Input { span, .. } = &n.body[1] else { panic!("{:?}", n.body[1]) };
    assert_eq!(&GEOMETRY[span.start as usize..span.end as usize], "x: [8, 8]");
}

#[test]
fn the_forms_of_a_network() {
    let five = ["input x: [3]", "input y: class(2)", "h = x", "loss h", "metric a = h"];
    for text in [
        "network n { input x: [3], y: class(2), h = x, loss = h, metric a = h }",
        "network n() {\n input x: [3],\n y: class(2)\n h = x\n loss = h\n metric a = h\n}",
        "network n {\n input x: [3]\n y: class(2)\n\n h = x\n let loss = h\n metric a = h, }",
        "network n\n{\n input x: [3], input y: class(2)\n h =\n x\n loss\n = h\n metric a\n = h\n}\n",
    ] {
        assert_eq!(entries(text), five, "{text}");
        check(text);
    }
    assert_eq!(entries("network n { }"), [""; 0]);
    let text = "network n(a: Int) requires a > 0 { requires a < 9, a != 5, input x: [a], requires x > 2, metric b = x }";
    assert_eq!(
        entries(text),
        ["requires (a Less 9)", "requires (a NotEqual 5)", "input x: [a]", "requires (x Greater 2)", "metric b = x"]
    );
    let item = network("network n(a = {1, 2}) requires a > 0 { requires a > 1 }");
    assert_eq!((item.requires.len(), item.body.len()), (1, 1));
}

#[test]
fn its_words_are_names_elsewhere() {
    good(
        "let train = 1\nlet probe = 2\nlet network = 3\nlet input = 4\nlet metric = train + probe + network\nlet loss = metric\n",
    );
    good("fn f(train, probe: Int, network = 3, input = 2) = train + probe(network).input[metric]\nshow train, probe, network\n");
    good(
        "sample s { train: 1, probe: 2, network: 3, input: 4\n observe { train = 1, probe = 2, loss = 3, network = 4, record = 5 } }",
    );
    good("model m {\n spins input on network in {0, 1}\n weights loss[2]\n energy = train(probe)\n}");
    assert_eq!(
        entries(
            "network train(input) { input metric: [3], probe: [2]\n train = input, input = train\n metric = probe\n metric metric = 2 }"
        ),
        ["input metric: [3]", "input probe: [2]", "train = input", "input = train", "metric = probe", "metric metric = 2"]
    );
    // An item below an unfinished line is not part of it.
    for item in ["train t { model: m }", "probe t of m { }", "network t { }"] {
        let (script, problems) = read(&format!("let a = 1 +\n{item}\n"));
        assert_eq!((script.items.len(), problems.len()), (1, 1), "{item}");
    }
}

#[test]
fn tasks_that_train_and_probe() {
    let t = task(LANDSCAPE, "fit");
    assert_eq!((t.kind.text.as_str(), t.axes.len(), t.of.is_some()), ("train", 1, false));
    let t = task(SADDLE, "slices");
    assert_eq!((t.kind.text.as_str(), t.axes.len()), ("probe", 1));
    assert_eq!(t.of.as_ref().map(whole).as_deref(), Some("quadratic((1000 Subtract down), down)"));
    let t = task(LANDSCAPE, "geometry");
    assert_eq!((t.axes.len(), t.of.as_ref().map(whole).as_deref()), (0, Some("fit")));
    let t = task(GEOMETRY, "fit");
    let blocks: Vec<(Option<String>, Option<String>, usize)> = t
        .body
        .iter()
        .filter_map(|e| if let TaskEntry::Block(b) = e { Some(b) } else { None })
        .map(|b| (b.at.as_ref().map(whole), b.every.as_ref().map(whole), b.entries.len()))
        .collect();
    let some = |s: &str| Some(s.to_string());
    assert_eq!(blocks, [(some("[0, 1, 10, 100]"), None, 1), (some("logspace(0, 4, 9)"), None, 1), (None, some("100_steps"), 1)]);
}

#[test]
fn quantities_of_a_probe_are_observed() {
    let t = task(MACHINE, "quality");
    let kinds: Vec<String> = t
        .body
        .iter()
        .map(|e| match e {
            TaskEntry::Block(b) => {
                let names: Vec<&str> = b.entries.iter().map(|e| e.name.text.as_str()).collect();
                format!("{}: {}", b.kind.text, names.join(" "))
            }
            TaskEntry::Let(l) => l.name.text.clone(),
            TaskEntry::Setting(s) => s.name.text.clone(),
            TaskEntry::Couplings(_) => String::new(),
        })
        .collect();
    assert_eq!(kinds, ["observe: log_z ll", "n", "data", "observe: pl"]);
    let TaskEntry::Block(first) = &t.body[0] else { panic!() };
    assert_eq!(first.entries[0].doc.as_deref(), Some("the partition function"));
    let text = &MACHINE[first.span.start as usize..first.span.end as usize];
    assert!(text.starts_with("log_z =") && text.ends_with("(data, log_z)"), "{text}");
    // Elsewhere `=` is a slip for the `:` of a setting.
    assert_eq!(found("train s { sweeps = 3 }"), [("E0104", "=".to_string())]);
    assert_eq!(found("probe s { data = 3\n q = 3 }"), [("E0104", "=".to_string())]);
}

#[test]
fn other_libraries_are_explained() {
    let network = |entry: &str| format!("network n {{\n    input x: [3]\n    {entry}\n    y = dense(x, 2)\n}}\n");
    for (entry, code, place) in [
        ("layers: [dense(64), dense(10)]", "E0104", "layers"),
        ("activation: relu", "E0104", "activation"),
        ("optimizer: adam", "E0104", "optimizer"),
        ("metrics: [accuracy]", "E0104", "metrics"),
        ("loss: mse(y, x)", "E0104", ":"),
        ("metric a: 3", "E0104", ":"),
        ("metric: 3", "E0104", ":"),
        ("h: dense(x, 3)", "E0104", ":"),
        ("h = 2\n    h: dense(x, 3)", "E0104", ":"),
        ("h = 2\n    label: class(3)", "E0104", "label"),
        ("output y = 3", "E0104", "output "),
        ("layer h: 3", "E0104", "layer "),
        ("input: x[64]", "E0104", ":"),
        ("input x[64], label: class(10)", "E0104", "[64]"),
        ("input x = [64]", "E0104", "="),
        ("input x in [64]", "E0104", "in"),
        ("inputs: [64]", "E0104", "inputs"),
        ("weights W[3, 4] ~ normal(0, 1)", "E0101", "weights W[3, 4] ~ normal(0, 1)"),
        ("h = nn.Linear(64, 10)", "E0104", "nn.Linear"),
        ("h = relu(tf.keras.layers.Dense(64))", "E0104", "tf.keras.layers.Dense"),
        ("h = F.relu(x)", "E0104", "F.relu"),
        ("h = nn.Sequential(x, x)", "E0104", "nn.Sequential"),
        ("def forward(self, x):\n        return self.fc(x);", "E0104", "def"),
        ("self.fc = 3", "E0104", "self"),
    ] {
        let text = network(entry);
        assert_eq!(found(&text), [(code, place.to_string())], "{text}");
        check(&text);
    }
    for (text, code, place) in [
        ("network n(w):\n    y = dense(x, 3)\n", "E0104", ":"),
        ("class Net(nn.Module):\n    def f(x): return x\n", "E0104", "class"),
        ("train fit of net over w in [1] { model: net }", "E0104", "over w in [1]"),
        ("train fit { record every epoch { a = 2 } }", "E0104", "epoch"),
        ("train fit { record every { a = 2 } }", "E0101", "every"),
        ("train fit { record at { a = 2 } }", "E0101", "at"),
        ("train fit { record every n epochs { a = 2 } }", "E0101", "epochs"),
        ("trian fit { model: m }", "E0101", "trian"),
        ("net.fit(x, y)", "E0101", "net.fit(x, y)"),
        ("simulate s { model: m }", "E0105", "simulate"),
    ] {
        assert_eq!(found(text), [(code, place.to_string())], "{text}");
        check(text);
    }
    // A file of the user's own may have any of these names.
    good("let a = nn.relu(3) + layers.dense(2) + nn.Layer(3) + optim.rate(2)");
}

#[test]
fn good_entries_are_kept() {
    let text = "network n {\n    input x: [3]\n    h = dense(x 3)\n    y = dense(x, 2)\n    loss = +* y\n    metric a = 2 3\n}\ntrain t {\n    model: n(\n    )3\n    record at [1, 2] {\n        a = 3 4\n        b = 5\n    }\n}\nprobe p of t {\n    a = 1 2\n    b = 3\n}\n";
    let (script, problems) = read(text);
    assert_eq!(problems.len(), 6, "{problems:?}");
    let ItemKind::Network(n) = &script.items[0].kind else { panic!() };
    assert_eq!(n.body.iter().map(shown).collect::<Vec<_>>(), ["input x: [3]", "y = dense(x, 2)"]);
    let ItemKind::Task(t) = &script.items[1].kind else { panic!() };
    let TaskEntry::Block(record) = &t.body[0] else { panic!() };
    assert_eq!((record.entries.len(), record.entries[0].name.text.as_str(), record.at.is_some()), (1, "b", true));
    let ItemKind::Task(p) = &script.items[2].kind else { panic!() };
    let TaskEntry::Block(observe) = &p.body[0] else { panic!() };
    assert_eq!((observe.entries.len(), observe.entries[0].name.text.as_str()), (1, "b"));
}

/// Entries that are right, with what they give.
const RIGHT: &[(&str, &[&str])] = &[
    ("input x: [3], y: class(2)", &["input x: [3]", "input y: class(2)"]),
    ("input  x :[3]", &["input x: [3]"]),
    ("h=dense( x,3 )", &["h = dense(x, 3)"]),
    ("let k = 3", &["let k = 3"]),
    ("let w ~ normal(0, 1) by k", &["let w ~"]),
    ("loss = mse(x, y)", &["loss mse(x, y)"]),
    ("metric a = x", &["metric a = x"]),
    ("requires k > 0", &["requires (k Greater 0)"]),
    ("train = h", &["train = h"]),
];
/// Entries that are not.
const WRONG: &[&str] = &[
    "layers: [3]",
    "loss: x",
    "metric: y",
    "metric a: y",
    "output y = x",
    "input: x[3]",
    "input x[3]",
    "weights W[3]",
    "h: x",
    "input",
    "metric",
    "h = nn.Linear(3, 4)",
    "h = 3 4",
    "= 3",
    "def f(x)",
    "self.x = 3",
    "return x",
    "}",
    "{",
    "if = 3",
];

#[test]
fn any_order_and_any_separator() {
    let mut dice = Dice(0x1234_5678_9ABC_DEF1);
    for round in 0..300 {
        let broken = round % 2 == 1;
        let (mut text, mut wanted, mut comments) = ("network n(k = 3) {".to_string(), Vec::new(), 0);
        for _ in 0..dice.below(7) {
            if broken && dice.below(3) == 0 {
                text.push_str(WRONG[dice.below(WRONG.len())]);
            } else {
                let (entry, gives) = RIGHT[dice.below(RIGHT.len())];
                text.push_str(entry);
                wanted.extend_from_slice(gives);
            }
            match dice.below(6) {
                0 => text.push_str(", "),
                1 => text.push_str("\n\n"),
                2 => {
                    text.push_str("  # a comment\n");
                    comments += 1;
                }
                3 => {
                    text.push_str("\n ## documentation\n");
                    comments += 1;
                }
                4 => text.push_str(" ,\n"),
                _ => text.push('\n'),
            }
        }
        text.push_str("}\n");
        check(&text);
        if !broken {
            assert_eq!(entries(&text), wanted, "{text}");
            let neat = format(&text).expect("a network that can be read");
            assert_eq!(
                neat.matches("# a comment").count() + neat.matches("## documentation").count(),
                comments,
                "{text}\n{neat}"
            );
            assert_eq!(entries(&neat), wanted, "{text}\n{neat}");
        }
    }
}

#[test]
fn the_layout_of_networks_and_probes() {
    for (ugly, neat) in [
        (
            "network n( w:Int )requires w>0{input x:[3],y:class( 2 )\nh=relu( dense( x,w ) ),loss=h\nmetric  a=h  }",
            "network n(w: Int) requires w > 0 {\n    input x: [3], y: class(2)\n    h = relu(dense(x, w))\n    loss = h\n    metric a = h\n}\n",
        ),
        (
            "probe p over k in{1,2}of fit{a=1,b = {let z=2\nz}\n# c\ndata:x}",
            "probe p over k in {1, 2} of fit {\n    a = 1\n    b = {\n        let z = 2\n        z\n    }\n    # c\n    data: x\n}\n",
        ),
        (
            "train t{model:n , record every  5 epochs{a=1}\nrecord at[0,1]{ a=1\n}\nkeep{w:every 2 epochs,v:last}}",
            "train t {\n    model: n\n    record every 5 epochs { a = 1 }\n    record at [0, 1] {\n        a = 1\n    }\n    keep { w: every 2 epochs, v: last }\n}\n",
        ),
    ] {
        assert_eq!(format(ugly).as_deref(), Ok(neat), "{ugly}");
        assert_eq!(format(neat).as_deref(), Ok(neat));
    }
}
