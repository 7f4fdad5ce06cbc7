//! The form of the Gset (the generator `rudy` by G. Rinaldi): `n m`, then m lines `i j weight`, sites from 1. Without a
//! weight it is 1.

use super::lines::{Collected, Fault, content, count, fault, fields, site, sites, weight};
use super::{CouplingFile, Format};

const COMMENTS: &[&str] = &["#", "%"];

pub(super) fn read(text: &str) -> Result<CouplingFile, Fault> {
    let mut lines = content(text, COMMENTS);
    let Some((first, head)) = lines.next() else { return fault(0, "expected a line `n m`, found none") };
    let head = fields(head);
    if head.len() != 2 {
        return fault(first, format!("expected `n m` (sites and edges), found {} fields", head.len()));
    }
    let (n, m) = (sites(first, head[0])?, count(first, head[1], "the number of edges")?);
    let mut edges = Collected::default();
    let mut weighted = false;
    for (line, text) in lines {
        let fields = fields(text);
        if !(2..=3).contains(&fields.len()) {
            return fault(line, format!("expected `i j weight`, found {} fields", fields.len()));
        }
        if edges.edges.len() as u64 == m {
            return fault(line, format!("expected the end of the file after {m} edges as line {first} says, found more"));
        }
        let (i, j) = (site(line, fields[0], 1, Some(n))?, site(line, fields[1], 1, Some(n))?);
        weighted |= fields.len() == 3;
        edges.add(line, (i, j), fields.get(2).map_or(Ok(1.0), |f| weight(line, f))?, 1)?;
    }
    if (edges.edges.len() as u64) < m {
        return fault(
            text.lines().count(),
            format!("expected {m} edges as line {first} says, the file ends after {}", edges.edges.len()),
        );
    }
    edges.refuse_repeats(1)?;
    Ok(edges.finish(Format::Rudy, n, weighted, None, "Gset (rudy) file, sites numbered from 1 in it".into()))
}

/// Two positive whole numbers, then a line of three fields, as in no edge list.
pub(super) fn looks_like(text: &str) -> bool {
    let mut lines = content(text, COMMENTS).map(|(_, l)| fields(l));
    let Some(head) = lines.next() else { return false };
    let whole = |f: &&str| f.parse::<u64>().is_ok();
    let positive = head.len() == 2 && head.iter().all(|f| f.parse::<u64>().is_ok_and(|x| x > 0));
    positive && lines.next().is_some_and(|l| l.len() == 3 && l[..2].iter().all(whole))
}
