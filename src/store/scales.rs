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

/// The name of the scale of dimension number `dimension`: the last part of its path.
#[cfg(test)]
pub(super) fn name_of(dataset: &Dataset, dimension: usize) -> String {
    use hdf5_sys::h5i::H5Iget_name;
    unsafe extern "C" {
        fn H5DSiterate_scales(
            dataset: hid_t,
            dimension: c_uint,
            index: *mut std::ffi::c_int,
            visit: unsafe extern "C" fn(hid_t, c_uint, hid_t, *mut std::ffi::c_void) -> herr_t,
            data: *mut std::ffi::c_void,
        ) -> herr_t;
    }
    unsafe extern "C" fn visit(_: hid_t, _: c_uint, scale: hid_t, data: *mut std::ffi::c_void) -> herr_t {
        let mut text = [0u8; 256];
        // SAFETY: the buffer has the length that is passed, and `data` is the `String` of the caller below.
        unsafe {
            let length = H5Iget_name(scale, text.as_mut_ptr().cast(), text.len());
            *data.cast::<String>() = String::from_utf8_lossy(&text[..length.clamp(0, 255) as usize]).into_owned();
        }
        1
    }
    let (mut path, mut index) = (String::new(), 0);
    // SAFETY: the handle is open (borrowed), `path` outlives the call, and `sync` holds the library's lock.
    hdf5::sync::sync(|| unsafe {
        H5DSiterate_scales(dataset.id(), dimension as c_uint, &mut index, visit, (&raw mut path).cast())
    });
    path.rsplit('/').next().unwrap_or_default().to_owned()
}
