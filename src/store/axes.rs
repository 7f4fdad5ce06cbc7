//! Axes as dimension scales: written once each, and shared by all that run over them.

use super::columns::{text, write_array};
use super::scales::make_scale;
use super::schema::{AxisIndex, Names};
use crate::results::{AxisValues, Coordinates};
use hdf5::types::VarLenUnicode;
use hdf5::{Dataset, Group};

/// Writes the coordinates of an axis as a dimension scale.
pub(super) fn write_axis(group: &Group, name: &str, axis: &AxisValues) -> hdf5::Result<Dataset> {
    let length = [axis.coordinates.len()];
    let dataset = match &axis.coordinates {
        Coordinates::Int(v) => write_array(group, name, v, &length, &[])?,
        Coordinates::Real(v) => write_array(group, name, v, &length, &[])?,
        Coordinates::Text(v) => {
            let dataset = group.new_dataset::<VarLenUnicode>().shape(length).create(name)?;
            dataset.write_raw(&v.iter().map(|t| text(t)).collect::<Vec<_>>())?;
            dataset
        }
    };
    make_scale(&dataset, name)?;
    Ok(dataset)
}

/// The axes of the things in one group. Equal ones are shared; one of the same name with other
/// coordinates gets a name of its own.
#[derive(Default)]
pub(super) struct Axes {
    made: Vec<Made>,
}

struct Made {
    axis: AxisValues,
    place: AxisIndex,
    scale: Dataset,
}

impl Axes {
    /// Where the axes of one thing are, and their scales: all different, as an array needs them.
    pub fn all(&mut self, group: &Group, names: &mut Names, axes: &[AxisValues]) -> hdf5::Result<(Vec<AxisIndex>, Vec<Dataset>)> {
        let mut used: Vec<usize> = Vec::new();
        for axis in axes {
            let same = |m: &Made| m.axis.name == axis.name && same_coordinates(&m.axis.coordinates, &axis.coordinates);
            let known = (0..self.made.len()).find(|k| !used.contains(k) && same(&self.made[*k]));
            used.push(match known {
                Some(k) => k,
                None => {
                    let dataset = names.claim(&axis.name);
                    let scale = write_axis(group, &dataset, axis)?;
                    self.made.push(Made { axis: axis.clone(), place: AxisIndex { name: axis.name.clone(), dataset }, scale });
                    self.made.len() - 1
                }
            });
        }
        Ok(used.into_iter().map(|k| (self.made[k].place.clone(), self.made[k].scale.clone())).unzip())
    }

    /// The names and the scales of all that were written.
    pub fn each(&self) -> impl Iterator<Item = (&str, &Dataset)> {
        self.made.iter().map(|m| (m.place.name.as_str(), &m.scale))
    }
}

fn same_coordinates(a: &Coordinates, b: &Coordinates) -> bool {
    match (a, b) {
        (Coordinates::Real(a), Coordinates::Real(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.to_bits() == y.to_bits())
        }
        _ => a == b,
    }
}
