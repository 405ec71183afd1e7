//! Packet forms: how tools write a captured packet into JSON events and messages.
//!
//! Who reads the JSON finds the members and hands them over; this module knows which members each
//! form has, how their values are written, and makes the frame of them. Values go in as text or
//! whole numbers; bytes, link type, time and length come out.
//!
//! | form | bytes | link type | time |
//! | --- | --- | --- | --- |
//! | [envelope](PacketMembers::envelope) | `data`, base64 | `link_type`: LINKTYPE name or number | `ts`: nanoseconds or RFC 3339 |
//! | [EVE](PacketMembers::eve) of Suricata | `packet`, base64 | `packet_info.linktype` | `timestamp`: RFC 3339 |
//! | [EK](PacketMembers::ek) of tshark | `frame_raw`, hexadecimal | `frame.encap_type`: Wireshark's number | `frame.time_epoch`: seconds or RFC 3339 |
//! | [Tenzir](PacketMembers::tenzir) | `data`, base64 | `linktype` | `timestamp`: RFC 3339 |
//!
//! ```
//! use stackprint::forms::{Member, PacketMembers, Value};
//! use stackprint::{LinkType, Timestamp};
//!
//! let member = |name, text| Some(Member { name, value: Value::Text(text) });
//! let packet = PacketMembers::eve(
//!     Member { name: "packet", value: Value::Text("RQAAFA==") },
//!     Some(Member { name: "packet_info.linktype", value: Value::Integer(101) }),
//!     member("timestamp", "2026-11-28T19:00:00.5+0000"),
//! );
//! let mut bytes = Vec::new();
//! let packet = packet.read(&mut bytes)?;
//! assert_eq!(packet.bytes, b"\x45\0\0\x14");
//! assert_eq!(packet.link_type, Some(LinkType::RAW));
//! assert_eq!(packet.time, Some(Timestamp::new(1_795_892_400, 500_000_000)));
//! # Ok::<(), stackprint::forms::BadMember>(())
//! ```

pub mod time;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::frame::{Frame, LinkType, Timestamp};

/// The longest frame that is read, in bytes: as in captures.
pub const MAX_FRAME_BYTES: usize = 262_144;

/// Some libraries leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A value of JSON. Numbers may also come as text: tshark and syslog-ng write them so.
///
/// The [module](self) has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'v> {
    /// Text, its escapes resolved.
    Text(&'v str),
    /// A whole number from 0 up.
    Integer(u64),
    /// Anything else, which no member of a packet may be. An absent or null member is no value.
    Other,
}

/// A member of an event: its name, for messages, and its value.
///
/// The [module](self) has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'v> {
    /// The name, with those of the objects that it is in.
    pub name: &'static str,
    /// The value.
    pub value: Value<'v>,
}

/// A member whose value is not what it should be.
///
/// The error of [`PacketMembers::read`], as in the example of the [module](self).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadMember {
    /// Its name.
    pub name: &'static str,
    /// What it should have been.
    pub expected: &'static str,
}

impl core::fmt::Display for BadMember {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} is not {}", self.name, self.expected)
    }
}

impl core::error::Error for BadMember {}

/// How bytes are written as text.
///
/// Each form has its own, as the table of the [module](self) says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// RFC 4648 section 4, with or without padding.
    Base64,
    /// Two hexadecimal digits a byte, in either case.
    Hex,
}

impl Coding {
    const fn expected(self) -> &'static str {
        match self {
            Coding::Base64 => "base64 text",
            Coding::Hex => "hexadecimal text",
        }
    }

    /// Replaces what is in `to` by what the text stands for. Returns false if it stands for nothing.
    fn decode(self, text: &str, to: &mut Vec<u8>) -> bool {
        to.clear();
        match self {
            Coding::Base64 => BASE64.decode_vec(text, to).is_ok(),
            Coding::Hex => {
                to.resize(text.len() / 2, 0);
                hex::decode_to_slice(text, to).is_ok()
            }
        }
    }
}

/// Who numbers link types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Numbering {
    /// LINKTYPE, by number or name.
    LinkType,
    /// Wireshark's own.
    Wiretap,
}

/// In what a time counts where it is a number; each may be RFC 3339 text instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TimeUnit {
    Nanos,
    Millis,
    /// With up to nine decimals.
    Seconds,
}

/// Where the parts of a packet are, in one of the forms.
///
/// The [module](self) has an example.
#[derive(Debug, Clone, Copy)]
pub struct PacketMembers<'v> {
    bytes: Member<'v>,
    coding: Coding,
    link_type: Option<Member<'v>>,
    numbering: Numbering,
    time: Option<(Member<'v>, TimeUnit)>,
    wire_len: Option<Member<'v>>,
}

/// A packet as an event has it.
///
/// [`PacketMembers::read`] returns it; the [module](self) has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Packet<'b> {
    /// The frame's bytes.
    pub bytes: &'b [u8],
    /// The link type, if the event says one.
    pub link_type: Option<LinkType>,
    /// The capture time, if the event says one.
    pub time: Option<Timestamp>,
    /// Bytes on the wire, if the event says so.
    pub wire_len: Option<u64>,
}

impl<'b> Packet<'b> {
    /// The frame, with this link type and time where the packet says none itself.
    #[must_use]
    #[inline]
    pub fn frame(&self, link_type: LinkType, time: Timestamp) -> Frame<'b> {
        let len = self.bytes.len();
        let wire_len = self.wire_len.and_then(|len| usize::try_from(len).ok()).unwrap_or(len);
        Frame::new(self.link_type.unwrap_or(link_type), self.bytes)
            .at(self.time.unwrap_or(time))
            // A length below what is there is a slip of the sender, and no reason to lose the packet.
            .with_wire_len(wire_len.max(len))
    }
}

impl<'v> PacketMembers<'v> {
    /// The packet envelope of `schemas/packet.v1.schema.json`.
    #[must_use]
    pub const fn envelope(
        data: Member<'v>,
        link_type: Option<Member<'v>>,
        ts: Option<Member<'v>>,
        length: Option<Member<'v>>,
    ) -> Self {
        let plain = PacketMembers::new(data, Coding::Base64, link_type);
        PacketMembers { time: with_unit(ts, TimeUnit::Nanos), wire_len: length, ..plain }
    }

    /// An event of Suricata's EVE, and any event with a frame in base64.
    #[must_use]
    pub const fn eve(
        packet: Member<'v>,
        link_type: Option<Member<'v>>,
        timestamp: Option<Member<'v>>,
    ) -> Self {
        let plain = PacketMembers::new(packet, Coding::Base64, link_type);
        PacketMembers { time: with_unit(timestamp, TimeUnit::Millis), ..plain }
    }

    /// An event with a frame in hexadecimal, and nothing else of tshark's.
    #[must_use]
    pub const fn hex(
        bytes: Member<'v>,
        link_type: Option<Member<'v>>,
        timestamp: Option<Member<'v>>,
    ) -> Self {
        let plain = PacketMembers::new(bytes, Coding::Hex, link_type);
        PacketMembers { time: with_unit(timestamp, TimeUnit::Millis), ..plain }
    }

    /// `tshark -T ek -x` and `-T json -x`. `millis` is the line's own time, which is less exact than
    /// the frame's.
    #[must_use]
    pub fn ek(
        frame_raw: Member<'v>,
        encap_type: Option<Member<'v>>,
        time_epoch: Option<Member<'v>>,
        len: Option<Member<'v>>,
        millis: Option<Member<'v>>,
    ) -> Self {
        let time = with_unit(time_epoch, TimeUnit::Seconds);
        PacketMembers {
            numbering: Numbering::Wiretap,
            time: time.or(with_unit(millis, TimeUnit::Millis)),
            wire_len: len,
            ..PacketMembers::new(frame_raw, Coding::Hex, encap_type)
        }
    }

    /// Tenzir's `pcap.packet`.
    #[must_use]
    pub const fn tenzir(
        data: Member<'v>,
        linktype: Option<Member<'v>>,
        timestamp: Option<Member<'v>>,
        original_packet_length: Option<Member<'v>>,
    ) -> Self {
        let plain = PacketMembers::eve(data, linktype, timestamp);
        PacketMembers { wire_len: original_packet_length, ..plain }
    }

    const fn new(bytes: Member<'v>, coding: Coding, link_type: Option<Member<'v>>) -> Self {
        let numbering = Numbering::LinkType;
        PacketMembers { bytes, coding, link_type, numbering, time: None, wire_len: None }
    }

    /// The name of the member that has the bytes.
    #[must_use]
    pub const fn bytes_name(&self) -> &'static str {
        self.bytes.name
    }

    /// Whether the bytes are text, as they have to be.
    #[must_use]
    pub const fn has_text(&self) -> bool {
        matches!(self.bytes.value, Value::Text(_))
    }

    /// The packet, with its bytes in `bytes`, which are replaced.
    ///
    /// # Errors
    ///
    /// Where a member is not what it should be.
    pub fn read<'b>(&self, bytes: &'b mut Vec<u8>) -> Result<Packet<'b>, BadMember> {
        let Member { name, value } = self.bytes;
        let is_read = matches!(value, Value::Text(text) if self.coding.decode(text, bytes));
        if !is_read {
            return Err(BadMember { name, expected: self.coding.expected() });
        }
        Ok(Packet {
            bytes,
            link_type: self.link_type.map(|member| self.numbering.read(member)).transpose()?,
            time: self.time.map(|(member, unit)| unit.read(member)).transpose()?,
            wire_len: self.wire_len.map(|member| number(member, LENGTH)).transpose()?,
        })
    }
}

const LENGTH: &str = "a whole number of bytes";

const fn with_unit(member: Option<Member<'_>>, unit: TimeUnit) -> Option<(Member<'_>, TimeUnit)> {
    match member {
        Some(member) => Some((member, unit)),
        None => None,
    }
}

fn number(Member { name, value }: Member<'_>, expected: &'static str) -> Result<u64, BadMember> {
    let number = match value {
        Value::Integer(number) => Some(number),
        Value::Text(text) => text.parse().ok(),
        Value::Other => None,
    };
    number.ok_or(BadMember { name, expected })
}

impl Numbering {
    fn read(self, member: Member<'_>) -> Result<LinkType, BadMember> {
        let Member { name, value } = member;
        let (link_type, expected) = match self {
            Numbering::LinkType => {
                let link_type = match value {
                    Value::Integer(number) => u16::try_from(number).ok().map(LinkType),
                    Value::Text(text) => text.parse().ok(),
                    Value::Other => None,
                };
                (link_type, "a LINKTYPE name such as ETHERNET, or its number")
            }
            Numbering::Wiretap => {
                let expected = "the number of an encapsulation with a LINKTYPE";
                (LinkType::from_wiretap(number(member, expected)?), expected)
            }
        };
        link_type.ok_or(BadMember { name, expected })
    }
}

impl TimeUnit {
    fn read(self, Member { name, value }: Member<'_>) -> Result<Timestamp, BadMember> {
        let time = match value {
            Value::Integer(number) => self.of_integer(number),
            Value::Text(text) => self.of_text(text).or_else(|| time::of_date(text)),
            Value::Other => None,
        };
        time.ok_or(BadMember { name, expected: self.expected() })
    }

    fn of_integer(self, number: u64) -> Option<Timestamp> {
        match self {
            TimeUnit::Nanos => Some(Timestamp::from_nanos(number)),
            TimeUnit::Millis => time::of_millis(number),
            TimeUnit::Seconds => Some(Timestamp::new(number, 0)),
        }
    }

    fn of_text(self, text: &str) -> Option<Timestamp> {
        match self {
            TimeUnit::Seconds => time::of_seconds(text),
            TimeUnit::Nanos | TimeUnit::Millis => self.of_integer(time::digits(text)?),
        }
    }

    const fn expected(self) -> &'static str {
        match self {
            TimeUnit::Nanos => "RFC 3339 text, or nanoseconds since 1970 as a whole number",
            TimeUnit::Millis => "RFC 3339 text, or milliseconds since 1970",
            TimeUnit::Seconds => "seconds since 1970 with decimals, or RFC 3339 text",
        }
    }
}
