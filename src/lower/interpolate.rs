//! Functions of spins with two values are polynomials: they are interpolated.

use super::normal_form::{Expansion, Polynomial, Term, number_term, scaled};

/// A bare spin, or a number.
enum Operand<'a> {
    Number(f64),
    /// The two values, and the spin itself.
    Spin(f64, f64, &'a Term),
}

fn operand<'a>(expansion: &Expansion, p: &'a Polynomial) -> Option<Operand<'a>> {
    let bare = |t: &Term| t.weights.is_empty() && t.over.is_empty() && t.filters.is_empty();
    match &p[..] {
        [] => Some(Operand::Number(0.0)),
        [t] if bare(t) && t.spins.is_empty() => Some(Operand::Number(t.coefficient)),
        [t] if bare(t) => {
            let [spin] = &t.spins[..] else { return None };
            let &[low, high] = expansion.set(spin.variable) else { return None };
            // Across an antiperiodic boundary the values are -low and -high, which are the set again only if it is symmetric.
            let symmetric = spin.bond.is_none() || low == -high;
            (spin.power == 1 && symmetric).then_some(Operand::Spin(t.coefficient * low, t.coefficient * high, t))
        }
        _ => None,
    }
}

/// f of a bare spin.
pub(super) fn one(expansion: &mut Expansion, p: &Polynomial, f: &dyn Fn(f64) -> f64) -> Option<Polynomial> {
    match operand(expansion, p)? {
        Operand::Number(x) => Some(vec![number_term(f(x))]),
        Operand::Spin(low, high, t) => line(low, high, f(low), f(high), t),
    }
}

/// The line through two points, as a polynomial of the term.
fn line(low: f64, high: f64, at_low: f64, at_high: f64, t: &Term) -> Option<Polynomial> {
    let slope = (at_high - at_low) / (high - low);
    let middle = (at_low * high - at_high * low) / (high - low);
    if !(slope.is_finite() && middle.is_finite()) {
        return None;
    }
    let mut line = scaled(vec![t.clone()], slope);
    line.push(number_term(middle));
    line.retain(|t| t.coefficient != 0.0);
    Some(line)
}

/// f of two bare spins, or of one and a number.
pub(super) fn two(expansion: &mut Expansion, p: &Polynomial, q: &Polynomial, f: &dyn Fn(f64, f64) -> f64) -> Option<Polynomial> {
    let (a, b) = (operand(expansion, p)?, operand(expansion, q)?);
    match (a, b) {
        (Operand::Number(x), Operand::Number(y)) => Some(vec![number_term(f(x, y))]),
        (Operand::Spin(low, high, t), Operand::Number(y)) => line(low, high, f(low, y), f(high, y), t),
        (Operand::Number(x), Operand::Spin(low, high, t)) => line(low, high, f(x, low), f(x, high), t),
        (Operand::Spin(low, high, t), Operand::Spin(c, d, u)) => {
            let below = line(low, high, f(low, c), f(high, c), t)?;
            let above = line(low, high, f(low, d), f(high, d), t)?;
            let share_above = line(c, d, 0.0, 1.0, u)?;
            let share_below = line(c, d, 1.0, 0.0, u)?;
            let mut all = expansion.times(&below, &share_below).ok()?;
            all.extend(expansion.times(&above, &share_above).ok()?);
            Some(all)
        }
    }
}
