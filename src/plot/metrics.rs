//! The embedded typeface and the widths of text set in it, read from its `cmap` and `hmtx` tables.
//! Must not know labels' syntax or drawing.

use std::sync::OnceLock;

use super::label::{Label, Run};

/// DejaVu Sans 2.37 (its licence lies beside it): open, and it has the Greek letters, scripts and brackets of physics.
pub(crate) const TYPEFACE: &[u8] = include_bytes!("../../assets/DejaVuSans.ttf");

/// Widths of glyphs in units of the font size. Kerning is ignored: it only makes text narrower.
struct Metrics {
    /// Advance of each code point of the basic plane.
    advance: Vec<f32>,
}

/// The width assumed for characters that the typeface lacks: at most a full em.
const UNKNOWN: f64 = 1.0;

fn metrics() -> &'static Metrics {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    METRICS.get_or_init(|| Metrics { advance: advances(TYPEFACE).unwrap_or_default() })
}

/// Width of text at a font size of one.
pub(crate) fn text_width(text: &str) -> f64 {
    let advance = &metrics().advance;
    text.chars().map(|c| advance.get(c as usize).filter(|w| **w > 0.0).map_or(UNKNOWN, |w| f64::from(*w))).sum()
}

/// Width of a label at a font size, in the unit of that size.
pub(crate) fn label_width(label: &Label, size: f64) -> f64 {
    label.runs.iter().map(|run| text_width(&run.text) * run.scale * size).sum()
}

/// The label, shortened with an ellipsis to a width at a font size.
pub(crate) fn fit(label: &Label, size: f64, width: f64) -> Label {
    if label_width(label, size) <= width {
        return label.clone();
    }
    let mut room = width - text_width("…") * size;
    let mut runs: Vec<Run> = Vec::new();
    'runs: for run in &label.runs {
        let mut kept = Run { text: String::new(), ..run.clone() };
        for c in run.text.chars() {
            room -= text_width(c.encode_utf8(&mut [0; 4])) * run.scale * size;
            if room < 0.0 {
                runs.push(kept);
                break 'runs;
            }
            kept.text.push(c);
        }
        runs.push(kept);
    }
    runs.retain(|run| !run.text.is_empty());
    runs.push(Run { text: "…".to_string(), position: super::label::Position::Base, rise: 0.0, scale: 1.0 });
    Label { runs }
}

fn u16_at(data: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(data.get(at..at + 2)?.try_into().ok()?)))
}

fn u32_at(data: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_be_bytes(data.get(at..at + 4)?.try_into().ok()?) as usize)
}

fn table<'a>(font: &'a [u8], tag: &[u8; 4]) -> Option<&'a [u8]> {
    let count = u16_at(font, 4)?;
    let record = (0..count).map(|i| 12 + 16 * i).find(|at| font.get(*at..*at + 4) == Some(tag))?;
    let (offset, length) = (u32_at(font, record + 8)?, u32_at(font, record + 12)?);
    font.get(offset..offset + length)
}

/// Advances of the basic plane in em, zero where there is no glyph (OpenType 1.9: `cmap` format 4, `hmtx`).
fn advances(font: &[u8]) -> Option<Vec<f32>> {
    let em = u16_at(table(font, b"head")?, 18)? as f32;
    let long = u16_at(table(font, b"hhea")?, 34)?.max(1);
    let hmtx = table(font, b"hmtx")?;
    let cmap = table(font, b"cmap")?;
    let subtables = (0..u16_at(cmap, 2)?).filter_map(|i| u32_at(cmap, 4 + 8 * i + 4));
    let map = subtables.filter_map(|at| cmap.get(at..)).find(|t| u16_at(t, 0) == Some(4))?;
    let segments = u16_at(map, 6)? / 2;
    let mut advance = vec![0.0f32; 0x1_0000];
    for i in 0..segments {
        let end = u16_at(map, 14 + 2 * i)?;
        let start = u16_at(map, 16 + 2 * (segments + i))?;
        let delta = u16_at(map, 16 + 2 * (2 * segments + i))?;
        let range_at = 16 + 2 * (3 * segments + i);
        let range = u16_at(map, range_at)?;
        for (code, width) in advance.iter_mut().enumerate().take(end.min(0xfffe) + 1).skip(start) {
            let glyph = if range == 0 {
                (code + delta) & 0xffff
            } else {
                match u16_at(map, range_at + range + 2 * (code - start))? {
                    0 => 0,
                    glyph => (glyph + delta) & 0xffff,
                }
            };
            if glyph != 0 {
                *width = u16_at(hmtx, 4 * glyph.min(long - 1))? as f32 / em;
            }
        }
    }
    Some(advance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_read_from_the_typeface() {
        // All digits of this typeface share one advance, 1303 / 2048 em.
        for digit in "0123456789".chars() {
            assert!((text_width(&digit.to_string()) - 1303.0 / 2048.0).abs() < 1e-6);
        }
        assert!(text_width("i") < text_width("m"));
    }

    #[test]
    fn the_typeface_has_what_labels_can_produce() {
        for c in "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ⟨⟩∞×·±√≈∼∝≤≥≠→∂∇∑∫ℓℏ†′°≪≫−…".chars()
        {
            assert!(metrics().advance[c as usize] > 0.0, "no glyph for {c}");
        }
    }

    #[test]
    fn fitted_labels_fit() {
        let label = Label::parse("a rather long label^{with a script} that goes on");
        for width in [0.0, 10.0, 50.0, 120.0] {
            let fitted = fit(&label, 10.0, width);
            assert!(label_width(&fitted, 10.0) <= width.max(text_width("…") * 10.0) + 1e-9);
        }
    }
}
