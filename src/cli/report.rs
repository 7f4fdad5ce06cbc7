//! `ann report`: a result file as one HTML page.

use super::arguments::Report;
use super::figures::figures;
use super::terminal::{self, Terminal};
use super::{GOOD, WRONG, present};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{Output, Plan};
use crate::report::{self, Picture};
use crate::results::RunResult;
use crate::session::Line;
use crate::{execute, store};
use std::path::{Path, PathBuf};

/// Figures that a page draws where the script has none.
const MOST: usize = 12;

pub fn report(arguments: &Report, terminal: &Terminal) -> u8 {
    let written = store::read(&arguments.file).and_then(|run| {
        let output = arguments.output.clone().unwrap_or_else(|| beside(&arguments.file, "html"));
        write(&output, page(&run, &arguments.file).as_bytes())?;
        Ok(output)
    });
    match written {
        Ok(output) => {
            terminal::line(&present::shown(&output));
            GOOD
        }
        Err(d) => {
            terminal.report_one(d);
            WRONG
        }
    }
}

/// The file's name with another ending, in the current folder.
pub(super) fn beside(file: &Path, ending: &str) -> PathBuf {
    PathBuf::from(file.file_name().unwrap_or(file.as_os_str())).with_extension(ending)
}

/// The page of a run. `file`: the result file, for the commands that the page shows.
pub(super) fn page(run: &RunResult, file: &Path) -> String {
    let plan = serde_json::from_str::<Plan>(&run.header.plan).ok();
    let mut pictures: Vec<Picture> = plan.as_ref().map(|p| drawn(p, run)).unwrap_or_default();
    if pictures.is_empty() {
        pictures = of_quantities(run);
    }
    let file = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    report::page(&report::Report { run, plan, pictures, file })
}

/// What the script draws.
fn drawn(plan: &Plan, run: &RunResult) -> Vec<Picture> {
    let plots: Vec<Output> = plan.outputs.iter().filter(|o| matches!(o, Output::Plot(_))).cloned().collect();
    let figures = execute::lines(&plots, &run.tasks).into_iter().filter_map(|line| match line {
        Line::Figure { name, figure } => Some(Picture { name, caption: String::new(), figure: *figure }),
        _ => None,
    });
    figures.collect()
}

/// The quantities over the axes of their tasks.
fn of_quantities(run: &RunResult) -> Vec<Picture> {
    let mut all = Vec::new();
    for task in &run.tasks {
        for d in &task.descriptions {
            for figure in figures(task, &d.name).figures {
                let caption = if d.expression.is_empty() { String::new() } else { format!("`{}`", d.expression) };
                let name = figure.title.clone().unwrap_or_else(|| format!("{}.{}", task.name, d.name));
                all.push(Picture { name, caption, figure });
            }
        }
    }
    all.truncate(MOST);
    all
}

/// Writes a file whole: aside first, then by rename.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    let mut aside = path.file_name().unwrap_or_default().to_os_string();
    aside.push(".new");
    let aside = path.with_file_name(aside);
    let done = match path.is_dir() {
        true => Err(std::io::Error::other("it is a folder")),
        false => std::fs::write(&aside, bytes).and_then(|()| std::fs::rename(&aside, path)),
    };
    done.map_err(|e| {
        let _ = std::fs::remove_file(&aside);
        Diagnostic::general(codes::CANNOT_WRITE, format!("{} cannot be written: {e}", present::shown(path)))
    })
}
