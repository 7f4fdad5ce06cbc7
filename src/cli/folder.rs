//! A temporary folder of our own.

use super::present;
use crate::diagnostic::{Diagnostic, codes};
use std::path::PathBuf;

/// A folder of our own that goes when it is no longer needed.
pub(super) struct Folder {
    pub path: PathBuf,
}

impl Folder {
    /// Makes one that nobody else can look into.
    pub fn new() -> Result<Folder, Diagnostic> {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let mut tries = 0;
        loop {
            let path = std::env::temp_dir().join(format!("ann-{}-{tries}", std::process::id()));
            match builder.create(&path) {
                Ok(()) => return Ok(Folder { path }),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists && tries < 100 => tries += 1,
                Err(e) => {
                    let why = format!("there is no room for a temporary folder: {} ({e})", present::shown(&path));
                    return Err(Diagnostic::general(codes::CANNOT_WRITE, why));
                }
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
