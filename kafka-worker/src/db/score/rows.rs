//! The rows of a labelled file: CSV with a header line, or NDJSON.

use anyhow::{Context as _, bail};
use serde::Deserialize;
use stackprint::{Direction, Observation, ParseError, score};

/// A line of the file, from 1, and what it says, or why it cannot be read.
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) found: Result<Found, String>,
}

/// What a row says.
pub(super) enum Found {
    Packet {
        observation: Observation,
        system: String,
        count: f64,
    },
    /// A record about something other than a SYN or SYN+ACK.
    NoSignature,
}

/// A row as it is written.
#[derive(Debug, Default, Deserialize)]
struct Written {
    signature: Option<String>,
    system: Option<String>,
    kind: Option<String>,
    count: Option<f64>,
}

/// Hands over row by row. What the first line begins with tells the format.
pub(super) fn of(text: &str, default: Direction, mut take: impl FnMut(Line)) -> anyhow::Result<()> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{') {
        for (line, number) in text.lines().zip(1..) {
            if !line.trim().is_empty() {
                let written = serde_json::from_str(line).map_err(|error| error.to_string());
                take(Line { number, found: written.and_then(|it| read(it, default)) });
            }
        }
        return Ok(());
    }
    of_csv(text, default, take)
}

fn of_csv(text: &str, default: Direction, mut take: impl FnMut(Line)) -> anyhow::Result<()> {
    // Rows that are too short or too long are this module's to name.
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = rows.headers().context("the header line")?.clone();
    let column = |name: &str| header.iter().position(|column| column.trim() == name);
    let [signature, system] = ["signature", "system"].map(column);
    let (Some(signature), Some(system)) = (signature, system) else {
        bail!("the header line has no column \"signature\" or \"system\"");
    };
    let (kind, count) = (column("kind"), column("count"));
    let mut lines = Lines { text, at: 0, number: 1 };
    for row in rows.records() {
        // The text is UTF-8 and in memory: there is nothing else to go wrong.
        let row = row?;
        let number = row.position().map_or(0, |it| lines.number(it.byte()));
        let field = |at: Option<usize>| at.and_then(|at| row.get(at)).filter(|it| !it.is_empty());
        let written = || {
            if row.len() != header.len() {
                return Err(format!("{} fields; the header has {}", row.len(), header.len()));
            }
            let count = field(count)
                .map(|text| text.parse().map_err(|_| format!("count {text:?} is not a number")));
            Ok(Written {
                signature: field(Some(signature)).map(str::to_owned),
                system: field(Some(system)).map(str::to_owned),
                kind: field(kind).map(str::to_owned),
                count: count.transpose()?,
            })
        };
        take(Line { number, found: written().and_then(|written| read(written, default)) });
    }
    Ok(())
}

/// Counts lines, forwards.
struct Lines<'t> {
    text: &'t str,
    /// Up to which byte they are counted, and the line in which that lies.
    at: usize,
    number: u64,
}

impl Lines<'_> {
    /// The line on which a row begins, from 1, if blank lines before it are passed over.
    fn number(&mut self, byte: u64) -> u64 {
        let passed = self.text.as_bytes().get(self.at..).unwrap_or_default().iter().enumerate();
        for (index, byte_there) in passed {
            let at = self.at + index;
            if at as u64 >= byte && !matches!(byte_there, b'\r' | b'\n') {
                self.at = at;
                break;
            }
            self.number += u64::from(*byte_there == b'\n');
        }
        self.number
    }
}

fn read(row: Written, default: Direction) -> Result<Found, String> {
    let direction = match row.kind.as_deref() {
        None => default,
        Some("syn") => Direction::Syn,
        Some("syn_ack") => Direction::SynAck,
        Some("uptime") => return Ok(Found::NoSignature),
        Some(other) => return Err(format!("kind {other:?} is neither \"syn\" nor \"syn_ack\"")),
    };
    let signature = row.signature.ok_or("no signature")?;
    let system = row.system.filter(|it| !it.trim().is_empty()).ok_or("no system")?;
    let count = row.count.unwrap_or(1.0);
    if !(count > 0.0 && count.is_finite()) {
        return Err(format!("count {count} is not above 0"));
    }
    let observation = score::read(&signature, direction).map_err(|error| {
        let ParseError { column, expected, .. } = error;
        format!("signature {signature:?}, column {column}: expected {expected}")
    })?;
    Ok(Found::Packet { observation, system: system.trim().to_owned(), count })
}
