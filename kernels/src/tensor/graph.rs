//! The graph: nodes in the order of evaluation, each an operation on earlier ones.
//!
//! **Shapes.** A node's value is a row-major array. `shape` leaves the batch out: a node that is `batched` has one such array for
//! each example. Examples never mix except in [`Op::SumBatch`], [`Op::Outer`], [`Op::ConvWeights`] and [`Op::Accumulate`], which sum over
//! the batch and give a node without it. There is no implicit broadcasting but one: an argument without batch of an elementwise
//! operation serves every example.
//!
//! Every operation that is linear in an argument has its transpose among the operations, so that the set is closed under
//! differentiation.

use std::sync::Arc;

/// A node, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub u32);

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub op: Op,
    pub args: Vec<Id>,
    /// Without the batch; empty for a number.
    pub shape: Vec<usize>,
    pub batched: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Data, by slot: batched. Classes and other indices are whole numbers in it.
    Data(u32),
    /// Parameters, directions, coordinates of a slice: by slot, without batch.
    Input(u32),
    /// One value, or as many as the shape has.
    Constant(Arc<Vec<f64>>),
    /// Batched, for dropout: 1 / keep with the probability `keep`, else 0. A function of the run's key, `stream`, the step and the
    /// example's number.
    Mask {
        keep: f64,
        stream: u32,
    },

    // Elementwise: arguments have the node's shape.
    Unary(Unary),
    Binary(Binary),
    /// (condition, a, b): a where the condition is not 0, else b. The condition is never differentiated.
    Select,

    // Shapes. All linear.
    /// Dimension i of the argument becomes dimension `dims[i]` of the result; along all others the values repeat. Without batch to
    /// batched too (then every example has the same).
    Broadcast {
        dims: Vec<usize>,
    },
    /// The sum over dimensions of an example. Transpose of a broadcast.
    Sum {
        dims: Vec<usize>,
    },
    /// The sum over the batch.
    SumBatch,
    /// Same elements, another shape.
    Reshape,
    /// Dimension i of the result is dimension `order[i]` of the argument.
    Permute {
        order: Vec<usize>,
    },
    Slice {
        dim: usize,
        start: usize,
    },
    /// Zeros before and after; transpose of a slice.
    Pad {
        dim: usize,
        before: usize,
    },
    Concat {
        dim: usize,
    },
    /// Element k of the result is element `index[k]` of the argument, both flat.
    Gather {
        index: Arc<Vec<u32>>,
    },
    /// Element k of the argument is added to element `index[k]` of the result; transpose of a gather.
    Scatter {
        index: Arc<Vec<u32>>,
    },

    // Products. Bilinear.
    /// (x [.., k], w) -> [.., n]: the product of every row with a matrix without batch, w [k, n], or [n, k] if `transposed`.
    Linear {
        transposed: bool,
    },
    /// (x [.., k], g [.., n]) -> [k, n] without batch: the sum over all rows (and the batch) of the outer products.
    Outer,
    /// (x [c, h, w], weights [o, c / groups, kh, kw]) -> [o, h', w'].
    Conv(Conv),
    /// (g [o, h', w'], weights) -> [c, h, w]: transpose by x.
    ConvBack(Conv),
    /// (x, g) -> weights, without batch: transpose by the weights.
    ConvWeights(Conv),

    // Pools of [c, h, w]. Sums are linear; a maximum is a choice of places, and taking from them.
    SumPool(Pool),
    SumPoolBack(Pool),
    /// The flat place in [c, h, w] of the largest value under each window, the first of equal ones: [c, h', w']. Not differentiated.
    MaxPlaces(Pool),
    /// (x, places): the elements of an example at flat places, which are a node themselves.
    Take,
    /// (g, places) -> shape: transpose of take; equal places add.
    Put,
    /// (table [v, d], index [..]) -> [.., d]: rows of a table without batch.
    Lookup,
    /// (index [..], g [.., d]) -> [v, d] without batch: transpose of lookup, summed over the batch.
    Accumulate,

    // Along the last dimension.
    /// ln Σ exp -> shape without the last dimension.
    LogSumExp,
    Softmax,
    /// The place of the largest, the first of equal ones. Not differentiated.
    ArgMax,
    /// 1 at a whole number's place along a new last dimension, else 0. Not differentiated.
    OneHot,
}

/// Elementary functions. Derivatives at kinks and steps are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    Neg,
    Not,
    Abs,
    Sign,
    Recip,
    Square,
    Sqrt,
    Cbrt,
    Exp,
    Expm1,
    Ln,
    Log2,
    Log10,
    Log1p,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Asinh,
    Acosh,
    Atanh,
    Erf,
    Erfc,
    Gamma,
    LnGamma,
    Digamma,
    Trigamma,
    Floor,
    Ceil,
    Round,
    /// max(x, 0); the derivative at 0 is 0.
    Relu,
    /// 1 where x > 0, else 0.
    Step,
    /// 1 / (1 + exp(-x))
    Sigmoid,
    /// ln(1 + exp(x))
    Softplus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    /// a - b floor(a / b)
    Mod,
    Atan2,
    /// The derivative goes to the smaller (larger); to the second of equal ones.
    Min,
    Max,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
}

/// A two-dimensional convolution (cross-correlation).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv {
    /// Channels, height, width of the image.
    pub image: [usize; 3],
    /// Channels out, height, width of the kernel.
    pub kernel: [usize; 3],
    pub stride: [usize; 2],
    /// Zeros on both sides.
    pub padding: [usize; 2],
    pub groups: usize,
}

/// Windows over each channel. Padded places count as -∞ for a maximum and 0 for a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pool {
    pub image: [usize; 3],
    pub window: [usize; 2],
    pub stride: [usize; 2],
    pub padding: [usize; 2],
}

fn places(size: usize, window: usize, stride: usize, padding: usize) -> usize {
    (size + 2 * padding - window) / stride + 1
}

impl Conv {
    /// [o, h', w']
    pub fn out(&self) -> [usize; 3] {
        let side = |i: usize| places(self.image[i + 1], self.kernel[i + 1], self.stride[i], self.padding[i]);
        [self.kernel[0], side(0), side(1)]
    }

    /// [o, c / groups, kh, kw]
    pub fn weights(&self) -> [usize; 4] {
        [self.kernel[0], self.image[0] / self.groups, self.kernel[1], self.kernel[2]]
    }
}

impl Pool {
    /// [c, h', w']
    pub fn out(&self) -> [usize; 3] {
        let side = |i: usize| places(self.image[i + 1], self.window[i], self.stride[i], self.padding[i]);
        [self.image[0], side(0), side(1)]
    }
}

/// The nodes, arguments before what uses them. Equal nodes are made once.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    seen: std::collections::HashMap<Vec<u8>, Id>,
}

impl Graph {
    pub fn new() -> Graph {
        Graph::default()
    }

    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub fn shape(&self, id: Id) -> &[usize] {
        &self.node(id).shape
    }

    /// The number of elements (of one example).
    pub fn size(&self, id: Id) -> usize {
        self.node(id).shape.iter().product()
    }

    pub fn batched(&self, id: Id) -> bool {
        self.node(id).batched
    }

    /// A node with its shape and batch as given; an equal one that exists is taken instead.
    pub fn add(&mut self, op: Op, args: Vec<Id>, shape: Vec<usize>, batched: bool) -> Id {
        let key = key(&op, &args, &shape, batched);
        if let Some(id) = self.seen.get(&key) {
            return *id;
        }
        let id = Id(self.nodes.len() as u32);
        self.nodes.push(Node { op, args, shape, batched });
        self.seen.insert(key, id);
        id
    }

    pub fn data(&mut self, slot: u32, shape: &[usize]) -> Id {
        self.add(Op::Data(slot), vec![], shape.to_vec(), true)
    }

    pub fn input(&mut self, slot: u32, shape: &[usize]) -> Id {
        self.add(Op::Input(slot), vec![], shape.to_vec(), false)
    }

    pub fn constant(&mut self, x: f64, shape: &[usize]) -> Id {
        self.array(vec![x], shape)
    }

    /// One value, or all of a shape.
    pub fn array(&mut self, values: Vec<f64>, shape: &[usize]) -> Id {
        self.add(Op::Constant(Arc::new(values)), vec![], shape.to_vec(), false)
    }

    pub fn unary(&mut self, f: Unary, x: Id) -> Id {
        let (shape, batched) = (self.shape(x).to_vec(), self.batched(x));
        self.add(Op::Unary(f), vec![x], shape, batched)
    }

    /// Both of one shape.
    pub fn binary(&mut self, f: Binary, a: Id, b: Id) -> Id {
        debug_assert_eq!(self.shape(a), self.shape(b), "{f:?}");
        let (shape, batched) = (self.shape(a).to_vec(), self.batched(a) || self.batched(b));
        self.add(Op::Binary(f), vec![a, b], shape, batched)
    }

    pub fn select(&mut self, condition: Id, a: Id, b: Id) -> Id {
        let shape = self.shape(a).to_vec();
        let batched = self.batched(condition) || self.batched(a) || self.batched(b);
        self.add(Op::Select, vec![condition, a, b], shape, batched)
    }

    /// The argument's dimension i becomes dimension `dims[i]` of `shape`.
    pub fn broadcast(&mut self, x: Id, dims: &[usize], shape: &[usize], batched: bool) -> Id {
        if self.shape(x) == shape && self.batched(x) == batched {
            return x;
        }
        self.add(Op::Broadcast { dims: dims.to_vec() }, vec![x], shape.to_vec(), batched)
    }

    /// A number, for every element of a shape.
    pub fn spread(&mut self, x: Id, shape: &[usize]) -> Id {
        let batched = self.batched(x);
        self.broadcast(x, &[], shape, batched)
    }

    pub fn sum(&mut self, x: Id, dims: &[usize]) -> Id {
        if dims.is_empty() {
            return x;
        }
        let shape = self.shape(x).iter().enumerate().filter(|(i, _)| !dims.contains(i)).map(|(_, n)| *n).collect();
        let batched = self.batched(x);
        self.add(Op::Sum { dims: dims.to_vec() }, vec![x], shape, batched)
    }

    /// The sum over all elements of an example.
    pub fn sum_all(&mut self, x: Id) -> Id {
        let dims: Vec<usize> = (0..self.shape(x).len()).collect();
        self.sum(x, &dims)
    }

    /// The sum over the batch; the node itself where it has none.
    pub fn sum_batch(&mut self, x: Id) -> Id {
        if !self.batched(x) {
            return x;
        }
        let shape = self.shape(x).to_vec();
        self.add(Op::SumBatch, vec![x], shape, false)
    }

    pub fn reshape(&mut self, x: Id, shape: &[usize]) -> Id {
        if self.shape(x) == shape {
            return x;
        }
        debug_assert_eq!(self.size(x), shape.iter().product::<usize>());
        let batched = self.batched(x);
        self.add(Op::Reshape, vec![x], shape.to_vec(), batched)
    }

    pub fn permute(&mut self, x: Id, order: &[usize]) -> Id {
        if order.iter().enumerate().all(|(i, o)| i == *o) {
            return x;
        }
        let shape = order.iter().map(|&o| self.shape(x)[o]).collect();
        let batched = self.batched(x);
        self.add(Op::Permute { order: order.to_vec() }, vec![x], shape, batched)
    }

    pub fn slice(&mut self, x: Id, dim: usize, start: usize, len: usize) -> Id {
        let mut shape = self.shape(x).to_vec();
        if len == shape[dim] {
            return x;
        }
        shape[dim] = len;
        let batched = self.batched(x);
        self.add(Op::Slice { dim, start }, vec![x], shape, batched)
    }

    /// `total` along the dimension, `before` zeros first.
    pub fn pad(&mut self, x: Id, dim: usize, before: usize, total: usize) -> Id {
        let mut shape = self.shape(x).to_vec();
        if total == shape[dim] {
            return x;
        }
        shape[dim] = total;
        let batched = self.batched(x);
        self.add(Op::Pad { dim, before }, vec![x], shape, batched)
    }

    pub fn concat(&mut self, parts: &[Id], dim: usize) -> Id {
        if let [one] = parts {
            return *one;
        }
        let mut shape = self.shape(parts[0]).to_vec();
        shape[dim] = parts.iter().map(|p| self.shape(*p)[dim]).sum();
        let batched = parts.iter().any(|p| self.batched(*p));
        self.add(Op::Concat { dim }, parts.to_vec(), shape, batched)
    }

    pub fn gather(&mut self, x: Id, index: Arc<Vec<u32>>, shape: &[usize]) -> Id {
        let batched = self.batched(x);
        self.add(Op::Gather { index }, vec![x], shape.to_vec(), batched)
    }

    pub fn scatter(&mut self, x: Id, index: Arc<Vec<u32>>, shape: &[usize]) -> Id {
        let batched = self.batched(x);
        self.add(Op::Scatter { index }, vec![x], shape.to_vec(), batched)
    }

    /// Rows times a matrix.
    pub fn linear(&mut self, x: Id, w: Id, transposed: bool) -> Id {
        debug_assert!(!self.batched(w) && self.shape(w).len() == 2);
        let mut shape = self.shape(x).to_vec();
        let last = shape.len() - 1;
        debug_assert_eq!(shape[last], self.shape(w)[usize::from(transposed)]);
        shape[last] = self.shape(w)[usize::from(!transposed)];
        let batched = self.batched(x);
        self.add(Op::Linear { transposed }, vec![x, w], shape, batched)
    }

    pub fn outer(&mut self, x: Id, g: Id) -> Id {
        debug_assert_eq!(self.batched(x), self.batched(g));
        let shape = vec![*self.shape(x).last().unwrap_or(&1), *self.shape(g).last().unwrap_or(&1)];
        self.add(Op::Outer, vec![x, g], shape, false)
    }

    pub fn conv(&mut self, x: Id, weights: Id, conv: Conv) -> Id {
        let batched = self.batched(x);
        self.add(Op::Conv(conv), vec![x, weights], conv.out().to_vec(), batched)
    }

    pub fn conv_back(&mut self, g: Id, weights: Id, conv: Conv) -> Id {
        let batched = self.batched(g);
        self.add(Op::ConvBack(conv), vec![g, weights], conv.image.to_vec(), batched)
    }

    pub fn conv_weights(&mut self, x: Id, g: Id, conv: Conv) -> Id {
        self.add(Op::ConvWeights(conv), vec![x, g], conv.weights().to_vec(), false)
    }

    pub fn sum_pool(&mut self, x: Id, pool: Pool) -> Id {
        let batched = self.batched(x);
        self.add(Op::SumPool(pool), vec![x], pool.out().to_vec(), batched)
    }

    pub fn sum_pool_back(&mut self, g: Id, pool: Pool) -> Id {
        let batched = self.batched(g);
        self.add(Op::SumPoolBack(pool), vec![g], pool.image.to_vec(), batched)
    }

    pub fn max_places(&mut self, x: Id, pool: Pool) -> Id {
        let batched = self.batched(x);
        self.add(Op::MaxPlaces(pool), vec![x], pool.out().to_vec(), batched)
    }

    pub fn take(&mut self, x: Id, places: Id) -> Id {
        let (shape, batched) = (self.shape(places).to_vec(), self.batched(x) || self.batched(places));
        self.add(Op::Take, vec![x, places], shape, batched)
    }

    pub fn put(&mut self, g: Id, places: Id, shape: &[usize]) -> Id {
        let batched = self.batched(g) || self.batched(places);
        self.add(Op::Put, vec![g, places], shape.to_vec(), batched)
    }

    pub fn lookup(&mut self, table: Id, index: Id) -> Id {
        let mut shape = self.shape(index).to_vec();
        shape.push(self.shape(table)[1]);
        let batched = self.batched(index);
        self.add(Op::Lookup, vec![table, index], shape, batched)
    }

    pub fn accumulate(&mut self, index: Id, g: Id, rows: usize) -> Id {
        let shape = vec![rows, *self.shape(g).last().unwrap_or(&1)];
        self.add(Op::Accumulate, vec![index, g], shape, false)
    }

    /// Along the last dimension, which goes.
    pub fn log_sum_exp(&mut self, x: Id) -> Id {
        self.last(Op::LogSumExp, x)
    }

    pub fn argmax(&mut self, x: Id) -> Id {
        self.last(Op::ArgMax, x)
    }

    fn last(&mut self, op: Op, x: Id) -> Id {
        let mut shape = self.shape(x).to_vec();
        shape.pop();
        let batched = self.batched(x);
        self.add(op, vec![x], shape, batched)
    }

    pub fn softmax(&mut self, x: Id) -> Id {
        let (shape, batched) = (self.shape(x).to_vec(), self.batched(x));
        self.add(Op::Softmax, vec![x], shape, batched)
    }

    pub fn one_hot(&mut self, index: Id, classes: usize) -> Id {
        let mut shape = self.shape(index).to_vec();
        shape.push(classes);
        let batched = self.batched(index);
        self.add(Op::OneHot, vec![index], shape, batched)
    }
}

/// What makes two nodes the same.
fn key(op: &Op, args: &[Id], shape: &[usize], batched: bool) -> Vec<u8> {
    use std::fmt::Write;
    let mut text = String::new();
    let _ = match op {
        // The bits, so that 0 and -0 differ; large arrays by where they lie.
        Op::Constant(values) if values.len() <= 16 => {
            write!(text, "c{:x?}", values.iter().map(|x| x.to_bits()).collect::<Vec<_>>())
        }
        Op::Constant(values) => write!(text, "C{:p}", Arc::as_ptr(values)),
        Op::Gather { index } if index.len() > 16 => write!(text, "G{:p}", Arc::as_ptr(index)),
        Op::Scatter { index } if index.len() > 16 => write!(text, "S{:p}", Arc::as_ptr(index)),
        other => write!(text, "{other:?}"),
    };
    let _ = write!(text, "|{args:?}|{shape:?}|{batched}");
    text.into_bytes()
}
