//! Curves in braille dots, with markers, guides and paths.

use super::grid::{self, Dots, Grid, Ink};
use super::panel::Area;
use super::{GUIDE, MARKERS, ink_of};
use crate::plot::label::Label;
use crate::plot::prepared::{Curve, Form, Place, Ready, clip};

pub(super) fn draw(prepared: &Ready, colour: bool, grid: &mut Grid, area: Area) {
    for guide in prepared.guides.iter().filter(|g| g.x.is_some() && g.y.is_some()) {
        let (column, row) = (area.column(guide.x.unwrap_or(0.0)), area.row(guide.y.unwrap_or(0.0)));
        if !guide.text_only {
            grid.put(column, row, '⊙', GUIDE);
        }
        let (text, end) = (solid(&guide.label), area.left + area.columns);
        let right = column + 2 + grid::width(&text) <= end;
        let start = if right { column + 2 } else { column.saturating_sub(grid::width(&text) + 1).max(area.left) };
        grid.text(start, row, if right { end } else { column }, &text, GUIDE);
    }
    for guide in prepared.guides.iter().filter(|g| g.x.is_none() && !g.label.is_blank()) {
        let text = solid(&guide.label);
        let row = area.row(guide.y.unwrap_or(0.0));
        let start = (area.left + area.columns).saturating_sub(grid::width(&text)).max(area.left);
        grid.text(start, row, area.left + area.columns, &text, GUIDE);
    }
    let mut dots = Dots::new(area.columns, area.rows);
    let alone = prepared.curves.len() == 1 && prepared.trails.is_empty();
    for curve in &prepared.curves {
        match curve.form {
            Form::Histogram if alone => blocks(curve, prepared.y.floor(), grid, area),
            _ => draw_curve(curve, prepared.y.floor(), &mut dots),
        }
    }
    for trail in &prepared.trails {
        let ink = ink_of(trail.look);
        trail.points.windows(2).for_each(|w| line(&mut dots, w[0].0, w[1].0, ink));
        for (end, c) in [(trail.points.first(), '○'), (trail.points.last(), '●')] {
            if let Some((at, _)) = end.filter(|(at, _)| dots.dot_of(*at).is_some()) {
                grid.put(area.column(at.0), area.row(at.1), c, ink);
            }
        }
    }
    let several = prepared.curves.len() > 1;
    for curve in prepared.curves.iter().rev() {
        let i = curve.look;
        let points: Vec<_> = curve.segments.iter().flatten().map(|p| p.at).collect();
        let shown = match curve.form {
            Form::Points | Form::LinePoints if points.len() <= area.columns => 1,
            // Lines alone cannot be told apart without colour: a few markers name them.
            Form::Line | Form::LinePoints | Form::Band | Form::Step if several && !colour => (points.len() / 5).max(1),
            _ => continue,
        };
        for at in points.iter().skip(if shown > 1 { (shown / 2 + i) % shown } else { 0 }).step_by(shown) {
            if dots.dot_of(*at).is_some() {
                let (column, row) = (area.column(at.0), area.row(at.1));
                if grid.is_blank(column, row) {
                    grid.put(column, row, MARKERS[i % MARKERS.len()], ink_of(i));
                }
            }
        }
    }
    dots.onto(grid, area.left, area.top);
    for guide in &prepared.guides {
        match (guide.x, guide.y) {
            (Some(x), None) => (area.top..area.top + area.rows).for_each(|row| put_if_blank(grid, area.column(x), row, '┊')),
            (None, Some(y)) => (area.left..area.left + area.columns).for_each(|c| put_if_blank(grid, c, area.row(y), '┈')),
            _ => {}
        }
    }
}

/// A label inside the plot area: its spaces are not blank cells, so that no line shows through.
fn solid(label: &Label) -> String {
    label.plain().replace(' ', "\u{a0}")
}

fn put_if_blank(grid: &mut Grid, column: usize, row: usize, c: char) {
    if grid.is_blank(column, row) {
        grid.put(column, row, c, GUIDE);
    }
}

fn line(dots: &mut Dots, a: Place, b: Place, ink: Ink) {
    if let Some((a, b)) = clip(a, b, (0.0, 0.0), (1.0, 1.0))
        && let (Some(a), Some(b)) = (dots.dot_of(a), dots.dot_of(b))
    {
        dots.line(a, b, ink);
    }
}

/// A histogram by itself, in eighths of a character.
fn blocks(curve: &Curve, floor: f64, grid: &mut Grid, area: Area) {
    const EIGHTHS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let eighths = |v: f64| (v.clamp(0.0, 1.0) * (8 * area.rows) as f64).round() as usize;
    for column in 0..area.columns {
        let x = (column as f64 + 0.5) / area.columns as f64;
        let Some((_, _, p)) = curve.bars.iter().find(|(left, right, _)| (*left..*right).contains(&x)) else { continue };
        let (from, to) = (eighths(floor), eighths(p.at.1));
        for row in from / 8..to.div_ceil(8) {
            let c = EIGHTHS[(to - 8 * row).clamp(1, 8) - 1];
            grid.put(area.left + column, area.top + area.rows - 1 - row, c, ink_of(curve.look));
        }
    }
}

fn draw_curve(curve: &Curve, floor: f64, dots: &mut Dots) {
    let ink = ink_of(curve.look);
    let line = |dots: &mut Dots, a, b| self::line(dots, a, b, ink);
    for segment in &curve.segments {
        for p in segment {
            if let Some((low, high)) = p.error {
                line(dots, (p.at.0, low), (p.at.0, high));
            }
            if let Some((low, high)) = p.x_error {
                line(dots, (low, p.at.1), (high, p.at.1));
            }
            if curve.form == Form::Sticks {
                line(dots, (p.at.0, floor), p.at);
            }
            if let Some(dot) = dots.dot_of(p.at) {
                dots.set(dot, ink);
            }
        }
        if !matches!(curve.form, Form::Points | Form::Sticks | Form::Raster) {
            segment.windows(2).for_each(|w| line(dots, w[0].at, w[1].at));
        }
    }
    if curve.form == Form::Histogram {
        let mut pen = None;
        for (left, right, p) in &curve.bars {
            line(dots, pen.unwrap_or((*left, floor)), (*left, p.at.1));
            line(dots, (*left, p.at.1), (*right, p.at.1));
            pen = Some((*right, p.at.1));
        }
        return;
    }
    for (left, right, p) in &curve.bars {
        let last = (2 * dots.columns) as f64 - 1.0;
        let (from, to) = ((left.max(0.0) * last).ceil(), (right.min(1.0) * last).floor());
        let mut k = from;
        while k <= to {
            line(dots, (k / last, floor), (k / last, p.at.1));
            k += 1.0;
        }
        if from > to {
            line(dots, (p.at.0, floor), p.at);
        }
    }
}
