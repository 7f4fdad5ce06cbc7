//! The part of ZeroMQ that a Jupyter kernel needs: the accepting side of ROUTER, PUB and REP sockets over TCP, with the
//! protocol ZMTP 3.0 and its mechanism NULL (RFC 23 of the ZeroMQ project). Knows nothing of Jupyter.
//!
//! Five sockets that only accept do not need an asynchronous runtime, and the library that brings one takes almost a minute
//! of a processor to build.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The frames of a message.
pub type Frames = Vec<Vec<u8>>;

const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;
/// A longer frame is refused.
const LONGEST: u64 = 1 << 30;
/// A message has no more frames.
const MOST_FRAMES: usize = 1 << 16;
/// Messages that wait for a reader that is slow; further ones are dropped, as PUB sockets do.
const WAITING: usize = 100_000;
/// A greeting that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a socket does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Router,
    Pub,
    Rep,
}

impl Kind {
    fn name(self) -> &'static [u8] {
        match self {
            Kind::Router => b"ROUTER",
            Kind::Pub => b"PUB",
            Kind::Rep => b"REP",
        }
    }
}

/// The way back to whoever sent a message; connections are told apart by their numbers.
#[derive(Clone)]
pub struct Peer(SyncSender<Frames>, u64);

impl Peer {
    fn new(to: SyncSender<Frames>) -> Peer {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Peer(to, NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends a message; one who has gone misses nothing.
    pub fn send(&self, frames: Frames) {
        let _ = self.0.try_send(frames);
    }
}

/// A message that came in, and the way back.
pub struct Received {
    pub frames: Frames,
    pub peer: Peer,
}

/// Accepts connections at an address for good; what comes in goes to `to`.
pub fn router(address: &str, to: Sender<Received>) -> io::Result<()> {
    listen(address, Kind::Router, move |frames, peer| to.send(Received { frames, peer: peer.clone() }).is_ok())
}

/// Accepts connections at an address, and sends back whatever comes.
pub fn echo(address: &str) -> io::Result<()> {
    listen(address, Kind::Rep, |frames, peer| {
        peer.send(frames);
        true
    })
}

/// All who listen to a PUB socket, with what each wants to hear: beginnings of first frames.
#[derive(Clone, Default)]
pub struct Publisher(Arc<Mutex<Vec<Listener>>>);

struct Listener {
    peer: Peer,
    topics: Vec<Vec<u8>>,
}

impl Publisher {
    /// Accepts listeners at an address.
    pub fn bind(address: &str) -> io::Result<Publisher> {
        let publisher = Publisher::default();
        let all = publisher.clone();
        listen(address, Kind::Pub, move |frames, peer| {
            if let Some((what, topic)) = frames.first().and_then(|f| f.split_first()) {
                all.subscribe(peer, *what == 1, topic);
            }
            true
        })?;
        Ok(publisher)
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<Listener>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subscribe(&self, peer: &Peer, on: bool, topic: &[u8]) {
        let mut all = self.listeners();
        match all.iter_mut().find(|l| l.peer.1 == peer.1) {
            Some(l) if on => l.topics.push(topic.to_vec()),
            Some(l) => {
                if let Some(k) = l.topics.iter().position(|t| t == topic) {
                    l.topics.remove(k);
                }
            }
            None if on => all.push(Listener { peer: peer.clone(), topics: vec![topic.to_vec()] }),
            None => {}
        }
    }

    /// Sends a message to all who want it. Those who have gone are forgotten.
    pub fn send(&self, frames: &Frames) {
        let first = frames.first().map_or(&[][..], Vec::as_slice);
        self.listeners().retain(|l| {
            let wanted = l.topics.iter().any(|t| first.starts_with(t));
            !wanted || !matches!(l.peer.0.try_send(frames.clone()), Err(TrySendError::Disconnected(_)))
        });
    }
}

/// Accepts connections at an address, each with a thread that reads and one that writes. `take` is given each message;
/// the connection is closed when it says no.
fn listen(address: &str, kind: Kind, take: impl Fn(Frames, &Peer) -> bool + Send + Sync + 'static) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    let take = Arc::new(take);
    let name = format!("{kind:?} {address}");
    std::thread::Builder::new().name(name.clone()).spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else {
                // Out of descriptors, perhaps: not at full speed.
                std::thread::sleep(Duration::from_millis(50));
                continue;
            };
            let take = take.clone();
            // A connection that fails ends; its peer comes again.
            let _ = std::thread::Builder::new().name(name.clone()).spawn(move || serve(stream, kind, &*take));
        }
    })?;
    Ok(())
}

fn serve(stream: TcpStream, kind: Kind, take: &dyn Fn(Frames, &Peer) -> bool) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = BufWriter::new(stream.try_clone()?);
    greet(&mut reader, &mut writer, kind)?;
    stream.set_read_timeout(None)?;
    let (send, receive) = sync_channel::<Frames>(WAITING);
    let peer = Peer::new(send);
    std::thread::Builder::new().name(format!("{kind:?} writer")).spawn(move || {
        while let Ok(frames) = receive.recv() {
            if write_message(&mut writer, &frames).is_err() {
                return;
            }
        }
    })?;
    let mut frames = Frames::new();
    loop {
        let (flags, body) = read_frame(&mut reader)?;
        if flags & COMMAND != 0 {
            match body.split_first() {
                // Of version 3.1: subscriptions, and signs of life.
                Some((9, rest)) if rest.starts_with(b"SUBSCRIBE") && !take(vec![[&[1], &rest[9..]].concat()], &peer) => break,
                Some((6, rest)) if rest.starts_with(b"CANCEL") && !take(vec![[&[0], &rest[6..]].concat()], &peer) => break,
                _ => {}
            }
            continue;
        }
        frames.push(body);
        if frames.len() > MOST_FRAMES {
            return Err(invalid("a message of too many frames"));
        }
        if flags & MORE == 0 && !take(std::mem::take(&mut frames), &peer) {
            break;
        }
    }
    Ok(())
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Exchanges greetings and the command READY.
fn greet(reader: &mut impl Read, writer: &mut impl Write, kind: Kind) -> io::Result<()> {
    let mut greeting = [0u8; 64];
    (greeting[0], greeting[9], greeting[10]) = (0xff, 0x7f, 3);
    greeting[12..16].copy_from_slice(b"NULL");
    writer.write_all(&greeting)?;
    writer.flush()?;
    let mut theirs = [0u8; 64];
    reader.read_exact(&mut theirs)?;
    if theirs[0] != 0xff || theirs[9] & 1 != 1 || theirs[10] < 3 {
        return Err(invalid("not a peer of ZMTP 3"));
    }
    if &theirs[12..17] != b"NULL\0" {
        return Err(invalid("a peer that wants to be known by more than its address"));
    }
    let mut ready = b"\x05READY".to_vec();
    for (name, value) in [(&b"Socket-Type"[..], kind.name()), (b"Identity", b"")] {
        ready.push(name.len() as u8);
        ready.extend(name);
        ready.extend((value.len() as u32).to_be_bytes());
        ready.extend(value);
    }
    write_frame(writer, COMMAND, &ready)?;
    writer.flush()?;
    let (flags, body) = read_frame(reader)?;
    if flags & COMMAND == 0 || !body.starts_with(b"\x05READY") {
        return Err(invalid("a peer that is not ready"));
    }
    Ok(())
}

fn read_frame(reader: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut byte = [0u8];
    reader.read_exact(&mut byte)?;
    let flags = byte[0];
    let length = if flags & LONG != 0 {
        let mut eight = [0u8; 8];
        reader.read_exact(&mut eight)?;
        u64::from_be_bytes(eight)
    } else {
        reader.read_exact(&mut byte)?;
        u64::from(byte[0])
    };
    if length > LONGEST {
        return Err(invalid("a frame that is too long"));
    }
    let mut body = Vec::new();
    // Grows with what comes: a length alone takes no memory.
    if reader.take(length).read_to_end(&mut body)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((flags, body))
}

fn write_frame(writer: &mut impl Write, flags: u8, body: &[u8]) -> io::Result<()> {
    match u8::try_from(body.len()) {
        Ok(short) => writer.write_all(&[flags, short])?,
        Err(_) => {
            writer.write_all(&[flags | LONG])?;
            writer.write_all(&(body.len() as u64).to_be_bytes())?;
        }
    }
    writer.write_all(body)
}

fn write_message(writer: &mut impl Write, frames: &Frames) -> io::Result<()> {
    for (k, frame) in frames.iter().enumerate() {
        write_frame(writer, if k + 1 < frames.len() { MORE } else { 0 }, frame)?;
    }
    writer.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back() {
        let message: Frames = vec![vec![], b"short".to_vec(), vec![7; 300]];
        let mut bytes = Vec::new();
        write_message(&mut bytes, &message).unwrap();
        let mut input = bytes.as_slice();
        let frames: Vec<(u8, Vec<u8>)> = (0..3).map(|_| read_frame(&mut input).unwrap()).collect();
        assert_eq!(frames.iter().map(|f| f.0 & MORE).collect::<Vec<_>>(), [1, 1, 0]);
        assert_eq!(frames.into_iter().map(|f| f.1).collect::<Vec<_>>(), message);
        // A length without its bytes takes neither memory nor time.
        assert!(read_frame(&mut &[LONG, 0, 0, 0, 0, 0x3f, 0xff, 0xff, 0xff, 1][..]).is_err());
        assert!(read_frame(&mut &[LONG, 0xff, 0, 0, 0, 0, 0, 0, 0][..]).is_err());
    }

    #[test]
    fn strangers_are_sent_away() {
        let mut out = Vec::new();
        assert!(greet(&mut &b"GET / HTTP/1.1\r\n"[..], &mut out, Kind::Router).is_err());
        let mut curve = [0u8; 64];
        (curve[0], curve[9], curve[10]) = (0xff, 0x7f, 3);
        curve[12..17].copy_from_slice(b"CURVE");
        assert!(greet(&mut &curve[..], &mut out, Kind::Router).is_err());
    }

    #[test]
    fn listeners_hear_what_they_asked_for() {
        let publisher = Publisher::default();
        let (send, receive) = sync_channel(10);
        let peer = Peer::new(send);
        publisher.subscribe(&peer, true, b"a");
        publisher.send(&vec![b"ab".to_vec()]);
        publisher.send(&vec![b"b".to_vec()]);
        publisher.subscribe(&peer, false, b"a");
        publisher.send(&vec![b"ab".to_vec()]);
        assert_eq!(receive.try_iter().collect::<Vec<_>>(), [vec![b"ab".to_vec()]]);
        drop(receive);
        publisher.subscribe(&peer, true, b"");
        publisher.send(&vec![vec![]]);
        assert!(publisher.listeners().is_empty());
    }
}
