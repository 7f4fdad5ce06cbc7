//! `ann plot`: figures of result files after the fact, with the expressions and settings of `plot` in scripts.

use super::arguments::Plot;
use super::terminal::{self, Terminal};
use super::{GOOD, WRONG, draw, present, reproduce};
use crate::diagnostic::{Diagnostic, codes};
use crate::plot::{Figure, Panel};
use crate::repl::plot_text;
use crate::repl::session::Session;
use crate::session::{Line, Quiet};
use crate::store;
use std::path::{Path, PathBuf};

/// The name of the figure, which no script has.
const NAME: &str = "figure_of_the_command_line";

pub fn plot(arguments: &Plot, terminal: &Terminal) -> u8 {
    match try_plot(arguments, terminal) {
        Ok(()) => GOOD,
        Err(Some(d)) => {
            terminal.report_one(d);
            WRONG
        }
        Err(None) => WRONG,
    }
}

/// Errors without a diagnostic have been reported.
fn try_plot(arguments: &Plot, terminal: &Terminal) -> Result<(), Option<Diagnostic>> {
    let is_file = |t: &&String| Path::new(t.as_str()).extension().is_some_and(|e| e == "h5" || e == "hdf5");
    let files: Vec<PathBuf> = arguments.what.iter().take_while(is_file).map(PathBuf::from).collect();
    let expressions = &arguments.what[files.len()..];
    if files.is_empty() {
        let d = Diagnostic::general(codes::COMMAND_LINE, "`ann plot` needs a result file first");
        return Err(Some(d.expected("ann plot OUT.h5 scan.m")));
    }
    let mut figures: Vec<(PathBuf, Figure)> = Vec::new();
    for file in &files {
        for figure in drawn(file, expressions, arguments, terminal)? {
            figures.push((file.clone(), figure));
        }
    }
    let several = figures.len() > 1 && files.len() > 1;
    let figures = if several { vec![beside(figures)] } else { figures.into_iter().map(|(_, f)| f).collect() };
    for (k, mut figure) in figures.into_iter().enumerate() {
        if let Some([width, height]) = arguments.size {
            figure = figure.size(width, height);
        }
        if arguments.output.is_empty() {
            present::draw(&figure, terminal);
        }
        for path in &arguments.output {
            let path = if k == 0 { path.clone() } else { numbered(path, k + 1) };
            for note in draw::file(&figure, &path)? {
                terminal::note(&format!("note: {note}\n"));
            }
            terminal::line(&present::shown(&path));
        }
    }
    Ok(())
}

/// The figures of one file: of some expressions, or of the `plot`s of its script.
fn drawn(file: &Path, expressions: &[String], arguments: &Plot, terminal: &Terminal) -> Result<Vec<Figure>, Option<Diagnostic>> {
    let run = store::read(file)?;
    let (name, text, options) = reproduce::script(&run.header, None)?;
    let mut session = Session::with(options, run.tasks);
    let answer = session.feed_held(&name, &text, &Quiet);
    if !answer.accepted {
        terminal.report(&answer.diagnostics, &answer.sources);
        return Err(None);
    }
    let of = |lines: Vec<Line>| {
        lines.into_iter().filter_map(|l| if let Line::Figure { name, figure } = l { Some((name, *figure)) } else { None })
    };
    let own: Vec<(String, Figure)> = answer.outcome.map(|o| of(o.lines).collect()).unwrap_or_default();
    // The names of figures of the script, or nothing: those.
    let wanted: Vec<Figure> = match expressions {
        [] => own.iter().map(|f| f.1.clone()).collect(),
        names => names.iter().filter_map(|n| Some(own.iter().find(|f| f.0 == *n)?.1.clone())).collect(),
    };
    if wanted.len() == expressions.len().max(1) || (expressions.is_empty() && !wanted.is_empty()) {
        return Ok(wanted);
    }
    if expressions.is_empty() {
        let d = Diagnostic::general(codes::COMMAND_LINE, format!("the script in `{}` has no `plot`", file.display()));
        return Err(Some(d.expected("what to draw: `ann plot OUT.h5 scan.m`")));
    }
    let mut words: Vec<String> = expressions.to_vec();
    words.extend(arguments.settings());
    let (text, _) = plot_text(NAME, &words.join(", ")).map_err(|reason| Diagnostic::general(codes::COMMAND_LINE, reason))?;
    let answer = session.feed_held("command line", &text, &Quiet);
    terminal.report(&answer.diagnostics, &answer.sources);
    match answer.outcome {
        Some(outcome) if answer.accepted => Ok(of(outcome.lines).map(|f| f.1).collect()),
        _ => Err(None),
    }
}

/// Figures of several files as panels of one.
fn beside(figures: Vec<(PathBuf, Figure)>) -> Figure {
    let mut all = Figure { share_x: true, share_y: true, ..Figure::default() };
    for (file, figure) in figures {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        all.title = all.title.or(figure.title);
        all.legend_title = all.legend_title.or(figure.legend_title);
        all.aspect = all.aspect.or(figure.aspect);
        all.panels.extend(figure.panels.into_iter().map(|p| {
            let title = match &p.title {
                Some(own) => format!("{stem}, {own}"),
                None => stem.clone(),
            };
            Panel { title: Some(title), ..p }
        }));
    }
    let (rows, columns) = all.rows_and_columns();
    all.size(3.0 + 6.0 * columns as f64, 2.0 + 5.0 * rows as f64)
}

/// `a.svg` as `a_2.svg`.
fn numbered(path: &Path, k: usize) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}_{k}{ending}"))
}
