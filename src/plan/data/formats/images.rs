//! Images in a folder, one folder a class: PNG, PGM and PPM, grey or in colours, all of one size.

use super::super::arrays::{Loaded, Outline, Raw};
use super::super::{Target, bounded};
use super::file::cannot;
use super::netpbm;
use rayon::prelude::*;
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Pixels of one image.
pub const MOST_PIXELS: usize = 1 << 26;

/// An image, pixel by pixel, the channels of a pixel side by side.
pub(super) struct Picture {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub values: Vec<u16>,
    /// The value of full brightness.
    pub largest: u16,
}

/// A folder's entries by name: in the order of their numbers where all are numbers.
fn sorted(folder: &Path, keep: impl Fn(&Path) -> bool) -> Result<Vec<(String, PathBuf)>, String> {
    let shown = folder.display().to_string();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| cannot(&shown, &e))? {
        let path = entry.map_err(|e| cannot(&shown, &e))?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if !name.starts_with('.') && keep(&path) {
            found.push((name, path));
        }
    }
    let stem = |name: &str| name.split('.').next().and_then(|s| s.parse::<u64>().ok());
    if found.iter().all(|(n, _)| stem(n).is_some()) {
        found.sort_by_key(|(n, _)| (stem(n), n.clone()));
    } else {
        found.sort();
    }
    Ok(found)
}

fn is_image(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_lowercase();
    path.is_file() && matches!(extension.as_str(), "png" | "pgm" | "ppm" | "pnm")
}

/// The classes and the images of each.
#[allow(clippy::type_complexity)]
fn list(folder: &str) -> Result<(Vec<String>, Vec<(u32, PathBuf)>), String> {
    let (mut names, mut files) = (Vec::new(), Vec::new());
    for (name, class) in sorted(Path::new(folder), Path::is_dir)? {
        let images = sorted(&class, is_image)?;
        if images.is_empty() {
            return Err(format!("{}: it holds no image (.png, .pgm, .ppm)", class.display()));
        }
        files.extend(images.into_iter().map(|(_, path)| (names.len() as u32, path)));
        names.push(name);
    }
    if names.is_empty() {
        return Err(format!("{folder}: expected a folder for each class with its images (.png, .pgm, .ppm)"));
    }
    Ok((names, files))
}

/// The files, for what depends on their content.
pub(in crate::plan::data) fn files(folder: &str) -> Result<Vec<(u32, PathBuf)>, String> {
    Ok(list(folder)?.1)
}

fn read(path: &Path) -> Result<Picture, String> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|e| cannot(&shown.to_string(), &e))?;
    if bytes.starts_with(b"\x89PNG") {
        return png(&bytes).map_err(|reason| format!("{shown}: {reason}"));
    }
    if bytes.first() == Some(&b'P') {
        return netpbm::read(&bytes, MOST_PIXELS).map_err(|(at, reason)| format!("{shown}: byte {at}: {reason}"));
    }
    Err(format!("{shown}: byte 0: expected a PNG, PGM or PPM image, found {:?}", &bytes[..bytes.len().min(4)]))
}

fn png(bytes: &[u8]) -> Result<Picture, String> {
    let broken = |e: png::DecodingError| format!("it is not a whole PNG image ({})", e.to_string().to_lowercase());
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: 8 * MOST_PIXELS });
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(broken)?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    if width.checked_mul(height).is_none_or(|n| n > MOST_PIXELS) {
        return Err(format!("{width} × {height} pixels are too many"));
    }
    let size = reader.output_buffer_size().ok_or("it is too large")?;
    let mut data = vec![0; size];
    let info = reader.next_frame(&mut data).map_err(broken)?;
    data.truncate(info.buffer_size());
    let deep = info.bit_depth == png::BitDepth::Sixteen;
    let samples = info.color_type.samples();
    let values: Vec<u16> = match deep {
        true => data.chunks_exact(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect(),
        false => data.iter().map(|b| u16::from(*b)).collect(),
    };
    let largest = if deep { u16::MAX } else { 255 };
    let channels = if samples >= 3 { 3 } else { 1 };
    let kept = if samples == channels {
        values
    } else {
        if values.chunks_exact(samples).any(|p| p[channels] != largest) {
            return Err("parts of it are transparent: which colour lies behind them is not known".into());
        }
        values.chunks_exact(samples).flat_map(|p| p[..channels].iter().copied()).collect()
    };
    Ok(Picture { channels, height, width, values: kept, largest })
}

/// Counts and classes; the size is that of the first image.
pub(in crate::plan::data) fn outline(folder: &str) -> Result<Outline, String> {
    let (classes, files) = list(folder)?;
    let first = read(&files[0].1)?;
    Ok(Outline {
        examples: files.len(),
        shape: vec![first.channels, first.height, first.width],
        target: Target::Classes(classes.len()),
        labels: Some(files.iter().map(|f| f.0).collect()),
        columns: Vec::new(),
        classes,
    })
}

/// Whether every image is of the size of the first and, if it is a PNG, has its end.
pub(in crate::plan::data) fn whole(folder: &str) -> Result<(), String> {
    let (_, files) = list(folder)?;
    let first = read(&files[0].1)?;
    files.par_iter().try_for_each(|(_, path)| {
        let (failed, shown) = (|e: &std::io::Error| cannot(&path.display().to_string(), e), path.display());
        let mut file = File::open(path).map_err(|e| failed(&e))?;
        let mut start = Vec::new();
        file.by_ref().take(24).read_to_end(&mut start).map_err(|e| failed(&e))?;
        if !start.starts_with(b"\x89PNG") {
            return if start.is_empty() { Err(format!("{shown}: the file is empty")) } else { Ok(()) };
        }
        let side = |at: usize| start.get(at..at + 4).map_or(0, |b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize);
        let mut end = [0; 12];
        let last = file.seek(SeekFrom::End(-12)).and_then(|_| file.read_exact(&mut end));
        if last.is_err() || &end[4..8] != b"IEND" {
            return Err(format!("{shown}: it is not a whole PNG image (its end is missing)"));
        }
        if (side(16), side(20)) != (first.width, first.height) {
            let (found, wanted) = ((side(16), side(20)), (first.width, first.height));
            return Err(format!(
                "{shown}: {} × {} pixels, but {} has {} × {}",
                found.0,
                found.1,
                files[0].1.display(),
                wanted.0,
                wanted.1
            ));
        }
        Ok(())
    })
}

/// The pixels, channel by channel, from 0 to 1.
pub(in crate::plan::data) fn load(folder: &str) -> Result<Loaded, String> {
    let (_, files) = list(folder)?;
    let first = read(&files[0].1)?;
    let size = first.values.len();
    bounded(files.len(), &[size]).map_err(|reason| format!("{folder}: {reason}"))?;
    let shape = |p: &Picture| format!("{} × {} pixels of {} channels", p.width, p.height, p.channels);
    let planes = |path: &Path| -> Result<(Vec<u16>, u16), String> {
        let p = read(path)?;
        if (p.channels, p.height, p.width) != (first.channels, first.height, first.width) {
            return Err(format!("{}: {}, but {} has {}", path.display(), shape(&p), files[0].1.display(), shape(&first)));
        }
        let values = (0..p.channels).flat_map(|c| p.values.iter().skip(c).step_by(p.channels).copied()).collect();
        Ok((values, p.largest))
    };
    let all: Vec<(Vec<u16>, u16)> = files.par_iter().map(|(_, path)| planes(path)).collect::<Result<_, _>>()?;
    // Bytes stay bytes: a quarter of the memory.
    let inputs = if all.iter().all(|(_, largest)| *largest == 255) {
        Raw::Bytes { data: all.iter().flat_map(|(v, _)| v.iter().map(|x| *x as u8)).collect(), unit: 255.0 }
    } else {
        Raw::Single(all.iter().flat_map(|(v, largest)| v.iter().map(|x| f32::from(*x) / f32::from(*largest))).collect())
    };
    Ok(Loaded { inputs, values: None })
}
