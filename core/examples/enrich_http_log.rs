//! Joins a web server's log with what the clients' SYNs say: lines of JSON with `client` and `port`
//! come in, the same lines with the member `stackprint` go out.
//!
//! ```text
//! cargo run --example enrich_http_log -- CAPTURE <access.ndjson
//! ```
//!
//! A port is used again after a while; of several SYNs, the last before the line's `time` counts
//! (RFC 3339, as in `2026-11-23T00:50:54.3Z`), or the last of all where a line has none.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufRead as _, Write as _};

use serde_json::{Value, json};
use stackprint::capture::Decoder;
use stackprint::{Analyzer, Database, RecordKind};

/// What a SYN said of its client, and when.
struct Said {
    time: String,
    findings: Value,
}

/// By address and port.
type Clients = HashMap<(String, u64), Vec<Said>>;

fn clients(octets: &[u8]) -> Result<Clients, Box<dyn Error>> {
    let mut clients = Clients::new();
    let mut analyzer = Analyzer::new(&Database::builtin());
    let mut decoder = Decoder::new();
    decoder.push(octets, |captured| {
        let Ok(Some(record)) = analyzer.analyze(&captured.frame) else { return };
        let Some(fingerprint) = &record.fingerprint else { return };
        if record.kind != RecordKind::Syn {
            return;
        }
        let label = fingerprint.found.map(|found| found.label.to_string());
        let findings = json!({
            "os": label,
            "quality": fingerprint.quality(),
            "distance": fingerprint.distance,
            "signature": fingerprint.observation.to_string(),
        });
        let key = (record.client.ip.to_string(), record.client.port.into());
        let said = Said { time: record.time.to_string(), findings };
        clients.entry(key).or_default().push(said);
    })?;
    decoder.finish()?;
    Ok(clients)
}

/// The last of what was said before a time; times of equal form are in the order of their text.
fn before<'s>(said: &'s [Said], time: Option<&str>) -> Option<&'s Said> {
    match time {
        // Without its `Z`, so that fewer digits come before more.
        Some(time) => said.iter().rfind(|one| one.time.as_str() <= time.trim_end_matches('Z')),
        None => said.last(),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: enrich_http_log CAPTURE <LOG")?;
    let clients = clients(&std::fs::read(path)?)?;
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let mut line: Value = serde_json::from_str(&line?)?;
        let client = line["client"].as_str().unwrap_or_default().to_owned();
        let port = line["port"].as_u64().unwrap_or_default();
        let said = clients.get(&(client, port));
        let found = said.and_then(|said| before(said, line["time"].as_str()));
        if let (Some(found), Some(object)) = (found, line.as_object_mut()) {
            object.insert("stackprint".into(), found.findings.clone());
        }
        writeln!(out, "{line}")?;
    }
    Ok(())
}
