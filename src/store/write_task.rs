//! A task's group: axes as dimension scales, each quantity with its companions over them and over the
//! axes of its own, what `keep` asked for, and what is known about each point.

use super::axes::{Axes, write_axis};
use super::columns::{Cell, Dimension, Dimensions, common_shape, pad, text_attribute, write_array, write_texts};
use super::schema::{AxisIndex, DescriptionIndex, Layout, Names, QuantityIndex, QuantityLayout, TaskIndex, point_name};
use super::write_root::json;
use crate::results::{PointResult, Quantity, TaskResult};
use hdf5::{Dataset, Group, H5Type};
use std::borrow::Cow;

pub(super) fn write_task(group: &Group, task: &TaskResult) -> hdf5::Result<()> {
    let mut writer = Writer::new(group, task)?;
    let mut layouts: Vec<Option<Layout>> =
        task.points.iter().map(|p| p.as_ref().map(|_| Layout { quantities: Vec::new(), kept: Vec::new() })).collect();
    writer.quantities(&mut layouts)?;
    writer.kept(&mut layouts)?;
    writer.points(&layouts)?;
    writer.attributes()
}

pub(super) struct Writer<'a> {
    pub(super) group: &'a Group,
    pub(super) task: &'a TaskResult,
    pub(super) index: TaskIndex,
    /// One a axis, and their lengths.
    pub(super) axes: Vec<Dataset>,
    pub(super) over: Vec<usize>,
    /// The scales of what a description has axes of its own, one a description.
    own: Vec<Vec<Dataset>>,
    pub(super) names: Names,
    pub(super) dimensions: Dimensions,
}

impl<'a> Writer<'a> {
    fn new(group: &'a Group, task: &'a TaskResult) -> hdf5::Result<Writer<'a>> {
        let over: Vec<usize> = task.axes.iter().map(|a| a.coordinates.len()).collect();
        if over.iter().product::<usize>() != task.points.len() {
            return Err(format!("task `{}` has {} points on axes of {over:?}", task.name, task.points.len()).into());
        }
        let mut names = Names::default();
        let (mut axes, mut index) = (Vec::new(), Vec::new());
        for axis in &task.axes {
            let dataset = names.claim(&axis.name);
            let scale = write_axis(group, &dataset, axis)?;
            index.push(AxisIndex { name: axis.name.clone(), dataset });
            axes.push(scale);
        }
        let (mut known, mut own, mut descriptions) = (Axes::default(), Vec::new(), Vec::new());
        for d in &task.descriptions {
            let (places, scales) = known.all(group, &mut names, &d.axes)?;
            own.push(scales);
            descriptions.push(DescriptionIndex {
                name: d.name.clone(),
                expression: d.expression.clone(),
                units: d.units.clone(),
                doc: d.doc.clone(),
                axes: places,
            });
        }
        for (name, scale) in known.each() {
            text_attribute(scale, "expression", name)?;
        }
        let index = TaskIndex {
            name: task.name.clone(),
            axes: index,
            descriptions,
            quantities: Vec::new(),
            kept: Vec::new(),
            points: String::new(),
        };
        let dimensions = Dimensions::new(group);
        let mut writer = Writer { group, task, index, axes, over, own, names, dimensions };
        for (axis, scale) in task.axes.iter().zip(writer.axes.clone()) {
            writer.describe(&scale, &axis.name, "")?;
        }
        Ok(writer)
    }

    fn quantities(&mut self, layouts: &mut [Option<Layout>]) -> hdf5::Result<()> {
        let names = self.columns(|p| p.quantities.iter().map(|(n, _)| n.clone()).collect());
        // All plain names first: `m_error` observed by the script keeps its name beside `m`.
        let places: Vec<String> = names.iter().map(|n| self.names.claim(n)).collect();
        let mut replicates = None;
        for (column, (name, place)) in names.iter().zip(places).enumerate() {
            let found: Vec<Option<&Quantity>> = self.task.points.iter().map(|p| p.as_ref()?.quantity(name)).collect();
            let value = self.companion(&place, "", name, &found, |q| &q.value)?;
            let entry = QuantityIndex {
                name: name.clone(),
                error: self.companion(&place, "_error", name, &found, |q| &q.error)?,
                tau: self.companion(&place, "_tau", name, &found, |q| &q.tau)?,
                ess: self.companion(&place, "_ess", name, &found, |q| &q.ess)?,
                rhat: self.companion(&place, "_rhat", name, &found, |q| &q.rhat)?,
                replicates: self.replicates(&place, name, &found, &mut replicates)?,
                value: value.unwrap_or(place),
            };
            for (layout, q) in layouts.iter_mut().zip(&found) {
                if let (Some(layout), Some(q)) = (layout, q) {
                    let dims = |v: &[f64]| (!v.is_empty()).then(|| dims_of(&q.shape, v.len()));
                    layout.quantities.push(QuantityLayout {
                        column,
                        shape: q.shape.clone(),
                        value: dims_of(&q.shape, q.value.len()),
                        error: dims(&q.error),
                        tau: dims(&q.tau),
                        ess: dims(&q.ess),
                        rhat: dims(&q.rhat),
                        replicates: replicate_dims(q),
                    });
                }
            }
            self.index.quantities.push(entry);
        }
        // The order of a point's own list, which the columns' order may not be.
        for (layout, point) in layouts.iter_mut().zip(&self.task.points) {
            if let (Some(layout), Some(point)) = (layout, point) {
                layout.quantities.sort_by_key(|l| point.quantities.iter().position(|(n, _)| *n == names[l.column]));
            }
        }
        Ok(())
    }

    /// One array of a quantity over all points; `None` where no point has it (the values always are).
    fn companion(
        &mut self,
        place: &str,
        suffix: &str,
        name: &str,
        found: &[Option<&'a Quantity>],
        part: impl Fn(&'a Quantity) -> &'a Vec<f64>,
    ) -> hdf5::Result<Option<String>> {
        let cells: Vec<Option<Cell<f64>>> = found
            .iter()
            .map(|q| {
                let (q, data) = (*q.as_ref()?, part(q.as_ref()?));
                (suffix.is_empty() || !data.is_empty())
                    .then(|| Cell { data: Cow::from(data), dims: dims_of(&q.shape, data.len()) })
            })
            .collect();
        if !suffix.is_empty() && cells.iter().all(Option::is_none) {
            return Ok(None);
        }
        let path = if suffix.is_empty() { place.to_owned() } else { self.names.claim(&format!("{place}{suffix}")) };
        let wanted = self.dimensions_of(name, place, common_shape(dims(&cells)).len());
        let dataset = self.array(&self.group.clone(), &path, &cells, &wanted, f64::NAN)?;
        self.describe(&dataset, name, suffix.trim_start_matches('_'))?;
        Ok(Some(path))
    }

    fn replicates(
        &mut self,
        place: &str,
        name: &str,
        found: &[Option<&Quantity>],
        group: &mut Option<(String, Group)>,
    ) -> hdf5::Result<Option<String>> {
        let mut cells: Vec<Option<Cell<f64>>> = Vec::new();
        for q in found {
            cells.push(match q.and_then(replicate_dims) {
                Some(dims) => {
                    let data: Vec<f64> = q.iter().flat_map(|q| q.replicates.iter().flatten().copied()).collect();
                    if data.len() != dims.iter().product::<usize>() {
                        return Err(format!("the replicates of `{name}` differ in length").into());
                    }
                    Some(Cell { data: Cow::from(data), dims })
                }
                None => None,
            });
        }
        if cells.iter().all(Option::is_none) {
            return Ok(None);
        }
        let (folder, group) = match group {
            Some((folder, group)) => (folder.clone(), group.clone()),
            None => {
                let folder = self.names.claim("replicates");
                let made = self.group.create_group(&folder)?;
                *group = Some((folder.clone(), made.clone()));
                (folder, made)
            }
        };
        let rank = common_shape(dims(&cells)).len();
        let mut wanted = vec![Dimension::named("bin")];
        wanted.extend(self.dimensions_of(name, place, rank.saturating_sub(1)));
        let dataset = self.array(&group, place, &cells, &wanted, f64::NAN)?;
        self.describe(&dataset, name, "replicates")?;
        Ok(Some(format!("{folder}/{place}")))
    }

    fn points(&mut self, layouts: &[Option<Layout>]) -> hdf5::Result<()> {
        self.index.points = self.names.claim("points");
        let group = self.group.create_group(&self.index.points)?;
        let coordinates = self.index.coordinates();
        let called = |wanted: &str| point_name(&coordinates, wanted);
        let all = &self.task.points;
        let texts =
            |f: &dyn Fn(&PointResult) -> String| all.iter().map(|p| p.as_ref().map(f).unwrap_or_default()).collect::<Vec<_>>();
        write_texts(&group, &called("hash"), &texts(&|p| p.hash.clone()), &self.axes)?;
        write_texts(&group, &called("kernel"), &texts(&|p| p.kernel.clone()), &self.axes)?;
        write_texts(&group, &called("failed"), &texts(&|p| p.failed.clone().unwrap_or_default()), &self.axes)?;
        let warnings = |p: &PointResult| serde_json::to_string(&p.warnings).unwrap_or_default();
        write_texts(&group, &called("warnings"), &texts(&warnings), &self.axes)?;
        let status = |p: &Option<PointResult>| match p {
            None => "missing".to_owned(),
            Some(p) if p.failed.is_some() => "failed".to_owned(),
            Some(_) => "done".to_owned(),
        };
        write_texts(&group, &called("status"), &all.iter().map(status).collect::<Vec<_>>(), &self.axes)?;
        let seconds: Vec<f64> = all.iter().map(|p| p.as_ref().map_or(f64::NAN, |p| p.wall_seconds)).collect();
        let dataset = write_array(&group, &called("wall_seconds"), &seconds, &self.over, &self.axes)?;
        text_attribute(&dataset, "units", "s")?;

        let mut distinct: Vec<&Layout> = Vec::new();
        let numbers: Vec<i32> = layouts
            .iter()
            .map(|l| match l {
                None => -1,
                Some(l) => match distinct.iter().rposition(|d| *d == l) {
                    Some(i) => i as i32,
                    None => {
                        distinct.push(l);
                        distinct.len() as i32 - 1
                    }
                },
            })
            .collect();
        write_array(&group, &called("layout"), &numbers, &self.over, &self.axes)?;
        if !distinct.is_empty() {
            let scale = self.dimensions.get(&mut self.names, "layout_number", distinct.len())?;
            let texts = distinct.iter().copied().map(json).collect::<hdf5::Result<Vec<_>>>()?;
            write_texts(&group, &called("layouts"), &texts, &[scale])?;
        }
        Ok(())
    }

    fn attributes(&self) -> hdf5::Result<()> {
        text_attribute(self.group, "kind", &self.task.kind)?;
        let mut kernels: Vec<&str> = Vec::new();
        for point in self.task.points.iter().flatten() {
            if !kernels.contains(&point.kernel.as_str()) {
                kernels.push(&point.kernel);
            }
        }
        text_attribute(self.group, "kernel", &kernels.join(", "))?;
        let seconds: f64 = self.task.points.iter().flatten().map(|p| p.wall_seconds).sum();
        self.group.new_attr::<f64>().create("wall_seconds")?.write_scalar(&seconds)?;
        text_attribute(self.group, "plan_hash", &self.task.plan_hash)?;
        if !self.task.updates.is_empty() {
            text_attribute(self.group, "updates", &self.task.updates)?;
        }
        if let Some(doc) = &self.task.doc {
            text_attribute(self.group, "doc", doc)?;
        }
        text_attribute(self.group, "index", &json(&self.index)?)
    }

    /// Writes cells over the axes and their own dimensions, padded to a common shape.
    pub(super) fn array<T: H5Type + Copy>(
        &mut self,
        group: &Group,
        path: &str,
        cells: &[Option<Cell<T>>],
        wanted: &[Dimension],
        fill: T,
    ) -> hdf5::Result<Dataset> {
        put(group, path, cells, wanted, fill, (&self.axes, &self.over), (&mut self.names, &mut self.dimensions))
    }

    /// The scales of the axes that a quantity, or a kept array, has besides those of the task.
    pub(super) fn own_scales(&self, name: &str) -> &[Dataset] {
        let at = self.task.descriptions.iter().position(|d| d.name == name);
        at.map_or(&[], |at| self.own[at].as_slice())
    }

    /// The dimensions of a quantity: its own axes, then those without names.
    fn dimensions_of(&self, name: &str, place: &str, rank: usize) -> Vec<Dimension> {
        let own = self.own_scales(name);
        let more = rank.saturating_sub(own.len());
        let named = (0..more).map(|i| Dimension::Named(format!("{place}_dim_{i}")));
        own.iter().cloned().map(Dimension::Over).chain(named).collect()
    }

    /// The attributes that say what a data set is. `role` is empty for the quantity itself.
    pub(super) fn describe(&mut self, dataset: &Dataset, name: &str, role: &str) -> hdf5::Result<()> {
        let known = self.task.descriptions.iter().find(|d| d.name == name);
        text_attribute(dataset, "expression", known.map_or(name, |d| d.expression.as_str()))?;
        let doc = known.and_then(|d| d.doc.clone());
        let long = match role {
            "" => doc,
            "error" => Some(format!("standard error of {name}")),
            "tau" => Some(format!("integrated autocorrelation time of {name}, in measurements")),
            "ess" => Some(format!("effective sample size of {name}")),
            "rhat" => Some(format!("R-hat of {name}")),
            "replicates" => Some(format!("jackknife replicates of {name}")),
            _ => Some(format!("{name}: {role}")),
        };
        if let Some(long) = long {
            text_attribute(dataset, "long_name", &long)?;
        }
        let same_units = matches!(role, "" | "error" | "replicates" | "series" | "states" | "bin centres");
        if let Some(units) = known.and_then(|d| d.units.as_ref()).filter(|_| same_units) {
            text_attribute(dataset, "units", units)?;
        }
        Ok(())
    }

    /// The different columns of all points, in the order in which they first appear.
    pub(super) fn columns<K: PartialEq>(&self, of: impl Fn(&PointResult) -> Vec<K>) -> Vec<K> {
        let mut all: Vec<K> = Vec::new();
        for point in self.task.points.iter().flatten() {
            for key in of(point) {
                if !all.contains(&key) {
                    all.push(key);
                }
            }
        }
        all
    }
}

/// Writes cells over `axes` (scales and lengths) and their own dimensions, padded to a common shape.
pub(super) fn put<T: H5Type + Copy>(
    group: &Group,
    path: &str,
    cells: &[Option<Cell<T>>],
    wanted: &[Dimension],
    fill: T,
    (axes, over): (&[Dataset], &[usize]),
    (names, dimensions): (&mut Names, &mut Dimensions),
) -> hdf5::Result<Dataset> {
    let mut inner = common_shape(dims(cells));
    let mut scales = axes.to_vec();
    scales.extend(dimensions.all(names, wanted, &mut inner)?);
    let shape: Vec<usize> = over.iter().chain(&inner).copied().collect();
    write_array(group, path, &pad(cells, &inner, fill), &shape, &scales)
}

pub(super) fn dims<'c, T: Clone>(cells: &'c [Option<Cell<T>>]) -> impl Iterator<Item = &'c [usize]> {
    cells.iter().flatten().map(|c| c.dims.as_slice())
}

/// The shape that an array really has: the one it claims, if its length agrees.
pub(super) fn dims_of(shape: &[usize], length: usize) -> Vec<usize> {
    if shape.iter().product::<usize>() == length { shape.to_vec() } else { vec![length] }
}

fn replicate_dims(q: &Quantity) -> Option<Vec<usize>> {
    let first = q.replicates.first()?;
    Some([vec![q.replicates.len()], dims_of(&q.shape, first.len())].concat())
}
