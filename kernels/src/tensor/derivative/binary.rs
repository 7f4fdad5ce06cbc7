//! Tangents of elementwise operations of two arguments.

use super::super::graph::{Binary, Graph, Id, Unary};
use super::super::simplify::{Build, constant};
use super::functions::{slope_of_power, slopes_of_power};

/// The tangent of y = f(a, b) from those of a and b.
pub fn tangent(g: &mut Graph, f: Binary, (a, b): (Id, Id), y: Id, ta: Option<Id>, tb: Option<Id>) -> Option<Id> {
    match f {
        Binary::Add => sum(g, ta, tb),
        Binary::Sub => difference(g, ta, tb),
        Binary::Mul => {
            let (ta, tb) = (ta.map(|t| g.times(t, b)), tb.map(|t| g.times(t, a)));
            sum(g, ta, tb)
        }
        Binary::Div => {
            let tb = tb.map(|t| g.times(t, y));
            let t = difference(g, ta, tb)?;
            let r = g.of(Unary::Recip, b);
            Some(g.times(t, r))
        }
        Binary::Pow => {
            if let (Some(c), None) = (constant(g, b), tb) {
                let slope = slope_of_power(g, a, c)?;
                return ta.map(|t| g.times(t, slope));
            }
            let (by_a, by_b) = slopes_of_power(g, a, b, y);
            let (ta, tb) = (ta.map(|t| g.times(t, by_a)), tb.map(|t| g.times(t, by_b)));
            sum(g, ta, tb)
        }
        Binary::Mod => {
            let tb = tb.map(|t| {
                let turns = g.pair(Binary::Div, a, b);
                let turns = g.of(Unary::Floor, turns);
                g.times(t, turns)
            });
            difference(g, ta, tb)
        }
        Binary::Atan2 => {
            let (ta, tb) = (ta.map(|t| g.times(t, b)), tb.map(|t| g.times(t, a)));
            let t = difference(g, ta, tb)?;
            let (p, q) = (g.of(Unary::Square, a), g.of(Unary::Square, b));
            let square = g.plus(p, q);
            // No angle at 0, and no slope of it.
            let shape = g.shape(square).to_vec();
            let infinite = g.constant(f64::INFINITY, &shape);
            let square = g.choose(square, square, infinite);
            let r = g.of(Unary::Recip, square);
            Some(g.times(t, r))
        }
        Binary::Min | Binary::Max => {
            let first = g.pair(if f == Binary::Min { Binary::Less } else { Binary::Greater }, a, b);
            chosen(g, first, ta, tb)
        }
        Binary::Equal
        | Binary::NotEqual
        | Binary::Less
        | Binary::LessEqual
        | Binary::Greater
        | Binary::GreaterEqual
        | Binary::And
        | Binary::Or => None,
    }
}

pub fn sum(g: &mut Graph, a: Option<Id>, b: Option<Id>) -> Option<Id> {
    match (a, b) {
        (Some(a), Some(b)) => Some(g.plus(a, b)),
        (a, b) => a.or(b),
    }
}

fn difference(g: &mut Graph, a: Option<Id>, b: Option<Id>) -> Option<Id> {
    match (a, b) {
        (Some(a), Some(b)) => Some(g.minus(a, b)),
        (a, b) => a.or_else(|| b.map(|b| g.of(Unary::Neg, b))),
    }
}

/// The tangent of the argument that a condition takes.
pub fn chosen(g: &mut Graph, condition: Id, a: Option<Id>, b: Option<Id>) -> Option<Id> {
    let shape = g.shape(a.or(b)?).to_vec();
    let zero = g.constant(0.0, &shape);
    Some(g.choose(condition, a.unwrap_or(zero), b.unwrap_or(zero)))
}
