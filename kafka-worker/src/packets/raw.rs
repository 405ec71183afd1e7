//! The bytes of a frame as a message: the convention of Metron's pcap topics and of many a probe.

use stackprint::forms;
use stackprint::{Frame, LinkType, SkipReason, observe};

use super::bad_message::BadMessage;
use super::message::{Message, PacketMeta};
use super::out::{Out, Packet};
use super::sniff::Form;
use super::time::KeyTime;

/// Bytes of a key that is a time.
const KEY_LEN: usize = 8;

/// What a value is that looks like nothing else.
pub(super) fn form(message: &Message<'_>, link_type: LinkType) -> Form {
    let is_announced = message.link_type.is_some() || time_key(message).is_some();
    if is_announced || leads_to_ip(&Frame::new(link_type, message.value)) {
        Form::Raw
    } else {
        Form::Unrecognised
    }
}

fn leads_to_ip(frame: &Frame<'_>) -> bool {
    match observe(frame) {
        Ok(_) => true,
        Err(skip) => matches!(
            skip.reason,
            SkipReason::NotTcp
                | SkipReason::NotHandshake
                | SkipReason::BadFlags
                | SkipReason::Fragment
        ),
    }
}

pub(super) fn decode<F: FnMut(Frame<'_>, PacketMeta<'_>)>(
    message: &Message<'_>,
    key_time: KeyTime,
    out: &mut Out<F>,
) -> Result<(), BadMessage> {
    let time = time_key(message).and_then(|key| key_time.read(key));
    let packet = forms::Packet { bytes: message.value, time, ..forms::Packet::default() };
    out.packet(&Packet { packet, sensor: None }).map_err(|kind| kind.at(0))
}

fn time_key(message: &Message<'_>) -> Option<[u8; KEY_LEN]> {
    message.key?.try_into().ok()
}
