//! What a training writes down on its way.

use super::super::landscape::{Looker, Unlooked, columns};
use crate::lower::data::Stored;
use crate::plan::Expr;
use crate::plan::landscape::Look;
use crate::plan::training::{Record, Records};
use crate::results::Quantity;
use serde::{Deserialize, Serialize};

/// A record: the quantities of a block at one moment.
pub type Row = Vec<Quantity>;

/// The records so far, block by block, and the parameters that were kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct History {
    blocks: Vec<Vec<Row>>,
    pub path: Vec<Vec<f64>>,
    /// What batch normalisation kept then.
    pub averages: Vec<Vec<f64>>,
}

/// The quantities of a block, now: its record number `count`.
pub fn row<T: Stored>(
    block: &Record,
    looks: &[Look],
    dimension: usize,
    count: usize,
    looker: &mut Looker<T>,
) -> Result<Row, String> {
    let mut needed = vec![false; looks.len()];
    block.columns.iter().for_each(|c| mark(&c.expr, &mut needed));
    let found = looker.looks(looks, &|k| needed[k], count, || false).map_err(|e| match e {
        Unlooked::Failed(reason) => reason,
        Unlooked::Stopped => "the records were stopped".to_string(),
    })?;
    let axes = |look: u32, part: u16| {
        looks[look as usize].what.parts(dimension, None).get(part as usize).map(|p| p.axes.clone()).unwrap_or_default()
    };
    Ok(columns(&block.columns, &found, &axes)?.into_iter().map(|(_, q)| q).collect())
}

fn mark(e: &Expr, needed: &mut [bool]) {
    if let Expr::Look { look, .. } = e
        && let Some(n) = needed.get_mut(*look as usize)
    {
        *n = true;
    }
    e.for_each_part(&mut |part| mark(part, needed));
}

impl History {
    pub fn new(records: &Records) -> History {
        History { blocks: vec![vec![]; records.blocks.len()], path: vec![], averages: vec![] }
    }

    pub fn add(&mut self, block: usize, row: Row) {
        self.blocks[block].push(row);
    }

    /// How many records a block has.
    pub fn count(&self, block: usize) -> usize {
        self.blocks[block].len()
    }

    /// The newest value of a quantity.
    pub fn latest(&self, block: usize, column: usize) -> f64 {
        self.blocks[block].last().and_then(|r| r.get(column)).and_then(|q| q.value.first().copied()).unwrap_or(f64::NAN)
    }

    /// All quantities over their times; what was not reached has no numbers.
    pub fn quantities(&self, records: &Records) -> Vec<(String, Quantity)> {
        let mut out = Vec::new();
        for (block, rows) in records.blocks.iter().zip(&self.blocks) {
            for (k, c) in block.columns.iter().enumerate() {
                let own: Vec<usize> = c.axes.iter().map(|a| a.coordinates.len()).chain(c.shape.iter().copied()).collect();
                let size: usize = own.iter().product();
                let times = block.times.at.len();
                let join = |part: &dyn Fn(&Quantity) -> Vec<f64>| {
                    let mut all: Vec<f64> = rows.iter().flat_map(|r| part(&r[k])).collect();
                    all.resize(times * size, f64::NAN);
                    all
                };
                let value = join(&|q| q.value.clone());
                let mut error = join(&|q| if q.error.len() == size { q.error.clone() } else { vec![0.0; size] });
                error.iter_mut().zip(&value).for_each(|(e, v)| {
                    if v.is_nan() {
                        *e = f64::NAN
                    }
                });
                let shape = std::iter::once(times).chain(own).collect();
                // Times that are exact stay as they are.
                let bins = rows.iter().map(|r| r[k].replicates.len()).max().unwrap_or(0);
                let replicates = (0..bins).map(|b| join(&|q| q.replicates.get(b).unwrap_or(&q.value).clone())).collect();
                out.push((c.name.clone(), Quantity { shape, value, error, replicates, ..Quantity::default() }));
            }
        }
        out
    }
}
