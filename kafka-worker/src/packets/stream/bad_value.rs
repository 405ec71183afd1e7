//! What of a stream could not be read, and where.

use std::fmt;

use super::super::bad_message::BadMessage;
use super::values::{MAX_PENDING_BYTES, Values};

/// A line or value that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadValue {
    pub(super) values: Values,
    /// Of the line or value, from 1.
    pub(super) number: u64,
    pub(super) kind: BadValueKind,
    /// What follows cannot be read, either.
    pub(super) is_end: bool,
    /// Further ones will be counted, not told.
    pub(super) is_last_told: bool,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadValueKind {
    /// As in a message of its own.
    Message(BadMessage),
    TooLong,
    /// The stream ends within a list.
    UnfinishedList,
}

/// `line 3: not JSON, at offset 7`
impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.values {
            Values::Lines => "line",
            Values::Msgpack => "value",
        };
        write!(f, "{what} {}: ", self.number)?;
        match &self.kind {
            BadValueKind::Message(bad) => bad.fmt(f)?,
            BadValueKind::TooLong => write!(f, "more than {MAX_PENDING_BYTES} bytes")?,
            BadValueKind::UnfinishedList => f.write_str("the list has no end")?,
        }
        if self.is_end {
            f.write_str("; what follows cannot be read")?;
        }
        if self.is_last_told {
            f.write_str("; further ones are counted, not told")?;
        }
        Ok(())
    }
}
