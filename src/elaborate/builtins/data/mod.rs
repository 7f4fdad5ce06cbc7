//! Data sets: what reads files, what generates examples, and what is done to a data set.

pub mod generated;
pub mod methods;
pub mod readers;

use super::{Builtin, Param, Type, may, need, row};

/// The tables of functions.
pub const ROWS: &[&[Builtin]] = &[readers::ROWS, generated::ROWS];

/// The key of a draw.
const BY: Param = may("by", Type::Any, "0");
