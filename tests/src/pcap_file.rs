//! Captures written for other programs to read.

use std::fs;
use std::io;
use std::path::Path;

use stackprint::{LinkType, Timestamp};

/// A pcap file in memory: little-endian, nanoseconds.
pub struct PcapFile {
    octets: Vec<u8>,
}

/// The magic number of pcap with nanoseconds.
const MAGIC_NANOSECONDS: u32 = 0xa1b2_3c4d;
const VERSION: [u16; 2] = [2, 4];
const SNAP_LEN: u32 = 262_144;

impl PcapFile {
    /// A file without frames.
    #[must_use]
    pub fn new(link_type: LinkType) -> PcapFile {
        let mut octets = MAGIC_NANOSECONDS.to_le_bytes().to_vec();
        for half in VERSION {
            octets.extend(half.to_le_bytes());
        }
        // Time zone and accuracy come first, which nobody uses.
        for word in [0, 0, SNAP_LEN, u32::from(link_type.0)] {
            octets.extend(word.to_le_bytes());
        }
        PcapFile { octets }
    }

    /// Appends a frame that was captured whole.
    pub fn push(&mut self, time: Timestamp, frame: &[u8]) {
        let len = frame.len() as u32;
        for word in [time.as_seconds() as u32, time.subsecond_nanos(), len, len] {
            self.octets.extend(word.to_le_bytes());
        }
        self.octets.extend(frame);
    }

    /// The file's bytes.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        fs::write(path, &self.octets)
    }
}
