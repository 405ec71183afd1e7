//! Times as others write them.

use clap::ValueEnum;
use jiff::civil;
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
    /// None where it is no time of this or the last century: other keys may have eight bytes, too.
    pub(super) fn read(self, key: [u8; 8]) -> Option<Timestamp> {
        const YEAR_2100_NS: u64 = 4_102_444_800 * NANOS_PER_SECOND;
        let nanos = u64::from_be_bytes(key).checked_mul(self.nanos())?;
        (nanos < YEAR_2100_NS).then(|| Timestamp::from_nanos(nanos))
    }

    /// The key that says this time.
    pub fn key(self, time: Timestamp) -> [u8; 8] {
        (time.as_nanos() / self.nanos()).to_be_bytes()
    }

    fn nanos(self) -> u64 {
        match self {
            KeyTime::Ms => NANOS_PER_MILLI,
            KeyTime::Us => 1000,
            KeyTime::Ns => 1,
        }
    }
}

const NANOS_PER_SECOND: u64 = 1_000_000_000;
const NANOS_PER_MILLI: u64 = 1_000_000;

/// RFC 3339; also with an offset without colon, as Suricata has it, and without an offset, as older
/// versions of Tenzir have it, which means UTC.
pub(super) fn of_date(text: &str) -> Option<Timestamp> {
    let nanos = match text.parse::<jiff::Timestamp>() {
        Ok(time) => time.as_nanosecond(),
        Err(_) => {
            let time = text.parse::<civil::DateTime>().ok()?;
            time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_nanosecond()
        }
    };
    u64::try_from(nanos).ok().map(Timestamp::from_nanos)
}

/// Seconds since the epoch with up to nine decimals: `1700000000.123456789`.
pub(super) fn of_seconds(text: &str) -> Option<Timestamp> {
    let (seconds, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 9 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos = format!("{decimals:0<9}").parse().ok()?;
    Some(Timestamp::new(seconds.parse().ok()?, nanos))
}

/// Milliseconds since the epoch.
pub(super) fn of_millis(millis: u64) -> Option<Timestamp> {
    millis.checked_mul(NANOS_PER_MILLI).map(Timestamp::from_nanos)
}
