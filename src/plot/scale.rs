//! Axes as arithmetic: the range of an axis, the place of a value on it, and its ticks with their text.
//! Must not know series, pixels or terminals.

use super::figure::{Axis, Scale};

/// Values beyond this are not drawn: differences of drawn values must stay finite.
pub(crate) const LARGEST: f64 = 1e300;
/// Spans below this, absolutely or relative to the values, count as none: ticks could not be told apart.
const SMALLEST_SPAN: f64 = 1e-290;
const SMALLEST_RELATIVE_SPAN: f64 = 1e-11;
/// Places far outside an axis are moved to this many axis lengths from it, so that they stay finite.
const FAR: f64 = 1e4;

/// The range of an axis in the coordinate along it: the value itself, or its decimal logarithm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    scale: Scale,
    low: f64,
    high: f64,
    /// The high end is at place 0.
    reversed: bool,
    /// Ticks stand at whole numbers only.
    whole: bool,
}

/// One tick.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    /// Place along the axis, 0 to 1.
    pub at: f64,
    /// In the syntax of labels; none for a minor tick.
    pub text: Option<String>,
}

/// The ticks of an axis and the power of ten taken out of their texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Ticks {
    pub ticks: Vec<Tick>,
    pub factor: Option<String>,
}

impl Range {
    /// The range of an axis that shows data from `extent.0` to `extent.1`, widened by the fractions `margin` of its
    /// length below and above. The axis' own range comes first; the second value says why it was not used, if so.
    pub fn fit(axis: &Axis, extent: Option<(f64, f64)>, margin: [f64; 2]) -> (Range, Option<&'static str>) {
        let mut complaint = None;
        if let Some([from, to]) = axis.range {
            match (coordinate(axis.scale, from), coordinate(axis.scale, to)) {
                (Some(a), Some(b)) if !narrow(a.min(b), a.max(b)) => {
                    return (
                        Range { scale: axis.scale, low: a.min(b), high: a.max(b), reversed: axis.reversed, whole: false },
                        None,
                    );
                }
                (Some(_), Some(_)) => complaint = Some("the given range is empty; the range of the data is used"),
                _ => complaint = Some("the given range has no place on the axis; the range of the data is used"),
            }
        }
        let ends = extent.and_then(|(a, b)| Some((coordinate(axis.scale, a)?, coordinate(axis.scale, b)?)));
        let (low, high) = match (ends, axis.scale) {
            (None, _) => (0.0, 1.0),
            (Some((a, b)), _) if !narrow(a, b) => {
                let pad = |k: usize| margin[k] * (b - a);
                ((a - pad(0)).max(-2.0 * LARGEST), (b + pad(1)).min(2.0 * LARGEST))
            }
            (Some((a, _)), Scale::Log) => (a - 0.5, a + 0.5),
            (Some((a, _)), Scale::Linear) if a.abs() < SMALLEST_SPAN => (-1.0, 1.0),
            (Some((a, _)), Scale::Linear) => (a - 0.1 * a.abs(), a + 0.1 * a.abs()),
        };
        (Range { scale: axis.scale, low, high, reversed: axis.reversed, whole: false }, complaint)
    }

    /// The same range of an axis that counts: ticks stand at whole numbers only.
    pub fn counting(self) -> Range {
        Range { whole: self.scale == Scale::Linear, ..self }
    }

    /// The place of a value, 0 and 1 being the ends of the axis; none for a value that has no place on it.
    pub fn place(&self, value: f64) -> Option<f64> {
        coordinate(self.scale, value).map(|c| self.place_coordinate(c))
    }

    fn place_coordinate(&self, c: f64) -> f64 {
        let from = if self.reversed { self.high - c } else { c - self.low };
        (from / (self.high - self.low)).clamp(-FAR, FAR)
    }

    /// Place of the value that bars grow from.
    pub fn floor(&self) -> f64 {
        match self.scale {
            Scale::Linear => self.place_coordinate(0.0),
            Scale::Log => -FAR,
        }
    }

    /// Ticks, about `wanted` of them labelled.
    pub fn ticks(&self, wanted: usize) -> Ticks {
        let wanted = wanted.clamp(1, 30);
        let mut ticks = match self.scale {
            Scale::Linear => linear(self.low, self.high, wanted, self.whole, |v| Some(self.place_coordinate(v))),
            Scale::Log => self.log_ticks(wanted),
        };
        if self.reversed {
            ticks.ticks.reverse();
        }
        ticks
    }

    /// As [`Range::ticks`], but finer where fewer than two would be labelled.
    pub fn two_ticks(&self, wanted: usize) -> Ticks {
        let labelled = |t: &Ticks| t.ticks.iter().filter(|t| t.text.is_some()).count();
        (wanted..wanted + 4).map(|n| self.ticks(n)).find(|t| labelled(t) > 1).unwrap_or_else(|| self.ticks(wanted))
    }

    /// Levels for contour lines: all labelled, six to about a dozen.
    pub fn levels(&self) -> Ticks {
        let span = self.high - self.low;
        let mut levels = match self.scale {
            Scale::Log if span > 0.6 && span <= 6.5 => {
                let decades = self.low.floor() as i32..=self.high.ceil() as i32;
                let steps: &[i32] = if span < 3.2 { &[1, 2, 5] } else { &[1, 3] };
                let values = decades.flat_map(|d| steps.iter().map(move |m| (*m, d)));
                let at = |(m, d): (i32, i32)| self.place_coordinate(f64::from(d) + libm::log10(f64::from(m)));
                let ticks = values.map(|v| Tick { at: at(v), text: Some(one_two_five(v.0, v.1)) }).collect();
                Ticks { ticks, factor: None }
            }
            _ => {
                let labelled = |t: &Ticks| t.ticks.iter().filter(|t| t.text.is_some()).count();
                (9..18).map(|wanted| self.ticks(wanted)).find(|t| labelled(t) >= 8).unwrap_or_else(|| self.ticks(9))
            }
        };
        // A line along the very edge of the values would be ragged.
        levels.ticks.retain(|l| l.text.is_some() && l.at > 1e-6 && l.at < 1.0 - 1e-6);
        levels
    }

    /// Given levels that lie within the range, ascending, with their texts.
    pub fn given_levels(&self, values: &[f64]) -> Ticks {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let level = |v: f64| Some(Tick { at: self.place(v).filter(|at| (0.0..=1.0).contains(at))?, text: Some(short_number(v)) });
        Ticks { ticks: values.into_iter().filter_map(level).collect(), factor: None }
    }

    fn log_ticks(&self, wanted: usize) -> Ticks {
        let span = self.high - self.low;
        let (from, to) = (libm::exp10(self.low), libm::exp10(self.high));
        if span < 0.6 && from > 1e-280 && to < LARGEST {
            return linear(from, to, wanted, false, |v| self.place(v));
        }
        let decades = self.low.floor() as i32..=self.high.ceil() as i32;
        // Decade ticks are short and regular: they may stand somewhat closer than wanted.
        let every = ((span / (1.5 * wanted as f64)).ceil() as i32).max(1);
        let mut ticks = Vec::new();
        for decade in decades {
            for mantissa in 1..10 {
                let at = self.place_coordinate(f64::from(decade) + libm::log10(f64::from(mantissa)));
                if !on_axis(at) || (mantissa > 1 && (every > 1 || span > 12.0)) {
                    continue;
                }
                let fine = span < 1.7 && wanted >= 3;
                let text = match mantissa {
                    1 if fine => Some(one_two_five(1, decade)),
                    1 if decade.rem_euclid(every) == 0 => Some(format!("10^{{{decade}}}")),
                    2 | 5 if fine => Some(one_two_five(mantissa, decade)),
                    _ => None,
                };
                ticks.push(Tick { at, text });
            }
        }
        Ticks { ticks, factor: None }
    }
}

fn on_axis(at: f64) -> bool {
    (-1e-9..=1.0 + 1e-9).contains(&at)
}

fn coordinate(scale: Scale, value: f64) -> Option<f64> {
    match scale {
        _ if !value.is_finite() || value.abs() > LARGEST => None,
        Scale::Linear => Some(value),
        Scale::Log => (value > 0.0).then(|| libm::log10(value)),
    }
}

fn narrow(low: f64, high: f64) -> bool {
    high - low <= SMALLEST_SPAN.max(SMALLEST_RELATIVE_SPAN * low.abs().max(high.abs()))
}

fn one_two_five(mantissa: i32, decade: i32) -> String {
    match decade {
        -3..=4 => decimal(i64::from(mantissa), decade, 0.max(-decade)),
        _ if mantissa == 1 => format!("10^{{{decade}}}"),
        _ => format!("{mantissa}×10^{{{decade}}}"),
    }
}

/// A number with at most four digits, in the syntax of labels.
pub(crate) fn short_number(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return if v == 0.0 { "0".to_string() } else { format!("{v}") };
    }
    let text = format!("{v:.3e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    let digits = digits.replace('-', "\u{2212}");
    if (-3..=4).contains(&power) {
        let decimals = (digits.chars().filter(char::is_ascii_digit).count() as i32 - 1 - power).max(0) as usize;
        return format!("{v:.decimals$}").replace('-', "\u{2212}");
    }
    match digits.as_str() {
        "1" => format!("10^{{{power}}}"),
        _ => format!("{digits}×10^{{{power}}}"),
    }
}

/// Ticks at multiples of 1, 2 or 5 times a power of ten, `whole`: at whole numbers. Their texts are made from integers, so none shows rounding.
fn linear(low: f64, high: f64, wanted: usize, whole: bool, place: impl Fn(f64) -> Option<f64>) -> Ticks {
    let raw = (high - low) / wanted as f64;
    let mut power = libm::floor(libm::log10(raw)) as i32;
    let mantissa = raw / libm::exp10(f64::from(power));
    let (mut multiple, mut pieces) = match mantissa {
        m if m <= 1.001 => (1, 5),
        m if m <= 2.001 => (2, 4),
        m if m <= 5.001 => (5, 5),
        _ => {
            power += 1;
            (1, 5)
        }
    };
    if whole && power < 0 {
        (power, multiple, pieces) = (0, 1, 1);
    } else if whole && power == 0 {
        pieces = multiple;
    }
    let unit = libm::exp10(f64::from(power));
    let step = f64::from(multiple) * unit;
    let (first, last) = (libm::ceil(low / step - 1e-6) as i64, libm::floor(high / step + 1e-6) as i64);
    let last = last.min(first.saturating_add(64));
    let value = |k: f64| if power < 0 { k * f64::from(multiple) / libm::exp10(f64::from(-power)) } else { k * step };
    let largest = (first..=last).map(|k| (k * multiple as i64).abs()).max().unwrap_or(0);
    let digits = if largest > 0 { power + largest.ilog10() as i32 } else { 0 };
    let taken = if (-3..=4).contains(&digits) { 0 } else { digits };
    let decimals = (taken - power).max(0);
    let mut ticks = Vec::new();
    for k in first.saturating_sub(1)..=last.saturating_add(1) {
        if (first..=last).contains(&k)
            && let Some(at) = place(value(k as f64)).filter(|at| on_axis(*at))
        {
            ticks.push(Tick { at, text: Some(decimal(k * multiple as i64, power - taken, decimals)) });
        }
        for piece in 1..pieces {
            let minor = value(k as f64 + f64::from(piece) / f64::from(pieces));
            if let Some(at) = place(minor).filter(|at| on_axis(*at)) {
                ticks.push(Tick { at, text: None });
            }
        }
    }
    Ticks { ticks, factor: (taken != 0).then(|| format!("×10^{{{taken}}}")) }
}

/// `count` × 10^`power` with exactly `decimals` places, which are enough to hold it.
fn decimal(count: i64, power: i32, decimals: i32) -> String {
    let sign = if count < 0 { "\u{2212}" } else { "" };
    let mut digits = count.unsigned_abs().to_string();
    if count != 0 {
        digits.push_str(&"0".repeat((power + decimals).max(0) as usize));
    }
    let decimals = decimals as usize;
    if decimals == 0 {
        return format!("{sign}{digits}");
    }
    let padded = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, rest) = padded.split_at(padded.len() - decimals);
    format!("{sign}{whole}.{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: Axis, low: f64, high: f64, wanted: usize) -> (Vec<String>, Option<String>) {
        let ticks = Range::fit(&axis, Some((low, high)), [0.0; 2]).0.ticks(wanted);
        (ticks.ticks.into_iter().filter_map(|t| t.text).collect(), ticks.factor)
    }

    #[test]
    fn linear_ticks_have_exact_texts() {
        assert_eq!(texts(Axis::default(), 0.0, 1.0, 5).0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(Axis::default(), -10.0, 10.0, 4).0, ["−10", "−5", "0", "5", "10"]);
        assert_eq!(texts(Axis::default(), 2.26, 2.28, 4).0, ["2.260", "2.265", "2.270", "2.275", "2.280"]);
        let (labels, factor) = texts(Axis::default(), 0.0, 4e6, 4);
        assert_eq!(labels, ["0", "1", "2", "3", "4"]);
        assert_eq!(factor.as_deref(), Some("×10^{6}"));
        let (labels, factor) = texts(Axis::default(), 0.0, 1.5e-7, 3);
        assert_eq!(labels, ["0.0", "0.5", "1.0", "1.5"]);
        assert_eq!(factor.as_deref(), Some("×10^{-7}"));
    }

    #[test]
    fn counting_axes_have_whole_ticks() {
        for (high, wanted, labelled, all) in
            [(1.5, 6, vec!["0", "1"], 2), (3.5, 6, vec!["0", "1", "2", "3"], 4), (9.5, 5, vec!["0", "2", "4", "6", "8"], 10)]
        {
            let ticks = Range::fit(&Axis::default(), Some((-0.5, high)), [0.0; 2]).0.counting().ticks(wanted).ticks;
            assert_eq!(ticks.len(), all, "{ticks:?}");
            assert_eq!(ticks.into_iter().filter_map(|t| t.text).collect::<Vec<_>>(), labelled);
        }
    }

    #[test]
    fn log_ticks_adapt_to_the_span() {
        let log = || Axis::default().log();
        assert_eq!(texts(log(), 1e-3, 1e3, 7).0, ["10^{-3}", "10^{-2}", "10^{-1}", "10^{0}", "10^{1}", "10^{2}", "10^{3}"]);
        assert_eq!(texts(log(), 7.0, 70.0, 5).0, ["10", "20", "50"]);
        assert_eq!(texts(log(), 10.0, 30.0, 4).0, ["10", "15", "20", "25", "30"]);
        assert!(texts(log(), 1e-200, 1e200, 6).0.len() >= 3);
    }

    #[test]
    fn levels_suit_the_span() {
        let levels = |axis: Axis, low: f64, high: f64| -> Vec<String> {
            Range::fit(&axis, Some((low, high)), [0.0; 2]).0.levels().ticks.into_iter().filter_map(|t| t.text).collect()
        };
        assert_eq!(levels(Axis::default(), 0.0, 1.0), ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9"]);
        assert_eq!(levels(Axis::default().log(), 0.015, 3.0), ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"]);
        for (low, high) in [(1e-3, 1e3), (1.0, 1.5), (1e-9, 1e20), (3.0, 4e4)] {
            let n = levels(Axis::default().log(), low, high).len();
            assert!((4..=19).contains(&n), "{low} {high}: {n}");
        }
        let given =
            Range::fit(&Axis::default(), Some((-1.0, 2.0)), [0.0; 2]).0.given_levels(&[1.0, f64::NAN, 0.5, 7.0, -0.25, 1.0]);
        let texts: Vec<_> = given.ticks.iter().filter_map(|t| t.text.as_deref()).collect();
        assert_eq!(texts, ["\u{2212}0.25", "0.5", "1"]);
    }

    #[test]
    fn short_numbers_are_short() {
        for (v, text) in [(0.1 + 0.2, "0.3"), (12345.6, "12346"), (1e-7, "10^{-7}"), (-2.5e9, "\u{2212}2.5×10^{9}"), (20.0, "20")]
        {
            assert_eq!(short_number(v), text);
        }
    }

    #[test]
    fn ranges_survive_any_extent() {
        let values = [0.0, -0.0, 5e-324, 1e-300, 1.0, 1.0 + 1e-15, -3.0, 1e300, -1e300, f64::MAX, f64::NAN, f64::INFINITY];
        for scale in [Scale::Linear, Scale::Log] {
            for a in values {
                for b in values {
                    for range in [None, Some([a, b])] {
                        let axis = Axis { scale, range, ..Axis::default() };
                        let (range, _) = Range::fit(&axis, Some((a.min(b), a.max(b))), [0.05; 2]);
                        let ticks = range.ticks(6).ticks;
                        assert!(ticks.len() < 700);
                        assert!(ticks.iter().all(|t| t.at.is_finite()));
                        for v in values {
                            assert!(range.place(v).is_none_or(f64::is_finite));
                        }
                    }
                }
            }
        }
    }
}
