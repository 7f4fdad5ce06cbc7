//! How fast the parts are, each against what the machine could do.
//!
//! `cargo bench --bench ann -- [WORD]... [--quick] [--list]`: rows whose name holds every WORD, as a table that can be pasted
//! into a document. Each row has its floor beside it: a hand-written loop that does only what cannot be left
//! out, timed in the same run (`floors`), or a count of instructions at the measured clock. Nothing here is a test.

mod clock;
mod copies;
mod floors;
mod kernels;
mod landscapes;
mod language;
mod machines;
mod models;
mod networks;
mod spins;
mod table;
mod variables;

use clock::Effort;

/// What one row measures, and how.
pub struct Bench {
    pub name: String,
    pub run: Box<dyn Fn(&Effort) -> table::Row>,
}

impl Bench {
    pub fn new(name: impl Into<String>, run: impl Fn(&Effort) -> table::Row + 'static) -> Bench {
        Bench { name: name.into(), run: Box::new(run) }
    }
}

fn main() {
    let mut words = Vec::new();
    let (mut quick, mut list) = (false, false);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--quick" => quick = true,
            "--list" => list = true,
            // Cargo says so to every bench.
            "--bench" => {}
            option if option.starts_with('-') => {
                eprintln!("unknown option {option}; there are --quick and --list");
                std::process::exit(2);
            }
            word => words.push(word.to_lowercase()),
        }
    }
    let mut benches = spins::benches();
    benches.extend(kernels::benches());
    benches.extend(copies::benches());
    benches.extend(variables::benches());
    benches.extend(networks::benches());
    benches.extend(landscapes::benches());
    benches.extend(machines::benches());
    benches.extend(language::benches());
    benches.retain(|b| words.iter().all(|w| b.name.to_lowercase().contains(w.as_str())));
    if benches.is_empty() {
        eprintln!("no row has {} in its name; --list shows them all", words.join(" and "));
        std::process::exit(2);
    }
    if list {
        for bench in &benches {
            println!("{}", bench.name);
        }
        return;
    }
    let effort = Effort::new(quick);
    table::machine(&effort);
    let mut table = table::Table::begin();
    for bench in &benches {
        table.row(&bench.name, &(bench.run)(&effort));
    }
    table.end();
}
