//! From the grammar's pairs to what stands inside models and tasks.

use super::ast::*;
use super::build::Builder;
use super::expressions::make;
use super::tokens::Rule;
use crate::diagnostic::{Diagnostic, Span, codes};
use pest::iterators::Pair;

type P<'a> = Pair<'a, Rule>;

impl Builder {
    pub(super) fn energy(&self, pair: P) -> ModelEntry {
        let (value, span) = self.defined(pair, "the energy is defined with `=`", "write `energy = ...`");
        ModelEntry::Energy { value, span }
    }

    pub(super) fn local_field(&self, pair: P) -> ModelEntry {
        let (value, span) = self.defined(pair, "the local fields are defined with `=`", "write `field = ...`");
        ModelEntry::Field { value, span }
    }

    /// The value of an entry that is defined with `=`, and what is said of a colon.
    fn defined(&self, pair: P, slip: &str, help: &str) -> (Expr, Span) {
        let span = self.span(&pair);
        let mut value = make(ExprKind::Int(0), span);
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::expr => value = self.expr(p),
                Rule::colon => self.slip(self.span(&p), slip, help),
                _ => {}
            }
        }
        (value, span)
    }

    pub(super) fn variable(&self, pair: P) -> Variable {
        let span = self.span(&pair);
        let mut names = Vec::new();
        let (mut shape, mut on, mut within, mut initial) = (Vec::new(), None, None, None);
        for p in pair.into_inner() {
            let rule = p.as_rule();
            match rule {
                Rule::name => names.push(self.name(&p)),
                Rule::shape => shape = p.into_inner().map(|e| self.expr(e)).collect(),
                _ => {
                    let at = self.span(&p);
                    let Some(value) = p.into_inner().find(|q| q.as_rule() == Rule::expr).map(|e| self.expr(e)) else { continue };
                    let (slot, word) = match rule {
                        Rule::variable_on => (&mut on, "on"),
                        Rule::variable_in => (&mut within, "in"),
                        _ => (&mut initial, "~"),
                    };
                    if slot.is_some() {
                        self.report(Diagnostic::error(codes::UNEXPECTED, at, format!("a variable has one `{word}`")));
                    }
                    *slot = Some(if rule == Rule::variable_in { self.as_set(value) } else { value });
                }
            }
        }
        let name = names.pop().unwrap_or_else(|| self.nameless(span));
        let kind = names.pop().unwrap_or_else(|| self.nameless(span));
        Variable { kind, name, shape, on, within, initial, span }
    }

    /// Braces after the `in` of a variable are a set, also with one element.
    fn as_set(&self, value: Expr) -> Expr {
        match *value.kind {
            ExprKind::Block { lets, value: inner } if lets.is_empty() => {
                if let ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Subtract, op_span, left, right } = &*inner.kind
                    && op_span.start > left.span.end
                    && op_span.end == right.span.start
                {
                    self.report(
                        Diagnostic::error(codes::UNEXPECTED, *op_span, "a comma is missing between the values of this set")
                            .expected("`{-1, +1}`"),
                    );
                }
                make(ExprKind::Set(vec![inner]), value.span)
            }
            kind => make(kind, value.span),
        }
    }

    pub(super) fn task(&self, pair: P, span: Span) -> Task {
        let mut out = Task { kind: self.nameless(span), name: self.nameless(span), axes: Vec::new(), of: None, body: Vec::new() };
        // The block that quantities of a probe itself go into, by its place in the body.
        let mut direct = None;
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::k_sample | Rule::k_anneal | Rule::k_train | Rule::k_probe => out.kind = self.name(&p),
                Rule::word => out.name = self.new_name(&p),
                Rule::axes => out.axes = self.axes(p),
                Rule::axes_slip => {
                    self.slip(
                        self.span(&p),
                        "the axes of a task stand before its `of`",
                        format!("write `{} {} over ... of ...`", out.kind.text, out.name.text),
                    );
                    out.axes.extend(p.into_inner().flat_map(|a| self.axes(a)));
                }
                Rule::of => out.of = p.into_inner().find(|q| q.as_rule() == Rule::expr).map(|q| self.expr(q)),
                Rule::let_item => out.body.push(TaskEntry::Let(self.let_item(p).0)),
                Rule::setting => out.body.push(TaskEntry::Setting(self.setting(p))),
                Rule::couplings => out.body.push(TaskEntry::Couplings(self.couplings(p))),
                Rule::block => out.body.push(TaskEntry::Block(self.block(p))),
                Rule::quantity_entry => self.quantity(p, &mut direct, &mut out.body),
                _ => {}
            }
        }
        out
    }

    fn axes(&self, pair: P) -> Vec<Axis> {
        pair.into_inner().filter(|a| a.as_rule() == Rule::axis).map(|a| self.axis(a)).collect()
    }

    /// `name = value` in a probe itself: a quantity of its `observe`.
    fn quantity(&self, pair: P, direct: &mut Option<usize>, body: &mut Vec<TaskEntry>) {
        let span = self.span(&pair);
        let equals = pair.clone().into_inner().find(|p| p.as_rule() == Rule::equals).map_or(span, |p| self.span(&p));
        let entry = self.entry(pair, "observe");
        let name = entry.name.text.as_str();
        if matches!(name, "data" | "at" | "model") {
            self.slip(equals, "a setting is written with `:`", format!("write `{name}: ...`"));
        }
        let at = *direct.get_or_insert(body.len());
        if at == body.len() {
            let kind = Name { text: "observe".to_string(), span: entry.name.span };
            body.push(TaskEntry::Block(Block { kind, at_end: None, every: None, at: None, entries: Vec::new(), span }));
        }
        if let Some(TaskEntry::Block(block)) = body.get_mut(at) {
            block.span = block.span.to(span);
            block.entries.push(entry);
        }
    }

    fn axis(&self, pair: P) -> Axis {
        let span = self.span(&pair);
        let mut out = Axis { name: self.nameless(span), values: make(ExprKind::Int(0), span) };
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::name => out.name = self.name(&p),
                Rule::expr => out.values = self.as_set(self.expr(p)),
                _ => {}
            }
        }
        out
    }

    fn block(&self, pair: P) -> Block {
        let span = self.span(&pair);
        let mut out = Block { kind: self.nameless(span), at_end: None, every: None, at: None, entries: Vec::new(), span };
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::name => out.kind = self.name(&p),
                Rule::at_end => out.at_end = Some(self.span(&p)),
                Rule::at_times => out.at = self.times(p, "at"),
                Rule::every => out.every = self.times(p, "every"),
                Rule::entry => out.entries.push(self.entry(p, &out.kind.text)),
                _ => {}
            }
        }
        out
    }

    /// What follows `every` or `at` in the head of a block.
    fn times(&self, pair: P, word: &str) -> Option<Expr> {
        let span = self.span(&pair);
        let Some(value) = pair.into_inner().find(|q| q.as_rule() == Rule::expr).map(|q| self.expr(q)) else {
            let (what, help) = match word {
                "at" => ("times are", "write `at [0, 10, 100] { ... }`, or `at end { ... }`"),
                _ => ("a number is", "write `every 1 epoch { ... }`"),
            };
            self.wrong(codes::UNEXPECTED, span, format!("{what} missing after `{word}`"), help);
            return None;
        };
        if let (ExprKind::Name(unit), "every") = (&*value.kind, word)
            && matches!(unit.as_str(), "epoch" | "sweep")
        {
            self.slip(value.span, format!("a number is missing before `{unit}`"), format!("write `every 1 {unit}`"));
        }
        Some(value)
    }

    fn entry(&self, pair: P, block: &str) -> BlockEntry {
        let span = self.span(&pair);
        let mut out =
            BlockEntry { name: self.nameless(span), colon: false, every: false, value: make(ExprKind::Int(0), span), doc: None };
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::name => out.name = self.name(&p),
                Rule::expr => out.value = self.expr(p),
                Rule::every_kept => {
                    out.every = true;
                    if let Some(q) = p.into_inner().find(|q| q.as_rule() == Rule::expr) {
                        out.value = self.expr(q);
                    }
                }
                Rule::colon => {
                    out.colon = true;
                    if block != "keep" {
                        self.slip(
                            self.span(&p),
                            format!("a quantity of `{block}` is defined with `=`"),
                            format!("write `{} = ...`", out.name.text),
                        );
                    }
                }
                Rule::equals if block == "keep" => {
                    self.slip(
                        self.span(&p),
                        "`keep` says with `:` how to keep a quantity",
                        format!("write `{}: ...`", out.name.text),
                    );
                }
                _ => {}
            }
        }
        out
    }
}
