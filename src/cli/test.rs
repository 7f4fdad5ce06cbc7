//! `ann test`: scripts are run for their claims; nothing is written.

use super::arguments::Test;
use super::terminal::{self, Terminal};
use super::{FAILED, GOOD, INTERRUPTED, WRONG, interrupt, paths, present, run};
use crate::session;

pub fn test(arguments: &Test, terminal: &Terminal) -> u8 {
    let Some(scripts) = terminal.good(paths::scripts(&arguments.paths)) else { return WRONG };
    let _guard = interrupt::guard();
    let (mut passed, mut failed, mut status) = (0usize, 0usize, GOOD);
    for script in &scripts {
        let name = present::shown(script);
        let loaded = match session::load(script, arguments.changes.options()) {
            Ok(loaded) => {
                terminal.report(&loaded.diagnostics, &loaded.sources);
                loaded.is_good().then_some(loaded)
            }
            Err(d) => {
                terminal.report_one(d);
                None
            }
        };
        let Some(loaded) = loaded else {
            terminal::line(&format!("{name}: {}", terminal.paint("1;31", "WRONG")));
            failed += 1;
            status = status.max(WRONG);
            continue;
        };
        let outcome = run::in_memory(&loaded, arguments.threads.count(), terminal.watched && !arguments.quiet, terminal);
        let claims = outcome.as_ref().map_or(&[][..], |o| &o.result.claims[..]);
        for claim in claims {
            if claim.holds {
                passed += 1;
            } else {
                failed += 1;
                status = status.max(FAILED);
            }
            if !claim.holds || !arguments.quiet {
                terminal::line(&format!("{name}: {}", present::verdict(claim, terminal)));
            }
        }
        if outcome.as_ref().is_some_and(|o| o.interrupted) {
            terminal::line(&format!("{passed} passed, {failed} failed, stopped at {name}"));
            return INTERRUPTED;
        }
        // False claims are counted; anything else that went wrong counts once.
        if outcome.as_ref().is_none_or(|o| !o.is_good() && o.result.claims.iter().all(|c| c.holds)) {
            terminal::line(&format!("{name}: {}", terminal.paint("1;31", "the run failed")));
            failed += 1;
            status = status.max(FAILED);
        } else if claims.is_empty() && !arguments.quiet {
            terminal::line(&format!("{name}: runs, and claims nothing"));
        }
    }
    terminal::line(&format!("{passed} passed, {failed} failed"));
    status
}
