//! What `tshark -T ek -x` writes of a packet; `-T json -x` has the same with points in the names.

use serde::Deserialize;
use stackprint::forms::PacketMembers;

use super::super::bad_message::BadMessageKind;
use super::super::out::Packet;
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

impl Layers<'_> {
    /// `millis` is the line's own time, which is less exact than the frame's.
    pub(super) fn packet<'p>(
        &self,
        millis: &Loose<'_>,
        bytes: &'p mut Vec<u8>,
    ) -> Result<Packet<'p>, BadMessageKind> {
        let frame = self.frame.as_ref();
        let members = PacketMembers::ek(
            self.frame_raw.member("frame_raw").ok_or(BadMessageKind::MissingField("frame_raw"))?,
            frame.and_then(|frame| frame.encapsulation.member("frame.encap_type")),
            frame.and_then(|frame| frame.time.member("frame.time_epoch")),
            frame.and_then(|frame| frame.wire_len.member("frame.len")),
            millis.member("timestamp"),
        );
        Ok(members.read(bytes)?.into())
    }
}
