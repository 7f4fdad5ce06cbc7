//! Coordination numbers, shells, and which lattice is which.

use super::*;

/// (lattice, neighbours in the first shells).
const SHELLS: &[(&str, &[usize])] = &[
    ("chain", &[2, 2, 2]),
    ("square", &[4, 4, 4, 8, 4]),
    ("triangular", &[6, 6, 6, 12]),
    ("honeycomb", &[3, 6, 3, 6]),
    // The second of two bonds in a row and the pair across a hexagon lie at the same distance 2.
    ("kagome", &[4, 4, 6]),
    ("cubic", &[6, 12, 8, 6, 24]),
    ("hypercubic", &[8, 24, 32]),
    ("bcc", &[8, 6, 12, 24]),
    ("fcc", &[12, 6, 24, 12, 24]),
    ("fcc primitive", &[12, 6, 24, 12, 24]),
    ("diamond", &[4, 12, 12, 6]),
];

#[test]
fn numbers_of_neighbours_in_the_shells() {
    for (name, shells) in SHELLS {
        let l = 8;
        for (k, &z) in shells.iter().enumerate() {
            let lattice = lattice(name, l, &Bonds::Shell(k + 1), Periodic);
            let graph = Graph::Lattice(lattice.clone());
            assert_eq!(2 * lattice.bond_count(), z * lattice.sites(), "{name}, shell {}", k + 1);
            let degrees = degrees(&graph);
            assert_eq!((degrees.min, degrees.max, degrees.mean), (z, z, z as f64), "{name}, shell {}", k + 1);
            let base = nearest(name, l, Periodic);
            assert_eq!(base.shell(k + 1).unwrap().offsets, lattice.offsets);
        }
        let all: usize = shells.iter().sum();
        let together = lattice(name, l, &Bonds::Nearest(shells.len()), Periodic);
        assert_eq!(2 * together.bond_count(), all * together.sites(), "{name}");
    }
}

#[test]
fn the_distances_of_the_shells() {
    let of = |name: &str, k| nearest(name, 4, Periodic).shell_distances(k).unwrap();
    let close = |x: Vec<f64>, squares: &[f64]| {
        assert_eq!(x.len(), squares.len());
        x.iter().zip(squares).for_each(|(x, s)| assert!((x * x - s).abs() < 1e-9, "{x}² is not {s}"));
    };
    close(of("square", 6), &[1.0, 2.0, 4.0, 5.0, 8.0, 9.0]);
    close(of("triangular", 5), &[1.0, 3.0, 4.0, 7.0, 9.0]);
    close(of("fcc", 5), &[0.5, 1.0, 1.5, 2.0, 2.5]);
    // x² + y² = 25 is one shell for (5, 0) and (4, 3).
    assert_eq!(nearest("square", 12, Periodic).shell(13).unwrap().bond_count() * 2, 12 * 144);
}

#[test]
fn bonds_agree_with_their_count_and_with_distance() {
    for (name, _) in SHELLS {
        for boundary in [Periodic, Open, Antiperiodic] {
            let lattice = nearest(name, 4, boundary);
            let graph = Graph::Lattice(lattice.clone());
            let bonds = graph.bonds();
            assert_eq!(bonds.len(), graph.bond_count(), "{name} {boundary:?}");
            let length = lattice.shell_distances(1).unwrap()[0];
            for b in &bonds {
                assert!((graph.distance(b.i as usize, b.j as usize).unwrap() - length).abs() < 1e-9, "{name} {b:?}");
            }
            // Every pair at that distance is a bond, once.
            let mut pairs: Vec<(u32, u32)> = bonds.iter().map(|b| (b.i.min(b.j), b.i.max(b.j))).collect();
            pairs.sort_unstable();
            let mut expected = Vec::new();
            for i in 0..graph.sites() {
                let distance = graph.distances_from(i).unwrap();
                let close = |j: &usize| (distance[*j] - length).abs() < 1e-9;
                expected.extend((i + 1..graph.sites()).filter(close).map(|j| (i as u32, j as u32)));
            }
            assert_eq!(pairs, expected, "{name} {boundary:?}");
            let neighbours = graph.neighbours().unwrap();
            for i in 0..graph.sites() {
                let mut walked = Vec::new();
                lattice.for_each_neighbour(i, |j, sign| walked.push((j, sign)));
                let row = neighbours.starts[i]..neighbours.starts[i + 1];
                let mut listed: Vec<(u32, i8)> = row.map(|e| (neighbours.sites[e], neighbours.signs[e])).collect();
                walked.sort_unstable();
                listed.sort_unstable();
                assert_eq!(walked, listed);
            }
        }
    }
}

#[test]
fn open_boundaries_lose_the_bonds_that_leave() {
    let count = |name: &str, sizes: &[usize], b: &[Boundary]| with_sizes(name, sizes, b).unwrap().bond_count();
    assert_eq!(count("chain", &[10], &[Open]), 9);
    assert_eq!(count("square", &[5, 7], &[Open]), 4 * 7 + 5 * 6);
    assert_eq!(count("square", &[5, 7], &[Periodic, Open]), 5 * 7 + 5 * 6);
    assert_eq!(count("triangular", &[5, 7], &[Open]), 4 * 7 + 5 * 6 + 4 * 6);
    assert_eq!(count("honeycomb", &[5, 7], &[Open]), 35 + 4 * 7 + 5 * 6);
    assert_eq!(count("cubic", &[3, 4, 5], &[Open]), 2 * 20 + 3 * 15 + 4 * 12);
    assert_eq!(count("square", &[1, 1], &[Open]), 0);
}

#[test]
fn lattices_are_recognised_by_their_bonds() {
    for (name, kind) in [
        ("chain", Some(Regular::Chain)),
        ("square", Some(Regular::Square)),
        ("triangular", Some(Regular::Triangular)),
        ("honeycomb", Some(Regular::Honeycomb)),
        ("cubic", Some(Regular::Cubic)),
        ("kagome", None),
        ("hypercubic", None),
        ("bcc", None),
    ] {
        let mut lattice = nearest(name, 4, Periodic);
        lattice.name = "anything".into();
        assert_eq!(lattice.kind(), kind, "{name}");
        assert_eq!(lattice.shell(2).unwrap().kind(), None, "{name}");
    }
    let bonds = |list: &[[i32; 2]]| Bonds::Explicit(list.iter().map(|c| (0, 0, c.to_vec())).collect());
    let square = |b: &Bonds| lattice("square", 4, b, Periodic);
    assert_eq!(square(&bonds(&[[0, -1], [-1, 0]])).kind(), Some(Regular::Square));
    assert_eq!(square(&bonds(&[[1, 0]])).kind(), None);
    assert_eq!(square(&bonds(&[[1, 0], [0, 1], [-1, 1]])).kind(), Some(Regular::Triangular));
    assert_eq!(square(&bonds(&[[1, 0], [0, 1], [1, 1]])).kind(), None);
}

#[test]
fn directions_are_those_of_parallel_bonds() {
    for (name, directions) in
        [("square", 2), ("triangular", 3), ("honeycomb", 3), ("kagome", 3), ("cubic", 3), ("bcc", 4), ("fcc", 6)]
    {
        let lattice = nearest(name, 4, Periodic);
        let mut seen: Vec<usize> = lattice.offsets.iter().map(|o| o.direction).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, (0..directions).collect::<Vec<_>>(), "{name}");
    }
    let square = nearest("square", 3, Periodic);
    assert_eq!(square.offsets[0].cell, [1, 0]);
    assert_eq!(square.offsets[1].cell, [0, 1]);
}
