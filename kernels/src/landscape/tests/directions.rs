//! Directions, trajectories and slices.

use super::super::Block;
use super::super::directions::{Normalise, gram_schmidt, normalised, of_matrix, random};
use super::super::eigen::Settings;
use super::super::maps::map;
use super::super::operator::Hessian;
use super::super::slice::{even, line, plane};
use super::super::trajectory::{centre, principal, shadow};
use super::super::vectors::{dot, norm, shifted};
use super::functions::{diagonal, rosenbrock, saddle, wells};
use crate::random::Key;

fn network() -> (Vec<f64>, Vec<Block>) {
    let blocks = vec![
        Block { name: "h.weight".into(), start: 0, shape: vec![3, 4], unit: Some(1) },
        Block { name: "h.bias".into(), start: 12, shape: vec![4], unit: None },
        Block { name: "c.weight".into(), start: 16, shape: vec![2, 3, 2, 2], unit: Some(0) },
    ];
    let mut point = vec![0.0; 40];
    super::super::draws::normals(Key(1, 4), &mut point);
    (point, blocks)
}

#[test]
fn filters_have_the_lengths_of_the_points() {
    let (point, blocks) = network();
    let d = &random(1, Normalise::Filter, false, &point, &blocks, Key(2, 2)).unwrap()[0];
    for unit in 0..4 {
        let length = |x: &[f64]| norm(&(0..3).map(|i| x[4 * i + unit]).collect::<Vec<f64>>());
        assert!((length(d) - length(&point)).abs() < 1e-14);
    }
    assert!(d[12..16].iter().all(|x| *x == 0.0));
    for filter in 0..2 {
        let range = 16 + 12 * filter..28 + 12 * filter;
        assert!((norm(&d[range.clone()]) - norm(&point[range])).abs() < 1e-14);
    }
    let layer = &random(1, Normalise::Layer, false, &point, &blocks, Key(2, 2)).unwrap()[0];
    assert!(blocks.iter().all(|b| (norm(&layer[b.range()]) - norm(&point[b.range()])).abs() < 1e-14));
    let unit = &random(1, Normalise::Unit, false, &point, &blocks, Key(2, 2)).unwrap()[0];
    assert!((norm(unit) - 1.0).abs() < 1e-15);
    let plain = &random(1, Normalise::Not, false, &point, &blocks, Key(2, 2)).unwrap()[0];
    let weight = &random(1, Normalise::Weight, false, &point, &blocks, Key(2, 2)).unwrap()[0];
    assert!((0..40).all(|i| weight[i] == plain[i] * point[i].abs()));
    assert!(normalised(&mut [1.0, 2.0], Normalise::Weight, &[0.0, 0.0], &[]).unwrap_err().contains("point is zero"));
}

#[test]
fn orthogonal_directions_keep_their_lengths() {
    let (point, blocks) = network();
    let plain = random(5, Normalise::Filter, false, &point, &blocks, Key(3, 2)).unwrap();
    let straight = random(5, Normalise::Filter, true, &point, &blocks, Key(3, 2)).unwrap();
    for i in 0..5 {
        assert!((norm(&plain[i]) - norm(&straight[i])).abs() < 1e-13);
        assert!((0..i).all(|j| dot(&straight[i], &straight[j]).abs() < 1e-13));
    }
    assert!(gram_schmidt(&mut [vec![1.0, 2.0], vec![2.0, 4.0]]).unwrap_err().contains("direction 2"));
}

#[test]
fn eigenvectors_as_directions() {
    let mut f = diagonal(&[1.0, -3.0, 0.5, 2.0]);
    let (vectors, values) = of_matrix(&mut Hessian(&mut f), &Settings::new(1, 1, Key(1, 1))).unwrap();
    assert_eq!((values.as_slice(), vectors[0][3].abs(), vectors[1][1].abs()), ([2.0, -3.0].as_slice(), 1.0, 1.0));
    assert!(of_matrix(&mut Hessian(&mut f), &Settings::new(5, 0, Key(1, 1))).is_err());
}

/// An ellipse in a plane, far from the origin of a high-dimensional space.
#[test]
fn principal_directions_of_an_ellipse() {
    let n = 500;
    let frame = random(3, Normalise::Unit, true, &vec![0.0; n], &[], Key(4, 4)).unwrap();
    let far = vec![3.0; n];
    let points: Vec<Vec<f64>> = (0..40)
        .map(|i| {
            let t = std::f64::consts::TAU * f64::from(i) / 40.0;
            shifted(&far, &frame[..2], &[2.0 * libm::cos(t), 0.5 * libm::sin(t)])
        })
        .collect();
    let found = principal(&points, &centre(&points), 2).unwrap();
    assert!((found.explained[0] - 4.0 / 4.25).abs() < 1e-12 && (found.explained.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!((dot(&found.directions[0], &frame[0]).abs() - 1.0).abs() < 1e-12);
    assert!(dot(&found.directions[0], &found.directions[1]).abs() < 1e-13);
    assert!((found.coordinates[0][0].abs() - 2.0).abs() < 1e-12 && found.coordinates[0][1].abs() < 1e-11);
    assert!(principal(&points, &centre(&points), 3).unwrap_err().contains("span 2"));
    assert!(principal(&[], &far, 1).is_err());

    // Projected on directions that are not orthogonal, with a part that stands off the plane.
    let skew = [frame[0].clone(), shifted(&frame[1], &frame[..1], &[0.7])];
    let off = shifted(&shifted(&far, &skew, &[1.5, -0.25]), &frame[2..], &[0.125]);
    let shade = shadow(&[off], &far, &skew).unwrap();
    assert!((shade.coordinates[0][0] - 1.5).abs() < 1e-12 && (shade.coordinates[0][1] + 0.25).abs() < 1e-12);
    assert!((shade.distances[0] - 0.125).abs() < 1e-12);
    assert!(shadow(&points, &far, &[frame[0].clone(), frame[0].clone()]).is_err());
}

#[test]
fn slices_are_values_on_lines_and_planes() {
    let mut f = rosenbrock(2);
    let t = even(-1.0, 1.0, 5);
    assert_eq!(t, [-1.0, -0.5, 0.0, 0.5, 1.0]);
    let along = line(&mut f, &[1.0, 1.0], &[1.0, 0.0], &t);
    assert_eq!((along.values[2], along.values[4]), (0.0, 901.0));
    let found = plane(&mut f, &[0.0, 0.0], [&[1.0, 0.0], &[0.0, 2.0]], &[0.0, 1.0], &[0.0, 0.5, 1.0]);
    assert_eq!(found.values, [1.0, 101.0, 401.0, 100.0, 0.0, 100.0]);
    assert_eq!((even(0.0, 3.0, 1), even(0.0, 3.0, 0).len()), (vec![1.5], 0));
}

/// Extreme curvatures of wells along two coordinates: 12 x² - 4 in each variable.
#[test]
fn a_map_of_eigenvalues() {
    let n = 100;
    let mut f = wells(n);
    let mut directions = [vec![0.0; n], vec![0.0; n]];
    directions[0][0] = 1.0;
    directions[1][1] = 1.0;
    let origin = vec![1.0; n];
    let (a, b) = (even(-1.0, 1.0, 5), even(-0.5, 1.0, 4));
    let found = map(&mut f, &origin, &directions, (&a, &b), (1e-6, 300), Key(5, 5)).unwrap();
    for (i, a) in a.iter().enumerate() {
        for (j, b) in b.iter().enumerate() {
            let curvature = |x: f64| 12.0 * (1.0 + x) * (1.0 + x) - 4.0;
            let all = [curvature(*a), curvature(*b), 8.0];
            let at = i * 4 + j;
            assert!(found.converged[at]);
            assert!((found.largest[at] - all.iter().fold(f64::MIN, |m, x| m.max(*x))).abs() < 1e-5, "{a} {b}");
            assert!((found.smallest[at] - all.iter().fold(f64::MAX, |m, x| m.min(*x))).abs() < 1e-5, "{a} {b}");
        }
    }
    assert_eq!(f.x, origin);
    assert!(map(&mut f, &origin, &directions, (&a, &b), (1e-6, 0), Key(5, 5)).is_err());
    let mut flat = saddle(50, 50);
    let found = map(&mut flat, &[0.0; 100], &[vec![1.0; 100], vec![0.5; 100]], (&a, &b), (1e-6, 100), Key(5, 5)).unwrap();
    assert!(found.largest.iter().all(|x| (x - 1.0).abs() < 1e-9) && found.smallest.iter().all(|x| (x + 1.0).abs() < 1e-9));
}
