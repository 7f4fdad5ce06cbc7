//! Finite-size-scaling collapses of results: the points, and what is remembered of a collapse.

use super::super::derive::{Evaluation, Position, Tensor};
use crate::plan::Expr;
use crate::plan::analysis::{CollapseMember, CollapsePlan};
use crate::statistics::collapse::{Collapse, Point};

impl Evaluation<'_> {
    pub(super) fn collapse(&self, plan: &CollapsePlan, curve: &Expr, at: &mut Position) -> Result<Tensor, String> {
        let here = |axis: &str| at.iter().rev().find(|(n, _)| n == axis).map(|p| p.1);
        let place = (here(&plan.along), here(&plan.over));
        let mut outer: Position = at.iter().filter(|(n, _)| *n != plan.along && *n != plan.over).cloned().collect();
        let (points, own) = self.points(plan, curve, &mut outer, place)?;
        let central = matches!(plan.gives, CollapseMember::Quality | CollapseMember::PValue | CollapseMember::Freedom | CollapseMember::Degree);
        let found = self.found(plan, curve, &points, &outer, central)?;
        Ok(Tensor::number(match plan.gives {
            CollapseMember::Exponent(k) => found.exponents[k],
            CollapseMember::Quality => found.quality(),
            CollapseMember::PValue => found.p_value(),
            CollapseMember::Freedom => found.freedom as f64,
            CollapseMember::Degree => found.degree as f64,
            CollapseMember::X | CollapseMember::Y => {
                let p = own.ok_or("the point of the collapse is not fixed here")?;
                let (x, y) = found.scaled(p.t, p.size, p.y);
                if plan.gives == CollapseMember::X { x } else { y }
            }
        }))
    }

    /// All points, without their errors, and the one at a place.
    fn points(
        &self,
        plan: &CollapsePlan,
        curve: &Expr,
        at: &mut Position,
        place: (Option<usize>, Option<usize>),
    ) -> Result<(Vec<Point>, Option<Point>), String> {
        let axes = self.results.axes(curve);
        let sizes = axes.iter().find(|a| a.name == plan.over).ok_or_else(|| format!("there is no axis `{}`", plan.over))?;
        let (mut points, mut own) = (Vec::new(), None);
        for j in 0..sizes.coordinates.len() {
            at.push((plan.over.clone(), j));
            let curve = self.scalars(curve, &plan.along, at);
            at.pop();
            let size = sizes.coordinates.number(j).unwrap_or(f64::NAN);
            for (i, (t, y)) in curve?.into_iter_pairs().enumerate() {
                let p = Point { t, size, y, error: 0.0 };
                if place == (Some(i), Some(j)) {
                    own = Some(p);
                }
                points.push(p);
            }
        }
        Ok((points, own))
    }

    /// The collapse of the central values, or of the replicate in hand.
    fn found(
        &self,
        plan: &CollapsePlan,
        curve: &Expr,
        points: &[Point],
        at: &Position,
        central: bool,
    ) -> Result<Collapse, String> {
        let memory = &self.results.memory.collapses;
        let plain = CollapsePlan { gives: CollapseMember::Quality, ..plan.clone() };
        let name = format!("{plain:?} {curve:?} {at:?}");
        let known = memory.borrow().get(&name).cloned();
        let first = match known {
            Some(known) => known,
            None => {
                let first = self.first_collapse(plan, curve, points, at);
                memory.borrow_mut().insert(name.clone(), first.clone());
                first
            }
        }?;
        let (Some(replaced), false) = (self.replaced, central) else { return Ok(first) };
        let name = format!("{name} {replaced:?}");
        let known = memory.borrow().get(&name).cloned();
        known.unwrap_or_else(|| {
            let y: Vec<f64> = points.iter().map(|p| p.y).collect();
            let solved = first.solve(&y);
            memory.borrow_mut().insert(name, solved.clone());
            solved
        })
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

/// Abscissae and ordinates side by side.
trait Pairs {
    fn into_iter_pairs(self) -> impl Iterator<Item = (f64, f64)>;
}

impl Pairs for (Vec<f64>, Vec<f64>) {
    fn into_iter_pairs(self) -> impl Iterator<Item = (f64, f64)> {
        self.0.into_iter().zip(self.1)
    }
}
