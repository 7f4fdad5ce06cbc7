//! Compiled looks: what is recorded at each measurement, and what is estimated from the averages.
//!
//! Energies and sums of spins come from the kernels where that is all an observable needs; otherwise the states are read. Every
//! number that is recorded is a series: first the elements of the observed quantities in their order, then those of averages
//! of functions of them (`avg(m^2)`), each once.

use super::instantiate::{Instantiate, Value};
use super::materials::Materials;
use super::memory;
use super::state::View;
use super::tape::{Leaves, Recorder, Sets, Tape};
use crate::plan::{Column, Expr, Looks, Model};

/// The elements of a column among the series, or among the estimates.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub name: String,
    pub shape: Vec<usize>,
    pub start: usize,
    pub len: usize,
}

/// The looks of a point, ready to run. Safe to share among threads.
pub struct Compiled {
    replicas: usize,
    /// Components of a state.
    components: usize,
    sets: Sets,
    /// From (energies, totals) and the states to the elements of `observe`.
    observe: Tape,
    /// From those elements to the further series.
    inner: Tape,
    /// From the averages of all series to the elements of `estimate`.
    outer: Tape,
    observed: Vec<Place>,
    estimated: Vec<Place>,
    series: usize,
    needs_totals: Vec<bool>,
}

/// Bytes of a step while a tape is made.
const STEP_BYTES: u64 = 96;

/// Leaves of `observe`: energies are inputs 0.., totals follow.
struct StateLeaves {
    replicas: usize,
    /// The number of spins, if one variable holds them all.
    whole: Option<usize>,
}

impl Leaves for StateLeaves {
    fn input(&mut self, e: &Expr, _: usize) -> Result<usize, String> {
        match e {
            Expr::Energy { replica } if usize::from(*replica) < self.replicas => Ok(usize::from(*replica)),
            Expr::Energy { replica } => Err(format!("there is no replica {replica}, the point has {}", self.replicas)),
            Expr::Result { task, quantity, .. } => Err(format!("`{task}.{quantity}` is not known yet")),
            _ => Err("an average stands where a quantity is observed".into()),
        }
    }

    fn shape(&self, _: &Expr) -> Vec<usize> {
        Vec::new()
    }

    fn total(&mut self, first: usize, count: usize) -> Option<usize> {
        let n = self.whole.filter(|&n| n == count && first.is_multiple_of(n))?;
        Some(self.replicas + first / n)
    }
}

/// Leaves of what is averaged: observed quantities.
struct ObservedLeaves<'a>(&'a [Place]);

impl Leaves for ObservedLeaves<'_> {
    fn input(&mut self, e: &Expr, at: usize) -> Result<usize, String> {
        match e {
            Expr::Observable(k) => {
                let place = self.0.get(usize::from(*k)).ok_or("an observed quantity is not there")?;
                if at < place.len { Ok(place.start + at) } else { Err(format!("`{}` has {} elements", place.name, place.len)) }
            }
            Expr::Average(_) => Err("an average of an average".into()),
            Expr::Result { task, quantity, .. } => Err(format!("`{task}.{quantity}` is not known yet")),
            _ => Err("the state stands inside of an average".into()),
        }
    }

    fn shape(&self, e: &Expr) -> Vec<usize> {
        match e {
            Expr::Observable(k) => self.0.get(usize::from(*k)).map(|p| p.shape.clone()).unwrap_or_default(),
            _ => Vec::new(),
        }
    }
}

/// Leaves of estimates: averages.
struct AverageLeaves<'a>(&'a [(Expr, Place)]);

impl AverageLeaves<'_> {
    fn find(&self, e: &Expr) -> Option<&Place> {
        let Expr::Average(inner) = e else { return None };
        self.0.iter().find(|(known, _)| known == &**inner).map(|(_, place)| place)
    }
}

impl Leaves for AverageLeaves<'_> {
    fn input(&mut self, e: &Expr, at: usize) -> Result<usize, String> {
        let place = self.find(e).ok_or("a quantity stands outside of an average")?;
        if at < place.len { Ok(place.start + at) } else { Err("an average has fewer elements".into()) }
    }

    fn shape(&self, e: &Expr) -> Vec<usize> {
        self.find(e).map(|p| p.shape.clone()).unwrap_or_default()
    }
}

/// What compiling needs of its surroundings.
struct Compiler<'a, 'p> {
    materials: &'a Materials<'p>,
    model: &'a Model,
    coordinate: &'a dyn Fn(&str) -> Option<f64>,
}

impl Compiler<'_, '_> {
    /// A tape of the elements of some expressions, with the shape of each.
    fn tape<'e, L: Leaves>(
        &self,
        sets: Sets,
        leaves: L,
        parts: impl Iterator<Item = &'e Expr>,
    ) -> Result<(Tape, Vec<Vec<usize>>), String> {
        let mut recorder = Recorder::new(sets, leaves);
        let most = (memory::limit() / STEP_BYTES).min(1 << 31) as usize;
        let mut walk = Instantiate::new(self.materials, self.model, &mut recorder, most);
        walk.coordinate = self.coordinate;
        let (mut outputs, mut shapes) = (Vec::new(), Vec::new());
        for e in parts {
            shapes.push(walk.shape(e));
            for value in walk.elements(e)? {
                outputs.push(match value {
                    Value::Node(register) => register,
                    number => walk.node(number),
                });
            }
        }
        Ok((recorder.finish(outputs).0, shapes))
    }
}

fn places(columns: &[Column], shapes: Vec<Vec<usize>>) -> Vec<Place> {
    let mut start = 0;
    let mut all = Vec::new();
    for (column, shape) in columns.iter().zip(shapes) {
        let len = shape.iter().product();
        all.push(Place { name: column.name.clone(), shape, start, len });
        start += len;
    }
    all
}

/// The averages in an expression, outermost ones, in order.
fn averages<'e>(e: &'e Expr, found: &mut Vec<&'e Expr>) {
    match e {
        Expr::Average(inner) if !found.contains(&&**inner) => found.push(inner),
        Expr::Average(_) => {}
        other => other.for_each_part(&mut |part| averages(part, found)),
    }
}

impl Compiled {
    /// Compiles looks for a model. `coordinate` gives the point's numeric coordinates by the names of their axes. Errors: an index
    /// that leaves its set, a result that is not known, something that would not fit in memory.
    pub fn new(
        materials: &Materials,
        model: &Model,
        looks: &Looks,
        replicas: usize,
        coordinate: &dyn Fn(&str) -> Option<f64>,
    ) -> Result<Compiled, String> {
        let replicas = replicas.max(1);
        let components = model.components();
        let mut sets = Sets::default();
        for r in 0..replicas {
            for (k, v) in model.variables.iter().enumerate() {
                sets.ranges.push((r * components + model.offset(k), v.values().to_vec()));
            }
        }
        let compiler = Compiler { materials, model, coordinate };
        for column in &looks.observe {
            if let Some(n) = super::size::estimate(materials, model, &column.expr)? {
                memory::check(&format!("`{}`, compiled,", column.name), (n * STEP_BYTES as f64) as u64)?;
            }
        }
        let whole = if model.variables.len() == 1 { Some(components) } else { None };
        let state = StateLeaves { replicas, whole };
        let (observe, shapes) = compiler
            .tape(sets.clone(), state, looks.observe.iter().map(|c| &c.expr))
            .map_err(|reason| compiler.blame(&looks.observe, reason))?;
        let observed = places(&looks.observe, shapes);
        let mut series: usize = observed.iter().map(|p| p.len).sum();

        let mut inners = Vec::new();
        looks.estimate.iter().for_each(|c| averages(&c.expr, &mut inners));
        // An average of an observed quantity itself is that quantity's own series.
        let mut known: Vec<(Expr, Place)> = Vec::new();
        let mut further = Vec::new();
        for inner in inners {
            match inner {
                Expr::Observable(k) if usize::from(*k) < observed.len() => {
                    known.push((inner.clone(), observed[usize::from(*k)].clone()))
                }
                _ => further.push(inner),
            }
        }
        let (inner, shapes) = compiler.tape(Sets::default(), ObservedLeaves(&observed), further.iter().copied())?;
        for (e, shape) in further.into_iter().zip(shapes) {
            let len = shape.iter().product();
            known.push((e.clone(), Place { name: String::new(), shape, start: series, len }));
            series += len;
        }
        let (outer, shapes) = compiler
            .tape(Sets::default(), AverageLeaves(&known), looks.estimate.iter().map(|c| &c.expr))
            .map_err(|reason| compiler.blame(&looks.estimate, reason))?;
        let estimated = places(&looks.estimate, shapes);
        let needs_totals = (0..replicas).map(|r| observe.uses(replicas + r)).collect();
        Ok(Compiled { replicas, components, sets, observe, inner, outer, observed, estimated, series, needs_totals })
    }

    /// The observed columns among the series.
    pub fn observed(&self) -> &[Place] {
        &self.observed
    }

    /// The estimated columns among the outputs of [`Compiled::estimate`].
    pub fn estimated(&self) -> &[Place] {
        &self.estimated
    }

    /// The number of series: the length of `out` in [`Compiled::measure`].
    pub fn series(&self) -> usize {
        self.series
    }

    /// The number of elements of all estimates.
    pub fn estimates(&self) -> usize {
        self.outer.outputs.len()
    }

    /// Whether measurements read the states.
    pub fn reads_state(&self) -> bool {
        self.observe.reads_state()
    }

    /// Whether the sum of the spins of some replica is used.
    pub fn needs_total(&self) -> bool {
        self.needs_totals.contains(&true)
    }

    /// Records one measurement: energies and (where the kernels have them) sums of the spins, one a replica; `states` gives the
    /// states of all replicas one after the other, and is called at most once and only if they are needed.
    pub fn measure<'s>(&self, energies: &[f64], totals: &[Option<f64>], states: &mut dyn FnMut() -> View<'s>, out: &mut [f64]) {
        let mut inputs = [0.0; 16];
        let mut many;
        let inputs: &mut [f64] = if 2 * self.replicas <= inputs.len() {
            &mut inputs[..2 * self.replicas]
        } else {
            many = vec![0.0; 2 * self.replicas];
            &mut many
        };
        for (input, energy) in inputs.iter_mut().zip(energies) {
            *input = *energy;
        }
        let state = if self.reads(totals) { states() } else { View::Positions(&[]) };
        for r in 0..self.replicas {
            inputs[self.replicas + r] = match totals.get(r).copied().flatten() {
                Some(total) => total,
                None if self.needs_totals[r] => self.sets.total(state, r * self.components, self.components),
                None => f64::NAN,
            };
        }
        let count = self.observe.outputs.len();
        self.observe.run(inputs, state, out);
        if !self.inner.outputs.is_empty() {
            let (observed, further) = out.split_at_mut(count.min(out.len()));
            self.inner.run(observed, View::Positions(&[]), further);
        }
    }

    /// Whether a measurement with these sums reads the states.
    fn reads(&self, totals: &[Option<f64>]) -> bool {
        let lacks = |r: usize| self.needs_totals[r] && totals.get(r).copied().flatten().is_none();
        self.observe.reads_state() || (0..self.replicas).any(lacks)
    }

    /// The estimates from the averages of all series.
    pub fn estimate(&self, averages: &[f64], out: &mut [f64]) {
        self.outer.run(averages, View::Positions(&[]), out);
    }

    /// A series as a polynomial of the energy E and the sum M of the spins, of degree at most 2: coefficients of 1, E, M, E², E M, M².
    pub fn polynomial(&self, series: usize) -> Option<[f64; 6]> {
        let count = self.observe.outputs.len();
        if self.replicas != 1 {
            return None;
        }
        if series < count {
            return self.observe.polynomial(series, 0, 1);
        }
        // Functions of observed quantities: only those of two of them are followed.
        let at = series - count;
        let used: Vec<usize> = (0..count).filter(|&k| self.inner.uses(k)).collect();
        self.inner.compose(at, &used.iter().map(|&k| (k, self.observe.polynomial(k, 0, 1))).collect::<Vec<_>>())
    }

    /// The name of the column that a series serves.
    pub fn series_name(&self, series: usize) -> &str {
        self.observed
            .iter()
            .find(|p| (p.start..p.start + p.len).contains(&series))
            .map_or("an average in `estimate`", |p| &p.name)
    }

    pub fn replicas(&self) -> usize {
        self.replicas
    }

    /// The operations of a measurement.
    pub fn operations(&self) -> usize {
        self.observe.operations() + self.inner.operations()
    }
}

impl Compiler<'_, '_> {
    /// The reason, with the name of the column where it is the only one.
    fn blame(&self, columns: &[Column], reason: String) -> String {
        match columns {
            [only] => format!("`{}`: {reason}", only.name),
            _ => reason,
        }
    }
}

impl Compiled {
    /// One measurement of a single replica whose state is at hand.
    pub fn measure_state(&self, energy: f64, total: Option<f64>, state: View, out: &mut [f64]) {
        self.measure(&[energy], &[total], &mut || state, out);
    }
}
