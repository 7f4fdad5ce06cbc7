//! Where the values of a quantity are: axes, places on them, planes of two.

use super::super::derive::Labelled;
use crate::results::{AxisValues, Coordinates};

/// Values of an expression at all positions, by position of its axes.
pub(super) struct Values {
    pub l: Labelled,
}

/// A place on some axes: their names with indices of coordinates.
pub(super) type Position = Vec<(String, usize)>;

impl Values {
    pub fn at(&self, position: &[(String, usize)]) -> Option<(f64, f64)> {
        let mut k = 0;
        for axis in &self.l.axes {
            let i = position.iter().find(|(n, _)| *n == axis.name)?.1;
            k = k * axis.coordinates.len() + i;
        }
        Some((*self.l.value.get(k)?, *self.l.error.get(k)?))
    }

    /// The first number of the plane of two axes at a place of the others, and the steps along the two.
    pub fn plane(&self, fixed: &[(String, usize)], x: &str, y: &str) -> Option<(usize, usize, usize)> {
        let (mut first, mut steps, mut step) = (0, [0, 0], 1);
        for axis in self.l.axes.iter().rev() {
            match &axis.name {
                name if name == x => steps[0] = step,
                name if name == y => steps[1] = step,
                name => first += step * fixed.iter().find(|(n, _)| n == name)?.1,
            }
            step *= axis.coordinates.len();
        }
        Some((first, steps[0], steps[1]))
    }
}

/// An array in one direction as an axis that counts its elements, one in two as rows and columns.
pub(super) fn counted(mut l: Labelled) -> Labelled {
    let names: &[&str] = match l.shape.len() {
        1 => &["number"],
        2 => &["row", "column"],
        _ => return l,
    };
    for (name, n) in names.iter().zip(std::mem::take(&mut l.shape)) {
        l.axes.push(AxisValues { name: (*name).into(), coordinates: Coordinates::Int((0..n as i64).collect()) });
    }
    l
}

/// A state as a quantity over the rows and columns of its lattice.
pub(super) fn on_plane(mut l: Labelled, sizes: [usize; 2]) -> Labelled {
    for (name, n) in ["row", "column"].into_iter().zip(sizes) {
        l.axes.push(AxisValues { name: name.into(), coordinates: Coordinates::Int((0..n as i64).collect()) });
    }
    l.shape.clear();
    l
}

/// The coordinates of an axis in ascending order, with their indices.
pub(super) fn ascending(axis: &AxisValues) -> Vec<(usize, f64)> {
    let number = |i: usize| axis.coordinates.number(i).unwrap_or(i as f64);
    let mut order: Vec<(usize, f64)> = (0..axis.coordinates.len()).map(|i| (i, number(i))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    order
}

/// How many places some axes have.
pub(super) fn size(axes: &[AxisValues]) -> usize {
    axes.iter().map(|a| a.coordinates.len()).product()
}

/// Place number k of some axes, the last of which moves fastest.
pub(super) fn position(axes: &[AxisValues], k: usize) -> Position {
    let mut rest = k;
    let mut out: Position = Vec::new();
    for axis in axes.iter().rev() {
        out.push((axis.name.clone(), rest % axis.coordinates.len()));
        rest /= axis.coordinates.len();
    }
    out.reverse();
    out
}
