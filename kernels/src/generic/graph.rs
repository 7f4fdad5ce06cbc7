//! A scalar function of a state as a graph of operations.
//!
//! Owns the nodes, their construction (equal nodes are made once, constants folded) and their
//! evaluation. Knows nothing of temperatures or moves. Truth is 1, falsehood 0; any number but 0 is true.

use std::collections::HashMap;

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    Neg,
    Not,
    Abs,
    Sign,
    Sqrt,
    Exp,
    Ln,
    Log10,
    Log2,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Asinh,
    Acosh,
    Atanh,
    Floor,
    Ceil,
    Round,
}

impl Function {
    /// The value, by `libm` (the same bits on every machine). `Sign` is 0 at 0; `Round` takes halves away from 0.
    pub fn apply(self, x: f64) -> f64 {
        match self {
            Function::Neg => -x,
            Function::Not => truth(x == 0.0),
            Function::Abs => x.abs(),
            Function::Sign => {
                if x > 0.0 {
                    1.0
                } else if x < 0.0 {
                    -1.0
                } else {
                    x
                }
            }
            Function::Sqrt => libm::sqrt(x),
            Function::Exp => libm::exp(x),
            Function::Ln => libm::log(x),
            Function::Log10 => libm::log10(x),
            Function::Log2 => libm::log2(x),
            Function::Sin => libm::sin(x),
            Function::Cos => libm::cos(x),
            Function::Tan => libm::tan(x),
            Function::Asin => libm::asin(x),
            Function::Acos => libm::acos(x),
            Function::Atan => libm::atan(x),
            Function::Sinh => libm::sinh(x),
            Function::Cosh => libm::cosh(x),
            Function::Tanh => libm::tanh(x),
            Function::Asinh => libm::asinh(x),
            Function::Acosh => libm::acosh(x),
            Function::Atanh => libm::atanh(x),
            Function::Floor => libm::floor(x),
            Function::Ceil => libm::ceil(x),
            Function::Round => libm::round(x),
        }
    }
}

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Mod,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

impl Operation {
    /// The value. `Mod` has the sign of the divisor: a - b floor(a / b).
    #[inline]
    pub fn apply(self, a: f64, b: f64) -> f64 {
        match self {
            Operation::Add => a + b,
            Operation::Sub => a - b,
            Operation::Mul => a * b,
            Operation::Div => a / b,
            Operation::Pow if b == 2.0 => a * a,
            Operation::Pow => libm::pow(a, b),
            Operation::Mod => a - b * libm::floor(a / b),
            Operation::Less => truth(a < b),
            Operation::LessEqual => truth(a <= b),
            Operation::Greater => truth(a > b),
            Operation::GreaterEqual => truth(a >= b),
            Operation::Equal => truth(a == b),
            Operation::NotEqual => truth(a != b),
            Operation::And => truth(a != 0.0 && b != 0.0),
            Operation::Or => truth(a != 0.0 || b != 0.0),
        }
    }
}

fn truth(x: bool) -> f64 {
    f64::from(u8::from(x))
}

/// A function of any number of numbers, evaluated from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fold {
    Sum,
    Product,
    Min,
    Max,
}

impl Fold {
    /// The value of no arguments.
    pub fn empty(self) -> f64 {
        match self {
            Fold::Sum => 0.0,
            Fold::Product => 1.0,
            Fold::Min => f64::INFINITY,
            Fold::Max => f64::NEG_INFINITY,
        }
    }

    /// The value of two arguments. NaN wins in `Min` and `Max`, so that it is not lost.
    #[inline]
    pub fn apply(self, a: f64, b: f64) -> f64 {
        match self {
            Fold::Sum => a + b,
            Fold::Product => a * b,
            Fold::Min if b < a || b.is_nan() => b,
            Fold::Max if b > a || b.is_nan() => b,
            Fold::Min | Fold::Max => a,
        }
    }
}

/// A node of a graph, or of the builder that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(pub(crate) u32);

impl Node {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node computes from earlier nodes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Expression {
    /// The bits of a constant.
    Constant(u64),
    Value(u32),
    Unary(Function, Node),
    Binary(Operation, Node, Node),
    If(Node, Node, Node),
    Fold(Fold, Vec<Node>),
}

impl Expression {
    pub fn arguments(&self, mut f: impl FnMut(Node)) {
        match self {
            Expression::Constant(_) | Expression::Value(_) => {}
            Expression::Unary(_, a) => f(*a),
            Expression::Binary(_, a, b) => [*a, *b].into_iter().for_each(f),
            Expression::If(c, a, b) => [*c, *a, *b].into_iter().for_each(f),
            Expression::Fold(_, all) => all.iter().copied().for_each(&mut f),
        }
    }

    /// The value, from those of the arguments and of the sites.
    #[inline]
    pub fn apply(&self, node: impl Fn(Node) -> f64, site: impl Fn(u32) -> f64) -> f64 {
        match self {
            Expression::Constant(bits) => f64::from_bits(*bits),
            Expression::Value(i) => site(*i),
            Expression::Unary(f, a) => f.apply(node(*a)),
            Expression::Binary(f, a, b) => f.apply(node(*a), node(*b)),
            Expression::If(c, a, b) => node(if node(*c) != 0.0 { *a } else { *b }),
            Expression::Fold(f, all) => all.iter().fold(f.empty(), |x, a| f.apply(x, node(*a))),
        }
    }
}

/// The set of a leaf that is a real component and has none.
const NO_SET: u32 = u32::MAX;

/// A scalar function of the state of finite-valued sites. Site `i` takes the values `sets[set_of_site[i]]`.
/// Made by [`ScalarGraph::over_components`] its leaves are real components instead, and what is said of sites holds of them.
#[derive(Clone, Debug)]
pub struct ScalarGraph {
    pub(crate) sets: Vec<Vec<f64>>,
    pub(crate) set_of_site: Vec<u32>,
    /// Every node stands after its arguments; all serve the root.
    pub(crate) nodes: Vec<Expression>,
    pub(crate) root: Node,
}

impl ScalarGraph {
    /// A builder for functions of sites with these sets of values: `set_of_site[i]` is an index into `sets`.
    /// `Err` where a set is empty or has more than 256 values, or an index is out of range.
    pub fn builder(sets: Vec<Vec<f64>>, set_of_site: Vec<u32>) -> Result<Builder, String> {
        if let Some(set) = sets.iter().find(|s| s.is_empty() || s.len() > 256) {
            return Err(format!("a set of {} values: 1 to 256 are possible", set.len()));
        }
        if let Some(index) = set_of_site.iter().find(|&&s| s as usize >= sets.len()) {
            return Err(format!("a site has the set {index} of {}", sets.len()));
        }
        Ok(Builder { sets, set_of_site, nodes: Vec::new(), known: HashMap::new() })
    }

    /// A builder for functions of so many real components (`Builder::value` gives their leaves), in the order of `kernels::field`.
    pub fn over_components(components: usize) -> Builder {
        Builder { sets: Vec::new(), set_of_site: vec![NO_SET; components], nodes: Vec::new(), known: HashMap::new() }
    }

    /// Whether some leaf is a real component rather than a site with a finite set.
    pub fn has_components(&self) -> bool {
        self.set_of_site.contains(&NO_SET)
    }

    /// The function at these components, evaluated node by node.
    pub fn evaluate_at(&self, components: &[f64]) -> f64 {
        let mut values: Vec<f64> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let x = node.apply(|a| values[a.index()], |i| components[i as usize]);
            values.push(x);
        }
        values[self.root.index()]
    }

    /// A sum of nodes of this graph with coefficients, as a graph of its own.
    pub(crate) fn weighted_sum(&self, parts: &[(f64, Node)]) -> ScalarGraph {
        let (sets, set_of_site, nodes) = (self.sets.clone(), self.set_of_site.clone(), self.nodes.clone());
        let mut builder = Builder { sets, set_of_site, nodes, known: HashMap::new() };
        let terms = parts
            .iter()
            .map(|&(coefficient, node)| {
                let coefficient = builder.constant(coefficient);
                builder.mul(coefficient, node)
            })
            .collect();
        let root = builder.sum(terms);
        builder.finish(root)
    }

    /// The number of sites.
    pub fn sites(&self) -> usize {
        self.set_of_site.len()
    }

    /// The number of nodes.
    pub fn size(&self) -> usize {
        self.nodes.len()
    }

    /// The values that a site can take; none are listed for a real component.
    pub fn values(&self, site: usize) -> &[f64] {
        self.sets.get(self.set_of_site[site] as usize).map_or(&[], Vec::as_slice)
    }

    /// The site whose value a node is.
    pub(crate) fn site_of(&self, node: Node) -> Option<u32> {
        match self.nodes[node.index()] {
            Expression::Value(site) => Some(site),
            _ => None,
        }
    }

    /// The same function of sites that are numbered anew: new site `k` is the old site `order[k]`, a permutation.
    pub(crate) fn renumbered(&self, order: &[u32]) -> ScalarGraph {
        let mut place = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            place[old as usize] = new as u32;
        }
        let mut graph = self.clone();
        graph.set_of_site = order.iter().map(|&old| self.set_of_site[old as usize]).collect();
        for node in &mut graph.nodes {
            if let Expression::Value(site) = node {
                *site = place[*site as usize];
            }
        }
        graph
    }

    /// The function at a state of positions, evaluated node by node.
    pub fn evaluate(&self, state: &[u8]) -> f64 {
        let mut values = Vec::new();
        self.evaluate_all(state, &mut values);
        values[self.root.index()]
    }

    pub(crate) fn evaluate_all(&self, state: &[u8], values: &mut Vec<f64>) {
        values.clear();
        for node in &self.nodes {
            let x = node.apply(|a| values[a.index()], |i| self.values(i as usize)[usize::from(state[i as usize])]);
            values.push(x);
        }
    }
}

/// Makes a [`ScalarGraph`]. Nodes are of the builder that made them; mixing builders is a mistake of the caller.
pub struct Builder {
    sets: Vec<Vec<f64>>,
    set_of_site: Vec<u32>,
    nodes: Vec<Expression>,
    known: HashMap<Expression, Node>,
}

impl Builder {
    fn push(&mut self, expression: Expression) -> Node {
        let mut constant = !matches!(expression, Expression::Value(_));
        expression.arguments(|a| constant &= self.constant_value(a).is_some());
        let expression = if constant {
            let x = expression.apply(|a| self.constant_value(a).unwrap_or(f64::NAN), |_| f64::NAN);
            Expression::Constant(x.to_bits())
        } else {
            expression
        };
        if let Some(node) = self.known.get(&expression) {
            return *node;
        }
        let node = Node(self.nodes.len() as u32);
        self.nodes.push(expression.clone());
        self.known.insert(expression, node);
        node
    }

    /// The number that a node is known to be.
    pub fn constant_value(&self, node: Node) -> Option<f64> {
        match self.nodes[node.index()] {
            Expression::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    pub fn constant(&mut self, x: f64) -> Node {
        self.push(Expression::Constant(x.to_bits()))
    }

    /// The value of a site. The site must be below the number of sites.
    pub fn value(&mut self, site: usize) -> Node {
        assert!(site < self.set_of_site.len(), "site {site} of {}", self.set_of_site.len());
        if let Some([only]) = self.sets.get(self.set_of_site[site] as usize).map(Vec::as_slice) {
            return self.constant(*only);
        }
        self.push(Expression::Value(site as u32))
    }

    pub fn unary(&mut self, function: Function, a: Node) -> Node {
        self.push(Expression::Unary(function, a))
    }

    pub fn binary(&mut self, operation: Operation, a: Node, b: Node) -> Node {
        // The unit of an operation is dropped where that changes no value, NaN included.
        match (operation, self.constant_value(a), self.constant_value(b)) {
            (Operation::Add, Some(0.0), _) | (Operation::Mul, Some(1.0), _) => b,
            (Operation::Add | Operation::Sub, _, Some(0.0)) => a,
            (Operation::Mul | Operation::Div | Operation::Pow, _, Some(1.0)) => a,
            _ => self.push(Expression::Binary(operation, a, b)),
        }
    }

    pub fn add(&mut self, a: Node, b: Node) -> Node {
        self.binary(Operation::Add, a, b)
    }

    pub fn sub(&mut self, a: Node, b: Node) -> Node {
        self.binary(Operation::Sub, a, b)
    }

    pub fn mul(&mut self, a: Node, b: Node) -> Node {
        self.binary(Operation::Mul, a, b)
    }

    pub fn div(&mut self, a: Node, b: Node) -> Node {
        self.binary(Operation::Div, a, b)
    }

    pub fn pow(&mut self, a: Node, b: Node) -> Node {
        self.binary(Operation::Pow, a, b)
    }

    pub fn neg(&mut self, a: Node) -> Node {
        self.unary(Function::Neg, a)
    }

    /// `a` where the condition is not 0, else `b`.
    pub fn choose(&mut self, condition: Node, a: Node, b: Node) -> Node {
        match self.constant_value(condition) {
            Some(c) => {
                if c != 0.0 {
                    a
                } else {
                    b
                }
            }
            None => self.push(Expression::If(condition, a, b)),
        }
    }

    pub fn sum(&mut self, terms: Vec<Node>) -> Node {
        let (constant, rest) = self.split(Fold::Sum, terms);
        let sum = self.fold(Fold::Sum, rest);
        let constant = self.constant(constant);
        self.add(sum, constant)
    }

    pub fn product(&mut self, factors: Vec<Node>) -> Node {
        let (constant, rest) = self.split(Fold::Product, factors);
        let product = self.fold(Fold::Product, rest);
        let constant = self.constant(constant);
        self.mul(constant, product)
    }

    pub fn min(&mut self, all: Vec<Node>) -> Node {
        self.fold(Fold::Min, all)
    }

    pub fn max(&mut self, all: Vec<Node>) -> Node {
        self.fold(Fold::Max, all)
    }

    fn fold(&mut self, fold: Fold, all: Vec<Node>) -> Node {
        match all[..] {
            [only] => only,
            _ => self.push(Expression::Fold(fold, all)),
        }
    }

    /// The constants among the arguments, folded, and the others.
    fn split(&self, fold: Fold, all: Vec<Node>) -> (f64, Vec<Node>) {
        let (constants, rest): (Vec<Node>, Vec<Node>) = all.into_iter().partition(|&a| self.constant_value(a).is_some());
        (constants.iter().filter_map(|&a| self.constant_value(a)).fold(fold.empty(), |x, c| fold.apply(x, c)), rest)
    }

    /// The graph of a root; nodes that do not serve it are left out.
    pub fn finish(self, root: Node) -> ScalarGraph {
        let mut serves = vec![false; self.nodes.len()];
        serves[root.index()] = true;
        for i in (0..=root.index()).rev().filter(|&i| i < self.nodes.len()) {
            if serves[i] {
                self.nodes[i].arguments(|a| serves[a.index()] = true);
            }
        }
        let mut place = vec![Node(0); self.nodes.len()];
        let mut nodes = Vec::new();
        for (i, mut node) in self.nodes.into_iter().enumerate().filter(|(i, _)| serves[*i]) {
            match &mut node {
                Expression::Constant(_) | Expression::Value(_) => {}
                Expression::Unary(_, a) => *a = place[a.index()],
                Expression::Binary(_, a, b) => (*a, *b) = (place[a.index()], place[b.index()]),
                Expression::If(c, a, b) => (*c, *a, *b) = (place[c.index()], place[a.index()], place[b.index()]),
                Expression::Fold(_, all) => all.iter_mut().for_each(|a| *a = place[a.index()]),
            }
            place[i] = Node(nodes.len() as u32);
            nodes.push(node);
        }
        ScalarGraph { sets: self.sets, set_of_site: self.set_of_site, nodes, root: place[root.index()] }
    }
}
