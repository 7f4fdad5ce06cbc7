//! State expressions over index sets become expressions over numbered sites.
//!
//! Owns the walk: index sets, filters, positions on lattices, elements of arrays. What is built is the caller's: a [`Sink`]
//! takes the operations. Components are numbered `replica * model.components() + model.offset(variable) + component`. Parts that do not
//! depend on the state are computed on the way, so that a sink gets operations of the state only.

use super::materials::Materials;
use super::measure::{Shared, Wanted};
use super::operands::Operand;
use crate::plan::{Expr, Function, Model, Op, Space};

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

use Value::{Node, Number};

/// Sites that an index that depends on the state may choose from.
const MOST_CHOICES: usize = 4096;

/// The walk over one model's expressions.
pub struct Instantiate<'a, 'p, S: Sink> {
    pub materials: &'a Materials<'p>,
    pub model: &'a Model,
    pub sink: &'a mut S,
    /// The coordinates of the point; `None` for one that it does not have.
    pub coordinate: &'a dyn Fn(&str) -> Option<f64>,
    /// More nodes than this are refused.
    pub most_nodes: usize,
    pub(super) locals: Vec<i64>,
    /// By binder: the sign of the bond.
    pub(super) signs: Vec<f64>,
}

pub(super) type Of<S> = Value<<S as Sink>::Node>;

impl<'a, 'p, S: Sink> Instantiate<'a, 'p, S> {
    pub fn new(materials: &'a Materials<'p>, model: &'a Model, sink: &'a mut S, most_nodes: usize) -> Self {
        Instantiate { materials, model, sink, coordinate: &|_| None, most_nodes, locals: Vec::new(), signs: Vec::new() }
    }

    /// The value of a bound index, for walks that begin inside a reduction.
    pub fn bind(&mut self, local: u32, value: i64) {
        let at = local as usize;
        if self.locals.len() <= at {
            self.locals.resize(at + 1, 0);
            self.signs.resize(at + 1, 1.0);
        }
        self.locals[at] = value;
    }

    fn local(&self, local: u32) -> i64 {
        self.locals.get(local as usize).copied().unwrap_or(0)
    }

    /// The sign of the bond of a binder.
    pub fn sign(&self, binder: u32) -> f64 {
        self.signs.get(binder as usize).copied().unwrap_or(1.0)
    }

    /// The node of a value.
    pub fn node(&mut self, value: Of<S>) -> S::Node {
        match value {
            Number(x) => self.sink.constant(x),
            Node(n) => n,
        }
    }

    /// The shape of an expression.
    pub fn shape(&self, e: &Expr) -> Vec<usize> {
        match e {
            Expr::Array(a) => a.shape.clone(),
            Expr::Random(d) => d.shape.clone(),
            Expr::List(parts) => {
                let mut shape = vec![parts.len()];
                shape.extend(parts.first().map(|p| self.shape(p)).unwrap_or_default());
                shape
            }
            Expr::Index(base, indices) => self.shape(base).into_iter().skip(indices.len()).collect(),
            Expr::Variable { variable, .. } => self.model.variables.get(*variable as usize).map_or_else(Vec::new, |v| v.shape()),
            Expr::Weight(k) => self.model.weights.get(*k as usize).map_or_else(Vec::new, |w| w.shape.clone()),
            Expr::Unary(_, x) => self.shape(x),
            Expr::Binary(_, a, b) => self.wider(self.shape(a), b),
            Expr::If(c, a, b) => {
                let shape = self.wider(self.shape(a), b);
                self.wider(shape, c)
            }
            Expr::Energy { .. } | Expr::Observable(_) | Expr::Average(_) | Expr::Result { .. } => self.sink.leaf_shape(e),
            Expr::Measure { shape, .. } => shape.clone(),
            _ => Vec::new(),
        }
    }

    fn wider(&self, shape: Vec<usize>, other: &Expr) -> Vec<usize> {
        if shape.is_empty() { self.shape(other) } else { shape }
    }

    /// All elements of an expression, row-major; one for a number.
    pub fn elements(&mut self, e: &Expr) -> Result<Vec<Of<S>>, String> {
        let shape = self.shape(e);
        if shape.is_empty() {
            return Ok(vec![self.scalar(e)?]);
        }
        if let Expr::Measure { .. } = e {
            return self.measured(e);
        }
        let count: usize = shape.iter().product();
        let mut index = vec![0; shape.len()];
        let mut all = Vec::with_capacity(count.min(1 << 20));
        for _ in 0..count {
            all.push(self.element(e, &index)?);
            for (i, &n) in index.iter_mut().zip(&shape).rev() {
                *i += 1;
                if *i < n {
                    break;
                }
                *i = 0;
            }
        }
        Ok(all)
    }

    /// One element of an array expression.
    fn element(&mut self, e: &Expr, index: &[usize]) -> Result<Of<S>, String> {
        if index.is_empty() {
            return self.scalar(e);
        }
        match e {
            Expr::Array(a) => {
                Ok(Number(a.data.get(flat(&a.shape, index)?).copied().ok_or("an array is shorter than its shape")?))
            }
            Expr::Random(d) => {
                let values = self.materials.draw(d)?;
                Ok(Number(values.get(flat(&d.shape, index)?).copied().ok_or("a draw is shorter than its shape")?))
            }
            Expr::List(parts) => {
                let part = parts.get(index[0]).ok_or_else(|| outside(index[0] as f64, parts.len()))?;
                self.element(part, &index[1..])
            }
            Expr::Index(base, before) => {
                let mut all = Vec::with_capacity(before.len() + index.len());
                for i in before {
                    let n = self.shape(base).get(all.len()).copied().unwrap_or(0);
                    let i = self.scalar(i)?;
                    all.push(self.place(i, n)?);
                }
                all.extend_from_slice(index);
                self.element(base, &all)
            }
            Expr::Variable { variable, replica } => {
                let shape = self.shape(e);
                self.spin(*variable, *replica, flat(&shape, index)?)
            }
            Expr::Weight(k) => {
                let shape = self.shape(e);
                let first = self.model.weight_offset((*k as usize).min(self.model.weights.len()));
                self.sink.weight(first + flat(&shape, index)?).map(Node)
            }
            Expr::Unary(f, x) => {
                let x = self.element(x, index)?;
                self.unary(*f, x)
            }
            Expr::Binary(op, a, b) => {
                let a = self.broadcast(a, index)?;
                let b = self.broadcast(b, index)?;
                self.binary(*op, a, b)
            }
            Expr::If(c, a, b) => match self.broadcast(c, index)? {
                Number(0.0) => self.broadcast(b, index),
                Number(_) => self.broadcast(a, index),
                Node(c) => {
                    let (a, b) = (self.broadcast(a, index)?, self.broadcast(b, index)?);
                    let (a, b) = (self.node(a), self.node(b));
                    Ok(Node(self.sink.choose(c, a, b)))
                }
            },
            Expr::Energy { .. } | Expr::Observable(_) | Expr::Average(_) | Expr::Result { .. } => {
                let at = flat(&self.sink.leaf_shape(e), index)?;
                self.sink.leaf(e, at).map(Node)
            }
            Expr::Measure { shape, .. } => {
                let at = flat(shape, index)?;
                self.measured(e)?.get(at).copied().ok_or_else(|| "a measurement has fewer elements".into())
            }
            _ => Err("a number is indexed like an array".into()),
        }
    }

    fn broadcast(&mut self, e: &Expr, index: &[usize]) -> Result<Of<S>, String> {
        if self.shape(e).is_empty() { self.scalar(e) } else { self.element(e, index) }
    }

    fn spin(&mut self, variable: u16, replica: u16, site: usize) -> Result<Of<S>, String> {
        let v = self.model.variables.get(variable as usize).ok_or("the model has no such variable")?;
        if site >= v.components() {
            return Err(outside(site as f64, v.components()));
        }
        let first = replica as usize * self.model.components() + self.model.offset(variable as usize);
        Ok(Node(self.sink.spin(first + site)))
    }

    /// A known value as an index of `0..n`.
    pub(super) fn place(&self, value: Of<S>, n: usize) -> Result<usize, String> {
        match value {
            Number(x) if x >= 0.0 && x < n as f64 && x == libm::floor(x) => Ok(x as usize),
            Number(x) => Err(outside(x, n)),
            Node(_) => Err("an index depends on the state where only a known one can stand".into()),
        }
    }

    /// A site that must be known.
    pub(super) fn site(&mut self, e: &Expr, n: usize) -> Result<usize, String> {
        let value = self.scalar(e)?;
        self.place(value, n)
    }

    /// One of `n` values, by an index that may depend on the state.
    #[allow(clippy::type_complexity)]
    fn pick(
        &mut self,
        index: Of<S>,
        n: usize,
        value: &mut dyn FnMut(&mut Self, usize) -> Result<Of<S>, String>,
    ) -> Result<Of<S>, String> {
        let Node(node) = index else {
            let i = self.place(index, n)?;
            return value(self, i);
        };
        if n > MOST_CHOICES {
            return Err(format!(
                "an index that depends on the state chooses among {n} elements: at most {MOST_CHOICES} are possible"
            ));
        }
        // An index outside of the elements gives no number.
        let mut chosen = self.sink.constant(f64::NAN);
        for k in (0..n).rev() {
            let here = value(self, k)?;
            let (here, k) = (self.node(here), self.sink.constant(k as f64));
            let is = self.sink.binary(Op::Equal, node, k)?;
            chosen = self.sink.choose(is, here, chosen);
        }
        Ok(Node(chosen))
    }

    /// The value of a scalar expression.
    pub fn scalar(&mut self, e: &Expr) -> Result<Of<S>, String> {
        match e {
            Expr::Number(x) => Ok(Number(*x)),
            Expr::Local(l) => Ok(Number(self.local(*l) as f64)),
            Expr::Random(d) if d.shape.is_empty() => Ok(Number(d.value(0))),
            Expr::Coordinate { axis, value } => Ok(Number((self.coordinate)(axis).unwrap_or(*value))),
            Expr::Index(base, indices) => self.indexed(base, indices),
            Expr::Element { variable, replica, site, bond } => {
                let v = self.model.variables.get(*variable as usize).ok_or("the model has no such variable")?;
                let (n, circle) = (v.components(), v.space == Space::Circle);
                let site = self.scalar(site)?;
                let value = self.pick(site, n, &mut |walk, site| walk.spin(*variable, *replica, site))?;
                match bond.is_some_and(|b| self.sign(b) < 0.0) {
                    // The opposite direction.
                    true if circle => self.binary(Op::Add, value, Number(std::f64::consts::PI)),
                    true => self.unary(Function::Negate, value),
                    false => Ok(value),
                }
            }
            Expr::BondValue { couplings, binder } => {
                let values = self.materials.couplings(*couplings)?;
                let bond = self.local(*binder) as usize;
                values.get(bond).map(|&x| Number(x)).ok_or_else(|| outside(bond as f64, values.len()))
            }
            Expr::PairValue { couplings, first, second } => {
                let table = self.materials.plan().couplings.get(*couplings as usize).ok_or("the plan has no such couplings")?;
                let n = self.materials.graph(table.graph)?.sites();
                let (i, j) = (self.site(first, n)?, self.site(second, n)?);
                Ok(Number(self.materials.pair(*couplings, i, j)?))
            }
            Expr::Cell { graph, site, direction } => {
                let lattice = self.materials.lattice(*graph)?;
                let site = self.site(site, lattice.sites())?;
                let cell = lattice.cell(site).and_then(|(cell, _)| cell.get(*direction as usize).copied());
                cell.map(|x| Number(x as f64)).ok_or_else(|| format!("the lattice has no direction {direction}"))
            }
            Expr::Sublattice { graph, site } => {
                let lattice = self.materials.lattice(*graph)?;
                Ok(Number((self.site(site, lattice.sites())? % lattice.basis.len()) as f64))
            }
            Expr::Shift { graph, site, direction, by } => {
                let lattice = self.materials.lattice(*graph)?;
                let site = self.site(site, lattice.sites())?;
                let Number(by) = self.scalar(by)? else { return Err("a shift depends on the state".into()) };
                let (mut cell, basis) = lattice.cell(site).ok_or("a shifted site is not there")?;
                let d = *direction as usize;
                let length = *lattice.sizes.get(d).ok_or_else(|| format!("the lattice has no direction {d}"))? as i64;
                cell[d] = (cell[d] as i64 + (by as i64).rem_euclid(length)).rem_euclid(length) as usize;
                lattice.site(&cell, basis).map(|s| Number(s as f64)).ok_or_else(|| "a shifted site is not there".into())
            }
            Expr::Distance { graph, first, second } => {
                let n = self.materials.graph(*graph)?.sites();
                let (i, j) = (self.site(first, n)?, self.site(second, n)?);
                Ok(Number(self.materials.distance(*graph, i, j)?))
            }
            Expr::Energy { .. } | Expr::Observable(_) | Expr::Average(_) => self.sink.leaf(e, 0).map(Node),
            Expr::Result { task, quantity, .. } => Err(format!("`{task}.{quantity}` is not known yet")),
            Expr::Analyse(..) => Err("this depends on results that are not there yet".into()),
            Expr::Unary(f, x) => {
                let x = self.scalar(x)?;
                self.unary(*f, x)
            }
            Expr::Binary(op, a, b) => {
                let a = self.scalar(a)?;
                // What a known left side decides is not looked at, so that `i < n and s[i] == 1` is in range.
                match (op, a) {
                    (Op::And, Number(0.0)) => return Ok(Number(0.0)),
                    (Op::Or, Number(x)) if x != 0.0 => return Ok(Number(1.0)),
                    _ => {}
                }
                let b = self.scalar(b)?;
                self.binary(*op, a, b)
            }
            Expr::If(c, a, b) => match self.scalar(c)? {
                Number(0.0) => self.scalar(b),
                Number(_) => self.scalar(a),
                Node(c) => {
                    let (a, b) = (self.scalar(a)?, self.scalar(b)?);
                    let (a, b) = (self.node(a), self.node(b));
                    Ok(Node(self.sink.choose(c, a, b)))
                }
            },
            Expr::Node(_) | Expr::Look { .. } => Err("a part of a network stands outside of one".into()),
            Expr::Measure { .. } => match self.measured(e)?[..] {
                [only] => Ok(only),
                _ => Err("a list stands where a number is needed".into()),
            },
            Expr::Fold(op, x) => self.folded(*op, x),
            Expr::Reduce { op, domains, filter, body } => self.reduced(*op, domains, filter.as_deref(), body),
            Expr::Array(_) | Expr::Random(_) | Expr::List(_) | Expr::Variable { .. } | Expr::Weight(_) => {
                match self.elements(e)?[..] {
                    [only] => Ok(only),
                    _ => Err("a list stands where a number is needed".into()),
                }
            }
        }
    }

    fn indexed(&mut self, base: &Expr, indices: &[Expr]) -> Result<Of<S>, String> {
        let shape = self.shape(base);
        if shape.len() != indices.len() {
            return Err(format!("{} indices for an array of {} dimensions", indices.len(), shape.len()));
        }
        let mut known = Vec::with_capacity(indices.len());
        let mut open = None;
        for (k, e) in indices.iter().enumerate() {
            match self.scalar(e)? {
                Node(n) if open.is_none() => {
                    open = Some((k, n));
                    known.push(0);
                }
                value => known.push(self.place(value, shape[k])?),
            }
        }
        match open {
            None => self.element(base, &known),
            Some((k, node)) => self.pick(Node(node), shape[k], &mut |walk, i| {
                known[k] = i;
                walk.element(base, &known)
            }),
        }
    }

    pub(super) fn unary(&mut self, f: Function, x: Of<S>) -> Result<Of<S>, String> {
        match x {
            Number(x) => Ok(Number(f.apply(x))),
            Node(n) => self.checked(|sink| sink.unary(f, n)),
        }
    }

    pub(super) fn binary(&mut self, op: Op, a: Of<S>, b: Of<S>) -> Result<Of<S>, String> {
        if let (Number(a), Number(b)) = (a, b) {
            return Ok(Number(op.apply(a, b)));
        }
        let (a, b) = (self.node(a), self.node(b));
        self.checked(|sink| sink.binary(op, a, b))
    }

    fn checked(&mut self, f: impl FnOnce(&mut S) -> Result<S::Node, String>) -> Result<Of<S>, String> {
        if self.sink.size() > self.most_nodes {
            return Err(format!("the expression has more than {} operations and would not fit in memory", self.most_nodes));
        }
        f(self.sink).map(Node)
    }
}

fn flat(shape: &[usize], index: &[usize]) -> Result<usize, String> {
    if shape.len() != index.len() {
        return Err(format!("{} indices for an array of {} dimensions", index.len(), shape.len()));
    }
    let mut at = 0;
    for (&i, &n) in index.iter().zip(shape) {
        if i >= n {
            return Err(outside(i as f64, n));
        }
        at = at * n + i;
    }
    Ok(at)
}

fn outside(i: f64, n: usize) -> String {
    format!("an index is {i}, outside of 0..{n}")
}
