//! A figure made ready for any renderer: cleaned of what cannot be drawn, with every place as a fraction of its frame.
//! Owns what is skipped and the notes that say so; must not know pixels or characters.

mod curve;
mod extents;

pub(crate) use self::curve::clip;
use self::extents::{Extent, extents};
use super::field::Shown;
use super::field::grid::Grid;
use super::figure::{Figure, Panel, Scale};
use super::label::Label;
use super::layer::{FieldStyle, Layer, Style, Trajectory};
use super::scale::{LARGEST, Range};

/// A place in the frame, the lower left corner being (0, 0) and the upper right (1, 1).
pub(crate) type Place = (f64, f64);

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub at: Place,
    /// Ends of the error bar.
    pub error: Option<(f64, f64)>,
    /// Ends of the horizontal error bar.
    pub x_error: Option<(f64, f64)>,
}

/// How a curve is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Line,
    Points,
    LinePoints,
    Band,
    Step,
    Bars,
    Sticks,
    Histogram,
    Raster,
}

/// A series, histogram or raster without its gaps: each segment is a run of points to be joined.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    pub label: Option<Label>,
    pub form: Form,
    /// Which of the figure's `looks` it has.
    pub look: usize,
    pub looks: usize,
    /// In grey, lines without markers are told apart by dashes.
    pub dashed: bool,
    pub segments: Vec<Vec<Point>>,
    /// Bars and histograms: left and right edge and the place of the value.
    pub bars: Vec<(f64, f64, Point)>,
}

impl Curve {
    fn new(label: &Option<String>, form: Form) -> Curve {
        let label = label.as_deref().map(Label::parse).filter(|l| !l.is_blank());
        Curve { label, form, look: 0, looks: 1, dashed: false, segments: Vec::new(), bars: Vec::new() }
    }
}

/// A path over a field or in a frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trail {
    pub label: Option<Label>,
    pub look: usize,
    /// Place and height, the height as a place in the range of the field.
    pub points: Vec<(Place, Option<f64>)>,
}

/// A guide inside the frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Guide {
    pub x: Option<f64>,
    pub y: Option<f64>,
    pub label: Label,
    pub text_only: bool,
}

/// A panel, ready.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ready {
    pub title: Label,
    pub x_label: Label,
    pub y_label: Label,
    pub x: Range,
    pub y: Range,
    pub curves: Vec<Curve>,
    pub trails: Vec<Trail>,
    pub guides: Vec<Guide>,
    pub field: Option<Shown>,
}

impl Ready {
    /// The field, if it is drawn in three dimensions.
    pub fn surface(&self) -> Option<&Shown> {
        self.field.as_ref().filter(|f| f.style == FieldStyle::Surface)
    }
}

/// The figure, ready.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prepared {
    pub title: Label,
    pub legend_title: Label,
    pub panels: Vec<Ready>,
    pub rows: usize,
    pub columns: usize,
    pub share_x: bool,
    pub share_y: bool,
    pub aspect: Option<f64>,
    /// What was left out or changed, in words.
    pub notes: Vec<String>,
}

fn drawable(scale: Scale, v: f64) -> bool {
    v.is_finite() && v.abs() <= LARGEST && (scale == Scale::Linear || v > 0.0)
}

fn parse(text: &Option<String>) -> Label {
    Label::parse(text.as_deref().unwrap_or_default())
}

impl Prepared {
    pub fn new(figure: &Figure) -> Prepared {
        let empty = [Panel::default()];
        let panels: &[Panel] = if figure.panels.is_empty() { &empty } else { &figure.panels };
        let mut notes = Vec::new();
        let mut grids: Vec<Option<Grid>> = panels.iter().map(|p| grid(p, &mut notes)).collect();
        let mut ends: Vec<(Extent, Extent)> = panels.iter().zip(&grids).map(|(p, g)| extents(p, g.as_ref())).collect();
        let mut all = (Extent::default(), Extent::default());
        ends.iter().for_each(|e| {
            all.0.join(e.0);
            all.1.join(e.1);
        });
        ends.iter_mut().for_each(|e| {
            *e = (if figure.share_x { all.0 } else { e.0 }, if figure.share_y { all.1 } else { e.1 });
        });
        let mut ready: Vec<Ready> = Vec::new();
        for (k, panel) in panels.iter().enumerate() {
            let before = notes.len();
            ready.push(one(panel, grids[k].take(), ends[k], &mut notes));
            if panels.len() > 1 {
                notes[before..].iter_mut().for_each(|n| *n = format!("panel {}: {n}", k + 1));
            }
        }
        assign_looks(&mut ready);
        let (rows, columns) = figure.rows_and_columns();
        Prepared {
            title: parse(&figure.title),
            legend_title: parse(&figure.legend_title),
            panels: ready,
            rows,
            columns,
            share_x: figure.share_x,
            share_y: figure.share_y,
            aspect: figure.aspect.filter(|a| (0.05..=20.0).contains(a)),
            notes,
        }
    }
}

/// The first field of a panel, checked.
fn grid(panel: &Panel, notes: &mut Vec<String>) -> Option<Grid> {
    let mut fields = panel.layers.iter().filter_map(|l| if let Layer::Field(f) = l { Some(f) } else { None });
    let field = fields.next()?;
    if fields.next().is_some() {
        notes.push("a panel shows one field; the others are not drawn".to_string());
    }
    match Grid::new(field, panel.x.scale, panel.y.scale) {
        Ok((grid, note)) => {
            notes.extend(note);
            Some(grid)
        }
        Err(note) => {
            notes.push(note);
            None
        }
    }
}

/// Free edges of the frame below and above the data of y, as fractions of their extent.
fn margins(panel: &Panel, field: bool, lowest: Option<f64>) -> [f64; 2] {
    let from_floor = |l: &Layer| match l {
        Layer::Histogram(_) => true,
        Layer::Series(s) => matches!(s.style, Style::Bars | Style::Sticks),
        _ => false,
    };
    let raster = panel.layers.iter().any(|l| matches!(l, Layer::Raster(_)));
    match () {
        () if field || raster => [0.0, 0.0],
        () if panel.y.scale == Scale::Linear && lowest == Some(0.0) && panel.layers.iter().any(from_floor) => [0.0, 0.06],
        () => [0.06, 0.06],
    }
}

fn one(panel: &Panel, grid: Option<Grid>, ends: (Extent, Extent), notes: &mut Vec<String>) -> Ready {
    let has_field = grid.is_some();
    let x_margin = if has_field { 0.0 } else { 0.045 };
    let (x, x_note) = Range::fit(&panel.x, ends.0.0, [x_margin; 2]);
    let (y, y_note) = Range::fit(&panel.y, ends.1.0, margins(panel, has_field, ends.1.0.map(|e| e.0)));
    // A raster counts its rows.
    let rows = panel.layers.iter().any(|l| matches!(l, Layer::Raster(_)));
    let y = if rows { y.counting() } else { y };
    notes.extend(x_note.map(|n| format!("x axis: {n}")));
    notes.extend(y_note.map(|n| format!("y axis: {n}")));
    let field = panel.layers.iter().find_map(|l| if let Layer::Field(f) = l { Some(f) } else { None });
    let field = grid.zip(field).map(|(grid, field)| {
        let (shown, note) = Shown::new(grid, field, &x, &y);
        notes.extend(note);
        shown
    });
    let mut ready = Ready {
        title: parse(&panel.title),
        x_label: parse(&panel.x.label),
        y_label: parse(&panel.y.label),
        x,
        y,
        curves: Vec::new(),
        trails: Vec::new(),
        guides: Vec::new(),
        field,
    };
    ready.add_curves(panel, notes);
    ready.add_guides(panel, notes);
    ready
}

impl Ready {
    fn add_curves(&mut self, panel: &Panel, notes: &mut Vec<String>) {
        let log = panel.x.scale == Scale::Log || panel.y.scale == Scale::Log;
        let why = if log { "not finite, or not positive on a logarithmic axis" } else { "not finite" };
        let bar_series = panel.series().filter(|s| s.style == Style::Bars).count();
        let (mut bar_index, mut index) = (0, 0);
        let named = |kind: &str, label: &Option<String>, index: usize| {
            label.as_ref().map_or_else(|| format!("{kind} {}", index + 1), |l| format!("{kind} `{l}`"))
        };
        for layer in &panel.layers {
            let (name, skipped, of) = match layer {
                Layer::Series(series) => {
                    let (curve, skipped) = curve::curve(series, &self.x, &self.y, (bar_index, bar_series));
                    bar_index += usize::from(series.style == Style::Bars);
                    let name = named("series", &series.label, index);
                    let (nx, ny) = (series.x.len(), series.y.len());
                    if nx != ny {
                        notes.push(format!("{name}: {nx} values of x and {ny} of y; the rest is not drawn"));
                    }
                    self.curves.push(curve);
                    (name, skipped, format!("{} points", nx.min(ny)))
                }
                Layer::Histogram(h) => {
                    let (curve, skipped) = curve::histogram(h, &self.x, &self.y);
                    self.curves.push(curve);
                    (named("histogram", &h.label, index), skipped, format!("{} bins", h.density.len()))
                }
                Layer::Raster(r) => {
                    let (curve, skipped) = curve::raster(r, &self.x, &self.y);
                    self.curves.push(curve);
                    let count: usize = r.events.iter().map(Vec::len).sum();
                    (named("raster", &r.label, index), skipped, format!("{count} events"))
                }
                Layer::Trajectory(t) => {
                    let skipped = self.add_trail(t);
                    (named("trajectory", &t.label, index), skipped, format!("{} points", t.x.len().min(t.y.len())))
                }
                Layer::Field(_) | Layer::Mark(_) => continue,
            };
            index += 1;
            if skipped > 0 {
                notes.push(format!("{name}: {skipped} of {of} not drawn ({why})"));
            }
        }
        if self.surface().is_some() && !self.curves.is_empty() {
            notes.push("a surface shows trajectories and marked points only; the curves are not drawn".to_string());
            self.curves.clear();
        }
    }

    fn add_trail(&mut self, t: &Trajectory) -> usize {
        let mut skipped = 0;
        let mut points = Vec::new();
        for (i, (&vx, &vy)) in t.x.iter().zip(&t.y).enumerate() {
            let (Some(px), Some(py)) = (self.x.place(vx), self.y.place(vy)) else {
                skipped += 1;
                continue;
            };
            let own = t.z.as_ref().and_then(|z| z.get(i)).zip(self.field.as_ref()).and_then(|(z, f)| f.range.place(*z));
            points.push(((px, py), own));
        }
        let label = t.label.as_deref().map(Label::parse).filter(|l| !l.is_blank());
        self.trails.push(Trail { label, look: 0, points });
        skipped
    }

    fn add_guides(&mut self, panel: &Panel, notes: &mut Vec<String>) {
        for mark in panel.marks() {
            let inside = |range: &Range, v: f64| range.place(v).filter(|at| (-1e-9..=1.0 + 1e-9).contains(at));
            let (gx, gy) = (mark.x.map(|v| inside(&self.x, v)), mark.y.map(|v| inside(&self.y, v)));
            let name = mark.label.as_deref().unwrap_or_default();
            if gx == Some(None) || gy == Some(None) || (gx, gy) == (None, None) {
                notes.push(format!("mark `{name}` lies outside the axes and is not drawn"));
            } else if self.surface().is_some() && (gx.is_none() || gy.is_none()) {
                notes.push(format!("mark `{name}` is a line, which a surface cannot show; it is not drawn"));
            } else {
                let label = parse(&mark.label);
                self.guides.push(Guide { x: gx.flatten(), y: gy.flatten(), label, text_only: mark.text_only });
            }
        }
    }
}

/// Colours and markers: by order in a figure of one panel; in several panels, equal labels look alike.
fn assign_looks(panels: &mut [Ready]) {
    let several = panels.len() > 1;
    let mut names: Vec<String> = Vec::new();
    let mut most = 0;
    for panel in panels.iter_mut() {
        let mut own = 0;
        let mut assign = |label: &Option<Label>| {
            own += 1;
            let index = match label {
                Some(label) if several => {
                    let name = label.plain();
                    names.iter().position(|n| *n == name).unwrap_or_else(|| {
                        names.push(name);
                        names.len() - 1
                    })
                }
                _ => own - 1,
            };
            most = most.max(index + 1);
            index
        };
        panel.curves.iter_mut().for_each(|c| c.look = assign(&c.label));
        let on_field = panel.field.is_some();
        for (k, trail) in panel.trails.iter_mut().enumerate() {
            trail.look = if on_field { k } else { assign(&trail.label) };
        }
    }
    for panel in panels.iter_mut() {
        let mut lines = 0;
        for curve in &mut panel.curves {
            curve.looks = most;
            // An ordered scale of colours keeps its order in grey and needs no dashes.
            curve.dashed = curve.form == Form::Line && lines % 2 == 1 && most <= super::palette::CATEGORIES.len();
            lines += usize::from(curve.form == Form::Line);
        }
    }
}
