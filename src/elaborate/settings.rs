//! The settings and sub-blocks of tasks and blocks: one row each. Checks, `ann doc`, completion and the
//! reference are read off these tables.

use super::Elaborator;
use crate::diagnostic::{Diagnostic, codes, nearest};
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

pub const SAMPLE: &[SettingRow] = &[
    setting("model", "a model", None, "What is sampled."),
    setting("temperature", "a number that is not negative", Some("1"), "The temperature T of the Boltzmann weight exp(-E/T)."),
    setting("beta", "a number that is not negative", None, "The inverse temperature, instead of `temperature`."),
    setting(
        "method",
        "a method",
        Some("metropolis"),
        "How the model moves: `metropolis`, `heat_bath`, `over_relaxation`, `wolff`, `swendsen_wang`, `kawasaki`, `kinetic`, `houdayer`, `jorg`, `hmc`, `langevin`, `wang_landau`, `multicanonical`, `population`, `exact`.",
    ),
    setting("start", "`random`, `up`, `down` or a list of values", Some("random"), "The first state of every chain."),
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
    setting("start", "`random`, `up`, `down` or a list of values", Some("random"), "The first state of every chain."),
    setting("sweeps", "a whole number of sweeps", Some("10_000"), "The length of the run."),
    setting("chains", "a whole number", Some("1"), "Independent runs; the best of them counts."),
];

pub const PLOT: &[SettingRow] = &[
    setting("x", "an axis, or a quantity", None, "What runs to the right."),
    setting("y", "a quantity, or a list of quantities", None, "What is drawn."),
    setting("by", "an axis", None, "One curve for each of its coordinates."),
    setting("average", "an axis", None, "The axis that is averaged over."),
    setting("marks", "a list of numbers", None, "Vertical guide lines."),
    setting("scale", "`linear` or `log`, or a list of two", Some("linear"), "The scales of x and y."),
    setting("title", "a text", None, "Above the figure."),
    setting("x_label", "a text", None, "Instead of the name of the axis."),
    setting("y_label", "a text", None, "Instead of the name of the quantity."),
];

/// Sub-blocks: (name, tasks, documentation).
pub const BLOCKS: &[(&str, &str, &str)] = &[
    (
        "observe",
        "sample, anneal",
        "Quantities of a state, at each measurement: mean, standard error, autocorrelation time, effective sample size and R-hat. `observe at end` looks once, at the last state of each chain.",
    ),
    ("estimate", "sample", "Functions of ensemble averages, `avg(...)` of observed quantities, with jackknife errors."),
    (
        "keep",
        "sample",
        "Data to store: `states: all`, `states: every 100 sweeps`, `states: last`, `m: histogram(range: [-1, 1])`, `series: [m, e]`.",
    ),
];

impl Elaborator<'_> {
    /// A setting that a block does not have.
    pub(crate) fn unknown_setting(&mut self, block: &str, name: &Name, rows: &[SettingRow]) {
        let names: Vec<String> = rows.iter().map(|r| r.name.to_string()).collect();
        let mut d = Diagnostic::error(codes::UNKNOWN_SETTING, name.span, format!("`{block}` has no setting `{}`", name.text))
            .label("not known")
            .expected(format!("one of {}", super::expression::quoted(&names)));
        if let Some(near) = nearest(&name.text, names.iter().map(String::as_str)) {
            d = d.help(format!("did you mean `{near}`?"));
        }
        self.fail(d);
    }
}
