//! Rows, their ratios, and the table.

use crate::clock::{Effort, Times, least, median};
use crate::floors;

/// What a row counts.
#[derive(Clone, Copy, PartialEq)]
pub enum Unit {
    /// So many attempts (or spins) a call, given as attempts per nanosecond.
    Rate(f64),
    /// So many examples (or products) a call, given as so many a second.
    PerSecond(f64),
    /// Milliseconds a call.
    Milliseconds,
}

impl Unit {
    fn figure(self, seconds: f64) -> f64 {
        match self {
            Unit::Rate(work) => work / seconds * 1e-9,
            Unit::PerSecond(work) => work / seconds,
            Unit::Milliseconds => seconds * 1e3,
        }
    }
}

pub struct Row {
    pub unit: Unit,
    pub threads: usize,
    pub times: Times,
    /// In the row's unit, with what it counts.
    pub floor: (f64, &'static str),
    /// The fastest other program, in the row's unit, and its name.
    pub reference: Option<(f64, &'static str)>,
}

impl Row {
    /// Processor seconds a thread.
    fn processor(&self, seconds: f64) -> f64 {
        seconds / self.threads as f64
    }

    /// What is compared: the best repetition, by the processor for one thread (as the figures of other programs), by the
    /// wall for several, as waiting for one another counts.
    fn best(&self) -> f64 {
        self.unit.figure(if self.threads == 1 { least(&self.times.processor) } else { least(&self.times.wall) })
    }

    /// How many times as long as the floor.
    fn over_floor(&self) -> f64 {
        match self.unit {
            Unit::Rate(_) | Unit::PerSecond(_) => self.floor.0 / self.best(),
            Unit::Milliseconds => self.best() / self.floor.0,
        }
    }
}

fn number(x: f64) -> String {
    let places = if x >= 100.0 {
        0
    } else if x >= 10.0 {
        1
    } else if x >= 1.0 {
        2
    } else if x >= 0.1 {
        3
    } else {
        4
    };
    format!("{x:.places$}")
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let three: Vec<&str> = text.split(' ').take(3).collect();
    if three.len() == 3 { three.join(" ") } else { "not known".into() }
}

fn model() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find(|l| l.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_string())
    };
    let or = |x: Option<String>| x.unwrap_or_else(|| "unknown".into());
    format!("{}, family {} model {}", or(field("model name")), or(field("cpu family")), or(field("model\t")))
}

/// What the table was measured on.
pub fn machine(effort: &Effort) {
    let bandwidth = |bytes| floors::memory::read(effort, bytes) * 1e-9;
    println!(
        "Machine: {}, {} threads, {:.2} GHz by a chain of multiplications, {}.",
        model(),
        threads(),
        floors::clock() * 1e-9,
        { format!("{:?} instructions", ann_lang::kernels::bitpacked::Instructions::best()) }
    );
    println!(
        "Reading: {:.0} GB/s from 2 MiB, {:.0} GB/s from 128 MiB. Load before: {}.",
        bandwidth(2 << 20),
        bandwidth(128 << 20),
        load()
    );
    println!("{} repetitions of {} ms or more.\n", effort.repetitions, effort.repetition * 1e3);
}

pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The table, row by row as they are measured.
pub struct Table {
    notes: Vec<&'static str>,
}

impl Table {
    pub fn begin() -> Table {
        println!(
            "| workload | unit | wall: median / best | processor: median / best | floor | × floor | other program | × other |"
        );
        println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
        Table { notes: Vec::new() }
    }

    pub fn row(&mut self, name: &str, row: &Row) {
        let note = self.notes.iter().position(|n| *n == row.floor.1).unwrap_or_else(|| {
            self.notes.push(row.floor.1);
            self.notes.len() - 1
        });
        let pair = |times: &[f64], scale: &dyn Fn(f64) -> f64| {
            let figure = |t| number(row.unit.figure(scale(t)));
            format!("{} / {}", figure(median(times)), figure(least(times)))
        };
        let (unit, other) = match row.unit {
            Unit::Rate(_) => ("per ns", row.reference.map(|r| row.best() / r.0)),
            Unit::PerSecond(_) => ("per s", row.reference.map(|r| row.best() / r.0)),
            Unit::Milliseconds => ("ms", row.reference.map(|r| r.0 / row.best())),
        };
        let reference = row.reference.map_or(String::new(), |(x, who)| format!("{who} {}", number(x)));
        println!(
            "| {name} | {unit} | {} | {} | {} ({}) | {:.2} | {reference} | {} |",
            pair(&row.times.wall, &|t| t),
            pair(&row.times.processor, &|t| row.processor(t)),
            number(row.floor.0),
            note + 1,
            row.over_floor(),
            other.map_or(String::new(), number),
        );
    }

    /// What the columns mean, and what the floors are.
    pub fn end(self) {
        println!(
            "\nLoad after: {}. \"× floor\" is how many times as long as the floor (1 is perfect); \"× other\" how many times as",
            load()
        );
        println!(
            "fast as the other program, whose figure is of another machine (Zen 4, AVX-512, one thread, best of several runs) and so"
        );
        println!(
            "is a rough guide. Both take the best repetition, by processor time for one thread and by the wall for several.\n\nFloors:\n"
        );
        for (k, note) in self.notes.iter().enumerate() {
            println!("{}. {note}", k + 1);
        }
    }
}
