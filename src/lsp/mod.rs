//! Ann in an editor: the Language Server Protocol over standard input and output.
//!
//! This room owns the protocol, and what is said of a script that is being written: problems, documentation, values,
//! completion, definitions, names, colours, outline. Reading and checking are those of `ann check`, the layout that of
//! `ann fmt`, the texts those of `ann doc`. Nothing is run.

pub mod analysis;
mod bodies;
pub mod colours;
pub mod completion;
mod context;
mod exports;
pub mod facts;
pub mod hover;
mod outline;
mod places;
mod problems;
mod resolve;
mod server;
mod text;
mod wire;

use server::Server;
use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// A text is checked when nothing has come for so long: not at every key.
const REST: Duration = Duration::from_millis(120);

/// Serves an editor until it says `exit`, or closes its end. Gives the exit status.
pub fn serve() -> u8 {
    let (send, receive) = channel();
    // Messages are read beside the work, so that several changes that wait are one.
    let reader = std::thread::Builder::new().name("lsp input".to_string()).spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            let message = wire::read(&mut input);
            let end = message == wire::Incoming::End;
            if send.send(message).is_err() || end {
                return;
            }
        }
    });
    if reader.is_err() {
        return crate::cli::FAILED;
    }
    let mut server = Server::default();
    let mut output = std::io::stdout().lock();
    loop {
        let status = match receive.recv_timeout(REST) {
            Ok(message) => server.take(message),
            Err(RecvTimeoutError::Timeout) => {
                server.settle();
                flush(&mut server, &mut output);
                // Nothing waits: sleep until something comes.
                match receive.recv() {
                    Ok(message) => server.take(message),
                    Err(_) => return crate::cli::FAILED,
                }
            }
            Err(RecvTimeoutError::Disconnected) => return crate::cli::FAILED,
        };
        if !flush(&mut server, &mut output) {
            return crate::cli::FAILED;
        }
        if let Some(status) = status {
            return status;
        }
    }
}

/// Sends what is to be sent; false if nobody listens any more.
fn flush(server: &mut Server, output: &mut impl Write) -> bool {
    server.out.drain(..).all(|message| wire::write(output, &message).is_ok())
}
