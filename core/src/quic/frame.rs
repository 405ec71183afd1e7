//! Frames of an Initial (RFC 9000 section 12.4).
#![warn(clippy::indexing_slicing)]

use super::Fault;
use super::header::Reader;

/// Types of frames.
mod kind {
    pub(super) const PADDING: u64 = 0x00;
    pub(super) const PING: u64 = 0x01;
    pub(super) const ACK: u64 = 0x02;
    pub(super) const ACK_ECN: u64 = 0x03;
    pub(super) const CRYPTO: u64 = 0x06;
    pub(super) const CONNECTION_CLOSE: u64 = 0x1c;
}

/// The CRYPTO frames among the frames of an Initial, as offset and bytes. Ends at a frame that
/// contradicts the packet, or that no Initial may have: what came before it counts.
pub(super) struct CryptoFrames<'p> {
    reader: Reader<'p>,
}

impl<'p> CryptoFrames<'p> {
    pub(super) const fn new(frames: &'p [u8]) -> Self {
        CryptoFrames { reader: Reader { bytes: frames, at: 0 } }
    }

    /// The next one; None after the last frame.
    fn read(&mut self) -> Result<Option<(u64, &'p [u8])>, Fault> {
        while !self.reader.is_at_end() {
            if let Some(found) = self.frame().ok_or(Fault::BadFrame)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The next frame, `Some(None)` if it is of another type.
    fn frame(&mut self) -> Option<Option<(u64, &'p [u8])>> {
        let reader = &mut self.reader;
        match reader.varint()? {
            kind::PADDING => reader.at += zeros(reader.bytes.get(reader.at..).unwrap_or_default()),
            kind::PING => {}
            ack @ (kind::ACK | kind::ACK_ECN) => {
                const LARGEST_AND_DELAY: u64 = 2;
                const COUNTS_OF_ECN: u64 = 3;
                skip_numbers(reader, LARGEST_AND_DELAY)?;
                let ranges = reader.varint()?;
                // The first range, and a gap and a length for each further one.
                skip_numbers(reader, ranges.checked_mul(2)?.checked_add(1)?)?;
                if ack == kind::ACK_ECN {
                    skip_numbers(reader, COUNTS_OF_ECN)?;
                }
            }
            kind::CRYPTO => {
                let offset = reader.varint()?;
                return Some(Some((offset, reader.vector()?)));
            }
            kind::CONNECTION_CLOSE => {
                const CODE_AND_FRAME_TYPE: u64 = 2;
                skip_numbers(reader, CODE_AND_FRAME_TYPE)?;
                reader.vector()?;
            }
            _ => return None,
        }
        Some(None)
    }
}

/// How many zeros come first: half of an Initial is PADDING, of a byte each.
fn zeros(bytes: &[u8]) -> usize {
    const STEP: usize = 16;
    let (chunks, _) = bytes.as_chunks::<STEP>();
    let len = chunks.iter().take_while(|chunk| **chunk == [0; STEP]).count() * STEP;
    len + bytes.iter().skip(len).take_while(|byte| **byte == 0).count()
}

/// Passes over numbers. However many are claimed, the packet ends.
fn skip_numbers(reader: &mut Reader<'_>, count: u64) -> Option<()> {
    (0..count).try_for_each(|_| reader.varint().map(|_| ()))
}

impl<'p> Iterator for CryptoFrames<'p> {
    type Item = Result<(u64, &'p [u8]), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read();
        if read.is_err() {
            self.reader.at = self.reader.bytes.len();
        }
        read.transpose()
    }
}
