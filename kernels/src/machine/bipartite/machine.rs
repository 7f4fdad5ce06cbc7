//! Two layers as a [`Machine`].

use super::super::bits::PANEL;
use super::super::product::rows_of;
use super::super::words::START;
use super::super::{Annealed, Chains, Machine, Path, Rows, Single, Sweeps};
use super::Bipartite;
use super::layer::{Source, Unit};
use super::moments::{Part, Sums};
use super::state::State;
use crate::random::Key;

impl Machine for Bipartite {
    fn dimension(&self) -> usize {
        self.coordinates.dimension()
    }

    fn visible(&self) -> usize {
        self.visible.units
    }

    fn hidden(&self) -> usize {
        self.hidden.units
    }

    fn widths(&self) -> (usize, usize) {
        (self.visible.columns, self.hidden.columns)
    }

    fn values(&self, unit: usize) -> Option<usize> {
        let v = self.visible.units;
        let (unit, _) = if unit < v { self.visible.unit(unit) } else { self.hidden.unit(unit - v) };
        unit.values()
    }

    fn independent(&self) -> bool {
        true
    }

    fn set(&mut self, theta: &[f64]) -> Result<(), String> {
        self.renew(theta)
    }

    fn start(&self, count: usize, key: Key) -> Chains {
        let source = Source::new(key, START, 0);
        let mut labels = [vec![0.0; count * self.visible.units], vec![0.0; count * self.hidden.units]];
        let mut first = 0;
        for (side, labels) in [&self.visible, &self.hidden].into_iter().zip(&mut labels) {
            for (r, out) in labels.chunks_exact_mut(side.units).enumerate() {
                for (unit, i, _) in side.each() {
                    out[i] = unit.draw(1.0, |_| 0.0, &source, r, first + i);
                }
            }
            first += side.units;
        }
        let [visible, hidden] = labels;
        Chains { count, visible, hidden, key, sweeps: 0 }
    }

    fn sweep(&self, chains: &mut Chains, how: &Sweeps) {
        self.gibbs(chains, how);
    }

    fn energies(&self, rows: &Rows, out: &mut [f64]) {
        let Some(hidden) = rows.hidden else { return out.fill(f64::NAN) };
        let (v, h) = (self.state_of(rows), State::new(&self.hidden, rows.count, hidden));
        let y = self.project(&h, false, |_, _| {});
        for (r, out) in out.iter_mut().enumerate() {
            let at = |c: usize| f64::from(y[(c / PANEL * rows.count + r) * PANEL + c % PANEL]);
            let weight = self.constant
                + v.dot(&self.visible, r, |c| self.fields[0][c] + at(c))
                + h.dot(&self.hidden, r, |c| self.fields[1][c]);
            let (nv, nh) = (self.visible.units, self.hidden.units);
            let own = self.visible.own(&rows.visible[r * nv..(r + 1) * nv]) + self.hidden.own(&hidden[r * nh..(r + 1) * nh]);
            *out = own - weight;
        }
    }

    fn statistics(&self, rows: &Rows, scale: f64, out: &mut [f64]) {
        let state = self.state_of(rows);
        let means = self.conditional(&state, true);
        self.collect(&[Part { state: &state, means: &means, scale }], out);
    }

    fn contrast(&self, data: &Rows, model: &Rows, out: &mut [f64]) {
        let states = [model, data].map(|rows| self.state_of(rows));
        let means = [0, 1].map(|k| self.conditional(&states[k], true));
        let part = |k: usize, scale: f64| Part { state: &states[k], means: &means[k], scale };
        out.fill(0.0);
        self.collect(&[part(0, 1.0 / model.count as f64), part(1, -1.0 / data.count as f64)], out);
    }

    fn divergence(&self, data: &Rows, steps: u64, key: Key, out: &mut [f64]) {
        self.contrastive(data, steps, key, out);
    }

    fn free_energies(&self, rows: &Rows, beta: f64, out: &mut [f64]) -> Result<(), String> {
        self.free(rows, beta, out);
        Ok(())
    }

    fn expand(&self, rows: &Rows, out: &mut [f64]) {
        let (nv, nh) = self.widths();
        let state = self.state_of(rows);
        let (columns, means) = (state.columns(&self.visible), self.conditional(&state, true));
        let mut hidden = vec![0.0; rows.count * nh];
        rows_of(&means, rows.count, nh, &mut hidden);
        for (r, out) in out.chunks_exact_mut(nv + nh).enumerate() {
            let values = columns[r * nv..(r + 1) * nv].iter().chain(&hidden[r * nh..(r + 1) * nh]);
            out.iter_mut().zip(values).for_each(|(o, x)| *o = f64::from(*x));
        }
    }

    fn reconstruct(&self, rows: &Rows, out: &mut [f32]) -> Result<(), String> {
        let (nv, nh) = self.widths();
        let means = self.conditional(&self.state_of(rows), true);
        let mut values = vec![0.0; rows.count * nh];
        rows_of(&means, rows.count, nh, &mut values);
        let back = self.conditional(&State::Dense { rows: rows.count, values }, false);
        rows_of(&back, rows.count, nv, out);
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
        Ok(())
    }

    fn reacts(&self, order: u8) -> Result<(), String> {
        if !(1..=3).contains(&order) {
            return Err(format!("mean fields have orders 1, 2 and 3, not {order}"));
        }
        if order > 1 && !(self.visible.two && self.hidden.two) {
            return Err("the terms beyond mean field are of units of two values".into());
        }
        Ok(())
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
        let (nv, nh) = self.widths();
        let (mu, lambda) = offsets.split_at(nv);
        let (w, rest) = gradient.split_at_mut(nv * nh);
        let (b, c) = rest.split_at_mut(nv);
        let mut on_hidden = vec![0.0; nh];
        let mut on_visible = vec![0.0; nv];
        for (i, line) in w.chunks_exact_mut(nh).enumerate() {
            for (j, g) in line.iter_mut().enumerate() {
                *g -= mu[i] * c[j] + lambda[j] * b[i];
                on_visible[i] += lambda[j] * *g;
                on_hidden[j] += mu[i] * *g;
            }
        }
        b.iter_mut().zip(&on_visible).for_each(|(b, x)| *b -= x);
        c.iter_mut().zip(&on_hidden).for_each(|(c, x)| *c -= x);
        Ok(())
    }

    fn means(&self, rows: &Rows, out: &mut [f64]) {
        let (nv, _) = self.widths();
        let state = self.state_of(rows);
        let means = self.conditional(&state, true);
        let scale = 1.0 / rows.count as f64;
        let mut line = vec![0.0f64; nv];
        out.fill(0.0);
        for labels in rows.visible.chunks_exact(self.visible.units) {
            self.visible.expand(labels, &mut line);
            out.iter_mut().zip(&line).for_each(|(o, x)| *o += scale * x);
        }
        for (j, out) in out[nv..].iter_mut().enumerate() {
            *out =
                (0..rows.count).map(|r| f64::from(means[(j / PANEL * rows.count + r) * PANEL + j % PANEL])).sum::<f64>() * scale;
        }
        let values = self.visible.low.iter().zip(&self.visible.step).chain(self.hidden.low.iter().zip(&self.hidden.step));
        out.iter_mut().zip(values).for_each(|(o, (low, step))| *o = low + step * *o);
    }

    fn sparsity(&self, rows: &Rows, target: f64, strength: f64, out: &mut [f64]) -> Result<f64, String> {
        if self.hidden.real {
            return Err("sparsity is of hidden units of finitely many values".into());
        }
        let n = rows.count;
        let state = self.state_of(rows);
        let mut means = self.conditional(&state, true);
        let at = |c: usize, r: usize| (c / PANEL * n + r) * PANEL + c % PANEL;
        let mut value = 0.0;
        for (unit, _, c) in self.hidden.each() {
            let last = c + unit.wide() - 1;
            let q = (0..n).map(|r| f64::from(means[at(last, r)])).sum::<f64>() / n as f64;
            value += strength * (q - target) * (q - target);
            let slope = (2.0 * strength * (q - target)) as f32;
            for r in 0..n {
                let p = means[at(last, r)];
                for k in c..=last {
                    let own = if k == last { 1.0 } else { 0.0 };
                    means[at(k, r)] = slope * p * (own - means[at(k, r)]);
                }
            }
        }
        let sums = self.sums(&[Part { state: &state, means: &means, scale: 1.0 / n as f64 }]);
        let sums = Sums { visible: vec![0.0; self.visible.columns], weight: 0.0, ..sums };
        self.coordinates.pull(&self.to_values(sums), out);
        Ok(value)
    }

    fn features(&self, visible: &[f32], hidden: &[f32], out: &mut [f64]) {
        let (nv, nh) = self.widths();
        let (mut s, mut t) = (vec![0.0f64; nv], vec![0.0f64; nh]);
        self.visible.expand(visible, &mut s);
        self.hidden.expand(hidden, &mut t);
        let pairs = (0..nv * nh).map(|k| s[k / nh] * t[k % nh]).collect();
        out.fill(0.0);
        self.coordinates.pull(&self.to_values(Sums { pairs, visible: s, hidden: t, weight: 1.0 }), out);
    }

    fn real(&self) -> bool {
        self.visible.groups.iter().any(|g| matches!(g.unit, Unit::Real { .. }) && g.count > 0)
    }
}
