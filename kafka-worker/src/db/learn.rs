//! `stackprint db learn`: captures whose senders are known in, signatures out.

mod labelled;
mod seen;
mod write;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use stackprint::{Analyzer, Database, Side};

use super::args::LearnArgs;
use crate::captures::for_each_frame;
use crate::exit::FAILED;
use crate::stop::Stop;
use crate::{database, messages};
use labelled::Labelled;
use seen::Seen;

pub(super) fn run(args: &LearnArgs) -> anyhow::Result<ExitCode> {
    let captures = labelled::captures(args)?;
    let stop = Stop::listen().context("listening for signals")?;
    let database = if args.unknown {
        database::load_even_empty(&args.database)?
    } else {
        Arc::new(Database::empty())
    };
    let mut code = ExitCode::SUCCESS;
    let mut seen = Vec::new();
    for (number, capture) in captures.iter().enumerate() {
        if let Err(error) = gather(capture, number, &database, &stop, &mut seen) {
            // What could be read of it counts.
            messages::say(&format_args!("{}: {error}", capture.input));
            code = ExitCode::from(FAILED);
        }
    }
    let text = match args.unknown {
        true => write::unknown(&captures, &seen),
        false => write::proposals(&captures, &seen, args.purity),
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(code)
}

/// Notes the SYNs and SYN+ACKs that a capture has of its labelled hosts, and that no signature of
/// the database fits.
fn gather(
    capture: &Labelled,
    number: usize,
    database: &Arc<Database>,
    stop: &Stop,
    to: &mut Vec<Seen>,
) -> Result<(), crate::source::CaptureFailure> {
    let mut analyzer = Analyzer::new(database);
    for_each_frame(&capture.input, stop, |captured| {
        let Ok(Some(record)) = analyzer.analyze(&captured.frame) else { return };
        let sender = match record.subject {
            Side::Client => record.client.ip,
            Side::Server => record.server.ip,
        };
        let fingerprint = record.fingerprint.filter(|it| it.found.is_none() && !it.is_probe);
        if let Some(fingerprint) = fingerprint.filter(|_| capture.is_of(sender)) {
            to.push(Seen {
                observation: fingerprint.observation,
                sender,
                time: record.time,
                capture: number,
                frame: captured.number,
            });
        }
    })
}
