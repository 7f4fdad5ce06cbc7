//! Pages on what begins an item, and on the forms that have no table of their own.

use super::{Entry, Kind};

/// A task that examples continue.
pub const SMALL_SCAN: &str = "use std.lattice\nuse std.spin\nsample scan over T in [1, 2] {\n    model: ising(chain(8))\n    temperature: T\n    method: exact\n    observe { e = energy }\n}";

struct Page {
    kind: Kind,
    name: &'static str,
    signature: &'static str,
    text: &'static str,
    example: &'static str,
    /// The example follows [`SMALL_SCAN`].
    on_scan: bool,
}

const fn item(name: &'static str, signature: &'static str, text: &'static str, example: &'static str) -> Page {
    Page { kind: Kind::Item, name, signature, text, example, on_scan: false }
}

const fn form(name: &'static str, signature: &'static str, text: &'static str, example: &'static str) -> Page {
    Page { kind: Kind::Form, name, signature, text, example, on_scan: false }
}

const PAGES: &[Page] = &[
    item(
        "experiment",
        "experiment \"TITLE\" { SETTING: VALUE ... }",
        "What the script is, for the record: title, authors, and the seed of all random draws. At most one; it may be left out.",
        "experiment \"Cooling\" { seed: 7, authors: [\"A. Author\"] }",
    ),
    item(
        "use",
        "use MODULE, use \"FILE.ann\" as NAME",
        "Makes the definitions of a module visible: one of the standard library (`use std.spin`), or a file beside the script. With `as` they stand behind the new name and a point.",
        "use std.lattice as lat\nshow lat.square(8).bonds",
    ),
    item(
        "param",
        "param NAME: TYPE = VALUE  ## documentation",
        "A value that `--set NAME=VALUE` replaces. The type (`Int`, `Real`, `Bool`, `Text`, `List`) may be left out; what `--set` gives must be of the kind of the default.",
        "param L: Int = 64  ## linear size\nshow L^2",
    ),
    item(
        "let",
        "let NAME = EXPRESSION, let NAME ~ DISTRIBUTION by KEY, ...",
        "Gives a value a name. With `~` the value is drawn at random; the draw is a function of the seed, the name and the keys alone, so it is the same in every run and at every number of threads. A value that depends on results is stored in the file under /derived.",
        "let Tc = 2 / ln(1 + sqrt(2))\nlet x ~ normal(0, 1, shape: [3]) by 1\nshow x",
    ),
    item(
        "fn",
        "fn NAME(PARAM, PARAM: TYPE = DEFAULT) requires CONDITION = EXPRESSION",
        "A function. `requires` states what the arguments must fulfil; a call that does not is an error at the call. The body may be a block: `{ let y = ...  y + 1 }`.",
        "fn specific_heat(e2, e, T) requires T > 0 = (e2 - e^2) / T^2\nshow specific_heat(2.0, 1.0, 0.5)",
    ),
    item(
        "couplings",
        "couplings NAME on GRAPH = VALUES, couplings NAME on GRAPH ~ DISTRIBUTION by KEY, couplings NAME = graph(\"FILE\")",
        "A number for each bond of a graph: `J[i, j]`. Drawn, computed, or read from a file (edge list, Matrix Market, Gset, JSON). Couplings are a graph too: spins may live on them, and sums run over their bonds.",
        "use std.lattice\ncouplings J on square(4) ~ choice(-1, +1) by 3\nshow J.bonds",
    ),
    item(
        "schedule",
        "schedule NAME = SCHEDULE",
        "A temperature as a function of the progress of an annealing run.",
        "schedule cool = geometric(3.0, 0.05)",
    ),
    item(
        "lattice",
        "lattice NAME(PARAMS) { requires CONDITION  SETTING: VALUE ... }",
        "A Bravais lattice with a basis. Everything that is declared takes `boundary:` as an argument: `periodic`, `open` or `antiperiodic`, or a list with one for each direction.",
        "lattice ladder(L: Int) {\n    requires L > 0\n    vectors: [[1, 0]]\n    basis: [[0, 0], [0, 1]]\n    bonds: nearest(1)\n    size: [L]\n}\nshow ladder(5, boundary: open).bonds",
    ),
    item(
        "model",
        "model NAME(PARAMS) { requires ...  let ...  couplings ...  spins NAME on GRAPH in VALUES  energy = ... }",
        "Variables (`spins`, `angles`, `vectors`, `reals`, or several of them) and one scalar function of them, the energy. Sums run over sites, bonds, pairs and tuples; what runs as which kernel is for `ann explain` to say.",
        "use std.lattice\nmodel ferromagnet(L: Int, h: Real = 0) {\n    spins s on square(L) in {-1, +1}\n    energy = -sum(<i, j> in square(L): s[i] * s[j]) - h * sum(s)\n}\nsample a {\n    model: ferromagnet(3)\n    method: exact\n    observe { e = energy }\n}",
    ),
    form(
        "field",
        "field = [EXPRESSION for i in s]",
        "In `model`, instead of `energy`: the local field of every unit, linear in spins of two values, for couplings that no energy has: `sum(j in s: W[i, j] * s[j])` with any matrix W, W[i, j] being what j gives to i, or sums over neighbours, and thresholds. A unit takes the value v with a probability proportional to exp(h v / T). Moved by `synchronous`, `glauber` (`sequential` or `random` order) and `metropolis`; what needs an energy is refused.",
        "model loop(N: Int) {\n    spins s on 0..N in {-1, +1}\n    field = [2 * s[mod(i - 1, N)] - 0.5 for i in s]\n}\nsample a {\n    model: loop(10)\n    temperature: 0\n    method: synchronous\n    sweeps: 100\n    until: cycle\n    observe at end { m = mean(s) }\n}\nshow a.period",
    ),
    form(
        "spins",
        "spins NAME on GRAPH in {-1, +1}",
        "In `model`: a spin on every site of a graph or a range (`on 0..n`), with any finite set of numbers as its values: `{-1, +1}`, `{0, 1}`, `{-1, 0, 1}`, `0..q`.",
        "use std.lattice\nmodel capel(D: Real) {\n    spins s on square(4) in {-1, 0, 1}\n    energy = -sum(<i, j> in square(4): s[i] * s[j]) + D * sum(s^2)\n}\nanneal a {\n    model: capel(0.5)\n    sweeps: 100\n}",
    ),
    form(
        "angles",
        "angles NAME on GRAPH",
        "In `model`: an angle in radians on every site, in (-π, π]. An energy of cosines of differences (XY model) is recognised as one of unit vectors in the plane, whichever way it is written; any other runs too. Across an antiperiodic boundary an angle turns by π.",
        "use std.lattice\nmodel xy(g: Graph) {\n    angles θ on g\n    energy = -sum(<i, j> in g: cos(θ[i] - θ[j]))\n}\nsample a {\n    model: xy(square(6))\n    temperature: 0.9\n    method: wolff\n    warmup: 100\n    sweeps: 500\n    observe { e = energy / count(θ), v = vortex_density(θ) }\n}",
    ),
    form(
        "vectors",
        "vectors NAME on GRAPH in sphere(n)",
        "In `model`: a unit vector of n components (2 to 16) on every site: `S[i]` is the vector, `S[i, 2]` its third component, `dot(S[i], S[j])` the product of two. `count(S)` is the number of sites, `magnetisation(S)` the mean vector.",
        "use std.lattice\nmodel heisenberg(g: Graph, h: Real) {\n    vectors S on g in sphere(3)\n    energy = -sum(<i, j> in g: dot(S[i], S[j])) - h * sum(i in g: S[i, 2])\n}\nsample a {\n    model: heisenberg(cubic(4), 0.1)\n    temperature: 1.5\n    method: over_relaxation\n    warmup: 100\n    sweeps: 500\n    observe { e = energy / count(S), m = magnetisation(S) }\n}",
    ),
    form(
        "reals",
        "reals NAME on GRAPH, reals NAME on GRAPH in [LOW, HIGH]",
        "In `model`: a real number on every site, with or without bounds; a bound may be infinite: `in [0, inf]`.",
        "use std.lattice\nmodel phi4(g: Graph) {\n    reals x on g\n    energy = sum(<i, j> in g: (x[i] - x[j])^2 / 2) + sum(i in g: x[i]^4 - x[i]^2)\n}\nsample a {\n    model: phi4(square(6))\n    method: hmc\n    warmup: 200\n    sweeps: 500\n    observe { e = energy / count(x) }\n}",
    ),
    item(
        "sample",
        "sample NAME over AXIS in VALUES, ... { SETTING: VALUE ...  observe { ... }  estimate { ... }  keep { ... } }",
        "Draws states from the Boltzmann distribution of a model at every point of the axes' product, and gives the means of what is observed, with errors. Points are independent and run in parallel. Any value with a name can be an axis value, methods and models too: `over how in [metropolis, wolff]`.",
        "use std.lattice\nuse std.spin\nsample scan over T in linspace(1.5, 3.5, 3) {\n    model: ising(square(8))\n    temperature: T\n    method: wolff\n    warmup: 100\n    sweeps: 1_000\n    observe { m = mean(s) }\n    estimate { abs_m = avg(abs(m)) }\n}",
    ),
    item(
        "anneal",
        "anneal NAME over AXIS in VALUES, ... { SETTING: VALUE ...  observe { ... } }",
        "Lowers the energy of a model along a schedule of temperatures. Gives `best_energy`, `final_energy` and what is observed on the last states; the file also holds `best_state`, the trace of temperature and energy, and the best energy of each chain.",
        "use std.spin\nanneal ground {\n    model: sherrington_kirkpatrick(32)\n    temperature: geometric(2.0, 0.1)\n    sweeps: 200\n    chains: 2\n}\nshow ground.best_energy",
    ),
    item(
        "network",
        "network NAME(PARAMS) { requires ...  input NAME: SHAPE, NAME: class(N)  NAME = LAYERS ...  loss = ...  metric NAME = ... }",
        "A model whose variables are the weights of its layers and whose energy is its loss on a data set. Layers own their weights, named after the binding: `h = dense(x, 64)` has `h.weight` and `h.bias`; what a function of layers binds is named inside it, `h.a.weight`. Shapes are those of one example. The loss and the metrics are one number for a batch: a mean over its examples. `input x: [64], label: class(10)` takes what a data set brings: inputs, and a class or targets.",
        "network classifier(width: Int) {\n    input x: [64], label: class(10)\n    h = relu(dense(x, width))\n    y = dense(h, 10)\n    loss = cross_entropy(y, label) + 1e-4 * sum(h.weight^2)\n    metric accuracy = mean(argmax(y) == label)\n}\nlet data = digits()\ntrain fit {\n    model: classifier(8)\n    data: data\n    epochs: 1\n    record every 1 epoch { acc = accuracy() }\n}\nshow fit.acc",
    ),
    item(
        "train",
        "train NAME over AXIS in VALUES, ... { SETTING: VALUE ...  record every N epochs { ... }  keep { ... } }",
        "Lowers the loss of a network on a data set, or the energy of a model of reals and angles. Gives what is recorded, with the axis `epoch` (or `step`), which begins with 0, before the first step; `final_loss` and `epochs_run`; the file holds the weights. A task names it where a point is wanted: `probe NAME of fit`, `start: fit.at(width: 64)`. A loss that is no longer finite ends the point, and what was recorded stays.",
        "model bowl() {\n    reals x on 0..3\n    energy = sum(i in 0..3: (x[i] - i)^2)\n}\ntrain fit over η in [0.01, 0.1] {\n    model: bowl()\n    optimiser: sgd(rate: η, momentum: 0.5)\n    steps: 50\n    record every 10 steps { e = energy, g = gradient_norm() }\n}\nshow fit.e.at(step: 50)",
    ),
    item(
        "probe",
        "probe NAME over AXIS in VALUES, ... of MODEL { SETTING: VALUE ...  observe { ... } }",
        "Looks at the landscape of a network's loss or a model's energy at a point: spectra, curvature, slices, paths; of a model with `weights` at the law that they give, and, where its states are few enough to be summed over, at the landscape of the mean of -ln p of the data. `of` names a model, a network, or a training, whose axes the probe then has and whose result it looks at.",
        "model quadratic(up: Int, down: Int) {\n    reals x on 0..up + down\n    energy = 0.5 * sum(i in 0..up: x[i]^2) - 0.5 * sum(i in up..up + down: x[i]^2)\n}\nprobe slices over down in [0, 5, 10] of quadratic(20 - down, down) {\n    at: zeros\n    observe {\n        trace = hessian_trace(probes: 10)\n        looks = critical_point(directions: random_directions(2), draws: 100)\n    }\n}\nshow slices.looks",
    ),
    item(
        "show",
        "show EXPRESSION",
        "Prints a value, and stores it in the file if it depends on results. A task is shown as its table.",
        "show 2 / ln(1 + sqrt(2))",
    ),
    item(
        "expect",
        "expect CONDITION",
        "A claim about results. It is reported and stored; if it is false, the exit status is 1. `agrees(a, b, sigmas: 4)` compares within errors.",
        "expect abs(sin(pi)) < 1e-12",
    ),
    Page {
        kind: Kind::Item,
        name: "plot",
        signature: "plot NAME { x: AXIS  y: QUANTITY ... }",
        text: "A figure of results: curves along an axis, or a `field` over the plane of two axes, as a heat map, contours, a surface or a phase diagram. Written as SVG and PNG beside the result file, and drawn in the terminal.",
        example: "plot energy { x: T, y: scan.e }",
        on_scan: true,
    },
    form(
        "reductions",
        "OP(BINDER, ... if CONDITION: BODY) with OP one of sum, prod, mean, min, max, count, any, all",
        "Reductions over index sets, the heart of an energy:\n\n    sum(i in grid: f(i))                 sites\n    sum(<i, j> in grid: f(i, j))         each bond once\n    sum(<i, j> in grid.shell(2): ...)    pairs at the second neighbour distance\n    sum(i < j in S: ...)                 unordered pairs; i < j < k for triples\n    sum((i, j, k) in tuples: ...)        listed tuples\n    sum(i in v, j in h: ...)             a product of sets\n    sum(i in S if i > 2: ...)            filtered",
        "use std.lattice\nlet g = square(4)\nshow sum(<i, j> in g: 1)\nshow sum(i < j in 0..5: i * j)\nshow count(i in 0..10 if mod(i, 3) == 0: true)",
    ),
    form(
        "ranges",
        "A..B, A..=B",
        "Whole numbers from A up to B, without B or with it. Indices start at 0; negative ones count from the end.",
        "show sum(i in 0..4: i)\nshow sum(i in 0..=4: i)\nshow [1, 2, 3][-1]",
    ),
    form(
        "comprehensions",
        "[BODY for NAME in VALUES ... if CONDITION]",
        "A list of what the body gives for each value.",
        "show [x^2 for x in 0..5 if x != 2]",
    ),
    form(
        "functions as values",
        "NAME -> EXPRESSION, (NAME, NAME) -> EXPRESSION",
        "A function without a name.",
        "let twice = x -> 2 * x\nshow twice(4)",
    ),
    form(
        "if",
        "if CONDITION then A else B",
        "One of two values. Conditions are joined by `and`, `or`, `not`; comparisons may be chained: `0 < x <= 1`.",
        "let x = 0.3\nshow if 0 < x < 1 then \"inside\" else \"outside\"",
    ),
    Page {
        kind: Kind::Form,
        name: "axes",
        signature: "over AXIS in VALUES, AXIS in VALUES",
        text: "The named axes of a task. Results carry them: arithmetic between results aligns axes by name, `.at(T: 2)` selects by coordinate, `mean(r, along: T)` reduces along one. In a task that runs over an axis of the same name, a result is taken at that point.",
        example: "let relative = scan.e / 8\nshow relative.at(T: 1)",
        on_scan: true,
    },
    form(
        "avg",
        "avg(QUANTITY), also ⟨QUANTITY⟩",
        "The ensemble average, in `estimate`. Functions of averages have jackknife errors.",
        "use std.lattice\nuse std.spin\nsample a {\n    model: ising(chain(8))\n    method: exact\n    observe { e = energy }\n    estimate { heat = avg(e^2) - avg(e)^2 }\n}",
    ),
    form(
        "replica",
        "s[replica K], s[replica K][i]",
        "The state of one of the independent copies of a task with `replicas: n`, for overlaps.",
        "use std.lattice\nuse std.spin\nsample a {\n    model: edwards_anderson(square(4))\n    replicas: 2\n    warmup: 10\n    sweeps: 100\n    observe { q = mean(i in s: s[replica 0][i] * s[replica 1][i]) }\n}",
    ),
];

pub fn entries() -> Vec<Entry> {
    PAGES
        .iter()
        .map(|p| {
            let mut entry = Entry::new(p.kind, p.name, p.signature, p.text);
            entry.example = Some(if p.on_scan { format!("{SMALL_SCAN}\n{}", p.example) } else { p.example.to_string() });
            entry
        })
        .collect()
}
