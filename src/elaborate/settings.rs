//! The settings and sub-blocks of tasks and blocks: one row each. Checks, `ann doc`, completion and the
//! reference are read off these tables.

use super::Elaborator;
use super::synonyms::meant;
use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::ast::Name;

/// `name: value`
pub struct SettingRow {
    pub name: &'static str,
    /// What it takes, in words.
    pub takes: &'static str,
    /// As it is written; `None`: must be given (or has no default).
    pub default: Option<&'static str>,
    pub doc: &'static str,
}

const fn setting(name: &'static str, takes: &'static str, default: Option<&'static str>, doc: &'static str) -> SettingRow {
    SettingRow { name, takes, default, doc }
}

pub const EXPERIMENT: &[SettingRow] = &[
    setting("seed", "a whole number", Some("0"), "The seed of every random draw; `--seed` goes before it."),
    setting("authors", "a list of texts", None, "Stored in the file."),
    setting("doi", "a text", None, "Stored in the file."),
    setting("description", "a text", None, "Stored in the file."),
    setting("license", "a text", None, "Stored in the file."),
    setting("version", "a text", None, "Stored in the file."),
];

pub const LATTICE: &[SettingRow] = &[
    setting("vectors", "a list of vectors", None, "The primitive vectors of the Bravais lattice."),
    setting("basis", "a list of points", Some("[[0, ...]]"), "The sites of a cell."),
    setting(
        "bonds",
        "`nearest(k)`, `within(r)` or a list of `(from, to, [cell])`",
        Some("nearest(1)"),
        "Which sites are bonded.",
    ),
    setting("size", "a list of whole numbers", None, "The number of cells in each direction."),
    setting(
        "boundary",
        "`periodic`, `open`, `antiperiodic`, or a list of them",
        Some("periodic"),
        "What happens at the edges; every lattice also takes it as an argument.",
    ),
];

const STARTS: &str = "`random`, `up`, `down`, a list of values, `flip(pattern, fraction: f)`, or a list of these";
const START: &str = "The first state of every chain. A list of starts has one for each chain, from the first again where there are more chains; states may come from results.";

pub const SAMPLE: &[SettingRow] = &[
    setting("model", "a model", None, "What is sampled."),
    setting("temperature", "a number that is not negative", Some("1"), "The temperature T of the Boltzmann weight exp(-E/T)."),
    setting("beta", "a number that is not negative", None, "The inverse temperature, instead of `temperature`."),
    setting(
        "method",
        "a method",
        Some("metropolis"),
        "How the model moves: `metropolis`, `heat_bath`, `over_relaxation`, `block_gibbs`, `wolff`, `swendsen_wang`, `kawasaki`, `kinetic`, `synchronous`, `houdayer`, `jorg`, `hmc`, `langevin`, `wang_landau`, `multicanonical`, `population`, `exact`.",
    ),
    setting("start", STARTS, Some("random"), START),
    setting(
        "until",
        "`fixed_point` or `cycle`",
        None,
        "At temperature 0: a chain ends where no single move would lower the energy (`fixed_point`), or, of `synchronous` dynamics, when it comes back to a state (`cycle`); `sweeps` is then the most. There is no warm-up, and the chain is looked at once, where it ends: `observe at end`. Gives `sweeps_run`, `converged` (the share of chains that came to an end) and `period` (1 at a fixed point, 0 where there was no end) beside the observed quantities.",
    ),
    setting(
        "clamp",
        "a list or a range of sites",
        None,
        "Sites that keep the values of `start`, counted through all variables: sampling of the others given these. `start` may then be of the first variable alone.",
    ),
    setting(
        "exchange",
        "an axis",
        None,
        "Replica exchange along this axis (Hukushima and Nemoto 1996): after every sweep neighbouring points try to exchange their states. Gives `swap_rate` and `round_trips` beside the observed quantities.",
    ),
    setting(
        "temperatures",
        "`adaptive(low, high, count)` or a list",
        None,
        "Temperatures for replica exchange instead of an axis: the task gets the axis `rung`, and the quantity `temperature`.",
    ),
    setting("warmup", "a whole number of sweeps", Some("1_000"), "Sweeps before the first measurement."),
    setting("sweeps", "a whole number of sweeps", Some("10_000"), "Sweeps that are measured, for each chain."),
    setting("every", "a whole number of sweeps", Some("1"), "Sweeps between two measurements."),
    setting("chains", "a whole number", Some("1"), "Independent chains; R-hat compares them."),
    setting("replicas", "a whole number", Some("1"), "Independent copies in each chain, for overlaps: `s[replica 0]`."),
];

pub const ANNEAL: &[SettingRow] = &[
    setting("model", "a model", None, "Whose energy is lowered."),
    setting(
        "temperature",
        "a schedule",
        Some("from the couplings"),
        "The temperature in the course of the run; by default geometric, from where the strongest fields no longer bind to where the weakest are frozen.",
    ),
    setting("method", "a method that moves at one temperature", Some("metropolis"), "How the model moves."),
    setting("start", STARTS, Some("random"), START),
    setting("sweeps", "a whole number of sweeps", Some("10_000"), "The length of the run."),
    setting("chains", "a whole number", Some("1"), "Independent runs; the best of them counts."),
];

pub const TRAIN: &[SettingRow] = &[
    setting(
        "model",
        "a network, a model of reals and angles, or one with `weights`",
        None,
        "Whose loss (or energy) is lowered; of a model with weights, whose law is fitted to data.",
    ),
    setting("data", "a data set", None, "What a network, or a model with weights, is trained on."),
    setting(
        "method",
        "a way to learn",
        Some("contrastive_divergence(steps: 1)"),
        "Of a model with weights, where the gradient comes from: `contrastive_divergence(...)`, `exact_gradient`, `mean_field_gradient`, `tap`, `pseudo_likelihood`, `ratio_matching`.",
    ),
    setting(
        "rate",
        "a number, a schedule, or a function of the epoch",
        Some("0.01"),
        "Of a model with weights: the length of a step along the gradient.",
    ),
    setting("momentum", "a number from 0 and below 1", Some("0"), "Of a model with weights, beside `rate`."),
    setting(
        "decay",
        "a number",
        Some("0"),
        "Of a model with weights, beside `rate`: this times the weights is added to the gradient.",
    ),
    setting(
        "centring",
        "`true`, or a rate up to 1",
        Some("false"),
        "Of a model with weights: the gradient of units less their means, which follow those of the data at this rate (Melchior, Fischer and Wiskott 2016); `true`: 0.01.",
    ),
    setting(
        "sparsity",
        "a target and a strength",
        None,
        "Of a model with weights: hidden units are drawn towards this mean (Lee, Ekanadham and Ng 2008).",
    ),
    setting(
        "clamped",
        "a whole number of sweeps",
        Some("5"),
        "Of a model whose hidden units are coupled: their sweeps under each example.",
    ),
    setting(
        "optimiser",
        "an optimiser",
        Some("sgd(rate: 0.01)"),
        "How a step follows from the gradient: `sgd`, `adam`, `adamw`, `rmsprop`, `gradient_descent`, `lbfgs`, `sgld`, `escape`; of a model with weights also `natural_gradient`.",
    ),
    setting("batch", "a whole number, or `all`", Some("32"), "Examples of a step."),
    setting("epochs", "a whole number", Some("10"), "Passes over the data."),
    setting("steps", "a whole number", None, "The length of a training without batches, instead of `epochs`."),
    setting(
        "seed",
        "a whole number",
        Some("0"),
        "Of the first weights, the order of the data and dropout; beside the seed of the experiment.",
    ),
    setting(
        "start",
        "`initial`, `zeros`, a task, or a list of numbers",
        Some("initial"),
        "Where it begins: `initial` draws the weights as the layers say (reals: from a standard normal, or between their bounds).",
    ),
    setting("precision", "`f32` or `f64`", Some("f32 for networks"), "The numbers of the computation."),
    setting("stop_on", "a recorded quantity", None, "Early stopping: the training ends when this no longer improves."),
    setting("patience", "a whole number", Some("5"), "Records without a new best before it ends."),
    setting("goal", "`minimum` or `maximum`", Some("minimum"), "What is better of `stop_on`."),
    setting("restore", "a truth value", Some("true"), "The weights at the best record are the result of an early stop."),
];

pub const PROBE: &[SettingRow] = &[
    setting("data", "a data set", Some("that of the training"), "What the loss of a network is evaluated on."),
    setting(
        "at",
        "`zeros`, `initial`, a task, or a list of numbers",
        Some("the training's result"),
        "The point that is looked at. Of a training that keeps its parameters a moment too: `fit.at(epoch: 2)`.",
    ),
    setting("precision", "`f32` or `f64`", Some("f64 up to 20,000 weights"), "The numbers of the computation."),
    setting("seed", "a whole number", Some("0"), "Of random directions; beside the seed of the experiment."),
];

pub const PLOT: &[SettingRow] = &[
    setting(
        "x",
        "an axis, or a quantity",
        None,
        "What runs to the right; by default the last axis of numbers that has no other part. Of a field: one of its axes, by default the first.",
    ),
    setting(
        "y",
        "a quantity, or a list of quantities",
        None,
        "What is drawn. Of a field: the axis that runs upwards; of an image the rows run downwards.",
    ),
    setting(
        "field",
        "a quantity over two axes of numbers, an array of rows and columns, a state, or kept states",
        None,
        "Drawn instead of curves, over the plane of its two axes. Select one place of every further axis with `.at(...)`. An array `[row, column]`, and a quantity over the axes `row` and `column`, lie as one reads a matrix or an image: the first row on top, in squares. A state of a lattice with two directions, such as that of `observe at end { config = s }`, lies over its `row` and `column`. The states that a task keeps, `scan.states` or `scan.at(T: 2).states`, lie over `sweep` and `unit`: those of the first chain, or with `panels: chain` of each.",
    ),
    setting(
        "events",
        "a list of times for each unit",
        None,
        "Drawn instead of curves: a row of marks for each unit, such as the spikes of neurons; time runs to the right. `events: [[0.1, 0.4], [], [0.2]]`, or an array `[unit, event]`, in which what is not a finite number is no event.",
    ),
    setting(
        "style",
        "`line`, `points`, `steps`, `sticks`, `bars`, `histogram`; of a field `heat`, `contour`, `surface`, `categories`, `raster`, `flips`",
        Some("joined points, or heat"),
        "How it is drawn. `sticks` suit spectra: `x: number` counts the elements of an array. `histogram` sorts the values of x into bins, `x: p.spectrum` without `y`; with a `y` it takes the coordinates of the axis x as middles of bins. `contour` draws lines of equal value, logarithmic where positive values span more than two decades; `surface` the field in three dimensions; `categories` a phase diagram of the values 0, 1, 2, ...; `raster` a mark wherever the value is above zero (a spin is up, a unit is on), a row for each unit, and `flips` a mark wherever it is another than just before.",
    ),
    setting(
        "bins",
        "a whole number",
        Some("by their number"),
        "Of a histogram of values: how many bins of equal width (on a logarithmic x of equal ratio).",
    ),
    setting("by", "an axis", None, "One curve for each of its coordinates."),
    setting("panels", "an axis", None, "One panel for each of its coordinates, with common axes and one legend."),
    setting(
        "average",
        "an axis",
        None,
        "The axis that is averaged over, as `mean(..., along: ...)` does: over seeds of trainings the error is the standard error of the points, which `band` draws.",
    ),
    setting(
        "trajectory",
        "points: a list of two quantities over one axis, or an array of pairs",
        None,
        "A path over a field; its start is a ring and its end a disc. Triples give the height over a surface.",
    ),
    setting(
        "marks",
        "a list of numbers, or of pairs of numbers",
        None,
        "Guides: vertical lines at numbers, marked points at pairs.",
    ),
    setting(
        "scale",
        "`linear` or `log`, or a list of two or three",
        Some("linear"),
        "One word: of y, or of the values of a field. Two: of x and y. Three: of x, y and the values of a field.",
    ),
    setting(
        "band",
        "`true` or `false`",
        Some("false (contours: true)"),
        "Curves: the error as a translucent area around the line. Contours: colours between the lines.",
    ),
    setting("levels", "a list of numbers", Some("chosen"), "Where the lines of `contour` run."),
    setting(
        "colours",
        "`sequential` or `diverging`",
        Some("by the values"),
        "The colours of a field: from dark to light, or blue below zero and red above. By default diverging where values of both signs are of like size.",
    ),
    setting("range", "two numbers", Some("of the values"), "The ends of a field's colours, and of a surface's height."),
    setting("x_range", "two numbers", Some("of the data"), "The ends of x."),
    setting("y_range", "two numbers", Some("of the data"), "The ends of y."),
    setting("size", "two numbers", Some("[13, 9]"), "Width and height of the figure in cm."),
    setting(
        "formats",
        "`svg`, `png`, `pdf`, or a list of them",
        Some("[svg, png]"),
        "The files that a run writes, beside its results: `OUT_NAME.pdf` of `formats: pdf`. All are of the `size` that is given; SVG and PDF are lines and letters, PNG has 180 dots per inch.",
    ),
    setting("aspect", "a number above 0", Some("free"), "The width of a frame over its height: `1` is a square."),
    setting(
        "labels",
        "a list of texts",
        None,
        "The names of the curves in the legend; of `categories`, the names of the values 0, 1, 2, ...",
    ),
    setting("title", "a text", None, "Above the figure."),
    setting("x_label", "a text", None, "Instead of the name of the axis."),
    setting("y_label", "a text", None, "Instead of the name of the quantity."),
    setting("label", "a text", None, "Of a field: beside the colour bar, instead of its name."),
];

/// Sub-blocks: (name, tasks, documentation).
pub const BLOCKS: &[(&str, &str, &str)] = &[
    (
        "observe",
        "sample, anneal, probe",
        "Quantities of a state, at each measurement: mean, standard error, autocorrelation time, effective sample size and R-hat. `observe at end` looks once, at the last state of each chain.",
    ),
    ("estimate", "sample", "Functions of ensemble averages, `avg(...)` of observed quantities, with jackknife errors."),
    (
        "record",
        "train",
        "Quantities on the way of a training: `record every 5 epochs { ... }`, `record every 100 steps { ... }`, `record at geomspace(1, 1000, 20) { ... }`. They get the axis `epoch` (or `step`), which begins with 0, before the first step.",
    ),
    (
        "keep",
        "sample, train",
        "Data to store. Of a training: `parameters: every 5 epochs`, `parameters: all` (every epoch); the last are always kept. Of a `sample`: `states: all`, `states: every 100 sweeps`, `states: last`, `m: histogram(range: [-1, 1])`, `series: [m, e]`. Kept states are a data set of the task: `truth.states`, with classes `truth.states(label: T -> T > 2.27)` or with values `truth.states(target: T -> T)` of its axes; at a point of a task over the same axis they are those of that point. With `replicas`, the replicas of a chain stand beside each other as further chains.",
    ),
];

impl Elaborator<'_> {
    /// A setting that a block does not have.
    pub(crate) fn unknown_setting(&mut self, block: &str, name: &Name, rows: &[SettingRow]) {
        let names: Vec<String> = rows.iter().map(|r| r.name.to_string()).collect();
        let mut d = Diagnostic::error(codes::UNKNOWN_SETTING, name.span, format!("`{block}` has no setting `{}`", name.text))
            .label("not known")
            .expected(format!("one of {}", super::expression::quoted(&names)));
        if let Some(help) = meant(&name.text, names.iter().map(String::as_str)) {
            d = d.help(help);
        }
        self.fail(d);
    }
}
