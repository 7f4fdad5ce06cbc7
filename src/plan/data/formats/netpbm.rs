//! Images of the Netpbm project: PGM and PPM, as text (P2, P3) and as bytes (P5, P6).
//! Format: <https://netpbm.sourceforge.net/doc/pgm.html>.

use super::images::Picture;

/// Reads an image. Errors: the byte, and the reason.
pub(super) fn read(bytes: &[u8], most: usize) -> Result<Picture, (usize, String)> {
    let (channels, text) = match bytes.get(..2) {
        Some(b"P2") => (1, true),
        Some(b"P3") => (3, true),
        Some(b"P5") => (1, false),
        Some(b"P6") => (3, false),
        _ => return Err((0, "expected P2, P3, P5 or P6".into())),
    };
    let mut at = 2;
    let mut header = [0; 3];
    for (slot, what) in header.iter_mut().zip(["the width", "the height", "the largest value"]) {
        *slot = number(bytes, &mut at, what)?;
    }
    let [width, height, largest] = header;
    if width == 0 || height == 0 || largest == 0 || largest > 65_535 {
        return Err((at, format!("{width} × {height} pixels up to {largest} are no image")));
    }
    let size = width.checked_mul(height).filter(|n| *n <= most);
    let Some(size) = size else { return Err((at, format!("{width} × {height} pixels are too many"))) };
    let count = size * channels;
    let mut values = Vec::new();
    if text {
        for _ in 0..count {
            let before = at;
            let value = number(bytes, &mut at, "a pixel")?;
            values.push(u16::try_from(value).map_err(|_| (before, format!("expected a pixel, found {value}")))?);
        }
    } else {
        // One blank stands between the header and the pixels.
        at += 1;
        let width = if largest < 256 { 1 } else { 2 };
        let data = bytes.get(at..).filter(|d| d.len() >= count * width);
        let Some(data) = data else {
            return Err((bytes.len(), format!("the file ends there, but the pixels end at byte {}", at + count * width)));
        };
        values.extend(data[..count * width].chunks_exact(width).map(|c| c.iter().fold(0u16, |n, b| n << 8 | u16::from(*b))));
    }
    if let Some(k) = values.iter().position(|v| usize::from(*v) > largest) {
        return Err((at, format!("pixel {k} is {}, above the largest value {largest}", values[k])));
    }
    Ok(Picture { channels, height, width, values, largest: largest as u16 })
}

/// The next number of the header, or of the pixels as text.
fn number(bytes: &[u8], at: &mut usize, what: &str) -> Result<usize, (usize, String)> {
    loop {
        match bytes.get(*at) {
            Some(b'#') => *at += bytes[*at..].iter().take_while(|b| **b != b'\n').count(),
            Some(b) if b.is_ascii_whitespace() => *at += 1,
            _ => break,
        }
    }
    let digits = bytes[*at..].iter().take_while(|b| b.is_ascii_digit()).take(10).count();
    let text = std::str::from_utf8(&bytes[*at..*at + digits]).unwrap_or("");
    let found = text.parse::<usize>().map_err(|_| (*at, format!("expected {what}")))?;
    *at += digits;
    Ok(found)
}
