//! The language: reading a long script, and elaborating a plan of many points.

use crate::Bench;
use crate::clock::{Effort, least};
use crate::table::{Row, Unit};
use ann_lang::diagnostic::Sources;
use ann_lang::elaborate::{Elaborated, Options, elaborate};
use ann_lang::plan::Work;
use ann_lang::syntax::{ast::Script, parse};
use std::hint::black_box;

const PARSE_NOTE: &str = "measured: a copy of the tree (its allocations) and one pass over the bytes of the text";
const ELABORATE_NOTE: &str = "measured: a copy of the plan (its allocations)";

pub fn benches() -> Vec<Bench> {
    vec![
        Bench::new("parse 10,000 lines", parse_row),
        Bench::new("elaborate 10,000 points: T", |effort| elaborate_row(effort, &plan("T in linspace(1, 4, 10_000)", "0"))),
        Bench::new("elaborate 10,000 points: 100 T × 100 h", |effort| {
            elaborate_row(effort, &plan("T in linspace(1, 4, 100), h in linspace(0, 1, 100)", "h"))
        }),
    ]
}

/// Some two dozen lines as people write them, numbered.
fn block(k: usize) -> String {
    format!(
        "\
## The ferromagnet number {k}, in a field.
model magnet_{k}(grid: Graph, J: Real = 1, h: Real = 0) {{
    spins s on grid in {{-1, +1}}
    energy = -J * sum(<i, j> in grid: s[i] * s[j]) - h * sum(i in grid: s[i])
}}

param sweeps_{k} = 20_000         ## measured sweeps at each point
let sizes_{k} = [L for L in 8..65 if L != 24]
fn reduced_{k}(T, Tc: Real = 2.269) requires T > 0 = (T - Tc) / Tc    # distance from the transition

sample scan_{k} over L in sizes_{k}, T in linspace(2.0, 2.6, 25) {{
    model: magnet_{k}(square(L, L), J: 1, h: if L > 16 then 0.01 else 0)
    temperature: T
    method: metropolis
    sweeps: sweeps_{k}
    observe {{
        m = mean(s)                 ## magnetisation
        e = energy / count(s)
    }}
    estimate {{
        chi = count(s) / T * (avg(m^2) - avg(abs(m))^2)
        binder = 1 - avg(m^4) / (3 * avg(m^2)^2)
    }}
}}
show max(scan_{k}.chi)

"
    )
}

/// A script of so many lines.
fn script(lines: usize) -> String {
    let mut text = String::from("use std.lattice\nuse std.spin\n");
    let mut k = 0;
    while text.lines().count() + block(k).lines().count() <= lines {
        text += &block(k);
        k += 1;
    }
    text += &"# the end\n".repeat(lines - text.lines().count());
    text
}

fn read(text: &str) -> (Sources, Script) {
    let mut sources = Sources::default();
    let source = sources.add("bench.ann", text);
    let (script, diagnostics) = parse(&sources, source);
    assert!(diagnostics.is_empty(), "the script is correct: {:?}", diagnostics.first());
    (sources, script)
}

fn parse_row(effort: &Effort) -> Row {
    let text = script(10_000);
    assert_eq!(text.lines().count(), 10_000);
    let times = effort.time(|n| (0..n).for_each(|_| drop(black_box(read(&text)))));
    let (_, tree) = read(&text);
    let floor = effort.least(|n| {
        for _ in 0..n {
            let sum = black_box(text.as_bytes()).iter().fold(0u64, |s, b| s + u64::from(*b == b'\n'));
            black_box((sum, tree.clone()));
        }
    });
    Row { unit: Unit::Milliseconds, threads: 1, times, floor: (floor * 1e3, PARSE_NOTE), reference: None }
}

/// A scan of the 4096² lattice over some axes.
fn plan(axes: &str, field: &str) -> String {
    format!(
        "\
use std.lattice
use std.spin
let L = 4096
sample scan over {axes} {{
    model: ising(square(L, L), h: {field})
    temperature: T
    method: metropolis
    warmup: 2_000
    sweeps: 20_000
    observe {{
        m = mean(s)
        e = energy / count(s)
    }}
    estimate {{
        abs_m  = avg(abs(m))
        chi    = count(s) / T * (avg(m^2) - avg(abs(m))^2)
        heat   = count(s) / T^2 * (avg(e^2) - avg(e)^2)
        binder = 1 - avg(m^4) / (3 * avg(m^2)^2)
    }}
}}
"
    )
}

fn elaborated(sources: &Sources, tree: &Script) -> Elaborated {
    let mut sources = sources.clone();
    let (elaborated, diagnostics) = elaborate(tree, 0, &mut sources, Options::default());
    assert!(diagnostics.is_empty(), "the script is correct: {:?}", diagnostics.first());
    elaborated
}

fn elaborate_row(effort: &Effort, text: &str) -> Row {
    let (sources, tree) = read(text);
    let plan = elaborated(&sources, &tree).plan;
    assert!(matches!(&plan.tasks[0].work, Work::Sample { points, .. } if points.len() == 10_000));
    let times = effort.time(|n| (0..n).for_each(|_| drop(black_box(elaborated(&sources, &tree)))));
    let copies = effort.time(|n| (0..n).for_each(|_| drop(black_box(plan.clone()))));
    let floor = least(&copies.processor) * 1e3;
    Row { unit: Unit::Milliseconds, threads: 1, times, floor: (floor, ELABORATE_NOTE), reference: None }
}
