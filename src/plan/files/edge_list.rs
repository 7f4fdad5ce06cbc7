//! Edge lists: a line an edge, `i j` or `i j weight`, sites from 0, `#` or `%` for comments.
//!
//! A comment `# n = 12` (or `nodes`, `sites`, `vertices`) gives the number of sites; else it is the largest number seen,
//! plus one. One line of column names may come first.

use super::lines::{Collected, Fault, content, count, fault, fields, site, sites, weight};
use super::{CouplingFile, Format};

pub(super) fn read(text: &str) -> Result<CouplingFile, Fault> {
    let n = declared(text)?;
    let mut edges = Collected::default();
    let mut columns: Option<(usize, usize)> = None;
    let mut largest = 0usize;
    for (number, (line, whole)) in content(text, &["#", "%", "//"]).enumerate() {
        let bare = whole.split('#').next().unwrap_or("").trim();
        let fields = fields(bare);
        let words = fields.iter().all(|f| f.chars().next().is_some_and(char::is_alphabetic) && f.parse::<f64>().is_err());
        if number == 0 && words && (2..=3).contains(&fields.len()) {
            continue;
        }
        if !(2..=3).contains(&fields.len()) {
            return fault(line, format!("expected `i j` or `i j weight`, found {} fields", fields.len()));
        }
        let (first_line, expected) = *columns.get_or_insert((line, fields.len()));
        if fields.len() != expected {
            return fault(line, format!("expected {expected} fields as on line {first_line}, found {}", fields.len()));
        }
        let (i, j) = (site(line, fields[0], 0, n)?, site(line, fields[1], 0, n)?);
        let w = fields.get(2).map_or(Ok(1.0), |f| weight(line, f))?;
        edges.add(line, (i, j), w, 0)?;
        largest = largest.max(i.max(j) as usize);
    }
    let Some((_, columns)) = columns else { return fault(0, "expected lines `i j` or `i j weight`, found none") };
    edges.refuse_repeats(0)?;
    let note = "edge list, sites numbered from 0".to_string();
    Ok(edges.finish(Format::EdgeList, n.unwrap_or(largest + 1), columns == 3, None, note))
}

/// The number of sites, if a comment gives one.
fn declared(text: &str) -> Result<Option<usize>, Fault> {
    for (i, line) in text.lines().enumerate() {
        let Some(comment) = line.trim().strip_prefix(['#', '%']) else { continue };
        let Some((name, value)) = comment.split_once(['=', ':']) else { continue };
        if ["n", "nodes", "sites", "vertices"].contains(&name.trim().to_lowercase().as_str()) {
            // Other remarks of this form are remarks.
            let value = value.split_whitespace().next().unwrap_or("");
            if count(i + 1, value, "").is_ok() {
                return sites(i + 1, value).map(Some);
            }
        }
    }
    Ok(None)
}
