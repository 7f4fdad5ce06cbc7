//! Dimension scales of HDF5, which the wrapper crate does not bind: they give the dimensions of a data
//! set names and coordinates, as NetCDF and xarray read them. The only `unsafe` of this room.

use hdf5::Dataset;
use hdf5_sys::h5::herr_t;
use hdf5_sys::h5i::hid_t;
use std::ffi::{CString, c_char, c_uint};

// Part of libhdf5_hl, which `hdf5-sys` links (feature `hl`) without declaring it.
unsafe extern "C" {
    fn H5DSset_scale(dataset: hid_t, name: *const c_char) -> herr_t;
    fn H5DSattach_scale(dataset: hid_t, scale: hid_t, dimension: c_uint) -> herr_t;
}

/// Makes a one-dimensional data set a dimension scale called `name`.
pub(super) fn make_scale(dataset: &Dataset, name: &str) -> hdf5::Result<()> {
    let name = CString::new(name).map_err(|e| e.to_string())?;
    // SAFETY: the handle is open (borrowed), the text ends in a zero and outlives the call, and `sync`
    // holds the library's lock, as every call of the library needs.
    hdf5::sync::sync(|| hdf5::h5check(unsafe { H5DSset_scale(dataset.id(), name.as_ptr()) }))?;
    Ok(())
}

/// Names dimension number `dimension` of `dataset` by `scale`.
pub(super) fn attach(dataset: &Dataset, scale: &Dataset, dimension: usize) -> hdf5::Result<()> {
    let dimension = c_uint::try_from(dimension).map_err(|e| e.to_string())?;
    // SAFETY: both handles are open (borrowed) and `sync` holds the library's lock.
    hdf5::sync::sync(|| hdf5::h5check(unsafe { H5DSattach_scale(dataset.id(), scale.id(), dimension) }))?;
    Ok(())
}
