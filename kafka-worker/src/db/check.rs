//! `stackprint db check`: what is wrong with a database, line by line and as a whole.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use stackprint::http::Kind;
use stackprint::tls::{Libraries, LibraryFault, LibraryFaultKind};
use stackprint::{Database, Direction, Expected, Fault, FaultKind, Label, ParseError};

use super::args::{CheckArgs, ListFormat};
use super::evidence::{Evidence, EvidenceFault, EvidenceFaultKind};
use crate::exit::FAILED;
use crate::messages::Shown;
use crate::{database, messages};

/// A fault as it is written.
#[derive(Debug, Serialize)]
struct Finding<'a> {
    file: &'a str,
    line: usize,
    /// In bytes, from 1.
    column: usize,
    kind: &'static str,
    message: String,
    /// The line of the other signature.
    other_line: Option<usize>,
    /// A raw signature that shows the fault.
    example: Option<String>,
    /// Whether p0f 3.09b refuses the file for this line.
    p0f_refuses: bool,
}

pub(super) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let mut report = String::new();
    let mut code = ExitCode::SUCCESS;
    for path in &args.files {
        let text = database::text(path)?;
        let file = path.display().to_string();
        let (database, errors) = Database::parse_with_all_errors(&text, args.compat.compat());
        database::warn(path, &database);
        let libraries = database::libraries(&text);
        let findings = findings(&file, &text, (&database, &errors), &libraries);
        if !findings.is_empty() {
            code = ExitCode::from(FAILED);
        }
        for finding in &findings {
            match args.format {
                ListFormat::Text => writeln!(report, "{finding}")?,
                ListFormat::Ndjson => writeln!(report, "{}", serde_json::to_string(finding)?)?,
            }
        }
        if args.format == ListFormat::Text {
            writeln!(
                report,
                "{}",
                summary(path, &database, libraries.as_ref().ok(), findings.len())
            )?;
        }
    }
    io::stdout().write_all(report.as_bytes())?;
    Ok(code)
}

/// All faults of a file in the order of their lines.
fn findings<'a>(
    file: &'a str,
    text: &str,
    (database, errors): (&Database, &[ParseError]),
    libraries: &Result<Libraries, ParseError>,
) -> Vec<Finding<'a>> {
    let mut findings: Vec<_> = errors.iter().map(|error| of_error(file, error)).collect();
    let faults = database.faults();
    let faults = faults.iter().filter(|fault| !lost_its_signatures(fault, database, errors));
    findings.extend(faults.map(|fault| of_fault(file, database, fault)));
    findings.extend(Evidence::of(text).faults.iter().map(|fault| of_evidence(file, fault)));
    match libraries {
        Ok(libraries) => {
            findings.extend(libraries.faults().iter().map(|fault| of_library(file, fault)));
            let has_none = database.is_empty() && database.http().is_empty();
            if errors.is_empty() && has_none && libraries.is_empty() {
                findings.push(no_signature(file));
            }
        }
        Err(error) => findings.push(of_error(file, error)),
    }
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings
}

/// A file that every other command refuses.
fn no_signature(file: &str) -> Finding<'_> {
    Finding {
        file,
        line: 1,
        column: 1,
        kind: "no_signature",
        message: database::NO_SIGNATURE.to_owned(),
        other_line: None,
        example: None,
        p0f_refuses: false,
    }
}

/// Whether a label has no signatures because they could not be read.
fn lost_its_signatures(fault: &Fault, database: &Database, errors: &[ParseError]) -> bool {
    let labels = database.labels().chain(database.http_labels());
    let later = labels.map(Label::line).filter(|&line| line > fault.line);
    let own_lines = fault.line..later.min().unwrap_or(usize::MAX);
    fault.kind == FaultKind::EmptyLabel
        && errors.iter().any(|error| own_lines.contains(&error.line))
}

fn of_error<'a>(file: &'a str, error: &ParseError) -> Finding<'a> {
    let &ParseError { line, column, expected, .. } = error;
    let kind = match expected {
        Expected::Class => "unknown_class",
        Expected::Candidates | Expected::LabelOfCandidates => "candidates",
        Expected::Quality => "quality",
        _ => "syntax",
    };
    // To p0f, these are comments.
    let p0f_refuses = !matches!(kind, "candidates" | "quality");
    let message = format!("expected {expected}");
    Finding { file, line, column, kind, message, other_line: None, example: None, p0f_refuses }
}

fn of_fault<'a>(file: &'a str, database: &Database, fault: &Fault) -> Finding<'a> {
    let other = fault.other.unwrap_or_default();
    let label_of = |line| {
        let found = database.signatures().find(|(_, found)| found.line == line);
        found.map_or(String::new(), |(_, found)| found.label.to_string())
    };
    let (kind, message) = match fault.kind {
        FaultKind::Duplicate => {
            ("duplicate", format!("the same as line {other}, which is preferred"))
        }
        FaultKind::Hidden => {
            ("hidden", format!("never the answer: line {other} or others are always preferred"))
        }
        FaultKind::Unreachable => ("unreachable", "no packet can look like this".to_owned()),
        FaultKind::Overlap => (
            "overlap",
            format!(
                "shares packets with line {other}, label {}: the order alone decides",
                label_of(other)
            ),
        ),
        FaultKind::Covered => ("covered", format!("p0f takes it for covered by line {other}")),
        FaultKind::EmptyLabel => ("empty_label", "a label without signatures".to_owned()),
        // Kinds of a newer library.
        _ => ("fault", format!("{:?}", fault.kind)),
    };
    Finding {
        file,
        line: fault.line,
        column: fault.column,
        kind,
        message,
        other_line: fault.other,
        example: fault.example.map(|example| example.to_string()),
        p0f_refuses: fault.p0f_refuses,
    }
}

fn of_library<'a>(file: &'a str, fault: &LibraryFault) -> Finding<'a> {
    let &LibraryFault { line, other, kind } = fault;
    let (kind, message) = match kind {
        LibraryFaultKind::Duplicate => ("duplicate", format!("the same as line {other}")),
        LibraryFaultKind::Contradiction => (
            "contradiction",
            format!("the same as line {other} of another library: neither is named"),
        ),
        // Kinds of a newer library.
        _ => ("fault", format!("{kind:?}")),
    };
    Finding {
        file,
        line,
        column: 1,
        kind,
        message,
        other_line: Some(other),
        example: None,
        p0f_refuses: false,
    }
}

fn of_evidence<'a>(file: &'a str, fault: &EvidenceFault) -> Finding<'a> {
    let &EvidenceFault { line, column, kind } = fault;
    let message = match kind {
        EvidenceFaultKind::Malformed => "expected ;= SOURCE, DATE[, what it says]",
        EvidenceFaultKind::UnknownNote => {
            "expected ;@ candidates NAME=SHARE ... or ;@ quality SHARE"
        }
        EvidenceFaultKind::Missing => "a signature without evidence, where others have some",
    };
    Finding {
        file,
        line,
        column,
        kind: "evidence",
        message: message.to_owned(),
        other_line: None,
        example: None,
        p0f_refuses: false,
    }
}

/// `FILE:LINE:COLUMN: KIND: MESSAGE`
impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { file, line, column, kind, message, .. } = self;
        let file = Shown { text: (*file).to_owned(), keeps_lines: false };
        write!(f, "{file}:{line}:{column}: {kind}: {message}")?;
        if let Some(example) = &self.example {
            write!(f, "; such as {example}")?;
        }
        if self.p0f_refuses {
            f.write_str("; p0f refuses the file")?;
        }
        Ok(())
    }
}

fn summary(
    path: &Path,
    database: &Database,
    libraries: Option<&Libraries>,
    faults: usize,
) -> String {
    let file = messages::shown(path);
    let count =
        |wanted| database.signatures().filter(|(direction, _)| *direction == wanted).count();
    let (syn, syn_ack) = (count(Direction::Syn), count(Direction::SynAck));
    let verdict = match faults {
        0 => "ok".to_owned(),
        1 => "1 fault".to_owned(),
        faults => format!("{faults} faults"),
    };
    let http = [Kind::Request, Kind::Response].map(|kind| database.http().count(kind));
    let http = match http {
        [0, 0] => String::new(),
        [requests, responses] => {
            format!(", {requests} HTTP requests, {responses} HTTP responses")
        }
    };
    let tls = libraries.map_or(0, |libraries| libraries.signatures().count());
    let tls = if tls > 0 { format!(", {tls} TLS clients") } else { String::new() };
    format!("{file}: {verdict}, signatures: {syn} SYN, {syn_ack} SYN+ACK{http}{tls}")
}
