//! What a panel can show: curves, histograms, rasters, fields, trajectories and marks, as plain numbers with labels.
//! Must not know how they are drawn.

use serde::{Deserialize, Serialize};

use super::figure::Scale;

/// One thing that a panel shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Layer {
    Series(Series),
    Histogram(Histogram),
    Raster(Raster),
    /// Values over a plane; a panel shows one.
    Field(Field),
    Trajectory(Trajectory),
    Mark(Mark),
}

macro_rules! layers {
    ($($kind:ident),*) => { $(impl From<$kind> for Layer {
        fn from(layer: $kind) -> Layer {
            Layer::$kind(layer)
        }
    })* };
}
layers!(Series, Histogram, Raster, Field, Trajectory, Mark);

/// One curve: `y` over `x`, pairwise; the longer of the two is cut.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Series {
    /// Text in the legend; a series without one is not listed.
    pub label: Option<String>,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// Standard errors of `y`, same unit and length.
    pub error: Option<Vec<f64>>,
    /// Standard errors of `x`, same unit and length.
    pub x_error: Option<Vec<f64>>,
    pub style: Style,
}

impl Series {
    /// Points joined by a thin line, without errors.
    #[must_use]
    pub fn new(label: impl Into<String>, x: Vec<f64>, y: Vec<f64>) -> Self {
        Series { label: Some(label.into()), x, y, ..Series::default() }
    }

    /// The same series with standard errors of `y`.
    #[must_use]
    pub fn error(mut self, error: Vec<f64>) -> Self {
        self.error = Some(error);
        self
    }

    /// The same series with standard errors of `x`.
    #[must_use]
    pub fn x_error(mut self, error: Vec<f64>) -> Self {
        self.x_error = Some(error);
        self
    }

    /// The same series in another style.
    #[must_use]
    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Style {
    Line,
    Points,
    #[default]
    LinePoints,
    /// A line with the area of one standard error around it.
    Band,
    /// A histogram's outline: each `y` holds halfway to the neighbouring `x`.
    Step,
    /// Bars from zero (from the lower end of a logarithmic axis); several such series stand side by side.
    Bars,
    /// A thin vertical line from zero (or the lower end) to each value: a spectrum.
    Sticks,
}

/// Densities in bins that touch; several histograms lie over each other.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Histogram {
    pub label: Option<String>,
    /// Ends of the bins, ascending: one more than there are values.
    pub edges: Vec<f64>,
    /// The height of each bin.
    pub density: Vec<f64>,
    /// Standard errors of the heights.
    pub error: Option<Vec<f64>>,
}

/// Events in time, one row of short ticks for each unit: the spikes of a network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Raster {
    pub label: Option<String>,
    /// The row of `events[0]`; the next lie above it.
    pub first: i64,
    /// Abscissae of the events of each row.
    pub events: Vec<Vec<f64>>,
    /// The ends of the time in which events were looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<[f64; 2]>,
}

/// Values on a rectangular grid.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Field {
    /// Places of the columns, strictly monotone.
    pub x: Vec<f64>,
    /// Places of the rows, strictly monotone.
    pub y: Vec<f64>,
    /// `z[row * x.len() + column]`; what is not finite leaves a grey hole.
    pub z: Vec<f64>,
    /// What `z` is, written along the colour bar.
    pub label: Option<String>,
    pub style: FieldStyle,
    /// The scale of `z`. When absent, contours of positive values over more than two decades are logarithmic.
    pub scale: Option<Scale>,
    /// Ends of the colours, and of the height of a surface, in units of `z`.
    pub range: Option<[f64; 2]>,
    /// Where contour lines run; chosen when absent.
    pub levels: Option<Vec<f64>>,
    pub colours: Colours,
    /// Contours: without colours between the lines.
    pub bare: bool,
    /// Categories: the names of the values 0, 1, 2, ...
    pub categories: Vec<String>,
    pub view: View,
}

/// How a field is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldStyle {
    /// A coloured cell around each place.
    #[default]
    Heat,
    /// Lines of equal value between the places, with colours between them.
    Contour,
    /// The graph of the field in three dimensions.
    Surface,
    /// Cells whose values 0, 1, 2, ... name kinds: a phase diagram.
    Categories,
}

/// The colours of a field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Colours {
    /// Diverging if zero lies well inside the values, else sequential.
    #[default]
    Auto,
    /// From dark to light.
    Sequential,
    /// Blue below zero, red above, white at zero.
    Diverging,
}

/// Where a surface is seen from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    /// Degrees, counter-clockwise from the direction of x, in which the viewer stands.
    pub azimuth: f64,
    /// Degrees above the ground; kept within 5 and 85.
    pub elevation: f64,
    /// Near parts are drawn larger.
    pub perspective: bool,
}

impl Default for View {
    fn default() -> Self {
        View { azimuth: -60.0, elevation: 30.0, perspective: true }
    }
}

/// A path through the plane of a field, or on its surface: a line with markers, its start a ring and its end a disc.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trajectory {
    pub label: Option<String>,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// Heights over a surface; taken from the field when absent.
    pub z: Option<Vec<f64>>,
}

/// A guide: a vertical line (`x` alone), a horizontal line (`y` alone) or a point (both).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mark {
    pub x: Option<f64>,
    pub y: Option<f64>,
    pub label: Option<String>,
    /// A point without its symbol: text alone.
    pub text_only: bool,
}

impl Mark {
    /// A vertical guide line.
    #[must_use]
    pub fn vertical(x: f64, label: impl Into<String>) -> Self {
        Mark { x: Some(x), label: Some(label.into()), ..Mark::default() }
    }

    /// A marked point.
    #[must_use]
    pub fn point(x: f64, y: f64, label: impl Into<String>) -> Self {
        Mark { x: Some(x), y: Some(y), label: Some(label.into()), text_only: false }
    }

    /// A text at a place.
    #[must_use]
    pub fn text(x: f64, y: f64, label: impl Into<String>) -> Self {
        Mark { text_only: true, ..Mark::point(x, y, label) }
    }
}
