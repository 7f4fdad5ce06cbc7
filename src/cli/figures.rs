//! What a quantity of a task looks like for `ann show --plot`: curves along an axis of numbers, or heat maps
//! where it has two such axes of its own.

use crate::plot::{Axis, Field, Figure, Panel, Series};
use crate::results::{AxisValues, Quantity, TaskResult};

/// Curves that one drawing can hold apart.
const CURVES: usize = 8;
/// Heat maps of one quantity, each a drawing.
const FIELDS: usize = 4;

/// The drawings of a quantity, and how many curves or maps there would be besides.
pub(super) struct Figures {
    pub figures: Vec<Figure>,
    pub left_out: usize,
}

/// Draws a quantity over its own axis of numbers, else over the last of its task; one curve for each place on
/// the other axes.
pub(super) fn figures(task: &TaskResult, name: &str) -> Figures {
    let drawn = Drawn { task, name, axes: task.axes.iter().chain(task.own_axes(name)).collect() };
    let along = |from: usize, to: usize| {
        (from..to).filter(|&k| drawn.axes[k].coordinates.len() > 1 && drawn.axes[k].coordinates.number(0).is_some())
    };
    let own: Vec<usize> = along(task.axes.len(), drawn.axes.len()).collect();
    match own.as_slice() {
        [.., x, y] => drawn.fields(*x, *y),
        [x] => drawn.curves(*x),
        [] => match along(0, task.axes.len()).next_back() {
            Some(x) => drawn.curves(x),
            None => Figures { figures: vec![], left_out: 0 },
        },
    }
}

/// A quantity over all of its axes: those of its task, then its own.
struct Drawn<'a> {
    task: &'a TaskResult,
    name: &'a str,
    axes: Vec<&'a AxisValues>,
}

impl Drawn<'_> {
    fn curves(&self, along: usize) -> Figures {
        let (mut series, mut left_out) = (Vec::new(), 0);
        let components = self.components();
        for place in self.places(&[along]) {
            for component in 0..components {
                let (mut x, mut y, mut error) = (Vec::new(), Vec::new(), Vec::new());
                let mut at = place.clone();
                for k in 0..self.axes[along].coordinates.len() {
                    at[along] = k;
                    // What a training that ended early did not reach has no numbers.
                    let found = self.number(&at, component).filter(|(value, _)| !value.is_nan());
                    if let (Some(at), Some((value, e))) = (self.axes[along].coordinates.number(k), found) {
                        x.push(at);
                        y.push(value);
                        error.push(e);
                    }
                }
                if x.is_empty() {
                    continue;
                }
                if series.len() == CURVES {
                    left_out += 1;
                    continue;
                }
                let mut label = self.label(&place, &[along]);
                if components > 1 {
                    label.push(format!("[{component}]"));
                }
                let mut one = Series::new(label.join(", "), x, y).error(error);
                one.label = one.label.filter(|l| !l.is_empty());
                series.push(one);
            }
        }
        if series.is_empty() {
            return Figures { figures: vec![], left_out };
        }
        let panel = Panel::new(Axis::new(&self.axes[along].name), Axis::new(self.name)).with_all(series);
        Figures { figures: vec![Figure::of(panel).title(format!("{}.{}", self.task.name, self.name))], left_out }
    }

    /// A map for each place on the other axes; of many the first, the last and some between.
    fn fields(&self, x: usize, y: usize) -> Figures {
        let coordinates = |k: usize| -> Vec<f64> {
            (0..self.axes[k].coordinates.len()).filter_map(|i| self.axes[k].coordinates.number(i)).collect()
        };
        let (columns, rows) = (coordinates(x), coordinates(y));
        let mut maps = Vec::new();
        for place in self.places(&[x, y]) {
            let mut at = place.clone();
            let mut z = Vec::with_capacity(columns.len() * rows.len());
            for j in 0..rows.len() {
                for i in 0..columns.len() {
                    (at[x], at[y]) = (i, j);
                    z.push(self.number(&at, 0).map_or(f64::NAN, |(value, _)| value));
                }
            }
            if z.iter().any(|v| v.is_finite()) {
                maps.push((place, z));
            }
        }
        let (all, shown) = (maps.len(), maps.len().min(FIELDS));
        let chosen: Vec<usize> = (0..shown).map(|k| if shown > 1 { k * (all - 1) / (shown - 1) } else { 0 }).collect();
        let figures = chosen.into_iter().map(|k| {
            let (place, z) = &maps[k];
            let field = Field {
                x: columns.clone(),
                y: rows.clone(),
                z: z.clone(),
                label: Some(self.name.to_owned()),
                ..Field::default()
            };
            let panel = Panel::new(Axis::new(&self.axes[x].name), Axis::new(&self.axes[y].name)).with(field);
            let mut title = vec![format!("{}.{}", self.task.name, self.name)];
            title.extend(self.label(place, &[x, y]));
            Figure::of(panel).title(title.join(", "))
        });
        Figures { figures: figures.collect(), left_out: all - shown }
    }

    /// All places on the axes, at the first coordinate of those of `without`.
    fn places(&self, without: &[usize]) -> Vec<Vec<usize>> {
        let mut all = vec![Vec::new()];
        for (k, axis) in self.axes.iter().enumerate() {
            let length = if without.contains(&k) { 1 } else { axis.coordinates.len() };
            all = all.into_iter().flat_map(|p: Vec<usize>| (0..length).map(move |i| [p.as_slice(), &[i]].concat())).collect();
        }
        all
    }

    fn quantity(&self, at: &[usize]) -> Option<&Quantity> {
        let point = at.iter().zip(&self.task.axes).fold(0, |p, (i, a)| p * a.coordinates.len() + i);
        self.task.points.get(point)?.as_ref()?.quantity(self.name)
    }

    /// Value and error at a place on all axes.
    fn number(&self, at: &[usize], component: usize) -> Option<(f64, f64)> {
        let (_, value, error) = self.quantity(at)?.part(&at[self.task.axes.len()..])?;
        // Vectors at the points of a task are left to tables.
        let alone = value.len() == 1 || self.axes.len() > self.task.axes.len();
        Some((*value.get(component).filter(|_| alone)?, error.get(component).copied().unwrap_or(0.0)))
    }

    /// Elements at one place: more than one make curves of their own.
    fn components(&self) -> usize {
        let own = self.axes.len() - self.task.axes.len();
        let sizes = self.task.points.iter().flatten().filter_map(|p| p.quantity(self.name)?.shape.get(own..));
        if own == 0 { 1 } else { sizes.map(|rest| rest.iter().product()).max().unwrap_or(1) }
    }

    /// The coordinates of a place on the axes that are not drawn along.
    fn label(&self, at: &[usize], along: &[usize]) -> Vec<String> {
        let others = (0..self.axes.len()).filter(|k| !along.contains(k));
        others.map(|k| format!("{} = {}", self.axes[k].name, self.axes[k].coordinates.label(at[k]))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Coordinates, Description, PointResult};

    fn axis(name: &str, coordinates: Coordinates) -> AxisValues {
        AxisValues { name: name.into(), coordinates }
    }

    /// A task over two widths whose `q` runs over some axes of its own; elements count up from 100 times the point.
    fn task(own: Vec<AxisValues>, rest: &[usize]) -> TaskResult {
        let shape: Vec<usize> = own.iter().map(|a| a.coordinates.len()).chain(rest.iter().copied()).collect();
        let n: usize = shape.iter().product();
        let point = |p: usize| PointResult {
            hash: String::new(),
            kernel: String::new(),
            wall_seconds: 0.0,
            quantities: vec![(
                "q".into(),
                Quantity {
                    shape: shape.clone(),
                    value: (0..n).map(|k| (100 * p + k) as f64).collect(),
                    error: vec![0.5; n],
                    ..Quantity::default()
                },
            )],
            kept: vec![],
            warnings: vec![],
            failed: None,
        };
        TaskResult {
            name: "fit".into(),
            kind: "train".into(),
            doc: None,
            plan_hash: String::new(),
            updates: String::new(),
            axes: vec![axis("width", Coordinates::Int(vec![16, 64]))],
            descriptions: vec![Description { name: "q".into(), axes: own, ..Description::default() }],
            points: vec![Some(point(0)), Some(point(1))],
        }
    }

    fn series(found: &Figures) -> Vec<(String, Vec<f64>, Vec<f64>)> {
        let all = found.figures[0].panels[0].series();
        all.map(|s| (s.label.clone().unwrap_or_default(), s.x.clone(), s.y.clone())).collect()
    }

    #[test]
    fn histories_are_curves_over_their_own_axis() {
        let epoch = axis("epoch", Coordinates::Int(vec![0, 5, 10]));
        let mut t = task(vec![epoch.clone()], &[]);
        t.points[1].as_mut().unwrap().quantities[0].1.value[2] = f64::NAN;
        let found = figures(&t, "q");
        let expected = [
            ("width = 16".to_string(), vec![0.0, 5.0, 10.0], vec![0.0, 1.0, 2.0]),
            ("width = 64".to_string(), vec![0.0, 5.0], vec![100.0, 101.0]),
        ];
        assert_eq!(series(&found), expected);
        assert_eq!(found.figures[0].panels[0].x.label.as_deref(), Some("epoch"));
        let kind = axis("kind", Coordinates::Text(vec!["minimum".into(), "saddle".into()]));
        let found = figures(&task(vec![epoch.clone(), kind.clone()], &[]), "q");
        assert_eq!(series(&found)[1], ("width = 16, kind = saddle".into(), vec![0.0, 5.0, 10.0], vec![1.0, 3.0, 5.0]));
        let found = figures(&task(vec![epoch.clone()], &[6]), "q");
        assert_eq!((series(&found).len(), found.left_out), (8, 4));
        assert_eq!(series(&found)[7], ("width = 64, [1]".into(), vec![0.0, 5.0, 10.0], vec![101.0, 107.0, 113.0]));
        // Names alone: over the axis of the task, a curve for each.
        let found = figures(&task(vec![kind], &[]), "q");
        assert_eq!(series(&found)[1], ("kind = saddle".into(), vec![16.0, 64.0], vec![1.0, 101.0]));
    }

    #[test]
    fn numbers_and_vectors_at_points_are_as_they_were() {
        let found = figures(&task(vec![], &[]), "q");
        assert_eq!(series(&found), [(String::new(), vec![16.0, 64.0], vec![0.0, 100.0])]);
        assert!(found.figures[0].panels[0].series().all(|s| s.label.is_none()));
        assert!(figures(&task(vec![], &[3]), "q").figures.is_empty());
        assert!(figures(&task(vec![], &[]), "other").figures.is_empty());
    }

    #[test]
    fn slices_are_maps() {
        let plane = vec![axis("α", Coordinates::Real(vec![-1.0, 0.0, 1.0])), axis("β", Coordinates::Real(vec![0.0, 2.0]))];
        let found = figures(&task(plane.clone(), &[]), "q");
        assert_eq!((found.figures.len(), found.left_out), (2, 0));
        assert_eq!(found.figures[1].title.as_deref(), Some("fit.q, width = 64"));
        let crate::plot::Layer::Field(field) = &found.figures[1].panels[0].layers[0] else { panic!("no field") };
        assert_eq!((&field.x, &field.y), (&vec![-1.0, 0.0, 1.0], &vec![0.0, 2.0]));
        assert_eq!(field.z, [100.0, 102.0, 104.0, 101.0, 103.0, 105.0]);
        let epoch = axis("epoch", Coordinates::Int((0..5).collect()));
        let found = figures(&task([vec![epoch], plane].concat(), &[]), "q");
        assert_eq!((found.figures.len(), found.left_out), (4, 6));
        assert_eq!(found.figures[3].title.as_deref(), Some("fit.q, width = 64, epoch = 4"));
        // A result that lacks part of its axes: no panic, what is there.
        let mut cut = task(vec![axis("epoch", Coordinates::Int((0..4).collect()))], &[]);
        let q = &mut cut.points[0].as_mut().unwrap().quantities[0].1;
        (q.shape, q.value) = (vec![2], vec![1.0, 2.0]);
        assert_eq!(series(&figures(&cut, "q"))[0].1, [0.0, 1.0]);
    }
}
