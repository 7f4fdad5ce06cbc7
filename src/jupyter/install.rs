//! `ann jupyter install`: the kernel's description where Jupyter looks for it.

use crate::cli::arguments::JupyterInstall;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Drawn in notebooks and launchers: four spins.
const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="12" fill="#22577a"/><g stroke="#fff" stroke-width="5" stroke-linecap="round" stroke-linejoin="round" fill="none"><path d="M20 30V12m-6 7 6-7 6 7M44 12v18m-6-7 6 7 6-7M20 34v18m-6-7 6 7 6-7M44 52V34m-6 7 6-7 6 7"/></g></svg>
"##;

/// Writes the description, and gives its folder.
pub fn install(arguments: &JupyterInstall) -> Result<PathBuf, String> {
    let data = match &arguments.prefix {
        Some(prefix) => prefix.join("share").join("jupyter"),
        None => user_data().ok_or("the home folder is not known: name one with `--prefix`")?,
    };
    let folder = data.join("kernels").join("ann");
    let program = std::env::current_exe().map_err(|e| format!("the place of this program is not known: {e}"))?;
    let spec = json!({
        "argv": [program.to_string_lossy(), "jupyter", "kernel", "{connection_file}"],
        "display_name": "Ann",
        "language": "ann",
        "interrupt_mode": "message",
        "metadata": { "debugger": false },
    });
    let text = serde_json::to_string_pretty(&spec).map_err(|e| e.to_string())? + "\n";
    let failed = |e: std::io::Error| format!("`{}` cannot be written: {e}", folder.display());
    std::fs::create_dir_all(&folder).map_err(failed)?;
    std::fs::write(folder.join("logo-svg.svg"), LOGO).map_err(failed)?;
    std::fs::write(folder.join("kernel.json"), text).map_err(failed)?;
    Ok(folder)
}

/// Jupyter's folder of a user, as Jupyter itself finds it.
fn user_data() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let home = std::env::home_dir();
    let below = |parts: &[&str]| home.as_deref().map(|h: &Path| parts.iter().fold(h.to_path_buf(), |p, part| p.join(part)));
    set("JUPYTER_DATA_DIR").or_else(|| {
        if cfg!(target_os = "macos") {
            below(&["Library", "Jupyter"])
        } else if cfg!(windows) {
            set("APPDATA").map(|a| a.join("jupyter"))
        } else {
            set("XDG_DATA_HOME").map(|d| d.join("jupyter")).or_else(|| below(&[".local", "share", "jupyter"]))
        }
    })
}
