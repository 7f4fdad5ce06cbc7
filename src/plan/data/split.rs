//! Splits of a data set into parts that have no example in common.

use super::rows::permutation;
use crate::kernels::random::Key;
use crate::plan::draw::key_pair;
use serde::{Deserialize, Serialize};

/// A part of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    Train,
    Validation,
    Test,
}

/// How much of a set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Share {
    Fraction(f64),
    Count(usize),
}

/// How a set is split. What is neither test nor validation is for training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    pub test: Share,
    pub validation: Option<Share>,
    /// Every class, where there are classes, is shared out in the same proportions.
    pub stratify: bool,
    /// The key of the order in which examples are dealt out; without one they keep their order, and the parts follow each
    /// other: training, validation, test.
    #[serde(with = "maybe_key")]
    pub key: Option<Key>,
}

mod maybe_key {
    use super::{Key, key_pair};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Pair(#[serde(with = "key_pair")] Key);

    pub fn serialize<S: Serializer>(key: &Option<Key>, serializer: S) -> Result<S::Ok, S::Error> {
        key.map(Pair).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Key>, D::Error> {
        Ok(Option::<Pair>::deserialize(deserializer)?.map(|p| p.0))
    }
}

impl Share {
    fn of(self, n: usize, what: &str) -> Result<usize, String> {
        let count = match self {
            Share::Count(count) => count,
            Share::Fraction(f) if f > 0.0 && f < 1.0 => libm::round(f * n as f64) as usize,
            Share::Fraction(f) => return Err(format!("a fraction for {what} lies between 0 and 1, found {f}")),
        };
        match count {
            0 => Err(format!("no example of {n} is left for {what}")),
            count => Ok(count),
        }
    }
}

impl Split {
    /// The rows of a part, of 0..n. `labels`: the classes of the rows, where they have some.
    pub(super) fn rows(&self, n: usize, labels: Option<&[u32]>, part: Part) -> Result<Vec<u32>, String> {
        let test = self.test.of(n, "the test part")?;
        let validation = self.validation.map_or(Ok(0), |v| v.of(n, "the validation part"))?;
        if test.saturating_add(validation) >= n {
            let rest = if validation > 0 {
                format!("{test} for test and {validation} for validation")
            } else {
                format!("{test} for test")
            };
            return Err(format!("{rest} of {n} examples leave none for training"));
        }
        let labels = labels.filter(|_| self.stratify);
        let class = |row: u32| labels.map_or(0, |l| l[row as usize] as usize);
        let mut sizes = vec![0; labels.map_or(1, |l| l.iter().max().map_or(0, |m| *m as usize + 1))];
        (0..n as u32).for_each(|row| sizes[class(row)] += 1);
        let parts = if validation > 0 { 3 } else { 2 };
        if let Some(c) = sizes.iter().position(|&s| s > 0 && s < parts && labels.is_some()) {
            let has = if sizes[c] == 1 { "one example".into() } else { format!("{} examples", sizes[c]) };
            return Err(format!(
                "class {c} has {has}: that is not enough for each of {parts} parts to have one; `stratify: false` splits without regard to classes"
            ));
        }
        let tests = quotas(&sizes, test, parts - 1, "test")?;
        let left: Vec<usize> = sizes.iter().zip(&tests).map(|(s, t)| s - t).collect();
        let validations = if validation > 0 { quotas(&left, validation, 1, "validation")? } else { vec![0; sizes.len()] };
        let order = match self.key {
            Some(key) => permutation(n, key),
            None => (0..n as u32).collect(),
        };
        let mut dealt = vec![0; sizes.len()];
        let mut rows = Vec::new();
        for row in order {
            let c = class(row);
            // In random order the test part is dealt first; in the order of the file it comes last.
            let k = if self.key.is_some() { dealt[c] } else { sizes[c] - 1 - dealt[c] };
            dealt[c] += 1;
            let goes = if k < tests[c] {
                Part::Test
            } else if k < tests[c] + validations[c] {
                Part::Validation
            } else {
                Part::Train
            };
            if goes == part {
                rows.push(row);
            }
        }
        Ok(rows)
    }
}

/// How many of each class go to a part of `total`: in proportion (largest remainders), at least one of each class that is
/// there, and `spare` left over.
fn quotas(sizes: &[usize], total: usize, spare: usize, what: &str) -> Result<Vec<usize>, String> {
    let n: usize = sizes.iter().sum();
    let ideal = |c: usize| total as f64 * sizes[c] as f64 / n as f64;
    let most = |c: usize| sizes[c].saturating_sub(spare);
    let least = |c: usize| usize::from(sizes[c] > 0);
    let mut quota: Vec<usize> = (0..sizes.len()).map(|c| (ideal(c) as usize).clamp(least(c), most(c).max(least(c)))).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    loop {
        let sum: usize = quota.iter().sum();
        if sum == total {
            return Ok(quota);
        }
        let lack = |c: usize, q: &[usize]| ideal(c) - q[c] as f64;
        order.sort_by(|&a, &b| lack(b, &quota).total_cmp(&lack(a, &quota)).then(a.cmp(&b)));
        let grow = sum < total;
        if !grow {
            order.reverse();
        }
        let room = |c: usize, q: &[usize]| if grow { most(c).saturating_sub(q[c]) } else { q[c] - least(c) };
        let mut rest = sum.abs_diff(total);
        let before = rest;
        let roomy = order.iter().filter(|&&c| room(c, &quota) > 0).count();
        // Mostly 1: more only where few classes have to make up for many.
        let step = (rest / roomy.max(1)).max(1);
        for &c in &order {
            let change = room(c, &quota).min(step).min(rest);
            quota[c] = if grow { quota[c] + change } else { quota[c] - change };
            rest -= change;
        }
        if rest == before {
            let classes = sizes.iter().filter(|&&s| s > 0).count();
            return Err(format!(
                "{total} examples for {what} of {classes} classes: each part needs every class; `stratify: false` splits without regard to classes"
            ));
        }
    }
}
