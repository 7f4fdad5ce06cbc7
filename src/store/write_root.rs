//! The root of the file: provenance, sources, parameters, plan, derived results and claims.

use super::axes::Axes;
use super::columns::{Dimension, Dimensions, text_attribute, text_list_attribute, write_array, write_text, write_texts};
use super::scales::make_scale;
use super::schema::{DerivedIndex, FORMAT, NamedIndex, Names, RESERVED, ROOT_ATTRIBUTES};
use super::write_task::write_task;
use crate::results::{Claim, Derived, Header, RunResult};
use hdf5::{Dataset, Group};

pub(super) fn write_root(root: &Group, result: &RunResult) -> hdf5::Result<()> {
    write_header(root, &result.header)?;
    let mut names = Names::with(&RESERVED);
    let mut groups = Vec::new();
    for task in &result.tasks {
        let name = names.claim(&task.name);
        write_task(&root.create_group(&name)?, task)?;
        groups.push(name);
    }
    text_list_attribute(root, "tasks", &groups)?;
    write_derived(&root.create_group("derived")?, &result.derived)?;
    write_claims(&root.create_group("expects")?, &result.claims)
}

fn write_header(root: &Group, header: &Header) -> hdf5::Result<()> {
    text_attribute(root, "ann_version", &header.ann_version)?;
    text_attribute(root, "format", FORMAT)?;
    text_attribute(root, "created", &header.created)?;
    root.new_attr::<u64>().create("seed")?.write_scalar(&header.seed)?;
    text_list_attribute(root, "command", &header.command)?;
    text_attribute(root, "host", &header.host)?;
    text_attribute(root, "status", if header.complete { "complete" } else { "partial" })?;
    text_list_attribute(root, "overrides", &header.overrides)?;
    for (name, value) in [("title", &header.title), ("doc", &header.doc)] {
        if let Some(value) = value {
            text_attribute(root, name, value)?;
        }
    }
    let mut names = Names::with(&ROOT_ATTRIBUTES);
    let mut index = Vec::new();
    for (name, value) in &header.attributes {
        let attribute = names.claim(name);
        text_attribute(root, &attribute, value)?;
        index.push(NamedIndex { name: name.clone(), dataset: attribute, doc: None });
    }
    text_attribute(root, "experiment", &json(&index)?)?;

    write_text(root, "plan", &header.plan)?;
    let sources = root.create_group("sources")?;
    let (mut names, mut index) = (Names::default(), Vec::new());
    for (name, text) in &header.sources {
        let dataset = names.claim(name);
        write_text(&sources, &dataset, text)?;
        index.push(NamedIndex { name: name.clone(), dataset, doc: None });
    }
    text_attribute(&sources, "index", &json(&index)?)?;

    let params = root.create_group("params")?;
    let (mut names, mut index) = (Names::default(), Vec::new());
    for (name, doc, value) in &header.params {
        let dataset = names.claim(name);
        let written = write_param(&params, &dataset, value)?;
        text_attribute(&written, "json", value)?;
        if let Some(doc) = doc {
            text_attribute(&written, "long_name", doc)?;
        }
        index.push(NamedIndex { name: name.clone(), dataset, doc: doc.clone() });
    }
    text_attribute(&params, "index", &json(&index)?)
}

/// Numbers as numbers, texts as texts, everything else as JSON text.
fn write_param(group: &Group, name: &str, value: &str) -> hdf5::Result<Dataset> {
    let parsed = serde_json::from_str::<serde_json::Value>(value).unwrap_or(serde_json::Value::Null);
    if let Some(i) = parsed.as_i64() {
        write_array(group, name, &[i], &[], &[])
    } else if let Some(x) = parsed.as_f64() {
        write_array(group, name, &[x], &[], &[])
    } else {
        write_text(group, name, parsed.as_str().unwrap_or(value))
    }
}

fn write_derived(group: &Group, all: &[Derived]) -> hdf5::Result<()> {
    let mut names = Names::default();
    let places: Vec<String> = all.iter().map(|d| names.claim(&d.name)).collect();
    let mut dimensions = Dimensions::new(group);
    let mut axes = Axes::default();
    let mut index = Vec::new();
    for (derived, place) in all.iter().zip(places) {
        let (own, scales) = axes.all(group, &mut names, &derived.axes)?;
        let mut entry = DerivedIndex {
            name: derived.name.clone(),
            expression: derived.expression.clone(),
            doc: derived.doc.clone(),
            axes: own,
            shape: derived.shape.clone(),
            value: None,
            error: None,
            text: None,
        };
        let mut written = Vec::new();
        if !derived.value.is_empty() || derived.text.is_none() {
            written.push(write_numbers(derived, &derived.value, &place, &scales, &mut names, &mut dimensions)?);
            entry.value = Some(place.clone());
        }
        if !derived.error.is_empty() {
            let name = names.claim(&format!("{place}_error"));
            written.push(write_numbers(derived, &derived.error, &name, &scales, &mut names, &mut dimensions)?);
            entry.error = Some(name);
        }
        if let Some(text) = &derived.text {
            let name = if entry.value.is_none() { place.clone() } else { names.claim(&format!("{place}_text")) };
            written.push(write_text(group, &name, text)?);
            entry.text = Some(name);
        }
        for dataset in written {
            text_attribute(&dataset, "expression", &derived.expression)?;
            if let Some(doc) = &derived.doc {
                text_attribute(&dataset, "long_name", doc)?;
            }
        }
        index.push(entry);
    }
    text_attribute(group, "index", &json(&index)?)
}

/// Writes values or errors at `place`. `scales` are those of the axes.
fn write_numbers(
    derived: &Derived,
    data: &[f64],
    place: &str,
    scales: &[Dataset],
    names: &mut Names,
    dimensions: &mut Dimensions,
) -> hdf5::Result<Dataset> {
    let mut shape: Vec<usize> = derived.axes.iter().map(|a| a.coordinates.len()).collect();
    let mut scales = scales.to_vec();
    let mut inner = derived.shape.clone();
    if shape.iter().chain(&inner).product::<usize>() != data.len() {
        (shape, scales, inner) = (Vec::new(), Vec::new(), vec![data.len()]);
    }
    let wanted: Vec<Dimension> = (0..inner.len()).map(|i| Dimension::Named(format!("{}_dim_{i}", derived.name))).collect();
    scales.extend(dimensions.all(names, &wanted, &mut inner)?);
    shape.extend(inner);
    write_array(dimensions.group(), place, data, &shape, &scales)
}

fn write_claims(group: &Group, claims: &[Claim]) -> hdf5::Result<()> {
    if claims.is_empty() {
        return Ok(());
    }
    let numbers: Vec<i64> = (0..claims.len() as i64).collect();
    let scale = write_array(group, "claim", &numbers, &[claims.len()], &[])?;
    make_scale(&scale, "claim")?;
    let scales = [scale];
    let column = |f: &dyn Fn(&Claim) -> String| claims.iter().map(f).collect::<Vec<_>>();
    write_texts(group, "text", &column(&|c| c.expression.clone()), &scales)?;
    write_texts(group, "verdict", &column(&|c| if c.holds { "holds".into() } else { "fails".into() }), &scales)?;
    write_texts(group, "detail", &column(&|c| c.detail.clone()), &scales)?;
    Ok(())
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> hdf5::Result<String> {
    serde_json::to_string(value).map_err(|e| e.to_string().into())
}
