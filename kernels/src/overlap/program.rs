//! A function of one number, the overlap, and of numbers that belong to the pattern: step by step, eight patterns at a time.
//!
//! One pattern alone gives the same bits as eight side by side. Knows no spin.

use std::fmt;
use std::sync::Arc;

use super::super::continuous::elementary;

/// Patterns that are evaluated together.
pub(super) const WIDTH: usize = 8;

/// A function of one number.
#[derive(Clone)]
pub enum One {
    Negate,
    Exp,
    /// To this power, by multiplication.
    Power(u32),
    Other(Arc<dyn Fn(f64) -> f64 + Send + Sync>),
}

/// A function of two numbers.
#[derive(Clone)]
pub enum Two {
    Add,
    Subtract,
    Multiply,
    Divide,
    Other(Arc<dyn Fn(f64, f64) -> f64 + Send + Sync>),
}

/// A step; operands are the numbers of earlier ones.
#[derive(Clone, Debug)]
pub enum Step {
    Number(f64),
    /// The overlap, or the sum that the function is of.
    Argument,
    /// A number a pattern.
    Column(Arc<Vec<f64>>),
    One(One, usize),
    Two(Two, usize, usize),
    /// The second where the first is not 0, else the third.
    Choose(usize, usize, usize),
}

/// The steps of a function; its value is that of the last.
#[derive(Clone, Debug, Default)]
pub struct Program {
    steps: Vec<Step>,
    /// Coefficients, lowest first, where it is a sum of powers as it stands.
    powers: Option<Vec<f64>>,
}

/// The highest power that is evaluated from the coefficients.
const HIGHEST: usize = 12;

impl fmt::Debug for One {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            One::Negate => "Negate",
            One::Exp => "Exp",
            One::Power(_) => "Power",
            One::Other(_) => "Other",
        })
    }
}

impl fmt::Debug for Two {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Two::Add => "Add",
            Two::Subtract => "Subtract",
            Two::Multiply => "Multiply",
            Two::Divide => "Divide",
            Two::Other(_) => "Other",
        })
    }
}

#[inline(always)]
fn power(mut x: [f64; WIDTH], mut n: u32) -> [f64; WIDTH] {
    let mut result = [1.0; WIDTH];
    while n > 0 {
        if n & 1 == 1 {
            (0..WIDTH).for_each(|k| result[k] *= x[k]);
        }
        n >>= 1;
        if n > 0 {
            (0..WIDTH).for_each(|k| x[k] *= x[k]);
        }
    }
    result
}

/// The coefficients of a sum of powers. Products of sums are not multiplied out: what cancels in them would cancel worse.
fn powers(steps: &[Step]) -> Option<Vec<f64>> {
    let mut all: Vec<Vec<f64>> = Vec::with_capacity(steps.len());
    let single = |c: &[f64]| c.iter().filter(|x| **x != 0.0).count() <= 1;
    for step in steps {
        let sum = |a: &[f64], b: &[f64], sign: f64| -> Vec<f64> {
            let at = |c: &[f64], k: usize| c.get(k).copied().unwrap_or(0.0);
            (0..a.len().max(b.len())).map(|k| at(a, k) + sign * at(b, k)).collect()
        };
        let product = |a: &[f64], b: &[f64]| -> Option<Vec<f64>> {
            let fits = single(a) && single(b) && a.len() + b.len() <= HIGHEST + 2;
            let mut c = vec![0.0; a.len() + b.len() - 1];
            for (i, x) in a.iter().enumerate() {
                b.iter().enumerate().for_each(|(j, y)| c[i + j] += x * y);
            }
            fits.then_some(c)
        };
        all.push(match step {
            Step::Number(x) => vec![*x],
            Step::Argument => vec![0.0, 1.0],
            Step::One(One::Negate, a) => all[*a].iter().map(|x| -x).collect(),
            Step::One(One::Power(n), a) => {
                let mut c = vec![1.0];
                for _ in 0..*n {
                    c = product(&c, &all[*a])?;
                }
                c
            }
            Step::Two(Two::Add, a, b) => sum(&all[*a], &all[*b], 1.0),
            Step::Two(Two::Subtract, a, b) => sum(&all[*a], &all[*b], -1.0),
            Step::Two(Two::Multiply, a, b) => product(&all[*a], &all[*b])?,
            Step::Two(Two::Divide, a, b) if all[*b].len() == 1 => {
                let by = all[*b][0];
                all[*a].iter().map(|x| x / by).collect()
            }
            _ => return None,
        });
    }
    all.pop().filter(|c| c.iter().all(|x| x.is_finite()))
}

impl Program {
    /// `Err` where a step uses a later one, or there is none.
    pub fn new(steps: Vec<Step>) -> Result<Program, String> {
        let fits = |(k, step): (usize, &Step)| match *step {
            Step::Number(_) | Step::Argument | Step::Column(_) => true,
            Step::One(_, a) => a < k,
            Step::Two(_, a, b) => a < k && b < k,
            Step::Choose(a, b, c) => a < k && b < k && c < k,
        };
        if steps.is_empty() || !steps.iter().enumerate().all(fits) {
            return Err("a function of overlaps uses what is not there".into());
        }
        let powers = powers(&steps);
        Ok(Program { steps, powers })
    }

    /// The argument itself.
    pub fn identity() -> Program {
        Program { steps: vec![Step::Argument], powers: Some(vec![0.0, 1.0]) }
    }

    /// Whether it is the argument itself.
    pub fn is_identity(&self) -> bool {
        matches!(self.steps[..], [Step::Argument])
    }

    /// Whether numbers of the pattern are in it.
    pub fn has_columns(&self) -> bool {
        self.steps.iter().any(|s| matches!(s, Step::Column(_)))
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The values for the patterns `first..first + WIDTH`. `room` is used on the way.
    #[inline(always)]
    pub(super) fn eight(&self, first: usize, x: &[f64; WIDTH], room: &mut Vec<[f64; WIDTH]>) -> [f64; WIDTH] {
        if let Some(powers) = &self.powers {
            let mut y = [0.0; WIDTH];
            for c in powers.iter().rev() {
                (0..WIDTH).for_each(|k| y[k] = y[k] * x[k] + c);
            }
            return y;
        }
        room.clear();
        for step in &self.steps {
            let mut y = [0.0; WIDTH];
            match step {
                Step::Number(v) => y = [*v; WIDTH],
                Step::Argument => y = *x,
                Step::Column(c) => {
                    for (k, y) in y.iter_mut().enumerate() {
                        *y = c.get(first + k).copied().unwrap_or(0.0);
                    }
                }
                Step::One(f, a) => {
                    let a = room[*a];
                    match f {
                        One::Negate => (0..WIDTH).for_each(|k| y[k] = -a[k]),
                        One::Exp => elementary::exp(&a, &mut y, WIDTH),
                        One::Power(n) => y = power(a, *n),
                        One::Other(f) => (0..WIDTH).for_each(|k| y[k] = f(a[k])),
                    }
                }
                Step::Two(f, a, b) => {
                    let (a, b) = (room[*a], room[*b]);
                    match f {
                        Two::Add => (0..WIDTH).for_each(|k| y[k] = a[k] + b[k]),
                        Two::Subtract => (0..WIDTH).for_each(|k| y[k] = a[k] - b[k]),
                        Two::Multiply => (0..WIDTH).for_each(|k| y[k] = a[k] * b[k]),
                        Two::Divide => (0..WIDTH).for_each(|k| y[k] = a[k] / b[k]),
                        Two::Other(f) => (0..WIDTH).for_each(|k| y[k] = f(a[k], b[k])),
                    }
                }
                Step::Choose(c, a, b) => {
                    let (c, a, b) = (room[*c], room[*a], room[*b]);
                    (0..WIDTH).for_each(|k| y[k] = if c[k] != 0.0 { a[k] } else { b[k] });
                }
            }
            room.push(y);
        }
        room[room.len() - 1]
    }

    /// The values for all patterns.
    pub fn all(&self, x: &[f64]) -> Vec<f64> {
        let mut room = Vec::with_capacity(self.steps.len());
        let mut all = Vec::with_capacity(x.len());
        for (c, some) in x.chunks(WIDTH).enumerate() {
            let mut eight = [0.0; WIDTH];
            eight[..some.len()].copy_from_slice(some);
            all.extend_from_slice(&self.eight(c * WIDTH, &eight, &mut room)[..some.len()]);
        }
        all
    }

    /// The value for one pattern.
    pub fn at(&self, pattern: usize, x: f64) -> f64 {
        self.eight(pattern, &[x; WIDTH], &mut Vec::with_capacity(self.steps.len()))[0]
    }
}
