//! A figure in characters: braille dots for curves, half blocks for heat maps, axes and a legend around them.
//! Must not know the terminal itself: size and colour are told to it, and it returns text.

mod grid;
mod spins;

#[cfg(test)]
pub(super) use self::grid::width as columns;
use self::grid::{Dots, Grid, Ink};
pub use self::spins::spins;
use super::Drawing;
use super::figure::{Figure, Legend, Style};
use super::label::Label;
use super::palette;
use super::prepared::{Curve, Heat, Prepared, clip};
use super::scale::Ticks;

/// Markers of series that show points, distinct without colour.
const MARKERS: [char; 8] = ['●', '■', '▲', '◆', '○', '□', '△', '◇'];
const GUIDE: Ink = Ink::Indexed(244);

/// Draws a figure in exactly `height` lines of `width` columns, with ANSI colours if `colour` is set.
#[must_use]
pub fn terminal(figure: &Figure, width: usize, height: usize, colour: bool) -> Drawing<String> {
    let prepared = Prepared::new(figure);
    let mut grid = Grid::new(width, height);
    draw(&prepared, figure.legend != Legend::Hidden, colour, &mut grid);
    Drawing { content: grid.render(colour), notes: prepared.notes }
}

/// Rows and columns of the plot area. Places fall on the cell that holds their braille dot.
#[derive(Debug, Clone, Copy)]
struct Area {
    left: usize,
    top: usize,
    columns: usize,
    rows: usize,
}

impl Area {
    fn column(&self, x: f64) -> usize {
        self.left + (x.clamp(0.0, 1.0) * (2 * self.columns - 1) as f64).round() as usize / 2
    }

    fn row(&self, y: f64) -> usize {
        self.top + self.rows - 1 - (y.clamp(0.0, 1.0) * (4 * self.rows - 1) as f64).round() as usize / 4
    }
}

fn draw(prepared: &Prepared, legend: bool, colour: bool, grid: &mut Grid) {
    let (width, height) = (grid.width, grid.height);
    let mut top = 0;
    if !prepared.title.is_blank() && height >= 6 {
        centre(grid, 0, 0, width, &prepared.title.plain());
        top += 1;
    }
    if legend && height >= 10 {
        top += draw_legend(prepared, grid, top, (height / 5).max(1));
    }
    let y_ticks = prepared.y.ticks((height / 4).clamp(2, 8));
    let y_texts: Vec<(f64, String)> = texts(&y_ticks);
    let widest = y_texts.iter().map(|(_, t)| grid::width(t)).max().unwrap_or(0);
    let framed = height >= top + 5 && width >= widest + 8;
    if !framed {
        let area = Area { left: 0, top, columns: width, rows: height.saturating_sub(top) };
        return draw_area(prepared, colour, grid, area);
    }
    // One row above the frame names y, its power of ten, and the vertical guides.
    let header =
        [prepared.y_label.plain(), factor(&y_ticks)].into_iter().filter(|t| !t.trim().is_empty()).collect::<Vec<_>>().join(" ");
    let above = !header.is_empty() || prepared.guides.iter().any(|g| g.y.is_none() && !g.label.is_blank());
    let heat_bar = prepared.heat.is_some() && height >= top + 8;
    let x_named = height >= top + 6;
    let left = widest + 2;
    let below = 2 + usize::from(x_named) + usize::from(heat_bar);
    let area =
        Area { left, top: top + usize::from(above), columns: width - left - 1, rows: height - top - usize::from(above) - below };
    if above {
        grid.text(0, top, width, &header, Ink::Plain);
    }
    draw_frame(prepared, grid, area, &y_texts, x_named);
    if above {
        guide_labels(prepared, grid, area, grid::width(&header));
    }
    if let (Some(heat), true) = (&prepared.heat, heat_bar) {
        draw_scale(heat, colour, grid, area, height - 1);
    }
    draw_area(prepared, colour, grid, area);
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
fn draw_legend(prepared: &Prepared, grid: &mut Grid, top: usize, most: usize) -> usize {
    let labelled: Vec<(usize, String)> =
        prepared.curves.iter().enumerate().filter_map(|(i, c)| Some((i, c.label.as_ref()?.plain()))).collect();
    if labelled.is_empty() {
        return 0;
    }
    let title = prepared.legend_title.plain();
    let indent = if title.trim().is_empty() { 1 } else { grid::width(&title) + 3 };
    grid.text(1, top, grid.width, &title, Ink::Plain);
    let (mut column, mut row) = (indent, 0);
    for (n, (i, label)) in labelled.iter().enumerate() {
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
        let handle = if prepared.curves[*i].style == Style::Bars { '█' } else { MARKERS[i % MARKERS.len()] };
        grid.put(column, top + row, handle, ink_of(*i));
        grid.text(column + 2, top + row, grid.width, label, Ink::Plain);
        column += needed + 1;
    }
    row + 1
}

fn draw_frame(prepared: &Prepared, grid: &mut Grid, area: Area, y_texts: &[(f64, String)], x_named: bool) {
    let bottom = area.top + area.rows;
    for row in area.top..bottom {
        grid.put(area.left - 1, row, '│', Ink::Plain);
    }
    grid.put(area.left - 1, bottom, '└', Ink::Plain);
    for column in area.left..area.left + area.columns {
        grid.put(column, bottom, '─', Ink::Plain);
    }
    let mut last_row = None;
    for (at, text) in y_texts {
        let row = area.row(*at);
        if last_row != Some(row) {
            grid.text(area.left - 1 - grid::width(text), row, area.left - 1, text, Ink::Plain);
            grid.put(area.left - 1, row, '┤', Ink::Plain);
            last_row = Some(row);
        }
    }
    let most = (area.columns / 9).clamp(1, 10);
    let x_ticks = (1..=most).rev().map(|n| prepared.x.ticks(n)).find(|t| !crowded(&texts(t), area));
    let x_ticks = x_ticks.unwrap_or_else(|| prepared.x.ticks(1));
    let mut free_from = 0;
    for (at, text) in texts(&x_ticks) {
        let column = area.column(at);
        grid.put(column, bottom, '┬', Ink::Plain);
        let w = grid::width(&text);
        let start = column.saturating_sub(w / 2).min(grid.width.saturating_sub(w));
        if start >= free_from {
            grid.text(start, bottom + 1, grid.width, &text, Ink::Plain);
            free_from = start + w + 1;
        }
    }
    if x_named {
        let name = [prepared.x_label.plain(), factor(&x_ticks)]
            .into_iter()
            .filter(|t| !t.trim().is_empty())
            .collect::<Vec<_>>()
            .join("  ");
        centre(grid, bottom + 2, area.left, area.left + area.columns, &name);
    }
}

fn crowded(texts: &[(f64, String)], area: Area) -> bool {
    let half = |t: &str| grid::width(t) as f64 / 2.0;
    texts.windows(2).any(|w| (area.column(w[1].0) - area.column(w[0].0)) as f64 <= half(&w[0].1) + half(&w[1].1) + 1.0)
}

/// Names the vertical guides above the frame where the row is still free.
fn guide_labels(prepared: &Prepared, grid: &mut Grid, area: Area, taken: usize) {
    let mut free_from = if taken > 0 { taken + 2 } else { 0 };
    let mut guides: Vec<_> = prepared.guides.iter().filter(|g| g.y.is_none()).collect();
    guides.sort_by(|a, b| a.x.unwrap_or(0.0).total_cmp(&b.x.unwrap_or(0.0)));
    for guide in guides {
        let text = guide.label.plain();
        let w = grid::width(&text);
        let start = area.column(guide.x.unwrap_or(0.0)).saturating_sub(w / 2).min(grid.width.saturating_sub(w));
        // A label may move a little to stay clear of what is already there.
        let moved = start.max(free_from);
        if moved <= start + w && moved + w <= grid.width {
            grid.text(moved, area.top - 1, grid.width, &text, GUIDE);
            free_from = moved + w + 2;
        }
    }
}

fn draw_area(prepared: &Prepared, colour: bool, grid: &mut Grid, area: Area) {
    if area.columns == 0 || area.rows == 0 {
        return;
    }
    if let Some(heat) = &prepared.heat {
        draw_heat(heat, colour, grid, area);
        draw_over_heat(prepared, heat, colour, grid, area);
        return;
    }
    for guide in prepared.guides.iter().filter(|g| g.x.is_some() && g.y.is_some()) {
        let (column, row) = (area.column(guide.x.unwrap_or(0.0)), area.row(guide.y.unwrap_or(0.0)));
        grid.put(column, row, '⊙', GUIDE);
        let (text, end) = (solid(&guide.label), area.left + area.columns);
        let right = column + 2 + grid::width(&text) <= end;
        let start = if right { column + 2 } else { column.saturating_sub(grid::width(&text) + 1).max(area.left) };
        grid.text(start, row, if right { end } else { column }, &text, GUIDE);
    }
    for guide in prepared.guides.iter().filter(|g| g.x.is_none() && !g.label.is_blank()) {
        let text = solid(&guide.label);
        let row = area.row(guide.y.unwrap_or(0.0));
        let start = (area.left + area.columns).saturating_sub(grid::width(&text)).max(area.left);
        grid.text(start, row, area.left + area.columns, &text, GUIDE);
    }
    let mut dots = Dots::new(area.columns, area.rows);
    for (i, curve) in prepared.curves.iter().enumerate() {
        draw_curve(curve, i, prepared.y.floor(), &mut dots);
    }
    let several = prepared.curves.len() > 1;
    for (i, curve) in prepared.curves.iter().enumerate().rev() {
        let points: Vec<_> = curve.segments.iter().flatten().map(|p| p.at).collect();
        let shown = match curve.style {
            Style::Points | Style::LinePoints if points.len() <= area.columns => 1,
            // Lines alone cannot be told apart without colour: a few markers name them.
            Style::Line | Style::LinePoints | Style::Band | Style::Step if several && !colour => (points.len() / 5).max(1),
            _ => continue,
        };
        for at in points.iter().skip(if shown > 1 { (shown / 2 + i) % shown } else { 0 }).step_by(shown) {
            if dots.dot_of(*at).is_some() {
                let (column, row) = (area.column(at.0), area.row(at.1));
                if grid.is_blank(column, row) {
                    grid.put(column, row, MARKERS[i % MARKERS.len()], ink_of(i));
                }
            }
        }
    }
    dots.onto(grid, area.left, area.top);
    for guide in &prepared.guides {
        match (guide.x, guide.y) {
            (Some(x), None) => (area.top..area.top + area.rows).for_each(|row| put_if_blank(grid, area.column(x), row, '┊')),
            (None, Some(y)) => (area.left..area.left + area.columns).for_each(|c| put_if_blank(grid, c, area.row(y), '┈')),
            _ => {}
        }
    }
}

/// A label inside the plot area: its spaces are not blank cells, so that no line shows through.
fn solid(label: &Label) -> String {
    label.plain().replace(' ', "\u{a0}")
}

fn put_if_blank(grid: &mut Grid, column: usize, row: usize, c: char) {
    if grid.is_blank(column, row) {
        grid.put(column, row, c, GUIDE);
    }
}

fn draw_curve(curve: &Curve, index: usize, floor: f64, dots: &mut Dots) {
    let ink = ink_of(index);
    let line = |dots: &mut Dots, a, b| {
        if let Some((a, b)) = clip(a, b, (0.0, 0.0), (1.0, 1.0))
            && let (Some(a), Some(b)) = (dots.dot_of(a), dots.dot_of(b))
        {
            dots.line(a, b, ink);
        }
    };
    for segment in &curve.segments {
        for p in segment {
            if let Some((low, high)) = p.error {
                line(dots, (p.at.0, low), (p.at.0, high));
            }
            if let Some(dot) = dots.dot_of(p.at) {
                dots.set(dot, ink);
            }
        }
        if curve.style != Style::Points {
            segment.windows(2).for_each(|w| line(dots, w[0].at, w[1].at));
        }
    }
    for (left, right, p) in &curve.bars {
        let last = (2 * dots.columns) as f64 - 1.0;
        let (from, to) = ((left.max(0.0) * last).ceil(), (right.min(1.0) * last).floor());
        let mut k = from;
        while k <= to {
            line(dots, (k / last, floor), (k / last, p.at.1));
            k += 1.0;
        }
        if from > to {
            line(dots, (p.at.0, floor), p.at);
        }
    }
}

/// The value of the cell under a place.
fn value_at(heat: &Heat, x: f64, y: f64) -> Option<f64> {
    let cell = |edges: &[f64], v: f64| edges.partition_point(|e| *e <= v).checked_sub(1).filter(|i| i + 1 < edges.len());
    let (i, j) = (cell(&heat.columns, x)?, cell(&heat.rows, y)?);
    heat.values.get(j * (heat.columns.len() - 1) + i).copied().flatten()
}

fn exact(heat: &Heat, value: Option<f64>) -> [u8; 3] {
    let c = match value {
        None => return [128, 128, 128],
        Some(v) if heat.two_sided => palette::diverging(v),
        Some(v) => palette::sequential(v),
    };
    [c.0, c.1, c.2]
}

fn draw_heat(heat: &Heat, colour: bool, grid: &mut Grid, area: Area) {
    for row in 0..area.rows {
        for column in 0..area.columns {
            let x = (column as f64 + 0.5) / area.columns as f64;
            let y = |half: f64| 1.0 - (row as f64 + half) / area.rows as f64;
            let (c, ink) = if colour {
                ('▀', Ink::Exact(exact(heat, value_at(heat, x, y(0.25))), exact(heat, value_at(heat, x, y(0.75)))))
            } else {
                (value_at(heat, x, y(0.5)).map_or('·', spins::shade), Ink::Plain)
            };
            grid.put(area.left + column, area.top + row, c, ink);
        }
    }
}

/// Points of series and guides on a heat map, one character each on the colour of their cell.
fn draw_over_heat(prepared: &Prepared, heat: &Heat, colour: bool, grid: &mut Grid, area: Area) {
    let mut over = |(x, y): (f64, f64), c: char| {
        if !(0.0..=1.0).contains(&x) || !(0.0..=1.0).contains(&y) {
            return;
        }
        let ground = exact(heat, value_at(heat, x.min(1.0 - 1e-9), y.min(1.0 - 1e-9)));
        let light = ground.iter().map(|v| u32::from(*v)).sum::<u32>() > 380;
        let contrast = Ink::Exact(if light { [0; 3] } else { [255; 3] }, ground);
        grid.put(area.column(x), area.row(y), c, if colour { contrast } else { Ink::Plain });
    };
    let fractions = |n: usize| (0..n).map(move |k| (k as f64 + 0.5) / n as f64);
    for guide in &prepared.guides {
        match (guide.x, guide.y) {
            (Some(x), Some(y)) => over((x, y), '⊙'),
            (Some(x), None) => fractions(area.rows).for_each(|y| over((x, y), '┊')),
            (None, Some(y)) => fractions(area.columns).for_each(|x| over((x, y), '┈')),
            (None, None) => {}
        }
    }
    for (i, curve) in prepared.curves.iter().enumerate() {
        let points = curve.segments.iter().flatten().chain(curve.bars.iter().map(|b| &b.2));
        points.for_each(|p| over(p.at, MARKERS[i % MARKERS.len()]));
    }
}

/// The scale of a heat map's colours in the last row.
fn draw_scale(heat: &Heat, colour: bool, grid: &mut Grid, area: Area, row: usize) {
    let ticks = (4..12).map(|n| heat.range.ticks(n)).find(|t| texts(t).len() > 1).unwrap_or_default();
    let ends = texts(&ticks);
    let name = [heat.label.plain(), factor(&ticks)].into_iter().filter(|t| !t.trim().is_empty()).collect::<Vec<_>>().join(" ");
    let (Some(first), Some(last)) = (ends.first(), ends.last()) else { return };
    let mut column = area.left;
    let named = if name.is_empty() { String::new() } else { format!("{name}  ") };
    grid.text(column, row, grid.width, &format!("{named}{} ", first.1), Ink::Plain);
    column += grid::width(&named) + grid::width(&first.1) + 1;
    let room = (area.left + area.columns).saturating_sub(column + grid::width(&last.1) + 1).min(40);
    for k in 0..room {
        // The bar spans the values that are written at its ends.
        let t = first.0 + (last.0 - first.0) * (k as f64 + 0.5) / room as f64;
        if colour {
            grid.put(column + k, row, '█', Ink::Exact(exact(heat, Some(t)), exact(heat, Some(t))));
        } else {
            grid.put(column + k, row, spins::shade(t), Ink::Plain);
        }
    }
    grid.text(column + room + 1, row, grid.width, &last.1, Ink::Plain);
}
