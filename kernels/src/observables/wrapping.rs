//! Whether clusters of equal values wrap around the lattice (Machta, Choi, Lucke, Schweizer and Chayes, Phys. Rev. E 54, 1332
//! (1996); Newman and Ziff, Phys. Rev. E 64, 016706 (2001)).
//!
//! Every site knows its displacement, in cells, from its parent in the disjoint sets. A bond inside a cluster whose ends disagree
//! on where they are closes a loop around the lattice.

use super::unite::alike;
use super::{Observable, Scratch};

/// `[any direction, each direction...]`, 0 or 1.
pub struct Wrapping {
    pub sites: usize,
    pub dimension: usize,
    /// Ends, and the kind of the bond.
    pub bonds: Vec<(u32, u32, u32)>,
    /// Of each kind: the displacement in cells from the first to the second end.
    pub kinds: Vec<Vec<i32>>,
    pub only: Option<f64>,
}

/// Lattices of more directions are refused.
pub const MOST_DIRECTIONS: usize = 8;

impl Observable for Wrapping {
    fn len(&self) -> usize {
        1 + self.dimension
    }

    fn measure(&self, x: &[&[f64]], scratch: &mut Scratch, out: &mut [f64]) {
        match self.dimension {
            1 => self.run::<1>(x[0], scratch, out),
            2 => self.run::<2>(x[0], scratch, out),
            3 => self.run::<3>(x[0], scratch, out),
            4 => self.run::<4>(x[0], scratch, out),
            5 => self.run::<5>(x[0], scratch, out),
            6 => self.run::<6>(x[0], scratch, out),
            7 => self.run::<7>(x[0], scratch, out),
            _ => self.run::<MOST_DIRECTIONS>(x[0], scratch, out),
        }
    }
}

/// The root of a site and its displacement from there; the path is halved.
#[inline]
fn root<const D: usize>(parents: &mut [u32], shifts: &mut [i32], mut i: u32) -> (u32, [i32; D]) {
    let mut away = [0; D];
    loop {
        let p = parents[i as usize];
        if p == i {
            return (i, away);
        }
        let above = parents[p as usize];
        if above != p {
            for d in 0..D {
                shifts[i as usize * D + d] += shifts[p as usize * D + d];
            }
            parents[i as usize] = above;
        }
        for (d, away) in away.iter_mut().enumerate() {
            *away += shifts[i as usize * D + d];
        }
        i = above;
    }
}

impl Wrapping {
    fn run<const D: usize>(&self, x: &[f64], scratch: &mut Scratch, out: &mut [f64]) {
        let Scratch { parents, shifts, .. } = scratch;
        super::unite::start(parents, self.sites);
        shifts.clear();
        shifts.resize(self.sites * D, 0);
        out.fill(0.0);
        for &(i, j, kind) in &self.bonds {
            if !alike(x[i as usize], x[j as usize], self.only) {
                continue;
            }
            let step = &self.kinds[kind as usize];
            let (a, u) = root::<D>(parents, shifts, i);
            let (b, v) = root::<D>(parents, shifts, j);
            // Where the root of j would be, seen from the root of i, by this bond.
            let apart: [i32; D] = std::array::from_fn(|d| u[d] + step[d] - v[d]);
            if a == b {
                for (d, &turn) in apart.iter().enumerate() {
                    if turn != 0 {
                        (out[0], out[1 + d]) = (1.0, 1.0);
                    }
                }
            } else if a < b {
                parents[b as usize] = a;
                shifts[b as usize * D..][..D].copy_from_slice(&apart);
            } else {
                parents[a as usize] = b;
                shifts[a as usize * D..][..D].copy_from_slice(&apart.map(|t| -t));
            }
        }
    }
}
