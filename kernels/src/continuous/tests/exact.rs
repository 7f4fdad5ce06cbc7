//! Mean values of small models.

use super::*;
use crate::generic::{Function, Operation};

const ALL: [FieldRule; 3] = [FieldRule::Metropolis, HMC, MALA];

/// Solves A X = 1 by elimination.
fn inverse(a: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = a.len();
    let mut m: Vec<Vec<f64>> = a.to_vec();
    for (i, row) in m.iter_mut().enumerate() {
        row.extend((0..n).map(|j| f64::from(u8::from(i == j))));
    }
    for i in 0..n {
        let pivot = m[i][i];
        m[i].iter_mut().for_each(|x| *x /= pivot);
        for j in (0..n).filter(|&j| j != i) {
            let (factor, row) = (m[j][i], m[i].clone());
            m[j].iter_mut().zip(&row).for_each(|(x, y)| *x -= factor * y);
        }
    }
    m.into_iter().map(|row| row[n..].to_vec()).collect()
}

fn gaussian(a: &[Vec<f64>], shift: f64) -> FieldModel {
    let n = a.len();
    model(vec![line(n)], |b, x| {
        let mut terms = Vec::new();
        for i in 0..n {
            for j in 0..n {
                terms.push(times(b, 0.5 * a[i][j], &[x[i], x[j]]));
            }
            terms.push(times(b, -shift, &[x[i]]));
        }
        terms
    })
}

/// Means and covariances of a chain of four in a field: <x> = A^-1 b, cov = (β A)^-1.
#[test]
fn gaussian_chain() {
    let n = 4;
    let a: Vec<Vec<f64>> = (0..n)
        .map(|i: usize| {
            (0..n)
                .map(|j: usize| {
                    if i == j {
                        2.5 + i as f64
                    } else if i.abs_diff(j) == 1 {
                        -0.9
                    } else {
                        0.0
                    }
                })
                .collect()
        })
        .collect();
    let model = gaussian(&a, 0.4);
    let beta = 1.7;
    let inverse = inverse(&a);
    let mean: Vec<f64> = (0..n).map(|i| inverse[i].iter().sum::<f64>() * 0.4).collect();
    let pairs: Vec<(usize, usize)> = (0..n).flat_map(|i| (i..n).map(move |j| (i, j))).collect();
    let products: Vec<_> = pairs.iter().map(|&(i, j)| move |x: &[f64]| x[i] * x[j]).collect();
    let singles: Vec<_> = (0..n).map(|i| move |x: &[f64]| x[i]).collect();
    let mut observables: Vec<(Observable, f64)> = Vec::new();
    for (f, &(i, j)) in products.iter().zip(&pairs) {
        observables.push((f, inverse[i][j] / beta + mean[i] * mean[j]));
    }
    for (f, m) in singles.iter().zip(&mean) {
        observables.push((f, *m));
    }
    for rule in [FieldRule::Metropolis, HMC, MALA, FieldRule::Hmc { steps: Some(5), step: Some(0.25) }] {
        agrees(&model, rule, beta, 1200, &observables);
    }
}

/// Twenty sites with c (Σ x)²: a term of all sites, beside a short one. Var of the sum is 20 / (β (1 + 40 c)).
#[test]
fn a_term_of_all_sites() {
    let (n, c, beta) = (20, 0.05, 2.0);
    let model = model(vec![line(n)], |b, x| {
        let sum = b.sum(x.to_vec());
        let mut terms = vec![power(b, c, sum, 2.0)];
        terms.extend(x.iter().map(|&x| power(b, 0.5, x, 2.0)));
        terms
    });
    let square = |x: &[f64]| x.iter().sum::<f64>() * x.iter().sum::<f64>();
    let one = |x: &[f64]| x[3] * x[3];
    let (total, single) = (n as f64 / (beta * (1.0 + 2.0 * c * n as f64)), 1.0 / beta);
    let single = single + (total / n as f64 - single) / n as f64;
    for rule in ALL {
        agrees(&model, rule, beta, 500, &[(&square, total), (&one, single)]);
    }
}

/// Twenty vectors in a field n of length 1, the energy hidden in one term of all of them: √((100 + n Σ S)²) = 100 + n Σ S. They
/// are independent all the same, with <n S> = -(coth β - 1/β).
#[test]
fn vectors_in_a_term_of_all_sites() {
    let (n, beta) = (20, 1.5);
    let model = model(vec![block(n, Space::Sphere(3))], |b, x| {
        let mut all = vec![b.constant(100.0)];
        for i in 0..n {
            all.push(times(b, 0.8, &[x[3 * i + 2]]));
            all.push(times(b, 0.6, &[x[3 * i]]));
        }
        let sum = b.sum(all);
        let square = b.mul(sum, sum);
        vec![b.unary(Function::Sqrt, square)]
    });
    let along = |x: &[f64]| (0..n).map(|i| 0.6 * x[3 * i] + 0.8 * x[3 * i + 2]).sum::<f64>() / n as f64;
    let across = |x: &[f64]| x[1] * x[1];
    let mean = 1.0 / libm::tanh(beta) - 1.0 / beta;
    let observables: [(Observable, f64); 2] = [(&along, -mean), (&across, mean / beta)];
    agrees(&model, FieldRule::Metropolis, beta, 500, &observables);
}

#[test]
fn double_well() {
    let model = model(vec![line(1)], |b, x| vec![power(b, 1.0, x[0], 4.0), power(b, -2.0, x[0], 2.0), times(b, 0.2, &[x[0]])]);
    let (x1, x2) = (|x: &[f64]| x[0], |x: &[f64]| x[0] * x[0]);
    agrees_with_quadrature(&model, &ALL, 1.5, &[even(-5.0, 5.0, 2000)], 4000, &[&x1, &x2]);
}

fn phi4(sites: usize) -> FieldModel {
    model(vec![line(sites)], |b, x| {
        let mut terms = Vec::new();
        for i in 0..sites {
            let difference = b.sub(x[i], x[(i + 1) % sites]);
            terms.push(power(b, 0.5, difference, 2.0));
            terms.push(power(b, -0.6, x[i], 2.0));
            terms.push(power(b, 0.25, x[i], 4.0));
        }
        terms
    })
}

#[test]
fn phi4_of_two_and_three_sites() {
    for sites in [2, 3] {
        let model = phi4(sites);
        let (square, bond) = (|x: &[f64]| x[0] * x[0], |x: &[f64]| x[0] * x[1]);
        let axes = vec![even(-4.5, 4.5, 60); sites];
        agrees_with_quadrature(&model, &ALL, 1.2, &axes, 1000, &[&square, &bond]);
    }
}

fn xy(sites: usize, bonds: &[(usize, usize)]) -> FieldModel {
    model(vec![block(sites, Space::Circle)], |b, t| {
        let mut terms = Vec::new();
        for &(i, j) in bonds {
            let difference = b.sub(t[i], t[j]);
            let cosine = b.unary(Function::Cos, difference);
            terms.push(b.neg(cosine));
        }
        let field = b.unary(Function::Sin, t[0]);
        terms.push(times(b, 0.3, &[field]));
        terms
    })
}

#[test]
fn xy_dimer_and_ring_of_three() {
    use std::f64::consts::PI;
    let bond = |t: &[f64]| libm::cos(t[0] - t[1]);
    let own = |t: &[f64]| libm::sin(t[0]) + libm::cos(2.0 * t[1]);
    for (sites, bonds) in [(2, &[(0, 1)][..]), (3, &[(0, 1), (1, 2), (2, 0)][..])] {
        let model = xy(sites, bonds);
        agrees_with_quadrature(&model, &ALL, 1.4, &vec![even(-PI, PI, 40); sites], 1000, &[&bond, &own]);
    }
}

/// Two Ising spins, and one of three values, coupled to a real and to an angle.
#[test]
fn mixed() {
    use std::f64::consts::PI;
    let spins = vec![-1.0, 1.0];
    let blocks =
        vec![block(2, Space::Finite(spins)), line(1), block(1, Space::Circle), block(1, Space::Finite(vec![-1.0, 0.0, 2.0]))];
    let model = model(blocks, |b, v| {
        let cosine = b.unary(Function::Cos, v[3]);
        vec![
            times(b, -0.5, &[v[0], v[1]]),
            times(b, -0.7, &[v[0], v[2]]),
            times(b, 0.4, &[v[1], v[2]]),
            power(b, 0.5, v[2], 2.0),
            times(b, -0.6, &[cosine, v[4]]),
            times(b, 0.3, &[v[4], v[2]]),
        ]
    });
    let axes = [
        vec![(-1.0, 1.0), (1.0, 1.0)],
        vec![(-1.0, 1.0), (1.0, 1.0)],
        even(-9.0, 9.0, 150),
        even(-PI, PI, 48),
        vec![(-1.0, 1.0), (0.0, 1.0), (2.0, 1.0)],
    ];
    let (a, c, d) = (|v: &[f64]| v[0] * v[2], |v: &[f64]| v[0] * v[1], |v: &[f64]| v[4] * libm::cos(v[3]));
    agrees_with_quadrature(&model, &ALL, 1.3, &axes, 1200, &[&a, &c, &d]);
}

/// Walls on both sides, on one, and the slope that presses against them.
#[test]
fn bounded_lines() {
    let blocks = vec![between(0.0, 1.0), between(-1.0, 2.0), between(0.5, f64::INFINITY), between(f64::NEG_INFINITY, 0.0)];
    let model = model(blocks, |b, x| {
        vec![times(b, -2.0, &[x[0], x[1]]), times(b, 1.5, &[x[2]]), power(b, 0.8, x[3], 2.0), times(b, -0.5, &[x[2], x[3]])]
    });
    let axes = [simpson(0.0, 1.0, 30), simpson(-1.0, 2.0, 40), simpson(0.5, 25.0, 300), simpson(-9.0, 0.0, 80)];
    let (f0, f1) = (|x: &[f64]| x[0], |x: &[f64]| x[1] * x[0]);
    let (f2, f3) = (|x: &[f64]| x[2], |x: &[f64]| x[3] * x[3]);
    // The two pairs do not interact: two planes instead of a space of four dimensions.
    let part = |axes: &[Axis], own: [usize; 2], f: Observable| {
        let fixed = [0.5, 0.0, 1.0, -0.5];
        let all: Vec<Axis> = (0..4).map(|i| if own.contains(&i) { axes[i].clone() } else { vec![(fixed[i], 1.0)] }).collect();
        quadrature(&model, 1.1, &all, &[f])[0]
    };
    let observables: Vec<(Observable, f64)> = vec![
        (&f0, part(&axes, [0, 1], &f0)),
        (&f1, part(&axes, [0, 1], &f1)),
        (&f2, part(&axes, [2, 3], &f2)),
        (&f3, part(&axes, [2, 3], &f3)),
    ];
    for rule in ALL {
        agrees(&model, rule, 1.1, 1500, &observables);
    }
}

/// <S·S'> of two unit vectors: coth K - 1/K in 3 dimensions; otherwise by quadrature over the angle with the weight sin^(n-2).
#[test]
fn dimers_on_spheres() {
    for n in [2u32, 3, 5] {
        let k = 1.8;
        let model = model(vec![block(2, Space::Sphere(n))], |b, s| {
            let n = n as usize;
            (0..n).map(|c| times(b, -1.0, &[s[c], s[n + c]])).collect()
        });
        let (mut z, mut sum) = (0.0, 0.0);
        for (angle, w) in simpson(0.0, std::f64::consts::PI, 400) {
            let weight = w * libm::pow(libm::sin(angle), f64::from(n) - 2.0) * libm::exp(k * libm::cos(angle));
            z += weight;
            sum += weight * libm::cos(angle);
        }
        let exact = sum / z;
        if n == 3 {
            assert!((exact - (1.0 / libm::tanh(k) - 1.0 / k)).abs() < 1e-9);
        }
        let bond = move |s: &[f64]| (0..n as usize).map(|c| s[c] * s[n as usize + c]).sum::<f64>();
        let axis = |s: &[f64]| s[0] * s[0];
        agrees(&model, FieldRule::Metropolis, k, 2500, &[(&bond, exact), (&axis, 1.0 / f64::from(n))]);
    }
}

/// A ring of six clock spins with a field, by both rules for finite sets, against the sum over all states.
#[test]
fn finite_sets() {
    let values = vec![0.0, 1.0, 2.5];
    let model = model(vec![block(6, Space::Finite(values.clone()))], |b, s| {
        let mut terms = Vec::new();
        for i in 0..6 {
            let equal = b.binary(Operation::Less, s[i], s[(i + 1) % 6]);
            terms.push(times(b, 0.8, &[equal, s[i]]));
            terms.push(times(b, -0.3, &[s[i]]));
        }
        terms
    });
    let axis: Axis = values.iter().map(|v| (*v, 1.0)).collect();
    let (one, two) = (|s: &[f64]| s[1], |s: &[f64]| s[0] * s[3]);
    agrees_with_quadrature(&model, &[FieldRule::Metropolis, FieldRule::HeatBath], 1.1, &vec![axis; 6], 2000, &[&one, &two]);
}

/// The stationary variance of unadjusted Langevin on k x²/2 is T / (k (1 - h k / 2)): its stated bias, exactly.
#[test]
fn unadjusted_langevin_has_its_known_bias() {
    let (k, h, beta) = (2.0, 0.3, 1.5);
    let model = model(vec![line(3)], |b, x| x.iter().map(|&x| power(b, 0.5 * k, x, 2.0)).collect());
    let square = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>() / 3.0;
    let exact = 1.0 / (beta * k * (1.0 - 0.5 * h * k));
    agrees(&model, FieldRule::Langevin { step: Some(h), adjusted: false }, beta, 2500, &[(&square, exact)]);
}

/// At β = 0 bounded spaces are uniform by every rule.
#[test]
fn infinite_temperature() {
    let blocks = vec![
        between(-1.0, 3.0),
        block(1, Space::Circle),
        block(1, Space::Finite(vec![-1.0, 0.0, 1.0])),
        block(1, Space::Sphere(3)),
    ];
    let model = model(blocks, |b, x| {
        let all = times(b, 3.0, &[x[0], x[1], x[2]]);
        vec![all, times(b, 5.0, &[x[5]])]
    });
    let (a, b) = (|x: &[f64]| x[0], |x: &[f64]| x[0] * x[0]);
    let (c, d, e) = (|x: &[f64]| libm::cos(x[1]) + x[1], |x: &[f64]| x[2] * x[2], |x: &[f64]| x[5] * x[5] + x[3]);
    let observables: [(Observable, f64); 5] = [(&a, 1.0), (&b, 7.0 / 3.0), (&c, 0.0), (&d, 2.0 / 3.0), (&e, 1.0 / 3.0)];
    for rule in ALL {
        agrees(&model, rule, 0.0, 1000, &observables);
    }
}
