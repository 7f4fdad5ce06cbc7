//! Derived quantities as a person reads them: a number, or a table over their axes.

use super::derive::Labelled;
use crate::results::AxisValues;
use crate::store::format_value;

/// Elements of an array that a cell shows.
const ELEMENTS: usize = 12;
/// Rows of a table beyond which its middle is left out.
const ROWS: usize = 60;
/// What is left of it: at the top, and at the bottom.
const ENDS: (usize, usize) = (40, 10);
/// As many values of the first of two axes stand side by side, in columns of at most so many letters in all.
const COLUMNS: usize = 8;
const LETTERS: usize = 110;

/// A quantity as a person reads it.
pub(super) fn text(l: &Labelled) -> String {
    if l.axes.is_empty() {
        return cell(l, 0);
    }
    side_by_side(l).unwrap_or_else(|| below_each_other(l))
}

/// The value at a position, with its error.
fn cell(l: &Labelled, k: usize) -> String {
    let size: usize = l.shape.iter().product();
    let cells: Vec<String> =
        (0..size.min(ELEMENTS)).map(|i| format_value(l.value[k * size + i], l.error[k * size + i])).collect();
    match l.shape.is_empty() {
        true => cells.into_iter().next().unwrap_or_default(),
        false => format!("[{}{}]", cells.join(", "), if size > ELEMENTS { ", ..." } else { "" }),
    }
}

/// A row for each position: its coordinates, and the value.
fn below_each_other(l: &Labelled) -> String {
    let count: usize = l.axes.iter().map(|a| a.coordinates.len()).product();
    let head = l.axes.iter().map(|a| a.name.clone()).collect();
    let rows = (0..count).map(|k| {
        let mut row = labels(&l.axes, k);
        row.push(cell(l, k));
        row
    });
    written(head, rows.collect(), l.axes.len())
}

/// Numbers over two axes of which the second is the longer one, such as the times of some trainings: a column for each value of the
/// first.
fn side_by_side(l: &Labelled) -> Option<String> {
    let [first, second] = &l.axes[..] else { return None };
    let (columns, rows) = (first.coordinates.len(), second.coordinates.len());
    if !(2..=COLUMNS).contains(&columns) || rows <= columns || rows < 8 || !l.shape.is_empty() {
        return None;
    }
    let mut head = vec![second.name.clone()];
    head.extend((0..columns).map(|k| format!("{} = {}", first.name, labels(std::slice::from_ref(first), k).concat())));
    let body: Vec<Vec<String>> = (0..rows)
        .map(|row| {
            let mut cells = labels(std::slice::from_ref(second), row);
            cells.extend((0..columns).map(|k| cell(l, k * rows + row)));
            cells
        })
        .collect();
    let wide: usize = widths(&head, &body).iter().map(|w| w + 2).sum();
    (wide <= LETTERS).then(|| written(head, body, 1))
}

fn widths(head: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let of = |k: usize| {
        let cells = rows.iter().filter_map(|r| r.get(k)).chain(head.get(k));
        cells.map(|c| c.chars().count()).max().unwrap_or(0)
    };
    (0..rows.first().map_or(head.len(), Vec::len)).map(of).collect()
}

/// A head and rows in columns, of which the first `right` end and the others begin below each other.
fn written(head: Vec<String>, rows: Vec<Vec<String>>, right: usize) -> String {
    let widths = widths(&head, &rows);
    let line = |cells: &[String]| -> String {
        let cells = cells.iter().zip(&widths).enumerate().map(|(k, (c, w))| {
            let space = " ".repeat(w.saturating_sub(c.chars().count()));
            if k < right { format!("{space}{c}") } else { format!("{c}{space}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_string()
    };
    let mut out = vec![line(&head)];
    let (top, bottom) = if rows.len() > ROWS { ENDS } else { (rows.len(), 0) };
    out.extend(rows[..top].iter().map(|r| line(r)));
    if bottom > 0 {
        out.push(format!("… {} rows more …", rows.len() - top - bottom));
        out.extend(rows[rows.len() - bottom..].iter().map(|r| line(r)));
    }
    out.join("\n")
}

/// The coordinates of a position, as a person reads them.
pub(super) fn labels(axes: &[AxisValues], k: usize) -> Vec<String> {
    let mut rest = k;
    let mut out = Vec::new();
    for axis in axes.iter().rev() {
        let i = rest % axis.coordinates.len();
        out.push(match axis.coordinates.number(i) {
            Some(x) => crate::store::format_number(x),
            None => axis.coordinates.label(i),
        });
        rest /= axis.coordinates.len();
    }
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Coordinates;

    fn axis(name: &str, n: i64) -> AxisValues {
        AxisValues { name: name.into(), coordinates: Coordinates::Int((0..n).collect()) }
    }

    fn over(axes: Vec<AxisValues>) -> Labelled {
        let n: usize = axes.iter().map(|a| a.coordinates.len()).product();
        Labelled { axes, shape: vec![], value: (0..n).map(|k| k as f64).collect(), error: vec![0.5; n] }
    }

    #[test]
    fn long_tables_lose_their_middle_and_say_so() {
        let table = text(&over(vec![axis("epoch", 61)]));
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!((lines[0], lines[1], lines[2]), ("epoch", "    0  0.00(50)", "    1  1.00(50)"));
        assert_eq!((lines.len(), lines[41], lines[51]), (52, "… 11 rows more …", "   60  60.00(50)"));
    }

    #[test]
    fn two_axes_stand_side_by_side() {
        let table = text(&over(vec![axis("r", 2), axis("epoch", 9)]));
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!((lines[0], lines[2]), ("epoch  r = 0     r = 1", "    1  1.00(50)  10.00(50)"));
        // Short ones stay as they are, and so do many columns.
        assert!(text(&over(vec![axis("r", 2), axis("L", 3)])).starts_with("r  L\n"));
        assert!(text(&over(vec![axis("r", 9), axis("epoch", 10)])).starts_with("r  epoch\n"));
    }
}
