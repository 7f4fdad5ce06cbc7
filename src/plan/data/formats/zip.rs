//! Zip archives, as far as NumPy writes them: stored and deflated entries, with 64-bit sizes where they are needed.
//! Format: PKWARE's APPNOTE.TXT.

use super::file::{Input, cannot};
use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::fs::File;
use std::io::{BufReader, Error, ErrorKind, Read, Seek, SeekFrom};

/// An entry of an archive.
struct Entry {
    name: String,
    deflated: bool,
    packed: u64,
    size: u64,
    crc: u32,
    /// Where its local header begins.
    at: u64,
}

/// Bytes of a list of entries; NumPy's are much shorter.
const LONGEST: u64 = 1 << 26;

/// A number of 2, 4 or 8 bytes, the lowest first; 0 where the bytes end.
fn word(bytes: &[u8], at: usize, width: usize) -> u64 {
    bytes.get(at..at + width).unwrap_or(&[]).iter().rev().fold(0, |n, b| n << 8 | u64::from(*b))
}

/// `length` bytes from `at`.
fn bytes(file: &mut File, at: u64, length: u64, path: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let read = file.seek(SeekFrom::Start(at)).and_then(|_| file.by_ref().take(length).read_to_end(&mut out));
    match read {
        Ok(n) if n as u64 == length => Ok(out),
        Ok(n) => Err(format!("{path}: byte {}: the archive ends there", at + n as u64)),
        Err(e) => Err(cannot(path, &e)),
    }
}

fn entries(file: &mut File, path: &str) -> Result<Vec<Entry>, String> {
    let length = file.metadata().map_err(|e| cannot(path, &e))?.len();
    let from = length.saturating_sub(22 + 65_535 + 20);
    let tail = bytes(file, from, length - from, path)?;
    let end = (0..tail.len().saturating_sub(21)).rev().find(|&k| tail[k..].starts_with(b"PK\x05\x06"));
    let Some(end) = end else {
        return Err(format!("{path}: it is not a whole zip archive: its list of entries (PK\\5\\6) is missing at the end"));
    };
    let (mut count, mut size, mut start) = (word(&tail, end + 10, 2), word(&tail, end + 12, 4), word(&tail, end + 16, 4));
    if let Some(locator) = end.checked_sub(20)
        && tail[locator..].starts_with(b"PK\x06\x07")
    {
        let record = bytes(file, word(&tail, locator + 8, 8), 56, path)?;
        (count, size, start) = (word(&record, 32, 8), word(&record, 40, 8), word(&record, 48, 8));
    }
    if size > LONGEST || start.checked_add(size).is_none_or(|end| end > length) {
        return Err(format!(
            "{path}: byte {}: the list of entries is said to be at byte {start} and {size} bytes long, in a file of {length} bytes",
            from + end as u64
        ));
    }
    let list = bytes(file, start, size, path)?;
    let mut found = Vec::new();
    let mut at = 0;
    while (found.len() as u64) < count {
        let broken = || format!("{path}: byte {}: expected an entry of the archive (PK\\1\\2)", start + at as u64);
        if !list.get(at..).is_some_and(|l| l.starts_with(b"PK\x01\x02") && l.len() >= 46) {
            return Err(broken());
        }
        let (name, extra, comment) =
            (word(&list, at + 28, 2) as usize, word(&list, at + 30, 2) as usize, word(&list, at + 32, 2) as usize);
        let text = list.get(at + 46..at + 46 + name).ok_or_else(broken)?;
        let mut entry = Entry {
            name: String::from_utf8_lossy(text).into_owned(),
            deflated: word(&list, at + 10, 2) == 8,
            packed: word(&list, at + 20, 4),
            size: word(&list, at + 24, 4),
            crc: word(&list, at + 16, 4) as u32,
            at: word(&list, at + 42, 4),
        };
        large(&mut entry, list.get(at + 46 + name..at + 46 + name + extra).ok_or_else(broken)?);
        if word(&list, at + 8, 2) & 1 == 1 || !matches!(word(&list, at + 10, 2), 0 | 8) {
            return Err(format!("{path}: `{}` is encrypted or packed in a way that is not read here", entry.name));
        }
        found.push(entry);
        at += 46 + name + extra + comment;
    }
    Ok(found)
}

/// Sizes of 64 bits, for those that do not fit into 32.
fn large(entry: &mut Entry, mut extra: &[u8]) {
    while extra.len() >= 4 {
        let (id, length) = (word(extra, 0, 2), word(extra, 2, 2) as usize);
        if id == 1 {
            let mut at = 4;
            for field in [&mut entry.size, &mut entry.packed, &mut entry.at] {
                if *field == u64::from(u32::MAX) {
                    *field = word(extra, at, 8);
                    at += 8;
                }
            }
        }
        extra = extra.get(4 + length..).unwrap_or(&[]);
    }
}

/// Opens an array of an archive, whose name in there ends in `.npy`.
pub(super) fn open(path: &str, name: &str) -> Result<Input, String> {
    let mut file = File::open(path).map_err(|e| cannot(path, &e))?;
    let entries = entries(&mut file, path)?;
    let wanted = format!("{name}.npy");
    let Some(entry) = entries.iter().find(|e| e.name == wanted || e.name == name) else {
        let known: Vec<String> =
            entries.iter().map(|e| format!("`{}`", e.name.strip_suffix(".npy").unwrap_or(&e.name))).collect();
        return Err(format!("{path}: it has no array `{name}`; it has {}", known.join(", ")));
    };
    // Deflate packs at most 1032 to 1.
    let most = if entry.deflated { entry.packed.saturating_mul(1032).saturating_add(64) } else { entry.packed };
    if entry.size > most {
        return Err(format!("{path}: `{name}` is said to unpack from {} to {} bytes, which cannot be", entry.packed, entry.size));
    }
    let header = bytes(&mut file, entry.at, 30, path)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(format!("{path}: byte {}: expected the entry `{name}` (PK\\3\\4)", entry.at));
    }
    let start = entry.at + 30 + word(&header, 26, 2) + word(&header, 28, 2);
    file.seek(SeekFrom::Start(start)).map_err(|e| cannot(path, &e))?;
    let packed = BufReader::new(file).take(entry.packed);
    let plain: Box<dyn Read> = if entry.deflated { Box::new(DeflateDecoder::new(packed)) } else { Box::new(packed) };
    let checked = Checked { inner: plain, crc: Crc::new(), left: entry.size, expected: entry.crc };
    Ok(Input::part(format!("{path}: `{name}`"), entry.size, Box::new(checked)))
}

/// A reader that compares the checksum once all is read.
struct Checked {
    inner: Box<dyn Read>,
    crc: Crc,
    left: u64,
    expected: u32,
}

impl Read for Checked {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        if most == 0 {
            return Ok(0);
        }
        let n = self.inner.read(&mut out[..most])?;
        self.crc.update(&out[..n]);
        self.left -= n as u64;
        if n == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "the archive ends too early"));
        }
        if self.left == 0 && self.crc.sum() != self.expected {
            return Err(Error::new(ErrorKind::InvalidData, "its checksum is wrong"));
        }
        Ok(n)
    }
}
