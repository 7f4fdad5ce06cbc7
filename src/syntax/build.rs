//! From the grammar's pairs to the items of the tree. Expressions are built in `expressions.rs`.

use super::ast::*;
use super::expressions::make;
use super::layout::{ITEM_WORDS, SOFT_WORDS};
use super::tokens::Rule;
use crate::diagnostic::{Code, Diagnostic, Span, codes};
use pest::iterators::Pair;
use std::cell::{Cell, RefCell};

type P<'a> = Pair<'a, Rule>;

/// Builds one chunk. Holds where the chunk lies in its source, and what was found wrong.
pub(super) struct Builder {
    source: u32,
    offset: usize,
    end: usize,
    prompt: bool,
    diagnostics: RefCell<Vec<Diagnostic>>,
    too_deep: Cell<bool>,
}

impl Builder {
    pub fn new(source: u32, offset: usize, end: usize, prompt: bool) -> Builder {
        Builder { source, offset, end, prompt, diagnostics: RefCell::default(), too_deep: Cell::new(false) }
    }

    /// The problems found; those that say the same of the same place once.
    pub fn finish(self) -> Vec<Diagnostic> {
        let mut all = self.diagnostics.into_inner();
        all.dedup();
        all
    }

    pub fn is_too_deep(&self) -> bool {
        self.too_deep.get()
    }

    pub fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    pub fn slip(&self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.wrong(codes::OTHER_LANGUAGE, span, message, help);
    }

    pub fn wrong(&self, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.report(Diagnostic::error(code, span, message).help(help));
    }

    pub fn report_too_deep(&self, span: Span) {
        if !self.too_deep.replace(true) {
            self.report(
                Diagnostic::error(codes::TOO_DEEP, span, "this expression is nested too deeply")
                    .expected(format!("at most {} levels", super::MAX_HEIGHT))
                    .help("name the parts with `let`, or write a list and its `sum`"),
            );
        }
    }

    /// Where a pair stands in its source, without the blanks that a rule may take behind it.
    pub fn span(&self, pair: &P) -> Span {
        let start = self.offset + pair.as_span().start();
        let end = start + pair.as_str().trim_end_matches([' ', '\n']).len();
        Span::new(self.source, start.min(self.end), end.min(self.end))
    }

    pub fn name(&self, pair: &P) -> Name {
        Name { text: pair.as_str().to_string(), span: self.span(pair) }
    }

    /// Stands where a name is missing that the grammar promises.
    pub fn nameless(&self, span: Span) -> Name {
        Name { text: "_".to_string(), span }
    }

    pub fn new_name(&self, pair: &P) -> Name {
        let name = self.name(pair);
        let text = name.text.as_str();
        if ITEM_WORDS.contains(&text) && !SOFT_WORDS.contains(&text)
            || matches!(text, "if" | "then" | "else" | "and" | "or" | "not" | "true" | "false" | "for" | "in")
        {
            self.wrong(
                codes::RESERVED,
                name.span,
                format!("`{text}` is a word of the language and cannot be a name"),
                format!("choose another name, such as `my_{text}`"),
            );
        }
        name
    }

    /// The items of a `chunk`.
    pub fn items(&self, chunk: P) -> Vec<Item> {
        let mut items = Vec::new();
        for pair in chunk.into_inner().filter(|p| p.as_rule() != Rule::EOI) {
            let span = self.span(&pair);
            self.item(pair, span, &mut items);
        }
        items
    }

    fn item(&self, pair: P, span: Span, items: &mut Vec<Item>) {
        let mut push = |kind| items.push(Item { kind, doc: None, span });
        let rule = pair.as_rule();
        match rule {
            Rule::let_item => push(ItemKind::Let(self.let_item(pair).0)),
            Rule::assign_slip => push(ItemKind::Let(self.assignment(pair))),
            Rule::couplings => push(ItemKind::Couplings(self.couplings(pair))),
            Rule::network => push(ItemKind::Network(self.network(pair, span))),
            Rule::task => push(ItemKind::Task(self.task(pair, span))),
            Rule::show | Rule::expect => {
                for p in pair.into_inner().filter(|p| p.as_rule() == Rule::expr) {
                    let value = self.expr(p);
                    let span = if items.is_empty() { span } else { value.span };
                    let kind = if rule == Rule::show { ItemKind::Show(value) } else { ItemKind::Expect(value) };
                    items.push(Item { kind, doc: None, span });
                }
            }
            Rule::bare => {
                let Some(value) = pair.into_inner().next().map(|p| self.expr(p)) else { return };
                if self.prompt {
                    push(ItemKind::Bare(value));
                } else {
                    let help = if trains(&value) {
                        "training is a task: `train NAME { model: ..., data: ..., optimiser: sgd(rate: 0.05), epochs: 50 }`"
                    } else {
                        "write `show` before it to print its value"
                    };
                    self.report(
                        Diagnostic::error(codes::UNEXPECTED, span, "an expression alone does nothing")
                            .expected("an item: `let`, `param`, `sample`, `show`, ...")
                            .help(help),
                    );
                }
            }
            Rule::experiment => {
                let (mut title, mut settings) = (None, Vec::new());
                for p in pair.into_inner() {
                    match p.as_rule() {
                        Rule::text => title = Some((self.text(&p), self.span(&p))),
                        Rule::settings => settings = self.settings(p),
                        _ => {}
                    }
                }
                push(ItemKind::Experiment { title, settings });
            }
            Rule::use_item => {
                let (mut path, mut alias) = (UsePath::Module(Vec::new()), None);
                for p in pair.into_inner() {
                    match p.as_rule() {
                        Rule::text => path = UsePath::File(self.text(&p), self.span(&p)),
                        Rule::module => path = UsePath::Module(p.into_inner().map(|w| self.name(&w)).collect()),
                        Rule::name => alias = Some(self.name(&p)),
                        _ => {}
                    }
                }
                push(ItemKind::Use { path, alias });
            }
            _ => self.named_item(pair, rule, span, &mut push),
        }
    }

    /// Items of the form `WORD NAME ...`.
    fn named_item(&self, pair: P, rule: Rule, span: Span, push: &mut dyn FnMut(ItemKind)) {
        let (mut name, mut ty, mut value) = (self.nameless(span), None, make(ExprKind::Int(0), span));
        let (mut params, mut needs, mut settings, mut body) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::word => name = self.new_name(&p),
                Rule::name => ty = Some(self.name(&p)),
                Rule::parameters => params = self.parameters(p),
                Rule::expr => value = self.expr(p),
                Rule::settings => settings = self.settings(p),
                Rule::setting => settings.push(self.setting(p)),
                Rule::requires => needs.extend(self.requires(p)),
                Rule::param_slip => value = self.param_slip(p, &name),
                Rule::fn_slip => {
                    let at = self.span(&p);
                    self.slip(
                        Span { end: at.start + 1, ..at },
                        "`=` stands between a function and its body",
                        format!("write `fn {}(...) = ...`", name.text),
                    );
                    if let Some(p) = p.into_inner().next() {
                        value = self.expr(p);
                    }
                }
                Rule::colon => {
                    self.slip(self.span(&p), "a schedule is defined with `=`", format!("write `schedule {} = ...`", name.text))
                }
                Rule::let_item => body.push(ModelEntry::Let(self.let_item(p).0)),
                Rule::couplings => body.push(ModelEntry::Couplings(self.couplings(p))),
                Rule::assign_slip => {
                    let item = self.assignment(p);
                    body.push(ModelEntry::Let(item));
                }
                Rule::energy => body.push(self.energy(p)),
                Rule::local_field => body.push(self.local_field(p)),
                Rule::variable => body.push(ModelEntry::Variable(self.variable(p))),
                _ => {}
            }
        }
        push(match rule {
            Rule::param => ItemKind::Param(ParamItem { name, ty, value }),
            Rule::fn_item => ItemKind::Fn(Function { name, params, requires: needs, body: value }),
            Rule::schedule => ItemKind::Schedule { name, value },
            Rule::lattice => ItemKind::Lattice { name, params, requires: needs, settings },
            Rule::model => {
                // `requires` of the head and of the body are one list, and stand first.
                let mut all: Vec<ModelEntry> = needs.into_iter().map(ModelEntry::Requires).collect();
                all.append(&mut body);
                ItemKind::Model { name, params, body: all }
            }
            _ => ItemKind::Plot { name, settings },
        });
    }

    fn param_slip(&self, pair: P, name: &Name) -> Expr {
        let span = self.span(&pair);
        let value = pair.into_inner().next().map_or_else(|| make(ExprKind::Int(0), span), |p| self.expr(p));
        let name = &name.text;
        match &*value.kind {
            ExprKind::Name(ty) => self.report(
                Diagnostic::error(codes::UNEXPECTED, value.span, format!("the parameter `{name}` has no value"))
                    .expected(format!("`= value` after `{ty}`"))
                    .help(format!("write `param {name}: {ty} = ...`; `--set {name}=...` overrides it")),
            ),
            _ => self.slip(
                Span { end: span.start + 1, ..span },
                "a parameter's value stands after `=`",
                format!("write `param {name} = ...`"),
            ),
        }
        value
    }

    /// A `let` and the height of its expression.
    pub fn let_item(&self, pair: P) -> (Let, usize) {
        let span = self.span(&pair);
        let (mut name, mut value, mut height) = (self.nameless(span), Binding::Is(make(ExprKind::Int(0), span)), 0);
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::word => name = self.new_name(&p),
                Rule::is | Rule::draw => (value, height) = self.binding(p),
                _ => {}
            }
        }
        (Let { name, value }, height)
    }

    fn binding(&self, pair: P) -> (Binding, usize) {
        let span = self.span(&pair);
        let draw = pair.as_rule() == Rule::draw;
        let (mut parts, mut height) = (Vec::new(), 0);
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::expr => {
                    let (e, h) = self.measured(p);
                    parts.push(e);
                    height = height.max(h);
                }
                Rule::equals_slip => self.slip(self.span(&p), "`==` compares, it does not define", "write `=`"),
                _ => {}
            }
        }
        let first = if parts.is_empty() { make(ExprKind::Int(0), span) } else { parts.remove(0) };
        (if draw { Binding::Draw { distribution: first, by: parts } } else { Binding::Is(first) }, height)
    }

    /// `x = 3` where `let x = 3` is meant.
    fn assignment(&self, pair: P) -> Let {
        let span = self.span(&pair);
        let (mut name, mut value) = (self.nameless(span), make(ExprKind::Int(0), span));
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::name => name = self.new_name(&p),
                Rule::expr => value = self.expr(p),
                _ => {}
            }
        }
        let d = Diagnostic::error(codes::OTHER_LANGUAGE, name.span, "a definition begins with `let`");
        self.report(match name.text.as_str() {
            "E" | "H" | "U" | "hamiltonian" | "Hamiltonian" => {
                d.help(format!("write `let {0} = ...`, or `energy = ...` if it is the model's energy", name.text))
            }
            _ => d.help(format!("write `let {} = ...`", name.text)),
        });
        Let { name, value: Binding::Is(value) }
    }

    pub fn couplings(&self, pair: P) -> Couplings {
        let span = self.span(&pair);
        let mut out = Couplings { name: self.nameless(span), on: None, value: Binding::Is(make(ExprKind::Int(0), span)) };
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::word => out.name = self.new_name(&p),
                Rule::expr => out.on = Some(self.expr(p)),
                Rule::is | Rule::draw => out.value = self.binding(p).0,
                _ => {}
            }
        }
        out
    }

    pub fn parameters(&self, pair: P) -> Vec<Parameter> {
        pair.into_inner()
            .map(|p| {
                let mut out = Parameter { name: self.nameless(self.span(&p)), ty: None, default: None };
                let mut named = false;
                for q in p.into_inner() {
                    match q.as_rule() {
                        Rule::name if named => out.ty = Some(self.name(&q)),
                        Rule::name => (out.name, named) = (self.name(&q), true),
                        Rule::expr => out.default = Some(self.expr(q)),
                        _ => {}
                    }
                }
                out
            })
            .collect()
    }

    pub fn requires(&self, pair: P) -> Vec<Expr> {
        pair.into_inner().filter(|p| p.as_rule() == Rule::expr).map(|p| self.expr(p)).collect()
    }

    fn settings(&self, pair: P) -> Vec<Setting> {
        pair.into_inner().map(|p| self.setting(p)).collect()
    }

    pub fn setting(&self, pair: P) -> Setting {
        let span = self.span(&pair);
        let mut out = Setting { name: self.nameless(span), value: make(ExprKind::Int(0), span) };
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::word => out.name = self.name(&p),
                Rule::expr => out.value = self.expr(p),
                Rule::equals => self.slip(
                    self.span(&p),
                    "a setting is written with `:`",
                    format!("write `{0}: ...`; to define a name of your own, `let {0} = ...`", out.name.text),
                ),
                _ => {}
            }
        }
        out
    }
}

/// `model.fit(...)`, `net.compile(...)`, `loss.backward()`: what other libraries call to train.
fn trains(value: &Expr) -> bool {
    let ExprKind::Call { callee, .. } = &*value.kind else { return false };
    matches!(&*callee.kind, ExprKind::Member { name, .. } if matches!(name.text.as_str(), "fit" | "compile" | "backward"))
}
