//! `stackprint db list`: labels and signatures, with where they come from.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use serde::Serialize;
use stackprint::{Class, Direction, Label, LikelySystem, Match, Rank};

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
    let text: Cow<'_, str> = database::tcp_text(&args.database.database)?;
    let database = database::load(&args.database)?;
    let evidence = Evidence::of(&text);
    let words: Vec<String> = args.words.iter().map(|word| word.to_lowercase()).collect();
    let mut out = BufWriter::new(io::stdout().lock());
    let mut last_label = 0;
    let mut last_evidence: &[&str] = &[];
    for (direction, found) in database.signatures() {
        let row = Row::new(direction, &found, evidence.of_signature(found.line));
        if !row.has(&words) {
            continue;
        }
        match args.format {
            ListFormat::Ndjson => {
                serde_json::to_writer(&mut out, &row)?;
                writeln!(out)?;
            }
            ListFormat::Text => {
                if std::mem::replace(&mut last_label, found.label.line()) != found.label.line() {
                    write_label(&mut out, &row, found.label)?;
                    last_evidence = &[];
                }
                // Said once for all that follow.
                let evidence = evidence.of_signature(found.line);
                if std::mem::replace(&mut last_evidence, evidence) != evidence {
                    for evidence in evidence {
                        writeln!(out, "  {evidence}")?;
                    }
                }
                write_signature(&mut out, &row)?;
            }
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

impl<'a> Row<'a> {
    fn new(direction: Direction, found: &Match<'a>, evidence: &'a [&'a str]) -> Row<'a> {
        let label = found.label;
        let candidate =
            |it: &'a LikelySystem| CandidateRow { name: &it.name, probability: it.probability };
        Row {
            line: found.line,
            direction: direction_word(direction),
            label: label.to_string(),
            name: label.name(),
            flavor: label.flavor(),
            class: class_word(label),
            rank: rank_word(label),
            quality: found.quality(),
            signature: found.signature.to_string(),
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
    let direction = if row.direction == "syn" { "SYN" } else { "SYN+ACK" };
    writeln!(out, "  {:>5}  {direction:<7}  {}", row.line, row.signature)
}
