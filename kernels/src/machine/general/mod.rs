//! Machines of any finite units: -E = Σ_m η_m φ_m, each φ_m a product of functions of units.
//!
//! Functions of the same unit in one product are multiplied out when the machine is made, so that a term holds a unit once: an
//! *atom* is a unit with a table of values, and a term is a product of atoms of different units. Chains go in lanes of sixteen,
//! each with the values of all atoms; a unit is drawn from the fields on its atoms. Units go by colours (hidden ones first),
//! those of one colour share no term.

mod anneal;
mod chains;
mod lanes;
mod machine;
mod mean_field;
mod second;
mod singles;
mod sums;

use super::Coordinates;
use crate::colouring::Colouring;
use std::ops::Range;

/// A function of a unit: the value of a table at the unit's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor {
    pub unit: u32,
    pub table: u32,
}

/// A unit with a table of values.
#[derive(Clone, Copy, Debug)]
struct Atom {
    unit: usize,
    /// Where its table begins.
    table: usize,
}

/// A machine of any finite units.
#[derive(Clone, Debug)]
pub struct General {
    /// The number of labels of each unit, visible units first.
    sizes: Vec<usize>,
    visible: usize,
    /// By units.
    atoms: Vec<Atom>,
    atoms_of: Vec<Range<usize>>,
    tables: Vec<f64>,
    single_tables: Vec<f32>,
    /// The atoms of each term.
    terms: Lists,
    /// The uses of each atom: places in `entries`.
    uses: Vec<Range<usize>>,
    entries: Vec<Entry>,
    /// The other atoms of an entry's term.
    others: Vec<u32>,
    /// η by entries.
    coefficients: Vec<f64>,
    single_coefficients: Vec<f32>,
    coordinates: Coordinates,
    eta: Vec<f64>,
    /// Hidden units by colours, then visible ones by colours.
    order: Vec<usize>,
    independent: bool,
    /// Hidden units that share a term with a visible one.
    partners: Lists,
}

/// A use of an atom: the term, and where the other atoms of it stand.
#[derive(Clone, Copy, Debug)]
struct Entry {
    term: u32,
    first: u32,
    count: u32,
}

/// Lists of numbers, one after another.
#[derive(Clone, Debug)]
struct Lists {
    start: Vec<usize>,
    items: Vec<u32>,
}

impl Lists {
    fn new(lists: &[Vec<u32>]) -> Lists {
        let mut start = vec![0];
        lists.iter().for_each(|l| start.push(start[start.len() - 1] + l.len()));
        Lists { start, items: lists.concat() }
    }

    fn get(&self, k: usize) -> &[u32] {
        &self.items[self.start[k]..self.start[k + 1]]
    }

    fn len(&self) -> usize {
        self.start.len() - 1
    }
}

impl General {
    /// A machine of units with `sizes` labels, the first `visible` of them visible, and of one coefficient η for each term.
    pub fn new(
        sizes: &[usize],
        visible: usize,
        tables: &[Vec<f64>],
        terms: &[Vec<Factor>],
        coordinates: Coordinates,
    ) -> Result<General, String> {
        if visible == 0 || visible > sizes.len() {
            return Err("a machine needs visible units".into());
        }
        if sizes.iter().any(|q| *q == 0 || *q > 1 << 16) {
            return Err("a unit has no values, or too many".into());
        }
        if coordinates.len() != terms.len() {
            return Err(format!("{} coefficients for {} terms", coordinates.len(), terms.len()));
        }
        let (atoms, all, members) = atoms(sizes, tables, terms)?;
        let of = |u: usize| atoms.partition_point(|a| a.unit < u)..atoms.partition_point(|a| a.unit <= u);
        let atoms_of: Vec<_> = (0..sizes.len()).map(of).collect();
        let mut by_atom = vec![vec![]; atoms.len()];
        for (m, list) in members.iter().enumerate() {
            list.iter().for_each(|a| by_atom[*a as usize].push(m));
        }
        let (mut uses, mut entries, mut others) = (vec![], vec![], vec![]);
        for (a, list) in by_atom.iter().enumerate() {
            let first = entries.len();
            for m in list {
                let begin = others.len();
                others.extend(members[*m].iter().filter(|b| **b as usize != a));
                entries.push(Entry { term: *m as u32, first: begin as u32, count: (others.len() - begin) as u32 });
            }
            uses.push(first..entries.len());
        }
        let unit = |a: &u32| atoms[*a as usize].unit;
        let hidden = |list: &Vec<u32>| list.iter().filter(|a| unit(a) >= visible).count();
        let mut partners = vec![vec![]; visible];
        for list in &members {
            for i in list.iter().map(unit).filter(|i| *i < visible) {
                partners[i].extend(list.iter().map(unit).filter(|j| *j >= visible).map(|j| j as u32));
            }
        }
        for list in &mut partners {
            list.sort_unstable();
            list.dedup();
        }
        let units: Vec<Vec<usize>> = members.iter().map(|list| list.iter().map(unit).collect()).collect();
        let mut machine = General {
            order: order(sizes.len(), visible, &units)?,
            independent: members.iter().all(|list| hidden(list) <= 1),
            partners: Lists::new(&partners),
            coefficients: vec![0.0; entries.len()],
            single_coefficients: vec![0.0; entries.len()],
            single_tables: all.iter().map(|x| *x as f32).collect(),
            tables: all,
            terms: Lists::new(&members),
            sizes: sizes.to_vec(),
            visible,
            atoms,
            atoms_of,
            uses,
            entries,
            others,
            eta: vec![],
            coordinates,
        };
        machine.renew(&vec![0.0; machine.coordinates.dimension()])?;
        Ok(machine)
    }

    fn renew(&mut self, theta: &[f64]) -> Result<(), String> {
        self.coordinates.apply(theta, &mut self.eta)?;
        for (k, e) in self.entries.iter().enumerate() {
            self.coefficients[k] = self.eta[e.term as usize];
            self.single_coefficients[k] = self.eta[e.term as usize] as f32;
        }
        Ok(())
    }

    /// The table of an atom.
    fn table(&self, atom: usize) -> &[f64] {
        let a = self.atoms[atom];
        &self.tables[a.table..a.table + self.sizes[a.unit]]
    }

    fn units(&self) -> usize {
        self.sizes.len()
    }
}

/// Every term as atoms of different units, the atoms in the order of units, and their tables.
#[allow(clippy::type_complexity)]
fn atoms(sizes: &[usize], tables: &[Vec<f64>], terms: &[Vec<Factor>]) -> Result<(Vec<Atom>, Vec<f64>, Vec<Vec<u32>>), String> {
    // (unit, tables that are multiplied), sorted: a name for an atom.
    let mut names: Vec<(u32, Vec<u32>)> = vec![];
    let mut named: Vec<Vec<(u32, Vec<u32>)>> = vec![];
    for term in terms {
        let mut list: Vec<(u32, Vec<u32>)> = vec![];
        for f in term {
            let fits = sizes.get(f.unit as usize).zip(tables.get(f.table as usize)).is_some_and(|(q, t)| t.len() == *q);
            if !fits {
                return Err(format!("{f:?} is no function of a unit of the machine"));
            }
            match list.iter_mut().find(|x| x.0 == f.unit) {
                Some(x) => x.1.push(f.table),
                None => list.push((f.unit, vec![f.table])),
            }
        }
        list.iter_mut().for_each(|x| x.1.sort_unstable());
        list.sort();
        names.extend(list.iter().cloned());
        named.push(list);
    }
    if tables.iter().flatten().any(|x| !x.is_finite()) {
        return Err("a value of a unit is no finite number".into());
    }
    names.sort();
    names.dedup();
    let (mut atoms, mut all) = (vec![], vec![]);
    for (unit, list) in &names {
        atoms.push(Atom { unit: *unit as usize, table: all.len() });
        all.extend((0..sizes[*unit as usize]).map(|k| list.iter().map(|t| tables[*t as usize][k]).product::<f64>()));
    }
    let place = |x: &(u32, Vec<u32>)| names.binary_search(x).map_or(0, |k| k as u32);
    let members = named.iter().map(|list| list.iter().map(place).collect()).collect();
    Ok((atoms, all, members))
}

/// Hidden units by colours, then visible ones.
fn order(units: usize, visible: usize, terms: &[Vec<usize>]) -> Result<Vec<usize>, String> {
    let mut order = vec![];
    for range in [visible..units, 0..visible] {
        let mut edges = vec![];
        for list in terms {
            for (k, i) in list.iter().enumerate().filter(|(_, i)| range.contains(i)) {
                for j in list[k + 1..].iter().filter(|j| range.contains(j)) {
                    edges.push(((i - range.start) as u32, (j - range.start) as u32));
                }
            }
        }
        let colouring = Colouring::new(range.len(), &edges)?;
        order.extend(colouring.order().iter().map(|u| range.start + *u as usize));
    }
    Ok(order)
}
