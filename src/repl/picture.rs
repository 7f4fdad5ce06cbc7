//! Lattices and states as pictures: half blocks everywhere, real pictures where the terminal takes them.

use super::session::Session;
use crate::cli::terminal::{self, Terminal};
use crate::cli::{graphics, present};
use crate::plan::graph::Graph;
use crate::plan::{Model, Space, Work};
use crate::plot::{self, Axis, Colours, Field, Figure, Legend, Panel, Series, Style};
use crate::results::{Derived, Kept, TaskResult};

/// Pictures beside each other.
const BESIDE: usize = 3;
/// Lines of a picture of a state.
const LINES: usize = 16;
/// Sites of a lattice that is drawn with its bonds.
const SITES: usize = 400;
/// Sites of a state that is drawn.
const LARGEST: usize = 1 << 22;

/// A state of the sites of a lattice with rows and columns.
struct Picture {
    caption: String,
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

/// Rows and columns of a lattice; of more than two directions those of the last two.
fn plane(graph: &Graph) -> Option<(usize, usize)> {
    let Graph::Lattice(lattice) = graph else { return None };
    let (rows, columns) = match lattice.sizes[..] {
        [.., rows, columns] => (rows, columns),
        [columns] => (1, columns),
        [] => return None,
    };
    Some((rows, columns * lattice.basis.len()))
}

/// The plane of a model's only variable, if its sites have one number each.
fn plane_of(session: &Session, model: &Model) -> Option<(usize, usize)> {
    let [variable] = &model.variables[..] else { return None };
    let graph = session.elaborated().plan.graphs.get(variable.graph? as usize)?;
    let alone = !matches!(variable.space, Space::Sphere(_));
    plane(graph).filter(|(rows, columns)| alone && variable.sites <= LARGEST && rows * columns <= variable.sites)
}

/// The model at a point of a task.
fn model<'s>(session: &'s Session, task: &str, point: usize) -> Option<&'s Model> {
    let plan = &session.elaborated().plan;
    let index = match &plan.tasks.iter().find(|t| t.name == task)?.work {
        Work::Sample { points, .. } => points.get(point)?.model,
        Work::Anneal { points } => points.get(point)?.model,
        _ => return None,
    };
    plan.models.get(index as usize)
}

/// Draws the last states that a task kept, or the best that it found, at a few of its points.
pub fn states(session: &Session, task: &TaskResult, terminal: &Terminal) {
    let there: Vec<usize> = (0..task.points.len()).filter(|&k| state(session, task, k).is_some()).collect();
    let Some(last) = there.len().checked_sub(1) else { return };
    let shown = there.len().min(BESIDE);
    let chosen = (0..shown).map(|k| there[if shown > 1 { k * last / (shown - 1) } else { 0 }]);
    let pictures: Vec<Picture> = chosen.filter_map(|k| state(session, task, k)).collect();
    draw(&pictures, terminal);
}

fn state(session: &Session, task: &TaskResult, point: usize) -> Option<Picture> {
    let (rows, columns) = plane_of(session, model(session, &task.name, point)?)?;
    let result = task.points.get(point)?.as_ref()?;
    let kept = result.kept.iter().find_map(|(_, kept)| match kept {
        Kept::States { sites, data, .. } if *sites >= rows * columns => {
            let first = data.len().checked_sub(*sites)?;
            Some(("last state", data[first..first + rows * columns].iter().map(|x| f64::from(*x)).collect::<Vec<f64>>()))
        }
        _ => None,
    });
    let best = || {
        let found = result.kept.iter().find_map(|(name, kept)| match kept {
            Kept::Array { data, .. } if name == "best_state" => data.get(..rows * columns),
            _ => None,
        });
        found.map(|values| ("best state", values.to_vec()))
    };
    let (what, values) = kept.or_else(best)?;
    let mut rest = point;
    let mut place: Vec<String> = Vec::new();
    for axis in task.axes.iter().rev() {
        place.push(format!("{} = {}", axis.name, axis.coordinates.label(rest % axis.coordinates.len())));
        rest /= axis.coordinates.len();
    }
    place.reverse();
    let caption = if place.is_empty() { what.to_string() } else { place.join(", ") };
    Some(Picture { caption, rows, columns, values })
}

/// Draws what an expression gave, if it is a lattice or a state.
pub fn value(session: &Session, source: &str, text: &str, derived: &[Derived], terminal: &Terminal) {
    let plan = &session.elaborated().plan;
    if let Some(graph) = plan.graphs.iter().find(|g| g.describe() == text.trim()) {
        match lattice(graph) {
            Some(figure) if graphics::protocol().is_some() => present::draw(&figure, terminal),
            // What parts the bonds is no number, which is no news.
            Some(figure) => terminal::line(&plot::terminal(&figure, terminal.columns().min(64), 20, terminal.color).content),
            None => {}
        }
        return;
    }
    let Some(d) = derived.iter().rev().find(|d| d.expression == source) else { return };
    let Some(&sites) = d.shape.last() else { return };
    let named = plan.tasks.iter().find(|t| source.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|w| w == t.name));
    let Some((rows, columns)) = named.and_then(|t| plane_of(session, model(session, &t.name, 0)?)) else { return };
    if sites != rows * columns || rows < 2 {
        return;
    }
    let states = d.value.chunks_exact(sites).take(BESIDE);
    let pictures: Vec<Picture> = states.map(|v| Picture { caption: String::new(), rows, columns, values: v.to_vec() }).collect();
    draw(&pictures, terminal);
}

fn draw(pictures: &[Picture], terminal: &Terminal) {
    if pictures.is_empty() || pictures.iter().all(|p| p.rows < 2) {
        return;
    }
    if let Some(protocol) = graphics::protocol() {
        let panels = pictures.iter().map(|p| {
            let count = |n: usize| (0..n).map(|k| k as f64).collect::<Vec<f64>>();
            // The first row stands at the top, as in the blocks.
            let z = p.values.chunks(p.columns).rev().flatten().copied().collect();
            let colours = Colours::Diverging;
            Panel::new(Axis::default(), Axis::default()).title(p.caption.clone()).with(Field {
                x: count(p.columns),
                y: count(p.rows),
                z,
                colours,
                ..Field::default()
            })
        });
        let figure = Figure {
            panels: panels.collect(),
            columns: pictures.len(),
            aspect: Some(1.0),
            legend: Legend::Hidden,
            ..Figure::default()
        };
        let figure = figure.size(1.0 + 5.5 * pictures.len() as f64, 6.0);
        if let Some(text) = plot::png(&figure, 110.0).ok().and_then(|png| graphics::encoded(&png.content, protocol).ok()) {
            terminal::put(&text);
            return;
        }
    }
    let width = (terminal.columns() + 2) / pictures.len() - 2;
    let blocks: Vec<Vec<String>> = pictures.iter().map(|p| block(p, width, terminal.color)).collect();
    let height = blocks.iter().map(Vec::len).max().unwrap_or(0);
    for row in 0..height {
        let line: Vec<&str> = blocks.iter().filter_map(|b| b.get(row).map(String::as_str)).collect();
        terminal::line(line.join("  ").trim_end());
    }
}

/// The lines of a picture, all of one width, under its caption.
fn block(p: &Picture, width: usize, colour: bool) -> Vec<String> {
    let whole = p.values.iter().all(|v| v.fract() == 0.0 && v.abs() <= 100.0);
    let least = p.values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = p.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let two = p.values.iter().all(|v| *v == least || *v == most);
    let level = |v: f64| match (two && least < most, whole) {
        // Two values are up and down, whatever their numbers.
        (true, _) => {
            if v == most {
                1
            } else {
                -1
            }
        }
        (false, true) => v as i8,
        (false, false) if most > least => (100.0 * (v - least) / (most - least)) as i8,
        (false, false) => 0,
    };
    let spins: Vec<i8> = p.values.iter().map(|v| level(*v)).collect();
    let drawn = plot::spins(&spins, p.columns, p.rows, width, LINES, colour);
    let mut lines: Vec<String> = drawn.lines().map(str::to_string).collect();
    let block = p.columns.div_ceil(width).max(p.rows.div_ceil(2 * LINES)).max(1);
    let wide = p.columns.div_ceil(block);
    if !p.caption.is_empty() {
        lines.insert(0, p.caption.clone());
    }
    let wide = wide.max(p.caption.chars().count()).min(width);
    for line in &mut lines {
        let shown = visible(line);
        line.push_str(&" ".repeat(wide.saturating_sub(shown)));
    }
    lines
}

/// Characters of a line without its colours.
fn visible(line: &str) -> usize {
    let mut escape = false;
    let mut count = 0;
    for c in line.chars() {
        match c {
            '\x1b' => escape = true,
            'm' if escape => escape = false,
            _ if !escape => count += 1,
            _ => {}
        }
    }
    count
}

/// A small lattice in the plane: its sites and bonds, those across a boundary left out. Other graphs stand on a circle.
fn lattice(graph: &Graph) -> Option<Figure> {
    let sites = graph.sites();
    if !(2..=SITES).contains(&sites) {
        return None;
    }
    let on_circle = |i: usize| {
        let angle = std::f64::consts::TAU * i as f64 / sites as f64;
        (libm::sin(angle), libm::cos(angle))
    };
    let places: Vec<(f64, f64)> = (0..sites)
        .map(|i| match graph.coordinates(i).as_deref() {
            Some([x]) => (*x, 0.0),
            Some([x, y]) => (*x, *y),
            // Depth as it is drawn by hand.
            Some([x, y, z, ..]) => (*x + 0.4 * z, *y + 0.3 * z),
            _ => on_circle(i),
        })
        .collect();
    let length = |i: usize, j: usize| libm::hypot(places[i].0 - places[j].0, places[i].1 - places[j].1);
    let bonds: Vec<(usize, usize)> = graph.bonds().iter().map(|b| (b.i as usize, b.j as usize)).collect();
    let shortest = bonds.iter().map(|&(i, j)| length(i, j)).filter(|l| *l > 0.0).fold(f64::INFINITY, f64::min);
    let on_lattice = graph.dimension().is_some();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for (i, j) in bonds.into_iter().filter(|&(i, j)| !on_lattice || length(i, j) < 2.5 * shortest) {
        x.extend([places[i].0, places[j].0, f64::NAN]);
        y.extend([places[i].1, places[j].1, f64::NAN]);
    }
    let lines = Series { x, y, style: Style::Line, ..Series::default() };
    let (x, y) = places.into_iter().unzip();
    let points = Series { x, y, style: Style::Points, ..Series::default() };
    Some(Figure { legend: Legend::Hidden, aspect: Some(1.0), ..Figure::of(Panel::default().with(lines).with(points)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_blocks_of_one_width() {
        let values = (0..8 * 6).map(|k| if k % 3 == 0 { 1.0 } else { 0.0 }).collect();
        let p = Picture { caption: "T = 2".to_string(), rows: 6, columns: 8, values };
        for colour in [false, true] {
            let lines = block(&p, 20, colour);
            assert_eq!(lines.len(), 4, "{lines:?}");
            assert!(lines.iter().all(|l| visible(l) == 8), "{lines:?}");
        }
        assert!(block(&p, 20, false)[1].contains('▀'));
    }
}
