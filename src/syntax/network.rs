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
                    None => self.bound_with_colon(sign, &name),
                }
                NetworkEntry::Bind { name, value }
            }
        });
    }
}

/// How the input that was meant is written, as far as that can be told.
fn input_help(name: &str, value: &Expr) -> String {
    match &*value.kind {
        _ if name != "_" => format!("write `input {name}: [...]`, with its shape between the brackets"),
        ExprKind::Index { base, .. } => match &*base.kind {
            ExprKind::Name(x) => format!("write `input {x}: [...]`, with its shape between the brackets"),
            _ => "write `input x: [64], label: class(10)`".to_string(),
        },
        _ => "write `input x: [64], label: class(10)`".to_string(),
    }
}
