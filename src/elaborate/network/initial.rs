//! What weights are before training.

use super::super::Elaborator;
use super::super::value::{Eval, Value};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::draw::Distribution;
use crate::plan::network::Initial;

/// An initialiser that does not know yet how large its layer is.
#[derive(Clone, Debug, PartialEq)]
pub enum Initialiser {
    /// Uniform within ±1/√(fan in).
    Standard,
    /// Glorot and Bengio 2010: uniform within ±√(6 / (fan in + fan out)), or normal of that variance.
    Glorot { normal: bool },
    /// He et al. 2015: normal of variance 2 / fan in, or uniform of that variance.
    He { normal: bool },
    /// Saxe et al. 2014.
    Orthogonal { gain: f64 },
}

impl Initialiser {
    /// As it is written.
    pub fn name(&self) -> &'static str {
        match self {
            Initialiser::Standard => "standard",
            Initialiser::Glorot { normal: false } => "glorot",
            Initialiser::Glorot { normal: true } => "glorot_normal",
            Initialiser::He { normal: true } => "he",
            Initialiser::He { normal: false } => "he_uniform",
            Initialiser::Orthogonal { .. } => "orthogonal",
        }
    }

    /// For a layer with so many inputs and outputs a unit.
    pub fn of(&self, fan_in: usize, fan_out: usize) -> Initial {
        let (n, m) = (fan_in.max(1) as f64, fan_out.max(1) as f64);
        let uniform = |bound: f64| Initial::Draw(Distribution::Uniform { low: -bound, high: bound });
        let normal = |variance: f64| Initial::Draw(Distribution::Normal { mean: 0.0, sd: variance.sqrt() });
        match self {
            Initialiser::Standard => uniform(1.0 / n.sqrt()),
            Initialiser::Glorot { normal: false } => uniform((6.0 / (n + m)).sqrt()),
            Initialiser::Glorot { normal: true } => normal(2.0 / (n + m)),
            Initialiser::He { normal: true } => normal(2.0 / n),
            Initialiser::He { normal: false } => uniform((6.0 / n).sqrt()),
            Initialiser::Orthogonal { gain } => Initial::Orthogonal { gain: *gain },
        }
    }
}

impl Elaborator<'_> {
    /// The argument `init` of a layer: a word, a distribution, or a number.
    pub(crate) fn initial(&mut self, value: Option<Value>, span: Span, fan_in: usize, fan_out: usize) -> Eval<Initial> {
        match value {
            None => Ok(Initialiser::Standard.of(fan_in, fan_out)),
            Some(Value::Initialiser(i)) => Ok(i.of(fan_in, fan_out)),
            Some(Value::Distribution(d)) => {
                if d.shape.is_some() {
                    let message = "the layer knows the shape of its weights";
                    let d = Diagnostic::error(codes::CONFLICT, span, message).help("leave out `shape`");
                    return Err(self.fail(d));
                }
                Ok(Initial::Draw(d.distribution.clone()))
            }
            Some(other) => match other.number() {
                Some(x) if x.is_finite() => Ok(Initial::Constant(x)),
                _ => self.wrong_type(&other, span, "an initialiser (`he`, `glorot`, `orthogonal`, a distribution, a number)"),
            },
        }
    }
}
