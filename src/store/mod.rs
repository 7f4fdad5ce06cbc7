//! The file of a run: one self-describing HDF5 file, written whole and published by rename, and the
//! parts of a run that is still going on beside it.
//!
//! This room owns the schema (names, attributes, dimension scales), the lock, the parts and the
//! reading back of all of it; tables for people and the comparison of two files are here too. It
//! knows the results' plain data and diagnostics, and nothing of scripts, models or kernels.
//!
//! ```text
//! Parts::open ── write_point ... ──> publish ──> Parts::finish        a run
//! read ──> task_table, compare, list, look                            afterwards
//! ```

mod axes;
mod columns;
pub mod compare;
pub mod list;
mod lock;
pub mod number;
pub mod parts;
mod problem;
pub mod read;
mod read_task;
mod scales;
mod schema;
mod summary;
pub mod table;
pub mod write;
mod write_kept;
mod write_root;
mod write_task;

pub use compare::{Comparison, Verdict, compare};
pub use list::{Entry, Item, look};
pub use number::{format_number, format_value};
pub use parts::Parts;
pub use read::read;
pub use summary::{derived_line, run_summary};
pub use table::{Cells, cells, own_tables, point_label, task_table};
pub use write::{check_target, publish};

#[cfg(test)]
mod tests;
