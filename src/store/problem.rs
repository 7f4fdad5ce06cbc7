//! Troubles with files, said in words. It knows paths and errors of the system, not what is stored.

use crate::diagnostic::{Diagnostic, codes};
use std::io::{Error, ErrorKind};
use std::path::Path;

/// A path as messages show it.
pub(super) fn shown(path: &Path) -> String {
    format!("`{}`", path.display())
}

/// A file or a folder that could not be written.
pub(super) fn cannot_write(path: &Path, error: &Error) -> Diagnostic {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => disk_full(path),
        ErrorKind::NotFound => {
            let folder = parent(path);
            Diagnostic::general(
                codes::CANNOT_WRITE,
                format!("cannot write {}: the folder {} does not exist", shown(path), shown(&folder)),
            )
            .help(format!("make the folder (`mkdir -p {}`) or choose another file with `-o`", folder.display()))
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Diagnostic::general(codes::CANNOT_WRITE, format!("cannot write {}: no permission to write there", shown(path)))
                .help("choose another file with `-o`, or make the folder writable")
        }
        ErrorKind::NotADirectory => Diagnostic::general(
            codes::CANNOT_WRITE,
            format!("cannot write {}: a part of its path is a file, not a folder", shown(path)),
        )
        .help("choose another file with `-o`"),
        _ => Diagnostic::general(codes::CANNOT_WRITE, format!("cannot write {}: {}", shown(path), plain(error)))
            .help("nothing already computed is lost: put it right and run the same command again"),
    }
}

pub(super) fn disk_full(path: &Path) -> Diagnostic {
    Diagnostic::general(codes::CANNOT_WRITE, format!("cannot write {}: the disk is full", shown(path)))
        .help("finished points are kept: make room and run the same command again, or choose another disk with `-o`")
}

/// A failure inside the HDF5 library while it wrote `path`. The library hides the system's error in
/// the description of an inner frame of its stack, so the words are looked for there.
pub(super) fn hdf5_write(path: &Path, error: &hdf5::Error) -> Diagnostic {
    let inner = innermost(error);
    if inner.contains("No space left")
        || inner.contains("errno = 28,")
        || inner.contains("errno = 122,")
        || inner.contains("errno = 27,")
    {
        return disk_full(path);
    }
    Diagnostic::general(codes::CANNOT_WRITE, format!("cannot write {}: {inner}", shown(path)))
        .help("nothing already computed is lost: put it right and run the same command again")
}

/// A failure inside the HDF5 library while it read `path`, which is known to be one of ours.
pub(super) fn hdf5_read(path: &Path, error: &hdf5::Error) -> Diagnostic {
    damaged(path, &innermost(error))
}

/// A file of ours that does not hold what it should.
pub(super) fn damaged(path: &Path, what: &str) -> Diagnostic {
    Diagnostic::general(codes::FOREIGN_FILE, format!("{} is damaged: {what}", shown(path)))
        .help("it is left as it is; take a copy from elsewhere, or run the script again into another file with `-o`")
}

/// A file that could not be opened for reading.
pub(super) fn cannot_read(path: &Path, error: &Error) -> Diagnostic {
    let why = match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "no permission to read it".to_owned(),
        _ => plain(error),
    };
    Diagnostic::general(codes::CANNOT_READ, format!("cannot read {}: {why}", shown(path)))
}

/// The folder that holds `path`: `.` for a bare name.
pub(super) fn parent(path: &Path) -> std::path::PathBuf {
    match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_path_buf(),
        _ => Path::new(".").to_path_buf(),
    }
}

fn innermost(error: &hdf5::Error) -> String {
    match error.stack() {
        Some(stack) => stack.last().map(|f| f.desc().to_owned()).unwrap_or_else(|| error.to_string()),
        None => error.to_string(),
    }
}

/// The system's words without Rust's `(os error 5)`, in lower case as diagnostics are.
fn plain(error: &Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().collect::<String>() + letters.as_str(),
        None => "an unknown error".to_owned(),
    }
}
