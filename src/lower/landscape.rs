//! A differentiable function for optimisers and probes: its value and its derivatives, compiled when they are first asked for.

use super::drift::Drift;
use super::parts::{Part, ROW};
pub use super::source::{Batch, Source};
use crate::kernels::landscape::{Block, Objective};
use crate::kernels::tensor::{Real, Rows, Session};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A function at a point.
pub struct Landscape<T: Real> {
    source: Source,
    batch: Batch<T>,
    /// The parameters, in the precision of the computation.
    point: Vec<T>,
    dimension: usize,
    sessions: BTreeMap<Part, Session<T>>,
    /// Parts that it does not have, and why.
    missing: BTreeMap<Part, String>,
    /// What batch normalisation keeps where it depends on the point.
    drift: Option<Drift>,
}

impl<T: Real> Landscape<T> {
    pub fn new(source: Source, batch: Batch<T>) -> Landscape<T> {
        let dimension = source.dimension();
        let (point, sessions, missing) = (vec![T::default(); dimension], BTreeMap::new(), BTreeMap::new());
        Landscape { source, batch, point, dimension, sessions, missing, drift: None }
    }

    /// The values of the metrics at the point.
    pub fn metrics(&mut self) -> Result<Vec<f64>, String> {
        let count = self.source.metrics.len();
        let session = self.session(Part::Metrics)?;
        session.run();
        Ok((0..count).map(|k| session.output(k)[0].to_f64()).collect())
    }

    /// What batch normalisation keeps, for all that follows.
    pub fn fix(&mut self, buffers: &[Vec<f64>]) {
        for ((slot, own), new) in self.source.fixed.iter_mut().zip(buffers) {
            own.clone_from(new);
            let values: Vec<T> = new.iter().map(|x| T::from_f64(*x)).collect();
            self.sessions.values_mut().for_each(|s| s.set(*slot, &values));
        }
    }

    /// The number that a part is, such as an exact trace; `Err` where the function has none.
    pub fn trace_of(&mut self, part: Part) -> Result<f64, String> {
        if let Some(why) = self.missing.get(&part) {
            return Err(why.clone());
        }
        match self.session(part) {
            Ok(session) => {
                session.run();
                Ok(session.output(0)[0].to_f64())
            }
            Err(why) => {
                self.missing.insert(part, why.clone());
                Err(why)
            }
        }
    }

    /// What batch normalisation keeps goes with the point from now on; `None`: it stays what it was at the origin.
    pub fn follow(&mut self, drift: Option<Drift>) {
        let last = std::mem::replace(&mut self.drift, drift);
        let begin = self.drift.as_ref().or(last.as_ref()).map(|d| d.begin().to_vec());
        if let Some(begin) = begin {
            self.fix(&begin);
        }
    }

    /// Whether all parts that a probe may ask for can be compiled.
    pub fn check(&mut self) -> Result<(), String> {
        self.session(Part::Gradient).map(|_| ())
    }

    fn session(&mut self, part: Part) -> Result<&mut Session<T>, String> {
        if !self.sessions.contains_key(&part) {
            let session = self.compiled(part)?;
            self.sessions.insert(part, session);
        }
        self.sessions.get_mut(&part).ok_or_else(|| "a part of a function is missing".to_string())
    }

    /// A session at the point.
    fn compiled(&self, part: Part) -> Result<Session<T>, String> {
        let mut session = Session::new(Arc::new(self.source.program(part)?));
        for (slot, data) in self.batch.data.iter().enumerate() {
            session.bind(slot as u32, data.clone());
        }
        session.examples(Rows::All(self.batch.examples));
        for (slot, values) in &self.source.fixed {
            session.set(*slot, &values.iter().map(|x| T::from_f64(*x)).collect::<Vec<T>>());
        }
        if let Some(share) = self.source.share {
            session.set(share, &[T::from_f64(1.0 / self.batch.examples.max(1) as f64)]);
        }
        parameters(&mut session, &self.source.blocks, 0, &self.point);
        Ok(session)
    }

    /// A product with a matrix at the point.
    fn product(&mut self, part: Part, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        let (free, slots) = (self.source.free(), self.source.parameters.len());
        self.session(part)?;
        let Some(session) = self.sessions.get_mut(&part) else { return Ok(()) };
        direction(session, &self.source.blocks, slots, free, v);
        session.run();
        gather(session, slots, 0, out);
        Ok(())
    }
}

/// The pieces of a vector into slots from `first` on. A model has all its variables in one slot.
pub fn parameters<T: Real>(session: &mut Session<T>, blocks: &[Block], first: u32, x: &[T]) {
    if session.program().input_size(first) == Some(x.len()) {
        session.set(first, x);
        return;
    }
    for (k, b) in blocks.iter().enumerate() {
        session.set(first + k as u32, &x[b.range()]);
    }
}

/// A direction, in double precision, into as many slots as there are parameters.
fn direction<T: Real>(session: &mut Session<T>, blocks: &[Block], slots: usize, first: u32, x: &[f64]) {
    if slots == 1 {
        session.set_rounded(first, x);
        return;
    }
    for (k, b) in blocks.iter().enumerate() {
        session.set_rounded(first + k as u32, &x[b.range()]);
    }
}

/// The outputs from `first` on, one after the other.
fn gather<T: Real>(session: &Session<T>, count: usize, first: usize, out: &mut [f64]) {
    let mut at = 0;
    for k in 0..count {
        let piece = session.output(first + k);
        out[at..at + piece.len()].iter_mut().zip(piece).for_each(|(to, x)| *to = x.to_f64());
        at += piece.len();
    }
}

impl<T: Real> Objective for Landscape<T> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn blocks(&self) -> &[Block] {
        &self.source.blocks
    }

    fn move_to(&mut self, x: &[f64]) {
        self.point.iter_mut().zip(x).for_each(|(p, x)| *p = T::from_f64(*x));
        if let Some(buffers) = self.drift.as_ref().map(|d| d.buffers(&d.coordinates(x))) {
            self.fix(&buffers);
        }
        let blocks = self.source.blocks.clone();
        for session in self.sessions.values_mut() {
            parameters(session, &blocks, 0, &self.point);
        }
    }

    fn value(&mut self) -> f64 {
        match self.session(Part::Value) {
            Ok(session) => {
                session.run();
                session.output(0)[0].to_f64()
            }
            Err(_) => f64::NAN,
        }
    }

    fn gradient(&mut self, out: &mut [f64]) -> f64 {
        let count = self.source.parameters.len();
        match self.session(Part::Gradient) {
            Ok(session) => {
                session.run();
                gather(session, count, 1, out);
                session.output(0)[0].to_f64()
            }
            Err(_) => {
                out.fill(f64::NAN);
                f64::NAN
            }
        }
    }

    fn hessian(&mut self, v: &[f64], out: &mut [f64]) {
        if self.product(Part::Hessian, v, out).is_err() {
            out.fill(f64::NAN);
        }
    }

    fn forms(&mut self, directions: &[Vec<f64>]) -> Vec<f64> {
        let count = directions.len();
        let numbers = count * (count + 1) / 2;
        let (free, blocks) = (self.source.free(), self.source.blocks.clone());
        let slots = self.source.parameters.len();
        let Ok(session) = self.session(Part::Forms(count)) else { return vec![f64::NAN; numbers] };
        for (k, d) in directions.iter().enumerate() {
            direction(session, &blocks, slots, free + (k * slots) as u32, d);
        }
        session.run();
        (0..numbers).map(|k| session.output(k)[0].to_f64()).collect()
    }

    fn gauss_newton(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.product(Part::GaussNewton, v, out)
    }

    fn fisher(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.product(Part::Fisher, v, out)
    }

    fn empirical_fisher(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.product(Part::EmpiricalFisher, v, out)
    }

    fn slice(&mut self, origin: &[f64], directions: &[Vec<f64>], points: &[Vec<f64>], out: &mut [f64]) {
        let count = directions.len();
        let (free, blocks) = (self.source.free(), self.source.blocks.clone());
        let slots = self.source.parameters.len();
        let narrow = |x: &[f64]| x.iter().map(|x| T::from_f64(*x)).collect::<Vec<T>>();
        let (drift, fixed) = (self.drift.clone(), self.source.fixed.clone());
        let begin = drift.as_ref().map(|d| d.coordinates(origin));
        let along: Vec<Vec<f64>> = drift.iter().flat_map(|drift| directions.iter().map(|d| drift.along(d))).collect();
        let origin = narrow(origin);
        let directions: Vec<Vec<T>> = directions.iter().map(|d| narrow(d)).collect();
        let rows = rows(points);
        // What goes with the point is set for one at a time; and rows that are not full are filled with work for nothing.
        let together = drift.is_none() && (rows.len() * ROW) as f64 <= WASTE * points.len() as f64;
        let (part, width) = if together { (Part::Row(count), ROW) } else { (Part::Slice(count), 1) };
        let Ok(session) = self.session(part) else {
            out.fill(f64::NAN);
            return;
        };
        parameters(session, &blocks, 0, &origin);
        for (k, d) in directions.iter().enumerate() {
            parameters(session, &blocks, free + (count - 1 + width + k * slots) as u32, d);
        }
        for row in rows.into_iter().flat_map(|row| row.clone().step_by(width).map(move |i| i..row.end.min(i + width))) {
            let first = &points[row.start];
            for (k, c) in first.iter().enumerate() {
                session.set(free + k as u32, &[T::from_f64(*c)]);
            }
            for k in 1..width {
                // A row that is not full repeats its last point.
                let last = points[(row.start + k).min(row.end - 1)][count - 1];
                session.set(free + (count - 1 + k) as u32, &[T::from_f64(last)]);
            }
            if let (Some(drift), Some(begin)) = (&drift, &begin) {
                let mut coordinates = begin.clone();
                along.iter().zip(first).for_each(|(a, c)| crate::kernels::landscape::vectors::add(*c, a, &mut coordinates));
                for ((slot, _), values) in fixed.iter().zip(drift.buffers(&coordinates)) {
                    session.set(*slot, &narrow(&values));
                }
            }
            session.run();
            for (k, i) in row.enumerate() {
                out[i] = session.output(k)[0].to_f64();
            }
        }
        if drift.is_some() {
            fixed.iter().for_each(|(slot, values)| session.set(*slot, &narrow(values)));
        }
        let point = self.point.clone();
        if let Ok(session) = self.session(part) {
            parameters(session, &blocks, 0, &point);
        }
    }
}

/// Points of full rows for each that is asked for, at most: networks of convolutions gain nothing that would pay for more.
const WASTE: f64 = 1.04;

/// Points in a row of up to [`ROW`], which differ in their last coordinate alone.
fn rows(points: &[Vec<f64>]) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = vec![];
    for (i, point) in points.iter().enumerate() {
        let before = |row: &Range<usize>| points[row.start].split_last().map(|x| x.1) == point.split_last().map(|x| x.1);
        match all.last_mut() {
            Some(row) if row.len() < ROW && before(row) => row.end = i + 1,
            _ => all.push(i..i + 1),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_differ_in_the_last_coordinate_alone() {
        let plane: Vec<Vec<f64>> = (0..14).map(|k| vec![f64::from(k / 7), f64::from(k % 7)]).collect();
        assert_eq!(rows(&plane), [0..3, 3..6, 6..7, 7..10, 10..13, 13..14]);
        let line: Vec<Vec<f64>> = (0..5).map(|k| vec![f64::from(k)]).collect();
        assert_eq!(rows(&line), [0..3, 3..5]);
        assert_eq!(rows(&[vec![0.0, 1.0], vec![1.0, 1.0]]), [0..1, 1..2]);
        assert_eq!(rows(&[]), [] as [Range<usize>; 0]);
    }
}
