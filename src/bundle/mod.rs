//! An experiment as one archive that goes beside a paper: script, modules, data, results, report and citation, described as an
//! RO-Crate 1.1 (<https://www.researchobject.org/ro-crate/>). Writing it, and opening it again with every checksum verified.
//!
//! The script and what it reads lie under `experiment/` as they lay beside each other, so that relative paths go on working.

mod collect;
mod metadata;
mod open;
mod write;

pub use collect::{Content, Member, Role, collect};
pub use open::{Opened, is_archive, open};
pub use write::write;

use sha2::{Digest, Sha256};
use std::io::Read;

/// The description of every crate.
pub const METADATA: &str = "ro-crate-metadata.json";
/// Where the script is, with what it reads.
const EXPERIMENT: &str = "experiment";

/// Reads to the end: the number of bytes and their SHA-256, passing them on.
fn digest(mut from: impl Read, mut each: impl FnMut(&[u8]) -> std::io::Result<()>) -> std::io::Result<(u64, String)> {
    let (mut hasher, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 18]);
    loop {
        let n = from.read(&mut buffer)?;
        if n == 0 {
            let hex = hasher.finalize().iter().map(|b| format!("{b:02x}")).collect();
            return Ok((size, hex));
        }
        hasher.update(&buffer[..n]);
        each(&buffer[..n])?;
        size += n as u64;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sums_are_those_of_the_standard() {
        let (size, sum) = super::digest(&b"abc"[..], |_| Ok(())).unwrap();
        assert_eq!((size, sum.as_str()), (3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    }
}
