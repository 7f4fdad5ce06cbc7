//! Products with the Hessian, the Gauss-Newton and the Fisher matrix, and what they cost.

use super::super::super::graph::{Graph, Id, Op, Unary};
use super::super::super::reference::evaluate;
use super::super::super::simplify::{cone, simplify};
use super::super::{empirical_fisher, forms, gauss_newton, gradient, hessian, jvp, vjp};
use super::bench::{dot, near};
use super::networks::{Net, all, cross_entropy, perceptron, squares};

fn directions(net: &mut Net) -> Vec<Id> {
    net.wrt.clone().into_iter().map(|w| net.b.like(w)).collect()
}

fn flat(net: &Net, ids: &[Id]) -> Vec<f64> {
    net.b.eval(ids).concat()
}

#[test]
fn gradients_and_hessians_of_networks_agree_with_differences() {
    for (name, mut net) in all() {
        let u = directions(&mut net);
        let v = directions(&mut net);
        let along: Vec<(Id, Id)> = net.wrt.iter().copied().zip(v.iter().copied()).collect();
        let gradient = gradient(&mut net.b.g, net.loss, &net.wrt);
        let slope = net.b.difference(&[net.loss], &along, 1e-5).concat();
        near(&[dot(&flat(&net, &gradient), &flat(&net, &v))], &slope, 1e-8, name);
        let hv = hessian(&mut net.b.g, &gradient, &net.wrt, &v);
        near(&flat(&net, &hv), &net.b.difference(&gradient, &along, 1e-5).concat(), 1e-7, name);
        let hu = hessian(&mut net.b.g, &gradient, &net.wrt, &u);
        let (a, b) = (dot(&flat(&net, &u), &flat(&net, &hv)), dot(&flat(&net, &v), &flat(&net, &hu)));
        near(&[a], &[b], 1e-12, name);
        let between = forms(&mut net.b.g, net.loss, &net.wrt, &[u.clone(), v.clone()]);
        let own = [dot(&flat(&net, &u), &flat(&net, &hu)), a, dot(&flat(&net, &v), &flat(&net, &hv))];
        near(&flat(&net, &between), &own, 1e-11, name);
    }
}

/// Products with the Jacobian in both directions, and with the loss's Hessian worked out by hand.
#[test]
fn gauss_newton_is_made_of_jacobians() {
    for (name, mut net) in all() {
        let (u, v) = (directions(&mut net), directions(&mut net));
        let along = |d: &[Id]| net.wrt.iter().copied().zip(d.iter().copied()).collect::<Vec<_>>();
        let (along_u, along_v) = (along(&u), along(&v));
        let ju = jvp(&mut net.b.g, &[net.outputs], &along_u)[0].unwrap();
        let jv = jvp(&mut net.b.g, &[net.outputs], &along_v)[0].unwrap();
        let gv = gauss_newton(&mut net.b.g, net.loss, net.outputs, &net.wrt, &v);
        let (y, ju, jv) = (net.b.one(net.outputs), net.b.one(ju), net.b.one(jv));
        let k = *net.b.g.shape(net.outputs).last().unwrap();
        let mut expected = 0.0;
        for ((y, a), b) in y.chunks(k).zip(ju.chunks(k)).zip(jv.chunks(k)) {
            if name.contains("squares") {
                expected += 2.0 * dot(a, b);
            } else {
                let all: f64 = y.iter().map(|y| libm::exp(*y)).sum();
                let p: Vec<f64> = y.iter().map(|y| libm::exp(*y) / all).collect();
                let weighted: Vec<f64> = p.iter().zip(b).map(|(p, b)| p * b).collect();
                expected += dot(a, &weighted) - dot(&p, a) * dot(&p, b);
            }
        }
        expected /= net.b.feed.examples as f64;
        near(&[dot(&flat(&net, &u), &flat(&net, &gv))], &[expected], 1e-12, name);
    }
}

/// Where the last layer alone varies the network is linear, and both matrices are the same.
#[test]
fn gauss_newton_of_a_linear_model_is_the_hessian() {
    let mut net = perceptron(&[4, 5, 3], Unary::Tanh, cross_entropy, 6);
    net.wrt.drain(..2);
    let v = directions(&mut net);
    let g = gradient(&mut net.b.g, net.loss, &net.wrt);
    let h = hessian(&mut net.b.g, &g, &net.wrt, &v);
    let n = gauss_newton(&mut net.b.g, net.loss, net.outputs, &net.wrt, &v);
    near(&flat(&net, &n), &flat(&net, &h), 1e-14, "last layer");
}

#[test]
fn the_empirical_fisher_matrix_is_the_mean_of_gradients_times_themselves() {
    let mut net = perceptron(&[3, 4, 3], Unary::Tanh, cross_entropy, 5);
    let v = directions(&mut net);
    // The batched numbers that the mean is taken of.
    let sum = net.b.g.node(net.loss).args[0];
    let losses = net.b.g.node(sum).args[0];
    let f = empirical_fisher(&mut net.b.g, net.loss, losses, &net.wrt, &v);
    let one = gradient(&mut net.b.g, losses, &net.wrt);
    let (v, f) = (flat(&net, &v), flat(&net, &f));
    let mut expected = vec![0.0; v.len()];
    for n in 0..5 {
        net.b.feed.rows = Some(vec![n]);
        let g = flat(&net, &one);
        let along = dot(&g, &v);
        expected.iter_mut().zip(g).for_each(|(e, g)| *e += g * along / 5.0);
    }
    near(&f, &expected, 1e-13, "fisher");
}

#[test]
fn jacobians_are_transposes_of_each_other() {
    for (name, mut net) in all() {
        let v = directions(&mut net);
        let along: Vec<(Id, Id)> = net.wrt.iter().copied().zip(v.iter().copied()).collect();
        let w = net.b.like(net.outputs);
        let forward = jvp(&mut net.b.g, &[net.outputs], &along)[0].unwrap();
        let backward = vjp(&mut net.b.g, &[(net.outputs, w)], &net.wrt);
        let a = dot(&net.b.one(forward), &net.b.one(w));
        near(&[dot(&flat(&net, &backward), &flat(&net, &v))], &[a], 1e-12, name);
    }
}

#[test]
fn hessians_by_the_data_do_without_the_weights() {
    let mut net = perceptron(&[4, 5, 3], Unary::Tanh, cross_entropy, 4);
    let x = Id(0);
    assert!(matches!(net.b.g.node(x).op, Op::Data(0)));
    net.b.check(net.loss, &[x], "by the data");
    let g = gradient(&mut net.b.g, net.loss, &[x])[0];
    net.b.check(g, &[x], "by the data, second");
}

/// Multiplications and additions of one example in products that depend on one of `on`.
fn flops(g: &Graph, outputs: &[Id], on: &[Id]) -> usize {
    let mut depends = vec![false; g.nodes.len()];
    let mut count = 0;
    for id in cone(g, outputs, &[]) {
        let node = g.node(id);
        depends[id.0 as usize] = on.contains(&id) || node.args.iter().any(|a| depends[a.0 as usize]);
        if depends[id.0 as usize] {
            count += match &node.op {
                Op::Linear { .. } => 2 * g.size(node.args[0]) * node.shape.last().unwrap(),
                Op::Outer => 2 * g.size(id),
                _ => 0,
            };
        }
    }
    count
}

#[test]
fn products_are_those_that_are_needed_and_no_more() {
    for f in [Unary::Relu, Unary::Tanh] {
        for loss in [cross_entropy, squares] {
            let widths = [7, 11, 13, 5];
            let mut net = perceptron(&widths, f, loss, 3);
            let v = directions(&mut net);
            let w = net.wrt.clone();
            let layers: Vec<usize> = widths.windows(2).map(|w| 2 * w[0] * w[1]).collect();
            let (first, later) = (layers[0], layers[1] + layers[2]);
            let g = gradient(&mut net.b.g, net.loss, &w);
            let all: Vec<Id> = (0..net.b.g.nodes.len() as u32).map(Id).filter(|i| net.b.g.node(*i).args.is_empty()).collect();
            // Forward and by the weights; back only where something is before.
            assert_eq!(flops(&net.b.g, &g, &all), 2 * first + 3 * later);
            let mut with_value = g.clone();
            with_value.push(net.loss);
            assert_eq!(flops(&net.b.g, &with_value, &all), 2 * first + 3 * later);
            // Each of the three twice, but x has no tangent: x V and x times the tangent of its error.
            let h = hessian(&mut net.b.g, &g, &w, &v);
            assert_eq!(flops(&net.b.g, &h, &v), 2 * first + 6 * later);
            // Nothing of what is without a direction is computed anew.
            let mut both = h.clone();
            both.extend(&with_value);
            assert_eq!(flops(&net.b.g, &both, &all), 4 * first + 9 * later);
            // Tangents forward, errors back once.
            let n = gauss_newton(&mut net.b.g, net.loss, net.outputs, &w, &v);
            assert_eq!(flops(&net.b.g, &n, &v), 2 * first + 4 * later);
            // Nor does simplification make more of them.
            let simple = simplify(&mut net.b.g, &both);
            assert_eq!(flops(&net.b.g, &simple, &all), 4 * first + 9 * later);
            assert!(evaluate(&net.b.g, &n, &net.b.feed).concat().iter().all(|x| x.is_finite()));
        }
    }
}

#[test]
fn what_does_not_matter_has_zeros() {
    let mut b = super::bench::Bench::new(3, 1);
    let (x, y) = (b.leaf(&[2], true, -1.0, 1.0), b.leaf(&[3], false, -1.0, 1.0));
    let value = b.g.sum_all(y);
    let by = gradient(&mut b.g, value, &[x, y]);
    assert_eq!((b.one(by[0]), b.one(by[1])), (vec![0.0; 6], vec![1.0; 3]));
    let v = [b.like(x), b.like(y)];
    let h = hessian(&mut b.g, &by, &[x, y], &v);
    assert_eq!((b.one(h[0]), b.one(h[1])), (vec![0.0; 6], vec![0.0; 3]));
    let n = gauss_newton(&mut b.g, value, x, &[y], &v[1..]);
    assert_eq!(b.one(n[0]), [0.0; 3]);
}
