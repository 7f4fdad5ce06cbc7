//! What every kernel owes: checkpoints, writing and reading, refusals with reasons, forbidden states.

use super::*;
use crate::generic::Function;

/// A lattice of reals of some size with a spin and a vector, so that every kind of move and both widths of chunks occur.
fn lattice(side: usize) -> FieldModel {
    let n = side * side;
    let blocks = vec![line(n), block(n, Space::Finite(vec![-1.0, 1.0])), block(2, Space::Sphere(3)), block(3, Space::Circle)];
    model(blocks, |b, x| {
        let mut terms = Vec::new();
        for i in 0..n {
            for j in [i / side * side + (i + 1) % side, (i + side) % n] {
                terms.push(times(b, -0.4, &[x[i], x[j]]));
                terms.push(times(b, -0.2 - i as f64 * 0.01, &[x[n + i], x[n + j]]));
            }
            terms.push(power(b, 1.0, x[i], 2.0));
            terms.push(power(b, 0.1, x[i], 4.0));
            terms.push(times(b, 0.3, &[x[i], x[n + i]]));
        }
        for c in 0..3 {
            terms.push(times(b, -1.0, &[x[2 * n + c], x[2 * n + 3 + c]]));
            let cosine = b.unary(Function::Cos, x[2 * n + 6 + c]);
            terms.push(times(b, 0.5, &[cosine, x[c]]));
        }
        terms
    })
}

const RULES: [FieldRule; 4] = [FieldRule::Metropolis, HMC, MALA, FieldRule::Langevin { step: Some(0.01), adjusted: false }];

#[test]
fn energies_are_those_of_the_graph() {
    for side in [1, 2, 3, 8, 11] {
        let model = lattice(side);
        for rule in RULES {
            let mut kernel = Continuous::new(&model, rule, &lanes(2, 0.8)).unwrap();
            for _ in 0..5 {
                for lane in 0..2 {
                    let direct = model.graph.evaluate_at(&state(&kernel, lane));
                    let energy = kernel.energy(lane);
                    assert!((energy - direct).abs() <= 1e-11 * direct.abs().max(1.0), "side {side}: {energy} {direct}");
                }
                kernel.advance(10);
            }
        }
    }
}

#[test]
fn a_saved_kernel_goes_on_bit_for_bit() {
    let model = lattice(4);
    for rule in RULES {
        let mut lanes = lanes(3, 0.8);
        lanes[2].beta = f64::INFINITY;
        let mut kernel = Continuous::new(&model, rule, &lanes).unwrap();
        kernel.warm_up(7);
        let early = kernel.save();
        kernel.warm_up(9);
        kernel.advance(5);
        let saved = kernel.save();
        kernel.advance(11);

        let mut other = Continuous::new(&model, rule, &lanes).unwrap();
        other.restore(&saved).unwrap();
        assert_eq!(other.save(), saved);
        assert!((0.0..=1.0).contains(&other.acceptance().unwrap()));
        other.advance(4);
        other.advance(7);
        assert_eq!(other.save(), kernel.save(), "{rule:?}");
        for lane in 0..3 {
            assert_eq!(state(&other, lane), state(&kernel, lane));
            assert_eq!(other.energy(lane).to_bits(), kernel.energy(lane).to_bits());
        }
        // In the middle of the warm-up too.
        other.restore(&early).unwrap();
        other.warm_up(9);
        other.advance(5);
        assert_eq!(other.save(), saved, "{rule:?}");

        let before = other.save();
        for cut in 0..saved.len() {
            assert!(other.restore(&saved[..cut]).is_err());
        }
        assert!(other.restore(&[saved.clone(), vec![0; 8]].concat()).is_err());
        let mut broken = saved.clone();
        broken[8 + 32 + 8..8 + 32 + 16].copy_from_slice(&f64::NAN.to_le_bytes());
        assert!(other.restore(&broken).is_err());
        assert_eq!(other.save(), before);
    }
}

#[test]
fn lanes_do_not_depend_on_their_company() {
    let model = lattice(3);
    let all = lanes(3, 0.9);
    let mut together = Continuous::new(&model, HMC, &all).unwrap();
    together.warm_up(20);
    together.advance(20);
    for (k, lane) in all.iter().enumerate() {
        let mut alone = Continuous::new(&model, HMC, std::slice::from_ref(lane)).unwrap();
        alone.warm_up(20);
        alone.advance(20);
        assert_eq!(state(&alone, 0), state(&together, k));
    }
}

#[test]
fn what_is_written_is_read() {
    let model = lattice(3);
    let mut kernel = Continuous::new(&model, FieldRule::Metropolis, &lanes(2, 0.9)).unwrap();
    kernel.advance(20);
    let one = state(&kernel, 0);
    kernel.write(1, &one);
    assert_eq!(state(&kernel, 1), one);
    assert_eq!(kernel.energy(1).to_bits(), kernel.energy(0).to_bits());
    let mut strange = one.clone();
    (strange[0], strange[9], strange[18]) = (f64::NAN, 0.4, 7.0);
    kernel.write(1, &strange);
    let found = state(&kernel, 1);
    assert_eq!((found[0], found[9]), (0.0, 1.0));
    assert!((found[18] * found[18] + found[19] * found[19] + found[20] * found[20] - 1.0).abs() < 1e-12);
}

#[test]
fn refusals_say_why() {
    let reason = |model: &FieldModel, rule, beta, start: Option<Vec<f64>>| {
        let start = start.map_or(FieldStart::Random, FieldStart::Given);
        Continuous::new(model, rule, &[FieldLane { beta, key: Key(1, 2), start }]).err().unwrap()
    };
    let flat = |block: Block| model(vec![block], |b, x| vec![times(b, 1.0, &[x[0]])]);
    let spin = || flat(block(1, Space::Finite(vec![-1.0, 1.0])));
    assert!(reason(&spin(), HMC, 1.0, None).contains("`metropolis`"));
    assert!(reason(&flat(block(1, Space::Sphere(3))), MALA, 1.0, None).contains("`metropolis`"));
    assert!(reason(&flat(line(1)), FieldRule::HeatBath, 1.0, None).contains("`metropolis`"));
    assert!(reason(&flat(line(1)), FieldRule::Metropolis, 0.0, None).contains("infinite temperature"));
    assert!(reason(&flat(line(1)), FieldRule::Metropolis, -1.0, None).contains("negative"));
    assert!(reason(&flat(line(1)), FieldRule::Metropolis, f64::NAN, None).contains("NaN"));
    assert!(reason(&flat(line(1)), FieldRule::Langevin { step: None, adjusted: false }, 1.0, None).contains("step"));
    assert!(reason(&flat(line(1)), FieldRule::Hmc { steps: Some(0), step: None }, 1.0, None).contains("0 steps"));
    assert!(reason(&flat(line(1)), FieldRule::Hmc { steps: None, step: Some(-1.0) }, 1.0, None).contains("positive"));
    let mut wrong = flat(line(1));
    wrong.blocks[0].sites = 2;
    assert!(reason(&wrong, FieldRule::Metropolis, 1.0, None).contains("components"));
    let log = model(vec![between(-1.0, -0.5)], |b, x| vec![b.unary(Function::Ln, x[0])]);
    assert!(reason(&log, FieldRule::Metropolis, 1.0, None).contains("NaN"));
    let log = model(vec![line(1)], |b, x| vec![b.unary(Function::Ln, x[0])]);
    assert!(reason(&log, HMC, 1.0, Some(vec![0.0])).contains("inf"));
    let root = model(vec![between(0.0, 1.0)], |b, x| vec![b.unary(Function::Sqrt, x[0])]);
    assert!(reason(&root, HMC, 1.0, Some(vec![0.0])).contains("gradient"));
}

/// ln x is no number below 0: the chains stay above and sample x^-β e^(-β x²/2) there, of which <x²> is (1 - β) / β by parts.
#[test]
fn forbidden_states_are_never_entered() {
    let model = model(vec![line(1)], |b, x| {
        let log = b.unary(Function::Ln, x[0]);
        vec![times(b, -1.0, &[log]), power(b, 0.5, x[0], 2.0)]
    });
    // With E = -ln x + x²/2 the density is x^β e^(-β x²/2): <x²> = (1 + β) / β.
    let (beta, square) = (1.5, |x: &[f64]| x[0] * x[0]);
    for rule in [FieldRule::Metropolis, HMC, MALA] {
        let mut kernel = Continuous::new(&model, rule, &lanes(2, beta)).unwrap();
        for _ in 0..300 {
            kernel.advance(1);
            assert!(state(&kernel, 0)[0] > 0.0 && kernel.energy(0).is_finite());
        }
        agrees(&model, rule, beta, 1500, &[(&square, (1.0 + beta) / beta)]);
    }
}
