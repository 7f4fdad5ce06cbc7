//! The textbook probabilities of single-spin moves, as functions of energies. Knows no state and no random number.

use super::super::generic::tame;
use super::super::sampler::Rule;

/// The probability that a two-valued spin which is tried turns over, where that raises the energy by `rise`:
/// min(1, exp(-β rise)) or 1 / (1 + exp(β rise)). `beta` must be finite.
#[inline]
pub(crate) fn flip(rule: Rule, beta: f64, rise: f64) -> f64 {
    let y = beta * rise;
    match rule {
        Rule::Metropolis if y <= 0.0 => 1.0,
        Rule::Metropolis => libm::exp(-y),
        Rule::HeatBath if y > 0.0 => {
            let e = libm::exp(-y);
            e / (1.0 + e)
        }
        Rule::HeatBath => 1.0 / (1.0 + libm::exp(y)),
    }
}

/// Replaces the energy of each value of a spin by the probability that a trial of this spin moves it there (0 for the
/// value that it has), and returns their sum. Metropolis proposes each of the other values alike. `beta` must be finite.
pub(crate) fn moves(rule: Rule, beta: f64, current: usize, energies: &mut [f64]) -> f64 {
    let others = energies.len() as f64 - 1.0;
    let here = tame(energies[current]);
    match rule {
        Rule::Metropolis => {
            for e in energies.iter_mut() {
                *e = flip(rule, beta, tame(*e) - here) / others;
            }
        }
        Rule::HeatBath => {
            let sign = if beta < 0.0 { -1.0 } else { 1.0 };
            let best = energies.iter().map(|&e| tame(e) * sign).fold(f64::INFINITY, f64::min) * sign;
            let mut z = 0.0;
            for e in energies.iter_mut() {
                let exponent = (tame(*e) - best) * beta;
                *e = if exponent == 0.0 { 1.0 } else { libm::exp(-exponent) };
                z += *e;
            }
            energies.iter_mut().for_each(|e| *e /= z);
        }
    }
    energies[current] = 0.0;
    energies.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// p(a → b) / p(b → a) = exp(-β (E_b - E_a)), for any number of values.
    #[test]
    fn detailed_balance() {
        let energies = [0.3, -1.2, 2.5, 0.3, 7.0];
        for rule in [Rule::Metropolis, Rule::HeatBath] {
            for beta in [0.0, 0.7, -0.4, 3.0] {
                for a in 0..5 {
                    for b in (0..5).filter(|&b| b != a) {
                        let (mut from_a, mut from_b) = (energies, energies);
                        assert!(moves(rule, beta, a, &mut from_a) <= 1.0 + 1e-15);
                        moves(rule, beta, b, &mut from_b);
                        let ratio = libm::exp(-beta * (energies[b] - energies[a]));
                        assert!((from_a[b] / from_b[a] / ratio - 1.0).abs() < 1e-12);
                        let mut two = [energies[a], energies[b]];
                        moves(rule, beta, 0, &mut two);
                        assert!((two[1] - flip(rule, beta, energies[b] - energies[a])).abs() < 1e-15);
                    }
                }
            }
        }
    }

    #[test]
    fn the_ends() {
        for (rule, free) in [(Rule::Metropolis, 1.0), (Rule::HeatBath, 0.5)] {
            assert_eq!([flip(rule, f64::MAX, 1e-9), flip(rule, f64::MAX, 0.0), flip(rule, f64::MAX, -2.0)], [0.0, free, 1.0]);
            let mut e = [f64::INFINITY, 1.0, f64::NAN];
            assert_eq!((moves(rule, f64::MAX, 1, &mut e), e), (0.0, [0.0; 3]));
        }
        let mut e = [1.0, 1.0, 4.0];
        assert_eq!((moves(Rule::HeatBath, f64::MAX, 0, &mut e), e), (0.5, [0.0, 0.5, 0.0]));
    }
}
