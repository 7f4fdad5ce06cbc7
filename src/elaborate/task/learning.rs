//! The settings of a `train` whose model has weights: where the gradient comes from, and the terms that are added to it.

use super::super::Elaborator;
use super::super::value::{Eval, Value};
use super::Settings;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::training::{Learning, LearningRule, Optimiser, Optimising};
use crate::plan::{Expr, Schedule};

/// Settings of machines alone.
const OWN: [&str; 7] = ["method", "rate", "momentum", "decay", "centring", "sparsity", "clamped"];

impl Elaborator<'_> {
    /// A network, or a model without weights, has none of these settings.
    pub(super) fn not_a_machine(&mut self, settings: &Settings) -> Eval<()> {
        let Some((name, span)) = OWN.iter().find_map(|n| settings.get(*n).map(|s| (*n, s.1))) else { return Ok(()) };
        let d = Diagnostic::error(codes::CONFLICT, span, format!("`{name}` is for models that have `weights`"));
        Err(self.fail(match name {
            "rate" | "momentum" | "decay" => d.help(format!("write `optimiser: sgd({name}: ...)`")),
            _ => d.help("leave it out"),
        }))
    }

    /// Where the gradient comes from.
    pub(super) fn learning(&mut self, settings: &Settings) -> Eval<Learning> {
        let rule = match settings.get("method").cloned() {
            None => LearningRule::Contrastive { steps: 1 },
            Some((Value::Learning(rule), _)) => (*rule).clone(),
            Some((Value::Builtin(b), span)) => match b.name {
                "contrastive_divergence" => LearningRule::Contrastive { steps: 1 },
                "exact_gradient" => LearningRule::Exact,
                "mean_field_gradient" => LearningRule::MeanField { order: 1, steps: 20 },
                "tap" => LearningRule::MeanField { order: 2, steps: 20 },
                "pseudo_likelihood" => LearningRule::PseudoLikelihood,
                "ratio_matching" => LearningRule::RatioMatching,
                _ => return self.no_learning(&Value::Builtin(b), span),
            },
            Some((other, span)) => return self.no_learning(&other, span),
        };
        let centring = match settings.get("centring").cloned() {
            None | Some((Value::Bool(false), _)) => None,
            Some((Value::Bool(true), _)) => Some(0.01),
            Some((value, span)) => match value.number() {
                Some(x) if x > 0.0 && x <= 1.0 => Some(x),
                _ => return self.error(codes::DOMAIN, span, "`centring` is `true`, or a rate above 0 and up to 1"),
            },
        };
        let sparsity = match settings.get("sparsity").cloned() {
            None => None,
            Some((value, span)) => {
                let pair: Option<Vec<f64>> = match &value {
                    Value::List(items) => items.iter().map(Value::number).collect(),
                    _ => None,
                };
                match pair.as_deref() {
                    Some(&[target, strength]) if target > 0.0 && target < 1.0 && strength >= 0.0 && strength.is_finite() => {
                        Some((target, strength))
                    }
                    _ => {
                        let d = Diagnostic::error(codes::DOMAIN, span, "`sparsity` is a target between 0 and 1, and a strength")
                            .expected("such as `sparsity: [0.1, 0.01]`");
                        return Err(self.fail(d));
                    }
                }
            }
        };
        let clamped = self.count_setting(settings, "clamped", 5, 1, 1 << 30)? as u64;
        Ok(Learning { rule, centring, sparsity, clamped })
    }

    fn no_learning<T>(&mut self, value: &Value, span: Span) -> Eval<T> {
        if let Value::Method(m) = value {
            let d = Diagnostic::error(codes::TYPE, span, format!("`{}` samples, and learns nothing", m.name()))
                .expected("a way to learn, such as `contrastive_divergence(steps: 5, persistent: true)`");
            return Err(self.fail(d));
        }
        self.wrong_type(value, span, "a way to learn, such as `contrastive_divergence(steps: 5)`,")
    }

    /// Steps along the gradient at a rate, with momentum and decay.
    pub(super) fn plain_steps(&mut self, settings: &Settings) -> Eval<Optimising> {
        let rate = match settings.get("rate").cloned() {
            None => Schedule::Constant(Expr::Number(0.01)),
            Some((Value::Schedule(s), _)) => (*s).clone(),
            Some((function @ Value::Function(_), span)) => self.schedule_of_epochs(&function, span)?,
            Some((value, span)) => {
                let s = self.lift(&value, span)?;
                if !s.shape.is_empty() || !s.axes.is_empty() {
                    return self.wrong_type(&value, span, "a number, a schedule, or a function of the epoch");
                }
                if value.number().is_some_and(|x| !(x >= 0.0 && x.is_finite())) {
                    let d = Diagnostic::error(codes::DOMAIN, span, "the rate must not be negative")
                        .expected("a finite number that is not negative");
                    return Err(self.fail(d));
                }
                Schedule::Constant(s.expr)
            }
        };
        let mut number = |name: &str, below: f64| match settings.get(name).cloned() {
            None => Ok(0.0),
            Some((value, span)) => match value.number() {
                Some(x) if x >= 0.0 && x < below => Ok(x),
                _ => self.error(
                    codes::DOMAIN,
                    span,
                    format!("`{name}` is a number from 0{}", if below == 1.0 { " and below 1" } else { "" }),
                ),
            },
        };
        let momentum = number("momentum", 1.0)?;
        let decay = number("decay", f64::INFINITY)?;
        Ok(Optimising { rule: Optimiser::Sgd { momentum, nesterov: false, decay, clip: None }, rate, full: false })
    }
}
