//! A field as a grid: edges of cells or places of nodes, ascending, reduced where it is finer than can be seen.
//! Must not know colours or pixels.

use crate::plot::figure::Scale;
use crate::plot::layer::{Field, FieldStyle};
use crate::plot::scale::LARGEST;

/// More cells a side than this cannot be told apart on paper; neighbours are averaged.
const MOST_CELLS: usize = 1200;
/// More nodes a side than this make no better contours, and no better surface; some are left out.
const MOST_CONTOUR: usize = 500;
const MOST_SURFACE: usize = 61;

/// The field in data units.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    /// How it can be drawn: contours and surfaces need two nodes along each axis.
    pub style: FieldStyle,
    /// Nodes of contours and surfaces; edges of cells otherwise, one more than there are columns.
    pub columns: Vec<f64>,
    pub rows: Vec<f64>,
    /// Row by row; none for a hole.
    pub values: Vec<Option<f64>>,
}

impl Grid {
    /// Checks a field; the error says why it cannot be drawn. The note says what is drawn otherwise than asked.
    pub fn new(field: &Field, x: Scale, y: Scale) -> Result<(Grid, Option<String>), String> {
        let (nx, ny) = (field.x.len(), field.y.len());
        if nx == 0 || ny == 0 {
            return Err("the field has no cells and is not drawn".to_string());
        }
        if nx.checked_mul(ny) != Some(field.z.len()) {
            return Err(format!("the field has {} values for {ny} rows of {nx}; it is not drawn", field.z.len()));
        }
        let unusable = || "the places of the field are not strictly monotone numbers on their axis; it is not drawn".to_string();
        let (columns, flip_x) = ascending(&field.x, x).ok_or_else(unusable)?;
        let (rows, flip_y) = ascending(&field.y, y).ok_or_else(unusable)?;
        let value = |j: usize, i: usize| {
            let (j, i) = (if flip_y { ny - 1 - j } else { j }, if flip_x { nx - 1 - i } else { i });
            Some(field.z[j * nx + i]).filter(|v| v.is_finite() && v.abs() <= LARGEST)
        };
        let graph = matches!(field.style, FieldStyle::Contour | FieldStyle::Surface);
        if graph && nx > 1 && ny > 1 {
            let most = if field.style == FieldStyle::Surface { MOST_SURFACE } else { MOST_CONTOUR };
            let (i, j) = (some_of(nx, most), some_of(ny, most));
            let values = j.iter().flat_map(|&j| i.iter().map(move |&i| (j, i))).map(|(j, i)| value(j, i)).collect();
            let pick = |of: &[f64], which: &[usize], scale| which.iter().map(|&k| outer(scale, of[k])).collect();
            let grid = Grid { style: field.style, columns: pick(&columns, &i, x), rows: pick(&rows, &j, y), values };
            return Ok((grid, None));
        }
        let style = if field.style == FieldStyle::Categories { field.style } else { FieldStyle::Heat };
        let note = graph.then(|| "lines of equal value need two places along each axis; cells are drawn instead".to_string());
        let (columns, column_groups) = coarser(edges(&columns, x));
        let (rows, row_groups) = coarser(edges(&rows, y));
        let mut values = Vec::with_capacity(column_groups.len() * row_groups.len());
        for r in &row_groups {
            for c in &column_groups {
                let found: Vec<f64> =
                    r.clone().flat_map(|j| c.clone().map(move |i| (j, i))).filter_map(|(j, i)| value(j, i)).collect();
                let n = found.len() as f64;
                values.push(match style {
                    FieldStyle::Categories => found.first().copied(),
                    _ => (!found.is_empty()).then(|| found.iter().map(|v| v / n).sum()),
                });
            }
        }
        Ok((Grid { style, columns, rows, values }, note))
    }
}

/// The coordinate along an axis of a value with room to move, or none.
fn inner(scale: Scale, v: f64) -> Option<f64> {
    match scale {
        Scale::Linear => (v.abs() <= LARGEST / 4.0).then_some(v),
        Scale::Log => (v > 1e-290 && v <= LARGEST / 1e10).then(|| libm::log10(v)),
    }
}

fn outer(scale: Scale, v: f64) -> f64 {
    if scale == Scale::Log { libm::exp10(v) } else { v }
}

/// Places as coordinates along their axis, ascending, and whether that reversed them.
fn ascending(places: &[f64], scale: Scale) -> Option<(Vec<f64>, bool)> {
    let mut c: Vec<f64> = places.iter().map(|v| inner(scale, *v)).collect::<Option<_>>()?;
    let reversed = c.len() > 1 && c[0] > c[1];
    if reversed {
        c.reverse();
    }
    c.windows(2).all(|w| w[0] < w[1]).then_some((c, reversed))
}

/// Edges halfway between the coordinates of centres, in data units.
fn edges(c: &[f64], scale: Scale) -> Vec<f64> {
    let half_first = if c.len() > 1 { (c[1] - c[0]) / 2.0 } else { 0.5 };
    let half_last = if c.len() > 1 { (c[c.len() - 1] - c[c.len() - 2]) / 2.0 } else { 0.5 };
    let mut out = vec![c[0] - half_first];
    out.extend(c.windows(2).map(|w| w[0] + (w[1] - w[0]) / 2.0));
    out.push(c[c.len() - 1] + half_last);
    out.into_iter().map(|v| outer(scale, v)).collect()
}

/// At most `most` of `count` indices, evenly, with both ends.
fn some_of(count: usize, most: usize) -> Vec<usize> {
    if count <= most {
        return (0..count).collect();
    }
    (0..most).map(|k| (k * (count - 1) + (most - 1) / 2) / (most - 1)).collect()
}

/// Edges of at most [`MOST_CELLS`] groups of cells, and the cells of each group.
fn coarser(edges: Vec<f64>) -> (Vec<f64>, Vec<std::ops::Range<usize>>) {
    let cells = edges.len() - 1;
    let per_group = cells.div_ceil(MOST_CELLS);
    let groups: Vec<_> = (0..cells).step_by(per_group).map(|a| a..(a + per_group).min(cells)).collect();
    let mut coarse: Vec<f64> = groups.iter().map(|g| edges[g.start]).collect();
    coarse.push(edges[cells]);
    (coarse, groups)
}
