//! From the grammar's pairs to networks, with what people write there who know another library.

use super::ast::*;
use super::build::Builder;
use super::expressions::make;
use super::frameworks;
use super::tokens::Rule;
use crate::diagnostic::{Diagnostic, Span, codes};
use pest::iterators::Pair;

type P<'a> = Pair<'a, Rule>;

/// What stands behind a name: `x: [64]`, `h = ...`, `loss = ...`.
struct Parts {
    name: Name,
    value: Expr,
    /// The `:` or `=` between them.
    sign: Span,
    span: Span,
}

impl Builder {
    pub(super) fn network(&self, pair: P, span: Span) -> Network {
        let mut out = Network { name: self.nameless(span), params: Vec::new(), requires: Vec::new(), body: Vec::new() };
        let (text, start) = (pair.as_str(), pair.as_span().start());
        let mut head = true;
        for p in pair.into_inner() {
            // `requires` may stand in the head as well as in the body: an open brace between tells them apart.
            let before = &text[..p.as_span().start() - start];
            head &= !before.trim_end_matches([' ', '\n', ',']).ends_with('{');
            match p.as_rule() {
                Rule::k_network => {}
                Rule::word => out.name = self.new_name(&p),
                Rule::parameters => out.params = self.parameters(p),
                Rule::requires if head => out.requires = self.requires(p),
                Rule::requires => out.body.extend(self.requires(p).into_iter().map(NetworkEntry::Requires)),
                Rule::input => {
                    let parts = p.into_inner().filter(|q| q.as_rule() == Rule::input_part);
                    out.body.extend(parts.map(|q| self.input(q)));
                }
                Rule::let_item => out.body.push(match self.let_item(p).0 {
                    Let { name, value: Binding::Is(value) } if name.text == "loss" => {
                        NetworkEntry::Loss { span: name.span.to(value.span), value }
                    }
                    item => NetworkEntry::Let(item),
                }),
                rule => self.network_entry(p, rule, &mut out.body),
            }
        }
        out
    }

    fn parts(&self, pair: P) -> Parts {
        let span = self.span(&pair);
        let mut out = Parts { name: self.nameless(span), value: make(ExprKind::Int(0), span), sign: span, span };
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::name => out.name = self.name(&p),
                Rule::expr => out.value = self.expr(p),
                Rule::colon | Rule::equals | Rule::shape | Rule::k_in => out.sign = self.span(&p),
                _ => {}
            }
        }
        out
    }

    fn input(&self, pair: P) -> NetworkEntry {
        let Parts { name, value, sign, span } = self.parts(pair);
        // `h: dense(x, 64)` in the line below an input.
        if let ExprKind::Call { callee, .. } = &*value.kind
            && matches!(&*callee.kind, ExprKind::Name(f) if frameworks::is_layer(f))
        {
            self.bound_with_colon(sign, &name);
        }
        NetworkEntry::Input { name, value, doc: None, span }
    }

    /// `nn.Linear(64, 10)`, `torch.optim.SGD(...)`: the path of another library is called.
    pub(super) fn foreign_call(&self, callee: &Expr) {
        let (mut path, mut root) = (Vec::new(), callee);
        while let ExprKind::Member { base, name } = &*root.kind {
            path.push(name.text.as_str());
            root = base;
        }
        let (ExprKind::Name(first), Some(last)) = (&*root.kind, path.first()) else { return };
        if let Some(help) = frameworks::path(first, last) {
            path.push(first);
            path.reverse();
            self.slip(callee.span, format!("`{}` is another library's", path.join(".")), help);
        }
    }

    fn bound_with_colon(&self, sign: Span, name: &Name) {
        self.slip(sign, "a layer is bound to its name with `=`", format!("write `{} = ...`", name.text));
    }

    fn network_entry(&self, pair: P, rule: Rule, body: &mut Vec<NetworkEntry>) {
        if rule == Rule::weights_slip {
            self.report(
                Diagnostic::error(
                    codes::UNEXPECTED,
                    self.span(&pair),
                    "a network declares no variables: its layers own their weights",
                )
                .expected("`h = dense(x, 64)`: the weights are then `h.weight` and `h.bias`")
                .help("an energy of variables of your own is a `model`"),
            );
            return;
        }
        let more: Vec<P> = pair.clone().into_inner().filter(|p| p.as_rule() == Rule::input_part).collect();
        let Parts { name, value, sign, span } = self.parts(pair);
        let written = name.text.as_str();
        body.push(match rule {
            Rule::bind => NetworkEntry::Bind { name, value },
            Rule::loss => NetworkEntry::Loss { value, span },
            Rule::metric => NetworkEntry::Metric { name, value, doc: None },
            Rule::loss_slip => {
                self.slip(sign, "the loss is defined with `=`", "write `loss = ...`");
                NetworkEntry::Loss { value, span }
            }
            Rule::metric_slip => {
                let shown = if written == "_" { "NAME" } else { written };
                self.slip(sign, "a metric is defined with `=`", format!("write `metric {shown} = ...`"));
                NetworkEntry::Metric { name, value, doc: None }
            }
            Rule::input_slip => {
                self.slip(sign, "an input is declared as `input NAME: SHAPE`", input_help(written, &value));
                NetworkEntry::Input { name, value, doc: None, span }
            }
            Rule::layer_slip => {
                let word = Span { end: name.span.start, ..span };
                self.slip(word, "a layer is bound to its name without another word", format!("write `{written} = ...`"));
                NetworkEntry::Bind { name, value }
            }
            _ => {
                match frameworks::setting(written) {
                    Some((message, help)) => self.slip(name.span, message, help),
                    None if is_shape(&value) => self.slip(
                        name.span,
                        "inputs, and the targets that the loss compares with, are declared with `input`",
                        format!("write `input {written}: ...`"),
                    ),
                    None => self.bound_with_colon(sign, &name),
                }
                NetworkEntry::Bind { name, value }
            }
        });
        body.extend(more.into_iter().map(|p| self.input(p)));
    }
}

/// How the input that was meant is written, as far as that can be told.
fn input_help(name: &str, value: &Expr) -> String {
    let (name, shape) = match &*value.kind {
        // `input: x[64]`
        ExprKind::Index { base, indices } if name == "_" => match &*base.kind {
            ExprKind::Name(x) => (x.as_str(), sizes(indices)),
            _ => (name, None),
        },
        _ => (name, None),
    };
    match shape {
        _ if name == "_" => "write `input x: [64], label: class(10)`".to_string(),
        Some(sizes) => format!("write `input {name}: [{sizes}]`"),
        None => format!("write `input {name}: ...`, with its shape, such as `[64]`, or `class(10)`"),
    }
}

/// Indices that are numbers, as they are written.
fn sizes(indices: &[IndexArgument]) -> Option<String> {
    let all: Option<Vec<String>> = indices
        .iter()
        .map(|i| match i {
            IndexArgument::Value(Expr { kind, .. }) => {
                if let ExprKind::Int(n) = **kind {
                    Some(n.to_string())
                } else {
                    None
                }
            }
            IndexArgument::Replica(..) => None,
        })
        .collect();
    all.map(|a| a.join(", "))
}

/// `[64]`, `class(10)`: what only an input has behind its `:`.
fn is_shape(value: &Expr) -> bool {
    match &*value.kind {
        ExprKind::List(_) | ExprKind::Tuple(_) | ExprKind::Int(_) => true,
        ExprKind::Call { callee, .. } => matches!(&*callee.kind, ExprKind::Name(f) if f == "class"),
        _ => false,
    }
}
