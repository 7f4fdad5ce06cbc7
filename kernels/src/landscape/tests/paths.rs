//! Paths between points, and rises around one.

use super::super::Objective;
use super::super::path::{Training, bent, straight, train_bend};
use super::super::sharpness::{Ascent, average, one_step, worst};
use super::super::vectors::norm;
use super::functions::{deviation, diagonal, quartic, ring, rosenbrock, wells};
use crate::random::Key;

#[test]
fn the_barrier_of_a_straight_path() {
    let mut f = wells(2);
    let path = straight(&mut f, &[-1.0, 1.0], &[1.0, 1.0], 12).unwrap();
    // The top at t = 1/2 lies between the points.
    assert!((path.highest.0 - 0.5).abs() < 1e-3 && (path.barrier.above_ends - 1.0).abs() < 1e-6);
    assert_eq!((path.barrier.above_line, path.detour), (path.barrier.above_ends, 1.0));
    // A convex function has no barrier.
    let mut f = quartic(2);
    let path = straight(&mut f, &[-1.0, 0.0], &[2.0, 0.5], 21).unwrap();
    assert!(path.barrier.above_line < 1e-12 && path.barrier.above_ends == 0.0);
    // Ends of unlike heights: over the line, but not over the higher end.
    let mut f = diagonal(&[-2.0]);
    let path = straight(&mut f, &[0.0], &[3.0], 31).unwrap();
    assert!((path.barrier.above_line - 2.25).abs() < 1e-9 && path.barrier.above_ends == 0.0);
    assert!(straight(&mut f, &[0.0], &[3.0], 1).is_err());
}

/// Two opposite points of a ring of minima: the straight path crosses its middle, the bent one goes around.
#[test]
fn a_bend_goes_around() {
    let mut f = ring(6);
    let angle = |a: f64| [libm::cos(a), libm::sin(a), 0.0, 0.0, 0.0, 0.0];
    let (from, to) = (angle(0.0), angle(2.6));
    let line = straight(&mut f, &from, &to, 41).unwrap();
    let training = Training { steps: 400, rate: 0.05, places: 8, key: Key(1, 2) };
    let (bend, history) = train_bend(&mut f, &from, &to, &training).unwrap();
    let path = bent(&mut f, &from, &to, &bend, 41).unwrap();
    assert!(path.barrier.above_ends < 0.2 * line.barrier.above_ends, "{:?} {:?}", path.barrier, line.barrier);
    assert!(history.len() == 400 && history[399] < history[0] && norm(&bend[2..]) < 1e-3);
    assert!(path.detour > 1.1 && path.detour < 2.0, "{}", path.detour);
    // A bend in the middle of the ends is the straight path.
    let middle: Vec<f64> = from.iter().zip(&to).map(|(a, b)| 0.5 * (a + b)).collect();
    let same = bent(&mut f, &from, &to, &middle, 41).unwrap();
    assert!((same.detour - 1.0).abs() < 1e-12 && same.values.iter().zip(&line.values).all(|(a, b)| (a - b).abs() < 1e-12));
    assert!(train_bend(&mut f, &from, &to, &Training { rate: 0.0, ..training }).is_err());
}

#[test]
fn the_worst_rise_of_a_quadratic() {
    let mut f = diagonal(&[1.0, 4.0, -3.0, 0.5]);
    let mut ascent = Ascent { radius: 0.5, steps: 200, restarts: 3, units: None, key: Key(2, 2) };
    let found = worst(&mut f, &[0.0; 4], &ascent).unwrap();
    assert!((found.rise - 0.5).abs() < 1e-9, "{found:?}");
    assert!((found.displacement[1].abs() - 0.5).abs() < 1e-4 && found.ascents.len() == 4);
    assert_eq!(f.x, [0.0; 4]);
    // In the units (2, 1, 1, 0) the first variable is as sharp as the second, and the last is held.
    ascent.units = Some(vec![3.0, 1.0, 1.0, 0.0]);
    let found = worst(&mut f, &[0.0; 4], &ascent).unwrap();
    assert!((found.rise - 0.5 * 9.0 * 0.25).abs() < 1e-9 && found.displacement[3] == 0.0);
    // With a slope: the maximum of g x + x²/2 on a circle is at its end.
    let mut f = diagonal(&[1.0]);
    assert!((one_step(&mut f, &[2.0], 0.1).unwrap() - (2.1 * 2.1 - 4.0) / 2.0).abs() < 1e-14);
    for wrong in [0.0, -1.0, f64::NAN] {
        assert!(one_step(&mut f, &[2.0], wrong).is_err());
    }
    assert!(worst(&mut f, &[2.0], &ascent).unwrap_err().contains("units"));
}

/// SAM's step along the gradient is a lower bound for the ascent that starts with it.
#[test]
fn more_steps_rise_further() {
    let mut f = rosenbrock(5);
    let x = [0.4, -0.2, 0.8, 0.1, 0.0];
    let one = one_step(&mut f, &x, 0.3).unwrap();
    let ascent = Ascent { radius: 0.3, steps: 100, restarts: 2, units: None, key: Key(3, 3) };
    let more = worst(&mut f, &x, &ascent).unwrap();
    assert!(more.rise > one && norm(&more.displacement) <= 0.3 * (1.0 + 1e-12));
    let base = {
        f.move_to(&x);
        f.value()
    };
    f.move_to(&x.iter().zip(&more.displacement).map(|(x, d)| x + d).collect::<Vec<f64>>());
    assert!((f.value() - base - more.rise).abs() < 1e-12);
}

#[test]
fn the_average_rise_of_a_quadratic_is_half_the_trace() {
    let values: Vec<f64> = (0..50).map(|i| f64::from(i) * 0.1 - 1.0).collect();
    let mut f = diagonal(&values);
    let x = vec![3.0; 50];
    let found = average(&mut f, &x, 0.2, None, 500, Key(4, 4)).unwrap();
    assert!(deviation(found, 0.5 * 0.04 * values.iter().sum::<f64>()) < 5.5, "{found:?}");
    let units = vec![0.5; 50];
    let found = average(&mut f, &x, 0.4, Some(&units), 500, Key(4, 4)).unwrap();
    assert!(deviation(found, 0.5 * 0.04 * values.iter().sum::<f64>()) < 5.5);
    assert!(
        average(&mut f, &x, 0.0, None, 5, Key(4, 4)).is_err() && average(&mut f, &x, 0.1, Some(&[1.0]), 5, Key(4, 4)).is_err()
    );
}
