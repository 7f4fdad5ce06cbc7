//! Any finite units as a [`Machine`].

use super::super::{Annealed, Chains, Machine, Path, Rows, Single, Sweeps};
use super::General;
use crate::random::Key;

/// Steps of mean field for hidden units that couple.
const STEPS: u32 = 30;

impl General {
    /// Columns of a row: the labels of visible units, and the means of hidden ones.
    fn row_columns(&self, visible: &[f32], out: &mut [f64]) {
        let (first, _) = self.columns();
        let nv = self.visible;
        for (u, label) in visible.iter().enumerate() {
            let c = &mut out[first[u]..first[u] + self.wide(u)];
            match self.sizes[u] {
                1 => c[0] = 0.0,
                2 => c[0] = f64::from(*label),
                _ => {
                    c.fill(0.0);
                    c[*label as usize] = 1.0;
                }
            }
        }
        if self.independent {
            let values = self.values_of::<1>(visible, None);
            for u in nv..self.units() {
                let (p, _) = self.law(u, 1.0, &values);
                self.columns_of(u, &p, &mut out[first[u]..first[u] + self.wide(u)]);
            }
            return;
        }
        for u in nv..self.units() {
            out[first[u]..first[u] + self.wide(u)].fill(1.0 / self.sizes[u] as f64);
        }
        // The first order serves every machine.
        let done = self.relax(out, STEPS, nv..self.units(), false);
        debug_assert!(done.is_ok());
    }
}

impl Machine for General {
    fn dimension(&self) -> usize {
        self.coordinates.dimension()
    }

    fn visible(&self) -> usize {
        self.visible
    }

    fn hidden(&self) -> usize {
        self.units() - self.visible
    }

    fn widths(&self) -> (usize, usize) {
        let (first, all) = self.columns();
        let v = first.get(self.visible).copied().unwrap_or(all);
        (v, all - v)
    }

    fn real(&self) -> bool {
        false
    }

    fn values(&self, unit: usize) -> Option<usize> {
        Some(self.sizes[unit])
    }

    fn independent(&self) -> bool {
        self.independent
    }

    fn set(&mut self, theta: &[f64]) -> Result<(), String> {
        self.renew(theta)
    }

    fn start(&self, count: usize, key: Key) -> Chains {
        self.begin(count, key)
    }

    fn sweep(&self, chains: &mut Chains, how: &Sweeps) {
        self.gibbs(chains, how);
    }

    fn energies(&self, rows: &Rows, out: &mut [f64]) {
        if rows.hidden.is_none() && self.hidden() > 0 {
            return out.fill(f64::NAN);
        }
        self.add_energies(rows, out);
    }

    fn statistics(&self, rows: &Rows, scale: f64, out: &mut [f64]) {
        self.add_statistics(rows, scale, out);
    }

    fn free_energies(&self, rows: &Rows, beta: f64, out: &mut [f64]) -> Result<(), String> {
        self.free(rows, beta, out)
    }

    fn expand(&self, rows: &Rows, out: &mut [f64]) {
        let (v, h) = self.widths();
        for (row, out) in rows.visible.chunks_exact(self.visible).zip(out.chunks_exact_mut(v + h)) {
            self.row_columns(row, out);
        }
    }

    /// Each visible unit's mean given the means of the hidden units and the other visible ones as they are.
    fn reconstruct(&self, rows: &Rows, out: &mut [f32]) -> Result<(), String> {
        let (v, h) = self.widths();
        let (first, _) = self.columns();
        let mut columns = vec![0.0; v + h];
        for (row, out) in rows.visible.chunks_exact(self.visible).zip(out.chunks_exact_mut(v)) {
            self.row_columns(row, &mut columns);
            let values = self.at_means(&columns);
            for u in 0..self.visible {
                let (p, _) = self.law(u, 1.0, &values);
                let mut mean = vec![0.0; self.wide(u)];
                self.columns_of(u, &p, &mut mean);
                out[first[u]..].iter_mut().zip(&mean).for_each(|(o, m)| *o = *m as f32);
            }
        }
        Ok(())
    }

    fn singles(&self, rows: &Rows, what: Single, out: Option<&mut [f64]>) -> Result<f64, String> {
        self.one_by_one(rows, what, out)
    }

    fn log_z(&self, beta: f64) -> Result<f64, String> {
        self.partition(beta)
    }

    fn exact(&self, out: &mut [f64]) -> Result<f64, String> {
        self.averages(out)
    }

    fn enumerable(&self, order: u8) -> Result<(), String> {
        self.enumerated(order)
    }

    fn summable(&self) -> Result<(), String> {
        if self.independent { Ok(()) } else { self.hidden_states().map(|_| ()) }
    }

    fn reacts(&self, order: u8) -> Result<(), String> {
        match order {
            1 => Ok(()),
            2 => self.pairs().map(|_| ()),
            _ => Err(format!("mean fields of this machine have orders 1 and 2, not {order}")),
        }
    }

    fn covariance(&self, log_z: f64, means: &[f64], x: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.covariance_of(log_z, means, x, out)
    }

    fn means_given(&self, rows: &Rows, out: &mut [f64]) -> Result<(), String> {
        self.given(rows, None, out)
    }

    fn covariance_given(&self, rows: &Rows, x: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.given(rows, Some(x), out)
    }

    fn fields(&self, means: &mut [f64], order: u8, steps: u32, out: &mut [f64]) -> Result<f64, String> {
        self.mean_fields(means, order, steps, out)
    }

    fn anneal(&self, count: usize, path: &Path) -> Result<Annealed, String> {
        self.annealing(Ok(count), path)
    }

    fn anneal_back(&self, from: &Rows, path: &Path) -> Result<Annealed, String> {
        self.annealing(Err(from), path)
    }

    fn centre(&self, offsets: &[f64], gradient: &mut [f64]) -> Result<(), String> {
        if !self.coordinates.is_same() {
            return Err("centring needs a parameter of its own for every coupling and every field".into());
        }
        let values = self.at_means(offsets);
        // The field of each atom.
        let mut field = vec![None; self.atoms.len()];
        for m in 0..self.terms.len() {
            match self.terms.get(m) {
                [a] => field[*a as usize] = Some(m),
                [] | [_, _] => {}
                _ => return Err("centring is of machines of fields and pairs".into()),
            }
        }
        let own = |a: u32| field[a as usize].ok_or("centring needs a field for every unit that couples");
        let plain = gradient.to_vec();
        for m in 0..self.terms.len() {
            if let [a, b] = *self.terms.get(m) {
                let (mu, lambda) = (values[a as usize][0], values[b as usize][0]);
                let (of_a, of_b) = (own(a)?, own(b)?);
                gradient[m] = plain[m] - mu * plain[of_b] - lambda * plain[of_a];
                gradient[of_a] -= lambda * gradient[m];
                gradient[of_b] -= mu * gradient[m];
            }
        }
        Ok(())
    }

    fn means(&self, rows: &Rows, out: &mut [f64]) {
        let mut line = vec![0.0; out.len()];
        out.fill(0.0);
        for row in rows.visible.chunks_exact(self.visible) {
            self.row_columns(row, &mut line);
            out.iter_mut().zip(&line).for_each(|(o, x)| *o += x / rows.count as f64);
        }
    }

    fn sparsity(&self, rows: &Rows, target: f64, strength: f64, out: &mut [f64]) -> Result<f64, String> {
        self.add_sparsity(rows, target, strength, out)
    }

    fn features(&self, visible: &[f32], hidden: &[f32], out: &mut [f64]) {
        let values = self.values_of::<1>(visible, Some(hidden));
        let phi: Vec<f64> = (0..self.terms.len()).map(|m| self.term(m, &values)[0]).collect();
        out.fill(0.0);
        self.coordinates.pull(&phi, out);
    }
}
