//! Open chains: E = -|J| (N - 1) A_n(β|J|) with A_2 = I_1/I_0, A_3 = coth K - 1/K, in general the mean cosine.

use super::*;

#[test]
fn energies_of_chains() {
    assert!((moment(3, 2.0, 1) - (1.0 / libm::tanh(2.0) - 0.5)).abs() < 1e-9, "the Langevin function");
    assert!((moment(2, 1.0, 1) - 0.446_389_965_896_534_6).abs() < 1e-9, "I1(1)/I0(1)");
    for (n, coupling, beta) in [(2, 1.0, 1.2), (2, -0.5, 2.0), (3, 1.0, 1.5), (3, -2.0, 0.6), (4, 1.0, 2.0), (6, 1.0, 3.0)] {
        let energy = chain(37, n, coupling);
        let exact = -36.0 * coupling.abs() * moment(n, beta * coupling.abs(), 1);
        for rule in RULES {
            let mut kernel = Vector::new(&energy, rule, &[lane(beta, 3), lane(beta, 4)]).unwrap();
            let found = measure(&mut kernel, 6400, 1, |e, _, out| out[0] = e);
            agrees(found[0], exact, 1e-5, &format!("n = {n}, J = {coupling}, {rule:?}"));
        }
    }
}

/// Unlike couplings: each bond is independent of the others.
#[test]
fn a_chain_of_unlike_couplings() {
    for n in [2, 3] {
        let mut energy = chain(20, n, 0.0);
        for (b, bond) in energy.bonds.iter_mut().enumerate() {
            bond.2 = [1.0, -0.4, 0.0, 1.7][b % 4];
        }
        let exact: f64 = energy.bonds.iter().map(|b| -b.2.abs() * moment(n, b.2.abs() * 0.9 + 1e-12, 1)).sum();
        for rule in RULES {
            let mut kernel = Vector::new(&energy, rule, &[lane(0.9, 31)]).unwrap();
            let found = measure(&mut kernel, 9600, 1, |e, _, out| out[0] = e);
            agrees(found[0], exact, 1e-5, &format!("n = {n}, {rule:?}"));
        }
    }
}

/// A negative inverse temperature exchanges the roles of J and -J.
#[test]
fn negative_temperature() {
    for n in [2, 3, 4] {
        let energy = chain(18, n, 1.0);
        let exact = 17.0 * moment(n, 0.8, 1);
        for rule in RULES {
            let mut kernel = Vector::new(&energy, rule, &[lane(-0.8, 3)]).unwrap();
            let found = measure(&mut kernel, 6400, 1, |e, _, out| out[0] = e);
            agrees(found[0], exact, 1e-5, &format!("n = {n}, {rule:?}"));
        }
    }
}
