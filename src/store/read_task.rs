//! A task's group, read back to its points: the reverse of `write_task`.

use super::columns::cut;
use super::read::{Trouble, index, optional_text, read_axis, text_of, texts};
use super::schema::{DescriptionIndex, KeptIndex, KeptKind, KeptLayout, Layout, QuantityLayout, TaskIndex, point_name};
use crate::results::{AxisValues, Description, Kept, PointResult, Quantity, TaskResult};
use hdf5::{Group, H5Type};

/// An array over the points: the points' blocks one after the other.
struct Column<T> {
    data: Vec<T>,
    /// Of one point's block.
    shape: Vec<usize>,
}

impl<T: Copy> Column<T> {
    fn cell(&self, point: usize, dims: &[usize]) -> Result<Vec<T>, Trouble> {
        let size: usize = self.shape.iter().product();
        let block = self.data.get(point * size..(point + 1) * size);
        block
            .and_then(|b| cut(b, dims, &self.shape))
            .ok_or_else(|| Trouble::Content("an array has not the shape that its layout says".into()))
    }
}

struct Reader<'a> {
    group: &'a Group,
    rank: usize,
}

impl Reader<'_> {
    fn column<T: H5Type + Copy>(&self, path: &str) -> Result<Column<T>, Trouble> {
        let dataset = self.group.dataset(path)?;
        let shape = dataset.shape().get(self.rank..).map(<[usize]>::to_vec);
        let shape = shape.ok_or_else(|| Trouble::Content(format!("`{path}` lacks the axes of its task")))?;
        Ok(Column { data: dataset.read_raw::<T>()?, shape })
    }

    fn optional(&self, path: &Option<String>) -> Result<Option<Column<f64>>, Trouble> {
        path.as_ref().map(|p| self.column(p)).transpose()
    }
}

pub(super) fn read_task(group: &Group) -> Result<TaskResult, Trouble> {
    let index: TaskIndex = index(group, "index")?;
    let axes = index.axes.iter().map(|a| read_axis(group, a)).collect::<Result<Vec<_>, _>>()?;
    let count: usize = axes.iter().map(|a| a.coordinates.len()).product();
    let reader = Reader { group, rank: axes.len() };
    let (mut points, layouts) = read_points(&group.group(&index.points)?, &index.coordinates(), count)?;

    let of = |p: usize| layouts[p].as_ref().into_iter();
    for (column, entry) in index.quantities.iter().enumerate() {
        let value = reader.column::<f64>(&entry.value)?;
        let error = reader.optional(&entry.error)?;
        let tau = reader.optional(&entry.tau)?;
        let ess = reader.optional(&entry.ess)?;
        let rhat = reader.optional(&entry.rhat)?;
        let replicates = reader.optional(&entry.replicates)?;
        for (p, point) in points.iter_mut().enumerate() {
            let Some(point) = point else { continue };
            for layout in of(p).flat_map(|l| &l.quantities).filter(|l| l.column == column) {
                let part = |from: &Option<Column<f64>>, dims: &Option<Vec<usize>>| match (from, dims) {
                    (Some(from), Some(dims)) => from.cell(p, dims),
                    _ => Ok(Vec::new()),
                };
                let quantity = Quantity {
                    shape: layout.shape.clone(),
                    value: value.cell(p, &layout.value)?,
                    error: part(&error, &layout.error)?,
                    tau: part(&tau, &layout.tau)?,
                    ess: part(&ess, &layout.ess)?,
                    rhat: part(&rhat, &layout.rhat)?,
                    replicates: bins(part(&replicates, &layout.replicates)?, layout),
                };
                point.quantities.push((entry.name.clone(), quantity));
            }
        }
    }
    for (column, entry) in index.kept.iter().enumerate() {
        read_kept(&reader, entry, column, &mut points, &layouts)?;
    }
    // Columns were read in the file's order; each point has its own.
    for (point, layout) in points.iter_mut().zip(&layouts) {
        if let (Some(point), Some(layout)) = (point, layout) {
            let at = |name: &str| {
                layout.quantities.iter().position(|l| index.quantities.get(l.column).is_some_and(|q| q.name == name))
            };
            point.quantities.sort_by_key(|(name, _)| at(name));
            let at = |name: &str, kind: KeptKind| {
                layout.kept.iter().position(|l| index.kept.get(l.column).is_some_and(|k| k.name == name && k.kind == kind))
            };
            point.kept.sort_by_key(|(name, kept)| at(name, kind_of(kept)));
        }
    }
    Ok(TaskResult {
        name: index.name,
        kind: text_of(group, "kind")?,
        doc: optional_text(group, "doc")?,
        plan_hash: text_of(group, "plan_hash")?,
        updates: optional_text(group, "updates")?.unwrap_or_default(),
        axes,
        descriptions: read_descriptions(group, index.descriptions)?,
        points,
    })
}

/// Descriptions with the coordinates of their axes; many share them, and each data set is read once.
fn read_descriptions(group: &Group, all: Vec<DescriptionIndex>) -> Result<Vec<Description>, Trouble> {
    let mut known: Vec<(String, AxisValues)> = Vec::new();
    let mut out = Vec::with_capacity(all.len());
    for d in all {
        let mut axes = Vec::with_capacity(d.axes.len());
        for entry in &d.axes {
            let values = match known.iter().find(|(dataset, _)| *dataset == entry.dataset) {
                Some((_, values)) => AxisValues { name: entry.name.clone(), coordinates: values.coordinates.clone() },
                None => {
                    let values = read_axis(group, entry)?;
                    known.push((entry.dataset.clone(), values.clone()));
                    values
                }
            };
            axes.push(values);
        }
        out.push(Description { name: d.name, expression: d.expression, units: d.units, doc: d.doc, axes });
    }
    Ok(out)
}

type Points = (Vec<Option<PointResult>>, Vec<Option<Layout>>);

fn read_points(group: &Group, coordinates: &[String], count: usize) -> Result<Points, Trouble> {
    let called = |wanted: &str| point_name(coordinates, wanted);
    let column = |wanted: &str| texts(group, &called(wanted));
    let numbers: Vec<i32> = group.dataset(&called("layout"))?.read_raw()?;
    let distinct: Vec<Layout> = match group.link_exists(&called("layouts")) {
        true => column("layouts")?.iter().map(|t| serde_json::from_str(t)).collect::<Result<_, _>>()?,
        false => Vec::new(),
    };
    let (hash, kernel, failed) = (column("hash")?, column("kernel")?, column("failed")?);
    let (status, warnings) = (column("status")?, column("warnings")?);
    let seconds: Vec<f64> = group.dataset(&called("wall_seconds"))?.read_raw()?;
    let lengths = [numbers.len(), hash.len(), kernel.len(), failed.len(), status.len(), warnings.len(), seconds.len()];
    if lengths.iter().any(|&n| n != count) {
        return Err(Trouble::Content("the points of a task do not fit its axes".into()));
    }
    let (mut points, mut layouts) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for p in 0..count {
        let layout = usize::try_from(numbers[p]).ok();
        if layout.is_some_and(|i| i >= distinct.len()) {
            return Err(Trouble::Content("a point has a layout that the file does not hold".into()));
        }
        layouts.push(layout.map(|i| distinct[i].clone()));
        points.push(match layout {
            None => None,
            Some(_) => Some(PointResult {
                hash: hash[p].clone(),
                kernel: kernel[p].clone(),
                wall_seconds: seconds[p],
                quantities: Vec::new(),
                kept: Vec::new(),
                warnings: serde_json::from_str(&warnings[p])?,
                failed: (status[p] == "failed").then(|| failed[p].clone()),
            }),
        });
    }
    Ok((points, layouts))
}

/// The replicates of one point, bin by bin.
fn bins(flat: Vec<f64>, layout: &QuantityLayout) -> Vec<Vec<f64>> {
    let Some(dims) = &layout.replicates else { return Vec::new() };
    let count = dims.first().copied().unwrap_or(0);
    let length: usize = dims.iter().skip(1).product();
    (0..count).map(|b| flat.get(b * length..(b + 1) * length).unwrap_or_default().to_vec()).collect()
}

fn read_kept(
    reader: &Reader,
    entry: &KeptIndex,
    column: usize,
    points: &mut [Option<PointResult>],
    layouts: &[Option<Layout>],
) -> Result<(), Trouble> {
    let mut put = |make: &dyn Fn(usize, &KeptLayout) -> Result<Kept, Trouble>| {
        for (p, (point, layout)) in points.iter_mut().zip(layouts).enumerate() {
            if let (Some(point), Some(layout)) = (point, layout) {
                for layout in layout.kept.iter().filter(|l| l.column == column) {
                    point.kept.push((entry.name.clone(), make(p, layout)?));
                }
            }
        }
        Ok(())
    };
    let length = |l: &KeptLayout, i: usize| l.shape.get(i).copied().unwrap_or(0);
    match entry.kind {
        KeptKind::Series => {
            let data = reader.column::<f64>(&entry.data)?;
            put(&|p, l| Ok(Kept::Series { chains: length(l, 0), samples: length(l, 1), data: data.cell(p, &l.data)? }))
        }
        KeptKind::States => {
            let make =
                |l: &KeptLayout, data| Kept::States { chains: length(l, 0), samples: length(l, 1), sites: length(l, 2), data };
            if reader.group.dataset(&entry.data)?.dtype()?.is::<i8>() {
                let data = reader.column::<i8>(&entry.data)?;
                put(&|p, l| Ok(make(l, data.cell(p, &l.data)?.into_iter().map(f32::from).collect())))
            } else {
                let data = reader.column::<f32>(&entry.data)?;
                put(&|p, l| Ok(make(l, data.cell(p, &l.data)?)))
            }
        }
        KeptKind::Histogram => {
            let density = reader.column::<f64>(&entry.data)?;
            let error = reader.optional(&entry.error)?;
            let (low, high, outside) =
                (reader.optional(&entry.low)?, reader.optional(&entry.high)?, reader.optional(&entry.outside)?);
            let number = |from: &Option<Column<f64>>, p| {
                let cell = from.as_ref().map(|c| c.cell(p, &[])).transpose()?;
                cell.and_then(|c| c.first().copied()).ok_or_else(|| Trouble::Content("a histogram lacks its range".into()))
            };
            put(&|p, l| {
                Ok(Kept::Histogram {
                    low: number(&low, p)?,
                    high: number(&high, p)?,
                    density: density.cell(p, &l.data)?,
                    error: match (&error, &l.error) {
                        (Some(error), Some(dims)) => error.cell(p, dims)?,
                        _ => Vec::new(),
                    },
                    outside: number(&outside, p)?,
                })
            })
        }
        KeptKind::Array => {
            let data = reader.column::<f64>(&entry.data)?;
            put(&|p, l| {
                Ok(Kept::Array { dimensions: l.dimensions.clone(), shape: l.shape.clone(), data: data.cell(p, &l.data)? })
            })
        }
    }
}

fn kind_of(kept: &Kept) -> KeptKind {
    match kept {
        Kept::Series { .. } => KeptKind::Series,
        Kept::States { .. } => KeptKind::States,
        Kept::Histogram { .. } => KeptKind::Histogram,
        Kept::Array { .. } => KeptKind::Array,
    }
}
