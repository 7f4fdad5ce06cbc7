//! The identity of a data set: equal identities mean equal numbers.
//!
//! Files enter by their content and not by their names, so that moving them changes nothing.

use super::{DataSet, Source, Step};
use std::io::Read;

/// Raised whenever the numbers that a description gives change.
const NUMBERS: u32 = 1;

/// The identity, as 32 hexadecimal digits.
pub(super) fn of(set: &DataSet) -> Result<String, String> {
    let mut h = blake3::Hasher::new();
    add(&mut h, set)?;
    Ok(h.finalize().to_hex()[..32].to_string())
}

/// The same without a look at files: their names count.
pub(super) fn likeness(set: &DataSet) -> String {
    let bytes = postcard::to_stdvec(set).unwrap_or_default();
    blake3::hash(&bytes).to_hex()[..32].to_string()
}

/// A part with its length before it, so that no two lists of parts read the same.
fn part(h: &mut blake3::Hasher, bytes: &[u8]) {
    h.update(&(bytes.len() as u64).to_le_bytes());
    h.update(bytes);
}

fn text<T: serde::Serialize>(h: &mut blake3::Hasher, value: &T) -> Result<(), String> {
    let bytes = postcard::to_stdvec(value).map_err(|e| format!("a data set cannot be written down: {e}"))?;
    part(h, &bytes);
    Ok(())
}

fn add(h: &mut blake3::Hasher, set: &DataSet) -> Result<(), String> {
    part(h, b"ann data");
    h.update(&NUMBERS.to_le_bytes());
    let files = set.source.files()?;
    text(h, &nameless(&set.source))?;
    h.update(&(files.len() as u64).to_le_bytes());
    for path in &files {
        h.update(file(path)?.as_bytes());
    }
    if let Source::Images { folder } = &set.source {
        // Which image is of which class is in the folders' names.
        for (class, _) in super::formats::images::files(folder)? {
            h.update(&class.to_le_bytes());
        }
    }
    for step in &set.steps {
        match step {
            Step::Normalise { scale, over, by } => {
                text(h, &("normalise", scale, over, by.is_some()))?;
                if let Some(by) = by {
                    add(h, by)?;
                }
            }
            other => text(h, other)?,
        }
    }
    part(h, b"end");
    Ok(())
}

/// The source without the names of its files.
fn nameless(source: &Source) -> Source {
    let mut source = source.clone();
    match &mut source {
        Source::Mnist { folder, .. } | Source::Cifar10 { folder, .. } | Source::Images { folder } => folder.clear(),
        Source::Csv(csv) => csv.path.clear(),
        Source::Npz { path, .. } | Source::Hdf5 { path, .. } => path.clear(),
        Source::Npy { inputs, targets, .. } | Source::Idx { inputs, targets, .. } => {
            inputs.clear();
            targets.iter_mut().for_each(String::clear);
        }
        Source::Table { name, .. } => name.clear(),
        Source::Digits | Source::Generated(_) | Source::States(_) => {}
    }
    source
}

/// The hash of a file's content.
fn file(path: &str) -> Result<blake3::Hash, String> {
    let cannot = |e: std::io::Error| super::formats::file::cannot(path, &e);
    let mut file = std::fs::File::open(path).map_err(cannot)?;
    let mut h = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(cannot)? {
            0 => return Ok(h.finalize()),
            n => h.update(&buffer[..n]),
        };
    }
}
