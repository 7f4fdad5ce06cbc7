//! Each measurement against its definition, by loops, and on states whose value is known.

use super::angle::unit_vectors;
use super::clusters::{Clusters, HEAD, Spanning};
use super::correlation::Correlation;
use super::distance::{ByDisplacement, ByPair};
use super::links::{LinkOverlap, Overlap};
use super::order::{Mean, Nematic, Shares, largest_eigenvalue};
use super::stiffness::Stiffness;
use super::structure_factor::{All, Chosen};
use super::vortices::{Vortices, Winding};
use super::wrapping::Wrapping;
use super::{Edge, Grid, Observable, Scratch, fft};
use crate::random::{Key, Stream};
use std::f64::consts::PI;

fn grid(sizes: &[usize], basis: usize, edge: Edge) -> Grid {
    Grid { sizes: sizes.to_vec(), basis, edges: vec![edge; sizes.len()] }
}

fn random(n: usize, word: u64) -> Vec<f64> {
    let mut stream = Stream::new(Key(7, word));
    (0..n).map(|_| stream.uniform() - 0.5).collect()
}

fn signs(n: usize, word: u64) -> Vec<f64> {
    random(n, word).into_iter().map(|x| if x < 0.0 { -1.0 } else { 1.0 }).collect()
}

fn measured(o: &dyn Observable, x: &[&[f64]]) -> Vec<f64> {
    let mut scratch = Scratch::default();
    let mut out = vec![f64::NAN; o.len()];
    // Twice, so that what is left in the memory would show.
    o.measure(x, &mut scratch, &mut out);
    o.measure(x, &mut scratch, &mut out);
    out
}

#[track_caller]
fn same(a: &[f64], b: &[f64]) {
    assert_eq!(a.len(), b.len());
    for (k, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= 1e-11 * (1.0 + b.abs()), "element {k}: {a}, expected {b}");
    }
}

/// The cell of a number, and back with a shift; `None` through an open end. The sign is that of antiperiodic ends.
fn shifted(g: &Grid, cell: usize, by: &[i64]) -> Option<(usize, f64)> {
    let (mut rest, mut coordinates) = (cell, vec![0i64; g.sizes.len()]);
    for (x, &l) in coordinates.iter_mut().zip(&g.sizes).rev() {
        *x = (rest % l) as i64;
        rest /= l;
    }
    let (mut at, mut sign) = (0, 1.0);
    for (d, &l) in g.sizes.iter().enumerate() {
        let x = coordinates[d] + by[d];
        let l = l as i64;
        if x.div_euclid(l) != 0 {
            match g.edges[d] {
                Edge::Open => return None,
                Edge::Periodic => {}
                Edge::Antiperiodic if x.div_euclid(l) % 2 != 0 => sign = -sign,
                Edge::Antiperiodic => {}
            }
        }
        at = at * l as usize + x.rem_euclid(l) as usize;
    }
    Some((at, sign))
}

/// Bonds to the next cell in every direction, with their kind.
fn bonds(g: &Grid) -> Vec<(u32, u32, u32)> {
    let d = g.sizes.len();
    let mut all = Vec::new();
    for i in 0..g.cells() {
        for k in 0..d {
            let by: Vec<i64> = (0..d).map(|a| i64::from(a == k)).collect();
            if let Some((j, _)) = shifted(g, i, &by) {
                all.push((i as u32, j as u32, k as u32));
            }
        }
    }
    all
}

fn pairs(g: &Grid) -> Vec<(u32, u32)> {
    bonds(g).into_iter().map(|(i, j, _)| (i, j)).collect()
}

#[test]
fn transforms_of_any_length() {
    for n in [1, 2, 3, 4, 5, 6, 7, 8, 12, 17, 30, 64, 97, 100] {
        let (re, im) = (random(n, 1), random(n, 2));
        let (mut a, mut b) = (re.clone(), im.clone());
        let f = fft::Fft::new(n);
        f.run(&mut a, &mut b, &mut Vec::new());
        for k in 0..n {
            let (mut x, mut y) = (0.0, 0.0);
            for t in 0..n {
                let angle = -2.0 * PI * ((k * t) % n) as f64 / n as f64;
                let (c, s) = (libm::cos(angle), libm::sin(angle));
                x += re[t] * c - im[t] * s;
                y += re[t] * s + im[t] * c;
            }
            same(&[a[k], b[k]], &[x, y]);
        }
        f.run(&mut b, &mut a, &mut Vec::new());
        let back: Vec<f64> = a.iter().map(|x| x / n as f64).collect();
        same(&back, &re);
    }
}

#[test]
fn correlations_along_a_direction() {
    for (sizes, basis, n) in
        [(vec![7], 1, 1), (vec![4, 6], 1, 1), (vec![5, 3, 4], 2, 3), (vec![400, 2], 1, 1), (vec![2, 401], 1, 1)]
    {
        for edge in [Edge::Periodic, Edge::Open, Edge::Antiperiodic] {
            let g = grid(&sizes, basis, edge);
            let x = random(g.sites() * n, 3);
            for d in 0..sizes.len() {
                let out = measured(&Correlation::new(g.clone(), n, vec![d]).unwrap(), &[&x]);
                assert_eq!(out.len(), sizes[d] / 2 + 1);
                for (r, &value) in out.iter().enumerate().step_by(if sizes[d] > 100 { 67 } else { 1 }) {
                    let by: Vec<i64> = (0..sizes.len()).map(|a| if a == d { r as i64 } else { 0 }).collect();
                    let (mut sum, mut count) = (0.0, 0.0);
                    for cell in 0..g.cells() {
                        let Some((to, sign)) = shifted(&g, cell, &by) else { continue };
                        for k in 0..basis * n {
                            sum += sign * x[cell * basis * n + k] * x[to * basis * n + k];
                        }
                        count += basis as f64;
                    }
                    same(&[value], &[sum / count]);
                }
            }
        }
    }
    let g = grid(&[4, 6], 1, Edge::Periodic);
    let x = signs(24, 4);
    let both = measured(&Correlation::new(g.clone(), 1, vec![0, 1]).unwrap(), &[&x]);
    let each: Vec<Vec<f64>> = (0..2).map(|d| measured(&Correlation::new(g.clone(), 1, vec![d]).unwrap(), &[&x])).collect();
    same(&both, &(0..3).map(|r| (each[0][r] + each[1][r]) / 2.0).collect::<Vec<_>>());
    assert!(Correlation::new(g, 1, vec![]).is_err());
}

#[test]
fn correlations_by_distance_both_ways() {
    // Classes by |displacement|² on a 4 × 3 torus with two sites a cell; the second lies half a cell further.
    let g = grid(&[4, 3], 2, Edge::Periodic);
    let n = 2;
    let place = |site: usize| ((site / 2 / 3) as f64 + 0.5 * (site % 2) as f64, (site / 2 % 3) as f64);
    let near = |d: f64, l: f64| d - l * libm::round(d / l);
    let square = |i: usize, j: usize| {
        let (a, b) = (place(i), place(j));
        let (x, y) = (near(b.0 - a.0, 4.0), near(b.1 - a.1, 3.0));
        ((x * x + y * y) * 4.0) as u32
    };
    let all: Vec<u32> = (0..24).flat_map(|i| (i..24).map(move |j| (i, j))).map(|(i, j)| square(i, j)).collect();
    let mut list = all.clone();
    list.sort_unstable();
    list.dedup();
    let class = |s: u32| list.binary_search(&s).unwrap() as u32;
    let by_pair = ByPair::new(24, n, list.len(), all.iter().map(|&s| class(s)).collect());
    let by_cell = ByDisplacement::new(&g.sizes, 2, n, list.len(), &mut |b, c, cell| Some(class(square(b, 2 * cell + c))));
    let x = random(24 * n, 5);
    let (a, b) = (measured(&by_pair, &[&x]), measured(&by_cell, &[&x]));
    same(&a, &b);
    let own: f64 = x.iter().map(|x| x * x).sum::<f64>() / 24.0;
    same(&a[..1], &[own]);
    let ones = measured(&by_cell, &[&vec![1.0; 48]]);
    same(&ones, &vec![2.0; list.len()]);
}

#[test]
fn structure_factors() {
    let g = grid(&[4, 6], 2, Edge::Periodic);
    let places = vec![vec![0.0, 0.0], vec![1.0 / 3.0, 0.5]];
    let n = 3;
    let x = random(g.sites() * n, 6);
    let brute = |m: &[i32]| {
        let mut total = 0.0;
        for component in 0..n {
            let (mut re, mut im) = (0.0, 0.0);
            for site in 0..g.sites() {
                let (cell, b) = (site / 2, site % 2);
                let r = [(cell / 6) as f64 + places[b][0], (cell % 6) as f64 + places[b][1]];
                let angle = -2.0 * PI * (f64::from(m[0]) * r[0] / 4.0 + f64::from(m[1]) * r[1] / 6.0);
                re += x[site * n + component] * libm::cos(angle);
                im += x[site * n + component] * libm::sin(angle);
            }
            total += (re * re + im * im) / g.sites() as f64;
        }
        total
    };
    let k: Vec<Vec<i32>> = vec![vec![0, 0], vec![1, 0], vec![-1, 5], vec![3, 2], vec![7, -8]];
    same(&measured(&Chosen::new(&g, &places, n, &k), &[&x]), &k.iter().map(|m| brute(m)).collect::<Vec<_>>());
    let all = measured(&All::new(&g, &places, n), &[&x]);
    let truth: Vec<f64> = (0..4).flat_map(|a| (0..6).map(move |b| vec![a, b])).map(|m| brute(&m)).collect();
    same(&all, &truth);
    // A state of one wave: all weight at its wave vector, S = N there.
    let g = grid(&[8, 8], 1, Edge::Periodic);
    let x: Vec<f64> = (0..64).map(|i| if (i / 8 + i % 8) % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let s = measured(&All::new(&g, &[vec![0.0, 0.0]], 1), &[&x]);
    for (k, &s) in s.iter().enumerate() {
        assert!((s - if k == 4 * 8 + 4 { 64.0 } else { 0.0 }).abs() < 1e-10);
    }
}

#[test]
fn order_parameters() {
    let x = random(30, 7);
    same(&measured(&Mean { components: 1, sites: 30, signs: vec![] }, &[&x]), &[x.iter().sum::<f64>() / 30.0]);
    let alternating: Vec<f64> = (0..10).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let m = measured(&Mean { components: 3, sites: 10, signs: alternating.clone() }, &[&x]);
    let truth: Vec<f64> = (0..3).map(|c| (0..10).map(|i| alternating[i] * x[3 * i + c]).sum::<f64>() / 10.0).collect();
    same(&m, &truth);
    let positions = [0.0, 2.0, 2.0, 1.0];
    same(&measured(&Shares { count: 4, sites: 4 }, &[&positions]), &[0.25, 0.25, 0.5, 0.0]);
    // Along one axis, both ways: 1. Evenly along the axes of a cross: 0 in the plane.
    let axis: Vec<f64> = (0..12).flat_map(|i| if i % 3 == 0 { [0.6, -0.8, 0.0] } else { [-0.6, 0.8, 0.0] }).collect();
    same(&measured(&Nematic { components: 3, sites: 12 }, &[&axis]), &[1.0]);
    let cross: Vec<f64> = (0..12).flat_map(|i| if i % 2 == 0 { [1.0, 0.0] } else { [0.0, -1.0] }).collect();
    assert!(measured(&Nematic { components: 2, sites: 12 }, &[&cross])[0].abs() < 1e-14);
    // In two components it is |⟨exp 2iθ⟩|.
    let angle = random(20, 8).iter().map(|x| 6.0 * x).collect::<Vec<_>>();
    let mut u = Vec::new();
    unit_vectors(&angle, &mut u);
    let (c, s) = angle.iter().fold((0.0, 0.0), |(c, s), x| (c + libm::cos(2.0 * x) / 20.0, s + libm::sin(2.0 * x) / 20.0));
    same(&measured(&Nematic { components: 2, sites: 20 }, &[&u]), &[libm::hypot(c, s)]);
    // Eigenvalues 1, 2, 4 of a symmetric matrix, rotated.
    let (p, q) = (libm::cos(0.7), libm::sin(0.7));
    let mut m = vec![p * p + 2.0 * q * q, p * q - 2.0 * p * q, 0.0, p * q - 2.0 * p * q, q * q + 2.0 * p * p, 0.0, 0.0, 0.0, 4.0];
    same(&[largest_eigenvalue(&mut m, 3)], &[4.0]);
}

#[test]
fn overlaps() {
    let (a, b) = (random(12, 9), random(12, 10));
    same(&measured(&Overlap { sites: 6 }, &[&a, &b]), &[a.iter().zip(&b).map(|(a, b)| a * b).sum::<f64>() / 6.0]);
    let list = vec![(0, 1), (1, 2), (4, 5), (2, 0)];
    for n in [1, 2] {
        let at = |x: &[f64], i: u32, j: u32| (0..n).map(|k| x[i as usize * n + k] * x[j as usize * n + k]).sum::<f64>();
        let truth = list.iter().map(|&(i, j)| at(&a, i, j) * at(&b, i, j)).sum::<f64>() / 4.0;
        same(&measured(&LinkOverlap { components: n, bonds: list.clone() }, &[&a, &b]), &[truth]);
    }
}

#[test]
fn sines_and_cosines() {
    let angles: Vec<f64> =
        (-4000..4000).map(|k| f64::from(k) * 0.0123 + 1e-3).chain([0.0, PI, -PI, PI / 4.0, 1e6, -3e7]).collect();
    let mut out = Vec::new();
    unit_vectors(&angles, &mut out);
    for (x, u) in angles.iter().zip(out.chunks_exact(2)) {
        assert!((u[0] - libm::cos(*x)).abs() < 3e-16 && (u[1] - libm::sin(*x)).abs() < 3e-16, "{x}: {u:?}");
    }
}

/// The plaquettes of a square lattice.
fn squares(g: &Grid) -> Vec<Vec<u32>> {
    let corner = |cell: usize, x: i64, y: i64| shifted(g, cell, &[x, y]).map(|(j, _)| j as u32);
    (0..g.cells()).filter_map(|i| [(0, 0), (1, 0), (1, 1), (0, 1)].into_iter().map(|(x, y)| corner(i, x, y)).collect()).collect()
}

#[test]
fn planted_vortices_and_windings() {
    let g = grid(&[12, 12], 1, Edge::Open);
    let plaquettes = squares(&g);
    assert_eq!(plaquettes.len(), 121);
    let o = Vortices::new(&plaquettes).unwrap();
    let at = |i: usize, x: f64, y: f64| libm::atan2((i % 12) as f64 - y, (i / 12) as f64 - x);
    let vortex: Vec<f64> = (0..144).map(|i| at(i, 5.5, 5.5)).collect();
    same(&measured(&o, &[&vortex]), &[1.0 / 121.0]);
    let pair: Vec<f64> = (0..144).map(|i| at(i, 2.5, 5.5) - at(i, 8.5, 5.5)).collect();
    same(&measured(&o, &[&pair]), &[2.0 / 121.0]);
    same(&measured(&o, &[&vec![2.0; 144]]), &[0.0]);
    // A brute sum of wrapped differences on random angles.
    let angle: Vec<f64> = random(144, 11).iter().map(|x| 2.0 * PI * x).collect();
    let wrap = |d: f64| d - 2.0 * PI * libm::round(d / (2.0 * PI));
    let turns =
        |p: &Vec<u32>| (0..4).map(|k| wrap(angle[p[(k + 1) % 4] as usize] - angle[p[k] as usize])).sum::<f64>() / (2.0 * PI);
    let truth = plaquettes.iter().map(|p| turns(p).abs()).sum::<f64>() / 121.0;
    same(&measured(&o, &[&angle]), &[truth]);
    assert!(truth > 0.2);
    assert!(Vortices::new(&[]).is_err());
    // Two turns along the first direction, minus one along the second.
    let g = grid(&[10, 8], 1, Edge::Periodic);
    let wave: Vec<f64> = (0..80).map(|i| 2.0 * PI * (2.0 * (i / 8) as f64 / 10.0 - (i % 8) as f64 / 8.0)).map(wrap).collect();
    same(&measured(&Winding { grid: g.clone(), directions: vec![0, 1] }, &[&wave]), &[2.0, -1.0]);
    same(&measured(&Winding { grid: g, directions: vec![1] }, &[&wave]), &[-1.0]);
}

#[test]
fn terms_of_the_stiffness() {
    let g = grid(&[6, 5], 1, Edge::Periodic);
    let along: Vec<(u32, u32, f64)> = bonds(&g).into_iter().filter(|b| b.2 == 0).map(|(i, j, _)| (i, j, 0.5)).collect();
    let couplings = random(along.len(), 12);
    let angle: Vec<f64> = random(30, 13).iter().map(|x| 6.0 * x).collect();
    let mut u = Vec::new();
    unit_vectors(&angle, &mut u);
    let (mut even, mut odd) = (0.0, 0.0);
    for (m, &(i, j, r)) in along.iter().enumerate() {
        let d = angle[j as usize] - angle[i as usize];
        even += couplings[m] * libm::cos(d) * r * r;
        odd += couplings[m] * libm::sin(d) * r;
    }
    same(&measured(&Stiffness { bonds: along.clone(), couplings }, &[&u]), &[even, odd]);
    // Ordered: one a bond, and no current.
    let mut up = Vec::new();
    unit_vectors(&[1.0; 30], &mut up);
    let unit = along.into_iter().map(|(i, j, _)| (i, j, 1.0)).collect();
    same(&measured(&Stiffness { bonds: unit, couplings: vec![] }, &[&up]), &[30.0, 0.0]);
}

/// Clusters by search, with unwrapped positions: sizes, and the directions that some cluster wraps around.
fn searched(g: &Grid, x: &[f64], only: Option<f64>) -> (Vec<usize>, Vec<bool>) {
    let d = g.sizes.len();
    let mut seen: Vec<Option<Vec<i64>>> = vec![None; x.len()];
    let (mut sizes, mut wraps) = (Vec::new(), vec![false; d]);
    for root in 0..x.len() {
        if seen[root].is_some() || only.is_some_and(|v| x[root] != v) {
            continue;
        }
        seen[root] = Some(vec![0; d]);
        let mut stack = vec![root];
        let mut size = 0;
        while let Some(i) = stack.pop() {
            size += 1;
            for k in 0..d {
                for turn in [1, -1] {
                    let by: Vec<i64> = (0..d).map(|a| if a == k { turn } else { 0 }).collect();
                    let Some((j, _)) = shifted(g, i, &by) else { continue };
                    if x[j] != x[i] {
                        continue;
                    }
                    let here: Vec<i64> = seen[i].as_ref().unwrap().iter().zip(&by).map(|(a, b)| a + b).collect();
                    match &seen[j] {
                        None => {
                            seen[j] = Some(here);
                            stack.push(j);
                        }
                        Some(there) => (0..d).for_each(|a| wraps[a] |= here[a] != there[a]),
                    }
                }
            }
        }
        sizes.push(size);
    }
    (sizes, wraps)
}

#[test]
fn clusters_against_a_search() {
    let mut both = [0; 2];
    for (word, sizes) in [vec![5, 7], vec![8, 8], vec![3, 4, 5], vec![9], vec![2, 6]].into_iter().enumerate() {
        for edge in [Edge::Periodic, Edge::Open] {
            for draw in 0..20 {
                let g = grid(&sizes, 1, edge);
                let n = g.sites();
                let x: Vec<f64> = random(n, 100 + draw).iter().map(|&x| if x < 0.12 { 1.0 } else { -1.0 }).collect();
                for only in [None, Some(1.0), Some(-1.0)] {
                    let (list, wraps) = searched(&g, &x, only);
                    let out = measured(&Clusters { sites: n, bonds: pairs(&g), only }, &[&x]);
                    let largest = list.iter().copied().max().unwrap_or(0);
                    let total: usize = list.iter().sum();
                    let squares: usize = list.iter().map(|s| s * s).sum();
                    let rest = (total - largest) as f64;
                    let mean = if rest > 0.0 { (squares - largest * largest) as f64 / rest } else { 0.0 };
                    same(&out[..HEAD], &[list.len() as f64, largest as f64, mean, total as f64]);
                    for (k, &count) in out[HEAD..].iter().enumerate() {
                        assert_eq!(count, list.iter().filter(|s| s.ilog2() as usize == k).count() as f64);
                    }
                    let kinds = (0..sizes.len()).map(|k| (0..sizes.len()).map(|a| i32::from(a == k)).collect()).collect();
                    let o = Wrapping { sites: n, dimension: sizes.len(), bonds: bonds(&g), kinds, only };
                    let out = measured(&o, &[&x]);
                    assert_eq!(out[0] == 1.0, wraps.contains(&true), "{word} {draw}");
                    assert_eq!(out[1..].iter().map(|&w| w == 1.0).collect::<Vec<_>>(), wraps);
                    both[usize::from(wraps.contains(&true))] += 1;
                }
            }
        }
    }
    assert!(both[0] > 50 && both[1] > 50, "{both:?}");
}

#[test]
fn stripes_wrap_and_span() {
    // Rows of equal values along the second direction; then a staircase that closes in both at once.
    let g = grid(&[6, 6], 1, Edge::Periodic);
    let kinds = vec![vec![1, 0], vec![0, 1]];
    let o = Wrapping { sites: 36, dimension: 2, bonds: bonds(&g), kinds: kinds.clone(), only: None };
    let stripes: Vec<f64> = (0..36).map(|i| f64::from(i / 6 % 2)).collect();
    assert_eq!(measured(&o, &[&stripes]), [1.0, 0.0, 1.0]);
    let stairs: Vec<f64> = (0..36).map(|i| f64::from(u8::from((i / 6 + 6 - i % 6) % 6 < 2))).collect();
    let o = Wrapping { sites: 36, dimension: 2, bonds: bonds(&g), kinds, only: Some(1.0) };
    assert_eq!(measured(&o, &[&stairs]), [1.0, 1.0, 1.0]);
    let open = grid(&[6, 6], 1, Edge::Open);
    let side = |f: fn(u32) -> bool| (0..36).filter(|&i| f(i)).collect::<Vec<u32>>();
    let sides = vec![(side(|i| i / 6 == 0), side(|i| i / 6 == 5)), (side(|i| i % 6 == 0), side(|i| i % 6 == 5))];
    let o = Spanning { sites: 36, bonds: pairs(&open), only: None, sides: sides.clone() };
    assert_eq!(measured(&o, &[&stripes]), [1.0, 0.0, 1.0]);
    let o = Spanning { sites: 36, bonds: pairs(&open), only: Some(2.0), sides };
    assert_eq!(measured(&o, &[&stripes]), [0.0, 0.0, 0.0]);
}
