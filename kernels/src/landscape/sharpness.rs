//! How much a function rises in a ball around a point, at worst and on average.

use super::draws::normals;
use super::estimate::Estimate;
use super::objective::Objective;
use super::operator::finite;
use super::vectors::{add, norm};
use crate::random::Key;

/// The largest rise that was found within a distance.
#[derive(Clone, Debug, PartialEq)]
pub struct Worst {
    /// A lower bound on the largest rise; the ascents found nothing higher.
    pub rise: f64,
    /// The displacement that gives it.
    pub displacement: Vec<f64>,
    /// The rise of each ascent: how far they agree says how far to trust the largest.
    pub ascents: Vec<f64>,
}

/// How the worst displacement is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Ascent {
    /// The distance.
    pub radius: f64,
    pub steps: usize,
    /// Ascents from random displacements, besides that along the gradient.
    pub restarts: usize,
    /// Distances are measured in these units, one for each variable, as in adaptive sharpness (Kwon et al., ICML 2021).
    pub units: Option<Vec<f64>>,
    pub key: Key,
}

/// The rise after one step along the gradient of the given length (Foret, Kleiner, Mobahi and Neyshabur, ICLR 2021). Leaves the
/// objective at `point`.
pub fn one_step(objective: &mut dyn Objective, point: &[f64], radius: f64) -> Result<f64, String> {
    let ascent = Ascent { radius, steps: 0, restarts: 0, units: None, key: Key(0, 0) };
    Ok(worst(objective, point, &ascent)?.rise)
}

/// The largest rise within the radius, by projected gradient ascent. On the sphere's surface a step goes to where the gradient
/// points, which is a power iteration where the function is quadratic. Leaves the objective at `point`.
pub fn worst(objective: &mut dyn Objective, point: &[f64], ascent: &Ascent) -> Result<Worst, String> {
    let n = point.len();
    if !(ascent.radius > 0.0 && ascent.radius.is_finite()) {
        return Err(format!("the radius of a sharpness must be positive, found {}", ascent.radius));
    }
    let fit = |units: &Vec<f64>| units.len() == n && units.iter().all(|u| *u >= 0.0 && u.is_finite()) && norm(units) > 0.0;
    if !ascent.units.as_ref().is_none_or(fit) {
        return Err("the units of a sharpness must be as many as the variables, not negative, and not all zero".into());
    }
    // In the ball's own coordinates z the displacement is units * z, and the gradient units * ∇f.
    let stretch = |z: &mut [f64]| {
        if let Some(units) = &ascent.units {
            z.iter_mut().zip(units).for_each(|(z, u)| *z *= u);
        }
    };
    let mut gradient = vec![0.0; n];
    objective.move_to(point);
    let base = objective.gradient(&mut gradient);
    finite(base, "the value")?;
    stretch(&mut gradient);
    let mut out = Worst { rise: 0.0, displacement: vec![0.0; n], ascents: Vec::new() };
    for attempt in 0..=ascent.restarts {
        let mut z = gradient.clone();
        if attempt > 0 || norm(&z) == 0.0 {
            normals(ascent.key.derive(attempt as u64), &mut z);
        }
        onto_sphere(&mut z, ascent.radius);
        let (rise, best) = climb(objective, point, base, z, ascent, &stretch)?;
        out.ascents.push(rise);
        if rise > out.rise {
            out.rise = rise;
            out.displacement = best;
            stretch(&mut out.displacement);
        }
    }
    objective.move_to(point);
    Ok(out)
}

fn onto_sphere(z: &mut [f64], radius: f64) {
    let length = norm(z);
    if length > 0.0 {
        z.iter_mut().for_each(|z| *z *= radius / length);
    }
}

/// One ascent within the ball; the best rise with its place.
fn climb(
    objective: &mut dyn Objective,
    point: &[f64],
    base: f64,
    mut z: Vec<f64>,
    ascent: &Ascent,
    stretch: &dyn Fn(&mut [f64]),
) -> Result<(f64, Vec<f64>), String> {
    let mut gradient = vec![0.0; point.len()];
    let mut at = |z: &[f64], gradient: &mut [f64]| -> Result<f64, String> {
        let mut x = z.to_vec();
        stretch(&mut x);
        add(1.0, point, &mut x);
        objective.move_to(&x);
        let value = objective.gradient(gradient);
        stretch(gradient);
        finite(value, "the value within the radius")?;
        Ok(value - base)
    };
    let mut rise = at(&z, &mut gradient)?;
    // The whole radius at first; a step that does not rise is halved.
    let mut step = ascent.radius;
    let mut ahead = vec![0.0; point.len()];
    for _ in 0..ascent.steps {
        let slope = norm(&gradient);
        if slope == 0.0 || step < 1e-12 * ascent.radius {
            break;
        }
        let mut trial = z.clone();
        add(step / slope, &gradient, &mut trial);
        if norm(&trial) > ascent.radius {
            onto_sphere(&mut trial, ascent.radius);
        }
        let found = at(&trial, &mut ahead)?;
        if found > rise {
            (rise, z) = (found, trial);
            std::mem::swap(&mut gradient, &mut ahead);
            step = (2.0 * step).min(1e3 * ascent.radius);
        } else {
            step *= 0.5;
        }
    }
    Ok((rise, z))
}

/// The mean rise under normal displacements of the given standard deviation in each variable, from `pairs` pairs of opposite ones
/// (whose odd terms cancel): tr H σ² / 2 to second order. `units` multiply the standard deviation of each variable.
pub fn average(
    objective: &mut dyn Objective,
    point: &[f64],
    deviation: f64,
    units: Option<&[f64]>,
    pairs: usize,
    key: Key,
) -> Result<Estimate, String> {
    if pairs == 0 || !(deviation > 0.0 && deviation.is_finite()) {
        return Err("an average sharpness needs a pair of displacements and a positive deviation".into());
    }
    if units.is_some_and(|u| u.len() != point.len()) {
        return Err("the units of a sharpness must be as many as the variables".into());
    }
    let mut direction = vec![vec![0.0; point.len()]];
    let places = [vec![0.0], vec![deviation], vec![-deviation]];
    let mut values = [0.0; 3];
    let mut rises = Vec::with_capacity(pairs);
    for k in 0..pairs {
        normals(key.derive(k as u64), &mut direction[0]);
        if let Some(units) = units {
            direction[0].iter_mut().zip(units).for_each(|(d, u)| *d *= u);
        }
        // The value at the point itself is needed once.
        let from = usize::from(k > 0);
        objective.slice(point, &direction, &places[from..], &mut values[from..]);
        rises.push(0.5 * ((values[1] - values[0]) + (values[2] - values[0])));
        finite(rises[k], "the value at a random displacement")?;
    }
    Ok(Estimate::mean(&rises))
}
