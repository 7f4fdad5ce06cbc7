//! The plot room: one figure description drawn as SVG, PNG or PDF, or in the terminal.
//! Owns how a figure looks; must not know plans, results or the language. It receives numbers and labels only.

mod field;
mod figure;
mod label;
mod layer;
mod metrics;
mod palette;
mod pdf;
mod pdf_file;
mod png;
mod prepared;
mod scale;
mod sixel;
mod svg;
mod terminal;

pub use figure::{Axis, Figure, Legend, Panel, Scale};
pub use label::{Label, Position, Run};
pub use layer::{Colours, Field, FieldStyle, Histogram, Layer, Mark, Raster, Series, Style, Trajectory, View};
pub use pdf::pdf;
pub use png::{PngError, png, png_of_svg};
pub use sixel::sixel;
pub(crate) use svg::base64;
pub use svg::{Spot, spots, svg};
pub use terminal::{spins, terminal};

/// A drawn figure and what had to be left out of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing<T> {
    /// SVG source, the bytes of a PNG or PDF file, or lines of text.
    pub content: T,
    /// For the reader, one sentence each without a full stop: points skipped, ranges not used, fields refused.
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests;
