//! The same numbers, bit for bit, with 1, 2 and 5 threads, after interruptions, and after kills: exchange, fields, kinetic and
//! conserved dynamics, clusters between replicas.

use super::common::{Folder, load, numbers, options};
use ann_lang::session::{self, Watch};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const SCRIPT: &str = "use std.lattice
use std.spin
model xy() {
    angles a on square(4)
    energy = -sum(<i, j> in square(4): cos(a[i] - a[j]))
}
model heisenberg() {
    vectors S on square(4) in sphere(3)
    energy = -sum(<i, j> in square(4): dot(S[i], S[j]))
}
model soft() {
    reals y on chain(6) in [-2, inf]
    spins s on chain(6) in {-1, 1}
    energy = sum(<i, j> in chain(6): (y[i] - y[j])^2 / 2) + sum(i in chain(6): y[i]^4 - 0.4 * s[i] * y[i])
}
sample angle over how in [metropolis, heat_bath, over_relaxation, wolff, swendsen_wang, hmc, langevin] {
    model: xy(), temperature: 0.9, method: how, warmup: 60, sweeps: 300, chains: 3, observe { e = energy, c = mean(cos(a)) }, keep { states: last }
}
sample vector over how in [metropolis, heat_bath, over_relaxation, wolff, swendsen_wang] {
    model: heisenberg(), temperature: 0.9, method: how, warmup: 60, sweeps: 300, chains: 3, observe { e = energy }, keep { states: every 100 sweeps }
}
sample mixed over how in [metropolis, hmc, langevin] { model: soft(), temperature: 0.9, method: how, warmup: 60, sweeps: 300, chains: 2, observe { e = energy } }
sample move over how in [kinetic, kinetic(rates: heat_bath), kawasaki, metropolis(order: random), heat_bath(order: checkerboard)] {
    model: ising(square(6)), temperature: 2.3, method: how, warmup: 60, sweeps: 300, chains: 3, observe { e = energy, m = mean(s)^2 }
}
sample ladder over how in [metropolis, houdayer, jorg], T in [0.8, 1.2, 1.8, 2.5] {
    model: edwards_anderson(square(4), draw: 1), temperature: T, method: how, exchange: T, replicas: 2, chains: 2, warmup: 60, sweeps: 300
    observe { e = energy, q = overlap(s[replica 0], s[replica 1]) }
}
sample hot over how in [metropolis, hmc, wolff], T in [0.8, 1.2, 1.8] { model: xy(), temperature: T, method: how, exchange: T, warmup: 60, sweeps: 300, observe { e = energy } }
sample placed { model: heisenberg(), temperatures: adaptive(0.5, 2, 4), method: heat_bath, warmup: 200, sweeps: 300, observe { e = energy } }
";

/// A child process inherits the files that are open when it starts, and with them their locks: tests that write files and tests that
/// start processes take turns.
fn turn() -> MutexGuard<'static, ()> {
    static FILES: Mutex<()> = Mutex::new(());
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn one_thread_and_several() {
    let loaded = load(SCRIPT);
    let one = session::run(&loaded, &options(None, 1), &session::Quiet).unwrap();
    for threads in [2, 5] {
        let other = session::run(&loaded, &options(None, threads), &session::Quiet).unwrap();
        assert_eq!(numbers(&one.result), numbers(&other.result), "{threads} threads");
    }
}

/// Stops a run after it was asked so many times.
struct StopAfter(AtomicUsize);

impl Watch for StopAfter {
    fn stop(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| Some(n.saturating_sub(1))).unwrap_or(0) == 0
    }
}

#[test]
fn interrupted_runs_go_on_to_the_same_end() {
    let _turn = turn();
    let loaded = load(SCRIPT);
    let whole = session::run(&loaded, &options(None, 2), &session::Quiet).unwrap();
    for stop_after in [3, 25, 60, 110] {
        let folder = Folder::new(&format!("methods-interrupted-{stop_after}"));
        let file = folder.file("a.h5");
        let part = session::run(&loaded, &options(Some(&file), 2), &StopAfter(AtomicUsize::new(stop_after))).unwrap();
        let rest = session::run(&loaded, &options(Some(&file), 2), &session::Quiet).unwrap();
        assert_eq!(rest.kept, part.computed);
        assert_eq!(numbers(&rest.result), numbers(&whole.result), "after {stop_after}");
    }
}

/// Long points go on from their checkpoints, in the middle of a warm-up too.
#[test]
fn long_points_go_on_from_their_checkpoints() {
    let _turn = turn();
    let tasks = [
        "sample a over how in [metropolis, over_relaxation, wolff, hmc(steps: 4), langevin] { model: xy(24), temperature: 0.9, method: how, warmup: 200, sweeps: 1_500, every: 5, observe { e = energy }, keep { states: last } }",
        "sample a over how in [metropolis, heat_bath, swendsen_wang] { model: heisenberg(24), temperature: 0.9, method: how, warmup: 200, sweeps: 1_500, every: 5, observe { e = energy }, keep { states: last } }",
        "sample a over how in [kinetic, kawasaki] { model: ising(square(32)), temperature: 2.3, method: how, warmup: 200, sweeps: 3_000, every: 5, observe { e = energy }, keep { states: last } }",
        "sample a over T in [0.8, 1, 1.2] { model: heisenberg(12), temperature: T, method: over_relaxation, exchange: T, warmup: 200, sweeps: 2_000, every: 5, observe { e = energy } }",
        "sample a over how in [metropolis, houdayer], T in [0.8, 1.3, 2] { model: edwards_anderson(square(24), draw: 1), temperature: T, method: how, replicas: 2, exchange: T, warmup: 200, sweeps: 4_000, every: 10, observe { q = overlap(s[replica 0], s[replica 1]) } }",
    ];
    let models = "use std.lattice\nuse std.spin\nmodel xy(L: Int) {\nangles a on square(L)\nenergy = -sum(<i, j> in square(L): cos(a[i] - a[j]))\n}\nmodel heisenberg(L: Int) {\nvectors S on square(L) in sphere(3)\nenergy = -sum(<i, j> in square(L): dot(S[i], S[j]))\n}\n";
    for (k, task) in tasks.iter().enumerate() {
        let loaded = load(&format!("{models}{task}\n"));
        let whole = session::run(&loaded, &options(None, 2), &session::Quiet).unwrap();
        let folder = Folder::new(&format!("methods-checkpoint-{k}"));
        let file = folder.file("a.h5");
        let mut stops = 0;
        loop {
            let part = session::run(&loaded, &options(Some(&file), 1), &StopAfter(AtomicUsize::new(4 + 25 * stops))).unwrap();
            if !part.interrupted {
                assert_eq!(numbers(&part.result), numbers(&whole.result), "{task}");
                break;
            }
            stops += 1;
            assert!(stops < 300, "it never ends: {task}");
        }
        println!("{stops} stops: {task}");
        assert!(stops > 0, "{task}");
    }
}

#[test]
fn killed_runs_go_on_to_the_same_end() {
    let _turn = turn();
    let folder = Folder::new("methods-kill");
    folder.script("a.ann", &SCRIPT.replace("sweeps: 300", "sweeps: 4_000"));
    let start = |output: &str| {
        let mut c = Command::new(env!("CARGO_BIN_EXE_ann"));
        c.current_dir(&folder.0).args(["run", "a.ann", "-o", output, "--threads", "2", "--no-plots"]);
        c.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("ann starts")
    };
    assert!(start("whole.h5").wait().unwrap().success());
    for delay in [20, 200, 60, 500, 120] {
        let mut child = start("killed.h5");
        std::thread::sleep(Duration::from_millis(delay));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
        }
        child.wait().unwrap();
    }
    assert!(start("killed.h5").wait().unwrap().success());
    let read = |name: &str| numbers(&ann_lang::store::read(&folder.file(name)).expect("a readable file"));
    assert_eq!(read("whole.h5"), read("killed.h5"));
}
