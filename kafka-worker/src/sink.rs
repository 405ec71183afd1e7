//! Records in their formats, and where they are written.

use std::io::{self, Write};

use stackprint::{Origin, Record};

use crate::args::Format;

/// Writes records one after the other.
///
/// Records gather in memory until [`drain`](Sink::drain) or [`flush`](Sink::flush), which the
/// caller calls between pieces of input: writing a record itself cannot fail, and what gathers is
/// bounded by what a piece can hold.
pub(crate) struct Sink<W> {
    format: Format,
    gathered: Vec<u8>,
    is_first: bool,
    out: W,
}

impl<W: Write> Sink<W> {
    /// As many octets are gathered before they are written, unless someone waits for them.
    const BLOCK_OCTETS: usize = 64 << 10;

    pub(crate) fn new(format: Format, out: W) -> Sink<W> {
        Sink { format, gathered: Vec::with_capacity(2 * Self::BLOCK_OCTETS), is_first: true, out }
    }

    /// Writes a record.
    pub(crate) fn write(&mut self, record: &Record<'_>, origin: Option<&Origin<'_>>) {
        if self.format == Format::Text && !std::mem::replace(&mut self.is_first, false) {
            self.gathered.push(b'\n');
        }
        encode(self.format, record, origin, &mut self.gathered);
        self.gathered.push(b'\n');
    }

    /// Hands on what has gathered, if it is enough to be worth it.
    pub(crate) fn drain(&mut self) -> io::Result<()> {
        if self.gathered.len() < Self::BLOCK_OCTETS { Ok(()) } else { self.flush() }
    }

    /// Hands on what has gathered.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        self.out.write_all(&self.gathered)?;
        self.gathered.clear();
        self.out.flush()
    }
}

/// Appends a record, without line feed at its end.
pub(crate) fn encode(
    format: Format,
    record: &Record<'_>,
    origin: Option<&Origin<'_>>,
    to: &mut Vec<u8>,
) {
    // Writing to memory does not fail, and a record has nothing that JSON cannot hold.
    let _ = match format {
        Format::Text => write!(to, "{record}"),
        Format::P0f => write!(to, "{}", record.p0f_log()),
        Format::Ndjson => {
            record.write_json(origin, to);
            Ok(())
        }
    };
}
