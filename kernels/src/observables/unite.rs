//! Disjoint sets of sites in one array of parents (Galler and Fischer, Commun. ACM 7, 301 (1964)): roots are the smallest sites
//! of their sets, paths are halved on the way (van Leeuwen and Tarjan 1977).

/// Every site a set of its own.
pub fn start(parents: &mut Vec<u32>, sites: usize) {
    parents.clear();
    parents.extend(0..sites as u32);
}

/// The root of a site's set.
#[inline]
pub fn root(parents: &mut [u32], mut i: u32) -> u32 {
    loop {
        let p = parents[i as usize];
        if p == i {
            return i;
        }
        let above = parents[p as usize];
        parents[i as usize] = above;
        i = above;
    }
}

/// Makes one set of those of two sites.
#[inline]
pub fn unite(parents: &mut [u32], i: u32, j: u32) {
    let (a, b) = (root(parents, i), root(parents, j));
    if a < b {
        parents[b as usize] = a;
    } else {
        parents[a as usize] = b;
    }
}

/// Whether sites of these values belong together: equal ones, and where one value is asked for only those.
#[inline(always)]
pub fn alike(a: f64, b: f64, only: Option<f64>) -> bool {
    a == b && only.is_none_or(|v| a == v)
}
