//! `ann bundle`: a result with all that belongs to it in one archive; and such archives where scripts and results are asked for.

use super::arguments::Bundle;
use super::report::{beside, page};
use super::terminal::{self, Terminal};
use super::{FAILED, GOOD, WRONG, present, reproduce};
use crate::bundle::{self, Content, Member, Opened, Role};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Options;
use crate::results::{Header, RunResult};
use crate::session::{self, Loaded};
use crate::{cite, store};
use std::path::{Path, PathBuf};

pub fn bundle(arguments: &Bundle, terminal: &Terminal) -> u8 {
    let Some(run) = terminal.good(store::read(&arguments.file)) else { return WRONG };
    if !run.header.complete {
        terminal::note("the file holds a part of a run\n");
    }
    let Some(members) = terminal.good(members(&run, &arguments.file, terminal)) else { return WRONG };
    let output = arguments.output.clone().unwrap_or_else(|| beside(&arguments.file, "zip"));
    match bundle::write(&run.header, &members, &output) {
        Ok(()) => {
            for member in &members {
                terminal::note(&format!("  {}\n", member.path));
            }
            terminal::line(&present::shown(&output));
            GOOD
        }
        Err(e) => {
            let said = format!("{} cannot be written: {e}", present::shown(&output));
            terminal.report_one(Diagnostic::general(codes::CANNOT_WRITE, said));
            FAILED
        }
    }
}

/// All files of the archive. The script is read again where its data lie: what does not load here would not run elsewhere.
fn members(run: &RunResult, file: &Path, terminal: &Terminal) -> Result<Vec<Member>, Diagnostic> {
    let (folder, loaded) = place(&run.header, file)?;
    if !loaded.is_good() {
        terminal.report(&loaded.diagnostics, &loaded.sources);
        return Err(Diagnostic::general(
            codes::CANNOT_READ,
            "the script in the file cannot be read again, so it is not put into an archive",
        )
        .help("run `ann bundle` in the folder where `ann run` was, with its data in place"));
    }
    let cannot = |reason: String| {
        Diagnostic::general(codes::CANNOT_READ, reason)
            .help("data go with the script: keep them beside it, and name them by relative paths")
    };
    let mut all = bundle::collect(&run.header, &loaded.elaborated.plan, &folder).map_err(cannot)?;
    let name = |ending: &str| {
        let path = Path::new(file.file_name().unwrap_or(file.as_os_str())).with_extension(ending);
        path.to_string_lossy().into_owned()
    };
    let results = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    all.push(Member { path: format!("results/{results}"), role: Role::Results, content: Content::File(file.to_path_buf()) });
    let html = page(run, file).into_bytes();
    all.push(Member { path: format!("results/{}", name("html")), role: Role::Report, content: Content::Bytes(html) });
    let cited = cite::bibtex(&run.header).into_bytes();
    all.push(Member { path: "CITATION.bib".into(), role: Role::Citation, content: Content::Bytes(cited) });
    Ok(all)
}

/// The folder where the script's paths begin: as it was called, from here, else that of the result file.
fn place(header: &Header, file: &Path) -> Result<(PathBuf, Loaded), Diagnostic> {
    let began = header.sources.first().and_then(|(name, _)| Path::new(name).parent()).unwrap_or(Path::new("")).to_path_buf();
    let loaded = reproduce::load(header, Some(began.clone()))?;
    let other = file.parent().unwrap_or(Path::new("")).to_path_buf();
    if loaded.is_good() || other == began {
        return Ok((began, loaded));
    }
    let second = reproduce::load(header, Some(other.clone()))?;
    Ok(if second.is_good() { (other, second) } else { (began, loaded) })
}

/// Opens an archive in a folder.
pub(super) fn open(path: &Path, folder: &Path) -> Result<Opened, Diagnostic> {
    bundle::open(path, folder).map_err(|reason| {
        Diagnostic::general(codes::FOREIGN_FILE, format!("the archive {} cannot be used: {reason}", present::shown(path)))
            .help("only archives that `ann bundle` wrote, as they were written, are run")
    })
}

/// The script of an archive, with the seed and the values that its results have where the command says none.
pub(super) fn load(path: &Path, folder: &Path, mut options: Options) -> Result<(Loaded, Vec<String>), Diagnostic> {
    let opened = open(path, folder)?;
    let header = store::read(&opened.results)?.header;
    let earlier = header.overrides.iter().filter_map(|o| o.split_once('='));
    let mut set: Vec<(String, String)> = earlier.map(|(n, v)| (n.to_string(), v.to_string())).collect();
    set.retain(|(name, _)| !options.set.iter().any(|(n, _)| n == name));
    set.append(&mut options.set);
    let overrides = set.iter().map(|(n, v)| format!("{n}={v}")).collect();
    options.set = set;
    options.seed = options.seed.or(Some(header.seed));
    options.folder = opened.script.parent().map(Path::to_path_buf).unwrap_or_default();
    let text = super::paths::text(&opened.script)?;
    let name = opened.script.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((session::load_text(&name, text, options), overrides))
}
