//! The loop over captures and streams of packets, piece by piece, that commands share.

mod input;
mod joined;

use stackprint_worker::packets::BadValue;

use crate::source::{CaptureFailure, Input, Piece, Pieces};
use crate::stop::Stop;
use input::InputDecoder;
pub(crate) use input::{InputArgs, InputFrame};
pub(crate) use joined::Joined;

/// Reads an input piece by piece, and decodes it.
///
/// [`fetch`](InputReader::fetch) and [`decode`](InputReader::decode) take turns, so that the caller
/// can serve others before it waits and after each piece.
pub(crate) struct InputReader {
    pieces: Pieces,
    decoder: InputDecoder,
    is_compressed: bool,
    /// Whether the piece at hand has not been decoded.
    is_fetched: bool,
    /// Bytes read so far, decompressed.
    offset: u64,
}

impl InputReader {
    /// Opens an input, for so many threads that analyze it: if several, another one may read and
    /// decompress it.
    pub(crate) fn open(
        input: &Input,
        args: InputArgs,
        threads: usize,
        stop: &Stop,
    ) -> Result<InputReader, CaptureFailure> {
        let source = input.open(stop).map_err(CaptureFailure::Open)?;
        // With two threads and no decompression there is as much other work for the second one, and
        // what is decoded where it was read is in the core's cache.
        let ahead = threads > 2 || threads > 1 && source.is_compressed();
        Ok(InputReader {
            is_compressed: source.is_compressed(),
            pieces: Pieces::new(source, ahead),
            decoder: InputDecoder::new(args),
            is_fetched: false,
            offset: 0,
        })
    }

    /// Whether the next piece is likely to be waited for until someone writes it.
    pub(crate) fn would_wait(&self) -> bool {
        !self.is_fetched && self.pieces.would_wait()
    }

    /// Reads the next piece, unless the one at hand has not been decoded.
    pub(crate) fn fetch(&mut self) -> Result<(), CaptureFailure> {
        if self.is_fetched {
            return Ok(());
        }
        let (offset, is_compressed) = (self.offset, self.is_compressed);
        self.pieces.fetch().map_err(|error| CaptureFailure::Read {
            error,
            offset,
            is_compressed,
        })?;
        self.offset += self.pieces.current().len() as u64;
        self.is_fetched = true;
        Ok(())
    }

    /// Hands over the frames that the fetched piece completes, and returns whether it was the end of
    /// the input. Those before a damage are handed over.
    pub(crate) fn decode(
        &mut self,
        take: impl FnMut(InputFrame<'_>),
    ) -> Result<bool, CaptureFailure> {
        self.is_fetched = false;
        let piece = self.pieces.current();
        let result = match piece {
            [] => self.decoder.finish(take),
            piece => self.decoder.push(piece, take),
        };
        let is_compressed = self.is_compressed;
        result.map_err(|error| CaptureFailure::Damage { error, is_compressed })?;
        Ok(piece.is_empty())
    }

    /// Takes the piece that was decoded last, in which frames lie.
    pub(crate) fn take_piece(&mut self) -> Piece {
        self.pieces.take()
    }

    /// Takes back a piece, to read another one into its buffer.
    pub(crate) fn give_back(&mut self, piece: Piece) {
        self.pieces.give_back(piece);
    }

    /// Bytes taken from the file so far, before decompression.
    pub(crate) fn raw_bytes(&self) -> u64 {
        self.pieces.raw_bytes()
    }

    /// Where captures were joined, if they were.
    pub(crate) fn joined(&self) -> Option<Joined> {
        self.decoder.joined()
    }

    /// Takes what could not be read of a stream since this was asked last.
    pub(crate) fn take_bad(&mut self) -> Vec<BadValue> {
        self.decoder.take_bad()
    }

    /// How many lines or values of a stream could not be read so far.
    pub(crate) fn bad_count(&self) -> u64 {
        self.decoder.bad_count()
    }
}

/// Hands over every frame of a capture, up to its end or a damage.
pub(crate) fn for_each_frame(
    input: &Input,
    stop: &Stop,
    mut take: impl FnMut(&InputFrame<'_>),
) -> Result<(), CaptureFailure> {
    let mut reader = InputReader::open(input, InputArgs::CAPTURE, 1, stop)?;
    loop {
        reader.fetch()?;
        if reader.decode(|captured| take(&captured))? {
            return Ok(());
        }
    }
}
