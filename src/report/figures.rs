//! Figures inside of the page: their drawing, and every number of it as a place that can be pointed at.

use super::Picture;
use super::escape::{escape, spans};
use crate::plot::{self, Figure, Label, Layer, Spot};
use crate::store::{format_number, format_value};
use std::fmt::Write;

/// Places to point at in one figure.
const SPOTS: usize = 1500;

/// All figures; empty where there are none.
pub(super) fn figures(pictures: &[Picture]) -> String {
    pictures.iter().enumerate().map(|(k, p)| one(k, p)).collect()
}

fn one(index: usize, picture: &Picture) -> String {
    let drawing = plot::svg(&picture.figure);
    let drawn = apart(&drawing.content, index);
    let mut spots = String::from("<g class=\"spots\">\n");
    for spot in plot::spots(&picture.figure, SPOTS) {
        let _ = writeln!(
            spots,
            "<circle cx=\"{:.2}\" cy=\"{:.2}\" r=\"5\"><title>{}</title></circle>",
            spot.at.0,
            spot.at.1,
            escape(&said(&picture.figure, &spot))
        );
    }
    spots.push_str("</g>\n</svg>");
    let filled = |l: &Layer| matches!(l, Layer::Field(_));
    let kind = if picture.figure.panels.iter().any(|p| p.layers.iter().any(filled)) { "field" } else { "lines" };
    let name = escape(&picture.name);
    let drawn = drawn.trim_end().trim_end_matches("</svg>");
    let drawn = drawn.replacen("<svg ", &format!("<svg class=\"{kind}\" role=\"img\" aria-label=\"{name}\" "), 1);
    let mut out = format!("<figure id=\"figure-{}\">\n<div class=\"plot\">{drawn}{spots}</div>\n<figcaption>", index + 1);
    let _ = write!(out, "<b>{name}</b>");
    if !picture.caption.is_empty() {
        let _ = write!(out, " {}", spans(&picture.caption));
    }
    for note in &drawing.notes {
        let _ = write!(out, " <span class=\"small\">{}.</span>", escape(note));
    }
    out.push_str("</figcaption>\n</figure>\n");
    out
}

/// `L = 16: T = 2.25, binder = 0.6120(31)`
fn said(figure: &Figure, spot: &Spot) -> String {
    let panel = figure.panels.get(spot.panel);
    let label = |text: Option<&String>, otherwise: &str| {
        let plain = text.map(|t| Label::parse(t).plain()).filter(|t| !t.trim().is_empty());
        plain.unwrap_or_else(|| otherwise.to_string())
    };
    let x = label(panel.and_then(|p| p.x.label.as_ref()), "x");
    let y = label(panel.and_then(|p| p.y.label.as_ref()), "y");
    let at = format!("{x} = {}", format_number(spot.x));
    match (spot.z, &spot.curve) {
        (Some(z), name) => {
            let name = name.as_deref().unwrap_or("value");
            format!("{at}, {y} = {}: {name} = {}", format_number(spot.y), format_number(z))
        }
        (None, name) => {
            let before = name.as_ref().map(|n| format!("{n}: ")).unwrap_or_default();
            format!("{before}{at}, {y} = {}", format_value(spot.y, spot.error.unwrap_or(0.0)))
        }
    }
}

/// The drawing with names of its own, so that two figures on one page do not take each other's. Only tags are touched.
fn apart(svg: &str, index: usize) -> String {
    let mut out = String::with_capacity(svg.len() + 64);
    let mut rest = svg;
    while let Some(open) = rest.find('<') {
        let close = rest[open..].find('>').map_or(rest.len(), |k| open + k + 1);
        out.push_str(&rest[..open]);
        let tag = &rest[open..close];
        out.push_str(&tag.replace(" id=\"", &format!(" id=\"f{index}-")).replace("url(#", &format!("url(#f{index}-")));
        rest = &rest[close..];
    }
    out.push_str(rest);
    out
}
