//! What trainings and probes evaluate, and roughly how long it takes: counts of runs of the programs of a function.

use super::network::Mode;
use super::parts::Part;
use super::programs::Programs;
use crate::kernels::landscape::stationary::WHOLE;
use crate::kernels::tensor::Program;
use crate::plan::Expr;
use crate::plan::landscape::{Directions, Look, Matrix, Precision, Probe, ProbePoint, Sharpness, Subject, TraceMethod};
use crate::plan::training::{Optimiser, Record, TrainPoint};

/// Rough figures for one core of 2021 (65 GFLOP/s were measured for minibatches of a network of 784-256-256-10 units): operations
/// in single precision, bytes that go through the caches, and what a run costs besides.
const OPERATIONS: f64 = 55e9;
pub(super) const BYTES: f64 = 1e10;
const RUN: f64 = 5e-6;
/// Operations of chains and statistics of machines.
pub(super) const MACHINE: f64 = 2e10;

/// The most products of looks for eigenvalues, at a point and on a map.
const PRODUCTS: f64 = 5_000.0;
const MAP_PRODUCTS: f64 = 1_000.0;

/// How often the parts of a function are evaluated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Work {
    /// With the point or the direction changed before each.
    pub runs: Vec<(Part, f64)>,
    /// The most products with a matrix, where their number is found on the way.
    pub at_most: Option<f64>,
}

impl Work {
    fn of(part: Part, runs: f64) -> Work {
        Work { runs: vec![(part, runs)], at_most: None }
    }

    fn add(mut self, part: Part, runs: f64) -> Work {
        match self.runs.iter_mut().find(|r| r.0 == part) {
            Some(known) => known.1 += runs,
            None if runs > 0.0 => self.runs.push((part, runs)),
            None => {}
        }
        self
    }

    fn with(mut self, other: Work) -> Work {
        if self.at_most.is_some() || other.at_most.is_some() {
            let most = |w: &Work| w.at_most.unwrap_or_else(|| w.products());
            self.at_most = Some(most(&self) + most(&other));
        }
        other.runs.into_iter().fold(self, |w, (part, runs)| w.add(part, runs))
    }

    /// How often it is multiplied by a matrix.
    pub fn products(&self) -> f64 {
        self.count(is_product)
    }

    pub fn gradients(&self) -> f64 {
        self.count(|p| p == Part::Gradient)
    }

    /// Values of the function and its metrics.
    pub fn values(&self) -> f64 {
        self.count(|p| matches!(p, Part::Value | Part::Metrics | Part::Slice(_)))
    }

    fn count(&self, which: impl Fn(Part) -> bool) -> f64 {
        self.runs.iter().filter(|r| which(r.0)).map(|r| r.1).sum()
    }
}

/// The part that multiplies by a matrix.
pub fn product(matrix: Matrix) -> Part {
    match matrix {
        Matrix::Hessian => Part::Hessian,
        Matrix::GaussNewton => Part::GaussNewton,
        Matrix::Fisher => Part::Fisher,
        Matrix::EmpiricalFisher => Part::EmpiricalFisher,
    }
}

/// The part that is the exact trace of a matrix.
pub fn trace(matrix: Matrix) -> Option<Part> {
    match matrix {
        Matrix::Hessian => Some(Part::Trace),
        Matrix::GaussNewton => Some(Part::GaussNewtonTrace),
        Matrix::Fisher => Some(Part::FisherTrace),
        Matrix::EmpiricalFisher => None,
    }
}

fn is_product(part: Part) -> bool {
    matches!(part, Part::Hessian | Part::GaussNewton | Part::Fisher | Part::EmpiricalFisher)
}

/// Both ends of a spectrum: by decomposition, or by the Lanczos process, whose length is a guess.
fn ends(n: f64, wanted: usize, matrix: Matrix, most: f64) -> Work {
    let wanted = wanted as f64;
    if n <= 64.0 || n <= 3.0 * wanted && n <= most {
        return Work::of(product(matrix), n);
    }
    let guess = (60.0 + 15.0 * wanted).min(most).min(n);
    Work { at_most: Some(most), ..Work::of(product(matrix), guess) }
}

fn directions(d: &Directions, n: f64, known: bool) -> Work {
    match d {
        Directions::Hessian { .. } if known => Work::default(),
        Directions::Hessian { largest, smallest, matrix } => ends(n, largest + smallest, *matrix, PRODUCTS),
        Directions::Gradient => Work::of(Part::Gradient, 1.0),
        Directions::Random { .. } | Directions::Trajectory { .. } | Directions::To(_) | Directions::Given(_) => Work::default(),
    }
}

/// Values in a plane: at the point, and at four places on each of three lines.
const PLANE: f64 = 13.0;

/// What is known before a look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// The trace of the matrix has an exact form.
    pub exact: bool,
    /// The eigenvectors that the look goes along have been found.
    pub vectors: bool,
}

/// A move along the most negative curvature.
pub fn escape() -> Work {
    Work { at_most: Some(100.0), ..Work::of(Part::Hessian, 60.0).add(Part::Slice(1), 17.0) }
}

/// What a look at a function of `n` variables evaluates.
pub fn of_look(look: &Probe, n: usize, known: Known) -> Work {
    let (dimension, count) = (n, |x: &usize| *x as f64);
    let n = n as f64;
    let directions = |d: &Directions| directions(d, n, known.vectors);
    match look {
        Probe::Loss => Work::of(Part::Value, 1.0),
        Probe::Metric(_) => Work::of(Part::Metrics, 1.0),
        Probe::Rate | Probe::WeightNorm { .. } | Probe::Distance | Probe::Variables { .. } => Work::default(),
        Probe::GradientNorm => Work::of(Part::Gradient, 1.0),
        Probe::Eigenvalues { largest, smallest, matrix, .. } => ends(n, largest + smallest, *matrix, PRODUCTS),
        Probe::Spectrum { matrix } => Work::of(product(*matrix), n),
        Probe::Index { .. } | Probe::Condition => Work::of(Part::Hessian, n),
        Probe::Trace { method: TraceMethod::Values, probes, .. } => Work::of(Part::Slice(2), PLANE * count(probes)),
        Probe::Trace { method: TraceMethod::Automatic | TraceMethod::Exact, matrix, .. } if known.exact => {
            Work::of(trace(*matrix).unwrap_or(Part::Trace), 1.0)
        }
        Probe::Trace { probes, matrix, .. } => Work::of(product(*matrix), count(probes)),
        Probe::Density { probes, steps, matrix, .. } => Work::of(product(*matrix), count(probes) * count(steps).min(n)),
        Probe::MeanCurvature { projections, products: false } => Work::of(Part::Slice(2), PLANE * count(projections)),
        Probe::MeanCurvature { projections, .. } | Probe::Curvatures { projections } => {
            Work::of(Part::Hessian, 2.0 * count(projections))
        }
        Probe::CriticalPoint { directions: Directions::Random { count: k, .. }, draws, .. } => {
            Work::of(Part::Hessian, count(k) * count(draws))
        }
        Probe::CriticalPoint { directions: d, .. } => directions(d).with(Work::of(Part::Hessian, d.count() as f64)),
        Probe::Slice { directions: d, points, .. } => {
            directions(d).with(Work::of(Part::Slice(d.count()), count(points).powi(d.count() as i32)))
        }
        Probe::Trajectory { directions: d } => directions(d),
        Probe::Interpolation { points, bend: None, .. } => Work::of(Part::Slice(1), count(points) + 72.0),
        Probe::Interpolation { points, bend: Some(steps), .. } => {
            Work::of(Part::Slice(2), count(points) + 72.0).add(Part::Gradient, 5.0 * count(steps))
        }
        Probe::Sharpness { kind: Sharpness::Sam, .. } => Work::of(Part::Gradient, 2.0),
        Probe::Sharpness { kind: Sharpness::Worst, probes, .. } => Work::of(Part::Gradient, 1.0 + 3.0 * (count(probes) + 1.0)),
        Probe::Sharpness { kind: Sharpness::Average, probes, .. } => Work::of(Part::Slice(1), 2.0 * count(probes) + 1.0),
        Probe::EigenvalueMap { directions: d, points, .. } => {
            let places = count(points).powi(d.count() as i32);
            let each = ends(n, 2, Matrix::Hessian, MAP_PRODUCTS);
            let all = Work {
                runs: each.runs.iter().map(|(part, runs)| (*part, runs * places)).collect(),
                at_most: each.at_most.map(|m| m * places),
            };
            directions(d).with(all)
        }
        Probe::PseudoLikelihood
        | Probe::Reconstruction
        | Probe::FreeEnergy
        | Probe::LogLikelihood
        | Probe::LogZ
        | Probe::AnnealedImportance { .. }
        | Probe::Divergence { .. }
        | Probe::Mixing { .. }
        | Probe::SingularValues { .. }
        | Probe::ReceptiveFields { .. }
        | Probe::Gallery { .. }
        | Probe::Completion { .. } => Work::default(),
        Probe::Stationary { steps, .. } => {
            // The index of what is found costs as many products as there are variables.
            let index = if dimension <= WHOLE { n } else { 0.0 };
            let most = (count(steps) * n.min(500.0)).min(20_000.0);
            let steps = count(steps).min(20.0);
            let search = Work { at_most: Some(most + index), ..Work::of(Part::Hessian, (steps * n.min(50.0)).min(most) + index) };
            search.add(Part::Gradient, steps + 1.0)
        }
    }
}

/// The looks that the columns of a record need.
pub fn looks_of(record: &Record) -> Vec<u32> {
    fn collect(e: &Expr, found: &mut Vec<u32>) {
        if let Expr::Look { look, .. } = e
            && !found.contains(look)
        {
            found.push(*look);
        }
        e.for_each_part(&mut |part| collect(part, found));
    }
    let mut found = Vec::new();
    record.columns.iter().for_each(|c| collect(&c.expr, &mut found));
    found
}

/// Bytes of a number.
pub fn bytes(precision: Precision) -> usize {
    match precision {
        Precision::F32 => 4,
        Precision::F64 => 8,
    }
}

/// The time of a run of a program on one thread, over so many examples; `rate`: of the inputs that have changed.
pub fn seconds(program: &Program, examples: usize, precision: Precision, rate: Option<u8>) -> f64 {
    let all = program.flops(examples);
    let flops = rate.map_or(all, |rate| program.flops_after(examples, rate));
    // What is read and written goes with what is computed.
    let moved = program.bytes(examples) * if all > 0.0 { flops / all } else { 1.0 };
    let width = bytes(precision) as f64 / 4.0;
    RUN + width * (flops / OPERATIONS + moved / BYTES)
}

impl Programs<'_> {
    /// Whether the trace of a matrix has an exact form, and else why not.
    pub fn exact_trace(&mut self, subject: Subject, matrix: Matrix) -> Result<(), String> {
        let part = trace(matrix).ok_or("the empirical Fisher matrix has none here")?;
        self.program(subject, Mode::Evaluation, part).map(|_| ())
    }

    /// What a look at a subject evaluates; `vectors`: the eigenvectors that it goes along are known.
    pub fn work(&mut self, subject: Subject, look: &Look, vectors: bool) -> Work {
        let exact = match look.what {
            Probe::Trace { matrix, .. } => self.exact_trace(subject, matrix).is_ok(),
            _ => false,
        };
        of_look(&look.what, self.dimension(subject), Known { exact, vectors })
    }

    /// The time of some work on one thread, over the examples of a data set.
    pub fn seconds(&mut self, subject: Subject, work: &Work, data: Option<u32>, precision: Precision) -> f64 {
        let examples = self.examples(data);
        let mut sum = 0.0;
        for (part, runs) in &work.runs {
            let Ok(program) = self.program(subject, Mode::Evaluation, *part) else { continue };
            let rate = (is_product(*part) || matches!(part, Part::Slice(_))).then_some(1);
            sum += runs * seconds(&program, examples, precision, rate);
        }
        sum
    }

    /// Bytes of the sessions that some looks need, those of the directions of iterations with them.
    pub fn looks_memory<'l>(
        &mut self,
        subject: Subject,
        looks: impl Iterator<Item = &'l Look>,
        own: Option<u32>,
        precision: Precision,
    ) -> u64 {
        let mut parts: Vec<(Option<u32>, Part)> = Vec::new();
        let n = self.dimension(subject) as u64;
        let mut vectors = 0u64;
        for look in looks {
            let data = look.data.or(own);
            let work = self.work(subject, look, false);
            let wanted = match &look.what {
                Probe::Eigenvalues { largest, smallest, .. } => largest + smallest,
                Probe::Slice { directions: Directions::Hessian { largest, smallest, .. }, .. } => largest + smallest,
                Probe::EigenvalueMap { .. } => 2,
                _ => 0,
            };
            if wanted > 0 && n > 64 {
                // The basis of the Lanczos process; in single precision where there are many variables.
                let basis = (4 * wanted as u64 + 20).max(40).min(n);
                vectors = vectors.max(basis * n * if n >= 50_000 { 4 } else { 8 });
            }
            if matches!(look.what, Probe::Spectrum { .. } | Probe::Index { .. } | Probe::Condition) {
                vectors = vectors.max(2 * 8 * n * n);
            }
            // Every function is tried by its gradient.
            for part in work.runs.iter().map(|r| r.0).chain([Part::Gradient]) {
                if !work.runs.is_empty() && !parts.contains(&(data, part)) {
                    parts.push((data, part));
                }
            }
        }
        let mut sum = vectors;
        for (data, part) in parts {
            let examples = self.examples(data);
            if let Ok(program) = self.program(subject, Mode::Evaluation, part) {
                sum += program.memory(examples, bytes(precision)) as u64;
            }
        }
        sum
    }

    /// Steps of an epoch of a training.
    pub fn per_epoch(&mut self, p: &TrainPoint) -> u64 {
        let examples = self.examples(p.data) as u64;
        p.batch.map_or(1, |b| examples.div_ceil(b.max(1)).max(1))
    }

    /// Steps of a whole training.
    pub fn steps(&mut self, p: &TrainPoint) -> u64 {
        self.per_epoch(p).saturating_mul(p.epochs)
    }

    /// Bytes that a point of a training needs, with its data.
    pub fn training_memory(&mut self, p: &TrainPoint) -> u64 {
        let examples = self.examples(p.data);
        let batch = p.batch.map_or(examples, |b| (b as usize).min(examples));
        let width = bytes(p.precision);
        let n = self.dimension(p.subject) as u64;
        let mut sum = self.data_memory(p.data, p.precision);
        if let Ok(gradient) = self.program(p.subject, Mode::Training, Part::Gradient) {
            sum += gradient.memory(batch, width) as u64;
        }
        // The parameters with the best ones, the gradient, and what the optimiser remembers.
        let arrays = match &p.optimiser.rule {
            Optimiser::Lbfgs { memory, .. } => 4 + 4 * *memory as u64,
            _ => 5,
        };
        sum += arrays * n * width as u64;
        if let Some(times) = &p.looks.parameters {
            sum = sum.saturating_add((times.at.len() as u64).saturating_mul(8 * n));
        }
        sum.saturating_add(self.looks_memory(p.subject, p.looks.looks.iter(), p.data, p.precision))
    }

    /// Bytes that a point of a probe needs, with its data.
    pub fn probe_memory(&mut self, p: &ProbePoint) -> u64 {
        let own = self.data_memory(p.data, p.precision);
        own.saturating_add(self.looks_memory(p.subject, p.looks.iter(), p.data, p.precision))
    }

    /// Bytes of the numbers of a data set, as they are read and as they are computed with.
    pub fn data_memory(&mut self, data: Option<u32>, precision: Precision) -> u64 {
        let Some(Ok(facts)) = data.map(|k| self.facts(k)) else { return 0 };
        let each = facts.shape.iter().product::<usize>().max(1) + 1;
        (facts.examples as u64).saturating_mul(each as u64).saturating_mul(4 + bytes(precision) as u64)
    }
}
