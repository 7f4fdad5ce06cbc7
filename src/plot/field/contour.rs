//! Lines of equal value and the areas above them: marching squares (Lorensen and Cline 1987, in the plane).
//! Must not know colours or the page.

use super::Shown;
use crate::plot::prepared::Place;

/// More corners than this in all lines are too many; the field is made coarser until they are fewer.
const MOST_CORNERS: usize = 60_000;
/// Corners nearer than this to the line without them are left out, in fractions of the frame.
const FLAT: f64 = 1.2e-4;
const NONE: usize = usize::MAX;

/// The area of a field at or above a level, and its lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Contour {
    /// Closed outlines, to be filled by the even-odd rule; they run along the border and around holes.
    pub area: Vec<Vec<Place>>,
    /// The parts of the outlines where the value is the level. A closed line repeats its first point.
    pub lines: Vec<Vec<Place>>,
}

/// All contours of a field: first the area that has values at all, then one for each level.
pub(crate) fn contours(shown: &Shown) -> Vec<Contour> {
    let levels: Vec<f64> = std::iter::once(f64::MIN).chain(shown.levels.ticks.iter().map(|l| l.at)).collect();
    let mut nodes = Nodes::new(shown);
    loop {
        let found: Vec<Contour> = levels.iter().map(|l| nodes.contour(*l)).collect();
        let corners: usize = found.iter().flat_map(|c| &c.area).map(Vec::len).sum();
        if corners <= MOST_CORNERS || nodes.x.len().max(nodes.y.len()) < 16 {
            return found;
        }
        nodes = nodes.coarser();
    }
}

/// Nodes with a ring of nodes without values around them.
struct Nodes {
    x: Vec<f64>,
    y: Vec<f64>,
    values: Vec<f64>,
}

impl Nodes {
    fn new(shown: &Shown) -> Nodes {
        let inner = (shown.columns.clone(), shown.rows.clone());
        let values: Vec<f64> = shown.values.iter().map(|v| v.unwrap_or(f64::NEG_INFINITY)).collect();
        Nodes::padded(inner.0, inner.1, &values)
    }

    fn padded(x: Vec<f64>, y: Vec<f64>, values: &[f64]) -> Nodes {
        let pad = |v: &[f64]| {
            let (first, last) = (v.first().copied().unwrap_or(0.0), v.last().copied().unwrap_or(0.0));
            std::iter::once(first).chain(v.iter().copied()).chain(std::iter::once(last)).collect::<Vec<_>>()
        };
        let wide = x.len() + 2;
        let mut all = vec![f64::NEG_INFINITY; wide * (y.len() + 2)];
        for (j, row) in values.chunks(x.len().max(1)).enumerate() {
            all[(j + 1) * wide + 1..][..row.len()].copy_from_slice(row);
        }
        Nodes { x: pad(&x), y: pad(&y), values: all }
    }

    /// The same with every second row and column, both ends kept.
    fn coarser(&self) -> Nodes {
        let pick = |n: usize| (1..n - 1).filter(|k| k % 2 == 1 || *k == n - 2).collect::<Vec<_>>();
        let (i, j) = (pick(self.x.len()), pick(self.y.len()));
        let wide = self.x.len();
        let values: Vec<f64> = j.iter().flat_map(|j| i.iter().map(move |i| self.values[j * wide + i])).collect();
        Nodes::padded(i.iter().map(|k| self.x[*k]).collect(), j.iter().map(|k| self.y[*k]).collect(), &values)
    }

    fn value(&self, i: usize, j: usize) -> f64 {
        self.values[j * self.x.len() + i]
    }

    /// Where the outline crosses an edge. Even numbers are edges along x from a node, odd ones along y.
    fn crossing(&self, edge: usize, level: f64) -> Place {
        let (node, up) = (edge / 2, edge % 2);
        let (i, j) = (node % self.x.len(), node / self.x.len());
        let (k, l) = (i + 1 - up, j + up);
        let (a, b) = (self.value(i, j), self.value(k, l));
        // Against a node without a value the outline runs through the other node.
        let t = match (a == f64::NEG_INFINITY, b == f64::NEG_INFINITY) {
            (true, _) => 1.0,
            (_, true) => 0.0,
            _ => ((level - a) / (b - a)).clamp(0.0, 1.0),
        };
        (self.x[i] + t * (self.x[k] - self.x[i]), self.y[j] + t * (self.y[l] - self.y[j]))
    }

    fn contour(&self, level: f64) -> Contour {
        let (wide, high) = (self.x.len(), self.y.len());
        // From each crossed edge to the next one with the area to the left, and whether that is a line.
        let mut next = vec![(NONE, false); 2 * wide * high];
        for j in 0..high - 1 {
            for i in 0..wide - 1 {
                let v = [self.value(i, j), self.value(i + 1, j), self.value(i + 1, j + 1), self.value(i, j + 1)];
                let above = v.map(|v| v >= level);
                if above.iter().all(|a| *a == above[0]) {
                    continue;
                }
                let real = v.iter().all(|v| *v != f64::NEG_INFINITY);
                let node = j * wide + i;
                // Edges of the cell in turn: below, right, above, left.
                let edges = [2 * node, 2 * (node + 1) + 1, 2 * (node + wide), 2 * node + 1];
                // Two corners across from each other: the mean says whether their areas touch.
                let touch = v.iter().map(|v| v / 4.0).sum::<f64>() >= level;
                for corner in 0..4 {
                    // The outline enters the cell where, going around, a corner above follows one below.
                    if above[corner] || !above[(corner + 1) % 4] {
                        continue;
                    }
                    let leaves = |k: usize| above[k % 4] && !above[(k + 1) % 4];
                    let saddle = above[corner] == above[(corner + 2) % 4] && above[(corner + 1) % 4] == above[(corner + 3) % 4];
                    let exit = match saddle {
                        true if touch => (corner + 3) % 4,
                        true => (corner + 1) % 4,
                        false => (1..4).map(|k| (corner + k) % 4).find(|k| leaves(*k)).unwrap_or(corner),
                    };
                    next[edges[exit]] = (edges[corner], real);
                }
            }
        }
        let mut contour = Contour::default();
        for start in 0..next.len() {
            if next[start].0 == NONE {
                continue;
            }
            let mut outline: Vec<(Place, bool)> = Vec::new();
            let mut edge = start;
            while next[edge].0 != NONE {
                let (to, real) = std::mem::replace(&mut next[edge], (NONE, false));
                outline.push((self.crossing(edge, level), real));
                edge = to;
            }
            contour.add(outline);
        }
        contour
    }
}

impl Contour {
    /// Adds a closed outline: points, each with whether the way to the next one is a line.
    fn add(&mut self, mut outline: Vec<(Place, bool)>) {
        // Begin where the kind of the way changes, so that each run is whole.
        let n = outline.len();
        let change = (0..n).find(|k| outline[*k].1 && !outline[(*k + n - 1) % n].1);
        outline.rotate_left(change.unwrap_or(0));
        let Some(first) = outline.first().copied() else { return };
        outline.push(first);
        let mut area = Vec::new();
        let mut from = 0;
        while from + 1 < outline.len() {
            let real = outline[from].1;
            let to = (from + 1..outline.len() - 1).find(|k| outline[*k].1 != real).unwrap_or(outline.len() - 1);
            let run: Vec<Place> = outline[from..=to].iter().map(|(p, _)| *p).collect();
            let run = simple(&run);
            if real && run.len() > 1 {
                self.lines.push(run.clone());
            }
            area.extend_from_slice(&run[..run.len() - 1]);
            from = to;
        }
        if area.len() > 2 {
            self.area.push(area);
        }
    }
}

/// A line with fewer corners that looks the same (Douglas and Peucker 1973).
fn simple(points: &[Place]) -> Vec<Place> {
    if points.len() < 3 {
        return points.to_vec();
    }
    let last = points.len() - 1;
    let mut keep = vec![false; points.len()];
    (keep[0], keep[last]) = (true, true);
    let mut open = vec![(0, last)];
    while let Some((a, b)) = open.pop() {
        let ((ax, ay), (bx, by)) = (points[a], points[b]);
        let (dx, dy) = (bx - ax, by - ay);
        let length = dx.hypot(dy);
        let away = |p: Place| {
            let (px, py) = (p.0 - ax, p.1 - ay);
            // The ends of a closed line coincide: then the distance from them counts.
            if length < 1e-12 { px.hypot(py) } else { (px * dy - py * dx).abs() / length }
        };
        let farthest = (a + 1..b).map(|k| (away(points[k]), k)).max_by(|p, q| p.0.total_cmp(&q.0));
        if let Some((distance, k)) = farthest
            && distance > FLAT
        {
            keep[k] = true;
            open.push((a, k));
            open.push((k, b));
        }
    }
    points.iter().zip(keep).filter(|(_, k)| *k).map(|(p, _)| *p).collect()
}
