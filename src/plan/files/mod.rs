//! Readers of files that hold a graph with couplings.
//!
//! Text or HDF5 in, sites and weighted edges out. What the weights mean in an energy is not known here.

mod edge_list;
mod hdf5;
mod json;
mod lines;
mod matrix_market;
mod qubo;
mod rudy;
#[cfg(test)]
mod tests;

use std::path::Path;

/// The formats that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines `i j` or `i j weight`, sites from 0.
    EdgeList,
    /// Matrix Market, coordinate form.
    MatrixMarket,
    /// Rudy, the form of the Gset: `n m`, then lines `i j weight`, sites from 1.
    Rudy,
    /// Lines `i j value` with diagonal entries, after a `p qubo` line or none (COO).
    Qubo,
    /// `{"n": .., "edges": [[i, j, weight], ..]}`, sites from 0.
    Json,
    /// A matrix, a list of entries, or compressed rows in a group.
    Hdf5,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct CouplingFile {
    pub format: Format,
    /// The number of sites.
    pub n: usize,
    /// Edges with i < j, sites from 0, each once, in the order of the file.
    pub edges: Vec<(u32, u32)>,
    /// One an edge, if the file has weights.
    pub weights: Option<Vec<f64>>,
    /// Linear terms, one a site, if the file has any.
    pub linear: Option<Vec<f64>>,
    /// How the file was understood, for people.
    pub note: String,
}

/// Reads a file; `group` is the place in an HDF5 file, `/` for all of it. Errors: `FILE:LINE: what was found and what was
/// expected`.
pub fn read(path: &Path, group: &str) -> Result<CouplingFile, String> {
    let shown = path.display();
    let cannot = |e: std::io::Error| format!("cannot read {shown}: {}", io_reason(&e));
    let mut start = Vec::new();
    let file = std::fs::File::open(path).map_err(cannot)?;
    std::io::Read::read_to_end(&mut std::io::Read::take(file, 8), &mut start).map_err(cannot)?;
    if start.starts_with(b"\x89HDF") {
        return hdf5::read(path, group).and_then(plausible).map_err(|reason| format!("{shown}: {reason}"));
    }
    if !group.trim_matches('/').is_empty() {
        return Err(format!("{shown} is a text file: only HDF5 files have groups"));
    }
    let bytes = std::fs::read(path).map_err(cannot)?;
    if bytes.starts_with(&[0x1f, 0x8b])
        || bytes.starts_with(b"BZh")
        || bytes.starts_with(b"\xfd7zXZ")
        || bytes.starts_with(b"PK\x03\x04")
    {
        return Err(format!("{shown} is compressed: unpack it first"));
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let line = 1 + e.as_bytes()[..at].iter().filter(|&&b| b == b'\n').count();
        format!("{shown}:{line}: expected text in UTF-8")
    })?;
    parse(&shown.to_string(), &text)
}

/// Why a file could not be read, for people.
pub(in crate::plan) fn io_reason(e: &std::io::Error) -> String {
    match e.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        std::io::ErrorKind::IsADirectory => "it is a folder".into(),
        _ => e.to_string().to_lowercase(),
    }
}

/// Reads a text; `name` stands in the messages and its extension says the format where it does.
pub fn parse(name: &str, text: &str) -> Result<CouplingFile, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(format!("{name} is empty"));
    }
    let read = match detect(name, text) {
        Format::EdgeList => edge_list::read,
        Format::MatrixMarket => matrix_market::read,
        Format::Rudy => rudy::read,
        Format::Qubo => qubo::read,
        Format::Json => json::read,
        Format::Hdf5 => return Err(format!("{name} is not an HDF5 file")),
    };
    let file = read(text).map_err(|e| match e.line {
        0 => format!("{name}: {}", e.reason),
        line => format!("{name}:{line}: {}", e.reason),
    })?;
    plausible(file).map_err(|reason| format!("{name}: {reason}"))
}

/// Sites that a header may claim beyond what the edges explain.
const MOST_BARE: usize = 1 << 20;

/// Refuses a number of sites that has nothing to do with the edges, before memory is asked for it.
fn plausible(file: CouplingFile) -> Result<CouplingFile, String> {
    let explained = file.edges.len().saturating_add(1).saturating_mul(1000).max(MOST_BARE);
    if file.n > explained {
        let (n, m) = (file.n, file.edges.len());
        return Err(format!("it claims {n} sites, but lists {m} edges: nearly all of the sites would have none"));
    }
    Ok(file)
}

/// The format: by a mark that the content bears, else by the extension, else by the form of the lines.
pub fn detect(name: &str, text: &str) -> Format {
    let start = text.trim_start();
    if start.get(..14).is_some_and(|s| s.eq_ignore_ascii_case("%%MatrixMarket")) {
        return Format::MatrixMarket;
    }
    if start.starts_with('{') {
        return Format::Json;
    }
    if text.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with(['c', '#'])).is_some_and(|l| l.starts_with("p qubo"))
    {
        return Format::Qubo;
    }
    let extension = Path::new(name).extension().and_then(|e| e.to_str()).unwrap_or("").to_lowercase();
    match extension.as_str() {
        "mtx" | "mm" => Format::MatrixMarket,
        "json" => Format::Json,
        "qubo" | "coo" => Format::Qubo,
        "rud" | "rudy" | "gset" | "mc" => Format::Rudy,
        "csv" | "tsv" | "edges" | "edgelist" => Format::EdgeList,
        _ if rudy::looks_like(text) => Format::Rudy,
        _ => Format::EdgeList,
    }
}
