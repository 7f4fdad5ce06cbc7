//! Local fields of a model without an energy as a matrix: h_i = b_i + Σ_j W_ij v_j.
//!
//! A full matrix as it is usually written, `sum(j in s: J[i, j] * s[j])`, is taken whole; anything else is gone through term by term,
//! every value on the way being a number or a linear function of the units.

use super::instantiate::{Fold, Instantiate, Sink, Value};
use super::materials::Materials;
use super::memory;
use crate::kernels::units::Linear;
use crate::plan::{Domain, Expr, Function, Model, Op, Reduction};

/// Elements of linear functions on the way to one field, before it is given up.
const MOST: usize = 50_000_000;

/// The fields of a model's units. Errors: why they are not linear.
pub fn linear_fields(materials: &Materials, model: &Model) -> Result<Linear, String> {
    let (Some(field), [v]) = (&model.field, &model.variables[..]) else { return Err("it has no local fields".into()) };
    let &[low, high] = v.values() else { return Err(format!("`{}` has not two values", v.name)) };
    let n = v.sites;
    if n >= u32::MAX as usize {
        return Err(format!("{n} units are more than can be numbered"));
    }
    let (mut weights, mut bias) = (Vec::new(), vec![0.0; n]);
    for (sign, term) in terms(&field.body) {
        if let Some((matrix, factor)) = full_matrix(term, field.local, n) {
            let data;
            let elements: &[f64] = match matrix {
                Expr::Array(a) => &a.data,
                Expr::Random(d) => {
                    data = materials.draw(d)?;
                    &data
                }
                _ => return Err("a matrix is not known".into()),
            };
            memory::check("the matrix of couplings", 16 * (n * n) as u64)?;
            let of = |(k, w): (usize, &f64)| ((k / n) as u32, (k % n) as u32, sign * factor * w);
            weights.extend(elements.iter().enumerate().filter(|w| *w.1 != 0.0).map(of));
            continue;
        }
        for (i, bias) in bias.iter_mut().enumerate() {
            let mut sink = Lines { made: Vec::new(), elements: 0 };
            let mut walk = Instantiate::new(materials, model, &mut sink, usize::MAX);
            walk.bind(field.local, i as i64);
            match walk.scalar(term)? {
                Value::Number(x) => *bias += sign * x,
                Value::Node(node) => {
                    let line = sink.line(node)?;
                    *bias += sign * line.constant;
                    weights.extend(line.slopes.iter().map(|&(j, w)| (i as u32, j, sign * w)));
                }
            }
        }
    }
    Linear::new((low, high), weights, bias)
}

/// Whether the field of a site is linear, by its description.
pub fn is_linear(materials: &Materials, model: &Model, site: usize) -> Result<(), String> {
    let Some(field) = &model.field else { return Ok(()) };
    let mut sink = Lines { made: Vec::new(), elements: 0 };
    let mut walk = Instantiate::new(materials, model, &mut sink, usize::MAX);
    walk.bind(field.local, site as i64);
    match walk.scalar(&field.body)? {
        Value::Number(_) => Ok(()),
        Value::Node(node) => sink.line(node).map(|_| ()),
    }
}

/// The terms of a sum with their signs.
fn terms(e: &Expr) -> Vec<(f64, &Expr)> {
    match e {
        Expr::Binary(Op::Add, a, b) => terms(a).into_iter().chain(terms(b)).collect(),
        Expr::Binary(Op::Subtract, a, b) => terms(a).into_iter().chain(terms(b).into_iter().map(|(s, t)| (-s, t))).collect(),
        Expr::Unary(Function::Negate, a) => terms(a).into_iter().map(|(s, t)| (-s, t)).collect(),
        other => vec![(1.0, other)],
    }
}

/// The matrix and a factor of `sum(j in s: J[i, j] * s[j])`.
fn full_matrix(e: &Expr, local: u32, n: usize) -> Option<(&Expr, f64)> {
    match e {
        Expr::Binary(Op::Multiply, a, b) => match (&**a, &**b) {
            (Expr::Number(x), other) | (other, Expr::Number(x)) => full_matrix(other, local, n).map(|(m, f)| (m, f * x)),
            _ => None,
        },
        Expr::Binary(Op::Divide, a, b) => full_matrix(a, local, n).zip(b.number()).map(|((m, f), x)| (m, f / x)),
        Expr::Reduce { op: Reduction::Sum, domains, filter: None, body } => {
            let &[Domain::Range { local: j, start: 0, end }] = &domains[..] else { return None };
            let Expr::Binary(Op::Multiply, a, b) = &**body else { return None };
            let unit = |e: &Expr| matches!(e, Expr::Element { replica: 0, site, bond: None, .. } if **site == Expr::Local(j));
            let (matrix, _) = if unit(b) {
                (a, b)
            } else if unit(a) {
                (b, a)
            } else {
                return None;
            };
            let Expr::Index(base, at) = &**matrix else { return None };
            let shape = match &**base {
                Expr::Array(a) => &a.shape,
                Expr::Random(d) => &d.shape,
                _ => return None,
            };
            let whole = at[..] == [Expr::Local(local), Expr::Local(j)] && shape[..] == [n, n] && end == n as i64;
            whole.then_some((&**base, 1.0))
        }
        _ => None,
    }
}

/// A linear function of the units.
#[derive(Clone, Debug, Default)]
struct Line {
    constant: f64,
    /// By unit, each once.
    slopes: Vec<(u32, f64)>,
}

impl Line {
    fn scaled(&self, c: f64) -> Line {
        Line { constant: c * self.constant, slopes: self.slopes.iter().map(|&(j, w)| (j, c * w)).collect() }
    }

    fn is_number(&self) -> bool {
        self.slopes.is_empty()
    }
}

/// Sums of linear functions: sorted by unit, those of one unit added in their order.
fn sum(lines: &[(f64, &Line)]) -> Line {
    let mut all: Vec<(u32, f64)> = Vec::with_capacity(lines.iter().map(|l| l.1.slopes.len()).sum());
    let mut constant = 0.0;
    for (sign, line) in lines {
        constant += sign * line.constant;
        all.extend(line.slopes.iter().map(|&(j, w)| (j, sign * w)));
    }
    all.sort_by_key(|s| s.0);
    all.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1 += later.1;
        }
        same
    });
    Line { constant, slopes: all }
}

/// Builds linear functions; what is not one is remembered with its reason.
struct Lines {
    made: Vec<Result<Line, String>>,
    elements: usize,
}

impl Lines {
    fn push(&mut self, line: Result<Line, String>) -> usize {
        self.elements += line.as_ref().map_or(1, |l| l.slopes.len() + 1);
        let line = if self.elements > MOST { Err("a local field has too many terms".into()) } else { line };
        self.made.push(line);
        self.made.len() - 1
    }

    fn line(&self, node: usize) -> Result<&Line, String> {
        self.made[node].as_ref().map_err(String::clone)
    }

    fn two(&self, op: Op, a: usize, b: usize) -> Result<Line, String> {
        let (a, b) = (self.line(a)?, self.line(b)?);
        match op {
            Op::Add => Ok(sum(&[(1.0, a), (1.0, b)])),
            Op::Subtract => Ok(sum(&[(1.0, a), (-1.0, b)])),
            Op::Multiply if a.is_number() => Ok(b.scaled(a.constant)),
            Op::Multiply if b.is_number() => Ok(a.scaled(b.constant)),
            Op::Divide if b.is_number() => Ok(a.scaled(1.0 / b.constant)),
            Op::Power if b.constant == 1.0 && b.is_number() => Ok(a.clone()),
            _ if a.is_number() && b.is_number() => Ok(Line { constant: op.apply(a.constant, b.constant), slopes: vec![] }),
            _ => Err("a local field is not linear in the units".into()),
        }
    }
}

impl Sink for Lines {
    type Node = usize;

    fn constant(&mut self, x: f64) -> usize {
        self.push(Ok(Line { constant: x, slopes: vec![] }))
    }

    fn spin(&mut self, site: usize) -> usize {
        self.push(Ok(Line { constant: 0.0, slopes: vec![(site as u32, 1.0)] }))
    }

    fn unary(&mut self, function: Function, a: usize) -> Result<usize, String> {
        let line = match (function, self.line(a)?) {
            (Function::Negate, a) => a.scaled(-1.0),
            (f, a) if a.is_number() => Line { constant: f.apply(a.constant), slopes: vec![] },
            _ => return Err("a local field is not linear in the units".into()),
        };
        Ok(self.push(Ok(line)))
    }

    fn binary(&mut self, op: Op, a: usize, b: usize) -> Result<usize, String> {
        let line = self.two(op, a, b)?;
        Ok(self.push(Ok(line)))
    }

    fn choose(&mut self, condition: usize, a: usize, b: usize) -> usize {
        let line = match self.line(condition) {
            Ok(c) if c.is_number() => self.line(if c.constant != 0.0 { a } else { b }).cloned(),
            _ => Err("a local field is not linear in the units".into()),
        };
        self.push(line)
    }

    fn fold(&mut self, fold: Fold, operands: Vec<usize>) -> usize {
        let lines: Result<Vec<(f64, &Line)>, String> = operands.iter().map(|&k| self.line(k).map(|l| (1.0, l))).collect();
        let line = match (fold, lines) {
            (Fold::Sum, Ok(lines)) => Ok(sum(&lines)),
            (_, Err(why)) => Err(why),
            _ => Err("a local field is not linear in the units".into()),
        };
        self.push(line)
    }

    fn leaf(&mut self, _: &Expr, _: usize) -> Result<usize, String> {
        Err("a local field depends on what is not a unit".into())
    }

    fn total(&mut self, _: usize, _: usize) -> Option<usize> {
        None
    }

    fn size(&self) -> usize {
        0
    }
}
