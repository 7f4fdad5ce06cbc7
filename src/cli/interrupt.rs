//! Ctrl-C and polite signals: the first asks a run to stop, the second ends the program at once.

use super::terminal::note;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static INSTALL: Once = Once::new();
static RUNNING: AtomicBool = AtomicBool::new(false);
static STOP: AtomicBool = AtomicBool::new(false);
/// At a prompt nothing ends the program but its own end.
static STAY: AtomicBool = AtomicBool::new(false);

/// While it lives, Ctrl-C asks to stop rather than ending the program.
pub struct Guard(());

/// From now on Ctrl-C stops what runs, and ends the program never.
pub fn stay() {
    STAY.store(true, Ordering::SeqCst);
    install();
}

/// Begins a run.
pub fn guard() -> Guard {
    STOP.store(false, Ordering::SeqCst);
    RUNNING.store(true, Ordering::SeqCst);
    install();
    Guard(())
}

fn install() {
    INSTALL.call_once(|| {
        let result = ctrlc::set_handler(|| {
            if STAY.load(Ordering::SeqCst) {
                if RUNNING.load(Ordering::SeqCst) && !STOP.swap(true, Ordering::SeqCst) {
                    note("\nstopping; what is finished is kept\n");
                }
                return;
            }
            if !RUNNING.load(Ordering::SeqCst) || STOP.swap(true, Ordering::SeqCst) {
                std::process::exit(i32::from(super::INTERRUPTED));
            }
            note("\nstopping; what is finished is kept (once more: end at once)\n");
        });
        if let Err(e) = result {
            note(&format!("Ctrl-C will end the run at once, without its last words: {e}\n"));
        }
    });
}

/// Whether the run in hand should stop.
pub fn asked() -> bool {
    STOP.load(Ordering::Relaxed)
}

impl Drop for Guard {
    fn drop(&mut self) {
        RUNNING.store(false, Ordering::SeqCst);
    }
}
