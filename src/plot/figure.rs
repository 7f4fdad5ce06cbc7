//! The description of a figure: data, axes and guides, and nothing about how they are drawn.
//! Must not know: pixels, colours, terminals, or where the numbers came from.

use serde::{Deserialize, Serialize};

/// One figure. Everything in it is optional: an empty figure draws as an empty frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figure {
    /// Text above the figure, in the label syntax of [`crate::plot::Label`].
    pub title: Option<String>,
    pub x: Axis,
    pub y: Axis,
    /// Curves, drawn in this order; the legend keeps it.
    pub series: Vec<Series>,
    pub marks: Vec<Mark>,
    /// A heat map behind the curves.
    pub field: Option<Field>,
    pub legend: Legend,
    /// Heading of the legend, for instance `L`.
    pub legend_title: Option<String>,
    /// Width of the whole figure in cm; kept within 4 and 100.
    pub width_cm: f64,
    /// Height of the whole figure in cm; kept within 3 and 100.
    pub height_cm: f64,
}

impl Default for Figure {
    fn default() -> Self {
        Figure {
            title: None,
            x: Axis::default(),
            y: Axis::default(),
            series: Vec::new(),
            marks: Vec::new(),
            field: None,
            legend: Legend::Auto,
            legend_title: None,
            width_cm: 13.0,
            height_cm: 9.0,
        }
    }
}

impl Figure {
    /// The size in cm that is drawn: the asked one, kept within sane limits.
    #[must_use]
    pub fn size_cm(&self) -> (f64, f64) {
        let fallback = Figure::default();
        let keep = |v: f64, low: f64, otherwise: f64| if v.is_finite() { v.clamp(low, 100.0) } else { otherwise };
        (keep(self.width_cm, 4.0, fallback.width_cm), keep(self.height_cm, 3.0, fallback.height_cm))
    }
}

/// One axis of a figure.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Axis {
    pub label: Option<String>,
    pub scale: Scale,
    /// Ends of the axis in data units; taken from the data when absent or unusable.
    pub range: Option<[f64; 2]>,
}

impl Axis {
    /// A linear axis with a label and the range of the data.
    #[must_use]
    pub fn new(label: impl Into<String>) -> Self {
        Axis { label: Some(label.into()), ..Axis::default() }
    }

    /// The same axis with a logarithmic scale.
    #[must_use]
    pub fn log(mut self) -> Self {
        self.scale = Scale::Log;
        self
    }

    /// The same axis with given ends.
    #[must_use]
    pub fn range(mut self, from: f64, to: f64) -> Self {
        self.range = Some([from, to]);
        self
    }
}

/// How data units map to length along an axis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scale {
    #[default]
    Linear,
    /// Base ten; values that are not positive have no place on it.
    Log,
}

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
    pub style: Style,
}

impl Series {
    /// Points joined by a thin line, without errors.
    #[must_use]
    pub fn new(label: impl Into<String>, x: Vec<f64>, y: Vec<f64>) -> Self {
        Series { label: Some(label.into()), x, y, error: None, style: Style::default() }
    }

    /// The same series with standard errors of `y`.
    #[must_use]
    pub fn error(mut self, error: Vec<f64>) -> Self {
        self.error = Some(error);
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
}

/// A guide: a vertical line (`x` alone), a horizontal line (`y` alone) or a point (both).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mark {
    pub x: Option<f64>,
    pub y: Option<f64>,
    pub label: Option<String>,
}

impl Mark {
    /// A vertical guide line.
    #[must_use]
    pub fn vertical(x: f64, label: impl Into<String>) -> Self {
        Mark { x: Some(x), y: None, label: Some(label.into()) }
    }

    /// A horizontal guide line.
    #[must_use]
    pub fn horizontal(y: f64, label: impl Into<String>) -> Self {
        Mark { x: None, y: Some(y), label: Some(label.into()) }
    }
}

/// Values on a rectangular grid, drawn as a heat map.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Field {
    /// Centres of the columns, strictly monotone.
    pub x: Vec<f64>,
    /// Centres of the rows, strictly monotone.
    pub y: Vec<f64>,
    /// `z[row * x.len() + column]`; NaN leaves a grey cell.
    pub z: Vec<f64>,
    /// What `z` is, written along the colour bar.
    pub label: Option<String>,
}

/// Where the legend stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Legend {
    /// Inside the frame where it covers no data, else to the right of it.
    #[default]
    Auto,
    Right,
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
    Hidden,
}
