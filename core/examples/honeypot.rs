//! A honeypot's matcher: who makes packets itself, by signs that no operating system's stack shows.
//! It takes part in the analyzer, and its findings come with the records.
//!
//! ```text
//! cargo run --example honeypot -- FILE
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::net::IpAddr;

use stackprint::capture::Decoder;
use stackprint::{Analyzer, Database, Matcher, Quirks, Record, Side};

/// Why a client is taken for a scanner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// The database knows the tool.
    KnownTool,
    /// No TCP options: every system announces an MSS.
    NoOptions,
    /// What a header of that kind cannot have.
    ImpossibleHeader,
    /// One client knocked at many ports.
    ManyPorts,
}

/// Has state: which ports each client tried.
#[derive(Default)]
struct Scanners {
    ports: HashMap<IpAddr, Vec<u16>>,
}

impl Matcher for Scanners {
    type Finding = Sign;

    fn find(&mut self, record: &Record<'_>) -> Option<Sign> {
        const MANY: usize = 10;
        const IMPOSSIBLE: Quirks =
            Quirks::NONZERO_ACK.union(Quirks::URG_FLAG).union(Quirks::BAD_OPTIONS);
        let fingerprint = record.fingerprint.as_ref().filter(|_| record.subject == Side::Client)?;
        let observation = &fingerprint.observation;
        let tried = self.ports.entry(record.client.ip).or_default();
        if tried.len() < MANY && !tried.contains(&record.server.port) {
            tried.push(record.server.port);
        }
        if fingerprint.found.is_some_and(|found| found.label.is_userland()) {
            Some(Sign::KnownTool)
        } else if observation.layout.kinds().is_empty() {
            Some(Sign::NoOptions)
        } else if observation.quirks & IMPOSSIBLE != Quirks::NONE {
            Some(Sign::ImpossibleHeader)
        } else {
            (tried.len() == MANY).then_some(Sign::ManyPorts)
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: honeypot FILE")?;
    let bytes = std::fs::read(path)?;
    let mut scanners = Scanners::default();
    let mut analyzer = Analyzer::new(&Database::builtin());
    let mut session = analyzer.session();
    let mut decoder = Decoder::new();
    decoder.push(&bytes, |captured| {
        session.analyze_with(&captured.frame, &mut scanners, |result| {
            // What is no TCP is skipped, with a reason that is of no interest here.
            let Ok(Some(matched)) = result else { return };
            if let Some(sign) = matched.finding {
                println!(
                    "{} {sign:?} at port {}",
                    matched.record.client.ip, matched.record.server.port
                );
            }
        });
    })?;
    decoder.finish()?;
    Ok(())
}
