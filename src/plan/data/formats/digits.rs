//! The test set of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak 1998, UCI Machine Learning Repository,
//! doi 10.24432/C50P49, CC BY 4.0): see `assets/digits.LICENSE.txt`.

use super::super::Target;
use super::super::arrays::{Loaded, Outline, Raw};
use flate2::read::ZlibDecoder;
use std::io::Read;

static PACKED: &[u8] = include_bytes!("../../../../assets/digits.bin");
/// Images, and pixels of one.
const IMAGES: usize = 1797;
const PIXELS: usize = 64;

/// The pixels of all images, then their digits.
fn unpack() -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    ZlibDecoder::new(PACKED).read_to_end(&mut bytes).map_err(|e| format!("the digits cannot be unpacked: {e}"))?;
    if bytes.len() == IMAGES * (PIXELS + 1) { Ok(bytes) } else { Err(format!("the digits unpack to {} bytes", bytes.len())) }
}

/// Counts and classes.
pub(in crate::plan::data) fn outline() -> Result<Outline, String> {
    let labels = unpack()?.split_off(IMAGES * PIXELS);
    Ok(Outline {
        examples: IMAGES,
        shape: vec![PIXELS],
        target: Target::Classes(10),
        labels: Some(labels.into_iter().map(u32::from).collect()),
        columns: Vec::new(),
        classes: (0..10).map(|d| d.to_string()).collect(),
    })
}

/// The pixels: counts of ink in blocks of 4 × 4 dots, as a share of the 16.
pub(in crate::plan::data) fn load() -> Result<Loaded, String> {
    let mut data = unpack()?;
    data.truncate(IMAGES * PIXELS);
    Ok(Loaded { inputs: Raw::Bytes { data, unit: 16.0 }, values: None })
}
