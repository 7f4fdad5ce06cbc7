//! The command line's grammar: verbs and options with their help.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Parser, Debug)]
#[command(
    name = "ann",
    version,
    about = "Experiments in statistical mechanics, declared in a script and run on fast kernels",
    arg_required_else_help = true,
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs",
    max_term_width = 100,
    after_help = "Exit status: 0; 1 when a run failed or an `expect` was false; 2 when the script or the\ncommand line is wrong; 130 when the run was stopped (the same command goes on from there)."
)]
pub struct Arguments {
    #[command(subcommand)]
    pub verb: Verb,
    /// How errors and warnings are written
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value = "human")]
    pub message_format: MessageFormat,
    /// When colours are used (`auto` honours NO_COLOR)
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub color: When,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MessageFormat {
    /// With the place in the source
    Human,
    /// One line each: FILE:LINE:COLUMN: error[CODE]: message
    Short,
    /// One JSON object a line
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Run a script and write its results into an HDF5 file
    Run(Run),
    /// Report every error of scripts; nothing is run
    Check(Check),
    /// Show the plan: points, kernels and why, memory and time
    Explain(Explain),
    /// Work interactively
    Repl(Repl),
    /// Show a result file
    Show(Show),
    /// Write a result file as one HTML page
    Report(Report),
    /// Put a result, its script and its data into one archive, an RO-Crate
    Bundle(Bundle),
    /// Compare two result files, data set by data set
    Diff(Diff),
    /// Print what to cite, as BibTeX
    Cite(Cite),
    /// Draw quantities of result files
    Plot(Plot),
    /// Run the script that a result file carries, and compare
    ///
    /// Each data set is identical to the last bit, equal up to rounding, within its errors (5 standard errors at most), or different.
    /// The status is 0 where none is different, so that another processor, whose sums may end on other bits, reproduces a result;
    /// with `--exact` it is 0 only where every bit is the same, else 1.
    Reproduce(Reproduce),
    /// Run scripts and report every `expect`
    Test(Test),
    /// Put scripts into the one layout
    Fmt(Fmt),
    /// Explain a name of the language or the code of an error
    Doc(Doc),
    /// Serve an editor: the Language Server Protocol over standard input and output
    Lsp(Lsp),
    /// Ann in Jupyter notebooks
    Jupyter(Jupyter),
}

/// What changes a script from outside.
#[derive(Args, Debug, Default)]
pub struct Changes {
    /// Give a parameter of the script another value
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
    /// The seed of every random draw; goes before the script's own
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// Worker threads.
#[derive(Args, Debug, Default)]
pub struct Threads {
    /// Worker threads [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub threads: Option<u32>,
}

#[derive(Args, Debug)]
pub struct Run {
    /// The script, or an archive that `ann bundle` wrote
    #[arg(value_name = "SCRIPT.ann")]
    pub script: PathBuf,
    /// The result file [default: the script's name with .h5, in the current folder]
    #[arg(short, long, value_name = "OUT.h5")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub changes: Changes,
    #[command(flatten)]
    pub threads: Threads,
    /// Use nothing of an earlier run
    #[arg(long)]
    pub fresh: bool,
    /// Print only what the script shows and claims
    #[arg(short, long)]
    pub quiet: bool,
    /// Write and draw no figures
    #[arg(long)]
    pub no_plots: bool,
    /// Draw the figures in the terminal again as points arrive
    #[arg(long)]
    pub watch: bool,
    /// Print a stage of the script instead of running it
    #[arg(long, value_enum, value_name = "STAGE")]
    pub emit: Option<Stage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// The syntax tree
    Ast,
    /// The checked plan, JSON
    Plan,
    /// What each task is lowered to
    Kernels,
}

#[derive(Args, Debug)]
pub struct Check {
    /// Scripts, folders of scripts, or `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub changes: Changes,
}

#[derive(Args, Debug)]
pub struct Explain {
    /// The script
    #[arg(value_name = "SCRIPT.ann")]
    pub script: PathBuf,
    /// One task only
    #[arg(value_name = "TASK")]
    pub task: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub changes: Changes,
}

#[derive(Args, Debug)]
pub struct Repl {
    /// A script to begin with
    #[arg(value_name = "SCRIPT.ann")]
    pub script: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Show {
    /// The result file
    #[arg(value_name = "OUT.h5")]
    pub file: PathBuf,
    /// A task, or what stands at a path of the file (`scan/m`, `plan`, `/` for the list)
    #[arg(value_name = "PATH")]
    pub path: Option<String>,
    /// Every row
    #[arg(long)]
    pub all: bool,
    /// Draw the quantities in the terminal
    #[arg(long)]
    pub plot: bool,
}

#[derive(Args, Debug)]
pub struct Report {
    /// The result file
    #[arg(value_name = "OUT.h5")]
    pub file: PathBuf,
    /// The page [default: the file's name with .html, in the current folder]
    #[arg(short, long, value_name = "OUT.html")]
    pub output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Bundle {
    /// The result file
    #[arg(value_name = "OUT.h5")]
    pub file: PathBuf,
    /// The archive [default: the file's name with .zip, in the current folder]
    #[arg(short, long, value_name = "OUT.zip")]
    pub output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Diff {
    /// A result file
    #[arg(value_name = "A.h5")]
    pub first: PathBuf,
    /// Another
    #[arg(value_name = "B.h5")]
    pub second: PathBuf,
    /// Only what differs
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(Args, Debug)]
pub struct Cite {
    /// A result file: the run and the papers of its methods too [default: Ann alone]
    #[arg(value_name = "OUT.h5")]
    pub file: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Plot {
    /// Result files, and what to draw: quantities as in a script (`scan.m`, `scan.m.at(L: 8)`), settings of `plot`
    /// (`by: L`), or names of figures of the script; without any, all of its figures
    #[arg(value_name = "OUT.h5... EXPR...", required = true)]
    pub what: Vec<String>,
    /// The file of the figure, by its ending: .svg, .png or .pdf; several are all written [default: the terminal]
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// Width and height in cm
    #[arg(long, value_name = "W,H", value_parser = size)]
    pub size: Option<[f64; 2]>,
    /// Above the figure
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Logarithmic axes: x, y or xy
    #[arg(long, value_name = "AXES", value_parser = ["x", "y", "xy"])]
    pub log: Option<String>,
    /// The axis, or the quantity, that runs to the right
    #[arg(short, value_name = "AXIS")]
    pub x: Option<String>,
    /// One curve for each coordinate of this axis
    #[arg(long, value_name = "AXIS")]
    pub by: Option<String>,
    /// One panel for each coordinate of this axis
    #[arg(long, value_name = "AXIS")]
    pub panels: Option<String>,
    /// How it is drawn: line, points, steps, sticks, bars, histogram, heat, contour, surface, categories,
    /// raster, flips
    #[arg(long, value_name = "STYLE")]
    pub style: Option<String>,
    /// Errors as an area around the line
    #[arg(long)]
    pub band: bool,
}

#[derive(Args, Debug)]
pub struct Reproduce {
    /// The result file, or an archive of `ann bundle`
    #[arg(value_name = "OUT.h5")]
    pub file: PathBuf,
    /// Fail unless every number is the same to the last bit
    #[arg(long)]
    pub exact: bool,
    #[command(flatten)]
    pub threads: Threads,
    /// No progress bar, and only what differs
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(Args, Debug)]
pub struct Test {
    /// Scripts or folders of scripts
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub changes: Changes,
    #[command(flatten)]
    pub threads: Threads,
    /// No progress bar, and only what fails
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(Args, Debug)]
pub struct Fmt {
    /// Change nothing; name the scripts that would change, with exit status 1
    #[arg(long)]
    pub check: bool,
    /// Scripts, folders of scripts, or `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Doc {
    /// A function, setting, task, block, module or model, or the code of an error (`E0203`)
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// The whole reference as Markdown
    #[arg(long, conflicts_with = "name")]
    pub markdown: bool,
}

#[derive(Args, Debug)]
pub struct Lsp {
    /// Standard input and output, which is what is used in any case
    #[arg(long)]
    pub stdio: bool,
}

#[derive(Args, Debug)]
#[command(subcommand_value_name = "ACTION", subcommand_help_heading = "Actions")]
pub struct Jupyter {
    #[command(subcommand)]
    pub action: JupyterAction,
}

#[derive(Subcommand, Debug)]
pub enum JupyterAction {
    /// Make the kernel known to Jupyter
    Install(JupyterInstall),
    /// Serve a notebook; Jupyter calls this
    Kernel(JupyterKernel),
}

#[derive(Args, Debug)]
pub struct JupyterInstall {
    /// For this user, which is the default
    #[arg(long, conflicts_with = "prefix")]
    pub user: bool,
    /// Below this folder (`PREFIX/share/jupyter/kernels/ann`), such as a virtual environment
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct JupyterKernel {
    /// Ports and key, as Jupyter wrote them
    #[arg(value_name = "CONNECTION_FILE")]
    pub connection: PathBuf,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
            Ok((name.trim().to_string(), value.trim().to_string()))
        }
        _ => Err("write NAME=VALUE, such as L=64".to_string()),
    }
}

fn size(text: &str) -> Result<[f64; 2], String> {
    let sane = |[w, h]: &[f64; 2]| (4.0..=100.0).contains(w) && (3.0..=100.0).contains(h);
    let numbers = text.split_once([',', 'x']).and_then(|(w, h)| Some([w.trim().parse().ok()?, h.trim().parse().ok()?]));
    numbers.filter(sane).ok_or_else(|| "write width and height in cm, such as 8.6,6; from 4,3 to 100,100".to_string())
}

impl Plot {
    /// The options as settings of `plot`.
    pub fn settings(&self) -> Vec<String> {
        let of = |name: &str, value: &Option<String>| value.as_ref().map(|v| format!("{name}: {v}"));
        let title = self.title.as_ref().map(|t| format!("title: \"{}\"", t.replace('\\', "\\\\").replace('"', "\\\"")));
        let scale = self.log.as_deref().map(|axes| {
            let word = |axis| if axes.contains(axis) { "log" } else { "linear" };
            format!("scale: [{}, {}]", word('x'), word('y'))
        });
        let words = [of("x", &self.x), of("by", &self.by), of("panels", &self.panels), of("style", &self.style), title, scale];
        words.into_iter().flatten().chain(self.band.then(|| "band: true".to_string())).collect()
    }
}

impl Changes {
    /// As the elaborator takes them.
    pub fn options(&self) -> crate::elaborate::Options {
        crate::elaborate::Options { set: self.set.clone(), seed: self.seed, ..Default::default() }
    }

    /// As the file records them.
    pub fn overrides(&self) -> Vec<String> {
        self.set.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }
}

impl Threads {
    /// 0: one for each processor.
    pub fn count(&self) -> usize {
        self.threads.unwrap_or(0) as usize
    }
}
