//! What a script shows, claims and draws once its tasks have run.

use super::expr::Expr;
use serde::{Deserialize, Serialize};

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
    /// (label, quantity)
    pub y: Vec<(String, Expr)>,
    /// The axis whose coordinates become separate curves.
    pub by: Option<String>,
    /// The axis that is averaged over.
    pub average: Option<String>,
    /// That axis counts draws of disorder: the error of the average is their spread.
    pub average_draws: bool,
    /// Vertical guide lines at these abscissae.
    pub marks: Vec<(String, Expr)>,
    pub log_x: bool,
    pub log_y: bool,
    pub x_label: Option<String>,
    pub y_label: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PlotX {
    Axis(String),
    Quantity(String, Expr),
}
