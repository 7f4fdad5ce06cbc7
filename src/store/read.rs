//! Reading a result file back, whole: bit for bit what was written. It goes by the indexes in the
//! file, and every length is checked, so that a damaged file gives a diagnostic and never a panic.

use super::problem::{damaged, hdf5_read};
use super::read_task::read_task;
use super::schema::{AxisIndex, DerivedIndex, NamedIndex};
use super::write::open_ours;
use crate::diagnostic::Diagnostic;
use crate::results::{AxisValues, Claim, Coordinates, Derived, Header, RunResult};
use hdf5::types::{TypeDescriptor, VarLenUnicode};
use hdf5::{Group, Location};
use std::path::Path;

/// A trouble inside a file that is ours: the library's, or content that does not fit the schema.
pub(super) enum Trouble {
    Hdf5(hdf5::Error),
    Content(String),
}

impl From<hdf5::Error> for Trouble {
    fn from(e: hdf5::Error) -> Trouble {
        Trouble::Hdf5(e)
    }
}

impl From<serde_json::Error> for Trouble {
    fn from(e: serde_json::Error) -> Trouble {
        Trouble::Content(e.to_string())
    }
}

/// Reads a result file. Errors: E0801 (missing, unreadable), E0803 (not a result of Ann, damaged, or
/// of a later version).
pub fn read(path: &Path) -> Result<RunResult, Diagnostic> {
    let file = open_ours(path)?;
    read_root(&file).map_err(|t| diagnose(path, t))
}

pub(super) fn diagnose(path: &Path, trouble: Trouble) -> Diagnostic {
    match trouble {
        Trouble::Hdf5(e) => hdf5_read(path, &e),
        Trouble::Content(what) => damaged(path, &what),
    }
}

fn read_root(root: &Group) -> Result<RunResult, Trouble> {
    let header = read_header(root)?;
    let mut tasks = Vec::new();
    for name in text_list(root, "tasks")? {
        tasks.push(read_task(&root.group(&name)?)?);
    }
    Ok(RunResult {
        header,
        tasks,
        derived: read_derived(&root.group("derived")?)?,
        claims: read_claims(&root.group("expects")?)?,
    })
}

fn read_header(root: &Group) -> Result<Header, Trouble> {
    let mut header = Header {
        ann_version: text_of(root, "ann_version")?,
        created: text_of(root, "created")?,
        seed: root.attr("seed")?.read_scalar::<u64>()?,
        command: text_list(root, "command")?,
        host: text_of(root, "host")?,
        title: optional_text(root, "title")?,
        doc: optional_text(root, "doc")?,
        overrides: text_list(root, "overrides")?,
        plan: dataset_text(root, "plan")?,
        complete: text_of(root, "status")? == "complete",
        ..Header::default()
    };
    for entry in index::<Vec<NamedIndex>>(root, "experiment")? {
        header.attributes.push((entry.name, text_of(root, &entry.dataset)?));
    }
    let sources = root.group("sources")?;
    for entry in index::<Vec<NamedIndex>>(&sources, "index")? {
        header.sources.push((entry.name, dataset_text(&sources, &entry.dataset)?));
    }
    let params = root.group("params")?;
    for entry in index::<Vec<NamedIndex>>(&params, "index")? {
        let dataset = params.dataset(&entry.dataset)?;
        let json = text_of(&dataset, "json")?;
        header.params.push((entry.name, entry.doc, json));
    }
    Ok(header)
}

fn read_derived(group: &Group) -> Result<Vec<Derived>, Trouble> {
    let mut all = Vec::new();
    for entry in index::<Vec<DerivedIndex>>(group, "index")? {
        let numbers = |name: &Option<String>| match name {
            Some(name) => Ok(group.dataset(name)?.read_raw::<f64>()?),
            None => Ok::<_, Trouble>(Vec::new()),
        };
        all.push(Derived {
            value: numbers(&entry.value)?,
            error: numbers(&entry.error)?,
            text: entry.text.as_ref().map(|name| dataset_text(group, name)).transpose()?,
            axes: entry.axes.iter().map(|a| read_axis(group, a)).collect::<Result<_, _>>()?,
            name: entry.name,
            expression: entry.expression,
            doc: entry.doc,
            shape: entry.shape,
        });
    }
    Ok(all)
}

fn read_claims(group: &Group) -> Result<Vec<Claim>, Trouble> {
    if !group.link_exists("text") {
        return Ok(Vec::new());
    }
    let (text, verdict, detail) = (texts(group, "text")?, texts(group, "verdict")?, texts(group, "detail")?);
    Ok(text
        .into_iter()
        .zip(verdict)
        .zip(detail)
        .map(|((expression, verdict), detail)| Claim { expression, holds: verdict == "holds", detail })
        .collect())
}

pub(super) fn read_axis(group: &Group, entry: &AxisIndex) -> Result<AxisValues, Trouble> {
    let dataset = group.dataset(&entry.dataset)?;
    let coordinates = match dataset.dtype()?.to_descriptor()? {
        TypeDescriptor::Integer(_) | TypeDescriptor::Unsigned(_) => Coordinates::Int(dataset.read_raw()?),
        TypeDescriptor::Float(_) => Coordinates::Real(dataset.read_raw()?),
        _ => Coordinates::Text(texts(group, &entry.dataset)?),
    };
    Ok(AxisValues { name: entry.name.clone(), coordinates })
}

pub(super) fn index<T: serde::de::DeserializeOwned>(at: &Location, attribute: &str) -> Result<T, Trouble> {
    Ok(serde_json::from_str(&text_of(at, attribute)?)?)
}

pub(super) fn text_of(at: &Location, attribute: &str) -> Result<String, Trouble> {
    Ok(at.attr(attribute)?.read_scalar::<VarLenUnicode>()?.as_str().to_owned())
}

pub(super) fn optional_text(at: &Location, attribute: &str) -> Result<Option<String>, Trouble> {
    if at.attr_names()?.iter().any(|n| n == attribute) { text_of(at, attribute).map(Some) } else { Ok(None) }
}

fn text_list(at: &Location, attribute: &str) -> Result<Vec<String>, Trouble> {
    if !at.attr_names()?.iter().any(|n| n == attribute) {
        return Ok(Vec::new());
    }
    Ok(at.attr(attribute)?.read_raw::<VarLenUnicode>()?.iter().map(|t| t.as_str().to_owned()).collect())
}

pub(super) fn dataset_text(group: &Group, name: &str) -> Result<String, Trouble> {
    Ok(group.dataset(name)?.read_scalar::<VarLenUnicode>()?.as_str().to_owned())
}

pub(super) fn texts(group: &Group, name: &str) -> Result<Vec<String>, Trouble> {
    Ok(group.dataset(name)?.read_raw::<VarLenUnicode>()?.iter().map(|t| t.as_str().to_owned()).collect())
}
