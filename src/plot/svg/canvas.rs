//! A small writer of SVG elements: numbers short and finite, text escaped. Must not know figures.

use std::fmt::Write;

use crate::plot::label::Label;
use crate::plot::prepared::Place;

/// Verdana has nearly the widths of DejaVu Sans and stands in for it where a viewer lacks it.
const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// A rectangle in points, `y` growing downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// The point at a place given in fractions from the lower left corner.
    pub fn at(&self, place: Place) -> Place {
        (self.x + place.0 * self.width, self.bottom() - place.1 * self.height)
    }

    /// True if two rectangles have points in common.
    pub fn crosses(&self, other: &Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    pub fn contains(&self, p: Place, margin: f64) -> bool {
        p.0 >= self.x - margin && p.0 <= self.right() + margin && p.1 >= self.y - margin && p.1 <= self.bottom() + margin
    }
}

/// Which part of a text stands at its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// SVG source being written. Lengths are in points (1/72 inch).
pub(super) struct Canvas {
    out: String,
}

impl Canvas {
    pub fn new(width_cm: f64, height_cm: f64) -> (Canvas, Rect) {
        let points = |cm: f64| cm / 2.54 * 72.0;
        let page = Rect { x: 0.0, y: 0.0, width: points(width_cm), height: points(height_cm) };
        let mut canvas = Canvas { out: String::new() };
        let _ = writeln!(
            canvas.out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}cm\" height=\"{}cm\" viewBox=\"0 0 {} {}\" font-family=\"{FAMILY}\">",
            number(width_cm),
            number(height_cm),
            number(page.width),
            number(page.height)
        );
        canvas.rect(page, "fill=\"#ffffff\"");
        (canvas, page)
    }

    pub fn finish(mut self) -> String {
        self.out.push_str("</svg>\n");
        self.out
    }

    pub fn open(&mut self, attributes: &str) {
        let _ = writeln!(self.out, "<g {attributes}>");
    }

    pub fn close(&mut self) {
        self.out.push_str("</g>\n");
    }

    /// Defines a clipping rectangle under a name.
    pub fn clip(&mut self, id: &str, r: Rect) {
        let _ = write!(self.out, "<clipPath id=\"{id}\">");
        self.rect(r, "");
        self.out.push_str("</clipPath>\n");
    }

    pub fn rect(&mut self, r: Rect, attributes: &str) {
        let (x, y, w, h) = (number(r.x), number(r.y), number(r.width.max(0.0)), number(r.height.max(0.0)));
        let _ = writeln!(self.out, "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" {attributes}/>");
    }

    pub fn line(&mut self, a: Place, b: Place, attributes: &str) {
        let (x1, y1, x2, y2) = (number(a.0), number(a.1), number(b.0), number(b.1));
        let _ = writeln!(self.out, "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" {attributes}/>");
    }

    pub fn circle(&mut self, at: Place, radius: f64, attributes: &str) {
        let (x, y, r) = (number(at.0), number(at.1), number(radius));
        let _ = writeln!(self.out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" {attributes}/>");
    }

    pub fn path(&mut self, path: &Path, attributes: &str) {
        if !path.data.is_empty() {
            let _ = writeln!(self.out, "<path d=\"{}\" {attributes}/>", path.data);
        }
    }

    /// A PNG picture stretched over a rectangle, its pixels left square-edged.
    pub fn picture(&mut self, r: Rect, png: &[u8], attributes: &str) {
        let (x, y, w, h) = (number(r.x), number(r.y), number(r.width.max(0.0)), number(r.height.max(0.0)));
        let _ = writeln!(
            self.out,
            "<image x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" preserveAspectRatio=\"none\" image-rendering=\"optimizeSpeed\" style=\"image-rendering:pixelated\" {attributes} href=\"data:image/png;base64,{}\"/>",
            base64(png)
        );
    }

    /// Writes a label with its baseline at a point, turned by `turn` degrees about it.
    pub fn text(&mut self, label: &Label, at: Place, size: f64, anchor: Anchor, turn: f64, attributes: &str) {
        if label.is_blank() {
            return;
        }
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (x, y) = (number(at.0), number(at.1));
        let _ = write!(self.out, "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" text-anchor=\"{anchor}\"", number(size));
        if turn != 0.0 {
            let _ = write!(self.out, " transform=\"rotate({} {x} {y})\"", number(turn));
        }
        let _ = write!(self.out, " xml:space=\"preserve\" {attributes}>");
        let mut rise = 0.0;
        for run in &label.runs {
            let step = run.rise - rise;
            rise = run.rise;
            if step == 0.0 && run.scale == 1.0 {
                self.out.push_str(&escape(&run.text));
            } else {
                let (dy, own) = (number(-step * size), number(run.scale * size));
                let _ = write!(self.out, "<tspan dy=\"{dy}\" font-size=\"{own}\">{}</tspan>", escape(&run.text));
            }
        }
        self.out.push_str("</text>\n");
    }
}

/// The data of a path.
#[derive(Debug, Clone, Default)]
pub(super) struct Path {
    data: String,
}

impl Path {
    pub fn move_to(&mut self, p: Place) {
        let _ = write!(self.data, "M{} {}", number(p.0), number(p.1));
    }

    pub fn line_to(&mut self, p: Place) {
        let _ = write!(self.data, "L{} {}", number(p.0), number(p.1));
    }

    pub fn close(&mut self) {
        self.data.push('Z');
    }

    pub fn segment(&mut self, a: Place, b: Place) {
        self.move_to(a);
        self.line_to(b);
    }

    /// A rectangle between two opposite corners.
    pub fn block(&mut self, a: Place, b: Place) {
        self.move_to(a);
        let _ = write!(self.data, "H{}V{}H{}Z", number(b.0), number(b.1), number(a.0));
    }

    pub fn polygon(&mut self, points: &[Place]) {
        for (i, p) in points.iter().enumerate() {
            if i == 0 { self.move_to(*p) } else { self.line_to(*p) }
        }
        self.close();
    }
}

/// A length with a hundredth of a point, without idle zeros. What is not finite would break the file and becomes 0.
pub(super) fn number(v: f64) -> String {
    if !v.is_finite() {
        return "0".to_string();
    }
    let text = format!("{v:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_string() } else { text.to_string() }
}

/// Bytes as text (RFC 4648).
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |k: usize| u32::from(chunk.get(k).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for k in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * k)) as usize & 63];
            out.push(if k <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_as_in_its_standard() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn numbers_are_short_and_finite() {
        for (v, text) in [(1.0, "1"), (-0.001, "0"), (0.125, "0.12"), (f64::NAN, "0"), (f64::INFINITY, "0"), (10.0, "10")] {
            assert_eq!(number(v), text);
        }
    }
}
