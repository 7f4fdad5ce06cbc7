//! The identity of a point: what it computes and which random streams it draws from.
//!
//! Equal identities mean equal numbers, so a finished point is used again wherever its identity
//! turns up: after an interruption, with more points on an axis, in another order.

use crate::kernels::random::Key;
use crate::plan::data::Source;
use crate::plan::draw::key_from;
use crate::plan::training::Records;
use crate::plan::{AnnealPoint, At, Domain, Expr, Look, Looks, Model, Plan, ProbePoint, SamplePoint, Subject, Task, TrainPoint};
use crate::results::TaskResult;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Raised whenever the numbers that a plan gives change.
const NUMBERS: u32 = 3;

/// The stream of a point's chain; `replica` and `chain` count from 0.
pub fn stream(seed: u64, task: &Task, point: usize, chain: u32, replica: u32) -> Key {
    let mut by = task.labels(point);
    by.push(format!("chain {chain}"));
    by.push(format!("replica {replica}"));
    key_from(seed, &task.name, &by)
}

/// Hashes of the models, made once for all points.
pub struct Identities<'p> {
    plan: &'p Plan,
    models: Vec<[u8; 32]>,
    /// The contents of data sets that were asked for.
    data: std::sync::Mutex<std::collections::BTreeMap<u32, String>>,
}

impl<'p> Identities<'p> {
    pub fn new(plan: &'p Plan) -> Identities<'p> {
        let models = plan.models.iter().map(|m| model_hash(plan, m)).collect();
        Identities { plan, models, data: Default::default() }
    }

    fn base(&self, task: &Task, point: usize, model: u32) -> blake3::Hasher {
        let mut h = blake3::Hasher::new();
        h.update(&NUMBERS.to_le_bytes());
        h.update(&self.plan.seed.to_le_bytes());
        add(&mut h, &(&task.name, task.labels(point)));
        h.update(&self.models[model as usize]);
        h
    }

    /// The hash of a point whose deferred values are numbers by now.
    pub fn sample(&self, task: &Task, point: usize, p: &SamplePoint) -> String {
        let mut h = self.base(task, point, p.model);
        let plain = SamplePoint { model: 0, weights: At::Initial, looks: Arc::new(looks_of(&p.looks)), ..p.clone() };
        add(&mut h, &plain);
        self.references(&mut h, &p.looks);
        h.finalize().to_hex()[..32].to_string()
    }

    pub fn anneal(&self, task: &Task, point: usize, p: &AnnealPoint) -> String {
        let mut h = self.base(task, point, p.model);
        let plain = AnnealPoint { model: 0, weights: At::Initial, looks: Arc::new(looks_of(&p.looks)), ..p.clone() };
        add(&mut h, &plain);
        self.references(&mut h, &p.looks);
        h.finalize().to_hex()[..32].to_string()
    }

    pub fn train(&self, task: &Task, point: usize, p: &TrainPoint, before: &[TaskResult]) -> String {
        let mut h = self.subject(task, point, p.subject);
        let looks = p.looks.looks.iter().map(|l| Look { data: None, ..l.clone() }).collect();
        let records = Records { looks, ..(*p.looks).clone() };
        let plain =
            TrainPoint { subject: Subject::Model(0), data: None, start: At::Zeros, looks: Arc::new(records), ..p.clone() };
        add(&mut h, &plain);
        self.data(&mut h, p.data, before);
        p.looks.looks.iter().for_each(|l| self.data(&mut h, l.data, before));
        self.place(&mut h, &p.start, before);
        p.looks.looks.iter().flat_map(|l| l.what.points()).for_each(|at| self.place(&mut h, at, before));
        h.finalize().to_hex()[..32].to_string()
    }

    pub fn probe(&self, task: &Task, point: usize, p: &ProbePoint, before: &[TaskResult]) -> String {
        let mut h = self.subject(task, point, p.subject);
        let looks: Vec<Look> = p.looks.iter().map(|l| Look { data: None, ..l.clone() }).collect();
        let plain =
            ProbePoint { subject: Subject::Model(0), data: None, at: At::Zeros, of: None, looks: Arc::new(looks), ..p.clone() };
        add(&mut h, &plain);
        self.data(&mut h, p.data, before);
        p.looks.iter().for_each(|l| self.data(&mut h, l.data, before));
        self.place(&mut h, &p.at, before);
        p.looks.iter().flat_map(|l| l.what.points()).for_each(|at| self.place(&mut h, at, before));
        if let Some((task, point)) = p.of {
            self.place(&mut h, &At::Task { task, point }, before);
        }
        h.finalize().to_hex()[..32].to_string()
    }

    fn subject(&self, task: &Task, point: usize, subject: Subject) -> blake3::Hasher {
        match subject {
            Subject::Model(m) | Subject::Machine(m) => self.base(task, point, m),
            Subject::Network(n) => {
                let mut h = blake3::Hasher::new();
                h.update(&NUMBERS.to_le_bytes());
                h.update(&self.plan.seed.to_le_bytes());
                add(&mut h, &(&task.name, task.labels(point)));
                add(&mut h, &self.plan.networks[n as usize]);
                h
            }
        }
    }

    /// The content of a data set; that of states by what computed them.
    fn data(&self, h: &mut blake3::Hasher, data: Option<u32>, before: &[TaskResult]) {
        if let Some(k) = data {
            let mut known = self.data.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let set = &self.plan.data[k as usize];
            let text = known.entry(k).or_insert_with(|| set.identity().unwrap_or_else(|reason| reason));
            add(h, text);
            for source in set.sources() {
                let Source::States(states) = source else { continue };
                let task = before.iter().find(|t| t.name == states.task);
                for (point, _) in &states.points {
                    let result = task.and_then(|t| t.points.get(*point as usize)?.as_ref());
                    add(h, &result.map(|r| r.hash.clone()));
                }
            }
        }
    }

    /// A point in the space of the variables: that of a task by what the task computed.
    fn place(&self, h: &mut blake3::Hasher, at: &At, before: &[TaskResult]) {
        let (task, point) = match at {
            At::Task { task, point } => (task, point),
            At::Kept { task, point, moment } => {
                add(h, moment);
                (task, point)
            }
            _ => {
                add(h, at);
                return;
            }
        };
        let name = &self.plan.tasks[*task as usize].name;
        let result = before.iter().find(|t| t.name == *name).and_then(|t| t.points.get(*point as usize)?.as_ref());
        add(h, &result.map(|r| r.hash.clone()));
    }

    fn references(&self, h: &mut blake3::Hasher, looks: &Looks) {
        let (mut graphs, mut couplings) = (BTreeSet::new(), BTreeSet::new());
        for column in looks.observe.iter().chain(&looks.estimate) {
            collect(&column.expr, &mut graphs, &mut couplings);
        }
        referred(self.plan, h, graphs, couplings);
    }
}

fn add<T: Serialize>(h: &mut blake3::Hasher, value: &T) {
    // The binary form is exact for every f64 and does not fail on plain data.
    if let Ok(bytes) = postcard::to_stdvec(value) {
        h.update(&(bytes.len() as u64).to_le_bytes());
        h.update(&bytes);
    }
}

fn model_hash(plan: &Plan, m: &Model) -> [u8; 32] {
    let mut h = blake3::Hasher::new();
    for v in &m.variables {
        add(&mut h, &(&v.name, v.sites, &v.space));
    }
    if !m.weights.is_empty() {
        add(&mut h, &m.weights);
    }
    add(&mut h, &plain(&m.energy));
    if let Some(f) = &m.field {
        add(&mut h, &(f.local, plain(&f.body)));
    }
    let (mut graphs, mut couplings) = (BTreeSet::new(), BTreeSet::new());
    graphs.extend(m.variables.iter().filter_map(|v| v.graph));
    collect(&m.energy, &mut graphs, &mut couplings);
    if let Some(f) = &m.field {
        collect(&f.body, &mut graphs, &mut couplings);
    }
    referred(plan, &mut h, graphs, couplings);
    *h.finalize().as_bytes()
}

/// The contents behind the indices, in the order of the indices.
fn referred(plan: &Plan, h: &mut blake3::Hasher, mut graphs: BTreeSet<u32>, couplings: BTreeSet<u32>) {
    for c in &couplings {
        graphs.insert(plan.couplings[*c as usize].graph);
    }
    for g in &graphs {
        add(h, &plan.graphs[*g as usize]);
    }
    for c in &couplings {
        let c = &plan.couplings[*c as usize];
        add(h, &(&c.name, &c.values));
    }
}

fn collect(e: &Expr, graphs: &mut BTreeSet<u32>, couplings: &mut BTreeSet<u32>) {
    match e {
        Expr::BondValue { couplings: c, .. } | Expr::PairValue { couplings: c, .. } => {
            couplings.insert(*c);
        }
        Expr::Cell { graph, .. } | Expr::Sublattice { graph, .. } | Expr::Shift { graph, .. } | Expr::Distance { graph, .. } => {
            graphs.insert(*graph);
        }
        Expr::Measure { graph, couplings: c, .. } => {
            graphs.extend(graph);
            couplings.extend(c);
        }
        Expr::Reduce { domains, .. } => {
            for d in domains {
                if let Domain::Bonds { graph, .. } | Domain::Neighbours { graph, .. } = d {
                    graphs.insert(*graph);
                }
            }
        }
        _ => {}
    }
    e.for_each_part(&mut |part| collect(part, graphs, couplings));
}

/// Without what depends on the other points and on the place in the plan's tables.
fn looks_of(looks: &Looks) -> Looks {
    let mut looks = looks.clone();
    for column in looks.observe.iter_mut().chain(&mut looks.estimate) {
        column.expr = plain(&column.expr);
    }
    looks
}

fn plain(e: &Expr) -> Expr {
    let mut e = match e {
        Expr::Coordinate { axis, .. } => return Expr::Coordinate { axis: axis.clone(), value: 0.0 },
        other => other.map_parts(&mut |part| plain(part)),
    };
    match &mut e {
        Expr::BondValue { couplings, .. } | Expr::PairValue { couplings, .. } => *couplings = 0,
        Expr::Cell { graph, .. } | Expr::Sublattice { graph, .. } | Expr::Shift { graph, .. } | Expr::Distance { graph, .. } => {
            *graph = 0
        }
        Expr::Measure { graph, couplings, .. } => {
            *graph = graph.map(|_| 0);
            *couplings = couplings.map(|_| 0);
        }
        Expr::Reduce { domains, .. } => {
            for d in domains {
                if let Domain::Bonds { graph, .. } | Domain::Neighbours { graph, .. } = d {
                    *graph = 0;
                }
            }
        }
        _ => {}
    }
    e
}
