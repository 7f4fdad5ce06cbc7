//! What a run has finished so far, beside the file that it will become: `OUT.h5.parts/HASH.part` for
//! a point, `HASH.checkpoint` for a point under way. A part is written aside and renamed, and carries a
//! checksum, so that a kill or a power cut leaves it whole or absent. It knows no HDF5.

use super::lock::Lock;
use super::problem::cannot_write;
use super::write::assembling;
use crate::diagnostic::Diagnostic;
use crate::results::PointResult;
use std::fs::{self, File};
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"ann part";
/// Raised whenever [`PointResult`] changes its shape: postcard does not describe itself.
const VERSION: u32 = 1;
const HEAD: usize = 8 + 4 + 32;
/// A point that took less (seconds) is sooner computed again than flushed to a disk: only a power cut
/// can lose it, a kill cannot.
const WORTH_A_FLUSH: f64 = 0.1;

/// The parts of one result file, held under its lock. Usable from many threads at once.
#[derive(Debug)]
pub struct Parts {
    output: PathBuf,
    folder: PathBuf,
    _lock: Lock,
}

impl Parts {
    /// Takes the lock of `output` (`OUT.h5.lock`) and finds the parts of an earlier run. Nothing but
    /// the lock's file is made before the first part. Errors: another run has it (E0804); the folder
    /// is missing or cannot be written (E0802).
    pub fn open(output: &Path) -> Result<Parts, Diagnostic> {
        let lock = Lock::take(&beside(output, ".lock"), output)?;
        let parts = Parts { output: output.to_path_buf(), folder: beside(output, ".parts"), _lock: lock };
        parts.sweep();
        Ok(parts)
    }

    /// Keeps a finished point.
    pub fn write_point(&self, point: &PointResult) -> Result<(), Diagnostic> {
        let payload = postcard::to_stdvec(point).map_err(|e| cannot_write(&self.output, &Error::other(e.to_string())))?;
        self.write(&self.file(&point.hash, "part"), &payload, point.wall_seconds >= WORTH_A_FLUSH)
    }

    /// The finished point of this hash. `None` when there is none, or only a damaged one: the point is
    /// then computed again.
    pub fn read_point(&self, hash: &str) -> Option<PointResult> {
        let payload = read(&self.file(hash, "part"))?;
        let point: PointResult = postcard::from_bytes(&payload).ok()?;
        (point.hash == hash).then_some(point)
    }

    /// Keeps the state of a point under way, in place of an earlier one.
    pub fn write_checkpoint(&self, hash: &str, state: &[u8]) -> Result<(), Diagnostic> {
        self.write(&self.file(hash, "checkpoint"), state, true)
    }

    /// The last whole checkpoint of a point.
    pub fn read_checkpoint(&self, hash: &str) -> Option<Vec<u8>> {
        read(&self.file(hash, "checkpoint"))
    }

    /// Forgets the checkpoint of a point, once its part is written.
    pub fn remove_checkpoint(&self, hash: &str) {
        let _ = fs::remove_file(self.file(hash, "checkpoint"));
    }

    /// Forgets everything that earlier runs finished (`--fresh`). The published file stays.
    pub fn clear(&self) -> Result<(), Diagnostic> {
        match fs::remove_dir_all(&self.folder) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(cannot_write(&self.folder, &e)),
            _ => Ok(()),
        }
    }

    /// Removes the parts: all that they hold is in the published file. Releases the lock.
    pub fn finish(self) -> Result<(), Diagnostic> {
        self.clear()
    }

    fn file(&self, hash: &str, kind: &str) -> PathBuf {
        // A hash is hexadecimal; anything else must not become a path.
        let safe =
            !hash.is_empty() && hash.len() <= 128 && hash.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let stem = if safe { hash.to_owned() } else { format!("x-{}", blake3::hash(hash.as_bytes()).to_hex()) };
        self.folder.join(format!("{stem}.{kind}"))
    }

    fn write(&self, path: &Path, payload: &[u8], flush: bool) -> Result<(), Diagnostic> {
        fs::create_dir_all(&self.folder).map_err(|e| cannot_write(&self.folder, &e))?;
        let aside = path.with_extension(format!("{}.tmp", path.extension().and_then(|e| e.to_str()).unwrap_or("")));
        let done = File::create(&aside).and_then(|file| put(file, payload, flush)).and_then(|()| fs::rename(&aside, path));
        done.map_err(|e| {
            let _ = fs::remove_file(&aside);
            cannot_write(path, &e)
        })
    }

    /// Removes what a killed run left half written. Only the holder of the lock may.
    fn sweep(&self) {
        let _ = fs::remove_file(assembling(&self.output));
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|e| e == "tmp") {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// `OUT.h5` + `suffix`, in the same folder.
fn beside(output: &Path, suffix: &str) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn put(mut file: File, payload: &[u8], flush: bool) -> std::io::Result<()> {
    let mut head = Vec::with_capacity(HEAD);
    head.extend_from_slice(MAGIC);
    head.extend_from_slice(&VERSION.to_le_bytes());
    head.extend_from_slice(blake3::hash(payload).as_bytes());
    file.write_all(&head)?;
    file.write_all(payload)?;
    if flush { file.sync_all() } else { Ok(()) }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = fs::read(path).ok()?;
    let head = bytes.get(..HEAD)?;
    let whole =
        head[..8] == *MAGIC && head[8..12] == VERSION.to_le_bytes() && head[12..] == *blake3::hash(&bytes[HEAD..]).as_bytes();
    whole.then(|| bytes.split_off(HEAD))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{folder, point};

    #[test]
    fn a_part_comes_back_bit_for_bit() {
        let dir = folder("part");
        let parts = Parts::open(&dir.join("a.h5")).unwrap();
        let mut written = point("0a1b", 3);
        written.quantities[0].1.value[0] = f64::from_bits(0x7ff8_0000_0000_1234);
        written.quantities[0].1.error[0] = -0.0;
        assert!(parts.read_point("0a1b").is_none());
        parts.write_point(&written).unwrap();
        let back = parts.read_point("0a1b").unwrap();
        assert_eq!(back.quantities[0].1.value[0].to_bits(), 0x7ff8_0000_0000_1234);
        assert_eq!(back.quantities[0].1.error[0].to_bits(), (-0.0f64).to_bits());
        assert_eq!(format!("{back:?}"), format!("{written:?}"));
        parts.finish().unwrap();
        assert_eq!(fs::read_dir(&*dir).unwrap().count(), 0, "neither lock nor parts stay");
    }

    #[test]
    fn a_damaged_part_counts_as_missing() {
        let dir = folder("damaged");
        let parts = Parts::open(&dir.join("a.h5")).unwrap();
        parts.write_point(&point("ff", 2)).unwrap();
        let file = parts.folder.join("ff.part");
        let good = fs::read(&file).unwrap();
        for place in [0, 9, 20, HEAD, good.len() - 1] {
            let mut bad = good.clone();
            bad[place] ^= 1;
            fs::write(&file, &bad).unwrap();
            assert!(parts.read_point("ff").is_none(), "byte {place}");
        }
        for length in [0, 5, HEAD, good.len() - 1] {
            fs::write(&file, &good[..length]).unwrap();
            assert!(parts.read_point("ff").is_none(), "length {length}");
        }
        fs::write(parts.folder.join("ee.part"), &good).unwrap();
        assert!(parts.read_point("ee").is_none(), "a part under another's name");
        fs::write(&file, &good).unwrap();
        assert!(parts.read_point("ff").is_some());
    }

    #[test]
    fn the_second_run_is_refused_until_the_first_ends() {
        let dir = folder("lock");
        let out = dir.join("a.h5");
        let first = Parts::open(&out).unwrap();
        let refused = Parts::open(&out).unwrap_err();
        assert_eq!(refused.code, crate::diagnostic::codes::IN_USE);
        assert!(refused.message.contains(&std::process::id().to_string()), "{}", refused.message);
        assert!(Parts::open(&dir.join("b.h5")).is_ok(), "another file is free");
        drop(first);
        // What a killed run leaves: the lock's file, unlocked.
        fs::write(dir.join("a.h5.lock"), "12345").unwrap();
        assert!(Parts::open(&out).is_ok());
    }

    #[test]
    fn checkpoints_are_replaced_and_removed_and_fresh_forgets_all() {
        let dir = folder("checkpoint");
        let parts = Parts::open(&dir.join("a.h5")).unwrap();
        parts.write_checkpoint("aa", b"one").unwrap();
        parts.write_checkpoint("aa", b"two").unwrap();
        assert_eq!(parts.read_checkpoint("aa").unwrap(), b"two");
        parts.remove_checkpoint("aa");
        assert!(parts.read_checkpoint("aa").is_none());
        parts.write_checkpoint("../../escape", b"x").unwrap();
        assert_eq!(parts.read_checkpoint("../../escape").unwrap(), b"x");
        assert_eq!(fs::read_dir(&parts.folder).unwrap().count(), 1, "no hash leaves the folder");
        parts.write_point(&point("bb", 1)).unwrap();
        parts.clear().unwrap();
        assert!(parts.read_point("bb").is_none() && !parts.folder.exists());
        parts.clear().unwrap();
    }

    #[test]
    fn what_a_killed_run_left_half_written_is_swept() {
        let dir = folder("sweep");
        let out = dir.join("a.h5");
        fs::create_dir(dir.join("a.h5.parts")).unwrap();
        fs::write(dir.join("a.h5.parts/aa.part.tmp"), "half").unwrap();
        fs::write(assembling(&out), "half a file").unwrap();
        let parts = Parts::open(&out).unwrap();
        assert_eq!(fs::read_dir(&parts.folder).unwrap().count(), 0);
        assert!(!assembling(&out).exists());
    }

    #[test]
    fn a_folder_that_is_not_there_or_is_a_file_is_said_so() {
        let dir = folder("nowhere");
        let missing = Parts::open(&dir.join("no/a.h5")).unwrap_err();
        assert_eq!(missing.code, crate::diagnostic::codes::CANNOT_WRITE);
        assert!(missing.message.contains("does not exist") && missing.help.unwrap().contains("mkdir -p"));
        fs::write(dir.join("file"), "").unwrap();
        let file = Parts::open(&dir.join("file/a.h5")).unwrap_err();
        assert_eq!(file.code, crate::diagnostic::codes::CANNOT_WRITE);
        assert!(file.message.contains("not a folder"), "{}", file.message);
    }

    #[test]
    fn a_part_that_cannot_be_written_leaves_the_earlier_ones() {
        let dir = folder("blocked");
        let parts = Parts::open(&dir.join("a.h5")).unwrap();
        parts.write_point(&point("aa", 1)).unwrap();
        // A folder in the place of the file written aside stands for every failure to create it.
        fs::create_dir(parts.folder.join("bb.part.tmp")).unwrap();
        let refused = parts.write_point(&point("bb", 1)).unwrap_err();
        assert_eq!(refused.code, crate::diagnostic::codes::CANNOT_WRITE);
        assert!(parts.read_point("aa").is_some() && parts.read_point("bb").is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let error = put(full, &[0; 100], true).unwrap_err();
        let said = cannot_write(Path::new("a.h5"), &error);
        assert!(said.message.contains("the disk is full") && said.help.unwrap().contains("finished points are kept"));
    }
}
