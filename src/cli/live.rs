//! `ann run --watch`: the figures of a script, drawn again in the terminal as points arrive.

use super::figures::figures;
use super::progress::Progress;
use super::terminal::{self, Terminal};
use crate::elaborate::Elaborated;
use crate::execute;
use crate::plot::{self, Figure};
use crate::results::TaskResult;
use crate::session::Watch;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Between two drawings passes at least so much time, and at least so many times what a drawing took.
const PAUSE: Duration = Duration::from_millis(250);
const SHARE: u32 = 10;
/// Lines of a drawing.
const LINES: usize = 18;

/// Watches a run and draws what is there.
pub struct Live<'l> {
    progress: Progress,
    elaborated: &'l Elaborated,
    terminal: &'l Terminal,
    shown: Mutex<Shown>,
}

#[derive(Default)]
struct Shown {
    /// Lines of the drawing on the screen.
    lines: usize,
    /// No drawing before this time.
    not_before: Option<Instant>,
    task: String,
    points: usize,
}

impl<'l> Live<'l> {
    pub fn new(elaborated: &'l Elaborated, terminal: &'l Terminal) -> Live<'l> {
        // The bar would be drawn into the figure.
        Live { progress: Progress::new(false), elaborated, terminal, shown: Mutex::default() }
    }

    /// The figure of the script that can be drawn already, else the first quantity of the task that runs.
    fn figure(&self, tasks: &[TaskResult]) -> Option<Figure> {
        let running = tasks.last()?;
        let own = execute::figures_so_far(&self.elaborated.plan.outputs, tasks);
        let drawable = |f: &Figure| f.panels.iter().any(|p| !p.layers.is_empty());
        let of_task =
            |task: &TaskResult| task.descriptions.iter().find_map(|d| figures(task, &d.name).figures.into_iter().next());
        own.into_iter().map(|f| f.1).find(drawable).or_else(|| of_task(running))
    }

    fn erase(shown: &mut Shown) -> String {
        match std::mem::take(&mut shown.lines) {
            0 => String::new(),
            n => format!("\x1b[{n}A\r\x1b[J"),
        }
    }
}

impl Watch for Live<'_> {
    fn task(&self, name: &str, points: usize, kept: usize, sweeps: u64) {
        if let Ok(mut shown) = self.shown.lock() {
            (shown.task, shown.points) = (name.to_string(), points);
        }
        self.progress.task(name, points, kept, sweeps);
    }

    fn advanced(&self, sweeps: u64) {
        self.progress.advanced(sweeps);
    }

    fn point(&self) {
        self.progress.point();
    }

    fn grown(&self, now: &dyn Fn() -> Vec<TaskResult>) {
        // Whoever comes while another draws goes on working.
        let Ok(mut shown) = self.shown.try_lock() else { return };
        let begun = Instant::now();
        if shown.not_before.is_some_and(|t| begun < t) {
            return;
        }
        let tasks = now();
        let Some(figure) = self.figure(&tasks) else { return };
        let drawing = plot::terminal(&figure, self.terminal.columns(), LINES, self.terminal.color);
        let there = tasks.last().map_or(0, |t| t.points.iter().flatten().count());
        let mut text = Self::erase(&mut shown);
        text.push_str(&drawing.content);
        text.push_str(&format!("\n{}  {there}/{} points\n", shown.task, shown.points));
        shown.lines = drawing.content.lines().count() + 1;
        terminal::put(&text);
        shown.not_before = Some(Instant::now() + PAUSE.max(begun.elapsed() * SHARE));
    }

    fn task_done(&self) {
        self.progress.task_done();
    }

    fn stop(&self) -> bool {
        self.progress.stop()
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        if let Ok(mut shown) = self.shown.lock() {
            terminal::put(&Self::erase(&mut shown));
        }
    }
}
