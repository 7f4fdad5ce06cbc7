//! The kernel against a twin that updates one spin at a time from a list of bonds, with the same random words: the same bits.

use super::*;
use crate::bitpacked::generator::{Generator, Live};
use crate::bitpacked::layout::Layout;
use crate::bitpacked::thresholds::{PLACES, Table, probability};
use crate::bitpacked::update::{BATCH, EARLY, Thinning};
use crate::bitpacked::wide::Word;
use crate::sampler::{Rule, Sampler};

/// The neighbours of each site and the sign of the bond.
fn neighbours(model: &Uniform) -> Vec<Vec<(usize, f64)>> {
    let unit = Uniform { coupling: 1.0, ..model.clone() };
    let energy = unit.pair_energy();
    let mut near = vec![Vec::new(); energy.sites];
    for (i, j, sign) in energy.bonds {
        near[i as usize].push((j as usize, sign));
        near[j as usize].push((i as usize, sign));
    }
    near
}

/// The depths of the tables, which say where the comparison may end.
fn depth(layout: &Layout, model: &Uniform, rule: Rule, betas: &[f64], mut table: Table) -> (usize, bool) {
    for (c, &beta) in betas.iter().enumerate() {
        table.set(&Word::range(layout.chain_bits(c)), rule, beta, model.coupling, model.field);
    }
    table.finish();
    (table.depth, table.any_sure)
}

/// A spin to be decided: chain, site, bit, its p, the value to take if the number is below p.
type Open = (usize, usize, usize, u64, u8);

/// Compares one place; keeps what is still open.
fn compare(open: &mut Vec<Open>, x: &Word, place: usize, states: &mut [Vec<u8>]) {
    open.retain(|&(chain, site, bit, p, value)| {
        let (mine, its) = (x.get(bit), p >> (63 - place) & 1 == 1);
        if !mine && its {
            states[chain][site] = value;
        }
        mine == its
    });
}

fn draw(generator: &mut Generator) -> Word {
    // SAFETY: the portable implementation needs no special instructions.
    unsafe {
        let mut live = Live::<[u64; 8]>::wake(generator);
        let x = live.next();
        live.rest(generator);
        Word(x)
    }
}

/// One sweep of one group of chains, one spin after the other. `states[chain][site]`.
fn sweep(
    number: u64,
    layout: &Layout,
    model: &Uniform,
    rule: Rule,
    betas: &[f64],
    states: &mut [Vec<u8>],
    generator: &mut Generator,
) {
    let near = neighbours(model);
    let z = layout.coordination;
    let mut sites: Vec<Vec<(usize, usize)>> = vec![Vec::new(); layout.words];
    for (site, (word, bit)) in layout.places().enumerate() {
        sites[word].push((site, bit));
    }
    let bulk = if model.field == 0.0 { Table::folded(z) } else { Table::every_sum(z) };
    let (bulk, sure) = depth(layout, model, rule, betas, bulk);
    let (edge, _) = depth(layout, model, rule, betas, Table::every_half(z));
    let thin = Thinning::of(rule, sure, &model.geometry).thins(number);
    let batches = layout.strips[0].iter().flat_map(|run| {
        let size = if run.edge { 1 } else { BATCH };
        layout.order[run.range.clone()].chunks(size).map(move |words| (run.edge, words))
    });
    let batches: Vec<(bool, &[u32])> = batches.collect();
    for &(lacking, words) in (0..if thin { 2 } else { 1 }).flat_map(|_| &batches) {
        let before = if thin { states.to_vec() } else { Vec::new() };
        let folded = !lacking && model.field == 0.0;
        let ties = folded && z.is_multiple_of(2) && rule == Rule::HeatBath;
        let depth = if lacking { edge } else { bulk };
        let mut opens: Vec<Vec<Open>> = Vec::new();
        for &word in words {
            let mut open = Vec::new();
            let mut tied = Vec::new();
            for chain in 0..states.len() {
                let state = &mut states[chain];
                for &(site, bit) in &sites[word as usize] {
                    let bit = bit + chain * layout.bits;
                    assert_eq!(lacking, sites[word as usize].iter().any(|(site, _)| near[*site].len() < z));
                    let s: f64 = near[site].iter().map(|(j, sign)| sign * (2.0 * f64::from(state[*j]) - 1.0)).sum();
                    let f = model.coupling * s + model.field;
                    // Where β f = 0 both rules are indifferent, and the table's own form decides what is called down-hill.
                    let negative = betas[chain] * model.coupling < 0.0;
                    let slope = if f == 0.0 { 0.0 } else { betas[chain] * f };
                    let downhill = if folded { u8::from((s > 0.0) ^ negative) } else { u8::from(slope >= 0.0) };
                    if ties && s == 0.0 {
                        tied.push((chain, site, bit, downhill));
                    } else if rule == Rule::Metropolis && state[site] != downhill {
                        state[site] = downhill;
                    } else {
                        state[site] = downhill;
                        match probability(rule, betas[chain], f) {
                            None => state[site] = 1 - downhill,
                            Some(p) => open.push((chain, site, bit, p, 1 - downhill)),
                        }
                    }
                }
            }
            if !lacking {
                for place in 0..EARLY {
                    if place < depth || (ties && place == 0) {
                        let x = draw(generator);
                        compare(&mut open, &x, place, states);
                        for (chain, site, bit, downhill) in tied.drain(..) {
                            states[chain][site] = downhill ^ u8::from(!x.get(bit));
                        }
                    }
                }
            }
            opens.push(open);
        }
        let mut bits: Vec<usize> = opens.iter().flatten().map(|o| o.2).collect();
        let all = bits.len();
        bits.sort_unstable();
        bits.dedup();
        if bits.len() == all {
            opens = vec![opens.concat()];
        }
        for mut open in opens {
            let mut place = if lacking { 0 } else { EARLY };
            while place < depth.min(PLACES) && !open.is_empty() {
                compare(&mut open, &draw(generator), place, states);
                place += 1;
            }
        }
        for &word in words.iter().filter(|_| thin) {
            let x = draw(generator);
            for (chain, state) in states.iter_mut().enumerate() {
                for &(site, _) in sites[word as usize].iter().filter(|(_, bit)| !x.get(bit + chain * layout.bits)) {
                    state[site] = before[chain][site];
                }
            }
        }
    }
}

#[test]
fn same_bits_as_the_twin() {
    for (i, geometry) in zoo().into_iter().enumerate() {
        for rule in [Rule::Metropolis, Rule::HeatBath] {
            for (coupling, field) in [(1.0, 0.0), (-0.8, 0.0), (1.0, 0.3), (-0.5, -1.0)] {
                let model = model(geometry.clone(), coupling, field);
                let temperatures = [0.4, 0.0, f64::INFINITY, -0.3, 2.5];
                let n = if geometry.sites() > 500 { 1 } else { 5 };
                let description: Vec<Lane> = lanes(n, 0.0, 3 + i as u64)
                    .into_iter()
                    .enumerate()
                    .map(|(c, lane)| Lane { beta: temperatures[c], ..lane })
                    .collect();
                let mut kernel = BitPacked::new(&model, rule, &description).unwrap();
                let layout = Layout::new(&geometry, n).unwrap();
                assert!(layout.strips.len() == 1 && layout.chains == kernel.lanes_in_a_word());
                let mut states = vec![vec![0; geometry.sites()]; n];
                (0..n).for_each(|c| kernel.read(c, &mut states[c]));
                let all = kernel.generators_for_tests();
                let betas: Vec<f64> = description.iter().map(|d| d.beta).collect();
                for (g, generators) in all.into_iter().enumerate() {
                    let range = g * layout.chains..((g + 1) * layout.chains).min(n);
                    let mut generator = generators[0].clone();
                    for number in 0..3 {
                        sweep(number, &layout, &model, rule, &betas[range.clone()], &mut states[range.clone()], &mut generator);
                    }
                }
                kernel.advance(3);
                let mut now = vec![0; geometry.sites()];
                for (c, state) in states.iter().enumerate() {
                    kernel.read(c, &mut now);
                    assert_eq!(&now, state, "{geometry:?} {rule:?} J {coupling} h {field} chain {c}");
                }
            }
        }
    }
}
