//! `ann reproduce`: the script that a result file carries, run again, and every data set compared.

use super::arguments::Reproduce;
use super::progress::Progress;
use super::terminal::{self, Terminal};
use super::{FAILED, GOOD, INTERRUPTED, WRONG, interrupt, present};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::{Options, modules};
use crate::results::Header;
use crate::session::{self, Loaded, RunOptions};
use crate::store::{self, Comparison};
use std::path::{Path, PathBuf};

pub fn reproduce(arguments: &Reproduce, terminal: &Terminal) -> u8 {
    let original = match store::read(&arguments.file) {
        Ok(result) => result,
        Err(d) => {
            terminal.report_one(d);
            return WRONG;
        }
    };
    if !original.header.complete {
        terminal::note("the file holds a part of a run; what is missing in it cannot be compared\n");
    }
    let loaded = match load(&original.header) {
        Ok(loaded) => loaded,
        Err(d) => {
            terminal.report_one(d);
            return WRONG;
        }
    };
    if !loaded.is_good() {
        terminal.report(&loaded.diagnostics, &loaded.sources);
        return WRONG;
    }
    let folder = match Folder::new() {
        Ok(folder) => folder,
        Err(e) => {
            terminal.report_one(Diagnostic::general(codes::CANNOT_WRITE, format!("there is no room for a temporary file: {e}")));
            return FAILED;
        }
    };
    let again = folder.path.join("again.h5");
    let options = RunOptions {
        output: Some(again.clone()),
        threads: arguments.threads.count(),
        fresh: true,
        figures: false,
        command: super::command_line(),
        overrides: original.header.overrides.clone(),
    };
    let outcome = {
        let _guard = interrupt::guard();
        let progress = Progress::new(terminal.watched && !arguments.quiet);
        session::run(&loaded, &options, &progress)
    };
    let second = match outcome {
        Ok(outcome) if outcome.interrupted => {
            terminal::note("stopped; nothing was compared\n");
            return INTERRUPTED;
        }
        Ok(_) => store::read(&again).map_err(|d| vec![d]),
        Err(diagnostics) => Err(diagnostics),
    };
    match second {
        Ok(second) => verdicts(&store::compare(&original, &second), arguments.quiet, terminal),
        Err(diagnostics) => {
            terminal.report(&diagnostics, &loaded.sources);
            FAILED
        }
    }
}

/// The script in a file, with the modules, seed and parameters that it was run with.
fn load(header: &Header) -> Result<Loaded, Diagnostic> {
    let (name, text, options) = script(header)?;
    Ok(session::load_text(&name, text, options))
}

/// Name and text of the script in a file, and how it was run.
pub fn script(header: &Header) -> Result<(String, String, Options), Diagnostic> {
    let Some((name, text)) = header.sources.first() else {
        return Err(Diagnostic::general(codes::FOREIGN_FILE, "the file carries no script")
            .help("only a file that `ann run` wrote can be reproduced"));
    };
    for (module, stored) in &header.sources[1..] {
        if modules::STANDARD.iter().any(|(n, own)| n == module && own != stored) {
            terminal::note(&format!(
                "note: `{module}` has changed since ann {}; this run uses that of ann {}\n",
                header.ann_version,
                env!("CARGO_PKG_VERSION")
            ));
        }
    }
    let set = header.overrides.iter().filter_map(|o| o.split_once('=')).map(|(n, v)| (n.to_string(), v.to_string())).collect();
    let options = Options {
        set,
        seed: Some(header.seed),
        folder: Path::new(name).parent().map(Path::to_path_buf).unwrap_or_default(),
        files: header.sources[1..].iter().cloned().collect(),
    };
    Ok((name.clone(), text.clone(), options))
}

fn verdicts(all: &[Comparison], quiet: bool, terminal: &Terminal) -> u8 {
    let width = all.iter().map(|c| c.path.chars().count()).max().unwrap_or(0);
    let different = all.iter().filter(|c| !c.verdict.reproduced()).count();
    for c in all {
        let good = c.verdict.reproduced();
        if good && quiet {
            continue;
        }
        let verdict = terminal.paint(if good { "32" } else { "1;31" }, &c.verdict.to_string());
        terminal::line(&format!("{:width$}  {verdict}", c.path));
    }
    let sets = if all.len() == 1 { "1 data set".to_string() } else { format!("{} data sets", all.len()) };
    if different == 0 {
        terminal::line(&format!("reproduced: {sets}"));
        GOOD
    } else {
        terminal::line(&format!("not reproduced: {different} of {sets}"));
        let d = Diagnostic::general(codes::DIFFERENT, "the script in the file gave other results");
        terminal.report_one(d.help(
            "another version of Ann or another processor may round differently; `ann show` tells which version wrote the file",
        ));
        FAILED
    }
}

/// A folder of our own that goes when it is no longer needed.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> std::io::Result<Folder> {
        let mut tries = 0;
        loop {
            let path = std::env::temp_dir().join(format!("ann-reproduce-{}-{tries}", std::process::id()));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Folder { path }),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists && tries < 100 => tries += 1,
                Err(e) => return Err(std::io::Error::new(e.kind(), format!("{} ({e})", present::shown(&path)))),
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
