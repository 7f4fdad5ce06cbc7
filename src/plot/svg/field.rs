//! A heat map and its colour bar. Must not know how cells came about.

use std::collections::BTreeMap;

use super::canvas::{Canvas, Path, Rect};
use super::layout::{ColourBar, Layout};
use crate::plot::palette::{self, Colour};
use crate::plot::prepared::Heat;

/// Shades that the eye can hardly tell apart; equal shades share one path and keep the file small.
const SHADES: f64 = 128.0;
/// Cells without a value.
const MISSING: Colour = Colour(222, 222, 222);

fn shade(heat: &Heat, value: Option<f64>) -> Colour {
    match value {
        None => MISSING,
        Some(v) => colour(heat, (v * SHADES).round() / SHADES),
    }
}

fn colour(heat: &Heat, t: f64) -> Colour {
    if heat.two_sided { palette::diverging(t) } else { palette::sequential(t) }
}

pub(super) fn draw(canvas: &mut Canvas, heat: &Heat, layout: &Layout, bar: &ColourBar) {
    let mut paths: BTreeMap<Colour, Path> = BTreeMap::new();
    let columns = heat.columns.len() - 1;
    for (j, row) in heat.values.chunks(columns).enumerate() {
        let mut i = 0;
        while i < columns {
            let own = shade(heat, row[i]);
            let end = (i + 1..columns).find(|k| shade(heat, row[*k]) != own).unwrap_or(columns);
            let (x0, x1) = (heat.columns[i].clamp(-0.01, 1.01), heat.columns[end].clamp(-0.01, 1.01));
            let (y0, y1) = (heat.rows[j].clamp(-0.01, 1.01), heat.rows[j + 1].clamp(-0.01, 1.01));
            if x1 > x0 && y1 > y0 {
                paths.entry(own).or_default().block(layout.frame.at((x0, y0)), layout.frame.at((x1, y1)));
            }
            i = end;
        }
    }
    canvas.open("clip-path=\"url(#frame)\" shape-rendering=\"crispEdges\"");
    for (own, path) in &paths {
        canvas.path(path, &format!("fill=\"{}\"", own.hex()));
    }
    canvas.close();

    canvas.open("shape-rendering=\"crispEdges\"");
    let r = bar.place;
    for i in 0..SHADES as usize {
        let t = (i as f64 + 0.5) / SHADES;
        // Each slice reaches under the next one so that no seam shows.
        let top = r.bottom() - (i + 1) as f64 / SHADES * r.height;
        let slice = Rect { y: top, height: r.bottom() - i as f64 / SHADES * r.height - top + 0.3, ..r };
        let slice = Rect { height: slice.height.min(r.bottom() - top), ..slice };
        canvas.rect(slice, &format!("fill=\"{}\"", colour(heat, t).hex()));
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
