//! Layers of images [channels, height, width].

use super::super::{Builtin, Group, Type, may, need, row};
use super::{sides, units};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::network::Initialiser;
use crate::elaborate::value::{Eval, Kind, Value};
use crate::plan::Layer;

const SMALL: &str = "network small() {\n    input x: [1, 8, 8], label: class(10)\n    h = relu(conv2d(x, 4, 3, padding: \"same\"))\n    p = max_pool(h, 2)\n    y = dense(flatten(p), 10)\n    loss = cross_entropy(y, label)\n}";

pub const ROWS: &[Builtin] = &[
    row(
        Group::Layers,
        "conv2d",
        &[
            need("x", Type::Numeric),
            need("channels", Type::Int),
            may("kernel", Type::Any, "3"),
            may("stride", Type::Any, "1"),
            may("padding", Type::Any, "0"),
            may("groups", Type::Int, "1"),
            may("bias", Type::Any, "true"),
            may("init", Type::Any, "standard"),
        ],
        "an image [channels, height, width]",
        "A two-dimensional convolution (cross-correlation) with its own weights [channels, channels of x / groups, height, width] and bias. `padding: \"same\"` keeps the size at stride 1.",
        SMALL,
        conv2d,
    ),
    row(
        Group::Layers,
        "max_pool",
        &[
            need("x", Type::Numeric),
            may("window", Type::Any, "2"),
            may("stride", Type::Any, "the window"),
            may("padding", Type::Any, "0"),
        ],
        "an image [channels, height, width]",
        "The largest value under each window of each channel.",
        SMALL,
        |e, b, a| pool(e, b, a, |window, stride, padding| Layer::MaxPool { window, stride, padding }),
    ),
    row(
        Group::Layers,
        "avg_pool",
        &[
            need("x", Type::Numeric),
            may("window", Type::Any, "2"),
            may("stride", Type::Any, "the window"),
            may("padding", Type::Any, "0"),
        ],
        "an image [channels, height, width]",
        "The mean of the values under each window of each channel; padded places count as zeros.",
        SMALL,
        |e, b, a| pool(e, b, a, |window, stride, padding| Layer::AvgPool { window, stride, padding }),
    ),
    row(
        Group::Layers,
        "global_pool",
        &[need("x", Type::Numeric)],
        "an array [channels]",
        "The mean of each channel over its places.",
        SMALL,
        |e, b, a| {
            let x = e.tensor(b, a, 0)?;
            let [c, _, _] = x.shape[..] else { return e.bad_shape(b, a, 0, &x.shape, IMAGE) };
            e.layer(Layer::GlobalPool, vec![x.node], vec![c], Kind::Real)
        },
    ),
];

const IMAGE: &str = "an image [channels, height, width]";

/// The places of a window along one side.
fn places(size: usize, window: usize, stride: usize, padding: usize) -> Option<usize> {
    (size + 2 * padding).checked_sub(window).map(|rest| rest / stride + 1)
}

fn conv2d(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let x = e.tensor(b, a, 0)?;
    let [c, h, w] = x.shape[..] else { return e.bad_shape(b, a, 0, &x.shape, IMAGE) };
    let out = units(e, a, 1, "the number of channels")?;
    let kernel = sides(e, a, 2, [3, 3], 1, "a kernel")?;
    let stride = sides(e, a, 3, [1, 1], 1, "a stride")?;
    let padding = match a.values.get(4).and_then(|v| v.as_ref()) {
        Some(Value::Text(t)) if &**t == "same" => {
            if kernel.iter().any(|k| k % 2 == 0) {
                let d = Diagnostic::error(codes::DOMAIN, a.place(4), "a kernel of even size cannot keep the size of an image")
                    .help("use an odd kernel, or say how many zeros are on both sides: `padding: 1`");
                return Err(e.fail(d));
            }
            [kernel[0] / 2, kernel[1] / 2]
        }
        _ => sides(e, a, 4, [0, 0], 0, "a padding")?,
    };
    let groups = if a.has(5) { units(e, a, 5, "the number of groups")? } else { 1 };
    if c % groups != 0 || out % groups != 0 {
        let d = Diagnostic::error(codes::SHAPE, a.place(5), format!("{groups} groups do not divide the channels"))
            .label(format!("{c} channels come in, {out} go out"))
            .expected("a number of groups that divides both");
        return Err(e.fail(d));
    }
    let (Some(rows), Some(columns)) = (places(h, kernel[0], stride[0], padding[0]), places(w, kernel[1], stride[1], padding[1]))
    else {
        return e.bad_shape(b, a, 0, &x.shape, &format!("an image of at least {} × {} places", kernel[0], kernel[1]));
    };
    let window = kernel[0] * kernel[1];
    let (fan_in, fan_out) = (c / groups * window, out / groups * window);
    let init = e.initial(a.values.get(7).cloned().flatten(), a.place(7), fan_in, fan_out)?;
    let weight = e.weights("weight", vec![out, c / groups, kernel[0], kernel[1]], init, Some(0))?;
    let mut arguments = vec![x.node, weight];
    if e.truth(a, 6, true)? {
        arguments.push(e.weights("bias", vec![out], Initialiser::Standard.of(fan_in, fan_out), None)?);
    }
    e.layer(Layer::Conv2d { stride, padding, groups }, arguments, vec![out, rows, columns], Kind::Real)
}

fn pool(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, layer: fn([usize; 2], [usize; 2], [usize; 2]) -> Layer) -> Eval {
    let x = e.tensor(b, a, 0)?;
    let [c, h, w] = x.shape[..] else { return e.bad_shape(b, a, 0, &x.shape, IMAGE) };
    let window = sides(e, a, 1, [2, 2], 1, "a window")?;
    let stride = sides(e, a, 2, window, 1, "a stride")?;
    let padding = sides(e, a, 3, [0, 0], 0, "a padding")?;
    if padding.iter().zip(&window).any(|(p, w)| 2 * p > *w) {
        let d = Diagnostic::error(codes::DOMAIN, a.place(3), "the padding of a pool is at most half of its window")
            .expected(format!("at most {}", window[0] / 2));
        return Err(e.fail(d));
    }
    let (Some(rows), Some(columns)) = (places(h, window[0], stride[0], padding[0]), places(w, window[1], stride[1], padding[1]))
    else {
        return e.bad_shape(b, a, 0, &x.shape, &format!("an image of at least {} × {} places", window[0], window[1]));
    };
    e.layer(layer(window, stride, padding), vec![x.node], vec![c, rows, columns], Kind::Real)
}
