//! What a finite piece adds: indices, boundaries, double bonds, distances, loops, refusals.

use super::*;

#[test]
fn sites_are_numbered_row_major_with_the_basis_innermost() {
    let lattice = with_sizes("honeycomb", &[3, 5], &[]).unwrap();
    assert_eq!(lattice.sites(), 30);
    assert_eq!(lattice.site(&[2, 3], 1), Some((2 * 5 + 3) * 2 + 1));
    assert_eq!(lattice.cell(27), Some((vec![2, 3], 1)));
    assert!((0..30).all(|s| lattice.cell(s).and_then(|(c, b)| lattice.site(&c, b)) == Some(s)));
    assert_eq!((lattice.cell(30), lattice.site(&[3, 0], 0), lattice.coordinates(30)), (None, None, None));
    let x = lattice.coordinates(27).unwrap();
    let h = 3f64.sqrt() / 2.0;
    assert!((x[0] - (2.0 + 1.5 + 0.5)).abs() < 1e-12 && (x[1] - (3.0 * h + h / 3.0)).abs() < 1e-12);
}

#[test]
fn bonds_come_by_site_then_by_offset() {
    let graph = Graph::Lattice(with_sizes("square", &[2, 3], &[Open, Periodic]).unwrap());
    let list: Vec<(u32, u32, u16)> = graph.bonds().iter().map(|b| (b.i, b.j, b.direction)).collect();
    let expected = [(0, 3, 0), (0, 1, 1), (1, 4, 0), (1, 2, 1), (2, 5, 0), (2, 0, 1), (3, 4, 1), (4, 5, 1), (5, 3, 1)];
    assert_eq!(list, expected);
}

#[test]
fn a_periodic_direction_of_two_has_double_bonds() {
    let double = |sizes: &[usize], b: &[Boundary]| with_sizes("square", sizes, b).unwrap().has_double_bonds();
    assert!(double(&[2, 5], &[]));
    assert!(double(&[5, 2], &[Antiperiodic]));
    assert!(!double(&[3, 5], &[]));
    assert!(!double(&[2, 5], &[Open, Periodic]));
    let ladder = Graph::Lattice(with_sizes("square", &[2, 5], &[]).unwrap());
    assert_eq!((ladder.bond_count(), ladder.bonds().len()), (20, 20));
    assert!(matches!(ladder, Graph::Lattice(ref l) if l.has_double_bonds()));
    let rungs = ladder.bonds().iter().filter(|b| b.direction == 0 && b.i.min(b.j) == 1).count();
    assert_eq!(rungs, 2);
    // (1, 1) and (1, -1) differ by a period of the second direction.
    assert!(lattice("square", 3, &Bonds::Shell(2), Periodic).shell(2).is_ok_and(|s| !s.has_double_bonds()));
    let (vectors, basis) = cell("square");
    let narrow = Bravais::new("s", vec![5, 2], vectors, basis, &Bonds::Shell(2), vec![]).unwrap();
    assert!(narrow.has_double_bonds());
    for name in ["triangular", "honeycomb", "kagome", "bcc"] {
        for l in [2, 3] {
            let lattice = nearest(name, l, Periodic);
            let mut pairs: Vec<_> =
                Graph::Lattice(lattice.clone()).bonds().iter().map(|b| (b.i.min(b.j), b.i.max(b.j))).collect();
            let all = pairs.len();
            pairs.sort_unstable();
            pairs.dedup();
            assert_eq!(lattice.has_double_bonds(), pairs.len() < all, "{name} {l}");
        }
    }
}

#[test]
fn antiperiodic_boundaries_turn_the_bonds_that_cross() {
    let lattice = with_sizes("triangular", &[4, 6], &[Antiperiodic, Periodic]).unwrap();
    let turned: Vec<Bond> = Graph::Lattice(lattice.clone()).bonds().into_iter().filter(|b| b.sign < 0).collect();
    // Bonds (1, 0) and (1, -1) of the last row, 6 each.
    assert_eq!(turned.len(), 12);
    for b in &turned {
        assert_eq!((lattice.cell(b.i as usize).unwrap().0[0], lattice.cell(b.j as usize).unwrap().0[0]), (3, 0));
    }
    // Both directions crossed at once: no sign.
    let both = with_sizes("triangular", &[4, 6], &[Antiperiodic]).unwrap();
    let corner = Graph::Lattice(both).bonds().into_iter().find(|b| b.i == 18 && b.j == 5).unwrap();
    assert_eq!(corner.sign, 1);
    // A bond that goes round twice keeps its sign, one that goes round once does not.
    let far = |c| Bonds::Explicit(vec![(0, 0, vec![c])]);
    assert!(Graph::Lattice(lattice_of("chain", &far(7), Antiperiodic)).bonds().iter().filter(|b| b.sign < 0).count() == 1);
    assert_eq!(Graph::Lattice(lattice_of("chain", &far(4), Antiperiodic)).bonds()[0].sign, -1);
}

fn lattice_of(name: &str, bonds: &Bonds, boundary: Boundary) -> Bravais {
    lattice(name, 3, bonds, boundary)
}

#[test]
fn distances_go_to_the_nearest_image() {
    let square = Graph::Lattice(with_sizes("square", &[6, 10], &[Periodic, Open]).unwrap());
    assert_eq!(square.distance(0, 5 * 10 + 9), Some(82f64.sqrt()));
    assert_eq!(square.distance(0, 3 * 10), Some(3.0));
    assert_eq!(square.distance(0, 60), None);
    // Against a search over many images, on a lattice so skewed that rounding alone is wrong.
    let vectors = vec![vec![1.0, 0.0], vec![0.47, 0.31]];
    let skewed = Bravais::new("s", vec![3, 4], vectors.clone(), vec![], &Bonds::Nearest(1), vec![]).unwrap();
    let all = skewed.distances_from(5).unwrap();
    for (j, found) in all.iter().enumerate() {
        let (x, y) = (skewed.coordinates(5).unwrap(), skewed.coordinates(j).unwrap());
        let mut best = f64::INFINITY;
        for p in -20..=20 {
            for q in -20..=20 {
                let (p, q) = (f64::from(p) * 3.0, f64::from(q) * 4.0);
                let d = |c: usize| y[c] - x[c] + p * vectors[0][c] + q * vectors[1][c];
                best = best.min((d(0) * d(0) + d(1) * d(1)).sqrt());
            }
        }
        assert!((found - best).abs() < 1e-12, "{j}: {found} {best}");
        assert!((skewed.distance(5, j).unwrap() - best).abs() < 1e-12);
    }
}

#[test]
fn loops_of_the_lattices() {
    let count = |name: &str, b| {
        let lattice = nearest(name, 4, b);
        (lattice.triangles().unwrap().len(), lattice.plaquettes().unwrap())
    };
    for (name, triangles, plaquettes, length) in [
        ("chain", 0, 0, 0),
        ("square", 0, 16, 4),
        ("triangular", 32, 32, 3),
        ("honeycomb", 0, 16, 6),
        ("kagome", 32, 32, 3),
        ("cubic", 0, 3 * 64, 4),
        ("hypercubic", 0, 6 * 256, 4),
        ("fcc primitive", 8 * 64, 8 * 64, 3),
    ] {
        let (t, p) = count(name, Periodic);
        assert_eq!((t, p.len()), (triangles, plaquettes), "{name}");
        let lattice = Graph::Lattice(nearest(name, 4, Periodic));
        let neighbours = lattice.neighbours().unwrap();
        for sites in &p {
            assert_eq!(sites.len(), length, "{name}");
            let joined = |m: usize| neighbours.of(sites[m] as usize).contains(&sites[(m + 1) % length]);
            assert!((0..length).all(joined), "{name}: {sites:?}");
        }
        let mut sets: Vec<Vec<u32>> = p
            .iter()
            .map(|s| {
                let mut s = s.clone();
                s.sort_unstable();
                s
            })
            .collect();
        sets.sort();
        sets.dedup();
        assert_eq!(sets.len(), plaquettes, "{name}");
    }
    assert_eq!(count("square", Open).1.len(), 9);
    assert_eq!(count("triangular", Open).0, 18);
    assert_eq!(count("cubic", Open).1.len(), 3 * 36);
    // Around a boundary of three there are triangles of bonds, but no elementary ones.
    assert!(nearest("square", 3, Periodic).triangles().unwrap().is_empty());
    assert_eq!(nearest("square", 3, Periodic).plaquettes().unwrap()[0], [0, 1, 4, 3]);
}

#[test]
fn bipartite_lattices() {
    let check = |lattice: Bravais, expected: bool| {
        let graph = Graph::Lattice(lattice);
        assert_eq!(graph.is_bipartite(), expected, "{}", graph.describe());
        let colours = graph.two_colouring();
        assert_eq!(colours.is_some(), expected, "{}", graph.describe());
        assert!(colours.is_none_or(|c| graph.bonds().iter().all(|b| c[b.i as usize] != c[b.j as usize])));
    };
    check(nearest("square", 4, Periodic), true);
    check(nearest("square", 5, Periodic), false);
    check(nearest("square", 5, Open), true);
    check(with_sizes("square", &[4, 5], &[Periodic, Open]).unwrap(), true);
    check(nearest("honeycomb", 5, Periodic), true);
    check(nearest("triangular", 4, Periodic), false);
    check(nearest("kagome", 3, Open), false);
    check(nearest("bcc", 3, Periodic), true);
    check(nearest("hypercubic", 3, Periodic), false);
    // One row of the triangular lattice is a chain, which no parity of the infinite lattice tells.
    check(with_sizes("triangular", &[6, 1], &[Open]).unwrap(), true);
}

#[test]
fn what_is_no_lattice_is_refused() {
    let refuse = |result: Result<Bravais, String>, word: &str| {
        let reason = result.unwrap_err();
        assert!(reason.contains(word), "`{reason}` does not say `{word}`");
    };
    let new = |sizes: &[usize], vectors: Vec<Vec<f64>>, basis: Vec<Vec<f64>>, bonds: Bonds, boundary: &[Boundary]| {
        Bravais::new("x", sizes.to_vec(), vectors, basis, &bonds, boundary.to_vec())
    };
    let near = || Bonds::Nearest(1);
    let square = || cell("square").0;
    refuse(with_sizes("square", &[1, 5], &[]), "a periodic direction needs at least 2 sites: write `boundary: open` there");
    refuse(with_sizes("square", &[0, 5], &[]), "size 0 is 0");
    refuse(with_sizes("square", &[5], &[]), "found 1 size");
    refuse(with_sizes("square", &[5, 5], &[Open, Open, Open]), "found 3 boundaries");
    refuse(with_sizes("square", &[usize::MAX, 2], &[]), "2^32");
    refuse(with_sizes("square", &[65536, 65537], &[]), "2^32");
    assert!(with_sizes("square", &[65536, 65536], &[]).is_ok_and(|l| l.bond_count() == 1 << 33));
    refuse(new(&[], vec![], vec![], near(), &[]), "at least one vector");
    refuse(new(&[2, 2], vec![vec![1.0], vec![2.0]], vec![], near(), &[]), "cannot be independent");
    refuse(new(&[2, 2], vec![vec![1.0, 2.0], vec![2.0, 4.0]], vec![], near(), &[]), "independent");
    refuse(new(&[2, 2], vec![vec![1.0, 0.0], vec![0.0]], vec![], near(), &[]), "same number of components");
    refuse(new(&[2, 2], vec![vec![1.0, f64::NAN], vec![0.0, 1.0]], vec![], near(), &[]), "ordinary number");
    refuse(new(&[2, 2], vec![vec![0.0, 0.0], vec![0.0, 1.0]], vec![], near(), &[]), "independent");
    refuse(new(&[3, 3], square(), vec![vec![0.0, 0.0], vec![1.0, 0.0]], near(), &[]), "same point");
    refuse(new(&[3, 3], square(), vec![], Bonds::Nearest(0), &[]), "from 1");
    refuse(new(&[3, 3], square(), vec![], Bonds::Nearest(1_000_000), &[]), "ask for fewer shells");
    refuse(new(&[3, 3], square(), vec![], Bonds::Within(-1.0), &[]), "positive");
    refuse(new(&[3, 3], square(), vec![], Bonds::Within(1e9), &[]), "reach too far");
    refuse(new(&[2, 2], square(), vec![], Bonds::Shell(3), &[]), "joins a site to itself");
    let explicit =
        |list: &[(usize, usize, [i32; 2])]| Bonds::Explicit(list.iter().map(|(f, t, c)| (*f, *t, c.to_vec())).collect());
    refuse(new(&[3, 3], square(), vec![], explicit(&[(0, 1, [0, 0])]), &[]), "the basis has 1 site");
    refuse(new(&[3, 3], square(), vec![], explicit(&[(0, 0, [0, 0])]), &[]), "to itself");
    refuse(new(&[3, 3], square(), vec![], explicit(&[(0, 0, [1, 0]), (0, 0, [-1, 0])]), &[]), "listed twice");
    refuse(new(&[3, 3], square(), vec![], Bonds::Explicit(vec![(0, 0, vec![1])]), &[]), "2 components");
    refuse(new(&[3, 3], square(), vec![], explicit(&[(0, 0, [i32::MIN, 0])]), &[]), "too far");
    assert_eq!(with_sizes("square", &[1, 5], &[Open, Periodic]).unwrap().bond_count(), 5);
}

#[test]
fn a_layer_in_three_dimensions_is_a_lattice_of_two() {
    let vectors = vec![vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0]];
    let basis = vec![vec![0.0; 3], vec![0.0, 0.0, 1.0]];
    let bilayer = Bravais::new("bilayer", vec![4, 4], vectors, basis, &Bonds::Nearest(1), vec![]).unwrap();
    assert_eq!((bilayer.dimension(), bilayer.sites(), bilayer.bond_count()), (2, 32, 32 * 5 / 2));
}

#[test]
fn a_large_basis_is_no_obstacle() {
    let vectors = vec![vec![16.0, 0.0], vec![0.0, 16.0]];
    let basis: Vec<Vec<f64>> = (0..256).map(|i| vec![f64::from(i % 16), f64::from(i / 16)]).collect();
    let square = Bravais::new("s", vec![2, 2], vectors.clone(), basis, &Bonds::Nearest(1), vec![]).unwrap();
    assert_eq!((square.sites(), square.bond_count(), square.offsets.len()), (1024, 2048, 512));
    assert_eq!(degrees(&Graph::Lattice(square)), Degrees { min: 4, max: 4, mean: 4.0 });
    let crowd: Vec<Vec<f64>> = (0..2000).map(|i| vec![f64::from(i) / 200.0, 0.0]).collect();
    let refused = Bravais::new("s", vec![2, 2], vectors, crowd, &Bonds::Nearest(1), vec![]);
    assert!(refused.unwrap_err().contains("a basis of 2000 sites"));
}
