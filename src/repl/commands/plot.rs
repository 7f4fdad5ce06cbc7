//! `:plot`: quantities drawn at once, with the settings of `plot` in scripts.

use super::{Next, needs, wrong};
use crate::cli::terminal::{self, Terminal};
use crate::cli::{draw, present};
use crate::diagnostic::Diagnostic;
use crate::elaborate::settings::PLOT;
use crate::repl::session::Session;
use crate::repl::show;
use crate::session::{Line, Quiet};
use crate::syntax::ast::ItemKind;
use crate::syntax::{Class, classes};
use std::path::PathBuf;

/// The item of a script that draws what `arguments` say: quantities and settings, parted by commas. The file that `to:` names.
pub fn plot_text(name: &str, arguments: &str) -> Result<(String, Option<PathBuf>), String> {
    let (mut quantities, mut settings, mut to) = (Vec::new(), Vec::new(), None);
    for part in parts(arguments) {
        let (key, value) = part.split_once(':').map_or(("", ""), |(k, v)| (k.trim(), v.trim()));
        if key == "to" {
            to = Some(PathBuf::from(value.trim_matches('"')));
        } else if PLOT.iter().any(|row| row.name == key) {
            settings.push(format!("{key}: {value}"));
        } else {
            quantities.push(part);
        }
    }
    let given = |key: &str| settings.iter().any(|s| s.starts_with(&format!("{key}:")));
    match (&quantities[..], given("y") || given("field") || given("events")) {
        ([], false) if !given("x") => return Err("there is nothing to draw".to_string()),
        ([], _) => {}
        ([one], false) if given("style") && settings.iter().any(|s| field_style(s)) => {
            settings.insert(0, format!("field: {one}"))
        }
        ([one], false) => settings.insert(0, format!("y: {one}")),
        (_, false) => settings.insert(0, format!("y: [{}]", quantities.join(", "))),
        (_, true) => return Err(format!("`{}` stands beside `y`, `field` or `events`, which say what is drawn", quantities[0])),
    }
    Ok((format!("plot {name} {{ {} }}", settings.join(", ")), to))
}

fn field_style(setting: &str) -> bool {
    let style = setting.strip_prefix("style:").map(str::trim);
    style.is_some_and(|s| ["heat", "contour", "surface", "categories", "raster", "flips"].contains(&s))
}

/// A text cut at the commas outside of all brackets.
fn parts(text: &str) -> Vec<String> {
    let (mut depth, mut start, mut out) = (0usize, 0, Vec::new());
    for (range, class) in classes(text) {
        match &text[range.clone()] {
            "(" | "[" | "{" if class == Class::Symbol => depth += 1,
            ")" | "]" | "}" if class == Class::Symbol => depth = depth.saturating_sub(1),
            "," if class == Class::Symbol && depth == 0 => {
                out.push(text[start..range.start].trim().to_string());
                start = range.end;
            }
            _ => {}
        }
    }
    out.push(text[start..].trim().to_string());
    out.retain(|p| !p.is_empty());
    out
}

/// Draws quantities, or a figure of the session again.
pub fn plot(session: &mut Session, argument: &str, terminal: &Terminal) -> Next {
    if argument.is_empty() {
        return wrong(needs("plot", "a quantity: `:plot scan.m`"), terminal);
    }
    let (text, to) = match session.figure_text(argument) {
        Some(text) => (text, None),
        None => match plot_text(&session.free_figure_name(), argument) {
            Ok(made) => made,
            Err(reason) => return wrong(needs("plot", "a quantity: `:plot scan.m`").label(reason), terminal),
        },
    };
    let mut answer = session.feed("prompt", &text, &Quiet);
    if let (Some(to), Some(outcome)) = (to, &mut answer.outcome) {
        terminal.report(&answer.diagnostics, &answer.sources);
        for line in std::mem::take(&mut outcome.lines) {
            let Line::Figure { figure, .. } = line else { continue };
            match draw::file(&figure, &to) {
                Ok(notes) => {
                    terminal::line(&format!("drawn: {}", present::shown(&to)));
                    notes.iter().for_each(|n| terminal::note(&format!("note: {n}\n")));
                }
                Err(d) => return wrong(d, terminal),
            }
        }
        return if answer.accepted { Next::Go } else { Next::Wrong };
    }
    if answer.diagnostics.iter().any(Diagnostic::is_error) {
        terminal.report(&answer.diagnostics, &answer.sources);
        return Next::Wrong;
    }
    show::answer(session, &answer, terminal)
}

impl Session {
    /// The text of a figure that the session has drawn.
    fn figure_text(&self, name: &str) -> Option<String> {
        let of = |kind: &ItemKind| matches!(kind, ItemKind::Plot { name: n, .. } if n.text == name);
        self.state.outputs.iter().rev().find(|i| of(&i.kind)).map(|i| self.sources.text(i.span).to_string())
    }

    /// `figure_1`, `figure_2`, ...
    fn free_figure_name(&self) -> String {
        let used = |name: &String| self.figure_text(name).is_some() || self.names().contains_key(name);
        (1..).map(|k| format!("figure_{k}")).find(|n| !used(n)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_and_settings_make_an_item() {
        let text = |a: &str| plot_text("p", a).map(|t| t.0);
        assert_eq!(text("scan.m"), Ok("plot p { y: scan.m }".to_string()));
        assert_eq!(text("scan.m, f(a, b), by: L"), Ok("plot p { y: [scan.m, f(a, b)], by: L }".to_string()));
        assert_eq!(text("map.e, style: contour"), Ok("plot p { field: map.e, style: contour }".to_string()));
        assert_eq!(text("x: h.spectrum, style: histogram"), Ok("plot p { x: h.spectrum, style: histogram }".to_string()));
        assert!(text("").is_err() && text("a, y: b").is_err());
        let (_, to) = plot_text("p", "scan.m, to: \"a b.pdf\"").unwrap();
        assert_eq!(to, Some(PathBuf::from("a b.pdf")));
    }
}
