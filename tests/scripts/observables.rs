//! Native measurements and couplings in whole scripts: against the same written out in the language, on every state of small
//! systems (the method `exact` averages over all of them), and against known values.

use crate::common;

use common::{Folder, quantity, run};

/// A small Ising or clock model in which each difference of two ways to the same number is measured, squared, over every state.
fn agree(model: &str, definitions: &str, pairs: &[(&str, &str)]) {
    let observed: Vec<String> =
        pairs.iter().enumerate().map(|(k, (native, written))| format!("d{k} = (({native}) - ({written}))^2")).collect();
    let seen: Vec<String> = pairs.iter().enumerate().map(|(k, (native, _))| format!("n{k} = ({native})^2")).collect();
    let script = format!(
        "use std.lattice\nuse std.spin\n{definitions}\nsample a {{\n model: {model}\n temperature: 2\n method: exact\n observe {{\n {}\n {}\n }}\n}}",
        observed.join("\n "),
        seen.join("\n ")
    );
    let outcome = run(&script);
    for (k, (native, written)) in pairs.iter().enumerate() {
        let (difference, _) = quantity(&outcome.result, "a", &format!("d{k}"), 0);
        let (size, _) = quantity(&outcome.result, "a", &format!("n{k}"), 0);
        assert!(difference <= 1e-22 * (1.0 + size), "{native} and {written} differ by {difference} of {size}");
        assert!(size > 1e-6, "{native} is always zero");
    }
}

#[test]
fn correlations_are_what_they_say() {
    agree(
        "ising(g, h: 0.1)",
        "let g = square(3, 4)",
        &[
            ("correlation(s, along: 1)[2]", "mean(i in s: s[i] * s[g.shift(i, 1, 2)])"),
            ("correlation(s, along: 0)[1]", "mean(i in s: s[i] * s[g.shift(i, 0, 1)])"),
            ("correlation(s)[1]", "mean(<i, j> in g: s[i] * s[j])"),
            ("correlation_by_distance(s, within: 1)[1]", "mean(<i, j> in g: s[i] * s[j])"),
            ("correlation_by_distance(s)[2]", "mean(<i, j> in g.shell(2): s[i] * s[j])"),
            ("structure_factor(s, (0, 0))", "12 * mean(s)^2"),
            (
                "structure_factor(s, [(0, 1), (1, 1)])[1]",
                "(sum(i in s: s[i] * cos(2 * pi * (g.cell(i, 0) / 3 + g.cell(i, 1) / 4)))^2
                 + sum(i in s: s[i] * sin(2 * pi * (g.cell(i, 0) / 3 + g.cell(i, 1) / 4)))^2) / 12",
            ),
            ("sum(i in 0..3, j in 0..4: structure_factor(s)[i, j])", "12 * mean(i in s: s[i]^2)"),
        ],
    );
    agree(
        "ising(g)",
        "let g = chain(8, boundary: open)",
        &[
            ("correlation(s)[3]", "mean(i in 0..5: s[i] * s[i + 3])"),
            ("correlation_by_distance(s)[7]", "s[0] * s[7]"),
            ("structure_factor(s, 1)", "(sum(i in s: s[i] * cos(pi * i / 4))^2 + sum(i in s: s[i] * sin(pi * i / 4))^2) / 8"),
        ],
    );
    agree(
        "ising(g)",
        "let g = tree(2, 2)",
        &[
            ("correlation_by_distance(s)[1]", "mean(<i, j> in g: s[i] * s[j])"),
            ("staggered(s)", "(s[0] - s[1] - s[2] + s[3] + s[4] + s[5] + s[6]) / 7"),
        ],
    );
}

#[test]
fn order_parameters_are_what_they_say() {
    agree(
        "potts(square(2, 3, boundary: open), 3)",
        "",
        &[
            ("densities(s)[2]", "mean(s == 2)"),
            ("potts_order(s)", "(3 * max(mean(s == 0), mean(s == 1), mean(s == 2)) - 1) / 2"),
            ("clock_order(s)", "sqrt(mean(cos(2 * pi * s / 3))^2 + mean(sin(2 * pi * s / 3))^2)"),
            ("nematic_order(2 * pi * s / 3, angles: true)", "sqrt(mean(cos(4 * pi * s / 3))^2 + mean(sin(4 * pi * s / 3))^2)"),
            ("staggered(s)", "(s[0] - s[1] + s[2] - s[3] + s[4] - s[5]) / 6"),
            ("magnetisation(2 * pi * s / 3, angles: true)[1]", "mean(sin(2 * pi * s / 3))"),
            ("overlap(s, [1, 2, 3, 4, 5, 6])", "(s[0] + 2 * s[1] + 3 * s[2] + 4 * s[3] + 5 * s[4] + 6 * s[5]) / 6"),
            (
                "link_overlap(s, [1, 2, 3, 4, 5, 6])",
                "mean(<i, j> in square(2, 3, boundary: open): s[i] * s[j] * (i + 1) * (j + 1))",
            ),
        ],
    );
}

#[test]
fn clusters_are_what_they_say() {
    agree(
        "ising(g, h: 0.2)",
        "let g = chain(10)",
        &[
            // On a ring there are as many clusters as walls, but one without walls.
            ("cluster_count(s)", "max(count(<i, j> in g: s[i] != s[j]), 1)"),
            ("wrapping(s)", "if all(<i, j> in g: s[i] == s[j]) then 1 else 0"),
            ("wrapping(s, along: 0, value: 1)", "if all(i in s: s[i] == 1) then 1 else 0"),
            ("if largest_cluster(s) == 10 then 1 else 0", "if all(<i, j> in g: s[i] == s[j]) then 1 else 0"),
            ("sum(cluster_sizes(s))", "max(count(<i, j> in g: s[i] != s[j]), 1)"),
            ("cluster_sizes(s)[0]", "count(i in s: s[i] != s[g.shift(i, 0, 1)] and s[i] != s[g.shift(i, 0, -1)])"),
        ],
    );
    agree(
        "ising(g)",
        "let g = square(2, 4, boundary: open)",
        &[("spanning(s, along: 0)", "if any(x in 0..4: s[x] == s[4 + x]) then 1 else 0")],
    );
}

#[test]
fn vortices_and_stiffness_are_what_they_say() {
    let clock = "let g = square(3, 2, boundary: [periodic, open])
model clock(q: Int) {
    spins s on g in 0..q
    energy = -sum(<i, j> in g: cos(2 * pi * (s[i] - s[j]) / q))
}
fn wrap(x) = x - 2 * pi * ceil(x / (2 * pi) - 1 / 2)";
    let term = |i: usize, j: usize| format!("wrap(2 * pi * (s[{j}] - s[{i}]) / 5)");
    // Cells (x, y) are numbered 2 x + y; the plaquettes are [x, x + 1] × [0, 1].
    let around = |x: usize| {
        let (a, b) = (2 * x, 2 * ((x + 1) % 3));
        format!("abs({} + {} + {} + {})", term(a, b), term(b, b + 1), term(b + 1, a + 1), term(a + 1, a))
    };
    let density = format!("({} + {} + {}) / (3 * 2 * pi)", around(0), around(1), around(2));
    let row = |y: usize| format!("{} + {} + {}", term(y, 2 + y), term(2 + y, 4 + y), term(4 + y, y));
    let winding = format!("({} + {}) / (2 * 2 * pi)", row(0), row(1));
    let sum = |f: &str| {
        let bonds: Vec<String> = (0..3)
            .flat_map(|x| (0..2).map(move |y| (2 * x + y, 2 * ((x + 1) % 3) + y)))
            .map(|(i, j)| format!("{f}(2 * pi * (s[{j}] - s[{i}]) / 5)"))
            .collect();
        format!("1.5 * ({})", bonds.join(" + "))
    };
    agree(
        "clock(5)",
        clock,
        &[
            ("vortex_density(2 * pi * s / 5)", &density),
            ("winding(2 * pi * s / 5, along: 0)", &winding),
            ("stiffness_terms(2 * pi * s / 5, along: 0, J: 1.5)[0]", &sum("cos")),
            ("stiffness_terms(2 * pi * s / 5, J: 1.5)[1]", &sum("sin")),
            (
                "correlation(2 * pi * s / 5, along: 0, angles: true)[1]",
                "mean(x in 0..6: cos(2 * pi * (s[x] - s[mod(x + 2, 6)]) / 5))",
            ),
        ],
    );
}

/// The ring: ξ from the second moments is close to the exact 1 / ln coth K where that is short; its structure factor is a sum of
/// tanh^r, for which the formula can be evaluated. Independent of any sampling.
#[test]
fn the_second_moment_length_of_a_ring() {
    let outcome = run("use std.lattice
use std.spin
sample a { model: ising(chain(16)), temperature: 1.5, method: exact
    observe { S = structure_factor(s, [0, 1]) }
    estimate { x = second_moment_length(avg(S[0]), avg(S[1]), 16) }
}");
    let t = libm::tanh(1.0 / 1.5);
    let c = |r: i32| (t.powi(r) + t.powi(16 - r)) / (1.0 + t.powi(16));
    let s = |k: f64| (0..16).map(|r| c(r) * libm::cos(k * f64::from(r))).sum::<f64>();
    let k = std::f64::consts::PI / 8.0;
    let truth = (s(0.0) / s(k) - 1.0).sqrt() / (2.0 * libm::sin(k / 2.0));
    let (value, _) = quantity(&outcome.result, "a", "x", 0);
    assert!((value - truth).abs() < 1e-10, "{value}, expected {truth}");
}

/// At infinite temperature every wave vector has weight 1, and distant spins are independent. 5 standard errors: 6e-7 a number.
#[test]
fn random_states_have_no_structure() {
    let outcome = run("use std.lattice
use std.spin
sample a { model: ising(triangular(6)), beta: 0, method: heat_bath, warmup: 10, sweeps: 20_000
    observe { S = structure_factor(s, [(0, 0), (1, 2)]), C = correlation(s), q = overlap(s, [if mod(i, 3) == 0 then 1 else -1 for i in 0..36]) }
}");
    let p = outcome.result.tasks[0].points[0].as_ref().unwrap();
    let near = |name: &str, k: usize, truth: f64| {
        let q = p.quantity(name).unwrap();
        assert!((q.value[k] - truth).abs() <= 5.0 * q.error[k] + 1e-12, "{name}[{k}] = {} ± {}", q.value[k], q.error[k]);
    };
    (0..2).for_each(|k| near("S", k, 1.0));
    (0..4).for_each(|r| near("C", r, if r == 0 { 1.0 } else { 0.0 }));
    near("q", 0, 0.0);
}

/// Replicas are told apart, and equal measurements of different replicas are not mixed up.
#[test]
fn replicas_are_measured_apart() {
    let outcome = run("use std.lattice
use std.spin
sample a { model: edwards_anderson(square(4)), temperature: 1.2, replicas: 2, warmup: 100, sweeps: 2000
    observe {
        q = link_overlap(s[replica 0], s[replica 1])
        same = link_overlap(s[replica 1], s[replica 1])
        d = (magnetisation(s[replica 1]) - mean(s[replica 1]))^2 + (magnetisation(s[replica 0]) - mean(s[replica 0]))^2
        o = (overlap(s[replica 0], s[replica 1]) - mean(i in s: s[replica 0][i] * s[replica 1][i]))^2
    }
}");
    assert_eq!(quantity(&outcome.result, "a", "same", 0).0, 1.0);
    assert!(quantity(&outcome.result, "a", "d", 0).0 < 1e-28);
    assert!(quantity(&outcome.result, "a", "o", 0).0 < 1e-28);
    let (q, _) = quantity(&outcome.result, "a", "q", 0);
    assert!(0.05 < q && q < 0.99, "{q}");
}

/// Gauge transforms leave the energies of all states together as they are; Hebb's couplings store a pattern.
#[test]
fn couplings_from_couplings_and_patterns() {
    let outcome = run("use std.lattice
use std.spin
couplings J on square(3) ~ normal(0, 1) by 4
let x ~ bimodal(0.5, shape: [9])
couplings K = gauge(J, x)
couplings W on complete(9) = hebb([[1, 1, 1, -1, -1, 1, -1, 1, 1]])
sample a over c in [0, 1] { model: bond_ising(if c == 0 then J else K), temperature: 1, method: exact, observe { e = energy, m = mean(s)^2 } }
sample b { model: bond_ising(W), beta: 200, method: exact, observe { e = energy, q = overlap(s, [1, 1, 1, -1, -1, 1, -1, 1, 1])^2 } }
sample c { model: bond_ising(J), temperature: 1, method: exact, observe { m = mean(s * x)^2 } }
");
    let value = |task: &str, name: &str, k: usize| quantity(&outcome.result, task, name, k).0;
    assert!((value("a", "e", 0) - value("a", "e", 1)).abs() < 1e-12);
    assert!((value("a", "m", 1) - value("c", "m", 0)).abs() < 1e-12);
    assert!((value("a", "m", 0) - value("a", "m", 1)).abs() > 1e-3);
    assert!((value("b", "e", 0) + 4.0).abs() < 1e-9 && (value("b", "q", 0) - 1.0).abs() < 1e-9);
}

/// Couplings by direction, in couplings and in energies; parts of the energy; long range; p-spins.
#[test]
fn couplings_by_direction_and_range() {
    let outcome = run("use std.lattice
use std.spin
let g = square(3, 4)
couplings J on g = (i, j) -> if g.direction(i, j) == 0 then 2 else 0.5
model by_energy() {
    spins s on g in {-1, +1}
    let across = sum(<i, j> in g if g.direction(i, j) == 0: s[i] * s[j])
    energy = -2 * across - 0.5 * sum(<i, j> in g if g.direction(i, j) == 1: s[i] * s[j])
}
sample a over how in [0, 1] { model: if how == 0 then bond_ising(J) else by_energy(), temperature: 3, method: exact, observe { e = energy } }
sample parts { model: by_energy(), temperature: 3, method: exact, observe { x = across, d = (-2 * across - 0.5 * sum(<i, j> in g if g.direction(i, j) == 1: s[i] * s[j]) - energy)^2 } }
let ring = chain(8)
couplings F on complete(8) = (i, j) -> 1 / ring.distance(i, j)^1.5
model power() {
    spins s on ring in {-1, +1}
    energy = -sum(i < j in s: s[i] * s[j] / ring.distance(i, j)^1.5)
}
sample far over how in [0, 1] { model: if how == 0 then bond_ising(F) else power(), temperature: 3, method: exact, observe { e = energy } }
model three(N: Int) {
    let K ~ normal(0, 1, shape: [N, N, N])
    spins s on 0..N in {-1, +1}
    energy = -sum(i < j < k in s: K[i, j, k] * s[i] * s[j] * s[k])
}
sample p { model: three(6), temperature: 2, method: exact, observe { e = energy } }
sample q { model: three(6), temperature: 2, warmup: 100, sweeps: 20_000, observe { e = energy } }
");
    let value = |task: &str, name: &str, k: usize| quantity(&outcome.result, task, name, k).0;
    assert!((value("a", "e", 0) - value("a", "e", 1)).abs() < 1e-10);
    assert!(value("parts", "d", 0) < 1e-24 && value("parts", "x", 0) > 1.0);
    assert!((value("far", "e", 0) - value("far", "e", 1)).abs() < 1e-10);
    let (sampled, error) = quantity(&outcome.result, "q", "e", 0);
    assert!((sampled - value("p", "e", 0)).abs() < 5.0 * error, "{sampled} ± {error}, expected {}", value("p", "e", 0));
}

/// The same graph in every layout of an HDF5 file, and what is wrong with others.
#[test]
fn graphs_in_hdf5_files() {
    let folder = Folder::new("observables-hdf5");
    let path = folder.file("g.h5");
    {
        let file = hdf5::File::create(&path).unwrap();
        let write = |group: &hdf5::Group, name: &str, x: &[f64]| {
            group.new_dataset_builder().with_data(x).create(name).unwrap();
        };
        let whole = |group: &hdf5::Group, name: &str, x: &[i32]| {
            group.new_dataset_builder().with_data(x).create(name).unwrap();
        };
        let n = 4;
        let mut j = vec![0.0; n * n];
        for (a, b, w) in [(0, 1, 1.0), (1, 2, -0.5), (0, 3, 2.0)] {
            (j[a * n + b], j[b * n + a]) = (w, w);
        }
        let dense = |name: &str, j: &[f64]| {
            let group = file.create_group(name).unwrap();
            let set = group.new_dataset::<f64>().shape([n, n]).create("J").unwrap();
            set.write_raw(j).unwrap();
        };
        dense("dense", &j);
        let mut upper = j.clone();
        (0..n).for_each(|a| (0..a).for_each(|b| upper[a * n + b] = 0.0));
        dense("upper", &upper);
        let mut torn = j.clone();
        torn[1] = 7.0;
        dense("torn", &torn);
        let mut broken = j.clone();
        broken[1] = f64::NAN;
        dense("nan", &broken);
        let mut own = j.clone();
        own[5] = 1.0;
        dense("own", &own);
        let group = file.create_group("coo").unwrap();
        whole(&group, "row", &[1, 1, 3]);
        whole(&group, "col", &[0, 2, 0]);
        write(&group, "value", &[1.0, -0.5, 2.0]);
        let group = file.create_group("csr").unwrap();
        whole(&group, "indptr", &[0, 2, 4, 5, 6]);
        whole(&group, "indices", &[1, 3, 0, 2, 1, 0]);
        write(&group, "data", &[1.0, 2.0, 1.0, -0.5, -0.5, 2.0]);
        group.new_attr_builder().with_data(&[4i64, 4]).create("shape").unwrap();
        let bad = |name: &str, i: &[i32], j: &[i32], n: i64| {
            let group = file.create_group(name).unwrap();
            whole(&group, "i", i);
            whole(&group, "j", j);
            group.new_attr_builder().with_data(&[n]).create("n").unwrap();
        };
        bad("negative", &[0, -1], &[1, 2], 4);
        bad("missing", &[0, 9], &[1, 2], 4);
        bad("twice", &[0, 0], &[1, 1], 4);
        bad("huge", &[0, 1], &[1, 2], 1_000_000_000);
        bad("none", &[], &[], -3);
        bad("lengths", &[0, 1], &[1], 4);
        let group = file.create_group("rows").unwrap();
        whole(&group, "indptr", &[0, 5, 2]);
        whole(&group, "indices", &[1, 0]);
    }
    let read = |group: &str| ann_lang::plan::files::read(&path, group);
    let mut found: Vec<Vec<((u32, u32), f64)>> = Vec::new();
    for group in ["/dense", "upper", "coo", "csr/"] {
        let file = read(group).unwrap_or_else(|e| panic!("{group}: {e}"));
        assert_eq!(file.n, 4, "{group}");
        let mut edges: Vec<_> = file.edges.into_iter().zip(file.weights.unwrap()).collect();
        edges.sort_by_key(|e| e.0);
        found.push(edges);
    }
    assert_eq!(found[0], [((0, 1), 1.0), ((0, 3), 2.0), ((1, 2), -0.5)]);
    assert!(found.iter().all(|f| *f == found[0]));
    for (group, reason) in [
        ("torn", "not symmetric"),
        ("nan", "finite"),
        ("own", "not coupled to itself"),
        ("negative", "found -1"),
        ("missing", "site 9 is out of range"),
        ("twice", "twice"),
        ("huge", "claims 1000000000 sites"),
        ("none", "at least one site"),
        ("lengths", "different lengths"),
        ("rows", "`indptr` must ascend"),
        ("nowhere", "no group"),
        ("/", "expected a matrix"),
    ] {
        let e = read(group).expect_err(group);
        assert!(e.contains(reason), "{group}: {e}");
    }
    let script = format!(
        "use std.spin\ncouplings G = graph({:?}, group: \"coo\")\nsample a {{ model: bond_ising(G), temperature: 1, method: exact, observe {{ e = energy }} }}",
        path.to_str().unwrap()
    );
    let t = |x: f64| x * libm::tanh(x);
    // A tree: each bond by itself.
    assert!((quantity(&run(&script).result, "a", "e", 0).0 + t(1.0) + t(0.5) + t(2.0)).abs() < 1e-12);
}

/// Graphs of every kind hold the bonds that they promise.
#[test]
fn graphs_of_every_kind() {
    let outcome = run("use std.lattice
expect hypercubic(3, 4).bonds == 4 * 81
expect scale_free(50, 2).bonds == 3 + 2 * 47
expect tree(3, 2).sites == 13
expect small_world(20, 4, 0.3).bonds == 40
expect bipartite(3, 4).bonds == 12
expect square(4, 5, boundary: [open, periodic]).bonds == 20 + 15
expect square(2, 8).bonds == 32
expect length(distances(square(4))) == 6
expect square(6).shell(2).bonds == 72
expect length(cubic(3).plaquettes()) == 81
expect length(triangular(4).triangles()) == 32
expect square(4, 5).direction(0, 1) == 1
expect square(4, 5).direction(5, 0) == 0
expect sum(square(3, 4).directions()) == 12
expect chain(10).distance(1, 9) == 2
expect honeycomb(3).coordinates()[1, 1] == 0.5
");
    assert!(outcome.result.claims.iter().all(|c| c.holds), "{:?}", outcome.result.claims);
    assert_eq!(outcome.result.claims.len(), 16);
}
