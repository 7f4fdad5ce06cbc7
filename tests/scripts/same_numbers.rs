//! The same numbers, bit for bit: with any number of threads, with points added, after a resume, after kills.

use crate::common;

use ann_lang::session::{self, Watch};
use common::{Folder, load, numbers, options};
use std::sync::atomic::{AtomicUsize, Ordering};

const SCRIPT: &str = r#"
use std.lattice
use std.spin
sample scan over L in [6, 9], T in [2.0, 2.3, 3.0], how in [metropolis, heat_bath, wolff, swendsen_wang] {
    model: ising(square(L))
    temperature: T
    method: how
    warmup: 50
    sweeps: 400
    chains: 3
    observe { m = mean(s), e = energy / count(s) }
    estimate { chi = avg(m^2) - avg(abs(m))^2 }
}
sample glass over r in 0..2 {
    model: edwards_anderson(cubic(4), draw: r)
    temperature: 1.5
    replicas: 2
    warmup: 50
    sweeps: 300
    observe { q = overlap(s[replica 0], s[replica 1]) }
    keep { q: histogram(bins: 9, range: [-1, 1]), states: last, series: [q] }
}
sample potts_states { model: potts(triangular(4), 3), temperature: 1, sweeps: 300, observe { e = energy } }
anneal ground over r in 0..2 { model: edwards_anderson(square(6), draw: r), temperature: geometric(3.0, 0.2), sweeps: 200, chains: 4 }
let mean_chi = mean(scan.chi, along: T)
"#;

#[test]
fn one_thread_and_several() {
    let loaded = load(SCRIPT);
    let one = session::run(&loaded, &options(None, 1), &session::Quiet).unwrap();
    for threads in [2, 5] {
        let other = session::run(&loaded, &options(None, threads), &session::Quiet).unwrap();
        assert_eq!(numbers(&one.result), numbers(&other.result), "{threads} threads");
    }
}

#[test]
fn another_seed_gives_other_numbers() {
    let loaded = load(SCRIPT);
    let one = session::run(&loaded, &options(None, 2), &session::Quiet).unwrap();
    let other = common::run_with_seed(SCRIPT, 1);
    assert_ne!(numbers(&one.result), numbers(&other.result));
}

#[test]
fn points_added_to_an_axis_change_no_other() {
    let short = "use std.lattice\nuse std.spin\nsample a over T in TS { model: ising(square(8))\n temperature: T\n warmup: 20\n sweeps: 200\n observe { m = mean(s) }, estimate { x = avg(m^2) / T } }";
    let folder = Folder::new("added");
    let file = folder.file("a.h5");
    let few = load(&short.replace("TS", "[2.0, 3.0]"));
    let many = load(&short.replace("TS", "[1.0, 2.0, 2.5, 3.0]"));
    let first = session::run(&few, &options(Some(&file), 2), &session::Quiet).unwrap();
    let second = session::run(&many, &options(Some(&file), 2), &session::Quiet).unwrap();
    assert_eq!((second.kept, second.computed), (2, 2));
    let alone = session::run(&many, &options(None, 2), &session::Quiet).unwrap();
    assert_eq!(numbers(&second.result), numbers(&alone.result));
    let t = &first.result.tasks[0];
    assert_eq!(t.points[0].as_ref().unwrap().quantities, second.result.tasks[0].points[1].as_ref().unwrap().quantities);
    assert_eq!(t.points[1].as_ref().unwrap().quantities, second.result.tasks[0].points[3].as_ref().unwrap().quantities);
}

/// Stops a run after it was asked so many times.
struct StopAfter(AtomicUsize);

impl Watch for StopAfter {
    fn stop(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| Some(n.saturating_sub(1))).unwrap_or(0) == 0
    }
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_end() {
    let loaded = load(SCRIPT);
    let whole = session::run(&loaded, &options(None, 2), &session::Quiet).unwrap();
    for stop_after in [1, 7, 20, 31] {
        let folder = Folder::new(&format!("interrupted-{stop_after}"));
        let file = folder.file("a.h5");
        let part = session::run(&loaded, &options(Some(&file), 2), &StopAfter(AtomicUsize::new(stop_after))).unwrap();
        assert!(part.interrupted, "after {stop_after}");
        assert!(!part.is_good());
        let rest = session::run(&loaded, &options(Some(&file), 2), &session::Quiet).unwrap();
        assert_eq!(rest.kept, part.computed);
        assert_eq!(numbers(&rest.result), numbers(&whole.result), "after {stop_after}");
        let read = ann_lang::store::read(&file).unwrap();
        assert_eq!(numbers(&read), numbers(&whole.result));
        assert!(!folder.file("a.h5.parts").exists(), "the parts are gone when the file is complete");
    }
}

/// A point that is interrupted in its middle goes on from its checkpoint.
#[test]
fn a_long_point_goes_on_from_its_checkpoint() {
    let text = "use std.lattice\nuse std.spin\nsample a over how in [metropolis, wolff, swendsen_wang] { model: ising(square(64))\n temperature: 2.3\n method: how\n warmup: 100\n sweeps: 6_000\n every: 2\n observe { m = mean(s) }, keep { states: last } }";
    let loaded = load(text);
    let whole = session::run(&loaded, &options(None, 2), &session::Quiet).unwrap();
    let folder = Folder::new("checkpoint");
    let file = folder.file("a.h5");
    let mut stops = 0;
    loop {
        let part = session::run(&loaded, &options(Some(&file), 1), &StopAfter(AtomicUsize::new(4 + stops))).unwrap();
        if !part.interrupted {
            assert_eq!(numbers(&part.result), numbers(&whole.result));
            break;
        }
        stops += 1;
        assert!(stops < 200, "it never ends");
    }
    assert!(stops > 0);
}
