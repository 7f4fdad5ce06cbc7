//! Rasters: marks in time, a row for each unit, from kept states, values over a plane, or lists of times.

use super::super::derive::{Labelled, Results};
use crate::plan::Expr;
use crate::plan::output::FieldStyle;
use crate::plot::Raster;
use crate::results::{AxisValues, Kept};

/// The axis of the chains of kept states.
const CHAIN: &str = "chain";

/// The states that a task kept, over `axes`; what a point that is missing would have kept is no number.
pub(super) fn states(e: &Expr, axes: &[AxisValues], results: &Results) -> Result<Labelled, String> {
    let Expr::Result { task: name, at, .. } = e else { return Err("only a task keeps states".to_string()) };
    let task = results.tasks.get(name.as_str()).ok_or_else(|| format!("`{name}` has no results"))?;
    let [time, unit, free @ ..] = axes else { return Err("states run over time and units".to_string()) };
    let (samples, sites) = (time.coordinates.len(), unit.coordinates.len());
    // The axes in which the numbers lie one after the other: of the task, chains, times, units.
    let mut ordered = free.to_vec();
    ordered.extend([time.clone(), unit.clone()]);
    let places: usize = free.iter().map(|a| a.coordinates.len()).product();
    let mut value = Vec::with_capacity(places * samples * sites);
    for k in 0..places {
        let mut rest = k;
        let mut place = at.clone();
        for axis in free.iter().rev() {
            place.push((axis.name.clone(), rest % axis.coordinates.len()));
            rest /= axis.coordinates.len();
        }
        let of = |name: &str| place.iter().find(|p| p.0 == name).map_or(0, |p| p.1);
        let point = task.axes.iter().fold(0, |n, a| n * a.coordinates.len() + of(&a.name));
        let kept = task.points.get(point).and_then(|p| p.as_ref()).and_then(|p| {
            p.kept.iter().find_map(|(_, k)| match k {
                Kept::States { samples, sites, data, .. } => Some((*samples, *sites, data)),
                _ => None,
            })
        });
        let each = samples * sites;
        let start = of(CHAIN) * each;
        match kept.and_then(|(s, n, data)| data.get(start..start + each).filter(|_| (s, n) == (samples, sites))) {
            Some(data) => value.extend(data.iter().map(|x| f64::from(*x))),
            None if results.is_partial() => value.extend(std::iter::repeat_n(f64::NAN, each)),
            None => return Err(format!("`{name}` has not kept its states")),
        }
    }
    Ok(Labelled { axes: ordered, shape: vec![], error: vec![0.0; value.len()], value })
}

/// The marks of values over a plane: `rows` in the order of the units, each with the times of its values; `over`: the first time
/// and the last.
pub(super) fn marked(
    style: FieldStyle,
    first: i64,
    over: Option<[f64; 2]>,
    rows: impl Iterator<Item = Vec<(f64, f64)>>,
) -> Raster {
    let row = |row: Vec<(f64, f64)>| -> Vec<f64> {
        match style {
            FieldStyle::Flips => {
                let known: Vec<(f64, f64)> = row.into_iter().filter(|(_, z)| z.is_finite()).collect();
                known.windows(2).filter(|w| w[0].1 != w[1].1).map(|w| w[1].0).collect()
            }
            _ => row.into_iter().filter(|(_, z)| *z > 0.0).map(|(x, _)| x).collect(),
        }
    };
    Raster { first, over, events: rows.map(row).collect(), ..Raster::default() }
}

/// Events in lists: one list after the other with so many `counts`, else rows of an array.
pub(super) fn listed(values: &[f64], shape: &[usize], counts: Option<&[usize]>) -> Raster {
    let finite = |row: &[f64]| row.iter().copied().filter(|t| t.is_finite()).collect::<Vec<f64>>();
    let events = match counts {
        Some(counts) => {
            let mut rest = values;
            let mut next = |n: &usize| {
                let (row, after) = rest.split_at((*n).min(rest.len()));
                rest = after;
                finite(row)
            };
            counts.iter().map(&mut next).collect()
        }
        None => match shape {
            [units, .., 0] => vec![Vec::new(); *units],
            [] => Vec::new(),
            [.., each] => values.chunks(*each).map(finite).collect(),
        },
    };
    Raster { events, ..Raster::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_where_a_unit_is_on_or_flips() {
        let row = || vec![vec![(1.0, -1.0), (2.0, 1.0), (3.0, 1.0), (4.0, f64::NAN), (5.0, -1.0)], vec![]];
        assert_eq!(marked(FieldStyle::Raster, 3, None, row().into_iter()).events, [vec![2.0, 3.0], vec![]]);
        assert_eq!(marked(FieldStyle::Raster, 3, None, row().into_iter()).first, 3);
        // What is not known is no flip: the next that is known is compared with the last.
        assert_eq!(marked(FieldStyle::Flips, 0, None, row().into_iter()).events, [vec![2.0, 5.0], vec![]]);
    }

    #[test]
    fn lists_of_times_are_rows() {
        assert_eq!(listed(&[0.1, 0.4, 0.2], &[3], Some(&[2, 0, 1])).events, [vec![0.1, 0.4], vec![], vec![0.2]]);
        assert_eq!(listed(&[0.1, 0.4, 0.2, f64::NAN], &[2, 2], None).events, [vec![0.1, 0.4], vec![0.2]]);
        assert_eq!(listed(&[], &[4, 0], None).events, vec![Vec::<f64>::new(); 4]);
    }
}
