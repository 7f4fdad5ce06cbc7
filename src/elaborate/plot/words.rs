//! The settings of a plot that are words, numbers and texts.

use super::{Elaborator, Reading};
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::elaborate::value::{Eval, Value};
use crate::plan::Expr;
use crate::plan::output::{Format, PlotLook};
use crate::results::AxisValues;
use crate::syntax::ast::{Expr as Expression, ExprKind, Setting};

const FORMATS: &[(&str, Format)] = &[("svg", Format::Svg), ("png", Format::Png), ("pdf", Format::Pdf)];
/// Bins of a histogram.
const MOST_BINS: u32 = 2_000;

impl Elaborator<'_> {
    /// Size, ranges and the like, which curves and fields share.
    pub(super) fn plot_look(&mut self, r: &Reading, axes: &[AxisValues]) -> Eval<PlotLook> {
        let size = self.plot_pair(r, "size")?;
        let sane = |s: [f64; 2]| (4.0..=100.0).contains(&s[0]) && (3.0..=100.0).contains(&s[1]);
        if let (Some(setting), true) = (r.find("size"), size.is_some_and(|s| !sane(s))) {
            let d = Diagnostic::error(codes::DOMAIN, setting.value.span, "a figure of this size cannot be drawn")
                .expected("width and height in cm: from 4 and 3 to 100");
            return Err(self.fail(d));
        }
        let band = match r.find("band") {
            None => None,
            Some(s) => match self.eval(&s.value, r.scope)? {
                Value::Bool(b) => Some(b),
                other => return self.wrong_type(&other, s.value.span, "`true` or `false`"),
            },
        };
        Ok(PlotLook {
            style: None,
            band,
            panels: self.plot_axis(r, "panels", axes)?,
            labels: self.plot_texts(r)?,
            size,
            aspect: self.plot_aspect(r)?,
            x_range: self.plot_pair(r, "x_range")?,
            y_range: self.plot_pair(r, "y_range")?,
            bins: None,
            formats: self.plot_formats(r)?,
        })
    }

    /// The number of bins of a histogram of values.
    pub(super) fn plot_bins(&mut self, r: &Reading) -> Eval<u32> {
        let Some(s) = r.find("bins") else { return Ok(0) };
        let value = self.eval(&s.value, r.scope)?;
        let n = self.whole(&value, s.value.span, "the number of bins")?;
        match u32::try_from(n) {
            Ok(n) if (1..=MOST_BINS).contains(&n) => Ok(n),
            _ => {
                let d = Diagnostic::error(codes::DOMAIN, s.value.span, format!("a histogram of {n} bins cannot be drawn"))
                    .expected(format!("a whole number from 1 to {MOST_BINS}"));
                Err(self.fail(d))
            }
        }
    }

    /// The kinds of files of a figure: one, or a list.
    fn plot_formats(&mut self, r: &Reading) -> Eval<Vec<Format>> {
        let Some(s) = r.find("formats") else { return Ok(PlotLook::default().formats) };
        let parts: Vec<&Expression> = match &*s.value.kind {
            ExprKind::List(items) => items.iter().collect(),
            _ => vec![&s.value],
        };
        let mut formats = Vec::new();
        for part in parts {
            let one = Setting { name: s.name.clone(), value: part.clone() };
            let format = self.plot_word(&one, FORMATS, "a kind of file for a figure")?;
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        Ok(formats)
    }

    fn plot_aspect(&mut self, r: &Reading) -> Eval<Option<f64>> {
        let Some(s) = r.find("aspect") else { return Ok(None) };
        let value = self.eval(&s.value, r.scope)?;
        match value.number() {
            Some(a) if (0.05..=20.0).contains(&a) => Ok(Some(a)),
            Some(_) => {
                let d = Diagnostic::error(codes::DOMAIN, s.value.span, "a frame of this shape cannot be drawn")
                    .expected("its width over its height, from 0.05 to 20");
                Err(self.fail(d))
            }
            None => self.wrong_type(&value, s.value.span, "a number"),
        }
    }

    fn plot_texts(&mut self, r: &Reading) -> Eval<Vec<String>> {
        let Some(s) = r.find("labels") else { return Ok(Vec::new()) };
        let value = self.eval(&s.value, r.scope)?;
        let Value::List(items) = &value else { return self.wrong_type(&value, s.value.span, "a list of texts") };
        let mut texts = Vec::new();
        for item in items.iter() {
            match item {
                Value::Text(t) => texts.push(t.to_string()),
                other => return self.wrong_type(other, s.value.span, "a list of texts"),
            }
        }
        Ok(texts)
    }

    pub(super) fn plot_text(&mut self, r: &Reading, key: &str) -> Eval<Option<String>> {
        let Some(s) = r.find(key) else { return Ok(None) };
        match self.eval(&s.value, r.scope)? {
            Value::Text(t) => Ok(Some(t.to_string())),
            other => self.wrong_type(&other, s.value.span, "a text"),
        }
    }

    /// Numbers that are known now.
    pub(super) fn plot_numbers(&mut self, r: &Reading, key: &str) -> Eval<Option<Vec<f64>>> {
        let Some(s) = r.find(key) else { return Ok(None) };
        let value = self.eval(&s.value, r.scope)?;
        let lifted = self.lift(&value, s.value.span)?;
        match (&lifted.expr, value.number()) {
            (_, Some(x)) if x.is_finite() => Ok(Some(vec![x])),
            (Expr::Array(a), _) if a.shape.len() == 1 && a.data.iter().all(|x| x.is_finite()) => Ok(Some(a.data.clone())),
            _ => self.wrong_type(&value, s.value.span, "a list of numbers"),
        }
    }

    /// Two different numbers.
    pub(super) fn plot_pair(&mut self, r: &Reading, key: &str) -> Eval<Option<[f64; 2]>> {
        let (Some(s), Some(numbers)) = (r.find(key), self.plot_numbers(r, key)?) else { return Ok(None) };
        match numbers.as_slice() {
            [a, b] if key == "size" || a < b => Ok(Some([*a, *b])),
            _ => {
                let wanted =
                    if key == "size" { "width and height in cm: `size: [12, 8]`" } else { "the lower end, then the higher" };
                let d = Diagnostic::error(codes::DOMAIN, s.value.span, format!("`{key}` takes two numbers")).expected(wanted);
                Err(self.fail(d))
            }
        }
    }

    /// One of some words.
    pub(super) fn plot_word<T: Copy>(&mut self, s: &Setting, words: &[(&str, T)], of: &str) -> Eval<T> {
        let written = self.source_text(s.value.span);
        if let ExprKind::Name(n) = &*s.value.kind
            && let Some((_, found)) = words.iter().find(|(w, _)| w == n)
        {
            return Ok(*found);
        }
        let names: Vec<String> = words.iter().map(|(w, _)| w.to_string()).collect();
        let mut d = Diagnostic::error(codes::TYPE, s.value.span, format!("`{written}` is not known as {of}"))
            .expected(format!("one of {}", crate::elaborate::expression::quoted(&names)));
        if let Some(near) = nearest(&written, names.iter().map(String::as_str)) {
            d = d.help(format!("did you mean `{near}`?"));
        }
        Err(self.fail(d))
    }

    /// A style. One of the other kind of plot is answered with what it needs.
    pub(super) fn plot_style<T: Copy, U>(
        &mut self,
        s: &Setting,
        words: &[(&str, T)],
        of: &str,
        other: &[(&str, U)],
        instead: &str,
    ) -> Eval<T> {
        if let ExprKind::Name(n) = &*s.value.kind
            && other.iter().any(|(w, _)| w == n)
        {
            let names: Vec<String> = words.iter().map(|(w, _)| w.to_string()).collect();
            let d = Diagnostic::error(codes::TYPE, s.value.span, format!("`{n}` is no style of {of}"))
                .expected(format!("one of {}", crate::elaborate::expression::quoted(&names)))
                .help(format!("for `{n}` give {instead}"));
            return Err(self.fail(d));
        }
        self.plot_word(s, words, &format!("a style of {of}"))
    }

    /// The scales of x and y, and of a field's values where they are given.
    pub(super) fn plot_scales(&mut self, s: Option<&Setting>, field: bool) -> Eval<(bool, bool, Option<bool>)> {
        let Some(s) = s else { return Ok((false, false, None)) };
        let word = |e: &crate::syntax::ast::Expr| match &*e.kind {
            ExprKind::Name(n) if n == "log" => Some(true),
            ExprKind::Name(n) if n == "linear" => Some(false),
            _ => None,
        };
        let words: Option<Vec<bool>> = match &*s.value.kind {
            ExprKind::List(items) => items.iter().map(word).collect(),
            _ => word(&s.value).map(|one| vec![one]),
        };
        match words.as_deref() {
            Some([one]) if field => Ok((false, false, Some(*one))),
            Some([one]) => Ok((false, *one, None)),
            Some([x, y]) => Ok((*x, *y, None)),
            Some([x, y, z]) if field => Ok((*x, *y, Some(*z))),
            _ => {
                let d = Diagnostic::error(codes::TYPE, s.value.span, "a scale is `linear` or `log`").expected(if field {
                    "`scale: log` (of the field), `scale: [linear, log]` (of x and y), or three"
                } else {
                    "`scale: log` (of y), or `scale: [linear, log]` (of x and y)"
                });
                Err(self.fail(d))
            }
        }
    }
}
