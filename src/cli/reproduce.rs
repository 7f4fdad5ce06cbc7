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
use crate::store::{self, Comparison, Verdict};
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
        Ok(second) => verdict(&original, &second, arguments, terminal),
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

fn verdict(original: &RunResult, second: &RunResult, arguments: &Reproduce, terminal: &Terminal) -> u8 {
    let all = store::compare(original, second);
    verdicts::print(&all, arguments.quiet, terminal);
    let reasons = verdicts::reasons(&original.header, &second.header);
    let agreement = Agreement::of(&all);
    let counts = verdicts::counts(&all);
    let word = match agreement {
        Agreement::Bits | Agreement::Rounding => format!("reproduced: {counts}"),
        Agreement::Errors => format!("reproduced within errors: {counts}"),
        Agreement::None(different) => format!("not reproduced: {different} of {counts}"),
    };
    terminal::line(&word);
    let why = match reasons.as_slice() {
        [] => "the script, the seed, the version of Ann and the instruction set are the same: data that it reads from other files may have changed".to_string(),
        all => format!("what differs, and may be why: {}", all.join("; ")),
    };
    if agreement.is_good(arguments.exact) {
        if agreement != Agreement::Bits {
            terminal::note(&format!("note: not the same to the last bit; {why}\n"));
        }
        return GOOD;
    }
    let message = match agreement {
        Agreement::None(_) => "the script in the file gave other results",
        _ => "the script in the file gave results that are not the same to the last bit",
    };
    terminal.report_one(Diagnostic::general(codes::DIFFERENT, message).help(why));
    FAILED
}

/// How far the data sets of two runs agree, at worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Agreement {
    Bits,
    Rounding,
    /// Of some only the errors overlap: the random numbers were used in another order.
    Errors,
    /// So many data sets do not.
    None(usize),
}

impl Agreement {
    fn of(all: &[Comparison]) -> Agreement {
        let count = |wanted: fn(&Verdict) -> bool| all.iter().filter(|c| wanted(&c.verdict)).count();
        let within = count(|v| matches!(v, Verdict::WithinErrors { .. }));
        let different = count(|v| matches!(v, Verdict::Different { .. } | Verdict::Missing { .. }));
        match () {
            () if different > 0 => Agreement::None(different),
            () if within > 0 => Agreement::Errors,
            () if count(|v| matches!(v, Verdict::Rounding { .. })) > 0 => Agreement::Rounding,
            () => Agreement::Bits,
        }
    }

    /// Whether a person who runs the script again has the same results; `exact`: to the last bit.
    fn is_good(self, exact: bool) -> bool {
        match self {
            Agreement::Bits => true,
            Agreement::Rounding | Agreement::Errors => !exact,
            Agreement::None(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_on_another_processor_is_reproduced_unless_every_bit_counts() {
        let one = |verdict| Comparison { path: "a/b".into(), verdict };
        let same = || one(Verdict::Identical);
        let rounded = || one(Verdict::Rounding { max_relative: 1e-12 });
        let within = || one(Verdict::WithinErrors { max_sigma: 2.0 });
        let other = || one(Verdict::Different { what: "7 sigma".into() });
        for (all, agreement, good, exact) in [
            (vec![same(), same()], Agreement::Bits, true, true),
            (vec![same(), rounded()], Agreement::Rounding, true, false),
            (vec![rounded(), within()], Agreement::Errors, true, false),
            (vec![within(), other()], Agreement::None(1), false, false),
            (vec![one(Verdict::Missing { what: "a point".into() })], Agreement::None(1), false, false),
        ] {
            let found = Agreement::of(&all);
            assert_eq!((found, found.is_good(false), found.is_good(true)), (agreement, good, exact));
        }
    }
}
