//! Cells in columns: how wide they are, and which rows are left out.

use std::fmt::Write;

/// The widest cell of each column.
pub(super) fn widths(head: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let mut all: Vec<usize> = head.iter().map(|h| width(h)).collect();
    for row in rows {
        for (w, cell) in all.iter_mut().zip(row) {
            *w = width(cell).max(*w);
        }
    }
    all
}

/// A head and its rows; of more than `max_rows` the middle is left out and counted.
pub(super) fn grid(text: &mut String, head: &[String], rows: &[Vec<String>], widths: &[usize], max_rows: usize) {
    line(text, head, widths);
    if rows.len() <= max_rows {
        rows.iter().for_each(|r| line(text, r, widths));
        return;
    }
    // The count takes a row itself.
    let shown = max_rows.max(3) - 1;
    let (top, bottom) = (shown.div_ceil(2), shown / 2);
    rows[..top].iter().for_each(|r| line(text, r, widths));
    let _ = writeln!(text, "… {} more …", counted(rows.len() - top - bottom, "row"));
    rows[rows.len() - bottom..].iter().for_each(|r| line(text, r, widths));
}

/// Left-aligned cells, so that the digits of a column stand under each other.
fn line(text: &mut String, cells: &[String], widths: &[usize]) {
    let mut all = String::new();
    for (cell, w) in cells.iter().zip(widths) {
        all.push_str(cell);
        all.extend(std::iter::repeat_n(' ', w.saturating_sub(width(cell)) + 2));
    }
    text.push_str(all.trim_end());
    text.push('\n');
}

/// `1 point`, `7 points`
pub(in super::super) fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Columns of a terminal: Greek and Latin letters are one wide, combining marks none, and the wide
/// scripts of East Asia two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match c as u32 {
            0x0300..=0x036f | 0x20d0..=0x20ff | 0x200b..=0x200d => 0,
            0x1100..=0x115f
            | 0x2e80..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f
            | 0xff00..=0xff60
            | 0x1f300..=0x1faff => 2,
            _ => 1,
        })
        .sum()
}
