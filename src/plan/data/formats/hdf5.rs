//! Data sets of an HDF5 file: one array, or columns of equal length side by side.

use super::super::arrays::{Raw, Stored};
use super::super::shown;
use hdf5::types::{FloatSize, IntSize, TypeDescriptor};

/// Data sets of a file, by their paths in it.
pub(in crate::plan::data) struct Sets {
    pub path: String,
    pub names: Vec<String>,
}

impl Sets {
    fn file(&self) -> Result<hdf5::File, String> {
        std::fs::File::open(&self.path).map_err(|e| super::file::cannot(&self.path, &e))?;
        let reason = |e: hdf5::Error| e.to_string().lines().next().unwrap_or("").to_lowercase();
        hdf5::File::open(&self.path).map_err(|e| format!("{}: it is not a whole HDF5 file ({})", self.path, reason(e)))
    }

    fn set(&self, file: &hdf5::File, name: &str) -> Result<hdf5::Dataset, String> {
        file.dataset(name.trim_matches('/')).map_err(|_| {
            let folder = name.trim_matches('/').rsplit_once('/').map_or("/", |f| f.0);
            let known = file.group(folder).and_then(|g| g.member_names()).unwrap_or_default();
            let offer: Vec<String> = known.iter().take(20).map(|n| format!("`{n}`")).collect();
            let offer = if offer.is_empty() { String::new() } else { format!("; `{folder}` has {}", offer.join(", ")) };
            format!("{}: it has no data set `{name}`{offer}", self.path)
        })
    }

    fn one(&self, file: &hdf5::File, name: &str) -> Result<Raw, String> {
        let set = self.set(file, name)?;
        let failed =
            |e: hdf5::Error| format!("{}: `{name}` cannot be read ({})", self.path, e.to_string().lines().next().unwrap_or(""));
        let form = set.dtype().and_then(|t| t.to_descriptor()).map_err(failed)?;
        Ok(match form {
            TypeDescriptor::Unsigned(IntSize::U1) | TypeDescriptor::Boolean => {
                Raw::Bytes { data: set.read_raw::<u8>().or_else(|_| bools(&set)).map_err(failed)?, unit: 1.0 }
            }
            TypeDescriptor::Float(FloatSize::U4)
            | TypeDescriptor::Integer(IntSize::U1 | IntSize::U2)
            | TypeDescriptor::Unsigned(IntSize::U2) => Raw::Single(set.read_raw::<f32>().map_err(failed)?),
            TypeDescriptor::Float(_) | TypeDescriptor::Integer(_) | TypeDescriptor::Unsigned(_) => {
                Raw::Double(set.read_raw::<f64>().map_err(failed)?)
            }
            other => return Err(format!("{}: expected numbers in `{name}`, found {other}", self.path)),
        })
    }
}

fn bools(set: &hdf5::Dataset) -> hdf5::Result<Vec<u8>> {
    Ok(set.read_raw::<bool>()?.into_iter().map(u8::from).collect())
}

impl Stored for Sets {
    fn name(&self) -> String {
        format!("{}: `{}`", self.path, self.names.join("`, `"))
    }

    fn shape(&self) -> Result<Vec<usize>, String> {
        let file = self.file()?;
        let shapes: Vec<Vec<usize>> =
            self.names.iter().map(|n| Ok(self.set(&file, n)?.shape())).collect::<Result<_, String>>()?;
        if let [one] = shapes.as_slice() {
            return Ok(one.clone());
        }
        for (name, shape) in self.names.iter().zip(&shapes) {
            if shape.len() != 1 || *shape != shapes[0] {
                let (path, found, first) = (&self.path, shown(shape), shown(&shapes[0]));
                return Err(format!(
                    "{path}: columns need one length: `{name}` has the shape {found}, `{}` {first}",
                    self.names[0]
                ));
            }
        }
        let rows = shapes.first().and_then(|s| s.first()).copied().unwrap_or(0);
        Ok(vec![rows, self.names.len()])
    }

    fn read(&self) -> Result<Raw, String> {
        let file = self.file()?;
        if let [one] = self.names.as_slice() {
            return self.one(&file, one);
        }
        let shape = self.shape()?;
        let columns: Vec<Raw> = self.names.iter().map(|n| self.one(&file, n)).collect::<Result<_, _>>()?;
        Ok(Raw::Double((0..shape[0]).flat_map(|row| columns.iter().map(move |c| c.get(row))).collect()))
    }
}
