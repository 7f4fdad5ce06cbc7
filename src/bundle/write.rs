//! Writing an archive: whole and aside, then by rename.

use super::metadata::{Written, describe};
use super::{Content, METADATA, Member, digest};
use crate::results::Header;
use std::fs::File;
use std::io::{BufWriter, Error, Read, Write};
use std::path::Path;
use zip::write::{SimpleFileOptions, ZipWriter};

/// Writes an archive of some files with their description. Every entry has the same date, so that equal contents give equal archives.
pub fn write(header: &Header, members: &[Member], output: &Path) -> Result<(), Error> {
    let mut aside = output.file_name().unwrap_or_default().to_os_string();
    aside.push(".new");
    let aside = output.with_file_name(aside);
    let written = into(header, members, &aside).and_then(|()| std::fs::rename(&aside, output));
    if written.is_err() {
        let _ = std::fs::remove_file(&aside);
    }
    written
}

fn into(header: &Header, members: &[Member], path: &Path) -> Result<(), Error> {
    let mut files = Vec::new();
    for member in members {
        let (size, sha256) = digest(reader(member)?, |_| Ok(()))?;
        files.push(Written { member, size, sha256 });
    }
    let text = serde_json::to_string_pretty(&describe(header, &files))?;
    let mut archive = ZipWriter::new(BufWriter::new(File::create(path)?));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated).unix_permissions(0o644);
    archive.start_file(METADATA, options)?;
    archive.write_all(text.as_bytes())?;
    for f in &files {
        archive.start_file(f.member.path.as_str(), options.large_file(f.size >= u64::from(u32::MAX)))?;
        let (size, sha256) = digest(reader(f.member)?, |bytes| archive.write_all(bytes))?;
        if (size, &sha256) != (f.size, &f.sha256) {
            return Err(Error::other(format!("`{}` changed while it was read", f.member.path)));
        }
    }
    archive.finish()?.into_inner()?.sync_all()
}

fn reader(member: &Member) -> Result<Box<dyn Read + '_>, Error> {
    Ok(match &member.content {
        Content::Bytes(bytes) => Box::new(bytes.as_slice()),
        Content::File(path) => {
            let named = |e: Error| Error::new(e.kind(), format!("`{}`: {e}", path.display()));
            Box::new(File::open(path).map_err(named)?)
        }
    })
}
