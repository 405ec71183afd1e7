//! What is left of a stream, as grammars read it.
#![warn(clippy::indexing_slicing)]

/// A hello is looked for after at most so many bytes of something else.
pub const MAX_PREAMBLE_LEN: usize = 1024;

/// Why a grammar does not take a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It may, once there is more of it.
    Ended,
    /// It never will.
    Other,
}

/// What is left of the stream.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'s> {
    pub(super) rest: &'s [u8],
    pub(super) read: usize,
}

impl<'s> Cursor<'s> {
    pub(super) fn take(&mut self, len: usize) -> Result<&'s [u8], Stop> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Stop::Ended)?;
        self.rest = rest;
        self.read += len;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let taken = self.take(N)?;
        taken.first_chunk().copied().ok_or(Stop::Ended)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Stop> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn peek(&self) -> Result<u8, Stop> {
        self.rest.first().copied().ok_or(Stop::Ended)
    }

    /// These bytes come next. Stops at the first that differs, so that a stream is decided as early
    /// as it can be.
    pub(super) fn expect(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        for &expected in bytes {
            if self.peek()? != expected {
                return Err(Stop::Other);
            }
            self.take(1)?;
        }
        Ok(())
    }

    /// Bytes up to one that ends them, which is read too, each of which is allowed.
    pub(super) fn until(
        &mut self,
        end: u8,
        is_allowed: impl Fn(u8) -> bool,
    ) -> Result<&'s [u8], Stop> {
        let len = self.rest.iter().position(|&byte| byte == end || !is_allowed(byte));
        let Some(len) = len else { return Err(Stop::Ended) };
        let taken = self.take(len)?;
        if self.byte()? == end { Ok(taken) } else { Err(Stop::Other) }
    }

    /// A line of text without its end, which is CR LF; some clients send LF alone.
    pub(super) fn line(&mut self) -> Result<&'s [u8], Stop> {
        let is_text = |byte: u8| !byte.is_ascii_control() || matches!(byte, b'\t' | b'\r');
        let line = self.until(b'\n', is_text)?;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.contains(&b'\r') { Err(Stop::Other) } else { Ok(line) }
    }
}
