//! The whole path as one reads it: text → tree → plan → checked against the kernels → run → file.
//!
//! Every face (the command, the prompt, the tests) goes through here.

use crate::diagnostic::{Diagnostic, Sources, codes};
use crate::elaborate::{Elaborated, Options, elaborate};
use crate::results::{Claim, RunResult, TaskResult};
use crate::syntax::ast::Script;
use std::path::{Path, PathBuf};

/// A script, read and elaborated. It can be run if no diagnostic is an error.
pub struct Loaded {
    pub sources: Sources,
    pub script: Script,
    pub elaborated: Elaborated,
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    pub fn is_good(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Reads a script from a file and elaborates it; `options.folder` is set to the script's folder.
pub fn load(path: &Path, mut options: Options) -> Result<Loaded, Diagnostic> {
    let text = std::fs::read_to_string(path).map_err(|e| {
        let reason = match e.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_string(),
            std::io::ErrorKind::InvalidData => "it is not text in UTF-8".to_string(),
            std::io::ErrorKind::PermissionDenied => "reading it is not permitted".to_string(),
            _ if path.is_dir() => "it is a folder".to_string(),
            _ => e.to_string(),
        };
        Diagnostic::general(codes::CANNOT_READ, format!("`{}` cannot be read: {reason}", path.display()))
            .help("name a script: `ann run SCRIPT.ann`")
    })?;
    options.folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok(load_text(&path.display().to_string(), text, options))
}

/// Elaborates a text, and checks every task against the kernels.
pub fn load_text(name: &str, text: String, options: Options) -> Loaded {
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let (script, mut diagnostics) = crate::syntax::parse(&sources, source);
    let (elaborated, more) = elaborate(&script, source, &mut sources, options);
    let more = crate::elaborate::independent(&sources.files[source as usize].text, source, &diagnostics, more);
    diagnostics.extend(more);
    if !diagnostics.iter().any(Diagnostic::is_error) {
        diagnostics.extend(crate::execute::check(&elaborated));
    }
    Loaded { sources, script, elaborated, diagnostics }
}

/// How a script is run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The result file; `None`: nothing is written (the prompt).
    pub output: Option<PathBuf>,
    /// Worker threads; 0: as many as there are processors.
    pub threads: usize,
    /// Nothing of an earlier run is used.
    pub fresh: bool,
    /// Write the script's figures beside the result file.
    pub figures: bool,
    /// The command line, for the record.
    pub command: Vec<String>,
    /// `NAME=VALUE` of each `--set`, for the record.
    pub overrides: Vec<String>,
}

/// Told of progress, and asked whether to stop. Called from several threads.
pub trait Watch: Sync {
    /// A task begins: its points, how many of them are there already, and the sweeps of the others.
    fn task(&self, name: &str, points: usize, kept: usize, sweeps: u64) {
        let _ = (name, points, kept, sweeps);
    }
    /// Some sweeps are done.
    fn advanced(&self, sweeps: u64) {
        let _ = sweeps;
    }
    /// A point is done.
    fn point(&self) {}
    /// Points are done; `now` copies all results that are there.
    fn grown(&self, now: &dyn Fn() -> Vec<TaskResult>) {
        let _ = now;
    }
    /// The task is over.
    fn task_done(&self) {}
    /// Whether the run should stop as soon as it can.
    fn stop(&self) -> bool {
        false
    }
}

/// Watches nothing.
pub struct Quiet;

impl Watch for Quiet {}

/// One thing that the script shows, in its order.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// `show`: the expression's text, and its value as a person reads it (may have several lines).
    Show { source: String, text: String },
    /// `expect`
    Claim(Claim),
    /// `plot`: the figure's name and its description.
    Figure { name: String, figure: Box<crate::plot::Figure> },
}

/// What a run gave.
pub struct Outcome {
    pub result: RunResult,
    /// Warnings of the run, failed points, what is missing.
    pub diagnostics: Vec<Diagnostic>,
    pub lines: Vec<Line>,
    /// The files that were written.
    pub files: Vec<PathBuf>,
    /// Stopped before the end; the finished points are kept.
    pub interrupted: bool,
    /// Points that were computed now, and points that were there already.
    pub computed: usize,
    pub kept: usize,
}

impl Outcome {
    /// Whether everything ran and every claim holds.
    pub fn is_good(&self) -> bool {
        !self.interrupted && !self.diagnostics.iter().any(Diagnostic::is_error) && self.result.claims.iter().all(|c| c.holds)
    }
}

/// Runs a script that loaded without errors.
pub fn run(loaded: &Loaded, options: &RunOptions, watch: &dyn Watch) -> Result<Outcome, Vec<Diagnostic>> {
    crate::execute::run(&loaded.elaborated, options, watch)
}
