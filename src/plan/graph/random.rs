//! Random graphs as pure functions of their parameters and a key.
//!
//! Each gives a simple graph: edges (i, j) with i < j, sorted. Parameters have been checked by the caller.

use crate::kernels::random::{Key, Stream};

type Edges = Vec<(u32, u32)>;

fn sorted(neighbours: &[Vec<u32>]) -> Edges {
    let mut edges = Vec::with_capacity(neighbours.iter().map(Vec::len).sum::<usize>() / 2);
    for (i, list) in neighbours.iter().enumerate() {
        let start = edges.len();
        edges.extend(list.iter().filter(|&&j| j as usize > i).map(|&j| (i as u32, j)));
        edges[start..].sort_unstable();
    }
    edges
}

fn remove(neighbours: &mut [Vec<u32>], i: u32, j: u32) {
    for (a, b) in [(i, j), (j, i)] {
        let list = &mut neighbours[a as usize];
        if let Some(at) = list.iter().position(|&x| x == b) {
            list.swap_remove(at);
        }
    }
}

fn add(neighbours: &mut [Vec<u32>], i: u32, j: u32) {
    neighbours[i as usize].push(j);
    neighbours[j as usize].push(i);
}

/// A random k-regular graph, asymptotically uniform: points are paired one suitable pair at a time (Steger and
/// Wormald, Combin. Probab. Comput. 8, 377 (1999)). Above half filling it is the complement of such a graph.
pub(super) fn regular(n: usize, k: usize, key: Key) -> Edges {
    if 2 * k > n.saturating_sub(1) {
        let missing = regular(n, n.saturating_sub(1 + k), key.derive(1));
        let mut skip = missing.into_iter().peekable();
        let mut edges = Vec::with_capacity(n * k / 2);
        for i in 0..n as u32 {
            for j in i + 1..n as u32 {
                if skip.next_if_eq(&(i, j)).is_none() {
                    edges.push((i, j));
                }
            }
        }
        return edges;
    }
    // A pairing gets stuck with a probability well below one; the last attempts mend it by switching edges.
    for attempt in 0..40u64 {
        let mut stream = Stream::new(key.derive(attempt + 2));
        if let Some(neighbours) = pairing(n, k, &mut stream, attempt >= 20) {
            return sorted(&neighbours);
        }
    }
    circulant(n, k)
}

/// The regular graph that always exists, should every random attempt fail: i joined to i ± 1, ..., i ± k/2, and across.
fn circulant(n: usize, k: usize) -> Edges {
    let mut neighbours = vec![Vec::new(); n];
    for i in 0..n {
        (1..=k / 2).for_each(|d| add(&mut neighbours, i as u32, ((i + d) % n) as u32));
        if k % 2 == 1 && i < n / 2 {
            add(&mut neighbours, i as u32, (i + n / 2) as u32);
        }
    }
    sorted(&neighbours)
}

fn pairing(n: usize, k: usize, stream: &mut Stream, mend: bool) -> Option<Vec<Vec<u32>>> {
    let mut points: Vec<u32> = (0..n as u32).flat_map(|i| std::iter::repeat_n(i, k)).collect();
    let mut neighbours: Vec<Vec<u32>> = vec![Vec::with_capacity(k); n];
    let mut failures = 0usize;
    while !points.is_empty() {
        let (a, b) = (stream.below(points.len() as u32) as usize, stream.below(points.len() as u32) as usize);
        let (u, v) = (points[a], points[b]);
        if u != v && !neighbours[u as usize].contains(&v) {
            add(&mut neighbours, u, v);
            points.swap_remove(a.max(b));
            points.swap_remove(a.min(b));
            failures = 0;
            continue;
        }
        failures += 1;
        if failures < 20 + 4 * points.len() {
            continue;
        }
        failures = 0;
        let mut left = points.clone();
        left.sort_unstable();
        left.dedup();
        let suitable = left.iter().enumerate().any(|(m, &u)| left[..m].iter().any(|v| !neighbours[u as usize].contains(v)));
        if suitable {
            continue;
        }
        let (Some(u), Some(v), true) = (points.pop(), points.pop(), mend) else { return None };
        let (x, y) = switchable(&neighbours, u, v, stream.below(n as u32))?;
        remove(&mut neighbours, x, y);
        add(&mut neighbours, u, x);
        add(&mut neighbours, v, y);
    }
    Some(neighbours)
}

/// An edge (x, y) that can be replaced by (u, x) and (v, y), the first from a starting vertex on.
fn switchable(neighbours: &[Vec<u32>], u: u32, v: u32, start: u32) -> Option<(u32, u32)> {
    let n = neighbours.len() as u32;
    let free = |a: u32, b: u32| a != b && !neighbours[a as usize].contains(&b);
    (0..n).map(|d| (start + d) % n).filter(|&x| free(u, x)).find_map(|x| {
        let y = neighbours[x as usize].iter().copied().find(|&y| free(v, y))?;
        Some((x, y))
    })
}

/// G(n, p): each pair is an edge with probability p, independently. The gaps between edges are geometric (Batagelj
/// and Brandes, Phys. Rev. E 71, 036113 (2005)), so the cost is that of the edges.
pub(super) fn erdos_renyi(n: usize, p: f64, key: Key) -> Edges {
    let mut edges = Vec::new();
    if n < 2 || p <= 0.0 {
        return edges;
    }
    let (mut stream, n) = (Stream::new(key), n as u64);
    let log_q = libm::log1p(-p);
    let (mut i, mut j) = (0u64, 0u64);
    loop {
        // For p = 1 the logarithm is -∞ and every gap is 0.
        let gap = if p >= 1.0 { 0.0 } else { libm::floor(libm::log(1.0 - stream.uniform()) / log_q) };
        // No pair index reaches 2^64, and a gap this large is past the last pair.
        if gap >= 1.8e19 {
            return edges;
        }
        let Some(next) = j.checked_add(1).and_then(|j| j.checked_add(gap as u64)) else { return edges };
        j = next;
        while j >= n {
            i += 1;
            if i + 1 >= n {
                return edges;
            }
            // The row of i has its pairs at j = i + 1, ..., n - 1.
            j = j - n + i + 1;
        }
        edges.push((i as u32, j as u32));
    }
}

/// A ring in which each vertex is joined to its k nearest, each edge then rewired with probability p at its far end to
/// a vertex chosen uniformly among those not yet joined (Watts and Strogatz, Nature 393, 440 (1998)).
pub(super) fn small_world(n: usize, k: usize, p: f64, key: Key) -> Edges {
    let mut stream = Stream::new(key);
    let mut neighbours = vec![Vec::with_capacity(k); n];
    for d in 1..=k / 2 {
        (0..n).for_each(|i| add(&mut neighbours, i as u32, ((i + d) % n) as u32));
    }
    for d in 1..=k / 2 {
        for i in 0..n {
            let (u, v) = (i as u32, ((i + d) % n) as u32);
            if stream.uniform() >= p || neighbours[i].len() + 1 >= n {
                continue;
            }
            let w = loop {
                let w = stream.below(n as u32);
                if w != u && !neighbours[i].contains(&w) {
                    break w;
                }
            };
            remove(&mut neighbours, u, v);
            add(&mut neighbours, u, w);
        }
    }
    sorted(&neighbours)
}

/// Preferential attachment: a complete graph of m + 1 vertices, then each new vertex is joined to m different ones,
/// chosen with probability proportional to their degree (Barabási and Albert, Science 286, 509 (1999)).
pub(super) fn scale_free(n: usize, m: usize, key: Key) -> Edges {
    let mut stream = Stream::new(key);
    let mut edges: Edges = Vec::new();
    // Each vertex once per edge it has: a uniform entry is a vertex by degree.
    let mut ends: Vec<u32> = Vec::new();
    let seed = (m + 1).min(n) as u32;
    for j in 0..seed {
        for i in 0..j {
            edges.push((i, j));
            ends.extend([i, j]);
        }
    }
    let mut chosen: Vec<u32> = Vec::with_capacity(m);
    // A vertex is chosen already where its mark is the new vertex.
    let mut mark = vec![0u32; n];
    for v in seed..n as u32 {
        chosen.clear();
        while chosen.len() < m {
            let u = ends[stream.below(ends.len() as u32) as usize];
            if mark[u as usize] != v {
                mark[u as usize] = v;
                chosen.push(u);
            }
        }
        for &u in &chosen {
            edges.push((u, v));
            ends.extend([u, v]);
        }
    }
    edges.sort_unstable();
    edges
}
