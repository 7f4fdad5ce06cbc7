//! Tensor graphs: differentiable functions of arrays, over batches of examples or without them.
//!
//! A loss of a network and an energy of reals become the same kind of [`Graph`]. Derivatives are graphs as well: the
//! differentiator writes them out ([`derivative`]), so that gradients, products with the Hessian and products with the Jacobian
//! are evaluated by the one [`Program`] that evaluates values.

pub mod derivative;
pub mod graph;
pub mod ops;
pub mod program;
pub mod real;
pub mod reference;
pub mod simplify;

pub use graph::{Binary, Conv, Graph, Id, Node, Op, Pool, Unary};
pub use program::{Program, Rows, Session};
pub use real::Real;
