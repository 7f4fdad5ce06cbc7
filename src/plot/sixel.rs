//! A picture as sixels: six rows of pixels in a line of characters, one colour after another. Must not know the terminal.

use std::fmt::Write;

/// Levels of red, green and blue: 216 colours, which every terminal with sixels has.
const LEVELS: usize = 6;

/// Turns the pixels of a PNG file into sixels.
///
/// # Errors
/// If the bytes are no PNG file.
pub fn sixel(png: &[u8]) -> Result<String, String> {
    let picture = resvg::tiny_skia::Pixmap::decode_png(png).map_err(|e| e.to_string())?;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixels: Vec<usize> = picture
        .pixels()
        .iter()
        .map(|p| {
            let c = p.demultiply();
            let level = |v: u8| (usize::from(v) * (LEVELS - 1) + 127) / 255;
            (level(c.red()) * LEVELS + level(c.green())) * LEVELS + level(c.blue())
        })
        .collect();
    let mut out = format!("\x1bP0;1;0q\"1;1;{width};{height}");
    let used: Vec<usize> = (0..LEVELS * LEVELS * LEVELS).filter(|c| pixels.contains(c)).collect();
    for &c in &used {
        let percent = |level: usize| level * 100 / (LEVELS - 1);
        let (r, g, b) = (c / (LEVELS * LEVELS), c / LEVELS % LEVELS, c % LEVELS);
        let _ = write!(out, "#{c};2;{};{};{}", percent(r), percent(g), percent(b));
    }
    for band in (0..height).step_by(6) {
        let rows = band..(band + 6).min(height);
        let mut first = true;
        for &c in &used {
            let column =
                |x: usize| rows.clone().filter(|y| pixels[y * width + x] == c).fold(0u8, |bits, y| bits | 1 << (y - band));
            let bits: Vec<u8> = (0..width).map(column).collect();
            if bits.iter().all(|b| *b == 0) {
                continue;
            }
            // Back to the start of the line for each further colour.
            out.push_str(if std::mem::replace(&mut first, false) { "" } else { "$" });
            let _ = write!(out, "#{c}");
            runs(&bits, &mut out);
        }
        out.push('-');
    }
    out.push_str("\x1b\\");
    Ok(out)
}

/// Characters for columns of six pixels; many alike are counted.
fn runs(bits: &[u8], out: &mut String) {
    for run in bits.chunk_by(|a, b| a == b) {
        let c = char::from(63 + run[0]);
        match run.len() {
            n @ 0..4 => out.extend(std::iter::repeat_n(c, n)),
            n => {
                let _ = write!(out, "!{n}{c}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_colours_are_two_lines_of_sixels() {
        let source = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"8\" height=\"6\"><rect width=\"4\" height=\"6\" fill=\"#f00\"/></svg>";
        let png = crate::plot::png_of_svg(source, 96.0).unwrap();
        let text = sixel(&png).unwrap();
        assert_eq!(text, "\x1bP0;1;0q\"1;1;8;6#180;2;100;0;0#215;2;100;100;100#180!4~!4?$#215!4?!4~-\x1b\\");
        assert!(sixel(b"no picture").is_err());
    }
}
