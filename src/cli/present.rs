//! A run as a person reads it: tables, what the script shows and claims, a closing line.

use super::graphics;
use super::terminal::{self, Terminal};
use crate::plot;
use crate::results::{Claim, TaskResult};
use crate::session::{Line, Outcome};
use crate::store::task_table;
use std::path::{Path, PathBuf};

/// Rows of a table beyond which its middle is left out.
pub const ROWS: usize = 40;
/// Endings of the files of figures.
const FORMATS: [&str; 3] = ["svg", "png", "pdf"];

/// Tasks and lines of a run, on standard output. A task that the script itself shows has its table there.
pub fn results(outcome: &Outcome, terminal: &Terminal, tables: bool, figures: bool) {
    if tables {
        let shown = |t: &&TaskResult| !outcome.lines.iter().any(|l| matches!(l, Line::Show { source, .. } if *source == t.name));
        let begun = |t: &&TaskResult| t.points.iter().any(Option::is_some);
        for task in outcome.result.tasks.iter().filter(shown).filter(begun) {
            table(task, terminal, ROWS);
        }
    }
    for line in &outcome.lines {
        self::line(line, &outcome.files, terminal, figures);
    }
}

/// A task's table under its name.
pub fn table(task: &TaskResult, terminal: &Terminal, rows: usize) {
    terminal::line(&terminal.paint("1", &task.name));
    terminal::put(&with_newline(task_table(task, rows)));
    terminal::put("\n");
}

/// One thing that the script shows. `figures`: figures are drawn if standard output is a terminal.
pub fn line(line: &Line, files: &[PathBuf], terminal: &Terminal, figures: bool) {
    match line {
        Line::Show { source, text } if source.starts_with('"') => terminal::line(text),
        Line::Show { source, text } if text.trim_end().contains('\n') => {
            terminal::line(&terminal.paint("1", source));
            terminal::put(&with_newline(text.clone()));
        }
        Line::Show { source, text } => terminal::line(&format!("{source} = {}", text.trim_end())),
        Line::Claim(claim) => terminal::line(&verdict(claim, terminal)),
        Line::Figure { name, figure } => {
            if figures && terminal.interactive {
                terminal::line("");
                draw(figure, terminal);
            }
            let endings = FORMATS.map(|format| format!("_{name}.{format}"));
            let of_figure = |p: &&PathBuf| {
                let file = p.file_name().unwrap_or_default().to_string_lossy();
                endings.iter().any(|ending| file.ends_with(ending))
            };
            let paths: Vec<String> = files.iter().filter(of_figure).map(|p| shown(p)).collect();
            if !paths.is_empty() {
                terminal::line(&format!("plot {name}: {}", paths.join(", ")));
            }
        }
    }
}

/// Draws a figure in the terminal.
pub fn draw(figure: &plot::Figure, terminal: &Terminal) {
    if let Some(protocol) = graphics::protocol()
        && let Ok(png) = plot::png(figure, 110.0)
        && let Ok(text) = graphics::encoded(&png.content, protocol)
    {
        terminal::put(&text);
        png.notes.iter().for_each(|note| terminal::note(&format!("note: {note}\n")));
        return;
    }
    let (rows, _) = figure.rows_and_columns();
    let drawing = plot::terminal(figure, terminal.columns(), if rows > 1 { 15 * rows } else { 22 }, terminal.color);
    terminal::put(&with_newline(drawing.content));
    for note in drawing.notes {
        terminal::note(&format!("note: {note}\n"));
    }
}

/// `holds  T_cross == Tc  (...)`
pub fn verdict(claim: &Claim, terminal: &Terminal) -> String {
    let word = if claim.holds { terminal.paint("32", "holds") } else { terminal.paint("1;31", "FAILS") };
    let detail = if claim.detail.is_empty() { String::new() } else { format!("  ({})", claim.detail) };
    format!("{word}  {}{detail}", claim.expression)
}

/// What was done, in one line.
pub fn summary(outcome: &Outcome, seconds: f64) -> String {
    let mut text = format!("{} computed", points(outcome.computed));
    if outcome.kept > 0 {
        text.push_str(&format!(", {} kept", outcome.kept));
    }
    text.push_str(&format!(", {}", duration(seconds)));
    if let Some(file) =
        outcome.files.iter().find(|f| f.extension().is_some_and(|e| !FORMATS.iter().any(|f| e == *f))).or(outcome.files.first())
    {
        text.push_str(&format!(", {}", shown(file)));
    }
    text
}

pub fn points(n: usize) -> String {
    if n == 1 { "1 point".to_string() } else { format!("{n} points") }
}

/// `0.3 s`, `4 min 12 s`, `2 h 5 min`
pub fn duration(seconds: f64) -> String {
    if !(0.0..1e9).contains(&seconds) {
        return "-".to_string();
    }
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A path for a person.
pub fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The text with one newline at its end, unless it is empty.
pub fn with_newline(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}
