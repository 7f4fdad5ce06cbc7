//! Files, plain or packed by gzip.

use crate::plan::files::io_reason;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes that a file may unpack to.
const MOST: u64 = 1 << 36;

/// A message about a file that cannot be opened or read.
pub(in crate::plan::data) fn cannot(path: &str, e: &std::io::Error) -> String {
    format!("cannot read {path}: {}", io_reason(e))
}

/// An open file: its bytes, unpacked.
pub(in crate::plan::data) struct Input {
    path: String,
    packed: bool,
    /// Of the file, in bytes.
    length: u64,
    reader: Box<dyn Read>,
}

impl Input {
    pub fn open(path: &str) -> Result<Input, String> {
        let failed = |e: std::io::Error| cannot(path, &e);
        let mut file = File::open(path).map_err(failed)?;
        let meta = file.metadata().map_err(failed)?;
        if meta.is_dir() {
            return Err(format!("cannot read {path}: it is a folder"));
        }
        let mut start = Vec::new();
        file.by_ref().take(2).read_to_end(&mut start).map_err(failed)?;
        file.rewind().map_err(failed)?;
        let packed = start == [0x1f, 0x8b];
        let plain = BufReader::new(file);
        let reader: Box<dyn Read> = if packed { Box::new(MultiGzDecoder::new(plain)) } else { Box::new(plain) };
        Ok(Input { path: path.to_string(), packed, length: meta.len(), reader })
    }

    /// Bytes of a part of a file, whose number is known.
    pub fn part(name: String, length: u64, reader: Box<dyn Read>) -> Input {
        Input { path: name, packed: false, length, reader }
    }

    /// The number of bytes, where it is known without unpacking.
    pub fn length(&self) -> Option<u64> {
        (!self.packed).then_some(self.length)
    }

    /// The low 32 bits of the length of what is packed, as the last four bytes of a gzip file say (RFC 1952).
    pub fn unpacked(&self) -> Result<Option<u32>, String> {
        if !self.packed {
            return Ok(None);
        }
        let mut last = [0; 4];
        let read = File::open(&self.path).and_then(|mut f| {
            f.seek(SeekFrom::End(-4))?;
            f.read_exact(&mut last)
        });
        read.map_err(|e| cannot(&self.path, &e))?;
        Ok(Some(u32::from_le_bytes(last)))
    }

    /// The next bytes, up to `most` of them.
    pub fn next(&mut self, most: u64) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        // A guess that a false header cannot make large: deflate packs at most 1032 to 1.
        let likely = most.min(if self.packed { self.length.saturating_mul(4) } else { self.length });
        bytes.reserve(likely as usize);
        self.reader.by_ref().take(most).read_to_end(&mut bytes).map_err(|e| {
            let what = if self.packed { "it is not a whole gzip file" } else { "it cannot be read" };
            format!("{}: {what} ({})", self.path, io_reason(&e))
        })?;
        Ok(bytes)
    }

    /// All that is left.
    pub fn rest(&mut self) -> Result<Vec<u8>, String> {
        let bytes = self.next(MOST)?;
        if bytes.len() as u64 == MOST {
            return Err(format!("{}: it unpacks to more than {MOST} bytes", self.path));
        }
        Ok(bytes)
    }
}

/// The first of some files of a folder that is there.
pub(in crate::plan::data) fn find(folder: &str, names: &[String]) -> Result<String, String> {
    let all: Vec<String> = names.iter().map(|n| Path::new(folder).join(n).to_string_lossy().into_owned()).collect();
    match all.into_iter().find(|p| Path::new(p).is_file()) {
        Some(path) => Ok(path),
        None if !Path::new(folder).is_dir() => Err(format!("cannot read {folder}: there is no such folder")),
        None => Err(format!("{folder} has no file `{}`", names.join("` or `"))),
    }
}
