//! Houdayer's isoenergetic cluster move.

use super::ReplicaClusters;
use crate::cluster::bits::Bernoulli;
use crate::cluster::coin::Coin;

impl ReplicaClusters {
    /// One move: the sites where the replicas differ stay the same, and so does the number from which the first is
    /// drawn, so that a move and its reverse are alike.
    pub(super) fn houdayer_with<C: Coin>(&mut self, a: &mut [u8], b: &mut [u8], betas: [f64; 2], coin: &mut C) -> usize {
        let differ = a.iter().zip(b.iter()).filter(|(x, y)| x != y).count();
        if differ == 0 {
            return 0;
        }
        let nth = coin.below(differ as u32) as usize;
        let Some(seed) = (0..a.len()).filter(|&i| a[i] != b[i]).nth(nth) else { return 0 };
        self.queue.clear();
        self.queue.push(seed as u32);
        self.marked[seed] = true;
        let mut head = 0;
        while head < self.queue.len() {
            let i = self.queue[head] as usize;
            head += 1;
            for &(j, _) in self.adjacency.row(i) {
                let j = j as usize;
                if a[j] != b[j] && !self.marked[j] {
                    self.marked[j] = true;
                    self.queue.push(j as u32);
                }
            }
        }
        let accepted = betas[0] == betas[1] || {
            let gain = self.gain(a);
            gain == 0.0 || coin.chance(Bernoulli::of(libm::exp(-(betas[0] - betas[1]) * gain)))
        };
        for &i in &self.queue {
            let i = i as usize;
            self.marked[i] = false;
            if accepted {
                std::mem::swap(&mut a[i], &mut b[i]);
            }
        }
        if accepted { self.queue.len() } else { 0 }
    }

    /// What flipping the marked sites of the queue adds to the energy of a state.
    fn gain(&self, a: &[u8]) -> f64 {
        let spin = |i: usize| if a[i] == 1 { 1.0 } else { -1.0 };
        let mut gain = 0.0;
        for &i in &self.queue {
            let i = i as usize;
            let outside = self.adjacency.row(i).iter().filter(|entry| !self.marked[entry.0 as usize]);
            let field: f64 = outside.map(|&(j, coupling)| coupling * spin(j as usize)).sum();
            gain += 2.0 * spin(i) * (field + self.adjacency.fields[i]);
        }
        gain
    }
}
