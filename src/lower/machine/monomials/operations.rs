//! The operations of an energy as operations on sums of products.

use super::super::super::instantiate::{Fold, Sink};
use super::products::{Form, Products};
use super::{Monomial, Of};
use crate::plan::{Expr, Function, Op};

/// The highest power of a sum that is expanded.
const HIGHEST_POWER: f64 = 8.0;

impl Sink for Products {
    type Node = u32;

    fn constant(&mut self, x: f64) -> u32 {
        self.push(Form::Number(x))
    }

    fn spin(&mut self, site: usize) -> u32 {
        let form = match self.own.get(site).copied().flatten() {
            Some(table) => Form::One(site as u32, table),
            None => Form::Sum(vec![Monomial { coefficient: 1.0, weight: None, factors: vec![(site as u32, Of::Power(1))] }]),
        };
        self.push(form)
    }

    fn weight(&mut self, at: usize) -> Result<u32, String> {
        Ok(self.push(Form::Sum(vec![Monomial { coefficient: 1.0, weight: Some(at as u32), factors: vec![] }])))
    }

    fn unary(&mut self, function: Function, a: u32) -> Result<u32, String> {
        match (function, &self.forms[a as usize]) {
            (_, Form::Number(x)) => {
                let x = function.apply(*x);
                Ok(self.push(Form::Number(x)))
            }
            (_, Form::One(unit, table)) => {
                let (unit, values) = (*unit, self.tables[*table as usize].iter().map(|x| function.apply(*x)).collect());
                let form = self.one(unit, values);
                Ok(self.push(form))
            }
            (Function::Negate, _) => {
                let minus = self.constant(-1.0);
                self.multiply(minus, a)
            }
            (Function::Not, _) => {
                let one = self.constant(1.0);
                self.add(one, a, -1.0)
            }
            (_, Form::Sum(all)) if all.iter().any(|m| m.weight.is_some()) => {
                let name = format!("{function:?}").to_lowercase();
                Err(format!("the energy is not linear in the weights: `{name}` is taken of them"))
            }
            _ => Err(format!(
                "`{}` of several units is no sum of products of single units",
                format!("{function:?}").to_lowercase()
            )),
        }
    }

    fn binary(&mut self, op: Op, a: u32, b: u32) -> Result<u32, String> {
        let both_one = matches!((&self.forms[a as usize], &self.forms[b as usize]), (Form::One(u, _), Form::One(w, _)) if u == w);
        match op {
            Op::Multiply => self.multiply(a, b),
            Op::Add | Op::Subtract if !both_one => self.add(a, b, if op == Op::Add { 1.0 } else { -1.0 }),
            Op::Divide if self.number(b).is_some() => {
                let inverse = self.constant(1.0 / self.number(b).unwrap_or(f64::NAN));
                self.multiply(a, inverse)
            }
            Op::Power => match self.number(b) {
                Some(n)
                    if matches!(self.forms[a as usize], Form::Sum(_))
                        && (0.0..=HIGHEST_POWER).contains(&n)
                        && n == libm::floor(n) =>
                {
                    let mut power = self.constant(1.0);
                    for _ in 0..n as u32 {
                        power = self.multiply(power, a)?;
                    }
                    Ok(power)
                }
                _ => self.function(op, a, b),
            },
            Op::And if matches!(self.forms[a as usize], Form::Sum(_)) || matches!(self.forms[b as usize], Form::Sum(_)) => {
                self.multiply(a, b)
            }
            Op::Or if matches!(self.forms[a as usize], Form::Sum(_)) || matches!(self.forms[b as usize], Form::Sum(_)) => {
                let both = self.multiply(a, b)?;
                let either = self.add(a, b, 1.0)?;
                self.add(either, both, -1.0)
            }
            _ => self.function(op, a, b),
        }
    }

    fn choose(&mut self, condition: u32, a: u32, b: u32) -> u32 {
        // Conditions are truth values: 0 or 1.
        let chosen = self.add(a, b, -1.0).and_then(|d| self.multiply(condition, d)).and_then(|x| self.add(b, x, 1.0));
        chosen.unwrap_or_else(|reason| {
            self.wrong.get_or_insert(reason);
            self.push(Form::Number(f64::NAN))
        })
    }

    fn fold(&mut self, fold: Fold, operands: Vec<u32>) -> u32 {
        if fold == Fold::Sum {
            let mut all = Vec::with_capacity(operands.len());
            for o in operands {
                match &self.forms[o as usize] {
                    Form::Sum(own) => all.extend(own.iter().cloned()),
                    _ => all.extend(self.polynomial(o)),
                }
            }
            return self.push(Form::Sum(all));
        }
        let op = match fold {
            Fold::Product => Op::Multiply,
            Fold::Min => Op::Minimum,
            _ => Op::Maximum,
        };
        let mut operands = operands.into_iter();
        let Some(mut node) = operands.next() else {
            return self.constant(match fold {
                Fold::Product => 1.0,
                Fold::Min => f64::INFINITY,
                _ => f64::NEG_INFINITY,
            });
        };
        for o in operands {
            node = match self.binary(op, node, o) {
                Ok(node) => node,
                Err(reason) => {
                    self.wrong.get_or_insert(reason);
                    return self.push(Form::Number(f64::NAN));
                }
            };
        }
        node
    }

    fn leaf(&mut self, _: &Expr, _: usize) -> Result<u32, String> {
        Err("an energy depends on the state and the weights alone".into())
    }

    fn size(&self) -> usize {
        self.products
    }
}
