#![doc = include_str!("../README.md")]

mod event;
mod exports;
mod json;
mod kept;
mod names;
#[cfg(test)]
mod tests;

use stackprint::forms::{BadMember, MAX_FRAME_BYTES};
use stackprint::{Analyzer, Database, Frame, JsonRecords, Limits, LinkType, Timestamp};

use event::Event;
pub use event::Form;
pub use names::Names;

/// Adds what the packet of an event says to the event. Keeps hosts and flows from one event to the
/// next.
#[derive(Debug)]
pub struct Filter {
    names: Names,
    /// From the first packet on.
    analyzer: Option<Analyzer>,
    /// The frame at hand.
    bytes: Vec<u8>,
}

/// There was no memory for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoMemory;

/// The most bytes that a result adds to an event, its name apart; more only costs time.
const RESULT_BYTES: usize = 8 << 10;

impl Filter {
    /// How much is remembered: about 15 MiB at most. WebAssembly gives no memory back.
    pub const LIMITS: Limits = Limits { hosts: 50_000, flows: 25_000, ..Limits::P0F };

    /// A filter that has seen nothing.
    #[must_use]
    pub fn new(names: Names) -> Filter {
        Filter { names, analyzer: None, bytes: Vec::new() }
    }

    /// Replaces what is in `to` by the event, one JSON object, with the record of its packet in a
    /// member of its own at the end. An event without a packet, with one that says nothing, or with
    /// such a member already, stays as it is, byte for byte; so does what is no JSON object.
    ///
    /// Packets are looked for in this form, or, without one, in each. Where a form is given, a
    /// packet that cannot be read is told of in that member:
    /// `{"error":"bad_field","field":"packet_info.linktype"}`.
    ///
    /// `time` is that of packets that have none.
    ///
    /// An event in MessagePack is lost: the host cuts at the first zero byte what it is given back. In its
    /// place comes a map, without such a byte, that says what to change.
    ///
    /// # Errors
    ///
    /// Where there is no memory for it.
    pub fn apply(
        &mut self,
        form: Option<Form>,
        event: &[u8],
        time: Timestamp,
        to: &mut Vec<u8>,
    ) -> Result<(), NoMemory> {
        to.clear();
        if is_messagepack(event) {
            to.try_reserve(RESULT_BYTES).map_err(|_| NoMemory)?;
            change_format(&self.names, to);
            return Ok(());
        }
        to.try_reserve(event.len() + RESULT_BYTES).map_err(|_| NoMemory)?;
        if self.enriched(form, event, time, to).is_none() {
            to.clear();
            to.extend_from_slice(event);
        }
        Ok(())
    }

    /// `None` where the event is to stay as it is.
    fn enriched(
        &mut self,
        form: Option<Form>,
        text: &[u8],
        time: Timestamp,
        to: &mut Vec<u8>,
    ) -> Option<()> {
        let event = Event::read(text, &self.names).filter(|event| !event.has_result)?;
        let members = form.map_or_else(|| event.members(), |form| event.members_in(form))?;
        let (before, after) = text.split_at_checked(event.end)?;
        let packet = members.read(&mut self.bytes);
        let too_long = |bytes: usize| bytes > MAX_FRAME_BYTES;
        let packet = match packet {
            Ok(packet) if too_long(packet.bytes.len()) => Err(members.bytes_name()),
            Ok(packet) => Ok(packet.frame(LinkType::ETHERNET, time)),
            Err(BadMember { name, .. }) => Err(name),
        };
        if packet.is_err() && form.is_none() {
            return None;
        }
        to.extend_from_slice(before);
        to.extend_from_slice(b",\"");
        to.extend_from_slice(self.names.result.as_bytes());
        to.extend_from_slice(b"\":");
        match &packet {
            Ok(frame) => {
                let analyzer = self.analyzer.get_or_insert_with(|| analyzer(frame.time));
                write_records(analyzer, frame, to)?;
            }
            Err(name) => {
                to.extend_from_slice(b"{\"error\":\"bad_field\",\"field\":\"");
                to.extend_from_slice(name.as_bytes());
                to.extend_from_slice(b"\"}");
            }
        }
        to.extend_from_slice(after);
        Some(())
    }
}

/// Writes what the frame says: an object for one record, a list for several. Returns `None` if it says
/// nothing.
fn write_records(analyzer: &mut Analyzer, frame: &Frame<'_>, to: &mut Vec<u8>) -> Option<()> {
    let mut records = JsonRecords::at_end_of(to);
    analyzer.session().analyze_all(frame, |result| {
        if let Ok(Some(record)) = result {
            records.push(|to| record.write_json(None, to));
        }
    });
    (records.finish() > 0).then_some(())
}

/// What to change, where events come in MessagePack.
const CHANGE_FORMAT: &str =
    "set event_format json in the filter wasm: in MessagePack Fluent Bit loses events";

/// A map begins with such a byte, and no text does.
fn is_messagepack(event: &[u8]) -> bool {
    const FIX_MAP: core::ops::RangeInclusive<u8> = 0x80..=0x8f;
    const MAP_16: u8 = 0xde;
    const MAP_32: u8 = 0xdf;
    event.first().is_some_and(|first| FIX_MAP.contains(first) || matches!(*first, MAP_16 | MAP_32))
}

/// `{"stackprint":{"error":"event_format","change":…}}` in MessagePack.
fn change_format(names: &Names, to: &mut Vec<u8>) {
    const FIX_MAP: u8 = 0x80;
    /// A text of up to 255 bytes: its length follows.
    const STR_8: u8 = 0xd9;
    let text = |text: &str, to: &mut Vec<u8>| {
        let bytes = text.as_bytes();
        let bytes = bytes.get(..usize::from(u8::MAX)).unwrap_or(bytes);
        // None is empty, so that no length is a zero byte.
        to.extend([STR_8, bytes.len() as u8]);
        to.extend_from_slice(bytes);
    };
    to.push(FIX_MAP | 1);
    text(names.result, to);
    to.push(FIX_MAP | 2);
    for word in ["error", "event_format", "change", CHANGE_FORMAT] {
        text(word, to);
    }
}

/// There is nothing random here; when the first packet came, its sender can hardly tell.
fn analyzer(first: Timestamp) -> Analyzer {
    Analyzer::builder(&Database::builtin())
        .limits(Filter::LIMITS)
        .hash_seed(first.as_nanos())
        .build()
}
