//! A figure into a file, in the format that its name ends with.

use super::present;
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::plot::{self, Figure};
use std::path::Path;

const FORMATS: &[&str] = &["svg", "png", "pdf"];
/// Dots per inch of PNG files.
const DPI: f64 = 300.0;

/// Draws a figure into a file; gives what had to be left out.
pub fn file(figure: &Figure, path: &Path) -> Result<Vec<String>, Diagnostic> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let failed = |e: plot::PngError| Diagnostic::general(codes::CANNOT_WRITE, e.to_string());
    let drawing = match ending.as_str() {
        "svg" => {
            let svg = plot::svg(figure);
            plot::Drawing { content: svg.content.into_bytes(), notes: svg.notes }
        }
        "png" => plot::png(figure, DPI).map_err(failed)?,
        "pdf" => plot::pdf(figure).map_err(failed)?,
        other => {
            let d = Diagnostic::general(codes::COMMAND_LINE, format!("a figure cannot be written as `{}`", present::shown(path)))
                .expected("a name that ends with .svg, .png or .pdf");
            return Err(match nearest(other, FORMATS.iter().copied()) {
                Some(near) => d.help(format!("did you mean `.{near}`?")),
                None => d,
            });
        }
    };
    std::fs::write(path, drawing.content).map_err(|e| {
        Diagnostic::general(codes::CANNOT_WRITE, format!("the figure `{}` cannot be written: {e}", path.display()))
    })?;
    Ok(drawing.notes)
}
