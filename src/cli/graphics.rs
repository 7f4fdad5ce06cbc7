//! Pictures in the terminal: which protocol it speaks, and the bytes of a picture in it.

use crate::plot::{self, base64};
use std::sync::OnceLock;
use std::time::Duration;

/// How a terminal takes pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// As kitty has it; so have Ghostty, Konsole and WezTerm.
    Kitty,
    Sixel,
}

static ASKED: OnceLock<Option<Protocol>> = OnceLock::new();
/// How long a terminal has for its answer.
const PATIENCE: Duration = Duration::from_millis(200);
/// Letters of a chunk, as the protocol of kitty has it.
const CHUNK: usize = 4096;

/// What the terminal takes, if it was asked and takes pictures.
pub fn protocol() -> Option<Protocol> {
    ASKED.get().copied().flatten()
}

/// Asks the terminal, once. Standard input and output are that terminal.
pub fn ask() {
    ASKED.get_or_init(|| {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        match variable("ANN_GRAPHICS").as_str() {
            "kitty" => return Some(Protocol::Kitty),
            "sixel" => return Some(Protocol::Sixel),
            "" => {}
            _ => return None,
        }
        match told(&variable) {
            Some(known) => known,
            None => attributes().filter(|a| a.split(';').any(|n| n == "4")).map(|_| Protocol::Sixel),
        }
    });
}

/// What the environment tells: pictures in kitty's way, or no pictures. `None`: nothing.
fn told(variable: &dyn Fn(&str) -> String) -> Option<Option<Protocol>> {
    let (term, program) = (variable("TERM"), variable("TERM_PROGRAM"));
    if term == "dumb" || !variable("TMUX").is_empty() || term.starts_with("screen") {
        return Some(None);
    }
    let kitty = !variable("KITTY_WINDOW_ID").is_empty()
        || term.contains("kitty")
        || term.contains("ghostty")
        || ["ghostty", "WezTerm"].contains(&program.as_str())
        || !variable("KONSOLE_VERSION").is_empty();
    kitty.then_some(Some(Protocol::Kitty))
}

/// The primary attributes of the terminal, numbers parted by `;`; sixels are number 4.
#[cfg(unix)]
fn attributes() -> Option<String> {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
    let input = std::io::stdin();
    let before: Termios = tcgetattr(&input).ok()?;
    let mut raw = before.clone();
    raw.make_raw();
    tcsetattr(&input, OptionalActions::Now, &raw).ok()?;
    super::terminal::put("\x1b[c");
    let mut answer = Vec::new();
    let until = std::time::Instant::now() + PATIENCE;
    while !answer.ends_with(b"c") && answer.len() < 256 {
        let left = until.saturating_duration_since(std::time::Instant::now());
        let time = rustix::event::Timespec { tv_sec: 0, tv_nsec: i64::from(left.subsec_nanos()) };
        let ready = poll(&mut [PollFd::new(&input, PollFlags::IN)], Some(&time));
        let mut byte = [0u8];
        match ready {
            Ok(1) if rustix::io::read(&input, &mut byte) == Ok(1) => answer.push(byte[0]),
            _ => break,
        }
    }
    let _ = tcsetattr(&input, OptionalActions::Now, &before);
    let text = String::from_utf8(answer).ok()?;
    Some(text.strip_prefix("\x1b[?")?.strip_suffix('c')?.to_string())
}

#[cfg(not(unix))]
fn attributes() -> Option<String> {
    None
}

/// A PNG file in the way that the terminal takes it, with a line feed at its end.
pub fn encoded(png: &[u8], protocol: Protocol) -> Result<String, String> {
    if protocol == Protocol::Sixel {
        return plot::sixel(png).map(|text| text + "\n");
    }
    let letters = base64(png);
    let chunks: Vec<&str> = (0..letters.len()).step_by(CHUNK).map(|k| &letters[k..(k + CHUNK).min(letters.len())]).collect();
    let mut out = String::with_capacity(letters.len() + 64);
    for (k, chunk) in chunks.iter().enumerate() {
        let first = if k == 0 { "a=T,f=100,q=2," } else { "" };
        let more = u8::from(k + 1 < chunks.len());
        out.push_str(&format!("\x1b_G{first}m={more};{chunk}\x1b\\"));
    }
    out.push('\n');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_tells_of_kitty() {
        let of = |pairs: &'static [(&str, &str)]| {
            told(&move |name: &str| pairs.iter().find(|p| p.0 == name).map(|p| p.1.to_string()).unwrap_or_default())
        };
        assert_eq!(of(&[("TERM", "xterm-kitty")]), Some(Some(Protocol::Kitty)));
        assert_eq!(of(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")]), Some(Some(Protocol::Kitty)));
        assert_eq!(of(&[("TERM", "xterm-kitty"), ("TMUX", "1")]), Some(None));
        assert_eq!(of(&[("TERM", "xterm-256color")]), None);
    }

    #[test]
    fn long_pictures_come_in_chunks() {
        let text = encoded(&[7; 5000], Protocol::Kitty).unwrap();
        let parts: Vec<&str> = text.trim_end().split("\x1b\\").filter(|p| !p.is_empty()).collect();
        assert_eq!(parts.len(), 2);
        assert!(parts[0].starts_with("\x1b_Ga=T,f=100,q=2,m=1;") && parts[1].starts_with("\x1b_Gm=0;"));
        assert_eq!(parts[0].split_once(';').unwrap().1.len(), CHUNK);
    }
}
