//! A figure in characters: braille dots for curves, half blocks for fields, axes and a legend around them.
//! Must not know the terminal itself: size and colour are told to it, and it returns text.

mod curves;
mod field;
mod grid;
mod panel;
mod spins;

#[cfg(test)]
pub(super) use self::grid::width as columns;
use self::grid::{Grid, Ink};
pub use self::spins::spins;
use super::Drawing;
use super::figure::{Figure, Legend};
use super::label::Label;
use super::palette;
use super::prepared::{Form, Prepared};
use super::scale::Ticks;

/// Markers of series that show points, distinct without colour.
const MARKERS: [char; 8] = ['●', '■', '▲', '◆', '○', '□', '△', '◇'];
/// Kinds of a phase diagram without colour.
const KINDS: [char; 8] = ['.', '░', '▒', '▓', '█', '+', 'x', 'o'];
const GUIDE: Ink = Ink::Indexed(244);
/// Panels smaller than this show nothing.
const LEAST: (usize, usize) = (34, 8);

/// Draws a figure in exactly `height` lines of `width` columns, with ANSI colours if `colour` is set.
#[must_use]
pub fn terminal(figure: &Figure, width: usize, height: usize, colour: bool) -> Drawing<String> {
    let mut prepared = Prepared::new(figure);
    let mut grid = Grid::new(width, height);
    let mut top = 0;
    if !prepared.title.is_blank() && height >= 6 {
        centre(&mut grid, 0, 0, width, &prepared.title.plain());
        top += 1;
    }
    if figure.legend != Legend::Hidden && height >= 10 {
        top += draw_legend(&prepared, &mut grid, top, (height / 5).max(1), colour);
    }
    let (width, height) = (grid.width, grid.height.saturating_sub(top));
    let count = prepared.panels.len();
    let across = if count == 1 { 1 } else { prepared.columns.min(width / LEAST.0).max(1) };
    let down = if count == 1 { 1 } else { count.div_ceil(across).min((height / LEAST.1).max(1)) };
    for (k, ready) in prepared.panels.iter().enumerate().take(across * down) {
        let (column, row) = (k % across * (width / across), k / across * (height / down));
        let mut part = Grid::new(width / across, height / down);
        if count == 1 {
            part = Grid::new(width, height);
        }
        panel::draw(ready, colour, &mut part);
        grid.copy(&part, column, top + row);
    }
    if across * down < count {
        prepared.notes.push(format!("{} of {count} panels have room here", across * down));
    }
    Drawing { content: grid.render(colour), notes: prepared.notes }
}

fn texts(ticks: &Ticks) -> Vec<(f64, String)> {
    ticks.ticks.iter().filter_map(|t| Some((t.at, Label::parse(t.text.as_deref()?).plain()))).collect()
}

fn factor(ticks: &Ticks) -> String {
    ticks.factor.as_deref().map(|f| Label::parse(f).plain()).unwrap_or_default()
}

fn centre(grid: &mut Grid, row: usize, from: usize, to: usize, text: &str) {
    let room = to.saturating_sub(from);
    grid.text(from + room.saturating_sub(grid::width(text)) / 2, row, to, text, Ink::Plain);
}

fn ink_of(index: usize) -> Ink {
    Ink::Indexed(palette::terminal(index))
}

/// Writes the legend from a row on, at most `most` rows, and gives the number of rows used.
fn draw_legend(prepared: &Prepared, grid: &mut Grid, top: usize, most: usize, colour: bool) -> usize {
    let mut labelled: Vec<(char, Ink, String)> = Vec::new();
    for panel in &prepared.panels {
        let kinds = panel.field.iter().flat_map(|f| f.kinds.iter().map(move |(k, label)| (f.map.colour(*k as f64), *k, label)));
        let kinds = kinds.map(|(c, k, label)| {
            let rgb = [c.0, c.1, c.2];
            let handle = if colour { '█' } else { KINDS[k % KINDS.len()] };
            (handle, Ink::Exact(rgb, rgb), label.plain())
        });
        let curves = panel.curves.iter().filter_map(|c| {
            let solid = matches!(c.form, Form::Bars | Form::Histogram);
            Some((if solid { '█' } else { MARKERS[c.look % MARKERS.len()] }, ink_of(c.look), c.label.as_ref()?.plain()))
        });
        let trails = panel.trails.iter().filter_map(|t| Some(('•', Ink::Plain, t.label.as_ref()?.plain())));
        for entry in kinds.chain(curves).chain(trails) {
            if prepared.panels.len() == 1 || !labelled.contains(&entry) {
                labelled.push(entry);
            }
        }
    }
    if labelled.is_empty() {
        return 0;
    }
    let title = prepared.legend_title.plain();
    let indent = if title.trim().is_empty() { 1 } else { grid::width(&title) + 3 };
    grid.text(1, top, grid.width, &title, Ink::Plain);
    let (mut column, mut row) = (indent, 0);
    for (n, (handle, ink, label)) in labelled.iter().enumerate() {
        let needed = 2 + grid::width(label) + 2;
        if column + needed > grid.width + 2 && column > indent {
            if row + 1 == most {
                let rest = format!("+{}", labelled.len() - n);
                grid.text(column.min(grid.width.saturating_sub(grid::width(&rest))), top + row, grid.width, &rest, Ink::Plain);
                break;
            }
            row += 1;
            column = indent;
        }
        grid.put(column, top + row, *handle, *ink);
        grid.text(column + 2, top + row, grid.width, label, Ink::Plain);
        column += needed + 1;
    }
    row + 1
}
