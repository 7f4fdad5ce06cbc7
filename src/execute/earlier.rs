//! What a run may take from before: results of earlier runs, and tasks that must not be computed now.

use crate::results::TaskResult;

/// What is there before a run begins.
#[derive(Clone, Copy, Default)]
pub struct Earlier<'e> {
    /// Tasks with points that need not be computed again.
    pub tasks: &'e [&'e TaskResult],
    /// Of these tasks only what is there is taken, and nothing computed.
    pub held: &'e [String],
}

impl Earlier<'_> {
    /// Whether a task takes only what is there.
    pub(super) fn holds(&self, task: &str) -> bool {
        self.held.iter().any(|h| h == task)
    }
}
