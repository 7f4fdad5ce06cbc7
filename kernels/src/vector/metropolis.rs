//! A Metropolis sweep of spins of two and three components, which are turned.
//!
//! Owns the order of the stages of a batch: fields, random words, logarithms, decisions. Each stage is one short chain of operations
//! for every block, so that the processor works on several blocks at once.

use super::draws::{Drawn, Live, Words};
use super::lane::Lane;
use super::layout::BATCH;
use super::math::ln;
use super::model::Model;
use super::simd::{F, I, M, Simd};
use super::turn::Turn;
use super::update::{NO_ROWS, load, stored};

/// Moves every spin of a lane once; N is 2 or 3.
#[inline(always)]
pub(super) fn sweep<S: Simd, const N: usize>(model: &Model, lane: &mut Lane) {
    let mut live = Live::<S>::wake(&lane.generator);
    let mut fields = [NO_ROWS; N];
    let mut words = [[0; 8]; BATCH];
    let mut level = NO_ROWS;
    let plain = model.anisotropy.is_empty();
    let beta = F::splat(lane.scaled_beta);
    let mut accepted = I::splat(0);
    for &(first, count) in &model.layout.batches {
        for k in 0..count {
            let h = model.field::<S, N>(N, first + k, &lane.state);
            for c in 0..N {
                h[c].store(&mut fields[c][k].0);
            }
        }
        let turn = Turn::draw::<N>(lane.step, &mut live);
        // One word a spin: its lowest bit says which way the spin turns, the others whether it does.
        for word in &mut words[..count] {
            live.next().store(word);
        }
        for k in 0..count {
            let u: F<S> = Drawn(words[k..].iter()).unit();
            ln(u).store(&mut level[k].0);
        }
        for k in 0..count {
            let b = first + k;
            let old = load::<S, N>(N, model.rows, b, &lane.state);
            let h = stored::<S, N>(N, k, &fields);
            // Places without a site hold zeros, which turn into zeros.
            let new = turn.of(&old, I::load(&words[k]).left::<31>());
            let mut gain = (new[0] - old[0]) * h[0];
            for c in 1..N {
                gain = (new[c] - old[c]).fma(h[c], gain);
            }
            if !plain {
                gain = gain + (model.self_energy(N, b, &new) - model.self_energy(N, b, &old));
            }
            let accept = F::load(&level[k].0).le(gain * beta);
            let active = model.layout.blocks[b].active;
            accepted = accepted.tally(if active == !0 { accept } else { accept & M::new(active) });
            for c in 0..N {
                accept.select(new[c], old[c]).store(&mut lane.state[c * model.rows + b].0);
            }
        }
    }
    lane.accepted += accepted.sum();
    lane.attempted += model.energy.sites as u64;
    live.rest(&mut lane.generator);
}
