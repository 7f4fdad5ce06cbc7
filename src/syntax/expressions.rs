//! Expressions: the grammar's flat sequences put in order by precedence.

use super::ast::*;
use super::build::Builder;
use super::tokens::Rule;
use super::{MAX_HEIGHT, MAX_NESTING};
use crate::diagnostic::{Diagnostic, Span, codes};
use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};
use std::sync::LazyLock;

type P<'a> = Pair<'a, Rule>;

/// From loose to tight; the grammar's comment above `expr` says the same.
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(Op::infix(Rule::arrow, Assoc::Right))
        .op(left(Rule::k_or) | left(Rule::or_slip))
        .op(left(Rule::k_and) | left(Rule::and_slip))
        .op(Op::prefix(Rule::k_not) | Op::prefix(Rule::not_slip))
        .op(left(Rule::equal)
            | left(Rule::not_equal)
            | left(Rule::less)
            | left(Rule::less_equal)
            | left(Rule::greater)
            | left(Rule::greater_equal))
        .op(left(Rule::range) | left(Rule::range_inclusive))
        .op(left(Rule::add) | left(Rule::subtract))
        .op(left(Rule::multiply) | left(Rule::divide))
        .op(Op::prefix(Rule::negate) | Op::prefix(Rule::plus))
        .op(Op::infix(Rule::power, Assoc::Right) | Op::infix(Rule::power_slip, Assoc::Right))
        .op(Op::postfix(Rule::call) | Op::postfix(Rule::reduction) | Op::postfix(Rule::index) | Op::postfix(Rule::member))
});

/// An expression and the height of its tree. A group keeps its brackets in its span, which tells `(a < b) < c` from
/// the chain `a < b < c`.
pub(super) struct Built {
    pub expr: Expr,
    pub height: usize,
}

pub(super) fn make(kind: ExprKind, span: Span) -> Expr {
    Expr { kind: Box::new(kind), span }
}

impl Builder {
    /// Builds the rule `expr`.
    pub(super) fn expr(&self, pair: P) -> Expr {
        self.sequence(pair).expr
    }

    pub(super) fn sequence(&self, pair: P) -> Built {
        let span = self.span(&pair);
        let (mut run, mut right) = (0usize, 0usize);
        for p in pair.clone().into_inner() {
            match p.as_rule() {
                Rule::negate | Rule::plus | Rule::k_not | Rule::not_slip | Rule::power | Rule::power_slip => run += 1,
                Rule::arrow => (run, right) = (0, right + 1),
                Rule::call | Rule::reduction | Rule::index | Rule::member => {}
                r if is_operator(r) => run = 0,
                _ => {}
            }
            // The operator parser recurs on these, so they are counted before it runs.
            if run + right > MAX_NESTING / 2 {
                return self.too_deep(span);
            }
        }
        PRECEDENCE
            .map_primary(|p| self.operand(p))
            .map_prefix(|op, value| self.prefix(op, value))
            .map_postfix(|base, op| self.postfix(base, op))
            .map_infix(|left, op, right| self.infix(left, op, right))
            .parse(pair.into_inner())
    }

    fn too_deep(&self, span: Span) -> Built {
        self.report_too_deep(span);
        Built { expr: make(ExprKind::Int(0), span), height: 1 }
    }

    pub(super) fn built(&self, kind: ExprKind, span: Span, below: usize) -> Built {
        if below >= MAX_HEIGHT {
            return self.too_deep(span);
        }
        Built { expr: make(kind, span), height: below + 1 }
    }

    /// Builds an `expr`, with its height.
    pub(super) fn measured(&self, pair: P) -> (Expr, usize) {
        let b = self.sequence(pair);
        (b.expr, b.height)
    }

    /// Builds several `expr`s; the greatest height too.
    fn several<'a>(&self, pairs: impl Iterator<Item = P<'a>>) -> (Vec<Expr>, usize) {
        let mut height = 0;
        let list = pairs
            .map(|p| {
                let b = self.sequence(p);
                height = height.max(b.height);
                b.expr
            })
            .collect();
        (list, height)
    }

    fn operand(&self, pair: P) -> Built {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::number => self.built(self.number(&pair), span, 0),
            Rule::quantity => {
                let mut inner = pair.into_inner();
                let (Some(number), Some(unit)) = (inner.next(), inner.next()) else {
                    return self.built(ExprKind::Int(0), span, 0);
                };
                let value = make(self.number(&number), self.span(&number));
                self.built(ExprKind::Quantity(value, self.name(&unit)), span, 0)
            }
            Rule::text => self.built(ExprKind::Text(self.text(&pair)), span, 0),
            Rule::boolean => self.built(ExprKind::Bool(pair.as_str() == "true"), span, 0),
            Rule::name => self.built(self.bare_name(pair.as_str(), span), span, 0),
            Rule::if_expr => {
                let (mut parts, height) = self.several(pair.into_inner().filter(|p| p.as_rule() == Rule::expr));
                let (Some(otherwise), Some(then), Some(condition)) = (parts.pop(), parts.pop(), parts.pop()) else {
                    return self.built(ExprKind::Int(0), span, 0);
                };
                self.built(ExprKind::If { condition, then, otherwise }, span, height)
            }
            Rule::lambda_slip => {
                self.slip(span, "`lambda` is Python's", "write `x -> expression`, or `(x, y) -> expression`");
                let params = pair.clone().into_inner().filter(|p| p.as_rule() == Rule::name).map(|p| self.name(&p)).collect();
                self.lambda(params, pair, span)
            }
            Rule::average => {
                let (mut parts, height) = self.several(pair.into_inner());
                match parts.pop() {
                    Some(inner) => self.built(ExprKind::Average(inner), span, height),
                    None => self.built(ExprKind::Int(0), span, 0),
                }
            }
            Rule::paren => {
                let (mut parts, height) = self.several(pair.into_inner());
                match (parts.len(), parts.pop()) {
                    (1, Some(inner)) => Built { expr: Expr { span, ..inner }, height },
                    (_, Some(last)) => {
                        parts.push(last);
                        self.built(ExprKind::Tuple(parts), span, height)
                    }
                    (_, None) => self.built(ExprKind::Tuple(Vec::new()), span, 0),
                }
            }
            Rule::list => self.list(pair, span),
            Rule::braces => self.braces(pair, span),
            _ => self.built(ExprKind::Int(0), span, 0),
        }
    }

    fn bare_name(&self, text: &str, span: Span) -> ExprKind {
        let boolean = match text {
            "True" | "TRUE" => true,
            "False" | "FALSE" => false,
            _ => return ExprKind::Name(text.to_string()),
        };
        self.slip(span, format!("`{text}` is another language's `{boolean}`"), format!("write `{boolean}`"));
        ExprKind::Bool(boolean)
    }

    fn lambda(&self, params: Vec<Name>, pair: P, span: Span) -> Built {
        match pair.into_inner().find(|p| p.as_rule() == Rule::expr) {
            Some(body) => {
                let body = self.sequence(body);
                self.built(ExprKind::Lambda { params, body: body.expr }, span, body.height)
            }
            None => self.built(ExprKind::Int(0), span, 0),
        }
    }

    fn prefix(&self, op: P, value: Built) -> Built {
        let span = self.span(&op).to(value.expr.span);
        let operator = match op.as_rule() {
            Rule::negate => UnaryOp::Negate,
            Rule::plus => UnaryOp::Plus,
            rule => {
                if rule == Rule::not_slip {
                    self.slip(self.span(&op), "`!` is another language's `not`", "write `not`");
                }
                UnaryOp::Not
            }
        };
        self.built(ExprKind::Unary(operator, value.expr), span, value.height)
    }

    fn postfix(&self, base: Built, op: P) -> Built {
        let span = base.expr.span.to(self.span(&op));
        let mut height = base.height;
        let base = base.expr;
        match op.as_rule() {
            Rule::member => {
                let name = op.into_inner().next().map_or_else(|| self.nameless(span), |p| self.name(&p));
                self.built(ExprKind::Member { base, name }, span, height)
            }
            Rule::index => {
                let mut indices = Vec::new();
                for p in op.into_inner() {
                    let whole = self.span(&p);
                    let replica = p.as_rule() == Rule::replica;
                    let inner = if replica { p.into_inner().find(|q| q.as_rule() == Rule::expr) } else { Some(p) };
                    let Some(inner) = inner else { continue };
                    let b = self.sequence(inner);
                    height = height.max(b.height);
                    indices.push(if replica { IndexArgument::Replica(b.expr, whole) } else { IndexArgument::Value(b.expr) });
                }
                self.built(ExprKind::Index { base, indices }, span, height)
            }
            Rule::reduction => self.reduction(base, op, span, height),
            _ => {
                self.foreign_call(&base);
                let mut arguments = Vec::new();
                for p in op.into_inner() {
                    let (name, value) = match p.as_rule() {
                        Rule::expr => (None, Some(p)),
                        _ => self.named_argument(p),
                    };
                    let Some(value) = value else { continue };
                    let b = self.sequence(value);
                    height = height.max(b.height);
                    arguments.push(Argument { name, value: b.expr });
                }
                self.built(ExprKind::Call { callee: base, arguments }, span, height)
            }
        }
    }

    fn named_argument<'a>(&self, pair: P<'a>) -> (Option<Name>, Option<P<'a>>) {
        let (mut name, mut value) = (None, None);
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::word => name = Some(self.name(&p)),
                Rule::expr => value = Some(p),
                Rule::equals => {
                    let written = name.as_ref().map_or("NAME", |n| n.text.as_str());
                    self.slip(
                        self.span(&p),
                        "a named argument is written with `:`",
                        format!("write `{written}: ...`, or `==` to compare"),
                    );
                }
                _ => {}
            }
        }
        (name, value)
    }

    fn infix(&self, left: Built, op: P, right: Built) -> Built {
        let span = left.expr.span.to(right.expr.span);
        let op_span = self.span(&op);
        let height = left.height.max(right.height);
        let (left, right) = (left.expr, right.expr);
        let operator = match op.as_rule() {
            Rule::arrow => {
                let params = self.lambda_params(left);
                return self.built(ExprKind::Lambda { params, body: right }, span, height);
            }
            rule @ (Rule::range | Rule::range_inclusive) => {
                if matches!(*left.kind, ExprKind::Range { .. }) {
                    self.report(
                        Diagnostic::error(codes::UNEXPECTED, op_span, "a range has two ends")
                            .help("for other steps write `linspace(a, b, n)`, or `[a + 2 * i for i in 0..n]`"),
                    );
                    return Built { expr: left, height };
                }
                return self.built(
                    ExprKind::Range { start: left, end: right, inclusive: rule == Rule::range_inclusive },
                    span,
                    height,
                );
            }
            Rule::equal => return self.compare(left, CompareOp::Equal, right, span, height),
            Rule::not_equal => return self.compare(left, CompareOp::NotEqual, right, span, height),
            Rule::less => return self.compare(left, CompareOp::Less, right, span, height),
            Rule::less_equal => return self.compare(left, CompareOp::LessEqual, right, span, height),
            Rule::greater => return self.compare(left, CompareOp::Greater, right, span, height),
            Rule::greater_equal => return self.compare(left, CompareOp::GreaterEqual, right, span, height),
            Rule::add => BinaryOp::Add,
            Rule::subtract => BinaryOp::Subtract,
            Rule::multiply => BinaryOp::Multiply,
            Rule::divide => BinaryOp::Divide,
            Rule::power => BinaryOp::Power,
            Rule::power_slip => {
                self.slip(op_span, "a power is written with `^`", "write `^`");
                BinaryOp::Power
            }
            Rule::k_and => BinaryOp::And,
            Rule::and_slip => {
                self.slip(op_span, format!("`{}` is another language's `and`", op.as_str().trim()), "write `and`");
                BinaryOp::And
            }
            Rule::or_slip => {
                self.slip(op_span, format!("`{}` is another language's `or`", op.as_str().trim()), "write `or`");
                BinaryOp::Or
            }
            _ => BinaryOp::Or,
        };
        self.built(ExprKind::Binary { op: operator, left, right, op_span }, span, height)
    }

    fn compare(&self, left: Expr, op: CompareOp, right: Expr, span: Span, height: usize) -> Built {
        let grouped = |first: &Expr| left.span.start != first.span.start;
        if let ExprKind::Compare { first, .. } = &*left.kind
            && !grouped(first)
            && let ExprKind::Compare { first, mut rest } = *left.kind
        {
            rest.push((op, right));
            // A chain grows in width: its height is that of its parts.
            return Built { expr: make(ExprKind::Compare { first, rest }, span), height };
        }
        self.built(ExprKind::Compare { first: left, rest: vec![(op, right)] }, span, height)
    }

    fn lambda_params(&self, left: Expr) -> Vec<Name> {
        let span = left.span;
        let parts = match *left.kind {
            ExprKind::Tuple(parts) => parts,
            kind => vec![make(kind, span)],
        };
        let mut names = Vec::new();
        for part in parts {
            match *part.kind {
                ExprKind::Name(text) => names.push(Name { text, span: part.span }),
                _ => self.report(
                    Diagnostic::error(codes::UNEXPECTED, part.span, "what stands before `->` is not a name")
                        .expected("`x -> ...`, or `(x, y) -> ...`"),
                ),
            }
        }
        names
    }
}

fn is_operator(rule: Rule) -> bool {
    !matches!(
        rule,
        Rule::number
            | Rule::quantity
            | Rule::text
            | Rule::boolean
            | Rule::name
            | Rule::if_expr
            | Rule::lambda_slip
            | Rule::average
            | Rule::paren
            | Rule::list
            | Rule::braces
    )
}
