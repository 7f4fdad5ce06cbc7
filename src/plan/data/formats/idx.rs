//! IDX, the form of MNIST: a magic number (two zeros, the type of the numbers, the number of directions), the sizes of the
//! directions as 32-bit words with the highest byte first, and the numbers. Plain or packed by gzip.

use super::super::arrays::{Raw, Stored};
use super::super::{elements, shown};
use super::file::Input;
use super::number::Form;

/// An IDX file.
pub(in crate::plan::data) struct Idx {
    pub path: String,
    /// What bytes are divided by: 255 for pixels.
    pub unit: f32,
}

struct Header {
    form: Form,
    shape: Vec<usize>,
    /// The byte at which the numbers begin.
    start: usize,
}

const FORMS: &[(u8, Form)] = &[
    (8, Form::Unsigned(1)),
    (9, Form::Signed(1)),
    (11, Form::Signed(2)),
    (12, Form::Signed(4)),
    (13, Form::Float(4)),
    (14, Form::Float(8)),
];

impl Idx {
    fn header(&self, input: &mut Input) -> Result<Header, String> {
        let path = &self.path;
        let magic = input.next(4)?;
        let form = match magic[..] {
            [0, 0, form, directions] if directions > 0 => FORMS.iter().find(|f| f.0 == form).map(|f| f.1),
            _ => None,
        };
        let Some(form) = form else {
            let found =
                if magic.len() < 4 { format!("the end of the file after {} bytes", magic.len()) } else { format!("{magic:?}") };
            return Err(format!(
                "{path}: byte 0: expected the magic number of IDX (such as [0, 0, 8, 3] for images, [0, 0, 8, 1] for labels), found {found}"
            ));
        };
        let directions = usize::from(magic[3]);
        let sizes = input.next(4 * directions as u64)?;
        if sizes.len() < 4 * directions {
            return Err(format!(
                "{path}: byte {}: expected the sizes of {directions} directions, found the end of the file",
                4 + sizes.len()
            ));
        }
        let shape: Vec<usize> = sizes.chunks_exact(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize).collect();
        let header = Header { form, start: 4 + sizes.len(), shape };
        let end = header.end(path);
        let Some(length) = input.length() else { return end.map(|_| header) };
        if end.as_ref() == Ok(&length) {
            return Ok(header);
        }
        // Sizes that fit the file under another magic number say that this one is wrong.
        let mut words = sizes.to_vec();
        words.extend(input.next(4 * MOST_DIRECTIONS)?);
        if let Some([form, directions]) = fitting(&words, length) {
            return Err(format!(
                "{path}: byte 2: the magic number is [0, 0, {}, {}], but the file is as long as one of [0, 0, {form}, {directions}]",
                magic[2], magic[3]
            ));
        }
        Err(header.wrong_length(path, length, end?))
    }
}

/// Directions that are looked for where a magic number is wrong.
const MOST_DIRECTIONS: u64 = 4;

/// The form and the number of directions by which sizes fit the length of a file.
fn fitting(words: &[u8], length: u64) -> Option<[u8; 2]> {
    let sizes: Vec<usize> = words.chunks_exact(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize).collect();
    (1..=sizes.len().min(MOST_DIRECTIONS as usize)).rev().find_map(|n| {
        let shape = sizes[..n].to_vec();
        let fits =
            |form: &Form| Header { form: *form, start: 4 + 4 * n, shape: shape.clone() }.end("").is_ok_and(|end| end == length);
        FORMS.iter().find(|(_, form)| fits(form)).map(|(code, _)| [*code, n as u8])
    })
}

impl Idx {
    /// Whether the file is as long as its header says: where it is packed, by the length that gzip writes at its end.
    pub fn whole(&self) -> Result<(), String> {
        let mut input = Input::open(&self.path)?;
        let end = self.header(&mut input)?.end(&self.path)?;
        match input.unpacked()? {
            // A file of several parts tells the length of the last.
            Some(length) if length != end as u32 => self.read().map(|_| ()),
            _ => Ok(()),
        }
    }
}

impl Header {
    fn end(&self, path: &str) -> Result<u64, String> {
        let bytes = elements(&self.shape).and_then(|n| n.checked_mul(self.form.width())).and_then(|n| n.checked_add(self.start));
        bytes.map(|n| n as u64).ok_or_else(|| format!("{path}: byte 4: it claims {} numbers", shown(&self.shape)))
    }

    fn wrong_length(&self, path: &str, found: u64, end: u64) -> String {
        let what = if found < end { "the file ends there" } else { "the file goes on" };
        format!(
            "{path}: byte {}: {what}, but {} numbers of {} bytes end at byte {end}",
            found.min(end),
            shown(&self.shape),
            self.form.width()
        )
    }
}

impl Stored for Idx {
    fn name(&self) -> String {
        self.path.clone()
    }

    fn shape(&self) -> Result<Vec<usize>, String> {
        Ok(self.header(&mut Input::open(&self.path)?)?.shape)
    }

    fn read(&self) -> Result<Raw, String> {
        let mut input = Input::open(&self.path)?;
        let header = self.header(&mut input)?;
        let end = header.end(&self.path)?;
        let length = end - header.start as u64;
        let bytes = input.next(length.saturating_add(1))?;
        if bytes.len() as u64 != length {
            return Err(header.wrong_length(&self.path, header.start as u64 + bytes.len() as u64, end));
        }
        match header.form.decode(bytes, true) {
            Ok(Raw::Bytes { data, .. }) => Ok(Raw::Bytes { data, unit: self.unit }),
            Ok(raw) => Ok(raw),
            Err((k, reason)) => Err(format!("{}: {reason}", self.place(k))),
        }
    }

    fn place(&self, k: usize) -> String {
        let at = Input::open(&self.path).and_then(|mut i| self.header(&mut i)).map(|h| h.start + k * h.form.width());
        match at {
            Ok(at) => format!("{}: byte {at} (element {k})", self.path),
            Err(_) => format!("{}: element {k}", self.path),
        }
    }
}

/// The two files of a part of MNIST, Fashion-MNIST and their kin in a folder, by their usual names.
pub(in crate::plan::data) fn mnist(folder: &str, test: bool) -> Result<(Idx, Idx), String> {
    let start = if test { "t10k" } else { "train" };
    let find = |what: &str, directions: u8| {
        let names = ["-", "."].map(|c| format!("{start}-{what}{c}idx{directions}-ubyte"));
        let all: Vec<String> = names.iter().flat_map(|n| [n.clone(), format!("{n}.gz")]).collect();
        super::file::find(folder, &all)
    };
    let (images, labels) = (find("images", 3)?, find("labels", 1)?);
    let images = Idx { path: images, unit: 255.0 };
    let shape = images.shape()?;
    if shape.len() != 3 || shape[1..] != [28, 28] {
        return Err(format!("{}: byte 4: expected images of 28 × 28 pixels, found the shape {}", images.path, shown(&shape)));
    }
    Ok((images, Idx { path: labels, unit: 1.0 }))
}
