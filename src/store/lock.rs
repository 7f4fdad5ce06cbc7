//! One writer a result file. The operating system holds the lock, so a killed run leaves none behind;
//! what stays is at most an empty file.

use super::problem::{cannot_write, shown};
use crate::diagnostic::{Diagnostic, codes};
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// A held lock; dropping it releases it and removes its file.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock `path` on behalf of `output`; refused when another process has it.
    pub(super) fn take(path: &Path, output: &Path) -> Result<Lock, Diagnostic> {
        // A holder removes the file before it lets go, so a file that was opened just before may
        // have lost its name by the time it is locked: then another run could lock a new one.
        for _ in 0..100 {
            let mut file = File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
                .map_err(|e| cannot_write(output, &e))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(in_use(output, &mut file)),
                // Some network file systems know no locks. A run there is better than none.
                Err(TryLockError::Error(e)) if matches!(e.kind(), ErrorKind::Unsupported) => {}
                Err(TryLockError::Error(e)) => return Err(cannot_write(output, &e)),
            }
            if same_file(&file, path) {
                // The number only serves the message of a second run, so its loss does not matter.
                let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
                return Ok(Lock { file, path: path.to_path_buf() });
            }
        }
        Err(Diagnostic::general(codes::IN_USE, format!("another run is writing {}", shown(output)))
            .help("wait for it, or choose another file with `-o`"))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

fn in_use(output: &Path, file: &mut File) -> Diagnostic {
    let mut holder = String::new();
    let _ = file.take(32).read_to_string(&mut holder);
    let who = match holder.trim().parse::<u32>() {
        Ok(id) => format!("another run (process {id})"),
        Err(_) => "another run".to_owned(),
    };
    Diagnostic::general(codes::IN_USE, format!("{who} is writing {}", shown(output)))
        .help("wait for it, or choose another file with `-o`")
}

#[cfg(unix)]
fn same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(a), Ok(b)) => a.dev() == b.dev() && a.ino() == b.ino(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn same_file(_: &File, _: &Path) -> bool {
    true
}
