//! Looks that need derivatives.

use super::{Looker, array, errors};
use crate::kernels::landscape::curvature::{self, Scale, Stencil};
use crate::kernels::landscape::{
    EmpiricalFisher, Estimate, Fisher, GaussNewton, Hessian, Objective, Operator, critical, density, eigen, path, sharpness,
    stationary, trace, vectors,
};
use crate::kernels::random::Key;
use crate::lower::data::Stored;
use crate::lower::work;
use crate::plan::landscape::{Directions, Look, Matrix, Normalise, Probe, Sharpness, TraceMethod, steps};
use crate::results::Quantity;

/// The most products with the matrix of one look for eigenvalues.
const PRODUCTS: usize = 5_000;

/// A matrix of an objective.
pub(super) fn operator(f: &mut dyn Objective, matrix: Matrix) -> Box<dyn Operator + '_> {
    match matrix {
        Matrix::Hessian => Box::new(Hessian(f)),
        Matrix::GaussNewton => Box::new(GaussNewton(f)),
        Matrix::Fisher => Box::new(Fisher(f)),
        Matrix::EmpiricalFisher => Box::new(EmpiricalFisher(f)),
    }
}

/// An estimate whose error comes from a source of its own.
/// The sum of the diagonal, by the products with the unit vectors.
fn diagonal(matrix: &mut dyn Operator) -> Result<f64, String> {
    let n = matrix.dimension();
    let (mut unit, mut column) = (vec![0.0; n], vec![0.0; n]);
    let mut elements = Vec::with_capacity(n);
    for k in 0..n {
        unit[k] = 1.0;
        matrix.apply(&unit, &mut column)?;
        unit[k] = 0.0;
        elements.push(column[k]);
    }
    Ok(crate::statistics::sum::sum(&elements))
}

/// The values on a path, straight or with a trained bend, and its barrier.
fn on_path(
    f: &mut dyn Objective,
    (from, to): (&[f64], &[f64]),
    (points, range): (usize, (f64, f64)),
    bend: Option<usize>,
    key: Key,
) -> Result<(Vec<f64>, f64), String> {
    let direction = vectors::difference(to, from);
    let found = match bend {
        None => path::straight(f, from, to, points)?,
        Some(count) => {
            let rate = 0.05 * vectors::norm(&direction) / (from.len() as f64).sqrt();
            let training = path::Training { steps: count, rate: rate.max(1e-12), places: 5, key };
            let (middle, _) = path::train_bend(f, from, to, &training)?;
            path::bent(f, from, to, &middle, points)?
        }
    };
    let values = match range {
        (0.0, 1.0) => found.values,
        _ => crate::kernels::landscape::slice::line(f, from, &direction, &steps(range, points)).values,
    };
    Ok((values, found.barrier.above_line))
}

fn one(e: Estimate, source: usize) -> Vec<Quantity> {
    vec![errors::moved(vec![], vec![e.value], &[vec![e.error]], source)]
}

pub(super) fn normalise(n: Normalise) -> crate::kernels::landscape::directions::Normalise {
    use crate::kernels::landscape::directions::Normalise as To;
    match n {
        Normalise::No => To::Not,
        Normalise::Unit => To::Unit,
        Normalise::Filter => To::Filter,
        Normalise::Layer => To::Layer,
        Normalise::Weight => To::Weight,
    }
}

impl<T: Stored> Looker<'_, T> {
    pub(super) fn curved(&mut self, look: &Look) -> Result<Vec<Quantity>, String> {
        let key = self.key(look);
        match &look.what {
            Probe::GradientNorm => {
                let f = self.function(look.data)?;
                let mut g = vec![0.0; f.dimension()];
                f.gradient(&mut g);
                Ok(vec![Quantity::exact(vectors::norm(&g))])
            }
            Probe::Eigenvalues { largest, smallest, matrix, tolerance } => {
                let settings = eigen::Settings {
                    tolerance: *tolerance,
                    products: PRODUCTS,
                    ..eigen::Settings::new(*largest, *smallest, key)
                };
                let ends = eigen::ends(&mut *operator(self.function(look.data)?, *matrix), &settings)?;
                if !ends.converged {
                    let message = format!("eigenvalues did not converge to {tolerance} within {} products", ends.products);
                    self.warn(message);
                }
                let n = largest + smallest;
                let mut pairs: Vec<(f64, f64)> =
                    ends.largest.iter().chain(&ends.smallest).map(|p| (p.value, p.residual)).collect();
                pairs.resize(n, (f64::NAN, f64::NAN));
                let (values, residuals) = pairs.into_iter().unzip();
                Ok(vec![array(vec![n], values), array(vec![n], residuals)])
            }
            Probe::Spectrum { matrix } => {
                let values = stationary::spectrum(&mut *operator(self.function(look.data)?, *matrix), false)?.values;
                Ok(vec![array(vec![values.len()], values)])
            }
            Probe::Index { flat } => {
                let values = stationary::spectrum(&mut Hessian(self.function(look.data)?), false)?.values;
                Ok(vec![Quantity::exact(critical::signature(&values, *flat).negative as f64)])
            }
            Probe::Condition => {
                let values = stationary::spectrum(&mut Hessian(self.function(look.data)?), false)?.values;
                Ok(vec![Quantity::exact(critical::signature(&values, 0.0).condition)])
            }
            Probe::Trace { method, probes, matrix } => self.trace(look, *method, *probes, *matrix, key),
            Probe::Density { points, probes, steps, range, width, matrix } => {
                let n = self.function(look.data)?.dimension();
                let settings = density::Settings {
                    probes: *probes,
                    steps: (*steps).min(n),
                    points: *points,
                    range: *range,
                    width: *width,
                    ..density::Settings::new(key)
                };
                let d = density::density(&mut *operator(self.function(look.data)?, *matrix), &settings)?;
                // Each random vector is a source: its density moves as a whole.
                Ok(vec![errors::mean(vec![*points], &d.of_probes(), self.source), array(vec![*points], d.grid)])
            }
            Probe::MeanCurvature { projections, products } => {
                let found = self.curvatures(look, *projections, *products, key)?;
                Ok(one(found.mean, self.source))
            }
            Probe::Curvatures { projections } => {
                let found = self.curvatures(look, *projections, true, key)?;
                let column = |f: &dyn Fn(&[f64; 2]) -> f64| array(vec![*projections], found.samples.iter().map(f).collect());
                Ok(vec![column(&|k| 0.5 * (k[0] + k[1])), column(&|k| k[0]), column(&|k| k[1])])
            }
            Probe::CriticalPoint { directions, draws, flat } => self.critical(look, directions, *draws, *flat, key),
            Probe::Sharpness { radius, kind, probes } => {
                let (point, source) = (self.point.clone(), self.source);
                let f = self.function(look.data)?;
                match kind {
                    Sharpness::Sam => Ok(vec![Quantity::exact(sharpness::one_step(f, &point, *radius)?)]),
                    Sharpness::Worst => {
                        let ascent = sharpness::Ascent { radius: *radius, steps: *probes, restarts: 2, units: None, key };
                        Ok(vec![Quantity::exact(sharpness::worst(f, &point, &ascent)?.rise)])
                    }
                    Sharpness::Average => {
                        let deviation = radius / (point.len() as f64).sqrt();
                        Ok(one(sharpness::average(f, &point, deviation, None, *probes, key)?, source))
                    }
                }
            }
            Probe::Interpolation { to, points, range, bend } => {
                let end = self.other(to)?;
                let drift = self.drift(std::slice::from_ref(&end));
                let (from, to) = (self.point.clone(), end.point);
                let f = self.function(look.data)?;
                f.follow(drift);
                let found = on_path(f, (&from, &to), (*points, *range), *bend, key);
                f.follow(None);
                let (values, barrier) = found?;
                Ok(vec![array(vec![*points], values), Quantity::exact(barrier)])
            }
            Probe::Stationary { steps, tolerance } => {
                let from = self.point.clone();
                let f = self.function(look.data)?;
                let settings = stationary::Settings { steps: *steps, ..stationary::Settings::new(*tolerance) };
                let found = stationary::search(f, &from, &settings)?;
                if found.outcome != stationary::Outcome::Critical {
                    let message = format!("the search for a critical point ended with a gradient of {:e}", found.slope);
                    self.warn(message);
                }
                let f = self.function(look.data)?;
                f.move_to(&found.point);
                let index = if found.point.len() <= stationary::WHOLE {
                    critical::signature(&stationary::spectrum(&mut Hessian(f), false)?.values, 1e-8).negative as f64
                } else {
                    -1.0
                };
                f.move_to(&from);
                let distance = vectors::norm(&vectors::difference(&found.point, &from));
                let mut parts = [found.value, found.slope, index, distance].map(Quantity::exact).to_vec();
                parts.push(array(vec![found.point.len()], found.point));
                Ok(parts)
            }
            _ => self.sliced(look),
        }
    }

    fn trace(
        &mut self,
        look: &Look,
        method: TraceMethod,
        probes: usize,
        matrix: Matrix,
        key: Key,
    ) -> Result<Vec<Quantity>, String> {
        let source = self.source;
        let f = self.function(look.data)?;
        let by = match method {
            TraceMethod::Exact => {
                let part = work::trace(matrix).ok_or("the empirical Fisher matrix has no exact trace here")?;
                return match f.trace_of(part) {
                    Some(trace) => Ok(vec![Quantity::exact(trace?)]),
                    None => Ok(vec![Quantity::exact(diagonal(&mut *operator(f, matrix))?)]),
                };
            }
            TraceMethod::Values => {
                let found = self.curvatures(look, probes, false, key)?;
                return Ok(one(found.trace, self.source));
            }
            TraceMethod::Automatic => {
                if let Some(Ok(trace)) = work::trace(matrix).and_then(|part| f.trace_of(part)) {
                    return Ok(errors::certain(trace));
                }
                // As many products as random vectors would take give it whole.
                if f.dimension() <= probes {
                    return Ok(errors::certain(diagonal(&mut *operator(f, matrix))?));
                }
                trace::Method::Rademacher
            }
            TraceMethod::Rademacher => trace::Method::Rademacher,
            TraceMethod::Gaussian => trace::Method::Gaussian,
            TraceMethod::HutchPlusPlus => trace::Method::HutchPlusPlus,
        };
        Ok(one(trace::trace(&mut *operator(f, matrix), by, probes, key)?, source))
    }

    fn curvatures(&mut self, look: &Look, planes: usize, products: bool, key: Key) -> Result<curvature::Curvature, String> {
        let point = self.point.clone();
        let f = self.function(look.data)?;
        if products {
            return curvature::by_forms(&mut Hessian(f), planes, Scale::Gaussian, key);
        }
        let reach = 1e-3 * (1.0 + vectors::norm(&point));
        curvature::by_values(f, &point, planes, Scale::Gaussian, Stencil { reach, points: 2 }, key)
    }

    fn critical(
        &mut self,
        look: &Look,
        directions: &Directions,
        draws: usize,
        flat: f64,
        key: Key,
    ) -> Result<Vec<Quantity>, String> {
        let point = self.point.clone();
        if let Directions::Random { count, normalise: n } = directions {
            let settings = critical::Settings { directions: *count, draws, normalise: normalise(*n), flat, key };
            let f = self.function(look.data)?;
            let blocks = f.blocks().to_vec();
            let found = critical::looks(&mut Hessian(f), &point, &blocks, &settings)?;
            return Ok(vec![errors::shares(&found.counts, self.source)]);
        }
        let directions = self.directions(directions, look, key)?;
        let f = self.function(look.data)?;
        let curvatures = critical::projected(&mut Hessian(f), &directions)?;
        let size = curvatures.iter().fold(0.0f64, |m, k| m.max(k.abs()));
        let kind = critical::look(&curvatures, flat * size) as usize;
        Ok(vec![array(vec![4], (0..4).map(|k| f64::from(u8::from(k == kind))).collect())])
    }
}
