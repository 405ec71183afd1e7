//! Text in the syntax of p0f.fp → [`Database`].

use super::{Database, Entry, PassedOver};
use crate::label::{
    Class, Label, LikelySystem, Quality, Rank, RunsOn, are_candidates, is_class, is_name,
    parse_share,
};
use crate::parse_error::{Expected, ParseError};
use crate::tcp::notation::number;
use crate::tcp::observation::{Compat, Direction};
use crate::tcp::signature::Signature;

impl Database {
    /// Reads a database in the syntax of p0f 3.09b; p0f's own file is read unchanged. HTTP sections
    /// are read with the feature `http`, else checked for shape. Sections of protocols that p0f does not know
    /// are not read at all ([`Database::passed_over`]). Lines may end in LF, CR LF or CR, and a
    /// byte-order mark may come first.
    ///
    /// # Errors
    ///
    /// At the first line that is not in the syntax.
    pub fn parse(text: &str) -> Result<Database, ParseError> {
        Database::parse_with(text, Compat::Fixed)
    }

    /// As [`Database::parse`]; with [`Compat::P0fExact`], signatures are read and matched as p0f
    /// 3.09b does, bugs included.
    ///
    /// # Errors
    ///
    /// At the first line that is not in the syntax.
    pub fn parse_with(text: &str, compat: Compat) -> Result<Database, ParseError> {
        let mut reader = Reader::new(compat);
        for line in lines(text) {
            reader.line(line).map_err(|error| error.in_line(reader.line_number, 0))?;
            reader.line_number += 1;
        }
        reader.end()?;
        Ok(reader.database())
    }

    /// As [`Database::parse_with`], without stopping: all that can be read, and every error in the
    /// order of the lines. For checks of a file; what is half read is no good database.
    #[must_use]
    pub fn parse_with_all_errors(text: &str, compat: Compat) -> (Database, Vec<ParseError>) {
        let mut reader = Reader::new(compat);
        let mut errors = Vec::new();
        for line in lines(text) {
            if let Err(error) = reader.line(line) {
                errors.push(error.in_line(reader.line_number, 0));
                reader.recover_after(line);
            }
            reader.line_number += 1;
        }
        errors.extend(reader.end().err());
        (reader.database(), errors)
    }
}

/// Lines that end in LF, CR LF or CR, after a byte-order mark. p0f stops at a NUL; a file that holds
/// one is cut there.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.split('\0').next().unwrap_or_default();
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    /// Before the first header: `classes` lines.
    Preamble,
    Mtu,
    Tcp(Direction),
    HttpRequest,
    HttpResponse,
    /// Of a fork of p0f; or after a header that is none, where errors are gathered. Nothing is read.
    Unknown,
}

/// What the last line asks of the next one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Label,
    /// A label of class `!` wants its `sys` line first.
    Sys,
    Signature,
    /// Behind a label that could not be read, where errors are gathered: signatures belong to none.
    Nothing,
}

struct Reader {
    compat: Compat,
    section: Section,
    expect: Expect,
    line_number: usize,
    classes: Vec<Box<str>>,
    /// In the order of first mention; the first spelling is the one that is printed.
    names: Vec<Box<str>>,
    /// Of the next label.
    candidates: Vec<LikelySystem>,
    /// Of the next label, too.
    quality: Option<f64>,
    labels: Vec<Label>,
    signatures: Vec<Entry>,
    link: Box<str>,
    links: Vec<(u16, Box<str>)>,
    passed_over: Vec<PassedOver>,
    #[cfg(feature = "http")]
    http: super::http_sections::HttpSections,
}

/// One number is kept for [`SignatureId::GONE`].
pub(super) const MAX_SIGNATURES: usize = u16::MAX as usize - 1;

/// A value and its offset in the line, in bytes.
#[derive(Clone, Copy)]
struct Value<'t> {
    text: &'t str,
    at: usize,
}

impl Value<'_> {
    fn error(self, expected: Expected) -> ParseError {
        ParseError::at(self.at, expected)
    }
}

impl Reader {
    fn new(compat: Compat) -> Reader {
        Reader {
            compat,
            section: Section::Preamble,
            expect: Expect::Label,
            line_number: 1,
            classes: Vec::new(),
            names: Vec::new(),
            candidates: Vec::new(),
            quality: None,
            labels: Vec::new(),
            signatures: Vec::new(),
            link: Box::default(),
            links: Vec::new(),
            passed_over: Vec::new(),
            #[cfg(feature = "http")]
            http: super::http_sections::HttpSections::new(compat),
        }
    }

    fn database(self) -> Database {
        let passed_over = self.passed_over.into_boxed_slice();
        let database = Database::build(self.compat, self.labels, self.signatures, self.links);
        Database {
            passed_over,
            #[cfg(feature = "http")]
            http: self.http,
            ..database
        }
    }

    fn line(&mut self, line: &str) -> Result<(), ParseError> {
        let text = line.trim_start_matches([' ', '\t']);
        let at = line.len() - text.len();
        if self.section == Section::Unknown && !text.starts_with('[') {
            return Ok(());
        }
        if let Some(systems) = text.strip_prefix(";@ candidates ") {
            self.candidates =
                candidates(systems).ok_or(ParseError::at(at, Expected::Candidates))?;
            return Ok(());
        }
        if let Some(share) = text.strip_prefix(";@ quality ") {
            self.quality = Some(quality(share).ok_or(ParseError::at(at, Expected::Quality))?);
            return Ok(());
        }
        if text.is_empty() || text.starts_with(';') {
            return Ok(());
        }
        if text.starts_with('[') {
            return self.section(Value { text, at });
        }
        let (key, value) = key_value(line, at).ok_or_else(|| {
            let is_older = is_of_p0f_2(text);
            ParseError::at(at, if is_older { Expected::Version3 } else { Expected::KeyValue })
        })?;
        match key {
            "classes" => self.classes(value, at),
            "label" => self.label(value, at),
            "sys" => self.sys(value, at),
            "sig" => self.sig(value, at),
            "ua_os" => self.ua_os(value, at),
            _ => Err(ParseError::at(at, Expected::KnownKey)),
        }
    }

    /// The end of the file; the error is in its last line.
    fn end(&self) -> Result<(), ParseError> {
        let line = self.line_number.saturating_sub(1).max(1);
        self.before_new_section().map_err(|expected| ParseError::at(0, expected).in_line(line, 0))
    }

    /// Recovers after a line with an error, so that the next ones can be read.
    fn recover_after(&mut self, line: &str) {
        let text = line.trim_matches([' ', '\t', '\r']);
        let at = line.len() - text.len();
        let is = |key| key_value(text, 0).is_some_and(|(found, _)| found == key);
        if text.starts_with('[') {
            self.expect = Expect::Label;
            self.candidates.clear();
            if self.section(Value { text, at }).is_err() {
                self.section = Section::Unknown;
            }
        } else if is("label") {
            // What is wrong may have been the label before this one.
            let retried = self.expect == Expect::Sys;
            self.expect = Expect::Nothing;
            if let Some((_, value)) = key_value(text, 0).filter(|_| retried) {
                let _ = self.label(value, at);
            }
        } else if is("sys") && self.expect == Expect::Sys {
            self.expect = Expect::Nothing;
        } else if is("sig") {
            self.candidates.clear();
        }
    }

    fn section(&mut self, header: Value<'_>) -> Result<(), ParseError> {
        self.before_new_section().map_err(|expected| header.error(expected))?;
        self.section = match header.text {
            "[mtu]" => Section::Mtu,
            "[tcp:request]" => Section::Tcp(Direction::Syn),
            "[tcp:response]" => Section::Tcp(Direction::SynAck),
            "[http:request]" => Section::HttpRequest,
            "[http:response]" => Section::HttpResponse,
            foreign if is_of_a_fork(foreign) => {
                let (line, header) = (self.line_number, foreign.into());
                self.passed_over.push(PassedOver { line, header });
                Section::Unknown
            }
            _ => return Err(header.error(Expected::Section)),
        };
        self.expect = Expect::Label;
        Ok(())
    }

    /// A label of class `!` must not be left without its `sys` line.
    fn before_new_label(&self) -> Result<(), Expected> {
        if self.expect == Expect::Sys { Err(Expected::SysNext) } else { Ok(()) }
    }

    fn before_new_section(&self) -> Result<(), Expected> {
        self.before_new_label()?;
        if self.awaits_label() { Err(Expected::LabelOfCandidates) } else { Ok(()) }
    }

    /// Whether there are remarks on a label that has not come yet.
    fn awaits_label(&self) -> bool {
        !self.candidates.is_empty() || self.quality.is_some()
    }

    /// `classes = win,unix,other`
    fn classes(&mut self, value: Value<'_>, at: usize) -> Result<(), ParseError> {
        if self.section != Section::Preamble {
            return Err(ParseError::at(at, Expected::ClassesBeforeSections));
        }
        for word in words(value) {
            if !is_class(word.text) {
                return Err(word.error(Expected::ClassWord));
            }
            self.classes.push(word.text.into());
        }
        Ok(())
    }

    /// `label = s:unix:Linux:3.x`, or free text for an MTU.
    fn label(&mut self, value: Value<'_>, at: usize) -> Result<(), ParseError> {
        self.before_new_label().map_err(|expected| ParseError::at(at, expected))?;
        let candidates = core::mem::take(&mut self.candidates);
        let recorded = self.quality.take();
        match self.section {
            Section::Preamble => return Err(ParseError::at(at, Expected::Section)),
            Section::Mtu => {
                self.link = value.text.into();
                self.expect = Expect::Signature;
                return Ok(());
            }
            Section::Tcp(_) | Section::HttpRequest | Section::HttpResponse | Section::Unknown => {}
        }
        let mut parts = value.text.splitn(4, ':');
        let (Some(rank), Some(class), Some(name), Some(flavor)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(value.error(Expected::Label));
        };
        let rank_of = match rank {
            "s" => Rank::Specific,
            "g" => Rank::Generic,
            _ => return Err(value.error(Expected::Label)),
        };
        let class_of = if class == "!" {
            Class::Userland
        } else {
            let class = self.class(Value { text: class, at: value.at + rank.len() + 1 })?;
            Class::System(class)
        };
        let name_at = value.at + rank.len() + class.len() + 2;
        let name_id = self.name(Value { text: name, at: name_at })?;
        self.expect = if class_of == Class::Userland { Expect::Sys } else { Expect::Signature };
        let is_http = matches!(self.section, Section::HttpRequest | Section::HttpResponse);
        let reads_http = is_http && cfg!(feature = "http");
        if reads_http || matches!(self.section, Section::Tcp(_)) {
            let name = self.names.get(usize::from(name_id)).cloned().unwrap_or_default();
            let label = Label {
                text: Label::text_of(rank_of, &class_of, &name, flavor).into(),
                rank: rank_of,
                class: class_of,
                name,
                flavor: flavor.into(),
                name_id,
                runs_on: Vec::new(),
                candidates,
                recorded_quality: recorded,
                quality: Quality::of_label(rank_of, recorded),
                line: self.line_number,
                column: value.at + 1,
            };
            #[cfg(feature = "http")]
            if is_http {
                self.http.push_label(label, self.labels.len());
                return Ok(());
            }
            self.labels.push(label);
        }
        Ok(())
    }

    /// `sys = @unix,Windows`
    fn sys(&mut self, value: Value<'_>, at: usize) -> Result<(), ParseError> {
        if self.expect == Expect::Nothing {
            return Ok(());
        }
        if self.expect != Expect::Sys {
            return Err(ParseError::at(at, Expected::NoSys));
        }
        let mut runs_on = Vec::new();
        for word in words(value) {
            runs_on.push(match word.text.strip_prefix('@') {
                Some(class) => RunsOn::Class(self.class(Value { text: class, at: word.at + 1 })?),
                None => {
                    let id = self.name(word)?;
                    RunsOn::Name(self.names.get(usize::from(id)).cloned().unwrap_or_default())
                }
            });
        }
        self.expect = Expect::Signature;
        let label = match self.section {
            Section::Tcp(_) => self.labels.last_mut(),
            #[cfg(feature = "http")]
            Section::HttpRequest | Section::HttpResponse => self.http.last_label(),
            _ => None,
        };
        if let Some(label) = label {
            label.runs_on = runs_on;
        }
        Ok(())
    }

    fn sig(&mut self, value: Value<'_>, at: usize) -> Result<(), ParseError> {
        if self.awaits_label() {
            return Err(ParseError::at(at, Expected::LabelOfCandidates));
        }
        match self.expect {
            Expect::Signature | Expect::Nothing => {}
            Expect::Sys => return Err(ParseError::at(at, Expected::SysNext)),
            Expect::Label => return Err(ParseError::at(at, Expected::LabelFirst)),
        }
        match self.section {
            Section::Mtu => {
                let mtu = number(value.text).filter(|&mtu: &u16| mtu > 0);
                self.links.push((mtu.ok_or(value.error(Expected::Mtu))?, self.link.clone()));
            }
            Section::Tcp(direction) => {
                let signature = Signature::parse(value.text, self.compat)
                    .map_err(|error| error.in_line(1, value.at))?;
                if self.expect == Expect::Nothing {
                    return Ok(());
                }
                let fits = self.signatures.len() < MAX_SIGNATURES
                    && self.labels.len() <= usize::from(u16::MAX);
                if !fits {
                    return Err(ParseError::at(at, Expected::FewerSignatures));
                }
                let label = (self.labels.len() - 1) as u16;
                let (line, column) = (self.line_number, value.at + 1);
                self.signatures.push(Entry { signature, direction, label, line, column });
            }
            #[cfg(feature = "http")]
            Section::HttpRequest | Section::HttpResponse => self.http_sig(value)?,
            #[cfg(not(feature = "http"))]
            Section::HttpRequest | Section::HttpResponse => {}
            Section::Preamble | Section::Unknown => {}
        }
        Ok(())
    }

    #[cfg(feature = "http")]
    fn http_sig(&mut self, value: Value<'_>) -> Result<(), ParseError> {
        use crate::http::{HttpSignature, Kind};
        let in_line = |error: ParseError| error.in_line(1, value.at);
        if self.expect == Expect::Nothing {
            return value.text.parse::<HttpSignature>().map(drop).map_err(in_line);
        }
        let kind = match self.section {
            Section::HttpResponse => Kind::Response,
            _ => Kind::Request,
        };
        self.http.push(kind, value.text, (self.line_number, value.at + 1)).map_err(in_line)
    }

    /// `ua_os = Linux,iOS=[iPad]`
    fn ua_os(&mut self, value: Value<'_>, at: usize) -> Result<(), ParseError> {
        if self.section != Section::HttpRequest || self.expect != Expect::Label {
            return Err(ParseError::at(at, Expected::UaOsFirst));
        }
        #[cfg(feature = "http")]
        for rule in crate::http::UserAgentRule::parse_list(value.text)
            .map_err(|error| error.in_line(1, value.at))?
        {
            let number = self.name(Value { text: rule.name(), at: value.at + rule.offset() })?;
            let spelling = self.names.get(usize::from(number)).cloned().unwrap_or_default();
            self.http.push_user_agent(&rule, number, &spelling);
        }
        #[cfg(not(feature = "http"))]
        for word in words(value) {
            let name = word.text.split_once('=').map_or(word.text, |(name, _)| name);
            self.name(Value { text: name, at: word.at })?;
        }
        Ok(())
    }

    /// The declared class of that name, case ignored.
    fn class(&self, word: Value<'_>) -> Result<Box<str>, ParseError> {
        let declared = self.classes.iter().find(|class| class.eq_ignore_ascii_case(word.text));
        declared.cloned().ok_or(word.error(Expected::Class))
    }

    /// The number of a name, case ignored; new names are added.
    fn name(&mut self, word: Value<'_>) -> Result<u16, ParseError> {
        if !is_name(word.text) {
            return Err(word.error(Expected::Name));
        }
        let known = self.names.iter().position(|name| name.eq_ignore_ascii_case(word.text));
        let id = known.unwrap_or_else(|| {
            self.names.push(word.text.into());
            self.names.len() - 1
        });
        u16::try_from(id).map_err(|_| word.error(Expected::FewerSignatures))
    }
}

/// Whether a section's header is of the shape of p0f's, and of a protocol that p0f does not know:
/// `[ssl:request]`. `[tcp:requests]` is a slip.
fn is_of_a_fork(header: &str) -> bool {
    const OURS: [&str; 3] = ["mtu", "tcp", "http"];
    let inside = header.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let is_word = |text: &str| {
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte);
        !text.is_empty() && text.bytes().all(valid)
    };
    inside.is_some_and(|inside| {
        let (protocol, direction) = inside.split_once(':').unwrap_or((inside, "any"));
        is_word(protocol)
            && is_word(direction)
            && !OURS.iter().any(|ours| protocol.eq_ignore_ascii_case(ours))
    })
}

/// Whether it is a line of p0f 2's files: `S4:64:1:60:M*,S,T,N,W0:.:Linux:2.4`, window, TTL, DF, length,
/// options, quirks, system, details.
fn is_of_p0f_2(line: &str) -> bool {
    let mut fields = line.split(':');
    let mut next = || fields.next().unwrap_or_default();
    let (window, ttl, df, length) = (next(), next(), next(), next());
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let is_window = window == "*" || is_number(window.trim_start_matches(['S', 'T', '%']));
    let is_length = length == "*" || is_number(length);
    is_window && is_number(ttl) && matches!(df, "0" | "1") && is_length && fields.count() >= 4
}

/// `iOS=0.6 macOS=0.4`: a comment to p0f.
fn candidates(systems: &str) -> Option<Vec<LikelySystem>> {
    let system = |word: &str| {
        let (name, probability) = word.rsplit_once('=')?;
        Some(LikelySystem { name: name.into(), probability: parse_share(probability)? })
    };
    let systems: Vec<_> = systems.split_ascii_whitespace().map(system).collect::<Option<_>>()?;
    (!systems.is_empty() && are_candidates(&systems)).then_some(systems)
}

/// `0.98`: a share above 0.
fn quality(text: &str) -> Option<f64> {
    parse_share(text.trim_ascii())
}

/// `key = value`, blanks around `=` optional; the value is not trimmed at its end.
fn key_value(line: &str, at: usize) -> Option<(&str, Value<'_>)> {
    let equals = at + line.get(at..)?.find('=')?;
    let key = line.get(at..equals)?.trim_end_matches([' ', '\t']);
    let text = line.get(equals + 1..)?.trim_start_matches([' ', '\t']);
    Some((key, Value { text, at: line.len() - text.len() }))
}

/// Comma-separated words; blanks before a word are skipped, those after it belong to it.
fn words<'t>(value: Value<'t>) -> impl Iterator<Item = Value<'t>> {
    let mut at = value.at;
    value.text.split(',').map(move |part| {
        let text = part.trim_start_matches([' ', '\t']);
        let word = Value { text, at: at + part.len() - text.len() };
        at += part.len() + 1;
        word
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
classes = win,unix
; comment
[mtu]
label = Ethernet or modem
sig   = 1500
[tcp:request]
  label = s:unix:Linux:3.x: with | and :
sig = *:64:0:*:mss*20,10:mss,sok,ts,nop,ws:df,id+:0
label = s:!:Scanner:
sys = @unix, windows
sig = *:64-:0:1460:1024,0:mss::0
[http:request]
ua_os = Linux,iOS=[iPad]
label = s:!:Browser:x
sys = Windows
sig = 1:Host:Accept:x
[tcp:response]
label = g:WIN:WINDOWS:NT
sig=4:128:0:*:*,*:mss:df:*";

    #[test]
    fn reads_a_file() {
        let database = Database::parse(GOOD).unwrap();
        let lines: Vec<_> = database.signatures().map(|(_, found)| found.line).collect();
        assert_eq!(lines, [8, 11, 19]);
        let labels: Vec<_> =
            database.signatures().map(|(_, found)| found.label.to_string()).collect();
        // The first spelling of a name is kept, here the one of a `sys` line.
        assert_eq!(labels, ["s:unix:Linux:3.x: with | and :", "s:!:Scanner:", "g:win:windows:NT"]);
        assert_eq!(database.link(1500), Some("Ethernet or modem"));
        assert_eq!(database.link(65_537 + 1500), None);
    }

    #[test]
    fn candidates_belong_to_the_next_label() {
        let text = "classes = unix\n[tcp:request]\n;@ candidates iOS=0.6 macOS=0.4\n\
                    label = s:unix:macOS/iOS:\nsig = *:64:0:*:1,0:mss::0\n\
                    label = s:unix:Linux:\nsig = *:64:0:*:2,0:mss::0\n";
        let database = Database::parse(text).unwrap();
        let of = |at: usize| database.signatures().nth(at).unwrap().1.label.candidates();
        let shares: Vec<_> = of(0).iter().map(|it| (&*it.name, it.probability)).collect();
        assert_eq!(shares, [("iOS", 0.6), ("macOS", 0.4)]);
        assert!(of(1).is_empty());
    }

    #[test]
    fn all_errors_are_found_and_the_rest_is_read() {
        let text = "classes = u\n[tcp:request]\nlabel = s:none:A:\nsig = *:64:0:*:1,0:mss::0\n\
                    sig = *\nlabel = s:!:B:\nlabel = s:u:C:\nsig = *:64:0:*:2,0:mss::0\nwhat\n\
                    [tcp]\nlabel = ?\n[tcp:response]\nlabel = g:u:D:\nsig = *:64:0:*:*,0:mss::0\n\
                    sig = *:64:0:*:*,0:MSS::0\nlabel = s:!:E:";
        let (database, errors) = Database::parse_with_all_errors(text, Compat::Fixed);
        let labels: Vec<_> = database.signatures().map(|(_, it)| it.label.to_string()).collect();
        assert_eq!(labels, ["s:u:C:", "g:u:D:"]);
        let lines: Vec<_> = errors.iter().map(|error| (error.line, error.expected)).collect();
        let expected = [
            (3, Expected::Class),
            (5, Expected::EightFields),
            (7, Expected::SysNext),
            (9, Expected::KeyValue),
            (10, Expected::Section),
            (15, Expected::Layout),
            (16, Expected::SysNext),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn errors_say_where_and_what() {
        for (text, message) in [
            ("classes = w_n", "line 1, column 11: expected a class of letters and digits"),
            ("[mtu]\nsig = 1500", "line 2, column 1: expected label = ... before any sig"),
            ("[mtu]\nlabel = x\nsig = 0", "line 3, column 7: expected an MTU in bytes, 1..=65535"),
            (
                "[tcp]",
                "line 1, column 1: expected [mtu], [tcp:request], [tcp:response], \
              [http:request] or [http:response]",
            ),
            (
                "[tcp:request]\nlabel = s:unix:Linux:",
                "line 2, column 11: expected a class named \
              in classes = ..., or !",
            ),
            (
                "[tcp:request]\nlabel = s:!:a:\nsig = *",
                "line 3, column 1: expected sys = ... \
              after a label of class !",
            ),
            (
                "[tcp:request]\nlabel = s:!:a:\n",
                "line 3, column 1: expected sys = ... after a \
              label of class !",
            ),
            (
                ";@ candidates iOS=0.6 macOS=0.5",
                "line 1, column 1: expected ;@ candidates \
              NAME=SHARE ..., shares above 0 that make at most 1",
            ),
            (
                "[tcp:request]\n;@ candidates iOS=0.6",
                "line 2, column 1: expected label = ... after ;@ candidates or ;@ quality",
            ),
            (
                "[tcp:request]\n;@ quality 0.5\n[tcp:response]",
                "line 3, column 1: expected label = ... after ;@ candidates or ;@ quality",
            ),
            (";@ quality 98", "line 1, column 1: expected ;@ quality SHARE, above 0 to 1"),
            ("what", "line 1, column 1: expected key = value"),
            ("\n what = 1", "line 2, column 2: expected classes, label, sys, sig or ua_os"),
            (
                "; p0f 2\r\nS4:64:1:60:M*,S,T,N,W0:.:Linux:2.4 (newer)\n",
                "line 2, column 1: expected the syntax of p0f 3; this is a line of p0f 2, which \
                 says too little to be read",
            ),
            (
                "[tcp:requests]",
                "line 1, column 1: expected [mtu], [tcp:request], [tcp:response], \
                 [http:request] or [http:response]",
            ),
            (
                "classes = u\n[tcp:request]\nlabel = s:u:a:\nsig = *:64:0:*:1,4:mss,tso:df:0",
                "line 4, column 24: expected at most 24 TCP options such as \
                 mss,sok,ts,nop,ws,eol+1,?34",
            ),
        ] {
            let error = Database::parse(text).expect_err(text);
            assert_eq!(error.to_string(), message);
        }
    }
}
