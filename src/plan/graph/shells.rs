//! The infinite lattice: which pairs of sites lie how far apart.
//!
//! Knows vectors and a basis; no extents, no boundaries, no bonds of a finite piece.

/// Distances that differ by less than this, relatively, are one shell.
pub(super) const TOLERANCE: f64 = 1e-6;

/// Steps that one search may take before it is refused as too large.
const BUDGET: usize = 20_000_000;

/// Pairs that one search may find before it is refused as too large.
const MOST_PAIRS: usize = 100_000;

/// An ordered pair of sites of the infinite lattice, up to translation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pair {
    pub from: usize,
    pub to: usize,
    pub cell: Vec<i32>,
    pub length: f64,
}

/// Lattice vectors with their Gram–Schmidt orthogonalisation v_a = o_a + Σ_{b<a} μ_ab o_b.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    vectors: Vec<Vec<f64>>,
    orthogonal: Vec<Vec<f64>>,
    squares: Vec<f64>,
    mu: Vec<Vec<f64>>,
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

/// The Euclidean length.
pub(super) fn norm(x: &[f64]) -> f64 {
    libm::sqrt(dot(x, x))
}

impl Frame {
    /// Errors: a number that is not finite, or vectors that are not linearly independent.
    pub fn new(vectors: &[Vec<f64>]) -> Result<Frame, String> {
        let mut frame = Frame { vectors: vectors.to_vec(), orthogonal: Vec::new(), squares: Vec::new(), mu: Vec::new() };
        for (a, v) in vectors.iter().enumerate() {
            // Beyond these magnitudes squares would overflow or vanish.
            if v.iter().any(|x| !x.is_finite() || x.abs() > 1e100) || (norm(v) != 0.0 && norm(v) < 1e-100) {
                return Err(format!("lattice vector {a} has a component that is not an ordinary number"));
            }
            let mut o = v.clone();
            let mut row = Vec::new();
            for (p, square) in frame.orthogonal.iter().zip(&frame.squares) {
                let m = dot(&o, p) / square;
                o.iter_mut().zip(p).for_each(|(x, y)| *x -= m * y);
                row.push(m);
            }
            if norm(&o) <= 1e-9 * norm(v) {
                return Err(format!("lattice vector {a} is a combination of the earlier ones: the vectors must be independent"));
            }
            frame.squares.push(dot(&o, &o));
            frame.orthogonal.push(o);
            frame.mu.push(row);
        }
        Ok(frame)
    }

    /// The length of the shortest of the given vectors.
    pub fn shortest(&self) -> f64 {
        self.vectors.iter().map(|v| norm(v)).fold(f64::INFINITY, f64::min)
    }

    /// x + Σ_a c_a v_a.
    pub fn shifted(&self, x: &[f64], cell: &[i64]) -> Vec<f64> {
        let mut y = x.to_vec();
        for (v, &c) in self.vectors.iter().zip(cell) {
            y.iter_mut().zip(v).for_each(|(y, v)| *y += c as f64 * v);
        }
        y
    }

    /// Calls `visit(cell, length)` for every cell with |x + Σ_a c_a v_a| <= radius, by the bounded depth-first
    /// search of Fincke and Pohst, Math. Comp. 44, 463 (1985).
    pub fn within(&self, x: &[f64], radius: f64, visit: &mut dyn FnMut(&[i64], f64)) -> Result<(), String> {
        let delta: Vec<f64> = self.orthogonal.iter().zip(&self.squares).map(|(o, s)| dot(x, o) / s).collect();
        let mut rest = x.to_vec();
        for (o, d) in self.orthogonal.iter().zip(&delta) {
            rest.iter_mut().zip(o).for_each(|(r, o)| *r -= d * o);
        }
        let square = radius * radius * (1.0 + 1e-9);
        let mut search = Search { frame: self, x, delta: &delta, cell: vec![0; self.vectors.len()], budget: BUDGET, visit };
        search.descend(self.vectors.len(), square - dot(&rest, &rest))
    }

    /// The shortest vector of x + the lattice.
    pub fn shortest_image(&self, x: &[f64]) -> f64 {
        let mut y = x.to_vec();
        for a in (0..self.vectors.len()).rev() {
            let c = libm::round(dot(&y, &self.orthogonal[a]) / self.squares[a]);
            y.iter_mut().zip(&self.vectors[a]).for_each(|(y, v)| *y -= c * v);
        }
        let mut best = norm(&y);
        // Rounding coordinate by coordinate is exact for orthogonal vectors only.
        if self.mu.iter().flatten().any(|m| m.abs() > 1e-12) {
            let radius = best;
            // A search that runs out of budget leaves the rounded image, which is an image all the same.
            let _ = self.within(&y, radius, &mut |_, length| best = best.min(length));
        }
        best
    }
}

struct Search<'a> {
    frame: &'a Frame,
    x: &'a [f64],
    delta: &'a [f64],
    cell: Vec<i64>,
    budget: usize,
    visit: &'a mut dyn FnMut(&[i64], f64),
}

impl Search<'_> {
    /// `open` directions are still free; `left` is what remains of the squared radius.
    fn descend(&mut self, open: usize, left: f64) -> Result<(), String> {
        if left < 0.0 {
            return Ok(());
        }
        if open == 0 {
            let length = norm(&self.frame.shifted(self.x, &self.cell));
            (self.visit)(&self.cell, length);
            return Ok(());
        }
        let b = open - 1;
        let fixed: f64 = (open..self.cell.len()).map(|a| self.cell[a] as f64 * self.frame.mu[a][b]).sum();
        let centre = -(self.delta[b] + fixed);
        let half = libm::sqrt(left / self.frame.squares[b]) + 1e-9;
        let (first, last) = (libm::ceil(centre - half), libm::floor(centre + half));
        if !(first.abs() < 1e9 && last.abs() < 1e9) {
            return Err("the neighbours asked for reach too far, in units of the lattice vectors".into());
        }
        for c in first as i64..=last as i64 {
            if self.budget == 0 {
                return Err("the search for neighbours is too large: ask for fewer shells".into());
            }
            self.budget -= 1;
            self.cell[b] = c;
            let away = c as f64 - centre;
            // The margin keeps what rounding puts just outside; `within` is inclusive.
            self.descend(b, left - away * away * self.frame.squares[b] + 1e-12 * self.frame.squares[b])?;
        }
        self.cell[b] = 0;
        Ok(())
    }
}

/// An unordered pair is written once: from the smaller basis site, or within one, with the first component
/// of the cell that is not zero positive.
pub(super) fn canonical(from: usize, to: usize, cell: &[i32]) -> (usize, usize, Vec<i32>) {
    let backwards = from > to || (from == to && cell.iter().find(|&&c| c != 0).is_some_and(|&c| c < 0));
    if backwards { (to, from, cell.iter().map(|c| -c).collect()) } else { (from, to, cell.to_vec()) }
}

/// Every unordered pair of sites at most `radius` apart, once, shortest first.
///
/// The order among pairs of one length: basis sites, then cells with few components, then the first directions.
pub(super) fn pairs_within(frame: &Frame, basis: &[Vec<f64>], radius: f64) -> Result<Vec<Pair>, String> {
    let mut pairs = Vec::new();
    for from in 0..basis.len() {
        for to in from..basis.len() {
            let x: Vec<f64> = basis[to].iter().zip(&basis[from]).map(|(t, f)| t - f).collect();
            let mut beyond = false;
            frame.within(&x, radius * (1.0 + TOLERANCE), &mut |c, length| {
                let cell: Vec<i32> = c.iter().map(|&c| c as i32).collect();
                let itself = from == to && cell.iter().all(|&c| c == 0);
                if !itself && canonical(from, to, &cell).2 == cell {
                    beyond |= pairs.len() >= MOST_PAIRS;
                    if !beyond {
                        pairs.push(Pair { from, to, cell, length });
                    }
                }
            })?;
            if beyond {
                return Err(format!("more than {MOST_PAIRS} pairs of neighbours a cell: ask for fewer shells"));
            }
        }
    }
    pairs.sort_by(|p, q| p.length.total_cmp(&q.length));
    // Lengths of one shell are made one number, so that rounding cannot decide the order.
    let mut anchor = f64::NEG_INFINITY;
    for p in &mut pairs {
        if p.length > anchor * (1.0 + TOLERANCE) || anchor < 0.0 {
            anchor = p.length;
        }
        p.length = anchor;
    }
    pairs.sort_by(|p, q| {
        let key = |p: &Pair| (p.from, p.to, p.cell.iter().filter(|&&c| c != 0).count());
        let size = |p: &Pair| p.cell.iter().map(|c| c.unsigned_abs()).collect::<Vec<_>>();
        p.length
            .total_cmp(&q.length)
            .then_with(|| key(p).cmp(&key(q)))
            .then_with(|| size(q).cmp(&size(p)))
            .then_with(|| q.cell.cmp(&p.cell))
    });
    Ok(pairs)
}

/// The distances that occur, shortest first. `pairs` as [`pairs_within`] gives them.
pub(super) fn distances(pairs: &[Pair]) -> Vec<f64> {
    let mut all: Vec<f64> = pairs.iter().map(|p| p.length).collect();
    all.dedup();
    all
}

/// Every pair up to the `k`-th neighbour distance.
pub(super) fn shells(frame: &Frame, basis: &[Vec<f64>], k: usize) -> Result<Vec<Pair>, String> {
    if k == 0 {
        return Err("neighbour shells count from 1".into());
    }
    // The spacing that the sites of a cell would have, evenly spread; too small a start costs a few rounds.
    let mut radius = frame.shortest() * libm::pow(basis.len() as f64, -1.0 / frame.vectors.len() as f64);
    loop {
        let mut pairs = pairs_within(frame, basis, radius)?;
        let found = distances(&pairs);
        if found.len() >= k {
            pairs.retain(|p| p.length <= found[k - 1]);
            return Ok(pairs);
        }
        radius *= 1.3;
    }
}
