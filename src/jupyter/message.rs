//! Jupyter's messages: signed, with headers, in the frames of version 5 of its protocol.

use super::zmtp::Frames;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::atomic::{AtomicU64, Ordering};

/// The version of the protocol that is spoken.
pub const PROTOCOL: &str = "5.4";
const DELIMITER: &[u8] = b"<IDS|MSG>";

/// A message that came in.
#[derive(Clone, Debug)]
pub struct Message {
    /// What stood before the message proper: the way back through brokers.
    route: Frames,
    pub header: Value,
    pub content: Value,
}

impl Message {
    pub fn kind(&self) -> &str {
        self.header["msg_type"].as_str().unwrap_or_default()
    }
}

/// Signs what goes out and checks what comes in. All messages of one kernel are of one session.
#[derive(Clone)]
pub struct Signer {
    key: Vec<u8>,
    session: String,
}

static COUNT: AtomicU64 = AtomicU64::new(0);

impl Signer {
    /// An empty key: nothing is signed.
    pub fn new(key: &str) -> Signer {
        let seed = format!("{key} {} {:?}", std::process::id(), std::time::SystemTime::now());
        Signer { key: key.as_bytes().to_vec(), session: blake3::hash(seed.as_bytes()).to_hex()[..32].to_string() }
    }

    fn mac(&self, parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok().filter(|_| !self.key.is_empty())?;
        parts.iter().for_each(|p| mac.update(p));
        Some(mac)
    }

    /// The message in some frames; none if it is not one, or not signed with our key.
    pub fn open(&self, frames: Frames) -> Option<Message> {
        let at = frames.iter().position(|f| f == DELIMITER)?;
        let [signature, header, parent, metadata, content, ..] = frames.get(at + 1..)? else { return None };
        if let Some(mac) = self.mac(&[header, parent, metadata, content]) {
            mac.verify_slice(&from_hex(signature)?).ok()?;
        }
        let header = serde_json::from_slice(header).ok()?;
        let content = serde_json::from_slice(content).ok()?;
        Some(Message { route: frames[..at].to_vec(), header, content })
    }

    /// A message in frames behind a route.
    fn seal(&self, route: Frames, kind: &str, parent: &Value, content: &Value, metadata: &Value) -> Frames {
        let header = json!({
            "msg_id": format!("{}_{}", self.session, COUNT.fetch_add(1, Ordering::Relaxed)),
            "session": self.session,
            "username": "kernel",
            "date": crate::execute::now(),
            "msg_type": kind,
            "version": PROTOCOL,
        });
        let parts = [header.to_string(), parent.to_string(), metadata.to_string(), content.to_string()].map(String::into_bytes);
        let signature = self.mac(&[&parts[0], &parts[1], &parts[2], &parts[3]]);
        let signature = signature.map_or_else(String::new, |m| to_hex(&m.finalize().into_bytes()));
        let mut frames = route;
        frames.extend([DELIMITER.to_vec(), signature.into_bytes()]);
        frames.extend(parts);
        frames
    }

    /// The answer to a request.
    pub fn reply(&self, request: &Message, content: &Value) -> Frames {
        let kind = request.kind().replace("_request", "_reply");
        self.seal(request.route.clone(), &kind, &request.header, content, &json!({}))
    }

    /// What all frontends hear; `parent` is the header of the request that it comes from.
    pub fn broadcast(&self, kind: &str, parent: &Value, content: &Value) -> Frames {
        self.seal(vec![format!("kernel.{}.{kind}", self.session).into_bytes()], kind, parent, content, &json!({}))
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digits = std::str::from_utf8(text).ok().filter(|t| t.is_ascii() && t.len().is_multiple_of(2))?;
    (0..digits.len()).step_by(2).map(|k| u8::from_str_radix(&digits[k..k + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_standard() {
        // The second case of RFC 4231.
        let signer = Signer { key: b"Jefe".to_vec(), session: String::new() };
        let mac = signer.mac(&[b"what do ya want ", b"for nothing?"]).unwrap();
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(to_hex(&mac.finalize().into_bytes()), expected);
    }

    #[test]
    fn only_our_key_opens() {
        let (ours, theirs, none) = (Signer::new("k"), Signer::new("other"), Signer::new(""));
        let frames = ours.broadcast("status", &json!({}), &json!({ "execution_state": "idle" }));
        assert!(frames[0].starts_with(b"kernel.") && frames[0].ends_with(b".status"));
        assert_eq!(ours.open(frames.clone()).unwrap().content["execution_state"], "idle");
        assert!(theirs.open(frames.clone()).is_none());
        assert!(none.open(frames.clone()).is_some());
        let mut changed = frames.clone();
        *changed.last_mut().unwrap() = b"{}".to_vec();
        assert!(ours.open(changed).is_none());
        assert!(ours.open(frames[..5].to_vec()).is_none() && ours.open(vec![]).is_none());
        let request =
            Message { route: vec![b"a".to_vec()], header: json!({ "msg_type": "complete_request" }), content: json!({}) };
        let reply = ours.reply(&request, &json!({}));
        assert_eq!((reply[0].as_slice(), ours.open(reply.clone()).unwrap().kind()), (&b"a"[..], "complete_reply"));
    }
}
