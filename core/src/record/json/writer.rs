//! Records as JSON one after the other, where they have much in common: what was written for a
//! stack is copied for the next packet that looks the same.

use std::io;

use super::cache::Cache;
use super::out::Json;
use crate::record::{Origin, Record};

/// Writes records as JSON, the same bytes as [`Record::write_json`], in a third of the time where
/// the same stacks come again and again.
///
/// It remembers texts of up to 4096 kinds of packets, each of some 800 bytes. They are found by
/// all that they were made of, so a writer serves records of any database, and of several.
///
/// ```
/// use stackprint::{Analyzer, Database, Frame, JsonWriter, LinkType, Origin};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// let mut analyzer = Analyzer::new(&Database::builtin());
/// let record = analyzer.analyze(&Frame::new(LinkType::RAW, syn))?.expect("a SYN says something");
/// let origin = Origin { file: Some("a.pcap".into()), frame: Some(1), ..Origin::default() };
/// let mut line = Vec::new();
/// JsonWriter::new().write(&record, Some(&origin), &mut line);
/// let value: serde_json::Value = serde_json::from_slice(&line)?;
/// assert_eq!(value["client"]["ip"], "192.0.2.30");
/// assert_eq!(value["origin"]["frame"], 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JsonWriter {
    cache: Cache,
    /// The line that is made for [`JsonWriter::write_to`], kept for its memory.
    line: Vec<u8>,
}

impl Default for JsonWriter {
    fn default() -> JsonWriter {
        JsonWriter::new()
    }
}

impl JsonWriter {
    /// A writer that has seen nothing.
    #[must_use]
    pub fn new() -> JsonWriter {
        JsonWriter { cache: Cache::new(), line: Vec::new() }
    }

    /// As [`Record::write_json`].
    pub fn write(&mut self, record: &Record<'_>, origin: Option<&Origin<'_>>, to: &mut Vec<u8>) {
        record.json(origin, &mut Json::with_cache(to, &mut self.cache));
    }

    /// As [`JsonWriter::write`], into any writer.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_to(
        &mut self,
        record: &Record<'_>,
        origin: Option<&Origin<'_>>,
        mut to: impl io::Write,
    ) -> io::Result<()> {
        let mut line = core::mem::take(&mut self.line);
        line.clear();
        self.write(record, origin, &mut line);
        let written = to.write_all(&line);
        self.line = line;
        written
    }

    /// As [`Record::write_ecs`].
    #[cfg(feature = "ecs")]
    pub fn write_ecs(
        &mut self,
        record: &Record<'_>,
        origin: Option<&Origin<'_>>,
        to: &mut Vec<u8>,
    ) {
        record.ecs(origin, &mut Json::with_cache(to, &mut self.cache));
    }
}
