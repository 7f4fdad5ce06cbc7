//! Scripts that the tests read, in the one layout; and that the layout keeps them.

use super::networks::{GEOMETRY, LANDSCAPE, MACHINE, SADDLE};
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
