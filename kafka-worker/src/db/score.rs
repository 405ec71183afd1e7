//! `stackprint db score`: a database measured on packets whose senders are known.

mod report;
mod rows;
mod scored;

use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;

use stackprint::Direction;

use super::args::{ListFormat, ScoreArgs};
use crate::exit::FAILED;
use crate::{database, messages};
use report::Report;
use scored::Scored;

pub(super) fn run(args: &ScoreArgs) -> anyhow::Result<ExitCode> {
    let database = database::load(&args.database)?;
    let text = database::text(&args.file)?;
    let default = if args.response { Direction::SynAck } else { Direction::Syn };
    let mut scored = Scored::default();
    rows::of(&text, default, |line| scored.take(&database, line))?;
    for (line, why) in &scored.broken {
        messages::say(&format_args!("{}:{line}: {why}", messages::shown(&args.file)));
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let report = Report::new(&scored);
    match args.format {
        ListFormat::Text => write!(out, "{report}")?,
        ListFormat::Ndjson => {
            serde_json::to_writer(&mut out, &report)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(if scored.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}
