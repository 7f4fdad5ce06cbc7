//! `ann run --emit STAGE`: a stage of the pipeline as text.

use super::arguments::Stage;
use super::terminal::{self, Terminal};
use super::{FAILED, GOOD, WRONG};
use crate::session::Loaded;

/// Prints a stage. The tree is there even where the script is wrong.
pub fn emit(stage: Stage, loaded: &Loaded, terminal: &Terminal) -> u8 {
    match stage {
        Stage::Ast => {
            terminal::line(&format!("{:#?}", loaded.script));
            if loaded.is_good() { GOOD } else { WRONG }
        }
        _ if !loaded.is_good() => WRONG,
        Stage::Plan => match serde_json::to_string_pretty(&loaded.elaborated.plan) {
            Ok(text) => {
                terminal::line(&text);
                GOOD
            }
            Err(e) => {
                terminal::note(&format!("the plan cannot be written as JSON: {e}\n"));
                FAILED
            }
        },
        Stage::Kernels => super::explain::print(&loaded.elaborated.plan, None, false, terminal),
    }
}
