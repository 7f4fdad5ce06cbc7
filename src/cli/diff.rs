//! `ann diff`: two result files, data set by data set, with what differs between the runs.

use super::arguments::Diff;
use super::terminal::{self, Terminal};
use super::{FAILED, GOOD, WRONG, verdicts};
use crate::store::{self, compare};

/// Status 0 where the two agree bit for bit or up to rounding, else 1.
pub fn diff(arguments: &Diff, terminal: &Terminal) -> u8 {
    let (a, b) = match (store::read(&arguments.first), store::read(&arguments.second)) {
        (Ok(a), Ok(b)) => (a, b),
        (a, b) => {
            [a.err(), b.err()].into_iter().flatten().for_each(|d| terminal.report_one(d));
            return WRONG;
        }
    };
    let mut all = store::compare(&a, &b);
    // Seeds and parameters are said with the reasons.
    all.retain(|c| c.path != "seed" && c.path != "params");
    verdicts::print(&all, arguments.quiet, terminal);
    terminal::line(&verdicts::counts(&all));
    for reason in verdicts::reasons(&a.header, &b.header) {
        terminal::line(&format!("differs: {reason}"));
    }
    let same = compare::worst(&all).reproduced();
    if same { GOOD } else { FAILED }
}
