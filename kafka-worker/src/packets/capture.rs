//! A whole capture file as a message.

use stackprint::Frame;
use stackprint::capture::{CaptureError, Decoder};

use super::bad_message::{BadMessage, BadMessageKind};
use super::message::PacketMeta;
use super::out::Out;

pub(super) fn decode<F: FnMut(Frame<'_>, PacketMeta<'_>)>(
    value: &[u8],
    out: &mut Out<F>,
) -> Result<(), BadMessage> {
    let bad = |error: CaptureError| {
        let at = usize::try_from(error.offset).unwrap_or(value.len());
        BadMessageKind::Capture(error.kind).at(at)
    };
    let mut decoder = Decoder::new();
    let mut rest = value;
    while let Some(captured) = decoder.next_frame(&mut rest).map_err(bad)? {
        let at = value.len() - rest.len();
        out.frame(captured.frame, None).map_err(|kind| kind.at(at))?;
    }
    decoder.finish().map_err(bad)
}
