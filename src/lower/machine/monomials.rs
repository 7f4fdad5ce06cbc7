//! The energy of a machine as a sum of products: number × weight × functions of single units.
//!
//! Every function of a finite unit is a table of its values; a function of two units is a sum of products of tables. What is no such
//! sum, or is not linear in the weights, is refused with the reason.

use super::super::instantiate::{Fold, Instantiate, Sink};
use super::super::materials::Materials;
use crate::plan::{Expr, Function, Model, Op, Space};
use std::collections::BTreeMap;
use std::rc::Rc;

/// More products than this are refused.
const MOST: usize = 30_000_000;
/// The highest power of a sum that is expanded.
const HIGHEST_POWER: f64 = 8.0;

/// What a product has of one unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// A number for each of its values, by the number of the table.
    Table(u32),
    /// A power of a real unit.
    Power(u32),
}

/// number × weight × functions of single units, each unit once.
#[derive(Clone, Debug, PartialEq)]
pub struct Monomial {
    pub coefficient: f64,
    /// By its place among all weights of the model.
    pub weight: Option<u32>,
    /// Ascending by unit.
    pub factors: Vec<(u32, Of)>,
}

/// The energy, without what no state feels.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Monomials {
    pub all: Vec<Monomial>,
    /// A number for each value of a unit.
    pub tables: Vec<Vec<f64>>,
    /// What no state feels and no weight stands before.
    pub constant: f64,
}

/// The products of a model's energy.
pub fn monomials(materials: &Materials, model: &Model) -> Result<Monomials, String> {
    let mut sink = Products::new(model);
    let node = {
        let mut walk = Instantiate::new(materials, model, &mut sink, MOST);
        let value = walk.scalar(&model.energy)?;
        walk.node(value)
    };
    if let Some(reason) = sink.wrong {
        return Err(reason);
    }
    let mut all = sink.polynomial(node);
    let constant = all.iter().filter(|m| m.factors.is_empty() && m.weight.is_none()).map(|m| m.coefficient).sum();
    all.retain(|m| !m.factors.is_empty() && m.coefficient != 0.0);
    // Products of the same weight and functions are one.
    all.sort_by(|a, b| a.weight.cmp(&b.weight).then_with(|| a.factors.cmp(&b.factors)));
    let mut joined: Vec<Monomial> = Vec::with_capacity(all.len());
    for m in all {
        match joined.last_mut() {
            Some(last) if last.weight == m.weight && last.factors == m.factors => last.coefficient += m.coefficient,
            _ => joined.push(m),
        }
    }
    Ok(Monomials { all: joined, tables: sink.tables.into_iter().map(|t| (*t).clone()).collect(), constant })
}

#[derive(Clone, Debug)]
enum Form {
    Number(f64),
    /// A function of one finite unit: number and table.
    One(u32, u32),
    Sum(Vec<Monomial>),
}

/// The operations of an energy, each as a sum of products.
struct Products {
    forms: Vec<Form>,
    tables: Vec<Rc<Vec<f64>>>,
    known: BTreeMap<Vec<u64>, u32>,
    /// By site: the table of its own values, none for a real unit.
    own: Vec<Option<u32>>,
    products: usize,
    /// What went wrong where no error can be given.
    wrong: Option<String>,
}

impl Products {
    fn new(model: &Model) -> Products {
        let mut sink = Products { forms: vec![], tables: vec![], known: BTreeMap::new(), own: vec![], products: 0, wrong: None };
        for v in &model.variables {
            let own = match &v.space {
                Space::Finite(values) => Some(sink.table(values.clone())),
                _ => None,
            };
            sink.own.resize(sink.own.len() + v.components(), own);
        }
        sink
    }

    fn table(&mut self, values: Vec<f64>) -> u32 {
        let bits: Vec<u64> = values.iter().map(|x| x.to_bits()).collect();
        if let Some(known) = self.known.get(&bits) {
            return *known;
        }
        self.tables.push(Rc::new(values));
        let k = self.tables.len() as u32 - 1;
        self.known.insert(bits, k);
        k
    }

    fn push(&mut self, form: Form) -> u32 {
        self.products += if let Form::Sum(all) = &form { all.len() } else { 1 };
        self.forms.push(form);
        self.forms.len() as u32 - 1
    }

    /// A function of a unit; a constant one is a number.
    fn one(&mut self, unit: u32, values: Vec<f64>) -> Form {
        if values.windows(2).all(|w| w[0] == w[1]) {
            return Form::Number(values[0]);
        }
        let table = self.table(values);
        Form::One(unit, table)
    }

    /// A node as a sum of products.
    fn polynomial(&self, node: u32) -> Vec<Monomial> {
        match &self.forms[node as usize] {
            Form::Number(x) => vec![Monomial { coefficient: *x, weight: None, factors: vec![] }],
            Form::One(unit, table) => {
                vec![Monomial { coefficient: 1.0, weight: None, factors: vec![(*unit, Of::Table(*table))] }]
            }
            Form::Sum(all) => all.clone(),
        }
    }

    /// The product of two products.
    fn product(&mut self, a: &Monomial, b: &Monomial) -> Result<Monomial, String> {
        let weight = match (a.weight, b.weight) {
            (Some(_), Some(_)) => return Err("the energy is not linear in the weights: two of them are multiplied".into()),
            (a, b) => a.or(b),
        };
        let mut coefficient = a.coefficient * b.coefficient;
        let mut factors = a.factors.clone();
        for (unit, of) in &b.factors {
            match factors.binary_search_by_key(unit, |f| f.0) {
                Err(place) => factors.insert(place, (*unit, of.clone())),
                Ok(place) => {
                    let joined = match (&factors[place].1, of) {
                        (Of::Table(s), Of::Table(t)) => {
                            let values = self.tables[*s as usize].iter().zip(self.tables[*t as usize].iter()).map(|(x, y)| x * y);
                            let values: Vec<f64> = values.collect();
                            match self.one(*unit, values) {
                                Form::One(_, table) => Some(Of::Table(table)),
                                Form::Number(x) => {
                                    coefficient *= x;
                                    None
                                }
                                Form::Sum(_) => return Err("a product of functions went wrong".into()),
                            }
                        }
                        (Of::Power(s), Of::Power(t)) => Some(Of::Power(s + t)),
                        _ => return Err("a unit is both finite and real".into()),
                    };
                    match joined {
                        Some(of) => factors[place].1 = of,
                        None => {
                            factors.remove(place);
                        }
                    }
                }
            }
        }
        Ok(Monomial { coefficient, weight, factors })
    }

    fn multiply(&mut self, a: u32, b: u32) -> Result<u32, String> {
        match (&self.forms[a as usize], &self.forms[b as usize]) {
            (Form::Number(x), Form::Number(y)) => {
                let x = x * y;
                return Ok(self.push(Form::Number(x)));
            }
            (Form::One(u, s), Form::One(w, t)) if u == w => {
                let (u, values) =
                    (*u, self.tables[*s as usize].iter().zip(self.tables[*t as usize].iter()).map(|(x, y)| x * y).collect());
                let form = self.one(u, values);
                return Ok(self.push(form));
            }
            (Form::Number(x), Form::One(u, t)) | (Form::One(u, t), Form::Number(x)) => {
                let (u, values) = (*u, self.tables[*t as usize].iter().map(|y| x * y).collect());
                let form = self.one(u, values);
                return Ok(self.push(form));
            }
            _ => {}
        }
        let (a, b) = (self.polynomial(a), self.polynomial(b));
        if a.len().saturating_mul(b.len()) + self.products > MOST {
            return Err(format!("the energy has more than {MOST} products when it is expanded"));
        }
        let mut all = Vec::with_capacity(a.len() * b.len());
        for x in &a {
            for y in &b {
                all.push(self.product(x, y)?);
            }
        }
        Ok(self.push(Form::Sum(all)))
    }

    fn add(&mut self, a: u32, b: u32, sign: f64) -> Result<u32, String> {
        let mut all = self.polynomial(a);
        all.extend(self.polynomial(b).into_iter().map(|m| Monomial { coefficient: sign * m.coefficient, ..m }));
        Ok(self.push(Form::Sum(all)))
    }

    /// A function of two nodes that is no sum of products by itself.
    fn function(&mut self, op: Op, a: u32, b: u32) -> Result<u32, String> {
        let (x, y) = (self.forms[a as usize].clone(), self.forms[b as usize].clone());
        let form = match (&x, &y) {
            (Form::Number(x), Form::Number(y)) => Form::Number(op.apply(*x, *y)),
            (Form::One(u, s), Form::Number(y)) => {
                let values = self.tables[*s as usize].iter().map(|x| op.apply(*x, *y)).collect();
                self.one(*u, values)
            }
            (Form::Number(x), Form::One(u, t)) => {
                let values = self.tables[*t as usize].iter().map(|y| op.apply(*x, *y)).collect();
                self.one(*u, values)
            }
            (Form::One(u, s), Form::One(w, t)) if u == w => {
                let (s, t) = (self.tables[*s as usize].clone(), self.tables[*t as usize].clone());
                let values = s.iter().zip(t.iter()).map(|(x, y)| op.apply(*x, *y)).collect();
                self.one(*u, values)
            }
            // Σ over the values of the first unit: is it that value, times the function of the second.
            (Form::One(u, s), Form::One(w, t)) => {
                let (s, t) = (self.tables[*s as usize].clone(), self.tables[*t as usize].clone());
                let mut all = Vec::new();
                for (k, x) in s.iter().enumerate() {
                    let is = (0..s.len()).map(|l| f64::from(u8::from(l == k))).collect();
                    let (is, of) = (self.one(*u, is), self.one(*w, t.iter().map(|y| op.apply(*x, *y)).collect()));
                    let (is, of) = (self.push(is), self.push(of));
                    let product = self.multiply(is, of)?;
                    all.extend(self.polynomial(product));
                }
                Form::Sum(all)
            }
            _ => return Err(format!("`{}` of more than two units is no sum of products of single units", op.symbol())),
        };
        Ok(self.push(form))
    }

    fn number(&self, node: u32) -> Option<f64> {
        match &self.forms[node as usize] {
            Form::Number(x) => Some(*x),
            _ => None,
        }
    }
}

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

    fn leaf_shape(&self, _: &Expr) -> Vec<usize> {
        vec![]
    }

    fn total(&mut self, first: usize, count: usize) -> Option<u32> {
        let operands = (first..first + count).map(|k| self.spin(k)).collect();
        Some(self.fold(Fold::Sum, operands))
    }

    fn dot(&mut self, _: usize, _: usize, _: usize) -> Option<u32> {
        None
    }

    fn size(&self) -> usize {
        self.products
    }
}
