//! A field as a grid of cells: edges from centres, reduction of very fine fields, and the range of its colours.
//! Must not know colours or pixels.

use super::figure::{Axis, Field, Scale};
use super::label::Label;
use super::prepared::Heat;
use super::scale::{LARGEST, Range};

/// More cells a side than this cannot be told apart on paper; neighbours are averaged.
const FINEST: usize = 300;

/// The field with the edges of its cells, ascending, in data units.
pub(crate) struct Grid {
    /// One more than there are columns.
    pub columns: Vec<f64>,
    pub rows: Vec<f64>,
    values: Vec<Option<f64>>,
}

impl Grid {
    /// Checks a field; the error says why it cannot be drawn.
    pub fn new(field: &Field, x: Scale, y: Scale) -> Result<Grid, String> {
        let (nx, ny) = (field.x.len(), field.y.len());
        if nx == 0 || ny == 0 {
            return Err("the field has no cells and is not drawn".to_string());
        }
        if nx.checked_mul(ny) != Some(field.z.len()) {
            return Err(format!("the field has {} values for {ny} rows of {nx}; it is not drawn", field.z.len()));
        }
        let unusable =
            || "the centres of the field's cells are not strictly monotone numbers on their axis; it is not drawn".to_string();
        let (columns, flip_x) = edges(&field.x, x).ok_or_else(unusable)?;
        let (rows, flip_y) = edges(&field.y, y).ok_or_else(unusable)?;
        let (columns, column_groups) = coarser(columns);
        let (rows, row_groups) = coarser(rows);
        let mut values = Vec::with_capacity(column_groups.len() * row_groups.len());
        for r in &row_groups {
            for c in &column_groups {
                let cells = r.clone().flat_map(|j| c.clone().map(move |i| (j, i)));
                let finite: Vec<f64> = cells
                    .map(|(j, i)| field.z[(if flip_y { ny - 1 - j } else { j }) * nx + if flip_x { nx - 1 - i } else { i }])
                    .filter(|v| v.is_finite() && v.abs() <= LARGEST)
                    .collect();
                let n = finite.len() as f64;
                values.push((!finite.is_empty()).then(|| finite.iter().map(|v| v / n).sum()));
            }
        }
        Ok(Grid { columns, rows, values })
    }

    /// The grid in places of the frame.
    pub fn place(self, x: &Range, y: &Range, label: Label) -> Heat {
        let ends = self
            .values
            .iter()
            .flatten()
            .fold(None, |e: Option<(f64, f64)>, v| Some(e.map_or((*v, *v), |(a, b)| (a.min(*v), b.max(*v)))));
        let two_sided = ends.is_some_and(|(a, b)| a < 0.0 && b > 0.0 && (-a / b).clamp(0.2, 5.0) == -a / b);
        let shown = if two_sided { ends.map(|(a, b)| (-b.max(-a), b.max(-a))) } else { ends };
        let (range, _) = Range::fit(&Axis::default(), shown, 0.0);
        let on = |range: &Range, edges: &[f64]| edges.iter().map(|v| range.place(*v).unwrap_or(0.0)).collect();
        Heat {
            columns: on(x, &self.columns),
            rows: on(y, &self.rows),
            values: self.values.iter().map(|v| v.and_then(|v| range.place(v))).collect(),
            range,
            two_sided,
            label,
        }
    }
}

/// Edges halfway between centres (in the logarithm on a logarithmic axis), ascending, and whether that reversed them.
fn edges(centres: &[f64], scale: Scale) -> Option<(Vec<f64>, bool)> {
    let inner = |v: f64| match scale {
        Scale::Linear => (v.abs() <= LARGEST / 4.0).then_some(v),
        Scale::Log => (v > 1e-290 && v <= LARGEST / 1e10).then(|| libm::log10(v)),
    };
    let mut c: Vec<f64> = centres.iter().map(|v| inner(*v)).collect::<Option<_>>()?;
    let reversed = c.len() > 1 && c[0] > c[1];
    if reversed {
        c.reverse();
    }
    if c.windows(2).any(|w| w[0] >= w[1]) {
        return None;
    }
    let half_first = if c.len() > 1 { (c[1] - c[0]) / 2.0 } else { 0.5 };
    let half_last = if c.len() > 1 { (c[c.len() - 1] - c[c.len() - 2]) / 2.0 } else { 0.5 };
    let mut out = vec![c[0] - half_first];
    out.extend(c.windows(2).map(|w| w[0] + (w[1] - w[0]) / 2.0));
    out.push(c[c.len() - 1] + half_last);
    let back = |v: f64| if scale == Scale::Log { libm::exp10(v) } else { v };
    Some((out.into_iter().map(back).collect(), reversed))
}

/// Edges of at most [`FINEST`] groups of cells, and the cells of each group.
fn coarser(edges: Vec<f64>) -> (Vec<f64>, Vec<std::ops::Range<usize>>) {
    let cells = edges.len() - 1;
    let per_group = cells.div_ceil(FINEST);
    let groups: Vec<_> = (0..cells).step_by(per_group).map(|a| a..(a + per_group).min(cells)).collect();
    let mut coarse: Vec<f64> = groups.iter().map(|g| edges[g.start]).collect();
    coarse.push(edges[cells]);
    (coarse, groups)
}
