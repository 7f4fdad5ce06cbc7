//! NumPy's arrays: `.npy` (versions 1 to 3) and `.npz`, a zip archive of them.
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use super::super::arrays::{Raw, Stored};
use super::super::{elements, shown};
use super::file::Input;
use super::number::Form;
use super::zip;

/// An array in a file, or in an entry of an archive.
pub(in crate::plan::data) struct Npy {
    pub path: String,
    pub entry: Option<String>,
}

struct Header {
    form: Form,
    big: bool,
    /// The first direction runs fastest.
    fortran: bool,
    shape: Vec<usize>,
    /// The byte at which the numbers begin.
    start: usize,
}

/// Bytes of a header; NumPy's own are much shorter.
const LONGEST: usize = 1 << 16;

impl Npy {
    fn open(&self) -> Result<Input, String> {
        match &self.entry {
            Some(entry) => zip::open(&self.path, entry),
            None => Input::open(&self.path),
        }
    }

    fn header(&self, input: &mut Input) -> Result<Header, String> {
        let name = self.name();
        let start = input.next(8)?;
        if start.len() < 8 || !start.starts_with(b"\x93NUMPY") {
            let help = if start.starts_with(b"PK\x03\x04") { " (this is an archive: read it with `npz`)" } else { "" };
            return Err(format!("{name}: byte 0: expected the magic number of NumPy's arrays, \\x93NUMPY{help}"));
        }
        let words = match start[6] {
            1 => 2,
            2 | 3 => 4,
            v => return Err(format!("{name}: byte 6: expected version 1, 2 or 3, found {v}")),
        };
        let size = input.next(words)?;
        let long = size.iter().rev().fold(0usize, |n, b| n << 8 | usize::from(*b));
        if size.len() < words as usize || long > LONGEST {
            return Err(format!("{name}: byte 8: expected the length of a header, found {long}"));
        }
        let text = input.next(long as u64)?;
        let first = 8 + size.len();
        if text.len() < long {
            return Err(format!("{name}: byte {}: the file ends inside its header of {long} bytes", first + text.len()));
        }
        let text = String::from_utf8_lossy(&text);
        let mut header = parse(&text).map_err(|(at, reason)| format!("{name}: byte {}: {reason}", first + at))?;
        header.start = first + long;
        let end = header.end(&name)?;
        if let Some(length) = input.length()
            && length != end
        {
            return Err(header.wrong_length(&name, length, end));
        }
        Ok(header)
    }
}

impl Header {
    fn end(&self, name: &str) -> Result<u64, String> {
        let bytes = elements(&self.shape).and_then(|n| n.checked_mul(self.form.width())).and_then(|n| n.checked_add(self.start));
        bytes.map(|n| n as u64).ok_or_else(|| format!("{name}: it claims {} numbers", shown(&self.shape)))
    }

    fn wrong_length(&self, name: &str, found: u64, end: u64) -> String {
        let what = if found < end { "the file ends there" } else { "the file goes on" };
        format!(
            "{name}: byte {}: {what}, but {} numbers of {} bytes end at byte {end}",
            found.min(end),
            shown(&self.shape),
            self.form.width()
        )
    }
}

impl Stored for Npy {
    fn name(&self) -> String {
        match &self.entry {
            Some(entry) => format!("{}: `{entry}`", self.path),
            None => self.path.clone(),
        }
    }

    fn shape(&self) -> Result<Vec<usize>, String> {
        Ok(self.header(&mut self.open()?)?.shape)
    }

    fn read(&self) -> Result<Raw, String> {
        let mut input = self.open()?;
        let header = self.header(&mut input)?;
        let end = header.end(&self.name())?;
        let length = end - header.start as u64;
        let bytes = input.next(length.saturating_add(1))?;
        if bytes.len() as u64 != length {
            return Err(header.wrong_length(&self.name(), header.start as u64 + bytes.len() as u64, end));
        }
        let place = |k: usize| format!("{}: byte {}", self.name(), header.start + k * header.form.width());
        let raw = header.form.decode(bytes, header.big).map_err(|(k, reason)| format!("{}: {reason}", place(k)))?;
        if !header.fortran {
            return Ok(raw);
        }
        raw.finite(place)?;
        Ok(match raw {
            Raw::Bytes { data, unit } => Raw::Bytes { data: rows_first(&data, &header.shape), unit },
            Raw::Single(v) => Raw::Single(rows_first(&v, &header.shape)),
            Raw::Double(v) => Raw::Double(rows_first(&v, &header.shape)),
        })
    }

    fn place(&self, k: usize) -> String {
        match self.open().and_then(|mut i| self.header(&mut i)) {
            // Elements of Fortran's order have been given in the other one.
            Ok(h) if !h.fortran => format!("{}: byte {} (element {k})", self.name(), h.start + k * h.form.width()),
            _ => format!("{}: element {k}", self.name()),
        }
    }
}

/// Numbers of which the last direction runs fastest, from those of which the first one does.
fn rows_first<T: Copy>(data: &[T], shape: &[usize]) -> Vec<T> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for &n in shape {
        strides.push(stride);
        stride *= n;
    }
    let mut index = vec![0; shape.len()];
    let mut at = 0;
    let mut out = Vec::with_capacity(data.len());
    for _ in 0..data.len() {
        out.push(data[at]);
        for k in (0..shape.len()).rev() {
            index[k] += 1;
            at += strides[k];
            if index[k] < shape[k] {
                break;
            }
            at -= strides[k] * shape[k];
            index[k] = 0;
        }
    }
    out
}

/// Reads the header's dictionary. Errors: the position in the text, and the reason.
fn parse(text: &str) -> Result<Header, (usize, String)> {
    let mut p = Parser { text: text.as_bytes(), at: 0 };
    let (mut form, mut fortran, mut shape) = (None, None, None);
    p.expect(b'{')?;
    while !p.eat(b'}') {
        let at = p.at;
        match p.quoted()?.as_str() {
            "descr" => {
                p.expect(b':')?;
                form = Some(p.form()?);
            }
            "fortran_order" => {
                p.expect(b':')?;
                fortran = Some(p.truth()?);
            }
            "shape" => {
                p.expect(b':')?;
                shape = Some(p.sizes()?);
            }
            other => return Err((at, format!("expected `descr`, `fortran_order` or `shape`, found `{other}`"))),
        }
        if !p.eat(b',') {
            p.expect(b'}')?;
            break;
        }
    }
    match (form, fortran, shape) {
        (Some((form, big)), Some(fortran), Some(shape)) => Ok(Header { form, big, fortran, shape, start: 0 }),
        _ => Err((0, "expected `descr`, `fortran_order` and `shape`".into())),
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, c: u8) -> bool {
        let is = self.peek() == Some(c);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, c: u8) -> Result<(), (usize, String)> {
        if self.eat(c) { Ok(()) } else { Err((self.at, format!("expected `{}` in the header", char::from(c)))) }
    }

    fn quoted(&mut self) -> Result<String, (usize, String)> {
        let from = self.at;
        let quote = self.peek().filter(|c| matches!(c, b'\'' | b'"')).ok_or((from, "expected a quoted name".to_string()))?;
        self.at += 1;
        let rest = &self.text[self.at..];
        let length = rest.iter().position(|c| *c == quote).ok_or((from, "a quote is not closed".to_string()))?;
        self.at += length + 1;
        Ok(String::from_utf8_lossy(&rest[..length]).into_owned())
    }

    fn truth(&mut self) -> Result<bool, (usize, String)> {
        self.peek();
        for (word, value) in [("True", true), ("False", false)] {
            if self.text[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err((self.at, "expected `True` or `False`".into()))
    }

    fn sizes(&mut self) -> Result<Vec<usize>, (usize, String)> {
        self.expect(b'(')?;
        let mut sizes = Vec::new();
        while !self.eat(b')') {
            self.peek();
            let at = self.at;
            let digits = self.text[at..].iter().take_while(|c| c.is_ascii_digit()).count();
            let number = std::str::from_utf8(&self.text[at..at + digits]).ok().and_then(|t| t.parse().ok());
            sizes.push(number.ok_or((at, "expected a size of the shape".to_string()))?);
            self.at += digits;
            if !self.eat(b',') {
                self.expect(b')')?;
                break;
            }
        }
        if sizes.len() > 32 { Err((self.at, format!("a shape of {} directions", sizes.len()))) } else { Ok(sizes) }
    }

    /// A type such as `<f4`; whether the highest byte comes first.
    fn form(&mut self) -> Result<(Form, bool), (usize, String)> {
        if self.peek() == Some(b'[') {
            return Err((self.at, "expected an array of plain numbers, found a structured type".into()));
        }
        let at = self.at;
        let text = self.quoted()?;
        let (order, rest) = match text.chars().next() {
            Some(c @ ('<' | '>' | '|' | '=')) => (c, &text[1..]),
            _ => ('=', &text[..]),
        };
        let form = match rest {
            "?" | "b1" => Form::Bool,
            "u1" => Form::Unsigned(1),
            "u2" => Form::Unsigned(2),
            "u4" => Form::Unsigned(4),
            "u8" => Form::Unsigned(8),
            "i1" => Form::Signed(1),
            "i2" => Form::Signed(2),
            "i4" => Form::Signed(4),
            "i8" => Form::Signed(8),
            "f2" => Form::Float(2),
            "f4" => Form::Float(4),
            "f8" => Form::Float(8),
            _ => return Err((at, format!("expected numbers (f2, f4, f8, i1 to i8, u1 to u8, b1), found the type `{text}`"))),
        };
        Ok((form, order == '>'))
    }
}
