//! One sweep of a lane: block after block, sixteen sites at a time. Metropolis of few components is in `metropolis`.
//!
//! Owns the updates of a block given its local field. Every update leaves the conditional distribution of the sixteen sites
//! unchanged, and the sites of a block do not see one another.

use super::draws::{Live, Words};
use super::heat_bath;
use super::lane::Lane;
use super::layout::BATCH;
use super::math::{dot, ln, polish};
use super::metropolis;
use super::model::Model;
use super::simd::{F, M, Portable, Row, Simd, WIDTH};
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
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
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
        #[target_feature(enable = "avx2,fma,popcnt")]
        fn avx2<const N: usize>(kind: Move, model: &Model, lane: &mut Lane) {
            each_kind::<Avx2, N>(kind, model, lane)
        }
        #[target_feature(enable = "avx512f,avx512dq,popcnt")]
        fn avx512<const N: usize>(kind: Move, model: &Model, lane: &mut Lane) {
            each_kind::<Avx512, N>(kind, model, lane)
        }
        // SAFETY of both: the guards have just found the instructions.
        match with {
            Instructions::Avx2
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("popcnt") =>
            {
                return unsafe { avx2::<N>(kind, model, lane) };
            }
            Instructions::Avx512
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("popcnt") =>
            {
                return unsafe { avx512::<N>(kind, model, lane) };
            }
            _ => {}
        }
    }
    let _ = with;
    each_kind::<Portable, N>(kind, model, lane)
}

/// Beyond this step a Metropolis proposal for three and more components is a uniform direction.
pub(super) const UNIFORM_STEP: f32 = 8.0;
/// The step of a two-component proposal that is nearly uniform, the largest.
pub(super) const LARGEST_ANGLE: f32 = std::f32::consts::FRAC_PI_2;

/// A number for each site of a batch.
pub(super) type Rows = [Row<f32>; BATCH];

/// No numbers yet.
pub(super) const NO_ROWS: Rows = [Row([0.0; WIDTH]); BATCH];

/// A body of its own for each move, without the questions of the others.
#[inline(always)]
fn each_kind<S: Simd, const N: usize>(kind: Move, model: &Model, lane: &mut Lane) {
    match kind {
        Move::Metropolis if N <= 3 => metropolis::sweep::<S, N>(model, lane),
        Move::Metropolis => body::<S, N>(Move::Metropolis, model, lane),
        Move::HeatBath => body::<S, N>(Move::HeatBath, model, lane),
        Move::Reflect => body::<S, N>(Move::Reflect, model, lane),
    }
}

#[inline(always)]
fn body<S: Simd, const N: usize>(kind: Move, model: &Model, lane: &mut Lane) {
    let n = if N == 16 { model.energy.n } else { N };
    let mut live = Live::<S>::wake(&lane.generator);
    let mut drawn = [NO_ROWS; N];
    let mut fields = [NO_ROWS; N];
    let mut level = NO_ROWS;
    let plain = model.anisotropy.is_empty();
    let mut accepted = 0;
    for &(first, count) in &model.layout.batches {
        for k in 0..count {
            let h = model.field::<S, N>(n, first + k, &lane.state);
            for c in 0..n {
                h[c].store(&mut fields[c][k].0);
            }
        }
        match kind {
            Move::Metropolis => {
                for k in 0..count {
                    let direction = live.direction::<N>(n);
                    for c in 0..n {
                        direction[c].store(&mut drawn[c][k].0);
                    }
                    (-ln(live.unit())).store(&mut level[k].0);
                }
            }
            Move::HeatBath => {
                heat_bath::draw(n, &fields, lane.scaled_beta, &model.layout.blocks[first..first + count], &mut drawn, &mut live)
            }
            Move::Reflect => {}
        }
        for k in 0..count {
            let b = first + k;
            let old = load::<S, N>(n, model.rows, b, &lane.state);
            let active = M::<S>::new(model.layout.blocks[b].active);
            let mut gain = F::zero();
            let mut new = match kind {
                Move::Metropolis => {
                    let h = stored(n, k, &fields);
                    let new = proposal(n, &old, &stored(n, k, &drawn), lane.step);
                    for c in 0..n {
                        gain = gain + (new[c] - old[c]) * h[c];
                    }
                    new
                }
                Move::HeatBath => stored(n, k, &drawn),
                Move::Reflect => reflect(n, &stored(n, k, &fields), &old),
            };
            if kind == Move::Metropolis || !plain {
                if !plain {
                    // The draws and the reflections know nothing of the anisotropy; this makes up for it.
                    gain = gain + (model.self_energy(n, b, &new) - model.self_energy(n, b, &old));
                }
                let level = if kind == Move::Metropolis { F::load(&level[k].0) } else { -ln(live.unit()) };
                let mut accept = (-(gain * lane.scaled_beta)).le(level) & active;
                if kind == Move::Metropolis {
                    // A proposal that lost its length by cancellation has no direction.
                    accept = accept & F::splat(0.5).lt(dot(n, &new, &new));
                }
                accepted += u64::from(accept.bits().count_ones());
                for c in 0..n {
                    new[c] = accept.select(new[c], old[c]);
                }
            }
            for c in 0..n {
                // Places without a site stay zero, as the energy's sums run over all.
                active.select(new[c], F::zero()).store(&mut lane.state[c * model.rows + b].0);
            }
        }
    }
    if kind == Move::Metropolis || !plain {
        lane.accepted += accepted;
        lane.attempted += model.energy.sites as u64;
    }
    live.rest(&mut lane.generator);
}

/// The spins of a block.
#[inline(always)]
pub(super) fn load<S: Simd, const N: usize>(n: usize, rows: usize, b: usize, state: &[Row<f32>]) -> [F<S>; N] {
    let mut out = [F::zero(); N];
    for c in 0..n {
        out[c] = F::load(&state[c * rows + b].0);
    }
    out
}

/// Block k of a batch.
#[inline(always)]
pub(super) fn stored<S: Simd, const N: usize>(n: usize, k: usize, batch: &[Rows; N]) -> [F<S>; N] {
    let mut out = [F::zero(); N];
    for c in 0..n {
        out[c] = F::load(&batch[c][k].0);
    }
    out
}

/// A new direction whose probability density, given the old one, depends on S·S' only: for four components and more.
#[inline(always)]
fn proposal<S: Simd, const N: usize>(n: usize, old: &[F<S>; N], direction: &[F<S>; N], step: f32) -> [F<S>; N] {
    let mut new = *direction;
    if step < UNIFORM_STEP {
        for c in 0..n {
            new[c] = old[c] + direction[c] * step;
        }
        let square = dot(n, &new, &new);
        // Shorter than 10^-4: scaled to nothing, which the caller rejects.
        let scale = F::splat(1.0) / square.max(1e-8).sqrt();
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
