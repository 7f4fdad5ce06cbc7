//! The body of a task: which settings and blocks it may have, and its settings at a point.

use super::super::scope::Scope;
use super::super::settings::{BLOCKS, SettingRow};
use super::super::value::{Eval, Failed, Value};
use super::super::{Elaborator, Stage};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::syntax::ast::{self, TaskEntry};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The settings of one point, evaluated.
pub(crate) type Settings = BTreeMap<String, (Value, Span)>;

impl Elaborator<'_> {
    /// Names of settings and blocks, and what is there twice.
    pub(super) fn check_entries(&mut self, t: &ast::Task, rows: &[SettingRow]) {
        let kind = t.kind.text.as_str();
        let mut seen: Vec<&ast::Name> = Vec::new();
        let mut looks = false;
        for entry in &t.body {
            match entry {
                TaskEntry::Setting(s) => {
                    if !rows.iter().any(|r| r.name == s.name.text) {
                        self.unknown_setting(kind, &s.name, rows);
                    }
                    if let Some(first) = seen.iter().find(|n| n.text == s.name.text) {
                        let d = Diagnostic::error(
                            codes::DUPLICATE,
                            s.name.span,
                            format!("the setting `{}` is given twice", s.name.text),
                        )
                        .related(first.span, "first given here");
                        self.fail(d);
                    }
                    seen.push(&s.name);
                }
                TaskEntry::Block(b) => {
                    looks = true;
                    if !serves(&b.kind.text, kind) {
                        let names: Vec<&str> = BLOCKS
                            .iter()
                            .filter(|(_, tasks, _)| tasks.split(", ").any(|x| x == kind))
                            .map(|(n, _, _)| *n)
                            .collect();
                        let mut d = Diagnostic::error(
                            codes::UNKNOWN_SETTING,
                            b.kind.span,
                            format!("`{kind}` has no block `{}`", b.kind.text),
                        )
                        .expected(format!(
                            "one of {}",
                            super::super::expression::quoted(&names.iter().map(|n| n.to_string()).collect::<Vec<_>>())
                        ));
                        if let Some(near) = nearest(&b.kind.text, names) {
                            d = d.help(format!("did you mean `{near}`?"));
                        }
                        self.fail(d);
                    }
                }
                TaskEntry::Let(_) | TaskEntry::Couplings(_) => {}
            }
        }
        let needed: &[&str] = if kind == "probe" { &[] } else { &["model"] };
        for name in needed {
            if !seen.iter().any(|n| n.text == *name) {
                let d = Diagnostic::error(codes::MISSING_SETTING, t.name.span, format!("`{}` has no `{name}`", t.name.text))
                    .label("this task")
                    .expected("a setting such as `model: ising(square(16))`");
                self.fail(d);
            }
        }
        if matches!(kind, "sample" | "probe") && !looks {
            let d = Diagnostic::error(codes::EMPTY_TASK, t.name.span, format!("`{}` looks at nothing", t.name.text))
                .label("no `observe`, no `keep`")
                .help(match kind {
                    "probe" => "add a block such as `observe { trace = hessian_trace() }`",
                    _ => "add a block such as `observe { m = mean(s) }`",
                });
            self.fail(d);
        }
    }

    /// The settings of a point, as `read` evaluates them, and whether one failed; the `others` are read in another way. What the body
    /// defines is defined.
    pub(super) fn point_settings(
        &mut self,
        t: &ast::Task,
        scope: &Rc<Scope>,
        others: &[&str],
        read: fn(&mut Self, &ast::Setting, &Rc<Scope>) -> Eval,
    ) -> (Settings, bool) {
        self.stage = Stage::Plain;
        self.next_local = 0;
        let mut settings = Settings::new();
        let mut failed = false;
        for entry in &t.body {
            match entry {
                TaskEntry::Let(l) => failed |= matches!(self.let_in(l, scope), Value::Failed),
                TaskEntry::Couplings(c) => {
                    let value = self.couplings(c, &t.name.text, scope);
                    failed |= value.is_err();
                    self.define(&c.name, value.unwrap_or(Value::Failed), scope);
                }
                TaskEntry::Setting(s) if others.contains(&s.name.text.as_str()) => {}
                TaskEntry::Setting(s) => match read(self, s, scope) {
                    Ok(value) => {
                        settings.insert(s.name.text.clone(), (value, s.value.span));
                    }
                    Err(_) => failed = true,
                },
                TaskEntry::Block(_) => {}
            }
        }
        (settings, failed)
    }

    /// The settings of a point of a training or a probe.
    pub(super) fn plain_settings(&mut self, t: &ast::Task, scope: &Rc<Scope>, others: &[&str]) -> Eval<Settings> {
        let (settings, failed) = self.point_settings(t, scope, others, |e, s, scope| {
            // Words that stand bare: `batch: all`, `precision: f64`.
            match &*s.value.kind {
                ast::ExprKind::Name(word) if matches!(word.as_str(), "all" | "f32" | "f64") => Ok(Value::text(word)),
                _ => e.eval(&s.value, scope),
            }
        });
        if failed { Err(Failed) } else { Ok(settings) }
    }

    /// Names of the body that nothing uses.
    pub(super) fn unused(&mut self, scope: &Rc<Scope>) {
        for (name, span) in scope.unused() {
            let d = Diagnostic::warning(codes::UNUSED, span, format!("`{name}` is never used"))
                .label("defined here")
                .help("remove it");
            self.warn(d);
        }
    }
}

/// Whether a kind of task has a block.
pub(super) fn serves(block: &str, task: &str) -> bool {
    BLOCKS.iter().any(|(name, tasks, _)| *name == block && tasks.split(", ").any(|t| t == task))
}
