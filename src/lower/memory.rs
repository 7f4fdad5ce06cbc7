//! What fits in this machine's memory. It decides only what is refused, never a result.

use std::sync::OnceLock;

/// The bytes that one piece of data may take: the memory of the machine, 16 GiB where it is not told.
pub fn limit() -> u64 {
    static LIMIT: OnceLock<u64> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let total =
            text.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        total.map_or(16 << 30, |kilobytes| kilobytes << 10)
    })
}

/// Refuses what would not fit, with what it needs.
pub fn check(what: &str, needed: u64) -> Result<(), String> {
    if needed <= limit() {
        return Ok(());
    }
    Err(format!("{what} would need about {}, this machine has {}", bytes(needed), bytes(limit())))
}

/// Bytes for people: `1.5 GiB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if n < 1024 {
        return format!("{n} bytes");
    }
    let mut x = n as f64 / 1024.0;
    let mut unit = 0;
    while x >= 1023.95 && unit + 1 < UNITS.len() {
        x /= 1024.0;
        unit += 1;
    }
    format!("{x:.1} {}", UNITS[unit])
}
