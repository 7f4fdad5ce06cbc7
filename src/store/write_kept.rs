//! What `keep` asked for, in a task's group: series, states, histograms and other arrays over its axes;
//! arrays called `FOLDER/NAME` in a group below.

use super::columns::{Cell, Dimension, Dimensions, common_shape, write_array};
use super::scales::make_scale;
use super::schema::{KeptIndex, KeptKind, KeptLayout, Layout, Names};
use super::write_task::{Writer, dims, dims_of, put};
use crate::results::Kept;
use hdf5::Group;
use std::borrow::Cow;

/// What stands where a point lacks an element of whole-number states.
const NO_SPIN: i8 = i8::MIN;

/// A group below that of the task, for arrays of one kind.
struct Folder {
    /// As arrays name it, and as it is called in the file.
    name: String,
    place: String,
    group: Group,
    names: Names,
    dimensions: Dimensions,
}

impl Writer<'_> {
    pub(super) fn kept(&mut self, layouts: &mut [Option<Layout>]) -> hdf5::Result<()> {
        let columns = self.columns(|p| p.kept.iter().map(|(n, k)| (n.clone(), kind(k))).collect());
        let mut series: Option<(String, Group, Names)> = None;
        let mut folders: Vec<Folder> = Vec::new();
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
                            let mut taken = self.index.coordinates();
                            taken.extend(["chain".to_owned(), "sample".to_owned()]);
                            series.insert((folder, group, Names::with(&taken)))
                        }
                    };
                    let (place, group) = (names.claim(name), group.clone());
                    entry.data = format!("{folder}/{place}");
                    let cells = real_cells(&found);
                    let wanted = ["chain", "sample"].map(Dimension::named);
                    let dataset = self.array(&group, &place, &cells, &wanted, f64::NAN)?;
                    self.describe(&dataset, name, "series")?;
                }
                KeptKind::States => {
                    entry.data = self.names.claim(&if states == 0 { "states".to_owned() } else { format!("states_{name}") });
                    states += 1;
                    self.states(&entry.data, name, &found)?;
                }
                KeptKind::Histogram => self.histogram(&mut entry, &found)?,
                KeptKind::Array => entry.data = self.kept_array(name, &found, &mut folders)?,
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

    /// Writes an array at its own name, or in the group that its name begins with; returns its path.
    fn kept_array(&mut self, name: &str, found: &[Option<&Kept>], folders: &mut Vec<Folder>) -> hdf5::Result<String> {
        let named = found.iter().flatten().find_map(|k| match k {
            Kept::Array { dimensions, shape, .. } if dimensions.len() == shape.len() => Some(dimensions.as_slice()),
            _ => None,
        });
        // A description under this name is that of the array, unless a quantity is called so too.
        let own = match self.index.quantities.iter().any(|q| q.name == name) {
            true => &[],
            false => self.own_scales(name),
        };
        let rest = named.unwrap_or_default().iter().skip(own.len()).cloned().map(Dimension::Named);
        let wanted: Vec<Dimension> = own.iter().cloned().map(Dimension::Over).chain(rest).collect();
        let cells = real_cells(found);
        let (dataset, path) = match name.split_once('/').filter(|(folder, _)| !folder.is_empty()) {
            None => {
                let path = self.names.claim(name);
                (self.array(&self.group.clone(), &path, &cells, &wanted, f64::NAN)?, path)
            }
            Some((folder, inner)) => {
                let at = self.folder(folder, folders)?;
                let Folder { place, group, names, dimensions, .. } = &mut folders[at];
                let inner = names.claim(inner);
                let over = (self.axes.as_slice(), self.over.as_slice());
                let group = group.clone();
                (put(&group, &inner, &cells, &wanted, f64::NAN, over, (names, dimensions))?, format!("{place}/{inner}"))
            }
        };
        self.describe(&dataset, name, "")?;
        Ok(path)
    }

    /// The place in the list of the group that arrays call `wanted`, made when first asked for.
    fn folder(&mut self, wanted: &str, folders: &mut Vec<Folder>) -> hdf5::Result<usize> {
        if let Some(at) = folders.iter().position(|f| f.name == wanted) {
            return Ok(at);
        }
        let place = self.names.claim(wanted);
        let group = self.group.create_group(&place)?;
        let names = Names::with(&self.index.coordinates());
        let dimensions = Dimensions::new(&group);
        folders.push(Folder { name: wanted.to_owned(), place, group, names, dimensions });
        Ok(folders.len() - 1)
    }

    fn states(&mut self, path: &str, name: &str, found: &[Option<&Kept>]) -> hdf5::Result<()> {
        let wanted = ["chain", "sample", "site"].map(Dimension::named);
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
        let along = format!("{name}_bin");
        let wanted = [Dimension::named(&along)];
        if let Some(&(l, h)) = ends.first().filter(|first| ends.iter().all(|e| e == *first)) {
            let centres = centres(f64::from_bits(l), f64::from_bits(h), bins);
            let place = self.names.claim(&along);
            let scale = write_array(&group, &place, &centres, &[bins], &[])?;
            make_scale(&scale, &place)?;
            self.describe(&scale, &name, "bin centres")?;
            self.dimensions.adopt(&along, scale);
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
