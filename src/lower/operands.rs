//! The arrays that a measurement takes, and how they are filled from the states.

use super::instantiate::{Instantiate, Of, Sink, Value::Node, Value::Number};
use super::measure::{Shared, Wanted};
use super::state::View;
use super::tape::Register;
use crate::kernels::observables::{Scratch, angle};
use crate::plan::{Expr, Measure};
use std::cell::RefCell;
use std::sync::Arc;

/// An array over sites.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand<N> {
    /// A function of the states of `count` sites from `first`: by component, its value at each position.
    Sites {
        first: usize,
        count: usize,
        tables: Vec<Vec<f64>>,
    },
    /// `count` components from `first` of states that are their own values. `angles`: to be replaced by their unit vectors.
    Components {
        first: usize,
        count: usize,
        angles: bool,
    },
    Known(Arc<Vec<f64>>),
    /// Anything else, element by element. `angles`: to be replaced by their unit vectors.
    Nodes {
        nodes: Vec<N>,
        angles: bool,
    },
}

impl<S: Sink> Instantiate<'_, '_, S> {
    /// The numbers that a measurement gives.
    pub(super) fn measured(&mut self, e: &Expr) -> Result<Vec<Of<S>>, String> {
        let Expr::Measure { what, graph, couplings, angles, of, .. } = e else { return Err("this is no measurement".into()) };
        let mut operands = Vec::with_capacity(of.len());
        let (mut sites, mut components, mut values) = (0, 1, 0);
        for x in of {
            let shape = self.shape(x);
            sites = shape.first().copied().unwrap_or(0);
            components = if *angles { 2 } else { shape.get(1).copied().unwrap_or(1) };
            let operand = self.operand(x, *angles, *what == Measure::Shares)?;
            if let (Operand::Sites { tables, .. }, Measure::Shares) = (&operand, what) {
                values = tables[0].len();
            }
            operands.push(operand);
        }
        let wanted = Wanted { what: what.clone(), graph: *graph, couplings: *couplings, sites, components, values };
        let materials = self.materials;
        let nodes = self.sink.measure(wanted, operands, &|wanted: &Wanted| wanted.build(materials))?;
        Ok(nodes.into_iter().map(Node).collect())
    }

    fn operand(&mut self, e: &Expr, angles: bool, positions: bool) -> Result<Operand<S::Node>, String> {
        let unit = |x: f64| vec![libm::cos(x), libm::sin(x)];
        if !self.model.is_finite() {
            if positions {
                return Err("the shares of values are counted in models of spins alone".into());
            }
            if let Expr::Variable { variable, replica } = e
                && let Some(v) = self.model.variables.get(usize::from(*variable))
            {
                let first = usize::from(*replica) * self.model.components() + self.model.offset(usize::from(*variable));
                return Ok(Operand::Components { first, count: v.components(), angles });
            }
        }
        if self.model.is_finite()
            && let Some((variable, replica)) = only_variable(e)
            && let Some(v) = self.model.variables.get(usize::from(variable))
        {
            let column: Option<Vec<f64>> = if positions {
                Some((0..v.values().len()).map(|k| k as f64).collect())
            } else {
                v.values().iter().map(|&x| self.value_at(e, x)).collect()
            };
            if let Some(column) = column {
                let tables =
                    if angles { (0..2).map(|k| column.iter().map(|&x| unit(x)[k]).collect()).collect() } else { vec![column] };
                let first = usize::from(replica) * self.model.components() + self.model.offset(usize::from(variable));
                return Ok(Operand::Sites { first, count: v.sites, tables });
            }
        }
        let elements = self.elements(e)?;
        let known: Option<Vec<f64>> = elements.iter().map(|v| if let Number(x) = v { Some(*x) } else { None }).collect();
        Ok(match known {
            Some(known) if angles => Operand::Known(Arc::new(known.into_iter().flat_map(unit).collect())),
            Some(known) => Operand::Known(Arc::new(known)),
            None => Operand::Nodes { nodes: elements.into_iter().map(|v| self.node(v)).collect(), angles },
        })
    }

    /// An elementwise expression of one variable where that has the value `x`; `None` if it depends on more.
    fn value_at(&self, e: &Expr, x: f64) -> Option<f64> {
        Some(match e {
            Expr::Number(c) => *c,
            Expr::Coordinate { axis, value } => (self.coordinate)(axis).unwrap_or(*value),
            Expr::Variable { .. } => x,
            Expr::Unary(f, a) => f.apply(self.value_at(a, x)?),
            Expr::Binary(op, a, b) => op.apply(self.value_at(a, x)?, self.value_at(b, x)?),
            Expr::If(c, a, b) => self.value_at(if self.value_at(c, x)? != 0.0 { a } else { b }, x)?,
            _ => return None,
        })
    }
}

/// The variable and replica that an elementwise expression is a function of, if there is just one and nothing else.
pub(super) fn only_variable(e: &Expr) -> Option<(u16, u16)> {
    fn go(e: &Expr, found: &mut Option<(u16, u16)>) -> bool {
        match e {
            Expr::Variable { variable, replica } => *found.get_or_insert((*variable, *replica)) == (*variable, *replica),
            Expr::Number(_) | Expr::Coordinate { .. } => true,
            Expr::Unary(_, a) => go(a, found),
            Expr::Binary(_, a, b) => go(a, found) && go(b, found),
            Expr::If(c, a, b) => go(c, found) && go(a, found) && go(b, found),
            _ => false,
        }
    }
    let mut found = None;
    if go(e, &mut found) { found } else { None }
}

/// A measurement on a tape: its results lie from `start` among those of all measurements.
#[derive(Clone)]
pub(super) struct Measurement {
    pub wanted: Wanted,
    pub operands: Vec<Operand<Register>>,
    pub kernel: Shared,
    pub start: usize,
}

impl std::fmt::Debug for Measurement {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Measurement").field("wanted", &self.wanted).field("start", &self.start).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Memory {
    /// By operand.
    arrays: Vec<Vec<f64>>,
    scratch: Scratch,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

impl Measurement {
    pub fn len(&self) -> usize {
        self.kernel.len()
    }

    /// Whether it looks at the states directly.
    pub fn reads_state(&self) -> bool {
        self.operands.iter().any(|o| matches!(o, Operand::Sites { .. } | Operand::Components { .. }))
    }

    /// Writes its results. `register` gives the value of a node.
    pub fn run(&self, state: View, register: &dyn Fn(Register) -> f64, out: &mut [f64]) {
        MEMORY.with_borrow_mut(|memory| {
            if memory.arrays.len() < self.operands.len() {
                memory.arrays.resize_with(self.operands.len(), Vec::new);
            }
            for (operand, array) in self.operands.iter().zip(&mut memory.arrays) {
                fill(operand, state, register, &mut memory.scratch, array);
            }
            let mut arrays: [&[f64]; 2] = [&[], &[]];
            for ((slot, operand), array) in arrays.iter_mut().zip(&self.operands).zip(&memory.arrays) {
                *slot = if let Operand::Known(known) = operand { known } else { array };
            }
            self.kernel.measure(&arrays[..self.operands.len().min(2)], &mut memory.scratch, out);
        });
    }
}

fn fill(
    operand: &Operand<Register>,
    state: View,
    register: &dyn Fn(Register) -> f64,
    scratch: &mut Scratch,
    array: &mut Vec<f64>,
) {
    array.clear();
    match operand {
        Operand::Known(_) => {}
        Operand::Sites { first, count, tables } => {
            let sites = match state {
                View::Positions(state) => state.get(*first..first + count),
                View::Components(_) => None,
            };
            let Some(sites) = sites else {
                array.resize(count * tables.len(), f64::NAN);
                return;
            };
            match &tables[..] {
                // Two values are chosen between, which becomes vector code.
                [table] if table.len() == 2 => {
                    let (low, high) = (table[0], table[1]);
                    array.extend(sites.iter().map(|&s| if s == 0 { low } else { high }));
                }
                tables => {
                    let n = tables.len();
                    // A position is a byte: with 256 entries no look-up leaves its table.
                    let mut wide = [f64::NAN; 256];
                    array.resize(count * n, 0.0);
                    for (k, table) in tables.iter().enumerate() {
                        wide[..table.len().min(256)].copy_from_slice(&table[..table.len().min(256)]);
                        for (&s, x) in sites.iter().zip(array[k..].iter_mut().step_by(n)) {
                            *x = wide[usize::from(s)];
                        }
                    }
                }
            }
        }
        Operand::Components { first, count, angles } => {
            let values = match state {
                View::Components(state) => state.get(*first..first + count),
                View::Positions(_) => None,
            };
            match values {
                Some(values) if *angles => angle::unit_vectors(values, array),
                Some(values) => array.extend_from_slice(values),
                None => array.resize(if *angles { 2 * count } else { *count }, f64::NAN),
            }
        }
        Operand::Nodes { nodes, angles: false } => array.extend(nodes.iter().map(|&n| register(n))),
        Operand::Nodes { nodes, angles: true } => {
            scratch.a.clear();
            scratch.a.extend(nodes.iter().map(|&n| register(n)));
            angle::unit_vectors(&scratch.a, array);
        }
    }
}
