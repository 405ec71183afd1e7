//! What `tshark -T ek -x` writes of a packet; `-T json -x` has the same with points in the names.

use serde::Deserialize;
use stackprint::{LinkType, Timestamp};

use super::super::bad_message::BadMessageKind;
use super::super::out::Packet;
use super::super::{text, time};
use super::loose::Loose;

#[derive(Deserialize)]
pub(super) struct Layers<'m> {
    #[serde(borrow, default)]
    frame_raw: Loose<'m>,
    /// Left out where tshark was told to write less.
    #[serde(borrow)]
    frame: Option<FrameFields<'m>>,
}

#[derive(Deserialize)]
struct FrameFields<'m> {
    #[serde(borrow, default, rename = "frame_frame_encap_type", alias = "frame.encap_type")]
    encapsulation: Loose<'m>,
    #[serde(borrow, default, rename = "frame_frame_time_epoch", alias = "frame.time_epoch")]
    time: Loose<'m>,
    #[serde(borrow, default, rename = "frame_frame_len", alias = "frame.len")]
    wire_len: Loose<'m>,
}

const HEX: &str = "hexadecimal text";
const TIME: &str = "seconds since 1970 with decimals, or RFC 3339 text";
const MILLIS: &str = "milliseconds since 1970";
const LENGTH: &str = "a whole number of bytes";
const ENCAPSULATION: &str = "the number of an encapsulation with a LINKTYPE";

impl Layers<'_> {
    /// `millis` is the line's own time, which is less exact than the frame's.
    pub(super) fn packet<'p>(
        &self,
        millis: &Loose<'_>,
        bytes: &'p mut Vec<u8>,
    ) -> Result<Packet<'p>, BadMessageKind> {
        let hex = self.frame_raw.text("frame_raw", HEX)?;
        if !text::hex_to(hex.ok_or(BadMessageKind::MissingField("frame_raw"))?, bytes) {
            return Err(BadMessageKind::BadField { field: "frame_raw", expected: HEX });
        }
        let mut packet = Packet { bytes, ..Packet::default() };
        if let Some(frame) = &self.frame {
            packet.link_type = frame.link_type()?;
            packet.time = frame.time()?;
            packet.wire_len = frame.wire_len.number("frame.len", LENGTH)?;
        }
        if packet.time.is_none()
            && let Some(millis) = millis.number("timestamp", MILLIS)?
        {
            packet.time = time::of_millis(millis);
        }
        Ok(packet)
    }
}

impl FrameFields<'_> {
    fn time(&self) -> Result<Option<Timestamp>, BadMessageKind> {
        let field = "frame.time_epoch";
        let Some(text) = self.time.text(field, TIME)? else { return Ok(None) };
        let time = time::of_seconds(text).or_else(|| time::of_date(text));
        time.map(Some).ok_or(BadMessageKind::BadField { field, expected: TIME })
    }

    fn link_type(&self) -> Result<Option<LinkType>, BadMessageKind> {
        let field = "frame.encap_type";
        let Some(number) = self.encapsulation.number(field, ENCAPSULATION)? else {
            return Ok(None);
        };
        let link_type = LinkType::from_wiretap(number);
        link_type.map(Some).ok_or(BadMessageKind::BadField { field, expected: ENCAPSULATION })
    }
}
