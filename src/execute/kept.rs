//! What `keep` asked for, from what a point gathered.

use crate::lower::{Compiled, States};
use crate::plan::{Keep, Model, SamplePoint};
use crate::results::Kept;
use crate::statistics::{Histogram, bins};

/// What `keep` asked for.
pub fn kept(
    p: &SamplePoint,
    model: &Model,
    compiled: &Compiled,
    series: &[Vec<Vec<f64>>],
    states: &[States],
) -> Vec<(String, Kept)> {
    let mut out = Vec::new();
    let columns = compiled.observed();
    let column = |name: &str| columns.iter().find(|place| place.name == name).map(|place| place.start..place.start + place.len);
    for keep in &p.looks.keep {
        match keep {
            Keep::Series { names } => {
                for name in names {
                    let Some(range) = column(name) else { continue };
                    let size = range.len();
                    for (i, k) in range.enumerate() {
                        let chains = series[k].len();
                        let samples = series[k].first().map_or(0, Vec::len);
                        let label = if size == 1 { name.clone() } else { format!("{name}_{i}") };
                        out.push((label, Kept::Series { chains, samples, data: series[k].concat() }));
                    }
                }
            }
            Keep::Histogram { name, bins: cells, low, high } => {
                let Some(range) = column(name) else { continue };
                let chains: Vec<&[f64]> = series[range.start].iter().map(Vec::as_slice).collect();
                let tau = crate::statistics::integrated_time(&chains).tau;
                let lengths: Vec<usize> = chains.iter().map(|c| c.len()).collect();
                if let Ok(h) = Histogram::new(&chains, &bins(&lengths, tau), *low, *high, *cells) {
                    let outside = if h.total > 0 { h.outside as f64 / h.total as f64 } else { 0.0 };
                    out.push((
                        name.clone(),
                        Kept::Histogram { low: *low, high: *high, density: h.density, error: h.error, outside },
                    ));
                }
            }
            Keep::States { .. } => {
                // The replicas of a chain stand beside each other, as if they were chains.
                let (sites, replicas) = (model.components(), p.replicas as usize);
                let samples = states.first().map_or(0, |s| s.len() / (sites * replicas).max(1));
                let mut data = Vec::with_capacity(states.len() * replicas * samples * sites);
                for chain in states {
                    let values = chain.values(model);
                    for r in 0..replicas {
                        for rows in values.chunks(sites * replicas) {
                            data.extend(rows[r * sites..(r + 1) * sites].iter().map(|x| *x as f32));
                        }
                    }
                }
                for row in data.chunks_mut(sites.max(1)) {
                    p.clamped.iter().for_each(|(k, x)| row[*k as usize] = *x as f32);
                }
                out.push(("states".to_string(), Kept::States { chains: states.len() * replicas, samples, sites, data }));
            }
        }
    }
    out
}
