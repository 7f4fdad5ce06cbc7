//! Publishing: the file is written aside, flushed and renamed, so that at every moment there is either
//! the earlier file or the new one. A file that is not ours is never touched.

use super::problem::{cannot_read, cannot_write, damaged, hdf5_write, parent, shown};
use super::schema::FORMAT;
use super::write_root::write_root;
use crate::diagnostic::{Diagnostic, codes};
use crate::results::RunResult;
use hdf5::types::VarLenUnicode;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Writes `result` to `path`, in place of an earlier result of Ann. The caller holds the lock
/// ([`super::Parts::open`]). Errors: E0802 (no folder, no permission, a full disk), E0803 (something
/// else is there); in every case what was at `path` is as it was.
pub fn publish(result: &RunResult, path: &Path) -> Result<(), Diagnostic> {
    check_existing(path)?;
    // A link stays a link: the file it names is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let aside = assembling(&target);
    let done = assemble(result, &aside, path).and_then(|()| {
        let flushed = File::open(&aside).and_then(|f| f.sync_all()).and_then(|()| fs::rename(&aside, &target));
        flushed.map_err(|e| cannot_write(path, &e))
    });
    if done.is_err() {
        let _ = fs::remove_file(&aside);
    } else if let Ok(folder) = File::open(parent(&target)) {
        // The new name itself reaches the disk; where folders cannot be flushed there is no way to.
        let _ = folder.sync_all();
    }
    done
}

fn assemble(result: &RunResult, aside: &Path, path: &Path) -> Result<(), Diagnostic> {
    // Made by the system first: its errors are clearer than those of HDF5.
    File::create(aside).map_err(|e| cannot_write(path, &e))?;
    let file = hdf5::File::with_options()
        // Objects as of HDF5 1.8: lists of references above 64 KiB, and every reader in use knows them.
        .with_fapl(|p| p.libver_v18().fclose_degree(hdf5::file::FileCloseDegree::Strong))
        .create(aside)
        .map_err(|e| hdf5_write(path, &e))?;
    let written = write_root(&file, result);
    // Closed also after an error: a handle left open would hold the file and its space.
    let closed = file.flush().and_then(|()| file.close());
    written.and(closed).map_err(|e| hdf5_write(path, &e))
}

/// Whether a run may write to `path`, asked before it starts: the folder is there and writable, and
/// the file is new or a result of Ann. Errors as of [`publish`].
pub fn check_target(path: &Path) -> Result<(), Diagnostic> {
    check_existing(path)?;
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let probe = hidden(&target, &format!(".{}.probe", std::process::id()));
    File::create(&probe).map_err(|e| cannot_write(path, &e))?;
    let _ = fs::remove_file(&probe);
    Ok(())
}

fn check_existing(path: &Path) -> Result<(), Diagnostic> {
    match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => {
            Err(Diagnostic::general(codes::CANNOT_WRITE, format!("cannot write {}: it is a folder", shown(path)))
                .help("name a file with `-o`"))
        }
        Ok(meta) if !meta.is_file() => {
            Err(Diagnostic::general(codes::CANNOT_WRITE, format!("cannot write {}: it is not an ordinary file", shown(path)))
                .help("name a file with `-o`"))
        }
        Ok(_) => {
            open_ours(path).map(drop).map_err(|d| d.help("it is left as it is; choose another file with `-o`, or remove it"))
        }
        Err(_) if path.file_name().is_none() => {
            Err(Diagnostic::general(codes::CANNOT_WRITE, format!("cannot write {}: it does not name a file", shown(path)))
                .help("name a file with `-o`"))
        }
        Err(_) => Ok(()),
    }
}

/// What HDF5 says where somebody else holds a file.
const LOCKED: &str = "lock file";

fn described(e: &hdf5::Error) -> String {
    e.stack().map(|s| s.iter().map(|f| f.desc().to_owned()).collect::<Vec<_>>().join(" ")).unwrap_or_default()
}

/// Opens a file for reading, and waits a moment where it is held: a program that has just closed it and started another one holds it
/// until that one has begun.
fn opened(path: &Path) -> Result<hdf5::File, hdf5::Error> {
    for _ in 0..20 {
        match hdf5::File::open(path) {
            Err(e) if described(&e).contains(LOCKED) => std::thread::sleep(std::time::Duration::from_millis(25)),
            other => return other,
        }
    }
    hdf5::File::open(path)
}

/// Opens a result of Ann for reading. Errors: E0801 when it cannot be opened, E0803 when it is
/// something else, damaged, or of a later version.
pub(super) fn open_ours(path: &Path) -> Result<hdf5::File, Diagnostic> {
    let mut start = Vec::new();
    let mut raw = File::open(path).map_err(|e| cannot_read(path, &e))?;
    raw.by_ref().take(8).read_to_end(&mut start).map_err(|e| cannot_read(path, &e))?;
    if start != *b"\x89HDF\r\n\x1a\n" {
        let what =
            if start.is_empty() { "is empty: it is not a result of Ann" } else { "is not a result of Ann: not an HDF5 file" };
        return Err(foreign(path, what));
    }
    let file = opened(path).map_err(|e| {
        let text = described(&e);
        if text.contains(LOCKED) {
            Diagnostic::general(
                codes::CANNOT_READ,
                format!("cannot read {}: another program has it open for writing", shown(path)),
            )
            .help("close it there")
        } else if text.contains("truncated") {
            damaged(path, "the HDF5 file is truncated")
        } else {
            damaged(path, "the HDF5 file cannot be opened")
        }
    })?;
    let format = file.attr("format").and_then(|a| a.read_scalar::<VarLenUnicode>()).unwrap_or_default();
    let version = format.as_str().strip_prefix("ann/").and_then(|v| v.parse::<u32>().ok());
    match version {
        Some(_) if format.as_str() == FORMAT => Ok(file),
        Some(_) => Err(foreign(path, "was written by a later version of Ann")),
        None => Err(foreign(path, "is an HDF5 file, but not a result of Ann")),
    }
}

fn foreign(path: &Path, what: &str) -> Diagnostic {
    Diagnostic::general(codes::FOREIGN_FILE, format!("{} {what}", shown(path)))
}

/// Where the file is assembled: hidden, in the same folder, so that the rename stays on one disk.
pub(super) fn assembling(target: &Path) -> PathBuf {
    hidden(target, ".assembling")
}

fn hidden(target: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(suffix);
    target.with_file_name(name)
}
