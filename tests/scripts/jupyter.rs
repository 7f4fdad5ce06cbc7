//! The notebook kernel, as the real jupyter_client sees it.

use crate::common;

use common::Folder;
use std::path::Path;
use std::process::Command;

#[test]
fn a_notebook_runs_cells() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let packages = root.join(".tools/python");
    assert!(
        packages.join("jupyter_client").exists(),
        "run the tests with `make test`, which installs jupyter_client into .tools/"
    );
    let folder = Folder::new("jupyter");
    let out = Command::new("python3")
        .env("PYTHONPATH", &packages)
        .env("JUPYTER_RUNTIME_DIR", &folder.0)
        .env("JUPYTER_DATA_DIR", &folder.0)
        .env("JUPYTER_CONFIG_DIR", &folder.0)
        .arg(root.join("tests/python/check_jupyter.py"))
        .arg(env!("CARGO_BIN_EXE_ann"))
        .arg(&folder.0)
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
}

#[test]
fn a_connection_file_that_is_none_is_refused() {
    let folder = Folder::new("jupyter-wrong");
    for text in ["no JSON", "{}", r#"{"transport": "ipc"}"#, r#"{"shell_port": 1, "signature_scheme": "hmac-md5"}"#] {
        let file = folder.script("connection.json", text);
        let out = Command::new(env!("CARGO_BIN_EXE_ann")).args(["jupyter", "kernel"]).arg(&file).output().unwrap();
        assert_eq!(out.status.code(), Some(1), "{text}");
        assert!(!out.stderr.is_empty());
    }
}
