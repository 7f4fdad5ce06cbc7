//! What meets what in a convolution or a pool: the triples and pairs of flat places.

use super::super::graph::{Conv, Pool};

/// The place in the image under element k of a window, if it is not in the padding.
fn under(out: usize, k: usize, stride: usize, padding: usize, size: usize) -> Option<usize> {
    (out * stride + k).checked_sub(padding).filter(|i| *i < size)
}

/// All (image, out, weight) that a convolution multiplies, by flat place.
pub fn taps(c: &Conv, mut each: impl FnMut(usize, usize, usize)) {
    let [o, h, w] = c.out();
    let [_, per_group, kh, kw] = c.weights();
    let outs = o / c.groups;
    for (channel, i, j) in places([o, h, w]) {
        for (inner, a, b) in places([per_group, kh, kw]) {
            let row = under(i, a, c.stride[0], c.padding[0], c.image[1]);
            let column = under(j, b, c.stride[1], c.padding[1], c.image[2]);
            if let (Some(row), Some(column)) = (row, column) {
                let from = channel / outs * per_group + inner;
                let image = (from * c.image[1] + row) * c.image[2] + column;
                each(image, (channel * h + i) * w + j, ((channel * per_group + inner) * kh + a) * kw + b);
            }
        }
    }
}

/// All (image, out) of a pool, by flat place; of one window in the order of the image.
pub fn pooled(p: &Pool, mut each: impl FnMut(usize, usize)) {
    let [c, h, w] = p.out();
    for (channel, i, j) in places([c, h, w]) {
        for (_, a, b) in places([1, p.window[0], p.window[1]]) {
            let row = under(i, a, p.stride[0], p.padding[0], p.image[1]);
            let column = under(j, b, p.stride[1], p.padding[1], p.image[2]);
            if let (Some(row), Some(column)) = (row, column) {
                each((channel * p.image[1] + row) * p.image[2] + column, (channel * h + i) * w + j);
            }
        }
    }
}

fn places([a, b, c]: [usize; 3]) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..a).flat_map(move |i| (0..b).flat_map(move |j| (0..c).map(move |k| (i, j, k))))
}
