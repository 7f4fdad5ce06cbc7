//! `ann check`: every error of scripts, nothing run.

use super::arguments::{Check, MessageFormat};
use super::terminal::{self, Terminal};
use super::{GOOD, WRONG, paths, present};
use crate::session;
use std::path::Path;

pub fn check(arguments: &Check, terminal: &Terminal) -> u8 {
    let Some(scripts) = terminal.good(paths::scripts(&arguments.paths)) else { return WRONG };
    let mut status = GOOD;
    for script in &scripts {
        let loaded = if script == Path::new("-") {
            paths::text(script).map(|text| session::load_text("-", text, arguments.changes.options()))
        } else {
            session::load(script, arguments.changes.options())
        };
        match loaded {
            Ok(loaded) => {
                terminal.report(&loaded.diagnostics, &loaded.sources);
                if !loaded.is_good() {
                    status = WRONG;
                } else if terminal.format == MessageFormat::Human {
                    let tasks = &loaded.elaborated.plan.tasks;
                    let count = if tasks.len() == 1 { "1 task".to_string() } else { format!("{} tasks", tasks.len()) };
                    let points = present::points(tasks.iter().map(|t| t.len()).sum());
                    terminal::line(&format!("{}: no errors, {count}, {points}", present::shown(script)));
                }
            }
            Err(d) => {
                terminal.report_one(d);
                status = WRONG;
            }
        }
    }
    status
}
