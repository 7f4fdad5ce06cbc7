//! A surface in three dimensions: the box with its three axes, the facets from far to near, then paths and marks.
//! Must not know how facets came about.

use super::canvas::{Canvas, Path, Rect};
use super::curves::Look;
use super::layout::{PanelLayout, TEXT, TICK, by_point};
use super::space::{Edge, Space};
use super::trail::{self, Step};
use crate::plot::field::Shown;
use crate::plot::field::surface::{Camera, Point3, facets, visible};
use crate::plot::palette;
use crate::plot::prepared::{Place, Ready, Trail};

/// About this many lines of the grid are drawn each way.
const LINES: usize = 24;
/// Pieces of a path over the surface, across the whole box.
const PIECES: f64 = 160.0;

pub(super) fn draw(canvas: &mut Canvas, panel: &Ready, shown: &Shown, layout: &PanelLayout) {
    let camera = Camera::new(&shown.view);
    let space = Space::new(camera, panel, shown, layout.frame);
    let [x, y, z] = space.edges(panel, shown);
    walls(canvas, &space, &[&x, &y, &z]);
    mesh(canvas, shown, &space);
    for edge in [&x, &y, &z] {
        axis(canvas, edge);
    }
    let mut ink: Vec<Place> = Vec::new();
    for path in &panel.trails {
        let steps = steps(path, shown, &space);
        ink.extend(steps.iter().map(|s| s.at));
        let look = Look::path(path.look, true);
        trail::draw(canvas, &steps, &look);
        trail::draw_ends(canvas, &steps, &look, |_| true);
    }
    let mut taken: Vec<Rect> = Vec::new();
    for guide in &panel.guides {
        let (Some(gx), Some(gy)) = (guide.x, guide.y) else { continue };
        let height = shown.value(gx, gy).unwrap_or(0.0).clamp(0.0, 1.0);
        let p = space.page([gx, gy, height]);
        if let Some(placed) = by_point(guide, p, layout.frame, &ink, &mut taken) {
            super::guide_label(canvas, &placed, p);
        }
    }
}

/// The floor and the two walls behind the surface, with lines at the ticks.
fn walls(canvas: &mut Canvas, space: &Space, edges: &[&Edge; 3]) {
    let (sx, sy) = space.near;
    let (bx, by) = (1.0 - sx, 1.0 - sy);
    let floor = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]];
    let behind_y = [[0.0, by, 0.0], [1.0, by, 0.0], [1.0, by, 1.0], [0.0, by, 1.0]];
    let behind_x = [[bx, 0.0, 0.0], [bx, 1.0, 0.0], [bx, 1.0, 1.0], [bx, 0.0, 1.0]];
    let mut outline = Path::default();
    for (pane, fill) in [(floor, "#f1f1f1"), (behind_y, "#f7f7f7"), (behind_x, "#f4f4f4")] {
        let mut path = Path::default();
        path.polygon(&pane.map(|p| space.page(p)));
        canvas.path(&path, &format!("fill=\"{fill}\""));
        outline.polygon(&pane.map(|p| space.page(p)));
    }
    let mut lines = Path::default();
    let mut line = |a: Point3, b: Point3| lines.segment(space.page(a), space.page(b));
    for at in edges[0].labelled() {
        line([at, 0.0, 0.0], [at, 1.0, 0.0]);
        line([at, by, 0.0], [at, by, 1.0]);
    }
    for at in edges[1].labelled() {
        line([0.0, at, 0.0], [1.0, at, 0.0]);
        line([bx, at, 0.0], [bx, at, 1.0]);
    }
    for at in edges[2].labelled() {
        line([0.0, by, at], [1.0, by, at]);
        line([bx, 0.0, at], [bx, 1.0, at]);
    }
    canvas.path(&lines, "stroke=\"#dadada\" stroke-width=\"0.6\" fill=\"none\"");
    canvas.path(&outline, "stroke=\"#b8b8b8\" stroke-width=\"0.6\" fill=\"none\" stroke-linejoin=\"round\"");
}

fn mesh(canvas: &mut Canvas, shown: &Shown, space: &Space) {
    let every = |n: usize| n.saturating_sub(1).div_ceil(LINES).max(1);
    let (nx, ny) = (shown.columns.len(), shown.rows.len());
    let (ex, ey) = (every(nx), every(ny));
    let on = |k: usize, each: usize, n: usize| k.is_multiple_of(each) || k + 1 == n;
    canvas.open("fill=\"none\" stroke-width=\"0.4\" stroke-linejoin=\"round\"");
    for facet in facets(shown, &space.camera) {
        let corners = facet.corners.map(|p| space.page(p));
        let tone = (0.42 * (facet.light - 0.72)).clamp(-0.24, 0.1);
        let colour = palette::toned(shown.map.colour(facet.height), tone);
        let mut path = Path::default();
        path.polygon(&corners);
        // Its own colour around a facet closes the seams.
        canvas.path(&path, &format!("fill=\"{0}\" stroke=\"{0}\"", colour.hex()));
        let (i, j) = facet.cell;
        let drawn = [on(j, ey, ny), on(i + 1, ex, nx), on(j + 1, ey, ny), on(i, ex, nx)];
        let mut lines = Path::default();
        (0..4).filter(|k| drawn[*k]).for_each(|k| lines.segment(corners[k], corners[(k + 1) % 4]));
        canvas.path(&lines, &format!("stroke=\"{}\"", palette::toned(colour, -0.34).hex()));
    }
    canvas.close();
}

/// An edge of the box with its ticks and texts.
fn axis(canvas: &mut Canvas, edge: &Edge) {
    let ink = format!("stroke=\"{}\" stroke-width=\"0.8\" fill=\"none\"", super::INK);
    canvas.line(edge.from, edge.to, &ink);
    let mut ticks = Path::default();
    for (p, _) in edge.marks() {
        ticks.segment(p, (p.0 + TICK * edge.out.0, p.1 + TICK * edge.out.1));
    }
    canvas.path(&ticks, &ink);
    for text in edge.texts() {
        super::text(canvas, &text);
    }
}

/// A path laid on the surface, in pieces that follow it.
fn steps(path: &Trail, shown: &Shown, space: &Space) -> Vec<Step> {
    let height = |p: Place, own: Option<f64>| {
        let inside = (-1e-9..=1.0 + 1e-9).contains(&p.0) && (-1e-9..=1.0 + 1e-9).contains(&p.1);
        own.filter(|_| inside).or_else(|| shown.value(p.0, p.1)).filter(|z| (-0.05..=1.05).contains(z)).map(|z| z.clamp(0.0, 1.0))
    };
    let mut out = Vec::new();
    let mut add = |p: Place, own: Option<f64>, dot: bool| {
        if let Some(z) = height(p, own) {
            let at: Point3 = [p.0, p.1, z];
            out.push(Step { at: space.page(at), shown: visible(shown, &space.camera, at), dot });
        }
    };
    for (k, (p, own)) in path.points.iter().enumerate() {
        if let Some((q, before)) = k.checked_sub(1).and_then(|k| path.points.get(k)) {
            let far = (p.0 - q.0).hypot(p.1 - q.1);
            let pieces = (far * PIECES).ceil().clamp(1.0, 4.0 * PIECES) as usize;
            for i in 1..pieces {
                let t = i as f64 / pieces as f64;
                let between = before.zip(*own).map(|(a, b)| a + t * (b - a));
                add((q.0 + t * (p.0 - q.0), q.1 + t * (p.1 - q.1)), between, false);
            }
        }
        add(*p, *own, true);
    }
    out
}

/// Size of an axis title of the box.
pub(super) const TITLE: f64 = TEXT;
