//! Jörg's move: Swendsen-Wang clusters of σ at fixed overlaps τ.

use super::ReplicaClusters;
use crate::cluster::bits::Bernoulli;
use crate::cluster::coin::Coin;

/// The largest β that enters a sum of fields, so that infinities do not cancel to what is not a number.
const COLDEST: f64 = 1e150;

/// The activation probabilities of satisfied bonds at two inverse temperatures, by strength of the coupling.
#[derive(Clone, Debug)]
pub(crate) struct Activations {
    betas: [f64; 2],
    /// β₁ + β₂ and β₁ - β₂: what multiplies J σ_i σ_j where τ_i τ_j is +1 and -1.
    factors: [f64; 2],
    draws: [Vec<Bernoulli>; 2],
}

impl Activations {
    /// Whether these are those of two inverse temperatures.
    pub fn serves(&self, betas: [f64; 2]) -> bool {
        self.betas.map(f64::to_bits) == betas.map(f64::to_bits)
    }
}

impl ReplicaClusters {
    pub(crate) fn activations(&self, betas: [f64; 2]) -> Activations {
        let zero_if_undefined = |x: f64| if x.is_nan() { 0.0 } else { x };
        let factors = [betas[0] + betas[1], betas[0] - betas[1]].map(zero_if_undefined);
        let draws = factors.map(|f| self.strengths.iter().map(|&s| Bernoulli::activation(f, s)).collect());
        Activations { betas, factors, draws }
    }

    /// One move with prepared probabilities; gives the number of sites flipped.
    pub(crate) fn jorg_with<C: Coin>(&mut self, a: &mut [u8], b: &mut [u8], activations: &Activations, coin: &mut C) -> usize {
        let opposite = activations.factors.map(|f| u8::from(f < 0.0));
        let alike = activations.factors[1] == 0.0;
        self.forest.scatter();
        for &(i, j, code) in &self.edges {
            let (x, y) = (i as usize, j as usize);
            let unequal = a[x] ^ a[y] ^ b[x] ^ b[y];
            if unequal == 1 && alike {
                continue;
            }
            let which = usize::from(unequal);
            let unsatisfied = a[x] ^ a[y] ^ (code & 1) as u8 ^ opposite[which];
            if unsatisfied == 0 && coin.chance(activations.draws[which][(code >> 1) as usize]) {
                self.forest.join(i, j);
            }
        }
        let n = a.len();
        self.sums.clear();
        self.sums.resize(n, [0.0; 2]);
        for i in 0..n {
            let root = self.forest.settle(i);
            if self.in_field {
                let h = self.adjacency.fields[i];
                self.sums[root][usize::from(a[i] ^ b[i])] += if a[i] == 1 { h } else { -h };
            }
        }
        let factors = activations.factors.map(|f| f.clamp(-COLDEST, COLDEST));
        let mut flipped = 0;
        for i in 0..n {
            let root = self.forest.settled(i);
            if root == i {
                // From here on the first sum of a root says whether its cluster flips.
                let exponent = 2.0 * (self.sums[i][0] * factors[0] + self.sums[i][1] * factors[1]);
                let p = if exponent == 0.0 { 0.5 } else { 1.0 / (1.0 + libm::exp(exponent)) };
                self.sums[i][0] = f64::from(u8::from(coin.chance(Bernoulli::of(p))));
            }
            if self.sums[root][0] != 0.0 {
                a[i] ^= 1;
                b[i] ^= 1;
                flipped += 1;
            }
        }
        flipped
    }
}
