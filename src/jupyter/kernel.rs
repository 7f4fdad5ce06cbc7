//! `ann jupyter kernel`: a session of the prompt behind the sockets of a notebook.
//!
//! Cells run one after the other on this thread, each a transaction of the session. What may not wait for them, such as a
//! request to stop, has a thread of its own.

use super::cells::Cells;
use super::message::{Message, PROTOCOL, Signer};
use super::zmtp::{self, Peer, Publisher, Received};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What both threads of the kernel share.
#[derive(Clone)]
pub struct Wire {
    signer: Signer,
    publisher: Publisher,
    /// The cell that runs is to stop.
    pub stop: Arc<AtomicBool>,
    /// A cell runs.
    running: Arc<AtomicBool>,
    /// One message after the other: what a request gives stays together.
    order: Arc<Mutex<()>>,
}

impl Wire {
    /// Tells all frontends.
    pub fn publish(&self, kind: &str, parent: &Value, content: &Value) {
        let _in_order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        self.publisher.send(&self.signer.broadcast(kind, parent, content));
    }

    fn state(&self, parent: &Value, state: &str) {
        self.publish("status", parent, &json!({ "execution_state": state }));
    }

    fn reply(&self, request: &Message, peer: &Peer, content: &Value) {
        peer.send(self.signer.reply(request, content));
    }
}

/// Serves the frontends of a connection file until one says that it is over.
pub fn serve(connection: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(connection).map_err(|e| format!("`{}` cannot be read: {e}", connection.display()))?;
    let file: Value =
        serde_json::from_str(&text).map_err(|e| format!("`{}` is no connection file: {e}", connection.display()))?;
    let transport = file["transport"].as_str().unwrap_or("tcp");
    let scheme = file["signature_scheme"].as_str().filter(|s| !s.is_empty()).unwrap_or("hmac-sha256");
    if transport != "tcp" || scheme != "hmac-sha256" {
        return Err(format!("this kernel speaks tcp with hmac-sha256, not {transport} with {scheme}"));
    }
    let ip = file["ip"].as_str().unwrap_or("127.0.0.1");
    let address = |port: &str| {
        let number = file[port].as_u64().ok_or_else(|| format!("the connection file has no `{port}`"))?;
        Ok::<String, String>(if ip.contains(':') { format!("[{ip}]:{number}") } else { format!("{ip}:{number}") })
    };
    let (shell, requests) = channel();
    let (control, orders) = channel();
    let (input, _nothing) = channel();
    let bound = |what: &str, done: std::io::Result<()>| done.map_err(|e| format!("the socket `{what}` cannot be opened: {e}"));
    bound("shell", zmtp::router(&address("shell_port")?, shell.clone()))?;
    bound("control", zmtp::router(&address("control_port")?, control))?;
    bound("stdin", zmtp::router(&address("stdin_port")?, input))?;
    bound("heartbeat", zmtp::echo(&address("hb_port")?))?;
    let publisher = Publisher::bind(&address("iopub_port")?).map_err(|e| format!("the socket `iopub` cannot be opened: {e}"))?;
    let wire = Wire {
        signer: Signer::new(file["key"].as_str().unwrap_or_default()),
        publisher,
        stop: Arc::default(),
        running: Arc::default(),
        order: Arc::default(),
    };
    signals(&wire);
    watch_parent();
    let beside = wire.clone();
    std::thread::Builder::new()
        .name("jupyter control".to_string())
        .spawn(move || control_loop(&beside, &orders))
        .map_err(|e| e.to_string())?;
    wire.state(&json!({}), "starting");
    shell_loop(&wire, &requests);
    // The last words are still on their way.
    std::thread::sleep(Duration::from_millis(50));
    Ok(())
}

/// A signal stops the cell that runs; where none runs, it is for those who would end the kernel to insist.
fn signals(wire: &Wire) {
    let (stop, running) = (wire.stop.clone(), wire.running.clone());
    let insisted = AtomicBool::new(false);
    let handler = move || {
        if running.load(Ordering::SeqCst) {
            stop.store(true, Ordering::SeqCst);
            insisted.store(false, Ordering::SeqCst);
        } else if insisted.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(crate::cli::INTERRUPTED));
        }
    };
    if let Err(e) = ctrlc::set_handler(handler) {
        crate::cli::terminal::note(&format!("signals will end the kernel: {e}\n"));
    }
}

/// Ends the kernel when the program that started it is gone.
fn watch_parent() {
    #[cfg(unix)]
    if std::env::var_os("JPY_PARENT_PID").is_some() {
        let parent = std::os::unix::process::parent_id();
        let watch = move || {
            while std::os::unix::process::parent_id() == parent {
                std::thread::sleep(Duration::from_secs(1));
            }
            std::process::exit(i32::from(crate::cli::FAILED));
        };
        let _ = std::thread::Builder::new().name("jupyter parent".to_string()).spawn(watch);
    }
}

fn control_loop(wire: &Wire, orders: &Receiver<Received>) {
    while let Ok(Received { frames, peer }) = orders.recv() {
        let Some(request) = wire.signer.open(frames) else { continue };
        wire.state(&request.header, "busy");
        let mut over = false;
        match request.kind() {
            "interrupt_request" => {
                if wire.running.load(Ordering::SeqCst) {
                    wire.stop.store(true, Ordering::SeqCst);
                }
                wire.reply(&request, &peer, &json!({ "status": "ok" }));
            }
            "shutdown_request" => {
                shut_down(wire, &request, &peer);
                over = true;
            }
            "kernel_info_request" => wire.reply(&request, &peer, &about()),
            _ => {}
        }
        wire.state(&request.header, "idle");
        if over {
            // The writers of the sockets are given a moment; a cell that runs is not waited for.
            std::thread::sleep(Duration::from_millis(50));
            std::process::exit(i32::from(crate::cli::GOOD));
        }
    }
}

fn shut_down(wire: &Wire, request: &Message, peer: &Peer) {
    wire.stop.store(true, Ordering::SeqCst);
    let content = json!({ "status": "ok", "restart": request.content["restart"].as_bool().unwrap_or(false) });
    wire.reply(request, peer, &content);
    wire.publish("shutdown_reply", &request.header, &content);
}

fn shell_loop(wire: &Wire, requests: &Receiver<Received>) {
    let mut cells = Cells::new();
    while let Ok(Received { frames, peer }) = requests.recv() {
        let Some(request) = wire.signer.open(frames) else { continue };
        wire.state(&request.header, "busy");
        let content = &request.content;
        let code = content["code"].as_str().unwrap_or_default();
        let cursor = content["cursor_pos"].as_u64().unwrap_or(0) as usize;
        // What is not to be run any more: it came before the answer to a cell that failed.
        let mut waiting: Option<Vec<Received>> = None;
        match request.kind() {
            "execute_request" => {
                wire.stop.store(false, Ordering::SeqCst);
                wire.running.store(true, Ordering::SeqCst);
                let answer = cells.execute(wire, &request);
                wire.running.store(false, Ordering::SeqCst);
                if answer["status"] == "error" && content["stop_on_error"].as_bool().unwrap_or(true) {
                    waiting = Some(requests.try_iter().collect());
                }
                wire.reply(&request, &peer, &answer);
            }
            "kernel_info_request" => wire.reply(&request, &peer, &about()),
            "complete_request" => wire.reply(&request, &peer, &cells.complete(code, cursor)),
            "inspect_request" => wire.reply(&request, &peer, &cells.inspect(code, cursor)),
            "is_complete_request" => wire.reply(&request, &peer, &super::cells::is_complete(code)),
            "history_request" => wire.reply(&request, &peer, &cells.history(content)),
            "comm_info_request" => wire.reply(&request, &peer, &json!({ "status": "ok", "comms": {} })),
            "shutdown_request" => {
                shut_down(wire, &request, &peer);
                wire.state(&request.header, "idle");
                return;
            }
            _ => {}
        }
        wire.state(&request.header, "idle");
        waiting.into_iter().for_each(|w| abort(wire, w));
    }
}

/// Cells that were waiting behind one that failed are not run.
fn abort(wire: &Wire, waiting: Vec<Received>) {
    for Received { frames, peer } in waiting {
        let Some(request) = wire.signer.open(frames) else { continue };
        wire.state(&request.header, "busy");
        let kind = request.kind();
        if kind == "execute_request" {
            wire.reply(&request, &peer, &json!({ "status": "aborted" }));
        } else if kind == "kernel_info_request" {
            wire.reply(&request, &peer, &about());
        } else if kind == "is_complete_request" {
            wire.reply(&request, &peer, &super::cells::is_complete(request.content["code"].as_str().unwrap_or_default()));
        } else {
            wire.reply(&request, &peer, &json!({ "status": "aborted" }));
        }
        wire.state(&request.header, "idle");
    }
}

/// The answer to `kernel_info_request`.
fn about() -> Value {
    json!({
        "status": "ok",
        "protocol_version": PROTOCOL,
        "implementation": "ann",
        "implementation_version": env!("CARGO_PKG_VERSION"),
        "language_info": {
            "name": "ann",
            "version": env!("CARGO_PKG_VERSION"),
            "mimetype": "text/x-ann",
            "file_extension": ".ann",
        },
        "banner": format!("Ann {}: experiments in statistical mechanics", env!("CARGO_PKG_VERSION")),
        "help_links": [],
        "debugger": false,
    })
}
