//! Text → [`Libraries`].
#![warn(clippy::indexing_slicing)]

use super::form::key;
use super::{DEFAULT_QUALITY, Entry, Libraries, Library, Signature};
use crate::label::parse_share;
use crate::parse_error::{Expected, ParseError};

/// A section of ours; all others are passed over.
const SECTION: &str = "[tls:client]";

impl Libraries {
    /// Reads a database, or the `[tls:client]` sections of one that has others.
    ///
    /// # Errors
    ///
    /// At the first line that is not in the syntax.
    pub fn parse(text: &str) -> Result<Libraries, ParseError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = Reader::default();
        let mut last = 1;
        for (line, number) in text.lines().zip(1..) {
            reader.line(line, number).map_err(|error| error.in_line(number, 0))?;
            last = number;
        }
        // A quality without its label.
        reader.no_quality(0).map_err(|error| error.in_line(last, 0))?;
        Ok(Libraries::new(reader.labels, reader.entries))
    }
}

#[derive(Default)]
struct Reader {
    is_ours: bool,
    /// Whether `sys` and `sig` lines belong to the last of `labels`.
    has_label: bool,
    /// Of the next label.
    quality: Option<f64>,
    labels: Vec<Library>,
    entries: Vec<Entry>,
}

impl Reader {
    fn line(&mut self, line: &str, number: usize) -> Result<(), ParseError> {
        let text = line.trim();
        let at = line.len() - line.trim_start().len();
        if text.starts_with('[') {
            self.no_quality(at)?;
            // A misspelt name of our section would silently lose all of it.
            if !text.ends_with(']') || text.starts_with("[tls") && text != SECTION {
                return Err(ParseError::at(at, Expected::TlsSection));
            }
            self.is_ours = text == SECTION;
            self.has_label = false;
            return Ok(());
        }
        if !self.is_ours {
            return Ok(());
        }
        if let Some(quality) = text.strip_prefix(";@ quality ") {
            self.quality = Some(parse_share(quality).ok_or(ParseError::at(at, Expected::Quality))?);
            return Ok(());
        }
        if text.is_empty() || text.starts_with(';') {
            return Ok(());
        }
        let (key, value) = text.split_once('=').ok_or(ParseError::at(at, Expected::KeyValue))?;
        let spaces = value.len() - value.trim_start().len();
        let (value, value_at) = (value.trim(), at + key.len() + 1 + spaces);
        match key.trim() {
            "label" => self.label(value, value_at),
            "sys" => self.systems(value, at, value_at),
            "sig" => self.signature(value, at, value_at, number),
            _ => Err(ParseError::at(at, Expected::TlsKey)),
        }
    }

    fn no_quality(&self, at: usize) -> Result<(), ParseError> {
        match self.quality {
            Some(_) => Err(ParseError::at(at, Expected::LabelOfCandidates)),
            None => Ok(()),
        }
    }

    /// `label = OpenSSL:1.1.1:curl`
    fn label(&mut self, value: &str, at: usize) -> Result<(), ParseError> {
        let mut parts = value.splitn(3, ':');
        let (Some(name), Some(version), Some(program)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(ParseError::at(at, Expected::TlsLabel));
        };
        let version_at = at + name.len() + 1;
        let program_at = version_at + version.len() + 1;
        if name.is_empty() {
            return Err(ParseError::at(at, Expected::Name));
        }
        self.labels.push(Library {
            name: word(name, at)?.into(),
            version: optional(version, version_at)?,
            program: optional(program, program_at)?,
            systems: Vec::new(),
            quality: self.quality.take().unwrap_or(DEFAULT_QUALITY),
        });
        self.has_label = true;
        Ok(())
    }

    /// `sys = macOS,iOS`
    fn systems(&mut self, value: &str, at: usize, value_at: usize) -> Result<(), ParseError> {
        self.no_quality(at)?;
        let label =
            self.labels.last_mut().filter(|label| self.has_label && label.systems.is_empty());
        let label = label.ok_or(ParseError::at(at, Expected::LabelFirst))?;
        let mut word_at = value_at;
        for system in value.split(',') {
            if system.is_empty() {
                return Err(ParseError::at(word_at, Expected::Name));
            }
            label.systems.push(word(system, word_at)?.into());
            word_at += system.len() + 1;
        }
        Ok(())
    }

    fn signature(
        &mut self,
        value: &str,
        at: usize,
        value_at: usize,
        line: usize,
    ) -> Result<(), ParseError> {
        self.no_quality(at)?;
        if !self.has_label {
            return Err(ParseError::at(at, Expected::LabelFirst));
        }
        let signature: Signature =
            value.parse().map_err(|error: ParseError| error.in_line(1, value_at))?;
        let fields = |field| signature.field(field).unwrap_or_default();
        if key(signature.fixed(), fields).is_none() {
            return Err(ParseError::at(value_at, Expected::FewerNumbers));
        }
        self.entries.push(Entry { signature, label: self.labels.len() - 1, line });
        Ok(())
    }
}

fn optional(text: &str, at: usize) -> Result<Option<Box<str>>, ParseError> {
    word(text, at).map(|text| (!text.is_empty()).then(|| text.into()))
}

/// A name as p0f has them, and with `+`; versions may be ranges.
fn word(text: &str, at: usize) -> Result<&str, ParseError> {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b" ./-_!?()+".contains(&byte);
    match text.bytes().position(|byte| !valid(byte)) {
        Some(offset) => Err(ParseError::at(at + offset, Expected::Name)),
        None if text.trim() != text => Err(ParseError::at(at, Expected::Name)),
        None => Ok(text),
    }
}
