//! From products to the coefficients of a machine of two layers: functions of units become columns.

use super::monomials::{Monomial, Monomials, Of};
use crate::kernels::machine::{Bipartite, Coordinates, Layer, Unit};
use crate::plan::{Model, Space};

/// A unit in its layer: its kind and first column.
#[derive(Clone, Copy, Debug)]
struct Place {
    unit: Unit,
    column: usize,
}

/// The machine of an energy without terms inside a side, and what that energy has beside it where no weight stands before it.
pub(super) fn bipartite(model: &Model, found: &Monomials) -> Result<(Bipartite, f64), String> {
    let widths = squares(model, found)?;
    let first = model.variables[0].components();
    let mut places = Vec::with_capacity(model.components());
    let mut layers = [Layer(vec![]), Layer(vec![])];
    let mut columns = [0, 0];
    for v in &model.variables {
        for _ in 0..v.components() {
            let side = usize::from(places.len() >= first);
            let unit = match &v.space {
                Space::Finite(values) => match values[..] {
                    [low, high] => Unit::Two { low, high },
                    _ => Unit::Labels(values.len()),
                },
                _ => Unit::Real { sigma: widths[places.len()] },
            };
            places.push(Place { unit, column: columns[side] });
            columns[side] += if let Unit::Labels(q) = unit { q } else { 1 };
            match layers[side].0.last_mut() {
                Some((last, count)) if *last == unit => *count += 1,
                _ => layers[side].0.push((unit, 1)),
            }
        }
    }
    let [rows, across] = columns;
    let mut base = vec![0.0; rows * across + rows + across];
    let mut beside = 0.0;
    let mut terms: Vec<(usize, usize, f64)> = Vec::with_capacity(found.all.len());
    let mut put = |at: usize, weight: Option<u32>, x: f64| match weight {
        Some(k) => terms.push((at, k as usize, x)),
        None => base[at] += x,
    };
    for m in &found.all {
        if is_square(m) {
            continue;
        }
        // The machine's coefficients are those of -E.
        let minus = -m.coefficient;
        match &m.factors[..] {
            [(u, f)] => {
                let (parts, alone) = columns_of(&places[*u as usize], f, found)?;
                beside += if m.weight.is_none() { m.coefficient * alone } else { 0.0 };
                let start = if (*u as usize) < first { rows * across } else { rows * across + rows };
                parts.iter().for_each(|(c, x)| put(start + c, m.weight, minus * x));
            }
            [(u, f), (w, g)] => {
                let (a, alone_a) = columns_of(&places[*u as usize], f, found)?;
                let (b, alone_b) = columns_of(&places[*w as usize], g, found)?;
                beside += if m.weight.is_none() { m.coefficient * alone_a * alone_b } else { 0.0 };
                for (i, x) in &a {
                    b.iter().for_each(|(j, y)| put(i * across + j, m.weight, minus * x * y));
                    if alone_b != 0.0 {
                        put(rows * across + i, m.weight, minus * x * alone_b);
                    }
                }
                if alone_a != 0.0 {
                    b.iter().for_each(|(j, y)| put(rows * across + rows + j, m.weight, minus * alone_a * y));
                }
            }
            _ => return Err("a term joins more than two units".into()),
        }
    }
    let coordinates = Coordinates::new(model.dimension(), base, &terms)?;
    Ok((Bipartite::new(&layers[0], &layers[1], coordinates)?, beside))
}

/// A function of a unit as numbers for its columns, and a number beside them.
fn columns_of(place: &Place, f: &Of, found: &Monomials) -> Result<(Vec<(usize, f64)>, f64), String> {
    match (place.unit, f) {
        (Unit::Two { low, high }, Of::Table(t)) => {
            let values = &found.tables[*t as usize];
            let slope = (values[1] - values[0]) / (high - low);
            let beside = values[0] - slope * low;
            // Of x itself there is nothing beside, whatever the rounding.
            let own = values[0] == low && values[1] == high;
            Ok(if own { (vec![(place.column, 1.0)], 0.0) } else { (vec![(place.column, slope)], beside) })
        }
        (Unit::Labels(_), Of::Table(t)) => {
            let values = found.tables[*t as usize].iter().enumerate();
            Ok((values.filter(|(_, x)| **x != 0.0).map(|(k, x)| (place.column + k, *x)).collect(), 0.0))
        }
        (Unit::Real { .. }, Of::Power(1)) => Ok((vec![(place.column, 1.0)], 0.0)),
        (Unit::Real { .. }, Of::Power(k)) => {
            Err(format!("a real unit stands to the power {k} in a term with a weight or another unit"))
        }
        _ => Err("a function does not fit its unit".into()),
    }
}

fn is_square(m: &Monomial) -> bool {
    m.weight.is_none() && matches!(m.factors[..], [(_, Of::Power(2))])
}

/// By site, for real units: σ of their own v² / 2σ².
fn squares(model: &Model, found: &Monomials) -> Result<Vec<f64>, String> {
    let mut curvature = vec![0.0; model.components()];
    for m in found.all.iter().filter(|m| is_square(m)) {
        curvature[m.factors[0].0 as usize] += 2.0 * m.coefficient;
    }
    let mut site = 0;
    for v in &model.variables {
        for k in 0..v.components() {
            if matches!(v.space, Space::Line { .. }) && curvature[site] <= 0.0 {
                return Err(format!(
                    "the law of the real unit `{}[{k}]` has no bounds: its energy needs a term such as `{}[{k}]^2 / 2`",
                    v.name, v.name
                ));
            }
            site += 1;
        }
    }
    Ok(curvature.into_iter().map(|c| if c > 0.0 { libm::sqrt(1.0 / c) } else { 1.0 }).collect())
}
