//! Gradients against finite differences, sums over states against plain loops.

use super::super::measure;
use super::super::train::Options;
use super::super::{Bipartite, Layer, Machine, Method, Rows, Single, Trainer, Unit};
use super::{bipartites, differences, dot, joint, loss, near, normal, rows, shared, two, with};
use crate::random::Key;

/// ln Z, free energies and energies from the statistics of every joint state.
pub(super) fn sums_over_states<M: Machine>(machine: &M, theta: &[f64]) {
    let states = joint(machine);
    let mut phi = vec![0.0; theta.len()];
    let weights: Vec<f64> = states
        .iter()
        .map(|(v, h)| {
            machine.features(v, h, &mut phi);
            dot(&phi, theta)
        })
        .collect();
    for beta in [1.0, 0.4] {
        let z: f64 = weights.iter().map(|w| libm::exp(beta * w)).sum();
        let found = machine.log_z(beta).expect("few states");
        assert!((found - libm::log(z)).abs() < 1e-10, "{found}");
        let mut free = [0.0];
        for (v, _) in states.iter().step_by(7) {
            let same = states.iter().zip(&weights).filter(|(s, _)| s.0 == *v);
            let sum: f64 = same.map(|(_, w)| libm::exp(beta * w)).sum();
            machine.free_energies(&Rows::visible(1, v), beta, &mut free).expect("free energies");
            assert!((free[0] + libm::log(sum)).abs() < 1e-9);
        }
    }
    for ((v, h), w) in states.iter().zip(&weights).step_by(3) {
        let mut energy = [0.0];
        machine.energies(&Rows { count: 1, visible: v, hidden: Some(h) }, &mut energy);
        assert!((energy[0] + w).abs() < 2e-5 * (1.0 + w.abs()), "{} {w}", energy[0]);
    }
    // The law of the visible states, and its distance from itself.
    let law: Vec<f64> = measure::log_probabilities(machine).expect("few states").iter().map(|l| libm::exp(*l)).collect();
    assert!((law.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(measure::kl_divergence(machine, &law).expect("a law").abs() < 1e-12);
    let even = vec![1.0 / law.len() as f64; law.len()];
    let kl: f64 = law.iter().map(|p| (1.0 / law.len() as f64) * libm::log(1.0 / law.len() as f64 / p)).sum();
    assert!((measure::kl_divergence(machine, &even).expect("a law") - kl).abs() < 1e-10);
}

#[test]
fn exact_sums_of_two_layers() {
    for (machine, theta) in bipartites().iter().filter(|(m, _)| (0..m.visible() + m.hidden()).all(|u| m.values(u).is_some())) {
        sums_over_states(machine, theta);
    }
}

/// Layers with more states and columns than one table and one group: against a plain sum over the smaller layer.
#[test]
fn large_sums() {
    for (nv, nh, width) in [(9, 50, 1.0), (70, 8, 3.0), (10, 20, 90.0)] {
        let (machine, theta) =
            with(Bipartite::plain(&Layer::spins(nv), &Layer::binary(nh)).expect("two layers"), width, Key(3, 9));
        let small = nv.min(nh);
        for beta in [1.0, 0.3] {
            let mut logs = vec![];
            for s in 0..1usize << small {
                let on = |k: usize| if s >> k & 1 == 1 { 1.0 } else { 0.0 };
                let mut log = 0.0;
                if nv < nh {
                    let v: Vec<f64> = (0..nv).map(|i| 2.0 * on(i) - 1.0).collect();
                    log += beta * (0..nv).map(|i| theta[nv * nh + i] * v[i]).sum::<f64>();
                    for j in 0..nh {
                        let x = theta[nv * nh + nv + j] + (0..nv).map(|i| theta[i * nh + j] * v[i]).sum::<f64>();
                        log += (beta * x).max(0.0) + libm::log1p(libm::exp(-(beta * x).abs()));
                    }
                } else {
                    log += beta * (0..nh).map(|j| theta[nv * nh + nv + j] * on(j)).sum::<f64>();
                    for i in 0..nv {
                        let x = theta[nv * nh + i] + (0..nh).map(|j| theta[i * nh + j] * on(j)).sum::<f64>();
                        log += (beta * x).abs() + libm::log1p(libm::exp(-2.0 * (beta * x).abs()));
                    }
                }
                logs.push(log);
            }
            let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let right = top + libm::log(logs.iter().map(|l| libm::exp(l - top)).sum());
            let found = machine.log_z(beta).expect("few states");
            assert!((found - right).abs() < 1e-11 * right.abs().max(1.0), "{found} {right}");
        }
    }
}

pub(super) fn exact_gradient<M: Machine>(machine: &mut M, theta: &[f64], tolerance: f64) {
    let data = rows(machine, 7, Key(9, 1));
    let data = Rows::visible(7, &data);
    let right = differences(theta, |t| loss(machine, t, &data));
    let mut trainer = Trainer::new(machine, Method::Exact, Options::default(), Key(1, 1)).expect("a method");
    let mut g = vec![0.0; theta.len()];
    let value = trainer.gradient(machine, theta, &data, &mut g).expect("a gradient");
    near(&g, &right, tolerance, "exact");
    assert!((value - loss(machine, theta, &data)).abs() < 1e-10);
}

/// The data's part is in single precision.
#[test]
fn exact_gradients_are_the_slopes_of_the_likelihood() {
    for (mut machine, theta) in bipartites().into_iter().chain([shared()]) {
        exact_gradient(&mut machine, &theta, 2e-6);
    }
    // Real visible units.
    let layers = (Layer(vec![(Unit::Real { sigma: 0.8 }, 3), two(-1.0, 1.0, 2)]), Layer::binary(4));
    let (mut machine, theta) = with(Bipartite::plain(&layers.0, &layers.1).expect("two layers"), 0.5, Key(3, 8));
    exact_gradient(&mut machine, &theta, 2e-6);
}

#[test]
fn objectives_of_single_units() {
    for (mut machine, theta) in bipartites().into_iter().chain([shared()]) {
        let data = rows(&machine, 21, Key(9, 2));
        let data = Rows::visible(21, &data);
        let two = (0..machine.visible()).all(|i| machine.values(i) == Some(2));
        for what in [Single::PseudoLikelihood, Single::RatioMatching] {
            if what == Single::RatioMatching && !two {
                assert!(machine.singles(&data, what, None).is_err());
                continue;
            }
            let right = differences(&theta, |t| {
                machine.set(t).expect("finite");
                machine.singles(&data, what, None).expect("a value")
            });
            machine.set(&theta).expect("finite");
            let mut g = vec![0.0; theta.len()];
            let value = machine.singles(&data, what, Some(&mut g)).expect("a gradient");
            near(&g, &right, 1e-8, "single units");
            // The value by free energies of all values of every unit.
            let slow = slow_single(&machine, &data, what);
            assert!((value - slow).abs() < 1e-9, "{value} {slow}");
        }
    }
}

pub(super) fn slow_single<M: Machine>(machine: &M, data: &Rows, what: Single) -> f64 {
    let n = machine.visible();
    let mut sum = 0.0;
    for row in data.visible.chunks_exact(n) {
        for i in 0..n {
            let q = machine.values(i).expect("finite");
            let weights: Vec<f64> = (0..q)
                .map(|a| {
                    let mut v = row.to_vec();
                    v[i] = a as f32;
                    let mut f = [0.0];
                    machine.free_energies(&Rows::visible(1, &v), 1.0, &mut f).expect("free energies");
                    libm::exp(-f[0])
                })
                .collect();
            let p = weights[row[i] as usize] / weights.iter().sum::<f64>();
            sum += match what {
                Single::PseudoLikelihood => -libm::log(p),
                Single::RatioMatching => (1.0 - p) * (1.0 - p),
            };
        }
    }
    sum / data.count as f64
}

/// At a fixed point the gradient of the free energy is its slope at fixed means.
#[test]
fn mean_fields_are_stationary() {
    let (mut machine, theta) = with(Bipartite::plain(&Layer::spins(5), &Layer::binary(4)).expect("two layers"), 0.3, Key(4, 4));
    for order in 1..=3 {
        let mut means = vec![0.5; 2 * 9];
        let mut g = vec![0.0; theta.len()];
        machine.fields(&mut means, order, 300, &mut g).expect("a fixed point");
        let right = differences(&theta, |t| {
            machine.set(t).expect("finite");
            let mut means = means.clone();
            machine.fields(&mut means, order, 300, &mut vec![0.0; t.len()]).expect("a fixed point")
        });
        machine.set(&theta).expect("finite");
        let right: Vec<f64> = right.iter().map(|g| -g).collect();
        near(&g, &right, 1e-7, "mean field");
    }
}

/// The error of the free energy falls with the order, as the power of the weights that is left out.
#[test]
fn reaction_terms_are_the_expansion_in_the_weights() {
    let base = Bipartite::plain(&Layer::binary(4), &Layer::binary(4)).expect("two layers");
    let theta = normal(base.dimension(), 1.0, Key(8, 8));
    let error = |width: f64, order: u8| {
        let mut machine = base.clone();
        // Weights alone are scaled; fields keep the means away from 1/2, where the third order vanishes.
        let t: Vec<f64> = theta.iter().enumerate().map(|(k, x)| if k < 16 { width * x } else { 2.0 * x }).collect();
        machine.set(&t).expect("finite");
        let f = machine.fields(&mut [0.5; 8], order, 400, &mut vec![0.0; t.len()]).expect("a fixed point");
        (f + machine.log_z(1.0).expect("few states")).abs()
    };
    for order in 1..=3u8 {
        let (large, small) = (error(0.2, order), error(0.1, order));
        let power = libm::log2(large / small);
        // Second order in mean field, and one more for each term.
        assert!(power > f64::from(order) + 0.6, "order {order}: {large} {small} {power}");
        assert!(order == 1 || error(0.02, order) < 0.5 * error(0.02, order - 1));
    }
}

#[test]
fn sparsity_is_the_slope_of_its_term() {
    for (mut machine, theta) in bipartites().into_iter().chain([shared()]) {
        let data = rows(&machine, 11, Key(9, 3));
        let data = Rows::visible(11, &data);
        let mut g = vec![0.0; theta.len()];
        if (machine.visible()..machine.visible() + machine.hidden()).any(|u| machine.values(u).is_none()) {
            assert!(machine.sparsity(&data, 0.1, 2.0, &mut g).is_err());
            continue;
        }
        machine.sparsity(&data, 0.1, 2.0, &mut g).expect("finite units");
        let right: Vec<f64> = theta
            .iter()
            .enumerate()
            .map(|(k, _)| {
                // Single precision: wide steps.
                let mut at = |d: f64| {
                    let mut t = theta.clone();
                    t[k] += d;
                    machine.set(&t).expect("finite");
                    machine.sparsity(&data, 0.1, 2.0, &mut vec![0.0; t.len()]).expect("finite units")
                };
                (at(1e-2) - at(-1e-2)) / 2e-2
            })
            .collect();
        near(&g, &right, 1e-3, "sparsity");
    }
}

/// Centred statistics by plain loops over the states of a small machine.
#[test]
fn centring_is_the_gradient_of_centred_units() {
    let (machine, theta) = with(Bipartite::plain(&Layer::spins(3), &Layer::binary(2)).expect("two layers"), 0.5, Key(6, 1));
    let data = rows(&machine, 5, Key(9, 4));
    let data = Rows::visible(5, &data);
    let mut g = vec![0.0; theta.len()];
    machine.exact(&mut g).expect("few states");
    machine.statistics(&data, -0.2, &mut g);
    let plain = g.clone();
    let mut offsets = vec![0.0; 5];
    machine.means(&data, &mut offsets);
    machine.centre(&offsets, &mut g).expect("own parameters");
    // d<(v - μ)(h - λ)> = d<v h> - μ d<h> - λ d<v>; fields follow from fields of centred units.
    for i in 0..3 {
        for j in 0..2 {
            let right = plain[i * 2 + j] - offsets[i] * plain[9 + j] - offsets[3 + j] * plain[6 + i];
            assert!((g[i * 2 + j] - right).abs() < 1e-12);
        }
        let right = plain[6 + i] - (0..2).map(|j| offsets[3 + j] * g[i * 2 + j]).sum::<f64>();
        assert!((g[6 + i] - right).abs() < 1e-12);
    }
    assert!(dot(&g, &plain) > 0.0);
    let (machine, theta) = shared();
    assert!(machine.centre(&[0.0; 7], &mut vec![0.0; theta.len()]).is_err());
}

/// Statistics of rows with means between the values, and reconstruction, by plain loops.
#[test]
fn rows_of_means() {
    let (machine, theta) = with(Bipartite::plain(&Layer::binary(3), &Layer::spins(2)).expect("two layers"), 0.7, Key(6, 2));
    let v = [0.25f32, 1.0, 0.5];
    let row = Rows::visible(1, &v);
    let x: Vec<f64> = (0..2).map(|j| theta[9 + j] + (0..3).map(|i| f64::from(v[i]) * theta[i * 2 + j]).sum::<f64>()).collect();
    let h: Vec<f64> = x.iter().map(|x| libm::tanh(*x)).collect();
    let mut g = vec![0.0; theta.len()];
    machine.statistics(&row, 2.0, &mut g);
    let mut right: Vec<f64> = (0..6).map(|k| 2.0 * f64::from(v[k / 2]) * h[k % 2]).collect();
    right.extend(v.iter().map(|v| 2.0 * f64::from(*v)));
    right.extend(h.iter().map(|h| 2.0 * h));
    near(&g, &right, 1e-6, "statistics");
    let mut back = [0.0f32; 3];
    machine.reconstruct(&row, &mut back).expect("independent units");
    for i in 0..3 {
        let field = theta[6 + i] + (0..2).map(|j| theta[i * 2 + j] * h[j]).sum::<f64>();
        assert!((f64::from(back[i]) - 1.0 / (1.0 + libm::exp(-field))).abs() < 1e-6);
    }
    let error = measure::reconstruction_error(&machine, &row).expect("a row");
    let slow: f64 = back.iter().zip(&v).map(|(b, v)| f64::from((b - v) * (b - v))).sum::<f64>() / 3.0;
    assert!((error - slow).abs() < 1e-6);
}

#[test]
fn bad_rows_and_machines_are_refused() {
    let machine =
        Bipartite::plain(&Layer(vec![two(0.0, 1.0, 2), (Unit::Labels(3), 1), (Unit::Real { sigma: 1.0 }, 1)]), &Layer::binary(2))
            .expect("two layers");
    assert_eq!(machine.check(&[0.0, 1.0, 2.0, -3.5], false), Ok(1));
    for bad in [
        &[0.0, 2.0, 2.0, 0.0][..],
        &[0.0, 0.5, 2.0, 0.0],
        &[0.0, 1.0, 3.0, 0.0],
        &[0.0, 1.0, 0.5, 0.0],
        &[0.0, 1.0, 1.0, f32::NAN],
        &[0.0],
        &[],
        &[f32::NAN, 0.0, 0.0, 0.0],
    ] {
        assert!(machine.check(bad, false).is_err());
    }
    assert!(machine.check(&[0.0, 0.5, 2.0, 0.0], true).is_ok());
    assert!(Bipartite::plain(&Layer::binary(2), &Layer::binary(0)).is_err());
    assert!(Bipartite::plain(&Layer(vec![(Unit::Real { sigma: 0.0 }, 1)]), &Layer::binary(1)).is_err());
    assert!(machine.clone().set(&vec![f64::INFINITY; machine.dimension()]).is_err());
    assert!(Bipartite::plain(&Layer::binary(30), &Layer::binary(30)).expect("two layers").log_z(1.0).is_err());
}
