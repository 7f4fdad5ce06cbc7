//! Compiled expressions: a straight list of operations on registers, evaluated once a measurement.
//!
//! Knows states and numbers; not where they come from.

use super::instantiate::{Fold, Sink};
use super::measure::{Shared, Wanted};
use super::operands::{Measurement, Operand};
use super::state::View;
use crate::plan::{Expr, Function, Op};
use std::cell::RefCell;
use std::collections::HashMap;

/// A register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Register(u32);

/// One operation; its result is the register of its own number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    /// The bits of a number.
    Constant(u64),
    Input(u32),
    Spin(u32),
    Unary(Function, Register),
    Binary(Op, Register, Register),
    Choose(Register, Register, Register),
    /// Operands `start..end` of the pool.
    Fold(Fold, u32, u32),
    Total {
        first: u32,
        count: u32,
    },
    Dot {
        a: u32,
        b: u32,
        count: u32,
    },
    /// Runs a measurement; its first result.
    Measure(u32),
    /// A further result.
    Measured(u32),
}

/// The sets of values by ranges of sites.
#[derive(Clone, Debug, Default)]
pub struct Sets {
    /// The first component of each range, ascending, and its values; none for variables that are their own values.
    pub ranges: Vec<(usize, Vec<f64>)>,
}

impl Sets {
    fn of(&self, site: usize) -> &[f64] {
        let k = self.ranges.partition_point(|r| r.0 <= site).saturating_sub(1);
        self.ranges.get(k).map_or(&[], |r| &r.1)
    }

    fn value(&self, state: View, site: usize) -> f64 {
        match state {
            View::Positions(state) => {
                let position = state.get(site).copied().unwrap_or(0);
                self.of(site).get(usize::from(position)).copied().unwrap_or(f64::NAN)
            }
            View::Components(state) => state.get(site).copied().unwrap_or(f64::NAN),
        }
    }

    /// The sum of the values of some sites of one set.
    pub fn total(&self, state: View, first: usize, count: usize) -> f64 {
        let state = match state {
            View::Positions(state) => state,
            View::Components(state) => return state.get(first..first + count).map_or(f64::NAN, |s| s.iter().sum()),
        };
        let Some(sites) = state.get(first..first + count) else { return f64::NAN };
        match self.of(first) {
            [low, high] => {
                let up: usize = sites.iter().map(|&s| usize::from(s)).sum();
                low * (count - up) as f64 + high * up as f64
            }
            values => {
                let mut counts = [0u64; 256];
                sites.iter().for_each(|&s| counts[usize::from(s)] += 1);
                values.iter().zip(counts).map(|(v, n)| v * n as f64).sum()
            }
        }
    }

    fn dot(&self, state: View, a: usize, b: usize, count: usize) -> f64 {
        let state = match state {
            View::Positions(state) => state,
            View::Components(state) => {
                let (Some(x), Some(y)) = (state.get(a..a + count), state.get(b..b + count)) else { return f64::NAN };
                return x.iter().zip(y).map(|(x, y)| x * y).sum();
            }
        };
        let (Some(x), Some(y)) = (state.get(a..a + count), state.get(b..b + count)) else { return f64::NAN };
        match (self.of(a), self.of(b)) {
            ([p, q], [r, s]) if (*p, *q) == (-1.0, 1.0) && (*r, *s) == (-1.0, 1.0) => {
                let unlike: usize = x.iter().zip(y).map(|(x, y)| usize::from(x ^ y)).sum();
                count as f64 - 2.0 * unlike as f64
            }
            (u, v) => {
                let value = |set: &[f64], s: u8| set.get(usize::from(s)).copied().unwrap_or(f64::NAN);
                x.iter().zip(y).map(|(&x, &y)| value(u, x) * value(v, y)).sum()
            }
        }
    }
}

/// A program with its outputs.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    steps: Vec<Step>,
    pool: Vec<Register>,
    sets: Sets,
    measurements: Vec<Measurement>,
    /// The results of all measurements together.
    results: usize,
    pub outputs: Vec<Register>,
    reads_state: bool,
}

thread_local! {
    static REGISTERS: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
    static RESULTS: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
}

impl Tape {
    /// Whether the states are looked at, and not the inputs alone.
    pub fn reads_state(&self) -> bool {
        self.reads_state
    }

    /// The number of operations; a measurement counts for every site that it looks at.
    pub fn operations(&self) -> usize {
        self.steps.len() + self.measurements.iter().map(|m| 4 * m.wanted.sites).sum::<usize>()
    }

    /// Whether an input is used.
    pub fn uses(&self, input: usize) -> bool {
        self.steps.iter().any(|s| matches!(s, Step::Input(k) if *k as usize == input))
    }

    /// Writes the outputs.
    pub fn run(&self, inputs: &[f64], state: View, out: &mut [f64]) {
        let results = &mut RESULTS.take();
        results.clear();
        results.resize(self.results, f64::NAN);
        REGISTERS.with_borrow_mut(|r| {
            r.clear();
            for step in &self.steps {
                let x = match step {
                    Step::Constant(bits) => f64::from_bits(*bits),
                    Step::Input(k) => inputs.get(*k as usize).copied().unwrap_or(f64::NAN),
                    Step::Spin(i) => self.sets.value(state, *i as usize),
                    Step::Unary(f, a) => f.apply(r[a.0 as usize]),
                    Step::Binary(op, a, b) => op.apply(r[a.0 as usize], r[b.0 as usize]),
                    Step::Choose(c, a, b) => r[if r[c.0 as usize] != 0.0 { a } else { b }.0 as usize],
                    Step::Fold(fold, start, end) => {
                        let operands = self.pool[*start as usize..*end as usize].iter().map(|a| r[a.0 as usize]);
                        match fold {
                            Fold::Sum => operands.sum(),
                            Fold::Product => operands.product(),
                            Fold::Min => operands.fold(f64::INFINITY, |a, b| Op::Minimum.apply(a, b)),
                            Fold::Max => operands.fold(f64::NEG_INFINITY, |a, b| Op::Maximum.apply(a, b)),
                        }
                    }
                    Step::Total { first, count } => self.sets.total(state, *first as usize, *count as usize),
                    Step::Dot { a, b, count } => self.sets.dot(state, *a as usize, *b as usize, *count as usize),
                    Step::Measure(k) => {
                        let m = &self.measurements[*k as usize];
                        let out = &mut results[m.start..m.start + m.len()];
                        m.run(state, &|a| r[a.0 as usize], out);
                        out.first().copied().unwrap_or(f64::NAN)
                    }
                    Step::Measured(at) => results[*at as usize],
                };
                r.push(x);
            }
            for (out, register) in out.iter_mut().zip(&self.outputs) {
                *out = r[register.0 as usize];
            }
        });
        RESULTS.set(std::mem::take(results));
    }

    /// An output as a polynomial of degree at most 2 in two inputs: coefficients of 1, x, y, x², xy, y².
    pub fn polynomial(&self, output: usize, x: usize, y: usize) -> Option<[f64; 6]> {
        self.compose(output, &[(x, Some([0.0, 1.0, 0.0, 0.0, 0.0, 0.0])), (y, Some([0.0, 0.0, 1.0, 0.0, 0.0, 0.0]))])
    }

    /// The same of an output whose inputs are such polynomials themselves.
    pub fn compose(&self, output: usize, inputs: &[(usize, Option<[f64; 6]>)]) -> Option<[f64; 6]> {
        let mut known: Vec<Option<[f64; 6]>> = Vec::with_capacity(self.steps.len());
        let degree = |p: &[f64; 6]| {
            if p[3..].iter().any(|c| *c != 0.0) { 2 } else { usize::from(p[1] != 0.0 || p[2] != 0.0) }
        };
        let times = |p: [f64; 6], q: [f64; 6]| {
            if degree(&p) + degree(&q) > 2 {
                return None;
            }
            let mut r = [0.0; 6];
            for k in 0..6 {
                r[k] = p[0] * q[k] + if k > 0 { q[0] * p[k] } else { 0.0 };
            }
            r[3] += p[1] * q[1];
            r[4] += p[1] * q[2] + p[2] * q[1];
            r[5] += p[2] * q[2];
            Some(r)
        };
        let number = |c: f64| [c, 0.0, 0.0, 0.0, 0.0, 0.0];
        for step in &self.steps {
            let get = |r: &Register| known[r.0 as usize];
            let p = match step {
                Step::Constant(bits) => Some(number(f64::from_bits(*bits))),
                Step::Input(k) => inputs.iter().find(|i| i.0 == *k as usize).and_then(|i| i.1),
                Step::Unary(Function::Negate, a) => get(a).map(|p| p.map(|c| -c)),
                Step::Unary(f, a) => get(a).filter(|p| degree(p) == 0).map(|p| number(f.apply(p[0]))),
                Step::Binary(op, a, b) => match (op, get(a), get(b)) {
                    (Op::Add, Some(p), Some(q)) => Some(std::array::from_fn(|k| p[k] + q[k])),
                    (Op::Subtract, Some(p), Some(q)) => Some(std::array::from_fn(|k| p[k] - q[k])),
                    (Op::Multiply, Some(p), Some(q)) => times(p, q),
                    (Op::Divide, Some(p), Some(q)) if degree(&q) == 0 => Some(p.map(|c| c / q[0])),
                    (Op::Power, Some(p), Some(q)) if degree(&q) == 0 && q[0] == 2.0 => times(p, p),
                    (op, Some(p), Some(q)) if degree(&p) + degree(&q) == 0 => Some(number(op.apply(p[0], q[0]))),
                    _ => None,
                },
                Step::Fold(Fold::Sum, start, end) => {
                    self.pool[*start as usize..*end as usize].iter().try_fold(number(0.0), |sum, a| {
                        let p = get(a)?;
                        Some(std::array::from_fn(|k| sum[k] + p[k]))
                    })
                }
                _ => None,
            };
            known.push(p);
        }
        known[self.outputs.get(output)?.0 as usize]
    }
}

/// What the leaves of an expression are on a tape.
pub trait Leaves {
    /// The input that element `at` of a leaf is read from.
    fn input(&mut self, e: &Expr, at: usize) -> Result<usize, String>;
    fn shape(&self, e: &Expr) -> Vec<usize>;
    /// The input that holds the sum over some sites, if one does.
    fn total(&mut self, first: usize, count: usize) -> Option<usize> {
        let _ = (first, count);
        None
    }
}

/// Makes a [`Tape`]; equal operations are made once.
pub struct Recorder<L> {
    tape: Tape,
    known: HashMap<Step, Register>,
    pub leaves: L,
}

impl<L: Leaves> Recorder<L> {
    pub fn new(sets: Sets, leaves: L) -> Recorder<L> {
        Recorder { tape: Tape { sets, ..Tape::default() }, known: HashMap::new(), leaves }
    }

    fn push(&mut self, step: Step) -> Register {
        if let Some(known) = self.known.get(&step) {
            return *known;
        }
        let register = Register(self.tape.steps.len() as u32);
        self.tape.reads_state |= matches!(step, Step::Spin(_) | Step::Total { .. } | Step::Dot { .. });
        self.tape.reads_state |= matches!(step, Step::Measure(k) if self.tape.measurements[k as usize].reads_state());
        self.tape.steps.push(step.clone());
        // Each fold has operands of its own, so that no other is equal to it.
        if !matches!(step, Step::Fold(..)) {
            self.known.insert(step, register);
        }
        register
    }

    pub fn finish(mut self, outputs: Vec<Register>) -> (Tape, L) {
        self.tape.outputs = outputs;
        (self.tape, self.leaves)
    }
}

impl<L: Leaves> Sink for Recorder<L> {
    type Node = Register;

    fn constant(&mut self, x: f64) -> Register {
        self.push(Step::Constant(x.to_bits()))
    }

    fn spin(&mut self, site: usize) -> Register {
        self.push(Step::Spin(site as u32))
    }

    fn unary(&mut self, function: Function, a: Register) -> Result<Register, String> {
        Ok(self.push(Step::Unary(function, a)))
    }

    fn binary(&mut self, op: Op, a: Register, b: Register) -> Result<Register, String> {
        Ok(self.push(Step::Binary(op, a, b)))
    }

    fn choose(&mut self, condition: Register, a: Register, b: Register) -> Register {
        self.push(Step::Choose(condition, a, b))
    }

    fn fold(&mut self, fold: Fold, operands: Vec<Register>) -> Register {
        if let [only] = operands[..] {
            return only;
        }
        let start = self.tape.pool.len() as u32;
        self.tape.pool.extend(operands);
        let end = self.tape.pool.len() as u32;
        self.push(Step::Fold(fold, start, end))
    }

    fn leaf(&mut self, e: &Expr, at: usize) -> Result<Register, String> {
        let input = self.leaves.input(e, at)?;
        Ok(self.push(Step::Input(input as u32)))
    }

    fn leaf_shape(&self, e: &Expr) -> Vec<usize> {
        self.leaves.shape(e)
    }

    fn total(&mut self, first: usize, count: usize) -> Option<Register> {
        Some(match self.leaves.total(first, count) {
            Some(input) => self.push(Step::Input(input as u32)),
            None => self.push(Step::Total { first: first as u32, count: count as u32 }),
        })
    }

    fn dot(&mut self, a: usize, b: usize, count: usize) -> Option<Register> {
        Some(self.push(Step::Dot { a: a as u32, b: b as u32, count: count as u32 }))
    }

    fn measure(
        &mut self,
        wanted: Wanted,
        operands: Vec<Operand<Register>>,
        build: &dyn Fn(&Wanted) -> Result<Shared, String>,
    ) -> Result<Vec<Register>, String> {
        // Equal measurements are made once, whatever elements of them are asked for.
        let known = self.tape.measurements.iter().position(|m| m.wanted == wanted && m.operands == operands);
        let k = match known {
            Some(k) => k,
            None => {
                let kernel = build(&wanted)?;
                let start = self.tape.results;
                self.tape.results += kernel.len();
                self.tape.measurements.push(Measurement { wanted, operands, kernel, start });
                self.tape.measurements.len() - 1
            }
        };
        let (start, len) = (self.tape.measurements[k].start, self.tape.measurements[k].len());
        let first = self.push(Step::Measure(k as u32));
        let rest = (1..len).map(|i| self.push(Step::Measured((start + i) as u32)));
        Ok(std::iter::once(first).chain(rest).collect())
    }

    fn size(&self) -> usize {
        self.tape.steps.len() + self.tape.pool.len() / 4
    }
}
