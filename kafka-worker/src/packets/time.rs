//! Times as the keys of messages.

use clap::ValueEnum;
use stackprint::Timestamp;

/// The unit of a time that is a key: a big-endian number of eight bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum KeyTime {
    /// Milliseconds.
    Ms,
    /// Microseconds, as pycapa and fastcapa have it.
    #[default]
    Us,
    /// Nanoseconds.
    Ns,
}

impl KeyTime {
    /// Returns `None` if it is no time of this or the last century: other keys may have eight bytes, too.
    pub(super) fn read(self, key: [u8; 8]) -> Option<Timestamp> {
        const YEAR_2100_NS: u64 = 4_102_444_800 * 1_000_000_000;
        let nanos = u64::from_be_bytes(key).checked_mul(self.nanos())?;
        (nanos < YEAR_2100_NS).then(|| Timestamp::from_nanos(nanos))
    }

    /// The key that says this time.
    pub fn key(self, time: Timestamp) -> [u8; 8] {
        (time.as_nanos() / self.nanos()).to_be_bytes()
    }

    fn nanos(self) -> u64 {
        match self {
            KeyTime::Ms => 1_000_000,
            KeyTime::Us => 1000,
            KeyTime::Ns => 1,
        }
    }
}
