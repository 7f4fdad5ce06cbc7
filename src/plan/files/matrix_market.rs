//! Matrix Market files in coordinate form (Boisvert, Pozo, Remington, NISTIR 5935 (1996)): a symmetric square matrix
//! is a weighted graph. Rows and columns count from 1.

use super::lines::{Collected, Fault, count, fault, shown, site, sites, weight};
use super::{CouplingFile, Format};

struct Banner {
    pattern: bool,
    integer: bool,
    symmetric: bool,
}

fn banner(line: &str) -> Result<Banner, Fault> {
    let lower = line.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    if words.first() != Some(&"%%matrixmarket") {
        return fault(1, "expected `%%MatrixMarket matrix coordinate FIELD SYMMETRY`");
    }
    let [_, object, form, field, symmetry] = words[..] else {
        return fault(1, format!("expected `%%MatrixMarket matrix coordinate FIELD SYMMETRY`, found {} words", words.len()));
    };
    let expect = |what: &str, found: &str, allowed: &[&str]| {
        if allowed.contains(&found) {
            Ok(())
        } else {
            fault(1, format!("expected {what} {}, found {}", allowed.join(" or "), shown(found)))
        }
    };
    expect("the object", object, &["matrix"])?;
    expect("the form", form, &["coordinate"])?;
    expect("entries", field, &["real", "integer", "pattern"])?;
    expect("the symmetry", symmetry, &["symmetric", "general"])?;
    Ok(Banner { pattern: field == "pattern", integer: field == "integer", symmetric: symmetry == "symmetric" })
}

pub(super) fn read(text: &str) -> Result<CouplingFile, Fault> {
    let mut lines = text.lines().enumerate().map(|(i, l)| (i + 1, l.trim()));
    let banner = banner(lines.next().map_or("", |(_, l)| l))?;
    let mut lines = lines.filter(|(_, l)| !l.is_empty() && !l.starts_with('%'));
    let last = text.lines().count();
    let Some((first, size)) = lines.next() else { return fault(last, "expected a line `rows columns entries`, the file ends") };
    let size: Vec<&str> = size.split_whitespace().collect();
    let [rows, columns, entries] = size[..] else {
        return fault(first, format!("expected `rows columns entries`, found {} fields", size.len()));
    };
    let n = sites(first, rows)?;
    if sites(first, columns)? != n {
        return fault(first, format!("couplings need a square matrix, found {rows} rows and {columns} columns"));
    }
    let entries = count(first, entries, "the number of entries")?;
    let mut edges = Collected::default();
    let mut read = 0u64;
    for (line, text) in lines {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let expected = if banner.pattern { 2 } else { 3 };
        if fields.len() != expected {
            let form = if banner.pattern { "`row column`" } else { "`row column value`" };
            return fault(line, format!("expected {form}, found {} fields", fields.len()));
        }
        if read == entries {
            return fault(line, format!("expected the end of the file after {entries} entries as line {first} says, found more"));
        }
        read += 1;
        let (i, j) = (site(line, fields[0], 1, Some(n))?, site(line, fields[1], 1, Some(n))?);
        let w = if banner.pattern { 1.0 } else { weight(line, fields[2])? };
        if banner.integer && fields[2].parse::<i64>().is_err() {
            return fault(line, format!("expected a whole number, as the first line says, found {}", shown(fields[2])));
        }
        if i == j && w == 0.0 {
            continue;
        }
        if i == j {
            return fault(
                line,
                format!("expected no diagonal entries, found {w} at ({0}, {0}): a site is not coupled to itself", i + 1),
            );
        }
        edges.add(line, (i, j), w, 1)?;
    }
    if read < entries {
        return fault(last, format!("expected {entries} entries as line {first} says, the file ends after {read}"));
    }
    let mut note = "Matrix Market file, sites numbered from 1 in it".to_string();
    if banner.symmetric {
        edges.refuse_repeats(1)?;
    } else if edges.merge_transposed(1)? {
        note.push_str("; entries (i, j) and (j, i) are one coupling");
    }
    Ok(edges.finish(Format::MatrixMarket, n, !banner.pattern, None, note))
}
