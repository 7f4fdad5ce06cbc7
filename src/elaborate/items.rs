//! The items of a script, in their order.

use super::network::NetworkDefinition;
use super::scope::Scope;
use super::value::{Closure, Eval, LatticeDefinition, ModelDefinition, Value};
use super::{Elaborator, UsedParam, names};
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::plan::Expr;
use crate::plan::draw::{Draw, key_from};
use crate::syntax::ast::{self, Binding, ItemKind};
use std::rc::Rc;
use std::sync::Arc;

impl Elaborator<'_> {
    pub(crate) fn script(&mut self, script: &ast::Script, source: u32, scope: &Rc<Scope>) {
        let file = &self.sources.files[source as usize];
        self.elaborated.sources.insert(0, (file.name.clone(), file.text.clone()));
        self.elaborated.doc = script.doc.clone();
        self.declared = names::declared(script, &self.sources.files[source as usize].text);
        self.seed_of(script, scope);
        for item in &script.items {
            self.item(item, scope, true);
        }
    }

    /// The seed comes first: draws anywhere in the script depend on it.
    fn seed_of(&mut self, script: &ast::Script, scope: &Rc<Scope>) {
        if self.options.seed.is_none() {
            for item in &script.items {
                if let ItemKind::Experiment { settings, .. } = &item.kind
                    && let Some(s) = settings.iter().find(|s| s.name.text == "seed")
                {
                    match self.eval(&s.value, scope) {
                        Ok(Value::Int(i)) if i >= 0 => self.seed = i as u64,
                        Ok(other) => {
                            let d = Diagnostic::error(
                                codes::DOMAIN,
                                s.value.span,
                                "the seed must be a whole number that is not negative",
                            )
                            .label(format!("this is {}", super::value::describe(&other)));
                            self.fail(d);
                        }
                        Err(_) => {}
                    }
                }
            }
        }
        self.elaborated.plan.seed = self.seed;
    }

    /// What is left to say once all items are through.
    pub(crate) fn finish(&mut self, scope: &Rc<Scope>) {
        let unknown: Vec<String> =
            self.options.set.iter().zip(&self.set_used).filter(|(_, used)| !**used).map(|(s, _)| s.0.clone()).collect();
        let params: Vec<String> = self.elaborated.params.iter().map(|p| p.name.clone()).collect();
        for name in unknown {
            let mut d = Diagnostic::general(codes::BAD_PARAM, format!("the script has no parameter `{name}`"));
            d = if params.is_empty() {
                d.expected("no `--set`: the script has no `param`")
            } else {
                d.expected(format!("one of {}", super::expression::quoted(&params)))
            };
            if let Some(near) = nearest(&name, params.iter().map(String::as_str)) {
                d = d.help(format!("did you mean `{near}`?"));
            }
            self.fail(d);
        }
        let _ = scope;
    }

    /// One item. `whole`: of the script itself, not of a module.
    pub fn item(&mut self, item: &ast::Item, scope: &Rc<Scope>, whole: bool) {
        match &item.kind {
            ItemKind::Experiment { title, settings } => self.experiment(title.as_ref(), settings, scope),
            ItemKind::Use { path, alias } => self.use_module(path, alias.as_ref(), scope),
            ItemKind::Param(p) => self.param(p, item.doc.clone(), scope, whole),
            ItemKind::Let(l) => {
                let value = self.let_in(l, scope);
                if whole {
                    self.derived(&l.name, &value, &l.value, item.doc.clone());
                }
            }
            ItemKind::Fn(f) => {
                self.check_names(&f.params, f.requires.iter().chain([&f.body]), &[&f.name.text], scope);
                let closure = Value::Function(Rc::new(Closure {
                    name: f.name.text.clone(),
                    params: f.params.clone(),
                    requires: f.requires.clone(),
                    body: f.body.clone(),
                    scope: scope.clone(),
                }));
                self.define(&f.name, closure, scope);
            }
            ItemKind::Couplings(c) => {
                let value = self.couplings(c, "", scope).unwrap_or(Value::Failed);
                self.define(&c.name, value, scope);
            }
            ItemKind::Schedule { name, value } => {
                let v = match self.eval(value, scope) {
                    Ok(Value::Schedule(s)) => Value::Schedule(s),
                    Ok(other) => {
                        let _: Eval<()> = self.wrong_type(&other, value.span, "a schedule, such as `geometric(3.0, 0.1)`,");
                        Value::Failed
                    }
                    Err(_) => Value::Failed,
                };
                self.define(name, v, scope);
            }
            ItemKind::Lattice { name, params, requires, settings } => {
                self.check_lattice(name, settings);
                self.check_names(params, requires.iter().chain(settings.iter().map(|s| &s.value)), &[], scope);
                let definition = LatticeDefinition {
                    name: name.text.clone(),
                    span: name.span,
                    params: params.clone(),
                    requires: requires.clone(),
                    settings: settings.clone(),
                    scope: scope.clone(),
                };
                self.define(name, Value::LatticeKind(Rc::new(definition)), scope);
            }
            ItemKind::Model { name, params, body } => {
                let definition = Rc::new(ModelDefinition {
                    name: name.text.clone(),
                    span: name.span,
                    params: params.clone(),
                    body: body.clone(),
                    scope: scope.clone(),
                });
                let good = self.check_model(&definition);
                self.define(name, if good { Value::ModelKind(definition) } else { Value::Failed }, scope);
            }
            ItemKind::Network(n) => {
                let definition = Rc::new(NetworkDefinition {
                    name: n.name.text.clone(),
                    span: n.name.span,
                    params: n.params.clone(),
                    requires: n.requires.clone(),
                    body: n.body.clone(),
                    scope: scope.clone(),
                });
                let good = self.check_network(&definition);
                self.define(&n.name, if good { Value::NetworkKind(definition) } else { Value::Failed }, scope);
            }
            ItemKind::Task(task) => {
                let value = self.task(task, item.doc.clone(), scope).unwrap_or(Value::Failed);
                self.define(&task.name, value, scope);
            }
            ItemKind::Show(e) => self.show(e, scope),
            ItemKind::Expect(e) => self.expect(e, scope),
            ItemKind::Plot { name, settings } => self.plot(name, settings, item.doc.clone(), scope),
            ItemKind::Bare(e) => self.show(e, scope),
        }
    }

    /// Binds a name of this scope, once.
    pub(crate) fn define(&mut self, name: &ast::Name, value: Value, scope: &Rc<Scope>) {
        if let Some(place) = scope.place(&name.text) {
            let mut d = Diagnostic::error(codes::DUPLICATE, name.span, format!("`{}` is already defined", name.text))
                .label("defined again here");
            if let Some(first) = place {
                d = d.related(first, "first defined here");
            }
            let help = match place {
                Some(_) => "choose another name".to_string(),
                None => {
                    "it comes from a module: choose another name, or keep the module's names apart with `use ... as`".to_string()
                }
            };
            self.fail(d.help(help));
            return;
        }
        scope.define(&name.text, value, Some(name.span));
    }

    /// A `let` in a scope; the value that the name now has.
    pub(crate) fn let_in(&mut self, l: &ast::Let, scope: &Rc<Scope>) -> Value {
        let value = match &l.value {
            Binding::Is(e) => self.named(&l.name.text, |elaborator| elaborator.eval(e, scope)),
            Binding::Draw { distribution, by } => self.draw(&l.name, distribution, by, scope),
        };
        let value = value.unwrap_or(Value::Failed);
        self.define(&l.name, value.clone(), scope);
        value
    }

    /// `~ distribution by keys`
    fn draw(&mut self, name: &ast::Name, distribution: &ast::Expr, by: &[ast::Expr], scope: &Rc<Scope>) -> Eval {
        const DRAWN_AT_ONCE: usize = 10_000;
        let value = self.eval(distribution, scope);
        let keys = self.keys(by, scope)?;
        let Value::Distribution(kind) = value? else {
            let d = Diagnostic::error(codes::TYPE, distribution.span, "a distribution must follow `~`")
                .expected("a distribution, such as `normal(0, 1, shape: [100])`")
                .help("for a value that is not random write `=`");
            return Err(self.fail(d));
        };
        let shape = kind.shape.clone().unwrap_or_default();
        let key = key_from(self.seed, &name.text, &keys);
        let draw = match Draw::new(kind.distribution.clone(), shape.clone(), key) {
            Ok(draw) => draw,
            Err(reason) => return self.error(codes::DOMAIN, distribution.span, reason),
        };
        if shape.is_empty() {
            return Ok(Value::Real(draw.value(0)));
        }
        if draw.len() <= DRAWN_AT_ONCE {
            return Ok(nest(&draw.materialise(), &shape));
        }
        Ok(Value::array(Expr::Random(Arc::new(draw)), super::value::Kind::Real, shape))
    }

    /// The keys of a draw, as text.
    pub(crate) fn keys(&mut self, by: &[ast::Expr], scope: &Rc<Scope>) -> Eval<Vec<String>> {
        let values = self.eval_all(by, scope)?;
        for (value, e) in values.iter().zip(by) {
            if matches!(value, Value::Symbolic(_)) && value.number().is_none() {
                return self.not_known_yet(e.span, "the key of a draw");
            }
        }
        Ok(values.iter().map(super::value::describe).collect())
    }

    fn experiment(&mut self, title: Option<&(String, crate::diagnostic::Span)>, settings: &[ast::Setting], scope: &Rc<Scope>) {
        self.elaborated.plan.title = title.map(|t| t.0.clone());
        for s in settings {
            if !super::settings::EXPERIMENT.iter().any(|row| row.name == s.name.text) {
                self.unknown_setting("experiment", &s.name, super::settings::EXPERIMENT);
                continue;
            }
            if s.name.text == "seed" {
                continue;
            }
            if let Ok(value) = self.eval(&s.value, scope) {
                let text = match &value {
                    Value::Text(t) => t.to_string(),
                    Value::List(items) => items
                        .iter()
                        .map(|v| match v {
                            Value::Text(t) => t.to_string(),
                            other => super::value::describe(other),
                        })
                        .collect::<Vec<_>>()
                        .join("; "),
                    other => super::value::describe(other),
                };
                self.elaborated.attributes.push((s.name.text.clone(), text));
            }
        }
    }

    fn param(&mut self, p: &ast::ParamItem, doc: Option<String>, scope: &Rc<Scope>, whole: bool) {
        if let Some(ty) = &p.ty {
            self.check_type_name(ty);
        }
        let mut value = self.eval(&p.value, scope);
        if let (Ok(v), Some(ty)) = (&value, &p.ty) {
            let v = v.clone();
            if let Err(f) = self.check_type(&v, &ty.text, p.value.span, &p.name.text, "param") {
                value = Err(f);
            }
        }
        if whole && let Some(k) = self.options.set.iter().rposition(|(name, _)| *name == p.name.text) {
            for (used, (name, _)) in self.set_used.iter_mut().zip(&self.options.set) {
                *used |= *name == p.name.text;
            }
            value = self.override_param(k, p, value.ok().as_ref(), scope);
        }
        let value = value.unwrap_or(Value::Failed);
        if whole && !matches!(value, Value::Failed) {
            self.elaborated.params.push(UsedParam { name: p.name.text.clone(), doc, value: json(&value).to_string() });
        }
        self.define(&p.name, value, scope);
    }

    /// The value of `--set NAME=VALUE`: an expression of the language, of the default's kind.
    fn override_param(&mut self, k: usize, p: &ast::ParamItem, default: Option<&Value>, scope: &Rc<Scope>) -> Eval {
        let (name, text) = self.options.set[k].clone();
        let source = self.sources.add(format!("--set {name}"), text.clone());
        let (script, diagnostics) = match crate::syntax::parse_prompt(self.sources, source) {
            crate::syntax::Prompt::Complete(script, diagnostics) => (script, diagnostics),
            crate::syntax::Prompt::Incomplete => (ast::Script::default(), vec![]),
        };
        let expression = match script.items.as_slice() {
            [ast::Item { kind: ItemKind::Bare(e), .. }] if diagnostics.is_empty() => e.clone(),
            _ => {
                let d = Diagnostic::general(codes::BAD_PARAM, format!("`{text}` is not a value for `{name}`"))
                    .expected("a value as it is written in a script, such as `--set L=128` or `--set 'sizes=[8, 16]'`");
                return Err(self.fail(d));
            }
        };
        let value = self.eval(&expression, scope)?;
        if let Some(ty) = &p.ty {
            self.check_type(&value, &ty.text, expression.span, &name, "param")?;
        } else if let Some(default) = default {
            let class = |v: &Value| match v {
                Value::Int(_) | Value::Real(_) => 0,
                Value::List(_) | Value::Range(..) => 1,
                Value::Bool(_) => 2,
                Value::Text(_) => 3,
                _ => 4,
            };
            if class(default) != class(&value) {
                let d = Diagnostic::general(
                    codes::BAD_PARAM,
                    format!("`{name}` is {}, but `--set` gives {}", default.kind_name(), value.kind_name()),
                )
                .expected(default.kind_name());
                return Err(self.fail(d));
            }
        }
        Ok(value)
    }
}

/// Numbers in nested lists of a shape.
pub(crate) fn nest(data: &[f64], shape: &[usize]) -> Value {
    match shape {
        [] | [_] => Value::reals(data.iter().copied()),
        [n, rest @ ..] => {
            let size = data.len() / (*n).max(1);
            Value::list((0..*n).map(|i| nest(&data[i * size..(i + 1) * size], rest)).collect())
        }
    }
}

/// A value as JSON.
pub(crate) fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Int(i) => (*i).into(),
        Value::Real(x) if x.is_finite() => (*x).into(),
        Value::Bool(b) => (*b).into(),
        Value::Text(t) => t.to_string().into(),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Range(a, b) => (*a..*b).map(serde_json::Value::from).collect(),
        other => super::value::describe(other).into(),
    }
}
