//! What the line-based formats share: fields, numbers with their reasons, edges that may come once.

use super::{CouplingFile, Format};

/// A reason and the line it concerns, from 1; 0 for the file as a whole.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    pub line: usize,
    pub reason: String,
}

/// A fault at a line.
pub(super) fn fault<T>(line: usize, reason: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { line, reason: reason.into() })
}

/// The fields of a line: separated by white space, or by commas or semicolons with white space around.
pub(super) fn fields(line: &str) -> Vec<&str> {
    match [',', ';'].into_iter().find(|&c| line.contains(c)) {
        Some(c) => line.split(c).map(str::trim).collect(),
        None => line.split_whitespace().collect(),
    }
}

/// Numbered lines with something on them other than a comment.
pub(super) fn content<'a>(text: &'a str, comment: &'a [&'a str]) -> impl Iterator<Item = (usize, &'a str)> {
    text.lines()
        .enumerate()
        .map(|(i, l)| (i + 1, l.trim()))
        .filter(move |(_, l)| !l.is_empty() && !comment.iter().any(|c| l.starts_with(c)))
}

/// A field as a message shows it, cut where it is long.
pub(super) fn shown(field: &str) -> String {
    match field.char_indices().nth(30) {
        Some((at, _)) => format!("`{}…`", &field[..at]),
        None => format!("`{field}`"),
    }
}

/// A whole number that is not negative.
pub(super) fn count(line: usize, field: &str, what: &str) -> Result<u64, Fault> {
    field.parse().or_else(|_| fault(line, format!("expected {what}, found {}", shown(field))))
}

/// A number of sites.
pub(super) fn sites(line: usize, field: &str) -> Result<usize, Fault> {
    match count(line, field, "the number of sites")? {
        0 => fault(line, "a graph needs at least one site, found 0"),
        n if n > u64::from(u32::MAX) => fault(line, format!("{n} sites are more than can be numbered (2^32)")),
        n => Ok(n as usize),
    }
}

/// A site's number, counted from `base`, as one from 0. `n` is the number of sites where it is known.
pub(super) fn site(line: usize, field: &str, base: u64, n: Option<usize>) -> Result<u32, Fault> {
    let what = format!("a site's number (a whole number from {base})");
    let i = count(line, field, &what)?;
    let Some(index) = i.checked_sub(base) else { return fault(line, format!("expected {what}, found {i}")) };
    match n {
        Some(n) if index >= n as u64 => {
            fault(line, format!("site {i} is out of range: the file declares {n} sites, numbered from {base}"))
        }
        _ if index >= u64::from(u32::MAX) => fault(line, format!("site {i} is more than can be numbered (2^32)")),
        _ => Ok(index as u32),
    }
}

/// A finite number.
pub(super) fn weight(line: usize, field: &str) -> Result<f64, Fault> {
    match field.parse::<f64>() {
        Ok(w) if w.is_finite() => Ok(w),
        Ok(_) => fault(line, format!("expected a finite weight, found {}", shown(field))),
        Err(_) => fault(line, format!("expected a weight (a number), found {}", shown(field))),
    }
}

/// Edges as they are read.
#[derive(Default)]
pub(super) struct Collected {
    pub edges: Vec<(u32, u32)>,
    pub weights: Vec<f64>,
    lines: Vec<usize>,
    /// Whether edge (i, j) was written with i < j.
    upper: Vec<bool>,
}

impl Collected {
    /// Adds an edge of two different sites. `base` is what the file counts sites from.
    pub fn add(&mut self, line: usize, (i, j): (u32, u32), weight: f64, base: u64) -> Result<(), Fault> {
        if i == j {
            return fault(line, format!("an edge joins site {} to itself", u64::from(i) + base));
        }
        self.edges.push((i.min(j), i.max(j)));
        self.weights.push(weight);
        self.lines.push(line);
        self.upper.push(i < j);
        Ok(())
    }

    /// Pairs of places in the list that hold the same edge, earlier place first, by the later place.
    fn repeats(&self) -> Vec<(usize, usize)> {
        let mut order: Vec<usize> = (0..self.edges.len()).collect();
        order.sort_by_key(|&k| (self.edges[k], k));
        let mut found: Vec<(usize, usize)> =
            order.windows(2).filter(|w| self.edges[w[0]] == self.edges[w[1]]).map(|w| (w[0], w[1])).collect();
        found.sort_by_key(|&(_, later)| later);
        found
    }

    /// Refuses an edge that comes twice, in either direction.
    pub fn refuse_repeats(&self, base: u64) -> Result<(), Fault> {
        match self.repeats().first() {
            Some(&(earlier, later)) => self.repeated(earlier, later, base),
            None => Ok(()),
        }
    }

    fn repeated<T>(&self, earlier: usize, later: usize, base: u64) -> Result<T, Fault> {
        let (i, j) = self.edges[later];
        let (i, j) = (u64::from(i) + base, u64::from(j) + base);
        fault(self.lines[later], format!("the edge between sites {i} and {j} is already on line {}", self.lines[earlier]))
    }

    /// Makes one edge of the two entries (i, j) and (j, i) of a symmetric matrix; returns whether there were any.
    pub fn merge_transposed(&mut self, base: u64) -> Result<bool, Fault> {
        let repeats = self.repeats();
        let mut drop = vec![false; self.edges.len()];
        for &(earlier, later) in &repeats {
            if self.upper[earlier] == self.upper[later] || drop[earlier] {
                return self.repeated(earlier, later, base);
            }
            if self.weights[earlier] != self.weights[later] {
                let (i, j) = self.edges[later];
                let (i, j) = (u64::from(i) + base, u64::from(j) + base);
                let (w, was, line) = (self.weights[later], self.weights[earlier], self.lines[earlier]);
                return fault(
                    self.lines[later],
                    format!("the matrix is not symmetric: between sites {i} and {j}, {was} on line {line} and {w} here"),
                );
            }
            drop[later] = true;
        }
        let mut keep = drop.iter().map(|d| !d);
        self.edges.retain(|_| keep.next().unwrap_or(true));
        let mut keep = drop.iter().map(|d| !d);
        self.weights.retain(|_| keep.next().unwrap_or(true));
        let mut keep = drop.iter().map(|d| !d);
        self.lines.retain(|_| keep.next().unwrap_or(true));
        Ok(!repeats.is_empty())
    }

    /// The finished reading.
    pub fn finish(self, format: Format, n: usize, weighted: bool, linear: Option<Vec<f64>>, note: String) -> CouplingFile {
        let weights = weighted.then_some(self.weights);
        CouplingFile { format, n, edges: self.edges, weights, linear, note }
    }
}
