//! `ann cite`: what to cite, as BibTeX.

use super::arguments::Cite;
use super::terminal::{self, Terminal};
use super::{GOOD, WRONG};
use crate::{cite, store};

pub fn cite(arguments: &Cite, terminal: &Terminal) -> u8 {
    let Some(file) = &arguments.file else {
        terminal::put(&cite::of_ann(env!("CARGO_PKG_VERSION")));
        return GOOD;
    };
    match store::read(file) {
        Ok(run) => {
            terminal::put(&cite::bibtex(&run.header));
            GOOD
        }
        Err(d) => {
            terminal.report_one(d);
            WRONG
        }
    }
}
