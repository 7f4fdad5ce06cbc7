//! The description of a figure: panels with axes, and nothing about how they are drawn.
//! Must not know: pixels, colours, terminals, or where the numbers came from.

use serde::{Deserialize, Serialize};

use super::layer::{Layer, Mark, Series};

/// One figure. Everything in it is optional: an empty figure draws as an empty frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figure {
    /// Text above the figure, in the label syntax of [`crate::plot::Label`].
    pub title: Option<String>,
    /// Row by row, from the upper left.
    pub panels: Vec<Panel>,
    /// Panels side by side; 0 chooses, so that the panels fill a block.
    pub columns: usize,
    /// All panels have the same range of x, written below the lowest of each column only.
    pub share_x: bool,
    /// All panels have the same range of y, written beside the first of each row only.
    pub share_y: bool,
    /// Width over height of every frame; free when absent or unusable.
    pub aspect: Option<f64>,
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
            panels: Vec::new(),
            columns: 0,
            share_x: false,
            share_y: false,
            aspect: None,
            legend: Legend::Auto,
            legend_title: None,
            width_cm: 13.0,
            height_cm: 9.0,
        }
    }
}

impl Figure {
    /// A figure of one panel.
    #[must_use]
    pub fn of(panel: Panel) -> Self {
        Figure { panels: vec![panel], ..Figure::default() }
    }

    /// The same figure with a title.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// The same figure in another size.
    #[must_use]
    pub fn size(mut self, width_cm: f64, height_cm: f64) -> Self {
        (self.width_cm, self.height_cm) = (width_cm, height_cm);
        self
    }

    /// The size in cm that is drawn: the asked one, kept within sane limits.
    #[must_use]
    pub fn size_cm(&self) -> (f64, f64) {
        let fallback = Figure::default();
        let keep = |v: f64, low: f64, otherwise: f64| if v.is_finite() { v.clamp(low, 100.0) } else { otherwise };
        (keep(self.width_cm, 4.0, fallback.width_cm), keep(self.height_cm, 3.0, fallback.height_cm))
    }

    /// Rows and columns of the panels; an empty figure has one frame.
    #[must_use]
    pub fn rows_and_columns(&self) -> (usize, usize) {
        let count = self.panels.len().max(1);
        let square = (1..=count).find(|c| c * c >= count).unwrap_or(1);
        let columns = if self.columns == 0 { square } else { self.columns.min(count) };
        (count.div_ceil(columns), columns)
    }
}

/// One frame of a figure with what is drawn in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Panel {
    /// Text above the frame.
    pub title: Option<String>,
    pub x: Axis,
    pub y: Axis,
    /// What is drawn; fields lie under areas, those under lines. The legend keeps this order.
    pub layers: Vec<Layer>,
}

impl Panel {
    /// An empty frame with its axes.
    #[must_use]
    pub fn new(x: Axis, y: Axis) -> Self {
        Panel { x, y, ..Panel::default() }
    }

    /// The same panel with one more layer.
    #[must_use]
    pub fn with(mut self, layer: impl Into<Layer>) -> Self {
        self.layers.push(layer.into());
        self
    }

    /// The same panel with more layers of a kind.
    #[must_use]
    pub fn with_all<L: Into<Layer>>(mut self, layers: impl IntoIterator<Item = L>) -> Self {
        self.layers.extend(layers.into_iter().map(Into::into));
        self
    }

    /// The same panel with a title.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Its curves.
    pub fn series(&self) -> impl Iterator<Item = &Series> {
        self.layers.iter().filter_map(|l| if let Layer::Series(s) = l { Some(s) } else { None })
    }

    /// Its guides.
    pub fn marks(&self) -> impl Iterator<Item = &Mark> {
        self.layers.iter().filter_map(|l| if let Layer::Mark(m) = l { Some(m) } else { None })
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
    /// Values grow to the left, or downwards as the rows of an image.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reversed: bool,
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

    /// The same axis the other way round.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.reversed = true;
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

/// Where the legend stands. A figure of several panels has one legend, to their right.
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
