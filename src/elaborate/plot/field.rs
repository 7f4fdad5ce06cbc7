//! `plot NAME { field: ... }`: a quantity over the plane of two axes, or an image: an array of rows and columns.

use super::{CURVES, Elaborator, Reading, axis_word, one_of};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::symbolic::shape_text;
use crate::elaborate::value::{Eval, Failed, Symbolic};
use crate::plan::graph::Graph;
use crate::plan::output::{FieldColours, FieldPlan, FieldStyle, PlotX};
use crate::plan::{Expr, PlotPlan, Work};
use crate::results::{AxisValues, Coordinates};

pub(super) const STYLES: &[(&str, FieldStyle)] = &[
    ("heat", FieldStyle::Heat),
    ("contour", FieldStyle::Contour),
    ("surface", FieldStyle::Surface),
    ("categories", FieldStyle::Categories),
    ("raster", FieldStyle::Raster),
    ("flips", FieldStyle::Flips),
];

/// The axes of an image: its rows run downwards, its columns to the right.
const ROW: &str = "row";
const COLUMN: &str = "column";

/// The task whose result an expression is, as it stands or a part of it.
fn task_of(e: &Expr) -> Option<&str> {
    match e {
        Expr::Result { task, .. } => Some(task),
        Expr::Index(base, _) => task_of(base),
        _ => None,
    }
}

impl Elaborator<'_> {
    pub(super) fn field_plot(&mut self, r: &Reading) -> Eval<PlotPlan> {
        let Some(setting) = r.find("field") else { return Err(Failed) };
        let e = &setting.value;
        let value = self.eval(e, r.scope)?;
        let (mut s, kept) = match self.states_over_time(r, &value, e.span)? {
            Some((s, axes)) => (s, Some(axes)),
            None => (self.lift(&value, e.span)?, None),
        };
        let matrix = if let [rows, columns] = s.shape[..] { Some([rows, columns]) } else { None };
        let state = self.state_plane(&s);
        if let Some([rows, columns]) = matrix.or(state) {
            // A matrix, and a state of a plane lattice, count their rows and columns.
            let counted =
                |name: &str, n: usize| AxisValues { name: name.into(), coordinates: Coordinates::Int((0..n as i64).collect()) };
            s.axes.extend([counted(ROW, rows), counted(COLUMN, columns)]);
            s.shape.clear();
        }
        let mut look = self.plot_look(r, &s.axes)?;
        let average = self.plot_axis(r, "average", &s.axes)?;
        let plane: Vec<AxisValues> = s
            .axes
            .iter()
            .filter(|a| Some(&a.name) != look.panels.as_ref() && Some(&a.name) != average.as_ref())
            .cloned()
            .collect();
        self.field_plane(&s, &plane, e.span)?;
        let (x, y) = self.field_directions(r, &plane)?;
        let style = match r.find("style") {
            Some(w) => self.plot_style(w, STYLES, "a field", CURVES, "`x: AXIS` and `y: QUANTITY` instead of `field`")?,
            None => FieldStyle::Heat,
        };
        if let (Some(levels), true) = (r.find("levels"), style != FieldStyle::Contour) {
            let d = Diagnostic::error(codes::CONFLICT, levels.name.span, "`levels` are lines of equal value")
                .expected("`style: contour` beside it");
            return Err(self.fail(d));
        }
        let (log_x, log_y, log) = self.plot_scales(r.find("scale"), true)?;
        let colours = match r.find("colours") {
            Some(w) => {
                let words = &[("sequential", FieldColours::Sequential), ("diverging", FieldColours::Diverging)];
                Some(self.plot_word(w, words, "the colours of a field")?)
            }
            None => None,
        };
        let raster = matches!(style, FieldStyle::Raster | FieldStyle::Flips);
        if raster {
            self.raster_rows(r, plane.iter().find(|a| a.name == y), e.span)?;
        }
        let image = (x.as_str(), y.as_str()) == (COLUMN, ROW) && style != FieldStyle::Surface && !raster;
        if image && look.aspect.is_none() {
            // Its cells are squares.
            let size = |name: &str| plane.iter().find(|a| a.name == name).map_or(1, |a| a.coordinates.len().max(1));
            look.aspect = Some((size(COLUMN) as f64 / size(ROW) as f64).clamp(0.05, 20.0));
        }
        let field = FieldPlan {
            y,
            image,
            style,
            trajectory: self.field_trajectory(r)?,
            log,
            range: self.plot_pair(r, "range")?,
            levels: self.plot_numbers(r, "levels")?,
            colours,
            label: self.plot_text(r, "label")?,
            state,
            kept,
            counts: None,
        };
        // What belongs to curves is not kept.
        look.style = None;
        let mut plan = self.plot_common(r, PlotX::Axis(x), vec![(self.source_text(e.span), s.expr)], &s.axes)?;
        (plan.field, plan.log_x, plan.log_y, plan.look) = (Some(field), log_x, log_y, look);
        Ok(plan)
    }

    /// Rows and columns of the lattice whose sites a quantity has a number for each: a state, as `observe at end` gives it.
    fn state_plane(&self, s: &Symbolic) -> Option<[usize; 2]> {
        let [n] = s.shape[..] else { return None };
        let plan = &self.elaborated.plan;
        let task = plan.tasks.iter().find(|t| Some(t.name.as_str()) == task_of(&s.expr))?;
        let model = match &task.work {
            Work::Sample { points, .. } => points.first()?.model,
            Work::Anneal { points } => points.first()?.model,
            _ => return None,
        };
        let [variable] = &plan.models.get(model as usize)?.variables[..] else { return None };
        let Graph::Lattice(lattice) = plan.graphs.get(variable.graph? as usize)? else { return None };
        let [rows, columns] = lattice.sizes[..] else { return None };
        let columns = columns * lattice.basis.len();
        (rows * columns == n).then_some([rows, columns])
    }

    /// A field has a number at each place of two axes of numbers.
    fn field_plane(&mut self, s: &Symbolic, plane: &[AxisValues], span: crate::diagnostic::Span) -> Eval<()> {
        let names: Vec<String> = plane.iter().map(|a| a.name.clone()).collect();
        if !s.shape.is_empty() {
            let d = Diagnostic::error(codes::SHAPE, span, "a field has one number at each place of its axes")
                .label(format!("at each place this has {}", shape_text(&s.shape)))
                .expected("a quantity that is a number: select an element with `[k]`");
            return Err(self.fail(d));
        }
        if plane.len() != 2 {
            let quoted = crate::elaborate::expression::quoted(&names);
            let runs = match plane.len() {
                0 => "this runs over no axis".to_string(),
                _ => format!("this runs over {quoted}"),
            };
            let mut d = Diagnostic::error(codes::TYPE, span, "a field runs over exactly two axes").label(runs);
            d = match names.as_slice() {
                [] => d.expected("a result over two axes, such as `scan.m` of `sample scan over T in ..., h in ...`"),
                [only] => d.expected(format!("a result over two axes; over one axis draw a curve: `x: {only}, y: ...`")),
                [first, second, rest @ ..] => {
                    let places: Vec<String> = rest.iter().map(|n| format!("{n}: ...")).collect();
                    d.expected(format!(
                        "one place of each further axis: `.at({})` leaves `{first}` and `{second}`",
                        places.join(", ")
                    ))
                    .help(format!("or a panel for each place: `panels: {}`", rest[0]))
                }
            };
            return Err(self.fail(d));
        }
        if let Some(axis) = plane.iter().find(|a| matches!(a.coordinates, Coordinates::Text(_))) {
            let d = Diagnostic::error(codes::TYPE, span, format!("the axis `{}` has names for coordinates", axis.name))
                .label("a field is drawn over axes of numbers")
                .expected(format!("a panel for each name (`panels: {0}`), or one of them: `.at({0}: ...)`", axis.name));
            return Err(self.fail(d));
        }
        Ok(())
    }

    /// The axes that run to the right and upwards; of an image to the right and downwards.
    fn field_directions(&mut self, r: &Reading, plane: &[AxisValues]) -> Eval<(String, String)> {
        let mut named = [None, None];
        for (k, key) in ["x", "y"].into_iter().enumerate() {
            let Some(s) = r.find(key) else { continue };
            named[k] = axis_word(&s.value, plane);
            if named[k].is_none() {
                let d = Diagnostic::error(codes::NO_AXIS, s.value.span, format!("`{key}` of a field names one of its two axes"))
                    .expected(one_of(plane))
                    .help("curves are drawn by a plot of their own");
                return Err(self.fail(d));
            }
        }
        let (first, second) = (plane[0].name.clone(), plane[1].name.clone());
        let is_image = first == ROW && second == COLUMN;
        let other = |name: &String| if *name == first { second.clone() } else { first.clone() };
        match named {
            [None, None] if is_image => Ok((second, first)),
            [None, None] => Ok((first, second)),
            [Some(x), None] => Ok((x.clone(), other(&x))),
            [None, Some(y)] => Ok((other(&y), y)),
            [Some(x), Some(y)] if x != y => Ok((x, y)),
            [Some(x), Some(_)] => {
                let span = r.find("y").map_or(r.name.span, |s| s.value.span);
                let d = Diagnostic::error(codes::NO_AXIS, span, format!("`{x}` cannot run both to the right and upwards"))
                    .expected(format!("`y: {}`", other(&x)));
                Err(self.fail(d))
            }
        }
    }

    /// A path: points over an axis, or rows of an array.
    fn field_trajectory(&mut self, r: &Reading) -> Eval<Option<(String, Expr)>> {
        let Some(setting) = r.find("trajectory") else { return Ok(None) };
        let e = &setting.value;
        let value = self.eval(e, r.scope)?;
        let s = self.lift(&value, e.span)?;
        if s.axes.len() + s.shape.len() == 2 && matches!(s.shape.last(), Some(2 | 3)) {
            return Ok(Some((self.source_text(e.span), s.expr)));
        }
        let names: Vec<String> = s.axes.iter().map(|a| a.name.clone()).collect();
        let over =
            if names.is_empty() { String::new() } else { format!(" over {}", crate::elaborate::expression::quoted(&names)) };
        let d = Diagnostic::error(codes::SHAPE, e.span, "a trajectory is a row of points of two or three coordinates")
            .label(format!("this is {}{over}", shape_text(&s.shape)))
            .expected("two quantities over one axis, `trajectory: [fit.a, fit.b]`, or an array of pairs, `[[0, 0], [1, 2]]`");
        Err(self.fail(d))
    }
}
