//! Scripts that paths name: files as they are, folders with every `*.ann` below them.

use crate::diagnostic::{Diagnostic, codes};
use std::path::{Path, PathBuf};

/// The scripts, in the order of the paths, those of a folder sorted. Hidden folders and links to
/// folders are left out. Errors: a folder without scripts, or one that cannot be read.
pub fn scripts(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Diagnostic> {
    let mut all = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = all.len();
            below(path, &mut all)?;
            if all.len() == before {
                return Err(Diagnostic::general(
                    codes::CANNOT_READ,
                    format!("there is no script in the folder `{}`", path.display()),
                )
                .expected("files whose names end in `.ann`"));
            }
        } else {
            all.push(path.clone());
        }
    }
    Ok(all)
}

fn below(folder: &Path, all: &mut Vec<PathBuf>) -> Result<(), Diagnostic> {
    let failed = |e: std::io::Error| {
        Diagnostic::general(codes::CANNOT_READ, format!("the folder `{}` cannot be read: {e}", folder.display()))
    };
    let mut entries: Vec<_> = std::fs::read_dir(folder).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
    entries.sort_by_key(|e| e.file_name());
    for entry in entries {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            if !hidden {
                below(&path, all)?;
            }
        } else if path.extension().is_some_and(|e| e == "ann") && path.is_file() {
            all.push(path);
        }
    }
    Ok(())
}

/// The text of a script, or of standard input for `-`.
pub fn text(path: &Path) -> Result<String, Diagnostic> {
    use std::io::{ErrorKind, Read};
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|mut f| f.read_to_string(&mut text))
    };
    match read {
        Ok(_) => Ok(text),
        Err(e) => {
            let reason = match e.kind() {
                ErrorKind::NotFound => "there is no such file".to_string(),
                ErrorKind::InvalidData => "it is not text in UTF-8".to_string(),
                ErrorKind::PermissionDenied => "reading it is not permitted".to_string(),
                _ => e.to_string(),
            };
            Err(Diagnostic::general(codes::CANNOT_READ, format!("`{}` cannot be read: {reason}", path.display())))
        }
    }
}
