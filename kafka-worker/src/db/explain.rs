//! `stackprint db explain`: a signature or a packet in words, and what it matches.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use stackprint::http::{HttpSignature, Kind};
use stackprint::{
    Analyzer, Compat, Database, Difference, Direction, Frame, Match, Observation, ParseError, Rank,
    Signature,
};

use super::args::ExplainArgs;
use super::explain_http;
use super::words::{self, Explained};
use crate::captures::for_each_frame;
use crate::database;
use crate::exit::FAILED;
use crate::source::Input;
use crate::stop::Stop;

/// What is to be explained.
enum Subject {
    Packet(Observation),
    Pattern(Signature, Direction),
    Http(HttpSignature, Kind),
}

pub(super) fn run(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let database = database::load(&args.database)?;
    let subject = subject(args)?;
    let mut text = String::new();
    let known = match subject {
        Subject::Packet(observation) => explain_packet(&database, &observation, &mut text),
        Subject::Pattern(signature, direction) => {
            explain_pattern(&database, &signature, direction, &mut text)
        }
        Subject::Http(signature, kind) => explain_http(&database, &signature, kind, &mut text),
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(if known { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn subject(args: &ExplainArgs) -> anyhow::Result<Subject> {
    let direction = if args.response { Direction::SynAck } else { Direction::Syn };
    if let Some(number) = args.frame {
        return Ok(Subject::Packet(frame_of_file(Path::new(&args.what), number)?));
    }
    if let Some(bytes) = hex(&args.what) {
        let observation = stackprint::observe(&Frame::new(args.link_type, &bytes));
        let skipped = |skip| anyhow!("no SYN or SYN+ACK: {skip}");
        return Ok(Subject::Packet(observation.map_err(skipped)?));
    }
    let kind = if args.response { Kind::Response } else { Kind::Request };
    let http = args.what.parse::<HttpSignature>();
    if words::is_http(&args.what) {
        let error = |error: ParseError| {
            anyhow!("{}: column {}: expected {}", args.what, error.column, error.expected)
        };
        return Ok(Subject::Http(http.map_err(error)?, kind));
    }
    if let Ok(observation) = Observation::parse(&args.what, direction) {
        return Ok(Subject::Packet(observation));
    }
    let pattern = args.what.parse();
    if let (Err(_), Ok(signature)) = (&pattern, http) {
        return Ok(Subject::Http(signature, kind));
    }
    let column = |error: ParseError| {
        anyhow!(
            "{}: column {}: expected {}; or give a frame in hexadecimal, or FILE with --frame",
            args.what,
            error.column,
            error.expected
        )
    };
    Ok(Subject::Pattern(pattern.map_err(column)?, direction))
}

/// Two digits a byte; blanks, colons and line ends between them do not matter.
fn hex(text: &str) -> Option<Vec<u8>> {
    /// IP and TCP headers; no signature is as long and has hexadecimal digits alone.
    const LEAST_DIGITS: usize = 80;
    let digits: Vec<u8> =
        text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b':').collect();
    let is_hex = digits.len() >= LEAST_DIGITS
        && digits.len().is_multiple_of(2)
        && digits.iter().all(u8::is_ascii_hexdigit);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    is_hex.then(|| digits.chunks_exact(2).map(byte).collect()).flatten()
}

/// The SYN or SYN+ACK in a frame of a capture, with the MSS of the SYN that it answers.
fn frame_of_file(path: &Path, number: u64) -> anyhow::Result<Observation> {
    let mut analyzer = Analyzer::new(&Arc::new(Database::empty()));
    let mut found = None;
    let stop = Stop::listen().context("listening for signals")?;
    let input = Input::Path(path.to_owned());
    let read = for_each_frame(&input, &stop, |captured| {
        if captured.number <= number {
            let record = analyzer.analyze(&captured.frame);
            if captured.number == number {
                let seen = record.map(|it| it.and_then(|it| it.fingerprint));
                found = Some(seen.map(|it| it.map(|it| it.observation)));
            }
        }
    });
    match found {
        // What comes behind the frame does not matter.
        None => {
            read.map_err(|failure| anyhow!("{}: {failure}", crate::messages::shown(path)))?;
            bail!("{}: there is no frame {number}", crate::messages::shown(path))
        }
        Some(Err(skip)) => Err(anyhow!("{}: frame {number}: {skip}", crate::messages::shown(path))),
        Some(Ok(None)) => {
            bail!(
                "{}: frame {number} is no SYN or SYN+ACK, or repeats one",
                crate::messages::shown(path)
            )
        }
        Some(Ok(Some(observation))) => Ok(observation),
    }
}

fn direction_words(direction: Direction) -> &'static str {
    match direction {
        Direction::Syn => "a SYN: what a client opens a connection with",
        Direction::SynAck => "a SYN+ACK: what a server answers",
    }
}

/// Whether it is known.
fn explain_http(
    database: &Database,
    signature: &HttpSignature,
    kind: Kind,
    to: &mut String,
) -> bool {
    let words = match kind {
        Kind::Request => "a request: what a client asks",
        Kind::Response => "a response: what a server answers",
    };
    *to += &format!("{signature}\n{words}\n\n");
    write_fields(&explain_http::fields(signature, kind), to);
    to.push('\n');
    explain_http::explain(database, signature, kind, to)
}

/// Writes the fields in columns.
fn write_fields(fields: &[Explained], to: &mut String) {
    let width = fields.iter().map(|it| it.text.chars().count()).max().unwrap_or(0);
    for Explained { field, text, words } in fields {
        *to += format!("  {field:<10}  {text:<width$}  {words}").trim_end();
        to.push('\n');
    }
}

/// Whether it is known.
fn explain_packet(database: &Database, observation: &Observation, to: &mut String) -> bool {
    *to += &format!("{observation}\n{}\n\n", direction_words(observation.direction));
    write_fields(&words::of_observation(observation), to);
    let found = database.find(observation);
    to.push('\n');
    let app_options = observation.app_options;
    if !app_options.is_empty() && database.compat() == Compat::Fixed {
        let words: Vec<_> = app_options.words().collect();
        *to +=
            &format!("set aside  {}: a program asked for it, not its system\n", words.join(", "));
    }
    match &found {
        None => {
            *to += "matches    nothing in the database\n";
            write_closest(database, observation, to);
        }
        Some(found) => write_match(found, observation, to),
    }
    found.is_some()
}

fn write_match(found: &Match<'_>, observation: &Observation, to: &mut String) {
    write_label(found, to);
    let why = match (found.fuzzy, found.label.rank()) {
        (false, Rank::Specific) => "every field fits, and the signature is for this very system",
        (false, Rank::Generic) => "every field fits, but the signature is for a whole family",
        (true, _) => "it fits only with tolerances, and nothing fits better",
    };
    *to += &format!("  why        {why}\n");
    write_differences(found.differences(observation), to);
    *to += &format!("  quality    {:.2}\n", found.quality());
    write_candidates(found, to);
}

fn write_closest(database: &Database, observation: &Observation, to: &mut String) {
    for near in database.closest(observation) {
        *to += &format!("closest    {}\n", near.label);
        *to += &format!("  signature  {} (line {})\n", near.signature, near.line);
        write_differences(near.differences(observation), to);
        *to += &format!("  quality    {:.2}\n", near.quality());
    }
}

fn write_differences<'a>(differences: impl Iterator<Item = Difference<'a>>, to: &mut String) {
    for it in differences {
        let [observed, expected] = [it.observed().to_string(), it.expected().to_string()]
            .map(|text| if text.is_empty() { "none".to_owned() } else { text });
        let name = it.field.as_str();
        *to +=
            &format!("  differs    {name}: {observed} where the signature asks for {expected}\n");
    }
}

fn write_label(found: &Match<'_>, to: &mut String) {
    *to += &format!("matches    {}\n", found.label);
    *to += &format!("  signature  {} (line {})\n", found.signature, found.line);
}

fn write_candidates(found: &Match<'_>, to: &mut String) {
    let candidates = found.label.candidates().iter();
    let candidates: Vec<_> =
        candidates.map(|it| format!("{} {:.2}", it.name, it.probability)).collect();
    if !candidates.is_empty() {
        *to += &format!("  likely     {}\n", candidates.join(", "));
    }
}

/// Whether the database has it.
fn explain_pattern(
    database: &Database,
    signature: &Signature,
    direction: Direction,
    to: &mut String,
) -> bool {
    *to += &format!("{signature}\na signature of {}\n\n", direction_words(direction));
    write_fields(&words::of_signature(signature, direction), to);
    to.push('\n');
    let mut all =
        database.signatures().filter(|(of, it)| *of == direction && it.signature == signature);
    match all.next() {
        None => {
            *to += "stands in  no label of the database\n";
            false
        }
        Some((_, found)) => {
            write_label(&found, to);
            write_candidates(&found, to);
            true
        }
    }
}
