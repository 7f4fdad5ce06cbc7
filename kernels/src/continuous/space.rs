//! The spaces of sites: what is a point of them, and how a point that left is brought back.

use crate::field::{Block, FieldStart, Space};
use crate::random::{Key, Stream};

const START: u64 = 0x7374_6172_7400;
/// How far from 1 the square of a length may be.
const ROUNDING: f64 = 1e-14;

/// The angle in (-π, π].
#[inline(always)]
pub(super) fn wrap(x: f64) -> f64 {
    use std::f64::consts::{PI, TAU};
    let y = x - TAU * ((x - PI) / TAU).ceil();
    if y <= -PI || y > PI { PI } else { y }
}

/// A point that went straight beyond walls, as if they had reflected it, and the sign of its velocity then.
#[inline(always)]
pub(super) fn reflect(x: f64, low: f64, high: f64) -> (f64, f64) {
    let inside = x >= low && x <= high;
    if inside || x.is_nan() {
        return (x, 1.0);
    }
    let (mut y, mut sign) = if x < low { (2.0 * low - x, -1.0) } else { (2.0 * high - x, -1.0) };
    if !(y >= low && y <= high) {
        // Between two walls the path repeats after twice their distance.
        let width = high - low;
        let t = (x - low) / (2.0 * width);
        let t = (t - t.floor()) * 2.0;
        (y, sign) = if t > 1.0 { (low + (2.0 - t) * width, -1.0) } else { (low + t * width, 1.0) };
    }
    (if y.is_nan() { y } else { y.clamp(low, high) }, sign)
}

/// Whether a block describes anything.
pub(super) fn check(number: usize, block: &Block) -> Result<(), String> {
    match &block.space {
        Space::Finite(values) => {
            if values.is_empty() {
                return Err(format!("block {number} has an empty set of values"));
            }
            if values.iter().any(|v| !v.is_finite()) || values.windows(2).any(|w| w[0] >= w[1]) {
                return Err(format!("the values of block {number} are not finite and ascending"));
            }
        }
        Space::Sphere(n) if !(2..=4096).contains(n) => {
            return Err(format!("a sphere in {n} dimensions (block {number}): 2 to 4096 are possible"));
        }
        Space::Line { low, high } => {
            let ordered = low <= high && *low < f64::INFINITY && *high > f64::NEG_INFINITY;
            if !ordered {
                return Err(format!("block {number} has no number from {low} to {high}"));
            }
            if low.is_finite() && high.is_finite() && !(high - low).is_finite() {
                return Err(format!("the interval from {low} to {high} (block {number}) is wider than numbers reach"));
            }
        }
        Space::Circle | Space::Sphere(_) => {}
    }
    Ok(())
}

/// Whether every site of a space can be drawn alike at β = 0.
pub(super) fn is_bounded(space: &Space) -> bool {
    !matches!(space, Space::Line { low, high } if !low.is_finite() || !high.is_finite())
}

/// The components of a lane's start, in the order of the contract. `attempt` gives other random starts.
pub(super) fn start(blocks: &[Block], key: Key, start: &FieldStart, attempt: u64) -> Result<Vec<f64>, String> {
    let components: usize = blocks.iter().map(Block::components).sum();
    if let FieldStart::Given(given) = start {
        if given.len() != components {
            return Err(format!("a start state has {} components, the model has {components}", given.len()));
        }
        let mut state = given.clone();
        let mut at = 0;
        for (number, block) in blocks.iter().enumerate() {
            for site in 0..block.sites {
                let components = &mut state[at..at + block.space.components()];
                admit(&block.space, components).map_err(|why| format!("site {site} of block {number} starts {why}"))?;
                at += components.len();
            }
        }
        return Ok(state);
    }
    let mut stream = Stream::new(key.derive(START).derive(attempt));
    let mut state = Vec::with_capacity(components);
    for block in blocks {
        for _ in 0..block.sites {
            match &block.space {
                Space::Finite(values) => state.push(values[stream.below(values.len() as u32) as usize]),
                Space::Circle => state.push(std::f64::consts::PI * (1.0 - 2.0 * stream.uniform())),
                Space::Sphere(n) => {
                    let from = state.len();
                    (0..*n).for_each(|_| state.push(stream.normal()));
                    normalise(&mut state[from..]);
                }
                Space::Line { low, high } => state.push(match (low.is_finite(), high.is_finite()) {
                    (true, true) => (low + (high - low) * stream.uniform()).clamp(*low, *high),
                    (true, false) => low - libm::log(1.0 - stream.uniform()),
                    (false, true) => high + libm::log(1.0 - stream.uniform()),
                    (false, false) => stream.normal(),
                }),
            }
        }
    }
    Ok(state)
}

/// Scales to length 1, unless that is so already; a vector without a direction becomes the first unit vector.
pub(super) fn normalise(x: &mut [f64]) {
    let square: f64 = x.iter().map(|x| x * x).sum();
    if (square - 1.0).abs() <= ROUNDING {
        return;
    }
    if square > 0.0 && square.is_finite() {
        let length = square.sqrt();
        x.iter_mut().for_each(|x| *x /= length);
    } else {
        x.fill(0.0);
        x[0] = 1.0;
    }
}

/// Takes a site as given, up to rounding and to whole turns; the error says where it is.
fn admit(space: &Space, x: &mut [f64]) -> Result<(), String> {
    if let Some(x) = x.iter().find(|x| !x.is_finite()) {
        return Err(format!("at {x}"));
    }
    match space {
        Space::Finite(values) => {
            let near = nearest(values, x[0]);
            if (near - x[0]).abs() > 1e-9 * near.abs().max(1.0) {
                return Err(format!("at {}, which is not one of its values", x[0]));
            }
            x[0] = near;
        }
        Space::Line { low, high } => {
            if !(*low..=*high).contains(&x[0]) {
                return Err(format!("at {}, which is not from {low} to {high}", x[0]));
            }
        }
        Space::Sphere(_) => {
            let square: f64 = x.iter().map(|x| x * x).sum();
            if (square - 1.0).abs() > 1e-6 {
                return Err(format!("with the length {}, not 1", square.sqrt()));
            }
            normalise(x);
        }
        Space::Circle => x[0] = wrap(x[0]),
    }
    Ok(())
}

/// The nearest point of a space; what is no number counts as 0.
pub(super) fn project(space: &Space, x: &mut [f64]) {
    for x in x.iter_mut().filter(|x| x.is_nan()) {
        *x = 0.0;
    }
    match space {
        Space::Finite(values) => x[0] = nearest(values, x[0]),
        Space::Line { low, high } => x[0] = x[0].clamp(low.max(-f64::MAX), high.min(f64::MAX)),
        Space::Sphere(_) => normalise(x),
        Space::Circle => x[0] = if x[0].is_finite() { wrap(x[0]) } else { 0.0 },
    }
}

pub(super) fn nearest(values: &[f64], x: f64) -> f64 {
    let above = values.partition_point(|v| *v < x);
    match (above.checked_sub(1).map(|i| values[i]), values.get(above)) {
        (Some(a), Some(&b)) => {
            if x - a < b - x {
                a
            } else {
                b
            }
        }
        (Some(a), None) => a,
        (None, b) => b.copied().unwrap_or(x),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    #[test]
    fn angles_come_back() {
        assert_eq!(wrap(PI), PI);
        assert_eq!(wrap(-PI), PI);
        assert_eq!(wrap(0.5), 0.5);
        assert!((wrap(7.0) - (7.0 - 2.0 * PI)).abs() < 1e-15);
        assert!((wrap(-4.0) - (2.0 * PI - 4.0)).abs() < 1e-15);
    }

    #[test]
    fn walls_reflect() {
        let near = |found: (f64, f64), x: f64, sign: f64| assert!((found.0 - x).abs() < 1e-12 && found.1 == sign, "{found:?}");
        near(reflect(1.5, 0.0, 1.0), 0.5, -1.0);
        near(reflect(-0.25, 0.0, 1.0), 0.25, -1.0);
        near(reflect(2.25, 0.0, 1.0), 0.25, 1.0);
        near(reflect(-7.5, 0.0, 1.0), 0.5, 1.0);
        near(reflect(7.25, 0.0, 1.0), 0.75, -1.0);
        near(reflect(-3.0, -1.0, f64::INFINITY), 1.0, -1.0);
        near(reflect(3.0, f64::NEG_INFINITY, f64::INFINITY), 3.0, 1.0);
    }

    #[test]
    fn what_is_no_space_or_no_point_is_refused() {
        let bad = [
            Space::Finite(vec![]),
            Space::Finite(vec![1.0, 1.0]),
            Space::Finite(vec![f64::NAN]),
            Space::Sphere(1),
            Space::Line { low: 1.0, high: 0.0 },
            Space::Line { low: f64::NAN, high: 0.0 },
            Space::Line { low: f64::INFINITY, high: f64::INFINITY },
        ];
        for space in bad {
            assert!(check(0, &Block { sites: 1, space }).is_err());
        }
        let point = |space: Space, x: &[f64]| start(&[Block { sites: 1, space }], Key(0, 0), &FieldStart::Given(x.to_vec()), 0);
        assert!(point(Space::Line { low: 0.0, high: 1.0 }, &[2.0]).is_err());
        assert!(point(Space::Finite(vec![-1.0, 1.0]), &[0.0]).is_err());
        assert!(point(Space::Sphere(2), &[1.0, 1.0]).is_err());
        assert!(point(Space::Circle, &[f64::NAN]).is_err());
        assert!(point(Space::Circle, &[]).is_err());
        assert_eq!(point(Space::Sphere(2), &[0.6, 0.8]), Ok(vec![0.6, 0.8]));
    }
}
