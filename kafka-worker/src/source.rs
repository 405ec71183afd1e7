//! Sources of bytes: files and pipes, opened and decompressed.

mod ahead;
mod failure;
mod gzip;

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, ErrorKind, Read};
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::messages;
use crate::pipe::Pipe;
use crate::stdio;
use crate::stop::Stop;
pub(crate) use ahead::{Piece, Pieces};
pub(crate) use failure::CaptureFailure;
use gzip::Members;

/// Bytes read at once: few enough to stay in a core's cache from reading to decoding.
pub(crate) const PIECE_OCTETS: usize = 256 << 10;

/// Where a capture is.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    Stdin,
    Path(PathBuf),
}

/// The path for people; `-` for standard input.
impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Stdin => f.write_str("-"),
            Input::Path(path) => messages::shown(path).fmt(f),
        }
    }
}

impl Input {
    /// Returns the path as given; `-` for standard input.
    pub(crate) fn name(&self) -> String {
        match self {
            Input::Stdin => "-".to_owned(),
            Input::Path(path) => path.display().to_string(),
        }
    }

    /// Returns the size of a regular file, compressed or not. Returns `None` for what has no end yet.
    pub(crate) fn size_octets(&self) -> Option<u64> {
        let Input::Path(path) = self else { return None };
        let metadata = path.metadata().ok()?;
        metadata.is_file().then_some(metadata.len())
    }

    /// Whether reading may take any time.
    #[cfg(unix)]
    fn may_wait(&self, file: &File) -> io::Result<bool> {
        Ok(!file.metadata()?.is_file())
    }

    /// Whether reading may take any time. Windows has no such data of pipes, or says that they are
    /// files, so that standard input counts as a pipe even if it is a file.
    #[cfg(windows)]
    fn may_wait(&self, file: &File) -> io::Result<bool> {
        let is_file = || file.metadata().is_ok_and(|metadata| metadata.is_file());
        Ok(match self {
            Input::Stdin => true,
            Input::Path(path) => path.starts_with(r"\\.\pipe") || !is_file(),
        })
    }

    /// Opens it, and recognizes compression by the first bytes.
    pub(crate) fn open(&self, stop: &Stop) -> io::Result<Source> {
        let file = match self {
            Input::Stdin => stdio::input()?,
            Input::Path(path) => open(path)?,
        };
        let file = match self.may_wait(&file)? {
            true => RawFile::Pipe(Pipe::new(file, stop)?),
            false => RawFile::Regular(file),
        };
        let mut raw = Raw { file, head: Head::default(), bytes: 0 };
        raw.read_head()?;
        match Compression::of(raw.head.as_slice()) {
            None => Ok(Source::Plain(raw)),
            Some(Compression::Gzip) => Ok(Source::Gzip(Members::new(buffered(raw)))),
            Some(Compression::Zstd) => Ok(Source::Zstd(zstd::Decoder::with_buffer(buffered(raw))?)),
        }
    }
}

/// Without waiting for a writer at the other end of a named pipe: that is for [`Pipe`], which signals
/// can end.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    let no_waiting = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(no_waiting).open(path)?;
    if file.metadata()?.is_dir() { Err(is_directory(path)) } else { Ok(file) }
}

/// Windows refuses to open a directory, and says that access is denied.
#[cfg(windows)]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path).map_err(|error| match path.is_dir() {
        true => is_directory(path),
        false => error,
    })
}

fn is_directory(path: &Path) -> io::Error {
    let files = path.join("*");
    let message = format!("is a directory; what is in it can be read as {}", files.display());
    io::Error::new(ErrorKind::IsADirectory, message)
}

fn buffered(raw: Raw) -> BufReader<Raw> {
    const BUFFER_OCTETS: usize = 128 << 10;
    BufReader::with_capacity(BUFFER_OCTETS, raw)
}

/// Bytes of an input, decompressed.
pub(crate) enum Source {
    Plain(Raw),
    /// Any number of members, one after the other.
    Gzip(Members<BufReader<Raw>>),
    /// Any number of frames, one after the other.
    Zstd(zstd::Decoder<'static, BufReader<Raw>>),
}

impl Source {
    fn raw(&self) -> Option<&Raw> {
        match self {
            Source::Plain(raw) => Some(raw),
            Source::Gzip(members) => members.get_ref().map(BufReader::get_ref),
            Source::Zstd(decoder) => Some(decoder.get_ref().get_ref()),
        }
    }

    /// Whether what is read is not what is in the file.
    pub(crate) fn is_compressed(&self) -> bool {
        !matches!(self, Source::Plain(_))
    }

    /// Bytes taken from the file so far, before decompression.
    pub(crate) fn raw_octets(&self) -> u64 {
        self.raw().map_or(0, |raw| raw.bytes)
    }

    /// Whether reading may take any time: it is no regular file.
    fn may_wait(&self) -> bool {
        self.raw().is_some_and(|raw| raw.pipe().is_some())
    }

    /// Whether the next read is likely to wait for someone to write.
    pub(crate) fn would_wait(&self) -> bool {
        self.would_wait_longer_than(Duration::ZERO)
    }

    /// Waits up to `time` for someone to write, and returns whether nobody did. Does not wait for files,
    /// nor once a signal has come.
    pub(crate) fn would_wait_longer_than(&self, time: Duration) -> bool {
        let pipe = self.raw().and_then(Raw::pipe);
        pipe.is_some_and(|pipe| pipe.would_wait_longer_than(time))
    }
}

impl Read for Source {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self {
            Source::Plain(raw) => raw.read(to),
            Source::Gzip(decoder) => decoder.read(to),
            Source::Zstd(decoder) => decoder.read(to),
        }
    }
}

/// Bytes as they are in the file.
pub(crate) struct Raw {
    file: RawFile,
    head: Head,
    bytes: u64,
}

enum RawFile {
    Regular(File),
    Pipe(Pipe),
}

/// The first bytes, which are read ahead of the others.
#[derive(Default)]
struct Head {
    bytes: [u8; Head::MAX_LEN],
    len: usize,
    taken: usize,
}

impl Head {
    const MAX_LEN: usize = 4;

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }
}

impl Raw {
    fn read_head(&mut self) -> io::Result<()> {
        while self.head.len < Head::MAX_LEN {
            let mut bytes = [0; Head::MAX_LEN];
            let Some(rest) = bytes.get_mut(self.head.len..) else { break };
            let count = self.read_file(rest)?;
            if count == 0 {
                break;
            }
            let filled = self.head.bytes.iter_mut().zip(bytes).skip(self.head.len).take(count);
            filled.for_each(|(kept, byte)| *kept = byte);
            self.head.len += count;
        }
        Ok(())
    }

    fn pipe(&self) -> Option<&Pipe> {
        match &self.file {
            RawFile::Pipe(pipe) => Some(pipe),
            RawFile::Regular(_) => None,
        }
    }

    fn read_file(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match &mut self.file {
            RawFile::Pipe(pipe) => {
                // Not `Interrupted`, on which readers try again.
                pipe.read(to)?.ok_or_else(|| io::Error::other("stopped by a signal"))
            }
            RawFile::Regular(file) => loop {
                match file.read(to) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    result => return result,
                }
            },
        }
    }
}

impl Read for Raw {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = match self.head.as_slice().get(self.head.taken..) {
            Some(mut head) if !head.is_empty() => head.read(to)?,
            _ => 0,
        };
        self.head.taken += count;
        let count = if count > 0 { count } else { self.read_file(to)? };
        self.bytes += count as u64;
        Ok(count)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    /// Recognizes it by the magic number.
    fn of(head: &[u8]) -> Option<Compression> {
        match head {
            [0x1f, 0x8b, ..] => Some(Compression::Gzip),
            // A frame, or a frame to be skipped (RFC 8878, sections 3.1.1 and 3.1.2).
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Some(Compression::Zstd),
            _ => None,
        }
    }
}
