//! What a script shows, claims and draws once its tasks have run.

use super::expr::Expr;
use crate::results::AxisValues;
use serde::{Deserialize, Serialize};

// Few of them, and most are figures.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Output {
    /// A named top-level quantity that depends on results: stored under /derived.
    Derived {
        name: String,
        expr: Expr,
        source: String,
        doc: Option<String>,
    },
    /// `show expr`: printed, and stored under /derived (by `name`) when it is a quantity.
    Show {
        name: String,
        source: String,
        value: Shown,
    },
    /// `expect bool`
    Expect {
        source: String,
        expr: Expr,
    },
    Plot(PlotPlan),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shown {
    /// Known before the run.
    Text(String),
    Quantity(Expr),
    /// A whole task: its table.
    Task(String),
}

/// A figure, in terms of results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlotPlan {
    pub name: String,
    pub doc: Option<String>,
    pub title: Option<String>,
    /// The axis that runs along x, or a quantity for each point.
    pub x: PlotX,
    /// (label, quantity); of a field, the field alone.
    pub y: Vec<(String, Expr)>,
    /// The axis whose coordinates become separate curves.
    pub by: Option<String>,
    /// The axis that is averaged over.
    pub average: Option<String>,
    /// That axis counts draws of disorder: the error of the average is their spread.
    pub average_draws: bool,
    /// Guides: vertical lines at numbers, points at pairs of numbers.
    pub marks: Vec<(String, Expr)>,
    pub log_x: bool,
    pub log_y: bool,
    pub x_label: Option<String>,
    pub y_label: Option<String>,
    /// A field over two axes instead of curves.
    #[serde(default)]
    pub field: Option<FieldPlan>,
    #[serde(default)]
    pub look: PlotLook,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PlotX {
    Axis(String),
    Quantity(String, Expr),
}

/// A field: `x` of the plot names one of its axes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldPlan {
    /// The axis that runs upwards; of an image downwards.
    pub y: String,
    /// Its axes are the rows and columns of an image, which is drawn as one reads it: the first row on top.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub image: bool,
    pub style: FieldStyle,
    /// A path through the plane: points of two coordinates, or of three with the height over a surface.
    pub trajectory: Option<(String, Expr)>,
    /// The scale of the field, where it is given.
    pub log: Option<bool>,
    pub range: Option<[f64; 2]>,
    pub levels: Option<Vec<f64>>,
    pub colours: Option<FieldColours>,
    /// Beside the colour bar.
    pub label: Option<String>,
    /// The field is a state: its sites stand in so many rows and columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<[usize; 2]>,
    /// The field is the states that a task keeps, over these axes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Vec<AxisValues>>,
    /// Of events in one list: how many belong to each unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Vec<usize>>,
}

/// What a plot may say about its looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlotLook {
    /// How curves are drawn.
    pub style: Option<CurveStyle>,
    /// Curves: errors as an area around the line. Contours: colours between the lines.
    pub band: Option<bool>,
    /// The axis whose coordinates become separate panels.
    pub panels: Option<String>,
    /// Names of the curves, or of the kinds of a phase diagram.
    pub labels: Vec<String>,
    /// Width and height in cm.
    pub size: Option<[f64; 2]>,
    /// Width over height of a frame.
    pub aspect: Option<f64>,
    pub x_range: Option<[f64; 2]>,
    pub y_range: Option<[f64; 2]>,
    /// The values of the quantities are sorted into so many bins; 0: as many as suit them.
    pub bins: Option<u32>,
    /// The kinds of files that a run writes.
    pub formats: Vec<Format>,
}

impl Default for PlotLook {
    fn default() -> PlotLook {
        PlotLook {
            style: None,
            band: None,
            panels: None,
            labels: Vec::new(),
            size: None,
            aspect: None,
            x_range: None,
            y_range: None,
            bins: None,
            formats: usual_formats(),
        }
    }
}

fn usual_formats() -> Vec<Format> {
    vec![Format::Svg, Format::Png]
}

/// A kind of file that holds a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    Svg,
    Png,
    Pdf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CurveStyle {
    Line,
    Points,
    Steps,
    Sticks,
    Bars,
    Histogram,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldStyle {
    #[default]
    Heat,
    Contour,
    Surface,
    Categories,
    /// A mark at each place whose value is above zero.
    Raster,
    /// A mark at each place whose value is another than that before it.
    Flips,
    /// A mark at each time that is listed for a unit: the values are the times.
    Events,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldColours {
    Sequential,
    Diverging,
}
