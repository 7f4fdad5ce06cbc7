//! JSON: `{"n": 4, "edges": [[0, 1], ...]}` or with weights `[0, 1, -0.5]`, and perhaps `"linear": [...]`, one number a
//! site. Sites count from 0.

use super::lines::{Fault, fault};
use super::{CouplingFile, Format};
use serde_json::Value;

pub(super) fn read(text: &str) -> Result<CouplingFile, Fault> {
    let value: Value = serde_json::from_str(text).or_else(|e| {
        let reason = if e.is_eof() {
            "the file ends inside a value".to_string()
        } else {
            format!("expected JSON, column {} is not", e.column())
        };
        fault(e.line(), reason)
    })?;
    let Value::Object(object) = value else { return fault(0, "expected an object `{\"n\": .., \"edges\": [..]}`") };
    if let Some(other) = object.keys().find(|k| !["n", "edges", "linear", "note", "name", "comment"].contains(&k.as_str())) {
        return fault(0, format!("unknown entry `{other}`: expected `n`, `edges` and perhaps `linear`"));
    }
    let Some(Value::Array(list)) = object.get("edges") else { return fault(0, "expected `\"edges\": [[i, j], ..]`") };
    let n = match object.get("n") {
        None => None,
        Some(value) => match value.as_u64() {
            Some(n @ 1..=0xFFFF_FFFF) => Some(n as usize),
            _ => {
                return fault(
                    0,
                    format!("expected `n`, the number of sites, as a whole number from 1 below 2^32, found {value}"),
                );
            }
        },
    };
    let mut edges = Vec::with_capacity(list.len());
    let mut weights = Vec::new();
    let mut columns = None;
    for (k, entry) in list.iter().enumerate() {
        let fail = |reason: String| fault(0, format!("edge {k} (from 0): {reason}"));
        let Value::Array(entry) = entry else {
            return fail(format!("expected `[i, j]` or `[i, j, weight]`, found {}", brief(entry)));
        };
        if !(2..=3).contains(&entry.len()) || entry.len() != *columns.get_or_insert(entry.len()) {
            return fail(format!(
                "expected {} numbers, found {}",
                columns.map_or("2 or 3".into(), |c| c.clamp(2, 3).to_string()),
                entry.len()
            ));
        }
        let mut ends = [0u32; 2];
        for (end, value) in ends.iter_mut().zip(entry) {
            match value.as_u64() {
                Some(i) if n.is_some_and(|n| i >= n as u64) => {
                    return fail(format!("site {i} is out of range 0..{}", n.unwrap_or(0)));
                }
                Some(i) if i < u64::from(u32::MAX) => *end = i as u32,
                _ => return fail(format!("expected a site's number (a whole number from 0), found {}", brief(value))),
            }
        }
        if ends[0] == ends[1] {
            return fail(format!("it joins site {} to itself", ends[0]));
        }
        edges.push((ends[0].min(ends[1]), ends[0].max(ends[1])));
        if let Some(value) = entry.get(2) {
            match value.as_f64() {
                Some(w) if w.is_finite() => weights.push(w),
                _ => return fail(format!("expected a weight (a finite number), found {}", brief(value))),
            }
        }
    }
    let mut order: Vec<usize> = (0..edges.len()).collect();
    order.sort_by_key(|&k| (edges[k], k));
    if let Some(w) = order.windows(2).filter(|w| edges[w[0]] == edges[w[1]]).min_by_key(|w| w[1]) {
        let (i, j) = edges[w[1]];
        return fault(0, format!("edge {} (from 0): the edge between sites {i} and {j} is already edge {}", w[1], w[0]));
    }
    let seen = edges.iter().map(|e| e.1 as usize + 1).max();
    let Some(n) = n.or(seen) else { return fault(0, "expected `n` or at least one edge") };
    let linear = object.get("linear").map(|value| linear(value, n)).transpose()?;
    let weights = (columns == Some(3)).then_some(weights);
    Ok(CouplingFile { format: Format::Json, n, edges, weights, linear, note: "JSON file, sites numbered from 0".into() })
}

fn linear(value: &Value, n: usize) -> Result<Vec<f64>, Fault> {
    let Value::Array(list) = value else { return fault(0, "expected `\"linear\"` as a list of numbers") };
    if list.len() != n {
        return fault(0, format!("expected {n} linear terms, one a site, found {}", list.len()));
    }
    let number = |(k, v): (usize, &Value)| match v.as_f64() {
        Some(x) if x.is_finite() => Ok(x),
        _ => fault(0, format!("linear term {k} (from 0): expected a finite number, found {}", brief(v))),
    };
    list.iter().enumerate().map(number).collect()
}

/// A value as a message shows it, without its inside.
fn brief(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
        Value::String(s) => super::lines::shown(s),
        other => other.to_string(),
    }
}
