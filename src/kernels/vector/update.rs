//! One sweep of a lane: block after block, sixteen sites at a time.
//!
//! Owns the updates of a block given its local field. Every update leaves the conditional distribution of the sixteen sites
//! unchanged, and the sites of a block do not see one another.

use super::draws::Live;
use super::heat_bath;
use super::lane::Lane;
use super::math::{dot, exp, polish};
use super::model::Model;
use super::simd::{F, M, Portable, Row, Simd};
#[cfg(target_arch = "x86_64")]
use super::x86::{Avx2, Avx512};

/// What a sweep does with each spin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Metropolis,
    HeatBath,
    Reflect,
}

/// The instructions to use. All give the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    Portable,
    Avx2,
    Avx512,
}

impl Instructions {
    /// All that this processor has, the widest last.
    pub fn available() -> Vec<Instructions> {
        let mut all = vec![Instructions::Portable];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            all.push(Instructions::Avx2);
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
                all.push(Instructions::Avx512);
            }
        }
        all
    }

    /// The widest that this processor has.
    pub fn best() -> Instructions {
        *Instructions::available().last().unwrap_or(&Instructions::Portable)
    }
}

/// Moves every spin of a lane once. `with` must be available on this processor.
pub(super) fn sweep(with: Instructions, kind: Move, model: &Model, lane: &mut Lane) {
    match model.energy.n {
        2 => sized::<2>(with, kind, model, lane),
        3 => sized::<3>(with, kind, model, lane),
        4 => sized::<4>(with, kind, model, lane),
        _ => sized::<16>(with, kind, model, lane),
    }
}

fn sized<const N: usize>(with: Instructions, kind: Move, model: &Model, lane: &mut Lane) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn avx2<const N: usize>(kind: Move, model: &Model, lane: &mut Lane) {
            body::<Avx2, N>(kind, model, lane)
        }
        #[target_feature(enable = "avx512f,avx512dq")]
        fn avx512<const N: usize>(kind: Move, model: &Model, lane: &mut Lane) {
            body::<Avx512, N>(kind, model, lane)
        }
        // SAFETY of both: the guards have just found the instructions.
        match with {
            Instructions::Avx2 if is_x86_feature_detected!("avx2") => return unsafe { avx2::<N>(kind, model, lane) },
            Instructions::Avx512 if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") => {
                return unsafe { avx512::<N>(kind, model, lane) };
            }
            _ => {}
        }
    }
    let _ = with;
    body::<Portable, N>(kind, model, lane)
}

/// Beyond this step a Metropolis proposal for three and more components is a uniform direction.
pub(super) const UNIFORM_STEP: f32 = 8.0;
/// The step of a two-component proposal that is nearly uniform, the largest.
pub(super) const LARGEST_ANGLE: f32 = std::f32::consts::FRAC_PI_2;

#[inline(always)]
fn body<S: Simd, const N: usize>(kind: Move, model: &Model, lane: &mut Lane) {
    let n = if N == 16 { model.energy.n } else { N };
    let rows = model.rows;
    let mut live = Live::<S>::wake(&lane.generator);
    let beta = lane.scaled_beta;
    let step = lane.step;
    let plain = model.anisotropy.is_empty();
    let mut accepted = 0u64;
    for (b, block) in model.layout.blocks.iter().enumerate() {
        let h = model.field::<S, N>(n, b, &lane.state);
        let old = load::<S, N>(n, rows, b, &lane.state);
        let active = M::<S>::new(block.active);
        let mut new = match kind {
            Move::Metropolis => propose(n, &old, step, &mut live),
            Move::HeatBath => heat_bath::draw(n, &h, beta, block.active, &mut live),
            Move::Reflect => reflect(n, &h, &old),
        };
        if kind == Move::Metropolis || !plain {
            // What the log of the acceptance probability still lacks.
            let mut gain = F::zero();
            if kind == Move::Metropolis {
                for c in 0..n {
                    gain = gain + (new[c] - old[c]) * h[c];
                }
            }
            if !plain {
                gain = gain + (model.self_energy(n, b, &new) - model.self_energy(n, b, &old));
            }
            let level = live.unit();
            let mut accept = level.le(exp((gain * beta).min(0.0))) & active;
            if kind == Move::Metropolis && N > 2 {
                // A proposal that lost its length by cancellation has no direction.
                accept = accept & F::splat(0.5).lt(dot(n, &new, &new));
            }
            accepted += u64::from(accept.bits().count_ones());
            for c in 0..n {
                new[c] = accept.select(new[c], old[c]);
            }
        }
        if block.active != !0 {
            // Places without a site stay zero, as the energy's sums run over all.
            for x in new.iter_mut().take(n) {
                *x = active.select(*x, F::zero());
            }
        }
        for c in 0..n {
            new[c].store(&mut lane.state[c * rows + b].0);
        }
    }
    if kind == Move::Metropolis || !plain {
        lane.accepted += accepted;
        lane.attempted += model.energy.sites as u64;
    }
    live.rest(&mut lane.generator);
}

#[inline(always)]
fn load<S: Simd, const N: usize>(n: usize, rows: usize, b: usize, state: &[Row<f32>]) -> [F<S>; N] {
    let mut out = [F::zero(); N];
    for c in 0..n {
        out[c] = F::load(&state[c * rows + b].0);
    }
    out
}

/// A new direction at an angle from the old one that is symmetrically distributed: the probability density of proposing
/// S' from S depends on S·S' only.
#[inline(always)]
fn propose<S: Simd, const N: usize>(n: usize, old: &[F<S>; N], step: f32, live: &mut Live<S>) -> [F<S>; N] {
    if N == 2 {
        // An angle δ with tan(δ/2) = p/q: nearly uniform over (-π, π) for the largest step, and over |δ| < 2 step for small ones.
        let v = live.signed();
        let v2 = v * v;
        let (p, q) = (v * (v2 * -0.189_430_5 + 1.0) * step, F::splat(1.0) - v2);
        let (p2, q2) = (p * p, q * q);
        let inverse = F::splat(1.0) / (p2 + q2);
        let (cos, sin) = ((q2 - p2) * inverse, (p * q) * (inverse * 2.0));
        let mut new = [F::zero(); N];
        new[0] = cos * old[0] - sin * old[1];
        new[1] = sin * old[0] + cos * old[1];
        polish(2, &mut new);
        return new;
    }
    let mut new = live.direction::<N>(n);
    if step < UNIFORM_STEP {
        for c in 0..n {
            new[c] = old[c] + new[c] * step;
        }
        let square = dot(n, &new, &new);
        // Shorter than 10^-4: scaled to (almost) nothing, which the caller rejects.
        let scale = F::splat(1.0) / square.sqrt().max(1e-8);
        let scale = square.lt(F::splat(1e-8)).select(F::zero(), scale);
        for x in new.iter_mut().take(n) {
            *x = *x * scale;
        }
    }
    new
}

/// The spin turned by π about its local field, which keeps the energy (Creutz, Phys. Rev. D 36, 515 (1987)).
#[inline(always)]
fn reflect<S: Simd, const N: usize>(n: usize, h: &[F<S>; N], old: &[F<S>; N]) -> [F<S>; N] {
    let square = dot(n, h, h);
    let free = square.lt(F::splat(1e-24));
    let factor = dot(n, h, old) * 2.0 / square.max(1e-24);
    let mut new = [F::zero(); N];
    for c in 0..n {
        new[c] = factor * h[c] - old[c];
    }
    polish(n, &mut new);
    for c in 0..n {
        new[c] = free.select(old[c], new[c]);
    }
    new
}
