//! Layers that normalise, and dropout.

use super::super::{Builtin, Group, Type, may, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::value::{Eval, Kind};
use crate::plan::Layer;
use crate::plan::network::Initial;

const EXAMPLE: &str = "network small() {\n    input x: [4], label: class(3)\n    h = relu(batch_norm(dense(x, 8)))\n    y = dense(dropout(layer_norm(h), 0.1), 3)\n    loss = cross_entropy(y, label)\n}";

pub const ROWS: &[Builtin] = &[
    row(
        Group::Layers,
        "batch_norm",
        &[need("x", Type::Numeric), may("momentum", Type::Real, "0.1"), may("epsilon", Type::Real, "1e-5")],
        "an array of the same shape",
        "Each channel (of an array: each element) less its mean over the batch, over its standard deviation, times a weight, plus another (Ioffe and Szegedy 2015). In training the moments are those of the batch, and running averages of them are kept (`momentum` is the share of the new ones); everywhere else the running averages count.",
        EXAMPLE,
        batch_norm,
    ),
    row(
        Group::Layers,
        "layer_norm",
        &[need("x", Type::Numeric), may("epsilon", Type::Real, "1e-5")],
        "an array of the same shape",
        "Each example less the mean of its elements, over their standard deviation, times a weight an element, plus another (Ba, Kiros and Hinton 2016).",
        EXAMPLE,
        |e, b, a| {
            let x = e.tensor(b, a, 0)?;
            if x.shape.is_empty() {
                return e.bad_shape(b, a, 0, &x.shape, "an array");
            }
            let epsilon = positive(e, a, 1, 1e-5)?;
            let scale = e.weights("scale", x.shape.clone(), Initial::Constant(1.0), None)?;
            let shift = e.weights("shift", x.shape.clone(), Initial::Constant(0.0), None)?;
            e.layer(Layer::LayerNorm { epsilon }, vec![x.node, scale, shift], x.shape, Kind::Real)
        },
    ),
    row(
        Group::Layers,
        "dropout",
        &[need("x", Type::Numeric), may("rate", Type::Real, "0.5")],
        "an array of the same shape",
        "In training each element is 0 with the probability `rate`, and the others are larger by 1 / (1 - rate) (Srivastava et al. 2014); everywhere else x itself.",
        EXAMPLE,
        |e, b, a| {
            let x = e.tensor(b, a, 0)?;
            let rate = e.known_number(a, 1, 0.5, "the rate of dropout")?;
            if !(0.0..1.0).contains(&rate) {
                let d = Diagnostic::error(codes::DOMAIN, a.place(1), "the rate of dropout is a probability below 1")
                    .label(format!("this is {rate}"))
                    .expected("a number from 0 to 1");
                return Err(e.fail(d));
            }
            e.layer(Layer::Dropout { rate }, vec![x.node], x.shape, Kind::Real)
        },
    ),
];

fn positive(e: &mut Elaborator, a: &Arguments, k: usize, default: f64) -> Eval<f64> {
    let x = e.known_number(a, k, default, "this number")?;
    if x > 0.0 && x.is_finite() {
        return Ok(x);
    }
    let d = Diagnostic::error(codes::DOMAIN, a.place(k), "this number must be positive").label(format!("this is {x}"));
    Err(e.fail(d))
}

fn batch_norm(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let x = e.tensor(b, a, 0)?;
    let Some(&channels) = x.shape.first() else {
        return e.bad_shape(b, a, 0, &x.shape, "an array [n], or an image [channels, height, width]");
    };
    let momentum = e.known_number(a, 1, 0.1, "the momentum")?;
    if !(0.0..=1.0).contains(&momentum) {
        let d = Diagnostic::error(codes::DOMAIN, a.place(1), "the momentum of the running averages is from 0 to 1")
            .label(format!("this is {momentum}"));
        return Err(e.fail(d));
    }
    let epsilon = positive(e, a, 2, 1e-5)?;
    let scale = e.weights("scale", vec![channels], Initial::Constant(1.0), None)?;
    let shift = e.weights("shift", vec![channels], Initial::Constant(0.0), None)?;
    let mean = e.buffers(channels)?;
    e.layer(Layer::BatchNorm { mean, momentum, epsilon }, vec![x.node, scale, shift], x.shape, Kind::Real)
}
