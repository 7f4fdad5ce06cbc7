//! All rules sample the same distribution.

use super::*;

fn alike(energy: &VectorEnergy, beta: f64, rules: &[VectorRule], sweeps: usize) {
    let n = energy.n;
    let mut results = Vec::new();
    for &rule in rules {
        let mut kernel = Vector::new(energy, rule, &[lane(beta, 21), lane(beta, 22)]).unwrap();
        results.push(measure(&mut kernel, sweeps, 3, |e, state, out| {
            let total = |c: usize| state.chunks_exact(n).map(|s| s[c]).sum::<f64>();
            out[0] = e;
            out[1] = e * e;
            out[2] = (0..n).map(|c| total(c) * total(c)).sum();
        }));
    }
    for (a, rule) in results.iter().zip(rules).skip(1) {
        for (k, (&x, &y)) in a.iter().zip(&results[0]).enumerate() {
            let error = (x.1 * x.1 + y.1 * y.1).sqrt();
            agrees((x.0, error), y.0, 1e-5 * y.0.abs(), &format!("β = {beta}, n = {n}, {rule:?}, observable {k}"));
        }
    }
}

#[test]
fn xy_on_a_square() {
    for temperature in [0.5, 0.9, 1.5] {
        alike(&lattice(&[6, 6], 2, 1.0), 1.0 / temperature, &RULES, 12_800);
    }
}

#[test]
fn heisenberg_on_a_cube_and_an_odd_antiferromagnet() {
    alike(&lattice(&[4, 4, 4], 3, 1.0), 0.7, &RULES, 6400);
    // Odd length: frustrated, three colours.
    alike(&lattice(&[5, 5], 3, -1.0), 1.0, &RULES, 6400);
}

/// A complete graph: as many colours as spins, and blocks whose sums run across neighbours.
#[test]
fn a_complete_graph() {
    let sites = 24;
    let bonds = (0..sites).flat_map(|i| (0..i).map(move |j| (j, i, 1.0 / f64::from(sites)))).collect();
    let energy = VectorEnergy { n: 3, sites: sites as usize, bonds, ..VectorEnergy::default() };
    alike(&energy, 3.5, &RULES, 6400);
}
