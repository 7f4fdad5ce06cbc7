//! Reading a graph as a pairwise Ising energy: expansion into a polynomial of ±1 spins.

use std::rc::Rc;

use super::super::sampler::PairEnergy;
use super::graph::{Expression, Fold, Function, Node, Operation, ScalarGraph};
use super::part::Tabulator;

/// Monomials that may be written in all, before the expansion is given up.
const BUDGET: usize = 20_000_000;
/// Sites of a node that is expanded through its table where no rule of algebra serves.
const TABLE_SITES: usize = 10;
/// Terms of a degree above two count as cancelled where they are smaller than this part of the largest.
const CANCELLED: f64 = 1e-12;

/// Coefficients of products of distinct spins (s^2 = 1), sorted, each product once.
type Polynomial = Vec<(Vec<u32>, f64)>;

fn collect(mut terms: Polynomial) -> Polynomial {
    terms.sort_by(|a, b| a.0.cmp(&b.0));
    terms.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1 += later.1;
        }
        same
    });
    terms
}

/// The product of two products of spins: the sites in one of them only.
fn together(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if j == b.len() || i < a.len() && a[i] < b[j] {
            out.push(a[i]);
            i += 1;
        } else if i == a.len() || b[j] < a[i] {
            out.push(b[j]);
            j += 1;
        } else {
            i += 1;
            j += 1;
        }
    }
    out
}

struct Expansion<'a> {
    graph: &'a ScalarGraph,
    tabulator: Tabulator<'a>,
    known: Vec<Option<Rc<Polynomial>>>,
    written: usize,
}

impl Expansion<'_> {
    fn of(&self, node: Node) -> Option<Rc<Polynomial>> {
        self.known[node.index()].clone()
    }

    fn constant(&self, node: Node) -> Option<f64> {
        match self.graph.nodes[node.index()] {
            Expression::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    fn combine(&mut self, parts: &[(Node, f64)]) -> Option<Polynomial> {
        let mut all = Vec::new();
        for &(node, factor) in parts {
            let p = self.of(node)?;
            self.written += p.len();
            if self.written > BUDGET {
                return None;
            }
            all.extend(p.iter().map(|(m, c)| (m.clone(), factor * c)));
        }
        Some(collect(all))
    }

    fn times(&mut self, a: &Polynomial, b: &Polynomial) -> Option<Polynomial> {
        self.written = self.written.saturating_add(a.len().saturating_mul(b.len()));
        if self.written > BUDGET {
            return None;
        }
        let mut all = Vec::with_capacity(a.len() * b.len());
        for (ma, ca) in a {
            all.extend(b.iter().map(|(mb, cb)| (together(ma, mb), ca * cb)));
        }
        Some(collect(all))
    }

    fn by_algebra(&mut self, node: usize) -> Option<Polynomial> {
        let graph = self.graph;
        match &graph.nodes[node] {
            Expression::Constant(bits) => Some(vec![(vec![], f64::from_bits(*bits))]),
            Expression::Value(site) => {
                let values = graph.values(*site as usize);
                Some(vec![(vec![], 0.5 * (values[0] + values[1])), (vec![*site], 0.5 * (values[1] - values[0]))])
            }
            Expression::Unary(Function::Neg, a) => self.combine(&[(*a, -1.0)]),
            Expression::Binary(Operation::Add, a, b) => self.combine(&[(*a, 1.0), (*b, 1.0)]),
            Expression::Binary(Operation::Sub, a, b) => self.combine(&[(*a, 1.0), (*b, -1.0)]),
            Expression::Binary(Operation::Mul, a, b) => {
                let (a, b) = (self.of(*a)?, self.of(*b)?);
                self.times(&a, &b)
            }
            Expression::Binary(Operation::Div, a, b) => {
                let divisor = self.constant(*b)?;
                let p = self.of(*a)?;
                self.written += p.len();
                Some(p.iter().map(|(m, c)| (m.clone(), c / divisor)).collect())
            }
            Expression::Binary(Operation::Pow, a, b) => {
                let exponent = self.constant(*b).filter(|e| (0.0..=16.0).contains(e) && libm::floor(*e) == *e)?;
                let base = self.of(*a)?;
                let mut power = vec![(vec![], 1.0)];
                for _ in 0..exponent as u32 {
                    power = self.times(&power, &base)?;
                }
                Some(power)
            }
            Expression::Fold(Fold::Sum, all) => self.combine(&all.iter().map(|&a| (a, 1.0)).collect::<Vec<_>>()),
            Expression::Fold(Fold::Product, all) => {
                let mut product = vec![(vec![], 1.0)];
                for a in all {
                    let p = self.of(*a)?;
                    product = self.times(&product, &p)?;
                }
                Some(product)
            }
            _ => None,
        }
    }

    /// Any function of a few spins, by the Walsh-Hadamard transform of its table.
    fn by_table(&mut self, node: usize) -> Option<Polynomial> {
        let part = self.tabulator.part(Node(node as u32), TABLE_SITES, 1 << TABLE_SITES)?;
        let mut c = part.table;
        let size = c.len() as f64;
        for k in 0..part.sites.len() {
            for e in (0..c.len()).filter(|e| e >> k & 1 == 0) {
                let (down, up) = (c[e], c[e | 1 << k]);
                (c[e], c[e | 1 << k]) = (down + up, up - down);
            }
        }
        let largest = c.iter().fold(0.0, |a: f64, x| a.max(x.abs()));
        self.written += c.len();
        let monomial = |e: usize| part.sites.iter().enumerate().filter(|(k, _)| e >> k & 1 == 1).map(|(_, &s)| s).collect();
        let kept = c.iter().enumerate().filter(|(_, x)| !x.is_finite() || x.abs() > 1e-14 * largest);
        Some(collect(kept.map(|(e, x)| (monomial(e), x / size)).collect()))
    }
}

impl ScalarGraph {
    /// The same function as a pairwise energy of ±1 spins, position 0 being -1: for sites with two values
    /// a, b each, v = (a + b) / 2 + s (b - a) / 2. `None` where a site has another number of values,
    /// where a term of three spins or more remains, where a coefficient is not finite, and where the
    /// expansion would be too long. Coefficients carry the rounding of the expansion.
    pub fn as_pairs(&self) -> Option<PairEnergy> {
        if self.has_components()
            || self.sets.iter().enumerate().any(|(k, s)| s.len() != 2 && self.set_of_site.contains(&(k as u32)))
        {
            return None;
        }
        let known = vec![None; self.nodes.len()];
        let mut expansion = Expansion { graph: self, tabulator: Tabulator::new(self), known, written: 0 };
        for node in 0..self.nodes.len() {
            let polynomial = match expansion.by_algebra(node) {
                None if expansion.written <= BUDGET => expansion.by_table(node),
                found => found,
            };
            expansion.known[node] = polynomial.map(Rc::new);
        }
        let polynomial = expansion.of(self.root)?;
        if polynomial.iter().any(|t| !t.1.is_finite()) {
            return None;
        }
        let largest = polynomial.iter().filter(|t| !t.0.is_empty()).fold(0.0, |a: f64, t| a.max(t.1.abs()));
        let mut energy = PairEnergy { sites: self.sites(), ..PairEnergy::default() };
        for (monomial, c) in polynomial.iter().filter(|t| t.1 != 0.0) {
            match monomial[..] {
                [] => energy.constant += c,
                [i] => {
                    energy.fields.resize(self.sites(), 0.0);
                    energy.fields[i as usize] -= c;
                }
                [i, j] => energy.bonds.push((i, j, -c)),
                _ if c.abs() <= CANCELLED * largest => {}
                _ => return None,
            }
        }
        Some(energy)
    }
}
