//! `stackprint db list`: labels and signatures, with where they come from.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use serde::Serialize;
use stackprint::http::Kind;
use stackprint::{Class, Database, Direction, HttpApp, Label, LikelySystem, Match, Rank};

use super::args::{ListArgs, ListFormat};
use super::evidence::Evidence;
use super::words::direction_word;
use crate::database;

/// A signature as it is listed.
#[derive(Debug, Serialize)]
struct Row<'a> {
    line: usize,
    direction: &'static str,
    label: String,
    name: &'a str,
    flavor: &'a str,
    class: &'a str,
    rank: &'static str,
    /// Of an exact match.
    quality: f64,
    signature: String,
    evidence: &'a [&'a str],
    candidates: Vec<CandidateRow<'a>>,
}

#[derive(Debug, Serialize)]
struct CandidateRow<'a> {
    name: &'a str,
    probability: f64,
}

pub(super) fn run(args: &ListArgs) -> anyhow::Result<ExitCode> {
    let [stacks, http]: [Cow<'_, str>; 2] = database::texts(&args.database)?;
    let database = database::load(&args.database)?;
    let [stacks, http] = [&stacks, &http].map(|text| Evidence::of(text));
    let words: Vec<String> = args.words.iter().map(|word| word.to_lowercase()).collect();
    let out = BufWriter::new(io::stdout().lock());
    let mut list = List { words, format: args.format, out, last_label: 0, last_evidence: &[] };
    for (direction, found) in database.signatures() {
        let row = Row::new(direction, &found, stacks.of_signature(found.line));
        list.write(&row, found.label)?;
    }
    // Labels of other sections may be on the same line of another file.
    list.last_label = 0;
    for kind in [Kind::Request, Kind::Response] {
        for app in database.http_signatures(kind) {
            let row = Row::of_http(kind, &app, http.of_signature(app.line));
            list.write(&row, app.label)?;
        }
    }
    list.write_systems(&database)?;
    list.out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// What is written, and what the last line was about.
struct List<'a, W> {
    /// In lower case.
    words: Vec<String>,
    format: ListFormat,
    out: W,
    last_label: usize,
    last_evidence: &'a [&'a str],
}

impl<'a, W: Write> List<'a, W> {
    /// Writes a signature that has all words, in text with its label and evidence where they are others
    /// than those of the last one.
    fn write(&mut self, row: &Row<'a>, label: &Label) -> io::Result<()> {
        if !row.has(&self.words) {
            return Ok(());
        }
        let out = &mut self.out;
        if self.format == ListFormat::Ndjson {
            serde_json::to_writer(&mut *out, row)?;
            return writeln!(out);
        }
        if std::mem::replace(&mut self.last_label, label.line()) != label.line() {
            write_label(out, row, label)?;
            self.last_evidence = &[];
        }
        // Said once for all that follow.
        if std::mem::replace(&mut self.last_evidence, row.evidence) != row.evidence {
            for evidence in row.evidence {
                writeln!(out, "  {evidence}")?;
            }
        }
        write_signature(out, row)
    }

    /// Writes what User-Agents say of systems.
    fn write_systems(&mut self, database: &Database) -> io::Result<()> {
        for (system, text) in database.http().systems() {
            let row = SystemRow { direction: "ua_os", system, text };
            if !row.has(&self.words) {
                continue;
            }
            match self.format {
                ListFormat::Ndjson => {
                    serde_json::to_writer(&mut self.out, &row)?;
                    writeln!(self.out)?;
                }
                ListFormat::Text => {
                    writeln!(self.out, "User-Agent of {system}: contains {text:?}")?;
                }
            }
        }
        Ok(())
    }
}

/// A system by the text that User-Agents have of it.
#[derive(Debug, Serialize)]
struct SystemRow<'a> {
    direction: &'static str,
    system: &'a str,
    text: &'a str,
}

impl SystemRow<'_> {
    fn has(&self, words: &[String]) -> bool {
        let all = [self.direction, self.system, self.text].map(str::to_lowercase);
        words.iter().all(|word| all.iter().any(|text| text.contains(word.as_str())))
    }
}

impl<'a> Row<'a> {
    fn new(direction: Direction, found: &Match<'a>, evidence: &'a [&'a str]) -> Row<'a> {
        let signature = found.signature.to_string();
        Row {
            direction: direction_word(direction),
            quality: found.quality(),
            ..Row::of_label(found.label, found.line, signature, evidence)
        }
    }

    fn of_http(kind: Kind, app: &HttpApp<'a>, evidence: &'a [&'a str]) -> Row<'a> {
        let direction = match kind {
            Kind::Request => "http_request",
            Kind::Response => "http_response",
        };
        let signature = app.signature.to_string();
        Row {
            direction,
            quality: app.quality(),
            ..Row::of_label(app.label, app.line, signature, evidence)
        }
    }

    fn of_label(
        label: &'a Label,
        line: usize,
        signature: String,
        evidence: &'a [&'a str],
    ) -> Row<'a> {
        let candidate =
            |it: &'a LikelySystem| CandidateRow { name: &it.name, probability: it.probability };
        Row {
            line,
            direction: "",
            label: label.to_string(),
            name: label.name(),
            flavor: label.flavor(),
            class: class_word(label),
            rank: rank_word(label),
            quality: 0.0,
            signature,
            evidence,
            candidates: label.candidates().iter().map(candidate).collect(),
        }
    }

    /// Whether all words are in it; they are in lower case.
    fn has(&self, words: &[String]) -> bool {
        let texts = [self.direction, &self.label, &self.signature];
        let names = self.candidates.iter().map(|candidate| candidate.name);
        let texts = texts.into_iter().chain(self.evidence.iter().copied()).chain(names);
        let all: Vec<_> = texts.map(str::to_lowercase).collect();
        words.iter().all(|word| all.iter().any(|text| text.contains(word.as_str())))
    }
}

fn class_word(label: &Label) -> &str {
    match label.class() {
        Class::System(class) => class,
        Class::Userland => "userland",
    }
}

fn rank_word(label: &Label) -> &'static str {
    match label.rank() {
        Rank::Specific => "specific",
        Rank::Generic => "generic",
    }
}

fn write_label(out: &mut impl Write, row: &Row<'_>, label: &Label) -> io::Result<()> {
    let blank = if row.flavor.is_empty() { "" } else { " " };
    write!(out, "{}{blank}{}  ({}, {}", row.name, row.flavor, row.rank, row.class)?;
    writeln!(out, ", quality {}, line {})", row.quality, label.line())?;
    if !row.candidates.is_empty() {
        let all = row.candidates.iter();
        let all: Vec<_> = all.map(|it| format!("{} {:.2}", it.name, it.probability)).collect();
        writeln!(out, "  likely  {}", all.join(", "))?;
    }
    Ok(())
}

fn write_signature(out: &mut impl Write, row: &Row<'_>) -> io::Result<()> {
    let direction = match row.direction {
        "syn" => "SYN",
        "syn_ack" => "SYN+ACK",
        "http_request" => "request",
        _ => "response",
    };
    writeln!(out, "  {:>5}  {direction:<7}  {}", row.line, row.signature)
}
