//! Plain loops over one copy of a model, with random numbers from a list.

use crate::clock::Effort;
use crate::models::{GLASS, neighbours, signs};
use ann_lang::kernels::random::{Key, Stream};
use std::hint::black_box;

pub const GLASS_NOTE: &str = "measured: one copy, even sites and then odd ones, plain loop over lists of six neighbours and their signs, thresholds from a \
table, random numbers from a list, no branch";
pub const POTTS_NOTE: &str = "measured: plain loop written for this model (even sites and then odd ones, four neighbours by arithmetic on the index), random numbers from a \
list, no branch; the kernel runs any energy";

pub const REGULAR_NOTE: &str = "measured: one copy of the graph, a plain loop over lists of three neighbours and their signs, thresholds from a table, random \
numbers from a list, no branch";

/// Attempts per nanosecond for signs on a random 3-regular graph of 100,000 sites. Neighbours lie where they lie: that a spin does not
/// wait for the one before it is left to chance.
pub fn regular(effort: &Effort) -> f64 {
    const N: usize = 100_000;
    let energy = crate::models::regular(N);
    let mut near = vec![[0u32; 3]; N];
    let mut bonds = vec![[0i8; 3]; N];
    let mut degree = vec![0; N];
    for &(i, j, c) in &energy.bonds {
        for (from, to) in [(i as usize, j), (j as usize, i)] {
            near[from][degree[from]] = to;
            bonds[from][degree[from]] = c as i8;
            degree[from] += 1;
        }
    }
    let table: [u16; 8] = std::array::from_fn(|k| threshold(2.0 * GLASS * (k as f64 - 3.0)));
    let list = numbers(N);
    let mut state = vec![1i8; N];
    let seconds = effort.least(|n| {
        for _ in 0..n {
            let (list, state) = (black_box(&list), black_box(&mut state));
            for i in 0..N {
                let field: i8 = (0..3).map(|d| state[near[i][d] as usize] * bonds[i][d]).sum();
                let turned = list[i] <= table[(field * state[i] + 3) as usize & 7];
                state[i] = if turned { -state[i] } else { state[i] };
            }
        }
    });
    N as f64 / seconds * 1e-9
}

/// 16-bit random numbers, drawn beforehand.
fn numbers(n: usize) -> Vec<u16> {
    let mut stream = Stream::new(Key(9, 9));
    (0..n).map(|_| stream.next_u32() as u16).collect()
}

/// The threshold of a probability min(1, exp(-x)).
fn threshold(x: f64) -> u16 {
    (libm::exp(-x).min(1.0) * 65535.0) as u16
}

/// Attempts per nanosecond for the ±J glass on the cubic lattice of 16³ sites.
pub fn glass(effort: &Effort) -> f64 {
    const L: usize = 16;
    let natural = neighbours::<6>(L);
    // Even sites first, so that a spin does not wait for the one before it.
    let odd = |i: usize| (i / (L * L) + i / L + i) % 2 == 1;
    let order: Vec<usize> = (0..L * L * L).filter(|&i| !odd(i)).chain((0..L * L * L).filter(|&i| odd(i))).collect();
    let mut place = vec![0; order.len()];
    for (k, &i) in order.iter().enumerate() {
        place[i] = k as u32;
    }
    let near: Vec<[u32; 6]> = order.iter().map(|&i| natural[i].map(|j| place[j as usize])).collect();
    let mut sign = signs(Key(4, 4));
    // Signs as they stand in the lists; that they agree at both ends of a bond does not matter for the time.
    let bonds: Vec<[i8; 6]> = near.iter().map(|_| std::array::from_fn(|_| sign() as i8)).collect();
    let table: [u16; 16] = std::array::from_fn(|k| threshold(2.0 * GLASS * (k as f64 - 6.0)));
    let list = numbers(near.len());
    let mut state = vec![1i8; near.len()];
    let seconds = effort.least(|n| {
        for _ in 0..n {
            glass_sweep(&near, &bonds, &table, black_box(&list), black_box(&mut state));
        }
    });
    near.len() as f64 / seconds * 1e-9
}

fn glass_sweep(near: &[[u32; 6]], bonds: &[[i8; 6]], table: &[u16; 16], list: &[u16], state: &mut [i8]) {
    for (i, ((sites, signs), &u)) in near.iter().zip(bonds).zip(list).enumerate() {
        let mut field = 0i8;
        for d in 0..6 {
            // SAFETY: the neighbours of a lattice are its sites.
            field += unsafe { *state.get_unchecked(sites[d] as usize) } * signs[d];
        }
        // |field| <= 6, so that the sum is 0 to 12.
        let turned = u <= table[(field * state[i] + 6) as usize & 15];
        state[i] = if turned { -state[i] } else { state[i] };
    }
}

/// Attempts per nanosecond for the Potts model of three states on 64² sites at T = 1.
pub fn potts(effort: &Effort) -> f64 {
    const N: usize = 64 * 64;
    let table: [u16; 16] = std::array::from_fn(|k| threshold(4.0 - k as f64));
    let list: [u16; N] = numbers(N).try_into().expect("as many numbers as sites");
    let mut state = [0u8; N];
    let seconds = effort.least(|n| {
        for _ in 0..n {
            potts_sweep(&table, black_box(&list), black_box(&mut state));
        }
    });
    N as f64 / seconds * 1e-9
}

fn potts_sweep(table: &[u16; 16], list: &[u16; 4096], state: &mut [u8; 4096]) {
    for parity in 0..2 {
        for k in 0..2048 {
            let row = k / 32 * 64;
            let i = row + 2 * (k % 32) + (k / 32 + parity) % 2;
            let u = list[i];
            let old = state[i];
            // The lowest bit of the number proposes, the others decide.
            let new = old + 1 + (u & 1) as u8;
            let new = if new >= 3 { new - 3 } else { new };
            let near = [row | (i + 1) & 63, row | (i + 63) & 63, (i + 64) & 4095, (i + 4032) & 4095];
            let mut gain = 4;
            for j in near {
                gain += usize::from(state[j] == new);
                gain -= usize::from(state[j] == old);
            }
            state[i] = if u <= table[gain & 15] { new } else { old };
        }
    }
}
