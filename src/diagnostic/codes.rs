//! The table of codes: one row a kind of problem, with the page that `ann doc CODE` shows.

use serde::Serialize;

/// The identity of a kind of problem: `E` (error) or `W` (warning) and four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Code(pub &'static str);

/// What `ann doc CODE` shows.
pub struct Page {
    pub code: Code,
    /// In a few words.
    pub title: &'static str,
    /// What it means and what to do.
    pub text: &'static str,
    /// A script (or a part of one) that has the problem.
    pub wrong: &'static str,
    /// The same, put right.
    pub right: &'static str,
}

macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal, $text:literal, $wrong:literal => $right:literal;)*) => {
        $(#[doc = $title] pub const $name: Code = Code($code);)*
        /// Every code, in order.
        pub const PAGES: &[Page] = &[$(Page { code: $name, title: $title, text: $text, wrong: $wrong, right: $right }),*];
    };
}

codes! {
    // E01: the text cannot be read.
    UNEXPECTED = "E0101", "unexpected text",
        "The text does not follow the grammar at this place. The message says what could stand here instead.",
        "let x = 1 +" => "let x = 1 + 2";
    UNCLOSED = "E0102", "a bracket or text is not closed",
        "A `{`, `(`, `[` or `\"` has no partner. The place where it was opened is shown.",
        "model m() {\n    spins s on chain(8) in {-1, +1}\n" => "let x = (1 + 2) * 3";
    BAD_NUMBER = "E0103", "a number that cannot be read",
        "A number is written wrongly, or a whole number does not fit into 64 bits. Write `1e30` for a large real number.",
        "let x = 99999999999999999999" => "let x = 1e20";
    OTHER_LANGUAGE = "E0104", "another language's spelling",
        "The word or sign is that of another language. The message says how Ann writes it.",
        "parameter L = 8" => "param L = 8";
    RESERVED = "E0105", "a word that is reserved",
        "The word is a keyword and cannot be a name, or belongs to a part of the language that this version does not have.",
        "let model = 3" => "let my_model = 3";
    TOO_DEEP = "E0106", "nested too deeply",
        "Brackets or expressions are nested more deeply than Ann reads. Name the parts with `let`.",
        "let x = ((((1))))  # ... and some thousand more" => "let x = 1";
    // E02: names.
    UNDEFINED = "E0201", "an undefined name",
        "Nothing of this name is visible here. A name comes from a `let`, `param`, `fn`, `model` or task above, from a module that is named by `use`, or is built in.",
        "let Tc = 2 / lg(2)" => "let Tc = 2 / ln(2)";
    DUPLICATE = "E0202", "a name defined twice",
        "Names are defined once in a script. Choose another name for the second.",
        "let a = 1\nlet a = 2" => "let a = 1\nlet b = 2";
    UNKNOWN_SETTING = "E0203", "an unknown setting",
        "This block has no setting of that name. `ann doc sample` lists the settings of a task.",
        "use std.spin\nuse std.lattice\nsample s {\n    model: ising(chain(8))\n    temperatur: 1\n    observe { e = energy }\n}" =>
        "use std.spin\nuse std.lattice\nsample s {\n    model: ising(chain(8))\n    temperature: 1\n    sweeps: 100\n    warmup: 10\n    observe { e = energy }\n}";
    NO_MEMBER = "E0204", "no such member",
        "The value before the point has no member of that name. The message lists what it has.",
        "use std.lattice\nlet n = chain(8).site" => "use std.lattice\nlet n = chain(8).sites";
    NO_MODULE = "E0205", "no such module or file",
        "The module is not in the standard library, or the file is not where the script says. Paths are relative to the script.",
        "use std.spins" => "use std.spin";
    BAD_PARAM = "E0206", "no such parameter",
        "`--set` names a parameter that the script does not have, or gives a value of another type.",
        "param L = 8  # run with --set M=4" => "param L = 8";
    CIRCULAR = "E0207", "a circular definition",
        "The definition needs itself, directly or through others, or a module uses itself.",
        "let f = x -> f(x)\nlet y = f(1)" => "let f = x -> x + 1\nlet y = f(1)";
    // E03: types and arguments.
    TYPE = "E0301", "a value of the wrong type",
        "The operation or the setting needs another kind of value than the one it is given.",
        "let x = 1 + \"a\"" => "let x = 1 + 2";
    ARGUMENTS = "E0302", "wrong arguments",
        "The call has too many arguments, too few, or one whose name the function does not know. The message shows the signature.",
        "let x = sqrt(1, 2)" => "let x = sqrt(2)";
    NOT_CALLABLE = "E0303", "not a function",
        "Only functions, models and lattices can be called.",
        "let a = 2\nlet x = a(1)" => "let a = 2\nlet x = a * 1";
    MISSING_SETTING = "E0304", "a missing setting",
        "The block needs a setting that is not there.",
        "sample s { observe { e = 1 } }" => "use std.spin\nuse std.lattice\nsample s {\n    model: ising(chain(8))\n    sweeps: 100\n    warmup: 10\n    observe { e = energy }\n}";
    NOT_KNOWN_YET = "E0305", "a value that is only known after the run",
        "Sizes, axes and the like must be known before anything runs, but this value depends on a task's results. It can be used as a temperature or a coefficient.",
        "use std.spin\nuse std.lattice\nsample a { model: ising(chain(8))\n sweeps: 100\n observe { e = energy } }\nlet g = chain(a.e)" => "use std.lattice\nlet g = chain(8)";
    // E04: shapes and axes.
    SHAPE = "E0401", "shapes that do not fit",
        "Elementwise operations need equal shapes, or one of them a number.",
        "let x = [1, 2] + [1, 2, 3]" => "let x = [1, 2, 3] + [1, 2, 3]";
    INDEX = "E0402", "an index outside its range",
        "Indices start at 0; negative ones count from the end.",
        "let x = [1, 2, 3][3]" => "let x = [1, 2, 3][2]";
    NO_AXIS = "E0403", "no such axis",
        "The result does not run over an axis of that name.",
        "use std.spin\nuse std.lattice\nsample a over T in [1, 2] { model: ising(chain(8))\n temperature: T\n sweeps: 100\n observe { e = energy } }\nshow a.e.at(L: 8)" =>
        "use std.spin\nuse std.lattice\nsample a over T in [1, 2] { model: ising(chain(8))\n temperature: T\n sweeps: 100\n warmup: 10\n observe { e = energy } }\nshow a.e.at(T: 2)";
    NO_COORDINATE = "E0404", "no such coordinate",
        "The axis has no point with this coordinate. The message names the nearest.",
        "use std.spin\nuse std.lattice\nsample a over T in [1, 2] { model: ising(chain(8))\n temperature: T\n sweeps: 100\n observe { e = energy } }\nshow a.e.at(T: 3)" =>
        "use std.spin\nuse std.lattice\nsample a over T in [1, 2] { model: ising(chain(8))\n temperature: T\n sweeps: 100\n warmup: 10\n observe { e = energy } }\nshow a.e.at(T: 2)";
    MISALIGNED = "E0405", "axes that do not align",
        "Two results run over axes of the same name with different coordinates. Select the common ones with `.at`, or use the same values.",
        "use std.spin\nuse std.lattice\nsample a over T in [1, 2] { model: ising(chain(8))\n temperature: T\n sweeps: 100\n observe { e = energy } }\nsample b over T in [1, 3] { model: ising(chain(8))\n temperature: T\n sweeps: 100\n observe { e = energy } }\nshow a.e - b.e" =>
        "show 1";
    BAD_AXIS = "E0406", "values that cannot be an axis",
        "The values of an axis are a list or a range with at least one value, each different.",
        "use std.spin\nuse std.lattice\nsample a over T in [] { model: ising(chain(8))\n temperature: 1\n observe { e = energy } }" =>
        "let values = linspace(1, 2, 3)";
    // E05: domains.
    DOMAIN = "E0501", "a value outside its domain",
        "The function or the setting is not defined for this value. The message says which values it takes.",
        "let x = ln(-1)" => "let x = ln(2)";
    DIVISION = "E0502", "division by zero",
        "A constant is divided by zero.",
        "let x = 1 / 0" => "let x = 1 / 2";
    OVERFLOW = "E0503", "a whole number too large",
        "The result does not fit into a 64-bit whole number. Use real numbers: write `2.0 ^ 100`.",
        "let x = 2 ^ 100" => "let x = 2.0 ^ 100";
    MEMORY = "E0504", "more memory than there is",
        "The plan needs more memory than this machine has. The message says how much; make the lattice, the number of chains or what is kept smaller.",
        "use std.spin\nuse std.lattice\nsample a { model: ising(cubic(4000, 4000, 4000))\n temperature: 1\n sweeps: 10\n observe { e = energy } }" =>
        "use std.lattice\nlet g = cubic(40, 40, 40)";
    REQUIRES = "E0505", "a requirement that does not hold",
        "The function, the model or the lattice states what its arguments must fulfil (`requires`), and these do not.",
        "use std.lattice\nlet g = square(-3)" => "use std.lattice\nlet g = square(3)";
    TOO_LONG = "E0506", "an evaluation that does not end",
        "The script asks for more steps, or a larger list, than a plan may take.",
        "let x = sum(i in 0..1_000_000_000_000: i)" => "let x = sum(i in 0..1000: i)";
    // E06: models.
    NO_ENERGY = "E0601", "a model without an energy",
        "A model has one `energy = ...`.",
        "use std.lattice\nmodel m() { spins s on chain(8) in {-1, +1} }" => "use std.lattice\nmodel m() {\n    spins s on chain(8) in {-1, +1}\n    energy = -sum(<i, j> in chain(8): s[i] * s[j])\n}";
    NOT_SCALAR = "E0602", "an energy that is not a number",
        "The energy must be one number for a state. Sum over the sites.",
        "use std.lattice\nmodel m() {\n    spins s on chain(8) in {-1, +1}\n    energy = -s\n}\nsample a { model: m()\n observe { e = energy } }" =>
        "use std.lattice\nmodel m() {\n    spins s on chain(8) in {-1, +1}\n    energy = -sum(s)\n}";
    NOT_A_SITE = "E0603", "an index that is not in its set",
        "A variable is indexed by the sites it lives on, and a coupling by the pairs of its graph. This index runs over another set.",
        "use std.lattice\nmodel m() {\n    spins s on chain(8) in {-1, +1}\n    energy = -sum(i in 0..9: s[i])\n}\nsample a { model: m()\n observe { e = energy } }" =>
        "use std.lattice\nmodel m() {\n    spins s on chain(8) in {-1, +1}\n    energy = -sum(i in 0..8: s[i])\n}";
    BAD_VARIABLE = "E0604", "a variable that cannot be declared so",
        "The declaration of the variable is incomplete, its set is empty, or its kind is not known.",
        "use std.lattice\nmodel m() {\n    spins s on chain(8) in {}\n    energy = -sum(s)\n}\nsample a { model: m()\n observe { e = energy } }" =>
        "use std.lattice\nmodel m() {\n    spins s on chain(8) in {-1, 0, 1}\n    energy = -sum(s)\n}";
    BAD_LATTICE = "E0605", "a lattice that cannot be built",
        "The vectors, the basis, the size or the boundary do not describe a lattice.",
        "lattice bad(L: Int) {\n    vectors: [[1, 0]]\n    basis: [[0, 0]]\n    bonds: nearest(1)\n    size: [L, L]\n}\nlet g = bad(4)" =>
        "lattice good(L: Int) {\n    vectors: [[1, 0], [0, 1]]\n    basis: [[0, 0]]\n    bonds: nearest(1)\n    size: [L, L]\n}\nlet g = good(4)";
    // E07: tasks and methods.
    METHOD_MODEL = "E0701", "a method that cannot serve the model",
        "The method is not valid for this model. The message says why and what to use instead.",
        "use std.spin\nuse std.lattice\nsample a { model: ising(triangular(6), J: -1)\n method: wolff\n observe { e = energy } }" =>
        "use std.spin\nuse std.lattice\nsample a { model: ising(triangular(6), J: -1)\n method: metropolis\n sweeps: 100\n warmup: 10\n observe { e = energy } }";
    CONFLICT = "E0702", "settings that exclude each other",
        "Two settings say contradictory things, or one has no meaning with the other.",
        "use std.spin\nuse std.lattice\nsample a { model: ising(chain(8))\n temperature: 1\n beta: 1\n observe { e = energy } }" =>
        "use std.spin\nuse std.lattice\nsample a { model: ising(chain(8))\n beta: 1\n sweeps: 100\n warmup: 10\n observe { e = energy } }";
    EMPTY_TASK = "E0703", "a task that looks at nothing",
        "The task has neither `observe` nor `keep`, so it would give no result.",
        "use std.spin\nuse std.lattice\nsample a { model: ising(chain(8)) }" =>
        "use std.spin\nuse std.lattice\nsample a { model: ising(chain(8))\n sweeps: 100\n warmup: 10\n observe { e = energy } }";
    NOT_HERE = "E0704", "something that cannot stand here",
        "The construct is known but has no meaning at this place.",
        "let x = avg(3)" => "let x = mean([1, 2])";
    // E08: files.
    CANNOT_READ = "E0801", "a file that cannot be read",
        "The file is missing, unreadable, or not in the format that its name promises.",
        "couplings G = graph(\"missing.mtx\")" => "let x = 1";
    CANNOT_WRITE = "E0802", "a file that cannot be written",
        "The folder does not exist or is read-only, or the disk is full. Nothing already computed is lost: finished points stay beside the result file.",
        "# ann run script.ann -o /no/such/folder/out.h5" => "# ann run script.ann -o out.h5";
    FOREIGN_FILE = "E0803", "a file that is not a result of Ann",
        "The file exists but was not written by Ann, or it is damaged. It is left as it is.",
        "# ann show notes.txt" => "# ann show out.h5";
    IN_USE = "E0804", "a result file in use",
        "Another run is writing this file. Wait for it, or choose another file with `-o`.",
        "# two runs with the same -o at once" => "# ann run script.ann -o other.h5";
    COMMAND_LINE = "E0805", "a command line that makes no sense",
        "An option or an argument of the command is not understood.",
        "# ann run script.ann --threads many" => "# ann run script.ann --threads 2";
    // E09: the run.
    RUN_FAILED = "E0901", "a point that failed",
        "The point could not be computed. The other points went on, and what they gave is in the file.",
        "# an energy that is not a number at some state" => "# an energy that is finite at every state";
    NOT_FINITE = "E0902", "a result that is not a number",
        "A quantity became infinite or not a number: often a division by a quantity that is zero, or a logarithm of a negative number.",
        "# estimate { x = 1 / avg(m - m) }" => "# estimate { x = avg(m) }";
    INTERRUPTED = "E0903", "an interrupted run",
        "The run was stopped. The finished points are kept; the same command goes on from there.",
        "# Ctrl-C" => "# run the same command again";
    DIFFERENT = "E0904", "a reproduction that differs",
        "The script in the file, run again, gave other numbers.",
        "# ann reproduce changed.h5" => "# ann reproduce out.h5";
    EXPECT_FALSE = "E0905", "a claim that does not hold",
        "An `expect` of the script is false.",
        "expect 1 > 2" => "expect 1 < 2";
    // Warnings.
    SHORT_RUN = "W0101", "a run shorter than 50 autocorrelation times",
        "The error bar rests on too few independent samples to be trusted. Run longer, or use a method that decorrelates faster.",
        "# sweeps: 100 at a critical point" => "# sweeps: 20_000, or method: wolff";
    NOT_MIXED = "W0102", "chains that disagree",
        "R-hat is above 1.05: the chains (or the halves of one chain) have not come to the same distribution. Lengthen `warmup` and `sweeps`.",
        "# warmup: 0 in an ordered phase" => "# warmup: 2_000";
    NO_WARMUP = "W0103", "no warm-up",
        "Without warm-up the mean carries the memory of the start.",
        "use std.spin\nuse std.lattice\nsample a { model: ising(chain(8))\n sweeps: 100\n warmup: 0\n observe { e = energy } }" =>
        "use std.spin\nuse std.lattice\nsample a { model: ising(chain(8))\n sweeps: 100\n warmup: 10\n observe { e = energy } }";
    UNUSED = "W0104", "something that is never used",
        "The binding is never used. Remove it, or use it.",
        "use std.spin\nuse std.lattice\nsample a { model: ising(chain(8))\n sweeps: 100\n let unused = 3\n observe { e = energy } }" =>
        "use std.spin\nuse std.lattice\nsample a { model: ising(chain(8))\n sweeps: 100\n warmup: 10\n observe { e = energy } }";
    DOUBLE_BONDS = "W0105", "double bonds",
        "A periodic direction of two sites joins each pair twice. The bonds are kept, so the coupling counts twice; write `boundary: open` in that direction if that is not meant.",
        "use std.lattice\nuse std.spin\nsample a { model: ising(square(2, 8))\n sweeps: 100\n observe { e = energy } }" =>
        "use std.lattice\nlet g = square(2, 8, boundary: [open, periodic])";
    NOT_LEARNT = "W0106", "weights that are not learnt to their end",
        "The density of states was still changing, or levels of energy were missing, when `warmup` was used up. Averages with weights that are not good have larger errors, which are told; levels that are missing bias them. Lengthen `warmup`.",
        "# method: wang_landau, warmup: 100" => "# method: wang_landau, warmup: 1_000_000";
    FEW_EFFECTIVE = "W0107", "few effective samples at a temperature",
        "The energies that matter at this temperature make up a small part of the run, so that the averages there, and their errors, rest on few samples. Lengthen `sweeps`.",
        "# a temperature close to zero, sweeps: 1000" => "# sweeps: 1_000_000";
    FEW_FAMILIES = "W0108", "a population of few families",
        "Most replicas descend from a few of those at the start (fewer than 100 effective families), so that the population is not known to be in equilibrium and errors may be too small. Use a larger `size`, more `sweeps`, or more temperatures.",
        "# method: population(size: 100), at a low temperature" => "# method: population(size: 10_000)";
    NOT_CONVERGED = "W0109", "an iteration that did not converge",
        "Eigenvalues or a critical point were not found to the tolerance that was asked for within the products that a look may take. `NAME_residual` beside eigenvalues says how far they are. Raise `tolerance`, ask for fewer, or probe with `precision: f64`.",
        "# hessian_eigenvalues(smallest: 50, tolerance: 1e-12)" => "# hessian_eigenvalues(smallest: 5)";
    DIVERGED = "W0110", "a training whose loss is no longer finite",
        "The loss became infinite or not a number. The training stops there, what was recorded before is kept, and other points go on. Mostly the rate is too large: lower it, let it begin with `warm_up(...)`, or bound the gradient (`clip: 1`).",
        "# optimiser: sgd(rate: 100)" => "# optimiser: sgd(rate: 0.1, clip: 1)";
    TWICE = "W0111", "a function that the loss has in it",
        "`cross_entropy` takes scores and applies the softmax itself, `binary_cross_entropy` the sigmoid. A network that applies it before is trained on a flatter loss than the one that is meant, and its gradients are small. Give the loss the scores as they come from the last layer; probabilities for a metric can be a binding of their own.",
        "use std.data\nnetwork soft() {\n    input x: [2], label: class(2)\n    y = softmax(dense(x, 2))\n    loss = cross_entropy(y, label)\n}\ntrain fit { model: soft()\n data: two_moons(100)\n record { l = loss } }" =>
        "use std.data\nnetwork scores() {\n    input x: [2], label: class(2)\n    y = dense(x, 2)\n    loss = cross_entropy(y, label)\n}\ntrain fit { model: scores()\n data: two_moons(100)\n record { l = loss } }";
}

/// The page of a code as the user types it (any case).
pub fn page(code: &str) -> Option<&'static Page> {
    PAGES.iter().find(|p| p.code.0.eq_ignore_ascii_case(code))
}
