//! Tests of data sets: each format on small files made as it is published, each step against a slow twin, and garbage.

mod formats;
mod garbage;
mod steps;

use super::*;
use crate::kernels::random::Key;
use std::io::Write;
use std::path::PathBuf;

/// A folder for the files of one test, gone with it.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("ann-data-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    pub fn at(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        std::fs::write(&path, bytes).expect("a file");
        path.to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut e = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    e.write_all(bytes).expect("memory");
    e.finish().expect("memory")
}

/// An IDX file.
pub(super) fn idx(form: u8, sizes: &[u32], data: &[u8]) -> Vec<u8> {
    let mut out = vec![0, 0, form, sizes.len() as u8];
    sizes.iter().for_each(|s| out.extend(s.to_be_bytes()));
    out.extend(data);
    out
}

/// A NumPy array of version 1.
pub(super) fn npy(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({shape}), }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((header.len() as u16).to_le_bytes());
    out.extend(header.as_bytes());
    out.extend(data);
    out
}

/// A zip archive.
pub(super) fn archive(entries: &[(&str, &[u8])], deflate: bool) -> Vec<u8> {
    let (mut out, mut list) = (Vec::new(), Vec::new());
    for (name, data) in entries {
        let mut crc = flate2::Crc::new();
        crc.update(data);
        let packed = if deflate {
            let mut e = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            e.write_all(data).expect("memory");
            e.finish().expect("memory")
        } else {
            data.to_vec()
        };
        let mut common = vec![20, 0, 0, 0, if deflate { 8 } else { 0 }, 0, 0, 0, 0, 0];
        common.extend(crc.sum().to_le_bytes());
        common.extend((packed.len() as u32).to_le_bytes());
        common.extend((data.len() as u32).to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        list.extend(b"PK\x01\x02\x14\x00");
        list.extend(&common);
        list.extend([0; 10]);
        list.extend((out.len() as u32).to_le_bytes());
        list.extend(name.as_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(name.as_bytes());
        out.extend(packed);
    }
    let start = out.len() as u32;
    out.extend(&list);
    out.extend(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend([(entries.len() as u16).to_le_bytes(), (entries.len() as u16).to_le_bytes()].concat());
    out.extend((list.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

pub(super) const KEY: Key = Key(3, 14);
pub(super) const LABEL: Wanted = Wanted::Label { classes: None };

pub(super) fn set(source: Source) -> DataSet {
    DataSet::new(source)
}

/// The numbers, after checking that the facts agree with them.
#[track_caller]
pub(super) fn read(set: &DataSet) -> Examples {
    let facts = set.facts().unwrap_or_else(|e| panic!("{e}"));
    let examples = set.materialise().unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((facts.examples, &facts.shape), (examples.count, &examples.shape));
    assert_eq!(examples.inputs.len(), examples.count * examples.shape.iter().product::<usize>());
    match (&facts.target, &examples.targets) {
        (Target::None, Targets::None) => {}
        (Target::Classes(n), Targets::Labels { labels, classes }) => {
            assert_eq!((n, labels.len()), (classes, examples.count));
            assert!(labels.iter().all(|l| (*l as usize) < *n));
        }
        (Target::Values(s), Targets::Values { values, shape }) => {
            assert_eq!(s, shape);
            assert_eq!(values.len(), examples.count * shape.iter().product::<usize>());
        }
        other => panic!("{other:?}"),
    }
    examples
}

pub(super) fn labels(e: &Examples) -> &[u32] {
    match &e.targets {
        Targets::Labels { labels, .. } => labels,
        _ => &[],
    }
}

#[track_caller]
pub(super) fn bad<T: std::fmt::Debug>(result: Result<T, String>, parts: &[&str]) {
    let reason = result.expect_err("an error");
    for part in parts {
        assert!(reason.contains(part), "`{reason}` does not say `{part}`");
    }
}
