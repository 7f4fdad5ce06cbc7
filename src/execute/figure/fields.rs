//! Fields over two axes, rasters among them, and paths on top.

use super::super::derive::Labelled;
use super::places::{Position, Values, ascending};
use super::{Drawn, raster, short};
use crate::plan::output::{FieldColours, FieldPlan, FieldStyle, PlotX};
use crate::plot;
use crate::plot::{Colours, Field, Panel, Scale, Trajectory};

impl Drawn<'_> {
    /// The field at a place of the panels' axis.
    pub(super) fn field(&self, field: &FieldPlan, fixed: &Position) -> Result<Panel, String> {
        let PlotX::Axis(x_name) = &self.plan.x else { return Err("a field runs over two axes".to_string()) };
        let Some((name, values)) = self.quantities.first() else { return Err("there is no field".to_string()) };
        if field.style == FieldStyle::Events {
            return self.events(values, field, fixed);
        }
        let (x, y) = (ascending(self.axis(x_name)?), ascending(self.axis(&field.y)?));
        let place = values.plane(fixed, x_name, &field.y);
        let value = |i: usize, j: usize| {
            let found = place.and_then(|(first, dx, dy)| values.l.value.get(first + i * dx + j * dy));
            found.copied().unwrap_or(f64::NAN)
        };
        if matches!(field.style, FieldStyle::Raster | FieldStyle::Flips) {
            let first = y.first().map_or(0, |(_, at)| *at as i64);
            let over = x.first().zip(x.last()).map(|(a, b)| [a.1, b.1]);
            let rows = y.iter().map(|(j, _)| x.iter().map(|(i, at)| (*at, value(*i, *j))).collect());
            let marks = raster::marked(field.style, first, over, rows);
            return Ok(self.frame(x_name.clone(), field.y.clone()).with(marks).with_all(self.trajectory.clone()));
        }
        let z = y.iter().flat_map(|(j, _)| x.iter().map(move |(i, _)| (*i, *j))).map(|(i, j)| value(i, j)).collect();
        let style = match field.style {
            FieldStyle::Contour => plot::FieldStyle::Contour,
            FieldStyle::Surface => plot::FieldStyle::Surface,
            FieldStyle::Categories => plot::FieldStyle::Categories,
            _ => plot::FieldStyle::Heat,
        };
        let colours = match field.colours {
            None => Colours::Auto,
            Some(FieldColours::Sequential) => Colours::Sequential,
            Some(FieldColours::Diverging) => Colours::Diverging,
        };
        let shown = Field {
            x: x.into_iter().map(|(_, v)| v).collect(),
            y: y.into_iter().map(|(_, v)| v).collect(),
            z,
            label: Some(field.label.clone().unwrap_or_else(|| name.clone())),
            style,
            scale: field.log.map(|log| if log { Scale::Log } else { Scale::Linear }),
            range: field.range,
            levels: field.levels.clone(),
            colours,
            bare: self.plan.look.band == Some(false),
            categories: self.plan.look.labels.clone(),
            ..Field::default()
        };
        let mut frame = self.frame(x_name.clone(), field.y.clone());
        frame.y.reversed = field.image;
        Ok(frame.with(shown).with_all(self.trajectory.clone()))
    }

    /// Listed events at a place of the panels' axis.
    fn events(&self, values: &Values, field: &FieldPlan, fixed: &Position) -> Result<Panel, String> {
        let PlotX::Axis(x_name) = &self.plan.x else { return Err("events run over time".to_string()) };
        let each = values.l.shape.iter().product::<usize>();
        let place = values.l.axes.iter().try_fold(0, |k, axis| {
            let at = fixed.iter().find(|(n, _)| *n == axis.name)?.1;
            Some(k * axis.coordinates.len() + at)
        });
        let numbers = place.and_then(|k| values.l.value.get(k * each..(k + 1) * each)).unwrap_or(&[]);
        let marks = raster::listed(numbers, &values.l.shape, field.counts.as_deref());
        Ok(self.frame(x_name.clone(), field.y.clone()).with(marks))
    }
}

/// Points of a path, two or three numbers each.
pub(super) fn trajectory(text: &str, l: &Labelled) -> Trajectory {
    let each = l.shape.last().copied().unwrap_or(2).max(1);
    let points = l.value.chunks_exact(each);
    let along = |k: usize| points.clone().map(|p| p.get(k).copied().unwrap_or(f64::NAN)).collect::<Vec<_>>();
    // A list is no name for a path.
    let label = Some(short(text)).filter(|t| !t.starts_with('['));
    Trajectory { label, x: along(0), y: along(1), z: (each == 3).then(|| along(2)) }
}
