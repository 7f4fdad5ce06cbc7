//! The natural gradient of small machines: F⁻¹ g with F the covariance of the statistics φ (Amari, Neural Comput. 10, 251 (1998);
//! for machines with hidden units Desjardins, Pascanu, Courville, Bengio, ICLR 2013), by conjugate gradients.

use super::{Machine, Rows};

/// Statistics of states, from which products with their covariance are made.
pub struct Fisher {
    /// [states, parameters], centred, each row times the root of its weight.
    rows: Vec<f64>,
    dimension: usize,
}

impl Fisher {
    /// From states (visible and hidden) of equal weight.
    pub fn of_states<M: Machine>(machine: &M, states: &Rows) -> Result<Fisher, String> {
        let weight = 1.0 / states.count.max(1) as f64;
        let (nv, nh) = (machine.visible(), machine.hidden());
        let hidden = match states.hidden {
            Some(h) => h,
            None if nh == 0 => &[],
            None => return Err("the covariance of the statistics needs the states of the hidden units".into()),
        };
        let of = |k: usize| (&states.visible[k * nv..(k + 1) * nv], &hidden[k * nh..(k + 1) * nh]);
        Ok(Fisher::new(machine, (0..states.count).map(|k| (of(k).0, of(k).1, weight))))
    }

    /// From any states with their weights, which add up to 1.
    pub fn new<'a, M: Machine>(machine: &M, states: impl Iterator<Item = (&'a [f32], &'a [f32], f64)>) -> Fisher {
        let dimension = machine.dimension();
        let (mut rows, mut weights) = (vec![], vec![]);
        let mut phi = vec![0.0; dimension];
        let mut mean = vec![0.0; dimension];
        for (v, h, weight) in states {
            machine.features(v, h, &mut phi);
            mean.iter_mut().zip(&phi).for_each(|(m, x)| *m += weight * x);
            rows.extend_from_slice(&phi);
            weights.push(weight);
        }
        for (row, w) in rows.chunks_exact_mut(dimension.max(1)).zip(&weights) {
            let root = f64::sqrt(*w);
            row.iter_mut().zip(&mean).for_each(|(x, m)| *x = root * (*x - m));
        }
        Fisher { rows, dimension }
    }

    /// F x + damping x.
    pub fn apply(&self, x: &[f64], damping: f64, out: &mut [f64]) {
        out.iter_mut().zip(x).for_each(|(o, x)| *o = damping * x);
        for row in self.rows.chunks_exact(self.dimension.max(1)) {
            let dot: f64 = row.iter().zip(x).map(|(r, x)| r * x).sum();
            out.iter_mut().zip(row).for_each(|(o, r)| *o += dot * r);
        }
    }

    /// Replaces g by (F + damping)⁻¹ g, as far as `steps` steps of conjugate gradients go; gives the norm of what is left over
    /// that of g.
    pub fn solve(&self, g: &mut [f64], damping: f64, steps: usize) -> f64 {
        let product = |x: &[f64], out: &mut [f64]| {
            self.apply(x, damping, out);
            Ok(())
        };
        // The product has no errors.
        solve(g, steps, product).unwrap_or(f64::NAN)
    }
}

/// Replaces g by A⁻¹ g, A a positive matrix given by its products; gives the norm of what is left over that of g.
fn solve(g: &mut [f64], steps: usize, mut product: impl FnMut(&[f64], &mut [f64]) -> Result<(), String>) -> Result<f64, String> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut x = vec![0.0; g.len()];
    let mut r = g.to_vec();
    let mut p = r.clone();
    let mut q = vec![0.0; g.len()];
    let size = dot(g, g);
    let mut left = size;
    for _ in 0..steps {
        if left <= 1e-24 * size {
            break;
        }
        product(&p, &mut q)?;
        let curvature = dot(&p, &q);
        if curvature <= 0.0 {
            break;
        }
        let step = left / curvature;
        for k in 0..x.len() {
            x[k] += step * p[k];
            r[k] -= step * q[k];
        }
        let new = dot(&r, &r);
        let along = new / left;
        left = new;
        p.iter_mut().zip(&r).for_each(|(p, r)| *p = r + along * *p);
    }
    g.copy_from_slice(&x);
    Ok(if size > 0.0 { f64::sqrt(left / size) } else { 0.0 })
}

/// The direction (F + damping)⁻¹ g from states of the machine's law.
pub fn direction<M: Machine>(machine: &M, states: &Rows, g: &mut [f64], damping: f64, steps: usize) -> Result<f64, String> {
    if g.len() != machine.dimension() {
        return Err(format!("{} derivatives for {} parameters", g.len(), machine.dimension()));
    }
    Ok(Fisher::of_states(machine, states)?.solve(g, damping, steps))
}

/// The direction (F + damping)⁻¹ g with F by the sum over all states.
pub fn exact_direction<M: Machine>(machine: &M, g: &mut [f64], damping: f64, steps: usize) -> Result<f64, String> {
    let mut means = vec![0.0; machine.dimension()];
    let log_z = machine.exact(&mut means)?;
    solve(g, steps, |x, out| {
        machine.covariance(log_z, &means, x, out)?;
        out.iter_mut().zip(x).for_each(|(o, x)| *o += damping * x);
        Ok(())
    })
}
