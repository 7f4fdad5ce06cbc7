//! `ann reproduce`: the script that a result file carries, run again, and every data set compared.

use super::arguments::Reproduce;
use super::folder::Folder;
use super::progress::Progress;
use super::terminal::{self, Terminal};
use super::{FAILED, GOOD, INTERRUPTED, WRONG, interrupt, verdicts};
use crate::bundle;
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::{Options, modules};
use crate::results::{Header, RunResult};
use crate::session::{self, Loaded, RunOptions};
use crate::store;
use std::path::{Path, PathBuf};

pub fn reproduce(arguments: &Reproduce, terminal: &Terminal) -> u8 {
    let Some(folder) = terminal.good(Folder::new()) else { return FAILED };
    let (file, place) = match results(&arguments.file, &folder) {
        Ok(found) => found,
        Err(d) => {
            terminal.report_one(d);
            return WRONG;
        }
    };
    let original = match store::read(&file) {
        Ok(result) => result,
        Err(d) => {
            terminal.report_one(d);
            return WRONG;
        }
    };
    if !original.header.complete {
        terminal::note("the file holds a part of a run; what is missing in it cannot be compared\n");
    }
    let Some(loaded) = terminal.good(load(&original.header, place)) else { return WRONG };
    if !loaded.is_good() {
        terminal.report(&loaded.diagnostics, &loaded.sources);
        return WRONG;
    }
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
        Ok(second) => verdict(&original, &second, arguments.quiet, terminal),
        Err(diagnostics) => {
            terminal.report(&diagnostics, &loaded.sources);
            FAILED
        }
    }
}

/// The result file that is meant, and where its script lies: one in an archive is put into a folder first.
fn results(file: &Path, folder: &Folder) -> Result<(PathBuf, Option<PathBuf>), Diagnostic> {
    if !bundle::is_archive(file) {
        return Ok((file.to_path_buf(), None));
    }
    let opened = super::bundle::open(file, &folder.path)?;
    Ok((opened.results, opened.script.parent().map(Path::to_path_buf)))
}

/// The script in a file, with the modules, seed and parameters that it was run with. `place`: where its relative paths begin, if
/// not where they did.
pub(super) fn load(header: &Header, place: Option<PathBuf>) -> Result<Loaded, Diagnostic> {
    let (name, text, options) = script(header, place)?;
    Ok(session::load_text(&name, text, options))
}

/// Name and text of the script in a file, and how it was run.
pub fn script(header: &Header, place: Option<PathBuf>) -> Result<(String, String, Options), Diagnostic> {
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
        folder: place.unwrap_or_else(|| Path::new(name).parent().map(Path::to_path_buf).unwrap_or_default()),
        files: header.sources[1..].iter().cloned().collect(),
    };
    Ok((name.clone(), text.clone(), options))
}

fn verdict(original: &RunResult, second: &RunResult, quiet: bool, terminal: &Terminal) -> u8 {
    let all = store::compare(original, second);
    verdicts::print(&all, quiet, terminal);
    let different = all.iter().filter(|c| !c.verdict.reproduced()).count();
    let reasons = verdicts::reasons(&original.header, &second.header);
    if different == 0 {
        terminal::line(&format!("reproduced: {}", verdicts::counts(&all)));
        return GOOD;
    }
    terminal::line(&format!("not reproduced: {different} of {}", verdicts::counts(&all)));
    let mut d = Diagnostic::general(codes::DIFFERENT, "the script in the file gave other results");
    d = match reasons.as_slice() {
        [] => d.help("the script, the seed, the version of Ann and the instruction set are the same: data that it reads from other files may have changed"),
        all => d.help(format!("what differs, and may be why: {}", all.join("; "))),
    };
    terminal.report_one(d);
    FAILED
}
