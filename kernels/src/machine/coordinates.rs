//! From the parameters of a model to the coefficients of a machine: η = base + A θ, and gradients the other way.

/// The first place that holds no finite number. Stretches are looked at whole, which vectors do at the speed of memory.
pub(super) fn not_finite(x: &[f64]) -> Option<usize> {
    const STRETCH: usize = 1024;
    let at = x.chunks(STRETCH).position(|x| x.iter().fold(false, |any, x| any | !x.is_finite()))? * STRETCH;
    x[at..].iter().position(|x| !x.is_finite()).map(|k| at + k)
}

/// An affine map from θ to η, sparse.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinates {
    dimension: usize,
    base: Vec<f64>,
    /// Of each η: the terms from `start[m]` to `start[m + 1]`. None: η = θ.
    terms: Option<Terms>,
}

#[derive(Clone, Debug, PartialEq)]
struct Terms {
    start: Vec<usize>,
    index: Vec<u32>,
    factor: Vec<f64>,
}

impl Coordinates {
    /// η = θ.
    pub fn same(len: usize) -> Coordinates {
        Coordinates { dimension: len, base: vec![0.0; len], terms: None }
    }

    /// From terms (place in η, place in θ, factor) in any order; those of the same places add up.
    pub fn new(dimension: usize, base: Vec<f64>, terms: &[(usize, usize, f64)]) -> Result<Coordinates, String> {
        let len = base.len();
        if let Some(t) = terms.iter().find(|t| t.0 >= len || t.1 >= dimension || !t.2.is_finite()) {
            return Err(format!("term {t:?} is not one of {len} coefficients and {dimension} parameters"));
        }
        if base.iter().any(|x| !x.is_finite()) {
            return Err("a coefficient is no finite number".into());
        }
        let mut sorted = terms.to_vec();
        sorted.sort_by_key(|t| (t.0, t.1));
        let plain = base.iter().all(|x| *x == 0.0);
        if plain && dimension == len && sorted.len() == len && sorted.iter().enumerate().all(|(k, t)| *t == (k, k, 1.0)) {
            return Ok(Coordinates::same(len));
        }
        let mut start = vec![0; len + 1];
        sorted.iter().for_each(|t| start[t.0 + 1] += 1);
        (0..len).for_each(|k| start[k + 1] += start[k]);
        let index = sorted.iter().map(|t| t.1 as u32).collect();
        let factor = sorted.iter().map(|t| t.2).collect();
        Ok(Coordinates { dimension, base, terms: Some(Terms { start, index, factor }) })
    }

    /// The number of parameters θ.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The number of coefficients η.
    pub fn len(&self) -> usize {
        self.base.len()
    }

    /// Whether there are no coefficients.
    pub fn is_empty(&self) -> bool {
        self.base.is_empty()
    }

    /// Whether η = θ.
    pub fn is_same(&self) -> bool {
        self.terms.is_none()
    }

    /// η of θ. `Err` where θ is not all finite numbers.
    pub fn apply(&self, theta: &[f64], eta: &mut Vec<f64>) -> Result<(), String> {
        if theta.len() != self.dimension {
            return Err(format!("{} parameters were given, there are {}", theta.len(), self.dimension));
        }
        if let Some(k) = not_finite(theta) {
            return Err(format!("parameter {k} is {}", theta[k]));
        }
        eta.clear();
        match &self.terms {
            None => eta.extend_from_slice(theta),
            Some(t) => eta.extend(self.base.iter().enumerate().map(|(m, base)| {
                let of = t.start[m]..t.start[m + 1];
                t.index[of.clone()].iter().zip(&t.factor[of]).fold(*base, |s, (k, f)| s + f * theta[*k as usize])
            })),
        }
        Ok(())
    }

    /// A x alone, without the base: how η moves with θ.
    pub fn along(&self, x: &[f64]) -> Vec<f64> {
        match &self.terms {
            None => x.to_vec(),
            Some(t) => (0..self.len())
                .map(|m| {
                    let of = t.start[m]..t.start[m + 1];
                    t.index[of.clone()].iter().zip(&t.factor[of]).map(|(k, f)| f * x[*k as usize]).sum()
                })
                .collect(),
        }
    }

    /// Adds Aᵀ g.
    pub fn pull(&self, g: &[f64], out: &mut [f64]) {
        match &self.terms {
            None => out.iter_mut().zip(g).for_each(|(o, g)| *o += g),
            Some(t) => {
                for (m, g) in g.iter().enumerate() {
                    for k in t.start[m]..t.start[m + 1] {
                        out[t.index[k] as usize] += t.factor[k] * g;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_and_its_transpose() {
        let c = Coordinates::new(2, vec![0.5, 0.0, 1.0], &[(0, 1, 2.0), (2, 0, -1.0), (0, 0, 1.0), (0, 1, 1.0)]).expect("a map");
        let mut eta = vec![];
        c.apply(&[1.0, 10.0], &mut eta).expect("finite");
        assert_eq!(eta, [31.5, 0.0, 0.0]);
        let mut g = vec![0.0; 2];
        c.pull(&[1.0, 2.0, 3.0], &mut g);
        assert_eq!(g, [-2.0, 3.0]);
        assert_eq!(c.along(&[1.0, 10.0]), [31.0, 0.0, -1.0]);
        assert!(Coordinates::new(2, vec![0.0; 2], &[(1, 1, 1.0), (0, 0, 1.0)]).expect("the same").is_same());
        assert!(c.apply(&[f64::NAN, 0.0], &mut eta).is_err());
        let mut long = vec![1.0; 3000];
        assert_eq!(not_finite(&long), None);
        (long[2100], long[2999]) = (f64::NAN, f64::INFINITY);
        assert_eq!(not_finite(&long), Some(2100));
        assert_eq!(not_finite(&long[2101..]), Some(898));
        assert!(Coordinates::new(1, vec![0.0], &[(0, 1, 1.0)]).is_err());
    }
}
