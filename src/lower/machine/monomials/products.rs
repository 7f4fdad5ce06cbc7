//! Sums of products: how they are added, multiplied and put through functions.

use super::{MOST, Monomial, Of};
use crate::plan::{Model, Op, Space};
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Clone, Debug)]
pub(super) enum Form {
    Number(f64),
    /// A function of one finite unit: number and table.
    One(u32, u32),
    Sum(Vec<Monomial>),
}

/// The operations of an energy, each as a sum of products.
pub(super) struct Products {
    pub(super) forms: Vec<Form>,
    pub(super) tables: Vec<Rc<Vec<f64>>>,
    known: BTreeMap<Vec<u64>, u32>,
    /// By site: the table of its own values, none for a real unit.
    pub(super) own: Vec<Option<u32>>,
    pub(super) products: usize,
    /// What went wrong where no error can be given.
    pub(super) wrong: Option<String>,
}

impl Products {
    pub(super) fn new(model: &Model) -> Products {
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

    pub(super) fn table(&mut self, values: Vec<f64>) -> u32 {
        let bits: Vec<u64> = values.iter().map(|x| x.to_bits()).collect();
        if let Some(known) = self.known.get(&bits) {
            return *known;
        }
        self.tables.push(Rc::new(values));
        let k = self.tables.len() as u32 - 1;
        self.known.insert(bits, k);
        k
    }

    pub(super) fn push(&mut self, form: Form) -> u32 {
        self.products += if let Form::Sum(all) = &form { all.len() } else { 1 };
        self.forms.push(form);
        self.forms.len() as u32 - 1
    }

    /// A function of a unit; a constant one is a number.
    pub(super) fn one(&mut self, unit: u32, values: Vec<f64>) -> Form {
        if values.windows(2).all(|w| w[0] == w[1]) {
            return Form::Number(values[0]);
        }
        let table = self.table(values);
        Form::One(unit, table)
    }

    /// A node as a sum of products.
    pub(super) fn polynomial(&self, node: u32) -> Vec<Monomial> {
        match &self.forms[node as usize] {
            Form::Number(x) => vec![Monomial { coefficient: *x, weight: None, factors: vec![] }],
            Form::One(unit, table) => {
                vec![Monomial { coefficient: 1.0, weight: None, factors: vec![(*unit, Of::Table(*table))] }]
            }
            Form::Sum(all) => all.clone(),
        }
    }

    /// The product of two products.
    pub(super) fn product(&mut self, a: &Monomial, b: &Monomial) -> Result<Monomial, String> {
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

    pub(super) fn multiply(&mut self, a: u32, b: u32) -> Result<u32, String> {
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

    pub(super) fn add(&mut self, a: u32, b: u32, sign: f64) -> Result<u32, String> {
        let mut all = self.polynomial(a);
        all.extend(self.polynomial(b).into_iter().map(|m| Monomial { coefficient: sign * m.coefficient, ..m }));
        Ok(self.push(Form::Sum(all)))
    }

    /// A function of two nodes that is no sum of products by itself.
    pub(super) fn function(&mut self, op: Op, a: u32, b: u32) -> Result<u32, String> {
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

    pub(super) fn number(&self, node: u32) -> Option<f64> {
        match &self.forms[node as usize] {
            Form::Number(x) => Some(*x),
            _ => None,
        }
    }
}
