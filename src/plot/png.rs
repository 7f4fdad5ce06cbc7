//! PNG by rasterising our own SVG with the embedded typeface, so that every machine draws the same picture.
//! Must not know figures beyond handing them to the SVG renderer.

use std::sync::{Arc, OnceLock};

use resvg::{tiny_skia, usvg};

use super::figure::Figure;
use super::{Drawing, metrics, svg};

/// A picture with more pixels than this is refused rather than filling the memory.
const LARGEST_PIXELS: u64 = 100_000_000;

/// Why there is no PNG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PngError {
    /// The SVG could not be read; the text is the reader's.
    Svg(String),
    /// The resolution asks for no pixels or for too many.
    Resolution,
    /// The pixels could not be encoded; the text is the encoder's.
    Encoding(String),
}

impl std::fmt::Display for PngError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PngError::Svg(why) => write!(f, "the figure cannot be rasterised: {why}"),
            PngError::Resolution => write!(f, "the resolution gives a picture that is empty or too large"),
            PngError::Encoding(why) => write!(f, "the picture cannot be encoded: {why}"),
        }
    }
}

impl std::error::Error for PngError {}

/// Draws a figure as a PNG file of `dpi` dots per inch (150 to 200 suit screens, 300 print).
///
/// # Errors
/// [`PngError::Resolution`] if `dpi` gives no pixels or more than 10⁸.
pub fn png(figure: &Figure, dpi: f64) -> Result<Drawing<Vec<u8>>, PngError> {
    let drawing = svg(figure);
    Ok(Drawing { content: png_of_svg(&drawing.content, dpi)?, notes: drawing.notes })
}

/// Rasterises SVG source at `dpi` dots per inch on white. Text is set in the embedded typeface only.
///
/// # Errors
/// If the source is not SVG, or the resolution gives no pixels or more than 10⁸.
pub fn png_of_svg(source: &str, dpi: f64) -> Result<Vec<u8>, PngError> {
    let tree = usvg::Tree::from_str(source, &options()).map_err(|e| PngError::Svg(e.to_string()))?;
    // The reader takes 96 units per inch, as CSS does.
    let scale = dpi / 96.0;
    let pixels = |units: f32| (f64::from(units) * scale).round();
    let (width, height) = (pixels(tree.size().width()), pixels(tree.size().height()));
    if !(width >= 1.0 && height >= 1.0 && width * height <= LARGEST_PIXELS as f64) {
        return Err(PngError::Resolution);
    }
    let mut pixmap = tiny_skia::Pixmap::new(width as u32, height as u32).ok_or(PngError::Resolution)?;
    pixmap.fill(tiny_skia::Color::WHITE);
    let fill = tiny_skia::Transform::from_scale(width as f32 / tree.size().width(), height as f32 / tree.size().height());
    resvg::render(&tree, fill, &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|e| PngError::Encoding(e.to_string()))
}

pub(super) fn options() -> usvg::Options<'static> {
    static TYPEFACES: OnceLock<Arc<usvg::fontdb::Database>> = OnceLock::new();
    let typefaces = TYPEFACES.get_or_init(|| {
        let mut database = usvg::fontdb::Database::new();
        database.load_font_source(usvg::fontdb::Source::Binary(Arc::new(metrics::TYPEFACE)));
        database.set_sans_serif_family("DejaVu Sans");
        Arc::new(database)
    });
    usvg::Options { font_family: "DejaVu Sans".to_string(), fontdb: typefaces.clone(), ..usvg::Options::default() }
}
