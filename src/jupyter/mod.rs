//! Ann in Jupyter: the kernel that notebooks talk to, and its installation.
//!
//! A cell is an input of the prompt's session; completion and explanations are those of the editors. This room owns the
//! wire, the messages, and the forms in which notebooks show results.

mod cells;
mod install;
mod kernel;
mod message;
mod show;
mod zmtp;

use crate::cli::arguments::JupyterAction;
use crate::cli::terminal::{self, Terminal};
use crate::cli::{FAILED, GOOD};
use crate::diagnostic::{Diagnostic, codes};

/// Does what the command line says, and gives the exit status.
pub fn jupyter(action: &JupyterAction, terminal: &Terminal) -> u8 {
    let done = match action {
        JupyterAction::Install(arguments) => install::install(arguments)
            .map(|folder| terminal::line(&format!("the kernel `ann` is in {}", folder.display())))
            .map_err(|e| Diagnostic::general(codes::CANNOT_WRITE, e)),
        JupyterAction::Kernel(arguments) => {
            kernel::serve(&arguments.connection).map_err(|e| Diagnostic::general(codes::CANNOT_READ, e))
        }
    };
    match done {
        Ok(()) => GOOD,
        Err(d) => {
            terminal.report_one(d);
            FAILED
        }
    }
}
