//! A task's group: axes as dimension scales, each quantity with its companions over them, what `keep`
//! asked for, and what is known about each point.

use super::columns::{Cell, Dimensions, common_shape, pad, text_attribute, write_array, write_texts};
use super::scales::make_scale;
use super::schema::{
    AxisIndex, KeptIndex, KeptKind, KeptLayout, Layout, Names, QuantityIndex, QuantityLayout, TaskIndex, point_name,
};
use super::write_root::json;
use crate::results::{AxisValues, Coordinates, Kept, PointResult, Quantity, TaskResult};
use hdf5::{Dataset, Group, H5Type};
use std::borrow::Cow;

/// What stands where a point lacks an element of whole-number states.
const NO_SPIN: i8 = i8::MIN;

pub(super) fn write_task(group: &Group, task: &TaskResult) -> hdf5::Result<()> {
    let mut writer = Writer::new(group, task)?;
    let mut layouts: Vec<Option<Layout>> =
        task.points.iter().map(|p| p.as_ref().map(|_| Layout { quantities: Vec::new(), kept: Vec::new() })).collect();
    writer.quantities(&mut layouts)?;
    writer.kept(&mut layouts)?;
    writer.points(&layouts)?;
    writer.attributes()
}

/// Writes the coordinates of an axis as a dimension scale.
pub(super) fn write_axis(group: &Group, name: &str, axis: &AxisValues) -> hdf5::Result<Dataset> {
    let length = [axis.coordinates.len()];
    let dataset = match &axis.coordinates {
        Coordinates::Int(v) => write_array(group, name, v, &length, &[])?,
        Coordinates::Real(v) => write_array(group, name, v, &length, &[])?,
        Coordinates::Text(v) => {
            let dataset = group.new_dataset::<hdf5::types::VarLenUnicode>().shape(length).create(name)?;
            dataset.write_raw(&v.iter().map(|t| super::columns::text(t)).collect::<Vec<_>>())?;
            dataset
        }
    };
    make_scale(&dataset, name)?;
    Ok(dataset)
}

struct Writer<'a> {
    group: &'a Group,
    task: &'a TaskResult,
    index: TaskIndex,
    /// One a axis, and their lengths.
    axes: Vec<Dataset>,
    over: Vec<usize>,
    names: Names,
    dimensions: Dimensions,
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
        let index = TaskIndex {
            name: task.name.clone(),
            axes: index,
            descriptions: task.descriptions.clone(),
            quantities: Vec::new(),
            kept: Vec::new(),
            points: String::new(),
        };
        let dimensions = Dimensions::new(group);
        let mut writer = Writer { group, task, index, axes, over, names, dimensions };
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
        let rank = common_shape(dims(&cells)).len();
        let wanted: Vec<String> = (0..rank).map(|i| format!("{place}_dim_{i}")).collect();
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
        let wanted: Vec<String> =
            (0..rank).map(|i| if i == 0 { "bin".to_owned() } else { format!("{place}_dim_{}", i - 1) }).collect();
        let dataset = self.array(&group, place, &cells, &wanted, f64::NAN)?;
        self.describe(&dataset, name, "replicates")?;
        Ok(Some(format!("{folder}/{place}")))
    }

    fn kept(&mut self, layouts: &mut [Option<Layout>]) -> hdf5::Result<()> {
        let columns = self.columns(|p| p.kept.iter().map(|(n, k)| (n.clone(), kind(k))).collect());
        let mut series: Option<(String, Group, Names)> = None;
        let mut states = 0;
        for (column, (name, kind)) in columns.iter().enumerate() {
            let found: Vec<Option<&Kept>> = self
                .task
                .points
                .iter()
                .map(|p| p.as_ref()?.kept.iter().find(|(n, k)| n == name && self::kind(k) == *kind).map(|(_, k)| k))
                .collect();
            let mut entry = KeptIndex {
                name: name.clone(),
                kind: *kind,
                data: String::new(),
                error: None,
                low: None,
                high: None,
                outside: None,
            };
            match kind {
                KeptKind::Series => {
                    let (folder, group, names) = match &mut series {
                        Some(made) => made,
                        None => {
                            let folder = self.names.claim("series");
                            let group = self.group.create_group(&folder)?;
                            // A series must not be called like a dimension that it runs over.
                            let mut taken = vec!["chain", "sample"];
                            taken.extend(self.index.axes.iter().map(|a| a.dataset.as_str()));
                            series.insert((folder, group, Names::with(&taken)))
                        }
                    };
                    let (place, group) = (names.claim(name), group.clone());
                    entry.data = format!("{folder}/{place}");
                    let cells = real_cells(&found);
                    let dataset = self.array(&group, &place, &cells, &["chain".into(), "sample".into()], f64::NAN)?;
                    self.describe(&dataset, name, "series")?;
                }
                KeptKind::States => {
                    entry.data = self.names.claim(&if states == 0 { "states".to_owned() } else { format!("states_{name}") });
                    states += 1;
                    self.states(&entry.data, name, &found)?;
                }
                KeptKind::Histogram => self.histogram(&mut entry, &found)?,
                KeptKind::Array => {
                    entry.data = self.names.claim(name);
                    let wanted = found.iter().flatten().find_map(|k| match k {
                        Kept::Array { dimensions, shape, .. } if dimensions.len() == shape.len() => Some(dimensions.clone()),
                        _ => None,
                    });
                    let dataset =
                        self.array(&self.group.clone(), &entry.data, &real_cells(&found), &wanted.unwrap_or_default(), f64::NAN)?;
                    self.describe(&dataset, name, "")?;
                }
            }
            for (layout, k) in layouts.iter_mut().zip(&found) {
                if let (Some(layout), Some(k)) = (layout, k) {
                    layout.kept.push(kept_layout(column, k));
                }
            }
            self.index.kept.push(entry);
        }
        for (layout, point) in layouts.iter_mut().zip(&self.task.points) {
            if let (Some(layout), Some(point)) = (layout, point) {
                layout.kept.sort_by_key(|l| {
                    point.kept.iter().position(|(n, k)| (n, kind(k)) == (&columns[l.column].0, columns[l.column].1))
                });
            }
        }
        Ok(())
    }

    fn states(&mut self, path: &str, name: &str, found: &[Option<&Kept>]) -> hdf5::Result<()> {
        let wanted = ["chain".to_owned(), "sample".to_owned(), "site".to_owned()];
        let cells: Vec<Option<Cell<f32>>> = found
            .iter()
            .map(|k| match k {
                Some(k @ Kept::States { data, .. }) => {
                    Some(Cell { data: Cow::from(data), dims: dims_of(&kept_shape(k), data.len()) })
                }
                _ => None,
            })
            .collect();
        let whole = |x: &f32| (*x as i8) as f32 == *x && ((*x as i8) as f32).to_bits() == x.to_bits() && *x as i8 != NO_SPIN;
        let group = self.group.clone();
        let dataset = if cells.iter().flatten().all(|c| c.data.iter().all(whole)) {
            let cells: Vec<Option<Cell<i8>>> = cells
                .into_iter()
                .map(|c| c.map(|c| Cell { data: c.data.iter().map(|&x| x as i8).collect(), dims: c.dims }))
                .collect();
            let shape = common_shape(dims(&cells));
            let dataset = self.array(&group, path, &cells, &wanted, NO_SPIN)?;
            if cells.iter().any(|c| c.as_ref().is_none_or(|c| c.dims != shape)) {
                dataset.new_attr::<i8>().create("_FillValue")?.write_scalar(&NO_SPIN)?;
            }
            dataset
        } else {
            self.array(&group, path, &cells, &wanted, f32::NAN)?
        };
        self.describe(&dataset, name, "states")
    }

    /// Densities, with the centres of the bins as coordinates where all points have the same bins.
    fn histogram(&mut self, entry: &mut KeptIndex, found: &[Option<&Kept>]) -> hdf5::Result<()> {
        let name = entry.name.clone();
        let (mut error, mut low, mut high, mut outside) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let number = |x: f64| Some(Cell { data: Cow::from(vec![x]), dims: Vec::new() });
        for k in found {
            match k {
                Some(Kept::Histogram { low: l, high: h, error: e, outside: o, .. }) => {
                    error.push((!e.is_empty()).then(|| Cell { data: Cow::from(e), dims: vec![e.len()] }));
                    low.push(number(*l));
                    high.push(number(*h));
                    outside.push(number(*o));
                }
                _ => {
                    error.push(None);
                    low.push(None);
                    high.push(None);
                    outside.push(None);
                }
            }
        }
        let cells = real_cells(found);
        let group = self.group.clone();
        entry.data = self.names.claim(&format!("{name}_histogram"));
        let bins = common_shape(dims(&cells)).first().copied().unwrap_or(0);
        let ends: Vec<(u64, u64)> = found
            .iter()
            .filter_map(|k| match k {
                Some(Kept::Histogram { low, high, density, .. }) if density.len() == bins => {
                    Some((low.to_bits(), high.to_bits()))
                }
                Some(_) => Some((0, u64::MAX)),
                None => None,
            })
            .collect();
        let wanted = [format!("{name}_bin")];
        if let Some(&(l, h)) = ends.first().filter(|first| ends.iter().all(|e| e == *first)) {
            let centres = centres(f64::from_bits(l), f64::from_bits(h), bins);
            let place = self.names.claim(&wanted[0]);
            let scale = write_array(&group, &place, &centres, &[bins], &[])?;
            make_scale(&scale, &place)?;
            self.describe(&scale, &name, "bin centres")?;
            self.dimensions.adopt(&wanted[0], scale);
        } else {
            let cells: Vec<Option<Cell<f64>>> = found
                .iter()
                .map(|k| match k {
                    Some(Kept::Histogram { low, high, density, .. }) => {
                        Some(Cell { data: Cow::from(centres(*low, *high, density.len())), dims: vec![density.len()] })
                    }
                    _ => None,
                })
                .collect();
            let place = self.names.claim(&format!("{name}_bin_centre"));
            let dataset = self.array(&group, &place, &cells, &wanted, f64::NAN)?;
            self.describe(&dataset, &name, "bin centres")?;
        }
        let dataset = self.array(&group, &entry.data.clone(), &cells, &wanted, f64::NAN)?;
        self.describe(&dataset, &name, "histogram")?;
        for (what, cells, place) in [
            ("error", &error, &mut entry.error),
            ("low", &low, &mut entry.low),
            ("high", &high, &mut entry.high),
            ("outside", &outside, &mut entry.outside),
        ] {
            if cells.iter().any(Option::is_some) {
                let path = self.names.claim(&format!("{name}_histogram_{what}"));
                let dataset = self.array(&group, &path, cells, &wanted, f64::NAN)?;
                self.describe(&dataset, &name, &format!("histogram {what}"))?;
                *place = Some(path);
            }
        }
        Ok(())
    }

    fn points(&mut self, layouts: &[Option<Layout>]) -> hdf5::Result<()> {
        self.index.points = self.names.claim("points");
        let group = self.group.create_group(&self.index.points)?;
        let axes = self.index.axes.clone();
        let called = |wanted: &str| point_name(&axes, wanted);
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
        if let Some(doc) = &self.task.doc {
            text_attribute(self.group, "doc", doc)?;
        }
        text_attribute(self.group, "index", &json(&self.index)?)
    }

    /// Writes cells over the axes and their own dimensions, padded to a common shape.
    fn array<T: H5Type + Copy>(
        &mut self,
        group: &Group,
        path: &str,
        cells: &[Option<Cell<T>>],
        wanted: &[String],
        fill: T,
    ) -> hdf5::Result<Dataset> {
        let inner = common_shape(dims(cells));
        let mut scales = self.axes.clone();
        scales.extend(self.dimensions.all(&mut self.names, wanted, &inner)?);
        let shape: Vec<usize> = self.over.iter().chain(&inner).copied().collect();
        write_array(group, path, &pad(cells, &inner, fill), &shape, &scales)
    }

    /// The attributes that say what a data set is. `role` is empty for the quantity itself.
    fn describe(&mut self, dataset: &Dataset, name: &str, role: &str) -> hdf5::Result<()> {
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
    fn columns<K: PartialEq>(&self, of: impl Fn(&PointResult) -> Vec<K>) -> Vec<K> {
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

fn dims<'c, T: Clone>(cells: &'c [Option<Cell<T>>]) -> impl Iterator<Item = &'c [usize]> {
    cells.iter().flatten().map(|c| c.dims.as_slice())
}

/// The shape that an array really has: the one it claims, if its length agrees.
fn dims_of(shape: &[usize], length: usize) -> Vec<usize> {
    if shape.iter().product::<usize>() == length { shape.to_vec() } else { vec![length] }
}

fn replicate_dims(q: &Quantity) -> Option<Vec<usize>> {
    let first = q.replicates.first()?;
    Some([vec![q.replicates.len()], dims_of(&q.shape, first.len())].concat())
}

fn kind(kept: &Kept) -> KeptKind {
    match kept {
        Kept::Series { .. } => KeptKind::Series,
        Kept::States { .. } => KeptKind::States,
        Kept::Histogram { .. } => KeptKind::Histogram,
        Kept::Array { .. } => KeptKind::Array,
    }
}

fn kept_shape(kept: &Kept) -> Vec<usize> {
    match kept {
        Kept::Series { chains, samples, .. } => vec![*chains, *samples],
        Kept::States { chains, samples, sites, .. } => vec![*chains, *samples, *sites],
        Kept::Histogram { density, .. } => vec![density.len()],
        Kept::Array { shape, .. } => shape.clone(),
    }
}

fn kept_layout(column: usize, kept: &Kept) -> KeptLayout {
    let shape = kept_shape(kept);
    let (length, error, dimensions) = match kept {
        Kept::Series { data, .. } => (data.len(), None, Vec::new()),
        Kept::States { data, .. } => (data.len(), None, Vec::new()),
        Kept::Histogram { density, error, .. } => (density.len(), (!error.is_empty()).then(|| vec![error.len()]), Vec::new()),
        Kept::Array { data, dimensions, .. } => (data.len(), None, dimensions.clone()),
    };
    KeptLayout { column, data: dims_of(&shape, length), error, shape, dimensions }
}

/// The real numbers of a series, a histogram or an array.
fn real_cells<'a>(found: &[Option<&'a Kept>]) -> Vec<Option<Cell<'a, f64>>> {
    found
        .iter()
        .map(|k| {
            let k = (*k)?;
            let data = match k {
                Kept::Series { data, .. } | Kept::Array { data, .. } => data,
                Kept::Histogram { density, .. } => density,
                Kept::States { .. } => return None,
            };
            Some(Cell { data: Cow::from(data), dims: dims_of(&kept_shape(k), data.len()) })
        })
        .collect()
}

fn centres(low: f64, high: f64, bins: usize) -> Vec<f64> {
    let width = (high - low) / bins.max(1) as f64;
    (0..bins).map(|i| low + (i as f64 + 0.5) * width).collect()
}
