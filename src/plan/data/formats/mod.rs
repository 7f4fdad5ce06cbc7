//! Readers of files with examples, one format a file.

pub mod cifar;
pub mod csv;
pub mod digits;
pub mod file;
pub mod hdf5;
pub mod idx;
pub mod images;
mod netpbm;
pub mod npy;
mod number;
mod zip;
