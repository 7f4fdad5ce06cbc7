//! Averages and other functions over realisations of disorder.
//!
//! The realisations are independent and identically distributed, so their own spread is the error of any function of
//! them; it includes the errors of the single runs, which are therefore not added again.

use super::super::derive::{Evaluation, Position, Source, Tensor};
use crate::kernels::random::{Key, Stream};
use crate::plan::{Analysis, Expr};

impl Evaluation<'_> {
    pub(super) fn disorder(
        &self,
        axis: &str,
        local: u32,
        resamples: Option<(u64, u64, usize)>,
        parts: &[Expr],
        at: &mut Position,
    ) -> Result<Tensor, String> {
        let axes = self.results.axes(&parts[0]);
        let n = axes
            .iter()
            .find(|a| a.name == axis)
            .map(|a| a.coordinates.len())
            .ok_or_else(|| format!("there is no axis `{axis}`"))?;
        let source = match resamples {
            None => Source::Realisations { axis: axis.to_string(), count: n },
            Some((a, b, count)) => Source::Resamples { axis: axis.to_string(), key: (a, b), count },
        };
        if n < 2 {
            return Err(format!("the axis `{axis}` has one realisation: the spread of one is not known"));
        }
        self.uses(source.clone());
        let chosen: Vec<usize> = match self.replaced {
            Some((s, k)) if *s == source => match resamples {
                None => (0..n).filter(|i| *i != k).collect(),
                Some((a, b, _)) => {
                    let mut stream = Stream::new(Key(a, b).derive(k as u64));
                    (0..n).map(|_| ((stream.uniform() * n as f64) as usize).min(n - 1)).collect()
                }
            },
            _ => (0..n).collect(),
        };
        self.sealed.set(self.sealed.get() + 1);
        // What one realisation gives does not depend on which of them are taken.
        let inner = |e: &Expr| matches!(e, Expr::Analyse(Analysis::Disorder { .. }, _));
        let same = self.replaced.is_none_or(|(s, _)| *s == source);
        let kept = same && self.locals.borrow().is_empty() && !parts[0].contains(&inner);
        let mut values = Vec::with_capacity(n);
        for i in chosen {
            at.push((axis.to_string(), i));
            values.push(if kept { self.once(&parts[0], at) } else { self.eval(&parts[0], at) });
            at.pop();
        }
        self.sealed.set(self.sealed.get() - 1);
        let values: Vec<Tensor> = values.into_iter().collect::<Result<_, _>>()?;
        let shape = values[0].shape.clone();
        // The form is a function of numbers: each element has its own list.
        let mut data = Vec::new();
        for k in 0..values[0].data.len() {
            let list: Vec<f64> = values.iter().map(|v| v.data.get(k).copied().unwrap_or(f64::NAN)).collect();
            self.locals.borrow_mut().push((local, Tensor { shape: vec![list.len()], data: list }));
            let value = self.eval(&parts[1], at);
            self.locals.borrow_mut().pop();
            data.push(value?.data.first().copied().unwrap_or(f64::NAN));
        }
        Ok(Tensor { shape, data })
    }

    /// A value that all replicates share, worked out once.
    fn once(&self, e: &Expr, at: &mut Position) -> Result<Tensor, String> {
        let key = format!("once {e:p} {at:?}");
        if let Some(known) = self.windows.borrow().fixed.get(&key) {
            return Ok(known.clone());
        }
        let value = self.eval(e, at)?;
        self.windows.borrow_mut().fixed.insert(key, value.clone());
        Ok(value)
    }
}
