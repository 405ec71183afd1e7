//! Times as other tools write them.

use jiff::civil;
use jiff::tz::Offset;

use crate::frame::Timestamp;

const NANOS_PER_MILLI: u64 = 1_000_000;

/// RFC 3339; also with an offset without colon, as Suricata has it, and without an offset, as older
/// versions of Tenzir have it, which means UTC.
///
/// ```
/// use stackprint::Timestamp;
/// use stackprint::forms::time;
///
/// assert_eq!(time::of_date("1970-01-01T01:00:01.5+0100"), Some(Timestamp::new(1, 500_000_000)));
/// assert_eq!(time::of_date("yesterday"), None);
/// ```
#[must_use]
pub fn of_date(text: &str) -> Option<Timestamp> {
    let nanos = match text.parse::<jiff::Timestamp>() {
        Ok(time) => time.as_nanosecond(),
        Err(_) => {
            let time = text.parse::<civil::DateTime>().ok()?;
            Offset::UTC.to_timestamp(time).ok()?.as_nanosecond()
        }
    };
    u64::try_from(nanos).ok().map(Timestamp::from_nanos)
}

/// Seconds since 1970 with up to nine decimals: `1700000000.123456789`.
///
/// ```
/// use stackprint::Timestamp;
/// use stackprint::forms::time;
///
/// assert_eq!(time::of_seconds("1.5"), Some(Timestamp::new(1, 500_000_000)));
/// ```
#[must_use]
pub fn of_seconds(text: &str) -> Option<Timestamp> {
    const DECIMALS: usize = 9;
    let (seconds, decimals) = text.split_once('.').unwrap_or((text, ""));
    let tens = DECIMALS.checked_sub(decimals.len()).and_then(|zeros| u32::try_from(zeros).ok())?;
    let nanos = if decimals.is_empty() { 0 } else { digits(decimals)? * 10_u64.pow(tens) };
    Some(Timestamp::new(digits(seconds)?, u32::try_from(nanos).ok()?))
}

/// Milliseconds since 1970; `None` after the year 2554.
///
/// ```
/// use stackprint::Timestamp;
/// use stackprint::forms::time;
///
/// assert_eq!(time::of_millis(1500), Some(Timestamp::new(1, 500_000_000)));
/// ```
#[must_use]
pub fn of_millis(millis: u64) -> Option<Timestamp> {
    millis.checked_mul(NANOS_PER_MILLI).map(Timestamp::from_nanos)
}

/// A number without sign.
pub(super) fn digits(text: &str) -> Option<u64> {
    let are_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| text.parse().ok()).flatten()
}
