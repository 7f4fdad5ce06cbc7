//! A field made ready for any renderer: places in the frame, values as fractions of their range, and its colours.
//! Must not know pixels or characters.

pub(crate) mod contour;
pub(crate) mod grid;
pub(crate) mod surface;

use self::grid::Grid;
use super::figure::{Axis, Scale};
use super::label::Label;
use super::layer::{Colours, Field, FieldStyle, View};
use super::palette::{self, Colour};
use super::scale::{Range, Ticks};

/// Values that are positive over more than this ratio get logarithmic contours.
const WIDE: f64 = 100.0;
/// More kinds than this are not told apart.
const MOST_KINDS: i64 = 1000;

/// A field, ready.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub style: FieldStyle,
    /// Places in the frame: nodes of contours and surfaces, else edges of cells.
    pub columns: Vec<f64>,
    pub rows: Vec<f64>,
    /// Row by row, as places in `range` (for categories: their numbers); none for a hole.
    pub values: Vec<Option<f64>>,
    pub range: Range,
    pub map: Map,
    /// Contours: places of the levels with their texts.
    pub levels: Ticks,
    pub filled: bool,
    pub label: Label,
    /// Categories: the kinds that occur, with their names.
    pub kinds: Vec<(usize, Label)>,
    pub view: View,
}

/// How a place in a range becomes a colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Map {
    Sequential,
    /// White at the place of zero.
    Diverging {
        zero: f64,
    },
    Kinds {
        count: usize,
    },
}

impl Map {
    pub fn colour(self, v: f64) -> Colour {
        match self {
            Map::Sequential => palette::sequential(v),
            // Equal distances from zero are equally strong on both sides.
            Map::Diverging { zero } => palette::diverging(0.5 + 0.5 * (v - zero) / (1.0 - zero).abs().max(zero.abs()).max(1e-9)),
            Map::Kinds { count } => palette::kind(v.max(0.0) as usize, count),
        }
    }
}

impl Shown {
    /// A checked field with its places in the ranges of the axes. The note says what was not used of its settings.
    pub fn new(grid: Grid, field: &Field, x: &Range, y: &Range) -> (Shown, Option<String>) {
        let label = Label::parse(field.label.as_deref().unwrap_or_default());
        let on = |range: &Range, places: &[f64]| places.iter().map(|v| range.place(*v).unwrap_or(0.0)).collect();
        let (columns, rows): (Vec<f64>, Vec<f64>) = (on(x, &grid.columns), on(y, &grid.rows));
        let (columns, rows, grid) = upright(columns, rows, grid);
        let ends = ends(&grid.values);
        let mut shown = Shown {
            style: grid.style,
            columns,
            rows,
            values: Vec::new(),
            range: Range::fit(&Axis::default(), ends, [0.0; 2]).0,
            map: Map::Sequential,
            levels: Ticks::default(),
            filled: !field.bare,
            label,
            kinds: Vec::new(),
            view: field.view,
        };
        if grid.style == FieldStyle::Categories {
            shown.categorise(&grid, field);
            return (shown, None);
        }
        let positive = |v: &f64| *v > 0.0;
        let wide = grid.style == FieldStyle::Contour
            && ends.is_some_and(|(a, b)| positive(&a) && b > WIDE * a)
            && field.range.is_none_or(|r| r.iter().all(positive));
        let scale = field.scale.unwrap_or(if wide { Scale::Log } else { Scale::Linear });
        let ends = match scale {
            Scale::Log => self::ends(&grid.values.iter().map(|v| v.filter(positive)).collect::<Vec<_>>()),
            Scale::Linear => ends,
        };
        let (range, note) = Range::fit(&Axis { scale, range: field.range, ..Axis::default() }, ends, [0.0; 2]);
        let both = ends.is_some_and(|(a, b)| a < 0.0 && b > 0.0 && (-a / b).clamp(0.2, 5.0) == -a / b);
        shown.map = match (field.colours, range.place(0.0)) {
            (Colours::Diverging, Some(zero)) => Map::Diverging { zero },
            (Colours::Auto, Some(zero)) if both => Map::Diverging { zero },
            _ => Map::Sequential,
        };
        shown.values = grid.values.iter().map(|v| v.and_then(|v| range.place(v))).collect();
        shown.range = range;
        if grid.style == FieldStyle::Contour && ends.is_some_and(|(a, b)| a < b) {
            shown.levels = match &field.levels {
                Some(given) => range.given_levels(given),
                None => range.levels(),
            };
        }
        let note = note.map(|n| format!("field: {n}"));
        (shown, note)
    }

    fn categorise(&mut self, grid: &Grid, field: &Field) {
        let kind = |v: f64| Some(v.round()).filter(|k| (0.0..MOST_KINDS as f64).contains(k));
        self.values = grid.values.iter().map(|v| v.and_then(kind)).collect();
        let mut present: Vec<usize> = self.values.iter().flatten().map(|k| *k as usize).collect();
        present.sort_unstable();
        present.dedup();
        let count = present.last().map_or(0, |k| k + 1).max(field.categories.len());
        let name = |k: usize| Label::parse(&field.categories.get(k).cloned().unwrap_or_else(|| k.to_string()));
        self.kinds = present.into_iter().map(|k| (k, name(k))).collect();
        self.map = Map::Kinds { count };
    }

    /// True if columns and rows are nodes, false if they are edges of cells.
    pub fn on_nodes(&self) -> bool {
        matches!(self.style, FieldStyle::Contour | FieldStyle::Surface)
    }

    /// True if a bar explains the colours.
    pub fn has_bar(&self) -> bool {
        self.style != FieldStyle::Categories
    }

    /// The value at a place of the frame: of its cell, or between nodes by bilinear interpolation.
    pub fn value(&self, x: f64, y: f64) -> Option<f64> {
        let last = |of: &[f64]| of.len().checked_sub(2);
        let cell = |of: &[f64], v: f64| {
            let (first, end) = (*of.first()?, *of.last()?);
            if v < first - 1e-9 || v > end + 1e-9 {
                return None;
            }
            Some(of.partition_point(|e| *e <= v).saturating_sub(1).min(last(of)?))
        };
        let (i, j) = (cell(&self.columns, x)?, cell(&self.rows, y)?);
        if !self.on_nodes() {
            return self.values.get(j * (self.columns.len() - 1) + i).copied().flatten();
        }
        let share = |of: &[f64], k: usize, v: f64| ((v - of[k]) / (of[k + 1] - of[k])).clamp(0.0, 1.0);
        let (s, t) = (share(&self.columns, i, x), share(&self.rows, j, y));
        let at = |j: usize, i: usize| self.values.get(j * self.columns.len() + i).copied().flatten();
        let (low, high) = ((at(j, i)?, at(j, i + 1)?), (at(j + 1, i)?, at(j + 1, i + 1)?));
        let along = |(a, b): (f64, f64)| a + s * (b - a);
        Some(along(low) + t * (along(high) - along(low)))
    }

    /// The colour of a value; contours have one colour between two levels.
    pub fn colour(&self, value: f64) -> Colour {
        if self.style == FieldStyle::Contour {
            let below = self.levels.ticks.partition_point(|l| l.at <= value);
            return self.band_colour(below);
        }
        self.map.colour(value)
    }

    /// The colour between level `k - 1` and level `k`.
    pub fn band_colour(&self, k: usize) -> Colour {
        let levels = &self.levels.ticks;
        let low = k.checked_sub(1).and_then(|k| levels.get(k)).map_or(0.0, |l| l.at);
        let high = levels.get(k).map_or(1.0, |l| l.at);
        self.map.colour(((low + high) / 2.0).clamp(0.0, 1.0))
    }
}

/// Places ascend, also where an axis is reversed; the values follow them.
fn upright(mut columns: Vec<f64>, mut rows: Vec<f64>, mut grid: Grid) -> (Vec<f64>, Vec<f64>, Grid) {
    let wide = if matches!(grid.style, FieldStyle::Contour | FieldStyle::Surface) { columns.len() } else { columns.len() - 1 };
    let descends = |places: &[f64]| places.first() > places.last();
    if descends(&columns) {
        columns.reverse();
        grid.values.chunks_mut(wide).for_each(<[_]>::reverse);
    }
    if descends(&rows) {
        rows.reverse();
        grid.values = grid.values.chunks(wide).rev().flatten().copied().collect();
    }
    (columns, rows, grid)
}

fn ends(values: &[Option<f64>]) -> Option<(f64, f64)> {
    values.iter().flatten().fold(None, |e: Option<(f64, f64)>, v| Some(e.map_or((*v, *v), |(a, b)| (a.min(*v), b.max(*v)))))
}
