//! QUBO files: lines `i j value`, sites from 0; the entries with i = j are linear terms.
//!
//! With a line `p qubo TARGET SITES DIAGONALS COUPLERS` and comments `c` (the form of qbsolv), or without any header and
//! with comments `#` (COO).

use super::lines::{Collected, Fault, content, count, fault, fields, site, sites, weight};
use super::{CouplingFile, Format};

struct Header {
    line: usize,
    n: usize,
    diagonals: u64,
    couplers: u64,
}

fn header(line: usize, fields: &[&str]) -> Result<Header, Fault> {
    if fields.len() != 6 || fields[1] != "qubo" {
        return fault(line, "expected `p qubo TARGET SITES DIAGONALS COUPLERS`");
    }
    let n = sites(line, fields[3])?;
    let diagonals = count(line, fields[4], "the number of diagonal entries")?;
    let couplers = count(line, fields[5], "the number of couplers")?;
    Ok(Header { line, n, diagonals, couplers })
}

pub(super) fn read(text: &str) -> Result<CouplingFile, Fault> {
    let mut head: Option<Header> = None;
    let mut edges = Collected::default();
    let mut diagonal: Vec<(u32, usize, f64)> = Vec::new();
    let mut largest = 0usize;
    for (line, whole) in content(text, &["#"]) {
        let fields = fields(whole);
        match fields[0] {
            "c" => continue,
            "p" if head.is_some() => return fault(line, "a second `p` line"),
            "p" if !diagonal.is_empty() || !edges.edges.is_empty() => {
                return fault(line, "the `p` line must come before the entries");
            }
            "p" => {
                head = Some(header(line, &fields)?);
                continue;
            }
            _ => {}
        }
        if fields.len() != 3 {
            return fault(line, format!("expected `i j value`, found {} fields", fields.len()));
        }
        let n = head.as_ref().map(|h| h.n);
        let (i, j, w) = (site(line, fields[0], 0, n)?, site(line, fields[1], 0, n)?, weight(line, fields[2])?);
        largest = largest.max(i.max(j) as usize);
        if i == j {
            diagonal.push((i, line, w));
        } else {
            edges.add(line, (i, j), w, 0)?;
        }
    }
    if diagonal.is_empty() && edges.edges.is_empty() {
        return fault(text.lines().count(), "expected lines `i j value`, found none");
    }
    if let Some(h) = &head {
        let found = (diagonal.len() as u64, edges.edges.len() as u64);
        if found != (h.diagonals, h.couplers) {
            let last = text.lines().count();
            let (d, c) = (h.diagonals, h.couplers);
            return fault(
                last,
                format!(
                    "expected {d} diagonal entries and {c} couplers as line {} says, found {} and {}",
                    h.line, found.0, found.1
                ),
            );
        }
    }
    edges.refuse_repeats(0)?;
    let n = head.map_or(largest + 1, |h| h.n);
    let linear = linear(n, &mut diagonal)?;
    Ok(edges.finish(Format::Qubo, n, true, linear, "QUBO file, sites numbered from 0, diagonal entries are linear terms".into()))
}

fn linear(n: usize, diagonal: &mut [(u32, usize, f64)]) -> Result<Option<Vec<f64>>, Fault> {
    diagonal.sort_by_key(|&(i, line, _)| (i, line));
    if let Some(w) = diagonal.windows(2).filter(|w| w[0].0 == w[1].0).min_by_key(|w| w[1].1) {
        return fault(w[1].1, format!("the diagonal entry of site {} is already on line {}", w[1].0, w[0].1));
    }
    if diagonal.is_empty() {
        return Ok(None);
    }
    let mut linear = vec![0.0; n];
    diagonal.iter().for_each(|&(i, _, w)| linear[i as usize] = w);
    Ok(Some(linear))
}
