//! Convolutions without the matrix of windows: images are copied once with their padding, and products read them where they are.
//!
//! A row of a copied image is cut by the stride: columns that one place of the kernel meets lie side by side, so that any stride reads
//! whole registers. Transposition by the image is, for each remainder of places by the stride, a convolution with some of the kernel's
//! places. Knows one layout for all three products.

mod channels;
mod correlate;
mod places;
mod plan;
mod planes;
mod weights;
mod winograd;

pub(super) use correlate::correlate;
pub(super) use plan::{Correlation, pack};
pub(super) use weights::weights;
pub(super) use winograd::{Winograd, run as winograd};

/// Output channels of a tile, at most.
const ROWS: usize = 6;

/// The channels `0..all` as tiles of nearly equal size: of tile `t`, the first and how many.
#[inline(always)]
fn part(all: usize, t: usize) -> (usize, usize) {
    let tiles = all.div_ceil(ROWS).max(1);
    let (each, more) = (all / tiles, all % tiles);
    (t * each + t.min(more), each + usize::from(t < more))
}
