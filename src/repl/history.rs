//! Where the prompt keeps its history: the user's folder for data, as XDG has it.

use std::path::PathBuf;

/// The file of the history, in a folder that is there; none if there is no home.
pub fn file() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let data = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|h| h.join(".local/share")))?;
    let folder = data.join("ann");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}
