//! What saddles look like, against the closed laws, and those against each other and against simulation.

use super::super::critical::{Look, Settings, look, looks, projected, signature};
use super::super::dense::symmetric;
use super::super::directions::Normalise;
use super::super::draws::normals;
use super::super::looks::{curves_up, looks_like};
use super::super::operator::Hessian;
use super::super::{Block, Objective};
use super::functions::{diagonal, monkey, saddle};
use crate::random::Key;

/// The law of two directions by itself: over the mean p, the half difference and the off-diagonal q of A - B, by brute force
/// on the roots' density in two dimensions (midpoints in θ, where it is smooth).
fn by_grid(up: usize, down: usize) -> [f64; 3] {
    let n = 2000;
    let step = std::f64::consts::FRAC_PI_2 / n as f64;
    let point = |i: usize| {
        let x = (i as f64 + 0.5) * step;
        let (s, c) = (libm::sin(x), libm::cos(x));
        (s * s, s.powi(up as i32 - 2) * c.powi(down as i32 - 2))
    };
    let points: Vec<(f64, f64)> = (0..n).map(point).collect();
    let (mut minimum, mut maximum, mut all) = (0.0, 0.0, 0.0);
    for (i, (x, wx)) in points.iter().enumerate() {
        for (y, wy) in &points[..i] {
            let w = wx * wy * (x - y);
            all += w;
            if *y > 0.5 {
                minimum += w;
            }
            if *x < 0.5 {
                maximum += w;
            }
        }
    }
    [minimum / all, maximum / all, 1.0 - (minimum + maximum) / all]
}

#[test]
fn two_directions_by_integration() {
    for (up, down) in [(2, 2), (2, 5), (3, 3), (7, 4), (20, 20), (30, 17)] {
        let (found, right) = (looks_like(up, down, 2).unwrap(), by_grid(up, down));
        for k in 0..3 {
            assert!((found[k] - right[k]).abs() < 2e-3, "{up} {down}: {found:?} {right:?}");
        }
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
    // π/4 for the smallest case, and 1/√2 in the limit of many.
    assert!((looks_like(2, 2, 2).unwrap()[2] - std::f64::consts::FRAC_PI_4).abs() < 1e-14);
    assert!((looks_like(5_000_000, 5_000_000, 2).unwrap()[2] - std::f64::consts::FRAC_1_SQRT_2).abs() < 1e-7);
}

#[test]
fn one_direction_is_a_beta_law() {
    // χ² laws of one and two degrees of freedom: P(x² > y² + z²) = 1 - 1/√2.
    assert!((looks_like(1, 2, 1).unwrap()[0] - (1.0 - std::f64::consts::FRAC_1_SQRT_2)).abs() < 1e-14);
    assert!((looks_like(5, 5, 1).unwrap()[0] - 0.5).abs() < 1e-14 && looks_like(5, 5, 1).unwrap()[2] == 0.0);
    assert!((curves_up(3, 8) + curves_up(8, 3) - 1.0).abs() < 1e-14);
    assert_eq!((curves_up(4, 0), curves_up(0, 4)), (1.0, 0.0));
}

/// The Pfaffian of three and more directions against simulated Wishart matrices, five and a half errors allowed.
#[test]
fn more_directions_by_simulation() {
    let draws = 20_000;
    for (up, down, k) in [(5, 4, 3), (9, 2, 3), (12, 5, 4), (2, 9, 4), (1, 12, 5), (25, 9, 5), (3, 3, 4)] {
        let law = looks_like(up, down, k).unwrap();
        let mut counts = [0usize; 3];
        let mut g = vec![0.0; (up + down) * k];
        for draw in 0..draws {
            normals(Key(up as u64, 100 * k as u64).derive(draw), &mut g);
            let mut a = vec![0.0; k * k];
            for (r, row) in g.chunks_exact(k).enumerate() {
                let sign = if r < up { 1.0 } else { -1.0 };
                (0..k * k).for_each(|e| a[e] += sign * row[e / k] * row[e % k]);
            }
            match look(&symmetric(&mut a, k, false).unwrap().values, 0.0) {
                Look::Minimum => counts[0] += 1,
                Look::Maximum => counts[1] += 1,
                _ => counts[2] += 1,
            }
        }
        for e in 0..3 {
            let found = super::super::Estimate::fraction(counts[e], draws as usize);
            assert!((found.value - law[e]).abs() < 5.5 * found.error, "{up} {down} {k}: {counts:?} {law:?}");
        }
    }
}

/// The Pfaffian reproduces the closed forms where it is given one root or two: a saddle with `a` roots below k is that.
#[test]
fn fewer_roots_than_directions() {
    // Of 2 upward directions among many: the roots along k directions are two, of the law with (k, n - k).
    for (up, down, k) in [(2, 40, 3), (1, 40, 3), (2, 40, 7)] {
        let maximum = looks_like(up, down, k).unwrap()[1];
        let same = looks_like(k, up + down - k, up).unwrap()[1];
        assert!((maximum - same).abs() < 1e-12, "{maximum} {same}");
    }
    // Large numbers stay well conditioned: more directions, fewer definite looks, and symmetry.
    let mut before = 0.0;
    for k in 2..=12 {
        let [minimum, maximum, saddle] = looks_like(600, 400, k).unwrap();
        assert!(saddle >= before && (minimum + maximum + saddle - 1.0).abs() < 1e-9, "{k}: {minimum} {maximum} {saddle}");
        let other = looks_like(400, 600, k).unwrap();
        assert!((other[1] - minimum).abs() < 1e-9);
        before = saddle;
    }
    assert_eq!(looks_like(4, 0, 3).unwrap(), [1.0, 0.0, 0.0]);
    assert_eq!(looks_like(3, 2, 5).unwrap(), [0.0, 0.0, 1.0]);
    assert!(looks_like(1, 1, 3).is_err() && looks_like(1, 1, 0).is_err() && looks_like(100, 100, 50).is_err());
}

/// A projection of a random saddle against the law: the paper's claim. By chance the fractions are five and a half errors off
/// once in 10^7.
#[test]
fn projections_follow_the_law() {
    for (up, down) in [(75, 25), (60, 40), (50, 50), (100, 0)] {
        let mut f = saddle(up, down);
        for (directions, normalise) in [(1, Normalise::Not), (2, Normalise::Unit), (3, Normalise::Not)] {
            let settings = Settings { directions, normalise, ..Settings::new(2000, Key(up as u64, directions as u64)) };
            let blocks = f.blocks().to_vec();
            let found = looks(&mut Hessian(&mut f), &[0.0; 100], &blocks, &settings).unwrap();
            let law = looks_like(up, down, directions).unwrap();
            for (found, law) in [found.minimum, found.maximum, found.saddle].iter().zip(law) {
                assert!((found.value - law).abs() < 5.5 * found.error, "{up} {down} {directions}: {found:?} {law}");
            }
            let total = found.minimum.value + found.maximum.value + found.saddle.value + found.flat.value;
            assert!((total - 1.0).abs() < 1e-12 && found.curvatures.len() == 2000);
        }
    }
}

#[test]
fn the_true_directions_show_the_saddle() {
    let mut f = saddle(9, 1);
    let mut directions = vec![vec![0.0; 10]; 2];
    directions[0][2] = 1.0;
    directions[1][9] = 2.0;
    let curvatures = projected(&mut Hessian(&mut f), &directions).unwrap();
    assert_eq!(curvatures, [1.0, -4.0]);
    assert_eq!(look(&curvatures, 0.1), Look::Saddle);
    directions.push(vec![0.1; 10]);
    assert_eq!(projected(&mut Hessian(&mut f), &directions).unwrap().len(), 3);
}

#[test]
fn flat_points_and_signatures() {
    let mut f = monkey();
    let blocks = f.blocks().to_vec();
    let found = looks(&mut Hessian(&mut f), &[0.0; 2], &blocks, &Settings::new(50, Key(1, 1))).unwrap();
    assert_eq!(found.flat.value, 1.0);
    assert_eq!(
        [look(&[1.0, 1e-9], 1e-6), look(&[1.0, -1.0], 1e-6), look(&[-1.0], 0.0), look(&[], 0.0)],
        [Look::Flat, Look::Saddle, Look::Maximum, Look::Flat]
    );
    let s = signature(&[-2.0, -1e-9, 0.5, 4.0], 1e-6);
    assert_eq!((s.negative, s.zero, s.positive, s.condition, s.look), (1, 1, 2, f64::INFINITY, Look::Saddle));
    assert_eq!(signature(&[0.0; 3], 1e-6).condition, f64::INFINITY);
    let mut f = diagonal(&[1.0; 4]);
    let none = Settings { draws: 0, ..Settings::new(1, Key(0, 0)) };
    assert!(looks(&mut Hessian(&mut f), &[0.0; 4], &[], &none).is_err());
    let block = Block { name: "w".into(), start: 0, shape: vec![2, 2], unit: Some(1) };
    let filter = Settings { normalise: Normalise::Filter, ..Settings::new(5, Key(0, 0)) };
    assert!(looks(&mut Hessian(&mut f), &[0.0; 4], &[block], &filter).unwrap_err().contains("filters are zero"));
}
