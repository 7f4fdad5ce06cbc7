//! Exact answers for continuous variables: rings of O(n) spins, single sites, rings of one-dimensional variables.

use std::f64::consts::PI;

/// Nodes and weights of Gauss's rule of four points on each of `points / 4` panels: its error falls with the eighth power of their number.
pub fn nodes(low: f64, high: f64, points: usize) -> Vec<(f64, f64)> {
    const RULE: [(f64, f64); 2] =
        [(0.339_981_043_584_856_3, 0.652_145_154_862_546_1), (0.861_136_311_594_052_6, 0.347_854_845_137_453_9)];
    let panels = points / 4;
    let half = (high - low) / panels as f64 / 2.0;
    let panel = |k: usize| {
        let middle = low + (2 * k + 1) as f64 * half;
        RULE.into_iter().flat_map(move |(x, w)| [(middle - x * half, w * half), (middle + x * half, w * half)])
    };
    (0..panels).flat_map(panel).collect()
}

pub fn integral(low: f64, high: f64, points: usize, f: impl Fn(f64) -> f64) -> f64 {
    nodes(low, high, points).iter().map(|&(x, w)| w * f(x)).sum()
}

/// The zonal harmonic of degree l on the sphere in n = 2, 3 or 4 dimensions, 1 at angle zero; and the number of harmonics of that degree.
fn harmonic(n: u32, l: usize, angle: f64) -> (f64, f64) {
    let x = l as f64;
    match n {
        2 => (libm::cos(x * angle), if l == 0 { 1.0 } else { 2.0 }),
        3 => {
            let z = libm::cos(angle);
            let (mut p, mut last) = (1.0, 0.0);
            for k in 0..l {
                let k = k as f64;
                (p, last) = (((2.0 * k + 1.0) * z * p - k * last) / (k + 1.0), p);
            }
            (p, 2.0 * x + 1.0)
        }
        4 => (libm::sin((x + 1.0) * angle) / ((x + 1.0) * libm::sin(angle)), (x + 1.0) * (x + 1.0)),
        _ => unreachable!("spheres of 2, 3 and 4 dimensions"),
    }
}

/// The average of exp(K cos) times a zonal harmonic over the sphere: an eigenvalue of the transfer matrix of the chain with
/// couplings K (Joyce, Phys. Rev. 155, 478 (1967)).
pub fn eigenvalue(n: u32, l: usize, k: f64) -> f64 {
    let over = |f: &dyn Fn(f64) -> f64| integral(0.0, PI, 160, |a| f(a) * libm::sin(a).powi(n as i32 - 2));
    over(&|a| libm::exp(k * libm::cos(a)) * harmonic(n, l, a).0) / over(&|_| 1.0)
}

/// ln Z of a ring of so many O(n) spins; `sign` is -1 where one bond is antiperiodic.
pub fn ring(n: u32, sites: i32, k: f64, sign: f64) -> f64 {
    let z: f64 = (0..30).map(|l| harmonic(n, l, 0.5).1 * sign.powi(l as i32) * eigenvalue(n, l, k).powi(sites)).sum();
    libm::log(z)
}

/// Averages of E and E² where ln Z(K) has E = -(J-independent part): for an energy -Σ cos at inverse temperature K.
pub fn energies(ln_z: impl Fn(f64) -> f64, k: f64) -> [f64; 2] {
    let h = 1e-3;
    let at = |d: f64| ln_z(k + d * h);
    let first = (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * h);
    let second = (16.0 * (at(1.0) + at(-1.0)) - (at(2.0) + at(-2.0)) - 30.0 * at(0.0)) / (12.0 * h * h);
    [-first, second + first * first]
}

/// Averages over a density on an interval.
pub fn averages<const M: usize>(low: f64, high: f64, weight: impl Fn(f64) -> f64, looks: impl Fn(f64) -> [f64; M]) -> [f64; M] {
    let z = integral(low, high, 400, &weight);
    std::array::from_fn(|m| integral(low, high, 400, |x| weight(x) * looks(x)[m]) / z)
}

/// A ring of sites of one kind with weights between neighbours: averages of a function of one site, and of one of a site and the next.
/// `states` are the points of a site with their measures.
pub fn transfer(
    states: &[(f64, f64)],
    sites: usize,
    weight: impl Fn(usize, usize) -> f64,
    one: &[&dyn Fn(usize) -> f64],
    two: &[&dyn Fn(usize, usize) -> f64],
) -> Vec<f64> {
    let n = states.len();
    let entry = |i: usize, j: usize| weight(i, j) * (states[i].1 * states[j].1).sqrt();
    let t: Vec<f64> = (0..n * n).map(|k| entry(k / n, k % n)).collect();
    let product = |a: &[f64], b: &[f64]| {
        let mut c = vec![0.0; n * n];
        for i in 0..n {
            for k in 0..n {
                let x = a[i * n + k];
                c[i * n..(i + 1) * n].iter_mut().zip(&b[k * n..(k + 1) * n]).for_each(|(c, b)| *c += x * b);
            }
        }
        c
    };
    let mut rest = t.clone();
    for _ in 2..sites {
        rest = product(&rest, &t);
    }
    // The joint density of two neighbours.
    let joint: Vec<f64> = (0..n * n).map(|k| t[k] * rest[(k % n) * n + k / n]).collect();
    let z: f64 = joint.iter().sum();
    let mean = |f: &dyn Fn(usize, usize) -> f64| (0..n * n).map(|k| joint[k] * f(k / n, k % n)).sum::<f64>() / z;
    one.iter().map(|f| mean(&|i, _| f(i))).chain(two.iter().map(|f| mean(f))).collect()
}
