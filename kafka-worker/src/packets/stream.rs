//! A stream of values that hold packets, cut into the values: JSON, one a line or in one list, or
//! MessagePack, one after the other.
//!
//! A line that cannot be read is passed over, and told of with its number. So is a value of
//! MessagePack that is no packet; but where MessagePack itself is broken, nobody can know where the
//! next value begins, and the rest of the stream is not read.
//!
//! Memory: one line or value, at most [`MAX_PENDING_BYTES`].

mod bad_value;
mod list;
#[cfg(test)]
mod tests;
mod values;

use stackprint::Frame;

use super::decoder::PacketDecoder;
use super::message::{Message, PacketMeta};
use super::{json, msgpack};
pub use bad_value::BadValue;
use bad_value::BadValueKind;
use list::{List, Step};
use values::MAX_PENDING_BYTES;
pub use values::Values;

/// Number of faults of a stream that are reported; the others are counted.
const MAX_TOLD: u64 = 10;

/// Cuts a stream into values, and these into frames.
#[derive(Debug)]
pub struct PacketStream {
    decoder: PacketDecoder,
    values: Values,
    /// Bytes of a value whose end was not seen yet.
    pending: Vec<u8>,
    /// The value at hand is too long, and is passed over.
    is_too_long: bool,
    list: Option<List>,
    /// Lines or values before the one at hand.
    count: u64,
    packets: u64,
    bad: Vec<BadValue>,
    bad_count: u64,
    /// Nothing more can be read.
    is_desynchronized: bool,
}

impl PacketStream {
    /// Reads values that follow each other so; the decoder makes frames of each.
    pub fn new(values: Values, decoder: PacketDecoder) -> PacketStream {
        PacketStream {
            decoder,
            values,
            pending: Vec::new(),
            is_too_long: false,
            list: None,
            count: 0,
            packets: 0,
            bad: Vec::new(),
            bad_count: 0,
            is_desynchronized: false,
        }
    }

    /// Hands over the frames of the values that end within `bytes`, each with its number in the
    /// stream, from 1, and its sensor.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(u64, Frame<'_>, Option<&str>)) {
        match self.values {
            Values::Lines => self.lines(bytes, &mut each),
            Values::Msgpack => self.msgpack(bytes, &mut each),
        }
    }

    /// The end of the stream: what is left is the last value, whole or not.
    pub fn finish(&mut self, mut each: impl FnMut(u64, Frame<'_>, Option<&str>)) {
        let rest = std::mem::take(&mut self.pending);
        if self.list.is_some() {
            self.tell(BadValueKind::UnfinishedList);
        } else if !rest.is_empty() || self.is_too_long {
            let rest = self.without_mark(&rest);
            self.value(rest, &mut each);
        }
    }

    /// The first line may have a byte-order mark.
    fn without_mark<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        match self.values {
            Values::Lines if self.count == 0 => json::without_mark(line),
            Values::Lines | Values::Msgpack => line,
        }
    }

    /// The faults since this was asked last, as far as they are told.
    pub fn take_bad(&mut self) -> Vec<BadValue> {
        std::mem::take(&mut self.bad)
    }

    /// How many values could not be read.
    pub fn bad_count(&self) -> u64 {
        self.bad_count
    }

    fn lines<F: FnMut(u64, Frame<'_>, Option<&str>)>(&mut self, mut bytes: &[u8], each: &mut F) {
        while !bytes.is_empty() {
            if self.list.is_some() {
                bytes = self.in_list(bytes, each);
                continue;
            }
            let Some(end) = memchr::memchr(b'\n', bytes) else { return self.keep(bytes) };
            let (line, rest) = bytes.split_at(end + 1);
            bytes = rest;
            let held = self.hold(line);
            let line = self.without_mark(held.as_deref().unwrap_or(line));
            if list::begins(line) {
                self.list = Some(List::default());
                let behind = self.in_list(line, each);
                self.keep(behind);
            } else {
                self.value(line, each);
            }
        }
    }

    /// Reads on in a list; what comes after its end is left.
    fn in_list<'o, F: FnMut(u64, Frame<'_>, Option<&str>)>(
        &mut self,
        mut bytes: &'o [u8],
        each: &mut F,
    ) -> &'o [u8] {
        while let Some(list) = &mut self.list
            && !bytes.is_empty()
        {
            match list.step(bytes) {
                Step::Inside { len } => {
                    let (part, rest) = bytes.split_at(len);
                    bytes = rest;
                    self.keep(part);
                    self.count += memchr::memchr_iter(b'\n', part).count() as u64;
                }
                Step::Separator { ends_list } => {
                    bytes = bytes.get(1..).unwrap_or_default();
                    if ends_list {
                        self.list = None;
                    }
                    let element = std::mem::take(&mut self.pending);
                    self.packets_of(&element, each);
                }
            }
        }
        bytes
    }

    fn msgpack<F: FnMut(u64, Frame<'_>, Option<&str>)>(&mut self, bytes: &[u8], each: &mut F) {
        if self.is_desynchronized {
            return;
        }
        let held = self.hold(bytes);
        if std::mem::take(&mut self.is_too_long) {
            return self.lose(BadValueKind::TooLong);
        }
        let mut rest = held.as_deref().unwrap_or(bytes);
        while !rest.is_empty() {
            match msgpack::len_of_first(rest) {
                Ok(Some(len)) => {
                    let (value, behind) = rest.split_at(len);
                    rest = behind;
                    self.value(value, each);
                }
                Ok(None) if rest.len() <= MAX_PENDING_BYTES => return self.keep(rest),
                Ok(None) => return self.lose(BadValueKind::TooLong),
                Err(bad) => return self.lose(BadValueKind::Message(bad)),
            }
        }
    }

    /// What was kept before, and `bytes`; none where nothing was kept.
    fn hold(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.pending.is_empty() && !self.is_too_long {
            return None;
        }
        self.keep(bytes);
        Some(std::mem::take(&mut self.pending))
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.is_too_long |= self.pending.len() + bytes.len() > MAX_PENDING_BYTES;
        if self.is_too_long {
            self.pending = Vec::new();
        } else {
            self.pending.extend_from_slice(bytes);
        }
    }

    /// A whole line or value.
    fn value<F: FnMut(u64, Frame<'_>, Option<&str>)>(&mut self, value: &[u8], each: &mut F) {
        self.packets_of(value, each);
        self.count += 1;
    }

    fn packets_of<F: FnMut(u64, Frame<'_>, Option<&str>)>(&mut self, value: &[u8], each: &mut F) {
        if std::mem::take(&mut self.is_too_long) {
            return self.tell(BadValueKind::TooLong);
        }
        let content_type = match self.values {
            Values::Lines if value.trim_ascii().is_empty() => return,
            Values::Lines => "application/json",
            Values::Msgpack => "application/msgpack",
        };
        let message = Message { value, content_type: Some(content_type), ..Message::default() };
        let packets = &mut self.packets;
        let decoded = self.decoder.decode(&message, |frame, PacketMeta { sensor, .. }| {
            *packets += 1;
            each(*packets, frame, sensor);
        });
        if let Err(bad) = decoded {
            self.tell(BadValueKind::Message(bad));
        }
    }

    fn lose(&mut self, kind: BadValueKind) {
        self.is_desynchronized = true;
        self.tell(kind);
    }

    fn tell(&mut self, kind: BadValueKind) {
        self.bad_count += 1;
        if self.bad_count <= MAX_TOLD {
            self.bad.push(BadValue {
                values: self.values,
                number: self.count + 1,
                kind,
                is_end: self.is_desynchronized,
                is_last_told: self.bad_count == MAX_TOLD,
            });
        }
    }
}
