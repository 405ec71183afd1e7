//! Errors of reading a capture.

use std::fmt;
use std::io;

use stackprint::capture::CaptureError;

/// Why a capture was not read to its end. What was read before it has been used.
#[derive(Debug)]
pub(crate) enum CaptureFailure {
    Open(io::Error),
    Read {
        error: io::Error,
        /// Bytes read before it, decompressed.
        offset: u64,
        is_compressed: bool,
    },
    Damage {
        error: CaptureError,
        is_compressed: bool,
    },
}

impl fmt::Display for CaptureFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CaptureFailure::Open(error) => error.fmt(f),
            CaptureFailure::Read { error, offset, is_compressed } => {
                write!(f, "{error}, at offset {offset}{}", decompressed(*is_compressed))
            }
            CaptureFailure::Damage { error, is_compressed } => {
                write!(f, "{error}{}", decompressed(*is_compressed))
            }
        }
    }
}

/// Offsets are those of the capture, not of the file that holds it.
fn decompressed(is_compressed: bool) -> &'static str {
    if is_compressed { " (decompressed)" } else { "" }
}
