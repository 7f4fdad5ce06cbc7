//! Layers and losses against plain loops, and derivatives of whole networks against finite differences.

use super::{Lowered, Mode, lower};
use crate::kernels::landscape::Objective;
use crate::kernels::random::{Key, Stream};
use crate::kernels::tensor::reference::{Feed, evaluate};
use crate::lower::landscape::{Batch, Landscape, Source};
use crate::lower::parts::Part;
use crate::plan::Network;
use std::sync::Arc;

const EXAMPLES: usize = 5;

/// A network from its text.
fn network(body: &str) -> Network {
    let text = format!("network n() {{\n{body}\n}}\nprobe p of n() {{\n w = weight_norm()\n}}\n");
    let loaded = crate::session::load_text("test.ann", text, Default::default());
    let said: Vec<String> = loaded.diagnostics.iter().map(|d| d.message.clone()).collect();
    assert!(loaded.is_good(), "{body}: {said:?}");
    loaded.elaborated.plan.networks[0].clone()
}

fn random(n: usize, key: u64) -> Vec<f64> {
    let mut stream = Stream::new(Key(11, key));
    (0..n).map(|_| stream.normal()).collect()
}

struct Case {
    network: Network,
    lowered: Lowered,
    feed: Feed,
}

fn case(body: &str, mode: Mode) -> Case {
    let network = network(body);
    let lowered = lower(&network, mode).unwrap();
    let mut data = vec![random(EXAMPLES * network.inputs[0].shape.iter().product::<usize>(), 1)];
    if let Some(second) = network.inputs.get(1) {
        data.push(match second.classes {
            Some(c) => (0..EXAMPLES).map(|k| (k * 7 % c) as f64).collect(),
            None => random(EXAMPLES * second.shape.iter().product::<usize>(), 2),
        });
    }
    let mut inputs: Vec<Vec<f64>> = network.parameters.iter().enumerate().map(|(k, p)| random(p.size(), 10 + k as u64)).collect();
    inputs.extend(network.buffers.iter().enumerate().map(|(k, b)| vec![0.5 + k as f64; b.size]));
    inputs.push(vec![1.0 / EXAMPLES as f64]);
    let feed = Feed { examples: EXAMPLES, data, inputs, rows: None, key: 3, step: 4 };
    Case { network, lowered, feed }
}

impl Case {
    /// The value of a named binding, example by example.
    fn value(&self, name: &str) -> Vec<f64> {
        let k = self.network.nodes.iter().position(|n| n.name.as_deref() == Some(name)).unwrap();
        evaluate(&self.lowered.graph, &[self.lowered.values[k]], &self.feed).remove(0)
    }

    fn loss(&self) -> f64 {
        evaluate(&self.lowered.graph, &[self.lowered.loss], &self.feed)[0][0]
    }

    /// The weights of a name.
    fn weights(&self, name: &str) -> &[f64] {
        let k = self.network.parameters.iter().position(|p| p.name == name);
        &self.feed.inputs[k.unwrap_or_else(|| panic!("{name}: {:?}", self.network.parameters))]
    }

    fn input(&self, slot: usize) -> Vec<&[f64]> {
        let size = self.feed.data[slot].len() / EXAMPLES;
        self.feed.data[slot].chunks(size).collect()
    }
}

fn near(a: &[f64], b: &[f64]) {
    assert_eq!(a.len(), b.len());
    for (x, y) in a.iter().zip(b) {
        assert!((x - y).abs() <= 1e-11 * (1.0 + y.abs()), "{x} {y}");
    }
}

#[test]
fn dense_and_activations() {
    let c = case(
        "input x: [3], y: [2]\n a = dense(x, 2)\n r = relu(a)\n l = leaky_relu(a, 0.1)\n s = silu(a)\n g = gelu(a)\n q = square(a)\n p = softplus(a)\n loss = mse(r, y)",
        Mode::Evaluation,
    );
    let (w, b) = (c.weights("a.weight"), c.weights("a.bias"));
    let a: Vec<f64> = c
        .input(0)
        .iter()
        .flat_map(|x| (0..2).map(|j| b[j] + (0..3).map(|i| x[i] * w[2 * i + j]).sum::<f64>()).collect::<Vec<f64>>())
        .collect();
    near(&c.value("a"), &a);
    let each = |f: &dyn Fn(f64) -> f64| a.iter().map(|x| f(*x)).collect::<Vec<f64>>();
    let sigmoid = |x: f64| 1.0 / (1.0 + libm::exp(-x));
    near(&c.value("r"), &each(&|x| x.max(0.0)));
    near(&c.value("l"), &each(&|x| if x > 0.0 { x } else { 0.1 * x }));
    near(&c.value("s"), &each(&|x| x * sigmoid(x)));
    near(&c.value("g"), &each(&|x| 0.5 * x * (1.0 + libm::erf(x / 2f64.sqrt()))));
    near(&c.value("q"), &each(&|x| x * x));
    near(&c.value("p"), &each(&|x| libm::log1p(libm::exp(x))));
    let y: Vec<f64> = c.input(1).concat();
    let mse: f64 = each(&|x| x.max(0.0)).iter().zip(&y).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / 10.0;
    near(&[c.loss()], &[mse]);
}

#[test]
fn convolutions_and_pools() {
    let c = case(
        "input x: [2, 5, 4], y: [1]\n a = conv2d(x, 4, [3, 2], stride: [2, 1], padding: 1, groups: 2)\n m = max_pool(a, 2, stride: 1)\n v = avg_pool(a, [2, 2], stride: 1, padding: 1)\n g = global_pool(a)\n loss = mse(dense(g, 1), y)",
        Mode::Evaluation,
    );
    let (w, b) = (c.weights("a.weight"), c.weights("a.bias"));
    let (rows, columns) = ((5 + 2 - 3) / 2 + 1, 4 + 2 - 2 + 1);
    let mut all = vec![];
    for x in c.input(0) {
        for o in 0..4 {
            for i in 0..rows {
                for j in 0..columns {
                    let mut sum = b[o];
                    for (di, dj) in (0..3).flat_map(|di| (0..2).map(move |dj| (di, dj))) {
                        let (r, s) = ((2 * i + di) as i64 - 1, (j + dj) as i64 - 1);
                        if (0..5).contains(&r) && (0..4).contains(&s) {
                            // One channel a group.
                            sum += x[(o / 2) * 20 + r as usize * 4 + s as usize] * w[o * 6 + di * 2 + dj];
                        }
                    }
                    all.push(sum);
                }
            }
        }
    }
    near(&c.value("a"), &all);
    let (mut most, mut means, mut globals) = (vec![], vec![], vec![]);
    for image in all.chunks(rows * columns) {
        let at = |i: i64, j: i64| {
            ((0..rows as i64).contains(&i) && (0..columns as i64).contains(&j)).then(|| image[i as usize * columns + j as usize])
        };
        let window = |i: i64, j: i64| [(i, j), (i, j + 1), (i + 1, j), (i + 1, j + 1)].map(|(i, j)| at(i, j));
        for i in 0..rows as i64 - 1 {
            for j in 0..columns as i64 - 1 {
                most.push(window(i, j).iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max));
            }
        }
        for i in -1..rows as i64 {
            for j in -1..columns as i64 {
                means.push(window(i, j).iter().flatten().sum::<f64>() / 4.0);
            }
        }
        globals.push(image.iter().sum::<f64>() / image.len() as f64);
    }
    near(&c.value("m"), &most);
    near(&c.value("v"), &means);
    near(&c.value("g"), &globals);
}

#[test]
fn normalisation_in_training_and_evaluation() {
    let body = "input x: [2, 3, 1], y: [1]\n a = batch_norm(x, epsilon: 0.01)\n l = layer_norm(x, epsilon: 0.01)\n d = dropout(x, 0.5)\n loss = mse(dense(flatten(a), 1), y)";
    let (train, test) = (case(body, Mode::Training), case(body, Mode::Evaluation));
    let (scale, shift) = (train.weights("a.scale"), train.weights("a.shift"));
    let of = |x: &[&[f64]], mean: &dyn Fn(usize) -> f64, variance: &dyn Fn(usize) -> f64| -> Vec<f64> {
        let one = |e: &[f64]| {
            (0..6)
                .map(|k| (e[k] - mean(k / 3)) / (variance(k / 3) + 0.01).sqrt() * scale[k / 3] + shift[k / 3])
                .collect::<Vec<f64>>()
        };
        x.iter().flat_map(|e| one(e)).collect()
    };
    let x = train.input(0);
    let channel = |c: usize| x.iter().flat_map(move |e| e[3 * c..3 * c + 3].iter().copied()).collect::<Vec<f64>>();
    let mean = |c: usize| channel(c).iter().sum::<f64>() / 15.0;
    let variance = |c: usize| channel(c).iter().map(|v| (v - mean(c)) * (v - mean(c))).sum::<f64>() / 15.0;
    near(&train.value("a"), &of(&x, &mean, &variance));
    near(&test.value("a"), &of(&x, &|_| 0.5, &|_| 1.5));
    assert_eq!(train.lowered.moments.len(), 2);
    let found = evaluate(&train.lowered.graph, &[train.lowered.moments[0].1, train.lowered.moments[1].1], &train.feed);
    near(&found[0], &[mean(0), mean(1)]);
    near(&found[1], &[variance(0), variance(1)]);
    let (scale, shift) = (train.weights("l.scale"), train.weights("l.shift"));
    let normal: Vec<f64> = x
        .iter()
        .flat_map(|e| {
            let m = e.iter().sum::<f64>() / 6.0;
            let v = e.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / 6.0;
            (0..6).map(|k| (e[k] - m) / (v + 0.01).sqrt() * scale[k] + shift[k]).collect::<Vec<f64>>()
        })
        .collect();
    near(&train.value("l"), &normal);
    near(&test.value("d"), &x.concat());
    let dropped = train.value("d");
    assert!(dropped.iter().zip(x.concat()).all(|(d, x)| *d == 0.0 || (*d - 2.0 * x).abs() < 1e-12));
    assert!(dropped.contains(&0.0) && dropped.iter().any(|d| *d != 0.0));
}

#[test]
fn losses_are_means_over_the_batch() {
    let soft = |y: &[f64]| {
        let sum: f64 = y.iter().map(|y| libm::exp(*y)).sum();
        y.iter().map(|y| libm::exp(*y) / sum).collect::<Vec<f64>>()
    };
    let c = case("input x: [3], label: class(3)\n y = dense(x, 3)\n loss = cross_entropy(y, label)", Mode::Evaluation);
    let (y, label) = (c.value("y"), &c.feed.data[1]);
    let each =
        |f: &dyn Fn(&[f64], usize) -> f64| y.chunks(3).zip(label).map(|(y, l)| f(y, *l as usize)).sum::<f64>() / EXAMPLES as f64;
    near(&[c.loss()], &[each(&|y, l| -libm::log(soft(y)[l]))]);
    let h = case("input x: [3], label: class(3)\n y = dense(x, 3)\n loss = hinge(y, label)", Mode::Evaluation);
    let rival = |y: &[f64], l: usize| (0..3).filter(|k| *k != l).map(|k| y[k]).fold(f64::NEG_INFINITY, f64::max);
    near(&[h.loss()], &[each(&|y, l| (1.0 + rival(y, l) - y[l]).max(0.0))]);
    let b = case("input x: [3], t: [2]\n y = dense(x, 2)\n loss = binary_cross_entropy(y, t)", Mode::Evaluation);
    let (y, t) = (b.value("y"), &b.feed.data[1]);
    let bce = |y: f64, t: f64| libm::log1p(libm::exp(y)) - t * y;
    near(&[b.loss()], &[y.iter().zip(t).map(|(y, t)| bce(*y, *t)).sum::<f64>() / 10.0]);
    let m = case(
        "input x: [3], label: class(2)\n y = dense(x, 1)\n loss = hinge(y, label) + 0.1 * sum(y.weight^2)\n metric size = mean(abs(y))",
        Mode::Evaluation,
    );
    let (y, l) = (m.value("y"), &m.feed.data[1]);
    let hinge = y.iter().zip(l).map(|(y, l)| (1.0 - (2.0 * l - 1.0) * y).max(0.0)).sum::<f64>() / EXAMPLES as f64;
    near(&[m.loss()], &[hinge + 0.1 * m.weights("y.weight").iter().map(|w| w * w).sum::<f64>()]);
    let size = evaluate(&m.lowered.graph, &m.lowered.metrics, &m.feed);
    near(&size[0], &[y.iter().map(|y| y.abs()).sum::<f64>() / EXAMPLES as f64]);
}

/// The compiled gradient and products of networks of all layers against central differences in f64.
#[test]
fn derivatives_of_whole_networks() {
    let networks = [
        "input x: [6], label: class(3)\n h = tanh(dense(x, 5))\n g = gelu(dense(h, 4)) + silu(dense(x, 4))\n y = dense(concat([g, h]), 3)\n loss = cross_entropy(y, label) + 0.01 * sum(h.weight^2)",
        "input x: [2, 5, 4], y: [2]\n a = softplus(conv2d(x, 4, 3, padding: \"same\", groups: 2))\n b = avg_pool(batch_norm(a), 2)\n c = layer_norm(flatten(b))\n out = dense(sin(c), 2)\n loss = mse(out, y)",
        "input x: [3], t: [2]\n h = sigmoid(dense(x, 4, init: orthogonal(1.0)))\n p = softmax(dense(h, 2))\n loss = binary_cross_entropy(log_softmax(p) * 2, t)",
    ];
    for body in networks {
        let c = case(body, Mode::Evaluation);
        let buffers: Vec<Vec<f64>> = c.network.buffers.iter().map(|b| vec![b.initial + 0.25; b.size]).collect();
        let source = Source::of_network(&c.network, Mode::Evaluation, &buffers).unwrap();
        let data = c.feed.data.iter().map(|d| Arc::new(d.clone())).collect();
        let mut f: Landscape<f64> = Landscape::new(source, Batch { data, examples: EXAMPLES });
        let n = f.dimension();
        let x: Vec<f64> = random(n, 77).iter().map(|x| 0.5 * x).collect();
        let v = random(n, 78);
        let (mut g, mut hv) = (vec![0.0; n], vec![0.0; n]);
        f.move_to(&x);
        let value = f.gradient(&mut g);
        assert!((value - f.value()).abs() < 1e-12);
        f.hessian(&v, &mut hv);
        let at = |s: f64| x.iter().zip(&v).map(|(x, v)| x + s * v).collect::<Vec<f64>>();
        let eps = 1e-4;
        let mut values = [0.0; 4];
        for (value, s) in values.iter_mut().zip([eps, -eps, 2.0 * eps, -2.0 * eps]) {
            f.move_to(&at(s));
            *value = f.value();
        }
        let slope = (8.0 * (values[0] - values[1]) - (values[2] - values[3])) / (12.0 * eps);
        let exact: f64 = g.iter().zip(&v).map(|(g, v)| g * v).sum();
        assert!((slope - exact).abs() < 1e-8 * (1.0 + exact.abs()), "{body}: {slope} {exact}");
        let (mut up, mut down) = (vec![0.0; n], vec![0.0; n]);
        f.move_to(&at(eps));
        f.gradient(&mut up);
        f.move_to(&at(-eps));
        f.gradient(&mut down);
        let size = hv.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        for ((up, down), h) in up.iter().zip(&down).zip(&hv) {
            assert!(((up - down) / (2.0 * eps) - h).abs() < 1e-6 * (1.0 + size), "{body}: {up} {down} {h}");
        }
        // A slice through the point is the function itself.
        f.move_to(&x);
        let mut out = [0.0; 2];
        f.slice(&x, std::slice::from_ref(&v), &[vec![0.0], vec![eps]], &mut out);
        assert!((out[0] - value).abs() < 1e-12 && (out[1] - values[0]).abs() < 1e-12, "{body}: {out:?}");
        // So is a plane, whose rows are taken some points at a time, the last ones fewer.
        let u = random(n, 79);
        let places: Vec<Vec<f64>> = (0..52).map(|k| vec![0.1 * f64::from(k / 26), 0.01 * f64::from(k % 26) - 0.1]).collect();
        let mut plane = vec![0.0; places.len()];
        f.slice(&x, &[u.clone(), v.clone()], &places, &mut plane);
        for (place, found) in places.iter().zip(&plane) {
            f.move_to(&x.iter().zip(u.iter().zip(&v)).map(|(x, (u, v))| x + place[0] * u + place[1] * v).collect::<Vec<f64>>());
            assert!((f.value() - found).abs() < 1e-12 * (1.0 + found.abs()), "{body}: {place:?} {found}");
        }
    }
}

/// A function of the weights on some examples; inputs at random, or the given ones.
fn landscape(network: &Network, inputs: &[f64], targets: &[f64], weights: &[f64]) -> Landscape<f64> {
    let source = Source::of_network(network, Mode::Evaluation, &[]).unwrap();
    let batch = Batch { data: vec![Arc::new(inputs.to_vec()), Arc::new(targets.to_vec())], examples: targets.len() };
    let mut f = Landscape::new(source, batch);
    f.move_to(weights);
    f
}

/// The definition: the mean over examples of E ∇ln p ∇ln pᵀ over targets drawn from the prediction, one example and one target at a
/// time. `laws`: the targets with their probabilities, from the losses of an example as a function of its target.
#[allow(clippy::type_complexity)]
fn fisher_by_definition(network: &Network, weights: &[f64], laws: &dyn Fn(&dyn Fn(f64) -> f64) -> Vec<(f64, f64)>) {
    let inputs = random(EXAMPLES * 3, 5);
    let n = weights.len();
    let mut expected = vec![0.0; n * n];
    for x in inputs.chunks(3) {
        let loss = |t: f64| landscape(network, x, &[t], weights).value();
        for (target, probability) in laws(&loss) {
            let mut g = vec![0.0; n];
            landscape(network, x, &[target], weights).gradient(&mut g);
            for (row, gi) in expected.chunks_mut(n).zip(&g) {
                row.iter_mut().zip(&g).for_each(|(e, gj)| *e += probability * gi * gj / EXAMPLES as f64);
            }
        }
    }
    // The targets that the data have do not matter.
    for targets in [[0.0, 1.0, 1.0, 0.0, 1.0], [1.0; EXAMPLES]] {
        let mut f = landscape(network, &inputs, &targets, weights);
        let mut column = vec![0.0; n];
        for (k, e) in expected.chunks(n).enumerate() {
            let mut unit = vec![0.0; n];
            unit[k] = 1.0;
            f.fisher(&unit, &mut column).unwrap();
            near(&column, e);
        }
        let trace = f.trace_of(crate::lower::parts::Part::FisherTrace).unwrap();
        near(&[trace], &[(0..n).map(|k| expected[k * n + k]).sum()]);
    }
}

#[test]
fn fisher_matrices_are_those_of_the_prediction() {
    let hidden = "input x: [3], t: class(3)\nh = tanh(dense(x, 4))\ny = dense(h, 3)\n";
    let classes = network(&format!("{hidden}loss = cross_entropy(y, t)"));
    let weights = random(classes.dimension(), 7);
    fisher_by_definition(&classes, &weights, &|loss| (0..3).map(|c| (c as f64, libm::exp(-loss(c as f64)))).collect());
    // A penalty and a factor are no part of the prediction.
    let penalised = network(&format!("{hidden}loss = cross_entropy(y, t) + 0.1 * sum(h.weight^2)"));
    let f = |n: &Network| {
        let mut f = landscape(n, &random(EXAMPLES * 3, 5), &[0.0; EXAMPLES], &weights);
        let mut out = vec![0.0; weights.len()];
        f.fisher(&weights, &mut out).unwrap();
        out
    };
    assert_eq!(f(&classes), f(&penalised));

    let coins = network("input x: [3], t: []\nh = tanh(dense(x, 4))\ny = dense(h, 1)\nloss = binary_cross_entropy(y[0], t)");
    let weights = random(coins.dimension(), 8);
    fisher_by_definition(&coins, &weights, &|loss| [0.0, 1.0].map(|t| (t, libm::exp(-loss(t)))).to_vec());

    // A normal distribution of variance 1/2: its two-point rule is exact for squares.
    let normal = network("input x: [3], t: []\nh = tanh(dense(x, 4))\ny = dense(h, 1)\nloss = mse(y[0], t)");
    let weights = random(normal.dimension(), 9);
    fisher_by_definition(&normal, &weights, &|loss| {
        let y = 0.5 * (loss(0.0) - loss(1.0) + 1.0);
        [1.0, -1.0].map(|s| (y + s * std::f64::consts::FRAC_1_SQRT_2, 0.5)).to_vec()
    });
}

#[test]
fn a_penalty_has_its_trace() {
    let relu = network(
        "input x: [3], t: class(3)\nh = relu(dense(x, 4))\ny = dense(h, 3)\nloss = cross_entropy(y, t) + 0.1 * sum(h.weight^2) + 0.2 * mean(y.weight^2)",
    );
    let weights = random(relu.dimension(), 7);
    let mut f = landscape(&relu, &random(EXAMPLES * 3, 5), &[0.0, 1.0, 2.0, 0.0, 1.0], &weights);
    let n = weights.len();
    let (mut unit, mut out) = (vec![0.0; n], vec![0.0; n]);
    let mut slow = 0.0;
    for k in 0..n {
        unit[k] = 1.0;
        f.hessian(&unit, &mut out);
        slow += out[k];
        unit[k] = 0.0;
    }
    near(&[f.trace_of(Part::Trace).unwrap()], &[slow]);
}
