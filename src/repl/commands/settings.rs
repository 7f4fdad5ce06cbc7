//! `:set`: the seed, which belongs to the session's `experiment`, and the number of threads.

use super::look::refused;
use super::{Next, wrong};
use crate::cli::terminal::{self, Terminal};
use crate::repl::complete::SETTABLE;
use crate::repl::feed;
use crate::repl::session::Session;
use crate::syntax::ast::ItemKind;

const MOST_THREADS: usize = 4096;

/// Sets one of them, or shows both.
pub fn set(session: &mut Session, argument: &str, terminal: &Terminal) -> Next {
    let (name, value) = argument.split_once(char::is_whitespace).map_or((argument, ""), |(n, v)| (n, v.trim()));
    match (name, value.parse::<u64>()) {
        ("", _) => {
            terminal::line(&format!("seed     {}", session.elaborated().plan.seed));
            let threads = if session.threads == 0 { "one for each processor".to_string() } else { session.threads.to_string() };
            terminal::line(&format!("threads  {threads}"));
            Next::Go
        }
        ("threads", Ok(n)) if (1..=MOST_THREADS as u64).contains(&n) => {
            session.threads = n as usize;
            Next::Go
        }
        ("seed", Ok(n)) if i64::try_from(n).is_ok() => feed(session, &experiment(session, n), terminal),
        ("threads", _) => wrong(refused("the number of threads is a whole number from 1 to 4096"), terminal),
        ("seed", _) => wrong(refused("the seed is a whole number that is not negative"), terminal),
        _ => {
            let names: Vec<String> = SETTABLE.iter().map(|s| format!("`{s}`")).collect();
            wrong(refused(format!("there is no setting `{name}`")).expected(names.join(" or ")), terminal)
        }
    }
}

/// The session's experiment with another seed.
fn experiment(session: &Session, seed: u64) -> String {
    let found = session.state.items.iter().find_map(|i| match &i.kind {
        ItemKind::Experiment { title, settings } => Some((title, settings)),
        _ => None,
    });
    let text = |span| session.sources.text(span).to_string();
    let (mut title, mut rest) = (String::new(), String::new());
    if let Some((named, settings)) = found {
        if let Some((_, span)) = named {
            title = format!("{} ", text(*span));
        }
        for s in settings.iter().filter(|s| s.name.text != "seed") {
            rest.push_str(&format!(", {}: {}", s.name.text, text(s.value.span)));
        }
    }
    format!("experiment {title}{{ seed: {seed}{rest} }}")
}
