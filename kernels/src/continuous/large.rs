//! The part of an energy whose terms depend on very many sites: changing a site evaluates again what depends on it, and no more.
//!
//! A long sum is changed by the differences of its terms; the rounding of that gathers over one sweep at most, since every sweep
//! begins with a full evaluation. Knows no moves.

use crate::generic::{Expression, Fold, Node, ScalarGraph};

/// Sums of fewer terms are evaluated in full.
const SHORT: usize = 6;

#[derive(Clone, Copy, Debug)]
struct Step {
    node: Node,
    from: u32,
    to: u32,
}

/// A graph with, for each swept site, the nodes that depend on it in an order of evaluation.
pub(super) struct Large {
    graph: ScalarGraph,
    /// By site, from `leaf_start`: node and component of each of its leaves.
    leaf_start: Vec<u32>,
    leaves: Vec<(Node, u32)>,
    start: Vec<u32>,
    steps: Vec<Step>,
    changed: Vec<Node>,
    components: Vec<u32>,
}

/// The values of all nodes, at the state and at a trial.
#[derive(Clone, Debug, Default)]
pub(super) struct Running {
    values: Vec<f64>,
    trial: Vec<f64>,
}

impl Large {
    /// `sites` are the components of the swept sites as the graph numbers them; `place` says where a component stands in a state.
    pub fn new(graph: ScalarGraph, sites: &[Vec<u32>], place: &[u32]) -> Result<Large, String> {
        let count = graph.nodes.len();
        let mut users: Vec<Vec<u32>> = vec![Vec::new(); count];
        let mut value_of = vec![None; place.len()];
        for (index, node) in graph.nodes.iter().enumerate() {
            if let Expression::Value(component) = node {
                value_of[*component as usize] = Some(Node(index as u32));
            }
            // Once a use: a sum that holds a node twice lists it twice.
            node.arguments(|a| users[a.index()].push(index as u32));
        }
        let (mut leaf_start, mut leaves) = (vec![0u32], Vec::new());
        let (mut start, mut steps, mut changed) = (vec![0u32], Vec::new(), Vec::<Node>::new());
        let mut terms: Vec<Vec<Node>> = vec![Vec::new(); count];
        let mut seen = vec![u32::MAX; count];
        for (site, components) in sites.iter().enumerate() {
            let own = components.iter().filter_map(|&c| value_of[c as usize].map(|node| (node, place[c as usize])));
            leaves.extend(own);
            let mut waiting: Vec<u32> = leaves[leaf_start[site] as usize..].iter().map(|l| l.0.index() as u32).collect();
            leaf_start.push(leaves.len() as u32);
            let mut order = Vec::new();
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
                return Err("the energy couples too many expressions to too many variables".into());
            }
            start.push(steps.len() as u32);
        }
        Ok(Large { graph, leaf_start, leaves, start, steps, changed, components: place.to_vec() })
    }

    /// Evaluates everything.
    pub fn begin(&self, running: &mut Running, state: &[f64]) {
        running.values.clear();
        for node in &self.graph.nodes {
            let values = &running.values;
            let x = node.apply(|a| values[a.index()], |c| state[self.components[c as usize] as usize]);
            running.values.push(x);
        }
        running.trial.clone_from(&running.values);
    }

    fn leaves(&self, site: usize) -> &[(Node, u32)] {
        &self.leaves[self.leaf_start[site] as usize..self.leaf_start[site + 1] as usize]
    }

    fn steps(&self, site: usize) -> &[Step] {
        &self.steps[self.start[site] as usize..self.start[site + 1] as usize]
    }

    /// The value as it is, and with the site as in `trial`.
    pub fn propose(&self, running: &mut Running, site: usize, trial_state: &[f64]) -> (f64, f64) {
        let Running { values, trial } = running;
        for &(node, component) in self.leaves(site) {
            trial[node.index()] = trial_state[component as usize];
        }
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

    /// Keeps or undoes the last proposal.
    pub fn settle(&self, running: &mut Running, site: usize, accepted: bool) {
        let Running { values, trial } = running;
        let (from, to) = if accepted { (trial, values) } else { (values, trial) };
        for node in self.leaves(site).iter().map(|l| l.0).chain(self.steps(site).iter().map(|s| s.node)) {
            to[node.index()] = from[node.index()];
        }
    }
}
