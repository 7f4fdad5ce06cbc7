//! The graph of a field in three dimensions: the viewer, the order of its facets from far to near, and what it hides.
//! Must not know colours or the page.

use super::Shown;
use crate::plot::layer::View;
use crate::plot::prepared::Place;

/// A point in the box of the graph: x, y and height, each from 0 to 1.
pub(crate) type Point3 = [f64; 3];

/// Half of the box' height, its half width being one.
const HALF_HEIGHT: f64 = 0.62;
/// Distance of the viewer from the middle of the box.
const DISTANCE: f64 = 6.5;
const PARALLEL: f64 = 1e6;

/// A viewer of the box.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Camera {
    right: Point3,
    up: Point3,
    /// From the box to the viewer.
    toward: Point3,
    distance: f64,
}

fn dot(a: Point3, b: Point3) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// From the box of the graph to the space of the viewer.
fn centred(p: Point3) -> Point3 {
    [2.0 * p[0] - 1.0, 2.0 * p[1] - 1.0, HALF_HEIGHT * (2.0 * p[2] - 1.0)]
}

impl Camera {
    pub fn new(view: &View) -> Camera {
        let usual = View::default();
        let finite = |v: f64, otherwise: f64| if v.is_finite() { v } else { otherwise };
        let a = (finite(view.azimuth, usual.azimuth) % 360.0).to_radians();
        let e = finite(view.elevation, usual.elevation).clamp(5.0, 85.0).to_radians();
        let ((sa, ca), (se, ce)) = ((libm::sin(a), libm::cos(a)), (libm::sin(e), libm::cos(e)));
        Camera {
            right: [-sa, ca, 0.0],
            up: [-se * ca, -se * sa, ce],
            toward: [ce * ca, ce * sa, se],
            distance: if view.perspective { DISTANCE } else { PARALLEL },
        }
    }

    /// Where a point of the box is seen, in arbitrary units, `y` growing upwards.
    pub fn project(&self, p: Point3) -> Place {
        let c = centred(p);
        let nearer = self.distance / (self.distance - dot(c, self.toward));
        (dot(c, self.right) * nearer, dot(c, self.up) * nearer)
    }

    /// The side of the box, 0 or 1, that is nearer to the viewer along x and along y.
    pub fn near_sides(&self) -> (f64, f64) {
        let side = |v: f64| if v > 0.0 { 1.0 } else { 0.0 };
        (side(self.toward[0]), side(self.toward[1]))
    }

    /// Indices of intervals between places, from far to near.
    fn far_to_near(&self, places: &[f64], axis: usize) -> Vec<usize> {
        let eye = self.toward[axis] * self.distance;
        let far = |k: &usize| (places[*k] + places[*k + 1] - 1.0 - eye).abs();
        let mut order: Vec<usize> = (0..places.len().saturating_sub(1)).collect();
        order.sort_by(|a, b| far(b).total_cmp(&far(a)).then(a.cmp(b)));
        order
    }

    /// How much a facet faces the light, 0 to 1; the light comes over the viewer's left shoulder.
    fn light(&self, corners: &[Point3; 4]) -> f64 {
        let c = corners.map(centred);
        let (p, q): (Point3, Point3) = (std::array::from_fn(|k| c[2][k] - c[0][k]), std::array::from_fn(|k| c[3][k] - c[1][k]));
        let normal = [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];
        let from: Point3 = std::array::from_fn(|k| self.toward[k] + 0.7 * self.up[k] - 0.7 * self.right[k]);
        let size = (dot(normal, normal) * dot(from, from)).sqrt();
        if size > 0.0 { (dot(normal, from) / size).abs().min(1.0) } else { 1.0 }
    }
}

/// A facet of the graph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Facet {
    /// Column and row of its first corner.
    pub cell: (usize, usize),
    /// Around the facet.
    pub corners: [Point3; 4],
    /// Mean height.
    pub height: f64,
    pub light: f64,
}

/// The facets of a field, from far to near. Cells beside a hole have none.
pub(crate) fn facets(shown: &Shown, camera: &Camera) -> Vec<Facet> {
    let (columns, rows) = (camera.far_to_near(&shown.columns, 0), camera.far_to_near(&shown.rows, 1));
    let corner = |i: usize, j: usize| {
        let height = shown.values.get(j * shown.columns.len() + i).copied().flatten()?;
        Some([shown.columns[i], shown.rows[j], height.clamp(0.0, 1.0)])
    };
    let inside = |p: &Point3| p[..2].iter().all(|v| (-1e-6..=1.0 + 1e-6).contains(v));
    let mut out = Vec::with_capacity(columns.len() * rows.len());
    for &i in &columns {
        for &j in &rows {
            let found = (corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1));
            if let (Some(a), Some(b), Some(c), Some(d)) = found
                && [a, b, c, d].iter().all(inside)
            {
                let corners = [a, b, c, d];
                let height = corners.iter().map(|p| p[2] / 4.0).sum();
                out.push(Facet { cell: (i, j), corners, height, light: camera.light(&corners) });
            }
        }
    }
    out
}

/// True if nothing of the surface stands between a point and the viewer.
pub(crate) fn visible(shown: &Shown, camera: &Camera, p: Point3) -> bool {
    let c = centred(p);
    let eye = camera.toward.map(|v| v * camera.distance);
    let to: Point3 = std::array::from_fn(|k| eye[k] - c[k]);
    let across = to[0].hypot(to[1]);
    if across < 1e-9 {
        return true;
    }
    // Steps of a third of a cell in the ground plane, beginning a little away from the point itself.
    let cells = shown.columns.len().max(shown.rows.len()).clamp(2, 200) as f64;
    let step = 2.0 / cells / 3.0 / across;
    let mut k = 2.0;
    loop {
        let t = k * step;
        let q: Point3 = std::array::from_fn(|a| c[a] + t * to[a]);
        let (x, y, z) = ((q[0] + 1.0) / 2.0, (q[1] + 1.0) / 2.0, (q[2] / HALF_HEIGHT + 1.0) / 2.0);
        if !(0.0..=1.0).contains(&x) || !(0.0..=1.0).contains(&y) || z > 1.0 || t >= 1.0 {
            return true;
        }
        if shown.value(x, y).is_some_and(|height| height.clamp(0.0, 1.0) > z + 0.012) {
            return false;
        }
        k += 1.0;
    }
}
