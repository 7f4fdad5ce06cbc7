//! Directions, and looks along them.

use super::looks::{normalise, operator};
use super::{Looker, array};
use crate::kernels::landscape::{Objective, directions, eigen, maps, trajectory, vectors};
use crate::kernels::random::Key;
use crate::lower::data::Stored;
use crate::plan::landscape::{Directions, Look, Probe, steps};
use crate::results::Quantity;

impl<T: Stored> Looker<'_, T> {
    /// The vectors of directions through the point.
    pub(super) fn directions(&mut self, wanted: &Directions, look: &Look, key: Key) -> Result<Vec<Vec<f64>>, String> {
        let point = self.point.clone();
        match wanted {
            Directions::Random { count, normalise: n } => {
                let blocks = self.function(look.data)?.blocks().to_vec();
                directions::random(*count, normalise(*n), false, &point, &blocks, key)
            }
            Directions::Hessian { largest, smallest, matrix } => {
                // The same eigenvectors for all looks at this point.
                let name = format!("{largest} {smallest} {matrix:?} {:?}", look.data);
                if let Some(known) = self.eigenvectors.iter().find(|e| e.0 == name) {
                    return Ok(known.1.clone());
                }
                let mut by = self.keys.clone();
                by.push("eigenvectors".into());
                let key = crate::plan::draw::key_from(self.seed, self.task, &by);
                let settings =
                    eigen::Settings { tolerance: 1e-4, products: 5_000, ..eigen::Settings::new(*largest, *smallest, key) };
                let f = self.function(look.data)?;
                let found = directions::of_matrix(&mut *operator(f, *matrix), &settings)?.0;
                self.eigenvectors.push((name, found.clone()));
                Ok(found)
            }
            Directions::Trajectory { count } => Ok(trajectory::principal(&self.path, &point, *count)?.directions),
            Directions::To(points) => {
                points.iter().map(|p| (self.others)(p).map(|to| vectors::difference(&to.point, &point))).collect()
            }
            Directions::Gradient => {
                let f = self.function(look.data)?;
                let mut g = vec![0.0; f.dimension()];
                f.gradient(&mut g);
                vectors::unit(&mut g);
                Ok(vec![g])
            }
            Directions::Given(given) => Ok((**given).clone()),
        }
    }

    pub(super) fn sliced(&mut self, look: &Look) -> Result<Vec<Quantity>, String> {
        let key = self.key(look);
        let point = self.point.clone();
        match &look.what {
            Probe::Slice { directions, range, points } => {
                let drift = self.drift_along(directions)?;
                let directions = self.directions(directions, look, key)?;
                let t = steps(*range, *points);
                let places: Vec<Vec<f64>> = match directions.len() {
                    1 => t.iter().map(|a| vec![*a]).collect(),
                    _ => t.iter().flat_map(|a| t.iter().map(move |b| vec![*a, *b])).collect(),
                };
                let mut values = vec![0.0; places.len()];
                let f = self.function(look.data)?;
                f.follow(drift);
                f.slice(&point, &directions, &places, &mut values);
                f.follow(None);
                Ok(vec![array(vec![*points; directions.len()], values)])
            }
            Probe::EigenvalueMap { directions, range, points, largest } => {
                let drift = self.drift_along(directions)?;
                let directions = self.directions(directions, look, key)?;
                let t = steps(*range, *points);
                let f = self.function(look.data)?;
                let nothing = vec![0.0; point.len()];
                let (pair, second) = match &directions[..] {
                    [a, b] => ([a.clone(), b.clone()], t.clone()),
                    [a] => ([a.clone(), nothing], vec![0.0]),
                    _ => return Err("a map has one or two directions".into()),
                };
                f.follow(drift);
                let found = maps::map(f, &point, &pair, (&t, &second), (1e-3, 1_000), key);
                f.follow(None);
                let found = found?;
                if found.converged.contains(&false) {
                    self.warn("some eigenvalues of a map did not converge".into());
                }
                Ok(vec![array(vec![*points; directions.len()], if *largest { found.largest } else { found.smallest })])
            }
            Probe::Trajectory { directions } => {
                let along = self.directions(directions, look, key)?;
                let shadow = trajectory::shadow(&self.path, &point, &along)?;
                let moved: f64 = self.path.iter().map(|p| vectors::difference(p, &point)).map(|d| vectors::dot(&d, &d)).sum();
                let explained = along
                    .iter()
                    .map(|d| {
                        let length = vectors::dot(d, d);
                        let part: f64 = self
                            .path
                            .iter()
                            .map(|p| vectors::dot(&vectors::difference(p, &point), d))
                            .map(|c| c * c / length)
                            .sum();
                        if moved > 0.0 { part / moved } else { 0.0 }
                    })
                    .collect();
                let count = along.len();
                let flat: Vec<f64> = shadow.coordinates.iter().flatten().copied().collect();
                Ok(vec![array(vec![self.path.len(), count], flat), array(vec![count], explained)])
            }
            other => Err(format!("this look is not known here: {other:?}")),
        }
    }
}
