//! What is left out of records.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::ValueHint;
use clap::builder::{BoolishValueParser, PossibleValuesParser, TypedValueParser};
use stackprint::{Record, RedactedField, Redaction};

use crate::messages;

/// What is left out of records.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct PrivacyArgs {
    /// Leave the Community ID of the flow out of records.
    #[arg(long, env = "STACKPRINT_NO_FLOW", value_parser = BoolishValueParser::new())]
    no_flow: bool,

    /// What is left out of records, whatever they are written as: the name of the server that a
    /// client of TLS asks for (sni), what an HTTP client says it is (user-agent).
    #[arg(
        long,
        value_name = "FIELD,…",
        value_delimiter = ',',
        env = "STACKPRINT_REDACT",
        value_parser = field()
    )]
    redact: Vec<RedactedField>,

    /// A file with a secret: what --redact names is not left out, but replaced by its HMAC-SHA-256
    /// with all bytes of the file as the key, so that equal texts stay equal.
    #[arg(
        long,
        value_name = "FILE",
        requires = "redact",
        env = "STACKPRINT_REDACT_KEY_FILE",
        value_hint = ValueHint::FilePath
    )]
    redact_key_file: Option<PathBuf>,
}

impl PrivacyArgs {
    /// Reads the key file.
    pub(crate) fn privacy(&self) -> anyhow::Result<Privacy> {
        let key = self.redact_key_file.as_deref().map(read_key).transpose()?;
        let redaction = Redaction::new(self.redact.iter().copied(), key.as_deref());
        Ok(Privacy { with_flow: !self.no_flow, redaction })
    }
}

fn read_key(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut key = fs::read(path).with_context(|| messages::shown(path).to_string())?;
    // Editors and `echo` end a file with one.
    while key.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
        key.pop();
    }
    if key.is_empty() {
        bail!("{}: the key is empty", messages::shown(path));
    }
    Ok(key)
}

fn field() -> impl TypedValueParser<Value = RedactedField> {
    let words = RedactedField::ALL.iter().map(|field| field.as_str());
    PossibleValuesParser::new(words).try_map(|word| {
        let field = RedactedField::ALL.iter().find(|field| field.as_str() == word);
        field.copied().ok_or("no such field")
    })
}

/// What is left out of records, with the key.
#[derive(Debug)]
pub(crate) struct Privacy {
    with_flow: bool,
    redaction: Redaction,
}

impl Privacy {
    /// Leaves it out of a record, before anything is made of it.
    #[inline]
    pub(crate) fn apply(&self, record: &mut Record<'_>) {
        record.with_flow = self.with_flow;
        if !self.redaction.is_empty() {
            self.redaction.apply(record);
        }
    }
}
