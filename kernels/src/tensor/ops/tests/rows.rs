//! Products in parts: the rows of an outer product, and weights that several threads pack.

use super::super::super::graph::Op;
use super::super::{Prepared, Scratch, outer_rows};
use super::{check, some, value};

#[test]
fn rows_of_an_outer_product() {
    let (m, n) = (77, 35);
    for depth in [0, 1, 5, 300] {
        let single = |seed: u64, len: usize| some(len, seed).iter().map(|x| *x as f32).collect::<Vec<f32>>();
        let (x, g, before) = (single(1, depth * m), single(2, depth * n), single(3, m * n));
        for accumulate in [false, true] {
            let (mut whole, mut parts) = (before.clone(), before.clone());
            let mut scratch = Scratch::new();
            outer_rows((&x, m), (&g, n), 0..m, &mut whole, &mut scratch, accumulate);
            for part in [0..6, 6..30, 30..30, 30..77] {
                outer_rows((&x, m), (&g, n), part.clone(), &mut parts[part.start * n..part.end * n], &mut scratch, accumulate);
            }
            for (k, y) in whole.iter().enumerate() {
                let first = if accumulate { f64::from(before[k]) } else { 0.0 };
                let terms = (0..depth).map(|r| f64::from(x[r * m + k / n]) * f64::from(g[r * n + k % n]));
                let (sum, size) = terms.fold((first, first.abs()), |(s, a), t| (s + t, a + t.abs()));
                assert!((f64::from(*y) - sum).abs() <= 1e-6 * size);
                assert!((y - parts[k]).abs() <= 1e-6 * size as f32);
            }
        }
    }
}

#[test]
fn weights_packed_by_several_threads() {
    let pool = |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    for (transposed, shape) in [(false, [200, 177]), (true, [300, 129])] {
        let (k, n) = if transposed { (shape[1], shape[0]) } else { (shape[0], shape[1]) };
        let (op, x) = (Op::Linear { transposed }, some(7 * k, 5));
        let first = some(k * n, 6);
        let second = some(k * n, 7);
        let run = |threads: usize| {
            let mut out = vec![0.0f64; 7 * n];
            pool(threads).install(|| {
                let mut prepared = Prepared::new(&op, &first, &shape).expect("a product");
                prepared.renew(&second);
                prepared.run(&x, 7, &mut out, &mut Scratch::new());
            });
            out
        };
        assert_eq!(run(1), run(3));
        check(&op, &[value(&[k], true, 7, 5), value(&shape, false, 7, 7)], &[n], 7, k);
    }
}
