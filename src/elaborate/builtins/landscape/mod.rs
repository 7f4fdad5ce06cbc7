//! Looks at the landscape of a loss or an energy: a row each, in a file of its theme. See `kernels::landscape`.

mod arguments;
mod curvature;
mod directions;
mod point;
mod spectrum;
mod surfaces;

use super::Builtin;

macro_rules! example {
    ($quantity:literal) => {
        concat!(
            "model saddle() {\n    reals x on 0..4\n    energy = x[0]^2 + x[1]^2 + x[2]^2 - x[3]^2\n}\n",
            "probe a of saddle() {\n    at: zeros\n    observe { q = ",
            $quantity,
            " }\n}\nshow a.q"
        )
    };
}

use example;

/// The rows of all themes.
pub const THEMES: &[&[Builtin]] = &[point::ROWS, spectrum::ROWS, curvature::ROWS, surfaces::ROWS, directions::ROWS];
