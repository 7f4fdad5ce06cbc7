//! The binary form of CIFAR-10: records of a label and 3 × 32 × 32 pixels, in five batches for training and one for the test
//! (<https://www.cs.toronto.edu/~kriz/cifar.html>).

use super::super::Target;
use super::super::arrays::{Loaded, Outline, Raw};
use super::file::Input;
use std::path::Path;

const PIXELS: usize = 3 * 32 * 32;
const RECORD: usize = PIXELS + 1;
const CLASSES: &[&str] = &["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The batches of a part that are there, in their order.
pub(in crate::plan::data) fn batches(folder: &str, test: bool) -> Result<Vec<String>, String> {
    let inner = Path::new(folder).join("cifar-10-batches-bin");
    let folder = if inner.is_dir() { inner.to_string_lossy().into_owned() } else { folder.to_string() };
    let names = if test { vec!["test_batch.bin".to_string()] } else { (1..=5).map(|k| format!("data_batch_{k}.bin")).collect() };
    names.into_iter().map(|n| super::file::find(&folder, &[n.clone(), format!("{n}.gz")])).collect()
}

/// Labels and pixels of a batch.
fn read(path: &str, labels: &mut Vec<u32>, mut pixels: Option<&mut Vec<u8>>) -> Result<(), String> {
    let bytes = Input::open(path)?.rest()?;
    if bytes.is_empty() || bytes.len() % RECORD != 0 {
        let whole = bytes.len() - bytes.len() % RECORD;
        return Err(format!(
            "{path}: byte {whole}: expected records of {RECORD} bytes, found the end of the file at byte {}",
            bytes.len()
        ));
    }
    for (k, record) in bytes.chunks_exact(RECORD).enumerate() {
        if usize::from(record[0]) >= CLASSES.len() {
            return Err(format!("{path}: byte {}: expected a class from 0 to 9, found {}", k * RECORD, record[0]));
        }
        labels.push(u32::from(record[0]));
        if let Some(pixels) = &mut pixels {
            pixels.extend_from_slice(&record[1..]);
        }
    }
    Ok(())
}

/// Counts and classes.
pub(in crate::plan::data) fn outline(folder: &str, test: bool) -> Result<Outline, String> {
    let mut labels = Vec::new();
    for path in batches(folder, test)? {
        read(&path, &mut labels, None)?;
    }
    Ok(Outline {
        examples: labels.len(),
        shape: vec![3, 32, 32],
        target: Target::Classes(CLASSES.len()),
        labels: Some(labels),
        columns: Vec::new(),
        classes: CLASSES.iter().map(|c| c.to_string()).collect(),
    })
}

/// The pixels.
pub(in crate::plan::data) fn load(folder: &str, test: bool) -> Result<Loaded, String> {
    let mut pixels = Vec::new();
    for path in batches(folder, test)? {
        read(&path, &mut Vec::new(), Some(&mut pixels))?;
    }
    Ok(Loaded { inputs: Raw::Bytes { data: pixels, unit: 255.0 }, values: None })
}
