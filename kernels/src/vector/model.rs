//! A model as the local updates read it: blocks with their couplings and site terms in single precision.
//!
//! Owns how a local field is summed. Coefficients are divided by the largest of them, the unit, so that no product overflows.

use super::energy::VectorEnergy;
use super::layout::{Block, Fetch, Layout};
use super::simd::{F, M, Row, Simd, WIDTH};

/// The couplings behind the slots.
pub(super) enum Weights {
    /// One number for all bonds.
    Uniform(f32),
    /// A row a slot.
    Bonds(Vec<Row<f32>>),
    /// n*n rows a slot.
    Matrices(Vec<Row<f32>>),
}

pub(super) struct Model {
    pub energy: VectorEnergy,
    pub layout: Layout,
    pub weights: Weights,
    /// Empty or n rows a block.
    pub fields: Vec<Row<f32>>,
    /// Empty or n*n rows a block.
    pub anisotropy: Vec<Row<f32>>,
    /// Energies are in multiples of this.
    pub unit: f64,
    /// Rows of one component of a state: the blocks, and one of zeros.
    pub rows: usize,
}

impl Model {
    /// The tables of an energy that [`VectorEnergy::check`] has passed.
    pub fn new(energy: &VectorEnergy) -> Model {
        let layout = Layout::new(energy.sites, &energy.bonds);
        let (n, unit) = (energy.n, energy.unit());
        let alike = energy.bonds.windows(2).all(|b| b[0].2 == b[1].2);
        let weights = if !energy.matrices.is_empty() {
            let entry = |half: u32, e: usize| match half {
                u32::MAX => 0.0,
                // The second site sees the transposed matrix.
                _ => {
                    let e = if half.is_multiple_of(2) { e } else { e % n * n + e / n };
                    (energy.matrices[half as usize / 2 * n * n + e] / unit) as f32
                }
            };
            Weights::Matrices(layout.half.iter().flat_map(|h| (0..n * n).map(|e| Row(h.0.map(|half| entry(half, e))))).collect())
        } else if alike {
            Weights::Uniform((energy.bonds.first().map_or(0.0, |b| b.2) / unit) as f32)
        } else {
            let number = |half: u32| if half == u32::MAX { 0.0 } else { (energy.bonds[half as usize / 2].2 / unit) as f32 };
            Weights::Bonds(layout.half.iter().map(|h| Row(h.0.map(number))).collect())
        };
        let blocks = layout.blocks.len();
        let spread = |entries: &[f64], each: usize| {
            let mut rows = vec![Row([0.0; WIDTH]); if entries.iter().all(|&x| x == 0.0) { 0 } else { blocks * each }];
            if !rows.is_empty() {
                for (site, entries) in entries.chunks_exact(each).enumerate() {
                    let place = layout.place[site] as usize;
                    for (e, x) in entries.iter().enumerate() {
                        rows[place / WIDTH * each + e].0[place % WIDTH] = (x / unit) as f32;
                    }
                }
            }
            rows
        };
        let (fields, anisotropy) = (spread(&energy.fields, n), spread(&energy.anisotropy, n * n));
        Model { energy: energy.clone(), weights, fields, anisotropy, unit, rows: blocks + 1, layout }
    }

    /// The numbers of a lane's state.
    pub fn length(&self) -> usize {
        self.energy.n * self.rows
    }

    /// The energy of a state.
    pub fn measure(&self, state: &[Row<f32>]) -> f64 {
        let Weights::Uniform(_) = self.weights else {
            let mut flat = vec![0.0; self.energy.sites * self.energy.n];
            self.read(state, &mut flat);
            return self.energy.energy(&flat);
        };
        let coupling = self.energy.bonds.first().map_or(0.0, |b| b.2);
        let mut pairs = 0.0;
        for c in 0..self.energy.n {
            pairs += self.products(&state[c * self.rows..][..self.rows]);
        }
        // Every bond was met from both ends.
        let mut energy = self.energy.constant - 0.5 * coupling * pairs;
        if !(self.fields.is_empty() && self.anisotropy.is_empty()) {
            let mut flat = vec![0.0; self.energy.sites * self.energy.n];
            self.read(state, &mut flat);
            let sites_only = VectorEnergy { bonds: Vec::new(), matrices: Vec::new(), constant: 0.0, ..self.energy.clone() };
            energy += sites_only.energy(&flat);
        }
        energy
    }

    /// [`Model::pair_products`] with the instructions that there are; the same bits with all.
    fn products(&self, component: &[Row<f32>]) -> f64 {
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2")]
            fn avx2(model: &Model, component: &[Row<f32>]) -> f64 {
                model.pair_products(component)
            }
            if is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has AVX2, as just found.
                return unsafe { avx2(self, component) };
            }
        }
        self.pair_products(component)
    }

    /// Σ over half-bonds of the products of one component at the two ends.
    #[inline(always)]
    fn pair_products(&self, component: &[Row<f32>]) -> f64 {
        let flat = component.as_flattened_numbers();
        let mut sum = [0.0f64; WIDTH];
        for (block, own) in self.layout.blocks.iter().zip(component) {
            for site in 0..block.sites() {
                let own = if block.tall { [own.0[site as usize]; WIDTH] } else { own.0 };
                for s in block.first + site * block.slots..block.first + (site + 1) * block.slots {
                    let slot = &self.layout.slots[s as usize];
                    let index = &self.layout.index[s as usize].0;
                    let mut other = [0.0; WIDTH];
                    if slot.fetch == Fetch::Gather {
                        for (x, &at) in other.iter_mut().zip(index) {
                            *x = flat[at as usize];
                        }
                    } else {
                        other[..8].copy_from_slice(&flat[slot.run[0] as usize..][..8]);
                        other[8..].copy_from_slice(&flat[slot.run[1] as usize..][..8]);
                        let mut patches = slot.mask;
                        while patches != 0 {
                            let l = patches.trailing_zeros() as usize;
                            other[l] = flat[index[l] as usize];
                            patches &= patches - 1;
                        }
                    }
                    for l in 0..WIDTH {
                        sum[l] += f64::from(own[l]) * f64::from(other[l]);
                    }
                }
            }
        }
        sum.iter().sum()
    }

    /// Writes a state as f64 components, site by site.
    pub fn read(&self, state: &[Row<f32>], out: &mut [f64]) {
        let n = self.energy.n;
        for (site, out) in out.chunks_exact_mut(n).enumerate() {
            let place = self.layout.place[site] as usize;
            for (c, x) in out.iter_mut().enumerate() {
                *x = f64::from(state[c * self.rows + place / WIDTH].0[place % WIDTH]);
            }
        }
    }

    /// Takes a state from f64 components, normalised on the way; what has no direction points along the first axis.
    pub fn write(&self, state: &mut [Row<f32>], from: &[f64]) {
        let n = self.energy.n;
        for (site, spin) in from.chunks_exact(n).enumerate() {
            let place = self.layout.place[site] as usize;
            let length = spin.iter().map(|x| x * x).sum::<f64>().sqrt();
            for (c, x) in spin.iter().enumerate() {
                let x = if length > 0.0 && length < f64::INFINITY { x / length } else { f64::from(c == 0) };
                state[c * self.rows + place / WIDTH].0[place % WIDTH] = x as f32;
            }
        }
    }

    /// The local field -∂E/∂S of the sixteen sites of a block, anisotropy left out.
    #[inline(always)]
    pub fn field<S: Simd, const N: usize>(&self, n: usize, b: usize, state: &[Row<f32>]) -> [F<S>; N] {
        let block = &self.layout.blocks[b];
        let mut h = if block.tall { self.tall(n, block, state) } else { self.slots(n, block.first, block.slots, state) };
        if let Weights::Uniform(coupling) = self.weights {
            for x in h.iter_mut().take(n) {
                *x = *x * coupling;
            }
        }
        if !self.fields.is_empty() {
            for (c, x) in h.iter_mut().enumerate().take(n) {
                *x = *x + F::load(&self.fields[b * n + c].0);
            }
        }
        h
    }

    /// The sums over the slots of each site of a tall block.
    #[inline(always)]
    fn tall<S: Simd, const N: usize>(&self, n: usize, block: &Block, state: &[Row<f32>]) -> [F<S>; N] {
        let mut rows = [[0.0f32; WIDTH]; N];
        for site in 0..block.sites() {
            let h = self.slots::<S, N>(n, block.first + site * block.slots, block.slots, state);
            for c in 0..n {
                rows[c][site as usize] = h[c].array().iter().sum();
            }
        }
        let mut h = [F::zero(); N];
        for c in 0..n {
            h[c] = F::load(&rows[c]);
        }
        h
    }

    /// Σ over some slots of weight times neighbour; without the weight where it is uniform.
    #[inline(always)]
    fn slots<S: Simd, const N: usize>(&self, n: usize, first: u32, count: u32, state: &[Row<f32>]) -> [F<S>; N] {
        let mut h = [F::zero(); N];
        let slots = first as usize..(first + count) as usize;
        match &self.weights {
            Weights::Uniform(_) => {
                for s in slots {
                    let spin = self.neighbours::<S, N>(n, s, state);
                    for c in 0..n {
                        h[c] = h[c] + spin[c];
                    }
                }
            }
            Weights::Bonds(rows) => {
                for s in slots {
                    let spin = self.neighbours::<S, N>(n, s, state);
                    let coupling = F::load(&rows[s].0);
                    for c in 0..n {
                        h[c] = coupling.fma(spin[c], h[c]);
                    }
                }
            }
            Weights::Matrices(rows) => {
                for s in slots {
                    let spin = self.neighbours::<S, N>(n, s, state);
                    for c in 0..n {
                        for d in 0..n {
                            h[c] = F::load(&rows[(s * n + c) * n + d].0).fma(spin[d], h[c]);
                        }
                    }
                }
            }
        }
        h
    }

    /// The sixteen neighbours of a slot.
    #[inline(always)]
    fn neighbours<S: Simd, const N: usize>(&self, n: usize, s: usize, state: &[Row<f32>]) -> [F<S>; N] {
        let slot = &self.layout.slots[s];
        let mut out = [F::zero(); N];
        let stride = self.rows * WIDTH;
        assert!(state.len() >= n * self.rows);
        let base = state.as_ptr().cast::<f32>();
        // SAFETY: a state has n components of `rows` rows; the layout keeps runs and positions within the rows of a component
        // (`run_of` and `void`). The instructions are those of the dispatched caller.
        unsafe {
            match slot.fetch {
                Fetch::Runs => {
                    for c in 0..n {
                        let p = base.add(c * stride);
                        out[c] = F(S::pair(p.add(slot.run[0] as usize), p.add(slot.run[1] as usize)));
                    }
                }
                Fetch::Patched => {
                    let mask = M::<S>::new(slot.mask);
                    for c in 0..n {
                        let p = base.add(c * stride);
                        let run = F(S::pair(p.add(slot.run[0] as usize), p.add(slot.run[1] as usize)));
                        let other = F(S::twice(p.add(slot.other[0] as usize), p.add(slot.other[1] as usize)));
                        out[c] = mask.select(other, run);
                    }
                }
                Fetch::Gather => {
                    for c in 0..n {
                        out[c] = F(S::gather(base.add(c * stride), self.layout.index[s].0.as_ptr()));
                    }
                }
            }
        }
        out
    }

    /// S^T D S of the sixteen sites of a block.
    #[inline(always)]
    pub fn self_energy<S: Simd, const N: usize>(&self, n: usize, b: usize, spin: &[F<S>; N]) -> F<S> {
        let mut sum = F::zero();
        for c in 0..n {
            for d in 0..n {
                sum = sum + F::load(&self.anisotropy[(b * n + c) * n + d].0) * spin[c] * spin[d];
            }
        }
        sum
    }
}

impl Block {
    /// The number of lists of slots: one, or in a tall block one a site.
    pub fn sites(&self) -> u32 {
        if self.tall { self.active.count_ones() } else { 1 }
    }
}

/// Rows as the numbers that they hold.
trait Numbers {
    fn as_flattened_numbers(&self) -> &[f32];
}

impl Numbers for [Row<f32>] {
    fn as_flattened_numbers(&self) -> &[f32] {
        // SAFETY: a row is sixteen numbers without padding (16 * 4 bytes, aligned to 64).
        unsafe { std::slice::from_raw_parts(self.as_ptr().cast(), self.len() * WIDTH) }
    }
}
