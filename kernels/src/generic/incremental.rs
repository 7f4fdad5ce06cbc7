//! Any graph: changing a site evaluates again the nodes that depend on it, and no others.
//!
//! A sum of many terms is changed by the differences of those that changed. The rounding of that
//! gathers: after k changes a sum of terms of size t is off by at most about k 2^-53 times its size;
//! everything is evaluated afresh every [`super::REFRESH`] sweeps of a chain, which bounds k.

use super::Landscape;
use super::graph::{Expression, Fold, Node, ScalarGraph};

/// Sums of fewer terms are evaluated in full.
const SHORT: usize = 6;

/// One node to evaluate after a site has changed, and the range of its changed terms if it is a long sum.
#[derive(Clone, Copy, Debug)]
struct Step {
    node: Node,
    from: u32,
    to: u32,
}

/// A graph with, for each site, the nodes that depend on it in an order of evaluation.
pub(crate) struct Incremental {
    graph: ScalarGraph,
    /// The node that holds the value of each site, if there is one.
    value_of: Vec<Option<Node>>,
    start: Vec<u32>,
    steps: Vec<Step>,
    changed: Vec<Node>,
}

impl Incremental {
    /// `Err` where the lists of dependent nodes would not fit 32-bit addresses.
    pub fn new(graph: &ScalarGraph) -> Result<Incremental, String> {
        let graph = graph.clone();
        let count = graph.nodes.len();
        let mut users: Vec<Vec<u32>> = vec![Vec::new(); count];
        let mut value_of = vec![None; graph.sites()];
        for (index, node) in graph.nodes.iter().enumerate() {
            if let Expression::Value(site) = node {
                value_of[*site as usize] = Some(Node(index as u32));
            }
            // Once a use: a sum that holds a node twice lists it twice.
            node.arguments(|a| users[a.index()].push(index as u32));
        }
        let (mut start, mut steps, mut changed) = (vec![0u32], Vec::new(), Vec::<Node>::new());
        let mut terms: Vec<Vec<Node>> = vec![Vec::new(); count];
        let mut seen = vec![u32::MAX; count];
        for (site, value) in value_of.iter().enumerate() {
            let mut order = Vec::new();
            let mut waiting: Vec<u32> = value.iter().map(|n| n.0).collect();
            while let Some(node) = waiting.pop() {
                for &user in &users[node as usize] {
                    if let Expression::Fold(Fold::Sum, all) = &graph.nodes[user as usize]
                        && all.len() >= SHORT
                    {
                        terms[user as usize].push(Node(node));
                    }
                    if seen[user as usize] != site as u32 {
                        seen[user as usize] = site as u32;
                        order.push(user);
                        waiting.push(user);
                    }
                }
            }
            order.sort_unstable();
            for user in order {
                let from = changed.len() as u32;
                let mut list = std::mem::take(&mut terms[user as usize]);
                list.sort_unstable();
                changed.extend(list);
                steps.push(Step { node: Node(user), from, to: changed.len() as u32 });
            }
            if steps.len().max(changed.len()) + 2 * count > u32::MAX as usize {
                return Err("the energy couples too many expressions to too many spins".into());
            }
            start.push(steps.len() as u32);
        }
        Ok(Incremental { graph, value_of, start, steps, changed })
    }

    fn steps(&self, site: usize) -> &[Step] {
        &self.steps[self.start[site] as usize..self.start[site + 1] as usize]
    }

    /// Brings the trial half of the running values to the state with one site changed.
    fn propose(&self, running: &mut [f64], site: usize, new: u8) -> (f64, f64) {
        let (values, trial) = running.split_at_mut(self.graph.nodes.len());
        let Some(value) = self.value_of[site] else { return (0.0, 0.0) };
        trial[value.index()] = self.graph.values(site)[usize::from(new)];
        for step in self.steps(site) {
            let index = step.node.index();
            let mut x = f64::NAN;
            if step.from < step.to {
                x = values[index];
                for term in &self.changed[step.from as usize..step.to as usize] {
                    x += trial[term.index()] - values[term.index()];
                }
            }
            // Infinities cannot be taken back by a difference.
            if !x.is_finite() {
                x = self.graph.nodes[index].apply(|a| trial[a.index()], |_| f64::NAN);
            }
            trial[index] = x;
        }
        let root = self.graph.root.index();
        (values[root], trial[root])
    }
}

impl Landscape for Incremental {
    /// Not looked for: what comes here is not local.
    fn most_neighbours(&self) -> usize {
        usize::MAX
    }

    fn running(&self) -> usize {
        2 * self.graph.nodes.len()
    }

    fn start(&self, state: &[u8], running: &mut Vec<f64>) {
        self.graph.evaluate_all(state, running);
        running.extend_from_within(..);
    }

    fn energy(&self, state: &[u8]) -> f64 {
        self.graph.evaluate(state)
    }

    fn two(&self, running: &mut [f64], _state: &[u8], site: usize, new: u8) -> (f64, f64) {
        self.propose(running, site, new)
    }

    fn settle(&self, running: &mut [f64], site: usize, accepted: bool) {
        let (values, trial) = running.split_at_mut(self.graph.nodes.len());
        let (from, to) = if accepted { (trial, values) } else { (values, trial) };
        for node in self.value_of[site].iter().copied().chain(self.steps(site).iter().map(|s| s.node)) {
            to[node.index()] = from[node.index()];
        }
    }

    fn all(&self, running: &mut [f64], state: &[u8], site: usize, energies: &mut [f64]) {
        for (v, e) in energies.iter_mut().enumerate() {
            *e = if v == usize::from(state[site]) {
                running[self.graph.root.index()]
            } else {
                self.propose(running, site, v as u8).1
            };
        }
    }
}
