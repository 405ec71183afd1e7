//! `stackprint db lookup`: raw signatures in, what they mean out.

use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write};
use std::process::ExitCode;

use serde::Serialize;
use stackprint::http::{Head, HttpSignature, Kind, Observed, Progress};
use stackprint::{
    Database, Direction, Expected, Fingerprint, Observation, OsRow, ParseError, WindowMultiple,
};

use super::args::LookupArgs;
use super::words::is_http;
use crate::database;
use crate::exit::FAILED;

/// An answer; a signature that cannot be read has an `error`, the others have none.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    signature: &'a str,
    os: Option<OsRow<'a>>,
    error: Option<String>,
}

/// The answer to a raw signature of HTTP.
#[derive(Debug, Serialize)]
struct HttpAnswer<'a> {
    signature: &'a str,
    /// The program; null where nothing fits.
    app: Option<App<'a>>,
    /// The system that the User-Agent names, by the `ua_os` line of the database.
    system: Option<&'a str>,
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct App<'a> {
    label: String,
    name: &'a str,
    flavor: &'a str,
    quality: f64,
    /// Whether User-Agent or Server is not what the signature expects.
    dishonest: bool,
    line: usize,
}

pub(crate) fn run(args: &LookupArgs) -> anyhow::Result<ExitCode> {
    let database = database::load(&args.database)?;
    let direction = if args.response { Direction::SynAck } else { Direction::Syn };
    let out = BufWriter::new(io::stdout().lock());
    let mut lookup = Lookup { database: &database, direction, out, any_error: false };
    for signature in &args.signatures {
        match signature.as_str() {
            "-" => lookup.lines(io::stdin().lock())?,
            signature => lookup.answer(signature)?,
        }
    }
    lookup.out.flush()?;
    Ok(if lookup.any_error { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

struct Lookup<'d, W> {
    database: &'d Database,
    direction: Direction,
    out: W,
    any_error: bool,
}

impl<W: Write> Lookup<'_, W> {
    /// Answers each line; flushes before waiting for more, so that the other side may wait for each
    /// answer.
    fn lines(&mut self, input: impl Read) -> io::Result<()> {
        let mut input = BufReader::new(input);
        let mut line = Vec::new();
        loop {
            if input.buffer().is_empty() {
                self.out.flush()?;
            }
            line.clear();
            if input.read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            let text = String::from_utf8_lossy(&line);
            self.answer(text.trim_end_matches(['\n', '\r']))?;
        }
    }

    fn answer(&mut self, signature: &str) -> io::Result<()> {
        if is_http(signature) {
            return self.answer_http(signature);
        }
        match Observation::parse(signature, self.direction) {
            Ok(observation) => {
                let fingerprint = Fingerprint::new(observation, self.database);
                self.write(&Answer { signature, os: fingerprint.os_row(), error: None })
            }
            Err(ParseError { column, expected, .. }) => {
                self.any_error = true;
                let mut error = format!("column {column}: expected {expected}");
                if expected == Expected::Window
                    && let Some(multiple) =
                        Observation::window_as_multiple(signature, self.direction)
                {
                    let WindowMultiple { unit, times } = multiple;
                    error +=
                        &format!("; with these fields this window is {}*{times}", unit.as_str());
                }
                self.write(&Answer { signature, os: None, error: Some(error) })
            }
        }
    }

    fn answer_http(&mut self, signature: &str) -> io::Result<()> {
        let kind = match self.direction {
            Direction::Syn => Kind::Request,
            Direction::SynAck => Kind::Response,
        };
        let head = signature.parse::<HttpSignature>().map(|raw| raw.to_head(kind));
        let http = self.database.http();
        let answer = match &head {
            Ok(bytes) => {
                let Progress::Complete(head) = Head::parse(bytes) else {
                    return Err(io::Error::other("a head of a signature that does not end"));
                };
                let observed = Observed::new(&head, http);
                let app = self.database.find_http(&observed).map(|found| App {
                    label: found.label.to_string(),
                    name: found.label.name(),
                    flavor: found.label.flavor(),
                    quality: found.quality(),
                    dishonest: found.is_dishonest,
                    line: found.line,
                });
                let agent = observed.software().filter(|_| kind == Kind::Request);
                let system = agent.and_then(|agent| http.system_name(agent.reveal()));
                HttpAnswer { signature, app, system, error: None }
            }
            Err(ParseError { column, expected, .. }) => {
                self.any_error = true;
                let error = Some(format!("column {column}: expected {expected}"));
                HttpAnswer { signature, app: None, system: None, error }
            }
        };
        self.write(&answer)
    }

    fn write(&mut self, answer: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, answer)?;
        self.out.write_all(b"\n")
    }
}
