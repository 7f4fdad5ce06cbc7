//! State expressions over index sets become expressions over numbered sites.
//!
//! Owns the walk: index sets, filters, positions on lattices, elements of arrays. What is built is the caller's: a [`Sink`]
//! takes the operations. Components are numbered `replica * model.components() + model.offset(variable) + component`. Parts that do not
//! depend on the state are computed on the way, so that a sink gets operations of the state only.

mod elements;
mod sink;

pub use sink::{Fold, Sink, Value};

use super::materials::Materials;
use crate::plan::{Expr, Function, Model, Op, Space};
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

fn outside(i: f64, n: usize) -> String {
    format!("an index is {i}, outside of 0..{n}")
}
