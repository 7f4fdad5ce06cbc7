//! Against exact results.
