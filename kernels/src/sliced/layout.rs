//! Which sites are moved together, and where their neighbours stand.
//!
//! Owns the colouring of the graph and its cutting into words and batches; knows no state, no temperature and no random number.
//!
//! The copies of a site stand side by side in a *unit* of 1 or 8 to 512 bits. A word of 512 bits holds one unit, or with fewer
//! copies the units of several sites of one colour. Units of a byte or more stand in the order of the sites; bits stand in
//! the order of their words, so that the sites of a word lie side by side. Two units stand behind those of the sites: the *ghost*, a spin that is +1
//! for ever, and the *sink*, which takes the place of sites where a word is not full. A field is a bond to the ghost, and a
//! pair of opposite bonds to the ghost makes up for missing neighbours.

use super::super::bitpacked::wide::Word;
use super::super::sparse::adjacency::Adjacency;
use super::bits::Bits;

/// The largest sum of |coupling| and |field| of a site, in units, that the kernel takes.
pub(super) const LARGEST: i32 = 127;

/// Sites with sums up to this are counted by a network of full adders without a loop.
pub(super) const SMALL: i32 = 7;

/// Words that are decided together. They are of one colour, so that none sees another.
pub(super) const BATCH: usize = 4;

/// Binary places of |coupling|.
pub(super) const PLANES: usize = 7;

/// A few words of one colour and one parity of the sum of |couplings|.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    /// The sum of |couplings| of each site, 1..=[`SMALL`]; 0: the words are described by `Layout::large`.
    pub kind: u8,
    pub words: u8,
    /// 1 where the sums of |couplings| are odd.
    pub parity: u8,
    /// Every |local field| / 2, rounded up to a class, lies below this.
    pub classes: u8,
    /// The first word: its sites in `own`, in units of [`Layout::sites_a_word`], and in `large` as counted there.
    pub first: usize,
    /// The first entry of a small batch.
    pub entries: usize,
    pub large: usize,
}

/// A word whose sites have many neighbours or large couplings.
#[derive(Clone, Debug)]
pub(super) struct LargeWord {
    pub entries: usize,
    /// The sum of |couplings|, entries that make up for missing ones included.
    pub sum: u8,
    /// The number of entries of each binary place of |coupling|, all even.
    pub counts: [u8; PLANES],
}

/// The bonds of one binary place of |coupling| and of one sign, in groups of [`Layout::sites_a_word`] bonds.
#[derive(Clone, Debug, Default)]
pub(super) struct Plane {
    /// Entries of the two ends without signs, group after group: first all left ends of a group, then the right ones. The last
    /// group is filled with bonds of the ghost with itself.
    pub ends: Vec<u32>,
    /// The same for units of one bit.
    pub bits: Bits,
    pub groups: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The bits of a unit: 1, 8, 16, 32, 64, 128, 256 or 512.
    pub unit: usize,
    pub sites: usize,
    /// The unit of each site, then of the ghost and of the sink.
    places: Vec<u32>,
    pub batches: Vec<Batch>,
    pub large: Vec<LargeWord>,
    /// The sites of each word (entries without a sign).
    pub own: Vec<u32>,
    /// The slots of each word that hold sites: the first ones.
    pub filled: Vec<u16>,
    /// Neighbours: unit number times two, plus one where the coupling is negative. Of a small word: entry after entry, the
    /// slots of the word innermost; of a large one the same, place after place of |coupling|.
    pub entries: Vec<u32>,
    /// The same for units of one bit.
    pub bits: Bits,
    /// Of each binary place: positive couplings, and negative ones.
    pub planes: Vec<[Plane; 2]>,
    /// Σ |coupling| over the bonds, fields included, and over the negative ones.
    pub weight: i64,
    pub negative_weight: i64,
    /// The largest number of classes of even and odd sums.
    pub classes: [usize; 2],
}

/// Greedy colours: no two neighbours have the same one. Gives the sites of each.
fn colours(graph: &Adjacency<i8>) -> Vec<Vec<u32>> {
    let n = graph.sites();
    let mut colour = vec![u32::MAX; n];
    let mut groups: Vec<Vec<u32>> = Vec::new();
    let mut seen: Vec<usize> = Vec::new();
    for i in 0..n {
        for &(j, _) in graph.row(i) {
            if let Some(s) = seen.get_mut(colour[j as usize] as usize) {
                *s = i;
            }
        }
        let free = seen.iter().position(|&s| s != i).unwrap_or_else(|| {
            seen.push(usize::MAX);
            groups.push(Vec::new());
            groups.len() - 1
        });
        colour[i] = free as u32;
        groups[free].push(i as u32);
    }
    groups
}

/// The entries of a site, place after place of |coupling|; then all of them once for each unit of |coupling|.
struct Site {
    planes: [Vec<u32>; PLANES],
    sum: i32,
}

impl Site {
    fn new(graph: &Adjacency<i8>, i: usize, ghost: u32) -> Site {
        let mut site = Site { planes: Default::default(), sum: 0 };
        for (to, k) in graph.row(i).iter().copied().chain([(ghost, graph.fields[i])]) {
            let size = i32::from(k).unsigned_abs();
            for (p, plane) in site.planes.iter_mut().enumerate() {
                if size >> p & 1 == 1 {
                    plane.push(to << 1 | u32::from(k < 0));
                }
            }
            site.sum += size as i32;
        }
        site
    }

    /// A site that nobody reads, of sum 0 or 1.
    fn sink(ghost: u32, odd: bool) -> Site {
        let mut site = Site { planes: Default::default(), sum: i32::from(odd) };
        if odd {
            site.planes[0].push(ghost << 1);
        }
        site
    }

    /// Bonds to the ghost that cancel each other, until the sum is `sum`.
    fn fill(&mut self, sum: i32, ghost: u32) {
        while self.sum < sum {
            self.planes[0].extend([ghost << 1, ghost << 1 | 1]);
            self.sum += 2;
        }
    }

    /// Every entry as often as |coupling| says.
    fn repeated(&self) -> Vec<u32> {
        let times =
            |(p, plane): (usize, &Vec<u32>)| plane.iter().flat_map(move |&e| std::iter::repeat_n(e, 1 << p)).collect::<Vec<_>>();
        self.planes.iter().enumerate().flat_map(times).collect()
    }
}

impl Layout {
    /// The layout of a graph in units of `unit` bits.
    pub fn new(graph: &Adjacency<i8>, unit: usize) -> Layout {
        let sites = graph.sites();
        let mut layout = Layout {
            unit,
            sites,
            places: (0..sites as u32 + 2).collect(),
            batches: Vec::new(),
            large: Vec::new(),
            own: Vec::new(),
            filled: Vec::new(),
            entries: Vec::new(),
            bits: Bits::default(),
            planes: Vec::new(),
            weight: 0,
            negative_weight: 0,
            classes: [1, 0],
        };
        let sum = |i: u32| {
            let bonds: i32 = graph.row(i as usize).iter().map(|&(_, k)| i32::from(k).abs()).sum();
            bonds + i32::from(graph.fields[i as usize]).abs()
        };
        let mut parts: Vec<(i32, Vec<u32>)> = Vec::new();
        for mut group in colours(graph) {
            // Like beside like: a stable order by parity and falling sum.
            group.sort_by_key(|&i| (sum(i) & 1, -sum(i)));
            let odd = group.partition_point(|&i| sum(i) & 1 == 0);
            let odds = group.split_off(odd);
            parts.extend([(0, group), (1, odds)]);
        }
        if unit == 1 {
            layout.beside(&parts);
        }
        for (parity, part) in &parts {
            layout.colour(graph, part, *parity);
        }
        layout.measured_bonds(graph);
        if unit == 1 {
            layout.bits = Bits::new(&layout.entries, layout.units());
            layout.entries = Vec::new();
        }
        layout
    }

    /// Numbers the units so that the sites of a word stand side by side.
    fn beside(&mut self, parts: &[(i32, Vec<u32>)]) {
        let slots = self.sites_a_word();
        let mut word = 0;
        for chunk in parts.iter().flat_map(|(_, part)| part.chunks(slots)) {
            for (slot, &i) in chunk.iter().enumerate() {
                self.places[i as usize] = (word * slots + slot) as u32;
            }
            word += 1;
        }
        // The ghost has a word of its own. The sink is not read or written: slots without a site are there for themselves.
        self.places[self.sites] = (word * slots) as u32;
        self.places[self.sites + 1] = (word * slots + 1) as u32;
    }

    pub fn sites_a_word(&self) -> usize {
        Word::BITS / self.unit
    }

    /// The number that stands for the ghost among sites.
    pub fn ghost(&self) -> u32 {
        self.sites as u32
    }

    /// The unit of a site, or of the ghost.
    pub fn place(&self, site: usize) -> usize {
        self.places[site] as usize
    }

    /// Units of the state: the sites, the ghost, the sink.
    pub fn units(&self) -> usize {
        self.places[self.sites + 1] as usize + 1
    }

    /// Entries of sites as entries of their units.
    fn placed(&self, entries: impl Iterator<Item = u32>) -> Vec<u32> {
        entries.map(|e| self.places[(e >> 1) as usize] << 1 | e & 1).collect()
    }

    /// Cuts sites of one colour and parity into words and batches.
    fn colour(&mut self, graph: &Adjacency<i8>, part: &[u32], parity: i32) {
        let (slots, ghost) = (self.sites_a_word(), self.ghost());
        for chunk in part.chunks(slots) {
            let mut word: Vec<Site> = chunk.iter().map(|&i| Site::new(graph, i as usize, ghost)).collect();
            word.resize_with(slots, || Site::sink(ghost, parity == 1));
            // A sum of 0 would need a kind of its own; two opposite bonds make it 2.
            let sum = word.iter().map(|s| s.sum).max().unwrap_or(0).max(2 - parity);
            word.iter_mut().for_each(|s| s.fill(sum, ghost));
            let kind = if sum <= SMALL { sum as u8 } else { 0 };
            let classes = (sum / 2 + 1) as usize;
            self.classes[parity as usize] = self.classes[parity as usize].max(classes);
            let first = self.own.len() / slots;
            self.own.extend((0..slots).map(|s| chunk.get(s).map_or(ghost + 1, |&i| i) << 1));
            self.filled.push(chunk.len() as u16);
            let open = |b: &Batch| {
                let last = b.first + usize::from(b.words) == first && usize::from(b.words) < BATCH;
                // The first word of a colour and parity opens a batch.
                last && b.kind == kind && chunk.as_ptr() != part.as_ptr()
            };
            match self.batches.last_mut().filter(|b| open(b)) {
                Some(b) => {
                    b.words += 1;
                    b.classes = b.classes.max(classes as u8);
                }
                None => self.batches.push(Batch {
                    kind,
                    words: 1,
                    parity: parity as u8,
                    classes: classes as u8,
                    first,
                    entries: self.entries.len(),
                    large: self.large.len(),
                }),
            }
            if kind != 0 {
                let lists: Vec<Vec<u32>> = word.iter().map(Site::repeated).collect();
                for e in 0..sum as usize {
                    self.entries.extend(self.placed(lists.iter().map(|l| l[e])));
                }
            } else {
                self.large_word(&mut word, sum, ghost);
            }
        }
    }

    fn large_word(&mut self, word: &mut [Site], sum: i32, ghost: u32) {
        let mut counts = [0; PLANES];
        let entries = self.entries.len();
        for (p, count) in counts.iter_mut().enumerate() {
            let most = word.iter().map(|s| s.planes[p].len()).max().unwrap_or(0).next_multiple_of(2);
            // The ghost's opposite is a bit that is never set: it counts nothing.
            word.iter_mut().for_each(|s| s.planes[p].resize(most, ghost << 1 | 1));
            *count = most as u8;
            for e in 0..most {
                self.entries.extend(self.placed(word.iter().map(|s| s.planes[p][e])));
            }
        }
        self.large.push(LargeWord { entries, sum: sum as u8, counts });
    }

    fn measured_bonds(&mut self, graph: &Adjacency<i8>) {
        let ghost = self.ghost();
        let mut pairs: [[Vec<(u32, u32)>; 2]; PLANES] = Default::default();
        for i in 0..graph.sites() {
            let above = graph.row(i).iter().copied().filter(|&(j, _)| j as usize > i);
            for (to, k) in above.chain([(ghost, graph.fields[i])]) {
                let size = i32::from(k).unsigned_abs();
                self.weight += i64::from(size);
                self.negative_weight += if k < 0 { i64::from(size) } else { 0 };
                for (p, plane) in pairs.iter_mut().enumerate() {
                    if size >> p & 1 == 1 {
                        plane[usize::from(k < 0)].push((i as u32, to));
                    }
                }
            }
        }
        self.planes = pairs.into_iter().map(|both| both.map(|pairs| self.plane(pairs))).collect();
    }

    fn plane(&self, mut pairs: Vec<(u32, u32)>) -> Plane {
        let (slots, ghost) = (self.sites_a_word(), self.ghost());
        pairs.resize(pairs.len().next_multiple_of(slots), (ghost, ghost));
        let ends = self.placed(pairs.chunks(slots).flat_map(|c| c.iter().map(|p| p.0 << 1).chain(c.iter().map(|p| p.1 << 1))));
        let groups = pairs.len() / slots;
        if self.unit == 1 {
            Plane { bits: Bits::new(&ends, self.units()), groups, ends: Vec::new() }
        } else {
            Plane { bits: Bits::default(), groups, ends }
        }
    }
}
