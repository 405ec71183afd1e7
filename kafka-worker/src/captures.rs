//! Captures read for what is in them, without records.

use stackprint::capture::{CapturedFrame, Decoder};

use crate::source::{CaptureFailure, Input, PIECE_OCTETS};
use crate::stop::Stop;
use std::io::Read as _;

/// Hands on every frame of a capture, up to its end or a damage.
pub(crate) fn for_each_frame(
    input: &Input,
    stop: &Stop,
    mut take: impl FnMut(&CapturedFrame<'_>),
) -> Result<(), CaptureFailure> {
    let mut source = input.open(stop).map_err(CaptureFailure::Open)?;
    let is_compressed = source.is_compressed();
    let damage = |error| CaptureFailure::Damage { error, is_compressed };
    let mut decoder = Decoder::new();
    let mut piece = vec![0; PIECE_OCTETS];
    let mut offset = 0;
    loop {
        let count = source.read(&mut piece).map_err(|error| CaptureFailure::Read {
            error,
            offset,
            is_compressed,
        })?;
        offset += count as u64;
        if count == 0 {
            return decoder.finish().map_err(damage);
        }
        let octets = piece.get(..count).unwrap_or(&piece);
        decoder.push(octets, |captured| take(&captured)).map_err(damage)?;
    }
}
