//! How often single-spin Metropolis leaves a proposal out.
//!
//! Sites are tried in a fixed order, and a move that is always accepted leaves nothing to chance: where such moves abound
//! they carry structure around unchanged, and whole classes of states are never reached. On a ring of Ising spins without
//! a field every domain wall that meets the sweep moves with certainty, and the energy of eight spins stays wrong for
//! ever. Therefore each proposal is left out with a probability ε, whatever its energy:
//!
//! P(accept) = (1 - ε) min(1, exp(-β ΔE)).
//!
//! This keeps detailed balance exactly, as any factor does that is the same for a move and its reverse. It makes the chain
//! irreducible and aperiodic on every graph and at every finite temperature: each state can be left at one chosen site
//! alone, and can be kept. Knows no kernel.

#[cfg(test)]
mod tests;

/// 1 - ε at inverse temperature `beta`, on a graph no site of which has more than `most_neighbours` neighbours.
///
/// The two values are multiples of 2^-16, so that thresholds of integers hold them exactly.
/// Where forced moves are rare they cost nothing and a sixteenth of the proposals is enough. On rings and chains a spin
/// between unequal neighbours is free, and it is these moves that hinder mixing: half of them are left out. At β = 0 all
/// moves are free, and half of them is what draws two-valued spins anew.
pub(crate) fn kept(most_neighbours: usize, beta: f64) -> f64 {
    if most_neighbours <= 2 || beta == 0.0 { 0.5 } else { 0.9375 }
}
