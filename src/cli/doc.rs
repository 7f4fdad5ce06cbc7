//! `ann doc`: what a name or a code means.

use super::arguments::{Arguments, Doc};
use super::terminal::{self, Terminal};
use super::{GOOD, WRONG};
use crate::diagnostic::{Diagnostic, codes};
use crate::reference;
use crate::repl::COMMANDS;
use clap::CommandFactory;

pub fn doc(arguments: &Doc, terminal: &Terminal) -> u8 {
    if arguments.markdown {
        terminal::put(&reference::markdown(&verbs()));
        return GOOD;
    }
    let text = match &arguments.name {
        None => reference::index(),
        Some(name) => match page(name, terminal) {
            Ok(text) => text,
            Err(d) => {
                terminal.report_one(d);
                return WRONG;
            }
        },
    };
    terminal::put(&text);
    GOOD
}

/// The page of a name; an error with the nearest name if there is none.
pub fn page(name: &str, terminal: &Terminal) -> Result<String, Diagnostic> {
    let bold = |text: &str| terminal.paint("1", text);
    reference::page(name, &bold).map_err(|near| {
        let d = Diagnostic::general(codes::COMMAND_LINE, format!("there is nothing called `{name}` to read about"));
        match near {
            Some(near) => d.help(format!("did you mean `{near}`?")),
            None => d.help("`ann doc` lists what there is"),
        }
    })
}

/// Each verb with its help, for the reference.
fn verbs() -> Vec<(String, String)> {
    let mut command = Arguments::command();
    command.build();
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_string()).filter(|n| n != "help").collect();
    let help = |name: &String| {
        let verb = command.find_subcommand_mut(name)?;
        let mut text = verb.render_help().to_string();
        if name == "repl" {
            text.push_str("\nAt the prompt:\n");
            for (command, takes, what) in COMMANDS {
                text.push_str(&format!("  :{:24} {what}\n", format!("{command} {takes}")));
            }
        }
        Some((name.clone(), text))
    };
    names.iter().filter_map(help).collect()
}
