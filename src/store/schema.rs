//! The words of the file: names of groups and attributes, and the index of a task that says which data
//! set holds what. The writer and the reader both go by the index, so neither guesses from names.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Root attribute `format`: the name, a slash, and a number raised when old readers would misread.
pub(super) const FORMAT: &str = "ann/1";

/// Groups and data sets of the root that are not tasks.
pub(super) const RESERVED: [&str; 5] = ["sources", "params", "plan", "derived", "expects"];

/// Root attributes that are ours; those of `experiment` with such a name get a prefix.
pub(super) const ROOT_ATTRIBUTES: [&str; 12] =
    ["ann_version", "format", "created", "seed", "command", "host", "status", "title", "doc", "overrides", "experiment", "tasks"];

/// Attribute `index` of a task's group, JSON. Paths are relative to the group.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TaskIndex {
    pub name: String,
    pub axes: Vec<AxisIndex>,
    pub descriptions: Vec<DescriptionIndex>,
    pub quantities: Vec<QuantityIndex>,
    pub kept: Vec<KeptIndex>,
    /// The group of what is known about each point: hash, status, layout, ...
    pub points: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct AxisIndex {
    pub name: String,
    pub dataset: String,
}

/// What a quantity is, with the places of its own axes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DescriptionIndex {
    pub name: String,
    pub expression: String,
    pub units: Option<String>,
    pub doc: Option<String>,
    /// Files from before quantities had axes of their own lack this.
    #[serde(default)]
    pub axes: Vec<AxisIndex>,
}

/// Where a quantity's numbers are; `None` where no point has any.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct QuantityIndex {
    pub name: String,
    pub value: String,
    pub error: Option<String>,
    pub tau: Option<String>,
    pub ess: Option<String>,
    pub rhat: Option<String>,
    pub replicates: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptIndex {
    pub name: String,
    pub kind: KeptKind,
    pub data: String,
    /// Of a histogram: errors, lower and upper ends, fraction outside.
    pub error: Option<String>,
    pub low: Option<String>,
    pub high: Option<String>,
    pub outside: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum KeptKind {
    Series,
    States,
    Histogram,
    Array,
}

/// What a point has and in which shape; equal for most points of a task, so stored once each under
/// `/TASK/points/layouts` (JSON) and named by its number in `/TASK/points/layout`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Layout {
    pub quantities: Vec<QuantityLayout>,
    pub kept: Vec<KeptLayout>,
}

/// The part of each padded array that belongs to this point, in array dimensions after the axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct QuantityLayout {
    /// Position in [`TaskIndex::quantities`].
    pub column: usize,
    pub shape: Vec<usize>,
    pub value: Vec<usize>,
    pub error: Option<Vec<usize>>,
    pub tau: Option<Vec<usize>>,
    pub ess: Option<Vec<usize>>,
    pub rhat: Option<Vec<usize>>,
    pub replicates: Option<Vec<usize>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct KeptLayout {
    /// Position in [`TaskIndex::kept`].
    pub column: usize,
    pub data: Vec<usize>,
    pub error: Option<Vec<usize>>,
    /// Of an array: its own shape and dimension names.
    pub shape: Vec<usize>,
    pub dimensions: Vec<String>,
}

/// Attribute `index` of `/derived`, JSON: one a result.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DerivedIndex {
    pub name: String,
    pub expression: String,
    pub doc: Option<String>,
    pub axes: Vec<AxisIndex>,
    pub shape: Vec<usize>,
    pub value: Option<String>,
    pub error: Option<String>,
    pub text: Option<String>,
}

/// Attribute `index` of `/sources` and `/params`, JSON.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct NamedIndex {
    pub name: String,
    pub dataset: String,
    pub doc: Option<String>,
}

impl TaskIndex {
    /// The names of the data sets with coordinates: those of the task's axes, then those of quantities' own.
    /// Nothing in a group below may be called so: readers that inherit coordinates would take it for them.
    pub fn coordinates(&self) -> Vec<String> {
        let own = self.descriptions.iter().flat_map(|d| &d.axes);
        self.axes.iter().chain(own).map(|a| a.dataset.clone()).collect()
    }
}

/// The name of a data set of the points' group: `wanted`, unless one of [`TaskIndex::coordinates`] has it.
pub(super) fn point_name(coordinates: &[String], wanted: &str) -> String {
    Names::with(coordinates).claim(wanted)
}

/// The names taken in one group.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    pub fn with<S: AsRef<str>>(reserved: &[S]) -> Names {
        Names(reserved.iter().map(|s| s.as_ref().to_owned()).collect())
    }

    /// A link name as near to `wanted` as HDF5 and the names already taken allow.
    pub fn claim(&mut self, wanted: &str) -> String {
        let mut clean = wanted.replace('/', "|").replace('\0', "");
        if clean.is_empty() || clean == "." || clean == ".." {
            clean = "_".repeat(clean.len().max(1));
        }
        let mut name = clean.clone();
        let mut number = 2;
        while !self.0.insert(name.clone()) {
            name = format!("{clean}_{number}");
            number += 1;
        }
        name
    }
}
