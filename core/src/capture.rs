//! Decoder of captures: bytes of pcap and pcapng in, frames out, without I/O.
//!
//! A [`Decoder`] takes the bytes of a capture in pieces of any size, as they come from a file, a
//! pipe that is still growing, a browser's upload or a message, and hands over each frame once
//! its record is whole. Frames that lie within one piece are borrowed from it; only a record that
//! two pieces share is copied.
//!
//! ```
//! use stackprint::capture::Decoder;
//!
//! # fn main() -> Result<(), stackprint::capture::CaptureError> {
//! # let mut file = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0".to_vec();
//! # file.extend(b"\x01\0\0\0\x02\0\0\0\x03\0\0\0\x3c\0\0\0abc");
//! let mut decoder = Decoder::new();
//! for piece in file.chunks(10) {
//!     decoder.push(piece, |captured| {
//!         println!("{} {}", captured.number, captured.frame.time);
//! #       assert_eq!(captured.frame.data, b"abc");
//!     })?;
//! }
//! decoder.finish()?; // a capture that was cut ends with an error
//! assert_eq!(decoder.frames(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! # What is read
//!
//! - pcap in both byte orders, with microseconds or nanoseconds, versions 2.0 to 2.4 (and 543.0)
//!   with the orders of lengths that they had, and Kuznetzov's modified format.
//! - pcapng 1.0 and 1.2: any number of sections, each with its byte order and interfaces, each
//!   interface with its link type, time resolution and time offset; enhanced, simple and obsolete
//!   packet blocks. Simple packet blocks have no time: their frames are at
//!   [`Timestamp::EPOCH`](crate::Timestamp::EPOCH). All other blocks and options are passed over.
//! - A frame longer than the snapshot length of its file or interface is cut to it, as libpcap does;
//!   0 is no limit.
//!
//! Records and blocks are split by the crate `pcap-parser`; what it gets wrong of them is read here.
//! Link types are numbered as in the file, and the bytes of frames are never changed.
//!
//! # Damage
//!
//! Captures that were joined are read one after the other: where a record could stand, the header of
//! another capture may. [`Decoder::joined`] tells.
//!
//! Decoding stops at the first record that cannot be right, with its offset: what follows a
//! damaged length cannot be found again with certainty. Frames before it have been handed over.
//!
//! # Limits
//!
//! A decoder holds at most 16 MiB of an unfinished record, and 65,536 interfaces of a section. Blocks
//! that hold no packet may have any length: nothing is kept of them. A
//! frame of more than 262,144 bytes counts as damage (15 MiB for link types of messages such as
//! D-Bus). Frames are all that is counted: Wireshark also numbers some pcapng blocks that are not
//! frames (custom blocks, system logs).

mod bytes;
mod error;
mod interface;
mod limits;
mod other_format;
mod pcap;
mod pcapng;
mod start;
mod step;

use core::fmt;

pub use error::{CaptureError, CaptureErrorKind, FirstBytes, Part};
pub use pcapng::PcapNgSection;
pub use start::{PcapHeader, Resolution};

use crate::frame::Frame;
use step::{Packet, Passing, Step};

/// Turns the bytes of a capture into frames. See the [module](self) for an example.
#[derive(Debug, Clone, Default)]
pub struct Decoder {
    reader: Reader,
    /// The start of a record whose end has not come yet, or the record last handed over.
    held: Vec<u8>,
    /// Bytes of `held` whose record has been handed over. More may be held: as many as it took to see
    /// that no other capture begins here.
    spent: usize,
    /// Bytes of the unfinished record that are needed before it is read again.
    needed: usize,
    /// A block that is passed over.
    passing: Option<Passing>,
    done: Done,
    joints: Joints,
    failed: Option<CaptureError>,
}

/// Where captures were joined.
#[derive(Debug, Clone, Copy, Default)]
struct Joints {
    count: u64,
    first: Option<u64>,
}

/// How far decoding has come.
#[derive(Debug, Clone, Copy, Default)]
struct Done {
    /// Bytes in whole records.
    bytes: u64,
    /// Frames handed over.
    frames: u64,
}

/// A frame of a capture, and its place in it.
///
/// [`Decoder::push`] hands it over; the [module](self) has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CapturedFrame<'a> {
    /// The frame.
    pub frame: Frame<'a>,
    /// Its number in the capture, counted from 1 as capture programs do.
    pub number: u64,
    /// The number of its interface in the pcapng section, from 0; 0 in a pcap file.
    pub interface: u32,
}

/// What kind of capture it is.
///
/// ```
/// use stackprint::capture::{Decoder, Format};
///
/// let mut decoder = Decoder::new();
/// decoder.push(b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0", |_| ())?;
/// let format = decoder.format().expect("the header is there");
/// assert_eq!(format.to_string(), "pcap 2.4, little-endian, microseconds, ETHERNET");
/// assert!(matches!(format, Format::Pcap(header) if header.snap_len == 262_144));
/// # Ok::<(), stackprint::capture::CaptureError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Classic pcap.
    Pcap(PcapHeader),
    /// pcapng; the section that is being read.
    PcapNg(PcapNgSection),
}

/// One line about the format: `pcap 2.4, little-endian, microseconds, ETHERNET`.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Format::Pcap(header) => header.fmt(f),
            Format::PcapNg(section) => section.fmt(f),
        }
    }
}

/// A whole record.
struct Next<'bytes> {
    /// The packet in it, if it has one.
    packet: Option<Packet>,
    /// Its bytes, unless they are the decoder's `held`.
    record: Option<&'bytes [u8]>,
}

impl Decoder {
    /// Creates a decoder at the start of a capture.
    #[must_use]
    pub fn new() -> Self {
        Decoder::default()
    }

    /// Feeds the next bytes of the capture and calls `each` for every frame that they complete.
    ///
    /// # Errors
    ///
    /// The first damage in the capture; from then on, always the same error.
    pub fn push(
        &mut self,
        bytes: &[u8],
        mut each: impl FnMut(CapturedFrame<'_>),
    ) -> Result<(), CaptureError> {
        let mut rest = bytes;
        loop {
            self.drain(&mut rest, &mut each);
            match self.next_frame(&mut rest)? {
                Some(frame) => each(frame),
                None => return Ok(()),
            }
        }
    }

    /// Hands over the frames of records that lie whole at the front of `bytes`; the rest is for
    /// [`next_frame`](Decoder::next_frame), which could do it all but through memory.
    fn drain(&mut self, bytes: &mut &[u8], each: &mut impl FnMut(CapturedFrame<'_>)) {
        if self.failed.is_some() || !self.held.is_empty() || self.passing.is_some() {
            return;
        }
        match &mut self.reader {
            Reader::Unknown => {}
            Reader::Pcap(reader) => {
                drain(|bytes| reader.step(bytes), bytes, &mut self.done, each);
            }
            Reader::PcapNg(reader) => {
                drain(|bytes| reader.step(bytes), bytes, &mut self.done, each);
            }
        }
    }

    /// Takes bytes off the front of `bytes` until a frame is whole, and returns the frame. Returns
    /// `None` when all bytes are taken. The same as [`push`](Decoder::push), slower by some 10 ns a
    /// frame, for callers that may want to stop in between.
    ///
    /// # Errors
    ///
    /// The first damage in the capture; from then on, always the same error.
    pub fn next_frame<'frame, 'bytes: 'frame>(
        &'frame mut self,
        bytes: &mut &'bytes [u8],
    ) -> Result<Option<CapturedFrame<'frame>>, CaptureError> {
        let (packet, record) = loop {
            match self.next_record(bytes)? {
                Some(Next { packet: Some(packet), record }) => break (packet, record),
                Some(Next { packet: None, .. }) => {}
                None => return Ok(None),
            }
        };
        self.done.frames += 1;
        Ok(Some(CapturedFrame {
            frame: packet.frame(record.unwrap_or(&self.held)),
            number: self.done.frames,
            interface: packet.interface,
        }))
    }

    /// Returns the next whole record, or `None` when all bytes are taken.
    fn next_record<'bytes>(
        &mut self,
        bytes: &mut &'bytes [u8],
    ) -> Result<Option<Next<'bytes>>, CaptureError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.passing.is_some() {
            return self.pass_over(bytes);
        }
        if !self.held.is_empty() {
            return self.next_held_record(bytes);
        }
        match self.reader.step(bytes) {
            Ok(Step::PassOver(block)) => {
                self.passing = Some(Passing::new(block));
                self.pass_over(bytes)
            }
            Ok(Step::NextCapture) => {
                self.begin_another();
                self.next_record(bytes)
            }
            Ok(Step::Record { len, packet }) => {
                let (record, rest) = bytes.split_at_checked(len).unwrap_or((bytes, &[]));
                *bytes = rest;
                self.done.bytes += len as u64;
                Ok(Some(Next { packet, record: Some(record) }))
            }
            Ok(Step::More { needed }) => {
                self.held.extend_from_slice(bytes);
                self.needed = needed;
                *bytes = &[];
                Ok(None)
            }
            Err(kind) => Err(self.fail(kind)),
        }
    }

    /// [`next_record`](Decoder::next_record) for a record that began in an earlier push.
    #[cold]
    fn next_held_record<'bytes>(
        &mut self,
        bytes: &mut &'bytes [u8],
    ) -> Result<Option<Next<'bytes>>, CaptureError> {
        if self.spent > 0 {
            self.held.drain(..self.spent);
            self.spent = 0;
            if self.held.is_empty() {
                return self.next_record(bytes);
            }
            self.needed = self.held.len();
        }
        loop {
            let missing = self.needed.saturating_sub(self.held.len());
            let (now, rest) = bytes.split_at(missing.min(bytes.len()));
            self.held.extend_from_slice(now);
            *bytes = rest;
            match self.reader.step(&self.held) {
                Ok(Step::Record { len, packet }) => {
                    self.done.bytes += len as u64;
                    self.spent = len;
                    return Ok(Some(Next { packet, record: None }));
                }
                Ok(Step::More { needed }) => self.needed = needed,
                Ok(Step::PassOver(block)) => {
                    // No more than its header is held.
                    let mut passing = Passing::new(block);
                    passing.take(&mut self.held.as_slice());
                    self.held.clear();
                    self.passing = Some(passing);
                    return self.pass_over(bytes);
                }
                Ok(Step::NextCapture) => {
                    self.begin_another();
                    // The next capture's header may need more than was held to tell.
                    self.needed = self.held.len();
                    continue;
                }
                Err(kind) => return Err(self.fail(kind)),
            }
            if bytes.is_empty() {
                return Ok(None);
            }
        }
    }

    /// Passes over more of a block, and returns a record without a packet at its end.
    #[cold]
    fn pass_over<'bytes>(
        &mut self,
        bytes: &mut &'bytes [u8],
    ) -> Result<Option<Next<'bytes>>, CaptureError> {
        let Some(passing) = &mut self.passing else { return Ok(None) };
        if !passing.take(bytes) {
            return Ok(None);
        }
        let (first, last) = passing.lengths();
        self.passing = None;
        if first != last {
            return Err(self.fail(CaptureErrorKind::BlockLengthsDiffer { first, last }));
        }
        self.done.bytes += u64::from(first);
        Ok(Some(Next { packet: None, record: None }))
    }

    /// Begins the capture that stands where a record could.
    #[cold]
    fn begin_another(&mut self) {
        self.reader = Reader::Unknown;
        self.joints.count += 1;
        self.joints.first.get_or_insert(self.done.bytes);
    }

    #[cold]
    fn fail(&mut self, kind: CaptureErrorKind) -> CaptureError {
        *self.failed.insert(CaptureError { kind, offset: self.done.bytes })
    }

    /// Checks that the capture may end here. A decoder of a growing capture may be asked at any time.
    ///
    /// # Errors
    ///
    /// Damage found earlier, or that the capture ends where it should not.
    pub fn finish(&self) -> Result<(), CaptureError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if let Some(passing) = &self.passing {
            let (present, needed) = (passing.passed(), passing.lengths().0 as usize);
            let kind = CaptureErrorKind::CutShort { inside: Part::Block, present, needed };
            return Err(CaptureError { kind, offset: self.done.bytes });
        }
        let present = self.held.len() - self.spent;
        let kind = match (present, self.done.bytes) {
            (0, 0) => CaptureErrorKind::Empty,
            (0, _) => return Ok(()),
            _ if self.reader.may_begin_with(&self.held) => {
                let (inside, needed) = (self.reader.part(self.needed), self.needed);
                CaptureErrorKind::CutShort { inside, present, needed }
            }
            _ => CaptureErrorKind::NotACapture { first: FirstBytes::of(&self.held) },
        };
        Err(CaptureError { kind, offset: self.done.bytes })
    }

    /// Returns what kind of capture it is, or `None` while its first header is not whole.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        match &self.reader {
            Reader::Unknown => None,
            Reader::Pcap(reader) => Some(Format::Pcap(reader.header())),
            Reader::PcapNg(reader) => reader.section().map(Format::PcapNg),
        }
    }

    /// Returns the number of bytes from the start of the capture to the first record that is not whole.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.done.bytes
    }

    /// Returns how many captures were found joined to the first one so far (`cat a.pcap b.pcap`, or several in
    /// one compressed file). They are read as one, and frames are numbered through.
    #[must_use]
    pub const fn joined(&self) -> u64 {
        self.joints.count
    }

    /// Returns the number of bytes from the start of the first capture to the start of the second, if
    /// there is one.
    #[must_use]
    pub const fn first_joint(&self) -> Option<u64> {
        self.joints.first
    }

    /// Returns how many frames have been handed over.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.done.frames
    }
}

/// The loop of [`Decoder::drain`]. It stops at the first record that is not whole or not right,
/// and leaves it there to be stepped on again.
#[inline]
fn drain(
    mut step: impl FnMut(&[u8]) -> Result<Step, CaptureErrorKind>,
    bytes: &mut &[u8],
    done: &mut Done,
    each: &mut impl FnMut(CapturedFrame<'_>),
) {
    // Copies, so that they stay in registers whatever `each` does.
    let (mut rest, mut number) = (*bytes, done.frames);
    while let Ok(Step::Record { len, packet }) = step(rest) {
        let (record, after) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        rest = after;
        if let Some(packet) = packet {
            number += 1;
            let (frame, interface) = (packet.frame(record), packet.interface);
            each(CapturedFrame { frame, number, interface });
        }
    }
    *done = Done { bytes: done.bytes + (bytes.len() - rest.len()) as u64, frames: number };
    *bytes = rest;
}

/// The format's reader, once the first bytes have told the format.
#[derive(Debug, Clone, Default)]
enum Reader {
    #[default]
    Unknown,
    Pcap(pcap::Reader),
    PcapNg(pcapng::Reader),
}

impl Reader {
    #[inline]
    fn step(&mut self, bytes: &[u8]) -> Result<Step, CaptureErrorKind> {
        match self {
            Reader::Pcap(reader) => reader.step(bytes),
            Reader::PcapNg(reader) => reader.step(bytes),
            Reader::Unknown => self.begin(bytes),
        }
    }

    /// Recognizes the format by the start of the capture.
    #[cold]
    fn begin(&mut self, bytes: &[u8]) -> Result<Step, CaptureErrorKind> {
        if bytes.len() < FirstBytes::MAX_LEN {
            return Ok(Step::More { needed: FirstBytes::MAX_LEN });
        }
        if bytes.starts_with(&start::SECTION_HEADER) {
            let mut reader = pcapng::Reader::default();
            let step = reader.step(bytes);
            *self = Reader::PcapNg(reader);
            return step;
        }
        let Some(magic) = start::Magic::read(bytes) else {
            return Err(CaptureErrorKind::NotACapture { first: FirstBytes::of(bytes) });
        };
        let Some(header) = bytes.first_chunk() else {
            return Ok(Step::More { needed: start::PCAP_HEADER_LEN });
        };
        *self = Reader::Pcap(pcap::Reader::new(magic, header)?);
        Ok(Step::Record { len: start::PCAP_HEADER_LEN, packet: None })
    }

    /// Whether `bytes`, all that there are of an unfinished record, can be its start. In doubt
    /// are only bytes too few to tell the format.
    fn may_begin_with(&self, bytes: &[u8]) -> bool {
        let known = bytes.len().min(start::SECTION_HEADER.len());
        let first = bytes.get(..known).unwrap_or(bytes);
        !matches!(self, Reader::Unknown)
            || start::SECTION_HEADER.starts_with(first)
            || start::Magic::all_starting_with(first).next().is_some()
    }

    /// Returns the part of the capture in which it ended, when `needed` bytes of a record were needed.
    fn part(&self, needed: usize) -> Part {
        match self {
            Reader::Unknown => Part::FileHeader,
            Reader::Pcap(reader) if reader.is_past_record_header(needed) => Part::Frame,
            Reader::Pcap(_) => Part::RecordHeader,
            Reader::PcapNg(reader) if reader.section().is_none() => Part::FileHeader,
            Reader::PcapNg(_) => Part::Block,
        }
    }
}
