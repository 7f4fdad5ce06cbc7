//! Every outcome of an update with its probability: exact transition matrices for tests.

use super::bits::Bernoulli;
use super::coin::Coin;

/// A [`Coin`] that is led through all branches of the tree of choices, depth first.
#[derive(Default)]
pub(crate) struct Tree {
    /// The probabilities at each choice so far, and the branch taken.
    path: Vec<(Vec<f64>, usize)>,
    depth: usize,
}

impl Tree {
    /// Runs an update once for each outcome; `visit` makes the update with the coin, and then gets the outcome's probability.
    pub fn outcomes<T>(mut update: impl FnMut(&mut Tree) -> T, mut visit: impl FnMut(T, f64)) {
        let mut tree = Tree::default();
        loop {
            tree.depth = 0;
            let result = update(&mut tree);
            visit(result, tree.path.iter().map(|(p, k)| p[*k]).product());
            // The next branch of the deepest choice that has one.
            loop {
                let Some((p, k)) = tree.path.pop() else { return };
                if let Some(next) = (k + 1..p.len()).find(|&next| p[next] > 0.0) {
                    tree.path.push((p, next));
                    break;
                }
            }
        }
    }

    fn choose(&mut self, p: Vec<f64>) -> usize {
        if self.depth == self.path.len() {
            let first = p.iter().position(|&p| p > 0.0).unwrap();
            self.path.push((p, first));
        } else {
            assert_eq!(self.path[self.depth].0, p, "an update must depend on its state and its coin alone");
        }
        self.depth += 1;
        self.path[self.depth - 1].1
    }
}

impl Coin for Tree {
    fn chance(&mut self, p: Bernoulli) -> bool {
        let p = p.probability();
        self.choose(vec![1.0 - p, p]) == 1
    }

    fn below(&mut self, n: u32) -> u32 {
        self.choose(vec![1.0 / f64::from(n); n as usize]) as u32
    }

    fn pick(&mut self, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().sum();
        self.choose(weights.iter().map(|w| w / total).collect())
    }
}

/// The exact transition matrix of an update on the `q`^`sites` states leaves exp(-β E) as it is, to a relative 1e-12; also
/// detailed balance where `balanced`. Gives the number of pairs of unlike states with a positive probability.
pub(crate) fn stationary(
    q: u8,
    sites: usize,
    beta: f64,
    energy: &dyn Fn(&[u8]) -> f64,
    balanced: bool,
    update: &mut dyn FnMut(&mut [u8], &mut Tree),
) -> usize {
    let count = usize::from(q).pow(sites as u32);
    let digits = |mut index: usize| -> Vec<u8> {
        (0..sites)
            .map(|_| {
                let digit = (index % usize::from(q)) as u8;
                index /= usize::from(q);
                digit
            })
            .collect()
    };
    let index = |state: &[u8]| state.iter().rev().fold(0, |n, &s| n * usize::from(q) + usize::from(s));
    let weight: Vec<f64> = (0..count).map(|x| libm::exp(-beta * energy(&digits(x)))).collect();
    let mut matrix = vec![vec![0.0; count]; count];
    for (x, row) in matrix.iter_mut().enumerate() {
        Tree::outcomes(
            |tree| {
                let mut state = digits(x);
                update(&mut state, tree);
                index(&state)
            },
            |y, p| row[y] += p,
        );
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
    for y in 0..count {
        let flow: f64 = (0..count).map(|x| weight[x] * matrix[x][y]).sum();
        assert!((flow - weight[y]).abs() < 1e-12 * weight[y], "state {:?}: {flow} instead of {}", digits(y), weight[y]);
        for x in (0..count).filter(|_| balanced) {
            let (there, back) = (weight[x] * matrix[x][y], weight[y] * matrix[y][x]);
            assert!((there - back).abs() <= 1e-12 * (there + back), "{:?} to {:?}: {there}, {back}", digits(x), digits(y));
        }
    }
    (0..count).map(|x| (0..count).filter(|&y| y != x && matrix[x][y] > 0.0).count()).sum()
}
