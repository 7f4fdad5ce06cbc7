//! Who takes the operations of an expression.

use super::super::measure::{Shared, Wanted};
use super::super::operands::Operand;
use crate::plan::{Expr, Function, Op};

/// Folds of many operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fold {
    Sum,
    Product,
    Min,
    Max,
}

/// Takes the operations of an expression, one after the other.
pub trait Sink {
    type Node: Copy;
    fn constant(&mut self, x: f64) -> Self::Node;
    /// The value of a site.
    fn spin(&mut self, site: usize) -> Self::Node;
    /// A weight of the model, by its place among all of them.
    fn weight(&mut self, at: usize) -> Result<Self::Node, String> {
        let _ = at;
        Err("weights stand where they have no values".into())
    }
    fn unary(&mut self, function: Function, a: Self::Node) -> Result<Self::Node, String>;
    fn binary(&mut self, op: Op, a: Self::Node, b: Self::Node) -> Result<Self::Node, String>;
    /// `a` where the condition is not 0, else `b`.
    fn choose(&mut self, condition: Self::Node, a: Self::Node, b: Self::Node) -> Self::Node;
    fn fold(&mut self, fold: Fold, operands: Vec<Self::Node>) -> Self::Node;
    /// Element `at` (row-major) of an energy, an observable or an average.
    fn leaf(&mut self, e: &Expr, at: usize) -> Result<Self::Node, String>;
    /// The shape of such a leaf.
    fn leaf_shape(&self, e: &Expr) -> Vec<usize> {
        let _ = e;
        Vec::new()
    }
    /// The sum of the values of `count` sites, where that is one operation.
    fn total(&mut self, first: usize, count: usize) -> Option<Self::Node> {
        let operands = (first..first + count).map(|k| self.spin(k)).collect();
        Some(self.fold(Fold::Sum, operands))
    }
    /// The sum of the products of the values of `count` sites from `a` and from `b`, where that is one operation.
    fn dot(&mut self, a: usize, b: usize, count: usize) -> Option<Self::Node> {
        let _ = (a, b, count);
        None
    }
    /// All results of a measurement, whose kernel `build` makes.
    fn measure(
        &mut self,
        wanted: Wanted,
        operands: Vec<Operand<Self::Node>>,
        build: &dyn Fn(&Wanted) -> Result<Shared, String>,
    ) -> Result<Vec<Self::Node>, String> {
        let _ = (wanted, operands, build);
        Err("a measurement of the state stands where the state is not measured".into())
    }
    /// The number of nodes so far.
    fn size(&self) -> usize;
}

/// A value on the way: known, or of the state.
#[derive(Clone, Copy, Debug)]
pub enum Value<N> {
    Number(f64),
    Node(N),
}
