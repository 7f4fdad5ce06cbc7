//! The rows of the table.

use super::super::{Builtin, Group, Param, Type, may, need};
use super::*;

const fn row(
    name: &'static str,
    params: &'static [Param],
    gives: &'static str,
    doc: &'static str,
    example: &'static str,
    run: fn(&mut Elaborator, &'static Builtin, &Arguments) -> Eval,
) -> Builtin {
    super::super::row(Group::Observables, name, params, gives, doc, example, run)
}

const ON: Param = may("on", Type::Any, "the graph of the variable");
const ANGLES: Param = may("angles", Type::Any, "false");
const ALONG_ALL: Param = may("along", Type::Int, "all directions");

/// A script that observes something of a small Ising model.
macro_rules! ising {
    ($looks:literal) => {
        concat!(
            "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(8))\n    temperature: 2.5\n    method: wolff\n    warmup: 100\n    sweeps: 1000\n    observe { ",
            $looks,
            " }\n}"
        )
    };
}

/// The same of a clock model, whose states are made angles.
macro_rules! clock {
    ($looks:literal) => {
        concat!(
            "use std.lattice\nmodel clock(grid: Graph, q: Int) {\n    spins s on grid in 0..q\n    energy = -sum(<i, j> in grid: cos(2 * pi * (s[i] - s[j]) / q))\n}\nsample a {\n    model: clock(square(8), 6)\n    temperature: 0.8\n    warmup: 100\n    sweeps: 4000\n    ",
            $looks,
            "\n}"
        )
    };
}

pub const ROWS: &[Builtin] = &[
    row(
        "correlation",
        &[need("x", Type::Any), ALONG_ALL, ANGLES, ON],
        "an array C(0..=L/2)",
        "The correlation function along a direction of a lattice, C(r) = (1/N) Σ_i x_i · x_{i + r e}: cell displacements r from 0 to half of the extent, without subtracting ⟨x⟩². Over an open end it is the mean over the pairs that there are; across an antiperiodic one the sign changes. Without `along` the mean over all directions, up to half of the shortest. With `angles: true` the product is cos(x_i - x_j).",
        ising!("C = correlation(s, along: 0)"),
        correlation,
    ),
    row(
        "correlation_by_distance",
        &[need("x", Type::Any), may("within", Type::Real, "inf"), ANGLES, ON],
        "an array, one element a distance",
        "The mean of x_i · x_j over all pairs of sites at each of the `distances(graph)`: Euclidean to the nearest image on a lattice, in bonds on other graphs. Lattices without open ends take O(N log N), other graphs of up to 4096 sites O(N²).",
        ising!("C = correlation_by_distance(s, within: 3)"),
        by_distance,
    ),
    row(
        "distances",
        &[need("graph", Type::Graph), may("within", Type::Real, "inf")],
        "a list of numbers",
        "The distances that occur between two sites, each once, from 0: the abscissae of `correlation_by_distance`.",
        "use std.lattice\nshow distances(square(6), within: 2.5)",
        distances,
    ),
    row(
        "structure_factor",
        &[need("x", Type::Any), may("k", Type::Any, "all wave vectors"), ANGLES, ON],
        "a number, or an array",
        "S(k) = |Σ_i x_i exp(-i k·r_i)|² / N at a wave vector given by whole numbers in units of 2π/L, one a direction (`(1, 0)`), or at each of a list of them; without `k` at all wave vectors of the lattice, row by row from 0. ⟨S(0)⟩ = N ⟨m²⟩.",
        "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(8))\n    temperature: 2.5\n    method: wolff\n    warmup: 100\n    sweeps: 1000\n    observe { S = structure_factor(s, [(0, 0), (1, 0)]) }\n    estimate { ξ = second_moment_length(avg(S[0]), avg(S[1]), 8) }\n}",
        structure_factor,
    ),
    row(
        "magnetisation",
        &[need("x", Type::Any), ANGLES],
        "a number; of vectors, one a component",
        "The mean over the sites, (1/N) Σ_i x_i; for vectors or angles a vector.",
        ising!("m = magnetisation(s)"),
        magnetisation,
    ),
    row(
        "staggered",
        &[need("x", Type::Any), ANGLES, ON],
        "a number; of vectors, one a component",
        "The staggered magnetisation (1/N) Σ_i ε_i x_i with ε = ±1 on the two sublattices of a bipartite graph, +1 where site 0 is (and where the first site of each further component is).",
        ising!("m = staggered(s)"),
        staggered,
    ),
    row(
        "densities",
        &[need("s", Type::Any)],
        "an array, one element a value",
        "The share n_k / N of sites at each value of a finite variable, in ascending order of the values.",
        ising!("n = densities(s)"),
        densities,
    ),
    row(
        "potts_order",
        &[need("s", Type::Any)],
        "a number from 0 to 1",
        "The order parameter of the Potts model, (q max_k n_k / N - 1) / (q - 1): 1 where all sites agree (Wu, Rev. Mod. Phys. 54, 235 (1982)).",
        "use std.spin\nuse std.lattice\nsample a {\n    model: potts(square(8), 3)\n    temperature: 0.9\n    warmup: 100\n    sweeps: 1000\n    observe { m = potts_order(s) }\n}",
        potts_order,
    ),
    row(
        "clock_order",
        &[need("s", Type::Any)],
        "a number from 0 to 1",
        "The order parameter of the clock model, |(1/N) Σ_i exp(2πi k_i / q)|, where k is the position in the set of q values.",
        clock!("observe { m = clock_order(s) }"),
        clock_order,
    ),
    row(
        "nematic_order",
        &[need("x", Type::Any), ANGLES],
        "a number from 0 to 1",
        "The largest eigenvalue of Q = (1/N) Σ_i (n x_i x_iᵀ - 1) / (n - 1) for unit vectors of n components: 1 where all lie along one axis, whichever way they point. For angles it is |(1/N) Σ exp(2iθ)|.",
        clock!("observe { S = nematic_order(2 * pi * s / 6, angles: true) }"),
        nematic_order,
    ),
    row(
        "link_overlap",
        &[need("a", Type::Any), need("b", Type::Any), ON, ANGLES],
        "a number",
        "The overlap of two states on the bonds, (1/N_b) Σ_⟨ij⟩ (a_i · a_j)(b_i · b_j): of two replicas, `link_overlap(s[replica 0], s[replica 1])`.",
        "use std.spin\nuse std.lattice\nsample a {\n    model: edwards_anderson(square(6))\n    temperature: 1.5\n    replicas: 2\n    warmup: 100\n    sweeps: 1000\n    observe { q = link_overlap(s[replica 0], s[replica 1]) }\n}",
        link_overlap,
    ),
    row(
        "vortex_density",
        &[need("θ", Type::Any), ON],
        "a number",
        "The mean over the elementary plaquettes of |n|, where 2πn is the sum of the differences of the angles around the plaquette, each in (-π, π]. The angles are in radians. In three dimensions it is the density of vortex lines on plaquettes.",
        clock!("observe { v = vortex_density(2 * pi * s / 6) }"),
        vortex_density,
    ),
    row(
        "winding",
        &[need("θ", Type::Any), may("along", Type::Int, "all directions"), ON],
        "a number; without `along` one a direction",
        "The winding number of angles along a periodic direction: how many turns they make along a row of cells, each difference in (-π, π]; the mean over the rows. A whole number where there are no vortices.",
        clock!("observe { W = winding(2 * pi * s / 6, along: 0) }"),
        winding,
    ),
    row(
        "stiffness_terms",
        &[need("θ", Type::Any), may("along", Type::Int, "0"), may("J", Type::Any, "1"), ON],
        "an array of two numbers",
        "What the stiffness of planar spins with E = -Σ_⟨ij⟩ J cos(θ_i - θ_j) is made of: [Σ J cos(θ_j - θ_i) (e·r_ij)², Σ J sin(θ_j - θ_i) (e·r_ij)] over the bonds, e the unit vector of a lattice direction. `helicity_modulus` of `std.spin` takes their averages (Teitel and Jayaprakash, Phys. Rev. B 27, 598 (1983)). J: a number, or the couplings.",
        clock!(
            "observe { t = stiffness_terms(2 * pi * s / 6, along: 0) }\n    estimate { Y = (avg(t[0]) - avg(t[1]^2) / 0.8) / 64 }"
        ),
        stiffness_terms,
    ),
    row(
        "largest_cluster",
        &[need("x", Type::Any), may("value", Type::Real, "any"), ON],
        "a whole number",
        "The number of sites of the largest cluster: sites of equal values that bonds connect. `value`: only sites of this value. For clusters of equal signs measure `sign(x)`.",
        ising!("largest = largest_cluster(s) / count(s)"),
        |e, b, a| cluster_number(e, b, a, 1, Kind::Int),
    ),
    row(
        "cluster_count",
        &[need("x", Type::Any), may("value", Type::Real, "any"), ON],
        "a whole number",
        "The number of clusters of equal values, single sites among them.",
        ising!("n = cluster_count(s)"),
        |e, b, a| cluster_number(e, b, a, 0, Kind::Int),
    ),
    row(
        "mean_cluster_size",
        &[need("x", Type::Any), may("value", Type::Real, "any"), ON],
        "a number",
        "The mean size of the cluster of a site, the largest cluster left out: Σ' s² / Σ' s over the other clusters, 0 where there is no other (Stauffer and Aharony, Introduction to Percolation Theory).",
        ising!("S = mean_cluster_size(s, value: 1)"),
        |e, b, a| cluster_number(e, b, a, 2, Kind::Real),
    ),
    row(
        "cluster_sizes",
        &[need("x", Type::Any), may("value", Type::Real, "any"), ON],
        "an array of whole numbers",
        "How many clusters have 2^k to 2^(k+1) - 1 sites, for k = 0, 1, ... up to the size of the lattice.",
        ising!("n = cluster_sizes(s)"),
        cluster_sizes,
    ),
    row(
        "wrapping",
        &[need("x", Type::Any), ALONG_ALL, may("value", Type::Real, "any"), ON],
        "0 or 1",
        "1 where a cluster of equal values wraps around the lattice in a closed direction, or in any where none is named: a path in it leads back to its start, displaced by the extent (Machta et al., Phys. Rev. E 54, 1332 (1996)).",
        ising!("R = wrapping(s, along: 0)"),
        |e, b, a| reaching(e, b, a, true),
    ),
    row(
        "spanning",
        &[need("x", Type::Any), ALONG_ALL, may("value", Type::Real, "any"), ON],
        "0 or 1",
        "1 where a cluster of equal values reaches from the first to the last cells of an open direction, or of any where none is named.",
        "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(8, boundary: open))\n    temperature: 2.5\n    warmup: 100\n    sweeps: 1000\n    observe { R = spanning(s, along: 0) }\n}",
        |e, b, a| reaching(e, b, a, false),
    ),
];
