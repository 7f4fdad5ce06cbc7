//! Networks in training, as scripts ask for it: from the text through the plan to the epochs that a run reports.

use crate::Bench;
use crate::clock::{Effort, Times, processor};
use crate::floors::products::peak;
use crate::table::{Row, Unit, threads};
use ann_lang::elaborate::Options;
use ann_lang::lower::data::DataSets;
use ann_lang::lower::landscape::{Batch, Landscape, Source};
use ann_lang::lower::network::Mode;
use ann_lang::plan::{Plan, Work};
use ann_lang::results::Kept;
use ann_lang::session::{Loaded, Quiet, RunOptions, Watch, load_text, run};
use std::sync::{Mutex, OnceLock};
use std::time::Instant;

/// Examples of a minibatch.
pub const BATCH: usize = 128;
/// Multiply-adds of the layers of the perceptron, for one example.
pub const DENSE: [f64; 3] = [784.0 * 256.0, 256.0 * 256.0, 256.0 * 10.0];
/// Multiply-adds of the layers of the residual network: the first, and all others.
pub const CONVOLUTIONS: [f64; 2] = [
    27.0 * 16.0 * 1024.0,
    // Stage by stage: convolutions of 3 × 3 (places, from, to), then those of 1 × 1, and the dense layer.
    9.0 * (1024.0 * (2 * 16 * 16) as f64 + 256.0 * (16 * 32 + 32 * 32) as f64 + 64.0 * (32 * 64 + 64 * 64) as f64)
        + 256.0 * (16 * 32) as f64
        + 64.0 * (32 * 64) as f64
        + 640.0,
];

const NOTE: &str = "derived: the multiply-adds of a step (each layer forward, by its weights, and but for the first by its input) at the \
measured peak of a core, independent chains of fused multiply-adds in registers; times the threads";

pub fn benches() -> Vec<Bench> {
    let mut all = Vec::new();
    for several in [false, true] {
        let suffix = if several { ", all threads" } else { "" };
        all.push(Bench::new(format!("training perceptron 784-256-256-10, batch 128{suffix}"), move |effort| {
            let work = 2.0 * (2.0 * DENSE[0] + 3.0 * (DENSE[1] + DENSE[2]));
            let other = if several { (96_800.0, "PyTorch (2)") } else { (58_500.0, "JAX") };
            training(effort, perceptron(100, effort.repetitions + 1), several, work, 100 * BATCH, other)
        }));
        all.push(Bench::new(format!("training residual network 8, batch 128{suffix}"), move |effort| {
            let work = 2.0 * (2.0 * CONVOLUTIONS[0] + 3.0 * CONVOLUTIONS[1]);
            let other = if several { (1_286.0, "PyTorch (2)") } else { (658.0, "PyTorch") };
            training(effort, residual(2, effort.repetitions + 1), several, work, 2 * BATCH, other)
        }));
    }
    all
}

/// A perceptron of 784-256-256-10 on clouds that overlap: so many steps an epoch.
pub fn perceptron(steps: usize, epochs: usize) -> String {
    script("mlp(784, [256, 256], 10)", "inputs: 784, distance: 0.1)", steps, epochs)
}

/// A residual network of eight layers on images of 32 × 32 in three colours.
pub fn residual(steps: usize, epochs: usize) -> String {
    script("resnet(8, 3, 32, 10)", "inputs: 3072, distance: 0.05).reshape([3, 32, 32])", steps, epochs)
}

fn script(model: &str, data: &str, steps: usize, epochs: usize) -> String {
    format!(
        "\
use std.data
use std.network
train fit {{
    model: {model}
    data: blobs({}, classes: 10, {data}
    optimiser: sgd(rate: 0.1)
    batch: {BATCH}
    epochs: {epochs}
}}
",
        steps * BATCH
    )
}

fn loaded(text: String) -> Loaded {
    let loaded = load_text("bench.ann", text, Options::default());
    assert!(loaded.is_good(), "the script is correct: {:?}", loaded.diagnostics.first());
    loaded
}

fn options(threads: usize) -> RunOptions {
    RunOptions { output: None, threads, fresh: true, figures: false, command: vec![], overrides: vec![] }
}

/// When each epoch ended, by the wall and by the processor.
#[derive(Default)]
struct Epochs(Mutex<Vec<(Instant, f64)>>);

impl Watch for Epochs {
    fn advanced(&self, _: u64) {
        self.0.lock().expect("one training").push((Instant::now(), processor()));
    }
}

/// Examples a second; the first epoch warms everything up.
fn training(_: &Effort, text: String, several: bool, work: f64, examples: usize, other: (f64, &'static str)) -> Row {
    let count = if several { threads() } else { 1 };
    let watch = Epochs::default();
    let outcome = run(&loaded(text), &options(count), &watch).expect("nothing is written");
    assert!(outcome.is_good(), "the training runs: {:?}", outcome.diagnostics.first());
    let ends = watch.0.into_inner().expect("one training");
    let times = Times {
        wall: ends.windows(2).map(|w| (w[1].0 - w[0].0).as_secs_f64()).collect(),
        processor: ends.windows(2).map(|w| w[1].1 - w[0].1).collect(),
    };
    let floor = (count as f64 * peak() / work, NOTE);
    Row { unit: Unit::PerSecond(examples as f64), threads: count, times, floor, reference: Some(other) }
}

/// A trained network with its data.
pub struct Fit {
    plan: Plan,
    data: Batch<f32>,
    pub point: Vec<f64>,
    buffers: Vec<Vec<f64>>,
}

impl Fit {
    fn new(text: String) -> Fit {
        let loaded = loaded(text);
        let outcome = run(&loaded, &options(0), &Quiet).expect("nothing is written");
        let plan = loaded.elaborated.plan;
        let point = outcome.result.tasks[0].points[0].as_ref().expect("a training");
        let arrays: Vec<&Vec<f64>> = point
            .kept
            .iter()
            .filter_map(|(_, kept)| if let Kept::Array { data, .. } = kept { Some(data) } else { None })
            .collect();
        let network = &plan.networks[0];
        let (weights, buffers) = arrays.split_at(network.parameters.len());
        let Work::Train { points, .. } = &plan.tasks[0].work else { panic!("a training") };
        let data = DataSets::default().get(&plan, points[0].data.expect("data")).expect("generated data");
        Fit {
            point: weights.iter().flat_map(|w| w.iter().copied()).collect(),
            buffers: buffers.iter().map(|b| b.to_vec()).collect(),
            data,
            plan,
        }
    }

    /// The loss over the first examples, at the trained weights.
    pub fn landscape(&self, examples: usize) -> Landscape<f32> {
        use ann_lang::kernels::landscape::Objective;
        let source = Source::of_network(&self.plan.networks[0], Mode::Evaluation, &self.buffers).expect("a correct network");
        assert!(self.data.examples >= examples);
        let mut landscape = Landscape::new(source, Batch { data: self.data.data.clone(), examples });
        landscape.move_to(&self.point);
        landscape
    }
}

/// The perceptron after 300 steps.
pub fn trained_perceptron() -> &'static Fit {
    static FIT: OnceLock<Fit> = OnceLock::new();
    FIT.get_or_init(|| Fit::new(perceptron(100, 3)))
}

/// The residual network after two steps.
pub fn trained_residual() -> &'static Fit {
    static FIT: OnceLock<Fit> = OnceLock::new();
    FIT.get_or_init(|| Fit::new(residual(1, 2)))
}
