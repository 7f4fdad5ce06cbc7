//! A node that depends on few sites, as a table over their states.

use super::graph::{Expression, Node, ScalarGraph};

/// Nodes below a node of interest that are looked at before giving up.
const MOST_NODES: usize = 512;

/// A function of a few sites: the first site's position runs fastest in the table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    /// Ascending.
    pub sites: Vec<u32>,
    pub table: Vec<f64>,
}

/// Tabulates nodes of one graph.
pub(crate) struct Tabulator<'a> {
    graph: &'a ScalarGraph,
    values: Vec<f64>,
    /// By node: the last visit's number, so that nothing is cleared between visits.
    seen: Vec<u32>,
    visit: u32,
    positions: Vec<u8>,
}

impl<'a> Tabulator<'a> {
    pub fn new(graph: &'a ScalarGraph) -> Tabulator<'a> {
        let n = graph.nodes.len();
        Tabulator { graph, values: vec![0.0; n], seen: vec![0; n], visit: 0, positions: vec![0; graph.sites()] }
    }

    /// The table of a node, unless it depends on more than `most_sites` sites, on too many nodes, or has more than `most` entries.
    pub fn part(&mut self, node: Node, most_sites: usize, most: usize) -> Option<Part> {
        self.visit += 1;
        let (mut below, mut sites) = (Vec::new(), Vec::new());
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            if self.seen[node.index()] == self.visit {
                continue;
            }
            self.seen[node.index()] = self.visit;
            below.push(node);
            let expression = &self.graph.nodes[node.index()];
            if let Expression::Value(site) = expression {
                sites.push(*site);
            }
            if let Expression::Fold(_, all) = expression
                && all.len() > MOST_NODES
            {
                return None;
            }
            expression.arguments(|a| waiting.push(a));
            if below.len() > MOST_NODES || sites.len() > most_sites {
                return None;
            }
        }
        below.sort_unstable();
        sites.sort_unstable();
        let mut entries = 1usize;
        for &site in &sites {
            entries *= self.graph.values(site as usize).len();
            if entries > most {
                return None;
            }
        }
        let mut table = Vec::with_capacity(entries);
        for entry in 0..entries {
            let mut rest = entry;
            for &site in &sites {
                let q = self.graph.values(site as usize).len();
                self.positions[site as usize] = (rest % q) as u8;
                rest /= q;
            }
            for &b in &below {
                let values = &self.values;
                let positions = &self.positions;
                let site = |i: u32| self.graph.values(i as usize)[usize::from(positions[i as usize])];
                self.values[b.index()] = self.graph.nodes[b.index()].apply(|a| values[a.index()], site);
            }
            table.push(self.values[node.index()]);
        }
        Some(Part { sites, table })
    }
}
