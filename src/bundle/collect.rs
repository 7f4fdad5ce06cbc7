//! What goes into an archive: the script, the modules and the files that it reads, each at the place where the script looks for it.

use super::EXPERIMENT;
use crate::plan::Plan;
use crate::results::Header;
use crate::syntax::{Class, classes};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// A file of the archive.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// With `/` between its parts, from the root of the archive.
    pub path: String,
    pub role: Role,
    pub content: Content,
}

/// What a file is in the experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Script,
    Module,
    Data,
    Results,
    Report,
    Citation,
}

/// Where a file's bytes come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Bytes(Vec<u8>),
    File(PathBuf),
}

/// The script of a run, its own modules and its data. `folder`: where the script's relative paths begin; `plan`: as read there.
/// Errors, as a person reads them: data that the script names by an absolute path, which nobody else has; files that are gone.
pub fn collect(header: &Header, plan: &Plan, folder: &Path) -> Result<Vec<Member>, String> {
    let Some((name, script)) = header.sources.first() else { return Err("the file carries no script".into()) };
    // By the path from the script's folder, each once and in order.
    let mut found: BTreeMap<Vec<String>, (Role, Content)> = BTreeMap::new();
    for (name, text) in header.sources[1..].iter().filter(|(n, _)| !n.starts_with("std.")) {
        found.insert(parts(Path::new(name))?, (Role::Module, Content::Bytes(text.clone().into_bytes())));
    }
    for path in named(header).into_iter().chain(of_plan(plan, folder)?) {
        let full = folder.join(&path);
        if full.is_file() {
            found.entry(parts(&path)?).or_insert((Role::Data, Content::File(full)));
        }
    }
    // So many folders above that of the script are reached.
    let up = found.keys().map(|p| p.iter().take_while(|part| *part == "..").count()).max().unwrap_or(0);
    let above: Vec<String> = (0..up).map(|k| format!("level{}", k + 1)).collect();
    let place = |path: &[String]| {
        let mut all: Vec<String> = std::iter::once(EXPERIMENT.to_string()).chain(above.iter().cloned()).collect();
        for part in path {
            if part == ".." {
                all.pop();
            } else {
                all.push(part.clone());
            }
        }
        all.join("/")
    };
    let file = Path::new(name).file_name().map_or("script.ann".into(), |n| n.to_string_lossy().into_owned());
    let script = Member { path: place(&[file]), role: Role::Script, content: Content::Bytes(script.clone().into_bytes()) };
    let rest = found.iter().map(|(path, (role, content))| Member { path: place(path), role: *role, content: content.clone() });
    let mut all = vec![script];
    for member in rest {
        if all.iter().any(|m| m.path == member.path) {
            return Err(format!("two files would be `{}` in the archive", member.path));
        }
        all.push(member);
    }
    Ok(all)
}

/// The texts of the script and its modules that could be names of files.
fn named(header: &Header) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for (_, text) in header.sources.iter().filter(|(name, _)| !name.starts_with("std.")) {
        for (range, class) in classes(text) {
            let literal = text[range].trim_matches('"');
            if class == Class::Text && !literal.is_empty() && !literal.contains(['\\', '\0']) {
                all.push(PathBuf::from(literal));
            }
        }
    }
    all
}

/// The files of the plan's data sets, from the script's folder.
fn of_plan(plan: &Plan, folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut all = Vec::new();
    for set in &plan.data {
        for file in set.files()? {
            let path = PathBuf::from(&file);
            all.push(path.strip_prefix(folder).map(Path::to_path_buf).unwrap_or(path));
        }
    }
    Ok(all)
}

/// The parts of a relative path, what leads up at its beginning only.
fn parts(path: &Path) -> Result<Vec<String>, String> {
    let mut all: Vec<String> = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if all.last().is_some_and(|p| p != "..") => drop(all.pop()),
            Component::ParentDir => all.push("..".to_string()),
            Component::Normal(name) => all.push(name.to_string_lossy().into_owned()),
            Component::RootDir | Component::Prefix(_) => {
                return Err(format!("the script names `{}` by an absolute path, which is on this machine only", path.display()));
            }
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_as_the_script_looks_for_them() {
        let folder = std::env::temp_dir().join(format!("ann-collect-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("a/data")).unwrap();
        std::fs::write(folder.join("a/data/x.csv"), "1").unwrap();
        std::fs::write(folder.join("y.csv"), "2").unwrap();
        let script = "let x = csv(\"data/x.csv\")\nlet y = csv(\"../y.csv\")\nlet z = \"no file\"\nuse \"./m.ann\"";
        let sources = vec![
            ("a/s.ann".into(), script.to_string()),
            ("./m.ann".into(), "let q = 1".into()),
            ("std.spin".into(), String::new()),
        ];
        let header = Header { sources, ..Header::default() };
        let all = collect(&header, &Plan::default(), &folder.join("a"));
        let _ = std::fs::remove_dir_all(&folder);
        let all = all.unwrap();
        let paths: Vec<(&str, Role)> = all.iter().map(|m| (m.path.as_str(), m.role)).collect();
        let expected = [
            ("experiment/level1/s.ann", Role::Script),
            ("experiment/y.csv", Role::Data),
            ("experiment/level1/data/x.csv", Role::Data),
            ("experiment/level1/m.ann", Role::Module),
        ];
        assert_eq!(paths, expected);
        assert!(parts(Path::new("/etc/passwd")).is_err());
        assert_eq!(parts(Path::new("./a/../../b")).unwrap(), ["..", "b"]);
    }
}
