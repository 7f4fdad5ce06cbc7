//! What is in a result file, by HDF5 path, for `ann show OUT.h5 [PATH]`.

use super::number::format_number;
use super::problem::shown;
use super::read::{Trouble, diagnose};
use super::write::open_ours;
use crate::diagnostic::{Diagnostic, codes, nearest};
use hdf5::types::{TypeDescriptor, VarLenUnicode};
use hdf5::{Dataset, Group};
use std::fmt::Write;
use std::path::Path;

/// A group or a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// From the root, without the first slash: `scan/m`.
    pub path: String,
    /// `None` for a group.
    pub shape: Option<Vec<usize>>,
    /// The attribute `expression`, where there is one.
    pub expression: Option<String>,
}

/// What stands at a path, with numbers row-major over `shape`.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Group(Vec<Entry>),
    Text { shape: Vec<usize>, values: Vec<String> },
    Whole { shape: Vec<usize>, values: Vec<i64> },
    Real { shape: Vec<usize>, values: Vec<f64> },
}

/// What stands at `inner` (`scan/m`, `/plan`). Errors: as of [`super::read()`]; E0801 when nothing is there.
pub fn look(path: &Path, inner: &str) -> Result<Item, Diagnostic> {
    let file = open_ours(path)?;
    let inner = inner.trim_matches('/');
    let mut all = Vec::new();
    walk(&file, "", &mut all).map_err(|t| diagnose(path, t))?;
    if inner.is_empty() {
        return Ok(Item::Group(all));
    }
    match all.iter().find(|e| e.path == inner) {
        Some(Entry { shape: Some(_), .. }) => {
            file.dataset(inner).map_err(Trouble::from).and_then(|d| item(&d)).map_err(|t| diagnose(path, t))
        }
        Some(_) => {
            let below = format!("{inner}/");
            Ok(Item::Group(all.into_iter().filter(|e| e.path.starts_with(&below)).collect()))
        }
        None => {
            let said = Diagnostic::general(codes::CANNOT_READ, format!("{} has nothing called `{inner}`", shown(path)));
            Err(match nearest(inner, all.iter().map(|e| e.path.as_str())) {
                Some(near) => said.help(format!("did you mean `{near}`?")),
                None => said.help("`ann show` without a path lists what it has"),
            })
        }
    }
}

impl Item {
    /// The item as text: values one a line along the first dimension, at most `max_rows` lines.
    pub fn render(&self, max_rows: usize) -> String {
        match self {
            Item::Group(entries) => {
                let width = entries.iter().map(|e| e.path.chars().count()).max().unwrap_or(0);
                let mut text = String::new();
                for e in entries {
                    let what = match &e.shape {
                        None => String::new(),
                        Some(s) if s.is_empty() => "one value".to_owned(),
                        Some(s) => s.iter().map(usize::to_string).collect::<Vec<_>>().join(" × "),
                    };
                    let path = if e.shape.is_none() { format!("{}/", e.path) } else { e.path.clone() };
                    let formula = e.expression.as_ref().map(|x| format!("  {x}")).unwrap_or_default();
                    let line = format!("{path:w$}  {what:12}{formula}", w = width + 1);
                    let _ = writeln!(text, "{}", line.trim_end());
                }
                text
            }
            Item::Text { shape, values } => rows(shape, values, max_rows, |v| v.clone()),
            Item::Whole { shape, values } => rows(shape, values, max_rows, i64::to_string),
            Item::Real { shape, values } => rows(shape, values, max_rows, |&v| format_number(v)),
        }
    }
}

fn rows<T>(shape: &[usize], values: &[T], max_rows: usize, show: impl Fn(&T) -> String) -> String {
    let per_row = if shape.len() > 1 { shape.last().copied().unwrap_or(1).max(1) } else { 1 };
    let total = values.len().div_ceil(per_row);
    let mut text = String::new();
    for row in values.chunks(per_row).take(max_rows) {
        let _ = writeln!(text, "{}", row.iter().map(&show).collect::<Vec<_>>().join("  "));
    }
    if total > max_rows {
        let _ = writeln!(text, "… {} rows more", total - max_rows);
    }
    text
}

fn walk(group: &Group, prefix: &str, all: &mut Vec<Entry>) -> Result<(), Trouble> {
    let mut names = group.member_names()?;
    names.sort();
    for name in names {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if let Ok(dataset) = group.dataset(&name) {
            if !is_bare_dimension(&dataset) {
                let expression = text_attribute(&dataset, "expression");
                all.push(Entry { path, shape: Some(dataset.shape()), expression });
            }
        } else if let Ok(inner) = group.group(&name) {
            all.push(Entry { path: path.clone(), shape: None, expression: None });
            walk(&inner, &path, all)?;
        }
    }
    Ok(())
}

/// A dimension without coordinates holds nothing to show.
fn is_bare_dimension(dataset: &Dataset) -> bool {
    dataset.storage_size() == 0 && dataset.size() > 0 && dataset.attr("CLASS").is_ok()
}

fn text_attribute(dataset: &Dataset, name: &str) -> Option<String> {
    Some(dataset.attr(name).ok()?.read_scalar::<VarLenUnicode>().ok()?.as_str().to_owned())
}

fn item(dataset: &Dataset) -> Result<Item, Trouble> {
    let shape = dataset.shape();
    Ok(match dataset.dtype()?.to_descriptor()? {
        TypeDescriptor::Integer(_) | TypeDescriptor::Unsigned(_) => Item::Whole { shape, values: dataset.read_raw::<i64>()? },
        TypeDescriptor::Float(_) => Item::Real { shape, values: dataset.read_raw::<f64>()? },
        TypeDescriptor::VarLenUnicode => {
            Item::Text { shape, values: dataset.read_raw::<VarLenUnicode>()?.iter().map(|t| t.as_str().to_owned()).collect() }
        }
        other => return Err(Trouble::Content(format!("a data set has the type `{other}`, which Ann does not write"))),
    })
}
