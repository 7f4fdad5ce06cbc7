//! Finite-size-scaling collapses of results: the points, and what is remembered of a collapse.

use super::super::derive::{Evaluation, Position, Tensor};
use crate::plan::Expr;
use crate::plan::analysis::{CollapseMember, CollapsePlan};
use crate::statistics::collapse::{Collapse, Point};
use std::fmt::Write;
use std::rc::Rc;

impl Evaluation<'_> {
    pub(super) fn collapse(&self, plan: &CollapsePlan, curve: &Expr, at: &mut Position) -> Result<Tensor, String> {
        let mut outer: Position = at.iter().filter(|(n, _)| *n != plan.along && *n != plan.over).cloned().collect();
        let found = self.found(plan, curve, &mut outer)?;
        Ok(Tensor::number(match plan.gives {
            CollapseMember::Exponent(k) => found.exponents[k],
            CollapseMember::Quality => found.quality(),
            CollapseMember::PValue => found.p_value(),
            CollapseMember::Freedom => found.freedom as f64,
            CollapseMember::Degree => found.degree as f64,
            CollapseMember::X | CollapseMember::Y => {
                let (t, i) = self.coordinate(curve, &plan.along, at)?;
                let (sizes, j) = self.coordinate(curve, &plan.over, at)?;
                let value = self.eval(curve, at)?.data.first().copied().unwrap_or(f64::NAN);
                let (x, y) = found.scaled(t[i], sizes[j], value);
                if plan.gives == CollapseMember::X { x } else { y }
            }
        }))
    }

    /// All points, without their errors.
    fn points(&self, plan: &CollapsePlan, curve: &Expr, at: &mut Position) -> Result<Vec<Point>, String> {
        let axes = self.results.axes(curve);
        let sizes = axes.iter().find(|a| a.name == plan.over).ok_or_else(|| format!("there is no axis `{}`", plan.over))?;
        let mut points = Vec::new();
        for j in 0..sizes.coordinates.len() {
            at.push((plan.over.clone(), j));
            let curve = self.scalars(curve, &plan.along, at);
            at.pop();
            let size = sizes.coordinates.number(j).unwrap_or(f64::NAN);
            let (t, y) = curve?;
            points.extend(t.into_iter().zip(y).map(|(t, y)| Point { t, size, y, error: 0.0 }));
        }
        Ok(points)
    }

    /// The collapse of the central values, or of the replicate in hand. What judges it is that of the central values.
    fn found(&self, plan: &CollapsePlan, curve: &Expr, at: &mut Position) -> Result<Rc<Collapse>, String> {
        let memory = &self.results.memory.collapses;
        let plain = CollapsePlan { gives: CollapseMember::Quality, ..plan.clone() };
        let mut name = format!("{plain:?} {curve:?} {at:?}");
        let judges = !matches!(plan.gives, CollapseMember::Exponent(_)) && !plan.pointwise();
        // The central values come first, and say what is used.
        let Some(replaced) = self.replaced else {
            let points = self.points(plan, curve, at)?;
            if let Some(known) = memory.borrow().get(&name) {
                return known.clone();
            }
            let first = self.first_collapse(plan, curve, &points, at).map(Rc::new);
            memory.borrow_mut().insert(name, first.clone());
            return first;
        };
        let first = memory.borrow().get(&name).cloned().ok_or("the collapse of the central values is missing")??;
        if judges {
            return Ok(first);
        }
        let _ = write!(name, " {replaced:?}");
        if let Some(known) = memory.borrow().get(&name) {
            return known.clone();
        }
        let y: Vec<f64> = self.points(plan, curve, at)?.iter().map(|p| p.y).collect();
        let solved = first.solve(&y).map(Rc::new);
        memory.borrow_mut().insert(name, solved.clone());
        solved
    }

    /// The collapse of the central values, which come first.
    fn first_collapse(&self, plan: &CollapsePlan, curve: &Expr, points: &[Point], at: &Position) -> Result<Collapse, String> {
        let each = points.len() / points.chunk_by(|a, b| a.size == b.size).count().max(1);
        let mut judged = points.to_vec();
        for (j, chunk) in judged.chunks_mut(each.max(1)).enumerate() {
            let mut position = at.clone();
            position.push((plan.over.clone(), j));
            let errors = self.errors(curve, &plan.along, &position, chunk.len());
            for (p, e) in chunk.iter_mut().zip(errors) {
                p.error = e;
                if !(p.t >= plan.range.0 && p.t <= plan.range.1) {
                    p.error = f64::NAN;
                }
            }
        }
        Collapse::find(&judged, plan.start, plan.free, plan.window)
    }
}
