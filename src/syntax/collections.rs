//! Expressions that hold several: lists, comprehensions, sets, blocks, and sums over index sets.

use super::ast::*;
use super::build::Builder;
use super::expressions::{Built, make};
use super::tokens::Rule;
use crate::diagnostic::{Diagnostic, Span, codes};
use pest::iterators::Pair;

type P<'a> = Pair<'a, Rule>;

impl Builder {
    pub(super) fn list(&self, pair: P, span: Span) -> Built {
        let (mut values, mut clauses, mut filter, mut height) = (Vec::new(), Vec::new(), None, 0);
        for p in pair.into_inner() {
            let h = match p.as_rule() {
                Rule::expr => {
                    let b = self.sequence(p);
                    values.push(b.expr);
                    b.height
                }
                Rule::generator => {
                    let Some(binder) = p.into_inner().find(|b| b.as_rule() == Rule::binder) else { continue };
                    let (binder, h) = self.binder(binder);
                    clauses.push(binder);
                    h
                }
                Rule::filter => {
                    let (f, h) = self.filter(p);
                    filter = f;
                    h
                }
                _ => 0,
            };
            height = height.max(h);
        }
        match values.pop() {
            Some(body) if !clauses.is_empty() => self.built(ExprKind::Comprehension { body, clauses, filter }, span, height),
            Some(last) => {
                values.push(last);
                self.built(ExprKind::List(values), span, height)
            }
            None => self.built(ExprKind::List(values), span, 0),
        }
    }

    pub(super) fn braces(&self, pair: P, span: Span) -> Built {
        let (mut lets, mut values, mut height) = (Vec::new(), Vec::new(), 0);
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::let_item => {
                    let (item, h) = self.let_item(p);
                    height = height.max(h);
                    lets.push(item);
                }
                Rule::expr => {
                    let b = self.sequence(p);
                    height = height.max(b.height);
                    values.push(b.expr);
                }
                _ => {}
            }
        }
        match (values.len(), values.pop()) {
            (1, Some(value)) => self.built(ExprKind::Block { lets, value }, span, height),
            (_, Some(last)) => {
                values.push(last);
                if !lets.is_empty() {
                    self.report(
                        Diagnostic::error(codes::UNEXPECTED, span, "a block has one value")
                            .expected("`let`s, and one expression at the end")
                            .help("a list is written `[a, b]`"),
                    );
                }
                self.built(ExprKind::Set(values), span, height)
            }
            (_, None) => {
                if !lets.is_empty() {
                    self.report(
                        Diagnostic::error(codes::UNEXPECTED, span, "a block needs a value")
                            .expected("an expression after the last `let`"),
                    );
                }
                self.built(ExprKind::Set(Vec::new()), span, 0)
            }
        }
    }

    fn filter(&self, pair: P) -> (Option<Expr>, usize) {
        match pair.into_inner().find(|p| p.as_rule() == Rule::expr) {
            Some(p) => {
                let b = self.sequence(p);
                (Some(b.expr), b.height)
            }
            None => (None, 0),
        }
    }

    fn binder(&self, pair: P) -> (Binder, usize) {
        let mut names = Vec::new();
        let mut domain = Built { expr: make(ExprKind::Int(0), self.span(&pair)), height: 0 };
        let mut form = Rule::each;
        for kind in pair.into_inner() {
            form = kind.as_rule();
            for p in kind.into_inner() {
                match p.as_rule() {
                    Rule::name => names.push(self.name(&p)),
                    Rule::expr => domain = self.sequence(p),
                    _ => {}
                }
            }
        }
        let Built { expr: domain, height } = domain;
        let binder = match form {
            Rule::bond if names.len() == 2 => {
                let second = names.remove(1);
                Binder::Bond { first: names.remove(0), second, domain }
            }
            Rule::ordered => Binder::Ordered { names, domain },
            _ => Binder::Each { names, domain },
        };
        (binder, height)
    }

    pub(super) fn reduction(&self, callee: Expr, op: P, span: Span, mut height: usize) -> Built {
        let (mut binders, mut filter, mut body) = (Vec::new(), None, None);
        for p in op.into_inner() {
            let h = match p.as_rule() {
                Rule::binder => {
                    let (b, h) = self.binder(p);
                    binders.push(b);
                    h
                }
                Rule::filter => {
                    let (f, h) = self.filter(p);
                    filter = f;
                    h
                }
                Rule::expr => {
                    let b = self.sequence(p);
                    body = Some(b.expr);
                    b.height
                }
                _ => 0,
            };
            height = height.max(h);
        }
        let body = body.unwrap_or_else(|| make(ExprKind::Int(0), span));
        let op = match *callee.kind {
            ExprKind::Name(text) => Name { text, span: callee.span },
            _ => {
                self.report(
                    Diagnostic::error(codes::UNEXPECTED, callee.span, "a sum over an index set begins with a name")
                        .expected("`sum(i in ...: ...)`, or `prod`, `mean`, `min`, `max`, `count`, `any`, `all`"),
                );
                self.nameless(callee.span)
            }
        };
        self.built(ExprKind::Reduce { op, binders, filter, body }, span, height)
    }
}
