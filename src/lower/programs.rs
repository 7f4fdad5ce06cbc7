//! The programs of a plan's networks and models, each compiled once: for what is known of trainings and probes before they run.

use super::landscape::Source;
use super::network::Mode;
use super::parts::Part;
use crate::kernels::tensor::Program;
use crate::plan::data::{Facts, Loader};
use crate::plan::{Plan, Subject};
use std::collections::BTreeMap;
use std::sync::Arc;

/// In a training, or where a landscape is looked at.
type Key = (u8, u32, bool);

fn key(subject: Subject, mode: Mode) -> Key {
    match subject {
        // The energy of a model is the same in both.
        Subject::Model(m) => (0, m, false),
        Subject::Machine(m) => (2, m, false),
        Subject::Network(n) => (1, n, mode == Mode::Training),
    }
}

/// Sources and programs of a plan.
pub struct Programs<'p> {
    pub plan: &'p Plan,
    sources: BTreeMap<Key, Result<Arc<Source>, String>>,
    programs: BTreeMap<(Key, Part), Result<Arc<Program>, String>>,
    facts: BTreeMap<u32, Result<Arc<Facts>, String>>,
    loader: Loader,
}

impl<'p> Programs<'p> {
    pub fn new(plan: &'p Plan) -> Programs<'p> {
        Programs { plan, sources: BTreeMap::new(), programs: BTreeMap::new(), facts: BTreeMap::new(), loader: Loader::default() }
    }

    /// A function before anything is compiled.
    pub fn source(&mut self, subject: Subject, mode: Mode) -> Result<Arc<Source>, String> {
        let plan = self.plan;
        let make = || match subject {
            Subject::Model(m) => Source::of_model(plan, m),
            Subject::Machine(m) => Source::of_machine(plan, m),
            Subject::Network(n) => {
                let n = &plan.networks[n as usize];
                // In training the running averages are not read.
                let averages: Vec<Vec<f64>> = n.buffers.iter().map(|b| vec![b.initial; b.size]).collect();
                Source::of_network(n, mode, if mode == Mode::Training { &[] } else { &averages })
            }
        };
        self.sources.entry(key(subject, mode)).or_insert_with(|| make().map(Arc::new)).clone()
    }

    /// The program of a part.
    pub fn program(&mut self, subject: Subject, mode: Mode, part: Part) -> Result<Arc<Program>, String> {
        let place = (key(subject, mode), part);
        if let Some(known) = self.programs.get(&place) {
            return known.clone();
        }
        let made = self.source(subject, mode).and_then(|s| s.program(part)).map(Arc::new);
        self.programs.insert(place, made.clone());
        made
    }

    /// By parameter: whether the derivative is zero everywhere.
    pub fn flat(&mut self, subject: Subject, mode: Mode) -> Result<Vec<bool>, String> {
        self.source(subject, mode)?.flat()
    }

    /// Whether a data set can be read to its end, as far as that is told at little cost.
    pub fn whole(&mut self, data: u32) -> Result<(), String> {
        self.loader.whole(&self.plan.data[data as usize])
    }

    /// All of a data set.
    pub fn materialise(&mut self, data: u32) -> Result<crate::plan::data::Examples, String> {
        self.loader.materialise(&self.plan.data[data as usize])
    }

    /// What a data set brings.
    pub fn facts(&mut self, data: u32) -> Result<Arc<Facts>, String> {
        let (loader, set) = (&mut self.loader, &self.plan.data[data as usize]);
        self.facts.entry(data).or_insert_with(|| loader.facts(set).map(Arc::new)).clone()
    }

    /// The number of examples of a data set; one where there is none, or where it cannot be read.
    pub fn examples(&mut self, data: Option<u32>) -> usize {
        data.and_then(|k| self.facts(k).ok()).map_or(1, |f| f.examples.max(1))
    }

    /// The number of variables, or of weights.
    pub fn dimension(&self, subject: Subject) -> usize {
        match subject {
            Subject::Model(m) => self.plan.models[m as usize].components(),
            Subject::Machine(m) => self.plan.models[m as usize].dimension(),
            Subject::Network(n) => self.plan.networks[n as usize].dimension(),
        }
    }
}
