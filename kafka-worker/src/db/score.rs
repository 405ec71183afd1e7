//! `stackprint db score`: a database measured on packets whose senders are known.

mod report;
mod rows;

use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;

use stackprint::score::{Row, Score};
use stackprint::{Database, Direction};

use super::args::{ListFormat, ScoreArgs};
use crate::{FAILED, database, messages};
use report::Report;
use rows::{Found, Line};

/// What became of a file.
#[derive(Default)]
struct Scored {
    score: Score,
    /// Rows of records that have no signature.
    without_signature: u64,
    /// Lines that could not be read, and why.
    broken: Vec<(u64, String)>,
}

pub(super) fn run(said: &ScoreArgs) -> anyhow::Result<ExitCode> {
    let database = database::load(&said.database)?;
    let text = database::text(&said.file)?;
    let default = if said.response { Direction::SynAck } else { Direction::Syn };
    let mut scored = Scored::default();
    rows::of(&text, default, |line| scored.take(&database, line))?;
    for (line, why) in &scored.broken {
        messages::say(&format_args!("{}:{line}: {why}", messages::shown(&said.file)));
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let report = Report::new(&scored);
    match said.format {
        ListFormat::Text => write!(out, "{report}")?,
        ListFormat::Ndjson => {
            serde_json::to_writer(&mut out, &report)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(if scored.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

impl Scored {
    fn take(&mut self, database: &Database, line: Line) {
        match line.found {
            Ok(Found::Packet { observation, system, count }) => {
                self.score.add(database, &Row { observation, system: &system, count });
            }
            Ok(Found::NoSignature) => self.without_signature += 1,
            Err(why) => self.broken.push((line.number, why)),
        }
    }
}
