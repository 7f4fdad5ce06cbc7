//! A graph with values for its leaves, and slow derivatives of it.

use super::super::super::graph::{Graph, Id, Op};
use super::super::super::reference::{Feed, evaluate};
use super::super::jvp;
use super::super::vjp;
use crate::random::{Key, Stream};

/// A graph whose leaves have random values.
#[derive(Clone)]
pub struct Bench {
    pub g: Graph,
    pub feed: Feed,
    pub random: Stream,
}

impl Bench {
    pub fn new(examples: usize, seed: u64) -> Bench {
        let feed = Feed { examples, ..Feed::default() };
        Bench { g: Graph::new(), feed, random: Stream::new(Key(seed, 0)) }
    }

    /// A leaf uniform in an interval.
    pub fn leaf(&mut self, shape: &[usize], batched: bool, low: f64, high: f64) -> Id {
        let size: usize = shape.iter().product();
        let count = size * if batched { self.feed.examples } else { 1 };
        let values = (0..count).map(|_| low + (high - low) * self.random.uniform()).collect();
        self.place(shape, batched, values)
    }

    /// A leaf like a node, uniform in (-1, 1).
    pub fn like(&mut self, id: Id) -> Id {
        let (shape, batched) = (self.g.shape(id).to_vec(), self.g.batched(id));
        self.leaf(&shape, batched, -1.0, 1.0)
    }

    /// A batched leaf of whole numbers below n.
    pub fn whole(&mut self, shape: &[usize], n: u32) -> Id {
        let count = shape.iter().product::<usize>() * self.feed.examples;
        let values = (0..count).map(|_| f64::from(self.random.below(n))).collect();
        self.place(shape, true, values)
    }

    pub fn place(&mut self, shape: &[usize], batched: bool, values: Vec<f64>) -> Id {
        let slots = if batched { &mut self.feed.data } else { &mut self.feed.inputs };
        slots.push(values);
        let slot = slots.len() as u32 - 1;
        if batched { self.g.data(slot, shape) } else { self.g.input(slot, shape) }
    }

    pub fn values(&mut self, leaf: Id) -> &mut Vec<f64> {
        match self.g.node(leaf).op {
            Op::Data(slot) => &mut self.feed.data[slot as usize],
            Op::Input(slot) => &mut self.feed.inputs[slot as usize],
            _ => panic!("not a leaf"),
        }
    }

    pub fn eval(&self, outputs: &[Id]) -> Vec<Vec<f64>> {
        evaluate(&self.g, outputs, &self.feed)
    }

    pub fn one(&self, output: Id) -> Vec<f64> {
        self.eval(&[output]).remove(0)
    }

    /// (f(x + h t) - f(x - h t)) / 2 h for leaves x and t.
    pub fn difference(&self, outputs: &[Id], along: &[(Id, Id)], h: f64) -> Vec<Vec<f64>> {
        let at = |h: f64| {
            let mut moved = self.clone();
            for (x, t) in along {
                let t = self.clone().values(*t).clone();
                moved.values(*x).iter_mut().zip(t).for_each(|(x, t)| *x += h * t);
            }
            moved.eval(outputs)
        };
        let (up, down) = (at(h), at(-h));
        up.iter().zip(down).map(|(u, d)| u.iter().zip(d).map(|(u, d)| (u - d) / (2.0 * h)).collect()).collect()
    }

    /// The rule of a node against differences, and against its own transpose.
    pub fn check(&mut self, y: Id, x: &[Id], what: &str) {
        let along: Vec<(Id, Id)> = x.iter().map(|x| (*x, self.like(*x))).collect();
        let w = self.like(y);
        let exact = jvp(&mut self.g, &[y], &along)[0];
        let slow = self.difference(&[y], &along, 1e-6).remove(0);
        let exact = exact.map_or(vec![0.0; slow.len()], |t| self.one(t));
        near(&exact, &slow, 2e-8, what);
        let back = vjp(&mut self.g, &[(y, w)], x);
        for (b, x) in back.iter().zip(x) {
            assert_eq!((self.g.shape(*b), self.g.batched(*b)), (self.g.shape(*x), self.g.batched(*x)), "{what}");
        }
        let forward = dot(&exact, &self.one(w));
        let backward: f64 = back.iter().zip(&along).map(|(b, (_, t))| dot(&self.one(*b), &self.one(*t))).sum();
        near(&[backward], &[forward], 1e-11, what);
    }
}

pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Equal up to a share of the larger, and of 1.
pub fn near(a: &[f64], b: &[f64], tolerance: f64, what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    let scale = b.iter().fold(1.0, |m: f64, x| m.max(x.abs()));
    for (k, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= tolerance * scale, "{what}: element {k}: {a} is not {b}");
    }
}
