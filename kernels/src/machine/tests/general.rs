//! Machines of any finite units: the same tests, and against machines of two layers.

use super::super::train::Options;
use super::super::{Bipartite, Coordinates, Factor, General, Layer, Machine, Method, Rows, Single, Sweeps};
use super::anneal::agrees;
use super::chains::law;
use super::gradients::{exact_gradient, slow_single, sums_over_states};
use super::training::improves;
use super::{differences, near, rows, with};
use crate::random::Key;

const SPIN: u32 = 0;
const BIT: u32 = 1;
const FIRST: u32 = 2;
const LEVEL: u32 = 4;

fn tables() -> Vec<Vec<f64>> {
    vec![vec![-1.0, 1.0], vec![0.0, 1.0], vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0], vec![-1.0, 0.0, 1.0]]
}

fn f(unit: usize, table: u32) -> Factor {
    Factor { unit: unit as u32, table }
}

/// Fields and the pairs (i, j) of units with one table.
fn pairs(n: usize, table: u32, which: impl Fn(usize, usize) -> bool) -> Vec<Vec<Factor>> {
    let mut terms: Vec<Vec<Factor>> = (0..n).map(|i| vec![f(i, table)]).collect();
    for i in 0..n {
        (i + 1..n).filter(|j| which(i, *j)).for_each(|j| terms.push(vec![f(i, table), f(j, table)]));
    }
    terms
}

fn own(sizes: &[usize], visible: usize, terms: &[Vec<Factor>]) -> General {
    General::new(sizes, visible, &tables(), terms, Coordinates::same(terms.len())).expect("a machine")
}

fn visible_only() -> General {
    own(&[2; 5], 5, &pairs(5, SPIN, |_, _| true))
}

/// Visible units couple, hidden ones do not.
fn semi_restricted() -> General {
    own(&[2; 7], 4, &pairs(7, BIT, |i, _| i < 4))
}

/// Two layers of hidden units.
fn deep() -> General {
    own(&[2; 8], 4, &pairs(8, SPIN, |i, j| j == i + 2 || j == i + 4 || (i + j) % 5 == 0))
}

/// Units of two and three values, products of three units, a function of a unit squared, shared parameters, and a constant.
fn mixed() -> General {
    let sizes = [3, 2, 3, 2, 3];
    let terms = vec![
        vec![f(0, LEVEL), f(1, SPIN), f(2, LEVEL)],
        vec![f(0, LEVEL), f(0, LEVEL)],
        vec![f(0, FIRST), f(2, FIRST)],
        vec![f(0, FIRST + 1), f(3, SPIN)],
        vec![f(1, SPIN), f(2, LEVEL), f(4, LEVEL)],
        vec![f(3, BIT)],
        vec![f(4, FIRST)],
        vec![],
        vec![f(2, LEVEL), f(3, SPIN), f(1, BIT)],
    ];
    let map: Vec<(usize, usize, f64)> = (0..9).filter(|m| *m != 6).map(|m| (m, m % 5, 1.0 - 0.3 * m as f64)).collect();
    let mut base = vec![0.0; 9];
    base[6] = 0.8;
    General::new(&sizes, 3, &tables(), &terms, Coordinates::new(5, base, &map).expect("a map")).expect("a machine")
}

pub(super) fn all() -> Vec<(General, Vec<f64>)> {
    let machines = [visible_only(), semi_restricted(), deep(), mixed()];
    machines.into_iter().enumerate().map(|(k, m)| with(m, 0.6, Key(51, k as u64))).collect()
}

#[test]
fn exact_sums() {
    for (machine, theta) in all().iter().filter(|(_, t)| t.len() > 5) {
        sums_over_states(machine, theta);
    }
}

#[test]
fn exact_gradients() {
    assert_eq!(all().iter().map(|(m, _)| m.independent()).collect::<Vec<_>>(), [true, true, false, true]);
    for (mut machine, theta) in all() {
        exact_gradient(&mut machine, &theta, 1e-7);
        let right = differences(&theta, |t| {
            machine.set(t).expect("finite");
            machine.log_z(1.0).expect("few states")
        });
        machine.set(&theta).expect("finite");
        let mut g = vec![0.0; theta.len()];
        machine.exact(&mut g).expect("few states");
        near(&g, &right, 1e-8, "means");
    }
}

#[test]
fn objectives_of_single_units() {
    for (mut machine, theta) in all() {
        let data = rows(&machine, 21, Key(52, 2));
        let data = Rows::visible(21, &data);
        for what in [Single::PseudoLikelihood, Single::RatioMatching] {
            let two = (0..machine.visible()).all(|i| machine.values(i) == Some(2));
            if !machine.independent() || (what == Single::RatioMatching && !two) {
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
            assert!((value - slow_single(&machine, &data, what)).abs() < 1e-10);
        }
    }
}

#[test]
fn mean_fields_and_sparsity() {
    for (mut machine, theta) in all() {
        for order in 1..=2 {
            let (v, h) = machine.widths();
            let mut means = vec![0.5; 3 * (v + h)];
            for (u, q) in (0..machine.visible() + machine.hidden()).map(|u| machine.values(u).expect("finite")).enumerate() {
                if q == 3 {
                    let first = machine.columns().0[u];
                    means.chunks_exact_mut(v + h).for_each(|m| m[first..first + 3].fill(1.0 / 3.0));
                }
            }
            let mut g = vec![0.0; theta.len()];
            if machine.fields(&mut means, order, 400, &mut g).is_err() {
                assert!(order == 2);
                continue;
            }
            let right = differences(&theta, |t| {
                machine.set(t).expect("finite");
                -machine.fields(&mut means.clone(), order, 400, &mut vec![0.0; t.len()]).expect("a fixed point")
            });
            machine.set(&theta).expect("finite");
            near(&g, &right, 1e-7, "mean field");
        }
        let data = rows(&machine, 11, Key(52, 3));
        let data = Rows::visible(11, &data);
        let mut g = vec![0.0; theta.len()];
        if machine.sparsity(&data, 0.2, 2.0, &mut g).is_ok() {
            let right = differences(&theta, |t| {
                machine.set(t).expect("finite");
                machine.sparsity(&data, 0.2, 2.0, &mut vec![0.0; t.len()]).expect("independent units")
            });
            near(&g, &right, 1e-8, "sparsity");
        } else {
            assert!(!machine.independent());
        }
    }
}

#[test]
fn chains_and_annealing() {
    for (k, (machine, theta)) in all().iter().enumerate() {
        if theta.len() > 5 {
            law(machine, theta, 1.0, 80, Key(53, k as u64));
            law(machine, theta, 0.5, 60, Key(54, k as u64));
        }
        if machine.independent() {
            agrees(machine, Key(55, k as u64));
        }
    }
}

/// The same machine in both forms.
#[test]
fn two_layers_in_both_forms() {
    let (nv, nh) = (5, 3);
    let mut terms: Vec<Vec<Factor>> = (0..nv * nh).map(|k| vec![f(k / nh, SPIN), f(nv + k % nh, BIT)]).collect();
    terms.extend((0..nv).map(|i| vec![f(i, SPIN)]));
    terms.extend((0..nh).map(|j| vec![f(nv + j, BIT)]));
    let (general, theta) = with(own(&[2; 8], nv, &terms), 0.7, Key(56, 1));
    let mut layers = Bipartite::plain(&Layer::spins(nv), &Layer::binary(nh)).expect("two layers");
    layers.set(&theta).expect("finite");
    let data = rows(&general, 9, Key(56, 2));
    let data = Rows::visible(9, &data);
    let (mut a, mut b) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    general.exact(&mut a).expect("few states");
    layers.exact(&mut b).expect("few states");
    near(&a, &b, 1e-10, "means");
    general.statistics(&data, 0.3, &mut a);
    layers.statistics(&data, 0.3, &mut b);
    near(&a, &b, 1e-6, "statistics");
    let (mut x, mut y) = (vec![0.0; 8], vec![0.0; 8]);
    general.means(&data, &mut x);
    layers.means(&data, &mut y);
    // Of labels here, of values there.
    (0..5).for_each(|i| assert!((2.0 * x[i] - 1.0 - y[i]).abs() < 1e-6));
    general.centre(&x, &mut a).expect("fields and pairs");
    layers.centre(&y, &mut b).expect("own parameters");
    near(&a, &b, 1e-5, "centred");
    let (mut x, mut y) = (vec![0.0f32; 45], vec![0.0f32; 45]);
    general.reconstruct(&data, &mut x).expect("means");
    layers.reconstruct(&data, &mut y).expect("means");
    x.iter().zip(&y).for_each(|(x, y)| assert!((x - y).abs() < 1e-5));
    let (mut x, mut y) = (vec![0.5; 16], vec![0.5; 16]);
    let fx = general.fields(&mut x, 2, 300, &mut a).expect("a fixed point");
    let fy = layers.fields(&mut y, 2, 300, &mut b).expect("a fixed point");
    assert!((fx - fy).abs() < 1e-9);
    near(&a, &b, 1e-7, "mean field");
}

#[test]
fn methods_raise_the_likelihood() {
    let (truth, _) = with(visible_only(), 0.5, Key(57, 1));
    for method in super::training::methods() {
        if matches!(method, Method::MeanField { order: 3, .. }) {
            continue;
        }
        improves(&truth, &visible_only(), method, Options::default(), 0.1);
    }
    improves(
        &truth,
        &visible_only(),
        Method::Contrastive { steps: 1 },
        Options { centring: Some(0.5), ..Options::default() },
        0.1,
    );
    // Hidden units that couple: sampled with the data clamped.
    let (truth, _) = with(deep(), 0.7, Key(57, 2));
    for method in [Method::Persistent { chains: 200, steps: 2 }, Method::Contrastive { steps: 3 }, Method::Exact] {
        improves(&truth, &deep(), method, Options { clamped_steps: 3, ..Options::default() }, 0.02);
    }
}

#[test]
fn threads_change_no_bit_and_clamped_units_stay() {
    let (machine, theta) = with(own(&[2; 40], 25, &pairs(40, SPIN, |i, j| (i * j) % 3 == 1)), 0.3, Key(58, 1));
    let data = rows(&machine, 90, Key(58, 2));
    super::threads::in_pools(|| {
        let mut chains = machine.start(70, Key(58, 3));
        let mut clamped = vec![false; 40];
        clamped[7] = true;
        clamped[30] = true;
        let before = chains.clone();
        machine.sweep(&mut chains, &Sweeps { count: 5, betas: &[0.9], clamped: Some(&clamped) });
        assert!((0..70).all(|r| chains.visible[r * 25 + 7] == before.visible[r * 25 + 7]));
        assert!((0..70).all(|r| chains.hidden[r * 15 + 5] == before.hidden[r * 15 + 5]));
        assert_ne!(chains.visible, before.visible);
        let mut g = vec![0.0; theta.len()];
        machine.statistics(&chains.rows(), 1.0, &mut g);
        let mut means = vec![0.5; 40 * 5];
        let free = machine.fields(&mut means, 1, 3, &mut vec![0.0; theta.len()]).expect("means");
        let pl = machine.singles(&Rows::visible(90, &data), Single::PseudoLikelihood, None).ok();
        (chains, g, free, pl)
    });
}

#[test]
fn bad_machines_are_refused() {
    let same = Coordinates::same;
    assert!(General::new(&[2], 0, &tables(), &[], same(0)).is_err());
    assert!(General::new(&[2], 1, &tables(), &[vec![f(0, LEVEL)]], same(1)).is_err());
    assert!(General::new(&[2], 1, &tables(), &[vec![f(1, SPIN)]], same(1)).is_err());
    assert!(General::new(&[2], 1, &[vec![0.0, f64::NAN]], &[vec![f(0, 0)]], same(1)).is_err());
    assert!(General::new(&[2], 1, &tables(), &[vec![f(0, SPIN)]], same(2)).is_err());
    assert!(own(&[2; 40], 40, &pairs(40, SPIN, |_, _| true)).log_z(1.0).is_err());
}
