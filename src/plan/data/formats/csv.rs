//! Tables of text: fields separated by commas, semicolons or tabs (RFC 4180), plain or packed by gzip.
//!
//! A line that begins with `#` is a comment. Without word on a header the first line is one if none of its fields is a number.

use super::super::arrays::{Loaded, Outline, Raw};
use super::super::{Target, Wanted, bounded};
use super::file::Input;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A table and what its columns are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Csv {
    pub path: String,
    /// Whether the first line names the columns; `None`: as it looks.
    pub header: Option<bool>,
    /// The columns of the inputs; none listed: all that are not targets.
    pub inputs: Vec<Column>,
    /// The column of the class, or the columns of the values.
    pub targets: Vec<Column>,
    pub wanted: Wanted,
    /// Names of the classes in their order; none listed: whole numbers count as they are, other names are sorted.
    pub classes: Vec<String>,
}

/// A column by its name or by its number, from 0, negative ones from the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Column {
    Name(String),
    Number(i64),
}

/// A field and where it begins.
struct Field {
    text: String,
    line: usize,
}

/// A cursor over the text of a table.
struct Records<'a> {
    path: &'a str,
    text: &'a str,
    at: usize,
    line: usize,
    separator: char,
}

impl Records<'_> {
    /// The fields of the next record that is not empty.
    fn next(&mut self, fields: &mut Vec<Field>) -> Result<bool, String> {
        fields.clear();
        loop {
            let rest = &self.text[self.at..];
            if rest.is_empty() {
                return Ok(false);
            }
            let end = rest.find('\n').map_or(rest.len(), |k| k + 1);
            let line = rest[..end].trim();
            if !line.is_empty() && !line.starts_with('#') {
                break;
            }
            self.at += end;
            self.line += 1;
        }
        loop {
            let (field, last) = self.field()?;
            fields.push(field);
            if last {
                return Ok(true);
            }
        }
    }

    /// The next field, and whether the record ends with it.
    fn field(&mut self) -> Result<(Field, bool), String> {
        let line = self.line;
        let rest = &self.text[self.at..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\u{feff}']).len();
        if !rest[blank..].starts_with('"') {
            let end = rest.find([self.separator, '\n']).unwrap_or(rest.len());
            let last = !rest[end..].starts_with(self.separator);
            self.at += end + usize::from(end < rest.len());
            self.line += usize::from(rest[end..].starts_with('\n'));
            return Ok((Field { text: rest[..end].trim().to_string(), line }, last));
        }
        let mut text = String::new();
        let mut at = blank + 1;
        loop {
            let Some(quote) = rest[at..].find('"') else {
                return Err(format!("{}:{line}: a quote is not closed", self.path));
            };
            text += &rest[at..at + quote];
            at += quote + 1;
            if !rest[at..].starts_with('"') {
                break;
            }
            text.push('"');
            at += 1;
        }
        self.line += text.matches('\n').count();
        let end = rest[at..].find([self.separator, '\n']).unwrap_or(rest.len() - at);
        if !rest[at..at + end].trim().is_empty() {
            return Err(format!("{}:{}: expected the end of the field after its closing quote", self.path, self.line));
        }
        at += end;
        let last = !rest[at..].starts_with(self.separator);
        self.line += usize::from(rest[at..].starts_with('\n'));
        self.at += at + usize::from(at < rest.len());
        Ok((Field { text, line }, last))
    }
}

/// A field as a message shows it, cut where it is long.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(30) {
        Some((at, _)) => format!("`{}…`", &text[..at]),
        None => format!("`{text}`"),
    }
}

struct Table<'a> {
    csv: &'a Csv,
    /// Names where there is a header.
    names: Vec<String>,
    width: usize,
    /// The line that says how many columns there are.
    first: usize,
}

impl Table<'_> {
    /// `column 3 (`width`)`
    fn column(&self, k: usize) -> String {
        match self.names.get(k) {
            Some(name) => format!("column {} ({})", k + 1, quoted(name)),
            None => format!("column {}", k + 1),
        }
    }

    fn find(&self, column: &Column) -> Result<usize, String> {
        let path = &self.csv.path;
        match column {
            Column::Name(name) => self.names.iter().position(|n| n == name).ok_or_else(|| {
                let offer: Vec<String> = self.names.iter().take(20).map(|n| quoted(n)).collect();
                match offer.is_empty() {
                    true => format!("{path}: it has no header that names columns: give their numbers, from 0"),
                    false => format!("{path}: it has no column {}; it has {}", quoted(name), offer.join(", ")),
                }
            }),
            Column::Number(k) => {
                let at = if *k < 0 { k + self.width as i64 } else { *k };
                let n = self.width;
                usize::try_from(at)
                    .ok()
                    .filter(|k| *k < n)
                    .ok_or_else(|| format!("{path}: it has no column {k}: its {n} columns count from 0"))
            }
        }
    }

    fn number(&self, field: &Field, k: usize) -> Result<f64, String> {
        let what = match field.text.trim().parse::<f64>() {
            Ok(x) if x.is_finite() => return Ok(x),
            Ok(_) => "a finite number",
            Err(_) => "a number",
        };
        let found = if field.text.is_empty() { "nothing".to_string() } else { quoted(&field.text) };
        Err(format!("{}:{}: {}: expected {what}, found {found}", self.csv.path, field.line, self.column(k)))
    }
}

/// Reads all of a table.
pub(in crate::plan::data) fn read(csv: &Csv) -> Result<(Outline, Loaded), String> {
    let path = &csv.path;
    let bytes = Input::open(path)?.rest()?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let line = 1 + e.as_bytes()[..at].iter().filter(|&&b| b == b'\n').count();
        format!("{path}:{line}: expected text in UTF-8")
    })?;
    let mut records = Records { path, text: text.strip_prefix('\u{feff}').unwrap_or(&text), at: 0, line: 1, separator: ',' };
    let start = records.text.lines().find(|l| !l.trim().is_empty() && !l.trim_start().starts_with('#')).unwrap_or("");
    records.separator = [',', ';', '\t'].into_iter().find(|&c| start.contains(c)).unwrap_or(',');
    let mut fields = Vec::new();
    if !records.next(&mut fields)? {
        return Err(format!("{path} is empty"));
    }
    let header = csv.header.unwrap_or_else(|| fields.iter().all(|f| f.text.parse::<f64>().is_err()));
    let names = if header { fields.iter().map(|f| f.text.clone()).collect() } else { Vec::new() };
    let table = Table { csv, names, width: fields.len(), first: fields[0].line };
    let targets: Vec<usize> = csv.targets.iter().map(|c| table.find(c)).collect::<Result<_, _>>()?;
    let inputs: Vec<usize> = match csv.inputs.is_empty() {
        true => (0..table.width).filter(|k| !targets.contains(k)).collect(),
        false => csv.inputs.iter().map(|c| table.find(c)).collect::<Result<_, _>>()?,
    };
    if let Some(k) = inputs.iter().find(|k| targets.contains(k)) {
        return Err(format!("{path}: {} is both an input and a target", table.column(*k)));
    }
    if inputs.is_empty() {
        return Err(format!("{path}: no column is left for the inputs"));
    }
    let (mut x, mut y, mut classes) = (Vec::new(), Vec::new(), Vec::new());
    let mut examples = 0;
    let mut more = !header || records.next(&mut fields)?;
    while more {
        if fields.len() != table.width {
            let (found, line, n, first) = (fields.len(), fields[0].line, table.width, table.first);
            return Err(format!("{path}:{line}: expected {n} fields as on line {first}, found {found}"));
        }
        for &k in &inputs {
            x.push(table.number(&fields[k], k)?);
        }
        match csv.wanted {
            Wanted::Nothing => {}
            Wanted::Values => {
                for &k in &targets {
                    y.push(table.number(&fields[k], k)?);
                }
            }
            Wanted::Label { .. } => {
                let Some(&k) = targets.first() else { return Err(format!("{path}: the column of the class is missing")) };
                classes.push((std::mem::take(&mut fields[k].text), fields[k].line));
            }
        }
        examples += 1;
        more = records.next(&mut fields)?;
    }
    if examples == 0 {
        return Err(format!("{path} has a header, but no examples"));
    }
    bounded(examples, &[inputs.len()]).map_err(|reason| format!("{path}: {reason}"))?;
    let columns = if table.names.is_empty() { Vec::new() } else { inputs.iter().map(|&k| table.names[k].clone()).collect() };
    let mut outline =
        Outline { examples, shape: vec![inputs.len()], target: Target::None, labels: None, columns, classes: Vec::new() };
    let mut loaded = Loaded { inputs: Raw::Double(x), values: None };
    match csv.wanted {
        Wanted::Nothing => {}
        Wanted::Values => {
            outline.target = Target::Values(vec![targets.len()]);
            loaded.values = Some(y);
        }
        Wanted::Label { classes: count } => {
            let (labels, names) = number(&table, targets[0], &classes, count)?;
            outline.target = Target::Classes(names.len());
            outline.labels = Some(labels);
            // Numbers that stand for themselves are no names.
            if names.iter().enumerate().any(|(k, n)| *n != k.to_string()) {
                outline.classes = names;
            }
        }
    }
    Ok((outline, loaded))
}

/// Numbers the classes; gives their names too.
fn number(
    table: &Table,
    column: usize,
    found: &[(String, usize)],
    count: Option<usize>,
) -> Result<(Vec<u32>, Vec<String>), String> {
    const MOST: u32 = 1_000_000;
    let wrong = |line: usize, expected: &str, text: &str| {
        Err(format!("{}:{line}: {}: expected {expected}, found {}", table.csv.path, table.column(column), quoted(text)))
    };
    let whole = |text: &str| match text.parse::<f64>() {
        Ok(x) if x >= 0.0 && x < f64::from(MOST) && x == libm::trunc(x) => Some(x as u32),
        _ => None,
    };
    if let Some((_, line)) = found.iter().find(|(text, _)| text.is_empty()) {
        return wrong(*line, "a class", "");
    }
    let listed = &table.csv.classes;
    if listed.is_empty() && (count.is_some() || found.iter().all(|(text, _)| whole(text).is_some())) {
        let end = count.unwrap_or(MOST as usize);
        let mut labels = Vec::with_capacity(found.len());
        for (text, line) in found {
            match whole(text).filter(|k| (*k as usize) < end) {
                Some(k) => labels.push(k),
                None => return wrong(*line, &format!("a class from 0 to {}", end.saturating_sub(1)), text),
            }
        }
        let count = count.unwrap_or_else(|| labels.iter().max().map_or(0, |m| *m as usize + 1));
        return Ok((labels, (0..count).map(|k| k.to_string()).collect()));
    }
    let names: Vec<String> = if listed.is_empty() {
        let mut names: Vec<String> =
            found.iter().map(|f| f.0.clone()).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        let size = |n: &String| n.parse::<f64>().unwrap_or(f64::NAN);
        if names.iter().all(|n| size(n).is_finite()) {
            names.sort_by(|a, b| size(a).total_cmp(&size(b)));
        }
        names
    } else {
        listed.clone()
    };
    let places: BTreeMap<&str, u32> = names.iter().enumerate().map(|(k, n)| (n.as_str(), k as u32)).collect();
    let mut labels = Vec::with_capacity(found.len());
    for (text, line) in found {
        match places.get(text.as_str()) {
            Some(&k) => labels.push(k),
            None => {
                return wrong(
                    *line,
                    &format!("a class of {}", names.iter().map(|n| quoted(n)).collect::<Vec<_>>().join(", ")),
                    text,
                );
            }
        }
    }
    Ok((labels, names))
}
