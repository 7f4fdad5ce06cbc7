//! Arrays over the axes of a task: padding of what differs in shape from point to point, data sets
//! with named dimensions, chunks and compression. It knows HDF5 and shapes, not what the numbers mean.

use super::scales::{attach, make_scale};
use super::schema::Names;
use hdf5::types::VarLenUnicode;
use hdf5::{Dataset, Group, H5Type, Location};
use std::borrow::Cow;
use std::str::FromStr;

/// Arrays from this size on (bytes) are chunked and compressed.
const COMPRESS_FROM: usize = 64 << 10;
/// At most this many bytes a chunk, as HDF5's cache of one chunk a data set has it.
const CHUNK: usize = 1 << 20;

/// A text as HDF5 holds it: it ends at the first zero, so zeros inside become visible ones.
pub(super) fn text(s: &str) -> VarLenUnicode {
    let clean = s.replace('\0', "\u{2400}");
    VarLenUnicode::from_str(&clean).unwrap_or_default()
}

pub(super) fn text_attribute(at: &Location, name: &str, value: &str) -> hdf5::Result<()> {
    at.new_attr::<VarLenUnicode>().create(name)?.write_scalar(&text(value))
}

/// A list of texts; none for an empty list, which HDF5's attributes and their readers dislike.
pub(super) fn text_list_attribute(at: &Location, name: &str, values: &[String]) -> hdf5::Result<()> {
    if values.is_empty() {
        return Ok(());
    }
    let values: Vec<VarLenUnicode> = values.iter().map(|v| text(v)).collect();
    at.new_attr::<VarLenUnicode>().shape(values.len()).create(name)?.write_raw(&values)
}

pub(super) fn write_text(group: &Group, name: &str, value: &str) -> hdf5::Result<Dataset> {
    let dataset = group.new_dataset::<VarLenUnicode>().create(name)?;
    dataset.write_scalar(&text(value))?;
    Ok(dataset)
}

pub(super) fn write_texts(group: &Group, name: &str, values: &[String], scales: &[Dataset]) -> hdf5::Result<Dataset> {
    let values: Vec<VarLenUnicode> = values.iter().map(|v| text(v)).collect();
    let shape: Vec<usize> = scales.iter().map(|s| s.size()).collect();
    // Text lies outside the array, where filters do not reach.
    write_with(group, name, &values, &shape, scales, false)
}

/// Writes `data` (row-major over `shape`) and names its dimensions. Large arrays of numbers are
/// chunked, shuffled and deflated: the filters that every HDF5 has.
pub(super) fn write_array<T: H5Type>(
    group: &Group,
    name: &str,
    data: &[T],
    shape: &[usize],
    scales: &[Dataset],
) -> hdf5::Result<Dataset> {
    write_with(group, name, data, shape, scales, size_of_val(data) >= COMPRESS_FROM)
}

fn write_with<T: H5Type>(
    group: &Group,
    name: &str,
    data: &[T],
    shape: &[usize],
    scales: &[Dataset],
    compress: bool,
) -> hdf5::Result<Dataset> {
    let builder = group.new_dataset::<T>();
    let dataset = if shape.is_empty() {
        builder.create(name)?
    } else if compress {
        let chunk = chunk_shape(shape, size_of::<T>());
        builder.shape(shape.to_vec()).chunk(chunk).shuffle().deflate(4).create(name)?
    } else {
        builder.shape(shape.to_vec()).create(name)?
    };
    dataset.write_raw(data)?;
    for (i, scale) in scales.iter().enumerate() {
        attach(&dataset, scale, i)?;
    }
    Ok(dataset)
}

/// Halves leading dimensions first, so that what belongs to one point stays together.
fn chunk_shape(shape: &[usize], item: usize) -> Vec<usize> {
    let mut chunk: Vec<usize> = shape.iter().map(|&n| n.max(1)).collect();
    while chunk.iter().product::<usize>() * item > CHUNK {
        match chunk.iter_mut().find(|n| **n > 1) {
            Some(n) => *n = n.div_ceil(2),
            None => break,
        }
    }
    chunk
}

/// What one point has of an array: its numbers, row-major over `dims`.
pub(super) struct Cell<'a, T: Clone> {
    pub data: Cow<'a, [T]>,
    pub dims: Vec<usize>,
}

/// The smallest shape that holds every cell. A cell of lower rank counts as having further
/// dimensions of 1.
pub(super) fn common_shape<'a>(cells: impl Iterator<Item = &'a [usize]>) -> Vec<usize> {
    let mut shape: Vec<usize> = Vec::new();
    for dims in cells {
        for (i, &n) in dims.iter().enumerate() {
            match shape.get_mut(i) {
                Some(m) => *m = n.max(*m),
                None => shape.push(n),
            }
        }
    }
    shape
}

/// All cells in one array of `cells.len() * product(shape)`, the gaps filled.
pub(super) fn pad<T: Copy>(cells: &[Option<Cell<T>>], shape: &[usize], fill: T) -> Vec<T> {
    let block: usize = shape.iter().product();
    let mut all = vec![fill; cells.len() * block];
    for (cell, place) in cells.iter().zip(all.chunks_mut(block.max(1))) {
        if let Some(cell) = cell {
            for (&x, at) in cell.data.iter().zip(offsets(&cell.dims, shape)) {
                place[at] = x;
            }
        }
    }
    all
}

/// The cell of `dims` at the start of one point's `block`, which has `shape`; `None` if it does not fit.
pub(super) fn cut<T: Copy>(block: &[T], dims: &[usize], shape: &[usize]) -> Option<Vec<T>> {
    let fits = dims.len() <= shape.len() && dims.iter().zip(shape).all(|(d, s)| d <= s);
    if !fits {
        return None;
    }
    if dims == shape {
        return Some(block.to_vec());
    }
    offsets(dims, shape).map(|at| block.get(at).copied()).collect()
}

/// Positions, in an array of `shape`, of the elements of its corner of `dims`, row-major.
fn offsets(dims: &[usize], shape: &[usize]) -> impl Iterator<Item = usize> {
    let count: usize = dims.iter().product();
    let (dims, shape) = (dims.to_vec(), shape.to_vec());
    (0..count).map(move |mut n| {
        let (mut at, mut stride) = (0, 1);
        for i in (0..shape.len()).rev() {
            let d = dims.get(i).copied().unwrap_or(1);
            at += (n % d) * stride;
            n /= d;
            stride *= shape[i];
        }
        at
    })
}

/// A dimension that an array asks for.
pub(super) enum Dimension {
    /// One without coordinates, of this name.
    Named(String),
    /// One of an axis that was written.
    Over(Dataset),
}

impl Dimension {
    pub fn named(name: &str) -> Dimension {
        Dimension::Named(name.to_owned())
    }
}

/// The named dimensions of a group that have no coordinates: `chain`, `sample`, `bin`, ...
/// Arrays of the same length share one; another length of the same name gets a name of its own.
pub(super) struct Dimensions {
    group: Group,
    made: Vec<(String, usize, Dataset)>,
}

impl Dimensions {
    pub fn new(group: &Group) -> Dimensions {
        Dimensions { group: group.clone(), made: Vec::new() }
    }

    /// The group that they are in.
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// The dimension of this name and length, made when first asked for.
    pub fn get(&mut self, names: &mut Names, wanted: &str, length: usize) -> hdf5::Result<Dataset> {
        if let Some((.., scale)) = self.made.iter().find(|(n, l, _)| n == wanted && *l == length) {
            return Ok(scale.clone());
        }
        let name = names.claim(wanted);
        // Never written, so without storage; NetCDF's readers know it by the name of the scale.
        let scale = self.group.new_dataset::<f32>().shape(length).create(name.as_str())?;
        make_scale(&scale, &format!("This is a netCDF dimension but not a netCDF variable.{length:10}"))?;
        self.made.push((wanted.to_owned(), length, scale.clone()));
        Ok(scale)
    }

    /// Lets a dimension that has coordinates serve under its name.
    pub fn adopt(&mut self, name: &str, scale: Dataset) {
        self.made.push((name.to_owned(), scale.size(), scale));
    }

    /// A dimension for each of `lengths`, all different ones even where names repeat. Lengths along an axis
    /// become those of the axis; what is longer than its axis does not run over it.
    pub fn all(&mut self, names: &mut Names, wanted: &[Dimension], lengths: &mut [usize]) -> hdf5::Result<Vec<Dataset>> {
        let mut scales: Vec<Dataset> = Vec::new();
        for (i, length) in lengths.iter_mut().enumerate() {
            let mut name = match wanted.get(i) {
                Some(Dimension::Over(scale)) if *length <= scale.size() => {
                    *length = scale.size();
                    scales.push(scale.clone());
                    continue;
                }
                Some(Dimension::Named(name)) => name.clone(),
                _ => format!("dim_{i}"),
            };
            // An array may have `site` twice (a matrix): readers want distinct names.
            while wanted.iter().take(i).any(|w| matches!(w, Dimension::Named(earlier) if *earlier == name)) {
                name.push('_');
            }
            scales.push(self.get(names, &name, *length)?);
        }
        Ok(scales)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_different_shapes_are_padded_and_cut_back() {
        let cells = [
            Some(Cell { data: vec![1, 2, 3, 4, 5, 6].into(), dims: vec![2, 3] }),
            None,
            Some(Cell { data: vec![7, 8, 9].into(), dims: vec![3, 1] }),
            Some(Cell { data: vec![5, 6].into(), dims: vec![2] }),
            Some(Cell { data: vec![].into(), dims: vec![0, 2] }),
        ];
        let shape = common_shape(cells.iter().flatten().map(|c| c.dims.as_slice()));
        assert_eq!(shape, [3, 3]);
        let all = pad(&cells, &shape, 0);
        assert_eq!(&all[..9], [1, 2, 3, 4, 5, 6, 0, 0, 0]);
        assert_eq!(&all[9..18], [0; 9]);
        assert_eq!(&all[18..27], [7, 0, 0, 8, 0, 0, 9, 0, 0]);
        for (cell, block) in cells.iter().zip(all.chunks(9)) {
            if let Some(cell) = cell {
                assert_eq!(cut(block, &cell.dims, &shape).unwrap(), *cell.data);
            }
        }
        assert!(cut(&all[..9], &[4, 3], &shape).is_none());
        assert!(cut(&all[..9], &[1, 1, 1], &shape).is_none());
    }

    #[test]
    fn chunks_are_small_and_keep_the_last_dimensions_together() {
        let chunk = chunk_shape(&[10, 4, 1000, 4096], 1);
        assert!(chunk.iter().product::<usize>() <= CHUNK);
        assert_eq!(chunk[3], 4096);
        assert_eq!(chunk_shape(&[5], 8), [5]);
    }
}
