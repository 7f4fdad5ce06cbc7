//! Opening an archive that may come from anybody: nothing leaves the folder that it is put into, nothing is longer than it says,
//! and every file has the checksum that was promised.

use super::metadata::{Promise, Promised, read};
use super::{METADATA, digest};
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};
use zip::ZipArchive;

/// Files of one archive.
const MOST: usize = 100_000;
/// Bytes of a description.
const LONGEST: u64 = 64 << 20;

/// An archive, put into a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    pub script: PathBuf,
    pub results: PathBuf,
}

/// Whether a file begins as a zip archive does.
pub fn is_archive(path: &Path) -> bool {
    let mut begin = [0; 4];
    path.is_file() && File::open(path).and_then(|mut f| f.read_exact(&mut begin)).is_ok() && begin == *b"PK\x03\x04"
}

/// Puts the files that an archive describes into a folder, each checked. Errors: what is wrong with it, in words.
pub fn open(path: &Path, folder: &Path) -> Result<Opened, String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| format!("it is no zip archive: {e}"))?;
    if archive.len() > MOST {
        return Err(format!("it has {} files, more than {MOST}", archive.len()));
    }
    let names: Vec<String> = archive.file_names().map(str::to_string).collect();
    if let Some(name) = names.iter().find(|n| !stays_inside(n)) {
        return Err(format!("`{name}` in it would lie outside of its folder"));
    }
    let mut text = String::new();
    let described = archive.by_name(METADATA).map_err(|_| format!("it has no {METADATA}: it was not written by `ann bundle`"))?;
    described.take(LONGEST).read_to_string(&mut text).map_err(|e| format!("its {METADATA} cannot be read: {e}"))?;
    let promised = read(&text)?;
    let Promised { files, script, results } = &promised;
    for name in [script, results] {
        if !files.iter().any(|f| f.path == *name) {
            return Err(format!("its {METADATA} has no checksum of `{name}`"));
        }
    }
    files.iter().try_for_each(|f| extract(&mut archive, f, folder))?;
    Ok(Opened { script: folder.join(script), results: folder.join(results) })
}

/// Relative, and without a step up; drives and backslashes are not ours either.
fn stays_inside(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(['\\', ':', '\0'])
        && !name.starts_with('/')
        && Path::new(name).components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir))
}

fn extract(archive: &mut ZipArchive<BufReader<File>>, f: &Promise, folder: &Path) -> Result<(), String> {
    let name = &f.path;
    if !stays_inside(name) {
        return Err(format!("`{name}` in it would lie outside of its folder"));
    }
    let entry = archive.by_name(name).map_err(|_| format!("it has no `{name}`, which it describes"))?;
    if !entry.is_file() {
        return Err(format!("`{name}` in it is not a plain file"));
    }
    let target = folder.join(name);
    let cannot = |e: std::io::Error| format!("`{name}` in it cannot be read: {e}");
    if let Some(parent) = target.parent() {
        std::fs::create_dir_all(parent).map_err(cannot)?;
    }
    let mut out = File::options().write(true).create_new(true).open(&target).map_err(cannot)?;
    // One byte more than promised is enough to see that there are more.
    let (size, sha256) = digest(entry.take(f.size.saturating_add(1)), |bytes| out.write_all(bytes)).map_err(cannot)?;
    if size != f.size || sha256 != f.sha256 {
        return Err(format!("`{name}` in it is not what its checksum says"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::stays_inside;

    #[test]
    fn names_that_lead_out_are_refused() {
        for name in ["../a", "a/../../b", "/etc/passwd", "c:/x", "a\\..\\b", ""] {
            assert!(!stays_inside(name), "{name}");
        }
        assert!(stays_inside("experiment/a b/c.csv"));
    }
}
