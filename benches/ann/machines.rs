//! Boltzmann machines of two layers: a step of training, annealed importance sampling, block Gibbs.

use crate::Bench;
use crate::clock::Effort;
use crate::floors;
use crate::table::{Row, Unit};
use ann_lang::kernels::machine::train::Options;
use ann_lang::kernels::machine::{Bipartite, Layer, Machine, Method, Path, Rows, Sweeps, Trainer};
use ann_lang::kernels::random::{Key, Stream};

const VISIBLE: usize = 784;
const HIDDEN: usize = 500;
const CHAINS: usize = 100;
const NOTE: &str =
    "derived: the multiply-adds of the dense products, sixteen a cycle (AVX2); below 1: products with bits take fewer";

pub fn benches() -> Vec<Bench> {
    vec![
        Bench::new("RBM 784×500, batch 100, CD-1, step", step),
        Bench::new("RBM 784×500, AIS, 1,000 β × 100 chains", anneal),
        Bench::new("RBM 784×500, block Gibbs, 100 chains, sweep", gibbs),
    ]
}

/// Milliseconds of dense products with the weights, for all chains.
fn floor(products: f64) -> (f64, &'static str) {
    (products * (VISIBLE * HIDDEN * CHAINS) as f64 / 16.0 / floors::clock() * 1e3, NOTE)
}

fn machine() -> (Bipartite, Vec<f64>, Vec<f32>) {
    let mut machine = Bipartite::plain(&Layer::binary(VISIBLE), &Layer::binary(HIDDEN)).expect("two layers");
    let mut stream = Stream::new(Key(7, 7));
    let theta: Vec<f64> = (0..machine.dimension()).map(|_| 0.05 * stream.normal()).collect();
    machine.set(&theta).expect("finite weights");
    let data = (0..CHAINS * VISIBLE).map(|_| f32::from(u8::from(stream.uniform() < 0.2))).collect();
    (machine, theta, data)
}

fn one_thread<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread").install(f)
}

/// Gradient and update, with the weights put in anew.
fn step(effort: &Effort) -> Row {
    let (mut machine, mut theta, data) = machine();
    let method = Method::Contrastive { steps: 1 };
    let mut trainer = Trainer::new(&machine, method, Options::default(), Key(1, 2)).expect("a method");
    let mut g = vec![0.0; theta.len()];
    let times = one_thread(|| {
        effort.time(|n| {
            for _ in 0..n {
                trainer.gradient(&mut machine, &theta, &Rows::visible(CHAINS, &data), &mut g).expect("a gradient");
                theta.iter_mut().zip(&g).for_each(|(t, g)| *t -= 1e-4 * g);
            }
        })
    });
    Row { unit: Unit::Milliseconds, threads: 1, times, floor: floor(5.0), reference: Some((5.04, "PyTorch")) }
}

fn anneal(effort: &Effort) -> Row {
    let (machine, _, data) = machine();
    let betas: Vec<f64> = (0..=1000).map(|k| f64::from(k) / 1000.0).collect();
    let path = Path { betas: &betas, base: Some(Rows::visible(CHAINS, &data)), key: Key(1, 3) };
    let times = one_thread(|| {
        effort.time(|n| {
            for _ in 0..n {
                machine.anneal(CHAINS, &path).expect("a path");
            }
        })
    });
    Row { unit: Unit::Milliseconds, threads: 1, times, floor: floor(2.0 * 1000.0), reference: Some((3410.0, "PyTorch")) }
}

fn gibbs(effort: &Effort) -> Row {
    let (machine, _, _) = machine();
    let mut chains = machine.start(CHAINS, Key(1, 4));
    let times = one_thread(|| effort.time(|n| machine.sweep(&mut chains, &Sweeps::free(n))));
    Row { unit: Unit::Milliseconds, threads: 1, times, floor: floor(2.0), reference: Some((3.45, "PyTorch")) }
}
