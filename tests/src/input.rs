//! Captures to feed to the library: those of this repository, and of the corpus where it is there.

use std::fs;
use std::path::{Path, PathBuf};

use stackprint::capture::{CaptureError, CapturedFrame, Decoder};

/// A capture as it lies on disk.
pub struct Capture {
    /// File name, for messages.
    pub name: String,
    /// Its bytes.
    pub octets: Vec<u8>,
}

/// The captures of this repository.
///
/// # Panics
///
/// If there are none: they are part of it.
#[must_use]
pub fn own() -> Vec<Capture> {
    let captures = read(crate::captures(&Path::new(env!("CARGO_MANIFEST_DIR")).join("captures")));
    assert!(!captures.is_empty(), "the repository's own captures are missing");
    captures
}

/// Those and the corpus.
#[must_use]
pub fn all() -> Vec<Capture> {
    let mut captures = own();
    if let Some(corpus) = crate::corpus() {
        captures.extend(read(crate::captures(&corpus.join("captures"))));
    }
    captures
}

fn read(paths: Vec<PathBuf>) -> Vec<Capture> {
    let read = |path: PathBuf| Capture {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        octets: fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    };
    paths.into_iter().map(read).collect()
}

/// Calls `each` for every frame up to the end or the first damage, which is returned.
///
/// # Errors
///
/// Where the capture is damaged or cut.
pub fn decode(octets: &[u8], each: impl FnMut(CapturedFrame<'_>)) -> Result<(), CaptureError> {
    let mut decoder = Decoder::new();
    decoder.push(octets, each)?;
    decoder.finish()
}
