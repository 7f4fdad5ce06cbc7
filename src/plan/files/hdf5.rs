//! HDF5 files that hold a graph with couplings, in a group of the file. Sites count from 0. One of
//!
//! - a dense matrix: a data set `J` (or `matrix`, `weights`, `W`, `A`) of n × n numbers, symmetric, or zero on one side of the
//!   diagonal; zeros are no bonds;
//! - a list (COO): data sets `i` and `j` (or `row` and `col`), and perhaps `value` (or `data`, `weight`);
//! - compressed rows (CSR, as scipy keeps sparse matrices): `indptr`, `indices` and perhaps `data`; symmetric, or one side.
//!
//! The number of sites of the sparse forms is an attribute or a data set `n` or `shape`, else it follows from the entries. A data
//! set `h` (or `linear`, `fields`) of n numbers holds linear terms.

use super::{CouplingFile, Format};
use std::collections::BTreeMap;
use std::path::Path;

/// Rows of a dense matrix; more are better kept sparse.
const MOST_DENSE: usize = 32_768;

/// Names of a data set, of which the first that is there counts.
const MATRIX: &[&str] = &["J", "matrix", "weights", "W", "A"];
const FIRST: &[&str] = &["i", "row"];
const SECOND: &[&str] = &["j", "col"];
const VALUE: &[&str] = &["value", "data", "weight"];
const LINEAR: &[&str] = &["h", "linear", "fields"];

/// An entry of a matrix, i < j, and whether it was found with i < j.
struct Entry {
    i: u32,
    j: u32,
    value: f64,
    upper: bool,
}

/// Reads a group of a file; `/` is the whole file.
pub(super) fn read(path: &Path, group: &str) -> Result<CouplingFile, String> {
    let broken = |e: hdf5::Error| format!("it is not a whole HDF5 file ({})", first_line(&e.to_string()));
    let file = hdf5::File::open(path).map_err(broken)?;
    let place = group.trim_matches('/');
    let group = if place.is_empty() {
        file.as_group().map_err(broken)?
    } else {
        file.group(place).map_err(|_| format!("it has no group `{place}`"))?
    };
    let reader = Reader { names: group.member_names().map_err(broken)?, group };
    let (mut n, entries, weighted, form) = if reader.has("indptr") {
        reader.rows()?
    } else if let (Some(i), Some(j)) = (reader.find(FIRST), reader.find(SECOND)) {
        reader.list(i, j)?
    } else if let Some(matrix) = reader.find(MATRIX) {
        reader.matrix(matrix)?
    } else {
        return Err(format!(
            "expected a matrix `J`, a list `i`, `j`, `value`, or rows `indptr`, `indices`, `data`{}",
            reader.offer()
        ));
    };
    let linear = match reader.find(LINEAR) {
        Some(name) => {
            let linear = reader.reals(name)?;
            if n == 0 {
                n = linear.len();
            }
            if linear.len() != n {
                return Err(format!("`{name}` has {} numbers for {n} sites", linear.len()));
            }
            Some(linear)
        }
        None => None,
    };
    if n == 0 {
        return Err("a graph needs at least one site".into());
    }
    let (edges, weights) = merged(entries)?;
    let note = format!("HDF5 file, {form}, sites numbered from 0");
    Ok(CouplingFile { format: Format::Hdf5, n, edges, weights: weighted.then_some(weights), linear, note })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("").to_lowercase()
}

/// One edge of the two entries (i, j) and (j, i), which must agree. The order is that of the entries.
#[allow(clippy::type_complexity)]
fn merged(entries: Vec<Entry>) -> Result<(Vec<(u32, u32)>, Vec<f64>), String> {
    let mut at: BTreeMap<(u32, u32), (usize, bool, bool)> = BTreeMap::new();
    let (mut edges, mut weights) = (Vec::new(), Vec::new());
    for e in entries {
        let (i, j) = (e.i, e.j);
        match at.get_mut(&(i, j)) {
            None => {
                at.insert((i, j), (edges.len(), e.upper, false));
                edges.push((i, j));
                weights.push(e.value);
            }
            Some((_, upper, whole)) if *whole || *upper == e.upper => {
                return Err(format!("the edge between sites {i} and {j} is there twice"));
            }
            Some((k, _, whole)) => {
                *whole = true;
                if weights[*k] != e.value {
                    let was = weights[*k];
                    return Err(format!("the matrix is not symmetric: {was} and {} between sites {i} and {j}", e.value));
                }
            }
        }
    }
    // Of a matrix both entries of every pair are there, or one.
    let wholes = at.values().filter(|(_, _, whole)| *whole).count();
    if wholes > 0
        && let Some(((i, j), (k, upper, _))) = at.iter().find(|(_, (_, _, whole))| !whole)
    {
        let (there, other) = if *upper { (weights[*k], 0.0) } else { (0.0, weights[*k]) };
        return Err(format!("the matrix is not symmetric: {there} and {other} between sites {i} and {j}"));
    }
    Ok((edges, weights))
}

struct Reader {
    group: hdf5::Group,
    names: Vec<String>,
}

type Read = (usize, Vec<Entry>, bool, &'static str);

impl Reader {
    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|n| n == name)
    }

    fn find(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|n| self.has(n))
    }

    /// What is there instead, for a message.
    fn offer(&self) -> String {
        match &self.names[..] {
            [] => "; the group is empty".into(),
            names => {
                let shown: Vec<String> = names.iter().take(8).map(|n| format!("`{n}`")).collect();
                let of = if names.iter().all(|n| self.group.group(n).is_ok()) { " (name one of the groups)" } else { "" };
                format!("; found {}{of}", shown.join(", "))
            }
        }
    }

    fn dataset(&self, name: &str) -> Result<hdf5::Dataset, String> {
        self.group.dataset(name).map_err(|_| format!("expected a data set `{name}`"))
    }

    fn reals(&self, name: &str) -> Result<Vec<f64>, String> {
        let values: Vec<f64> = self.dataset(name)?.read_raw().map_err(|_| format!("expected numbers in `{name}`"))?;
        match values.iter().position(|x| !x.is_finite()) {
            Some(k) => Err(format!("expected finite numbers in `{name}`, found {} at {k}", values[k])),
            None => Ok(values),
        }
    }

    fn whole(&self, name: &str) -> Result<Vec<i64>, String> {
        let dataset = self.dataset(name)?;
        let whole = dataset.dtype().and_then(|t| t.to_descriptor());
        use hdf5::types::TypeDescriptor::{Integer, Unsigned};
        if !matches!(whole, Ok(Integer(_) | Unsigned(_))) {
            return Err(format!("expected whole numbers in `{name}`"));
        }
        dataset.read_raw().map_err(|_| format!("expected whole numbers in `{name}`"))
    }

    /// The number of sites, where an attribute or a data set says it.
    fn declared(&self) -> Result<Option<usize>, String> {
        for name in ["n", "shape"] {
            let numbers: Option<Vec<i64>> = if let Ok(attribute) = self.group.attr(name) {
                Some(attribute.read_raw().map_err(|_| format!("expected whole numbers in the attribute `{name}`"))?)
            } else if self.has(name) {
                Some(self.whole(name)?)
            } else {
                None
            };
            if let Some(numbers) = numbers {
                return match numbers[..] {
                    [n] | [n, _] if n < 1 => Err(format!("a graph needs at least one site, `{name}` says {n}")),
                    [n] => sites(n).map(Some),
                    [n, m] if n == m => sites(n).map(Some),
                    [n, m] => Err(format!("couplings need a square matrix, `shape` says {n} × {m}")),
                    _ => Err(format!("expected one or two numbers in `{name}`, found {}", numbers.len())),
                };
            }
        }
        Ok(None)
    }

    fn matrix(&self, name: &'static str) -> Result<Read, String> {
        let shape = self.dataset(name)?.shape();
        let [n, m] = shape[..] else { return Err(format!("expected a matrix in `{name}`, found {} dimensions", shape.len())) };
        if n != m || n == 0 {
            return Err(format!("couplings need a square matrix, `{name}` is {n} × {m}"));
        }
        if n > MOST_DENSE {
            return Err(format!("a dense matrix of {n} × {n} is too large: keep it as `i`, `j`, `value`"));
        }
        let values = self.reals(name)?;
        let mut entries = Vec::new();
        for i in 0..n {
            if values[i * n + i] != 0.0 {
                return Err(format!("`{name}` has {} at ({i}, {i}): a site is not coupled to itself", values[i * n + i]));
            }
            for j in i + 1..n {
                let (above, below) = (values[i * n + j], values[j * n + i]);
                if above != 0.0 {
                    entries.push(Entry { i: i as u32, j: j as u32, value: above, upper: true });
                }
                if below != 0.0 {
                    entries.push(Entry { i: i as u32, j: j as u32, value: below, upper: false });
                }
            }
        }
        Ok((n, entries, true, "a dense matrix"))
    }

    fn list(&self, first: &'static str, second: &'static str) -> Result<Read, String> {
        let (i, j) = (self.whole(first)?, self.whole(second)?);
        let value = self.find(VALUE);
        let values = value.map(|name| self.reals(name)).transpose()?;
        let lengths = [Some(j.len()), values.as_ref().map(Vec::len)];
        if lengths.iter().flatten().any(|&n| n != i.len()) {
            return Err(format!("`{first}` and the data sets beside it have different lengths"));
        }
        let mut entries = Vec::with_capacity(i.len());
        let n = self.declared()?;
        for (k, (&i, &j)) in i.iter().zip(&j).enumerate() {
            entries.extend(entry(i, j, values.as_ref().map_or(1.0, |v| v[k]), n)?);
        }
        Ok((n.unwrap_or_else(|| largest(&entries)), entries, value.is_some(), "a list of entries"))
    }

    fn rows(&self) -> Result<Read, String> {
        let (starts, columns) = (self.whole("indptr")?, self.whole("indices")?);
        let value = self.find(VALUE);
        let values = value.map(|name| self.reals(name)).transpose()?;
        if values.as_ref().is_some_and(|v| v.len() != columns.len()) {
            return Err("`indices` and `data` have different lengths".into());
        }
        let ascending = starts.first() == Some(&0) && starts.windows(2).all(|w| w[0] <= w[1]);
        if !ascending || starts.last() != Some(&(columns.len() as i64)) {
            return Err(format!("`indptr` must ascend from 0 to the {} entries of `indices`", columns.len()));
        }
        let n = starts.len() - 1;
        if let Some(declared) = self.declared()?
            && declared != n
        {
            return Err(format!("`indptr` has {n} rows, the matrix {declared}"));
        }
        sites(n as i64)?;
        let mut entries = Vec::with_capacity(columns.len());
        for (row, w) in starts.windows(2).enumerate() {
            for k in w[0] as usize..w[1] as usize {
                entries.extend(entry(row as i64, columns[k], values.as_ref().map_or(1.0, |v| v[k]), Some(n))?);
            }
        }
        Ok((n, entries, value.is_some(), "compressed rows"))
    }
}

fn sites(n: i64) -> Result<usize, String> {
    if (1..=i64::from(u32::MAX)).contains(&n) { Ok(n as usize) } else { Err(format!("{n} is not a number of sites")) }
}

fn largest(entries: &[Entry]) -> usize {
    entries.iter().map(|e| e.j as usize + 1).max().unwrap_or(0)
}

/// An entry of a matrix; none for a zero on the diagonal.
fn entry(i: i64, j: i64, value: f64, n: Option<usize>) -> Result<Option<Entry>, String> {
    let end = n.map_or(i64::from(u32::MAX), |n| n as i64);
    if let Some(bad) = [i, j].into_iter().find(|k| !(0..end).contains(k)) {
        return Err(match n {
            Some(n) if bad >= 0 => format!("site {bad} is out of range: the file declares {n} sites, numbered from 0"),
            _ => format!("expected a site's number (a whole number from 0), found {bad}"),
        });
    }
    if i == j {
        return if value == 0.0 { Ok(None) } else { Err(format!("an entry joins site {i} to itself")) };
    }
    Ok(Some(Entry { i: i.min(j) as u32, j: i.max(j) as u32, value, upper: i < j }))
}
