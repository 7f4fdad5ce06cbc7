//! Fields in half blocks, the scale of their colours, and what lies on them in single characters.

use super::grid::{self, Grid, Ink};
use super::panel::Area;
use super::{KINDS, MARKERS, factor, spins, texts};
use crate::plot::field::Shown;
use crate::plot::layer::FieldStyle;
use crate::plot::prepared::Ready;

fn exact(shown: &Shown, value: Option<f64>) -> [u8; 3] {
    let Some(v) = value else { return [128, 128, 128] };
    let c = shown.colour(v);
    [c.0, c.1, c.2]
}

/// The character of a value without colour.
fn shade(shown: &Shown, value: Option<f64>) -> char {
    match value {
        None => '·',
        Some(v) if shown.style == FieldStyle::Categories => KINDS[v.max(0.0) as usize % KINDS.len()],
        Some(v) => spins::shade(v),
    }
}

pub(super) fn draw(prepared: &Ready, shown: &Shown, colour: bool, grid: &mut Grid, area: Area) {
    for row in 0..area.rows {
        for column in 0..area.columns {
            let x = (column as f64 + 0.5) / area.columns as f64;
            let value = |half: f64| shown.value(x, 1.0 - (row as f64 + half) / area.rows as f64);
            let (c, ink) = if colour {
                ('▀', Ink::Exact(exact(shown, value(0.25)), exact(shown, value(0.75))))
            } else {
                (shade(shown, value(0.5)), Ink::Plain)
            };
            grid.put(area.left + column, area.top + row, c, ink);
        }
    }
    over(prepared, shown, colour, grid, area);
}

/// Points of curves, guides and paths, one character each on the colour of their place.
fn over(prepared: &Ready, shown: &Shown, colour: bool, grid: &mut Grid, area: Area) {
    let mut over = |(x, y): (f64, f64), c: char| {
        if !(0.0..=1.0).contains(&x) || !(0.0..=1.0).contains(&y) {
            return;
        }
        let ground = exact(shown, shown.value(x.min(1.0 - 1e-9), y.min(1.0 - 1e-9)));
        let light = ground.iter().map(|v| u32::from(*v)).sum::<u32>() > 380;
        let contrast = Ink::Exact(if light { [0; 3] } else { [255; 3] }, ground);
        grid.put(area.column(x), area.row(y), c, if colour { contrast } else { Ink::Plain });
    };
    let fractions = |n: usize| (0..n).map(move |k| (k as f64 + 0.5) / n as f64);
    for guide in prepared.guides.iter().filter(|g| !g.text_only) {
        match (guide.x, guide.y) {
            (Some(x), Some(y)) => over((x, y), '⊙'),
            (Some(x), None) => fractions(area.rows).for_each(|y| over((x, y), '┊')),
            (None, Some(y)) => fractions(area.columns).for_each(|x| over((x, y), '┈')),
            (None, None) => {}
        }
    }
    for curve in &prepared.curves {
        let points = curve.segments.iter().flatten().chain(curve.bars.iter().map(|b| &b.2));
        points.for_each(|p| over(p.at, MARKERS[curve.look % MARKERS.len()]));
    }
    for trail in &prepared.trails {
        for w in trail.points.windows(2) {
            let (a, b) = (w[0].0, w[1].0);
            let far = ((b.0 - a.0) * area.columns as f64).abs().max(((b.1 - a.1) * area.rows as f64).abs());
            let pieces = far.ceil().clamp(1.0, 400.0) as usize;
            for k in 0..=pieces {
                let t = k as f64 / pieces as f64;
                over((a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)), '•');
            }
        }
        for (end, c) in [(trail.points.first(), '○'), (trail.points.last(), '●')] {
            end.into_iter().for_each(|p| over(p.0, c));
        }
    }
}

/// The scale of a field's colours in the last row.
pub(super) fn scale(shown: &Shown, colour: bool, grid: &mut Grid, area: Area, row: usize) {
    let ticks = (4..12).map(|n| shown.range.ticks(n)).find(|t| texts(t).len() > 1).unwrap_or_default();
    let ends = texts(&ticks);
    let name = [shown.label.plain(), factor(&ticks)].into_iter().filter(|t| !t.trim().is_empty()).collect::<Vec<_>>().join(" ");
    let (Some(first), Some(last)) = (ends.first(), ends.last()) else { return };
    let mut column = area.left;
    let named = if name.is_empty() { String::new() } else { format!("{name}  ") };
    grid.text(column, row, grid.width, &format!("{named}{} ", first.1), Ink::Plain);
    column += grid::width(&named) + grid::width(&first.1) + 1;
    let room = (area.left + area.columns).saturating_sub(column + grid::width(&last.1) + 1).min(40);
    for k in 0..room {
        // The bar spans the values that are written at its ends.
        let t = first.0 + (last.0 - first.0) * (k as f64 + 0.5) / room as f64;
        if colour {
            grid.put(column + k, row, '█', Ink::Exact(exact(shown, Some(t)), exact(shown, Some(t))));
        } else {
            grid.put(column + k, row, spins::shade(t), Ink::Plain);
        }
    }
    grid.text(column + room + 1, row, grid.width, &last.1, Ink::Plain);
}
