//! The syntax tree: what a script says, with a span at every node, before anything is known of its meaning.

use crate::diagnostic::Span;

/// An identifier and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

/// A whole text.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Script {
    /// The documentation comment before everything else, followed by a blank line or by `use`/`experiment`.
    pub doc: Option<String>,
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub kind: ItemKind,
    /// The text of `## ...` before the item (or after a `param` on its line), lines joined by `\n`.
    pub doc: Option<String>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `experiment "title" { seed: 7, ... }`
    Experiment {
        title: Option<(String, Span)>,
        settings: Vec<Setting>,
    },
    /// `use std.spin`, `use "./common.ann" as c`
    Use {
        path: UsePath,
        alias: Option<Name>,
    },
    /// `param L: Int = 64`
    Param(ParamItem),
    Let(Let),
    Fn(Function),
    Couplings(Couplings),
    /// `schedule cool = geometric(3.0, 0.05)`
    Schedule {
        name: Name,
        value: Expr,
    },
    /// `lattice kagome(L: Int) { vectors: ... }`
    Lattice {
        name: Name,
        params: Vec<Parameter>,
        requires: Vec<Expr>,
        settings: Vec<Setting>,
    },
    Model {
        name: Name,
        params: Vec<Parameter>,
        body: Vec<ModelEntry>,
    },
    /// `network NAME(params) requires ... { input x: [64], ... }`
    Network(Network),
    Task(Task),
    Show(Expr),
    Expect(Expr),
    Plot {
        name: Name,
        settings: Vec<Setting>,
    },
    /// At the prompt only: an expression to evaluate.
    Bare(Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub enum UsePath {
    /// `std.spin`
    Module(Vec<Name>),
    /// `"./common.ann"`
    File(String, Span),
}

#[derive(Clone, Debug, PartialEq)]
pub struct ParamItem {
    pub name: Name,
    pub ty: Option<Name>,
    pub value: Expr,
}

/// `let x = e`, or `let x ~ dist by key`.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    pub name: Name,
    pub value: Binding,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Binding {
    Is(Expr),
    /// `~ dist by key, key2`; keys may be empty.
    Draw {
        distribution: Expr,
        by: Vec<Expr>,
    },
}

/// `fn f(x, y: Int = 2) requires x > 0 = body`
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub name: Name,
    pub params: Vec<Parameter>,
    /// `requires c1, c2`: the domain, checked at the caller's span.
    pub requires: Vec<Expr>,
    pub body: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: Name,
    pub ty: Option<Name>,
    pub default: Option<Expr>,
}

/// `couplings J on grid ~ choice(-1, +1) by draw`, `couplings W on complete(N) = hebb(p)`, `couplings G = graph("f")`
#[derive(Clone, Debug, PartialEq)]
pub struct Couplings {
    pub name: Name,
    pub on: Option<Expr>,
    pub value: Binding,
}

/// `name: value`
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    pub name: Name,
    pub value: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ModelEntry {
    Let(Let),
    Couplings(Couplings),
    /// `requires L > 0`
    Requires(Expr),
    Variable(Variable),
    /// `energy = ...`
    Energy {
        value: Expr,
        span: Span,
    },
    /// `field = ...`, instead of an energy
    Field {
        value: Expr,
        span: Span,
    },
}

/// A model whose variables are the weights of its layers, and whose energy is its loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    pub name: Name,
    pub params: Vec<Parameter>,
    /// `requires c1, c2` of the head; those of the body are entries.
    pub requires: Vec<Expr>,
    pub body: Vec<NetworkEntry>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum NetworkEntry {
    /// `x: [64]` behind `input`; a line with several gives several.
    Input {
        name: Name,
        value: Expr,
        doc: Option<String>,
        span: Span,
    },
    Let(Let),
    /// `h = relu(dense(x, 256))`
    Bind {
        name: Name,
        value: Expr,
    },
    /// `loss = cross_entropy(y, label)`
    Loss {
        value: Expr,
        span: Span,
    },
    /// `metric accuracy = mean(argmax(y) == label)`
    Metric {
        name: Name,
        value: Expr,
        doc: Option<String>,
    },
    /// `requires width > 0`
    Requires(Expr),
}

/// `spins s on grid in {-1, +1}`, `reals x on 0..n in [-1, 1]`, `weights W[n, m] ~ normal(0, 0.01)`
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// `spins`, `angles`, `vectors`, `reals`, `weights`.
    pub kind: Name,
    pub name: Name,
    /// `W[n, m]`
    pub shape: Vec<Expr>,
    pub on: Option<Expr>,
    /// What follows `in`.
    pub within: Option<Expr>,
    /// What follows `~`, or `=`.
    pub initial: Option<Expr>,
    pub span: Span,
}

/// `sample NAME over A in VALUES, ... of TARGET { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// `sample`, `anneal`, `train` or `probe` (later: `simulate`).
    pub kind: Name,
    pub name: Name,
    pub axes: Vec<Axis>,
    pub of: Option<Expr>,
    pub body: Vec<TaskEntry>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub name: Name,
    pub values: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TaskEntry {
    Setting(Setting),
    Let(Let),
    Couplings(Couplings),
    Block(Block),
}

/// `observe { ... }`, `observe at end { ... }`, `record every 5 epochs { ... }`, `record at [0, 10] { ... }`, `keep { ... }`.
/// Quantities that stand directly in a `probe` are its first `observe`, with the place of the first of them as its name's.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub kind: Name,
    pub at_end: Option<Span>,
    pub every: Option<Expr>,
    /// What follows `at`, unless it is `end`.
    pub at: Option<Expr>,
    pub entries: Vec<BlockEntry>,
    pub span: Span,
}

/// `m = mean(s)` (also `q: histogram(...)` in `keep`, where `colon` is true)
#[derive(Clone, Debug, PartialEq)]
pub struct BlockEntry {
    pub name: Name,
    pub colon: bool,
    /// `every` stands before the value: `states: every 100 sweeps`.
    pub every: bool,
    pub value: Expr,
    pub doc: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: Box<ExprKind>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// Written without point and exponent. One that does not fit 64 bits is an error of the parser's.
    Int(i64),
    Real(f64),
    /// `10 ms`, `100 sweeps`: a number literal with a unit.
    Quantity(Expr, Name),
    Text(String),
    Bool(bool),
    Name(String),
    List(Vec<Expr>),
    /// `{-1, +1}`
    Set(Vec<Expr>),
    /// `(a, b)`
    Tuple(Vec<Expr>),
    /// `a..b`, `a..=b`
    Range {
        start: Expr,
        end: Expr,
        inclusive: bool,
    },
    Unary(UnaryOp, Expr),
    Binary {
        op: BinaryOp,
        left: Expr,
        right: Expr,
        op_span: Span,
    },
    /// `a < b <= c`: all of them hold.
    Compare {
        first: Expr,
        rest: Vec<(CompareOp, Expr)>,
    },
    If {
        condition: Expr,
        then: Expr,
        otherwise: Expr,
    },
    Call {
        callee: Expr,
        arguments: Vec<Argument>,
    },
    Member {
        base: Expr,
        name: Name,
    },
    Index {
        base: Expr,
        indices: Vec<IndexArgument>,
    },
    /// `[body for x in xs for y in ys if cond]`
    Comprehension {
        body: Expr,
        clauses: Vec<Binder>,
        filter: Option<Expr>,
    },
    /// `x -> e`, `(x, y) -> e`
    Lambda {
        params: Vec<Name>,
        body: Expr,
    },
    /// `{ let y = ...  y + 1 }`
    Block {
        lets: Vec<Let>,
        value: Expr,
    },
    /// `sum(<i, j> in grid if c: body)`; `op` is the name before the parenthesis.
    Reduce {
        op: Name,
        binders: Vec<Binder>,
        filter: Option<Expr>,
        body: Expr,
    },
    /// `⟨x⟩`
    Average(Expr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Negate,
    /// `+x`
    Plus,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    pub name: Option<Name>,
    pub value: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub enum IndexArgument {
    Value(Expr),
    /// `s[replica 0]`
    Replica(Expr, Span),
}

/// What a reduction or a comprehension runs over.
#[derive(Clone, Debug, PartialEq)]
pub enum Binder {
    /// `i in S`, `(i, j, k) in tuples`
    Each { names: Vec<Name>, domain: Expr },
    /// `<i, j> in grid`
    Bond { first: Name, second: Name, domain: Expr },
    /// `i < j < k in S`
    Ordered { names: Vec<Name>, domain: Expr },
}
