//! Scripts that the tests read, in the one layout; and that the layout keeps them.

use crate::syntax::format;

pub(super) const EXAMPLES: &[&str] = &[ISING, GLASS, EVERYTHING, LANDSCAPE, GEOMETRY, MACHINE, SADDLE];

pub(super) const ISING: &str = "\
## The two-dimensional Ising ferromagnet across its critical point.
use std.lattice
use std.spin

param sizes  = [16, 32, 64]     ## linear sizes L
param sweeps = 20_000           ## measured sweeps at each point

let Tc = 2 / ln(1 + sqrt(2))    # Onsager

sample scan over L in sizes, T in linspace(2.0, 2.6, 25) {
    model: ising(square(L, L))
    temperature: T
    sweeps: sweeps

    observe {
        m = mean(s)
        e = energy / count(s)
    }
    estimate {
        abs_m = avg(abs(m))
        chi   = count(s) / T * (avg(m^2) - avg(abs(m))^2)
    }
}

show crossing(scan.binder, along: T, between: [sizes[-2], sizes[-1]])
expect agrees(T_cross, Tc, sigmas: 4)

plot binder {
    x: T
    marks: [Tc]
}
";

pub(super) const GLASS: &str = "\
use std.lattice

model glass(L: Int, draw: Int) {
    couplings J on cubic(L, L, L) ~ choice(-1, +1) by draw
    spins s on J in {-1, +1}
    energy = -sum(<i, j> in J: J[i, j] * s[i] * s[j])
}

sample glassy over r in 0..8, T in geomspace(0.5, 2.0, 20) {
    model: glass(6, draw: r)
    exchange: T                 # swap replicas between neighbouring temperatures
    replicas: 2                 # two independent copies, for the overlap
    observe {
        q = overlap(s[replica 0], s[replica 1])
    }
    keep {
        q: histogram(bins: 65, range: [-1, 1])
    }
}

schedule cool = geometric(3.0, 0.1)

anneal ground over r in 0..8 {
    model: glass(6, draw: r)
    temperature: cool
}
show ground.best_energy / 6^3
";

pub(super) const EVERYTHING: &str = "\
experiment \"a title\" { seed: 7, authors: [\"A. B.\"] }
use \"./common.ann\" as c
use std.spin
let x ~ normal(0, 1, shape: [100]) by key, 2
## adds
fn f(x, y: Int = 2) requires x > 0, y < x = {
    let z = x
    z + y
}
couplings W on complete(N) = hebb(patterns)
couplings G = graph(\"file.mtx\")
lattice kagome(L: Int) {
    requires L > 0
    vectors: [[2, 0], [1, sqrt(3)]]
    bonds:   nearest(1)
}
model m(L, h: Real = 0) {
    requires L > 0
    let q = 3
    spins s on chain(L) in 0..q
    angles θ on chain(L)
    vectors S on chain(L) in sphere(3)
    reals x on 0..n in [-1, 1]
    weights W[n, m] ~ normal(0, 0.01)
    energy = sum(i in v, j in h if i != j: s[i]) + sum(i < j < k in S: 1) + sum((i, j) in p: 2)
}
sample s over how in [metropolis, wolff] of fit {
    model: m(3)
    method: how
    let t = if how == wolff then 1 else 2
    observe at end { e = ⟨energy⟩ }
    record every 5 epochs {
        v = [f(x) for x in xs for y in ys if x > y]  ## velocities
    }
}
let g = (x, y) -> x + y
let big = not a and b or 1 <= x < 3
";

pub(super) const LANDSCAPE: &str = "\
## The loss landscape of a small classifier.
use std.data
use std.network

let digits = digits()           # 1797 real 8x8 handwritten digits
let split  = digits.split(test: 0.25)

network classifier(width: Int) {
    input x: [64], label: class(10)
    h1   = tanh(dense(x, width))
    h2   = tanh(dense(h1, width))
    y    = dense(h2, 10)
    loss = cross_entropy(y, label)
    metric accuracy = mean(argmax(y) == label)
}

train fit over width in [16, 64] {
    model: classifier(width)
    data: split.train
    optimiser: sgd(rate: cosine(0.1, 0.001), momentum: 0.9)
    batch: 64
    epochs: 50
    record every 1 epoch {
        train = loss(split.train)
        test  = loss(split.test)
        acc   = accuracy(split.test)
    }
    keep { parameters: every 5 epochs, weights: last }
}

probe geometry of fit {
    data: split.train
    observe {
        top    = hessian_eigenvalues(largest: 5)
        random = slice(random_directions(2, normalise: filter), range: [-1, 1], points: 41)
    }
}

plot surface {
    field: geometry.random.at(width: 64)
    style: contour
}
";

pub(super) const GEOMETRY: &str = "\
## Two inputs on lines of their own, metrics, and times that are no multiples.
network regression(width: Int = 3, slope: Real = 0.1) requires width > 0, slope > 0 {
    requires width < 1_000      # a body may ask too

    ## what is seen
    input x: [8, 8]
    input target: [3]           ## what is to be found
    let inner = 2 * width
    h = relu(dense(x, inner)) +
        dense(x, inner)
    y = dense(h, 3)

    # the sum of squares
    loss = mse(y, target)
    ## mean absolute error
    metric error   = mean(abs(y - target))
    metric largest = max(abs(y - target))
}

train fit over width in [8, 16], run in 0..4 {
    model: regression(width)
    data: split.train
    epochs: 100

    record at [0, 1, 10, 100] { test = loss(split.test) }
    record at logspace(0, 4, 9) {
        rate = information_rate(h.weight)   ## of the first layer
    }
    record every 100 steps {
        error = error(split.test)
    }
}
";

pub(super) const MACHINE: &str = "\
use std.boltzmann

train machine over T in truth.T {      # aligned with truth by the name of the axis
    model: rbm(visible: L * L, hidden: 64, values: {-1, +1})
    data: truth.states
    method: contrastive_divergence(steps: 5, persistent: true)
    rate: linear(0.05, 0.001)
    record every 1 epoch {
        pl = pseudo_likelihood(data)
    }
}

probe quality of machine {
    ## the partition function
    log_z = annealed_importance(chains: 500, temperatures: 2_000)
    let n = 3                           # a comment that must stay
    ll = log_likelihood(data, log_z)
    data: truth.states
    observe { pl = pseudo_likelihood(data) }
}
";

pub(super) const SADDLE: &str = "\
use std.landscape

model quadratic(up: Int, down: Int) {
    reals x on 0..up + down
    weights W[up, down] ~ normal(0, 0.01)
    energy = 0.5 * sum(i in 0..up: x[i]^2) - 0.5 * sum(i in up..up + down: x[i]^2)
}

probe slices over down in [0, 250, 500, 750] of quadratic(1000 - down, down) {
    at: zeros
    observe {
        trace = hessian_trace(probes: 100)
        looks = critical_point(directions: random_directions(2), draws: 2_000)
    }
}
";

#[test]
fn examples_keep_their_layout() {
    for text in EXAMPLES {
        assert_eq!(&format(text).unwrap(), text);
    }
}

#[test]
fn layout_is_one() {
    let ugly = "\n\nparam  L:Int=64   # size\n\n\n\nlet a=-2 ^ 2+f( x,order :2 )[ 1,- 2 ]\nsample s over T in{1,2},L in 0 .. 3{ model: m(L)\n  sweeps:3,warmup : 4,\n\n  # note\n observe{m=mean( s ) , e = 1}\n\n}\n";
    let neat = "param L: Int = 64   # size\n\nlet a = -2^2 + f(x, order: 2)[1, -2]\nsample s over T in {1, 2}, L in 0..3 {\n    model: m(L)\n    sweeps: 3\n    warmup: 4\n\n    # note\n    observe { m = mean(s), e = 1 }\n}\n";
    assert_eq!(format(ugly).unwrap(), neat);
    assert_eq!(format(neat).unwrap(), neat);
    let long = format!("sample s {{ model: m, observe {{ a = f({}) }} }}\n", "abcdefghij, ".repeat(8));
    let broken = format(&long).unwrap();
    assert!(broken.lines().count() > 3 && broken.lines().all(|l| l.chars().count() <= 120), "{broken}");
    assert_eq!(format(&broken).unwrap(), broken);
    assert!(format("let x = (").is_err());
    assert_eq!(format("").unwrap(), "");
    assert_eq!(format("# only\n").unwrap(), "# only\n");
}
