//! Potts models as whole scripts against exact results. Seeds are fixed; comparisons allow 5 standard errors, 6e-7 to fail by chance.

use crate::common;

use common::{quantity, run};

/// Every method against enumeration.
#[test]
fn every_method_on_nine_spins() {
    let outcome = run("use std.lattice
use std.spin
let T_c = 1 / ln(1 + sqrt(3))
sample a over T in [0.8 * T_c, T_c, 2.0 * T_c], how in [exact, metropolis, heat_bath, wolff, swendsen_wang] {
    model: potts(square(3), 3), temperature: T, method: how, warmup: 500, sweeps: 20_000, chains: 4
    observe { e = energy, ordered = mean(i in s: if s[i] == s[0] then 1 else 0) }
}");
    for t in 0..3 {
        for name in ["e", "ordered"] {
            let (truth, _) = quantity(&outcome.result, "a", name, 5 * t);
            for how in 1..5 {
                let (value, error) = quantity(&outcome.result, "a", name, 5 * t + how);
                assert!((value - truth).abs() <= 5.0 * error + 1e-12, "{name} {t} {how}: {value} ± {error}, exactly {truth}");
            }
        }
    }
}

/// At T_c = 1 / ln(1 + √q) the energy of the infinite square lattice is -(1 + 1/√q) per site (duality: Potts 1952). On an L × L torus
/// it lies lower by A L^(1/ν - 2), ν = 5/6 for q = 3 (den Nijs 1979), so that two sizes give the limit up to terms of higher order:
/// a few parts in a thousand at these sizes, for which 0.02 is allowed.
#[test]
fn the_critical_energy_of_three_states() {
    let outcome = run("use std.lattice
use std.spin
sample a over L in [8, 24] {
    model: potts(square(L), 3), temperature: 1 / ln(1 + sqrt(3)), method: swendsen_wang, warmup: 500, sweeps: 10_000, chains: 4
    observe { e = energy / count(s) }
}");
    let ((small, small_error), (large, large_error)) =
        (quantity(&outcome.result, "a", "e", 0), quantity(&outcome.result, "a", "e", 1));
    let limit = -(1.0 + 1.0 / f64::sqrt(3.0));
    assert!(small + 5.0 * small_error < large && large + 5.0 * large_error < limit, "{small} {large} {limit}");
    let (a, b) = (libm::pow(8.0, -0.8), libm::pow(24.0, -0.8));
    let extrapolated = (large * a - small * b) / (a - b);
    let error = libm::hypot(large_error * a, small_error * b) / (a - b);
    assert!((extrapolated - limit).abs() <= 5.0 * error + 0.02, "{extrapolated} ± {error}, expected {limit}");
}

/// The open chain of N spins: E = -(N - 1) e^K / (e^K + q - 1), by the transfer matrix where there are too many states.
#[test]
fn a_long_chain_is_solved_exactly() {
    let outcome = run("use std.lattice
use std.spin
sample a { model: potts(chain(200, boundary: open), 4), temperature: 0.7, method: exact, observe { e = energy, m = mean(s) } }");
    let weight = libm::exp(1.0 / 0.7);
    let (e, error) = quantity(&outcome.result, "a", "e", 0);
    assert!((e + 199.0 * weight / (weight + 3.0)).abs() < 1e-9 && error == 0.0);
    assert!((quantity(&outcome.result, "a", "m", 0).0 - 1.5).abs() < 1e-12);
}
