//! The description of an archive in the words of RO-Crate 1.1 (JSON-LD), and what is read of it again.

use super::{METADATA, Member, Role};
use crate::cite;
use crate::results::Header;
use serde_json::{Value, json};

/// A file as it was written.
pub(super) struct Written<'a> {
    pub member: &'a Member,
    pub size: u64,
    pub sha256: String,
}

/// The description of an archive.
pub(super) fn describe(header: &Header, files: &[Written]) -> Value {
    let id = |path: &str| json!({ "@id": encoded(path) });
    let of =
        |role: &[Role]| files.iter().filter(|f| role.contains(&f.member.role)).map(|f| id(&f.member.path)).collect::<Vec<_>>();
    let authors: Vec<Value> = cite::authors_of(header)
        .iter()
        .enumerate()
        .map(|(k, name)| json!({ "@id": format!("#author-{}", k + 1), "@type": "Person", "name": name }))
        .collect();
    let by: Vec<Value> = authors.iter().map(|a| json!({ "@id": a["@id"] })).collect();
    let settings = settings(header);
    let mut inputs = of(&[Role::Script, Role::Module, Role::Data]);
    inputs.extend(settings.iter().map(|s| json!({ "@id": s["@id"] })));
    let title = cite::title(header);
    let doc = header.doc.clone().unwrap_or_else(|| title.clone());
    let mut root = json!({
        "@id": "./",
        "@type": "Dataset",
        "name": title,
        "description": doc,
        "datePublished": header.created,
        "hasPart": files.iter().map(|f| id(&f.member.path)).collect::<Vec<_>>(),
        "mainEntity": of(&[Role::Script]).first(),
        "mentions": { "@id": "#run" },
        "creditText": cite::bibtex(header),
    });
    if !by.is_empty() {
        root["author"] = json!(by);
    }
    for (name, value) in &header.attributes {
        match name.as_str() {
            "license" | "licence" => root["license"] = json!(value),
            "doi" => root["identifier"] = json!(format!("https://doi.org/{}", value.trim_start_matches("https://doi.org/"))),
            _ => {}
        }
    }
    let mut graph = vec![
        json!({
            "@id": METADATA,
            "@type": "CreativeWork",
            "conformsTo": { "@id": "https://w3id.org/ro/crate/1.1" },
            "about": { "@id": "./" },
        }),
        root,
        json!({
            "@id": "#ann",
            "@type": "SoftwareApplication",
            "name": "Ann",
            "description": cite::TITLE,
            "softwareVersion": header.ann_version,
        }),
        json!({
            "@id": "#run",
            "@type": "CreateAction",
            "name": "The run that gave the results",
            "instrument": { "@id": "#ann" },
            "object": inputs,
            "result": of(&[Role::Results]),
            "endTime": header.created,
            "description": header.command.join(" "),
        }),
    ];
    graph.extend(files.iter().map(file));
    graph.extend(authors);
    graph.extend(settings);
    json!({ "@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph })
}

/// The seed and the parameters, as used.
fn settings(header: &Header) -> Vec<Value> {
    let one = |name: &str, value: Value| json!({ "@id": format!("#parameter-{}", encoded(name)), "@type": "PropertyValue", "name": name, "value": value });
    let mut all = vec![json!({ "@id": "#seed", "@type": "PropertyValue", "name": "seed", "value": header.seed })];
    all.extend(header.params.iter().map(|(name, _, value)| one(name, json!(value))));
    all
}

fn file(f: &Written) -> Value {
    let path = &f.member.path;
    let format = match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "ann" | "txt" | "mtx" => "text/plain",
        "bib" => "application/x-bibtex",
        "csv" => "text/csv",
        "h5" | "hdf5" => "application/x-hdf5",
        "html" => "text/html",
        "json" => "application/json",
        "png" => "image/png",
        _ => "application/octet-stream",
    };
    let (kind, name) = match f.member.role {
        Role::Script => (json!(["File", "SoftwareSourceCode"]), "The script"),
        Role::Module => (json!(["File", "SoftwareSourceCode"]), "A module of the script"),
        Role::Data => (json!("File"), "Data that the script reads"),
        Role::Results => (json!("File"), "The results, with their errors, the script and the plan"),
        Role::Report => (json!("File"), "The results as a page to read"),
        Role::Citation => (json!("File"), "What to cite"),
    };
    let mut entry = json!({
        "@id": encoded(path),
        "@type": kind,
        "name": name,
        "encodingFormat": format,
        "contentSize": f.size.to_string(),
        "sha256": f.sha256,
    });
    if matches!(f.member.role, Role::Script | Role::Module) {
        entry["programmingLanguage"] = json!({ "@id": "#ann" });
    }
    entry
}

/// What an archive says of one of its files.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Promise {
    pub path: String,
    pub size: u64,
    pub sha256: String,
}

/// What a description promises: its files, the script, the results.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Promised {
    pub files: Vec<Promise>,
    pub script: String,
    pub results: String,
}

/// Reads a description. Errors: what it lacks, in words.
pub(super) fn read(text: &str) -> Result<Promised, String> {
    let all: Value = serde_json::from_str(text).map_err(|e| format!("its {METADATA} cannot be read: {e}"))?;
    let graph = all["@graph"].as_array().ok_or_else(|| format!("its {METADATA} has no `@graph`"))?;
    let entity = |id: &str| graph.iter().find(|e| e["@id"] == id);
    let mut files = Vec::new();
    for e in graph {
        let (Some(id), Some(sha256)) = (e["@id"].as_str(), e["sha256"].as_str()) else { continue };
        let size = e["contentSize"].as_str().and_then(|s| s.parse().ok());
        let size = size.ok_or_else(|| format!("its {METADATA} does not say how long `{id}` is"))?;
        files.push(Promise { path: decoded(id), size, sha256: sha256.to_ascii_lowercase() });
    }
    let lacks = |what: &str| format!("its {METADATA} names no {what}: it was not written by `ann bundle`");
    let script = entity("./").and_then(|root| root["mainEntity"]["@id"].as_str()).ok_or_else(|| lacks("script"))?;
    let results = entity("#run").and_then(|run| run["result"][0]["@id"].as_str()).ok_or_else(|| lacks("results"))?;
    Ok(Promised { files, script: decoded(script), results: decoded(results) })
}

/// A path as the reference of a URI.
fn encoded(path: &str) -> String {
    let mut out = String::new();
    for b in path.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

fn decoded(reference: &str) -> String {
    let bytes = reference.as_bytes();
    let (mut out, mut k) = (Vec::new(), 0);
    while k < bytes.len() {
        let coded =
            (bytes[k] == b'%').then(|| reference.get(k + 1..k + 3)).flatten().and_then(|h| u8::from_str_radix(h, 16).ok());
        out.push(coded.unwrap_or(bytes[k]));
        k += if coded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_back() {
        for path in ["a/b c.csv", "β.h5", "100%", "%zz"] {
            assert_eq!(decoded(&encoded(path)), path);
        }
        assert_eq!(decoded("%zz%4"), "%zz%4");
    }

    #[test]
    fn other_descriptions_are_refused() {
        for text in ["", "{}", "{\"@graph\": []}", "{\"@graph\": [{\"@id\": \"a\", \"sha256\": \"0\"}]}"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
