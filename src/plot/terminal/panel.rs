//! One panel in characters: its frame, ticks and names around the area of the data.

use super::grid::{self, Grid, Ink};
use super::{GUIDE, centre, curves, factor, field, texts};
use crate::plot::prepared::Ready;

/// Rows and columns of the plot area. Places fall on the cell that holds their braille dot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub left: usize,
    pub top: usize,
    pub columns: usize,
    pub rows: usize,
}

impl Area {
    pub fn column(&self, x: f64) -> usize {
        self.left + (x.clamp(0.0, 1.0) * (2 * self.columns - 1) as f64).round() as usize / 2
    }

    pub fn row(&self, y: f64) -> usize {
        self.top + self.rows - 1 - (y.clamp(0.0, 1.0) * (4 * self.rows - 1) as f64).round() as usize / 4
    }
}

pub(super) fn draw(prepared: &Ready, colour: bool, grid: &mut Grid) {
    let (width, height) = (grid.width, grid.height);
    let mut top = 0;
    if !prepared.title.is_blank() && height >= 6 {
        centre(grid, 0, 0, width, &prepared.title.plain());
        top += 1;
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
    let bar = prepared.field.as_ref().filter(|f| f.has_bar() && height >= top + 8);
    let x_named = height >= top + 6;
    let left = widest + 2;
    let below = 2 + usize::from(x_named) + usize::from(bar.is_some());
    let area =
        Area { left, top: top + usize::from(above), columns: width - left - 1, rows: height - top - usize::from(above) - below };
    if above {
        grid.text(0, top, width, &header, Ink::Plain);
    }
    draw_frame(prepared, grid, area, &y_texts, x_named);
    if above {
        guide_labels(prepared, grid, area, grid::width(&header));
    }
    if let Some(shown) = bar {
        field::scale(shown, colour, grid, area, height - 1);
    }
    draw_area(prepared, colour, grid, area);
}

fn draw_area(prepared: &Ready, colour: bool, grid: &mut Grid, area: Area) {
    if area.columns == 0 || area.rows == 0 {
        return;
    }
    match &prepared.field {
        Some(shown) => field::draw(prepared, shown, colour, grid, area),
        None => curves::draw(prepared, colour, grid, area),
    }
}

fn draw_frame(prepared: &Ready, grid: &mut Grid, area: Area, y_texts: &[(f64, String)], x_named: bool) {
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
fn guide_labels(prepared: &Ready, grid: &mut Grid, area: Area, taken: usize) {
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
