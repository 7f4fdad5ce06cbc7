//! Time: by the wall, and by the processor, which does not count what other programs take.

use std::time::Instant;

/// The processor seconds of this process, all its threads together; by the wall where the system has no such clock.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub fn processor() -> f64 {
    #[repr(C)]
    struct Timespec {
        seconds: i64,
        nanoseconds: i64,
    }
    unsafe extern "C" {
        fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
    }
    const PROCESS: i32 = 2;
    let mut t = Timespec { seconds: 0, nanoseconds: 0 };
    // SAFETY: POSIX's function, given a valid place for its answer, laid out as on 64-bit Linux.
    unsafe { clock_gettime(PROCESS, &mut t) };
    t.seconds as f64 + t.nanoseconds as f64 * 1e-9
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
pub fn processor() -> f64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}

/// How long a row may take.
pub struct Effort {
    /// Seconds of one repetition, at least.
    pub repetition: f64,
    pub repetitions: usize,
}

/// Seconds for one call, by the wall and by the processor, a pair for each repetition.
pub struct Times {
    pub wall: Vec<f64>,
    pub processor: Vec<f64>,
}

impl Effort {
    pub fn new(quick: bool) -> Effort {
        if quick { Effort { repetition: 0.02, repetitions: 3 } } else { Effort { repetition: 0.1, repetitions: 11 } }
    }

    /// Times `work(n)`, which does its work n times, with n so large that a repetition takes long enough. The calls that find n
    /// out warm everything up.
    pub fn time(&self, mut work: impl FnMut(u64)) -> Times {
        let mut n = 1;
        loop {
            let start = Instant::now();
            work(n);
            let seconds = start.elapsed().as_secs_f64();
            if seconds >= self.repetition * 0.5 {
                n = ((n as f64 * self.repetition / seconds).ceil() as u64).max(1);
                break;
            }
            n *= if seconds < self.repetition * 0.05 { 8 } else { 2 };
        }
        let mut times = Times { wall: Vec::new(), processor: Vec::new() };
        for _ in 0..self.repetitions {
            let (start, own) = (Instant::now(), processor());
            work(n);
            times.processor.push((processor() - own) / n as f64);
            times.wall.push(start.elapsed().as_secs_f64() / n as f64);
        }
        times
    }

    /// The fewest processor seconds for one call, for floors.
    pub fn least(&self, work: impl FnMut(u64)) -> f64 {
        least(&self.time(work).processor)
    }
}

pub fn least(times: &[f64]) -> f64 {
    times.iter().copied().fold(f64::INFINITY, f64::min)
}

pub fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
