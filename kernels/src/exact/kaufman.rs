//! Kaufman's closed form for the Ising model on the finite square torus.

use super::taylor::Taylor;

/// Exact values of a torus.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Torus {
    pub log_z: f64,
    /// The mean energy of the whole system.
    pub energy: f64,
    /// The variance of the energy; the heat capacity is β² times it.
    pub energy_variance: f64,
}

const LONGEST: usize = 1 << 20;

/// The partition function of `width` x `height` spins, periodic both ways, with couplings `jx` along the width and `jy` along
/// the height: E = -Σ jx s s' - Σ jy s s'. A side of two has double bonds.
///
/// B. Kaufman, Phys. Rev. 76, 1232 (1949); A. E. Ferdinand and M. E. Fisher, Phys. Rev. 185, 832 (1969). Time grows with the shorter
/// side. Err for sides below two or above 2^20, for numbers that are not finite, and for an antiferromagnetic coupling around an
/// odd side (that torus is frustrated, and is not gauge-equivalent to the solved one). β must not be negative.
///
/// The products are written in x = exp(-γ), which is analytic down to β = 0 and to vanishing couplings; γ_0 is the one that
/// changes its sign at the critical point (positive below T_c), so that the fourth product does.
pub fn kaufman(width: usize, height: usize, jx: f64, jy: f64, beta: f64) -> Result<Torus, String> {
    if width < 2 || height < 2 || width > LONGEST || height > LONGEST {
        return Err(format!("Kaufman's solution needs sides from 2 to {LONGEST}, not {width} x {height}"));
    }
    if !(jx.is_finite() && jy.is_finite() && beta.is_finite() && beta >= 0.0) {
        return Err("Kaufman's solution needs finite couplings and a finite β that is not negative".into());
    }
    for (side, j) in [(width, jx), (height, jy)] {
        if j < 0.0 && side % 2 == 1 {
            return Err(format!(
                "an antiferromagnetic coupling around an odd side ({side}) is frustrated: Kaufman's solution needs an even one"
            ));
        }
    }
    let (jx, jy) = (jx.abs(), jy.abs());
    let log_z = if width <= height { products(height, width, jy, jx, beta) } else { products(width, height, jx, jy, beta) };
    Ok(Torus { log_z: log_z.v, energy: -log_z.d, energy_variance: log_z.dd.max(0.0) })
}

/// log Z and its derivatives in β: `m` steps of a transfer matrix of `n` spins, couplings `along` the steps and `within` them.
fn products(m: usize, n: usize, along: f64, within: f64, beta: f64) -> Taylor {
    let modes = Modes::new(along, within, beta);
    // Σ (m/2) ln 2(A + q) + ln(1 + x^m), and Π (1 - x^m)/(1 + x^m), over even or odd multiples of π/n.
    let half = |odd: usize| {
        let (mut log, mut ratio) = (Taylor::constant(0.0), Taylor::constant(1.0));
        for r in 0..n {
            let index = 2 * r + odd;
            // The angles θ and 2π - θ give the same mode.
            if index > n {
                break;
            }
            let twice = index != 0 && index != n;
            let (growth, x, sign) = modes.mode(index, n);
            let power = x.power(m as u64);
            let term = growth.ln().scale(0.5 * m as f64) + power.ln_1p();
            let factor = ((Taylor::constant(1.0) - power) / (Taylor::constant(1.0) + power)).scale(sign);
            log = log + term.scale(if twice { 2.0 } else { 1.0 });
            ratio = ratio * if twice { factor * factor } else { factor };
        }
        (log, ratio)
    };
    let (odd, odd_ratio) = half(1);
    let (even, even_ratio) = half(0);
    let one = Taylor::constant(1.0);
    let sum = if odd.v >= even.v {
        odd + (one + odd_ratio + (even - odd).exp() * (one + even_ratio)).scale(0.5).ln()
    } else {
        even + (one + even_ratio + (odd - even).exp() * (one + odd_ratio)).scale(0.5).ln()
    };
    // The scale taken out of A and q.
    sum + Taylor::variable(beta, (m * n) as f64 * (along + within))
}

/// The modes of the transfer matrix: cosh γ = A / S with S = sinh 2K, all times exp(-2K - 2K').
pub(super) struct Modes {
    s: Taylor,
    /// exp(-2K) sinh 2K' in the scale.
    within: Taylor,
    /// A - S at θ = 0, as a square: its root and the sign of 1 - sinh 2K sinh 2K'.
    root: Taylor,
}

impl Modes {
    pub fn new(along: f64, within: f64, beta: f64) -> Modes {
        let decay = |j: f64| Taylor::variable(beta, -2.0 * j).exp();
        let (p, q) = (decay(along), decay(within));
        let sinh = |j: f64| Taylor::variable(beta, -4.0 * j).exp_m1().scale(-0.5);
        let cosh = |p: Taylor| (Taylor::constant(1.0) + p * p).scale(0.5);
        let (s, within_s) = (sinh(along) * q, sinh(within) * p);
        let gap = p * q - sinh(along) * sinh(within);
        let denominator = cosh(p) * cosh(q) + s + within_s;
        Modes { s, within: within_s, root: gap / denominator.sqrt() }
    }

    /// For θ = π index / n: 2(A + q) with q = S sinh γ, exp(-γ) for γ taken positive, and the sign of γ.
    pub fn mode(&self, index: usize, n: usize) -> (Taylor, Taylor, f64) {
        let sine = libm::sin(0.5 * std::f64::consts::PI * index as f64 / n as f64);
        self.at(sine)
    }

    /// The same from sin(θ/2).
    pub fn at(&self, sine: f64) -> (Taylor, Taylor, f64) {
        let two_s = self.s.scale(2.0);
        let (excess, q, sign) = if sine == 0.0 {
            // The root itself, which has derivatives where it vanishes; 1 - sinh sinh < 0 in the ordered phase, γ_0 > 0 there.
            let sign = if self.root.v > 0.0 { -1.0 } else { 1.0 };
            let root = self.root.scale(-sign);
            let excess = root * root;
            (excess, root * (excess + two_s).sqrt(), sign)
        } else {
            let excess = self.root * self.root + self.within.scale(2.0 * sine * sine);
            // excess (excess + 2S) is positive here except where the coupling within the rows vanishes at infinite temperature.
            (excess, excess.sqrt() * (excess + two_s).sqrt(), 1.0)
        };
        let sum = excess + self.s + q;
        (sum.scale(2.0), self.s / sum, sign)
    }
}
