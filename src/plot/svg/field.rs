//! Fields in the plane and their colour bar: cells as a picture or as paths, contours as outlines with their labels.
//! Must not know how values came about.

use std::collections::BTreeMap;

use super::canvas::{Canvas, Path, Rect};
use super::layout::{ColourBar, PanelLayout};
use super::picture;
use crate::plot::field::Shown;
use crate::plot::layer::FieldStyle;
use crate::plot::palette::{self, Colour};
use crate::plot::prepared::Place;

/// Shades that the eye can hardly tell apart; equal shades share one path and keep the file small.
const SHADES: f64 = 256.0;
/// Cells without a value.
pub(super) const MISSING: Colour = Colour(222, 222, 222);
/// More cells than this are drawn as a picture.
const PATHS: usize = 2600;

pub(super) fn shade(shown: &Shown, value: Option<f64>) -> Colour {
    match value {
        None => MISSING,
        Some(v) if shown.style == FieldStyle::Categories => shown.colour(v),
        Some(v) => shown.colour((v * SHADES).round() / SHADES),
    }
}

/// Cells of a heat map or a phase diagram.
pub(super) fn cells(canvas: &mut Canvas, shown: &Shown, frame: Rect, clip: &str) {
    if shown.values.len() > PATHS {
        if let Some((part, png)) = picture::of_cells(shown) {
            let (a, b) = (frame.at((part[0], part[3])), frame.at((part[2], part[1])));
            canvas.picture(Rect { x: a.0, y: a.1, width: b.0 - a.0, height: b.1 - a.1 }, &png, clip);
        }
        return;
    }
    let mut paths: BTreeMap<Colour, Path> = BTreeMap::new();
    let columns = shown.columns.len() - 1;
    for (j, row) in shown.values.chunks(columns).enumerate() {
        let mut i = 0;
        while i < columns {
            let own = shade(shown, row[i]);
            let end = (i + 1..columns).find(|k| shade(shown, row[*k]) != own).unwrap_or(columns);
            let within = |v: f64| v.clamp(-0.01, 1.01);
            let (x0, x1) = (within(shown.columns[i]), within(shown.columns[end]));
            let (y0, y1) = (within(shown.rows[j]), within(shown.rows[j + 1]));
            if x1 > x0 && y1 > y0 {
                paths.entry(own).or_default().block(frame.at((x0, y0)), frame.at((x1, y1)));
            }
            i = end;
        }
    }
    canvas.open(&format!("{clip} shape-rendering=\"crispEdges\""));
    for (own, path) in &paths {
        canvas.path(path, &format!("fill=\"{}\"", own.hex()));
    }
    canvas.close();
}

/// The bar that explains the colours.
pub(super) fn bar(canvas: &mut Canvas, shown: &Shown, bar: &ColourBar) {
    canvas.open("shape-rendering=\"crispEdges\"");
    let r = bar.place;
    let mut ends: Vec<f64> = match shown.style {
        FieldStyle::Contour if shown.filled => shown.levels.ticks.iter().map(|l| l.at.clamp(0.0, 1.0)).collect(),
        _ => (1..128).map(|k| f64::from(k) / 128.0).collect(),
    };
    ends.insert(0, 0.0);
    ends.push(1.0);
    for (k, w) in ends.windows(2).enumerate() {
        let colour = match shown.style {
            FieldStyle::Contour if shown.filled => shown.band_colour(k),
            _ => shown.map.colour((w[0] + w[1]) / 2.0),
        };
        // Each slice reaches under the next one so that no seam shows.
        let top = r.at((0.0, w[1])).1;
        let height = (r.at((0.0, w[0])).1 - top + 0.3).min(r.bottom() - top);
        canvas.rect(Rect { y: top, height, ..r }, &format!("fill=\"{}\"", colour.hex()));
    }
    canvas.close();
    let thin = format!("fill=\"none\" stroke=\"{}\" stroke-width=\"0.6\"", super::INK);
    canvas.rect(r, &thin);
    let mut ticks = Path::default();
    for tick in bar.ticks.ticks.iter().filter(|t| t.text.is_some()) {
        let p = r.at((1.0, tick.at));
        ticks.segment(p, (p.0 + 2.5, p.1));
    }
    canvas.path(&ticks, &thin);
}

/// Bands, lines and their labels. `taken` are places that labels keep off.
pub(super) fn contours(canvas: &mut Canvas, shown: &Shown, layout: &PanelLayout, clip: &str, taken: &[Place]) {
    let frame = layout.frame;
    let found = crate::plot::field::contour::contours(shown);
    canvas.open(clip);
    canvas.rect(frame, &format!("fill=\"{}\"", MISSING.hex()));
    for (k, contour) in found.iter().enumerate() {
        let mut path = Path::default();
        for outline in &contour.area {
            path.polygon(&outline.iter().map(|p| frame.at(*p)).collect::<Vec<_>>());
        }
        let colour = if shown.filled { shown.band_colour(k) } else { Colour(255, 255, 255) };
        if shown.filled || k == 0 {
            canvas.path(&path, &format!("fill=\"{}\" fill-rule=\"evenodd\"", colour.hex()));
        }
    }
    let mut labels = super::levels::Labels::new(frame, taken);
    for (k, contour) in found.iter().enumerate().skip(1) {
        let level = &shown.levels.ticks[k - 1];
        let lines: Vec<Vec<Place>> = contour.lines.iter().map(|line| line.iter().map(|p| frame.at(*p)).collect()).collect();
        let text = level.text.as_deref().unwrap_or_default();
        let mut path = Path::default();
        for piece in labels.add(text, &lines) {
            piece.iter().enumerate().for_each(|(i, p)| if i == 0 { path.move_to(*p) } else { path.line_to(*p) });
        }
        let (colour, width) = if shown.filled {
            let ground = shown.map.colour(level.at);
            (palette::toned(ground, if palette::is_light(ground) { -0.45 } else { 0.45 }), 0.55)
        } else {
            (shown.map.colour(0.9 * level.at), 1.0)
        };
        canvas.path(
            &path,
            &format!("fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"", colour.hex()),
        );
        labels.write(canvas, |_| {
            if !shown.filled {
                return super::INK.to_string();
            }
            let light = palette::is_light(shown.map.colour(level.at));
            if light { super::INK.to_string() } else { "#ffffff".to_string() }
        });
    }
    canvas.close();
}
