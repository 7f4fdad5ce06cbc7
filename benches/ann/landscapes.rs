//! Looks at the landscapes of networks: products with the Hessian, and what is made of them.

use crate::Bench;
use crate::clock::Effort;
use crate::floors::products::peak;
use crate::networks::{BATCH, CONVOLUTIONS, DENSE, Fit, trained_perceptron, trained_residual};
use crate::table::{Row, Unit, threads};
use ann_lang::kernels::landscape::draws::normals;
use ann_lang::kernels::landscape::{Hessian, Objective, density, eigen, slice, trace};
use ann_lang::kernels::random::Key;
use ann_lang::lower::parts::Part;

const PRODUCT: &str = "derived: the multiply-adds of a product with the Hessian where activations and errors are kept (each layer six times, the \
first twice) at the measured peak of a core; times the threads";
const FORM: &str = "derived: the multiply-adds of a second derivative along a direction by tangents of tangents, activations kept (the first layer \
once, the second three times, the last four times), at the measured peak of a core; times the threads";
const PAIRS: &str = "derived: 34 products, as few as Lanczos steps can do for ten pairs of a spectrum with ten outliers, at the floor of a product";
const TRACE: &str =
    "derived: the multiply-adds of one evaluation and of ten back-propagations to the first layer, at the measured peak";
const SURFACE: &str =
    "derived: the multiply-adds of all layers but the first, whose input is affine in the coordinates, at the measured peak";

/// Examples of the perceptron's landscape, and of its surface.
const EXAMPLES: usize = 1_000;
const MANY: usize = 10_000;
/// Products of a Lanczos process and probes of a trace, for a repetition.
const STEPS: usize = 20;
/// Points of a line of the surface.
const POINTS: usize = 51;

/// What a row measures, on so many threads.
type Measure = Box<dyn Fn(&Effort, usize) -> Row + Send + Sync>;

pub fn benches() -> Vec<Bench> {
    let mut all = Vec::new();
    for several in [false, true] {
        let suffix = if several { ", all threads" } else { "" };
        let either = move |one: f64, two: f64| if several { two } else { one };
        let mut add = |name: &str, run: Measure| {
            let count = move || if several { threads() } else { 1 };
            all.push(Bench::new(format!("{name}{suffix}"), move |effort| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(count()).build().expect("threads");
                pool.install(|| run(effort, count()))
            }));
        };
        add(
            "Hessian product, perceptron, 1000 examples",
            Box::new(move |effort, n| {
                let other = (either(48.0, 92.0), if several { "PyHessian (2)" } else { "PyTorch" });
                products(effort, n, trained_perceptron(), EXAMPLES, perceptron_product(), other)
            }),
        );
        add(
            "Hessian product, residual network 8, 128 examples",
            Box::new(move |effort, n| {
                let work = BATCH as f64 * 2.0 * (2.0 * CONVOLUTIONS[0] + 6.0 * CONVOLUTIONS[1]);
                products(
                    effort,
                    n,
                    trained_residual(),
                    BATCH,
                    work,
                    (either(2.4, 4.4), if several { "PyHessian (2)" } else { "PyHessian" }),
                )
            }),
        );
        add("ten largest eigenpairs to 1e-3, perceptron", Box::new(move |effort, n| pairs(effort, n, true, None)));
        add(
            "ten largest eigenpairs, no search for copies",
            Box::new(move |effort, n| {
                let other = (either(1290.0, 1050.0), if several { "PyTorch + ARPACK (2)" } else { "PyTorch + ARPACK" });
                pairs(effort, n, false, Some(other))
            }),
        );
        add(
            "trace by probes, perceptron",
            Box::new(move |effort, n| {
                let mut f = trained_perceptron().landscape(EXAMPLES);
                let times = effort.time(|n| {
                    for k in 0..n {
                        trace::trace(&mut Hessian(&mut f), trace::Method::Rademacher, STEPS, Key(9, k)).expect("finite");
                    }
                });
                let work = EXAMPLES as f64 * 2.0 * (DENSE[0] + 3.0 * DENSE[1] + 4.0 * DENSE[2]);
                let floor = (n as f64 * peak() / work, FORM);
                let reference = Some((either(100.0 / 2.48, 100.0 / 1.26), if several { "PyTorch (2)" } else { "PyTorch" }));
                Row { unit: Unit::PerSecond(STEPS as f64), threads: n, times, floor, reference }
            }),
        );
        add("exact trace, perceptron", Box::new(exact_trace));
        add(
            "spectral density by Lanczos steps, perceptron",
            Box::new(move |effort, n| {
                let mut f = trained_perceptron().landscape(EXAMPLES);
                let times = effort.time(|n| {
                    for k in 0..n {
                        let settings = density::Settings { probes: 1, steps: STEPS, ..density::Settings::new(Key(8, k)) };
                        density::density(&mut Hessian(&mut f), &settings).expect("finite");
                    }
                });
                let floor = (n as f64 * peak() / perceptron_product(), PRODUCT);
                let reference = Some((either(1000.0 / 27.0, 1000.0 / 13.0), if several { "PyTorch (2)" } else { "PyTorch" }));
                Row { unit: Unit::PerSecond(STEPS as f64), threads: n, times, floor, reference }
            }),
        );
        add(
            "points of a surface, perceptron, 10,000 examples",
            Box::new(move |effort, n| surface(effort, n, either(2601.0 / 178.0, 2601.0 / 90.0))),
        );
    }
    all
}

/// Operations of a product with the Hessian of the perceptron.
fn perceptron_product() -> f64 {
    EXAMPLES as f64 * 2.0 * (2.0 * DENSE[0] + 6.0 * (DENSE[1] + DENSE[2]))
}

/// Unit vectors, so that no product is the one before.
fn vectors(n: usize, count: usize) -> Vec<Vec<f64>> {
    (0..count as u64)
        .map(|k| {
            let mut v = vec![0.0; n];
            normals(Key(6, k), &mut v);
            ann_lang::kernels::landscape::vectors::unit(&mut v);
            v
        })
        .collect()
}

fn products(effort: &Effort, threads: usize, fit: &Fit, examples: usize, work: f64, other: (f64, &'static str)) -> Row {
    let mut f = fit.landscape(examples);
    let v = vectors(f.dimension(), 2);
    let mut out = vec![0.0; f.dimension()];
    let mut k = 0;
    let times = effort.time(|n| {
        for _ in 0..n {
            k = 1 - k;
            f.hessian(&v[k], &mut out);
        }
    });
    assert!(out.iter().all(|x| x.is_finite()));
    let floor = (threads as f64 * peak() / work, PRODUCT);
    Row { unit: Unit::PerSecond(1.0), threads, times, floor, reference: Some(other) }
}

/// With a search for further copies of eigenvalues, which `hessian_eigenvalues` makes, or without it, as ARPACK.
fn pairs(effort: &Effort, threads: usize, copies: bool, reference: Option<(f64, &'static str)>) -> Row {
    let mut f = trained_perceptron().landscape(EXAMPLES);
    let mut products = Vec::new();
    let times = effort.time(|n| {
        for k in 0..n {
            let settings = eigen::Settings { copies, ..eigen::Settings::new(10, 0, Key(7, k)) };
            let ends = eigen::ends(&mut Hessian(&mut f), &settings).expect("finite");
            assert!(ends.converged);
            products.push(ends.products);
        }
    });
    products.sort_unstable();
    eprintln!("    {} to {} products", products[0], products[products.len() - 1]);
    let floor = (34.0 * perceptron_product() / (threads as f64 * peak()) * 1e3, PAIRS);
    Row { unit: Unit::Milliseconds, threads, times, floor, reference }
}

fn exact_trace(effort: &Effort, threads: usize) -> Row {
    let fit = trained_perceptron();
    let mut f = fit.landscape(EXAMPLES);
    let near: Vec<f64> = fit.point.iter().map(|x| x * 1.001).collect();
    let mut k = 0;
    let times = effort.time(|n| {
        for _ in 0..n {
            k = 1 - k;
            f.move_to(if k == 0 { &fit.point } else { &near });
            f.trace_of(Part::Trace).expect("a piecewise-linear network");
        }
    });
    let work = EXAMPLES as f64 * 2.0 * (DENSE.iter().sum::<f64>() + 10.0 * (DENSE[1] + DENSE[2]));
    let floor = (work / (threads as f64 * peak()) * 1e3, TRACE);
    Row { unit: Unit::Milliseconds, threads, times, floor, reference: None }
}

fn surface(effort: &Effort, threads: usize, other: f64) -> Row {
    let fit = trained_perceptron();
    let mut f = fit.landscape(MANY);
    let v = vectors(f.dimension(), 2);
    let mut line = 0.0;
    let times = effort.time(|n| {
        for _ in 0..n {
            line += 1e-3;
            let plane = slice::plane(&mut f, &fit.point, [&v[0], &v[1]], &[line], &slice::even(-1.0, 1.0, POINTS));
            assert!(plane.values.iter().all(|x| x.is_finite()));
        }
    });
    let work = MANY as f64 * 2.0 * (DENSE[1] + DENSE[2]);
    let floor = (threads as f64 * peak() / work, SURFACE);
    let reference = Some((other, if threads > 1 { "loss-landscapes (2)" } else { "PyTorch" }));
    Row { unit: Unit::PerSecond(POINTS as f64), threads, times, floor, reference }
}
