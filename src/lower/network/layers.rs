//! Layers in terms of the operations of the graph.

use super::{Mode, Walk};
use crate::kernels::tensor::{Binary, Conv, Id, Op, Pool, Unary};
use crate::plan::Layer;

impl Walk {
    pub(super) fn plain_layer(&mut self, layer: &Layer, args: &[Id], shape: &[usize]) -> Result<Id, String> {
        let x = args[0];
        let own = self.graph.shape(x).to_vec();
        Ok(match layer {
            Layer::Dense => {
                let product = self.graph.linear(x, args[1], false);
                match args.get(2) {
                    Some(&bias) => self.shifted(product, bias, shape.len() - 1),
                    None => product,
                }
            }
            Layer::Conv2d { stride, padding, groups } => {
                let w = self.graph.shape(args[1]).to_vec();
                let conv =
                    Conv { image: image(&own)?, kernel: [w[0], w[2], w[3]], stride: *stride, padding: *padding, groups: *groups };
                let product = self.graph.conv(x, args[1], conv);
                match args.get(2) {
                    Some(&bias) => self.shifted(product, bias, 0),
                    None => product,
                }
            }
            Layer::BatchNorm { mean, momentum, epsilon } => {
                self.batch_norm(x, args[1], args[2], *mean as usize, *momentum, *epsilon)
            }
            Layer::LayerNorm { epsilon } => {
                let size = self.graph.size(x) as f64;
                let sum = self.graph.sum_all(x);
                let mean = self.scaled(sum, 1.0 / size);
                let mean = self.graph.spread(mean, &own);
                let centred = self.graph.binary(Binary::Sub, x, mean);
                let squares = self.graph.unary(Unary::Square, centred);
                let sum = self.graph.sum_all(squares);
                let variance = self.scaled(sum, 1.0 / size);
                let inverse = self.inverse_root(variance, *epsilon);
                let inverse = self.graph.spread(inverse, &own);
                let normal = self.graph.binary(Binary::Mul, centred, inverse);
                let scaled = self.graph.binary(Binary::Mul, normal, args[1]);
                self.graph.binary(Binary::Add, scaled, args[2])
            }
            Layer::MaxPool { window, stride, padding } => {
                let pool = Pool { image: image(&own)?, window: *window, stride: *stride, padding: *padding };
                let places = self.graph.max_places(x, pool);
                self.graph.take(x, places)
            }
            Layer::AvgPool { window, stride, padding } => {
                let pool = Pool { image: image(&own)?, window: *window, stride: *stride, padding: *padding };
                let sum = self.graph.sum_pool(x, pool);
                self.scaled(sum, 1.0 / (window[0] * window[1]) as f64)
            }
            Layer::GlobalPool => {
                let sum = self.graph.sum(x, &[1, 2]);
                self.scaled(sum, 1.0 / (own[1] * own[2]) as f64)
            }
            Layer::Reshape => self.graph.reshape(x, shape),
            Layer::Dropout { rate } => {
                self.masks += 1;
                if self.mode == Mode::Evaluation || *rate == 0.0 {
                    return Ok(x);
                }
                let op = Op::Mask { keep: 1.0 - rate, stream: self.masks - 1 };
                let mask = self.graph.add(op, vec![], own, true);
                self.graph.binary(Binary::Mul, x, mask)
            }
            Layer::Embedding => self.graph.lookup(args[1], x),
            Layer::Concat { dim } => {
                // What has no batch is repeated where its neighbours have one.
                let batched = args.iter().any(|a| self.graph.batched(*a));
                let parts: Vec<Id> = args
                    .iter()
                    .map(|a| {
                        let shape = self.graph.shape(*a).to_vec();
                        let dims: Vec<usize> = (0..shape.len()).collect();
                        self.graph.broadcast(*a, &dims, &shape, batched)
                    })
                    .collect();
                self.graph.concat(&parts, *dim)
            }
            Layer::Part { start } => {
                let part = self.graph.slice(x, 0, *start, 1);
                self.graph.reshape(part, shape)
            }
            Layer::Softmax => self.graph.softmax(x),
            Layer::LogSoftmax => {
                let norm = self.graph.log_sum_exp(x);
                let dims: Vec<usize> = (0..own.len() - 1).collect();
                let norm = self.along(norm, &dims, &own);
                self.graph.binary(Binary::Sub, x, norm)
            }
            Layer::ArgMax => self.graph.argmax(x),
            Layer::Loss(_) => return Err("a loss is not a layer".into()),
        })
    }

    /// Plus an array along one dimension.
    fn shifted(&mut self, x: Id, bias: Id, dim: usize) -> Id {
        let shape = self.graph.shape(x).to_vec();
        let bias = self.along(bias, &[dim], &shape);
        self.graph.binary(Binary::Add, x, bias)
    }

    /// 1 / √(variance + ε)
    fn inverse_root(&mut self, variance: Id, epsilon: f64) -> Id {
        let shape = self.graph.shape(variance).to_vec();
        let epsilon = self.graph.constant(epsilon, &shape);
        let sum = self.graph.binary(Binary::Add, variance, epsilon);
        let root = self.graph.unary(Unary::Sqrt, sum);
        self.graph.unary(Unary::Recip, root)
    }

    /// Over the batch and the places of each channel (Ioffe and Szegedy 2015).
    fn batch_norm(&mut self, x: Id, scale: Id, shift: Id, buffer: usize, momentum: f64, epsilon: f64) -> Id {
        let own = self.graph.shape(x).to_vec();
        let places: Vec<usize> = (1..own.len()).collect();
        let count = own[1..].iter().product::<usize>() as f64;
        let over = |walk: &mut Self, x: Id| {
            let sum = walk.graph.sum(x, &places);
            let sum = walk.graph.sum_batch(sum);
            let shape = walk.graph.shape(sum).to_vec();
            let share = walk.graph.spread(walk.share, &shape);
            let mean = walk.graph.binary(Binary::Mul, sum, share);
            walk.scaled(mean, 1.0 / count)
        };
        let (mean, variance) = match self.mode {
            Mode::Evaluation => (self.buffers[buffer], self.buffers[buffer + 1]),
            Mode::Training => {
                // The mean of the squares less the square of the mean, so that both sums come from one pass over the batch, and
                // the gradient needs none but those of the two factors. Rounding must not make it negative.
                let mean = over(self, x);
                let squares = self.graph.unary(Unary::Square, x);
                let squares = over(self, squares);
                let square = self.graph.unary(Unary::Square, mean);
                let variance = self.graph.binary(Binary::Sub, squares, square);
                let shape = self.graph.shape(variance).to_vec();
                let zero = self.graph.constant(0.0, &shape);
                (mean, self.graph.binary(Binary::Max, variance, zero))
            }
        };
        let wide = self.along(mean, &[0], &own);
        let centred = self.graph.binary(Binary::Sub, x, wide);
        if self.mode == Mode::Training {
            self.moments.push((buffer, mean, momentum));
            self.moments.push((buffer + 1, variance, momentum));
        }
        let inverse = self.inverse_root(variance, epsilon);
        let factor = self.graph.binary(Binary::Mul, inverse, scale);
        let factor = self.along(factor, &[0], &own);
        let scaled = self.graph.binary(Binary::Mul, centred, factor);
        self.shifted(scaled, shift, 0)
    }
}

fn image(shape: &[usize]) -> Result<[usize; 3], String> {
    shape.try_into().map_err(|_| "an image has channels, height and width".to_string())
}
