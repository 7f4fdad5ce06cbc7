//! Progress of a run on standard error: how far, how fast, how long still.

use super::interrupt;
use crate::session::Watch;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Tasks that end sooner show no bar.
const PATIENCE: Duration = Duration::from_millis(400);

/// Watches a run; draws a bar if it is to be seen.
pub struct Progress {
    bar: Option<ProgressBar>,
    done: AtomicUsize,
    points: AtomicUsize,
    created: Instant,
    /// When the task in hand began, in ms since `created`.
    began: AtomicU64,
    drawn: AtomicBool,
}

impl Progress {
    /// `visible`: standard error is a terminal, and the user wants to see it.
    pub fn new(visible: bool) -> Progress {
        let bar = visible.then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
            if let Ok(style) = ProgressStyle::with_template("{prefix}  {bar:24}  {percent:>3}%  {msg}  {rate}  {eta} left") {
                bar.set_style(style.with_key("rate", |s: &ProgressState, w: &mut dyn Write| {
                    let _ = w.write_str(&rate(s.per_sec()));
                }));
            }
            bar
        });
        Progress {
            bar,
            done: AtomicUsize::new(0),
            points: AtomicUsize::new(0),
            created: Instant::now(),
            began: AtomicU64::new(0),
            drawn: AtomicBool::new(false),
        }
    }

    fn milliseconds(&self) -> u64 {
        self.created.elapsed().as_millis() as u64
    }

    fn say_points(&self) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{}/{} points", self.done.load(Ordering::Relaxed), self.points.load(Ordering::Relaxed)));
        }
    }
}

impl Watch for Progress {
    fn task(&self, name: &str, points: usize, kept: usize, sweeps: u64) {
        self.done.store(kept, Ordering::Relaxed);
        self.points.store(points, Ordering::Relaxed);
        let Some(bar) = &self.bar else { return };
        if kept < points {
            self.began.store(self.milliseconds(), Ordering::Relaxed);
            bar.reset();
            bar.set_length(sweeps.max(1));
            bar.set_prefix(name.to_string());
            self.say_points();
        }
    }

    fn advanced(&self, sweeps: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(sweeps);
            let waited = self.milliseconds().saturating_sub(self.began.load(Ordering::Relaxed));
            if waited > PATIENCE.as_millis() as u64 && !self.drawn.swap(true, Ordering::Relaxed) {
                bar.set_draw_target(ProgressDrawTarget::stderr());
            }
        }
    }

    fn point(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.say_points();
    }

    fn task_done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            bar.set_draw_target(ProgressDrawTarget::hidden());
            self.drawn.store(false, Ordering::Relaxed);
        }
    }

    fn stop(&self) -> bool {
        interrupt::asked()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Sweeps per second, short.
fn rate(per_second: f64) -> String {
    match per_second {
        r if !r.is_finite() => "-".to_string(),
        r if r >= 1e6 => format!("{:.1} M sweeps/s", r / 1e6),
        r if r >= 1e3 => format!("{:.1} k sweeps/s", r / 1e3),
        r => format!("{r:.0} sweeps/s"),
    }
}
