//! `stackprint db learn`: captures whose senders are known in, signatures out.

mod heads;
mod labelled;
mod seen;
mod write;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use stackprint::http::Kind;
use stackprint::{Analyzer, Database, Record, RecordKind, Side};

use super::args::LearnArgs;
use crate::captures::for_each_frame;
use crate::exit::FAILED;
use crate::stop::Stop;
use crate::{database, messages};
use labelled::Labelled;
use seen::{Place, Seen, SeenHead};

pub(super) fn run(args: &LearnArgs) -> anyhow::Result<ExitCode> {
    let captures = labelled::captures(args)?;
    let stop = Stop::listen().context("listening for signals")?;
    let database = if args.unknown {
        database::load_even_empty(&args.database)?
    } else {
        Arc::new(Database::empty())
    };
    let mut code = ExitCode::SUCCESS;
    let (mut seen, mut heads) = (Vec::new(), Vec::new());
    for (number, capture) in captures.iter().enumerate() {
        let mut take = |record: &Record<'_>, at: Place| match args.http {
            true => heads.extend(head(record, at)),
            false => seen.extend(handshake(record, at)),
        };
        if let Err(error) = gather(capture, number, &database, &stop, &mut take) {
            // What could be read of it counts.
            messages::say(&format_args!("{}: {error}", capture.input));
            code = ExitCode::from(FAILED);
        }
    }
    let text = match (args.http, args.unknown) {
        (false, true) => write::unknown(&captures, &seen),
        (false, false) => write::proposals(&captures, &seen, args.purity),
        (true, true) => heads::unknown(&captures, &heads),
        (true, false) => heads::proposals(&captures, &heads),
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(code)
}

/// Hands over the records of a capture that are of its labelled hosts.
fn gather(
    capture: &Labelled,
    number: usize,
    database: &Arc<Database>,
    stop: &Stop,
    take: &mut impl FnMut(&Record<'_>, Place),
) -> Result<(), crate::source::CaptureFailure> {
    let mut analyzer = Analyzer::new(database);
    for_each_frame(&capture.input, stop, |captured| {
        analyzer.session().analyze_all(&captured.frame, |result| {
            let Ok(Some(record)) = result else { return };
            let sender = match record.subject {
                Side::Client => record.client.ip,
                Side::Server => record.server.ip,
            };
            if capture.is_of(sender) {
                let (time, frame) = (record.time, captured.number);
                take(&record, Place { sender, time, capture: number, frame });
            }
        });
    })
}

/// The SYN or SYN+ACK that no signature of the database fits.
fn handshake(record: &Record<'_>, at: Place) -> Option<Seen> {
    let fingerprint = record.fingerprint.as_ref()?;
    let is_unknown = fingerprint.found.is_none() && !fingerprint.is_probe;
    is_unknown.then_some(Seen { observation: fingerprint.observation, at })
}

/// The head that no signature of the database fits.
fn head(record: &Record<'_>, at: Place) -> Option<SeenHead> {
    let http = record.http.as_ref().filter(|http| http.app.is_none())?;
    let kind = match record.kind {
        RecordKind::HttpRequest => Kind::Request,
        _ => Kind::Response,
    };
    // Heads with more headers than a signature may have are left out.
    let raw = http.signature.as_deref()?.parse().ok()?;
    Some(SeenHead { kind, raw, at })
}
