//! Walks over what does not depend on the state: the terms of normal forms, element by element.

use super::instantiate::{Fold, Instantiate, Sink, Value};
use super::normal_form::Term;
use crate::plan::{Expr, Function, Model, Op};

/// A sink for expressions of numbers alone.
pub(super) struct Known;

impl Sink for Known {
    type Node = ();
    fn constant(&mut self, _: f64) {}
    fn spin(&mut self, _: usize) {}
    fn unary(&mut self, _: Function, (): ()) -> Result<(), String> {
        Ok(())
    }
    fn binary(&mut self, _: Op, (): (), (): ()) -> Result<(), String> {
        Ok(())
    }
    fn choose(&mut self, (): (), (): (), (): ()) {}
    fn fold(&mut self, _: Fold, _: Vec<()>) {}
    fn leaf(&mut self, _: &Expr, _: usize) -> Result<(), String> {
        Ok(())
    }
    fn total(&mut self, _: usize, _: usize) -> Option<()> {
        None
    }
    fn size(&self) -> usize {
        0
    }
}

/// The number that an expression is here.
pub(super) fn number(walk: &mut Instantiate<Known>, e: &Expr) -> Result<f64, String> {
    match walk.scalar(e)? {
        Value::Number(x) => Ok(x),
        Value::Node(()) => Err("a weight depends on the state".into()),
    }
}

/// Takes the coefficient and the components of an element.
type Element<'f> = &'f mut dyn FnMut(f64, &[(u16, usize)]) -> Result<(), String>;

/// Every element of a term that its filters let through: the coefficient, with the signs of bonds, and the components that it
/// multiplies, each as often as its power says, with their variables.
pub(super) fn each_element(walk: &mut Instantiate<Known>, model: &Model, term: &Term, f: Element<'_>) -> Result<(), String> {
    let mut components = Vec::new();
    walk.each(&term.over, &mut |walk| {
        for filter in &term.filters {
            if number(walk, filter)? == 0.0 {
                return Ok(());
            }
        }
        let mut c = term.coefficient;
        for weight in &term.weights {
            c *= number(walk, weight)?;
        }
        components.clear();
        for spin in &term.spins {
            let at = number(walk, &spin.site)?;
            let n = model.variables[usize::from(spin.variable)].components();
            if !(at >= 0.0 && at < n as f64) {
                return Err(format!("an index is {at}, outside of 0..{n}"));
            }
            for _ in 0..spin.power {
                components.push((spin.variable, model.offset(usize::from(spin.variable)) + at as usize));
                if spin.bond.is_some_and(|b| walk.sign(b) < 0.0) {
                    c = -c;
                }
            }
        }
        f(c, &components)
    })
}
