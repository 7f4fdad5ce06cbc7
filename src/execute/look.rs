//! One measurement: from the states of kernels to the numbers that are recorded.

use crate::lower::{Compiled, Kernel, States};
use crate::plan::{Keep, Model, SamplePoint};

/// The kernel and the lane that hold a replica.
pub type Place<'k> = (&'k dyn Kernel, usize);

/// Room for the measurements of a point.
pub struct Look {
    /// Of all replicas, one after the other.
    pub states: States,
    /// What was recorded: one number a series.
    pub out: Vec<f64>,
    pub energies: Vec<f64>,
    totals: Vec<Option<f64>>,
}

impl Look {
    pub fn new(compiled: &Compiled, model: &Model) -> Look {
        let replicas = compiled.replicas();
        Look {
            states: States::new(model, replicas),
            out: vec![0.0; compiled.series()],
            energies: vec![0.0; replicas],
            totals: vec![None; replicas],
        }
    }

    /// One measurement of a chain; `place` says where its replicas are. Errors: a quantity that is not a number.
    pub fn measure<'k>(
        &mut self,
        compiled: &Compiled,
        keep_states: bool,
        place: &dyn Fn(usize) -> Place<'k>,
    ) -> Result<(), String> {
        let replicas = compiled.replicas();
        for r in 0..replicas {
            let (kernel, lane) = place(r);
            self.energies[r] = kernel.energy(lane);
            if self.energies[r].is_nan() {
                return Err("the energy is not a number in some state".into());
            }
            self.totals[r] = if compiled.needs_total() { kernel.total(lane) } else { None };
        }
        let total_missing = compiled.needs_total() && self.totals.iter().any(Option::is_none);
        if compiled.reads_state() || keep_states || total_missing {
            for r in 0..replicas {
                let (kernel, lane) = place(r);
                kernel.read(lane, &mut self.states, r);
            }
        }
        let view = self.states.view();
        compiled.measure(&self.energies, &self.totals, &mut || view, &mut self.out);
        match self.out.iter().position(|x| x.is_nan()) {
            Some(k) => Err(format!("{} is not a number in some state", compiled.series_name(k))),
            None => Ok(()),
        }
    }
}

/// Which states are kept: every so many measurements, or only the last.
pub fn keep_states(p: &SamplePoint) -> Option<(u64, bool)> {
    p.looks.keep.iter().find_map(|k| match k {
        // The distance is counted in sweeps, and states are there at measurements.
        Keep::States { every, last } => Some((every.div_ceil(p.every).max(1), *last)),
        _ => None,
    })
}
