//! Captures read for what is in them, without records.

use stackprint::capture::{CapturedFrame, Decoder};

use crate::source::{CaptureFailure, Input, PIECE_OCTETS};
use crate::stop::Stop;
use std::fmt;
use std::io::Read as _;

/// What there is to say of captures that were joined.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Joined {
    /// Those behind the first one.
    others: u64,
    /// Where the first of them begins.
    at: u64,
}

impl Joined {
    /// None for one capture alone.
    pub(crate) fn of(decoder: &Decoder) -> Option<Joined> {
        decoder.first_joint().map(|at| Joined { others: decoder.joined(), at })
    }
}

/// `2 captures in one file, read one after the other (the second begins at offset 310)`
impl fmt::Display for Joined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, at) = (self.others + 1, self.at);
        write!(
            f,
            "{count} captures in one file, read one after the other (the second begins at offset {at})"
        )
    }
}

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
