//! What `keep` asked for, in a task's group: series, states, histograms and other arrays over its axes.

use super::columns::{Cell, common_shape, write_array};
use super::scales::make_scale;
use super::schema::{KeptIndex, KeptKind, KeptLayout, Layout, Names};
use super::write_task::{Writer, dims, dims_of};
use crate::results::Kept;
use hdf5::Group;
use std::borrow::Cow;

/// What stands where a point lacks an element of whole-number states.
const NO_SPIN: i8 = i8::MIN;

impl Writer<'_> {
    pub(super) fn kept(&mut self, layouts: &mut [Option<Layout>]) -> hdf5::Result<()> {
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
